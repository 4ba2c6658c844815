//! The incident: noted, closed. And what it leaves owed.

use std::time::Duration;

use crate::domain::action::ActionKind;
use crate::domain::fact::Fact;
use crate::domain::ids::ObligationId;
use crate::domain::time::{Timestamp, short};
use crate::panes;
use crate::state::{Asking, DueKey, Focus, Model, ObligationState};

use super::{Out, action, dialog, recordable, say, say_no};

/// A note is back-dated by this much at most.
const NOTED_AT_MOST: Duration = Duration::from_secs(30 * 24 * 3600);

/// Asks how the incident is summed up, unless something stands in the way of closing it.
pub fn ask_close(model: &mut Model, now: Timestamp) {
    if !recordable(model, now) {
        return;
    }
    match obstacle(model) {
        Some(why) => say_no(model, now, why),
        None => dialog::prompt(model, Asking::Close, ""),
    }
}

fn obstacle(model: &Model) -> Option<String> {
    let Some(incident) = model.watch.incident() else { return Some("no incident is open".into()) };
    if let Some(run) = model.watch.runs.iter().find(|run| run.is_open() || run.must_be_verified()) {
        let state = if run.is_open() { "still runs" } else { "is unknown: verify it" };
        return Some(format!("{} cannot close: {} {} {state}", incident.id, run.id, run.title));
    }
    let owed = model.watch.owed().into_iter().next()?;
    Some(format!("{} cannot close: {} (discharge or waive {} in Due)", incident.id, owed.text, owed.id))
}

/// Takes `text`: what happened, in a sentence.
pub fn close(model: &mut Model, now: Timestamp, text: &str, out: &mut Out) -> Result<(), String> {
    if let Some(why) = obstacle(model) {
        return Err(why);
    }
    if text.trim().is_empty() {
        return Err("say in a sentence what happened; name what is still red".into());
    }
    let incident = model.watch.incident().map(|incident| incident.id.clone()).ok_or("no incident is open")?;
    let unmentioned = super::route::unmentioned(model);
    if unmentioned.is_empty() {
        say(model, now, format!("{incident} closed"));
    } else {
        say(model, now, format!("{incident} closed · no runbook mentions {}", unmentioned.join(", ")));
    }
    let by = model.plan.environment.operator.clone();
    out.fact(Fact::IncidentClosed { incident, by, summary: text.trim().to_owned() });
    Ok(())
}

/// Writes something down; `-5m` at its start says when it happened.
pub fn note(model: &mut Model, now: Timestamp, text: &str, out: &mut Out) -> Result<(), String> {
    let text = text.trim();
    let (about, text) =
        match text.strip_prefix('-').map(|rest| rest.split_once(char::is_whitespace).unwrap_or((rest, ""))) {
            Some((span, rest)) => match humantime::parse_duration(span) {
                Ok(span) if span > NOTED_AT_MOST => {
                    return Err(format!("{} ago is too long: at most {}", short(span), short(NOTED_AT_MOST)));
                }
                Ok(span) => (now.minus(span), rest.trim()),
                Err(_) => (now, text),
            },
            None => (now, text),
        };
    if text.is_empty() {
        return Err("write something, or press esc".into());
    }
    say(model, now, "noted");
    let by = model.plan.environment.operator.clone();
    let step = model.ui.step.clone().filter(|_| model.ui.focus == crate::state::Focus::Runbook);
    out.fact(Fact::Noted { text: text.to_owned(), by, about, step });
    Ok(())
}

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
    let action = model.watch.obligation(&id).and_then(|owed| model.plan.action(&owed.action));
    match action {
        Some(known) if matches!(known.kind, ActionKind::Toggle(_)) => {
            let action = known.id.clone();
            action::ask_to_discharge(model, now, &action, id, out);
        }
        Some(_) | None => dialog::prompt(model, Asking::Discharge(id), ""),
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
