//! Fly.io: an app's machines page by page; restarts, starts, stops and scaling.

use std::collections::BTreeSet;

use midwatch::domain::io::{HttpRequest, IoReply};
use serde_json::{Value, json};

use crate::polling::{self, Vendor, signals, with};

const MACHINES: &str = include_str!("../../src/sources/fly/fixtures/machines.json");
const TABLE: &str = r#"
[[fly]]
name = "api"
app = "lanternfish-api"
token = { env = "FLY_API_TOKEN" }
base_url = "{HOST}/v1"
"#;

/// Pages without an end.
fn answer(_: &str, _: &HttpRequest, place: usize) -> IoReply {
    let mut machines: Value = polling::json(MACHINES);
    for (number, machine) in machines.as_array_mut().expect("machines").iter_mut().enumerate() {
        machine["id"] = json!(format!("148ed{place}{number}"));
        if place == 1 {
            machine["state"] = json!("stopped");
        }
    }
    with(&[("fly-next-cursor", "a b&c=d")], &machines)
}

#[test]
fn what_is_asked_is_in_the_document() {
    let (vendor, signals) = (Vendor::of(&[("fly", "/v1")]), signals(TABLE));
    let polled = vendor.poll(&signals[0], &answer);
    assert_eq!(polled.operations, ["Machines_list"; 5]);
    assert!(polled.urls[1].ends_with("?cursor=a+b%26c%3Dd"), "{:?}", polled.urls);
    let offers = vendor.offers(&polled.reading);
    assert_eq!(offers, BTreeSet::from(["restart", "restart all", "scale", "start", "stop"]));
    vendor.feed(&signals[0], &answer);
}
