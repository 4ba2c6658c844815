//! Conditions: expressions over an observation, such as `status == 200 and body.queue < 50`.
//!
//! The language is minijinja's expressions, strict about what is undefined: a body that is not what
//! a condition needs is an error, never false and never true.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use minijinja::value::{Object, Serde};
use minijinja::{Environment, Expression, UndefinedBehavior};

/// The names a condition may use.
pub const NAMES: [&str; 8] =
    ["status", "headers", "body", "text", "latency_ms", "certificate_days", "exit", "connected"];

/// A compiled condition. Compared and shown by its text.
#[derive(Clone)]
pub struct Condition {
    text: Arc<str>,
    compiled: Arc<Expression<'static, 'static>>,
    needs_body: bool,
}

/// Why a condition cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionError {
    /// In words, on one line.
    pub message: String,
    /// Where in the condition's text, in bytes.
    pub at: Option<usize>,
}

impl Condition {
    /// Compiles `text`. Names that no observation has are an error here, not at 03:10.
    pub fn compile(text: &str) -> Result<Self, ConditionError> {
        let compiled =
            environment().compile_expression_owned(text.to_owned()).map_err(|error| ConditionError {
                message: one_line(&error.detail().map_or_else(|| error.kind().to_string(), str::to_owned)),
                at: error.range().map(|range| range.start),
            })?;
        let used = compiled.undeclared_variables(false);
        if let Some(unknown) = used.iter().find(|name| !NAMES.contains(&name.as_str())) {
            return Err(ConditionError {
                message: format!("unknown name {unknown:?}; a condition knows {}", NAMES.join(", ")),
                at: text.find(unknown.as_str()),
            });
        }
        let needs_body = used.contains("body");
        Ok(Self { text: text.into(), compiled: Arc::new(compiled), needs_body })
    }

    /// The condition as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it looks into the JSON body.
    pub fn needs_body(&self) -> bool {
        self.needs_body
    }

    /// Whether it holds for `observed`; an error where the observation is not what it needs.
    pub fn holds(&self, observed: &Observed) -> Result<bool, ConditionError> {
        self.compiled
            .eval(minijinja::Value::from_dyn_object(Arc::clone(&observed.0) as Arc<Fields>))
            .map(|value| value.is_true())
            .map_err(|error| ConditionError {
                message: one_line(&error.detail().map_or_else(|| error.kind().to_string(), str::to_owned)),
                at: error.range().map(|range| range.start),
            })
    }
}

fn one_line(text: &str) -> String {
    super::text::clean(text).into_owned()
}

fn environment() -> &'static Environment<'static> {
    static ENVIRONMENT: OnceLock<Environment<'static>> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(200_000));
        environment
    })
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

#[derive(Debug, Default)]
struct Fields(BTreeMap<&'static str, minijinja::Value>);

impl Object for Fields {
    fn get_value(self: &Arc<Self>, key: &minijinja::Value) -> Option<minijinja::Value> {
        self.0.get(key.as_str()?).cloned()
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
            minijinja::Value::from(value as i64)
        } else {
            minijinja::Value::from(value)
        };
        self.0.0.insert(name, value);
        self
    }

    /// A text.
    #[must_use]
    pub fn text(mut self, name: &'static str, value: &str) -> Self {
        self.0.0.insert(name, minijinja::Value::from(value));
        self
    }

    /// Yes or no.
    #[must_use]
    pub fn flag(mut self, name: &'static str, value: bool) -> Self {
        self.0.0.insert(name, minijinja::Value::from(value));
        self
    }

    /// A JSON value.
    #[must_use]
    pub fn json(mut self, name: &'static str, value: &serde_json::Value) -> Self {
        self.0.0.insert(name, minijinja::Value::from(Serde(value)));
        self
    }

    /// Names to texts.
    #[must_use]
    pub fn map(mut self, name: &'static str, pairs: &[(String, String)]) -> Self {
        let map: BTreeMap<&str, &str> = pairs.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        self.0.0.insert(name, minijinja::Value::from(Serde(&map)));
        self
    }

    /// Done.
    pub fn done(self) -> Observed {
        Observed(Arc::new(self.0))
    }
}
