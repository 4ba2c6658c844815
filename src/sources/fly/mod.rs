//! Fly.io: the machines of an app and their checks; its releases, by Fly's own command line.
//!
//! Source: <https://fly.io/docs/machines/api/> and <https://fly.io/docs/blueprints/rollback-guide/>.

mod api;
mod offers;
mod read;
mod releases;
mod wire;

use std::time::Duration;

use self::api::Api;
use super::reply::{self, Fault, Found};
use super::table::Cadence;
use super::{Provider, Scope, table};
use crate::domain::board::Board;
use crate::domain::diagnostic::Diagnostic;
use crate::domain::io::{HttpRequest, IoReply, IoRequest, Reason};
use crate::domain::setting::{Field, Kind, Table};
use crate::domain::signal::Signal;
use crate::domain::time::Timestamp;

/// The row of this provider.
pub const PROVIDER: Provider = Provider {
    name: "fly",
    title: "Fly.io",
    about: "The machines of an app: a started machine with a critical check does not serve, whatever its state says. \
            `body` has `machines`, `started`, `critical`, `warning`, `failed`, `unreachable`, `cordoned` and `images` \
            (how many different ones run). With `releases` there is a second signal, named with `-releases` behind: \
            its `body` has `newest`, `status`, `live`, `age_minutes`, `in_progress` and `candidates`.",
    fields: FIELDS,
    many: true,
    scopes: &[
        Scope {
            name: "fly tokens create readonly",
            why: "to list the machines and releases of the organisation",
        },
        Scope {
            name: "fly tokens create deploy -a APP",
            why: "only for restarting, starting, stopping, scaling and deploying; it is good for one app",
        },
    ],
    plan,
    next,
    read: |signal, at, replies| match found(signal, at, replies) {
        Ok(found) => found.reading(signal, at, replies),
        Err(fault) => fault.reading(signal, at, replies),
    },
};

const FIELDS: &[Field] = &[
    table::NAME,
    Field::required("app", Kind::Text, "The app's name."),
    Field::required(
        "token",
        Kind::Value,
        "The credential, best as a secret by name: `{ env = \"NAME\" }`. Sent as `Authorization: Bearer`, and to \
         commands as `FLY_API_TOKEN` in their environment, never as an argument.",
    ),
    Field::optional(
        "scheme",
        Kind::Choice(&["bearer", "flyv1"]),
        "`bearer`",
        "The word before the token. `flyv1` sends `Authorization: FlyV1`, for a token that begins with `fm2_` and \
         is refused as `bearer`; one that already begins with `FlyV1` stays `bearer`.",
    ),
    table::base_url("`https://api.machines.dev/v1`"),
    Field::optional(
        "releases",
        Kind::List(&Kind::Text),
        "",
        "The command that prints the releases as JSON, such as `[\"flyctl\", \"releases\", \"-a\", \"APP\", \
         \"--image\", \"--json\"]`; no shell. It is run at most once a minute.",
    ),
    Field::optional(
        "flyctl",
        Kind::Text,
        "`flyctl`",
        "The program that scales and deploys, by name or path. It is run only where an operator asks for it.",
    ),
    table::every("`30s`"),
    table::TIMEOUT,
    table::OK,
    table::DEGRADED,
];

/// Pages of machines that a poll asks for at most.
const PAGES: usize = 5;
/// Fly's command line asks another API, several times: not more often than this.
const RELEASES: Duration = Duration::from_secs(60);
/// The part that lists releases.
const LISTED: &str = "releases";

fn plan(table: &Table, found: &mut Vec<Diagnostic>) -> Vec<Signal> {
    let name = table.given_name(found).map(str::to_owned);
    let cadence = table::cadence(table, Duration::from_secs(30), Duration::from_secs(10), found);
    let is_app = |app: &str| {
        let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !app.is_empty() && !app.starts_with('-') && app.bytes().all(known)
    };
    if table.text("app").is_some_and(|app| !is_app(app)) {
        found.push(
            table
                .error("app", "bad-app", "this is not an app's name")
                .hint("lower-case letters, digits and '-', as fly apps list shows it"),
        );
        return Vec::new();
    }
    for (key, empty) in [
        (
            "releases",
            table.list("releases").is_some() && table.texts("releases").first().is_none_or(String::is_empty),
        ),
        ("flyctl", table.text("flyctl").is_some_and(|program| program.trim().is_empty())),
    ] {
        if empty {
            found.push(
                table.error(key, "empty-command", "a command needs a program").hint("such as \"flyctl\""),
            );
        }
    }
    let Some(name) = name.filter(|_| table.has("app")) else { return Vec::new() };
    let asked = IoRequest::Http(Api::new(table, cadence.timeout).machines(None));
    let mut signals =
        vec![table::signal(table, &name, "fly", "", asked, Board::Infrastructure, &cadence, found)];
    let every = cadence.every.max(RELEASES);
    let slow = Cadence {
        every,
        timeout: Duration::from_secs(30).max(cadence.timeout),
        soft: cadence.soft.max(RELEASES),
    };
    if let Some(asked) = Api::new(table, slow.timeout).releases() {
        let id = format!("{name}-{LISTED}");
        // What is wrong with the table has been said; its conditions are about machines.
        let mut said = Vec::new();
        let mut signal = table::signal(table, &id, "fly", LISTED, asked, Board::Deploys, &slow, &mut said);
        (signal.ok, signal.degraded) = (None, None);
        signals.push(signal);
    }
    signals
}

fn next(signal: &Signal, at: Timestamp, answered: &[IoReply]) -> Option<IoRequest> {
    if signal.part == LISTED || answered.is_empty() {
        return None;
    }
    let (_, asks) = machines(signal, at, answered).ok()?;
    asks.map(IoRequest::Http)
}

/// The machines that were listed so far, and what is asked for more.
fn machines(
    signal: &Signal,
    at: Timestamp,
    replies: &[IoReply],
) -> Result<(Vec<wire::Machine>, Option<HttpRequest>), Fault> {
    let api = api(signal)?;
    let (mut machines, mut cursor) = (Vec::new(), None);
    for reply in replies {
        let page: Vec<wire::Machine> = reply::json(reply, at)?;
        let more = reply::http(reply, at)?.header("fly-next-cursor").filter(|next| !next.is_empty());
        // A cursor that leads back to its own page, or to nothing new, is the end.
        let new: Vec<wire::Machine> = page
            .into_iter()
            .filter(|one| !machines.iter().any(|known: &wire::Machine| known.id == one.id))
            .collect();
        cursor = more.filter(|_| !new.is_empty());
        machines.extend(new);
    }
    Ok((machines, cursor.filter(|_| replies.len() < PAGES).map(|cursor| api.machines(Some(cursor)))))
}

fn found(signal: &Signal, at: Timestamp, replies: &[IoReply]) -> Result<Found, Fault> {
    let api = api(signal)?;
    if signal.part == LISTED {
        let reply = replies.last().ok_or_else(|| Fault::new(Reason::Parse, "nothing was answered"))?;
        return Ok(releases::found(&api, &releases::listed(reply, at)?, at));
    }
    let (all, _) = machines(signal, at, replies)?;
    let last = replies.last().map(|reply| reply::http(reply, at)).transpose()?;
    let more = replies.len() >= PAGES && last.is_some_and(|reply| reply.header("fly-next-cursor").is_some());
    Ok(read::found(&api, &all, more, at))
}

fn api(signal: &Signal) -> Result<Api<'_>, Fault> {
    Api::of(signal).ok_or_else(|| Fault::new(Reason::Parse, "the signal has no table"))
}

#[cfg(test)]
mod tests;
