//! What a project's logs say of errors in the last five minutes.
//!
//! Two endpoints answer such questions: `ClickHouse`, where every log is in one table, and `BigQuery` before it,
//! with a table a log. Both may answer 200 with an error inside.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::line::{self, Cause, Line, Log};
use crate::domain::io::{IoReply, IoRequest, Reason};
use crate::domain::reading::Health;
use crate::domain::setting::Table;
use crate::domain::signal::Signal;
use crate::domain::time::Timestamp;
use crate::sources::reply::{self, Fault, Found};

pub(super) const PART: &str = "logs";

/// How far back is looked.
const SPAN: Duration = Duration::from_secs(300);
/// Lines that are older than the span by more than an answer takes were not asked for.
const LATE: Duration = Duration::from_secs(30);
/// The most lines that one answer may have.
const MOST: usize = 1000;
/// So many errors of any kind are too many, as for an error spike.
const MANY: usize = 12;

/// Which endpoint is asked, in whose SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    ClickHouse,
    BigQuery,
}

impl Dialect {
    pub(super) const fn path(self) -> &'static str {
        match self {
            Dialect::ClickHouse => "/analytics/endpoints/logs",
            Dialect::BigQuery => "/analytics/endpoints/logs.all",
        }
    }

    /// The queries of one poll, and which log each reads where the rows do not say.
    const fn queries(self) -> &'static [(Option<Log>, &'static str)] {
        match self {
            Dialect::ClickHouse => &[(None, CLICKHOUSE)],
            Dialect::BigQuery => {
                &[(Some(Log::Edge), EDGE), (Some(Log::Postgres), POSTGRES), (Some(Log::Postgrest), POSTGREST)]
            }
        }
    }
}

const CLICKHOUSE: &str = "select id, timestamp, source, event_message, \
     log_attributes['request.path'] as path, log_attributes['response.status_code'] as status, \
     log_attributes['parsed.error_severity'] as severity, log_attributes['parsed.sql_state_code'] as code \
     from logs \
     where (source = 'edge_logs' and toInt32OrZero(log_attributes['response.status_code']) >= 500) \
     or (source = 'postgres_logs' and log_attributes['parsed.error_severity'] in ('ERROR', 'FATAL', 'PANIC')) \
     or (source = 'postgrest_logs' and (event_message like '%PGRST%' or event_message like '%\"code\"%')) \
     order by timestamp desc limit 1000";

const EDGE: &str = "select id, edge_logs.timestamp, event_message, request.path as path, \
     response.status_code as status from edge_logs cross join unnest(metadata) as metadata \
     cross join unnest(metadata.request) as request cross join unnest(metadata.response) as response \
     where response.status_code >= 500 order by edge_logs.timestamp desc limit 1000";

const POSTGRES: &str = "select id, postgres_logs.timestamp, event_message, parsed.error_severity as severity, \
     parsed.sql_state_code as code from postgres_logs cross join unnest(metadata) as metadata \
     cross join unnest(metadata.parsed) as parsed where parsed.error_severity in ('ERROR', 'FATAL', 'PANIC') \
     order by postgres_logs.timestamp desc limit 1000";

const POSTGREST: &str = "select id, postgrest_logs.timestamp, event_message from postgrest_logs \
     where event_message like '%PGRST%' or event_message like '%\"code\"%' \
     order by postgrest_logs.timestamp desc limit 1000";

/// Which endpoint `table` wants asked; `None` for neither.
pub(super) fn dialect(table: &Table) -> Option<Dialect> {
    match table.text("logs") {
        Some("off") => None,
        Some("bigquery") => Some(Dialect::BigQuery),
        Some(_) | None => Some(Dialect::ClickHouse),
    }
}

pub(super) fn next(signal: &Signal, now: Timestamp, answered: &[IoReply]) -> Option<IoRequest> {
    let table = signal.options.as_deref()?;
    let dialect = dialect(table)?;
    if answered.last().is_some_and(|last| rows(last, now).is_err()) {
        return None;
    }
    let (_, sql) = dialect.queries().get(answered.len())?;
    let (start, end) = (now.minus(SPAN).rfc3339(), now.rfc3339());
    let query = [("sql", *sql), ("iso_timestamp_start", start.as_str()), ("iso_timestamp_end", end.as_str())];
    super::asked(table, dialect.path(), &query, signal.timeout())
}

#[derive(Debug, Deserialize)]
struct Answer {
    result: Option<Vec<Row>>,
    /// Nothing, a sentence, or an object with a `message`, in an answer whose status is 200.
    #[serde(default)]
    error: Value,
}

#[derive(Debug, Deserialize)]
struct Row {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    timestamp: Value,
    #[serde(default)]
    source: Value,
    #[serde(default)]
    event_message: Value,
    #[serde(default)]
    path: Value,
    #[serde(default)]
    status: Value,
    #[serde(default)]
    severity: Value,
    #[serde(default)]
    code: Value,
}

fn rows(reply: &IoReply, at: Timestamp) -> Result<Vec<Row>, Fault> {
    let answer: Answer = reply::json(reply, at)?;
    let error = match &answer.error {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other["message"].as_str().map_or_else(|| other.to_string(), str::to_owned)),
    };
    match (error, answer.result) {
        (Some(error), _) => Err(Fault::new(Reason::Body, format!("the logs cannot be read: {error}"))),
        (None, Some(rows)) => Ok(rows),
        (None, None) => Err(Fault::new(Reason::Body, "the answer has no result")),
    }
}

impl Row {
    /// The line it is; `None` for a log that was not asked for.
    fn line(&self, known: Option<Log>, number: usize) -> Option<Line> {
        let source = line::text(&self.source);
        let log = known.or_else(|| Log::ALL.into_iter().find(|log| log.source() == source))?;
        let message = line::text(&self.event_message);
        let given = line::text(&self.code);
        let id = line::text(&self.id);
        Some(Line {
            id: if id.is_empty() { format!("{}-{number}", log.source()) } else { id },
            at: line::instant(&self.timestamp),
            log,
            path: line::text(&self.path),
            status: line::text(&self.status).parse().ok(),
            severity: line::text(&self.severity),
            code: if given.is_empty() && log == Log::Postgrest { line::code_in(&message) } else { given },
            message,
        })
    }
}

pub(super) fn found(signal: &Signal, at: Timestamp, replies: &[IoReply]) -> Result<Found, Fault> {
    let queries = signal.options.as_deref().and_then(dialect).unwrap_or(Dialect::ClickHouse).queries();
    let (mut lines, mut more) = (Vec::new(), false);
    for (reply, (log, _)) in replies.iter().zip(queries) {
        let rows = rows(reply, at)?;
        more |= rows.len() >= MOST;
        lines.extend(rows.iter().enumerate().filter_map(|(number, row)| row.line(*log, number)));
    }
    if replies.len() < queries.len() {
        return Err(Fault::new(Reason::Body, "not every log was read"));
    }
    lines.retain(|line| line.is_error() && line.at.is_none_or(|then| at.since(then) <= SPAN + LATE));
    lines.sort_by_key(|line| std::cmp::Reverse(line.at));
    Ok(weigh(&lines, more))
}

fn weigh(lines: &[Line], more: bool) -> Found {
    let of = |log: Log| lines.iter().filter(|line| line.log == log).count();
    // One error may leave a line in the database's log and in PostgREST's: it is counted where more stand.
    let by = |cause: Cause| {
        let in_log = |log: Log| lines.iter().filter(|line| line.log == log && line.cause() == cause).count();
        Log::ALL.into_iter().map(in_log).max().unwrap_or_default()
    };
    let (rls, connections, timeouts) = (by(Cause::Rls), by(Cause::Connections), by(Cause::Timeout));
    let (logins, fatal) = (by(Cause::Login), by(Cause::Fatal));
    let edge = of(Log::Edge);
    let bad = edge + connections + fatal > 0 || lines.len() - logins.min(lines.len()) >= MANY;
    let total = match (lines.len(), more) {
        (0, _) => "no errors in 5m".to_owned(),
        (count, true) => format!("{count} errors or more in 5m"),
        (1, false) => "1 error in 5m".to_owned(),
        (count, false) => format!("{count} errors in 5m"),
    };
    let kinds = [
        (edge, "5xx"),
        (rls, "RLS"),
        (connections, "connections"),
        (timeouts, "timeouts"),
        (fatal, "fatal"),
        (logins, "log-ins refused"),
    ];
    let kinds = kinds.into_iter().filter(|(count, _)| *count > 0);
    let said: Vec<String> =
        std::iter::once(total).chain(kinds.map(|(count, word)| format!("{count} {word}"))).collect();
    Found {
        health: if bad { Health::Degraded } else { Health::Ok },
        reason: None,
        detail: said.join(" · "),
        body: json!({
            "errors_5m": lines.len(),
            "edge_5m": edge,
            "postgres_5m": of(Log::Postgres),
            "postgrest_5m": of(Log::Postgrest),
            "rls_5m": rls,
            "connections_5m": connections,
            "timeouts_5m": timeouts,
            "logins_5m": logins,
            "fatal_5m": fatal,
        }),
        entries: lines.iter().map(Line::entry).collect(),
    }
}
