//! Vendors' status pages in Statuspage's format: `/api/v2/summary.json`.
//!
//! Source: the vendors' pages themselves; the format is that of Atlassian Statuspage.

mod wire;

use std::time::Duration;

use serde_json::json;

use super::reply::{self, Fault, Found};
use super::{Provider, table};
use crate::domain::board::Board;
use crate::domain::diagnostic::Diagnostic;
use crate::domain::entry::Entry;
use crate::domain::io::{IoReply, IoRequest};
use crate::domain::reading::Health;
use crate::domain::setting::{Field, Kind, Table};
use crate::domain::signal::Signal;
use crate::domain::time::Timestamp;

/// The row of this provider.
pub const PROVIDER: Provider = Provider {
    name: "statuspage",
    title: "Vendors' status pages",
    about: "What a vendor says of itself: a page in Statuspage's format. A vendor's word is no measurement, so its \
            worst is `degraded` where you say nothing else; a page that is not JSON is `blind`.",
    fields: FIELDS,
    many: true,
    scopes: &[],
    plan,
    next: |_, _, _| None,
    read: |signal, at, replies| match found(signal, at, replies) {
        Ok(found) => found.reading(signal, at, replies),
        Err(fault) => fault.reading(signal, at, replies),
    },
};

const FIELDS: &[Field] = &[
    table::NAME,
    Field::required(
        "url",
        Kind::Url,
        "The page, such as `https://www.githubstatus.com`; `/api/v2/summary.json` is asked of it.",
    ),
    Field::optional(
        "components",
        Kind::List(&Kind::Text),
        "all",
        "Names of the components that matter to you. Incidents of others are listed and change nothing.",
    ),
    table::every("`60s`"),
    table::TIMEOUT,
    table::OK,
    table::DEGRADED,
];

fn plan(table: &Table, found: &mut Vec<Diagnostic>) -> Vec<Signal> {
    let name = table.given_name(found).map(str::to_owned);
    let cadence = table::cadence(table, Duration::from_secs(60), Duration::from_secs(10), found);
    let (Some(name), Some(url)) = (name, table.text("url")) else { return Vec::new() };
    let mut asked = table::request("GET", url, "/api/v2/summary.json", &[], Vec::new(), cadence.timeout);
    // Pages move, within their host most often.
    asked.redirects = 2;
    let board = Board::Infrastructure;
    vec![table::signal(table, &name, "statuspage", "", IoRequest::Http(asked), board, &cadence, found)]
}

fn found(signal: &Signal, at: Timestamp, replies: &[IoReply]) -> Result<Found, Fault> {
    let summary: wire::Summary = reply::json(&replies[0], at)?;
    let wanted = signal.options.as_ref().map(|table| table.texts("components")).unwrap_or_default();
    let matters =
        |name: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(name));
    let sick: Vec<&wire::Component> =
        summary.components.iter().filter(|component| !component.is_well() && !component.group).collect();
    let mine = sick.iter().filter(|component| matters(&component.name)).count();
    let open = summary.incidents.iter().filter(|incident| incident.is_open());
    let concerns = |incident: &&wire::Incident| {
        wanted.is_empty() || incident.components.iter().any(|component| matters(&component.name))
    };
    let concerning = open.clone().filter(concerns).count();
    let said = if wanted.is_empty() { !summary.status.is_well() } else { mine > 0 || concerning > 0 };
    let health = if said || mine > 0 { Health::Degraded } else { Health::Ok };
    let mut entries: Vec<Entry> = open.map(|incident| incident.entry(at)).collect();
    entries.extend(sick.iter().map(|component| component.entry(matters(&component.name))));
    entries
        .extend(summary.scheduled_maintenances.iter().filter(|one| one.is_open()).map(|one| one.entry(at)));
    let detail = if health == Health::Ok && !summary.status.is_well() {
        "well where it matters to us".to_owned()
    } else {
        summary.status.description.clone()
    };
    Ok(Found {
        health,
        reason: None,
        detail,
        body: json!({
            "indicator": summary.status.indicator,
            "description": summary.status.description,
            "incidents": concerning,
            "components": mine,
        }),
        entries,
    })
}

#[cfg(test)]
mod tests;
