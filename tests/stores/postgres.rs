//! PostgreSQL as a source.

use std::process::Stdio;
use std::time::Duration;

use midwatch::domain::io::Reason;
use midwatch::domain::reading::{Health, Reading};
use serde_json::json;
use tokio_postgres::{Client, NoTls};

use super::cluster::*;
use super::polled::*;
use super::servers::io;
use super::stores::trusting;

fn table(port: u16, more: &str) -> String {
    table_of(port, "watch", PASSWORD, more)
}

fn table_of(port: u16, user: &str, password: &str, more: &str) -> String {
    format!(
        "[[postgres]]\nname = \"db\"\nhost = \"127.0.0.1\"\nport = {port}\ndatabase = \"postgres\"\n\
         user = \"{user}\"\npassword = \"{password}\"\ntls = \"off\"\n{more}"
    )
}

/// Somebody else's session; the server's number of it.
async fn guest(postgres: &Postgres) -> (Client, i32) {
    let address = format!(
        "host=127.0.0.1 port={} user=watch password={PASSWORD} dbname=postgres application_name=checkout",
        postgres.port
    );
    let (client, connection) = tokio_postgres::connect(&address, NoTls).await.unwrap();
    tokio::spawn(connection);
    let pid = client.query_one("select pg_backend_pid()", &[]).await.unwrap().get(0);
    (client, pid)
}

fn said(postgres: &Postgres, statements: &[&str]) {
    for statement in statements {
        let said = psql(postgres, statement);
        assert!(!said.contains("ERROR") && !said.contains("FATAL"), "{statement}: {said}");
    }
}

fn is(reading: &Reading, health: Health, reason: Option<Reason>, detail: &str) {
    assert_eq!((reading.health, reading.reason), (health, reason), "{reading:?}");
    assert!(reading.detail.contains(detail), "{detail}: {reading:?}");
}

#[tokio::test]
async fn connections_are_counted_and_what_runs_for_long_is_found_by_its_time() {
    let Some(postgres) = start(&[]) else { return };
    let (io, patient) = (io(), table(postgres.port, ""));
    let well = poll(&io, &patient).await;
    is(&well, Health::Ok, None, "1/97 connections");
    assert_eq!(values(&well, &["connections", "active", "deadlocks"]), json!([1, 1, 0]));
    assert_eq!(values(&well, &["standby", "lag_s"]), json!([false, null]));

    let (sleeper, sleeping) = guest(&postgres).await;
    let (idler, idle) = guest(&postgres).await;
    idler.batch_execute("begin; select 1").await.unwrap();
    let sleeps = tokio::spawn(async move { sleeper.batch_execute("select pg_sleep(120), 'a secret'").await });
    let hasty = table(postgres.port, "longest = \"1s\"");
    // A connection that has ended may be counted for a moment yet.
    let all = |read: &Reading| {
        let words = ["query runs", "transaction open"];
        words.iter().all(|word| read.detail.contains(word)) && value(read, "connections") == 3
    };
    let long = until(&io, &hasty, all).await;
    is(&long, Health::Degraded, None, &format!("pid {sleeping}: query runs for "));
    is(&long, Health::Degraded, None, &format!("pid {idle}: transaction open for "));
    assert_eq!(values(&long, &["connections", "idle_in_transaction"]), json!([3, 1]));
    for key in ["longest_s", "open_s"] {
        assert!(value(&long, key).as_f64().is_some_and(|seconds| (1.0..60.0).contains(&seconds)), "{long:?}");
    }
    let listed = long.entries.iter().find(|entry| entry.key == format!("pid-{sleeping}")).unwrap();
    assert_eq!((listed.health, listed.state.as_str()), (Health::Degraded, "active"));
    assert!(listed.title.contains("checkout"), "{listed:?}");
    assert!(listed.facts.contains(&("waits for", "Timeout PgSleep".into())), "{listed:?}");
    // What the query is, is nobody's business here.
    assert!(!format!("{long:?}").contains("a secret"), "{long:?}");
    assert_eq!(poll(&io, &patient).await.health, Health::Ok, "five minutes are not over");
    sleeps.abort();
}

#[tokio::test]
async fn tables_are_counted_and_a_missing_index_is_named() {
    let Some(postgres) = start(&[]) else { return };
    said(
        &postgres,
        &[
            "create table lessons (id int primary key, module int)",
            "insert into lessons select n, n % 7 from generate_series(1, 120) n",
            "create index lessons_by_module on lessons (module)",
            "create schema school",
            "create table school.\"Odd \"\"Table\"\" 'x\\y'\" (id int primary key)",
            "create table school.hidden_from_path (id int)",
            "create view few as select * from lessons limit 3",
        ],
    );
    let io = io();
    let named = table(
        postgres.port,
        "tables = [{ name = \"lessons\", at_least = 120 }, { name = 'school.Odd \"Table\" ''x\\y''' }, { name = \"few\" }]\n\
         indexes = [\"lessons_by_module\", \"lessons\", \"lessons_pkey\", \"public.lessons_by_module\"]",
    );
    let named = named.replace("'school.Odd \"Table\" ''x\\y'''", r#""school.Odd \"Table\" 'x\\y'""#);
    let well = poll(&io, &named).await;
    is(&well, Health::Ok, None, "3 tables");
    assert_eq!(value(&well, "tables"), json!({ "lessons": 120, "school.Odd \"Table\" 'x\\y'": 0, "few": 3 }));
    assert_eq!([value(&well, "tables_short"), value(&well, "indexes_missing")], [json!([]), json!([])]);

    said(&postgres, &["delete from lessons where id > 7"]);
    is(&poll(&io, &named).await, Health::Degraded, None, "lessons has 7 rows, fewer than 120");
    said(&postgres, &["drop index lessons_by_module"]);
    let missing = poll(&io, &named).await;
    is(&missing, Health::Degraded, None, "index lessons_by_module is missing");
    assert_eq!(
        value(&missing, "indexes_missing"),
        json!(["lessons_by_module", "lessons", "public.lessons_by_module"])
    );
    let without = table(postgres.port, "indexes = [\"lessons\"]");
    is(&poll(&io, &without).await, Health::Degraded, None, "lessons has no index besides its primary key's");
    said(
        &postgres,
        &[
            "create index again on lessons (module)",
            "update pg_index set indisvalid = false where indexrelid = 'again'::regclass",
        ],
    );
    let invalid = table(postgres.port, "indexes = [\"again\"]");
    is(&poll(&io, &invalid).await, Health::Degraded, None, "index again is invalid");

    // Another case, another schema: another table.
    for wrong in ["Lessons", "school.lessons", "hidden_from_path", "nowhere.lessons", "lessons_pkey"] {
        let read = poll(&io, &table(postgres.port, &format!("tables = [{{ name = \"{wrong}\" }}]"))).await;
        is(&read, Health::Degraded, None, &format!("table {wrong} is missing"));
    }
    let found = table(postgres.port, "tables = [{ name = \"school.hidden_from_path\" }]");
    assert_eq!(poll(&io, &found).await.health, Health::Ok);
}

#[tokio::test]
async fn a_count_that_takes_too_long_is_blind_and_no_outage() {
    let Some(postgres) = start(&[]) else { return };
    let (locker, _) = guest(&postgres).await;
    said(&postgres, &["create table locked (n int)"]);
    locker.batch_execute("begin; lock table locked").await.unwrap();
    let read = poll(&io(), &table(postgres.port, "timeout = \"1s\"\ntables = [{ name = \"locked\" }]")).await;
    is(&read, Health::Blind, Some(Reason::Timeout), "tables not counted: canceling statement");
    assert!(value(&read, "connections").as_u64().is_some_and(|count| count >= 2), "{read:?}");
}

#[tokio::test]
async fn what_a_role_may_not_see_is_said() {
    let Some(postgres) = start(&[]) else { return };
    said(
        &postgres,
        &[
            "create role humble login password 'humble-password'",
            "create table lessons (id int, owner text)",
            "insert into lessons values (1, 'ann')",
        ],
    );
    let io = io();
    let humble = |more: &str| table_of(postgres.port, "humble", "humble-password", more);
    let alone = until(&io, &humble(""), |read| read.health == Health::Ok).await;
    is(&alone, Health::Ok, None, "1/97 connections");
    let _guest = guest(&postgres).await;
    let blind = until(&io, &humble(""), |read| read.detail.starts_with("1 sessions")).await;
    is(&blind, Health::Blind, Some(Reason::Auth), "1 sessions of other roles are hidden: grant pg_monitor");
    assert_eq!(values(&blind, &["connections", "hidden", "longest_s"]), json!([2, 1, null]));
    said(&postgres, &["grant pg_monitor to humble"]);
    let seen = until(&io, &humble(""), |read| read.detail.starts_with("2/97")).await;
    is(&seen, Health::Ok, None, "2/97 connections");

    let counted = humble("tables = [{ name = \"lessons\" }]");
    is(
        &poll(&io, &counted).await,
        Health::Blind,
        Some(Reason::Auth),
        "lessons may not be read: grant select",
    );
    said(&postgres, &["grant select (id) on lessons to humble"]);
    let one = poll(&io, &counted).await;
    assert_eq!((one.health, value(&one, "tables")), (Health::Ok, json!({ "lessons": 1 })), "{one:?}");
    said(&postgres, &["alter table lessons enable row level security"]);
    is(
        &poll(&io, &counted).await,
        Health::Blind,
        Some(Reason::Auth),
        "row security may hide rows of lessons",
    );
}

#[tokio::test]
async fn a_wrong_password_is_blind_and_a_server_that_stopped_is_down() {
    let Some(postgres) = start(&[]) else { return };
    let (io, right) = (io(), table(postgres.port, ""));
    assert_eq!(poll(&io, &right).await.health, Health::Ok);
    let wrong = table_of(postgres.port, "watch", "wrong-password", "");
    is(&poll(&io, &wrong).await, Health::Blind, Some(Reason::Auth), "password authentication failed");
    let elsewhere = right.replace("\"postgres\"\n", "\"nowhere\"\n");
    is(
        &poll(&io, &elsewhere).await,
        Health::Down,
        Some(Reason::Status),
        "database \"nowhere\" does not exist",
    );

    let over = right.replace("tls = \"off\"\n", "");
    let blind = poll(&io, &over).await;
    assert_eq!((blind.health, blind.reason), (Health::Blind, Some(Reason::Tls)), "{blind:?}");
    let over = over.replace("127.0.0.1", "localhost");
    assert_eq!(poll(&trusting(postgres.certificate.clone()), &over).await.health, Health::Ok);

    drop(postgres);
    is(&poll(&io, &right).await, Health::Down, Some(Reason::Connect), "connection refused");
}

#[tokio::test]
async fn a_full_server_is_down() {
    let settings = ["max_connections=3", "superuser_reserved_connections=0", "max_wal_senders=0"];
    let Some(postgres) = start(&settings) else { return };
    let (io, table) = (io(), table(postgres.port, ""));
    let _two = (guest(&postgres).await, guest(&postgres).await);
    // The place of a poll before may not be free at once.
    let last = until(&io, &table, |read| read.detail.contains('%')).await;
    is(&last, Health::Down, Some(Reason::Limit), "100 % of its connections taken");
    assert_eq!(value(&last, "connections_max"), 3);
    let third = loop {
        let address =
            format!("host=127.0.0.1 port={} user=watch password={PASSWORD} dbname=postgres", postgres.port);
        if let Ok((client, connection)) = tokio_postgres::connect(&address, NoTls).await {
            tokio::spawn(connection);
            break client;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    is(&poll(&io, &table).await, Health::Down, Some(Reason::Limit), "too many clients already (53300)");
    drop(third);
}

#[tokio::test]
async fn a_standby_says_how_far_it_is_behind_and_its_primary_lists_it() {
    let Some(primary) = start(&[]) else { return };
    let filled = |data: &std::path::Path| {
        let mut command = client("pg_basebackup", &primary);
        command.args(["--no-sync", "--checkpoint=fast", "--write-recovery-conf", "-D"]).arg(data);
        let output = command.stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let Some(standby) = start_on(filled, &["recovery_min_apply_delay=0"]) else { return };
    let io = io();
    let (there, here) = (table(primary.port, ""), table(standby.port, ""));
    let listed = until(&io, &there, |read| read.entries.iter().any(|entry| entry.state == "streaming")).await;
    assert_eq!(listed.health, Health::Ok, "{listed:?}");
    assert!(value(&listed, "lag_s").as_f64().is_some_and(|lag| lag < 30.0), "{listed:?}");
    let well = until(&io, &here, |read| read.health == Health::Ok).await;
    assert_eq!(values(&well, &["standby", "lag_s"]), json!([true, 0.0]), "{well:?}");
    assert_eq!(well.entries[0].state, "standby");

    // What it replayed last has a time only once it replayed something.
    said(&primary, &["create table first (n int)"]);
    let replayed = table(standby.port, "tables = [{ name = \"first\" }]");
    let replayed = until(&io, &replayed, |read| read.health == Health::Ok).await;
    is(&replayed, Health::Ok, None, "1 table");
    // It is told and does not obey.
    said(&standby, &["select pg_wal_replay_pause()"]);
    said(&primary, &["create table told (n int)"]);
    let hasty = table(standby.port, "lag = \"1s\"");
    let late = until(&io, &hasty, |read| read.health == Health::Degraded).await;
    is(&late, Health::Degraded, None, "behind its primary");
    let there = table(primary.port, "lag = \"1s\"");
    let late = until(&io, &there, |read| read.health == Health::Degraded).await;
    is(&late, Health::Degraded, None, "replica walreceiver is ");
}
