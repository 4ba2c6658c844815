//! Chords to commands: load, resolve, hints. Keymaps are data; what a command does is `app`'s.

pub mod chord;
mod merge;
mod read;
mod reference;

pub use chord::{Chord, Key};
pub use merge::ActionKey;
pub use reference::reference;

use crate::domain::command::{Binding, Command, Place};
use crate::domain::diagnostic::{Diagnostic, did_you_mean};
use crate::domain::text::clean;

use read::{Entry, is_pane};

/// The shipped keymaps: name, file and text.
const SHIPPED: &[(&str, &str, &str)] = &[
    ("default", "keymaps/default.toml", include_str!("../../keymaps/default.toml")),
    ("vim", "keymaps/vim.toml", include_str!("../../keymaps/vim.toml")),
];

/// The names of the shipped keymaps.
pub fn names() -> impl Iterator<Item = &'static str> {
    SHIPPED.iter().map(|(name, _, _)| *name)
}

/// What each key means in each place.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Keymap {
    /// In one place no entry begins with another. The first of a command's keys is its hint.
    entries: Vec<Entry>,
}

/// What a key pressed after others comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// The command.
    Command(Command),
    /// The beginning of a longer sequence.
    Pending,
    /// No meaning.
    Nothing,
}

impl Keymap {
    /// What `chord` means in `place` after `pending`: what the place says, or else, in a pane, what
    /// the console says.
    pub fn resolve(&self, place: Place, pending: &[Chord], chord: Chord) -> Resolved {
        let found = self.look_up(place, pending, chord);
        if found == Resolved::Nothing && is_pane(place) {
            return self.look_up(Place::Console, pending, chord);
        }
        found
    }

    fn look_up(&self, place: Place, pending: &[Chord], chord: Chord) -> Resolved {
        let length = pending.len() + 1;
        let mut resolved = Resolved::Nothing;
        for entry in self.entries.iter().filter(|entry| entry.place == place && entry.chords.len() >= length)
        {
            if entry.chords[..length - 1] != *pending || entry.chords[length - 1] != chord {
                continue;
            }
            match &entry.command {
                Some(command) if entry.chords.len() == length => return Resolved::Command(command.clone()),
                Some(_) => resolved = Resolved::Pending,
                None => {}
            }
        }
        resolved
    }

    /// Every key, place by place; of several keys for one command, the first is the one to show.
    pub fn bindings(&self) -> Vec<Binding> {
        let mut bindings: Vec<Binding> = self
            .entries
            .iter()
            .filter_map(|entry| {
                let command = entry.command.clone()?;
                Some(Binding { place: entry.place, chord: chord::text(&entry.chords), command })
            })
            .collect();
        bindings.sort_by_key(|binding| binding.place);
        bindings
    }

    /// The key that gives `command` in `place`, as an operator reads it.
    pub fn hint(&self, place: Place, command: &Command) -> Option<String> {
        let here = |wanted: Place| {
            self.entries.iter().filter(move |entry| {
                entry.place == wanted && entry.command.as_ref() == Some(command) && self.reaches(place, entry)
            })
        };
        let console = is_pane(place).then_some(Place::Console);
        here(place).chain(console.into_iter().flat_map(here)).next().map(|entry| chord::text(&entry.chords))
    }

    /// Whether pressing the entry's chords in `place` gives the entry's command.
    fn reaches(&self, place: Place, entry: &Entry) -> bool {
        let Some((last, before)) = entry.chords.split_last() else { return false };
        let waits =
            (0..before.len()).all(|n| self.resolve(place, &before[..n], before[n]) == Resolved::Pending);
        let found = self.resolve(place, before, *last);
        waits && matches!(&found, Resolved::Command(command) if Some(command) == entry.command.as_ref())
    }
}

/// Loads the keymap called `name`. `user` is the file and text of the operator's own, which builds
/// on the keymap it inherits; without `inherits`, on the shipped one of its name, or on `default`.
/// `actions` are all that are configured, with the keys they ask for. Always gives a keymap that
/// works; the diagnostics say what could not be used.
pub fn load(name: &str, user: Option<(&str, &str)>, actions: &[ActionKey]) -> (Keymap, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let mut entries = match user {
        None => {
            if !names().any(|known| known == name) {
                diagnostics.push(unknown("", (0, 0), name));
            }
            shipped(name, &mut diagnostics)
        }
        Some((file, text)) => {
            let own = read::read(file, text, &mut diagnostics);
            let base = match &own.inherits {
                Some((base, at)) => {
                    if !names().any(|known| known == base) {
                        diagnostics.push(unknown(file, *at, base));
                    }
                    base
                }
                None => name,
            };
            let base = shipped(base, &mut diagnostics);
            merge::over(base, own.entries, &mut diagnostics)
        }
    };
    merge::actions(&mut entries, actions, &mut diagnostics);
    merge::hidden(&entries, &mut diagnostics);
    diagnostics.sort_by(|one, other| {
        (&one.file, one.line, one.column).cmp(&(&other.file, other.line, other.column))
    });
    (Keymap { entries }, diagnostics)
}

/// The entries of a shipped keymap and of those it builds on; `default` where there is none of that
/// name.
fn shipped(name: &str, diagnostics: &mut Vec<Diagnostic>) -> Vec<Entry> {
    let (name, file, text) = SHIPPED.iter().find(|(known, _, _)| *known == name).unwrap_or(&SHIPPED[0]);
    let own = read::read(file, text, diagnostics);
    match own.inherits {
        // A shipped keymap builds on an earlier one only, so this ends.
        Some((base, _)) if base != *name => {
            let base = shipped(&base, diagnostics);
            merge::over(base, own.entries, diagnostics)
        }
        Some(_) | None => merge::over(Vec::new(), own.entries, diagnostics),
    }
}

fn unknown(file: &str, at: (usize, usize), name: &str) -> Diagnostic {
    let hint = did_you_mean(name, names()).map_or_else(
        || format!("the keymaps are {}", names().collect::<Vec<_>>().join(", ")),
        |near| format!("did you mean {near:?}?"),
    );
    let file = if file.is_empty() { "keymap" } else { file };
    Diagnostic::error(file, at, "unknown-keymap", format!("there is no keymap {:?}", clean(name))).hint(hint)
}

#[cfg(test)]
mod tests;
