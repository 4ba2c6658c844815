//! Redis as a source.

use midwatch::domain::io::Reason;
use midwatch::domain::reading::Health;
use serde_json::json;
use tokio::net::TcpStream;

use super::cache::start;
use super::polled::*;
use super::servers::{io, secret_file};
use super::stores::{free_port, trusting};

const PASSWORD: &str = "correct-horse-battery";

fn table(port: u16, more: &str) -> String {
    format!("[[redis]]\nname = \"cache\"\nhost = \"127.0.0.1\"\nport = {port}\n{more}")
}

#[tokio::test]
async fn connections_are_counted_against_the_limit() {
    let Some(redis) = start(&["--maxclients", "5"], false) else { return };
    let (io, table) = (io(), table(redis.port, ""));
    let well = poll(&io, &table).await;
    assert_eq!((well.health, well.reason), (Health::Ok, None), "{well:?}");
    let read = values(&well, &["clients", "clients_max", "keys", "role", "rejected"]);
    assert_eq!(read, json!([1, 5, 0, "master", 0]));
    assert!(value(&well, "memory_bytes").as_u64().is_some_and(|bytes| bytes > 100_000), "{well:?}");
    assert_eq!(value(&well, "memory_share"), serde_json::Value::Null, "it has no limit");
    assert_eq!(well.entries.len(), 1);

    let mut guests = Vec::new();
    for _ in 0..4 {
        guests.push(TcpStream::connect(("127.0.0.1", redis.port)).await.unwrap());
    }
    let crowded = until(&io, &table, |read| read.health == Health::Degraded).await;
    assert_eq!(crowded.detail, "100 % of its clients' places taken", "{crowded:?}");
    assert_eq!(value(&crowded, "clients_share"), 1.0);
    guests.push(TcpStream::connect(("127.0.0.1", redis.port)).await.unwrap());
    let full = until(&io, &table, |read| read.health == Health::Down).await;
    assert_eq!(
        (full.reason, full.detail.as_str()),
        (Some(Reason::Limit), "ERR max number of clients reached")
    );
    drop(guests);
    let again = until(&io, &table, |read| read.health == Health::Ok).await;
    assert!(value(&again, "rejected").as_u64().is_some_and(|rejected| rejected > 0), "{again:?}");
}

#[tokio::test]
async fn memory_is_a_share_where_there_is_a_limit() {
    for (policy, health) in [("noeviction", Health::Degraded), ("allkeys-lru", Health::Ok)] {
        let arguments = ["--maxmemory", "900kb", "--maxmemory-policy", policy];
        let Some(redis) = start(&arguments, false) else { return };
        let read = poll(&io(), &table(redis.port, "")).await;
        assert_eq!(read.health, health, "{policy}: {read:?}");
        assert!(value(&read, "memory_share").as_f64().is_some_and(|share| share > 0.9), "{read:?}");
        assert_eq!(value(&read, "memory_max_bytes"), 921_600);
    }
}

#[tokio::test]
async fn a_replica_that_finds_no_primary_is_degraded() {
    let nobody = free_port().to_string();
    let Some(redis) = start(&["--replicaof", "127.0.0.1", &nobody], false) else { return };
    let lost = poll(&io(), &table(redis.port, "")).await;
    assert_eq!(lost.health, Health::Degraded, "{lost:?}");
    assert!(lost.detail.starts_with("without its primary"), "{lost:?}");
    assert_eq!(value(&lost, "role"), "replica");
}

#[tokio::test]
async fn a_wrong_password_is_blind() {
    let Some(redis) = start(&["--requirepass", PASSWORD], false) else { return };
    let file = secret_file(redis.directory.path(), PASSWORD);
    let right = table(redis.port, &format!("password = {{ file = \"{}\" }}", file.display()));
    let io = io();
    assert_eq!(poll(&io, &right).await.health, Health::Ok);
    for wrong in ["", "password = \"wrong-password\""] {
        let blind = poll(&io, &table(redis.port, wrong)).await;
        assert_eq!((blind.health, blind.reason), (Health::Blind, Some(Reason::Auth)), "{blind:?}");
        assert!(blind.evidence.is_some() && blind.entries.is_empty());
    }
}

#[tokio::test]
async fn a_server_that_stopped_is_down() {
    let Some(redis) = start(&[], false) else { return };
    let (io, table) = (io(), table(redis.port, ""));
    assert_eq!(poll(&io, &table).await.health, Health::Ok);
    drop(redis);
    let gone = poll(&io, &table).await;
    assert_eq!((gone.health, gone.reason), (Health::Down, Some(Reason::Connect)), "{gone:?}");
}

#[tokio::test]
async fn tls_is_spoken_and_a_certificate_that_is_not_trusted_is_blind() {
    let Some(redis) = start(&[], true) else { return };
    let over = table(redis.port, "tls = true").replace("127.0.0.1", "localhost");
    let trusting = trusting(redis.directory.path().join("cert.pem"));
    assert_eq!(poll(&trusting, &over).await.health, Health::Ok);
    let blind = poll(&io(), &over).await;
    assert_eq!((blind.health, blind.reason), (Health::Blind, Some(Reason::Tls)), "{blind:?}");
}
