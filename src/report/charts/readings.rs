//! Readings that were kept beside a journal, as charts want them. There may be none.

use std::time::Duration;

use crate::domain::board::Board;
use crate::domain::ids::SignalId;
use crate::domain::observation::{Described, NO_ANSWER, Observation, Observations};
use crate::domain::reading::Health;
use crate::domain::time::Timestamp;

/// What payments count, in the words of the calls that send it again: both are drawn as one.
const UNDELIVERED: &str = "undelivered events";

/// What was measured while an incident went on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Readings {
    /// One for each signal of which something was kept.
    pub series: Vec<Series>,
}

/// The readings of one signal, oldest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The signal.
    pub signal: SignalId,
    /// What its value counts, in a word or two: `undelivered`; nothing where it has no value.
    pub counts: Option<String>,
    /// Each reading.
    pub points: Vec<Point>,
}

/// A reading.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// When.
    pub at: Timestamp,
    /// What it showed.
    pub health: Health,
    /// How long the answer took.
    pub latency: Option<Duration>,
    /// What was counted.
    pub value: Option<f64>,
}

impl Readings {
    /// What charts want of `observations`. Of several that were made one it is the worst, and the slowest answer.
    pub fn of(observations: &Observations) -> Self {
        let series = |signal: &Described| Series {
            signal: signal.id.clone(),
            counts: (signal.board == Some(Board::Payments)).then(|| UNDELIVERED.to_owned()),
            points: Vec::new(),
        };
        let mut series: Vec<Series> = observations.signals.iter().map(series).collect();
        for (place, observation) in &observations.rows {
            let place = usize::try_from(*place).ok();
            if let Some(series) = place.and_then(|place| series.get_mut(place)) {
                series.points.push(point(observation));
            }
        }
        series.retain(|series| !series.points.is_empty());
        Self { series }
    }

    /// The instant of the oldest.
    pub(in crate::report) fn first(&self) -> Option<Timestamp> {
        self.series.iter().filter_map(|series| series.points.first()).map(|point| point.at).min()
    }

    /// The instant of the newest.
    pub(in crate::report) fn last(&self) -> Option<Timestamp> {
        self.series.iter().filter_map(|series| series.points.last()).map(|point| point.at).max()
    }
}

fn point(observation: &Observation) -> Point {
    let slowest = observation.merged.map_or(observation.micros, |merged| merged.highest);
    let undelivered = observation.figures.as_ref().and_then(|figures| figures.undelivered);
    Point {
        at: observation.at,
        health: observation.health,
        latency: (slowest != NO_ANSWER).then(|| Duration::from_micros(u64::from(slowest))),
        value: undelivered.map(f64::from),
    }
}
