//! What every provider must bear, as tests of one kind for all: refusals, limits, pages, cuts, lies. Compiled for
//! tests only.

#![expect(clippy::missing_panics_doc, reason = "a test ends where it meets what it did not expect")]

use std::time::Duration;

use serde_json::Value;

use crate::domain::diagnostic::Diagnostic;
use crate::domain::io::{Delivery, HttpReply, IoFailure, IoReply, IoRequest, Reason};
use crate::domain::reading::{Health, Reading};
use crate::domain::setting::{Field, Kind, Placed, Setting, Table};
use crate::domain::signal::Signal;
use crate::domain::text::is_hostile;
use crate::domain::time::Timestamp;

use super::{ASKS, PROVIDERS};

/// When the tests' replies come: 2026-11-21T14:32:00Z.
pub const AT: Timestamp = Timestamp::from_millis(1_795_271_520_000);

/// An HTTP reply with this status and body.
pub fn http(status: u16, body: &str) -> IoReply {
    http_with(status, &[], body)
}

/// The same, with headers.
pub fn http_with(status: u16, headers: &[(&str, &str)], body: &str) -> IoReply {
    IoReply::Http(HttpReply {
        status,
        headers: headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        body: body.into(),
        truncated: false,
        latency: Duration::from_millis(40),
        certificate_days: None,
    })
}

/// The signals of one table of `provider`, written as TOML; every value must be of its kind, and nothing wrong.
pub fn plan(provider: &str, toml: &str) -> Vec<Signal> {
    let (signals, found) = plan_with(provider, toml);
    assert!(found.is_empty(), "{found:?}");
    signals
}

/// The same, with what was found to be wrong.
pub fn plan_with(provider: &str, toml: &str) -> (Vec<Signal>, Vec<Diagnostic>) {
    let provider = PROVIDERS.iter().find(|known| known.name == provider).expect("a provider");
    let raw: toml::Table = toml.parse().expect("TOML");
    let table = table(&raw, provider.fields);
    let mut found = Vec::new();
    let signals = (provider.plan)(&table, &mut found);
    (signals, found)
}

/// The one signal of a table that has one, or the first.
pub fn plan_one(provider: &str, toml: &str) -> Signal {
    plan(provider, toml).into_iter().next().expect("a signal")
}

fn table(raw: &toml::Table, fields: &'static [Field]) -> Table {
    let mut table = Table { file: "midwatch.toml".into(), place: (1, 1), ..Table::default() };
    for (key, value) in raw {
        let field = fields.iter().find(|field| field.name == key).unwrap_or_else(|| panic!("no key {key}"));
        table.entries.insert(key.clone(), Placed { value: setting(&field.kind, value, key), place: (2, 1) });
    }
    for field in fields.iter().filter(|field| field.required) {
        assert!(raw.contains_key(field.name), "{} is required", field.name);
    }
    table
}

fn setting(kind: &Kind, value: &toml::Value, key: &str) -> Setting {
    let text = || value.as_str().unwrap_or_else(|| panic!("{key} is no text")).to_owned();
    match kind {
        Kind::Text | Kind::Url | Kind::Choice(_) => Setting::Text(text()),
        Kind::Path => Setting::Path(text().into()),
        Kind::Integer(..) => Setting::Integer(value.as_integer().expect(key)),
        Kind::Flag => Setting::Flag(value.as_bool().expect(key)),
        Kind::Duration => Setting::Duration(humantime::parse_duration(&text()).expect(key)),
        Kind::Condition => {
            Setting::Condition(crate::domain::condition::Condition::compile(&text()).expect(key))
        }
        Kind::Value => Setting::Value(match value {
            toml::Value::Table(secret) => crate::domain::io::Value::Secret {
                prefix: String::new(),
                secret: crate::domain::io::SecretSource::Env(secret["env"].as_str().expect(key).into()),
            },
            _ => crate::domain::io::Value::Plain(text()),
        }),
        Kind::List(inner) => Setting::List(
            value
                .as_array()
                .expect(key)
                .iter()
                .map(|item| Placed { value: setting(inner, item, key), place: (2, 1) })
                .collect(),
        ),
        Kind::Map(inner) => Setting::Map(
            value
                .as_table()
                .expect(key)
                .iter()
                .map(|(name, item)| {
                    (name.clone(), Placed { value: setting(inner, item, name), place: (2, 1) })
                })
                .collect(),
        ),
        Kind::Table(fields) => Setting::Table(table(value.as_table().expect(key), fields)),
        Kind::Tables(fields) => Setting::Tables(
            value
                .as_array()
                .expect(key)
                .iter()
                .map(|item| table(item.as_table().expect(key), fields))
                .collect(),
        ),
        Kind::Json => Setting::Json(serde_json::to_value(value).expect(key)),
    }
}

/// What a poll of `signal` asks after these answers.
pub fn asked(signal: &Signal, answered: &[IoReply]) -> IoRequest {
    super::next(signal, AT, answered).expect("something is asked").into_owned()
}

/// What a whole poll reads, given the body that each of its requests is answered with; the last one is repeated.
pub fn poll(signal: &Signal, answers: &[IoReply]) -> Reading {
    let mut answered: Vec<IoReply> = Vec::new();
    while super::next(signal, AT, &answered).is_some() {
        assert!(answered.len() < ASKS);
        answered.push(answers[answered.len().min(answers.len() - 1)].clone());
    }
    super::read(signal, AT, &answered)
}

/// Holds `signal` against everything a far side can do. `good` are bodies of good replies, one a request of its poll.
pub fn survives(signal: &Signal, good: &[&str]) {
    let blind = |reply: IoReply, why: &str| {
        let read = poll(signal, &[reply]);
        assert_eq!(read.health, Health::Blind, "{why}: {read:?}");
        assert!(read.reason.is_some(), "{why}: {read:?}");
        read
    };
    assert_eq!(blind(http(401, "{}"), "401").reason, Some(Reason::Auth));
    assert_eq!(blind(http(403, r#"{"message":"no"}"#), "403").reason, Some(Reason::Auth));
    blind(http(404, "not here"), "404");
    let limited = blind(http_with(429, &[("retry-after", "17")], "\"slow down\""), "429");
    assert_eq!((limited.reason, limited.retry_after), (Some(Reason::Limit), Some(Duration::from_secs(17))));
    assert_eq!(blind(http(429, "{}"), "429 without a time").reason, Some(Reason::Limit));
    blind(http(500, "<h1>Oops</h1>"), "500");
    blind(http(200, "<!doctype html><title>Log in</title>"), "a page");
    blind(http(200, ""), "nothing");
    blind(http(200, "null"), "null");
    blind(http(200, "42"), "a number");
    for body in good {
        blind(http(200, &body[..body.len() / 2]), "cut JSON");
        let late = [("date", "Sat, 21 Nov 2026 15:33:00 GMT")];
        blind(http_with(200, &late, body), "a clock an hour off");
    }
    let mut huge = http(200, good[0]);
    if let IoReply::Http(huge) = &mut huge {
        huge.truncated = true;
    }
    assert_eq!(blind(huge, "too long").reason, Some(Reason::Limit));
    for reason in [Reason::Dns, Reason::Connect, Reason::Tls, Reason::Timeout, Reason::Auth] {
        let detail = "no answer".to_owned();
        let failed = IoReply::Failed(IoFailure { reason, detail, delivery: Delivery::Unknown });
        assert_eq!(blind(failed, "a failure").reason, Some(reason));
    }
    for body in good {
        mangled(signal, good, body);
    }
}

/// Every value of a good body becomes something else, one at a time: nothing panics, and nothing hostile is shown.
fn mangled(signal: &Signal, good: &[&str], body: &str) {
    let document: Value = serde_json::from_str(body).expect("a good body is JSON");
    let mut places = Vec::new();
    pointers(&document, String::new(), &mut places);
    for place in places.iter().take(400) {
        for other in [
            Value::Null,
            Value::from(-1),
            Value::from(1e300),
            Value::from("\u{1b}[2J\u{202e}x"),
            Value::from(true),
            serde_json::json!([]),
            serde_json::json!({}),
        ] {
            let mut changed = document.clone();
            if let Some(value) = changed.pointer_mut(place) {
                *value = other;
            }
            let text = changed.to_string();
            let answers: Vec<IoReply> =
                good.iter().map(|known| http(200, if *known == body { &text } else { known })).collect();
            let read = poll(signal, &answers);
            assert!(read.health != Health::Blind || read.reason.is_some(), "{place}: {read:?}");
            let shown = read.entries.iter().flat_map(|entry| {
                [&entry.title, &entry.state]
                    .into_iter()
                    .chain(entry.cells.iter().map(|(_, text)| text))
                    .chain(entry.facts.iter().map(|(_, text)| text))
                    .chain(&entry.body)
                    .chain(&entry.tags)
            });
            for text in shown.chain([&read.detail]) {
                assert!(!text.chars().any(is_hostile), "{place}: {text:?}");
            }
        }
    }
}

fn pointers(value: &Value, at: String, out: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                let key = key.replace('~', "~0").replace('/', "~1");
                pointers(inner, format!("{at}/{key}"), out);
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate().take(3) {
                pointers(inner, format!("{at}/{index}"), out);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    out.push(at);
}
