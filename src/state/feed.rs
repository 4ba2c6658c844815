//! The feed: what was measured lately and what is in flight. None of it is worth keeping.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::domain::action::Purpose;
use crate::domain::artifact::Keeping;
use crate::domain::entry::Entry;
use crate::domain::ids::{ActionId, RunId, SignalId};
use crate::domain::io::OutputLine;
use crate::domain::offer::{Call, Check, Offer};
use crate::domain::reading::{Evidence, Health, Reading};
use crate::domain::time::Timestamp;

use super::deputy::Deputy;
use super::flapping::Flapping;
use super::gates::Going;
use super::plan::Plan;
use super::samples::{Sample, Samples};
use super::settle::Settling;
use super::window::Live;

/// What is measured and in flight.
#[derive(Debug)]
pub struct Feed {
    /// When the observer could last reach something again after it could reach nothing.
    pub recovered: Option<Timestamp>,
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
    /// Calls that are out, by their run.
    pub calls: BTreeMap<RunId, Called>,
    /// Effects that are read back.
    pub checks: Vec<Checking>,
    /// Links to posts that are asked for, by the run that posted: what the channel calls the post.
    pub links: BTreeMap<RunId, Option<String>>,
    /// A file that is being kept.
    pub keeping: Option<Keeping>,
    /// Calls that follow one another.
    pub sequences: Vec<Sequence>,
    /// What there is to say about files that were read at the start, by the file.
    pub on_disk: BTreeMap<String, String>,
    /// Commands of a runbook that follow one another now.
    pub gates: Option<Going>,
    /// What was measured of the open window.
    pub window: Option<Live>,
    /// How far the deputy got.
    pub deputy: Deputy,
    /// Signals that were read since somebody last took note, each with the sample that was taken of it.
    pub read: Vec<(usize, Sample)>,
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

/// A call of an offer that is out.
#[derive(Clone, Debug, PartialEq)]
pub struct Called {
    /// The signal that lists what it is done to.
    pub signal: SignalId,
    /// The call.
    pub call: Call,
}

/// An effect that is read back until it is seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Checking {
    /// The run that should have caused it.
    pub run: RunId,
    /// How it is seen.
    pub check: Check,
    /// When it is asked next; `None` while it is being asked.
    pub next: Option<Timestamp>,
    /// When to give up.
    pub deadline: Timestamp,
    /// Whether an answer could tell, and said that it is not in effect.
    pub told: bool,
}

/// Calls that follow one another: the canary first, the rest once its effect is seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Sequence {
    /// The canary's run, by which the sequence is known.
    pub first: RunId,
    /// The signal that lists what it is done to.
    pub signal: SignalId,
    /// The offer.
    pub offer: Offer,
    /// How many calls have left.
    pub sent: usize,
    /// Runs that have not ended.
    pub open: Vec<RunId>,
    /// How many ended as they should.
    pub done: usize,
    /// Why no more calls leave, if so.
    pub stopped: Option<String>,
    /// When the next call may leave; `None` until the canary's effect was seen.
    pub next: Option<Timestamp>,
    /// When the last of it ended: from then on a reading tells what is left.
    pub over: Option<Timestamp>,
}

impl Sequence {
    /// Whether more calls are to leave.
    pub fn is_sending(&self) -> bool {
        self.stopped.is_none() && self.sent < self.offer.calls.len()
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
    /// What was sent to it lately, newest first, and when it came.
    pub pushed: Vec<(Timestamp, Entry)>,
    /// How much was sent to it so far.
    pub received: u64,
    /// How many deliveries to it were not taken so far.
    pub turned_away: u64,
    /// What the source listed last, and when: kept while it cannot be asked.
    pub listing: Option<Listing>,
    /// What an alert's counter stood at, as far back as its rule looks.
    pub history: VecDeque<(Timestamp, f64)>,
    /// Answers in a row in which the source spoke of itself: what back-off grows with.
    pub refused: u32,
    /// In a replay: how much it listed, and how much of that was not well.
    pub figures: (u32, u32),
    /// In a replay: what `settling` was counted up to, and the health it was counted for.
    pub counted: Option<(usize, Health)>,
}

/// What a source listed.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    /// When.
    pub at: Timestamp,
    /// What.
    pub entries: Arc<[Entry]>,
}

impl Feed {
    /// Nothing measured yet, every signal due soon: spread so that many do not start at once.
    pub fn new(plan: &Plan) -> Self {
        Self {
            recovered: None,
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
            calls: BTreeMap::new(),
            checks: Vec::new(),
            links: BTreeMap::new(),
            keeping: None,
            sequences: Vec::new(),
            on_disk: BTreeMap::new(),
            gates: None,
            window: None,
            deputy: Deputy::default(),
            read: Vec::new(),
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
            signal.listing.iter_mut().for_each(|listing| listing.at = listing.at.shifted(by_millis));
            signal.pushed.iter_mut().for_each(|(at, _)| *at = at.shifted(by_millis));
            signal.history.iter_mut().for_each(|(at, _)| *at = at.shifted(by_millis));
        }
        self.recovered.iter_mut().for_each(|at| *at = at.shifted(by_millis));
        self.deputy.rang.iter_mut().for_each(|at| *at = at.shifted(by_millis));
        for awaited in &mut self.awaited {
            awaited.since = awaited.since.shifted(by_millis);
            awaited.deadline = awaited.deadline.shifted(by_millis);
        }
        for check in &mut self.checks {
            check.next.iter_mut().for_each(|at| *at = at.shifted(by_millis));
            check.deadline = check.deadline.shifted(by_millis);
        }
        for sequence in &mut self.sequences {
            sequence.next.iter_mut().chain(&mut sequence.over).for_each(|at| *at = at.shifted(by_millis));
        }
        self.expired = self.expired.shifted(by_millis);
        self.window.iter_mut().for_each(|live| live.shift(by_millis));
    }

    /// When something is due next.
    pub fn next_due(&self) -> Option<Timestamp> {
        let polls = self.due.first().map(|(at, _)| *at);
        let checks = self.checks.iter().flat_map(|check| [Some(check.deadline), check.next]).flatten();
        let calls = self.sequences.iter().filter(|sequence| sequence.is_sending()).filter_map(|one| one.next);
        polls.into_iter().chain(checks).chain(calls).min()
    }

    /// Whether nothing is out: no poll, no run, no fact on its way to the disk.
    pub fn is_idle(&self, last_seq: u64) -> bool {
        let written = match self.journal {
            JournalState::Writing(through) => through >= last_seq,
            JournalState::ReadOnly(_) | JournalState::Failed(_) | JournalState::Unkept => true,
        };
        written
            && self.keeping.is_none()
            && self.running.is_empty()
            && self.signals.iter().all(|signal| !signal.in_flight)
    }
}
