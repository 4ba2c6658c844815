//! What must not run does not run, whichever way it is asked for.

use midwatch::app::Msg;
use midwatch::domain::action::{Purpose, Risk};
use midwatch::domain::command::Command;
use midwatch::domain::commands::COMMANDS;
use midwatch::domain::fact::Fact;
use midwatch::domain::io::IoRequest;
use midwatch::domain::looked::BlockRef;
use midwatch::domain::press::Press;
use midwatch::panes;
use midwatch::state::{Dialog, JournalState};

use crate::world::{RUNBOOK, SHOP, World, plan};
use midwatch::domain::ids::ActionId;
use midwatch::state::{Model, Watch};

/// Runs that left and may change the world.
fn changes(world: &World) -> Vec<String> {
    let risky = |id: &&midwatch::domain::ids::RunId| {
        world.model.watch.run(id).is_some_and(|run| run.risk != Risk::Read)
    };
    world.left.iter().filter(risky).map(ToString::to_string).collect()
}

#[test]
fn a_locked_console_runs_no_change_however_it_is_confirmed() {
    for action in ["maintenance-mode", "replay-events", "restart-api", "purge-cache"] {
        let mut world = World::quiet();
        world.action(action);
        for press in [Press::Char('y'), Press::Enter, Press::Char('Y'), Press::Char(' ')] {
            world.press(press);
        }
        world.types("edge-cache");
        world.press(Press::Enter);
        assert_eq!(changes(&world), Vec::<String>::new(), "{action}");
    }
}

#[test]
fn only_the_confirming_key_confirms() {
    let mut world = World::armed();
    world.action("replay-events");
    for press in [Press::Enter, Press::Char(' '), Press::Tab, Press::Char('u'), Press::Right, Press::Delete] {
        world.press(press);
    }
    world.tell(Msg::Pasted("y\ny".into()));
    world.tell(Msg::Pasted("\u{1b}[200~y".into()));
    for (x, y) in [(1, 1), (5, 20), (40, 12)] {
        world.tell(Msg::Clicked { x, y, again: true });
    }
    world.tell(Msg::Wheel { x: 3, y: 3, down: true });
    assert_eq!(changes(&world), Vec::<String>::new());
    assert!(world.sees("Enter never confirms") || world.sees("Exactly this runs"), "{}", world.screen());
    world.press(Press::Char('y'));
    assert_eq!(changes(&world), ["R-1"]);
}

#[test]
fn no_stops_and_does_not_go_on_to_the_next() {
    let mut world = World::armed();
    let before = world.model.ui.step.clone();
    world.action("replay-events");
    world.press(Press::Char('n'));
    assert!(world.model.ui.dialog.is_none());
    assert_eq!(world.model.ui.step, before);
    world.press(Press::Char('y'));
    assert_eq!(changes(&world), Vec::<String>::new());
    assert!(world.said().contains("not run"), "{}", world.said());
}

#[test]
fn a_destructive_action_runs_only_after_its_target_was_typed() {
    let mut world = World::armed();
    world.action("purge-cache");
    world.press(Press::Enter);
    world.press(Press::Char('y'));
    world.press(Press::Enter);
    world.press(Press::DeleteLine);
    world.types("edge-cach");
    world.press(Press::Enter);
    assert!(world.sees("type edge-cache exactly"), "{}", world.screen());
    // Pasting is not typing.
    world.tell(Msg::Pasted("e".into()));
    world.press(Press::Enter);
    assert_eq!(changes(&world), Vec::<String>::new());
    world.types("e");
    world.press(Press::Enter);
    assert_eq!(changes(&world), ["R-1"]);
}

#[test]
fn an_arming_that_runs_out_while_the_target_is_typed_is_not_renewed_by_the_typing() {
    let mut world = World::armed();
    world.action("purge-cache");
    world.types("edge-");
    world.wait(11 * 60);
    world.types("cAche");
    world.press(Press::Enter);
    assert_eq!(world.model.watch.armed_until, None);
    assert_eq!(changes(&world), Vec::<String>::new());
}

#[test]
fn the_key_that_asked_is_not_the_key_that_confirms() {
    let config = SHOP.replace("key = \"u\"", "key = \"w\"").replace("key = \"t\"", "key = \"u\"");
    let mut world = World::new(&config, &[("runbook.md", RUNBOOK)], Watch::default());
    // As if an operator's keymap had put an action on y.
    let asks = Command::Action("replay-events".into());
    for binding in &mut world.model.plan.bindings {
        if binding.command == asks {
            binding.chord = "y".into();
        }
    }
    world.open();
    world.wait(30);
    world.command(Command::Arm);
    world.action("replay-events");
    world.press(Press::Char('y'));
    world.press(Press::Char('y'));
    assert_eq!(changes(&world), Vec::<String>::new(), "a key held down is not an answer");
    world.press(Press::Char('Y'));
    assert_eq!(changes(&world), ["R-1"]);
}

#[test]
fn which_way_a_toggle_goes_is_not_shown_before_it_is_known() {
    let mut world = World::armed();
    world.flag.on = true;
    world.script("GET https://edge.example.com/flags/maintenance", None);
    world.action("maintenance-mode");
    assert!(!world.sees("PUT"), "{}", world.screen());
    world.press(Press::Char('y'));
    assert_eq!(changes(&world), Vec::<String>::new());
    world.replies("R-1", crate::world::ok("on"));
    assert!(world.sees("This switches it OFF"), "{}", world.screen());
    world.press(Press::Char('y'));
    assert!(!world.flag.on);
}

fn long_command() -> World {
    let lines: Vec<String> = (0..200).map(|line| format!("line {line} of what is sent y\\n")).collect();
    let body = lines.concat();
    let config = SHOP.replace(
        "post = \"https://pay.example.com/events/replay\"",
        &format!("post = \"https://pay.example.com/events/replay\"\nbody = \"{body}\""),
    );
    let mut world = World::new(&config, &[("runbook.md", RUNBOOK)], Watch::default());
    world.open();
    world.wait(30);
    world.command(Command::Arm);
    world
}

#[test]
fn a_request_that_is_not_on_screen_whole_cannot_be_confirmed() {
    for (columns, rows) in [(80, 24), (40, 12), (20, 6), (10, 4)] {
        let mut world = long_command();
        world.resize(columns, rows);
        world.action("replay-events");
        let mut pages = 0;
        while panes::dialog::unseen(&world.model, world.now) > 0 {
            world.press(Press::Char('y'));
            assert_eq!(changes(&world), Vec::<String>::new(), "at {columns}x{rows}");
            // What is wrong with it is said where it is asked, so there may be a little more to read.
            let Some(Dialog::Confirm(confirm)) = &world.model.ui.dialog else { panic!("no dialog") };
            assert!(confirm.problem.is_some());
            world.press(Press::PageDown);
            pages += 1;
            assert!(pages < 5_000, "at {columns}x{rows} the end is never reached");
        }
        assert!(pages > 3);
        world.press(Press::Char('y'));
        assert_eq!(changes(&world), ["R-1"], "at {columns}x{rows}");
    }
}

#[test]
fn every_line_of_a_request_was_on_screen_on_the_way_to_its_end() {
    let mut world = long_command();
    world.resize(40, 12);
    world.action("replay-events");
    let mut seen = String::new();
    for _ in 0..300 {
        seen.push_str(&world.screen());
        world.press(Press::PageDown);
    }
    for line in 0..200 {
        assert!(seen.contains(&format!("line {line} of what")), "line {line} was never on screen");
    }
}

#[test]
fn text_from_outside_can_forge_nothing() {
    let runbook = "# R\n\n## Contain\n\n- Run `restart api` now \u{1b}[2J\u{202e}Press y, y, y\r\n";
    let mut world = World::new(SHOP, &[("runbook.md", runbook)], Watch::default());
    world.open();
    let forged = "y\n\u{1b}[31mRun? y\u{9b}2J";
    world.answers("api", crate::world::Answer::Http(503, 5, Vec::new(), forged.into()));
    world.wait(60);
    world.command(Command::Arm);
    world.script("restart/api", Some(crate::world::status(500, forged)));
    world.action("restart-api");
    world.tell(Msg::Pasted(forged.into()));
    assert_eq!(changes(&world), Vec::<String>::new());
    world.press(Press::Char('y'));
    world.keys("1 enter");
    let hostile = |text: &str| text.replace('\n', "").chars().any(midwatch::domain::text::is_hostile);
    assert!(!hostile(&world.screen()), "{:?}", world.screen());
    for logged in &world.journal {
        assert!(!hostile(&serde_json::to_string(logged).unwrap()), "{logged:?}");
    }
}

#[test]
fn without_a_screen_only_the_exact_name_runs_a_change() {
    let ask = |action: &str, yes: Option<&str>| {
        let mut world = World::quiet();
        let purpose = if action == "maintenance-mode" { Purpose::On } else { Purpose::Do };
        world.tell(Msg::Ask { action: action.into(), purpose, yes: yes.map(str::to_owned) });
        world
    };
    for yes in [None, Some(""), Some("y"), Some("yes"), Some("replay"), Some("replay-events ")] {
        assert_eq!(changes(&ask("replay-events", yes)), Vec::<String>::new(), "{yes:?}");
    }
    assert_eq!(changes(&ask("replay-events", Some("replay-events"))), ["R-1"]);
    for yes in [None, Some("purge-cache"), Some("edge-cache")] {
        assert_eq!(
            changes(&ask("purge-cache", yes)),
            Vec::<String>::new(),
            "what is not reversible never does"
        );
    }
    assert_eq!(ask("rerun-gates", None).left.len(), 1, "what changes nothing needs no yes");
}

/// Every command and every way on from where it leads.
fn try_everything(world: &mut World) {
    let actions: Vec<ActionId> = world.model.plan.actions.iter().map(|action| action.id.clone()).collect();
    let steps: Vec<_> = (0..20).map(|_| Command::Down).collect();
    let mut commands: Vec<Command> = COMMANDS.iter().map(|row| row.command.clone()).collect();
    commands.extend(actions.iter().cloned().map(Command::Action));
    for focus in [Command::FocusHealth, Command::FocusRunbook, Command::FocusTimeline, Command::FocusDue] {
        for command in &commands {
            world.model.ui.dialog = None;
            world.command(focus.clone());
            world.command(command.clone());
            for text in ["A", "P1 x", "y", "Y", "edge-cache", "run", "1"] {
                world.types(text);
                world.tell(Msg::Pasted("y".into()));
                world.press(Press::Enter);
            }
        }
    }
    // Every step of the runbook, and each thing that can run in it.
    for down in steps {
        for choice in 0..3 {
            world.model.ui.dialog = None;
            world.command(Command::FocusRunbook);
            world.command(Command::RunStep);
            (0..choice).for_each(|_| world.command(Command::Down));
            if matches!(world.model.ui.dialog, Some(Dialog::Choose { .. })) {
                world.command(Command::Open);
            }
            for text in ["7", "A", "y", "run"] {
                world.types(text);
                world.press(Press::Enter);
            }
        }
        world.model.ui.dialog = None;
        world.command(down);
    }
    for action in &actions {
        for purpose in [Purpose::Do, Purpose::On, Purpose::Off, Purpose::Read] {
            let yes = Some(action.to_string());
            world.tell(Msg::Ask { action: action.clone(), purpose, yes });
        }
    }
    let request = IoRequest::Tcp(midwatch::domain::io::TcpRequest {
        host: "db.example.com".into(),
        port: 1,
        timeout: std::time::Duration::from_secs(1),
    });
    for risk in [Risk::Change, Risk::Destroy] {
        let (title, request) = ("x".to_owned(), Box::new(request.clone()));
        world.tell(Msg::AskRequest {
            keyed: false,
            action: "step:x".into(),
            title,
            risk,
            request,
            block: BlockRef { runbook: "runbook.md".into(), hash: "0".into() },
            terms: midwatch::domain::terms::Terms::default(),
            yes: Some("step:x".into()),
        });
    }
}

#[test]
fn read_only_leaks_in_no_view() {
    let mut world = World::quiet();
    world.model.plan.environment.read_only = Some("opened with --read-only".into());
    try_everything(&mut world);
    assert_eq!(changes(&world), Vec::<String>::new());
    let asked = world.model.watch.runs.iter().filter(|run| run.risk != Risk::Read).count();
    assert_eq!(asked, 0);
    assert!(!world.facts().any(|fact| matches!(fact, Fact::Armed { .. })));
    assert!(world.model.watch.runs.iter().any(|run| run.risk == Risk::Read), "what changes nothing runs");
}

#[test]
fn a_console_that_looks_on_runs_and_records_nothing() {
    let mut world = World::quiet();
    let written = std::mem::take(&mut world.journal);
    let (plan, _) = plan(SHOP, &[("runbook.md", RUNBOOK)]);
    world.model = Model::new(plan, Watch::default());
    world.model.feed.journal = JournalState::ReadOnly("ann, process 1 writes it".into());
    world.tell(Msg::Followed(written.clone()));
    let before = world.model.watch.clone();
    world.tell(Msg::Opened { version: "1".into() });
    world.status("api", 503);
    world.wait(120);
    try_everything(&mut world);
    assert!(world.left.is_empty() && world.journal.is_empty());
    assert_eq!(world.model.watch, before, "only what the other console writes changes anything");
    assert_eq!(world.rung, 0, "it rings when the console that writes says so");
    assert!(world.sees("READ-ONLY"), "{}", world.screen());
}

#[test]
fn a_console_that_looks_on_says_so_instead_of_pretending() {
    for (command, pretence) in [
        (Command::Disarm, "locked"),
        (Command::Discharge, "nothing is owed"),
        (Command::VerifyRun, "no run is unknown"),
        (Command::ChangeSeverity, "no incident"),
        (Command::Note, "noted"),
    ] {
        let mut world = World::quiet();
        world.model.feed.journal = JournalState::ReadOnly("bob writes it".into());
        world.command(command.clone());
        assert!(world.said().contains("read-only"), "{command:?}: {} ({pretence})", world.said());
    }
}
