//! What is asked of Supabase, and what its health, its logs and its backups mean.

use std::time::Duration;

use serde_json::{Value, json};

use super::push::from_log_drain;
use crate::domain::board::Board;
use crate::domain::io::{IoReply, IoRequest, Reason};
use crate::domain::reading::{Health, Reading};
use crate::domain::signal::Signal;
use crate::domain::text::is_hostile;
use crate::domain::time::Timestamp;
use crate::sources::conformance::{self, AT, http, http_with, plan, plan_with};

const PROJECT: &str = include_str!("fixtures/project.json");
const HEALTH: &str = include_str!("fixtures/health.json");
const BACKUPS: &str = include_str!("fixtures/backups.json");
const LOGS: &str = include_str!("fixtures/logs.json");
const EDGE: &str = include_str!("fixtures/logs_edge.json");
const ERROR: &str = include_str!("fixtures/logs_error200.json");
const DRAIN: &str = include_str!("fixtures/log_drain.json");

const TABLE: &str = "name = \"db\"\nproject = \"lanternfishstudyapps\"\ntoken = { env = \"SUPABASE_TOKEN\" }";

/// Health, logs, backups.
fn signals(more: &str) -> Vec<Signal> {
    plan("supabase", &format!("{TABLE}\n{more}"))
}

fn part(more: &str, part: &str) -> Signal {
    signals(more).into_iter().find(|signal| signal.part == part).expect(part)
}

fn asked(signal: &Signal, answered: &[IoReply]) -> url::Url {
    let IoRequest::Http(asked) = conformance::asked(signal, answered) else { panic!("not HTTP") };
    assert_eq!(asked.method, "GET");
    asked.url.parse().unwrap()
}

fn pairs(url: &url::Url) -> Vec<(String, String)> {
    url.query_pairs().map(|(key, value)| (key.into_owned(), value.into_owned())).collect()
}

#[test]
fn a_table_makes_three_signals_each_with_its_own_cadence() {
    let signals =
        signals("every = \"20s\"\nok = \"body.unhealthy == 0\"\nlogs_degraded = \"body.rls_5m > 3\"");
    let rows: Vec<(&str, Option<Board>, u64)> =
        signals.iter().map(|signal| (signal.id.as_str(), signal.board, signal.every.as_secs())).collect();
    assert_eq!(
        rows,
        [
            ("db", Some(Board::Infrastructure), 20),
            ("db-logs", Some(Board::Logs), 60),
            ("db-backups", Some(Board::Infrastructure), 600),
        ]
    );
    assert!(signals[0].ok.is_some() && signals[1].ok.is_none() && signals[2].ok.is_none());
    assert!(signals[1].degraded.is_some() && signals[2].degraded.is_none());
    let off = self::signals("logs = \"off\"");
    assert_eq!(off.iter().map(|signal| signal.part).collect::<Vec<_>>(), ["health", "backups"]);
}

#[test]
fn a_wrong_table_is_told_where_it_is_wrong() {
    let codes = |toml: &str| plan_with("supabase", toml).1.iter().map(|wrong| wrong.code).collect::<Vec<_>>();
    assert_eq!(codes(&TABLE.replace("lanternfish", "Lanternfish")), ["bad-project"]);
    assert_eq!(codes(&TABLE.replace("lanternfish", "../")), ["bad-project"]);
    assert_eq!(codes(&format!("{TABLE}\nservices = []")), ["out-of-range"]);
    assert_eq!(
        codes(&format!("{TABLE}\nok = \"status == 200\"")),
        ["bad-condition"],
        "said once, not thrice"
    );
    assert_eq!(codes(&format!("{TABLE}\nlogs_degraded = \"status == 200\"")), ["bad-condition"]);
}

#[test]
fn the_project_is_asked_for_and_then_its_services_each_by_a_parameter_of_its_own() {
    let signal = part("services = [\"auth\", \"db\"]", "health");
    assert_eq!(
        conformance::asked(&signal, &[]).preview(),
        [
            "GET https://api.supabase.com/v1/projects/lanternfishstudyapps",
            "authorization: Bearer ‹env SUPABASE_TOKEN›",
        ]
    );
    let then = asked(&signal, &[http(200, PROJECT)]);
    assert_eq!(
        then.as_str(),
        "https://api.supabase.com/v1/projects/lanternfishstudyapps/health?services=auth&services=db"
    );
    assert!(crate::sources::next(&signal, AT, &[http(200, PROJECT), http(200, HEALTH)]).is_none());
    assert!(crate::sources::next(&signal, AT, &[http(500, "{}")]).is_none());
    let all = asked(&part("", "health"), &[http(200, PROJECT)]);
    let names: Vec<String> = pairs(&all).into_iter().map(|(_, value)| value).collect();
    assert_eq!(names, ["auth", "db", "rest", "storage", "realtime", "pooler"]);
}

fn health(more: &str, project: &str, services: &str) -> Reading {
    crate::sources::read(&part(more, "health"), AT, &[http(200, project), http(200, services)])
}

#[test]
fn a_project_is_as_well_as_its_worst_service() {
    let well = health("", PROJECT, HEALTH);
    assert_eq!((well.health, well.detail.as_str()), (Health::Ok, "6 services are well"));
    assert_eq!(well.body.unwrap()["services"]["db"], "ACTIVE_HEALTHY");
    let with = |service: &str, status: &str| {
        let mut services: Value = serde_json::from_str(HEALTH).unwrap();
        for one in services.as_array_mut().unwrap() {
            if one["name"] == service {
                one["status"] = json!(status);
                one["error"] = json!("connection refused");
            }
        }
        services.to_string()
    };
    let down = health("", PROJECT, &with("db", "UNHEALTHY"));
    assert_eq!((down.health, down.reason), (Health::Down, None));
    assert_eq!(down.detail, "db: connection refused");
    assert_eq!(
        (down.entries[0].key.as_str(), down.entries[1].key.as_str()),
        ("project", "db"),
        "worst first"
    );
    let coming = health("", PROJECT, &with("rest", "COMING_UP"));
    assert_eq!((coming.health, coming.body.unwrap()["coming_up"].clone()), (Health::Degraded, json!(1)));
    assert_eq!(health("", PROJECT, &with("auth", "A_NEW_WORD")).health, Health::Blind);
    let own = health("ok = \"body.services.db == 'ACTIVE_HEALTHY'\"", PROJECT, &with("auth", "UNHEALTHY"));
    assert_eq!(own.health, Health::Ok, "the table's own rule comes first");
}

#[test]
fn a_service_that_is_not_reported_was_not_measured() {
    let two = r#"[{"name":"db","status":"ACTIVE_HEALTHY"},{"name":"auth","healthy":true}]"#;
    let read = health("services = [\"db\", \"auth\", \"pooler\"]", PROJECT, two);
    assert_eq!((read.health, read.reason), (Health::Blind, Some(Reason::Body)));
    assert_eq!(read.detail, "pooler not reported");
    assert_eq!(health("services = [\"db\", \"auth\"]", PROJECT, two).health, Health::Ok);
    assert_eq!(health("services = [\"db\"]", PROJECT, "[]").health, Health::Blind);
}

#[test]
fn a_project_that_does_not_run_is_down_without_asking_its_services() {
    let signal = part("", "health");
    for status in ["INACTIVE", "PAUSING", "RESTORING", "RESTARTING", "REMOVED", "GOING_DOWN"] {
        let project = PROJECT.replace("ACTIVE_HEALTHY", status);
        assert!(crate::sources::next(&signal, AT, &[http(200, &project)]).is_none(), "{status}");
        let read = crate::sources::read(&signal, AT, &[http(200, &project)]);
        assert_eq!(read.health, Health::Down, "{status}");
        assert_eq!(read.detail, format!("the project is {}", status.to_lowercase().replace('_', " ")));
    }
    let sick = PROJECT.replace("ACTIVE_HEALTHY", "ACTIVE_UNHEALTHY");
    assert_eq!(health("", &sick, HEALTH).health, Health::Degraded);
    let lone = crate::sources::read(&signal, AT, &[http(200, PROJECT)]);
    assert_eq!(lone.health, Health::Blind, "a project alone says nothing of its services");
}

#[test]
fn seconds_left_are_obeyed() {
    let limited = http_with(429, &[("x-ratelimit-reset", "41"), ("x-ratelimit-remaining", "0")], "{}");
    let read = crate::sources::read(&part("", "health"), AT, &[limited]);
    assert_eq!((read.reason, read.retry_after), (Some(Reason::Limit), Some(Duration::from_secs(41))));
}

#[test]
fn the_logs_of_the_last_five_minutes_are_asked_for_in_one_request() {
    let signal = part("", "logs");
    let first = asked(&signal, &[]);
    assert_eq!(first.path(), "/v1/projects/lanternfishstudyapps/analytics/endpoints/logs");
    let pairs = pairs(&first);
    assert_eq!(pairs[1], ("iso_timestamp_start".into(), "2026-11-21T14:27:00.000Z".into()));
    assert_eq!(pairs[2], ("iso_timestamp_end".into(), "2026-11-21T14:32:00.000Z".into()));
    let sql = &pairs[0].1;
    for source in ["edge_logs", "postgres_logs", "postgrest_logs"] {
        assert!(sql.contains(&format!("source = '{source}'")), "{sql}");
    }
    assert!(!sql.contains('*') && sql.ends_with("limit 1000"), "{sql}");
    assert!(crate::sources::next(&signal, AT, &[http(200, LOGS)]).is_none());
}

#[test]
fn the_older_endpoint_is_asked_a_log_at_a_time_until_one_fails() {
    let signal = part("logs = \"bigquery\"", "logs");
    let empty = || http(200, r#"{"result":[]}"#);
    let answered = [empty(), empty(), empty()];
    for (count, table) in ["from edge_logs", "from postgres_logs", "from postgrest_logs"].iter().enumerate() {
        let asked = asked(&signal, &answered[..count]);
        assert!(asked.path().ends_with("/analytics/endpoints/logs.all"), "{asked}");
        assert!(pairs(&asked)[0].1.contains(table), "{asked}");
    }
    assert!(crate::sources::next(&signal, AT, &answered).is_none());
    assert!(crate::sources::next(&signal, AT, &[empty(), http(200, ERROR)]).is_none());
    let cut = crate::sources::read(&signal, AT, &[empty(), http(200, ERROR)]);
    assert_eq!(cut.health, Health::Blind, "a log that was not read is not a log without errors");
    let micros = json!({ "result": [{ "id": "a", "timestamp": 1_795_271_500_120_000_i64, "event_message": "x",
        "severity": "ERROR", "code": "42501" }], "error": null });
    let read = crate::sources::read(&signal, AT, &[empty(), http(200, &micros.to_string()), empty()]);
    assert_eq!(read.body.as_ref().unwrap()["rls_5m"], 1, "its log is known by its place");
    assert_eq!(read.entries[0].at, Some(Timestamp::from_millis(1_795_271_500_120)));
}

fn logs(more: &str, body: &str) -> Reading {
    crate::sources::read(&part(more, "logs"), AT, &[http(200, body)])
}

#[test]
fn lines_are_named_by_their_codes_newest_first() {
    let read = logs("", LOGS);
    assert_eq!(read.health, Health::Degraded);
    assert_eq!(
        *read.body.unwrap(),
        json!({ "errors_5m": 5, "edge_5m": 1, "postgres_5m": 3, "postgrest_5m": 1, "rls_5m": 1,
            "connections_5m": 1, "timeouts_5m": 0, "logins_5m": 1, "fatal_5m": 0 })
    );
    assert_eq!(read.detail, "5 errors in 5m · 1 5xx · 1 RLS · 1 connections · 1 log-ins refused");
    let states: Vec<&str> = read.entries.iter().map(|entry| entry.state.as_str()).collect();
    assert_eq!(states, ["503", "PGRST002", "42501", "53300", "28P01"]);
    assert_eq!(read.entries[2].tags, ["RLS"]);
    assert_eq!(read.entries[0].at, Some(Timestamp::from_millis(1_795_271_500_120)), "no zone is UTC");
    assert_eq!(read.entries[1].title, "Could not query the database for the schema cache. Retrying.");
    assert!(read.entries[1].facts.iter().any(|(label, text)| *label == "means" && text.contains("schema")));
    assert_eq!(
        read.entries[0].cells,
        [("LOG", "gateway".to_owned()), ("PATH", "/rest/v1/modules".to_owned())]
    );
}

fn rows(count: usize, source: &str, severity: &str, code: &str) -> Vec<Value> {
    (0..count)
        .map(|id| {
            json!({ "id": format!("{source}-{code}-{id}"), "timestamp": "2026-11-21T14:31:00", "source": source,
                "event_message": "x", "severity": severity, "code": code })
        })
        .collect()
}

#[test]
fn a_lost_connection_degrades_at_once_and_other_errors_at_twelve() {
    let of = |rows: Vec<Value>| logs("", &json!({ "result": rows, "error": null }).to_string());
    assert_eq!((of(vec![]).health, of(vec![]).detail.as_str()), (Health::Ok, "no errors in 5m"));
    assert_eq!(of(rows(11, "postgres_logs", "ERROR", "23505")).health, Health::Ok);
    assert_eq!(of(rows(12, "postgres_logs", "ERROR", "23505")).health, Health::Degraded);
    assert_eq!(of(rows(1, "postgres_logs", "FATAL", "53300")).health, Health::Degraded);
    assert_eq!(of(rows(1, "postgres_logs", "PANIC", "XX000")).health, Health::Degraded);
    assert_eq!(of(rows(40, "postgres_logs", "FATAL", "28P01")).health, Health::Ok, "strangers knock");
    let own = json!({ "result": rows(4, "postgres_logs", "ERROR", "42501") }).to_string();
    assert_eq!(logs("logs_degraded = \"body.rls_5m > 3\"", &own).health, Health::Degraded);
    assert_eq!(logs("logs_degraded = \"body.rls_5m > 4\"", &own).health, Health::Ok);
    let full = of(rows(1000, "postgres_logs", "ERROR", "42501"));
    assert!(full.detail.starts_with("1000 errors or more in 5m"), "{}", full.detail);
}

#[test]
fn one_error_in_two_logs_is_counted_once_by_its_cause() {
    let mut both = rows(3, "postgres_logs", "ERROR", "42501");
    both.extend(rows(2, "postgrest_logs", "", "42501"));
    let read = logs("", &json!({ "result": both }).to_string());
    let body = read.body.unwrap();
    assert_eq!((&body["rls_5m"], &body["errors_5m"]), (&json!(3), &json!(5)));
}

#[test]
fn what_is_old_or_no_error_is_left_out() {
    let row = |timestamp: &str, status: &str| json!({ "id": timestamp, "timestamp": timestamp, "source": "edge_logs", "event_message": "x", "status": status });
    let body = json!({ "result": [
        row("2026-11-21T14:31:00", "499"),
        row("2026-11-21T14:30:00", "500"),
        row("2026-11-21T14:00:00", "503"),
        { "timestamp": "2026-11-21T14:31:00", "source": "somebody_s_logs", "status": "500" },
        { "timestamp": "2026-11-21T14:31:00", "source": "postgrest_logs", "event_message": "Listening on PGRST" },
    ] });
    let read = logs("", &body.to_string());
    assert_eq!(read.body.unwrap()["errors_5m"], 1);
    assert_eq!(logs("", EDGE).body.unwrap()["errors_5m"], 0, "months old, and of no log");
}

#[test]
fn a_good_status_may_carry_an_error_in_three_shapes() {
    for error in
        [json!("Backend error! Retry your query."), json!({ "message": "Backend error!" }), json!({})]
    {
        for result in [Value::Null, json!([])] {
            let read = logs("", &json!({ "result": result, "error": error }).to_string());
            assert_eq!((read.health, read.reason), (Health::Blind, Some(Reason::Body)), "{error}");
        }
    }
    assert!(logs("", ERROR).detail.contains("Backend error"), "{}", logs("", ERROR).detail);
    assert_eq!(logs("", r#"{"result":[]}"#).health, Health::Ok, "no error at all is none");
    assert_eq!(logs("", r#"{"result":null,"error":null}"#).health, Health::Blind);
    assert_eq!(logs("", "{}").health, Health::Blind);
}

fn backups(more: &str, change: impl FnOnce(&mut Value)) -> Reading {
    let mut document: Value = serde_json::from_str(BACKUPS).unwrap();
    change(&mut document);
    crate::sources::read(&part(more, "backups"), AT, &[http(200, &document.to_string())])
}

#[test]
fn the_newest_good_backup_decides_whatever_the_order() {
    let asked = asked(&part("", "backups"), &[]);
    assert!(asked.path().ends_with("/lanternfishstudyapps/database/backups"), "{asked}");
    let read = backups("", |_| {});
    assert_eq!((read.health, read.detail.as_str()), (Health::Ok, "newest 11h27 old"));
    assert_eq!(
        *read.body.unwrap(),
        json!({ "age_hours": 11.5, "completed": 2, "failed": 1, "newest": "COMPLETED", "pitr": false,
            "window_hours": null })
    );
    let keys: Vec<&str> = read.entries.iter().map(|entry| entry.key.as_str()).collect();
    assert_eq!(keys, ["812", "811", "810"], "newest first");
}

#[test]
fn a_backup_is_too_old_beyond_its_age_and_not_at_it() {
    let made = |when: &'static str| {
        backups("", move |document| {
            document["backups"] = json!([{ "id": 1, "status": "COMPLETED", "inserted_at": when }]);
        })
    };
    assert_eq!(made("2026-11-20T12:32:00Z").health, Health::Ok, "26 hours");
    let old = made("2026-11-20T12:31:59Z");
    assert_eq!((old.health, old.detail.as_str()), (Health::Degraded, "newest 1d 2h old: more than 1d 2h"));
    assert_eq!(made("2026-11-21T14:40:00Z").health, Health::Blind, "it is from the future");
    assert_eq!(backups("backup_age = \"11h\"", |_| {}).health, Health::Degraded);
}

#[test]
fn a_failed_one_degrades_and_none_is_down() {
    let failed = backups("", |document| document["backups"][1]["status"] = json!("FAILED"));
    assert_eq!(failed.health, Health::Degraded, "two days old");
    let last = backups("", |document| document["backups"][0]["inserted_at"] = json!("2026-11-21T04:00:00Z"));
    assert_eq!(
        (last.health, last.detail.as_str()),
        (Health::Degraded, "newest 11h27 old · the last one failed")
    );
    let running = backups("", |document| {
        document["backups"][0] =
            json!({ "id": 9, "status": "PENDING", "inserted_at": "2026-11-21T14:30:00Z" });
    });
    assert_eq!(running.health, Health::Ok, "one that runs has not failed");
    let none = backups("", |document| document["backups"] = json!([]));
    assert_eq!((none.health, none.reason), (Health::Down, None));
    assert_eq!(none.detail, "no backup to restore from");
    let gone = backups("", |document| {
        for index in 0..3 {
            document["backups"][index]["status"] = json!("REMOVED");
        }
    });
    assert_eq!(gone.health, Health::Down);
}

#[test]
fn a_point_in_time_is_a_backup_where_it_is_enabled() {
    let window = |enabled: bool| {
        backups("", move |document| {
            document["backups"] = json!([]);
            document["pitr_enabled"] = json!(enabled);
            document["physical_backup_data"] = json!({
                "earliest_physical_backup_date_unix": 1_794_666_720,
                "latest_physical_backup_date_unix": 1_795_271_400,
            });
        })
    };
    let read = window(true);
    assert_eq!((read.health, read.detail.as_str()), (Health::Ok, "newest 2m00 old · any point of 6d 23h"));
    let body = read.body.unwrap();
    assert_eq!((&body["pitr"], &body["window_hours"]), (&json!(true), &json!(168.0)));
    assert_eq!(read.entries[0].key, "pitr");
    assert_eq!(window(false).health, Health::Down);
}

#[test]
fn a_drain_s_batch_gives_the_errors_in_it() {
    let at = Timestamp::from_millis(1_787_019_281_000);
    let entries = from_log_drain(DRAIN.as_bytes(), at).unwrap();
    assert_eq!(entries.len(), 1);
    let entry = &entries[0];
    assert_eq!((entry.state.as_str(), entry.key.as_str()), ("503", "4f1e0b4e-0c4b-4d7a-8a3a-9b7e51f0a001"));
    assert_eq!(entry.at, Some(Timestamp::from_millis(1_787_019_280_120)), "microseconds");
    let batch = json!([
        { "id": "a", "timestamp": 1_787_019_280_000_000_i64, "event_message": "ok", "metadata": [{ "response": [{ "status_code": 200 }] }] },
        { "id": "b", "event_message": "permission denied for table modules",
          "metadata": [{ "parsed": [{ "error_severity": "ERROR", "sql_state_code": "42501" }] }] },
        { "id": "c", "timestamp": 1_787_019_280_500_000_i64, "event_message": "{\"code\":\"PGRST003\",\"message\":\"Timed out\"}" },
        { "event_message": "\u{1b}[31mcheckpoint complete", "metadata": [{ "parsed": [{ "error_severity": "LOG" }] }] },
    ]);
    let entries = from_log_drain(batch.to_string().as_bytes(), at).unwrap();
    let rows: Vec<(&str, &str)> =
        entries.iter().map(|entry| (entry.key.as_str(), entry.state.as_str())).collect();
    assert_eq!(rows, [("b", "42501"), ("c", "PGRST003")], "newest first; without a time it came now");
    assert_eq!(entries[0].tags, ["RLS"]);
}

#[test]
fn what_is_not_a_batch_is_refused_and_nothing_hostile_is_kept() {
    for body in ["", "{}", "null", "<html>", "[1]", "[{}"] {
        assert!(from_log_drain(body.as_bytes(), AT).is_err(), "{body}");
    }
    let many = |count: usize| from_log_drain(json!(vec![json!({}); count]).to_string().as_bytes(), AT);
    assert!(many(250).unwrap().is_empty());
    assert_eq!(many(251).unwrap_err(), "251 rows: a batch has 250 at most");
    let hostile = DRAIN.replace("GET | 503", "\\u001b[2J\\u202e").replace("/rest/v1/modules", "\\u200b");
    for entry in from_log_drain(hostile.as_bytes(), AT).unwrap() {
        let shown = [&entry.title, &entry.cells[1].1].into_iter().chain(&entry.body);
        assert!(shown.into_iter().all(|text| !text.chars().any(is_hostile)), "{entry:?}");
    }
}

#[test]
fn every_part_survives_whatever_comes() {
    conformance::survives(&part("", "health"), &[PROJECT, HEALTH]);
    conformance::survives(&part("", "logs"), &[LOGS]);
    conformance::survives(&part("logs = \"bigquery\"", "logs"), &[LOGS]);
    conformance::survives(&part("", "backups"), &[BACKUPS]);
}
