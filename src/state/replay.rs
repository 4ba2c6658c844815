//! A replay: what was recorded of an incident, and where in it one is. The watch and the feed at an instant follow from
//! the recording and the instant alone: whichever way one came there, they are the same.
//!
//! Knows no clock of its own: who plays it says how much time went by.

mod reel;
mod speed;

pub use reel::{Moment, MomentKind, Reel};
pub use speed::Speed;

use std::time::Duration;

use crate::domain::observation::Observation;
use crate::domain::reading::Health;
use crate::domain::time::Timestamp;

use super::settle::Settling;
use super::watch::Watch;
use super::{Model, SAMPLE_WINDOW, Sample, SignalFeed};

/// Facts between two copies of the watch at least: going back begins at the last copy before.
const APART: usize = 2_000;
/// Copies at most: one of ten thousand signals has a few megabytes.
const COPIES: usize = 24;
/// Readings that soft states are counted from: more than any rule needs.
const COUNTED: usize = 12;

/// Whether it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    /// It does, since that instant of the operator's clock.
    Plays {
        /// Up to when it was played.
        told: Timestamp,
    },
    /// It stands still.
    Paused,
}

/// Where in a recording one is.
#[derive(Debug)]
pub struct Replay {
    /// What was recorded.
    pub reel: Reel,
    /// The instant that is shown.
    pub at: Timestamp,
    /// How many times faster than life it goes.
    pub speed: Speed,
    /// Whether it goes on.
    pub motion: Motion,
    /// Facts that were applied.
    facts: usize,
    /// Readings that were taken in.
    rows: usize,
    /// Copies of the watch, by how many facts were applied to it.
    copies: Vec<(usize, Watch)>,
}

impl Replay {
    /// The recording, before its first fact.
    pub fn new(reel: Reel, speed: Speed) -> Self {
        let at = Timestamp::from_millis(i64::MIN / 4);
        Self {
            at,
            reel,
            speed,
            motion: Motion::Paused,
            facts: 0,
            rows: 0,
            copies: vec![(0, Watch::default())],
        }
    }

    /// The next instant at which something happens, and no later than the end.
    pub fn next(&self) -> Timestamp {
        let fact = self.reel.when.get(self.facts).copied();
        let row = self.reel.rows.get(self.rows).map(|(_, row)| row.at);
        fact.into_iter().chain(row).min().unwrap_or(self.reel.to).min(self.reel.to)
    }

    /// How long until a frame shows something else, by the operator's clock; nothing while it stands still.
    pub fn wait(&self) -> Option<Duration> {
        match self.motion {
            Motion::Paused => None,
            // The clock on screen moves every second, and more is not seen of a long quiet.
            Motion::Plays { .. } if self.speed.times() <= 2 => Some(Duration::from_millis(100)),
            Motion::Plays { .. } => Some(Duration::from_millis(33)),
        }
    }
}

impl Model {
    /// The instant that is shown: that of a replay, or else `now`.
    pub fn instant(&self, now: Timestamp) -> Timestamp {
        self.replay.as_ref().map_or(now, |replay| replay.at)
    }

    /// Plays on by what has gone by at `now` of the operator's clock. At the end it stands still. Whether something else
    /// is to be seen.
    pub fn play(&mut self, now: Timestamp) -> bool {
        let Some(replay) = &mut self.replay else { return false };
        let Motion::Plays { told } = replay.motion else { return false };
        let gone = now.since(told);
        replay.motion = Motion::Plays { told: told.plus(gone) };
        let to = replay.at.plus(gone * replay.speed.times()).min(replay.reel.to);
        if to == replay.reel.to {
            replay.motion = Motion::Paused;
        }
        let (before, happens) = (replay.at, replay.next() <= to);
        self.show(to);
        happens || before.millis().div_euclid(1_000) != to.millis().div_euclid(1_000) || before == to
    }

    /// Shows how it was at `to`, within the recording.
    pub fn show(&mut self, to: Timestamp) {
        let Some(mut replay) = self.replay.take() else { return };
        let to = to.clamp(replay.reel.from, replay.reel.to);
        let before = replay.at;
        let place = self.watch.place.clone();
        self.apply_up_to(&mut replay, to);
        self.read_up_to(&mut replay, before, to);
        replay.at = to;
        if self.watch.place != place
            && let Some(step) = self.watch.place.clone().filter(|step| self.plan.step(step).is_some())
        {
            // Where the operator was is where one looks.
            self.ui.step = Some(step);
        }
        self.replay = Some(replay);
        self.feed.unordered = true;
    }

    fn apply_up_to(&mut self, replay: &mut Replay, to: Timestamp) {
        let wanted = replay.reel.when.partition_point(|when| *when <= to);
        if wanted < replay.facts {
            let at = replay.copies.partition_point(|(facts, _)| *facts <= wanted).saturating_sub(1);
            if let Some((facts, watch)) = replay.copies.get(at) {
                (replay.facts, self.watch) = (*facts, watch.clone());
            }
        }
        let apart = APART.max(replay.reel.facts.len() / COPIES);
        while replay.facts < wanted {
            self.watch.apply(&replay.reel.facts[replay.facts]);
            replay.facts += 1;
            let last = replay.copies.last().map_or(0, |(facts, _)| *facts);
            if replay.facts >= last + apart {
                replay.copies.push((replay.facts, self.watch.clone()));
            }
        }
    }

    fn read_up_to(&mut self, replay: &mut Replay, before: Timestamp, to: Timestamp) {
        let wanted = replay.reel.rows.partition_point(|(_, row)| row.at <= to);
        let unsaid = replay.reel.sick.iter().any(|(_, at)| *at > before && *at <= to);
        if wanted < replay.rows || to.since(before) > SAMPLE_WINDOW || unsaid {
            for (signal, feed) in self.feed.signals.iter_mut().enumerate() {
                *feed = SignalFeed::default();
                replay.reel.read_again(signal, to, feed);
            }
        } else {
            for (signal, row) in &replay.reel.rows[replay.rows..wanted] {
                if let Some(feed) = self.feed.signals.get_mut(*signal as usize) {
                    feed.samples.push(sample(row, row.health));
                }
            }
        }
        replay.rows = wanted;
        for (index, feed) in self.feed.signals.iter_mut().enumerate() {
            let known = replay.reel.of(index, to);
            let Some((last, _)) = known.split_last() else { continue };
            let (_, row) = &replay.reel.rows[*last as usize];
            let held = row.merged.map_or(row.at, |merged| to.min(row.at.plus(merged.span)));
            if feed.last.as_ref().is_some_and(|last| last.at == held) {
                continue;
            }
            feed.last = Some(crate::domain::reading::Reading { at: held, ..row.reading() });
            feed.figures = row.figures.as_deref().map_or((0, 0), |figures| (figures.listed, figures.unwell));
        }
        for (index, feed) in self.feed.signals.iter_mut().enumerate() {
            let signal = &self.plan.signals[index];
            let settled = self.watch.signals.get(&signal.id).map_or(Health::Blind, |known| known.health);
            let known = replay.reel.of(index, to);
            let newest = known.last().map_or(0, |last| *last as usize + 1);
            if feed.counted == Some((newest, settled)) {
                continue;
            }
            feed.counted = Some((newest, settled));
            feed.settling = Settling::default();
            for at in &known[known.len().saturating_sub(COUNTED)..] {
                let (_, row) = &replay.reel.rows[*at as usize];
                // What has settled is a fact; here it is counted how far it is on the way.
                let _ = feed.settling.count(&signal.rules, settled, row.health, row.at, true);
            }
        }
    }
}

fn sample(row: &Observation, health: Health) -> Sample {
    Sample { at: row.at, micros: row.micros, health }
}
