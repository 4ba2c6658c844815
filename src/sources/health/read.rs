//! From the reply of a health check to a reading.
//!
//! What cannot be evaluated is never ok: a body that a condition needs and that is not there, is
//! cut, is not JSON or says something else is `down`.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::condition::{BodyState, Condition, Observed, observe};
use crate::domain::io::{CommandReply, Delivery, HttpReply, IoFailure, IoReply, Reason};
use crate::domain::reading::{Health, Reading, Shown};
use crate::domain::signal::Signal;
use crate::domain::text::{clean, clip};
use crate::domain::time::Timestamp;
use crate::sources::{evidence, retry};

const DETAIL: usize = 120;

/// What one reply says, before it becomes a reading.
struct Said {
    health: Health,
    reason: Option<Reason>,
    detail: String,
}

impl Said {
    fn down(reason: Reason, detail: impl Into<String>) -> Self {
        Self { health: Health::Down, reason: Some(reason), detail: detail.into() }
    }
}

pub(super) fn read(signal: &Signal, at: Timestamp, reply: &IoReply) -> Reading {
    let conditions: Vec<&Condition> = signal
        .ok
        .iter()
        .chain(&signal.degraded)
        .chain(signal.observes.iter().map(|(_, condition)| condition))
        .chain(&signal.shows)
        .collect();
    let (observed, body) = observe(reply, &conditions);
    let said = match reply {
        IoReply::Http(reply) => http(signal, reply, &observed, &body),
        IoReply::Command(reply) => command(signal, reply, &observed, &body),
        IoReply::Tcp(_) => judge(signal, &observed, true, &body, "connected", |why| {
            (Reason::Connect, with("connected", why))
        }),
        IoReply::Data(_) => {
            judge(signal, &observed, true, &body, "answered", |why| (Reason::Body, with("answered", why)))
        }
        IoReply::Failed(failure) => failed(failure),
    };
    let limited = matches!(said.reason, Some(Reason::Limit | Reason::Auth | Reason::Status));
    let effects = match reply {
        IoReply::Failed(_) => signal.observes.iter().map(|(id, _)| (id.clone(), None)).collect(),
        IoReply::Http(_) | IoReply::Tcp(_) | IoReply::Command(_) | IoReply::Data(_) => signal
            .observes
            .iter()
            .map(|(id, condition)| (id.clone(), condition.holds(&observed).ok()))
            .collect(),
    };
    let shown = signal.shows.iter().map(|condition| match reply {
        IoReply::Failed(failure) => Shown::blind(condition, &failure.detail),
        IoReply::Http(_) | IoReply::Tcp(_) | IoReply::Command(_) | IoReply::Data(_) => {
            Shown::of(condition, &observed)
        }
    });
    let shown = shown.collect();
    let (latency, certificate_days) = measured(reply);
    Reading {
        at,
        health: said.health,
        reason: said.reason,
        detail: clip(&clean(&said.detail), DETAIL).into_owned(),
        latency,
        certificate_days,
        effects,
        shown,
        retry_after: match reply {
            IoReply::Http(reply) if limited && reply.status == 429 => retry::wait(reply, at),
            IoReply::Http(_)
            | IoReply::Tcp(_)
            | IoReply::Command(_)
            | IoReply::Data(_)
            | IoReply::Failed(_) => None,
        },
        evidence: (said.health != Health::Ok).then(|| evidence::keep(signal.request(), reply, at)),
        body: if signal.kept { document(reply) } else { None },
        entries: Arc::default(),
    }
}

/// What was read, for those that look into it: a JSON body whole, or nothing.
fn document(reply: &IoReply) -> Option<Arc<serde_json::Value>> {
    let bytes = match reply {
        IoReply::Http(reply) if !reply.truncated => reply.body.as_slice(),
        IoReply::Command(reply) if !reply.truncated => reply.stdout.as_bytes(),
        IoReply::Http(_) | IoReply::Command(_) | IoReply::Tcp(_) | IoReply::Data(_) | IoReply::Failed(_) => {
            return None;
        }
    };
    serde_json::from_slice(bytes).ok().map(Arc::new)
}

fn measured(reply: &IoReply) -> (Option<Duration>, Option<i64>) {
    match reply {
        IoReply::Http(reply) => (Some(reply.latency), reply.certificate_days),
        IoReply::Tcp(reply) => (Some(reply.latency), None),
        IoReply::Command(reply) => (Some(reply.duration), None),
        IoReply::Data(reply) => (Some(reply.latency), None),
        IoReply::Failed(_) => (None, None),
    }
}

/// A secret that cannot be had says nothing about the far side, nor does a limit of this machine or
/// a check that was cancelled; every other way to get no answer means it is down.
fn failed(failure: &IoFailure) -> Said {
    let ours = matches!(failure.reason, Reason::Auth | Reason::Limit);
    let unsent = ours && failure.delivery == Delivery::NotSent;
    let cancelled = failure.delivery == Delivery::Cancelled;
    Said {
        health: if unsent || cancelled { Health::Blind } else { Health::Down },
        reason: Some(failure.reason),
        detail: failure.detail.clone(),
    }
}

fn http(signal: &Signal, reply: &HttpReply, observed: &Observed, body: &BodyState) -> Said {
    let status = reply.status.to_string();
    let fine = (200..300).contains(&reply.status);
    let mut said = judge(signal, observed, fine, body, &status, |why| match reply.status {
        401 | 403 => (Reason::Auth, status.clone()),
        429 => (Reason::Limit, status.clone()),
        200..300 => (Reason::Body, with(&status, why)),
        _ => (Reason::Status, status.clone()),
    });
    // A source that asks to be left alone has said nothing about its health.
    if said.health == Health::Down && said.reason == Some(Reason::Limit) && reply.status == 429 {
        said.health = Health::Blind;
    }
    said
}

fn command(signal: &Signal, reply: &CommandReply, observed: &Observed, body: &BodyState) -> Said {
    let ended = match (reply.exit, reply.signal) {
        (Some(exit), _) => format!("exit {exit}"),
        (None, Some(number)) => format!("ended by signal {number}"),
        (None, None) => "ended".into(),
    };
    let fine = reply.exit == Some(0);
    judge(signal, observed, fine, body, &ended, |why| {
        if fine { (Reason::Body, with(&ended, why)) } else { (Reason::Status, ended.clone()) }
    })
}

/// Asks `ok`, then `degraded`. `fine` is the source's own rule for `ok`; `blame` names the reason
/// and detail of a reply that is not ok, given what the condition saw.
fn judge(
    signal: &Signal,
    observed: &Observed,
    fine: bool,
    body: &BodyState,
    what: &str,
    blame: impl Fn(&str) -> (Reason, String),
) -> Said {
    let ok = signal.ok.as_ref().map_or(Ok(fine), |condition| condition.holds(observed));
    match ok {
        Ok(true) => {}
        Ok(false) => {
            let why = signal.ok.as_ref().map(|condition| explain(condition, observed)).unwrap_or_default();
            let (reason, detail) = blame(&why);
            return Said::down(reason, detail);
        }
        Err(error) => {
            let (reason, detail) = blame(&error.message);
            // The status explains more than the page that came with it.
            return if reason == Reason::Body {
                Said::down(unreadable(body), detail)
            } else {
                Said::down(reason, detail)
            };
        }
    }
    match signal.degraded.as_ref().map(|condition| (condition, condition.holds(observed))) {
        Some((condition, Ok(true))) => {
            let why = explain(condition, observed);
            let detail = if why.is_empty() { what.to_owned() } else { format!("{what}, {why}") };
            Said { health: Health::Degraded, reason: None, detail }
        }
        Some((_, Err(error))) => Said::down(unreadable(body), with(what, &error.message)),
        Some((_, Ok(false))) | None => Said { health: Health::Ok, reason: None, detail: what.to_owned() },
    }
}

fn unreadable(body: &BodyState) -> Reason {
    match body {
        BodyState::Cut => Reason::Limit,
        BodyState::NotJson(_) => Reason::Parse,
        BodyState::Json | BodyState::Unread => Reason::Body,
    }
}

fn with(what: &str, why: &str) -> String {
    if why.is_empty() { format!("{what}, not as it should be") } else { format!("{what}, body: {why}") }
}

fn explain(condition: &Condition, observed: &Observed) -> String {
    let mut said = condition.explain(observed);
    let more = said.len().saturating_sub(3);
    said.truncate(3);
    if more > 0 {
        said.push(format!("{more} more"));
    }
    said.join(", ")
}
