//! GitHub Actions: whether a workflow is green, and how old that is.
//!
//! Source: <https://docs.github.com/rest/actions/workflow-runs>.

mod api;
mod offers;
mod read;
mod wire;

use std::time::Duration;

use chrono::DateTime;

use self::api::Api;
use self::read::Seen;
use super::reply::{self, Fault};
use super::{Provider, Scope, table};
use crate::domain::board::Board;
use crate::domain::diagnostic::Diagnostic;
use crate::domain::io::{HttpRequest, IoReply, IoRequest, Reason};
use crate::domain::reading::Reading;
use crate::domain::setting::{Field, Kind, Table};
use crate::domain::signal::Signal;
use crate::domain::time::Timestamp;

/// The row of this provider.
pub const PROVIDER: Provider = Provider {
    name: "github",
    title: "GitHub Actions",
    about: "The runs of one workflow: whether the latest that says something is green, and how old the newest green \
            one is, since a check that has not run for a day says nothing about today. `body` has `conclusion`, \
            `age_hours` (of the newest green run, `null` where there was none), `running`, `waiting`, `queued`, \
            `failed_jobs` and `failed` (their names and steps).",
    fields: FIELDS,
    many: true,
    scopes: &[
        Scope { name: "Actions: read", why: "to list runs, jobs and artifacts (a fine-grained token)" },
        Scope { name: "Actions: write", why: "only for dispatching, running again and cancelling" },
        Scope { name: "repo", why: "instead of both, for a classic token" },
    ],
    plan,
    next: |signal, at, answered| match progress(signal, at, answered) {
        Ok(Progress::Asks(request)) => Some(IoRequest::Http(request)),
        Ok(Progress::Knows(_)) | Err(_) => None,
    },
    read,
};

/// How old a green run may be: a daily check and two hours for GitHub's queue.
const FRESH: Duration = Duration::from_secs(26 * 3600);

const FIELDS: &[Field] = &[
    table::NAME,
    Field::required("repository", Kind::Text, "Owner and name: `lanternfish/web`."),
    Field::required("workflow", Kind::Text, "The workflow's file name, such as `nightly.yml`, or its id."),
    Field::optional(
        "branch",
        Kind::Text,
        "every branch",
        "Only runs of this branch count; it is also what is dispatched.",
    ),
    Field::optional(
        "event",
        Kind::Text,
        "every event",
        "Only runs of this event count: `schedule`, `push`, `workflow_dispatch` …",
    ),
    Field::optional(
        "fresh",
        Kind::Duration,
        "`26h`",
        "How old the newest green run may be, counted from when it began; an older one is `degraded`.",
    ),
    Field::optional(
        "deploys",
        Kind::Flag,
        "`false`",
        "Whether a green run of it is a release that went live: its commit then counts as what runs since.",
    ),
    Field::optional(
        "inputs",
        Kind::Map(&Kind::Text),
        "",
        "Inputs that a dispatch gives to the workflow, at most 25.",
    ),
    table::TOKEN,
    table::base_url("`https://api.github.com`"),
    table::every("`60s`"),
    table::TIMEOUT,
    table::OK,
    table::DEGRADED,
];

fn plan(table: &Table, found: &mut Vec<Diagnostic>) -> Vec<Signal> {
    let name = table.given_name(found).map(str::to_owned);
    let cadence = table::cadence(table, Duration::from_secs(60), Duration::from_secs(10), found);
    if let Some(repository) = table.text("repository") {
        let parts: Vec<&str> = repository.split('/').collect();
        if parts.len() != 2 || parts.iter().any(|part| part.trim().is_empty()) {
            found.push(
                table
                    .error("repository", "bad-repository", "this is not an owner and a name")
                    .hint("for example \"lanternfish/web\""),
            );
        }
    }
    if table.text("workflow").is_some_and(|file| file.contains('/') || file.trim().is_empty()) {
        found.push(
            table
                .error("workflow", "bad-workflow", "this is not a file name")
                .hint("give the file name alone, such as \"nightly.yml\""),
        );
    }
    if table.map("inputs").is_some_and(|inputs| inputs.len() > 25) {
        found.push(table.error("inputs", "out-of-range", "GitHub takes 25 inputs at most"));
    }
    let Some(name) = name.filter(|_| table.has("repository") && table.has("workflow")) else {
        return Vec::new();
    };
    let asked = IoRequest::Http(Api::new(table, cadence.timeout).runs());
    vec![table::signal(table, &name, "github", "", asked, Board::Deploys, &cadence, found)]
}

/// How far a poll is.
enum Progress {
    Asks(HttpRequest),
    Knows(Box<Seen>),
}

fn progress(signal: &Signal, at: Timestamp, replies: &[IoReply]) -> Result<Progress, Fault> {
    let api = Api::of(signal).ok_or_else(untabled)?;
    let mut replies = replies.iter();
    let Some(first) = replies.next() else { return Ok(Progress::Asks(api.runs())) };
    let listed: wire::Runs = reply::json(first, at).map_err(|fault| hinted(fault, first))?;
    let whole = listed.workflow_runs.len() >= api::PAGE;
    let mut seen = Seen { runs: listed.workflow_runs, listed: said(first).unwrap_or(at), ..Seen::default() };
    seen.runs.sort_by_key(|run| std::cmp::Reverse(run.id));
    seen.green = seen.runs.iter().find(|run| run.is_green()).cloned();
    if seen.green.is_none() && whole {
        let Some(reply) = replies.next() else { return Ok(Progress::Asks(api.green())) };
        let older: wire::Runs = reply::json(reply, at).map_err(|fault| hinted(fault, reply))?;
        seen.green = older.workflow_runs.into_iter().find(wire::Run::is_green);
    }
    // What follows explains; where it cannot be read, what is known is still known.
    if let Some(id) = seen.latest().filter(|latest| latest.is_red()).map(|latest| latest.id) {
        let Some(reply) = replies.next() else { return Ok(Progress::Asks(api.jobs(id))) };
        match reply::json(reply, at) {
            Ok(jobs) => seen.jobs = Some(jobs),
            Err(fault) => seen.unread = Some(("jobs", hinted(fault, reply))),
        }
    }
    if let Some(id) = seen.green.as_ref().map(|green| green.id)
        && seen.unread.is_none()
    {
        let Some(reply) = replies.next() else { return Ok(Progress::Asks(api.artifacts(id))) };
        match reply::json::<wire::Artifacts>(reply, at) {
            Ok(listed) => seen.artifacts = listed.artifacts,
            Err(fault) => seen.unread = Some(("artifacts", hinted(fault, reply))),
        }
    }
    Ok(Progress::Knows(Box::new(seen)))
}

fn read(signal: &Signal, at: Timestamp, replies: &[IoReply]) -> Reading {
    let seen = progress(signal, at, replies).and_then(|progress| match progress {
        Progress::Knows(seen) => Ok((Api::of(signal).ok_or_else(untabled)?, seen)),
        Progress::Asks(_) => Err(Fault::new(Reason::Parse, "the poll ended before its end")),
    });
    match seen {
        Err(fault) => fault.reading(signal, at, replies),
        Ok((api, seen)) => {
            let mut reading = seen.found(&api, at).reading(signal, at, replies);
            // A limit that was met on the way is obeyed, though the runs were read.
            reading.retry_after = seen.unread.and_then(|(_, fault)| fault.retry_after);
            reading
        }
    }
}

fn untabled() -> Fault {
    Fault::new(Reason::Parse, "the signal has no table")
}

/// What time it was when GitHub answered.
fn said(reply: &IoReply) -> Option<Timestamp> {
    let IoReply::Http(reply) = reply else { return None };
    let date = DateTime::parse_from_rfc2822(reply.header("date")?.trim()).ok()?;
    Some(Timestamp::from_millis(date.timestamp_millis()))
}

/// GitHub names the permission that is missing in a header, and says 404 of what a token may not see.
fn hinted(mut fault: Fault, reply: &IoReply) -> Fault {
    if let IoReply::Http(reply) = reply {
        match (reply.status, reply.header("x-accepted-github-permissions")) {
            (403, Some(wanted)) if fault.reason == Reason::Auth => {
                fault.detail.push_str("; needs ");
                fault.detail.push_str(wanted);
            }
            (404, _) => fault.detail.push_str("; or the token may not see it"),
            _ => {}
        }
    }
    fault
}

#[cfg(test)]
mod tests;
