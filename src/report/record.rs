//! Which entries of a journal are the record of one incident.

use std::collections::{BTreeMap, BTreeSet};

use super::{Measures, Summary};
use crate::domain::fact::{Fact, Logged};
use crate::domain::ids::{IncidentId, RunId, SignalId};

/// What belongs to the record of an incident.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordOf {
    /// The incident, and those that were merged into it: everything that happened in them belongs to it.
    pub incidents: BTreeSet<IncidentId>,
    /// By number, what signals and releases did meanwhile and how they stood before, and how its runs ended afterwards.
    pub entries: BTreeSet<u64>,
}

/// What belongs to the record of `incident`; `known` are all that are in `entries`.
pub fn record_of(incident: &IncidentId, known: &[Summary], entries: &[Logged]) -> RecordOf {
    let incidents = with_merged(incident, known);
    let measures = Measures::all(entries);
    let began = incidents.iter().filter_map(|incident| measures.get(incident)?.began).min();
    let of_it = |entry: &&Logged| entry.incident.as_ref().is_some_and(|known| incidents.contains(known));
    let first = entries.iter().find(of_it).map_or(0, |entry| entry.seq);
    let last = entries.iter().rev().find(of_it).map_or(0, |entry| entry.seq);
    let mut found = BTreeSet::new();
    // How signals stood before, and what the runbooks said of them: the newest of each.
    let mut before: BTreeMap<(bool, &SignalId), u64> = BTreeMap::new();
    let mut runs: BTreeSet<&RunId> = BTreeSet::new();
    for entry in entries {
        if let (Fact::RunRequested { run, .. }, true) = (&entry.fact, of_it(&entry)) {
            runs.insert(run);
        }
        if ended(&entry.fact).is_some_and(|run| runs.contains(run)) {
            found.insert(entry.seq);
        }
        if entry.seq > last || !is_of_systems(&entry.fact) {
            continue;
        }
        if entry.seq >= first || began.is_some_and(|began| entry.at >= began) {
            found.insert(entry.seq);
        } else {
            match &entry.fact {
                Fact::Settled { signal, .. } => drop(before.insert((true, signal), entry.seq)),
                Fact::Routed { signal, .. } => drop(before.insert((false, signal), entry.seq)),
                _ => {}
            }
        }
    }
    found.extend(before.into_values());
    RecordOf { incidents, entries: found }
}

/// `incident` and what was merged into it, and into those.
fn with_merged(incident: &IncidentId, known: &[Summary]) -> BTreeSet<IncidentId> {
    let mut all = BTreeSet::from([incident.clone()]);
    let mut waiting = vec![incident.clone()];
    while let Some(into) = waiting.pop() {
        for summary in known.iter().filter(|summary| summary.merged.as_ref() == Some(&into)) {
            if all.insert(summary.id.clone()) {
                waiting.push(summary.id.clone());
            }
        }
    }
    all
}

/// The run that `fact` says something of after it was requested, what it printed among it.
fn ended(fact: &Fact) -> Option<&RunId> {
    match fact {
        Fact::RunOutput { run, .. } => Some(run),
        fact => fact.follows(),
    }
}

/// Whether it tells of what is watched and of the watch itself, and so of every incident that is open then.
fn is_of_systems(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::SessionOpened { .. }
            | Fact::SessionClosed { .. }
            | Fact::ClockStepped { .. }
            | Fact::Settled { .. }
            | Fact::Routed { .. }
            | Fact::FlappingStarted { .. }
            | Fact::FlappingStopped { .. }
            | Fact::ObserverSick { .. }
            | Fact::ObserverRecovered {}
            | Fact::Acknowledged { .. }
            | Fact::AcknowledgementEnded { .. }
            | Fact::Silenced { .. }
            | Fact::SilenceEnded { .. }
            | Fact::ReleaseSeen { .. }
            | Fact::RunbookChanged { .. }
            | Fact::RecordPruned { .. }
            | Fact::Crashed { .. }
    )
}
