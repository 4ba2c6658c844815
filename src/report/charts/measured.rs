//! Figures over time: from readings that were kept, and where there are none from the facts that hold numbers.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::fact::Fact;
use crate::domain::reading::Health;
use crate::domain::text::clean;
use crate::domain::time::Timestamp;
use crate::domain::window::Value;
use crate::report::incident::Record;

use super::readings::{Readings, Series};

/// What a figure is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Milliseconds.
    Millis,
    /// A part of a hundred.
    Percent,
    /// Things.
    Count,
}

impl Unit {
    /// `value` as a reader wants it: `480 ms`, `2.3 s`, `12 %`, `38`.
    pub fn words(self, value: f64) -> String {
        match self {
            Unit::Millis if value >= 1_000.0 => format!("{:.1} s", value / 1_000.0),
            Unit::Millis => format!("{value:.0} ms"),
            Unit::Percent if value > 0.0 && value < 10.0 => format!("{value:.1} %"),
            Unit::Percent => format!("{value:.0} %"),
            Unit::Count => format!("{value:.0}"),
        }
    }
}

/// Something that was measured again and again.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// What: `Latency`, `Errors`, `Undelivered events`.
    pub title: String,
    /// What it is measured in.
    pub unit: Unit,
    /// One for each signal, the highest first.
    pub curves: Vec<Curve>,
}

/// A figure of one signal.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Curve {
    /// The signal, or what a gate asked.
    pub name: String,
    /// When, and how much; oldest first, thinned where there is more than a chart can show.
    pub points: Vec<(Timestamp, f64)>,
}

impl Curve {
    /// The highest of it, and when that was first.
    pub fn worst(&self) -> Option<(Timestamp, f64)> {
        self.points.iter().copied().rev().max_by(|one, other| one.1.total_cmp(&other.1))
    }
}

/// Points of a curve at most, and curves of a figure.
const POINTS: i64 = 240;
const CURVES: usize = 6;

/// Curves by their names.
type Curves = BTreeMap<String, Vec<(Timestamp, f64)>>;
type Found = BTreeMap<(Unit, String), Curves>;

/// Every figure between `from` and `to` in which something happened.
pub(in crate::report) fn figures(
    record: &Record<'_>,
    readings: &Readings,
    from: Timestamp,
    to: Timestamp,
) -> Vec<Figure> {
    let mut found = Found::new();
    for series in &readings.series {
        of_series(&mut found, series, from, to);
    }
    let readings = !found.is_empty();
    for entry in record.all.iter().filter(|entry| entry.at >= from && entry.at <= to) {
        match &entry.fact {
            Fact::SequenceBegan { what, before: Some(count), .. }
            | Fact::SequenceEnded { what, after: Some(count), .. } => {
                let curve = found.entry((Unit::Count, capital(what))).or_default();
                let count = u32::try_from(*count).unwrap_or(u32::MAX);
                curve.entry("counted by calls".into()).or_default().push((entry.at, f64::from(count)));
            }
            // What gates were judged by is the same that readings say, and less of it.
            Fact::WindowGate { values, .. } if !readings => of_gate(&mut found, values, entry.at),
            Fact::WindowCheckpoint { gates, .. } if !readings => {
                gates.iter().for_each(|gate| of_gate(&mut found, &gate.values, entry.at));
            }
            _ => {}
        }
    }
    let figure = |((unit, title), curves): ((Unit, String), Curves)| {
        let mut curves: Vec<Curve> = curves
            .into_iter()
            .filter(|(_, points)| points.len() > 1)
            .map(|(name, points)| Curve { name, points })
            .filter(|curve| curve.worst().is_some_and(|(_, worst)| worst > 0.0))
            .collect();
        let height = |curve: &Curve| curve.worst().map_or(0.0, |(_, worst)| worst);
        curves.sort_by(|one, other| height(other).total_cmp(&height(one)));
        curves.truncate(CURVES);
        (!curves.is_empty()).then_some(Figure { title, unit, curves })
    };
    found.into_iter().filter_map(figure).collect()
}

fn capital(text: &str) -> String {
    let text = clean(text);
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Latency, errors and counts of one signal, each the worst or the share of a part of the time.
fn of_series(found: &mut Found, series: &Series, from: Timestamp, to: Timestamp) {
    let width = (to.millis() - from.millis()) / POINTS + 1;
    let mut parts: BTreeMap<i64, Part> = BTreeMap::new();
    for point in series.points.iter().filter(|point| point.at >= from && point.at <= to) {
        let part = parts.entry((point.at.millis() - from.millis()) / width).or_default();
        if let Some(latency) = point.latency {
            let millis = latency.as_secs_f64() * 1_000.0;
            part.latency = Some(part.latency.map_or(millis, |known| known.max(millis)));
        }
        if let Some(value) = point.value.filter(|value| value.is_finite()) {
            part.value = Some(part.value.map_or(value, |known| known.max(value)));
        }
        if point.health != Health::Blind {
            part.measured += 1.0;
            part.down += if point.health == Health::Down { 1.0 } else { 0.0 };
        }
    }
    let at = |number: i64| Timestamp::from_millis(from.millis() + number * width + width / 2).min(to);
    let mut put = |unit: Unit, title: String, of: &dyn Fn(&Part) -> Option<f64>| {
        let points = parts.iter().filter_map(|(number, part)| Some((at(*number), of(part)?)));
        let curve = found.entry((unit, title)).or_default();
        curve.entry(series.signal.to_string()).or_default().extend(points);
    };
    put(Unit::Millis, "Latency".into(), &|part| part.latency);
    put(Unit::Percent, "Errors".into(), &|part| {
        (part.measured > 0.0).then(|| 100.0 * part.down / part.measured)
    });
    if let Some(counts) = &series.counts {
        put(Unit::Count, capital(counts), &|part| part.value);
    }
}

#[derive(Default)]
struct Part {
    latency: Option<f64>,
    value: Option<f64>,
    measured: f64,
    down: f64,
}

/// What a gate asked and was told, where it is a number of a kind that is drawn.
fn of_gate(found: &mut Found, values: &[Value], at: Timestamp) {
    for value in values {
        let Some(number) = value.value.trim().parse::<f64>().ok().filter(|number| number.is_finite()) else {
            continue;
        };
        let (unit, title, number) = match value.what.split('(').next() {
            Some("error_rate") => (Unit::Percent, "Errors", number * 100.0),
            Some("percentile_ms") => (Unit::Millis, "Latency", number),
            Some("errors") => (Unit::Count, "Errors counted", number),
            _ => continue,
        };
        let curve = found.entry((unit, title.to_owned())).or_default();
        curve.entry(value.what.clone()).or_default().push((at, number));
    }
}
