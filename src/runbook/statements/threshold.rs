//! Numbers that something is held against: "error rate >5%", "p95 < 500ms", ">=12 errors", "99.5% uptime".

use std::ops::Range;
use std::time::Duration;

use crate::domain::statement::{Compares, Metric, Says, Sense, Threshold, Unit};

use super::look::Look;
use super::passages::{Place, clip, has_word};
use super::time;
use super::tokens::Kind;

use Compares::{AtLeast, AtMost, Exactly, Less, More};

/// What a bare number can count.
const COUNTED: &[&str] = &[
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

/// Words that make reaching it bad.
const TRIGGERS: &[&str] = &[
    "if",
    "when",
    "trigger",
    "triggers",
    "triggered",
    "rollback",
    "roll",
    "page",
    "pages",
    "paging",
    "alert",
    "alerts",
    "alarm",
    "fires",
    "fire",
    "escalate",
    "abort",
    "threshold",
    "thresholds",
    "exceed",
    "exceeds",
    "exceeded",
    "exceeding",
    "critical",
    "warning",
    "warn",
    "drops",
    "falls",
    "rises",
    "spikes",
    "breach",
    "breached",
    "breaches",
    "sustained",
    "whenever",
    "climbs",
    "surpasses",
    "goes",
];

/// Words that make keeping to it good.
const TARGETS: &[&str] = &[
    "target",
    "targets",
    "slo",
    "slos",
    "sla",
    "slas",
    "sli",
    "goal",
    "objective",
    "objectives",
    "should",
    "must",
    "ensure",
    "verify",
    "confirm",
    "acceptable",
    "acceptance",
    "success",
    "expect",
    "expected",
    "keep",
    "stay",
    "stays",
    "remain",
    "remains",
    "maintain",
    "healthy",
    "normal",
    "baseline",
    "within",
    "passing",
];

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

/// A comparison with a number.
struct Held {
    compares: Compares,
    value: f64,
    unit: Unit,
    /// The sign or words, the number, and its unit.
    tokens: Range<usize>,
    /// What the number counts, where it says so.
    noun: Option<Range<usize>>,
    /// Whether a sign says how it compares.
    signed: bool,
    /// Whether nothing but the number says so: "99.9% uptime", "0 errors".
    plain: bool,
}

/// The comparison that begins at a token.
fn held(look: &Look<'_>, at: usize) -> Option<Held> {
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
fn comparison(look: &Look<'_>, at: usize) -> Option<(Compares, usize, bool)> {
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

/// What is measured, in the file's words: those before the comparison, else the label, else the cell before, else
/// the heading. With the token of its first word where it stands before the comparison.
fn measured(look: &Look<'_>, held: &Held, clause: usize) -> Option<(String, Option<usize>)> {
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

fn latency(words: &str) -> bool {
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
fn lags(words: &str) -> bool {
    let lower = words.to_ascii_lowercase();
    ["lag", "delay", "age", "staleness", "drift", "skew", "backlog", "downtime", "uptime", "freshness"]
        .iter()
        .any(|word| has_word(&lower, word))
}

/// What somebody does in a time is a deadline however short.
fn waits(words: &str) -> bool {
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

fn metric(words: Option<&str>, noun: Option<&str>, held: &Held) -> Option<Metric> {
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

/// Over how long it is measured, and the tokens that say so.
fn over(look: &Look<'_>, held: &Held, clause: &Range<usize>) -> Option<(Duration, Range<usize>)> {
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
fn column_window(look: &Look<'_>) -> Option<Duration> {
    let Place::Cell(table, row, own) = look.passage.place else { return None };
    let table = look.all.tables.get(table)?;
    let cells = table.rows.get(row)?;
    table.heads.iter().enumerate().find_map(|(column, head)| {
        let is = ["window", "for", "duration", "period", "evaluation", "over"]
            .iter()
            .any(|word| has_word(head, word));
        let cell = cells.get(column).filter(|_| is && column != own)?;
        super::cell_length(&cell.text)
    })
}

fn sense(look: &Look<'_>, held: &Held, metric: &Metric, clause: &Range<usize>) -> Sense {
    let good = match metric {
        Metric::Availability => true,
        Metric::ErrorRate | Metric::Errors | Metric::Latency(_) => false,
        Metric::Other(words) => {
            let lower = words.to_ascii_lowercase();
            [
                "success",
                "coverage",
                "passing",
                "pass",
                "hit rate",
                "healthy",
                "available",
                "replicas",
                "free",
                "score",
                "quality",
                "profiles",
            ]
            .iter()
            .any(|word| has_word(&lower, word))
        }
    };
    let upwards = matches!(held.compares, More | AtLeast);
    let near = held.tokens.start.saturating_sub(8).max(clause.start)..held.tokens.start;
    if held.compares == Exactly || held.plain {
        return Sense::Target;
    }
    // The nearest word before it says what it is for.
    for at in near.rev() {
        if TARGETS.contains(&look.word(at)) && upwards == good {
            return Sense::Target;
        }
        if TRIGGERS.contains(&look.word(at)) && upwards != good {
            return Sense::Trigger;
        }
    }
    let column = look.column();
    if upwards != good
        && ["trigger", "threshold", "alert", "condition"].iter().any(|word| has_word(column, word))
    {
        return Sense::Trigger;
    }
    let counted =
        matches!(metric, Metric::Other(_)) && matches!(held.unit, Unit::Count | Unit::Bytes) && !held.signed;
    if upwards == good || (counted && held.compares == AtLeast) { Sense::Target } else { Sense::Trigger }
}
