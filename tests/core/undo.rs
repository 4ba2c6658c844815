//! Undo: last done, first undone; exactly what was kept with the run; across restarts.

use midwatch::domain::command::Command;
use midwatch::domain::fact::Fact;
use midwatch::domain::ids::RunId;
use midwatch::domain::io::{Delivery, IoRequest, Reason};
use midwatch::domain::runbook::StepRef;
use midwatch::state::{Dialog, Focus, ObligationState, RunState, Watch};
use proptest::prelude::*;

use crate::world::{SHOP, World, exit, failed, replay};

pub const ORDER: &str = r#"# Order

## Containment

- Drain the pool.
  ```sh {"undo": "./undrain <pool>"}
  ./drain <pool>
  ```
- Stop the writer.
  ```sh {"undo": "./start-writer"}
  ./stop-writer
  ```
- Tell the cache.
  ```sh
  ./tell-cache
  ```
- Set `MAINTENANCE_MODE=true` at the edge.
"#;

pub fn opened(text: &str, watch: Watch) -> World {
    let mut world = World::new(SHOP, &[("order.md", text)], watch);
    world.open();
    world
}

fn armed() -> World {
    let mut world = opened(ORDER, Watch::default());
    world.wait(60);
    world.command(Command::Arm);
    world
}

/// The program dies, and is opened again with this runbook on what is on disk.
pub fn reopened(world: World, text: &str) -> World {
    let mut again = World::new(SHOP, &[("order.md", text)], replay(&world.journal));
    again.journal = world.journal;
    again.now = world.now;
    again.flag = world.flag;
    again.open();
    again
}

pub fn step(world: &World, nth: usize) -> StepRef {
    let runbook = &world.model.plan.runbooks[0];
    let step = runbook.phases.iter().flat_map(|phase| &phase.steps).nth(nth).expect("a step");
    StepRef { runbook: runbook.id.clone(), step: step.id.clone() }
}

pub fn at(world: &mut World, nth: usize) {
    world.model.ui.dialog = None;
    world.model.ui.focus = Focus::Runbook;
    world.model.ui.step = Some(step(world, nth));
}

fn does(world: &mut World, nth: usize) {
    at(world, nth);
    world.command(Command::RunStep);
    if matches!(world.model.ui.dialog, Some(Dialog::Prompt(_))) {
        world.answers_prompt("blue pool; $(id)");
    }
    world.key("y");
    world.model.ui.dialog = None;
}

fn stack(world: &World) -> Vec<String> {
    world.model.watch.undo_stack().iter().map(|run| run.id.to_string()).collect()
}

/// The request that left as `run`.
fn left(world: &World, run: &str) -> IoRequest {
    world.run(run).request.clone()
}

#[test]
fn an_undo_is_shown_before_the_step_runs_and_undoes_exactly_that_after_a_restart() {
    let mut world = armed();
    at(&mut world, 0);
    world.command(Command::RunStep);
    world.answers_prompt("blue pool; $(id)");
    assert!(world.sees("Undo: ./undrain"), "{}", world.screen());
    world.key("y");
    assert_eq!(stack(&world), ["R-1"]);
    let kept = world.run("R-1").undo.clone().expect("an undo");
    let IoRequest::Command(command) = &kept.request else { panic!("{kept:?}") };
    assert_eq!(command.env[0].1.to_string(), "blue pool; $(id)", "the same value, as a value");

    // The runbook says something else by then; what was kept is undone.
    let mut world = reopened(world, &ORDER.replace("./undrain", "./set-fire-to"));
    assert_eq!(stack(&world), ["R-1"]);
    world.command(Command::Arm);
    world.key("U");
    assert!(world.sees("undo R-1") && world.sees("./undrain"), "{}", world.screen());
    assert!(world.sees("Takes back R-1") && world.sees("Nothing lies under it"), "{}", world.screen());
    world.key("y");
    assert_eq!(left(&world, "R-2"), kept.request);
    assert_eq!(world.left, [RunId::from("R-2")]);
    assert_eq!(stack(&world), [""; 0]);
    at(&mut world, 0);
    assert!(world.sees("undone by R-2"), "{}", world.screen());
    assert!(world.has_told("↶ R-2"));
}

#[test]
fn where_no_undo_is_known_the_confirmation_says_so() {
    let mut world = armed();
    at(&mut world, 2);
    world.command(Command::RunStep);
    assert!(world.sees("No undo is known."), "{}", world.screen());
    world.key("y");
    world.model.ui.dialog = None;
    world.key("U");
    assert!(world.said().contains("nothing can be undone"), "{}", world.said());
}

#[test]
fn out_of_order_is_refused_with_what_comes_first() {
    let mut world = armed();
    does(&mut world, 0);
    does(&mut world, 1);
    does(&mut world, 2);
    world.model.ui.dialog = Some(Dialog::Output { run: "R-1".into(), back: 0 });
    world.key("U");
    assert!(world.sees("R-2 ./stop-writer comes first"), "{}", world.screen());
    world.keys("y esc");
    assert_eq!(world.left.len(), 3, "nothing was undone");
    world.key("U");
    assert!(world.sees("Stays, no undo is known: R-3 ./tell-cache"), "{}", world.screen());
    assert!(world.sees("Still under it, next first:") && world.sees("R-1 ./drain"), "{}", world.screen());
    world.key("y");
    assert_eq!(stack(&world), ["R-1"]);
}

#[test]
fn what_came_later_and_still_runs_is_waited_for() {
    let mut world = armed();
    does(&mut world, 0);
    world.script("./tell-cache", None);
    does(&mut world, 2);
    world.key("U");
    assert!(world.sees("R-2 ./tell-cache still runs"), "{}", world.screen());
}

#[test]
fn an_undo_that_fails_leaves_it_on_the_stack_and_says_so() {
    let mut world = armed();
    does(&mut world, 1);
    world.script("./start-writer", Some(exit(3)));
    world.keys("U y");
    assert!(world.said().contains("R-1 is not undone"), "{}", world.said());
    assert_eq!(stack(&world), ["R-1"]);
    world.model.ui.dialog = None;
    world.key("U");
    assert!(world.sees("R-2 tried already, and it is still there: exit 3"), "{}", world.screen());
    world.key("y");
    assert_eq!(stack(&world), [""; 0]);
    world.model.ui.dialog = Some(Dialog::Output { run: "R-1".into(), back: 0 });
    world.key("U");
    assert!(world.sees("R-1 is undone already, by R-3"), "{}", world.screen());
}

/// The writer was stopped, and whether it was started again nobody knows.
fn half_undone() -> World {
    let mut world = armed();
    does(&mut world, 0);
    does(&mut world, 1);
    world.script("./start-writer", Some(failed(Reason::Timeout, Delivery::Unknown)));
    world.keys("U y");
    assert!(world.run("R-3").is_unknown(), "{:?}", world.run("R-3"));
    world.model.ui.dialog = None;
    world.key("U");
    assert!(world.sees("R-3 ./start-writer is unknown: verify it first"), "{}", world.screen());
    world.key("esc");
    world.key("v");
    world
}

#[test]
fn an_undo_that_is_verified_to_have_worked_takes_the_run_off_the_stack() {
    let mut world = half_undone();
    assert!(world.sees("Begin with undone"), "{}", world.screen());
    world.answers_prompt("the writer runs");
    assert!(world.run("R-3").is_unknown(), "it does not say which");
    world.answers_prompt("Undone: the writer runs");
    assert!(world.said().contains("R-2 is undone"), "{}", world.said());
    assert_eq!(stack(&world), ["R-1"]);
    assert_eq!(replay(&world.journal).undo_stack().len(), 1);
    at(&mut world, 1);
    assert!(world.sees("undone by R-3"), "{}", world.screen());
    world.model.ui.dialog = Some(Dialog::Output { run: "R-2".into(), back: 0 });
    world.key("U");
    assert!(world.sees("R-2 is undone already, by R-3"), "{}", world.screen());
}

#[test]
fn an_undo_that_is_verified_not_to_have_worked_leaves_the_run_where_it_was() {
    let mut world = half_undone();
    world.answers_prompt("not undone, the writer is still down");
    assert!(world.said().contains("R-2 is not undone"), "{}", world.said());
    assert_eq!(stack(&world), ["R-1", "R-2"]);
    assert_eq!(world.model.watch.step_undone(&step(&world, 1)), None);
    world.key("U");
    assert!(world.sees("R-3 tried already, and it is still there: not undone"), "{}", world.screen());
    world.key("y");
    assert_eq!(stack(&world), ["R-1"]);
}

#[test]
fn a_switch_whose_undo_was_lost_is_undone_as_its_position_says() {
    for on in [false, true] {
        let mut world = armed();
        at(&mut world, 3);
        world.command(Command::RunStep);
        world.key("y");
        world.wait(10);
        world.model.ui.dialog = None;
        world.script("PUT", Some(failed(Reason::Timeout, Delivery::Unknown)));
        world.keys("U y");
        let undo = world.model.watch.runs.iter().rev().find(|run| run.undoes.is_some()).expect("an undo");
        assert!(undo.is_unknown(), "{undo:?}");
        world.flag.on = on;
        world.model.ui.dialog = None;
        world.key("v");
        world.wait(10);
        assert_eq!(stack(&world).len(), usize::from(on));
    }
}

#[test]
fn nothing_is_undone_while_the_console_is_locked_or_unasked() {
    let mut world = armed();
    does(&mut world, 1);
    world.command(Command::Disarm);
    world.keys("U y");
    assert!(world.sees("LOCKED"), "{}", world.screen());
    assert_eq!(world.left.len(), 1);
    world.keys("A enter");
    assert_eq!(world.left.len(), 1, "Enter never confirms");
    world.key("n");
    assert_eq!(world.left.len(), 1);
    assert_eq!(stack(&world), ["R-1"]);
}

#[test]
fn what_stays_is_said_with_a_reason_and_makes_room_for_what_lies_under_it() {
    let mut world = armed();
    does(&mut world, 0);
    does(&mut world, 1);
    world.model.ui.focus = Focus::Due;
    assert!(world.sees("U takes back R-2 ./stop-writer, then 1 more"), "{}", world.screen());
    world.key("G");
    world.key("x");
    world.answers_prompt(" ");
    assert_eq!(stack(&world), ["R-1", "R-2"], "a reason is needed");
    world.answers_prompt("the writer is replaced");
    assert_eq!(stack(&world), ["R-1"]);
    assert!(world.has_told("R-2 is not to be undone: the writer is replaced"));
}

#[test]
fn a_switch_is_undone_by_its_off_position_however_it_is_switched_off() {
    let mut world = armed();
    at(&mut world, 3);
    world.command(Command::RunStep);
    assert!(world.sees("Undo: PUT https://edge.example.com/flags/maintenance"), "{}", world.screen());
    world.key("y");
    world.wait(10);
    assert_eq!(stack(&world), ["R-2"]);
    world.keys("U y");
    world.wait(20);
    assert!(matches!(world.run("R-4").state, RunState::Observed(..)), "{:?}", world.run("R-4"));
    assert_eq!(stack(&world), [""; 0]);
    assert!(!world.flag.on);
    assert_eq!(world.model.watch.obligations[0].state, ObligationState::Discharged);

    world.action("maintenance-mode");
    world.key("y");
    world.wait(10);
    assert_eq!(stack(&world).len(), 1);
    world.action("maintenance-mode");
    world.key("y");
    world.wait(20);
    assert_eq!(stack(&world), [""; 0], "switched off by its own key");
}

#[test]
fn a_new_incident_has_nothing_to_undo() {
    let mut world = armed();
    does(&mut world, 1);
    assert_eq!(stack(&world), ["R-1"]);
    world.key("i");
    world.answers_prompt("P1 the shop is down");
    assert_eq!(stack(&world), [""; 0]);
    does(&mut world, 1);
    assert_eq!(stack(&world), ["R-2"]);
}

#[derive(Clone, Debug)]
enum Deed {
    Run(usize),
    Undo { works: bool },
    UndoThat(usize),
    Keep,
    Restart,
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        4 => (0_usize..3).prop_map(Deed::Run),
        3 => any::<bool>().prop_map(|works| Deed::Undo { works }),
        1 => (0_usize..6).prop_map(Deed::UndoThat),
        1 => Just(Deed::Keep),
        1 => Just(Deed::Restart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn the_last_done_is_the_first_undone_whatever_comes(deeds in prop::collection::vec(deed(), 1..16)) {
        let mut world = armed();
        let mut expected: Vec<String> = Vec::new();
        for deed in deeds {
            world.model.ui.dialog = None;
            let before = world.left.len();
            let next = format!("R-{}", world.model.watch.runs.len() + 1);
            match deed {
                Deed::Run(nth) => {
                    does(&mut world, nth);
                    if nth < 2 {
                        expected.push(next);
                    }
                }
                Deed::Undo { works } => {
                    at(&mut world, 0);
                    if !works {
                        world.script("./undrain", Some(exit(1)));
                        world.script("./start-writer", Some(exit(1)));
                    }
                    let wanted = world.model.watch.undo_stack().last().and_then(|run| run.undo.clone());
                    world.keys("U y");
                    if let Some(wanted) = wanted {
                        prop_assert_eq!(&world.run(&next).request, &wanted.request);
                        prop_assert_eq!(world.left.len(), before + 1);
                        if matches!(world.run(&next).state, RunState::Observed(..)) {
                            expected.pop();
                        }
                    } else {
                        prop_assert_eq!(world.left.len(), before);
                    }
                }
                Deed::UndoThat(nth) => {
                    let Some(run) = world.model.watch.runs.get(nth).map(|run| run.id.clone()) else { continue };
                    if expected.last().is_some_and(|last| *last == run.to_string()) {
                        continue;
                    }
                    world.model.ui.dialog = Some(Dialog::Output { run, back: 0 });
                    world.keys("U y");
                    prop_assert_eq!(world.left.len(), before, "only the last is undone");
                }
                Deed::Keep => {
                    world.model.ui.focus = Focus::Due;
                    world.keys("G x");
                    if matches!(world.model.ui.dialog, Some(Dialog::Prompt(_))) {
                        world.answers_prompt("it stays");
                        expected.pop();
                    }
                }
                Deed::Restart => {
                    world = reopened(world, ORDER);
                    world.command(Command::Arm);
                }
            }
            prop_assert_eq!(stack(&world), expected.clone());
            prop_assert_eq!(&replay(&world.journal).undo_stack().len(), &expected.len());
        }
        let requests = world.facts().filter(|fact| matches!(fact, Fact::RunRequested { .. })).count();
        prop_assert_eq!(requests, world.model.watch.runs.len());
    }
}
