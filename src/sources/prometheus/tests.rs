//! What is asked of Prometheus, and what its numbers, their absence and Alertmanager's words mean.

use serde_json::{Value, json};

use super::push::from_alertmanager;
use crate::domain::io::Reason;
use crate::domain::reading::{Health, Reading};
use crate::domain::signal::Signal;
use crate::domain::text::is_hostile;
use crate::domain::time::Timestamp;
use crate::sources::conformance::{self, AT, http, plan_one, plan_with};

const VECTOR: &str = include_str!("fixtures/vector.json");
const ERROR: &str = include_str!("fixtures/error.json");
const ALERTS: &str = include_str!("fixtures/alertmanager.json");

const TABLE: &str = "name = \"queue\"\nurl = \"http://prometheus.example.com:9090/\"\n\
                     query = \"max(queue_depth{job=\\\"api\\\"})\"";

fn signal(more: &str) -> Signal {
    plan_one("prometheus", &format!("{TABLE}\n{more}"))
}

fn data(kind: &str, result: impl Into<Value>) -> String {
    let result = result.into();
    json!({ "status": "success", "data": { "resultType": kind, "result": result } }).to_string()
}

fn vector(values: &[&str]) -> String {
    let series = values.iter().enumerate().map(|(number, value)| {
        json!({ "metric": { "queue": format!("q{number}") }, "value": [1_795_271_519.1, value] })
    });
    data("vector", series.collect::<Vec<_>>())
}

fn read(signal: &Signal, body: &str) -> Reading {
    crate::sources::read(signal, AT, &[http(200, body)])
}

#[test]
fn it_asks_an_instant_query_with_the_token_by_name() {
    let asked = conformance::asked(&signal("ok = \"body.value < 50\""), &[]);
    assert_eq!(
        asked.preview(),
        [
            "GET http://prometheus.example.com:9090/api/v1/query?query=max%28queue_depth%7Bjob%3D%22api%22%7D%29"
        ]
    );
    let asked = conformance::asked(&signal("ok = \"true\"\ntoken = { env = \"PROM\" }"), &[]);
    assert_eq!(asked.preview()[1], "authorization: Bearer ‹env PROM›");
}

#[test]
fn numbers_are_texts_and_conditions_hold_at_their_boundary() {
    let one = signal("ok = \"body.value < 50\"\ndegraded = \"body.value >= 40\"\nunit = \"jobs\"");
    let cases = [("39.9", Health::Ok), ("40", Health::Degraded), ("50", Health::Down), ("-1e3", Health::Ok)];
    for (value, health) in cases {
        assert_eq!(read(&one, &vector(&[value])).health, health, "{value}");
    }
    let read = read(&one, &vector(&["12"]));
    assert_eq!(read.detail, "12 jobs");
    assert_eq!(*read.body.unwrap(), json!({ "series": 1, "max": 12, "min": 12, "value": 12, "nan": 0 }));
}

#[test]
fn several_series_have_bounds_and_no_one_value() {
    let read = read(&signal("degraded = \"body.max > 90\""), VECTOR);
    assert_eq!(read.health, Health::Degraded);
    assert_eq!(*read.body.unwrap(), json!({ "series": 2, "max": 91.5, "min": 4, "nan": 0 }));
    let rows: Vec<(&str, &str)> =
        read.entries.iter().map(|entry| (entry.key.as_str(), entry.state.as_str())).collect();
    assert_eq!(
        rows,
        [
            ("queue_depth{job=\"api\", queue=\"exports\"}", "91.5"),
            ("queue_depth{job=\"api\", queue=\"mail\"}", "4"),
        ]
    );
    let vague = self::read(&signal("ok = \"body.value < 50\""), VECTOR);
    assert_eq!((vague.health, vague.reason), (Health::Blind, Some(Reason::Body)));
    assert!(vague.detail.contains("value"), "{}", vague.detail);
}

#[test]
fn what_is_not_a_number_is_neither_zero_nor_well() {
    let ok = signal("ok = \"body.max < 50\"");
    let nan = read(&ok, &vector(&["NaN"]));
    assert_eq!((nan.health, nan.detail.as_str()), (Health::Blind, "the value is not a number"));
    assert_eq!(read(&ok, &vector(&["NaN", "NaN"])).detail, "no series has a number");
    let some = read(&ok, &vector(&["NaN", "3"]));
    assert_eq!((some.health, some.detail.as_str()), (Health::Ok, "2 series · 3 to 3 · 1 without a number"));
    assert_eq!(some.entries.last().unwrap().health, Health::Blind);
    assert_eq!(read(&ok, &vector(&["+Inf"])).health, Health::Down);
    assert_eq!(read(&ok, &vector(&["-Inf"])).health, Health::Ok);
    assert_eq!(read(&ok, &vector(&["many"])).health, Health::Blind);
    let histogram = data("vector", json!([{ "metric": {}, "histogram": [1, { "count": "3" }] }]));
    assert_eq!(read(&ok, &histogram).health, Health::Blind);
}

#[test]
fn no_series_is_what_the_table_says_and_blind_without_its_word() {
    for (empty, health) in [
        ("", Health::Blind),
        ("empty = \"blind\"", Health::Blind),
        ("empty = \"ok\"", Health::Ok),
        ("empty = \"down\"", Health::Down),
    ] {
        let read = read(&signal(&format!("ok = \"body.max < 50\"\n{empty}")), &vector(&[]));
        assert_eq!((read.health, read.detail.as_str()), (health, "the query gives no series"), "{empty}");
        assert_eq!(read.reason, (health == Health::Blind).then_some(Reason::Body), "{empty}");
    }
    let found = read(&signal("ok = \"body.max < 50\"\nempty = \"ok\""), &vector(&["50"]));
    assert_eq!(found.health, Health::Down, "empty is about no series only");
}

#[test]
fn a_scalar_is_one_number_and_a_range_or_a_text_is_none() {
    let ok = signal("ok = \"body.value == 7\"");
    assert_eq!(read(&ok, &data("scalar", json!([1_795_271_519, "7"]))).health, Health::Ok);
    let matrix = read(&ok, &data("matrix", json!([{ "metric": {}, "values": [[1, "7"]] }])));
    assert_eq!(matrix.health, Health::Blind);
    assert!(matrix.detail.contains("range"), "{}", matrix.detail);
    let text = read(&ok, &data("string", json!([1_795_271_519, "7"])));
    assert_eq!(
        (text.health, text.detail.as_str()),
        (Health::Blind, "the query gives a string, not a number")
    );
}

#[test]
fn a_server_that_refuses_says_why() {
    for status in [400, 422, 503] {
        let read = crate::sources::read(&signal("ok = \"true\""), AT, &[http(status, ERROR)]);
        assert_eq!((read.health, read.reason), (Health::Blind, Some(Reason::Status)));
        assert!(read.detail.contains("parse error"), "{}", read.detail);
    }
    let hidden = read(&signal("ok = \"true\""), ERROR);
    assert_eq!((hidden.health, hidden.reason), (Health::Blind, Some(Reason::Body)));
    let part = json!({ "status": "success", "warnings": ["a store did not answer"],
        "data": { "resultType": "scalar", "result": [1, "7"] } });
    let read = read(&signal("ok = \"true\""), &part.to_string());
    assert_eq!(read.detail, "7 · warning: a store did not answer");
}

#[test]
fn a_query_without_a_meaning_is_told() {
    let codes =
        |toml: &str| plan_with("prometheus", toml).1.iter().map(|wrong| wrong.code).collect::<Vec<_>>();
    assert_eq!(codes(TABLE), ["missing-key"]);
    assert_eq!(codes(&format!("{TABLE}\nok = \"status == 200\"")), ["bad-condition"]);
    let empty = "name = \"q\"\nurl = \"http://example.com\"\nquery = \" \"\nok = \"true\"";
    assert_eq!(codes(empty), ["out-of-range"]);
}

#[test]
fn figures_are_short() {
    let cases = [
        (0.0, "0"),
        (-0.0, "0"),
        (0.0123, "0.0123"),
        (1.0 / 3.0, "0.333333"),
        (91.5, "91.5"),
        (123_456.789, "123457"),
    ];
    for (number, text) in cases {
        assert_eq!(super::shown(number), text);
    }
    assert_eq!([super::shown(1e12), super::shown(-2e-7)], ["1.000e12", "-2.000e-7"]);
}

#[test]
fn it_survives_whatever_comes() {
    conformance::survives(&signal("ok = \"body.max < 500\""), &[VECTOR]);
    let scalar = data("scalar", json!([1_795_271_519, "7"]));
    conformance::survives(&signal("degraded = \"body.value > 8\"\nempty = \"down\""), &[&scalar]);
}

#[test]
fn alertmanager_s_alerts_are_listed_firing_first() {
    let entries = from_alertmanager(ALERTS.as_bytes(), AT).unwrap();
    let rows: Vec<(&str, Health, &str)> =
        entries.iter().map(|entry| (entry.key.as_str(), entry.health, entry.title.as_str())).collect();
    assert_eq!(
        rows[..2],
        [
            ("c6eadffa33fcdf37", Health::Down, "QueueDeep: 91 exports wait"),
            ("1a30ba71cca2921f", Health::Ok, "QueueDeep: mail waits"),
        ]
    );
    assert_eq!(entries[2].title, "2 more alerts were left out by the sender");
    assert_eq!(entries[0].cells, [("SEVERITY", "critical".to_owned()), ("FOR", "6m59".to_owned())]);
    assert_eq!(entries[1].at, Some(Timestamp::from_millis(1_795_271_460_000)), "when it ended");
    assert_eq!(entries[1].cells[1].1, "11m00");
    assert!(entries[0].facts[0].1.contains("queue=\"exports\""));
}

#[test]
fn what_is_not_alertmanager_s_is_refused_and_nothing_hostile_is_kept() {
    let with = |change: fn(&mut Value)| {
        let mut document: Value = serde_json::from_str(ALERTS).unwrap();
        change(&mut document);
        from_alertmanager(document.to_string().as_bytes(), AT)
    };
    let old = with(|document| document["version"] = json!("3"));
    assert_eq!(old.unwrap_err(), "version 3 of the payload is not known: 4 is");
    assert!(with(|document| document["version"] = Value::Null).is_err());
    assert!(with(|document| document["alerts"] = json!({})).unwrap_err().starts_with("alerts: "));
    assert!(from_alertmanager(b"<html>", AT).is_err() && from_alertmanager(b"", AT).is_err());
    let hostile = with(|document| {
        document["alerts"][0]["annotations"]["summary"] = json!("\u{1b}[2J\u{202e}x");
        document["alerts"][0]["fingerprint"] = json!("");
    });
    for entry in hostile.unwrap() {
        assert!(!entry.title.chars().chain(entry.key.chars()).any(is_hostile), "{entry:?}");
        assert!(!entry.key.is_empty());
    }
}
