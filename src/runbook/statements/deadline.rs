//! By when, how long, for how long, how long ago: what a length of time means is told by the words beside it.

use std::ops::Range;
use std::time::Duration;

use crate::domain::statement::Says;

use super::look::Look;
use super::passages::Place;
use super::time::{self, Length};
use super::tokens::Kind;

/// Words that speak of how soon somebody answers.
const ANSWER: &[&str] = &[
    "response",
    "respond",
    "responds",
    "responded",
    "acknowledge",
    "acknowledged",
    "acknowledgement",
    "acknowledgment",
    "ack",
    "acked",
    "resolve",
    "resolution",
    "resolved",
    "recovery",
    "rto",
    "mttr",
    "mtta",
    "ttr",
    "ttd",
    "ttm",
    "ttt",
    "sla",
    "deadline",
    "due",
    "mitigate",
    "mitigation",
    "mitigated",
    "escalate",
    "escalated",
    "escalates",
    "escalation",
    "page",
    "notify",
    "restore",
    "restored",
    "rollback",
    "detect",
    "detection",
    "triage",
    "contain",
    "containment",
    "reply",
    "answer",
    "restoration",
    "failover",
];

/// Words that speak of how long a thing is planned to take.
const TAKES: &[&str] = &[
    "takes",
    "take",
    "taking",
    "duration",
    "estimated",
    "estimate",
    "eta",
    "expected",
    "typically",
    "usually",
    "lasts",
    "runtime",
    "timebox",
    "timeboxed",
];

/// Words that make a length a setting, or a span of keeping things: nobody waits for it.
const SETTINGS: &[&str] = &[
    "timeout",
    "timeouts",
    "ttl",
    "cache",
    "cached",
    "caches",
    "expire",
    "expires",
    "expired",
    "expiry",
    "expiring",
    "retention",
    "retain",
    "retained",
    "retains",
    "keep",
    "kept",
    "keeps",
    "store",
    "stored",
    "stores",
    "cooldown",
    "backoff",
    "lifetime",
    "valid",
    "old",
    "older",
    "age",
    "lease",
    "grace",
    "rpo",
    "polls",
    "polling",
    "scrape",
    "scrapes",
    "lasted",
    "took",
    "ago",
    "sleep",
];

/// Everything that a passage says of lengths of time.
pub(super) fn find(look: &mut Look<'_>) {
    if look.passage.place == Place::Head {
        return;
    }
    let mut at = 0;
    while at < look.tokens.len() {
        if look.is_taken(at) {
            at += 1;
            continue;
        }
        if let Some(next) = first(look, at) {
            at = next;
            continue;
        }
        let Some(length) = time::length(look, at) else {
            at += 1;
            continue;
        };
        if (at..length.next).any(|at| look.is_taken(at)) {
            at += 1;
            continue;
        }
        if let Some((tokens, says)) = says(look, at, length) {
            let says = match says {
                // "If it does not come within 20 seconds" is looked at for so long, and is nobody's to do by then.
                Says::Deadline { within } if is_awaited(look, tokens.start) => Says::Watch { during: within },
                says => says,
            };
            look.take(tokens, says);
        }
        at = length.next;
    }
}

/// Whether the clause before a token asks whether something fails to happen: "if the page does not come …".
fn is_awaited(look: &Look<'_>, at: usize) -> bool {
    let clause = look.clause(at).start..at;
    let asks = clause.clone().find(|at| matches!(look.word(*at), "if" | "unless" | "when"));
    let fails = |at: usize| {
        let word = look.word(at);
        matches!(word, "not" | "never" | "no" | "nothing" | "nobody" | "fails" | "cannot")
            || word.ends_with("n't")
            || word.ends_with("n’t")
    };
    // What comes behind a comma is what is to be done then.
    let goes_on = |from: usize| !(from..at).any(|at| look.is_sign(at, ',') || look.word(at) == "then");
    asks.filter(|from| goes_on(*from))
        .is_some_and(|from| look.word(from) == "unless" || (from..at).any(fails))
}

/// "First Hour", "the first 24 hours", "within the first hour".
fn first(look: &mut Look<'_>, at: usize) -> Option<usize> {
    if look.word(at) != "first" {
        return None;
    }
    let length = time::length(look, at + 1).or_else(|| {
        let seconds = time::unit(look.word(at + 1), true).filter(|seconds| *seconds >= 60.0)?;
        // "first hours" says how many of them nowhere; "the first day of the month" is a day.
        let plain = !look.word(at + 1).ends_with('s') && !matches!(look.word(at + 2), "of");
        plain.then_some(Length {
            lasts: Duration::from_secs_f64(seconds),
            next: at + 2,
            from_zero: false,
            short: false,
        })
    })?;
    let mut start = at;
    while matches!(look.before(start, 1), "the" | "for" | "in" | "during" | "within" | "over") {
        start -= 1;
    }
    let within = (start..at).any(|at| look.word(at) == "within") && !look.all_is_heading();
    let says = if within {
        Says::Deadline { within: length.lasts }
    } else if look.before(start, 1) == "after" {
        return Some(length.next);
    } else {
        Says::Watch { during: length.lasts }
    };
    look.take(start..length.next, says);
    Some(length.next)
}

/// What the length that begins at a token says, and of which tokens it is made.
#[expect(
    clippy::too_many_lines,
    reason = "the cases are tried in this order, each before those it would be taken for"
)]
fn says(look: &Look<'_>, at: usize, length: Length) -> Option<(Range<usize>, Says)> {
    let lasts = length.lasts;
    let next = length.next;
    let deadline = |from: usize| Some((from..next, Says::Deadline { within: lasts }));
    // What stands directly before it: "about", "at most", "<".
    let mut from = at;
    let mut most = false;
    let mut least = false;
    loop {
        if from >= 1
            && (matches!(look.kind(from - 1), Some(Kind::Sign('~' | '≈' | '±')))
                || matches!(
                    look.before(from, 1),
                    "about"
                        | "approximately"
                        | "approx"
                        | "around"
                        | "roughly"
                        | "another"
                        | "a"
                        | "further"
                        | "additional"
                        | "full"
                        | "only"
                        | "minimum"
                        | "maximum"
                        | "max"
                        | "min"
                ))
        {
            most |= matches!(look.before(from, 1), "maximum" | "max");
            least |= matches!(look.before(from, 1), "minimum" | "min");
            from -= 1;
        } else if from >= 2 && look.is_sign(from - 1, '.') && look.before(from, 2) == "approx" {
            from -= 2;
        } else if from >= 1 && matches!(look.kind(from - 1), Some(Kind::Sign('<' | '≤'))) {
            (from, most) = (from - 1, true);
        } else if from >= 2
            && (look.words(from - 2, &["less", "than"])
                || look.words(from - 2, &["fewer", "than"])
                || look.words(from - 2, &["at", "most"])
                || look.words(from - 2, &["up", "to"]))
            || from >= 1 && look.before(from, 1) == "under"
        {
            from -= if look.before(from, 1) == "under" { 1 } else { 2 };
            most = true;
        } else if from >= 3
            && (look.words(from - 3, &["no", "more", "than"])
                || look.words(from - 3, &["not", "more", "than"])
                || look.words(from - 3, &["no", "later", "than"]))
        {
            (from, most) = (from - 3, true);
        } else if from >= 2 && look.words(from - 2, &["at", "least"]) {
            (from, least) = (from - 2, true);
        } else {
            break;
        }
    }
    if from >= 1 && matches!(look.kind(from - 1), Some(Kind::Sign('>' | '≥' | '='))) {
        return None;
    }
    let word = |back: usize| look.before(from, back);
    let after = look.word(next);
    if matches!(after, "ago" | "old" | "older") || matches!(after, "earlier") {
        return None;
    }
    // "every 2 hours" is a schedule, and found as one.
    if matches!(word(1), "every" | "each" | "per") {
        return None;
    }
    let clause = look.clause(at);
    if matches!(after, "rolling" | "window" | "windows" | "period" | "sliding" | "intervals") {
        return None;
    }
    let leads = matches!(after, "prior" | "advance" | "ahead" | "notice" | "beforehand")
        || after == "before" && !matches!(word(1), "for" | "wait");
    if leads || (after == "in" && look.word(next + 1) == "advance") {
        let start = if matches!(word(1), "with" | "give") { from - 1 } else { from };
        return Some((start..next + 1 + usize::from(after == "in"), Says::Ahead { by: lasts }));
    }
    if matches!(word(1), "last" | "past" | "previous" | "preceding" | "trailing") {
        let mut start = from - 1;
        while matches!(look.before(start, 1), "the" | "within" | "in" | "over" | "during" | "from" | "for") {
            start -= 1;
        }
        return Some((start..next, Says::Recent { within: lasts }));
    }
    if word(1) == "next" {
        let start = if look.words(from.saturating_sub(3), &["within", "the", "next"]) {
            from.saturating_sub(3)
        } else {
            from - 1
        };
        return Some((start..next, Says::Deadline { within: lasts }));
    }
    let near = from.saturating_sub(5).max(clause.start)..from;
    if word(1) == "within" {
        let is_setting = look.any(
            near.clone(),
            &["expire", "expires", "expiring", "expiry", "times", "failed", "errors", "failures", "restarts"],
        ) || after == "of"
            && look.any(next..next + 3, &["expiry", "expiration", "expiring", "now"]);
        return if is_setting { None } else { deadline(from - 1) };
    }
    if look.any(near.clone(), SETTINGS) || SETTINGS.contains(&after) {
        let recent = look.any(near, &["rpo"]) || look.label().contains("rpo");
        return recent.then_some((from..next, Says::Recent { within: lasts }));
    }
    if word(1) == "for" || (least && !most) {
        // "fires when it is high for 10 minutes" is the alert's own business.
        let column = look.column();
        let of_alert = look.any(
            clause.start..from,
            &["fires", "fire", "firing", "alert", "alerts", "triggers", "triggered", "pages"],
        ) || ["condition", "trigger", "threshold", "alert", "description", "symptom", "rule"]
            .iter()
            .any(|word| super::passages::has_word(column, word));
        if of_alert && !least {
            return None;
        }
        let start = if word(1) == "for" { from - 1 } else { from };
        return Some((start..next, Says::Watch { during: lasts }));
    }
    if matches!(word(1), "wait" | "waiting" | "waits" | "pause") {
        return Some((from - 1..next, Says::Watch { during: lasts }));
    }
    if word(1) == "after" && !length.short {
        return if after == "of" {
            Some((from - 1..next, Says::Watch { during: lasts }))
        } else {
            deadline(from - 1)
        };
    }
    if ANSWER.contains(&after) || (matches!(after, "to") && ANSWER.contains(&look.word(next + 1))) {
        return Some((from..next + 1 + usize::from(after == "to"), Says::Deadline { within: lasts }));
    }
    if let Place::Cell(..) = look.passage.place {
        return in_cell(look, from, length);
    }
    let bracket = from >= 1
        && matches!(look.kind(from - 1), Some(Kind::Sign('(' | '[')))
        && matches!(look.kind(next), Some(Kind::Sign(')' | ']')));
    let label = look.label();
    let speaks = |words: &[&str]| {
        look.any(near.clone(), words) || words.iter().any(|word| super::passages::has_word(&label, word))
    };
    if bracket {
        return Some(if length.from_zero || most && !length.short && speaks(ANSWER) {
            (from..next, Says::Deadline { within: lasts })
        } else {
            (from..next, Says::Planned { takes: lasts })
        });
    }
    if most {
        // Seconds are how fast a machine answers.
        return if length.short && !speaks(ANSWER) { None } else { deadline(from) };
    }
    if speaks(TAKES) {
        return Some((from..next, Says::Planned { takes: lasts }));
    }
    let context = look.under(&[
        "escalation",
        "response time",
        "response times",
        "sla",
        "slas",
        "response targets",
        "severity",
    ]) || look.announced(&["response", "sla", "escalation", "severity"]);
    let alone = look.rest() == from || at == 0;
    if !length.short
        && (speaks(ANSWER) || (alone && context && look.lead.is_some()))
        && bare(look, from, next)
    {
        return deadline(from);
    }
    let heading = matches!(look.passage.place, Place::Heading);
    let dashed = from >= 1 && matches!(look.kind(from - 1), Some(Kind::Sign('-' | ':' | '|')));
    if heading && dashed && look.kind(next).is_none() {
        return Some((from..next, Says::Planned { takes: lasts }));
    }
    if super::passages::has_word(&label, "time") && alone {
        return Some((from..next, Says::Planned { takes: lasts }));
    }
    None
}

/// Whether a length follows a label or a sign, or ends what is said: "ack: 5 min", "respond in 10 minutes".
fn bare(look: &Look<'_>, from: usize, next: usize) -> bool {
    let opened = from == look.rest()
        || from == 0
        || matches!(look.kind(from - 1), Some(Kind::Sign(':' | '-' | '(' | ',' | '→' | '|')))
        || matches!(
            look.before(from, 1),
            "in" | "is" | "of" | "by" | "target" | "time" | "ack" | "respond" | "sla"
        );
    opened || look.kind(next).is_none()
}

/// A length in a table is what the head of its column says.
fn in_cell(look: &Look<'_>, from: usize, length: Length) -> Option<(Range<usize>, Says)> {
    let head = look.column();
    let has = |words: &[&str]| words.iter().any(|word| super::passages::has_word(head, word));
    let tokens = from..length.next;
    if has(&[
        "window",
        "period",
        "for",
        "evaluation",
        "retention",
        "lookback",
        "timeout",
        "ttl",
        "scrape",
        "age",
    ]) {
        return None;
    }
    if has(&[
        "frequency",
        "cadence",
        "interval",
        "schedule",
        "updates",
        "update",
        "every",
        "how often",
        "comms",
    ]) {
        let every = crate::domain::statement::Every::Span(length.lasts);
        return Some((
            tokens,
            Says::Schedule(crate::domain::statement::Schedule { every, hours: None, zone: None }),
        ));
    }
    if has(&["duration", "estimated", "est", "estimate", "eta", "expected", "downtime", "effort", "takes"]) {
        return Some((tokens, Says::Planned { takes: length.lasts }));
    }
    let row = row_label(look);
    if super::passages::has_word(&row, "rpo") {
        return Some((tokens, Says::Recent { within: length.lasts }));
    }
    let answers =
        has(ANSWER) || has(&["within", "time to", "sla", "target", "when", "rto", "after", "contact"]);
    let row_answers = ANSWER.iter().any(|word| super::passages::has_word(&row, word));
    if answers || row_answers {
        return (!length.short || has(ANSWER)).then_some((tokens, Says::Deadline { within: length.lasts }));
    }
    if has(&["time"]) {
        return Some((tokens, Says::Planned { takes: length.lasts }));
    }
    None
}

/// The first cell of the row, in lower case.
fn row_label(look: &Look<'_>) -> String {
    let Place::Cell(table, row, _) = look.passage.place else { return String::new() };
    let cell = look.all.tables.get(table).and_then(|table| table.rows.get(row)).and_then(|row| row.first());
    cell.map(|cell| super::passages::clip(&cell.text).to_ascii_lowercase()).unwrap_or_default()
}

impl Look<'_> {
    /// Whether the passage is a heading.
    pub(super) fn all_is_heading(&self) -> bool {
        self.passage.place == Place::Heading
    }
}
