//! Which entries of a journal may go when they are old: what people wrote and commands printed in incidents that are over,
//! and what was said anew since.
//!
//! What has to stay: everything of an incident that is open or has something open, everything that gives something its
//! number, how incidents began, went on and ended, and how signals stand. So a pruned journal opens with the same watch,
//! and the list of incidents and their times are the same for good.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Summary, incidents};
use crate::domain::fact::{Fact, Logged};
use crate::domain::ids::{FollowUpId, IncidentId, ObligationId};
use crate::domain::time::Timestamp;

/// What may go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outdated {
    /// By number.
    pub entries: BTreeSet<u64>,
    /// The incidents of which something goes.
    pub incidents: BTreeSet<IncidentId>,
    /// Incidents that are old enough and keep everything, and why.
    pub kept: Vec<(IncidentId, &'static str)>,
    /// Files that only entries that go speak of, by hash.
    pub artifacts: Vec<String>,
}

/// What of `entries` may go that is from before `before`.
pub fn outdated(entries: &[Logged], before: Timestamp) -> Outdated {
    let mut found = Outdated::default();
    let known = incidents(entries);
    let owing = owing(entries);
    let mut over: BTreeSet<&IncidentId> = BTreeSet::new();
    for summary in known.iter().filter(|summary| summary.declared < before) {
        match why_kept(summary, &known, &owing, before) {
            Some(why) => found.kept.push((summary.id.clone(), why)),
            None => drop(over.insert(&summary.id)),
        }
    }
    // From the last to the first: whether something was said anew since.
    let mut anew: BTreeSet<Said<'_>> = BTreeSet::new();
    // Whether the next state of a signal belongs to an incident: what it was before belongs to it as well.
    let mut next_in_incident: HashMap<&str, bool> = HashMap::new();
    for entry in entries.iter().rev() {
        let is_anew = said(entry).is_some_and(|said| !anew.insert(said));
        let leads_in = match &entry.fact {
            Fact::Settled { signal, .. } => {
                next_in_incident.insert(signal.as_str(), entry.incident.is_some()).unwrap_or(false)
            }
            _ => false,
        };
        let may_go = match &entry.incident {
            Some(incident) => over.contains(incident) && (is_written(&entry.fact) || is_marked(&entry.fact)),
            None => (is_written(&entry.fact) || is_anew) && !leads_in,
        };
        if may_go && entry.at < before {
            found.entries.insert(entry.seq);
            found.incidents.extend(entry.incident.clone());
        }
    }
    found.artifacts = only_there(entries, &found.entries);
    found
}

/// What is open, by the incident it was opened in.
fn owing(entries: &[Logged]) -> BTreeSet<&IncidentId> {
    let mut obligations: BTreeMap<&ObligationId, &IncidentId> = BTreeMap::new();
    let mut follow_ups: BTreeMap<&FollowUpId, &IncidentId> = BTreeMap::new();
    for entry in entries {
        match (&entry.fact, &entry.incident) {
            (Fact::ObligationOpened { obligation, .. }, Some(incident)) => {
                obligations.insert(obligation, incident);
            }
            (
                Fact::ObligationDischarged { obligation, .. } | Fact::ObligationWaived { obligation, .. },
                _,
            ) => {
                obligations.remove(obligation);
            }
            (Fact::FollowUpOpened { follow_up, .. }, Some(incident)) => {
                follow_ups.insert(follow_up, incident);
            }
            (Fact::FollowUpClosed { follow_up, .. }, _) => drop(follow_ups.remove(follow_up)),
            _ => {}
        }
    }
    obligations.into_values().chain(follow_ups.into_values()).collect()
}

fn why_kept(
    summary: &Summary,
    known: &[Summary],
    owing: &BTreeSet<&IncidentId>,
    before: Timestamp,
) -> Option<&'static str> {
    if owing.contains(&summary.id) {
        return Some("something of it is still to be done");
    }
    match summary.closed {
        None => return Some("it is open"),
        Some(closed) if closed >= before => return Some("it ended later"),
        Some(_) => {}
    }
    // Each merge leads to another that was declared, and the way back is not walked twice.
    let into = known.iter().find(|other| summary.merged.as_ref() == Some(&other.id))?;
    let goes_on = into.closed.is_none_or(|closed| closed >= before) || owing.contains(&into.id);
    goes_on.then_some("what it was merged into stays")
}

/// What somebody wrote, a command printed, a file was kept for: nothing that is decided by later.
fn is_written(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::Noted { .. }
            | Fact::Decided { .. }
            | Fact::PatchLinked { .. }
            | Fact::RunOutput { .. }
            | Fact::NotCaptured { .. }
            | Fact::LookedAt { .. }
            | Fact::RunbookChanged { .. }
            | Fact::CheckOverridden { .. }
            | Fact::Crashed { .. }
    )
}

/// How the steps of an incident stand, and on what: over with it.
fn is_marked(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::StepMarked { .. }
            | Fact::StepApproved { .. }
            | Fact::StepRecovered { .. }
            | Fact::EvidenceAttached { .. }
            | Fact::ArtifactKept { .. }
            | Fact::Filled { .. }
            | Fact::Captured { .. }
    )
}

/// What a fact says in the place of what was said of the same before.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Said<'a> {
    Health(&'a str),
    Route(&'a str),
    Flapping(&'a str),
    Acknowledgement(&'a str),
    Silence(&'a str),
    Observer,
    Armed,
    Place,
    Checkpoint(&'a str),
    Mark(&'a str, &'a str),
}

fn said(entry: &Logged) -> Option<Said<'_>> {
    Some(match &entry.fact {
        Fact::Settled { signal, .. } => Said::Health(signal.as_str()),
        Fact::Routed { signal, .. } => Said::Route(signal.as_str()),
        Fact::FlappingStarted { signal, .. } | Fact::FlappingStopped { signal, .. } => {
            Said::Flapping(signal.as_str())
        }
        Fact::Acknowledged { signal, .. } | Fact::AcknowledgementEnded { signal, .. } => {
            Said::Acknowledgement(signal.as_str())
        }
        Fact::Silenced { signal, .. } | Fact::SilenceEnded { signal, .. } => Said::Silence(signal.as_str()),
        Fact::ObserverSick { .. } | Fact::ObserverRecovered {} => Said::Observer,
        Fact::Armed { .. } | Fact::Disarmed { .. } => Said::Armed,
        Fact::Walked { .. } => Said::Place,
        Fact::WindowCheckpoint { window, .. } => Said::Checkpoint(window.as_str()),
        Fact::StepMarked { step, .. } if entry.incident.is_none() => {
            Said::Mark(step.runbook.as_str(), step.step.as_str())
        }
        _ => return None,
    })
}

/// The files that only the entries `going` speak of.
fn only_there(entries: &[Logged], going: &BTreeSet<u64>) -> Vec<String> {
    let (mut gone, mut stays) = (BTreeSet::new(), BTreeSet::new());
    for entry in entries {
        if let Fact::ArtifactKept { hash, .. } = &entry.fact {
            let there = if going.contains(&entry.seq) { &mut gone } else { &mut stays };
            there.insert(hash);
        }
    }
    gone.difference(&stays).map(|hash| (*hash).clone()).collect()
}
