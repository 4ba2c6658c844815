//! Health checks over recorded and invented replies.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::domain::condition::Condition;
use crate::domain::diagnostic::Diagnostic;
use crate::domain::io::{CommandReply, Delivery, HttpReply, IoFailure, IoReply, IoRequest, Reason, TcpReply};
use crate::domain::reading::{Health, Reading};
use crate::domain::setting::{Placed, Setting, Table};
use crate::domain::signal::Signal;
use crate::domain::text::is_hostile;
use crate::domain::time::Timestamp;

fn table(entries: &[(&str, Setting)]) -> Table {
    let entries: BTreeMap<String, Placed> = entries
        .iter()
        .enumerate()
        .map(|(line, (key, value))| {
            ((*key).to_owned(), Placed { value: value.clone(), place: (line + 2, 1) })
        })
        .collect();
    Table { file: "midwatch.toml".into(), place: (1, 1), entries }
}

fn text(text: &str) -> Setting {
    Setting::Text(text.into())
}

fn condition(text: &str) -> Setting {
    Setting::Condition(Condition::compile(text).unwrap())
}

fn planned(entries: &[(&str, Setting)]) -> (Vec<Signal>, Vec<Diagnostic>) {
    let mut found = Vec::new();
    let signals = (PROVIDER.plan)(&table(entries), &mut found);
    (signals, found)
}

fn signal(entries: &[(&str, Setting)]) -> Signal {
    let mut all = vec![("name", text("api")), ("url", text("https://app.example.com/api/health"))];
    all.extend(entries.iter().cloned());
    let (signals, found) = planned(&all);
    assert_eq!(found, []);
    signals.into_iter().next().unwrap()
}

fn http(status: u16, body: &[u8]) -> HttpReply {
    HttpReply {
        status,
        headers: vec![("content-type".into(), "application/json".into())],
        body: body.to_vec(),
        truncated: false,
        latency: Duration::from_millis(41),
        certificate_days: Some(60),
    }
}

fn read(signal: &Signal, reply: &IoReply) -> Reading {
    crate::sources::read(signal, Timestamp::from_millis(1_000), std::slice::from_ref(reply))
}

fn said(signal: &Signal, reply: HttpReply) -> (Health, Option<Reason>, String) {
    let reading = read(signal, &IoReply::Http(reply));
    (reading.health, reading.reason, reading.detail)
}

const DOWN: Health = Health::Down;

#[test]
fn providers_in_a_body_are_one_line_of_configuration() {
    let signal = signal(&[("providers", text("providers"))]);
    let healthy = include_bytes!("fixtures/providers_healthy.json");
    let degraded = include_bytes!("fixtures/providers_degraded.json");
    let unavailable = include_bytes!("fixtures/providers_unavailable.json");
    let sleeping = include_bytes!("fixtures/providers_sleeping.json");
    assert_eq!(said(&signal, http(200, healthy)), (Health::Ok, None, "200".into()));
    assert_eq!(said(&signal, http(200, degraded)), (Health::Degraded, None, "200, mail is degraded".into()));
    assert_eq!(
        said(&signal, http(200, unavailable)),
        (DOWN, Some(Reason::Body), "200, body: mail is unavailable, search is degraded".into())
    );
    assert_eq!(
        said(&signal, http(200, sleeping)),
        (DOWN, Some(Reason::Body), "200, body: mail is \"sleeping\"".into())
    );
    for junk in
        ["{}", "{\"providers\": []}", "{\"providers\": null}", "[]", "{\"providers\": [{\"name\": \"db\"}]}"]
    {
        let (health, reason, detail) = said(&signal, http(200, junk.as_bytes()));
        assert_eq!((health, reason), (DOWN, Some(Reason::Body)), "{junk}: {detail}");
    }
    assert_eq!(said(&signal, http(200, b"<html>")).1, Some(Reason::Parse));
    assert_eq!(said(&signal, http(200, b"")).2, "200, body: the body is empty");
    assert_eq!(said(&signal, http(503, b"<html>")), (DOWN, Some(Reason::Status), "503".into()));
}

#[test]
fn providers_may_stand_deeper_in_the_body_or_be_a_mapping() {
    let signal = signal(&[("providers", text("checks.all-services"))]);
    let body = br#"{"checks": {"all-services": {"db": {"status": "healthy"}, "mail": "unavailable"}}}"#;
    assert_eq!(said(&signal, http(200, body)).2, "200, not as it should be");
    assert_eq!(said(&signal, http(200, br#"{"checks": {"all-services": {"db": "healthy"}}}"#)).0, Health::Ok);
}

#[test]
fn the_long_form_of_a_condition_works_as_well() {
    let signal = signal(&[
        (
            "ok",
            condition(
                "status == 200 and body.providers | selectattr('status', 'equalto', 'unavailable') | list | length == 0",
            ),
        ),
        ("degraded", condition("latency_ms > 500 or body.status == 'degraded'")),
    ]);
    let body = |status: &str, word: &str| {
        format!(r#"{{"status":"{word}","providers":[{{"name":"mail","status":"{status}"}}]}}"#).into_bytes()
    };
    assert_eq!(said(&signal, http(200, &body("healthy", "ok"))).0, Health::Ok);
    assert_eq!(
        said(&signal, http(200, &body("healthy", "degraded"))).2,
        "200, latency_ms is 41, status is \"degraded\""
    );
    assert_eq!(said(&signal, http(200, &body("unavailable", "ok"))).2, "200, body: mail is unavailable");
    let missing = br#"{"providers": []}"#;
    assert_eq!(
        said(&signal, http(200, missing)),
        (DOWN, Some(Reason::Body), "200, body: status is missing".into())
    );
    let nameless = br#"{"status": "ok", "providers": [{"name": "mail"}]}"#;
    assert_eq!(said(&signal, http(200, nameless)).1, Some(Reason::Body));
}

#[test]
fn a_status_has_its_reason() {
    let plain = signal(&[]);
    for (status, health, reason) in [
        (204, Health::Ok, None),
        (301, DOWN, Some(Reason::Status)),
        (401, DOWN, Some(Reason::Auth)),
        (403, DOWN, Some(Reason::Auth)),
        (404, DOWN, Some(Reason::Status)),
        (429, Health::Blind, Some(Reason::Limit)),
        (500, DOWN, Some(Reason::Status)),
    ] {
        let (got, why, _) = said(&plain, http(status, b""));
        assert_eq!((got, why), (health, reason), "{status}");
    }
    let expected = signal(&[("ok", condition("status == 401 or status == 429"))]);
    assert_eq!(said(&expected, http(401, b"")).0, Health::Ok);
    assert_eq!(said(&expected, http(429, b"")).0, Health::Ok);
    assert_eq!(said(&expected, http(200, b"")).1, Some(Reason::Body));
}

#[test]
fn a_limit_is_obeyed_and_a_cut_body_is_not_believed() {
    let mut limited = http(429, b"slow down");
    limited.headers.push(("retry-after".into(), "30".into()));
    let reading = read(&signal(&[]), &IoReply::Http(limited.clone()));
    assert_eq!(reading.retry_after, Some(Duration::from_secs(30)));
    let reading = read(&signal(&[("ok", condition("status == 429"))]), &IoReply::Http(limited));
    assert_eq!((reading.health, reading.retry_after), (Health::Ok, None));

    let mut cut = http(200, br#"{"queue": 1"#);
    cut.truncated = true;
    assert_eq!(said(&signal(&[("ok", condition("body.queue < 5"))]), cut.clone()).1, Some(Reason::Limit));
    assert_eq!(said(&signal(&[]), cut).0, Health::Ok);
}

#[test]
fn a_degraded_that_cannot_be_evaluated_is_down() {
    let signal = signal(&[("degraded", condition("body.queue > 50"))]);
    assert_eq!(
        said(&signal, http(200, br#"{"queue": 51}"#)),
        (Health::Degraded, None, "200, queue is 51".into())
    );
    assert_eq!(said(&signal, http(200, br#"{"queue": "51"}"#)).1, Some(Reason::Body));
    assert_eq!(said(&signal, http(200, b"fine")).1, Some(Reason::Parse));
}

#[test]
fn a_certificate_that_ends_soon_is_degraded() {
    let mut reply = http(200, b"");
    reply.certificate_days = Some(9);
    assert_eq!(
        said(&signal(&[]), reply.clone()),
        (Health::Degraded, None, "200, certificate_days is 9".into())
    );
    assert_eq!(said(&signal(&[("certificate_days", Setting::Integer(0))]), reply.clone()).0, Health::Ok);
    reply.certificate_days = None;
    assert_eq!(said(&signal(&[]), reply).0, Health::Ok);
}

#[test]
fn no_answer_is_down_and_a_missing_secret_is_blind() {
    let failed = |reason, delivery| {
        let failure = IoFailure { reason, detail: "no such host".into(), delivery };
        let reading = read(&signal(&[]), &IoReply::Failed(failure));
        (reading.health, reading.reason, reading.evidence.is_some())
    };
    for reason in [Reason::Dns, Reason::Connect, Reason::Tls, Reason::Timeout, Reason::Parse] {
        assert_eq!(failed(reason, Delivery::NotSent), (DOWN, Some(reason), true));
    }
    assert_eq!(failed(Reason::Auth, Delivery::NotSent), (Health::Blind, Some(Reason::Auth), true));
}

#[test]
fn commands_and_ports_are_read_too() {
    let (signals, found) = planned(&[
        ("name", text("queue")),
        ("command", Setting::List(vec![Placed { value: text("check"), place: (3, 1) }])),
    ]);
    assert_eq!(found, []);
    let reply = |exit, stdout: &str| {
        let reply = CommandReply {
            exit,
            signal: exit.is_none().then_some(9),
            stdout: stdout.into(),
            stderr: "\u{1b}[31mbroken".into(),
            truncated: false,
            duration: Duration::from_millis(5),
        };
        read(&signals[0], &IoReply::Command(reply))
    };
    assert_eq!(reply(Some(0), "").health, Health::Ok);
    let bad = reply(Some(2), "");
    assert_eq!((bad.health, bad.reason, bad.detail.as_str()), (DOWN, Some(Reason::Status), "exit 2"));
    assert!(!bad.evidence.unwrap().lines.join("").contains('\u{1b}'));
    assert_eq!(reply(None, "").detail, "ended by signal 9");

    let (signals, found) = planned(&[("name", text("db")), ("tcp", text("db.example.com:5432"))]);
    assert_eq!(found, []);
    let connected = IoReply::Tcp(TcpReply { latency: Duration::from_millis(3) });
    assert_eq!(read(&signals[0], &connected).health, Health::Ok);
}

#[test]
fn what_a_signal_shows_of_an_action_is_read_with_it() {
    let mut signal = signal(&[]);
    signal.observes = vec![
        ("maintenance".into(), Condition::compile("status == 503").unwrap()),
        ("banner".into(), Condition::compile("body.banner").unwrap()),
    ];
    let reading = read(&signal, &IoReply::Http(http(503, b"closed")));
    assert_eq!(reading.effects, [("maintenance".into(), Some(true)), ("banner".into(), None)]);
}

#[test]
fn mistakes_in_a_table_are_named() {
    let codes = |entries: &[(&str, Setting)]| {
        planned(entries)
            .1
            .into_iter()
            .map(|diagnostic| (diagnostic.code, diagnostic.line))
            .collect::<Vec<_>>()
    };
    assert_eq!(codes(&[("name", text("api"))]), [("missing-key", 1)]);
    assert_eq!(
        codes(&[("name", text("Api")), ("url", text("http://a.example.com")), ("tcp", text("a:1"))]),
        [("bad-name", 2), ("ambiguous-request", 4)]
    );
    assert_eq!(
        codes(&[
            ("name", text("db")),
            ("tcp", text("db")),
            ("method", text("GET")),
            ("every", Setting::Duration(Duration::from_secs(2))),
            ("timeout", Setting::Duration(Duration::from_secs(3))),
        ]),
        [("timeout-exceeds-interval", 6), ("misplaced-key", 4), ("bad-address", 3)]
    );
    assert_eq!(
        codes(&[
            ("name", text("web")),
            ("url", text("http://a.example.com")),
            ("ok", condition("exit == 0"))
        ]),
        [("bad-condition", 4)]
    );
    for (address, host) in [
        ("a.example.com:1", Some("a.example.com")),
        ("[::1]:53", Some("::1")),
        ("::1:53", None),
        ("a:0", None),
        ("a b:5", None),
        (":5", None),
    ] {
        assert_eq!(host_port(address).map(|(host, _)| host), host.map(str::to_owned), "{address}");
    }
}

proptest! {
    #[test]
    fn no_body_breaks_a_reading(body in proptest::collection::vec(any::<u8>(), 0..200), status in 100u16..600) {
        let signal = signal(&[("providers", text("providers")), ("degraded", condition("body.queue > 5 or 'x' in text"))]);
        let reading = read(&signal, &IoReply::Http(http(status, &body)));
        prop_assert_eq!(reading.health == Health::Ok, false);
        prop_assert!(!reading.detail.chars().any(is_hostile));
        let evidence = reading.evidence.unwrap();
        prop_assert!(evidence.lines.iter().all(|line| !line.chars().any(is_hostile)));
    }

    #[test]
    fn no_json_breaks_a_reading(body in json(), status in 200u16..204) {
        let signal = signal(&[
            ("providers", text("providers")),
            ("ok", condition("body.queue < 50 and body.up")),
        ]);
        let reading = read(&signal, &IoReply::Http(http(status, body.to_string().as_bytes())));
        prop_assert!(!reading.detail.chars().any(is_hostile));
        if reading.health != Health::Down {
            prop_assert!(body["queue"].as_f64().is_some_and(|queue| queue < 50.0), "{}", body);
            prop_assert_eq!(body["up"].as_bool(), Some(true));
        }
    }
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        (-100i64..100).prop_map(Into::into),
        "healthy|degraded|unavailable|\\PC{0,8}".prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            proptest::collection::btree_map("providers|queue|up|status|name", inner, 0..4)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

#[test]
fn nesting_without_end_is_refused() {
    let deep = "[".repeat(100_000);
    let (health, reason, _) = said(&signal(&[("ok", condition("body.a == 1"))]), http(200, deep.as_bytes()));
    assert_eq!((health, reason), (DOWN, Some(Reason::Parse)));
    let signal = signal(&[]);
    let IoRequest::Http(request) = signal.request().unwrap() else { panic!("not HTTP") };
    assert_eq!((request.redirects, request.limit), (0, 65_536));
}
