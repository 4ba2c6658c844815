//! Conditions: expressions over an observation, such as `status == 200 and body.queue < 50`.
//!
//! The language is minijinja's expressions with a smaller set of filters and tests, and stricter:
//! a body that is not what a condition needs is an error, never false and never true. That holds
//! for what is missing, for what has the wrong type, and for an expression that ends in something
//! other than yes or no.

mod figures;
mod harden;
mod language;
mod reply;
mod rows;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use minijinja::value::{Object, Serde};
use minijinja::{Environment, Error, ErrorKind, Expression, Value};

use super::diagnostic::did_you_mean;
pub use figures::{FIGURES, Figure, Figures};
pub use language::{FILTERS, TESTS};
pub use reply::{BodyState, document, names_of, observe};

/// The names a condition may use.
pub const NAMES: [&str; 12] = [
    "status",
    "headers",
    "body",
    "text",
    "latency_ms",
    "certificate_days",
    "exit",
    "connected",
    "stdout",
    "stderr",
    "json",
    "rows",
];

/// A condition is at most this many bytes long.
pub const LONGEST: usize = 4096;

/// How many compiled conditions are kept to be shared.
const SHARED: usize = 1024;

/// A compiled condition. Compared and shown by its text.
#[derive(Clone)]
pub struct Condition {
    text: Arc<str>,
    compiled: Arc<Expression<'static, 'static>>,
    /// Dotted paths it looks up, in the order of the text.
    paths: Arc<[String]>,
    needs_body: bool,
    /// The conditions it was joined from.
    parts: Arc<[Condition]>,
}

/// Why a condition cannot be compiled, or cannot say yes or no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionError {
    /// In words, on one line.
    pub message: String,
    /// Where in the condition's text, in bytes.
    pub at: Option<usize>,
}

impl Condition {
    /// Compiles `text`. Names, filters and tests that no condition has are an error here, not at
    /// 03:10.
    ///
    /// A thousand signals ask the same few things of their replies, and each compiled condition
    /// takes some 12 KB: those with the same text are one.
    pub fn compile(text: &str) -> Result<Self, ConditionError> {
        static KNOWN: Mutex<BTreeMap<Arc<str>, Condition>> = Mutex::new(BTreeMap::new());
        let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(condition) = known().get(text) {
            return Ok(condition.clone());
        }
        let condition = Self::compile_anew(text)?;
        let mut known = known();
        if known.len() < SHARED {
            known.insert(Arc::clone(&condition.text), condition.clone());
        }
        Ok(condition)
    }

    fn compile_anew(text: &str) -> Result<Self, ConditionError> {
        if text.len() > LONGEST {
            let message = format!("longer than {LONGEST} bytes");
            return Err(ConditionError { message, at: None });
        }
        Self::compile_knowing(text, &NAMES)
    }

    /// Compiles `text`, which may use `names` and no others.
    fn compile_knowing(text: &str, names: &[&str]) -> Result<Self, ConditionError> {
        // The text as it was written is compiled first, for errors with a place in it.
        let plain = compile(text)?;
        let used = plain.undeclared_variables(false);
        if let Some(unknown) = used.iter().find(|name| !names.contains(&name.as_str())) {
            let hint = did_you_mean(unknown, names.iter().copied()).map_or_else(
                || format!("a condition knows {}", names.join(", ")),
                |near| format!("did you mean {near:?}?"),
            );
            return Err(ConditionError {
                message: format!("unknown name {unknown:?}; {hint}"),
                at: find_word(text, unknown),
            });
        }
        let compiled =
            compile(&harden::harden(text)?).map_err(|error| ConditionError { at: None, ..error })?;
        let mut paths: Vec<String> = plain.undeclared_variables(true).into_iter().collect();
        paths.sort_by_key(|path| (text.find(path.as_str()).unwrap_or(usize::MAX), path.clone()));
        Ok(Self {
            text: text.into(),
            compiled: Arc::new(compiled),
            paths: paths.into(),
            needs_body: used.contains("body"),
            parts: Arc::default(),
        })
    }

    /// A condition that holds where one of `parts` does, and explains itself by those that do;
    /// `None` for no parts.
    pub fn any_of(parts: Vec<Condition>) -> Option<Result<Self, ConditionError>> {
        if parts.len() < 2 {
            return parts.into_iter().next().map(Ok);
        }
        let joined = parts.iter().map(|part| format!("({})", part.text)).collect::<Vec<_>>().join(" or ");
        Some(Self::compile(&joined).map(|whole| Self { parts: parts.into(), ..whole }))
    }

    /// The condition as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it looks into the JSON body.
    pub fn needs_body(&self) -> bool {
        self.needs_body
    }

    /// Whether it looks up `name`, one of [`NAMES`].
    pub fn needs(&self, name: &str) -> bool {
        self.paths
            .iter()
            .any(|path| path.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
    }

    /// The first name it looks up that is not among `known`.
    pub fn foreign(&self, known: &[&str]) -> Option<&'static str> {
        NAMES.into_iter().find(|name| self.needs(name) && !known.contains(name))
    }

    /// Whether it holds for `observed`; an error where the observation is not what it needs.
    pub fn holds(&self, observed: &Observed) -> Result<bool, ConditionError> {
        self.compiled
            .eval(Value::from_dyn_object(Arc::clone(&observed.0)))
            .and_then(|value| language::flag(&value))
            .map_err(|error| ConditionError { message: self.blame(&error, observed), at: None })
    }

    /// What it gives as one value: a text as it stands, a number, yes or no. An error where it gives nothing, a list or
    /// a mapping, and where the observation is not what it needs.
    pub fn value(&self, observed: &Observed) -> Result<String, ConditionError> {
        self.compiled
            .eval(Value::from_dyn_object(Arc::clone(&observed.0)))
            .and_then(|value| language::one_value(&value))
            .map_err(|error| ConditionError { message: self.blame(&error, observed), at: None })
    }

    /// An error of an evaluation in words; the engine does not say which value was missing.
    fn blame(&self, error: &Error, observed: &Observed) -> String {
        let undefined = error.kind() == ErrorKind::UndefinedError;
        let missing = self.paths.iter().find(|path| undefined && observed.at(path).is_undefined());
        missing.map_or_else(
            || one_line(error),
            |path| format!("{} is missing", path.strip_prefix("body.").unwrap_or(path)),
        )
    }

    /// As [`Self::explain`], with the status where it was looked at: what somebody who decides by it wants to see.
    pub fn shown(&self, observed: &Observed) -> Vec<String> {
        let status = observed.at("status");
        let asks = self.paths.iter().any(|path| path == "status") && !status.is_undefined();
        let status = asks.then(|| format!("status is {}", language::show(&status)));
        status.into_iter().chain(self.explain(observed)).collect()
    }

    /// What the observation held where this condition looked, in a few words each: `queue is 91`,
    /// `mail is unavailable`. The status, which every observation shows, is left out.
    pub fn explain(&self, observed: &Observed) -> Vec<String> {
        let mut said = Vec::new();
        if !self.parts.is_empty() {
            let holding = self.parts.iter().filter(|part| part.holds(observed) == Ok(true));
            return holding.flat_map(|part| part.explain(observed)).collect();
        }
        for path in self.paths.iter().filter(|path| *path != "status") {
            let value = observed.at(path);
            match value.kind() {
                minijinja::value::ValueKind::Seq | minijinja::value::ValueKind::Map => {
                    let sick = language::statuses(&value).unwrap_or_default();
                    said.extend(
                        sick.into_iter().filter(|(_, status)| *status != language::Status::Healthy).map(
                            |(name, status)| format!("{} is {}", super::text::clean(&name), status.word()),
                        ),
                    );
                }
                minijinja::value::ValueKind::Undefined
                | minijinja::value::ValueKind::None
                | minijinja::value::ValueKind::Invalid => {}
                _ => {
                    let path = path.strip_prefix("body.").unwrap_or(path);
                    said.push(format!("{path} is {}", language::show(&value)));
                }
            }
        }
        said
    }
}

fn compile(text: &str) -> Result<Expression<'static, 'static>, ConditionError> {
    environment().compile_expression_owned(text.to_owned()).map_err(|error| ConditionError {
        message: one_line(&error),
        at: error.range().map(|range| range.start.min(text.len())),
    })
}

fn one_line(error: &Error) -> String {
    let text = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    super::text::clean(&text).into_owned()
}

/// Where `word` stands in `text` as a word of its own.
fn find_word(text: &str, word: &str) -> Option<usize> {
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    text.match_indices(word).map(|(at, _)| at).find(|at| {
        !text[..*at].ends_with(part)
            && !text[at + word.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_')
    })
}

fn environment() -> &'static Environment<'static> {
    static ENVIRONMENT: OnceLock<Environment<'static>> = OnceLock::new();
    ENVIRONMENT.get_or_init(language::environment)
}

impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Condition({:?})", self.text)
    }
}

/// What a condition is asked about. Names that were not set are undefined.
#[derive(Clone, Debug)]
pub struct Observed(Arc<Fields>);

impl Observed {
    /// The value at a dotted path; undefined where there is none.
    fn at(&self, path: &str) -> Value {
        let mut parts = path.split('.');
        let first = parts.next().and_then(|name| self.0.0.get(name)).cloned();
        parts.fold(first.unwrap_or(Value::UNDEFINED), |value, part| {
            value.get_attr(part).unwrap_or(Value::UNDEFINED)
        })
    }
}

#[derive(Debug, Default)]
struct Fields(BTreeMap<&'static str, Value>);

impl Object for Fields {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        if let Some(value) = self.0.get(key) {
            return Some(value.clone());
        }
        NAMES
            .contains(&key)
            .then(|| Value::from(Error::new(ErrorKind::UndefinedError, format!("{key} is missing"))))
    }
}

/// A parsed JSON document, ready to be looked into.
#[derive(Clone, Debug)]
pub struct Json(Value);

impl Json {
    /// Parses `bytes`; the error is in words, on one line. Nesting is bounded by the parser.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(bytes)
            .map(Self)
            .map_err(|error| super::text::clean(&error.to_string()).into_owned())
    }
}

/// The fields of an [`Observed`], being put together.
#[derive(Debug, Default)]
pub struct Observing(Fields);

impl Observing {
    /// A number.
    #[must_use]
    pub fn number(mut self, name: &'static str, value: impl Into<f64>) -> Self {
        let value: f64 = value.into();
        // Whole numbers print and compare as integers, as the operator wrote them.
        #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and small")]
        let value = if value.fract() == 0.0 && value.abs() < 9e15 {
            Value::from(value as i64)
        } else {
            Value::from(value)
        };
        self.0.0.insert(name, value);
        self
    }

    /// A text.
    #[must_use]
    pub fn text(mut self, name: &'static str, value: &str) -> Self {
        self.0.0.insert(name, Value::from(value));
        self
    }

    /// Yes or no.
    #[must_use]
    pub fn flag(mut self, name: &'static str, value: bool) -> Self {
        self.0.0.insert(name, Value::from(value));
        self
    }

    /// A JSON value.
    #[must_use]
    pub fn json(mut self, name: &'static str, value: &serde_json::Value) -> Self {
        self.0.0.insert(name, Value::from(Serde(value)));
        self
    }

    /// A JSON document.
    #[must_use]
    pub fn parsed(mut self, name: &'static str, value: Json) -> Self {
        self.0.0.insert(name, value.0);
        self
    }

    /// A name that holds nothing: `null`.
    #[must_use]
    pub fn nothing(mut self, name: &'static str) -> Self {
        self.0.0.insert(name, Value::from(()));
        self
    }

    /// A name that cannot be looked at, and why: an error for the condition that tries.
    #[must_use]
    pub fn unreadable(mut self, name: &'static str, why: impl Into<String>) -> Self {
        let why: String = why.into();
        self.0.0.insert(name, Value::from(Error::new(ErrorKind::InvalidOperation, why)));
        self
    }

    /// Names to texts.
    #[must_use]
    pub fn map(mut self, name: &'static str, pairs: &[(String, String)]) -> Self {
        let map: BTreeMap<&str, &str> = pairs.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        self.0.0.insert(name, Value::from(Serde(&map)));
        self
    }

    /// Done.
    pub fn done(self) -> Observed {
        Observed(Arc::new(self.0))
    }
}

#[cfg(test)]
#[path = "condition/tests.rs"]
mod tests;
