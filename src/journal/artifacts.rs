//! Artifacts: files kept beside a journal, each under the SHA-256 of what it holds: `NAME.journal.artifacts/ab/cdef…`.
//!
//! A file is written under another name, flushed to the disk and only then given its own: what stands under a hash is
//! whole, or was altered by somebody else. Nothing that is kept is ever written again or removed.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::chain::is_hash;
use super::place::with_suffix;
use crate::domain::text;

/// What a file is called while it is written.
const UNFINISHED: &str = ".keeping-";

/// Why a file was not kept. Displays in words.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// All artifacts together would be too large.
    #[error("there is room for {} more beside this journal, and it has {}", text::size(*.room), text::size(*.size))]
    Full {
        /// Bytes left.
        room: u64,
        /// Bytes of the file.
        size: u64,
    },
    /// A file with its hash is there, and does not hold what its hash says.
    #[error("the copy that was kept before is {0}: move it away, then keep the file again")]
    Altered(String),
    /// The disk says no.
    #[error("{doing}: {why}")]
    Disk {
        /// What was done.
        doing: &'static str,
        /// In words.
        why: String,
    },
}

fn disk(doing: &'static str) -> impl FnOnce(io::Error) -> ArtifactError {
    move |error| ArtifactError::Disk { doing, why: text::clean(&error.to_string()).into_owned() }
}

/// Where the artifacts of the journal at `journal` are.
pub fn artifacts(journal: &Path) -> PathBuf {
    with_suffix(&journal.canonicalize().unwrap_or_else(|_| journal.to_path_buf()), ".artifacts")
}

/// Where the artifact with `hash` is; `None` for what is no hash.
fn place(journal: &Path, hash: &str) -> Option<PathBuf> {
    let (first, rest) = hash.split_at_checked(2).filter(|_| is_hash(hash))?;
    Some(artifacts(journal).join(first).join(rest))
}

/// Keeps `bytes` beside `journal` and gives their hash. The same content is kept once; other content needs `room`.
pub fn keep(journal: &Path, bytes: &[u8], room: u64) -> Result<String, ArtifactError> {
    let hash = hex::encode(Sha256::digest(bytes));
    let size = bytes.len() as u64;
    let Some(place) = place(journal, &hash) else { return Ok(hash) };
    if fs::symlink_metadata(&place).is_ok() {
        return match look(journal, &hash) {
            Ok(()) => Ok(hash),
            Err(why) => Err(ArtifactError::Altered(why)),
        };
    }
    if size > room {
        return Err(ArtifactError::Full { room, size });
    }
    let all = artifacts(journal);
    let own = place.parent().unwrap_or(&all);
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(own).map_err(disk("making the directory of artifacts"))?;
    sweep(&all);
    // Only its owner can read it.
    let mut file = tempfile::Builder::new()
        .prefix(UNFINISHED)
        .tempfile_in(&all)
        .map_err(disk("making a file beside the journal"))?;
    file.write_all(bytes).map_err(disk("writing beside the journal"))?;
    file.as_file().sync_all().map_err(disk("writing beside the journal"))?;
    file.persist(&place).map_err(|error| disk("naming the file beside the journal")(error.error))?;
    for directory in [own, &all, all.parent().unwrap_or(&all)] {
        // Without it the new name may not survive a power cut. Not every file system can.
        if let Ok(directory) = File::open(directory) {
            drop(directory.sync_all());
        }
    }
    Ok(hash)
}

/// Removes what was not finished when the program ended: one console at a time writes here.
fn sweep(all: &Path) {
    let Ok(entries) = fs::read_dir(all) else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            drop(fs::remove_file(entry.path()));
        }
    }
}

/// Whether the artifact with `hash` is there and holds what its hash says; otherwise how it is, in words.
pub fn look(journal: &Path, hash: &str) -> Result<(), String> {
    let Some(place) = place(journal, hash) else { return Err("not named by a hash".into()) };
    let about = match fs::symlink_metadata(&place) {
        Ok(about) => about,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err("missing".into()),
        Err(error) => return Err(format!("unreadable ({})", text::clean(&error.to_string()))),
    };
    if !about.is_file() {
        return Err(format!("no file ({})", text::clean(&place.to_string_lossy())));
    }
    match digest(&place) {
        Ok(found) if found == hash => Ok(()),
        Ok(_) => Err(format!("altered ({})", text::clean(&place.to_string_lossy()))),
        Err(error) => Err(format!("unreadable ({})", text::clean(&error.to_string()))),
    }
}

/// The artifact with `hash`, whole; otherwise how it is, in words.
pub fn fetch(journal: &Path, hash: &str) -> Result<Vec<u8>, String> {
    look(journal, hash)?;
    let place = place(journal, hash).ok_or("not named by a hash")?;
    fs::read(place).map_err(|error| format!("unreadable ({})", text::clean(&error.to_string())))
}

/// Removes the artifact with `hash`: whether it was there. Only what is kept elsewhere is removed.
pub(super) fn forget(journal: &Path, hash: &str) -> bool {
    place(journal, hash).is_some_and(|place| fs::remove_file(place).is_ok())
}

fn digest(place: &Path) -> io::Result<String> {
    let mut file = File::open(place)?;
    let mut digest = Sha256::new();
    let mut part = vec![0; 64 * 1024];
    loop {
        match file.read(&mut part)? {
            0 => return Ok(hex::encode(digest.finalize())),
            read => digest.update(&part[..read]),
        }
    }
}
