//! On-call rotations: whose turn it is at an instant, and when it is handed over. Hand-overs stand on the clock of a
//! place: at nine in the morning in summer and in winter. No clock is asked.

use chrono::{Days, Months, NaiveDate, NaiveTime};
use chrono_tz::Tz;

use super::calendar::Zone;
use super::time::Timestamp;

/// How long a turn lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lasts {
    /// So many days.
    Days(u32),
    /// So many months.
    Months(u32),
}

impl Lasts {
    /// What `text` says: `1 week`, `2 weeks`, `1 day`, `1 month`. None is longer than a year.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (count, unit) = text.split_once(char::is_whitespace).unwrap_or(("1", text));
        let count: u32 = count.parse().ok().filter(|count| (1..=366).contains(count))?;
        let lasts = match unit.trim().trim_end_matches('s') {
            "day" => Lasts::Days(count),
            "week" => Lasts::Days(count * 7),
            "month" => Lasts::Months(count),
            _ => return None,
        };
        match lasts {
            Lasts::Days(1..=366) | Lasts::Months(1..=12) => Some(lasts),
            Lasts::Days(_) | Lasts::Months(_) => None,
        }
    }

    /// The day on which turn `number` begins, where turn 0 begins on `first`.
    fn begins(self, first: NaiveDate, number: u32) -> Option<NaiveDate> {
        match self {
            Lasts::Days(days) => first.checked_add_days(Days::new(u64::from(days) * u64::from(number))),
            // From the first day each time: a turn that began on the 31st begins on the last of a shorter month, and
            // on the 31st again.
            Lasts::Months(months) => first.checked_add_months(Months::new(months.checked_mul(number)?)),
        }
    }

    /// As many turns as may have begun in `days`, and never fewer.
    fn most(self, days: u64) -> u32 {
        let turns = match self {
            Lasts::Days(each) => days / u64::from(each.max(1)),
            Lasts::Months(each) => days / (28 * u64::from(each.max(1))),
        };
        u32::try_from(turns).unwrap_or(u32::MAX - 2).saturating_add(2)
    }
}

/// When turns begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandOver {
    /// The day of the first.
    pub from: NaiveDate,
    /// At what time, by the clock there.
    pub at: NaiveTime,
    /// Where.
    pub zone: Tz,
}

impl HandOver {
    fn instant(&self, lasts: Lasts, number: u32) -> Option<Timestamp> {
        Zone::Place(self.zone).instant(lasts.begins(self.from, number)?.and_time(self.at))
    }

    /// Whose turn it is at `now`, of `count` people who take turns.
    pub fn turn(&self, lasts: Lasts, count: usize, now: Timestamp) -> Option<Turn> {
        let first = self.instant(lasts, 0)?;
        if count == 0 {
            return None;
        }
        if now < first {
            return Some(Turn::Begins(first));
        }
        let days = now.since(first).as_secs() / 86_400;
        // The last turn that has begun: instants grow with numbers, so it is looked for by halves.
        let (mut known, mut beyond) = (0, lasts.most(days));
        while beyond - known > 1 {
            let middle = known + (beyond - known) / 2;
            if self.instant(lasts, middle).is_some_and(|at| at <= now) {
                known = middle;
            } else {
                beyond = middle;
            }
        }
        let until = self.instant(lasts, known + 1)?;
        let person = usize::try_from(known).unwrap_or(0) % count;
        Some(Turn::On { person, since: self.instant(lasts, known)?, until, next: (person + 1) % count })
    }

    /// `Mon 30 Nov 09:00 CET (08:00Z)`: an instant there, and in UTC.
    pub fn words(&self, at: Timestamp) -> String {
        at.utc().map_or_else(
            || "-".into(),
            |utc| {
                let there = utc.with_timezone(&self.zone);
                let day = if there.date_naive() == utc.date_naive() { "" } else { "%a " };
                format!("{} ({})", there.format("%a %-d %b %H:%M %Z"), utc.format(&format!("{day}%H:%MZ")))
            },
        )
    }
}

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Nobody's yet: the first turn begins then.
    Begins(Timestamp),
    /// Somebody's.
    On {
        /// Which of those who take turns.
        person: usize,
        /// Since when.
        since: Timestamp,
        /// Until when.
        until: Timestamp,
        /// Whose it is then.
        next: usize,
    },
}

/// A configured rotation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// Its name, such as `primary`; one that a runbook names takes its people from there.
    pub name: String,
    /// Who takes turns, in order; none where the runbook says who.
    pub people: Vec<String>,
    /// How long a turn lasts; `None` where the runbook says it.
    pub every: Option<Lasts>,
    /// When turns begin.
    pub hand_over: HandOver,
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(text: &str) -> Timestamp {
        serde_json::from_value(serde_json::Value::from(text)).unwrap()
    }

    fn hand_over(from: &str, clock: &str, zone: Tz) -> HandOver {
        HandOver { from: from.parse().unwrap(), at: NaiveTime::parse_from_str(clock, "%H:%M").unwrap(), zone }
    }

    fn on(hand_over: &HandOver, lasts: Lasts, count: usize, now: &str) -> (usize, Timestamp) {
        match hand_over.turn(lasts, count, at(now)) {
            Some(Turn::On { person, until, .. }) => (person, until),
            other => panic!("{now}: {other:?}"),
        }
    }

    #[test]
    fn spans_are_read_as_people_say_them() {
        for (text, lasts) in [
            ("1 week", Some(Lasts::Days(7))),
            ("2 weeks", Some(Lasts::Days(14))),
            ("week", Some(Lasts::Days(7))),
            ("1 day", Some(Lasts::Days(1))),
            ("1 month", Some(Lasts::Months(1))),
            ("3 months", Some(Lasts::Months(3))),
            ("0 weeks", None),
            ("13 months", None),
            ("60 weeks", None),
            ("1 fortnight", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(Lasts::parse(text), lasts, "{text}");
        }
    }

    #[test]
    fn a_week_is_handed_over_at_nine_by_the_clock_there_in_summer_and_in_winter() {
        let berlin = hand_over("2026-10-19", "09:00", Tz::Europe__Berlin);
        let week = Lasts::Days(7);
        // Summer time ends on 25 October: nine o'clock is 07:00Z before and 08:00Z after.
        assert_eq!(on(&berlin, week, 2, "2026-10-19T07:00:00Z"), (0, at("2026-10-26T08:00:00Z")));
        assert_eq!(on(&berlin, week, 2, "2026-10-26T07:59:59Z"), (0, at("2026-10-26T08:00:00Z")));
        assert_eq!(on(&berlin, week, 2, "2026-10-26T08:00:00Z"), (1, at("2026-11-02T08:00:00Z")));
        assert_eq!(on(&berlin, week, 2, "2026-11-02T08:00:00Z"), (0, at("2026-11-09T08:00:00Z")));
        // And it begins on 29 March.
        assert_eq!(on(&berlin, week, 2, "2027-03-28T23:00:00Z").1, at("2027-03-29T07:00:00Z"));
        assert_eq!(
            berlin.turn(week, 2, at("2026-10-19T06:59:59Z")),
            Some(Turn::Begins(at("2026-10-19T07:00:00Z")))
        );
    }

    #[test]
    fn a_hand_over_at_an_hour_that_does_not_come_is_an_hour_later_and_one_that_comes_twice_is_the_first() {
        let berlin = hand_over("2026-03-22", "02:30", Tz::Europe__Berlin);
        assert_eq!(on(&berlin, Lasts::Days(7), 3, "2026-03-28T12:00:00Z").1, at("2026-03-29T01:30:00Z"));
        let autumn = hand_over("2026-10-18", "02:30", Tz::Europe__Berlin);
        assert_eq!(on(&autumn, Lasts::Days(7), 3, "2026-10-24T12:00:00Z").1, at("2026-10-25T00:30:00Z"));
        assert_eq!(
            on(&autumn, Lasts::Days(7), 3, "2026-10-25T01:45:00Z").0,
            1,
            "the hour that came twice begins once"
        );
    }

    #[test]
    fn a_month_begins_on_its_day_or_on_the_last_there_is() {
        let rome = hand_over("2026-08-31", "10:00", Tz::Europe__Rome);
        let month = Lasts::Months(1);
        assert_eq!(on(&rome, month, 3, "2026-09-15T00:00:00Z"), (0, at("2026-09-30T08:00:00Z")));
        assert_eq!(on(&rome, month, 3, "2026-09-30T08:00:00Z"), (1, at("2026-10-31T09:00:00Z")));
        assert_eq!(on(&rome, month, 3, "2026-12-01T00:00:00Z"), (0, at("2026-12-31T09:00:00Z")));
        assert_eq!(on(&rome, month, 3, "2027-02-28T08:59:59Z"), (2, at("2027-02-28T09:00:00Z")));
    }

    #[test]
    fn an_instant_is_told_there_and_in_utc() {
        let berlin = hand_over("2026-10-19", "09:00", Tz::Europe__Berlin);
        assert_eq!(berlin.words(at("2026-11-30T08:00:00Z")), "Mon 30 Nov 09:00 CET (08:00Z)");
        assert_eq!(berlin.words(at("2026-07-06T07:00:00Z")), "Mon 6 Jul 09:00 CEST (07:00Z)");
        let tokyo = hand_over("2026-10-19", "08:00", Tz::Asia__Tokyo);
        assert_eq!(tokyo.words(at("2026-11-29T23:00:00Z")), "Mon 30 Nov 08:00 JST (Sun 23:00Z)");
    }

    proptest::proptest! {
        #[test]
        fn every_instant_has_one_turn_and_turns_follow_one_another(
            days in 0_i64..4_000, seconds in 0_i64..86_400, each in 1_u32..40, months in proptest::bool::ANY, count in 1_usize..6,
        ) {
            let lasts = if months { Lasts::Months(each.min(12)) } else { Lasts::Days(each) };
            let hand = hand_over("2024-01-31", "02:30", Tz::America__New_York);
            let now = at("2024-01-31T08:00:00Z").plus(Duration::from_secs(u64::try_from(days * 86_400 + seconds).unwrap()));
            let Some(Turn::On { person, since, until, next }) = hand.turn(lasts, count, now) else { panic!("no turn") };
            proptest::prop_assert!(since <= now && now < until && person < count);
            let Some(Turn::On { person: after, since: then, .. }) = hand.turn(lasts, count, until) else { panic!("no turn") };
            proptest::prop_assert_eq!((after, then), (next, until));
        }
    }
}
