//! Keeping a journal: backups, back from one, and leaving out what is too old.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::super::incident::{entries, path};
use super::super::print::ended;
use super::super::{Arguments, Exit, guard, open, print};
use super::when::When;
use super::{refused, who};
use crate::domain::fact::{Fact, Logged};
use crate::domain::time::Timestamp;
use crate::journal::{self, Copied};
use crate::report;

/// Copies the journal and what is kept beside it.
pub fn backup(arguments: &Arguments, output: &Path, as_json: bool) -> color_eyre::Result<Exit> {
    let path = path(arguments)?;
    let files = files(&entries(arguments)?);
    let copied = journal::back_up(&path, output, &files).map_err(|error| refused(&error))?;
    Ok(told("backup", &copied, as_json))
}

/// Makes a backup the journal again.
pub fn restore(arguments: &Arguments, file: &Path, replace: bool, as_json: bool) -> color_eyre::Result<Exit> {
    let path = path(arguments)?;
    if journal::is_record(file) {
        let why =
            format!("{}: this is the record of an export: see midwatch incident import", file.display());
        return Err(ended(Exit::Usage, why));
    }
    let contents = journal::read(file).map_err(|error| ended(Exit::Unknown, error.to_string()))?;
    let files = files(&contents.entries);
    let before = replace.then(|| beside(&path, "replaced"));
    let restoring = format!("{}, who restores a backup", who(arguments)?);
    let copied =
        journal::restore(file, &path, before.as_deref(), &files, &restoring).map_err(|error| match &error {
            journal::RecordError::There(_) if !replace => ended(
                Exit::Refused,
                format!(
                    "{}: a journal is there; --replace keeps it beside, under another name, and puts the backup in its \
                     place",
                    path.display()
                ),
            ),
            _ => refused(&error),
        })?;
    Ok(told("journal", &copied, as_json))
}

/// A name beside the journal that says what for, and when.
fn beside(path: &Path, what: &str) -> PathBuf {
    let now = guard::now().utc().map_or_else(String::new, |at| at.format("%Y%m%dT%H%M%S%3fZ").to_string());
    let mut name = path.as_os_str().to_os_string();
    name.push(format!(".{what}-{now}"));
    name.into()
}

fn files(entries: &[Logged]) -> Vec<String> {
    let hashes: BTreeSet<String> = report::artifacts(entries).into_iter().map(|file| file.hash).collect();
    hashes.into_iter().collect()
}

fn told(what: &str, copied: &Copied, as_json: bool) -> Exit {
    let Copied { place, entries, head, artifacts, lacking, readings, before } = copied;
    if as_json {
        let lacking: Vec<_> = lacking.iter().map(|(hash, why)| json!({ "hash": hash, "why": why })).collect();
        print::json(&json!({
            what: place, "entries": entries, "head": head, "artifacts": artifacts, "lacking": lacking,
            "readings": readings, "before": before,
        }));
    } else {
        let readings = if *readings { ", readings for replay" } else { "" };
        let files = if *artifacts == 1 { "1 artifact".into() } else { format!("{artifacts} artifacts") };
        print::line(&format!("{}: {entries} entries, whole: {head}", place.display()));
        print::line(&format!("with it: {files}{readings}"));
        if let Some(before) = before {
            print::line(&format!("the journal that was there is {}", before.display()));
        }
        for (hash, why) in lacking {
            print::line(&format!("LACKING artifact {hash}: {why}"));
        }
    }
    if lacking.is_empty() { Exit::Done } else { Exit::Failed }
}

/// Leaves out what is older than `before`, or than what is configured.
pub fn prune(
    arguments: &Arguments,
    before: Option<&When>,
    archive: Option<&Path>,
    dry_run: bool,
    as_json: bool,
) -> color_eyre::Result<Exit> {
    let now = guard::now();
    let path = path(arguments)?;
    let before = match before {
        Some(when) => when.begins(now),
        None => configured(arguments, now)?,
    };
    if before > now {
        return Err(ended(
            Exit::Usage,
            format!("{before} is still to come: what is older than it is not known yet"),
        ));
    }
    let contents = journal::read(&path).map_err(|error| ended(Exit::Unknown, error.to_string()))?;
    if let Some(from) = &contents.imported {
        let why =
            format!("{}: it was imported ({from}) and is only read; remove the file instead", path.display());
        return Err(ended(Exit::Refused, why));
    }
    let outdated = report::outdated(&contents.entries, before);
    let archive = archive.map_or_else(|| beside(&path, "whole"), Path::to_path_buf);
    if dry_run || outdated.entries.is_empty() {
        would(&path, &outdated, before, as_json);
        return Ok(Exit::Done);
    }
    let verified = journal::verify(&path).map_err(|error| ended(Exit::Unknown, error.to_string()))?;
    let by = who(arguments)?;
    let fact = Fact::RecordPruned {
        before,
        entries: outdated.entries.len() as u64,
        archive: crate::domain::text::clean(&archive.to_string_lossy()).into_owned(),
        head: verified.head,
        by: by.clone(),
    };
    let last = contents.entries.iter().map(|entry| entry.seq);
    let last = last.chain(contents.unreadable.iter().map(|(seq, _)| *seq)).max().unwrap_or(0);
    let note = Logged { seq: last + 1, at: now, incident: None, fact };
    let kept = files(&contents.entries);
    let pruning = format!("{by}, who prunes it");
    let gone = &outdated.artifacts;
    let pruned = journal::prune(&path, &archive, &outdated.entries, &note, (&kept, gone), &pruning)
        .map_err(|error| refused(&error))?;
    if as_json {
        print::json(&json!({
            "journal": path, "before": before, "entries": pruned.entries, "archive": pruned.archive,
            "head": pruned.head, "artifacts": pruned.artifacts, "incidents": outdated.incidents,
            "dry_run": false,
        }));
    } else {
        print::line(&format!("{}: {} entries from before {before} left out", path.display(), pruned.entries));
        print::line(&format!("all of them are in {}: {}", pruned.archive.display(), pruned.head));
        kept_lines(&outdated);
    }
    Ok(Exit::Done)
}

fn configured(arguments: &Arguments, now: Timestamp) -> color_eyre::Result<Timestamp> {
    let settings = open::given(&arguments.common, false)?;
    settings.and_then(|settings| settings.console.retention).map(|kept| now.minus(kept)).ok_or_else(|| {
        ended(Exit::Usage, "say with --before how old it may be, or configure `retention` in [console]")
    })
}

/// Says what would go.
fn would(path: &Path, outdated: &report::Outdated, before: Timestamp, as_json: bool) {
    if as_json {
        let kept: Vec<_> =
            outdated.kept.iter().map(|(incident, why)| json!({ "incident": incident, "why": why })).collect();
        print::json(&json!({
            "journal": path, "before": before, "entries": outdated.entries.len(), "incidents": outdated.incidents,
            "artifacts": outdated.artifacts.len(), "kept": kept, "dry_run": true,
        }));
        return;
    }
    let count = outdated.entries.len();
    if count == 0 {
        print::line(&format!("{}: nothing from before {before} may go", path.display()));
    } else {
        let files = outdated.artifacts.len();
        print::line(&format!("{count} entries from before {before} would go, and {files} files with them"));
        let names: Vec<String> = outdated.incidents.iter().map(ToString::to_string).collect();
        if !names.is_empty() {
            print::line(&format!("of {}", names.join(", ")));
        }
    }
    kept_lines(outdated);
}

fn kept_lines(outdated: &report::Outdated) {
    for (incident, why) in &outdated.kept {
        print::line(&format!("{incident} keeps everything: {why}"));
    }
}
