//! The reference of every key, in Markdown, from the same rows that check them.

use super::{console, overrides, section};
use crate::actions::{COMMON, KINDS};
use crate::domain::condition::{FILTERS, TESTS};
use crate::domain::setting::{Field, Kind};
use crate::sources::PROVIDERS;

const INTRODUCTION: &str = "\
# Configuration reference

Every key of `midwatch.toml`. This page is generated from the rows that check the file; `midwatch config
schema` prints them as a JSON Schema, and `midwatch config check` names every mistake with its place.

Spans are written as `\"10s\"`, `\"1m 30s\"` or `\"2h\"`. A relative path is taken from the configuration file's
directory. Where a *value* is allowed it is a text, or a secret by name: `{ env = \"NAME\" }`,
`{ file = \"…\" }` or `{ command = [\"…\"] }`, each with an optional `prefix` such as `\"Bearer \"`.

A `midwatch.toml` in the user's configuration directory is read first and the project's after it: keys of
`[console]` replace the user's one by one, tables with a name replace those of the same name, and all others
are added.
";

const CONDITIONS: &str = "\
## Conditions

A condition is an expression that ends in yes or no, such as `status == 200 and body.queue < 50`. It has
`and`, `or`, `not`, comparisons, `in`, arithmetic on numbers, `x if y else z`, attributes (`body.a.b`,
`body['a-b']`, `body.list[0]`), filters (`| length`) and tests (`is defined`).

It is strict. A value that is missing, an ordering between things that are not numbers (or a text with a text in
quotes), and a yes or no that is something else are errors, and an error is never ok: the signal is `down` with
reason `body`. Ask `is defined` first, or give a `default`, for what may be absent.

| reply | names |
|---|---|
| HTTP | `status`, `headers` (names in lower case), `body` (the JSON body), `text` (the body as text), `latency_ms`, `certificate_days` (`none` without TLS) |
| TCP | `connected`, `latency_ms` |
| command | `exit` (`none` if a signal ended it), `text` (its standard output), `body` (that output as JSON), `latency_ms` |
";

/// The page.
pub fn reference() -> String {
    let mut out = String::from(INTRODUCTION);
    part(&mut out, "[console]", "The console itself.", &[console::FIELDS]);
    out.push_str("\nEach of these is also set by an environment variable, which wins over the files: ");
    let names: Vec<String> = overrides::environment_names().map(|(name, _)| format!("`{name}`")).collect();
    out.push_str(&names.join(", "));
    out.push_str(". Items of a list are separated by commas, paths as in `PATH`.\n");
    for provider in PROVIDERS {
        let header = section::header(provider.name, provider.many);
        part(&mut out, &header, provider.about, &[provider.fields]);
    }
    part(
        &mut out,
        "[[action]]",
        "Something a key can do to the world. These keys are every action's; those of its kind follow. No key \
         confirms an action in advance.",
        &[COMMON],
    );
    for kind in KINDS {
        part(&mut out, &format!("[[action]] with kind = \"{}\"", kind.name), kind.about, &[kind.fields]);
    }
    out.push('\n');
    out.push_str(CONDITIONS);
    words(&mut out, "filter", FILTERS);
    words(&mut out, "test", TESTS);
    out
}

fn part(out: &mut String, title: &str, about: &str, fields: &[&[Field]]) {
    out.push_str(&format!("\n## `{title}`\n\n{about}\n"));
    rows(out, fields);
    for field in fields.iter().copied().flatten() {
        if let Kind::Table(inner) | Kind::Tables(inner) = &field.kind {
            out.push_str(&format!("\n### `{}` of `{title}`\n", field.name));
            rows(out, &[inner]);
        }
    }
}

fn rows(out: &mut String, fields: &[&[Field]]) {
    out.push_str("\n| key | value | default | |\n|---|---|---|---|\n");
    for field in fields.iter().copied().flatten() {
        let default = if field.required { "required" } else { field.default };
        out.push_str(&format!(
            "| `{}` | {} | {} | {} |\n",
            field.name,
            cell(&value(&field.kind)),
            cell(default),
            cell(field.about)
        ));
    }
}

fn words(out: &mut String, what: &str, words: &[(&str, &str)]) {
    out.push_str(&format!("\n| {what} | gives |\n|---|---|\n"));
    for (word, about) in words {
        out.push_str(&format!("| `{word}` | {} |\n", cell(about)));
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn value(kind: &Kind) -> String {
    match kind {
        Kind::Text => "text".into(),
        Kind::Url => "URL".into(),
        Kind::Path => "path".into(),
        Kind::Integer(least, most) => format!("{least} to {most}"),
        Kind::Flag => "`true`, `false`".into(),
        Kind::Duration => "span".into(),
        Kind::Condition => "condition".into(),
        Kind::Choice(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
        Kind::Value => "value".into(),
        Kind::List(inner) => format!("list of {}", plural(&value(inner))),
        Kind::Map(inner) => format!("table of {}", plural(&value(inner))),
        Kind::Table(_) => "table".into(),
        Kind::Tables(_) => "list of tables".into(),
        Kind::Json => "anything".into(),
    }
}

fn plural(word: &str) -> String {
    if word.contains(' ') { word.to_owned() } else { format!("{word}s") }
}
