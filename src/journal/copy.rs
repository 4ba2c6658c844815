//! Copies of a journal, also while a console writes it: a backup, and back from one.
//!
//! What was kept beside a journal goes with it. A copy has its name when all of it is there, and never takes the place
//! of a journal that is not kept under another name.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::artifacts::{fetch, keep, look};
use super::error::JournalError;
use super::place::{self, Claim, Fresh, with_suffix};
use super::{portable::RecordError, reader, schema};

/// A copy that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Where it is.
    pub place: PathBuf,
    /// How many entries it has.
    pub entries: u64,
    /// The hash of the last.
    pub head: String,
    /// How many files that were kept went with it.
    pub artifacts: usize,
    /// Those that could not, by hash, and how they are: missing, altered.
    pub lacking: Vec<(String, String)>,
    /// Whether readings for replay went with it.
    pub readings: bool,
    /// Where the journal is that was there before.
    pub before: Option<PathBuf>,
}

/// Where the readings of the journal at `journal` are kept, if any are.
pub fn readings(journal: &Path) -> PathBuf {
    with_suffix(&journal.canonicalize().unwrap_or_else(|_| journal.to_path_buf()), ".readings")
}

/// Copies the journal at `journal` to `output`, where nothing is yet, and with it the files that `artifacts` names by
/// their hashes and the readings, where there are any. One that does not hold is not copied.
pub fn back_up(journal: &Path, output: &Path, artifacts: &[String]) -> Result<Copied, RecordError> {
    let output = portable_free(output)?;
    let (file, mut copied) = copy(journal, &output)?;
    (copied.artifacts, copied.lacking) = bring(journal, &output, artifacts);
    copied.readings = bring_readings(journal, &output)?;
    file.place_at(&output).map_err(said(&output, "naming the copy"))?;
    Ok(copied)
}

/// Makes the journal at `copy_of` the one at `journal`. What is there is refused, or else kept under the name
/// `before`. `who` says to others who does it.
pub fn restore(
    copy_of: &Path,
    journal: &Path,
    before: Option<&Path>,
    artifacts: &[String],
    who: &str,
) -> Result<Copied, RecordError> {
    let journal = place::prepare(journal)?;
    let is_there = fs::symlink_metadata(&journal).is_ok();
    let Some(before) = before.filter(|_| is_there) else {
        if is_there {
            return Err(RecordError::There(journal));
        }
        return back_up(copy_of, &journal, artifacts);
    };
    let _lock = match place::claim(&journal, who)? {
        Claim::Ours(lock) => lock,
        Claim::Theirs(who) => return Err(JournalError::Busy { place: journal, who }.into()),
    };
    let before = portable_free(before)?;
    let (file, mut copied) = copy(copy_of, &journal)?;
    (copied.artifacts, copied.lacking) = bring(copy_of, &journal, artifacts);
    fold_log(&journal);
    keep_as(&journal, &before)?;
    copied.readings = bring_readings(copy_of, &journal)?;
    file.place_over(&journal).map_err(said(&journal, "naming the journal"))?;
    copied.before = Some(before);
    Ok(copied)
}

fn portable_free(path: &Path) -> Result<PathBuf, RecordError> {
    let path = place::prepare(path)?;
    if fs::symlink_metadata(&path).is_ok() { Err(RecordError::There(path)) } else { Ok(path) }
}

fn said(place: &Path, doing: &'static str) -> impl FnOnce(std::io::Error) -> RecordError {
    move |error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => RecordError::There(place.into()),
        _ => JournalError::from_io(place, doing, &error).into(),
    }
}

/// A whole copy of a journal that holds, beside where it will be.
pub(super) fn copy(journal: &Path, output: &Path) -> Result<(Fresh, Copied), RecordError> {
    let file = Fresh::beside(output)?;
    let verified = reader::reading(journal, |connection| {
        schema::identify(connection, journal)?;
        schema::check(connection, journal)?;
        // The second time, where a writer came in between: SQLite copies into an empty file only.
        fs::File::create(file.path())
            .map_err(|error| JournalError::from_io(file.path(), "writing the copy", &error))?;
        schema::copy_into(connection, file.path(), journal)
    })
    .and_then(|()| reader::verify(file.path()))?;
    if let Some(broken) = verified.broken {
        return Err(RecordError::Broken { place: journal.into(), seq: broken.seq, why: broken.why });
    }
    let copied = Copied {
        place: output.into(),
        entries: verified.entries,
        head: verified.head,
        artifacts: 0,
        lacking: Vec::new(),
        readings: false,
        before: None,
    };
    Ok((file, copied))
}

/// Copies the files that were kept beside `from` to beside `to`: how many, and which could not.
pub(super) fn bring(from: &Path, to: &Path, artifacts: &[String]) -> (usize, Vec<(String, String)>) {
    let mut lacking = Vec::new();
    for hash in artifacts {
        let brought = match look(to, hash) {
            Ok(()) => Ok(()),
            Err(_) => fetch(from, hash)
                .and_then(|bytes| keep(to, &bytes, u64::MAX).map(drop).map_err(|error| error.to_string())),
        };
        if let Err(why) = brought {
            lacking.push((hash.clone(), why));
        }
    }
    (artifacts.len() - lacking.len(), lacking)
}

/// Copies the readings that are kept beside `from`, where there are any and none beside `to`.
fn bring_readings(from: &Path, to: &Path) -> Result<bool, RecordError> {
    let (from, to) = (readings(from), readings(to));
    if !fs::metadata(&from).is_ok_and(|about| about.is_file()) || fs::symlink_metadata(&to).is_ok() {
        return Ok(false);
    }
    let mut file = Fresh::beside(&to)?;
    let mut start = Vec::new();
    let mut source = fs::File::open(&from).map_err(said(&from, "opening the readings"))?;
    source.by_ref().take(16).read_to_end(&mut start).map_err(said(&from, "reading the readings"))?;
    if start.starts_with(b"SQLite format 3\0") {
        // A console may be writing it: copied as a database, it is whole.
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&from, flags)
            .map_err(|error| JournalError::from_sqlite(&from, "opening the readings", &error))?;
        schema::copy_into(&connection, file.path(), &from)?;
    } else {
        let mut out = file.writer();
        std::io::Write::write_all(&mut out, &start)
            .and_then(|()| std::io::copy(&mut source, &mut out))
            .and_then(|_| std::io::Write::flush(&mut out))
            .map_err(said(&to, "copying the readings"))?;
    }
    file.place_at(&to).map_err(said(&to, "naming the readings"))?;
    Ok(true)
}

/// Moves what stands in the log beside a journal into it, where it is whole enough for that.
pub(super) fn fold_log(journal: &Path) {
    // One that is damaged keeps its log, which is then kept with it.
    if let Ok(connection) = schema::connect(journal) {
        let folded = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        drop(folded);
    }
}

/// Keeps the journal at `journal`, and what belongs to it, as the one at `before` too. Nothing is missing in between:
/// the journal itself has two names until another takes the first.
fn keep_as(journal: &Path, before: &Path) -> Result<(), RecordError> {
    fs::hard_link(journal, before).map_err(said(before, "keeping the journal that is there"))?;
    for suffix in ["-wal", "-shm", ".readings"] {
        let (from, to) = (with_suffix(journal, suffix), with_suffix(before, suffix));
        if from.exists() {
            fs::rename(&from, &to).map_err(said(&to, "keeping the journal that is there"))?;
        }
    }
    link_artifacts(&with_suffix(journal, ".artifacts"), &with_suffix(before, ".artifacts"))
        .map_err(said(before, "keeping the artifacts that are there"))?;
    place::settle_names(before);
    Ok(())
}

/// Gives every file that was kept a second name, in a directory of its own: what is kept is never changed.
fn link_artifacts(from: &Path, to: &Path) -> std::io::Result<()> {
    if !from.is_dir() {
        return Ok(());
    }
    make_private(to)?;
    for first in fs::read_dir(from)? {
        let first = first?;
        if !first.file_type()?.is_dir() {
            continue;
        }
        let own = to.join(first.file_name());
        make_private(&own)?;
        for file in fs::read_dir(first.path())? {
            let file = file?;
            fs::hard_link(file.path(), own.join(file.file_name()))?;
        }
    }
    Ok(())
}

fn make_private(directory: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(directory)
}
