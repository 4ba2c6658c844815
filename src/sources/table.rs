//! Keys that the tables of many providers have, and what follows from them.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::alert::{Alert, Place, Rule};
use crate::domain::board::Board;
use crate::domain::diagnostic::Diagnostic;
use crate::domain::io::{HttpRequest, IoRequest, Value};
use crate::domain::reading::Health;
use crate::domain::setting::{Field, Kind, Table};
use crate::domain::signal::{Origin, Rules, Signal};

/// How much of a reply is read: what a page of the longest list takes, several times over.
pub(super) const LIMIT: usize = 4 << 20;

/// The signal's name, for tables of which there may be many.
pub(super) const NAME: Field = Field::required(
    "name",
    Kind::Text,
    "What the signal is called: lower-case letters, digits, `.`, `_`, `-`.",
);
/// The credential.
pub(super) const TOKEN: Field = Field::required(
    "token",
    Kind::Value,
    "The credential, best as a secret by name: `{ env = \"NAME\" }`. Sent as `Authorization: Bearer`.",
);
/// A time-out.
pub(super) const TIMEOUT: Field = Field::optional(
    "timeout",
    Kind::Duration,
    "`10s`, or `every` if that is shorter",
    "How long one answer may take; never longer than `every`.",
);
/// A condition over what was read.
pub(super) const OK: Field = Field::optional(
    "ok",
    Kind::Condition,
    "the source's own rule",
    "When a reading is ok, over `body`, the document that this source gives, and `latency_ms`. What it does not \
     hold for is `down`.",
);
/// A condition over what was read.
pub(super) const DEGRADED: Field = Field::optional(
    "degraded",
    Kind::Condition,
    "the source's own rule",
    "When an ok reading is degraded, over the same names.",
);

/// How often something is asked.
pub(super) const fn every(default: &'static str) -> Field {
    Field::optional("every", Kind::Duration, default, "How often it is asked; at least `1s`.")
}

/// Where the API is.
pub(super) const fn base_url(default: &'static str) -> Field {
    Field::optional(
        "base_url",
        Kind::Url,
        default,
        "Where the API is: for self-hosted servers, regions and tests. Never taken from a reply.",
    )
}

/// How often, how long, and how often while soft.
pub(super) struct Cadence {
    pub(super) every: Duration,
    pub(super) timeout: Duration,
    pub(super) soft: Duration,
}

/// `every`, `timeout` and `soft_every` of `table`.
pub(super) fn cadence(
    table: &Table,
    every: Duration,
    timeout: Duration,
    found: &mut Vec<Diagnostic>,
) -> Cadence {
    let second = Duration::from_secs(1);
    let mut every = table.duration("every").unwrap_or(every);
    if every < second {
        found.push(table.error("every", "out-of-range", "a signal is asked at most once a second"));
        every = second;
    }
    let timeout = table.duration("timeout").unwrap_or(timeout.min(every));
    if timeout > every {
        found.push(
            table
                .error("timeout", "timeout-exceeds-interval", "a time-out never exceeds the interval")
                .hint(format!("every is {}", humantime::format_duration(every))),
        );
    }
    let soft = table.duration("soft_every").unwrap_or((every / 3).max(second));
    if soft > every || soft < second {
        found.push(table.error("soft_every", "out-of-range", "soft_every is between 1s and every"));
    }
    Cadence { every, timeout, soft }
}

/// How readings become a state; `fails` and `recovers` hold where the table says nothing else.
pub(super) fn rules(
    table: &Table,
    cadence: &Cadence,
    fails: u32,
    recovers: u32,
    found: &mut Vec<Diagnostic>,
) -> Rules {
    let number = |name| table.integer(name).and_then(|number| u32::try_from(number).ok());
    let fail_after = number("fail_after").unwrap_or(fails);
    let fail_count = number("fail_count").unwrap_or(fails.max(fail_after));
    let fail_among = number("fail_among").unwrap_or(5.max(fail_count));
    if fail_count > fail_among {
        found.push(table.error(
            "fail_count",
            "out-of-range",
            format!("{fail_count} failures cannot be among {fail_among} readings"),
        ));
    }
    Rules {
        fail_after,
        fail_count,
        fail_among,
        recover_after: number("recover_after").unwrap_or(recovers),
        soft_every: cadence.soft,
    }
}

/// The names a condition over a source's document may use.
const KNOWN: [&str; 2] = ["body", "latency_ms"];

/// A signal of a provider: its `part`, its first request, where its entries are listed. Its name, cadence, `ok` and
/// `degraded` come from `table`; the table goes with it.
#[expect(clippy::too_many_arguments, reason = "each is one thing a provider says of its signal")]
pub(super) fn signal(
    table: &Table,
    id: &str,
    source: &'static str,
    part: &'static str,
    request: IoRequest,
    board: Board,
    cadence: &Cadence,
    found: &mut Vec<Diagnostic>,
) -> Signal {
    Signal {
        id: id.into(),
        source,
        part,
        origin: Origin::Asked(request),
        options: Some(Arc::new(table.clone())),
        board: Some(board),
        kept: true,
        every: cadence.every,
        ok: table.fitting("ok", &KNOWN, "what this source reads", found),
        degraded: table.fitting("degraded", &KNOWN, "what this source reads", found),
        // A provider's own word is not a probe that may have been unlucky: it counts at once.
        rules: rules(table, cadence, 1, 1, found),
        observes: Vec::new(),
        shows: Vec::new(),
        own: false,
        observer: false,
    }
}

/// An alert that comes with a source: the counter at `count` of `signal` grew by `least` within `span`.
pub(super) fn grown(
    signal: &Signal,
    id: &str,
    (count, began): (&str, Option<&str>),
    least: f64,
    span: Duration,
    fires: Health,
) -> Option<Signal> {
    let rule = Rule::Within { count: Place::parse(count)?, began: began.and_then(Place::parse), least, span };
    Some(derived(id, Alert { of: signal.id.clone(), rule, fires }, signal.board))
}

/// A signal that follows from another's.
pub(super) fn derived(id: &str, alert: Alert, board: Option<Board>) -> Signal {
    Signal {
        id: id.into(),
        source: "alert",
        part: "",
        origin: Origin::Derived(Box::new(alert)),
        options: None,
        board,
        kept: false,
        // Between two readings only time goes on: what was counted leaves the span.
        every: Duration::from_secs(10),
        ok: None,
        degraded: None,
        rules: Rules {
            fail_after: 1,
            fail_count: 1,
            fail_among: 1,
            recover_after: 1,
            soft_every: Duration::from_secs(10),
        },
        observes: Vec::new(),
        shows: Vec::new(),
        own: false,
        observer: false,
    }
}

/// A request to `path` below `base`, with `query` in order, each name and value percent-encoded. `path` is already
/// encoded; use [`segment`](crate::domain::io::segment) for a part of it that comes from outside.
pub(super) fn request(
    method: &str,
    base: &str,
    path: &str,
    query: &[(&str, &str)],
    headers: Vec<(String, Value)>,
    timeout: Duration,
) -> HttpRequest {
    let mut url = format!("{}{path}", base.trim_end_matches('/'));
    if !query.is_empty() {
        let mut encoded = url::form_urlencoded::Serializer::new(String::new());
        encoded.extend_pairs(query);
        url.push('?');
        url.push_str(&encoded.finish());
    }
    HttpRequest { method: method.into(), url, headers, body: None, timeout, limit: LIMIT, redirects: 0 }
}

/// A `GET` request to `url` as it stands.
pub(super) fn get(url: &str, headers: Vec<(String, Value)>, timeout: Duration) -> HttpRequest {
    HttpRequest {
        method: "GET".into(),
        url: url.to_owned(),
        headers,
        body: None,
        timeout,
        limit: LIMIT,
        redirects: 0,
    }
}

/// `request` with a JSON body.
pub(super) fn with_json(mut request: HttpRequest, body: &serde_json::Value) -> HttpRequest {
    request.headers.push(("content-type".into(), Value::Plain("application/json".into())));
    request.body = Some(Value::Plain(body.to_string()));
    request
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::io::segment;

    #[test]
    fn a_path_and_a_query_cannot_be_left() {
        assert_eq!(segment("a/b?c#d e"), "a%2Fb%3Fc%23d%20e");
        assert!(!segment("..").contains(".."));
        let asked = request(
            "GET",
            "https://example.com/api/",
            "/x",
            &[("query", "message:\"alert:*\" & more")],
            Vec::new(),
            Duration::from_secs(1),
        );
        assert_eq!(asked.url, "https://example.com/api/x?query=message%3A%22alert%3A*%22+%26+more");
    }

    #[test]
    fn a_secret_keeps_its_name_behind_a_prefix() {
        let secret = Value::Secret {
            prefix: String::new(),
            secret: crate::domain::io::SecretSource::Env("TOKEN".into()),
        };
        assert_eq!(secret.behind("Bearer ").to_string(), "Bearer ‹env TOKEN›");
    }
}
