//! Rows as text, made figures. A column that is missing, or holds something else, is a fault: then nothing has been
//! measured.

use std::collections::BTreeMap;

use crate::domain::io::Reason;
use crate::domain::text::clip;
use crate::domain::time::Timestamp;
use crate::sources::reply::{self, Fault};

use super::lists::{Counted, Wanted};

type Rows = Vec<Row>;

/// A row: its columns by name, each a text or nothing.
#[derive(Debug, serde::Deserialize)]
#[serde(transparent)]
struct Row(BTreeMap<String, Option<String>>);

impl Row {
    fn get(&self, column: &str) -> Result<Option<&str>, Fault> {
        match self.0.get(column) {
            Some(value) => Ok(value.as_deref()),
            None => Err(Fault::new(Reason::Body, format!("{column} is missing"))),
        }
    }

    fn text(&self, column: &str) -> Result<String, Fault> {
        Ok(self.get(column)?.unwrap_or_default().to_owned())
    }

    fn maybe<T>(&self, column: &str, read: fn(&str) -> Option<T>) -> Result<Option<T>, Fault> {
        let Some(text) = self.get(column)? else { return Ok(None) };
        let strange = || Fault::new(Reason::Body, format!("{column} is {:?}", clip(text, 40)));
        read(text).ok_or_else(strange).map(Some)
    }

    fn must<T>(&self, column: &str, read: fn(&str) -> Option<T>) -> Result<T, Fault> {
        let nothing = || Fault::new(Reason::Body, format!("{column} is nothing"));
        self.maybe(column, read)?.ok_or_else(nothing)
    }
}

fn count(text: &str) -> Option<u64> {
    text.parse().ok()
}

fn seconds(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|seconds| seconds.is_finite() && seconds.abs() < 1e12)
}

fn flag(text: &str) -> Option<bool> {
    match text {
        "t" => Some(true),
        "f" => Some(false),
        _ => None,
    }
}

/// How the server stands.
#[derive(Debug)]
pub(super) struct Server {
    /// Connections that may be there, without those kept for others.
    pub(super) connections_max: u64,
    pub(super) version: String,
    pub(super) uptime: f64,
    /// Whether nothing is hidden from this role.
    pub(super) sees_all: bool,
    pub(super) deadlocks: u64,
    pub(super) standby: bool,
    /// Of a standby: whether it receives and has replayed all it received.
    pub(super) caught_up: bool,
    /// Of a standby: seconds since what it replayed last was written.
    pub(super) behind: Option<f64>,
    /// Sessions by state; `hidden` of those that this role may not see.
    pub(super) states: BTreeMap<String, u64>,
    /// What runs or stands open, longest first.
    pub(super) sessions: Vec<Session>,
    pub(super) replicas: Vec<Replica>,
    /// In the order in which they are named.
    pub(super) tables: Vec<Found>,
    /// In the order in which they are named.
    pub(super) indexes: Vec<Index>,
}

#[derive(Debug)]
pub(super) struct Session {
    pub(super) pid: u64,
    pub(super) database: String,
    pub(super) role: String,
    pub(super) application: String,
    pub(super) state: String,
    pub(super) wait: String,
    pub(super) seconds: f64,
}

impl Session {
    /// Whether nothing runs in it but its transaction stands open.
    pub(super) fn is_open(&self) -> bool {
        self.state.starts_with("idle")
    }
}

#[derive(Debug)]
pub(super) struct Replica {
    pub(super) pid: u64,
    pub(super) application: String,
    pub(super) address: String,
    pub(super) state: String,
    pub(super) sync: String,
    /// Nothing where it has caught up.
    pub(super) seconds: Option<f64>,
}

/// What became of a table that is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Missing,
    /// It is there and may not be read.
    Closed,
    /// It may be read, and some of its rows may not.
    Filtered,
    Countable,
}

/// What became of an index that is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Index {
    Missing,
    /// Its table is there, without an index besides its primary key's.
    None,
    /// It is there and not used: its making failed, or goes on.
    Invalid,
    Sound,
}

impl Server {
    /// The answer to [`super::statements::server`].
    pub(super) fn read(text: &str, wanted: &Wanted, at: Timestamp) -> Result<Self, Fault> {
        let all: Vec<Rows> = reply::parse(text.as_bytes())?;
        let lists = usize::from(!wanted.tables.is_empty()) + usize::from(!wanted.indexes.is_empty());
        if all.len() != 4 + lists {
            return Err(Fault::new(Reason::Body, "not as many answers as there were statements"));
        }
        let mut all = all.into_iter();
        let mut rows = || all.next().unwrap_or_default();
        let (server, states, sessions, replicas) = (rows(), rows(), rows(), rows());
        let server = server.first().ok_or_else(|| Fault::new(Reason::Body, "it says nothing of itself"))?;
        #[expect(clippy::cast_possible_truncation, reason = "bounded where it is read")]
        let theirs = Timestamp::from_millis((server.must("now", seconds)? * 1000.0) as i64);
        reply::on_time(Some(theirs), at)?;
        let reserved = server.must("reserved", count)?.saturating_add(server.must("reserved_too", count)?);
        Ok(Self {
            connections_max: server.must("max_connections", count)?.saturating_sub(reserved),
            version: server.text("version")?,
            uptime: server.must("uptime", seconds)?,
            sees_all: server.must("sees_all", flag)?,
            deadlocks: server.must("deadlocks", count)?,
            standby: server.must("standby", flag)?,
            caught_up: server.maybe("caught_up", flag)?.unwrap_or(false),
            behind: server.maybe("behind", seconds)?,
            states: states
                .iter()
                .map(|row| Ok((row.text("state")?, row.must("n", count)?)))
                .collect::<Result<_, Fault>>()?,
            sessions: sessions.iter().map(session).collect::<Result<_, _>>()?,
            replicas: replicas.iter().map(replica).collect::<Result<_, _>>()?,
            tables: if wanted.tables.is_empty() {
                Vec::new()
            } else {
                in_order(&rows(), wanted.tables.len(), table)?
            },
            indexes: if wanted.indexes.is_empty() {
                Vec::new()
            } else {
                in_order(&rows(), wanted.indexes.len(), index)?
            },
        })
    }

    /// The tables that can be counted, in the order in which they are named.
    pub(super) fn countable<'a>(&self, wanted: &'a Wanted) -> Vec<&'a Counted> {
        let found = wanted.tables.iter().zip(&self.tables);
        found.filter(|(_, found)| **found == Found::Countable).map(|(table, _)| table).collect()
    }
}

fn session(row: &Row) -> Result<Session, Fault> {
    Ok(Session {
        pid: row.must("pid", count)?,
        database: row.text("database")?,
        role: row.text("role")?,
        application: row.text("application")?,
        state: row.text("state")?,
        wait: row.text("wait")?,
        seconds: row.must("seconds", seconds)?.max(0.0),
    })
}

fn replica(row: &Row) -> Result<Replica, Fault> {
    Ok(Replica {
        pid: row.must("pid", count)?,
        application: row.text("application")?,
        address: row.text("address")?,
        state: row.text("state")?,
        sync: row.text("sync")?,
        seconds: row.maybe("seconds", seconds)?.map(|seconds| seconds.max(0.0)),
    })
}

/// A row for each of `many` names, in their order.
fn in_order<T>(rows: &Rows, many: usize, read: fn(&Row) -> Result<T, Fault>) -> Result<Vec<T>, Fault> {
    let mut places = Vec::with_capacity(rows.len());
    for row in rows {
        places.push(row.must("place", count)?);
    }
    if places.len() != many || !(0..).zip(&places).all(|(place, given)| place == *given) {
        return Err(Fault::new(Reason::Body, "not a row for each name"));
    }
    rows.iter().map(read).collect()
}

fn table(row: &Row) -> Result<Found, Fault> {
    if row.get("kind")?.is_none() {
        return Ok(Found::Missing);
    }
    Ok(match (row.must("readable", flag)?, row.must("hides", flag)?) {
        (false, _) => Found::Closed,
        (true, true) => Found::Filtered,
        (true, false) => Found::Countable,
    })
}

fn index(row: &Row) -> Result<Index, Fault> {
    let Some(kind) = row.get("kind")? else { return Ok(Index::Missing) };
    let sound = row.must("sound", flag)?;
    Ok(match (sound, kind) {
        (true, _) => Index::Sound,
        (false, "i" | "I") => Index::Invalid,
        (false, _) => Index::None,
    })
}

/// The answer to [`super::statements::counts`]: rows of each table.
pub(super) fn counts(text: &str, many: usize) -> Result<Vec<u64>, Fault> {
    let all: Vec<Rows> = reply::parse(text.as_bytes())?;
    let counts = all.iter().map(|rows| {
        let row = rows.first().ok_or_else(|| Fault::new(Reason::Body, "a count is missing"))?;
        row.must("n", count)
    });
    let counts: Vec<u64> = counts.collect::<Result<_, _>>()?;
    if counts.len() == many {
        Ok(counts)
    } else {
        Err(Fault::new(Reason::Body, "not as many counts as tables"))
    }
}
