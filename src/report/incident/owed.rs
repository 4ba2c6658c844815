//! What was left to be done: obligations of actions, duties after a release, and what was waived at the close.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::fact::Fact;
use crate::domain::time::Timestamp;

use super::Record;

/// Something that was owed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Owed {
    /// Its name: `O-1` for what an action left, `D-1` for what is done after a release.
    pub id: String,
    /// What.
    pub text: String,
    /// When it was owed from.
    pub opened: Timestamp,
    /// By when, where that was said.
    pub due: Option<Timestamp>,
    /// How it stands: `open`, `discharged`, `waived`.
    pub state: &'static str,
    /// When that was so.
    pub settled: Option<Timestamp>,
    /// What was found, or why it was waived; may be empty.
    pub detail: String,
    /// How often it was done, for what comes round.
    pub rounds: u32,
}

/// Something that was left at the close.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Waived {
    /// When.
    pub at: Timestamp,
    /// What would have been settled.
    pub text: String,
    /// The role that waived it.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// What was owed, oldest first.
pub(super) fn owed(record: &Record<'_>) -> Vec<Owed> {
    let mut all: Vec<Owed> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in &record.own {
        match &entry.fact {
            Fact::ObligationOpened { obligation, text, due, .. } => {
                places.insert(obligation.as_str(), all.len());
                all.push(new(obligation.as_str(), text, entry.at, Some(*due)));
            }
            Fact::DutiesOpened { duties, .. } => {
                for duty in duties {
                    places.insert(duty.id.as_str(), all.len());
                    all.push(new(duty.id.as_str(), &duty.words(), entry.at, Some(entry.at.plus(duty.first))));
                }
            }
            _ => {}
        }
    }
    for entry in record.all {
        let (id, state, detail) = match &entry.fact {
            Fact::ObligationDischarged { obligation, detail, .. } => {
                (obligation.as_str(), "discharged", detail.as_str())
            }
            Fact::ObligationWaived { obligation, reason, .. } => {
                (obligation.as_str(), "waived", reason.as_str())
            }
            Fact::ObligationExtended { obligation, due, .. } => {
                if let Some(at) = places.get(obligation.as_str()) {
                    all[*at].due = Some(*due);
                }
                continue;
            }
            Fact::DutyDone { duty, detail, .. } => (duty.as_str(), "discharged", detail.as_str()),
            Fact::DutyWaived { duty, reason, .. } => (duty.as_str(), "waived", reason.as_str()),
            Fact::DutyEnded { duty, .. } => {
                if let Some(known) = places.get(duty.as_str()).map(|at| &mut all[*at]) {
                    known.settled = Some(entry.at);
                }
                continue;
            }
            _ => continue,
        };
        if let Some(known) = places.get(id).map(|at| &mut all[*at]) {
            known.state = state;
            known.settled = Some(entry.at);
            detail.clone_into(&mut known.detail);
            known.rounds += u32::from(state == "discharged");
        }
    }
    all
}

fn new(id: &str, text: &str, opened: Timestamp, due: Option<Timestamp>) -> Owed {
    Owed {
        id: id.to_owned(),
        text: text.to_owned(),
        opened,
        due,
        state: "open",
        settled: None,
        detail: String::new(),
        rounds: 0,
    }
}

/// What was left at the close, oldest first.
pub(super) fn waived(record: &Record<'_>) -> Vec<Waived> {
    let of = |entry: &&crate::domain::fact::Logged| match &entry.fact {
        Fact::ClosingWaived { text, by, reason, .. } => Some(Waived {
            at: entry.at,
            text: text.clone(),
            by: record.role_of(by, entry.at).to_owned(),
            reason: reason.clone(),
        }),
        _ => None,
    };
    record.own.iter().filter_map(of).collect()
}
