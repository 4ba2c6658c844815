//! Stripe: endpoints and undelivered events page by page, replays, and endpoints enabled again.

use std::collections::BTreeSet;

use midwatch::domain::io::{HttpRequest, IoReply};
use serde_json::{Value, json};

use crate::polling::{self, Vendor, good, signals};

const ENDPOINTS: &str = include_str!("../../src/sources/stripe/fixtures/webhook_endpoints.json");
const EVENTS: &str = include_str!("../../src/sources/stripe/fixtures/events.json");
const TABLE: &str = r#"
[stripe]
key = { env = "STRIPE_SECRET_KEY" }
account = "acct_1"
base_url = "{HOST}"
"#;

/// Two pages of endpoints, and events without an end.
fn answer(operation: &str, _: &HttpRequest, place: usize) -> IoReply {
    let mut page: Value = polling::json(if operation == "GetEvents" { EVENTS } else { ENDPOINTS });
    page["has_more"] = json!(place != 1);
    let rows = page["data"].as_array_mut().expect("rows");
    // Of two events Stripe counts what is pending, of the others it counts nothing.
    for (index, row) in rows.iter_mut().enumerate() {
        row["id"] = json!(format!("{}_{place}", row["id"].as_str().unwrap_or_default()));
        if operation == "GetEvents" && index > 1 {
            row["pending_webhooks"] = json!(0);
        }
    }
    good(&page)
}

#[test]
fn what_is_asked_is_in_the_document() {
    let (vendor, signals) = (Vendor::of(&[("stripe", "")]), signals(TABLE));
    let polled = vendor.poll(&signals[0], &answer);
    let (endpoints, events) = (["GetWebhookEndpoints"; 2], ["GetEvents"; 5]);
    assert_eq!(polled.operations, [&endpoints[..], &events].concat());
    assert!(polled.urls[1].ends_with("&starting_after=we_1Nold_0"), "{:?}", polled.urls);
    assert!(polled.urls[3].ends_with("&starting_after=evt_1Qinvoice_2"), "{:?}", polled.urls);
    assert!(polled.reading.entries.len() >= 20, "{:?}", polled.reading);
    let offers = vendor.offers(&polled.reading);
    assert_eq!(offers, BTreeSet::from(["enable", "replay", "replay-all"]));
    vendor.feed(&signals[0], &answer);
}
