//! Steps of runbooks as incidents left them: how often done, how often not, and how long one takes.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use serde::Serialize;

use super::{Spread, or_dash};
use crate::domain::fact::{Fact, Logged};
use crate::domain::ids::IncidentId;
use crate::domain::runbook::{StepRef, StepState};
use crate::domain::time::Timestamp;

/// One step in all incidents.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepFigures {
    /// The runbook's file and the step's anchor.
    #[serde(flatten)]
    pub step: StepRef,
    /// Its words, as they were when it was marked last.
    pub text: String,
    /// How many incidents left it done.
    pub done: u64,
    /// How many left it out.
    pub skipped: u64,
    /// How many left it failed.
    pub failed: u64,
    /// In how many it had no meaning.
    pub not_applicable: u64,
    /// From when it was gone about, walked to or run first, until it was ticked.
    pub took: Spread,
}

#[derive(Default)]
struct Kept<'a> {
    text: &'a str,
    /// The last mark in each incident counts.
    states: BTreeMap<&'a IncidentId, &'a StepState>,
    took: Vec<Duration>,
}

/// Of the steps that were marked in `incidents`, those that are left out most first.
pub fn figures(entries: &[Logged], incidents: &[&IncidentId]) -> Vec<StepFigures> {
    let meant: HashSet<&IncidentId> = incidents.iter().copied().collect();
    let mut all: BTreeMap<&StepRef, Kept<'_>> = BTreeMap::new();
    // When the cursor came to the step where it is, and when the first command of a step left, in this incident.
    let mut came: Option<(&StepRef, Timestamp)> = None;
    let mut ran: BTreeMap<(&IncidentId, &StepRef), Timestamp> = BTreeMap::new();
    for entry in entries {
        match (&entry.fact, &entry.incident) {
            (Fact::Walked { step }, _) => came = Some((step, entry.at)),
            (Fact::RunRequested { step: Some(step), .. }, Some(incident)) if meant.contains(incident) => {
                ran.entry((incident, step)).or_insert(entry.at);
            }
            (Fact::StepMarked { step, text, state, .. }, Some(incident)) if meant.contains(incident) => {
                let known = all.entry(step).or_default();
                known.text = text;
                known.states.insert(incident, state);
                if *state == StepState::Done {
                    let walked = came.filter(|(at, _)| *at == step).map(|(_, since)| since);
                    let began = ran.remove(&(incident, step)).into_iter().chain(walked).min();
                    known.took.extend(began.map(|began| entry.at.since(began)));
                }
            }
            _ => {}
        }
    }
    let mut figures: Vec<StepFigures> = all.into_iter().map(|(step, kept)| of(step, &kept)).collect();
    figures.sort_by_key(|known| std::cmp::Reverse((known.skipped + known.failed, known.done)));
    figures
}

fn of(step: &StepRef, kept: &Kept<'_>) -> StepFigures {
    let mut known = StepFigures {
        step: step.clone(),
        text: kept.text.to_owned(),
        done: 0,
        skipped: 0,
        failed: 0,
        not_applicable: 0,
        took: Spread::of(kept.took.iter().copied()),
    };
    for state in kept.states.values() {
        match state {
            StepState::Open => {}
            StepState::Done => known.done += 1,
            StepState::Skipped { .. } => known.skipped += 1,
            StepState::Failed { .. } => known.failed += 1,
            StepState::NotApplicable => known.not_applicable += 1,
        }
    }
    known
}

pub(super) fn lines(steps: &[StepFigures]) -> Vec<String> {
    if steps.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![String::new(), "  done  skipped  failed  not appl.   median  step".into()];
    for known in steps {
        lines.push(format!(
            "{:>6} {:>8} {:>7} {:>10} {:>8}  {} ({})",
            known.done,
            known.skipped,
            known.failed,
            known.not_applicable,
            or_dash(known.took.median),
            known.text,
            known.step.runbook
        ));
    }
    lines
}
