//! Facts to text for people and for programs. Pure.

mod charts;
mod handover;
mod incident;
mod markdown;
mod measures;
mod page;
mod patch;
mod phases;
mod proposals;
mod release;
mod steps;
mod window;

use std::collections::BTreeSet;
use std::fmt::Write;

use serde::Serialize;
use serde_json::{Value, json};

use crate::domain::fact::{Fact, Logged};
use crate::domain::ids::{IncidentId, SignalId};
use crate::domain::incident::{IncidentKind, Severity};
use crate::domain::narrate::tell;
use crate::domain::reading::Health;
use crate::domain::time::{Timestamp, short};
pub use charts::{Chart, Point, Readings, Series, charts};
pub use handover::{Ahead, Due, Handover, Place};
pub use incident::{IncidentReport, SCHEMA as INCIDENT_SCHEMA};
pub use measures::{Measures, Times};
pub use page::PageError;
pub use patch::patch;
pub use phases::{PhaseReport, PlanReport, plans};
pub use proposals::{Learned, proposed};
pub use release::{Operator, ReleaseEntry, RollbackEntry, releases};
pub use steps::{Artifact, StepReport, artifacts};
pub use window::{WindowRecord, line as window_line, of_window, summary as gate_summary, windows};

/// The JSON Schema of a report's document, as it is published.
pub const INCIDENT_JSON_SCHEMA: &str = include_str!("../../docs/incident.schema.json");

/// An incident in a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Its name.
    pub id: IncidentId,
    /// How bad it was last.
    pub severity: Severity,
    /// What sort it was last.
    pub kind: IncidentKind,
    /// What it is called.
    pub title: String,
    /// When it was declared.
    pub declared: Timestamp,
    /// When somebody took it on.
    pub acknowledged: Option<Timestamp>,
    /// When it was closed.
    pub closed: Option<Timestamp>,
    /// How it was summed up.
    pub summary: Option<String>,
    /// The incident that it turned out to be the same as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merged: Option<IncidentId>,
    /// How often it was opened again.
    pub reopened: u32,
}

impl Summary {
    /// `INC-7  P1  2026-11-21 14:24Z  48m  api is down`.
    pub fn line(&self) -> String {
        let when =
            self.declared.utc().map_or_else(String::new, |at| at.format("%Y-%m-%d %H:%MZ").to_string());
        let lasted =
            self.closed.map_or_else(|| "open".to_owned(), |closed| short(closed.since(self.declared)));
        let kind = if self.kind.is_outage() { String::new() } else { format!(" ({})", self.kind.word()) };
        let merged = self.merged.as_ref().map(|into| format!(", merged into {into}")).unwrap_or_default();
        format!(
            "{:<8} {}  {when}  {lasted:>6}  {}{kind}{merged}",
            self.id.as_str(),
            self.severity.word(),
            self.title
        )
    }
}

/// The incidents in `entries`, newest first.
pub fn incidents(entries: &[Logged]) -> Vec<Summary> {
    let mut incidents: Vec<Summary> = Vec::new();
    for entry in entries {
        let known = |id: &IncidentId, incidents: &mut Vec<Summary>| {
            incidents.iter().position(|summary| summary.id == *id)
        };
        match &entry.fact {
            Fact::IncidentDeclared { incident, severity, title, kind, .. } => incidents.push(Summary {
                id: incident.clone(),
                severity: *severity,
                kind: *kind,
                title: title.clone(),
                declared: entry.at,
                acknowledged: None,
                closed: None,
                summary: None,
                merged: None,
                reopened: 0,
            }),
            Fact::SeverityChanged { incident, severity, .. } => {
                if let Some(at) = known(incident, &mut incidents) {
                    incidents[at].severity = *severity;
                }
            }
            Fact::KindChanged { incident, kind, .. } => {
                if let Some(at) = known(incident, &mut incidents) {
                    incidents[at].kind = *kind;
                }
            }
            Fact::IncidentMerged { incident, into, .. } => {
                if let Some(at) = known(incident, &mut incidents) {
                    incidents[at].closed = Some(entry.at);
                    incidents[at].merged = Some(into.clone());
                }
            }
            Fact::IncidentReopened { incident, .. } => {
                if let Some(at) = known(incident, &mut incidents) {
                    let reopened = incidents[at].reopened + 1;
                    incidents[at] = Summary {
                        closed: None,
                        summary: None,
                        merged: None,
                        reopened,
                        ..incidents[at].clone()
                    };
                }
            }
            Fact::IncidentAcknowledged { incident, .. } => {
                if let Some(at) = known(incident, &mut incidents) {
                    incidents[at].acknowledged.get_or_insert(entry.at);
                }
            }
            Fact::IncidentClosed { incident, summary, .. } => {
                if let Some(at) = known(incident, &mut incidents) {
                    incidents[at].closed = Some(entry.at);
                    incidents[at].summary = Some(summary.clone());
                }
            }
            _ => {}
        }
    }
    incidents.reverse();
    incidents
}

fn of<'a>(chosen: Option<&Summary>, entries: &'a [Logged]) -> impl Iterator<Item = &'a Logged> {
    let wanted = chosen.map(|summary| summary.id.clone());
    entries.iter().filter(move |entry| wanted.is_none() || entry.incident == wanted)
}

/// Facts in the order in which they happened: what was dated back stands where it belongs. All others stay as they were
/// written, whatever the clock was set to meanwhile.
pub fn by_time<'a>(entries: impl Iterator<Item = &'a Logged>) -> Vec<&'a Logged> {
    let mut ordered: Vec<&Logged> = Vec::new();
    for entry in entries {
        let happened = entry.happened();
        let back = if happened < entry.at {
            ordered.iter().rev().take_while(|earlier| earlier.happened() > happened).count()
        } else {
            0
        };
        ordered.insert(ordered.len() - back, entry);
    }
    ordered
}

/// The timeline of an incident, or of everything, for people: a line each, outputs indented.
pub fn timeline(chosen: Option<&Summary>, entries: &[Logged]) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(summary) = chosen {
        lines.push(summary.line());
        lines.push(String::new());
    }
    for entry in by_time(of(chosen, entries)) {
        if let Fact::RunOutput { run, lines: output, truncated } = &entry.fact {
            lines.extend(output.iter().map(|line| format!("          {:<10}   {}", run.as_str(), line.text)));
            if *truncated {
                lines.push("                       … some output is left out …".into());
            }
        } else if entry.fact.is_told() {
            let (told, happened) = (tell(&entry.fact), entry.happened());
            let mut line = format!("{}  {:<10} {}", happened.clock(), told.who, told.text);
            if happened != entry.at {
                // Writing to a String cannot fail.
                let _ = write!(line, " (written at {})", entry.at.clock());
            }
            lines.push(line);
        }
    }
    let plans = plans(of(chosen, entries));
    if !plans.is_empty() {
        lines.push(String::new());
        lines.push("Planned and actual".into());
        for plan in plans {
            lines.push(format!("  {}", plan.line()));
            lines.extend(plan.phases.iter().map(|phase| format!("    {}", phase.line())));
        }
    }
    let unmentioned = unmentioned(chosen, entries);
    if !unmentioned.is_empty() {
        let names: Vec<&str> = unmentioned.iter().map(SignalId::as_str).collect();
        lines.push(String::new());
        lines.push(format!("No runbook mentions: {}", names.join(", ")));
    }
    lines
}

/// An incident, or everything, for programs.
pub fn document(chosen: Option<&Summary>, entries: &[Logged]) -> Value {
    let facts: Vec<&Logged> = of(chosen, entries).collect();
    let (steps, kept) = (steps::steps(&facts), artifacts(facts.iter().copied()));
    let plans = plans(facts.iter().copied());
    let unmentioned = unmentioned(chosen, entries);
    json!({
        "incident": chosen, "facts": facts, "steps": steps, "artifacts": kept, "plans": plans,
        "unmentioned": unmentioned,
    })
}

/// Signals that were red while the incident was open, or ever, and that no runbook mentions: what the runbooks lack.
pub fn unmentioned(chosen: Option<&Summary>, entries: &[Logged]) -> Vec<SignalId> {
    let mut red: BTreeSet<&SignalId> = BTreeSet::new();
    let mut silent: BTreeSet<&SignalId> = BTreeSet::new();
    let mut seen: BTreeSet<&SignalId> = BTreeSet::new();
    for entry in entries {
        if chosen.and_then(|summary| summary.closed).is_some_and(|closed| entry.at > closed) {
            break;
        }
        match &entry.fact {
            Fact::Settled { signal, to: Health::Down | Health::Degraded, .. } => {
                red.insert(signal);
            }
            Fact::Settled { signal, to: Health::Ok | Health::Blind, .. } => {
                red.remove(signal);
            }
            Fact::Routed { signal, mention: None } => {
                silent.insert(signal);
            }
            Fact::Routed { signal, mention: Some(_) } => {
                silent.remove(signal);
            }
            _ => {}
        }
        // What was red already when it was declared counts as well.
        if chosen.is_none_or(|summary| entry.at >= summary.declared) {
            seen.extend(red.iter().copied());
        }
    }
    seen.intersection(&silent).map(|signal| (*signal).clone()).collect()
}
