//! What lint found in the runbook at hand, to read.

use crate::domain::time::Timestamp;
use crate::panes;
use crate::state::{Dialog, Model};

use super::say_no;

/// Opens the findings of the runbook at hand.
pub fn read(model: &mut Model, now: Timestamp) {
    match panes::findings::lines(model) {
        Some((title, lines)) => model.ui.dialog = Some(Dialog::Read { title, lines, scroll: 0 }),
        None => say_no(model, now, "no runbook is configured"),
    }
}
