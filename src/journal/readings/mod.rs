//! Readings, kept beside a journal for replay and charts: `NAME.journal.readings`, a SQLite file of its own.
//!
//! They are no part of the record: nothing follows from them, nothing is chained, and losing the file loses nothing but
//! the small print. They are written by a thread of their own, in batches; who hands them over never waits. What is
//! older is thinned, and the oldest goes where there is no room. Time is what the readings say it is.
//!
//! | age | what is left, a signal |
//! |---|---|
//! | up to a day, and from an hour before an incident to an hour after it | every reading |
//! | up to a week | one a minute: the worst of it, with the fastest, the slowest and the mean answer |
//! | older | one in ten minutes |
//!
//! Where the file would grow beyond its limit, the oldest outside incidents is thinned further and then dropped; the
//! readings of incidents go last, the oldest first.

mod keeper;
mod store;
mod thin;

use std::path::{Path, PathBuf};

pub use keeper::{Keeper, Kept};
use store::Store;

use super::error::JournalError;
use super::place::with_suffix;
use crate::domain::observation::Observations;
use crate::domain::time::Timestamp;

/// Where the readings of the journal at `journal` are.
pub fn readings(journal: &Path) -> PathBuf {
    with_suffix(&journal.canonicalize().unwrap_or_else(|_| journal.to_path_buf()), ".readings")
}

/// What was observed from `from` up to `to`, by the readings beside `journal`; nothing where there are none. Writes
/// nothing, takes no lock, and works while a console writes.
pub fn between(journal: &Path, from: Timestamp, to: Timestamp) -> Result<Observations, JournalError> {
    let path = readings(journal);
    match store::look(&path)? {
        None => Ok(Observations::default()),
        Some(connection) => store::between(&connection, from, to)
            .map_err(|error| JournalError::from_sqlite(&path, "reading the readings", &error)),
    }
}
