//! A batch of a Supabase log drain: what its rows tell of errors. Whoever received it has checked its sender
//! and unpacked it.

use serde::Deserialize;
use serde_json::Value;

use super::line::{self, Line, Log};
use crate::domain::entry::Entry;
use crate::domain::text::{clean, clip};
use crate::domain::time::Timestamp;
use crate::sources::reply;

/// Rows of one batch, as the drain sends them at most.
const MOST: usize = 250;

#[derive(Debug, Deserialize)]
struct Row {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    timestamp: Value,
    #[serde(default)]
    event_message: Value,
    #[serde(default)]
    metadata: Value,
}

/// The errors among the rows of `body`, newest first, received at `at`. A row that tells of no error makes no entry.
///
/// # Errors
/// In words, where `body` is not a batch.
pub fn from_log_drain(body: &[u8], at: Timestamp) -> Result<Vec<Entry>, String> {
    let rows: Vec<Row> = reply::parse(body).map_err(|fault| clip(&clean(&fault.detail), 120).into_owned())?;
    if rows.len() > MOST {
        return Err(format!("{} rows: a batch has {MOST} at most", rows.len()));
    }
    let mut lines: Vec<Line> =
        rows.iter().enumerate().map(|(number, row)| row.line(at, number)).filter(Line::is_error).collect();
    lines.sort_by_key(|line| std::cmp::Reverse(line.at));
    Ok(lines
        .iter()
        .map(|line| {
            let mut entry = line.entry();
            entry.make_clean();
            entry
        })
        .collect())
}

impl Row {
    fn line(&self, at: Timestamp, number: usize) -> Line {
        let metadata = first(&self.metadata);
        let (request, response) = (first(&metadata["request"]), first(&metadata["response"]));
        let parsed = first(&metadata["parsed"]);
        let message = line::text(&self.event_message);
        let status = line::text(&response["status_code"]).parse().ok();
        let severity = line::text(&parsed["error_severity"]);
        // A row does not say which log it is of; what it carries does.
        let log = if status.is_some() {
            Log::Edge
        } else if parsed.is_object() {
            Log::Postgres
        } else {
            Log::Postgrest
        };
        let given = line::text(&parsed["sql_state_code"]);
        let id = line::text(&self.id);
        Line {
            id: if id.is_empty() { format!("{}-{number}", at.millis()) } else { id },
            at: line::instant(&self.timestamp).or(Some(at)),
            log,
            path: line::text(&request["path"]),
            status,
            severity,
            code: if log == Log::Postgrest { line::code_in(&message) } else { given },
            message,
        }
    }
}

/// Nested fields come as lists of one.
fn first(value: &Value) -> &Value {
    value.as_array().map_or(value, |list| list.first().unwrap_or(&Value::Null))
}
