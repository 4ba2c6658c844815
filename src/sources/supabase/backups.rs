//! How old the newest backup is that can be restored, and how far back one can go.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use crate::domain::entry::Entry;
use crate::domain::io::{IoReply, Reason};
use crate::domain::reading::Health;
use crate::domain::signal::Signal;
use crate::domain::time::{Timestamp, short};
use crate::sources::reply::{self, Fault, Found};

pub(super) const PART: &str = "backups";

/// How old the newest good backup may be: a day, and two hours in which it is made.
const AGE: Duration = Duration::from_secs(26 * 3600);
/// A backup that was made later than this from now was not.
const AHEAD: Duration = Duration::from_secs(5 * 60);

#[derive(Debug, Deserialize)]
struct Backups {
    #[serde(rename = "backups")]
    all: Vec<Backup>,
    #[serde(default)]
    pitr_enabled: bool,
    #[serde(default)]
    physical_backup_data: Option<Window>,
}

#[derive(Debug, Deserialize)]
struct Backup {
    id: Option<i64>,
    #[serde(rename = "is_physical_backup")]
    is_physical: Option<bool>,
    /// `COMPLETED`, `FAILED`, `PENDING`, `REMOVED`, `ARCHIVED`, `CANCELLED`.
    #[serde(default)]
    status: String,
    inserted_at: Timestamp,
}

/// Between which instants a point in time can be restored.
#[derive(Debug, Default, Deserialize)]
struct Window {
    earliest_physical_backup_date_unix: Option<i64>,
    latest_physical_backup_date_unix: Option<i64>,
}

impl Backup {
    fn entry(&self, at: Timestamp) -> Entry {
        let health = match self.status.as_str() {
            "FAILED" | "CANCELLED" => Health::Degraded,
            _ => Health::Ok,
        };
        let kind = if self.is_physical == Some(true) { "physical" } else { "logical" };
        let key = self.id.map_or_else(|| self.inserted_at.rfc3339(), |id| id.to_string());
        let title = format!("backup {key} of {}", self.inserted_at.rfc3339());
        let mut entry = Entry::new(key, health, self.status.to_lowercase(), title);
        entry.at = Some(self.inserted_at);
        entry.cells = vec![("AGE", short(at.since(self.inserted_at))), ("KIND", kind.to_owned())];
        entry
    }
}

pub(super) fn found(signal: &Signal, at: Timestamp, replies: &[IoReply]) -> Result<Found, Fault> {
    let mut known: Backups = reply::json(&replies[0], at)?;
    let oldest_allowed =
        signal.options.as_ref().and_then(|table| table.duration("backup_age")).unwrap_or(AGE);
    known.all.sort_by_key(|backup| std::cmp::Reverse(backup.inserted_at));
    let is = |status: &'static str| known.all.iter().filter(move |backup| backup.status == status);
    let instant = |seconds: Option<i64>| {
        seconds
            .filter(|seconds| *seconds > 0)
            .map(|seconds| Timestamp::from_millis(seconds.saturating_mul(1000)))
    };
    let window = known.physical_backup_data.as_ref().filter(|_| known.pitr_enabled);
    let earliest = window.and_then(|window| instant(window.earliest_physical_backup_date_unix));
    let latest = window.and_then(|window| instant(window.latest_physical_backup_date_unix));
    let newest = is("COMPLETED").map(|backup| backup.inserted_at).next().max(latest);
    if newest.is_some_and(|newest| newest.since(at) > AHEAD) {
        return Err(Fault::new(Reason::Body, "its newest backup is from the future"));
    }
    let age = newest.map(|newest| at.since(newest));
    // What was tried last: one that runs, was archived or was removed says nothing of failing.
    let tried = known.all.iter().find(|backup| backup.status != "PENDING");
    let failed = tried.is_some_and(|backup| backup.status == "FAILED");
    let health = match age {
        None => Health::Down,
        Some(age) if age > oldest_allowed || failed => Health::Degraded,
        Some(_) => Health::Ok,
    };
    let mut said = Vec::new();
    said.push(match age {
        None => "no backup to restore from".to_owned(),
        Some(age) if age > oldest_allowed => {
            format!("newest {} old: more than {}", short(age), short(oldest_allowed))
        }
        Some(age) => format!("newest {} old", short(age)),
    });
    if failed {
        said.push("the last one failed".into());
    }
    if let (Some(earliest), Some(latest)) = (earliest, latest) {
        said.push(format!("any point of {}", short(latest.since(earliest))));
    }
    let mut entries: Vec<Entry> = Vec::new();
    if let (Some(earliest), Some(latest)) = (earliest, latest) {
        let title = format!("any point from {} to {}", earliest.rfc3339(), latest.rfc3339());
        let mut entry = Entry::new("pitr", Health::Ok, "point in time", title);
        entry.at = Some(latest);
        entry.began = Some(earliest);
        entry.cells = vec![("AGE", short(at.since(latest))), ("KIND", "pitr".into())];
        entries.push(entry);
    }
    entries.extend(known.all.iter().map(|backup| backup.entry(at)));
    let hours = |span: Duration| (span.as_secs_f64() / 360.0).round() / 10.0;
    Ok(Found {
        health,
        reason: None,
        detail: said.join(" · "),
        body: json!({
            "age_hours": age.map(hours),
            "completed": is("COMPLETED").count(),
            "failed": is("FAILED").count(),
            "newest": tried.map(|backup| backup.status.as_str()),
            "pitr": known.pitr_enabled,
            "window_hours": earliest.zip(latest).map(|(earliest, latest)| hours(latest.since(earliest))),
        }),
        entries,
    })
}
