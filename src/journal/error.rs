//! Why a journal cannot be used: each error names the place and the next step, in one line.
//!
//! Nothing is repaired here. A file that cannot be read is left as it is, for somebody to look at.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use thiserror::Error;

use crate::domain::text;

/// Why a journal could not be opened, read or written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum JournalError {
    /// Nothing is there, and reading creates nothing.
    #[error("{}: there is no journal here; check the path, or start a console, which creates it", .0.display())]
    Missing(PathBuf),
    /// A directory stands where the file should be.
    #[error("{}: this is a directory; name a file in it", .0.display())]
    Directory(PathBuf),
    /// Something that is neither a file nor a directory.
    #[error("{}: this is not an ordinary file; name another path", .0.display())]
    NotFile(PathBuf),
    /// The file holds something else.
    #[error("{}: this is not a journal (it is no SQLite database); it is left as it is: name another path", .0.display())]
    NotDatabase(PathBuf),
    /// A SQLite database of another program.
    #[error("{}: this database belongs to another application; it is left as it is: name another path", .0.display())]
    Foreign(PathBuf),
    /// Written by a later Midwatch, in a layout this one does not know.
    #[error("{}: a newer Midwatch wrote this journal (layout {found}, this one knows {known}); update Midwatch, or name another path", .place.display())]
    Newer {
        /// The file.
        place: PathBuf,
        /// Its layout.
        found: i64,
        /// The newest layout known here.
        known: i64,
    },
    /// The database is damaged.
    #[error("{}: the journal is damaged ({detail}); it is left as it is: keep a copy with its -wal file, and name another path to go on", .place.display())]
    Corrupt {
        /// The file.
        place: PathBuf,
        /// What SQLite found.
        detail: String,
    },
    /// The last entry is not the one that was written last.
    #[error("{}: the end of the journal was altered ({detail}); nothing more is written to it: keep a copy, and name another path to go on", .place.display())]
    Altered {
        /// The file.
        place: PathBuf,
        /// How the end and the entries differ.
        detail: String,
    },
    /// Reading or writing is not allowed.
    #[error("{}: permission denied; check who owns it, or name another path", .0.display())]
    Denied(PathBuf),
    /// The directory takes no files.
    #[error("{}: no file can be created in this directory ({detail}); make it writable, or name another path", .place.display())]
    Unwritable {
        /// The directory.
        place: PathBuf,
        /// What the system said.
        detail: String,
    },
    /// No room.
    #[error("{}: the disk is full; free some space, then start Midwatch again", .0.display())]
    Full(PathBuf),
    /// Locks and shared memory do not work there, so a journal would be lost.
    #[error("{}: this is a network file system ({kind}), where a journal can be lost; name a path on a local disk", .place.display())]
    Network {
        /// The file.
        place: PathBuf,
        /// The kind of file system.
        kind: String,
    },
    /// Entries that do not continue the journal.
    #[error("{}: entry {got} does not follow entry {last}; nothing was written: start Midwatch again", .place.display())]
    OutOfOrder {
        /// The file.
        place: PathBuf,
        /// The last one written.
        last: u64,
        /// The one that came.
        got: u64,
    },
    /// Somebody else writes although this console holds the lock.
    #[error("{}: another program is writing to the journal; find it, then start Midwatch again", .0.display())]
    Contended(PathBuf),
    /// Somebody has the journal open, and this has to be done alone.
    #[error("{}: {who}; close it, then try again", .place.display())]
    Busy {
        /// The file.
        place: PathBuf,
        /// Who, in words.
        who: String,
    },
    /// Everything else the system or SQLite may say.
    #[error("{}: {doing} failed: {detail}; check the disk, or name another path", .place.display())]
    Failed {
        /// The file.
        place: PathBuf,
        /// What was tried.
        doing: &'static str,
        /// What the system said.
        detail: String,
    },
}

impl JournalError {
    /// What the system said about a file, as one of ours.
    pub(super) fn from_io(place: &Path, doing: &'static str, error: &io::Error) -> Self {
        let place = place.to_path_buf();
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing(place),
            io::ErrorKind::PermissionDenied => Self::Denied(place),
            io::ErrorKind::IsADirectory => Self::Directory(place),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full(place),
            _ => Self::Failed { place, doing, detail: text::clean(&error.to_string()).into_owned() },
        }
    }

    /// What SQLite said, as one of ours.
    pub(super) fn from_sqlite(place: &Path, doing: &'static str, error: &rusqlite::Error) -> Self {
        let detail = text::clean(&error.to_string()).into_owned();
        let place = place.to_path_buf();
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NotDatabase(place),
            Some(ErrorCode::DatabaseCorrupt) => Self::Corrupt { place, detail },
            Some(ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => Self::Denied(place),
            Some(ErrorCode::DiskFull) => Self::Full(place),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Contended(place),
            _ => Self::Failed { place, doing, detail },
        }
    }
}
