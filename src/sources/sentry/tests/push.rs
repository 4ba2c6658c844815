//! What is sent to us: webhooks and envelopes.

use proptest::prelude::*;

use super::*;
use crate::domain::entry::Entry;
use crate::domain::reading::Health;
use crate::sources::sentry::push::{from_envelope, from_webhook};

const ALERT: &str = include_str!("../fixtures/webhook_event_alert.json");
const RAISED: &str = include_str!("../fixtures/webhook_exception.json");
const ENVELOPE: &[u8] = include_bytes!("../fixtures/envelope.txt");

fn fact<'a>(entry: &'a Entry, label: &str) -> Option<&'a str> {
    entry.facts.iter().find(|(known, _)| *known == label).map(|(_, text)| text.as_str())
}

fn webhook(resource: &str, body: &Value) -> Result<Vec<Entry>, String> {
    from_webhook(resource, body.to_string().as_bytes(), AT)
}

#[test]
fn an_alert_that_fired_is_an_entry_of_its_issue() {
    let made = &from_webhook("event_alert", ALERT.as_bytes(), AT).unwrap()[0];
    assert_eq!((made.key.as_str(), made.health), ("6211", Health::Degraded));
    assert_eq!(made.title, "alert:billing_webhook_failed");
    assert_eq!(made.at.unwrap().rfc3339(), "2026-08-18T02:14:51.830Z");
    assert_eq!(fact(made, "rule"), Some("billing webhook failed"));
    assert_eq!(fact(made, "stripe event"), Some("evt_1QmidwatchAAAA"));
    assert_eq!(fact(made, "environment"), Some("production"));
    assert!(
        made.link.as_deref().unwrap().starts_with("https://sentry.io/organizations/lanternfish/issues/6211/")
    );
}

#[test]
fn what_the_crate_chokes_on_is_put_in_order_first() {
    // It does choke: should it ever not, the tidying can go.
    let document: Value = serde_json::from_str(RAISED).unwrap();
    let event = document["data"]["event"].clone();
    assert!(serde_json::from_value::<sentry_types::protocol::v7::Event<'static>>(event).is_err());
    let made = &from_webhook("event_alert", RAISED.as_bytes(), AT).unwrap()[0];
    assert_eq!((made.health, made.state.as_str()), (Health::Down, "fatal"), "critical is fatal");
    assert_eq!(
        made.body[..6],
        [
            "TypeError: plan of undefined (unhandled)",
            "  ▸ inner  src/app.ts:42",
            "           40  one",
            "           41  two",
            "      →    42  here",
            "           43  after",
        ]
    );
    assert_eq!(made.body[6], "    outer  server.js:3");
    assert_eq!(fact(made, "request"), Some("POST https://shop.example.com/lesson"));
    assert_eq!(fact(made, "release"), Some("web@a1b2c3d"));
    assert_eq!(fact(made, "ran on"), Some("node v22.1.0"));
    assert!(!format!("{made:?}").contains("not-for-the-screen"));
}

#[test]
fn nothing_is_made_up_where_an_event_says_nothing() {
    let made = &webhook("error", &json!({ "data": { "error": { "title": "boom" } } })).unwrap()[0];
    // The crate alone would have made up an id and taken its own clock.
    assert_eq!((made.key.as_str(), made.at), ("boom", Some(AT)));
    assert_eq!((fact(made, "event"), fact(made, "event of")), (None, None));
    let odd = json!({ "data": { "event": {
        "event_id": "e", "timestamp": "2026-11-21T14:00:00", "level": null, "tags": { "n": 3 },
        "exception": [{ "type": null, "value": { "odd": 1 }, "stacktrace": { "frames": [null, 7] } }],
        "breadcrumbs": [{ "category": "c", "message": "m" }], "request": { "url": "not a url", "method": "GET" }
    } } });
    let made = &webhook("event_alert", &odd).unwrap()[0];
    assert_eq!(made.at.unwrap().rfc3339(), "2026-11-21T14:00:00.000Z");
    assert!(made.title.starts_with("Error"), "{}", made.title);
    assert!(made.body.contains(&"  c: m".into()), "{:?}", made.body);
}

#[test]
fn issues_and_metric_alerts_say_what_happened() {
    let body = json!({ "action": "archived", "data": { "issue": issue("1", 60, 900, &json!({ "status": "ignored", "web_url": "https://lanternfish.sentry.io/issues/1/" })) } });
    let made = &webhook("issue", &body).unwrap()[0];
    assert_eq!((made.health, fact(made, "happened")), (Health::Ok, Some("archived")));
    assert_eq!(made.link.as_deref(), Some("https://lanternfish.sentry.io/issues/1/"));
    assert!(made.offers.is_empty(), "a webhook does not say where the API is");
    let metric = |action: &str| {
        let data = json!({ "metric_alert": { "id": 7, "title": "p95", "date_started": ago(60) },
            "description_title": "Critical: p95", "description_text": "p95 is 3 s", "web_url": "https://sentry.io/alerts/7/" });
        webhook("metric_alert", &json!({ "action": action, "data": data })).unwrap().remove(0)
    };
    assert_eq!(metric("critical").health, Health::Down);
    assert_eq!(metric("warning").health, Health::Degraded);
    let over = metric("resolved");
    assert_eq!(
        (over.health, over.key.as_str(), over.title.as_str()),
        (Health::Ok, "metric-7", "Critical: p95")
    );
    assert_eq!(webhook("installation", &json!({})), Ok(Vec::new()));
}

#[test]
fn a_webhook_that_is_none_says_what_is_wrong() {
    assert!(from_webhook("event_alert", b"<html>", AT).unwrap_err().starts_with("not JSON"));
    assert!(webhook("event_alert", &json!({ "data": {} })).unwrap_err().contains("no data.event"));
    assert!(
        webhook("issue", &json!({ "data": { "issue": { "id": "" } } })).unwrap_err().contains("data.issue")
    );
    let unknown = webhook("\u{1b}[2J", &json!({})).unwrap_err();
    assert!(unknown.contains("is not known") && !unknown.contains('\u{1b}'), "{unknown}");
}

#[test]
fn an_envelope_s_events_are_read_and_its_other_items_passed_over() {
    // One unknown item costs the crate the whole envelope.
    assert!(sentry_types::protocol::v7::Envelope::from_slice(ENVELOPE).is_err());
    let made = from_envelope(ENVELOPE, AT).unwrap();
    assert_eq!(made.len(), 2);
    let raised = &made[0];
    assert_eq!((raised.key.as_str(), raised.state.as_str()), ("4f0e0c1d2b3a49588776655443322110", "error"));
    assert_eq!(raised.title, "ValueError: no address");
    assert_eq!(raised.at.unwrap().rfc3339(), "2026-11-21T14:30:12.500Z");
    assert_eq!(fact(raised, "message"), Some("job %s failed"));
    assert_eq!(fact(raised, "project"), Some("4501"), "from the DSN");
    assert_eq!((fact(raised, "server"), fact(raised, "release")), (Some("worker-1"), Some("jobs@77")));
    assert_eq!(raised.body[1], "  ▸ send  mail.py:20");
    assert_eq!(raised.body[3], "      →    20      raise ValueError('no address')");
    assert!(raised.body.contains(&"  redis: BLPOP".into()));
    // The other has tags as pairs, a level the crate has not, and no id of its own.
    let odd = &made[1];
    assert_eq!(
        (odd.title.as_str(), odd.health, odd.state.as_str()),
        ("alert:error_spike", Health::Ok, "sample")
    );
    assert_eq!(odd.key, raised.key, "the envelope's id stands in");
}

#[test]
fn a_broken_envelope_says_where() {
    assert!(from_envelope(b"", AT).unwrap_err().starts_with("the envelope's header"));
    assert!(from_envelope(b"[]\n", AT).unwrap_err().contains("no object"));
    let short = b"{}\n{\"type\":\"event\",\"length\":400}\n{}";
    assert_eq!(from_envelope(short, AT).unwrap_err(), "item 1: it is shorter than its length");
    assert!(from_envelope(b"{}\n{\"length\":2}\n{}", AT).unwrap_err().contains("no type"));
    assert!(from_envelope(b"{}\n{\"type\":\"event\"}\n[1]", AT).unwrap_err().contains("no object"));
    assert_eq!(from_envelope(b"{}\n", AT), Ok(Vec::new()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Cut and altered anywhere: an answer or an error, and nothing that a terminal obeys.
    #[test]
    fn no_bytes_are_too_odd(at in 0..ENVELOPE.len(), cut in any::<bool>(), byte in any::<u8>(), hook in 0..RAISED.len()) {
        let alter = |bytes: &[u8], at: usize| {
            let mut bytes = bytes.to_vec();
            if cut { bytes.truncate(at); } else { bytes[at] = byte; }
            bytes
        };
        let made = [from_envelope(&alter(ENVELOPE, at), AT), from_webhook("event_alert", &alter(RAISED.as_bytes(), hook), AT)];
        for entry in made.into_iter().flatten().flatten() {
            prop_assert!(!entry.title.chars().chain(entry.body.concat().chars()).any(crate::domain::text::is_hostile));
        }
    }
}
