//! What becomes of a delivery in the console: how long it is listed, what it says, and that a running loop hears it.

use std::time::Duration;

use midwatch::app::{Msg, update};
use midwatch::config::{self, Layer};
use midwatch::domain::entry::Entry;
use midwatch::domain::io::SecretSource;
use midwatch::domain::reading::{Health, Reading};
use midwatch::domain::time::Timestamp;
use midwatch::io::{Io, IoOptions};
use midwatch::runtime::{Engine, Listener, Queue};
use midwatch::state::{Environment, JournalState, Model, Plan, Watch};
use serde_json::json;
use tempfile::TempDir;

use crate::host::{EVERYBODY, alert, filled, free, mac, post, runtime};

const START: Timestamp = Timestamp::from_millis(1_795_271_520_000);

/// A console that has just been opened on these signals.
fn model(text: &str) -> Model {
    let home = TempDir::new().unwrap();
    let signals = crate::host::signals(&filled(text, home.path(), free()));
    let environment = Environment {
        console: "shop".into(),
        environment: "production".into(),
        starts_locked: false,
        arm_for: Duration::from_secs(600),
        operator: "ann".into(),
        read_only: None,
        banner: None,
    };
    let mut model = Model::new(Plan::new(environment, signals, Vec::new()), Watch::default());
    model.feed.journal = JournalState::Unkept;
    update(&mut model, START, Msg::Opened { version: "1".into() });
    model
}

fn index(model: &Model, signal: &str) -> usize {
    model.plan.signals.iter().position(|known| known.id.as_str() == signal).unwrap()
}

fn later(minutes: u64) -> Timestamp {
    START.plus(Duration::from_secs(minutes * 60))
}

fn push(model: &mut Model, signal: &str, at: Timestamp, entries: &[(&str, Health)]) {
    let entries = entries.iter().map(|(key, health)| Entry::new(*key, *health, "sent", *key)).collect();
    let signal = index(model, signal);
    update(model, at, Msg::Pushed { signal, entries });
}

fn keys(model: &Model, signal: &str) -> Vec<String> {
    let listing = model.feed.signals[index(model, signal)].listing.as_ref();
    listing.map(|listing| listing.entries.iter().map(|entry| entry.key.clone()).collect()).unwrap_or_default()
}

fn last<'a>(model: &'a Model, signal: &str) -> &'a Reading {
    model.feed.signals[index(model, signal)].last.as_ref().expect("a reading")
}

/// Tells the time every ten seconds up to `end`.
fn wait(model: &mut Model, from: Timestamp, end: Timestamp) {
    let mut now = from;
    while now < end {
        now = now.plus(Duration::from_secs(10));
        update(model, now, Msg::Tick);
    }
}

#[test]
fn what_was_sent_is_listed_from_when_it_came_and_not_from_when_it_happened() {
    let mut model = model(EVERYBODY);
    let mut entry = Entry::new("evt_1", Health::Degraded, "received", "payment failed");
    // Stripe has tried for two days.
    entry.at = Some(START.minus(Duration::from_secs(2 * 24 * 3600)));
    let stripe = index(&model, "stripe-pushed");
    update(&mut model, START, Msg::Pushed { signal: stripe, entries: vec![entry] });
    assert_eq!(keys(&model, "stripe-pushed"), ["evt_1"]);
    assert_eq!(last(&model, "stripe-pushed").health, Health::Degraded);
    assert_eq!(last(&model, "stripe-pushed").detail, "1 open of 1 in 15m, 0s ago");
    wait(&mut model, START, later(14));
    assert_eq!(keys(&model, "stripe-pushed"), ["evt_1"]);
    wait(&mut model, later(14), later(16));
    assert_eq!(keys(&model, "stripe-pushed"), [""; 0]);
    assert_eq!(last(&model, "stripe-pushed").detail, "nothing was sent in 15m");
    assert_eq!(last(&model, "stripe-pushed").health, Health::Ok);
}

#[test]
fn every_secret_of_a_sender_is_known_before_anything_is_sent() {
    let home = TempDir::new().unwrap();
    let text = filled(EVERYBODY, home.path(), free()).replacen(
        &format!("file = \"{}\"", home.path().join("secret").display()),
        "env = \"CLIENT_SECRET\"",
        1,
    );
    let layer = Layer { name: "midwatch.toml".into(), text, base: "/".into() };
    let settings = config::load(&[layer], &[]).settings.unwrap();
    let file = SecretSource::File(home.path().join("secret"));
    let mut known = settings.secrets;
    known.sort();
    assert_eq!(known, [SecretSource::Env("CLIENT_SECRET".into()), file], "each once");
}

#[test]
fn an_alert_fires_until_it_is_resolved_or_for_five_hours() {
    let mut model = model(EVERYBODY);
    push(&mut model, "alertmanager", START, &[("resolves", Health::Down), ("stays", Health::Down)]);
    wait(&mut model, START, later(120));
    assert_eq!(keys(&model, "alertmanager"), ["resolves", "stays"], "the order they were sent in");
    push(&mut model, "alertmanager", later(120), &[("resolves", Health::Ok)]);
    assert_eq!(keys(&model, "alertmanager"), ["resolves", "stays"], "it is one alert, as it is now");
    assert_eq!(last(&model, "alertmanager").body.as_ref().unwrap()["open"], json!(1));
    wait(&mut model, later(120), later(136));
    assert_eq!(keys(&model, "alertmanager"), ["stays"]);
    // Said again it fires for five hours more.
    push(&mut model, "alertmanager", later(240), &[("stays", Health::Down)]);
    wait(&mut model, later(240), later(539));
    assert_eq!(keys(&model, "alertmanager"), ["stays"]);
    wait(&mut model, later(539), later(541));
    assert_eq!(keys(&model, "alertmanager"), [""; 0]);
}

#[test]
fn what_was_refused_is_said_and_counted() {
    let mut model = model(EVERYBODY);
    let signal = index(&model, "sentry-pushed");
    update(&mut model, START, Msg::TurnedAway { signal, count: 12 });
    assert_eq!(last(&model, "sentry-pushed").detail, "nothing was sent in 15m · 12 refused");
    assert_eq!(last(&model, "sentry-pushed").health, Health::Ok, "who is not let in says nothing");
    update(&mut model, START, Msg::TurnedAway { signal, count: u64::MAX });
    push(&mut model, "sentry-pushed", START, &[("a", Health::Down)]);
    let wanted = json!({ "received": 1, "open": 1, "listed": 1, "refused": u64::MAX });
    assert_eq!(last(&model, "sentry-pushed").body.as_deref(), Some(&wanted));
    // A place that is none changes nothing.
    update(&mut model, START, Msg::TurnedAway { signal: 99, count: 1 });
    update(&mut model, START, Msg::Pushed { signal: 99, entries: Vec::new() });
}

#[test]
fn a_clock_that_is_set_moves_what_was_sent() {
    let mut model = model(EVERYBODY);
    push(&mut model, "stripe-pushed", START, &[("evt_1", Health::Down)]);
    let hour = 3_600_000;
    update(&mut model, later(60), Msg::ClockStepped { by_millis: hour });
    wait(&mut model, later(60), later(70));
    assert_eq!(keys(&model, "stripe-pushed"), ["evt_1"], "ten minutes went by");
    wait(&mut model, later(70), later(76));
    assert_eq!(keys(&model, "stripe-pushed"), [""; 0]);
}

#[test]
fn a_console_that_looks_on_is_not_sent_to_and_says_so() {
    let mut model = model(EVERYBODY);
    model.feed.journal = JournalState::ReadOnly("another console writes".into());
    update(&mut model, later(1), Msg::Tick);
    let read = last(&model, "alertmanager");
    assert_eq!(read.health, Health::Blind);
    assert!(read.detail.contains("the console that writes"), "{}", read.detail);
}

#[test]
fn a_running_loop_hears_what_was_sent_and_what_was_refused() {
    let home = TempDir::new().unwrap();
    let text = filled(EVERYBODY, home.path(), free());
    let mut model = model(EVERYBODY);
    let signals = crate::host::signals(&text);
    model.plan = Plan::new(model.plan.environment.clone(), signals, Vec::new());
    let signal = index(&model, "sentry-pushed");
    runtime().block_on(async {
        let mut engine = Engine::new(model, Io::new(IoOptions::default()).unwrap(), None, Queue::default());
        let listener = Listener::open(&engine.model.plan.signals, engine.io(), engine.deliveries()).await;
        let listener = listener.unwrap().unwrap();
        let address = listener.address();
        let sending = tokio::task::spawn_blocking(move || {
            let body = alert("8b1c4e7f0a2d4c56b3e89f0d12345678", "billing broke").to_string().into_bytes();
            let signature = hex::encode(mac(&[&body]));
            let good =
                [("sentry-hook-resource", "event_alert"), ("sentry-hook-signature", signature.as_str())];
            let statuses =
                [post(address, "/sentry", &good, &body), post(address, "/sentry", &good[..1], &body)];
            statuses.map(|answer| answer.status)
        });
        let heard = |model: &Model| {
            let feed = &model.feed.signals[signal];
            feed.listing.as_ref().is_some_and(|listing| listing.entries.len() == 1) && feed.turned_away == 1
        };
        tokio::time::timeout(Duration::from_secs(20), engine.run_until(heard)).await.expect("it is heard");
        assert_eq!(sending.await.unwrap(), [200, 401]);
        assert!(last(&engine.model, "sentry-pushed").detail.ends_with(" · 1 refused"));
        // The first is told at once, those that follow with a second between.
    });
}
