//! Green, red, stale and waiting workflows, and what can be done about their runs.

use std::time::Duration;

use serde_json::{Value, json};

use crate::domain::condition::observe;
use crate::domain::entry::Entry;
use crate::domain::io::{IoReply, IoRequest};
use crate::domain::offer::{Check, Offer};
use crate::domain::reading::{Health, Reading, Reason};
use crate::domain::signal::Signal;
use crate::domain::time::Timestamp;
use crate::sources::conformance::{self, AT, asked, http, http_with, plan_one, plan_with, poll};

const GREEN: &str = include_str!("fixtures/green.json");
const RED: &str = include_str!("fixtures/red.json");
const JOBS: &str = include_str!("fixtures/jobs.json");
const ARTIFACTS: &str = include_str!("fixtures/artifacts.json");
const TABLE: &str = "name = \"nightly\"\nrepository = \"lanternfish/web\"\nworkflow = \"nightly.yml\"\n\
                     branch = \"main\"\ntoken = { env = \"T\" }\n";

fn signal(more: &str) -> Signal {
    plan_one("github", &format!("{TABLE}{more}"))
}

fn green(more: &str, at: Timestamp) -> Reading {
    crate::sources::read(&signal(more), at, &[http(200, GREEN), http(200, ARTIFACTS)])
}

fn red() -> Reading {
    poll(&signal(""), &[http(200, RED), http(200, JOBS), http(200, ARTIFACTS)])
}

fn with(document: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut value: Value = serde_json::from_str(document).unwrap();
    change(&mut value);
    value.to_string()
}

/// The green runs, with a newer one of this status before them that began so many minutes ago.
fn and_newer(status: &str, minutes: i64) -> String {
    with(GREEN, |value| {
        let began = Timestamp::from_millis(AT.millis() - minutes * 60_000).rfc3339();
        let newer = json!({ "id": 30_433_700, "run_number": 570, "status": status, "created_at": began });
        value["workflow_runs"].as_array_mut().unwrap().insert(0, newer);
    })
}

fn newer(status: &str, minutes: i64) -> Reading {
    poll(&signal(""), &[http(200, &and_newer(status, minutes)), http(200, ARTIFACTS)])
}

fn entry<'a>(reading: &'a Reading, key: &str) -> &'a Entry {
    reading.entries.iter().find(|entry| entry.key == key).unwrap_or_else(|| panic!("no {key}: {reading:?}"))
}

fn offer<'a>(entry: &'a Entry, name: &str) -> &'a Offer {
    entry.offers.iter().find(|offer| offer.name == name).unwrap_or_else(|| panic!("no {name}: {entry:?}"))
}

fn check(offer: &Offer) -> &Check {
    offer.calls[0].check.as_ref().unwrap()
}

fn seen(check: &Check, body: &str) -> bool {
    check.when.holds(&observe(&http(200, body), &[&check.when]).0).unwrap()
}

#[test]
fn it_asks_for_the_runs_of_the_workflow_with_the_headers_github_wants() {
    let first = asked(&signal("event = \"schedule\"\n"), &[]).preview();
    assert_eq!(
        first,
        [
            "GET https://api.github.com/repos/lanternfish/web/actions/workflows/nightly.yml/runs\
             ?exclude_pull_requests=true&branch=main&event=schedule&per_page=20",
            "accept: application/vnd.github+json",
            "x-github-api-version: 2022-11-28",
            "authorization: Bearer ‹env T›",
        ]
    );
    let runs = "https://api.github.com/repos/lanternfish/web/actions/runs";
    let next = |answered: &[IoReply]| {
        crate::sources::next(&signal(""), AT, answered).map(|it| it.preview()[0].clone())
    };
    let artifacts = format!("GET {runs}/30433643/artifacts?per_page=30");
    assert_eq!(next(&[http(200, GREEN)]), Some(artifacts));
    assert_eq!(next(&[http(200, GREEN), http(200, ARTIFACTS)]), None);
    let jobs = format!("GET {runs}/30433643/jobs?filter=latest&per_page=100");
    assert_eq!(next(&[http(200, RED)]), Some(jobs), "of the newest that failed, not of the cancelled one");
    let artifacts = format!("GET {runs}/30433630/artifacts?per_page=30");
    assert_eq!(next(&[http(200, RED), http(200, JOBS)]), Some(artifacts));
    assert_eq!(next(&[http(200, RED), http(502, "")]), None, "nothing more after a failure");
    assert_eq!(next(&[http(500, "")]), None);
}

#[test]
fn a_green_run_is_as_old_as_its_beginning() {
    let read = green("", AT);
    assert_eq!((read.health, read.reason, read.detail.as_str()), (Health::Ok, None, "green, 12h old"));
    let expected = json!({
        "conclusion": "success", "age_hours": 12.0, "running": 0, "waiting": 0, "queued": 0, "failed_jobs": 0,
        "failed": ""
    });
    assert_eq!(read.body.as_deref(), Some(&expected));
    let run = entry(&read, "30433643");
    assert_eq!(
        run.body,
        ["lighthouse-report, 52 KB, until 2026-12-05T14:32:00.000Z", "coverage, 740 B, expired"]
    );
    assert_eq!(run.cells[1], ("COMMIT", "3f2a9c1".to_owned()));
    assert_eq!(run.release, None, "a check is no release");
    assert_eq!(entry(&read, "30433640").health, Health::Degraded, "the red one before it is history");
}

#[test]
fn a_scheduled_green_that_is_twelve_hours_old_is_stale_where_twelve_are_too_many() {
    let stale = green("fresh = \"11h\"\n", AT);
    assert_eq!(stale.health, Health::Degraded);
    assert_eq!(stale.detail, "green, but 12h old (fresh is 11h)");
    // At the limit it is still fresh; a millisecond later it is not.
    assert_eq!(green("fresh = \"12h\"\n", AT).health, Health::Ok);
    assert_eq!(green("fresh = \"12h\"\n", AT.plus(Duration::from_millis(1))).health, Health::Degraded);
    let default = |hours: u64| green("", AT.plus(Duration::from_secs(hours * 3600))).health;
    assert_eq!((default(14), default(15)), (Health::Ok, Health::Degraded), "26 hours unless it is said");
}

#[test]
fn users_may_set_their_own_limit_over_the_age() {
    let strict = green("ok = \"body.conclusion == 'success' and body.age_hours < 12\"\n", AT);
    assert_eq!((strict.health, strict.reason), (Health::Down, Some(Reason::Body)));
    assert!(strict.detail.contains("age_hours is 12"), "{}", strict.detail);
}

#[test]
fn a_red_run_is_down_and_says_which_step() {
    let read = red();
    assert_eq!((read.health, read.reason), (Health::Down, None));
    assert_eq!(read.detail, "failure 11h48 ago: unit: Run tests · last green 60h ago");
    let body = read.body.as_deref().unwrap();
    assert_eq!(
        (&body["failed_jobs"], &body["failed"], &body["age_hours"]),
        (&json!(1), &json!("unit: Run tests"), &json!(60.0))
    );
    let run = entry(&read, "30433643");
    assert_eq!(run.health, Health::Down);
    assert_eq!(run.body, ["unit: failure after 6m00", "  failed at: Run tests", "lint: success after 3m00"]);
    assert_eq!(entry(&read, "30433650").health, Health::Ok, "a cancelled run says nothing");
}

#[test]
fn a_red_run_stays_down_where_its_jobs_cannot_be_read() {
    let limited = http_with(403, &[("x-ratelimit-remaining", "0"), ("retry-after", "30")], "{}");
    let read = poll(&signal(""), &[http(200, RED), limited]);
    assert_eq!((read.health, read.retry_after), (Health::Down, Some(Duration::from_secs(30))));
    assert!(read.detail.ends_with("jobs unread: 403"), "{}", read.detail);
    let limited =
        http_with(403, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1795271580")], "{}");
    let read = poll(&signal(""), &[limited]);
    assert_eq!((read.health, read.reason), (Health::Blind, Some(Reason::Limit)));
    assert_eq!(read.retry_after, Some(Duration::from_secs(60)));
}

#[test]
fn a_workflow_that_never_ran_is_blind_and_can_be_dispatched() {
    let read = poll(&signal(""), &[http(200, r#"{"total_count":0,"workflow_runs":[]}"#)]);
    assert_eq!((read.health, read.reason), (Health::Blind, Some(Reason::Body)));
    assert_eq!(read.detail, "no run of nightly.yml on main yet");
    assert_eq!(offer(entry(&read, "workflow"), "dispatch").refused, None);
    let first = json!({ "workflow_runs": [{ "id": 1, "status": "in_progress" }] }).to_string();
    let read = poll(&signal(""), &[http(200, &first)]);
    assert_eq!(
        (read.health, read.detail.as_str()),
        (Health::Blind, "no run of nightly.yml on main has ended green or red yet · 1 running")
    );
}

#[test]
fn one_that_runs_is_well_one_that_waits_is_not() {
    let running = newer("in_progress", 90);
    assert_eq!((running.health, running.detail.as_str()), (Health::Ok, "green, 12h old · 1 running"));
    let waiting = newer("waiting", 1);
    assert_eq!(
        (waiting.health, waiting.detail.as_str()),
        (Health::Degraded, "green, 12h old · 1 waiting for approval")
    );
    assert_eq!((newer("queued", 10).health, newer("queued", 11).health), (Health::Ok, Health::Degraded));
    assert_eq!(newer("queued", 11).detail, "green, 12h old · queued for 11m00");
    // One that waits behind a newer green one has been overtaken.
    let overtaken = and_newer("waiting", 1).replace("30433700", "30433001");
    let read = poll(&signal(""), &[http(200, &overtaken), http(200, ARTIFACTS)]);
    assert_eq!(read.health, Health::Ok, "{}", read.detail);
}

#[test]
fn a_green_run_older_than_a_page_is_looked_for() {
    let page = with(RED, |value| {
        let cancelled = value["workflow_runs"][0].clone();
        let runs = (0..20).map(|number| {
            let mut run = cancelled.clone();
            run["id"] = json!(30_434_000 + number);
            run
        });
        value["workflow_runs"] = runs.collect();
    });
    let first = [http(200, &page)];
    let url = asked(&signal(""), &first).preview()[0].clone();
    assert!(url.ends_with("/runs?exclude_pull_requests=true&branch=main&status=success&per_page=1"), "{url}");
    let read = poll(&signal(""), &[http(200, &page), http(200, GREEN), http(200, ARTIFACTS)]);
    assert_eq!((read.health, read.detail.as_str()), (Health::Ok, "green, 12h old"));
    assert_eq!(read.entries.len(), 22, "the workflow, a page and the green one");
    let refused = poll(&signal(""), &[http(200, &page), http(500, "")]);
    assert_eq!(refused.health, Health::Blind, "its age is what was asked for");
    let never = poll(&signal(""), &[http(200, &page), http(200, r#"{"workflow_runs":[]}"#)]);
    assert_eq!(never.health, Health::Blind);
}

#[test]
fn a_dispatch_is_one_request_and_is_seen_by_a_run_that_came_after_it() {
    let inputs = "inputs = { target = \"prod\\\"uction\" }\nevent = \"schedule\"\n";
    let runs = http_with(200, &[("date", "Sat, 21 Nov 2026 14:31:40 GMT")], GREEN);
    let read = poll(&signal(inputs), &[runs, http(200, ARTIFACTS)]);
    let dispatch = offer(entry(&read, "workflow"), "dispatch");
    assert_eq!(dispatch.title, "dispatch nightly.yml on main");
    let IoRequest::Http(request) = &dispatch.calls[0].request else { panic!("not HTTP") };
    let url = "https://api.github.com/repos/lanternfish/web/actions/workflows/nightly.yml";
    assert_eq!((request.method.as_str(), request.url.clone()), ("POST", format!("{url}/dispatches")));
    let body: Value = serde_json::from_str(&request.body.as_ref().unwrap().to_string()).unwrap();
    assert_eq!(
        body,
        json!({ "ref": "main", "return_run_details": true, "inputs": { "target": "prod\"uction" } })
    );
    let check = check(dispatch);
    // By GitHub's clock, and of dispatched runs whatever event the signal counts.
    assert_eq!(
        check.request.preview()[0],
        format!(
            "GET {url}/runs?exclude_pull_requests=true&branch=main&event=workflow_dispatch\
             &created=%3E%3D2026-11-21T14%3A31%3A40Z&per_page=1"
        )
    );
    assert!(!seen(check, r#"{"total_count":0,"workflow_runs":[]}"#));
    assert!(seen(check, GREEN));
    let anywhere = TABLE.replace("branch = \"main\"\n", "");
    let read = poll(&plan_one("github", &anywhere), &[http(200, GREEN), http(200, ARTIFACTS)]);
    assert!(offer(entry(&read, "workflow"), "dispatch").refused.as_ref().unwrap().contains("give branch"));
}

#[test]
fn failed_jobs_run_again_as_a_new_attempt() {
    let read = red();
    let rerun = offer(entry(&read, "30433643"), "rerun failed jobs");
    assert_eq!((rerun.refused.as_deref(), rerun.target.as_str()), (None, "30433643"));
    let runs = "https://api.github.com/repos/lanternfish/web/actions/runs/30433643";
    assert_eq!(rerun.calls[0].request.preview()[0], format!("POST {runs}/rerun-failed-jobs"));
    let check = check(rerun);
    assert_eq!(check.request.preview()[0], format!("GET {runs}?exclude_pull_requests=true"));
    assert!(!seen(check, r#"{"run_attempt":2,"status":"completed"}"#), "the attempt that failed");
    assert!(seen(check, r#"{"run_attempt":3,"status":"queued"}"#));
    assert!(entry(&read, "30433630").offers.is_empty(), "a green run has nothing to run again");
    let old = crate::sources::read(
        &signal(""),
        AT.plus(Duration::from_secs(30 * 86_400)),
        &[http(200, RED), http(200, JOBS), http(200, ARTIFACTS)],
    );
    let refused = offer(entry(&old, "30433643"), "rerun failed jobs").refused.clone();
    assert!(refused.unwrap().contains("30 days"));
}

#[test]
fn one_that_runs_can_be_cancelled_and_may_end_otherwise() {
    let read = newer("in_progress", 5);
    let cancel = offer(entry(&read, "30433700"), "cancel");
    let runs = "https://api.github.com/repos/lanternfish/web/actions/runs/30433700";
    assert_eq!(cancel.calls[0].request.preview()[0], format!("POST {runs}/cancel"));
    let check = check(cancel);
    let fails = |body: &str| {
        let fails = check.fails.as_ref().unwrap();
        fails.holds(&observe(&http(200, body), &[fails]).0).unwrap()
    };
    let running = r#"{"status":"in_progress","conclusion":null}"#;
    let (ended, green) = (
        r#"{"status":"completed","conclusion":"cancelled"}"#,
        r#"{"status":"completed","conclusion":"success"}"#,
    );
    assert_eq!((seen(check, running), fails(running)), (false, false));
    assert_eq!((seen(check, ended), fails(ended)), (true, false));
    assert_eq!((seen(check, green), fails(green)), (false, true));
}

#[test]
fn a_workflow_that_deploys_tells_what_runs() {
    let read = green("deploys = true\n", AT);
    let run = entry(&read, "30433643");
    assert_eq!(run.release.as_deref(), Some("3f2a9c1"));
    assert_eq!(run.at.unwrap().rfc3339(), "2026-11-21T02:44:00.000Z", "when it ended");
    assert_eq!(entry(&read, "30433640").release, None, "a red one went nowhere");
}

#[test]
fn a_refusal_names_the_permission_that_is_missing() {
    let refused = http_with(
        403,
        &[("x-accepted-github-permissions", "actions=read")],
        r#"{"message":"Resource not accessible by personal access token"}"#,
    );
    let read = poll(&signal(""), &[refused]);
    assert_eq!((read.health, read.reason), (Health::Blind, Some(Reason::Auth)));
    assert_eq!(read.detail, "403: Resource not accessible by personal access token; needs actions=read");
    let missing = poll(&signal(""), &[http(404, r#"{"message":"Not Found"}"#)]);
    assert_eq!(missing.detail, "404: Not Found; or the token may not see it");
}

#[test]
fn a_table_that_names_no_workflow_says_where() {
    let codes = |from: &str, to: &str| {
        let (_, found) = plan_with("github", &TABLE.replace(from, to));
        found.into_iter().map(|wrong| wrong.code).collect::<Vec<_>>()
    };
    assert_eq!(codes("lanternfish/web", "web"), ["bad-repository"]);
    assert_eq!(codes("lanternfish/web", "a/b/c"), ["bad-repository"]);
    assert_eq!(codes("nightly.yml", ".github/workflows/nightly.yml"), ["bad-workflow"]);
    let many = (0..26).map(|number| format!("i{number} = \"x\"")).collect::<Vec<_>>().join("\n");
    let (_, found) = plan_with("github", &format!("{TABLE}[inputs]\n{many}"));
    assert_eq!(found[0].code, "out-of-range");
}

#[test]
fn it_survives_whatever_comes() {
    conformance::survives(&signal(""), &[GREEN, ARTIFACTS]);
    conformance::survives(&signal(""), &[RED, JOBS, ARTIFACTS]);
}
