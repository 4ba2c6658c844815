//! When each signal is asked.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::time::Duration;

use crate::domain::board::Board;
use crate::domain::time::Timestamp;
use crate::state::Model;

use super::{Effect, Out, alert, pushed};

/// Polls are due on a grid of one of these steps, in milliseconds: those that share a wake-up cost
/// half of what they cost one by one. No step is longer than a tenth of the interval, its jitter.
const STEPS: [u64; 4] = [500, 250, 100, 50];
/// Polls that one tick sends at most; the rest stays due. With more, the first would wait, answered,
/// until the last is sent, and that wait would be taken for their latency.
const AT_ONCE: usize = 8;
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

/// Asks what is due, or the first of it.
pub fn due(model: &mut Model, now: Timestamp, out: &mut Out) {
    for _ in 0..AT_ONCE {
        let first = model.feed.due.first().copied();
        let Some((at, index)) = first.filter(|(at, _)| *at <= now) else { return };
        let every = model.plan.signals[index].every;
        if model.plan.signals[index].request().is_none() {
            // Nobody is asked: time went on, and what was counted has left its span.
            set(model, index, at.plus(every).max(now.plus(Duration::from_millis(1))));
            alert::look(model, now, index, out);
            pushed::look(model, now, index, out);
            continue;
        }
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
    if signal.request().is_none() {
        // Its clock goes on by itself.
        return;
    }
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
    // A window looks at what its gates name, and at which release of your own is live.
    let is_release = signal.own && signal.board == Some(Board::Deploys);
    let window = feed.window.as_ref().filter(|live| (live.holds(index) || is_release) && state.refused == 0);
    if window.is_some() && signal.own {
        // What is your own is asked as often as while it is soft; what a vendor lists keeps its pace.
        every = every.min(signal.rules.soft_every);
    }
    // From when it was due, not from when it was answered: the cadence does not drift.
    let jitter = every.mul_f64(0.1 * chance(plan.seed, index, state.attempt));
    let at = on_grid(state.scheduled.plus(every).minus(every / 20).plus(jitter), every);
    // And at the latest when the clean time would be full.
    let at = window.and_then(|live| live.full_at(now)).map_or(at, |full| at.min(full));
    let at = at.max(now.plus(Duration::from_millis(1))).max(left_alone_until(model, index));
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
    let signal = &mut model.feed.signals[index];
    model.feed.due.remove(&(signal.next, index));
    signal.next = at;
    model.feed.due.insert((at, index));
}

/// The instant nearest to `at` on the grid for this interval: rounding one way would stretch it.
fn on_grid(at: Timestamp, every: Duration) -> Timestamp {
    let jitter = u64::try_from(every.as_millis() / 10).unwrap_or(u64::MAX);
    let step = STEPS.into_iter().find(|step| *step <= jitter).and_then(|step| i64::try_from(step).ok());
    let Some(step) = step else { return at };
    Timestamp::from_millis((at.millis() + step / 2).div_euclid(step) * step)
}

/// A number from 0 to 1 that is the same for the same seed, signal and attempt.
fn chance(seed: u64, index: usize, attempt: u64) -> f64 {
    let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one((seed, index, attempt));
    #[expect(clippy::cast_precision_loss, reason = "sixteen bits fit")]
    let share = (hash & 0xffff) as f64 / 65_536.0;
    share
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::io::{IoRequest, TcpRequest};
    use crate::domain::reading::{Health, Reading};
    use crate::domain::signal::{Origin, Rules, Signal};
    use crate::state::{Environment, Plan, Watch};

    const EVERY: Duration = Duration::from_secs(5);

    fn model(signals: usize) -> Model {
        let signal = |n: usize| Signal {
            id: format!("service-{n}").into(),
            source: "health",
            part: "",
            origin: Origin::Asked(IoRequest::Tcp(TcpRequest {
                host: "example.com".into(),
                port: 443,
                timeout: Duration::from_secs(1),
            })),
            options: None,
            board: None,
            kept: false,
            every: EVERY,
            ok: None,
            degraded: None,
            rules: Rules {
                fail_after: 3,
                fail_count: 3,
                fail_among: 5,
                recover_after: 2,
                soft_every: Duration::from_secs(1),
            },
            observes: Vec::new(),
            shows: Vec::new(),
            own: true,
            observer: false,
        };
        let environment = Environment {
            console: "shop".into(),
            environment: "staging".into(),
            starts_locked: false,
            arm_for: Duration::from_secs(600),
            operator: "ann".into(),
            read_only: None,
            banner: None,
        };
        let plan = Plan::new(environment, (0..signals).map(signal).collect(), Vec::new());
        Model::new(plan, Watch::default())
    }

    fn asked(model: &mut Model, now: Timestamp) -> Vec<(usize, u64)> {
        let mut out = Out::default();
        due(model, now, &mut out);
        let polls = out.effects.iter().map(|effect| match effect {
            Effect::Poll { signal, attempt } => (*signal, *attempt),
            other => panic!("{other:?}"),
        });
        polls.collect()
    }

    fn answer(model: &mut Model, now: Timestamp, (signal, attempt): (usize, u64)) {
        let reading =
            Reading { latency: Some(Duration::from_millis(20)), ..Reading::bare(now, Health::Ok, None, "") };
        super::super::reading::polled(model, now, signal, attempt, reading, &mut Out::default());
    }

    #[test]
    fn what_one_tick_does_not_ask_the_next_one_does() {
        let mut model = model(AT_ONCE * 2 + 3);
        let now = Timestamp::from_millis(1_000_000);
        start(&mut model, now);
        let late = now.plus(EVERY);
        let counts = [(); 4].map(|()| asked(&mut model, late).len());
        assert_eq!(counts, [AT_ONCE, AT_ONCE, 3, 0]);
    }

    #[test]
    fn polls_share_wake_ups_and_no_interval_is_stretched() {
        let mut model = model(200);
        let opened = Timestamp::from_millis(1_000_000);
        let end = opened.plus(EVERY * 100);
        start(&mut model, opened);
        let (mut polls, mut wake_ups, mut last) = (0, 0, opened);
        while let Some(now) = model.feed.next_due().filter(|at| *at < end) {
            wake_ups += u32::from(now > last);
            last = now;
            for poll in asked(&mut model, now) {
                polls += 1;
                answer(&mut model, now.plus(Duration::from_millis(20)), poll);
            }
        }
        assert!((19_800..=20_200).contains(&polls), "{polls} polls where 20,000 are meant");
        assert!(wake_ups < 1_300, "{wake_ups} in 500 seconds of two each");
    }

    #[test]
    fn a_short_interval_has_a_fine_grid() {
        let at = Timestamp::from_millis(10_130);
        let near = |millis| on_grid(at, Duration::from_millis(millis)).millis();
        assert_eq!(
            [near(10_000), near(3_000), near(1_000), near(500), near(200)],
            [10_000, 10_250, 10_100, 10_150, 10_130]
        );
    }
}
