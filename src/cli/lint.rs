//! `midwatch runbook lint`: what of a runbook cannot run, is dangerous or is not finished.
//!
//! A runbook's text runs nothing. Installed tools are asked for their `--help` by [`help`], for commands of shipped
//! tables; files are looked for and not opened, except the nearest `package.json`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::json;

use crate::domain::diagnostic::{Diagnostic, Severity};
use crate::domain::runbook::Runbook;
use crate::io::help;
use crate::lint::{self, Help, Known};
use crate::runtime::{Surroundings, repository};

use super::open::ReadFile;
use super::{Arguments, Exit, open, print};

/// Lints `files`, or the runbooks of the configuration. Without `asking` no tool is run.
pub async fn lint(
    arguments: &Arguments,
    paths: &[PathBuf],
    asking: bool,
    as_json: bool,
) -> color_eyre::Result<Exit> {
    let settings = open::given(&arguments.common, paths.is_empty())?;
    let all = paths.is_empty();
    let paths = match &settings {
        Some(settings) if paths.is_empty() => &settings.console.runbooks,
        Some(_) | None => paths,
    };
    let mut found = Vec::new();
    let read = open::readings(paths, &mut found);
    let wanted: BTreeSet<Vec<String>> =
        read.iter().flat_map(|read| lint::wanted(&read.reading, &read.bytes).helps).collect();
    let tools: BTreeSet<String> = wanted.iter().filter_map(|argv| argv.first().cloned()).collect();
    let helps = if asking {
        let within = repositories(paths);
        tokio::select! {
            pages = help::pages(wanted, &within) => pages,
            _ = tokio::signal::ctrl_c() => return Ok(Exit::Interrupted),
        }
    } else {
        Vec::new()
    };
    let helps: BTreeMap<Vec<String>, Help> =
        helps.into_iter().filter_map(|(argv, page)| Some((argv, Help::read(&page)?))).collect();
    let surroundings = settings.as_ref().map_or_else(Surroundings::default, |settings| {
        Surroundings::of(&settings.signals, settings.file.as_deref())
    });
    let could_not = !found.is_empty();
    for ReadFile { path, bytes, reading } in &read {
        let known = Known { helps: helps.clone(), ..surroundings.known(path, reading, bytes) };
        found.extend(lint::lint(reading, bytes, &known).into_iter().map(|finding| finding.diagnostic));
    }
    if let Some(settings) = &settings {
        let runbooks: Vec<&Runbook> = read.iter().map(|read| &read.reading.runbook).collect();
        found.extend(lint::bindings(&settings.bindings, &runbooks, all && !could_not));
    }
    if as_json {
        print::json(&json!({ "diagnostics": found }));
    } else {
        told(&found, &tools, &helps);
    }
    let wrong = found.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    Ok(match (could_not, wrong) {
        (true, _) => Exit::Usage,
        (false, true) => Exit::Failed,
        (false, false) => Exit::Done,
    })
}

/// Findings for people, and a last line that says by what tools were judged.
fn told(found: &[Diagnostic], tools: &BTreeSet<String>, helps: &BTreeMap<Vec<String>, Help>) {
    for diagnostic in found {
        let word = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "note",
        };
        let text = diagnostic.to_string();
        let (first, hint) = text.split_once('\n').unwrap_or((&text, ""));
        print::line(&format!("{first} [{word}: {}]", diagnostic.code));
        if !hint.is_empty() {
            print::line(hint);
        }
    }
    let count = |severity: Severity| found.iter().filter(|known| known.severity == severity).count();
    let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    print::note(&format!(
        "{}, {}, {}",
        plural(count(Severity::Error), "error"),
        plural(count(Severity::Warning), "warning"),
        plural(count(Severity::Info), "note")
    ));
    let asked = |tool: &&String| helps.contains_key(&vec![(*tool).clone()]);
    let by_help: Vec<&str> = tools.iter().filter(asked).map(String::as_str).collect();
    let by_table: Vec<&str> = tools.iter().filter(|tool| !asked(tool)).map(String::as_str).collect();
    if !by_help.is_empty() {
        print::note(&format!("judged by the --help of what is installed: {}", by_help.join(", ")));
    }
    if !by_table.is_empty() {
        print::note(&format!("judged by a shipped table: {}", by_table.join(", ")));
    }
}

/// The repositories that `paths` and the working directory are in: nothing in them is run.
fn repositories(paths: &[PathBuf]) -> Vec<PathBuf> {
    let here = std::env::current_dir().map(|here| here.join("x"));
    paths.iter().map(|path| repository(path)).chain(here.map(|here| repository(&here))).collect()
}
