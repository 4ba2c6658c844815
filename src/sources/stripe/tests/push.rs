//! Events that Stripe sends.

use super::super::push::from_webhook;
use super::*;
use crate::domain::text::is_hostile;

const DELIVERED: &str = include_str!("../fixtures/event_after_retry.json");

fn one(body: &Value) -> Entry {
    let mut entries = from_webhook(body.to_string().as_bytes(), AT).unwrap();
    assert_eq!(entries.len(), 1);
    entries.remove(0)
}

#[test]
fn an_event_that_comes_is_a_row_of_the_payments_board() {
    let entry = from_webhook(DELIVERED.as_bytes(), AT).unwrap().remove(0);
    assert_eq!((entry.key.as_str(), entry.title.as_str()), ("evt_1QmidwatchAAAA", "invoice.payment_failed"));
    assert_eq!((entry.health, entry.state.as_str()), (Health::Degraded, "received"));
    assert!(entry.tags.is_empty() && entry.offers.is_empty());
    let paid = with(event("evt_2", 5), "livemode", false);
    let entry = one(&paid);
    assert_eq!((entry.health, entry.tags.as_slice()), (Health::Ok, ["TEST".to_owned()].as_slice()));
    assert_eq!(entry.cells[3], ("AMOUNT", "10.00 EUR".to_owned()));
    assert_eq!(entry.at, Some(Timestamp::from_millis((now() - 5) * 1000)));
}

#[test]
fn a_thin_event_is_one_too() {
    let entry = one(&json!({
        "id": "evt_test_65R", "object": "v2.core.event", "type": "v1.billing.meter.error_report_triggered",
        "created": "2026-11-21T14:31:58.250Z", "livemode": true,
        "related_object": { "id": "mtr_1", "type": "billing.meter", "url": "/v1/billing/meters/mtr_1" },
    }));
    assert_eq!(fact(&entry, "about"), ["billing.meter mtr_1"]);
    assert_eq!(entry.at, Some(Timestamp::from_millis(AT.millis() - 1750)));
}

#[test]
fn what_is_no_event_is_refused_with_the_reason() {
    let refused = |body: &str| from_webhook(body.as_bytes(), AT).unwrap_err();
    assert_eq!(refused(""), "no event of Stripe: the reply is empty");
    assert!(refused("{\"id\":").contains("ends before its end"));
    assert!(refused("{\"id\":\"evt_1\"}").contains("missing field `type`"));
    let charge = with(event("evt_1", 5), "object", "charge");
    assert_eq!(refused(&charge.to_string()), "no event of Stripe: it is a charge");
    let nothing = with(event("evt_1", 5), "object", Value::Null);
    assert_eq!(refused(&nothing.to_string()), "no event of Stripe: it does not say what it is");
}

#[test]
fn hostile_text_is_harmless() {
    let mut evil = with(event("evt_\u{1b}[2J", 5), "type", "invoice\u{202e}.paid");
    evil["data"]["object"]["note\u{9b}"] = "\u{200b}x".into();
    let entry = one(&evil);
    let texts = [&entry.key, &entry.title].into_iter().chain(&entry.body).chain(&entry.link);
    for text in texts {
        assert!(!text.chars().any(is_hostile), "{text:?}");
    }
}
