//! What is marked in every chart: what went live, what was done, and the moments of the incident.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::action::{Purpose, Risk};
use crate::domain::fact::{Fact, Release};
use crate::domain::ids::RunId;
use crate::domain::time::Timestamp;
use crate::report::incident::Record;

/// What a mark is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MarkKind {
    /// A release went live, or was gone back to.
    Deploy,
    /// A change was seen in effect.
    Action,
    /// The incident was declared, mitigated, closed.
    Incident,
}

/// Something that is marked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mark {
    /// What stands at its line: `D1`, `A2`, `I1`.
    pub label: String,
    /// When.
    pub at: Timestamp,
    /// What it is of.
    pub kind: MarkKind,
    /// In words.
    pub text: String,
}

/// Marks of one kind at most: more would hide what is under them.
const MOST: usize = 40;

/// Every mark between `from` and `to`, oldest first.
pub(in crate::report) fn marks(record: &Record<'_>, from: Timestamp, to: Timestamp) -> Vec<Mark> {
    let mut found: BTreeMap<(Timestamp, MarkKind), String> = BTreeMap::new();
    let mut runs: BTreeMap<&RunId, &str> = BTreeMap::new();
    let mut put = |at: Timestamp, kind: MarkKind, text: String| {
        if at >= from && at <= to {
            found.entry((at, kind)).or_insert(text);
        }
    };
    let live = |release: &Release| format!("{} went live", release.version);
    for entry in record.all {
        match &entry.fact {
            Fact::ReleaseSeen { version, from: Some(_), went_live, .. } => {
                put(went_live.unwrap_or(entry.at), MarkKind::Deploy, format!("{version} went live"));
            }
            Fact::Settled { after: Some(release), .. }
            | Fact::WindowRelease { release, .. }
            | Fact::WindowOpened { release: Some(release), .. }
            | Fact::WindowReset { release: Some(release), .. } => {
                put(release.at, MarkKind::Deploy, live(release));
            }
            _ => {}
        }
    }
    for entry in &record.own {
        match &entry.fact {
            Fact::RunRequested { run, title, risk, purpose, .. }
                if *risk != Risk::Read && *purpose != Purpose::Read =>
            {
                runs.insert(run, title);
            }
            // A post changes nothing of what is wrong.
            Fact::PostRequested { run: Some(run), .. } => drop(runs.remove(run)),
            Fact::RunObserved { run, .. } => {
                if let Some(title) = runs.get(run) {
                    put(entry.at, MarkKind::Action, format!("{run} {title}: in effect"));
                }
            }
            Fact::IncidentDeclared { incident, .. } if incident == record.id => {
                put(entry.at, MarkKind::Incident, "declared".into());
            }
            Fact::Mitigated { incident, about, .. } if incident == record.id => {
                put(*about, MarkKind::Incident, "mitigated".into());
            }
            Fact::IncidentReopened { incident, .. } if incident == record.id => {
                put(entry.at, MarkKind::Incident, "reopened".into());
            }
            Fact::IncidentClosed { incident, .. } if incident == record.id => {
                put(entry.at, MarkKind::Incident, "closed".into());
            }
            _ => {}
        }
    }
    let mut counts: BTreeMap<MarkKind, usize> = BTreeMap::new();
    let label = |((at, kind), text): ((Timestamp, MarkKind), String)| {
        let count = counts.entry(kind).or_default();
        *count += 1;
        let letter = match kind {
            MarkKind::Deploy => 'D',
            MarkKind::Action => 'A',
            MarkKind::Incident => 'I',
        };
        (*count <= MOST).then(|| Mark { label: format!("{letter}{count}"), at, kind, text })
    };
    found.into_iter().filter_map(label).collect()
}
