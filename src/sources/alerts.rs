//! Alerts of the configuration: rules over the readings of another signal. Asks nothing.

use std::time::Duration;

use super::{Provider, table};
use crate::domain::alert::{Alert, Place, Rule};
use crate::domain::diagnostic::Diagnostic;
use crate::domain::io::Reason;
use crate::domain::reading::{Health, Reading};
use crate::domain::setting::{Field, Kind, Table};
use crate::domain::signal::{Rules, Signal};

/// The row of this provider.
pub const PROVIDER: Provider = Provider {
    name: "alert",
    title: "Alerts",
    about: "A rule over the readings of another signal: a condition (`when`), a counter that grows by `at_least` \
            `within` a time (`count`), or one that grows `factor` times as fast as before. It is a signal of its own: \
            it settles, flaps, is acknowledged and silenced like every other.",
    fields: FIELDS,
    many: true,
    scopes: &[],
    plan,
    next: |_, _, _| None,
    read: |_, at, _| Reading::bare(at, Health::Blind, Some(Reason::Parse), "an alert is not asked"),
};

const FIELDS: &[Field] = &[
    table::NAME,
    Field::required("signal", Kind::Text, "Whose readings it looks at."),
    Field::optional(
        "when",
        Kind::Condition,
        "",
        "Fires while this holds, over `body` and `latency_ms` of the reading. `fail_after`, `fail_count` and \
         `fail_among` say how often in a row, or of how many.",
    ),
    Field::optional(
        "count",
        Kind::Text,
        "",
        "Where a counter stands in `body`, such as `jobs.failed`. It counts up; where it falls, it began anew.",
    ),
    Field::optional("at_least", Kind::Integer(1, 1_000_000_000), "`1`", "How much it must grow to fire."),
    Field::optional("within", Kind::Duration, "`5m`", "Within how long; at most `24h`."),
    Field::optional(
        "factor",
        Kind::Integer(2, 1000),
        "",
        "Fires only where it grows so many times as fast as in the time before (`baseline`).",
    ),
    Field::optional(
        "baseline",
        Kind::Duration,
        "`1h`",
        "How long a time before `within` it is compared with; at most `24h`.",
    ),
    Field::optional(
        "severity",
        Kind::Choice(&["down", "degraded"]),
        "`down`",
        "What the alert is while it fires.",
    ),
    Field::optional("fail_after", Kind::Integer(1, 100), "`1`", "So many readings in a row make it fire."),
    Field::optional("fail_count", Kind::Integer(1, 100), "`1`, or `fail_after`", "Or so many …"),
    Field::optional("fail_among", Kind::Integer(1, 100), "`fail_count`", "… of so many."),
    Field::optional("recover_after", Kind::Integer(1, 100), "`1`", "So many in a row end it."),
];

const LONGEST: Duration = Duration::from_secs(24 * 3600);

fn plan(table: &Table, found: &mut Vec<Diagnostic>) -> Vec<Signal> {
    let name = table.given_name(found).map(str::to_owned);
    let span = table.duration("within").unwrap_or(Duration::from_secs(300));
    let baseline = table.duration("baseline").unwrap_or(Duration::from_secs(3600));
    for (key, given) in [("within", span), ("baseline", baseline)] {
        if given > LONGEST {
            found.push(table.error(key, "out-of-range", "readings are remembered for 24 hours at most"));
        }
    }
    let rule = rule(table, span, baseline, found);
    let (Some(name), Some(of), Some(rule)) = (name, table.text("signal"), rule) else { return Vec::new() };
    let fires = if table.text("severity") == Some("degraded") { Health::Degraded } else { Health::Down };
    let mut signal = table::derived(&name, Alert { of: of.into(), rule, fires }, None);
    let number = |name: &str| table.integer(name).and_then(|number| u32::try_from(number).ok());
    let fail_after = number("fail_after").unwrap_or(1);
    let fail_count = number("fail_count").unwrap_or(fail_after);
    signal.rules = Rules {
        fail_after,
        fail_count,
        fail_among: number("fail_among").unwrap_or(fail_count).max(fail_count),
        recover_after: number("recover_after").unwrap_or(1),
        soft_every: signal.every,
    };
    vec![signal]
}

fn rule(table: &Table, span: Duration, baseline: Duration, found: &mut Vec<Diagnostic>) -> Option<Rule> {
    if table.has("when") == table.has("count") {
        let (key, message) = if table.has("when") {
            ("count", "when and count exclude one another")
        } else {
            ("name", "an alert needs a rule")
        };
        let mut wrong = table.error(key, "ambiguous-rule", message);
        if key == "name" {
            wrong.code = "missing-key";
        }
        found.push(wrong.hint("give exactly one of when and count"));
        return None;
    }
    if let Some(when) = table.fitting("when", &["body", "latency_ms"], "a reading", found) {
        for key in ["at_least", "within", "factor", "baseline"] {
            if table.has(key) {
                found.push(table.error(key, "misplaced-key", format!("{key} goes with count")));
            }
        }
        return Some(Rule::When(when));
    }
    let count = table.text("count").and_then(Place::parse);
    let Some(count) = count else {
        found.push(
            table
                .error("count", "bad-place", "this is not a place in a document")
                .hint("for example \"jobs.failed\""),
        );
        return None;
    };
    #[expect(clippy::cast_precision_loss, reason = "bounded by its field")]
    let least = table.integer("at_least").unwrap_or(1) as f64;
    let factor = table.integer("factor").and_then(|factor| u32::try_from(factor).ok());
    Some(match factor {
        None => Rule::Within { count, began: None, least, span },
        Some(factor) => Rule::Surge { count, factor: f64::from(factor), span, baseline, least },
    })
}
