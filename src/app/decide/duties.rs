//! What is to be done after a GO: opened with it, done, given up, and over when its time is.

use crate::domain::fact::Fact;
use crate::domain::ids::{DutyId, WindowId};
use crate::domain::runbook::{StepRef, StepState};
use crate::domain::time::Timestamp;
use crate::panes;
use crate::state::duties::{DutyState, after_go, follows};
use crate::state::{Asking, Dialog, DueKey, Focus, JournalState, Model, TimersKey};

use super::{Out, dialog, recordable, say, say_no, timers};

/// A window ended with GO: opens what the runbook asks for after that. In words, what came of it.
pub fn open(model: &Model, now: Timestamp, window: &WindowId, out: &mut Out) -> Option<String> {
    let runbook = match follows(model, now) {
        Ok(runbook) => runbook?,
        Err(several) => {
            return Some(format!(
                "{several} runbooks name what follows, none of them at hand: none is opened"
            ));
        }
    };
    let duties = after_go(runbook, now, model.watch.duties.len());
    let text = format!("{} to do from here on, in Due", duties.len());
    let known = model.watch.windows.iter().rev().find(|known| known.id == *window);
    out.fact(Fact::DutiesOpened {
        window: window.clone(),
        runbook: runbook.id.clone(),
        release: known.and_then(|known| known.release.clone()),
        duties,
        by: model.plan.environment.operator.clone(),
    });
    Some(text)
}

/// Ends those that come round and whose time is over, and says what was missed.
pub fn expire(model: &mut Model, now: Timestamp, out: &mut Out) {
    if !matches!(model.feed.journal, JournalState::Writing(_)) {
        return;
    }
    let over: Vec<(DutyId, String, u32, u32)> = model
        .watch
        .open_duties()
        .filter(|owed| owed.due(now).is_none())
        .map(|owed| (owed.duty.id.clone(), owed.duty.words(), owed.done, owed.missed_at(now)))
        .collect();
    for (duty, words, done, missed) in over {
        say(model, now, format!("{duty} {words} is over: {done} done, {missed} missed"));
        out.fact(Fact::DutyEnded { duty, done, missed });
    }
}

/// The duty under the cursor of the due pane.
fn chosen(model: &Model, now: Timestamp) -> Option<DutyId> {
    if model.ui.focus != Focus::Due {
        return None;
    }
    match panes::due::selected(model, now)? {
        DueKey::Duty(id) => Some(id),
        DueKey::Obligation(_)
        | DueKey::Run(_)
        | DueKey::Acknowledgement(_)
        | DueKey::Silence(_)
        | DueKey::Armed
        | DueKey::Undo(_)
        | DueKey::Timer(_)
        | DueKey::Reminder(_)
        | DueKey::Rung(_)
        | DueKey::Deadline(..) => None,
    }
}

/// Asks what was found, where the cursor is on a duty.
pub fn ask_done(model: &mut Model, now: Timestamp) -> bool {
    ask(model, now, Asking::DutyDone)
}

/// Asks why it is given up, where the cursor is on a duty.
pub fn ask_waive(model: &mut Model, now: Timestamp) -> bool {
    ask(model, now, Asking::WaiveDuty)
}

fn ask(model: &mut Model, now: Timestamp, asking: fn(DutyId) -> Asking) -> bool {
    let Some(duty) = chosen(model, now) else { return false };
    if recordable(model, now) {
        dialog::prompt(model, asking(duty), "");
    }
    true
}

/// Takes what was found.
pub fn done(
    model: &mut Model,
    now: Timestamp,
    duty: DutyId,
    text: &str,
    out: &mut Out,
) -> Result<(), String> {
    let missed = still_open(model, now, &duty)?;
    let by = model.plan.environment.operator.clone();
    say(model, now, format!("{duty} done"));
    out.fact(Fact::DutyDone { duty, by, detail: text.trim().to_owned(), missed });
    Ok(())
}

/// Takes why it is given up.
pub fn waived(
    model: &mut Model,
    now: Timestamp,
    duty: DutyId,
    text: &str,
    out: &mut Out,
) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("a waiver needs a reason".into());
    }
    still_open(model, now, &duty)?;
    let by = model.plan.environment.operator.clone();
    say(model, now, format!("{duty} waived"));
    out.fact(Fact::DutyWaived { duty, by, reason: text.trim().to_owned() });
    Ok(())
}

/// How many rounds of an open duty went by that no fact tells yet; otherwise what became of it.
fn still_open(model: &Model, now: Timestamp, duty: &DutyId) -> Result<u32, String> {
    let owed = model.watch.duty(duty).ok_or_else(|| format!("nothing is called {duty}"))?;
    match &owed.state {
        DutyState::Open if owed.due(now).is_none() => Err(format!("the time of {duty} is over")),
        DutyState::Open => Ok(owed.missed_at(now).saturating_sub(owed.missed)),
        DutyState::Done => Err(format!("{duty} is done already")),
        DutyState::Waived(_) => Err(format!("{duty} is waived already")),
        DutyState::Ended => Err(format!("the time of {duty} is over")),
        DutyState::Replaced => Err(format!("{duty} is gone: a later release is looked after")),
    }
}

/// A step of the runbook was ticked: a round of the duty that was read from it is done with it.
pub fn ticked(model: &Model, now: Timestamp, step: &StepRef, state: &StepState, by: &str, out: &mut Out) {
    let Some(owed) = model.watch.duty_of(step).filter(|_| *state == StepState::Done) else { return };
    let duty = owed.duty.id.clone();
    if let Ok(missed) = still_open(model, now, &duty) {
        out.fact(Fact::DutyDone { duty, by: by.to_owned(), detail: "ticked in the runbook".into(), missed });
    }
}

/// Opens what a duty is about: its step, or the view of timers.
pub fn open_one(model: &mut Model, now: Timestamp, duty: DutyId) {
    let step = model.watch.duty(&duty).and_then(crate::state::duties::Owed::step);
    match step.filter(|step| model.plan.step(step).is_some()) {
        Some(step) => model.ui.dialog = Some(Dialog::Step { step, scroll: 0 }),
        None if model.watch.duty(&duty).is_some() => timers::open(model, now, Some(TimersKey::Duty(duty))),
        None => say_no(model, now, format!("nothing is called {duty}")),
    }
}
