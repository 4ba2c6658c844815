//! The clocks of an incident: what somebody said was kept to or given up, and what came late.

use std::collections::HashMap;
use std::time::Duration;

use serde::Serialize;

use crate::domain::fact::{Fact, Logged};
use crate::domain::ids::NudgeId;
use crate::domain::incident::{IncidentDeadline, Pressing};
use crate::domain::time::Timestamp;
use crate::report::phases::millis;

use super::Record;

/// Something the incident asked for by a time, of which somebody said how it went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SettledDeadline {
    /// When that was said.
    pub at: Timestamp,
    /// Which.
    pub deadline: IncidentDeadline,
    /// What it asked for, in words.
    pub text: &'static str,
    /// Whether it was done; otherwise it was given up.
    pub done: bool,
    /// How long after the declaration.
    #[serde(rename = "after_ms", serialize_with = "millis")]
    pub after: Duration,
    /// Where or how; or why not. May be empty.
    pub detail: String,
    /// Who said so; the role where it was given up.
    pub by: String,
}

/// Something that was not done in its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Late {
    /// Since when it was late.
    pub at: Timestamp,
    /// What, in words.
    pub text: String,
    /// Until when: it was done, or not asked for any more.
    pub until: Option<Timestamp>,
}

/// What was said of the clocks, oldest first; also what was said after the close.
pub(super) fn settled(record: &Record<'_>) -> Vec<SettledDeadline> {
    let of = |entry: &Logged| match &entry.fact {
        Fact::DeadlineSettled { incident, deadline, done, detail, by }
            if record.family.contains(incident) =>
        {
            let by = if *done { by.clone() } else { record.role_of(by, entry.at).to_owned() };
            Some(SettledDeadline {
                at: entry.at,
                deadline: *deadline,
                text: deadline.words(),
                done: *done,
                after: entry.at.since(record.declared),
                detail: detail.clone(),
                by,
            })
        }
        _ => None,
    };
    record.all.iter().filter_map(of).collect()
}

/// What came late while the incident was open, oldest first.
pub(super) fn late(record: &Record<'_>) -> Vec<Late> {
    let mut all: Vec<Late> = Vec::new();
    let mut going: HashMap<&NudgeId, usize> = HashMap::new();
    for entry in record.all {
        match &entry.fact {
            Fact::Nudged { nudge, text, pressing: Pressing::Late }
                if entry.incident.as_ref().is_some_and(|known| record.family.contains(known)) =>
            {
                going.insert(nudge, all.len());
                all.push(Late { at: entry.at, text: text.clone(), until: None });
            }
            Fact::NudgeEnded { nudge } => {
                if let Some(at) = going.remove(nudge) {
                    all[at].until = Some(entry.at);
                }
            }
            _ => {}
        }
    }
    all
}
