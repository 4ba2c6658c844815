//! A runbook that was edited while the console runs: it is read anew, and nothing moves. Steps are
//! joined by their ids, which are anchored by content; marks and the cursor stay where they are.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::diagnostic::{Diagnostic, Severity};
use crate::domain::fact::Fact;
use crate::domain::finding::Finding;
use crate::domain::ids::{BlockHash, StepId};
use crate::domain::looked::Block;
use crate::domain::runbook::{Runbook, Step, StepRef};
use crate::domain::time::Timestamp;
use crate::state::{Asking, Dialog, GatesDialog, Looking, Model, Prompt, UNMATCHED};

use super::{Out, say, step};

/// The steps of a runbook in the order of the file.
fn steps(runbook: &Runbook) -> impl Iterator<Item = &Step> {
    runbook.phases.iter().flat_map(|phase| &phase.steps)
}

/// What each step of a runbook would run, by the step.
fn blocks(runbook: &Runbook) -> BTreeMap<&StepId, Vec<BlockHash>> {
    let of = |step: &Step| step.commands.iter().map(|command| Block::of(step, command).hash).collect();
    steps(runbook).map(|step| (&step.id, of(step))).collect()
}

/// `now_read` takes the place of the runbook of its name.
pub fn runbook_read(
    model: &mut Model,
    now: Timestamp,
    now_read: Runbook,
    diagnostics: Vec<Diagnostic>,
    out: &mut Out,
) {
    let id = now_read.id.clone();
    let Some(at) = model.plan.runbooks.iter().position(|known| known.id == id) else {
        // It was not there, or could not be read, when the console opened.
        say(model, now, format!("{id} is there now"));
        about(model, &id.to_string(), diagnostics);
        model.plan.runbooks.push(now_read);
        bind(model, &id.to_string());
        return;
    };
    if model.plan.runbooks[at].hash == now_read.hash {
        return;
    }
    let before = std::mem::replace(&mut model.plan.runbooks[at], now_read);
    about(model, &id.to_string(), diagnostics);
    bind(model, &id.to_string());
    let (old, new) = (blocks(&before), blocks(&model.plan.runbooks[at]));
    let added = new.keys().filter(|step| !old.contains_key(*step)).count();
    let removed = old.keys().filter(|step| !new.contains_key(*step)).count();
    let changed: BTreeSet<StepId> = new
        .iter()
        .filter(|(step, now)| old.get(*step).is_some_and(|before| before != *now))
        .map(|(step, _)| (*step).clone())
        .collect();
    out.fact(Fact::RunbookChanged {
        runbook: id.clone(),
        from: before.hash.clone(),
        to: model.plan.runbooks[at].hash.clone(),
        added,
        removed,
        changed: changed.len(),
    });
    say(
        model,
        now,
        format!("{id} was edited: {added} steps added, {removed} removed, {} changed", changed.len()),
    );
    keep_place(model, &before, out);
    let is_stale = |step: &StepRef| {
        step.runbook == id && (changed.contains(&step.step) || model.plan.step(step).is_none())
    };
    if let Some(stale) =
        gates_of(model).and_then(|gates| gates.gates.iter().map(|gate| gate.step.clone()).find(is_stale))
    {
        // It is closed because of the step that is another one now.
        if let Some(Dialog::Gates(gates)) = &mut model.ui.dialog {
            gates.step = stale;
        }
        close(model, &before);
    } else if model.ui.dialog.as_ref().and_then(step_of).is_some_and(is_stale) {
        close(model, &before);
    }
}

/// Keeps what lint finds in a runbook that was read.
pub fn found(model: &mut Model, runbook: &Runbook, findings: Vec<Finding>) {
    model.plan.findings.insert(runbook.id.clone(), findings);
}

/// Replaces what was wrong with a file.
fn about(model: &mut Model, file: &str, mut found: Vec<Diagnostic>) {
    found.retain(|diagnostic| diagnostic.severity >= Severity::Warning);
    let known = &mut model.plan.diagnostics;
    known.retain(|diagnostic| diagnostic.file != file);
    known.extend(found);
    known.sort_by_key(|diagnostic| std::cmp::Reverse(diagnostic.severity));
}

/// Gives the steps of `file`, which was read anew, what the configuration has for them.
fn bind(model: &mut Model, file: &str) {
    let found = model.plan.bind();
    let known = &mut model.plan.diagnostics;
    known.retain(|diagnostic| diagnostic.code != UNMATCHED);
    known.extend(found.into_iter().filter(|known| known.file == file || known.code == UNMATCHED));
}

/// Keeps the cursor on its step. One that is gone leaves it at the nearest that is still there; one that
/// comes back, because the file was read half-written or the edit was undone, gets it back.
fn keep_place(model: &mut Model, before: &Runbook, out: &mut Out) {
    let Some(here) = model.ui.step.clone().filter(|step| step.runbook == before.id) else { return };
    if let Some((was, went)) = model.ui.displaced.clone()
        && went == here
        && model.plan.step(&was).is_some()
    {
        model.ui.displaced = None;
        step::go(model, was, out);
        return;
    }
    if model.plan.step(&here).is_some() {
        return;
    }
    let old: Vec<&StepId> = steps(before).map(|step| &step.id).collect();
    let at = old.iter().position(|step| **step == here.step).unwrap_or(0);
    let still = |step: &StepId| {
        let step = StepRef { runbook: before.id.clone(), step: step.clone() };
        model.plan.step(&step).map(|_| step)
    };
    let after = old.iter().skip(at).find_map(|step| still(step));
    let nearest = after.or_else(|| old.iter().take(at).rev().find_map(|step| still(step))).or_else(|| {
        let first = steps(model.plan.runbook(&before.id)?).next()?;
        Some(StepRef { runbook: before.id.clone(), step: first.id.clone() })
    });
    if let Some(nearest) = nearest {
        model.ui.displaced = Some((here, nearest.clone()));
        step::go(model, nearest, out);
    }
}

/// The sequence that is shown, or asked about, and does not go on yet.
fn gates_of(model: &Model) -> Option<&GatesDialog> {
    match model.ui.dialog.as_ref().filter(|_| model.feed.gates.is_none())? {
        Dialog::Gates(gates) | Dialog::Prompt(Prompt { asking: Asking::FillGate { gates, .. }, .. }) => {
            Some(gates)
        }
        _ => None,
    }
}

/// The step whose words or command an open dialog shows, if it shows one.
fn step_of(dialog: &Dialog) -> Option<&StepRef> {
    match dialog {
        Dialog::Choose { step, .. } | Dialog::Step { step, .. } | Dialog::Checking { step, .. } => Some(step),
        // An action of the configuration stays what it is, whatever becomes of the step.
        // What takes a run back is what was kept with the run.
        Dialog::Confirm(confirm) if confirm.ties.undoes.is_some() => None,
        Dialog::Confirm(confirm) if confirm.action.as_str().starts_with("step:") => confirm.step.as_ref(),
        Dialog::Prompt(prompt) => match &prompt.asking {
            Asking::FillGate { gates, .. } => Some(&gates.step),
            Asking::Fill { step, .. } | Asking::Despite { step, .. } => Some(step),
            // What is typed is about the step and not about its command: it is not lost to an edit.
            Asking::Note
            | Asking::FailStep(_)
            | Asking::SkipStep(_)
            | Asking::DoesNotApply(_)
            | Asking::TickAnyway { .. }
            | Asking::KeepFile(_)
            | Asking::Acknowledge(_)
            | Asking::Silence(_)
            | Asking::Filter
            | Asking::Instant
            | Asking::Declare(_)
            | Asking::Role(..)
            | Asking::Told(..)
            | Asking::Mitigated(_)
            | Asking::Merge { .. }
            | Asking::ReopenIncident(_)
            | Asking::DeadlineDone(..)
            | Asking::WaiveDeadline(..)
            | Asking::Severity
            | Asking::Close
            | Asking::Settle(..)
            | Asking::CloseFollowUp(..)
            | Asking::LeaveOpen(_)
            | Asking::Waive(_)
            | Asking::Extend(_)
            | Asking::Discharge(_)
            | Asking::DutyDone(_)
            | Asking::WaiveDuty(_)
            | Asking::KeepRun(_)
            | Asking::Approve(_)
            | Asking::OpenWindow
            | Asking::NoGo(_)
            | Asking::HoldWindow(_)
            | Asking::EndWindow(_)
            | Asking::Verify(_)
            | Asking::Answer { .. } => None,
        },
        Dialog::Look(look) => match &look.looking {
            Looking::Blocks { step, .. } => step.as_ref(),
            Looking::Configuration => None,
        },
        Dialog::Gates(gates) => Some(&gates.step),
        Dialog::Confirm(_)
        | Dialog::Channels { .. }
        | Dialog::Compose(_)
        | Dialog::Help { .. }
        | Dialog::Palette { .. }
        | Dialog::Output { .. }
        | Dialog::Detail { .. }
        | Dialog::Entry { .. }
        | Dialog::Operate { .. }
        | Dialog::Rollback { .. }
        | Dialog::Failure { .. }
        | Dialog::Read { .. }
        | Dialog::Closed { .. }
        | Dialog::Timers { .. }
        | Dialog::Notebook { .. }
        | Dialog::Closing { .. }
        | Dialog::Window { .. }
        | Dialog::Incident
        | Dialog::Go { .. }
        | Dialog::Quit => None,
    }
}

/// Closes the open dialog, which is about a step that is not any more what it shows.
fn close(model: &mut Model, before: &Runbook) {
    let open = model.ui.dialog.take();
    model.ui.held = None;
    let step = open.as_ref().and_then(step_of);
    let gone = step.is_some_and(|step| model.plan.step(step).is_none());
    let text = step
        .and_then(|step| steps(before).find(|known| known.id == step.step))
        .map_or_else(String::new, |step| step.text.clone());
    let why = if gone {
        "This step is no longer in the runbook."
    } else {
        "The command of this step is another one now."
    };
    let lines = vec![
        format!("{} was edited just now.", before.id),
        String::new(),
        text,
        String::new(),
        why.to_owned(),
        "What was open here showed the step as it was. It was closed, and nothing ran.".to_owned(),
    ];
    model.ui.dialog = Some(Dialog::Closed { title: "The runbook changed".into(), lines });
}

/// What there is to say of a file that was read at the start.
pub fn on_disk(model: &mut Model, file: String, says: Option<String>) {
    match says {
        Some(says) => drop(model.feed.on_disk.insert(file, says)),
        None => drop(model.feed.on_disk.remove(&file)),
    }
}
