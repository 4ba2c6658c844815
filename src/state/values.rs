//! Values of an incident: what placeholders were filled with, and what runs gave names to. A fold of facts, never a
//! secret among them.

use std::collections::BTreeMap;

use crate::domain::fact::{Fact, Logged};
use crate::domain::ids::{IncidentId, RunId};
use crate::domain::runbook::name_words;
use crate::domain::time::Timestamp;

/// Names of one kind that are kept for an incident at most; the oldest goes first.
const MOST: usize = 200;

/// A value under its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// The name as it was given.
    pub name: String,
    /// The value.
    pub value: String,
    /// Where it came from.
    pub given: Given,
    /// When.
    pub at: Timestamp,
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// Somebody filled it in.
    Typed(String),
    /// A run replied it.
    Captured(RunId),
}

type Names = BTreeMap<(Option<IncidentId>, String), Value>;

/// The values of the incidents that are open, and of none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values {
    filled: Names,
    captured: Names,
}

/// What `name` is known by: `deployment-url`, `DEPLOYMENT_URL` and `deploymentUrl` are the same.
pub fn same_name(name: &str) -> String {
    let words = name_words(name);
    if words.is_empty() { name.to_owned() } else { words.join("-") }
}

impl Values {
    pub(super) fn apply(&mut self, logged: &Logged) {
        let incident = logged.incident.clone();
        let keep = |names: &mut Names, name: &str, value: &str, given: Given| {
            let kept = Value { name: name.to_owned(), value: value.to_owned(), given, at: logged.at };
            names.insert((incident.clone(), same_name(name)), kept);
            let of = |key: &&(Option<IncidentId>, String)| key.0 == incident;
            if names.keys().filter(of).count() > MOST
                && let Some(oldest) = names
                    .iter()
                    .filter(|(key, _)| of(key))
                    .min_by_key(|(_, kept)| kept.at)
                    .map(|(key, _)| key.clone())
            {
                names.remove(&oldest);
            }
        };
        match &logged.fact {
            Fact::Filled { name, value, by } => {
                keep(&mut self.filled, name, value, Given::Typed(by.clone()));
            }
            Fact::Captured { run, name, value } => {
                keep(&mut self.captured, name, value, Given::Captured(run.clone()));
            }
            _ => {}
        }
    }

    /// An incident is over: nothing of it is offered any more.
    pub(super) fn forget(&mut self, incident: &IncidentId) {
        for names in [&mut self.filled, &mut self.captured] {
            names.retain(|(of, _), _| of.as_ref() != Some(incident));
        }
    }

    /// What a run gave `name` in `incident`.
    pub fn captured(&self, incident: Option<&IncidentId>, name: &str) -> Option<&Value> {
        self.captured.get(&(incident.cloned(), same_name(name)))
    }

    /// What `name` was filled with in `incident`.
    pub fn filled(&self, incident: Option<&IncidentId>, name: &str) -> Option<&Value> {
        self.filled.get(&(incident.cloned(), same_name(name)))
    }

    /// Every value of `incident`, newest first.
    pub fn of(&self, incident: Option<&IncidentId>) -> Vec<&Value> {
        let both = self.filled.iter().chain(&self.captured);
        let mut all: Vec<&Value> =
            both.filter(|((of, _), _)| of.as_ref() == incident).map(|(_, value)| value).collect();
        all.sort_by(|one, other| (other.at, &one.name).cmp(&(one.at, &other.name)));
        all
    }
}
