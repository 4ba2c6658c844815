//! What a placeholder wants to hear, and what it was told. An answer is checked, never bent into shape.

use std::collections::BTreeMap;

use serde::Serialize;

use super::runbook::{Placeholder, name_words};
use super::text::{clean, is_hostile};

/// What stands for the placeholders of a command, by token.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Answers {
    /// Values; of a secret where it is kept.
    pub values: BTreeMap<String, String>,
    /// Variables of the environment that stand for it, as they are set: their values are not known here.
    pub set: BTreeMap<String, String>,
}

impl Answers {
    /// Whether `token` is answered.
    pub fn has(&self, token: &str) -> bool {
        self.values.contains_key(token) || self.set.contains_key(token)
    }
}

impl From<BTreeMap<String, String>> for Answers {
    fn from(values: BTreeMap<String, String>) -> Self {
        Self { values, set: BTreeMap::new() }
    }
}

/// What kind of answer is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AnswerKind {
    /// Anything.
    Text,
    /// An address: `https://…`, or a host with a dot in its name.
    Url,
    /// Digits, with a sign and a fraction if need be.
    Number,
    /// One word such as `v42`, `1.4.2` or `2024.04.15`.
    Version,
    /// A UUID.
    Uuid,
    /// An e-mail address.
    Email,
    /// One of these.
    Choice(Vec<String>),
    /// Where a secret is kept.
    Secret,
}

impl AnswerKind {
    /// The kind that an `ask` attribute names: a word, or words parted by `|`.
    pub fn named(text: &str) -> Option<Self> {
        match text {
            "text" => Some(AnswerKind::Text),
            "url" => Some(AnswerKind::Url),
            "number" => Some(AnswerKind::Number),
            "version" => Some(AnswerKind::Version),
            "uuid" => Some(AnswerKind::Uuid),
            "email" => Some(AnswerKind::Email),
            text => choices(text),
        }
    }

    /// What `hole` asks for: a secret by its name, else what its file `said`, else what its name tells.
    pub fn of(hole: &Placeholder, said: Option<&AnswerKind>) -> Self {
        if hole.is_secret() {
            return AnswerKind::Secret;
        }
        if let Some(said) = said {
            return said.clone();
        }
        if let Some(choice) = choices(&hole.name) {
            return choice;
        }
        let words = name_words(&hole.name);
        let last = words.last().map_or("", String::as_str);
        match last {
            "url" | "uri" => AnswerKind::Url,
            "version" | "release" => AnswerKind::Version,
            "uuid" | "guid" => AnswerKind::Uuid,
            "email" => AnswerKind::Email,
            "count" | "port" | "replicas" | "pid" => AnswerKind::Number,
            "number" | "n" if words.len() == 1 => AnswerKind::Number,
            _ => AnswerKind::Text,
        }
    }

    /// What is wanted, in words.
    pub fn wants(&self) -> String {
        match self {
            AnswerKind::Text => "a value".into(),
            AnswerKind::Url => "an address, such as https://shop.example.com or shop.example.com".into(),
            AnswerKind::Number => "a number".into(),
            AnswerKind::Version => "a version: one word, such as v42 or 1.4.2".into(),
            AnswerKind::Uuid => "a UUID: 8-4-4-4-12 hexadecimal digits".into(),
            AnswerKind::Email => "an e-mail address".into(),
            AnswerKind::Choice(words) => format!("one of {}", words.join(", ")),
            AnswerKind::Secret => "where the secret is kept: env:NAME or file:/path".into(),
        }
    }

    /// Whether `text` will do as it stands; else why not.
    pub fn check(&self, text: &str) -> Result<(), String> {
        if text.contains('\0') {
            return Err("a value cannot hold a NUL".into());
        }
        let will_do = match self {
            AnswerKind::Text | AnswerKind::Secret => true,
            AnswerKind::Url => is_address(text),
            AnswerKind::Number => is_number(text),
            AnswerKind::Version => {
                text.starts_with(|c: char| c.is_ascii_alphanumeric())
                    && text.len() <= 100
                    && text.chars().all(|c| c.is_ascii_alphanumeric() || "._+-".contains(c))
            }
            AnswerKind::Uuid => {
                let parts: Vec<usize> = text.split('-').map(str::len).collect();
                parts == [8, 4, 4, 4, 12] && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
            }
            AnswerKind::Email => text.split_once('@').is_some_and(|(name, host)| {
                !name.is_empty() && !host.is_empty() && !host.contains('@') && is_one_word(text)
            }),
            AnswerKind::Choice(words) => words.iter().any(|word| word == text),
        };
        if will_do { Ok(()) } else { Err(format!("{} is not {}", shown(text), self.wants())) }
    }
}

/// `staging|production`.
fn choices(text: &str) -> Option<AnswerKind> {
    let words: Vec<String> = text.split('|').map(|word| word.trim().to_owned()).collect();
    (words.len() > 1 && words.iter().all(|word| !word.is_empty())).then_some(AnswerKind::Choice(words))
}

fn is_one_word(text: &str) -> bool {
    !text.chars().any(|c| c.is_whitespace() || is_hostile(c))
}

fn is_address(text: &str) -> bool {
    let (scheme, rest) = text.split_once("://").map_or((None, text), |(scheme, rest)| (Some(scheme), rest));
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let named = scheme.is_none_or(|scheme| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    });
    let placed = match scheme {
        Some(_) => !host.is_empty(),
        None => host.contains('.') && host.chars().all(|c| c.is_alphanumeric() || ".-:".contains(c)),
    };
    named && placed && !host.starts_with(['.', '-']) && is_one_word(text)
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').map_or((digits, None), |(whole, part)| (whole, Some(part)));
    let all = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    all(whole) && part.is_none_or(all)
}

fn shown(text: &str) -> String {
    format!("\"{}\"", super::text::clip(&clean(text), 40))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(name: &str) -> AnswerKind {
        let hole = Placeholder { token: format!("<{name}>"), name: name.into(), line: 1, environment: false };
        AnswerKind::of(&hole, None)
    }

    #[test]
    fn names_tell_what_is_wanted() {
        for (name, wanted) in [
            ("version", AnswerKind::Version),
            ("previousVersion", AnswerKind::Version),
            ("deployment-url", AnswerKind::Url),
            ("BASE_URL", AnswerKind::Url),
            ("redis-url", AnswerKind::Secret),
            ("new-key", AnswerKind::Secret),
            ("count", AnswerKind::Number),
            ("order-number", AnswerKind::Text),
            ("orgUuid", AnswerKind::Uuid),
            ("email", AnswerKind::Email),
            ("orgId", AnswerKind::Text),
            ("staging|production", AnswerKind::Choice(vec!["staging".into(), "production".into()])),
        ] {
            assert_eq!(kind(name), wanted, "{name}");
        }
        let said = AnswerKind::named("eu | us");
        assert_eq!(said, Some(AnswerKind::Choice(vec!["eu".into(), "us".into()])));
        assert_eq!(AnswerKind::named("colour"), None);
    }

    #[test]
    fn an_answer_is_checked_and_never_bent() {
        for (kind, good, bad) in [
            (
                AnswerKind::Url,
                &["https://shop.example.com/x?y", "shop-a1b2.example.app", "redis://10.0.0.1:6379"][..],
                &["shop", "https://", "https://a b", " https://a.example.com", ".example.com", "a/b.c"][..],
            ),
            (AnswerKind::Number, &["0", "-3", "12.50"][..], &["", "3 ", "1e3", "٣", "1.", "0x1", "+1"][..]),
            (
                AnswerKind::Version,
                &["v42", "1.4.2-rc.1+x", "2024.04.15", "a1b2c3"][..],
                &["", "v 42", "-1", "v4;2"][..],
            ),
            (
                AnswerKind::Uuid,
                &["01234567-89ab-cdef-0123-456789ABCDEF"][..],
                &["0123456789abcdef0123456789abcdef", "0123456g-89ab-cdef-0123-456789abcdef"][..],
            ),
            (
                AnswerKind::Email,
                &["ann@example.com"][..],
                &["ann", "@example.com", "ann@", "a@b@c", "ann @example.com"][..],
            ),
            (AnswerKind::Choice(vec!["eu".into(), "us".into()]), &["eu"][..], &["EU", "", "eu "][..]),
            (AnswerKind::Text, &["a b; $(c)"][..], &["a\0b"][..]),
        ] {
            for text in good {
                assert_eq!(kind.check(text), Ok(()), "{kind:?}: {text:?}");
            }
            for text in bad {
                assert!(kind.check(text).is_err(), "{kind:?}: {text:?}");
            }
        }
    }
}
