//! A drill is over when its incident is.

use crate::domain::fact::Fact;
use crate::domain::ids::RunbookId;
use crate::state::{Model, Stage};

use super::{Out, command};

/// Leaves once the last incident that was open is closed.
pub fn follow(model: &Model, out: &mut Out) {
    if !matches!(model.plan.stage, Stage::Drill(_)) {
        return;
    }
    let closed = out.facts.iter().find_map(|fact| match fact {
        Fact::IncidentClosed { incident, .. } => Some(incident.clone()),
        _ => None,
    });
    let Some(closed) = closed else { return };
    if !model.watch.incidents.iter().any(|known| known.closed.is_none() && known.id != closed) {
        command::leave(model, out);
    }
}

/// Why no command of `runbook` runs here: it is not the simulated company's.
pub fn refusal(model: &Model, runbook: &RunbookId) -> Option<String> {
    model
        .plan
        .unrun
        .contains(runbook)
        .then(|| format!("a drill runs nothing of {runbook}: say what you would do, and tick the step"))
}
