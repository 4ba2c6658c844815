//! A record: entries of a journal as one file of JSON lines, which is checked without the journal.
//!
//! The first line says what it is of. Then come entries, as they are stored, and between them what is left out: the
//! numbers, and the hash that the next entry follows. Then files that were kept, in parts. The last line counts
//! the lines before it and has their SHA-256: the seal. What is not an entry is covered by the seal alone.

mod examine;
mod export;
mod import;
mod lines;

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::chain::{LeftOut, Link, Row};
use super::{JournalError, place};
pub use examine::{Examined, Fault, examine, is_record};
pub(super) use export::leave;
pub use export::{Exported, Wanted, export};
pub use import::import;

/// The format this version writes, and the newest it knows.
const FORMAT: u32 = 1;
/// Bytes of a file in one line.
const PART: usize = 1024 * 1024;
/// Bytes of a line that is read: an entry with the longest output is far below.
const LONGEST: usize = 32 * 1024 * 1024;
/// Bytes of a file that is read: the largest that a configuration lets a console keep.
const LARGEST: usize = 256 * 1024 * 1024;

/// What a record is of: its first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// Of what form it is.
    pub format: u32,
    /// The incident; `None` for a whole journal.
    pub incident: Option<String>,
    /// The name of the journal's file.
    pub journal: String,
    /// The last entry of the journal when it was written.
    pub last: u64,
    /// The hash of that entry.
    pub head: String,
    /// When it was written, RFC 3339.
    pub at: String,
    /// Who wrote it.
    pub by: String,
    /// By which version.
    pub version: String,
}

/// A line of a record.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "kebab-case", deny_unknown_fields)]
enum Line {
    /// The first.
    Record(About),
    /// An entry as it is stored.
    Entry {
        seq: u64,
        at: String,
        incident: Option<String>,
        kind: String,
        body: String,
        previous: String,
        hash: String,
    },
    /// Entries that are not of it.
    LeftOut { first: u64, last: u64, hash: String },
    /// A part, from 1, of a file that was kept, in Base64.
    Artifact { hash: String, part: u64, parts: u64, content: String },
    /// The last: how many lines come before it, and the SHA-256 of those lines.
    End { lines: u64, seal: String },
}

impl From<Link> for Line {
    fn from(link: Link) -> Self {
        match link {
            Link::Entry(Row { seq, at, incident, kind, body, previous, hash }) => {
                Line::Entry { seq, at, incident, kind, body, previous, hash }
            }
            Link::LeftOut(LeftOut { first, last, hash }) => Line::LeftOut { first, last, hash },
        }
    }
}

/// Why a record was not written or read. Displays with the place and the next step.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The journal it is of, or goes to, cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The journal does not hold.
    #[error("{}: entry {seq} does not hold: {why}; nothing was written: see `midwatch incident verify`", .place.display())]
    Broken {
        /// The journal.
        place: PathBuf,
        /// Where.
        seq: u64,
        /// How.
        why: String,
    },
    /// A file that was kept is not there as it was.
    #[error("{}: the artifact {hash} is {why}; nothing was written: see `midwatch incident verify`", .place.display())]
    Artifact {
        /// The journal.
        place: PathBuf,
        /// Its hash.
        hash: String,
        /// How it is.
        why: String,
    },
    /// Nothing of the journal is meant.
    #[error("{}: no entry of it is meant; see `midwatch incident list`", .0.display())]
    Empty(PathBuf),
    /// Something is there already.
    #[error("{}: a file is there already, and is left as it is; name another, or move it away", .0.display())]
    There(PathBuf),
    /// The file is no record.
    #[error("{}:1: this is no record ({why}); name a file that `midwatch incident export` wrote", .place.display())]
    NotRecord {
        /// The file.
        place: PathBuf,
        /// How that is seen.
        why: String,
    },
    /// A later Midwatch wrote it.
    #[error("{}:1: a newer Midwatch wrote this record (format {found}, this one knows {FORMAT}); update Midwatch", .place.display())]
    Newer {
        /// The file.
        place: PathBuf,
        /// Its format.
        found: u64,
    },
    /// The record does not hold, so it is not imported.
    #[error("{}: {fault}; nothing was imported: ask for the file anew", .place.display())]
    Altered {
        /// The file.
        place: PathBuf,
        /// Where and how.
        fault: Fault,
    },
    /// The system says no.
    #[error("{}: {doing} failed: {why}; check the disk, or name another path", .place.display())]
    Disk {
        /// The file.
        place: PathBuf,
        /// What was tried.
        doing: &'static str,
        /// In words.
        why: String,
    },
}

fn disk(place: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> RecordError {
    move |error| match error.kind() {
        io::ErrorKind::AlreadyExists => RecordError::There(place.into()),
        _ => JournalError::from_io(place, doing, &error).into(),
    }
}

fn sqlite(place: &Path) -> impl Fn(rusqlite::Error) -> RecordError {
    move |error| JournalError::from_sqlite(place, "reading the journal", &error).into()
}

/// Refuses a place where something is.
fn free(path: &Path) -> Result<PathBuf, RecordError> {
    let path = place::prepare(path)?;
    if std::fs::symlink_metadata(&path).is_ok() { Err(RecordError::There(path)) } else { Ok(path) }
}
