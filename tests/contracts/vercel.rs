//! Vercel: a project and its deployments page by page; rollback, promotion and the end of a pin.

use std::collections::BTreeSet;

use midwatch::domain::io::{HttpRequest, IoReply};
use serde_json::{Value, json};

use crate::polling::{self, Vendor, good, signals};

const PROJECT: &str = include_str!("../../src/sources/vercel/fixtures/rolled_back.json");
const DEPLOYMENTS: &str = include_str!("../../src/sources/vercel/fixtures/deployments.json");
const TABLE: &str = r#"
[[vercel]]
name = "web"
project = "lanternfish-web"
team = "team_LF"
token = { env = "VERCEL_TOKEN" }
base_url = "{HOST}"
"#;

/// Twenty deployments a page that are being built; the live one and those before it stand on the second page.
fn answer(operation: &str, request: &HttpRequest, _: usize) -> IoReply {
    if operation == "getProject" {
        return good(&polling::json(PROJECT));
    }
    let mut known: Value = polling::json(DEPLOYMENTS);
    known["deployments"][0]["isRollbackCandidate"] = json!(true);
    let mut page = known.clone();
    let rows = (0..20).map(|number| {
        let mut row = known["deployments"][0].clone();
        row["uid"] = json!(format!("dpl_{number}"));
        (row["state"], row["readyState"]) = (json!("BUILDING"), json!("BUILDING"));
        row["readySubstate"] = json!("STAGED");
        row
    });
    if !request.url.contains("until=") {
        page["deployments"] = rows.collect();
    }
    good(&page)
}

#[test]
fn what_is_asked_is_in_the_document() {
    let (vendor, signals) = (Vendor::of(&[("vercel", "")]), signals(TABLE));
    let polled = vendor.poll(&signals[0], &answer);
    assert_eq!(polled.operations, ["getProject", "getDeployments", "getDeployments"]);
    assert!(polled.urls[2].contains("until=1795087920000"), "{:?}", polled.urls);
    let offers = vendor.offers(&polled.reading);
    assert_eq!(offers, BTreeSet::from(["promote", "rollback", "unpin"]));
    vendor.feed(&signals[0], &answer);
}
