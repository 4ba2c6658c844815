//! One observation of a signal.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::entry::Entry;
use super::ids::ActionId;
pub use super::io::Reason;
use super::role::Role;
use super::time::Timestamp;

/// What a signal is, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// As it should be.
    Ok,
    /// Works, but not well.
    Degraded,
    /// Could not be measured: neither healthy nor unhealthy.
    Blind,
    /// Does not work.
    Down,
}

impl Health {
    /// The word on screen.
    pub const fn word(self) -> &'static str {
        match self {
            Health::Ok => "ok",
            Health::Degraded => "degraded",
            Health::Blind => "blind",
            Health::Down => "down",
        }
    }

    /// The glyph that goes with the word, so that colour is never needed.
    pub const fn glyph(self) -> &'static str {
        match self {
            Health::Ok => "●",
            Health::Degraded => "▲",
            Health::Blind => "?",
            Health::Down => "✖",
        }
    }

    /// What it means on screen.
    pub const fn role(self) -> Role {
        match self {
            Health::Ok => Role::Ok,
            Health::Degraded => Role::Warning,
            Health::Blind => Role::Blind,
            Health::Down => Role::Danger,
        }
    }
}

/// One observation.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// When the answer came, or the wait for it ended.
    pub at: Timestamp,
    /// What this observation alone says.
    pub health: Health,
    /// Why it is not ok.
    pub reason: Option<Reason>,
    /// In words, clean, on one line: `503`, `connection refused`, `exit 2`.
    pub detail: String,
    /// How long the answer took.
    pub latency: Option<Duration>,
    /// Whole days until the certificate ends.
    pub certificate_days: Option<i64>,
    /// Whether each action that is observed by this signal is in effect, by this observation;
    /// `None` where the condition could not be evaluated.
    pub effects: Vec<(ActionId, Option<bool>)>,
    /// When the source asked to be left alone until.
    pub retry_after: Option<Duration>,
    /// What was said, kept for the last reading that was not ok.
    pub evidence: Option<Arc<Evidence>>,
    /// What was read, as a JSON document that conditions and alerts look into; kept where something does.
    pub body: Option<Arc<serde_json::Value>>,
    /// What the source lists.
    pub entries: Arc<[Entry]>,
}

impl Reading {
    /// A reading that says `health` for this reason, in these words, and nothing else.
    pub fn bare(at: Timestamp, health: Health, reason: Option<Reason>, detail: impl Into<String>) -> Self {
        Self {
            at,
            health,
            reason,
            detail: detail.into(),
            latency: None,
            certificate_days: None,
            effects: Vec::new(),
            retry_after: None,
            evidence: None,
            body: None,
            entries: Arc::default(),
        }
    }
}

/// The reply behind a reading: redacted, clean, at most a few kilobytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// When it came.
    pub at: Timestamp,
    /// What was asked, secrets by name.
    pub request: String,
    /// Lines: status, headers, an empty line, body.
    pub lines: Vec<String>,
}
