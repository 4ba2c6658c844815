//! A record becomes a journal of its own, which is only read.

use std::path::Path;

use rusqlite::Connection;

use super::examine::{Taker, examine_into};
use super::{Examined, RecordError, disk, examine, free, sqlite};
use crate::domain::text::clean;
use crate::journal::artifacts::keep;
use crate::journal::chain::Link;
use crate::journal::place::Fresh;
use crate::journal::{JournalError, reader, schema};

/// Makes the record at `record` a journal at `journal`, where nothing is yet. Its entries keep number, time and hash;
/// nothing can be written to it.
pub fn import(record: &Path, journal: &Path) -> Result<Examined, RecordError> {
    // To its end, before anything is written.
    let examined = examine(record)?;
    altered(record, &examined)?;
    let journal = &free(journal)?;
    let file = Fresh::beside(journal)?;
    let mut connection = schema::connect(file.path())?;
    let again = schema::build(&mut connection, |connection| -> Result<Examined, Fallen> {
        let mut taker = Into { connection, journal };
        let examined = examine_into(record, &mut taker)?;
        schema::mark_imported(connection, &provenance(record, &examined))?;
        Ok(examined)
    });
    let again = again.map_err(|fallen| match fallen {
        Fallen::Record(error) => error,
        Fallen::Sqlite(error) => sqlite(journal)(error),
    })?;
    // It may have become another one meanwhile.
    altered(record, &again)?;
    drop(connection);
    if let Some(broken) = reader::verify(file.path())?.broken {
        return Err(RecordError::Broken { place: journal.clone(), seq: broken.seq, why: broken.why });
    }
    file.place_at(journal).map_err(disk(journal, "naming the journal"))?;
    Ok(again)
}

fn altered(record: &Path, examined: &Examined) -> Result<(), RecordError> {
    match &examined.fault {
        None => Ok(()),
        Some(fault) => Err(RecordError::Altered { place: record.into(), fault: fault.clone() }),
    }
}

/// `INC-7 of elevated-production.journal, written by ann at 2026-11-21T…, seal 1234…`.
fn provenance(record: &Path, examined: &Examined) -> String {
    let about = &examined.about;
    let what = about.incident.as_deref().unwrap_or("all");
    let name = record.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let text = format!(
        "{what} of {}, from {name}, which {} wrote at {}; seal {}",
        about.journal, about.by, about.at, examined.seal
    );
    clean(&text).into_owned()
}

struct Into<'a> {
    connection: &'a Connection,
    journal: &'a Path,
}

impl Taker for Into<'_> {
    fn link(&mut self, link: &Link) -> Result<(), RecordError> {
        schema::put(self.connection, link).map_err(sqlite(self.journal))
    }

    fn artifact(&mut self, bytes: &[u8]) -> Result<(), RecordError> {
        keep(self.journal, bytes, u64::MAX).map(drop).map_err(|error| {
            JournalError::Failed {
                place: self.journal.into(),
                doing: "keeping an artifact",
                detail: error.to_string(),
            }
            .into()
        })
    }
}

/// Why a journal was not built.
enum Fallen {
    Record(RecordError),
    Sqlite(rusqlite::Error),
}

impl From<RecordError> for Fallen {
    fn from(error: RecordError) -> Self {
        Fallen::Record(error)
    }
}

impl From<rusqlite::Error> for Fallen {
    fn from(error: rusqlite::Error) -> Self {
        Fallen::Sqlite(error)
    }
}
