//! The go-live window at its edges: exactly as much as it tolerates, exactly full, a reading and a time-out at the
//! boundary, a laptop that slept, a clock that was set, a console that was killed.

use std::time::Duration;

use midwatch::app::Msg;
use midwatch::domain::entry::Entry;
use midwatch::domain::fact::Fact;
use midwatch::domain::io::Reason;
use midwatch::domain::reading::{Health, Reading};
use midwatch::domain::time::Timestamp;
use midwatch::domain::window::{Deed, Gate, GateState, Verdict};
use midwatch::state::window::{Clock, MarkKind, lacks, view};
use midwatch::state::{JournalState, Watch};

use crate::world::{Answer, World, replay};

pub const SIGNALS: &str = r#"
[console]
name = "bookshop"
operator = "ann"
environment = "staging"

[[health]]
name = "web"
url = "https://shop.example.com/"
every = "10s"
timeout = "3s"
soft_every = "10s"
degraded = "latency_ms > 500"

[[health]]
name = "api"
url = "https://shop.example.com/api"
every = "10s"
timeout = "3s"
soft_every = "10s"
"#;

pub const HEALTH: &str = r#"
[[window.gate]]
name = "web"
signal = "web"

[[window.gate]]
name = "api"
signal = "api"
"#;

/// The same gates for a minute.
fn minute() -> String {
    format!("[window]\nfor = \"60s\"\n{HEALTH}")
}

/// A world of the two signals and these gates; every reading is one that the test makes.
fn with(gates: &str) -> World {
    let mut world = World::new(&format!("{SIGNALS}{gates}"), &[], Watch::default());
    world.open();
    // Polls go out and are never answered: what is measured is told by the test.
    for signal in ["web", "api"] {
        world.answers(signal, Answer::Silent);
    }
    world.tell(Msg::Window(Deed::Open(None)));
    world
}

pub fn measure(world: &mut World, signal: &str, status: u16) {
    world.status(signal, status);
    world.poll(signal);
    world.answers(signal, Answer::Silent);
}

/// Both are measured, each a second after the other.
pub fn both(world: &mut World, status: u16) {
    measure(world, "web", status);
    measure(world, "api", status);
}

/// Both answer every ten seconds until so long has passed.
pub fn well(world: &mut World, seconds: u64) {
    let end = world.now.plus(Duration::from_secs(seconds));
    while world.now.plus(Duration::from_secs(10)) <= end {
        world.wait(8);
        both(world, 200);
    }
    world.until(end);
}

pub fn clean(world: &World) -> Duration {
    view(&world.model, world.now).expect("an open window").clean
}

pub fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub fn verdict(world: &World) -> Option<Verdict> {
    world.model.watch.windows.last().and_then(|window| window.ended.as_ref()).map(|ended| ended.verdict)
}

fn marks(world: &World) -> Vec<(MarkKind, u64)> {
    let window = world.model.watch.windows.last().expect("a window");
    window.marks.iter().map(|mark| (mark.kind, mark.clean.as_secs())).collect()
}

fn go(world: &mut World) -> String {
    world.tell(Msg::Window(Deed::Go));
    world.said()
}

#[test]
fn fifteen_minutes_are_full_at_fifteen_minutes_and_not_before() {
    let mut world = with(HEALTH);
    both(&mut world, 200);
    let began = world.now;
    well(&mut world, 890);
    let full = began.plus(seconds(900));
    world.until(full.minus(seconds(1)));
    assert_eq!(clean(&world), seconds(899));
    assert!(go(&mut world).contains("14:59 of 15:00 clean"), "{}", world.said());
    // The last second, a reading a second before it and one just on it.
    world.now = full.minus(seconds(1)).plus(Duration::from_millis(999));
    world.tell(Msg::Tick);
    assert_eq!(clean(&world), Duration::from_millis(899_999));
    world.now = full;
    world.tell(Msg::Tick);
    assert_eq!(clean(&world), seconds(900));
    // It is full, and both were measured before it was.
    assert!(go(&mut world).contains("web was not measured since the clock was full"), "{}", world.said());
    measure(&mut world, "web", 200);
    assert!(go(&mut world).contains("api was not measured"), "{}", world.said());
    measure(&mut world, "api", 200);
    go(&mut world);
    assert_eq!(verdict(&world), Some(Verdict::Go));
    assert_eq!(marks(&world), [(MarkKind::Ready, 900)]);
}

#[test]
fn a_reading_on_the_boundary_confirms_it_at_once() {
    let mut world = with(HEALTH);
    both(&mut world, 200);
    let began = world.now;
    well(&mut world, 880);
    let full = began.plus(seconds(900));
    world.until(full.minus(seconds(1)));
    measure(&mut world, "web", 200);
    assert_eq!(world.now, full);
    let feed = &mut world.model.feed.signals[1];
    feed.attempt += 1;
    feed.in_flight = true;
    let attempt = feed.attempt;
    let reading = Reading::bare(full, Health::Ok, None, "");
    world.tell(Msg::Polled { signal: 1, attempt, reading: Box::new(reading) });
    assert_eq!(lacks(&world.model, world.now), Vec::<String>::new());
}

#[test]
fn a_failure_just_before_the_boundary_sets_the_clock_to_zero() {
    let mut world = with(HEALTH);
    both(&mut world, 200);
    well(&mut world, 890);
    world.wait(8);
    measure(&mut world, "web", 200);
    measure(&mut world, "api", 503);
    assert_eq!(clean(&world), Duration::ZERO);
    assert_eq!(marks(&world), [(MarkKind::Reset, 899)]);
    assert!(go(&mut world).contains("no GO: api is failing: down (status 503)"), "{}", world.said());
    assert_eq!(verdict(&world), None);
}

#[test]
fn a_time_out_across_the_boundary_is_waited_for() {
    let mut world = with(HEALTH);
    both(&mut world, 200);
    let began = world.now;
    well(&mut world, 890);
    world.until(began.plus(seconds(901)));
    measure(&mut world, "web", 200);
    // The poll of the API went out before the clock was full; nobody knows what comes of it.
    assert_eq!(view(&world.model, world.now).unwrap().clock, Clock::Confirming);
    assert!(!go(&mut world).is_empty() && verdict(&world).is_none());
    world.answers("api", Answer::Failed(Reason::Timeout));
    world.poll("api");
    assert_eq!((clean(&world), verdict(&world)), (Duration::ZERO, None));
}

#[test]
fn exactly_what_it_tolerates_passes_and_one_more_does_not() {
    for tolerates in [1, 3] {
        let gates = HEALTH.replace("signal = \"api\"", &format!("signal = \"api\"\ntolerates = {tolerates}"));
        let mut world = with(&gates);
        both(&mut world, 200);
        for failure in 1..=tolerates {
            measure(&mut world, "api", 503);
            assert_eq!(clean(&world), seconds(failure), "{failure} of {tolerates}");
            assert!(world.has_told(&format!("api is passing: tolerated {failure} of {tolerates}: down")));
        }
        // One that passes begins the count anew; what cannot be measured does not.
        measure(&mut world, "api", 200);
        for failure in 1..=tolerates {
            measure(&mut world, "api", 503);
            assert!(clean(&world) > Duration::ZERO, "{failure} of {tolerates}");
        }
        world.answers("api", Answer::Limited(1));
        world.poll("api");
        assert!(matches!(view(&world.model, world.now).unwrap().clock, Clock::Frozen(_)));
        measure(&mut world, "api", 503);
        assert_eq!(clean(&world), Duration::ZERO);
        let said =
            format!("api is failing: failed {} times in a row, tolerates {tolerates}: down", tolerates + 1);
        assert!(world.has_told(&said), "{:#?}", world.told());
    }
}

#[test]
fn silence_is_unknown_and_gives_nothing() {
    let mut world = with(HEALTH);
    both(&mut world, 200);
    // Four intervals and the time-out after the older of the two, which was measured a second before the clock began.
    world.wait(300);
    assert_eq!(clean(&world), seconds(42));
    assert_eq!(marks(&world), [(MarkKind::Frozen, 42)]);
    assert!(go(&mut world).contains("no GO: web is unknown: nothing measured for 5m01"), "{}", world.said());
    both(&mut world, 200);
    assert_eq!(marks(&world), [(MarkKind::Frozen, 42), (MarkKind::Thawed, 42)]);
    world.wait(5);
    assert_eq!(clean(&world), seconds(47));
}

#[test]
fn a_process_that_stood_still_gets_no_more_than_until_its_numbers_went_stale() {
    let mut world = with(HEALTH);
    both(&mut world, 200);
    // What the API said goes stale 43 s after it, before it is measured again, and nobody tells the time meanwhile.
    world.now = world.now.plus(seconds(39));
    measure(&mut world, "web", 200);
    assert_eq!(clean(&world), seconds(40));
    world.now = world.now.plus(seconds(38));
    measure(&mut world, "api", 200);
    assert_eq!(clean(&world), seconds(43));
}

#[test]
fn a_clock_that_is_set_neither_gives_nor_takes_and_is_measured_after() {
    for by_millis in [-3_600_000, 3_600_000, 8 * 3_600_000] {
        let mut world = with(&minute());
        both(&mut world, 200);
        well(&mut world, 70);
        assert_eq!(lacks(&world.model, world.now), Vec::<String>::new());
        let before = clean(&world);
        world.now = world.now.shifted(by_millis);
        world.tell(Msg::ClockStepped { by_millis });
        world.tell(Msg::Tick);
        assert_eq!(clean(&world), before, "{by_millis}");
        // A laptop that slept looks the same: what was measured before may not hold any more.
        assert!(
            go(&mut world).contains("was not measured since the clock was full or set"),
            "{}",
            world.said()
        );
        both(&mut world, 200);
        go(&mut world);
        assert_eq!(verdict(&world), Some(Verdict::Go));
        assert!(marks(&world).iter().any(|(kind, _)| *kind == MarkKind::ClockSet));
        assert_eq!(replay(&world.journal), world.model.watch);
    }
}

#[test]
fn a_killed_console_goes_on_from_the_last_fact_and_stands_still_until_it_has_measured() {
    let mut world = with(HEALTH);
    both(&mut world, 200);
    well(&mut world, 100);
    let before = clean(&world);
    let (journal, now) = (world.journal, world.now);
    let config = format!("{SIGNALS}{}", HEALTH.replace("name = \"api\"", "name = \"renamed\""));
    let mut world = World::new(&config, &[], replay(&journal));
    (world.journal, world.now) = (journal, now.plus(seconds(600)));
    world.open();
    let after = clean(&world);
    assert!(after <= before && before <= after + seconds(30), "{before:?} {after:?}");
    assert!(matches!(view(&world.model, world.now).unwrap().clock, Clock::Frozen(_)));
    assert!(world.has_told("clock frozen at 01:"), "{:#?}", world.told());
    // It is judged by the gates as they were recorded, whatever is configured now.
    let names = |world: &World| {
        let gates = view(&world.model, world.now).unwrap().gates;
        gates.iter().map(|gate| gate.watched.gate.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&world), ["web", "api"]);
    for signal in ["web", "api"] {
        world.answers(signal, Answer::Silent);
    }
    measure(&mut world, "web", 200);
    world.wait(5);
    assert_eq!(clean(&world), after, "one of two was measured");
    measure(&mut world, "api", 200);
    world.wait(5);
    assert_eq!(clean(&world), after + seconds(5));
    assert_eq!(replay(&world.journal), world.model.watch);
}

#[test]
fn degraded_counts_only_where_the_gate_says_so() {
    let slow = || Answer::Http(200, 900, Vec::new(), String::new());
    for (allows, state) in [(false, GateState::Failing), (true, GateState::Passing)] {
        let gates = HEALTH.replacen("signal = \"web\"", &format!("signal = \"web\"\ndegraded = {allows}"), 1);
        let mut world = with(&gates);
        both(&mut world, 200);
        world.answers("web", slow());
        world.poll("web");
        let gates = view(&world.model, world.now).unwrap().gates;
        assert_eq!(gates[0].state, state);
        assert!(gates[0].detail.starts_with("degraded"), "{}", gates[0].detail);
    }
}

#[test]
fn a_hold_stops_the_clock_and_a_go_and_lasts_until_it_is_released() {
    let mut world = with(HEALTH);
    both(&mut world, 200);
    well(&mut world, 20);
    world.tell(Msg::Window(Deed::Hold("ben looks at the queue".into())));
    well(&mut world, 30);
    assert_eq!(clean(&world), seconds(20));
    assert_eq!(
        view(&world.model, world.now).unwrap().clock,
        Clock::Held("ann: ben looks at the queue".into())
    );
    assert!(go(&mut world).contains("no GO: ann holds it: ben looks at the queue"), "{}", world.said());
    world.tell(Msg::Window(Deed::Release));
    well(&mut world, 10);
    assert_eq!(clean(&world), seconds(30));
    assert_eq!(marks(&world), [(MarkKind::Held, 20), (MarkKind::Released, 20)]);
}

#[test]
fn an_advisory_gate_decides_nothing() {
    let mut world = with(&HEALTH.replace("signal = \"api\"", "signal = \"api\"\nrequired = false"));
    measure(&mut world, "web", 200);
    measure(&mut world, "api", 503);
    world.wait(10);
    assert_eq!(clean(&world), seconds(11));
    assert_eq!(view(&world.model, world.now).unwrap().gates[1].state, GateState::Failing);
}

#[test]
fn a_gate_over_a_reply_tells_what_it_found_there() {
    let gate = "[[window.gate]]\nname = \"queue\"\nsignal = \"api\"\nwhen = \"body.queue < 50\"\n\
                stop = \"body.queue > 500\"\n";
    let mut world = with(gate);
    let queue = |queue: &str| Answer::Http(200, 40, Vec::new(), format!("{{\"queue\": {queue}}}"));
    let mut reads = |body: &str| {
        world.answers("api", queue(body));
        world.poll("api");
        let gate = &world.model.watch.windows[0].gates[0];
        (gate.state, gate.detail.clone(), verdict(&world))
    };
    assert_eq!(reads("12"), (GateState::Passing, "queue is 12".into(), None));
    assert_eq!(reads("50"), (GateState::Failing, "queue is 50".into(), None));
    assert_eq!(reads("null").0, GateState::Unknown);
    let (state, _, verdict) = reads("501");
    assert_eq!((state, verdict), (GateState::Failing, Some(Verdict::NoGo)));
    let ended = world.model.watch.windows[0].ended.clone().unwrap();
    assert_eq!(
        (ended.by.as_str(), ended.why.as_str()),
        ("midwatch", "queue: body.queue > 500: queue is 501")
    );
}

#[test]
fn where_nobody_says_otherwise_the_gates_are_made_from_the_signals() {
    let world = with("");
    let lines: Vec<String> = world.model.plan.window.gates.iter().map(Gate::line).collect();
    let of = |name: &str| {
        [
            format!("{name}: {name} is ok"),
            format!(
                "{name} errors: error_rate('{name}', '5m') < 0.005; NO-GO when samples('{name}', '5m') >= 20 and \
                 error_rate('{name}', '5m') > 0.05"
            ),
            format!(
                "{name} p95: percentile_ms('{name}', 95, '5m') < 500; NO-GO when samples('{name}', '5m') >= 20 and \
                 percentile_ms('{name}', 95, '5m') > 10000"
            ),
        ]
    };
    assert_eq!(lines, [of("web"), of("api")].concat());
    assert_eq!(view(&world.model, world.now).unwrap().left, seconds(900));
}

#[test]
fn a_window_that_cannot_be_recorded_never_goes() {
    let mut world = with(&minute());
    both(&mut world, 200);
    well(&mut world, 80);
    assert_eq!(lacks(&world.model, world.now), Vec::<String>::new());
    world.model.feed.journal = JournalState::Failed("the disk is full".into());
    assert!(go(&mut world).contains("the journal cannot be written"), "{}", world.said());
    assert_eq!(verdict(&world), None);
}

#[test]
fn only_one_window_is_open_and_leaving_ends_none() {
    let mut world = with(HEALTH);
    world.tell(Msg::Window(Deed::Open(None)));
    assert!(world.said().contains("W-1 is open already"), "{}", world.said());
    world.tell(Msg::Stop("SIGHUP".into()));
    assert_eq!(verdict(&world), None);
    world.tell(Msg::Window(Deed::End("lunch".into())));
    assert_eq!(verdict(&world), Some(Verdict::Hold));
    world.tell(Msg::Window(Deed::Open(Some(seconds(30)))));
    world.tell(Msg::Window(Deed::NoGo("the buttons are gone".into())));
    let said: Vec<&Fact> = world.facts().filter(|fact| matches!(fact, Fact::WindowEnded { .. })).collect();
    assert!(
        matches!(said[1], Fact::WindowEnded { verdict: Verdict::NoGo, by, .. } if by == "ann"),
        "{said:?}"
    );
}

/// What the vendors list, told as one reading of `signal`.
fn listed(world: &mut World, signal: &str, entries: Vec<Entry>) {
    world.now = world.now.plus(seconds(1));
    let index = world.index(signal);
    let feed = &mut world.model.feed.signals[index];
    feed.attempt += 1;
    feed.in_flight = true;
    let attempt = feed.attempt;
    let reading = Reading { entries: entries.into(), ..Reading::bare(world.now, Health::Ok, None, "") };
    world.tell(Msg::Polled { signal: index, attempt, reading: Box::new(reading) });
}

fn release(version: &str, at: Timestamp) -> Entry {
    Entry {
        at: Some(at),
        release: Some(version.into()),
        facts: vec![("commit", format!("{version}0000"))],
        link: Some(format!("https://ci.example.com/{version}")),
        ..Entry::new(version, Health::Ok, "success", "deploy")
    }
}

#[test]
fn a_new_release_resets_the_clock_and_nothing_measured_before_it_counts() {
    let deploys = "[[github]]\nname = \"deploys\"\nrepository = \"bookshop/web\"\nworkflow = \"deploy.yml\"\n\
                   token = { env = \"T\" }\ndeploys = true\n";
    let mut world = with(&format!("{deploys}{HEALTH}"));
    let before = world.now.minus(seconds(60));
    // It was live before the window was opened: the one under watch, and no reset.
    listed(&mut world, "deploys", vec![release("a1b2c3", before)]);
    both(&mut world, 200);
    well(&mut world, 30);
    assert_eq!(clean(&world), seconds(30));
    assert!(world.has_told("the release under watch is a1b2c3"));
    let went_live = world.now;
    listed(&mut world, "deploys", vec![release("d4e5f6", went_live), release("a1b2c3", before)]);
    world.wait(1);
    assert!(world.has_told("clock reset, 00:3"), "{:#?}", world.told());
    assert!(world.has_told("d4e5f6 went live"));
    world.wait(20);
    assert_eq!(clean(&world), Duration::ZERO, "what was measured before is of the other release");
    both(&mut world, 200);
    world.wait(5);
    assert_eq!(clean(&world), seconds(5));
    // One that is older, because a source lists less now, is no news.
    listed(&mut world, "deploys", vec![release("a1b2c3", before)]);
    world.wait(1);
    assert_eq!(clean(&world), seconds(7));
    let watched = world.model.watch.windows[0].release.as_ref().unwrap();
    assert_eq!((watched.version.as_str(), watched.commit.as_deref()), ("d4e5f6", Some("d4e5f60000")));
    assert_eq!(watched.link.as_deref(), Some("https://ci.example.com/d4e5f6"));
    // Nor is more that is told of the same one.
    let more = Entry { link: None, facts: Vec::new(), ..release("d4e5f6", went_live) };
    listed(&mut world, "deploys", vec![more]);
    world.wait(1);
    assert_eq!(clean(&world), seconds(9));
}

#[test]
fn what_is_owed_since_before_the_release_does_not_count_and_what_is_newer_does() {
    let stripe = "[stripe]\nkey = { env = \"T\" }\n[[window.gate]]\nname = \"hooks\"\n\
                  when = \"new_entries('stripe') == 0\"\n";
    let mut world = with(stripe);
    let signal = world.model.plan.window.gates[0].when.clone().unwrap();
    let name = signal.split('\'').nth(1).unwrap().to_owned();
    let undelivered = |key: &str, at: Timestamp| Entry {
        began: Some(at),
        ..Entry::new(key, Health::Down, "500", "invoice.payment_failed")
    };
    let opened = world.now;
    let old = undelivered("evt_1", opened.minus(seconds(7_200)));
    listed(&mut world, &name, vec![old.clone()]);
    let state = |world: &World| view(&world.model, world.now).unwrap().gates[0].state;
    assert_eq!(state(&world), GateState::Passing);
    listed(&mut world, &name, vec![undelivered("evt_2", opened.plus(seconds(1))), old]);
    assert_eq!(state(&world), GateState::Failing);
    assert!(world.has_told("hooks is failing: new_entries('stripe') is 1"), "{:#?}", world.told());
}
