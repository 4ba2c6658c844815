//! Files written whole or not at all, and read up to a limit, with what is wrong in words.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

/// Why a file cannot be read. Displays in words, without the file's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// There is none.
    #[error("no such file")]
    Absent,
    /// It is a directory.
    #[error("is a directory, not a file")]
    Directory,
    /// It is a pipe, a device or a socket: reading it might never end.
    #[error("is not a regular file")]
    Special,
    /// It is larger than the limit, in bytes.
    #[error("is larger than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
    /// Others than its owner may read it: its permission bits.
    #[error("others can read it (mode {mode:03o})")]
    Exposed {
        /// The permission bits.
        mode: u32,
    },
    /// The machine says no.
    #[error("cannot be read: {0}")]
    Unreadable(String),
}

/// The whole of a regular file of at most `limit` bytes.
pub fn read_bounded(path: &Path, limit: usize) -> Result<Vec<u8>, FileError> {
    let (file, metadata) = open(path)?;
    read(&file, &metadata, limit)
}

/// [`read_bounded`], for a file that only its owner may read.
pub fn read_private(path: &Path, limit: usize) -> Result<Vec<u8>, FileError> {
    let (file, metadata) = open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(FileError::Exposed { mode });
        }
    }
    read(&file, &metadata, limit)
}

fn open(path: &Path) -> Result<(File, Metadata), FileError> {
    // Asked before opening, because opening a pipe waits for its writer; asked again of what was
    // opened, because that is what is read.
    regular(&fs::metadata(path).map_err(|error| why(&error))?)?;
    let file = File::open(path).map_err(|error| why(&error))?;
    let metadata = file.metadata().map_err(|error| why(&error))?;
    regular(&metadata)?;
    Ok((file, metadata))
}

fn regular(metadata: &Metadata) -> Result<(), FileError> {
    if metadata.is_dir() {
        Err(FileError::Directory)
    } else if metadata.is_file() {
        Ok(())
    } else {
        Err(FileError::Special)
    }
}

fn read(file: &File, metadata: &Metadata, limit: usize) -> Result<Vec<u8>, FileError> {
    let most = u64::try_from(limit).unwrap_or(u64::MAX);
    if metadata.len() > most {
        return Err(FileError::TooLarge { limit });
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
    file.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| why(&error))?;
    if bytes.len() > limit { Err(FileError::TooLarge { limit }) } else { Ok(bytes) }
}

fn why(error: &io::Error) -> FileError {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => FileError::Absent,
        io::ErrorKind::IsADirectory => FileError::Directory,
        io::ErrorKind::PermissionDenied => FileError::Unreadable("permission denied".to_owned()),
        _ => FileError::Unreadable(error.to_string()),
    }
}

/// [`write_whole`], for a file that only its owner may read.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write(path, bytes, 0o600)
}

/// Writes `bytes` to `path` so that whoever reads it, after a crash too, finds either what was there
/// or all of `bytes`. A file that was there keeps its permissions; a symbolic link stays one.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // Like any new file: what the umask leaves of it.
    write(path, bytes, 0o666)
}

fn write(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".midwatch-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(mode));
    }
    let mut file = builder.tempfile_in(directory)?;
    if let Ok(before) = fs::metadata(path) {
        file.as_file().set_permissions(before.permissions())?;
    }
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    // Without it the new name may not survive a power cut. Not every file system can.
    #[cfg(unix)]
    if let Ok(directory) = OpenOptions::new().read(true).open(directory) {
        drop(directory.sync_all());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("report.md");
        write_whole(&path, b"first").unwrap();
        write_whole(&path, b"second").unwrap();
        assert_eq!(read_bounded(&path, 6), Ok(b"second".to_vec()));
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
        assert!(write_whole(&directory.path().join("absent/report.md"), b"").is_err());
    }

    #[test]
    fn what_cannot_be_read_is_said_in_words() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        write_whole(&path, b"1234567").unwrap();
        assert_eq!(read_bounded(&path, 7).map(|bytes| bytes.len()), Ok(7));
        assert_eq!(read_bounded(&path, 6), Err(FileError::TooLarge { limit: 6 }));
        assert_eq!(read_bounded(directory.path(), 6), Err(FileError::Directory));
        assert_eq!(read_bounded(&directory.path().join("none"), 6), Err(FileError::Absent));
        assert_eq!(read_bounded(&path.join("none"), 6), Err(FileError::Absent));
        #[cfg(unix)]
        assert_eq!(read_bounded(Path::new("/dev/zero"), 6), Err(FileError::Special));
    }

    #[cfg(unix)]
    #[test]
    fn permissions_and_links_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        write_whole(&path, b"one").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(read_private(&path, 10), Err(FileError::Exposed { mode: 0o640 }));
        let link = directory.path().join("link");
        symlink(&path, &link).unwrap();
        write_whole(&link, b"two").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(read_bounded(&path, 10), Ok(b"two".to_vec()));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    }
}
