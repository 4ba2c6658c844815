//! A request as a vendor's door takes it: the path in parts, the query in order, who is asking.

use axum::http::{HeaderMap, Method, Uri, header};
use serde_json::Value;

/// Text that somebody sent is kept up to this many bytes.
const MOST_KEPT: usize = 400;

/// A request to a vendor.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The method.
    pub method: Method,
    /// The path after the vendor's name, without empty parts, decoded.
    pub path: Vec<String>,
    /// Whether the path ends with a slash.
    pub slash: bool,
    /// Names and values of the query, decoded.
    pub query: Vec<(String, String)>,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, as text.
    pub body: String,
    /// Where it was asked, without the query: for links in answers.
    pub own: String,
}

impl Asked {
    /// The request to the vendor whose door is the second part of the path.
    pub fn new(method: Method, uri: &Uri, headers: HeaderMap, body: String) -> (String, Self) {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("127.0.0.1");
        let own = format!("http://{host}{}", uri.path());
        let mut parts = uri.path().split('/').filter(|part| !part.is_empty()).map(decoded).skip(1);
        let vendor = parts.next().unwrap_or_default();
        let asked = Self {
            method,
            path: parts.collect(),
            slash: uri.path().ends_with('/'),
            query: pairs(uri.query().unwrap_or_default()),
            headers,
            body,
            own,
        };
        (vendor, asked)
    }

    /// The parts of the path, to match on.
    pub fn parts(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).collect()
    }

    /// The first value of `name` in the query.
    pub fn one(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// Every value of `name` in the query.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let name = name.to_owned();
        self.query.iter().filter(move |(key, _)| *key == name).map(|(_, value)| value.as_str())
    }

    /// The value of `name` as a number.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.one(name)?.parse().ok()
    }

    /// How many rows of an answer are wanted: `name`, from 1 to `most`, or `usual`.
    pub fn rows(&self, name: &str, usual: usize, most: usize) -> usize {
        self.one(name).and_then(|text| text.parse().ok()).unwrap_or(usual).clamp(1, most)
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// What the request identifies itself with, if it says so by `scheme`.
    pub fn credential(&self, scheme: &str) -> Option<&str> {
        let (given, rest) = self.header("authorization")?.split_once(' ')?;
        given.eq_ignore_ascii_case(scheme).then(|| rest.trim())
    }

    /// Whether the request bears `token`.
    pub fn bears(&self, token: &str) -> bool {
        self.credential("bearer") == Some(token)
    }

    /// The body's form, as v1 of Stripe's API has it.
    pub fn form(&self) -> Vec<(String, String)> {
        pairs(&self.body)
    }

    /// The body's JSON; null if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }
}

/// `text`, up to what is kept of it.
pub fn kept(text: &str) -> String {
    let end = text.char_indices().map(|(place, letter)| place + letter.len_utf8());
    let cut: &str =
        text.get(..end.take_while(|end| *end <= MOST_KEPT).last().unwrap_or(0)).unwrap_or_default();
    crate::domain::text::clean(cut).into_owned()
}

fn pairs(text: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

/// A part of a path: a plus is a plus in it.
fn decoded(part: &str) -> String {
    let text = format!("p={}", part.replace('+', "%2B").replace('&', "%26"));
    pairs(&text).into_iter().next().map(|(_, value)| value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_and_a_query_are_taken_apart() {
        let uri: Uri =
            "/vendors/sentry/api/0/a%2Fb+c/?query=is%3Aunresolved&project=1&project=2".parse().unwrap();
        let (vendor, asked) = Asked::new(Method::GET, &uri, HeaderMap::new(), String::new());
        assert_eq!(vendor, "sentry");
        assert_eq!(asked.parts(), ["api", "0", "a/b+c"]);
        assert!(asked.slash);
        assert_eq!(asked.one("query"), Some("is:unresolved"));
        assert_eq!(asked.all("project").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(asked.rows("limit", 25, 100), 25);
    }

    #[test]
    fn only_the_token_opens() {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, "Bearer key".parse().unwrap());
        let (_, asked) = Asked::new(Method::GET, &"/vendors/x".parse().unwrap(), headers, String::new());
        assert!(asked.bears("key"));
        assert!(!asked.bears("ke"));
        assert_eq!(asked.credential("basic"), None);
    }
}
