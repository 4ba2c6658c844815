//! Going back to an earlier release: from what to what, by which rule, and how it ended.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::incident::Severity;
use super::time::{Timestamp, short};

/// How long a rollback may take where nothing else is configured.
pub const BUDGET: Duration = Duration::from_secs(15 * 60);
/// A release that is younger than this is gone back from without a question.
const YOUNG: Duration = Duration::from_secs(60 * 60);

/// What a configuration says of rollbacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// How long one may take.
    pub budget: Duration,
    /// A program and its arguments that lists what was migrated between two releases: `{from}` and `{to}` stand for them.
    pub migrations: Vec<String>,
    /// Where that runs.
    pub cwd: Option<PathBuf>,
    /// What no rollback undoes, a sentence each.
    pub not_undone: Vec<String>,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { budget: BUDGET, migrations: Vec::new(), cwd: None, not_undone: Vec::new() }
    }
}

/// One of the two releases. Text in it is clean.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    /// Its commit or version, short.
    pub release: String,
    /// The commit, where the release is known by something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Who made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// When it went live.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

impl Side {
    /// `d4e5f6 · live for 14m · ann`, of what is live at `now`.
    pub fn live_words(&self, now: Timestamp) -> String {
        self.words(self.at.map(|at| format!("live for {}", short(now.since(at)))))
    }

    /// `a1b2c3 · of 1d 1h ago · bob`, of what was live before.
    pub fn past_words(&self, now: Timestamp) -> String {
        self.words(self.at.map(|at| format!("of {} ago", short(now.since(at)))))
    }

    fn words(&self, age: Option<String>) -> String {
        let commit = self.commit.as_ref().filter(|commit| **commit != self.release).cloned();
        let parts = [Some(self.release.clone()), commit, age, self.author.clone()];
        parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
    }
}

/// What the rule says of a release that has been live for `age`: within its first hour it is gone back from; later the
/// severity of the incident decides.
pub fn rule(age: Option<Duration>, severity: Option<Severity>) -> String {
    let Some(age) = age else {
        return "When it went live is not known: within the first hour roll back, later the severity decides"
            .into();
    };
    let live = short(age);
    if age < YOUNG {
        return format!("Live for {live}: within the first hour, roll back");
    }
    match severity {
        Some(Severity::P0) => format!("Live for {live}, and P0: roll back"),
        Some(Severity::P1) => {
            format!("Live for {live}, and P1: roll back unless a fix takes under 30 minutes")
        }
        Some(Severity::P2) => format!("Live for {live}, and P2: schedule it"),
        Some(Severity::P3) => format!("Live for {live}, and P3: nothing to roll back for"),
        None => {
            format!(
                "Live for {live}, and no incident is open: P0 rolls back, P1 unless a fix takes under 30 minutes"
            )
        }
    }
}

/// How a rollback ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Its effect was seen.
    InEffect,
    /// It was accepted, and its effect was not seen.
    NotInEffect,
    /// It did not do what was asked.
    Failed,
    /// Somebody stopped it.
    Cancelled,
    /// Nobody saw how it ended; a person looked.
    Verified,
}

impl Outcome {
    /// The word on screen.
    pub const fn word(self) -> &'static str {
        match self {
            Outcome::InEffect => "in effect",
            Outcome::NotInEffect => "NOT IN EFFECT",
            Outcome::Failed => "failed",
            Outcome::Cancelled => "cancelled",
            Outcome::Verified => "verified by hand",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_goes_by_age_and_then_by_severity() {
        let minutes = |minutes: u64| Some(Duration::from_secs(minutes * 60));
        for (age, severity, says) in [
            (minutes(0), None, "roll back"),
            (minutes(59), Some(Severity::P3), "within the first hour, roll back"),
            (minutes(60), Some(Severity::P0), "P0: roll back"),
            (minutes(61), Some(Severity::P1), "unless a fix takes under 30 minutes"),
            (minutes(600), Some(Severity::P2), "schedule it"),
            (minutes(600), Some(Severity::P3), "nothing to roll back for"),
            (minutes(600), None, "no incident is open"),
            (None, Some(Severity::P0), "not known"),
        ] {
            let rule = rule(age, severity);
            assert!(rule.contains(says), "{age:?} {severity:?}: {rule}");
        }
    }
}
