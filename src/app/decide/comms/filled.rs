//! What a template is filled in from: what is red, what was done about it, what is owed and promised.

use std::time::Duration;

use serde_json::{Value, json};

use crate::comms::Filled;
use crate::domain::action::{Purpose, Risk};
use crate::domain::board::Board;
use crate::domain::channel::Channel;
use crate::domain::entry::Entry;
use crate::domain::reading::Health;
use crate::domain::rollback::Outcome;
use crate::domain::text::clip;
use crate::domain::time::{Timestamp, short};
use crate::state::composing::Composing;
use crate::state::{Model, RunState, SAMPLE_WINDOW, Samples, reason_words};

/// Things of one kind that a text names at most.
const MOST: usize = 8;

/// Everything that a template can name.
pub(super) fn filled(model: &Model, now: Timestamp, channel: &Channel, composing: &Composing) -> Filled {
    let environment = &model.plan.environment;
    let incident = model.watch.incident();
    let last = model.watch.posts.last_in(incident.map(|incident| &incident.id), &channel.id);
    let next = minutes(composing).map(|minutes| {
        let at = now.plus(Duration::from_secs(minutes * 60));
        json!({ "minutes": minutes, "at": clock(at) })
    });
    Filled(json!({
        "console": environment.console,
        "environment": environment.environment,
        "now": clock(now),
        "by": environment.operator,
        "status": composing.status.chosen().unwrap_or_default(),
        "incident": incident.map(|incident| json!({
            "id": incident.id.as_str(),
            "title": incident.title,
            "severity": incident.severity.word(),
            "kind": incident.kind.word(),
            "declared": clock(incident.declared),
            "minutes": now.since(incident.declared).as_secs() / 60,
            "by": incident.by,
        })),
        "red": red(model, now),
        "undelivered": counted(model, Board::Payments, "undelivered"),
        "users": users(model),
        "actions": actions(model),
        "needs": needs(model, now),
        "eta": eta(model),
        "next": next,
        "last": last.map(|last| json!({ "at": clock(last.at), "text": last.text })),
    }))
}

/// `03:10Z`.
fn clock(at: Timestamp) -> String {
    at.utc().map_or_else(String::new, |at| at.format("%H:%MZ").to_string())
}

/// Minutes until the next update, where it is promised.
pub(super) fn minutes(composing: &Composing) -> Option<u64> {
    composing.next.value().trim().parse().ok().filter(|minutes| *minutes > 0)
}

/// Signals that are not ok: what is down first, of that what users themselves meet, of that the longest.
fn red(model: &Model, now: Timestamp) -> Vec<Value> {
    let mut scratch = Samples::scratch();
    let mut all: Vec<((bool, bool, Timestamp), Value)> = Vec::new();
    for (at, signal) in model.plan.signals.iter().enumerate().filter(|(_, signal)| !signal.observer) {
        let Some(known) = model.watch.signals.get(&signal.id) else { continue };
        if !matches!(known.health, Health::Down | Health::Degraded) {
            continue;
        }
        let rate = scratch.as_mut().and_then(|scratch| {
            let samples = &model.feed.signals[at].samples;
            samples.statistics(now, SAMPLE_WINDOW, scratch).error_rate.filter(|rate| *rate > 0.0)
        });
        let why = clip(&reason_words(known.reason, &known.detail), 120).into_owned();
        let red = json!({
            "name": signal.id.as_str(),
            "state": known.health.word(),
            "why": why,
            "since": clock(known.since),
            "for": short(now.since(known.since)),
            "error_rate": rate.map(|rate| format!("{:.0}%", rate * 100.0)),
        });
        // What others list, and what is counted from it, tells of the trouble; it is not the trouble.
        let told = signal.board.is_some() || signal.request().is_none();
        all.push(((known.health != Health::Down, told, known.since), red));
    }
    all.sort_by_key(|(order, _)| *order);
    all.into_iter().take(MOST).map(|(_, red)| red).collect()
}

/// The number that signals of `board` have under `name`, added up; nothing where none has it.
fn counted(model: &Model, board: Board, name: &str) -> Option<u64> {
    let count = |at: usize| model.feed.signals[at].last.as_ref()?.body.as_ref()?.get(name)?.as_u64();
    let counts: Vec<u64> = model.plan.listed(board).filter_map(count).collect();
    (!counts.is_empty()).then(|| counts.iter().sum())
}

/// Users that met one error at least: of the error that most met, because the same user meets several.
fn users(model: &Model) -> Option<u64> {
    let listings = model.plan.listed(Board::Errors).filter_map(|at| model.feed.signals[at].listing.as_ref());
    let met = |entry: &Entry| {
        let (_, text) = entry.cells.iter().find(|(heading, _)| *heading == "USERS")?;
        text.trim().parse::<u64>().ok()
    };
    listings.flat_map(|listing| listing.entries.iter()).filter_map(met).max().filter(|users| *users > 0)
}

/// What was done about it and is in effect, the oldest first.
fn actions(model: &Model) -> Vec<String> {
    let incident = model.watch.incident().map(|incident| &incident.id);
    let mut all: Vec<(Timestamp, String)> = Vec::new();
    for (action, (on, at)) in &model.watch.positions {
        if *on {
            all.push((*at, format!("{action} is on, since {}", clock(*at))));
        }
    }
    for rollback in &model.watch.rollbacks {
        let begun = model.watch.run(&rollback.run).is_some_and(|run| run.incident.as_ref() == incident);
        let to = &rollback.to.release;
        match &rollback.ended {
            _ if !begun || rollback.rehearsal => {}
            None => {
                all.push((rollback.began, format!("going back to {to}, since {}", clock(rollback.began))))
            }
            Some((Outcome::InEffect | Outcome::Verified, _, at)) => {
                all.push((*at, format!("{} went back to {to} at {}", rollback.signal, clock(*at))));
            }
            Some((Outcome::NotInEffect | Outcome::Failed | Outcome::Cancelled, ..)) => {}
        }
    }
    for run in &model.watch.runs {
        let done = matches!(run.state, RunState::Observed(..)) && run.risk != Risk::Read;
        let told = model.watch.posts.of_run(&run.id).is_none()
            && model.watch.rollback_of(&run.id).is_none()
            && !model.watch.positions.contains_key(&run.action)
            && run.purpose == Purpose::Do
            && !model.watch.undone.contains_key(&run.id);
        if done && told && incident.is_some() && run.incident.as_ref() == incident {
            all.push((run.requested, format!("{}, at {}", run.title, clock(run.requested))));
        }
    }
    all.sort();
    let first = all.len().saturating_sub(MOST);
    all.into_iter().skip(first).map(|(_, text)| text).collect()
}

/// What somebody has to look at, and what is owed soon.
fn needs(model: &Model, now: Timestamp) -> Vec<String> {
    let unknown = model.watch.runs.iter().filter(|run| run.is_unknown());
    let mut all: Vec<String> =
        unknown.map(|run| format!("{} {} is unknown: verify", run.id, run.title)).collect();
    let soon = Duration::from_secs(3_600);
    for owed in model.watch.owed() {
        if owed.due <= now.plus(soon) {
            all.push(format!("{} by {}", owed.text, clock(owed.due)));
        }
    }
    all.truncate(MOST);
    all
}

/// When it is expected to be over, where something that has a time of its own goes on.
fn eta(model: &Model) -> Option<String> {
    let going = model.watch.rollbacks.iter().rev().find(|known| known.ended.is_none() && !known.rehearsal)?;
    Some(clock(going.began.plus(going.budget)))
}
