//! The handover sheet: asked for, and read over the view it was asked from.

use crate::domain::time::Timestamp;
use crate::state::{Dialog, Model};

use super::{Effect, Out, say, say_no};

/// Asks for the sheet of the current incident; where none is open, of the newest.
pub fn ask(model: &mut Model, now: Timestamp, out: &mut Out) {
    let newest = || model.watch.incidents.iter().max_by_key(|known| known.declared);
    match model.watch.incident().or_else(newest).map(|known| known.id.clone()) {
        Some(incident) => {
            say(model, now, format!("writing the handover sheet of {incident}"));
            out.effect(Effect::Handover(incident));
        }
        None => say_no(model, now, "nothing to hand over: no incident was declared"),
    }
}

/// Shows the sheet, unless something was opened meanwhile that asks for an answer.
pub fn told(model: &mut Model, now: Timestamp, sheet: Result<String, String>) {
    match sheet {
        Err(why) => say_no(model, now, format!("no handover sheet: {why}")),
        Ok(_) if !matches!(model.ui.dialog, None | Some(Dialog::Incident)) => {
            say_no(model, now, "the handover sheet is written: ask again once this is closed");
        }
        Ok(text) => {
            model.ui.said = None;
            let lines = text.lines().map(str::to_owned).collect();
            model.ui.dialog = Some(Dialog::Read { title: "Handover".into(), lines, scroll: 0 });
        }
    }
}
