//! What an incident asks for by a time, where no runbook says the same: acknowledged, told, mitigated, reviewed. Derived
//! from facts and the clock that is handed in. A deadline that the runbook at hand gives is counted there, once.

use crate::domain::incident::{IncidentDeadline, IncidentKind, Severity};
use crate::domain::runbook::{PhaseKind, Runbook, Step, StepRef, StepState};
use crate::domain::statement::{Says, Statement};
use crate::domain::time::Timestamp;

use super::Model;
use super::parts::{Incident, Settled};
use super::timer::{self, Counts, Timer, phase_of};

/// How long what outlasts an incident is asked for after its end.
const ASKED_FOR: std::time::Duration = std::time::Duration::from_secs(30 * 86_400);

/// What an incident asks for, and by when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadline<'a> {
    /// The incident.
    pub incident: &'a Incident,
    /// What.
    pub what: IncidentDeadline,
    /// Since when it is counted.
    pub from: Timestamp,
    /// By when.
    pub due: Timestamp,
    /// In words: a runbook's, where it says so.
    pub words: String,
}

/// How a deadline stands.
#[derive(Clone, Debug)]
pub enum Standing<'a> {
    /// It is counted.
    Counted(Deadline<'a>),
    /// The runbook at hand counts it.
    Said(Box<Timer<'a>>),
    /// It is kept to, and how.
    Kept(String),
    /// Somebody settled it.
    Settled(&'a Settled),
}

/// Deadlines of every incident that no runbook counts, soonest first.
pub fn deadlines(model: &Model, now: Timestamp) -> Vec<Deadline<'_>> {
    let mut found: Vec<Deadline<'_>> = model
        .watch
        .incidents
        .iter()
        .flat_map(|incident| IncidentDeadline::ALL.map(|what| (incident, what)))
        .filter_map(|(incident, what)| match standing(model, now, incident, what)? {
            Standing::Counted(deadline) => Some(deadline),
            Standing::Said(_) | Standing::Kept(_) | Standing::Settled(_) => None,
        })
        .collect();
    found.sort_by_key(|deadline| deadline.due);
    found
}

/// How `what` stands in `incident`; `None` where it does not ask for it.
pub fn standing<'a>(
    model: &'a Model,
    now: Timestamp,
    incident: &'a Incident,
    what: IncidentDeadline,
) -> Option<Standing<'a>> {
    if !asked(now, incident, what) {
        return None;
    }
    if let Some(settled) = incident.settled.get(&what).filter(|_| what != IncidentDeadline::Update) {
        return Some(Standing::Settled(settled));
    }
    if let Some(kept) = kept(model, incident, what) {
        return Some(Standing::Kept(kept));
    }
    let is_current = model.watch.incident().is_some_and(|current| current.id == incident.id);
    if is_current && let Some(timer) = said(model, now, incident, what) {
        return Some(Standing::Said(Box::new(timer)));
    }
    let (from, span) = span(model, incident, what);
    let own = what.outlasts_the_incident().then(|| words_of(model, incident, what)).flatten();
    let (span, words) = match (own, what) {
        (Some((within, words)), IncidentDeadline::Review) => (within, words),
        (Some((_, words)), _) => (span, words),
        (None, _) => (span, words(model, incident, what)),
    };
    Some(Standing::Counted(Deadline { incident, what, from, due: from.plus(span), words }))
}

/// Whether `incident` asks for `what` now.
fn asked(now: Timestamp, incident: &Incident, what: IncidentDeadline) -> bool {
    let is_security = incident.kind == IncidentKind::Security;
    let applies = match what {
        IncidentDeadline::Acknowledge | IncidentDeadline::Update => true,
        IncidentDeadline::Recovery => incident.severity == Severity::P0,
        IncidentDeadline::Legal | IncidentDeadline::Audit => is_security,
        IncidentDeadline::Review => !incident.is_open(),
    };
    let lasts = match &incident.closed {
        None => true,
        // What it was merged into asks for the same.
        Some(_) if incident.merged.is_some() => false,
        Some((at, _)) => what.outlasts_the_incident() && now < at.plus(ASKED_FOR),
    };
    applies && lasts
}

/// How it is kept to, where it is.
fn kept(model: &Model, incident: &Incident, what: IncidentDeadline) -> Option<String> {
    match what {
        IncidentDeadline::Acknowledge => {
            let (at, by) = incident.acknowledged.as_ref()?;
            Some(format!("after {} by {by}", crate::domain::time::short(at.since(incident.declared))))
        }
        IncidentDeadline::Recovery => {
            let mitigation = incident.mitigated.as_ref()?;
            Some(format!("after {}", crate::domain::time::short(mitigation.since.since(incident.from()))))
        }
        IncidentDeadline::Update => None,
        IncidentDeadline::Legal | IncidentDeadline::Audit | IncidentDeadline::Review => {
            marked(model, incident, what).map(|_| "in the runbook".to_owned())
        }
    }
}

/// Since when it is counted, and how long there is.
fn span(model: &Model, incident: &Incident, what: IncidentDeadline) -> (Timestamp, std::time::Duration) {
    let clocks = &model.plan.clocks;
    let security = || incident.security_since.unwrap_or(incident.declared);
    match what {
        IncidentDeadline::Acknowledge => (incident.declared, clocks.acknowledge),
        IncidentDeadline::Recovery => (incident.from(), clocks.recovery),
        IncidentDeadline::Legal => (security(), clocks.legal),
        IncidentDeadline::Audit => (security(), clocks.audit),
        IncidentDeadline::Review => {
            (incident.closed.as_ref().map_or(incident.declared, |(at, _)| *at), clocks.review)
        }
        IncidentDeadline::Update => match told_last(model, incident) {
            Some((at, next)) => (at, next.unwrap_or(clocks.update_every)),
            None => (incident.from(), clocks.first_update),
        },
    }
}

/// When people were told last: by a post, by word of mouth, or by the runbook's own step; and in how long the next is
/// promised.
fn told_last(model: &Model, incident: &Incident) -> Option<(Timestamp, Option<std::time::Duration>)> {
    let settled = incident.settled.get(&IncidentDeadline::Update).map(|settled| (settled.at, None));
    let marked = marked(model, incident, IncidentDeadline::Update).map(|at| (at, None));
    let all = [model.watch.updated(incident), settled, marked].into_iter().flatten();
    all.filter(|(at, _)| *at >= incident.from()).max_by_key(|(at, _)| *at)
}

/// What is to be done, in a few words of our own.
pub fn words(model: &Model, incident: &Incident, what: IncidentDeadline) -> String {
    match what {
        IncidentDeadline::Update if model.watch.updated(incident).is_some() => "next update".to_owned(),
        IncidentDeadline::Update => "first update".to_owned(),
        IncidentDeadline::Acknowledge
        | IncidentDeadline::Recovery
        | IncidentDeadline::Legal
        | IncidentDeadline::Audit
        | IncidentDeadline::Review => what.words().to_owned(),
    }
}

/// Whether `statement` says what `what` asks for.
pub(super) fn speaks(
    what: IncidentDeadline,
    runbook: &Runbook,
    statement: &Statement,
    step: Option<&Step>,
) -> bool {
    let is_deadline = matches!(statement.says, Says::Deadline { .. });
    let words = timer::words(statement, step).to_lowercase();
    let has = |wanted: &[&str]| wanted.iter().any(|word| words.contains(word));
    match what {
        IncidentDeadline::Acknowledge => is_deadline && has(&["acknowledge"]),
        IncidentDeadline::Recovery => is_deadline && has(&["recover", "restore", "mitigat"]),
        IncidentDeadline::Legal => is_deadline && has(&["legal"]),
        IncidentDeadline::Audit => is_deadline && has(&["audit"]),
        IncidentDeadline::Review => {
            is_deadline && has(&["review", "postmortem", "post-mortem", "retrospective"])
        }
        IncidentDeadline::Update => {
            let again = matches!(statement.says, Says::Schedule(_));
            let tells = phase_of(runbook, statement).is_some_and(|phase| phase.kind == PhaseKind::Comms);
            (is_deadline || again)
                && tells
                && has(&["update", "post", "status page", "tell", "announce"])
                && !has(&["legal"])
        }
    }
}

/// Statements of `runbook` that say what `what` asks for.
fn saying(runbook: &Runbook, what: IncidentDeadline) -> impl Iterator<Item = (&Statement, Option<&Step>)> {
    let all = runbook
        .statements
        .iter()
        .map(|statement| (statement, statement.step.as_ref().and_then(|step| runbook.step(step))));
    all.filter(move |(statement, step)| speaks(what, runbook, statement, *step))
}

/// The runbook's own timer of it, where it is counted. Of updates the first is one thing and those that come again another.
fn said<'a>(
    model: &'a Model,
    now: Timestamp,
    incident: &Incident,
    what: IncidentDeadline,
) -> Option<Timer<'a>> {
    let wanted = match what {
        IncidentDeadline::Update if told_last(model, incident).is_some() => Counts::Again,
        IncidentDeadline::Acknowledge
        | IncidentDeadline::Update
        | IncidentDeadline::Recovery
        | IncidentDeadline::Legal
        | IncidentDeadline::Audit
        | IncidentDeadline::Review => Counts::Deadline,
    };
    let mut timers = timer::timers(model, now).into_iter();
    timers.find(|timer| timer.counts == wanted && speaks(what, timer.runbook, timer.statement, timer.step))
}

/// When a step that says it was last marked done, left out or not applicable in `incident`, in any runbook.
fn marked(model: &Model, incident: &Incident, what: IncidentDeadline) -> Option<Timestamp> {
    let steps = model.plan.runbooks.iter().flat_map(|runbook| {
        saying(runbook, what).filter_map(move |(_, step)| {
            Some(StepRef { runbook: runbook.id.clone(), step: step?.id.clone() })
        })
    });
    let marks = steps.filter_map(|step| model.watch.steps.get(&(Some(incident.id.clone()), step)));
    // Who is told nothing is still to be told.
    let must_be_done = what == IncidentDeadline::Update;
    let over = marks.filter(|mark| match &mark.state {
        StepState::Done => true,
        StepState::Skipped { .. } | StepState::NotApplicable => !must_be_done,
        StepState::Open | StepState::Failed { .. } => false,
    });
    over.map(|mark| mark.at).max()
}

/// How long a runbook leaves for what outlasts the incident, and its words: of the one whose steps were marked in it, or
/// the one at hand.
fn words_of(
    model: &Model,
    incident: &Incident,
    what: IncidentDeadline,
) -> Option<(std::time::Duration, String)> {
    let used = |runbook: &&Runbook| {
        model
            .watch
            .steps
            .keys()
            .any(|(of, step)| of.as_ref() == Some(&incident.id) && step.runbook == runbook.id)
    };
    let runbooks = &model.plan.runbooks;
    let mut ranked = runbooks.iter().filter(used).chain(model.at_hand());
    ranked.find_map(|runbook| {
        saying(runbook, what).find_map(|(statement, step)| match statement.says {
            Says::Deadline { within } => Some((within, timer::words(statement, step).to_owned())),
            _ => None,
        })
    })
}
