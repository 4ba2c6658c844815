//! Conditions over what a console has measured, instead of over one reply: what a gate is made of.

use std::sync::Arc;
use std::time::Duration;

use minijinja::value::Rest;
use minijinja::{Error, ErrorKind, Value};

use super::{Condition, ConditionError, LONGEST, Observed, Observing};
use crate::domain::ids::SignalId;

/// Figures of a signal, how they are asked for, and what they give.
pub const FIGURES: &[(&str, &str, &str)] = &[
    ("error_rate", "error_rate('web', '5m')", "the part of the readings that were down, 0 to 1"),
    ("availability", "availability('web', '5m')", "the part of the readings that were not down, 0 to 1"),
    (
        "percentile_ms",
        "percentile_ms('web', 95, '5m')",
        "milliseconds within which so many of a hundred replies came",
    ),
    ("errors", "errors('error-spike', '5m')", "how many an alert has counted"),
    ("samples", "samples('web', '5m')", "how many readings measured something"),
    (
        "new_entries",
        "new_entries('stripe')",
        "how much that is not well is listed and newer than the release",
    ),
];

/// One figure.
#[derive(Clone, Debug, PartialEq)]
pub enum Figure {
    /// The part of the readings that were down.
    ErrorRate,
    /// The part that were not.
    Availability,
    /// Milliseconds within which so many of a hundred replies came.
    Percentile(f64),
    /// How many an alert has counted.
    Errors,
    /// How many readings measured something.
    Samples,
    /// How much that is not well a source lists which began after the release under watch.
    New,
}

impl Figure {
    /// As a condition asks for it: `error_rate('web', '5m')`.
    pub fn text(&self, signal: &SignalId, over: Duration) -> String {
        let span = humantime::format_duration(over);
        match self {
            Figure::ErrorRate => format!("error_rate('{signal}', '{span}')"),
            Figure::Availability => format!("availability('{signal}', '{span}')"),
            Figure::Percentile(percentile) => format!("percentile_ms('{signal}', {percentile}, '{span}')"),
            Figure::Errors => format!("errors('{signal}', '{span}')"),
            Figure::Samples => format!("samples('{signal}', '{span}')"),
            Figure::New => format!("new_entries('{signal}')"),
        }
    }
}

/// What answers: the figure of a signal over so long a time; `None` where nothing was measured.
pub type Figures = Arc<dyn Fn(&Figure, &SignalId, Duration) -> Option<f64> + Send + Sync>;

impl Condition {
    /// Compiles a condition over figures, such as `error_rate('web', '5m') < 0.005`.
    pub fn gate(text: &str) -> Result<Self, ConditionError> {
        if text.len() > LONGEST {
            return Err(ConditionError { message: format!("longer than {LONGEST} bytes"), at: None });
        }
        let names: Vec<&str> = FIGURES.iter().map(|(name, ..)| *name).collect();
        Self::compile_knowing(text, &names)
    }

    /// The signals whose figures it asks for, in the order of its text: those whose names stand in it as texts.
    /// Empty for a condition over a reply.
    pub fn asked(&self) -> Vec<SignalId> {
        let mut asked: Vec<SignalId> = Vec::new();
        for (name, ..) in FIGURES {
            for (at, _) in self.text.match_indices(name) {
                let inner = |c: char| c.is_alphanumeric() || c == '_';
                let rest = self.text[at + name.len()..].trim_start();
                if self.text[..at].ends_with(inner) {
                    continue;
                }
                let Some(rest) = rest.strip_prefix('(').map(str::trim_start) else { continue };
                let Some(quote) = rest.chars().next().filter(|c| matches!(c, '\'' | '"')) else { continue };
                let Some((signal, _)) = rest[1..].split_once(quote) else { continue };
                let signal = SignalId::from(signal);
                if !asked.contains(&signal) {
                    asked.push(signal);
                }
            }
        }
        asked
    }
}

impl Observing {
    /// What was measured.
    #[must_use]
    pub fn figures(mut self, figures: &Figures) -> Self {
        for (name, how, _) in FIGURES {
            let figures = Arc::clone(figures);
            let asked = move |arguments: Rest<Value>| figure(name, how, &arguments, &figures);
            self.0.0.insert(name, Value::from_function(asked));
        }
        self
    }
}

impl Observed {
    /// An observation of nothing but what was measured.
    pub fn of_figures(figures: &Figures) -> Self {
        Observing::default().figures(figures).done()
    }
}

fn figure(name: &str, how: &str, arguments: &[Value], figures: &Figures) -> Result<f64, Error> {
    let wrong = |why: &str| Error::new(ErrorKind::InvalidOperation, format!("{why}: {how}"));
    let none = Value::from("0s");
    let (asked, signal, span) = match (name, arguments) {
        ("samples", [signal, span]) => (Figure::Samples, signal, span),
        ("new_entries", [signal]) => (Figure::New, signal, &none),
        ("error_rate", [signal, span]) => (Figure::ErrorRate, signal, span),
        ("availability", [signal, span]) => (Figure::Availability, signal, span),
        ("errors", [signal, span]) => (Figure::Errors, signal, span),
        ("percentile_ms", [signal, percentile, span]) => {
            let percentile = f64::try_from(percentile.clone())
                .ok()
                .filter(|percentile| (0.0..=100.0).contains(percentile))
                .ok_or_else(|| wrong("the percentile is a number from 0 to 100"))?;
            (Figure::Percentile(percentile), signal, span)
        }
        _ => return Err(wrong("it is asked for like this")),
    };
    let signal = signal.as_str().ok_or_else(|| wrong("the signal is a text"))?;
    let span = span
        .as_str()
        .and_then(|span| humantime::parse_duration(span).ok())
        .ok_or_else(|| wrong("the time is a text such as '5m'"))?;
    // What was not measured is neither healthy nor unhealthy.
    figures(&asked, &SignalId::from(signal), span)
        .ok_or_else(|| Error::new(ErrorKind::UndefinedError, format!("{signal} was not measured")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(answer: Option<f64>) -> Observed {
        let figures: Figures = Arc::new(move |figure, signal, span| {
            assert_eq!((signal.as_str(), span), ("web", Duration::from_secs(300)));
            match figure {
                Figure::Percentile(percentile) => answer.map(|answer| answer + percentile),
                Figure::ErrorRate | Figure::Availability | Figure::Errors | Figure::Samples | Figure::New => {
                    answer
                }
            }
        });
        Observed::of_figures(&figures)
    }

    #[test]
    fn a_gate_asks_what_was_measured() {
        let holds = |text: &str, answer| Condition::gate(text).unwrap().holds(&figures(answer));
        assert_eq!(holds("error_rate('web', '5m') < 0.005", Some(0.004)), Ok(true));
        assert_eq!(holds("error_rate('web', '5m') < 0.005", Some(0.005)), Ok(false));
        assert_eq!(holds("percentile_ms('web', 95, '5m') < 500", Some(404.0)), Ok(true));
        assert_eq!(holds("percentile_ms('web', 99.9, '5m') < 500", Some(404.0)), Ok(false));
        assert_eq!(
            holds("availability('web', '5m') >= 0.995 and errors('web', '5m') < 12", Some(1.0)),
            Ok(true)
        );
    }

    #[test]
    fn what_was_not_measured_is_an_error_and_no_answer() {
        let gate = Condition::gate("error_rate('web', '5m') < 0.005").unwrap();
        let error = gate.holds(&figures(None)).unwrap_err();
        assert!(error.message.contains("not measured"), "{}", error.message);
    }

    #[test]
    fn a_gate_knows_whose_figures_it_asks_for() {
        let asked = |text: &str| Condition::gate(text).unwrap().asked();
        let text =
            "errors( \"spike\" , '5m') < 12 and error_rate('web','5m') < 0.1 and samples('web', '1m') > 2";
        assert_eq!(asked(text), ["web".into(), "spike".into()] as [SignalId; 2]);
        assert_eq!(asked("new_entries('stripe') == 0"), ["stripe".into()] as [SignalId; 1]);
        assert_eq!(Condition::compile("body.error_rate == 1").unwrap().asked(), []);
    }

    #[test]
    fn a_gate_that_is_written_wrongly_says_how_it_is_written() {
        let unknown = Condition::gate("eror_rate('web', '5m') < 1").unwrap_err();
        assert!(unknown.message.contains("did you mean \"error_rate\"?"), "{}", unknown.message);
        assert!(Condition::gate("status == 200").is_err(), "a gate looks at no reply");
        assert!(Condition::compile("error_rate('web', '5m') < 1").is_err(), "a reply has no figures");
        for text in ["error_rate('web') < 1", "percentile_ms('web', 200, '5m') < 1", "errors('web', 5) < 1"] {
            let error = Condition::gate(text).unwrap().holds(&figures(Some(0.0))).unwrap_err();
            assert!(error.message.contains("'5m'"), "{text}: {}", error.message);
        }
    }
}
