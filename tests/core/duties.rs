//! What a runbook asks for after a GO: opened with it, due round after round, done, missed, waived, and over.

use std::time::Duration;

use midwatch::app::Msg;
use midwatch::domain::fact::Fact;
use midwatch::domain::window::Deed;
use midwatch::panes::due;
use midwatch::state::{DueKey, JournalState, Watch};

use crate::world::{World, replay};

const MINUTE: u64 = 60;
const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

const CONFIG: &str = r#"
[console]
name = "bookshop"
operator = "ann"
environment = "staging"

[[health]]
name = "web"
url = "https://shop.example.com/"
every = "60s"
timeout = "3s"

[window]
for = "60s"

[[window.gate]]
name = "web"
signal = "web"
"#;

/// A deployment, what is looked after when it is out, and hours that are about something else.
const DEPLOY: &str = "\
# Deploy the shop

## Steps

1. Deploy it.

## Rollback

### If problems are found within the first hour

1. Go back.

## Post-deployment

### First 24 Hours

- [ ] Monitor error rates every hour
- [ ] Check performance metrics every 2 hours
- [ ] Review what customers say
- [ ] Tell the partners within 4 hours

### First Week

- [ ] Daily metrics review
- [ ] Weekly retrospective
  - what went well
- [ ] Plan what comes next
";

/// Nothing follows in it.
const OTHER: &str = "# Incidents\n\n## Containment\n\n1. Close the shop.\n";

fn world_of(runbooks: &[(&str, &str)]) -> World {
    let mut world = World::new(CONFIG, runbooks, Watch::default());
    world.open();
    world.wait(MINUTE);
    world
}

/// A window is opened, stays clean, and ends with GO.
fn go(world: &mut World) {
    world.tell(Msg::Window(Deed::Open(None)));
    world.wait(3 * MINUTE);
    world.tell(Msg::Window(Deed::Go));
    assert!(world.said().contains("W-") && world.said().contains(" GO: "), "{}", world.said());
}

/// The deployment after its GO.
fn live() -> World {
    let mut world = world_of(&[("deploy.md", DEPLOY)]);
    go(&mut world);
    world
}

/// Duties in the due pane: clock and words.
fn due(world: &World) -> Vec<String> {
    due::items(&world.model, world.now)
        .into_iter()
        .filter(|item| matches!(item.key, DueKey::Duty(_)))
        .map(|item| format!("{} {}  {}", item.clock, item.text, item.count).trim_end().to_owned())
        .collect()
}

fn is_due(world: &World, text: &str) -> bool {
    due(world).iter().any(|line| line.contains(text))
}

/// The cursor of the due pane, on the duty that says `words`.
fn at(world: &mut World, words: &str) {
    let items = due::items(&world.model, world.now);
    let item = items.into_iter().find(|item| item.text.contains(words));
    world.model.ui.due = Some(item.unwrap_or_else(|| panic!("{words}: {:?}", due(world))).key);
    world.keys("4");
}

/// A round of it is done.
fn done(world: &mut World, words: &str) {
    at(world, words);
    world.key("d");
    world.answers_prompt("");
    assert!(world.model.ui.dialog.is_none(), "{}", world.screen());
}

fn killed(world: World) -> World {
    let (journal, now) = (world.journal, world.now);
    let mut again = World::new(CONFIG, &[("deploy.md", DEPLOY)], replay(&journal));
    again.journal = journal;
    again.now = now;
    again.open();
    again
}

#[test]
fn a_go_opens_what_the_runbook_asks_for_after_it() {
    let world = live();
    assert!(world.said().contains("7 to do from here on"), "{}", world.said());
    assert_eq!(
        due(&world),
        [
            "1:00:00 hourly: Monitor error rates  0 of 24",
            "2:00:00 every 2h: Check performance metrics  0 of 12",
            "4:00:00 Tell the partners within 4 hours",
            "1d 0h Review what customers say",
            "1d 0h daily: metrics review  0 of 7",
            "7d 0h weekly: retrospective",
            "7d 0h Plan what comes next",
        ]
    );
    assert!(world.has_told("ann D-1 to D-7 to do after, by deploy.md"), "{:?}", world.told());
    assert!(world.sees("hourly: Monitor error rates"), "{}", world.screen());
}

#[test]
fn the_count_stays_where_the_words_are_cut() {
    let mut world = live();
    world.wait(4 * HOUR + 10);
    for (size, count) in [((80, 24), "0 of 12, 1 missed"), ((40, 12), "0/12, 1 ✖")] {
        world.resize(size.0, size.1);
        world.keys("4");
        let screen = world.screen();
        assert!(screen.contains(count), "{size:?}: {screen}");
    }
}

#[test]
fn nothing_but_a_go_opens_them() {
    for deed in [Deed::NoGo("it is slow".into()), Deed::End("enough".into())] {
        let mut world = world_of(&[("deploy.md", DEPLOY)]);
        world.tell(Msg::Window(Deed::Open(None)));
        world.wait(3 * MINUTE);
        world.tell(Msg::Window(deed));
        assert!(due(&world).is_empty() && world.model.watch.duties.is_empty(), "{:?}", due(&world));
    }
}

#[test]
fn a_round_is_due_again_after_its_interval_and_is_counted() {
    let mut world = live();
    world.wait(59 * MINUTE + 19);
    assert!(is_due(&world, "00:41 hourly: Monitor error rates  0 of 24"), "{:?}", due(&world));
    done(&mut world, "Monitor error rates");
    assert!(is_due(&world, "1:00:41 hourly: Monitor error rates  1 of 24"), "{:?}", due(&world));
    world.wait(HOUR + 41 + 30);
    assert!(is_due(&world, "+00:30 OVERDUE hourly: Monitor error rates  1 of 24"), "{:?}", due(&world));
    at(&mut world, "Monitor error rates");
    world.key("d");
    assert!(world.sees("what was found") && world.sees("1 of 24 done"), "{}", world.screen());
    world.answers_prompt("0.2 %, as before");
    // A late one moves none that follows.
    assert!(is_due(&world, "59:30 hourly: Monitor error rates  2 of 24"), "{:?}", due(&world));
    assert!(world.has_told("D-1 done: 0.2 %, as before"), "{:?}", world.told());
    // Pressed twice, it is not done twice unless somebody says so.
    at(&mut world, "Monitor error rates");
    world.keys("d esc");
    assert!(is_due(&world, "2 of 24"), "{:?}", due(&world));
}

#[test]
fn rounds_that_go_by_are_missed_and_said() {
    let mut world = live();
    world.wait(2 * HOUR - 1);
    assert!(is_due(&world, "+59:59 OVERDUE hourly: Monitor error rates  0 of 24"), "{:?}", due(&world));
    world.wait(1);
    assert!(
        is_due(&world, "+00:00 OVERDUE hourly: Monitor error rates  0 of 24, 1 missed"),
        "{:?}",
        due(&world)
    );
    world.wait(HOUR);
    done(&mut world, "Monitor error rates");
    assert!(is_due(&world, "1:00:00 hourly: Monitor error rates  1 of 24, 2 missed"), "{:?}", due(&world));
    assert!(world.has_told("D-1 done, 2 missed before it"), "{:?}", world.told());
}

#[test]
fn what_comes_round_ends_by_itself_and_what_is_done_once_waits() {
    let mut world = live();
    for _ in 0..20 {
        world.wait(HOUR);
        done(&mut world, "Monitor error rates");
    }
    world.until(world.now.plus(Duration::from_secs(5 * HOUR - 1)));
    assert!(is_due(&world, "hourly: Monitor error rates  20 of 24, 3 missed"), "{:?}", due(&world));
    world.wait(1);
    assert!(!is_due(&world, "Monitor error rates"), "{:?}", due(&world));
    assert!(world.has_told("D-1 its time is over: 20 done, 4 missed"), "{:?}", world.told());
    assert!(is_due(&world, "OVERDUE Review what customers say"), "{:?}", due(&world));
    assert!(is_due(&world, "OVERDUE daily: metrics review  0 of 7"), "{:?}", due(&world));
    world.until(world.now.plus(Duration::from_secs(9 * DAY)));
    assert_eq!(world.model.watch.open_duties().count(), 4, "{:?}", due(&world));
    for words in ["customers", "partners", "retrospective", "comes next"] {
        done(&mut world, words);
    }
    assert!(due(&world).is_empty(), "{:?}", due(&world));
    let ended = world.facts().filter(|fact| matches!(fact, Fact::DutyEnded { .. })).count();
    assert_eq!(ended, 3, "each is over once: {:?}", world.told());
}

#[test]
fn the_last_round_that_is_done_ends_it() {
    let mut world = live();
    for round in 1..=12 {
        world.wait(2 * HOUR);
        done(&mut world, "performance");
        assert_eq!(is_due(&world, "performance"), round < 12, "{round}: {:?}", due(&world));
    }
    world.wait(4 * HOUR);
    let ended = |fact: &Fact| matches!(fact, Fact::DutyEnded { duty, .. } if duty.as_str() == "D-2");
    assert!(!world.facts().any(ended), "{:?}", world.told());
}

#[test]
fn a_waiver_takes_a_reason_and_all_that_is_left() {
    let mut world = live();
    at(&mut world, "Monitor error rates");
    world.key("x");
    world.answers_prompt("");
    assert!(world.sees("a waiver needs a reason"), "{}", world.screen());
    world.answers_prompt("an alert does it");
    assert!(!is_due(&world, "Monitor error rates"), "{:?}", due(&world));
    assert!(world.has_told("ann D-1 waived: an alert does it"), "{:?}", world.told());
    world.key("T");
    assert!(world.sees("waived: an alert does it"), "{}", world.screen());
    world.wait(2 * DAY);
    assert!(!world.has_told("D-1 its time is over"), "{:?}", world.told());
}

#[test]
fn they_survive_a_kill_and_move_with_a_clock_that_is_set() {
    let mut world = live();
    world.wait(HOUR);
    done(&mut world, "Monitor error rates");
    world.wait(2 * HOUR + 10);
    let before = due(&world);
    assert!(before.len() == 7 && before[1].contains("1 of 24, 1 missed"), "{before:?}");
    let mut world = killed(world);
    assert_eq!(due(&world), before);
    let by = 3 * 3_600_000;
    world.now = world.now.shifted(by);
    world.tell(Msg::ClockStepped { by_millis: by });
    assert_eq!(due(&world), before, "a clock that is set uses up no time");
    let mut world = killed(world);
    assert_eq!(due(&world), before);
    // What an edit takes from the file is still to be done.
    world.model.plan.runbooks.clear();
    assert_eq!(due(&world), before);
}

#[test]
fn a_later_release_is_looked_after_instead() {
    let mut world = live();
    world.wait(5 * HOUR);
    go(&mut world);
    let lines = due(&world);
    assert!(lines.len() == 7 && lines[0] == "1:00:00 hourly: Monitor error rates  0 of 24", "{lines:?}");
    at(&mut world, "Monitor error rates");
    assert_eq!(world.model.ui.due, Some(DueKey::Duty("D-8".into())));
    let watch = replay(&world.journal);
    assert_eq!(watch.duties, world.model.watch.duties);
}

#[test]
fn the_runbook_at_hand_is_asked_then_the_only_other_one_that_says_anything() {
    let mut world = world_of(&[("other.md", OTHER), ("deploy.md", DEPLOY)]);
    go(&mut world);
    assert_eq!(due(&world).len(), 7);
    let mut world = world_of(&[("other.md", OTHER)]);
    go(&mut world);
    assert!(due(&world).is_empty() && !world.said().contains("to do"), "{}", world.said());
    let mut world = world_of(&[("other.md", OTHER), ("deploy.md", DEPLOY), ("again.md", DEPLOY)]);
    go(&mut world);
    assert!(due(&world).is_empty(), "none is guessed: {:?}", due(&world));
    assert!(world.said().contains("2 runbooks name what follows, none of them at hand"), "{}", world.said());
}

#[test]
fn a_tick_in_the_runbook_counts_and_no_timer_says_it_twice() {
    let mut world = live();
    world.key("i");
    world.answers_prompt("P1 the shop is slow");
    let lines = due::items(&world.model, world.now);
    let of = |words: &str| lines.iter().filter(|item| item.text.contains(words)).count();
    assert_eq!((of("Monitor error rates"), of("Tell the partners")), (1, 1), "{lines:?}");
    world.wait(HOUR - 10);
    let steps = world.model.plan.runbooks[0].phases.iter().flat_map(|phase| &phase.steps);
    let step = steps.into_iter().find(|step| step.text.contains("Monitor")).expect("a step").id.clone();
    world.model.ui.step = Some(midwatch::domain::runbook::StepRef { runbook: "deploy.md".into(), step });
    world.keys("2 space");
    assert!(is_due(&world, "hourly: Monitor error rates  1 of 24"), "{:?}", due(&world));
    assert!(world.has_told("D-1 done: ticked in the runbook"), "{:?}", world.told());
}

#[test]
fn hours_and_days_that_are_named_are_kept_to() {
    // It is Saturday, 03:10 and a few minutes.
    let text = "# Ops\n\n**First week:**\n\n- Read the numbers daily at 09:00 UTC\n- Meet Mon/Thu 10:00 UTC\n- Clean up every hour for the first 3 hours\n";
    let mut world = world_of(&[("ops.md", text)]);
    go(&mut world);
    let lines = due(&world);
    let clocks: Vec<(&str, &str)> = lines.iter().filter_map(|line| line.split_once(' ')).collect();
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert!(clocks[0].0.starts_with("59:") || clocks[0].0 == "1:00:00", "{lines:?}");
    assert!(lines[0].contains("Clean up") && lines[0].ends_with("0 of 3"), "{lines:?}");
    assert!(
        lines[1].starts_with("5:4") && lines[1].ends_with("daily: Read the numbers  0 of 7"),
        "{lines:?}"
    );
    assert!(lines[2].starts_with("2d 6h weekly: Meet"), "{lines:?}");
    assert!(lines[3].starts_with("5d 6h weekly: Meet"), "{lines:?}");
}

#[test]
fn what_cannot_be_recorded_is_not_done_and_a_follower_ends_nothing() {
    let mut world = live();
    world.model.feed.journal = JournalState::ReadOnly("another console has it".into());
    at(&mut world, "Monitor error rates");
    world.key("d");
    assert!(world.model.ui.dialog.is_none() && world.said().contains("read-only"), "{}", world.said());
    let before = world.journal.len();
    world.until(world.now.plus(Duration::from_secs(26 * HOUR)));
    assert!(!world.journal[before..].iter().any(|logged| matches!(logged.fact, Fact::DutyEnded { .. })));
}

#[test]
fn enter_opens_its_step_and_the_view_lists_all() {
    let mut world = live();
    world.resize(120, 40);
    at(&mut world, "Monitor error rates");
    world.key("enter");
    assert!(world.sees("Monitor error rates every hour"), "{}", world.screen());
    world.keys("esc T");
    let screen = world.screen();
    for words in
        ["First 24 Hours", "ends in 1d 0h", "First Week", "every 2h: Check performance metrics  0 of 12"]
    {
        assert!(screen.contains(words), "{words}: {screen}");
    }
}
