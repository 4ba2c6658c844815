//! What stands between a step and its command: checks, approvals; and what follows a failure. Required and optional.

use midwatch::domain::command::Command;
use midwatch::domain::fact::Fact;
use midwatch::domain::runbook::StepState;
use midwatch::domain::step_rules::Need;
use midwatch::state::{Dialog, RunState, Watch};

use crate::undo::{at, opened, reopened, step};
use crate::world::{World, exit, status};

const RULES: &str = r#"# Rules

## Release

- Say what is in it.
- Let the CEO agree. <!-- midwatch: approve=CEO -->
- Look at the queue.
  ```sh
  cat queue.txt
  ```
- Publish it.
  ```sh
  ./publish
  ```

## Containment

- Drain the pool.
  ```sh {"onFailure": "reset-pool"}
  ./drain
  ```
- Reset the pool.
  ```sh {"name": "reset-pool"}
  ./reset-pool
  ```
- Move the traffic.
  ```sh {"onFailure": "ask"}
  ./move-traffic
  ```
- Stop the writer.
  ```sh
  ./stop-writer
  ```

## Recovery

- Restore the table.
  ```sh {"check": "test -f <dump>"}
  ./restore <dump>
  ```
- Open the shop.
  ```sh {"check": "status == 200", "signal": "api"}
  ./open-shop
  ```
- Warm the cache.
  ```sh {"check": "rm -rf cache"}
  ./warm
  ```
- Optional: thank everybody.
"#;

const CEO: usize = 1;
const QUEUE: usize = 2;
const PUBLISH: usize = 3;
const DRAIN: usize = 4;
const RESET: usize = 5;
const MOVE: usize = 6;
const STOP: usize = 7;
const RESTORE: usize = 8;
const OPEN: usize = 9;
const WARM: usize = 10;
const THANK: usize = 11;

fn armed() -> World {
    let mut world = opened(RULES, Watch::default());
    world.wait(60);
    world.command(Command::Arm);
    world
}

fn runs(world: &mut World, nth: usize) {
    at(world, nth);
    world.command(Command::RunStep);
}

fn state(world: &World, nth: usize) -> StepState {
    world.model.watch.mark(&step(world, nth)).map_or(StepState::Open, |mark| mark.state.clone())
}

fn approves(world: &mut World, text: &str) {
    at(world, CEO);
    world.key("Y");
    world.answers_prompt(text);
}

#[test]
fn without_an_approval_nothing_that_changes_runs_after_it_and_it_is_not_ticked() {
    let mut world = armed();
    at(&mut world, CEO);
    assert!(world.sees("needs the approval of CEO") && world.sees("Y"), "{}", world.screen());
    world.key("space");
    assert_eq!(state(&world, CEO), StepState::Open);
    assert!(world.said().contains("the approval of CEO is missing"), "{}", world.said());
    runs(&mut world, PUBLISH);
    assert!(world.said().contains("the approval of CEO is missing"), "{}", world.said());
    assert!(world.model.ui.dialog.is_none() && world.left.is_empty());
    // Neither does skipping it approve it.
    at(&mut world, CEO);
    world.key("s");
    world.answers_prompt("no time");
    runs(&mut world, PUBLISH);
    assert!(world.left.is_empty());
    // What only looks is not held up, nor is another phase.
    runs(&mut world, QUEUE);
    assert_eq!(world.left.len(), 1);
    runs(&mut world, STOP);
    world.key("y");
    assert_eq!(world.left.len(), 2);
}

#[test]
fn an_approval_has_a_name_and_a_reason_and_belongs_to_its_incident() {
    let mut world = armed();
    at(&mut world, CEO);
    world.key("Y");
    let Some(Dialog::Prompt(prompt)) = &world.model.ui.dialog else { panic!("no prompt") };
    assert_eq!(prompt.input.value(), "", "the name is not given beforehand");
    for text in ["", "justin", "justin:", ": notes read", " : ", "justin: ."] {
        world.answers_prompt(text);
        assert!(matches!(world.model.ui.dialog, Some(Dialog::Prompt(_))), "{text:?} was taken");
    }
    world.answers_prompt("justin: release notes read");
    at(&mut world, CEO);
    assert!(world.sees("approved by justin for CEO"), "{}", world.screen());
    let given = world.facts().find_map(|fact| match fact {
        Fact::StepApproved { name, role, reason, by, .. } => {
            Some((name.clone(), role.clone(), reason.clone(), by.clone()))
        }
        _ => None,
    });
    let given = given.expect("a fact");
    assert_eq!(given, ("justin".into(), "CEO".into(), "release notes read".into(), "ann".into()));
    world.key("space");
    assert_eq!(state(&world, CEO), StepState::Done);

    let mut world = reopened(world, RULES);
    world.command(Command::Arm);
    runs(&mut world, PUBLISH);
    world.key("y");
    assert_eq!(world.left.len(), 1, "an approval outlives a restart");

    world.model.ui.dialog = None;
    world.key("i");
    world.answers_prompt("P1 the release is broken");
    runs(&mut world, PUBLISH);
    assert_eq!(world.left.len(), 1, "a new incident begins without");
    assert!(world.said().contains("approval of CEO is missing"), "{}", world.said());
}

#[test]
fn approved_and_locked_is_still_locked() {
    let mut world = armed();
    approves(&mut world, "justin: release notes read");
    world.command(Command::Disarm);
    runs(&mut world, PUBLISH);
    world.keys("y enter");
    assert!(world.left.is_empty());
}

#[test]
fn a_failed_command_fails_its_step_and_the_cursor_stays() {
    let mut world = armed();
    world.script("./stop-writer", Some(exit(7)));
    runs(&mut world, STOP);
    world.key("y");
    let StepState::Failed { reason } = state(&world, STOP) else { panic!("{:?}", state(&world, STOP)) };
    assert!(reason.contains("R-1") && reason.contains("exit 7"), "{reason}");
    assert_eq!(world.model.ui.step, Some(step(&world, STOP)));
}

#[test]
fn a_handler_never_turns_a_failed_step_green() {
    let mut world = armed();
    world.script("./drain", Some(exit(1)));
    runs(&mut world, DRAIN);
    world.key("y");
    assert!(
        world.sees("R-1 failed: what now?") && world.sees("Answer it with “reset-pool”"),
        "{}",
        world.screen()
    );
    assert_eq!(world.left.len(), 1, "nothing ran by itself");
    world.keys("down enter");
    assert!(world.sees("Answers the failure of R-1. Its step stays failed."), "{}", world.screen());
    world.key("y");
    assert!(matches!(world.run("R-2").state, RunState::Observed(..)));
    assert!(matches!(state(&world, DRAIN), StepState::Failed { .. }));
    let mut world = reopened(world, RULES);
    at(&mut world, DRAIN);
    assert!(world.sees("↺") && world.sees("failed, recovered by R-2"), "{}", world.screen());
    assert!(world.sees("0/8 · 1 recovered") || world.sees("0/4 · 1 recovered"), "{}", world.screen());
    assert!(world.has_told("↺ failed, recovered by R-2 after R-1"));
    assert!(!world.has_told("✔ done"), "{:?}", world.told());
    assert_eq!(state(&world, RESET), StepState::Open, "the answer's own step is ticked by whoever looked");
}

#[test]
fn a_handler_that_fails_recovers_nothing_and_no_runs_nothing() {
    let mut world = armed();
    world.script("./drain", Some(exit(1)));
    world.script("./reset-pool", Some(exit(2)));
    runs(&mut world, DRAIN);
    world.keys("y esc");
    assert_eq!(world.left.len(), 1);
    assert!(matches!(state(&world, DRAIN), StepState::Failed { .. }), "leaving it is no skipping");
    // It is offered again from the step.
    runs(&mut world, DRAIN);
    world.keys("down enter n");
    assert_eq!(world.left.len(), 1);
    runs(&mut world, DRAIN);
    world.keys("down enter y");
    assert_eq!(world.left.len(), 2);
    assert!(world.facts().all(|fact| !matches!(fact, Fact::StepRecovered { .. })));
    assert!(matches!(state(&world, DRAIN), StepState::Failed { .. }));
}

#[test]
fn asked_after_a_failure_the_step_stays_open_until_somebody_says() {
    let mut world = armed();
    world.script("./move-traffic", Some(exit(1)));
    runs(&mut world, MOVE);
    world.key("y");
    assert!(world.sees("Mark the step failed"), "{}", world.screen());
    world.key("esc");
    assert_eq!(state(&world, MOVE), StepState::Open);
    // Once more: it is shown first, and asked.
    runs(&mut world, MOVE);
    world.keys("down enter");
    assert_eq!(world.left.len(), 1);
    world.key("n");
    runs(&mut world, MOVE);
    world.keys("down down enter");
    world.answers_prompt("the traffic moved by itself");
    assert!(matches!(state(&world, MOVE), StepState::Skipped { .. }));
    world.key("r");
    runs(&mut world, MOVE);
    world.key("enter");
    assert!(matches!(state(&world, MOVE), StepState::Skipped { .. } | StepState::Failed { .. }));
}

#[test]
fn a_check_that_holds_leads_to_the_confirmation_and_nothing_else() {
    let mut world = armed();
    world.script("test -f", None);
    runs(&mut world, RESTORE);
    world.answers_prompt("shop.dump");
    assert!(world.sees("Checked first") && world.sees("test -f"), "{}", world.screen());
    world.keys("y enter");
    assert_eq!(world.left.len(), 1, "only the check is out");
    world.replies("R-1", exit(0));
    assert!(matches!(world.model.ui.dialog, Some(Dialog::Confirm(_))), "{}", world.screen());
    assert_eq!(world.left.len(), 1);
    world.key("y");
    assert_eq!(world.left.len(), 2);
}

#[test]
fn a_check_that_does_not_hold_wants_a_typed_reason_which_is_kept() {
    let mut world = armed();
    world.script("test -f", Some(exit(1)));
    runs(&mut world, RESTORE);
    world.answers_prompt("shop.dump");
    assert!(world.sees("It does not hold: R-1: exit 1"), "{}", world.screen());
    assert_eq!(state(&world, RESTORE), StepState::Open, "a check is no failure of the step");
    world.answers_prompt("  ");
    assert_eq!(world.left.len(), 1);
    world.answers_prompt("the dump is on the other disk");
    assert!(matches!(world.model.ui.dialog, Some(Dialog::Confirm(_))), "it is still asked");
    world.key("y");
    assert_eq!(world.left.len(), 2);
    assert!(world.has_told("goes on although test -f <dump> does not hold"), "{:?}", world.told());
}

#[test]
fn leaving_a_check_or_its_refusal_runs_nothing() {
    let mut world = armed();
    world.script("test -f", None);
    runs(&mut world, RESTORE);
    world.answers_prompt("shop.dump");
    world.key("esc");
    world.replies("R-1", exit(0));
    assert!(world.model.ui.dialog.is_none(), "{}", world.screen());
    world.script("test -f", Some(exit(1)));
    runs(&mut world, RESTORE);
    world.answers_prompt("shop.dump");
    world.key("esc");
    assert_eq!(world.left.len(), 2, "two checks, and nothing else");
}

#[test]
fn a_check_over_a_signal_asks_it_now() {
    let mut world = armed();
    let api = "GET https://shop.example.com/api/health";
    world.script(api, Some(status(503, "no")));
    runs(&mut world, OPEN);
    assert!(world.sees("api: status == 200") && world.sees("It does not hold"), "{}", world.screen());
    world.key("esc");
    world.script(api, Some(status(200, "{}")));
    runs(&mut world, OPEN);
    assert!(matches!(world.model.ui.dialog, Some(Dialog::Confirm(_))), "{}", world.screen());
}

#[test]
fn a_check_that_would_change_something_is_not_made() {
    let mut world = armed();
    runs(&mut world, WARM);
    assert!(world.sees("it does not only look (destroy), so it is not run"), "{}", world.screen());
    assert!(world.left.is_empty());
}

#[test]
fn what_is_optional_is_marked_so_and_skipped_without_a_reason() {
    let mut world = armed();
    at(&mut world, THANK);
    assert!(world.sees("(optional) Optional: thank everybody"), "{}", world.screen());
    assert!(world.sees("0/4 · 1 optional open"), "{}", world.screen());
    world.key("s");
    world.press(midwatch::domain::press::Press::Enter);
    assert_eq!(state(&world, THANK), StepState::Skipped { reason: String::new() });
    at(&mut world, STOP);
    world.key("s");
    world.press(midwatch::domain::press::Press::Enter);
    assert_eq!(state(&world, STOP), StepState::Open, "what has to be done wants a reason");
    let steps: Vec<Need> = world.model.plan.runbooks[0]
        .phases
        .iter()
        .flat_map(|phase| &phase.steps)
        .map(midwatch::domain::runbook::Step::need)
        .collect();
    assert_eq!(steps.iter().filter(|need| **need == Need::Advisory).count(), 1);
}

#[test]
fn closing_wants_what_has_to_be_done_and_is_open() {
    let mut world = armed();
    world.key("i");
    world.answers_prompt("P2 a slow night");
    at(&mut world, STOP);
    world.key("space");
    world.resize(120, 60);
    world.key("C");
    assert!(world.sees("6 things are to be settled first."), "{}", world.screen());
    world.closes("it passed");
    let left = world.told().iter().filter(|line| line.contains("left open: open: ")).count();
    assert_eq!(left, 6, "{:#?}", world.told());
}

const SEQUENCE: &str = r#"# Rules

## Containment

- Drain it all.
  ```sh {"undo": "./undrain-one"}
  ./drain-one
  ```
  ```sh {"undo": "./undrain-two"}
  ./drain-two
  ```
  ```sh {"check": "test -f dump"}
  ./restore
  ```
"#;

#[test]
fn a_sequence_stops_before_what_is_checked_first_and_its_runs_are_undone_last_first() {
    let mut world = opened(SEQUENCE, Watch::default());
    world.wait(60);
    world.command(Command::Arm);
    at(&mut world, 0);
    world.command(Command::RunSequence);
    let screen = world.screen();
    assert!(screen.contains("undo: ./undrain-one") && screen.contains("checked first"), "{screen}");
    world.key("y");
    assert_eq!(world.left.len(), 2, "{}", world.screen());
    assert!(world.facts().any(|fact| matches!(
        fact,
        Fact::GatesEnded { done: 2, stopped: Some(why), .. } if why.contains("checked first")
    )));
    world.model.ui.dialog = None;
    world.key("U");
    assert!(world.sees("undo R-2: ./undrain-two"), "{}", world.screen());
    world.key("y");
    assert!(matches!(world.run("R-3").state, RunState::Observed(..)));
    // What was taken back is to be done again, and what was not is not.
    at(&mut world, 0);
    world.command(Command::RunSequence);
    world.key("y");
    assert_eq!(world.left.len(), 4, "{}", world.screen());
    assert_eq!(world.run("R-4").title, "./drain-two");
}

#[test]
fn a_sequence_stops_before_what_nobody_has_approved() {
    let text =
        SEQUENCE.replace("- Drain it all.", "- Agree. <!-- midwatch: approve=CEO -->\n- Drain it all.");
    let mut world = opened(&text, Watch::default());
    world.wait(60);
    world.command(Command::Arm);
    at(&mut world, 1);
    world.command(Command::RunSequence);
    assert!(world.sees("the approval of CEO is missing"), "{}", world.screen());
    world.keys("y enter");
    assert!(world.left.is_empty());
}

#[test]
fn a_command_of_a_sequence_that_says_ask_leaves_its_step_to_the_operator() {
    for (says, marks) in [("ask", 0), ("stop", 1)] {
        let text = SEQUENCE.replace(r#""undo": "./undrain-one""#, &format!(r#""onFailure": "{says}""#));
        let mut world = opened(&text, Watch::default());
        world.wait(60);
        world.command(Command::Arm);
        world.script("./drain-one", Some(exit(3)));
        at(&mut world, 0);
        world.command(Command::RunSequence);
        world.key("y");
        assert_eq!(world.left.len(), 1);
        let marked = world.facts().filter(|fact| matches!(fact, Fact::StepMarked { .. })).count();
        assert_eq!(marked, marks, "{says}");
    }
}
