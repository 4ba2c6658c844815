//! Netlify: the production deploys of a site, and what is live.
//!
//! Source: <https://open-api.netlify.com>.

mod offers;
mod read;
mod wire;

use std::time::Duration;

use super::reply::{self, Fault, Found};
use super::{Provider, Scope, table};
use crate::domain::board::Board;
use crate::domain::diagnostic::Diagnostic;
use crate::domain::io::{HttpRequest, IoReply, IoRequest, Reason, segment};
use crate::domain::setting::{Field, Kind, Table};
use crate::domain::signal::Signal;
use crate::domain::time::Timestamp;

// Step: the row.

/// The row of this provider.
pub const PROVIDER: Provider = Provider {
    name: "netlify",
    title: "Netlify",
    about: "The production deploys of a site: `degraded` where the newest failed. `body` has `state` (of the newest), \
            `commit` and `age_minutes` (of the live one) and `building`.",
    fields: FIELDS,
    many: true,
    scopes: &[Scope {
        name: "a personal access token",
        why: "Netlify's tokens have no finer scopes: it can do whatever its owner can",
    }],
    plan,
    next,
    read: |signal, at, replies| match found(signal, at, replies) {
        Ok(found) => found.reading(signal, at, replies),
        Err(fault) => fault.reading(signal, at, replies),
    },
};

const FIELDS: &[Field] = &[
    table::NAME,
    Field::required("site", Kind::Text, "The site's id, or its domain."),
    table::TOKEN,
    table::base_url("`https://api.netlify.com/api/v1`"),
    table::every("`30s`"),
    table::TIMEOUT,
    table::OK,
    table::DEGRADED,
];

// Step: the plan.

fn plan(table: &Table, found: &mut Vec<Diagnostic>) -> Vec<Signal> {
    let name = table.given_name(found).map(str::to_owned);
    let cadence = table::cadence(table, Duration::from_secs(30), Duration::from_secs(10), found);
    if table.text("site").is_some_and(|site| site.trim().is_empty()) {
        found.push(
            table.error("site", "empty-value", "site is empty").hint("its id is on its page of settings"),
        );
    }
    let Some(name) = name.filter(|_| table.has("site")) else { return Vec::new() };
    let asked = IoRequest::Http(request(table, "GET", "", &[], cadence.timeout));
    vec![table::signal(table, &name, "netlify", "", asked, Board::Deploys, &cadence, found)]
}

/// A request about the site of `table`. What comes from outside is one segment of the path.
fn request(
    table: &Table,
    method: &str,
    path: &str,
    query: &[(&str, &str)],
    timeout: Duration,
) -> HttpRequest {
    let base = table.text("base_url").unwrap_or("https://api.netlify.com/api/v1");
    let site = segment(table.text("site").unwrap_or_default());
    // A secret by name stays one: it becomes text only where the request is sent.
    let token = table.value("token").map(|token| token.behind("Bearer "));
    let headers = token.map(|token| ("authorization".to_owned(), token)).into_iter().collect();
    table::request(method, base, &format!("/sites/{site}{path}"), query, headers, timeout)
}

// Step: the poll.

/// After the site its deploys, and then nothing more.
fn next(signal: &Signal, at: Timestamp, answered: &[IoReply]) -> Option<IoRequest> {
    // Nothing answered: the signal's own request is the first. A site that cannot be read ends the poll.
    let [site] = answered else { return None };
    reply::json::<wire::Site>(site, at).ok()?;
    let query = [("production", "true"), ("per_page", "20")];
    let asked = request(signal.options.as_deref()?, "GET", "/deploys", &query, signal.timeout());
    Some(IoRequest::Http(asked))
}

fn found(signal: &Signal, at: Timestamp, replies: &[IoReply]) -> Result<Found, Fault> {
    let site: wire::Site = reply::json(&replies[0], at)?;
    let deploys = replies.get(1).ok_or_else(|| Fault::new(Reason::Body, "the deploys were not listed"))?;
    let deploys: Vec<wire::Deploy> = reply::json(deploys, at)?;
    let table = signal.options.as_deref().ok_or_else(|| Fault::new(Reason::Parse, "it has no table"))?;
    Ok(read::found(&site, &deploys, at, |deploy| offers::of(table, signal.timeout(), &site, deploy)))
}

#[cfg(test)]
mod tests;
