//! When, as it is written on the command line: a date, an instant, or how long ago.

use std::time::Duration;

use chrono::{Days, NaiveDate, NaiveTime};

use crate::domain::time::Timestamp;

/// When.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    /// A day, in UTC.
    Day(NaiveDate),
    /// An instant.
    At(Timestamp),
    /// So long before now.
    Ago(Duration),
}

impl When {
    /// Of `2026-11-01`, `2026-11-01T03:10:00Z` or `30d`.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            return Ok(When::Day(day));
        }
        if let Some(at) = Timestamp::parse(text) {
            return Ok(When::At(at));
        }
        humantime::parse_duration(text)
            .map(When::Ago)
            .map_err(|_| "write a date such as 2026-11-01, an instant such as 2026-11-01T03:10:00Z, or a span such as 30d".into())
    }

    /// The instant it begins, where it is `now`.
    pub fn begins(&self, now: Timestamp) -> Timestamp {
        match self {
            When::Day(day) => start(*day),
            When::At(at) => *at,
            When::Ago(span) => now.minus(*span),
        }
    }

    /// The instant behind it: the end of a day.
    pub fn ends(&self, now: Timestamp) -> Timestamp {
        match self {
            When::Day(day) => start(day.checked_add_days(Days::new(1)).unwrap_or(*day)),
            When::At(_) | When::Ago(_) => self.begins(now),
        }
    }
}

fn start(day: NaiveDate) -> Timestamp {
    Timestamp::from_millis(day.and_time(NaiveTime::MIN).and_utc().timestamp_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_instants_and_spans_are_understood() {
        let now = Timestamp::parse("2026-11-21T14:32:05Z").unwrap();
        let at = |text: &str| When::parse(text).unwrap();
        assert_eq!(at("2026-11-01").begins(now), Timestamp::parse("2026-11-01T00:00:00Z").unwrap());
        assert_eq!(at("2026-11-30").ends(now), Timestamp::parse("2026-12-01T00:00:00Z").unwrap());
        assert_eq!(
            at("2026-11-01T03:10:00+01:00").begins(now),
            Timestamp::parse("2026-11-01T02:10:00Z").unwrap()
        );
        assert_eq!(at("30d").begins(now), Timestamp::parse("2026-10-22T14:32:05Z").unwrap());
        for wrong in ["yesterday", "2026-13-01", "30", ""] {
            assert!(When::parse(wrong).unwrap_err().contains("such as 30d"), "{wrong}");
        }
    }
}
