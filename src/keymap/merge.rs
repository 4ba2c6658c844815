//! Files and the configured actions' keys, laid over one another: what wins, and what is said
//! about what loses.

use crate::domain::command::{Command, Place};
use crate::domain::diagnostic::Diagnostic;
use crate::domain::ids::ActionId;
use crate::domain::text::clean;

use super::chord::{Chord, Key, text};
use super::read::{self, Entry, is_pane};

/// A configured action and the key it asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionKey {
    /// The action.
    pub action: ActionId,
    /// The key, as a keymap writes it; `None` for an action that is reached by the palette only.
    pub key: Option<String>,
    /// The file that says so.
    pub file: String,
    /// Line and column, both 1-based.
    pub at: (usize, usize),
}

/// Whether one of the two sequences begins with the other, so that both cannot be reached.
fn collide(one: &[Chord], other: &[Chord]) -> bool {
    one.starts_with(other) || other.starts_with(one)
}

/// Lays `upper` over `lower`: it replaces what it collides with, and its keys come first, because
/// they are the ones its writer has in mind.
pub(super) fn over(lower: Vec<Entry>, upper: Vec<Entry>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Entry> {
    let mut kept = lower;
    for freed in upper.iter().filter(|entry| entry.command.is_none()) {
        let before = kept.len();
        kept.retain(|entry| entry.place != freed.place || entry.chords != freed.chords);
        if kept.len() == before {
            let message =
                format!("{} has no meaning in {} to take away", text(&freed.chords), freed.place.name());
            diagnostics.push(
                Diagnostic::warning(&freed.file, freed.at, "nothing-freed", message)
                    .hint("take this line out"),
            );
        }
    }
    let upper: Vec<Entry> = upper.into_iter().filter(|entry| entry.command.is_some()).collect();
    for entry in &upper {
        kept.retain(|old| {
            if old.place != entry.place || !collide(&old.chords, &entry.chords) {
                return true;
            }
            if old.chords != entry.chords {
                let (new, old) = (text(&entry.chords), text(&old.chords));
                let message = format!("{new} takes {old} away in {}", entry.place.name());
                diagnostics.push(
                    Diagnostic::warning(&entry.file, entry.at, "replaced-key", message)
                        .hint(format!("say that it is meant, by {old:?} = \"none\"")),
                );
            }
            false
        });
    }
    upper.into_iter().chain(kept).collect()
}

/// Adds the actions' keys, everywhere in the console. A key that has a meaning already keeps it.
pub(super) fn actions(entries: &mut Vec<Entry>, actions: &[ActionKey], diagnostics: &mut Vec<Diagnostic>) {
    unknown_actions(entries, actions, diagnostics);
    for asked in actions {
        let Some(key) = &asked.key else { continue };
        let Some(chords) = read::chords(&asked.file, asked.at, key, diagnostics) else { continue };
        let command = Some(Command::Action(asked.action.clone()));
        let taken =
            entries.iter().find(|entry| entry.place == Place::Console && collide(&entry.chords, &chords));
        if let Some(taken) = taken {
            if taken.command != command {
                diagnostics.push(
                    Diagnostic::error(&asked.file, asked.at, "key-conflict", conflict(asked, &chords, taken))
                        .hint(free_letters(entries)),
                );
            }
            continue;
        }
        for hiding in entries.iter().filter(|entry| is_pane(entry.place) && collide(&entry.chords, &chords)) {
            if hiding.command != command {
                diagnostics.push(
                    Diagnostic::warning(
                        &asked.file,
                        asked.at,
                        "hidden-key",
                        conflict(asked, &chords, hiding),
                    )
                    .hint(free_letters(entries)),
                );
            }
        }
        entries.push(Entry {
            place: Place::Console,
            chords,
            command,
            file: asked.file.as_str().into(),
            at: asked.at,
        });
    }
}

/// Finds keys of a pane that make a key of the whole console wait for ever.
pub(super) fn hidden(entries: &[Entry], diagnostics: &mut Vec<Diagnostic>) {
    for entry in entries.iter().filter(|entry| is_pane(entry.place)) {
        let hides = entries.iter().find(|other| {
            other.place == Place::Console
                && other.chords.len() < entry.chords.len()
                && entry.chords.starts_with(&other.chords)
        });
        if let Some(other) = hides {
            let message = format!(
                "{} hides {} ({}) in {}",
                text(&entry.chords),
                text(&other.chords),
                named(other.command.as_ref()),
                entry.place.name()
            );
            diagnostics.push(
                Diagnostic::warning(&entry.file, entry.at, "hidden-key", message)
                    .hint("begin the sequence with a key that is free"),
            );
        }
    }
}

/// Drops keys of actions that are not configured.
fn unknown_actions(entries: &mut Vec<Entry>, actions: &[ActionKey], diagnostics: &mut Vec<Diagnostic>) {
    entries.retain(|entry| {
        let Some(Command::Action(action)) = &entry.command else { return true };
        if actions.iter().any(|known| known.action == *action) {
            return true;
        }
        let known = actions.iter().map(|known| known.action.as_str());
        let hint = crate::domain::diagnostic::did_you_mean(action.as_str(), known).map_or_else(
            || "add it to the configuration, or take this line out".to_owned(),
            |near| format!("did you mean \"action:{near}\"?"),
        );
        let message = format!("there is no action {:?}", clean(action.as_str()));
        diagnostics.push(Diagnostic::error(&entry.file, entry.at, "unknown-action", message).hint(hint));
        false
    });
}

fn named(command: Option<&Command>) -> String {
    match command {
        Some(Command::Action(action)) => format!("action {:?}", clean(action.as_str())),
        Some(command) => crate::domain::commands::name_of(command),
        None => "nothing".to_owned(),
    }
}

fn conflict(asked: &ActionKey, chords: &[Chord], taken: &Entry) -> String {
    let place = match taken.place {
        Place::Console => String::new(),
        place => format!(" in {}", place.name()),
    };
    let key = text(&taken.chords);
    let action = clean(asked.action.as_str());
    format!("key {} of action {action:?}: {key} is {}{place}", text(chords), named(taken.command.as_ref()))
}

/// Letters that mean nothing in any pane.
fn free_letters(entries: &[Entry]) -> String {
    let free: Vec<String> = ('a'..='z')
        .filter(|c| {
            let chord = [Chord::plain(Key::Char(*c))];
            let in_panes = |entry: &&Entry| entry.place == Place::Console || is_pane(entry.place);
            !entries.iter().filter(in_panes).any(|entry| collide(&entry.chords, &chord))
        })
        .map(String::from)
        .collect();
    if free.is_empty() {
        return "use a sequence, or free a key in a keymap with \"KEY\" = \"none\"".to_owned();
    }
    format!("free letters are {}", free.join(", "))
}
