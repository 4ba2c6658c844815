//! A reply as conditions see it. Only what some condition looks up is built.

use super::{Condition, Json, Observed, Observing};
use crate::domain::io::{CommandReply, DataReply, HttpReply, IoReply, IoRequest};
use crate::domain::text::head;

/// How much of a body a condition may look at as text, in bytes.
const TEXT: usize = 64 * 1024;

/// What became of the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BodyState {
    /// No condition looks into it, or there is none.
    Unread,
    /// JSON.
    Json,
    /// Not JSON, and why, on one line.
    NotJson(String),
    /// It went on past the limit, so that what it says is unknown.
    Cut,
}

/// What `conditions` may ask of `reply`, and what became of its body.
///
/// HTTP gives `status`, `headers` (names in lower case), `body`, `text`, `latency_ms` and
/// `certificate_days` (`none` without TLS); TCP gives `connected` and `latency_ms`; a command gives
/// `exit` (`none` if a signal ended it), `text` (its standard output), `body` (that output as
/// JSON) and `latency_ms`; a data store gives `text`, `body` (that text as JSON) and `latency_ms`.
/// A reply that never came gives `connected`, which is false.
pub fn observe(reply: &IoReply, conditions: &[&Condition]) -> (Observed, BodyState) {
    let needs = |name: &str| conditions.iter().any(|condition| condition.needs(name));
    match reply {
        IoReply::Http(reply) => http(reply, needs),
        IoReply::Tcp(reply) => {
            let observed =
                Observing::default().flag("connected", true).number("latency_ms", millis(reply.latency));
            (observed.done(), BodyState::Unread)
        }
        IoReply::Command(reply) => command(reply, needs),
        IoReply::Data(reply) => data(reply, needs),
        IoReply::Failed(_) => (Observing::default().flag("connected", false).done(), BodyState::Unread),
    }
}

/// The names a condition may use over a reply to `request`.
pub fn names_of(request: &IoRequest) -> &'static [&'static str] {
    match request {
        IoRequest::Http(_) | IoRequest::S3(_) => {
            &["status", "headers", "body", "text", "latency_ms", "certificate_days"]
        }
        IoRequest::Tcp(_) => &["connected", "latency_ms"],
        IoRequest::Command(_) => &["exit", "text", "body", "latency_ms"],
        IoRequest::Redis(_) | IoRequest::Postgres(_) => &["text", "body", "latency_ms"],
    }
}

/// Milliseconds, to a tenth: finer than that is noise to an operator.
fn millis(span: std::time::Duration) -> f64 {
    (span.as_secs_f64() * 10_000.0).round() / 10.0
}

fn http(reply: &HttpReply, needs: impl Fn(&str) -> bool) -> (Observed, BodyState) {
    let mut observing =
        Observing::default().number("status", reply.status).number("latency_ms", millis(reply.latency));
    if needs("certificate_days") {
        observing = match reply.certificate_days.and_then(|days| i32::try_from(days).ok()) {
            Some(days) => observing.number("certificate_days", days),
            None => observing.nothing("certificate_days"),
        };
    }
    if needs("headers") {
        observing = observing.map("headers", &reply.headers);
    }
    if needs("text") {
        observing = if reply.truncated {
            observing.unreadable("text", "the body is longer than the limit")
        } else {
            observing.text("text", head(&String::from_utf8_lossy(&reply.body), TEXT))
        };
    }
    body(observing, &reply.body, reply.truncated, needs)
}

fn command(reply: &CommandReply, needs: impl Fn(&str) -> bool) -> (Observed, BodyState) {
    let mut observing = Observing::default().number("latency_ms", millis(reply.duration));
    observing = match reply.exit {
        Some(exit) => observing.number("exit", exit),
        None => observing.nothing("exit"),
    };
    if needs("text") {
        observing = if reply.truncated {
            observing.unreadable("text", "the output is longer than the limit")
        } else {
            observing.text("text", head(&reply.stdout, TEXT))
        };
    }
    body(observing, reply.stdout.as_bytes(), reply.truncated, needs)
}

fn data(reply: &DataReply, needs: impl Fn(&str) -> bool) -> (Observed, BodyState) {
    let mut observing = Observing::default().number("latency_ms", millis(reply.latency));
    if needs("text") {
        observing = if reply.truncated {
            observing.unreadable("text", "the answer is longer than the limit")
        } else {
            observing.text("text", head(&reply.text, TEXT))
        };
    }
    body(observing, reply.text.as_bytes(), reply.truncated, needs)
}

fn body(
    observing: Observing,
    bytes: &[u8],
    truncated: bool,
    needs: impl Fn(&str) -> bool,
) -> (Observed, BodyState) {
    let cut = truncated && (needs("body") || needs("text"));
    if !needs("body") {
        return (observing.done(), if cut { BodyState::Cut } else { BodyState::Unread });
    }
    if cut {
        let observing = observing.unreadable("body", "the body is longer than the limit");
        return (observing.done(), BodyState::Cut);
    }
    match Json::parse(bytes) {
        Ok(json) => (observing.parsed("body", json).done(), BodyState::Json),
        Err(why) => {
            let said = if bytes.is_empty() {
                "the body is empty".into()
            } else {
                format!("the body is not JSON: {why}")
            };
            (observing.unreadable("body", said.clone()).done(), BodyState::NotJson(said))
        }
    }
}
