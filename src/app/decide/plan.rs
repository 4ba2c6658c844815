//! A plan of phases is kept when the first step of it is gone about: a report knows it, whatever the file says by then.

use crate::domain::fact::Fact;
use crate::domain::runbook::StepRef;
use crate::state::{Model, timer};

use super::Out;

/// Keeps the plans that the facts of this instant begin.
pub fn follow(model: &Model, out: &mut Out) {
    let gone_about = |fact: &Fact| match fact {
        Fact::StepMarked { step, .. } | Fact::RunRequested { step: Some(step), .. } => Some(step.clone()),
        _ => None,
    };
    let steps: Vec<StepRef> = out.facts.iter().filter_map(gone_about).collect();
    let incident = model.watch.incident().map(|incident| incident.id.clone());
    for step in steps {
        let Some(runbook) = model.plan.runbook(&step.runbook) else { continue };
        for plan in timer::plans(runbook).iter().filter(|plan| plan.holds_step(&step.step)) {
            let key = (incident.clone(), runbook.id.clone(), plan.title.to_owned());
            let fact =
                Fact::PlanBegan { runbook: key.1.clone(), title: key.2.clone(), phases: plan.phases() };
            if !model.watch.plans.contains(&key) && !out.facts.contains(&fact) {
                out.fact(fact);
            }
        }
    }
}
