//! What every provider's reply goes through first: whether it is an answer at all, whether it may be
//! believed, and the reading that follows when it may not.
//!
//! A provider that cannot be asked, refuses, or says what cannot be understood has said nothing about the world:
//! the reading is blind, with the reason.

use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::domain::condition::{Condition, Observing};
use crate::domain::entry::Entry;
use crate::domain::io::{CommandReply, DataReply, HttpReply, IoReply, Reason};
use crate::domain::reading::{Health, Reading};
use crate::domain::signal::Signal;
use crate::domain::text::{clean, clip};
use crate::domain::time::Timestamp;

use super::{evidence, retry};

/// A far side whose clock differs by more than this gives times that cannot be compared with ours.
const CLOCK: Duration = Duration::from_secs(5 * 60);
/// Columns of a detail.
const DETAIL: usize = 120;

/// Why a reply says nothing.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fault {
    pub(super) reason: Reason,
    pub(super) detail: String,
    pub(super) retry_after: Option<Duration>,
}

impl Fault {
    pub(super) fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into(), retry_after: None }
    }

    /// The blind reading that follows; `replies` are those of the poll, the last of which is to blame.
    pub(super) fn reading(self, signal: &Signal, at: Timestamp, replies: &[IoReply]) -> Reading {
        self.saying(Health::Blind, signal, at, replies)
    }

    /// The reading that follows where the fault itself says that what is watched does not work: a server of our
    /// own that is not there.
    pub(super) fn down(self, signal: &Signal, at: Timestamp, replies: &[IoReply]) -> Reading {
        self.saying(Health::Down, signal, at, replies)
    }

    fn saying(self, health: Health, signal: &Signal, at: Timestamp, replies: &[IoReply]) -> Reading {
        let detail = clip(&clean(&self.detail), DETAIL).into_owned();
        Reading {
            retry_after: self.retry_after,
            latency: replies.last().and_then(latency),
            evidence: replies.last().map(|reply| evidence::keep(signal.request(), reply, at)),
            ..Reading::bare(at, health, Some(self.reason), detail)
        }
    }
}

/// How long an answer took.
pub(super) fn latency(reply: &IoReply) -> Option<Duration> {
    match reply {
        IoReply::Http(reply) => Some(reply.latency),
        IoReply::Tcp(reply) => Some(reply.latency),
        IoReply::Command(reply) => Some(reply.duration),
        IoReply::Data(reply) => Some(reply.latency),
        IoReply::Failed(_) => None,
    }
}

/// The HTTP reply with a good status that is whole and whose clock is ours; else why not.
pub(super) fn http(reply: &IoReply, at: Timestamp) -> Result<&HttpReply, Fault> {
    let reply = match reply {
        IoReply::Http(reply) => reply,
        IoReply::Failed(failure) => return Err(Fault::new(failure.reason, failure.detail.clone())),
        IoReply::Tcp(_) | IoReply::Command(_) | IoReply::Data(_) => {
            return Err(Fault::new(Reason::Parse, "not an HTTP reply"));
        }
    };
    let status = reply.status;
    if !(200..300).contains(&status) {
        let reason = match status {
            401 | 403 if retry::exhausted(reply) => Reason::Limit,
            401 | 403 => Reason::Auth,
            // Statuspage says 420 where others say 429.
            420 | 429 => Reason::Limit,
            _ => Reason::Status,
        };
        let mut fault = Fault::new(reason, refusal(reply));
        if reason == Reason::Limit || status == 503 {
            fault.retry_after = retry::wait(reply, at);
        }
        return Err(fault);
    }
    if reply.truncated {
        let detail = format!("the reply is longer than {} bytes", reply.body.len());
        return Err(Fault::new(Reason::Limit, detail));
    }
    on_time(reply.header("date").and_then(date), at)?;
    Ok(reply)
}

/// What a data store answered, whole; else why not.
pub(super) fn data(reply: &IoReply) -> Result<&DataReply, Fault> {
    let reply = match reply {
        IoReply::Data(reply) => reply,
        IoReply::Failed(failure) => return Err(Fault::new(failure.reason, failure.detail.clone())),
        IoReply::Http(_) | IoReply::Tcp(_) | IoReply::Command(_) => {
            return Err(Fault::new(Reason::Parse, "not a data store's reply"));
        }
    };
    if reply.truncated {
        let detail = format!("the reply is longer than {} bytes", reply.text.len());
        return Err(Fault::new(Reason::Limit, detail));
    }
    Ok(reply)
}

/// What a program that went well printed, whole; else why not, in its own last words.
pub(super) fn printed(reply: &CommandReply) -> Result<&str, Fault> {
    if reply.exit == Some(0) {
        if reply.truncated {
            return Err(Fault::new(Reason::Limit, "what the program printed is too long"));
        }
        return Ok(&reply.stdout);
    }
    let said = reply.stderr.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let low = reply.stderr.to_lowercase();
    let refused = ["unauthorized", "not authorized", "access token", "authenticat", "forbidden"]
        .iter()
        .any(|word| low.contains(word));
    let how = reply.exit.map_or_else(|| "ended by a signal".to_owned(), |exit| format!("exit {exit}"));
    let detail = if said.is_empty() { how } else { format!("{how}: {}", said.trim()) };
    Err(Fault::new(if refused { Reason::Auth } else { Reason::Status }, detail))
}

/// Whether the far side's clock, where it told it, is ours.
pub(super) fn on_time(theirs: Option<Timestamp>, at: Timestamp) -> Result<(), Fault> {
    let Some(theirs) = theirs else { return Ok(()) };
    let (ahead, behind) = (theirs.since(at), at.since(theirs));
    let off = ahead.max(behind);
    if off <= CLOCK {
        return Ok(());
    }
    let word = if ahead > behind { "ahead of" } else { "behind" };
    let detail =
        format!("its clock is {} {word} ours: times cannot be compared", crate::domain::time::short(off));
    Err(Fault::new(Reason::Body, detail))
}

fn date(text: &str) -> Option<Timestamp> {
    let date = DateTime::parse_from_rfc2822(text.trim()).ok()?;
    Some(Timestamp::from_millis(date.timestamp_millis()))
}

/// The JSON document of a good reply as `T`; else why not, with the place.
pub(super) fn json<T: DeserializeOwned>(reply: &IoReply, at: Timestamp) -> Result<T, Fault> {
    body(http(reply, at)?)
}

/// The JSON document of `reply` as `T`.
pub(super) fn body<T: DeserializeOwned>(reply: &HttpReply) -> Result<T, Fault> {
    parse(&reply.body)
}

/// `bytes` as a JSON document that is a `T`; else why not, with the place.
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    let first = bytes.iter().copied().find(|byte| !byte.is_ascii_whitespace());
    match first {
        None => return Err(Fault::new(Reason::Body, "the reply is empty")),
        Some(b'<') => {
            let detail = "a page came instead of JSON: a log-in, a proxy or a moved address";
            return Err(Fault::new(Reason::Parse, detail));
        }
        Some(_) => {}
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value: T = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let (place, inner) = (error.path().to_string(), error.inner());
        let detail = if inner.is_data() {
            format!("{place}: {inner}")
        } else if inner.is_eof() {
            "the JSON ends before its end".to_owned()
        } else {
            format!("not JSON: {inner}")
        };
        Fault::new(if inner.is_data() { Reason::Body } else { Reason::Parse }, detail)
    })?;
    reader.end().map_err(|error| Fault::new(Reason::Parse, format!("not JSON: {error}")))?;
    Ok(value)
}

/// The status, and the provider's own words where it has some.
pub fn refusal(reply: &HttpReply) -> String {
    let words = serde_json::from_slice::<Value>(&reply.body).ok().and_then(|body| own_words(&body, 3));
    match words {
        Some(words) => format!("{}: {words}", reply.status),
        None => reply.status.to_string(),
    }
}

/// The sentence of an error body, whichever key it stands under.
fn own_words(body: &Value, depth: u8) -> Option<String> {
    match body {
        Value::String(text) => Some(clip(&clean(text), 80).into_owned()),
        Value::Object(map) if depth > 0 => {
            ["message", "detail", "error", "errors", "error_description", "err"]
                .into_iter()
                .find_map(|key| own_words(map.get(key)?, depth - 1))
        }
        Value::Array(items) if depth > 0 => items.first().and_then(|item| own_words(item, depth - 1)),
        Value::Object(_) | Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// What a provider makes of good replies.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    /// By the provider's own rule.
    pub(super) health: Health,
    /// Why it is not ok.
    pub(super) reason: Option<Reason>,
    /// In words, for every health: what its board says beside its name.
    pub(super) detail: String,
    /// What conditions and alerts look into.
    pub(super) body: Value,
    /// What it lists, worst or newest first.
    pub(super) entries: Vec<Entry>,
}

impl Found {
    /// The reading that follows: the table's own `ok` and `degraded` come before the provider's rule.
    pub(super) fn reading(self, signal: &Signal, at: Timestamp, replies: &[IoReply]) -> Reading {
        let latency = replies.iter().filter_map(latency).max();
        let millis = latency.map_or(0.0, |span| (span.as_secs_f64() * 10_000.0).round() / 10.0);
        let observed = Observing::default().json("body", &self.body).number("latency_ms", millis).done();
        let holds = |condition: &Condition| condition.holds(&observed);
        let (mut health, mut reason, mut detail) = (self.health, self.reason, self.detail);
        let effects = signal
            .observes
            .iter()
            .map(|(action, condition)| (action.clone(), condition.holds(&observed).ok()))
            .collect();
        let unreadable = |why: &str| (Health::Blind, Some(Reason::Body), why.to_owned());
        if health != Health::Blind {
            match signal.ok.as_ref().map(|ok| (ok, holds(ok))) {
                None => {}
                Some((_, Ok(true))) => (health, reason) = (Health::Ok, None),
                Some((ok, Ok(false))) => {
                    (health, reason) = (Health::Down, Some(Reason::Body));
                    let why = ok.explain(&observed);
                    if !why.is_empty() {
                        detail = why.join(", ");
                    }
                }
                Some((_, Err(error))) => (health, reason, detail) = unreadable(&error.message),
            }
            if matches!(health, Health::Ok | Health::Degraded) {
                match signal.degraded.as_ref().map(|degraded| (degraded, holds(degraded))) {
                    None => {}
                    Some((degraded, Ok(true))) => {
                        (health, reason) = (Health::Degraded, None);
                        let why = degraded.explain(&observed);
                        if !why.is_empty() {
                            detail = why.join(", ");
                        }
                    }
                    Some((_, Ok(false))) => (health, reason) = (Health::Ok, None),
                    Some((_, Err(error))) => (health, reason, detail) = unreadable(&error.message),
                }
            }
        }
        let bad = health != Health::Ok;
        Reading {
            latency,
            effects,
            evidence: bad
                .then(|| replies.last().map(|reply| evidence::keep(signal.request(), reply, at)))
                .flatten(),
            body: Some(Arc::new(self.body)),
            entries: self.entries.into(),
            ..Reading::bare(at, health, reason, clip(&clean(&detail), DETAIL))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, headers: &[(&str, &str)], body: &str) -> IoReply {
        IoReply::Http(HttpReply {
            status,
            headers: headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
            body: body.into(),
            truncated: false,
            latency: Duration::ZERO,
            certificate_days: None,
        })
    }

    fn fault(reply: &IoReply) -> (Reason, String) {
        let at = Timestamp::from_millis(1_795_271_520_000);
        let fault = json::<Vec<u32>>(reply, at).unwrap_err();
        (fault.reason, fault.detail)
    }

    #[test]
    fn what_is_not_an_answer_has_a_reason() {
        let html = reply(200, &[], "\n<!doctype html><title>Log in</title>");
        assert_eq!(fault(&html).0, Reason::Parse);
        assert_eq!(fault(&reply(200, &[], "[1, 2")).0, Reason::Parse);
        assert_eq!(fault(&reply(200, &[], "[1] trailing")).0, Reason::Parse);
        assert_eq!(fault(&reply(200, &[], "")).0, Reason::Body);
        let (reason, detail) = fault(&reply(200, &[], r#"[1, "two"]"#));
        assert!(reason == Reason::Body && detail.starts_with("[1]: "), "{detail}");
        let (reason, detail) = fault(&reply(403, &[], r#"{"error":{"message":"no \u001b[31mscope"}}"#));
        assert_eq!((reason, detail.as_str()), (Reason::Auth, "403: no \u{fffd}[31mscope"));
        assert_eq!(fault(&reply(420, &[], "")).0, Reason::Limit);
        assert_eq!(fault(&reply(429, &[], "\"slow down\"")).1, "429: slow down");
    }

    #[test]
    fn a_clock_that_is_an_hour_off_cannot_be_believed() {
        let ours = [("date", "Sat, 21 Nov 2026 14:31:00 GMT")];
        let at = Timestamp::from_millis(1_795_271_520_000);
        assert_eq!(json::<Vec<u32>>(&reply(200, &ours, "[1]"), at), Ok(vec![1]));
        let theirs = [("date", "Sat, 21 Nov 2026 15:32:00 GMT")];
        let fault = json::<Vec<u32>>(&reply(200, &theirs, "[1]"), at).unwrap_err();
        assert_eq!(fault.detail, "its clock is 1h00 ahead of ours: times cannot be compared");
    }
}
