//! Phases that were planned for so many minutes, beside how long they took: from facts alone.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::domain::fact::{Fact, Logged};
use crate::domain::ids::{IncidentId, RunbookId, StepId};
use crate::domain::phased::{self, Phase, PhaseTimes, PlannedPhase, Whole};
use crate::domain::runbook::StepState;
use crate::domain::time::Timestamp;

/// A plan, and how it went until the last of its facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlanReport {
    /// The runbook it was read from.
    pub runbook: RunbookId,
    /// The heading around its phases.
    pub title: String,
    /// When the first of it was done.
    pub begun: Timestamp,
    /// When nothing of it was open any more.
    pub ended: Option<Timestamp>,
    /// The sum that was planned.
    #[serde(rename = "planned_ms", serialize_with = "millis")]
    pub planned: Duration,
    /// How long it took.
    #[serde(rename = "took_ms", serialize_with = "millis")]
    pub took: Duration,
    /// By how much it ended later than planned.
    #[serde(rename = "over_ms", serialize_with = "millis")]
    pub over: Duration,
    /// Each phase.
    pub phases: Vec<PhaseReport>,
    /// In words.
    #[serde(skip)]
    words: String,
}

/// A phase of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PhaseReport {
    /// Its heading.
    pub title: String,
    /// As planned.
    #[serde(rename = "planned_ms", serialize_with = "millis")]
    pub planned: Duration,
    /// When it began.
    pub began: Option<Timestamp>,
    /// How long it took.
    #[serde(rename = "took_ms", serialize_with = "millis")]
    pub took: Duration,
    /// Whether nothing of it was open any more.
    pub ended: bool,
    /// In words.
    #[serde(skip)]
    words: String,
}

pub(super) fn millis<S: Serializer>(span: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(span.as_millis()).unwrap_or(u64::MAX))
}

#[expect(clippy::ref_option, reason = "serde asks for a reference")]
pub(super) fn maybe_millis<S: Serializer>(span: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    match span {
        Some(span) => millis(span, serializer),
        None => serializer.serialize_none(),
    }
}

impl PlanReport {
    /// `Deployment steps: took 3h27 of 3h15, 12m over (begun 14:02Z, ended 17:29Z)`.
    pub fn line(&self) -> String {
        format!("{}: {}", self.title, self.words)
    }
}

impl PhaseReport {
    /// `Phase 1: Validation (30 min): took 42m of 30m`.
    pub fn line(&self) -> String {
        format!("{}: {}", self.title, self.words)
    }
}

/// A plan while its facts are gone through.
struct Kept<'a> {
    incident: Option<&'a IncidentId>,
    runbook: &'a RunbookId,
    title: &'a str,
    phases: &'a [PlannedPhase],
}

/// What is known of a step: when it was first gone about and last marked, and whether that left it open.
#[derive(Clone, Copy)]
struct Touched {
    first: Timestamp,
    marked: Option<Timestamp>,
    open: bool,
}

/// Every plan that was begun in `entries`, oldest first.
pub fn plans<'a>(entries: impl IntoIterator<Item = &'a Logged>) -> Vec<PlanReport> {
    let mut kept: Vec<Kept<'a>> = Vec::new();
    let mut steps: BTreeMap<(Option<&IncidentId>, &RunbookId, &StepId), Touched> = BTreeMap::new();
    for entry in entries {
        let (step, state) = match &entry.fact {
            Fact::PlanBegan { runbook, title, phases } => {
                kept.push(Kept { incident: entry.incident.as_ref(), runbook, title, phases });
                continue;
            }
            // Instants before it are by the clock as it was: what passed meanwhile is not the difference.
            Fact::ClockStepped { by_millis } => {
                for known in steps.values_mut() {
                    known.first = known.first.shifted(*by_millis);
                    known.marked = known.marked.map(|at| at.shifted(*by_millis));
                }
                continue;
            }
            Fact::StepMarked { step, state, .. } => (step, Some(state)),
            Fact::RunRequested { step: Some(step), .. } => (step, None),
            _ => continue,
        };
        let key = (entry.incident.as_ref(), &step.runbook, &step.step);
        let known = steps.entry(key).or_insert(Touched { first: entry.at, marked: None, open: true });
        if let Some(state) = state {
            known.marked = Some(entry.at);
            known.open = matches!(state, StepState::Open | StepState::Failed { .. });
        }
    }
    let of = |plan: &Kept<'_>| {
        let touched = |step: &StepId| steps.get(&(plan.incident, plan.runbook, step)).copied();
        let times = |phase: &PlannedPhase| {
            let all: Vec<Option<Touched>> = phase.steps.iter().map(touched).collect();
            let over = all.iter().all(|step| step.is_some_and(|step| !step.open));
            let marked = all.iter().flatten().filter_map(|step| step.marked).max();
            PhaseTimes {
                planned: phase.takes,
                first: all.iter().flatten().map(|step| step.first).min(),
                ended: marked.filter(|_| over),
            }
        };
        let times: Vec<PhaseTimes> = plan.phases.iter().map(times).collect();
        // What was still open is told as it stood when the last of it was done.
        let touched = plan.phases.iter().flat_map(|phase| &phase.steps).filter_map(touched);
        let last = touched.map(|step| step.marked.unwrap_or(step.first).max(step.first)).max()?;
        Some(report(plan, &phased::whole(&times, last)?))
    };
    kept.iter().filter_map(of).collect()
}

fn report(plan: &Kept<'_>, whole: &Whole) -> PlanReport {
    let phase = |(planned, phase): (&PlannedPhase, &Phase)| PhaseReport {
        title: planned.title.clone(),
        planned: phase.planned,
        began: phase.began,
        took: phase.took,
        ended: phase.ended,
        words: phase.words(),
    };
    PlanReport {
        runbook: plan.runbook.clone(),
        title: plan.title.to_owned(),
        begun: whole.begun,
        ended: whole.ended.then_some(whole.ends),
        planned: whole.planned,
        took: whole.spent,
        over: whole.over(),
        phases: plan.phases.iter().zip(&whole.phases).map(phase).collect(),
        words: format!("{} ({})", whole.words(), whole.when()),
    }
}
