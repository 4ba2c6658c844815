//! When each signal is asked.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::time::Duration;

use crate::domain::time::Timestamp;
use crate::state::Model;

use super::{Effect, Out};

/// Polls are due on this grid, so that many share one wake-up.
const GRID: i64 = 100;
/// The longest wait after a source has refused again and again.
const LONGEST_BACK_OFF: Duration = Duration::from_secs(300);
/// How often a signal is asked while an effect should show in it.
const AWAITED_EVERY: Duration = Duration::from_secs(1);
/// An answer that is this many intervals late never comes: the poll is given up.
const GIVEN_UP_AFTER: u32 = 4;

/// Makes every signal due: at once where there are few, spread over their interval where there are
/// many.
pub fn start(model: &mut Model, now: Timestamp) {
    let count = u32::try_from(model.plan.signals.len()).unwrap_or(u32::MAX);
    for index in 0..model.plan.signals.len() {
        let spread = model.plan.signals[index].every.min(Duration::from_millis(2) * count);
        let wait = spread.mul_f64(chance(model.plan.seed, index, 0));
        set(model, index, now.plus(wait));
    }
}

/// Asks what is due.
pub fn due(model: &mut Model, now: Timestamp, out: &mut Out) {
    while let Some((at, index)) = model.feed.due.first().copied().filter(|(at, _)| *at <= now) {
        let every = model.plan.signals[index].every;
        let signal = &mut model.feed.signals[index];
        signal.attempt += 1;
        signal.in_flight = true;
        // Should no answer ever come, the next poll makes the lost one stale.
        set(model, index, now.plus(every * GIVEN_UP_AFTER));
        let signal = &mut model.feed.signals[index];
        signal.scheduled = at;
        out.effect(Effect::Poll { signal: index, attempt: signal.attempt });
    }
}

/// Makes `index` due again after an answer.
pub fn next(model: &mut Model, index: usize, now: Timestamp) {
    let (plan, feed) = (&model.plan, &model.feed);
    let (signal, state) = (&plan.signals[index], &feed.signals[index]);
    let settled =
        model.watch.signals.get(&signal.id).map_or(crate::domain::reading::Health::Blind, |s| s.health);
    let mut every = signal.every;
    if state.refused > 0 {
        every = (every * (1 << state.refused.min(6))).min(LONGEST_BACK_OFF.max(every));
    } else if feed.awaited.iter().any(|awaited| awaited.signal == index) {
        every = every.min(AWAITED_EVERY);
    } else if state.settling.soft(&signal.rules, settled).is_some() {
        every = every.min(signal.rules.soft_every);
    }
    // From when it was due, not from when it was answered: the cadence does not drift.
    let jitter = every.mul_f64(0.1 * chance(plan.seed, index, state.attempt));
    let at =
        state.scheduled.plus(every).minus(every / 20).plus(jitter).max(now.plus(Duration::from_millis(1)));
    let at = at.max(left_alone_until(model, index));
    set(model, index, at);
}

/// Until when the source of `index` asked not to be asked.
fn left_alone_until(model: &Model, index: usize) -> Timestamp {
    let last = model.feed.signals[index].last.as_ref();
    last.and_then(|reading| Some(reading.at.plus(reading.retry_after?))).unwrap_or_default()
}

/// Asks `index` as soon as may be: not before its source allows it.
pub fn soon(model: &mut Model, index: usize, now: Timestamp) {
    if !model.feed.signals[index].in_flight {
        let at = now.max(left_alone_until(model, index));
        set(model, index, at);
    }
}

fn set(model: &mut Model, index: usize, at: Timestamp) {
    let up = at.millis().div_euclid(GRID) * GRID + if at.millis().rem_euclid(GRID) == 0 { 0 } else { GRID };
    let at = Timestamp::from_millis(up);
    let signal = &mut model.feed.signals[index];
    model.feed.due.remove(&(signal.next, index));
    signal.next = at;
    model.feed.due.insert((at, index));
}

/// A number from 0 to 1 that is the same for the same seed, signal and attempt.
fn chance(seed: u64, index: usize, attempt: u64) -> f64 {
    let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one((seed, index, attempt));
    #[expect(clippy::cast_precision_loss, reason = "sixteen bits fit")]
    let share = (hash & 0xffff) as f64 / 65_536.0;
    share
}
