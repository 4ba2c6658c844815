//! What is held against a number: the words for it, and which of the known measures they mean.

use crate::domain::statement::{Compares, Metric, Unit};

use super::super::look::Look;
use super::super::passages::{Place, clip, has_word};
use super::super::tokens::Kind;
use super::number::Held;

use Compares::Exactly;

/// Words before the sign that are not part of what is measured.
const IDLE: &[&str] = &[
    "a",
    "an",
    "and",
    "any",
    "are",
    "as",
    "at",
    "be",
    "by",
    "check",
    "confirm",
    "current",
    "ensure",
    "exceeds",
    "exceed",
    "exceeding",
    "exceeded",
    "falls",
    "for",
    "from",
    "goal",
    "goes",
    "has",
    "have",
    "if",
    "in",
    "is",
    "it",
    "keep",
    "kept",
    "limit",
    "limits",
    "maintain",
    "max",
    "maximum",
    "min",
    "minimum",
    "monitor",
    "must",
    "of",
    "on",
    "or",
    "our",
    "reach",
    "reaches",
    "reached",
    "remain",
    "remains",
    "rises",
    "drops",
    "should",
    "slo",
    "sla",
    "stay",
    "stays",
    "target",
    "targets",
    "that",
    "the",
    "their",
    "this",
    "threshold",
    "thresholds",
    "to",
    "under",
    "until",
    "validate",
    "value",
    "verify",
    "was",
    "were",
    "when",
    "where",
    "while",
    "will",
    "with",
    "stable",
    "climbs",
    "hits",
    "alert",
    "alerts",
    "fires",
    "trigger",
    "triggers",
    "then",
    "once",
    "also",
    "total",
    "average",
    "below",
    "above",
    "over",
    "exceeds:",
    "expected",
    "aim",
    "currently",
    "typically",
    "usually",
    "normally",
    "watch",
    "track",
    "measure",
    "no",
];

/// What is measured, in the file's words: those before the comparison, else the label, else the cell before, else
/// the heading. With the token of its first word where it stands before the comparison.
pub(super) fn measured(look: &Look<'_>, held: &Held, clause: usize) -> Option<(String, Option<usize>)> {
    let mut end = held.tokens.start;
    if held.plain && held.compares == Exactly {
        // "0 errors, 0 warnings": each says itself what it counts.
        return look
            .lead
            .as_ref()
            .filter(|_| look.rest() <= held.tokens.start)
            .map(|lead| (clip(&lead.words).to_owned(), None));
    }
    // "(target <0.5%)" speaks of what stands before the bracket.
    while end > clause
        && (IDLE.contains(&look.word(end - 1))
            || matches!(look.kind(end - 1), Some(Kind::Sign('(' | ':' | '-' | ',' | '*' | '[' | '='))))
    {
        end -= 1;
    }
    let mut start = end;
    while start > clause && end - start < 6 {
        let before = start - 1;
        let joins = match look.kind(before) {
            _ if look.is_taken(before) => false,
            Some(Kind::Word) => {
                !IDLE.contains(&look.word(before)) || (look.word(before) == "total" && start == end)
            }
            Some(Kind::Code | Kind::Name) => true,
            Some(Kind::Sign('-' | '/' | '%')) => look.is_glued(before) && look.is_glued(before + 1),
            _ => false,
        };
        // "Error rate (5xx)" keeps its brackets.
        if !joins {
            let bracket = look.is_sign(before, ')');
            let open = (before.saturating_sub(5)..before).rev().find(|at| look.is_sign(*at, '('));
            match open.filter(|open| bracket && *open > clause && start == end) {
                Some(open) => {
                    start = open;
                    end = open;
                    continue;
                }
                None => break,
            }
        }
        start = before;
    }
    if start < end {
        return Some((clip(look.slice(start..end)).to_owned(), Some(start)));
    }
    if let Some(lead) = look.lead.as_ref().filter(|_| look.rest() <= held.tokens.start) {
        return Some((clip(&lead.words).to_owned(), None));
    }
    if let Place::Cell(table, row, column) = look.passage.place {
        let cells = look.all.tables.get(table).and_then(|table| table.rows.get(row))?;
        let cell = cells[..column.min(cells.len())].iter().rev().find(|cell| !cell.text.is_empty());
        return cell.map(|cell| (clip(cell.text.trim_matches('`')).to_owned(), None));
    }
    if held.noun.is_some() {
        return None;
    }
    // "at least 5% of gRPC requests failed".
    if look.word(held.tokens.end) == "of" {
        let from = held.tokens.end + 1;
        let mut end = from;
        while end < from + 6
            && look.kind(end) == Some(Kind::Word)
            && !matches!(look.word(end), "in" | "over" | "for" | "within" | "are" | "is")
        {
            end += 1;
        }
        if from < end {
            let words = clip(look.slice(from..end)).to_owned();
            let failed = look.any(from..end + 2, &["failed", "fail", "failing", "errors"]);
            return Some((if failed { format!("{words} error rate") } else { words }, None));
        }
    }
    let heading = look.passage.heading.and_then(|at| look.all.headings.get(at))?;
    (look.passage.place != Place::Heading).then(|| (heading.words.clone(), None))
}

/// Whether they mean how long an answer takes.
pub(super) fn latency(words: &str) -> bool {
    let lower = words.to_ascii_lowercase();
    [
        "latency",
        "response time",
        "response times",
        "load time",
        "loads",
        "load",
        "loading",
        "duration",
        "ttfb",
        "lcp",
        "query",
        "render",
        "responds",
        "responses",
        "response",
    ]
    .iter()
    .any(|word| has_word(&lower, word))
        || percentile(&lower).is_some()
}

/// Measures of time that are no deadlines.
pub(super) fn lags(words: &str) -> bool {
    let lower = words.to_ascii_lowercase();
    ["lag", "delay", "age", "staleness", "drift", "skew", "backlog", "downtime", "uptime", "freshness"]
        .iter()
        .any(|word| has_word(&lower, word))
}

/// What somebody does in a time is a deadline however short.
pub(super) fn waits(words: &str) -> bool {
    let lower = words.to_ascii_lowercase();
    ["acknowledge", "ack", "recovery", "rollback", "detect", "resolve", "mitigate", "triage", "escalate"]
        .iter()
        .any(|word| has_word(&lower, word))
}

fn percentile(lower: &str) -> Option<u8> {
    lower.split(|c: char| !c.is_alphanumeric()).find_map(|word| {
        let digits = word.strip_prefix('p').or_else(|| word.strip_suffix("th"))?;
        digits
            .get(..2)
            .filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.len() <= 3)?
            .parse()
            .ok()
    })
}

/// What is measured, by its words and by what the number counts.
pub(super) fn metric(words: Option<&str>, noun: Option<&str>, held: &Held) -> Option<Metric> {
    let lower = words.map(str::to_ascii_lowercase).unwrap_or_default();
    let own = noun.unwrap_or_default();
    let has = |word: &str| has_word(&lower, word) || has_word(own, word);
    let good = has("uptime") || has("availability") || has("available");
    Some(match held.unit {
        Unit::Percent if good => Metric::Availability,
        Unit::Percent
            if has("error rate")
                || has("error rates")
                || has("5xx")
                || has("failure rate")
                || has("error")
                || has("errors") =>
        {
            Metric::ErrorRate
        }
        Unit::Milliseconds if latency(&lower) && !has("lag") => Metric::Latency(percentile(&lower)),
        Unit::Count if has_word(own, "errors") || noun.is_none() && has("errors") => Metric::Errors,
        _ => {
            // What "100% passing" and "5 times" count stands before them.
            let idle = ["times", "time", "passing", "pass", "passed", "green", "complete", "healthy"];
            let own = noun.filter(|noun| words.is_none() || !idle.contains(noun));
            let words = own.or(words)?.to_owned();
            Metric::Other(words)
        }
    })
}
