//! What the doctor says of one source that was asked once: reachable, authorised, which scope is missing, how old the
//! data is.

use std::fmt::Write as _;
use std::time::Duration;

use chrono::DateTime;
use serde_json::json;

use crate::domain::diagnostic::Severity;
use crate::domain::io::{Delivery, HttpReply, IoReply, Reason};
use crate::domain::reading::Reading;
use crate::domain::signal::Signal;
use crate::domain::time::{Timestamp, brief, short};
use crate::sources::{self, Scope};

use super::{Finding, bad, good};

/// A clock that is further off than this is told of: news seem older or newer than they are.
const CLOCK: Duration = Duration::from_secs(30);

/// How a source whose clock is too far off to be believed says so.
const CLOCK_WORDS: &str = "its clock is ";

/// One signal of a source, judged.
#[derive(Debug, PartialEq)]
pub(super) struct Source {
    name: String,
    provider: &'static str,
    /// Whether something answered; `None` where nothing was asked.
    reachable: Option<bool>,
    /// Whether its credential was taken and suffices; `None` where the answer does not tell.
    authorised: Option<bool>,
    reason: Option<Reason>,
    says: String,
    /// What its token needs, and whether the source said that this is what is missing.
    scopes: Vec<(Scope, bool)>,
    /// Whether the scopes are what has to be looked at.
    refused: bool,
    newest: Option<Timestamp>,
    /// How far its clock is ahead of ours, in milliseconds.
    clock: Option<i64>,
    severity: Option<Severity>,
    unsure: bool,
}

/// What became of asking.
struct Judged {
    reachable: Option<bool>,
    authorised: Option<bool>,
    says: String,
    severity: Option<Severity>,
    unsure: bool,
}

impl Judged {
    fn wrong(says: String) -> Self {
        let severity = Some(Severity::Error);
        Self { reachable: Some(true), authorised: None, says, severity, unsure: false }
    }

    fn unsure(says: String) -> Self {
        Self { severity: Some(Severity::Warning), unsure: true, ..Self::wrong(says) }
    }
}

/// Whether `signal` is of a source that the doctor asks: a health check is what `midwatch check` asks.
pub(super) fn is_one(signal: &Signal) -> bool {
    !matches!(signal.source, "health" | "alert") && signal.request().is_some()
}

impl Source {
    /// What `replies`, and the `reading` that follows from them, say of the source of `signal`.
    pub(super) fn judged(signal: &Signal, reading: &Reading, replies: &[IoReply]) -> Self {
        let known = sources::of(signal).map_or(&[][..], |provider| provider.scopes);
        let judged = if reading.body.is_some() {
            read(reading, !known.is_empty(), replies)
        } else {
            failed(reading, replies)
        };
        let clock = replies.iter().filter_map(http).next_back().and_then(|reply| ahead(reply, reading.at));
        let refusals: Vec<&HttpReply> = replies.iter().filter_map(refused).collect();
        let refused = judged.authorised == Some(false) || (reading.body.is_some() && !refusals.is_empty());
        let mut said = reading.detail.clone();
        for reply in refusals.iter().filter(|_| refused) {
            said.push('\n');
            said.push_str(&String::from_utf8_lossy(&reply.body));
        }
        let scopes = known.iter().map(|scope| (*scope, refused && scope.is_named_in(&said))).collect();
        let mut source = Self {
            name: signal.id.to_string(),
            provider: signal.source,
            reachable: judged.reachable,
            authorised: judged.authorised,
            reason: reading.reason.filter(|_| reading.body.is_none()),
            says: judged.says,
            scopes,
            refused,
            newest: reading.newest(),
            clock,
            severity: judged.severity,
            unsure: judged.unsure,
        };
        source.tell_clock();
        source
    }

    /// Says that its clock and ours differ, where that matters.
    fn tell_clock(&mut self) {
        let Some(off) = self.clock.map(|millis| (millis, Duration::from_millis(millis.unsigned_abs())))
        else {
            return;
        };
        if off.1 < CLOCK {
            return;
        }
        // Far off, the source itself cannot be believed, and has said so.
        if !self.says.contains(CLOCK_WORDS) {
            let word = if off.0 > 0 { "ahead of" } else { "behind" };
            // Writing to a String cannot fail.
            let _ = write!(self.says, "; {CLOCK_WORDS}{} {word} ours", short(off.1));
        }
        self.severity = self.severity.or(Some(Severity::Warning));
    }

    /// As a line among the others.
    pub(super) fn finding(&self) -> Finding {
        let plain = match self.severity {
            Some(severity) => bad(&self.name, severity, &self.says),
            None => good(&self.name, &self.says),
        };
        Finding { more: self.wanted(), unsure: self.unsure, ..plain }
    }

    /// What the token needs, a line a scope, where it was refused.
    fn wanted(&self) -> Vec<String> {
        let line = |(scope, missing): &(Scope, bool)| {
            let verb = match (missing, scope.is_for_operations()) {
                (true, _) => "lacks",
                (false, false) => "needs",
                (false, true) => "for operations",
            };
            format!("{verb} {}: {}", scope.name, scope.why)
        };
        self.scopes.iter().filter(|_| self.refused).map(line).collect()
    }

    /// As an object of the document.
    pub(super) fn document(&self) -> serde_json::Value {
        let scopes: Vec<_> = self
            .scopes
            .iter()
            .map(|(scope, missing)| {
                let operations = scope.is_for_operations();
                json!({ "name": scope.name, "why": scope.why, "operations": operations, "missing": missing })
            })
            .collect();
        json!({
            "name": self.name,
            "source": self.provider,
            "reachable": self.reachable,
            "authorised": self.authorised,
            "reason": self.reason,
            "says": self.says,
            "scopes": scopes,
            "newest": self.newest,
            "clock_ahead_ms": self.clock,
        })
    }
}

/// A source whose answers were understood.
fn read(reading: &Reading, has_token: bool, replies: &[IoReply]) -> Judged {
    let age = match reading.newest() {
        Some(newest) if reading.is_dated() => format!("newest {} ago", brief(reading.at.since(newest))),
        Some(_) | None => "read just now".to_owned(),
    };
    let mut says =
        if has_token { format!("reachable, authorised, {age}") } else { format!("reachable, {age}") };
    let mut severity = None;
    if let Some(reply) = replies.iter().find_map(refused) {
        // Writing to a String cannot fail.
        let _ = write!(says, "; a part of it was refused ({})", sources::refusal(reply));
        severity = Some(Severity::Warning);
    }
    Judged { reachable: Some(true), authorised: Some(true), says, severity, unsure: false }
}

/// A source that said nothing that could be used.
fn failed(reading: &Reading, replies: &[IoReply]) -> Judged {
    let detail = &reading.detail;
    let status = replies.last().and_then(http).map(|reply| reply.status);
    let answered = replies.iter().any(|reply| !matches!(reply, IoReply::Failed(_)));
    let absent = |reason: Reason| {
        let says = if answered {
            format!("reachable, and then not: {}: {detail}", reason.word())
        } else {
            format!("not reachable: {}: {detail}", reason.word())
        };
        let severity = Some(Severity::Error);
        Judged { reachable: Some(answered), authorised: None, says, severity, unsure: false }
    };
    match reading.reason {
        Some(reason @ (Reason::Dns | Reason::Connect | Reason::Tls)) => absent(reason),
        // It may be slow today: that is not known to be wrong.
        Some(Reason::Timeout) => {
            Judged { severity: Some(Severity::Warning), unsure: true, ..absent(Reason::Timeout) }
        }
        Some(Reason::Auth) if replies.last().is_some_and(is_unasked) => {
            Judged { reachable: answered.then_some(true), ..Judged::wrong(format!("not asked: {detail}")) }
        }
        Some(Reason::Auth) => {
            let why = match status {
                Some(401) => "the token is not taken",
                Some(403) => "the token lacks a scope",
                Some(_) | None => "what it was given is not taken",
            };
            let says = format!("reachable, not authorised, {why}: {detail}");
            Judged { authorised: Some(false), ..Judged::wrong(says) }
        }
        Some(Reason::Limit) if status.is_some_and(|status| status < 300) => {
            Judged::wrong(format!("reachable, its reply cannot be used: {detail}"))
        }
        Some(Reason::Limit) => {
            let again =
                reading.retry_after.map(|wait| format!(", again in {}", brief(wait))).unwrap_or_default();
            Judged::unsure(format!("reachable, rate limited: {detail}{again}"))
        }
        Some(Reason::Status) if status.is_some_and(|status| status >= 500) => {
            Judged::unsure(format!("reachable, in trouble of its own: {detail}"))
        }
        Some(Reason::Status) => {
            let hint = if status == Some(404) && !detail.contains("may not see") {
                ": it is not there, or the token may not see it"
            } else {
                ""
            };
            Judged::wrong(format!("reachable, refused: {detail}{hint}"))
        }
        Some(Reason::Body) if detail.starts_with(CLOCK_WORDS) => {
            Judged::wrong(format!("reachable, {detail}"))
        }
        Some(Reason::Parse | Reason::Body) => {
            Judged::wrong(format!("reachable, its reply is not understood: {detail}"))
        }
        None => Judged::unsure(format!("could not be read: {detail}")),
    }
}

fn http(reply: &IoReply) -> Option<&HttpReply> {
    match reply {
        IoReply::Http(reply) => Some(reply),
        IoReply::Tcp(_) | IoReply::Command(_) | IoReply::Data(_) | IoReply::Failed(_) => None,
    }
}

/// An answer that says that this is not allowed.
fn refused(reply: &IoReply) -> Option<&HttpReply> {
    http(reply).filter(|reply| matches!(reply.status, 401 | 403))
}

/// Whether nothing was sent for want of a secret.
fn is_unasked(reply: &IoReply) -> bool {
    matches!(reply, IoReply::Failed(failure) if failure.delivery == Delivery::NotSent)
}

/// How far the clock of the far side is ahead of ours, where it told it.
fn ahead(reply: &HttpReply, at: Timestamp) -> Option<i64> {
    let theirs = DateTime::parse_from_rfc2822(reply.header("date")?.trim()).ok()?;
    theirs.timestamp_millis().checked_sub(at.millis())
}

#[cfg(test)]
mod tests;
