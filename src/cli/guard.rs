//! Whether a configuration was looked at: before that nothing of it runs, no secret of it is read and
//! nobody is asked anything for it. The operator's own configuration is no stranger's.

use std::path::{Path, PathBuf};

use directories::ProjectDirs;

use crate::config::{Settings, able};
use crate::domain::ids::RunbookId;
use crate::domain::looked::{LookLine, Record, SeenBlock, SeenConfiguration, blocks, compared, line_digests};
use crate::domain::time::Timestamp;
use crate::io::looked::{LookedError, LookedStore};
use crate::runtime::Clock;
use crate::state::{Looked, Plan};

use super::Exit;
use super::open::{self, Configuration};
use super::print::ended;

/// That somebody agreed to what a configuration can do: without it no secret is resolved.
#[derive(Debug)]
pub struct Agreed(());

impl Agreed {
    /// For what we wrote ourselves: the simulated company.
    pub fn ours() -> Self {
        Self(())
    }
}

/// A configuration that somebody has to look at.
#[derive(Debug)]
pub struct Unlooked {
    file: PathBuf,
    hash: String,
    text: String,
    able: Vec<String>,
    before: Option<SeenConfiguration>,
}

/// How a configuration stands.
#[derive(Debug)]
pub enum Standing {
    /// It may run.
    Agreed(Agreed),
    /// It may not yet.
    Unlooked(Box<Unlooked>),
}

/// The store of what was looked at, of this user.
pub fn store() -> color_eyre::Result<LookedStore> {
    let directory = open::directory(ProjectDirs::data_dir, "data").ok_or_else(|| {
        ended(Exit::Usage, "there is no data directory to remember in what was looked at: HOME is not set")
    })?;
    LookedStore::open(directory.join("looked")).map_err(|error| unusable(&error))
}

/// What a store that cannot be used ends with.
pub fn unusable(error: &LookedError) -> color_eyre::Report {
    ended(Exit::Usage, error.to_string())
}

/// How the configuration that was `found` stands, whose `settings` were read from it.
pub fn standing(found: &Configuration, settings: &Settings) -> color_eyre::Result<Standing> {
    if found.own {
        return Ok(Standing::Agreed(Agreed(())));
    }
    let (store, hash) = (store()?, found.hash());
    let record = store.record(&found.file).map_err(|error| unusable(&error))?;
    if record.configurations.iter().any(|seen| seen.hash == hash) {
        return Ok(Standing::Agreed(Agreed(())));
    }
    Ok(Standing::Unlooked(Box::new(Unlooked {
        file: found.file.clone(),
        hash,
        text: found.text.clone(),
        able: able(settings),
        before: record.configurations.last().cloned(),
    })))
}

/// That the configuration was looked at, or the end: for commands that ask nobody.
pub fn agreed(found: &Configuration, settings: &Settings) -> color_eyre::Result<Agreed> {
    match standing(found, settings)? {
        Standing::Agreed(agreed) => Ok(agreed),
        Standing::Unlooked(unlooked) => Err(ended(Exit::Refused, unlooked.refusal())),
    }
}

impl Unlooked {
    /// Why nothing of it runs, and what to do.
    pub fn refusal(&self) -> String {
        let file = self.file.display();
        let what = match &self.before {
            None => format!("{file}: nobody has looked at it here"),
            Some(seen) => format!("{file}: it changed since {} looked at it, {}", seen.by, seen.at.rfc3339()),
        };
        format!("{what}, so nothing of it runs: `midwatch look` shows what it can do")
    }

    /// What there is to read before agreeing.
    pub fn lines(&self) -> Vec<LookLine> {
        let file = self.file.display();
        let mut lines = Vec::new();
        match &self.before {
            None => {
                lines.push(LookLine::Text(format!(
                    "{file}: nobody has looked at it here. Nothing of it has run, no secret was read, and nobody \
                     was asked anything. This is what it can do:"
                )));
                lines.push(LookLine::Text(String::new()));
                lines.extend(self.able.iter().map(|line| plain(line)));
            }
            Some(seen) => {
                lines.push(LookLine::Text(format!(
                    "{file} changed since {} looked at it, {}. Nothing of it has run since. This is what it can \
                     do, + what is new and - what is gone:",
                    seen.by,
                    seen.at.rfc3339()
                )));
                lines.push(LookLine::Text(String::new()));
                lines.extend(self.since(seen));
            }
        }
        lines.push(LookLine::Text(String::new()));
        lines.push(LookLine::Text(
            "What a program does that it runs is not seen from here. SHA-256 of the file:".to_owned(),
        ));
        lines.push(LookLine::Code(self.hash.clone()));
        lines
    }

    /// What changed since it was `seen`.
    fn since(&self, seen: &SeenConfiguration) -> Vec<LookLine> {
        let mut lines: Vec<LookLine> = if seen.lines == self.able {
            self.able.iter().map(|line| plain(line)).collect()
        } else {
            compared(&seen.lines, &self.able).into_iter().map(under_headings).collect()
        };
        let digests = line_digests(&self.text);
        let (mut new, mut gone) = (Vec::new(), 0);
        let mut texts = self.text.lines().zip(1..);
        for change in crate::domain::difference::difference(&seen.digests, &digests) {
            match change {
                crate::domain::difference::Changed::Same(_) => drop(texts.next()),
                crate::domain::difference::Changed::Gone(_) => gone += 1,
                crate::domain::difference::Changed::New(_) => {
                    if let Some((text, line)) = texts.next() {
                        new.push(LookLine::New(format!("{line}: {}", crate::domain::text::clean(text))));
                    }
                }
            }
        }
        lines.push(LookLine::Text(String::new()));
        lines.push(LookLine::Heading(format!("Lines of the file: {} new, {gone} gone", new.len())));
        lines.extend(new);
        lines
    }

    /// Remembers that `by` looked at it.
    pub fn accept(&self, by: &str) -> color_eyre::Result<Agreed> {
        let seen = SeenConfiguration {
            hash: self.hash.clone(),
            lines: self.able.clone(),
            digests: line_digests(&self.text),
            at: now(),
            by: by.to_owned(),
        };
        keep(&self.file, Record { configurations: vec![seen], ..Record::default() })?;
        Ok(Agreed(()))
    }

    /// What the journal says of it: what, and its hash.
    pub fn told(&self) -> (String, String) {
        (crate::domain::text::clean(&self.file.to_string_lossy()).into_owned(), self.hash.clone())
    }
}

/// A line of what a configuration can do: a heading, or what stands under one.
pub fn plain(line: &str) -> LookLine {
    match line.strip_prefix("  ") {
        Some(under) => LookLine::Code(under.to_owned()),
        None => LookLine::Heading(line.to_owned()),
    }
}

/// A line of a difference between two such lists, its mark in place of the indentation.
fn under_headings(line: LookLine) -> LookLine {
    let bare = |text: String| text.strip_prefix("  ").map(str::to_owned).unwrap_or(text);
    match line {
        LookLine::Code(text) => plain(&text),
        LookLine::New(text) => LookLine::New(bare(text)),
        LookLine::Gone(text) => LookLine::Gone(bare(text)),
        LookLine::Heading(_) | LookLine::Text(_) => line,
    }
}

/// Adds to what is known of a file.
pub fn keep(file: &Path, record: Record) -> color_eyre::Result<()> {
    let path = file.canonicalize().unwrap_or_else(|_| file.to_path_buf());
    let record = Record { path: path.to_string_lossy().into_owned(), ..record };
    store()?.add(file, record).map_err(|error| unusable(&error))
}

/// What was looked at of the runbook at `path`.
pub fn seen(path: &Path) -> color_eyre::Result<Vec<SeenBlock>> {
    Ok(store()?.record(path).map_err(|error| unusable(&error))?.blocks)
}

/// Where the look of each runbook of `paths` is kept, by its name.
pub fn kept_at(paths: &[PathBuf]) -> Vec<(RunbookId, PathBuf)> {
    paths.iter().map(|path| (RunbookId::from(open::shown(path).as_str()), path.clone())).collect()
}

/// Now, for the record.
pub fn now() -> Timestamp {
    Clock::default().now()
}

/// Runbooks that Midwatch wrote itself, just now: nobody has to look at them.
pub fn ours(plan: &Plan) -> Looked {
    let (at, by) = (now(), "midwatch".to_owned());
    let mut looked = Looked::default();
    for runbook in &plan.runbooks {
        let seen = blocks(runbook).into_iter().map(|block| SeenBlock { block, at, by: by.clone() });
        looked.add(&runbook.id, seen);
    }
    looked
}
