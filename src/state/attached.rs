//! What was attached to steps, and files that were kept beside the journal.

use std::collections::BTreeMap;

use crate::domain::fact::{Fact, Logged};
use crate::domain::ids::IncidentId;
use crate::domain::runbook::StepRef;
use crate::domain::step_evidence::StepEvidence;
use crate::domain::time::Timestamp;

/// What was attached, by the incident and the step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attached {
    steps: BTreeMap<(Option<IncidentId>, StepRef), Vec<Attachment>>,
    /// Every file that was kept, once: its hash and its size.
    files: BTreeMap<String, u64>,
}

/// One thing that was attached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// What it is.
    pub evidence: StepEvidence,
    /// What was copied of it, on one line.
    pub text: String,
    /// Who attached it.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

impl Attached {
    /// What was attached to `step` in `incident`, oldest first.
    pub fn to(&self, incident: Option<&IncidentId>, step: &StepRef) -> &[Attachment] {
        self.steps.get(&(incident.cloned(), step.clone())).map_or(&[], Vec::as_slice)
    }

    /// Everything that was attached to steps in `incident`, by step, each oldest first with its place.
    pub fn of<'a>(
        &'a self,
        incident: Option<&'a IncidentId>,
    ) -> impl Iterator<Item = (&'a StepRef, usize, &'a Attachment)> {
        let here = self.steps.iter().filter(move |((of, _), _)| of.as_ref() == incident);
        here.flat_map(|((_, step), all)| all.iter().enumerate().map(move |(place, one)| (step, place, one)))
    }

    /// How many bytes all files that were kept have.
    pub fn size(&self) -> u64 {
        self.files.values().fold(0, |sum, size| sum.saturating_add(*size))
    }

    /// Whether a file with this hash was kept.
    pub fn holds(&self, hash: &str) -> bool {
        self.files.contains_key(hash)
    }

    /// Takes one fact.
    pub(super) fn apply(&mut self, logged: &Logged) {
        let (step, evidence, text, by) = match &logged.fact {
            Fact::EvidenceAttached { step, source, title, text, seen, by, .. } => {
                let (source, title) = (source.clone(), title.clone());
                (Some(step), StepEvidence::Attached { source, title, at: *seen }, text.clone(), by)
            }
            Fact::ArtifactKept { step, name, hash, size, by } => {
                self.files.insert(hash.clone(), *size);
                let evidence = StepEvidence::Artifact { name: name.clone(), hash: hash.clone() };
                (step.as_ref(), evidence, format!("{name} sha256:{hash}"), by)
            }
            _ => return,
        };
        let Some(step) = step else { return };
        let attachment = Attachment { evidence, text, by: by.clone(), at: logged.at };
        self.steps.entry((logged.incident.clone(), step.clone())).or_default().push(attachment);
    }
}
