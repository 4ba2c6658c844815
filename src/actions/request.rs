//! The requests that actions make: one HTTP exchange or one program, from the same keys wherever
//! they stand.

use std::time::Duration;

use crate::domain::diagnostic::Diagnostic;
use crate::domain::io::{CommandRequest, HttpRequest, IoRequest, Value};
use crate::domain::setting::{Field, Kind, Table};

const GET: Field = Field::optional("get", Kind::Url, "", "The URL of a `GET` request.");
const PUT: Field = Field::optional("put", Kind::Url, "", "The URL of a `PUT` request.");
const POST: Field = Field::optional("post", Kind::Url, "", "The URL of a `POST` request.");
const PATCH: Field = Field::optional("patch", Kind::Url, "", "The URL of a `PATCH` request.");
const DELETE: Field = Field::optional("delete", Kind::Url, "", "The URL of a `DELETE` request.");
const HEADERS: Field = Field::optional("headers", Kind::Map(&Kind::Value), "", "Headers of the request.");
const BODY: Field = Field::optional("body", Kind::Value, "", "The body of the request, as it stands.");
const JSON: Field = Field::optional(
    "json",
    Kind::Json,
    "",
    "The body of the request as a TOML value, sent as JSON with its `content-type`.",
);
const COMMAND: Field =
    Field::optional("command", Kind::List(&Kind::Text), "", "A program and its arguments to run; no shell.");
const CWD: Field =
    Field::optional("cwd", Kind::Path, "the configuration file's directory", "The directory it runs in.");
const ENV: Field = Field::optional("env", Kind::Map(&Kind::Value), "", "Added to its environment.");
const TIMEOUT: Field = Field::optional(
    "timeout",
    Kind::Duration,
    "`30s` for HTTP, `10m` for a command",
    "How long it may take.",
);
const LIMIT: Field = Field::optional(
    "limit",
    Kind::Integer(1024, 67_108_864),
    "`262144`",
    "How many bytes of the output or body are kept.",
);

/// The keys of a request that stands in a table of its own: `read`, `on` and `off` of a toggle.
pub const REQUEST: &[Field] =
    &[GET, PUT, POST, PATCH, DELETE, HEADERS, BODY, JSON, COMMAND, CWD, ENV, TIMEOUT, LIMIT];

/// The keys of an HTTP request.
pub(super) const HTTP: &[Field] = &[GET, PUT, POST, PATCH, DELETE, HEADERS, BODY, JSON, TIMEOUT, LIMIT];

/// The keys of a command.
pub(super) const RUN: &[Field] = &[COMMAND, CWD, ENV, TIMEOUT, LIMIT];

const METHODS: [(&str, &str); 5] =
    [("get", "GET"), ("put", "PUT"), ("post", "POST"), ("patch", "PATCH"), ("delete", "DELETE")];

/// The one request that `table` describes.
pub(super) fn request(table: &Table, found: &mut Vec<Diagnostic>) -> Option<IoRequest> {
    let mut asked: Vec<(&str, &str)> = METHODS.into_iter().filter(|(key, _)| table.has(key)).collect();
    if table.has("command") {
        asked.push(("command", ""));
    }
    let (key, method) = match asked[..] {
        [one] => one,
        [] => {
            let message = "there is no request here";
            let mut diagnostic = table.error("", "missing-key", message);
            (diagnostic.line, diagnostic.column) = table.place;
            found.push(diagnostic.hint("give one of get, put, post, patch, delete with a URL, or a command"));
            return None;
        }
        [(first, _), .., (last, _)] => {
            let message = format!("{first} and {last} exclude one another");
            found.push(table.error(last, "ambiguous-request", message).hint("give exactly one"));
            return None;
        }
    };
    if key == "command" {
        misplaced(table, &["headers", "body", "json"], "a command", found);
        return command(table, found).map(IoRequest::Command);
    }
    misplaced(table, &["cwd", "env"], "an HTTP request", found);
    http(table, key, method, found).map(IoRequest::Http)
}

/// The HTTP request that `table` describes.
fn http(table: &Table, key: &str, method: &str, found: &mut Vec<Diagnostic>) -> Option<HttpRequest> {
    let mut headers = table.values("headers");
    let mut body = table.value("body").cloned();
    if let Some(json) = table.json("json") {
        if body.is_some() {
            found.push(table.error("json", "ambiguous-request", "body and json exclude one another"));
        }
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
            headers.push(("content-type".into(), Value::Plain("application/json".into())));
        }
        body = Some(Value::Plain(json.to_string()));
    }
    Some(HttpRequest {
        method: method.to_owned(),
        url: table.text(key)?.to_owned(),
        headers,
        body,
        timeout: table.duration("timeout").unwrap_or(Duration::from_secs(30)),
        limit: limit(table),
        redirects: 0,
    })
}

/// The program that `table` describes.
pub(super) fn command(table: &Table, found: &mut Vec<Diagnostic>) -> Option<CommandRequest> {
    Some(CommandRequest {
        argv: argv(table, found)?,
        env: table.values("env"),
        cwd: table.path("cwd").cloned(),
        timeout: table.duration("timeout").unwrap_or(Duration::from_secs(600)),
        limit: limit(table),
    })
}

/// The program and arguments of `command`; there is a program.
pub(super) fn argv(table: &Table, found: &mut Vec<Diagnostic>) -> Option<Vec<String>> {
    let argv = table.texts("command");
    if argv.first().is_none_or(String::is_empty) {
        found.push(
            table
                .error("command", "missing-program", "a command needs a program")
                .hint("for example command = [\"npm\", \"run\", \"check\"]"),
        );
        return None;
    }
    Some(argv)
}

fn limit(table: &Table) -> usize {
    table.integer("limit").and_then(|limit| usize::try_from(limit).ok()).unwrap_or(262_144)
}

fn misplaced(table: &Table, keys: &[&str], of: &str, found: &mut Vec<Diagnostic>) {
    for key in keys.iter().filter(|key| table.has(key)) {
        found.push(table.error(key, "misplaced-key", format!("{of} has no {key}")));
    }
}
