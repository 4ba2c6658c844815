//! Flap detection after Nagios: the last 21 settled states, recent changes weighing more.
//!
//! Source: Nagios Core documentation, "Detection and Handling of State Flapping".

use crate::domain::reading::Health;

/// Settled states looked at: 20 possible changes.
const STATES: u32 = 21;
/// Flapping starts at this percentage …
pub const START: u8 = 30;
/// … and stops below this one.
pub const STOP: u8 = 20;

/// The last 21 settled states, two bits each, the newest lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Flapping {
    states: u64,
    seen: u32,
}

impl Flapping {
    /// Adds a settled state. A blind one says nothing about change and is left out.
    pub fn push(&mut self, health: Health) {
        let code = match health {
            Health::Ok => 0,
            Health::Degraded => 1,
            Health::Down => 2,
            Health::Blind => return,
        };
        self.states = (self.states << 2 | code) & ((1 << (2 * STATES)) - 1);
        self.seen = (self.seen + 1).min(STATES);
    }

    /// Whether as many states were seen as are looked at: fewer prove no calm.
    pub const fn is_full(self) -> bool {
        self.seen == STATES
    }

    /// The weighted share of changes, 0 to 100: the oldest change weighs 0.75, the newest 1.25.
    pub fn percent(self) -> u8 {
        let mut curve = 0.0;
        for age in 0..self.seen.saturating_sub(1) {
            let newer = self.states >> (2 * age) & 3;
            let older = self.states >> (2 * (age + 1)) & 3;
            if newer != older {
                curve += 1.25 - f64::from(age) * 0.5 / f64::from(STATES - 2);
            }
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 100")]
        let percent = (curve * 100.0 / f64::from(STATES - 1)).round() as u8;
        percent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_every_time_is_a_hundred_percent_and_a_newer_change_weighs_more() {
        let mut every = Flapping::default();
        for turn in 0..30 {
            every.push(if turn % 2 == 0 { Health::Ok } else { Health::Down });
        }
        assert_eq!(every.percent(), 100);

        let (mut old, mut new) = (Flapping::default(), Flapping::default());
        for turn in 0..21 {
            old.push(if turn == 0 { Health::Down } else { Health::Ok });
            new.push(if turn == 20 { Health::Down } else { Health::Ok });
        }
        assert_eq!((old.percent(), new.percent()), (4, 6));
    }

    #[test]
    fn blind_readings_and_a_first_reading_are_no_change() {
        let mut flapping = Flapping::default();
        for health in [Health::Blind, Health::Ok, Health::Blind, Health::Ok] {
            flapping.push(health);
        }
        assert_eq!(flapping.percent(), 0);
    }
}
