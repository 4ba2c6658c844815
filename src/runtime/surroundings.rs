//! What lint has to be told of the world around a runbook, short of installed tools: the nearest `package.json`, which
//! linked files are there, the signals of the configuration, today. Files are looked for, and none but `package.json`
//! is opened; nothing is run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::domain::finding::Finding;
use crate::domain::signal::Signal;
use crate::domain::text::clean;
use crate::io::files;
use crate::lint::{self, Known, Scripts};
use crate::runbook::Reading;

use super::Clock;

/// A `package.json` is at most this long.
const LONGEST: usize = 1 << 20;
/// How many directories upwards one is looked for.
const HIGHEST: usize = 32;

/// The configuration around runbooks, as far as lint is concerned.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// Its signals, where there is one.
    signals: Option<Arc<BTreeSet<String>>>,
    /// The directory it is in.
    beside: Option<PathBuf>,
}

impl Surroundings {
    /// Of a configuration with these signals, in this file.
    pub fn of(signals: &[Signal], file: Option<&Path>) -> Self {
        let signals = signals.iter().map(|signal| signal.id.as_str().to_owned()).collect();
        Self { signals: Some(Arc::new(signals)), beside: file.map(directory) }
    }

    /// What is known around the runbook at `path`, which holds `bytes`.
    pub fn known(&self, path: &Path, reading: &Reading, bytes: &[u8]) -> Known {
        let directory = directory(path);
        let files = lint::wanted(reading, bytes).files.into_iter().map(|link| {
            let there = directory.join(&link).exists();
            (link, there)
        });
        let beside = || self.beside.as_deref().and_then(scripts);
        Known {
            helps: BTreeMap::new(),
            files: files.collect(),
            scripts: scripts(&directory).or_else(beside),
            signals: self.signals.as_deref().cloned(),
            today: chrono::DateTime::from_timestamp_millis(Clock::default().now().millis())
                .map(|now| now.date_naive()),
        }
    }

    /// What a console finds in its runbook at `path`. It asks no tool: opening a console runs nothing.
    pub fn findings(&self, path: &Path, reading: &Reading, bytes: &[u8]) -> Vec<Finding> {
        lint::lint(reading, bytes, &self.known(path, reading, bytes))
    }
}

/// The directory a file is in, whole.
fn directory(path: &Path) -> PathBuf {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    directory.canonicalize().unwrap_or_else(|_| directory.to_path_buf())
}

/// The repository that `path` is in, or its directory where that is in none.
pub fn repository(path: &Path) -> PathBuf {
    let directory = directory(path);
    let root = directory.ancestors().take(HIGHEST).find(|above| above.join(".git").exists());
    root.map(Path::to_path_buf).unwrap_or(directory)
}

/// The scripts of the nearest `package.json` from `directory` upwards, no further than its repository.
fn scripts(directory: &Path) -> Option<Scripts> {
    for above in directory.ancestors().take(HIGHEST) {
        let file = above.join("package.json");
        if let Ok(bytes) = files::read_bounded(&file, LONGEST) {
            let package: serde_json::Value = serde_json::from_slice(&bytes).ok()?;
            let names = package.get("scripts").and_then(|scripts| scripts.as_object());
            let names = names.map(|scripts| scripts.keys().cloned().collect()).unwrap_or_default();
            let here = std::env::current_dir().and_then(|here| here.canonicalize()).unwrap_or_default();
            let shown = file.strip_prefix(&here).unwrap_or(&file).to_string_lossy();
            return Some(Scripts { file: clean(&shown).into_owned(), names });
        }
        if above.join(".git").exists() {
            return None;
        }
    }
    None
}
