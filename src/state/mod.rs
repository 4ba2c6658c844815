//! The model: what is configured ([`Plan`]), what is known for good ([`Watch`]), what was measured
//! lately ([`Feed`]) and what the operator is looking at ([`Ui`]). Pure.

mod attached;
mod bindings;
pub mod closing;
pub mod composing;
pub mod deadlines;
pub mod deputy;
mod dialogs;
pub mod duties;
mod feed;
mod flapping;
mod gates;
mod incident;
pub mod ladder;
mod looked;
mod mentions;
pub mod notebook;
mod nudges;
pub mod oncall;
mod order;
mod parts;
mod picking;
mod plan;
mod posts;
mod reads;
pub mod replay;
mod replied;
pub mod rollback;
mod samples;
pub mod security;
mod settle;
pub mod threshold;
pub mod timer;
mod ui;
mod values;
mod watch;
pub mod window;

pub use attached::{Attached, Attachment};
pub use bindings::{UNMATCHED, bind};
pub use dialogs::{
    Asking, Candidate, Confirm, Dialog, FailureChoice, Held, Offered, Position, Posting, Prompt,
};
pub use feed::{Awaited, Called, Checking, Feed, JournalState, Listing, LiveOutput, Sequence, SignalFeed};
pub use flapping::{Flapping, START as FLAPPING_STARTS, STOP as FLAPPING_STOPS};
pub use gates::{Gate, GateKind, GateRequest, Gates, GatesConsent, GatesDialog, Going, Standing, standing};
pub use looked::{LookAt, Looked, Looking};
pub use mentions::mention;
pub use notebook::Notebook;
pub use nudges::{Nudge, Nudges};
pub use parts::{
    Acknowledgement, Approval, Begun, Incident, Mark, Mitigation, Obligation, ObligationState, Run, RunState,
    Settled, Sighting, SignalWatch, Silence, Told,
};
pub use picking::{Choice, Picking};
pub use plan::{Environment, Plan, Stage};
pub use posts::{Post, PostStanding, Posts, There};
pub use reads::{Comes, Reads, answer_name, reads};
pub use replied::replied;
pub use samples::WINDOW as SAMPLE_WINDOW;
pub use samples::{Sample, Samples, Statistics};
pub use settle::{Settling, Soft, Verdict, reason_words};
pub use ui::{DueKey, Focus, IncidentKey, NotebookKey, StatementKey, TimersKey, Ui, severity_and_rest};
pub use values::{Given, Value, Values, same_name};
pub use watch::Watch;

use crate::domain::board::Board;
use crate::domain::entry::Entry;
use crate::domain::fact::Release;
use crate::domain::runbook::Runbook;
use crate::domain::time::Timestamp;

/// Everything the core knows.
#[derive(Debug)]
pub struct Model {
    /// As configured: replaced whole, never changed in place.
    pub plan: Plan,
    /// The fold of all facts.
    pub watch: Watch,
    /// Measurements and things in flight: lost at the end, measured anew at the start.
    pub feed: Feed,
    /// What this user has looked at, and may run.
    pub looked: Looked,
    /// Cursor, scroll, dialogs.
    pub ui: Ui,
    /// Where in a recording one is, where this is no console of the present.
    pub replay: Option<Box<replay::Replay>>,
}

impl Model {
    /// A model that has seen `watch`'s facts and nothing else.
    pub fn new(mut plan: Plan, watch: Watch) -> Self {
        plan.add_security_for(&watch);
        let feed = Feed::new(&plan);
        let ui = Ui::new(&plan, &watch);
        Self { plan, watch, feed, looked: Looked::default(), ui, replay: None }
    }

    /// The runbook at hand: where the cursor is, or else the first.
    pub fn at_hand(&self) -> Option<&Runbook> {
        let chosen = self.ui.step.as_ref().and_then(|step| self.plan.runbook(&step.runbook));
        chosen.or_else(|| self.plan.runbooks.first())
    }

    /// The last release that went live before `before`, of all that sources know.
    pub fn release_before(&self, before: Timestamp) -> Option<Release> {
        let listings =
            self.plan.listed(Board::Deploys).filter_map(|at| self.feed.signals[at].listing.as_ref());
        let releases = listings.flat_map(|listing| listing.entries.iter());
        let at = |entry: &&Entry| entry.at.filter(|at| *at <= before && entry.release.is_some());
        let newest = releases.filter(|entry| at(entry).is_some()).max_by_key(at)?;
        release_of(newest, newest.at?)
    }

    /// The release that was first seen last, of those that are live since nobody knows when: with the instant at which it
    /// was seen.
    pub fn release_sighted(&self) -> Option<Release> {
        let listings =
            self.plan.listed(Board::Deploys).filter_map(|at| self.feed.signals[at].listing.as_ref());
        let sighted = listings.flat_map(|listing| listing.entries.iter()).filter(|entry| entry.sighted);
        let untimed = sighted.filter(|entry| entry.at.is_none() && entry.release.is_some());
        let newest = untimed.max_by_key(|entry| entry.began)?;
        release_of(newest, newest.began?)
    }

    /// Cells of a border all around the screen: whoever is not in a console of the present sees it at once.
    pub fn margin(&self) -> u16 {
        u16::from(self.replay.is_some() || matches!(self.plan.stage, Stage::Drill(_)))
    }

    /// The panes that there are: a board only where some source lists something on it.
    pub fn focuses(&self) -> Vec<Focus> {
        let there = |focus: &Focus| match focus {
            Focus::Board(board) => self.plan.listed(*board).next().is_some(),
            Focus::Health | Focus::Runbook | Focus::Timeline | Focus::Due => true,
        };
        Focus::ALL.into_iter().filter(there).collect()
    }
}

/// The release that `entry` is, live since `at`.
fn release_of(entry: &Entry, at: Timestamp) -> Option<Release> {
    let commit = entry.facts.iter().find(|(label, _)| *label == "commit");
    Some(Release {
        version: entry.release.clone()?,
        at,
        commit: commit.map(|(_, text)| text.clone()).filter(|text| !text.is_empty()),
        link: entry.link.clone(),
    })
}
