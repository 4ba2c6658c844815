//! Supabase: the project, the health of its services, its backups and its logs.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::super::world::World;
use super::asked::{Asked, kept};
use super::database;
use super::moment::{Moment, Tally};
use super::{Refusal, because, keys, set};
use crate::domain::time::Timestamp;

/// The project's name at Supabase.
const PROJECT: &str = "lanternfishbooksshop";
/// The services whose health can be asked for.
const SERVICES: [&str; 6] = ["auth", "db", "rest", "storage", "realtime", "pooler"];
/// The most rows that a question to the logs is answered with.
const MOST_ROWS: usize = 1_000;

/// Answers a request.
pub fn answer(world: &World, asked: &Asked) -> Response {
    let moment = world.moment();
    if !asked.bears(keys::SUPABASE) {
        return refuse(StatusCode::UNAUTHORIZED, &because("Unauthorized", moment.now()));
    }
    let mut response = match (&asked.method, asked.parts().as_slice()) {
        (&Method::GET, ["v1", "projects"]) => super::json(StatusCode::OK, &json!([project(&moment)])),
        (_, ["v1", "projects", name, ..]) if *name != PROJECT => {
            refuse(StatusCode::NOT_FOUND, &because("Project not found", moment.now()))
        }
        (&Method::GET, ["v1", "projects", _]) => super::json(StatusCode::OK, &project(&moment)),
        (&Method::GET, ["v1", "projects", _, "health"]) => health(&moment, asked),
        (&Method::GET, ["v1", "projects", _, "database", "backups"]) => backups(&moment),
        (&Method::GET, ["v1", "projects", _, "analytics", "endpoints", "logs" | "logs.all"]) => {
            logs(&moment, asked)
        }
        (&Method::GET, ["v1", "projects", _, "analytics", "endpoints", "usage.api-counts"]) => {
            counts(&moment)
        }
        (&Method::POST, ["v1", "projects", _, "database", "query", "read-only"]) => query(&moment, asked),
        (&Method::GET, ["v1", "projects", _, "advisors", "security" | "performance"]) => {
            super::json(StatusCode::OK, &json!({ "lints": [] }))
        }
        _ => refuse(StatusCode::NOT_FOUND, &because("Cannot find that", moment.now())),
    };
    set(&mut response, "x-ratelimit-limit", "120");
    set(&mut response, "x-ratelimit-remaining", "111");
    set(&mut response, "x-ratelimit-reset", "41");
    response
}

/// Refuses as Supabase does.
pub fn refuse(status: StatusCode, refusal: &Refusal) -> Response {
    let usual =
        if status == StatusCode::TOO_MANY_REQUESTS { "ThrottlerException: Too Many Requests" } else { "" };
    let words = if refusal.message.is_empty() { usual } else { &refusal.message };
    let mut response = super::json(status, &json!({ "message": super::or_usual(words, status) }));
    if status == StatusCode::TOO_MANY_REQUESTS {
        set(&mut response, "x-ratelimit-remaining", "0");
        // Seconds that are left, not a time.
        set(&mut response, "x-ratelimit-reset", &refusal.retry_after.unwrap_or(60).to_string());
    }
    response
}

fn project(moment: &Moment<'_>) -> Value {
    json!({
        "id": PROJECT,
        "ref": PROJECT,
        "organization_id": "lanternfish",
        "organization_slug": "lanternfish",
        "name": "lanternfish",
        "region": "eu-central-1",
        "created_at": millis(moment.before(Duration::from_secs(800 * 24 * 3_600))),
        "status": "ACTIVE_HEALTHY",
        "database": { "host": format!("db.{PROJECT}.example.com"), "version": "15.8.1.085", "postgres_engine": "15", "release_channel": "ga" },
    })
}

fn health(moment: &Moment<'_>, asked: &Asked) -> Response {
    let services: Vec<&str> = asked.all("services").collect();
    if services.is_empty() || services.iter().any(|service| !SERVICES.contains(service)) {
        let words = format!("services: Invalid option: expected one of {}", SERVICES.join("|"));
        return refuse(StatusCode::BAD_REQUEST, &because(words, moment.now()));
    }
    let full = database::is_full(moment);
    let rows: Vec<Value> = services
        .into_iter()
        .map(|service| {
            let error = match service {
                "db" if full => Some("FATAL: sorry, too many clients already"),
                "rest" if full => {
                    Some("PGRST002: Could not query the database for the schema cache. Retrying.")
                }
                _ => None,
            };
            let status = if error.is_some() { "UNHEALTHY" } else { "ACTIVE_HEALTHY" };
            let mut row = json!({ "name": service, "status": status, "healthy": error.is_none() });
            if let Some(error) = error {
                row["error"] = json!(error);
            }
            if service == "auth" {
                row["info"] = json!({
                    "name": "GoTrue", "version": "v2.170.0",
                    "description": "GoTrue is a user registration and authentication API",
                });
            }
            row
        })
        .collect();
    super::json(StatusCode::OK, &json!(rows))
}

fn backups(moment: &Moment<'_>) -> Response {
    let rows: Vec<Value> = (0..7_u32)
        .map(|night| {
            let at = last_night(moment).minus(Duration::from_secs(24 * 3_600) * night);
            json!({ "id": 812 - night, "is_physical_backup": true, "status": "COMPLETED", "inserted_at": millis(at) })
        })
        .collect();
    super::json(
        StatusCode::OK,
        &json!({
            "region": "eu-central-1", "walg_enabled": true, "pitr_enabled": false, "backups": rows,
            "physical_backup_data": {},
        }),
    )
}

/// The last time before the company began that the clock said 03:04:05.
pub fn last_night(moment: &Moment<'_>) -> Timestamp {
    let day = 24 * 3_600_000;
    let hour = (3 * 3_600 + 4 * 60 + 5) * 1_000;
    // What began less than ten minutes ago is not done.
    let since = moment.begun.millis() - hour - 600_000;
    Timestamp::from_millis(since.div_euclid(day) * day + hour)
}

fn query(moment: &Moment<'_>, asked: &Asked) -> Response {
    if database::is_full(moment) {
        let words = "Failed to run sql query: FATAL: 53300: sorry, too many clients already";
        return refuse(StatusCode::BAD_REQUEST, &because(words, moment.now()));
    }
    let body = asked.json();
    let Some(text) = body["query"].as_str() else {
        return refuse(StatusCode::BAD_REQUEST, &because("query: Required", moment.now()));
    };
    match database::rows(moment, text) {
        Ok((names, rows)) => {
            let rows: Vec<Value> = rows
                .into_iter()
                .map(|row| {
                    names
                        .iter()
                        .cloned()
                        .zip(row.into_iter().map(Value::from))
                        .collect::<serde_json::Map<_, _>>()
                        .into()
                })
                .collect();
            super::json(StatusCode::CREATED, &json!(rows))
        }
        Err(words) => {
            let words = format!("Failed to run sql query: ERROR: {words}");
            refuse(StatusCode::BAD_REQUEST, &because(words, moment.now()))
        }
    }
}

/// Requests at the edge: a few every minute, all well, unless the database takes no more connections.
fn counts(moment: &Moment<'_>) -> Response {
    let rows: Vec<Value> = (0..60)
        .rev()
        .map(|back| {
            let at = moment.now().minus(Duration::from_secs(60) * back);
            json!({
                "timestamp": bare(at), "total_auth_requests": 14, "total_realtime_requests": 0,
                "total_rest_requests": 41, "total_storage_requests": 9,
            })
        })
        .collect();
    super::json(StatusCode::OK, &json!({ "result": rows, "error": null }))
}

/// The logs: which table is meant follows from the question, and so does whether only what failed is.
fn logs(moment: &Moment<'_>, asked: &Asked) -> Response {
    let now = moment.now();
    let sql = asked.one("sql").unwrap_or("select id, timestamp, event_message from edge_logs").to_lowercase();
    let bound = |name: &str, usual: Timestamp| match asked.one(name) {
        None => Some(usual),
        Some(text) => chrono::DateTime::parse_from_rfc3339(text)
            .ok()
            .map(|at| Timestamp::from_millis(at.timestamp_millis())),
    };
    let (Some(from), Some(to)) =
        (bound("iso_timestamp_start", now.minus(Duration::from_secs(60))), bound("iso_timestamp_end", now))
    else {
        return refuse(StatusCode::BAD_REQUEST, &because("iso_timestamp_start: Invalid ISO datetime", now));
    };
    if to.since(from) > Duration::from_secs(24 * 3_600) {
        return refuse(StatusCode::BAD_REQUEST, &because("The time range is longer than 24 hours", now));
    }
    let only_failed =
        [">= 500", ">=500", "> 499", "fatal", "error_severity"].iter().any(|mark| sql.contains(mark));
    let full = database::full_spans(moment);
    let mut rows: Vec<(Timestamp, Value)> = Vec::new();
    let mut add = |at: Duration, row: Value| {
        let at = moment.wall(at);
        if at >= from && at < to {
            rows.push((at, row));
        }
    };
    if sql.contains("postgres_logs") {
        for at in Tally::rhythm(40.0, &full).times {
            add(
                at,
                json!({
                    "event_message": "sorry, too many clients already", "code": "53300", "severity": "FATAL",
                    "source": "postgres_logs",
                }),
            );
        }
        if !only_failed {
            for at in Tally::rhythm(1.0, &[Duration::ZERO..moment.elapsed]).times {
                add(
                    at,
                    json!({
                        "event_message": "checkpoint complete: wrote 41 buffers (0.3%)", "code": "00000",
                        "severity": "LOG", "source": "postgres_logs",
                    }),
                );
            }
        }
    }
    if sql.contains("edge_logs") || sql.contains("postgrest_logs") || sql.contains("auth_logs") {
        for at in Tally::rhythm(60.0, &full).times {
            add(
                at,
                json!({
                    "event_message": "GET | 503 | /rest/v1/orders | PGRST002 Could not query the database for the schema cache. Retrying.",
                    "status": "503", "path": "/rest/v1/orders", "source": "edge_logs",
                }),
            );
        }
        if !only_failed {
            for at in Tally::rhythm(30.0, &[Duration::ZERO..moment.elapsed]).times {
                add(
                    at,
                    json!({
                        "event_message": "GET | 200 | /rest/v1/books", "status": "200", "path": "/rest/v1/books",
                        "source": "edge_logs",
                    }),
                );
            }
        }
    }
    if !sql.contains("_logs") {
        let error = json!({
            "code": 400, "message": format!("A source is needed in: {}", kept(&sql)), "status": "INVALID_ARGUMENT",
        });
        return super::json(StatusCode::OK, &json!({ "result": null, "error": error }));
    }
    rows.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let result: Vec<Value> = rows
        .into_iter()
        .take(MOST_ROWS)
        .zip(0..)
        .map(|((at, mut row), place)| {
            let number = moment.number(960, u64::try_from(at.millis()).unwrap_or(0) + place);
            row["id"] = json!(format!("{:08x}-7a6e-4b5d-9a5e-{:012x}", number >> 32, number & 0xffff_ffff));
            row["timestamp"] = json!(bare(at));
            row
        })
        .collect();
    super::json(StatusCode::OK, &json!({ "result": result, "error": null }))
}

/// `2026-08-18T02:14:40.120000`: UTC, and does not say so.
fn bare(at: Timestamp) -> String {
    at.utc().map_or_else(String::new, |at| at.format("%Y-%m-%dT%H:%M:%S%.6f").to_string())
}

/// `2026-08-17T03:04:05.000Z`.
fn millis(at: Timestamp) -> String {
    at.rfc3339()
}
