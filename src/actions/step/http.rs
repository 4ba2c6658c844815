//! A request that stands in a runbook: `POST /api/orders/[orderId]/retry`, or a block of HTTP with headers and a body.
//!
//! Its shape is read with the placeholders in it, and each value is then encoded for its place: a segment of the path,
//! a part of the query, a header, a text within JSON. No value changes the shape.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::StepError;
use super::secret::handed_over;
use crate::domain::answer::Answers;
use crate::domain::idempotency;
use crate::domain::io::{HttpRequest, SecretSource, Value};
use crate::domain::requests::Requests;
use crate::domain::runbook::{Placeholder, StepCommand};
use crate::domain::text::clean;

/// What stands in an address as it is, of what a value may hold: the unreserved characters of RFC 3986.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Headers that whoever sends the request writes itself.
const OURS: &[&str] = &["host", "content-length", "connection", "transfer-encoding"];

/// The request that `command` is with `answers` for its placeholders.
pub(super) fn request(
    command: &StepCommand,
    answers: &Answers,
    requests: &Requests,
) -> Result<HttpRequest, StepError> {
    let shape = Shape::of(&command.text)?;
    let fill = Fill { command, answers, generated: idempotency::generated(command) };
    let given = fill.headers(&shape)?;
    let host = given.iter().find(|(name, _)| name.eq_ignore_ascii_case("host")).map(|(_, value)| value);
    let url = fill.url(&shape, requests, host)?;
    let mut headers: Vec<(String, Value)> =
        given.iter().filter(|(name, _)| !OURS.contains(&name.to_lowercase().as_str())).cloned().collect();
    let body = fill.body(&shape, &mut headers)?;
    if is_home(&url, requests) {
        for (name, value) in &requests.headers {
            if !headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
                headers.push((name.clone(), value.clone()));
            }
        }
    }
    Ok(HttpRequest {
        method: shape.method.to_owned(),
        url: url.into(),
        headers,
        body,
        timeout: requests.timeout,
        limit: requests.limit,
        redirects: 0,
    })
}

/// The method of the request that `text` is; `None` where it is none.
pub(super) fn method(text: &str) -> Option<&str> {
    Shape::of(text).ok().map(|shape| shape.method)
}

/// Whether `url` is on the origin that the configured headers are for.
fn is_home(url: &Url, requests: &Requests) -> bool {
    let base = requests.base_url.as_deref().and_then(|base| Url::parse(base).ok());
    base.is_some_and(|base| base.origin() == url.origin())
}

/// The parts of a request as it stands.
struct Shape<'a> {
    method: &'a str,
    target: &'a str,
    headers: Vec<(&'a str, &'a str)>,
    body: &'a str,
}

impl<'a> Shape<'a> {
    fn of(text: &'a str) -> Result<Self, StepError> {
        let wrong = |why: &str| StepError::NotRunnable(why.to_owned());
        let text = text.trim_start();
        let is_aside = |line: &str| line.trim().is_empty() || line.starts_with('#') || line.starts_with("//");
        let mut rest = text;
        while let Some((line, after)) = rest.split_once('\n').filter(|(line, _)| is_aside(line)) {
            let _ = line;
            rest = after;
        }
        if rest.lines().any(|line| line.starts_with("###")) {
            return Err(wrong("it holds several requests: give each a block of its own"));
        }
        let (first, rest) = rest.split_once('\n').unwrap_or((rest, ""));
        let (method, target) = first
            .trim()
            .split_once(' ')
            .ok_or_else(|| wrong("it does not begin with a method and an address"))?;
        let known = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"];
        if !known.contains(&method) {
            return Err(wrong("it does not begin with a method and an address"));
        }
        let target = target.trim();
        let version = target.rsplit_once(' ').filter(|(_, version)| version.starts_with("HTTP/"));
        let target = version.map_or(target, |(target, _)| target.trim_end());
        let mut headers = Vec::new();
        let mut at = 0;
        for line in rest.split_inclusive('\n') {
            at += line.len();
            let line = line.trim_end_matches(['\n', '\r']);
            if line.trim().is_empty() {
                break;
            }
            let (name, value) = line
                .split_once(':')
                .filter(|(name, _)| is_token(name.trim()))
                .ok_or_else(|| StepError::NotRunnable(format!("{} is no header", clean(line))))?;
            headers.push((name.trim(), value.trim()));
        }
        Ok(Self { method, target, headers, body: rest[at..].trim_end() })
    }
}

/// A name that a header can have.
fn is_token(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// Text as it stands, or a hole.
enum Piece<'a> {
    Text(&'a str),
    Hole(&'a Placeholder),
}

/// What is known of a hole: its value, or a secret or a variable by name.
enum Known {
    Text(String),
    ByName(SecretSource),
}

/// Where in a body a value stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Body {
    Json,
    Form,
    Plain,
}

struct Fill<'a> {
    command: &'a StepCommand,
    answers: &'a Answers,
    generated: Option<&'a Placeholder>,
}

impl<'a> Fill<'a> {
    /// `text` cut at its placeholders.
    fn pieces<'t>(&self, text: &'t str) -> Vec<Piece<'t>>
    where
        'a: 't,
    {
        let mut pieces = Vec::new();
        let (mut from, mut at) = (0, 0);
        while at < text.len() {
            let rest = &text[at..];
            let begins = |hole: &&'a Placeholder| !hole.token.is_empty() && rest.starts_with(&hole.token);
            let hole = self.command.placeholders.iter().filter(begins).max_by_key(|hole| hole.token.len());
            match hole {
                Some(hole) => {
                    if from < at {
                        pieces.push(Piece::Text(&text[from..at]));
                    }
                    pieces.push(Piece::Hole(hole));
                    at += hole.token.len();
                    from = at;
                }
                None => at += rest.chars().next().map_or(1, char::len_utf8),
            }
        }
        if from < text.len() {
            pieces.push(Piece::Text(&text[from..]));
        }
        pieces
    }

    fn known(&self, hole: &Placeholder) -> Result<Known, StepError> {
        if let Some(value) = self.answers.values.get(&hole.token) {
            if value.contains('\0') {
                return Err(StepError::Nul { token: hole.token.clone() });
            }
            let handed = handed_over(hole, value).map_err(|why| refused(hole, why))?;
            return Ok(match handed {
                Value::Plain(text) => Known::Text(text),
                Value::Secret { secret, .. } | Value::Around { secret, .. } => Known::ByName(secret),
            });
        }
        let set = self.answers.set.get(&hole.token).cloned();
        match set.or_else(|| hole.environment.then(|| hole.name.clone())) {
            Some(name) => Ok(Known::ByName(SecretSource::Env(name))),
            None => Err(StepError::Missing(vec![hole.clone()])),
        }
    }

    /// The value of a hole that is shown before it is sent.
    fn shown(&self, hole: &Placeholder, place: &'static str) -> Result<String, StepError> {
        match self.known(hole)? {
            Known::Text(text) => Ok(text),
            Known::ByName(_) => Err(refused(hole, place)),
        }
    }

    fn headers(&self, shape: &Shape<'_>) -> Result<Vec<(String, Value)>, StepError> {
        let mut headers = Vec::new();
        for (name, value) in &shape.headers {
            let pieces = self.pieces(value);
            // A key of ours comes later.
            if matches!(&pieces[..], [Piece::Hole(hole)] if self.generated == Some(*hole)) {
                continue;
            }
            let value = self.joined(&pieces, |hole, text| match hole {
                Some(hole) if text.chars().any(|c| c.is_control() && c != '\t') => {
                    Err(refused(hole, "a header cannot hold a line end or a control character"))
                }
                Some(_) | None => Ok(text.to_owned()),
            })?;
            headers.push(((*name).to_owned(), value));
        }
        Ok(headers)
    }

    /// `pieces` as one value, each text and the value of each hole written by `write`, in their order.
    fn joined(
        &self,
        pieces: &[Piece<'_>],
        mut write: impl FnMut(Option<&Placeholder>, &str) -> Result<String, StepError>,
    ) -> Result<Value, StepError> {
        let (mut before, mut after) = (String::new(), String::new());
        let mut by_name = None;
        for piece in pieces {
            let text = match piece {
                Piece::Text(text) => write(None, text)?,
                Piece::Hole(hole) => match self.known(hole)? {
                    Known::Text(text) => write(Some(hole), &text)?,
                    Known::ByName(_) if by_name.is_some() => {
                        return Err(refused(hole, "one value cannot hold two secrets"));
                    }
                    Known::ByName(secret) => {
                        by_name = Some(secret);
                        continue;
                    }
                },
            };
            if by_name.is_some() { after.push_str(&text) } else { before.push_str(&text) }
        }
        Ok(match by_name {
            None => Value::Plain(before),
            Some(secret) if after.is_empty() => Value::Secret { prefix: before, secret },
            Some(secret) => Value::Around { before, secret, after },
        })
    }

    fn url(&self, shape: &Shape<'_>, requests: &Requests, host: Option<&Value>) -> Result<Url, StepError> {
        const BY_NAME: &str = "an address is shown before it is sent: a secret or a variable of the environment has its \
                               place in a header";
        let pieces = self.pieces(shape.target);
        let mut text = String::with_capacity(shape.target.len() + 32);
        for (at, piece) in pieces.iter().enumerate() {
            match piece {
                Piece::Text(part) => text.push_str(part),
                Piece::Hole(hole) => {
                    let value = self.shown(hole, BY_NAME)?;
                    if at == 0 {
                        text.push_str(leading(hole, &value)?);
                    } else if in_host(&text) {
                        let plain = |c: char| c.is_ascii_alphanumeric() || ".-:".contains(c);
                        if !value.chars().all(plain) {
                            return Err(refused(hole, "a host is letters, digits, dots and dashes"));
                        }
                        text.push_str(&value);
                    } else {
                        text.extend(utf8_percent_encode(&value, ENCODED));
                    }
                }
            }
        }
        let wrong = |why: &str| StepError::NotRunnable(format!("{}: {why}", clean(&text)));
        let whole = if text.starts_with('/') {
            let of_host = match host {
                Some(Value::Plain(host)) => Some(format!("https://{host}")),
                Some(Value::Secret { .. } | Value::Around { .. }) | None => None,
            };
            let Some(base) = requests.base_url.clone().or(of_host) else {
                return Err(wrong("say which host it is for: base_url in [requests] of midwatch.toml"));
            };
            format!("{}{text}", base.trim_end_matches('/'))
        } else {
            text.clone()
        };
        let path = whole.split(['?', '#']).next().unwrap_or_default();
        let goes_up = |part: &str| matches!(part.to_lowercase().replace("%2e", ".").as_str(), "." | "..");
        if path.split(['/', '\\']).any(goes_up) {
            return Err(wrong("a part of its path is . or .., which would lead elsewhere"));
        }
        let url = Url::parse(&whole).map_err(|error| wrong(&error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(wrong("it is no address of a web server"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("a name and a password have their place in a header, not in the address"));
        }
        Ok(url)
    }

    fn body(
        &self,
        shape: &Shape<'_>,
        headers: &mut Vec<(String, Value)>,
    ) -> Result<Option<Value>, StepError> {
        if shape.body.trim().is_empty() {
            return Ok(None);
        }
        let said = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        let said = said.map(|(_, value)| value.to_string().to_lowercase());
        let kind = match said.as_deref() {
            Some(kind) if kind.contains("json") => Body::Json,
            Some(kind) if kind.contains("x-www-form-urlencoded") => Body::Form,
            None if shape.body.starts_with(['{', '[']) => Body::Json,
            Some(_) | None => Body::Plain,
        };
        let pieces = self.pieces(shape.body);
        let mut inside = Inside::default();
        let value = self.joined(&pieces, |hole, text| match (hole, kind) {
            (Some(_), Body::Form) => Ok(utf8_percent_encode(text, ENCODED).to_string()),
            (Some(hole), Body::Json) => in_json(hole, text, inside.quotes),
            (None, Body::Json) => {
                inside.read(text);
                Ok(text.to_owned())
            }
            (None, _) | (Some(_), Body::Plain) => Ok(text.to_owned()),
        })?;
        if kind == Body::Json {
            if let Value::Plain(text) = &value
                && let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text)
            {
                return Err(StepError::NotRunnable(format!("its body is not JSON: {error}")));
            }
            if said.is_none() {
                headers.push(("content-type".into(), Value::Plain("application/json".into())));
            }
        }
        Ok(Some(value))
    }
}

fn refused(hole: &Placeholder, why: &'static str) -> StepError {
    StepError::Unplaceable { token: hole.token.clone(), why }
}

/// A value that an address begins with: a host with its scheme, or the beginning of a path.
fn leading<'v>(hole: &Placeholder, value: &'v str) -> Result<&'v str, StepError> {
    let begins = value.starts_with('/') || value.starts_with("https://") || value.starts_with("http://");
    if !begins || value.starts_with("//") {
        return Err(refused(
            hole,
            "it begins an address: a path such as /api/orders, or https:// and a host",
        ));
    }
    if value.chars().any(|c| c.is_whitespace() || c.is_control() || "?#\\\"<>".contains(c)) {
        return Err(refused(hole, "it begins an address, which holds no spaces, ? or #"));
    }
    Ok(value.trim_end_matches('/'))
}

/// Whether what comes next is part of the host.
fn in_host(text: &str) -> bool {
    text.split_once("://").is_some_and(|(_, rest)| !rest.contains(['/', '?', '#']))
}

/// How far into JSON a text has come.
#[derive(Default)]
struct Inside {
    quotes: bool,
    escaped: bool,
}

impl Inside {
    fn read(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                _ if std::mem::take(&mut self.escaped) => {}
                '\\' if self.quotes => self.escaped = true,
                '"' => self.quotes = !self.quotes,
                _ => {}
            }
        }
    }
}

/// `text` as it stands in JSON: within quotes as part of a text, else as a number or a word.
fn in_json(hole: &Placeholder, text: &str, quotes: bool) -> Result<String, StepError> {
    if quotes {
        let whole = serde_json::Value::from(text).to_string();
        return Ok(whole[1..whole.len() - 1].to_owned());
    }
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(value) if !value.is_string() && !value.is_array() && !value.is_object() => Ok(value.to_string()),
        Ok(_) | Err(_) => {
            Err(refused(hole, "outside quotes JSON has only a number, true, false or null here"))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::domain::runbook::Asides;
    use crate::domain::step_rules::StepRules;

    fn command(text: &str, tokens: &[&str]) -> StepCommand {
        let hole = |token: &&str| Placeholder {
            token: (*token).to_owned(),
            name: match token.trim_matches(|c: char| !c.is_alphanumeric()) {
                "" => "value".to_owned(),
                name => name.to_owned(),
            },
            line: 1,
            environment: token.starts_with('$'),
        };
        StepCommand {
            line: 1,
            language: Some("http".into()),
            text: text.into(),
            placeholders: tokens.iter().map(hole).collect(),
            attributes: BTreeMap::new(),
            block: None,
            rules: StepRules::default(),
            asides: Asides::default(),
        }
    }

    fn filled(text: &str, values: &[(&str, &str)]) -> Result<HttpRequest, String> {
        let requests = Requests {
            base_url: Some("https://app.example.com/v1".into()),
            headers: vec![("x-team".into(), Value::Plain("shop".into()))],
            ..Requests::default()
        };
        let tokens: Vec<&str> = values.iter().map(|(token, _)| *token).collect();
        let values: BTreeMap<String, String> =
            values.iter().map(|(token, value)| ((*token).to_owned(), (*value).to_owned())).collect();
        request(&command(text, &tokens), &values.into(), &requests).map_err(|error| error.to_string())
    }

    fn body(request: &HttpRequest) -> String {
        request.body.as_ref().map(ToString::to_string).unwrap_or_default()
    }

    #[test]
    fn a_block_has_a_line_headers_and_a_body() {
        let text = "# publish it again\nPOST /orders/[id]?by=[who] HTTP/1.1\nHost: shop.example.com\n\
                    Authorization: Bearer <api-token>\nX-Team: ours\n\n{\"id\": \"[id]\", \"n\": [n]}\n";
        let request = filled(
            text,
            &[("[id]", "a/b"), ("[who]", "ann&x=1"), ("<api-token>", "env:TOKEN"), ("[n]", "7")],
        );
        let request = request.unwrap();
        assert_eq!(
            (request.method.as_str(), request.url.as_str()),
            ("POST", "https://app.example.com/v1/orders/a%2Fb?by=ann%26x%3D1")
        );
        let headers: Vec<String> =
            request.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        assert_eq!(
            headers,
            ["Authorization: Bearer ‹env TOKEN›", "X-Team: ours", "content-type: application/json"]
        );
        assert_eq!(body(&request), r#"{"id": "a/b", "n": 7}"#);
    }

    #[test]
    fn what_changes_the_shape_of_a_request_is_refused() {
        for (text, values, why) in [
            ("GET /[a]/x", &[("[a]", "..")][..], "lead elsewhere"),
            ("GET /[a].[b]/x", &[("[a]", "."), ("[b]", "")][..], "lead elsewhere"),
            ("GET https://[a]/x", &[("[a]", "evil.example/y")][..], "a host is letters"),
            ("GET https://[a]@h.example.com/x", &[("[a]", "ann")][..], "in a header"),
            ("GET .../x", &[("...", "//evil.example.com")][..], "begins an address"),
            ("GET .../x", &[("...", "ftp://a.example.com")][..], "begins an address"),
            ("GET /x\nA: [a]", &[("[a]", "1\r\nB: 2")][..], "a line end"),
            ("GET /x/<api-key>", &[("<api-key>", "env:KEY")][..], "in a header"),
            ("GET /x/<api-key>", &[("<api-key>", "hunter2")][..], "never typed"),
            ("POST /x\n\n{\"a\": [a]}", &[("[a]", "1}, {\"b\": 2")][..], "outside quotes"),
            ("POST /x\n\n{\"a\": [a]}", &[("[a]", "\"b\"")][..], "outside quotes"),
            ("POST /x\n\n{\"a\": }", &[][..], "not JSON"),
            ("POST /x\nno header\n\n", &[][..], "is no header"),
            ("POST /x\n\n{}\n### the next\nGET /y", &[][..], "several requests"),
            ("FETCH /x", &[][..], "does not begin"),
            ("GET mailto:a@example.com", &[][..], "no address"),
            ("GET /[a]", &[("[a]", "a\0b")][..], "NUL"),
        ] {
            let error = filled(text, values).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn what_holds_at_home_is_sent_nowhere_else() {
        let team = |text: &str| filled(text, &[]).unwrap().headers.len();
        assert_eq!(team("GET /x"), 1);
        assert_eq!(team("GET https://app.example.com/other"), 1);
        for text in [
            "GET https://app.example.com:8443/x",
            "GET http://app.example.com/x",
            "GET https://b.example.com/x",
        ] {
            assert_eq!(team(text), 0, "{text}");
        }
        let request = request(
            &command("GET /x\nHost: shop.example.com", &[]),
            &Answers::default(),
            &Requests::default(),
        );
        assert_eq!(request.unwrap().url, "https://shop.example.com/x");
    }

    #[test]
    fn a_variable_of_the_environment_goes_by_its_name() {
        let of = |text: &str| request(&command(text, &["$TOKEN"]), &Answers::default(), &Requests::default());
        let request = of("GET https://a.example.com/x\nAuthorization: token $TOKEN").unwrap();
        assert_eq!(request.headers[0].1.to_string(), "token ‹env TOKEN›");
        assert!(of("GET https://a.example.com/$TOKEN").unwrap_err().to_string().contains("in a header"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn whatever_the_text_is_it_is_a_request_or_an_error(
            text in "(GET|POST|DELETE|#|/|x|<x>|\\?|:| |\n|\\{|\\}|\"|\\\\|é|HTTP/1.1|https://|\\.|Host: |@){0,40}",
            value in "\\PC{0,8}",
        ) {
            if let Ok(request) = filled(&text, &[("<x>", &value)]) {
                let url = Url::parse(&request.url).unwrap();
                prop_assert!(url.has_host() && url.username().is_empty(), "{text:?} {url}");
            }
        }

        #[test]
        fn any_value_arrives_in_its_place(value in "\\PC{1,12}|[./%?#&=\"\\\\{}\\[\\] a\n\r\t]{1,12}") {
            let text = "POST /a/<x>/b?q=<x>&r=1\nContent-Type: application/json\n\n{\"x\": \"<x>\", \"y\": 1}";
            let request = match filled(text, &[("<x>", &value)]) {
                Ok(request) => request,
                Err(why) => {
                    prop_assert!(matches!(value.as_str(), "." | ".."), "{value:?}: {why}");
                    return Ok(());
                }
            };
            let url = Url::parse(&request.url).unwrap();
            let segments: Vec<String> = url.path_segments().unwrap()
                .map(|part| percent_encoding::percent_decode_str(part).decode_utf8().unwrap().into_owned()).collect();
            prop_assert_eq!(segments, ["v1", "a", value.as_str(), "b"]);
            let query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
            prop_assert_eq!(query, [("q".to_owned(), value.clone()), ("r".to_owned(), "1".to_owned())]);
            let json: serde_json::Value = serde_json::from_str(&body(&request)).unwrap();
            prop_assert_eq!(json, serde_json::json!({ "x": value, "y": 1 }));
        }
    }
}
