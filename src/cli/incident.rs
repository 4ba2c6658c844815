//! `midwatch incident`: the record, read.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::domain::fact::Logged;
use crate::journal;
use crate::report;

use super::print::ended;
use super::{Arguments, Exit, open, print};

/// The journal that is meant: `--journal` alone is enough, without any configuration.
pub fn path(arguments: &Arguments) -> color_eyre::Result<PathBuf> {
    match &arguments.common.journal {
        Some(path) => Ok(path.clone()),
        None => open::journal_path(&open::settings(&arguments.common)?.0),
    }
}

/// The facts of the journal that is meant; what is not understood of it is told.
pub fn entries(arguments: &Arguments) -> color_eyre::Result<Vec<Logged>> {
    let path = path(arguments)?;
    let contents = journal::read(&path).map_err(|error| ended(Exit::Unknown, error.to_string()))?;
    for (seq, why) in &contents.unreadable {
        print::note(&format!("warning: {}: entry {seq} is not understood: {why}", path.display()));
    }
    Ok(contents.entries)
}

/// Lists the incidents, newest first.
pub fn list(arguments: &Arguments, as_json: bool) -> color_eyre::Result<Exit> {
    let entries = entries(arguments)?;
    let incidents = report::incidents(&entries);
    if as_json {
        print::json(&json!({ "incidents": incidents }));
    } else if incidents.is_empty() {
        print::note("No incident is in this journal.");
    } else {
        incidents.iter().for_each(|incident| print::line(&incident.line()));
    }
    Ok(Exit::Done)
}

/// Shows one incident's timeline; without an incident, that of the whole journal.
pub fn show(arguments: &Arguments, incident: Option<&str>, as_json: bool) -> color_eyre::Result<Exit> {
    let entries = entries(arguments)?;
    let incidents = report::incidents(&entries);
    let chosen = match incident {
        Some(name) => {
            Some(incidents.iter().find(|known| known.id.as_str().eq_ignore_ascii_case(name)).ok_or_else(
                || ended(Exit::Usage, format!("no incident is called {name}: see `midwatch incident list`")),
            )?)
        }
        None => incidents.first(),
    };
    if as_json {
        print::json(&report::document(chosen, &entries));
    } else {
        report::timeline(chosen, &entries).iter().for_each(|line| print::line(line));
    }
    Ok(Exit::Done)
}

/// Says whether the journal's chain is whole, and every file that was kept beside it is what it was.
pub fn verify(arguments: &Arguments, as_json: bool) -> color_eyre::Result<Exit> {
    let path = path(arguments)?;
    let verified = journal::verify(&path).map_err(|error| ended(Exit::Unknown, error.to_string()))?;
    // What an altered journal says of files says nothing.
    let files = if verified.broken.is_none() { Some(kept(&path)?) } else { None };
    if as_json {
        let broken = verified.broken.as_ref().map(|broken| json!({ "seq": broken.seq, "why": broken.why }));
        let artifacts = files.as_ref().map(|(count, broken)| {
            let broken = broken.as_ref().map(
                |(file, why)| json!({ "seq": file.seq, "name": file.name, "hash": file.hash, "why": why }),
            );
            json!({ "kept": count, "broken": broken })
        });
        print::json(&json!({
            "journal": path, "entries": verified.entries, "head": verified.head, "broken": broken,
            "artifacts": artifacts,
        }));
    } else {
        match &verified.broken {
            None => print::line(&format!("{} entries, whole: {}", verified.entries, verified.head)),
            Some(broken) => print::line(&format!("BROKEN at entry {}: {}", broken.seq, broken.why)),
        }
        match &files {
            Some((_, Some((file, why)))) => {
                print::line(&format!("BROKEN artifact {} of entry {}: {why}", file.name, file.seq));
            }
            Some((0, None)) | None => {}
            Some((1, None)) => print::line("1 artifact, whole"),
            Some((count, None)) => print::line(&format!("{count} artifacts, whole")),
        }
    }
    let whole = matches!(files, Some((_, None)));
    Ok(if whole { Exit::Done } else { Exit::Failed })
}

/// How many files the journal says were kept, and the first that is not there as it was.
fn kept(path: &Path) -> color_eyre::Result<(usize, Option<(report::Artifact, String)>)> {
    let contents = journal::read(path).map_err(|error| ended(Exit::Unknown, error.to_string()))?;
    let kept = report::artifacts(&contents.entries);
    let count = kept.len();
    let bad = kept.into_iter().find_map(|file| journal::look(path, &file.hash).err().map(|why| (file, why)));
    Ok((count, bad))
}
