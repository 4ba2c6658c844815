//! A record as one file: written, checked elsewhere, and made a journal again.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::json;

use super::super::incident::{chosen, entries, path};
use super::super::print::ended;
use super::super::{Arguments, Exit, guard, print};
use super::{refused, who};
use crate::domain::fact::Logged;
use crate::journal::{self, Examined, Wanted};
use crate::report;

/// What is to be exported.
pub struct Asked<'a> {
    /// The incident; the newest where none is given.
    pub incident: Option<&'a str>,
    /// The whole journal instead.
    pub all: bool,
    /// Where to.
    pub output: &'a Path,
    /// Whether files that were kept go with it.
    pub with_artifacts: bool,
}

/// Writes a record.
pub fn export(arguments: &Arguments, asked: &Asked<'_>, as_json: bool) -> color_eyre::Result<Exit> {
    let (path, entries) = (path(arguments)?, entries(arguments)?);
    let mut wanted = Wanted { by: who(arguments)?, at: guard::now().rfc3339(), ..Wanted::default() };
    if !asked.all {
        let known = report::incidents(&entries);
        let incident = chosen(&known, asked.incident)?
            .ok_or_else(|| ended(Exit::Usage, "no incident is in this journal: --all exports all of it"))?;
        let of = report::record_of(&incident.id, &known, &entries);
        wanted.incident = Some(incident.id.to_string());
        wanted.incidents = of.incidents.iter().map(ToString::to_string).collect();
        wanted.entries = of.entries;
    }
    let named = files(&wanted, &entries);
    if asked.with_artifacts {
        wanted.artifacts.clone_from(&named);
    }
    let exported = journal::export(&path, asked.output, &wanted).map_err(|error| refused(&error))?;
    let what = wanted.incident.as_deref().unwrap_or("the journal");
    if as_json {
        print::json(&json!({
            "record": asked.output, "incident": wanted.incident, "entries": exported.entries,
            "left_out": exported.left_out, "artifacts": exported.artifacts, "artifacts_named": named.len(),
            "seal": exported.seal,
        }));
    } else {
        let left = match exported.left_out {
            0 => String::new(),
            count => format!(" ({count} others left out)"),
        };
        print::line(&format!("{}: {what}, {} entries{left}", asked.output.display(), exported.entries));
        print::line(&format!("seal {}", exported.seal));
        let lacking = named.len() - exported.artifacts;
        match lacking {
            0 => {}
            1 => print::note("1 file that was kept is not in it: --with-artifacts puts it in"),
            count => {
                print::note(&format!(
                    "{count} files that were kept are not in it: --with-artifacts puts them in"
                ));
            }
        }
    }
    Ok(Exit::Done)
}

/// The files that what is `wanted` says were kept, by hash, each once.
fn files(wanted: &Wanted, entries: &[Logged]) -> Vec<String> {
    let meant = entries.iter().filter(|entry| {
        wanted.incident.is_none()
            || entry.incident.as_ref().is_some_and(|incident| wanted.incidents.contains(incident.as_str()))
    });
    let hashes: BTreeSet<String> = report::artifacts(meant).into_iter().map(|file| file.hash).collect();
    hashes.into_iter().collect()
}

/// Checks a record without its journal.
pub fn verify(file: &Path, as_json: bool) -> color_eyre::Result<Exit> {
    let examined = journal::examine(file).map_err(|error| refused(&error))?;
    if as_json {
        print::json(&document(file, &examined));
    } else {
        match &examined.fault {
            None => told(&examined).iter().for_each(|line| print::line(line)),
            Some(fault) => print::line(&format!("BROKEN at {fault}")),
        }
    }
    Ok(if examined.fault.is_none() { Exit::Done } else { Exit::Failed })
}

/// Makes a record a journal.
pub fn import(arguments: &Arguments, file: &Path, as_json: bool) -> color_eyre::Result<Exit> {
    let journal = arguments.common.journal.as_ref().ok_or_else(|| {
        ended(Exit::Usage, "say with --journal FILE which journal it is to be: one that is not there yet")
    })?;
    let examined = journal::import(file, journal).map_err(|error| refused(&error))?;
    if as_json {
        let mut document = document(file, &examined);
        document["journal"] = json!(journal);
        print::json(&document);
    } else {
        told(&examined).iter().for_each(|line| print::line(line));
        let journal = journal.display();
        print::line(&format!("{journal}: read it with midwatch incident show --journal {journal}"));
    }
    Ok(Exit::Done)
}

fn told(examined: &Examined) -> Vec<String> {
    let Examined { about, entries, left_out, last, head, artifacts, seal, .. } = examined;
    let what = about.incident.as_deref().unwrap_or("the whole journal");
    let mut lines = vec![
        format!("{what} of {}, written by {} at {}", about.journal, about.by, about.at),
        format!("{entries} entries, whole; {left_out} left out, of which nothing is proven"),
        format!("entry {last}: {head}"),
    ];
    match artifacts {
        0 => {}
        1 => lines.push("1 artifact, whole".into()),
        count => lines.push(format!("{count} artifacts, whole")),
    }
    lines.push(format!("seal {seal}"));
    lines
}

fn document(file: &Path, examined: &Examined) -> serde_json::Value {
    let Examined { about, entries, left_out, last, head, artifacts, seal, fault } = examined;
    let seal = fault.is_none().then_some(seal);
    json!({
        "record": file, "incident": about.incident, "of": about, "entries": entries, "left_out": left_out,
        "last": last, "head": head, "artifacts": artifacts, "seal": seal,
        "broken": fault.as_ref().map(|fault| json!({ "line": fault.line, "seq": fault.seq, "why": fault.why })),
    })
}
