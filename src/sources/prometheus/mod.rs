//! Prometheus, and what speaks its query API: the numbers that a query gives now.
//!
//! Source: Prometheus' HTTP API, `/api/v1/query`. Alerts that Alertmanager sends are read by [`push`].

pub mod push;
mod wire;

use std::time::Duration;

use serde_json::{Value, json};

use super::reply::{self, Fault, Found};
use super::{Provider, table};
use crate::domain::board::Board;
use crate::domain::diagnostic::Diagnostic;
use crate::domain::entry::Entry;
use crate::domain::io::{IoReply, IoRequest, Reason};
use crate::domain::reading::{Health, Reading};
use crate::domain::setting::{Field, Kind, Table};
use crate::domain::signal::Signal;
use crate::domain::time::Timestamp;

/// The row of this provider.
pub const PROVIDER: Provider = Provider {
    name: "prometheus",
    title: "Prometheus",
    about: "The numbers that a PromQL query gives now, judged by your `ok` and `degraded`. `body` has `series` (how \
            many), `max` and `min` of them, `value` where there is exactly one, and `nan`, how many series have no \
            number. An infinite value counts as the largest number there is. A query that gives no series, or no \
            number, is `blind`; `empty` says otherwise.",
    fields: FIELDS,
    many: true,
    scopes: &[],
    plan,
    next: |_, _, _| None,
    read,
};

const FIELDS: &[Field] = &[
    table::NAME,
    Field::required(
        "url",
        Kind::Url,
        "Where the server is, such as `http://prometheus.example.com:9090`; `/api/v1/query` is asked of it. Never \
         taken from a reply.",
    ),
    Field::required("query", Kind::Text, "PromQL that gives a number, or one for each of some series."),
    Field::optional(
        "token",
        Kind::Value,
        "",
        "A credential where one is needed, best as a secret by name: `{ env = \"NAME\" }`. Sent as `Authorization: Bearer`.",
    ),
    Field::optional("unit", Kind::Text, "", "Written behind each number: `%`, `req/s`."),
    Field::optional(
        "empty",
        Kind::Choice(&["blind", "ok", "down"]),
        "`blind`",
        "What it means that the query gives no series. Nothing measured is not zero: say `ok` for a query that finds \
         only what is wrong, `down` for one that must find something.",
    ),
    table::every("`15s`"),
    table::TIMEOUT,
    Field::optional(
        "ok",
        Kind::Condition,
        "always",
        "When a reading is ok, over `body.value`, `body.max`, `body.min`, `body.series`. What it does not hold for is \
         `down`. One of `ok` and `degraded` must be there.",
    ),
    Field::optional(
        "degraded",
        Kind::Condition,
        "never",
        "When an ok reading is degraded, over the same names.",
    ),
];

fn plan(table: &Table, found: &mut Vec<Diagnostic>) -> Vec<Signal> {
    let name = table.given_name(found).map(str::to_owned);
    let cadence = table::cadence(table, Duration::from_secs(15), Duration::from_secs(10), found);
    if !table.has("ok") && !table.has("degraded") {
        found.push(
            table
                .error("query", "missing-key", "nothing says what this query's numbers mean")
                .hint("give ok or degraded, such as degraded = \"body.max > 0.05\""),
        );
    }
    let (Some(name), Some(url), Some(query)) = (name, table.text("url"), table.text("query")) else {
        return Vec::new();
    };
    if query.trim().is_empty() {
        found.push(table.error("query", "out-of-range", "the query is empty"));
        return Vec::new();
    }
    let headers = table
        .value("token")
        .map(|token| ("authorization".to_owned(), token.behind("Bearer ")))
        .into_iter()
        .collect();
    let asked = table::request("GET", url, "/api/v1/query", &[("query", query)], headers, cadence.timeout);
    let board = Board::Infrastructure;
    vec![table::signal(table, &name, "prometheus", "", IoRequest::Http(asked), board, &cadence, found)]
}

fn read(signal: &Signal, at: Timestamp, replies: &[IoReply]) -> Reading {
    let answer = reply::json::<wire::Answer>(&replies[0], at).and_then(wire::Answer::series);
    let (series, warnings) = match answer {
        Ok(answer) => answer,
        Err(fault) => return fault.reading(signal, at, replies),
    };
    if !series.is_empty() {
        return match found(signal, &series, &warnings) {
            Ok(found) => found.reading(signal, at, replies),
            Err(fault) => fault.reading(signal, at, replies),
        };
    }
    let health = match signal.options.as_ref().and_then(|table| table.text("empty")) {
        Some("ok") => Health::Ok,
        Some("down") => Health::Down,
        Some(_) | None => Health::Blind,
    };
    let found = Found {
        health,
        reason: (health == Health::Blind).then_some(Reason::Body),
        detail: format!("the query gives no series{}", told(&warnings)),
        body: json!({ "series": 0, "nan": 0 }),
        entries: Vec::new(),
    };
    // Conditions are about numbers; what none means was said already.
    let unconditional = Signal { ok: None, degraded: None, ..signal.clone() };
    found.reading(&unconditional, at, replies)
}

/// A part of the data may be missing: what the server warns of stands beside the number.
fn told(warnings: &[String]) -> String {
    warnings.first().map(|warning| format!(" · warning: {warning}")).unwrap_or_default()
}

fn found(signal: &Signal, series: &[wire::Series], warnings: &[String]) -> Result<Found, Fault> {
    let mut numbers: Vec<f64> = series.iter().filter_map(|one| one.number).collect();
    numbers.sort_by(f64::total_cmp);
    let (Some(min), Some(max)) = (numbers.first().copied(), numbers.last().copied()) else {
        let what = if series.len() == 1 { "the value is" } else { "no series has" };
        let detail = if series.len() == 1 { "not a number" } else { "a number" };
        return Err(Fault::new(Reason::Body, format!("{what} {detail}{}", told(warnings))));
    };
    let nan = series.len() - numbers.len();
    let unit = signal.options.as_ref().and_then(|table| table.text("unit")).unwrap_or_default();
    let show =
        |number: f64| if unit.is_empty() { shown(number) } else { format!("{} {unit}", shown(number)) };
    let mut body = json!({ "series": series.len(), "max": finite(max), "min": finite(min), "nan": nan });
    let mut said = vec![match series {
        [_] => show(max),
        _ => format!("{} series · {} to {}", series.len(), shown(min), show(max)),
    }];
    if series.len() == 1 {
        body["value"] = finite(max);
    }
    if nan > 0 {
        said.push(format!("{nan} without a number"));
    }
    let detail = said.join(" · ") + &told(warnings);
    let mut sorted: Vec<&wire::Series> = series.iter().collect();
    // Largest first; those without a number last.
    sorted.sort_by(|one, other| {
        let of = |series: &wire::Series| series.number.unwrap_or(f64::NEG_INFINITY);
        of(other).total_cmp(&of(one)).then_with(|| one.labels.cmp(&other.labels))
    });
    let entries = sorted
        .into_iter()
        .map(|one| {
            let (health, state) = one
                .number
                .map_or((Health::Blind, "no number".to_owned()), |number| (Health::Ok, show(number)));
            let mut entry = Entry::new(&one.key, health, state, &one.key);
            entry.body.extend(one.labels.iter().map(|(label, value)| format!("{label} = {value}")));
            entry
        })
        .collect();
    Ok(Found { health: Health::Ok, reason: None, detail, body, entries })
}

/// JSON has no infinity: the largest number stands for it.
fn finite(number: f64) -> Value {
    let number = number.clamp(f64::MIN, f64::MAX);
    #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and small")]
    if number.fract() == 0.0 && number.abs() < 9e15 { json!(number as i64) } else { json!(number) }
}

/// At most six figures: more than that is noise in a column.
fn shown(number: f64) -> String {
    // Of the two zeros the one without a sign.
    let number = number + 0.0;
    if number.is_infinite() {
        return if number > 0.0 { "+Inf".into() } else { "-Inf".into() };
    }
    let size = number.abs();
    if size != 0.0 && !(1e-4..1e9).contains(&size) {
        return format!("{number:.3e}");
    }
    #[expect(clippy::cast_possible_truncation, reason = "between -4 and 9")]
    let whole = if size < 1.0 { 0 } else { size.log10().floor() as i32 + 1 };
    let digits = usize::try_from(6 - whole).unwrap_or_default();
    let text = format!("{number:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests;
