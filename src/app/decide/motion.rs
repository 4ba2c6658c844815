//! Moving about: cursors, panes, the mouse.

use crate::domain::ids::SignalId;
use crate::domain::time::Timestamp;
use crate::panes::{self, Target};
use crate::state::{Dialog, Focus, Model};

use super::{Out, action, command, step};
use crate::domain::command::Command;

/// Lines of a page.
const PAGE: isize = 10;

/// Moves by `lines` in whatever is looked at.
pub fn by(model: &mut Model, now: Timestamp, lines: isize, out: &mut Out) {
    let bottom = panes::dialog::overflow(model, now);
    let channels = model.channel_rows().len();
    let from_top =
        matches!(&model.ui.dialog, Some(Dialog::Output { run, .. }) if panes::dialog::is_table(model, run));
    match &mut model.ui.dialog {
        Some(
            Dialog::Help { scroll }
            | Dialog::Detail { scroll, .. }
            | Dialog::Step { scroll, .. }
            | Dialog::Entry { scroll, .. }
            | Dialog::Window { scroll }
            | Dialog::Go { scroll, .. }
            | Dialog::Read { scroll, .. },
        ) => *scroll = scroll.saturating_add_signed(lines).min(bottom),
        Some(Dialog::Output { back, .. }) => {
            let lines = if from_top { lines } else { -lines };
            *back = back.saturating_add_signed(lines).min(bottom);
        }
        Some(Dialog::Choose { cursor, candidates, .. }) => {
            *cursor = cursor.saturating_add_signed(lines).min(candidates.len().saturating_sub(1));
        }
        Some(Dialog::Channels { cursor, .. }) => {
            *cursor = cursor.saturating_add_signed(lines).min(channels.saturating_sub(1));
        }
        Some(Dialog::Failure { cursor, choices, .. }) => {
            *cursor = cursor.saturating_add_signed(lines).min(choices.len().saturating_sub(1));
        }
        Some(Dialog::Operate { cursor, entry, .. }) => {
            *cursor = cursor.saturating_add_signed(lines).min(entry.offers.len().saturating_sub(1));
        }
        Some(Dialog::Rollback { .. }) => super::rollback::by(model, lines),
        Some(Dialog::Timers { .. }) => super::timers::walk(model, now, lines),
        Some(Dialog::Incident) => super::incident_view::walk(model, now, lines),
        Some(Dialog::Notebook { .. }) => super::notebook::walk(model, lines),
        Some(Dialog::Closing { .. }) => super::closing::walk(model, lines),
        Some(Dialog::Gates(gates)) => gates.scroll = gates.scroll.saturating_add_signed(lines).min(bottom),
        Some(
            Dialog::Palette { .. }
            | Dialog::Checking { .. }
            | Dialog::Prompt(_)
            | Dialog::Confirm(_)
            | Dialog::Look(_)
            | Dialog::Compose(_)
            | Dialog::Closed { .. }
            | Dialog::Quit,
        ) => {}
        None => match model.ui.focus {
            Focus::Health => signal(model, lines),
            Focus::Runbook => step::walk(model, lines, out),
            Focus::Timeline => fact(model, lines),
            Focus::Due => due(model, now, lines),
            Focus::Board(board) => super::entry::walk(model, board, lines),
        },
    }
}

/// The terminal has another size: what is shown has what the border around it leaves.
pub fn resized(model: &mut Model, columns: u16, rows: u16) {
    let lost = model.margin() * 2;
    model.ui.size = (columns.saturating_sub(lost), rows.saturating_sub(lost));
}

/// A place on the terminal as one of the screen within its border.
fn within(model: &Model, (x, y): (u16, u16)) -> Option<(u16, u16)> {
    Some((x.checked_sub(model.margin())?, y.checked_sub(model.margin())?))
}

/// Moves by a page.
pub fn page(model: &mut Model, now: Timestamp, down: bool, out: &mut Out) {
    by(model, now, if down { PAGE } else { -PAGE }, out);
}

/// Gives the keys to the pane `ahead` places on.
pub fn pane(model: &mut Model, ahead: isize) {
    let focuses = model.focuses();
    let at = focuses.iter().position(|focus| *focus == model.ui.focus).unwrap_or(0);
    let to = at.checked_add_signed(ahead).unwrap_or(focuses.len().saturating_sub(1));
    if let Some(focus) = focuses.get(to % focuses.len().max(1)) {
        model.ui.focus = *focus;
    }
}

fn signal(model: &mut Model, lines: isize) {
    super::arrange(model);
    let shown = panes::health::shown(model);
    let at = model
        .ui
        .signal
        .as_ref()
        .and_then(|signal| shown.iter().position(|index| model.plan.signals[*index].id == *signal));
    let to = at.map_or(0, |at| at.saturating_add_signed(lines).min(shown.len().saturating_sub(1)));
    if let Some(index) = shown.get(to) {
        model.ui.signal = Some(model.plan.signals[*index].id.clone());
    }
}

/// After a filter: the cursor stays where it is if that is still shown.
pub fn keep_visible(model: &mut Model) {
    let shown = panes::health::shown(model);
    let is_shown = |signal: &SignalId| shown.iter().any(|index| model.plan.signals[*index].id == *signal);
    if !model.ui.signal.as_ref().is_some_and(is_shown) {
        model.ui.signal = shown.first().map(|index| model.plan.signals[*index].id.clone());
    }
}

fn fact(model: &mut Model, lines: isize) {
    let shown = panes::timeline::shown(model);
    let last = shown.len().saturating_sub(1);
    let at = model.ui.fact.and_then(|fact| shown.iter().position(|logged| logged.seq == fact)).unwrap_or(0);
    let to = at.saturating_add_signed(lines).min(last);
    // On the newest line it follows what comes.
    model.ui.fact = shown.get(to).map(|logged| logged.seq).filter(|_| to > 0);
}

fn due(model: &mut Model, now: Timestamp, lines: isize) {
    let items = panes::due::items(model, now);
    let at =
        model.ui.due.as_ref().and_then(|key| items.iter().position(|item| item.key == *key)).unwrap_or(0);
    let to = at.saturating_add_signed(lines).min(items.len().saturating_sub(1));
    model.ui.due = items.get(to).map(|item| item.key.clone());
}

/// The mouse was pressed.
pub fn click(model: &mut Model, now: Timestamp, at: (u16, u16), again: bool, out: &mut Out) {
    let Some((x, y)) = within(model, at) else { return };
    if model.ui.dialog.is_some() {
        // A dialog is answered by keys: a click that hits where a pane was does nothing.
        return;
    }
    let Some((focus, target)) = panes::target(model, now, x, y) else { return };
    model.ui.focus = focus;
    match target {
        Some(Target::Signal(signal)) => model.ui.signal = Some(signal),
        Some(Target::Step(step)) => step::go(model, step, out),
        Some(Target::Fact(seq)) => model.ui.fact = Some(seq),
        Some(Target::Due(key)) => model.ui.due = Some(key),
        Some(Target::Entry(board, entry)) => {
            model.ui.entries.insert(board, entry);
        }
        None => return,
    }
    if again {
        match focus {
            Focus::Runbook => action::run_step(model, now, out),
            Focus::Health | Focus::Timeline | Focus::Due | Focus::Board(_) => {
                command::command(model, now, Command::Open, out)
            }
        }
    }
}

/// The wheel was turned: what is under it moves, without taking the keys.
pub fn wheel(model: &mut Model, now: Timestamp, at: (u16, u16), down: bool, out: &mut Out) {
    let Some((x, y)) = within(model, at) else { return };
    let before = model.ui.focus;
    if model.ui.dialog.is_none()
        && let Some((focus, _)) = panes::target(model, now, x, y)
    {
        model.ui.focus = focus;
    }
    by(model, now, if down { 1 } else { -1 }, out);
    model.ui.focus = before;
}
