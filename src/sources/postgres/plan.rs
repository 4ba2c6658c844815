//! From a `[[postgres]]` table to a signal.

use std::collections::BTreeSet;
use std::time::Duration;

use super::lists::{Name, Wanted};
use super::statements;
use crate::domain::board::Board;
use crate::domain::diagnostic::Diagnostic;
use crate::domain::io::{IoRequest, PostgresRequest, PostgresTls};
use crate::domain::setting::{Field, Kind, Table};
use crate::domain::signal::Signal;
use crate::sources::{store, table};

/// Tables and indexes that are named at most.
const MOST: usize = 50;

/// The keys of `[[postgres]]`.
pub(super) const FIELDS: &[Field] = &[
    table::NAME,
    store::HOST,
    Field::optional("port", Kind::Integer(1, 65_535), "`5432`", "The server's port, or its pooler's."),
    Field::required("database", Kind::Text, "The database that is connected to; named tables are in it."),
    Field::required("user", Kind::Text, "The role, best one of its own that may read and no more."),
    Field::optional(
        "password",
        Kind::Value,
        "none is sent",
        "The role's password, best as a secret by name: `{ env = \"NAME\" }`.",
    ),
    Field::optional(
        "tls",
        Kind::Choice(&["require", "off"]),
        "`require`",
        "Whether the connection is encrypted; certificate and name are then verified.",
    ),
    table::every("`30s`"),
    table::TIMEOUT,
    Field::optional(
        "longest",
        Kind::Duration,
        "`5m`",
        "How long a query may run, and a transaction stand open with nothing running in it.",
    ),
    Field::optional("lag", Kind::Duration, "`30s`", "How far a replica may be behind."),
    Field::optional(
        "tables",
        Kind::Tables(TABLE),
        "",
        "Tables whose rows are counted at each poll, exactly and as far as `timeout` allows: name those that a \
         spot check needs, not the largest.",
    ),
    Field::optional(
        "indexes",
        Kind::List(&Kind::Text),
        "",
        "Indexes that must be there and valid, by name, with or without a schema. The name of a table stands for any \
         index of it besides its primary key's.",
    ),
    table::OK,
    table::DEGRADED,
    store::FAIL_AFTER,
    store::RECOVER_AFTER,
    store::SOFT_EVERY,
];

const TABLE: &[Field] = &[
    Field::required(
        "name",
        Kind::Text,
        "The table's name, with or without a schema: `lessons`, `school.lessons`. Capital letters count.",
    ),
    Field::optional(
        "at_least",
        Kind::Integer(0, i64::MAX),
        "`0`",
        "Fewer rows than this are `degraded`; so is a table that is missing.",
    ),
];

pub(super) fn plan(table: &Table, found: &mut Vec<Diagnostic>) -> Vec<Signal> {
    let name = table.given_name(found).map(str::to_owned);
    let cadence = table::cadence(table, Duration::from_secs(30), Duration::from_secs(10), found);
    let host = store::host(table, found);
    let database = store::word(table, "database", found).map(str::to_owned);
    let user = store::word(table, "user", found).map(str::to_owned);
    names(table, found);
    let (Some(name), Some(host), Some(database), Some(user)) = (name, host, database, user) else {
        return Vec::new();
    };
    let request = PostgresRequest {
        host,
        port: store::port(table, 5432),
        database,
        user,
        password: table.value("password").cloned(),
        tls: if table.text("tls") == Some("off") { PostgresTls::Off } else { PostgresTls::Require },
        statements: statements::server(&Wanted::of_table(table)),
        timeout: cadence.timeout,
        limit: table::LIMIT,
    };
    let request = IoRequest::Postgres(Box::new(request));
    let board = Board::Infrastructure;
    let mut signal = table::signal(table, &name, "postgres", "", request, board, &cadence, found);
    signal.rules = store::rules(table, &cadence, found);
    vec![signal]
}

/// Names what cannot be a name, and what is named twice.
fn names(table: &Table, found: &mut Vec<Diagnostic>) {
    let hint = "a table or an index, with or without a schema before a dot: 63 bytes each, no semicolon";
    let mut known = BTreeSet::new();
    for one in table.tables("tables").unwrap_or_default() {
        // One without a name has been told so.
        let Some(given) = one.text("name") else { continue };
        if Name::parse(given).is_none() {
            found.push(one.error("name", "bad-name", "this cannot be a table's name").hint(hint));
        } else if !known.insert(given) {
            found.push(one.error("name", "duplicate-name", "this table is counted already"));
        }
    }
    let indexes = table.texts("indexes");
    if indexes.iter().any(|given| Name::parse(given).is_none()) {
        found.push(table.error("indexes", "bad-name", "one of these cannot be an index's name").hint(hint));
    }
    let distinct: BTreeSet<&String> = indexes.iter().collect();
    if distinct.len() < indexes.len() {
        found.push(table.error("indexes", "duplicate-name", "an index is named twice"));
    }
    for (key, _) in
        [("tables", known.len()), ("indexes", indexes.len())].iter().filter(|(_, count)| *count > MOST)
    {
        found.push(table.error(key, "out-of-range", format!("{MOST} of these are looked at at most")));
    }
}
