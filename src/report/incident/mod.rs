//! One incident as a report tells it, from the facts of its journal: what Markdown, HTML and JSON are made of.
//!
//! What people did stands beside who did it. Where a judgement would sit — a step left out, a check gone past, something
//! waived — their role stands instead, and no line says whose fault anything was.

mod actions;
mod clocks;
mod health;
mod life;
mod owed;
mod posts;
mod steps;
mod telling;
mod thoughts;
mod timeline;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::domain::fact::{Fact, Logged};
use crate::domain::ids::{IncidentId, SignalId};
use crate::domain::incident::{IncidentKind, IncidentRole, Severity};
use crate::domain::time::Timestamp;

use super::charts::{Figure, Mark, Readings, figures, marks};
use super::measures::{self, Measures, Times};
use super::phases::{PlanReport, plans};
use super::steps::{Artifact, artifacts};

pub use actions::{ActionReport, RollbackReport, SequenceReport, WindowReport};
pub use clocks::{Late, SettledDeadline};
#[cfg(test)]
pub(in crate::report) use health::Segment;
pub use health::{Lane, RedSpan, Switched};
pub use life::{Change, Escalation, Held, MergedIn, Phase};
pub use owed::{Owed, Waived};
pub use posts::PostReport;
pub use steps::StepTaken;
pub(in crate::report) use steps::step_states;
pub use thoughts::{Decision, FollowUp, Hypothesis, Patch};
pub use timeline::{Line, shortened};

/// An incident, whole.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IncidentReport {
    /// The version of the document's form.
    pub schema: &'static str,
    /// Its name.
    pub incident: IncidentId,
    /// What it is called.
    pub title: String,
    /// What sort it is, as decided last.
    pub kind: IncidentKind,
    /// How bad it was last.
    pub severity: Severity,
    /// Where it stands.
    pub phase: Phase,
    /// The incident that it was merged into.
    pub merged_into: Option<IncidentId>,
    /// Incidents that were merged into it: what they recorded is told here too.
    pub merged: Vec<MergedIn>,
    /// How it was summed up when it was closed.
    pub summary: Option<String>,
    /// The instant of the last fact that was looked at.
    pub as_of: Timestamp,
    /// Its moments.
    pub measures: Measures,
    /// The spans between them.
    pub times: Times,
    /// What was declared or changed of it, oldest first: severity, kind, reopening.
    pub changes: Vec<Change>,
    /// Who had which role.
    pub roles: Vec<Held>,
    /// Who was told of it.
    pub escalations: Vec<Escalation>,
    /// What users saw: signals that were red, the longest first.
    pub seen: Vec<RedSpan>,
    /// Toggles that were switched on, and for how long.
    pub switched: Vec<Switched>,
    /// The health of each signal that was not ok all the time.
    pub lanes: Vec<Lane>,
    /// What is marked in charts.
    pub marks: Vec<Mark>,
    /// What was measured over time.
    pub figures: Vec<Figure>,
    /// What happened, in the place where it happened.
    pub timeline: Vec<Line>,
    /// What was decided.
    pub decisions: Vec<Decision>,
    /// What was thought to be the cause.
    pub hypotheses: Vec<Hypothesis>,
    /// What was run, with its exact requests.
    pub actions: Vec<ActionReport>,
    /// Calls that followed one another.
    pub sequences: Vec<SequenceReport>,
    /// Rollbacks.
    pub rollbacks: Vec<RollbackReport>,
    /// Go-live windows.
    pub windows: Vec<WindowReport>,
    /// Updates.
    pub posts: Vec<PostReport>,
    /// What actions left to be undone or followed up, and what is to be done after a release.
    pub owed: Vec<Owed>,
    /// What was left at the close, with a reason.
    pub waived: Vec<Waived>,
    /// What the incident asked for by a time, of which somebody said how it went.
    pub deadlines: Vec<SettledDeadline>,
    /// What was not done in its time.
    pub late: Vec<Late>,
    /// SQL and patches of data.
    pub patches: Vec<Patch>,
    /// What is to be done afterwards.
    pub follow_ups: Vec<FollowUp>,
    /// Steps that something was done to.
    pub steps: Vec<StepTaken>,
    /// Files that were kept.
    pub artifacts: Vec<Artifact>,
    /// Phases beside their plan.
    pub plans: Vec<PlanReport>,
    /// Signals that were red and that no runbook mentions.
    pub unmentioned: Vec<SignalId>,
}

/// The version of the document's form: it only grows while this stays.
pub const SCHEMA: &str = "midwatch-incident-1";

/// What of a journal belongs to an incident.
pub(in crate::report) struct Record<'a> {
    /// The incident.
    pub id: &'a IncidentId,
    /// It, and what was merged into it.
    pub family: BTreeSet<&'a IncidentId>,
    /// Every fact of the journal.
    pub all: &'a [Logged],
    /// Those of the incident.
    pub own: Vec<&'a Logged>,
    /// When it was declared.
    pub declared: Timestamp,
    /// When it began: the first red signal, or the declaration.
    pub began: Timestamp,
    /// When it was over, or the last fact.
    pub ended: Timestamp,
    /// Where each role's holder changed, in order.
    roles: BTreeMap<IncidentRole, Vec<(Timestamp, &'a str)>>,
}

impl<'a> Record<'a> {
    pub(in crate::report) fn of(id: &'a IncidentId, all: &'a [Logged], measures: &Measures) -> Option<Self> {
        let declared = measures.declared?;
        let mut family = BTreeSet::from([id]);
        // What was merged into one that was merged itself came before that.
        for entry in all.iter().rev() {
            if let Fact::IncidentMerged { incident, into, .. } = &entry.fact
                && family.contains(into)
                && incident != id
            {
                family.insert(incident);
            }
        }
        let mut roles: BTreeMap<IncidentRole, Vec<(Timestamp, &str)>> = BTreeMap::new();
        let mut own = Vec::new();
        for entry in all {
            if entry.incident.as_ref().is_some_and(|known| family.contains(known)) {
                own.push(entry);
            }
            if let Fact::RoleTaken { incident, role, who, .. } = &entry.fact
                && incident == id
            {
                roles.entry(*role).or_default().push((entry.at, who));
            }
        }
        let last = all.last().map_or(declared, |entry| entry.at);
        Some(Self {
            id,
            family,
            all,
            own,
            declared,
            began: measures.began.unwrap_or(declared).min(declared),
            ended: measures.closed.unwrap_or(last).max(declared),
            roles,
        })
    }

    /// From when until when charts go: a while before it began, and as long after it as anything was read; not from
    /// before anything was known.
    fn shown(&self, measures: &Measures, readings: &Readings) -> (Timestamp, Timestamp) {
        let around = measures::around(self.ended.since(self.began));
        let read = readings.last().unwrap_or(self.ended);
        let last = if measures.closed.is_some() { read.min(self.ended.plus(around)) } else { read };
        let earliest = self.began.minus(around);
        // A release that went live before anybody looked is seen all the same.
        let released = self.all.iter().filter_map(|entry| match &entry.fact {
            Fact::ReleaseSeen { from: Some(_), went_live, .. } => went_live.filter(|at| *at >= earliest),
            _ => None,
        });
        let known =
            self.all.first().map(|entry| entry.at).into_iter().chain(readings.first()).chain(released);
        let from = earliest.max(known.min().unwrap_or(self.began).min(self.began));
        (from, last.max(self.ended))
    }

    /// The role that `name` had at `at`, as a report says it where a judgement would sit.
    fn role_of(&self, name: &str, at: Timestamp) -> &'static str {
        let has = |changes: &Vec<(Timestamp, &str)>| {
            let known = changes.partition_point(|(when, _)| *when <= at);
            known.checked_sub(1).is_some_and(|last| changes[last].1 == name)
        };
        let role = IncidentRole::ALL.into_iter().find(|role| self.roles.get(role).is_some_and(has));
        match role {
            Some(IncidentRole::Commander) => "the commander",
            Some(IncidentRole::Operations) => "operations",
            Some(IncidentRole::Comms) => "comms",
            Some(IncidentRole::Scribe) => "the scribe",
            None => "the operator",
        }
    }
}

impl IncidentReport {
    /// The report of `incident`, from all facts of a journal in their order and what was measured meanwhile; `None` where nobody declared it.
    pub fn of(incident: &IncidentId, entries: &[Logged], readings: &Readings) -> Option<Self> {
        let measures = Measures::of(incident, entries);
        let record = Record::of(incident, entries, &measures)?;
        let life = life::life(&record)?;
        let summaries = super::incidents(entries);
        let chosen = summaries.iter().find(|summary| summary.id == *incident);
        let actions = actions::actions(&record);
        let (from, to) = record.shown(&measures, readings);
        let lanes = health::lanes(&record, from, to);
        Some(Self {
            schema: SCHEMA,
            incident: incident.clone(),
            title: life.title,
            kind: life.kind,
            severity: life.severity,
            phase: life.phase,
            merged_into: life.merged_into,
            merged: life.merged,
            summary: life.summary,
            as_of: entries.last().map_or(record.ended, |entry| entry.at),
            times: measures.times(),
            changes: life.changes,
            roles: life.roles,
            escalations: life.escalations,
            seen: health::red(&lanes, record.ended),
            switched: health::switched(&record),
            marks: marks(&record, from, to),
            figures: figures(&record, readings, from, to),
            timeline: timeline::timeline(&record),
            decisions: thoughts::decisions(&record),
            hypotheses: thoughts::hypotheses(&record),
            sequences: actions::sequences(&record),
            rollbacks: actions::rollbacks(&record),
            windows: actions::windows(&record),
            posts: posts::posts(&record),
            owed: owed::owed(&record),
            waived: owed::waived(&record),
            deadlines: clocks::settled(&record),
            late: clocks::late(&record),
            patches: thoughts::patches(&record),
            follow_ups: thoughts::follow_ups(&record),
            steps: steps::steps(&record),
            artifacts: artifacts(record.own.iter().copied()),
            plans: plans(record.own.iter().copied()),
            unmentioned: super::unmentioned(chosen, entries),
            measures,
            lanes,
            actions,
        })
    }

    /// The document for programs: every text in it is clean.
    pub fn document(&self) -> serde_json::Value {
        let mut document = serde_json::to_value(self).unwrap_or_default();
        harmless(&mut document);
        document
    }
}

/// Makes every text in `value` one that no terminal and no reader's eye obeys; line ends stay.
pub(in crate::report) fn harmless(value: &mut serde_json::Value) {
    use serde_json::Value;
    match value {
        Value::String(text) => {
            if text.chars().any(crate::domain::text::is_hostile) {
                *text = crate::domain::text::clean_lines(text);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(harmless),
        Value::Object(fields) => fields.values_mut().for_each(harmless),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
