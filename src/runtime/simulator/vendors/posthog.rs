//! `PostHog`: how often something happened, in five-minute steps, by a query in its own SQL.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::super::fault::Target;
use super::super::world::World;
use super::asked::Asked;
use super::moment::{Moment, Tally};
use super::{Refusal, because, iso, keys};
use crate::domain::time::Timestamp;

const PROJECT: &str = "310";
/// The width of a step.
const STEP: i64 = 300_000;
/// The most steps of an answer: `PostHog`'s own usual limit.
const MOST_STEPS: i64 = 100;

/// Answers a request.
pub fn answer(world: &World, asked: &Asked) -> Response {
    let moment = world.moment();
    if !asked.bears(keys::POSTHOG) {
        let words = if asked.credential("bearer").is_none() {
            "Authentication credentials were not provided."
        } else {
            "Personal API key found in request Authorization header is invalid."
        };
        return refuse(StatusCode::UNAUTHORIZED, &because(words, moment.now()));
    }
    match (&asked.method, asked.parts().as_slice()) {
        (&Method::POST, ["api", "projects" | "environments", PROJECT, "query"]) => query(&moment, asked),
        _ => refuse(StatusCode::NOT_FOUND, &because("Endpoint not found.", moment.now())),
    }
}

/// Refuses as `PostHog` does.
pub fn refuse(status: StatusCode, refusal: &Refusal) -> Response {
    let (kind, code) = match status {
        StatusCode::TOO_MANY_REQUESTS => ("throttled_error", "throttled"),
        StatusCode::UNAUTHORIZED => ("authentication_error", "not_authenticated"),
        StatusCode::NOT_FOUND => ("invalid_request", "not_found"),
        StatusCode::BAD_REQUEST => ("validation_error", "invalid_input"),
        _ => ("server_error", "error"),
    };
    let detail = match (status, refusal.message.is_empty()) {
        (StatusCode::TOO_MANY_REQUESTS, true) => format!(
            "Request was throttled. Expected available in {} seconds.",
            refusal.retry_after.unwrap_or(34)
        ),
        _ => super::or_usual(&refusal.message, status),
    };
    super::json(status, &json!({ "type": kind, "code": code, "detail": detail, "attr": null }))
}

/// When the event called `name` happened tonight.
fn times(moment: &Moment<'_>, name: &str) -> Vec<Duration> {
    let night = [Duration::ZERO..moment.elapsed];
    let mut tally = Tally::default();
    match name {
        // A request of a customer that failed follows from what is wrong with the shop.
        "i_request_failed" | "request_failed" => {
            tally.join(Tally::rhythm(0.4, &night));
            for (fault, spans) in moment.course(Target::Sentry) {
                let rate: f64 = fault.errors.values().sum();
                if rate > 0.0 {
                    tally.join(Tally::rhythm(rate / 2.0, &spans));
                }
            }
        }
        "order_placed" | "checkout_completed" | "i_chat_completed" => tally.join(Tally::rhythm(6.0, &night)),
        "$pageview" => tally.join(Tally::rhythm(90.0, &night)),
        _ => {}
    }
    tally.times
}

/// How often the event called `name` happened in a step before tonight.
fn before(moment: &Moment<'_>, name: &str, step: i64) -> u64 {
    let chance = moment.chance(980, u64::try_from(step).unwrap_or(0));
    let usual = match name {
        "i_request_failed" | "request_failed" => 3,
        "order_placed" | "checkout_completed" => 30,
        "i_chat_completed" => 240,
        "$pageview" => 450,
        _ => 0,
    };
    // From four fifths of what is usual to six fifths.
    let wander = if chance < 0.3 {
        8
    } else if chance < 0.7 {
        10
    } else {
        12
    };
    usual * wander / 10
}

/// Answers `select countIf(event = 'a') as x, … where … interval N second`: one row, a column an event.
fn counted(moment: &Moment<'_>, text: &str) -> Response {
    let span = text
        .split_once("interval ")
        .and_then(|(_, rest)| rest.split_whitespace().next()?.parse::<u64>().ok())
        .unwrap_or(300);
    let now = moment.now().millis();
    let from = now - i64::try_from(span.min(86_400)).unwrap_or(86_400) * 1000;
    let (mut columns, mut row) = (Vec::new(), Vec::new());
    for part in text.split("countIf(event = '").skip(1) {
        let (Some((name, _)), Some((_, alias))) = (part.split_once('\''), part.split_once(" as ")) else {
            continue;
        };
        let alias: String = alias.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let tonight = times(moment, name)
            .iter()
            .map(|at| moment.wall(*at).millis())
            .filter(|at| (from..=now).contains(at))
            .count() as u64;
        // What came before tonight, in the steps that the span reaches back to.
        let earlier = (moment.begun.millis().min(now) - from).max(0).unsigned_abs();
        let step = from.div_euclid(STEP);
        columns.push(json!(alias));
        row.push(json!(tonight + before(moment, name, step) * earlier / STEP.unsigned_abs()));
    }
    let types: Vec<Value> = columns.iter().map(|column| json!([column, "UInt64"])).collect();
    super::json(
        StatusCode::OK,
        &json!({
            "results": [row], "columns": columns, "types": types, "is_cached": false, "hogql": text,
            "error": null, "hasMore": false, "limit": 100, "offset": 0,
        }),
    )
}

fn query(moment: &Moment<'_>, asked: &Asked) -> Response {
    let body = asked.json();
    let (kind, text) = (body["query"]["kind"].as_str(), body["query"]["query"].as_str());
    let (Some("HogQLQuery"), Some(text)) = (kind, text) else {
        return refuse(StatusCode::BAD_REQUEST, &because("Unknown or missing query kind", moment.now()));
    };
    let lower = text.to_lowercase();
    if !lower.trim_start().starts_with("select") || !lower.contains("from events") {
        return refuse(
            StatusCode::BAD_REQUEST,
            &because("Unable to parse: only questions to events are known here", moment.now()),
        );
    }
    let name = text.split_once("event").and_then(|_| {
        let (_, after) = lower.split_once("event =").or_else(|| lower.split_once("event="))?;
        after.split('\'').nth(1)
    });
    let name = name.unwrap_or("$pageview").to_owned();
    let steps = lower
        .split_once("interval ")
        .and_then(|(_, rest)| {
            let mut words = rest.split_whitespace();
            let number: i64 = words.next()?.parse().ok()?;
            let unit = words.next()?.trim_end_matches(|letter: char| !letter.is_alphabetic());
            Some(match unit {
                "minute" | "minutes" => number / 5,
                "day" | "days" => number.saturating_mul(288),
                _ => number.saturating_mul(12),
            })
        })
        .unwrap_or(12)
        .clamp(1, MOST_STEPS);
    let last = moment.now().millis().div_euclid(STEP);
    let times = times(moment, &name);
    let count = |step: i64| {
        let span = step * STEP..(step + 1) * STEP;
        let tonight = times.iter().filter(|at| span.contains(&moment.wall(**at).millis())).count() as u64;
        // What came before tonight in the step in which it began.
        let share = (moment.begun.millis().clamp(span.start, span.end) - span.start).unsigned_abs();
        tonight + before(moment, &name, step) * share / STEP.unsigned_abs()
    };
    if lower.contains("countif(") {
        return counted(moment, text);
    }
    let grouped = lower.contains("group by");
    let rows: Vec<(i64, u64)> =
        (last - steps + 1..=last).map(|step| (step, count(step))).filter(|(_, count)| *count > 0).collect();
    let (results, columns, types) = if grouped {
        let rows: Vec<Value> = rows
            .iter()
            .map(|(step, count)| json!([iso(Timestamp::from_millis(step * STEP)), count]))
            .collect();
        (rows, json!(["bucket", "n"]), json!([["bucket", "DateTime('UTC')"], ["n", "UInt64"]]))
    } else {
        let sum: u64 = rows.iter().map(|(_, count)| count).sum();
        (vec![json!([sum])], json!(["n"]), json!([["n", "UInt64"]]))
    };
    super::json(
        StatusCode::OK,
        &json!({
            "results": results, "columns": columns, "types": types, "is_cached": false, "hogql": text,
            "error": null, "hasMore": false, "limit": 100, "offset": 0,
        }),
    )
}
