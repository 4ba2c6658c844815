//! Lengths of time: "24h", "5 min", "two hours", "15–30 minutes", "1h30m", "an hour".

use std::time::Duration;

use super::look::Look;
use super::tokens::Kind;

/// A length of time in a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Length {
    /// How long; of a range the end.
    pub(super) lasts: Duration,
    /// The token behind it.
    pub(super) next: usize,
    /// Whether it is a range that begins with nothing: "0-15 minutes".
    pub(super) from_zero: bool,
    /// Whether it is counted in seconds or less.
    pub(super) short: bool,
}

const MINUTE: f64 = 60.0;
const HOUR: f64 = 3600.0;
const DAY: f64 = 86_400.0;

/// Longer ones are mistakes.
const LONGEST: f64 = 100.0 * 365.0 * DAY;

/// The seconds of a unit; `bare` for one that stands apart from its number.
pub(super) fn unit(word: &str, bare: bool) -> Option<f64> {
    Some(match word {
        "ms" | "msec" | "msecs" | "millisecond" | "milliseconds" => 0.001,
        "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
        "m" if !bare => MINUTE,
        "min" | "mins" | "minute" | "minutes" => MINUTE,
        "h" | "hr" | "hrs" | "hour" | "hours" => HOUR,
        "d" if !bare => DAY,
        "day" | "days" => DAY,
        "w" if !bare => 7.0 * DAY,
        "wk" | "wks" | "week" | "weeks" => 7.0 * DAY,
        "month" | "months" => 30.0 * DAY,
        "quarter" | "quarters" => 91.0 * DAY,
        "year" | "years" => 365.0 * DAY,
        _ => return None,
    })
}

/// The length of time that begins at a token.
pub(super) fn length(look: &Look<'_>, at: usize) -> Option<Length> {
    if look.word(at) == "half" && matches!(look.word(at + 1), "a" | "an") {
        let seconds = unit(look.word(at + 2), true)?;
        return made(seconds / 2.0, at + 3, false);
    }
    if matches!(look.word(at), "a" | "an" | "one") && look.kind(at + 1) == Some(Kind::Word) {
        let seconds = unit(look.word(at + 1), true).filter(|seconds| *seconds >= MINUTE)?;
        // "a day" in "three times a day" is no length.
        return made(seconds, at + 2, false);
    }
    let first = look.number(at)?;
    let mut value = first;
    let mut next = at + 1;
    if look.is_sign(next, '+') && look.is_glued(next) {
        next += 1;
    }
    let mut range = false;
    let to = |at: usize| look.is_sign(at, '-') || look.word(at) == "to";
    if to(next)
        && let Some(upper) = look.number(next + 1)
    {
        (value, next, range) = (upper, next + 2, true);
    }
    let (mut seconds, after) = united(look, value, next)?;
    next = after;
    let more = |at: usize| look.number(at).and_then(|value| united(look, value, at + 1));
    // "5min-10min".
    if !range
        && to(next)
        && let Some((end, after)) = more(next + 1)
        && end > seconds
    {
        (seconds, next, range) = (end, after, true);
    }
    // "1h30m", "1 hour 30 minutes".
    let joined = next + usize::from(look.word(next) == "and");
    if !range
        && seconds >= HOUR
        && let Some((rest, after)) = more(joined)
        && rest < HOUR
        && rest > 0.0
    {
        (seconds, next) = (seconds + rest, after);
    }
    made(seconds, next, range && first == 0.0)
}

fn made(seconds: f64, next: usize, from_zero: bool) -> Option<Length> {
    let lasts = Some(seconds).filter(|seconds| *seconds > 0.0 && *seconds <= LONGEST)?;
    let lasts = Duration::try_from_secs_f64(lasts).ok()?;
    Some(Length { lasts, next, from_zero, short: seconds < MINUTE })
}

/// A number with its unit: the seconds, and the token behind.
fn united(look: &Look<'_>, value: f64, at: usize) -> Option<(f64, usize)> {
    let mut at = at;
    let mut hyphen = false;
    if look.is_sign(at, '-') && look.is_glued(at) && look.is_glued(at + 1) {
        (at, hyphen) = (at + 1, true);
    }
    if matches!(
        look.word(at),
        "business" | "working" | "calendar" | "full" | "consecutive" | "more" | "additional"
    ) {
        at += 1;
    }
    let bare = hyphen || !look.is_glued(at);
    let seconds = unit(look.word(at), bare)?;
    // "5 s3 buckets", "2 m-series": a unit ends the word it stands in.
    let ends = !(look.is_glued(at + 1) && matches!(look.kind(at + 1), Some(Kind::Sign('_' | '/'))))
        || look.word(at).len() > 2;
    ends.then_some((value * seconds, at + 1))
}
