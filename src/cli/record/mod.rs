//! `midwatch incident list`, `stats`, `export`, `import`, `backup`, `restore`, `prune`: the record over many incidents.

mod arguments;
mod keeping;
mod list;
mod portable;
mod when;

pub use arguments::RecordCommand;
pub use portable::verify;

use color_eyre::Report;

use super::print::ended;
use super::{Arguments, Exit, open};
use crate::journal::{JournalError, RecordError};

/// Does what was asked.
pub fn dispatch(arguments: &Arguments, command: &RecordCommand) -> color_eyre::Result<Exit> {
    match command {
        RecordCommand::List { filter, json } => list::list(arguments, filter, *json),
        RecordCommand::Stats { filter, json } => list::stats(arguments, filter, *json),
        RecordCommand::Export { incident, all, output, with_artifacts, json } => {
            let asked = portable::Asked {
                incident: incident.as_deref(),
                all: *all,
                output,
                with_artifacts: *with_artifacts,
            };
            portable::export(arguments, &asked, *json)
        }
        RecordCommand::Import { file, json } => portable::import(arguments, file, *json),
        RecordCommand::Backup { output, json } => keeping::backup(arguments, output, *json),
        RecordCommand::Restore { file, replace, json } => keeping::restore(arguments, file, *replace, *json),
        RecordCommand::Prune { before, archive, dry_run, json } => {
            keeping::prune(arguments, before.as_ref(), archive.as_deref(), *dry_run, *json)
        }
    }
}

/// Who does this, for the record.
fn who(arguments: &Arguments) -> color_eyre::Result<String> {
    let settings = open::given(&arguments.common, false)?;
    let configured = settings.and_then(|settings| settings.console.operator);
    Ok(configured.unwrap_or_else(|| open::operator(&arguments.common)))
}

/// How the program ends for what went wrong with a record or a journal.
fn refused(error: &RecordError) -> Report {
    let exit = match error {
        RecordError::Broken { .. } | RecordError::Artifact { .. } | RecordError::Altered { .. } => {
            Exit::Failed
        }
        RecordError::There(_) | RecordError::Journal(JournalError::Busy { .. }) => Exit::Refused,
        RecordError::Empty(_) => Exit::Usage,
        _ => Exit::Unknown,
    };
    ended(exit, error.to_string())
}
