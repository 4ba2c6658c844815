//! Stripe: events that were not delivered, and the webhook endpoints that should have taken them.
//!
//! Facts: <https://docs.stripe.com/api/events/list>, <https://docs.stripe.com/webhooks/process-undelivered-events>.
//! An event never says which endpoint failed. It is matched with those that take its type in its mode, and the
//! operator chooses.

mod ask;
mod backlog;
mod entries;
mod money;
mod offers;
pub mod push;
mod wire;

use std::time::Duration;

use super::reply::{Fault, Found};
use super::{Provider, Scope, table};
use crate::domain::board::Board;
use crate::domain::diagnostic::Diagnostic;
use crate::domain::io::{IoReply, IoRequest, Reason, Value};
use crate::domain::setting::{Field, Kind, Table};
use crate::domain::signal::Signal;
use crate::domain::time::Timestamp;
use backlog::Backlog;

/// Stripe lists events of the last thirty days.
const LISTED: Duration = Duration::from_secs(30 * DAY);
/// Stripe tries a live event for three days.
const TRIED: Duration = Duration::from_secs(3 * DAY);
const DAY: u64 = 86_400;
/// Undelivered events that are too many, where the table says nothing else.
const MOST: i64 = 10;
/// Younger events may still be on their way for the first time.
const SETTLE: Duration = Duration::from_secs(120);

/// The row of this provider.
pub const PROVIDER: Provider = Provider {
    name: "stripe",
    title: "Stripe",
    about: "Events that were not delivered to your webhook endpoints, and those endpoints. It is `degraded` with \
            any, and `down` where an endpoint that should take one is disabled, where none is enabled, where Stripe \
            gave up or gives up within 24 hours, or where there are `most` of them. Without any endpoint there is \
            nothing to measure: `blind`. `body` has `undelivered`, `more` (there are more than were read), \
            `oldest_hours` and `newest` (epoch milliseconds), both 0 for none, `gives_up_hours` (until Stripe stops \
            trying, 0 once it did for one, 72 for none), `given_up`, `amounts` (what is at stake, each payment once: \
            `amounts.eur`), `types` and `by_endpoint` (how many), `endpoints`, `endpoints_disabled`, and `livemode`.",
    fields: FIELDS,
    many: false,
    scopes: SCOPES,
    plan,
    next: ask::next,
    read: |signal, at, replies| match found(signal, at, replies) {
        Ok(found) => found.reading(signal, at, replies),
        Err(fault) => fault.reading(signal, at, replies),
    },
};

const SCOPES: &[Scope] = &[
    Scope {
        name: "Events: read (rak_event_read)",
        why: "undelivered events, and whether a replay was delivered",
    },
    Scope {
        name: "Webhook endpoints: read",
        why: "which endpoints take an event, and whether they are enabled",
    },
    Scope { name: "Webhook endpoints: write", why: "only for replaying events and enabling endpoints" },
];

const MODES: &[&str] = &["live", "test"];

const FIELDS: &[Field] = &[
    Field::required(
        "key",
        Kind::Value,
        "A restricted key (`rk_…`), best as a secret by name: `{ env = \"STRIPE_SECRET_KEY\" }`. Sent as \
         `Authorization: Bearer`.",
    ),
    Field::optional(
        "mode",
        Kind::Choice(MODES),
        "what is read",
        "The mode that the key is for. What is read in the other mode is then a fault.",
    ),
    Field::optional(
        "account",
        Kind::Text,
        "",
        "A connected account (`acct_…`) to ask about. Sent as `Stripe-Account`.",
    ),
    Field::optional(
        "ignore",
        Kind::List(&Kind::Text),
        "none",
        "Endpoints (`we_…`) that are disabled on purpose: not counted, nor the events that only they take.",
    ),
    Field::optional("most", Kind::Integer(1, 500), "`10`", "It is down from so many undelivered events on."),
    Field::optional("lookback", Kind::Duration, "`30d`", "How far back it looks; Stripe lists 30 days."),
    Field::optional(
        "settle",
        Kind::Duration,
        "`2m`",
        "Younger events are left out: they may be on their way for the first time. At most `1h`.",
    ),
    Field::optional("version", Kind::Text, "`2024-06-20`", "Sent as `Stripe-Version`."),
    table::base_url("`https://api.stripe.com`"),
    table::every("`30s`"),
    table::TIMEOUT,
    table::OK,
    table::DEGRADED,
];

fn plan(table: &Table, found: &mut Vec<Diagnostic>) -> Vec<Signal> {
    let cadence = table::cadence(table, Duration::from_secs(30), Duration::from_secs(10), found);
    checked(table, found);
    let Some(account) = ask::Account::of(table, cadence.timeout) else { return Vec::new() };
    let first = IoRequest::Http(account.endpoints(None));
    vec![table::signal(table, "stripe", "stripe", "deliveries", first, Board::Payments, &cadence, found)]
}

/// What can be wrong with the table besides its requests.
fn checked(table: &Table, found: &mut Vec<Diagnostic>) {
    if let Some(Value::Plain(key)) = table.value("key") {
        if key.starts_with("pk_") {
            found.push(
                table
                    .error("key", "bad-key", "a publishable key cannot read events")
                    .hint("make a restricted key (rk_…) that may read events and webhook endpoints"),
            );
        }
        if let (Some(mode), Some(of)) = (table.text("mode"), mode_of(key))
            && mode != of
        {
            found.push(table.error("mode", "wrong-mode", format!("the key is for {of} mode")));
        }
    }
    if table.duration("lookback").is_some_and(|span| span > LISTED) {
        found.push(
            table
                .error("lookback", "out-of-range", "Stripe lists the events of the last 30 days")
                .hint("lookback is at most 30d"),
        );
    }
    let (lookback, settle) = (lookback(table), settle(table));
    if settle > Duration::from_secs(3600) || settle >= lookback {
        found.push(table.error("settle", "out-of-range", "settle is at most 1h, and shorter than lookback"));
    }
    if table.text("account").is_some_and(|text| !text.starts_with("acct_") || !wire::is_plain(text)) {
        found.push(table.error("account", "bad-id", "a connected account is acct_…"));
    }
    if table
        .text("version")
        .is_some_and(|text| text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()))
    {
        found.push(table.error("version", "bad-version", "a version is a date such as 2024-06-20"));
    }
}

fn lookback(table: &Table) -> Duration {
    table.duration("lookback").unwrap_or(LISTED).min(LISTED)
}

fn settle(table: &Table) -> Duration {
    table.duration("settle").unwrap_or(SETTLE)
}

/// The mode that a key is for, where it says.
fn mode_of(key: &str) -> Option<&'static str> {
    let rest = ["sk_", "rk_"].iter().find_map(|prefix| key.strip_prefix(prefix))?;
    MODES.iter().find(|mode| rest.starts_with(&format!("{mode}_"))).copied()
}

/// Whether rows are of live mode, as far as the configuration says.
fn expected(table: &Table) -> Option<bool> {
    let of_key = || match table.value("key") {
        Some(Value::Plain(key)) => mode_of(key),
        Some(Value::Secret { .. } | Value::Around { .. }) | None => None,
    };
    table.text("mode").or_else(of_key).map(|mode| mode == "live")
}

fn found(signal: &Signal, at: Timestamp, replies: &[IoReply]) -> Result<Found, Fault> {
    let asked = signal.options.as_deref().and_then(|table| {
        let account = ask::Account::of(table, signal.timeout())?;
        Some((table, account))
    });
    let Some((table, account)) = asked else {
        return Err(Fault::new(Reason::Auth, "no key is configured"));
    };
    let pages = ask::pages(replies, at)?;
    let livemode = expected(table);
    let backlog = Backlog::new(pages, at, &table.texts("ignore"), livemode)?;
    let most = table.integer("most").unwrap_or(MOST);
    Ok(Found {
        health: backlog.health(usize::try_from(most).unwrap_or(usize::MAX)),
        reason: backlog.reason(),
        detail: backlog.detail(),
        body: backlog.body(),
        entries: entries::all(&backlog, &account),
    })
}

#[cfg(test)]
mod tests;
