//! What follows a failure: nothing, a question, or a block that answers it. None of them makes a failed step a good one.

use super::ids::StepId;
use super::runbook::{Runbook, Step};
use super::step_rules::{OnFailure, StepRules};

/// What follows a failed command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AfterFailure {
    /// The step has failed, and nothing else happens.
    Stop,
    /// The operator is asked what becomes of the step.
    Ask,
    /// The step has failed, and this command is offered next.
    Offer {
        /// What the block is called.
        name: String,
        /// The step it stands in.
        step: StepId,
        /// Its place among that step's commands.
        command: usize,
    },
    /// The step has failed, and the block it names is not in the runbook.
    Missing(String),
}

/// What follows a failure of a command under `rules`, which are its own and its step's.
pub fn after_failure(runbook: &Runbook, rules: &StepRules) -> AfterFailure {
    match &rules.on_failure {
        None | Some(OnFailure::Stop) => AfterFailure::Stop,
        Some(OnFailure::Ask) => AfterFailure::Ask,
        Some(OnFailure::Handle(name)) => match block(runbook, name) {
            Some((step, command)) => {
                AfterFailure::Offer { name: name.clone(), step: step.id.clone(), command }
            }
            None => AfterFailure::Missing(name.clone()),
        },
    }
}

/// The block of `runbook` that is called `name`.
pub fn block<'a>(runbook: &'a Runbook, name: &str) -> Option<(&'a Step, usize)> {
    runbook.phases.iter().flat_map(|phase| &phase.steps).find_map(|step| {
        let at = step.commands.iter().position(|command| command.rules.name.as_deref() == Some(name))?;
        Some((step, at))
    })
}
