//! A runbook that is edited while a console is open, and where its cursor stands.

use midwatch::app::Msg;
use midwatch::domain::command::Command;
use midwatch::runbook;

use crate::world::World;

/// The file now says `text`, and it was noticed.
pub fn edited(world: &mut World, text: &str) {
    let reading = runbook::read("runbook.md", text.as_bytes());
    let (runbook, diagnostics) = (Box::new(reading.runbook), reading.diagnostics);
    world.tell(Msg::RunbookRead { runbook, diagnostics, needed: Vec::new(), findings: Vec::new() });
}

/// The words of the step under the cursor.
pub fn here(world: &World) -> String {
    let step = world.model.ui.step.as_ref().expect("a step");
    world.model.plan.step(step).map_or_else(|| "gone".into(), |step| step.text.clone())
}

/// The cursor on the step that has these words.
pub fn go_to(world: &mut World, words: &str) {
    world.command(Command::FocusRunbook);
    world.command(Command::First);
    for _ in 0..40 {
        if here(world).contains(words) {
            return;
        }
        world.command(Command::Down);
    }
    panic!("no step says {words}");
}
