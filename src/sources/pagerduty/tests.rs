//! What is asked of PagerDuty, what its incidents and on-calls mean, and what is offered.

use serde_json::{Value, json};

use crate::domain::board::Board;
use crate::domain::entry::Entry;
use crate::domain::io::IoReply;
use crate::domain::offer::Offer;
use crate::domain::reading::{Health, Reading};
use crate::domain::signal::Signal;
use crate::sources::conformance::{self, AT, http, http_with, plan_one, plan_with};

const INCIDENTS: &str = include_str!("fixtures/incidents.json");
const ONCALLS: &str = include_str!("fixtures/oncalls.json");
const NONE: &str = r#"{"incidents":[],"more":false}"#;

const TABLE: &str =
    "token = { env = \"PD_TOKEN\" }\nfrom = \"ann@example.com\"\nrouting_key = { env = \"PD_KEY\" }";

fn signal() -> Signal {
    plan_one("pagerduty", TABLE)
}

fn read(replies: &[IoReply]) -> Reading {
    crate::sources::read(&signal(), AT, replies)
}

fn page(ids: std::ops::Range<u32>, more: bool) -> IoReply {
    let incidents: Vec<Value> =
        ids.map(|id| json!({ "id": format!("P{id}"), "status": "triggered", "title": "x" })).collect();
    http(200, &json!({ "incidents": incidents, "more": more, "limit": 100 }).to_string())
}

fn offer<'a>(entry: &'a Entry, name: &str) -> &'a Offer {
    entry.offers.iter().find(|offer| offer.name == name).unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn it_asks_for_open_incidents_of_any_age_and_then_who_is_on_call() {
    let signal = signal();
    assert_eq!((signal.id.as_str(), signal.board), ("pagerduty", Some(Board::Errors)));
    assert_eq!(
        conformance::asked(&signal, &[]).preview(),
        [
            "GET https://api.pagerduty.com/incidents?statuses%5B%5D=triggered&statuses%5B%5D=acknowledged\
             &date_range=all&sort_by=created_at%3Adesc&limit=100&offset=0",
            "authorization: Token token=‹env PD_TOKEN›",
            "accept: application/vnd.pagerduty+json;version=2",
            "content-type: application/json",
        ]
    );
    let then = conformance::asked(&signal, &[http(200, INCIDENTS)]);
    assert_eq!(
        then.preview()[0],
        "GET https://api.pagerduty.com/oncalls?earliest=true&include%5B%5D=users&time_zone=UTC&limit=100"
    );
    assert!(crate::sources::next(&signal, AT, &[http(200, INCIDENTS), http(200, ONCALLS)]).is_none());
    assert!(crate::sources::next(&signal, AT, &[http(500, "")]).is_none(), "a refusal ends the poll");
}

#[test]
fn services_and_policies_narrow_what_is_asked() {
    let signal = plan_one(
        "pagerduty",
        &format!(
            "{TABLE}\nservices = [\"PS1\", \"P&2\"]\nescalation_policies = [\"PE1\"]\nbase_url = \"http://pd.example.com/\""
        ),
    );
    let first = conformance::asked(&signal, &[]).preview()[0].clone();
    assert!(first.starts_with("GET http://pd.example.com/incidents?"), "{first}");
    assert!(first.contains("service_ids%5B%5D=PS1&service_ids%5B%5D=P%262"), "{first}");
    let then = conformance::asked(&signal, &[http(200, NONE)]).preview()[0].clone();
    assert!(then.contains("escalation_policy_ids%5B%5D=PE1") && !then.contains("PS1"), "{then}");
}

#[test]
fn a_triggered_incident_is_down_and_names_who_is_on_call() {
    let read = read(&[http(200, INCIDENTS), http(200, ONCALLS)]);
    assert_eq!((read.health, read.reason), (Health::Down, None));
    assert_eq!(read.detail, "1 triggered · 1 acknowledged · on call: ann (level 1) until 09:00");
    assert_eq!(
        *read.body.unwrap(),
        json!({ "open": 2, "triggered": 1, "acknowledged": 1, "high": 1, "oldest_minutes": 152, "on_call": 2 })
    );
    let rows: Vec<(&str, Health, &str)> =
        read.entries.iter().map(|entry| (entry.key.as_str(), entry.health, entry.title.as_str())).collect();
    assert_eq!(
        rows,
        [
            ("pagerduty", Health::Down, "on call: ann (level 1) until 09:00"),
            ("PT4KHLK", Health::Down, "#1234 Stripe events undelivered"),
            ("PT9XYZA", Health::Degraded, "#1230 Exports are slow"),
            ("PE1/1/PU1", Health::Ok, "on call: ann until 09:00"),
            ("PE1/2/PU2", Health::Ok, "on call: bob without an end"),
        ]
    );
    assert_eq!(read.entries[1].cells, [("FOR", "16m59".to_owned()), ("SERVICE", "API".to_owned())]);
    assert!(read.entries[1].facts.contains(&("assigned to", "ann".to_owned())));
}

#[test]
fn acknowledged_ones_degrade_and_none_is_ok() {
    let acknowledged = INCIDENTS.replace("\"triggered\"", "\"acknowledged\"");
    let degraded = read(&[http(200, &acknowledged), http(200, ONCALLS)]);
    assert_eq!((degraded.health, degraded.reason), (Health::Degraded, None));
    let none = read(&[http(200, NONE), http(200, ONCALLS)]);
    assert_eq!(
        (none.health, none.detail.as_str()),
        (Health::Ok, "none open · on call: ann (level 1) until 09:00")
    );
    assert_eq!(none.body.unwrap()["oldest_minutes"], Value::Null);
    let resolved =
        INCIDENTS.replace("\"triggered\"", "\"resolved\"").replace("\"acknowledged\"", "\"resolved\"");
    assert_eq!(read(&[http(200, &resolved), http(200, ONCALLS)]).health, Health::Ok);
    let nobody = read(&[http(200, NONE), http(200, r#"{"oncalls":[]}"#)]);
    assert_eq!((nobody.health, nobody.detail.as_str()), (Health::Degraded, "none open · nobody is on call"));
}

#[test]
fn a_turn_that_is_over_or_yet_to_come_is_nobody_s() {
    let at = |start: Value, end: Value| {
        let one = json!({ "oncalls": [{ "escalation_level": 1, "user": { "id": "PU1", "name": "ann" },
            "start": start, "end": end }] });
        read(&[http(200, NONE), http(200, &one.to_string())]).detail
    };
    let now = json!("2026-11-21T14:32:00Z");
    assert_eq!(at(Value::Null, Value::Null), "none open · on call: ann (level 1)");
    assert_eq!(at(now.clone(), Value::Null), "none open · on call: ann (level 1)");
    assert_eq!(at(Value::Null, now), "none open · nobody is on call");
    let next = json!("2026-11-21T14:32:01Z");
    assert_eq!(at(next.clone(), Value::Null), "none open · nobody is on call");
    assert_eq!(at(Value::Null, next), "none open · on call: ann (level 1) until 14:32");
    let week = json!("2026-11-28T14:32:00+00:00");
    assert_eq!(at(Value::Null, week), "none open · on call: ann (level 1) for 7d 0h");
}

#[test]
fn incidents_stand_where_who_is_on_call_is_unknown() {
    let read = read(&[http(200, INCIDENTS), http_with(429, &[("ratelimit-reset", "21")], "{}")]);
    assert_eq!(read.health, Health::Down);
    assert_eq!(read.detail, "1 triggered · 1 acknowledged · who is on call is unknown: 429");
    assert_eq!(read.retry_after.map(|wait| wait.as_secs()), Some(21));
    assert_eq!(read.body.unwrap()["on_call"], Value::Null);
    let missing = http(403, r#"{"error":{"code":2010,"message":"Missing scope oncalls.read"}}"#);
    let read = self::read(&[http(200, NONE), missing]);
    assert_eq!(read.health, Health::Ok);
    assert!(read.detail.contains("oncalls.read"), "{}", read.detail);
}

#[test]
fn pages_are_read_by_what_came_and_three_at_most() {
    let signal = signal();
    let second = conformance::asked(&signal, &[page(0..25, true)]).preview()[0].clone();
    assert!(second.ends_with("&limit=100&offset=25"), "as many as came, not as were asked for: {second}");
    let third = conformance::asked(&signal, &[page(0..25, true), page(25..50, true)]).preview()[0].clone();
    assert!(third.ends_with("&offset=50"), "{third}");
    let endless = [page(0..25, true), page(24..49, true), page(49..60, true)];
    assert!(conformance::asked(&signal, &endless).preview()[0].contains("/oncalls?"));
    let mut replies = endless.to_vec();
    replies.push(http(200, ONCALLS));
    assert!(crate::sources::next(&signal, AT, &replies).is_none());
    let read = crate::sources::read(&signal, AT, &replies);
    assert!(read.detail.starts_with("60+ triggered · on call: ann"), "{}", read.detail);
    let empty = [page(0..25, true), page(0..0, true)];
    assert!(
        conformance::asked(&signal, &empty).preview()[0].contains("/oncalls?"),
        "an empty page is the last"
    );
    let lost = crate::sources::read(&signal, AT, &[page(0..25, true), http(500, "")]);
    assert_eq!(lost.health, Health::Blind, "half of the incidents are not the incidents");
}

#[test]
fn acknowledging_and_resolving_name_the_incident_and_are_read_back() {
    let read = read(&[http(200, INCIDENTS), http(200, ONCALLS)]);
    let acknowledge = offer(&read.entries[1], "acknowledge");
    let call = &acknowledge.calls[0];
    assert_eq!((acknowledge.target.as_str(), acknowledge.title.as_str()), ("PT4KHLK", "acknowledge #1234"));
    let preview = call.request.preview();
    assert_eq!(
        preview[..5],
        [
            "PUT https://api.pagerduty.com/incidents/PT4KHLK",
            "authorization: Token token=‹env PD_TOKEN›",
            "accept: application/vnd.pagerduty+json;version=2",
            "from: ann@example.com",
            "content-type: application/json",
        ]
    );
    let body: Value = serde_json::from_str(preview.last().unwrap()).unwrap();
    assert_eq!(body, json!({ "incident": { "type": "incident_reference", "status": "acknowledged" } }));
    let check = call.check.as_ref().unwrap();
    assert_eq!(check.request.preview()[0], "GET https://api.pagerduty.com/incidents/PT4KHLK");
    let seen = |check: &crate::domain::offer::Check, status: &str| {
        let reply = http(200, &json!({ "incident": { "status": status } }).to_string());
        check.when.holds(&crate::domain::condition::observe(&reply, &[&check.when]).0).unwrap()
    };
    assert_eq!(
        ["triggered", "acknowledged", "resolved"].map(|status| seen(check, status)),
        [false, true, true]
    );
    let resolve = offer(&read.entries[2], "resolve").calls[0].clone();
    assert!(resolve.request.preview().last().unwrap().contains("\"status\":\"resolved\""));
    assert!(!seen(resolve.check.as_ref().unwrap(), "acknowledged"));
    assert!(read.entries[2].offers.iter().all(|offer| offer.name != "acknowledge"), "it is already");
    assert!(read.entries.iter().skip(3).all(|entry| entry.offers.is_empty()));
}

#[test]
fn an_id_that_cannot_stand_in_a_path_is_offered_nothing() {
    for id in ["", "../users/PU1?x=", "..", "PT1/notes", "PT1 "] {
        let odd = json!({ "incidents": [{ "id": id, "status": "triggered" }] }).to_string();
        let read = read(&[http(200, &odd), http(200, ONCALLS)]);
        assert_eq!(read.entries[1].state, "triggered");
        assert!(read.entries[1].offers.is_empty(), "{id:?}");
    }
}

#[test]
fn triggering_keeps_its_key_secret_and_is_looked_for_by_its_own() {
    let read = read(&[http(200, NONE), http(200, ONCALLS)]);
    let trigger = offer(&read.entries[0], "trigger");
    assert_eq!(trigger.refused, None);
    let trigger = trigger.answered("checkout says \"no\"").unwrap().keyed("night-7");
    let call = &trigger.calls[0];
    let preview = call.request.preview();
    assert_eq!(
        preview[..2],
        ["POST https://events.pagerduty.com/v2/enqueue", "content-type: application/json"]
    );
    let body: Value = serde_json::from_str(preview.last().unwrap()).unwrap();
    assert_eq!(
        body,
        json!({
            "routing_key": "‹env PD_KEY›",
            "event_action": "trigger",
            "dedup_key": "midwatch-night-7-trigger",
            "payload": { "summary": "checkout says \"no\"", "source": "midwatch", "severity": "critical" },
            "client": "Midwatch",
        })
    );
    assert_eq!(trigger.title, "trigger: checkout says \"no\"");
    let expect = call.expect.as_ref().unwrap();
    let accepted = |body: &str| {
        expect.holds(&crate::domain::condition::observe(&http(202, body), &[expect]).0).unwrap_or(false)
    };
    assert!(accepted(r#"{"status":"success","message":"Event processed"}"#));
    assert!(!accepted(r#"{"status":"invalid event"}"#) && !accepted("{}"));
    let check = call.check.as_ref().unwrap();
    assert_eq!(
        check.request.preview()[0],
        "GET https://api.pagerduty.com/incidents?incident_key=midwatch-night-7-trigger&date_range=all"
    );
    let found = |body: &str| {
        let observed = crate::domain::condition::observe(&http(200, body), &[&check.when]).0;
        check.when.holds(&observed).unwrap()
    };
    assert!(found(INCIDENTS) && !found(NONE));
}

#[test]
fn what_a_table_does_not_allow_is_refused_with_what_to_set() {
    let bare = plan_one("pagerduty", "token = { env = \"PD_TOKEN\" }");
    let read = crate::sources::read(&bare, AT, &[http(200, INCIDENTS), http(200, ONCALLS)]);
    let refused = |entry: &Entry, name: &str| offer(entry, name).refused.clone().unwrap();
    assert!(refused(&read.entries[0], "trigger").contains("routing_key"));
    assert!(refused(&read.entries[1], "acknowledge").contains("from"));
    assert!(refused(&read.entries[1], "resolve").contains("from"));
    let plain = plan_one("pagerduty", "token = \"x\"\nrouting_key = \"a\\\"b\"");
    let read = crate::sources::read(&plain, AT, &[http(200, NONE), http(200, ONCALLS)]);
    let event = offer(&read.entries[0], "trigger").calls[0].request.preview().pop().unwrap();
    assert_eq!(serde_json::from_str::<Value>(&event).unwrap()["routing_key"], "a\"b");
    let (_, found) = plan_with("pagerduty", "token = \"x\"\nfrom = \"ann\"");
    assert_eq!(found.iter().map(|wrong| wrong.code).collect::<Vec<_>>(), ["bad-address"]);
}

#[test]
fn it_survives_whatever_comes() {
    conformance::survives(&signal(), &[INCIDENTS, ONCALLS]);
}
