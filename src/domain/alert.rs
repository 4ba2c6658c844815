//! Alerts: rules over the readings of another signal. An alert is a signal of its own, derived instead
//! of asked: it settles, flaps, is acknowledged and silenced like every other.

use std::time::Duration;

use serde_json::Value;

use super::condition::Condition;
use super::ids::SignalId;
use super::reading::Health;

/// An alert's rule, and whose readings it looks at.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// The signal.
    pub of: SignalId,
    /// When it fires.
    pub rule: Rule,
    /// What it is while it fires: `down` or `degraded`.
    pub fires: Health,
}

/// When an alert fires.
#[derive(Clone, Debug, PartialEq)]
pub enum Rule {
    /// While this holds for what was read; how often in a row, or of how many, its
    /// [`Rules`](super::signal::Rules) say.
    When(Condition),
    /// When a counter grew by `least` within `span`.
    Within {
        /// Where the counter stands.
        count: Place,
        /// Where the instant stands at which it began to count: a counter that is seen for the first time and
        /// began within `span` has grown by all of it.
        began: Option<Place>,
        /// How much is too much.
        least: f64,
        /// Within how long.
        span: Duration,
    },
    /// When a counter grew `factor` times as fast within `span` as in the `baseline` before it, and by `least`.
    Surge {
        /// Where the counter stands.
        count: Place,
        /// How many times as fast.
        factor: f64,
        /// Within how long.
        span: Duration,
        /// How long a time it is compared with.
        baseline: Duration,
        /// Growth that is no surge however slow it was before.
        least: f64,
    },
}

impl Rule {
    /// How long readings have to be remembered.
    pub fn remembers(&self) -> Duration {
        match self {
            Rule::When(_) => Duration::ZERO,
            Rule::Within { span, .. } => *span,
            Rule::Surge { span, baseline, .. } => *span + *baseline,
        }
    }

    /// Where the counter stands, if there is one.
    pub fn count(&self) -> Option<&Place> {
        match self {
            Rule::When(_) => None,
            Rule::Within { count, .. } | Rule::Surge { count, .. } => Some(count),
        }
    }
}

/// A place in a JSON document: `queue.failed`, names separated by dots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place(Vec<String>);

impl Place {
    /// The place that `text` names, with or without `body.` before it; `None` where a name is empty.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix("body.").unwrap_or(text);
        let parts: Vec<String> = text.split('.').map(str::to_owned).collect();
        parts.iter().all(|part| !part.is_empty()).then_some(Self(parts))
    }

    /// What stands there.
    pub fn of<'a>(&self, document: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(document, |value, part| match value {
            Value::Object(map) => map.get(part),
            Value::Array(items) => items.get(part.parse::<usize>().ok()?),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        })
    }

    /// The number that stands there, also where it is written as a text.
    pub fn number(&self, document: &Value) -> Option<f64> {
        let number = match self.of(document)? {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        };
        number.filter(|number| number.is_finite())
    }

    /// The number that stands there; 0 where names are counted and this one is not among them.
    pub fn count(&self, document: &Value) -> Option<f64> {
        let above = Self(self.0.get(..self.0.len() - 1)?.to_vec());
        let counted = above.of(document).is_some_and(Value::is_object) && self.of(document).is_none();
        if counted { Some(0.0) } else { self.number(document) }
    }

    /// The place as it is written.
    pub fn text(&self) -> String {
        self.0.join(".")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_place_finds_numbers_however_they_are_written_and_nothing_else() {
        let document = json!({ "a": { "n": 3, "t": "12", "list": [1, { "x": 2.5 }], "nan": "NaN" } });
        let number = |text: &str| Place::parse(text).unwrap().number(&document);
        assert_eq!(
            [number("a.n"), number("body.a.t"), number("a.list.1.x")],
            [Some(3.0), Some(12.0), Some(2.5)]
        );
        assert_eq!([number("a"), number("a.m"), number("a.list.7"), number("a.nan")], [None; 4]);
        assert_eq!(Place::parse("a..b"), None);
    }
}
