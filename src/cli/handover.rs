//! `midwatch incident handover`: the sheet for whoever comes next, from the journal and, where there is one, the configuration.

use std::path::Path;

use crate::domain::fact::Logged;
use crate::domain::time::Timestamp;
use crate::report::{self, Ahead, Handover, IncidentReport, Readings};
use crate::runtime;
use crate::state::{Model, Watch};

use super::print::ended;
use super::reporting::written;
use super::{Arguments, Exit, guard, incident, open, print};

/// Writes the sheet of `named`; of the newest open incident, or else of the newest.
pub fn handover(
    arguments: &Arguments,
    named: Option<&str>,
    output: Option<&Path>,
    as_json: bool,
) -> color_eyre::Result<Exit> {
    let entries = incident::entries(arguments)?;
    let known = report::incidents(&entries);
    let open_one = known.iter().find(|known| known.closed.is_none());
    let chosen = match (named, open_one) {
        (None, Some(open)) => Some(open),
        (named, _) => incident::chosen(&known, named)?,
    };
    let told = chosen.and_then(|chosen| IncidentReport::of(&chosen.id, &entries, &Readings::default()));
    let Some(told) = told else {
        return Err(ended(Exit::Usage, "no incident is in this journal: `i` in the console declares one"));
    };
    let now = guard::now();
    let sheet = Handover::of(&told, ahead(arguments, &entries, now)?, now);
    if as_json {
        print::json(&sheet.document());
        return Ok(Exit::Done);
    }
    let text = sheet.markdown().map_err(|error| ended(Exit::Failed, error.to_string()))?;
    written(&text, output, "The handover sheet")
}

/// What is due and where the runbook stands. Without a configuration the journal alone tells what it can.
fn ahead(arguments: &Arguments, entries: &[Logged], now: Timestamp) -> color_eyre::Result<Ahead> {
    let mut watch = Watch::default();
    for entry in entries {
        watch.apply(entry);
    }
    let Some(settings) = open::given(&arguments.common, false)? else { return Ok(Ahead::default()) };
    let (plan, _) = open::plan(&settings, &arguments.common, Vec::new())?;
    let model = Model::new(plan, watch);
    Ok(runtime::handover::ahead(&model, now))
}
