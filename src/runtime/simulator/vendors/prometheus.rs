//! Prometheus: a few series of the shop, by name, and simple sums with them. It has no users, as real
//! ones behind a firewall have none.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::super::fault::Target;
use super::super::world::World;
use super::asked::Asked;
use super::moment::Moment;
use super::{Refusal, database};
use crate::domain::time::Timestamp;

/// The series: name and the job that gives it.
const SERIES: [(&str, &str); 7] = [
    ("up", "api"),
    ("pg_connections", "postgres"),
    ("pg_stat_database_numbackends", "postgres"),
    ("pg_settings_max_connections", "postgres"),
    ("redis_connected_clients", "redis"),
    ("http_request_duration_seconds", "api"),
    ("webhook_queue_depth", "api"),
];

/// Answers a request.
pub fn answer(world: &World, asked: &Asked) -> Response {
    let moment = world.moment();
    match (&asked.method, asked.parts().as_slice()) {
        (&Method::GET, ["-", "ready"]) => "Prometheus Server is Ready.\n".into_response(),
        (&Method::GET | &Method::POST, ["api", "v1", "query"]) => query(&moment, asked),
        (&Method::GET | &Method::POST, ["api", "v1", "query_range"]) => range(&moment, asked),
        (&Method::GET, ["api", "v1", "alerts"]) => success(&json!({ "alerts": [] })),
        (&Method::GET, ["api", "v1", "rules"]) => success(&json!({ "groups": [] })),
        _ => (StatusCode::NOT_FOUND, "404 page not found\n").into_response(),
    }
}

/// Refuses as Prometheus does.
pub fn refuse(status: StatusCode, refusal: &Refusal) -> Response {
    let kind = match status {
        StatusCode::BAD_REQUEST => "bad_data",
        StatusCode::UNPROCESSABLE_ENTITY => "execution",
        StatusCode::SERVICE_UNAVAILABLE => "timeout",
        _ => "internal",
    };
    let body =
        json!({ "status": "error", "errorType": kind, "error": super::or_usual(&refusal.message, status) });
    super::json(status, &body)
}

fn success(data: &Value) -> Response {
    super::json(StatusCode::OK, &json!({ "status": "success", "data": data }))
}

fn bad(words: String) -> Response {
    refuse(StatusCode::BAD_REQUEST, &Refusal { message: words, ..Refusal::default() })
}

/// A parameter, in the address or in the form.
fn parameter(asked: &Asked, name: &str) -> Option<String> {
    let form = asked.form().into_iter().find(|(key, _)| key == name).map(|(_, value)| value);
    asked.one(name).map(str::to_owned).or(form)
}

/// What a question evaluates to.
#[derive(Clone, Debug, PartialEq)]
enum Answer {
    Scalar(f64),
    /// One series with its labels, or none.
    Vector(Option<(Value, f64)>),
}

fn query(moment: &Moment<'_>, asked: &Asked) -> Response {
    let text = parameter(asked, "query").unwrap_or_default();
    match evaluate(moment, &text) {
        Err(words) => bad(format!("invalid parameter \"query\": {words}")),
        Ok(Answer::Scalar(number)) => {
            success(&json!({ "resultType": "scalar", "result": [stamp(moment.now()), written(number)] }))
        }
        Ok(Answer::Vector(found)) => {
            let row = |(metric, number): (Value, f64)| json!({ "metric": metric, "value": [stamp(moment.now()), written(number)] });
            let rows: Vec<Value> = found.into_iter().map(row).collect();
            success(&json!({ "resultType": "vector", "result": rows }))
        }
    }
}

fn range(moment: &Moment<'_>, asked: &Asked) -> Response {
    let text = parameter(asked, "query").unwrap_or_default();
    let number = |name: &str| parameter(asked, name).and_then(|text| text.parse::<f64>().ok());
    let (Some(start), Some(end)) = (number("start"), number("end")) else {
        return bad("invalid parameter \"start\": cannot parse \"\" to a valid timestamp".to_owned());
    };
    let step = number("step").filter(|step| *step > 0.0).unwrap_or(15.0);
    if (end - start) / step > 11_000.0 {
        return bad("exceeded maximum resolution of 11,000 points per timeseries".to_owned());
    }
    let (mut values, mut metric, mut at) = (Vec::new(), Value::Null, start);
    while at <= end {
        let since = at - begun(moment);
        if let Ok(since) = Duration::try_from_secs_f64(since * moment.speed)
            && since <= moment.elapsed
        {
            match evaluate(&moment.at(since), &text) {
                Err(words) => return bad(format!("invalid parameter \"query\": {words}")),
                Ok(Answer::Vector(Some((labels, number)))) => {
                    metric = labels;
                    values.push(json!([at, written(number)]));
                }
                Ok(Answer::Vector(None) | Answer::Scalar(_)) => {}
            }
        }
        at += step;
    }
    let rows =
        if values.is_empty() { Vec::new() } else { vec![json!({ "metric": metric, "values": values })] };
    success(&json!({ "resultType": "matrix", "result": rows }))
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of this age fit")]
fn begun(moment: &Moment<'_>) -> f64 {
    moment.begun.millis() as f64 / 1_000.0
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of this age fit")]
fn stamp(at: Timestamp) -> f64 {
    at.millis() as f64 / 1_000.0
}

/// Numbers are texts in its answers.
fn written(number: f64) -> String {
    if number == f64::INFINITY {
        "+Inf".to_owned()
    } else if number == f64::NEG_INFINITY {
        "-Inf".to_owned()
    } else {
        number.to_string()
    }
}

/// Evaluates a name, a number, or two of them with `/`, `*`, `>` or `<` between.
fn evaluate(moment: &Moment<'_>, text: &str) -> Result<Answer, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("1:1: parse error: no expression found in input".to_owned());
    }
    if text.matches('(').count() != text.matches(')').count() {
        return Err(format!("1:{}: parse error: unclosed left parenthesis", text.len() + 1));
    }
    if text.matches('{').count() != text.matches('}').count() {
        return Err(format!("1:{}: parse error: unexpected end of input inside braces", text.len() + 1));
    }
    for sign in ['>', '<', '/', '*'] {
        if let Some((left, right)) = split(text, sign) {
            return Ok(joined(sign, evaluate(moment, left)?, &evaluate(moment, right)?));
        }
    }
    for aggregate in ["sum", "max", "avg", "min"] {
        if let Some(inner) = text.strip_prefix(aggregate).and_then(|rest| rest.trim_start().strip_prefix('('))
            && let Some(inner) = inner.strip_suffix(')')
        {
            let Answer::Vector(found) = evaluate(moment, inner)? else {
                return Err(format!(
                    "1:1: parse error: expected type instant vector in aggregation expression {aggregate}"
                ));
            };
            return Ok(Answer::Vector(found.map(|(_, number)| (json!({}), number))));
        }
    }
    if let Ok(number) = text.parse::<f64>() {
        return Ok(Answer::Scalar(number));
    }
    let name = text.split(['{', '[']).next().unwrap_or_default().trim();
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_:".contains(&byte)) {
        return Err("1:1: parse error: unexpected character inside the expression".to_owned());
    }
    let Some((name, job)) = SERIES.iter().find(|(known, _)| *known == name) else {
        return Ok(Answer::Vector(None));
    };
    let labels = json!({ "__name__": name, "instance": format!("{job}.internal:9090"), "job": job });
    if !selected(text, &labels) {
        return Ok(Answer::Vector(None));
    }
    Ok(Answer::Vector(Some((labels, value(moment, name)))))
}

/// Whether the labels are as the braces of `text` want them.
fn selected(text: &str, labels: &Value) -> bool {
    let Some((_, rest)) = text.split_once('{') else { return true };
    let wanted = rest.split('}').next().unwrap_or_default();
    wanted.split(',').filter(|term| !term.trim().is_empty()).all(|term| match term.split_once('=') {
        Some((name, value)) if !name.ends_with('!') && !value.starts_with('~') => {
            labels[name.trim()] == value.trim().trim_matches('"')
        }
        Some(_) | None => true,
    })
}

/// The two sides of `sign`, where it is not in brackets.
fn split(text: &str, sign: char) -> Option<(&str, &str)> {
    let mut depth = 0_i32;
    for (place, letter) in text.char_indices() {
        depth += i32::from("({[".contains(letter)) - i32::from(")}]".contains(letter));
        if letter == sign && depth == 0 {
            return Some((text.get(..place)?, text.get(place + 1..)?.trim_start_matches('=')));
        }
    }
    None
}

fn joined(sign: char, left: Answer, right: &Answer) -> Answer {
    let number = |answer: &Answer| match answer {
        Answer::Scalar(number) | Answer::Vector(Some((_, number))) => Some(*number),
        Answer::Vector(None) => None,
    };
    let (Some(one), Some(two)) = (number(&left), number(right)) else { return Answer::Vector(None) };
    let scalars = matches!((&left, right), (Answer::Scalar(_), Answer::Scalar(_)));
    let mut labels = match left {
        Answer::Vector(Some((labels, _))) => labels,
        Answer::Vector(None) | Answer::Scalar(_) => json!({}),
    };
    let result = match sign {
        // A comparison keeps what it holds for.
        '>' | '<' => {
            let holds = if sign == '>' { one > two } else { one < two };
            return Answer::Vector(holds.then_some((labels, one)));
        }
        '*' => one * two,
        _ => one / two,
    };
    if let Some(labels) = labels.as_object_mut() {
        labels.remove("__name__");
    }
    if scalars { Answer::Scalar(result) } else { Answer::Vector(Some((labels, result))) }
}

fn value(moment: &Moment<'_>, name: &str) -> f64 {
    match name {
        "pg_connections" | "pg_stat_database_numbackends" => f64::from(database::connections(moment)),
        "pg_settings_max_connections" => f64::from(database::MOST_CONNECTIONS),
        "redis_connected_clients" => f64::from(super::redis::clients(moment)),
        "http_request_duration_seconds" => {
            let pace = moment.fault(Target::Api).latency.map_or(Target::Api.pace(), |latency| latency.0);
            pace.as_secs_f64() * (1.0 + 0.2 * moment.chance(971, moment.elapsed.as_secs()))
        }
        "webhook_queue_depth" => f64::from(moment.fault(Target::Checkout).queue.unwrap_or(3)),
        _ => 1.0,
    }
}
