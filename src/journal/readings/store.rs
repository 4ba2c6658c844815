//! The file of readings: its layout, what goes in and out of it, how large it is.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::super::error::JournalError;
use super::super::place::{self, with_suffix};
use super::super::schema;
use crate::domain::ids::SignalId;
use crate::domain::observation::{Described, Figures, Merged, NO_ANSWER, Observation, Observations};
use crate::domain::reading::{Health, Reason};
use crate::domain::time::Timestamp;

/// `Midr`, as the `file` command shows it.
const APPLICATION: i64 = 0x4d69_6472;
/// The layout this version writes.
const LAYOUT: i64 = 1;

const LAYOUT_1: &str = "
CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
CREATE TABLE signals (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, about TEXT NOT NULL) STRICT;
CREATE TABLE readings (
    at INTEGER NOT NULL,
    signal INTEGER NOT NULL,
    health INTEGER NOT NULL,
    micros INTEGER,
    reason TEXT,
    detail TEXT,
    figures TEXT,
    span INTEGER NOT NULL DEFAULT 0,
    count INTEGER,
    lowest INTEGER,
    highest INTEGER,
    PRIMARY KEY (at, signal)
) STRICT, WITHOUT ROWID;
";

const COLUMNS: &str = "at, signal, health, micros, reason, detail, figures, span, count, lowest, highest";

/// What stands in the way of keeping readings.
pub(super) enum Trouble {
    /// The file is damaged or somebody else's: another can take its place.
    Unusable(String),
    /// Nothing can be kept there.
    Refused(String),
}

/// An open file of readings.
pub(super) struct Store {
    pub(super) connection: Connection,
    path: PathBuf,
    ids: HashMap<SignalId, i64>,
}

impl Store {
    /// Opens or makes the file at `path`. One that is damaged or not ours is set aside, and said.
    pub fn open(path: &Path) -> Result<(Self, Option<String>), String> {
        match Self::try_open(path) {
            Ok(store) => Ok((store, None)),
            Err(Trouble::Refused(why)) => Err(why),
            Err(Trouble::Unusable(why)) => {
                let aside =
                    set_aside(path).map_err(|error| format!("{why}; it cannot be set aside: {error}"))?;
                let said = format!("{why}; it was set aside as {}", aside.display());
                match Self::try_open(path) {
                    Ok(store) => Ok((store, Some(said))),
                    Err(Trouble::Refused(why) | Trouble::Unusable(why)) => Err(why),
                }
            }
        }
    }

    fn try_open(path: &Path) -> Result<Self, Trouble> {
        match place::create(path) {
            Ok(()) => {}
            Err(error @ JournalError::NotDatabase(_)) => return Err(Trouble::Unusable(short(&error, path))),
            Err(error) => return Err(Trouble::Refused(short(&error, path))),
        }
        let connection = schema::connect(path).map_err(|error| trouble(&error, path))?;
        let sqlite = |error: rusqlite::Error| {
            trouble(&JournalError::from_sqlite(path, "preparing the readings", &error), path)
        };
        let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        let tables: i64 = connection
            .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
            .map_err(sqlite)?;
        match (number("application_id").map_err(sqlite)?, number("user_version").map_err(sqlite)?) {
            (0, 0) if tables == 0 => {
                // Before anything is in it: pages that are let go make the file smaller.
                connection.pragma_update(None, "auto_vacuum", "INCREMENTAL").map_err(sqlite)?;
                connection.execute_batch(LAYOUT_1).map_err(sqlite)?;
                connection.pragma_update(None, "application_id", APPLICATION).map_err(sqlite)?;
                connection.pragma_update(None, "user_version", LAYOUT).map_err(sqlite)?;
            }
            (APPLICATION, LAYOUT) => {
                let finding: String =
                    connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(sqlite)?;
                if finding != "ok" {
                    return Err(Trouble::Unusable("the file is damaged".into()));
                }
            }
            (APPLICATION, found) => {
                return Err(Trouble::Refused(format!("a newer Midwatch wrote the file (layout {found})")));
            }
            (..) => return Err(Trouble::Unusable("the file belongs to another application".into())),
        }
        let wal =
            connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get::<_, String>(0));
        wal.map_err(sqlite)?;
        // The last batch may go with the power; the file stays whole.
        connection.pragma_update(None, "synchronous", "NORMAL").map_err(sqlite)?;
        connection.pragma_update(None, "journal_size_limit", 4 * 1024 * 1024).map_err(sqlite)?;
        let mut ids = HashMap::new();
        {
            let mut statement = connection.prepare("SELECT name, id FROM signals").map_err(sqlite)?;
            let known =
                statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?))).map_err(sqlite)?;
            for row in known {
                let (name, id) = row.map_err(sqlite)?;
                ids.insert(SignalId::from(name), id);
            }
        }
        Ok(Self { connection, path: path.to_path_buf(), ids })
    }

    /// What SQLite said, in words.
    pub fn words(&self, error: &rusqlite::Error) -> String {
        short(&JournalError::from_sqlite(&self.path, "writing", error), &self.path)
    }

    /// Remembers how a signal is configured, under one number for good.
    pub fn describe(&mut self, signal: &Described) -> rusqlite::Result<()> {
        let about = serde_json::to_string(signal).unwrap_or_default();
        let id: i64 = self.connection.query_row(
            "INSERT INTO signals (name, about) VALUES (?1, ?2)
             ON CONFLICT (name) DO UPDATE SET about = excluded.about RETURNING id",
            params![signal.id.as_str(), about],
            |row| row.get(0),
        )?;
        self.ids.insert(signal.id.clone(), id);
        Ok(())
    }

    /// Writes them all or none. Those of a signal that nobody described are left out.
    pub fn append(&mut self, batch: &[(SignalId, Observation)]) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction()?;
        for (signal, observation) in batch {
            if let Some(id) = self.ids.get(signal) {
                insert(&transaction, *id, observation)?;
            }
        }
        transaction.commit()
    }

    /// Bytes in use.
    pub fn size(&self) -> rusqlite::Result<u64> {
        let number = |name| self.connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        let pages = number("page_count")? - number("freelist_count")?;
        Ok((pages * number("page_size")?).unsigned_abs())
    }

    /// Gives unused room back to the disk.
    pub fn shrink(&self) -> rusqlite::Result<()> {
        let mut statement = self.connection.prepare("PRAGMA incremental_vacuum")?;
        let mut rows = statement.query([])?;
        while rows.next()?.is_some() {}
        Ok(())
    }

    /// A number that is kept with the readings.
    pub fn noted(&self, key: &str) -> rusqlite::Result<Option<i64>> {
        self.connection.query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get(0)).optional()
    }

    /// Keeps a number with the readings.
    pub fn note(&self, key: &str, value: i64) -> rusqlite::Result<()> {
        let keep = "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
        self.connection.execute(keep, params![key, value]).map(drop)
    }

    /// The instants of the oldest and of the newest reading.
    pub fn ends(&self) -> rusqlite::Result<Option<(i64, i64)>> {
        let both: (Option<i64>, Option<i64>) = self.connection.query_row(
            "SELECT (SELECT min(at) FROM readings), (SELECT max(at) FROM readings)",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        Ok(both.0.zip(both.1))
    }

    /// Leaves one file, without a log beside it.
    pub fn finish(self) {
        let folded = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        drop(folded);
    }
}

/// An error without the journal's advice: what is lost is small print.
fn short(error: &JournalError, path: &Path) -> String {
    match error {
        JournalError::NotDatabase(_) => "the file is no SQLite database".into(),
        JournalError::Foreign(_) => "the file belongs to another application".into(),
        JournalError::Corrupt { .. } => "the file is damaged".into(),
        JournalError::Full(_) => "the disk is full".into(),
        JournalError::Denied(_) => "permission denied".into(),
        JournalError::Contended(_) => "another program is writing to it".into(),
        JournalError::Failed { detail, .. } => detail.clone(),
        other => other.to_string().replace(&format!("{}: ", path.display()), ""),
    }
}

fn trouble(error: &JournalError, path: &Path) -> Trouble {
    let why = short(error, path);
    match error {
        JournalError::NotDatabase(_) | JournalError::Corrupt { .. } | JournalError::Foreign(_) => {
            Trouble::Unusable(why)
        }
        _ => Trouble::Refused(why),
    }
}

/// Gives the file at `path`, and what SQLite has beside it, another name.
fn set_aside(path: &Path) -> std::io::Result<PathBuf> {
    let free = |number: u32| with_suffix(path, &format!(".aside-{number}"));
    let aside = (1..100).map(free).find(|place| !place.exists()).unwrap_or_else(|| free(100));
    std::fs::rename(path, &aside)?;
    for suffix in ["-wal", "-shm"] {
        // They may not be there.
        drop(std::fs::rename(with_suffix(path, suffix), with_suffix(&aside, suffix)));
    }
    Ok(aside)
}

/// A connection that only reads; `None` where there is no file.
pub(super) fn look(path: &Path) -> Result<Option<Connection>, JournalError> {
    match place::recognise(path) {
        Ok(()) => {}
        Err(JournalError::Missing(_)) => return Ok(None),
        Err(error) => return Err(error),
    }
    // Where nobody writes there is no log, and nothing has to be made to read.
    let connection = if with_suffix(path, "-wal").exists() {
        schema::connect_reading(path)?
    } else {
        schema::connect_at_rest(path)?
    };
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let sqlite = |error: rusqlite::Error| JournalError::from_sqlite(path, "reading the readings", &error);
    match (number("application_id").map_err(sqlite)?, number("user_version").map_err(sqlite)?) {
        (0, 0) => Ok(None),
        (APPLICATION, LAYOUT) => Ok(Some(connection)),
        (APPLICATION, found) => Err(JournalError::Newer { place: path.into(), found, known: LAYOUT }),
        (..) => Err(JournalError::Foreign(path.into())),
    }
}

pub(super) fn insert(
    transaction: &Transaction<'_>,
    id: i64,
    observation: &Observation,
) -> rusqlite::Result<()> {
    let answer = |micros: u32| (micros != NO_ANSWER).then_some(micros);
    let merged = observation.merged;
    let figures = observation.figures.as_deref().and_then(|figures| serde_json::to_string(figures).ok());
    let mut statement = transaction.prepare_cached(&format!(
        "INSERT OR REPLACE INTO readings ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
    ))?;
    statement.execute(params![
        observation.at.millis(),
        id,
        number_of(observation.health),
        answer(observation.micros),
        observation.reason.map(Reason::word),
        (!observation.detail.is_empty()).then_some(&*observation.detail),
        figures,
        merged.map_or(0, |merged| i64::try_from(merged.span.as_millis()).unwrap_or(i64::MAX)),
        merged.map(|merged| merged.count),
        merged.map(|merged| merged.lowest),
        merged.map(|merged| merged.highest),
    ])?;
    Ok(())
}

const fn number_of(health: Health) -> i64 {
    match health {
        Health::Ok => 0,
        Health::Degraded => 1,
        Health::Blind => 2,
        Health::Down => 3,
    }
}

fn health_of(number: i64) -> Health {
    match number {
        0 => Health::Ok,
        1 => Health::Degraded,
        3 => Health::Down,
        _ => Health::Blind,
    }
}

/// Texts that are the same are held once: there may be millions of rows.
#[derive(Default)]
pub(super) struct Texts {
    details: HashMap<String, Arc<str>>,
    figures: HashMap<String, Arc<Figures>>,
}

impl Texts {
    fn detail(&mut self, text: Option<String>) -> Arc<str> {
        let text = text.unwrap_or_default();
        if let Some(known) = self.details.get(&text) {
            return Arc::clone(known);
        }
        let made: Arc<str> = Arc::from(crate::domain::text::clean(&text).as_ref());
        self.details.insert(text, Arc::clone(&made));
        made
    }

    fn figures(&mut self, text: Option<String>) -> Option<Arc<Figures>> {
        let text = text?;
        if let Some(known) = self.figures.get(&text) {
            return Some(Arc::clone(known));
        }
        let made: Arc<Figures> = Arc::new(serde_json::from_str(&text).ok()?);
        self.figures.insert(text, Arc::clone(&made));
        Some(made)
    }
}

/// The signal's number and what was observed, of a row of [`COLUMNS`].
pub(super) fn observation(row: &Row<'_>, texts: &mut Texts) -> rusqlite::Result<(i64, Observation)> {
    let micros = |column: usize| -> rusqlite::Result<u32> {
        let number: Option<i64> = row.get(column)?;
        Ok(number.map_or(NO_ANSWER, |number| u32::try_from(number).unwrap_or(NO_ANSWER)))
    };
    let span: i64 = row.get(7)?;
    let merged = (span > 0).then_some(Duration::from_millis(span.unsigned_abs()));
    let merged = match merged {
        None => None,
        Some(span) => {
            let count: Option<i64> = row.get(8)?;
            let count = count.and_then(|count| u32::try_from(count).ok()).unwrap_or(1);
            Some(Merged { span, count, lowest: micros(9)?, highest: micros(10)? })
        }
    };
    let reason: Option<String> = row.get(4)?;
    let reason = reason.and_then(|word| serde_json::from_value(serde_json::Value::String(word)).ok());
    let observation = Observation {
        at: Timestamp::from_millis(row.get(0)?),
        health: health_of(row.get(2)?),
        micros: micros(3)?,
        reason,
        detail: texts.detail(row.get(5)?),
        figures: texts.figures(row.get(6)?),
        merged,
    };
    Ok((row.get(1)?, observation))
}

/// The rows from `from` on and before `to`, in the order of time.
pub(super) fn rows(
    connection: &Connection,
    from: i64,
    to: i64,
    mut take: impl FnMut(i64, Observation),
) -> rusqlite::Result<()> {
    let mut texts = Texts::default();
    let sql = format!("SELECT {COLUMNS} FROM readings WHERE at >= ?1 AND at < ?2 ORDER BY at, signal");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([from, to])?;
    while let Some(row) = rows.next()? {
        let (signal, observation) = observation(row, &mut texts)?;
        take(signal, observation);
    }
    Ok(())
}

/// What was observed from `from` up to `to`.
pub(super) fn between(
    connection: &Connection,
    from: Timestamp,
    to: Timestamp,
) -> rusqlite::Result<Observations> {
    // One snapshot, while a console may write.
    let snapshot = connection.unchecked_transaction()?;
    let mut observations = Observations::default();
    let mut places = HashMap::new();
    {
        let mut statement = snapshot.prepare("SELECT id, about FROM signals ORDER BY id")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (id, about): (i64, String) = (row.get(0)?, row.get(1)?);
            if let Ok(described) = serde_json::from_str::<Described>(&about) {
                places.insert(id, u32::try_from(observations.signals.len()).unwrap_or(u32::MAX));
                observations.signals.push(described);
            }
        }
    }
    rows(&snapshot, from.millis(), to.millis().saturating_add(1), |signal, observation| {
        if let Some(place) = places.get(&signal) {
            observations.rows.push((*place, observation));
        }
    })?;
    Ok(observations)
}
