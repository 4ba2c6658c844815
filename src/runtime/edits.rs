//! Files that were read at the start and may be edited while the console runs: looked at every two
//! seconds, read when they have come to rest, told when they say something else. Applies nothing.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::mpsc::Sender;

use crate::app::Msg;
use crate::domain::looked::digest;
use crate::domain::text::clean;
use crate::domain::variable;
use crate::io::files;
use crate::runbook;

use super::guarded::Guarded;
use super::surroundings::Surroundings;

/// Between two looks.
const EVERY: Duration = Duration::from_secs(2);
/// Between two looks while something is being written.
const SOON: Duration = Duration::from_millis(400);
/// Looks for which a file must have stayed as it is before it is read.
const REST: u32 = 1;
/// Looks for which it must have stayed away or empty: an editor may truncate it first, or move another
/// into its place.
const PATIENCE: u32 = 4;
/// A file is at most this long.
const LONGEST: usize = 16 * 1024 * 1024;

/// What a file is to the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Runbook,
    Configuration,
}

/// A file that is heeded.
#[derive(Clone, Debug)]
pub struct Heeded {
    path: PathBuf,
    /// As the operator knows it.
    name: String,
    kind: Kind,
    /// SHA-256 of what was read of it, in hex; nothing where it could not be.
    hash: Option<String>,
    /// How it looked when it was last read.
    read: Option<Sight>,
    /// How it looked last, and for how many looks before that.
    seen: (Sight, u32),
    /// Whether something was said of it.
    said: bool,
    /// The environment that is watched: variables are judged by it.
    environment: String,
    /// What is around it, for lint.
    surroundings: Surroundings,
}

/// What tells whether a file was touched, without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sight {
    Absent,
    /// When it was last changed (seconds and their parts, of the text and of the file), its length and
    /// which file it is.
    There([i64; 4], u64, u64),
}

impl Heeded {
    /// A runbook called `name`, read with this hash; without one where it could not be read.
    pub fn runbook(path: PathBuf, name: String, hash: Option<String>) -> Self {
        Self::new(path, name, Kind::Runbook, hash)
    }

    /// In a console that watches this environment.
    #[must_use]
    pub fn in_environment(self, environment: &str) -> Self {
        Self { environment: environment.to_owned(), ..self }
    }

    /// The same, with what is around it.
    #[must_use]
    pub fn within(self, surroundings: Surroundings) -> Self {
        Self { surroundings, ..self }
    }

    /// A configuration, read with this hash: what it says now is for the next start.
    pub fn configuration(path: PathBuf, name: String, hash: String) -> Self {
        Self::new(path, name, Kind::Configuration, Some(hash))
    }

    fn new(path: PathBuf, name: String, kind: Kind, hash: Option<String>) -> Self {
        // Not looked at yet: whatever became of it since it was read is seen by its hash.
        Self {
            path,
            name,
            kind,
            hash,
            read: None,
            seen: (Sight::Absent, 0),
            said: false,
            environment: String::new(),
            surroundings: Surroundings::default(),
        }
    }

    /// Looks at it: what there is to tell, and whether it is being written.
    fn look(&mut self) -> (Vec<Msg>, bool) {
        let sight = sight(&self.path);
        if self.read == Some(sight) {
            self.seen = (sight, 0);
            return (Vec::new(), false);
        }
        self.seen = (sight, if self.seen.0 == sight { self.seen.1.saturating_add(1) } else { 0 });
        let patience = match sight {
            Sight::Absent | Sight::There(_, 0, _) => PATIENCE,
            Sight::There(..) if self.read.is_none() => 0,
            Sight::There(..) => REST,
        };
        if self.seen.1 < patience {
            return (Vec::new(), true);
        }
        let bytes = files::read_bounded(&self.path, LONGEST);
        if sight != self::sight(&self.path) {
            // Written while it was read.
            return (Vec::new(), true);
        }
        self.read = Some(sight);
        let told = match bytes {
            Ok(bytes) => self.heard(&bytes),
            // The start said so.
            Err(_) if self.hash.is_none() => Vec::new(),
            Err(why) => vec![self.says(Some(format!("{}: {why}: it stays as it was read", self.name)))],
        };
        (told, false)
    }

    /// What there is to tell of a file that holds `bytes`.
    fn heard(&mut self, bytes: &[u8]) -> Vec<Msg> {
        let hash = digest(bytes);
        let same = self.hash.as_ref() == Some(&hash);
        if !same && self.kind == Kind::Configuration {
            return vec![self.says(Some(format!("{} was edited: restart to use it", self.name)))];
        }
        let mut told = Vec::new();
        if self.said {
            told.push(self.says(None));
        }
        if !same {
            self.hash = Some(hash);
            let reading = runbook::read(&self.name, bytes);
            let findings = self.surroundings.findings(&self.path, &reading, bytes);
            let (runbook, diagnostics) = (Box::new(reading.runbook), reading.diagnostics);
            let held = crate::io::environment::held();
            let needed = variable::check(std::slice::from_ref(&*runbook), &self.environment, &held);
            told.push(Msg::RunbookRead { runbook, diagnostics, needed, findings });
        }
        told
    }

    fn says(&mut self, says: Option<String>) -> Msg {
        self.said = says.is_some();
        Msg::OnDisk { file: self.name.clone(), says: says.map(|says| clean(&says).into_owned()) }
    }
}

fn sight(path: &Path) -> Sight {
    let Ok(about) = std::fs::metadata(path) else { return Sight::Absent };
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let times = [about.mtime(), about.mtime_nsec(), about.ctime(), about.ctime_nsec()];
        Sight::There(times, about.len(), about.ino())
    }
    #[cfg(not(unix))]
    {
        let since = about.modified().ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
        let millis = since.and_then(|since| i64::try_from(since.as_millis()).ok()).unwrap_or(0);
        Sight::There([millis, 0, 0, 0], about.len(), 0)
    }
}

/// Looks at `files` for as long as somebody hears of it. The disk may be slow: nobody waits for it.
pub(super) fn heed(files: Vec<Heeded>, sender: Sender<Msg>) {
    if files.is_empty() {
        return;
    }
    tokio::spawn(async move {
        let broke = sender.clone();
        if let Err(detail) = Guarded::new(looking(files, sender)).await {
            let says = format!("edits of files are not noticed any more: {detail}");
            drop(broke.send(Msg::OnDisk { file: String::new(), says: Some(says) }).await);
        }
    });
}

async fn looking(mut files: Vec<Heeded>, sender: Sender<Msg>) {
    let mut wait = Duration::ZERO;
    loop {
        tokio::time::sleep(wait).await;
        let look = move || {
            let looked: Vec<(Vec<Msg>, bool)> = files.iter_mut().map(Heeded::look).collect();
            (files, looked)
        };
        let Ok((back, looked)) = tokio::task::spawn_blocking(look).await else { return };
        files = back;
        wait = if looked.iter().any(|(_, writing)| *writing) { SOON } else { EVERY };
        for msg in looked.into_iter().flat_map(|(told, _)| told) {
            if sender.send(msg).await.is_err() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[expect(clippy::disallowed_methods, reason = "files of these tests are written as editors write them")]
    fn write(path: &Path, text: &str) {
        fs::write(path, text).unwrap();
    }

    /// Looks until it has come to rest, and gives what was told.
    fn settled(file: &mut Heeded) -> Vec<Msg> {
        let mut told = Vec::new();
        for _ in 0..20 {
            let (more, writing) = file.look();
            told.extend(more);
            if !writing {
                return told;
            }
        }
        panic!("it never comes to rest");
    }

    fn read(told: &[Msg]) -> Vec<String> {
        let hash = |msg: &Msg| match msg {
            Msg::RunbookRead { runbook, .. } => runbook.hash.clone(),
            other => panic!("{other:?}"),
        };
        told.iter().map(hash).collect()
    }

    fn runbook(text: &str) -> (tempfile::TempDir, PathBuf, Heeded) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("runbook.md");
        write(&path, text);
        let hash = Some(digest(text.as_bytes()));
        let mut file = Heeded::runbook(path.clone(), "runbook.md".into(), hash);
        assert_eq!(settled(&mut file), []);
        (directory, path, file)
    }

    #[test]
    fn an_edit_is_told_once_and_a_touch_is_not() {
        let (_directory, path, mut file) = runbook("# One\n");
        write(&path, "# Two\n");
        assert_eq!(read(&settled(&mut file)), [digest(b"# Two\n")]);
        write(&path, "# Two\n");
        assert_eq!(settled(&mut file), []);
        assert_eq!(settled(&mut file), []);
    }

    #[test]
    fn what_was_edited_before_the_first_look_is_told() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("runbook.md");
        write(&path, "# Two\n");
        let mut file = Heeded::runbook(path, "runbook.md".into(), Some(digest(b"# One\n")));
        assert_eq!(read(&settled(&mut file)), [digest(b"# Two\n")]);
    }

    #[test]
    fn editors_replace_a_file_take_it_away_for_a_moment_and_leave_it_empty_first() {
        let (directory, path, mut file) = runbook("# One\n");
        let other = directory.path().join("runbook.md~");
        write(&other, "# Two\n");
        fs::rename(&other, &path).unwrap();
        assert_eq!(read(&settled(&mut file)), [digest(b"# Two\n")]);

        fs::remove_file(&path).unwrap();
        assert_eq!(file.look(), (Vec::new(), true), "it may come back");
        write(&path, "");
        assert_eq!(file.look(), (Vec::new(), true), "it is not written yet");
        write(&path, "# Thr");
        assert_eq!(file.look(), (Vec::new(), true), "it is being written");
        write(&path, "# Three\n");
        assert_eq!(read(&settled(&mut file)), [digest(b"# Three\n")]);
    }

    #[test]
    fn a_file_that_stays_away_is_said_and_said_no_more_when_it_is_back() {
        let (_directory, path, mut file) = runbook("# One\n");
        fs::remove_file(&path).unwrap();
        let told = settled(&mut file);
        let [Msg::OnDisk { says: Some(says), .. }] = &told[..] else { panic!("{told:?}") };
        assert_eq!(says, "runbook.md: no such file: it stays as it was read");
        assert_eq!(settled(&mut file), [], "said once");
        write(&path, "# One\n");
        assert!(matches!(settled(&mut file)[..], [Msg::OnDisk { says: None, .. }]));
    }

    #[test]
    fn a_configuration_is_said_and_never_read() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("midwatch.toml");
        write(&path, "a");
        let mut file = Heeded::configuration(path.clone(), "midwatch.toml".into(), digest(b"a"));
        assert_eq!(settled(&mut file), []);
        write(&path, "b");
        let says = Some("midwatch.toml was edited: restart to use it".to_owned());
        assert_eq!(settled(&mut file), [Msg::OnDisk { file: "midwatch.toml".into(), says }]);
        write(&path, "a");
        assert_eq!(settled(&mut file), [Msg::OnDisk { file: "midwatch.toml".into(), says: None }]);
    }

    #[test]
    fn one_that_could_not_be_read_at_the_start_is_read_when_it_can_be() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("runbook.md");
        let mut file = Heeded::runbook(path.clone(), "runbook.md".into(), None);
        assert_eq!(settled(&mut file), [], "the start said so");
        write(&path, "# One\n");
        assert_eq!(read(&settled(&mut file)), [digest(b"# One\n")]);
    }
}
