//! Runs: logged before they leave, accepted before they are observed, unknown until verified; and
//! what they leave owed.

use midwatch::domain::command::Command;
use midwatch::domain::fact::Fact;
use midwatch::domain::io::{Delivery, Reason};
use midwatch::domain::press::Press;
use midwatch::state::{Dialog, ObligationState, RunState};

use crate::world::{Answer, Disk, World, failed, ok, replay, status};

#[test]
fn an_action_leaves_only_when_its_request_is_on_disk() {
    let mut world = World::armed();
    world.action("replay-events");
    world.disk = Disk::Waits;
    world.key("y");
    assert_eq!(world.requested("replay-events").len(), 1);
    assert_eq!(world.left.len(), 0, "requested, and not on disk yet");
    // That what came before it is on disk does not help.
    let requested = world.journal.last().expect("a fact").seq;
    world.tell(midwatch::app::Msg::Logged(requested - 1));
    assert_eq!(world.left.len(), 0, "the fact before it is on disk, not this one");
    world.disk_answers();
    assert_eq!(world.left.len(), 1);
}

#[test]
fn when_the_journal_cannot_be_written_nothing_runs_and_the_screen_says_so() {
    let mut world = World::armed();
    world.action("replay-events");
    world.disk = Disk::Full;
    world.key("y");
    assert!(world.left.is_empty());
    assert!(world.sees("JOURNAL FAILED"), "{}", world.screen());
    assert!(matches!(world.run("R-1").state, RunState::Cancelled(_)), "it will never leave");
    // Nothing more is even asked, and nothing is said to be recorded.
    world.action("rerun-gates");
    world.keys("n");
    assert!(world.left.is_empty());
    assert!(!world.model.watch.timeline.iter().any(|logged| matches!(logged.fact, Fact::Noted { .. })));
}

#[test]
fn what_is_typed_while_the_journal_fails_is_not_said_to_be_recorded() {
    let mut world = World::quiet();
    world.key("n");
    world.types("the database is full");
    world.disk = Disk::Full;
    world.status("api", 503);
    world.wait(60);
    world.key("enter");
    assert!(!world.said().contains("noted"), "{}", world.said());
    assert!(world.sees("the database is full"), "what was typed is kept:\n{}", world.screen());
    assert!(world.sees("cannot be"), "{}", world.screen());
}

#[test]
fn accepted_is_not_done_until_a_signal_shows_it() {
    let mut world = World::armed();
    world.flag.lies = true;
    world.action("maintenance-mode");
    world.key("y");
    assert!(matches!(world.run("R-2").state, RunState::Accepted(_)));
    let words: Vec<String> = world.told().into_iter().filter(|line| line.starts_with("R-2")).collect();
    assert!(words.iter().all(|line| !line.contains('✔') && !line.contains("observed")), "{words:?}");
    assert!(world.sees("waiting for web"), "{}", world.screen());
    world.wait(61);
    assert!(matches!(world.run("R-2").state, RunState::NotInEffect(_)), "{:?}", world.run("R-2").state);
    assert!(world.has_told("NOT IN EFFECT"));
    assert!(world.model.watch.owed().len() == 1, "what may be on must be switched off");
}

#[test]
fn an_effect_that_a_signal_shows_is_done_and_what_it_leaves_is_owed() {
    let mut world = World::armed();
    world.action("maintenance-mode");
    world.key("y");
    world.wait(5);
    assert!(matches!(world.run("R-2").state, RunState::Observed(..)));
    assert!(world.has_told("observed by web"));
    assert_eq!(world.model.watch.owed().len(), 1);
    assert_eq!(world.requested("maintenance-mode"), ["read", "on", "read"], "a mutation is read back");
}

#[test]
fn an_effect_that_could_not_be_measured_is_unknown_and_not_missing() {
    let mut world = World::armed();
    world.answers("web", Answer::Failed(Reason::Timeout));
    world.action("maintenance-mode");
    world.key("y");
    world.wait(61);
    assert!(matches!(world.run("R-2").state, RunState::Unknown(_)), "{:?}", world.run("R-2").state);
}

#[test]
fn a_toggle_without_a_signal_is_judged_by_what_it_reads_back() {
    let mut world = World::armed();
    let read = "GET https://edge.example.com/flags/read-only";
    world.script(read, Some(ok("off")));
    world.script(read, Some(ok("off")));
    world.action("read-only-mode");
    world.key("y");
    assert!(matches!(&world.run("R-2").state, RunState::NotInEffect(why) if why.contains("reads back off")));

    world.script(read, Some(ok("off")));
    world.script(read, Some(ok("on")));
    world.action("read-only-mode");
    world.key("y");
    assert!(matches!(world.run("R-5").state, RunState::Observed(..)));
}

#[test]
fn a_switch_that_cannot_be_read_back_is_unknown() {
    let mut world = World::armed();
    let read = "GET https://edge.example.com/flags/read-only";
    world.script(read, Some(ok("off")));
    world.script(read, Some(status(500, "")));
    world.action("read-only-mode");
    world.key("y");
    assert!(matches!(world.run("R-2").state, RunState::Unknown(_)), "{:?}", world.run("R-2").state);
}

#[test]
fn a_reading_that_began_before_the_switch_does_not_judge_it() {
    let mut world = World::armed();
    let read = "GET https://edge.example.com/flags/read-only";
    world.script(read, Some(ok("off")));
    world.script("PUT https://edge.example.com/flags/read-only", None);
    world.action("read-only-mode");
    world.key("y");
    // While the switch is out, somebody asks for the position again.
    world.wait(1);
    world.script(read, None);
    world.action("read-only-mode");
    world.wait(1);
    world.replies("R-2", ok("ok"));
    world.wait(1);
    world.script(read, Some(ok("on")));
    world.replies("R-3", ok("off"));
    assert!(matches!(world.run("R-2").state, RunState::Observed(..)), "{:?}", world.run("R-2").state);
}

#[test]
fn a_lost_answer_is_unknown_and_blocks_the_next_change_until_somebody_looked() {
    let mut world = World::armed();
    world.script("POST https://pay.example.com", Some(failed(Reason::Timeout, Delivery::Unknown)));
    world.action("replay-events");
    world.key("y");
    assert!(matches!(world.run("R-1").state, RunState::Unknown(_)));
    assert!(!world.has_told("failed"), "{:?}", world.told());
    world.action("replay-events");
    world.key("y");
    assert_eq!(world.left.len(), 1, "not tried again before somebody looked");
    assert!(world.sees("verify it first"), "{}", world.screen());
    world.keys("esc v");
    world.answers_prompt("the provider shows all twelve");
    assert!(matches!(world.run("R-1").state, RunState::Verified(_)));
    world.action("replay-events");
    world.key("y");
    assert_eq!(world.left.len(), 2);
}

#[test]
fn reading_the_position_verifies_a_switch_nobody_knows_about_and_opens_what_it_owes() {
    let mut world = World::armed();
    world.script(
        "PUT https://edge.example.com/flags/maintenance",
        Some(failed(Reason::Timeout, Delivery::Unknown)),
    );
    world.action("maintenance-mode");
    world.key("y");
    assert!(matches!(world.run("R-2").state, RunState::Unknown(_)));
    assert!(world.model.watch.owed().is_empty());
    // It had an effect after all.
    world.flag.on = true;
    world.key("v");
    assert!(matches!(&world.run("R-2").state, RunState::Verified(how) if how.contains("on")));
    assert_eq!(world.model.watch.owed().len(), 1, "it is on, so it must be switched off");
}

#[test]
fn a_request_that_never_left_failed_and_may_be_tried_again() {
    let mut world = World::armed();
    world.script("POST https://pay.example.com", Some(failed(Reason::Dns, Delivery::NotSent)));
    world.action("replay-events");
    world.key("y");
    assert!(matches!(world.run("R-1").state, RunState::Failed(_)));
    world.action("replay-events");
    world.key("y");
    assert_eq!(world.left.len(), 2);
}

#[test]
fn killed_while_a_run_is_out_it_is_unknown_and_the_console_is_locked() {
    let mut world = World::armed();
    world.script("POST https://pay.example.com", None);
    world.action("replay-events");
    world.key("y");
    assert_eq!(world.out.len(), 1);
    let mut world = world.killed_and_reopened();
    assert!(matches!(world.run("R-1").state, RunState::Unknown(_)));
    assert_eq!(world.model.watch.armed_until, None);
    assert!(world.sees("LOCKED") && world.sees("unknown: verify"), "{}", world.screen());
    world.command(Command::Arm);
    world.action("replay-events");
    world.key("y");
    assert_eq!(world.left.len(), 0, "not again before it was verified");
    assert_eq!(replay(&world.journal), world.model.watch);
}

#[test]
fn a_reading_in_flight_when_it_was_killed_blocks_nothing() {
    let mut world = World::armed();
    world.script("GET https://edge.example.com/flags/maintenance", None);
    world.action("maintenance-mode");
    let mut world = world.killed_and_reopened();
    world.command(Command::Arm);
    world.action("maintenance-mode");
    world.key("y");
    assert_eq!(world.requested("maintenance-mode"), ["read", "read", "on", "read"]);
    assert!(!world.run("R-1").is_unknown(), "the next reading says what there is to know");
}

#[test]
fn an_obligation_blocks_closing_until_it_is_discharged_or_waived() {
    let mut world = World::armed();
    world.key("i");
    world.answers_prompt("P1 checkout is down");
    world.action("maintenance-mode");
    world.key("y");
    world.wait(5);
    world.key("C");
    assert!(world.sees("O-1 maintenance-mode must be switched off"), "{}", world.screen());
    // The last line is what the runbook wants within a day; the obligation stands above it.
    world.keys("esc 4 G k e");
    world.answers_prompt("2h");
    assert_eq!(world.model.watch.owed()[0].due, world.now.plus(std::time::Duration::from_secs(7200)));
    // Meeting it is switching it off, seen by the signal.
    world.key("d");
    world.key("y");
    world.wait(15);
    assert!(world.model.watch.owed().is_empty(), "{:?}", world.told());
    world.closes("a bad release; rolled back");
    assert!(world.model.watch.incident().is_none());
}

#[test]
fn a_waiver_needs_a_reason_and_is_not_a_discharge() {
    let mut world = World::armed();
    world.action("maintenance-mode");
    world.key("y");
    world.wait(5);
    world.keys("4 G x");
    world.answers_prompt("  ");
    assert_eq!(world.model.watch.owed().len(), 1);
    world.answers_prompt("closed for the night on purpose");
    assert!(matches!(world.model.watch.obligations[0].state, ObligationState::Waived(_)));
    assert!(world.has_told("waived") && !world.has_told("discharged"));
}

#[test]
fn what_was_met_meanwhile_is_not_waived() {
    let mut world = World::armed();
    world.action("maintenance-mode");
    world.key("y");
    world.wait(5);
    // It is switched off and its page is on its way out while the reason is typed.
    world.action("maintenance-mode");
    world.key("y");
    world.keys("4 G x");
    world.types("not needed");
    world.wait(15);
    world.key("enter");
    assert_eq!(world.model.watch.obligations[0].state, ObligationState::Discharged);
}

#[test]
fn discharging_a_toggle_that_is_off_already_does_not_switch_it_on() {
    let mut world = World::armed();
    world.action("maintenance-mode");
    world.key("y");
    world.wait(5);
    world.flag.on = false;
    world.keys("4 G d y");
    world.press(Press::Enter);
    assert_eq!(world.requested("maintenance-mode"), ["read", "on", "read", "read"]);
    assert!(!world.flag.on);
    assert_eq!(world.model.watch.obligations[0].state, ObligationState::Discharged);
}

#[test]
fn stopping_means_the_run_that_is_looked_at_and_no_other() {
    let mut world = World::quiet();
    world.script("gates.sh", None);
    world.action("rerun-gates");
    assert!(matches!(&world.model.ui.dialog, Some(Dialog::Output { run, .. }) if run.as_str() == "R-1"));
    world.replies("R-1", crate::world::exit(0));
    world.script("gates.sh", None);
    world.action("rerun-gates");
    // The output of the one that has ended is looked at: the other one goes on.
    world.model.ui.dialog = Some(Dialog::Output { run: "R-1".into(), back: 0 });
    world.command(Command::CancelRun);
    assert!(!world.asked.iter().any(|effect| matches!(effect, midwatch::app::Effect::Cancel(_))));
    world.model.ui.dialog = None;
    world.command(Command::CancelRun);
    assert!(world.asked.contains(&midwatch::app::Effect::Cancel("R-2".into())));
}

#[test]
fn the_newest_run_is_stopped_when_there_are_more_than_nine() {
    let mut world = World::quiet();
    for _ in 0..9 {
        world.action("rerun-gates");
    }
    world.command(Command::Back);
    world.script("GET https://edge.example.com/flags/maintenance", None);
    world.action("maintenance-mode");
    world.key("esc");
    world.script("gates.sh", None);
    world.action("rerun-gates");
    world.command(Command::Back);
    world.command(Command::CancelRun);
    assert!(world.asked.contains(&midwatch::app::Effect::Cancel("R-11".into())), "{:?}", world.asked.last());
}

#[test]
fn quitting_while_something_runs_asks_first() {
    let mut world = World::armed();
    world.script("POST https://pay.example.com", None);
    world.action("replay-events");
    world.keys("y q");
    assert!(!world.asked.contains(&midwatch::app::Effect::Quit));
    world.key("n");
    assert!(!world.asked.contains(&midwatch::app::Effect::Quit));
    world.keys("q y");
    assert!(world.asked.contains(&midwatch::app::Effect::Quit));
}

#[test]
fn output_of_old_runs_is_let_go_and_said_to_be() {
    let mut world = World::quiet();
    for _ in 0..25 {
        world.action("rerun-gates");
    }
    let held = world.model.watch.runs.iter().filter(|run| !run.output.is_empty()).count();
    assert_eq!(held, 20);
    assert!(world.run("R-1").truncated, "what is left out is not taken for nothing");
}
