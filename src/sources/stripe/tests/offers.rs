//! What can be done, request by request, and what cannot.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::domain::action::Risk;
use crate::domain::condition::{Condition, observe};
use crate::domain::io::IoRequest;
use crate::domain::offer::{ONCE, Offer};

fn offers<'a>(entry: &'a Entry, name: &str) -> Vec<&'a Offer> {
    entry.offers.iter().filter(|offer| offer.name == name).collect()
}

fn holds(condition: &Condition, status: u16, body: &str) -> Option<bool> {
    let (observed, _) = observe(&http(status, body), &[condition]);
    condition.holds(&observed).ok()
}

#[test]
fn a_replay_names_its_endpoint_and_has_a_key_of_its_own() {
    let read = recorded();
    let offer = offers(entry(&read, "evt_1Qsub"), "replay")[0];
    assert_eq!((offer.title.as_str(), offer.risk), ("replay evt_1Qsub to we_1Nbilling", Risk::Change));
    assert_eq!((offer.target.as_str(), offer.refused.as_ref(), offer.calls.len()), ("evt_1Qsub", None, 1));
    assert_eq!(
        offer.calls[0].request.preview(),
        [
            "POST https://api.stripe.com/v1/events/evt_1Qsub/retry",
            "authorization: Bearer ‹env STRIPE_SECRET_KEY›",
            "stripe-version: 2024-06-20",
            "content-type: application/x-www-form-urlencoded",
            &format!("idempotency-key: {ONCE}"),
            "",
            "webhook_endpoint=we_1Nbilling",
        ]
    );
    let keyed = offer.keyed("c1");
    assert_eq!(keyed.calls[0].request.preview()[4], "idempotency-key: c1-evt_1Qsub");
    assert!(offer.about[0].starts_with("LIVE mode: "), "{:?}", offer.about);
    assert!(offer.about[2].ends_with("https://dashboard.stripe.com/events/evt_1Qsub"), "{:?}", offer.about);
    let expect = offer.calls[0].expect.as_ref().unwrap();
    assert_eq!(holds(expect, 200, r#"{"object":"event","id":"evt_1Qsub"}"#), Some(true));
    assert_eq!(holds(expect, 200, r#"{"object":"list"}"#), Some(false));
}

#[test]
fn a_delivery_is_seen_by_one_pending_webhook_less() {
    let read = recorded();
    let check = offers(entry(&read, "evt_1Qdone"), "replay")[0].calls[0].check.as_ref().unwrap();
    assert_eq!(check.request.preview()[0], "GET https://api.stripe.com/v1/events/evt_1Qdone");
    assert_eq!((check.every, check.within), (Duration::from_secs(2), Duration::from_secs(60)));
    assert_eq!(holds(&check.when, 200, r#"{"pending_webhooks":2}"#), Some(false), "as it was");
    assert_eq!(holds(&check.when, 200, r#"{"pending_webhooks":1}"#), Some(true));
    assert_eq!(holds(&check.when, 200, "{}"), None, "nothing is said");
    assert_eq!(holds(&check.when, 500, "{}"), Some(false));
    let fails = check.fails.as_ref().unwrap();
    assert_eq!(
        [404, 200, 500].map(|status| holds(fails, status, "{}")),
        [Some(true), Some(false), Some(false)]
    );
}

#[test]
fn where_none_is_pending_it_must_leave_the_list() {
    let given_up = with(event("evt_1", 80 * HOUR), "pending_webhooks", 0);
    let read = read("", &[endpoint("we_1")], &[given_up]);
    let check = offers(entry(&read, "evt_1"), "replay")[0].calls[0].check.as_ref().unwrap();
    let second = now() - 80 * HOUR;
    assert_eq!(
        check.request.preview()[0],
        format!(
            "GET https://api.stripe.com/v1/events?delivery_success=false&created%5Bgte%5D={second}\
             &created%5Blte%5D={second}&type=invoice.paid&limit=100"
        )
    );
    assert_eq!(holds(&check.when, 200, r#"{"data":[{"id":"evt_1"},{"id":"evt_2"}]}"#), Some(false));
    assert_eq!(holds(&check.when, 200, r#"{"data":[{"id":"evt_2"}]}"#), Some(true));
    assert_eq!(holds(&check.when, 200, r#"{"data":[]}"#), Some(true));
}

#[test]
fn what_is_no_type_narrows_no_list_and_fills_no_sentence() {
    for kind in ["a&limit=1".to_owned(), "é".to_owned(), "x".repeat(100_000)] {
        let odd = with(with(event("evt_1", HOUR), "pending_webhooks", 0), "type", kind);
        let read = read("", &[endpoint("we_1")], &[odd]);
        let offer = offers(entry(&read, "evt_1"), "replay")[0];
        let asked = offer.calls[0].check.as_ref().unwrap().request.preview();
        assert!(asked[0].contains("delivery_success=false") && !asked[0].contains("type="), "{}", asked[0]);
        assert!(offer.about.iter().all(|sentence| sentence.len() < 500), "{:?}", offer.about);
    }
}

#[test]
fn an_event_from_before_the_endpoint_subscribed_is_refused_with_that_reason() {
    let at = now() - HOUR;
    let subscribed = |created: i64| {
        let endpoint = with(endpoint("we_1"), "created", created);
        let read = read("", &[endpoint], &[event("evt_1", HOUR)]);
        offers(entry(&read, "evt_1"), "replay")[0].refused.clone()
    };
    assert_eq!(subscribed(at), None, "in the same second");
    assert_eq!(
        subscribed(at + 1).as_deref(),
        Some("we_1 subscribed at 2026-11-21T13:32:01.000Z, after this event: Stripe would send it nothing")
    );
}

#[test]
fn without_an_endpoint_there_is_no_request() {
    let picky = with(endpoint("we_1"), "enabled_events", json!(["charge.failed"]));
    let test = with(endpoint("we_test"), "livemode", false);
    let read = read("", &[picky, test], &[event("evt_1", HOUR)]);
    let entry = entry(&read, "evt_1");
    assert_eq!(entry.offers.len(), 1);
    assert!(entry.offers[0].calls.is_empty(), "least of all one without an endpoint, or across modes");
    assert_eq!(
        entry.offers[0].refused.as_deref(),
        Some("no endpoint takes invoice.paid in live mode: there is nobody to send it to")
    );
}

#[test]
fn a_disabled_endpoint_is_enabled_first() {
    let read = recorded();
    let refused: Vec<Option<&str>> = offers(entry(&read, "evt_1Qinvoice"), "replay")
        .iter()
        .map(|offer| offer.refused.as_deref())
        .collect();
    assert_eq!(refused[..2], [None, Some("we_1Nold is disabled: re-enable it first")]);
    assert!(refused[2].unwrap().contains("subscribed at 2026-11-20T18:40:00.000Z, after this event"));
    let old = entry(&read, "we_1Nold");
    let enable = offers(old, "enable")[0];
    assert_eq!((enable.title.as_str(), enable.target.as_str()), ("enable we_1Nold", "we_1Nold"));
    let preview = enable.calls[0].request.preview();
    assert_eq!(preview[0], "POST https://api.stripe.com/v1/webhook_endpoints/we_1Nold");
    assert_eq!(preview[3], "content-type: application/x-www-form-urlencoded");
    assert_eq!(preview.last().unwrap(), "disabled=false");
    let check = enable.calls[0].check.as_ref().unwrap();
    assert_eq!(check.request.preview()[0], "GET https://api.stripe.com/v1/webhook_endpoints/we_1Nold");
    assert_eq!(holds(&check.when, 200, r#"{"status":"enabled"}"#), Some(true));
    assert_eq!(holds(&check.when, 200, r#"{"status":"disabled"}"#), Some(false));
    let all = offers(old, "replay-all")[0];
    assert_eq!(all.refused.as_deref(), Some("we_1Nold is disabled: re-enable it first"));
    assert!(offers(entry(&read, "we_1Nbilling"), "enable").is_empty());
}

#[test]
fn all_of_them_are_one_canary_then_the_oldest_first_five_a_second() {
    let read = recorded();
    let all = offers(entry(&read, "we_1Nbilling"), "replay-all")[0];
    assert_eq!(all.title, "replay 4 events to we_1Nbilling");
    let keys: Vec<&str> = all.calls.iter().map(|call| call.key.as_str()).collect();
    assert_eq!(keys, ["evt_1Qdone", "evt_1Qinvoice", "evt_1Qcharge", "evt_1Qsub"]);
    assert_eq!((all.pace, all.target.as_str()), (Duration::from_millis(200), "we_1Nbilling"));
    let tally = all.tally.as_ref().unwrap();
    assert_eq!((tally.what.as_str(), tally.before), ("undelivered events", 4));
    for call in all.calls.iter() {
        let IoRequest::Http(request) = &call.request else { panic!("not HTTP") };
        assert_eq!(request.body.as_ref().unwrap().to_string(), "webhook_endpoint=we_1Nbilling");
        assert!(call.check.is_some() && call.expect.is_some());
    }
    let keyed = all.keyed("c1");
    let mut once: Vec<String> = keyed.calls.iter().map(|call| call.request.preview()[4].clone()).collect();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), 4, "a key for each event: {once:?}");
}

#[test]
fn the_calls_of_all_are_made_once_and_shared() {
    let read = recorded();
    let all = &offers(entry(&read, "we_1Nbilling"), "replay-all")[0].calls;
    for key in ["evt_1Qinvoice", "evt_1Qcharge", "evt_1Qsub", "evt_1Qdone"] {
        let theirs = &offers(entry(&read, key), "replay-all")[0].calls;
        assert!(Arc::ptr_eq(all, theirs), "{key}");
    }
}

#[test]
fn what_all_leaves_out_is_said() {
    let read = recorded();
    let ledger = offers(entry(&read, "we_1Nledger"), "replay-all")[0];
    let keys: Vec<&str> = ledger.calls.iter().map(|call| call.key.as_str()).collect();
    assert_eq!(keys, ["evt_1Qdone", "evt_1Qsub"]);
    assert!(
        ledger.about.contains(&"Left out: 2 from before it subscribed, which it cannot be sent.".to_owned())
    );
    let idle = self::read("", &[endpoint("we_1")], &[]);
    let none = offers(entry(&idle, "we_1"), "replay-all")[0];
    assert_eq!(none.refused.as_deref(), Some("nothing that it should have got is undelivered"));
    assert!(none.calls.is_empty());
}

#[test]
fn a_connected_account_s_event_names_the_account() {
    let theirs = with(event("evt_1", HOUR), "account", "acct_9");
    let read = read("", &[endpoint("we_1")], &[theirs]);
    let preview = offers(entry(&read, "evt_1"), "replay")[0].calls[0].request.preview();
    assert_eq!(preview.last().unwrap(), "webhook_endpoint=we_1&account=acct_9");
}

#[test]
fn an_id_that_is_none_reaches_no_request() {
    for id in ["evt_1') or true or ('", "../../v1/charges", "evt_1&x=y", "evt 1", ""] {
        let read = read("", &[endpoint("we_1")], &[event(id, HOUR), event("evt_ok", 2 * HOUR)]);
        let bad = entry(&read, id);
        let replay = offers(bad, "replay")[0];
        assert!(replay.calls.is_empty(), "{id}");
        assert_eq!(replay.refused.as_deref(), Some("its id cannot stand in a request"));
        let all = offers(entry(&read, "we_1"), "replay-all")[0];
        assert_eq!(all.calls.iter().map(|call| call.key.as_str()).collect::<Vec<_>>(), ["evt_ok"]);
        assert!(all.about.contains(&"Left out: 1 whose id cannot stand in a request.".to_owned()));
    }
}

#[test]
fn of_many_endpoints_some_are_offered_and_the_rest_are_counted() {
    let many: Vec<Value> = (10..20).map(|number| endpoint(&format!("we_{number}"))).collect();
    let read = read("", &many, &[event("evt_1", HOUR)]);
    let shown = entry(&read, "evt_1");
    assert_eq!(offers(shown, "replay").len(), 6);
    assert_eq!(fact(shown, "endpoint").last(), Some(&"4 more take it: see their own rows"));
    assert!(
        offers(shown, "replay")[0]
            .about
            .iter()
            .any(|line| line.contains("does not say which endpoint failed"))
    );
}
