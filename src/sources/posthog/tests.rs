//! What is asked of `PostHog`, and what its row of numbers means.

use std::time::Duration;

use serde_json::{Value, json};

use crate::domain::board::Board;
use crate::domain::io::{IoRequest, Reason};
use crate::domain::reading::{Health, Reading};
use crate::domain::signal::Signal;
use crate::sources::conformance::{self, AT, http, http_with, plan_one, plan_with};

const RATIO: &str = include_str!("fixtures/ratio.json");
const THROTTLED: &str = include_str!("fixtures/429.json");

const TABLE: &str = "name = \"chat\"\nproject = 4711\ntoken = { env = \"POSTHOG_KEY\" }";

fn signal(more: &str) -> Signal {
    plan_one("posthog", &format!("{TABLE}\n{more}"))
}

fn query(signal: &Signal) -> String {
    let IoRequest::Http(asked) = conformance::asked(signal, &[]) else { panic!("not HTTP") };
    let body: Value = serde_json::from_str(&asked.body.expect("a body").to_string()).unwrap();
    assert_eq!(body["query"]["kind"], "HogQLQuery");
    assert_eq!((&body["name"], &body["refresh"]), (&json!("midwatch"), &json!("blocking")));
    body["query"]["query"].as_str().unwrap().to_owned()
}

fn answer(failed: impl Into<Value>, completed: impl Into<Value>) -> String {
    let (failed, completed) = (failed.into(), completed.into());
    json!({ "results": [[failed, completed]], "columns": ["failed", "completed"] }).to_string()
}

fn read(signal: &Signal, body: &str) -> Reading {
    crate::sources::read(signal, AT, &[http(200, body)])
}

#[test]
fn it_counts_two_events_of_the_last_five_minutes() {
    let signal = signal("");
    let preview = conformance::asked(&signal, &[]).preview();
    assert_eq!(preview[0], "POST https://us.posthog.com/api/projects/4711/query/");
    assert_eq!(preview[1], "authorization: Bearer ‹env POSTHOG_KEY›");
    assert_eq!(preview[2], "content-type: application/json");
    assert_eq!(
        query(&signal),
        "select countIf(event = 'i_request_failed') as failed, countIf(event = 'i_chat_completed') as completed \
         from events where event in ('i_request_failed', 'i_chat_completed') and timestamp > now() - interval 300 \
         second and timestamp <= now()"
    );
    assert_eq!((signal.board, signal.every), (Some(Board::Errors), Duration::from_secs(60)));
    assert!(crate::sources::next(&signal, AT, &[http(200, RATIO)]).is_none());
}

#[test]
fn an_event_s_name_cannot_leave_its_quotes() {
    let asked = query(&signal("failed = \"it's \\\\ over\"\ncompleted = \"done\"\nover = \"1h\""));
    assert!(asked.contains(r"event in ('it\'s \\ over', 'done')"), "{asked}");
    assert!(asked.contains("interval 3600 second"), "{asked}");
}

#[test]
fn the_share_of_failures_decides_and_a_boundary_is_not_beyond_it() {
    let signal = signal("");
    let cases = [
        (0, 1, Health::Ok),
        (5, 95, Health::Ok),
        (6, 94, Health::Degraded),
        (10, 10, Health::Degraded),
        (11, 9, Health::Down),
        (11, 8, Health::Degraded),
        (1, 0, Health::Degraded),
        (20, 0, Health::Down),
    ];
    for (failed, completed, health) in cases {
        let read = read(&signal, &answer(failed, completed));
        assert_eq!(read.health, health, "{failed} of {}: {}", failed + completed, read.detail);
    }
    let read = read(&signal, RATIO);
    assert_eq!((read.health, read.detail.as_str()), (Health::Ok, "3 failed of 100 · 3.0 %"));
    let body = read.body.unwrap();
    assert_eq!(*body, json!({ "failed": 3, "completed": 97, "share": 0.03, "cached": false }));
    let keys: Vec<&str> = read.entries.iter().map(|entry| entry.key.as_str()).collect();
    assert!(keys.contains(&"failed") && keys.contains(&"completed"), "{keys:?}");
}

#[test]
fn no_event_is_neither_success_nor_failure() {
    for ok in ["", "ok = \"body.failed == 0\""] {
        let read = read(&signal(ok), &answer(0, 0));
        assert_eq!((read.health, read.reason), (Health::Blind, Some(Reason::Body)));
        assert_eq!(read.detail, "no events in 5m");
    }
}

#[test]
fn counts_may_be_texts_and_memory_is_named() {
    let body = json!({ "results": [["6", "94"]], "columns": ["failed", "completed"], "is_cached": true });
    let read = read(&signal(""), &body.to_string());
    assert_eq!((read.health, read.detail.as_str()), (Health::Degraded, "6 failed of 100 · 6.0 % · cached"));
    assert_eq!(read.body.unwrap()["failed"], 6);
}

#[test]
fn a_query_of_one_s_own_is_judged_by_conditions_of_one_s_own() {
    let own = signal("query = \"select count() as n, 'x' as word from events\"\ndegraded = \"body.n > 3\"");
    assert_eq!(query(&own), "select count() as n, 'x' as word from events");
    let body = |n: u32| json!({ "results": [[n, "x"]], "columns": ["n", "word"] }).to_string();
    assert_eq!(read(&own, &body(3)).health, Health::Ok);
    let sick = read(&own, &body(4));
    assert_eq!((sick.health, sick.detail.as_str()), (Health::Degraded, "n is 4"));
    let counted = signal("query = \"select 0 as failed, 0 as completed\"\nok = \"body.failed == 0\"");
    assert_eq!(read(&counted, &answer(0, 0)).health, Health::Ok, "zero is theirs to judge");
}

#[test]
fn anything_but_one_row_says_nothing() {
    let fault = |body: Value| {
        let read = read(&signal(""), &body.to_string());
        assert_eq!(read.health, Health::Blind, "{}", read.detail);
        read.detail
    };
    let columns = ["failed", "completed"];
    assert_eq!(fault(json!({ "results": [], "columns": columns })), "the query gives no row");
    let two = json!({ "results": [[1, 2], [3, 4]], "columns": columns });
    assert_eq!(fault(two), "the query gives 2 rows: one is needed");
    let short = json!({ "results": [[1]], "columns": columns });
    assert_eq!(fault(short), "the row has not as many values as columns");
    assert_eq!(fault(json!({ "results": [[null, 2]], "columns": columns })), "the counts are no numbers");
    let hidden = json!({ "results": [[0, 9]], "columns": columns, "error": "Query exceeded memory" });
    assert_eq!(fault(hidden), "the query failed: Query exceeded memory");
    let object = json!({ "results": [[0, 9]], "columns": columns, "error": { "detail": "no such column" } });
    assert_eq!(fault(object), "the query failed: no such column");
    let empty = json!({ "results": [[0, 9]], "columns": columns, "error": "" });
    assert_eq!(read(&signal(""), &empty.to_string()).health, Health::Ok);
}

#[test]
fn a_refusal_says_in_words_how_long_to_wait() {
    let wait = |reply| {
        let read = crate::sources::read(&signal(""), AT, &[reply]);
        assert_eq!((read.health, read.reason), (Health::Blind, Some(Reason::Limit)));
        read.retry_after.map(|wait| wait.as_secs())
    };
    assert_eq!(wait(http(429, THROTTLED)), Some(34));
    assert_eq!(wait(http_with(429, &[("retry-after", "7")], THROTTLED)), Some(7));
    assert_eq!(wait(http(429, r#"{"detail":"Expected available in 86400 seconds."}"#)), Some(900));
    assert_eq!(wait(http(429, r#"{"detail":"Expected available in -1 seconds."}"#)), None);
    assert_eq!(wait(http(429, r#"{"detail":"later"}"#)), None);
}

#[test]
fn a_missing_scope_is_named() {
    let refused = r#"{"type":"authentication_error","code":"permission_denied","detail":"API key missing required scope 'query:read'","attr":null}"#;
    let read = crate::sources::read(&signal(""), AT, &[http(403, refused)]);
    assert_eq!((read.health, read.reason), (Health::Blind, Some(Reason::Auth)));
    assert!(read.detail.contains("query:read"), "{}", read.detail);
}

#[test]
fn a_wrong_table_is_told_where_it_is_wrong() {
    let codes = |more: &str| {
        let (_, found) = plan_with("posthog", &format!("{TABLE}\n{more}"));
        found.iter().map(|wrong| wrong.code).collect::<Vec<_>>()
    };
    assert_eq!(codes("every = \"59s\""), ["out-of-range"]);
    assert!(codes("every = \"60s\"").is_empty());
    assert_eq!(codes("over = \"30s\""), ["out-of-range"]);
    assert_eq!(codes("query = \"select 1 as n\""), ["missing-key"]);
    assert_eq!(codes("query = \"select 1 as n\"\nok = \"body.n > 0\"\nfailed = \"x\""), ["misplaced-key"]);
}

#[test]
fn it_survives_whatever_comes() {
    conformance::survives(&signal(""), &[RATIO]);
    conformance::survives(&signal("query = \"select 1\"\nok = \"body.failed < 5\""), &[RATIO]);
}
