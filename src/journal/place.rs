//! Where a journal lives: its directory, its file, its lock file; local disks only.
//!
//! Never truncates, moves or removes a journal.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use super::error::JournalError;
use crate::domain::text;

const MAGIC: &[u8] = b"SQLite format 3\0";

/// A file name for the journal of one console in one environment: `elevated-production.journal`.
/// Two different pairs never share a name: what had to be changed, or could be read two ways,
/// carries a short hash of both.
pub fn file_name(console: &str, environment: &str) -> String {
    let (first, second) = (safe(console), safe(environment));
    if first == console && second == environment && !environment.contains('-') {
        return format!("{first}-{second}.journal");
    }
    let mut digest = Sha256::new();
    digest.update((console.len() as u64).to_be_bytes());
    digest.update(console);
    digest.update(environment);
    let tag = hex::encode(digest.finalize());
    format!("{first}-{second}-{}.journal", text::head(&tag, 8))
}

/// Lower case because some file systems do not tell cases apart; short because they have limits.
fn safe(name: &str) -> String {
    let mut safe: String = name
        .chars()
        .take(48)
        .map(|c| c.to_ascii_lowercase())
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' })
        .collect();
    if safe.is_empty() || safe.starts_with(['.', '-']) {
        safe.insert(0, '_');
    }
    safe
}

/// The file to open for writing: its directory exists, the disk is local, and links are followed,
/// so that two names of one journal share one lock.
pub(super) fn prepare(path: &Path) -> Result<PathBuf, JournalError> {
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    };
    if path.is_dir() {
        return Err(JournalError::Directory(path.into()));
    }
    let Some(name) = path.file_name() else { return Err(JournalError::Directory(path.into())) };
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(parent).map_err(|error| unwritable(parent, &error))?;
    let parent = parent.canonicalize().map_err(|error| unwritable(parent, &error))?;
    let beside = parent.join(name);
    let path = beside.canonicalize().unwrap_or(beside);
    local(&path)?;
    Ok(path)
}

fn unwritable(place: &Path, error: &std::io::Error) -> JournalError {
    match JournalError::from_io(place, "creating the directory", error) {
        full @ JournalError::Full(_) => full,
        _ => JournalError::Unwritable {
            place: place.into(),
            detail: text::clean(&error.to_string()).into_owned(),
        },
    }
}

/// The journal's file, created empty if there is none. An existing file keeps its mode and is
/// shown to be writable, so that a refusal comes before anything else is touched.
pub(super) fn create(path: &Path) -> Result<(), JournalError> {
    open_file(path).map(drop)?;
    recognise(path)
}

/// Refuses what is no SQLite database; an empty file is a new journal. SQLite itself takes a very
/// short file of another kind for an empty database, and would overwrite it.
pub(super) fn recognise(path: &Path) -> Result<(), JournalError> {
    let about =
        fs::metadata(path).map_err(|error| JournalError::from_io(path, "looking at the file", &error))?;
    if about.is_dir() {
        return Err(JournalError::Directory(path.into()));
    }
    if !about.is_file() {
        return Err(JournalError::NotFile(path.into()));
    }
    let file = File::open(path).map_err(|error| JournalError::from_io(path, "opening the file", &error))?;
    let mut start = Vec::new();
    file.take(MAGIC.len() as u64)
        .read_to_end(&mut start)
        .map_err(|error| JournalError::from_io(path, "reading the file", &error))?;
    if start.is_empty() || start == MAGIC { Ok(()) } else { Err(JournalError::NotDatabase(path.into())) }
}

fn open_file(path: &Path) -> Result<File, JournalError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path).map_err(|error| match path.parent() {
        // The file is not there and cannot be made: the directory is what has to change.
        Some(parent) if !path.exists() => unwritable(parent, &error),
        Some(_) | None => JournalError::from_io(path, "opening the file", &error),
    })
}

/// The right to write one journal, held while this lives. The system lets go of it when the
/// process ends, however it ends.
#[derive(Debug)]
pub(super) struct Lock {
    /// Closing it is what releases the lock.
    _file: File,
}

/// Either the right to write, or who has it.
pub(super) enum Claim {
    Ours(Lock),
    Theirs(String),
}

/// Takes the lock beside the journal, or says who holds it.
pub(super) fn claim(path: &Path, who: &str) -> Result<Claim, JournalError> {
    let place = with_suffix(path, ".lock");
    let mut file = open_file(&place)?;
    match file.try_lock() {
        Ok(()) => {
            let line = text::clean(who);
            // Only for others to read: a console writes its journal even if nobody can see its name.
            let named = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| writeln!(file, "{line}"));
            drop(named);
            Ok(Claim::Ours(Lock { _file: file }))
        }
        Err(TryLockError::WouldBlock) => {
            let mut holder = Vec::new();
            let read = file.take(512).read_to_end(&mut holder);
            drop(read);
            let holder = String::from_utf8_lossy(&holder);
            let holder = text::clean(holder.trim());
            let who = if holder.is_empty() { "another console".into() } else { holder };
            Ok(Claim::Theirs(format!("{who} writes this journal")))
        }
        Err(TryLockError::Error(error)) => Err(JournalError::from_io(&place, "locking the journal", &error)),
    }
}

/// `path` with `suffix` at its end: SQLite's and our own files beside a journal.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_os_string();
    name.push(suffix);
    name.into()
}

/// A file that is being made beside where it will be: there under its name whole, or not at all. Only its owner can
/// read it. Dropped before that, it is gone.
#[derive(Debug)]
pub(super) struct Fresh {
    file: NamedTempFile,
}

impl Fresh {
    /// An empty one beside `path`.
    pub fn beside(path: &Path) -> Result<Self, JournalError> {
        let directory = path.parent().unwrap_or(Path::new("."));
        let file = tempfile::Builder::new()
            .prefix(".midwatch-")
            .tempfile_in(directory)
            .map_err(|error| unwritable(directory, &error))?;
        Ok(Self { file })
    }

    /// Where it is until then.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// To write into it.
    pub fn writer(&mut self) -> BufWriter<&mut File> {
        BufWriter::with_capacity(256 * 1024, self.file.as_file_mut())
    }

    /// Gives it the name `path`, where nothing is.
    pub fn place_at(self, path: &Path) -> io::Result<()> {
        self.file.as_file().sync_all()?;
        self.file.persist_noclobber(path).map_err(|error| error.error)?;
        settle_names(path);
        Ok(())
    }

    /// Gives it the name `path`, in the place of what is there.
    pub fn place_over(self, path: &Path) -> io::Result<()> {
        self.file.as_file().sync_all()?;
        self.file.persist(path).map_err(|error| error.error)?;
        settle_names(path);
        Ok(())
    }
}

/// Makes the names beside `path` survive a power cut. Not every file system can.
pub(super) fn settle_names(path: &Path) {
    if let Some(directory) = path.parent()
        && let Ok(directory) = File::open(directory)
    {
        drop(directory.sync_all());
    }
}

/// Refuses a network file system: its locks and shared memory lose journals.
fn local(path: &Path) -> Result<(), JournalError> {
    // Where there is no such table the kind cannot be known, and the journal is opened.
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    network_kind(&mounts, path).map_or(Ok(()), |kind| {
        Err(JournalError::Network { place: path.into(), kind: text::clean(kind).into_owned() })
    })
}

/// The kind of network file system `path` is on, by a mount table in the form of `/proc/mounts`.
fn network_kind<'a>(mounts: &'a str, path: &Path) -> Option<&'a str> {
    let mut nearest: Option<(usize, &str)> = None;
    for line in mounts.lines() {
        let mut words = line.split(' ').skip(1);
        let (Some(at), Some(kind)) = (words.next(), words.next()) else { continue };
        let at = PathBuf::from(unescape(at));
        let depth = at.components().count();
        // Of two mounts on one place the later one is on top.
        if path.starts_with(&at) && nearest.is_none_or(|(deepest, _)| depth >= deepest) {
            nearest = Some((depth, kind));
        }
    }
    let (_, kind) = nearest?;
    let remote = kind.starts_with("nfs")
        || kind.starts_with("smb")
        || matches!(
            kind,
            "cifs"
                | "9p"
                | "afs"
                | "ceph"
                | "lustre"
                | "ncpfs"
                | "gpfs"
                | "fuse.sshfs"
                | "fuse.glusterfs"
                | "fuse.rclone"
        );
    remote.then_some(kind)
}

/// A mount table writes a blank as `\040`, and a backslash, a tab and a line end likewise.
fn unescape(word: &str) -> String {
    word.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_names_stay_and_others_never_collide() {
        assert_eq!(file_name("elevated", "production"), "elevated-production.journal");
        let names = [
            file_name("a-b", "c"),
            file_name("a", "b-c"),
            file_name("a b", "c"),
            file_name("A-B", "c"),
            file_name("", ""),
            file_name("../../etc", "passwd"),
            file_name("..", ".."),
            file_name(&"x".repeat(300), "c"),
            file_name(&"x".repeat(301), "c"),
        ];
        for (index, name) in names.iter().enumerate() {
            assert!(!name.contains('/') && !name.starts_with('.') && name.len() < 128, "{name}");
            assert!(!names[..index].contains(name), "{name} stands for two consoles");
        }
    }

    #[test]
    fn the_nearest_mount_decides() {
        let mounts = "/dev/sda / ext4 rw 0 0\nserver:/home /home nfs4 rw 0 0\n/dev/sdb /home/ann ext4 rw 0 0\n\
                      //server/x /mnt/my\\040files cifs rw 0 0\n";
        let kind = |path: &str| network_kind(mounts, Path::new(path));
        assert_eq!(kind("/var/a.journal"), None);
        assert_eq!(kind("/home/bob/a.journal"), Some("nfs4"));
        assert_eq!(kind("/home/ann/a.journal"), None);
        assert_eq!(kind("/homes/a.journal"), None, "a prefix is whole names");
        assert_eq!(kind("/mnt/my files/a.journal"), Some("cifs"));
        assert_eq!(network_kind("", Path::new("/a")), None);
    }
}
