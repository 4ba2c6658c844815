//! A keymap file to entries: what is written, where, with a diagnostic for whatever cannot be used.
//! How files and actions together make a keymap is [`super::merge`]'s.

use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::domain::command::{Command, Place};
use crate::domain::commands::{self, COMMANDS};
use crate::domain::diagnostic::{Diagnostic, did_you_mean, place as line_and_column};
use crate::domain::text::clean;

use super::chord::Chord;

/// What frees a key instead of giving it a meaning.
const NOTHING: &str = "none";

/// One line of a keymap file, or an action's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) place: Place,
    pub(super) chords: Vec<Chord>,
    /// `None` frees the key.
    pub(super) command: Option<Command>,
    /// Where it is written.
    pub(super) file: Arc<str>,
    pub(super) at: (usize, usize),
}

/// What a file says.
#[derive(Clone, Debug, Default)]
pub(super) struct Written {
    /// The keymap it builds on, and where that is said.
    pub(super) inherits: Option<(String, (usize, usize))>,
    /// In the order of the file.
    pub(super) entries: Vec<Entry>,
}

/// Reads a keymap file. A file with a syntax error has no entries, so that half a file never
/// stands for the whole.
pub(super) fn read(file: &str, text: &str, diagnostics: &mut Vec<Diagnostic>) -> Written {
    let (document, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        diagnostics.extend(errors.iter().map(|error| {
            let at = error.span().map_or((0, 0), |span| line_and_column(text, span.start));
            Diagnostic::error(file, at, "toml", clean(error.message()))
                .hint("write keys in quotes: \"ctrl+x\" = \"quit\"")
        }));
        return Written::default();
    }
    let mut reader = Reader { file: Arc::from(file), text, diagnostics, written: Written::default() };
    for (key, value) in document.get_ref() {
        reader.top(key, value);
    }
    let mut written = reader.written;
    written.entries.sort_by_key(|entry| entry.at);
    written
}

struct Reader<'a> {
    file: Arc<str>,
    text: &'a str,
    diagnostics: &'a mut Vec<Diagnostic>,
    written: Written,
}

impl Reader<'_> {
    fn at<T>(&self, spanned: &Spanned<T>) -> (usize, usize) {
        line_and_column(self.text, spanned.span().start)
    }

    fn error(&mut self, at: (usize, usize), code: &'static str, message: String, hint: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error(&self.file, at, code, message).hint(hint));
    }

    fn warning(&mut self, at: (usize, usize), code: &'static str, message: String, hint: impl Into<String>) {
        self.diagnostics.push(Diagnostic::warning(&self.file, at, code, message).hint(hint));
    }

    /// `inherits`, or a place's table.
    fn top(&mut self, key: &Spanned<impl AsRef<str>>, value: &Spanned<DeValue<'_>>) {
        let (at, name) = (self.at(key), key.get_ref().as_ref());
        if name == "inherits" {
            let at = self.at(value);
            if let Some(base) = value.get_ref().as_str() {
                self.written.inherits = Some((clean(base).into_owned(), at));
            } else {
                self.error(at, "wrong-type", "inherits is the name of a keymap".into(), "write \"default\"");
            }
            return;
        }
        let Some(place) = Place::ALL.into_iter().find(|place| place.name() == name) else {
            let known = Place::ALL.map(Place::name);
            let hint = did_you_mean(name, known.into_iter().chain(["inherits"])).map_or_else(
                || format!("the places are {}", known.join(", ")),
                |near| format!("did you mean {near:?}?"),
            );
            self.error(at, "unknown-place", format!("unknown place {:?}", clean(name)), hint);
            return;
        };
        let Some(table) = value.get_ref().as_table() else {
            self.error(
                at,
                "wrong-type",
                format!("{name} is a table of keys"),
                format!("write [{name}], and the keys below it"),
            );
            return;
        };
        let mut rows: Vec<_> = table.iter().collect();
        rows.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in rows {
            self.row(place, key, value);
        }
    }

    /// `"m" = "action:maintenance"`
    fn row(&mut self, place: Place, key: &Spanned<impl AsRef<str>>, value: &Spanned<DeValue<'_>>) {
        let (at, written) = (self.at(key), key.get_ref().as_ref());
        let Some(chords) = chords(&self.file, at, written, self.diagnostics) else { return };
        let said_at = self.at(value);
        let Some(name) = value.get_ref().as_str() else {
            let message = format!("{:?} needs a command's name", clean(written));
            self.error(said_at, "wrong-type", message, "write it in quotes, such as \"quit\"");
            return;
        };
        let command = if name == NOTHING { None } else { commands::by_name(name) };
        if command.is_none() && name != NOTHING {
            let hint = did_you_mean(name, COMMANDS.iter().map(|row| row.name).chain([NOTHING])).map_or_else(
                || "docs/keys.md lists the commands; an action is written \"action:NAME\"".to_owned(),
                |near| format!("did you mean {near:?}?"),
            );
            self.error(said_at, "unknown-command", format!("unknown command {:?}", clean(name)), hint);
            return;
        }
        if place == Place::Chooser && chords.iter().any(|chord| chord.types().is_some()) {
            self.error(
                at,
                "typed-key",
                format!("{:?} is typed into the chooser's field", clean(written)),
                "use ctrl, alt or a named key here",
            );
            return;
        }
        if let Some(command) = &command
            && !makes_sense(command, place)
        {
            self.warning(
                said_at,
                "wrong-place",
                format!("{name} does nothing in {}", place.name()),
                format!("bind it in [{}]", home(command).name()),
            );
        }
        let entry = Entry { place, chords, command, file: Arc::clone(&self.file), at };
        let twin = self.written.entries.iter().find(|other| {
            other.place == place
                && (other.chords.starts_with(&entry.chords) || entry.chords.starts_with(&other.chords))
        });
        if let Some(twin) = twin {
            // `"g" = "none"` next to `"g g"` is how a file says that it replaces an inherited key.
            let frees = twin.chords != entry.chords && (twin.command.is_none() || entry.command.is_none());
            if !frees {
                let message = format!(
                    "{:?} cannot be reached: line {} gives a meaning to the same key",
                    clean(written),
                    twin.at.0
                );
                self.error(at, "unreachable-key", message, "choose another key for one of them");
                return;
            }
        }
        self.written.entries.push(entry);
    }
}

/// Reads a sequence, with a diagnostic where it cannot be read or pressed.
pub(super) fn chords(
    file: &str,
    at: (usize, usize),
    written: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Vec<Chord>> {
    let chords = match Chord::parse_sequence(written) {
        Ok(chords) => chords,
        Err(bad) => {
            diagnostics.push(Diagnostic::error(file, at, "bad-key", bad.message).hint(bad.hint));
            return None;
        }
    };
    for (chord, word) in chords.iter().zip(written.split_whitespace()) {
        if let Some(trap) = chord.trap(word) {
            let message = format!("{:?} may never arrive: {trap}", clean(word));
            diagnostics.push(
                Diagnostic::warning(file, at, "terminal-key", message)
                    .hint("choose a key that every terminal sends, such as a letter"),
            );
        }
    }
    Some(chords)
}

/// Whether keys pressed here are also looked up in [`Place::Console`].
pub(super) const fn is_pane(place: Place) -> bool {
    match place {
        Place::Health | Place::Runbook | Place::Timeline | Place::Due | Place::Board => true,
        Place::Console
        | Place::Reader
        | Place::Window
        | Place::Incident
        | Place::Notebook
        | Place::Closing
        | Place::Chooser
        | Place::Editor
        | Place::Replay => false,
    }
}

/// The first place a command is made for.
fn home(command: &Command) -> Place {
    commands::row(command).and_then(|row| row.places.first().copied()).unwrap_or(Place::Console)
}

fn makes_sense(command: &Command, place: Place) -> bool {
    let places = commands::row(command).map_or(&[Place::Console][..], |row| row.places);
    match place {
        Place::Console => places.iter().any(|known| *known == Place::Console || is_pane(*known)),
        Place::Health | Place::Runbook | Place::Timeline | Place::Due | Place::Board => {
            places.contains(&Place::Console) || places.contains(&place)
        }
        Place::Reader
        | Place::Window
        | Place::Incident
        | Place::Notebook
        | Place::Closing
        | Place::Chooser
        | Place::Editor
        | Place::Replay => places.contains(&place),
    }
}
