//! GitHub Actions: a workflow's runs, the newest green one however old, jobs, artifacts; dispatch, rerun, cancel.

use std::collections::BTreeSet;

use midwatch::domain::io::{HttpRequest, IoReply};
use serde_json::{Value, json};

use crate::polling::{self, Vendor, good, signals};

const RED: &str = include_str!("../../src/sources/github/fixtures/red.json");
const GREEN: &str = include_str!("../../src/sources/github/fixtures/green.json");
const JOBS: &str = include_str!("../../src/sources/github/fixtures/jobs.json");
const ARTIFACTS: &str = include_str!("../../src/sources/github/fixtures/artifacts.json");
const TABLE: &str = r#"
[[github]]
name = "nightly"
repository = "lanternfish/web"
workflow = "nightly.yml"
branch = "main"
event = "schedule"
token = { env = "GITHUB_TOKEN" }
base_url = "{HOST}"
[github.inputs]
environment = "production"
"#;

/// A page of runs that all failed but one that runs, so that the newest green one is looked for.
fn answer(operation: &str, request: &HttpRequest, _: usize) -> IoReply {
    match operation {
        "actions/list-workflow-runs" if request.url.contains("status=success") => good(&polling::json(GREEN)),
        "actions/list-workflow-runs" => {
            let known: Value = polling::json(RED);
            let mut red = known["workflow_runs"][1].clone();
            let rows = (0..20).map(|number| {
                red["id"] = json!(30_433_600 + number);
                if number == 19 {
                    (red["status"], red["conclusion"]) = (json!("in_progress"), Value::Null);
                }
                red.clone()
            });
            good(&json!({ "total_count": 20, "workflow_runs": rows.collect::<Vec<_>>() }))
        }
        "actions/list-jobs-for-workflow-run" => good(&polling::json(JOBS)),
        _ => good(&polling::json(ARTIFACTS)),
    }
}

#[test]
fn what_is_asked_is_in_the_document() {
    let (vendor, signals) = (Vendor::of(&[("github", "")]), signals(TABLE));
    let polled = vendor.poll(&signals[0], &answer);
    let list = "actions/list-workflow-runs";
    let explained = ["actions/list-jobs-for-workflow-run", "actions/list-workflow-run-artifacts"];
    assert_eq!(polled.operations, [[list, list], explained].concat());
    let offers = vendor.offers(&polled.reading);
    assert_eq!(offers, BTreeSet::from(["cancel", "dispatch", "rerun failed jobs"]));
    vendor.feed(&signals[0], &answer);
}
