//! What somebody writes down in one line: a note or, by its first character, a hypothesis, a decision, a follow-up or a
//! patch of data; and how long ago it was.

use std::time::Duration;

use chrono::NaiveDate;

use super::text::clean;
use super::time::short;

/// A line is dated back by this much at most.
const AT_MOST: Duration = Duration::from_secs(30 * 24 * 3600);

/// The first characters that mean something, and what they mean: one row each for the prompt and the docs.
pub const PREFIXES: &[(&str, &str)] = &[
    ("?", "hypothesis"),
    ("!", "decided because why"),
    ("+", "@who date to-do"),
    ("$", "patch"),
    ("-5m", "earlier"),
];

/// A line that was written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jotting {
    /// How long ago it was.
    pub ago: Duration,
    /// What it is.
    pub kind: Jotted,
}

/// What a line is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Jotted {
    /// Something that happened.
    Note(String),
    /// What may be the cause.
    Hypothesis(String),
    /// What was decided, and why; the why may be empty.
    Decision {
        /// What.
        text: String,
        /// Why.
        why: String,
    },
    /// Something to be done afterwards.
    FollowUp {
        /// Who does it; may be empty.
        owner: String,
        /// By which day, such as `2026-12-01`.
        due: Option<String>,
        /// What.
        text: String,
    },
    /// SQL or another patch of data that was applied.
    Patch {
        /// A path or an address.
        link: String,
        /// What it does; may be empty.
        text: String,
    },
}

impl Jotted {
    /// `note`, `hypothesis`, `decision`, `follow-up`, `patch`.
    pub const fn word(&self) -> &'static str {
        match self {
            Jotted::Note(_) => "note",
            Jotted::Hypothesis(_) => "hypothesis",
            Jotted::Decision { .. } => "decision",
            Jotted::FollowUp { .. } => "follow-up",
            Jotted::Patch { .. } => "patch",
        }
    }
}

impl Jotting {
    /// What it is going to be, for whoever types it: `hypothesis, 5m00 ago`.
    pub fn words(&self) -> String {
        let ago = if self.ago.is_zero() { String::new() } else { format!(", {} ago", short(self.ago)) };
        let more = match &self.kind {
            Jotted::Note(_) | Jotted::Hypothesis(_) | Jotted::Patch { .. } => String::new(),
            Jotted::Decision { why, .. } if why.is_empty() => ", no reason given".into(),
            Jotted::Decision { why, .. } => format!(", because {why}"),
            Jotted::FollowUp { owner, due, .. } => {
                let owner = if owner.is_empty() { ", nobody's yet".into() } else { format!(", {owner}'s") };
                let due = due.as_ref().map_or_else(String::new, |due| format!(", by {due}"));
                format!("{owner}{due}")
            }
        };
        format!("{}{more}{ago}", self.kind.word())
    }
}

/// Reads a line.
///
/// # Errors
///
/// What is missing, in words for whoever types.
pub fn parse(line: &str) -> Result<Jotting, String> {
    let line = clean(line);
    let (ago, rest) = dated(line.trim())?;
    let first = rest.chars().next();
    let after = || first.map_or("", |c| rest[c.len_utf8()..].trim());
    let kind = match first {
        None => return Err("write something, or press esc".into()),
        // A line that is meant as it stands.
        Some('\\') => Jotted::Note(needed(after(), "write something, or press esc")?),
        Some('?') => {
            Jotted::Hypothesis(needed(after(), "what may be the cause: such as ? the pool is full")?)
        }
        Some('!') => decision(after())?,
        Some('+') => follow_up(after())?,
        Some('$') => patch(after())?,
        Some(_) => Jotted::Note(rest.to_owned()),
    };
    Ok(Jotting { ago, kind })
}

fn needed(text: &str, wanted: &str) -> Result<String, String> {
    if text.is_empty() { Err(wanted.to_owned()) } else { Ok(text.to_owned()) }
}

/// Takes `-5m` from the beginning. What only looks like it is text.
fn dated(line: &str) -> Result<(Duration, &str), String> {
    let Some(rest) = line.strip_prefix('-') else { return Ok((Duration::ZERO, line)) };
    let (span, text) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    match humantime::parse_duration(span) {
        Ok(span) if span > AT_MOST => {
            Err(format!("{} ago is too long: at most {}", short(span), short(AT_MOST)))
        }
        Ok(span) => Ok((span, text.trim())),
        Err(_) => Ok((Duration::ZERO, line)),
    }
}

fn decision(text: &str) -> Result<Jotted, String> {
    let text = needed(text, "what was decided: such as ! roll back because the fix takes an hour")?;
    // Bytes: lower-casing may move where characters begin, ASCII never does.
    let at = text.to_ascii_lowercase().find(" because ");
    let (what, why) = at.map_or((text.as_str(), ""), |at| (&text[..at], &text[at + " because ".len()..]));
    Ok(Jotted::Decision { text: what.trim().to_owned(), why: why.trim().to_owned() })
}

/// `@who` and a day in any order, then what.
fn follow_up(text: &str) -> Result<Jotted, String> {
    let (mut owner, mut due, mut rest) = (None, None, text);
    loop {
        let (word, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        if owner.is_none() && word.len() > 1 && word.starts_with('@') {
            owner = Some(word[1..].to_owned());
        } else if due.is_none() && looks_like_a_day(word) {
            let day: NaiveDate = word.parse().map_err(|_| format!("{word} is no day: such as 2026-12-01"))?;
            due = Some(day.to_string());
        } else {
            break;
        }
        rest = after.trim_start();
    }
    let text = needed(rest, "what is to be done: such as + @ann 2026-12-01 raise the pool's limit")?;
    Ok(Jotted::FollowUp { owner: owner.unwrap_or_default(), due, text })
}

fn looks_like_a_day(word: &str) -> bool {
    let parts: Vec<&str> = word.split('-').collect();
    let digits = |part: &&str, count: usize| part.len() == count && part.bytes().all(|b| b.is_ascii_digit());
    matches!(parts.as_slice(), [year, month, day] if digits(year, 4) && digits(month, 2) && digits(day, 2))
}

fn patch(text: &str) -> Result<Jotted, String> {
    let text = needed(text, "where the patch is kept: such as $ db/fix-orders.sql sets 12 orders to paid")?;
    let (link, what) = text.split_once(char::is_whitespace).unwrap_or((&text, ""));
    Ok(Jotted::Patch { link: link.to_owned(), text: what.trim().to_owned() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kind(line: &str) -> Jotted {
        parse(line).unwrap().kind
    }

    #[test]
    fn the_first_character_says_what_it_is() {
        assert_eq!(kind("customers wrote in"), Jotted::Note("customers wrote in".into()));
        assert_eq!(kind("?the pool"), Jotted::Hypothesis("the pool".into()));
        assert_eq!(
            kind("! roll back Because the fix takes an hour"),
            Jotted::Decision { text: "roll back".into(), why: "the fix takes an hour".into() }
        );
        assert_eq!(kind("!wait"), Jotted::Decision { text: "wait".into(), why: String::new() });
        let owed = |owner: &str, due: Option<&str>, text: &str| Jotted::FollowUp {
            owner: owner.into(),
            due: due.map(str::to_owned),
            text: text.into(),
        };
        assert_eq!(kind("+ @ann 2026-12-01 more pool"), owed("ann", Some("2026-12-01"), "more pool"));
        assert_eq!(kind("+2026-12-01 @ann more pool"), owed("ann", Some("2026-12-01"), "more pool"));
        assert_eq!(kind("+ more pool for @ann"), owed("", None, "more pool for @ann"));
        assert_eq!(
            kind("$ db/fix.sql sets 12 orders"),
            Jotted::Patch { link: "db/fix.sql".into(), text: "sets 12 orders".into() }
        );
        assert_eq!(kind(r"\? is what the page says"), Jotted::Note("? is what the page says".into()));
    }

    #[test]
    fn a_line_is_dated_back_before_anything_else() {
        let back = parse("-5m ? the pool").unwrap();
        assert_eq!(
            back,
            Jotting { ago: Duration::from_secs(300), kind: Jotted::Hypothesis("the pool".into()) }
        );
        assert_eq!(back.words(), "hypothesis, 5m00 ago");
        // What is no time is text.
        assert_eq!(kind("-oops it broke"), Jotted::Note("-oops it broke".into()));
        assert!(parse("-60d long ago").unwrap_err().contains("too long"));
    }

    #[test]
    fn what_is_missing_is_said() {
        for (line, wanted) in [
            ("", "write something"),
            ("  -5m ", "write something"),
            ("?", "may be the cause"),
            ("! ", "was decided"),
            ("+ @ann 2026-12-01", "to be done"),
            ("+ @ann 2026-13-01 x", "no day"),
            ("$", "is kept"),
            ("\\", "write something"),
        ] {
            let problem = parse(line).unwrap_err();
            assert!(problem.contains(wanted), "{line:?}: {problem}");
        }
    }

    /// A line as somebody could mean it, and what it says.
    fn meant() -> impl Strategy<Value = (String, Jotting)> {
        let words = || "[a-zäöü][a-z0-9äöü]{0,9}( [a-z0-9#]{1,9}){0,5}";
        let plain = |text: &String| !text.contains("because");
        let kinds = prop_oneof![
            words().prop_map(|text| (text.clone(), Jotted::Note(text))),
            words().prop_map(|text| (format!("\\{text}"), Jotted::Note(text))),
            words().prop_map(|text| (format!("? {text}"), Jotted::Hypothesis(text))),
            (words().prop_filter("one reason", plain), words()).prop_map(|(text, why)| {
                (format!("! {text} because {why}"), Jotted::Decision { text, why })
            }),
            ("[a-z]{1,8}", 1_u32..29, words()).prop_map(|(owner, day, text)| {
                let due = format!("2026-12-{day:02}");
                (format!("+ @{owner} {due} {text}"), Jotted::FollowUp { owner, due: Some(due), text })
            }),
            ("[a-z]{1,8}/[a-z]{1,8}\\.sql", words())
                .prop_map(|(link, text)| (format!("$ {link} {text}"), Jotted::Patch { link, text })),
        ];
        (kinds, 0_u64..10_000).prop_map(|((line, kind), minutes)| {
            let ago = Duration::from_secs(minutes * 60);
            let line = if minutes == 0 { line } else { format!("-{minutes}m {line}") };
            (line, Jotting { ago, kind })
        })
    }

    proptest! {
        #[test]
        fn what_was_meant_is_what_is_read((line, wanted) in meant()) {
            prop_assert_eq!(parse(&line), Ok(wanted));
        }

        #[test]
        fn no_line_breaks_it_and_nothing_of_it_is_hostile(line in "\\PC{0,60}|[-?!+$@0-9a-z \\\\\u{1b}\u{202e};]{0,30}") {
            if let Ok(read) = parse(&line) {
                prop_assert!(!read.words().chars().any(super::super::text::is_hostile));
                prop_assert!(read.ago <= AT_MOST);
            }
        }
    }
}
