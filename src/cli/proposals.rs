//! `midwatch runbook proposals`: what incidents have taught, as a patch to the runbooks.

use std::path::PathBuf;

use crate::report::{self, Learned};

use super::{Arguments, Exit, incident, open, print};

/// Prints the patch for `files`, or for the runbooks of the configuration. Alerts that no step mentions get one in the first.
pub fn proposals(arguments: &Arguments, files: &[PathBuf]) -> color_eyre::Result<Exit> {
    let learned = Learned::of(&incident::entries(arguments)?);
    let settings = open::given(&arguments.common, files.is_empty())?;
    let files = match &settings {
        Some(settings) if files.is_empty() => &settings.console.runbooks,
        Some(_) | None => files,
    };
    let mut found = Vec::new();
    let read = open::readings(files, &mut found);
    let mut unread = read.len() < files.len();
    let mut texts = Vec::new();
    for file in read {
        match String::from_utf8(file.bytes) {
            Ok(text) => texts.push((open::shown(&file.path), text, file.reading.runbook)),
            Err(_) => {
                unread = true;
                print::note(&format!("{}: it is no UTF-8, so no patch fits it", open::shown(&file.path)));
            }
        }
    }
    let mentioned = |name: &str| texts.iter().any(|(_, text, _)| text.contains(&format!("`{name}`")));
    let alerts: Vec<_> = learned.unmentioned.iter().filter(|signal| !mentioned(signal.as_str())).collect();
    let mut changes = false;
    for (at, (name, text, runbook)) in texts.iter().enumerate() {
        let alerts = alerts.iter().copied().filter(|_| at == 0);
        let patch = report::patch(name, text, &report::proposed(text, runbook, &learned, alerts));
        changes |= !patch.is_empty();
        print::exactly(&patch);
    }
    print::diagnostics(&found);
    if !changes && !unread {
        print::note("Nothing to propose: it takes two incidents that went through the same step.");
    }
    Ok(if unread { Exit::Usage } else { Exit::Done })
}
