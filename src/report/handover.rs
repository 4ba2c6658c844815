//! A handover sheet: one page for whoever takes an incident over, at any moment of it. What is wrong and since when, what is in
//! effect, who has which role, what was tried, what is due, what is not known, and where the runbook stands.

use std::time::Duration;

use serde::Serialize;

use crate::domain::ids::{IncidentId, SignalId};
use crate::domain::incident::{IncidentKind, IncidentRole, Severity, Standing};
use crate::domain::reading::Health;
use crate::domain::time::Timestamp;

use super::incident::{ActionReport, IncidentReport, Phase};
use super::phases::{maybe_millis, millis};

/// Lines of what was tried, decided and written down at most: the newest.
const MOST: usize = 12;

/// What only a console or a configuration knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ahead {
    /// What is due, the soonest first: its clock, as a console shows it, and what it is.
    pub due: Vec<Due>,
    /// The step where the runbook stands.
    pub at: Option<Place>,
    /// The next that is open.
    pub next: Option<Place>,
}

/// Something that is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Due {
    /// How long there is: `52:18`; `+03:10` where it is over.
    pub clock: String,
    /// What.
    pub text: String,
    /// Whether its time is over.
    pub overdue: bool,
}

/// A step of a runbook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file.
    pub runbook: String,
    /// Its line.
    pub line: usize,
    /// The heading it stands under.
    pub phase: String,
    /// What it says.
    pub text: String,
}

/// A sheet.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Handover {
    /// The incident.
    pub incident: IncidentId,
    /// What it is called.
    pub title: String,
    /// How bad it is.
    pub severity: Severity,
    /// What sort it is.
    pub kind: IncidentKind,
    /// Where it stands.
    pub phase: Phase,
    /// When this was written.
    pub at: Timestamp,
    /// When it began.
    pub began: Option<Timestamp>,
    /// How long ago that was.
    #[serde(rename = "since_ms", serialize_with = "maybe_millis")]
    pub since: Option<Duration>,
    /// Who has which role; nobody where a role is not listed.
    pub roles: Vec<Held>,
    /// What is wrong.
    pub wrong: Vec<Wrong>,
    /// What is switched on, and since when.
    pub in_effect: Vec<InEffect>,
    /// What was done, and what came of it; the newest last.
    pub tried: Vec<Tried>,
    /// What nobody knows the end of.
    pub unknown: Vec<Tried>,
    /// What was decided.
    pub decided: Vec<String>,
    /// What may be the cause.
    pub hypotheses: Vec<Thought>,
    /// What is due, the soonest first.
    pub due: Vec<Due>,
    /// What is owed before it can be closed.
    pub owed: Vec<String>,
    /// Where the runbook stands.
    pub place: Option<Place>,
    /// The next step.
    pub next: Option<Place>,
    /// The last update, and when the next one was promised.
    pub last_post: Option<LastPost>,
}

/// Somebody has a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Held {
    /// Which.
    pub role: IncidentRole,
    /// Who.
    pub who: String,
}

/// Something is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Wrong {
    /// The signal.
    pub signal: SignalId,
    /// How it stands.
    pub health: Health,
    /// Since when.
    pub since: Timestamp,
    /// For how long.
    #[serde(rename = "for_ms", serialize_with = "millis")]
    pub lasted: Duration,
    /// What is said of it.
    pub detail: String,
}

/// Something is switched on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InEffect {
    /// What.
    pub what: String,
    /// Since when.
    pub since: Timestamp,
}

/// Something that was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tried {
    /// When.
    pub at: Timestamp,
    /// What, and by whom.
    pub what: String,
    /// What came of it.
    pub came: String,
}

/// Something that may be the cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Thought {
    /// How it stands.
    pub standing: Standing,
    /// What it says, and why it stands so.
    pub text: String,
}

/// The last update.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LastPost {
    /// When.
    pub at: Timestamp,
    /// Where, and to whom.
    pub to: String,
    /// What it says.
    pub text: String,
    /// When the next one was promised.
    pub next: Option<Timestamp>,
    /// Whether that is over.
    pub late: bool,
}

impl Handover {
    /// The sheet of `report` at `now`.
    pub fn of(report: &IncidentReport, ahead: Ahead, now: Timestamp) -> Self {
        let (unknown, tried): (Vec<&ActionReport>, Vec<&ActionReport>) =
            report.actions.iter().partition(|action| matches!(action.outcome, "not known" | "requested"));
        let wrong = report.lanes.iter().filter_map(|lane| {
            let last = lane.segments.last().filter(|last| last.health != Health::Ok)?;
            Some(Wrong {
                signal: lane.signal.clone(),
                health: last.health,
                since: last.from,
                lasted: now.since(last.from),
                detail: last.detail.clone(),
            })
        });
        let posted = report.posts.iter().rev().find(|post| matches!(post.outcome, "posted" | "copied"));
        let last_post = posted.map(|post| {
            let at = post.posted.unwrap_or(post.at);
            let next = post.next.map(|next| at.plus(next));
            LastPost {
                at,
                to: format!("{} ({})", post.channel, post.audience),
                text: post.text.clone(),
                next,
                late: next.is_some_and(|next| next < now),
            }
        });
        let decided = newest(&report.decisions).iter().map(|one| {
            let why = if one.why.is_empty() { String::new() } else { format!(", because {}", one.why) };
            format!("{} {}{why} ({})", one.at.clock_minutes(), one.text, one.by)
        });
        let owed = report.owed.iter().filter(|owed| owed.state == "open").map(|owed| {
            let due = owed.due.map_or_else(String::new, |due| format!(" (by {}Z)", due.clock_minutes()));
            format!("{} {}{due}", owed.id, owed.text)
        });
        Self {
            incident: report.incident.clone(),
            title: report.title.clone(),
            severity: report.severity,
            kind: report.kind,
            phase: report.phase,
            at: now,
            began: report.measures.began,
            since: report.measures.began.map(|began| now.since(began)),
            roles: report
                .roles
                .iter()
                .filter(|held| held.until.is_none())
                .map(|held| Held { role: held.role, who: held.who.clone() })
                .collect(),
            wrong: wrong.collect(),
            in_effect: report
                .switched
                .iter()
                .filter(|one| one.to.is_none())
                .map(|one| InEffect { what: one.action.to_string(), since: one.from })
                .collect(),
            tried: newest(&tried).iter().map(|action| of_action(action)).collect(),
            unknown: unknown.into_iter().map(of_action).collect(),
            decided: decided.collect(),
            hypotheses: report
                .hypotheses
                .iter()
                .map(|one| Thought {
                    standing: one.standing,
                    text: if one.why.is_empty() {
                        format!("{} {}", one.id, one.text)
                    } else {
                        format!("{} {}: {}", one.id, one.text, one.why)
                    },
                })
                .collect(),
            due: ahead.due,
            owed: owed.collect(),
            place: ahead.at,
            next: ahead.next,
            last_post,
        }
    }
}

fn newest<T>(all: &[T]) -> &[T] {
    &all[all.len().saturating_sub(MOST)..]
}

fn of_action(action: &ActionReport) -> Tried {
    let detail = if action.detail.is_empty() { String::new() } else { format!(", {}", action.detail) };
    Tried {
        at: action.at,
        what: format!("{} {}, by {}", action.run, action.title, action.by),
        came: format!("{}{detail}", action.outcome),
    }
}
