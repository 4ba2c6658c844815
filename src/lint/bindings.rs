//! What the configuration says of steps and what is not there: steps that nobody wrote, blocks without that name.

use std::collections::BTreeSet;

use crate::domain::diagnostic::{Diagnostic, did_you_mean};
use crate::domain::runbook::Runbook;
use crate::domain::step_binding::StepBinding;
use crate::domain::step_rules::OnFailure;

use super::codes::UNKNOWN_BLOCK;

/// What is wrong with `bindings` of a configuration, of which these `runbooks` were read; `all` says whether they are
/// all that it has. Of a binding that may speak of another file nothing is said.
pub fn bindings(bindings: &[StepBinding], runbooks: &[&Runbook], all: bool) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for binding in bindings {
        let meant: Vec<&Runbook> =
            runbooks.iter().copied().filter(|runbook| binding.means_any(runbook)).collect();
        let is_named = binding.runbook.is_some() && runbooks.iter().any(|runbook| binding.is_of(&runbook.id));
        if meant.is_empty() && (all || is_named) {
            found.push(binding.unmatched(runbooks));
        }
        let Some(OnFailure::Handle(block)) = &binding.rules.on_failure else { continue };
        for runbook in meant {
            let names = names(runbook);
            if names.contains(block.as_str()) {
                continue;
            }
            let hint = did_you_mean(block, names.iter().copied()).map_or_else(
                || "give the block that handles it that name".to_owned(),
                |meant| format!("did you mean {meant:?}?"),
            );
            let message = format!("onFailure: no block of {} is called {block:?}", runbook.id);
            let made = Diagnostic::error(&binding.file, binding.place, UNKNOWN_BLOCK.code, message);
            found.push(made.hint(hint));
        }
    }
    found
}

/// The names of the blocks of `runbook`.
pub(super) fn names(runbook: &Runbook) -> BTreeSet<&str> {
    let steps = runbook.phases.iter().flat_map(|phase| &phase.steps);
    steps.flat_map(|step| &step.commands).filter_map(|command| command.rules.name.as_deref()).collect()
}
