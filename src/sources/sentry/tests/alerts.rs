//! Alerts that programs send as messages: what is asked, and how often each came.

use super::*;
use crate::domain::io::Reason;
use crate::domain::reading::{Health, Reading};
use crate::sources::conformance::{asked, poll, survives};
use crate::sources::read;

fn alert(id: &str, title: &str, last: u64, count: &Value) -> Value {
    issue(id, last, 4_000_000, &json!({ "title": title, "count": count, "status": "ignored" }))
}

/// A poll whose lists are these, in the order of its requests, and after them the recorded event.
fn polled(more: &str, lists: &[IoReply]) -> Reading {
    let mut answers = lists.to_vec();
    answers.push(http(200, EVENT));
    poll(&counting(more), &answers)
}

#[test]
fn messages_are_asked_for_in_quotes_and_without_is() {
    let signal =
        counting("environment = \"production\"\n[[watch]]\nname = \"mine\"\nquery = 'level:fatal \"a b\"'\n");
    let billing = alert("6211", "alert:billing_webhook_failed", 3600, &json!("3"));
    let lists = [list(&[billing]), list(&[]), list(&[]), list(&[])];
    let asks: Vec<_> = (0..=lists.len()).map(|count| asked(&signal, &lists[..count])).collect();
    let sent = |index: usize, name: &str| {
        query(&asks[index]).into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    };
    let queries: Vec<_> = (0..4).map(|index| sent(index, "query").unwrap()).collect();
    assert_eq!(
        queries,
        [
            "message:\"alert:*\"",
            "message:\"[ai]*\"",
            "message:\"[modules]*truncated*\"",
            "level:fatal \"a b\""
        ]
    );
    for (index, ask) in asks.iter().enumerate().take(4) {
        // 2026-11-21 is a Saturday: the window begins on the Monday of two weeks before its week.
        assert_eq!(sent(index, "start").as_deref(), Some("2026-11-02T00:00:00Z"));
        assert_eq!(sent(index, "end").as_deref(), Some("2026-11-21T14:42:00Z"));
        assert_eq!(sent(index, "environment").as_deref(), Some("production"));
        assert!(
            sent(index, "statsPeriod").is_none() && url(ask).contains("/organizations/lanternfish/issues/?")
        );
    }
    assert!(url(&asks[4]).contains("/issues/6211/events/latest/"));
    let mut whole = lists.to_vec();
    whole.push(http(200, EVENT));
    assert_eq!(crate::sources::next(&signal, AT, &whole), None);
}

#[test]
fn the_window_s_beginning_stays_while_the_week_lasts() {
    let signal = counting("");
    let start = |at: crate::domain::time::Timestamp| {
        let ask = crate::sources::next(&signal, at, &[]).unwrap().into_owned();
        query(&ask).into_iter().find(|(key, _)| key == "start").unwrap().1
    };
    let second = Duration::from_secs(1);
    let monday = crate::domain::time::Timestamp::from_millis(1_795_392_000_000);
    assert_eq!(monday.rfc3339(), "2026-11-23T00:00:00.000Z");
    assert_eq!(start(monday.minus(second)), "2026-11-02T00:00:00Z");
    assert_eq!(start(monday), "2026-11-09T00:00:00Z");
}

#[test]
fn every_key_has_a_counter_and_what_did_not_come_stands_at_nothing() {
    let reading = polled("", &[http(200, ISSUES), list(&[]), list(&[])]);
    assert_eq!(reading.health, Health::Ok, "{}", reading.detail);
    let body = reading.body.as_deref().unwrap();
    assert_eq!(
        body["alerts"]["error_spike"],
        json!({
            "count": 41, "began": "2026-06-02T10:00:00.000Z", "last_seen": "2026-08-18T02:15:02.000Z", "issues": 1
        })
    );
    assert_eq!(body["alerts"]["billing_webhook_failed"]["count"], 3);
    assert_eq!((&body["texts"]["ai"]["count"], &body["complete"]), (&json!(0), &json!(true)));
    assert_eq!(reading.detail, "billing_webhook_failed 3 · error_spike 41");
    let quiet = polled("", &[list(&[]), list(&[]), list(&[])]);
    let body = quiet.body.as_deref().unwrap();
    assert_eq!(body["alerts"]["error_spike"], json!({ "count": 0, "issues": 0 }));
    assert_eq!(body["alerts"]["billing_webhook_failed"]["count"], 0);
    assert_eq!(quiet.detail, "none in two weeks");
}

#[test]
fn issues_of_one_key_are_one_counter_and_texts_are_held_against_their_title() {
    let spikes = [
        alert("1", "alert:error_spike", 60, &json!("30")),
        alert("2", "alert:error_spike (worker)", 90, &json!(12)),
        alert("3", "alert:db.down", 90, &json!("1")),
        alert("4", "something that quotes alert:error_spike", 5, &json!("500")),
        alert("5", "alert:", 5, &json!("500")),
    ];
    let ai = [
        alert("6", "[ai] rate limit hit", 60, &json!("7")),
        alert("7", "[ai] plan blocked", 60, &json!("2")),
        alert("8", "ai without brackets", 60, &json!("900")),
    ];
    let modules = [
        alert("9", "[modules] assets truncated", 60, &json!("1")),
        alert("10", "[modules] fine", 60, &json!("8")),
        alert("11", "[modules] a name that is so long that the rest is...", 60, &json!("1")),
    ];
    let reading = polled("", &[list(&spikes), list(&ai), list(&modules)]);
    let body = reading.body.as_deref().unwrap();
    assert_eq!(
        (&body["alerts"]["error_spike"]["count"], &body["alerts"]["error_spike"]["issues"]),
        (&json!(42), &json!(2))
    );
    assert_eq!(body["alerts"]["db_down"]["count"], 1);
    assert_eq!(
        (&body["texts"]["ai"]["count"], &body["texts"]["modules_truncated"]["count"]),
        (&json!(9), &json!(2))
    );
    assert_eq!(reading.detail, "db_down 1 · error_spike 42 · ai 9 · modules_truncated 2");
}

#[test]
fn a_count_that_cannot_be_read_is_no_count() {
    let spike = alert("1", "alert:error_spike", 60, &json!("lots"));
    let reading = polled("", &[list(&[spike]), list(&[]), list(&[])]);
    let alert = &reading.body.as_deref().unwrap()["alerts"]["error_spike"];
    assert!(alert.get("count").is_none() && alert["issues"] == 1, "{alert}");
    assert_eq!(
        (reading.health, reading.detail.as_str()),
        (Health::Degraded, "error_spike: its count cannot be read")
    );
}

#[test]
fn the_stripe_event_is_read_from_the_newest_event_while_it_is_news() {
    let lists = |last: u64| {
        [list(&[alert("6211", "alert:billing_webhook_failed", last, &json!("3"))]), list(&[]), list(&[])]
    };
    let reading = polled("", &lists(60));
    let body = reading.body.as_deref().unwrap();
    assert_eq!(body["alerts"]["billing_webhook_failed"]["stripe_event"], "evt_1QmidwatchAAAA");
    let entry = &reading.entries[0];
    assert!(entry.title.ends_with(" · evt_1QmidwatchAAAA"), "{}", entry.title);
    assert!(entry.facts.contains(&("stripe event", "evt_1QmidwatchAAAA".into())));
    // An hour is news; a second more is not, but an answer that is there was asked for.
    assert_eq!(crate::sources::next(&counting(""), AT, &lists(3601)), None);
    assert!(crate::sources::next(&counting(""), AT, &lists(3600)).is_some());
    let mut late = lists(3601).to_vec();
    late.push(http(200, EVENT));
    assert!(read(&counting(""), AT, &late).entries[0].title.ends_with("evt_1QmidwatchAAAA"));
    // What is no Stripe id is not shown as one.
    for id in ["evt_", "pi_123", "evt_1; rm", "evt_\u{1b}[2J"] {
        let mut odd: Value = serde_json::from_str(EVENT).unwrap();
        odd["context"]["eventId"] = id.into();
        let mut answers = lists(60).to_vec();
        answers.push(http(200, &odd.to_string()));
        let reading = read(&counting(""), AT, &answers);
        assert!(!reading.entries[0].facts.iter().any(|(label, _)| *label == "stripe event"), "{id:?}");
    }
    // Self-hosted servers may not be able to say: the counters stand.
    let mut broken = lists(60).to_vec();
    broken.push(http(500, "<h1>Server Error</h1>"));
    let reading = read(&counting(""), AT, &broken);
    assert_eq!(reading.health, Health::Ok);
    assert!(reading.entries[0].facts.contains(&("stripe event", "could not be read: 500".into())));
}

#[test]
fn pages_are_followed_and_nothing_is_taken_for_absent_behind_the_last() {
    let signal = counting("");
    let first = page(&[alert("1", "alert:a", 60, &json!(1))], "0:100:0", true);
    let second = asked(&signal, std::slice::from_ref(&first));
    assert!(query(&second).contains(&("cursor".into(), "0:100:0".into())));
    let reading = poll(&signal, &[first.clone(), first, list(&[]), list(&[])]);
    let body = reading.body.as_deref().unwrap();
    assert_eq!((&body["complete"], body["alerts"].get("error_spike")), (&json!(false), None));
    assert!(reading.detail.contains("more than were read"), "{}", reading.detail);
}

#[test]
fn a_query_that_sentry_does_not_take_is_said_and_costs_nothing_else() {
    let more = "[[watch]]\nname = \"mine\"\nquery = \"a OR b\"\n";
    let refused = http(400, "{\"detail\":\"Error parsing search query: OR is not supported\"}");
    let reading = polled(more, &[http(200, ISSUES), list(&[]), list(&[]), refused]);
    assert_eq!(reading.health, Health::Degraded);
    assert!(reading.detail.contains("mine: 400: Error parsing"), "{}", reading.detail);
    let body = reading.body.as_deref().unwrap();
    assert_eq!((&body["alerts"]["error_spike"]["count"], body["watch"].get("mine")), (&json!(41), None));
    // What may pass says nothing until it has: a counter that is not asked for is not 0.
    let reading = polled(more, &[http(200, ISSUES), list(&[]), list(&[]), http(503, "busy")]);
    assert_eq!((reading.health, reading.reason), (Health::Blind, Some(Reason::Status)));
}

#[test]
fn a_new_counter_of_the_table_is_in_the_document() {
    let more = "[[watch]]\nname = \"mine\"\nquery = 'message:\"refused*\"'\n";
    let reading =
        polled(more, &[list(&[]), list(&[]), list(&[]), list(&[alert("5", "refused", 60, &json!("4"))])]);
    assert_eq!(reading.body.as_deref().unwrap()["watch"]["mine"]["count"], 4);
    assert_eq!(reading.entries[0].key, "5");
}

#[test]
fn it_survives_whatever_comes() {
    let billing =
        Value::from(vec![alert("6211", "alert:billing_webhook_failed", 60, &json!("3"))]).to_string();
    let ai = Value::from(vec![alert("6", "[ai] rate limit hit", 60, &json!("7"))]).to_string();
    let modules = Value::from(vec![alert("9", "[modules] assets truncated", 60, &json!("1"))]).to_string();
    survives(&counting(""), &[&billing, &ai, &modules, EVENT]);
}
