//! The cursor, the runbook, the incident: what a key acts on, and what is shown of it.

use midwatch::app::Msg;
use midwatch::domain::command::Command;
use midwatch::domain::fact::{Fact, Logged};
use midwatch::domain::incident::Severity;
use midwatch::domain::press::Press;
use midwatch::domain::runbook::StepState;
use midwatch::report;
use midwatch::state::{Candidate, Dialog};

use crate::world::World;

#[test]
fn a_row_that_moves_between_look_and_key_is_still_the_row_that_is_acted_on() {
    let mut world = World::quiet();
    world.keys("G");
    let looked_at = world.model.ui.signal.clone().expect("a signal");
    assert_eq!(looked_at.as_str(), "search");
    // It goes to the top of the list.
    world.status("search", 503);
    world.wait(120);
    assert_eq!(world.model.feed.order.first(), Some(&world.index("search")));
    world.key("a");
    assert!(world.sees("Acknowledge search"), "{}", world.screen());
}

#[test]
fn a_key_does_not_act_on_what_a_filter_hides() {
    let mut world = World::quiet();
    world.keys("g S");
    world.answers_prompt("for the test");
    world.key("/");
    world.answers_prompt("search");
    world.model.ui.signal = Some("web".into());
    let before = world.journal.len();
    world.key("S");
    assert_eq!(world.journal.len(), before, "web is not on screen");
    assert!(world.said().contains("no signal is selected"), "{}", world.said());
}

#[test]
fn enter_opens_the_line_of_the_timeline_that_the_cursor_is_on() {
    let mut world = World::quiet();
    world.key("n");
    world.answers_prompt("the first note");
    world.key("n");
    world.answers_prompt("the second");
    world.key("/");
    world.answers_prompt("first");
    world.keys("3 enter");
    assert!(world.sees("the first note"), "{}", world.screen());
}

#[test]
fn of_several_things_to_run_enter_takes_the_one_under_the_cursor() {
    let mut world = World::quiet();
    world.at_step("Ask what became");
    world.key("enter");
    let Some(Dialog::Choose { candidates, .. }) = &world.model.ui.dialog else {
        panic!("{}", world.screen());
    };
    assert_eq!(*candidates, [Candidate::Command(0), Candidate::Command(1)]);
    world.keys("down enter");
    world.types("4711");
    world.press(Press::Enter);
    let Some(Dialog::Confirm(confirm)) = &world.model.ui.dialog else { panic!("{}", world.screen()) };
    let preview = confirm.request.preview().join("\n");
    assert!(preview.contains("--refund") && preview.contains("4711"), "{preview}");
}

#[test]
fn the_line_that_is_chosen_is_on_screen_however_small_it_is() {
    let mut world = World::quiet();
    world.at_step("Ask what became");
    world.key("enter");
    world.key("down");
    world.resize(40, 6);
    assert!(world.sees("--refund"), "{}", world.screen());
}

#[test]
fn skipped_and_failed_are_never_shown_as_done() {
    let mut world = World::quiet();
    world.at_step("Set `MAINTENANCE_MODE=true`");
    world.key("s");
    world.answers_prompt("");
    assert!(world.sees("a reason is needed"), "{}", world.screen());
    world.answers_prompt("not our outage");
    world.key("f");
    world.answers_prompt("bob does not answer");
    let glyphs: Vec<&'static str> = world
        .facts()
        .filter_map(|fact| match fact {
            Fact::StepMarked { state, .. } => Some(state.glyph()),
            _ => None,
        })
        .collect();
    assert_eq!(glyphs, ["⊘", "✖"]);
    world.at_step("Set `MAINTENANCE_MODE=true`");
    let screen = world.screen();
    assert!(screen.contains("0/2 · 1 skipped · 1 failed"), "{screen}");
    assert!(!screen.contains('✔'), "{screen}");
    assert!(world.told().iter().all(|line| !line.contains("✔")), "{:?}", world.told());
}

#[test]
fn what_does_not_apply_takes_a_reason_and_needs_none() {
    let mut world = World::quiet();
    world.at_step("Set `MAINTENANCE_MODE=true`");
    let step = world.model.ui.step.clone().expect("a step");
    let mark =
        |world: &World| world.model.watch.mark(&step).map(|mark| (mark.state.clone(), mark.why.clone()));
    world.key("x");
    assert!(world.sees("why, or nothing"), "{}", world.screen());
    world.key("esc");
    assert_eq!(mark(&world), None);
    world.key("x");
    world.answers_prompt("");
    assert_eq!(mark(&world), Some((StepState::NotApplicable, None)));
    assert!(world.has_told("– not applicable: "), "{:#?}", world.told());
    // A reason may be given later.
    world.at_step("Set `MAINTENANCE_MODE=true`");
    world.key("x");
    world.answers_prompt("the shop is not hit");
    assert_eq!(mark(&world), Some((StepState::NotApplicable, Some("the shop is not hit".into()))));
    assert!(world.has_told("(the shop is not hit)"), "{:#?}", world.told());
    world.at_step("Set `MAINTENANCE_MODE=true`");
    assert!(world.sees("not applicable: the shop is not hit"), "{}", world.screen());
    world.model.ui.dialog = Some(Dialog::Step { step: step.clone(), scroll: 0 });
    assert!(world.sees("the shop is not hit"), "{}", world.screen());
    let document = report::document(None, &world.journal);
    let told = &document["steps"][0];
    assert_eq!((&told["state"], &told["reason"]), (&"not applicable".into(), &"the shop is not hit".into()));
    // An entry of a console that asked for no reason is read as before.
    let old = r#"{"seq":1,"at":"2026-11-21T14:30:11.000Z","fact":"step-marked","step":{"runbook":"r.md","step":"a1"},
                  "text":"Look","line":3,"state":"not-applicable","by":"ann"}"#;
    let old: Logged = serde_json::from_str(old).expect("an entry");
    assert!(matches!(old.fact, Fact::StepMarked { why: None, state: StepState::NotApplicable, .. }));
}

#[test]
fn the_state_of_a_step_belongs_to_the_incident_it_was_marked_in() {
    let mut world = World::quiet();
    world.at_step("Review within");
    world.key("space");
    let step = world.model.ui.step.clone().expect("a step");
    let done =
        |world: &World| world.model.watch.mark(&step).is_some_and(|mark| mark.state == StepState::Done);
    assert!(done(&world));
    world.key("i");
    world.answers_prompt("P2 search is slow");
    assert!(!done(&world), "a new incident begins with nothing done");
}

#[test]
fn a_severity_typed_behind_the_suggested_one_is_the_one_that_is_meant() {
    for (typed, severity, title) in [
        ("P1 P3 search is slow", Severity::P3, "search is slow"),
        ("P2 search is slow", Severity::P2, "search is slow"),
    ] {
        let mut world = World::quiet();
        world.key("i");
        world.answers_prompt(typed);
        let incident = world.model.watch.incident().expect("an incident");
        assert_eq!((incident.severity, incident.title.as_str()), (severity, title), "{typed}");
    }
}

#[test]
fn a_click_hits_what_is_drawn_and_a_dialog_is_never_clicked_through() {
    let mut world = World::quiet();
    let row = world.screen().lines().position(|line| line.contains("search")).expect("a row");
    world.tell(Msg::Clicked { x: 5, y: u16::try_from(row).unwrap(), again: false });
    assert_eq!(world.model.ui.signal.as_ref().map(midwatch::domain::ids::SignalId::as_str), Some("search"));
    world.key("?");
    let before = world.journal.len();
    for y in 0..24 {
        world.tell(Msg::Clicked { x: 5, y, again: true });
    }
    assert!(matches!(world.model.ui.dialog, Some(Dialog::Help { .. })));
    assert_eq!(world.journal.len(), before);
}

#[test]
fn a_paste_is_one_line_in_the_field_and_does_nothing_else() {
    let mut world = World::quiet();
    world.key("n");
    world.tell(Msg::Pasted("first line\nq\n\u{1b}[2Jlast\n".into()));
    let Some(Dialog::Prompt(prompt)) = &world.model.ui.dialog else { panic!("the field is open still") };
    assert_eq!(prompt.input.value(), "first line q \u{fffd}[2Jlast");
    world.key("esc");
    world.tell(Msg::Pasted("q".into()));
    assert!(world.asked.is_empty());
}

#[test]
fn a_note_tells_when_it_happened_and_cannot_be_older_than_a_journal_can_say() {
    let mut world = World::quiet();
    world.key("n");
    world.answers_prompt("-900000y before the flood");
    assert!(world.model.ui.dialog.is_some(), "{}", world.screen());
    world.answers_prompt("-5m customers wrote in");
    let about = world.facts().find_map(|fact| match fact {
        Fact::Noted { about, .. } => Some(*about),
        _ => None,
    });
    assert_eq!(about, Some(world.now.minus(std::time::Duration::from_secs(300))));
}

#[test]
fn the_incident_is_declared_taken_on_and_closed_with_a_sentence() {
    let mut world = World::quiet();
    world.status("checkout", 503);
    world.wait(60);
    world.key("i");
    assert!(world.sees("P1 checkout is down"), "the worst is proposed:\n{}", world.screen());
    world.press(Press::Enter);
    assert!(world.sees("NOT ACKED"), "{}", world.screen());
    world.key("K");
    world.key("C");
    assert!(world.sees("checkout is down"), "{}", world.screen());
    world.key("x");
    world.answers_prompt("down on purpose");
    world.key("C");
    world.answers_prompt("");
    assert!(world.model.watch.incident().is_some(), "a sentence is needed");
    world.answers_prompt("checkout is down on purpose, for the night");
    assert!(world.model.watch.incident().is_none());
    let of: Vec<&str> = world
        .journal
        .iter()
        .filter_map(|logged| logged.incident.as_ref())
        .map(midwatch::domain::ids::IncidentId::as_str)
        .collect();
    assert!(!of.is_empty() && of.iter().all(|id| *id == "INC-1"));
}

#[test]
fn every_command_can_be_given_anywhere_at_every_size() {
    for (columns, rows) in [(80, 24), (40, 12), (200, 60), (20, 6), (1, 1), (0, 0), (300, 3)] {
        let mut world = World::quiet();
        world.resize(columns, rows);
        for row in midwatch::domain::commands::COMMANDS {
            world.command(row.command.clone());
            let _ = world.screen();
            world.command(Command::Back);
            world.command(Command::Back);
        }
    }
}

/// A terminal may be anything while its window is dragged: with a release that is watched, an incident and a measure in
/// effect, whatever is open is drawn.
#[test]
fn a_night_in_full_swing_is_drawn_at_every_small_size() {
    let mut world = World::armed();
    world.command(Command::OpenWindow);
    world.key("enter");
    assert!(world.model.watch.window().is_some());
    world.action("maintenance-mode");
    world.key("y");
    world.command(Command::Declare);
    world.answers_prompt("P1 checkout is down");
    world.status("api", 503);
    world.wait(60);
    let small = [0, 1, 2, 3, 4, 5, 7, 11, 13, 20, 39];
    for row in midwatch::domain::commands::COMMANDS {
        world.resize(80, 24);
        world.command(row.command.clone());
        for (columns, rows) in
            small.iter().flat_map(|columns| [0, 1, 2, 3, 4, 5, 7, 11, 24].map(|rows| (*columns, rows)))
        {
            world.resize(columns, rows);
            let _ = world.screen();
        }
        world.command(Command::Back);
        world.command(Command::Back);
    }
    assert!(world.model.watch.window().is_some() && world.model.watch.incident().is_some());
}

#[test]
fn nothing_breaks_at_any_height_with_much_or_little_due() {
    for due in 0..6 {
        let mut world = World::quiet();
        for (at, signal) in ["web", "api", "checkout", "search"].iter().enumerate().take(due) {
            world.model.ui.signal = Some((*signal).into());
            world.key("S");
            world.answers_prompt(&format!("reason {at}"));
        }
        for focus in ["1", "2", "3", "4"] {
            world.key(focus);
            for rows in 1..64 {
                for columns in [40, 80, 109, 110, 200] {
                    world.resize(columns, rows);
                    let screen = world.screen();
                    let name = ["Health", "Bookshop", "Timeline", "Due"][focus.parse::<usize>().unwrap() - 1];
                    assert!(rows < 6 || screen.contains(name), "{columns}x{rows} {focus}:\n{screen}");
                }
            }
        }
    }
}
