//! What is to be settled before an incident closes, derived from facts, the runbooks and what sources list now. Each is
//! done, or left open with a reason that is a fact.

use crate::domain::action::{Action, Purpose, Risk};
use crate::domain::board::Board;
use crate::domain::ids::{
    ActionId, ClosingId, GatesId, HypothesisId, IncidentId, ObligationId, RunId, SignalId,
};
use crate::domain::incident::Standing as Stands;
use crate::domain::reading::Health;
use crate::domain::runbook::{Phase, PhaseKind, Runbook, Step, StepRef, StepState};
use crate::domain::step_rules::Need;
use crate::domain::text::clip;

use super::gates::{Gates, Standing, standing};
use super::notebook::Waiver;
use super::parts::{Incident, Run, RunState};
use super::timer::in_use;
use super::{Model, Watch};

/// Columns of what is quoted of a runbook.
const QUOTED: usize = 80;
/// What an offer is called that sends something again that was not delivered.
const REPLAY: &str = "replay";

/// Something to be settled.
#[derive(Clone, Debug, PartialEq)]
pub struct ClosingItem {
    /// Its name: the same while it is about the same.
    pub id: ClosingId,
    /// What it is.
    pub kind: ClosingKind,
    /// In words.
    pub text: String,
    /// Why it is left open, where somebody said so.
    pub waived: Option<Waiver>,
}

/// What is to be settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClosingKind {
    /// A run goes on, or nobody knows how it ended.
    Run(RunId),
    /// Something is owed.
    Obligation(ObligationId),
    /// Commands that are to run again, all of them.
    Gates(GatesId, StepRef),
    /// A check that is to run again.
    Check(ActionId),
    /// A command of a step that is to run again.
    Command(StepRef),
    /// What was not delivered, by the signal that lists it.
    Webhooks(SignalId),
    /// A step that has to be done.
    Step(StepRef),
    /// Something is red.
    Signal(SignalId),
    /// What may be the cause, and nobody has said whether it is.
    Hypothesis(HypothesisId),
}

impl ClosingKind {
    /// Whether it can be left open with a reason that is said here: how a run ended, and what is owed, have facts of
    /// their own.
    pub const fn is_left_open(&self) -> bool {
        !matches!(self, ClosingKind::Run(_) | ClosingKind::Obligation(_))
    }

    /// The part of the list that it stands in.
    pub const fn part(&self) -> &'static str {
        match self {
            ClosingKind::Run(_) => "Runs",
            ClosingKind::Obligation(_) => "Owed",
            ClosingKind::Gates(..) | ClosingKind::Check(_) | ClosingKind::Command(_) => "Gates to run again",
            ClosingKind::Webhooks(_) => "To replay",
            ClosingKind::Step(_) => "Steps",
            ClosingKind::Signal(_) => "Red",
            ClosingKind::Hypothesis(_) => "Hypotheses",
        }
    }
}

impl ClosingItem {
    /// Whether the incident cannot close over it.
    pub fn blocks(&self) -> bool {
        self.waived.is_none()
    }
}

/// Everything that is to be settled before the open incident closes, in the order of the list; none where none is open.
pub fn items(model: &Model) -> Vec<ClosingItem> {
    let Some(incident) = model.watch.incident() else { return Vec::new() };
    let mut found = Vec::new();
    runs(model, incident, &mut found);
    owed(model, incident, &mut found);
    gates(model, incident, &mut found);
    webhooks(model, &mut found);
    steps(model, &mut found);
    signals(model, incident, &mut found);
    hypotheses(model, incident, &mut found);
    let waived = |(id, kind, text): (ClosingId, ClosingKind, String)| {
        let waived = waived(&model.watch, &incident.id, &id, &kind).cloned();
        ClosingItem { id, kind, text, waived }
    };
    found.into_iter().map(waived).collect()
}

/// What stands in the way of closing the open incident, a line each.
pub fn missing(model: &Model) -> Vec<String> {
    items(model).into_iter().filter(ClosingItem::blocks).map(|item| item.text).collect()
}

type Found = Vec<(ClosingId, ClosingKind, String)>;

/// Why an item is left open: of a signal only what was said since it went red.
fn waived<'a>(
    watch: &'a Watch,
    incident: &IncidentId,
    id: &ClosingId,
    kind: &ClosingKind,
) -> Option<&'a Waiver> {
    let waiver = watch.notebook.waiver(incident, id)?;
    match kind {
        ClosingKind::Signal(signal) => {
            let since = watch.signals.get(signal)?.since;
            Some(waiver).filter(|waiver| waiver.at >= since)
        }
        // How it ended is said, and what is owed is given up, by facts of their own.
        ClosingKind::Run(_) | ClosingKind::Obligation(_) => None,
        ClosingKind::Gates(..)
        | ClosingKind::Check(_)
        | ClosingKind::Command(_)
        | ClosingKind::Webhooks(_)
        | ClosingKind::Step(_)
        | ClosingKind::Hypothesis(_) => Some(waiver),
    }
}

/// Whether something belongs to `incident`, or to none.
fn is_of(of: Option<&IncidentId>, incident: &Incident) -> bool {
    of.is_none_or(|of| *of == incident.id)
}

fn runs(model: &Model, incident: &Incident, found: &mut Found) {
    for run in model.watch.runs.iter().filter(|run| is_of(run.incident.as_ref(), incident)) {
        let how = match (run.is_open(), run.must_be_verified()) {
            (true, _) => "still runs",
            (false, true) => "is unknown: verify it",
            (false, false) => continue,
        };
        let text = format!("{} {} {how}", run.id, run.title);
        found.push((format!("run:{}", run.id).into(), ClosingKind::Run(run.id.clone()), text));
    }
}

fn owed(model: &Model, incident: &Incident, found: &mut Found) {
    for owed in model.watch.owed().into_iter().filter(|owed| is_of(owed.incident.as_ref(), incident)) {
        let text = format!("{} {}", owed.id, owed.text);
        found.push((format!("owed:{}", owed.id).into(), ClosingKind::Obligation(owed.id.clone()), text));
    }
}

/// Checks that have not ended well since the last change of the incident.
fn gates(model: &Model, incident: &Incident, found: &mut Found) {
    let change = last_change(model, incident);
    let since = change.map(|(at, _)| at);
    let after = change.map_or_else(String::new, |(_, run)| format!(" since {}", run.id));
    let mark = change.map_or_else(String::new, |(_, run)| format!("@{}", run.id));
    if let Some(gates) = last_gates(model) {
        let here = gates.incident.as_ref() == Some(&incident.id);
        let well = gates.ended == Some(None) && model.watch.passed(gates) == gates.commands.len();
        let stale = since.is_some_and(|at| gates.first <= at);
        if let Some(first) = gates.commands.first().filter(|_| stale || here && !well) {
            let how = if well { format!("not run again{after}") } else { "has not ended well".to_owned() };
            let text = format!("{}: {how} ({})", gates.title, gates.id);
            let kind = ClosingKind::Gates(gates.id.clone(), first.step.clone());
            found.push((format!("gates:{}{mark}", gates.title).into(), kind, text));
        }
    }
    for action in checks(model) {
        let last = model.watch.runs.iter().enumerate().rev().find(|(_, run)| {
            run.incident.as_ref() == Some(&incident.id) && run.action == action.id && !run.is_open()
        });
        if let Some(how) = again(last, since, &after) {
            let text = format!("{}: {how}", action.id);
            found.push((
                format!("check:{}{mark}", action.id).into(),
                ClosingKind::Check(action.id.clone()),
                text,
            ));
        }
    }
    for (runbook, _, step) in recovery(model) {
        let place = StepRef { runbook: runbook.id.clone(), step: step.id.clone() };
        for at in 0..step.commands.len() {
            let Some(id) = step.command_id(at) else { continue };
            let Some(ran) = model.watch.ran(&place, &id).filter(|run| is_check(run)) else { continue };
            let at = model.watch.runs.iter().position(|run| run.id == ran.id);
            let last = at.zip(Some(ran)).filter(|(_, run)| !run.is_open());
            // One that failed is its step's affair: that is not done.
            let well = matches!(standing(&model.watch, &place, Some(&id), false), Standing::Failed(_));
            if let Some(how) = again(last, since, &after).filter(|_| !well) {
                let text = format!("{}: {how}", clip(&ran.title, QUOTED));
                let name = format!("command:{}#{}:{id}{mark}", place.runbook, place.step);
                found.push((name.into(), ClosingKind::Command(place.clone()), text));
            }
        }
    }
}

/// Why what ran last as `last` is to run again; nothing where it is not. `since` is the place of the last change.
fn again(last: Option<(usize, &Run)>, since: Option<usize>, after: &str) -> Option<String> {
    match (last, since) {
        (None, Some(_)) => Some(format!("not run{after}")),
        (Some((_, run)), _) if !ended_well(run) => Some(format!("{} has not ended well", run.id)),
        (Some((at, _)), Some(since)) if at < since => Some(format!("not run again{after}")),
        (None, None) | (Some(_), _) => None,
    }
}

fn ended_well(run: &Run) -> bool {
    match &run.state {
        RunState::Observed(..) => true,
        RunState::Verified(_) => run.well,
        RunState::Requested
        | RunState::Accepted(_)
        | RunState::NotInEffect(_)
        | RunState::Failed(_)
        | RunState::Cancelled(_)
        | RunState::Unknown(_) => false,
    }
}

/// Whether a run tells how something is and changes nothing.
fn is_check(run: &Run) -> bool {
    run.risk == Risk::Read
}

/// The newest change of the incident, and its place among the runs. What lifts a measure that was taken, sends again
/// what was not delivered, tells people, or is a gate itself, changes nothing that gates tell of.
fn last_change<'a>(model: &'a Model, incident: &Incident) -> Option<(usize, &'a Run)> {
    let lifts = |run: &Run| {
        run.purpose == Purpose::Off && model.watch.obligations.iter().any(|owed| owed.action == run.action)
    };
    let replays = |run: &Run| {
        let payments = model.plan.listed(Board::Payments);
        let mut names = payments.map(|at| format!("{}:{REPLAY}", model.plan.signals[at].id));
        names.any(|name| run.action.as_str().starts_with(&name))
    };
    let is_gate = |run: &Run| {
        let (Some(step), Some(command)) = (&run.step, &run.command) else { return false };
        let of = |gates: &&Gates| is_gates(model, gates) && gates.holds(step, command);
        model.watch.gates.iter().any(|gates| of(&gates))
    };
    model.watch.runs.iter().enumerate().rev().find(|(_, run)| {
        run.incident.as_ref() == Some(&incident.id)
            && run.risk != Risk::Read
            && run.purpose != Purpose::Read
            && !matches!(run.state, RunState::Cancelled(_))
            && !model.watch.nudges.is_post(&run.id)
            && !lifts(run)
            && !replays(run)
            && !is_gate(run)
    })
}

/// Whether commands that ran in a row are checks: they stand where the runbook verifies or recovers.
fn is_gates(model: &Model, gates: &Gates) -> bool {
    let phase = gates.commands.first().and_then(|command| model.plan.phase(&command.step));
    phase.is_some_and(|phase| matches!(phase.kind, PhaseKind::Verify | PhaseKind::Recover))
}

/// The checks that ran in a row last, in this incident or before it.
fn last_gates(model: &Model) -> Option<&Gates> {
    model.watch.gates.iter().rev().find(|gates| is_gates(model, gates))
}

/// Steps by which the runbooks that are gone about recover.
fn recovery(model: &Model) -> impl Iterator<Item = (&Runbook, &Phase, &Step)> {
    in_use(model).into_iter().flat_map(|runbook| {
        let phases = runbook.phases.iter().filter(|phase| phase.kind == PhaseKind::Recover);
        phases.flat_map(move |phase| phase.steps.iter().map(move |step| (runbook, phase, step)))
    })
}

/// Actions that only read and that a step of the recovery means: by a code span, or by its words.
fn checks(model: &Model) -> impl Iterator<Item = &Action> {
    model.plan.actions.iter().filter(|action| {
        let says = |step: &Step| {
            let words = step.text.to_lowercase();
            action
                .matches
                .iter()
                .any(|text| step.codes.contains(text) || words.contains(&text.to_lowercase()))
        };
        action.risk == Risk::Read && recovery(model).any(|(_, _, step)| says(step))
    })
}

/// What sources list as not delivered, and can be sent again.
fn webhooks(model: &Model, found: &mut Found) {
    for at in model.plan.listed(Board::Payments) {
        let Some(listing) = &model.feed.signals[at].listing else { continue };
        let is_left =
            |offers: &[crate::domain::offer::Offer]| offers.iter().any(|offer| offer.name == REPLAY);
        let left = listing.entries.iter().filter(|entry| is_left(&entry.offers)).count();
        if left > 0 {
            let signal = &model.plan.signals[at].id;
            let word = if left == 1 { "event was" } else { "events were" };
            let text = format!("{left} {word} not delivered, by {signal}: replay");
            found.push((format!("webhooks:{signal}").into(), ClosingKind::Webhooks(signal.clone()), text));
        }
    }
}

/// Whether something of `runbook` was run or marked in the open incident.
fn is_gone_about(model: &Model, runbook: &Runbook) -> bool {
    let incident = model.watch.incident().map(|incident| &incident.id);
    model.watch.begun.keys().any(|(of, step)| of.as_ref() == incident && step.runbook == runbook.id)
}

/// Steps that have to be done and are not, in runbooks of which something was done: of what an incident asks for, and of
/// what was begun in it.
fn steps(model: &Model, found: &mut Found) {
    for runbook in in_use(model).into_iter().filter(|runbook| is_gone_about(model, runbook)) {
        for phase in &runbook.phases {
            let place = |step: &Step| StepRef { runbook: runbook.id.clone(), step: step.id.clone() };
            let mark = |step: &Step| model.watch.mark(&place(step));
            let asked = match phase.kind {
                PhaseKind::Contain | PhaseKind::Triage | PhaseKind::Comms | PhaseKind::Recover => true,
                PhaseKind::Prepare | PhaseKind::Verify | PhaseKind::Rollback => {
                    phase.steps.iter().any(|step| mark(step).is_some())
                }
                PhaseKind::FollowUp | PhaseKind::Reference => false,
            };
            for step in phase.steps.iter().filter(|step| asked && step.need() == Need::Required) {
                let how = match mark(step).map(|mark| (&mark.state, &mark.recovered)) {
                    None | Some((StepState::Open, _)) => "open",
                    Some((StepState::Failed { .. }, None)) => "failed",
                    Some(
                        (StepState::Failed { .. }, Some(_))
                        | (StepState::Done | StepState::Skipped { .. } | StepState::NotApplicable, _),
                    ) => {
                        continue;
                    }
                };
                let place = place(step);
                let text = format!("{how}: {}", clip(&step.text, QUOTED));
                found.push((
                    format!("step:{}#{}", place.runbook, place.step).into(),
                    ClosingKind::Step(place),
                    text,
                ));
            }
        }
    }
}

/// What is red, and what went blind meanwhile: nobody can tell whether that is well.
fn signals(model: &Model, incident: &Incident, found: &mut Found) {
    for signal in model.plan.signals.iter().filter(|signal| !signal.observer) {
        let Some(known) = model.watch.signals.get(&signal.id) else { continue };
        let counts = match known.health {
            Health::Down | Health::Degraded => true,
            Health::Blind => known.since >= incident.declared,
            Health::Ok => false,
        };
        if counts {
            let why = super::reason_words(known.reason, &known.detail);
            let why = if why.is_empty() { String::new() } else { format!(" ({why})") };
            let text = format!("{} is {}{why}", signal.id, known.health.word());
            found.push((ClosingId::of_signal(&signal.id), ClosingKind::Signal(signal.id.clone()), text));
        }
    }
}

fn hypotheses(model: &Model, incident: &Incident, found: &mut Found) {
    let of = |incident: &Incident| {
        let id = incident.id.clone();
        model.watch.notebook.hypotheses.iter().filter(move |known| known.incident.as_ref() == Some(&id))
    };
    for known in of(incident).filter(|known| known.standing == Stands::Open) {
        let text = format!("{} {}", known.id, known.text);
        found.push((
            format!("hypothesis:{}", known.id).into(),
            ClosingKind::Hypothesis(known.id.clone()),
            text,
        ));
    }
}
