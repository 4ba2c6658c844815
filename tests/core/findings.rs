//! What lint found in a runbook, on the screen at night: beside the step, in its dialog, and as a list of its own.

use midwatch::app::Msg;
use midwatch::domain::command::Command;
use midwatch::lint::{self, Known};
use midwatch::runbook;

use crate::world::World;

const BROKEN: &str =
    "# Shop\n\n## Recovery\n\n- Look at it.\n- Stop it: `flyctl machine stop --all -a shop`\n";

/// The shop, whose runbook now is `text`, as the console reads it.
fn shop(text: &str) -> World {
    let mut world = World::armed();
    let reading = runbook::read("runbook.md", text.as_bytes());
    let findings = lint::lint(&reading, text.as_bytes(), &Known::default());
    let (runbook, diagnostics) = (Box::new(reading.runbook), reading.diagnostics);
    world.tell(Msg::RunbookRead { runbook, diagnostics, needed: Vec::new(), findings });
    world.command(Command::FocusRunbook);
    world.command(Command::Last);
    world
}

#[test]
fn a_step_that_cannot_run_says_so_before_it_is_run() {
    let mut world = shop(BROKEN);
    world.resize(120, 40);
    assert!(world.sees("✖ lint"), "{}", world.screen());
    assert!(world.sees("✖ flyctl machine stop has no flag --all"), "{}", world.screen());
    world.command(Command::Open);
    assert!(world.sees("error line 6: flyctl machine stop has no flag --all"), "{}", world.screen());
    assert!(world.sees("hint: name the machines"), "{}", world.screen());
}

#[test]
fn the_findings_of_the_runbook_are_a_key_away_and_go_with_an_edit() {
    let mut world = shop(BROKEN);
    world.resize(80, 24);
    world.key("F");
    for said in [
        "1 errors",
        "✖ error line 6:33: flyctl machine stop",
        "hint:",
        "▲ warning",
        "opening a console runs nothing",
    ] {
        assert!(world.sees(said), "{said}\n{}", world.screen());
    }
    assert!(world.left.is_empty(), "something was run");
    let mended = shop("# Shop\n\n- Look at it.\n");
    assert!(!mended.sees("✖ lint"), "{}", mended.screen());
}
