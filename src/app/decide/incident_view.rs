//! The view of the incident: opened, walked, and what Enter does in it.

use crate::domain::ids::IncidentId;
use crate::domain::incident::IncidentDeadline;
use crate::domain::time::Timestamp;
use crate::panes::dialog::incident::{rows, selected};
use crate::state::{Dialog, IncidentKey, Model};

use super::{Out, deadline, lead, say_no};

/// Opens the view.
pub fn open(model: &mut Model) {
    model.ui.incident = None;
    model.ui.said = None;
    model.ui.dialog = Some(Dialog::Incident);
}

/// Opens the view at what an incident asks for by a time.
pub fn open_at(model: &mut Model, incident: IncidentId, what: IncidentDeadline) {
    model.ui.incident = Some(IncidentKey::Deadline(incident, what));
    model.ui.said = None;
    model.ui.dialog = Some(Dialog::Incident);
}

/// Moves the cursor by `lines` of those that it can be on.
pub fn walk(model: &mut Model, now: Timestamp, lines: isize) {
    let keys: Vec<IncidentKey> = rows(model, now).into_iter().filter_map(|row| row.key).collect();
    let here = model.ui.incident.as_ref();
    let at = here.and_then(|here| keys.iter().position(|key| key == here)).unwrap_or(0);
    let to = at.saturating_add_signed(lines).min(keys.len().saturating_sub(1));
    model.ui.incident = keys.get(to).cloned();
}

/// Does what the line under the cursor is for.
pub fn chosen(model: &mut Model, now: Timestamp, out: &mut Out) {
    match selected(model, now).and_then(|row| row.key) {
        Some(IncidentKey::Deadline(..)) => drop(deadline::ask_done(model, now, out)),
        Some(IncidentKey::Role(role)) => lead::ask_role(model, now, role),
        Some(IncidentKey::Rung(level)) => lead::ask_told(model, now, Some(level)),
        Some(IncidentKey::Other(id)) => {
            if model.watch.known_incident(&id).is_some_and(crate::state::Incident::is_open) {
                lead::choose(model, now, id, out);
            } else {
                lead::ask_reopen(model, now);
            }
        }
        Some(IncidentKey::OnCall(_)) | None => say_no(model, now, "nothing to do on this line"),
    }
}
