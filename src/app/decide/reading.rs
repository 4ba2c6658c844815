//! What a reading leads to: samples, soft and hard states, flapping, effects seen.

use std::sync::Arc;

use crate::domain::condition::Observing;
use crate::domain::fact::Fact;
use crate::domain::ids::SignalId;
use crate::domain::reading::{Health, Reading, Reason, Shown};
use crate::domain::signal::Signal;
use crate::domain::time::Timestamp;
use crate::state::{
    FLAPPING_STARTS, FLAPPING_STOPS, Listing, Model, SAMPLE_WINDOW, Sample, Watch, reason_words,
};

use super::{Effect, Out, alert, poll, reply, route, window};

/// Takes the answer to poll `attempt` of signal `index`.
pub fn polled(
    model: &mut Model,
    now: Timestamp,
    index: usize,
    attempt: u64,
    mut reading: Reading,
    out: &mut Out,
) {
    let recovered = model.feed.recovered;
    let Some(feed) = model.feed.signals.get_mut(index) else { return };
    if attempt != feed.attempt || !feed.in_flight {
        return;
    }
    feed.in_flight = false;
    let late = !model.plan.signals[index].observer && is_of_blind_time(recovered, feed.scheduled, &reading);
    if late {
        let detail = "it was asked while the observer was cut off";
        reading = Reading::bare(now, Health::Blind, reading.reason, detail);
    }
    show(&model.plan.signals[index], &mut reading);
    sight(&model.watch, now, &model.plan.signals[index].id, &mut reading, out);
    // A source that speaks of itself is left alone for longer each time.
    feed.refused = if reading.health == Health::Blind && !late { feed.refused.saturating_add(1) } else { 0 };
    let micros =
        reading.latency.map_or(u32::MAX, |span| u32::try_from(span.as_micros()).unwrap_or(u32::MAX - 1));
    let is_observer = model.plan.signals[index].observer;
    // What an observer that is cut off could not reach is not a failure of the far side.
    let blind = model.watch.observer_sick.is_some() && !is_observer;
    let health = if blind { Health::Blind } else { reading.health };
    let sample = Sample { at: now, micros: if blind { u32::MAX } else { micros }, health };
    feed.samples.push(sample);
    model.feed.read.push((index, sample));
    let feed = &mut model.feed.signals[index];
    if reading.evidence.is_some() {
        feed.last_bad.clone_from(&reading.evidence);
    }

    if is_observer {
        keep(model, index, reading);
        observer(model, now, out);
    } else if model.watch.observer_sick.is_none() {
        if settle(model, now, index, &reading, out) {
            let id = model.plan.signals[index].id.clone();
            route::red(model, now, &id, out);
        }
        reply::seen(model, now, index, &reading, out);
        keep(model, index, reading);
    } else {
        keep(model, index, reading);
    }
    window::look(model, now, Some(index), out);
    poll::next(model, index, now);
    for at in model.plan.alerts_of(index).to_vec() {
        alert::look(model, now, at, out);
    }
}

/// The observer is cut off: what did not answer since one of its checks last did was no failure of the far side.
fn unsay(model: &mut Model, now: Timestamp) {
    let well = |at: &usize| {
        let samples = model.feed.signals[*at].samples.within(now, SAMPLE_WINDOW);
        samples.filter(|sample| sample.health != Health::Down).map(|sample| sample.at).max()
    };
    let since = model.plan.observers().iter().filter_map(well).max().unwrap_or_default();
    for (signal, feed) in model.plan.signals.iter().zip(&mut model.feed.signals) {
        if !signal.observer {
            feed.samples.unsay(since);
        }
    }
}

/// Whether what failed was asked while nothing could be measured: its answer says nothing of the far side.
fn is_of_blind_time(recovered: Option<Timestamp>, sent: Timestamp, reading: &Reading) -> bool {
    reading.health == Health::Down
        && reading.latency.is_none()
        && recovered.is_some_and(|recovered| sent < recovered)
}

/// What a reading without names of its own shows of the steps that are bound to its signal: what stands in its
/// document.
fn show(signal: &Signal, reading: &mut Reading) {
    if signal.shows.is_empty() || !reading.shown.is_empty() {
        return;
    }
    let millis = reading.latency.map_or(0.0, |span| (span.as_secs_f64() * 10_000.0).round() / 10.0);
    let observed = |body| Observing::default().json("body", body).number("latency_ms", millis).done();
    let observed = reading.body.as_deref().filter(|_| reading.health != Health::Blind).map(observed);
    let why = reason_words(reading.reason, &reading.detail);
    let shown = signal.shows.iter().map(|condition| match &observed {
        Some(observed) => Shown::of(condition, observed),
        None => Shown::blind(condition, &why),
    });
    reading.shown = shown.collect();
}

/// Says of what is live since when it is, where its source does not know: what it was when it was first seen is on
/// record, and outlives the console. A release that takes its place went live when it is seen.
fn sight(watch: &Watch, now: Timestamp, signal: &SignalId, reading: &mut Reading, out: &mut Out) {
    let Some(at) = reading.entries.iter().position(|entry| entry.sighted) else { return };
    let (version, told) = (reading.entries[at].key.clone(), reading.entries[at].at);
    let known = watch.live.get(signal);
    let (went_live, seen) = match known {
        Some(known) if known.version == version => (known.went_live.max(told), known.seen),
        Some(known) => (Some(known.followed(now, told)), now),
        None => (told, now),
    };
    if known.is_none_or(|known| known.version != version) {
        let from = known.map(|known| known.version.clone());
        out.fact(Fact::ReleaseSeen { signal: signal.clone(), version, from, went_live });
    }
    let mut entries = reading.entries.to_vec();
    (entries[at].at, entries[at].began) = (went_live, Some(went_live.unwrap_or(seen)));
    reading.entries = entries.into();
}

/// The newest reading. What a source listed before stays while it cannot be asked.
fn keep(model: &mut Model, index: usize, reading: Reading) {
    let listed = model.plan.signals[index].board.is_some();
    let feed = &mut model.feed.signals[index];
    if listed && reading.health != Health::Blind {
        feed.listing = Some(Listing { at: reading.at, entries: Arc::clone(&reading.entries) });
    }
    feed.last = Some(reading);
}

/// A poll's task broke: a blind reading, and a fact.
pub fn crashed(model: &mut Model, now: Timestamp, index: usize, attempt: u64, detail: &str, out: &mut Out) {
    let Some(signal) = model.plan.signals.get(index) else { return };
    out.fact(Fact::Crashed { what: format!("poll of {}", signal.id), detail: detail.to_owned() });
    let detail = "the poll broke; see the timeline";
    let reading = Reading::bare(now, Health::Blind, Some(Reason::Parse), detail);
    polled(model, now, index, attempt, reading, out);
}

/// Whether it went red by this.
fn settle(model: &mut Model, now: Timestamp, index: usize, reading: &Reading, out: &mut Out) -> bool {
    let signal = &model.plan.signals[index];
    let known = model.watch.signals.get(&signal.id);
    let settled = known.map_or(Health::Blind, |known| known.health);
    let was_soft = model.feed.signals[index].settling.soft(&signal.rules, settled).is_some();
    let failing_since = model.feed.signals[index].settling.failing_since().unwrap_or(now);
    let confirmed = observer_well_since(model, failing_since);
    let feed = &mut model.feed.signals[index];
    let verdict = feed.settling.count(&signal.rules, settled, reading.health, now, confirmed);
    let health = verdict.as_ref().map_or(settled, |verdict| verdict.to);
    feed.flapping.push(health);
    let is_soft = feed.settling.soft(&signal.rules, health).is_some();
    let (percent, calm) = (feed.flapping.percent(), feed.flapping.is_full());
    let mut went_red = false;
    if let Some(verdict) = verdict {
        let muted = known.is_some_and(crate::state::SignalWatch::is_taken);
        if verdict.to == Health::Down && !muted {
            out.effect(Effect::Bell);
        }
        let red = matches!(verdict.to, Health::Down | Health::Degraded);
        went_red = red;
        let after = if red { model.release_before(verdict.since) } else { None };
        out.fact(Fact::Settled {
            signal: model.plan.signals[index].id.clone(),
            from: settled,
            to: verdict.to,
            reason: reading.reason,
            detail: reading.detail.clone(),
            since: verdict.since,
            evidence: reading.evidence.as_deref().cloned(),
            after,
        });
        model.feed.unordered = true;
    }
    if was_soft != is_soft {
        model.feed.unordered = true;
    }
    match known.and_then(|known| known.flapping) {
        None if percent >= FLAPPING_STARTS => {
            out.fact(Fact::FlappingStarted { signal: signal.id.clone(), percent });
        }
        Some(_) if percent < FLAPPING_STOPS && calm => {
            out.fact(Fact::FlappingStopped { signal: signal.id.clone(), percent });
        }
        None | Some(_) => {}
    }
    if is_soft && !was_soft && !confirmed {
        // Is it me? Ask before anything settles.
        for at in model.plan.observers().to_vec() {
            poll::soon(model, at, now);
        }
    }
    went_red
}

/// Whether some observer check has answered since `since`; true where none is configured.
fn observer_well_since(model: &Model, since: Timestamp) -> bool {
    let observers = model.plan.observers();
    observers.is_empty()
        || observers.iter().any(|at| {
            let last = model.feed.signals[*at].last.as_ref();
            last.is_some_and(|reading| reading.health != Health::Down && reading.at >= since)
        })
}

/// An observer check has answered: sick while every one of them fails.
fn observer(model: &mut Model, now: Timestamp, out: &mut Out) {
    let mut failing: Option<Arc<str>> = None;
    for at in model.plan.observers() {
        match &model.feed.signals[*at].last {
            Some(reading) if reading.health == Health::Down => {
                failing.get_or_insert_with(|| {
                    format!("{} {}", model.plan.signals[*at].id, reading.detail).into()
                });
            }
            Some(_) | None => failing = None,
        }
        if failing.is_none() {
            break;
        }
    }
    match (failing, model.watch.observer_sick.is_some()) {
        (Some(detail), false) => {
            let detail = detail.to_string();
            unsay(model, now);
            out.fact(Fact::ObserverSick { detail });
            model.feed.unordered = true;
        }
        (None, true) => {
            // What was counted while nothing could be measured says nothing.
            for feed in &mut model.feed.signals {
                feed.settling.forget();
            }
            model.feed.recovered = Some(now);
            out.fact(Fact::ObserverRecovered {});
            model.feed.unordered = true;
        }
        (Some(_), true) | (None, false) => {}
    }
}
