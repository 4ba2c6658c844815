//! How long it took: to be taken on, contained, told, recovered from, closed. From an incident's facts.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Serialize;

use crate::domain::action::{Purpose, Risk};
use crate::domain::fact::{Fact, Logged};
use crate::domain::ids::{IncidentId, RunId, SignalId};
use crate::domain::reading::Health;
use crate::domain::time::Timestamp;

use super::phases::maybe_millis;

/// The moments of an incident; `None` for what did not happen, or not yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Measures {
    /// When the first signal that was red at the declaration went red; the declaration itself where none was.
    pub began: Option<Timestamp>,
    /// When it was declared.
    pub declared: Option<Timestamp>,
    /// When somebody took it on.
    pub acknowledged: Option<Timestamp>,
    /// When the first change of it was seen in effect.
    pub contained: Option<Timestamp>,
    /// When the harm was over: as somebody said, or else when it was contained.
    pub mitigated: Option<Timestamp>,
    /// When the first update was posted.
    pub communicated: Option<Timestamp>,
    /// From when on nothing was red any more.
    pub recovered: Option<Timestamp>,
    /// When it was closed, or merged into another, and not reopened since.
    pub closed: Option<Timestamp>,
}

/// The spans of an incident; `None` for what did not happen, or not yet. All but the first are from the declaration on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Times {
    /// From the first red signal to the declaration.
    #[serde(rename = "declare_ms", serialize_with = "maybe_millis")]
    pub declare: Option<Duration>,
    /// Until somebody took it on.
    #[serde(rename = "acknowledge_ms", serialize_with = "maybe_millis")]
    pub acknowledge: Option<Duration>,
    /// Until the first change of it was in effect.
    #[serde(rename = "contain_ms", serialize_with = "maybe_millis")]
    pub contain: Option<Duration>,
    /// Until the harm was over.
    #[serde(rename = "mitigate_ms", serialize_with = "maybe_millis")]
    pub mitigate: Option<Duration>,
    /// Until the first update was posted.
    #[serde(rename = "communicate_ms", serialize_with = "maybe_millis")]
    pub communicate: Option<Duration>,
    /// Until nothing was red any more.
    #[serde(rename = "recover_ms", serialize_with = "maybe_millis")]
    pub recover: Option<Duration>,
    /// Until it was closed.
    #[serde(rename = "close_ms", serialize_with = "maybe_millis")]
    pub close: Option<Duration>,
}

impl Measures {
    /// The spans between its moments.
    pub fn times(&self) -> Times {
        Times {
            declare: self.began.and_then(|began| Some(self.declared?.since(began))),
            acknowledge: self.after(self.acknowledged),
            contain: self.after(self.contained),
            mitigate: self.after(self.mitigated),
            communicate: self.after(self.communicated),
            recover: self.after(self.recovered),
            close: self.after(self.closed),
        }
    }

    /// From the declaration to `moment`; nothing for what came before it.
    pub fn after(&self, moment: Option<Timestamp>) -> Option<Duration> {
        Some(moment?.since(self.declared?))
    }

    /// Those of `incident`, from all facts of a journal in their order.
    pub fn of(incident: &IncidentId, entries: &[Logged]) -> Self {
        let mut measures = Self::default();
        let mut red: BTreeSet<&SignalId> = BTreeSet::new();
        let mut changes: BTreeSet<&RunId> = BTreeSet::new();
        let mut said = None;
        for entry in entries {
            let open = measures.declared.is_some() && measures.closed.is_none();
            match &entry.fact {
                Fact::Settled { signal, to, .. } => {
                    let before = red.len();
                    match to {
                        Health::Down | Health::Degraded => drop(red.insert(signal)),
                        Health::Ok => drop(red.remove(signal)),
                        Health::Blind => {}
                    }
                    if open && before > 0 && red.is_empty() {
                        measures.recovered = Some(entry.at);
                    } else if open && !red.is_empty() {
                        measures.recovered = None;
                    }
                }
                Fact::IncidentDeclared { incident: known, began, .. } if known == incident => {
                    measures.declared = Some(entry.at);
                    measures.began = Some(began.unwrap_or(entry.at));
                }
                Fact::IncidentAcknowledged { incident: known, .. } if known == incident => {
                    measures.acknowledged.get_or_insert(entry.at);
                }
                Fact::Mitigated { incident: known, about, .. } if known == incident => {
                    said.get_or_insert(*about);
                }
                Fact::IncidentClosed { incident: known, .. }
                | Fact::IncidentMerged { incident: known, .. }
                    if known == incident =>
                {
                    measures.closed = Some(entry.at);
                }
                Fact::IncidentReopened { incident: known, .. } if known == incident => {
                    measures.closed = None;
                    measures.recovered = None;
                }
                Fact::RunRequested { run, risk, purpose, .. }
                    if entry.incident.as_ref() == Some(incident)
                        && *risk != Risk::Read
                        && *purpose != Purpose::Read =>
                {
                    changes.insert(run);
                }
                // A post changes nothing of what is wrong.
                Fact::PostRequested { run: Some(run), .. } => drop(changes.remove(run)),
                Fact::RunObserved { run, .. } if changes.contains(run) => {
                    measures.contained.get_or_insert(entry.at);
                }
                Fact::Posted { .. } if entry.incident.as_ref() == Some(incident) => {
                    measures.communicated.get_or_insert(entry.at);
                }
                _ => {}
            }
        }
        measures.mitigated = said.or(measures.contained);
        measures
    }
}
