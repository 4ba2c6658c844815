//! Facts to text for people and for programs. Pure.

mod charts;
mod drill;
mod filter;
mod handover;
mod incident;
mod markdown;
mod measures;
mod page;
mod patch;
mod phases;
mod proposals;
mod record;
mod release;
mod retention;
mod stats;
mod steps;
mod window;

use std::collections::{BTreeSet, HashMap};
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
pub use drill::{Score, Timed};
pub use filter::{Filter, Standing};
pub use handover::{Ahead, Due, Handover, Place};
pub use incident::{IncidentReport, SCHEMA as INCIDENT_SCHEMA};
pub use measures::{Measures, Times};
pub use page::PageError;
pub use patch::patch;
pub use phases::{PhaseReport, PlanReport, plans};
pub use proposals::{Learned, proposed};
pub use record::{RecordOf, record_of};
pub use release::{Operator, ReleaseEntry, RollbackEntry, releases};
pub use retention::{Outdated, outdated};
pub use stats::{Group, Noise, Punctuality, SignalNoise, Spread, Spreads, Stats, StepFigures, stats};
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
    /// What sort of incident it is.
    pub kind: IncidentKind,
    /// What it is called.
    pub title: String,
    /// When it was declared.
    pub declared: Timestamp,
    /// When somebody took it on.
    pub acknowledged: Option<Timestamp>,
    /// When it was closed, or merged into another, and not reopened since.
    pub closed: Option<Timestamp>,
    /// The incident that it was merged into.
    pub merged: Option<IncidentId>,
    /// How often it was reopened.
    pub reopened: u32,
    /// How it was summed up when it was closed last.
    pub summary: Option<String>,
}

impl Summary {
    /// `INC-7  P1  2026-11-21 14:24Z  48m  api is down`.
    pub fn line(&self) -> String {
        let when =
            self.declared.utc().map_or_else(String::new, |at| at.format("%Y-%m-%d %H:%MZ").to_string());
        let lasted =
            self.closed.map_or_else(|| "open".to_owned(), |closed| short(closed.since(self.declared)));
        let aside = self.aside();
        format!(
            "{:<8} {}  {when}  {lasted:>6}  {}{aside}",
            self.id.as_str(),
            self.severity.word(),
            self.title
        )
    }

    /// ` (security, merged into INC-3)`, where there is anything to say.
    fn aside(&self) -> String {
        let mut words = Vec::new();
        if !self.kind.is_outage() {
            words.push(self.kind.word().to_owned());
        }
        words.extend(self.merged.as_ref().map(|into| format!("merged into {into}")));
        match self.reopened {
            0 => {}
            1 => words.push("reopened".into()),
            times => words.push(format!("reopened {times} times")),
        }
        if words.is_empty() { String::new() } else { format!(" ({})", words.join(", ")) }
    }
}

/// The incidents in `entries`, newest first.
pub fn incidents(entries: &[Logged]) -> Vec<Summary> {
    let mut incidents: Vec<Summary> = Vec::new();
    let mut places: HashMap<&IncidentId, usize> = HashMap::new();
    for entry in entries {
        if let Fact::IncidentDeclared { incident, severity, title, kind, .. } = &entry.fact {
            places.insert(incident, incidents.len());
            incidents.push(Summary {
                id: incident.clone(),
                severity: *severity,
                kind: *kind,
                title: title.clone(),
                declared: entry.at,
                acknowledged: None,
                closed: None,
                merged: None,
                reopened: 0,
                summary: None,
            });
            continue;
        }
        let known = entry.incident.as_ref().and_then(|incident| places.get(incident));
        let Some(known) = known.and_then(|place| incidents.get_mut(*place)) else { continue };
        match &entry.fact {
            Fact::SeverityChanged { severity, .. } => known.severity = *severity,
            Fact::KindChanged { kind, .. } => known.kind = *kind,
            Fact::IncidentAcknowledged { .. } => drop(known.acknowledged.get_or_insert(entry.at)),
            Fact::IncidentClosed { summary, .. } => {
                known.closed = Some(entry.at);
                known.summary = Some(summary.clone());
            }
            Fact::IncidentMerged { into, .. } => {
                known.closed = Some(entry.at);
                known.merged = Some(into.clone());
            }
            Fact::IncidentReopened { .. } => {
                (known.closed, known.merged) = (None, None);
                known.reopened += 1;
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
    let mut begun = false;
    for entry in entries {
        if chosen.and_then(|summary| summary.closed).is_some_and(|closed| entry.at > closed) {
            break;
        }
        match &entry.fact {
            Fact::Settled { signal, to: Health::Down | Health::Degraded, .. } => {
                red.insert(signal);
                if begun {
                    seen.insert(signal);
                }
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
        if !begun && chosen.is_none_or(|summary| entry.at >= summary.declared) {
            begun = true;
            seen.extend(red.iter().copied());
        }
    }
    seen.intersection(&silent).map(|signal| (*signal).clone()).collect()
}
