//! `PostHog` by its private API: one row of a query, most often how many requests failed of those that were made.
//!
//! The query is a POST that only reads. Source: its documentation of `/api/projects/:id/query/`.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::reply::{self, Fault, Found};
use super::{Provider, Scope, table};
use crate::domain::board::Board;
use crate::domain::diagnostic::Diagnostic;
use crate::domain::entry::Entry;
use crate::domain::io::{IoReply, IoRequest, Reason};
use crate::domain::reading::{Health, Reading};
use crate::domain::setting::{Field, Kind, Table};
use crate::domain::signal::Signal;
use crate::domain::time::{Timestamp, brief};

/// The row of this provider.
pub const PROVIDER: Provider = Provider {
    name: "posthog",
    title: "PostHog",
    about: "One row of a HogQL query. Without a `query` of yours it counts the events `failed` and `completed` of the \
            last `over`: `degraded` where more than 5 % failed, `down` where more than half did, of 20 or more. No \
            event at all is `blind`: that is neither success nor failure. `body` has every column by its name, for \
            the two counts `share` (of 1), and `cached`, whether PostHog answered from memory.",
    fields: FIELDS,
    many: true,
    scopes: &[Scope { name: "query:read", why: "running the query" }],
    plan,
    next: |_, _, _| None,
    read,
};

const FIELDS: &[Field] = &[
    table::NAME,
    Field::required("project", Kind::Integer(1, 1_000_000_000), "The project's number."),
    Field::required(
        "token",
        Kind::Value,
        "A personal API key (`phx_…`), best as a secret by name: `{ env = \"NAME\" }`. Sent as `Authorization: Bearer`.",
    ),
    Field::optional(
        "base_url",
        Kind::Url,
        "`https://us.posthog.com`",
        "Where the private API is: `https://eu.posthog.com` in Europe. The `.i.` hosts only take events. Never taken \
         from a reply.",
    ),
    Field::optional(
        "query",
        Kind::Text,
        "",
        "HogQL that gives one row of named columns. Needs `ok` or `degraded` beside it, and excludes `failed`, \
         `completed` and `over`.",
    ),
    Field::optional("failed", Kind::Text, "`i_request_failed`", "The event that tells of a failure."),
    Field::optional("completed", Kind::Text, "`i_chat_completed`", "The event that tells of a success."),
    Field::optional("over", Kind::Duration, "`5m`", "How far back the two are counted: a minute to a day."),
    Field::optional(
        "every",
        Kind::Duration,
        "`60s`",
        "How often it is asked; at least `60s`, for queries are counted by the hour.",
    ),
    table::TIMEOUT,
    table::OK,
    table::DEGRADED,
];

const FAILED: &str = "i_request_failed";
const COMPLETED: &str = "i_chat_completed";
const MINUTE: Duration = Duration::from_secs(60);
const OVER: Duration = Duration::from_secs(300);
/// More than this share of failures is degraded …
const SICK: f64 = 0.05;
/// … and more than this is down …
const DEAD: f64 = 0.5;
/// … where there are at least so many events to tell by.
const ENOUGH: f64 = 20.0;
/// No source is left alone longer than this on its own word.
const LONGEST: f64 = 900.0;

fn plan(table: &Table, found: &mut Vec<Diagnostic>) -> Vec<Signal> {
    let name = table.given_name(found).map(str::to_owned);
    if table.duration("every").is_some_and(|every| every < MINUTE) {
        found.push(
            table
                .error("every", "out-of-range", "PostHog is asked at most once a minute")
                .hint("its queries are limited by the hour, for the whole project"),
        );
        return Vec::new();
    }
    let cadence = table::cadence(table, MINUTE, Duration::from_secs(20), found);
    let over = table.duration("over").unwrap_or(OVER);
    if over < MINUTE || over > MINUTE * 60 * 24 {
        found.push(table.error("over", "out-of-range", "events are counted over a minute to a day"));
    }
    if table.has("query") {
        for key in ["failed", "completed", "over"] {
            if table.has(key) {
                let message = format!("{key} goes with the query that comes with this source");
                found.push(table.error(key, "misplaced-key", message).hint("leave out either it or query"));
            }
        }
        if !table.has("ok") && !table.has("degraded") {
            found.push(
                table
                    .error("query", "missing-key", "nothing says what this query's numbers mean")
                    .hint("give ok or degraded, such as degraded = \"body.failed > 10\""),
            );
        }
    }
    let (Some(name), Some(project), Some(token)) = (name, table.integer("project"), table.value("token"))
    else {
        return Vec::new();
    };
    let query = table.text("query").map_or_else(|| counts(table, over), str::to_owned);
    let base = table.text("base_url").unwrap_or("https://us.posthog.com");
    let headers = vec![("authorization".to_owned(), token.behind("Bearer "))];
    let path = format!("/api/projects/{project}/query/");
    let asked = table::request("POST", base, &path, &[], headers, cadence.timeout);
    let asked = table::with_json(
        asked,
        &json!({ "query": { "kind": "HogQLQuery", "query": query }, "name": "midwatch", "refresh": "blocking" }),
    );
    vec![table::signal(table, &name, "posthog", "", IoRequest::Http(asked), Board::Errors, &cadence, found)]
}

/// The query that counts both events. Clocks of browsers run ahead: what is yet to come is left out.
fn counts(table: &Table, over: Duration) -> String {
    let quoted = |key, default| {
        let event = table.text(key).unwrap_or(default);
        format!("'{}'", event.replace('\\', "\\\\").replace('\'', "\\'"))
    };
    let (failed, completed) = (quoted("failed", FAILED), quoted("completed", COMPLETED));
    format!(
        "select countIf(event = {failed}) as failed, countIf(event = {completed}) as completed from events \
         where event in ({failed}, {completed}) and timestamp > now() - interval {} second and timestamp <= now()",
        over.as_secs()
    )
}

#[derive(Debug, Deserialize)]
struct Answer {
    results: Vec<Vec<Value>>,
    columns: Vec<String>,
    #[serde(default)]
    is_cached: Option<bool>,
    /// Set in an answer whose status is 200.
    #[serde(default)]
    error: Value,
}

fn read(signal: &Signal, at: Timestamp, replies: &[IoReply]) -> Reading {
    match found(signal, at, replies) {
        Ok(found) => found.reading(signal, at, replies),
        Err(mut fault) => {
            if fault.reason == Reason::Limit && fault.retry_after.is_none() {
                fault.retry_after = replies.last().and_then(asked_to_wait);
            }
            fault.reading(signal, at, replies)
        }
    }
}

/// The wait that a refusal asks for in words: `Expected available in 34 seconds.`
fn asked_to_wait(reply: &IoReply) -> Option<Duration> {
    let IoReply::Http(reply) = reply else { return None };
    let body: Value = serde_json::from_slice(&reply.body).ok()?;
    let words = body["detail"].as_str()?;
    let (_, rest) = words.split_once("available in ")?;
    let seconds: f64 = rest.split_whitespace().next()?.parse().ok()?;
    (seconds.is_finite() && seconds >= 0.0).then(|| Duration::from_secs_f64(seconds.min(LONGEST)))
}

/// A number, also where it is written as a text.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn found(signal: &Signal, at: Timestamp, replies: &[IoReply]) -> Result<Found, Fault> {
    let answer: Answer = reply::json(&replies[0], at)?;
    let fault = |detail: String| Fault::new(Reason::Body, detail);
    let error = match &answer.error {
        Value::Null => None,
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        other => Some(other["detail"].as_str().map_or_else(|| other.to_string(), str::to_owned)),
    };
    if let Some(error) = error {
        return Err(fault(format!("the query failed: {error}")));
    }
    let row = match answer.results.as_slice() {
        [row] if row.len() == answer.columns.len() => row,
        [_] => return Err(fault("the row has not as many values as columns".into())),
        [] => return Err(fault("the query gives no row".into())),
        rows => return Err(fault(format!("the query gives {} rows: one is needed", rows.len()))),
    };
    let cached = answer.is_cached == Some(true);
    let mut body = Map::new();
    for (column, value) in answer.columns.iter().zip(row) {
        // A count may come as a text: what is a number becomes one.
        let value = number(value).and_then(whole_or_not).unwrap_or_else(|| value.clone());
        body.insert(column.clone(), value);
    }
    let own = signal.options.as_ref().is_some_and(|table| table.has("query"));
    let counted = ["failed", "completed"].map(|column| body.get(column).and_then(number));
    let (health, mut detail) = match (counted, own) {
        ([Some(failed), Some(completed)], _) => {
            let all = failed + completed;
            let share = if all > 0.0 { failed / all } else { 0.0 };
            let none = all <= 0.0 && !own;
            body.entry("share").or_insert_with(|| if all > 0.0 { json!(share) } else { Value::Null });
            let health = match share {
                _ if own => Health::Ok,
                _ if none => Health::Blind,
                share if share > DEAD && all >= ENOUGH => Health::Down,
                share if share > SICK => Health::Degraded,
                _ => Health::Ok,
            };
            let over =
                brief(signal.options.as_ref().and_then(|table| table.duration("over")).unwrap_or(OVER));
            let detail = if none {
                format!("no events in {over}")
            } else {
                format!("{failed} failed of {all} · {:.1} %", share * 100.0)
            };
            (health, detail)
        }
        (_, true) => (Health::Ok, columns(&body)),
        (_, false) => return Err(fault("the counts are no numbers".into())),
    };
    if cached {
        detail.push_str(" · cached");
    }
    let entries = body
        .iter()
        .map(|(column, value)| {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            Entry::new(column, Health::Ok, value, column)
        })
        .collect();
    body.entry("cached").or_insert_with(|| cached.into());
    let reason = (health == Health::Blind).then_some(Reason::Body);
    Ok(Found { health, reason, detail, body: Value::Object(body), entries })
}

/// Whole numbers print and compare as whole ones.
fn whole_or_not(number: f64) -> Option<Value> {
    #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and small")]
    if number.fract() == 0.0 && number.abs() < 9e15 {
        return Some(Value::from(number as i64));
    }
    serde_json::Number::from_f64(number).map(Value::Number)
}

fn columns(body: &Map<String, Value>) -> String {
    let said = body.iter().map(|(column, value)| {
        format!("{column} {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    });
    said.collect::<Vec<_>>().join(" · ")
}

#[cfg(test)]
mod tests;
