//! A parsed table against its field rows: every value of its kind, every mistake with its place.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

use super::kinds::{self, Problem};
use super::plain;
use super::source::Source;
use crate::domain::diagnostic::{Diagnostic, did_you_mean};
use crate::domain::io::{SecretSource, Value};
use crate::domain::setting::{Field, Kind, Placed, Setting, Table};
use crate::domain::text::clean;

/// One walk over one file.
pub(super) struct Check<'a> {
    pub(super) source: &'a Source<'a>,
    pub(super) found: Vec<Diagnostic>,
    /// How many keys were given and refused so far: what is absent from a table with such a key
    /// may only be absent because of it.
    pub(super) refused: usize,
}

impl Check<'_> {
    pub(super) fn error(
        &mut self,
        at: usize,
        code: &'static str,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        let place = self.source.place(at);
        self.found.push(Diagnostic::error(self.source.file, place, code, message));
        // The element just pushed: indexing cannot fail.
        let last = self.found.len() - 1;
        &mut self.found[last]
    }

    fn problem(&mut self, at: usize, problem: Problem) {
        self.error(at, problem.code, problem.message).hint = problem.hint;
    }

    /// The checked table called `what`; `foreign` explains an unknown key that belongs elsewhere.
    pub(super) fn table(
        &mut self,
        raw: &DeTable<'_>,
        start: usize,
        fields: &[&'static [Field]],
        what: &str,
        foreign: &dyn Fn(&str) -> Option<String>,
    ) -> Table {
        let known = || fields.iter().copied().flatten();
        let mut entries = BTreeMap::new();
        for (key, value) in in_order(raw) {
            let name: &str = key.get_ref();
            let Some(field) = known().find(|field| field.name == name) else {
                let message = format!("unknown key {:?} in {what}", clean(name));
                let hint = foreign(name).or_else(|| {
                    did_you_mean(name, known().map(|field| field.name))
                        .map(|near| format!("did you mean {near:?}?"))
                });
                let names = || known().map(|field| field.name).collect::<Vec<_>>().join(", ");
                self.error(key.span().start, "unknown-key", message).hint =
                    Some(hint.unwrap_or_else(|| format!("it knows {}", names())));
                continue;
            };
            if let Some(setting) = self.value(&field.kind, value, name) {
                let place = self.source.place(value.span().start);
                let placed = Placed { value: setting, place };
                self.plain_secrets(name, &placed);
                entries.insert(name.to_owned(), placed);
            } else {
                self.refused += 1;
            }
        }
        let present = |name: &str| raw.iter().any(|(key, _)| key.get_ref() == name);
        for field in known().filter(|field| field.required && !present(field.name)) {
            self.error(start, "missing-key", format!("{what} has no {:?}", field.name)).hint =
                Some(format!("{} = {}", field.name, example(&field.kind)));
        }
        Table { file: self.source.file.to_owned(), place: self.source.place(start), entries }
    }

    fn value(&mut self, kind: &Kind, value: &Spanned<DeValue<'_>>, key: &str) -> Option<Setting> {
        let span = value.span();
        match (kind, value.get_ref()) {
            (Kind::Json, raw) => match json(raw) {
                Ok(json) => Some(Setting::Json(json)),
                Err(problem) => self.refuse(span.start, problem),
            },
            (Kind::Integer(least, most), DeValue::Integer(raw)) => {
                self.keep(span.start, kinds::integer(key, integer(raw), *least, *most))
            }
            (Kind::Flag, DeValue::Boolean(flag)) => Some(Setting::Flag(*flag)),
            (Kind::List(inner), DeValue::Array(items)) => {
                let key = format!("an item of {key}");
                let items = items.iter().filter_map(|item| {
                    let value = self.value(inner, item, &key)?;
                    Some(Placed { value, place: self.source.place(item.span().start) })
                });
                Some(Setting::List(items.collect()))
            }
            (Kind::Map(inner), DeValue::Table(raw)) => {
                let mut map = Vec::new();
                for (name, item) in in_order(raw) {
                    if let Some(value) = self.value(inner, item, name.get_ref()) {
                        let place = self.source.place(item.span().start);
                        map.push((name.get_ref().to_string(), Placed { value, place }));
                    }
                }
                Some(Setting::Map(map))
            }
            (Kind::Table(fields), DeValue::Table(raw)) => {
                Some(Setting::Table(self.table(raw, span.start, &[fields], key, &|_| None)))
            }
            (Kind::Tables(fields), DeValue::Array(items)) => {
                let mut tables = Vec::new();
                for item in items {
                    match item.get_ref() {
                        DeValue::Table(raw) => {
                            tables.push(self.table(raw, item.span().start, &[fields], key, &|_| None));
                        }
                        other => self.wrong_type(item.span().start, key, "a table", other),
                    }
                }
                Some(Setting::Tables(tables))
            }
            (Kind::Value, DeValue::Table(raw)) => self.secret(raw, &span),
            (kind, DeValue::String(text)) => match kinds::from_text(kind, text, self.source.base) {
                Some(Err(problem)) => {
                    let raw = self.source.slice(span.clone());
                    self.refuse(kinds::within(raw, &span, text, problem.at), problem)
                }
                Some(Ok(setting)) => Some(setting),
                None => {
                    self.wrong_type(span.start, key, kinds::wanted(kind), value.get_ref());
                    None
                }
            },
            (kind, other) => {
                self.wrong_type(span.start, key, kinds::wanted(kind), other);
                None
            }
        }
    }

    fn keep(&mut self, at: usize, result: Result<Setting, Problem>) -> Option<Setting> {
        match result {
            Ok(setting) => Some(setting),
            Err(problem) => self.refuse(at, problem),
        }
    }

    fn refuse(&mut self, at: usize, problem: Problem) -> Option<Setting> {
        self.problem(at, problem);
        None
    }

    fn wrong_type(&mut self, at: usize, key: &str, wanted: &str, got: &DeValue<'_>) {
        let message = format!("{} is {wanted}, not {}", clean(key), type_word(got));
        let hint = match got {
            DeValue::Integer(number) if wanted.starts_with("a span") => {
                Some(format!("write \"{number}s\" for {number} seconds"))
            }
            // A credential is not repeated, whatever it holds.
            DeValue::Integer(_)
                if wanted == kinds::wanted(&Kind::Value)
                    && (plain::sounds_secret(key) || key.ends_with("key")) =>
            {
                Some("write it in quotes, best as a secret by name: { env = \"NAME\" }".to_owned())
            }
            DeValue::Integer(number) if wanted.starts_with("a text") => Some(format!("write \"{number}\"")),
            DeValue::String(text) if wanted == "a list" => Some(format!("write [{:?}]", clean(text))),
            DeValue::String(text)
                if wanted == "true or false" && matches!(text.as_ref(), "true" | "false") =>
            {
                Some(format!("write {text} without quotes"))
            }
            DeValue::String(text) if wanted == "a whole number" && text.parse::<i64>().is_ok() => {
                Some(format!("write {text} without quotes"))
            }
            DeValue::Boolean(_)
            | DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_)
            | DeValue::Table(_) => None,
        };
        self.error(at, "wrong-type", message).hint = hint;
    }

    /// `{ env = "NAME" }`, `{ file = "…" }` or `{ command = […] }`, with an optional `prefix`.
    fn secret(&mut self, raw: &DeTable<'_>, span: &Range<usize>) -> Option<Setting> {
        const FIELDS: &[Field] = &[
            Field::optional("env", Kind::Text, "", "An environment variable, by name."),
            Field::optional("file", Kind::Path, "", "A file that only its owner can read."),
            Field::optional("command", Kind::List(&Kind::Text), "", "A program whose output is the secret."),
            Field::optional("prefix", Kind::Text, "", "Text before the secret."),
        ];
        let before = self.found.len();
        let table = self.table(raw, span.start, &[FIELDS], "a secret", &|_| None);
        let sources: Vec<SecretSource> = [
            table.text("env").map(|name| SecretSource::Env(name.to_owned())),
            table.path("file").map(|path| SecretSource::File(path.clone())),
            table.has("command").then(|| SecretSource::Command(table.texts("command"))),
        ]
        .into_iter()
        .flatten()
        .collect();
        let hint = "{ env = \"NAME\" }, { file = \"…\" } or { command = […] }";
        let problem = match &sources[..] {
            [SecretSource::Env(name)] if !is_variable(name) => {
                Some("this is not the name of an environment variable")
            }
            [SecretSource::Command(argv)] if argv.first().is_none_or(String::is_empty) => {
                Some("a command needs a program")
            }
            [_] => None,
            [] => Some("a secret has a source"),
            _ => Some("a secret has one source"),
        };
        // An unknown key has been reported already, and is most often the source's own.
        if let Some(message) = problem {
            if self.found.len() == before {
                self.problem(span.start, Problem::new("bad-secret", message).hint(hint));
            }
            return None;
        }
        let secret = sources.into_iter().next()?;
        let prefix = table.text("prefix").unwrap_or_default().to_owned();
        Some(Setting::Value(Value::Secret { prefix, secret }))
    }

    fn plain_secrets(&mut self, key: &str, placed: &Placed) {
        for (name, place) in plain::in_plain_text(key, placed) {
            let hint = if name == key {
                format!("name a secret instead: {key} = {{ env = \"NAME\" }}")
            } else {
                "name a secret instead: { env = \"NAME\", prefix = \"Bearer \" }".to_owned()
            };
            let message = format!("{} stands here in plain text", clean(name));
            self.found.push(Diagnostic::warning(self.source.file, place, "plain-secret", message).hint(hint));
        }
    }
}

/// The entries of a table in the order of the file.
pub(super) fn in_order<'t, 'i>(
    raw: &'t DeTable<'i>,
) -> Vec<(&'t Spanned<std::borrow::Cow<'i, str>>, &'t Spanned<DeValue<'i>>)> {
    let mut entries: Vec<_> = raw.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

/// What a TOML value is, with its article.
pub(super) fn type_word(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn integer(raw: &DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(raw.as_str(), raw.radix()).ok()
}

fn json(raw: &DeValue<'_>) -> Result<serde_json::Value, Problem> {
    let unfit = || Problem::new("bad-json", "JSON has no such number");
    Ok(match raw {
        DeValue::String(text) => text.as_ref().into(),
        DeValue::Integer(number) => integer(number).ok_or_else(unfit)?.into(),
        DeValue::Float(number) => {
            let number: f64 = number.as_str().parse().map_err(|_| unfit())?;
            serde_json::Number::from_f64(number).ok_or_else(unfit)?.into()
        }
        DeValue::Boolean(flag) => (*flag).into(),
        DeValue::Datetime(date) => date.to_string().into(),
        DeValue::Array(items) => {
            items.iter().map(|item| json(item.get_ref())).collect::<Result<Vec<_>, _>>()?.into()
        }
        DeValue::Table(table) => table
            .iter()
            .map(|(key, value)| Ok((key.get_ref().to_string(), json(value.get_ref())?)))
            .collect::<Result<serde_json::Map<_, _>, Problem>>()?
            .into(),
    })
}

fn example(kind: &Kind) -> &'static str {
    match kind {
        Kind::Url => "\"https://app.example.com\"",
        Kind::Condition => "\"status == 200\"",
        Kind::List(_) => "[…]",
        Kind::Table(_) | Kind::Map(_) => "{ … }",
        Kind::Text
        | Kind::Path
        | Kind::Integer(..)
        | Kind::Flag
        | Kind::Duration
        | Kind::Choice(_)
        | Kind::Value
        | Kind::Tables(_)
        | Kind::Json => "\"…\"",
    }
}
