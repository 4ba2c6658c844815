//! The list of issues: requests, pages, readings.

use super::*;
use crate::domain::io::{Delivery, IoFailure, Reason};
use crate::domain::reading::Health;
use crate::sources::conformance::{asked, poll, survives};
use crate::sources::read;

#[test]
fn it_asks_for_issues_by_query_project_and_environment() {
    let plain = asked(&listing(""), &[]);
    assert_eq!(
        plain.preview(),
        [
            "GET https://sentry.io/api/0/organizations/lanternfish/issues/?query=is%3Aunresolved&sort=date\
             &statsPeriod=14d&limit=100",
            "authorization: Bearer ‹env SENTRY_TOKEN›",
            "accept: application/json",
        ]
    );
    assert_eq!(as_http(&plain).redirects, 0);
    let given = asked(
        &listing(
            "base_url = \"https://de.sentry.io/\"\nprojects = [\"web\", \"4502\"]\nenvironment = \"production eu\"\n\
             query = 'is:unresolved message:\"payment & refund\"'\nperiod = \"36h\"\n",
        ),
        &[],
    );
    assert_eq!(
        url(&given),
        "https://de.sentry.io/api/0/organizations/lanternfish/issues/?query=is%3Aunresolved+message%3A%22payment+%26\
         +refund%22&sort=date&statsPeriod=36h&limit=100&project=web&project=4502&environment=production+eu"
    );
}

#[test]
fn a_poll_goes_on_with_counts_and_the_events_that_tell_most() {
    let signal = listing("environment = \"production\"\n");
    let issues = [
        issue("1", 60, 900_000, &json!({})),
        issue("2", 120, 800_000, &json!({ "count": "700" })),
        issue("3", 180, 400, &json!({})),
        issue("4", 70, 900_000, &json!({})),
    ];
    let mut answered = vec![list(&issues)];
    let counts = asked(&signal, &answered);
    assert_eq!(
        url(&counts),
        "https://sentry.io/api/0/organizations/lanternfish/events-timeseries/?dataset=errors&yAxis=count%28%29\
         &interval=60&statsPeriod=1h&environment=production"
    );
    answered.push(http(200, TIMESERIES));
    // Seen last, begun last, most frequent.
    for id in ["1", "3", "2"] {
        let event = asked(&signal, &answered);
        let path = "https://sentry.io/api/0/organizations/lanternfish/issues";
        assert_eq!(url(&event), format!("{path}/{id}/events/latest/?environment=production"));
        answered.push(http(200, EXCEPTION));
    }
    assert_eq!(crate::sources::next(&signal, AT, &answered), None);
}

#[test]
fn a_next_page_is_asked_by_its_cursor_and_never_by_its_address() {
    let signal = listing("");
    let first = page(&[issue("1", 60, 900, &json!({}))], "1700000000000:100:0", true);
    let second = asked(&signal, std::slice::from_ref(&first));
    assert!(url(&second).starts_with("https://sentry.io/api/0/organizations/lanternfish/issues/?"));
    assert!(query(&second).contains(&("cursor".into(), "1700000000000:100:0".into())));
    // Two pages are read; what is most frequent may be beyond them, so it is asked for.
    let frequent = asked(&signal, &[first.clone(), first.clone()]);
    assert!(query(&frequent).contains(&("sort".into(), "freq".into())), "{frequent:?}");
    let old = issue("9", 600_000, 900_000, &json!({ "count": "9000" }));
    let reading =
        poll(&signal, &[first.clone(), first, list(&[old]), http(200, TIMESERIES), http(200, EVENT)]);
    assert_eq!(reading.body.as_ref().unwrap()["complete"], false);
    assert!(reading.detail.starts_with("2+ open, 2 read"), "{}", reading.detail);
    assert!(reading.entries[1].key == "9" && reading.entries[1].tags.contains(&"most frequent".into()));
    let last = page(&[issue("1", 60, 900, &json!({}))], "0:100:0", false);
    assert!(url(&asked(&signal, &[last])).contains("/events-timeseries/"));
}

#[test]
fn a_cursor_that_never_ends_ends() {
    let signal = listing("");
    let endless = page(&[issue("1", 60, 900_000, &json!({}))], "0:100:0", true);
    let mut answered = Vec::new();
    while crate::sources::next(&signal, AT, &answered).is_some() {
        answered.push(endless.clone());
        assert!(answered.len() <= 7);
    }
    assert_eq!(read(&signal, AT, &answered).health, Health::Ok);
}

#[test]
fn a_link_that_cannot_be_read_means_no_further_page() {
    let signal = listing("");
    for link in [
        "",
        ",,;;==",
        "<x>; rel=next; results=true",
        "<x>; rel=\"next\"; results=\"true\"; cursor=\"\"",
        "<x>; rel=\"next\"; results=\"true\"; cursor=\"a b\u{7}\"",
        "<x>; rel=\"next\"; cursor=\"0:1:0\"",
        "rel=\"next\" results=\"true\" cursor=\"0:1:0\"",
    ] {
        let reply = http_with(200, &[("link", link)], "[]");
        assert!(url(&asked(&signal, &[reply])).contains("/events-timeseries/"), "{link}");
    }
}

#[test]
fn the_recorded_list_is_read() {
    let reading = poll(&listing(""), &[http(200, ISSUES), http(200, TIMESERIES), http(200, EVENT)]);
    assert_eq!((reading.health, reading.reason), (Health::Ok, None));
    assert_eq!(reading.detail, "2 open · 16 in 5m");
    let body = reading.body.as_deref().unwrap();
    assert_eq!((&body["open"], &body["errors_5m"], &body["errors_1h"]), (&json!(2), &json!(16), &json!(16)));
    let newest = &reading.entries[0];
    assert_eq!(newest.title, "WEB-19 alert:error_spike · POST /api/billing/webhook");
    assert_eq!(newest.key, "6188");
    assert_eq!((newest.health, newest.state.as_str()), (Health::Degraded, "ongoing"));
    let headings: Vec<&str> = newest.cells.iter().map(|(heading, _)| *heading).collect();
    assert_eq!(headings, ["COUNT", "USERS", "LAST", "AGE"]);
    assert_eq!((newest.cells[0].1.as_str(), newest.cells[1].1.as_str()), ("41", "0"));
    assert_eq!(newest.at.unwrap().rfc3339(), "2026-08-18T02:15:02.000Z");
    assert_eq!(newest.began.unwrap().rfc3339(), "2026-06-02T10:00:00.000Z");
    assert_eq!(newest.link.as_deref(), Some("https://lanternfish.sentry.io/issues/6188/"));
    assert_eq!(newest.tags, ["error", "most frequent"]);
}

#[test]
fn hits_say_how_many_there_are() {
    let body = Value::from(vec![issue("1", 60, 900_000, &json!({}))]).to_string();
    let reading = read(&listing(""), AT, &[http_with(200, &[("x-hits", "240")], &body)]);
    assert_eq!(reading.detail, "240 open, 1 read");
    assert_eq!(reading.body.as_ref().unwrap()["open"], 240);
}

#[test]
fn fifteen_minutes_are_recent_and_a_second_more_is_not() {
    let health = |issue: Value| read(&listing(""), AT, &[list(&[issue])]).health;
    let none = json!({});
    assert_eq!(health(issue("1", 10, 900, &none)), Health::Degraded, "a new error");
    assert_eq!(health(issue("1", 10, 901, &none)), Health::Ok);
    assert_eq!(health(issue("1", 10, 10, &json!({ "level": "warning" }))), Health::Ok);
    assert_eq!(health(issue("1", 10, 10, &json!({ "level": "sample" }))), Health::Ok);
    assert_eq!(health(issue("1", 10, 10, &json!({ "level": "unknown" }))), Health::Degraded);
    for grew in [
        json!({ "level": "fatal" }),
        json!({ "substatus": "escalating" }),
        json!({ "substatus": "regressed" }),
    ] {
        assert_eq!(health(issue("1", 900, 900_000, &grew)), Health::Degraded, "{grew}");
        assert_eq!(health(issue("1", 901, 900_000, &grew)), Health::Ok, "{grew}");
    }
    let archived = json!({ "status": "ignored", "substatus": "archived_forever", "level": "fatal" });
    assert_eq!(health(issue("1", 10, 10, &archived)), Health::Ok);
}

#[test]
fn what_an_issue_is_stands_in_its_row() {
    let row =
        |more: Value| read(&listing(""), AT, &[list(&[issue("1", 60, 900_000, &more)])]).entries[0].clone();
    assert_eq!(row(json!({ "level": "fatal" })).health, Health::Down);
    assert_eq!(row(json!({ "level": "info" })).health, Health::Ok);
    let marked = row(
        json!({ "isUnhandled": true, "substatus": "escalating", "assignedTo": { "type": "user", "id": "1", "name": "ann" } }),
    );
    assert_eq!(marked.tags, ["error", "unhandled", "escalating"]);
    assert!(marked.facts.contains(&("assigned to", "ann".into())));
    let archived = row(json!({ "status": "ignored", "substatus": "archived_until_escalating" }));
    assert_eq!((archived.health, archived.state.as_str()), (Health::Ok, "archived"));
    assert!(archived.facts.contains(&("status", "archived until it escalates".into())));
    // A link that a browser would not open is not kept; where the issue is follows from the configuration.
    for link in [json!("javascript:alert(1)"), json!("file:///etc/passwd"), json!("not a link"), Value::Null]
    {
        let shown = row(json!({ "permalink": link })).link;
        assert_eq!(shown.as_deref(), Some("https://sentry.io/organizations/lanternfish/issues/1/"));
    }
    // Numbers come as texts and as numbers; what is neither is not known.
    let counts =
        [(json!("12"), "12"), (json!(12), "12"), (json!(-1), "?"), (json!("many"), "?"), (json!(null), "?")];
    for (count, shown) in counts {
        assert_eq!(row(json!({ "count": count })).cells[0].1, shown);
    }
}

#[test]
fn counts_that_cannot_be_had_are_left_out_and_said() {
    let signal = listing("");
    for (status, body, said) in [
        (404, "{\"detail\":\"The requested resource does not exist\"}", "404: The requested resource"),
        (
            403,
            "{\"detail\":\"You do not have permission\"}",
            "403: You do not have permission (needs org:read)",
        ),
        (500, "<h1>no</h1>", "no counts over time: 500"),
    ] {
        let answered = [list(&[issue("1", 60, 900_000, &json!({}))]), http(status, body)];
        let reading = read(&signal, AT, &answered);
        assert_eq!(reading.health, Health::Ok, "{}", reading.detail);
        assert!(reading.detail.contains(said), "{}", reading.detail);
        assert_eq!(reading.body.as_ref().unwrap()["errors_5m"], Value::Null);
        // The poll goes on: an event is no part of Discover.
        assert!(url(&asked(&signal, &answered)).ends_with("/issues/1/events/latest/"));
    }
}

#[test]
fn a_limit_in_the_middle_ends_the_poll_and_is_obeyed() {
    let signal = listing("");
    let limited = http_with(
        429,
        &[("x-sentry-rate-limit-reset", "1795271550"), ("x-sentry-rate-limit-remaining", "0")],
        include_str!("../fixtures/limited.json"),
    );
    let answered = [list(&[issue("1", 60, 900_000, &json!({}))]), limited];
    assert_eq!(crate::sources::next(&signal, AT, &answered), None);
    let reading = read(&signal, AT, &answered);
    assert_eq!((reading.health, reading.retry_after), (Health::Ok, Some(Duration::from_secs(30))));
    assert!(reading.detail.contains("429: You are attempting"), "{}", reading.detail);
    // The last request of a window was ours: nothing optional follows.
    let body = Value::from(vec![issue("1", 60, 900_000, &json!({}))]).to_string();
    let last = http_with(200, &[("x-sentry-rate-limit-remaining", "0")], &body);
    assert_eq!(crate::sources::next(&signal, AT, std::slice::from_ref(&last)), None);
    assert!(read(&signal, AT, &[last]).detail.contains("rate limit"));
    let slow = IoReply::Failed(IoFailure {
        reason: Reason::Timeout,
        detail: "no answer within 10s".into(),
        delivery: Delivery::Unknown,
    });
    assert_eq!(crate::sources::next(&signal, AT, &[list(&[issue("1", 60, 900, &json!({}))]), slow]), None);
}

#[test]
fn minutes_are_summed_by_the_far_side_s_clock() {
    let signal = listing("");
    let series = |interval: u64, values: &[(u64, Value)]| {
        let values: Vec<Value> = values
            .iter()
            .map(|(minute, value)| json!({ "timestamp": 1_795_271_520_000_u64 - minute * 60_000, "value": value }))
            .collect();
        let body = json!({ "timeSeries": [{ "values": values, "meta": { "interval": interval } }] });
        let reading = read(&signal, AT, &[list(&[]), http(200, &body.to_string())]);
        let body = reading.body.unwrap();
        (body["errors_5m"].clone(), body["errors_1h"].clone())
    };
    let values = [(6, json!(1000)), (5, json!(100)), (4, json!(10)), (0, json!(1)), (1, Value::Null)];
    assert_eq!(series(60_000, &values), (json!(11), json!(1111)));
    // Sentry chose steps of five minutes: five minutes cannot be told any more.
    assert_eq!(series(300_000, &values), (Value::Null, json!(1111)));
    assert_eq!(series(3_600_000, &values), (Value::Null, Value::Null));
    // Steps that ended ten minutes ago may be a clock's doing; older ones, or none, measured nothing.
    assert_eq!(series(60_000, &[(10, json!(3))]), (json!(3), json!(3)));
    assert_eq!(series(60_000, &[(11, json!(3))]), (Value::Null, Value::Null));
    assert_eq!(series(60_000, &[]), (Value::Null, Value::Null));
    let reading = read(&signal, AT, &[list(&[]), http(200, "{\"timeSeries\":[]}")]);
    assert_eq!(reading.detail, "0 open · no counts over time: there are no steps");
}

#[test]
fn an_event_that_cannot_be_read_is_said_at_its_issue() {
    let answered =
        [list(&[issue("1", 60, 900_000, &json!({}))]), http(200, TIMESERIES), http(500, "<h1>no</h1>")];
    let reading = read(&listing(""), AT, &answered);
    assert_eq!(reading.health, Health::Ok);
    assert!(reading.entries[0].facts.contains(&("newest event", "could not be read: 500".into())));
}

#[test]
fn a_refusal_names_the_scope() {
    let reading = read(&listing(""), AT, &[http(403, "{\"detail\":\"You do not have permission\"}")]);
    assert_eq!((reading.health, reading.reason), (Health::Blind, Some(Reason::Auth)));
    assert_eq!(reading.detail, "403: You do not have permission (needs event:read)");
    let query = read(&listing(""), AT, &[http(400, "{\"detail\":\"Error parsing search query\"}")]);
    assert_eq!((query.health, query.reason), (Health::Blind, Some(Reason::Status)));
}

#[test]
fn an_id_that_is_none_is_never_put_into_a_path() {
    let signal = listing("");
    for id in ["../../projects", "1?id=2", "--", "1/2"] {
        let answered = [list(&[issue(id, 60, 900, &json!({}))]), http(200, TIMESERIES)];
        assert_eq!(crate::sources::next(&signal, AT, &answered), None, "{id}");
        assert!(read(&signal, AT, &answered).entries[0].offers.is_empty(), "{id}");
    }
    // An empty one would name every issue.
    assert_eq!(read(&signal, AT, &[list(&[issue("", 60, 900, &json!({}))])]).health, Health::Blind);
}

#[test]
fn it_survives_whatever_comes() {
    survives(&listing(""), &[ISSUES, TIMESERIES, EXCEPTION]);
}
