//! The recording: every fact with the instant from which on it holds, every reading, and the moments one goes to.

use crate::domain::fact::{Fact, Logged};
use crate::domain::ids::{IncidentId, SignalId};
use crate::domain::observation::{NO_ANSWER, Observation, Observations};
use crate::domain::reading::Health;
use crate::domain::time::Timestamp;

use super::super::plan::Plan;
use super::super::{SAMPLE_WINDOW, SignalFeed};
use super::sample;

/// A recording.
#[derive(Debug)]
pub struct Reel {
    /// What is shown, in a few words: `INC-7 P1 checkout is down`.
    pub title: String,
    /// When the incident was declared; the beginning where it is not known.
    pub declared: Timestamp,
    /// The first instant that can be shown.
    pub from: Timestamp,
    /// The last one.
    pub to: Timestamp,
    /// What one goes to, in the order of time.
    pub moments: Vec<Moment>,
    pub(super) facts: Vec<Logged>,
    /// From when on each fact holds: never before the one before it, whatever was done to the clock.
    pub(super) when: Vec<Timestamp>,
    /// Readings, each with its signal's place in the plan.
    pub(super) rows: Vec<(u32, Observation)>,
    /// The places in `rows` of each signal of the plan.
    by_signal: Vec<Vec<u32>>,
    /// When the observer was known to be cut off: since when that was so, and when it was seen.
    pub(super) sick: Vec<(Timestamp, Timestamp)>,
    observers: Vec<bool>,
}

/// Something that one may want to go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: MomentKind,
}

/// What a moment is: the first is seen first where several share a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MomentKind {
    /// A signal went red.
    Red,
    /// An update was posted.
    Post,
    /// Somebody did something.
    Deed,
}

impl Reel {
    /// A recording of these facts and observations, shown from `from` to `to`. Observations of signals that `plan` does
    /// not have are left out.
    pub fn new(
        plan: &Plan,
        facts: Vec<Logged>,
        observations: Observations,
        (from, to): (Timestamp, Timestamp),
        incident: Option<&IncidentId>,
    ) -> Self {
        let mut latest = Timestamp::from_millis(i64::MIN / 4);
        let when: Vec<Timestamp> = facts
            .iter()
            .map(|logged| {
                latest = latest.max(logged.at);
                latest
            })
            .collect();
        let places: Vec<Option<u32>> = observations
            .signals
            .iter()
            .map(|described| plan.signal_index(&described.id).and_then(|at| u32::try_from(at).ok()))
            .collect();
        let rows: Vec<(u32, Observation)> = observations
            .rows
            .into_iter()
            .filter_map(|(signal, row)| Some((places.get(signal as usize).copied().flatten()?, row)))
            .collect();
        let mut by_signal = vec![Vec::new(); plan.signals.len()];
        for (place, (signal, _)) in (0_u32..).zip(&rows) {
            by_signal[*signal as usize].push(place);
        }
        let declared = facts.iter().find_map(|logged| match &logged.fact {
            Fact::IncidentDeclared { incident: known, .. } if Some(known) == incident => Some(logged.at),
            _ => None,
        });
        let observers = plan.signals.iter().map(|signal| signal.observer).collect();
        let mut reel = Self {
            title: String::new(),
            declared: declared.unwrap_or(from),
            from,
            to: to.max(from),
            moments: moments(&facts, &when, from, to),
            facts,
            when,
            rows,
            by_signal,
            sick: Vec::new(),
            observers,
        };
        reel.sick = reel.cut_off(plan);
        reel
    }

    /// When the observer was seen to be cut off, and when one of its checks had answered last before that.
    fn cut_off(&self, plan: &Plan) -> Vec<(Timestamp, Timestamp)> {
        let seen = self.facts.iter().zip(&self.when);
        let seen = seen.filter(|(logged, _)| matches!(logged.fact, Fact::ObserverSick { .. }));
        seen.map(|(_, at)| {
            let well = |index: &usize| {
                let known = self.of(*index, *at).iter().rev().map(|row| &self.rows[*row as usize].1);
                let recent = known.take_while(|row| row.at >= at.minus(SAMPLE_WINDOW));
                recent.filter(|row| row.health != Health::Down).map(|row| row.at).max()
            };
            (plan.observers().iter().filter_map(well).max().unwrap_or_default(), *at)
        })
        .collect()
    }

    /// The readings of a signal up to `to`, by their places, oldest first.
    pub(super) fn of(&self, signal: usize, to: Timestamp) -> &[u32] {
        let Some(places) = self.by_signal.get(signal) else { return &[] };
        &places[..places.partition_point(|place| self.rows[*place as usize].1.at <= to)]
    }

    /// Takes in what was read of a signal lately, as it was known at `to`.
    pub(super) fn read_again(&self, signal: usize, to: Timestamp, feed: &mut SignalFeed) {
        let (known, oldest) = (self.of(signal, to), to.minus(SAMPLE_WINDOW));
        let first = known.partition_point(|place| self.rows[*place as usize].1.at < oldest);
        for place in &known[first..] {
            let row = &self.rows[*place as usize].1;
            let unanswered = row.health == Health::Down && row.micros == NO_ANSWER && !self.observers[signal];
            let unsaid = |(since, at): &(Timestamp, Timestamp)| row.at > *since && row.at <= *at && *at <= to;
            let health = if unanswered && self.sick.iter().any(unsaid) { Health::Blind } else { row.health };
            feed.samples.push(sample(row, health));
        }
    }

    /// Signals that facts name, in the order in which they first do.
    pub fn signals(facts: &[Logged]) -> Vec<SignalId> {
        let mut seen = std::collections::BTreeSet::new();
        let named = facts.iter().filter_map(|logged| match &logged.fact {
            Fact::Settled { signal, .. } => Some(signal),
            _ => None,
        });
        named.filter(|signal| seen.insert((*signal).clone())).cloned().collect()
    }

    /// The next moment of this kind after `at`.
    pub fn after(&self, at: Timestamp, kind: MomentKind) -> Option<Timestamp> {
        self.moments.iter().find(|moment| moment.kind == kind && moment.at > at).map(|moment| moment.at)
    }

    /// The last moment of this kind before `at`.
    pub fn before(&self, at: Timestamp, kind: MomentKind) -> Option<Timestamp> {
        self.moments.iter().rev().find(|moment| moment.kind == kind && moment.at < at).map(|moment| moment.at)
    }
}

fn moments(facts: &[Logged], when: &[Timestamp], from: Timestamp, to: Timestamp) -> Vec<Moment> {
    let kind = |fact: &Fact| match fact {
        Fact::Settled { to: Health::Down, .. } => Some(MomentKind::Red),
        Fact::Posted { .. } => Some(MomentKind::Post),
        fact if fact.is_deed() && fact.is_told() => Some(MomentKind::Deed),
        _ => None,
    };
    let seen = facts.iter().zip(when).filter(|(_, at)| (from..=to).contains(*at));
    seen.filter_map(|(logged, at)| Some(Moment { at: *at, kind: kind(&logged.fact)? })).collect()
}
