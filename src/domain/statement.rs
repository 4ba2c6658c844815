//! What a runbook says besides its steps: deadlines, thresholds, approvals, contacts, schedules, variables,
//! references. Each with the words it was read from and their place.

use std::time::Duration;

use serde::Serialize;

use super::ids::StepId;

/// Something a runbook says that somebody has to keep to, or can use.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Statement {
    /// 1-based line of its first character.
    pub line: usize,
    /// 1-based column of it, in characters.
    pub column: usize,
    /// The words it was read from, as they stand from there on, without Markdown's marks. Clean.
    pub text: String,
    /// The sentence, item, cell or heading it stands in; only its beginning where that is long. Clean.
    pub around: String,
    /// The words of the heading around it, if there is one.
    pub heading: Option<String>,
    /// The step it stands in; `None` where it stands in a heading or in text to read.
    pub step: Option<StepId>,
    /// What it says.
    #[serde(flatten)]
    pub says: Says,
}

/// What a statement says.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Says {
    /// Done by then, from the moment the incident or the phase begins: "within 24h", "(5 min response)",
    /// "<15 minutes".
    Deadline {
        /// How long there is.
        #[serde(serialize_with = "seconds")]
        within: Duration,
    },
    /// How long it is planned to take: "(30 min)".
    Planned {
        /// How long.
        #[serde(serialize_with = "seconds")]
        takes: Duration,
    },
    /// How long something is to be looked at: "first 15 minutes", "for 24 hours".
    Watch {
        /// How long.
        #[serde(serialize_with = "seconds")]
        during: Duration,
    },
    /// It happened no longer ago than that: "succeeded within the last 24 hours".
    Recent {
        /// How long ago at most.
        #[serde(serialize_with = "seconds")]
        within: Duration,
    },
    /// Done so long before what it is for: "at least 48 hours in advance".
    Ahead {
        /// How long before.
        #[serde(serialize_with = "seconds")]
        by: Duration,
    },
    /// Again and again: "every 2 hours", "daily", "2nd Sunday 2-4 AM EST".
    Schedule(Schedule),
    /// A number that something is held against: "error rate >5%", "p95 < 500ms", ">=12 errors".
    Threshold(Threshold),
    /// Something that must be so before it goes on: "exit code 0", "a release blocker".
    Gate {
        /// What must be so.
        must: String,
    },
    /// Somebody has to agree: "CEO approval required".
    Approval {
        /// Who.
        by: String,
    },
    /// Somebody who can be reached.
    Contact {
        /// In which role, or what they are called.
        who: String,
        /// The name behind the role, where the file gives one.
        name: Option<String>,
        /// How: an address, a number, a channel, as it stands. `None` where the file says "TBD" or nothing.
        way: Option<String>,
    },
    /// Who is told next when nobody answers.
    Escalation {
        /// Which rung, from 1.
        level: u32,
        /// Who, or what.
        who: String,
        /// How soon they are to answer.
        #[serde(serialize_with = "maybe_seconds")]
        within: Option<Duration>,
    },
    /// Whose turn it is: "Week 1: Senior Engineer A".
    Turn {
        /// The rotation, as its heading names it.
        rotation: String,
        /// Its place in it, as it stands: "Week 1", "Month 2".
        turn: String,
        /// Who.
        who: String,
    },
    /// A variable of the environment that has to be set.
    Variable {
        /// Its name.
        name: String,
        /// Whether it may be missing.
        optional: bool,
        /// Which environment it belongs to, where the file has several.
        environment: Option<String>,
    },
    /// Something else to look at: a file, an address, a section.
    Reference {
        /// What: a path, an address, a number of a section, a name.
        target: String,
        /// What sort of thing that is.
        to: Refers,
    },
}

/// What a reference leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refers {
    /// A file or folder.
    File,
    /// An address.
    Address,
    /// Another part of this file.
    Section,
    /// A workflow, pipeline or job by its name.
    Workflow,
    /// A dashboard by its name.
    Dashboard,
    /// Another runbook by its name.
    Runbook,
}

impl Says {
    /// The word in `--json` and on screen.
    pub const fn word(&self) -> &'static str {
        match self {
            Says::Deadline { .. } => "deadline",
            Says::Planned { .. } => "planned",
            Says::Watch { .. } => "watch",
            Says::Recent { .. } => "recent",
            Says::Ahead { .. } => "ahead",
            Says::Schedule(_) => "schedule",
            Says::Threshold(_) => "threshold",
            Says::Gate { .. } => "gate",
            Says::Approval { .. } => "approval",
            Says::Contact { .. } => "contact",
            Says::Escalation { .. } => "escalation",
            Says::Turn { .. } => "turn",
            Says::Variable { .. } => "variable",
            Says::Reference { .. } => "reference",
        }
    }
}

/// When something comes round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Schedule {
    /// How often.
    pub every: Every,
    /// From when to when, as hours and minutes of the day, where the file says so; the same twice for a moment.
    pub hours: Option<((u8, u8), (u8, u8))>,
    /// The zone, as it stands: "EST", "UTC". `None` where the file says none.
    pub zone: Option<String>,
}

/// How often something comes round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "every", content = "of", rename_all = "kebab-case")]
pub enum Every {
    /// After so long each time.
    Span(#[serde(serialize_with = "seconds")] Duration),
    /// Every day.
    Day,
    /// Every week, on these days (Monday is 0), where the file names them.
    Week(Vec<u8>),
    /// Every month; on the n-th of a day of the week (Monday is 0), where the file says which. The last is the 0th.
    Month(Option<(u8, u8)>),
    /// Every three months.
    Quarter,
    /// Every year.
    Year,
}

/// A number that something is held against.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Threshold {
    /// What is measured.
    pub metric: Metric,
    /// How it compares with the value where the statement holds.
    pub compares: Compares,
    /// In the unit.
    pub value: f64,
    /// What the value counts.
    pub unit: Unit,
    /// Over how long it is measured, where the file says so.
    #[serde(serialize_with = "maybe_seconds")]
    pub over: Option<Duration>,
    /// Whether reaching it is good or bad.
    pub sense: Sense,
}

/// What is measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Metric {
    /// The part of requests that fail.
    ErrorRate,
    /// How many errors.
    Errors,
    /// How long replies take; the percentile, where the file names one.
    Latency(Option<u8>),
    /// The part of the time that it answers.
    Availability,
    /// Something else, in the file's words.
    Other(String),
}

/// How two numbers compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Compares {
    /// `<`
    #[serde(rename = "<")]
    Less,
    /// `<=`
    #[serde(rename = "<=")]
    AtMost,
    /// `>`
    #[serde(rename = ">")]
    More,
    /// `>=`
    #[serde(rename = ">=")]
    AtLeast,
    /// `==`
    #[serde(rename = "==")]
    Exactly,
}

impl Compares {
    /// The sign.
    pub const fn sign(self) -> &'static str {
        match self {
            Compares::Less => "<",
            Compares::AtMost => "<=",
            Compares::More => ">",
            Compares::AtLeast => ">=",
            Compares::Exactly => "==",
        }
    }

    /// Whether `left` compares with `right` like this.
    #[expect(clippy::float_cmp, reason = "a file that says exactly means exactly")]
    pub fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Compares::Less => left < right,
            Compares::AtMost => left <= right,
            Compares::More => left > right,
            Compares::AtLeast => left >= right,
            Compares::Exactly => left == right,
        }
    }
}

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Parts of a hundred.
    Percent,
    /// Milliseconds.
    Milliseconds,
    /// Bytes.
    Bytes,
    /// Things.
    Count,
}

/// Whether a threshold is one to stay within or one that sets something off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sense {
    /// It is to be kept to: "p95 < 500ms".
    Target,
    /// Reaching it sets something off: "roll back at error rate >5%".
    Trigger,
}

/// What was left as prose, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Prose {
    /// 1-based line of its first character.
    pub line: usize,
    /// 1-based line of its last character.
    pub end: usize,
    /// Its words. Clean.
    pub text: String,
    /// Why nothing was made of it.
    pub why: &'static str,
}

fn seconds<S: serde::Serializer>(span: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    span.as_secs_f64().serialize(serializer)
}

#[expect(clippy::ref_option, reason = "serde asks for a reference")]
fn maybe_seconds<S: serde::Serializer>(span: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    span.map(|span| span.as_secs_f64()).serialize(serializer)
}
