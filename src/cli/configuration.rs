//! `midwatch config`: what it is, what is wrong with it, what it may be.

use serde_json::json;

use crate::config;
use crate::domain::diagnostic::Severity;

use super::{Arguments, Exit, open, print};

/// Prints the configuration as it works.
pub fn show(arguments: &Arguments, as_json: bool) -> color_eyre::Result<Exit> {
    let (settings, diagnostics) = open::settings(&arguments.common)?;
    print::diagnostics(&diagnostics);
    let text = config::show(&settings);
    if as_json {
        print::json(&json!({
            "files": settings.layers,
            "journal": open::journal_path(&settings)?,
            "signals": settings.signals.iter().map(|signal| &signal.id).collect::<Vec<_>>(),
            "actions": settings.actions.iter().map(|action| &action.id).collect::<Vec<_>>(),
            "secrets": settings.secrets.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "toml": text,
        }));
    } else {
        print::line(text.trim_end());
        print::note(&format!("journal: {}", open::journal_path(&settings)?.display()));
    }
    Ok(Exit::Done)
}

/// Prints everything that is wrong with it, its runbooks and its keys.
pub fn check(arguments: &Arguments, as_json: bool) -> color_eyre::Result<Exit> {
    let found = open::configuration(&arguments.common)?;
    let mut diagnostics = found.diagnostics;
    if let Some(settings) = &found.settings {
        let (plan, _) = open::plan(settings, &arguments.common, diagnostics)?;
        diagnostics = plan.diagnostics;
    }
    let wrong = diagnostics.iter().any(|known| known.severity == Severity::Error);
    if as_json {
        print::json(&json!({ "file": found.file, "diagnostics": diagnostics }));
    } else {
        print::diagnostics(&diagnostics);
        if diagnostics.is_empty() {
            print::line(&format!("{}: nothing wrong", found.file.display()));
        }
    }
    Ok(if wrong { Exit::Usage } else { Exit::Done })
}

/// Prints the JSON Schema.
pub fn schema() -> Exit {
    print::json(&config::schema());
    Exit::Done
}
