//! What people wrote down of an incident: hypotheses, decisions, follow-ups, patches, notes, and what was left open at
//! the end with a reason.

use std::collections::VecDeque;

use crate::domain::fact::{Fact, Logged};
use crate::domain::ids::{ClosingId, FollowUpId, HypothesisId, IncidentId};
use crate::domain::incident::Standing;
use crate::domain::runbook::StepRef;
use crate::domain::time::Timestamp;

/// Notes that are held; older ones stay in the journal.
const NOTES: usize = 2_000;

/// What people wrote down.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Notebook {
    /// In the order they were raised.
    pub hypotheses: Vec<Hypothesis>,
    /// In the order they were written down.
    pub decisions: Vec<Decision>,
    /// In the order they were opened.
    pub follow_ups: Vec<FollowUp>,
    /// In the order they were written down.
    pub patches: Vec<Patch>,
    /// The newest notes, in the order they were written down.
    pub notes: VecDeque<Written>,
    /// What was left open at a close, newest last.
    pub waivers: Vec<Waiver>,
}

/// What may be the cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hypothesis {
    /// Its name.
    pub id: HypothesisId,
    /// The incident it was raised in.
    pub incident: Option<IncidentId>,
    /// What.
    pub text: String,
    /// Who thinks so.
    pub by: String,
    /// Since when.
    pub about: Timestamp,
    /// How it stands.
    pub standing: Standing,
    /// Why it stands so; nothing while nobody has said.
    pub settled: Option<Settled>,
}

/// How something came to stand as it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// Why, or what came of it; may be empty.
    pub why: String,
}

/// Something that was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Its fact.
    pub seq: u64,
    /// The incident.
    pub incident: Option<IncidentId>,
    /// What.
    pub text: String,
    /// Why; may be empty.
    pub why: String,
    /// By whom.
    pub by: String,
    /// When.
    pub about: Timestamp,
}

/// Something to be done afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowUp {
    /// Its name.
    pub id: FollowUpId,
    /// The incident it follows.
    pub incident: Option<IncidentId>,
    /// What.
    pub text: String,
    /// Who does it; may be empty.
    pub owner: String,
    /// By which day, such as `2026-12-01`.
    pub due: Option<String>,
    /// Who wrote it down.
    pub by: String,
    /// When it was thought of.
    pub about: Timestamp,
    /// Whether it was done, and what came of it; nothing while it is open.
    pub closed: Option<(bool, Settled)>,
}

/// A patch of data that was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    /// Its fact.
    pub seq: u64,
    /// The incident.
    pub incident: Option<IncidentId>,
    /// What it does; may be empty.
    pub text: String,
    /// Where it is kept.
    pub link: String,
    /// Who applied it.
    pub by: String,
    /// When.
    pub about: Timestamp,
}

/// A note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its fact.
    pub seq: u64,
    /// The incident.
    pub incident: Option<IncidentId>,
    /// What.
    pub text: String,
    /// By whom.
    pub by: String,
    /// When it happened.
    pub about: Timestamp,
    /// The step it was written at.
    pub step: Option<StepRef>,
}

/// Something that is left open at a close, with a reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver {
    /// The incident.
    pub incident: IncidentId,
    /// What it is about.
    pub item: ClosingId,
    /// What it was, in words.
    pub text: String,
    /// By whom.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When. Moves with a clock that is set: it is held against when a signal went red.
    pub at: Timestamp,
}

impl Notebook {
    /// The hypothesis called `id`.
    pub fn hypothesis(&self, id: &HypothesisId) -> Option<&Hypothesis> {
        self.hypotheses.iter().find(|known| known.id == *id)
    }

    /// The follow-up called `id`.
    pub fn follow_up(&self, id: &FollowUpId) -> Option<&FollowUp> {
        self.follow_ups.iter().find(|known| known.id == *id)
    }

    /// The newest reason why `item` of `incident` is left open.
    pub fn waiver(&self, incident: &IncidentId, item: &ClosingId) -> Option<&Waiver> {
        self.waivers.iter().rev().find(|known| known.incident == *incident && known.item == *item)
    }

    /// Follow-ups that are still to be done, of every incident.
    pub fn open_follow_ups(&self) -> impl Iterator<Item = &FollowUp> {
        self.follow_ups.iter().filter(|known| known.closed.is_none())
    }

    /// What `incident` left belongs to `into`: it is the same one.
    pub(super) fn merge(&mut self, incident: &IncidentId, into: &IncidentId) {
        let hypotheses = self.hypotheses.iter_mut().map(|known| &mut known.incident);
        let decisions = self.decisions.iter_mut().map(|known| &mut known.incident);
        let follow_ups = self.follow_ups.iter_mut().map(|known| &mut known.incident);
        let patches = self.patches.iter_mut().map(|known| &mut known.incident);
        let notes = self.notes.iter_mut().map(|known| &mut known.incident);
        for known in hypotheses.chain(decisions).chain(follow_ups).chain(patches).chain(notes) {
            if known.as_ref() == Some(incident) {
                *known = Some(into.clone());
            }
        }
    }

    /// The system clock was set.
    pub(super) fn shift(&mut self, by_millis: i64) {
        self.waivers.iter_mut().for_each(|waiver| waiver.at = waiver.at.shifted(by_millis));
    }

    /// Applies one fact.
    pub(super) fn apply(&mut self, logged: &Logged) {
        let (seq, at, incident) = (logged.seq, logged.at, logged.incident.clone());
        match &logged.fact {
            Fact::Noted { text, by, about, step } => {
                if self.notes.len() == NOTES {
                    self.notes.pop_front();
                }
                self.notes.push_back(Written {
                    seq,
                    incident,
                    text: text.clone(),
                    by: by.clone(),
                    about: *about,
                    step: step.clone(),
                });
            }
            Fact::HypothesisRaised { hypothesis, text, by, about } => self.hypotheses.push(Hypothesis {
                id: hypothesis.clone(),
                incident,
                text: text.clone(),
                by: by.clone(),
                about: *about,
                standing: Standing::Open,
                settled: None,
            }),
            Fact::HypothesisSettled { hypothesis, standing, why, by } => {
                if let Some(known) = self.hypotheses.iter_mut().find(|known| known.id == *hypothesis) {
                    known.standing = *standing;
                    known.settled = Some(Settled { at, by: by.clone(), why: why.clone() });
                }
            }
            Fact::Decided { text, why, by, about } => self.decisions.push(Decision {
                seq,
                incident,
                text: text.clone(),
                why: why.clone(),
                by: by.clone(),
                about: *about,
            }),
            Fact::FollowUpOpened { follow_up, text, owner, due, by, about } => {
                self.follow_ups.push(FollowUp {
                    id: follow_up.clone(),
                    incident,
                    text: text.clone(),
                    owner: owner.clone(),
                    due: due.clone(),
                    by: by.clone(),
                    about: about.unwrap_or(at),
                    closed: None,
                });
            }
            Fact::FollowUpClosed { follow_up, done, detail, by } => {
                if let Some(known) = self.follow_ups.iter_mut().find(|known| known.id == *follow_up) {
                    known.closed = Some((*done, Settled { at, by: by.clone(), why: detail.clone() }));
                }
            }
            Fact::PatchLinked { text, link, by, about } => self.patches.push(Patch {
                seq,
                incident,
                text: text.clone(),
                link: link.clone(),
                by: by.clone(),
                about: about.unwrap_or(at),
            }),
            Fact::ClosingWaived { incident, item, text, by, reason } => self.waivers.push(Waiver {
                incident: incident.clone(),
                item: item.clone(),
                text: text.clone(),
                by: by.clone(),
                reason: reason.clone(),
                at,
            }),
            _ => {}
        }
    }
}
