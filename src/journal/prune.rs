//! Leaving out what is too old to be kept: the journal goes on with a file that lacks those entries and says so.
//!
//! The chain is not made anew. Every entry that stays keeps its number and its hash, and the journal as it was is kept
//! whole under another name first.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::chain::{Head, LeftOut, Link};
use super::copy::{bring, copy, fold_log};
use super::error::JournalError;
use super::place::{self, Claim, Fresh, with_suffix};
use super::portable::RecordError;
use super::{artifacts, portable, reader, schema, writer};
use crate::domain::fact::Logged;

/// What was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pruned {
    /// How many entries.
    pub entries: u64,
    /// Where the journal is that has them all.
    pub archive: PathBuf,
    /// The hash of the last entry of both.
    pub head: String,
    /// How many files that were kept are kept with that one alone.
    pub artifacts: usize,
}

/// Leaves the entries `out` out of the journal at `path`, once all of it is at `archive`. `note` is the entry that says
/// so: what it has as its number has to be the next. `kept` are the files, by hash, that belong to the journal, and
/// `gone` those of them that only entries that go speak of.
pub fn prune(
    path: &Path,
    archive: &Path,
    out: &BTreeSet<u64>,
    note: &Logged,
    (kept, gone): (&[String], &[String]),
    who: &str,
) -> Result<Pruned, RecordError> {
    let path = &place::prepare(path)?;
    let _lock = match place::claim(path, who)? {
        Claim::Ours(lock) => lock,
        Claim::Theirs(who) => return Err(JournalError::Busy { place: path.clone(), who }.into()),
    };
    let archive = place::prepare(archive)?;
    if fs::symlink_metadata(&archive).is_ok() {
        return Err(RecordError::There(archive));
    }
    let (whole, copied) = copy(path, &archive)?;
    let (_, lacking) = bring(path, &archive, kept);
    if let Some((hash, why)) = lacking.into_iter().next() {
        return Err(RecordError::Artifact { place: path.clone(), hash, why });
    }
    let fresh = Fresh::beside(path)?;
    let last = rebuild(path, &fresh, out, note)?;
    if last != copied.head {
        return Err(JournalError::Contended(path.clone()).into());
    }
    if let Some(broken) = reader::verify(fresh.path())?.broken {
        return Err(RecordError::Broken { place: path.clone(), seq: broken.seq, why: broken.why });
    }
    fold_log(path);
    // What somebody has open would be taken for what belongs to the new one.
    if ["-wal", "-shm"].iter().any(|suffix| with_suffix(path, suffix).exists()) {
        let who = "a console looks on, or another program has this journal open".to_owned();
        return Err(JournalError::Busy { place: path.clone(), who }.into());
    }
    let named = |error: std::io::Error| JournalError::from_io(&archive, "naming the archive", &error);
    whole.place_at(&archive).map_err(named)?;
    let named = |error: std::io::Error| JournalError::from_io(path, "naming the journal", &error);
    fresh.place_over(path).map_err(named)?;
    let removed = gone.iter().filter(|hash| artifacts::forget(path, hash)).count();
    Ok(Pruned { entries: out.len() as u64, archive, head: copied.head, artifacts: removed })
}

/// Writes the journal without `out`, and with `note` behind it; gives the hash that `note` follows.
fn rebuild(path: &Path, fresh: &Fresh, out: &BTreeSet<u64>, note: &Logged) -> Result<String, RecordError> {
    let mut links: Vec<Link> = Vec::new();
    let sqlite = |error: rusqlite::Error| JournalError::from_sqlite(path, "reading the journal", &error);
    reader::reading(path, |connection| {
        links.clear();
        let mut left: Option<LeftOut> = None;
        schema::links(connection, |link| match link {
            Ok(Link::Entry(row)) if out.contains(&row.seq) => {
                portable::leave(&mut left, row.seq, row.seq, row.hash);
            }
            Ok(Link::LeftOut(before)) => portable::leave(&mut left, before.first, before.last, before.hash),
            Ok(Link::Entry(row)) => {
                links.extend(left.take().map(Link::LeftOut));
                links.push(Link::Entry(row));
            }
            // The copy has shown that there is none.
            Err(_) => {}
        })
        .map_err(sqlite)?;
        links.extend(left.take().map(Link::LeftOut));
        Ok(())
    })?;
    let mut connection = schema::connect(fresh.path())?;
    let writing = |error: rusqlite::Error| JournalError::from_sqlite(path, "writing the journal", &error);
    let head = schema::build(&mut connection, |connection| -> rusqlite::Result<String> {
        let mut head = Head::origin();
        for link in &links {
            schema::put(connection, link)?;
            (head.seq, head.hash) = match link {
                Link::Entry(row) => (row.seq, row.hash.clone()),
                Link::LeftOut(left) => (left.last, left.hash.clone()),
            };
        }
        let row = writer::row(note, head.hash.clone())
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        schema::insert(connection, &row)?;
        Ok(head.hash)
    })
    .map_err(writing)?;
    Ok(head)
}
