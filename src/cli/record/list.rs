//! The incidents of a journal: which there are, and what they say together.

use serde_json::json;

use super::super::incident::entries;
use super::super::{Arguments, Exit, guard, print};
use super::arguments::Which;
use crate::domain::text::clean;
use crate::report::{self, Filter, Standing};

impl Which {
    fn filter(&self) -> Filter {
        let now = guard::now();
        let standing = match (self.open, self.closed) {
            (true, _) => Standing::Open,
            (false, true) => Standing::Closed,
            (false, false) => Standing::Any,
        };
        Filter {
            standing,
            severities: self.severity.iter().copied().map(Into::into).collect(),
            kind: self.kind.map(Into::into),
            since: self.since.as_ref().map(|when| when.begins(now)),
            until: self.until.as_ref().map(|when| when.ends(now)),
            text: self.text.as_ref().map(|text| clean(text).into_owned()),
        }
    }
}

/// Lists the incidents that are meant, newest first.
pub fn list(arguments: &Arguments, which: &Which, as_json: bool) -> color_eyre::Result<Exit> {
    let filter = which.filter();
    let incidents = filter.of(&entries(arguments)?);
    if as_json {
        print::json(&json!({ "incidents": incidents }));
    } else if incidents.is_empty() {
        let such = if filter.is_any() { "No incident" } else { "No such incident" };
        print::note(&format!("{such} is in this journal."));
    } else {
        incidents.iter().for_each(|incident| print::line(&incident.line()));
    }
    Ok(Exit::Done)
}

/// What the incidents that are meant say together.
pub fn stats(arguments: &Arguments, which: &Which, as_json: bool) -> color_eyre::Result<Exit> {
    let stats = report::stats(&entries(arguments)?, &which.filter());
    if as_json {
        print::json(&json!(stats));
    } else {
        stats.lines().iter().for_each(|line| print::line(line));
    }
    Ok(Exit::Done)
}
