//! `midwatch incident handover`: the sheet for whoever comes next, from the journal and, where there is one, the configuration.

use std::path::Path;

use crate::domain::fact::Logged;
use crate::domain::runbook::{Phase, Runbook, Step, StepRef, StepState};
use crate::domain::time::Timestamp;
use crate::panes::due;
use crate::report::{self, Ahead, Due, Handover, IncidentReport, Place, Readings};
use crate::state::{Model, Watch};

use super::print::ended;
use super::reporting::written;
use super::{Arguments, Exit, guard, incident, open, print};

/// Writes the sheet of `named`; of the newest open incident, or else of the newest.
pub fn handover(
    arguments: &Arguments,
    named: Option<&str>,
    output: Option<&Path>,
    as_json: bool,
) -> color_eyre::Result<Exit> {
    let entries = incident::entries(arguments)?;
    let known = report::incidents(&entries);
    let open_one = known.iter().find(|known| known.closed.is_none());
    let chosen = match (named, open_one) {
        (None, Some(open)) => Some(open),
        (named, _) => incident::chosen(&known, named)?,
    };
    let told = chosen.and_then(|chosen| IncidentReport::of(&chosen.id, &entries, &Readings::default()));
    let Some(told) = told else {
        return Err(ended(Exit::Usage, "no incident is in this journal: `i` in the console declares one"));
    };
    let now = guard::now();
    let sheet = Handover::of(&told, ahead(arguments, &entries, now)?, now);
    if as_json {
        print::json(&sheet.document());
        return Ok(Exit::Done);
    }
    let text = sheet.markdown().map_err(|error| ended(Exit::Failed, error.to_string()))?;
    written(&text, output, "The handover sheet")
}

/// What is due and where the runbook stands. Without a configuration the journal alone tells what it can.
fn ahead(arguments: &Arguments, entries: &[Logged], now: Timestamp) -> color_eyre::Result<Ahead> {
    let mut watch = Watch::default();
    for entry in entries {
        watch.apply(entry);
    }
    let Some(settings) = open::given(&arguments.common, false)? else { return Ok(Ahead::default()) };
    let (plan, _) = open::plan(&settings, &arguments.common, Vec::new())?;
    let model = Model::new(plan, watch);
    let item = |item: due::DueItem| Due {
        overdue: item.clock.starts_with('+'),
        text: {
            // That it is overdue is said beside it.
            let text = item.text.strip_prefix("OVERDUE ").unwrap_or(&item.text);
            if item.count.is_empty() { text.to_owned() } else { format!("{text} ({})", item.count) }
        },
        clock: item.clock,
    };
    let due = due::items(&model, now).into_iter().map(item).collect();
    Ok(Ahead { due, at: last(&model), next: next(&model) })
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
