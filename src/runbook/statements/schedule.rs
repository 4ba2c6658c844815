//! What comes round: "every 2 hours", "daily", "Mon/Thu 09:30 UTC", "2nd Sunday 2-4 AM EST".

use std::ops::Range;

use crate::domain::statement::{Every, Says, Schedule};

use super::look::Look;
use super::time;
use super::tokens::{Kind, is_zone};

/// What has been gathered of one.
#[derive(Default)]
struct Parts {
    every: Option<Every>,
    days: Vec<u8>,
    nth: Option<(u8, u8)>,
    hours: Option<((u8, u8), (u8, u8))>,
    zone: Option<String>,
    /// Whether something says that it comes round: "daily", "every", "Mondays".
    round: bool,
}

/// Everything that a passage says of what comes round.
pub(super) fn find(look: &mut Look<'_>) {
    crons(look);
    let mut at = 0;
    while at < look.tokens.len() {
        if look.is_taken(at) || !begins(look, at) {
            at += 1;
            continue;
        }
        match schedule(look, at) {
            Some((tokens, schedule)) => {
                at = tokens.end;
                look.take(tokens, Says::Schedule(schedule));
            }
            None => at += 1,
        }
    }
}

/// Whether a schedule can begin with this token.
fn begins(look: &Look<'_>, at: usize) -> bool {
    let word = look.word(at);
    matches!(word, "every" | "each" | "once" | "twice" | "between" | "last" | "first" | "second" | "third")
        || adverb(word).is_some()
        || day(word).is_some()
        || ordinal(word).is_some()
        || (clock(look, at).is_some() && window(look, at))
}

/// Whether hours are said to be those of a window: "Maintenance window: 02:00-04:00 UTC".
fn window(look: &Look<'_>, at: usize) -> bool {
    let clause = look.clause(at);
    look.any(clause.start..at, &["window", "windows", "maintenance", "hours", "runs", "scheduled"])
        || look.under(&["maintenance window", "maintenance windows", "schedule", "business hours"])
}

fn schedule(look: &Look<'_>, from: usize) -> Option<(Range<usize>, Schedule)> {
    let mut parts = Parts::default();
    let mut at = from;
    let mut end = from;
    // What only joins the others: "on", "at", a dash, a bracket.
    let mut joins = 0;
    while at < look.tokens.len() && joins <= 2 && at < from + 40 {
        if look.is_taken(at) {
            break;
        }
        if let Some(next) = part(look, at, &mut parts) {
            (at, end, joins) = (next, next, 0);
            continue;
        }
        let between = matches!(
            look.word(at),
            "on" | "at"
                | "of"
                | "the"
                | "from"
                | "between"
                | "and"
                | "to"
                | "in"
                | "each"
                | "every"
                | "starting"
                | "month"
                | "day"
        ) || matches!(look.kind(at), Some(Kind::Sign('-' | ',' | '(' | ':' | '/' | '&' | '@')));
        if !between {
            break;
        }
        joins += 1;
        at += 1;
    }
    if end == from {
        return None;
    }
    let Parts { every, mut days, nth, hours, zone, round } = parts;
    days.sort_unstable();
    days.dedup();
    let every = match (nth, every, days.is_empty()) {
        (Some(nth), _, _) => Every::Month(Some(nth)),
        (None, Some(Every::Week(_)) | None, false) if round || hours.is_some() => Every::Week(days),
        (None, None, false) => return None,
        (None, Some(every), _) => every,
        (None, None, true) => {
            hours.filter(|(from, to)| from != to)?;
            Every::Day
        }
    };
    // "2nd Sunday" may be any one; "last Friday" was.
    let certain =
        round || hours.is_some() || look.under(&["maintenance", "schedule", "rotation", "scheduled"]);
    if nth.is_some() && !certain {
        return None;
    }
    Some((from..end, Schedule { every, hours, zone }))
}

/// Reads one part of a schedule; the token behind it.
fn part(look: &Look<'_>, at: usize, parts: &mut Parts) -> Option<usize> {
    let word = look.word(at);
    if matches!(word, "every" | "each") {
        return every(look, at, parts);
    }
    if let Some((hours, next)) = hours(look, at) {
        if parts.hours.is_some() {
            return None;
        }
        parts.hours = Some(hours);
        return Some(next);
    }
    let raw = look.raw(at);
    if look.kind(at) == Some(Kind::Word) && is_zone(raw) && parts.hours.is_some() && parts.zone.is_none() {
        let offset = matches!(look.kind(at + 1), Some(Kind::Sign('+' | '-')))
            && look.is_glued(at + 1)
            && look.is_glued(at + 2)
            && look.number(at + 2).is_some();
        let end = if offset { at + 3 } else { at + 1 };
        parts.zone = Some(look.slice(at..end).to_owned());
        return Some(end);
    }
    if let Some(every) = adverb(word) {
        if parts.every.is_some() || !is_adverb(look, at) {
            return None;
        }
        parts.every = Some(every);
        parts.round = true;
        return Some(at + 1);
    }
    if matches!(word, "once" | "twice") && matches!(look.word(at + 1), "a" | "per" | "every" | "each") {
        let every = named(look.word(at + 2), 1.0)?;
        parts.every = Some(every);
        parts.round = true;
        return Some(at + 3);
    }
    if let Some(nth) = ordinal(word) {
        let day = day(look.word(at + 1))?;
        parts.nth = Some((nth, day.0));
        let of_month = look.words(at + 2, &["of", "the", "month"])
            || look.words(at + 2, &["of", "each", "month"])
            || look.words(at + 2, &["of", "every", "month"]);
        parts.round |= of_month;
        return Some(at + if of_month { 5 } else { 2 });
    }
    if let Some((day, plural)) = day(word) {
        parts.days.push(day);
        parts.round |= plural && look.before(at, 1) != "on";
        // "Mon-Fri", "Monday to Friday".
        let to = look.is_sign(at + 1, '-') || matches!(look.word(at + 1), "to" | "through" | "thru");
        if let Some((last, _)) = self::day(look.word(at + 2)).filter(|_| to) {
            let mut next = day;
            while next != last {
                next = (next + 1) % 7;
                parts.days.push(next);
            }
            return Some(at + 3);
        }
        return Some(at + 1);
    }
    None
}

/// "every 2 hours", "every hour", "every Monday", "every other week", "every night".
fn every(look: &Look<'_>, at: usize, parts: &mut Parts) -> Option<usize> {
    if parts.every.is_some() {
        return None;
    }
    let mut next = at + 1;
    let mut times = 1.0;
    if matches!(look.word(next), "other" | "second") {
        (next, times) = (next + 1, 2.0);
    } else if matches!(look.word(next), "single") {
        next += 1;
    }
    if let Some(length) = time::length(look, next) {
        parts.every = Some(Every::Span(length.lasts));
        parts.round = true;
        return Some(length.next);
    }
    // "every 1st Monday".
    if ordinal(look.word(next)).is_some() && day(look.word(next + 1)).is_some() {
        parts.round = true;
        return Some(next);
    }
    if day(look.word(next)).is_some() {
        parts.round = true;
        return Some(next);
    }
    if look.word(at) == "each" && matches!(look.word(next), "second" | "minute") {
        return None;
    }
    parts.every = Some(named(look.word(next), times)?);
    parts.round = true;
    Some(next + 1)
}

/// "month" in "every month", `times` of them.
fn named(word: &str, times: f64) -> Option<Every> {
    let one = times < 1.5;
    Some(match word {
        "day" | "night" | "morning" | "evening" | "afternoon" | "midnight" if one => Every::Day,
        "weekday" | "workday" if one => Every::Week((0..5).collect()),
        "weekend" if one => Every::Week(vec![5, 6]),
        "week" if one => Every::Week(Vec::new()),
        "month" if one => Every::Month(None),
        "quarter" if one => Every::Quarter,
        "year" if one => Every::Year,
        word => {
            let seconds = time::unit(word, true).filter(|_| !word.ends_with('s'))?;
            Every::Span(std::time::Duration::try_from_secs_f64(seconds * times).ok()?)
        }
    })
}

fn adverb(word: &str) -> Option<Every> {
    const HOUR: u64 = 3600;
    Some(match word {
        "hourly" => Every::Span(std::time::Duration::from_secs(HOUR)),
        "daily" | "nightly" => Every::Day,
        "weekdays" => Every::Week((0..5).collect()),
        "weekends" => Every::Week(vec![5, 6]),
        "weekly" => Every::Week(Vec::new()),
        "biweekly" | "fortnightly" => Every::Span(std::time::Duration::from_secs(14 * 24 * HOUR)),
        "monthly" => Every::Month(None),
        "quarterly" => Every::Quarter,
        "annually" | "yearly" | "annual" => Every::Year,
        _ => return None,
    })
}

/// Whether the word says how often, and is not part of a name: "daily active users", "monthly budget".
fn is_adverb(look: &Look<'_>, at: usize) -> bool {
    let glued =
        |at: usize| look.is_glued(at) && matches!(look.kind(at), Some(Kind::Sign('-' | '_' | '.' | '/')));
    if glued(at + 1) && look.is_glued(at + 2) || at > 0 && look.is_glued(at) && glued(at - 1) {
        return false;
    }
    !matches!(
        look.word(at + 1),
        "active"
            | "users"
            | "limit"
            | "limits"
            | "budget"
            | "quota"
            | "cost"
            | "costs"
            | "spend"
            | "average"
            | "volume"
            | "rate"
            | "rates"
            | "usage"
            | "downtime"
            | "uptime"
            | "cap"
            | "revenue"
            | "standup"
            | "digest"
            | "bill"
    )
}

fn ordinal(word: &str) -> Option<u8> {
    Some(match word {
        "1st" | "first" => 1,
        "2nd" | "second" => 2,
        "3rd" | "third" => 3,
        "4th" | "fourth" => 4,
        "last" => 0,
        _ => return None,
    })
}

/// A day of the week, Monday is 0; and whether it is in the plural.
fn day(word: &str) -> Option<(u8, bool)> {
    let (word, plural) = match word.strip_suffix('s') {
        Some(single) if single.ends_with("day") => (single, true),
        _ => (word, false),
    };
    let day = match word {
        "monday" | "mon" => 0,
        "tuesday" | "tue" | "tues" => 1,
        "wednesday" | "wed" => 2,
        "thursday" | "thu" | "thur" | "thurs" => 3,
        "friday" | "fri" => 4,
        "saturday" | "sat" => 5,
        "sunday" | "sun" => 6,
        _ => return None,
    };
    Some((day, plural))
}

type Hours = ((u8, u8), (u8, u8));

/// "09:30", "2-4 AM", "9am to 5pm", "02:00–04:00".
fn hours(look: &Look<'_>, at: usize) -> Option<(Hours, usize)> {
    let first = clock(look, at);
    let (mut from, next, certain) = match first {
        Some((from, next)) => (from, next, true),
        // "2-4 AM": the half of the day stands behind the second.
        None => (bare_hour(look, at)?, at + 1, false),
    };
    let to =
        look.is_sign(next, '-') || matches!(look.word(next), "to" | "and" | "until" | "till" | "through");
    if to && let Some((until, after)) = clock(look, next + 1) {
        // "2-4 PM": the morning's or the evening's, as the end is.
        if !certain && until.0 >= 12 && from.0 < 12 && from.0 + 12 <= until.0 {
            from.0 += 12;
        }
        return Some(((from, until), after));
    }
    if !certain {
        return None;
    }
    Some(((from, from), next))
}

fn bare_hour(look: &Look<'_>, at: usize) -> Option<(u8, u8)> {
    match look.kind(at) {
        Some(Kind::Number(value)) if value.fract() == 0.0 && (0.0..=23.0).contains(&value) => {
            small(value).map(|hour| (hour, 0))
        }
        _ => None,
    }
}

/// A number of a clock.
fn small(value: f64) -> Option<u8> {
    (0..=24).find(|hour| (f64::from(*hour) - value).abs() < 0.01)
}

/// A time of the day that cannot be anything else: "09:30", "9 am", "noon".
fn clock(look: &Look<'_>, at: usize) -> Option<((u8, u8), usize)> {
    let half = |at: usize| match look.word(at) {
        "am" => Some(false),
        "pm" => Some(true),
        "a" | "p" if look.is_sign(at + 1, '.') && look.word(at + 2) == "m" => None,
        _ => None,
    };
    let shift = |(hour, minute): (u8, u8), late: bool| match (hour, late) {
        (12, false) => (0, minute),
        (12, true) => (12, minute),
        (hour, true) if hour < 12 => (hour + 12, minute),
        (hour, _) => (hour, minute),
    };
    match look.kind(at)? {
        Kind::Clock(hour, minute) => Some(match half(at + 1) {
            Some(late) => (shift((hour, minute), late), at + 2),
            None => ((hour, minute), at + 1),
        }),
        Kind::Number(_) => {
            let late = half(at + 1)?;
            let hour = bare_hour(look, at).filter(|(hour, _)| (1..=12).contains(hour))?;
            Some((shift(hour, late), at + 2))
        }
        Kind::Word => match look.word(at) {
            "noon" | "midday" => Some(((12, 0), at + 1)),
            "midnight" => Some(((0, 0), at + 1)),
            _ => None,
        },
        _ => None,
    }
}

/// Code spans that are lines of a crontab: `0 2 * * *`.
fn crons(look: &mut Look<'_>) {
    for at in 0..look.tokens.len() {
        if look.kind(at) != Some(Kind::Code) {
            continue;
        }
        let schedule = cron(look.raw(at).trim_matches('`').trim());
        if let Some(schedule) = schedule {
            look.take(at..at + 1, Says::Schedule(schedule));
        }
    }
}

fn cron(code: &str) -> Option<Schedule> {
    let fields: Vec<&str> = code.split_whitespace().take(6).collect();
    let [minute, hour, day_of_month, month, day_of_week] = fields[..] else { return None };
    let field = |field: &str| field.bytes().all(|byte| byte.is_ascii_digit() || b"*/,-".contains(&byte));
    if !fields.iter().all(|one| field(one)) || month != "*" {
        return None;
    }
    let step = |field: &str| {
        field.strip_prefix("*/").and_then(|step| step.parse::<u64>().ok()).filter(|step| *step > 0)
    };
    let span = |seconds: u64| {
        Some(Schedule {
            every: Every::Span(std::time::Duration::from_secs(seconds)),
            hours: None,
            zone: None,
        })
    };
    if hour == "*" && day_of_month == "*" && day_of_week == "*" {
        return match step(minute) {
            Some(step) => span(step.min(60) * 60),
            None => minute.parse::<u8>().ok().and_then(|_| span(3600)),
        };
    }
    let minute: u8 = minute.parse().ok().filter(|minute| *minute < 60)?;
    if let (Some(step), "*", "*") = (step(hour), day_of_month, day_of_week) {
        return span(step.min(24) * 3600);
    }
    let hour: u8 = hour.parse().ok().filter(|hour| *hour < 24)?;
    let every = match (day_of_month, day_of_week) {
        ("*", "*") => Every::Day,
        ("*", days) => {
            let days: Option<Vec<u8>> = days
                .split(',')
                .map(|day| day.parse::<u8>().ok().filter(|day| *day <= 7).map(|day| (day + 6) % 7))
                .collect();
            Every::Week(days?)
        }
        (day, "*") if day.parse::<u8>().is_ok() => Every::Month(None),
        _ => return None,
    };
    Some(Schedule { every, hours: Some(((hour, minute), (hour, minute))), zone: None })
}
