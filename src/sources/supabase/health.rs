//! Whether a project is active and its services are well.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::SERVICES;
use crate::domain::entry::Entry;
use crate::domain::io::{IoReply, IoRequest, Reason};
use crate::domain::reading::Health;
use crate::domain::signal::Signal;
use crate::domain::time::Timestamp;
use crate::sources::reply::{self, Fault, Found};

pub(super) const PART: &str = "health";

#[derive(Debug, Deserialize)]
struct Project {
    status: String,
    name: Option<String>,
    region: Option<String>,
}

impl Project {
    fn health(&self) -> Health {
        match self.status.as_str() {
            "ACTIVE_HEALTHY" => Health::Ok,
            // Something is wrong with it, but its database may run: its services say more.
            "ACTIVE_UNHEALTHY" | "PAUSE_FAILED" => Health::Degraded,
            "INACTIVE" | "COMING_UP" | "GOING_DOWN" | "INIT_FAILED" | "REMOVED" | "RESTORING"
            | "UPGRADING" | "PAUSING" | "RESTORE_FAILED" | "RESTARTING" | "RESIZING" => Health::Down,
            _ => Health::Blind,
        }
    }
}

#[derive(Debug, Deserialize)]
struct Service {
    name: String,
    /// `COMING_UP`, `ACTIVE_HEALTHY`, `UNHEALTHY`.
    status: Option<String>,
    /// What was said before there was a `status`.
    healthy: Option<bool>,
    #[serde(default)]
    error: Value,
    #[serde(default)]
    info: Value,
}

impl Service {
    fn status(&self) -> &str {
        match (self.status.as_deref(), self.healthy) {
            (Some(status), _) => status,
            (None, Some(true)) => "ACTIVE_HEALTHY",
            (None, Some(false)) => "UNHEALTHY",
            (None, None) => "UNKNOWN",
        }
    }

    fn health(&self) -> Health {
        match self.status() {
            "ACTIVE_HEALTHY" => Health::Ok,
            "COMING_UP" => Health::Degraded,
            "UNHEALTHY" => Health::Down,
            _ => Health::Blind,
        }
    }

    fn entry(&self) -> Entry {
        let mut entry = Entry::new(&self.name, self.health(), words(self.status()), &self.name);
        entry.cells.push(("VERSION", self.info["version"].as_str().unwrap_or_default().to_owned()));
        if let Some(error) = self.error.as_str() {
            entry.title = format!("{}: {error}", self.name);
            entry.facts.push(("error", error.to_owned()));
        }
        if !self.info.is_null() {
            entry.body.push(self.info.to_string());
        }
        entry
    }
}

fn words(status: &str) -> String {
    status.to_lowercase().replace('_', " ")
}

fn wanted(signal: &Signal) -> Vec<String> {
    let named = signal.options.as_ref().map(|table| table.texts("services")).unwrap_or_default();
    if named.is_empty() { SERVICES.map(str::to_owned).to_vec() } else { named }
}

/// The services are asked after the project is known to run: of one that is paused they are not there.
pub(super) fn next(signal: &Signal, now: Timestamp, answered: &[IoReply]) -> Option<IoRequest> {
    let [answer] = answered else { return None };
    let project: Project = reply::json(answer, now).ok()?;
    if project.health() == Health::Down {
        return None;
    }
    let services = wanted(signal);
    let query: Vec<(&str, &str)> = services.iter().map(|service| ("services", service.as_str())).collect();
    super::asked(signal.options.as_deref()?, "/health", &query, signal.timeout())
}

pub(super) fn found(signal: &Signal, at: Timestamp, replies: &[IoReply]) -> Result<Found, Fault> {
    let project: Project = reply::json(&replies[0], at)?;
    let mut entry = Entry::new(
        "project",
        project.health(),
        words(&project.status),
        format!("project {}", project.name.as_deref().unwrap_or_default()),
    );
    if let Some(region) = &project.region {
        entry.facts.push(("region", region.clone()));
    }
    let Some(answer) = replies.get(1) else {
        // Without services' word, only a project that is not running can be told.
        if project.health() != Health::Down {
            return Err(Fault::new(Reason::Body, "the services' health was not asked"));
        }
        return Ok(Found {
            health: Health::Down,
            reason: None,
            detail: format!("the project is {}", words(&project.status)),
            body: json!({ "project": project.status, "unhealthy": 0, "coming_up": 0, "unreported": 0, "services": {} }),
            entries: vec![entry],
        });
    };
    let services: Vec<Service> = reply::json(answer, at)?;
    let wanted = wanted(signal);
    let mut rows: Vec<Entry> = services.iter().map(Service::entry).collect();
    let unreported: Vec<&String> =
        wanted.iter().filter(|name| services.iter().all(|service| service.name != **name)).collect();
    rows.extend(unreported.iter().map(|name| Entry::new(*name, Health::Blind, "not reported", *name)));
    rows.sort_by_key(|row| std::cmp::Reverse(row.health));
    let health = rows.iter().map(|row| row.health).fold(project.health(), Health::max);
    let count = |health: Health| services.iter().filter(|service| service.health() == health).count();
    let mut sick: Vec<String> =
        rows.iter()
            .filter(|row| row.health != Health::Ok)
            .map(|row| {
                if row.facts.is_empty() { format!("{} {}", row.title, row.state) } else { row.title.clone() }
            })
            .collect();
    if project.health() != Health::Ok {
        sick.insert(0, format!("the project is {}", words(&project.status)));
    }
    let detail =
        if sick.is_empty() { format!("{} services are well", services.len()) } else { sick.join(" · ") };
    let by_name: Map<String, Value> =
        services.iter().map(|service| (service.name.clone(), Value::from(service.status()))).collect();
    let body = json!({
        "project": project.status,
        "unhealthy": count(Health::Down),
        "coming_up": count(Health::Degraded),
        "unreported": unreported.len(),
        "services": by_name,
    });
    let mut entries = vec![entry];
    entries.append(&mut rows);
    let reason = (health == Health::Blind).then_some(Reason::Body);
    Ok(Found { health, reason, detail, body, entries })
}
