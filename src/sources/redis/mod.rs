//! Redis, by what `INFO` says: connections, memory, persistence, replication.
//!
//! Source: <https://redis.io/docs/latest/commands/info/>. Valkey and managed servers answer alike; what they hide
//! is absent here.

mod info;
mod judge;

use std::time::Duration;

use super::reply::{self, Fault, Found};
use super::{Provider, Scope, store, table};
use crate::domain::board::Board;
use crate::domain::diagnostic::Diagnostic;
use crate::domain::io::{IoReply, IoRequest, Reason, RedisRequest};
use crate::domain::setting::{Field, Kind, Table};
use crate::domain::signal::Signal;

/// How much of an answer is read: `INFO` is a few kilobytes, and a line a database.
const LIMIT: usize = 1 << 20;

/// The row of this provider.
pub const PROVIDER: Provider = Provider {
    name: "redis",
    title: "Redis",
    about: "What a Redis server says of itself with `INFO`. Degraded when more than 80 % of its clients' places are \
            taken, when more than 90 % of `maxmemory` is used and it would not evict any key to make room, when its \
            last save or write to disk failed, or when a replica has lost its primary. Down when there is no \
            connection or no answer in time, when it is full, loading or busy. Blind when it refuses the log-in, TLS \
            fails, or what it says is not `INFO`. `body` has `clients`, `clients_max`, `clients_share`, \
            `memory_bytes`, `memory_max_bytes`, `memory_share`, `blocked`, `evicted`, `rejected`, `ops_per_sec`, \
            `role`, `uptime_s` and `keys`; what the server hides is null. `evicted` and `rejected` count up: an alert \
            with `count` says when they grow.",
    fields: FIELDS,
    many: true,
    scopes: &[Scope { name: "+info", why: "the one command that is sent, after the log-in" }],
    plan,
    next: |_, _, _| None,
    read: |signal, at, replies| match found(signal, replies) {
        Ok(found) => found.reading(signal, at, replies),
        Err(fault) if is_down(&fault) => fault.down(signal, at, replies),
        Err(fault) => fault.reading(signal, at, replies),
    },
};

const FIELDS: &[Field] = &[
    table::NAME,
    store::HOST,
    Field::optional("port", Kind::Integer(1, 65_535), "`6379`", "The server's port."),
    Field::optional(
        "tls",
        Kind::Flag,
        "`false`",
        "Whether TLS is spoken; certificate and name are then verified.",
    ),
    Field::optional("username", Kind::Text, "Redis's own default user", "The user of an access list."),
    Field::optional(
        "password",
        Kind::Value,
        "nobody logs in",
        "The password, best as a secret by name: `{ env = \"NAME\" }`.",
    ),
    table::every("`15s`"),
    table::TIMEOUT,
    table::OK,
    table::DEGRADED,
    store::FAIL_AFTER,
    store::RECOVER_AFTER,
    store::SOFT_EVERY,
];

fn plan(table: &Table, found: &mut Vec<Diagnostic>) -> Vec<Signal> {
    let name = table.given_name(found).map(str::to_owned);
    let cadence = table::cadence(table, Duration::from_secs(15), Duration::from_secs(10), found);
    let username = store::word(table, "username", found).map(str::to_owned);
    let host = store::host(table, found);
    let (Some(name), Some(host)) = (name, host) else { return Vec::new() };
    let request = RedisRequest {
        host,
        port: store::port(table, 6379),
        tls: table.flag("tls").unwrap_or(false),
        username,
        password: table.value("password").cloned(),
        timeout: cadence.timeout,
        limit: LIMIT,
    };
    let request = IoRequest::Redis(Box::new(request));
    let board = Board::Infrastructure;
    let mut signal = table::signal(table, &name, "redis", "", request, board, &cadence, found);
    signal.rules = store::rules(table, &cadence, found);
    vec![signal]
}

fn found(signal: &Signal, replies: &[IoReply]) -> Result<Found, Fault> {
    let info = info::Info::read(&reply::data(&replies[0])?.text)?;
    judge::judge(&info, signal)
}

/// Whether a fault says something about the server rather than about our way to it.
fn is_down(fault: &Fault) -> bool {
    let begins = |words: &[&str]| words.iter().any(|word| fault.detail.starts_with(word));
    store::is_gone(fault)
        || fault.reason == Reason::Limit && begins(&["ERR max number of clients"])
        || fault.reason == Reason::Status && begins(&["LOADING ", "BUSY ", "MASTERDOWN ", "CLUSTERDOWN "])
}

#[cfg(test)]
mod tests;
