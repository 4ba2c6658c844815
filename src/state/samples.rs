//! The last fifteen minutes of a signal, small enough to keep for ten thousand of them.

use std::collections::VecDeque;
use std::time::Duration;

use hdrhistogram::Histogram;

use crate::domain::reading::Health;
use crate::domain::time::Timestamp;

/// How long samples are kept.
pub const WINDOW: Duration = Duration::from_secs(15 * 60);

/// At most this many are kept: a reading a second for the whole window.
const MOST: usize = 900;

/// One reading, without its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// When.
    pub at: Timestamp,
    /// Microseconds to the answer; `u32::MAX` where there was none.
    pub micros: u32,
    /// What it said.
    pub health: Health,
}

/// What the samples of a span say together.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Statistics {
    /// How many samples.
    pub count: usize,
    /// Median latency of those that answered.
    pub p50: Option<Duration>,
    /// 95th percentile of the same.
    pub p95: Option<Duration>,
    /// Down among those that could be measured, 0 to 1.
    pub error_rate: Option<f64>,
}

/// A sliding window of samples, held in eight bytes each.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    /// What samples are counted from.
    start: Timestamp,
    packed: VecDeque<Packed>,
}

/// A sample as it is held.
#[derive(Clone, Copy, Debug)]
struct Packed {
    /// Milliseconds since the start.
    after: u32,
    /// Microseconds in the upper thirty bits, all set where there was no answer; health in the others.
    said: u32,
}

/// Thirty bits of microseconds that stand for no answer: one less is the longest latency held, 17
/// minutes.
const NO_ANSWER: u32 = (1 << 30) - 1;

impl Packed {
    fn new(start: Timestamp, sample: Sample) -> Option<Self> {
        let after = u32::try_from(sample.at.millis().checked_sub(start.millis())?).ok()?;
        let micros = if sample.micros == u32::MAX { NO_ANSWER } else { sample.micros.min(NO_ANSWER - 1) };
        let health = match sample.health {
            Health::Ok => 0,
            Health::Degraded => 1,
            Health::Blind => 2,
            Health::Down => 3,
        };
        Some(Self { after, said: micros << 2 | health })
    }

    fn sample(self, start: Timestamp) -> Sample {
        let micros = self.said >> 2;
        Sample {
            at: start.plus(Duration::from_millis(u64::from(self.after))),
            micros: if micros == NO_ANSWER { u32::MAX } else { micros },
            health: match self.said & 3 {
                0 => Health::Ok,
                1 => Health::Degraded,
                2 => Health::Blind,
                _ => Health::Down,
            },
        }
    }
}

impl Samples {
    /// What did not answer after `since` says nothing of the far side after all.
    pub fn unsay(&mut self, since: Timestamp) {
        let start = self.start;
        for packed in &mut self.packed {
            let sample = packed.sample(start);
            if sample.at > since && sample.health == Health::Down && sample.micros == u32::MAX {
                packed.said = NO_ANSWER << 2 | 2;
            }
        }
    }

    /// Adds a sample and drops what has left the window.
    pub fn push(&mut self, sample: Sample) {
        let oldest = sample.at.minus(WINDOW);
        while self.packed.len() >= MOST
            || self.packed.front().is_some_and(|first| first.sample(self.start).at < oldest)
        {
            self.packed.pop_front();
        }
        let packed = Packed::new(self.start, sample).or_else(|| {
            // Too far from the start: what is held is counted from a later or earlier one.
            let (from, first) = (self.start, self.packed.front().map(|first| first.sample(self.start).at));
            self.start = first.map_or(sample.at, |first| first.min(sample.at));
            self.packed =
                self.packed.iter().filter_map(|held| Packed::new(self.start, held.sample(from))).collect();
            Packed::new(self.start, sample)
        });
        self.packed.extend(packed);
    }

    /// Moves every sample with a clock that was set by `by_millis`.
    pub fn shift(&mut self, by_millis: i64) {
        self.start = self.start.shifted(by_millis);
    }

    /// The samples no older than `span`, oldest first.
    pub fn within(&self, now: Timestamp, span: Duration) -> impl Iterator<Item = Sample> {
        let oldest = now.minus(span);
        self.packed.iter().map(|held| held.sample(self.start)).filter(move |sample| sample.at >= oldest)
    }

    /// The statistics of the samples no older than `span`; `scratch` is cleared and reused.
    pub fn statistics(&self, now: Timestamp, span: Duration, scratch: &mut Histogram<u32>) -> Statistics {
        scratch.reset();
        let (mut count, mut measured, mut down) = (0_usize, 0_u32, 0_u32);
        for sample in self.within(now, span) {
            count += 1;
            if sample.health != Health::Blind {
                measured += 1;
                down += u32::from(sample.health == Health::Down);
            }
            if sample.micros != u32::MAX {
                scratch.saturating_record(u64::from(sample.micros).max(1));
            }
        }
        let quantile =
            |q: f64| (!scratch.is_empty()).then(|| Duration::from_micros(scratch.value_at_quantile(q)));
        Statistics {
            count,
            p50: quantile(0.5),
            p95: quantile(0.95),
            error_rate: (measured > 0).then(|| f64::from(down) / f64::from(measured)),
        }
    }

    /// An empty histogram that holds any sample: 1 µs to 71 minutes at two significant figures.
    pub fn scratch() -> Option<Histogram<u32>> {
        Histogram::new_with_bounds(1, u64::from(u32::MAX), 2).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(millis: i64, micros: u32, health: Health) -> Sample {
        Sample { at: Timestamp::from_millis(millis), micros, health }
    }

    fn held(samples: &Samples, now: i64) -> Vec<Sample> {
        samples.within(Timestamp::from_millis(now), WINDOW).collect()
    }

    #[test]
    fn what_is_held_is_what_was_added() {
        const START: i64 = 1_795_271_520_000;
        let added = [
            sample(START, 0, Health::Ok),
            sample(START + 1, 1, Health::Degraded),
            sample(START + 2, u32::MAX, Health::Blind),
            sample(START + 3, 3_000_000, Health::Down),
        ];
        let mut samples = Samples::default();
        added.into_iter().for_each(|sample| samples.push(sample));
        assert_eq!(held(&samples, START + 3), added);
        // A clock that was set takes all of them along.
        samples.shift(-3_600_000);
        let moved = added.map(|known| Sample { at: known.at.shifted(-3_600_000), ..known });
        assert_eq!(held(&samples, START - 3_600_000), moved);
        // A latency longer than fits is a long one, and an answer all the same.
        samples.push(sample(START, u32::MAX - 1, Health::Ok));
        assert_eq!(held(&samples, START).last().map(|last| last.micros), Some(NO_ANSWER - 1));
    }

    #[test]
    fn it_goes_on_for_years_and_survives_a_sample_from_before() {
        const DAY: i64 = 24 * 3_600_000;
        let mut samples = Samples::default();
        for day in 0..1_000 {
            for at in [day * DAY, day * DAY + 10_000] {
                samples.push(sample(at, 7, Health::Ok));
            }
            assert_eq!(held(&samples, day * DAY + 10_000).len(), 2, "{day}");
        }
        let last = 999 * DAY;
        samples.push(sample(last - 5_000, 8, Health::Down));
        let instants: Vec<i64> = held(&samples, last).iter().map(|sample| sample.at.millis()).collect();
        assert_eq!(instants, [last, last + 10_000, last - 5_000]);
    }
}
