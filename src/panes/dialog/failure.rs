//! Dialogs around a run of a step: what is checked before it, and what can follow its failure.

use crate::domain::ids::RunId;
use crate::domain::role::Role;
use crate::domain::text::clip;
use crate::domain::time::{Timestamp, short};
use crate::panes::shape::{Dialog, Line, span, strong};
use crate::panes::window;
use crate::state::{FailureChoice, Model, RunState};

use super::{keys, wrapped};

/// Lines of output that are shown of what failed.
const LAST_LINES: usize = 6;

/// What can follow a failure; the cursor begins on what runs nothing.
pub fn failure(model: &Model, id: &RunId, choices: &[FailureChoice], cursor: usize, width: usize) -> Dialog {
    let mut body = Vec::new();
    if let Some(run) = model.watch.run(id) {
        if let RunState::Failed(why) | RunState::NotInEffect(why) = &run.state {
            body.extend(wrapped(&format!("✖ {} {}: {why}", run.id, run.title), width, Role::Danger));
        }
        if let Some(step) = run.step.as_ref().and_then(|step| model.plan.step(step)) {
            body.extend(wrapped(&format!("Step: {}", step.text), width, Role::Dim));
        }
        for line in &run.output[run.output.len().saturating_sub(LAST_LINES)..] {
            let text = clip(&line.text, width).into_owned();
            body.push(Line::new(vec![span(text, if line.error { Role::Warning } else { Role::Text })]));
        }
        body.push(Line::default());
    }
    let mut here = 0;
    for (at, choice) in choices.iter().enumerate() {
        if at == cursor {
            here = body.len();
        }
        let role = if at == cursor { Role::Selected } else { Role::Text };
        let mark = if at == cursor { "▸ " } else { "  " };
        body.extend(wrapped(&format!("{mark}{}", word(choice)), width, role));
    }
    let mut dialog = Dialog {
        title: Line::new(vec![strong(format!("{id} failed: what now?"), Role::Title)]),
        border: Role::Danger,
        body,
        keys: keys(&[("⏎", "this"), ("↑↓", "choose"), ("esc", "leave it, nothing runs")]),
        ..Dialog::default()
    };
    dialog.scroll = window(dialog.body.len(), here, dialog.body_rows(model.ui.size)).0;
    dialog
}

fn word(choice: &FailureChoice) -> String {
    match choice {
        FailureChoice::Leave => "Leave it failed".into(),
        FailureChoice::Fail => "Mark the step failed".into(),
        FailureChoice::Again => "The same again: it is shown first".into(),
        FailureChoice::Skip => "Skip the step, with a reason".into(),
        FailureChoice::Handle { name, .. } => {
            format!("Answer it with “{name}”: it is shown first, and the step stays failed")
        }
    }
}

/// While a check is out.
pub fn checking(model: &Model, now: Timestamp, id: &RunId, width: usize) -> Dialog {
    let mut body = wrapped("Checked first, before anything else runs:", width, Role::Text);
    body.push(Line::default());
    if let Some(run) = model.watch.run(id) {
        for line in run.request.preview() {
            for part in crate::domain::text::clean_lines(&line).lines() {
                body.extend(wrapped(part, width, Role::Code));
            }
        }
        body.push(Line::default());
        body.extend(wrapped(&format!("for {} …", short(now.since(run.requested))), width, Role::Warning));
    }
    Dialog {
        title: Line::new(vec![strong(format!("Check {id}"), Role::Title)]),
        border: Role::Focus,
        body,
        keys: keys(&[("esc", "do not run")]),
        ..Dialog::default()
    }
}
