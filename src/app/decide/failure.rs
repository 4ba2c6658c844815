//! After a failure: the step has failed, the operator is asked, or the block that answers it is offered. Nothing runs
//! and nothing is skipped unless somebody says so, and a step whose failure was answered stays failed.

use crate::domain::fact::Fact;
use crate::domain::failure::{AfterFailure, after_failure};
use crate::domain::ids::RunId;
use crate::domain::runbook::{StepRef, StepState};
use crate::domain::time::Timestamp;
use crate::state::{Asking, Candidate, Dialog, FailureChoice, Model, Run, RunState};

use super::{Out, action, dialog, recordable, say};

/// `run` failed: what becomes of its step.
pub fn failed(model: &mut Model, now: Timestamp, run: &Run, detail: &str, out: &mut Out) {
    let Some(after) = after(model, run) else { return };
    // A sequence marks what it runs.
    let in_order = model.feed.gates.as_ref().is_some_and(|going| going.run == run.id);
    if after != AfterFailure::Ask && !in_order {
        mark(model, run, detail, out);
    }
    if matches!(after, AfterFailure::Ask | AfterFailure::Offer { .. }) {
        let free = match &model.ui.dialog {
            None => true,
            Some(Dialog::Output { run: shown, .. }) => *shown == run.id,
            Some(_) => false,
        };
        // What somebody is doing is not pulled from under their keys: ⏎ on the step asks the same.
        if free {
            model.ui.dialog = Some(question(run, &after));
        } else {
            say(model, now, format!("{} {} failed: ⏎ on its step says what can follow", run.id, run.title));
        }
    }
}

/// Whether the operator is asked what becomes of the step of `run` where that fails.
pub fn asks(model: &Model, run: &RunId) -> bool {
    model.watch.run(run).and_then(|run| after(model, run)) == Some(AfterFailure::Ask)
}

/// What follows the failure of `run`, if it is a step's and not an undo.
fn after(model: &Model, run: &Run) -> Option<AfterFailure> {
    let step = run.step.as_ref().filter(|_| run.undoes.is_none())?;
    let (runbook, known) = (model.plan.runbook(&step.runbook)?, model.plan.step(step)?);
    let of_command = run.command.as_ref().and_then(|wanted| {
        let at = (0..known.commands.len()).find(|at| known.command_id(*at).as_ref() == Some(wanted))?;
        Some(known.commands[at].rules.clone())
    });
    Some(after_failure(runbook, &of_command.unwrap_or_default().or(&known.rules)))
}

fn mark(model: &Model, run: &Run, detail: &str, out: &mut Out) {
    let Some((step, known)) = run.step.as_ref().and_then(|step| Some((step, model.plan.step(step)?))) else {
        return;
    };
    let state = StepState::Failed { reason: format!("{} {}: {detail}", run.id, run.title) };
    let (text, line, by) = (known.text.clone(), known.line, run.by.clone());
    out.fact(Fact::StepMarked {
        step: step.clone(),
        text,
        line,
        state,
        by,
        evidence: Vec::new(),
        despite: None,
        why: None,
    });
}

fn question(run: &Run, after: &AfterFailure) -> Dialog {
    let choices = match after {
        AfterFailure::Offer { name, step, command } => vec![
            FailureChoice::Leave,
            FailureChoice::Handle { name: name.clone(), step: step.clone(), command: *command },
            FailureChoice::Again,
        ],
        AfterFailure::Ask | AfterFailure::Stop | AfterFailure::Missing(_) => {
            vec![FailureChoice::Fail, FailureChoice::Again, FailureChoice::Skip]
        }
    };
    Dialog::Failure { run: run.id.clone(), choices, cursor: 0 }
}

/// Asks what follows the failure of what `step` ran last, if that is still to be said; whether it asked.
pub fn still_asks(model: &mut Model, step: &StepRef) -> bool {
    let incident = model.watch.incident().map(|incident| incident.id.clone());
    let of = |run: &&Run| run.step.as_ref() == Some(step) && run.incident == incident && run.undoes.is_none();
    let Some(last) = model.watch.runs.iter().rev().find(of).cloned() else { return false };
    if !matches!(last.state, RunState::Failed(_) | RunState::NotInEffect(_)) {
        return false;
    }
    let open = model.watch.mark(step).is_none_or(|mark| mark.state == StepState::Open);
    let unanswered = model
        .watch
        .mark(step)
        .is_some_and(|mark| matches!(mark.state, StepState::Failed { .. }) && mark.recovered.is_none());
    match after(model, &last) {
        Some(after @ AfterFailure::Ask) if open => model.ui.dialog = Some(question(&last, &after)),
        Some(after @ AfterFailure::Offer { .. }) if unanswered => {
            model.ui.dialog = Some(question(&last, &after));
        }
        _ => return false,
    }
    true
}

/// Takes what the cursor is on.
pub fn chosen(model: &mut Model, now: Timestamp, out: &mut Out) {
    let Some(Dialog::Failure { run, choices, cursor }) = &model.ui.dialog else { return };
    let (chosen, run) = (choices.get(*cursor).cloned(), model.watch.run(run).cloned());
    let (Some(chosen), Some(run)) = (chosen, run) else { return };
    let Some(step) = run.step.clone() else { return };
    model.ui.dialog = None;
    match chosen {
        FailureChoice::Leave => say(model, now, "it stays failed"),
        FailureChoice::Fail => {
            if recordable(model, now) {
                let detail = detail(&run).to_owned();
                mark(model, &run, &detail, out);
            }
        }
        FailureChoice::Skip => {
            if recordable(model, now) {
                dialog::prompt(model, Asking::SkipStep(step), "");
            }
        }
        FailureChoice::Again => {
            let known = model.plan.step(&step);
            let place = known.and_then(|known| {
                let wanted = run.command.as_ref()?;
                (0..known.commands.len()).find(|at| known.command_id(*at).as_ref() == Some(wanted))
            });
            let candidate = place.map_or_else(|| Candidate::Action(run.action.clone()), Candidate::Command);
            action::choose(model, now, &step, &candidate, out);
        }
        FailureChoice::Handle { step: handler, command, .. } => {
            let handler = StepRef { runbook: step.runbook, step: handler };
            action::choose(model, now, &handler, &Candidate::Command(command), out);
        }
    }
}

fn detail(run: &Run) -> &str {
    match &run.state {
        RunState::Failed(detail) | RunState::NotInEffect(detail) => detail,
        RunState::Requested
        | RunState::Accepted(_)
        | RunState::Observed(..)
        | RunState::Cancelled(_)
        | RunState::Unknown(_)
        | RunState::Verified(_) => "",
    }
}

/// The failed run that the command at `place` of `step` is the answer to: the newest one whose step names it and has
/// failed without an answer.
pub fn handles(model: &Model, step: &StepRef, place: usize) -> Option<RunId> {
    let incident = model.watch.incident().map(|incident| incident.id.clone());
    let unanswered = |failed: &StepRef| {
        model
            .watch
            .mark(failed)
            .is_some_and(|mark| matches!(mark.state, StepState::Failed { .. }) && mark.recovered.is_none())
    };
    let answers = |run: &&Run| {
        run.incident == incident
            && matches!(run.state, RunState::Failed(_) | RunState::NotInEffect(_))
            && run.step.as_ref().is_some_and(|failed| failed.runbook == step.runbook && unanswered(failed))
            && matches!(after(model, run), Some(AfterFailure::Offer { step: handler, command, .. })
                if handler == step.step && command == place)
    };
    model.watch.runs.iter().rev().find(answers).map(|run| run.id.clone())
}

/// `run` ended well: the step whose failure it answers has recovered, and stays failed.
pub fn recovered(model: &Model, run: &Run, out: &mut Out) {
    let Some(failed) = run.handles.as_ref().and_then(|failed| model.watch.run(failed)) else { return };
    let Some(step) = failed.step.clone() else { return };
    let still = model.watch.mark(&step).is_some_and(|mark| matches!(mark.state, StepState::Failed { .. }));
    if still {
        let text = model.plan.step(&step).map_or_else(|| failed.title.clone(), |known| known.text.clone());
        out.fact(Fact::StepRecovered { step, text, failed: failed.id.clone(), run: run.id.clone() });
    }
}
