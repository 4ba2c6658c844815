//! The requests of a poll, its pages, and refusals.

use super::*;
use crate::sources::conformance::{asked, plan_with, poll};

const ERROR_404: &str = include_str!("../fixtures/error_404.json");
const ERROR_429: &str = include_str!("../fixtures/error_429.json");

fn page(rows: &[Value], has_more: bool) -> IoReply {
    http(200, &json!({ "object": "list", "has_more": has_more, "data": rows }).to_string())
}

fn url(signal: &Signal, answered: &[IoReply]) -> String {
    asked(signal, answered).preview()[0].clone()
}

#[test]
fn it_asks_for_endpoints_then_for_what_was_not_delivered() {
    let signal = signal("account = \"acct_1\"");
    assert_eq!((signal.id.as_str(), signal.part), ("stripe", "deliveries"));
    assert_eq!(
        asked(&signal, &[]).preview(),
        [
            "GET https://api.stripe.com/v1/webhook_endpoints?limit=100",
            "authorization: Bearer ‹env STRIPE_SECRET_KEY›",
            "stripe-version: 2024-06-20",
            "stripe-account: acct_1",
        ]
    );
    // From 30 days ago to two minutes ago.
    let events = "GET https://api.stripe.com/v1/events?delivery_success=false&created%5Bgte%5D=1792679520\
                  &created%5Blte%5D=1795271400&limit=100";
    let answered = [http(200, ENDPOINTS)];
    assert_eq!(url(&signal, &answered), events);
    assert_eq!(asked(&signal, &answered).preview()[1..], asked(&signal, &[]).preview()[1..]);
    assert_eq!(crate::sources::next(&signal, AT, &[http(200, ENDPOINTS), http(200, EVENTS)]), None);
}

#[test]
fn the_span_the_version_and_the_place_are_the_table_s() {
    let signal = super::signal(
        "base_url = \"http://127.0.0.1:9/stripe/\"\nlookback = \"3d\"\nsettle = \"10s\"\nversion = \"2025-01-27\"",
    );
    assert_eq!(
        url(&signal, &[http(200, ENDPOINTS)]),
        "GET http://127.0.0.1:9/stripe/v1/events?delivery_success=false&created%5Bgte%5D=1795012320\
         &created%5Blte%5D=1795271510&limit=100"
    );
    assert_eq!(asked(&signal, &[]).preview()[2], "stripe-version: 2025-01-27");
}

#[test]
fn what_is_no_id_is_no_cursor() {
    let signal = signal("");
    for id in ["", "we_1&limit=1", "wé", &"x".repeat(5000)] {
        let asked = url(&signal, &[page(&[endpoint(id)], true)]);
        assert!(asked.contains("/v1/events?") && !asked.contains("starting_after"), "{asked}");
    }
}

#[test]
fn pages_are_followed_by_the_last_id_while_there_are_more() {
    let signal = signal("");
    let mut answered = vec![page(&[endpoint("we_1"), endpoint("we_2")], true)];
    assert_eq!(
        url(&signal, &answered),
        "GET https://api.stripe.com/v1/webhook_endpoints?limit=100&starting_after=we_2"
    );
    answered.push(page(&[endpoint("we_3")], false));
    assert!(!url(&signal, &answered).contains("starting_after"));
    answered.push(page(&[event("evt_2", HOUR)], true));
    assert!(url(&signal, &answered).ends_with("&limit=100&starting_after=evt_2"));
    answered.push(page(&[event("evt_1", 2 * HOUR), event("evt_2", HOUR)], false));
    assert_eq!(crate::sources::next(&signal, AT, &answered), None);
    let read = crate::sources::read(&signal, AT, &answered);
    assert_eq!(
        read.detail, "2 undelivered · oldest 2h00 · gives up 2d · 20.00 EUR at stake",
        "what came twice is one"
    );
    assert_eq!(read.body.as_deref().unwrap()["endpoints"], json!(3));
}

#[test]
fn a_list_that_never_ends_ends_and_says_so() {
    let signal = signal("");
    let mut answered = vec![list(&[endpoint("we_1")])];
    let mut count = 0;
    while crate::sources::next(&signal, AT, &answered).is_some() {
        let rows: Vec<Value> =
            (0..100).map(|row| event(&format!("evt_{count}_{row}"), HOUR + count)).collect();
        answered.push(page(&rows, true));
        count += 1;
    }
    assert_eq!(count, 5);
    let read = crate::sources::read(&signal, AT, &answered);
    assert_eq!(read.detail, "500+ undelivered · oldest 1h00+ · gives up 2d · 5,000.00 EUR at stake");
    assert_eq!(read.body.as_deref().unwrap()["more"], json!(true));
    assert_eq!(read.entries.len(), crate::domain::entry::MOST);
    assert!(read.entries.iter().any(|entry| entry.key == "we_1"), "endpoints keep their rows");
}

#[test]
fn a_cursor_that_stands_still_ends() {
    let signal = signal("");
    let same = page(&[event("evt_1", HOUR)], true);
    let read = poll(&signal, &[list(&[endpoint("we_1")]), same.clone(), same]);
    assert_eq!(read.detail, "1+ undelivered · oldest 1h00+ · gives up 2d · 10.00 EUR at stake");
    let empty = page(&[], true);
    assert_eq!(crate::sources::next(&signal, AT, &[list(&[endpoint("we_1")]), empty]), None);
}

#[test]
fn a_fault_ends_the_poll_and_half_a_list_is_no_answer() {
    let signal = signal("");
    let first = page(&[event("evt_1", HOUR)], true);
    let answered = [list(&[endpoint("we_1")]), first, http(500, "{}")];
    assert_eq!(crate::sources::next(&signal, AT, &answered), None);
    let read = crate::sources::read(&signal, AT, &answered);
    assert_eq!((read.health, read.reason), (Health::Blind, Some(Reason::Status)));
    assert_eq!(crate::sources::read(&signal, AT, &answered[..2]).health, Health::Blind);
    assert_eq!(crate::sources::read(&signal, AT, &answered[..1]).health, Health::Blind);
}

#[test]
fn a_refusal_is_blind_in_stripe_s_words() {
    let signal = signal("");
    let said = |status: u16, body: &str| {
        let read = poll(&signal, &[http(200, ENDPOINTS), http(status, body)]);
        assert_eq!(read.health, Health::Blind);
        (read.reason.unwrap(), read.detail, read.retry_after)
    };
    let scope = r#"{"error":{"type":"invalid_request_error","message":"The provided key 'rk_live_*********************1234'
        does not have the required permissions for this endpoint on account 'acct_1'. Having the 'rak_event_read'
        permission would allow this request to continue."}}"#
        .replace('\n', " ");
    assert_eq!(said(403, &scope), (Reason::Auth, "403: the key lacks rak_event_read".to_owned(), None));
    let invalid = r#"{"error":{"message":"Invalid API Key provided: sk_test_****1234"}}"#;
    assert_eq!(said(401, invalid).1, "401: Invalid API Key provided: sk_test_****1234");
    assert_eq!(said(404, ERROR_404).1, "404: No such notification: 'evt_1Qgone'");
    assert_eq!(said(429, ERROR_429), (Reason::Limit, "429: Request rate limit exceeded.".to_owned(), None));
    let hidden = said(200, r#"{"error":{"message":"try again later"}}"#);
    assert_eq!((hidden.0, hidden.1.as_str()), (Reason::Body, "an error in a good reply: try again later"));
    assert_eq!(said(200, r#"{"object":"list"}"#).1, "data: it is not there");
    let place = said(200, r#"{"data":[{"id":"evt_1","type":"a","created":"soon","livemode":true}]}"#);
    assert!(place.0 == Reason::Body && place.1.starts_with("data[0].created: not a time"), "{place:?}");
}

#[test]
fn what_is_wrong_with_the_table_is_said_with_its_place() {
    let codes = |toml: &str| -> Vec<&'static str> {
        let (_, found) = plan_with("stripe", toml);
        assert!(found.iter().all(|one| one.line == 2), "{found:?}");
        found.iter().map(|one| one.code).collect()
    };
    let key = "key = { env = \"K\" }\n";
    assert_eq!(codes("key = \"rk_live_1\""), [""; 0]);
    assert_eq!(codes("key = \"pk_live_1\""), ["bad-key"]);
    assert_eq!(codes("key = \"sk_test_1\"\nmode = \"live\""), ["wrong-mode"]);
    assert_eq!(codes(&format!("{key}lookback = \"31d\"")), ["out-of-range"]);
    assert_eq!(codes(&format!("{key}lookback = \"30d\"")), [""; 0]);
    assert_eq!(codes(&format!("{key}settle = \"61m\"")), ["out-of-range"]);
    assert_eq!(codes(&format!("{key}lookback = \"5m\"\nsettle = \"5m\"")), ["out-of-range"]);
    assert_eq!(codes(&format!("{key}account = \"acct_1&x=y\"")), ["bad-id"]);
    assert_eq!(codes(&format!("{key}version = \"a b\"")), ["bad-version"]);
    assert_eq!(codes(&format!("{key}timeout = \"31s\"")), ["timeout-exceeds-interval"]);
    assert_eq!(codes(&format!("{key}ok = \"status == 200\"")), ["bad-condition"]);
}

#[test]
fn a_plain_key_tells_its_mode() {
    let (signals, _) = plan_with("stripe", "key = \"rk_test_1\"");
    let read = crate::sources::read(&signals[0], AT, &[list(&[endpoint("we_1")]), list(&[])]);
    assert_eq!(read.detail, "we_1 is of live mode and TEST mode is configured");
}
