//! Bindings: steps that speak of an endpoint, and the signal that shows how it is.

use std::collections::BTreeSet;

use super::health::Endpoint;
use super::runbooks::Book;
use super::text::Page;

pub(super) fn write(health: &[Endpoint], books: &[Book], page: &mut Page) {
    let mut bound = BTreeSet::new();
    for book in books {
        for (code, line) in book.codes() {
            let code = code.trim();
            let path = |endpoint: &&Endpoint| {
                url::Url::parse(&endpoint.url).is_ok_and(|url| code == url.path() || code == endpoint.url)
            };
            // Two endpoints with one path: only the team knows which is meant.
            let mut meant = health.iter().filter(path);
            let (Some(endpoint), None) = (meant.next(), meant.next()) else { continue };
            if !bound.insert(code.to_owned()) {
                continue;
            }
            page.told(format!("{}:{line}: `{code}` shows the signal {}", book.path, endpoint.name));
            page.table("[[binding]]");
            page.list("matches", &[code]);
            page.pair("signal", &endpoint.name);
        }
    }
}
