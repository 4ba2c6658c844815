//! `midwatch incident`: the record, read.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::domain::fact::Logged;
use crate::journal;
use crate::report::{self, Summary};

use super::print::ended;
use super::{Arguments, Exit, open, print, record};

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

/// The incident called `name` of those that are known, newest first; the newest where no name is given.
pub fn chosen<'a>(known: &'a [Summary], name: Option<&str>) -> color_eyre::Result<Option<&'a Summary>> {
    let Some(name) = name else { return Ok(known.first()) };
    let found = known.iter().find(|known| known.id.as_str().eq_ignore_ascii_case(name));
    let unknown =
        || ended(Exit::Usage, format!("no incident is called {name}: see `midwatch incident list`"));
    found.map(Some).ok_or_else(unknown)
}

/// Shows one incident's timeline; without an incident, that of the whole journal.
pub fn show(arguments: &Arguments, incident: Option<&str>, as_json: bool) -> color_eyre::Result<Exit> {
    let entries = entries(arguments)?;
    let incidents = report::incidents(&entries);
    let chosen = chosen(&incidents, incident)?;
    if as_json {
        print::json(&report::document(chosen, &entries));
    } else {
        report::timeline(chosen, &entries).iter().for_each(|line| print::line(line));
    }
    Ok(Exit::Done)
}

/// Says whether the journal's chain is whole, and every file that was kept beside it is what it was.
///
/// Of a `file` that was exported it says the same, without the journal.
pub fn verify(arguments: &Arguments, file: Option<&Path>, as_json: bool) -> color_eyre::Result<Exit> {
    let path = match file {
        Some(file) if journal::is_record(file) => return record::verify(file, as_json),
        Some(file) => file.to_path_buf(),
        None => path(arguments)?,
    };
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
            "journal": path, "entries": verified.entries, "left_out": verified.left_out, "head": verified.head,
            "broken": broken, "artifacts": artifacts,
        }));
    } else {
        match &verified.broken {
            None => {
                let left = match verified.left_out {
                    0 => String::new(),
                    count => format!(" ({count} left out)"),
                };
                print::line(&format!("{} entries{left}, whole: {}", verified.entries, verified.head));
            }
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
