//! The watch: the fold of all facts. Changes only by [`Watch::apply`], so a replay of the journal
//! gives the live watch.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::domain::action::Purpose;
use crate::domain::fact::{Fact, Logged};
use crate::domain::ids::{ActionId, IncidentId, ObligationId, RunId, RunbookId, SignalId};
use crate::domain::mention::Mention;
use crate::domain::runbook::StepRef;
use crate::domain::terms::Terms;
use crate::domain::time::Timestamp;

use super::attached::Attached;
use super::duties::{DutyState, Owed};
use super::gates::Gates;
use super::notebook::Notebook;
use super::nudges::Nudges;
use super::parts::{
    Acknowledgement, Approval, Begun, Incident, Mark, Obligation, ObligationState, Run, RunState, Sighting,
    SignalWatch, Silence,
};
use super::posts::Posts;
use super::rollback::Rollback;
use super::values::{Value, Values};
use super::window::Window;

/// Facts the timeline holds; older ones stay in the journal.
const TIMELINE: usize = 2_000;
/// Runs whose output is held; that of older ones stays in the journal.
const OUTPUTS: usize = 20;

/// What is known for good.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Watch {
    /// The last fact applied.
    pub seq: u64,
    /// Hard states, by name.
    pub signals: BTreeMap<SignalId, SignalWatch>,
    /// Since when the observer's own checks all fail, and how.
    pub observer_sick: Option<(Timestamp, String)>,
    /// Marked steps, by the incident they were marked in.
    pub steps: BTreeMap<(Option<IncidentId>, StepRef), Mark>,
    /// What was attached to steps, and files that were kept.
    pub attached: Attached,
    /// When steps were gone about, by the incident it was in.
    pub begun: BTreeMap<(Option<IncidentId>, StepRef), Begun>,
    /// Where the operator was in the runbooks.
    pub place: Option<StepRef>,
    /// What the runbooks say of signals that went red.
    pub routes: BTreeMap<SignalId, Option<Mention>>,
    /// Until when changes may run.
    pub armed_until: Option<Timestamp>,
    /// In the order they were requested.
    pub runs: Vec<Run>,
    /// Approvals, by the incident they were given in.
    pub approvals: BTreeMap<(Option<IncidentId>, StepRef), Approval>,
    /// Runs that were taken back, and by which run.
    pub undone: BTreeMap<RunId, RunId>,
    /// Steps whose last run was taken back, and by which run, by incident.
    pub undone_steps: BTreeMap<(Option<IncidentId>, StepRef), RunId>,
    /// Runs that are not to be taken back any more.
    pub not_undone: BTreeSet<RunId>,
    /// Last known positions of toggles, and when each was read.
    pub positions: BTreeMap<ActionId, (bool, Timestamp)>,
    /// What placeholders were filled with and what runs gave names to.
    pub values: Values,
    /// Sequences of calls that have not ended: the canary's run, their title and how many calls they have.
    pub sequences: Vec<(RunId, String, usize)>,
    /// Commands of runbooks that ran one after the other, in the order they were begun.
    pub gates: Vec<Gates>,
    /// What is live, by sources that tell no more than that.
    pub live: BTreeMap<SignalId, Sighting>,
    /// Go-live windows, in the order they were opened.
    pub windows: Vec<Window>,
    /// In the order they were begun.
    pub rollbacks: Vec<Rollback>,
    /// Plans of phases that were begun, by the incident it was in: their runbook and title.
    pub plans: BTreeSet<(Option<IncidentId>, RunbookId, String)>,
    /// What is to be done after a GO, in the order it was opened.
    pub duties: Vec<Owed>,
    /// In the order they were opened.
    pub obligations: Vec<Obligation>,
    /// In the order they were declared.
    pub incidents: Vec<Incident>,
    /// The incident that was declared, opened again or gone over to last.
    pub chosen: Option<IncidentId>,
    /// Hypotheses, decisions, follow-ups, and what was left open at the end.
    pub notebook: Notebook,
    /// What the deputy reminds of.
    pub nudges: Nudges,
    /// What was posted.
    pub posts: Posts,
    /// When a person last did something.
    pub last_deed: Option<Timestamp>,
    /// What people and systems did, oldest first; soft states are not in it.
    pub timeline: VecDeque<Arc<Logged>>,
    /// While a journal is replayed, the first fact that the timeline still holds at its end.
    told_from: u64,
}

impl Watch {
    /// How `step` stands in the current incident.
    pub fn mark(&self, step: &StepRef) -> Option<&Mark> {
        let incident = self.incident().map(|incident| incident.id.clone());
        self.steps.get(&(incident, step.clone()))
    }

    /// When `step` was gone about in the current incident.
    pub fn begun(&self, step: &StepRef) -> Option<Begun> {
        let incident = self.incident().map(|incident| incident.id.clone());
        self.begun.get(&(incident, step.clone())).copied()
    }

    /// The newest value called `name` in the current incident that a run gave.
    pub fn captured(&self, name: &str) -> Option<&Value> {
        self.values.captured(self.incident().map(|incident| &incident.id), name)
    }

    /// What `name` was last filled with in the current incident.
    pub fn filled(&self, name: &str) -> Option<&Value> {
        self.values.filled(self.incident().map(|incident| &incident.id), name)
    }

    /// The run called `id`.
    pub fn run(&self, id: &RunId) -> Option<&Run> {
        self.runs.iter().rev().find(|run| run.id == *id)
    }

    /// The obligation called `id`.
    pub fn obligation(&self, id: &ObligationId) -> Option<&Obligation> {
        self.obligations.iter().find(|obligation| obligation.id == *id)
    }

    /// Obligations still owed, soonest first.
    pub fn owed(&self) -> Vec<&Obligation> {
        let mut owed: Vec<&Obligation> =
            self.obligations.iter().filter(|obligation| obligation.state == ObligationState::Open).collect();
        owed.sort_by_key(|obligation| obligation.due);
        owed
    }

    /// Whether changes may run at `now` in a console that starts locked.
    pub fn armed(&self, now: Timestamp) -> bool {
        self.armed_until.is_some_and(|until| now < until)
    }

    fn signal(&mut self, signal: &SignalId, at: Timestamp) -> &mut SignalWatch {
        self.signals.entry(signal.clone()).or_insert_with(|| SignalWatch::unseen(at))
    }

    fn run_mut(&mut self, run: &RunId) -> Option<&mut Run> {
        self.runs.iter_mut().rev().find(|known| known.id == *run)
    }

    fn run_state(&mut self, run: &RunId, state: RunState) {
        if let Some(known) = self.run_mut(run) {
            known.state = state;
        }
    }

    fn obligation_mut(&mut self, id: &ObligationId) -> Option<&mut Obligation> {
        self.obligations.iter_mut().find(|obligation| obligation.id == *id)
    }

    /// Applies all of `entries`, as [`Watch::apply`] does one after the other: what the timeline would let go of again
    /// is not copied into it.
    pub fn replay(&mut self, entries: &[Logged]) {
        let mut told = entries.iter().rev().filter(|entry| entry.fact.is_told());
        self.told_from = told.nth(TIMELINE - 1).map_or(0, |entry| entry.seq);
        entries.iter().for_each(|entry| self.apply(entry));
        self.told_from = 0;
    }

    /// Applies one fact. The only way a watch changes.
    #[expect(clippy::too_many_lines, reason = "one match that names every fact: none is left out by default")]
    pub fn apply(&mut self, logged: &Logged) {
        self.seq = logged.seq;
        let at = logged.at;
        self.remember(logged);
        match &logged.fact {
            Fact::SessionOpened { .. } => self.reopen(),
            Fact::ClockStepped { by_millis } => self.shift(at, *by_millis),
            Fact::SessionClosed { .. }
            | Fact::LookedAt { .. }
            | Fact::CheckOverridden { .. }
            | Fact::RunbookChanged { .. }
            | Fact::NotCaptured { .. }
            // The deputy looks at every fact: see `remember`.
            | Fact::Nudged { .. }
            | Fact::NudgeHeard { .. }
            | Fact::NudgeEnded { .. }
            | Fact::RecordPruned { .. }
            | Fact::Crashed { .. } => {}
            Fact::Settled { signal, to, reason, detail, since, evidence, after, .. } => {
                let known = self.signal(signal, at);
                known.health = *to;
                known.reason = *reason;
                known.detail.clone_from(detail);
                known.since = *since;
                known.after.clone_from(after);
                if evidence.is_some() {
                    known.evidence.clone_from(evidence);
                }
            }
            Fact::Routed { signal, mention } => {
                self.routes.insert(signal.clone(), mention.clone());
            }
            Fact::FlappingStarted { signal, percent } => self.signal(signal, at).flapping = Some(*percent),
            Fact::FlappingStopped { signal, .. } => self.signal(signal, at).flapping = None,
            Fact::ObserverSick { detail } => self.observer_sick = Some((at, detail.clone())),
            Fact::ObserverRecovered {} => self.observer_sick = None,
            Fact::Acknowledged { signal, by, why, until } => {
                self.signal(signal, at).acknowledged =
                    Some(Acknowledgement { by: by.clone(), why: why.clone(), at, until: *until });
            }
            Fact::AcknowledgementEnded { signal, .. } => self.signal(signal, at).acknowledged = None,
            Fact::Silenced { signal, by, why, until } => {
                self.signal(signal, at).silenced =
                    Some(Silence { by: by.clone(), why: why.clone(), until: *until });
            }
            Fact::SilenceEnded { signal, .. } => self.signal(signal, at).silenced = None,
            Fact::StepMarked { step, text, state, by, evidence, despite, why, .. } => {
                let mark = Mark {
                    text: text.clone(),
                    state: state.clone(),
                    by: by.clone(),
                    at,
                    evidence: evidence.clone(),
                    despite: despite.clone(),
                    why: why.clone(),
                    recovered: None,
                };
                self.undone_steps.remove(&(logged.incident.clone(), step.clone()));
                self.steps.insert((logged.incident.clone(), step.clone()), mark);
            }
            Fact::EvidenceAttached { .. } | Fact::ArtifactKept { .. } => self.attached.apply(logged),
            Fact::StepApproved { step, role, name, reason, by, .. } => {
                let (role, name, reason) = (role.clone(), name.clone(), reason.clone());
                let approval = Approval { role, name, reason, by: by.clone(), at };
                self.approvals.insert((logged.incident.clone(), step.clone()), approval);
            }
            Fact::StepRecovered { step, run, .. } => {
                if let Some(mark) = self.steps.get_mut(&(logged.incident.clone(), step.clone())) {
                    mark.recovered = Some(run.clone());
                }
            }
            Fact::Walked { step } => self.place = Some(step.clone()),
            Fact::Armed { until, .. } => self.armed_until = Some(*until),
            Fact::Disarmed { .. } => self.armed_until = None,
            Fact::RunRequested { .. }
            | Fact::RunAccepted { .. }
            | Fact::PositionRead { .. }
            | Fact::RunObserved { .. }
            | Fact::RunNotInEffect { .. }
            | Fact::RunFailed { .. }
            | Fact::RunCancelled { .. }
            | Fact::RunUnknown { .. }
            | Fact::RunVerified { .. }
            | Fact::RunOutput { .. } => self.apply_run(logged),
            Fact::Filled { .. } | Fact::Captured { .. } => self.values.apply(logged),
            Fact::UndoWaived { run, .. } => drop(self.not_undone.insert(run.clone())),
            Fact::SequenceBegan { first, title, total, .. } => {
                self.sequences.push((first.clone(), title.clone(), *total));
            }
            Fact::SequenceEnded { first, .. } => self.sequences.retain(|(known, ..)| known != first),
            Fact::GatesBegan { .. } | Fact::GatesEnded { .. } => self.apply_gates(logged),
            Fact::ReleaseSeen { signal, version, went_live, .. } => {
                let sighting = Sighting { version: version.clone(), went_live: *went_live, seen: at };
                self.live.insert(signal.clone(), sighting);
            }
            Fact::WindowOpened { .. }
            | Fact::WindowRelease { .. }
            | Fact::WindowGate { .. }
            | Fact::WindowReset { .. }
            | Fact::WindowFrozen { .. }
            | Fact::WindowThawed { .. }
            | Fact::WindowHeld { .. }
            | Fact::WindowReleased { .. }
            | Fact::WindowCheckpoint { .. }
            | Fact::WindowReady { .. }
            | Fact::WindowEnded { .. } => self.apply_window(logged),
            Fact::RollbackBegan { .. } | Fact::RollbackEnded { .. } => self.apply_rollback(logged),
            Fact::PlanBegan { runbook, title, .. } => {
                self.plans.insert((logged.incident.clone(), runbook.clone(), title.clone()));
            }
            Fact::DutiesOpened { .. }
            | Fact::DutyDone { .. }
            | Fact::DutyWaived { .. }
            | Fact::DutyEnded { .. } => self.apply_duty(logged),
            Fact::ObligationOpened { .. }
            | Fact::ObligationDischarged { .. }
            | Fact::ObligationWaived { .. }
            | Fact::ObligationExtended { .. } => self.apply_obligation(logged),
            Fact::IncidentDeclared { .. }
            | Fact::IncidentChosen { .. }
            | Fact::RoleTaken { .. }
            | Fact::Escalated { .. }
            | Fact::SeverityChanged { .. }
            | Fact::KindChanged { .. }
            | Fact::Mitigated { .. }
            | Fact::IncidentMerged { .. }
            | Fact::IncidentReopened { .. }
            | Fact::DeadlineSettled { .. }
            | Fact::IncidentAcknowledged { .. }
            | Fact::IncidentClosed { .. } => self.apply_incident(logged),
            Fact::HypothesisRaised { .. }
            | Fact::HypothesisSettled { .. }
            | Fact::Decided { .. }
            | Fact::FollowUpOpened { .. }
            | Fact::FollowUpClosed { .. }
            | Fact::PatchLinked { .. }
            | Fact::Noted { .. }
            | Fact::ClosingWaived { .. } => self.notebook.apply(logged),
            Fact::PostRequested { .. } | Fact::Posted { .. } => self.posts.apply(logged),
        }
    }

    /// Remembers that somebody did something, what is told of it, and when a step was gone about.
    fn remember(&mut self, logged: &Logged) {
        self.nudges.apply(logged);
        if let Fact::IncidentMerged { incident, into, .. } = &logged.fact {
            self.notebook.merge(incident, into);
        }
        if logged.fact.is_deed() {
            self.last_deed = Some(logged.at);
        }
        if logged.seq >= self.told_from && logged.fact.is_told() {
            if self.timeline.len() == TIMELINE {
                self.timeline.pop_front();
            }
            self.timeline.push_back(Arc::new(logged.clone()));
        }
        let (step, marked) = match &logged.fact {
            Fact::StepMarked { step, .. } => (step, true),
            Fact::RunRequested { step: Some(step), .. } => (step, false),
            _ => return,
        };
        let key = (logged.incident.clone(), step.clone());
        let begun = self.begun.entry(key).or_insert(Begun { first: logged.at, marked: None });
        if marked {
            begun.marked = Some(logged.at);
        }
    }

    /// What a new session must not take over from the one before it.
    fn reopen(&mut self) {
        self.armed_until = None;
        for run in &mut self.runs {
            if run.is_open() {
                let why = "the console ended while it ran".to_owned();
                // Reading a position has no effect that somebody would have to look for.
                let read = run.purpose == Purpose::Read;
                run.state = if read { RunState::Cancelled(why) } else { RunState::Unknown(why) };
            }
        }
    }

    /// The system clock was set: what is counted from or down to goes with it, so that nothing lasts
    /// longer than was agreed. The timeline keeps the instants as they were written.
    fn shift(&mut self, at: Timestamp, by_millis: i64) {
        for window in self.windows.iter_mut().filter(|window| window.ended.is_none()) {
            window.shift(at, by_millis);
        }
        let by = |at: &mut Timestamp| *at = at.shifted(by_millis);
        for signal in self.signals.values_mut() {
            by(&mut signal.since);
            if let Some(taken) = &mut signal.acknowledged {
                by(&mut taken.at);
                by(&mut taken.until);
            }
            if let Some(muted) = &mut signal.silenced {
                by(&mut muted.until);
            }
        }
        for begun in self.begun.values_mut() {
            by(&mut begun.first);
            begun.marked.iter_mut().for_each(by);
        }
        self.nudges.shift(by_millis);
        self.notebook.shift(by_millis);
        self.observer_sick.iter_mut().for_each(|(since, _)| by(since));
        self.armed_until.iter_mut().for_each(by);
        self.last_deed.iter_mut().for_each(by);
        for run in self.runs.iter_mut().filter(|run| run.is_open()) {
            by(&mut run.requested);
            run.accepted.iter_mut().for_each(by);
        }
        for owed in self.duties.iter_mut().filter(|owed| owed.state == DutyState::Open) {
            by(&mut owed.from);
        }
        for owed in self.obligations.iter_mut().filter(|owed| owed.state == ObligationState::Open) {
            by(&mut owed.due);
        }
        self.posts.shift(by_millis);
        self.incidents.iter_mut().for_each(|incident| incident.shift(by_millis));
    }

    fn apply_run(&mut self, logged: &Logged) {
        let at = logged.at;
        match &logged.fact {
            Fact::RunRequested {
                run,
                action,
                title,
                purpose,
                risk,
                request,
                by,
                step,
                command,
                terms,
                undo,
                undoes,
                handles,
            } => {
                if let Some(old) = self.runs.len().checked_sub(OUTPUTS) {
                    let old = &mut self.runs[old];
                    old.truncated |= !old.output.is_empty();
                    old.output = Vec::new();
                }
                self.runs.push(Run {
                    id: run.clone(),
                    action: action.clone(),
                    title: title.clone(),
                    purpose: *purpose,
                    risk: *risk,
                    request: request.clone(),
                    by: by.clone(),
                    step: step.clone(),
                    command: command.clone(),
                    incident: logged.incident.clone(),
                    terms: Terms::clone(terms),
                    undo: undo.clone(),
                    undoes: undoes.clone(),
                    handles: handles.clone(),
                    requested: at,
                    accepted: None,
                    well: false,
                    state: RunState::Requested,
                    output: Vec::new(),
                    truncated: false,
                });
            }
            Fact::RunAccepted { run, detail } => {
                self.run_state(run, RunState::Accepted(detail.clone()));
                if let Some(known) = self.run_mut(run) {
                    known.accepted = Some(at);
                }
            }
            Fact::PositionRead { run, action, on } => {
                self.positions.insert(action.clone(), (*on, at));
                if let Some(read) = self.run_mut(run) {
                    let word = if *on { "on" } else { "off" };
                    read.state = RunState::Observed(word.into(), at.since(read.requested));
                }
            }
            Fact::RunObserved { run, detail, after } => {
                self.run_state(run, RunState::Observed(detail.clone(), *after));
                self.ended_well(run);
            }
            Fact::RunNotInEffect { run, detail } => {
                self.run_state(run, RunState::NotInEffect(detail.clone()))
            }
            Fact::RunFailed { run, detail } => self.run_state(run, RunState::Failed(detail.clone())),
            Fact::RunCancelled { run, detail } => self.run_state(run, RunState::Cancelled(detail.clone())),
            Fact::RunUnknown { run, detail } => self.run_state(run, RunState::Unknown(detail.clone())),
            Fact::RunVerified { run, detail, well, .. } => {
                self.run_state(run, RunState::Verified(detail.clone()));
                if let Some(known) = self.run_mut(run) {
                    known.well = *well;
                }
                if *well {
                    self.ended_well(run);
                }
            }
            Fact::RunOutput { run, lines, truncated } => {
                // One that ended after many others began is too old to hold as well.
                let held = self.runs.len().saturating_sub(OUTPUTS);
                if let Some(at) = self.runs.iter().rposition(|known| known.id == *run) {
                    let kept = at >= held;
                    self.runs[at].output = if kept { lines.clone() } else { Vec::new() };
                    self.runs[at].truncated = *truncated || !kept;
                }
            }
            _ => {}
        }
    }

    fn apply_obligation(&mut self, logged: &Logged) {
        match &logged.fact {
            Fact::ObligationOpened { obligation, action, run, text, due } => {
                self.obligations.push(Obligation {
                    id: obligation.clone(),
                    action: action.clone(),
                    run: run.clone(),
                    text: text.clone(),
                    due: *due,
                    incident: logged.incident.clone(),
                    state: ObligationState::Open,
                })
            }
            Fact::ObligationDischarged { obligation, .. } => {
                if let Some(known) = self.obligation_mut(obligation) {
                    known.state = ObligationState::Discharged;
                }
            }
            Fact::ObligationWaived { obligation, reason, .. } => {
                if let Some(known) = self.obligation_mut(obligation) {
                    known.state = ObligationState::Waived(reason.clone());
                }
            }
            Fact::ObligationExtended { obligation, due, .. } => {
                if let Some(known) = self.obligation_mut(obligation) {
                    known.due = *due;
                }
            }
            _ => {}
        }
    }
}
