//! Which incidents of a journal are meant.

use std::collections::BTreeSet;

use super::{Summary, incidents};
use crate::domain::fact::Logged;
use crate::domain::ids::IncidentId;
use crate::domain::incident::{IncidentKind, Severity};
use crate::domain::narrate::tell;
use crate::domain::time::Timestamp;

/// Whether those that are open are meant, or those that are not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// All.
    #[default]
    Any,
    /// Those that are open.
    Open,
    /// Those that are closed, or merged into another.
    Closed,
}

/// What is asked of incidents: all of it holds of each that is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Open or closed.
    pub standing: Standing,
    /// One of these; any where there is none.
    pub severities: Vec<Severity>,
    /// Of this kind.
    pub kind: Option<IncidentKind>,
    /// Declared then or later.
    pub since: Option<Timestamp>,
    /// Declared before then.
    pub until: Option<Timestamp>,
    /// In its title, its summary, or a line of its timeline; without regard to case.
    pub text: Option<String>,
}

impl Filter {
    /// Whether something is asked at all.
    pub fn is_any(&self) -> bool {
        *self == Self::default()
    }

    /// The incidents of `entries` that are meant, newest first.
    pub fn of(&self, entries: &[Logged]) -> Vec<Summary> {
        let told = self.text.as_ref().map(|text| speaking_of(&text.to_lowercase(), entries));
        let mut meant = incidents(entries);
        meant.retain(|summary| self.takes(summary, told.as_ref()));
        meant
    }

    fn takes(&self, summary: &Summary, told: Option<&BTreeSet<&IncidentId>>) -> bool {
        let standing = match self.standing {
            Standing::Any => true,
            Standing::Open => summary.closed.is_none(),
            Standing::Closed => summary.closed.is_some(),
        };
        standing
            && (self.severities.is_empty() || self.severities.contains(&summary.severity))
            && self.kind.is_none_or(|kind| summary.kind == kind)
            && self.since.is_none_or(|since| summary.declared >= since)
            && self.until.is_none_or(|until| summary.declared < until)
            && told.is_none_or(|told| told.contains(&summary.id))
    }
}

/// The incidents in which something says `text`, which is in lower case.
fn speaking_of<'a>(text: &str, entries: &'a [Logged]) -> BTreeSet<&'a IncidentId> {
    let mut found = BTreeSet::new();
    for entry in entries {
        let Some(incident) = &entry.incident else { continue };
        if !found.contains(incident) && tell(&entry.fact).text.to_lowercase().contains(text) {
            found.insert(incident);
        }
    }
    found
}
