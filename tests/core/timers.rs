//! What runbooks say of time, of people, of numbers and of variables, in the console: counted, shown, copied.

use std::time::Duration;

use midwatch::app::{Effect, Msg};
use midwatch::domain::command::Command;
use midwatch::domain::runbook::{Runbook, Step};
use midwatch::domain::statement::{
    Compares, Every, Metric, Says, Schedule, Sense, Statement, Threshold, Unit,
};
use midwatch::domain::variable::{Values, check};
use midwatch::panes::due;
use midwatch::state::{DueKey, Watch};

use crate::world::{Answer, SHOP, World, replay};

const MINUTE: u64 = 60;
const HOUR: u64 = 3_600;

/// A runbook whose statements are given by hand: what it says is what it is read to say.
const OPS: &str = "\
# Shop operations

## Containment

1. Close the shop within 5 minutes.
2. Watch the queue for 15 minutes.
3. Page the owner within 24 hours if it is a P0.

## Communication

- Post in #ops every 20 minutes.

## Rollback (30 min)

1. Go back to the release before.
2. See that it is done in 15 minutes.
3. Latency is p95 < 500ms.

## Reference

- Recovery takes less than 15 minutes for P0 incidents.
";

fn step<'a>(runbook: &'a Runbook, words: &str) -> &'a Step {
    let steps = runbook.phases.iter().flat_map(|phase| &phase.steps);
    let mut found = steps.filter(|step| step.text.contains(words));
    found.next().unwrap_or_else(|| panic!("no step says {words:?}"))
}

/// A statement in the step that says `words`.
fn says(runbook: &Runbook, words: &str, says: Says) -> Statement {
    let step = step(runbook, words);
    Statement {
        line: step.line,
        column: 1,
        text: words.into(),
        around: step.text.clone(),
        heading: None,
        step: Some(step.id.clone()),
        says,
    }
}

/// A statement of a heading, on its line.
fn heads(line: usize, heading: &str, says: Says) -> Statement {
    Statement {
        line,
        column: 1,
        text: heading.into(),
        around: heading.into(),
        heading: Some(heading.into()),
        step: None,
        says,
    }
}

fn within(seconds: u64) -> Says {
    Says::Deadline { within: Duration::from_secs(seconds) }
}

fn rung(line: usize, level: u32, who: &str, minutes: Option<u64>) -> Statement {
    let within = minutes.map(|minutes| Duration::from_secs(minutes * MINUTE));
    Statement { line, ..heads(line, "Escalation", Says::Escalation { level, who: who.into(), within }) }
}

fn threshold(metric: Metric, compares: Compares, value: f64, unit: Unit, sense: Sense) -> Says {
    Says::Threshold(Threshold { metric, compares, value, unit, over: None, sense })
}

/// Everything that the runbook above says, and a ladder, contacts and a rotation.
fn statements(runbook: &Runbook) -> Vec<Statement> {
    let every = |span| Schedule { every: Every::Span(Duration::from_secs(span)), hours: None, zone: None };
    let rollback =
        runbook.phases.iter().find(|phase| phase.title.starts_with("Rollback")).expect("a rollback");
    let reference = runbook.phases.iter().find(|phase| phase.title == "Reference").expect("targets");
    let takes = Duration::from_secs(30 * MINUTE);
    let contact = |who: &str, name: Option<&str>, way: Option<&str>| Says::Contact {
        who: who.into(),
        name: name.map(str::to_owned),
        way: way.map(str::to_owned),
    };
    let turn =
        |turn: &str, who: &str| Says::Turn { rotation: "Primary".into(), turn: turn.into(), who: who.into() };
    vec![
        says(runbook, "Close the shop", within(5 * MINUTE)),
        says(runbook, "Watch the queue", Says::Watch { during: Duration::from_secs(15 * MINUTE) }),
        says(runbook, "Page the owner", within(24 * HOUR)),
        says(runbook, "Post in #ops", Says::Schedule(every(20 * MINUTE))),
        heads(rollback.line, "Rollback (30 min)", Says::Planned { takes }),
        says(runbook, "See that it is done", within(15 * MINUTE)),
        says(
            runbook,
            "Latency is",
            threshold(Metric::Latency(Some(95)), Compares::Less, 500.0, Unit::Milliseconds, Sense::Target),
        ),
        heads(
            reference.line + 2,
            "Recovery takes less than 15 minutes for P0 incidents",
            within(15 * MINUTE),
        ),
        rung(100, 1, "Automated recovery", None),
        rung(101, 2, "On-call engineer", Some(5)),
        rung(102, 3, "Team lead", Some(15)),
        rung(103, 4, "Executive", Some(30)),
        heads(110, "Contacts", contact("On-Call", None, Some("+1-555-0100"))),
        heads(111, "Contacts", contact("CEO", Some("Justin"), None)),
        heads(112, "Contacts", contact("DBA", None, None)),
        heads(120, "Primary", turn("Week 1", "ann")),
        heads(121, "Primary", turn("Week 2", "bob")),
    ]
}

fn fill(world: &mut World) {
    for runbook in &mut world.model.plan.runbooks {
        runbook.statements = statements(runbook);
    }
}

/// The shop with that runbook, a minute in.
fn world() -> World {
    let mut world = World::new(SHOP, &[("ops.md", OPS)], Watch::default());
    fill(&mut world);
    world.open();
    world.wait(MINUTE);
    world
}

fn declared() -> World {
    let mut world = world();
    world.key("i");
    world.answers_prompt("P1 the shop is slow");
    world
}

/// The lines of the due pane: clock and words.
fn due(world: &World) -> Vec<String> {
    due::items(&world.model, world.now)
        .into_iter()
        .map(|item| format!("{} {}", item.clock, item.text))
        .collect()
}

fn is_due(world: &World, text: &str) -> bool {
    due(world).iter().any(|line| line.contains(text))
}

/// The runbook as it says things, seen again after a kill.
fn killed(world: World) -> World {
    let (journal, now) = (world.journal, world.now);
    let mut again = World::new(SHOP, &[("ops.md", OPS)], replay(&journal));
    fill(&mut again);
    again.journal = journal;
    again.now = now;
    again.open();
    again
}

#[test]
fn a_deadline_counts_from_when_the_incident_was_declared_until_its_step_is_done() {
    let mut world = world();
    assert!(!is_due(&world, "Close the shop"), "no incident, no clock: {:?}", due(&world));
    world.key("i");
    world.answers_prompt("P1 the shop is slow");
    assert!(is_due(&world, "05:00 Close the shop"), "{:?}", due(&world));
    world.wait(4 * MINUTE + 30);
    assert!(is_due(&world, "00:30 Close the shop"), "{:?}", due(&world));
    world.wait(45);
    assert!(is_due(&world, "+00:15 OVERDUE Close the shop"), "{:?}", due(&world));
    world.at_step("Close the shop");
    world.key("space");
    assert!(!is_due(&world, "Close the shop"), "{:?}", due(&world));
    world.at_step("Close the shop");
    world.key("r");
    assert!(is_due(&world, "OVERDUE Close the shop"), "an open step has its deadline: {:?}", due(&world));
    for (key, reason) in [("f", Some("it hangs")), ("s", Some("bob does it")), ("x", None)] {
        world.at_step("Close the shop");
        world.key(key);
        if let Some(reason) = reason {
            world.answers_prompt(reason);
        }
        // What failed is still to be done.
        assert_eq!(is_due(&world, "Close the shop"), key == "f", "{key}: {:?}", due(&world));
    }
}

#[test]
fn a_deadline_that_names_severities_counts_for_those_alone() {
    let mut world = declared();
    assert!(!is_due(&world, "Page the owner") && !is_due(&world, "Recovery takes"), "{:?}", due(&world));
    world.key("P");
    world.answers_prompt("P0");
    assert!(is_due(&world, "1d 0h Page the owner"), "{:?}", due(&world));
    assert!(is_due(&world, "15:00 Recovery takes"), "{:?}", due(&world));
}

#[test]
fn what_does_not_begin_with_an_incident_counts_from_the_first_deed_in_its_phase() {
    let mut world = declared();
    world.wait(10 * MINUTE);
    assert!(!is_due(&world, "See that it is done"), "{:?}", due(&world));
    world.at_step("Go back");
    world.key("space");
    assert!(is_due(&world, "15:00 See that it is done"), "{:?}", due(&world));
    world.wait(9 * MINUTE);
    world.resize(120, 40);
    assert!(world.sees("9m00, planned 30m"), "{}", world.screen());
    world.wait(22 * MINUTE);
    assert!(world.sees("31m00, planned 30m"), "{}", world.screen());
}

#[test]
fn what_is_watched_counts_once_its_step_was_ticked_and_is_told_when_it_is_over() {
    let mut world = declared();
    assert!(!is_due(&world, "watch"), "{:?}", due(&world));
    world.wait(MINUTE);
    world.at_step("Watch the queue");
    world.key("space");
    assert!(is_due(&world, "15:00 watch: Watch the queue"), "{:?}", due(&world));
    world.wait(15 * MINUTE);
    assert!(is_due(&world, "watched: Watch the queue"), "{:?}", due(&world));
    world.wait(5 * MINUTE);
    assert!(!is_due(&world, "Watch the queue"), "{:?}", due(&world));
}

#[test]
fn what_is_done_again_and_again_is_due_again_after_each_tick() {
    let mut world = declared();
    assert!(is_due(&world, "20:00 again: Post in #ops"), "{:?}", due(&world));
    world.wait(21 * MINUTE);
    assert!(is_due(&world, "+01:00 OVERDUE again: Post in #ops"), "{:?}", due(&world));
    world.at_step("Post in #ops");
    world.key("space");
    assert!(is_due(&world, "20:00 again: Post in #ops"), "{:?}", due(&world));
    world.wait(5 * MINUTE);
    world.at_step("Post in #ops");
    world.key("x");
    world.answers_prompt("");
    assert!(!is_due(&world, "Post in #ops"), "{:?}", due(&world));
}

#[test]
fn timers_survive_a_kill_and_move_with_a_clock_that_is_set() {
    let mut world = declared();
    world.at_step("Go back");
    world.key("space");
    world.at_step("Watch the queue");
    world.key("space");
    world.wait(2 * MINUTE + 10);
    let before = due(&world);
    assert!(before.len() >= 5, "{before:?}");
    let mut world = killed(world);
    assert_eq!(due(&world), before);
    let by = 3 * 3_600_000;
    world.now = world.now.shifted(by);
    world.tell(Msg::ClockStepped { by_millis: by });
    assert_eq!(due(&world), before, "a clock that is set uses up no time");
    let world = killed(world);
    assert_eq!(due(&world), before);
}

#[test]
fn the_ladder_counts_until_the_incident_is_acknowledged() {
    let mut world = declared();
    world.resize(120, 40);
    assert!(is_due(&world, "05:00 L2 On-call engineer"), "{:?}", due(&world));
    assert!(world.sees("L2 in 05:00"), "{}", world.screen());
    world.wait(7 * MINUTE);
    assert!(is_due(&world, "+02:00 L2 On-call engineer: not acknowledged"), "{:?}", due(&world));
    assert!(is_due(&world, "08:00 L3 Team lead"), "{:?}", due(&world));
    assert!(!is_due(&world, "L4") && !is_due(&world, "L1"), "one after the other: {:?}", due(&world));
    world.key("T");
    let screen = world.screen();
    for words in ["L1 Automated recovery", "at once", "for 02:00", "+1-555-0100", "in 08:00", "in 23:00"] {
        assert!(screen.contains(words), "{words}: {screen}");
    }
    world.keys("esc K");
    assert!(!is_due(&world, "L2") && !is_due(&world, "L3"), "{:?}", due(&world));
    world.key("T");
    assert!(world.sees("stopped: acknowledged after 07:00"), "{}", world.screen());
    assert!(world.sees("was reached") && world.sees("not reached"), "{}", world.screen());
}

#[test]
fn times_that_do_not_grow_add_up() {
    let mut world = world();
    let rungs = [rung(1, 1, "ann", Some(15)), rung(2, 2, "bob", Some(15)), rung(3, 3, "eve", Some(15))];
    world.model.plan.runbooks[0].statements = rungs.to_vec();
    world.key("i");
    world.answers_prompt("P1 the shop is slow");
    world.wait(16 * MINUTE);
    assert!(is_due(&world, "14:00 L2 bob"), "{:?}", due(&world));
}

#[test]
fn contacts_are_copied_as_they_are_reached_and_turns_are_not_invented() {
    let mut world = world();
    world.key("T");
    let screen = world.screen();
    assert!(screen.contains("no incident is open") && screen.contains("after 5m00"), "{screen}");
    for _ in 0..40 {
        world.key("down");
    }
    world.key("pageup");
    let seen = |world: &World, words: &str| {
        let mut world_rows = midwatch::panes::dialog::timers::rows(&world.model, world.now).into_iter();
        world_rows.any(|row| format!("{} {} {}", row.text, row.right, row.under.join(" ")).contains(words))
    };
    assert!(seen(&world, "CEO: Justin ▲ no way to reach them"));
    assert!(seen(&world, "DBA ▲ nobody is named"));
    assert!(seen(&world, "cannot be told: the file does not say when Week 1 was"));
    world.key("g");
    for _ in 0..40 {
        world.key("y");
        if world.asked.contains(&Effect::Copy("+1-555-0100".into())) {
            return;
        }
        world.key("down");
    }
    panic!("{:?}", world.asked);
}

#[test]
fn enter_on_a_line_of_due_opens_what_it_is_about() {
    let mut world = declared();
    world.model.ui.due = due::items(&world.model, world.now)
        .into_iter()
        .find(|item| item.text.contains("Close the shop"))
        .map(|item| item.key);
    world.keys("4 enter");
    assert!(world.sees("Close the shop within 5 minutes") && world.sees("ops.md:5"), "{}", world.screen());
    world.key("esc");
    world.model.ui.due = Some(DueKey::Rung(2));
    world.key("enter");
    assert!(world.sees("▸ L2 On-call engineer"), "{}", world.screen());
}

#[test]
fn a_threshold_shows_what_is_measured_and_the_gate_it_is_offered_as() {
    let mut world = world();
    world.answers("api", Answer::Http(200, 900, Vec::new(), r#"{"queue": 0}"#.into()));
    world.wait(5 * MINUTE);
    world.at_step("Latency is");
    world.command(Command::Open);
    let screen = world.screen();
    assert!(screen.contains("p95 < 500 ms  to be kept"), "{screen}");
    assert!(screen.contains("✖ api p95") && screen.contains("not < 500 ms in 5m"), "{screen}");
    assert!(screen.contains("✔ web p95 4") && screen.contains("✔ search p95 4"), "{screen}");
    assert!(!screen.contains("outside-a"), "observer checks are nobody's target: {screen}");
    assert!(screen.contains("gate: percentile_ms('api', 95, '5m') < 500"), "{screen}");
    // Bound to a signal, it is that one's.
    let bound = |step: &mut Step| step.rules.signal = Some("web".into());
    let steps = world.model.plan.runbooks[0].phases.iter_mut().flat_map(|phase| &mut phase.steps);
    steps.filter(|step| step.text.contains("Latency is")).for_each(bound);
    let screen = world.screen();
    assert!(screen.contains("✔ web p95") && !screen.contains("api p95"), "{screen}");
    // What is not measured is neither kept nor missed.
    world.answers("web", Answer::Silent);
    world.wait(10 * MINUTE);
    let screen = world.screen();
    assert!(screen.contains("? web p95 < 500 ms: not measured") && !screen.contains('✔'), "{screen}");
}

#[test]
fn a_target_that_is_no_step_stands_beside_what_is_measured() {
    let mut world = world();
    world.answers("api", Answer::Http(200, 900, Vec::new(), r#"{"queue": 0}"#.into()));
    world.wait(5 * MINUTE);
    let target =
        threshold(Metric::Latency(Some(95)), Compares::Less, 500.0, Unit::Milliseconds, Sense::Target);
    world.model.plan.runbooks[0].statements = vec![heads(1, "Performance: p95 < 500ms", target)];
    world.key("T");
    assert!(world.sees("Performance: p95 < 500ms") && world.sees("✖ api p95 9"), "{}", world.screen());
}

#[test]
fn a_deadline_under_a_bold_lead_counts_from_the_first_deed_under_it() {
    let text = "# Ops\n\n## Trouble\n\n**Rollback Steps**:\n\n1. Go back.\n2. Verify it.\n\n**Rollback Time**: <15 minutes\n";
    let mut world = World::new(SHOP, &[("ops.md", text)], Watch::default());
    let lead = heads(10, "Rollback Steps:", within(15 * MINUTE));
    let around = "Rollback Time: <15 minutes".to_owned();
    world.model.plan.runbooks[0].statements = vec![Statement { around, ..lead }];
    world.open();
    world.key("i");
    world.answers_prompt("P1 the shop is slow");
    assert!(!is_due(&world, "Rollback Time"), "{:?}", due(&world));
    world.at_step("Go back");
    world.key("space");
    assert!(is_due(&world, "15:00 Rollback Time"), "{:?}", due(&world));
    world.at_step("Verify it");
    world.key("space");
    assert!(!is_due(&world, "Rollback Time"), "{:?}", due(&world));
}

#[test]
fn a_window_says_when_it_comes_and_that_it_is_open() {
    let mut world = world();
    let window = Schedule {
        every: Every::Month(Some((3, 5))),
        hours: Some(((2, 0), (4, 0))),
        zone: Some("UTC".into()),
    };
    let heading = "Maintenance (3rd Saturday 2-4 AM UTC)";
    world.model.plan.runbooks[0].statements = vec![heads(1, heading, Says::Schedule(window))];
    // It is the third Saturday of November, eleven past three.
    assert!(is_due(&world, "49:00 open now: Maintenance"), "{:?}", due(&world));
    world.key("T");
    assert!(world.sees("open now, ends in 49:00"), "{}", world.screen());
    world.wait(50 * MINUTE);
    assert!(world.sees("Sat 19 Dec 02:00Z, in 27d"), "{}", world.screen());
    world.key("esc");
    assert!(!is_due(&world, "Maintenance"), "{:?}", due(&world));
}

#[test]
fn variables_are_told_by_name_and_never_by_value() {
    let mut world = world();
    let variable = |name: &str, optional| Says::Variable {
        name: name.into(),
        optional,
        environment: Some("Staging".into()),
    };
    let runbook = &mut world.model.plan.runbooks[0];
    runbook.statements = vec![
        says(runbook, "Close the shop", variable("STAGING_APP_URL", false)),
        says(runbook, "Close the shop", variable("STAGING_TOKEN", false)),
        says(runbook, "Close the shop", variable("STAGING_ORG", true)),
    ];
    let values = Values::from([("STAGING_APP_URL".into(), Some("hunter2".into()))]);
    world.model.plan.needed = check(&world.model.plan.runbooks, "production", &values);
    world.at_step("Close the shop");
    assert!(world.sees("▲ 2 of 3 variables are missing or suspicious"), "{}", world.screen());
    world.command(Command::Open);
    let screen = world.screen();
    assert!(screen.contains("STAGING_APP_URL  ▲ suspicious: not a URL"), "{screen}");
    assert!(screen.contains("STAGING_TOKEN    ✖ missing"), "{screen}");
    assert!(screen.contains("STAGING_ORG      – not set, optional"), "{screen}");
    world.keys("esc T");
    let screen = world.screen();
    assert!(screen.contains("Variables · Staging") && !screen.contains("hunter2"), "{screen}");
}

#[test]
fn nothing_to_show_says_so() {
    let mut world = World::quiet();
    world.model.plan.runbooks.iter_mut().for_each(|runbook| runbook.statements.clear());
    world.key("T");
    assert!(world.model.ui.dialog.is_none() && world.said().contains("no runbook names"), "{}", world.said());
}
