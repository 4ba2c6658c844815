//! What the last reply had under the code spans of a step: what a step such as "confirm the returned
//! `alreadyPublished` state" asks about.

use crate::domain::runbook::StepRef;

use super::values::Value;
use super::{Given, Model};

/// The code spans of `step` that a run of its phase gave a value, in the order of its words.
pub fn replied<'a>(model: &'a Model, step: &StepRef) -> Vec<&'a Value> {
    let (Some(known), Some(phase)) = (model.plan.step(step), model.plan.phase(step)) else {
        return Vec::new();
    };
    let is_of_phase = |value: &&Value| {
        let Given::Captured(run) = &value.given else { return false };
        let from = model.watch.run(run).and_then(|run| run.step.as_ref());
        from.is_some_and(|from| {
            from.runbook == step.runbook && phase.steps.iter().any(|known| known.id == from.step)
        })
    };
    let mut all: Vec<&Value> =
        known.codes.iter().filter_map(|code| model.watch.captured(code).filter(is_of_phase)).collect();
    all.dedup();
    all
}
