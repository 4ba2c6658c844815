//! Numbers that something is held against: "error rate >5%", "p95 < 500ms", ">=12 errors", "99.5% uptime".

mod measured;
mod number;
mod sense;
mod window;

use std::ops::Range;

use crate::domain::statement::{Compares, Says, Threshold, Unit};

use super::look::Look;

use Compares::{AtLeast, AtMost, Less};
use measured::{lags, latency, measured, metric, waits};
use number::{COUNTED, Held, held};
use sense::sense;
use window::{column_window, over};

/// Everything that a passage is held against.
pub(super) fn find(look: &mut Look<'_>) {
    let mut at = 0;
    while at < look.tokens.len() {
        if look.is_taken(at) {
            at += 1;
            continue;
        }
        let Some(held) = held(look, at) else {
            at += 1;
            continue;
        };
        let next = held.tokens.end.max(at + 1);
        if let Some((tokens, over, threshold)) = threshold(look, &held) {
            if let Some(over) = over {
                look.claim(over);
            }
            look.take(tokens, Says::Threshold(threshold));
        }
        at = next;
    }
}

/// The whole statement: its tokens, those that say over how long, and what it says.
fn threshold(look: &Look<'_>, held: &Held) -> Option<(Range<usize>, Option<Range<usize>>, Threshold)> {
    let mut clause = look.clause(held.tokens.start);
    let over = over(look, held, &clause);
    // "5 min window, >=12 errors": what is measured stands behind the window.
    let window_first =
        over.as_ref().filter(|(_, tokens)| tokens.end <= held.tokens.start).map(|(_, tokens)| tokens.start);
    if let Some((_, tokens)) = over.as_ref().filter(|(_, tokens)| tokens.end <= held.tokens.start) {
        clause.start = tokens.end;
    }
    let measured = measured(look, held, clause.start);
    let words = measured.as_ref().map(|(words, _)| words.clone());
    let noun = held.noun.clone().map(|noun| look.slice(noun).to_ascii_lowercase());
    let counted =
        |words: &str| words.split(|c: char| !c.is_alphanumeric()).any(|word| COUNTED.contains(&word));
    match held.unit {
        // Only what is known to be counted is: "Node >= 18" names a version.
        Unit::Count => {
            let known = noun.as_deref().is_some_and(counted) || words.as_deref().is_some_and(counted);
            if !known || (!held.signed && !held.plain && held.value <= 1.0) {
                return None;
            }
            let placed = matches!(
                look.word(held.tokens.start),
                "over" | "under" | "above" | "below" | "reaches" | "hits"
            );
            if placed && noun.as_deref().is_none_or(|noun| !counted(noun)) {
                return None;
            }
        }
        Unit::Milliseconds => {
            let lasts = held.value / 1000.0;
            // A time to keep to is a deadline; one to wait for is watched.
            let downwards = matches!(held.compares, Less | AtMost);
            let known = words.as_deref().is_some_and(|words| latency(words) || lags(words));
            if downwards && lasts >= 60.0 && !known || held.compares == AtLeast && !held.signed {
                return None;
            }
            if words.is_none() || (!held.signed && !known && lasts < 60.0) {
                return None;
            }
            if words.as_deref().is_some_and(waits) && downwards {
                return None;
            }
        }
        Unit::Percent | Unit::Bytes => {}
    }
    let metric = metric(words.as_deref(), noun.as_deref(), held)?;
    let (over, window) = match over {
        Some((over, tokens)) => (Some(over), Some(tokens)),
        None => (column_window(look), None),
    };
    let sense = sense(look, held, &metric, &clause);
    let start = match &measured {
        Some((_, Some(first))) if *first < held.tokens.start => *first,
        _ => held.tokens.start,
    };
    let mut end = held.tokens.end;
    if let Some(noun) = held.noun.as_ref() {
        end = end.max(noun.end);
    }
    let start = window_first.unwrap_or(start);
    let start =
        (start..held.tokens.start).rev().find(|at| look.is_taken(*at)).map_or(start, |taken| taken + 1);
    Some((
        start..end,
        window,
        Threshold { metric, compares: held.compares, value: held.value, unit: held.unit, over, sense },
    ))
}
