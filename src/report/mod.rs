//! Facts to text for people and for programs. Pure.

mod drill;
mod markdown;
mod measures;
mod patch;
mod phases;
mod release;
mod steps;
mod window;

use std::collections::BTreeSet;
use std::fmt::Write;

use serde::Serialize;
use serde_json::{Value, json};

use crate::domain::fact::{Fact, Logged};
use crate::domain::ids::{IncidentId, SignalId};
use crate::domain::incident::Severity;
use crate::domain::narrate::tell;
use crate::domain::reading::Health;
use crate::domain::time::{Timestamp, short};
pub use drill::{Score, Timed};
pub use measures::Measures;
pub use patch::patch;
pub use phases::{PhaseReport, PlanReport, plans};
pub use release::{Operator, ReleaseEntry, RollbackEntry, releases};
pub use steps::{Artifact, StepReport, artifacts};
pub use window::{WindowRecord, line as window_line, of_window, summary as gate_summary, windows};

/// An incident in a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Its name.
    pub id: IncidentId,
    /// How bad it was last.
    pub severity: Severity,
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
}

impl Summary {
    /// `INC-7  P1  2026-11-21 14:24Z  48m  api is down`.
    pub fn line(&self) -> String {
        let when =
            self.declared.utc().map_or_else(String::new, |at| at.format("%Y-%m-%d %H:%MZ").to_string());
        let lasted =
            self.closed.map_or_else(|| "open".to_owned(), |closed| short(closed.since(self.declared)));
        format!("{:<8} {}  {when}  {lasted:>6}  {}", self.id.as_str(), self.severity.word(), self.title)
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
            Fact::IncidentDeclared { incident, severity, title, .. } => incidents.push(Summary {
                id: incident.clone(),
                severity: *severity,
                title: title.clone(),
                declared: entry.at,
                acknowledged: None,
                closed: None,
                summary: None,
            }),
            Fact::SeverityChanged { incident, severity, .. } => {
                if let Some(at) = known(incident, &mut incidents) {
                    incidents[at].severity = *severity;
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

/// The timeline of an incident, or of everything, for people: a line each, outputs indented.
pub fn timeline(chosen: Option<&Summary>, entries: &[Logged]) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(summary) = chosen {
        lines.push(summary.line());
        lines.push(String::new());
    }
    for entry in of(chosen, entries) {
        if let Fact::RunOutput { run, lines: output, truncated } = &entry.fact {
            lines.extend(output.iter().map(|line| format!("          {:<10}   {}", run.as_str(), line.text)));
            if *truncated {
                lines.push("                       … some output is left out …".into());
            }
        } else if entry.fact.is_told() {
            let told = tell(&entry.fact);
            let mut line = format!("{}  {:<10} {}", entry.at.clock(), told.who, told.text);
            if let Fact::Noted { about, .. } = &entry.fact
                && *about != entry.at
            {
                // Writing to a String cannot fail.
                let _ = write!(line, " (at {})", about.clock());
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
