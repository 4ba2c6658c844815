//! One observation of a signal.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::condition::{Condition, Observed};
use super::entry::Entry;
use super::ids::ActionId;
pub use super::io::Reason;
use super::role::Role;
use super::text::{clean, clip};
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

/// What an observation shows of a step that is bound to its signal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The condition's text.
    pub when: String,
    /// Whether it holds; why that cannot be told, in words.
    pub holds: Result<bool, String>,
    /// What was found where it looked, in a few words each: `status is 200`.
    pub values: Vec<String>,
}

impl Shown {
    /// Values of one condition at most, and columns of each.
    const MOST: (usize, usize) = (6, 60);

    /// What `observed` shows of `condition`.
    pub fn of(condition: &Condition, observed: &Observed) -> Self {
        let short = |text: &str| clip(&clean(text), Self::MOST.1).into_owned();
        Self {
            when: condition.text().to_owned(),
            holds: condition.holds(observed).map_err(|error| short(&error.message)),
            values: condition.shown(observed).iter().take(Self::MOST.0).map(|text| short(text)).collect(),
        }
    }

    /// The same where nothing could be looked at.
    pub fn blind(condition: &Condition, why: &str) -> Self {
        let why = clip(&clean(why), Self::MOST.1).into_owned();
        Self { when: condition.text().to_owned(), holds: Err(why), values: Vec::new() }
    }
}

/// A far side's clock may be ahead of ours by this much without its news being of the future.
const AHEAD: Duration = Duration::from_secs(60);

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
    /// What it shows of the steps that are bound to this signal, one a condition.
    pub shown: Vec<Shown>,
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
            shown: Vec::new(),
            retry_after: None,
            evidence: None,
            body: None,
            entries: Arc::default(),
        }
    }

    /// How new what was read is: the newest instant of its entries, or that of the reading where none has one. What
    /// is dated ahead, such as planned work, says nothing about it. `None` where nothing was read.
    pub fn newest(&self) -> Option<Timestamp> {
        if self.body.is_none() && self.entries.is_empty() {
            return None;
        }
        let until = self.at.plus(AHEAD);
        Some(self.dated().filter(|at| *at <= until).max().unwrap_or(self.at))
    }

    /// Whether an entry of it says when it happened.
    pub fn is_dated(&self) -> bool {
        self.dated().next().is_some()
    }

    fn dated(&self) -> impl Iterator<Item = Timestamp> + '_ {
        self.entries.iter().filter_map(|entry| entry.at)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_is_as_new_as_its_newest_entry() {
        let at = Timestamp::from_millis(1_795_271_520_000);
        let mut reading = Reading::bare(at, Health::Ok, None, "");
        assert_eq!((reading.newest(), reading.is_dated()), (None, false), "nothing was read");
        reading.body = Some(Arc::default());
        assert_eq!(reading.newest(), Some(at), "an empty list is as new as its reading");
        let of = |spans: &[i64]| -> Arc<[Entry]> {
            spans
                .iter()
                .map(|seconds| Entry {
                    at: Some(Timestamp::from_millis(at.millis() + seconds * 1_000)),
                    ..Entry::new("k", Health::Ok, "", "")
                })
                .collect()
        };
        reading.entries = of(&[-300, -180, -86_400]);
        assert_eq!(reading.newest(), Some(at.minus(Duration::from_secs(180))));
        reading.entries = of(&[-180, 60]);
        assert_eq!(reading.newest(), Some(at.plus(AHEAD)));
        reading.entries = of(&[-180, 61]);
        assert_eq!(reading.newest(), Some(at.minus(Duration::from_secs(180))), "planned work is no news");
        reading.entries = of(&[3_600]);
        assert_eq!((reading.newest(), reading.is_dated()), (Some(at), true));
    }
}
