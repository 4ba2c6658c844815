//! Going back to an earlier release: which one, and the card that is read before it begins.

use crate::domain::entry::EntryRef;
use crate::domain::role::Role;
use crate::domain::text::clip;
use crate::domain::time::{Timestamp, short};
use crate::panes::shape::{Dialog, Line, span, strong};
use crate::panes::window;
use crate::state::Model;
use crate::state::rollback::{Answer, Card, answer, candidates, side};

use super::{keys, wrapped};

/// Columns of a label.
const LABEL: usize = 7;

/// The releases that can be gone back to.
pub fn choose(model: &Model, now: Timestamp, cursor: Option<&EntryRef>, width: usize) -> Dialog {
    let all = candidates(model);
    let at = all.iter().position(|one| Some(&one.key()) == cursor).unwrap_or(0);
    let mut body = Vec::new();
    let mut here = 0;
    let mut said: Vec<&str> = Vec::new();
    for one in &all {
        if let Some(live) = one.live.filter(|_| !said.contains(&one.signal.as_str())) {
            said.push(one.signal.as_str());
            let text = format!("{}: live is {}", one.signal, side(live).live_words(now));
            body.extend(wrapped(&text, width, Role::Accent));
        }
    }
    body.push(Line::default());
    for (place, one) in all.iter().enumerate() {
        let chosen = place == at;
        if chosen {
            here = body.len();
        }
        let mark = if chosen { "▸ " } else { "  " };
        let role = match (chosen, one.refused()) {
            (true, _) => Role::Selected,
            (false, None) => Role::Text,
            (false, Some(_)) => Role::Dim,
        };
        let right = span(format!("  {}", one.signal), Role::Dim);
        let to = side(one.entry);
        let age = one.entry.at.map_or_else(String::new, |at| format!("  {} ago", short(now.since(at))));
        let by = to.author.map_or_else(String::new, |by| format!("  {by}"));
        let title =
            if one.entry.title == to.release { String::new() } else { format!("  {}", one.entry.title) };
        let text = format!("{mark}{}{age}{by}{title}", to.release);
        let room = width.saturating_sub(crate::domain::text::width(&right.text));
        body.push(Line { left: vec![span(clip(&text, room).into_owned(), role)], right: vec![right] });
        if let Some(why) = one.refused() {
            body.extend(wrapped(&format!("    cannot be gone back to: {why}"), width, Role::Warning));
        }
    }
    let mut dialog = Dialog {
        title: Line::new(vec![strong("Go back to which release?", Role::Title)]),
        border: Role::Focus,
        body,
        keys: keys(&[("⏎", "show the card"), ("↑↓", "choose"), ("esc", "leave it")]),
        ..Dialog::default()
    };
    dialog.scroll = window(dialog.body.len(), here, dialog.body_rows(model.ui.size)).0;
    dialog
}

/// What is to be known before it begins.
pub fn card(model: &Model, now: Timestamp, card: &Card, width: usize, body: &mut Vec<Line>) {
    let mut say = |label: &str, text: &str, role: Role| {
        let lines = wrapped(text, width.saturating_sub(LABEL).max(8), role);
        for (at, mut line) in lines.into_iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            line.left.insert(0, span(format!("{label:<LABEL$}"), Role::Dim));
            body.push(line);
        }
    };
    let from = card.from.as_ref().map_or_else(|| "not known".to_owned(), |from| from.live_words(now));
    say("FROM", &from, Role::Warning);
    say("TO", &card.to.past_words(now), Role::Accent);
    say("RULE", &card.rule, Role::Text);
    let (migrated, is_fine) = card.migrated(&model.watch);
    say("DATA", &migrated, if is_fine { Role::Ok } else { Role::Warning });
    if let Some((run, what)) = &card.before {
        let (text, role) = match answer(&model.watch, run) {
            Answer::Waits => (format!("whether {what} is being asked …"), Role::Warning),
            Answer::Yes(_) => (format!("✔ {what}"), Role::Ok),
            Answer::No(why) => (format!("✖ NO: {what}: {why}"), Role::Danger),
        };
        say("IMAGE", &text, role);
    }
    for text in &model.plan.rollback.not_undone {
        say("KEEPS", &format!("Not undone: {text}"), Role::Warning);
    }
    let mut parts = vec![format!("{} until its effect is seen", short(model.plan.rollback.budget))];
    for (rehearsal, what) in [(true, "last rehearsal"), (false, "last time")] {
        match model.watch.measured_rollback(rehearsal) {
            Some((known, took, at)) => {
                let over = if took > known.budget { ", OVER" } else { "" };
                let (took, ago) = (short(took), short(now.since(at)));
                parts.push(format!("{what} {took}{over}, {ago} ago"));
            }
            None if rehearsal => parts.push("never rehearsed".to_owned()),
            None => {}
        }
    }
    say("TIME", &parts.join("; "), Role::Text);
    body.push(Line::default());
}
