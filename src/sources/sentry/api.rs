//! Requests to Sentry's web API: where it is, who asks, which projects and environment; and its pages.
//!
//! Source: Sentry's API reference. A page that follows is asked for by its cursor only: the address in a reply is
//! never followed.

use std::time::Duration;

use crate::domain::io::{HttpReply, HttpRequest, Value, segment};
use crate::domain::setting::Table;
use crate::sources::table;

/// Bytes of a cursor at most.
const CURSOR: usize = 200;

/// Where and as whom is asked.
#[derive(Clone, Debug)]
pub(super) struct Api {
    base: String,
    organization: String,
    token: Value,
    projects: Vec<String>,
    environment: Option<String>,
    timeout: Duration,
}

impl Api {
    /// By a checked table.
    pub(super) fn of(options: &Table, timeout: Duration) -> Option<Self> {
        Some(Self {
            base: options.text("base_url").unwrap_or("https://sentry.io").trim_end_matches('/').to_owned(),
            organization: options.text("organization")?.to_owned(),
            token: options.value("token")?.clone(),
            projects: options.texts("projects"),
            environment: options.text("environment").map(str::to_owned),
            timeout,
        })
    }

    fn asked(&self, method: &str, path: &str, query: &[(&str, &str)]) -> HttpRequest {
        let organization = segment(&self.organization);
        let path = format!("/api/0/organizations/{organization}/{path}");
        let headers = vec![
            ("authorization".to_owned(), self.token.behind("Bearer ")),
            ("accept".to_owned(), Value::Plain("application/json".into())),
        ];
        table::request(method, &self.base, &path, query, headers, self.timeout)
    }

    /// `path` below the organization, for the configured projects and environment. It ends in a slash: without one
    /// Sentry redirects.
    pub(super) fn list(&self, path: &str, query: &[(&str, &str)]) -> HttpRequest {
        let mut all: Vec<(&str, &str)> = query.to_vec();
        all.extend(self.projects.iter().map(|project| ("project", project.as_str())));
        all.extend(self.environment.iter().map(|environment| ("environment", environment.as_str())));
        self.asked("GET", path, &all)
    }

    /// The newest event of the issue `id`, in the configured environment.
    pub(super) fn latest(&self, id: &str) -> HttpRequest {
        let query: Vec<_> = self.environment.iter().map(|name| ("environment", name.as_str())).collect();
        self.asked("GET", &format!("issues/{}/events/latest/", segment(id)), &query)
    }

    /// The issue `id` itself.
    pub(super) fn issue(&self, id: &str) -> HttpRequest {
        self.asked("GET", &format!("issues/{}/", segment(id)), &[])
    }

    /// A change of the one issue `id`: the bulk form, which changes every issue where the id is left out, is not
    /// used.
    pub(super) fn change(&self, id: &str, body: String) -> HttpRequest {
        let mut asked = self.asked("PUT", &format!("issues/{}/", segment(id)), &[]);
        asked.headers.push(("content-type".into(), Value::Plain("application/json".into())));
        asked.body = Some(Value::Plain(body));
        asked
    }

    /// Where the issue `id` is in a browser, for replies that do not say.
    pub(super) fn page(&self, id: &str) -> String {
        let (organization, id) = (segment(&self.organization), segment(id));
        format!("{}/organizations/{organization}/issues/{id}/", self.base)
    }
}

/// Whether `id` can stand in a path as one issue: an empty one would name all of them.
pub(super) fn is_id(id: &str) -> bool {
    !id.is_empty()
        && id.len() <= 64
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !id.bytes().all(|byte| byte == b'-')
}

/// The cursor of the next page, where there is one: Sentry always names a next page, and says `results="false"`
/// when it is empty. A header that cannot be read means no further page.
pub(super) fn next_page(reply: &HttpReply) -> Option<String> {
    let links = reply.header("link")?;
    links.split(',').find_map(|link| {
        let value = |name: &str| {
            link.split(';').skip(1).find_map(|part| {
                let (key, value) = part.trim().split_once('=')?;
                key.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"'))
            })
        };
        let is_next = value("rel") == Some("next") && value("results") == Some("true");
        let cursor = value("cursor")
            .filter(|cursor| !cursor.is_empty() && cursor.len() <= CURSOR)
            .filter(|cursor| cursor.bytes().all(|byte| byte.is_ascii_graphic()))?;
        is_next.then(|| cursor.to_owned())
    })
}

/// How many there are on all pages, where the reply says so.
pub(super) fn hits(reply: &HttpReply) -> Option<u64> {
    reply.header("x-hits")?.trim().parse().ok()
}

/// Whether nothing more may be asked just now. Self-hosted servers have no limit and say nothing.
pub(super) fn is_spent(reply: &HttpReply) -> bool {
    reply.header("x-sentry-rate-limit-remaining").is_some_and(|left| left.trim() == "0")
}

/// `14d`, `36h`, `90m`: a span as Sentry reads it.
pub(super) fn period(span: Duration) -> String {
    let seconds = span.as_secs();
    for (unit, letter) in [(86_400, 'd'), (3600, 'h'), (60, 'm')] {
        if seconds >= unit && seconds.is_multiple_of(unit) {
            return format!("{}{letter}", seconds / unit);
        }
    }
    format!("{seconds}s")
}
