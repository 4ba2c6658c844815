//! What is wrong with a file, where, and what to do next.

use std::fmt;

use serde::Serialize;

use super::text::{clean, clean_lines};

/// How bad a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing is lost.
    Info,
    /// Works, but not as somebody may think.
    Warning,
    /// The thing it is about cannot be used.
    Error,
}

/// One thing wrong with one place of one file. Displays as `file:line:column: message`, and the
/// hint on a line of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// The file as the user named it.
    pub file: String,
    /// 1-based; 0 when the file as a whole is meant.
    pub line: usize,
    /// 1-based, in characters; 0 when the line or file as a whole is meant.
    pub column: usize,
    /// How bad it is.
    pub severity: Severity,
    /// A stable name for this kind of finding: `unknown-key`.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// An error about a place of a file. What it says is made harmless here: a name in quotes still holds what cannot
    /// be seen.
    pub fn error(
        file: &str,
        (line, column): (usize, usize),
        code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self {
            file: file.into(),
            line,
            column,
            severity: Severity::Error,
            code,
            message: clean(&message.into()).into_owned(),
            hint: None,
        }
    }

    /// A warning about a place of a file.
    pub fn warning(
        file: &str,
        place: (usize, usize),
        code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self { severity: Severity::Warning, ..Self::error(file, place, code, message) }
    }

    /// The same, with a next step.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(clean_lines(&hint.into()));
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
            if self.column > 0 {
                write!(f, ":{}", self.column)?;
            }
        }
        write!(f, ": {}", self.message)?;
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}

/// The line and column (both 1-based, columns in characters) of byte `offset` of `text`.
pub fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = crate::domain::text::head(text, offset);
    let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    (line, before[start..].chars().count() + 1)
}

/// The word of `known` nearest to `word`, if near enough to be what was meant.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_says_is_harmless_whatever_it_names() {
        let name = "we\u{3164}b\u{fe0f}\u{1b}[2J";
        let diagnostic = Diagnostic::error("m.toml", (1, 1), "unknown-key", format!("unknown key {name:?}"))
            .hint(format!("did you mean {name}?"));
        assert!(!diagnostic.to_string().chars().any(|c| c != '\n' && super::super::text::is_hostile(c)));
        assert!(diagnostic.message.starts_with("unknown key \"we\u{fffd}b"), "{diagnostic}");
    }

    #[test]
    fn a_diagnostic_names_its_place_and_the_next_step() {
        let text = "a = 1\nkimd = 2\n";
        let (line, column) = place(text, 6);
        let diagnostic = Diagnostic::error("m.toml", (line, column), "unknown-key", "unknown key \"kimd\"")
            .hint(format!("did you mean {:?}?", did_you_mean("kimd", ["name", "kind"]).unwrap()));
        assert_eq!(
            diagnostic.to_string(),
            "m.toml:2:1: unknown key \"kimd\"\n  hint: did you mean \"kind\"?"
        );
        assert_eq!(did_you_mean("zebra", ["kind"]), None);
    }
}
