//! The company at one moment, as its vendors see it: what was told so far, what was done, what time
//! it is. Vendors compute their answers from it and keep nothing.

use std::ops::Range;
use std::time::Duration;

use super::super::chance::{chance, number};
use super::super::deed::{Act, Deed};
use super::super::fault::{Fault, Target};
use super::super::scenario::{Scenario, State};
use super::errand::Errand;
use crate::domain::time::Timestamp;

/// How many of the newest times of a rhythm are told one by one; older ones are only counted.
const MOST_TIMES: u64 = 2_000;

/// The company at one moment.
#[derive(Clone, Debug)]
pub struct Moment<'w> {
    /// The story.
    pub scenario: &'w Scenario,
    /// The scenario's clock.
    pub elapsed: Duration,
    /// What operators did, oldest first.
    pub deeds: Vec<Deed>,
    /// What is wrong now.
    pub state: State,
    /// The wall clock's time when the company began.
    pub begun: Timestamp,
    /// How many times as fast as life the scenario's clock runs.
    pub speed: f64,
    /// What chance begins with.
    pub seed: u64,
}

/// Times on the scenario's clock, oldest first, and how many more were before them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many are not in `times`.
    pub earlier: u64,
    /// The newest.
    pub times: Vec<Duration>,
}

impl Moment<'_> {
    /// The wall clock's time at `at` on the scenario's clock: a faster story is told in less time.
    pub fn wall(&self, at: Duration) -> Timestamp {
        self.begun.plus(at.div_f64(self.speed))
    }

    /// Now, by the wall clock.
    pub fn now(&self) -> Timestamp {
        self.wall(self.elapsed)
    }

    /// The wall clock's time `span` before the company began.
    pub fn before(&self, span: Duration) -> Timestamp {
        self.begun.minus(span)
    }

    /// What vendors were asked to do, with the time.
    pub fn errands(&self) -> impl DoubleEndedIterator<Item = (Duration, &Errand)> {
        self.deeds.iter().filter_map(|deed| match &deed.what {
            Act::AtVendor(errand) => Some((deed.at, errand)),
            Act::Maintenance(_) | Act::Restart(_) | Act::Purge => None,
        })
    }

    /// What was told about `target` so far; see [`Scenario::course`].
    pub fn course(&self, target: Target) -> Vec<(&Fault, Vec<Range<Duration>>)> {
        self.scenario.course(target, self.elapsed, &self.deeds)
    }

    /// What is wrong with `target` now.
    pub fn fault(&self, target: Target) -> Fault {
        self.state.fault(target)
    }

    /// The same company earlier.
    #[must_use]
    pub fn at(&self, elapsed: Duration) -> Self {
        let deeds: Vec<Deed> = self.deeds.iter().filter(|deed| deed.at <= elapsed).cloned().collect();
        let state = self.scenario.state_at(elapsed, &deeds);
        Self { elapsed, deeds, state, ..self.clone() }
    }

    /// A number from 0 to 1, always the same for the same arguments.
    pub fn chance(&self, stream: u64, position: u64) -> f64 {
        chance(self.seed, stream, position)
    }

    /// A number that names something, always the same for the same arguments.
    pub fn number(&self, stream: u64, position: u64) -> u64 {
        number(self.seed, stream, position)
    }
}

impl Tally {
    /// `rate` times a minute during each of `spans`.
    pub fn rhythm(rate: f64, spans: &[Range<Duration>]) -> Self {
        let Ok(period) = Duration::try_from_secs_f64(60.0 / rate) else { return Self::default() };
        let mut tally = Self::default();
        for span in spans {
            let first = span.start.saturating_add(period / 4);
            let Some(room) = span.end.checked_sub(first).filter(|room| !room.is_zero()) else { continue };
            // The end is not in the span any more.
            let count = u64::try_from((room.as_nanos() - 1) / period.as_nanos().max(1)).unwrap_or(0) + 1;
            let skipped = count.saturating_sub(MOST_TIMES);
            tally.earlier += skipped;
            let time = |beat: u64| {
                let nanos = period.as_nanos().saturating_mul(u128::from(beat));
                first.saturating_add(Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)))
            };
            tally.times.extend((skipped..count).map(time));
        }
        tally
    }

    /// Takes over all of `other`, and keeps the order.
    pub fn join(&mut self, other: Self) {
        self.earlier += other.earlier;
        self.times.extend(other.times);
        self.times.sort_unstable();
    }

    /// How many there are in all.
    pub fn count(&self) -> u64 {
        self.earlier + self.times.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rhythm_beats_only_while_it_lasts() {
        let seconds = Duration::from_secs;
        let tally = Tally::rhythm(6.0, &[seconds(10)..seconds(30), seconds(60)..seconds(61)]);
        let times: Vec<f64> = tally.times.iter().map(Duration::as_secs_f64).collect();
        assert_eq!(times, [12.5, 22.5]);
        let long = Tally::rhythm(60.0, &[Duration::ZERO..seconds(10_000)]);
        assert_eq!((long.count(), long.times.len()), (10_000, 2_000));
        assert!(long.times.is_sorted());
    }
}
