//! Values of each kind, from TOML and from the text of an override.

use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use crate::domain::condition::Condition;
use crate::domain::diagnostic::did_you_mean;
use crate::domain::io::Value;
use crate::domain::setting::{Kind, Setting};
use crate::domain::text::{clean, is_hostile};

/// No span is longer: a timer further away is a mistake.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);

/// Why a value is not of its kind.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) hint: Option<String>,
    /// Where in the text, in bytes.
    pub(super) at: Option<usize>,
}

impl Problem {
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: None, at: None }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// What a value of `kind` is, with its article.
pub(super) fn wanted(kind: &Kind) -> &'static str {
    match kind {
        Kind::Text => "a text",
        Kind::Url => "a URL",
        Kind::Path => "a path",
        Kind::Integer(..) => "a whole number",
        Kind::Flag => "true or false",
        Kind::Duration => "a span such as \"10s\"",
        Kind::Condition => "a condition",
        Kind::Choice(_) => "a word",
        Kind::Value => "a text or a secret",
        Kind::List(_) => "a list",
        Kind::Map(_) | Kind::Table(_) => "a table",
        Kind::Tables(_) => "a list of tables",
        Kind::Json => "a value",
    }
}

/// The value of `kind` that `text` says; `None` where no text says one.
pub(super) fn from_text(kind: &Kind, text: &str, base: &Path) -> Option<Result<Setting, Problem>> {
    match kind {
        Kind::Text => Some(Ok(Setting::Text(text.to_owned()))),
        Kind::Url => Some(url(text).map(|()| Setting::Text(text.to_owned()))),
        Kind::Path => Some(path(text, base)),
        Kind::Duration => Some(span(text).map(Setting::Duration)),
        Kind::Condition => Some(condition(text)),
        Kind::Choice(words) => Some(choice(text, words)),
        Kind::Value => Some(Ok(Setting::Value(Value::Plain(text.to_owned())))),
        Kind::Json => Some(Ok(Setting::Json(text.into()))),
        Kind::Integer(..) | Kind::Flag | Kind::List(_) | Kind::Map(_) | Kind::Table(_) | Kind::Tables(_) => {
            None
        }
    }
}

fn url(text: &str) -> Result<(), Problem> {
    let example = "for example \"https://app.example.com/api/health\"";
    let parsed = url::Url::parse(text)
        .map_err(|error| Problem::new("bad-url", format!("this is not a URL: {error}")).hint(example))?;
    if !matches!(parsed.scheme(), "http" | "https") {
        let message = format!("a URL here is http or https, not {}", clean(parsed.scheme()));
        return Err(Problem::new("bad-url", message).hint(example));
    }
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(Problem::new("bad-url", "a URL must not hold a user or password").hint(
            "send them as a header: headers = { authorization = { env = \"NAME\", prefix = \"Basic \" } }",
        ));
    }
    if text.chars().any(|c| c.is_whitespace() || is_hostile(c)) {
        return Err(Problem::new("bad-url", "a URL holds no white space and nothing invisible").hint(example));
    }
    Ok(())
}

fn path(text: &str, base: &Path) -> Result<Setting, Problem> {
    if text.is_empty() || text.contains('\0') {
        return Err(Problem::new("bad-path", "this is not a path"));
    }
    if text == "~" || text.starts_with("~/") {
        return Err(Problem::new("bad-path", "no shell expands \"~\" here").hint("write the path in full"));
    }
    Ok(Setting::Path(base.join(text)))
}

fn span(text: &str) -> Result<Duration, Problem> {
    let example = "for example \"10s\", \"1m 30s\" or \"2h\"";
    let span = humantime::parse_duration(text).map_err(|error| {
        Problem::new("bad-duration", format!("this is not a span: {error}")).hint(example)
    })?;
    if span.is_zero() {
        return Err(Problem::new("bad-duration", "a span is longer than nothing").hint(example));
    }
    if span > LONGEST {
        return Err(Problem::new("bad-duration", "a span is at most a year").hint(example));
    }
    Ok(span)
}

fn condition(text: &str) -> Result<Setting, Problem> {
    Condition::compile(text).map(Setting::Condition).map_err(|error| {
        let (message, hint) = match error.message.split_once("; ") {
            Some((message, hint)) => (message.to_owned(), Some(hint.to_owned())),
            None => (error.message, None),
        };
        Problem { code: "bad-condition", message, hint, at: error.at }
    })
}

fn choice(text: &str, words: &[&'static str]) -> Result<Setting, Problem> {
    if words.contains(&text) {
        return Ok(Setting::Text(text.to_owned()));
    }
    let hint = did_you_mean(text, words.iter().copied()).map_or_else(
        || format!("it is one of {}", words.join(", ")),
        |near| format!("did you mean {near:?}?"),
    );
    Err(Problem::new("unknown-word", format!("unknown word {:?}", clean(text))).hint(hint))
}

/// A whole number within the bounds of its kind.
pub(super) fn integer(key: &str, number: Option<i64>, least: i64, most: i64) -> Result<Setting, Problem> {
    match number {
        Some(number) if (least..=most).contains(&number) => Ok(Setting::Integer(number)),
        _ => Err(Problem::new("out-of-range", format!("{key} is between {least} and {most}"))),
    }
}

/// Where `at` of a decoded string stands in the file, given the string's raw text and span; the
/// string's start where escapes make that uncertain.
pub(super) fn within(raw: &str, span: &Range<usize>, decoded: &str, at: Option<usize>) -> usize {
    match (at, raw.find(decoded)) {
        (Some(at), Some(start)) if !decoded.is_empty() => span.start + start + at,
        _ => span.start,
    }
}
