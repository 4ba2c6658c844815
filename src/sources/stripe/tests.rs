//! What is asked of Stripe, and what is made of its answers.

mod asking;
mod money;
mod offers;
mod push;

use serde_json::{Value, json};

use crate::domain::entry::Entry;
use crate::domain::io::{IoReply, Reason};
use crate::domain::reading::{Health, Reading};
use crate::domain::signal::Signal;
use crate::domain::time::Timestamp;
use crate::sources::conformance::{self, AT, http, plan_one};

const ENDPOINTS: &str = include_str!("fixtures/webhook_endpoints.json");
const EVENTS: &str = include_str!("fixtures/events.json");

const HOUR: i64 = 3600;
/// The endpoint of most tests.
const SUBSCRIBED: i64 = 1_760_000_000;

fn signal(more: &str) -> Signal {
    plan_one("stripe", &format!("key = {{ env = \"STRIPE_SECRET_KEY\" }}\n{more}"))
}

fn now() -> i64 {
    AT.millis() / 1000
}

/// A live, enabled endpoint that takes everything.
fn endpoint(id: &str) -> Value {
    json!({
        "id": id, "object": "webhook_endpoint", "created": SUBSCRIBED, "enabled_events": ["*"],
        "livemode": true, "status": "enabled", "url": format!("https://{}.example.com/hook", id.replace('_', "-")),
    })
}

/// A live event of so many seconds ago, one delivery of it pending.
fn event(id: &str, ago: i64) -> Value {
    json!({
        "id": id, "object": "event", "type": "invoice.paid", "created": now() - ago, "livemode": true,
        "pending_webhooks": 1, "request": null,
        "data": { "object": { "id": format!("in_{id}"), "object": "invoice", "amount_due": 1000, "currency": "eur" } },
    })
}

fn with(mut value: Value, key: &str, to: impl Into<Value>) -> Value {
    value[key] = to.into();
    value
}

fn list(rows: &[Value]) -> IoReply {
    http(200, &json!({ "object": "list", "has_more": false, "data": rows }).to_string())
}

fn read(more: &str, endpoints: &[Value], events: &[Value]) -> Reading {
    crate::sources::read(&signal(more), AT, &[list(endpoints), list(events)])
}

fn health(endpoints: &[Value], events: &[Value]) -> Health {
    read("", endpoints, events).health
}

fn recorded() -> Reading {
    crate::sources::read(&signal(""), AT, &[http(200, ENDPOINTS), http(200, EVENTS)])
}

fn entry<'a>(read: &'a Reading, key: &str) -> &'a Entry {
    read.entries.iter().find(|entry| entry.key == key).unwrap_or_else(|| panic!("no {key} in {read:?}"))
}

fn fact<'a>(entry: &'a Entry, label: &str) -> Vec<&'a str> {
    entry.facts.iter().filter(|(known, _)| *known == label).map(|(_, text)| text.as_str()).collect()
}

#[test]
fn the_board_says_how_many_how_old_until_when_and_how_much() {
    let read = recorded();
    assert_eq!((read.health, read.reason), (Health::Down, None));
    assert_eq!(
        read.detail,
        "4 undelivered · 1 endpoint disabled · oldest 2d 3h · gives up 21h · 1,204.50 EUR at stake"
    );
    let body = read.body.as_deref().unwrap();
    assert_eq!(
        *body,
        json!({
            "undelivered": 4, "more": false, "oldest_hours": 51.0, "newest": (now() - 3 * HOUR) * 1000,
            "gives_up_hours": 21.0, "given_up": 0, "amounts": { "eur": 1204.5 },
            "types": {
                "charge.failed": 1, "checkout.session.completed": 1, "customer.subscription.updated": 1,
                "invoice.payment_failed": 1,
            },
            "by_endpoint": { "we_1Nbilling": 4, "we_1Nledger": 2, "we_1Nold": 1 },
            "endpoints": 3, "endpoints_disabled": 1, "livemode": true,
        })
    );
}

#[test]
fn a_row_an_event_oldest_first_between_sick_endpoints_and_well_ones() {
    let read = recorded();
    let keys: Vec<&str> = read.entries.iter().map(|entry| entry.key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "we_1Nold",
            "evt_1Qinvoice",
            "evt_1Qcharge",
            "evt_1Qsub",
            "evt_1Qdone",
            "we_1Nbilling",
            "we_1Nledger"
        ]
    );
    let invoice = entry(&read, "evt_1Qinvoice");
    assert_eq!((invoice.title.as_str(), invoice.state.as_str()), ("invoice.payment_failed", "retrying"));
    assert_eq!(
        (invoice.health, invoice.at),
        (Health::Down, Some(Timestamp::from_millis((now() - 51 * HOUR) * 1000)))
    );
    let cells: Vec<(&str, &str)> = invoice.cells.iter().map(|(head, text)| (*head, text.as_str())).collect();
    assert_eq!(
        cells,
        [("ENDPOINT", "we_1Nbilling +2"), ("AGE", "2d 3h"), ("PENDING", "1"), ("AMOUNT", "1,200.00 EUR")]
    );
    assert_eq!(fact(invoice, "retries"), ["Stripe stops trying in 21h"]);
    assert_eq!(fact(invoice, "listed"), ["for 27d more, then it cannot be replayed"]);
    assert_eq!(fact(invoice, "about"), ["invoice in_1Qmw"]);
    assert_eq!(fact(invoice, "request"), ["req_MW1"]);
    assert_eq!(
        fact(invoice, "endpoint"),
        [
            "we_1Nbilling app.example.com/api/billing/webhook: can be sent it",
            "we_1Nold old.example.com/hook: disabled",
            "we_1Nledger ledger.example.com/stripe: subscribed after it",
        ]
    );
    assert!(invoice.body.contains(&"  \"amount_due\": 120000,".to_owned()), "{:?}", invoice.body);
    assert_eq!(invoice.link.as_deref(), Some("https://dashboard.stripe.com/events/evt_1Qinvoice"));
    assert!(invoice.tags.is_empty());
    let done = entry(&read, "evt_1Qdone");
    assert_eq!((done.health, fact(done, "idempotency key")), (Health::Degraded, vec!["cart-77"]));
    let subscription = entry(&read, "evt_1Qsub");
    assert_eq!(fact(subscription, "request"), ["none: Stripe did it by itself"]);
    assert_eq!(fact(subscription, "changed"), ["status"]);
}

#[test]
fn an_endpoint_s_row_shows_its_debt_and_no_secret_of_its_url() {
    let read = recorded();
    let old = entry(&read, "we_1Nold");
    assert_eq!((old.health, old.state.as_str()), (Health::Down, "disabled"));
    let billing = entry(&read, "we_1Nbilling");
    assert_eq!((billing.health, billing.state.as_str()), (Health::Degraded, "enabled"));
    assert_eq!(billing.cells[2..], [("PENDING", "4".to_owned()), ("AMOUNT", "1,204.50 EUR".to_owned())]);
    assert_eq!(entry(&read, "we_1Nledger").title, "ledger.example.com/stripe – the ledger");
    let shown = format!("{:?}", read.entries);
    assert!(!shown.contains("s3cr3t") && !shown.contains("hook:pass"), "{shown}");
}

#[test]
fn health_turns_at_its_boundaries() {
    let well = [endpoint("we_1")];
    assert_eq!(health(&well, &[]), Health::Ok);
    assert_eq!(health(&well, &[event("evt_1", 48 * HOUR - 1)]), Health::Degraded);
    assert_eq!(health(&well, &[event("evt_1", 48 * HOUR)]), Health::Down, "Stripe gives up within 24 h");
    let events = |count: i64| (0..count).map(|id| event(&format!("evt_{id}"), HOUR + id)).collect::<Vec<_>>();
    assert_eq!(health(&well, &events(9)), Health::Degraded);
    assert_eq!(health(&well, &events(10)), Health::Down, "there are ten");
    assert_eq!(read("most = 11", &well, &events(10)).health, Health::Degraded);
    let shut = with(endpoint("we_2"), "status", "disabled");
    let both = [endpoint("we_1"), shut.clone()];
    assert_eq!(health(&both, &[]), Health::Degraded, "one is disabled, and owed nothing");
    assert_eq!(health(&both, &events(1)), Health::Down, "one is disabled, and owed something");
    assert_eq!(health(&[shut], &[]), Health::Down, "nobody is sent anything");
    let read = read("", &[], &[]);
    assert_eq!((read.health, read.reason), (Health::Blind, Some(Reason::Body)), "no data is no success");
}

#[test]
fn giving_up_is_a_moment() {
    let well = [endpoint("we_1")];
    let before = read("", &well, &[event("evt_1", 72 * HOUR - 60)]);
    assert_eq!(before.detail, "1 undelivered · oldest 2d 23h · gives up 1m · 10.00 EUR at stake");
    let then = read("", &well, &[event("evt_1", 72 * HOUR), event("evt_2", HOUR)]);
    assert_eq!(then.detail, "2 undelivered · oldest 3d 0h · 1 given up · 20.00 EUR at stake");
    let gone = entry(&then, "evt_1");
    assert_eq!((gone.state.as_str(), gone.health), ("gave up", Health::Down));
    assert_eq!(fact(gone, "retries"), ["Stripe stopped trying 0s ago"]);
    let body = then.body.as_deref().unwrap();
    assert_eq!((&body["gives_up_hours"], &body["given_up"]), (&json!(0.0), &json!(1)));
    let none = read("", &well, &[]);
    let body = none.body.as_deref().unwrap();
    assert_eq!(
        (&body["gives_up_hours"], &body["newest"], &body["oldest_hours"]),
        (&json!(72.0), &json!(0), &json!(0.0))
    );
    assert_eq!(none.detail, "0 undelivered · 1 endpoint");
}

#[test]
fn what_nobody_should_have_got_is_listed_and_alarms_nobody() {
    let picky = with(endpoint("we_1"), "enabled_events", json!(["charge.failed"]));
    let late = with(endpoint("we_2"), "created", now() - HOUR);
    let read = read("", &[picky, late], &[event("evt_1", 80 * HOUR)]);
    assert_eq!(read.health, Health::Degraded, "{}", read.detail);
    let lost = entry(&read, "evt_1");
    assert_eq!((lost.state.as_str(), lost.health), ("no endpoint", Health::Degraded));
}

#[test]
fn a_disabled_endpoint_has_its_row_however_many_there_are() {
    let mut rows: Vec<Value> = (100..150)
        .map(|number| with(endpoint(&format!("we_{number}")), "enabled_events", json!(["charge.failed"])))
        .collect();
    rows.push(with(endpoint("we_last"), "status", "disabled"));
    let read = read("", &rows, &[event("evt_1", HOUR)]);
    assert_eq!((read.health, read.entries.len()), (Health::Down, 41));
    assert_eq!(read.entries[0].key, "we_last");
    let stranded = &read.entries[1];
    assert_eq!((stranded.state.as_str(), stranded.health), ("endpoint disabled", Health::Down));
}

#[test]
fn test_mode_is_told_apart() {
    let endpoint = with(endpoint("we_1"), "livemode", false);
    let event = with(event("evt_1", 50 * HOUR), "livemode", false);
    let read = read("", std::slice::from_ref(&endpoint), std::slice::from_ref(&event));
    assert_eq!(read.health, Health::Degraded, "the three days are live mode's");
    assert_eq!(read.detail, "TEST · 1 undelivered · oldest 2d 2h · 10.00 EUR at stake");
    let shown = entry(&read, "evt_1");
    assert_eq!((shown.tags.as_slice(), fact(shown, "mode")), (["TEST".to_owned()].as_slice(), vec!["TEST"]));
    assert_eq!(shown.link.as_deref(), Some("https://dashboard.stripe.com/test/events/evt_1"));
    assert_eq!(fact(shown, "retries"), ["in test mode Stripe tries three times within a few hours"]);
    assert_eq!(entry(&read, "we_1").tags, ["TEST"]);
    assert_eq!(read.body.as_deref().unwrap()["livemode"], json!(false));

    let other = self::read("mode = \"live\"", &[endpoint], &[event]);
    assert_eq!((other.health, other.reason), (Health::Blind, Some(Reason::Body)));
    assert_eq!(other.detail, "we_1 is of TEST mode and live mode is configured");
}

#[test]
fn an_ignored_endpoint_counts_for_nothing() {
    let shut = with(endpoint("we_old"), "status", "disabled");
    let picky = with(endpoint("we_1"), "enabled_events", json!(["charge.failed"]));
    let rows = [shut, picky];
    assert_eq!(health(&rows, &[event("evt_1", HOUR)]), Health::Down);
    let read = read("ignore = [\"we_old\"]", &rows, &[event("evt_1", HOUR)]);
    assert_eq!((read.health, read.detail.as_str()), (Health::Ok, "0 undelivered · 1 endpoint"));
    let old = entry(&read, "we_old");
    assert_eq!(
        (old.health, old.tags.as_slice(), old.offers.len()),
        (Health::Ok, ["ignored".to_owned()].as_slice(), 0)
    );
}

#[test]
fn the_table_s_own_conditions_come_first() {
    let events = [event("evt_1", 60 * HOUR)];
    let read = |more: &str| read(more, &[endpoint("we_1")], &events).health;
    assert_eq!(read("ok = \"body.undelivered < 5\""), Health::Ok);
    assert_eq!(read("ok = \"body.amounts.eur < 5\""), Health::Down);
    assert_eq!(read("ok = \"body.undelivered < 5\"\ndegraded = \"body.given_up == 0\""), Health::Degraded);
}

#[test]
fn it_survives_whatever_comes() {
    conformance::survives(&signal(""), &[ENDPOINTS, EVENTS]);
    conformance::survives(&signal("mode = \"live\"\nignore = [\"we_1Nold\"]"), &[ENDPOINTS, EVENTS]);
}
