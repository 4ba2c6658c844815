//! The handover sheet, from what a console knows and what the journal has.

use std::path::Path;

use crate::domain::ids::IncidentId;
use crate::domain::runbook::{Phase, Runbook, Step, StepRef, StepState};
use crate::domain::time::Timestamp;
use crate::journal;
use crate::panes::due;
use crate::report::{Ahead, Due, Handover, IncidentReport, Place, Readings};
use crate::state::Model;

/// What is due and where the runbook stands, as `model` knows it.
pub fn ahead(model: &Model, now: Timestamp) -> Ahead {
    let item = |item: due::DueItem| Due {
        overdue: item.clock.starts_with('+'),
        text: {
            // That it is overdue is said beside it.
            let text = item.text.strip_prefix("OVERDUE ").unwrap_or(&item.text);
            if item.count.is_empty() { text.to_owned() } else { format!("{text} ({})", item.count) }
        },
        clock: item.clock,
    };
    let due = due::items(model, now).into_iter().map(item).collect();
    Ahead { due, at: last(model), next: next(model) }
}

/// The sheet of `incident` in Markdown, from what the journal at `path` has by now; or why there is none.
pub(super) fn sheet(
    path: &Path,
    incident: &IncidentId,
    ahead: Ahead,
    now: Timestamp,
) -> Result<String, String> {
    let entries = journal::read(path).map_err(|error| error.to_string())?.entries;
    let told = IncidentReport::of(incident, &entries, &Readings::default())
        .ok_or_else(|| format!("{incident} is not in the journal yet"))?;
    Handover::of(&told, ahead, now).markdown().map_err(|error| error.to_string())
}

/// Where a step stands.
fn placed(runbook: &Runbook, phase: &Phase, step: &Step) -> Place {
    Place {
        runbook: runbook.id.to_string(),
        line: step.line,
        phase: phase.title.clone(),
        text: step.text.clone(),
    }
}

/// Every step of `runbook`, with the phase it is of.
fn steps(runbook: &Runbook) -> Vec<(&Phase, &Step)> {
    runbook.phases.iter().flat_map(|phase| phase.steps.iter().map(move |step| (phase, step))).collect()
}

/// The step that was gone to last.
fn last(model: &Model) -> Option<Place> {
    let at = model.watch.place.as_ref()?;
    let runbook = model.plan.runbook(&at.runbook)?;
    let (phase, step) = steps(runbook).into_iter().find(|(_, step)| step.id == at.step)?;
    Some(placed(runbook, phase, step))
}

/// The first open step of the runbook at hand after the one that was gone to last; the first of all where none was.
fn next(model: &Model) -> Option<Place> {
    let runbook = model.at_hand()?;
    let at = model.watch.place.as_ref().filter(|at| at.runbook == runbook.id).map(|at| &at.step);
    let all = steps(runbook);
    let from = at.and_then(|at| all.iter().position(|(_, step)| step.id == *at)).unwrap_or(0);
    let open = all[from..].iter().chain(&all[..from]).find(|(_, step)| {
        let step = StepRef { runbook: runbook.id.clone(), step: step.id.clone() };
        model.watch.mark(&step).is_none_or(|mark| mark.state == StepState::Open)
    });
    open.map(|(phase, step)| placed(runbook, phase, step))
}
