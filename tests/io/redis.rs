//! Redis: a real server, with and without a password, with and without TLS, and servers that lie.

use std::time::Duration;

use midwatch::domain::condition::{Condition, observe};
use midwatch::domain::io::{Delivery, IoReply, IoRequest, Reason, RedisRequest, Value};

use super::cache::*;
use super::servers::*;
use super::stores::*;

const PASSWORD: &str = "correct-horse-battery";

fn request(port: u16) -> RedisRequest {
    RedisRequest {
        host: "127.0.0.1".into(),
        port,
        tls: false,
        username: None,
        password: None,
        timeout: Duration::from_secs(20),
        limit: 64 << 10,
    }
}

fn ask(request: RedisRequest) -> IoRequest {
    IoRequest::Redis(Box::new(request))
}

#[tokio::test]
async fn a_server_tells_about_itself() {
    let Some(redis) = start(&[], false) else { return };
    let reply = answered(&io(), ask(request(redis.port))).await;
    assert!(!reply.truncated);
    for wanted in ["# Server", "redis_version:", "# Memory", "used_memory:", "# Keyspace"] {
        assert!(reply.text.contains(wanted), "no {wanted} in {}", reply.text);
    }
    assert!(reply.text.contains(&format!("tcp_port:{}", redis.port)));
    let condition = Condition::compile("\"redis_version\" in text and latency_ms >= 0").unwrap();
    let observed = observe(&IoReply::Data(reply), &[&condition]).0;
    assert_eq!(condition.holds(&observed).map_err(|error| error.message), Ok(true));
    // It was asked for INFO and nothing else: no name was set, no database chosen.
    let reply = answered(&io(), ask(request(redis.port))).await;
    assert!(reply.text.contains("total_connections_received:2"), "{}", reply.text);
    assert!(reply.text.contains("total_commands_processed:1"), "{}", reply.text);
}

#[tokio::test]
async fn a_text_past_the_limit_is_cut() {
    let Some(redis) = start(&[], false) else { return };
    let mut short = request(redis.port);
    short.limit = 100;
    let reply = answered(&io(), ask(short)).await;
    assert!(reply.truncated);
    assert_eq!(reply.text.len(), 100);
}

#[tokio::test]
async fn a_password_opens_and_is_seen_nowhere() {
    let Some(redis) = start(&["--requirepass", PASSWORD], false) else { return };
    let io = io();
    let path = secret_file(redis.directory.path(), PASSWORD);
    let mut with = request(redis.port);
    with.password = Some(secret("", &path));
    assert!(answered(&io, ask(with.clone())).await.text.contains("redis_version:"));
    with.username = Some("default".into());
    assert!(answered(&io, ask(with)).await.text.contains("redis_version:"));

    let failure = refused(&io, ask(request(redis.port))).await;
    assert_eq!((failure.reason, failure.delivery), (Reason::Auth, Delivery::Unknown), "{failure:?}");
    assert_eq!(failure.detail, "NOAUTH Authentication required.");

    let mut wrong = request(redis.port);
    wrong.password = Some(Value::Plain("wrong-password".into()));
    let failure = refused(&io, ask(wrong)).await;
    assert_eq!((failure.reason, failure.delivery), (Reason::Auth, Delivery::Unknown), "{failure:?}");
    assert!(failure.detail.starts_with("WRONGPASS "), "{failure:?}");
}

#[tokio::test]
async fn a_user_who_may_not_is_told_so() {
    let user = ["--user", "watch", "on", ">correct-horse-battery", "-@all", "+ping"];
    let Some(redis) = start(&user, false) else { return };
    let mut with = request(redis.port);
    with.username = Some("watch".into());
    with.password = Some(Value::Plain(PASSWORD.into()));
    let failure = refused(&io(), ask(with)).await;
    assert_eq!(failure.reason, Reason::Auth, "{failure:?}");
    assert!(failure.detail.starts_with("NOPERM "), "{failure:?}");
}

#[tokio::test]
async fn a_full_server_is_a_limit() {
    let Some(redis) = start(&["--maxclients", "1"], false) else { return };
    let _guest = tokio::net::TcpStream::connect(("127.0.0.1", redis.port)).await.unwrap();
    // The guest is counted once its connection has been taken.
    for _ in 0..100 {
        let reply = io().perform(&ask(request(redis.port)), None, std::future::pending()).await;
        if let IoReply::Failed(failure) = reply {
            assert_eq!(failure.reason, Reason::Limit, "{failure:?}");
            assert_eq!(failure.detail, "ERR max number of clients reached");
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("never full");
}

#[tokio::test]
async fn a_missing_secret_is_nothing_sent() {
    let (address, count) = server(|_, _| async {}).await;
    let mut with = request(address.port());
    with.password = Some(secret("", std::path::Path::new("/nonexistent/secret")));
    let failure = refused(&io(), ask(with)).await;
    assert_eq!((failure.reason, failure.delivery), (Reason::Auth, Delivery::NotSent), "{failure:?}");
    assert_eq!(count.load(std::sync::atomic::Ordering::SeqCst), 0);
}

#[tokio::test]
async fn tls_is_verified() {
    let Some(redis) = start(&["--requirepass", PASSWORD], true) else { return };
    let mut over = request(redis.port);
    (over.host, over.tls) = ("localhost".into(), true);
    over.password = Some(Value::Plain(PASSWORD.into()));
    let trusting = trusting(redis.directory.path().join("cert.pem"));
    assert!(answered(&trusting, ask(over.clone())).await.text.contains("redis_version:"));

    let failure = refused(&io(), ask(over.clone())).await;
    assert_eq!((failure.reason, failure.delivery), (Reason::Tls, Delivery::NotSent), "{failure:?}");
    assert_eq!(failure.detail, "certificate from an unknown issuer");

    over.host = "127.0.0.1".into();
    let failure = refused(&trusting, ask(over.clone())).await;
    assert_eq!((failure.reason, failure.delivery), (Reason::Tls, Delivery::NotSent), "{failure:?}");
    assert!(failure.detail.contains("certificate for another name"), "{failure:?}");

    over.tls = false;
    let failure = refused(&trusting, ask(over)).await;
    assert!([Reason::Connect, Reason::Parse].contains(&failure.reason), "{failure:?}");
}

#[tokio::test]
async fn nobody_there_is_said() {
    let failure = refused(&io(), ask(request(free_port()))).await;
    assert_eq!((failure.reason, failure.delivery), (Reason::Connect, Delivery::NotSent));
    assert_eq!(failure.detail, "connection refused");
    let mut nowhere = request(1);
    nowhere.host = "nowhere.invalid".into();
    let failure = refused(&io(), ask(nowhere)).await;
    assert_eq!((failure.reason, failure.delivery), (Reason::Dns, Delivery::NotSent), "{failure:?}");
    let failure = refused(&io(), ask(request(hanging_up().await.port()))).await;
    assert_eq!((failure.reason, failure.delivery), (Reason::Connect, Delivery::Unknown), "{failure:?}");
}

#[tokio::test]
async fn silence_and_drips_end_in_time() {
    let drips = endless(&[b"$2000\r\n"], b"x".to_vec(), Duration::from_millis(10)).await;
    for address in [silent().await, drips] {
        let mut hurried = request(address.port());
        hurried.timeout = Duration::from_millis(300);
        let failure = refused(&io(), ask(hurried.clone())).await;
        assert_eq!((failure.reason, failure.delivery), (Reason::Timeout, Delivery::Unknown), "{failure:?}");
        assert_eq!(failure.detail, "no answer in 300 ms");
        hurried.tls = true;
        let failure = refused(&io(), ask(hurried)).await;
        assert!([Reason::Timeout, Reason::Tls].contains(&failure.reason), "{failure:?}");
    }
}

#[tokio::test]
async fn another_protocol_is_said() {
    let http = speaking_http().await.port();
    let failure = refused(&io(), ask(request(http))).await;
    assert_eq!((failure.reason, failure.delivery), (Reason::Parse, Delivery::Unknown), "{failure:?}");
    assert_eq!(failure.detail, "not the Redis protocol");
    let mut over = request(http);
    over.tls = true;
    let failure = refused(&io(), ask(over)).await;
    assert_eq!((failure.reason, failure.detail.as_str()), (Reason::Tls, "the answer is not TLS"));
}

#[tokio::test]
async fn a_hostile_answer_takes_no_room() {
    let pause = Duration::ZERO;
    let filler = vec![b'x'; 64 << 10];
    for opening in [&b"$536870912\r\n"[..], b"$9223372036854775807\r\n", b"+", b"-", b"=2000000000\r\ntxt:"] {
        let address = endless(&[opening], filler.clone(), pause).await;
        let failure = refused(&io(), ask(request(address.port()))).await;
        assert_eq!(failure.reason, Reason::Limit, "{opening:?}: {failure:?}");
        assert_eq!(failure.detail, "the answer is longer than the limit");
    }
    // Collections are no answer, however large they say they are.
    for opening in [&b"*2147483647\r\n"[..], b"%9223372036854775807\r\n", b"|1\r\n", b":1\r\n", b"$x\r\n"] {
        let address = endless(&[opening], b"*2147483647\r\n".to_vec(), pause).await;
        let failure = refused(&io(), ask(request(address.port()))).await;
        assert_eq!(failure.reason, Reason::Parse, "{opening:?}: {failure:?}");
    }
}

#[tokio::test]
async fn what_a_server_echoes_is_redacted_and_clean() {
    let directory = tempfile::tempdir().unwrap();
    let path = secret_file(directory.path(), PASSWORD);
    for (said, reason) in [
        ("-WRONGPASS no \u{1b}[31mcorrect-horse-battery here\r\n", Reason::Auth),
        ("-LOADING correct-horse-battery\r\n", Reason::Status),
    ] {
        let (address, _) = server(move |mut stream, _| async move {
            use tokio::io::{AsyncReadExt, AsyncWriteExt};
            stream.read(&mut [0; 4096]).await.unwrap_or_default();
            stream.write_all(said.as_bytes()).await.unwrap_or_default();
        })
        .await;
        for password in [secret("", &path), Value::Plain(PASSWORD.into())] {
            let mut with = request(address.port());
            with.password = Some(password);
            let failure = refused(&io(), ask(with)).await;
            assert_eq!(failure.reason, reason);
            assert!(failure.detail.contains("‹redacted›"), "{failure:?}");
            assert!(!failure.detail.contains('\u{1b}'), "{failure:?}");
        }
    }
}
