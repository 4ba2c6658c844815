//! One line of a project's logs that tells of an error, whichever way it came, and what it means by its
//! SQLSTATE or `PostgREST` code.

use chrono::{DateTime, NaiveDateTime};
use serde_json::Value;

use crate::domain::entry::Entry;
use crate::domain::reading::Health;
use crate::domain::text::clip;
use crate::domain::time::Timestamp;

/// Which log a line stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Log {
    /// Requests, as the gateway saw them.
    Edge,
    /// The database.
    Postgres,
    /// What makes an API of the database.
    Postgrest,
}

impl Log {
    pub(super) const ALL: [Log; 3] = [Log::Edge, Log::Postgres, Log::Postgrest];

    /// Its name in queries and drains.
    pub(super) const fn source(self) -> &'static str {
        match self {
            Log::Edge => "edge_logs",
            Log::Postgres => "postgres_logs",
            Log::Postgrest => "postgrest_logs",
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Log::Edge => "gateway",
            Log::Postgres => "postgres",
            Log::Postgrest => "postgrest",
        }
    }
}

/// What an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// A row-level security policy, or a grant that is missing: both are SQLSTATE 42501.
    Rls,
    /// No connection to the database, or none left.
    Connections,
    /// A statement took too long.
    Timeout,
    /// A log-in that was refused: strangers try at every database that can be reached.
    Login,
    /// The server or a session of it ended.
    Fatal,
    /// Any other.
    Other,
}

/// A line that tells of an error.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    pub(super) id: String,
    pub(super) at: Option<Timestamp>,
    pub(super) log: Log,
    pub(super) message: String,
    pub(super) path: String,
    pub(super) status: Option<u16>,
    /// `ERROR`, `FATAL`, `PANIC` in the database's log.
    pub(super) severity: String,
    /// Five letters and digits, or `PGRST` and three digits; empty where there is none.
    pub(super) code: String,
}

impl Line {
    /// Whether it tells of an error at all.
    pub(super) fn is_error(&self) -> bool {
        match self.log {
            Log::Edge => self.status.is_some_and(|status| status >= 500),
            Log::Postgres => matches!(self.severity.as_str(), "ERROR" | "FATAL" | "PANIC"),
            Log::Postgrest => !self.code.is_empty(),
        }
    }

    pub(super) fn cause(&self) -> Cause {
        let code = self.code.as_str();
        match code {
            "42501" => Cause::Rls,
            "57014" => Cause::Timeout,
            "PGRST000" | "PGRST001" | "PGRST002" | "PGRST003" | "57P01" | "57P02" | "57P03" => {
                Cause::Connections
            }
            _ if code.starts_with("53") || code.starts_with("08") => Cause::Connections,
            _ if code.starts_with("28") => Cause::Login,
            _ if matches!(self.severity.as_str(), "FATAL" | "PANIC") => Cause::Fatal,
            _ => Cause::Other,
        }
    }

    /// What its code means, where an operator would have to look it up.
    fn means(&self) -> Option<&'static str> {
        Some(match self.code.as_str() {
            "42501" => "row-level security forbids it, or a grant is missing",
            "53300" => "too many connections",
            "57014" => "the statement took too long and was cancelled",
            "57P01" | "57P02" | "57P03" => "the database shuts down or starts",
            "PGRST000" => "PostgREST cannot connect to the database",
            "PGRST001" => "PostgREST lost its connection to the database",
            "PGRST002" => "PostgREST cannot read the schema: the database does not answer",
            "PGRST003" => "no connection was free in time: the pool is too small or queries too slow",
            "PGRST301" | "PGRST302" | "PGRST303" => "the request's JWT is not valid",
            "23505" => "a row with this key exists already",
            _ => return None,
        })
    }

    pub(super) fn entry(&self) -> Entry {
        let cause = self.cause();
        let health = match cause {
            Cause::Connections | Cause::Fatal => Health::Down,
            Cause::Rls | Cause::Timeout | Cause::Login | Cause::Other => Health::Degraded,
        };
        let status = self.status.map(|status| status.to_string());
        let state = if self.code.is_empty() { status.as_ref().unwrap_or(&self.severity) } else { &self.code };
        let document = document(&self.message);
        let said =
            document.as_ref().and_then(|document| document["message"].as_str()).unwrap_or(&self.message);
        let mut entry = Entry::new(&self.id, health, state, clip(said, 400));
        entry.at = self.at;
        entry.cells.push(("LOG", self.log.word().to_owned()));
        entry.cells.push(("PATH", self.path.clone()));
        if !self.path.is_empty() {
            entry.facts.push(("path", self.path.clone()));
        }
        if cause == Cause::Rls {
            entry.tags.push("RLS".into());
        }
        entry.facts.extend(status.map(|status| ("status", status)));
        for (label, text) in [("severity", &self.severity), ("code", &self.code)] {
            if !text.is_empty() {
                entry.facts.push((label, text.clone()));
            }
        }
        entry.facts.extend(self.means().map(|means| ("means", means.to_owned())));
        entry.body.push(self.message.clone());
        entry
    }
}

/// The JSON document in a message: `PostgREST` logs the error it answered with.
fn document(message: &str) -> Option<Value> {
    let at = message.find('{')?;
    let mut values = serde_json::Deserializer::from_str(&message[at..]).into_iter::<Value>();
    values.next()?.ok()
}

/// The code in a message of `PostgREST`: its error document, or its name somewhere in the text.
pub(super) fn code_in(message: &str) -> String {
    let document = document(message);
    if let Some(code) = document.as_ref().and_then(|document| document["code"].as_str()) {
        let is_state =
            code.len() == 5 && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        if is_state || code.starts_with("PGRST") {
            return code.to_owned();
        }
    }
    let named = message.match_indices("PGRST").find_map(|(at, _)| {
        let code = message.get(at..at + 8)?;
        code[5..].bytes().all(|byte| byte.is_ascii_digit()).then(|| code.to_owned())
    });
    named.unwrap_or_default()
}

/// An instant as logs write it: a text without a zone, which is UTC, or a number of microseconds.
pub(super) fn instant(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => {
            let text = text.trim();
            let millis = DateTime::parse_from_rfc3339(text).map(|at| at.timestamp_millis()).or_else(|_| {
                ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"]
                    .iter()
                    .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
                    .map(|at| at.and_utc().timestamp_millis())
                    .ok_or(())
            });
            millis.ok().map(Timestamp::from_millis)
        }
        Value::Number(number) => {
            let number = number.as_i64()?;
            // Seconds, milliseconds and microseconds since 1970 cannot be taken for one another for centuries.
            let millis = match number {
                100_000_000_000_000.. => number / 1000,
                100_000_000_000..100_000_000_000_000 => number,
                1_000_000_000..100_000_000_000 => number * 1000,
                _ => return None,
            };
            Some(Timestamp::from_millis(millis))
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A text, or a number written as one; empty for anything else.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => String::new(),
    }
}
