//! PostgreSQL: connections against the limit, what runs for long, how far replicas are behind, rows of named
//! tables, presence of named indexes.
//!
//! Source: <https://www.postgresql.org/docs/current/monitoring-stats.html>; version 10 or later. A poll is two
//! transactions that only read: what the server knows of itself, then the rows of the tables that are there, so
//! that a count that takes too long costs nothing but itself.

mod answer;
mod found;
mod lists;
mod plan;
mod quote;
mod statements;

use super::reply::Fault;
use super::{Provider, Scope, reply, store};
use crate::domain::io::{IoReply, IoRequest, PostgresRequest, Reason};
use crate::domain::signal::Signal;
use crate::domain::time::Timestamp;

/// The row of this provider.
pub const PROVIDER: Provider = Provider {
    name: "postgres",
    title: "PostgreSQL",
    about: "What a PostgreSQL server knows of itself, and how many rows named tables have. Degraded when more than 80 % \
            of its connections are taken, when a query runs or a transaction stands open for longer than `longest`, \
            when a replica is further behind than `lag`, when a table is missing or has fewer rows than `at_least`, \
            or when an index is missing or invalid. Down when there is no connection or no answer in time, when it is \
            full (more than 95 %, or it says so), starts, stops or recovers, or when the database is not there. Blind \
            when it refuses the log-in, TLS fails, or something it should look at is hidden from its role and all else \
            is well. `body` has `connections`, `connections_max` (without those reserved), `connections_share`, \
            `active`, `idle_in_transaction`, `longest_s`, `open_s` (the oldest transaction that stands open), `lag_s`, \
            `deadlocks` (counts up), `standby`, `tables` (rows by name), `tables_short`, `indexes_missing` and \
            `hidden` (sessions of other roles that it may not look at).",
    fields: plan::FIELDS,
    many: true,
    scopes: &[
        Scope { name: "CONNECT", why: "on the database" },
        Scope {
            name: "pg_monitor",
            why: "to see sessions and replicas of other roles: `grant pg_monitor to ROLE`",
        },
        Scope {
            name: "SELECT",
            why: "on each table of `tables`, to count it; BYPASSRLS where row security hides rows",
        },
    ],
    plan: plan::plan,
    next,
    read: |signal, at, replies| match found::found(signal, at, replies) {
        Ok(found) => found.reading(signal, at, replies),
        Err(fault) if is_down(&fault) => fault.down(signal, at, replies),
        Err(fault) => fault.reading(signal, at, replies),
    },
};

/// After the server, the rows of the tables that can be counted.
fn next(signal: &Signal, now: Timestamp, answered: &[IoReply]) -> Option<IoRequest> {
    let [first] = answered else { return None };
    let Some(IoRequest::Postgres(request)) = signal.request() else { return None };
    let wanted = lists::Wanted::of(signal);
    let server = answer::Server::read(&reply::data(first).ok()?.text, &wanted, now).ok()?;
    let statements = statements::counts(&server.countable(&wanted));
    let request = PostgresRequest { statements, ..(**request).clone() };
    (!request.statements.is_empty()).then(|| IoRequest::Postgres(Box::new(request)))
}

/// Whether a fault says something about the server rather than about our way to it.
fn is_down(fault: &Fault) -> bool {
    store::is_gone(fault) || says_so(fault)
}

/// Whether the server itself said that it does not serve: full, out of something, starting or stopping, broken,
/// without the database.
fn says_so(fault: &Fault) -> bool {
    let code =
        fault.detail.strip_suffix(')').and_then(|detail| detail.rsplit_once('(')).map(|(_, code)| code);
    let serves_not = |code: &str| {
        code.len() == 5
            && (matches!(code, "57P01" | "57P02" | "57P03" | "3D000")
                || ["53", "58", "XX"].iter().any(|class| code.starts_with(class)))
    };
    match fault.reason {
        Reason::Status | Reason::Limit => code.is_some_and(serves_not),
        Reason::Dns
        | Reason::Connect
        | Reason::Tls
        | Reason::Timeout
        | Reason::Body
        | Reason::Parse
        | Reason::Auth => false,
    }
}

#[cfg(test)]
mod tests;
