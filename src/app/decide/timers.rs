//! The view of timers: opened, walked, and copied from.

use crate::domain::runbook::StepRef;
use crate::domain::time::Timestamp;
use crate::panes::dialog::timers::rows;
use crate::state::{Dialog, Model, StatementKey, TimersKey};

use super::say_no;

/// Opens the view, with the cursor at `cursor`.
pub fn open(model: &mut Model, now: Timestamp, cursor: Option<TimersKey>) {
    if rows(model, now).iter().any(|row| row.key.is_some()) {
        model.ui.dialog = Some(Dialog::Timers { cursor });
    } else {
        say_no(model, now, "no runbook names a deadline, a schedule, a contact or a variable");
    }
}

/// Opens what a timer of the due pane is about: its step, or the view of timers.
pub fn open_timer(model: &mut Model, now: Timestamp, key: StatementKey) {
    let step = key.step.clone().map(|step| StepRef { runbook: key.runbook.clone(), step });
    match step.filter(|step| model.plan.step(step).is_some()) {
        Some(step) => model.ui.dialog = Some(Dialog::Step { step, scroll: 0 }),
        None => open(model, now, Some(TimersKey::Statement(key))),
    }
}

/// Opens the view at a rung of the ladder.
pub fn open_rung(model: &mut Model, now: Timestamp, level: u32) {
    let key = crate::state::ladder::ladder(model).and_then(|ladder| {
        let rung = ladder.rungs.iter().find(|rung| rung.level == level)?;
        Some(match rung.said {
            Some((runbook, statement)) => TimersKey::Statement(StatementKey::of(runbook, statement)),
            None => TimersKey::Rung(rung.level),
        })
    });
    open(model, now, key);
}

/// Moves the cursor of the view by `lines` of those that it can be on.
pub fn walk(model: &mut Model, now: Timestamp, lines: isize) {
    let keys: Vec<TimersKey> = rows(model, now).into_iter().filter_map(|row| row.key).collect();
    let Some(Dialog::Timers { cursor }) = &mut model.ui.dialog else { return };
    let at = cursor.as_ref().and_then(|cursor| keys.iter().position(|key| key == cursor)).unwrap_or(0);
    let to = at.saturating_add_signed(lines).min(keys.len().saturating_sub(1));
    *cursor = keys.get(to).cloned();
}

/// What is copied from the line under the cursor: of a contact only how they are reached.
pub fn copied(model: &Model, now: Timestamp) -> Option<String> {
    let Some(Dialog::Timers { cursor }) = &model.ui.dialog else { return None };
    let mut rows = rows(model, now).into_iter().filter(|row| row.key.is_some());
    let row = match cursor {
        Some(_) => rows.find(|row| row.key == *cursor)?,
        None => rows.next()?,
    };
    Some(row.copy)
}
