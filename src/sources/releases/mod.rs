//! Releases of the team's own, whoever deploys them: listed by a command, or told by a header or a body which one is live.
//!
//! Where a command lists them, another command can go back to one. A version is the far side's word: it is an argument
//! of its own, never an option and never part of a shell's text.

mod live;
mod offers;
mod plan;
mod read;
mod wire;

use super::{Provider, table};
use crate::domain::io::{CommandRequest, IoReply, IoRequest, Reason};
use crate::domain::setting::{Field, Kind};
use crate::domain::signal::Signal;
use crate::domain::time::Timestamp;

use super::reply::{Fault, Found};

/// Stands in a command, a URL and a condition where a version goes.
const VERSION: &str = "{version}";

/// The row of this provider.
pub const PROVIDER: Provider = Provider {
    name: "releases",
    title: "Releases",
    about: "Which release of your own is live, whoever deploys it: a program that lists them (`command`), or an \
            endpoint that tells which one is live (`url`, with `header` or `version`); exactly one of the two. \
            Degraded when what is listed says that none is live. Blind when the program fails or prints nothing, and \
            when what came cannot be read. `body` has `live`, `newest`, `releases` (how many are listed) and \
            `candidates` (how many can be gone back to).",
    fields: FIELDS,
    many: true,
    scopes: &[],
    plan: plan::plan,
    next: |_, _, _| None,
    read: |signal, at, replies| match found(signal, at, replies) {
        Ok(found) => found.reading(signal, at, replies),
        Err(fault) => fault.reading(signal, at, replies),
    },
};

const OBSERVE: &[Field] = &[
    Field::required("get", Kind::Url, "The URL of a `GET` request; `{version}` in it is percent-encoded."),
    Field::optional("headers", Kind::Map(&Kind::Value), "", "Headers of that request."),
    Field::required(
        "when",
        Kind::Condition,
        "When the version is live, over the reply: `body.commit == '{version}'`.",
    ),
];

const FIELDS: &[Field] = &[
    table::NAME,
    Field::optional(
        "command",
        Kind::List(&Kind::Text),
        "",
        "A program and its arguments that prints the releases, newest first; no shell. Either a JSON array of \
         `{ version, commit, at, author, title, live }`, of which `version` or `commit` must be there and `at` is RFC \
         3339 or Unix seconds; or lines, whose first word is the version and the rest its title. Live is what says \
         `live: true`, and where nothing says anything of it the first.",
    ),
    Field::optional(
        "url",
        Kind::Url,
        "",
        "An endpoint that tells which release is live. TLS is always verified.",
    ),
    Field::optional(
        "header",
        Kind::Text,
        "",
        "The header of the reply from `url` that holds the version, such as `x-release`.",
    ),
    Field::optional(
        "version",
        Kind::Condition,
        "",
        "An expression over the reply from `url` that gives the version, such as `body.commit`.",
    ),
    Field::optional("headers", Kind::Map(&Kind::Value), "", "Headers of the request to `url`."),
    Field::optional(
        "redirects",
        Kind::Integer(0, 10),
        "`0`",
        "How many redirects from `url` are followed; past that the redirect itself is the reply.",
    ),
    Field::optional(
        "cwd",
        Kind::Path,
        "the configuration file's directory",
        "The directory that `command`, `before` and `rollback` run in.",
    ),
    Field::optional(
        "env",
        Kind::Map(&Kind::Value),
        "",
        "Added to the environment of `command`, `before` and `rollback`.",
    ),
    Field::optional(
        "rollback",
        Kind::List(&Kind::Text),
        "",
        "A program and its arguments that goes back to a release that `command` lists; no shell. `{version}` is an \
         argument of its own and becomes the version.",
    ),
    Field::optional(
        "before",
        Kind::List(&Kind::Text),
        "",
        "A program and its arguments that looks, and changes nothing: it must exit with 0 before a rollback can be \
         confirmed. `{version}` as in `rollback`.",
    ),
    Field::optional(
        "observe",
        Kind::Table(OBSERVE),
        "`command` lists it as live",
        "How it is seen that a rollback took effect. `{version}` must stand in `get` or in `when`.",
    ),
    Field::optional(
        "within",
        Kind::Duration,
        "`10m`",
        "How long `rollback` may run, and then how long its effect may take.",
    ),
    Field::optional(
        "leaves",
        Kind::List(&Kind::Text),
        "",
        "What a rollback leaves to be done, a sentence each: owed within a day.",
    ),
    table::every("`10s`"),
    table::TIMEOUT,
    table::OK,
    table::DEGRADED,
];

/// The commands that `signal` may run once a rollback is asked for, with `{version}` where the version goes: what looks
/// before it can be confirmed, and what goes back. Nothing for a signal of another source.
pub fn backwards(signal: &Signal) -> (Option<CommandRequest>, Option<CommandRequest>) {
    let Some(table) = signal.options.as_deref().filter(|_| signal.source == PROVIDER.name) else {
        return (None, None);
    };
    let of = |key: &str| offers::command(signal, table, key, VERSION);
    (of("before"), of("rollback"))
}

fn found(signal: &Signal, at: Timestamp, replies: &[IoReply]) -> Result<Found, Fault> {
    let nothing = || Fault::new(Reason::Parse, "nothing was answered");
    let (table, reply) = signal.options.as_deref().zip(replies.last()).ok_or_else(nothing)?;
    let listed = match signal.request() {
        Some(IoRequest::Command(_)) => wire::listed(reply, at)?,
        Some(_) | None => live::told(table, reply, at)?,
    };
    Ok(read::found(signal, table, &listed, at))
}

#[cfg(test)]
mod tests;
