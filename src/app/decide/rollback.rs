//! Going back to an earlier release: which, what is to be known before it, and what follows.

use std::time::Duration;

use crate::domain::action::Risk;
use crate::domain::board::Board;
use crate::domain::entry::EntryRef;
use crate::domain::fact::Fact;
use crate::domain::ids::{ActionId, ObligationId, RollbackId, RunId};
use crate::domain::io::{CommandRequest, IoRequest};
use crate::domain::offer::Offer;
use crate::domain::rollback::{Outcome, rule};
use crate::domain::time::{Timestamp, short};
use crate::state::rollback::{Candidate, Card, OFFER, Rollback, candidates, machines, machines_at, side};
use crate::state::{Dialog, Model, Offered, RunState};

use super::permit::{self, Asked, Consent};
use super::{Effect, Out, offer, poll, recordable, say, say_no, window};

/// How long listing migrations may take.
const LOOK: Duration = Duration::from_secs(60);
/// How long a rollback that is in effect waits for a reading that lists what is so now.
const COUNTED_WITHIN: Duration = Duration::from_secs(60);
/// By when what a rollback leaves is to be done.
const LEFT_FOR: Duration = Duration::from_secs(24 * 3600);

/// Lists the releases that can be gone back to, and asks their sources anew.
pub fn open(model: &mut Model, now: Timestamp) {
    if !recordable(model, now) {
        return;
    }
    let listed: Vec<usize> = model.plan.listed(Board::Deploys).collect();
    if candidates(model).is_empty() {
        let why = if listed.is_empty() {
            "no source lists releases: vercel, fly or releases in the configuration does"
        } else {
            "no source lists a release that could be gone back to"
        };
        say_no(model, now, why);
        return;
    }
    for at in listed {
        poll::soon(model, at, now);
    }
    model.ui.dialog = Some(Dialog::Rollback { cursor: None });
}

/// Whether some release can be gone back to.
pub fn is_offered(model: &Model) -> bool {
    candidates(model).iter().any(|one| one.refused().is_none())
}

/// The release that the cursor is on.
fn at<'a>(model: &'a Model, cursor: Option<&EntryRef>) -> Option<Candidate<'a>> {
    let all = candidates(model);
    let named = all.iter().find(|one| Some(&one.key()) == cursor).copied();
    // What is gone from the list is nobody's choice: the cursor is back at the first.
    named.or_else(|| all.first().copied())
}

/// Moves the cursor.
pub fn by(model: &mut Model, lines: isize) {
    let Some(Dialog::Rollback { cursor }) = &model.ui.dialog else { return };
    let all = candidates(model);
    let here = all.iter().position(|one| Some(one.key()) == *cursor).unwrap_or(0);
    let next = here.saturating_add_signed(lines).min(all.len().saturating_sub(1));
    let key = all.get(next).map(Candidate::key);
    model.ui.dialog = Some(Dialog::Rollback { cursor: key });
}

/// Shows the card of the chosen release, and asks what is to be known before it.
pub fn chosen(model: &mut Model, now: Timestamp, out: &mut Out) {
    let Some(Dialog::Rollback { cursor }) = &model.ui.dialog else { return };
    let Some(candidate) = at(model, cursor.as_ref()) else { return };
    let (signal, to) = (candidate.signal.clone(), side(candidate.entry));
    let from = candidate.live.map(side);
    let Some(offer) = candidate.entry.offers.iter().find(|offer| offer.name == OFFER).cloned() else {
        return;
    };
    if let Some(why) = &offer.refused {
        say_no(model, now, format!("{}: {why}", to.release));
        return;
    }
    let age = from.as_ref().and_then(|from| from.at).map(|at| now.since(at));
    let severity = model.watch.incident().map(|incident| incident.severity);
    let mut card = Card { from, to, rule: rule(age, severity), before: None, migrations: None };
    let offer = Offer { target: card.to.release.clone(), ..offer };
    if let Some(call) = &offer.before {
        let asked = Asked::of_request(
            ActionId::from(format!("{signal}:before:{}", call.key)),
            call.title.clone(),
            Risk::Read,
            call.request.clone(),
        );
        match permit::request(model, now, asked, Consent::None, out) {
            Ok(run) => card.before = Some((run, call.title.clone())),
            Err(why) => {
                say_no(model, now, format!("whether {} could not be asked: {why}", call.title));
                return;
            }
        }
    }
    card.migrations = migrations(model, now, &card, out);
    offer::show(model, now, signal, &offer);
    if let Some(Dialog::Confirm(confirm)) = &mut model.ui.dialog {
        confirm.card = Some(Box::new(card));
    }
}

/// Asks what was migrated between the two releases.
fn migrations(model: &Model, now: Timestamp, card: &Card, out: &mut Out) -> Option<RunId> {
    let wanted = &model.plan.rollback;
    let from = card.from.as_ref()?;
    if wanted.migrations.is_empty() {
        return None;
    }
    let named = |part: &String| match part.as_str() {
        "{from}" => from.release.clone(),
        "{to}" => card.to.release.clone(),
        _ => part.clone(),
    };
    let argv: Vec<String> = wanted.migrations.iter().map(named).collect();
    // A release is a vendor's word: it is an argument of its own, and no option.
    if argv
        .iter()
        .skip(1)
        .zip(wanted.migrations.iter().skip(1))
        .any(|(is, was)| is != was && is.starts_with('-'))
    {
        return None;
    }
    let request = IoRequest::Command(CommandRequest {
        argv,
        env: Vec::new(),
        cwd: wanted.cwd.clone(),
        timeout: LOOK,
        limit: 64 * 1024,
    });
    let title = format!("what was migrated from {} to {}", card.to.release, from.release);
    let asked = Asked::of_request(ActionId::from("rollback:migrations"), title, Risk::Read, request);
    permit::request(model, now, asked, Consent::None, out).ok()
}

/// The target was typed with the card on screen.
pub fn confirmed(
    model: &mut Model,
    now: Timestamp,
    offered: Offered,
    card: &Card,
    typed: Option<&str>,
    out: &mut Out,
) {
    if let Some(why) = refusal(model, &offered, card) {
        if let Some(Dialog::Confirm(confirm)) = &mut model.ui.dialog {
            confirm.problem = Some(why);
        }
        return;
    }
    let (signal, leaves) = (offered.signal.clone(), offered.offer.leaves.clone());
    let Some(run) = offer::confirmed(model, now, offered, typed, true, out) else { return };
    let environment = &model.plan.environment;
    out.fact(Fact::RollbackBegan {
        rollback: RollbackId::from(format!("B-{}", model.watch.rollbacks.len() + 1)),
        run: run.clone(),
        machines: machines(model, &signal),
        signal,
        from: card.from.clone(),
        to: card.to.clone(),
        rule: card.rule.clone(),
        budget: model.plan.rollback.budget,
        migrations: card.migrated(&model.watch).0,
        rehearsal: environment.banner.is_some() || environment.environment != "production",
        leaves,
        by: environment.operator.clone(),
    });
    model.ui.dialog = Some(Dialog::Output { run, back: 0 });
}

/// Why it cannot begin: what has to be there is not, or the source does not offer it any more.
fn refusal(model: &Model, offered: &Offered, card: &Card) -> Option<String> {
    if let Some(why) = card.refusal(&model.watch) {
        return Some(why);
    }
    if let Some(open) = model.watch.rollbacks.iter().find(|known| known.ended.is_none()) {
        return Some(format!("{} to {} goes on: {}", open.id, open.to.release, open.run));
    }
    let key = offered.offer.calls.first().map(|call| call.key.as_str());
    let all = candidates(model);
    let still = all.iter().find(|one| *one.signal == offered.signal && Some(one.entry.key.as_str()) == key);
    match still.map(Candidate::refused) {
        None => Some(format!("{} is not listed any more", card.to.release)),
        Some(Some(why)) => Some(format!("{}: {why}", card.to.release)),
        Some(None) => None,
    }
}

/// Ends rollbacks whose runs have ended, and does what follows.
pub fn follow(model: &mut Model, now: Timestamp, out: &mut Out) {
    if out.facts.iter().any(|fact| matches!(fact, Fact::RollbackEnded { .. })) {
        return;
    }
    let ended = |known: &&Rollback| known.ended.is_none();
    let Some(open) = model.watch.rollbacks.iter().find(ended).cloned() else { return };
    if !matches!(model.feed.journal, crate::state::JournalState::Writing(_)) {
        return;
    }
    let Some(run) = model.watch.run(&open.run).cloned() else { return };
    let (outcome, detail) = match &run.state {
        RunState::Requested | RunState::Accepted(_) | RunState::Unknown(_) => return,
        RunState::Observed(detail, after) => {
            let seen = run.requested.plus(*after);
            let detail = detail.clone();
            if is_counting(model, now, &open, seen) {
                return;
            }
            (Outcome::InEffect, detail)
        }
        RunState::NotInEffect(why) => (Outcome::NotInEffect, why.clone()),
        RunState::Failed(why) => (Outcome::Failed, why.clone()),
        RunState::Cancelled(why) => (Outcome::Cancelled, why.clone()),
        RunState::Verified(how) => (Outcome::Verified, how.clone()),
    };
    let took = match &run.state {
        RunState::Observed(_, after) => *after,
        _ => now.since(open.began),
    };
    let (id, to) = (open.id.clone(), open.to.release.clone());
    out.fact(Fact::RollbackEnded { rollback: id.clone(), outcome, detail, took });
    out.effect(Effect::Bell);
    match outcome {
        Outcome::InEffect => {
            say(
                model,
                now,
                format!("{id}: {to} is live again after {}, of {}", short(took), short(open.budget)),
            );
            leave(model, now, &open, out);
            if model.watch.window().is_none() {
                window::deed(model, now, crate::domain::window::Deed::Open(None), out);
            }
        }
        Outcome::Verified => leave(model, now, &open, out),
        Outcome::NotInEffect | Outcome::Failed | Outcome::Cancelled => {
            say_no(model, now, format!("{id}: going back to {to} {}", outcome.word()));
        }
    }
}

/// Whether what is listed is still from before: the releases, and the machines that there are now.
fn is_counting(model: &mut Model, now: Timestamp, open: &Rollback, seen: Timestamp) -> bool {
    if now.since(seen) > COUNTED_WITHIN {
        return false;
    }
    let machines = machines_at(model, &open.signal).filter(|_| open.machines.is_some());
    let mut wanted: Vec<usize> = model.plan.signal_index(&open.signal).into_iter().chain(machines).collect();
    wanted.retain(|at| model.feed.signals[*at].listing.as_ref().is_none_or(|listing| listing.at <= seen));
    wanted.iter().for_each(|at| poll::soon(model, *at, now));
    !wanted.is_empty()
}

/// What it leaves to be done is owed.
fn leave(model: &Model, now: Timestamp, open: &Rollback, out: &mut Out) {
    let mut leaves = open.leaves.clone();
    if let (Some(before), Some(after)) = (open.machines, machines(model, &open.signal))
        && after > before
    {
        leaves.push(format!("{} more machines run than before: {after}, not {before}", after - before));
    }
    for (text, number) in leaves.into_iter().zip(model.watch.obligations.len() + 1..) {
        out.fact(Fact::ObligationOpened {
            obligation: ObligationId::from(format!("O-{number}")),
            action: ActionId::from(format!("{}:{OFFER}", open.signal)),
            run: open.run.clone(),
            text: format!("after going back to {}: {text}", open.to.release),
            due: now.plus(LEFT_FOR),
        });
    }
}
