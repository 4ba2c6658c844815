//! Alerts as Alertmanager's webhook sends them. Whoever received them has checked their sender.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::entry::Entry;
use crate::domain::reading::Health;
use crate::domain::text::{clean, clip};
use crate::domain::time::{Timestamp, short};
use crate::sources::reply;

/// The one version of the payload there is since 2015.
const VERSION: &str = "4";

#[derive(Debug, Deserialize)]
struct Group {
    version: Option<String>,
    alerts: Vec<Alert>,
    #[serde(default, rename = "truncatedAlerts")]
    truncated: u64,
    #[serde(default, rename = "groupKey")]
    key: String,
}

#[derive(Debug, Deserialize)]
struct Alert {
    /// `firing` or `resolved`.
    status: String,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
    #[serde(rename = "startsAt")]
    starts_at: Option<Timestamp>,
    /// The year 1 while it fires.
    #[serde(rename = "endsAt")]
    ends_at: Option<Timestamp>,
    #[serde(rename = "generatorURL")]
    link: Option<String>,
    #[serde(default)]
    fingerprint: String,
}

/// The alerts of `body`, received at `at`: firing before resolved, newest first.
///
/// # Errors
/// In words, where `body` is not what Alertmanager sends.
pub fn from_alertmanager(body: &[u8], at: Timestamp) -> Result<Vec<Entry>, String> {
    let group: Group = reply::parse(body).map_err(|fault| clip(&clean(&fault.detail), 120).into_owned())?;
    if group.version.as_deref() != Some(VERSION) {
        let version = group.version.as_deref().unwrap_or("none");
        return Err(format!("version {} of the payload is not known: {VERSION} is", clean(version)));
    }
    let mut entries: Vec<Entry> = group.alerts.iter().map(|alert| alert.entry(at)).collect();
    entries.sort_by_key(|entry| (entry.health == Health::Ok, std::cmp::Reverse(entry.at)));
    if group.truncated > 0 {
        let title = format!("{} more alerts were left out by the sender", group.truncated);
        entries.push(Entry::new(format!("{} truncated", group.key), Health::Blind, "left out", title));
    }
    entries.iter_mut().for_each(Entry::make_clean);
    Ok(entries)
}

impl Alert {
    fn entry(&self, at: Timestamp) -> Entry {
        let severity = self.labels.get("severity").map_or("", String::as_str);
        let resolved = self.status == "resolved";
        let health = match severity {
            _ if resolved => Health::Ok,
            "critical" | "page" | "error" => Health::Down,
            _ => Health::Degraded,
        };
        let name = self.labels.get("alertname").map_or("alert", String::as_str);
        let title = match self.annotations.get("summary").or_else(|| self.annotations.get("description")) {
            Some(summary) => format!("{name}: {summary}"),
            None => name.to_owned(),
        };
        let labels: Vec<String> =
            self.labels.iter().map(|(label, value)| format!("{label}={value:?}")).collect();
        let key = if self.fingerprint.is_empty() { labels.join(",") } else { self.fingerprint.clone() };
        let mut entry = Entry::new(key, health, &self.status, title);
        let ended = self.ends_at.filter(|_| resolved);
        entry.at = ended.or(self.starts_at).or(Some(at));
        entry.began = self.starts_at;
        let lasted = self.starts_at.map(|began| short(ended.unwrap_or(at).since(began)));
        entry.cells = vec![("SEVERITY", severity.to_owned()), ("FOR", lasted.unwrap_or_default())];
        entry.facts.push(("labels", labels.join(", ")));
        for (annotation, text) in &self.annotations {
            entry.body.push(format!("{annotation}: {text}"));
        }
        entry.link = self.link.clone().filter(|link| !link.is_empty());
        entry
    }
}
