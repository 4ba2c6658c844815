//! Over how long something is measured.

use std::ops::Range;
use std::time::Duration;

use super::super::look::Look;
use super::super::passages::{Place, has_word};
use super::super::time;
use super::number::{Held, comparison};

/// Over how long it is measured, and the tokens that say so.
pub(super) fn over(look: &Look<'_>, held: &Held, clause: &Range<usize>) -> Option<(Duration, Range<usize>)> {
    let behind = held.noun.as_ref().map_or(held.tokens.end, |noun| noun.end.max(held.tokens.end));
    let mut at = behind;
    while at < clause.end.min(behind + 8) {
        // Another comparison has its own.
        if at > behind && comparison(look, at).is_some() && look.number(at + 1).is_some() {
            break;
        }
        let word = look.word(at);
        if (look.is_sign(at, '/') || word == "per")
            && let Some(seconds) = time::unit(look.word(at + 1), true)
        {
            return Some((Duration::from_secs_f64(seconds), at..at + 2));
        }
        if matches!(word, "in" | "within" | "over" | "for" | "during" | "per" | "any" | "last" | "past") {
            let skip = (at + 1..at + 4).find(|at| {
                !matches!(
                    look.word(*at),
                    "the"
                        | "last"
                        | "past"
                        | "a"
                        | "any"
                        | "each"
                        | "rolling"
                        | "more"
                        | "than"
                        | "least"
                        | "at"
                )
            });
            if let Some(length) = skip.and_then(|skip| time::length(look, skip)) {
                let retry = word == "within" && matches!(look.word(length.next), "of");
                return (!retry).then_some((length.lasts, at..length.next));
            }
        }
        at += 1;
    }
    // "5 min window, >=12 errors".
    let from = held.tokens.start.saturating_sub(8).max(clause.start);
    (from..held.tokens.start).rev().find_map(|at| {
        let length = time::length(look, at)?;
        let window = matches!(look.word(length.next), "window" | "windows" | "period" | "interval");
        window.then_some((length.lasts, at..length.next + 1))
    })
}

/// The window that another column of the row gives.
pub(super) fn column_window(look: &Look<'_>) -> Option<Duration> {
    let Place::Cell(table, row, own) = look.passage.place else { return None };
    let table = look.all.tables.get(table)?;
    let cells = table.rows.get(row)?;
    table.heads.iter().enumerate().find_map(|(column, head)| {
        let is = ["window", "for", "duration", "period", "evaluation", "over"]
            .iter()
            .any(|word| has_word(head, word));
        let cell = cells.get(column).filter(|_| is && column != own)?;
        super::super::cell_length(&cell.text)
    })
}
