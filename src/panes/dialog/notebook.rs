//! The notebook: hypotheses and how they stand, decisions, follow-ups, patches, evidence and notes of the incident, each
//! by when it happened; and follow-ups of other incidents until they are done.

use crate::domain::command::{Command, Place};
use crate::domain::ids::IncidentId;
use crate::domain::incident::Standing;
use crate::domain::role::Role;
use crate::domain::time::Timestamp;
use crate::panes::shape::{Dialog, Line, span, strong};
use crate::panes::{window, wrap};
use crate::state::notebook::{FollowUp, Hypothesis};
use crate::state::{Dialog as Open, Model, NotebookKey};

use super::{keys, offered};

/// A line of the notebook, wrapped where it is shown.
#[derive(Clone, Debug)]
pub struct BookLine {
    /// By what the cursor knows it; `None` for a heading.
    pub key: Option<NotebookKey>,
    /// In words.
    pub text: String,
    /// What it means.
    pub role: Role,
}

/// The incident that the notebook is about: the open one, or else the last.
fn about(model: &Model) -> Option<IncidentId> {
    let last = || model.watch.incidents.last();
    model.watch.incident().or_else(last).map(|incident| incident.id.clone())
}

/// Every line, by part.
pub fn lines(model: &Model) -> Vec<BookLine> {
    let incident = about(model);
    let book = &model.watch.notebook;
    let mut all = Vec::new();
    let mut part = |title: &str, mut found: Vec<(Timestamp, BookLine)>| {
        if !found.is_empty() {
            found.sort_by_key(|(at, _)| *at);
            all.push(BookLine { key: None, text: title.to_owned(), role: Role::Title });
            all.extend(found.into_iter().map(|(_, line)| line));
        }
    };
    for (standing, title) in [
        (Standing::Open, "Hypotheses"),
        (Standing::Confirmed, "Hypotheses, confirmed"),
        (Standing::RuledOut, "Hypotheses, ruled out"),
    ] {
        let these = book.hypotheses.iter().filter(|one| one.incident == incident && one.standing == standing);
        part(title, these.map(|one| (one.about, hypothesis(one))).collect());
    }
    let decided = book.decisions.iter().filter(|one| one.incident == incident).map(|one| {
        let why = if one.why.is_empty() { String::new() } else { format!(", because {}", one.why) };
        (one.about, written(one.seq, one.about, &format!("{}{why}", one.text), &one.by))
    });
    part("Decisions", decided.collect());
    let owed = book.follow_ups.iter().filter(|one| one.incident == incident || one.closed.is_none());
    part("Follow-ups", owed.map(|one| (one.about, follow_up(one, incident.as_ref()))).collect());
    let patches = book.patches.iter().filter(|one| one.incident == incident).map(|one| {
        let text = if one.text.is_empty() { String::new() } else { format!("  {}", one.text) };
        (one.about, written(one.seq, one.about, &format!("{}{text}", one.link), &one.by))
    });
    part("Patches", patches.collect());
    part("Evidence", evidence(model, incident.as_ref()));
    let notes = book.notes.iter().filter(|one| one.incident == incident);
    part("Notes", notes.map(|one| (one.about, written(one.seq, one.about, &one.text, &one.by))).collect());
    all
}

fn written(seq: u64, at: Timestamp, text: &str, by: &str) -> BookLine {
    let text = format!("{}  {text}  ({by})", at.clock_minutes());
    BookLine { key: Some(NotebookKey::Fact(seq)), text, role: Role::Text }
}

fn hypothesis(one: &Hypothesis) -> BookLine {
    let why = match &one.settled {
        Some(settled) if !settled.why.is_empty() => format!(": {} ({})", settled.why, settled.by),
        Some(settled) => format!(" ({})", settled.by),
        None => format!("  ({})", one.by),
    };
    let role = match one.standing {
        Standing::Open => Role::Accent,
        Standing::Confirmed => Role::Ok,
        Standing::RuledOut => Role::Dim,
    };
    let (glyph, id) = (one.standing.glyph(), &one.id);
    let word =
        if one.standing == Standing::Open { String::new() } else { format!("  {}", one.standing.word()) };
    let text = format!("{}  {glyph} {id} {}{word}{why}", one.about.clock_minutes(), one.text);
    BookLine { key: Some(NotebookKey::Hypothesis(id.clone())), text, role }
}

fn follow_up(one: &FollowUp, incident: Option<&IncidentId>) -> BookLine {
    let owner = if one.owner.is_empty() { "nobody's yet".to_owned() } else { format!("@{}", one.owner) };
    let due = one.due.as_ref().map_or_else(String::new, |due| format!(", by {due}"));
    let of = one.incident.as_ref().filter(|of| Some(*of) != incident);
    let of = of.map_or_else(String::new, |of| format!(" of {of}"));
    let (glyph, state, role) = match &one.closed {
        None => ("○", String::new(), Role::Text),
        Some((done, settled)) => {
            let (glyph, word, role) =
                if *done { ("✔", "done", Role::Ok) } else { ("✖", "given up", Role::Dim) };
            let why = if settled.why.is_empty() { String::new() } else { format!(": {}", settled.why) };
            (glyph, format!("  {word}{why}"), role)
        }
    };
    let text = format!("{glyph} {}{of}  {}  {owner}{due}{state}", one.id, one.text);
    BookLine { key: Some(NotebookKey::FollowUp(one.id.clone())), text, role }
}

/// What was attached to steps of the incident, each under its own time.
fn evidence(model: &Model, incident: Option<&IncidentId>) -> Vec<(Timestamp, BookLine)> {
    let line = |(step, place, one): (&crate::domain::runbook::StepRef, usize, &crate::state::Attachment)| {
        let words = model.plan.step(step).map_or("a step that is gone", |step| step.text.as_str());
        let words = crate::domain::text::clip(words, 40);
        let text = format!("{}  ⊕ {}  to: {words}  ({})", one.at.clock_minutes(), one.text, one.by);
        let key = NotebookKey::Evidence(step.clone(), place);
        (one.at, BookLine { key: Some(key), text, role: Role::Text })
    };
    model.watch.attached.of(incident).map(line).collect()
}

/// The line under the cursor: the first where none was chosen, or it is gone.
pub fn selected(model: &Model) -> Option<NotebookKey> {
    let keys: Vec<NotebookKey> = lines(model).into_iter().filter_map(|line| line.key).collect();
    let Some(Open::Notebook { cursor }) = &model.ui.dialog else { return None };
    cursor.clone().filter(|chosen| keys.contains(chosen)).or_else(|| keys.into_iter().next())
}

/// What is copied: the line under the cursor.
pub fn copied(model: &Model) -> Option<String> {
    let chosen = selected(model)?;
    lines(model).into_iter().find(|line| line.key.as_ref() == Some(&chosen)).map(|line| line.text)
}

/// From the model to a shape.
pub fn project(model: &Model, width: usize) -> Dialog {
    let chosen = selected(model);
    let mut body = super::said_line(model, width);
    let mut here = 0;
    for line in lines(model) {
        if line.key.is_none() {
            if body.last().is_some_and(|line| !line.plain().is_empty()) {
                body.push(Line::default());
            }
            body.push(Line::new(vec![strong(line.text, line.role)]));
            continue;
        }
        let is_here = line.key == chosen;
        if is_here {
            here = body.len();
        }
        let role = if is_here { Role::Selected } else { line.role };
        for (at, text) in wrap(&line.text, width.saturating_sub(2)).into_iter().enumerate() {
            let mark = if is_here && at == 0 { "▸ " } else { "  " };
            body.push(Line::new(vec![span(format!("{mark}{text}"), role)]));
        }
    }
    let chord = |command: &Command| model.plan.chord(Place::Notebook, command).unwrap_or_default();
    if chosen.is_none() {
        let note = chord(&Command::Note);
        let text = format!("Nothing is written down yet. {note} writes, here and anywhere:");
        body.extend(super::wrapped(&text, width, Role::Text));
        body.extend(super::wrapped(&super::prefixes(), width, Role::Dim));
    }
    let title =
        about(model).map_or_else(|| "Notebook".to_owned(), |incident| format!("Notebook · {incident}"));
    let mut wanted = vec![(Command::Note, "write")];
    match &chosen {
        Some(NotebookKey::Hypothesis(_)) => wanted.extend([
            (Command::Discharge, "confirm"),
            (Command::Waive, "rule out"),
            (Command::Reopen, "open again"),
        ]),
        Some(NotebookKey::FollowUp(_)) => {
            wanted.extend([(Command::Discharge, "done"), (Command::Waive, "give up")]);
        }
        Some(NotebookKey::Fact(_) | NotebookKey::Evidence(..)) | None => {}
    }
    wanted.extend([(Command::Copy, "copy"), (Command::Back, "back")]);
    let hints = offered(model, Place::Notebook, &wanted);
    let mut dialog = Dialog {
        title: Line::new(vec![strong(title, Role::Title)]),
        border: Role::Focus,
        body,
        keys: keys(&hints),
        ..Dialog::default()
    };
    dialog.scroll = window(dialog.body.len(), here, dialog.body_rows(model.ui.size)).0;
    dialog
}
