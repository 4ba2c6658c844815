//! Runs after they were asked for: on disk, out, accepted, observed. A 200 is not an effect.

use std::time::Duration;

use crate::actions::{self, Outcome};
use crate::domain::action::{Action, ActionKind, Purpose};
use crate::domain::fact::Fact;
use crate::domain::ids::{ObligationId, RunId};
use crate::domain::io::IoReply;
use crate::domain::reading::Reading;
use crate::domain::time::{Timestamp, short};
use crate::panes;
use crate::state::{
    Awaited, Dialog, DueKey, Focus, JournalState, Model, ObligationState, Position, Run, RunState,
};

use super::permit::{self, Asked, Consent};
use super::{Effect, Out, action, check, comms, failure, gates, offer, poll, recordable, say, say_no};

/// Facts up to `through` are on disk: the runs they request may leave now.
pub fn logged(model: &mut Model, through: u64, out: &mut Out) {
    if let JournalState::Writing(known) = &mut model.feed.journal {
        *known = through.max(*known);
    }
    let later = model.feed.requested.split_off(&(through + 1));
    for (_, id) in std::mem::replace(&mut model.feed.requested, later) {
        let Some(run) = model.watch.run(&id) else { continue };
        let hands_over = run.terms.hands_over
            || model
                .plan
                .action(&run.action)
                .is_some_and(|action| matches!(action.kind, ActionKind::Shell(_)));
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
    let lines = match actions::readable(reply) {
        Some(lines) => lines,
        None if streamed => live.lines.into(),
        None => actions::lines(reply),
    };
    if !lines.is_empty() {
        let truncated = live.dropped > 0 || matches!(reply, IoReply::Command(command) if command.truncated);
        out.fact(Fact::RunOutput { run: id.clone(), lines, truncated });
    }
    if let Some(called) = model.feed.calls.get(id).cloned() {
        offer::replied(model, now, &run, &called, reply, out);
        return;
    }
    if comms::replied(model, now, &run, reply, out) {
        return;
    }
    let action = model.plan.action(&run.action).cloned();
    if run.purpose == Purpose::Read
        && let Some(Action { kind: ActionKind::Toggle(toggle), .. }) = &action
    {
        let position = actions::position(toggle, reply);
        position_read(model, now, &run, position, out);
        return;
    }
    super::values::mention(model, &run, reply, out);
    let outcome = match actions::expected(&run.terms) {
        Ok(expected) => {
            let expected = expected.or_else(|| check::expected(model, id));
            let expect = expected.as_ref().or(action.as_ref().and_then(|action| action.expect.as_ref()));
            actions::outcome(run.risk, expect, reply)
        }
        Err(why) => Outcome::Failed(why),
    };
    check::answered(model, now, id, &outcome, out);
    match outcome {
        Outcome::Accepted(detail) => {
            accepted(model, now, &run, action.as_ref(), detail, out);
            super::values::capture(model, now, &run, reply, out);
        }
        Outcome::Failed(detail) => {
            let still =
                run.undoes.as_ref().map_or_else(String::new, |undone| format!("; {undone} is not undone"));
            say_no(model, now, format!("{id} {} failed: {detail}{still}", run.title));
            out.fact(Fact::RunFailed { run: id.clone(), detail: detail.clone() });
            failure::failed(model, now, &run, &detail, out);
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
            told: false,
        });
        poll::soon(model, signal, now);
    }
    if matches!(action.kind, ActionKind::Toggle(_)) {
        // A mutation is read back. A reading that is out already began too early to tell: when it
        // comes, another follows.
        let reads = |other: &&Run| other.action == run.action && other.purpose == Purpose::Read;
        if !model.watch.runs.iter().filter(reads).any(Run::is_open) {
            read_back(model, now, action, out);
        }
    } else if signal.is_none() {
        observed(model, now, run, detail, out);
    }
}

/// Asks for a toggle's position.
fn read_back(model: &mut Model, now: Timestamp, action: &Action, out: &mut Out) -> Option<RunId> {
    let ActionKind::Toggle(toggle) = &action.kind else { return None };
    let read = Asked::of(action, Purpose::Read, toggle.read.clone(), None);
    permit::request(model, now, read, Consent::None, out).map_err(|why| say_no(model, now, why)).ok()
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
pub fn observed(model: &mut Model, now: Timestamp, run: &Run, detail: String, out: &mut Out) {
    let after = now.since(run.requested);
    say(model, now, format!("{} {}: {detail}, after {}", run.id, run.title, seconds(after)));
    if run.purpose == Purpose::Off {
        met(model, run, &detail, out);
    }
    out.fact(Fact::RunObserved { run: run.id.clone(), detail, after });
    failure::recovered(model, run, out);
}

/// What switching `run`'s toggle on left is met: it is off.
fn met(model: &Model, run: &Run, detail: &str, out: &mut Out) {
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
                confirm.position = Position::Unreadable(why.clone());
            } else {
                say_no(model, now, format!("{} could not be read: {why}", read.action));
            }
            for run in unsettled(model, read) {
                if let RunState::Accepted(_) = run.state {
                    let detail = format!("accepted, and its position could not be read back: {why}");
                    out.fact(Fact::RunUnknown { run: run.id, detail });
                }
            }
            return;
        }
    };
    let word = if on { "on" } else { "off" };
    out.fact(Fact::PositionRead { run: read.id.clone(), action: read.action.clone(), on });
    if asking {
        action::face(model, on);
    }
    let action = model.plan.action(&read.action).cloned();
    for run in unsettled(model, read) {
        if let RunState::Accepted(_) = run.state {
            if run.accepted.is_some_and(|accepted| read.requested < accepted) {
                // It was asked before the switch was thrown.
                if let Some(action) = &action {
                    read_back(model, now, action, out);
                }
            } else if on == (run.purpose == Purpose::On) {
                observed(model, now, &run, format!("read back: {word}"), out);
            } else {
                not_in_effect(model, now, &run, format!("accepted, but reads back {word}"), out);
            }
            continue;
        }
        // Reading the position is what verifies an unknown switch, and what it is in decides what
        // is owed.
        let by = model.plan.environment.operator.clone();
        out.fact(Fact::RunVerified {
            run: run.id.clone(),
            by,
            detail: format!("read back: {word}"),
            well: on == (run.purpose == Purpose::On),
        });
        match &action {
            Some(action) if on && run.purpose == Purpose::On && !owes(model, action) => {
                owe(model, now, &run, action, out);
            }
            Some(_) if !on && run.purpose == Purpose::Off => met(model, &run, "read back: off", out),
            Some(_) | None => {}
        }
    }
}

/// Runs of the toggle that `read` was asked of whose end a position decides: those that were taken
/// and that no signal shows, and those that nobody knows about.
fn unsettled(model: &Model, read: &Run) -> Vec<Run> {
    let decides = |run: &&Run| match run.state {
        RunState::Unknown(_) => true,
        RunState::Accepted(_) => {
            run.purpose != Purpose::Read && !model.feed.awaited.iter().any(|awaited| awaited.run == run.id)
        }
        RunState::Requested
        | RunState::Observed(..)
        | RunState::NotInEffect(_)
        | RunState::Failed(_)
        | RunState::Cancelled(_)
        | RunState::Verified(_) => false,
    };
    model
        .watch
        .runs
        .iter()
        .filter(|run| run.action == read.action && run.id != read.id)
        .filter(decides)
        .cloned()
        .collect()
}

/// Whether something is owed because of `action`.
fn owes(model: &Model, action: &Action) -> bool {
    let owed = &model.watch.obligations;
    owed.iter().any(|owed| owed.action == action.id && owed.state == ObligationState::Open)
}

pub fn not_in_effect(model: &mut Model, now: Timestamp, run: &Run, detail: String, out: &mut Out) {
    say_no(model, now, format!("{} {}: NOT IN EFFECT: {detail}", run.id, run.title));
    out.effect(Effect::Bell);
    let why = detail.clone();
    out.fact(Fact::RunNotInEffect { run: run.id.clone(), detail });
    failure::failed(model, now, run, &why, out);
}

/// A reading of signal `index` came: does it show an effect that is awaited?
pub fn seen(model: &mut Model, now: Timestamp, index: usize, reading: &Reading, out: &mut Out) {
    let awaited: Vec<Awaited> =
        model.feed.awaited.iter().filter(|awaited| awaited.signal == index).cloned().collect();
    for awaited in awaited {
        let wanted = awaited.purpose != Purpose::Off;
        let told = reading
            .effects
            .iter()
            .find(|(action, _)| *action == awaited.action)
            .and_then(|(_, holds)| *holds);
        let Some(holds) = told.filter(|_| reading.at >= awaited.since) else { continue };
        if holds != wanted {
            model
                .feed
                .awaited
                .iter_mut()
                .filter(|other| other.run == awaited.run)
                .for_each(|other| other.told = true);
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
        if !awaited.told {
            // No data is neither an effect nor the lack of one.
            let detail = format!("accepted, but {signal} could not be measured within {within}");
            say_no(model, now, format!("{} {}: unknown: {detail}: verify", run.id, run.title));
            out.effect(Effect::Bell);
            out.fact(Fact::RunUnknown { run: run.id.clone(), detail });
            continue;
        }
        not_in_effect(
            model,
            now,
            &run,
            format!("accepted, but {signal} did not show it within {within}"),
            out,
        );
    }
}

/// The run that is looked at: in a dialog, or under the cursor of the due pane.
pub fn looked_at(model: &Model, now: Timestamp) -> Option<RunId> {
    if let Some(Dialog::Output { run, .. }) = &model.ui.dialog {
        return Some(run.clone());
    }
    match panes::due::selected(model, now).filter(|_| model.ui.focus == Focus::Due) {
        Some(DueKey::Run(run) | DueKey::Undo(run)) => Some(run),
        Some(
            DueKey::Obligation(_)
            | DueKey::Acknowledgement(_)
            | DueKey::Silence(_)
            | DueKey::Armed
            | DueKey::Timer(_)
            | DueKey::Rung(_)
            | DueKey::Deadline(..)
            | DueKey::Reminder(_)
            | DueKey::Duty(_),
        )
        | None => None,
    }
}

/// Stops the run that is looked at, and no other; where none is, the newest that is out.
pub fn cancel(model: &mut Model, now: Timestamp, out: &mut Out) {
    if let Some(run) = looked_at(model, now)
        && offer::stop(model, &run)
        && !model.feed.running.contains(&run)
    {
        say(model, now, format!("{run}: no more calls leave"));
        return;
    }
    let out_now = |run: &RunId| model.feed.running.contains(run);
    let newest = || model.watch.runs.iter().rev().map(|run| &run.id).find(|run| out_now(run)).cloned();
    let run = match looked_at(model, now) {
        Some(run) if !out_now(&run) => {
            say_no(model, now, format!("{run} is not running"));
            return;
        }
        looked_at => looked_at.or_else(newest),
    };
    match run {
        Some(run) => {
            say(model, now, format!("{run}: stopping"));
            model.feed.stopping.insert(run.clone());
            gates::stopped(model, &run);
            out.effect(Effect::Cancel(run));
        }
        None => say_no(model, now, "nothing is running"),
    }
}

/// Finds out what an unknown run did: reads a toggle's position, or asks who looked.
pub fn verify(model: &mut Model, now: Timestamp, out: &mut Out) {
    if !recordable(model, now) {
        return;
    }
    let unknown = |run: &&Run| run.is_unknown();
    let chosen = match looked_at(model, now).and_then(|run| model.watch.run(&run)) {
        Some(run) if !run.is_unknown() && model.ui.dialog.is_some() => {
            let text = format!("{} is not unknown", run.id);
            say_no(model, now, text);
            return;
        }
        looked_at => looked_at.filter(unknown),
    };
    let Some(run) = chosen.or_else(|| model.watch.runs.iter().find(unknown)).cloned() else {
        say_no(model, now, "no run is unknown");
        return;
    };
    match model.plan.action(&run.action).cloned() {
        Some(action) if matches!(action.kind, ActionKind::Toggle(_)) => {
            if read_back(model, now, &action, out).is_some() {
                say(model, now, format!("{}: reading the position", run.id));
            }
        }
        Some(_) | None => {
            super::dialog::prompt(model, crate::state::Asking::Verify(run.id), "");
        }
    }
}

/// Takes what the operator found an unknown run to have done. Of an undo it says whether that is undone: what is not
/// can be taken back again.
pub fn verified(
    model: &mut Model,
    now: Timestamp,
    id: RunId,
    detail: String,
    out: &mut Out,
) -> Result<(), String> {
    let Some(run) = model.watch.run(&id).filter(|run| run.is_unknown()) else {
        return Err(format!("{id} is not unknown any more"));
    };
    let well = match &run.undoes {
        None => comms::verified(model, &id, &detail, out).transpose()?.unwrap_or(false),
        Some(undone) => {
            let well = is_undone(&detail).ok_or("begin with undone, or with not undone")?;
            let word = if well { "is undone" } else { "is not undone" };
            let text = format!("{undone} {word}");
            say(model, now, text);
            well
        }
    };
    let by = model.plan.environment.operator.clone();
    out.fact(Fact::RunVerified { run: id, by, detail, well });
    Ok(())
}

/// Whether what was found of an undo begins with the word that it worked; `None` where it begins with neither word.
fn is_undone(detail: &str) -> Option<bool> {
    let words = detail.to_lowercase();
    let mut words = words.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    match (words.next(), words.next()) {
        (Some("undone"), _) => Some(true),
        (Some("not"), Some("undone")) => Some(false),
        _ => None,
    }
}
