//! Rollbacks: what facts say of each, which releases can be gone back to now, and what the card says before one begins.

use std::time::Duration;

use crate::domain::board::Board;
use crate::domain::entry::{Entry, EntryRef};
use crate::domain::fact::{Fact, Logged};
use crate::domain::ids::{RollbackId, RunId, SignalId};
use crate::domain::rollback::{Outcome, Side};
use crate::domain::time::Timestamp;

use super::{Model, Run, RunState, Watch};

/// The name of the offer that goes back to a release.
pub const OFFER: &str = "rollback";

/// One rollback, as facts have left it.
#[derive(Clone, Debug, PartialEq)]
pub struct Rollback {
    /// Its name.
    pub id: RollbackId,
    /// The run that does it.
    pub run: RunId,
    /// The signal that lists the releases.
    pub signal: SignalId,
    /// What was live.
    pub from: Option<Side>,
    /// What is gone back to.
    pub to: Side,
    /// How long it may take.
    pub budget: Duration,
    /// Whether nobody's service depended on it.
    pub rehearsal: bool,
    /// What it leaves to be done.
    pub leaves: Vec<String>,
    /// How many machines there were before.
    pub machines: Option<usize>,
    /// Who began it.
    pub by: String,
    /// When.
    pub began: Timestamp,
    /// How it ended, how long it took, and when that was.
    pub ended: Option<(Outcome, Duration, Timestamp)>,
}

impl Watch {
    pub(super) fn apply_rollback(&mut self, logged: &Logged) {
        match &logged.fact {
            Fact::RollbackBegan {
                rollback,
                run,
                signal,
                from,
                to,
                budget,
                rehearsal,
                leaves,
                machines,
                by,
                ..
            } => self.rollbacks.push(Rollback {
                id: rollback.clone(),
                run: run.clone(),
                signal: signal.clone(),
                from: from.clone(),
                to: to.clone(),
                budget: *budget,
                rehearsal: *rehearsal,
                leaves: leaves.clone(),
                machines: *machines,
                by: by.clone(),
                began: logged.at,
                ended: None,
            }),
            Fact::RollbackEnded { rollback, outcome, took, .. } => {
                let known = self.rollbacks.iter_mut().rev().find(|known| known.id == *rollback);
                known.into_iter().for_each(|known| known.ended = Some((*outcome, *took, logged.at)));
            }
            _ => {}
        }
    }

    /// The rollback that `run` does.
    pub fn rollback_of(&self, run: &RunId) -> Option<&Rollback> {
        self.rollbacks.iter().rev().find(|known| known.run == *run)
    }

    /// The newest rollback whose effect was seen: a rehearsal or, where not, a real one.
    pub fn measured_rollback(&self, rehearsal: bool) -> Option<(&Rollback, Duration, Timestamp)> {
        self.rollbacks.iter().rev().filter(|known| known.rehearsal == rehearsal).find_map(|known| {
            let (outcome, took, at) = known.ended?;
            (outcome == Outcome::InEffect).then_some((known, took, at))
        })
    }
}

/// A release that could be gone back to.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// The signal that lists it.
    pub signal: &'a SignalId,
    /// The release.
    pub entry: &'a Entry,
    /// What is live there.
    pub live: Option<&'a Entry>,
    /// When it was listed.
    pub listed: Timestamp,
}

impl Candidate<'_> {
    /// By what it is known.
    pub fn key(&self) -> EntryRef {
        EntryRef { signal: self.signal.clone(), key: self.entry.key.clone() }
    }

    /// Why it cannot be gone back to.
    pub fn refused(&self) -> Option<&str> {
        self.entry.offers.iter().find(|offer| offer.name == OFFER)?.refused.as_deref()
    }
}

/// Every release that a source offers to go back to, those that can be first; of each source the newest first. What is
/// live is none.
pub fn candidates(model: &Model) -> Vec<Candidate<'_>> {
    let mut all = Vec::new();
    for at in model.plan.listed(Board::Deploys) {
        let signal = &model.plan.signals[at].id;
        let Some(listing) = &model.feed.signals[at].listing else { continue };
        let is_live = |entry: &&Entry| entry.tags.iter().any(|tag| tag == "live");
        let live = listing.entries.iter().find(is_live);
        let offered = |entry: &&Entry| entry.offers.iter().any(|offer| offer.name == OFFER);
        let mut of: Vec<Candidate<'_>> = listing
            .entries
            .iter()
            .filter(|entry| offered(entry) && !is_live(entry))
            .map(|entry| Candidate { signal, entry, live, listed: listing.at })
            .collect();
        of.sort_by_key(|one| std::cmp::Reverse(one.entry.at));
        all.extend(of);
    }
    all.sort_by_key(|one| one.refused().is_some());
    all
}

/// What is known of a release.
pub fn side(entry: &Entry) -> Side {
    let fact =
        |label: &str| entry.facts.iter().find(|(known, _)| *known == label).map(|(_, text)| text.clone());
    let cell =
        |heading: &str| entry.cells.iter().find(|(known, _)| *known == heading).map(|(_, text)| text.clone());
    Side {
        release: entry.release.clone().unwrap_or_else(|| entry.key.clone()),
        commit: fact("commit"),
        author: cell("BY").filter(|author| !author.is_empty()),
        at: entry.at,
    }
}

/// The signal that lists the machines of the source of `signal`, by its place in the plan.
pub fn machines_at(model: &Model, signal: &SignalId) -> Option<usize> {
    let source = model.plan.signals[model.plan.signal_index(signal)?].source;
    model.plan.listed(Board::Infrastructure).find(|at| model.plan.signals[*at].source == source)
}

/// How many machines the source of `signal` lists.
pub fn machines(model: &Model, signal: &SignalId) -> Option<usize> {
    let listing = model.feed.signals[machines_at(model, signal)?].listing.as_ref()?;
    let is_machine =
        |entry: &&Entry| entry.offers.iter().any(|offer| matches!(offer.name, "restart" | "start"));
    Some(listing.entries.iter().filter(is_machine).count()).filter(|count| *count > 0)
}

/// What the card says of a rollback that is about to be confirmed.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// What is live.
    pub from: Option<Side>,
    /// What is gone back to.
    pub to: Side,
    /// What the rule says.
    pub rule: String,
    /// The run that looks whether what is deployed is there, and what it looks for.
    pub before: Option<(RunId, String)>,
    /// The run that lists what was migrated.
    pub migrations: Option<RunId>,
}

/// How something that the card asks about stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is still being asked.
    Waits,
    /// It is as it should be, or this was listed.
    Yes(Vec<String>),
    /// It is not, and why.
    No(String),
}

/// What `run` has answered.
pub fn answer(watch: &Watch, run: &RunId) -> Answer {
    let Some(run) = watch.run(run) else { return Answer::No("it was not asked".into()) };
    match &run.state {
        RunState::Requested | RunState::Accepted(_) => Answer::Waits,
        RunState::Observed(..) | RunState::Verified(_) => Answer::Yes(printed(run)),
        RunState::NotInEffect(why)
        | RunState::Failed(why)
        | RunState::Cancelled(why)
        | RunState::Unknown(why) => {
            let said = run.output.iter().rev().find(|line| line.error && !line.text.trim().is_empty());
            Answer::No(said.map_or_else(|| why.clone(), |line| format!("{}: {why}", line.text.trim())))
        }
    }
}

fn printed(run: &Run) -> Vec<String> {
    let lines = run.output.iter().filter(|line| !line.error && !line.text.trim().is_empty());
    lines.map(|line| line.text.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

impl Card {
    /// Why it cannot be confirmed yet, or at all.
    pub fn refusal(&self, watch: &Watch) -> Option<String> {
        let (run, what) = self.before.as_ref()?;
        match answer(watch, run) {
            Answer::Waits => Some(format!("wait: whether {what} is still being asked")),
            Answer::Yes(_) => None,
            Answer::No(why) => Some(format!("refused: {what}: NO: {why}")),
        }
    }

    /// What is known of migrations, in words, and whether that is nothing to worry about.
    pub fn migrated(&self, watch: &Watch) -> (String, bool) {
        let Some(run) = &self.migrations else {
            return ("Whether it migrated is not known here: look before you go on".into(), false);
        };
        match answer(watch, run) {
            Answer::Waits => ("Whether it migrated is being asked …".into(), false),
            Answer::Yes(lines) if lines.is_empty() => ("It did not migrate anything".into(), true),
            Answer::Yes(lines) => {
                let first = crate::domain::text::clip(&lines[0], 60).into_owned();
                let more =
                    if lines.len() > 1 { format!(" and {} more", lines.len() - 1) } else { String::new() };
                (format!("IT MIGRATED: {first}{more}. That is not undone"), false)
            }
            Answer::No(why) => (format!("Whether it migrated could not be told: {why}"), false),
        }
    }
}
