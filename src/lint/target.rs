//! Statements for no database in particular.

use super::codes::NO_TARGET;
use super::commands::Commands;
use super::sink::{At, Sink};
use super::words::Simple;

/// Options of `psql` that have a value.
const VALUED: &[&str] = &[
    "-c",
    "-f",
    "-h",
    "-p",
    "-U",
    "-v",
    "-o",
    "-L",
    "-F",
    "-P",
    "-R",
    "-T",
    "--command",
    "--file",
    "--host",
    "--port",
    "--username",
    "--set",
    "--variable",
    "--output",
    "--log-file",
    "--field-separator",
    "--pset",
    "--record-separator",
    "--table-attr",
];

/// Looks at a call of `psql`.
pub(super) fn check(simple: &Simple, all: &Commands, at: &At<'_>, sink: &mut Sink<'_>) {
    let Some((program, "psql", arguments)) = simple.call() else { return };
    let named = arguments.iter().enumerate().any(|(index, word)| {
        let text = word.text.as_str();
        let value = index > 0 && VALUED.contains(&arguments[index - 1].text.as_str());
        let database = text.starts_with("-d") || text.starts_with("--dbname") || text.contains("service=");
        let other = matches!(text, "-l" | "--list" | "-V" | "--version" | "-?") || text.starts_with("--help");
        database || other || (!text.starts_with('-') && !value)
    });
    let sets = |simple: &Simple| ["PGDATABASE", "PGSERVICE"].iter().any(|name| simple.sets(name));
    let gives = simple.input.is_some()
        || simple.fed
        || arguments.iter().any(|word| {
            ["-c", "-f"].iter().any(|flag| word.text.starts_with(flag))
                || ["--command", "--file"].iter().any(|flag| word.text.starts_with(flag))
        });
    if named || !gives || all.simple.iter().any(sets) {
        return;
    }
    let said = "psql names no database: it takes that of PGDATABASE, or the one called like the user";
    sink.add(
        sink.finding(&NO_TARGET, at.place(program.at), said)
            .hint("name it: `psql \"$DATABASE_URL\" …`, or -d with its name"),
    );
}
