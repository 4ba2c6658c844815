//! What is owed: discharged, waived, extended.

use std::time::Duration;

use crate::domain::action::ActionKind;
use crate::domain::fact::Fact;
use crate::domain::ids::ObligationId;
use crate::domain::time::Timestamp;
use crate::panes;
use crate::state::{Asking, DueKey, Focus, Model, ObligationState};

use super::{Out, action, dialog, recordable, say_no};

/// The obligation under the cursor of the due pane; from elsewhere, the one due first.
fn chosen(model: &Model, now: Timestamp) -> Option<ObligationId> {
    if model.ui.focus != Focus::Due {
        return model.watch.owed().first().map(|owed| owed.id.clone());
    }
    match panes::due::selected(model, now)? {
        DueKey::Obligation(id) => Some(id),
        DueKey::Run(_)
        | DueKey::Undo(_)
        | DueKey::Acknowledgement(_)
        | DueKey::Silence(_)
        | DueKey::Armed
        | DueKey::Timer(_)
        | DueKey::Reminder(_)
        | DueKey::Rung(_)
        | DueKey::Deadline(..)
        | DueKey::Duty(_) => None,
    }
}

/// Whether `id` is still owed; otherwise what became of it.
fn still_owed(model: &Model, id: &ObligationId) -> Result<(), String> {
    match model.watch.obligation(id).map(|owed| &owed.state) {
        Some(ObligationState::Open) => Ok(()),
        Some(ObligationState::Discharged) => Err(format!("{id} is discharged already")),
        Some(ObligationState::Waived(_)) => Err(format!("{id} is waived already")),
        None => Err(format!("nothing is called {id}")),
    }
}

/// Meets the obligation under the cursor: switches a toggle off, or asks how it was met.
pub fn discharge(model: &mut Model, now: Timestamp, out: &mut Out) {
    if !recordable(model, now) {
        return;
    }
    let Some(id) = chosen(model, now) else {
        say_no(model, now, "nothing is owed here");
        return;
    };
    discharge_one(model, now, id, out);
}

/// Meets an obligation: switches a toggle off, or asks how it was met.
pub fn discharge_one(model: &mut Model, now: Timestamp, id: ObligationId, out: &mut Out) {
    let action = model.watch.obligation(&id).and_then(|owed| model.plan.action(&owed.action));
    match action {
        Some(known) if matches!(known.kind, ActionKind::Toggle(_)) => {
            let action = known.id.clone();
            action::ask_to_discharge(model, now, &action, id, out);
        }
        Some(_) | None => dialog::prompt_over(model, Asking::Discharge(id), ""),
    }
}

/// Asks why the obligation under the cursor is given up, or for how much longer it may last.
pub fn ask_about_owed(model: &mut Model, now: Timestamp, asking: fn(ObligationId) -> Asking, text: &str) {
    if !recordable(model, now) {
        return;
    }
    match chosen(model, now) {
        Some(id) => dialog::prompt(model, asking(id), text),
        None => say_no(model, now, "nothing is owed here"),
    }
}

/// Takes how an obligation was met.
pub fn discharged(model: &Model, id: ObligationId, text: &str, out: &mut Out) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("say how it was met".into());
    }
    still_owed(model, &id)?;
    let by = model.plan.environment.operator.clone();
    out.fact(Fact::ObligationDischarged { obligation: id, by, detail: text.trim().to_owned() });
    Ok(())
}

/// Takes why an obligation is given up.
pub fn waived(model: &Model, id: ObligationId, text: &str, out: &mut Out) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("a waiver needs a reason".into());
    }
    still_owed(model, &id)?;
    let by = model.plan.environment.operator.clone();
    out.fact(Fact::ObligationWaived { obligation: id, by, reason: text.trim().to_owned() });
    Ok(())
}

/// Takes for how much longer an obligation may last.
pub fn extended(
    model: &Model,
    now: Timestamp,
    id: ObligationId,
    text: &str,
    out: &mut Out,
) -> Result<(), String> {
    let span =
        humantime::parse_duration(text.trim()).map_err(|error| format!("{error}: such as 30m or 2h"))?;
    if span.is_zero() || span > Duration::from_secs(24 * 3600) {
        return Err("more than nothing, and at most 24h".into());
    }
    still_owed(model, &id)?;
    let by = model.plan.environment.operator.clone();
    out.fact(Fact::ObligationExtended { obligation: id, by, due: now.plus(span) });
    Ok(())
}
