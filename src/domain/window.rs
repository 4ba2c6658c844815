//! The go-live window in words: its gates, how each stands, what was measured, and how a window ends.
//!
//! Nothing here decides. A gate is kept as text, as it is recorded: whoever opens the record again judges by the same
//! conditions, whatever the configuration says by then.

mod defaults;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::condition::Condition;
use super::ids::SignalId;
use super::role::Role;
use super::time::Timestamp;

pub use defaults::gates as default_gates;

/// How long health has to last where nothing else is said.
pub const USUAL: Duration = Duration::from_secs(15 * 60);
/// A window is at least this long …
pub const SHORTEST: Duration = Duration::from_secs(1);
/// … and at most this long.
pub const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// What is configured of windows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// How long health has to last.
    pub span: Duration,
    /// The gates of the next window.
    pub gates: Vec<Gate>,
    /// Whether the span is shorter than a team's is, so that a demo can be seen to its end.
    pub compressed: bool,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { span: USUAL, gates: Vec::new(), compressed: false }
    }
}

/// One condition of a window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// Its name, unique in its window.
    pub name: String,
    /// The signal whose replies its conditions are over, or whose health it is where it has no `when`. Without one
    /// its conditions are over figures: `error_rate('web', '5m') < 0.005`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<SignalId>,
    /// When it passes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// When the window ends with NO-GO at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<String>,
    /// Whether the clock needs it: an advisory gate is shown and decides nothing.
    pub required: bool,
    /// Failures in a row that do not count; the one after them does.
    #[serde(default)]
    pub tolerates: u32,
    /// Whether a degraded signal passes, where the gate is a signal's health.
    #[serde(default)]
    pub degraded: bool,
    /// Measurements that each of its figures needs at least.
    #[serde(default = "one")]
    pub samples: u32,
}

const fn one() -> u32 {
    1
}

impl Gate {
    /// A required gate of this name, and nothing else yet.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            signal: None,
            when: None,
            stop: None,
            required: true,
            tolerates: 0,
            degraded: false,
            samples: 1,
        }
    }

    /// What it asks, in one line: `error_rate('web', '5m') < 0.005`, `web is ok`.
    pub fn asks(&self) -> String {
        match (&self.signal, &self.when, &self.stop) {
            (Some(signal), Some(when), _) => format!("{signal}: {when}"),
            (Some(signal), None, _) => {
                let well = if self.degraded { "ok or degraded" } else { "ok" };
                format!("{signal} is {well}")
            }
            (None, Some(when), _) => when.clone(),
            (None, None, Some(stop)) => format!("not {stop}"),
            (None, None, None) => String::new(),
        }
    }

    /// Its name and all that it asks, in one line.
    pub fn line(&self) -> String {
        let stop = self.stop.as_ref().filter(|_| self.signal.is_some() || self.when.is_some());
        let stop = stop.map_or_else(String::new, |stop| format!("; NO-GO when {stop}"));
        let advisory = if self.required { "" } else { " (advisory)" };
        format!("{}: {}{stop}{advisory}", self.name, self.asks())
    }
}

/// What a gate asks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conditions {
    /// When it passes.
    pub when: Option<Condition>,
    /// When it stops the window.
    pub stop: Option<Condition>,
}

impl Conditions {
    /// Compiles what `gate` asks; an error in words, with the key it is in.
    pub fn of(gate: &Gate) -> Result<Self, (&'static str, String)> {
        let compile = |key: &'static str, text: &Option<String>| {
            let compiled = text.as_deref().map(|text| match gate.signal {
                Some(_) => Condition::compile(text),
                None => Condition::gate(text),
            });
            compiled.transpose().map_err(|error| (key, error.message))
        };
        Ok(Self { when: compile("when", &gate.when)?, stop: compile("stop", &gate.stop)? })
    }

    /// Each of them.
    pub fn each(&self) -> impl Iterator<Item = &Condition> {
        self.when.iter().chain(&self.stop)
    }
}

/// How a gate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GateState {
    /// It was measured, and is as it should be.
    Passing,
    /// It cannot be told.
    Unknown,
    /// It was measured, and is not as it should be.
    Failing,
}

impl GateState {
    /// The word on screen.
    pub const fn word(self) -> &'static str {
        match self {
            GateState::Passing => "passing",
            GateState::Unknown => "unknown",
            GateState::Failing => "failing",
        }
    }

    /// The glyph that goes with the word, so that colour is never needed.
    pub const fn glyph(self) -> &'static str {
        match self {
            GateState::Passing => "●",
            GateState::Unknown => "?",
            GateState::Failing => "✖",
        }
    }

    /// What it means on screen.
    pub const fn role(self) -> Role {
        match self {
            GateState::Passing => Role::Ok,
            GateState::Unknown => Role::Blind,
            GateState::Failing => Role::Danger,
        }
    }
}

/// How a window ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Verdict {
    /// Healthy for the full time, and somebody said so.
    #[serde(rename = "GO")]
    Go,
    /// A hard stop, or somebody said so.
    #[serde(rename = "NO-GO")]
    NoGo,
    /// It could not be told, or nobody waited for it.
    #[serde(rename = "HOLD")]
    Hold,
}

impl Verdict {
    /// The word on screen.
    pub const fn word(self) -> &'static str {
        match self {
            Verdict::Go => "GO",
            Verdict::NoGo => "NO-GO",
            Verdict::Hold => "HOLD",
        }
    }

    /// What it means on screen.
    pub const fn role(self) -> Role {
        match self {
            Verdict::Go => Role::Ok,
            Verdict::NoGo => Role::Danger,
            Verdict::Hold => Role::Warning,
        }
    }
}

/// What a gate was judged by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Value {
    /// What was asked: `error_rate('web', '5m')`, `web`.
    pub what: String,
    /// What was found: `0.004`, `down (status 503)`; `not measured`.
    pub value: String,
    /// When the newest reading behind it came; `None` where there is none.
    pub at: Option<Timestamp>,
    /// How many measurements it was made from, for a figure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub samples: Option<u64>,
}

impl Value {
    /// `error_rate('web', '5m') is 0.004 (of 30 at 14:32:05)`.
    pub fn words(&self) -> String {
        let of = self.samples.map(|samples| format!("of {samples}"));
        let at = self.at.map(|at| format!("at {}", at.clock()));
        let from: Vec<String> = of.into_iter().chain(at).collect();
        let from = if from.is_empty() { String::new() } else { format!(" ({})", from.join(" ")) };
        format!("{} is {}{from}", self.what, self.value)
    }
}

/// How a gate stood at a checkpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateFigures {
    /// The gate's name.
    pub gate: String,
    /// How it stood.
    pub state: GateState,
    /// What it was judged by.
    pub values: Vec<Value>,
}

/// What one gate did in a window, for its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateSummary {
    /// The gate's name.
    pub gate: String,
    /// Whether the clock needed it.
    pub required: bool,
    /// How it stood at the end.
    pub state: GateState,
    /// In words, what it was judged by last.
    pub detail: String,
    /// How often it set the clock to zero.
    pub resets: u32,
    /// How often it stopped the clock.
    pub freezes: u32,
    /// What was measured of each of its signals since the window was opened, as far back as samples are kept.
    pub signals: Vec<SignalSummary>,
}

/// What was measured of a signal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SignalSummary {
    /// The signal.
    pub signal: SignalId,
    /// How many measurements; blind readings are none.
    pub samples: u64,
    /// Milliseconds within which half of the replies came.
    pub p50_ms: Option<f64>,
    /// Milliseconds within which 95 of a hundred came.
    pub p95_ms: Option<f64>,
    /// Down among those that were measured, 0 to 1.
    pub error_rate: Option<f64>,
}

/// What somebody does to a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Opens one, for so long or for as long as is configured.
    Open(Option<Duration>),
    /// Says GO: refused unless everything was healthy for the full time and still is.
    Go,
    /// Says NO-GO, and why.
    NoGo(String),
    /// Stops the clock, and why.
    Hold(String),
    /// Lets it go on.
    Release,
    /// Ends it before its time, and why: HOLD.
    End(String),
}
