//! Telling the world: which channel, and the editor. Who reads it stands where it cannot be missed.

use crate::domain::channel::Channel;
use crate::domain::command::{Command, Place};
use crate::domain::difference::{Changed, difference};
use crate::domain::incident::IncidentKind;
use crate::domain::role::Role;
use crate::domain::text::{clip, width as columns};
use crate::domain::time::{Timestamp, short};
use crate::panes::shape::{Dialog, Input, Line, span, strong};
use crate::state::composing::{ChannelRow, Composing, Field, LEFT, Pick};
use crate::state::{Confirm, Model, PostStanding};

use super::{keys, wrapped};

/// Lines that the text has at least.
const LEAST: usize = 3;
/// Columns of a label.
const LABEL: usize = 11;

/// Where an update can be posted, and what became of the last ones.
pub fn channels(model: &Model, now: Timestamp, cursor: usize, width: usize) -> Dialog {
    let (mut body, mut here) = (Vec::new(), 0);
    for (at, row) in model.channel_rows().iter().enumerate() {
        if at == cursor {
            here = body.len();
        }
        let mark = if at == cursor { "▸ " } else { "  " };
        let role = |usual: Role| if at == cursor { Role::Selected } else { usual };
        match row {
            ChannelRow::New(id) => {
                let Some(channel) = model.plan.channel(id) else { continue };
                let badge = strong(channel.audience.badge(), channel.audience.role());
                let text = format!("{mark}{id}  {}", channel.way.place());
                let room = width.saturating_sub(columns(&badge.text) + 2);
                let text = clip(&text, room).into_owned();
                body.push(Line { left: vec![span(text, role(Role::Text))], right: vec![badge] });
                body.push(Line::new(vec![span(
                    clip(&format!("    {}", last(model, now, channel)), width),
                    Role::Dim,
                )]));
            }
            ChannelRow::Again(id) | ChannelRow::Verify(id) => {
                let Some(post) = model.watch.posts.get(id) else { continue };
                let (word, why) = match model.watch.post_standing(post) {
                    PostStanding::Unknown(why) => ("look whether it is there", why),
                    PostStanding::Failed(why) => ("send again", why),
                    PostStanding::Sending | PostStanding::Posted(_) => ("send again", String::new()),
                };
                let standing = model.watch.post_standing(post);
                let text = format!("{mark}{} {id} to {}: {word}", standing.word(), post.channel);
                body.push(Line::new(vec![span(clip(&text, width), role(Role::Danger))]));
                body.extend(wrapped(&format!("    {why}"), width, Role::Dim).into_iter().take(2));
            }
        }
    }
    super::chooser(model, "Post to which channel?", body, here)
}

/// What was posted to `channel` last.
fn last(model: &Model, now: Timestamp, channel: &Channel) -> String {
    let incident = model.watch.incident().map(|incident| &incident.id);
    let draft = model.ui.drafts.get(&channel.id);
    if draft.is_some_and(|draft| draft.incident.as_ref() == incident) {
        return "an update was begun and is not posted".into();
    }
    match model.watch.posts.last_in(incident, &channel.id) {
        Some(post) => {
            let link = post.posted.as_ref().and_then(|there| there.link.clone()).unwrap_or_default();
            format!("{} {} ago  {link}", post.id, short(now.since(post.at)))
        }
        None => "nothing posted yet".into(),
    }
}

/// Who reads `channel`, in a line that nobody overlooks.
fn audience(model: &Model, channel: &Channel, width: usize) -> Vec<Line> {
    let (badge, role) = (channel.audience.badge(), channel.audience.role());
    let sentence = channel.audience.sentence();
    let mut lines = vec![Line::new(vec![strong(badge.clone(), role)])];
    if columns(&badge) + 2 + columns(sentence) <= width {
        lines[0].left.push(span(format!("  {sentence}"), role));
    } else {
        lines.extend(wrapped(sentence, width, role));
    }
    let incident = model.watch.incident();
    let secret = incident.filter(|one| one.kind == IncidentKind::Security);
    if let Some(incident) = secret.filter(|_| channel.audience.is_outside()) {
        let text =
            format!("{} is A SECURITY INCIDENT: what is told here is known to whoever did it.", incident.id);
        lines.extend(wrapped(&text, width, Role::Danger));
    }
    lines
}

/// The editor.
pub fn compose(model: &Model, composing: &Composing, width: usize) -> Dialog {
    let Some(channel) = model.plan.channel(&composing.channel) else { return Dialog::default() };
    let mut body = audience(model, channel, width);
    let mut here = 0;
    for field in composing.fields() {
        if field == Field::Text {
            continue;
        }
        if field == composing.field {
            here = body.len();
        }
        body.push(row(composing, field, width));
    }
    let typed = typed(composing);
    let mut dialog = Dialog {
        title: Line::new(vec![
            strong(if composing.compares { "Changes  " } else { "Update  " }, Role::Title),
            strong(format!("{}  ", channel.audience.badge()), channel.audience.role()),
            strong(format!("{}  {}", composing.channel, channel.way.place()), Role::Accent),
        ]),
        border: channel.audience.role(),
        input: typed.or_else(|| {
            // The problem stands where problems of fields do.
            composing
                .problem
                .as_ref()
                .map(|problem| Input { problem: Some(problem.clone()), ..Input::default() })
        }),
        keys: hints(model, composing),
        ..Dialog::default()
    };
    if composing.compares {
        compared(model, composing, width, &mut body);
        dialog.body = body;
        let most = dialog.body.len().saturating_sub(dialog.body_rows(model.ui.size));
        dialog.scroll = composing.scroll.min(most);
        return dialog;
    }
    let carries = channel.way.carries_text(composing.status.chosen());
    body.push(Line::new(vec![span("─".repeat(width.min(60)), Role::Border)]));
    if carries {
        let first = body.len();
        let cursor = words(composing, width, &mut body);
        if composing.field == Field::Text {
            here = first + cursor;
        }
    } else {
        body.extend(wrapped("No text goes along with this.", width, Role::Dim));
    }
    dialog.body = body;
    let rows = dialog.body_rows(model.ui.size);
    // The top, which says who reads it, stays as long as the cursor can be seen.
    let scroll = (here + 1).saturating_sub(rows.max(LEAST.min(rows)));
    dialog.scroll = scroll.min(dialog.body.len().saturating_sub(rows));
    dialog
}

/// A field and what stands in it.
fn row(composing: &Composing, field: Field, width: usize) -> Line {
    let pick = |pick: &Pick| format!("‹ {} ›", pick.shown());
    let (label, value) = match field {
        Field::Title => ("title", composing.title.value().to_owned()),
        Field::Status => ("status", pick(&composing.status)),
        Field::Target => ("about", pick(&composing.target)),
        Field::Thread => ("belongs", pick(&composing.thread)),
        Field::Component(at) => match composing.components.get(at) {
            Some(component) => (component.name.as_str(), pick(&component.state)),
            None => ("", String::new()),
        },
        Field::Next => {
            let minutes = composing.next.value();
            let text = if minutes.is_empty() {
                "none is promised".to_owned()
            } else {
                format!("in {minutes} minutes")
            };
            ("next update", text)
        }
        Field::Text => ("", String::new()),
    };
    let chosen = field == composing.field;
    let mark = if chosen { "▸ " } else { "  " };
    let label = format!("{mark}{:<LABEL$} ", clip(label, LABEL));
    let quiet = value.contains(LEFT);
    let role = match (chosen, quiet) {
        (true, _) => Role::Selected,
        (false, true) => Role::Dim,
        (false, false) => Role::Accent,
    };
    let room = width.saturating_sub(columns(&label));
    Line::new(vec![span(label, Role::Text), span(clip(&value, room).into_owned(), role)])
}

/// The field of one line that is typed into.
fn typed(composing: &Composing) -> Option<Input> {
    let (label, input) = match composing.field {
        Field::Title => ("title:", &composing.title),
        Field::Next => ("minutes:", &composing.next),
        Field::Text | Field::Status | Field::Target | Field::Thread | Field::Component(_) => return None,
    };
    Some(Input {
        label: label.into(),
        value: input.value().to_owned(),
        cursor: input.cursor(),
        problem: composing.problem.clone(),
    })
}

/// The text, wrapped, with its cursor; the line that the cursor is on.
fn words(composing: &Composing, width: usize, body: &mut Vec<Line>) -> usize {
    let cursor = composing.text.cursor();
    let (row, column) = (cursor.0, cursor.1);
    let (first, mut here) = (body.len(), 0);
    for (at, text) in composing.text.lines().iter().enumerate() {
        let letters: Vec<char> = text.chars().collect();
        let mut start = 0;
        loop {
            let end = fitting(&letters, start, width.saturating_sub(1).max(1));
            let last = end == letters.len();
            let holds = at == row && column >= start && (column < end || last);
            if holds && composing.field == Field::Text {
                here = body.len() - first;
                let part = |from: usize, to: usize| letters[from.min(to)..to].iter().collect::<String>();
                let under = letters.get(column).map_or_else(|| " ".to_owned(), char::to_string);
                body.push(Line::new(vec![
                    span(part(start, column), Role::Text),
                    strong(under, Role::Selected),
                    span(part((column + 1).min(end), end), Role::Text),
                ]));
            } else {
                body.push(Line::new(vec![span(letters[start..end].iter().collect::<String>(), Role::Text)]));
            }
            if last {
                break;
            }
            start = end;
        }
    }
    here
}

/// Where a line of at most `room` columns ends that begins at `start`: behind a space where there is one.
fn fitting(letters: &[char], start: usize, room: usize) -> usize {
    let (mut used, mut end, mut space) = (0, start, None);
    while end < letters.len() {
        let wide = columns(letters[end].encode_utf8(&mut [0; 4]));
        if used + wide > room && end > start {
            return space.filter(|at| *at > start).unwrap_or(end);
        }
        used += wide;
        end += 1;
        if letters[end - 1] == ' ' {
            space = Some(end);
        }
    }
    end
}

/// What became of the lines of the last post.
fn compared(model: &Model, composing: &Composing, width: usize, body: &mut Vec<Line>) {
    body.push(Line::default());
    let last = model.watch.posts.last_in(composing.incident.as_ref(), &composing.channel);
    let before: Vec<String> =
        last.map(|post| post.text.lines().map(str::to_owned).collect()).unwrap_or_default();
    let now: Vec<String> = composing.words().trim_end().lines().map(str::to_owned).collect();
    for line in difference(&before, &now) {
        let (text, role) = match line {
            Changed::Same(text) => (format!("  {text}"), Role::Dim),
            Changed::Gone(text) => (format!("- {text}"), Role::Danger),
            Changed::New(text) => (format!("+ {text}"), Role::Ok),
        };
        body.extend(wrapped(&text, width, role));
    }
}

/// The keys that mean something now, as the keymap has them.
fn hints(model: &Model, composing: &Composing) -> Line {
    let key = |command: Command| model.plan.chord(Place::Editor, &command).unwrap_or("").to_owned();
    if composing.compares {
        return keys(&[("↑↓", "scroll"), ("esc", "back to the text")]);
    }
    let turns = !matches!(composing.field, Field::Text | Field::Title | Field::Next);
    let (done, undo, editor) = (key(Command::EditDone), key(Command::EditUndo), key(Command::EditOutside));
    let compare = key(Command::EditCompare);
    let mut hints: Vec<(&str, &str)> = vec![(&done, "go on"), ("tab", "next field")];
    if turns {
        hints.push(("←→", "change"));
    }
    hints.push((&undo, "undo"));
    if model.watch.posts.last_in(composing.incident.as_ref(), &composing.channel).is_some() {
        hints.push((&compare, "changes"));
    }
    hints.extend([(editor.as_str(), "$EDITOR"), ("esc", "leave")]);
    keys(&hints)
}

/// Who reads what is about to be posted, above the request.
pub fn readers(model: &Model, confirm: &Confirm, width: usize, body: &mut Vec<Line>) {
    let Some(post) = &confirm.post else { return };
    if let Some(channel) = model.plan.channel(&post.channel) {
        body.extend(audience(model, channel, width));
    }
    if let Some(again) = &post.again {
        body.extend(wrapped(&format!("In place of {again}, which is not there."), width, Role::Text));
    }
    body.push(Line::default());
}
