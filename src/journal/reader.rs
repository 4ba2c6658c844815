//! Reading a journal, following it while another console writes, and verifying it.
//!
//! Writes nothing and creates no journal. An entry this version cannot read is named, never dropped
//! in silence.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::chain::{Head, Link};
use super::error::JournalError;
use super::place;
use super::schema::{self, Identity};
use super::understand;
use crate::domain::fact::Logged;
use crate::domain::text;

/// What a journal holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contents {
    /// The entries, in order.
    pub entries: Vec<Logged>,
    /// The numbers of the entries that cannot be read, each with why.
    pub unreadable: Vec<(u64, String)>,
    /// Where an imported journal came from, in words; `None` for one that a console writes.
    pub imported: Option<String>,
}

/// What checking the chain found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// How many entries hold, from the first.
    pub entries: u64,
    /// How many are left out among them: pruned, or not imported.
    pub left_out: u64,
    /// The hash of the last of them: written down elsewhere, it shows later that all of it was
    /// there then.
    pub head: String,
    /// Where it stops holding.
    pub broken: Option<Broken>,
}

/// The first place where a chain does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The number of the entry that is altered or missing.
    pub seq: u64,
    /// What is wrong with it, in words.
    pub why: String,
}

/// All entries of the journal at `path`, also while a console writes it.
pub fn read(path: &Path) -> Result<Contents, JournalError> {
    reading(path, |connection| contents(connection, path))
}

/// Checks every entry against the chain, and the chain's end against the head.
pub fn verify(path: &Path) -> Result<Verified, JournalError> {
    reading(path, |connection| {
        if schema::identify(connection, path)? == Identity::Blank {
            return Ok(Verified { entries: 0, left_out: 0, head: Head::origin().hash, broken: None });
        }
        schema::check(connection, path)?;
        chain(connection).map_err(|error| JournalError::from_sqlite(path, "reading the journal", &error))
    })
}

fn chain(connection: &Connection) -> rusqlite::Result<Verified> {
    // One snapshot, so that a console that writes meanwhile is not taken for a forger.
    let snapshot = connection.unchecked_transaction()?;
    let stored = schema::head(&snapshot)?;
    let mut head = Head::origin();
    let (mut entries, mut left_out) = (0, 0);
    let mut broken = None;
    schema::links(&snapshot, |link| {
        if broken.is_none() {
            let outcome = match &link {
                Ok(link) => head.take(link),
                Err((_, why)) => Err((head.seq + 1, text::clean(why).into_owned())),
            };
            broken = outcome.err();
            match link {
                Ok(Link::Entry(_)) if broken.is_none() => entries += 1,
                Ok(Link::LeftOut(left)) if broken.is_none() => left_out += left.count(),
                Ok(_) | Err(_) => {}
            }
        }
    })?;
    let broken = broken.or_else(|| end(&head, stored.as_ref())).map(|(seq, why)| Broken { seq, why });
    Ok(Verified { entries, left_out, head: head.hash, broken })
}

/// What is wrong with the end of a chain that holds up to `last`.
fn end(last: &Head, stored: Option<&Head>) -> Option<(u64, String)> {
    let Some(stored) = stored else {
        return Some((last.seq, "the record of which entry is the last is gone".into()));
    };
    if stored.seq > last.seq {
        return Some((last.seq + 1, format!("the end is missing: entry {} was the last", stored.seq)));
    }
    if stored.seq < last.seq {
        return Some((
            stored.seq + 1,
            format!("it was put in afterwards: entry {} was the last", stored.seq),
        ));
    }
    (stored.hash != last.hash).then(|| (last.seq, "it is not the entry that was written last".into()))
}

/// The entries of an open journal.
pub(super) fn contents(connection: &Connection, path: &Path) -> Result<Contents, JournalError> {
    if schema::identify(connection, path)? == Identity::Blank {
        return Ok(Contents::default());
    }
    let read = || {
        let imported = schema::imported(connection)?;
        Ok(Contents { imported, ..after(connection, 0)? })
    };
    read().map_err(|error| JournalError::from_sqlite(path, "reading the journal", &error))
}

fn after(connection: &Connection, seq: u64) -> rusqlite::Result<Contents> {
    let (entries, unreadable) = understand::all(|take| schema::said(connection, seq, take))?;
    Ok(Contents { entries, unreadable, imported: None })
}

/// Works on a connection that reads. A journal nobody has open is read as it lies, so nothing is
/// made beside it; one that turns out to be written meanwhile is read again, with its writer.
pub(super) fn reading<T>(
    path: &Path,
    mut work: impl FnMut(&Connection) -> Result<T, JournalError>,
) -> Result<T, JournalError> {
    place::recognise(path)?;
    let log = place::with_suffix(path, "-wal");
    let look = || fs::metadata(path).and_then(|about| Ok((about.len(), about.modified()?))).ok();
    let before = look();
    if !log.exists() {
        let outcome = schema::connect_at_rest(path).and_then(|connection| work(&connection));
        if !log.exists() && before == look() {
            return outcome;
        }
    }
    work(&schema::connect_reading(path)?)
}

/// Reads on in a journal that another console writes.
#[derive(Debug)]
pub struct Follower {
    connection: Connection,
    path: PathBuf,
}

impl Follower {
    /// Opens the journal at `path` for looking on.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        place::recognise(path)?;
        let connection = schema::connect_reading(path)?;
        schema::identify(&connection, path)?;
        Ok(Self { connection, path: path.into() })
    }

    /// The entries that came after `seq`, in order; those this version cannot read are left out.
    pub fn after(&self, seq: u64) -> Result<Vec<Logged>, JournalError> {
        if schema::identify(&self.connection, &self.path)? == Identity::Blank {
            return Ok(Vec::new());
        }
        let contents = after(&self.connection, seq)
            .map_err(|error| JournalError::from_sqlite(&self.path, "reading the journal", &error))?;
        Ok(contents.entries)
    }
}
