//! The append-only, hash-chained record on disk.
//!
//! One SQLite file, one writer at a time; others look on. What is answered as logged is on disk and
//! survives a kill. A file that is damaged, or that belongs to somebody else, is refused and left
//! as it is. No fact is interpreted here, and no clock is asked.
//!
//! # The chain
//!
//! Each entry's `hash` is SHA-256, in lower-case hex, over six fields in this order: `previous`,
//! `seq` in decimal, `at`, `incident`, `kind`, `body`. Each field is its length in bytes as eight
//! bytes, big-endian, and then its UTF-8 text; an `incident` that is NULL is the length 2⁶⁴−1 and
//! no text. `previous` is the hash of the entry before; of the first it is 64 zeros. The table
//! `head` holds the last `seq` and `hash` and changes in the transaction that appends, so a lost
//! end is seen too. Somebody who can write the file could build the whole chain anew: against that
//! helps only a head hash that was written down elsewhere, which is why [`verify`] returns it.
//!
//! # What is left out
//!
//! A journal that was pruned or imported lacks entries, and says which: a row of the table `left_out` has the
//! first and last number of some in a row, and the hash of the last. The chain goes on behind it from that hash. So the
//! entries that are there are proven as before; of those that are not only that hash is known.

mod artifacts;
mod chain;
mod copy;
mod error;
mod place;
mod portable;
mod prune;
mod reader;
pub mod readings;
mod schema;
mod understand;
mod writer;

use std::path::Path;

pub use self::artifacts::{ArtifactError, artifacts, fetch, keep, look};
pub use self::chain::LeftOut;
pub use self::copy::{Copied, back_up, readings, restore};
pub use self::error::JournalError;
use self::place::Claim;
pub use self::place::file_name;
pub use self::portable::{
    About, Examined, Exported, Fault, RecordError, Wanted, examine, export, import, is_record,
};
pub use self::prune::{Pruned, prune};
pub use self::reader::{Broken, Contents, Follower, Verified, read, verify};
use self::writer::Pen;
pub use self::writer::{Answer, Writer};
use crate::domain::fact::Logged;

/// A journal that was opened, and what was in it.
#[derive(Debug)]
pub struct Opened {
    /// Whether this console writes it.
    pub mode: Mode,
    /// The entries, in order.
    pub entries: Vec<Logged>,
    /// The numbers of the entries that cannot be read, each with why.
    pub unreadable: Vec<(u64, String)>,
    /// The one who may append; `None` if another console writes.
    pub writer: Option<Writer>,
}

impl Opened {
    /// The number of the next entry: one more than the last, readable or not.
    pub fn next(&self) -> u64 {
        let read = self.entries.last().map_or(0, |entry| entry.seq);
        let unread = self.unreadable.last().map_or(0, |(seq, _)| *seq);
        read.max(unread) + 1
    }
}

/// Whether a console writes its journal or looks on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// This console writes.
    Writing,
    /// Another one does: who, in words, from the lock file.
    ReadOnly(String),
}

/// Opens the journal at `path` for writing, or for looking on if another console writes it.
///
/// Creates the directories above it (0700) and the file (0600). `who` tells others who writes:
/// `ann, pid 4711 on host`. `answer` is called on the writer's thread.
pub fn open(path: &Path, who: &str, answer: Box<dyn Fn(Answer) + Send>) -> Result<Opened, JournalError> {
    open_within(path, who, None, answer)
}

/// As [`open`], for a database of at most so many pages: how a full disk is tried out.
#[doc(hidden)]
pub fn open_within(
    path: &Path,
    who: &str,
    pages: Option<u32>,
    answer: Box<dyn Fn(Answer) + Send>,
) -> Result<Opened, JournalError> {
    let path = &place::prepare(path)?;
    let lock = match place::claim(path, who)? {
        Claim::Ours(lock) => lock,
        Claim::Theirs(why) => {
            let contents = match read(path) {
                // The other one has only just begun.
                Err(JournalError::Missing(_)) => Contents::default(),
                other => other?,
            };
            let Contents { entries, unreadable, .. } = contents;
            return Ok(Opened { mode: Mode::ReadOnly(why), entries, unreadable, writer: None });
        }
    };
    place::create(path)?;
    let mut connection = schema::connect(path)?;
    let identity = schema::identify(&connection, path)?;
    let Contents { entries, unreadable, imported } = checked(&connection, path)?;
    if let Some(from) = imported {
        let mode = Mode::ReadOnly(format!("this journal was imported ({from}) and is only read"));
        return Ok(Opened { mode, entries, unreadable, writer: None });
    }
    schema::settle(&mut connection, path, identity)?;
    if let Some(pages) = pages {
        connection
            .query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))
            .map_err(|error| JournalError::from_sqlite(path, "limiting the journal", &error))?;
    }
    let writer = Writer::start(Pen::new(connection, path, lock)?, answer)?;
    Ok(Opened { mode: Mode::Writing, entries, unreadable, writer: Some(writer) })
}

/// What is in a journal, which is looked at for damage meanwhile: what damage makes of entries is not believed.
fn checked(connection: &rusqlite::Connection, path: &Path) -> Result<Contents, JournalError> {
    std::thread::scope(|scope| {
        let look = || schema::check(&schema::connect_reading(path)?, path);
        let check = std::thread::Builder::new().name("journal check".into()).spawn_scoped(scope, look);
        let contents = reader::contents(connection, path);
        match check.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(checked)) => checked?,
            // Where there is no thread for it, or it broke, it is looked at here.
            Ok(Err(_)) | Err(_) => schema::check(connection, path)?,
        }
        contents
    })
}
