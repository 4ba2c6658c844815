//! Runs after they were asked for: on disk, out, accepted, observed. A 200 is not an effect.

use std::time::Duration;

use crate::actions::{self, Outcome};
use crate::domain::action::{Action, ActionKind, Purpose, Risk};
use crate::domain::fact::Fact;
use crate::domain::ids::{ObligationId, RunId};
use crate::domain::io::IoReply;
use crate::domain::reading::Reading;
use crate::domain::time::{Timestamp, short};
use crate::state::{Awaited, Dialog, JournalState, Model, ObligationState, Position, Run, RunState};

use super::permit::{self, Asked, Consent};
use super::{Effect, Out, action, poll, say, say_no};

/// Facts up to `through` are on disk: the runs they request may leave now.
pub fn logged(model: &mut Model, through: u64, out: &mut Out) {
    if let JournalState::Writing(known) = &mut model.feed.journal {
        *known = through.max(*known);
    }
    let later = model.feed.requested.split_off(&(through + 1));
    for (_, id) in std::mem::replace(&mut model.feed.requested, later) {
        let Some(run) = model.watch.run(&id) else { continue };
        let hands_over =
            model.plan.action(&run.action).is_some_and(|action| matches!(action.kind, ActionKind::Shell(_)));
        out.effect(Effect::Run { run: id.clone(), request: run.request.clone(), hands_over });
        model.feed.running.insert(id);
    }
}

/// A run ended.
pub fn replied(model: &mut Model, now: Timestamp, id: &RunId, reply: &IoReply, out: &mut Out) {
    if !model.feed.running.remove(id) {
        return;
    }
    model.feed.stopping.remove(id);
    let Some(run) = model.watch.run(id).cloned() else { return };
    let live = model.feed.outputs.remove(id).unwrap_or_default();
    let streamed = !live.lines.is_empty();
    let lines = if streamed { live.lines.into() } else { actions::lines(reply) };
    if !lines.is_empty() {
        let truncated = live.dropped > 0 || matches!(reply, IoReply::Command(command) if command.truncated);
        out.fact(Fact::RunOutput { run: id.clone(), lines, truncated });
    }
    let action = model.plan.action(&run.action).cloned();
    if run.purpose == Purpose::Read
        && let Some(Action { kind: ActionKind::Toggle(toggle), .. }) = &action
    {
        let position = actions::position(toggle, reply);
        position_read(model, now, &run, position, out);
        return;
    }
    let expect = action.as_ref().and_then(|action| action.expect.as_ref());
    match actions::outcome(run.risk, expect, reply) {
        Outcome::Accepted(detail) => accepted(model, now, &run, action.as_ref(), detail, out),
        Outcome::Failed(detail) => {
            say_no(model, now, format!("{id} {} failed: {detail}", run.title));
            out.fact(Fact::RunFailed { run: id.clone(), detail });
        }
        Outcome::Unknown(detail) => {
            say_no(model, now, format!("{id} {} unknown: {detail}: verify", run.title));
            out.fact(Fact::RunUnknown { run: id.clone(), detail });
        }
        Outcome::Cancelled(detail) => {
            say(model, now, format!("{id} {} cancelled", run.title));
            out.fact(Fact::RunCancelled { run: id.clone(), detail });
        }
    }
}

/// The far side took it: now its effect must be seen.
fn accepted(
    model: &mut Model,
    now: Timestamp,
    run: &Run,
    action: Option<&Action>,
    detail: String,
    out: &mut Out,
) {
    out.fact(Fact::RunAccepted { run: run.id.clone(), detail: detail.clone() });
    let Some(action) = action else {
        observed(model, now, run, detail, out);
        return;
    };
    owe(model, now, run, action, out);
    let signal = action.observe.as_ref().and_then(|(signal, _)| model.plan.signal_index(signal));
    if let Some(signal) = signal {
        say(model, now, format!("{} {}: accepted ({detail}), waiting to see it", run.id, run.title));
        model.feed.awaited.push(Awaited {
            run: run.id.clone(),
            action: action.id.clone(),
            purpose: run.purpose,
            signal,
            since: now,
            deadline: now.plus(action.within),
        });
        poll::soon(model, signal, now);
    }
    if let ActionKind::Toggle(toggle) = &action.kind {
        // A mutation is read back.
        let read = Asked::of(action, Purpose::Read, toggle.read.clone(), None);
        let later = model.watch.runs.len();
        match permit::request(model, now, read, Consent::None) {
            Ok(Fact::RunRequested { title, purpose, risk, request, by, step, action, .. }) => {
                let run = RunId::from(format!("R-{}", later + 1));
                out.fact(Fact::RunRequested { run, action, title, purpose, risk, request, by, step });
            }
            Ok(_) => {}
            Err(why) => say_no(model, now, why),
        }
    } else if signal.is_none() {
        observed(model, now, run, detail, out);
    }
}

/// What a switched-on toggle leaves, or what switching it off settles.
fn owe(model: &mut Model, now: Timestamp, run: &Run, action: &Action, out: &mut Out) {
    let owed = model
        .watch
        .obligations
        .iter()
        .find(|known| known.action == action.id && known.state == ObligationState::Open);
    match (run.purpose, action.ends_after, owed) {
        (Purpose::On | Purpose::Do, Some(after), None) => out.fact(Fact::ObligationOpened {
            obligation: ObligationId::from(format!("O-{}", model.watch.obligations.len() + 1)),
            action: action.id.clone(),
            run: run.id.clone(),
            text: if run.purpose == Purpose::On {
                format!("{} must be switched off", action.id)
            } else {
                format!("{} must be followed up", action.id)
            },
            due: now.plus(after),
        }),
        (Purpose::On | Purpose::Do, Some(after), Some(owed)) => out.fact(Fact::ObligationExtended {
            obligation: owed.id.clone(),
            by: run.by.clone(),
            due: now.plus(after),
        }),
        (Purpose::On | Purpose::Do, None, _) | (Purpose::Off | Purpose::Read, ..) => {}
    }
}

/// Its effect was seen.
fn observed(model: &mut Model, now: Timestamp, run: &Run, detail: String, out: &mut Out) {
    let after = now.since(run.requested);
    say(model, now, format!("{} {}: {detail}, after {}", run.id, run.title, seconds(after)));
    if run.purpose == Purpose::Off {
        for owed in &model.watch.obligations {
            if owed.action == run.action && owed.state == ObligationState::Open {
                out.fact(Fact::ObligationDischarged {
                    obligation: owed.id.clone(),
                    by: run.by.clone(),
                    detail: format!("{} {detail}", run.id),
                });
            }
        }
    }
    out.fact(Fact::RunObserved { run: run.id.clone(), detail, after });
}

fn seconds(span: Duration) -> String {
    if span < Duration::from_secs(60) { format!("{:.1} s", span.as_secs_f64()) } else { short(span) }
}

/// A toggle's position was read: for a dialog that asks which way, or to read a switch back.
fn position_read(
    model: &mut Model,
    now: Timestamp,
    read: &Run,
    position: Result<bool, String>,
    out: &mut Out,
) {
    let asking = matches!(&model.ui.dialog, Some(Dialog::Confirm(confirm)) if confirm.position == Position::Reading(read.id.clone()));
    let on = match position {
        Ok(on) => on,
        Err(why) => {
            out.fact(Fact::RunFailed { run: read.id.clone(), detail: why.clone() });
            if asking && let Some(Dialog::Confirm(confirm)) = &mut model.ui.dialog {
                confirm.position = Position::Unreadable(why);
            } else {
                say_no(model, now, format!("{} could not be read: {why}", read.action));
            }
            return;
        }
    };
    let word = if on { "on" } else { "off" };
    let after = now.since(read.requested);
    out.fact(Fact::PositionRead { run: read.id.clone(), action: read.action.clone(), on });
    out.fact(Fact::RunObserved { run: read.id.clone(), detail: word.into(), after });
    if asking {
        action::face(model, on);
    }
    let runs: Vec<Run> = model.watch.runs.iter().filter(|run| run.action == read.action).cloned().collect();
    for run in runs {
        let wanted = match run.purpose {
            Purpose::On => true,
            Purpose::Off => false,
            Purpose::Do | Purpose::Read => continue,
        };
        match run.state {
            // Reading the position is what verifies an unknown switch.
            RunState::Unknown(_) => {
                let by = model.plan.environment.operator.clone();
                out.fact(Fact::RunVerified { run: run.id.clone(), by, detail: format!("read back: {word}") });
            }
            RunState::Accepted(_) => {
                let awaited = model.feed.awaited.iter().any(|awaited| awaited.run == run.id);
                if awaited {
                    continue;
                }
                if on == wanted {
                    observed(model, now, &run, format!("read back: {word}"), out);
                } else {
                    not_in_effect(model, now, &run, format!("accepted, but reads back {word}"), out);
                }
            }
            RunState::Requested
            | RunState::Observed(..)
            | RunState::NotInEffect(_)
            | RunState::Failed(_)
            | RunState::Cancelled(_)
            | RunState::Verified(_) => {}
        }
    }
}

fn not_in_effect(model: &mut Model, now: Timestamp, run: &Run, detail: String, out: &mut Out) {
    say_no(model, now, format!("{} {}: NOT IN EFFECT: {detail}", run.id, run.title));
    out.effect(Effect::Bell);
    out.fact(Fact::RunNotInEffect { run: run.id.clone(), detail });
}

/// A reading of signal `index` came: does it show an effect that is awaited?
pub fn seen(model: &mut Model, now: Timestamp, index: usize, reading: &Reading, out: &mut Out) {
    let awaited: Vec<Awaited> =
        model.feed.awaited.iter().filter(|awaited| awaited.signal == index).cloned().collect();
    for awaited in awaited {
        let wanted = awaited.purpose != Purpose::Off;
        let shown =
            reading.effects.iter().any(|(action, holds)| *action == awaited.action && *holds == Some(wanted));
        if reading.at < awaited.since || !shown {
            continue;
        }
        model.feed.awaited.retain(|other| other.run != awaited.run);
        if let Some(run) = model.watch.run(&awaited.run).cloned() {
            let signal = model.plan.signals[index].id.clone();
            observed(model, now, &run, format!("observed by {signal}"), out);
        }
    }
}

/// Gives up on effects that were not seen in time.
pub fn overdue(model: &mut Model, now: Timestamp, out: &mut Out) {
    let late: Vec<Awaited> =
        model.feed.awaited.iter().filter(|awaited| now >= awaited.deadline).cloned().collect();
    for awaited in late {
        model.feed.awaited.retain(|other| other.run != awaited.run);
        let Some(run) = model.watch.run(&awaited.run).cloned() else { continue };
        let signal = model.plan.signals[awaited.signal].id.clone();
        let within = short(awaited.deadline.since(awaited.since));
        not_in_effect(
            model,
            now,
            &run,
            format!("accepted, but {signal} did not show it within {within}"),
            out,
        );
    }
}

/// Stops the newest run that is out, or the one looked at.
pub fn cancel(model: &mut Model, now: Timestamp, out: &mut Out) {
    let looked_at = match (&model.ui.dialog, &model.ui.due) {
        (Some(Dialog::Output { run, .. }), _) | (_, Some(crate::state::DueKey::Run(run))) => {
            Some(run.clone())
        }
        _ => None,
    };
    let run = looked_at.filter(|run| model.feed.running.contains(run));
    match run.or_else(|| model.feed.running.last().cloned()) {
        Some(run) => {
            say(model, now, format!("{run}: stopping"));
            model.feed.stopping.insert(run.clone());
            out.effect(Effect::Cancel(run));
        }
        None => say_no(model, now, "nothing is running"),
    }
}

/// Finds out what an unknown run did: reads a toggle's position, or asks who looked.
pub fn verify(model: &mut Model, now: Timestamp, out: &mut Out) {
    let chosen = match &model.ui.due {
        Some(crate::state::DueKey::Run(run)) => model.watch.run(run).filter(|run| run.is_unknown()),
        _ => None,
    };
    let Some(run) = chosen.or_else(|| model.watch.runs.iter().find(|run| run.is_unknown())).cloned() else {
        say_no(model, now, "no run is unknown");
        return;
    };
    let action = model.plan.action(&run.action).cloned();
    match action {
        Some(Action { kind: ActionKind::Toggle(toggle), .. }) if run.purpose != Purpose::Read => {
            let asked = Asked {
                action: run.action.clone(),
                title: format!("{}: read", run.action),
                purpose: Purpose::Read,
                risk: Risk::Read,
                request: toggle.read.clone(),
                target: String::new(),
                step: None,
            };
            match permit::request(model, now, asked, Consent::None) {
                Ok(fact) => {
                    say(model, now, format!("{}: reading the position", run.id));
                    out.fact(fact);
                }
                Err(why) => say_no(model, now, why),
            }
        }
        Some(_) | None => {
            super::dialog::prompt(model, crate::state::Asking::Verify(run.id), "");
        }
    }
}
