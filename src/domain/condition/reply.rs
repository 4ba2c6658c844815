//! A reply as conditions see it. Only what some condition looks up is built.

use super::rows::rows;
use super::{Condition, Json, Observed, Observing};
use crate::domain::io::{CommandReply, DataReply, HttpReply, IoReply, IoRequest};
use crate::domain::text::head;

/// How much of a body a condition may look at as text, in bytes.
const TEXT: usize = 64 * 1024;

const CUT: &str = "the output is longer than the limit";

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
/// `certificate_days` (`none` without TLS), and `rows`; TCP gives `connected` and `latency_ms`; a command gives
/// `exit` (`none` if a signal ended it), `text` and `stdout` (its standard output), `stderr`, `body` (that output as
/// JSON), `json` (the same without the lines with which a package manager names the script), `rows` (how many lines of
/// data it is) and `latency_ms`; a data store gives `text`, `body` (that text as JSON) and `latency_ms`.
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
            &["status", "headers", "body", "text", "rows", "latency_ms", "certificate_days"]
        }
        IoRequest::Tcp(_) => &["connected", "latency_ms"],
        IoRequest::Command(_) => &["exit", "text", "body", "stdout", "stderr", "json", "rows", "latency_ms"],
        IoRequest::Redis(_) | IoRequest::Postgres(_) => &["text", "body", "latency_ms"],
    }
}

fn counted(observing: Observing, text: &str, truncated: bool) -> Observing {
    if truncated {
        return observing.unreadable("rows", CUT);
    }
    let count = rows(text);
    observing.number("rows", u32::try_from(count).unwrap_or(u32::MAX))
}

/// The one JSON document that `output` is, without what a package manager prints before it: lines that begin with
/// `> ` or `$ `, and empty ones. `None` where something else stands there.
pub fn document(output: &str) -> Option<&str> {
    let mut rest = output;
    loop {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        let line = line.trim();
        if line.starts_with(['{', '[']) {
            return Some(rest.trim());
        }
        let passes = line.is_empty() || line.starts_with("> ") || line.starts_with("$ ");
        if !passes || after.is_empty() {
            return None;
        }
        rest = after;
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
    if needs("rows") {
        observing = counted(observing, &String::from_utf8_lossy(&reply.body), reply.truncated);
    }
    body(observing, &reply.body, reply.truncated, needs)
}

fn command(reply: &CommandReply, needs: impl Fn(&str) -> bool) -> (Observed, BodyState) {
    let mut observing = Observing::default().number("latency_ms", millis(reply.duration));
    observing = match reply.exit {
        Some(exit) => observing.number("exit", exit),
        None => observing.nothing("exit"),
    };
    for (name, output) in [("text", &reply.stdout), ("stdout", &reply.stdout), ("stderr", &reply.stderr)] {
        if needs(name) {
            observing = if reply.truncated {
                observing.unreadable(name, CUT)
            } else {
                observing.text(name, head(output, TEXT))
            };
        }
    }
    if needs("rows") {
        observing = counted(observing, &reply.stdout, reply.truncated);
    }
    if needs("json") {
        observing = match document(&reply.stdout) {
            _ if reply.truncated => observing.unreadable("json", CUT),
            Some(text) => match Json::parse(text.as_bytes()) {
                Ok(json) => observing.parsed("json", json),
                Err(why) => observing.unreadable("json", format!("the output is not JSON: {why}")),
            },
            None => observing.unreadable("json", "the output is not JSON"),
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
