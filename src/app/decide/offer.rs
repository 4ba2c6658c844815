//! Offers: one call, or a canary and the rest. Each call is a run of its own, lets itself be cancelled, and is read
//! back until its effect is seen.

use std::time::Duration;

use crate::actions::{self, Outcome};
use crate::domain::action::{Expect, Purpose};
use crate::domain::alert::Place;
use crate::domain::condition::observe;
use crate::domain::fact::Fact;
use crate::domain::ids::{ActionId, RunId, SignalId};
use crate::domain::io::IoReply;
use crate::domain::offer::{Call, Offer};
use crate::domain::reading::Health;
use crate::domain::time::{Timestamp, short};
use crate::state::{Asking, Called, Checking, Confirm, Dialog, Model, Offered, Position, Run, Sequence};

use super::permit::{self, Asked, Consent};
use super::{Effect, Out, action, entry, poll, reply, say, say_no};

/// How long after its end a sequence waits for a reading that counts what is left.
const COUNTED_WITHIN: Duration = Duration::from_secs(120);

/// An effect that takes longer than this to be seen holds up what has not left yet …
const PATIENCE: Duration = Duration::from_secs(5);
/// … as does this many whose effect is not seen.
const OPEN: usize = 15;
/// How long it is held up, each time it is looked at.
const PAUSE: Duration = Duration::from_millis(500);

/// Lists what can be done to the entry that is looked at.
pub fn list(model: &mut Model, now: Timestamp) {
    let Some((signal, entry, _)) = entry::looked_at(model) else {
        say_no(model, now, "no entry is selected: nothing to act on");
        return;
    };
    if entry.offers.is_empty() {
        say_no(model, now, format!("nothing can be done to {} from here", entry.key));
        return;
    }
    model.ui.dialog = Some(Dialog::Operate { signal, entry: Box::new(entry), cursor: 0 });
}

/// Asks for what the chosen offer needs to know, or shows its request.
pub fn chosen(model: &mut Model, now: Timestamp) {
    let Some(Dialog::Operate { signal, entry, cursor }) = &model.ui.dialog else { return };
    let Some(offer) = entry.offers.get(*cursor).cloned() else { return };
    let signal = signal.clone();
    if let Some(why) = &offer.refused {
        // The list says it as well; the footer is not seen behind it.
        say_no(model, now, format!("{}: {why}", offer.title));
        return;
    }
    match &offer.blank {
        Some(blank) => {
            let suggested = blank.suggested.clone();
            let asking = Asking::Answer { signal, offer: Box::new(offer) };
            super::dialog::prompt(model, asking, &suggested);
        }
        None => show(model, now, signal, &offer),
    }
}

/// Takes the answer that an offer needs, and shows its request.
pub fn answered(
    model: &mut Model,
    now: Timestamp,
    signal: SignalId,
    offer: &Offer,
    text: &str,
) -> Result<(), String> {
    let offer = offer.answered(&crate::domain::text::clean(text))?;
    show(model, now, signal, &offer);
    Ok(())
}

/// Shows the exact request of an offer, and waits for a yes.
pub fn show(model: &mut Model, now: Timestamp, signal: SignalId, offer: &Offer) {
    if let Some(why) = permit::refusal(model, offer.risk) {
        model.ui.dialog = None;
        say_no(model, now, why);
        return;
    }
    // One key a confirmation: the far side takes a second call with it for the first one sent again.
    let once = format!("midwatch-{}-{}-{}", model.plan.seed, model.watch.seq, now.millis());
    let offer = offer.keyed(&once);
    let Some(call) = offer.calls.first() else { return };
    let asked = asked(&signal, &offer, call);
    model.ui.dialog = Some(Dialog::Confirm(Box::new(Confirm {
        yes: action::yes(model, &asked.action),
        action: asked.action,
        title: offer.title.clone(),
        purpose: Purpose::Do,
        risk: offer.risk,
        request: asked.request,
        hands_over: false,
        target: offer.target.clone(),
        step: None,
        command: None,
        terms: crate::domain::terms::Terms::default(),
        notes: Vec::new(),
        block: None,
        position: Position::None,
        card: None,
        offer: Some(Box::new(Offered { signal, offer })),
        post: None,
        ties: asked.ties,
        discharges: None,
        typed: tui_input::Input::default(),
        scroll: 0,
        problem: None,
    })));
}

fn asked(signal: &SignalId, offer: &Offer, call: &Call) -> Asked {
    let action = ActionId::from(format!("{signal}:{}:{}", offer.name, call.key));
    let mut asked = Asked::of_request(action, call.title.clone(), offer.risk, call.request.clone());
    asked.target.clone_from(&offer.target);
    asked
}

/// The confirming key was pressed, or the target typed, with the request on screen.
/// The run that leaves. `by_name` says that nothing but the target will do.
pub fn confirmed(
    model: &mut Model,
    now: Timestamp,
    offered: Offered,
    typed: Option<&str>,
    by_name: bool,
    out: &mut Out,
) -> Option<RunId> {
    let Offered { signal, offer } = offered;
    let consent = typed.map_or(Consent::Key, Consent::Typed);
    let call = offer.calls.first()?;
    let asked = Asked { by_name, ..asked(&signal, &offer, call) };
    match permit::request(model, now, asked, consent, out) {
        Ok(run) => {
            let first = run.clone();
            say(model, now, format!("{run} {}: requested", call.title));
            model.ui.dialog = None;
            model.feed.calls.insert(run.clone(), Called { signal: signal.clone(), call: call.clone() });
            if offer.calls.len() > 1 {
                let (what, before) = counted(&offer);
                let (title, total) = (offer.title.clone(), offer.calls.len());
                out.fact(Fact::SequenceBegan { first: run.clone(), title, total, what, before });
                model.feed.sequences.push(Sequence {
                    first: run.clone(),
                    signal,
                    offer,
                    sent: 1,
                    open: vec![run],
                    done: 0,
                    stopped: None,
                    next: None,
                    over: None,
                });
            }
            Some(first)
        }
        Err(why) => {
            if let Some(Dialog::Confirm(confirm)) = &mut model.ui.dialog {
                confirm.problem = Some(why);
            }
            None
        }
    }
}

fn counted(offer: &Offer) -> (String, Option<u64>) {
    offer
        .tally
        .as_ref()
        .map_or_else(|| (String::new(), None), |tally| (tally.what.clone(), u64::try_from(tally.before).ok()))
}

/// A call was answered.
pub fn replied(
    model: &mut Model,
    now: Timestamp,
    run: &Run,
    called: &Called,
    answer: &IoReply,
    out: &mut Out,
) {
    let expect = Expect { when: called.call.expect.clone(), ..Expect::default() };
    // A condition replaces the good status only where there is one.
    let refused = matches!(answer, IoReply::Http(http) if !(200..300).contains(&http.status));
    let expect = if refused { Expect::default() } else { expect };
    match actions::outcome(run.risk, Some(&expect), answer) {
        Outcome::Accepted(detail) => {
            out.fact(Fact::RunAccepted { run: run.id.clone(), detail: detail.clone() });
            match &called.call.check {
                Some(check) => {
                    say(
                        model,
                        now,
                        format!("{} {}: accepted ({detail}), reading it back", run.id, run.title),
                    );
                    model.feed.checks.push(Checking {
                        run: run.id.clone(),
                        check: check.clone(),
                        next: Some(now),
                        deadline: now.plus(check.within),
                        told: false,
                    });
                }
                None => {
                    reply::observed(model, now, run, detail, out);
                    ended(model, now, run, None);
                }
            }
        }
        Outcome::Failed(detail) => {
            say_no(model, now, format!("{} {} failed: {detail}", run.id, run.title));
            out.fact(Fact::RunFailed { run: run.id.clone(), detail: detail.clone() });
            ended(model, now, run, Some(format!("{} failed: {detail}", run.id)));
        }
        Outcome::Unknown(detail) => {
            say_no(model, now, format!("{} {} unknown: {detail}: verify", run.id, run.title));
            out.fact(Fact::RunUnknown { run: run.id.clone(), detail });
            ended(model, now, run, Some(format!("{} is unknown", run.id)));
        }
        Outcome::Cancelled(detail) => {
            say(model, now, format!("{} {} cancelled", run.id, run.title));
            out.fact(Fact::RunCancelled { run: run.id.clone(), detail });
            ended(model, now, run, Some("cancelled".into()));
        }
    }
}

/// What a call should have done was read back.
pub fn checked(model: &mut Model, now: Timestamp, id: &RunId, answer: &IoReply, out: &mut Out) {
    let Some(at) = model.feed.checks.iter().position(|checking| checking.run == *id) else { return };
    let check = model.feed.checks[at].check.clone();
    let Some(run) = model.watch.run(id).cloned() else { return };
    let good = match answer {
        IoReply::Http(http) => (200..300).contains(&http.status) && !http.truncated,
        IoReply::Command(command) => command.exit == Some(0),
        IoReply::Tcp(_) => true,
        IoReply::Data(data) => !data.truncated,
        IoReply::Failed(_) => false,
    };
    let conditions = [Some(&check.when), check.fails.as_ref()];
    let wanted: Vec<_> = conditions.into_iter().flatten().collect();
    let (observed, _) = observe(answer, &wanted);
    if good && check.fails.as_ref().is_some_and(|fails| fails.holds(&observed) == Ok(true)) {
        model.feed.checks.remove(at);
        let detail = format!("read back: {}", check.fails.as_ref().map_or("", |fails| fails.text()));
        reply::not_in_effect(model, now, &run, detail.clone(), out);
        ended(model, now, &run, Some(format!("{id} is not in effect")));
        return;
    }
    match check.when.holds(&observed) {
        Ok(true) if good => {
            model.feed.checks.remove(at);
            let seen = check.when.explain(&observed).join(", ");
            // A list is looked through without a word of what was seen in it.
            let detail = if seen.is_empty() { "read back".to_owned() } else { format!("read back: {seen}") };
            reply::observed(model, now, &run, detail, out);
            ended(model, now, &run, None);
        }
        told => {
            let checking = &mut model.feed.checks[at];
            checking.told |= good && told == Ok(false);
            checking.next = Some(now.plus(check.every));
        }
    }
}

/// Asks what is to be read back, gives up on what was not seen in time, and sends the next calls.
pub fn tick(model: &mut Model, now: Timestamp, out: &mut Out) {
    for at in (0..model.feed.checks.len()).rev() {
        let checking = &mut model.feed.checks[at];
        if now >= checking.deadline {
            let checking = model.feed.checks.remove(at);
            give_up(model, now, &checking, out);
        } else if checking.next.is_some_and(|next| next <= now) {
            checking.next = None;
            let (run, request) = (checking.run.clone(), checking.check.request.clone());
            out.effect(Effect::Check { run, request });
        }
    }
    for at in (0..model.feed.sequences.len()).rev() {
        let sequence = &model.feed.sequences[at];
        if sequence.is_sending() && sequence.next.is_some_and(|next| next <= now) {
            if is_patient(model, now, sequence) {
                send(model, now, at, out);
            } else {
                let pace = sequence.offer.pace.max(PAUSE);
                model.feed.sequences[at].next = Some(now.plus(pace));
            }
        }
        settle(model, now, at, out);
    }
}

/// Whether more may leave: not while an effect is long in coming. It may be the first failure, and everything that
/// leaves before that is known fails with it.
fn is_patient(model: &Model, now: Timestamp, sequence: &Sequence) -> bool {
    let slow = |run: &RunId| model.watch.run(run).is_some_and(|run| now.since(run.requested) >= PATIENCE);
    sequence.open.len() < OPEN && !sequence.open.iter().any(slow)
}

fn give_up(model: &mut Model, now: Timestamp, checking: &Checking, out: &mut Out) {
    let Some(run) = model.watch.run(&checking.run).cloned() else { return };
    let within = short(checking.check.within);
    if checking.told {
        let detail = format!("accepted, but {} did not hold within {within}", checking.check.when.text());
        reply::not_in_effect(model, now, &run, detail, out);
    } else {
        // No data is neither an effect nor the lack of one.
        let detail = format!("accepted, but it could not be read back within {within}");
        say_no(model, now, format!("{} {}: unknown: {detail}: verify", run.id, run.title));
        out.effect(Effect::Bell);
        out.fact(Fact::RunUnknown { run: run.id.clone(), detail });
    }
    ended(model, now, &run, Some(format!("the effect of {} was not seen", run.id)));
}

/// The next call of a sequence leaves, or the sequence stops.
fn send(model: &mut Model, now: Timestamp, at: usize, out: &mut Out) {
    let sequence = &model.feed.sequences[at];
    let Some(call) = sequence.offer.calls.get(sequence.sent).cloned() else { return };
    let signal = sequence.signal.clone();
    let target = sequence.offer.target.clone();
    let asked = asked(&signal, &sequence.offer, &call);
    // All its calls were on screen when the operator agreed.
    match permit::request(model, now, asked, Consent::Typed(&target), out) {
        Ok(run) => {
            model.feed.calls.insert(run.clone(), Called { signal, call });
            let sequence = &mut model.feed.sequences[at];
            sequence.sent += 1;
            sequence.open.push(run);
            sequence.next = Some(now.plus(sequence.offer.pace));
        }
        Err(why) => model.feed.sequences[at].stopped = Some(why),
    }
}

/// A call of a sequence ended: the canary lets the rest go, a failure stops it.
fn ended(model: &mut Model, now: Timestamp, run: &Run, failed: Option<String>) {
    let called = model.feed.calls.remove(&run.id);
    if let Some(index) = called.and_then(|called| model.plan.signal_index(&called.signal)) {
        // What it changed is listed anew.
        poll::soon(model, index, now);
    }
    let of = |sequence: &&mut Sequence| sequence.open.contains(&run.id);
    let Some(sequence) = model.feed.sequences.iter_mut().find(of) else { return };
    sequence.open.retain(|open| *open != run.id);
    match failed {
        None => {
            sequence.done += 1;
            sequence.next.get_or_insert(now);
        }
        Some(why) => {
            sequence.stopped.get_or_insert(why);
        }
    }
}

/// Ends a sequence of which nothing is out any more, with what a reading since then says is left.
fn settle(model: &mut Model, now: Timestamp, at: usize, out: &mut Out) {
    let sequence = &mut model.feed.sequences[at];
    if sequence.is_sending() || !sequence.open.is_empty() {
        return;
    }
    let over = *sequence.over.get_or_insert(now);
    let place: Option<Place> = sequence.offer.tally.as_ref().map(|tally| tally.place.clone());
    let index = model.plan.signal_index(&sequence.signal);
    let last = index.and_then(|index| model.feed.signals[index].last.as_ref());
    let fresh = last.filter(|last| last.at > over && last.health != Health::Blind);
    let after = fresh.and_then(|last| place.as_ref()?.count(last.body.as_deref()?));
    if place.is_some() && after.is_none() && now.since(over) < COUNTED_WITHIN {
        if let Some(index) = index.filter(|_| over == now) {
            poll::soon(model, index, now);
        }
        return;
    }
    let sequence = model.feed.sequences.remove(at);
    let (what, before) = counted(&sequence.offer);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count, clamped")]
    let after = after.map(|after| after.clamp(0.0, 1e12) as u64);
    let (done, total) = (sequence.done, sequence.offer.calls.len());
    let text = format!("{}: {done} of {total} done", sequence.offer.title);
    match &sequence.stopped {
        None => say(model, now, text),
        Some(why) => {
            out.effect(Effect::Bell);
            say_no(model, now, format!("{text}, stopped: {why}"));
        }
    }
    out.fact(Fact::SequenceEnded {
        first: sequence.first,
        title: sequence.offer.title,
        done,
        total,
        stopped: sequence.stopped,
        what,
        before,
        after,
    });
}

/// Lets no more calls leave of the sequence that `run` belongs to; whether there was one.
pub fn stop(model: &mut Model, run: &RunId) -> bool {
    let of = |sequence: &&mut Sequence| sequence.first == *run || sequence.open.contains(run);
    let Some(sequence) = model.feed.sequences.iter_mut().find(of) else { return false };
    let sending = sequence.is_sending();
    if sending {
        sequence.stopped = Some("by hand".into());
    }
    sending
}

/// Says of sequences that a console before this one began and did not end, that they did not.
pub fn interrupted(model: &Model, out: &mut Out) {
    for (first, title, total) in &model.watch.sequences {
        let done = model
            .watch
            .runs
            .iter()
            .filter(|run| run.id == *first && matches!(run.state, crate::state::RunState::Observed(..)))
            .count();
        out.fact(Fact::SequenceEnded {
            first: first.clone(),
            title: title.clone(),
            done,
            total: *total,
            stopped: Some("the console ended while it went on: look which calls were made".into()),
            what: String::new(),
            before: None,
            after: None,
        });
    }
}
