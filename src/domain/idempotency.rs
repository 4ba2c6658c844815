//! A key under which a far side does a thing once, however often it is asked.
//!
//! A step that writes `POST … with Idempotency-Key` leaves the key to whoever sends it.

use super::io::{HttpRequest, Value};
use super::runbook::{Placeholder, Step, StepCommand};

/// The header, in lower case. From the IETF draft that Stripe's API set the custom for.
pub const HEADER: &str = "idempotency-key";

/// Whether `command` is a request over HTTP.
pub fn is_request(command: &StepCommand) -> bool {
    matches!(command.language.as_deref(), Some("http" | "rest"))
}

/// Whether `command` of `step` is a request that wants a key: a code span of the step names the header, or the request
/// has it with nothing but a placeholder.
pub fn is_wanted(step: &Step, command: &StepCommand) -> bool {
    is_request(command) && (step.codes.iter().any(|code| is_header(code)) || generated(command).is_some())
}

/// The placeholder of `command` that the key stands for, which therefore nobody is asked for.
pub fn generated(command: &StepCommand) -> Option<&Placeholder> {
    if !is_request(command) {
        return None;
    }
    let head = command.text.lines().skip(1).take_while(|line| !line.trim().is_empty());
    let mut values = head.filter_map(|line| line.split_once(':')).filter(|(name, _)| is_header(name));
    let (_, value) = values.next()?;
    command.placeholders.iter().find(|hole| hole.token == value.trim())
}

/// `Idempotency-Key`, and a colon or a value behind it.
fn is_header(code: &str) -> bool {
    let name = code.split([':', ' ']).next().unwrap_or_default();
    name.eq_ignore_ascii_case(HEADER) || name.eq_ignore_ascii_case("x-idempotency-key")
}

/// The key that `request` has.
pub fn key_of(request: &HttpRequest) -> Option<&str> {
    request.headers.iter().find(|(name, _)| is_header(name)).and_then(|(_, value)| match value {
        Value::Plain(key) => Some(key.as_str()),
        Value::Secret { .. } | Value::Around { .. } => None,
    })
}

/// Gives `request` the key, unless it has one.
pub fn give(request: &mut HttpRequest, key: String) {
    if key_of(request).is_none() {
        request.headers.push(("Idempotency-Key".into(), Value::Plain(key)));
    }
}

/// Whether `one` asks for the same as `other`, whatever their keys.
pub fn is_same(one: &HttpRequest, other: &HttpRequest) -> bool {
    let rest = |request: &HttpRequest| {
        let headers = request.headers.iter().filter(|(name, _)| !is_header(name)).cloned();
        headers.collect::<Vec<_>>()
    };
    (&one.method, &one.url, &one.body) == (&other.method, &other.url, &other.body) && rest(one) == rest(other)
}
