//! Requests for the checks.

use std::time::Duration;

use midwatch::domain::io::{HttpRequest, SecretSource, Value};

/// A request without headers and body.
pub fn request(method: &str, url: &str) -> HttpRequest {
    HttpRequest {
        method: method.to_owned(),
        url: url.to_owned(),
        headers: Vec::new(),
        body: None,
        timeout: Duration::from_secs(5),
        limit: 1 << 20,
        redirects: 0,
    }
}

/// A request with headers; a value that ends in `$` is a secret after what stands before it.
pub fn with(method: &str, url: &str, headers: &[(&str, &str)], body: Option<&str>) -> HttpRequest {
    let value = |text: &str| match text.strip_suffix('$') {
        Some(prefix) => Value::Secret {
            prefix: prefix.to_owned(),
            secret: SecretSource::Env("LANTERNFISH_TOKEN".to_owned()),
        },
        None => Value::Plain(text.to_owned()),
    };
    HttpRequest {
        headers: headers.iter().map(|(name, text)| ((*name).to_owned(), value(text))).collect(),
        body: body.map(|text| Value::Plain(text.to_owned())),
        ..request(method, url)
    }
}
