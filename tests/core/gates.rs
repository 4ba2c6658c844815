//! Commands that follow one another: in order, one at a time, stopped by the first that does not end well, and
//! never run again unasked.

use std::collections::BTreeMap;

use midwatch::app::{Effect, Msg};
use midwatch::domain::command::Command;
use midwatch::domain::fact::Fact;
use midwatch::domain::io::{Delivery, IoRequest, Reason};
use midwatch::domain::runbook::StepState;
use midwatch::state::{Dialog, RunState, Watch};

use crate::world::{Disk, SHOP, World, exit, failed};

const GATES: &str = "\
# Release

## Release gates

Run before pilot onboarding:

```bash
npm run lint
npm run test
npm run build
npm run test:e2e
npm run pilot:preflight
```
";

const ORDER: [&str; 5] =
    ["npm run lint", "npm run test", "npm run build", "npm run test:e2e", "npm run pilot:preflight"];

/// The shop with this runbook, quiet and armed, the runbook in focus on its first step.
fn on(runbook: &str) -> World {
    let mut world = World::new(SHOP, &[("runbook.md", runbook)], Watch::default());
    world.open();
    world.wait(60);
    ready(&mut world);
    world
}

fn ready(world: &mut World) {
    world.command(Command::Arm);
    world.command(Command::FocusRunbook);
    world.resize(80, 24);
}

/// What left, in order.
fn left(world: &World) -> Vec<String> {
    let text = |effect: &Effect| match effect {
        Effect::Run { request: IoRequest::Command(command), .. } => command.argv.last().cloned(),
        _ => None,
    };
    world.asked.iter().filter_map(text).collect()
}

/// How the steps with a command stand, in order.
fn marks(world: &World) -> Vec<&'static str> {
    let runbook = &world.model.plan.runbooks[0];
    let steps = runbook.phases.iter().flat_map(|phase| &phase.steps).filter(|step| !step.commands.is_empty());
    let mark = |step: &midwatch::domain::runbook::Step| {
        let step = midwatch::domain::runbook::StepRef { runbook: runbook.id.clone(), step: step.id.clone() };
        world.model.watch.mark(&step).map_or("open", |mark| mark.state.word())
    };
    steps.map(mark).collect()
}

/// `'npm run test'` as it stands in a preview: no other command's text holds it.
fn quoted(command: &str) -> String {
    format!("'{command}'")
}

fn ended(world: &World) -> Option<(usize, usize, Option<String>)> {
    world
        .facts()
        .filter_map(|fact| match fact {
            Fact::GatesEnded { done, total, stopped, .. } => Some((*done, *total, stopped.clone())),
            _ => None,
        })
        .last()
}

#[test]
fn the_whole_list_is_seen_before_anything_runs_and_then_runs_in_its_order() {
    let mut world = on(GATES);
    world.key(">");
    let screen = world.screen();
    for command in ORDER {
        assert!(
            screen.contains(&format!("$ sh -c '{command}'"))
                || screen.contains(&format!("$ bash -c '{command}'")),
            "{screen}"
        );
    }
    assert!(screen.contains("change: the highest risk in it"), "{screen}");
    assert!(screen.contains("y run"), "{screen}");
    assert_eq!(left(&world), Vec::<String>::new());

    // The key that asks does not confirm, and neither does Enter.
    world.keys("> enter");
    assert_eq!(left(&world), Vec::<String>::new());
    assert!(world.sees("Enter never confirms"), "{}", world.screen());

    world.key("y");
    assert_eq!(left(&world), ORDER);
    assert_eq!(marks(&world), ["done"; 5]);
    assert_eq!(ended(&world), Some((5, 5, None)));
    // What lets each of them run is on disk before it, and begins behind what begins the sequence.
    let began = world.facts().position(|fact| matches!(fact, Fact::GatesBegan { .. })).unwrap();
    let asked = world.facts().position(|fact| matches!(fact, Fact::RunRequested { .. })).unwrap();
    assert!(began < asked);
    assert!(world.has_told("ann via R-1 ✔ done: npm run lint"), "{:#?}", world.told());
    assert!(world.sees("All 5 are done"), "{}", world.screen());
}

#[test]
fn one_runs_at_a_time_and_progress_is_said() {
    let mut world = on(GATES);
    for command in ORDER {
        world.script(&quoted(command), None);
    }
    world.keys("> y");
    assert_eq!(left(&world), ORDER[..1]);
    world.replies("R-1", exit(0));
    assert_eq!(left(&world), ORDER[..2]);
    world.wait(41);
    assert!(world.sees("R-2 running 00:41"), "{}", world.screen());
    world.key("esc");
    assert!(world.sees("gates 1/5 · test 00:41"), "{}", world.screen());
    world.replies("R-2", exit(0));
    assert!(world.sees("gates 2/5 · build 00:00"), "{}", world.screen());
    // Leaving in the middle asks, and says what does not follow.
    world.key("q");
    assert!(world.sees("G-1 Release gates ends with it"), "{}", world.screen());
    world.key("n");
    assert!(!world.asked.contains(&Effect::Quit));
}

#[test]
fn the_first_failure_stops_it_and_it_goes_on_from_there() {
    let mut world = on(GATES);
    world.script(&quoted("npm run build"), Some(exit(2)));
    world.keys("> y");
    assert_eq!(left(&world), ORDER[..3]);
    assert_eq!(marks(&world), ["done", "done", "failed", "open", "open"]);
    assert_eq!(ended(&world), Some((2, 5, Some("R-3 npm run build: exit 2".into()))));
    assert!(world.has_told("R-3 npm run build: exit 2"), "{:#?}", world.told());

    // On screen still: what is done says so, and what failed comes next.
    let screen = world.screen();
    assert!(screen.contains("ann via R-1") && screen.contains("R-3 did not end well"), "{screen}");
    world.key("y");
    assert_eq!(left(&world)[3..], ORDER[2..], "what had ended well did not run again");
    assert_eq!(marks(&world), ["done"; 5]);
    assert_eq!(ended(&world), Some((5, 5, None)));
}

#[test]
fn all_of_it_runs_again_only_when_that_is_asked_for() {
    let mut world = on(GATES);
    world.keys("> y");
    world.keys("y enter > y");
    assert_eq!(left(&world).len(), 5, "{}", world.screen());
    world.key("r");
    assert!(world.sees("Anew: what has ended well runs again"), "{}", world.screen());
    assert_eq!(left(&world).len(), 5);
    world.script(&quoted("npm run build"), Some(exit(1)));
    world.key("y");
    assert_eq!(left(&world)[5..], ORDER[..3]);
    assert_eq!(
        marks(&world),
        ["done", "done", "failed", "open", "open"],
        "begun anew, all of it is open again"
    );
    // What ended well since then is done.
    world.key("y");
    assert_eq!(left(&world)[8..], ORDER[2..]);
}

#[test]
fn stopping_ends_the_run_that_is_out_and_what_would_follow_it() {
    let mut world = on(GATES);
    world.script(&quoted("npm run test"), None);
    world.keys("> y X");
    assert!(world.asked.contains(&Effect::Cancel("R-2".into())));
    // It ended well all the same, before it could be stopped.
    world.replies("R-2", exit(0));
    assert_eq!(left(&world), ORDER[..2], "nothing follows what was stopped");
    assert_eq!(marks(&world), ["done", "done", "open", "open", "open"]);
    assert_eq!(ended(&world), Some((2, 5, Some("by hand".into()))));

    world.script(&quoted("npm run build"), None);
    world.keys("y esc X");
    world.replies("R-3", failed(Reason::Timeout, Delivery::Cancelled));
    assert_eq!(ended(&world), Some((2, 5, Some("by hand".into()))));
    assert_eq!(marks(&world)[2], "open", "what was stopped has not failed");
    assert_eq!(left(&world).len(), 3);
}

#[test]
fn what_cannot_be_undone_is_never_part_of_it() {
    let text = "# R\n\n## Rollback\n\n```sh\nnpm run lint\nredis-cli FLUSHALL\nnpm run test\n```\n";
    let mut world = on(text);
    world.key(">");
    assert!(world.sees("it cannot be undone"), "{}", world.screen());
    assert!(world.sees("read: it changes nothing"), "only what runs counts:\n{}", world.screen());
    world.key("enter");
    assert_eq!(left(&world), ["npm run lint"]);
    assert!(ended(&world).unwrap().2.unwrap().contains("cannot be undone"));
    world.keys("enter y");
    assert_eq!(left(&world), ["npm run lint"]);

    // On its own, by typing its target; then the sequence goes on behind it.
    world.key("esc");
    world.keys("down enter");
    world.types("run");
    world.key("enter");
    assert_eq!(left(&world).len(), 2, "{}", world.screen());
    world.keys("esc > enter");
    assert_eq!(left(&world), ["npm run lint", "redis-cli FLUSHALL", "npm run test"]);
}

#[test]
fn a_lock_in_the_middle_stops_it() {
    let mut world = on(GATES);
    world.script(&quoted("npm run test"), None);
    world.keys("> y");
    world.command(Command::Disarm);
    world.replies("R-2", exit(0));
    assert_eq!(left(&world), ORDER[..2]);
    assert_eq!(ended(&world), Some((2, 5, Some("locked: arm first".into()))));
    assert!(world.sees("A arm"), "{}", world.screen());
    world.keys("A y");
    assert_eq!(left(&world), ORDER);
}

#[test]
fn what_the_file_leaves_out_is_said_and_not_run() {
    let text = "# R\n\n## Verify\n\n1. One `npm run lint`\n2. Two\n\n   ```sh {\"excludeFromRunAll\":\"true\"}\n   npm run test:watch\n   ```\n3. Three `npm run test`\n";
    let mut world = on(text);
    world.key(">");
    assert!(world.sees("left out by the file"), "{}", world.screen());
    world.key("enter");
    assert_eq!(left(&world), ["npm run lint", "npm run test"]);
    assert_eq!(marks(&world), ["done", "open", "done"]);
}

#[test]
fn what_is_done_by_hand_in_a_numbered_list_comes_before_what_follows_it() {
    let text = "# R\n\n## Verify\n\n1. Run `npm run lint`\n2. Ask ann.\n3. Run `npm run test`\n4. Go home.\n";
    let mut world = on(text);
    world.keys("> enter");
    assert_eq!(left(&world), ["npm run lint"]);
    assert!(world.sees("it is done by hand: tick it"), "{}", world.screen());
    world.keys("esc down space > enter");
    assert_eq!(left(&world), ["npm run lint", "npm run test"]);
    assert_eq!(ended(&world), Some((2, 2, None)));
}

#[test]
fn several_spans_of_one_step_are_one_sequence_and_mark_it_once() {
    let text = "# R\n\n## Verify\n\n- [ ] All green (`npm run lint`, `npm run test`, `npm run check`).\n- [ ] Ask ann.\n";
    let mut world = on(text);
    world.script(&quoted("npm run test"), Some(exit(1)));
    world.keys("> enter");
    assert_eq!(left(&world), ["npm run lint", "npm run test"]);
    assert_eq!(marks(&world), ["failed"]);
    world.key("enter");
    assert_eq!(left(&world), ["npm run lint", "npm run test", "npm run test", "npm run check"]);
    assert_eq!(marks(&world), ["done"]);
}

#[test]
fn placeholders_are_filled_in_before_it_is_confirmed() {
    let text = "# R\n\n## Recover\n\n```sh\nvercel ls <team>\nvercel promote <url> --scope=<team>\n```\n";
    let mut world = on(text);
    world.key(">");
    assert!(world.sees("to fill in: <url>, <team>"), "{}", world.screen());
    world.key("y");
    assert!(world.sees("Fill in <team>"), "{}", world.screen());
    world.types("o'reilly");
    world.key("enter");
    assert!(world.sees("Fill in <url>"), "asked once each:\n{}", world.screen());
    world.types("https://x.example.com");
    world.key("enter");
    assert!(world.sees("MW_TEAM=o'reilly") && world.sees("y run"), "{}", world.screen());
    assert!(left(&world).is_empty());
    world.key("y");
    assert_eq!(left(&world).len(), 2);
}

#[test]
fn nothing_of_it_is_begun_where_nothing_can_be_recorded() {
    let mut world = on(GATES);
    world.disk = Disk::Full;
    world.key("n");
    world.types("x");
    world.key("enter");
    world.keys("esc >");
    world.key("y");
    assert!(left(&world).is_empty());
    assert!(world.model.watch.gates.is_empty());
}

#[test]
fn a_step_alone_is_no_sequence() {
    let mut world = on("# R\n\n## Verify\n\nRun `npm run lint` now.\n");
    world.key(">");
    assert!(world.model.ui.dialog.is_none());
    assert!(world.said().contains("no two commands"), "{}", world.said());
}

/// Resumes whatever is on screen until all is done, as somebody does who takes nothing for granted; what was asked
/// about is answered so.
fn finish(world: &mut World, unknown: &str) {
    for _ in 0..4 {
        if !matches!(world.model.ui.dialog, Some(Dialog::Gates(_))) {
            world.key(">");
        }
        if world.sees("d it ended well") {
            world.key("y");
            world.key("enter");
            assert!(world.sees("d it ended well"), "nothing runs before it is answered:\n{}", world.screen());
            if unknown == "a" {
                // What changes something is looked at before it is tried again.
                let risky = world.model.watch.runs.iter().any(midwatch::state::Run::must_be_verified);
                if risky {
                    world.key("a");
                    assert!(world.sees("verify it first"), "{}", world.screen());
                    world.key("v");
                    world.answers_prompt("it had not begun");
                    world.key(">");
                }
            }
            world.key(unknown);
        }
        world.key("y");
        if world.sees("All 5 are done") {
            return;
        }
    }
    panic!("{}", world.screen());
}

/// Wherever the program is killed: what had ended well does not run again, and what was out is asked about.
#[test]
fn killed_at_any_fact_it_goes_on_with_exactly_what_had_not_ended() {
    let mut whole = on(GATES);
    whole.script(&quoted("npm run build"), Some(exit(2)));
    whole.keys("> y");
    whole.key("y");
    let began =
        whole.journal.iter().position(|logged| matches!(logged.fact, Fact::GatesBegan { .. })).unwrap();
    for unknown in ["d", "a"] {
        for cut in began..=whole.journal.len() {
            let mut world = on(GATES);
            world.journal = whole.journal[..cut].to_vec();
            world.now = whole.now;
            let mut ran: BTreeMap<String, usize> = BTreeMap::new();
            let before = crate::world::replay(&world.journal);
            let well = |state: &RunState| matches!(state, RunState::Observed(..));
            for run in &before.runs {
                *ran.entry(run.title.clone()).or_default() += usize::from(well(&run.state));
            }
            let out = before.runs.iter().find(|run| run.is_open()).map(|run| run.title.clone());
            let mut world = world.killed_and_reopened_on(GATES);
            if out.is_some() {
                assert!(world.sees("unknown: verify"), "{}", world.screen());
            }
            assert!(world.model.watch.going().is_none(), "{cut}: it does not go on by itself");
            assert!(left(&world).is_empty(), "{cut}: opening it runs nothing");
            ready(&mut world);
            if world.model.watch.gates.iter().any(|gates| gates.ended != Some(None)) || cut == began {
                finish(&mut world, unknown);
            }
            for command in left(&world) {
                *ran.entry(command).or_default() += 1;
            }
            if unknown == "d"
                && let Some(out) = &out
            {
                *ran.entry(out.clone()).or_default() += 1;
            }
            let expected: BTreeMap<String, usize> =
                ORDER.iter().map(|command| ((*command).to_owned(), 1)).collect();
            assert_eq!(ran, expected, "{unknown} after {cut} of {} facts", whole.journal.len());
            assert_eq!(marks(&world), ["done"; 5], "{unknown} after {cut}");
            assert_eq!(crate::world::replay(&world.journal), world.model.watch, "replay is live");
        }
    }
}

#[test]
fn a_step_that_is_left_out_is_not_run() {
    let mut world = on(GATES);
    world.keys("down down s");
    world.types("known to be slow");
    world.keys("enter > y");
    assert_eq!(left(&world).len(), 4);
    assert!(!left(&world).contains(&"npm run test".to_owned()));
    let skipped = |logged: &&midwatch::domain::fact::Logged| {
        matches!(&logged.fact, Fact::StepMarked { state: StepState::Skipped { .. }, .. })
    };
    assert_eq!(world.journal.iter().filter(skipped).count(), 1);
    assert_eq!(marks(&world)[1], "skipped", "skipped never reads as done");
    world.tell(Msg::Tick);
}
