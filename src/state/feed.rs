//! The feed: what was measured lately and what is in flight. None of it is worth keeping.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::domain::action::Purpose;
use crate::domain::ids::{ActionId, RunId};
use crate::domain::io::OutputLine;
use crate::domain::reading::{Evidence, Reading};
use crate::domain::time::Timestamp;

use super::flapping::Flapping;
use super::plan::Plan;
use super::samples::Samples;
use super::settle::Settling;

/// What is measured and in flight.
#[derive(Debug)]
pub struct Feed {
    /// One a signal, in the plan's order.
    pub signals: Vec<SignalFeed>,
    /// When each signal is due, soonest first.
    pub due: BTreeSet<(Timestamp, usize)>,
    /// Positions of signals, worst first: the order of the health pane.
    pub order: Vec<usize>,
    /// Signals in each health, by `Health as usize`; kept with `order`.
    pub counts: [usize; 4],
    /// Whether `order` is out of date.
    pub unordered: bool,
    /// How the journal is.
    pub journal: JournalState,
    /// Runs whose request is on its way to the disk, by the fact's place in the journal.
    pub requested: BTreeMap<u64, RunId>,
    /// Runs that are out in the world now.
    pub running: BTreeSet<RunId>,
    /// Those of them that were told to stop.
    pub stopping: BTreeSet<RunId>,
    /// Output of runs that are out, as it comes.
    pub outputs: BTreeMap<RunId, LiveOutput>,
    /// When it was last looked for what has run out.
    pub expired: Timestamp,
    /// Effects that should be seen soon.
    pub awaited: Vec<Awaited>,
}

/// Whether facts reach the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JournalState {
    /// They do, up to this place.
    Writing(u64),
    /// Another console writes; this one looks on.
    ReadOnly(String),
    /// They do not any more: nothing runs.
    Failed(String),
    /// There is none: facts are told to whoever asked for them, and nothing runs.
    Unkept,
}

/// Output of a run that is still out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LiveOutput {
    /// The newest lines.
    pub lines: VecDeque<OutputLine>,
    /// Lines let go.
    pub dropped: usize,
}

impl LiveOutput {
    /// Lines held while a run is out.
    const MOST: usize = 2_000;

    /// Adds a line and lets the oldest go when there are too many.
    pub fn push(&mut self, line: OutputLine) {
        if self.lines.len() == Self::MOST {
            self.lines.pop_front();
            self.dropped += 1;
        }
        self.lines.push_back(line);
    }
}

/// An effect that a signal should show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Awaited {
    /// The run that should have caused it.
    pub run: RunId,
    /// Its action.
    pub action: ActionId,
    /// Which way.
    pub purpose: Purpose,
    /// The signal that shows it, by its place in the plan.
    pub signal: usize,
    /// Readings before this one do not count.
    pub since: Timestamp,
    /// When to give up.
    pub deadline: Timestamp,
    /// Whether a reading since then could tell, and said that it is not in effect.
    pub told: bool,
}

/// What is measured of one signal.
#[derive(Clone, Debug, Default)]
pub struct SignalFeed {
    /// Counts polls; an answer to an older one is dropped.
    pub attempt: u64,
    /// Whether a poll is out.
    pub in_flight: bool,
    /// When the poll that is out, or the next one, was due.
    pub scheduled: Timestamp,
    /// Its entry in [`Feed::due`].
    pub next: Timestamp,
    /// The newest reading.
    pub last: Option<Reading>,
    /// The newest reply that was not ok.
    pub last_bad: Option<Arc<Evidence>>,
    /// The last fifteen minutes.
    pub samples: Samples,
    /// The counters behind soft and hard.
    pub settling: Settling,
    /// The last settled states.
    pub flapping: Flapping,
    /// Answers in a row in which the source spoke of itself: what back-off grows with.
    pub refused: u32,
}

impl Feed {
    /// Nothing measured yet, every signal due soon: spread so that many do not start at once.
    pub fn new(plan: &Plan) -> Self {
        Self {
            signals: vec![SignalFeed::default(); plan.signals.len()],
            due: BTreeSet::new(),
            order: Vec::new(),
            counts: [0; 4],
            unordered: true,
            journal: JournalState::Writing(0),
            requested: BTreeMap::new(),
            running: BTreeSet::new(),
            stopping: BTreeSet::new(),
            outputs: BTreeMap::new(),
            expired: Timestamp::default(),
            awaited: Vec::new(),
        }
    }

    /// Moves everything that is counted from or due with a clock that was set by `by_millis`.
    pub fn shift(&mut self, by_millis: i64) {
        self.due = self.due.iter().map(|(at, index)| (at.shifted(by_millis), *index)).collect();
        for signal in &mut self.signals {
            signal.scheduled = signal.scheduled.shifted(by_millis);
            signal.next = signal.next.shifted(by_millis);
            if let Some(last) = &mut signal.last {
                last.at = last.at.shifted(by_millis);
            }
            signal.samples.shift(by_millis);
            signal.settling.shift(by_millis);
        }
        for awaited in &mut self.awaited {
            awaited.since = awaited.since.shifted(by_millis);
            awaited.deadline = awaited.deadline.shifted(by_millis);
        }
        self.expired = self.expired.shifted(by_millis);
    }

    /// When something is due next.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Whether nothing is out: no poll, no run, no fact on its way to the disk.
    pub fn is_idle(&self, last_seq: u64) -> bool {
        let written = match self.journal {
            JournalState::Writing(through) => through >= last_seq,
            JournalState::ReadOnly(_) | JournalState::Failed(_) | JournalState::Unkept => true,
        };
        written && self.running.is_empty() && self.signals.iter().all(|signal| !signal.in_flight)
    }
}
