//! Closing an incident: the list of what is to be settled, each done or left open with a reason, and the summary.

use crate::domain::board::Board;
use crate::domain::fact::Fact;
use crate::domain::ids::ClosingId;
use crate::domain::time::Timestamp;
use crate::panes::dialog::closing::{selected, shown};
use crate::state::closing::{ClosingItem, ClosingKind, items, missing};
use crate::state::{Asking, Dialog, Focus, Model, NotebookKey, Run};

use super::notebook::Deed;
use super::{Out, action, dialog, entry, evidence, gates, incident, notebook, recordable, say, say_no, step};

/// Opens the list; where nothing is in the way, asks for the summary at once.
pub fn open(model: &mut Model, now: Timestamp) {
    if !recordable(model, now) {
        return;
    }
    if model.watch.incident().is_none() {
        say_no(model, now, "no incident is open");
        return;
    }
    if missing(model).is_empty() {
        dialog::prompt(model, Asking::Close, "");
    } else {
        model.ui.said = None;
        model.ui.dialog = Some(Dialog::Closing { cursor: None });
    }
}

/// Takes `text`: what happened, short and without blame. Refused with what is missing.
pub fn closed(model: &mut Model, now: Timestamp, text: &str, out: &mut Out) -> Result<(), String> {
    let incident = model.watch.incident().map(|incident| incident.id.clone()).ok_or("no incident is open")?;
    let missing = missing(model);
    if !missing.is_empty() {
        return Err(format!("{incident} cannot close: {}", missing.join("; ")));
    }
    let summary = text.trim();
    if summary.is_empty() {
        return Err("say in a sentence what happened".into());
    }
    let unmentioned = super::route::unmentioned(model);
    if unmentioned.is_empty() {
        say(model, now, format!("{incident} closed"));
    } else {
        say(model, now, format!("{incident} closed · no runbook mentions {}", unmentioned.join(", ")));
    }
    let by = model.plan.environment.operator.clone();
    out.fact(Fact::IncidentClosed { incident, by, summary: summary.to_owned() });
    Ok(())
}

/// The item under the cursor.
fn chosen(model: &Model) -> Option<ClosingItem> {
    let id = selected(model)?;
    items(model).into_iter().find(|item| item.id == id)
}

/// Moves the cursor by `by` lines.
pub fn walk(model: &mut Model, by: isize) {
    let ids: Vec<ClosingId> = shown(model).into_iter().map(|item| item.id).collect();
    let at = selected(model).and_then(|chosen| ids.iter().position(|id| *id == chosen)).unwrap_or(0);
    let to = at.saturating_add_signed(by).min(ids.len().saturating_sub(1));
    if let Some(Dialog::Closing { cursor }) = &mut model.ui.dialog {
        *cursor = ids.get(to).cloned();
    }
}

/// Goes to what the line under the cursor is about, or runs it; asks for the summary where nothing is left.
pub fn go(model: &mut Model, now: Timestamp, out: &mut Out) {
    if missing(model).is_empty() {
        dialog::prompt(model, Asking::Close, "");
        return;
    }
    let Some(item) = chosen(model) else { return };
    match item.kind {
        ClosingKind::Run(run) if model.watch.run(&run).is_some_and(Run::is_open) => {
            model.ui.dialog = Some(Dialog::Output { run, back: 0 });
        }
        ClosingKind::Run(run) => dialog::prompt_over(model, Asking::Verify(run), ""),
        ClosingKind::Obligation(id) => incident::discharge_one(model, now, id, out),
        ClosingKind::Gates(_, step) => {
            to_step(model, step, out);
            gates::ask(model, now, out);
        }
        ClosingKind::Check(id) => {
            model.ui.dialog = None;
            action::ask(model, now, &id, None, out);
        }
        ClosingKind::Command(step) => {
            to_step(model, step, out);
            action::run_step(model, now, out);
        }
        ClosingKind::Webhooks(_) => {
            model.ui.dialog = None;
            entry::focus(model, now, Board::Payments);
        }
        ClosingKind::Step(step) => to_step(model, step, out),
        ClosingKind::Signal(signal) => model.ui.dialog = Some(Dialog::Detail { signal, scroll: 0 }),
        ClosingKind::Hypothesis(id) => {
            model.ui.dialog = Some(Dialog::Notebook { cursor: Some(NotebookKey::Hypothesis(id)) });
        }
    }
}

fn to_step(model: &mut Model, step: crate::domain::runbook::StepRef, out: &mut Out) {
    model.ui.dialog = None;
    model.ui.focus = Focus::Runbook;
    step::go(model, step, out);
}

/// Says that the line under the cursor is done, where the list is looked at; whether it is.
pub fn ask_done(model: &mut Model, now: Timestamp, out: &mut Out) -> bool {
    if !matches!(model.ui.dialog, Some(Dialog::Closing { .. })) {
        return false;
    }
    if !recordable(model, now) {
        return true;
    }
    match chosen(model).map(|item| item.kind) {
        None => say_no(model, now, "nothing is left"),
        Some(ClosingKind::Step(step)) => {
            model.ui.step = Some(step);
            evidence::tick_over(model, now, out);
        }
        Some(ClosingKind::Hypothesis(id)) => notebook::ask_hypothesis(model, now, id, Deed::Done),
        Some(ClosingKind::Obligation(id)) => dialog::prompt_over(model, Asking::Discharge(id), ""),
        Some(ClosingKind::Run(run)) if model.watch.run(&run).is_some_and(|run| !run.is_open()) => {
            dialog::prompt_over(model, Asking::Verify(run), "");
        }
        Some(ClosingKind::Run(_)) => say_no(model, now, "it still runs: wait for it, or cancel it"),
        Some(ClosingKind::Gates(..) | ClosingKind::Check(_) | ClosingKind::Command(_)) => {
            say_no(model, now, "it is done when it has run and ended well: ⏎ runs it");
        }
        Some(ClosingKind::Webhooks(_)) => {
            say_no(model, now, "it is done when nothing is left to replay: ⏎ goes there");
        }
        Some(ClosingKind::Signal(_)) => {
            say_no(model, now, "it is done when it is green; x explains why it is not")
        }
    }
    true
}

/// Asks why the line under the cursor is left open, where the list is looked at; whether it is.
pub fn ask_leave(model: &mut Model, now: Timestamp) -> bool {
    if !matches!(model.ui.dialog, Some(Dialog::Closing { .. })) {
        return false;
    }
    if !recordable(model, now) {
        return true;
    }
    match chosen(model) {
        None => say_no(model, now, "nothing is left"),
        Some(item) if item.waived.is_some() => say_no(model, now, "it is left open already, with a reason"),
        Some(item) => match item.kind {
            ClosingKind::Run(run) if model.watch.run(&run).is_some_and(Run::is_open) => {
                say_no(model, now, "it still runs: wait for it, or cancel it");
            }
            // How it ended is not left open: somebody looks, and says.
            ClosingKind::Run(run) => dialog::prompt_over(model, Asking::Verify(run), ""),
            ClosingKind::Obligation(id) => dialog::prompt_over(model, Asking::Waive(id), ""),
            ClosingKind::Gates(..)
            | ClosingKind::Check(_)
            | ClosingKind::Command(_)
            | ClosingKind::Webhooks(_)
            | ClosingKind::Step(_)
            | ClosingKind::Signal(_)
            | ClosingKind::Hypothesis(_) => dialog::prompt_over(model, Asking::LeaveOpen(vec![item.id]), ""),
        },
    }
    true
}

/// Asks once why everything is left open in the part of the list that the cursor is in.
pub fn ask_leave_all(model: &mut Model, now: Timestamp) {
    if !recordable(model, now) {
        return;
    }
    let Some(part) = chosen(model).map(|item| item.kind.part()) else {
        say_no(model, now, "nothing is left");
        return;
    };
    let is_left = |item: &ClosingItem| item.blocks() && item.kind.part() == part && item.kind.is_left_open();
    let ids: Vec<ClosingId> = items(model).into_iter().filter(is_left).map(|item| item.id).collect();
    if ids.is_empty() {
        say_no(model, now, format!("{part}: each is done or given up on its own"));
    } else {
        dialog::prompt_over(model, Asking::LeaveOpen(ids), "");
    }
}

/// Takes why these are left open.
pub fn left_open(
    model: &mut Model,
    now: Timestamp,
    ids: &[ClosingId],
    reason: &str,
    out: &mut Out,
) -> Result<(), String> {
    let incident = model.watch.incident().map(|incident| incident.id.clone()).ok_or("no incident is open")?;
    let by = model.plan.environment.operator.clone();
    let left: Vec<ClosingItem> =
        items(model).into_iter().filter(|item| item.blocks() && ids.contains(&item.id)).collect();
    if left.is_empty() {
        return Err("it is settled meanwhile".into());
    }
    let count = left.len();
    say(model, now, format!("{count} left open: the record says why"));
    for item in left {
        out.fact(Fact::ClosingWaived {
            incident: incident.clone(),
            item: item.id,
            text: item.text,
            by: by.clone(),
            reason: reason.to_owned(),
        });
    }
    Ok(())
}
