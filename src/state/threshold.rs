//! Thresholds of a runbook held against what was measured, and the gates they are offered as.

use std::time::Duration;

use crate::domain::alert::Rule;
use crate::domain::condition::{Figure, Figures};
use crate::domain::ids::SignalId;
use crate::domain::reading::Health;
use crate::domain::runbook::Step;
use crate::domain::signal::Signal;
use crate::domain::statement::{Compares, Metric, Sense, Threshold, Unit};
use crate::domain::time::{Timestamp, brief};

use super::{Model, SAMPLE_WINDOW, Samples};

/// Over how long a figure is taken where the file says nothing.
const USUAL: Duration = Duration::from_secs(5 * 60);
/// The percentile that a latency without one is held against.
const PERCENTILE: u8 = 95;

/// A threshold and the figure of a signal.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// The signal.
    pub signal: SignalId,
    /// The figure, in the threshold's unit; `None` where nothing fresh was measured.
    pub value: Option<f64>,
    /// Whether the comparison holds.
    pub holds: Option<bool>,
    /// Over how long it was measured.
    pub over: Duration,
}

impl Measured {
    /// Whether it is as it should be: a target that is kept, a trigger that is not reached.
    pub fn is_well(&self, sense: Sense) -> Option<bool> {
        self.holds.map(|holds| match sense {
            Sense::Target => holds,
            Sense::Trigger => !holds,
        })
    }
}

/// A condition for the go-live window, in the condition language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gate {
    /// The condition.
    pub text: String,
    /// Whether it stops the window when it holds, instead of passing.
    pub stops: bool,
}

/// The figures of `threshold` for every signal that has them: those that `step` is bound to, or where it is bound to
/// none, each that could be meant, the worst first.
pub fn measured(model: &Model, now: Timestamp, step: Option<&Step>, threshold: &Threshold) -> Vec<Measured> {
    let bound = step.map(bound_to).unwrap_or_default();
    let fits = |signal: &&Signal| {
        figure_of(threshold).is_some_and(|figure| has(signal, &figure))
            && if bound.is_empty() { !signal.observer } else { bound.contains(&signal.id) }
    };
    let mut all: Vec<Measured> = model
        .plan
        .signals
        .iter()
        .filter(fits)
        .map(|signal| measure(model, now, &signal.id, threshold))
        .collect();
    if bound.is_empty() {
        all.sort_by_key(|measured| match measured.is_well(threshold.sense) {
            Some(false) => 0,
            None => 1,
            Some(true) => 2,
        });
    }
    all
}

/// The signals that a step or one of its commands is bound to.
pub fn bound_to(step: &Step) -> Vec<SignalId> {
    let commands = step.commands.iter().filter_map(|command| command.rules.signal.clone());
    let mut bound: Vec<SignalId> = step.rules.signal.clone().into_iter().chain(commands).collect();
    bound.dedup();
    bound
}

/// `threshold` held against `signal`.
pub fn measure(model: &Model, now: Timestamp, signal: &SignalId, threshold: &Threshold) -> Measured {
    let over = span(threshold);
    let value =
        figure_of(threshold).and_then(|figure| read(model, now, signal, &figure, over)).map(|value| {
            match (&threshold.metric, threshold.unit) {
                // A part of a hundred has digits that nobody measured.
                (Metric::ErrorRate | Metric::Availability, Unit::Percent) => (value * 1e11).round() / 1e9,
                (
                    Metric::ErrorRate
                    | Metric::Availability
                    | Metric::Errors
                    | Metric::Latency(_)
                    | Metric::Other(_),
                    _,
                ) => value,
            }
        });
    let holds = value.map(|value| threshold.compares.holds(value, threshold.value));
    Measured { signal: signal.clone(), value, holds, over }
}

/// The condition that `threshold` is for `signal`; `None` where no figure of a signal is what it measures.
pub fn gate(threshold: &Threshold, signal: &SignalId) -> Option<Gate> {
    let name = quoted(signal.as_str())?;
    let span = brief(span(threshold));
    let parts_of_one = |value: f64| if threshold.unit == Unit::Percent { value / 100.0 } else { value };
    let (asked, value) = match figure_of(threshold)? {
        Figure::ErrorRate => (format!("error_rate({name}, '{span}')"), parts_of_one(threshold.value)),
        Figure::Availability => (format!("availability({name}, '{span}')"), parts_of_one(threshold.value)),
        Figure::Percentile(percentile) => {
            (format!("percentile_ms({name}, {percentile}, '{span}')"), threshold.value)
        }
        Figure::Errors => (format!("errors({name}, '{span}')"), threshold.value),
        // No file speaks of these.
        Figure::Samples | Figure::New => return None,
    };
    // A division leaves digits that nobody wrote.
    let value = (value * 1e9).round() / 1e9;
    let text = format!("{asked} {} {value}", threshold.compares.sign());
    Some(Gate { text, stops: threshold.sense == Sense::Trigger })
}

/// A name as a text of the condition language.
fn quoted(name: &str) -> Option<String> {
    if name.contains(['\'', '\\']) { serde_json::to_string(name).ok() } else { Some(format!("'{name}'")) }
}

/// What is measured now, for conditions over figures. Copies what it answers from: a condition outlives the frame.
pub fn figures(model: &Model, now: Timestamp) -> Figures {
    let known: Vec<(SignalId, Option<Samples>, Option<f64>)> = model
        .plan
        .signals
        .iter()
        .map(|signal| {
            let samples = fresh(model, now, &signal.id).map(|at| model.feed.signals[at].samples.clone());
            (signal.id.clone(), samples, counted(model, now, &signal.id))
        })
        .collect();
    std::sync::Arc::new(move |figure, signal, over| {
        let (_, samples, counted) = known.iter().find(|(id, ..)| id == signal)?;
        match figure {
            Figure::Errors => *counted,
            Figure::ErrorRate | Figure::Availability | Figure::Percentile(_) | Figure::Samples => {
                of_samples(samples.as_ref()?, now, figure, over)
            }
            // Only a window knows which release is under watch.
            Figure::New => None,
        }
    })
}

fn figure_of(threshold: &Threshold) -> Option<Figure> {
    match (&threshold.metric, threshold.unit) {
        (Metric::ErrorRate, Unit::Percent) => Some(Figure::ErrorRate),
        (Metric::Availability, Unit::Percent) => Some(Figure::Availability),
        (Metric::Latency(percentile), Unit::Milliseconds) => {
            Some(Figure::Percentile(f64::from(percentile.unwrap_or(PERCENTILE))))
        }
        (Metric::Errors, Unit::Count) => Some(Figure::Errors),
        (
            Metric::ErrorRate | Metric::Errors | Metric::Latency(_) | Metric::Availability | Metric::Other(_),
            _,
        ) => None,
    }
}

/// Over how long: as the file says, and never longer than samples are kept.
fn span(threshold: &Threshold) -> Duration {
    threshold.over.unwrap_or(USUAL).clamp(Duration::from_secs(1), SAMPLE_WINDOW)
}

/// Whether `signal` has the figure at all.
fn has(signal: &Signal, figure: &Figure) -> bool {
    let alert = signal.alert();
    match figure {
        Figure::Errors => alert.is_some_and(|alert| matches!(alert.rule, Rule::Within { .. })),
        // What a source lists is read as a whole: how long that took says nothing of what it lists.
        Figure::ErrorRate | Figure::Availability | Figure::Percentile(_) | Figure::Samples => {
            alert.is_none() && signal.board.is_none()
        }
        Figure::New => signal.board.is_some(),
    }
}

fn read(model: &Model, now: Timestamp, signal: &SignalId, figure: &Figure, over: Duration) -> Option<f64> {
    match figure {
        Figure::Errors => counted(model, now, signal),
        Figure::New => None,
        Figure::ErrorRate | Figure::Availability | Figure::Percentile(_) | Figure::Samples => {
            let at = fresh(model, now, signal)?;
            of_samples(&model.feed.signals[at].samples, now, figure, over)
        }
    }
}

/// Where `signal` stands in the plan, unless nothing can be told of it now.
fn fresh(model: &Model, now: Timestamp, signal: &SignalId) -> Option<usize> {
    let at = model.plan.signal_index(signal)?;
    let (known, last) = (&model.plan.signals[at], model.feed.signals[at].last.as_ref()?);
    let stale = now.since(last.at) > known.every * 4 + known.timeout();
    (model.watch.observer_sick.is_none() && !stale).then_some(at)
}

/// What an alert has counted.
pub(super) fn counted(model: &Model, now: Timestamp, signal: &SignalId) -> Option<f64> {
    let at = model.plan.signal_index(signal)?;
    model.plan.signals[at].alert()?;
    fresh(model, now, signal)?;
    let last = model.feed.signals[at].last.as_ref().filter(|last| last.health != Health::Blind)?;
    last.body.as_ref()?.get("count")?.as_f64()
}

/// A figure of samples no older than `over`; `None` where nothing of the kind was measured.
pub(super) fn of_samples(samples: &Samples, now: Timestamp, figure: &Figure, over: Duration) -> Option<f64> {
    if *figure == Figure::Samples {
        let measured = samples.within(now, over).filter(|sample| sample.health != Health::Blind).count();
        return u32::try_from(measured).ok().map(f64::from);
    }
    let mut scratch = Samples::scratch()?;
    let all = samples.statistics(now, over, &mut scratch);
    match figure {
        Figure::ErrorRate => all.error_rate,
        Figure::Availability => all.error_rate.map(|rate| 1.0 - rate),
        Figure::Percentile(percentile) => (!scratch.is_empty()).then(|| {
            let micros = u32::try_from(scratch.value_at_quantile(percentile / 100.0)).unwrap_or(u32::MAX);
            f64::from(micros) / 1_000.0
        }),
        Figure::Errors | Figure::Samples | Figure::New => None,
    }
}

/// `p95`, `error rate`, and for what nothing measures, the file's words.
pub fn metric_words(metric: &Metric) -> String {
    match metric {
        Metric::ErrorRate => "error rate".into(),
        Metric::Errors => "errors".into(),
        Metric::Latency(percentile) => format!("p{}", percentile.unwrap_or(PERCENTILE)),
        Metric::Availability => "availability".into(),
        Metric::Other(words) => words.clone(),
    }
}

/// A value in its unit: `412 ms`, `0.4 %`, `14`.
pub fn value_words(value: f64, unit: Unit) -> String {
    // To a tenth, and a whole number as one.
    let value = (value * 10.0).round() / 10.0;
    match unit {
        Unit::Percent => format!("{value} %"),
        Unit::Milliseconds if value >= 10_000.0 => format!("{} s", (value / 100.0).round() / 10.0),
        Unit::Milliseconds => format!("{} ms", value.round()),
        Unit::Bytes => format!("{value} bytes"),
        Unit::Count => format!("{value}"),
    }
}

/// `< 500 ms`.
pub fn bound_words(threshold: &Threshold) -> String {
    let sign = match threshold.compares {
        Compares::Less => "<",
        Compares::AtMost => "≤",
        Compares::More => ">",
        Compares::AtLeast => "≥",
        Compares::Exactly => "=",
    };
    format!("{sign} {}", bound_value(threshold.value, threshold.unit))
}

/// A bound as it was written: not rounded, unlike what is measured.
fn bound_value(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Percent => format!("{value} %"),
        Unit::Milliseconds if value >= 10_000.0 && value % 1_000.0 == 0.0 => format!("{} s", value / 1_000.0),
        Unit::Milliseconds => format!("{value} ms"),
        Unit::Bytes => format!("{value} bytes"),
        Unit::Count => format!("{value}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::condition::{Condition, Observed};

    fn threshold(metric: Metric, compares: Compares, value: f64, unit: Unit) -> Threshold {
        Threshold { metric, compares, value, unit, over: None, sense: Sense::Target }
    }

    fn every() -> Vec<Threshold> {
        let all = [
            (Metric::ErrorRate, 0.5, Unit::Percent),
            (Metric::Availability, 99.5, Unit::Percent),
            (Metric::Latency(Some(95)), 500.0, Unit::Milliseconds),
            (Metric::Latency(None), 3_000.0, Unit::Milliseconds),
            (Metric::Errors, 12.0, Unit::Count),
        ];
        let signs = [Compares::Less, Compares::AtMost, Compares::More, Compares::AtLeast, Compares::Exactly];
        all.into_iter()
            .flat_map(|(metric, value, unit)| signs.map(|sign| threshold(metric.clone(), sign, value, unit)))
            .collect()
    }

    #[test]
    fn a_gate_reads_as_the_condition_language_has_it() {
        let text = |threshold: &Threshold| gate(threshold, &"web".into()).unwrap().text;
        assert_eq!(text(&every()[0]), "error_rate('web', '5m') < 0.005");
        assert_eq!(text(&every()[5]), "availability('web', '5m') < 0.995");
        assert_eq!(text(&every()[10]), "percentile_ms('web', 95, '5m') < 500");
        assert_eq!(text(&every()[20]), "errors('web', '5m') < 12");
        let stop =
            Threshold { sense: Sense::Trigger, over: Some(Duration::from_secs(600)), ..every()[2].clone() };
        let stop = gate(&stop, &"web".into()).unwrap();
        assert_eq!((stop.text.as_str(), stop.stops), ("error_rate('web', '10m') > 0.005", true));
        let words = threshold(Metric::Other("modules".into()), Compares::AtLeast, 80.0, Unit::Percent);
        assert_eq!(gate(&words, &"web".into()), None);
    }

    #[test]
    fn every_gate_compiles_and_says_what_the_threshold_says() {
        for threshold in every() {
            for signal in ["web", "it's \"quoted\" \\ and {{ odd }} — ü"] {
                let signal = SignalId::from(signal);
                let gate = gate(&threshold, &signal).unwrap();
                let condition =
                    Condition::gate(&gate.text).unwrap_or_else(|error| panic!("{}: {error:?}", gate.text));
                let scale = if threshold.unit == Unit::Percent { 100.0 } else { 1.0 };
                for value in [threshold.value - 0.25, threshold.value, threshold.value + 0.25] {
                    let asked = signal.clone();
                    let figures: Figures = std::sync::Arc::new(move |_, of, _| {
                        // Whatever the name holds, it is the name that is asked for.
                        (*of == asked).then_some((value / scale * 1e9).round() / 1e9)
                    });
                    let observed = Observed::of_figures(&figures);
                    let holds = threshold.compares.holds(value, threshold.value);
                    assert_eq!(condition.holds(&observed), Ok(holds), "{} at {value}", gate.text);
                }
            }
        }
    }

    #[test]
    fn values_read_as_an_operator_writes_them() {
        assert_eq!(value_words(412.34, Unit::Milliseconds), "412 ms");
        assert_eq!(value_words(12_300.0, Unit::Milliseconds), "12.3 s");
        assert_eq!(value_words(0.44, Unit::Percent), "0.4 %");
        assert_eq!(bound_words(&every()[5]), "< 99.5 %");
        assert_eq!(
            bound_words(&threshold(Metric::Latency(None), Compares::More, 10_000.0, Unit::Milliseconds)),
            "> 10 s"
        );
    }
}
