//! Steps as an incident left them: how each stands, what that rests on, what was attached to it, what was kept.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::fact::{Fact, Logged};
use crate::domain::runbook::{StepRef, StepState};
use crate::domain::step_evidence::StepEvidence;
use crate::domain::time::Timestamp;

/// A step that something was done to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepReport {
    /// The runbook's file and the step's anchor.
    #[serde(flatten)]
    pub(super) step: StepRef,
    /// Its words, as they were when it was marked.
    pub(super) text: String,
    /// How it was marked last: open where it never was.
    pub(super) state: &'static str,
    /// Why it failed, was left out or does not apply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
    /// Who marked it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) by: Option<String>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<Timestamp>,
    /// What the mark rests on.
    pub(super) evidence: Vec<StepEvidence>,
    /// Why it was ticked although what it is bound to did not say so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) despite: Option<String>,
    /// What was attached to it, oldest first.
    pub(super) attached: Vec<Attached>,
    /// Files that were kept with it, oldest first.
    pub(super) artifacts: Vec<Artifact>,
}

/// A row that was attached.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Attached {
    pub(super) source: String,
    pub(super) title: String,
    pub(super) text: String,
    pub(super) seen: Timestamp,
    pub(super) by: String,
    pub(super) at: Timestamp,
}

/// A file that was kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Artifact {
    /// The entry of the journal that says so.
    pub seq: u64,
    /// Its name.
    pub name: String,
    /// SHA-256 of what it holds, in hex.
    pub hash: String,
    /// Its bytes.
    pub size: u64,
    /// Who kept it.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// Every file that `entries` say was kept, oldest first.
pub fn artifacts<'a>(entries: impl IntoIterator<Item = &'a Logged>) -> Vec<Artifact> {
    entries.into_iter().filter_map(|entry| artifact(entry).map(|(_, artifact)| artifact)).collect()
}

fn artifact(entry: &Logged) -> Option<(Option<&StepRef>, Artifact)> {
    let Fact::ArtifactKept { step, name, hash, size, by } = &entry.fact else { return None };
    let artifact = Artifact {
        seq: entry.seq,
        name: name.clone(),
        hash: hash.clone(),
        size: *size,
        by: by.clone(),
        at: entry.at,
    };
    Some((step.as_ref(), artifact))
}

/// The steps that `entries` speak of, in the order they were first touched.
pub fn steps(entries: &[&Logged]) -> Vec<StepReport> {
    let mut all = Known::default();
    for entry in entries {
        match &entry.fact {
            Fact::StepMarked { step, text, state, by, evidence, despite, why, .. } => {
                let known = all.of(step);
                known.text.clone_from(text);
                known.state = state.word();
                known.reason = match state {
                    StepState::Failed { reason } | StepState::Skipped { reason } => Some(reason.clone()),
                    StepState::NotApplicable => why.clone(),
                    StepState::Open | StepState::Done => None,
                };
                (known.by, known.at) = (Some(by.clone()), Some(entry.at));
                known.evidence.clone_from(evidence);
                known.despite.clone_from(despite);
            }
            Fact::EvidenceAttached { step, words, source, title, text, seen, by } => {
                let known = all.of(step);
                known.text.clone_from(words);
                known.attached.push(Attached {
                    source: source.clone(),
                    title: title.clone(),
                    text: text.clone(),
                    seen: *seen,
                    by: by.clone(),
                    at: entry.at,
                });
            }
            Fact::ArtifactKept { .. } => {
                if let Some((Some(step), artifact)) = artifact(entry) {
                    all.of(step).artifacts.push(artifact);
                }
            }
            _ => {}
        }
    }
    all.steps
}

/// Steps while facts are gone through, and where each stands.
#[derive(Default)]
struct Known<'a> {
    steps: Vec<StepReport>,
    places: BTreeMap<&'a StepRef, usize>,
}

impl<'a> Known<'a> {
    fn of(&mut self, step: &'a StepRef) -> &mut StepReport {
        let at = *self.places.entry(step).or_insert_with(|| {
            self.steps.push(StepReport {
                step: step.clone(),
                text: String::new(),
                state: StepState::Open.word(),
                reason: None,
                by: None,
                at: None,
                evidence: Vec::new(),
                despite: None,
                attached: Vec::new(),
                artifacts: Vec::new(),
            });
            self.steps.len() - 1
        });
        &mut self.steps[at]
    }
}
