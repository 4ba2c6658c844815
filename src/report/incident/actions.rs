//! What was run in an incident: each action with its exact request and how it ended; calls in a row, rollbacks, windows.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::domain::action::{Purpose, Risk};
use crate::domain::fact::{Fact, Logged};
use crate::domain::ids::{RollbackId, RunId, WindowId};
use crate::domain::rollback::{Outcome, Side};
use crate::domain::runbook::StepRef;
use crate::domain::text::clip;
use crate::domain::time::Timestamp;
use crate::domain::window::{GateSummary, Verdict};
use crate::report::phases::{maybe_millis, millis};

use super::Record;

/// Lines of an output that are kept at each end, and columns of a line.
const ENDS: usize = 6;
const COLUMNS: usize = 240;

/// A run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ActionReport {
    /// Its name.
    pub run: RunId,
    /// What was run.
    pub title: String,
    /// What it may do to the world.
    pub risk: Risk,
    /// Who asked for it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// When its end was known.
    pub ended: Option<Timestamp>,
    /// The exact request, a line a part; secrets by name.
    pub request: Vec<String>,
    /// How it ended, in a word: `in effect`, `accepted`, `no effect seen`, `without success`, `stopped`, `not known`,
    /// `verified`, `requested`.
    pub outcome: &'static str,
    /// What was said at its end.
    pub detail: String,
    /// What it printed, shortened.
    pub output: Option<Output>,
    /// SHA-256 of files that were kept with its step from then on.
    pub artifacts: Vec<String>,
    /// The run that it took back.
    pub undoes: Option<RunId>,
}

/// What a run printed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Output {
    /// The first lines.
    pub head: Vec<String>,
    /// How many were left out between.
    pub left_out: usize,
    /// The last lines.
    pub tail: Vec<String>,
}

/// Calls that followed one another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SequenceReport {
    /// When the last of them had ended.
    pub at: Timestamp,
    /// What they did.
    pub title: String,
    /// How many ended.
    pub done: usize,
    /// How many there were.
    pub total: usize,
    /// Why it ended before its end.
    pub stopped: Option<String>,
    /// What was counted.
    pub what: String,
    /// How many of it there were before.
    pub before: Option<u64>,
    /// How many are left.
    pub after: Option<u64>,
}

/// A rollback.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RollbackReport {
    /// Its name.
    pub rollback: RollbackId,
    /// What was live.
    pub from: Option<String>,
    /// What was gone back to.
    pub to: String,
    /// Who began it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What the rule said.
    pub rule: String,
    /// Whether nobody's service depended on it.
    pub rehearsal: bool,
    /// How it ended, in words; `None` where it has not.
    pub outcome: Option<&'static str>,
    /// How long it took.
    #[serde(rename = "took_ms", serialize_with = "maybe_millis")]
    pub took: Option<Duration>,
    /// How long it might take.
    #[serde(rename = "budget_ms", serialize_with = "millis")]
    pub budget: Duration,
}

/// A go-live window.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WindowReport {
    /// Its name.
    pub window: WindowId,
    /// The release that was watched, where a source knew it.
    pub release: Option<String>,
    /// When it was opened.
    pub opened: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// How it ended.
    pub verdict: Option<Verdict>,
    /// Why.
    pub why: String,
    /// How long health lasted.
    #[serde(rename = "clean_ms", serialize_with = "maybe_millis")]
    pub clean: Option<Duration>,
    /// How often the clock was set to zero.
    pub resets: usize,
    /// What each gate did, in words.
    pub gates: Vec<String>,
}

/// What was run, oldest first. A position that was only read is left out.
pub(super) fn actions(record: &Record<'_>) -> Vec<ActionReport> {
    let mut all: Vec<ActionReport> = Vec::new();
    let mut places: BTreeMap<&RunId, usize> = BTreeMap::new();
    let mut steps: BTreeMap<&StepRef, Vec<usize>> = BTreeMap::new();
    for entry in record.own.iter().copied() {
        if let Fact::RunRequested { run, title, purpose, risk, request, by, step, undoes, .. } = &entry.fact {
            if *purpose == Purpose::Read {
                continue;
            }
            places.insert(run, all.len());
            if let Some(step) = step {
                steps.entry(step).or_default().push(all.len());
            }
            all.push(ActionReport {
                run: run.clone(),
                title: title.clone(),
                risk: *risk,
                by: by.clone(),
                at: entry.at,
                ended: None,
                request: request.preview(),
                outcome: "requested",
                detail: String::new(),
                output: None,
                artifacts: Vec::new(),
                undoes: undoes.clone(),
            });
        }
        if let Fact::ArtifactKept { step: Some(step), hash, .. } = &entry.fact {
            // The newest run of that step is what it was kept of.
            if let Some(known) = steps.get(step).and_then(|known| known.last()) {
                all[*known].artifacts.push(hash.clone());
            }
        }
    }
    // A run may end while another incident is gone on with, or after the close.
    for entry in record.all {
        let Some((run, outcome, detail)) = end(entry) else {
            if let Fact::RunOutput { run, lines, truncated } = &entry.fact
                && let Some(known) = places.get(run)
            {
                let lines: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
                add(all[*known].output.get_or_insert_default(), &lines, *truncated);
            }
            continue;
        };
        if let Some(known) = places.get(run) {
            let known = &mut all[*known];
            known.outcome = outcome;
            detail.clone_into(&mut known.detail);
            if outcome != "accepted" {
                known.ended = Some(entry.at);
            }
        }
    }
    all
}

fn end(entry: &Logged) -> Option<(&RunId, &'static str, &str)> {
    match &entry.fact {
        Fact::RunAccepted { run, detail } => Some((run, "accepted", detail)),
        Fact::RunObserved { run, detail, .. } => Some((run, "in effect", detail)),
        Fact::RunNotInEffect { run, detail } => Some((run, "no effect seen", detail)),
        Fact::RunFailed { run, detail } => Some((run, "without success", detail)),
        Fact::RunCancelled { run, detail } => Some((run, "stopped", detail)),
        Fact::RunUnknown { run, detail } => Some((run, "not known", detail)),
        Fact::RunVerified { run, detail, .. } => Some((run, "verified", detail)),
        _ => None,
    }
}

/// Adds lines that were printed: of all of them the first and the last are kept.
fn add(output: &mut Output, lines: &[&str], truncated: bool) {
    for line in lines {
        let line = clip(line, COLUMNS).into_owned();
        if output.head.len() < ENDS {
            output.head.push(line);
        } else {
            output.tail.push(line);
            if output.tail.len() > ENDS {
                output.tail.remove(0);
                output.left_out += 1;
            }
        }
    }
    // How many were not recorded at all is not known: at least one.
    output.left_out += usize::from(truncated);
}

/// Calls that followed one another, oldest first.
pub(super) fn sequences(record: &Record<'_>) -> Vec<SequenceReport> {
    let of = |entry: &&Logged| {
        let Fact::SequenceEnded { title, done, total, stopped, what, before, after, .. } = &entry.fact else {
            return None;
        };
        Some(SequenceReport {
            at: entry.at,
            title: title.clone(),
            done: *done,
            total: *total,
            stopped: stopped.clone(),
            what: what.clone(),
            before: *before,
            after: *after,
        })
    };
    record.own.iter().filter_map(of).collect()
}

/// Rollbacks, oldest first.
pub(super) fn rollbacks(record: &Record<'_>) -> Vec<RollbackReport> {
    let mut all: Vec<RollbackReport> = Vec::new();
    let mut places: BTreeMap<&RollbackId, usize> = BTreeMap::new();
    let words = |side: &Side| side.release.clone();
    for entry in &record.own {
        if let Fact::RollbackBegan { rollback, from, to, rule, budget, rehearsal, by, .. } = &entry.fact {
            places.insert(rollback, all.len());
            all.push(RollbackReport {
                rollback: rollback.clone(),
                from: from.as_ref().map(words),
                to: words(to),
                by: by.clone(),
                at: entry.at,
                rule: rule.clone(),
                rehearsal: *rehearsal,
                outcome: None,
                took: None,
                budget: *budget,
            });
        }
    }
    for entry in record.all {
        if let Fact::RollbackEnded { rollback, outcome, took, .. } = &entry.fact
            && let Some(known) = places.get(rollback)
        {
            all[*known].outcome = Some(match outcome {
                Outcome::InEffect => "in effect",
                Outcome::NotInEffect => "no effect seen",
                Outcome::Failed => "without success",
                Outcome::Cancelled => "stopped",
                Outcome::Verified => "verified by hand",
            });
            all[*known].took = Some(*took);
        }
    }
    all
}

/// Windows that were opened, oldest first.
pub(super) fn windows(record: &Record<'_>) -> Vec<WindowReport> {
    let mut all: Vec<WindowReport> = Vec::new();
    let mut places: BTreeMap<&WindowId, usize> = BTreeMap::new();
    for entry in &record.own {
        if let Fact::WindowOpened { window, release, .. } = &entry.fact {
            places.insert(window, all.len());
            all.push(WindowReport {
                window: window.clone(),
                release: release.as_ref().map(|release| release.version.clone()),
                opened: entry.at,
                ended: None,
                verdict: None,
                why: String::new(),
                clean: None,
                resets: 0,
                gates: Vec::new(),
            });
        }
    }
    for entry in record.all {
        let (window, known) = match &entry.fact {
            Fact::WindowRelease { window, .. }
            | Fact::WindowReset { window, .. }
            | Fact::WindowEnded { window, .. } => (window, places.get(window)),
            _ => continue,
        };
        let Some(known) = known.map(|at| &mut all[*at]).filter(|known| known.window == *window) else {
            continue;
        };
        match &entry.fact {
            Fact::WindowRelease { release, .. } => known.release = Some(release.version.clone()),
            Fact::WindowReset { release, .. } => {
                known.resets += 1;
                if let Some(release) = release {
                    known.release = Some(release.version.clone());
                }
            }
            Fact::WindowEnded { verdict, why, clean, gates, .. } => {
                known.ended = Some(entry.at);
                known.verdict = Some(*verdict);
                known.why.clone_from(why);
                known.clean = Some(*clean);
                known.gates = gates.iter().map(gate).collect();
            }
            _ => {}
        }
    }
    all
}

fn gate(gate: &GateSummary) -> String {
    let advisory = if gate.required { "" } else { " (advisory)" };
    format!("{}{advisory} {}: {}", gate.gate, gate.state.word(), gate.detail)
}
