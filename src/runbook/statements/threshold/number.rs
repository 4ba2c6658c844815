//! A comparison with a number: its sign or words, the amount, and what the number counts.

use std::ops::Range;

use crate::domain::statement::{Compares, Unit};

use super::super::look::Look;
use super::super::passages::has_word;
use super::super::time;
use super::super::tokens::Kind;

use Compares::{AtLeast, AtMost, Exactly, Less, More};

/// What a bare number can count.
pub(super) const COUNTED: &[&str] = &[
    "backlog",
    "breaches",
    "capacity",
    "clients",
    "connections",
    "consumers",
    "count",
    "counts",
    "cpu",
    "crashes",
    "critical",
    "criticals",
    "depth",
    "disk",
    "drops",
    "entries",
    "error",
    "errors",
    "events",
    "exceptions",
    "failed",
    "failures",
    "findings",
    "incidents",
    "instances",
    "iops",
    "issues",
    "items",
    "jobs",
    "lag",
    "latency",
    "load",
    "locks",
    "machines",
    "memory",
    "messages",
    "nodes",
    "occurrences",
    "offset",
    "orders",
    "pods",
    "processes",
    "qps",
    "queue",
    "regressions",
    "replicas",
    "requests",
    "responses",
    "restarts",
    "retries",
    "rows",
    "rps",
    "score",
    "secrets",
    "sessions",
    "size",
    "tasks",
    "threads",
    "times",
    "tps",
    "unavailable",
    "users",
    "utilization",
    "utilisation",
    "violations",
    "vulnerabilities",
    "warnings",
    "workers",
    "attempts",
    "logins",
    "tickets",
    "profiles",
    "alerts",
    "tests",
    "reports",
    "replies",
    "transactions",
    "hits",
    "misses",
    "spikes",
    "complaints",
];

/// A comparison with a number.
pub(super) struct Held {
    /// How.
    pub(super) compares: Compares,
    /// With what, in its unit.
    pub(super) value: f64,
    /// What the value counts in.
    pub(super) unit: Unit,
    /// The sign or words, the number, and its unit.
    pub(super) tokens: Range<usize>,
    /// What the number counts, where it says so.
    pub(super) noun: Option<Range<usize>>,
    /// Whether a sign says how it compares.
    pub(super) signed: bool,
    /// Whether nothing but the number says so: "99.9% uptime", "0 errors".
    pub(super) plain: bool,
}

/// The comparison that begins at a token.
pub(super) fn held(look: &Look<'_>, at: usize) -> Option<Held> {
    if let Some((compares, next, signed)) = comparison(look, at) {
        let mut next = next;
        while matches!(look.kind(next), Some(Kind::Sign('~' | '≈' | '='))) || look.word(next) == "about" {
            next += 1;
        }
        let (value, unit, after) = amount(look, next)?;
        let count = unit == Unit::Count;
        let noun = noun(look, after).filter(|_| count);
        return Some(Held { compares, value, unit, tokens: at..after, noun, signed, plain: false });
    }
    let (value, unit, after) = amount(look, at)?;
    // "80%+".
    if unit == Unit::Percent && look.is_sign(after, '+') {
        return Some(Held {
            compares: AtLeast,
            value,
            unit,
            tokens: at..after + 1,
            noun: None,
            signed: true,
            plain: false,
        });
    }
    if at > 0
        && (look.is_sign(at - 1, '-') && look.number(at.saturating_sub(2)).is_some()
            || look.word(at - 1) == "to")
    {
        return None;
    }
    if unit == Unit::Percent {
        let good = |at: usize| {
            matches!(
                look.word(at),
                "uptime"
                    | "availability"
                    | "available"
                    | "passing"
                    | "pass"
                    | "passed"
                    | "success"
                    | "coverage"
                    | "green"
                    | "complete"
                    | "healthy"
            )
        };
        let mut behind = after;
        while matches!(look.word(behind), "of" | "tests" | "test" | "the" | "all" | "monthly" | "service")
            && behind < after + 4
        {
            behind += 1;
        }
        let label = look.label();
        let about = good(behind)
            || (look.rest() == at
                && ["availability", "uptime", "slo", "sla", "success rate"]
                    .iter()
                    .any(|word| has_word(&label, word)))
            || in_target_cell(look, at);
        let noun = good(behind).then_some(behind..behind + 1);
        let tokens = at..if good(behind) { behind + 1 } else { after };
        return about.then_some(Held {
            compares: AtLeast,
            value,
            unit,
            tokens,
            noun,
            signed: false,
            plain: true,
        });
    }
    // "0 errors, 0 warnings".
    if unit == Unit::Count && value == 0.0 && !look.raw(at).is_empty() {
        let noun = noun(look, after).filter(|noun| look.any(noun.clone(), COUNTED))?;
        if look.any(noun.clone(), &["rows"]) {
            return None;
        }
        let tokens = at..noun.end;
        return Some(Held {
            compares: Exactly,
            value,
            unit,
            tokens,
            noun: Some(noun),
            signed: false,
            plain: true,
        });
    }
    None
}

/// Whether a percentage stands alone in the column of targets.
fn in_target_cell(look: &Look<'_>, at: usize) -> bool {
    let column = look.column();
    at == 0
        && look.is_cell()
        && ["target", "slo", "sla", "objective", "goal"].iter().any(|word| has_word(column, word))
}

/// How it compares: a sign or words; the token behind, and whether it is a sign.
pub(super) fn comparison(look: &Look<'_>, at: usize) -> Option<(Compares, usize, bool)> {
    let sign = match look.kind(at)? {
        Kind::Sign('<') => Some(Less),
        Kind::Sign('≤') => Some(AtMost),
        Kind::Sign('>') => Some(More),
        Kind::Sign('≥') => Some(AtLeast),
        _ => None,
    };
    if let Some(sign) = sign {
        // "< =" and "> =" are one.
        let loose = look.is_sign(at + 1, '=');
        let sign = match (sign, loose) {
            (Less, true) => AtMost,
            (More, true) => AtLeast,
            (sign, _) => sign,
        };
        return Some((sign, at + 1 + usize::from(loose), true));
    }
    let words: &[(&[&str], Compares)] = &[
        (&["greater", "than", "or", "equal", "to"], AtLeast),
        (&["less", "than", "or", "equal", "to"], AtMost),
        (&["no", "more", "than"], AtMost),
        (&["not", "more", "than"], AtMost),
        (&["no", "less", "than"], AtLeast),
        (&["no", "fewer", "than"], AtLeast),
        (&["less", "than"], Less),
        (&["fewer", "than"], Less),
        (&["lower", "than"], Less),
        (&["greater", "than"], More),
        (&["more", "than"], More),
        (&["higher", "than"], More),
        (&["larger", "than"], More),
        (&["longer", "than"], More),
        (&["drops", "below"], Less),
        (&["falls", "below"], Less),
        (&["drop", "below"], Less),
        (&["fall", "below"], Less),
        (&["at", "most"], AtMost),
        (&["at", "least"], AtLeast),
        (&["exceeds"], More),
        (&["exceed"], More),
        (&["exceeding"], More),
        (&["exceeded"], More),
        (&["surpasses"], More),
        (&["reaches"], AtLeast),
        (&["hits"], AtLeast),
        (&["above"], More),
        (&["over"], More),
        (&["below"], Less),
        (&["under"], Less),
    ];
    words
        .iter()
        .find(|(words, _)| look.words(at, words))
        .map(|(words, compares)| (*compares, at + words.len(), false))
}

/// A number with what it counts in: the value in the unit, and the token behind.
fn amount(look: &Look<'_>, at: usize) -> Option<(f64, Unit, usize)> {
    let value = look.number(at)?;
    if look.is_sign(at + 1, '%') {
        return Some((value, Unit::Percent, at + 2));
    }
    if matches!(look.word(at + 1), "percent" | "pct") {
        return Some((value, Unit::Percent, at + 2));
    }
    if let Some(length) = time::length(look, at) {
        return Some((length.lasts.as_secs_f64() * 1000.0, Unit::Milliseconds, length.next));
    }
    let size = match look.word(at + 1) {
        "kb" => 1e3,
        "mb" => 1e6,
        "gb" => 1e9,
        "tb" => 1e12,
        "kib" | "ki" => 1024.0,
        "mib" | "mi" => 1_048_576.0,
        "gib" | "gi" => 1_073_741_824.0,
        "tib" | "ti" => 1_099_511_627_776.0,
        _ => 0.0,
    };
    if size > 0.0 {
        return Some((value * size, Unit::Bytes, at + 2));
    }
    if look.is_glued(at + 1) {
        let thousand = match look.word(at + 1) {
            "k" => 1e3,
            "m" if look.raw(at + 1) == "M" => 1e6,
            // "3x", "12V": not a number of things.
            "" => 1.0,
            _ => return None,
        };
        if thousand > 1.0 {
            return Some((value * thousand, Unit::Count, at + 2));
        }
        if matches!(look.kind(at + 1), Some(Kind::Sign('-' | '/' | '.' | ':'))) && look.is_glued(at + 2) {
            // "5/min" counts; "3-8", "18.x" and "1:2" do not.
            let per = look.is_sign(at + 1, '/') && time::unit(look.word(at + 2), true).is_some();
            return per.then_some((value, Unit::Count, at + 1));
        }
        if look.is_sign(at + 1, '+') {
            return None;
        }
    }
    Some((value, Unit::Count, at + 1))
}

/// The words behind a number: what is counted.
fn noun(look: &Look<'_>, at: usize) -> Option<Range<usize>> {
    let mut end = at;
    while end < at + 4 && look.kind(end) == Some(Kind::Word) && !look.is_taken(end) {
        let word = look.word(end);
        if matches!(
            word,
            "in" | "within"
                | "over"
                | "per"
                | "for"
                | "and"
                | "or"
                | "of"
                | "on"
                | "at"
                | "is"
                | "are"
                | "during"
                | "from"
                | "with"
                | "to"
                | "by"
                | "the"
                | "then"
                | "if"
                | "when"
                | "must"
                | "should"
                | "every"
                | "detected"
                | "occur"
                | "appear"
        ) {
            break;
        }
        end += 1;
        // The first word that is counted ends it.
        if COUNTED.contains(&word) && !COUNTED.contains(&look.word(end)) {
            break;
        }
    }
    (end > at).then_some(at..end)
}
