//! Readings become states, acknowledgements and mutes last as long as they should.

use std::time::Duration;

use midwatch::app::Msg;
use midwatch::domain::command::Command;
use midwatch::domain::fact::Fact;
use midwatch::domain::io::Reason;
use midwatch::domain::reading::{Health, Reading};
use midwatch::panes;

use crate::world::{Answer, World};

#[test]
fn the_third_failure_in_a_row_is_down_and_the_second_is_not() {
    let mut world = World::quiet();
    world.reads("api", &[503, 503]);
    assert_eq!(world.health("api"), Some(Health::Ok));
    // The observers answer, so it is not us.
    world.poll("outside-a");
    world.reads("api", &[503]);
    assert_eq!(world.health("api"), Some(Health::Down));
    let since = world.facts().find_map(|fact| match fact {
        Fact::Settled { to: Health::Down, since, .. } => Some(*since),
        _ => None,
    });
    assert_eq!(since, Some(world.now.minus(Duration::from_secs(3))), "the first failure counts as one");
}

#[test]
fn two_failures_then_an_answer_are_no_failure() {
    let mut world = World::quiet();
    world.reads("api", &[503, 503, 200, 503, 200, 200, 200, 503]);
    assert_eq!(world.health("api"), Some(Health::Ok));
}

#[test]
fn no_data_is_neither_success_nor_failure() {
    let mut world = World::shop();
    for signal in ["api", "checkout"] {
        world.answers(signal, Answer::Silent);
    }
    world.wait(300);
    assert_eq!((world.health("api"), world.health("checkout")), (None, None));
    assert!(!world.has_told("api"), "{:?}", world.told());
    assert!(world.sees("waiting"), "{}", world.screen());
}

#[test]
fn a_rate_limit_says_nothing_about_health_and_is_obeyed() {
    let mut world = World::quiet();
    world.answers("api", Answer::Limited(120));
    world.poll("api");
    let (asked, index) = (world.now, world.index("api"));
    assert_eq!(world.health("api"), Some(Health::Ok));
    assert!(world.model.feed.signals[index].next >= asked.plus(Duration::from_secs(120)));
    // Nor does a console that wants to see an effect ask sooner.
    world.command(Command::Arm);
    world.action("restart-api");
    world.key("y");
    assert!(world.model.feed.signals[index].next >= asked.plus(Duration::from_secs(120)));
}

#[test]
fn a_body_that_is_not_what_the_condition_needs_is_down_and_never_ok() {
    let mut world = World::quiet();
    world.answers("checkout", Answer::Http(200, 40, Vec::new(), "<html>all is well</html>".into()));
    world.wait(60);
    assert_eq!(world.health("checkout"), Some(Health::Down));
}

#[test]
fn while_the_observer_is_sick_everything_is_blind_and_nothing_settles() {
    let mut world = World::quiet();
    for signal in ["web", "api", "checkout", "search", "outside-a", "outside-b"] {
        world.answers(signal, Answer::Failed(Reason::Connect));
    }
    world.wait(120);
    assert!(world.model.watch.observer_sick.is_some());
    let settled: Vec<String> = world.told().into_iter().filter(|line| line.contains("→ down")).collect();
    assert_eq!(settled, Vec::<String>::new(), "nothing settles while it may be us");
    assert_eq!(world.rung, 0);
    for index in 0..4 {
        assert_eq!(panes::health::standing(&world.model, world.now, index).health, Health::Blind);
    }
    let samples = |world: &World| {
        let index = world.index("api");
        let downs = |sample: &midwatch::state::Sample| sample.health == Health::Down;
        world.model.feed.signals[index]
            .samples
            .within(world.now, Duration::from_secs(60))
            .filter(downs)
            .count()
    };
    assert_eq!(samples(&world), 0, "what could not be reached is not an error of the far side");

    // It recovers; the counts start again.
    for signal in ["outside-a", "outside-b"] {
        world.status(signal, 200);
    }
    world.poll("outside-a");
    assert!(world.model.watch.observer_sick.is_none());
    world.reads("api", &[503, 503]);
    assert_eq!(world.health("api"), Some(Health::Ok), "two failures after it are two failures");
    world.reads("api", &[503]);
    world.poll("outside-b");
    world.reads("api", &[503]);
    assert_eq!(world.health("api"), Some(Health::Down));
}

#[test]
fn what_was_asked_while_cut_off_and_fails_afterwards_says_nothing() {
    let mut world = World::quiet();
    for signal in ["web", "checkout", "search", "outside-a", "outside-b"] {
        world.answers(signal, Answer::Failed(Reason::Connect));
    }
    // It is asked, and no answer comes as long as the network is gone.
    world.answers("api", Answer::Silent);
    world.wait(120);
    assert!(world.model.watch.observer_sick.is_some());
    // What failed before that was known has failed of us, and not of them.
    let web = &world.model.feed.signals[world.index("web")].samples;
    let downs =
        web.within(world.now, Duration::from_secs(900)).filter(|sample| sample.health == Health::Down);
    assert_eq!(downs.count(), 0);
    let index = world.index("api");
    let attempt = world.model.feed.signals[index].attempt;
    for signal in ["outside-a", "outside-b"] {
        world.status(signal, 200);
    }
    world.poll("outside-a");
    assert!(world.model.watch.observer_sick.is_none());
    let late = Reading::bare(world.now, Health::Down, Some(Reason::Timeout), "no answer within 2 s");
    world.tell(Msg::Polled { signal: index, attempt, reading: Box::new(late) });
    let last = world.model.feed.signals[index].last.as_ref().expect("a reading");
    assert_eq!(last.health, Health::Blind, "{}", last.detail);
    // What is asked from now on counts, once an observer has answered since it began.
    world.reads("api", &[503, 503]);
    world.poll("outside-a");
    world.reads("api", &[503]);
    assert_eq!(world.health("api"), Some(Health::Down));
}

#[test]
fn a_failure_waits_until_an_observer_has_answered_since_it_began() {
    let mut world = World::quiet();
    world.answers("outside-a", Answer::Silent);
    world.answers("outside-b", Answer::Silent);
    world.reads("api", &[503, 503, 503, 503]);
    assert_eq!(world.health("api"), Some(Health::Ok), "it may be us");
    world.status("outside-b", 200);
    world.poll("outside-b");
    world.reads("api", &[503]);
    assert_eq!(world.health("api"), Some(Health::Down));
}

fn down(signal: &str) -> World {
    let mut world = World::quiet();
    world.status(signal, 503);
    world.wait(60);
    assert_eq!(world.health(signal), Some(Health::Down));
    world.model.ui.signal = Some(signal.into());
    world
}

fn acknowledged(why: &str) -> World {
    let mut world = down("api");
    world.key("a");
    world.answers_prompt(why);
    assert!(world.model.watch.signals["api"].acknowledged.is_some(), "{}", world.said());
    world
}

#[test]
fn an_acknowledgement_survives_a_brief_recovery() {
    let mut world = acknowledged("looking at the pool");
    world.status("api", 200);
    world.wait(120);
    assert_eq!(world.health("api"), Some(Health::Ok));
    assert!(world.model.watch.signals["api"].acknowledged.is_some());
    let rung = world.rung;
    world.status("api", 503);
    world.wait(60);
    assert_eq!(world.health("api"), Some(Health::Down));
    assert_eq!(world.rung, rung, "it is taken on: it does not ring again");
    // Recovered for good, it is over.
    world.status("api", 200);
    world.wait(400);
    assert!(world.model.watch.signals["api"].acknowledged.is_none());
    assert!(world.has_told("recovered for five minutes"));
}

#[test]
fn a_signal_that_recovered_while_the_reason_was_typed_is_not_acknowledged() {
    let mut world = down("api");
    world.key("a");
    world.types("looking");
    world.status("api", 200);
    world.wait(60);
    world.key("enter");
    assert!(world.model.watch.signals["api"].acknowledged.is_none());
    assert!(world.sees("has recovered"), "{}", world.screen());
}

#[test]
fn acknowledged_and_nothing_done_for_five_minutes_is_raised_again() {
    let mut world = acknowledged("on it");
    world.wait(290);
    assert!(world.model.watch.signals["api"].acknowledged.is_some());
    // A deed keeps it.
    world.key("n");
    world.answers_prompt("bob is looking at the database");
    world.wait(290);
    assert!(world.model.watch.signals["api"].acknowledged.is_some());
    let rung = world.rung;
    world.wait(15);
    assert!(world.model.watch.signals["api"].acknowledged.is_none());
    assert_eq!(world.rung, rung + 1);
    assert!(world.has_told("raised again"));
}

#[test]
fn an_acknowledgement_lasts_four_hours_at_most() {
    let mut world = down("api");
    world.key("a");
    world.answers_prompt("a long night 4h1m");
    assert!(world.model.watch.signals["api"].acknowledged.is_none());
    assert!(world.sees("4h"), "{}", world.screen());
    world.answers_prompt("a long night 4h");
    let taken = world.model.watch.signals["api"].acknowledged.clone().expect("taken on");
    assert_eq!(taken.until, world.now.plus(Duration::from_secs(4 * 3600)));
    assert_eq!(taken.why, "a long night");
}

#[test]
fn a_clock_set_back_makes_nothing_last_longer() {
    let mut world = acknowledged("on it 10m");
    world.command(Command::Arm);
    let left = |world: &World| {
        let until = world.model.watch.signals["api"].acknowledged.as_ref().map(|taken| taken.until);
        (
            world.now.until(until.expect("taken on")),
            world.now.until(world.model.watch.armed_until.expect("armed")),
        )
    };
    let before = left(&world);
    world.now = world.now.minus(Duration::from_secs(3600));
    world.tell(Msg::ClockStepped { by_millis: -3_600_000 });
    assert_eq!(left(&world), before);
    // And failures go on being counted.
    world.status("search", 503);
    world.wait(120);
    assert_eq!(world.health("search"), Some(Health::Down));
}

/// `api` comes and goes until single changes say nothing.
fn flap(world: &mut World) {
    for _ in 0..6 {
        world.reads("api", &[200, 200, 503]);
        world.poll("outside-a");
        world.reads("api", &[503, 503]);
    }
}

#[test]
fn a_mute_survives_flapping_and_ends_by_its_time_only() {
    let mut world = down("api");
    world.key("S");
    world.answers_prompt("known, being fixed 30m");
    flap(&mut world);
    assert!(world.has_told("flapping"), "{:?}", world.told());
    assert!(world.model.watch.signals["api"].silenced.is_some());
    assert!(world.sees("muted"), "{}", world.screen());
    let attempts = world.model.feed.signals[world.index("api")].attempt;
    world.wait(30 * 60);
    assert!(world.model.watch.signals["api"].silenced.is_none());
    assert!(world.has_told("silence over: it ran out"));
    assert!(world.model.feed.signals[world.index("api")].attempt > attempts + 60, "it was polled on");
}

#[test]
fn flapping_goes_on_over_a_restart_until_the_states_say_otherwise() {
    let mut world = World::quiet();
    flap(&mut world);
    assert!(world.model.watch.signals["api"].flapping.is_some());
    let mut world = world.killed_and_reopened();
    world.wait(30);
    assert!(world.model.watch.signals["api"].flapping.is_some(), "{:?}", world.told());
    world.status("api", 200);
    world.wait(600);
    assert!(world.model.watch.signals["api"].flapping.is_none());
}

#[test]
fn a_poll_that_breaks_is_blind_and_told_and_the_others_go_on() {
    let mut world = World::quiet();
    world.answers("api", Answer::Silent);
    world.wait(15);
    let index = world.index("api");
    let attempt = world.model.feed.signals[index].attempt;
    world.tell(Msg::PollCrashed { signal: index, attempt, detail: "index out of bounds".into() });
    assert!(world.has_told("poll of api broke"));
    assert_eq!(world.health("api"), Some(Health::Ok), "one blind reading settles nothing");
    world.wait(60);
    assert!(!world.sees("BLIND checkout"));
}

/// A shop whose hosting tells which deployment is live.
const RELEASED: &str = r#"
[console]
name = "shop"
environment = "production"
operator = "ann"

[[health]]
name = "web"
url = "https://shop.example.com/"
every = "10s"
fail_after = 2

[[vercel]]
name = "deploys"
project = "web"
team = "team_1"
token = { env = "VERCEL_TOKEN" }
base_url = "https://vercel.example.com"
"#;

#[test]
fn a_red_edge_says_which_release_came_before_it_and_a_key_goes_there() {
    let mut world = World::new(RELEASED, &[], midwatch::state::Watch::default());
    let live = crate::world::START.millis() - 600_000;
    world.vendor = Some(Box::new(move |request| {
        let asked = request.preview().join("\n");
        let body = if asked.contains("/v9/projects") {
            serde_json::json!({ "id": "prj_1", "name": "web", "autoAssignCustomDomains": true,
                "targets": { "production": { "id": "dpl_1" } } })
        } else {
            serde_json::json!({ "pagination": { "count": 1, "next": null, "prev": null }, "deployments": [{
                "uid": "dpl_1", "name": "web", "state": "READY", "readyState": "READY", "target": "production",
                "readySubstate": "PROMOTED", "created": live - 40_000, "ready": live,
                "meta": { "githubCommitSha": "a1b2c3d4e5f6a7" },
            }] })
        };
        Some(crate::world::status(200, &body.to_string()))
    }));
    world.open();
    world.wait(60);
    assert_eq!(world.health("deploys"), Some(Health::Ok), "{:#?}", world.told());
    world.status("web", 503);
    world.wait(60);
    let told = world.told();
    let edge = told.iter().find(|line| line.contains("ok → down")).expect("a red edge");
    assert!(edge.contains("T+11m after a1b2c3d"), "{edge}");

    world.keys("1 home g");
    assert!(world.sees("a1b2c3d went live 11m before it"), "{}", world.screen());
    let there = world.model.ui.entries.get(&midwatch::domain::board::Board::Deploys);
    assert_eq!(there.map(|entry| entry.key.as_str()), Some("dpl_1"));

    // What turns green came after nothing.
    world.status("web", 200);
    world.wait(60);
    assert_eq!(world.health("web"), Some(Health::Ok));
    let green = world.told().into_iter().find(|line| line.contains("down → ok")).expect("a green edge");
    assert!(!green.contains("T+"), "{green}");
}
