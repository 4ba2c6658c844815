//! A theme file to settings, with a diagnostic for whatever cannot be used.

use ratatui::style::{Color, Modifier};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::domain::diagnostic::{Diagnostic, did_you_mean, place};
use crate::domain::role::Role;
use crate::domain::text::clean;

use super::colour;

/// The look of a role, before it is brought down to what the terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) struct Look {
    pub(super) fg: Option<Color>,
    pub(super) bg: Option<Color>,
    /// Switched on.
    pub(super) on: Modifier,
    /// Switched off, whatever the ground has on.
    pub(super) off: Modifier,
}

/// What a file says.
#[derive(Clone, Debug, Default)]
pub(super) struct Written {
    pub(super) inherits: Option<(String, (usize, usize))>,
    pub(super) ground: Option<Color>,
    pub(super) ink: Option<Color>,
    pub(super) background: Option<Color>,
    /// Roles, and where each is written.
    pub(super) roles: Vec<(Role, Look, (usize, usize))>,
}

const KEYS: [&str; 5] = ["inherits", "ground", "ink", "background", "roles"];
const MODIFIERS: [(&str, Modifier); 5] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underlined", Modifier::UNDERLINED),
    ("reversed", Modifier::REVERSED),
];

/// Reads a theme file. A file with a syntax error says nothing, so that half a file never stands
/// for the whole.
pub(super) fn read(file: &str, text: &str, diagnostics: &mut Vec<Diagnostic>) -> Written {
    let (document, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        diagnostics.extend(errors.iter().map(|error| {
            let at = error.span().map_or((0, 0), |span| place(text, span.start));
            Diagnostic::error(file, at, "toml", clean(error.message()))
                .hint("write a role as: danger = { fg = \"#ff7373\", bold = true }")
        }));
        return Written::default();
    }
    let mut reader = Reader { file, text, diagnostics };
    let mut written = Written::default();
    for (key, value) in document.get_ref() {
        match key.get_ref().as_ref() {
            "inherits" => match value.get_ref().as_str() {
                Some(base) => written.inherits = Some((clean(base).into_owned(), reader.at(value))),
                None => reader.wrong(value, "inherits is the name of a theme", "write \"dark\""),
            },
            "ground" => written.ground = reader.colour(value),
            "ink" => written.ink = reader.colour(value),
            "background" => written.background = reader.colour(value),
            "roles" => match value.get_ref().as_table() {
                Some(table) => written.roles = reader.roles(table),
                None => reader.wrong(value, "roles is a table", "write [roles], and the roles below it"),
            },
            unknown => reader.unknown(key, "key", unknown, &KEYS),
        }
    }
    written
}

struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Reader<'_> {
    fn at<T>(&self, spanned: &Spanned<T>) -> (usize, usize) {
        place(self.text, spanned.span().start)
    }

    fn wrong<T>(&mut self, value: &Spanned<T>, message: &str, hint: &str) {
        let at = self.at(value);
        self.diagnostics.push(Diagnostic::error(self.file, at, "wrong-type", message).hint(hint));
    }

    fn unknown<T>(&mut self, key: &Spanned<T>, what: &str, name: &str, known: &[&str]) {
        let at = self.at(key);
        let hint = did_you_mean(name, known.iter().copied()).map_or_else(
            || format!("known are {}", known.join(", ")),
            |near| format!("did you mean {near:?}?"),
        );
        let message = format!("unknown {what} {:?}", clean(name));
        self.diagnostics.push(Diagnostic::error(self.file, at, "unknown-key", message).hint(hint));
    }

    fn roles(&mut self, table: &DeTable<'_>) -> Vec<(Role, Look, (usize, usize))> {
        let mut roles = Vec::new();
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            let Some(role) = Role::ALL.into_iter().find(|role| role.name() == name) else {
                self.unknown(key, "role", name, &Role::ALL.map(Role::name));
                continue;
            };
            match value.get_ref().as_table() {
                Some(table) => roles.push((role, self.look(table), self.at(key))),
                None => self.wrong(value, "a role is a table", "write { fg = \"#ff7373\", bold = true }"),
            }
        }
        roles
    }

    fn look(&mut self, table: &DeTable<'_>) -> Look {
        let mut look = Look::default();
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            let modifier = MODIFIERS.iter().find(|(known, _)| *known == name);
            match (name, modifier) {
                ("fg", _) => look.fg = self.colour(value),
                ("bg", _) => look.bg = self.colour(value),
                (_, Some((_, modifier))) => match value.get_ref().as_bool() {
                    Some(true) => look.on.insert(*modifier),
                    Some(false) => look.off.insert(*modifier),
                    None => self.wrong(value, "this is either on or off", "write true or false"),
                },
                (unknown, None) => {
                    let known: Vec<&str> =
                        ["fg", "bg"].into_iter().chain(MODIFIERS.iter().map(|(name, _)| *name)).collect();
                    self.unknown(key, "key", unknown, &known);
                }
            }
        }
        look
    }

    fn colour(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Color> {
        let written = match value.get_ref() {
            DeValue::String(text) => colour::parse(text),
            DeValue::Integer(number) => {
                u8::from_str_radix(number.as_str(), number.radix()).ok().map(colour::numbered)
            }
            DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_)
            | DeValue::Table(_) => None,
        };
        if written.is_none() {
            let name = value.get_ref().as_str().unwrap_or_default();
            let hint = did_you_mean(name, colour::names()).map_or_else(
                || {
                    "a colour is \"#rrggbb\", a name such as \"light-blue\", or a number from 0 to 255"
                        .to_owned()
                },
                |near| format!("did you mean {near:?}?"),
            );
            let at = self.at(value);
            self.diagnostics
                .push(Diagnostic::error(self.file, at, "bad-colour", "this is not a colour").hint(hint));
        }
        written
    }
}
