//! What a gate says of what was measured: passing, failing or unknown, and by which values. Silence is unknown.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::domain::condition::{Condition, Figure, Figures, Observed};
use crate::domain::entry::Entry;
use crate::domain::ids::SignalId;
use crate::domain::reading::{Health, Reading};
use crate::domain::signal::Signal;
use crate::domain::time::{Timestamp, short};
use crate::domain::window::{Gate, GateState, GateSummary, SignalSummary, Value};

use super::{Live, LiveGate, Window};
use crate::state::threshold::{counted, of_samples};
use crate::state::{Model, SAMPLE_WINDOW, Samples, reason_words};

/// What a gate says at one instant, before what it tolerates.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// How it stands.
    pub state: GateState,
    /// Why the window ends with NO-GO at once, if so.
    pub stops: Option<String>,
    /// In words.
    pub detail: String,
    /// What it was judged by.
    pub values: Vec<Value>,
    /// When the oldest of its signals' newest measurements came.
    pub measured: Option<Timestamp>,
    /// From when on that says nothing any more.
    pub stale: Option<Timestamp>,
}

/// What `live` says of what was measured since `since`.
pub fn judge(model: &Model, now: Timestamp, since: Timestamp, live: &LiveGate) -> Judged {
    let unknown = |why: String| Judged {
        state: GateState::Unknown,
        stops: None,
        detail: why,
        values: Vec::new(),
        measured: None,
        stale: None,
    };
    let conditions = match &live.conditions {
        Ok(conditions) => conditions,
        Err(why) => return unknown(why.clone()),
    };
    if let Some((_, why)) = &model.watch.observer_sick {
        return unknown(format!("nothing can be measured from here: {why}"));
    }
    let named = live.gate.signal.iter().cloned().chain(conditions.each().flat_map(Condition::asked));
    for name in named {
        if model.plan.signal_index(&name).is_none() {
            return unknown(format!("there is no signal called {name} any more"));
        }
    }
    if live.signals.is_empty() {
        return unknown("it looks at no signal".into());
    }
    // Every signal has to be fresh: the oldest of the newest measurements decides.
    let (mut measured, mut stale) = (None::<Timestamp>, None::<Timestamp>);
    for at in &live.signals {
        let signal = &model.plan.signals[*at];
        let newest = match &live.gate.signal {
            Some(_) => model.feed.signals[*at].last.as_ref().map(|reading| reading.at),
            None => newest(&model.feed.signals[*at].samples, now, since),
        };
        let Some(newest) = newest.filter(|newest| *newest > since) else {
            return unknown(format!("{} was not measured yet", signal.id));
        };
        let until = stale_after(signal, newest);
        if now > until {
            return unknown(format!("{}: nothing measured for {}", signal.id, short(now.since(newest))));
        }
        measured = Some(measured.map_or(newest, |known| known.min(newest)));
        stale = Some(stale.map_or(until, |known| known.min(until)));
    }
    let judged = match &live.gate.signal {
        Some(_) => of_reply(model, live, conditions),
        None => of_figures(model, now, since, live, conditions),
    };
    Judged { measured, stale, ..judged }
}

/// Until when a measurement says something: a signal that is four times its interval late is blind.
fn stale_after(signal: &Signal, measured: Timestamp) -> Timestamp {
    measured.plus(signal.every * 4 + signal.timeout())
}

/// How long it is since the first instant after `since`: what came in that very millisecond may be from before.
fn since_then(now: Timestamp, since: Timestamp) -> Duration {
    now.since(since.plus(Duration::from_millis(1))).min(SAMPLE_WINDOW)
}

/// When something was last measured; blind readings measure nothing.
fn newest(samples: &Samples, now: Timestamp, since: Timestamp) -> Option<Timestamp> {
    samples
        .within(now, since_then(now, since))
        .filter(|sample| sample.health != Health::Blind)
        .map(|sample| sample.at)
        .max()
}

/// A gate over the replies or the health of one signal, by its newest reading.
fn of_reply(model: &Model, live: &LiveGate, conditions: &super::Conditions) -> Judged {
    let at = live.signals[0];
    let (signal, last) = (&model.plan.signals[at], model.feed.signals[at].last.as_ref());
    let mut judged = Judged {
        state: GateState::Unknown,
        stops: None,
        detail: format!("{} was not measured yet", signal.id),
        values: Vec::new(),
        measured: None,
        stale: None,
    };
    let Some(last) = last else { return judged };
    let health = health_words(last);
    let value =
        |what: &str, value: String| Value { what: what.into(), value, at: Some(last.at), samples: None };
    judged.values.push(value(signal.id.as_str(), health.clone()));
    (judged.state, judged.detail) = match (&conditions.when, last.health) {
        (_, Health::Blind) => (GateState::Unknown, health.clone()),
        (None, Health::Ok) => (GateState::Passing, health.clone()),
        (None, Health::Degraded) if live.gate.degraded => (GateState::Passing, health.clone()),
        (None, Health::Degraded | Health::Down) => (GateState::Failing, health.clone()),
        (Some(when), _) => {
            let (holds, found) = shown(last, when);
            judged.values.push(value(when.text(), found.clone()));
            match (holds, last.health) {
                (Some(true), _) => (GateState::Passing, found),
                (Some(false), _) => (GateState::Failing, found),
                // What does not work gives no reply to look into: that is no silence.
                (None, Health::Down) => (GateState::Failing, health.clone()),
                (None, Health::Ok | Health::Degraded | Health::Blind) => (GateState::Unknown, found),
            }
        }
    };
    if let Some(stop) = conditions.stop.as_ref().filter(|_| last.health != Health::Blind) {
        let (holds, found) = shown(last, stop);
        judged.values.push(value(stop.text(), found.clone()));
        stopped(&mut judged, stop, holds, &found);
    }
    judged
}

/// What a stop condition makes of a gate.
fn stopped(judged: &mut Judged, stop: &Condition, holds: Option<bool>, found: &str) {
    match holds {
        Some(true) => {
            judged.state = GateState::Failing;
            judged.stops = Some(format!("{}: {found}", stop.text()));
            judged.detail = found.into();
        }
        None if judged.state == GateState::Passing => {
            (judged.state, judged.detail) = (GateState::Unknown, found.into());
        }
        Some(false) | None => {}
    }
}

/// Whether `condition` holds for what was read, and what was found; `None` where it cannot be told.
fn shown(reading: &Reading, condition: &Condition) -> (Option<bool>, String) {
    let known = reading.shown.iter().find(|shown| shown.when == condition.text());
    match known {
        None => (None, "the reading does not say".into()),
        Some(shown) => match &shown.holds {
            Ok(holds) if shown.values.is_empty() => (Some(*holds), if *holds { "yes" } else { "no" }.into()),
            Ok(holds) => (Some(*holds), shown.values.join(", ")),
            Err(why) => (None, why.clone()),
        },
    }
}

fn health_words(reading: &Reading) -> String {
    let why = reason_words(reading.reason, &reading.detail);
    let word = reading.health.word();
    if reading.health == Health::Ok || why.is_empty() { word.to_owned() } else { format!("{word} ({why})") }
}

/// A gate over figures.
fn of_figures(
    model: &Model,
    now: Timestamp,
    since: Timestamp,
    live: &LiveGate,
    conditions: &super::Conditions,
) -> Judged {
    let asked: Arc<Mutex<Vec<Value>>> = Arc::default();
    let observed = Observed::of_figures(&figures(model, now, since, live, &asked));
    let values = || asked.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let found = |values: &[Value], error: Option<&str>| {
        let said: Vec<String> =
            values.iter().map(|value| format!("{} is {}", value.what, value.value)).collect();
        match (said.is_empty(), error) {
            (true, error) => error.unwrap_or("it asks for nothing").to_owned(),
            (false, _) => said.join(", "),
        }
    };
    let holds = |condition: &Condition| {
        let before = values().len();
        let holds = condition.holds(&observed);
        let words = found(&values()[before..], holds.as_ref().err().map(|error| error.message.as_str()));
        (holds.ok(), words)
    };
    let (state, detail) = match &conditions.when {
        None => (GateState::Passing, String::new()),
        Some(when) => match holds(when) {
            (Some(true), words) => (GateState::Passing, words),
            (Some(false), words) => (GateState::Failing, words),
            (None, words) => (GateState::Unknown, words),
        },
    };
    let mut judged = Judged { state, stops: None, detail, values: Vec::new(), measured: None, stale: None };
    if let Some(stop) = &conditions.stop {
        let (holds, words) = holds(stop);
        stopped(&mut judged, stop, holds, &words);
        if judged.detail.is_empty() {
            judged.detail = words;
        }
    }
    judged.values = values();
    judged.values.dedup();
    judged
}

/// What answers for the signals of a gate, and writes down what it was asked.
fn figures(
    model: &Model,
    now: Timestamp,
    since: Timestamp,
    live: &LiveGate,
    asked: &Arc<Mutex<Vec<Value>>>,
) -> Figures {
    let known: Vec<(SignalId, Samples, Option<f64>, Option<f64>)> = live
        .signals
        .iter()
        .map(|at| {
            let id = &model.plan.signals[*at].id;
            let samples = model.feed.signals[*at].samples.clone();
            (id.clone(), samples, counted(model, now, id), new_entries(model, *at))
        })
        .collect();
    let (asked, least) = (Arc::clone(asked), u64::from(live.gate.samples.max(1)));
    Arc::new(move |figure, signal, over| {
        let (_, samples, counted, fresh_entries) = known.iter().find(|(id, ..)| id == signal)?;
        // What was measured before the window was opened, or of the release before this one, says nothing.
        let within = over.min(since_then(now, since));
        let count = measured(samples, now, within);
        let value = match figure {
            Figure::Errors => *counted,
            Figure::Samples => of_samples(samples, now, figure, within),
            Figure::New => *fresh_entries,
            Figure::ErrorRate | Figure::Availability | Figure::Percentile(_) => {
                of_samples(samples, now, figure, within).filter(|_| count >= least)
            }
        };
        let of_count = !matches!(figure, Figure::Errors | Figure::New);
        let words = match value {
            Some(value) => number(value),
            None if count < least && of_count => format!("not measured, {count} of {least} samples"),
            None => "not measured".into(),
        };
        let value_of = Value {
            what: figure.text(signal, over),
            value: words,
            at: newest(samples, now, since),
            samples: of_count.then_some(count),
        };
        asked.lock().unwrap_or_else(PoisonError::into_inner).push(value_of);
        value
    })
}

/// How much a source lists that is not well and began after the release under watch, or after the window was opened
/// where no source knows the release.
fn new_entries(model: &Model, at: usize) -> Option<f64> {
    let window = model.watch.window()?;
    let since = window.release.as_ref().map_or(window.opened, |release| release.at);
    let listing = model.feed.signals[at].listing.as_ref()?;
    let is_new = |entry: &&Entry| {
        entry.health != Health::Ok && entry.began.or(entry.at).is_none_or(|began| began >= since)
    };
    u32::try_from(listing.entries.iter().filter(is_new).count()).ok().map(f64::from)
}

fn measured(samples: &Samples, now: Timestamp, over: Duration) -> u64 {
    samples.within(now, over).filter(|sample| sample.health != Health::Blind).count() as u64
}

/// A figure to four places, and a whole number as one.
fn number(value: f64) -> String {
    let value = (value * 10_000.0).round() / 10_000.0;
    format!("{value}")
}

/// What each gate of `window` did, for its end at `now`.
pub fn summary(model: &Model, now: Timestamp, window: &Window, live: &Live) -> Vec<GateSummary> {
    let of = |(at, live_gate): (usize, &LiveGate)| {
        let watched = window.gates.get(at);
        let gate: &Gate = &live_gate.gate;
        GateSummary {
            gate: gate.name.clone(),
            required: gate.required,
            state: live_gate.stands(now),
            detail: live_gate.words(now),
            resets: watched.map_or(0, |watched| watched.resets),
            freezes: watched.map_or(0, |watched| watched.freezes),
            signals: live_gate.signals.iter().map(|at| of_signal(model, now, window, *at)).collect(),
        }
    };
    live.gates.iter().enumerate().map(of).collect()
}

fn of_signal(model: &Model, now: Timestamp, window: &Window, at: usize) -> SignalSummary {
    let samples = &model.feed.signals[at].samples;
    let over = since_then(now, window.opened);
    let figure = |figure| of_samples(samples, now, &figure, over);
    SignalSummary {
        signal: model.plan.signals[at].id.clone(),
        samples: measured(samples, now, over),
        p50_ms: figure(Figure::Percentile(50.0)),
        p95_ms: figure(Figure::Percentile(95.0)),
        error_rate: figure(Figure::ErrorRate),
    }
}
