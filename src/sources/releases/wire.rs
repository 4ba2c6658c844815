//! What a command prints: releases, newest first, as a JSON array or as lines.

use chrono::DateTime;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::domain::condition::document;
use crate::domain::entry;
use crate::domain::io::{IoReply, Reason};
use crate::domain::text::{clean, clip};
use crate::domain::time::Timestamp;
use crate::sources::reply::{self, Fault};

/// Characters of a version at most.
const LONGEST: usize = 100;

/// By what a version is known, as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// A text.
    Text(String),
    /// A whole number.
    Number(i64),
}

/// One release.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Release {
    /// What it is called.
    pub(super) version: String,
    /// Its commit, where it has one besides.
    pub(super) commit: Option<String>,
    /// When it went live, where that is told.
    pub(super) at: Option<Timestamp>,
    pub(super) author: Option<String>,
    pub(super) title: Option<String>,
}

/// How the list says which release is live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Lines: the first.
    Lines,
    /// JSON without a word about it: the first.
    First,
    /// JSON that says `live`.
    Flagged,
}

/// What was listed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Listed {
    /// Newest first; each version once.
    pub(super) releases: Vec<Release>,
    /// Where the live one stands.
    pub(super) live: Option<usize>,
    /// How many say that they are live, the one above among them.
    pub(super) lives: usize,
    /// How many there were before the list was cut.
    pub(super) total: usize,
    pub(super) form: Form,
}

impl Listed {
    /// One that is live, and nothing known besides.
    pub(super) fn only(version: String) -> Self {
        let release = Release { version, commit: None, at: None, author: None, title: None };
        Self { releases: vec![release], live: Some(0), lives: 1, total: 1, form: Form::First }
    }
}

/// A release as JSON has it; what is not known here is passed over.
#[derive(Debug, Deserialize)]
struct Row {
    #[serde(default, deserialize_with = "name")]
    version: Option<Name>,
    #[serde(default)]
    commit: Option<String>,
    #[serde(default, deserialize_with = "time")]
    at: Option<Timestamp>,
    #[serde(default)]
    author: Option<String>,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    live: Option<bool>,
}

/// A version as a text or as a whole number.
fn name<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<Name>, D::Error> {
    match Value::deserialize(reader)? {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(Name::Text(text))),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Ok(Some(Name::Number(whole))),
            None => Err(D::Error::custom(format!("{number} is no version: a text or a whole number is"))),
        },
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            Err(D::Error::custom("a version is a text or a whole number"))
        }
    }
}

/// A time as RFC 3339 or as Unix seconds.
fn time<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<Timestamp>, D::Error> {
    let value = Value::deserialize(reader)?;
    let millis = match &value {
        Value::Null => return Ok(None),
        Value::String(text) => DateTime::parse_from_rfc3339(text).ok().map(|at| at.timestamp_millis()),
        Value::Number(seconds) => {
            seconds.as_i64().and_then(|seconds| seconds.checked_mul(1000)).or_else(|| {
                let millis = seconds.as_f64()? * 1000.0;
                #[expect(clippy::cast_possible_truncation, reason = "checked to be small")]
                let whole = (millis.abs() < 9e15).then_some(millis as i64);
                whole
            })
        }
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    // What no calendar has is no time either.
    let at = millis.map(Timestamp::from_millis).filter(|at| at.utc().is_some());
    at.map(Some).ok_or_else(|| {
        let shown = clip(&value.to_string(), 40).into_owned();
        D::Error::custom(format!("{shown} is no time: RFC 3339 or Unix seconds is"))
    })
}

/// The releases that the command printed; else why there are none, with the place.
pub(super) fn listed(reply: &IoReply, at: Timestamp) -> Result<Listed, Fault> {
    let printed = match reply {
        IoReply::Command(reply) => reply::printed(reply)?,
        IoReply::Http(_) | IoReply::Tcp(_) | IoReply::Data(_) | IoReply::Failed(_) => {
            return rows(reply::json(reply, at)?);
        }
    };
    match document(printed) {
        Some(json) => rows(reply::parse(json.as_bytes())?),
        None if printed.trim().is_empty() => Err(Fault::new(Reason::Body, "the command printed nothing")),
        None => lines(printed),
    }
}

fn rows(rows: Vec<Row>) -> Result<Listed, Fault> {
    let form = if rows.iter().any(|row| row.live.is_some()) { Form::Flagged } else { Form::First };
    let mut all = Vec::with_capacity(rows.len());
    for (index, row) in rows.into_iter().enumerate() {
        let at = format!("[{index}]");
        let some = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let commit = some(row.commit);
        let version = match row.version {
            Some(Name::Number(number)) => number.to_string(),
            Some(Name::Text(text)) => named(&at, &text)?,
            None => match &commit {
                Some(commit) => named(&at, commit)?,
                None => {
                    return Err(Fault::new(Reason::Body, format!("{at}: it has neither version nor commit")));
                }
            },
        };
        let commit = commit.filter(|commit| *commit != version);
        let (author, title) = (some(row.author), some(row.title));
        all.push((Release { version, commit, at: row.at, author, title }, row.live == Some(true)));
    }
    Ok(joined(all, form))
}

fn lines(printed: &str) -> Result<Listed, Fault> {
    let mut all = Vec::new();
    for (index, line) in printed.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        if !is_word(word) {
            let shown = clip(&clean(word), 40).into_owned();
            let detail = format!("line {}: {shown:?} is no version", index + 1);
            return Err(Fault::new(Reason::Body, detail));
        }
        let title = Some(rest.trim().to_owned()).filter(|rest| !rest.is_empty());
        all.push((Release { version: word.to_owned(), commit: None, at: None, author: None, title }, false));
    }
    Ok(joined(all, Form::Lines))
}

/// `text` as a version, where it can be one.
pub(super) fn named(place: &str, text: &str) -> Result<String, Fault> {
    if text.trim().is_empty() {
        return Err(Fault::new(Reason::Body, format!("{place}: the version is empty")));
    }
    if text.chars().count() > LONGEST {
        let detail = format!("{place}: the version is longer than {LONGEST} characters");
        return Err(Fault::new(Reason::Body, detail));
    }
    // It is what an entry goes by: two that look alike are one.
    Ok(clean(text).into_owned())
}

/// Whether `word`, the first of a line, can be a version rather than the beginning of a sentence.
fn is_word(word: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"._-+/:@".contains(&byte);
    word.len() <= LONGEST
        && word.bytes().all(known)
        && word.bytes().last().is_some_and(|last| last.is_ascii_alphanumeric())
}

/// Whether `version` can stand in a command and in a condition as it is.
pub(super) fn is_plain(version: &str) -> bool {
    is_word(version) && version.starts_with(|c: char| c.is_ascii_alphanumeric()) && !version.contains("..")
}

/// Each version once, where it is newest; the first of those that are live.
fn joined(all: Vec<(Release, bool)>, form: Form) -> Listed {
    let mut releases: Vec<(Release, bool)> = Vec::with_capacity(all.len().min(entry::MOST));
    let mut places = std::collections::HashMap::new();
    for (release, live) in all {
        match places.get(&release.version) {
            Some(at) => {
                let known: &mut (Release, bool) = &mut releases[*at];
                known.1 |= live;
            }
            None => {
                places.insert(release.version.clone(), releases.len());
                releases.push((release, live));
            }
        }
    }
    let total = releases.len();
    let lives = releases.iter().filter(|(_, live)| *live).count();
    let live = match form {
        Form::Flagged => releases.iter().position(|(_, live)| *live),
        Form::Lines | Form::First => (!releases.is_empty()).then_some(0),
    };
    // What is live is kept wherever it stands.
    let kept = entry::MOST.max(live.map_or(0, |at| at + 1));
    let mut releases: Vec<Release> = releases.into_iter().take(kept).map(|(release, _)| release).collect();
    let live = live.map(|at| {
        if at < entry::MOST {
            return at;
        }
        let moved = releases.remove(at);
        releases.truncate(entry::MOST - 1);
        releases.push(moved);
        entry::MOST - 1
    });
    Listed { releases, live, lives, total, form }
}
