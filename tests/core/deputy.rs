//! The deputy: what is late rings, again and again, until somebody hears or it is done; once for all of it; and the
//! same whatever dies meanwhile.

use std::time::Duration;

use midwatch::app::Msg;
use midwatch::domain::fact::{Fact, Logged};
use midwatch::domain::incident::Pressing;
use midwatch::panes;
use midwatch::state::{DueKey, JournalState};

use crate::world::{World, replay};

const MINUTE: u64 = 60;
const HOUR: u64 = 3_600;

/// What the deputy said by facts, in their order.
fn nudges(world: &World) -> Vec<String> {
    let words = |fact: &Fact| match fact {
        Fact::Nudged { nudge, pressing: Pressing::Late, .. } => Some(format!("late {nudge}")),
        Fact::Nudged { nudge, pressing: Pressing::Ringing, .. } => Some(format!("rings {nudge}")),
        Fact::NudgeHeard { nudge, .. } => Some(format!("heard {nudge}")),
        Fact::NudgeEnded { nudge } => Some(format!("ended {nudge}")),
        _ => None,
    };
    world.facts().filter_map(words).collect()
}

/// Those about what begins so.
fn about(world: &World, name: &str) -> Vec<String> {
    nudges(world)
        .into_iter()
        .filter(|line| line.split(' ').nth(1).is_some_and(|id| id.starts_with(name)))
        .collect()
}

/// Maintenance mode is on: it is to end within an hour.
fn owing() -> World {
    let mut world = World::armed();
    world.action("maintenance-mode");
    world.key("y");
    world.wait(5);
    assert_eq!(world.model.watch.owed().len(), 1);
    world
}

/// The same, just late.
fn late() -> World {
    let mut world = owing();
    world.until(world.model.watch.owed()[0].due.plus(Duration::from_secs(1)));
    world
}

fn due(world: &World, text: &str) -> Option<panes::due::DueItem> {
    panes::due::items(&world.model, world.now).into_iter().find(|item| item.text.contains(text))
}

#[test]
fn what_is_late_is_shown_then_rings_is_heard_and_ends_when_it_is_done() {
    let mut world = late();
    assert_eq!(nudges(&world), ["late O-1~1"]);
    assert!(world.rings.is_empty(), "it is shown first");
    assert!(world.sees("1 late"), "{}", world.screen());
    world.wait(MINUTE);
    assert_eq!(nudges(&world), ["late O-1~1", "rings O-1~1"]);
    assert_eq!(world.rings, ["Late: O-1 maintenance-mode must be switched off"]);
    assert!(world.sees("! LATE O-1 maintenance-mode") && world.sees("! heard"), "{}", world.screen());
    assert!(panes::deputy::title(&world.model, "midwatch").starts_with("! LATE O-1"));
    world.key("?");
    assert!(world.sees("! 1 LATE"), "a dialog covers the footer and not this:\n{}", world.screen());
    world.keys("esc !");
    assert!(world.said().contains("heard: 1 late"), "{}", world.said());
    assert_eq!(panes::deputy::title(&world.model, "midwatch"), "midwatch");
    world.wait(30 * MINUTE);
    assert_eq!(world.rings.len(), 1, "heard is heard");
    assert!(!world.sees("! LATE") && due(&world, "OVERDUE O-1").is_some(), "and late is late");
    world.command(midwatch::domain::command::Command::Arm);
    world.action("maintenance-mode");
    world.key("y");
    world.wait(15);
    assert_eq!(nudges(&world), ["late O-1~1", "rings O-1~1", "heard O-1~1", "ended O-1~1"]);
    assert_eq!(replay(&world.journal), world.model.watch);
}

#[test]
fn it_rings_again_every_five_minutes_while_nobody_hears() {
    let mut world = late();
    world.wait(MINUTE);
    world.wait(4 * MINUTE + 50);
    assert_eq!(world.rings.len(), 1);
    world.wait(20);
    assert_eq!(world.rings.len(), 2);
    world.wait(10 * MINUTE);
    assert_eq!(world.rings.len(), 4);
    assert_eq!(nudges(&world), ["late O-1~1", "rings O-1~1"], "a ring is no fact of its own");
}

#[test]
fn a_console_that_is_opened_again_still_has_it() {
    let mut world = late();
    world.wait(MINUTE);
    let mut world = world.killed_and_reopened();
    world.wait(2);
    assert_eq!(world.rings.len(), 1, "and says so at once: {:?}", world.rings);
    assert_eq!(nudges(&world), ["late O-1~1", "rings O-1~1"]);
    world.key("!");
    let mut world = world.killed_and_reopened();
    world.wait(10 * MINUTE);
    assert!(world.rings.is_empty(), "what was heard stays heard");
    assert!(due(&world, "OVERDUE O-1").is_some());
    assert_eq!(replay(&world.journal), world.model.watch);
}

#[test]
fn many_late_things_are_one_ring() {
    let mut world = owing();
    world.action("read-only-mode");
    world.key("y");
    world.wait(5);
    world.key("i");
    world.answers_prompt("P1 checkout answers 503");
    world.wait(MINUTE);
    // Three hours pass with nobody there.
    world.now = world.now.plus(Duration::from_secs(3 * HOUR));
    let mut world = world.killed_and_reopened();
    world.wait(5);
    assert_eq!(world.rings.len(), 1, "{:#?}", world.rings);
    assert!(world.rings[0].contains("O-1") && world.rings[0].contains("O-2"), "{:?}", world.rings);
    assert!(world.sees("more"), "{}", world.screen());
    // What becomes late right after it waits for the next ring.
    world.key("!");
    assert!(nudges(&world).iter().filter(|line| line.starts_with("heard")).count() >= 4);
    world.wait(20 * MINUTE);
    assert_eq!(world.rings.len(), 1);
}

#[test]
fn what_is_late_again_is_another_reminder() {
    let mut world = late();
    world.wait(2 * MINUTE);
    world.key("!");
    world.model.ui.due = Some(DueKey::Obligation("O-1".into()));
    world.keys("4 e");
    world.answers_prompt("10m");
    world.wait(2);
    assert_eq!(nudges(&world).last().unwrap(), "ended O-1~1");
    world.wait(12 * MINUTE);
    assert_eq!(nudges(&world)[4..], ["late O-1~2", "rings O-1~2"]);
    assert_eq!(world.rings.len(), 2);
}

#[test]
fn a_clock_that_is_set_makes_nothing_late_and_nothing_done() {
    for (wait, step) in [(0, 2 * HOUR), (HOUR + 10, 2 * HOUR)] {
        for sign in [1, -1] {
            let mut world = owing();
            world.wait(wait);
            let before = nudges(&world);
            let by_millis = sign * i64::try_from(step * 1000).unwrap();
            world.now = world.now.shifted(by_millis);
            world.tell(Msg::ClockStepped { by_millis });
            world.wait(20);
            assert_eq!(nudges(&world), before, "set by {by_millis} after {wait} s");
            world.wait(5 * MINUTE);
            assert_eq!(nudges(&world).len(), if wait == 0 { 0 } else { 2 }, "{:?}", nudges(&world));
            assert_eq!(replay(&world.journal), world.model.watch);
        }
    }
}

#[test]
fn a_console_that_looks_on_rings_and_writes_nothing() {
    let mut world = owing();
    let journal = world.journal.len();
    world.model.feed.journal = JournalState::ReadOnly("bob writes".into());
    world.until(world.model.watch.owed()[0].due.plus(Duration::from_secs(MINUTE + 1)));
    assert_eq!(world.rings.len(), 1);
    world.key("!");
    world.wait(20 * MINUTE);
    assert_eq!(world.rings.len(), 1, "it is quiet here");
    assert_eq!(world.journal.len(), journal);
    assert!(world.model.watch.nudges.open.is_empty());
}

#[test]
fn where_nobody_sits_nobody_is_reminded() {
    let mut world = owing();
    world.model.feed.deputy.is_off = true;
    world.wait(2 * HOUR);
    assert!(world.rings.is_empty() && nudges(&world).is_empty());
}

#[test]
fn nothing_late_is_said_so() {
    let mut world = World::quiet();
    world.key("!");
    assert_eq!(world.said(), "nothing is late");
    assert!(nudges(&world).is_empty());
}

/// An incident that was declared and taken on just now.
fn incident() -> World {
    let mut world = World::quiet();
    world.key("i");
    world.answers_prompt("P1 checkout answers 503");
    world.key("K");
    world
}

/// Something that another part of the console records.
fn record(world: &mut World, fact: Fact) {
    let incident = world.model.watch.incident().map(|incident| incident.id.clone());
    let logged = Logged { seq: world.model.watch.seq + 1, at: world.now, incident, fact };
    world.model.watch.apply(&logged);
    world.journal.push(logged);
}

fn posted(number: u32, next: Option<Duration>) -> Fact {
    Fact::PostRequested {
        post: format!("M-{number}").as_str().into(),
        run: None,
        channel: "ops".into(),
        audience: "team".into(),
        text: "the basket is closed".into(),
        status: None,
        next,
        again: None,
        by: "ann".into(),
    }
}

/// An update that was copied and, so, is there.
fn post(world: &mut World, number: u32, next: Option<Duration>) {
    record(world, posted(number, next));
    let post = format!("M-{number}").as_str().into();
    record(world, Fact::Posted { post, link: None, reference: None });
}

#[test]
fn updates_are_counted_down_from_the_last_one_or_from_the_declaration() {
    let mut world = incident();
    assert_eq!(due(&world, "first update").unwrap().clock, "05:00");
    world.wait(5 * MINUTE + 1);
    assert!(due(&world, "OVERDUE first update").is_some());
    assert_eq!(about(&world, "INC-1-update"), ["late INC-1-update-1~1"]);
    world.wait(MINUTE);
    assert_eq!(about(&world, "INC-1-update").last().unwrap(), "rings INC-1-update-1~1");
    post(&mut world, 1, None);
    world.wait(1);
    assert_eq!(about(&world, "INC-1-update").last().unwrap(), "ended INC-1-update-1~1");
    assert_eq!(due(&world, "next update").unwrap().clock, "19:59");
    // What was promised counts, and not what is usual.
    post(&mut world, 2, Some(Duration::from_secs(45 * MINUTE)));
    assert_eq!(due(&world, "next update").unwrap().clock, "45:00");
    world.wait(46 * MINUTE + 2);
    // From the second on it is the runbook's own clock.
    assert!(about(&world, "INC-1/timer").last().unwrap().starts_with("rings "), "{:?}", nudges(&world));
    assert_eq!(replay(&world.journal), world.model.watch);
}

#[test]
fn an_incident_that_was_taken_on_is_spoken_of_when_nothing_is_done() {
    let mut world = incident();
    world.wait(4 * MINUTE + 50);
    assert!(about(&world, "INC-1/nothing-done").is_empty());
    world.wait(11);
    assert_eq!(about(&world, "INC-1/nothing-done"), ["rings INC-1/nothing-done~1"]);
    assert!(world.sees("nothing was done for 5m"), "{}", world.screen());
    // Hearing is not doing; a note is.
    world.key("!");
    world.wait(10);
    assert!(due(&world, "nothing was done").is_some());
    world.key("n");
    world.answers_prompt("? the pool is full");
    world.wait(1);
    assert_eq!(about(&world, "INC-1/nothing-done").last().unwrap(), "ended INC-1/nothing-done~1");
}

#[test]
fn nobody_is_told_to_do_something_while_something_runs() {
    let mut world = incident();
    world.command(midwatch::domain::command::Command::Arm);
    world.script("/restart", None);
    world.action("restart-api");
    world.key("y");
    assert!(world.model.watch.runs.last().unwrap().is_open(), "{:?}", world.model.watch.runs.last());
    world.wait(8 * MINUTE);
    assert!(about(&world, "INC-1/nothing-done").is_empty(), "{:?}", nudges(&world));
}

#[test]
fn a_step_that_takes_longer_than_planned_is_spoken_of() {
    let runbook = "# Shop\n\n## Triage\n\n1. Look at the logs\n2. Look at the queue (5 min)\n3. Ask bob\n";
    let mut world =
        World::new(crate::world::SHOP, &[("runbook.md", runbook)], midwatch::state::Watch::default());
    world.open();
    world.wait(MINUTE);
    world.at_step("Look at the logs");
    world.key("space");
    world.wait(5 * MINUTE + 1);
    let item = due(&world, "planned 5m: Look at the queue").expect("it takes longer than planned");
    assert_eq!(item.clock, "05:01");
    assert!(world.rings.is_empty());
    world.wait(4 * MINUTE);
    assert_eq!(world.rings, ["Late: planned 5m: Look at the queue (5 min)"]);
    assert!(world.sees("09:01"), "nine minutes on it, planned five:\n{}", world.screen());
    world.at_step("Look at the queue");
    world.key("space");
    world.wait(1);
    assert!(due(&world, "planned 5m").is_none());
    assert_eq!(nudges(&world).len(), 3, "{:?}", nudges(&world));
}

/// Somebody had taken a signal on, and just now has it no more.
fn lapsed() -> World {
    let mut world = World::quiet();
    world.status("checkout", 503);
    world.wait(MINUTE);
    world.keys("1 home a");
    world.answers_prompt("looking at the pool");
    world.wait(5 * MINUTE + 2);
    world
}

#[test]
fn a_signal_that_nobody_has_any_more_is_not_forgotten() {
    let mut world = lapsed();
    assert!(world.has_told("acknowledgement over"), "{:#?}", world.told());
    assert!(due(&world, "checkout is down, and nobody has it any more").is_some());
    world.wait(MINUTE + 1);
    assert_eq!(about(&world, "checkout-lapsed").last().unwrap(), "rings checkout-lapsed~1");
    world.status("checkout", 200);
    world.wait(MINUTE);
    assert_eq!(about(&world, "checkout-lapsed").last().unwrap(), "ended checkout-lapsed~1");
}

#[test]
fn a_clock_that_is_set_takes_what_nobody_has_any_more_with_it() {
    for sign in [1, -1] {
        let mut world = lapsed();
        let late = about(&world, "checkout-lapsed");
        assert_eq!(late, ["late checkout-lapsed~1"]);
        let by_millis = sign * i64::try_from(2 * HOUR * 1000).unwrap();
        world.now = world.now.shifted(by_millis);
        world.tell(Msg::ClockStepped { by_millis });
        world.wait(20);
        assert_eq!(about(&world, "checkout-lapsed"), late, "set by {by_millis}");
        world.wait(MINUTE);
        assert_eq!(about(&world, "checkout-lapsed").last().unwrap(), "rings checkout-lapsed~1");
        assert_eq!(replay(&world.journal), world.model.watch);
    }
}

#[test]
fn a_run_that_nobody_knows_the_end_of_rings_until_somebody_looked() {
    let mut world = World::armed();
    world.script("POST https://pay.example.com/events/replay", None);
    world.action("replay-events");
    world.key("y");
    world.wait(MINUTE);
    let mut world = world.killed_and_reopened();
    world.wait(2);
    assert_eq!(about(&world, "R-1-unknown"), ["rings R-1-unknown~1"]);
    assert_eq!(world.rings.len(), 1);
    world.keys("4 v");
    world.answers_prompt("it was sent");
    world.wait(1);
    assert_eq!(about(&world, "R-1-unknown").last().unwrap(), "ended R-1-unknown~1");
}
