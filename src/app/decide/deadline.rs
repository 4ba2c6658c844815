//! What an incident asks for by a time: done, or given up.

use crate::domain::fact::Fact;
use crate::domain::ids::IncidentId;
use crate::domain::incident::IncidentDeadline;
use crate::domain::time::Timestamp;
use crate::panes;
use crate::state::{Asking, Dialog, DueKey, Focus, IncidentKey, Model};

use super::{Out, dialog, lead, recordable, say, say_no};

/// The deadline under the cursor of the incident view, or of the due pane.
fn chosen(model: &Model, now: Timestamp) -> Option<(IncidentId, IncidentDeadline)> {
    match (&model.ui.dialog, model.ui.focus) {
        (Some(Dialog::Incident), _) => match panes::dialog::incident::selected(model, now)?.key? {
            IncidentKey::Deadline(incident, what) => Some((incident, what)),
            IncidentKey::Role(_) | IncidentKey::Rung(_) | IncidentKey::OnCall(_) | IncidentKey::Other(_) => {
                None
            }
        },
        (None, Focus::Due) => match panes::due::selected(model, now)? {
            DueKey::Deadline(incident, what) => Some((incident, what)),
            DueKey::Obligation(_)
            | DueKey::Run(_)
            | DueKey::Acknowledgement(_)
            | DueKey::Silence(_)
            | DueKey::Armed
            | DueKey::Undo(_)
            | DueKey::Timer(_)
            | DueKey::Rung(_)
            | DueKey::Duty(_) => None,
        },
        (Some(_), _) | (None, Focus::Health | Focus::Runbook | Focus::Timeline | Focus::Board(_)) => None,
    }
}

/// Whether the incident view is open: what is under its cursor is all that is meant there.
fn in_view(model: &Model) -> bool {
    matches!(model.ui.dialog, Some(Dialog::Incident))
}

/// Asks how it was done, where the cursor is on a deadline. The incident is acknowledged at once.
pub fn ask_done(model: &mut Model, now: Timestamp, out: &mut Out) -> bool {
    let Some((id, what)) = chosen(model, now) else {
        if in_view(model) {
            say_no(model, now, "nothing is due here");
        }
        return in_view(model);
    };
    if !recordable(model, now) {
        return true;
    }
    match what {
        IncidentDeadline::Acknowledge => {
            if let Some(incident) = model.watch.known_incident(&id).cloned() {
                lead::take(model, now, &incident, out);
            }
        }
        IncidentDeadline::Recovery => dialog::prompt(model, Asking::Mitigated(id), ""),
        IncidentDeadline::Update
        | IncidentDeadline::Legal
        | IncidentDeadline::Audit
        | IncidentDeadline::Review => dialog::prompt(model, Asking::DeadlineDone(id, what), ""),
    }
    true
}

/// Asks why it is given up, where the cursor is on a deadline.
pub fn ask_waive(model: &mut Model, now: Timestamp) -> bool {
    let Some((id, what)) = chosen(model, now) else {
        if in_view(model) {
            say_no(model, now, "nothing is due here");
        }
        return in_view(model);
    };
    match what {
        _ if !recordable(model, now) => {}
        IncidentDeadline::Acknowledge => say_no(model, now, "somebody has to take it on: acknowledge it"),
        IncidentDeadline::Update
        | IncidentDeadline::Recovery
        | IncidentDeadline::Legal
        | IncidentDeadline::Audit
        | IncidentDeadline::Review => dialog::prompt(model, Asking::WaiveDeadline(id, what), ""),
    }
    true
}

/// Takes how it was done, or why it is given up.
pub fn settled(
    model: &mut Model,
    now: Timestamp,
    incident: IncidentId,
    deadline: IncidentDeadline,
    said: Result<String, String>,
    out: &mut Out,
) -> Result<(), String> {
    let known =
        model.watch.known_incident(&incident).ok_or_else(|| format!("nothing is called {incident}"))?;
    if !known.is_open() && !deadline.outlasts_the_incident() {
        return Err(format!("{incident} is closed meanwhile"));
    }
    if deadline != IncidentDeadline::Update && known.settled.contains_key(&deadline) {
        return Err("it is settled already".into());
    }
    let done = said.is_ok();
    let (Ok(detail) | Err(detail)) = said;
    let by = model.plan.environment.operator.clone();
    let word = if done { "done" } else { "waived" };
    say(model, now, format!("{incident}: {} {word}", deadline.words()));
    out.fact(Fact::DeadlineSettled { incident, deadline, done, detail, by });
    Ok(())
}
