//! PostgreSQL: a real server that asks for passwords and speaks TLS, and servers that lie.

use std::path::Path;
use std::time::Duration;

use midwatch::domain::condition::{Condition, observe};
use midwatch::domain::io::{Delivery, IoReply, IoRequest, PostgresRequest, PostgresTls, Reason, Value};
use serde_json::{Value as Json, json};

use super::cluster::*;
use super::servers::*;
use super::stores::*;

fn request(port: u16, statements: &[&str]) -> PostgresRequest {
    PostgresRequest {
        host: "127.0.0.1".into(),
        port,
        database: "postgres".into(),
        user: "watch".into(),
        password: Some(Value::Plain(PASSWORD.into())),
        tls: PostgresTls::Off,
        statements: statements.iter().map(|statement| (*statement).to_owned()).collect(),
        timeout: Duration::from_secs(20),
        limit: 64 << 10,
    }
}

fn ask(request: PostgresRequest) -> IoRequest {
    IoRequest::Postgres(Box::new(request))
}

fn json(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[tokio::test]
async fn rows_come_as_text_a_statement_at_a_time() {
    let Some(postgres) = shared() else { return };
    let statements = [
        "select 1 as one, null as nothing, 'é\"\\' || chr(27) as odd union all select 2, 'b', 'c' order by 1;",
        "select current_setting('application_name') as name, current_setting('transaction_read_only') as only",
        "select 1 as none where false",
    ];
    let reply = answered(&io(), ask(request(postgres.port, &statements))).await;
    assert!(!reply.truncated);
    let wanted = json!([
        [{"one": "1", "nothing": null, "odd": "é\"\\\u{1b}"}, {"one": "2", "nothing": "b", "odd": "c"}],
        [{"name": "midwatch", "only": "on"}],
        []
    ]);
    assert_eq!(json(&reply.text), wanted);
    let condition = Condition::compile("body[0][1].one == '2' and latency_ms > 0").unwrap();
    let observed = observe(&IoReply::Data(reply), &[&condition]).0;
    assert_eq!(condition.holds(&observed).map_err(|error| error.message), Ok(true));
    let reply = answered(&io(), ask(request(postgres.port, &[]))).await;
    assert_eq!(reply.text, "[]");
}

#[tokio::test]
async fn nothing_can_be_written() {
    let Some(postgres) = shared() else { return };
    let made = psql(&postgres, "create table kept (n int); insert into kept values (1); create sequence s");
    assert!(made.contains("INSERT 0 1"), "{made}");
    // Refused before anything is sent.
    for statement in
        ["insert into kept values (2)", "commit", "select 1; commit", "begin read write", "do $$$$"]
    {
        let failure = refused(&io(), ask(request(postgres.port, &["select 1", statement]))).await;
        assert_eq!((failure.reason, failure.delivery), (Reason::Connect, Delivery::NotSent), "{failure:?}");
    }
    // Refused by the server, which is given nothing but what begins like a reading command.
    for statement in [
        "with made as (insert into kept values (2) returning n) select n from made",
        "with gone as (delete from kept returning n) select n from gone",
        "select n into other from kept",
        "select nextval('s')",
        "select n from kept for update",
        "explain analyze insert into kept values (2)",
        "select set_config('transaction_read_only', 'off', false)",
    ] {
        let failure = refused(&io(), ask(request(postgres.port, &[statement]))).await;
        assert_eq!((failure.reason, failure.delivery), (Reason::Status, Delivery::Unknown), "{failure:?}");
        assert!(
            failure.detail.contains("read-only") || failure.detail.contains("before any query"),
            "{statement}: {failure:?}"
        );
    }
    // A setting of the session's helps nobody either: the transaction is what is read only.
    let loosened = [
        "select set_config('default_transaction_read_only', 'off', false)",
        "with made as (insert into kept values (2) returning n) select n from made",
    ];
    let failure = refused(&io(), ask(request(postgres.port, &loosened))).await;
    assert!(failure.detail.ends_with("in a read-only transaction (25006)"), "{failure:?}");
    let reply = answered(&io(), ask(request(postgres.port, &["table kept"]))).await;
    assert_eq!(json(&reply.text), json!([[{"n": "1"}]]));
}

#[tokio::test]
async fn a_password_opens_and_a_wrong_one_does_not() {
    let Some(postgres) = shared() else { return };
    let directory = tempfile::tempdir().unwrap();
    let path = secret_file(directory.path(), PASSWORD);
    let io = io();
    let mut by_name = request(postgres.port, &["select 'it is correct-horse-battery' as said"]);
    by_name.password = Some(secret("", &path));
    let reply = answered(&io, ask(by_name)).await;
    assert_eq!(json(&reply.text), json!([[{"said": "it is ‹redacted›"}]]));

    let mut wrong = request(postgres.port, &["select 1"]);
    wrong.password = Some(Value::Plain("wrong-password".into()));
    let failure = refused(&io, ask(wrong)).await;
    assert_eq!((failure.reason, failure.delivery), (Reason::Auth, Delivery::Unknown), "{failure:?}");
    assert_eq!(failure.detail, "password authentication failed for user \"watch\" (28P01)");

    let mut none = request(postgres.port, &["select 1"]);
    none.password = None;
    let failure = refused(&io, ask(none)).await;
    assert_eq!((failure.reason, failure.delivery), (Reason::Auth, Delivery::NotSent), "{failure:?}");

    let mut missing = request(postgres.port, &["select 1"]);
    missing.password = Some(secret("", Path::new("/nonexistent/secret")));
    let failure = refused(&io, ask(missing)).await;
    assert_eq!((failure.reason, failure.delivery), (Reason::Auth, Delivery::NotSent), "{failure:?}");

    let mut elsewhere = request(postgres.port, &["select 1"]);
    elsewhere.database = "nowhere".into();
    let failure = refused(&io, ask(elsewhere)).await;
    assert_eq!(failure.reason, Reason::Status, "{failure:?}");
    assert_eq!(failure.detail, "database \"nowhere\" does not exist (3D000)");
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_ended_by_the_server() {
    let Some(postgres) = shared() else { return };
    let mut slow = request(postgres.port, &["select pg_sleep(60)"]);
    slow.timeout = Duration::from_secs(2);
    let failure = refused(&io(), ask(slow)).await;
    assert_eq!((failure.reason, failure.delivery), (Reason::Timeout, Delivery::Unknown), "{failure:?}");
    assert_eq!(failure.detail, "canceling statement due to statement timeout (57014)");
    // And nothing of it goes on.
    let running =
        "select count(*) as n from pg_stat_activity where query like '%pg_sleep(60)' and state = 'active'";
    let reply = answered(&io(), ask(request(postgres.port, &[running]))).await;
    assert_eq!(json(&reply.text), json!([[{"n": "0"}]]));
}

#[tokio::test]
async fn a_full_server_is_a_limit() {
    let settings = ["max_connections=1", "superuser_reserved_connections=0", "max_wal_senders=0"];
    let Some(postgres) = start(&settings) else { return };
    let guest = ask(request(postgres.port, &["select pg_sleep(60)"]));
    let guest = tokio::spawn(async move {
        // Until it gets in: the test may be there before it.
        while refused(&io(), guest.clone()).await.reason == Reason::Limit {}
    });
    for _ in 0..500 {
        let reply = io().perform(&ask(request(postgres.port, &[])), None, std::future::pending()).await;
        if let IoReply::Failed(failure) = reply {
            assert_eq!((failure.reason, failure.delivery), (Reason::Limit, Delivery::Unknown), "{failure:?}");
            assert!(failure.detail.ends_with("(53300)"), "{failure:?}");
            guest.abort();
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never full");
}

#[tokio::test]
async fn rows_without_end_are_cut_at_the_limit_and_stay_json() {
    let Some(postgres) = shared() else { return };
    let mut endless = request(postgres.port, &["select generate_series(1, 1000000000) as n", "select 1"]);
    endless.limit = 1000;
    let reply = answered(&io(), ask(endless)).await;
    assert!(reply.truncated && reply.text.len() <= 1000, "{}", reply.text.len());
    let rows = json(&reply.text);
    assert_eq!(rows.as_array().unwrap().len(), 1);
    assert!(rows[0].as_array().unwrap().len() > 50, "{rows}");
    // One row that is longer than all that may come.
    let mut huge = request(postgres.port, &["select repeat('x', 10000000) as x"]);
    huge.limit = 1000;
    let failure = refused(&io(), ask(huge)).await;
    assert_eq!((failure.reason, failure.delivery), (Reason::Limit, Delivery::Unknown), "{failure:?}");
}

#[tokio::test]
async fn tls_is_verified() {
    let Some(postgres) = shared() else { return };
    let statement = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";
    let mut over = request(postgres.port, &[statement]);
    (over.host, over.tls) = ("localhost".into(), PostgresTls::Require);
    let trusting = trusting(postgres.certificate.clone());
    let reply = answered(&trusting, ask(over.clone())).await;
    assert_eq!(json(&reply.text), json!([[{"ssl": "t"}]]));

    let failure = refused(&io(), ask(over.clone())).await;
    assert_eq!((failure.reason, failure.delivery), (Reason::Tls, Delivery::NotSent), "{failure:?}");
    assert_eq!(failure.detail, "certificate from an unknown issuer");

    over.host = "127.0.0.1".into();
    let failure = refused(&trusting, ask(over)).await;
    assert_eq!((failure.reason, failure.delivery), (Reason::Tls, Delivery::NotSent), "{failure:?}");
    assert!(failure.detail.contains("certificate for another name"), "{failure:?}");
}

#[tokio::test]
async fn a_server_without_tls_is_not_spoken_to_where_it_is_required() {
    let Some(postgres) = start(&["ssl=off"]) else { return };
    let mut over = request(postgres.port, &["select 1"]);
    over.tls = PostgresTls::Require;
    let failure = refused(&io(), ask(over)).await;
    assert_eq!((failure.reason, failure.delivery), (Reason::Tls, Delivery::NotSent), "{failure:?}");
    assert_eq!(failure.detail, "server does not support TLS");
}

#[tokio::test]
async fn nobody_there_is_said() {
    let failure = refused(&io(), ask(request(free_port(), &[]))).await;
    assert_eq!((failure.reason, failure.delivery), (Reason::Connect, Delivery::NotSent));
    assert_eq!(failure.detail, "connection refused");
    let mut nowhere = request(1, &[]);
    nowhere.host = "nowhere.invalid".into();
    let failure = refused(&io(), ask(nowhere)).await;
    assert_eq!((failure.reason, failure.delivery), (Reason::Dns, Delivery::NotSent), "{failure:?}");
    let failure = refused(&io(), ask(request(hanging_up().await.port(), &[]))).await;
    assert_eq!((failure.reason, failure.delivery), (Reason::Connect, Delivery::Unknown), "{failure:?}");
    let mut zero = request(1, &["select '\0'"]);
    zero.user = "watch".into();
    let failure = refused(&io(), ask(zero)).await;
    assert_eq!(failure.delivery, Delivery::NotSent, "{failure:?}");
}

#[tokio::test]
async fn silence_and_drips_end_in_time() {
    // A challenge of a thousand bytes that never ends.
    let drips = endless(&[b"R\0\0\x04\0"], vec![0], Duration::from_millis(10)).await;
    for address in [silent().await, drips] {
        let mut hurried = request(address.port(), &["select 1"]);
        hurried.timeout = Duration::from_millis(300);
        let failure = refused(&io(), ask(hurried.clone())).await;
        assert_eq!((failure.reason, failure.delivery), (Reason::Timeout, Delivery::Unknown), "{failure:?}");
        assert_eq!(failure.detail, "no answer in 300 ms");
    }
}

#[tokio::test]
async fn another_protocol_is_said() {
    let http = speaking_http().await.port();
    for tls in [PostgresTls::Off, PostgresTls::Require] {
        let mut over = request(http, &["select 1"]);
        over.tls = tls;
        let failure = refused(&io(), ask(over)).await;
        assert_eq!((failure.reason, failure.delivery), (Reason::Parse, Delivery::Unknown), "{failure:?}");
        assert_eq!(failure.detail, "not the PostgreSQL protocol");
    }
}

#[tokio::test]
async fn a_hostile_answer_takes_no_room() {
    // Logged in and ready, then asked: rows without end, a row of two gigabytes, notices, parameters.
    let ready = &b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I"[..];
    let rows = &b"T\0\0\0\x1a\0\x01a\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0"[..];
    let huge = [rows, b"D\x7f\xff\xff\xff\0\x01"].concat();
    for (opening, more) in [
        (vec![ready, rows], b"D\0\0\0\x0b\0\x01\0\0\0\x01x".repeat(5000)),
        (vec![ready, &huge], vec![b'x'; 64 << 10]),
        (vec![ready], b"N\0\0\0\x18SNOTICE\0C00000\0Mhi\0\0".repeat(5000)),
        (vec![ready], b"S\0\0\0\x08a\0b\0".repeat(5000)),
        (vec![&b"R\x7f\xff\xff\xff"[..]], vec![0; 64 << 10]),
    ] {
        let address = endless(&opening, more, Duration::ZERO).await;
        let failure = refused(&io(), ask(request(address.port(), &["select 1"]))).await;
        assert_eq!(failure.reason, Reason::Limit, "{failure:?}");
        assert_eq!(failure.detail, "the answer is longer than the limit");
    }
    for nonsense in [&b"R\0\0\0\0"[..], b"Z\0\0\0\x05I", b"R\0\0\0\x08\0\0\0\x63", b"E\0\0\0\x06\x01\x02"] {
        let address = endless(&[nonsense], vec![0; 16], Duration::from_millis(5)).await;
        let failure = refused(&io(), ask(request(address.port(), &["select 1"]))).await;
        assert!([Reason::Parse, Reason::Auth].contains(&failure.reason), "{nonsense:?}: {failure:?}");
    }
}
