//! Sentry: unresolved issues with their counts and stack traces, and the alerts that programs send as messages.
//!
//! Source: Sentry's web API, `/api/0/organizations/…`. Sentry's own regions and self-hosted servers differ in the
//! address and in whether there are rate limits.

mod alerts;
mod api;
mod entry;
mod issues;
mod normal;
mod offers;
mod pages;
pub mod push;
mod tidy;
mod wire;

use std::time::Duration;

use super::{Provider, Scope, table};
use crate::domain::board::Board;
use crate::domain::diagnostic::Diagnostic;
use crate::domain::io::{IoReply, IoRequest};
use crate::domain::reading::{Health, Reading};
use crate::domain::setting::{Field, Kind, Setting, Table};
use crate::domain::signal::Signal;
use crate::domain::time::Timestamp;

/// The row of this provider.
pub const PROVIDER: Provider = Provider {
    name: "sentry",
    title: "Sentry",
    about: "Issues that match a query, and messages of the kind `alert:KEY`, `[ai] …` and `[modules] … truncated`, by \
            how fast their counts grow. The signal `sentry` reads issues: `body` has `open`, `listed`, `complete`, \
            `alarming`, `new_15m`, `escalating`, `regressed`, `unhandled`, `fatal`, `errors_5m` and `errors_1h` (both \
            null where the token may not read counts). The signal `sentry-alerts` reads the messages: `body` has \
            `alerts.KEY`, `texts.ai`, `texts.modules_truncated` and `watch.NAME`, each with `count`, `began`, \
            `last_seen` and `issues`, and `alerts.billing_webhook_failed.stripe_event`.",
    fields: FIELDS,
    many: false,
    scopes: SCOPES,
    plan,
    next,
    read,
};

const SCOPES: &[Scope] = &[
    Scope { name: "event:read", why: "issues and their newest events" },
    Scope { name: "org:read", why: "errors of each minute; without it they are left out" },
    Scope { name: "event:write", why: "only for resolving, archiving and assigning" },
];

/// The part that lists issues, and the part that counts alerts.
const ISSUES: &str = "issues";
const ALERTS: &str = "alerts";
/// Counters of the table's own at most: each is a request of every poll.
const WATCHES: usize = 5;
/// Alerts that come with the source.
const OWN: [&str; 4] = ["error-spike", "billing-webhook-failed", "ai-warnings", "modules-truncated"];

const SPIKE_FIELDS: &[Field] = &[
    Field::optional("at_least", Kind::Integer(1, 1_000_000), "`12`", "How many more must have come."),
    Field::optional("within", Kind::Duration, "`5m`", "Within how long; at most `24h`."),
];

const WATCH_FIELDS: &[Field] = &[
    Field::required(
        "name",
        Kind::Text,
        "What the alert is called, and its counter in `body.watch`: lower-case letters, digits, `_`, `-`.",
    ),
    Field::required(
        "query",
        Kind::Text,
        "A query as Sentry's search takes it, such as `message:\"payment refused*\"`. There is no `OR`; leave out \
         `is:`, or archived issues are not counted.",
    ),
    Field::optional("at_least", Kind::Integer(1, 1_000_000), "`1`", "How many more must have come."),
    Field::optional("within", Kind::Duration, "`5m`", "Within how long; at most `24h`."),
    Field::optional(
        "severity",
        Kind::Choice(&["down", "degraded"]),
        "`down`",
        "What the alert is while it fires.",
    ),
];

const FIELDS: &[Field] = &[
    Field::required("organization", Kind::Text, "The organization's slug, as in the address of its pages."),
    table::TOKEN,
    Field::optional(
        "projects",
        Kind::List(&Kind::Text),
        "all that the token may see",
        "Slugs or ids of the projects that matter to you.",
    ),
    Field::optional("environment", Kind::Text, "all", "The environment, as the programs name it."),
    Field::optional(
        "query",
        Kind::Text,
        "`is:unresolved`",
        "Which issues are listed, as Sentry's search takes it. Put free text in quotes; there is no `OR`.",
    ),
    Field::optional(
        "period",
        Kind::Duration,
        "`14d`",
        "Issues are listed that were seen within this time, with their counts in it; `1h` to `90d`.",
    ),
    Field::optional(
        "spike",
        Kind::Table(SPIKE_FIELDS),
        "12 within 5 minutes",
        "When the alert `error-spike` fires: by how much the count of `alert:error_spike` grew.",
    ),
    Field::optional(
        "watch",
        Kind::Tables(WATCH_FIELDS),
        "none",
        "Counters of your own, at most five, each with an alert of its name.",
    ),
    table::base_url("`https://sentry.io`"),
    table::every("`30s`"),
    table::TIMEOUT,
    table::OK,
    table::DEGRADED,
];

/// A counter of the table's own.
#[derive(Clone, Debug, PartialEq)]
struct Watch {
    name: String,
    query: String,
    least: f64,
    within: Duration,
    fires: Health,
}

/// The table's own counters.
fn watches(table: &Table) -> Vec<Watch> {
    let one = |watch: &Table| {
        Some(Watch {
            name: watch.text("name")?.to_owned(),
            query: watch.text("query")?.to_owned(),
            least: least(watch, 1),
            within: within(watch),
            fires: if watch.text("severity") == Some("degraded") { Health::Degraded } else { Health::Down },
        })
    };
    table.tables("watch").unwrap_or_default().iter().filter_map(one).take(WATCHES).collect()
}

fn least(table: &Table, default: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "bounded by its field")]
    let least = table.integer("at_least").unwrap_or(default) as f64;
    least
}

fn within(table: &Table) -> Duration {
    table.duration("within").unwrap_or(Duration::from_secs(300))
}

fn plan(table: &Table, found: &mut Vec<Diagnostic>) -> Vec<Signal> {
    check(table, found);
    let cadence = table::cadence(table, Duration::from_secs(30), Duration::from_secs(10), found);
    let Some(api) = api::Api::of(table, cadence.timeout) else { return Vec::new() };
    let first = IoRequest::Http(issues::first(&api, table));
    let board = Board::Errors;
    let issues = table::signal(table, "sentry", "sentry", ISSUES, first, board, &cadence, found);
    // The table's conditions are about issues.
    let mut bare = table.clone();
    bare.entries.retain(|key, _| key != "ok" && key != "degraded");
    let first = IoRequest::Http(alerts::first(&api));
    let alerts =
        table::signal(&bare, "sentry-alerts", "sentry", ALERTS, first, board, &cadence, &mut Vec::new());
    let mut signals = vec![issues];
    signals.extend(derived(table, &alerts));
    signals.insert(1, alerts);
    signals
}

/// The alerts that follow from the counters of `alerts`.
fn derived(table: &Table, alerts: &Signal) -> Vec<Signal> {
    let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
    let grown = |id: &str, place: &str, least: f64, span: Duration, fires: Health| {
        let (count, began) = (format!("{place}.count"), format!("{place}.began"));
        table::grown(alerts, id, (&count, Some(&began)), least, span, fires)
    };
    let empty = Table::default();
    let spike = table.table("spike").unwrap_or(&empty);
    let mut all = vec![
        grown(OWN[0], &format!("alerts.{}", alerts::SPIKE), least(spike, 12), within(spike), Health::Down),
        grown(OWN[1], &format!("alerts.{}", alerts::BILLING), 1.0, minutes(15), Health::Down),
        grown(OWN[2], "texts.ai", 20.0, minutes(5), Health::Degraded),
        grown(OWN[3], "texts.modules_truncated", 1.0, minutes(60), Health::Degraded),
    ];
    all.extend(watches(table).iter().map(|watch| {
        grown(&watch.name, &format!("watch.{}", watch.name), watch.least, watch.within, watch.fires)
    }));
    all.into_iter().flatten().collect()
}

/// Whether `text` can be a slug or an id.
fn is_slug(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    !text.is_empty() && text.len() <= 100 && text.bytes().all(inner)
}

fn check(table: &Table, found: &mut Vec<Diagnostic>) {
    const DAY: Duration = Duration::from_secs(86_400);
    let clean = |text: &str| crate::domain::text::clean(text).into_owned();
    if let Some(wrong) = table.text("organization").filter(|slug| !is_slug(slug)) {
        let message = format!("{:?} is not the slug of an organization", clean(wrong));
        found.push(table.error("organization", "bad-slug", message).hint(
            "a slug is lower-case letters, digits, '-' and '_': the part of the address before .sentry.io",
        ));
    }
    for placed in table.list("projects").unwrap_or_default() {
        if let Setting::Text(wrong) = &placed.value
            && !is_slug(wrong)
        {
            let message = format!("{:?} is not the slug or id of a project", clean(wrong));
            let wrong = Diagnostic::error(&table.file, placed.place, "bad-slug", message);
            found.push(wrong.hint("a slug is lower-case letters, digits, '-' and '_', such as \"web\""));
        }
    }
    if table.text("base_url").is_some_and(|base| base.trim_end_matches('/').ends_with("/api/0")) {
        let wrong =
            table.error("base_url", "bad-url", "/api/0 is added to base_url, and stands in it already");
        found.push(wrong.hint("give the server alone, such as \"https://sentry.example.com\""));
    }
    if table.duration("period").is_some_and(|period| period < DAY / 24 || period > DAY * 90) {
        found.push(table.error("period", "out-of-range", "period is between 1h and 90d"));
    }
    let watches = table.tables("watch").unwrap_or_default();
    for inner in watches.iter().chain(table.table("spike")) {
        if within(inner) > DAY {
            found.push(inner.error("within", "out-of-range", "readings are remembered for 24 hours at most"));
        }
    }
    if watches.len() > WATCHES {
        let message = format!("{} counters, and {WATCHES} at most", watches.len());
        found.push(table.error("watch", "out-of-range", message).hint("each is a request of every poll"));
    }
    for (index, watch) in watches.iter().enumerate() {
        let Some(name) = watch.given_name(found) else { continue };
        if name.contains('.') {
            let wrong = watch.error("name", "bad-name", format!("{name:?} has a dot"));
            found.push(wrong.hint("a dot separates places in a document: use '-' or '_'"));
        }
        let before = watches[..index].iter().any(|other| other.text("name") == Some(name));
        if before || OWN.contains(&name) {
            let wrong = watch.error("name", "duplicate-name", format!("{name:?} is there already"));
            found.push(wrong.hint(format!("{} come with the source", OWN.join(", "))));
        }
    }
}

fn next(signal: &Signal, now: Timestamp, answered: &[IoReply]) -> Option<IoRequest> {
    if signal.part == ALERTS {
        alerts::next(signal, now, answered)
    } else {
        issues::next(signal, now, answered)
    }
}

fn read(signal: &Signal, at: Timestamp, replies: &[IoReply]) -> Reading {
    if signal.part == ALERTS { alerts::read(signal, at, replies) } else { issues::read(signal, at, replies) }
}

#[cfg(test)]
mod tests;
