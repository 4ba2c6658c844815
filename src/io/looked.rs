//! What this user has looked at, kept on disk: one record a file that was looked at, in a directory that
//! nobody else can write. A store that others can write is refused: whoever can write it can run anything.

use std::fs::{self, DirBuilder, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use crate::domain::looked::{Record, digest};

use super::files::{self, FileError};

/// A record is at most this long.
const LONGEST: usize = 32 * 1024 * 1024;

/// Why the store cannot be used. Displays in words, with what to do.
#[derive(Debug, thiserror::Error)]
pub enum LookedError {
    /// Somebody else owns it, and could change it at any time.
    #[error("{} belongs to another user: remove it, or set MIDWATCH_HOME to a directory of your own", .0.display())]
    Foreign(PathBuf),
    /// Others than its owner can write it.
    #[error("others can write {} (mode {mode:03o}), and with it say what may run: chmod {should:o} {}", place.display(), place.display())]
    Exposed {
        /// The directory or file.
        place: PathBuf,
        /// Its permission bits.
        mode: u32,
        /// What they should be.
        should: u32,
    },
    /// The machine says no.
    #[error("{}: {why}", place.display())]
    Unusable {
        /// The directory or file.
        place: PathBuf,
        /// In words.
        why: String,
    },
    /// It is no record.
    #[error("{} is damaged ({why}): remove it, and look again", place.display())]
    Damaged {
        /// The file.
        place: PathBuf,
        /// In words.
        why: String,
    },
}

/// Where records are kept.
#[derive(Clone, Debug)]
pub struct LookedStore {
    directory: PathBuf,
}

impl LookedStore {
    /// The store in `directory`, which need not be there yet. Refuses one that is not this user's alone.
    pub fn open(directory: PathBuf) -> Result<Self, LookedError> {
        match fs::metadata(&directory) {
            Ok(about) if about.is_dir() => own(&directory, &about, 0o700)?,
            Ok(_) => return Err(unusable(&directory, "it is not a directory")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(unusable(&directory, &error.to_string())),
        }
        Ok(Self { directory })
    }

    /// What is known of the file at `path`; an empty record where nothing is.
    pub fn record(&self, path: &Path) -> Result<Record, LookedError> {
        let place = self.place(path);
        match fs::metadata(&place) {
            Ok(about) => own(&place, &about, 0o600)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Record { path: path.to_string_lossy().into_owned(), ..Record::default() });
            }
            Err(error) => return Err(unusable(&place, &error.to_string())),
        }
        let bytes = match files::read_private(&place, LONGEST) {
            Ok(bytes) => bytes,
            Err(FileError::Exposed { mode }) => {
                return Err(LookedError::Exposed { place, mode, should: 0o600 });
            }
            Err(other) => return Err(unusable(&place, &other.to_string())),
        };
        serde_json::from_slice(&bytes).map_err(|error| LookedError::Damaged { place, why: error.to_string() })
    }

    /// Adds `record` to what is known of the file at `path`: it is on disk, whole, when this returns.
    pub fn add(&self, path: &Path, record: Record) -> Result<(), LookedError> {
        self.make()?;
        // Read again: another console may have added to it meanwhile.
        let mut known = self.record(path)?;
        known.add(record);
        let place = self.place(path);
        let bytes = serde_json::to_vec_pretty(&known).unwrap_or_default();
        files::write_private(&place, &bytes).map_err(|error| unusable(&place, &error.to_string()))
    }

    /// Makes the directory, for this user alone.
    fn make(&self) -> Result<(), LookedError> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::DirBuilderExt;
            builder.mode(0o700);
        }
        builder.create(&self.directory).map_err(|error| unusable(&self.directory, &error.to_string()))?;
        let about =
            fs::metadata(&self.directory).map_err(|error| unusable(&self.directory, &error.to_string()))?;
        own(&self.directory, &about, 0o700)
    }

    /// Where the record of the file at `path` is: links are followed, so that a file has one.
    fn place(&self, path: &Path) -> PathBuf {
        let path = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        self.directory.join(digest(path.as_os_str().as_encoded_bytes()))
    }
}

fn unusable(place: &Path, why: &str) -> LookedError {
    LookedError::Unusable { place: place.to_path_buf(), why: crate::domain::text::clean(why).into_owned() }
}

/// Refuses what another user owns or can write.
#[cfg(unix)]
fn own(place: &Path, about: &Metadata, should: u32) -> Result<(), LookedError> {
    use std::os::unix::fs::MetadataExt;
    let mode = about.mode() & 0o777;
    if about.uid() != nix::unistd::geteuid().as_raw() {
        Err(LookedError::Foreign(place.to_path_buf()))
    } else if mode & 0o022 != 0 {
        Err(LookedError::Exposed { place: place.to_path_buf(), mode, should })
    } else {
        Ok(())
    }
}

#[cfg(not(unix))]
fn own(_: &Path, _: &Metadata, _: u32) -> Result<(), LookedError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::looked::SeenConfiguration;
    use crate::domain::time::Timestamp;

    fn seen(hash: &str) -> Record {
        let seen = SeenConfiguration {
            hash: hash.into(),
            lines: vec!["runs true".into()],
            digests: Vec::new(),
            at: Timestamp::from_millis(0),
            by: "ann".into(),
        };
        Record { path: String::new(), configurations: vec![seen], blocks: Vec::new() }
    }

    #[test]
    fn what_was_looked_at_is_kept_by_the_file_and_added_to() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("midwatch.toml");
        files::write_whole(&file, b"x").unwrap();
        let store = LookedStore::open(home.path().join("data/looked")).unwrap();
        assert!(store.record(&file).unwrap().configurations.is_empty());
        store.add(&file, seen("one")).unwrap();
        store.add(&home.path().join("./midwatch.toml"), seen("two")).unwrap();
        let known = LookedStore::open(home.path().join("data/looked")).unwrap().record(&file).unwrap();
        assert_eq!(
            known.configurations.iter().map(|seen| seen.hash.as_str()).collect::<Vec<_>>(),
            ["one", "two"]
        );
        assert!(store.record(&home.path().join("other.toml")).unwrap().configurations.is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn it_is_for_one_user_and_refused_where_others_can_write_it() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let (file, directory) = (home.path().join("midwatch.toml"), home.path().join("looked"));
        let store = LookedStore::open(directory.clone()).unwrap();
        store.add(&file, seen("one")).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let record = store.place(&file);
        assert_eq!((mode(&directory), mode(&record)), (0o700, 0o600));

        for bits in [0o620, 0o602, 0o644] {
            fs::set_permissions(&record, fs::Permissions::from_mode(bits)).unwrap();
            let why = store.record(&file).unwrap_err().to_string();
            assert!(why.contains("chmod 600"), "{bits:o}: {why}");
        }
        fs::set_permissions(&record, fs::Permissions::from_mode(0o600)).unwrap();
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o777)).unwrap();
        let why = LookedStore::open(directory.clone()).unwrap_err().to_string();
        assert!(why.contains("others can write") && why.contains("chmod 700"), "{why}");
        assert!(store.add(&file, seen("two")).is_err());
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o700)).unwrap();

        files::write_whole(&record, b"{").unwrap();
        let why = store.record(&file).unwrap_err().to_string();
        assert!(why.contains("damaged") && why.contains("look again"), "{why}");
        assert!(LookedStore::open(file.clone()).is_ok(), "it is not there yet");
    }
}
