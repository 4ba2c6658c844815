//! Soft, then hard: how single readings become a settled state.

use std::collections::VecDeque;

use crate::domain::reading::{Health, Reason};
use crate::domain::signal::{BLIND_AFTER, Rules};
use crate::domain::time::Timestamp;

/// On the way to another state: what is shown as `soft 2/3`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Soft {
    /// Where it is going.
    pub to: Health,
    /// Readings so far.
    pub count: u32,
    /// Readings needed.
    pub of: u32,
    /// When the first of them came.
    pub since: Timestamp,
}

/// What a reading settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The new hard state.
    pub to: Health,
    /// When the first reading of it came.
    pub since: Timestamp,
}

/// The counters of one signal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settling {
    /// Readings that said something so far.
    turn: u64,
    /// Those that were down, while they are among the last `fail_among`: which, and when.
    failures: VecDeque<(u64, Timestamp)>,
    down: Streak,
    not_ok: Streak,
    not_down: Streak,
    ok: Streak,
    blind: Streak,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Streak {
    count: u32,
    since: Option<Timestamp>,
}

impl Streak {
    fn step(&mut self, holds: bool, at: Timestamp) {
        if holds {
            self.count = self.count.saturating_add(1);
            self.since.get_or_insert(at);
        } else {
            *self = Self::default();
        }
    }
}

impl Settling {
    /// Counts a reading that said `health` while the hard state is `settled`, and says what it
    /// settles. `confirmed` is whether the observer itself is known to be well since the streak
    /// began: without it nothing settles as failed yet.
    pub fn count(
        &mut self,
        rules: &Rules,
        settled: Health,
        health: Health,
        at: Timestamp,
        confirmed: bool,
    ) -> Option<Verdict> {
        self.blind.step(health == Health::Blind, at);
        if health == Health::Blind {
            return (settled != Health::Blind && self.blind.count >= BLIND_AFTER)
                .then(|| self.settle(Health::Blind, self.blind, at));
        }
        let down = health == Health::Down;
        self.down.step(down, at);
        self.not_down.step(!down, at);
        self.not_ok.step(health != Health::Ok, at);
        self.ok.step(health == Health::Ok, at);
        self.turn += 1;
        let oldest = self.turn.saturating_sub(u64::from(rules.fail_among.max(1)));
        while self.failures.front().is_some_and(|(turn, _)| *turn <= oldest) {
            self.failures.pop_front();
        }
        if down {
            self.failures.push_back((self.turn, at));
        }

        let among = self.failures.len() >= usize::try_from(rules.fail_count.max(1)).unwrap_or(usize::MAX);
        let failed = down && (self.down.count >= rules.fail_after || among);
        match settled {
            Health::Ok | Health::Degraded | Health::Blind if failed => {
                // The first failure that counts is when it began: the oldest of the few among many,
                // or of those in a row.
                let first = self.failures.front().map(|(_, first)| *first).filter(|_| among);
                let since = first.into_iter().chain(self.down.since).min();
                confirmed.then(|| self.settle(Health::Down, Streak { since, ..self.down }, at))
            }
            Health::Blind if !down => Some(self.settle(health, self.not_down, at)),
            Health::Ok if !down && self.not_ok.count >= rules.fail_after => {
                confirmed.then(|| self.settle(Health::Degraded, self.not_ok, at))
            }
            Health::Degraded | Health::Down if self.ok.count >= rules.recover_after => {
                Some(self.settle(Health::Ok, self.ok, at))
            }
            // Good enough not to be down, but not ok for long enough.
            Health::Down if self.not_down.count >= rules.recover_after => {
                Some(self.settle(Health::Degraded, self.not_down, at))
            }
            Health::Ok | Health::Degraded | Health::Blind | Health::Down => None,
        }
    }

    fn settle(&mut self, to: Health, streak: Streak, at: Timestamp) -> Verdict {
        self.failures.clear();
        if to == Health::Blind {
            // Nobody knows what was between: what was counted before says nothing any more.
            *self = Self { blind: self.blind, ..Self::default() };
        }
        Verdict { to, since: streak.since.unwrap_or(at) }
    }

    /// How far it is on the way from `settled` to another state.
    pub fn soft(&self, rules: &Rules, settled: Health) -> Option<Soft> {
        let soft = |to, streak: Streak, of| {
            streak.since.filter(|_| streak.count > 0).map(|since| Soft {
                to,
                count: streak.count.min(of),
                of,
                since,
            })
        };
        match settled {
            Health::Ok | Health::Degraded | Health::Blind if self.down.count > 0 => {
                soft(Health::Down, self.down, rules.fail_after)
            }
            Health::Ok => soft(Health::Degraded, self.not_ok, rules.fail_after),
            Health::Degraded => soft(Health::Ok, self.ok, rules.recover_after),
            Health::Down => soft(
                if self.ok.count > 0 { Health::Ok } else { Health::Degraded },
                self.not_down,
                rules.recover_after,
            ),
            Health::Blind => None,
        }
    }

    /// When the current run of failures began.
    pub fn failing_since(&self) -> Option<Timestamp> {
        self.down.since.or(self.not_ok.since)
    }

    /// Moves every count with a clock that was set by `by_millis`.
    pub fn shift(&mut self, by_millis: i64) {
        self.failures.iter_mut().for_each(|(_, at)| *at = at.shifted(by_millis));
        for streak in [&mut self.down, &mut self.not_ok, &mut self.not_down, &mut self.ok, &mut self.blind] {
            streak.since = streak.since.map(|at| at.shifted(by_millis));
        }
    }

    /// Forgets what was counted: readings taken while the observer was sick say nothing.
    pub fn forget(&mut self) {
        *self = Self::default();
    }
}

/// The words for a failure: `status 503`, `timeout`, `down`.
pub fn reason_words(reason: Option<Reason>, detail: &str) -> String {
    match (reason, detail.is_empty()) {
        (Some(reason), true) => reason.word().to_owned(),
        (Some(reason), false) => format!("{} {detail}", reason.word()),
        (None, _) => detail.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const RULES: Rules = Rules {
        fail_after: 3,
        fail_count: 3,
        fail_among: 5,
        recover_after: 2,
        soft_every: Duration::from_secs(1),
    };

    fn walk(letters: &str, rules: &Rules) -> Vec<(usize, Health, i64)> {
        let (mut settling, mut settled) = (Settling::default(), Health::Blind);
        let mut changes = Vec::new();
        for (turn, letter) in letters.chars().enumerate() {
            let health = match letter {
                'o' => Health::Ok,
                'd' => Health::Degraded,
                'x' => Health::Down,
                _ => Health::Blind,
            };
            let at = Timestamp::from_millis(i64::try_from(turn).unwrap());
            if let Some(verdict) = settling.count(rules, settled, health, at, true) {
                settled = verdict.to;
                changes.push((turn, verdict.to, verdict.since.millis()));
            }
        }
        changes
    }

    #[test]
    fn the_third_failure_in_a_row_settles_it_and_the_first_one_counts() {
        assert_eq!(walk("oxx", &RULES), [(0, Health::Ok, 0)]);
        assert_eq!(walk("oxxx", &RULES), [(0, Health::Ok, 0), (3, Health::Down, 1)]);
    }

    #[test]
    fn a_limit_of_any_number_is_reached_by_that_failure_and_not_by_the_one_before_or_after() {
        for limit in 1..=6 {
            let rules = Rules { fail_after: limit, fail_count: 99, fail_among: 99, ..RULES };
            let failures = |count: u32| format!("o{}", "x".repeat(usize::try_from(count).unwrap()));
            assert_eq!(walk(&failures(limit - 1), &rules).len(), 1, "{limit}");
            assert_eq!(walk(&failures(limit), &rules).len(), 2, "{limit}");
        }
    }

    #[test]
    fn three_of_five_settle_it_too_but_two_never_do() {
        assert_eq!(walk("oxoxox", &RULES), [(0, Health::Ok, 0), (5, Health::Down, 1)]);
        assert_eq!(walk("oxooxoox", &RULES), [(0, Health::Ok, 0)]);
    }

    #[test]
    fn two_good_readings_recover_it_and_one_failure_after_that_does_not_bring_it_back() {
        assert_eq!(walk("oxxxoxoox", &RULES), [(0, Health::Ok, 0), (3, Health::Down, 1), (7, Health::Ok, 6)]);
    }

    #[test]
    fn degraded_is_soft_first_and_a_recovery_may_end_in_it() {
        assert_eq!(walk("oddd", &RULES), [(0, Health::Ok, 0), (3, Health::Degraded, 1)]);
        assert_eq!(
            walk("oxxxod", &RULES),
            [(0, Health::Ok, 0), (3, Health::Down, 1), (5, Health::Degraded, 4)]
        );
    }

    #[test]
    fn one_good_reading_after_a_degraded_one_is_not_a_recovery() {
        let down = [(0, Health::Ok, 0), (3, Health::Down, 1)];
        assert_eq!(walk("oxxxdo", &RULES), [&down[..], &[(5, Health::Degraded, 4)]].concat());
        assert_eq!(
            walk("oxxxdoo", &RULES),
            [&down[..], &[(5, Health::Degraded, 4), (6, Health::Ok, 5)]].concat()
        );
    }

    #[test]
    fn failures_before_a_gap_without_any_measurement_do_not_count_after_it() {
        assert_eq!(walk("oxx????x", &RULES), [(0, Health::Ok, 0), (6, Health::Blind, 3)]);
    }

    #[test]
    fn four_blind_readings_in_a_row_make_it_blind_and_the_first_answer_ends_that() {
        assert_eq!(walk("o???", &RULES), [(0, Health::Ok, 0)]);
        assert_eq!(walk("o????o", &RULES), [(0, Health::Ok, 0), (4, Health::Blind, 1), (5, Health::Ok, 5)]);
    }

    #[test]
    fn nothing_settles_as_failed_until_the_observer_is_known_to_be_well() {
        let (mut settling, at) = (Settling::default(), Timestamp::from_millis);
        for turn in 0..5 {
            assert_eq!(settling.count(&RULES, Health::Ok, Health::Down, at(turn), false), None);
        }
        let verdict = settling.count(&RULES, Health::Ok, Health::Down, at(5), true);
        assert_eq!(verdict, Some(Verdict { to: Health::Down, since: at(0) }));
    }
}
