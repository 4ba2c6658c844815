//! How long it took: to be taken on, contained, told, recovered from, closed. From an incident's facts.

use std::collections::{BTreeMap, BTreeSet};
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
    /// From when on nothing was red any more, but for what was explained at the close.
    pub recovered: Option<Timestamp>,
    /// Whether something was still red then, and explained.
    #[serde(skip)]
    pub explained: bool,
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
    /// Until nothing was red any more, but for what was explained at the close.
    #[serde(rename = "recover_ms", serialize_with = "maybe_millis")]
    pub recover: Option<Duration>,
    /// Until it was closed.
    #[serde(rename = "close_ms", serialize_with = "maybe_millis")]
    pub close: Option<Duration>,
}

/// How much of the time before and after an incident of this length is shown with it: a tenth.
pub(super) fn around(length: Duration) -> Duration {
    (length / 10).clamp(Duration::from_secs(15 * 60), MOST_AROUND)
}

/// The most that is shown of it.
const MOST_AROUND: Duration = Duration::from_secs(3_600);

impl Measures {
    /// From when until when readings are wanted for a report that is made at `now`; it shows those it has a place for.
    pub fn measured(&self, now: Timestamp) -> Option<(Timestamp, Timestamp)> {
        let declared = self.declared?;
        let from = self.began.map_or(declared, |began| began.min(declared)).minus(MOST_AROUND);
        Some((from, self.closed.map_or(now, |closed| closed.plus(MOST_AROUND).min(now)).max(from)))
    }

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
        Self::all(entries).remove(incident).unwrap_or_default()
    }

    /// Those of every incident that was declared, in one pass over all facts of a journal in their order.
    pub fn all(entries: &[Logged]) -> BTreeMap<IncidentId, Self> {
        let mut measuring = Measuring::default();
        entries.iter().for_each(|entry| measuring.hear(entry));
        let Measuring { mut known, said, .. } = measuring;
        for (incident, measures) in &mut known {
            measures.mitigated = said.get(incident).copied().or(measures.contained);
        }
        known.into_iter().map(|(incident, measures)| (incident.clone(), measures)).collect()
    }

    fn is_open(&self) -> bool {
        self.closed.is_none()
    }
}

/// What is known of all incidents while the facts are gone through.
#[derive(Default)]
struct Measuring<'a> {
    known: BTreeMap<&'a IncidentId, Measures>,
    /// Those of them that are open: few, however many there are.
    open: BTreeSet<&'a IncidentId>,
    /// When somebody said that the harm was over.
    said: BTreeMap<&'a IncidentId, Timestamp>,
    /// What is red now.
    red: BTreeSet<&'a SignalId>,
    /// When signals recovered last.
    mended: BTreeMap<&'a SignalId, Timestamp>,
    /// Why a signal is red was explained, of an incident, and it did not go red anew since.
    explained: BTreeSet<(&'a IncidentId, SignalId)>,
    /// What was asked for to change something, and in which incident.
    changes: BTreeMap<&'a RunId, &'a IncidentId>,
}

impl<'a> Measuring<'a> {
    fn of(&mut self, incident: &IncidentId) -> Option<&mut Measures> {
        self.known.get_mut(incident)
    }

    fn hear(&mut self, entry: &'a Logged) {
        let at = entry.at;
        match &entry.fact {
            Fact::Settled { signal, to, .. } => self.settled(signal, *to, at),
            Fact::IncidentDeclared { incident, began, .. } => {
                let began = Some(began.unwrap_or(at));
                self.known.insert(incident, Measures { declared: Some(at), began, ..Measures::default() });
                self.open.insert(incident);
            }
            Fact::IncidentAcknowledged { incident, .. } => {
                if let Some(measures) = self.of(incident) {
                    measures.acknowledged.get_or_insert(at);
                }
            }
            Fact::Mitigated { incident, about, .. } => drop(self.said.entry(incident).or_insert(*about)),
            Fact::ClosingWaived { incident, item, .. } => {
                if let Some(signal) = item.signal() {
                    self.explained.insert((incident, signal));
                }
            }
            Fact::IncidentClosed { incident, .. } | Fact::IncidentMerged { incident, .. } => {
                if matches!(entry.fact, Fact::IncidentClosed { .. }) {
                    self.explained(incident);
                }
                self.open.remove(incident);
                if let Some(measures) = self.of(incident) {
                    measures.closed = Some(at);
                }
            }
            Fact::IncidentReopened { incident, .. } => {
                if let Some(measures) = self.known.get_mut(incident) {
                    (measures.closed, measures.recovered, measures.explained) = (None, None, false);
                    self.open.insert(incident);
                }
            }
            Fact::RunRequested { run, risk, purpose, .. }
                if *risk != Risk::Read && *purpose != Purpose::Read =>
            {
                if let Some(incident) = &entry.incident {
                    self.changes.insert(run, incident);
                }
            }
            // A post changes nothing of what is wrong.
            Fact::PostRequested { run: Some(run), .. } => drop(self.changes.remove(run)),
            Fact::RunObserved { run, .. } => {
                let incident = self.changes.get(run).copied();
                if let Some(measures) = incident.and_then(|incident| self.of(incident)) {
                    measures.contained.get_or_insert(at);
                }
            }
            Fact::Posted { .. } => {
                if let Some(measures) = entry.incident.as_ref().and_then(|incident| self.of(incident)) {
                    measures.communicated.get_or_insert(at);
                }
            }
            _ => {}
        }
    }

    fn settled(&mut self, signal: &'a SignalId, to: Health, at: Timestamp) {
        let before = self.red.len();
        match to {
            Health::Down | Health::Degraded => {
                self.red.insert(signal);
                self.explained.retain(|(_, explained)| explained != signal);
            }
            Health::Ok => {
                if self.red.remove(signal) {
                    self.mended.insert(signal, at);
                }
            }
            Health::Blind => {}
        }
        for incident in &self.open {
            let Some(measures) = self.known.get_mut(incident).filter(|measures| measures.is_open()) else {
                continue;
            };
            if before > 0 && self.red.is_empty() {
                measures.recovered = Some(at);
            } else if !self.red.is_empty() {
                measures.recovered = None;
            }
        }
    }

    /// `incident` is closed over what is red, all of which was explained: it was over when the rest had recovered.
    fn explained(&mut self, incident: &'a IncidentId) {
        let explained = |signal: &&SignalId| self.explained.contains(&(incident, (*signal).clone()));
        let Some(measures) = self.known.get_mut(incident) else { return };
        if measures.recovered.is_some() || self.red.is_empty() || !self.red.iter().all(explained) {
            return;
        }
        let last = self.mended.values().max().copied().filter(|at| Some(*at) >= measures.declared);
        (measures.recovered, measures.explained) = (last, last.is_some());
    }
}
