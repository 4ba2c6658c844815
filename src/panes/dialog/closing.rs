//! The list of what is to be settled before an incident closes: what is left first, then what is left open with a reason.

use crate::domain::command::{Command, Place};
use crate::domain::ids::ClosingId;
use crate::domain::role::Role;
use crate::domain::time::{Timestamp, short};
use crate::panes::shape::{Dialog, Line, span, strong};
use crate::panes::{window, wrap};
use crate::state::closing::{ClosingItem, ClosingKind, items};
use crate::state::{Dialog as Open, Model};

use super::{keys, offered, wrapped};

/// The items in the order in which they are shown: what blocks, then what was left open.
pub fn shown(model: &Model) -> Vec<ClosingItem> {
    let (blocking, left): (Vec<ClosingItem>, Vec<ClosingItem>) =
        items(model).into_iter().partition(ClosingItem::blocks);
    blocking.into_iter().chain(left).collect()
}

/// The item under the cursor: the first where none was chosen, or it is settled.
pub fn selected(model: &Model) -> Option<ClosingId> {
    let Some(Open::Closing { cursor }) = &model.ui.dialog else { return None };
    let shown = shown(model);
    let is_there = |id: &ClosingId| shown.iter().any(|item| item.id == *id);
    cursor.clone().filter(is_there).or_else(|| shown.first().map(|item| item.id.clone()))
}

/// What these items say, for whoever gives a reason.
pub fn texts(model: &Model, ids: &[ClosingId]) -> Vec<String> {
    let chosen = items(model).into_iter().filter(|item| ids.contains(&item.id));
    let mut lines: Vec<String> = chosen.map(|item| item.text).collect();
    lines.extend([String::new(), "The record keeps each, with your reason.".to_owned()]);
    lines
}

/// What is to be known before the incident is summed up: what is left open, and follow-ups.
pub fn before(model: &Model) -> Vec<String> {
    let mut lines =
        vec!["What broke, what was done, how it stands now: short, and nobody is to blame.".to_owned()];
    let left = items(model);
    if !left.is_empty() {
        lines.extend([String::new(), "Left open, with a reason:".to_owned()]);
        for item in left {
            let why = item.waived.as_ref().map_or("", |waiver| waiver.reason.as_str());
            lines.push(format!("  {}: {why}", item.text));
        }
    }
    let owed = model.watch.notebook.open_follow_ups().count();
    if owed > 0 {
        let word = if owed == 1 { "follow-up stays" } else { "follow-ups stay" };
        lines.extend([String::new(), format!("{owed} {word} in the notebook until done.")]);
    }
    lines
}

/// From the model to a shape.
pub fn project(model: &Model, now: Timestamp, width: usize) -> Dialog {
    let mut body = super::said_line(model, width);
    let shown = shown(model);
    let left = shown.iter().filter(|item| item.blocks()).count();
    let chosen = selected(model);
    let chord = |command: &Command| model.plan.chord(Place::Closing, command).unwrap_or_default();
    let (text, role) = match left {
        0 => (
            format!("Nothing is left: {} closes it with a summary.", chord(&Command::CloseIncident)),
            Role::Ok,
        ),
        1 => ("1 thing is to be settled first.".to_owned(), Role::Warning),
        _ => (format!("{left} things are to be settled first."), Role::Warning),
    };
    body.extend(wrapped(&text, width, role));
    let mut here = 0;
    let mut part = "";
    for item in &shown {
        let title = if item.blocks() { item.kind.part() } else { "Left open" };
        if title != part {
            part = title;
            body.push(Line::default());
            body.push(Line::new(vec![strong(title, Role::Title)]));
        }
        let is_here = chosen.as_ref() == Some(&item.id);
        if is_here {
            here = body.len();
        }
        let (glyph, text, role) = match &item.waived {
            None => ("○", item.text.clone(), role_of(&item.kind)),
            Some(waiver) => {
                ("–", format!("{}  because {} ({})", item.text, waiver.reason, waiver.by), Role::Dim)
            }
        };
        let role = if is_here { Role::Selected } else { role };
        for (at, line) in wrap(&text, width.saturating_sub(4)).into_iter().enumerate() {
            let mark = match (is_here, at) {
                (true, 0) => format!("▸ {glyph} "),
                (false, 0) => format!("  {glyph} "),
                (_, _) => "    ".to_owned(),
            };
            body.push(Line::new(vec![span(format!("{mark}{line}"), role)]));
        }
    }
    let incident = model.watch.incident();
    let title = incident.map_or_else(
        || "No incident is open".to_owned(),
        |incident| {
            let open = short(now.since(incident.declared));
            format!("Close {} {} · open for {open}", incident.id, incident.severity.word())
        },
    );
    let mut dialog = Dialog {
        title: Line::new(vec![strong(title, Role::Title)]),
        border: if left == 0 { Role::Ok } else { Role::Warning },
        body,
        keys: hints(model, &shown, chosen.as_ref(), left),
        ..Dialog::default()
    };
    dialog.scroll = window(dialog.body.len(), here, dialog.body_rows(model.ui.size)).0;
    dialog
}

const fn role_of(kind: &ClosingKind) -> Role {
    match kind {
        ClosingKind::Run(_) | ClosingKind::Signal(_) => Role::Danger,
        ClosingKind::Obligation(_)
        | ClosingKind::Gates(..)
        | ClosingKind::Check(_)
        | ClosingKind::Command(_)
        | ClosingKind::Webhooks(_) => Role::Warning,
        ClosingKind::Step(_) | ClosingKind::Hypothesis(_) => Role::Text,
    }
}

/// The keys that do something to the line under the cursor.
fn hints(model: &Model, shown: &[ClosingItem], chosen: Option<&ClosingId>, left: usize) -> Line {
    let item = shown.iter().find(|item| Some(&item.id) == chosen);
    let enter = match item.map(|item| &item.kind) {
        _ if left == 0 => "close",
        Some(ClosingKind::Run(_)) => "say how it ended",
        Some(ClosingKind::Gates(..) | ClosingKind::Check(_) | ClosingKind::Command(_)) => "run again",
        Some(ClosingKind::Obligation(_)) => "meet it",
        Some(
            ClosingKind::Webhooks(_)
            | ClosingKind::Step(_)
            | ClosingKind::Signal(_)
            | ClosingKind::Hypothesis(_),
        )
        | None => "go there",
    };
    let mut wanted = vec![(Command::Open, enter)];
    if let Some(item) = item.filter(|item| item.blocks()) {
        match &item.kind {
            ClosingKind::Step(_) => wanted.push((Command::Discharge, "tick")),
            ClosingKind::Hypothesis(_) => wanted.push((Command::Discharge, "confirm")),
            ClosingKind::Obligation(_) => wanted.push((Command::Discharge, "done")),
            ClosingKind::Run(_)
            | ClosingKind::Gates(..)
            | ClosingKind::Check(_)
            | ClosingKind::Command(_)
            | ClosingKind::Webhooks(_)
            | ClosingKind::Signal(_) => {}
        }
        if item.kind.is_left_open() {
            wanted.push((Command::Waive, "leave open"));
            wanted.push((Command::WaiveAll, "this part"));
        } else if matches!(item.kind, ClosingKind::Obligation(_)) {
            wanted.push((Command::Waive, "waive"));
        }
    }
    wanted.push((Command::Note, "note"));
    wanted.push((Command::Back, "back"));
    keys(&offered(model, Place::Closing, &wanted))
}
