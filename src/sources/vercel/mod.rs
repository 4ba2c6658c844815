//! Vercel: the deployments of a project, what is live, and whether the next one would go live.
//!
//! Source: <https://vercel.com/docs/rest-api> and <https://vercel.com/docs/instant-rollback>.

mod api;
mod offers;
mod read;
mod wire;

use std::time::Duration;

use self::api::Api;
use self::read::Seen;
use super::reply::{self, Fault, Found};
use super::{Provider, Scope, table};
use crate::domain::board::Board;
use crate::domain::diagnostic::Diagnostic;
use crate::domain::io::{HttpRequest, IoReply, IoRequest, Reason};
use crate::domain::setting::{Field, Kind, Table};
use crate::domain::signal::Signal;
use crate::domain::time::Timestamp;

/// The row of this provider.
pub const PROVIDER: Provider = Provider {
    name: "vercel",
    title: "Vercel",
    about: "The production deployments of a project: what is live and since when, what is being built, what can be \
            gone back to, and whether production domains are pinned, so that the next deploy would not go live. \
            `body` has `state` (of the newest deployment), `commit` and `age_minutes` (of the live one), `pinned`, \
            `candidates` and `building`.",
    fields: FIELDS,
    many: true,
    scopes: &[Scope {
        name: "an access token of the team that owns the project",
        why: "Vercel's tokens have no finer scopes; limit it to that team. Its owner's role must allow deploying to \
              production only for rolling back, promoting and unpinning.",
    }],
    plan,
    next: |signal, at, answered| match progress(signal, at, answered) {
        Ok(Progress::Asks(request)) => Some(IoRequest::Http(request)),
        Ok(Progress::Knows(_)) | Err(_) => None,
    },
    read: |signal, at, replies| match found(signal, at, replies) {
        Ok(found) => found.reading(signal, at, replies),
        Err(fault) => fault.reading(signal, at, replies),
    },
};

const FIELDS: &[Field] = &[
    table::NAME,
    Field::required("project", Kind::Text, "The project's id (`prj_…`) or name."),
    Field::optional(
        "team",
        Kind::Text,
        "",
        "The team's id (`team_…`). A team's project cannot be seen without it, or without `slug`.",
    ),
    Field::optional("slug", Kind::Text, "", "The team's slug, instead of its id."),
    Field::optional(
        "target",
        Kind::Text,
        "`production`",
        "Which environment's deployments are listed. Only those of production can be gone back to or promoted.",
    ),
    table::TOKEN,
    table::base_url("`https://api.vercel.com`"),
    table::every("`30s`"),
    table::TIMEOUT,
    table::OK,
    table::DEGRADED,
];

/// Pages of deployments that a poll asks for at most.
const PAGES: usize = 2;

fn plan(table: &Table, found: &mut Vec<Diagnostic>) -> Vec<Signal> {
    let name = table.given_name(found).map(str::to_owned);
    let cadence = table::cadence(table, Duration::from_secs(30), Duration::from_secs(10), found);
    if table.has("team") && table.has("slug") {
        found.push(
            table
                .error("slug", "ambiguous-team", "team and slug exclude one another")
                .hint("give the id as team, or the slug as slug"),
        );
    }
    for key in ["project", "team", "slug", "target"] {
        if table.text(key).is_some_and(|text| text.trim().is_empty()) {
            found.push(table.error(key, "empty-value", format!("{key} is empty")));
        }
    }
    let Some(name) = name.filter(|_| table.text("project").is_some()) else { return Vec::new() };
    let asked = IoRequest::Http(Api::new(table, cadence.timeout).project());
    vec![table::signal(table, &name, "vercel", "", asked, Board::Deploys, &cadence, found)]
}

/// How far a poll is.
enum Progress {
    Asks(HttpRequest),
    Knows(Box<Seen>),
}

fn progress(signal: &Signal, at: Timestamp, replies: &[IoReply]) -> Result<Progress, Fault> {
    let api = Api::of(signal).ok_or_else(|| Fault::new(Reason::Parse, "the signal has no table"))?;
    let mut replies = replies.iter();
    let Some(first) = replies.next() else { return Ok(Progress::Asks(api.project())) };
    let mut project: wire::Project = reply::json(first, at).map_err(|fault| hinted(fault, first, &api))?;
    let mut deployments = Vec::new();
    let mut until = None;
    for page in 1..=PAGES {
        let Some(reply) = replies.next() else {
            return Ok(Progress::Asks(api.deployments(&project.id, until)));
        };
        let listed: wire::Page = reply::json(reply, at)?;
        let (whole, older) = (listed.deployments.len() >= api::PAGE, listed.older());
        deployments.extend(listed.deployments);
        let seen = Seen::new(project, deployments, api.target());
        if page == PAGES || !whole || seen.is_enough() || older.is_none() {
            return Ok(Progress::Knows(Box::new(seen)));
        }
        (project, deployments, until) = (seen.project, seen.deployments, older);
    }
    Err(Fault::new(Reason::Parse, "no page was asked for"))
}

fn found(signal: &Signal, at: Timestamp, replies: &[IoReply]) -> Result<Found, Fault> {
    match progress(signal, at, replies)? {
        Progress::Knows(seen) => {
            let api = Api::of(signal).ok_or_else(|| Fault::new(Reason::Parse, "the signal has no table"))?;
            Ok(seen.found(&api, at))
        }
        Progress::Asks(_) => Err(Fault::new(Reason::Parse, "the deployments were not listed")),
    }
}

/// Vercel answers 403 or 404 for a team's project when it is not said whose it is.
fn hinted(mut fault: Fault, reply: &IoReply, api: &Api<'_>) -> Fault {
    if let IoReply::Http(reply) = reply
        && matches!(reply.status, 403 | 404)
        && fault.reason != Reason::Limit
        && !api.names_a_team()
    {
        fault.detail.push_str("; a team's project needs team or slug");
    }
    fault
}

#[cfg(test)]
mod tests;
