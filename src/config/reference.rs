//! The reference of every key, in Markdown, from the same rows that check them.

use super::{binding, channel, console, incident, oncall, overrides, requests, rollback, section, window};
use crate::actions::{COMMON, KINDS};
use crate::comms;
use crate::domain::condition::{FIGURES, FILTERS, TESTS};
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
| HTTP | `status`, `headers` (names in lower case), `body` (the JSON body), `text` (the body as text), `rows`, `latency_ms`, `certificate_days` (`none` without TLS) |
| TCP | `connected`, `latency_ms` |
| command | `exit` (`none` if a signal ended it), `text` or `stdout` (its standard output), `stderr`, `body` (that output as JSON), `json` (the same, without the lines in which `npm run` names the script), `rows`, `latency_ms` |
| a source, and an alert's `when` | `body` (the document that was read), `latency_ms` |

`rows` counts lines of data: what psql and mysql say under a table (`(0 rows)`), the elements of a JSON list, the
records of CSV under a heading of names, else the lines that are not empty.
";

/// The page.
pub fn reference() -> String {
    let mut lines = vec![INTRODUCTION.to_owned()];
    part(&mut lines, "[console]", "The console itself.", &[console::FIELDS]);
    let names: Vec<String> = overrides::environment_names().map(|(name, _)| format!("`{name}`")).collect();
    lines.push(format!(
        "\nEach of these is also set by an environment variable, which wins over the files: {}. Items of a list \
         are separated by commas, paths as in `PATH`.",
        names.join(", ")
    ));
    for provider in PROVIDERS {
        let header = section::header(provider.name, provider.many);
        part(&mut lines, &header, provider.about, &[provider.fields]);
    }
    let about = "Something a key can do to the world. These keys are every action's; those of its kind follow. \
                 No key confirms an action in advance.";
    part(&mut lines, "[[action]]", about, &[COMMON]);
    for kind in KINDS {
        part(&mut lines, &format!("[[action]] with kind = \"{}\"", kind.name), kind.about, &[kind.fields]);
    }
    part(&mut lines, "[[channel]]", channel::ABOUT, &[comms::COMMON]);
    for kind in comms::KINDS {
        part(&mut lines, &format!("[[channel]] with kind = \"{}\"", kind.name), kind.about, &[kind.fields]);
    }
    part(&mut lines, "[[template]]", channel::TEMPLATE_ABOUT, &[comms::TEMPLATE]);
    part(&mut lines, "[rollback]", rollback::ABOUT, &[rollback::FIELDS]);
    part(&mut lines, "[requests]", requests::ABOUT, &[requests::FIELDS]);
    part(&mut lines, "[[binding]]", binding::ABOUT, &[binding::FIELDS]);
    part(&mut lines, "[window]", window::ABOUT, &[window::FIELDS]);
    part(&mut lines, "[incident]", incident::ABOUT, &[incident::FIELDS]);
    part(&mut lines, "[[oncall]]", oncall::ABOUT, &[oncall::FIELDS]);
    lines.push(format!("\n{CONDITIONS}"));
    lines.push("The figures of a gate, of what was measured since its window was opened:\n".into());
    lines.push("| figure | asked as | gives |\n|---|---|---|".into());
    lines.extend(FIGURES.iter().map(|(name, how, about)| format!("| `{name}` | `{how}` | {about} |")));
    lines.push(String::new());
    words(&mut lines, "filter", FILTERS);
    lines.push(String::new());
    words(&mut lines, "test", TESTS);
    lines.push(String::new());
    lines.join("\n")
}

fn part(lines: &mut Vec<String>, title: &str, about: &str, fields: &[&[Field]]) {
    lines.push(format!("\n## `{title}`\n\n{about}\n"));
    rows(lines, fields);
    for field in fields.iter().copied().flatten() {
        if let Kind::Table(inner) | Kind::Tables(inner) = &field.kind {
            lines.push(format!("\n### `{}` of `{title}`\n", field.name));
            rows(lines, &[inner]);
        }
    }
}

fn rows(lines: &mut Vec<String>, fields: &[&[Field]]) {
    lines.push("| key | value | default | |\n|---|---|---|---|".into());
    for field in fields.iter().copied().flatten() {
        let default = if field.required { "required" } else { field.default };
        let (value, about) = (value(&field.kind), field.about);
        lines.push(format!("| `{}` | {} | {} | {} |", field.name, cell(&value), cell(default), cell(about)));
    }
}

fn words(lines: &mut Vec<String>, what: &str, words: &[(&str, &str)]) {
    lines.push(format!("| {what} | gives |\n|---|---|"));
    lines.extend(words.iter().map(|(word, about)| format!("| `{word}` | {} |", cell(about))));
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
