//! What is done to entries: exact calls, read back; a canary and the rest; nothing after the first failure.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use midwatch::app::Effect;
use midwatch::domain::board::Board;
use midwatch::domain::command::Command;
use midwatch::domain::fact::Fact;
use midwatch::domain::io::{IoReply, IoRequest, Value};
use midwatch::domain::press::Press;
use midwatch::domain::reading::Health;
use midwatch::state::{Dialog, Focus, RunState, Watch};
use serde_json::json;

use crate::world::{START, World, replay, status};

const CONFIG: &str = r#"
[console]
name = "shop"
environment = "production"
operator = "ann"

[stripe]
key = { env = "STRIPE_SECRET_KEY" }
base_url = "https://stripe.example.com"
every = "30s"

[[alert]]
name = "payments-stuck"
signal = "stripe"
when = "body.undelivered > 4"
"#;

/// Stripe's side: events that wait, and an endpoint that takes them or does not.
#[derive(Default)]
struct Stripe {
    /// Event to when it arose, in seconds.
    waiting: BTreeMap<String, i64>,
    /// Events that the endpoint does not take, however often they are sent.
    refused: Vec<String>,
    /// When the endpoint subscribed.
    subscribed: i64,
    /// What was sent again, in order, and with which key.
    retried: Vec<(String, String)>,
    /// Whether the API answers at all.
    gone: bool,
}

impl Stripe {
    fn event(&self, id: &str, created: i64) -> serde_json::Value {
        json!({
            "id": id, "object": "event", "type": "invoice.payment_failed", "created": created,
            "livemode": true, "pending_webhooks": i32::from(self.waiting.contains_key(id)),
            "data": { "object": { "id": "in_1", "object": "invoice", "amount_due": 1200, "currency": "eur" } },
        })
    }

    fn answer(&mut self, request: &IoRequest) -> Option<IoReply> {
        let IoRequest::Http(http) = request else { panic!("{request:?}") };
        if self.gone {
            return None;
        }
        let path = http.url.strip_prefix("https://stripe.example.com").expect("the configured base");
        let good = |body: &serde_json::Value| Some(status(200, &body.to_string()));
        if path.starts_with("/v1/webhook_endpoints") {
            return good(&json!({ "object": "list", "has_more": false, "data": [{
                "id": "we_1", "object": "webhook_endpoint", "url": "https://shop.example.com/hook",
                "status": "enabled", "enabled_events": ["*"], "livemode": true, "created": self.subscribed,
            }] }));
        }
        if let Some(event) = path.strip_prefix("/v1/events/") {
            if let Some(event) = event.strip_suffix("/retry") {
                assert_eq!(http.method, "POST");
                assert_eq!(
                    http.body,
                    Some(Value::Plain("webhook_endpoint=we_1".into())),
                    "always the endpoint"
                );
                let key = http.headers.iter().find(|(name, _)| name == "idempotency-key").expect("a key");
                self.retried.push((event.to_owned(), key.1.to_string()));
                let created = self.waiting.get(event).copied().unwrap_or(0);
                if !self.refused.iter().any(|refused| refused == event) {
                    self.waiting.remove(event);
                }
                return good(&self.event(event, created));
            }
            let created = self.waiting.get(event).copied().unwrap_or(0);
            return good(&self.event(event, created));
        }
        let mut events: Vec<_> = self.waiting.iter().map(|(id, created)| self.event(id, *created)).collect();
        events.sort_by_key(|event| -event["created"].as_i64().unwrap());
        good(&json!({ "object": "list", "has_more": false, "data": events }))
    }
}

struct Night {
    world: World,
    stripe: Rc<RefCell<Stripe>>,
}

/// `count` events that wait, an hour old and older, and a console that has seen them, armed.
fn night(count: usize) -> Night {
    night_with(count, |_| {})
}

fn night_with(count: usize, set: impl FnOnce(&mut Stripe)) -> Night {
    let hour_ago = START.millis() / 1000 - 3600;
    let waiting = (0..count)
        .map(|n| (format!("evt_{n}"), hour_ago - i64::try_from(n).unwrap() * 60))
        .collect::<BTreeMap<_, _>>();
    let mut side = Stripe { waiting, ..Stripe::default() };
    set(&mut side);
    let stripe = Rc::new(RefCell::new(side));
    let mut world = World::new(CONFIG, &[], Watch::default());
    let side = Rc::clone(&stripe);
    world.vendor = Some(Box::new(move |request| side.borrow_mut().answer(request)));
    world.open();
    world.resize(120, 40);
    world.wait(60);
    world.command(Command::Arm);
    world.command(Command::FocusBoard(Board::Payments));
    Night { world, stripe }
}

impl Night {
    /// Chooses `offer` of the entry under the cursor, up to its confirmation.
    fn choose(&mut self, offer: &str) {
        self.world.key("x");
        let Some(Dialog::Operate { entry, .. }) = &self.world.model.ui.dialog else {
            panic!("{}", self.world.screen())
        };
        let at = entry.offers.iter().position(|known| known.name == offer).expect("an offer of that name");
        for _ in 0..at {
            self.world.key("down");
        }
        self.world.key("enter");
    }

    /// Reads the confirmation to its end and says yes.
    fn agree(&mut self) {
        for _ in 0..20 {
            self.world.press(Press::PageDown);
        }
        self.world.press(Press::Char('y'));
    }

    fn retried(&self) -> Vec<String> {
        self.stripe.borrow().retried.iter().map(|(event, _)| event.clone()).collect()
    }
}

#[test]
fn the_canary_goes_first_and_the_rest_oldest_first_five_a_second() {
    let mut night = night(6);
    night.choose("replay-all");
    assert!(night.world.sees("the canary"), "{}", night.world.screen());
    assert!(night.retried().is_empty(), "nothing leaves before it is agreed to");
    night.agree();
    assert_eq!(night.retried(), ["evt_0"], "the canary alone");
    night.world.wait(1);
    assert_eq!(night.retried()[..2], ["evt_0", "evt_5"], "then the oldest");
    night.world.wait(2);
    assert_eq!(night.retried(), ["evt_0", "evt_5", "evt_4", "evt_3", "evt_2", "evt_1"]);
    let sent: Vec<i64> = night
        .world
        .journal
        .iter()
        .filter(|logged| matches!(logged.fact, Fact::RunRequested { .. }))
        .map(|logged| logged.at.millis())
        .collect();
    assert!(sent[1..].windows(2).all(|pair| pair[1] - pair[0] >= 200), "{sent:?}");
    night.world.wait(60);
    let observed = night.world.facts().filter(|fact| matches!(fact, Fact::RunObserved { .. })).count();
    assert_eq!(observed, 6, "a record for each event:\n{:#?}", night.world.told());
    assert!(
        night.world.has_told("6 of 6 done; undelivered events: 6 before, 0 after"),
        "{:#?}",
        night.world.told()
    );
    assert_eq!(night.world.health("stripe"), Some(Health::Ok));
    assert_eq!(replay(&night.world.journal), night.world.model.watch);
}

#[test]
fn nothing_leaves_after_the_first_that_fails() {
    let mut night = night_with(60, |stripe| stripe.refused = vec!["evt_58".into()]);
    night.choose("replay-all");
    night.agree();
    night.world.wait(1);
    assert!(night.world.sees("of 60 done"), "it is due:\n{}", night.world.screen());
    night.world.wait(100);
    let retried = night.retried();
    assert_eq!(retried[..3], ["evt_0", "evt_59", "evt_58"]);
    // What left before the failure could be known is read back; nothing leaves once one is late.
    assert!(retried.len() < 40, "{}", retried.len());
    assert!(night.world.has_told("is not in effect)") || night.world.has_told("was not seen)"));
    assert!(night.world.has_told(&format!("{} of 60 done", retried.len() - 1)), "{:#?}", night.world.told());
    let states: Vec<&RunState> = night.world.model.watch.runs.iter().map(|run| &run.state).collect();
    assert!(states.iter().any(|state| matches!(state, RunState::NotInEffect(_))), "{states:#?}");
    assert!(states.iter().all(|state| !matches!(state, RunState::Unknown(_))), "{states:#?}");
}

#[test]
fn a_canary_that_fails_is_the_only_one() {
    let mut night = night_with(5, |stripe| stripe.refused = vec!["evt_0".into()]);
    night.choose("replay-all");
    night.agree();
    night.world.wait(200);
    assert_eq!(night.retried(), ["evt_0"]);
    assert!(night.world.has_told("NOT IN EFFECT"), "{:#?}", night.world.told());
    assert!(
        night.world.has_told("0 of 5 done; undelivered events: 5 before, 5 after"),
        "{:#?}",
        night.world.told()
    );
}

#[test]
fn it_can_be_stopped_by_hand() {
    let mut night = night(40);
    night.choose("replay-all");
    night.agree();
    night.world.wait(2);
    let sent = night.retried().len();
    assert!((2..40).contains(&sent), "{sent}");
    night.world.keys("4");
    night.world.key("X");
    night.world.wait(30);
    assert_eq!(night.retried().len(), sent, "nothing leaves after it was stopped");
    assert!(night.world.has_told("stopped (by hand)"), "{:#?}", night.world.told());
}

#[test]
fn an_event_from_before_the_subscription_is_refused_with_that_reason() {
    let subscribed = START.millis() / 1000 - 600;
    let mut night = night_with(2, |stripe| stripe.subscribed = subscribed);
    night.world.key("x");
    assert!(night.world.sees("cannot be done: "), "{}", night.world.screen());
    assert!(night.world.sees("subscribed"), "{}", night.world.screen());
    night.world.key("enter");
    assert!(matches!(night.world.model.ui.dialog, Some(Dialog::Operate { .. })), "no request is shown");
    night.world.key("y");
    night.world.wait(5);
    assert!(night.retried().is_empty());
}

#[test]
fn a_locked_console_replays_nothing() {
    let mut night = night(3);
    night.world.command(Command::Disarm);
    night.choose("replay");
    night.agree();
    night.world.wait(5);
    assert!(night.retried().is_empty());
    assert!(night.world.facts().all(|fact| !matches!(fact, Fact::RunRequested { .. })));
}

#[test]
fn a_lock_that_falls_in_between_stops_what_is_left() {
    let mut night = night(60);
    night.choose("replay-all");
    night.agree();
    night.world.wait(2);
    night.world.command(Command::Disarm);
    let sent = night.retried().len();
    night.world.wait(10);
    assert_eq!(night.retried().len(), sent);
    assert!(night.world.has_told("stopped (locked: arm first)"), "{:#?}", night.world.told());
}

#[test]
fn every_confirmation_and_every_event_has_a_key_of_its_own() {
    let mut night = night_with(3, |stripe| stripe.refused = vec!["evt_0".into()]);
    for _ in 0..2 {
        night.choose("replay-all");
        night.agree();
        night.world.wait(100);
    }
    let stripe = night.stripe.borrow();
    let keys: std::collections::BTreeSet<&String> = stripe.retried.iter().map(|(_, key)| key).collect();
    assert_eq!(keys.len(), stripe.retried.len(), "{:?}", stripe.retried);
    assert!(stripe.retried.len() >= 2);
}

#[test]
fn a_console_that_dies_meanwhile_says_so_and_sends_nothing_more() {
    let mut night = night(40);
    night.choose("replay-all");
    night.agree();
    night.world.wait(1);
    let (journal, now) = (night.world.journal.clone(), night.world.now);
    let sent = night.retried().len();
    let mut world = World::new(CONFIG, &[], replay(&journal));
    world.now = now;
    let side = Rc::clone(&night.stripe);
    world.vendor = Some(Box::new(move |request| side.borrow_mut().answer(request)));
    world.open();
    world.wait(60);
    assert_eq!(night.retried().len(), sent);
    assert!(world.has_told("the console ended while it went on"), "{:#?}", world.told());
}

#[test]
fn an_answer_that_is_lost_is_unknown_and_stops_the_rest() {
    let mut night = night(4);
    night.choose("replay-all");
    for _ in 0..20 {
        night.world.press(Press::PageDown);
    }
    night.stripe.borrow_mut().gone = true;
    night.world.press(Press::Char('y'));
    night.world.replies(
        "R-1",
        crate::world::failed(midwatch::domain::io::Reason::Timeout, midwatch::domain::io::Delivery::Unknown),
    );
    assert!(matches!(night.world.run("R-1").state, RunState::Unknown(_)));
    night.stripe.borrow_mut().gone = false;
    night.world.wait(60);
    assert!(night.retried().is_empty());
    assert!(night.world.has_told("R-1 is unknown"), "{:#?}", night.world.told());
}

#[test]
fn the_cursor_stays_on_what_it_was_on_and_a_key_never_acts_on_what_took_its_place() {
    let mut night = night(4);
    night.world.keys("down down");
    let key =
        |night: &Night| night.world.model.ui.entries.get(&Board::Payments).map(|entry| entry.key.clone());
    let chosen = key(&night).expect("an entry");
    night.stripe.borrow_mut().waiting.insert("evt_new".into(), START.millis() / 1000 - 7200);
    night.world.wait(60);
    assert_eq!(key(&night), Some(chosen.clone()));
    night.stripe.borrow_mut().waiting.remove(&chosen);
    night.world.wait(60);
    night.world.key("x");
    assert!(night.world.model.ui.dialog.is_none(), "it is not listed any more:\n{}", night.world.screen());
}

#[test]
fn evidence_is_copied_with_its_source_and_time() {
    let mut night = night(1);
    night.world.key("y");
    let copied = night.world.asked.iter().find_map(|effect| match effect {
        Effect::Copy(text) => Some(text.clone()),
        _ => None,
    });
    let copied = copied.expect("something was copied");
    assert!(copied.contains("evt_0") && copied.contains("source: stripe stripe"), "{copied}");
    assert!(copied.contains("read 2026-11-21T03:1"), "{copied}");
}

#[test]
fn an_alert_over_a_source_is_a_signal_like_others() {
    let mut night = night(6);
    assert_eq!(night.world.health("payments-stuck"), Some(Health::Down));
    night.world.key("1");
    assert_eq!(night.world.model.ui.focus, Focus::Health);
    assert!(night.world.sees("payments-stuck"), "{}", night.world.screen());
    night.stripe.borrow_mut().waiting.clear();
    night.world.wait(90);
    assert_eq!(night.world.health("payments-stuck"), Some(Health::Ok));
    night.stripe.borrow_mut().gone = true;
    night.world.wait(400);
    assert_ne!(night.world.health("payments-stuck"), Some(Health::Down), "no data fires nothing");
}
