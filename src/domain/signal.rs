//! A signal as configured: what is asked, how often, and by which rules readings become a state.

use std::sync::Arc;
use std::time::Duration;

use super::alert::Alert;
use super::board::Board;
use super::condition::{Condition, names_of};
use super::ids::{ActionId, SignalId};
use super::io::IoRequest;
use super::setting::Table;

/// A configured signal.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// Its name.
    pub id: SignalId,
    /// The provider it is read from: the name of a row of `sources::PROVIDERS`.
    pub source: &'static str,
    /// Which of that provider's signals it is; empty where there is one.
    pub part: &'static str,
    /// Where its readings come from.
    pub origin: Origin,
    /// The table it was configured by, where the provider needs more than the request.
    pub options: Option<Arc<Table>>,
    /// Where its entries are listed.
    pub board: Option<Board>,
    /// Whether something looks into what was read: its readings then keep the document.
    pub kept: bool,
    /// How often.
    pub every: Duration,
    /// When a reading is ok; the source's own rule when `None`.
    pub ok: Option<Condition>,
    /// When an ok reading is degraded.
    pub degraded: Option<Condition>,
    /// How readings become a state.
    pub rules: Rules,
    /// Actions whose effect this signal shows, and when they are in effect.
    pub observes: Vec<(ActionId, Condition)>,
    /// What steps of runbooks that are bound to it want to know of its readings.
    pub shows: Vec<Condition>,
    /// Whether what it asks is the team's own: while a window looks at it, it is asked as often as while it is soft. What
    /// a vendor lists keeps its pace.
    pub own: bool,
    /// Whether this is a check of the observer itself: not a row of the health pane, and while
    /// every one of them fails, every other signal is blind.
    pub observer: bool,
}

/// Where a signal's readings come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// They are asked for: this is the first request of each poll.
    Asked(IoRequest),
    /// Somebody sends what happened.
    Pushed {
        /// How long what is not well is listed, unless it is said to be well before that.
        open: Duration,
        /// How long what is well is listed.
        well: Duration,
    },
    /// They follow from another signal's.
    Derived(Box<Alert>),
}

impl Signal {
    /// What is asked, if anything.
    pub fn request(&self) -> Option<&IoRequest> {
        match &self.origin {
            Origin::Asked(request) => Some(request),
            Origin::Pushed { .. } | Origin::Derived(_) => None,
        }
    }

    /// How long an answer may take; nothing where nothing is asked.
    pub fn timeout(&self) -> Duration {
        self.request().map_or(Duration::ZERO, IoRequest::timeout)
    }

    /// The names that a condition over its readings may use.
    pub fn known_names(&self) -> &'static [&'static str] {
        match &self.origin {
            Origin::Asked(request) if self.board.is_none() => names_of(request),
            Origin::Asked(_) | Origin::Pushed { .. } | Origin::Derived(_) => &["body", "latency_ms"],
        }
    }

    /// The alert it is, if it is one.
    pub fn alert(&self) -> Option<&Alert> {
        match &self.origin {
            Origin::Derived(alert) => Some(alert),
            Origin::Asked(_) | Origin::Pushed { .. } => None,
        }
    }
}

/// How readings become a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// This many failures in a row settle it as failed; the first failure counts as one.
    pub fail_after: u32,
    /// This many failures …
    pub fail_count: u32,
    /// … among this many readings settle it as failed too.
    pub fail_among: u32,
    /// This many good readings in a row settle it as recovered.
    pub recover_after: u32,
    /// How often it is polled while soft.
    pub soft_every: Duration,
}

/// Sources in a row that answer with an error of their own before a signal is blind.
pub const BLIND_AFTER: u32 = 4;
