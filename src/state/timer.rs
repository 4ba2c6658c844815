//! Timers: what runbooks say of time, counted. Derived from facts and the clock that is handed in, so they are the
//! same after a restart.
//!
//! A deadline of a step counts from when the incident was declared where its phase is something that an incident
//! asks for; a step of a rollback, a check or a preparation counts from the first deed in its phase, and so does
//! what a heading says of the part under it. A step that is done, skipped or not applicable has no deadline.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::domain::calendar::{Occurrence, occurrence};
use crate::domain::ids::{RunbookId, StepId};
use crate::domain::incident::{IncidentDeadline, Severity};
use crate::domain::phased::{self, PhaseTimes, PlannedPhase, Whole};
use crate::domain::runbook::{Phase, PhaseKind, Runbook, Step, StepRef, StepState};
use crate::domain::statement::{Every, Says, Statement};
use crate::domain::time::Timestamp;

use super::deadlines::speaks;
use super::parts::{Begun, Incident};
use super::{Model, StatementKey, security};

/// How long something that was watched to its end is still told.
const TOLD_FOR: Duration = Duration::from_secs(5 * 60);

/// More headings with a plan than these are no plan that somebody keeps to.
const PLANNED: usize = 100;

/// What a timer counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counts {
    /// Down to when it is to be done.
    Deadline,
    /// How long it is still to be looked at.
    Watching,
    /// Down to when it is to be done again.
    Again,
    /// Down to the end of a window that is open now.
    Window,
}

/// A statement that is being counted.
#[derive(Clone, Debug)]
pub struct Timer<'a> {
    /// The runbook it stands in.
    pub runbook: &'a Runbook,
    /// What it was read from.
    pub statement: &'a Statement,
    /// The step it stands in.
    pub step: Option<&'a Step>,
    /// What is counted.
    pub counts: Counts,
    /// Since when.
    pub from: Timestamp,
    /// Until when.
    pub due: Timestamp,
}

impl Timer<'_> {
    /// By what it is known.
    pub fn key(&self) -> StatementKey {
        StatementKey::of(self.runbook, self.statement)
    }

    /// What it is about, in the file's words.
    pub fn words(&self) -> &str {
        words(self.statement, self.step)
    }
}

/// What a statement is about, in the file's words: its step, or the sentence or heading that it stands in.
pub fn words<'a>(statement: &'a Statement, step: Option<&'a Step>) -> &'a str {
    step.map_or(&statement.around, |step| &step.text)
}

/// How long something takes, beside how long it was planned to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    /// So far, or until it was done.
    pub took: Duration,
    /// As planned.
    pub planned: Duration,
    /// Whether it goes on.
    pub running: bool,
}

impl Spent {
    /// Whether it takes longer than planned.
    pub fn is_over(&self) -> bool {
        self.took > self.planned
    }
}

/// Runbooks whose time is counted: the one at hand, and those that the open incident has gone about.
pub fn in_use(model: &Model) -> Vec<&Runbook> {
    let here = model.at_hand();
    let incident = model.watch.incident().map(|incident| &incident.id);
    let is_begun = |runbook: &&Runbook| {
        incident.is_some()
            && model
                .watch
                .begun
                .keys()
                .any(|(of, step)| of.as_ref() == incident && step.runbook == runbook.id)
    };
    let others = model.plan.runbooks.iter().filter(|runbook| here.is_none_or(|here| here.id != runbook.id));
    here.into_iter().chain(others.filter(is_begun)).collect()
}

/// Every timer of the runbooks that are gone about, and every window of any runbook that is open now; soonest first.
pub fn timers(model: &Model, now: Timestamp) -> Vec<Timer<'_>> {
    let mut timers = Vec::new();
    for runbook in in_use(model) {
        let counted =
            runbook.statements.iter().filter_map(|statement| counted(model, now, runbook, statement));
        timers.extend(counted);
    }
    for runbook in &model.plan.runbooks {
        for statement in &runbook.statements {
            let Says::Schedule(schedule) = &statement.says else { continue };
            let Occurrence::Open { since, until } = occurrence(schedule, now) else { continue };
            // What is to be done on a day is no window: only one with hours is.
            if schedule.hours.is_some() {
                let step = statement.step.as_ref().and_then(|step| runbook.step(step));
                timers.push(Timer {
                    runbook,
                    statement,
                    step,
                    counts: Counts::Window,
                    from: since,
                    due: until,
                });
            }
        }
    }
    timers.sort_by_key(|timer| timer.due);
    timers
}

fn counted<'a>(
    model: &Model,
    now: Timestamp,
    runbook: &'a Runbook,
    statement: &'a Statement,
) -> Option<Timer<'a>> {
    let step = statement.step.as_ref().and_then(|id| runbook.step(id));
    // What is a duty since a GO is counted as that.
    let of = |step: &Step| StepRef { runbook: runbook.id.clone(), step: step.id.clone() };
    if step.is_some_and(|step| model.watch.duty_of(&of(step)).is_some()) {
        return None;
    }
    let timer = |counts, from: Timestamp, span| Timer {
        runbook,
        statement,
        step,
        counts,
        from,
        due: from.plus(span),
    };
    match &statement.says {
        Says::Deadline { within } => {
            let from = deadline_from(model, runbook, statement, step)?;
            Some(timer(Counts::Deadline, from, *within))
        }
        Says::Watch { during } => {
            let step = step?;
            let state = state_of(model, runbook, step);
            if matches!(state, StepState::Skipped { .. } | StepState::NotApplicable) {
                return None;
            }
            let begun = begun(model, runbook, &step.id)?;
            let from = begun.marked.filter(|_| state == StepState::Done).unwrap_or(begun.first);
            let timer = timer(Counts::Watching, from, *during);
            (now < timer.due.plus(TOLD_FOR)).then_some(timer)
        }
        Says::Schedule(schedule) => {
            let every = match (&schedule.every, occurrence(schedule, now)) {
                (_, Occurrence::Counted(every)) => every,
                (Every::Week(_), Occurrence::Untold(_)) => Duration::from_secs(7 * 86_400),
                (_, Occurrence::Open { .. } | Occurrence::Next { .. } | Occurrence::Untold(_)) => {
                    return None;
                }
            };
            let (step, phase) = (step?, phase_of(runbook, statement)?);
            let incident = model.watch.incident()?;
            if is_for_another_kind(incident, runbook, phase) {
                return None;
            }
            let from = match state_of(model, runbook, step) {
                StepState::Skipped { .. } | StepState::NotApplicable => return None,
                StepState::Done => begun(model, runbook, &step.id)?.marked?,
                StepState::Open | StepState::Failed { .. } if asked_by_an_incident(phase.kind) => {
                    incident.from()
                }
                StepState::Open | StepState::Failed { .. } => first_deed(model, runbook, [phase])?,
            };
            // People were told, whether or not the step that says so was ticked; and what they were promised holds.
            let is_update = speaks(IncidentDeadline::Update, runbook, statement, Some(step));
            Some(match model.watch.updated(incident).filter(|(at, _)| is_update && *at >= from) {
                Some((at, promised)) => timer(Counts::Again, at, promised.unwrap_or(every)),
                None => timer(Counts::Again, from, every),
            })
        }
        Says::Planned { .. }
        | Says::Recent { .. }
        | Says::Ahead { .. }
        | Says::Threshold(_)
        | Says::Gate { .. }
        | Says::Approval { .. }
        | Says::Contact { .. }
        | Says::Escalation { .. }
        | Says::Turn { .. }
        | Says::Variable { .. }
        | Says::Reference { .. } => None,
    }
}

/// Phases that an incident asks for from its beginning: the clock of what is done in them again and again runs then.
fn asked_by_an_incident(kind: PhaseKind) -> bool {
    match kind {
        PhaseKind::Contain | PhaseKind::Triage | PhaseKind::Comms | PhaseKind::Recover => true,
        PhaseKind::Prepare
        | PhaseKind::Verify
        | PhaseKind::Rollback
        | PhaseKind::FollowUp
        | PhaseKind::Reference => false,
    }
}

/// From when a deadline counts; `None` while it does not.
fn deadline_from(
    model: &Model,
    runbook: &Runbook,
    statement: &Statement,
    step: Option<&Step>,
) -> Option<Timestamp> {
    let incident = model.watch.incident()?;
    let severities = severities(words(statement, step));
    if !severities.is_empty() && !severities.contains(&incident.severity) {
        return None;
    }
    // A target is nothing to do: it holds for the severities that it names.
    let target = Some(incident.from()).filter(|_| !severities.is_empty());
    let phase = phase_of(runbook, statement)?;
    if is_for_another_kind(incident, runbook, phase) || is_kept(model, incident, runbook, statement, step) {
        return None;
    }
    let Some(step) = step else {
        if phase.kind == PhaseKind::Reference {
            return target;
        }
        let phases = scope(runbook, statement);
        let closed =
            phases.iter().flat_map(|phase| &phase.steps).all(|step| is_over(&state_of(model, runbook, step)));
        return first_deed(model, runbook, phases).filter(|_| !closed);
    };
    if is_over(&state_of(model, runbook, step)) {
        return None;
    }
    match phase.kind {
        PhaseKind::Contain
        | PhaseKind::Triage
        | PhaseKind::Comms
        | PhaseKind::Recover
        | PhaseKind::FollowUp => Some(begins(incident, runbook, phase)),
        PhaseKind::Prepare | PhaseKind::Verify | PhaseKind::Rollback => first_deed(model, runbook, [phase]),
        PhaseKind::Reference => target,
    }
}

/// Whether `phase` is about security incidents, and this is none.
fn is_for_another_kind(incident: &Incident, runbook: &Runbook, phase: &Phase) -> bool {
    incident.kind.is_outage() && security::is_about(runbook, phase)
}

/// When the clocks of `phase` begin: those about a security incident when it became one.
fn begins(incident: &Incident, runbook: &Runbook, phase: &Phase) -> Timestamp {
    let since = incident.security_since.filter(|_| security::is_about(runbook, phase));
    since.unwrap_or_else(|| incident.from())
}

/// Whether facts say that what `statement` asks for by a time was done, or was given up.
fn is_kept(
    model: &Model,
    incident: &Incident,
    runbook: &Runbook,
    statement: &Statement,
    step: Option<&Step>,
) -> bool {
    let kept = |what: &IncidentDeadline| match what {
        IncidentDeadline::Acknowledge => incident.acknowledged.is_some(),
        IncidentDeadline::Recovery => incident.mitigated.is_some(),
        IncidentDeadline::Update => model.watch.updated(incident).is_some(),
        IncidentDeadline::Legal | IncidentDeadline::Audit | IncidentDeadline::Review => false,
    };
    IncidentDeadline::ALL
        .iter()
        .filter(|what| kept(what) || incident.settled.contains_key(what))
        .any(|what| speaks(*what, runbook, statement, step))
}

/// Whether a step has no deadline any more.
fn is_over(state: &StepState) -> bool {
    match state {
        StepState::Done | StepState::Skipped { .. } | StepState::NotApplicable => true,
        StepState::Open | StepState::Failed { .. } => false,
    }
}

fn state_of(model: &Model, runbook: &Runbook, step: &Step) -> StepState {
    let step = StepRef { runbook: runbook.id.clone(), step: step.id.clone() };
    model.watch.mark(&step).map_or(StepState::Open, |mark| mark.state.clone())
}

fn begun(model: &Model, runbook: &Runbook, step: &StepId) -> Option<Begun> {
    model.watch.begun(&StepRef { runbook: runbook.id.clone(), step: step.clone() })
}

/// When something was first run or marked in `phases`.
fn first_deed<'a>(
    model: &Model,
    runbook: &Runbook,
    phases: impl IntoIterator<Item = &'a Phase>,
) -> Option<Timestamp> {
    let steps = phases.into_iter().flat_map(|phase| &phase.steps);
    steps.filter_map(|step| begun(model, runbook, &step.id)).map(|begun| begun.first).min()
}

/// The phase that a statement stands in.
pub fn phase_of<'a>(runbook: &'a Runbook, statement: &Statement) -> Option<&'a Phase> {
    match &statement.step {
        Some(id) => runbook.phases.iter().find(|phase| phase.steps.iter().any(|step| step.id == *id)),
        None => runbook.phases.iter().rev().find(|phase| phase.line <= statement.line),
    }
}

/// The phases that a statement of a heading is about: everything under it.
pub(super) fn scope<'a>(runbook: &'a Runbook, statement: &Statement) -> Vec<&'a Phase> {
    let Some(heading) = &statement.heading else { return phase_of(runbook, statement).into_iter().collect() };
    // A bold lead is a heading as well: its phase is called by it behind the heading around it.
    let said = heading.trim_end().trim_end_matches(':').trim_end();
    let is_under = |phase: &&Phase| {
        let title = phase.title.trim_end_matches(':');
        phase.path.iter().any(|part| part == heading)
            || title.strip_prefix(said).is_some_and(|rest| rest.is_empty() || rest.starts_with(" · "))
            || title.strip_suffix(said).is_some_and(|rest| rest.ends_with(" · "))
    };
    // Of headings that say the same, the one that the statement stands under.
    let from = runbook
        .phases
        .iter()
        .filter(|phase| phase.line <= statement.line)
        .filter(is_under)
        .map(|phase| phase.line);
    let parts: Vec<&Phase> = runbook.phases.iter().filter(is_under).collect();
    if parts.is_empty() {
        return phase_of(runbook, statement).into_iter().collect();
    }
    let Some(start) = from.max() else { return parts };
    // The run of phases under it, back to where it begins and on to where it ends.
    let at = parts.iter().position(|phase| phase.line == start).unwrap_or(0);
    let of =
        |phase: &Phase| phase.path.iter().take_while(|part| *part != heading).cloned().collect::<Vec<_>>();
    let around = of(parts[at]);
    parts.into_iter().filter(|phase| of(phase) == around).collect()
}

/// Severities that a text names: `P0`, `P0-P2`.
fn severities(text: &str) -> BTreeSet<Severity> {
    let mut found = BTreeSet::new();
    let bytes = text.as_bytes();
    let mut range: Option<Severity> = None;
    for (at, pair) in bytes.windows(2).enumerate() {
        let begins = at == 0 || !bytes[at - 1].is_ascii_alphanumeric();
        let ends = bytes.get(at + 2).is_none_or(|next| !next.is_ascii_alphanumeric());
        let severity = match pair {
            _ if !begins || !ends => None,
            b"P0" => Some(Severity::P0),
            b"P1" => Some(Severity::P1),
            b"P2" => Some(Severity::P2),
            b"P3" => Some(Severity::P3),
            _ => None,
        };
        let Some(severity) = severity else { continue };
        if let Some(first) = range {
            found.extend(Severity::ALL.into_iter().filter(|between| (first..=severity).contains(between)));
        }
        found.insert(severity);
        let rest = text[at + 2..].trim_start();
        range = rest.starts_with(['-', '–']).then_some(severity);
    }
    found
}

/// How long `phase` takes, where the file says how long it is planned to.
pub fn phase_spent(model: &Model, now: Timestamp, runbook: &Runbook, phase: &Phase) -> Option<Spent> {
    for plan in plans(runbook) {
        let Some(at) = plan.parts.iter().position(|part| part.statement.line == phase.line) else { continue };
        let known = *whole(model, now, runbook, &plan)?.phases.get(at)?;
        known.began?;
        return Some(Spent { took: known.took, planned: known.planned, running: !known.ended });
    }
    let planned = runbook.statements.iter().find_map(|statement| match statement.says {
        Says::Planned { takes } if statement.step.is_none() && statement.line == phase.line => Some(takes),
        _ => None,
    })?;
    let from = first_deed(model, runbook, [phase])?;
    let running = phase.steps.iter().any(|step| !is_over(&state_of(model, runbook, step)));
    let last = phase.steps.iter().filter_map(|step| begun(model, runbook, &step.id)?.marked).max();
    let until = if running { now } else { last.unwrap_or(now) };
    Some(Spent { took: until.since(from), planned, running })
}

/// A phase whose heading says how long it is planned to take, and everything under it.
#[derive(Clone, Debug)]
pub struct PlannedPart<'a> {
    /// What it was read from.
    pub statement: &'a Statement,
    /// As planned.
    pub takes: Duration,
    /// What stands under the heading.
    pub phases: Vec<&'a Phase>,
}

impl<'a> PlannedPart<'a> {
    fn steps(&self) -> impl Iterator<Item = &'a Step> {
        self.phases.iter().flat_map(|phase| &phase.steps)
    }

    /// The heading.
    pub fn title(&self) -> &'a str {
        &self.statement.around
    }
}

/// Phases that stand side by side, each with a plan.
#[derive(Clone, Debug)]
pub struct Planned<'a> {
    /// The heading around them, or the runbook's title.
    pub title: &'a str,
    /// The phases, in the order of the file.
    pub parts: Vec<PlannedPart<'a>>,
}

impl Planned<'_> {
    /// Whether `phase` is one of them.
    pub fn holds(&self, phase: &Phase) -> bool {
        self.parts.iter().flat_map(|part| &part.phases).any(|known| known.line == phase.line)
    }

    /// Whether `step` stands in one of them.
    pub fn holds_step(&self, step: &StepId) -> bool {
        self.parts.iter().flat_map(PlannedPart::steps).any(|known| known.id == *step)
    }

    /// As a fact keeps them.
    pub fn phases(&self) -> Vec<PlannedPhase> {
        let phase = |part: &PlannedPart<'_>| PlannedPhase {
            title: part.title().to_owned(),
            takes: part.takes,
            steps: part.steps().map(|step| step.id.clone()).collect(),
        };
        self.parts.iter().map(phase).collect()
    }
}

/// The plans of `runbook`: where at least two phases side by side say how long they take. Going back is in no plan.
pub fn plans(runbook: &Runbook) -> Vec<Planned<'_>> {
    let mut plans: Vec<(&[String], Planned<'_>)> = Vec::new();
    let headings =
        runbook.statements.iter().filter_map(|statement| match (&statement.says, &statement.step) {
            (Says::Planned { takes }, None) => Some((statement, takes)),
            _ => None,
        });
    for (statement, takes) in headings.take(PLANNED) {
        let Some(heading) = statement.heading.as_ref().filter(|heading| **heading == statement.around) else {
            continue;
        };
        let phases = scope(runbook, statement);
        let Some(first) = phases.first().filter(|first| first.line >= statement.line) else { continue };
        let part = PlannedPart { statement, takes: *takes, phases: phases.clone() };
        let goes_back = phases.iter().all(|phase| phase.kind == PhaseKind::Rollback);
        if goes_back || part.steps().next().is_none() {
            continue;
        }
        let depth = first.path.iter().position(|part| part == heading).unwrap_or(first.path.len());
        let around = &first.path[..depth];
        match plans.iter_mut().find(|(known, _)| *known == around) {
            Some((_, plan)) => plan.parts.push(part),
            None => {
                let title = around.last().unwrap_or(&runbook.title);
                plans.push((around, Planned { title, parts: vec![part] }));
            }
        }
    }
    plans.into_iter().map(|(_, plan)| plan).filter(|plan| plan.parts.len() > 1).collect()
}

/// How `plan` goes; `None` where nothing of it was begun.
pub fn whole(model: &Model, now: Timestamp, runbook: &Runbook, plan: &Planned<'_>) -> Option<Whole> {
    let times = |part: &PlannedPart<'_>| PhaseTimes {
        planned: part.takes,
        first: first_deed(model, runbook, part.phases.iter().copied()),
        ended: last_deed(model, runbook, part),
    };
    phased::whole(&plan.parts.iter().map(times).collect::<Vec<_>>(), now)
}

/// When the last step of `part` was marked, where none is open.
fn last_deed(model: &Model, runbook: &Runbook, part: &PlannedPart<'_>) -> Option<Timestamp> {
    let over = part.steps().all(|step| is_over(&state_of(model, runbook, step)));
    let marked = part.steps().filter_map(|step| begun(model, runbook, &step.id)?.marked);
    marked.max().filter(|_| over)
}

/// How long `step` takes, where the file says how long it is planned to. It begins with its first run, or where
/// nothing ran, when the step before it was marked.
pub fn step_spent(model: &Model, now: Timestamp, runbook: &Runbook, step: &Step) -> Option<Spent> {
    let planned = of_step(runbook, step).find_map(|statement| match statement.says {
        Says::Planned { takes } => Some(takes),
        _ => None,
    })?;
    let steps: Vec<&Step> = runbook.phases.iter().flat_map(|phase| &phase.steps).collect();
    let at = steps.iter().position(|known| known.id == step.id)?;
    let before = at.checked_sub(1).and_then(|before| begun(model, runbook, &steps[before].id)?.marked);
    let own = begun(model, runbook, &step.id);
    let running = !is_over(&state_of(model, runbook, step));
    let (first, marked) = (own.map(|own| own.first), own.and_then(|own| own.marked));
    let from = match first {
        Some(first) if marked != Some(first) => first,
        Some(first) => before.filter(|before| *before <= first).unwrap_or(first),
        None => before?,
    };
    let until = if running { now } else { marked.unwrap_or(now) };
    Some(Spent { took: until.since(from), planned, running })
}

/// What the file says in `step`, in its order.
pub fn of_step<'a>(runbook: &'a Runbook, step: &'a Step) -> impl Iterator<Item = &'a Statement> {
    runbook.statements.iter().filter(|statement| statement.step.as_ref() == Some(&step.id))
}

/// The runbook called `id` and the step in it.
pub fn placed<'a>(model: &'a Model, id: &RunbookId, step: &StepId) -> Option<(&'a Runbook, &'a Step)> {
    let runbook = model.plan.runbook(id)?;
    Some((runbook, runbook.step(step)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severities_are_words_of_their_own() {
        use Severity::{P0, P1, P2, P3};
        let cases: [(&str, &[Severity]); 6] = [
            ("Recovery Time: < 15 minutes for P0 incidents", &[P0]),
            ("Determine severity (P0-P3)", &[P0, P1, P2, P3]),
            ("P1 – P2: hotfix", &[P1, P2]),
            ("P1: Hotfix if <30 min; P3 waits", &[P1, P3]),
            ("p95 < 500ms, HTTP2, P12, XP0", &[]),
            ("", &[]),
        ];
        for (text, wanted) in cases {
            assert_eq!(severities(text).into_iter().collect::<Vec<_>>(), wanted, "{text}");
        }
    }
}
