//! Fly's words: machines and their checks. Only what is looked at; everything but an id may be absent.

use std::collections::BTreeMap;

use chrono::DateTime;
use serde::Deserialize;

use crate::domain::time::Timestamp;

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Machine {
    pub(super) id: String,
    name: Option<String>,
    /// `created`, `starting`, `started`, `stopping`, `stopped`, `suspended`, `replacing`, `destroying`, `destroyed`,
    /// `failed`.
    state: Option<String>,
    pub(super) region: Option<String>,
    pub(super) instance_id: Option<String>,
    created_at: Option<String>,
    pub(super) updated_at: Option<String>,
    checks: Option<Vec<Check>>,
    events: Option<Vec<Event>>,
    pub(super) image_ref: Option<ImageRef>,
    config: Option<Config>,
    /// `ok`, `unknown`, `unreachable`.
    pub(super) host_status: Option<String>,
    cordoned: Option<bool>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Check {
    pub(super) name: Option<String>,
    /// `passing`, `warning`, `critical`.
    pub(super) status: Option<String>,
    pub(super) output: Option<String>,
}

impl Check {
    pub(super) fn is_passing(&self) -> bool {
        self.status.as_deref() == Some("passing")
    }

    pub(super) fn is_critical(&self) -> bool {
        self.status.as_deref() == Some("critical")
    }
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Event {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) status: Option<String>,
    pub(super) source: Option<String>,
    /// Milliseconds since the epoch.
    pub(super) timestamp: Option<i64>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct ImageRef {
    pub(super) repository: Option<String>,
    pub(super) tag: Option<String>,
    pub(super) digest: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct Config {
    metadata: Option<BTreeMap<String, serde_json::Value>>,
    services: Option<Vec<Service>>,
}

#[derive(Clone, Debug, Deserialize)]
struct Service {
    /// Whether a request wakes it.
    autostart: Option<bool>,
    min_machines_running: Option<i64>,
}

impl Machine {
    pub(super) fn state(&self) -> &str {
        self.state.as_deref().unwrap_or("unknown")
    }

    pub(super) fn is_started(&self) -> bool {
        self.state() == "started"
    }

    /// Whether it is no longer part of the app.
    pub(super) fn is_gone(&self) -> bool {
        matches!(self.state(), "destroyed" | "destroying")
    }

    pub(super) fn is_cordoned(&self) -> bool {
        self.cordoned == Some(true)
    }

    /// Whether Fly can reach the host that it is on; where not, what is said of it is old.
    pub(super) fn is_reachable(&self) -> bool {
        self.host_status.as_deref().is_none_or(|status| status == "ok")
    }

    /// Whether it sleeps until somebody asks for it, and nothing says that one must be awake.
    pub(super) fn is_asleep(&self) -> bool {
        let services = || self.config.iter().flat_map(|config| config.services.iter().flatten());
        matches!(self.state(), "stopped" | "suspended")
            && services().any(|service| service.autostart == Some(true))
            && !services().any(|service| service.min_machines_running.unwrap_or(0) > 0)
    }

    pub(super) fn checks(&self) -> &[Check] {
        self.checks.as_deref().unwrap_or_default()
    }

    pub(super) fn events(&self) -> &[Event] {
        self.events.as_deref().unwrap_or_default()
    }

    /// When the newest thing happened to it, in Fly's milliseconds.
    pub(super) fn newest_event(&self) -> Option<i64> {
        self.events().iter().filter_map(|event| event.timestamp).max()
    }

    pub(super) fn created(&self) -> Option<Timestamp> {
        time(self.created_at.as_deref()?)
    }

    pub(super) fn updated(&self) -> Option<Timestamp> {
        time(self.updated_at.as_deref()?)
    }

    pub(super) fn name(&self) -> &str {
        self.name.as_deref().filter(|name| !name.is_empty()).unwrap_or(&self.id)
    }

    /// The image's tag, or its digest.
    pub(super) fn image(&self) -> Option<&str> {
        let image = self.image_ref.as_ref()?;
        image.tag.as_deref().filter(|tag| !tag.is_empty()).or(image.digest.as_deref())
    }

    /// The process group, where it is in one.
    pub(super) fn group(&self) -> Option<&str> {
        self.config.as_ref()?.metadata.as_ref()?.get("fly_process_group")?.as_str()
    }
}

/// Fly leaves times empty where it does not know them.
pub(super) fn time(text: &str) -> Option<Timestamp> {
    let at = DateTime::parse_from_rfc3339(text).ok()?;
    Some(Timestamp::from_millis(at.timestamp_millis()))
}

/// A release, as `flyctl releases --json` prints it: with the names of its own fields.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Release {
    pub(super) version: i64,
    status: Option<String>,
    in_progress: Option<bool>,
    pub(super) description: Option<String>,
    pub(super) reason: Option<String>,
    user: Option<User>,
    image_ref: Option<String>,
    created_at: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct User {
    name: Option<String>,
    email: Option<String>,
}

impl Release {
    /// `v42`.
    pub(super) fn name(&self) -> String {
        format!("v{}", self.version)
    }

    pub(super) fn status(&self) -> &str {
        self.status.as_deref().unwrap_or("unknown")
    }

    pub(super) fn is_running(&self) -> bool {
        self.in_progress == Some(true) || matches!(self.status(), "pending" | "running")
    }

    pub(super) fn failed(&self) -> bool {
        matches!(self.status(), "failed" | "interrupted" | "cancelled" | "canceled")
    }

    pub(super) fn went_live(&self) -> bool {
        !self.is_running() && matches!(self.status(), "complete" | "completed" | "succeeded")
    }

    pub(super) fn created(&self) -> Option<Timestamp> {
        time(self.created_at.as_deref()?)
    }

    pub(super) fn image(&self) -> Option<&str> {
        self.image_ref.as_deref().filter(|image| !image.is_empty())
    }

    pub(super) fn author(&self) -> Option<&str> {
        let user = self.user.as_ref()?;
        user.name.as_deref().filter(|name| !name.is_empty()).or(user.email.as_deref())
    }
}
