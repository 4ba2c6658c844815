//! What all requests to channels have in common, and the keys that say where they go.

use std::time::Duration;

use crate::domain::diagnostic::Diagnostic;
use crate::domain::io::{HttpRequest, Value};
use crate::domain::setting::{Field, Kind, Table};

/// How long a post may take.
const TIMEOUT: Duration = Duration::from_secs(15);
/// How much of a reply is read.
const LIMIT: usize = 65_536;

/// The row of `base_url`.
pub(super) const fn base_url(default: &'static str) -> Field {
    Field::optional(
        "base_url",
        Kind::Url,
        default,
        "Where the API is: for proxies, regions and tests. Never taken from a reply.",
    )
}

/// A request to `path` below `base` with a JSON body.
pub(super) fn json(
    method: &str,
    base: &str,
    path: &str,
    headers: Vec<(String, Value)>,
    body: &serde_json::Value,
) -> HttpRequest {
    let mut headers = headers;
    headers.push(("content-type".into(), Value::Plain("application/json; charset=utf-8".into())));
    HttpRequest {
        method: method.into(),
        url: format!("{}{path}", base.trim_end_matches('/')),
        headers,
        body: Some(Value::Plain(body.to_string())),
        timeout: TIMEOUT,
        limit: LIMIT,
        redirects: 0,
    }
}

/// A request that only reads.
pub(super) fn get(url: String, headers: Vec<(String, Value)>) -> HttpRequest {
    HttpRequest {
        method: "GET".into(),
        url,
        headers,
        body: None,
        timeout: TIMEOUT,
        limit: LIMIT,
        redirects: 0,
    }
}

/// The addresses of the list called `name`, each looked at.
pub(super) fn addresses(table: &Table, name: &str, found: &mut Vec<Diagnostic>) -> Vec<String> {
    let all = table.texts(name);
    if let Some(wrong) = all.iter().find(|one| !is_address(one)) {
        let wrong = crate::domain::text::clean(wrong).into_owned();
        found.push(
            table
                .error(name, "bad-address", format!("{wrong:?} is not an e-mail address"))
                .hint("for example \"ann@example.com\" or \"Ann <ann@example.com>\""),
        );
    }
    all
}

/// Whether mail can be sent to `text`.
pub(super) fn is_address(text: &str) -> bool {
    let inner =
        text.trim().strip_suffix('>').and_then(|rest| rest.split_once('<')).map_or(text, |(_, rest)| rest);
    let plain = |part: &str| !part.is_empty() && !part.chars().any(|c| c.is_whitespace() || c.is_control());
    inner.trim().split_once('@').is_some_and(|(who, host)| plain(who) && plain(host) && !host.contains('@'))
}

/// `text` with at most `most` characters, `…` where something was cut.
pub(super) fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(std::iter::once('…')).collect()
}
