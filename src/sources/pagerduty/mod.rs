//! PagerDuty by its REST API: which incidents are open and who is on call. Acknowledges and resolves
//! there, and triggers by its Events API.
//!
//! Source: PagerDuty's REST API v2 and Events API v2.

mod offers;
mod wire;

use std::time::Duration;

use serde_json::json;

use super::reply::{self, Fault, Found};
use super::{Provider, Scope, table};
use crate::domain::board::Board;
use crate::domain::diagnostic::Diagnostic;
use crate::domain::entry::Entry;
use crate::domain::io::{HttpRequest, IoReply, IoRequest, Reason, Value};
use crate::domain::reading::{Health, Reading};
use crate::domain::setting::{Field, Kind, Table};
use crate::domain::signal::Signal;
use crate::domain::time::{Timestamp, short};

/// The row of this provider.
pub const PROVIDER: Provider = Provider {
    name: "pagerduty",
    title: "PagerDuty",
    about: "Open incidents and who is on call: `down` while one is triggered, `degraded` while all are acknowledged, \
            or nobody is on call. Where the incidents are known and the on-calls are not, it says so and judges by the \
            incidents. `body` has `open`, `triggered`, `acknowledged`, `high` (urgency), `oldest_minutes` and \
            `on_call`, how many people are (nothing where that is unknown). Offers to acknowledge, resolve and trigger.",
    fields: FIELDS,
    many: false,
    scopes: &[
        Scope { name: "incidents.read", why: "open incidents" },
        Scope { name: "oncalls.read", why: "who is on call" },
        Scope { name: "incidents.write", why: "only for acknowledging and resolving" },
    ],
    plan,
    next,
    read,
};

const FIELDS: &[Field] = &[
    Field::required(
        "token",
        Kind::Value,
        "A REST API key, best as a secret by name: `{ env = \"NAME\" }`. Sent as `Authorization: Token token=…`.",
    ),
    Field::optional(
        "from",
        Kind::Text,
        "",
        "The e-mail address of a PagerDuty user in whose name incidents are acknowledged and resolved.",
    ),
    table::base_url("`https://api.pagerduty.com`; in Europe `https://api.eu.pagerduty.com`"),
    Field::optional(
        "routing_key",
        Kind::Value,
        "",
        "The integration key of a service's Events API v2 integration: needed to trigger, and for nothing else.",
    ),
    Field::optional(
        "events_url",
        Kind::Url,
        "`https://events.pagerduty.com`",
        "Where events are sent. Never taken from a reply.",
    ),
    Field::optional(
        "escalation_policies",
        Kind::List(&Kind::Text),
        "all",
        "Ids of the escalation policies whose on-calls are listed.",
    ),
    Field::optional(
        "services",
        Kind::List(&Kind::Text),
        "all",
        "Ids of the services whose incidents are listed.",
    ),
    table::every("`30s`"),
    table::TIMEOUT,
    table::OK,
    table::DEGRADED,
];

/// Pages of incidents that are read: three hundred open ones are beyond reading.
const PAGES: usize = 3;

fn plan(table: &Table, found: &mut Vec<Diagnostic>) -> Vec<Signal> {
    let cadence = table::cadence(table, Duration::from_secs(30), Duration::from_secs(10), found);
    if table.text("from").is_some_and(|from| !from.contains('@')) {
        found.push(
            table
                .error("from", "bad-address", "this is not an e-mail address")
                .hint("it is the address a PagerDuty user logs in with"),
        );
    }
    let Some(asked) = incidents(table, 0, cadence.timeout) else { return Vec::new() };
    vec![table::signal(table, "pagerduty", "pagerduty", "", asked, Board::Errors, &cadence, found)]
}

/// A request to the REST API.
fn asked(
    table: &Table,
    method: &str,
    path: &str,
    query: &[(&str, &str)],
    timeout: Duration,
) -> Option<HttpRequest> {
    let base = table.text("base_url").unwrap_or("https://api.pagerduty.com");
    let mut headers = vec![
        ("authorization".to_owned(), table.value("token")?.behind("Token token=")),
        ("accept".to_owned(), Value::Plain("application/vnd.pagerduty+json;version=2".into())),
    ];
    // Wanted even where there is no body; a body brings its own.
    if method == "GET" {
        headers.push(("content-type".to_owned(), Value::Plain("application/json".into())));
    }
    Some(table::request(method, base, path, query, headers, timeout))
}

/// A page of open incidents. Without `date_range` those that are older than a month would be left out.
fn incidents(table: &Table, offset: usize, timeout: Duration) -> Option<IoRequest> {
    let (offset, services) = (offset.to_string(), table.texts("services"));
    let mut query = vec![("statuses[]", "triggered"), ("statuses[]", "acknowledged"), ("date_range", "all")];
    query.extend(services.iter().map(|service| ("service_ids[]", service.as_str())));
    query.extend([("sort_by", "created_at:desc"), ("limit", "100"), ("offset", &offset)]);
    asked(table, "GET", "/incidents", &query, timeout).map(IoRequest::Http)
}

fn oncalls(table: &Table, timeout: Duration) -> Option<IoRequest> {
    let policies = table.texts("escalation_policies");
    let mut query = vec![("earliest", "true"), ("include[]", "users"), ("time_zone", "UTC")];
    query.extend(policies.iter().map(|policy| ("escalation_policy_ids[]", policy.as_str())));
    query.push(("limit", "100"));
    asked(table, "GET", "/oncalls", &query, timeout).map(IoRequest::Http)
}

/// The pages of incidents among `replies`, which come first, and whether there are more to read.
fn pages(replies: &[IoReply], at: Timestamp) -> Result<(Vec<wire::Incidents>, bool), Fault> {
    let mut pages: Vec<wire::Incidents> = Vec::new();
    for reply in replies.iter().take(PAGES) {
        let page: wire::Incidents = reply::json(reply, at)?;
        let more = page.more == Some(true) && !page.incidents.is_empty();
        pages.push(page);
        if !more {
            return Ok((pages, false));
        }
    }
    Ok((pages, true))
}

fn next(signal: &Signal, now: Timestamp, answered: &[IoReply]) -> Option<IoRequest> {
    let table = signal.options.as_deref()?;
    if answered.is_empty() {
        return None;
    }
    let (pages, more) = pages(answered, now).ok()?;
    if more && pages.len() < PAGES {
        let offset = pages.iter().map(|page| page.incidents.len()).sum();
        return incidents(table, offset, signal.timeout());
    }
    (answered.len() == pages.len()).then(|| oncalls(table, signal.timeout())).flatten()
}

fn read(signal: &Signal, at: Timestamp, replies: &[IoReply]) -> Reading {
    let (pages, more) = match pages(replies, at) {
        Ok(known) => known,
        Err(fault) => return fault.reading(signal, at, replies),
    };
    let oncalls = match replies.get(pages.len()) {
        Some(reply) => reply::json::<wire::Oncalls>(reply, at),
        None => Err(Fault::new(Reason::Body, "it was not asked")),
    };
    let wait = oncalls.as_ref().err().and_then(|fault| fault.retry_after);
    let found = found(signal, at, &pages, more, &oncalls);
    Reading { retry_after: wait, ..found.reading(signal, at, replies) }
}

fn found(
    signal: &Signal,
    at: Timestamp,
    pages: &[wire::Incidents],
    more: bool,
    oncalls: &Result<wire::Oncalls, Fault>,
) -> Found {
    let mut open: Vec<&wire::Incident> = Vec::new();
    for incident in pages.iter().flat_map(|page| &page.incidents) {
        // A page moves while the next is read: what was on both is one.
        if incident.status != "resolved" && open.iter().all(|known| known.id != incident.id) {
            open.push(incident);
        }
    }
    open.sort_by_key(|incident| (incident.is_acknowledged(), incident.urgency == "low"));
    let acknowledged = open.iter().filter(|incident| incident.is_acknowledged()).count();
    let triggered = open.len() - acknowledged;
    let on_call = oncalls.as_ref().ok().map(|oncalls| oncalls.now(at));
    let nobody = on_call.as_ref().is_some_and(Vec::is_empty);
    let health = match (triggered, acknowledged) {
        (0, 0) if nobody => Health::Degraded,
        (0, 0) => Health::Ok,
        (0, _) => Health::Degraded,
        _ => Health::Down,
    };
    let counts: Vec<String> = [(triggered, "triggered"), (acknowledged, "acknowledged")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count}{} {word}", if more { "+" } else { "" }))
        .collect();
    let summary = if counts.is_empty() { "none open".to_owned() } else { counts.join(" · ") };
    let who = match oncalls {
        Ok(_) => wire::who(on_call.as_deref().unwrap_or_default(), at),
        Err(fault) => format!("who is on call is unknown: {}", fault.detail),
    };
    let oldest = open.iter().filter_map(|incident| incident.created_at).min();
    let body = json!({
        "open": open.len(),
        "triggered": triggered,
        "acknowledged": acknowledged,
        "high": open.iter().filter(|incident| incident.urgency == "high").count(),
        "oldest_minutes": oldest.map(|oldest| at.since(oldest).as_secs() / 60),
        "on_call": on_call.as_ref().map(Vec::len),
    });
    let table = signal.options.as_deref();
    let mut headline = Entry::new("pagerduty", health, format!("{} open", open.len()), &who);
    headline.cells = vec![("FOR", String::new()), ("SERVICE", String::new())];
    headline.offers.extend(table.and_then(|table| offers::trigger(table, signal.timeout())));
    let mut entries = vec![headline];
    entries.extend(open.iter().map(|incident| {
        let mut entry = incident.entry(at);
        if let Some(table) = table {
            entry.offers = offers::of(incident, table, signal.timeout());
        }
        entry
    }));
    entries.extend(on_call.unwrap_or_default().into_iter().map(|one| one.entry(at)));
    Found { health, reason: None, detail: format!("{summary} · {who}"), body, entries }
}

/// Until when, as an operator reads it: a time of today, or a span.
fn until(at: Timestamp, end: Timestamp) -> String {
    let left = at.until(end);
    if left < Duration::from_secs(24 * 3600) {
        format!("until {}", end.clock_minutes())
    } else {
        format!("for {}", short(left))
    }
}

#[cfg(test)]
mod tests;
