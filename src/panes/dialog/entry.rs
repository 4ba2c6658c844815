//! An entry in full, and what can be done to it.

use crate::domain::command::Command;
use crate::domain::entry::Entry;
use crate::domain::ids::SignalId;
use crate::domain::offer::Offer;
use crate::domain::reading::Health;
use crate::domain::role::Role;
use crate::domain::text::clip;
use crate::domain::time::{Timestamp, brief};
use crate::panes::shape::{Dialog, Line, span, strong};
use crate::panes::window;
use crate::state::Model;

use super::{keys, reader, reading, wrapped};

/// Columns of a label.
const LABEL: usize = 14;

/// Everything about an entry.
pub fn detail(
    model: &Model,
    now: Timestamp,
    signal: &SignalId,
    entry: &Entry,
    read: Timestamp,
    width: usize,
) -> Dialog {
    let mut body = Vec::new();
    let mut say = |label: &str, text: &str, role: Role| {
        let lines = wrapped(text, width.saturating_sub(LABEL).max(8), role);
        for (at, mut line) in lines.into_iter().enumerate() {
            let label = if at == 0 { clip(label, LABEL - 1) } else { "".into() };
            line.left.insert(0, span(format!("{label:<LABEL$}"), Role::Dim));
            body.push(line);
        }
    };
    let role = if entry.health == Health::Ok { Role::Text } else { entry.health.role() };
    let tags = if entry.tags.is_empty() { String::new() } else { format!("  {}", entry.tags.join(" ")) };
    say("state", &format!("{} {}{tags}", entry.health.glyph(), entry.state), role);
    say("what", &entry.title, Role::Text);
    say("id", &entry.key, Role::Code);
    let ago = |at: Timestamp| format!("{} ({} ago)", at.rfc3339(), brief(now.since(at)));
    if let Some(began) = entry.began {
        let after = model
            .release_before(began)
            .map_or_else(String::new, |release| format!(", {}", release.ago(began)));
        say("first seen", &format!("{}{after}", ago(began)), Role::Text);
    }
    if let Some(at) = entry.at {
        say("at", &ago(at), Role::Text);
    }
    // What stands above already is not said again: a short screen shows more of what is not.
    let told = |heading: &str| {
        entry.at.is_some() && matches!(heading, "AGE" | "LAST" | "FOR" | "SINCE")
            || entry.facts.iter().any(|(label, _)| label.eq_ignore_ascii_case(heading))
    };
    for (heading, text) in entry.cells.iter().filter(|(heading, _)| !told(heading)) {
        say(&heading.to_lowercase(), text, Role::Text);
    }
    let said = |label: &str| {
        entry.began.is_some() && label == "first seen"
            || entry.at.is_some() && matches!(label, "last seen" | "created")
    };
    for (label, text) in entry.facts.iter().filter(|(label, _)| !said(label)) {
        say(label, text, Role::Text);
    }
    if let Some(link) = &entry.link {
        say("link", link, Role::Accent);
    }
    say("source", &format!("{signal}, read {}", ago(read)), Role::Dim);
    if !entry.offers.is_empty() {
        let names: Vec<&str> = entry.offers.iter().map(|offer| offer.name).collect();
        say("can be done", &names.join(", "), Role::Accent);
    }
    if !entry.body.is_empty() {
        body.push(Line::default());
        for line in &entry.body {
            body.extend(wrapped(line, width, Role::Text));
        }
    }
    let title = format!("{} {}", entry.state, entry.title);
    body.splice(0..0, super::read::attached(model, signal.as_str(), Some(&title), width));
    let mut dialog = reader(model, &entry.title, role, body);
    let mut wanted = vec![(Command::Copy, "copy"), (Command::Attach, "attach")];
    if !entry.offers.is_empty() {
        wanted.insert(0, (Command::Operate, "act on it"));
    }
    if entry.link.is_some() {
        wanted.push((Command::OpenLink, "its link"));
    }
    dialog.keys = reading(model, &wanted, "back");
    dialog
}

/// What can be done to an entry; what cannot says why not.
pub fn operate(model: &Model, entry: &Entry, cursor: usize, width: usize) -> Dialog {
    let mut body = wrapped(&entry.title, width, Role::Dim);
    body.push(Line::default());
    let mut here = 0;
    for (at, offer) in entry.offers.iter().enumerate() {
        let chosen = at == cursor;
        if chosen {
            here = body.len();
        }
        let mark = if chosen { "▸ " } else { "  " };
        let role = match (chosen, &offer.refused) {
            (true, _) => Role::Selected,
            (false, None) => Role::Text,
            (false, Some(_)) => Role::Dim,
        };
        let count =
            if offer.calls.len() > 1 { format!(" ({} calls)", offer.calls.len()) } else { String::new() };
        let title = format!("{mark}{}{count}", offer.title.replace(crate::domain::offer::BLANK, "…"));
        let risk = span(format!("  {}", offer.risk.word()), offer.risk.role());
        let room = width.saturating_sub(risk.text.len());
        body.push(Line { left: vec![span(clip(&title, room).into_owned(), role)], right: vec![risk] });
        if let Some(why) = &offer.refused {
            body.extend(wrapped(&format!("    cannot be done: {why}"), width, Role::Warning));
        }
    }
    let mut dialog = Dialog {
        title: Line::new(vec![strong("What is to be done?", Role::Title)]),
        border: Role::Focus,
        body,
        keys: keys(&[("⏎", "show the request"), ("↑↓", "choose"), ("esc", "back")]),
        ..Dialog::default()
    };
    dialog.scroll = window(dialog.body.len(), here, dialog.body_rows(model.ui.size)).0;
    dialog
}

/// What a confirmation says of an offer: what follows the first call, how its effect is seen, what it means.
pub fn consequences(offer: &Offer, width: usize, body: &mut Vec<Line>) {
    if offer.calls.len() > 1 {
        let rest = offer.calls.len() - 1;
        let pace = if offer.pace.is_zero() {
            String::new()
        } else {
            format!(", one every {}", crate::domain::time::short(offer.pace))
        };
        let text = format!(
            "Then, once its effect is seen, the same for these {rest}{pace}; none after the first that fails. X stops \
             it."
        );
        body.extend(wrapped(&text, width, Role::Warning));
        for call in &offer.calls[1..] {
            body.extend(wrapped(&format!("  {}", call.title), width, Role::Code));
        }
        body.push(Line::default());
    }
    if let Some(tally) = &offer.tally {
        body.extend(wrapped(&format!("Now: {} {}.", tally.before, tally.what), width, Role::Text));
    }
    for sentence in &offer.about {
        body.extend(wrapped(sentence, width, Role::Text));
    }
    if let Some(check) = offer.calls.first().and_then(|call| call.check.as_ref()) {
        let within = crate::domain::time::short(check.within);
        let text = format!("In effect when {} is read back, within {within}.", check.when.text());
        body.extend(wrapped(&text, width, Role::Text));
    }
}
