//! Standard output and standard error: clean text out, and a reader that went away is no error.

use std::io::{self, IsTerminal, Write};

use crate::domain::diagnostic::{Diagnostic, Severity};
use crate::domain::text::{clean_lines, escape_json};

use super::Exit;

/// Writes a line to standard output.
pub fn line(text: &str) {
    put(&mut io::stdout().lock(), &clean_lines(text));
}

/// Writes a line to standard output; an error where nobody reads it any more.
pub fn told(text: &str) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{}", clean_lines(text))
}

/// Writes a line to standard error.
pub fn note(text: &str) {
    put(&mut io::stderr().lock(), &clean_lines(text));
}

/// Writes text that a program reads byte for byte to standard output; to a terminal only what does it no harm.
pub fn exactly(text: &str) {
    let mut out = io::stdout().lock();
    let text = if out.is_terminal() { clean_lines(text) } else { text.into() };
    drop(out.write_all(text.as_bytes()));
}

/// Writes one JSON document to standard output.
pub fn json(value: &serde_json::Value) {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    put(&mut io::stdout().lock(), &escape_json(&text));
}

/// A JSON value as one line that is harmless to look at.
pub fn one_line(value: &serde_json::Value) -> String {
    escape_json(&value.to_string()).into_owned()
}

fn put(out: &mut impl Write, text: &str) {
    // A pipe that was closed early is how `head` works.
    drop(writeln!(out, "{text}"));
}

/// Writes diagnostics to standard error.
pub fn diagnostics(found: &[Diagnostic]) {
    for diagnostic in found {
        let word = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        };
        note(&format!("{word}: {diagnostic}"));
    }
}

/// Says what went wrong, and how the program ends for it.
pub fn failed(error: &color_eyre::Report) -> Exit {
    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    note(&format!("midwatch: {}", causes.join(": ")));
    error.downcast_ref::<Ended>().map_or(Exit::Failed, |ended| ended.exit)
}

/// An error that decides how the program ends.
#[derive(Debug, thiserror::Error)]
#[error("{why}")]
pub struct Ended {
    /// How.
    pub exit: Exit,
    /// In words.
    pub why: String,
}

/// An error that ends the program with `exit`.
pub fn ended(exit: Exit, why: impl Into<String>) -> color_eyre::Report {
    Ended { exit, why: why.into() }.into()
}
