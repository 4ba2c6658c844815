//! `PagerDuty`: open incidents page by page, who is on call, and what is done to incidents.

use std::collections::BTreeSet;

use midwatch::domain::io::{HttpRequest, IoReply};
use serde_json::{Value, json};

use crate::polling::{self, Vendor, good, signals};

const INCIDENTS: &str = include_str!("../../src/sources/pagerduty/fixtures/incidents.json");
const ONCALLS: &str = include_str!("../../src/sources/pagerduty/fixtures/oncalls.json");
const TABLE: &str = r#"
[pagerduty]
token = { env = "PAGERDUTY_TOKEN" }
from = "ann@example.com"
base_url = "{HOST}"
events_url = "{HOST}"
routing_key = { env = "PAGERDUTY_ROUTING_KEY" }
escalation_policies = ["PE1"]
services = ["PS1", "PS2"]
"#;

/// Every page of incidents but the third says that there are more.
fn answer(operation: &str, _: &HttpRequest, place: usize) -> IoReply {
    if operation == "listOnCalls" {
        return good(&polling::json(ONCALLS));
    }
    let mut page: Value = polling::json(INCIDENTS);
    page["more"] = json!(place < 2);
    page["incidents"][0]["id"] = json!(format!("PT{place}"));
    good(&page)
}

#[test]
fn what_is_asked_is_in_the_documents() {
    let vendor = Vendor::of(&[("pagerduty", ""), ("pagerduty-events", "/v2")]);
    let signals = signals(TABLE);
    let polled = vendor.poll(&signals[0], &answer);
    assert_eq!(polled.operations, ["listIncidents", "listIncidents", "listIncidents", "listOnCalls"]);
    assert!(polled.urls[2].ends_with("offset=4"), "{:?}", polled.urls);
    let offers = vendor.offers(&polled.reading);
    assert_eq!(offers, BTreeSet::from(["acknowledge", "resolve", "trigger"]));
    vendor.feed(&signals[0], &answer);
}
