//! From a `[[health]]` table to a signal.

use std::time::Duration;

use crate::domain::condition::{Condition, names_of};
use crate::domain::diagnostic::Diagnostic;
use crate::domain::io::{CommandRequest, HttpRequest, IoRequest, TcpRequest};
use crate::domain::setting::{Field, Kind, Table};
use crate::domain::signal::{Origin, Signal};
use crate::sources::table::{cadence, rules};

/// The keys of `[[health]]`.
pub const FIELDS: &[Field] = &[
    Field::required(
        "name",
        Kind::Text,
        "What the signal is called: lower-case letters, digits, `.`, `_`, `-`.",
    ),
    Field::optional("url", Kind::Url, "", "An HTTP or HTTPS endpoint to ask. TLS is always verified."),
    Field::optional("tcp", Kind::Text, "", "A `host:port` to connect to."),
    Field::optional("command", Kind::List(&Kind::Text), "", "A program and its arguments to run; no shell."),
    Field::optional(
        "method",
        Kind::Choice(&["GET", "HEAD", "POST", "PUT", "OPTIONS"]),
        "`GET`",
        "The method of the request to `url`.",
    ),
    Field::optional("headers", Kind::Map(&Kind::Value), "", "Headers of the request to `url`."),
    Field::optional("body", Kind::Value, "", "The body of the request to `url`."),
    Field::optional(
        "redirects",
        Kind::Integer(0, 10),
        "`0`",
        "How many redirects are followed; past that the redirect itself is the reply.",
    ),
    Field::optional(
        "cwd",
        Kind::Path,
        "the configuration file's directory",
        "The directory `command` runs in.",
    ),
    Field::optional("env", Kind::Map(&Kind::Value), "", "Added to the environment of `command`."),
    Field::optional("every", Kind::Duration, "`10s`", "How often it is asked; at least `1s`."),
    Field::optional(
        "timeout",
        Kind::Duration,
        "`3s`, or `every` if that is shorter",
        "How long an answer may take; never longer than `every`.",
    ),
    Field::optional(
        "limit",
        Kind::Integer(1024, 4_194_304),
        "`65536`",
        "How many bytes of the reply are read. A reply that goes on past it is `down` where a condition needs it.",
    ),
    Field::optional(
        "ok",
        Kind::Condition,
        "HTTP: `status >= 200 and status < 300`; TCP: `connected`; command: `exit == 0`",
        "When the reply is ok. A reply that is not what the condition needs is `down`, never ok.",
    ),
    Field::optional("degraded", Kind::Condition, "", "When an ok reply is degraded."),
    Field::optional(
        "providers",
        Kind::Text,
        "",
        "The place in the JSON body, such as `providers` or `checks.services`, of a list of \
         `{ name, status }` or a mapping from names to `{ status }`, each status `healthy`, `degraded` or \
         `unavailable`. One unavailable makes the signal `down`, one degraded makes it `degraded`, and anything \
         else in place of these words is `down` with reason `body`.",
    ),
    Field::optional(
        "certificate_days",
        Kind::Integer(0, 398),
        "`14`",
        "An `https` endpoint whose certificate ends within this many days is degraded; `0` turns it off.",
    ),
    Field::optional(
        "fail_after",
        Kind::Integer(1, 100),
        "`3`",
        "This many failures in a row settle it as failed.",
    ),
    Field::optional(
        "fail_count",
        Kind::Integer(1, 100),
        "`3`, or `fail_after` if that is more",
        "This many failures among the last `fail_among` readings settle it as failed too.",
    ),
    Field::optional(
        "fail_among",
        Kind::Integer(1, 100),
        "`5`, or `fail_count` if that is more",
        "How many of the last readings `fail_count` looks at.",
    ),
    Field::optional(
        "recover_after",
        Kind::Integer(1, 100),
        "`2`",
        "This many good readings in a row settle it as recovered.",
    ),
    Field::optional(
        "soft_every",
        Kind::Duration,
        "a third of `every`, at least `1s`",
        "How often it is asked while a failure is not settled.",
    ),
    Field::optional(
        "observer",
        Kind::Flag,
        "`false`",
        "Whether it is a check of the observer itself: while every such check fails, every other signal is blind.",
    ),
];

const FOR_URL: [&str; 6] = ["method", "headers", "body", "redirects", "providers", "certificate_days"];
const FOR_COMMAND: [&str; 2] = ["cwd", "env"];

/// The signal of one table; none where it lacks what it asks.
pub(super) fn plan(table: &Table, found: &mut Vec<Diagnostic>) -> Vec<Signal> {
    let name = table.given_name(found);
    let every = cadence(table, Duration::from_secs(10), Duration::from_secs(3), found);
    let Some(request) = request(table, every.timeout, found) else { return Vec::new() };
    let (ok, degraded) = conditions(table, &request, found);
    let rules = rules(table, &every, 3, 2, found);
    let Some(name) = name else { return Vec::new() };
    vec![Signal {
        id: name.into(),
        source: "health",
        part: "",
        origin: Origin::Asked(request),
        options: None,
        board: None,
        kept: false,
        every: every.every,
        ok,
        degraded,
        rules,
        observes: Vec::new(),
        shows: Vec::new(),
        own: true,
        observer: table.flag("observer").unwrap_or(false),
    }]
}

fn request(table: &Table, timeout: Duration, found: &mut Vec<Diagnostic>) -> Option<IoRequest> {
    let asked: Vec<&str> = ["url", "tcp", "command"].into_iter().filter(|key| table.has(key)).collect();
    let [asked] = asked[..] else {
        let message = match &asked[..] {
            [] => "nothing is asked".to_owned(),
            many => format!("{} exclude one another", many.join(" and ")),
        };
        let place = asked.last().copied().unwrap_or("name");
        let mut diagnostic = table.error(place, "ambiguous-request", message);
        if asked.is_empty() {
            (diagnostic.line, diagnostic.column) = table.place;
            diagnostic.code = "missing-key";
        }
        found.push(diagnostic.hint("give exactly one of url, tcp and command"));
        return None;
    };
    for (key, owner) in
        FOR_URL.map(|key| (key, "url")).into_iter().chain(FOR_COMMAND.map(|key| (key, "command")))
    {
        if table.has(key) && owner != asked {
            found.push(
                table
                    .error(key, "misplaced-key", format!("{key} has no meaning beside {asked}"))
                    .hint(format!("it goes with {owner}")),
            );
        }
    }
    let limit = table.integer("limit").and_then(|limit| usize::try_from(limit).ok()).unwrap_or(65_536);
    match asked {
        "url" => Some(IoRequest::Http(HttpRequest {
            method: table.text("method").unwrap_or("GET").to_owned(),
            url: table.text("url")?.to_owned(),
            headers: table.values("headers"),
            body: table.value("body").cloned(),
            timeout,
            limit,
            redirects: table.integer("redirects").and_then(|count| u8::try_from(count).ok()).unwrap_or(0),
        })),
        "tcp" => {
            let address = host_port(table.text("tcp")?);
            if address.is_none() {
                found.push(
                    table
                        .error("tcp", "bad-address", "this is not a host and a port")
                        .hint("for example \"db.example.com:5432\" or \"[2001:db8::1]:5432\""),
                );
            }
            address.map(|(host, port)| IoRequest::Tcp(TcpRequest { host, port, timeout }))
        }
        _ => {
            let argv = table.texts("command");
            if argv.first().is_none_or(String::is_empty) {
                found.push(table.error("command", "missing-program", "a command needs a program"));
                return None;
            }
            let cwd = table.path("cwd").cloned();
            Some(IoRequest::Command(CommandRequest { argv, env: table.values("env"), cwd, timeout, limit }))
        }
    }
}

/// A host and a port of `host:port`; an IPv6 address stands in brackets.
pub fn host_port(text: &str) -> Option<(String, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    let port = port.parse().ok().filter(|port| *port > 0)?;
    let host = match host.strip_prefix('[') {
        Some(inner) => inner.strip_suffix(']').filter(|inner| inner.contains(':'))?,
        None => host,
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let address = host.contains(':') && text.starts_with('[');
    let clean = host.chars().all(|c| plain(c) || address && (c == ':' || c == '%'));
    (!host.is_empty() && clean).then(|| (host.to_owned(), port))
}

fn conditions(
    table: &Table,
    request: &IoRequest,
    found: &mut Vec<Diagnostic>,
) -> (Option<Condition>, Option<Condition>) {
    let known = names_of(request);
    let of = match request {
        IoRequest::Http(_) => "an HTTP reply",
        IoRequest::Tcp(_) => "a TCP connection",
        IoRequest::Command(_) => "a command's reply",
        IoRequest::Redis(_) => "a Redis reply",
        IoRequest::Postgres(_) => "a PostgreSQL reply",
        IoRequest::S3(_) => "an S3 reply",
    };
    let own_ok = table.fitting("ok", known, of, found);
    let own_degraded = table.fitting("degraded", known, of, found);
    let IoRequest::Http(http) = request else { return (own_ok, own_degraded) };

    let mut sick: Vec<Condition> = own_degraded.into_iter().collect();
    let mut ok = own_ok;
    if let Some(place) = table.text("providers") {
        if let Some(place) = subscripts(place) {
            let own = ok.as_ref().map_or("status >= 200 and status < 300", Condition::text);
            let whole = format!("({own}) and ({place} | none_unavailable)");
            ok = compile(table, "providers", &whole, found);
            sick.extend(compile(table, "providers", &format!("{place} | any_degraded"), found));
        } else {
            found.push(
                table
                    .error("providers", "bad-place", "this is not a place in a JSON body")
                    .hint("for example \"providers\" or \"checks.services\""),
            );
        }
    }
    let days = table.integer("certificate_days").unwrap_or(14);
    if http.url.starts_with("https:") && days > 0 {
        let text = format!("certificate_days != none and certificate_days < {days}");
        sick.extend(compile(table, "certificate_days", &text, found));
    } else if table.has("certificate_days") && days > 0 {
        found.push(table.error("certificate_days", "misplaced-key", "only an https URL has a certificate"));
    }
    let degraded = Condition::any_of(sick).and_then(|whole| {
        whole.map_err(|error| found.push(table.error("degraded", "bad-condition", error.message))).ok()
    });
    (ok, degraded)
}

fn compile(table: &Table, key: &str, text: &str, found: &mut Vec<Diagnostic>) -> Option<Condition> {
    Condition::compile(text)
        .map_err(|error| found.push(table.error(key, "bad-condition", error.message)))
        .ok()
}

/// `checks.services` as `body['checks']['services']`, which allows any characters in a name that
/// cannot end it.
fn subscripts(place: &str) -> Option<String> {
    let place = place.strip_prefix("body.").unwrap_or(place);
    let fits = |part: &str| {
        !part.is_empty()
            && part.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '$' | '@' | ':'))
    };
    let plain = |part: &str| {
        !part.starts_with(|c: char| c.is_ascii_digit())
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    place.split('.').all(fits).then(|| {
        let mut out = "body".to_owned();
        for part in place.split('.') {
            if plain(part) {
                out.push('.');
                out.push_str(part);
            } else {
                out.push_str("['");
                out.push_str(part);
                out.push_str("']");
            }
        }
        out
    })
}
