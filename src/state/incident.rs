//! Incidents by facts: declared, chosen, taken on, merged, closed, opened again; and which of several facts belong to.

use crate::domain::fact::{Fact, Logged};
use crate::domain::ids::IncidentId;
use crate::domain::incident::IncidentKind;
use crate::domain::time::Timestamp;

use super::parts::{Incident, Mitigation, ObligationState, Settled, Told};
use super::watch::Watch;

impl Watch {
    /// The incident that facts belong to: the one that was declared, opened again or gone over to last; where that is
    /// over, the newest open one.
    pub fn incident(&self) -> Option<&Incident> {
        let chosen = self.chosen.as_ref().and_then(|chosen| self.known_incident(chosen));
        chosen.filter(|known| known.is_open()).or_else(|| self.open_incidents().next())
    }

    /// Every open incident, newest first.
    pub fn open_incidents(&self) -> impl Iterator<Item = &Incident> {
        self.incidents.iter().rev().filter(|incident| incident.is_open())
    }

    /// The incident called `id`.
    pub fn known_incident(&self, id: &IncidentId) -> Option<&Incident> {
        self.incidents.iter().find(|incident| incident.id == *id)
    }

    pub(super) fn apply_incident(&mut self, logged: &Logged) {
        let at = logged.at;
        match &logged.fact {
            Fact::IncidentDeclared { incident, severity, title, by, kind, signal, began } => {
                self.chosen = Some(incident.clone());
                self.incidents.push(Incident {
                    id: incident.clone(),
                    severity: *severity,
                    title: title.clone(),
                    by: by.clone(),
                    declared: at,
                    kind: *kind,
                    security_since: (*kind == IncidentKind::Security).then_some(at),
                    signal: signal.clone(),
                    began: *began,
                    acknowledged: None,
                    roles: std::collections::BTreeMap::new(),
                    told: Vec::new(),
                    mitigated: None,
                    settled: std::collections::BTreeMap::new(),
                    closed: None,
                    merged: None,
                    reopened: None,
                });
            }
            Fact::IncidentChosen { incident, .. } => self.chosen = Some(incident.clone()),
            Fact::IncidentMerged { incident, into, .. } => self.merge(logged, incident, into),
            Fact::IncidentReopened { incident, .. } => {
                self.chosen = Some(incident.clone());
                self.change(incident, |known| known.reopen(at));
            }
            Fact::IncidentClosed { incident, summary, .. } => {
                self.values.forget(incident);
                self.change(incident, |known| known.closed = Some((at, summary.clone())));
            }
            Fact::IncidentAcknowledged { incident, by } => self.change(incident, |known| {
                known.acknowledged.get_or_insert_with(|| (at, by.clone()));
            }),
            Fact::RoleTaken { incident, role, who, .. } => self.change(incident, |known| {
                if who.is_empty() {
                    known.roles.remove(role);
                } else {
                    known.roles.insert(*role, who.clone());
                }
            }),
            Fact::Escalated { incident, level, who, way, by } => {
                let told = Told { level: *level, who: who.clone(), way: way.clone(), by: by.clone(), at };
                self.change(incident, |known| known.told.push(told));
            }
            Fact::SeverityChanged { incident, severity, .. } => {
                self.change(incident, |known| known.severity = *severity);
            }
            Fact::KindChanged { incident, kind, .. } => self.change(incident, |known| {
                known.kind = *kind;
                known.security_since = match kind {
                    IncidentKind::Security => known.security_since.or(Some(at)),
                    IncidentKind::Outage => None,
                };
            }),
            Fact::Mitigated { incident, by, text, about } => {
                let mitigation = Mitigation { since: *about, text: text.clone(), by: by.clone() };
                self.change(incident, |known| known.mitigated = Some(mitigation));
            }
            Fact::DeadlineSettled { incident, deadline, done, detail, by } => {
                let settled = Settled { done: *done, detail: detail.clone(), by: by.clone(), at };
                self.change(incident, |known| {
                    known.settled.insert(*deadline, settled);
                });
            }
            _ => {}
        }
    }

    fn change(&mut self, id: &IncidentId, change: impl FnOnce(&mut Incident)) {
        if let Some(known) = self.incidents.iter_mut().find(|incident| incident.id == *id) {
            change(known);
        }
    }

    /// What one incident left is the other's from here on, and can be taken back there.
    fn merge(&mut self, logged: &Logged, from: &IncidentId, into: &IncidentId) {
        self.values.forget(from);
        let owed = self.obligations.iter_mut().filter(|owed| owed.state == ObligationState::Open);
        let of = |incident: &&mut Option<IncidentId>| incident.as_ref() == Some(from);
        owed.map(|owed| &mut owed.incident).filter(of).for_each(|known| *known = Some(into.clone()));
        let runs = self.runs.iter_mut().map(|run| &mut run.incident);
        runs.filter(of).for_each(|known| *known = Some(into.clone()));
        if self.chosen.as_ref() == Some(from) {
            self.chosen = Some(into.clone());
        }
        self.change(from, |known| {
            known.merged = Some(into.clone());
            known.closed = Some((logged.at, format!("merged into {into}")));
        });
    }
}

impl Incident {
    /// It goes on, and its clocks begin anew; who has taken it on still has it.
    fn reopen(&mut self, at: Timestamp) {
        self.closed = None;
        self.merged = None;
        self.mitigated = None;
        self.reopened = Some(at);
        // What outlasts the incident is owed again when it is closed again.
        self.settled.retain(|deadline, _| {
            use crate::domain::incident::IncidentDeadline::{
                Acknowledge, Audit, Legal, Recovery, Review, Update,
            };
            match deadline {
                Legal | Audit => true,
                Acknowledge | Update | Recovery | Review => false,
            }
        });
    }

    /// The system clock was set: everything that is counted from goes with it.
    pub(super) fn shift(&mut self, by_millis: i64) {
        let by = |at: &mut Timestamp| *at = at.shifted(by_millis);
        by(&mut self.declared);
        self.acknowledged.iter_mut().for_each(|(at, _)| by(at));
        self.told.iter_mut().for_each(|told| by(&mut told.at));
        self.mitigated.iter_mut().for_each(|mitigation| by(&mut mitigation.since));
        self.closed.iter_mut().for_each(|(at, _)| by(at));
        for at in [&mut self.security_since, &mut self.began, &mut self.reopened] {
            at.iter_mut().for_each(by);
        }
        self.settled.values_mut().for_each(|settled| by(&mut settled.at));
    }
}
