//! The database: its layout, its connections, and whose it is.
//!
//! Layouts only add. Nothing is dropped or rewritten, and a file of another kind is not touched.

use std::path::Path;
use std::time::Duration;

use rusqlite::limits::Limit;
use rusqlite::{
    Connection, OpenFlags, OptionalExtension, Row as Record, Transaction, TransactionBehavior, params,
};

use super::chain::{Head, LeftOut, Link, Row};
use super::error::JournalError;

/// `Midw`, as the `file` command shows it.
const APPLICATION: i64 = 0x4d69_6477;
/// The layout of a journal that is whole. What older versions can read is written as they know it.
pub(super) const WHOLE: i64 = 1;
/// The layout of one in which entries are left out: pruned, or imported. The newest that is known.
pub(super) const LAYOUT: i64 = 2;
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

/// What [`LAYOUT_1`] lacks where entries are left out.
const LAYOUT_2: &str = "
INSERT INTO meta (key, value) VALUES
    ('left-out', 'entries first to last are not in this file; hash is that of the last of them');

CREATE TABLE left_out (
    first INTEGER PRIMARY KEY,
    last INTEGER NOT NULL CHECK (last >= first),
    hash TEXT NOT NULL
) STRICT;

DROP TRIGGER entries_have_no_gap;

CREATE TRIGGER entries_have_no_gap BEFORE INSERT ON entries
WHEN NEW.seq IS NOT (
    SELECT max(coalesce((SELECT max(seq) FROM entries), 0), coalesce((SELECT max(last) FROM left_out), 0)) + 1
)
BEGIN SELECT RAISE(ABORT, 'the journal is append only: an entry is one more than the last'); END;

CREATE TRIGGER left_out_is_not_updated BEFORE UPDATE ON left_out
BEGIN SELECT RAISE(ABORT, 'the journal is append only: what was left out is not changed'); END;

CREATE TRIGGER left_out_is_not_deleted BEFORE DELETE ON left_out
BEGIN SELECT RAISE(ABORT, 'the journal is append only: what was left out is not changed'); END;
";

/// The row of `meta` that makes a journal one to be read only: where it came from.
const IMPORTED: &str = "imported";

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

/// Copies the database of `connection` whole into the empty file at `to`, as it stands at one moment.
pub(super) fn copy_into(connection: &Connection, to: &Path, place: &Path) -> Result<(), JournalError> {
    let copy = || {
        // What is copied into is attached for as long as it takes.
        connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 1)?;
        let copied = connection.execute("VACUUM INTO ?1", [to.to_string_lossy()]);
        connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
        copied.map(drop)
    };
    copy().map_err(|error| JournalError::from_sqlite(place, "copying the journal", &error))
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
        (APPLICATION, WHOLE | LAYOUT, _) => Ok(Identity::Journal),
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
            lay_out(&transaction, WHOLE)?;
            transaction.commit()?;
        }
        Ok(())
    };
    work().map_err(|error| JournalError::from_sqlite(path, "preparing the journal", &error))
}

fn lay_out(connection: &Connection, layout: i64) -> rusqlite::Result<()> {
    connection.execute_batch(LAYOUT_1)?;
    if layout == LAYOUT {
        connection.execute_batch(LAYOUT_2)?;
    }
    let head = Head::origin();
    connection.execute("INSERT INTO head (id, seq, hash) VALUES (1, 0, ?1)", [&head.hash])?;
    connection.pragma_update(None, "application_id", APPLICATION)?;
    connection.pragma_update(None, "user_version", layout)
}

/// Fills the blank database of `connection` with what `fill` puts in, all of it or nothing.
pub(super) fn build<T, E: From<rusqlite::Error>>(
    connection: &mut Connection,
    fill: impl FnOnce(&Connection) -> Result<T, E>,
) -> Result<T, E> {
    // It is thrown away where it does not get whole: nothing has to survive on the way there.
    connection.pragma_update(None, "synchronous", "OFF")?;
    connection.pragma_update_and_check(None, "journal_mode", "memory", |row| row.get::<_, String>(0))?;
    let transaction = Transaction::new(connection, TransactionBehavior::Immediate)?;
    lay_out(&transaction, LAYOUT)?;
    let filled = fill(&transaction)?;
    let last = last(&transaction)?;
    transaction.execute("UPDATE head SET seq = ?1, hash = ?2", (last.seq.cast_signed(), &last.hash))?;
    transaction.commit()?;
    Ok(filled)
}

/// Appends a link as it is.
pub(super) fn put(connection: &Connection, link: &Link) -> rusqlite::Result<()> {
    match link {
        Link::Entry(row) => insert(connection, row).map(drop),
        Link::LeftOut(LeftOut { first, last, hash }) => connection
            .prepare_cached("INSERT INTO left_out (first, last, hash) VALUES (?1, ?2, ?3)")?
            .execute((first.cast_signed(), last.cast_signed(), hash))
            .map(drop),
    }
}

/// Appends an entry.
pub(super) fn insert(connection: &Connection, row: &Row) -> rusqlite::Result<usize> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO entries (seq, at, incident, kind, body, previous, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    statement.execute(params![
        row.seq.cast_signed(),
        row.at,
        row.incident,
        row.kind,
        row.body,
        row.previous,
        row.hash
    ])
}

/// Makes a journal one that is only read: `provenance` says where it came from.
pub(super) fn mark_imported(connection: &Connection, provenance: &str) -> rusqlite::Result<()> {
    connection.execute("INSERT INTO meta (key, value) VALUES (?1, ?2)", [IMPORTED, provenance]).map(drop)
}

/// Where an imported journal came from; `None` for one that a console wrote.
pub(super) fn imported(connection: &Connection) -> rusqlite::Result<Option<String>> {
    connection.query_row("SELECT value FROM meta WHERE key = ?1", [IMPORTED], |row| row.get(0)).optional()
}

/// What is left out, in order. A journal that is whole has no table of it.
pub(super) fn left_out(connection: &Connection) -> rusqlite::Result<Vec<LeftOut>> {
    let layout: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if layout == WHOLE {
        return Ok(Vec::new());
    }
    let mut statement = connection.prepare("SELECT first, last, hash FROM left_out ORDER BY first")?;
    let rows = statement.query_map([], |row| {
        Ok(LeftOut { first: unsigned(row, 0)?, last: unsigned(row, 1)?, hash: row.get(2)? })
    })?;
    rows.collect()
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

/// Hands over every link, in order: whole, or its number and why it has no whole.
pub(super) fn links(
    connection: &Connection,
    mut take: impl FnMut(Result<Link, (i64, String)>),
) -> rusqlite::Result<()> {
    let mut left = left_out(connection)?.into_iter().peekable();
    let mut statement = connection
        .prepare_cached("SELECT seq, at, incident, kind, body, previous, hash FROM entries ORDER BY seq")?;
    let mut rows = statement.query([])?;
    while let Some(record) = rows.next()? {
        let stored: i64 = record.get(0)?;
        while let Some(before) = left.next_if(|left| left.first.cast_signed() <= stored) {
            take(Ok(Link::LeftOut(before)));
        }
        take(whole(record).map(Link::Entry).map_err(|error| (stored, error.to_string())));
    }
    left.for_each(|rest| take(Ok(Link::LeftOut(rest))));
    Ok(())
}

/// What of an entry says what happened, as it is stored: the chain is not looked at.
pub(super) struct Said<'a> {
    pub seq: u64,
    pub at: &'a str,
    pub incident: Option<&'a str>,
    pub kind: &'a str,
    pub body: &'a str,
}

/// Hands over every entry after `seq`, in order: what it says, or its number and why that cannot be read.
pub(super) fn said(
    connection: &Connection,
    seq: u64,
    mut take: impl FnMut(Result<Said<'_>, (i64, String)>),
) -> rusqlite::Result<()> {
    let mut statement = connection
        .prepare_cached("SELECT seq, at, incident, kind, body FROM entries WHERE seq > ?1 ORDER BY seq")?;
    let from = if seq == 0 { i64::MIN } else { i64::try_from(seq).unwrap_or(i64::MAX) };
    let mut rows = statement.query([from])?;
    while let Some(record) = rows.next()? {
        let stored: i64 = record.get(0)?;
        let said = || -> rusqlite::Result<Said<'_>> {
            Ok(Said {
                seq: unsigned(record, 0)?,
                at: record.get_ref(1)?.as_str()?,
                incident: record.get_ref(2)?.as_str_or_null()?,
                kind: record.get_ref(3)?.as_str()?,
                body: record.get_ref(4)?.as_str()?,
            })
        };
        take(said().map_err(|error| (stored, error.to_string())));
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
