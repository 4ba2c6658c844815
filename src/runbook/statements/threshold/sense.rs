//! Good or bad: whether a threshold is kept to, or sets something off.

use std::ops::Range;

use crate::domain::statement::{Compares, Metric, Sense, Unit};

use super::super::look::Look;
use super::super::passages::has_word;
use super::number::Held;

use Compares::{AtLeast, Exactly, More};

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

/// Whether it is kept to, or sets something off.
pub(super) fn sense(look: &Look<'_>, held: &Held, metric: &Metric, clause: &Range<usize>) -> Sense {
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
