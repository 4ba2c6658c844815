//! Sentry: both signals, their pages and windows, and what is done to issues.

use std::collections::BTreeSet;

use midwatch::domain::io::{HttpRequest, IoReply};
use serde_json::{Value, json};

use crate::polling::{self, Vendor, called, good, signals, with};

const ISSUES: &str = include_str!("../../src/sources/sentry/fixtures/issues.json");
const COUNTS: &str = include_str!("../../src/sources/sentry/fixtures/timeseries.json");
const EVENT: &str = include_str!("../../src/sources/sentry/fixtures/event.json");
const TABLE: &str = r#"
[sentry]
organization = "lanternfish"
token = { env = "SENTRY_TOKEN" }
projects = ["4501"]
environment = "production"
base_url = "{HOST}"
watch = [
  { name = "refused", query = "message:\"payment refused*\"" },
  { name = "slow", query = "message:\"slow*\"", severity = "degraded" },
]
"#;

/// Lists of issues that always have a further page; the billing alert was seen just now.
fn answer(operation: &str, _: &HttpRequest, place: usize) -> IoReply {
    let mut issues: Value = polling::json(ISSUES);
    issues[0]["lastSeen"] = json!("2026-11-21T14:30:00Z");
    issues[1]["status"] = json!("resolved");
    issues[0]["id"] = json!(format!("62{place}"));
    match operation {
        "listOrganizationIssues" => {
            let next = format!(
                "<http://elsewhere.example.com/>; rel=\"next\"; results=\"true\"; cursor=\"0:{}:0\"",
                (place + 1) * 100
            );
            with(&[("link", &next), ("x-hits", "777")], &issues)
        }
        "listOrganizationEventsTimeseries" => good(&polling::json(COUNTS)),
        _ => good(&polling::json(EVENT)),
    }
}

fn vendor() -> Vendor {
    Vendor::of(&[("sentry", "")])
}

#[test]
fn what_is_asked_for_issues_is_in_the_document() {
    let (vendor, signals) = (vendor(), signals(TABLE));
    let issues = called(&signals, "sentry");
    let polled = vendor.poll(issues, &answer);
    let (list, event) = ("listOrganizationIssues", "getOrganizationIssueEvent");
    assert_eq!(
        polled.operations,
        [list, list, list, "listOrganizationEventsTimeseries", event, event, event]
    );
    assert!(polled.urls[1].contains("&cursor=0%3A100%3A0&"), "{:?}", polled.urls);
    assert!(polled.urls[2].contains("sort=freq"), "{:?}", polled.urls);
    let offers = vendor.offers(&polled.reading);
    let archives = ["archive-until-escalating", "archive-until-count", "archive-forever"];
    let others = ["resolve", "resolve-next-release", "reopen", "assign"];
    assert_eq!(offers, archives.into_iter().chain(others).collect::<BTreeSet<_>>());
    vendor.feed(issues, &answer);
}

#[test]
fn what_is_asked_for_alerts_is_in_the_document() {
    let (vendor, signals) = (vendor(), signals(TABLE));
    let alerts = called(&signals, "sentry-alerts");
    let polled = vendor.poll(alerts, &answer);
    let list = "listOrganizationIssues";
    assert_eq!(polled.operations, [list, list, list, list, list, list, "getOrganizationIssueEvent"]);
    assert!(polled.urls[4].contains("payment+refused"), "{:?}", polled.urls);
    vendor.offers(&polled.reading);
    vendor.feed(alerts, &answer);
}
