//! Who is told next when nobody answers, and whose turn it is.

use std::time::Duration;

use crate::domain::statement::Says;

use super::look::Look;
use super::passages::{Passages, Place, Table, clip, has_word};
use super::time;
use super::tokens::Kind;

/// Longer ladders are no ladders.
const RUNGS: u32 = 50;

/// Everything that a passage says of the ladder or of turns.
pub(super) fn find(look: &mut Look<'_>) {
    if matches!(look.passage.place, Place::Item(_) | Place::Text) && (rung(look) || turn(look)) {
        return;
    }
    chain(look);
}

/// A whole number that counts rungs.
fn level(value: f64) -> Option<u32> {
    (1..=RUNGS).find(|level| (f64::from(*level) - value).abs() < 0.001)
}

/// The rung that tokens name: "Level 2", "L2", "Tier 1".
fn named(look: &Look<'_>, at: usize) -> Option<(u32, usize)> {
    let word = look.word(at);
    if matches!(word, "level" | "tier" | "line" | "stage") {
        return Some((level(look.number(at + 1)?)?, at + 2));
    }
    let short = word.strip_prefix(['l', 't']).filter(|rest| rest.len() == 1)?;
    Some((short.parse().ok().filter(|level| *level > 0)?, at + 1))
}

/// "Level 2: PagerDuty → On-call engineer (5 min response)".
fn rung(look: &mut Look<'_>) -> bool {
    let ladder = look.under(&["escalation", "escalate", "escalation path", "escalations"])
        || look.announced(&["escalation", "escalate"]);
    let label = look.label();
    let own = named(look, 0).filter(|(_, next)| *next <= look.rest().max(1) + 1);
    let support = look.under(&["support", "on-call", "on call"]) || ladder;
    let (level, rest) = match (own, look.passage.place) {
        (Some((level, next)), _) if support => (level, look.rest().max(next)),
        // Items that are numbered themselves: not those that say when to escalate or how.
        (None, Place::Item(Some(number))) if ladder && !when(look) => {
            match u32::try_from(number).ok().filter(|number| (1..=RUNGS).contains(number)) {
                Some(number) => (number, look.rest()),
                None => return false,
            }
        }
        _ => return false,
    };
    let end = look.tokens.len();
    let mut rest = rest;
    while matches!(look.kind(rest), Some(Kind::Sign(':' | '-' | '→' | ')' | '.'))) {
        rest += 1;
    }
    let length = (rest..end.min(rest + 60)).find_map(|at| Some((at, time::length(look, at)?)));
    let stop = length.map_or(end, |(at, _)| {
        let mut stop = at;
        while stop > rest
            && (matches!(
                look.kind(stop - 1),
                Some(Kind::Sign('(' | '[' | ',' | '-' | '<' | '≤' | ':' | '~'))
            ) || matches!(
                look.before(stop, 1),
                "within"
                    | "after"
                    | "in"
                    | "if"
                    | "for"
                    | "response"
                    | "no"
                    | "than"
                    | "less"
                    | "under"
                    | "unacknowledged"
                    | "unresolved"
                    | "every"
                    | "at"
            ))
        {
            stop -= 1;
        }
        if stop == rest { end } else { stop }
    });
    let mut who = look.slice(rest..stop).trim_end_matches([' ', '.', ',', ';', ':']).to_owned();
    if own.is_none() && !label.is_empty() {
        // "Platform Lead: within 15 minutes".
        let lead = look.lead.as_ref().map(|lead| clip(&lead.words).to_owned()).unwrap_or_default();
        who = if length.is_some() || who.is_empty() { lead } else { format!("{lead}: {who}") };
    }
    if who.is_empty()
        || own.is_none()
            && crate::runbook::asking::asking(&who) == crate::runbook::asking::Asking::Yes
            && length.is_none()
    {
        return false;
    }
    let within = length.map(|(_, length)| length.lasts);
    let last = length.map_or(stop, |(_, length)| {
        let mut last = length.next.max(stop);
        while matches!(look.word(last), "response" | "ack" | "acknowledgement" | "max" | "sla")
            || matches!(look.kind(last), Some(Kind::Sign(')' | ']')))
        {
            last += 1;
        }
        last
    });
    look.claim(0..last);
    look.keep(0..last.max(1), Says::Escalation { level, who: clip(&who).to_owned(), within });
    true
}

/// Whether the nearest heading asks when to escalate: what stands there is a reason, not a rung.
fn when(look: &Look<'_>) -> bool {
    let nearest = look.passage.heading.and_then(|at| look.all.headings.get(at));
    let nearest = nearest.is_none_or(|heading| {
        has_word(&heading.lower, "when")
            || has_word(&heading.lower, "triggers")
            || has_word(&heading.lower, "criteria")
            || !(has_word(&heading.lower, "escalation")
                || has_word(&heading.lower, "escalate")
                || has_word(&heading.lower, "levels")
                || has_word(&heading.lower, "path"))
    });
    nearest && !look.announced(&["escalation path", "escalate to", "escalation order"])
}

/// "Week 1: Senior Engineer A".
fn turn(look: &mut Look<'_>) -> bool {
    let rotation = look.under(&[
        "rotation",
        "rotations",
        "rota",
        "roster",
        "on-call",
        "on call",
        "oncall",
        "schedule",
        "shifts",
    ]);
    let Some(lead) = look.lead.clone().filter(|_| rotation) else { return false };
    let counted = matches!(look.word(0), "week" | "month" | "day" | "shift" | "sprint" | "quarter" | "team")
        && (look.number(1).is_some() || look.raw(1).len() == 1);
    let named = matches!(
        look.word(0),
        "monday" | "tuesday" | "wednesday" | "thursday" | "friday" | "saturday" | "sunday"
    ) && look.under(&["rotation", "rota", "roster"]);
    let rest = look.rest();
    let end = look.clause(rest).end;
    if !(counted || named) || rest >= end {
        return false;
    }
    let heading = look.passage.heading.and_then(|at| look.all.headings.get(at));
    let rotation = heading.map(|heading| heading.words.clone()).unwrap_or_default();
    let who = clip(look.slice(rest..end)).trim_end_matches('.').to_owned();
    look.take(0..end, Says::Turn { rotation, turn: clip(&lead.words).to_owned(), who });
    true
}

/// "Escalation: on-call → team lead → CTO".
fn chain(look: &mut Look<'_>) {
    let label = look.label();
    let said = has_word(&label, "escalation")
        || has_word(&label, "escalate")
        || has_word(look.column(), "escalation")
        || has_word(look.column(), "escalation path");
    if !said || !matches!(look.passage.place, Place::Item(_) | Place::Text | Place::Cell(..)) {
        return;
    }
    let from = look.rest();
    let end = look.clause(from).end;
    if !(from..end).any(|at| look.is_sign(at, '→')) {
        return;
    }
    let mut start = from;
    let mut rung = 0;
    for at in from..=end {
        if at < end && !look.is_sign(at, '→') {
            continue;
        }
        if start < at && rung < RUNGS {
            let within = (start..at).find_map(|at| time::length(look, at)).map(|length| length.lasts);
            let who = clip(look.slice(start..at)).trim().to_owned();
            rung += 1;
            look.take(start..at, Says::Escalation { level: rung, who, within });
        }
        start = at + 1;
    }
}

/// Rows of a table that are rungs: which cell, and what it says.
pub(super) fn rows(table: &Table<'_>, all: &Passages<'_>) -> Vec<(usize, usize, Says)> {
    let ladder = all.under(table.heading, &["escalation", "escalate", "escalation path"])
        || table.heads.iter().any(|head| has_word(head, "escalation") || has_word(head, "escalate"));
    if !ladder {
        return Vec::new();
    }
    let column =
        |words: &[&str]| table.heads.iter().position(|head| words.iter().any(|word| has_word(head, word)));
    let mut found = Vec::new();
    let levels = column(&["level", "tier", "line", "stage"]).filter(|column| {
        table.rows.iter().any(|row| row.get(*column).is_some_and(|cell| row_level(&cell.text).is_some()))
    });
    if let Some(levels) = levels {
        let who = column(&[
            "who",
            "contact",
            "role",
            "escalate to",
            "team",
            "person",
            "name",
            "responder",
            "owner",
            "responsible",
        ])
        .filter(|who| *who != levels)
        .or((levels + 1 < table.heads.len()).then_some(levels + 1));
        let within = column(&["time", "response", "within", "after", "sla", "timeframe", "when"]);
        for (index, row) in table.rows.iter().enumerate() {
            let text = |column: Option<usize>| {
                column
                    .and_then(|column| row.get(column))
                    .map(|cell| cell.text.trim())
                    .filter(|text| !text.is_empty())
            };
            let (Some(level), Some(name)) = (text(Some(levels)).and_then(row_level), text(who)) else {
                continue;
            };
            let within = text(within).and_then(super::cell_length);
            found.push((
                index,
                who.unwrap_or(levels),
                Says::Escalation { level, who: clip(name).to_owned(), within },
            ));
        }
        return found;
    }
    // A column a rung: "First Contact", "Escalation (15 min)", "Escalation (30 min)".
    let rungs: Vec<usize> = (0..table.heads.len())
        .filter(|column| {
            let head = &table.heads[*column];
            head.starts_with("escalation") && !has_word(head, "path")
                || has_word(head, "first contact")
                || has_word(head, "escalate to")
                || has_word(head, "second contact")
                || has_word(head, "third contact")
                || matches!(
                    head.as_str(),
                    "l1" | "l2"
                        | "l3"
                        | "level 1"
                        | "level 2"
                        | "level 3"
                        | "primary"
                        | "secondary"
                        | "tertiary"
                )
        })
        .collect();
    if rungs.len() < 2 {
        return found;
    }
    for (index, row) in table.rows.iter().enumerate() {
        for (rung, column) in rungs.iter().copied().enumerate() {
            let Some(cell) = row
                .get(column)
                .map(|cell| cell.text.trim())
                .filter(|text| text.contains(char::is_alphanumeric))
            else {
                continue;
            };
            let within: Option<Duration> = super::cell_length(&table.heads[column]);
            let level = u32::try_from(rung + 1).unwrap_or(RUNGS);
            found.push((index, column, Says::Escalation { level, who: clip(cell).to_owned(), within }));
        }
    }
    found
}

/// "Level 2", "L2", "2".
fn row_level(cell: &str) -> Option<u32> {
    let cell = cell.trim_matches(['*', '`', ' ']);
    let digits = cell.trim_start_matches(|c: char| c.is_alphabetic() || c == ' ' || c == '-');
    let digits = &digits[..digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len())];
    let head =
        cell.split(|c: char| c.is_ascii_digit()).next().unwrap_or_default().trim().to_ascii_lowercase();
    let known = matches!(head.trim_end_matches('-'), "" | "l" | "t" | "level" | "tier" | "line" | "stage");
    digits.parse().ok().filter(|level| known && (1..=RUNGS).contains(level))
}
