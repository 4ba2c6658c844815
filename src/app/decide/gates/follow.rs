//! A sequence that goes on: what its runs become, what follows them, how it ends.

use crate::domain::fact::Fact;
use crate::domain::gates::GateCommand;
use crate::domain::ids::{CommandId, RunId};
use crate::domain::runbook::{StepRef, StepState};
use crate::domain::step_binding::bound;
use crate::domain::step_evidence::StepEvidence;
use crate::domain::time::Timestamp;
use crate::state::{Gate, GateKind, Going, Model, RunState, Standing};

use super::super::{Effect, Out, failure, say, say_no, step};
use super::{held, send, title};

/// Follows the sequence that goes on: after a good end the next command leaves, after any other none does. Looked
/// at after every message.
pub fn follow(model: &mut Model, now: Timestamp, out: &mut Out) {
    let Some(going) = &model.feed.gates else { return };
    let Some(end) = ended(model, &going.run, out) else { return };
    let Some(going) = model.feed.gates.take() else { return };
    let gate = &going.gates[going.at];
    let by = model.plan.environment.operator.clone();
    match end {
        End::Well => {
            settle(model, &by, &gate.step, gate.command.as_ref(), &going.run, out);
            match going.stopped.clone() {
                Some(why) => stop(model, now, &going, true, why, out),
                None => next(model, now, going, out),
            }
        }
        End::Failed(detail) => {
            let reason = fail(model, &by, &gate.step, &title(gate), &going.run, &detail, out);
            stop(model, now, &going, false, reason, out);
        }
        End::Otherwise(word) => {
            let why =
                going.stopped.clone().unwrap_or_else(|| format!("{} {}: {word}", going.run, title(gate)));
            stop(model, now, &going, false, why, out);
        }
    }
}

/// How a run ended.
enum End {
    Well,
    Failed(String),
    /// Nobody can say that it failed.
    Otherwise(&'static str),
}

/// How `run` ended, by what is known and what is just being decided.
fn ended(model: &Model, run: &RunId, out: &Out) -> Option<End> {
    let decided = out.facts.iter().rev().find_map(|fact| match fact {
        Fact::RunObserved { run: of, .. } if of == run => Some(End::Well),
        Fact::RunFailed { run: of, detail } | Fact::RunNotInEffect { run: of, detail } if of == run => {
            Some(End::Failed(detail.clone()))
        }
        Fact::RunCancelled { run: of, .. } if of == run => Some(End::Otherwise("cancelled")),
        Fact::RunUnknown { run: of, .. } | Fact::RunVerified { run: of, .. } if of == run => {
            Some(End::Otherwise("unknown"))
        }
        _ => None,
    });
    decided.or_else(|| match &model.watch.run(run)?.state {
        RunState::Requested | RunState::Accepted(_) => None,
        RunState::Observed(..) => Some(End::Well),
        RunState::NotInEffect(detail) | RunState::Failed(detail) => Some(End::Failed(detail.clone())),
        RunState::Cancelled(_) => Some(End::Otherwise("cancelled")),
        RunState::Unknown(_) | RunState::Verified(_) => Some(End::Otherwise("unknown")),
    })
}

/// Marks `step`, of which `command` has ended well by `run`, once all its commands have.
pub(super) fn settle(
    model: &Model,
    by: &str,
    step: &StepRef,
    command: Option<&CommandId>,
    run: &RunId,
    out: &mut Out,
) {
    let Some(known) = model.plan.step(step) else { return };
    let well = |at: usize| {
        let other = known.command_id(at);
        other.as_ref() == command
            || matches!(
                crate::state::standing(&model.watch, step, other.as_ref(), false),
                Standing::Done(_) | Standing::Marked(_)
            )
    };
    let marked = |fact: &Fact| matches!(fact, Fact::StepMarked { step: of, .. } if of == step);
    // What a signal is to show is not done because a command ended well: the operator looks, and ticks.
    let done = bound(known).is_none() && (0..known.commands.len()).all(well);
    if done && !out.facts.iter().any(marked) {
        let evidence = (0..known.commands.len())
            .filter_map(|at| known.command_id(at))
            .filter_map(|other| rests_on(model, step, &other, (command, run), out))
            .collect();
        step::settle(model, step, StepState::Done, format!("{by} via {run}"), evidence, out);
    }
}

/// The run that says that a command ended well; for `just` it is being decided.
fn rests_on(
    model: &Model,
    step: &StepRef,
    command: &CommandId,
    just: (Option<&CommandId>, &RunId),
    out: &Out,
) -> Option<StepEvidence> {
    let known =
        if just.0 == Some(command) { model.watch.run(just.1)? } else { model.watch.ran(step, command)? };
    let decided = out.facts.iter().find_map(|fact| match fact {
        Fact::RunObserved { run, detail, .. } | Fact::RunVerified { run, detail, .. } if *run == known.id => {
            Some(detail.clone())
        }
        _ => None,
    });
    let detail = decided.or_else(|| match &known.state {
        RunState::Observed(detail, _) | RunState::Verified(detail) => Some(detail.clone()),
        _ => None,
    })?;
    Some(StepEvidence::Run { run: known.id.clone(), title: known.title.clone(), detail, at: known.requested })
}

/// Marks `step`, of which a command did not end well, unless its file says to ask; and gives the reason.
fn fail(
    model: &Model,
    by: &str,
    step: &StepRef,
    text: &str,
    run: &RunId,
    detail: &str,
    out: &mut Out,
) -> String {
    let reason = format!("{run} {text}: {detail}");
    if failure::asks(model, run) {
        return reason;
    }
    step::settle(
        model,
        step,
        StepState::Failed { reason: reason.clone() },
        format!("{by} via {run}"),
        Vec::new(),
        out,
    );
    reason
}

/// The next command leaves, or the sequence is over.
fn next(model: &mut Model, now: Timestamp, mut going: Going, out: &mut Out) {
    for at in going.at + 1..going.gates.len() {
        let gate = &going.gates[at];
        if gate.kind == GateKind::Excluded {
            continue;
        }
        match gate.standing(&model.watch, false) {
            Standing::Done(_) | Standing::Marked(_) => {}
            Standing::Waits | Standing::Failed(_) if is_gone(model, gate) => {
                let why = format!("{}: the runbook says something else now: look again", title(gate));
                stop(model, now, &going, true, why, out);
                return;
            }
            Standing::Waits | Standing::Failed(_) => {
                match send(model, now, gate, &going.consent, out) {
                    Ok(run) => {
                        (going.at, going.run) = (at, run);
                        model.feed.gates = Some(going);
                    }
                    Err(why) => stop(model, now, &going, true, why, out),
                }
                return;
            }
            Standing::Unknown(_) | Standing::Runs(_) => {
                let why = held(model, gate);
                stop(model, now, &going, true, why, out);
                return;
            }
        }
    }
    let (done, total) = counted(model, &going, true);
    say(model, now, format!("{} {}: {done} of {total} done", going.id, going.title));
    out.fact(Fact::GatesEnded { gates: going.id, title: going.title, done, total, stopped: None });
}

/// Whether the command of `gate` is no longer in the runbook as it was on screen.
fn is_gone(model: &Model, gate: &Gate) -> bool {
    let known = model.plan.step(&gate.step);
    gate.command.is_some()
        && !known.is_some_and(|step| (0..step.commands.len()).any(|at| step.command_id(at) == gate.command))
}

/// The sequence stops; `well` is whether its last run ended well.
fn stop(model: &mut Model, now: Timestamp, going: &Going, well: bool, why: String, out: &mut Out) {
    let (done, total) = counted(model, going, well);
    say_no(model, now, format!("{} {}: {done} of {total} done, stopped: {why}", going.id, going.title));
    out.effect(Effect::Bell);
    let (gates, title) = (going.id.clone(), going.title.clone());
    out.fact(Fact::GatesEnded { gates, title, done, total, stopped: Some(why) });
}

/// How many commands have ended well, of how many; `well` is whether the one that was out has just done so.
fn counted(model: &Model, going: &Going, well: bool) -> (usize, usize) {
    let is_done = |(at, gate): &(usize, &Gate)| {
        let standing = gate.standing(&model.watch, false);
        if *at == going.at { well } else { matches!(standing, Standing::Done(_) | Standing::Marked(_)) }
    };
    let all = || going.gates.iter().enumerate().filter(|(_, gate)| gate.is_counted());
    (all().filter(is_done).count(), all().count())
}

/// The operator stops `run`: no command after it leaves.
pub fn stopped(model: &mut Model, run: &RunId) {
    if let Some(going) = model.feed.gates.as_mut().filter(|going| going.run == *run) {
        going.stopped = Some("by hand".into());
    }
}

/// Says of a sequence that a console before this one began and did not end, that it did not; the steps of what had
/// ended by then are marked.
pub fn interrupted(model: &Model, out: &mut Out) {
    for gates in model.watch.gates.iter().filter(|gates| gates.ended.is_none()) {
        for one in &gates.commands {
            mark_ended(model, &gates.by, one, out);
        }
        out.fact(Fact::GatesEnded {
            gates: gates.id.clone(),
            title: gates.title.clone(),
            done: model.watch.passed(gates),
            total: gates.commands.len(),
            stopped: Some("the console ended while it went on".into()),
        });
    }
}

/// Marks the step of a command that had ended when the console did.
fn mark_ended(model: &Model, by: &str, one: &GateCommand, out: &mut Out) {
    let Some(run) = model.watch.ran(&one.step, &one.command) else { return };
    // What was marked after it stays as it is.
    let marked = model.watch.mark(&one.step);
    if marked.is_some_and(|mark| mark.state != StepState::Open && mark.at > run.requested) {
        return;
    }
    match crate::state::standing(&model.watch, &one.step, Some(&one.command), false) {
        Standing::Done(run) => settle(model, by, &one.step, Some(&one.command), &run.id, out),
        Standing::Failed(run) => {
            if let RunState::Failed(detail) | RunState::NotInEffect(detail) = &run.state {
                fail(model, by, &one.step, &one.text, &run.id, detail, out);
            }
        }
        Standing::Waits | Standing::Marked(_) | Standing::Unknown(_) | Standing::Runs(_) => {}
    }
}
