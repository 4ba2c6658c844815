//! `midwatch incident report` and `incident schema`: what is left when the night is over.

use std::path::Path;

use crate::domain::fact::Logged;
use crate::domain::ids::IncidentId;
use crate::domain::text::escape_json;
use crate::io::files;
use crate::journal;
use crate::report::{self, IncidentReport, Measures, Readings};

use super::arguments::ReportFormat;
use super::print::ended;
use super::{Arguments, Exit, guard, incident, print};

/// Writes the report of `named`, or of the newest incident.
pub fn report(
    arguments: &Arguments,
    named: Option<&str>,
    format: ReportFormat,
    output: Option<&Path>,
) -> color_eyre::Result<Exit> {
    let entries = incident::entries(arguments)?;
    let known = crate::report::incidents(&entries);
    let Some(chosen) = incident::chosen(&known, named)?.map(|chosen| &chosen.id) else {
        return Err(ended(Exit::Usage, "no incident is in this journal: `i` in the console declares one"));
    };
    let told = IncidentReport::of(chosen, &entries, &readings(arguments, chosen, &entries)?);
    let Some(told) = told else {
        return Err(ended(Exit::Usage, format!("{chosen} was never declared in this journal")));
    };
    let text = match format {
        ReportFormat::Markdown => told.markdown().map_err(|error| ended(Exit::Failed, error.to_string()))?,
        ReportFormat::Html => told.html().map_err(|error| ended(Exit::Failed, error.to_string()))?,
        ReportFormat::Json => {
            let document = serde_json::to_string_pretty(&told.document())?;
            format!("{}\n", escape_json(&document))
        }
    };
    written(&text, output, &format!("The report of {chosen}"))
}

/// What was measured while `incident` went on; nothing where it was not kept, or cannot be read.
fn readings(
    arguments: &Arguments,
    incident: &IncidentId,
    entries: &[Logged],
) -> color_eyre::Result<Readings> {
    let Some((from, to)) = Measures::of(incident, entries).measured(guard::now()) else {
        return Ok(Readings::default());
    };
    Ok(match journal::readings::between(&incident::path(arguments)?, from, to) {
        Ok(observations) => Readings::of(&observations),
        Err(error) => {
            print::note(&format!("{error}: the report shows what the facts alone tell"));
            Readings::default()
        }
    })
}

/// Writes `text`, which is `what`, to a file or to standard output.
pub fn written(text: &str, output: Option<&Path>, what: &str) -> color_eyre::Result<Exit> {
    match output {
        Some(path) => {
            files::write_whole(path, text.as_bytes())
                .map_err(|error| ended(Exit::Failed, format!("{}: {error}", path.display())))?;
            print::note(&format!("{what} is in {}.", path.display()));
        }
        None => print::exactly(text),
    }
    Ok(Exit::Done)
}

/// Prints the JSON Schema of a report.
pub fn schema() -> Exit {
    print::exactly(report::INCIDENT_JSON_SCHEMA);
    Exit::Done
}
