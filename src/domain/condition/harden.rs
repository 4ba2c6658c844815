//! A condition's text made strict before it is compiled.
//!
//! The expression engine orders values of different kinds (`"many" < 50` is an answer, not an
//! error) and lets any value stand for yes or no (`"no"` is true). Here a type check is written
//! behind the operands of orderings and of `and`, `or`, `not`, so that a body of the wrong type is
//! an error. Unknown filters and tests are found, which the engine would find only when it ran.
//!
//! It reads tokens and does not parse: what it does not understand it leaves to the engine.

use std::collections::BTreeMap;

use super::language::{self, FLAG, MEASURE, WORDS};
use crate::domain::diagnostic::did_you_mean;

use super::ConditionError;

/// One token and the bytes it covers.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Token<'a> {
    kind: TokenKind,
    text: &'a str,
    start: usize,
}

impl Token<'_> {
    fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum TokenKind {
    Name,
    Number,
    Text,
    Mark,
}

/// Words that are part of the grammar rather than of a value.
const GRAMMAR: [&str; 8] = ["and", "or", "not", "is", "in", "if", "else", "for"];

/// `text` with its type checks written in; an error for a filter or test nobody knows.
pub(super) fn harden(text: &str) -> Result<String, ConditionError> {
    let tokens = tokens(text);
    know_filters_and_tests(&tokens)?;
    let mut checks: BTreeMap<usize, &'static str> = BTreeMap::new();
    for (at, token) in tokens.iter().enumerate() {
        if token.kind == TokenKind::Mark {
            check_operands(&tokens, at, &mut checks);
        } else if token.kind == TokenKind::Name && starts_value(&tokens, at) {
            let end = value_end(&tokens, at);
            if stands_for_yes_or_no(&tokens, at, end) {
                checks.entry(tokens[end - 1].end()).or_insert(FLAG);
            }
        }
    }
    let mut out = String::with_capacity(text.len() + checks.len() * 8);
    let mut from = 0;
    for (at, check) in checks {
        out.push_str(&text[from..at]);
        out.push('|');
        out.push_str(check);
        from = at;
    }
    out.push_str(&text[from..]);
    Ok(out)
}

fn check_operands(tokens: &[Token<'_>], at: usize, checks: &mut BTreeMap<usize, &'static str>) {
    let ordering = matches!(tokens[at].text, "<" | "<=" | ">" | ">=");
    if !ordering && tokens[at].text != "*" {
        return;
    }
    let Some(left) = at.checked_sub(1).map(|before| &tokens[before]) else { return };
    let right_end = value_end(tokens, at + 1);
    let Some(right) = tokens.get(at + 1) else { return };
    let text = ordering && (left.kind == TokenKind::Text || right.kind == TokenKind::Text);
    let check = if text { WORDS } else { MEASURE };
    checks.insert(left.end(), check);
    if let Some(last) = right_end.checked_sub(1).filter(|last| *last > at).map(|last| &tokens[last]) {
        checks.insert(last.end(), check);
    }
}

/// Whether the name at `at` begins a value: not a grammar word, attribute, filter or test.
fn starts_value(tokens: &[Token<'_>], at: usize) -> bool {
    const CONSTANTS: [&str; 6] = ["true", "false", "none", "True", "False", "None"];
    let before = |back: usize| at.checked_sub(back).map_or("", |index| tokens[index].text);
    let owned = matches!(before(1), "." | "|" | "is") || before(1) == "not" && before(2) == "is";
    let word = GRAMMAR.contains(&tokens[at].text) || CONSTANTS.contains(&tokens[at].text);
    !owned && !word
}

/// The index after the last token of the value, with its attributes, subscripts and filters, that
/// begins at `at`.
fn value_end(tokens: &[Token<'_>], mut at: usize) -> usize {
    while tokens.get(at).is_some_and(|token| matches!(token.text, "-" | "+")) {
        at += 1;
    }
    let Some(first) = tokens.get(at) else { return tokens.len() };
    at = if matches!(first.text, "(" | "[" | "{") { closing(tokens, at) } else { at + 1 };
    while let Some(token) = tokens.get(at) {
        at = match token.text {
            "|" if tokens.get(at + 2).is_some_and(|next| next.text == "(") => closing(tokens, at + 2),
            "." | "|" => at + 2,
            "(" | "[" => closing(tokens, at),
            _ => break,
        };
    }
    at.min(tokens.len())
}

/// The index after the bracket that closes the one at `at`.
fn closing(tokens: &[Token<'_>], at: usize) -> usize {
    let mut depth = 0usize;
    for (index, token) in tokens.iter().enumerate().skip(at) {
        if token.kind == TokenKind::Mark {
            match token.text {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return index + 1;
                    }
                }
                _ => {}
            }
        }
    }
    tokens.len()
}

fn stands_for_yes_or_no(tokens: &[Token<'_>], start: usize, end: usize) -> bool {
    let before = start.checked_sub(1).map_or("", |before| tokens[before].text);
    let after = tokens.get(end).map_or("", |token| token.text);
    let opens = matches!(before, "" | "(" | "and" | "or" | "not" | "if" | "else");
    let closes = matches!(after, "" | ")" | "and" | "or" | "if" | "else");
    let joined = matches!(before, "and" | "or" | "not" | "if") || matches!(after, "and" | "or");
    opens && closes && joined
}

fn know_filters_and_tests(tokens: &[Token<'_>]) -> Result<(), ConditionError> {
    for (at, token) in tokens.iter().enumerate() {
        if token.text == "|" && token.kind == TokenKind::Mark {
            if let Some(name) = tokens.get(at + 1).filter(|next| next.kind == TokenKind::Name) {
                know(name, "filter", language::FILTERS)?;
            }
        } else if token.text == "is" && token.kind == TokenKind::Name && at > 0 && tokens[at - 1].text != "."
        {
            let negated = tokens.get(at + 1).is_some_and(|next| next.text == "not");
            let name = tokens.get(at + 1 + usize::from(negated));
            if let Some(name) = name.filter(|next| next.kind == TokenKind::Name) {
                know(name, "test", language::TESTS)?;
            }
        }
    }
    Ok(())
}

fn know(name: &Token<'_>, what: &str, known: &[(&str, &str)]) -> Result<(), ConditionError> {
    let names = || known.iter().map(|(known, _)| *known);
    if names().any(|known| known == name.text) {
        return Ok(());
    }
    let hint = did_you_mean(name.text, names()).map_or_else(
        || format!("there are {}", names().collect::<Vec<_>>().join(", ")),
        |near| format!("did you mean {near:?}?"),
    );
    Err(ConditionError { message: format!("unknown {what} {:?}; {hint}", name.text), at: Some(name.start) })
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        let kind = match bytes[at] {
            byte if byte.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            quote @ (b'"' | b'\'') => {
                at += 1;
                while at < bytes.len() && bytes[at] != quote {
                    at += 1 + usize::from(bytes[at] == b'\\');
                }
                at = (at + 1).min(bytes.len());
                TokenKind::Text
            }
            byte if byte.is_ascii_digit() => {
                while at < bytes.len()
                    && (bytes[at].is_ascii_alphanumeric() || matches!(bytes[at], b'.' | b'_'))
                {
                    at += 1;
                }
                TokenKind::Number
            }
            byte if byte.is_ascii_alphabetic() || byte == b'_' || !byte.is_ascii() => {
                while at < bytes.len()
                    && (bytes[at].is_ascii_alphanumeric() || bytes[at] == b'_' || !bytes[at].is_ascii())
                {
                    at += 1;
                }
                TokenKind::Name
            }
            _ => {
                let two = bytes.get(at..at + 2);
                let double =
                    two.is_some_and(|two| matches!(two, b"<=" | b">=" | b"==" | b"!=" | b"//" | b"**"));
                at += 1 + usize::from(double);
                TokenKind::Mark
            }
        };
        // A text that is never closed may end inside a character: the engine reports it.
        while !text.is_char_boundary(at) {
            at += 1;
        }
        out.push(Token { kind, text: &text[start..at], start });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orderings_measure_and_connectives_want_yes_or_no() {
        let cases = [
            ("status == 200", "status == 200"),
            ("body.n < 50", "body.n|measure < 50|measure"),
            ("5 < body.n | int and status == 200", "5|measure < body.n | int|measure and status == 200"),
            ("body.up and not body.list[0].down", "body.up|yes_or_no and not body.list[0].down|yes_or_no"),
            ("(body.a) > 5", "(body.a)|measure > 5|measure"),
            ("body.at >= '2026'", "body.at|words >= '2026'|words"),
            ("'<' in text", "'<' in text"),
            (
                "body.p | none_unavailable and connected",
                "body.p | none_unavailable|yes_or_no and connected|yes_or_no",
            ),
            ("body.x is defined and body.x", "body.x is defined and body.x|yes_or_no"),
        ];
        for (text, hardened) in cases {
            assert_eq!(harden(text).unwrap(), hardened);
        }
    }

    #[test]
    fn unknown_filters_and_tests_have_a_place() {
        let error = harden("status == 200 and body.list | lenght > 0").unwrap_err();
        assert_eq!(error.at, Some(30));
        assert_eq!(error.message, "unknown filter \"lenght\"; did you mean \"length\"?");
        assert_eq!(harden("body.x is not strnig").unwrap_err().at, Some(14));
    }
}
