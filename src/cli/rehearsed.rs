//! `midwatch runbook rehearsed`: when going back was last rehearsed, as a patch to the runbooks.

use std::path::PathBuf;

use crate::domain::text::clean;
use crate::domain::time::short;
use crate::io::files;
use crate::state::Watch;
use crate::{lint, report};

use super::print::ended;
use super::{Arguments, Exit, incident, open, print};

/// Prints the patch for `files`, or for the runbooks of the configuration.
pub fn rehearsed(arguments: &Arguments, files: &[PathBuf]) -> color_eyre::Result<Exit> {
    let mut watch = Watch::default();
    for entry in &incident::entries(arguments)? {
        watch.apply(entry);
    }
    let Some((known, took, at)) = watch.measured_rollback(true) else {
        let why = "no rehearsal is on record: go back to an earlier release in the demo or in staging";
        return Err(ended(Exit::Usage, why));
    };
    let day = at.rfc3339().split('T').next().unwrap_or_default().to_owned();
    let of = short(known.budget);
    let over = if took > known.budget { "longer than" } else { "within" };
    let value = format!("{day}, by {}, in {} ({over} {of})", clean(&known.by), short(took));
    let settings = open::given(&arguments.common, files.is_empty())?;
    let files = match &settings {
        Some(settings) if files.is_empty() => &settings.console.runbooks,
        Some(_) | None => files,
    };
    let mut unread = false;
    for path in files {
        let name = open::shown(path);
        match files::read_bounded(path, open::LONGEST_RUNBOOK).map(String::from_utf8) {
            Ok(Ok(text)) => {
                print::exactly(&report::patch(&name, &text, &lint::rehearsed(&text, &value)));
            }
            Ok(Err(_)) => {
                unread = true;
                print::note(&format!("{name}: it is no UTF-8, so no patch fits it"));
            }
            Err(error) => {
                unread = true;
                print::note(&format!("{name}: {error}"));
            }
        }
    }
    Ok(if unread { Exit::Usage } else { Exit::Done })
}
