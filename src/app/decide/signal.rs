//! Acknowledging and muting signals, and what runs out by itself.

use std::time::Duration;

use crate::domain::fact::Fact;
use crate::domain::ids::SignalId;
use crate::domain::reading::Health;
use crate::domain::time::{Timestamp, short};
use crate::state::{Asking, Model};

use super::{Out, say, say_no};

/// How long an acknowledgement lasts when nothing else is said …
const ACKNOWLEDGED_FOR: Duration = Duration::from_secs(30 * 60);
/// … and at most.
const ACKNOWLEDGED_AT_MOST: Duration = Duration::from_secs(4 * 3600);
/// How long a mute lasts when nothing else is said …
const SILENCED_FOR: Duration = Duration::from_secs(3600);
/// … and at most.
const SILENCED_AT_MOST: Duration = Duration::from_secs(24 * 3600);
/// An acknowledged red signal is raised again when nobody does anything for this long.
const NOTHING_DONE: Duration = Duration::from_secs(5 * 60);

/// Asks why the signal under the cursor is taken on, or withdraws the acknowledgement it has.
pub fn acknowledge(model: &mut Model, now: Timestamp, out: &mut Out) {
    let Some(signal) = selected(model, now) else { return };
    let known = model.watch.signals.get(&signal);
    if known.is_some_and(|known| known.acknowledged.is_some()) {
        say(model, now, format!("{signal}: acknowledgement withdrawn"));
        out.fact(Fact::AcknowledgementEnded { signal, why: "withdrawn".into() });
        model.feed.unordered = true;
    } else if known.is_none_or(|known| matches!(known.health, Health::Ok)) {
        say_no(model, now, format!("{signal} is not red: there is nothing to acknowledge"));
    } else {
        super::dialog::prompt(model, Asking::Acknowledge(signal), "");
    }
}

/// Asks why and for how long the signal under the cursor is muted, or ends the mute it has.
pub fn silence(model: &mut Model, now: Timestamp, out: &mut Out) {
    let Some(signal) = selected(model, now) else { return };
    if model.watch.signals.get(&signal).is_some_and(|known| known.silenced.is_some()) {
        say(model, now, format!("{signal}: silence ended"));
        out.fact(Fact::SilenceEnded { signal, why: "ended by hand".into() });
        model.feed.unordered = true;
    } else {
        super::dialog::prompt(model, Asking::Silence(signal), "");
    }
}

fn selected(model: &mut Model, now: Timestamp) -> Option<SignalId> {
    let signal = super::entry::signal(model);
    if signal.is_none() {
        say_no(model, now, "no signal is selected");
    }
    signal
}

/// Takes `text`: why, and at the end for how long if not half an hour.
pub fn acknowledged(
    model: &mut Model,
    now: Timestamp,
    signal: SignalId,
    text: &str,
    out: &mut Out,
) -> Result<(), String> {
    let (why, span) = why_and_span(text, ACKNOWLEDGED_FOR);
    within(span, ACKNOWLEDGED_AT_MOST)?;
    if model.watch.signals.get(&signal).is_none_or(|known| known.health == Health::Ok) {
        return Err(format!("{signal} has recovered: there is nothing to acknowledge any more"));
    }
    say(model, now, format!("{signal} acknowledged for {}", short(span)));
    let by = model.plan.environment.operator.clone();
    out.fact(Fact::Acknowledged { signal, by, why, until: now.plus(span) });
    model.feed.unordered = true;
    Ok(())
}

/// Takes `text`: why, and at the end for how long if not an hour.
pub fn silenced(
    model: &mut Model,
    now: Timestamp,
    signal: SignalId,
    text: &str,
    out: &mut Out,
) -> Result<(), String> {
    let (why, span) = why_and_span(text, SILENCED_FOR);
    within(span, SILENCED_AT_MOST)?;
    say(model, now, format!("{signal} silenced for {}: it is still polled", short(span)));
    let by = model.plan.environment.operator.clone();
    out.fact(Fact::Silenced { signal, by, why, until: now.plus(span) });
    model.feed.unordered = true;
    Ok(())
}

fn within(span: Duration, most: Duration) -> Result<(), String> {
    if span.is_zero() || span > most {
        return Err(format!("{} is not between nothing and {}", short(span), short(most)));
    }
    Ok(())
}

/// `checking the pool 2h` is `checking the pool`, two hours.
fn why_and_span(text: &str, default: Duration) -> (String, Duration) {
    let text = text.trim();
    let (before, last) = text.rsplit_once(char::is_whitespace).unwrap_or(("", text));
    // A bare number belongs to the words before it.
    let has_unit = last.ends_with(char::is_alphabetic);
    match humantime::parse_duration(last) {
        Ok(span) if has_unit => (before.trim().to_owned(), span),
        Ok(_) | Err(_) => (text.to_owned(), default),
    }
}

/// Ends what has run out. Once a second is enough.
pub fn expire(model: &mut Model, now: Timestamp, out: &mut Out) {
    if now.millis().div_euclid(1000) == model.feed.expired.millis().div_euclid(1000) {
        return;
    }
    model.feed.expired = now;
    let before = out.facts.len();
    for (signal, known) in &model.watch.signals {
        if let Some(acknowledged) = &known.acknowledged {
            let deed = model.watch.last_deed.unwrap_or(acknowledged.at).max(acknowledged.at);
            let ended = if now >= acknowledged.until {
                Some("it ran out")
            } else if known.health == Health::Ok && now.since(known.since) >= NOTHING_DONE {
                Some("recovered for five minutes")
            } else if matches!(known.health, Health::Down | Health::Degraded)
                && now.since(deed) >= NOTHING_DONE
            {
                Some("raised again: nothing was done for five minutes")
            } else {
                None
            };
            if let Some(why) = ended {
                out.fact(Fact::AcknowledgementEnded { signal: signal.clone(), why: why.into() });
                if known.health == Health::Down {
                    out.effect(super::Effect::Bell);
                }
            }
        }
        if known.silenced.as_ref().is_some_and(|silenced| now >= silenced.until) {
            out.fact(Fact::SilenceEnded { signal: signal.clone(), why: "it ran out".into() });
        }
    }
    if model.watch.armed_until.is_some_and(|until| now >= until) {
        out.fact(Fact::Disarmed { why: "it ran out".into() });
    }
    model.feed.unordered |= out.facts.len() > before;
}
