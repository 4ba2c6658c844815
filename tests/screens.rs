//! Whole screens: what is written and what it means, cell by cell, as files that are compared.
//!
//! `UPDATE_SCREENS=1 cargo test --test screens` writes them anew; then look at each.

#![cfg(test)]

#[expect(dead_code, reason = "what the core's tests ask of the world as well")]
#[path = "support/world.rs"]
mod world;

use std::path::PathBuf;

use midwatch::app::Msg;
use midwatch::domain::command::Command;
use midwatch::{panes, view};

use world::{Answer, World};

const SIZES: [(u16, u16); 4] = [(80, 24), (120, 40), (40, 12), (200, 60)];

/// What each cell says, then what each cell means.
fn picture(world: &World) -> String {
    let (columns, rows) = world.model.ui.size;
    let screen = panes::screen(&world.model, world.now);
    let mut text = view::text_map(&screen, columns, rows).join("\n");
    text.push_str("\n\n");
    text.push_str(&view::role_map(&screen, columns, rows).join("\n"));
    text.push('\n');
    text
}

#[expect(clippy::disallowed_methods, reason = "a file of the tests, written by hand's command")]
fn compare(name: &str, world: &mut World) {
    for (columns, rows) in SIZES {
        world.tell(Msg::Resized(columns, rows));
        let picture = picture(world);
        let file = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join(format!("tests/screens/{name}-{columns}x{rows}.txt"));
        if std::env::var_os("UPDATE_SCREENS").is_some() {
            std::fs::write(&file, &picture).expect("a file that can be written");
            continue;
        }
        let before = std::fs::read_to_string(&file).unwrap_or_default();
        let differs = before.lines().zip(picture.lines()).position(|(old, new)| old != new);
        assert!(
            before == picture,
            "{} is not what is drawn (line {:?}):\n{picture}",
            file.display(),
            differs.map(|line| line + 1)
        );
    }
}

/// Some time into the night, with latencies that were not always the same.
fn quiet() -> World {
    let mut world = World::shop();
    for minute in 0..16_u64 {
        let slow = 40 + minute * minute % 7 * 30;
        world.answers("api", Answer::Http(200, slow, Vec::new(), r#"{"queue": 0}"#.into()));
        world.wait(60);
    }
    world.command(Command::First);
    world
}

/// Checkout is down, the API slow; an incident is declared and taken on, maintenance mode is on.
fn incident() -> World {
    let mut world = quiet();
    world.answers("api", Answer::Http(200, 740, Vec::new(), r#"{"queue": 0}"#.into()));
    world.status("checkout", 503);
    world.wait(90);
    world.key("i");
    world.answers_prompt("P1 checkout answers 503");
    world.wait(35);
    world.keys("K A m y");
    world.wait(20);
    world.keys("2 space");
    world.key("n");
    world.answers_prompt("-5m customers wrote in about cards that are declined");
    world.wait(47);
    world
}

#[test]
fn a_quiet_night() {
    compare("quiet", &mut quiet());
}

#[test]
fn an_incident_in_the_runbook() {
    compare("incident", &mut incident());
}

#[test]
fn an_incident_in_the_health_pane() {
    let mut world = incident();
    world.key("1");
    compare("incident-health", &mut world);
}

#[test]
fn a_change_that_waits_for_its_yes() {
    let mut world = quiet();
    world.command(Command::Arm);
    world.key("m");
    compare("confirm", &mut world);
}

#[test]
fn a_change_that_is_locked() {
    let mut world = quiet();
    world.key("t");
    compare("locked", &mut world);
}

#[test]
fn what_cannot_be_undone_wants_its_target_typed() {
    let mut world = quiet();
    world.command(Command::Arm);
    world.key("z");
    world.types("edge-");
    compare("destroy", &mut world);
}

#[test]
fn help() {
    let mut world = quiet();
    world.key("?");
    compare("help", &mut world);
}

#[test]
fn a_signal_in_full() {
    let mut world = incident();
    world.keys("1 g enter");
    compare("detail", &mut world);
}

#[test]
fn an_observer_that_is_cut_off() {
    let mut world = quiet();
    for signal in ["web", "api", "checkout", "search", "outside-a", "outside-b"] {
        world.answers(signal, Answer::Failed(midwatch::domain::io::Reason::Connect));
    }
    world.wait(30);
    compare("observer", &mut world);
}

#[test]
fn a_journal_that_cannot_be_written() {
    let mut world = incident();
    world.tell(Msg::JournalFailed("no space left on device".into()));
    world.wait(10);
    compare("journal-failed", &mut world);
}

#[test]
fn nothing_that_matters_is_cut_at_any_size() {
    let mut world = incident();
    for (columns, rows) in SIZES {
        world.resize(columns, rows);
        let screen = world.screen();
        for needed in ["ARMED", "INC-1 P1", &format!("{}Z", world.now.clock())] {
            assert!(screen.contains(needed), "{needed} at {columns}x{rows}:\n{screen}");
        }
        world.key("1");
        let health = world.screen();
        world.key("2");
        let runbook = world.screen();
        assert!(
            health.contains("checkout") && health.contains("DOWN"),
            "the worst at {columns}x{rows}:\n{health}"
        );
        assert!(runbook.contains("If the page does not come"), "the step at {columns}x{rows}:\n{runbook}");
    }
}
