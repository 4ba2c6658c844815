//! A status page's words. Only what is looked at; everything but a name may be absent.

use serde::Deserialize;

use crate::domain::entry::Entry;
use crate::domain::reading::Health;
use crate::domain::time::{Timestamp, short};

#[derive(Debug, Deserialize)]
pub(super) struct Summary {
    pub(super) status: Status,
    #[serde(default)]
    pub(super) components: Vec<Component>,
    #[serde(default)]
    pub(super) incidents: Vec<Incident>,
    #[serde(default)]
    pub(super) scheduled_maintenances: Vec<Incident>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Status {
    /// `none`, `minor`, `major`, `critical`, `maintenance`.
    pub(super) indicator: String,
    #[serde(default)]
    pub(super) description: String,
}

impl Status {
    pub(super) fn is_well(&self) -> bool {
        self.indicator == "none"
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Component {
    #[serde(default)]
    id: String,
    pub(super) name: String,
    /// `operational`, `degraded_performance`, `partial_outage`, `major_outage`, `under_maintenance`.
    #[serde(default)]
    status: String,
    #[serde(default)]
    pub(super) group: bool,
    updated_at: Option<Timestamp>,
}

impl Component {
    pub(super) fn is_well(&self) -> bool {
        self.status == "operational"
    }

    pub(super) fn entry(&self, matters: bool) -> Entry {
        let health = match self.status.as_str() {
            _ if !matters => Health::Ok,
            "major_outage" | "partial_outage" => Health::Down,
            _ => Health::Degraded,
        };
        let key = if self.id.is_empty() { &self.name } else { &self.id };
        let mut entry = Entry::new(key, health, self.status.replace('_', " "), &self.name);
        entry.at = self.updated_at;
        entry
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Incident {
    #[serde(default)]
    id: String,
    name: String,
    /// `investigating`, `identified`, `monitoring`, `resolved`, `postmortem`; of maintenance `scheduled`,
    /// `in_progress`, `verifying`, `completed`.
    #[serde(default)]
    status: String,
    #[serde(default)]
    impact: String,
    created_at: Option<Timestamp>,
    updated_at: Option<Timestamp>,
    scheduled_for: Option<Timestamp>,
    shortlink: Option<String>,
    #[serde(default)]
    pub(super) components: Vec<Component>,
    #[serde(default, rename = "incident_updates")]
    updates: Vec<Update>,
}

#[derive(Debug, Deserialize)]
struct Update {
    #[serde(default)]
    status: String,
    #[serde(default)]
    body: String,
    created_at: Option<Timestamp>,
}

impl Incident {
    pub(super) fn is_open(&self) -> bool {
        !matches!(self.status.as_str(), "resolved" | "postmortem" | "completed" | "scheduled")
    }

    pub(super) fn entry(&self, at: Timestamp) -> Entry {
        let health = match self.impact.as_str() {
            "major" | "critical" => Health::Down,
            "none" | "maintenance" => Health::Ok,
            _ => Health::Degraded,
        };
        let key = if self.id.is_empty() { &self.name } else { &self.id };
        let mut entry = Entry::new(key, health, self.status.replace('_', " "), &self.name);
        entry.at = self.updated_at.or(self.created_at);
        entry.began = self.scheduled_for.or(self.created_at);
        entry.link.clone_from(&self.shortlink);
        if let Some(began) = entry.began {
            entry.cells.push(("FOR", short(at.since(began))));
        }
        entry.facts.push(("impact", self.impact.clone()));
        let concerned: Vec<&str> = self.components.iter().map(|component| component.name.as_str()).collect();
        if !concerned.is_empty() {
            entry.facts.push(("components", concerned.join(", ")));
        }
        for update in &self.updates {
            let when = update.created_at.map_or_else(String::new, Timestamp::rfc3339);
            entry.body.push(format!("{when} {}", update.status));
            entry.body.push(update.body.clone());
        }
        entry
    }
}
