//! When a schedule comes round: zones as people write them, windows and their next occurrence. No clock is asked.

use std::time::Duration;

use chrono::{DateTime, Datelike, Days, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;

use super::statement::{Every, Schedule};
use super::time::Timestamp;

/// A schedule that names no day within so many is one that never comes.
const FURTHEST: u64 = 400;

/// How a schedule stands at an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Occurrence {
    /// It is on.
    Open {
        /// Since when.
        since: Timestamp,
        /// Until when.
        until: Timestamp,
    },
    /// It comes.
    Next {
        /// When.
        at: Timestamp,
        /// Until when it lasts, where it lasts.
        until: Option<Timestamp>,
    },
    /// It comes after so long each time, counted from when what it is about was last done.
    Counted(Duration),
    /// It cannot be told when, and why.
    Untold(String),
}

/// A zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// So far from UTC all year.
    Fixed(FixedOffset),
    /// A place, with its summer time.
    Place(Tz),
}

/// Abbreviations and how many minutes they are from UTC, all year: "EST" is never summer time. Those that mean
/// several zones, such as "IST", are not among them.
const ABBREVIATIONS: &[(&str, i32)] = &[
    ("UTC", 0),
    ("GMT", 0),
    ("Z", 0),
    ("WET", 0),
    ("WEST", 60),
    ("BST", 60),
    ("CET", 60),
    ("CEST", 120),
    ("EET", 120),
    ("EEST", 180),
    ("MSK", 180),
    ("SGT", 480),
    ("AWST", 480),
    ("JST", 540),
    ("KST", 540),
    ("AEST", 600),
    ("AEDT", 660),
    ("NZST", 720),
    ("NZDT", 780),
    ("AST", -240),
    ("ADT", -180),
    ("EST", -300),
    ("EDT", -240),
    ("CST", -360),
    ("CDT", -300),
    ("MST", -420),
    ("MDT", -360),
    ("PST", -480),
    ("PDT", -420),
    ("AKST", -540),
    ("AKDT", -480),
    ("HST", -600),
];

/// Words for zones that change with the season.
const PLACES: &[(&str, Tz)] = &[
    ("ET", Tz::America__New_York),
    ("EASTERN", Tz::America__New_York),
    ("CT", Tz::America__Chicago),
    ("CENTRAL", Tz::America__Chicago),
    ("MT", Tz::America__Denver),
    ("MOUNTAIN", Tz::America__Denver),
    ("PT", Tz::America__Los_Angeles),
    ("PACIFIC", Tz::America__Los_Angeles),
];

impl Zone {
    /// The zone that `text` names: an abbreviation, an offset such as `UTC+2` or `-05:00`, or a place such as
    /// `Europe/Berlin`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let upper = text.to_ascii_uppercase();
        if let Some((_, minutes)) = ABBREVIATIONS.iter().find(|(name, _)| *name == upper) {
            return FixedOffset::east_opt(minutes * 60).map(Zone::Fixed);
        }
        let first = upper.split_whitespace().next().unwrap_or_default();
        if let Some((_, place)) = PLACES.iter().find(|(name, _)| *name == first) {
            return Some(Zone::Place(*place));
        }
        let offset = upper.strip_prefix("UTC").or_else(|| upper.strip_prefix("GMT")).unwrap_or(&upper);
        if let Some(seconds) = seconds_of(offset.trim()) {
            return FixedOffset::east_opt(seconds).map(Zone::Fixed);
        }
        chrono_tz::TZ_VARIANTS
            .iter()
            .find(|place| place.name().eq_ignore_ascii_case(text))
            .copied()
            .map(Zone::Place)
    }

    fn local(self, at: DateTime<Utc>) -> NaiveDateTime {
        match self {
            Zone::Fixed(offset) => at.with_timezone(&offset).naive_local(),
            Zone::Place(place) => at.with_timezone(&place).naive_local(),
        }
    }

    /// The instant at which a clock there shows `local`: the first of two; where none does, because the clock is
    /// set forward, the one an hour later.
    pub fn instant(self, local: NaiveDateTime) -> Option<Timestamp> {
        let told = |local: NaiveDateTime| match self {
            Zone::Fixed(offset) => {
                offset.from_local_datetime(&local).earliest().map(|at| at.timestamp_millis())
            }
            Zone::Place(place) => {
                place.from_local_datetime(&local).earliest().map(|at| at.timestamp_millis())
            }
        };
        told(local).or_else(|| told(local + chrono::TimeDelta::hours(1))).map(Timestamp::from_millis)
    }
}

/// `+2`, `-05:00`, `+0530`.
fn seconds_of(offset: &str) -> Option<i32> {
    let sign = match offset.chars().next()? {
        '+' => 1,
        '-' | '−' => -1,
        _ => return None,
    };
    let digits: Vec<i32> = offset
        .chars()
        .skip(1)
        .filter(|c| *c != ':')
        .map(|c| c.to_digit(10)?.try_into().ok())
        .collect::<Option<_>>()?;
    let (hours, minutes) = match digits[..] {
        [hour] => (hour, 0),
        [ten, one] => (ten * 10 + one, 0),
        [hour, ten, one] => (hour, ten * 10 + one),
        [a, b, c, d] => (a * 10 + b, c * 10 + d),
        _ => return None,
    };
    (hours <= 14 && minutes < 60).then_some(sign * (hours * 60 + minutes) * 60)
}

/// How `schedule` stands at `now`. One that names no zone is taken to mean UTC.
pub fn occurrence(schedule: &Schedule, now: Timestamp) -> Occurrence {
    match &schedule.every {
        Every::Span(span) => return Occurrence::Counted(*span),
        Every::Day if schedule.hours.is_none() => return Occurrence::Counted(Duration::from_secs(86_400)),
        Every::Week(days) if days.is_empty() => {
            return Occurrence::Untold("the file names no day of the week".into());
        }
        Every::Month(None) => return Occurrence::Untold("the file names no day of the month".into()),
        Every::Quarter => return Occurrence::Untold("the file names no day of the quarter".into()),
        Every::Year => return Occurrence::Untold("the file names no day of the year".into()),
        Every::Day | Every::Week(_) | Every::Month(Some(_)) => {}
    }
    let zone = match schedule.zone.as_deref().map(|text| (text, Zone::parse(text))) {
        None => Zone::Place(Tz::UTC),
        Some((_, Some(zone))) => zone,
        Some((text, None)) => {
            return Occurrence::Untold(format!("{text:?} is no zone that is known, or means several"));
        }
    };
    let found = now.utc().and_then(|at| {
        let today = zone.local(at).date();
        // One that began yesterday may last until now.
        let first = today.checked_sub_days(Days::new(1))?;
        first
            .iter_days()
            .take(usize::try_from(FURTHEST).unwrap_or(0))
            .filter(|day| falls_on(&schedule.every, *day))
            .find_map(|day| {
                let (since, until) = window(zone, schedule, day)?;
                match until {
                    Some(until) if until <= now => None,
                    Some(until) if since <= now => Some(Occurrence::Open { since, until }),
                    None if since <= now => None,
                    Some(_) | None => Some(Occurrence::Next { at: since, until }),
                }
            })
    });
    found.unwrap_or_else(|| Occurrence::Untold("the file names a day that never comes".into()))
}

/// Whether it is on `day`.
fn falls_on(every: &Every, day: NaiveDate) -> bool {
    let weekday = u8::try_from(day.weekday().num_days_from_monday()).unwrap_or(0);
    match every {
        Every::Day => true,
        Every::Week(days) => days.contains(&weekday),
        Every::Month(Some((nth, known))) => weekday == *known && day.day0() / 7 + 1 == u32::from(*nth),
        Every::Span(_) | Every::Month(None) | Every::Quarter | Every::Year => false,
    }
}

/// From when to when it lasts on `day`: the whole day where it names no hours, and no time at all where it names
/// one instant.
fn window(zone: Zone, schedule: &Schedule, day: NaiveDate) -> Option<(Timestamp, Option<Timestamp>)> {
    let clock = |(hour, minute): (u8, u8)| NaiveTime::from_hms_opt(u32::from(hour), u32::from(minute), 0);
    let next = day.checked_add_days(Days::new(1))?;
    let Some((from, to)) = schedule.hours else {
        return Some((
            zone.instant(day.and_time(NaiveTime::MIN))?,
            Some(zone.instant(next.and_time(NaiveTime::MIN))?),
        ));
    };
    let since = zone.instant(day.and_time(clock(from)?))?;
    if from == to {
        return Some((since, None));
    }
    // Until midnight is until the day after; what ends before it begins does so on the day after as well.
    let until = match clock(to) {
        Some(to_clock) if to > from => day.and_time(to_clock),
        Some(to_clock) => next.and_time(to_clock),
        None if to == (24, 0) => next.and_time(NaiveTime::MIN),
        None => return None,
    };
    Some((since, Some(zone.instant(until)?)))
}

/// `Sun 13 Dec 07:00Z`: an instant that is days away.
pub fn far(at: Timestamp) -> String {
    at.utc().map_or_else(|| "-".into(), |at| at.format("%a %-d %b %H:%MZ").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        serde_json::from_value(serde_json::Value::from(text)).unwrap()
    }

    fn schedule(every: Every, hours: Option<((u8, u8), (u8, u8))>, zone: Option<&str>) -> Schedule {
        Schedule { every, hours, zone: zone.map(str::to_owned) }
    }

    #[test]
    fn the_second_sunday_from_two_to_four_in_the_morning_eastern_standard_time() {
        let window = schedule(Every::Month(Some((2, 6))), Some(((2, 0), (4, 0))), Some("EST"));
        let december =
            Occurrence::Next { at: at("2026-12-13T07:00:00Z"), until: Some(at("2026-12-13T09:00:00Z")) };
        assert_eq!(occurrence(&window, at("2026-11-26T01:35:00Z")), december);
        assert_eq!(occurrence(&window, at("2026-12-13T06:59:59Z")), december);
        let open = Occurrence::Open { since: at("2026-12-13T07:00:00Z"), until: at("2026-12-13T09:00:00Z") };
        assert_eq!(occurrence(&window, at("2026-12-13T07:00:00Z")), open);
        assert_eq!(occurrence(&window, at("2026-12-13T08:59:59Z")), open);
        let january =
            Occurrence::Next { at: at("2027-01-10T07:00:00Z"), until: Some(at("2027-01-10T09:00:00Z")) };
        assert_eq!(occurrence(&window, at("2026-12-13T09:00:00Z")), january);
        // EST is what was written, in July as well; "ET" is the clock on the wall there.
        let july = |zone| schedule(Every::Month(Some((2, 6))), Some(((2, 0), (4, 0))), Some(zone));
        let begins = |zone| match occurrence(&july(zone), at("2026-07-01T00:00:00Z")) {
            Occurrence::Next { at, .. } => at,
            other => panic!("{other:?}"),
        };
        assert_eq!((begins("EST"), begins("ET")), (at("2026-07-12T07:00:00Z"), at("2026-07-12T06:00:00Z")));
        assert_eq!(begins("America/New_York"), begins("ET"));
    }

    #[test]
    fn a_window_over_midnight_is_open_on_both_sides_of_it() {
        let window = schedule(Every::Week(vec![4]), Some(((22, 0), (2, 0))), Some("Europe/Berlin"));
        let open = Occurrence::Open { since: at("2026-11-27T21:00:00Z"), until: at("2026-11-28T01:00:00Z") };
        assert_eq!(occurrence(&window, at("2026-11-27T22:30:00Z")), open);
        assert_eq!(occurrence(&window, at("2026-11-28T00:30:00Z")), open);
        let next =
            Occurrence::Next { at: at("2026-12-04T21:00:00Z"), until: Some(at("2026-12-05T01:00:00Z")) };
        assert_eq!(occurrence(&window, at("2026-11-28T01:00:00Z")), next);
    }

    #[test]
    fn a_time_of_day_is_an_instant_and_a_day_without_hours_is_a_day() {
        let runs = schedule(Every::Week(vec![0, 3]), Some(((9, 30), (9, 30))), Some("UTC"));
        assert_eq!(
            occurrence(&runs, at("2026-11-26T09:30:00Z")),
            Occurrence::Next { at: at("2026-11-30T09:30:00Z"), until: None }
        );
        let thursdays = schedule(Every::Week(vec![3]), None, None);
        let open = Occurrence::Open { since: at("2026-11-26T00:00:00Z"), until: at("2026-11-27T00:00:00Z") };
        assert_eq!(occurrence(&thursdays, at("2026-11-26T12:00:00Z")), open);
    }

    #[test]
    fn a_clock_that_is_set_skips_no_occurrence() {
        // On 29 March 2026 half past two does not come in Berlin.
        let daily = schedule(Every::Day, Some(((2, 30), (2, 30))), Some("Europe/Berlin"));
        assert_eq!(
            occurrence(&daily, at("2026-03-29T00:00:00Z")),
            Occurrence::Next { at: at("2026-03-29T01:30:00Z"), until: None }
        );
    }

    #[test]
    fn what_the_file_does_not_say_is_not_invented() {
        let now = at("2026-11-26T01:35:00Z");
        for every in [Every::Week(vec![]), Every::Month(None), Every::Quarter, Every::Year] {
            assert!(matches!(occurrence(&schedule(every, None, None), now), Occurrence::Untold(_)));
        }
        let two_hours = Duration::from_secs(7200);
        assert_eq!(
            occurrence(&schedule(Every::Span(two_hours), None, None), now),
            Occurrence::Counted(two_hours)
        );
        let somewhere = schedule(Every::Day, Some(((2, 0), (4, 0))), Some("IST"));
        assert!(matches!(occurrence(&somewhere, now), Occurrence::Untold(why) if why.contains("IST")));
        let never = schedule(Every::Month(Some((6, 0))), None, None);
        assert!(matches!(occurrence(&never, now), Occurrence::Untold(_)));
    }

    #[test]
    fn zones_are_read_as_people_write_them() {
        let fixed = |minutes: i32| FixedOffset::east_opt(minutes * 60).map(Zone::Fixed);
        for (text, zone) in [
            ("est", fixed(-300)),
            ("CET", fixed(60)),
            ("UTC+2", fixed(120)),
            ("GMT-05:30", fixed(-330)),
            ("+0530", fixed(330)),
            ("Pacific time", Some(Zone::Place(Tz::America__Los_Angeles))),
            ("europe/berlin", Some(Zone::Place(Tz::Europe__Berlin))),
            ("somewhere", None),
            ("+99", None),
            ("", None),
        ] {
            assert_eq!(Zone::parse(text), zone, "{text}");
        }
    }
}
