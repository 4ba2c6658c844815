//! Facts in the words of a report: like those of the timeline, without a judgement of anybody.

use std::collections::BTreeMap;

use crate::domain::fact::{Fact, Logged};
use crate::domain::ids::RunId;
use crate::domain::narrate::{Told, tell};
use crate::domain::role::Role;
use crate::domain::runbook::StepState;

use super::Record;

/// What a run is called: `R-3 maintenance-mode: on`.
pub(super) type Titles<'a> = BTreeMap<&'a RunId, &'a str>;

/// The titles of all runs of a journal.
pub(super) fn titles<'a>(record: &Record<'a>) -> Titles<'a> {
    let of = |entry: &'a Logged| match &entry.fact {
        Fact::RunRequested { run, title, .. } => Some((run, title.as_str())),
        _ => None,
    };
    record.all.iter().filter_map(of).collect()
}

/// What `entry` says.
pub(super) fn told(record: &Record<'_>, titles: &Titles<'_>, entry: &Logged) -> Told {
    let judged = |by: &String, text: String, role: Role| Told {
        who: record.role_of(by, entry.at).to_owned(),
        text,
        role,
    };
    let run = |run: &RunId, text: String, role: Role| Told {
        who: titles.get(run).map_or_else(|| run.to_string(), |title| format!("{run} {title}")),
        text,
        role,
    };
    match &entry.fact {
        Fact::Nudged { text, .. } => Told { who: "reminder".into(), text: text.clone(), role: Role::Warning },
        Fact::StepMarked { text, by, state: StepState::Skipped { reason }, .. } => {
            let why = if reason.is_empty() { String::new() } else { format!(" ({reason})") };
            judged(by, format!("⊘ left out: {text}{why}"), Role::Warning)
        }
        Fact::StepMarked { text, by, state: StepState::Failed { reason }, .. } => {
            judged(by, format!("✖ without success: {text} ({reason})"), Role::Danger)
        }
        Fact::CheckOverridden { check, why, reason, by, .. } => {
            judged(by, format!("went on although {check} did not hold ({why}): {reason}"), Role::Warning)
        }
        Fact::StepMarked { by, despite: Some(_), .. }
        | Fact::UndoWaived { by, .. }
        | Fact::ObligationWaived { by, .. }
        | Fact::DutyWaived { by, .. }
        | Fact::ClosingWaived { by, .. } => {
            let told = tell(&entry.fact);
            judged(by, told.text, told.role)
        }
        Fact::StepRecovered { text, failed, run, .. } => Told {
            who: "midwatch".into(),
            text: format!("↺ {run} answered {failed}, which ended without success: {text}"),
            role: Role::Warning,
        },
        Fact::DutyDone { duty, by, detail, .. } => {
            let detail = if detail.is_empty() { String::new() } else { format!(": {detail}") };
            Told { who: by.clone(), text: format!("{duty} done{detail}"), role: Role::Ok }
        }
        Fact::DutyEnded { duty, done, missed } => Told {
            who: duty.to_string(),
            text: format!("its time is over: {done} of {} rounds recorded", done + missed),
            role: Role::Dim,
        },
        Fact::RunRequested { run: id, title, by, undoes, handles, .. } => {
            let text = match (undoes, handles) {
                (Some(undone), _) => format!("▶ {title} ({id}), which takes back {undone}"),
                (None, Some(before)) => format!("▶ {title} ({id}), after {before} ended without success"),
                (None, None) => format!("▶ {title} ({id})"),
            };
            Told { who: by.clone(), text, role: Role::Accent }
        }
        Fact::RunFailed { run: id, detail } => {
            run(id, format!("✖ ended without success: {detail}"), Role::Danger)
        }
        Fact::RunNotInEffect { run: id, detail } => {
            run(id, format!("✖ no effect was seen: {detail}"), Role::Danger)
        }
        Fact::RunUnknown { run: id, detail } => {
            run(id, format!("? how it ended is not known: {detail}"), Role::Danger)
        }
        Fact::RunAccepted { run: id, .. }
        | Fact::RunObserved { run: id, .. }
        | Fact::RunCancelled { run: id, .. }
        | Fact::Captured { run: id, .. }
        | Fact::NotCaptured { run: id, .. } => {
            let told = tell(&entry.fact);
            run(id, told.text, told.role)
        }
        fact => tell(fact),
    }
}
