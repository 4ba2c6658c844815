//! Walking the runbook and marking its steps.

use crate::domain::fact::Fact;
use crate::domain::ids::StepId;
use crate::domain::runbook::{Phase, PhaseKind, Runbook, Step, StepRef, StepState};
use crate::domain::step_evidence::{StepEvidence, in_words};
use crate::domain::time::Timestamp;
use crate::panes;
use crate::state::{Asking, Model, security};

use super::{Out, approve, dialog, duties, evidence, recordable, say, say_no};

/// The runbook the operator is in: the first where none was chosen.
pub fn current(model: &Model) -> Option<&Runbook> {
    let chosen = model.ui.step.as_ref().and_then(|step| model.plan.runbook(&step.runbook));
    chosen.or_else(|| model.plan.runbooks.first())
}

fn steps(runbook: &Runbook) -> Vec<&Step> {
    runbook.phases.iter().flat_map(|phase| &phase.steps).collect()
}

/// Moves the cursor by `by` steps, stopping at the ends.
pub fn walk(model: &mut Model, by: isize, out: &mut Out) {
    let Some(runbook) = current(model) else { return };
    let steps = steps(runbook);
    let at = model.ui.step.as_ref().and_then(|step| steps.iter().position(|known| known.id == step.step));
    let last = steps.len().saturating_sub(1);
    let to = at.map_or(0, |at| at.saturating_add_signed(by).min(last));
    let Some(step) = steps.get(to) else { return };
    let step = StepRef { runbook: runbook.id.clone(), step: step.id.clone() };
    go(model, step, out);
}

/// Moves the cursor to `step`; a reopened console shows it there.
pub fn go(model: &mut Model, step: StepRef, out: &mut Out) {
    if model.ui.step.as_ref() != Some(&step) || model.watch.place.is_none() {
        out.fact(Fact::Walked { step: step.clone() });
    }
    model.ui.step = Some(step);
}

/// Moves the cursor to the first step of the next or previous phase that has one.
pub fn phase(model: &mut Model, now: Timestamp, forward: bool, out: &mut Out) {
    let Some(runbook) = current(model) else { return };
    let with_steps: Vec<(usize, &StepId)> = runbook
        .phases
        .iter()
        .enumerate()
        .filter_map(|(at, phase)| phase.steps.first().map(|step| (at, &step.id)))
        .collect();
    let here = model.ui.step.as_ref().and_then(|step| {
        runbook.phases.iter().position(|phase| phase.steps.iter().any(|known| known.id == step.step))
    });
    let to = if forward {
        with_steps.iter().find(|(at, _)| here.is_none_or(|here| *at > here))
    } else {
        with_steps.iter().rev().find(|(at, _)| here.is_some_and(|here| *at < here))
    };
    if let Some((_, step)) = to {
        let left = here.map(|here| &runbook.phases[here]).filter(|_| forward);
        let left =
            left.map(|phase| (phase.title.clone(), panes::runbook::required_open(model, runbook, phase)));
        let step = StepRef { runbook: runbook.id.clone(), step: (*step).clone() };
        go(model, step, out);
        if let Some((title, open @ 1..)) = left {
            let steps =
                if open == 1 { "1 step that has to be done is" } else { "steps that have to be done are" };
            let count = if open == 1 { String::new() } else { format!("{open} ") };
            say(model, now, format!("{count}{steps} open in {title}"));
        }
    }
}

/// Moves the cursor to the next runbook.
pub fn next_runbook(model: &mut Model, now: Timestamp, out: &mut Out) {
    let Some(here) = current(model).map(|runbook| runbook.id.clone()) else {
        say_no(model, now, "no runbook is loaded");
        return;
    };
    let runbooks = &model.plan.runbooks;
    let at = runbooks.iter().position(|runbook| runbook.id == here).unwrap_or(0);
    let next = (1..=runbooks.len())
        .map(|by| &runbooks[(at + by) % runbooks.len()])
        .find_map(|runbook| steps(runbook).first().map(|step| (runbook.id.clone(), step.id.clone())));
    if let Some((runbook, step)) = next {
        go(model, StepRef { runbook, step }, out);
    }
}

/// The first step that contains the harm: where an incident begins that is no security incident.
pub fn first_of(model: &Model, kind: PhaseKind) -> Option<StepRef> {
    let in_runbook = |runbook: &Runbook| {
        let of_kind = |phase: &&Phase| phase.kind == kind && !security::is_about(runbook, phase);
        let step = runbook.phases.iter().filter(of_kind).flat_map(|phase| &phase.steps).next()?;
        Some(StepRef { runbook: runbook.id.clone(), step: step.id.clone() })
    };
    current(model).and_then(in_runbook).or_else(|| model.plan.runbooks.iter().find_map(in_runbook))
}

/// Asks why the step under the cursor failed or is left out.
pub fn ask_why(model: &mut Model, now: Timestamp, asking: fn(StepRef) -> Asking) {
    if !recordable(model, now) {
        return;
    }
    match model.ui.step.clone() {
        Some(step) => dialog::prompt(model, asking(step), ""),
        None => say_no(model, now, "no step is selected"),
    }
}

/// Gives the step under the cursor a state.
pub fn mark_selected(model: &mut Model, now: Timestamp, state: StepState, out: &mut Out) {
    match model.ui.step.clone() {
        Some(step) => mark(model, now, &step, state, out),
        None => say_no(model, now, "no step is selected"),
    }
}

/// Gives `step` a state, and moves on to the next open one. What is done keeps what it rests on.
pub fn mark(model: &mut Model, now: Timestamp, step: &StepRef, state: StepState, out: &mut Out) {
    let evidence = if state == StepState::Done { evidence::of(model, now, step) } else { Vec::new() };
    mark_with(model, now, step, state, evidence, Said::Nothing, out);
}

/// What the operator says beside a mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// Nothing.
    Nothing,
    /// Why it is ticked although what the step is bound to says otherwise.
    Despite(String),
    /// Why it does not apply.
    Why(String),
}

/// [`mark`], resting on this, and with what was said beside it.
pub fn mark_with(
    model: &mut Model,
    now: Timestamp,
    step: &StepRef,
    state: StepState,
    evidence: Vec<StepEvidence>,
    said: Said,
    out: &mut Out,
) {
    if !recordable(model, now) {
        return;
    }
    let Some(known) = model.plan.step(step) else {
        say_no(model, now, "that step is no longer in the runbook");
        return;
    };
    let (text, line) = (known.text.clone(), known.line);
    if state == StepState::Done
        && let Some(why) = approve::missing(model, step)
    {
        say_no(model, now, why);
        return;
    }
    let before = model.watch.mark(step).map_or(StepState::Open, |mark| mark.state.clone());
    if before == state && !matches!(said, Said::Why(_)) {
        say(model, now, format!("already {}", state.word()));
        return;
    }
    let moves_on = state != StepState::Open;
    let by = model.plan.environment.operator.clone();
    let rests = if evidence.is_empty() { String::new() } else { format!(": {}", in_words(&evidence)) };
    say(model, now, format!("{} {}{rests}", state.glyph(), state.word()));
    let (despite, why) = match said {
        Said::Nothing => (None, None),
        Said::Despite(why) => (Some(why), None),
        Said::Why(why) => (None, Some(why)),
    };
    duties::ticked(model, now, step, &state, &by, out);
    out.fact(Fact::StepMarked { step: step.clone(), text, line, state, by, evidence, despite, why });
    if moves_on && model.ui.step.as_ref() == Some(step) {
        next_open(model, step, out);
    }
}

/// Gives `step` a state that follows from what ran, unless it has it already; the cursor stays where it is.
pub fn settle(
    model: &Model,
    step: &StepRef,
    state: StepState,
    by: String,
    evidence: Vec<StepEvidence>,
    out: &mut Out,
) {
    let Some(known) = model.plan.step(step) else { return };
    if model.watch.mark(step).map_or(StepState::Open, |mark| mark.state.clone()) != state {
        let (text, line) = (known.text.clone(), known.line);
        let (despite, why) = (None, None);
        out.fact(Fact::StepMarked { step: step.clone(), text, line, state, by, evidence, despite, why });
    }
}

fn next_open(model: &mut Model, from: &StepRef, out: &mut Out) {
    let Some(runbook) = model.plan.runbook(&from.runbook) else { return };
    let next = steps(runbook)
        .into_iter()
        .skip_while(|step| step.id != from.step)
        .skip(1)
        .map(|step| StepRef { runbook: runbook.id.clone(), step: step.id.clone() })
        .find(|step| model.watch.mark(step).is_none_or(|mark| mark.state == StepState::Open));
    if let Some(next) = next {
        go(model, next, out);
    }
}
