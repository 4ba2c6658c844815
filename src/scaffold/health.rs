//! Health endpoints: from `fly.toml`, and from what the runbooks ask.

use std::collections::BTreeSet;

use super::Found;
use super::runbooks::Book;
use super::text::{Page, name_of};

/// A health signal that is proposed.
#[derive(Debug)]
pub(super) struct Endpoint {
    pub(super) name: String,
    pub(super) url: String,
}

/// More than these are not proposed.
const MOST: usize = 12;

pub(super) fn write(found: &Found, books: &[Book], page: &mut Page) -> Vec<Endpoint> {
    let mut endpoints: Vec<Endpoint> = Vec::new();
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let mut add = |name: &str, url: String, endpoints: &mut Vec<Endpoint>| {
        let known = endpoints.iter().any(|endpoint| endpoint.url == url);
        if known || endpoints.len() == MOST {
            return;
        }
        let stem = name_of(name);
        let mut name = stem.clone();
        let mut number = 2;
        while !taken.insert(name.clone()) {
            name = format!("{stem}-{number}");
            number += 1;
        }
        endpoints.push(Endpoint { name, url });
    };
    for file in found.named("fly.toml") {
        let Ok(fly) = file.text.parse::<toml::Table>() else {
            page.told(format!("{}: no TOML that can be read, left out", file.path));
            continue;
        };
        let Some(app) = fly.get("app").and_then(toml::Value::as_str) else { continue };
        for path in check_paths(&fly) {
            page.told(format!("{}: the health check {path} of {app}", file.path));
            add(app, format!("https://{app}.fly.dev{path}"), &mut endpoints);
        }
    }
    for (url, book, line) in asked(books) {
        let host = url.host_str().unwrap_or_default().to_owned();
        page.told(format!("{book}:{line}: the endpoint {url}"));
        let first = host.split('.').next().unwrap_or_default();
        let name = if first.is_empty() || first == "www" { host.as_str() } else { first };
        add(name, url.to_string(), &mut endpoints);
    }
    for endpoint in &endpoints {
        page.table("[[health]]");
        page.pair("name", &endpoint.name);
        page.pair("url", &endpoint.url);
    }
    if endpoints.is_empty() {
        page.blank();
        page.comment("Nothing here says where your service answers. The first thing to add:");
        for line in ["[[health]]", "name = \"api\"", "url = \"https://api.example.com/health\""] {
            page.comment(line);
        }
    }
    endpoints
}

/// Paths of HTTP checks, in all the places where `fly.toml` may have them.
fn check_paths(fly: &toml::Table) -> Vec<String> {
    fn those(value: Option<&toml::Value>) -> Vec<&toml::Value> {
        match value {
            Some(toml::Value::Array(list)) => list.iter().collect(),
            Some(toml::Value::Table(named)) => named.values().collect(),
            Some(_) | None => Vec::new(),
        }
    }
    let mut checks = those(fly.get("http_service").and_then(|service| service.get("checks")));
    checks.extend(those(fly.get("checks")));
    for service in those(fly.get("services")) {
        checks.extend(those(service.get("http_checks")));
    }
    let paths = checks.into_iter().filter_map(|check| {
        let http = check.get("type").and_then(toml::Value::as_str).is_none_or(|kind| kind == "http");
        let path = check.get("path").and_then(toml::Value::as_str)?;
        (http && path.starts_with('/')).then(|| path.to_owned())
    });
    let mut seen = BTreeSet::new();
    paths.filter(|path| seen.insert(path.clone())).collect()
}

/// Addresses of health endpoints that runbooks ask or link to, none of them on the operator's own machine.
fn asked(books: &[Book]) -> Vec<(url::Url, &str, usize)> {
    let mut found = Vec::new();
    for book in books {
        let steps = book.runbook.phases.iter().flat_map(|phase| &phase.steps);
        let links = steps.flat_map(|step| step.links.iter().map(|link| (link.as_str(), step.line)));
        for (text, line) in book.codes().chain(links) {
            for word in text.split(|c: char| c.is_whitespace() || "\"'`<>()".contains(c)) {
                let Ok(url) = url::Url::parse(word) else { continue };
                let web = matches!(url.scheme(), "http" | "https") && url.password().is_none();
                let host = url.host_str().unwrap_or_default();
                let local = host == "localhost" || host.starts_with("127.") || host == "[::1]";
                if web && !local && host.contains('.') && is_health(url.path()) {
                    found.push((url, book.path.as_str(), line));
                }
            }
        }
    }
    found
}

/// Whether a path is one that tells of health.
fn is_health(path: &str) -> bool {
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_lowercase();
    matches!(
        last.as_str(),
        "health"
            | "healthz"
            | "healthcheck"
            | "health-check"
            | "livez"
            | "readyz"
            | "ready"
            | "live"
            | "ping"
            | "status"
    )
}
