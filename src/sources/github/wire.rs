//! GitHub's words: runs of a workflow, their jobs, their artifacts. Everything but an id may be absent.

use std::time::Duration;

use serde::Deserialize;

use crate::domain::time::Timestamp;

#[derive(Debug, Deserialize)]
pub(super) struct Runs {
    pub(super) workflow_runs: Vec<Run>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Run {
    pub(super) id: u64,
    #[serde(rename = "run_number")]
    number: Option<u64>,
    #[serde(rename = "run_attempt")]
    pub(super) attempt: Option<u64>,
    /// `completed`, `in_progress`, `queued`, `requested`, `pending`, `waiting`.
    status: Option<String>,
    /// Of a completed one: `success`, `failure`, `timed_out`, `startup_failure`, `cancelled`, `skipped`, `neutral`,
    /// `stale`, `action_required`.
    conclusion: Option<String>,
    pub(super) event: Option<String>,
    pub(super) display_title: Option<String>,
    pub(super) head_branch: Option<String>,
    head_sha: Option<String>,
    created_at: Option<Timestamp>,
    #[serde(rename = "run_started_at")]
    started_at: Option<Timestamp>,
    pub(super) updated_at: Option<Timestamp>,
    pub(super) html_url: Option<String>,
    triggering_actor: Option<Actor>,
    actor: Option<Actor>,
}

#[derive(Clone, Debug, Deserialize)]
struct Actor {
    login: Option<String>,
}

impl Run {
    pub(super) fn is_completed(&self) -> bool {
        self.status.as_deref() == Some("completed")
    }

    pub(super) fn is_green(&self) -> bool {
        self.is_completed() && self.conclusion.as_deref() == Some("success")
    }

    pub(super) fn is_red(&self) -> bool {
        self.is_completed()
            && matches!(self.conclusion.as_deref(), Some("failure" | "timed_out" | "startup_failure"))
    }

    /// Whether a person must allow it to go on.
    pub(super) fn waits(&self) -> bool {
        self.status.as_deref() == Some("waiting") || self.conclusion.as_deref() == Some("action_required")
    }

    /// Whether no runner has taken it yet.
    pub(super) fn is_queued(&self) -> bool {
        matches!(self.status.as_deref(), Some("queued" | "requested" | "pending"))
    }

    pub(super) fn is_running(&self) -> bool {
        self.status.as_deref() == Some("in_progress")
    }

    /// How it ended, or how far it is.
    pub(super) fn word(&self) -> &str {
        let ended = self.conclusion.as_deref().filter(|_| self.is_completed());
        ended.or(self.status.as_deref()).unwrap_or("unknown")
    }

    /// When this attempt began to look at the code: what it says is as old as that.
    pub(super) fn began(&self) -> Option<Timestamp> {
        self.started_at.or(self.created_at)
    }

    pub(super) fn created(&self) -> Option<Timestamp> {
        self.created_at.or(self.started_at)
    }

    pub(super) fn commit(&self) -> Option<String> {
        self.head_sha.as_ref().map(|sha| sha.chars().take(7).collect())
    }

    pub(super) fn by(&self) -> Option<&str> {
        self.triggering_actor.as_ref().or(self.actor.as_ref())?.login.as_deref()
    }

    /// `run 562`.
    pub(super) fn name(&self) -> String {
        format!("run {}", self.number.unwrap_or(self.id))
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Jobs {
    pub(super) jobs: Vec<Job>,
    pub(super) total_count: Option<u64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Job {
    pub(super) name: Option<String>,
    pub(super) conclusion: Option<String>,
    steps: Option<Vec<Step>>,
    started_at: Option<Timestamp>,
    completed_at: Option<Timestamp>,
}

#[derive(Debug, Deserialize)]
struct Step {
    name: Option<String>,
    conclusion: Option<String>,
}

impl Job {
    pub(super) fn is_red(&self) -> bool {
        is_red(self.conclusion.as_deref())
    }

    /// The steps that failed, by name.
    pub(super) fn failed_steps(&self) -> impl Iterator<Item = &str> {
        let failed = |step: &&Step| is_red(step.conclusion.as_deref());
        self.steps.iter().flatten().filter(failed).filter_map(|step| step.name.as_deref())
    }

    pub(super) fn took(&self) -> Option<Duration> {
        Some(self.completed_at?.since(self.started_at?))
    }

    /// `unit: Run tests`, or the job alone where no step is to blame.
    pub(super) fn blame(&self) -> String {
        let name = self.name.as_deref().unwrap_or("a job without a name");
        let steps: Vec<&str> = self.failed_steps().collect();
        if steps.is_empty() { name.to_owned() } else { format!("{name}: {}", steps.join(", ")) }
    }
}

fn is_red(conclusion: Option<&str>) -> bool {
    matches!(conclusion, Some("failure" | "timed_out"))
}

#[derive(Debug, Deserialize)]
pub(super) struct Artifacts {
    pub(super) artifacts: Vec<Artifact>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Artifact {
    name: Option<String>,
    size_in_bytes: Option<u64>,
    expired: Option<bool>,
    expires_at: Option<Timestamp>,
}

impl Artifact {
    /// `lighthouse-report, 12 KB, until 2026-12-01T00:00:00.000Z`.
    pub(super) fn line(&self) -> String {
        let mut words = vec![self.name.clone().unwrap_or_else(|| "without a name".into())];
        words.extend(self.size_in_bytes.map(|bytes| match bytes {
            bytes @ ..10_000 => format!("{bytes} B"),
            bytes @ 10_000..10_000_000 => format!("{} KB", bytes / 1_000),
            bytes => format!("{} MB", bytes / 1_000_000),
        }));
        if self.expired == Some(true) {
            words.push("expired".into());
        } else if let Some(until) = self.expires_at {
            words.push(format!("until {}", until.rfc3339()));
        }
        words.join(", ")
    }
}
