//! What a query for issues asks for: the words of Sentry's search that matter to a watch.

use std::time::Duration;

use super::issue::Issue;
use crate::domain::time::Timestamp;

/// One condition of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    not: bool,
    key: String,
    value: String,
}

/// A query for issues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search(Vec<Term>);

impl Search {
    /// Reads a query; in words what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut terms = Vec::new();
        for word in words(text)? {
            if matches!(word.as_str(), "OR" | "AND") || word.starts_with(['(', ')']) {
                return Err(
                    "Error parsing search query: Boolean statements containing \"OR\" or \"AND\" are \
                            not supported in this search"
                        .to_owned(),
                );
            }
            let (not, word) = word.strip_prefix('!').map_or((false, word.as_str()), |rest| (true, rest));
            // A word in quotes is text, whatever it looks like.
            let (key, value) = match word.split_once(':') {
                Some((key, value)) if !word.starts_with('"') => (key, value),
                Some(_) | None => ("", word),
            };
            if !key.is_empty() && value.is_empty() {
                return Err(format!("Error parsing search query: Empty string after '{key}:'"));
            }
            terms.push(Term { not, key: key.to_owned(), value: value.replace('"', "") });
        }
        Ok(Self(terms))
    }

    /// Whether `issue` is asked for.
    pub fn finds(&self, issue: &Issue, now: Timestamp) -> bool {
        self.0.iter().all(|term| term.holds(issue, now) != term.not)
    }
}

impl Term {
    fn holds(&self, issue: &Issue, now: Timestamp) -> bool {
        let known = issue.known;
        let value = self.value.as_str();
        match self.key.as_str() {
            "is" => match value {
                "unresolved" | "resolved" | "ignored" => issue.status == value,
                "archived" => issue.status == "ignored",
                "assigned" => issue.assigned.is_some(),
                "unassigned" => issue.assigned.is_none(),
                substatus => issue.substatus.as_deref() == Some(substatus),
            },
            // Words alone are looked for in the title, and so is a message, wherever it stands.
            "" | "message" => like(&format!("*{value}*"), known.title),
            "title" => like(value, known.title),
            "level" => value == known.level,
            "project" | "project.name" => value == known.project,
            "environment" => value == "production",
            "issue" => value.eq_ignore_ascii_case(known.short),
            "issue.priority" => value == issue.priority,
            "assigned" | "assigned_to" => issue.assigned.as_deref() == Some(value),
            "age" | "firstSeen" => within(value, issue.first, now),
            "lastSeen" => within(value, issue.last, now),
            // Anything else is the name of a tag, and nobody has set it.
            _ => false,
        }
    }
}

/// Whether `text` is as `pattern`, in which a star is anything; upper and lower case are the same.
fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_lowercase(), text.to_lowercase());
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(place) => rest = rest.get(place + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Whether `at` is as `-24h` (since then) or `+24h` (before then) say.
fn within(value: &str, at: Timestamp, now: Timestamp) -> bool {
    let Some(span) = value.strip_prefix(['-', '+']).and_then(period) else { return true };
    let recent = at >= now.minus(span);
    if value.starts_with('-') { recent } else { !recent }
}

/// `1h`, `14d`, `30m`, `90s`, `2w`.
pub fn period(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    Some(Duration::from_secs(number.parse::<u32>().ok()?.into()).saturating_mul(seconds))
}

/// The words of a query; what is in quotes is one word with its quotes.
fn words(text: &str) -> Result<Vec<String>, String> {
    let mut words = vec![String::new()];
    let (mut quoted, mut escaped) = (false, false);
    for letter in text.chars() {
        let space = letter.is_whitespace() && !quoted;
        match words.last_mut() {
            Some(word) if !space => {
                if letter != '\\' || escaped {
                    word.push(letter);
                }
            }
            Some(_) | None => words.push(String::new()),
        }
        quoted ^= letter == '"' && !escaped;
        escaped = letter == '\\' && !escaped;
    }
    if quoted {
        return Err("Error parsing search query: quotes that do not end".to_owned());
    }
    words.retain(|word| !word.is_empty());
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_anything() {
        assert!(like("*alert:*", "alert:error_spike"));
        assert!(like("alert:*spike", "alert:error_spike"));
        assert!(!like("alert:", "alert:error_spike"));
        assert!(like("*", ""));
    }

    #[test]
    fn a_query_is_taken_apart_and_what_is_no_query_is_refused() {
        let terms = Search::parse("is:unresolved message:\"alert: a b\" !level:warning \"x:y\"").unwrap().0;
        let shape: Vec<_> =
            terms.iter().map(|term| (term.not, term.key.as_str(), term.value.as_str())).collect();
        assert_eq!(
            shape,
            [
                (false, "is", "unresolved"),
                (false, "message", "alert: a b"),
                (true, "level", "warning"),
                (false, "", "x:y")
            ]
        );
        assert!(Search::parse("message:\"alert").is_err());
        assert!(Search::parse("a OR b").is_err());
        assert!(Search::parse("level:").is_err());
    }

    #[test]
    fn periods_are_read() {
        assert_eq!(period("14d"), Some(Duration::from_secs(14 * 86_400)));
        assert_eq!(period("x"), None);
        assert_eq!(period(""), None);
    }
}
