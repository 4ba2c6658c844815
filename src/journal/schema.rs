//! The database: its layout, its connections, and whose it is.
//!
//! Layouts only add. Nothing is dropped or rewritten, and a file of another kind is not touched.

use std::path::Path;
use std::time::Duration;

use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row as Record, Transaction, TransactionBehavior};

use super::chain::{Head, Row};
use super::error::JournalError;

/// `Midw`, as the `file` command shows it.
const APPLICATION: i64 = 0x4d69_6477;
/// The layout this version writes.
pub(super) const LAYOUT: i64 = 1;
/// How long a connection waits for another before it gives up.
const PATIENCE: Duration = Duration::from_secs(5);

const LAYOUT_1: &str = "
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
INSERT INTO meta (key, value) VALUES
    ('about', 'Midwatch journal: append only, hash-chained. Check it with: midwatch incident verify'),
    ('hash', 'sha256 over previous, seq, at, incident, kind, body; each as 8-byte big-endian length, then UTF-8 text; NULL is length 2^64-1');

CREATE TABLE entries (
    seq INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    incident TEXT,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;

CREATE TABLE head (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    seq INTEGER NOT NULL,
    hash TEXT NOT NULL
) STRICT;

CREATE TRIGGER entries_are_not_updated BEFORE UPDATE ON entries
BEGIN SELECT RAISE(ABORT, 'the journal is append only: entries are not updated'); END;

CREATE TRIGGER entries_are_not_deleted BEFORE DELETE ON entries
BEGIN SELECT RAISE(ABORT, 'the journal is append only: entries are not deleted'); END;

CREATE TRIGGER entries_have_no_gap BEFORE INSERT ON entries
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM entries)
BEGIN SELECT RAISE(ABORT, 'the journal is append only: an entry is one more than the last'); END;

CREATE TRIGGER head_is_not_deleted BEFORE DELETE ON head
BEGIN SELECT RAISE(ABORT, 'the journal is append only: its head is not deleted'); END;
";

/// What a database turns out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Identity {
    /// Nothing is in it yet.
    Blank,
    /// A journal this version can read.
    Journal,
}

/// A connection that may write.
pub(super) fn connect(path: &Path) -> Result<Connection, JournalError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    ready(Connection::open_with_flags(path, flags), path)
}

/// A connection that only reads.
pub(super) fn connect_reading(path: &Path) -> Result<Connection, JournalError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    ready(Connection::open_with_flags(path, flags), path)
}

/// A connection to a journal that nobody has open. It makes no files beside it, so it works where
/// nothing can be written.
pub(super) fn connect_at_rest(path: &Path) -> Result<Connection, JournalError> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let Some(name) = path.to_str() else { return connect_reading(path) };
    // Two slashes more: a path that itself starts with two would read as a host.
    let mut address = String::from(if path.is_absolute() { "file://" } else { "file:" });
    for c in name.chars() {
        match c {
            '%' => address.push_str("%25"),
            '?' => address.push_str("%3f"),
            '#' => address.push_str("%23"),
            other => address.push(other),
        }
    }
    address.push_str("?immutable=1");
    ready(Connection::open_with_flags(address, flags), path)
}

fn ready(opened: rusqlite::Result<Connection>, path: &Path) -> Result<Connection, JournalError> {
    let prepare = || {
        let connection = opened?;
        // Before anything else: every later statement may have to wait for another console.
        connection.busy_timeout(PATIENCE)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        connection.pragma_update(None, "cell_size_check", true)?;
        connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
        Ok(connection)
    };
    prepare().map_err(|error| JournalError::from_sqlite(path, "opening the journal", &error))
}

/// Whose database this is, and whether this version knows its layout.
pub(super) fn identify(connection: &Connection, path: &Path) -> Result<Identity, JournalError> {
    let look = || {
        let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        Ok((number("application_id")?, number("user_version")?, tables))
    };
    match look().map_err(|error| JournalError::from_sqlite(path, "reading the journal", &error))? {
        (0, 0, 0) => Ok(Identity::Blank),
        (APPLICATION, LAYOUT, _) => Ok(Identity::Journal),
        (APPLICATION, found, _) if found > LAYOUT => {
            Err(JournalError::Newer { place: path.into(), found, known: LAYOUT })
        }
        (APPLICATION, found, _) => Err(JournalError::Corrupt {
            place: path.into(),
            detail: format!("layout {found} was never written"),
        }),
        (..) => Err(JournalError::Foreign(path.into())),
    }
}

/// Makes a connection durable, and lays out a blank database.
pub(super) fn settle(
    connection: &mut Connection,
    path: &Path,
    identity: Identity,
) -> Result<(), JournalError> {
    let mut work = || -> rusqlite::Result<()> {
        connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get::<_, String>(0))?;
        // NORMAL would lose the last commits when the power goes.
        connection.pragma_update(None, "synchronous", "FULL")?;
        if identity == Identity::Blank {
            let transaction = Transaction::new(connection, TransactionBehavior::Immediate)?;
            transaction.execute_batch(LAYOUT_1)?;
            let head = Head::origin();
            transaction.execute("INSERT INTO head (id, seq, hash) VALUES (1, 0, ?1)", [&head.hash])?;
            transaction.pragma_update(None, "application_id", APPLICATION)?;
            transaction.pragma_update(None, "user_version", LAYOUT)?;
            transaction.commit()?;
        }
        Ok(())
    };
    work().map_err(|error| JournalError::from_sqlite(path, "preparing the journal", &error))
}

/// Looks for damage below the level of entries.
pub(super) fn check(connection: &Connection, path: &Path) -> Result<(), JournalError> {
    let finding: String = connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(|error| JournalError::from_sqlite(path, "checking the journal", &error))?;
    if finding == "ok" {
        return Ok(());
    }
    let detail = crate::domain::text::clean(&finding).into_owned();
    Err(JournalError::Corrupt { place: path.into(), detail })
}

/// The stored head; `None` if its row is gone.
pub(super) fn head(connection: &Connection) -> rusqlite::Result<Option<Head>> {
    let mut statement = connection.prepare_cached("SELECT seq, hash FROM head WHERE id = 1")?;
    statement.query_row([], |row| Ok(Head { seq: unsigned(row, 0)?, hash: row.get(1)? })).optional()
}

/// The last entry there is, as a head.
pub(super) fn last(connection: &Connection) -> rusqlite::Result<Head> {
    let mut statement =
        connection.prepare_cached("SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1")?;
    let found =
        statement.query_row([], |row| Ok(Head { seq: unsigned(row, 0)?, hash: row.get(1)? })).optional()?;
    Ok(found.unwrap_or_else(Head::origin))
}

/// Hands over every entry after `seq`, in order: whole, or its number and why it has no whole.
pub(super) fn each(
    connection: &Connection,
    seq: u64,
    mut take: impl FnMut(Result<Row, (i64, String)>),
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "SELECT seq, at, incident, kind, body, previous, hash FROM entries WHERE seq > ?1 ORDER BY seq",
    )?;
    let from = if seq == 0 { i64::MIN } else { i64::try_from(seq).unwrap_or(i64::MAX) };
    let mut rows = statement.query([from])?;
    while let Some(record) = rows.next()? {
        let stored: i64 = record.get(0)?;
        take(whole(record).map_err(|error| (stored, error.to_string())));
    }
    Ok(())
}

fn whole(record: &Record<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        seq: unsigned(record, 0)?,
        at: record.get(1)?,
        incident: record.get(2)?,
        kind: record.get(3)?,
        body: record.get(4)?,
        previous: record.get(5)?,
        hash: record.get(6)?,
    })
}

fn unsigned(record: &Record<'_>, column: usize) -> rusqlite::Result<u64> {
    let number: i64 = record.get(column)?;
    u64::try_from(number).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, number))
}
