//! Ticking a step with what it rests on: what its signal shows, what was run from it, what was attached to it. Where
//! nothing of that is there, it is checked by hand and says so; where it says otherwise, it is asked for.

use crate::domain::action::Purpose;
use crate::domain::ids::ActionId;
use crate::domain::runbook::{StepRef, StepState};
use crate::domain::step_evidence::StepEvidence;
use crate::domain::time::Timestamp;
use crate::panes::live;
use crate::state::{Asking, Given, Model, Run, RunState, replied};

use super::{Out, dialog, recordable, say_no, step};

/// Ticks the step under the cursor; asks for a reason where what it is bound to does not say that it is done.
pub fn tick(model: &mut Model, now: Timestamp, out: &mut Out) {
    let Some(step) = model.ui.step.clone() else {
        say_no(model, now, "no step is selected");
        return;
    };
    let is_done = model.watch.mark(&step).is_some_and(|mark| mark.state == StepState::Done);
    let doubts = if is_done { Vec::new() } else { doubts(model, now, &step) };
    if doubts.is_empty() {
        step::mark(model, now, &step, StepState::Done, out);
    } else if recordable(model, now) {
        // What is on screen while it is agreed to is what is kept.
        let evidence = of(model, now, &step);
        dialog::prompt(model, Asking::TickAnyway { step, doubts, evidence }, "");
    }
}

/// The same, where the list of what is to be settled is looked at: it comes back afterwards.
pub fn tick_over(model: &mut Model, now: Timestamp, out: &mut Out) {
    let under = model.ui.dialog.take().map(Box::new);
    tick(model, now, out);
    match model.ui.dialog {
        None => model.ui.dialog = under.map(|under| *under),
        Some(_) => model.ui.under = under,
    }
}

/// Takes why a step is ticked all the same.
pub fn ticked_anyway(
    model: &mut Model,
    now: Timestamp,
    step: &StepRef,
    evidence: Vec<StepEvidence>,
    reason: String,
    out: &mut Out,
) {
    step::mark_with(model, now, step, StepState::Done, evidence, step::Said::Despite(reason), out);
}

/// What a tick of `step` rests on now.
pub fn of(model: &Model, now: Timestamp, step: &StepRef) -> Vec<StepEvidence> {
    let signal = model.plan.step(step).and_then(|known| live::of(model, now, known)?.evidence());
    let runs = runs(model, step).filter_map(|run| {
        let RunState::Observed(detail, _) = &run.state else { return None };
        let (title, detail) = (run.title.clone(), detail.clone());
        Some(StepEvidence::Run { run: run.id.clone(), title, detail, at: run.requested })
    });
    let replied = replied(model, step).into_iter().filter_map(|value| {
        let Given::Captured(run) = &value.given else { return None };
        let (name, run) = (value.name.clone(), run.clone());
        Some(StepEvidence::Replied { name, value: value.value.clone(), run, at: value.at })
    });
    let attached = attached(model, step).iter().map(|attachment| attachment.evidence.clone());
    let mut all: Vec<StepEvidence> = signal.into_iter().chain(runs).chain(replied).chain(attached).collect();
    if all.is_empty() {
        all.push(StepEvidence::Hand { by: model.plan.environment.operator.clone() });
    }
    all
}

/// What was attached to `step` in the incident that goes on.
fn attached<'a>(model: &'a Model, step: &StepRef) -> &'a [crate::state::Attachment] {
    model.watch.attached.to(model.watch.incident().map(|incident| &incident.id), step)
}

/// The newest run of each thing that was run in this incident from `step`, or of an action that its code spans mean,
/// oldest first.
fn runs<'a>(model: &'a Model, step: &'a StepRef) -> impl Iterator<Item = &'a Run> {
    let since = model.watch.incident().map(|incident| incident.declared);
    let actions: Vec<&ActionId> = model
        .plan
        .step(step)
        .map(|known| model.plan.actions_for(known).map(|action| &action.id).collect())
        .unwrap_or_default();
    let of_step = move |run: &Run| {
        let meant = run.purpose != Purpose::Off && actions.contains(&&run.action);
        (run.step.as_ref() == Some(step) || meant)
            && run.purpose != Purpose::Read
            && since.is_none_or(|since| run.requested >= since)
    };
    let mut newest: Vec<&Run> = Vec::new();
    for run in model.watch.runs.iter().filter(|run| of_step(run)) {
        newest.retain(|other| (&other.action, &other.title) != (&run.action, &run.title));
        newest.push(run);
    }
    newest.into_iter()
}

/// Why `step` cannot be ticked as a matter of course.
fn doubts(model: &Model, now: Timestamp, step: &StepRef) -> Vec<String> {
    let Some(known) = model.plan.step(step) else { return Vec::new() };
    let signal = live::of(model, now, known).and_then(|live| live.doubt());
    let runs = runs(model, step).filter_map(|run| match &run.state {
        RunState::Requested | RunState::Accepted(_) => Some(format!("{} has not ended", run.id)),
        RunState::Failed(why) | RunState::NotInEffect(why) => Some(format!("{} failed: {why}", run.id)),
        RunState::Unknown(why) => Some(format!("{} is unknown: {why}", run.id)),
        RunState::Observed(..) | RunState::Cancelled(_) | RunState::Verified(_) => None,
    });
    signal.into_iter().chain(runs).collect()
}
