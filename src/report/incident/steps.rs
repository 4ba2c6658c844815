//! Steps as an incident went through them: how each stands, how long it took, and what its mark rests on.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::domain::fact::Fact;
use crate::domain::runbook::{StepRef, StepState};
use crate::domain::time::Timestamp;
use crate::report::phases::maybe_millis;
use crate::report::steps::{StepReport, steps as marked};

use super::Record;

/// A step that something was done to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepTaken {
    /// The runbook's file and the step's anchor.
    #[serde(flatten)]
    pub step: StepRef,
    /// Its words.
    pub text: String,
    /// How it was marked last.
    pub state: &'static str,
    /// Why it did not succeed, was left out or does not apply.
    pub reason: Option<String>,
    /// Who marked it; their role where it was left out or did not succeed.
    pub by: Option<String>,
    /// When it was marked last.
    pub at: Option<Timestamp>,
    /// From when it was gone about until it was first marked done or left out.
    #[serde(rename = "took_ms", serialize_with = "maybe_millis")]
    pub took: Option<Duration>,
    /// What the mark rests on, in words.
    pub rests_on: Vec<String>,
    /// Why it was ticked although what it is bound to did not say so.
    pub despite: Option<String>,
    /// What was attached to it, in words.
    pub attached: Vec<Attached>,
    /// SHA-256 of files that were kept with it.
    pub artifacts: Vec<String>,
}

/// A row of a pane that was attached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attached {
    /// The source.
    pub source: String,
    /// What it was.
    pub title: String,
    /// What was copied of it.
    pub text: String,
    /// When it happened, or was read.
    pub seen: Timestamp,
}

/// Every step, in the order they were first touched.
pub(super) fn steps(record: &Record<'_>) -> Vec<StepTaken> {
    let took = durations(record);
    let of = |step: StepReport| {
        let judged = matches!(step.state, "skipped" | "failed") || step.despite.is_some();
        let by = match (&step.by, step.at) {
            (Some(by), Some(at)) if judged => Some(record.role_of(by, at).to_owned()),
            (by, _) => by.clone(),
        };
        let attached = step.attached.into_iter().map(|row| Attached {
            source: row.source,
            title: row.title,
            text: row.text,
            seen: row.seen,
        });
        StepTaken {
            took: took.get(&step.step).copied(),
            text: step.text,
            state: step.state,
            reason: step.reason.filter(|reason| !reason.is_empty()),
            by,
            at: step.at,
            rests_on: step.evidence.iter().map(crate::domain::step_evidence::StepEvidence::words).collect(),
            despite: step.despite,
            attached: attached.collect(),
            artifacts: step.artifacts.into_iter().map(|kept| kept.hash).collect(),
            step: step.step,
        }
    };
    marked(&record.own).into_iter().map(of).collect()
}

/// How long each step took that was marked done or left out. A step begins when the operator walks to it, or when the one
/// before it was marked, whichever is later; but no later than its first run.
pub(super) fn durations<'a>(record: &Record<'a>) -> BTreeMap<&'a StepRef, Duration> {
    let mut took: BTreeMap<&StepRef, Duration> = BTreeMap::new();
    let mut walked: BTreeMap<&StepRef, Timestamp> = BTreeMap::new();
    let mut run: BTreeMap<&StepRef, Timestamp> = BTreeMap::new();
    let mut before: Option<Timestamp> = None;
    for entry in record.own.iter().copied() {
        match &entry.fact {
            Fact::Walked { step } => drop(walked.insert(step, entry.at)),
            Fact::RunRequested { step: Some(step), .. } => drop(run.entry(step).or_insert(entry.at)),
            Fact::StepMarked { step, state: StepState::Done | StepState::Skipped { .. }, .. } => {
                let known = walked.get(step).copied();
                let begun = [known, before, Some(record.began)].into_iter().flatten().max();
                let begun = begun.into_iter().chain(run.get(step).copied()).min().unwrap_or(entry.at);
                took.entry(step).or_insert_with(|| entry.at.since(begun));
                before = Some(entry.at);
            }
            _ => {}
        }
    }
    took
}

/// Every step with its words, how it was marked last, and how long it took.
pub(in crate::report) fn step_states(
    record: &Record<'_>,
) -> Vec<(StepRef, String, &'static str, Option<Duration>)> {
    let took = durations(record);
    marked(&record.own)
        .into_iter()
        .map(|step| {
            let took = took.get(&step.step).copied();
            (step.step, step.text, step.state, took)
        })
        .collect()
}
