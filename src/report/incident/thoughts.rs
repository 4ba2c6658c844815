//! What was thought, decided, patched and left for afterwards.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::fact::Fact;
use crate::domain::ids::{FollowUpId, HypothesisId};
use crate::domain::incident::Standing;
use crate::domain::time::Timestamp;

use super::Record;

/// Something that was decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// When.
    pub at: Timestamp,
    /// What.
    pub text: String,
    /// Why; may be empty.
    pub why: String,
    /// Who.
    pub by: String,
}

/// Something that was thought to be the cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hypothesis {
    /// Its name.
    #[serde(rename = "hypothesis")]
    pub id: HypothesisId,
    /// When it was thought of.
    pub at: Timestamp,
    /// What it says.
    pub text: String,
    /// Who thought of it.
    pub by: String,
    /// How it stands.
    pub standing: Standing,
    /// When that was settled.
    pub settled: Option<Timestamp>,
    /// Why; may be empty.
    pub why: String,
}

/// Something to do afterwards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FollowUp {
    /// Its name.
    #[serde(rename = "follow_up")]
    pub id: FollowUpId,
    /// What.
    pub text: String,
    /// Who does it; may be empty.
    pub owner: String,
    /// By which day.
    pub due: Option<String>,
    /// How it stands.
    pub state: FollowUpState,
    /// What was said when it was closed; may be empty.
    pub detail: String,
}

/// How a follow-up stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FollowUpState {
    /// It is still to be done.
    Open,
    /// It was done.
    Done,
    /// It was given up.
    GivenUp,
}

/// SQL or another patch of data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Patch {
    /// When it was linked.
    pub at: Timestamp,
    /// What it did.
    pub text: String,
    /// Where it is kept: a link, or a path in a repository.
    pub link: String,
    /// Who linked it.
    pub by: String,
}

pub(super) fn decisions(record: &Record<'_>) -> Vec<Decision> {
    let mut all: Vec<Decision> = record
        .own
        .iter()
        .filter_map(|entry| match &entry.fact {
            Fact::Decided { text, why, by, about } => {
                Some(Decision { at: *about, text: text.clone(), why: why.clone(), by: by.clone() })
            }
            _ => None,
        })
        .collect();
    all.sort_by_key(|decision| decision.at);
    all
}

/// Confirmed first, then open, then ruled out.
pub(super) fn hypotheses(record: &Record<'_>) -> Vec<Hypothesis> {
    let mut all: Vec<Hypothesis> = Vec::new();
    let mut places: BTreeMap<&HypothesisId, usize> = BTreeMap::new();
    for entry in &record.own {
        if let Fact::HypothesisRaised { hypothesis, text, by, about } = &entry.fact {
            places.insert(hypothesis, all.len());
            all.push(Hypothesis {
                id: hypothesis.clone(),
                at: *about,
                text: text.clone(),
                by: by.clone(),
                standing: Standing::Open,
                settled: None,
                why: String::new(),
            });
        }
    }
    // It may be settled after the close.
    for entry in record.all {
        if let Fact::HypothesisSettled { hypothesis, standing, why, .. } = &entry.fact
            && let Some(known) = places.get(hypothesis).map(|at| &mut all[*at])
        {
            known.standing = *standing;
            known.settled = (*standing != Standing::Open).then_some(entry.at);
            known.why.clone_from(why);
        }
    }
    all.sort_by_key(|known| match known.standing {
        Standing::Confirmed => 0,
        Standing::Open => 1,
        Standing::RuledOut => 2,
    });
    all
}

pub(super) fn follow_ups(record: &Record<'_>) -> Vec<FollowUp> {
    let mut all: Vec<FollowUp> = Vec::new();
    let mut places: BTreeMap<&FollowUpId, usize> = BTreeMap::new();
    for entry in &record.own {
        if let Fact::FollowUpOpened { follow_up, text, owner, due, .. } = &entry.fact {
            places.insert(follow_up, all.len());
            all.push(FollowUp {
                id: follow_up.clone(),
                text: text.clone(),
                owner: owner.clone(),
                due: due.clone(),
                state: FollowUpState::Open,
                detail: String::new(),
            });
        }
    }
    for entry in record.all {
        if let Fact::FollowUpClosed { follow_up, done, detail, .. } = &entry.fact
            && let Some(known) = places.get(follow_up).map(|at| &mut all[*at])
        {
            known.state = if *done { FollowUpState::Done } else { FollowUpState::GivenUp };
            known.detail.clone_from(detail);
        }
    }
    all
}

pub(super) fn patches(record: &Record<'_>) -> Vec<Patch> {
    let of = |entry: &&crate::domain::fact::Logged| match &entry.fact {
        Fact::PatchLinked { text, link, by, about } => Some(Patch {
            at: about.unwrap_or(entry.at),
            text: text.clone(),
            link: link.clone(),
            by: by.clone(),
        }),
        _ => None,
    };
    record.own.iter().filter_map(of).collect()
}
