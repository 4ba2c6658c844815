//! Settings: what a table of the configuration may hold, declared once, and what it did hold.
//!
//! A [`Field`] is a row from which parsing, diagnostics, the JSON Schema and the documentation are
//! made. The floors that own a part of the configuration declare its fields; `config` checks the
//! text against them and hands over a [`Table`] in which every value has the declared kind.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::condition::Condition;
use super::diagnostic::Diagnostic;
use super::io::Value;

/// One key of a table.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The key.
    pub name: &'static str,
    /// What its value may be.
    pub kind: Kind,
    /// Whether its absence is an error.
    pub required: bool,
    /// What holds when it is absent, as the documentation says it; empty for nothing.
    pub default: &'static str,
    /// What it is, in a sentence or two, in Markdown.
    pub about: &'static str,
}

impl Field {
    /// An optional key.
    pub const fn optional(
        name: &'static str,
        kind: Kind,
        default: &'static str,
        about: &'static str,
    ) -> Self {
        Self { name, kind, required: false, default, about }
    }

    /// A key that must be there.
    pub const fn required(name: &'static str, kind: Kind, about: &'static str) -> Self {
        Self { name, kind, required: true, default: "", about }
    }
}

/// What a value may be.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Any text.
    Text,
    /// An absolute `http` or `https` URL.
    Url,
    /// A path; a relative one is taken from the configuration file's directory.
    Path,
    /// A whole number within bounds, both included.
    Integer(i64, i64),
    /// `true` or `false`.
    Flag,
    /// A span such as `"10s"`, `"1m 30s"`, `"2h"`; longer than nothing.
    Duration,
    /// A condition over an observation.
    Condition,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Text, or a secret by name: `{ env = "NAME" }`, `{ file = "…" }`, `{ command = […] }`, each
    /// with an optional `prefix`.
    Value,
    /// A list.
    List(&'static Kind),
    /// A table with any keys and values of one kind.
    Map(&'static Kind),
    /// A table of these keys.
    Table(&'static [Field]),
    /// An array of such tables.
    Tables(&'static [Field]),
    /// Anything that JSON can say.
    Json,
}

/// A value of the declared kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Setting {
    /// [`Kind::Text`], [`Kind::Url`] and [`Kind::Choice`].
    Text(String),
    /// [`Kind::Path`], made absolute or relative to the working directory.
    Path(PathBuf),
    /// [`Kind::Integer`].
    Integer(i64),
    /// [`Kind::Flag`].
    Flag(bool),
    /// [`Kind::Duration`].
    Duration(Duration),
    /// [`Kind::Condition`].
    Condition(Condition),
    /// [`Kind::Value`].
    Value(Value),
    /// [`Kind::List`].
    List(Vec<Placed>),
    /// [`Kind::Map`], in the order of the file.
    Map(Vec<(String, Placed)>),
    /// [`Kind::Table`].
    Table(Table),
    /// [`Kind::Tables`].
    Tables(Vec<Table>),
    /// [`Kind::Json`].
    Json(serde_json::Value),
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// The value.
    pub value: Setting,
    /// 1-based line and column; zeroes where it came from the environment or a flag.
    pub place: (usize, usize),
}

/// A checked table.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Table {
    /// The file it stands in, as the user named it.
    pub file: String,
    /// 1-based line and column of its header.
    pub place: (usize, usize),
    /// What it holds; keys that were absent are absent.
    pub entries: BTreeMap<String, Placed>,
}

macro_rules! getter {
    ($(#[$meta:meta])* $name:ident, $variant:ident, $type:ty, $value:ident => $out:expr) => {
        $(#[$meta])*
        pub fn $name(&self, name: &str) -> Option<$type> {
            match &self.entries.get(name)?.value {
                Setting::$variant($value) => Some($out),
                _ => None,
            }
        }
    };
}

impl Table {
    getter! {
        /// The text called `name`.
        text, Text, &str, value => value.as_str()
    }
    getter! {
        /// The path called `name`.
        path, Path, &PathBuf, value => value
    }
    getter! {
        /// The whole number called `name`.
        integer, Integer, i64, value => *value
    }
    getter! {
        /// The flag called `name`.
        flag, Flag, bool, value => *value
    }
    getter! {
        /// The span called `name`.
        duration, Duration, Duration, value => *value
    }
    getter! {
        /// The condition called `name`.
        condition, Condition, &Condition, value => value
    }
    getter! {
        /// The text or secret called `name`.
        value, Value, &Value, value => value
    }
    getter! {
        /// The table called `name`.
        table, Table, &Table, value => value
    }
    getter! {
        /// The tables called `name`.
        tables, Tables, &[Table], value => value.as_slice()
    }
    getter! {
        /// The list called `name`.
        list, List, &[Placed], value => value.as_slice()
    }
    getter! {
        /// The map called `name`, in the order of the file.
        map, Map, &[(String, Placed)], value => value.as_slice()
    }
    getter! {
        /// The JSON called `name`.
        json, Json, &serde_json::Value, value => value
    }

    /// Whether `name` was given.
    pub fn has(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    /// The texts or secrets of the map called `name`; empty where it is absent.
    pub fn values(&self, name: &str) -> Vec<(String, Value)> {
        self.map(name)
            .unwrap_or_default()
            .iter()
            .filter_map(|(key, placed)| match &placed.value {
                Setting::Value(value) => Some((key.clone(), value.clone())),
                _ => None,
            })
            .collect()
    }

    /// The texts of the list called `name`; empty where it is absent.
    pub fn texts(&self, name: &str) -> Vec<String> {
        self.list(name)
            .unwrap_or_default()
            .iter()
            .filter_map(|placed| match &placed.value {
                Setting::Text(text) => Some(text.clone()),
                _ => None,
            })
            .collect()
    }

    /// The table's `name`, where it is one that can stand in a column, a command line and a path:
    /// lower-case letters, digits, `.`, `_` and `-`, at most forty.
    pub fn given_name(&self, found: &mut Vec<Diagnostic>) -> Option<&str> {
        let name = self.text("name")?;
        let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
        let starts = name.bytes().next().is_some_and(|first| inner(first) && !b"._-".contains(&first));
        if starts && name.len() <= 40 && name.bytes().all(inner) {
            return Some(name);
        }
        let name = super::text::clean(name).into_owned();
        found.push(self.error("name", "bad-name", format!("{name:?} cannot be a name")).hint(
            "a name is 1 to 40 lower-case letters, digits, '.', '_' or '-', and begins with a letter or digit",
        ));
        None
    }

    /// A condition whose names the reply it is asked about has: `known` are those names and `of`
    /// says whose they are.
    pub fn fitting(
        &self,
        name: &str,
        known: &[&str],
        of: &str,
        found: &mut Vec<Diagnostic>,
    ) -> Option<Condition> {
        let condition = self.condition(name)?;
        if let Some(foreign) = condition.foreign(known) {
            let message = format!("{of} has no {foreign:?}");
            found.push(
                self.error(name, "bad-condition", message).hint(format!("it has {}", known.join(", "))),
            );
        }
        Some(condition.clone())
    }

    /// Where `name` stands, or the table's header if it is absent.
    pub fn place_of(&self, name: &str) -> (usize, usize) {
        self.entries.get(name).map_or(self.place, |placed| placed.place)
    }

    /// An error at `name`, or at the table's header if it is absent.
    pub fn error(&self, name: &str, code: &'static str, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(&self.file, self.place_of(name), code, message)
    }
}
