//! What a server says with `INFO`, and what is taken for it.

use crate::domain::io::Reason;
use crate::domain::reading::{Health, Reading};
use crate::domain::signal::Signal;
use crate::sources::conformance::{AT, asked, plan_one, plan_with};
use crate::sources::store::conformance::{data, failed, harmless, survives};

const INFO: &str = include_str!("fixtures/info.txt");
const FULL: &str = include_str!("fixtures/replica.txt");

fn signal(more: &str) -> Signal {
    plan_one("redis", &format!("name = \"cache\"\nhost = \"cache.example.com\"\n{more}"))
}

fn read(info: &str) -> Reading {
    crate::sources::read(&signal(""), AT, &[data(info)])
}

/// The recorded answer with `line` for the line of the same key.
fn with(line: &str) -> String {
    let key = line.split_once(':').unwrap().0;
    assert!(INFO.lines().any(|known| known.starts_with(&format!("{key}:"))), "{key}");
    let other = |known: &str| known.split_once(':').is_none_or(|(known, _)| known != key);
    let mut lines: Vec<&str> = INFO.lines().filter(|known| other(known)).collect();
    lines.push(line);
    lines.join("\r\n")
}

fn body(read: &Reading) -> serde_json::Value {
    (**read.body.as_ref().unwrap()).clone()
}

#[test]
fn a_table_says_whom_to_ask() {
    let plain = signal("");
    assert_eq!(asked(&plain, &[]).preview(), ["redis INFO cache.example.com:6379"]);
    assert!(crate::sources::next(&plain, AT, &[data(INFO)]).is_none());
    assert_eq!((plain.rules.fail_after, plain.rules.recover_after), (2, 2));
    let full = signal(
        "port = 6380\ntls = true\nusername = \"watch\"\npassword = { env = \"CACHE\" }\nfail_after = 1\ntimeout = \"2s\"",
    );
    assert_eq!(
        asked(&full, &[]).preview(),
        ["redis INFO cache.example.com:6380 over TLS", "user: watch", "password: ‹env CACHE›"]
    );
    assert_eq!((full.rules.fail_after, full.timeout().as_secs()), (1, 2));
    let address = plan_one("redis", "name = \"cache\"\nhost = \"[2001:db8::1]\"");
    assert_eq!(asked(&address, &[]).preview(), ["redis INFO [2001:db8::1]:6379"]);
    for wrong in ["redis://cache", "cache:6379", "a b", "", "ann@cache", "cache/0"] {
        let (signals, found) = plan_with("redis", &format!("name = \"cache\"\nhost = \"{wrong}\""));
        assert!(signals.is_empty() && found[0].code == "bad-address" && found[0].hint.is_some(), "{found:?}");
    }
}

#[test]
fn a_server_without_limits_has_no_shares() {
    let well = read(INFO);
    assert_eq!((well.health, well.reason), (Health::Ok, None));
    assert_eq!(well.detail, "12 clients · 10 MiB · 5 ops/s");
    assert_eq!(
        body(&well),
        serde_json::json!({
            "clients": 12, "clients_max": 10000, "clients_share": 0.001, "memory_bytes": 10_485_760,
            "memory_max_bytes": 0, "memory_share": null, "blocked": 0, "evicted": 0, "rejected": 0,
            "ops_per_sec": 5, "role": "master", "uptime_s": 86400, "keys": 120,
        })
    );
    let entry = &well.entries[0];
    assert_eq!((entry.title.as_str(), entry.state.as_str()), ("cache.example.com:6379", "master"));
    let cells = [("CLIENTS", "12/10000"), ("MEMORY", "10 MiB"), ("OPS/S", "5"), ("KEYS", "120")];
    assert_eq!(entry.cells, cells.map(|(name, text)| (name, text.to_owned())));
    assert!(entry.facts.contains(&("up for", "1d 0h".into())), "{:?}", entry.facts);
}

#[test]
fn a_limit_is_a_worry_past_its_bound_and_not_at_it() {
    for (line, health, says) in [
        ("connected_clients:8000", Health::Ok, "8000 clients"),
        ("connected_clients:8001", Health::Degraded, "80 % of its clients' places taken"),
        ("connected_clients:9500", Health::Degraded, "95 % of its clients' places taken"),
        ("maxclients:0", Health::Ok, "12 clients"),
        ("maxmemory:11650845", Health::Ok, "12 clients"),
        ("maxmemory:11650844", Health::Degraded, "90 % of its memory used"),
        ("maxmemory:1", Health::Degraded, "of its memory used"),
        ("rdb_last_bgsave_status:err", Health::Degraded, "its last save failed"),
        ("loading:1", Health::Down, "loading its data"),
        ("rejected_connections:4", Health::Ok, "12 clients"),
    ] {
        let read = read(&with(line));
        assert_eq!(read.health, health, "{line}: {}", read.detail);
        assert!(read.detail.contains(says), "{line}: {}", read.detail);
    }
    assert_eq!(read(&with("loading:1")).reason, Some(Reason::Status));
}

#[test]
fn a_cache_that_evicts_is_full_by_design() {
    let full = with("maxmemory:10485760");
    for (policy, health) in [
        ("noeviction", Health::Degraded),
        ("volatile-lru", Health::Degraded),
        ("allkeys-lru", Health::Ok),
        ("allkeys-lfu", Health::Ok),
    ] {
        let read = read(&full.replace("noeviction", policy));
        assert_eq!(read.health, health, "{policy}: {}", read.detail);
        assert_eq!(body(&read)["memory_share"], 1.0, "a share is a share");
    }
}

#[test]
fn a_replica_without_its_primary_is_degraded() {
    let lost = read(FULL);
    assert_eq!(lost.health, Health::Degraded);
    assert_eq!(lost.detail, "its last write to disk failed · without its primary for 1m05");
    assert_eq!(lost.entries[0].state, "replica");
    assert_eq!(body(&lost)["keys"], 12);
    let back = FULL.replace("master_link_status:down", "master_link_status:up");
    assert_eq!(read(&back).detail, "its last write to disk failed");
    let never = FULL.replace("down_since_seconds:65", "down_since_seconds:-1");
    assert!(read(&never).detail.ends_with("without its primary"), "{}", read(&never).detail);
}

#[test]
fn what_a_managed_server_hides_is_absent_and_nothing_else_changes() {
    let little = read("# Clients\r\nconnected_clients:3\r\n");
    assert_eq!((little.health, little.detail.as_str()), (Health::Ok, "3 clients"));
    let body = body(&little);
    assert_eq!((&body["clients"], &body["clients_share"]), (&3.into(), &serde_json::Value::Null));
    assert_eq!(body["keys"], serde_json::Value::Null, "no list of databases is not an empty one");
    let empty = read("role:master\n# Keyspace\n");
    assert_eq!(empty.body.as_ref().unwrap()["keys"], 0);
    assert_eq!(empty.entries[0].cells[0].1, "-");
}

#[test]
fn a_figure_that_is_none_is_not_measured() {
    for line in [
        "connected_clients:many",
        "connected_clients:-1",
        "maxclients:1e300",
        "used_memory:99999999999999999999999",
        "maxmemory:",
        "uptime_in_seconds:\u{1b}[2J",
        "db0:keys=,expires=1",
        "db0:none",
    ] {
        let read = read(&with(line));
        assert_eq!((read.health, read.reason), (Health::Blind, Some(Reason::Body)), "{line}: {read:?}");
        assert!(read.detail.contains(line.split(':').next().unwrap()), "{line}: {}", read.detail);
        harmless(&read, line);
    }
    let hostile = with("role:\u{1b}[31m\u{202e}evil");
    harmless(&read(&hostile), "role");
    assert_eq!(read(&hostile).health, Health::Ok);
}

#[test]
fn a_refusal_that_tells_of_the_server_is_down() {
    for (reason, detail, health) in [
        (Reason::Limit, "ERR max number of clients reached", Health::Down),
        (Reason::Limit, "the answer is longer than the limit", Health::Blind),
        (Reason::Status, "LOADING Redis is loading the dataset in memory", Health::Down),
        (Reason::Status, "BUSY Redis is busy running a script.", Health::Down),
        (Reason::Status, "ERR unknown command 'INFO'", Health::Blind),
        (Reason::Auth, "WRONGPASS invalid username-password pair", Health::Blind),
        (Reason::Tls, "certificate from an unknown issuer", Health::Blind),
        (Reason::Connect, "connection refused", Health::Down),
    ] {
        let read = crate::sources::read(&signal(""), AT, &[failed(reason, detail)]);
        assert_eq!((read.health, read.reason), (health, Some(reason)), "{detail}");
        assert_eq!(read.detail, detail);
    }
}

#[test]
fn a_condition_of_one_s_own_comes_before_the_rule() {
    let strict = signal("degraded = \"body.ops_per_sec > 4 and body.memory_max_bytes == 0\"");
    let read = crate::sources::read(&strict, AT, &[data(INFO)]);
    assert_eq!(read.health, Health::Degraded, "{}", read.detail);
}

#[test]
fn it_survives_whatever_comes() {
    survives(&signal(""), &[INFO]);
    survives(&signal("tls = true"), &[FULL]);
    for cut in 0..INFO.len() {
        harmless(&read(&INFO[..cut]), "a cut");
    }
}
