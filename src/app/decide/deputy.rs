//! The deputy: sees what is late, says so once by a fact, rings while nobody has heard, and stops when it is done. Works
//! from the list of the due pane, so whatever stands there and may not be late is reminded of.

use sha2::{Digest, Sha256};

use crate::domain::command::{Command, Place};
use crate::domain::fact::Fact;
use crate::domain::incident::Pressing;
use crate::domain::time::Timestamp;
use crate::panes;
use crate::state::deputy::Reminder;
use crate::state::{DueKey, JournalState, Model, StatementKey};

use super::{Effect, Out, say, say_no};

/// Something that is late.
struct Late {
    /// What it is about, by name.
    about: String,
    text: String,
    rings: Timestamp,
}

/// Looks at what is late. Once a second is enough.
pub fn look(model: &mut Model, now: Timestamp, out: &mut Out) {
    let second = |at: Timestamp| at.millis().div_euclid(1000);
    if model.feed.deputy.is_off
        || model.feed.journal == JournalState::Unkept
        || second(now) == second(model.feed.deputy.looked)
    {
        return;
    }
    model.feed.deputy.looked = now;
    let late = late(model, now);
    if matches!(model.feed.journal, JournalState::Writing(_)) {
        record(model, now, &late, out);
    }
    ring(model, now, &late, out);
}

/// Everything that is late: by the due pane, and what facts say of incidents that are open beside the one at hand.
fn late(model: &Model, now: Timestamp) -> Vec<Late> {
    let usual = model.plan.deputy.rings_after;
    let mut all: Vec<Late> = Vec::new();
    for item in panes::due::items(model, now) {
        let Some((late, about)) = item.late.zip(about(model, now, &item.key)) else { continue };
        if all.iter().any(|known| known.about == about) {
            continue;
        }
        let text = item.text.strip_prefix("OVERDUE ").unwrap_or(&item.text).to_owned();
        all.push(Late { about, text, rings: late.rings.unwrap_or_else(|| late.since.plus(usual)) });
    }
    let elsewhere = model.watch.nudges.open.iter().filter(|nudge| is_elsewhere(model, &nudge.about));
    all.extend(elsewhere.map(|nudge| Late {
        about: nudge.about.clone(),
        text: nudge.text.clone(),
        rings: nudge.ringing.unwrap_or_else(|| nudge.late.plus(usual)),
    }));
    all
}

/// Whether a nudge is about an open incident other than the one at hand: nobody sees there whether it is still late.
fn is_elsewhere(model: &Model, about: &str) -> bool {
    let Some((of, _)) = about.split_once('/') else { return false };
    let here = model.watch.incident().is_some_and(|incident| incident.id.as_str() == of);
    let open =
        |id: &str| model.watch.incidents.iter().any(|one| one.id.as_str() == id && one.closed.is_none());
    !here && open(of)
}

/// The name of what a line of the due pane is about: the same while that is late. Nothing of what is never late.
fn about(model: &Model, now: Timestamp, key: &DueKey) -> Option<String> {
    let incident = || model.watch.incident().map_or_else(String::new, |incident| format!("{}/", incident.id));
    Some(match key {
        DueKey::Obligation(id) => id.to_string(),
        DueKey::Run(id) => {
            let unknown = model.watch.run(id).is_some_and(crate::state::Run::is_unknown);
            format!("{id}-{}", if unknown { "unknown" } else { "budget" })
        }
        // Another round is another thing.
        DueKey::Duty(id) => {
            let round = model.watch.duty(id).map_or(0, |owed| owed.done + owed.missed_at(now));
            format!("{id}-round-{}", round + 1)
        }
        DueKey::Timer(key) => format!("{}timer-{}", incident(), short_of(key)),
        DueKey::Rung(level) => format!("{}rung-{level}", incident()),
        DueKey::Reminder(reminder) => match reminder {
            Reminder::Step(step) => format!("{}step-{}#{}", incident(), step.runbook, step.step),
            Reminder::Phase(runbook, title) => format!("{}phase-{runbook}#{title}", incident()),
            Reminder::NothingDone(id) => format!("{id}/nothing-done"),
            Reminder::Update(id) => {
                let count = model.watch.nudges.told(id).map_or(0, |told| told.count);
                format!("{id}/update-{}", count + 1)
            }
            Reminder::Lapsed(signal) => format!("{signal}-lapsed"),
        },
        DueKey::Acknowledgement(_) | DueKey::Silence(_) | DueKey::Armed | DueKey::Undo(_) => return None,
    })
}

/// A short name for a statement.
fn short_of(key: &StatementKey) -> String {
    let step = key.step.as_ref().map_or("", |step| step.as_str());
    let heading = key.heading.as_deref().unwrap_or_default();
    let before = key.before.to_string();
    let mut digest = Sha256::new();
    for part in [key.runbook.as_str(), step, heading, &key.text, &before] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    hex::encode(&digest.finalize()[..6])
}

/// Says by facts what has become late, what rings, and what is not late any more.
fn record(model: &Model, now: Timestamp, late: &[Late], out: &mut Out) {
    let nudges = &model.watch.nudges;
    for one in late {
        let rings = now >= one.rings;
        let (nudge, pressing) = match nudges.about(&one.about) {
            None if rings => (nudges.next_id(&one.about), Pressing::Ringing),
            None => (nudges.next_id(&one.about), Pressing::Late),
            Some(known) if rings && known.ringing.is_none() && known.heard.is_none() => {
                (known.id.clone(), Pressing::Ringing)
            }
            Some(_) => continue,
        };
        out.fact(Fact::Nudged { nudge, text: one.text.clone(), pressing });
    }
    for known in nudges.open.iter().filter(|known| !late.iter().any(|one| one.about == known.about)) {
        out.fact(Fact::NudgeEnded { nudge: known.id.clone() });
    }
}

/// Rings for what nobody has heard: once for all of it, and again after a while.
fn ring(model: &mut Model, now: Timestamp, late: &[Late], out: &mut Out) {
    let pace = model.plan.deputy;
    let deputy = &model.feed.deputy;
    let is_heard = |about: &str| {
        deputy.heard_here.contains(about)
            || model.watch.nudges.about(about).is_some_and(|nudge| nudge.heard.is_some())
    };
    let unheard: Vec<(String, String)> = late
        .iter()
        .filter(|one| now >= one.rings && !is_heard(&one.about))
        .map(|one| (one.about.clone(), one.text.clone()))
        .collect();
    let is_new = unheard.iter().any(|(about, _)| !deputy.rung_for.contains(about));
    let waited = deputy.rang.map(|rang| now.since(rang));
    let is_time = waited.is_none_or(|waited| waited >= pace.rings_every || is_new && waited >= pace.apart);
    let deputy = &mut model.feed.deputy;
    deputy.heard_here.retain(|about| late.iter().any(|one| one.about == *about));
    deputy.rung_for.retain(|about| unheard.iter().any(|(known, _)| known == about));
    if !unheard.is_empty() && is_time {
        deputy.rang = Some(now);
        deputy.rung_for = unheard.iter().map(|(about, _)| about.clone()).collect();
        out.effect(Effect::Ring(words(&unheard)));
    }
    deputy.unheard = unheard;
}

/// What is said of everything that rings, in a line.
fn words(unheard: &[(String, String)]) -> String {
    let texts: Vec<&str> = unheard.iter().map(|(_, text)| text.as_str()).collect();
    match texts.as_slice() {
        [only] => format!("Late: {only}"),
        several => format!("{} late: {}", several.len(), several.join(" · ")),
    }
}

/// Somebody heard: everything that is late and was not heard yet. It stays late until it is done.
pub fn heard(model: &mut Model, now: Timestamp, out: &mut Out) {
    let late = late(model, now);
    if late.is_empty() {
        say_no(model, now, "nothing is late");
        return;
    }
    let chord = model.plan.chord(Place::Console, &Command::FocusDue).unwrap_or("4").to_owned();
    let mut count = 0;
    match model.feed.journal {
        JournalState::Writing(_) => {
            let by = model.plan.environment.operator.clone();
            // What became late this very second is known as late first.
            record(model, now, &late, out);
            for one in &late {
                let known = model.watch.nudges.about(&one.about);
                if known.is_some_and(|known| known.heard.is_some()) {
                    continue;
                }
                let nudge =
                    known.map_or_else(|| model.watch.nudges.next_id(&one.about), |known| known.id.clone());
                out.fact(Fact::NudgeHeard { nudge, by: by.clone(), text: one.text.clone() });
                count += 1;
            }
        }
        // Nothing is recorded here, and nobody else's console is quiet for it.
        JournalState::ReadOnly(_) | JournalState::Failed(_) | JournalState::Unkept => {
            let before = model.feed.deputy.heard_here.len();
            model.feed.deputy.heard_here.extend(late.into_iter().map(|one| one.about));
            count = model.feed.deputy.heard_here.len() - before;
        }
    }
    model.feed.deputy.unheard.clear();
    let what =
        if count == 1 { "it stays late until it is done" } else { "they stay late until they are done" };
    match count {
        0 => say(model, now, format!("heard already: {chord} shows what is late")),
        _ => say(model, now, format!("heard: {count} late, {what} ({chord})")),
    }
}
