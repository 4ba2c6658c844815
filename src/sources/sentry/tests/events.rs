//! The newest event of an issue: its stack, and what stays behind.

use super::*;
use crate::domain::entry::Entry;
use crate::sources::read;

fn shown(event: &str) -> Entry {
    let answered = [list(&[issue("7001", 60, 900_000, &json!({}))]), http(200, TIMESERIES), http(200, event)];
    read(&listing(""), AT, &answered).entries[0].clone()
}

fn fact<'a>(entry: &'a Entry, label: &str) -> Option<&'a str> {
    entry.facts.iter().find(|(known, _)| *known == label).map(|(_, text)| text.as_str())
}

#[test]
fn the_raised_exception_comes_first_and_its_innermost_call() {
    let entry = shown(EXCEPTION);
    assert_eq!(
        entry.body,
        [
            "TypeError: Cannot read properties of undefined (reading 'plan') (unhandled)",
            "  ▸ handle  src/app.ts:42",
            "           40    const a = await account(req);",
            "           41    // the plan",
            "      →    42    return a.plan.name;",
            "           43  }",
            "           44  ",
            "    process.processTicks  node:internal/process:95",
            "caused by HttpError: 502 from billing",
            "  ▸ fetchPlan  src/billing.ts:12",
            "      →    12    throw new HttpError(502)",
            "extra",
            "  flags: [\"beta\",null]",
            "  lesson: 41",
            "before it, newest last",
            "  http: GET /plan 502",
            "  default: ",
        ]
    );
    assert_eq!(
        fact(&entry, "exception"),
        Some("TypeError: Cannot read properties of undefined (reading 'plan')")
    );
    assert_eq!(fact(&entry, "release"), Some("web@a1b2c3d"));
    assert_eq!(fact(&entry, "environment"), Some("production"));
    assert_eq!(fact(&entry, "ran on"), Some("node v22.1.0"));
    assert_eq!(fact(&entry, "event of"), Some("2026-11-21T14:30:12.500Z"));
    assert_eq!(fact(&entry, "message"), None, "an empty one is none");
}

#[test]
fn what_may_be_secret_stays_behind() {
    let entry = shown(EXCEPTION);
    assert_eq!(fact(&entry, "request"), Some("POST https://shop.example.com/lesson"));
    let all = format!("{entry:?}");
    for secret in ["not-for-the-screen", "somebody@example.com", "192.0.2.7"] {
        assert!(!all.contains(secret), "{secret}");
    }
}

#[test]
fn a_message_has_no_stack() {
    let entry = shown(EVENT);
    assert_eq!(fact(&entry, "message"), Some("alert:billing_webhook_failed"));
    assert_eq!(fact(&entry, "stripe event"), Some("evt_1QmidwatchAAAA"));
    assert_eq!(fact(&entry, "release"), Some("web@3f2a9c1"), "the tag stands in where there is no release");
    assert_eq!(entry.body[0], "extra");
    assert_eq!(entry.body.len(), 4);
}

#[test]
fn a_stack_without_end_ends() {
    let frame = json!({ "function": "again", "filename": "loop.ts", "lineNo": 1, "inApp": true, "context": [[1, "again()"]] });
    let mut event: Value = serde_json::from_str(EXCEPTION).unwrap();
    event["entries"][0]["data"]["values"] =
        json!([{ "type": "RangeError", "value": "stack", "stacktrace": { "frames": vec![frame; 5000] } }]);
    let entry = shown(&event.to_string());
    assert!(entry.body.contains(&"    and 4960 more".into()));
    assert_eq!(entry.body.iter().filter(|line| line.contains("→")).count(), 3);
}

#[test]
fn a_crashed_thread_stands_in_for_an_exception() {
    let event = json!({ "eventID": "1", "entries": [{ "type": "threads", "data": { "values": [
        { "name": "idle", "crashed": false, "stacktrace": { "frames": [{ "function": "wait" }] } },
        { "name": "main", "crashed": true, "stacktrace": { "frames": [{ "function": "boom", "module": "core" }] } }
    ] } }] });
    assert_eq!(shown(&event.to_string()).body, ["thread: main", "    boom  core"]);
}
