//! Supabase by its management API: whether a project and its services are well, what its logs say of
//! errors, how old its backups are.
//!
//! Pausing, restoring and restoring a backup are outages and are not offered; the API has no restart.

mod backups;
mod health;
mod line;
mod logs;
pub mod push;

use std::time::Duration;

use super::{Provider, Scope, table};
use crate::domain::board::Board;
use crate::domain::diagnostic::Diagnostic;
use crate::domain::io::{HttpRequest, IoRequest, segment};
use crate::domain::setting::{Field, Kind, Table};
use crate::domain::signal::Signal;

/// The row of this provider.
pub const PROVIDER: Provider = Provider {
    name: "supabase",
    title: "Supabase",
    about: "A project by the management API, as up to three signals. `NAME` is the project and its services: `down` \
            where one is unhealthy or the project is not active, `degraded` while one comes up, `blind` where one \
            that was asked for is not reported; `body` has `project`, `unhealthy`, `coming_up`, `unreported` and \
            `services` by name. `NAME-logs` are the errors of the last five minutes: `degraded` on a gateway's 5xx, \
            a lost connection, a fatal error or twelve errors of any kind, never `down` of itself; `body` has \
            `errors_5m`, `edge_5m`, `postgres_5m`, `postgrest_5m`, `rls_5m`, `connections_5m`, `timeouts_5m`, \
            `logins_5m`, `fatal_5m`. `NAME-backups` is asked every ten minutes: `degraded` where the newest good \
            backup is older than `backup_age` or the last one failed, `down` where there is none; `body` has \
            `age_hours`, `completed`, `failed`, `newest`, `pitr`, `window_hours`.",
    fields: FIELDS,
    many: true,
    scopes: &[
        Scope { name: "project_admin_read", why: "the project's state and its services' health" },
        Scope { name: "analytics_logs_read", why: "the logs; not needed with `logs = \"off\"`" },
        Scope { name: "backups_read", why: "the backups and their age" },
    ],
    plan,
    next: |signal, now, answered| match signal.part {
        logs::PART => logs::next(signal, now, answered),
        backups::PART => None,
        _ => health::next(signal, now, answered),
    },
    read: |signal, at, replies| {
        let found = match signal.part {
            logs::PART => logs::found(signal, at, replies),
            backups::PART => backups::found(signal, at, replies),
            _ => health::found(signal, at, replies),
        };
        match found {
            Ok(found) => found.reading(signal, at, replies),
            Err(fault) => fault.reading(signal, at, replies),
        }
    },
};

const FIELDS: &[Field] = &[
    table::NAME,
    Field::required("project", Kind::Text, "The project's reference: twenty lower-case letters."),
    table::TOKEN,
    table::base_url("`https://api.supabase.com`"),
    Field::optional(
        "services",
        Kind::List(&Kind::Choice(&[
            "auth",
            "db",
            "db_postgres_user",
            "pg_bouncer",
            "pooler",
            "realtime",
            "rest",
            "storage",
        ])),
        "`[\"auth\", \"db\", \"rest\", \"storage\", \"realtime\", \"pooler\"]`",
        "Services that must be well. One that is not reported makes the signal blind: take out what you do not use.",
    ),
    table::every("`60s`; logs at least `60s`, backups at least `10m`"),
    table::TIMEOUT,
    Field::optional(
        "logs",
        Kind::Choice(&["clickhouse", "bigquery", "off"]),
        "`clickhouse`",
        "Which of the two log endpoints is asked: `clickhouse` is today's (`endpoints/logs`), `bigquery` the one it \
         replaces (`endpoints/logs.all`). `off` makes no signal of logs.",
    ),
    Field::optional(
        "logs_degraded",
        Kind::Condition,
        "the source's own rule",
        "When what the logs say is degraded, over `body` of `NAME-logs`, such as `body.rls_5m > 3`.",
    ),
    Field::optional("backup_age", Kind::Duration, "`26h`", "How old the newest good backup may be."),
    table::OK,
    table::DEGRADED,
];

/// What is asked after where the table names no services.
const SERVICES: [&str; 6] = ["auth", "db", "rest", "storage", "realtime", "pooler"];
/// The logs endpoint allows about ten requests in its window, and backups are made once a day.
const LOGS_EVERY: Duration = Duration::from_secs(60);
const BACKUPS_EVERY: Duration = Duration::from_secs(600);

fn plan(table: &Table, found: &mut Vec<Diagnostic>) -> Vec<Signal> {
    let name = table.given_name(found).map(str::to_owned);
    let cadence = table::cadence(table, Duration::from_secs(60), Duration::from_secs(10), found);
    if let Some(project) = table.text("project")
        && !(project.len() == 20 && project.bytes().all(|byte| byte.is_ascii_lowercase()))
    {
        found.push(
            table
                .error("project", "bad-project", "this is not a project's reference")
                .hint("it is twenty lower-case letters: the part of its dashboard's address after /project/"),
        );
        return Vec::new();
    }
    if table.list("services").is_some_and(<[_]>::is_empty) {
        found.push(
            table
                .error("services", "out-of-range", "no service is named")
                .hint("leave the key out for those that every project has"),
        );
    }
    let (Some(name), Some(first)) = (name, asked(table, "", &[], cadence.timeout)) else {
        return Vec::new();
    };
    let board = Board::Infrastructure;
    let mut signals =
        vec![table::signal(table, &name, "supabase", health::PART, first, board, &cadence, found)];
    // What is wrong with the table was said for the first of them, whose conditions these are.
    let part = |part: &'static str, suffix: &str, board, path: &str, least: Duration| {
        let cadence = table::Cadence {
            every: cadence.every.max(least),
            timeout: cadence.timeout,
            soft: cadence.soft.max(least / 2),
        };
        let id = format!("{name}-{suffix}");
        let asked = asked(table, path, &[], cadence.timeout)?;
        let said = &mut Vec::new();
        let mut signal = table::signal(table, &id, "supabase", part, asked, board, &cadence, said);
        (signal.ok, signal.degraded) = (None, None);
        Some(signal)
    };
    let logs = match logs::dialect(table) {
        Some(dialect) => part(logs::PART, "logs", Board::Logs, dialect.path(), LOGS_EVERY),
        None => None,
    };
    let backups = part(backups::PART, "backups", Board::Infrastructure, "/database/backups", BACKUPS_EVERY);
    let degraded = table.fitting("logs_degraded", &["body", "latency_ms"], "what this source reads", found);
    signals.extend(logs.map(|logs| Signal { degraded, ..logs }));
    signals.extend(backups);
    signals
}

/// A request below the project of `table`.
fn asked(table: &Table, path: &str, query: &[(&str, &str)], timeout: Duration) -> Option<IoRequest> {
    let project = segment(table.text("project")?);
    let base = table.text("base_url").unwrap_or("https://api.supabase.com");
    let token = table.value("token")?.behind("Bearer ");
    let headers = vec![("authorization".to_owned(), token)];
    let request: HttpRequest =
        table::request("GET", base, &format!("/v1/projects/{project}{path}"), query, headers, timeout);
    Some(IoRequest::Http(request))
}

#[cfg(test)]
mod tests;
