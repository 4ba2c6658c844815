//! A TOML text in the making, with what it was made from.

use super::Proposal;
use crate::domain::text::clean;

/// A page of TOML.
#[derive(Debug, Default)]
pub(super) struct Page {
    text: String,
    told: Vec<String>,
}

/// A text as TOML writes it.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::String(clean(text).into_owned()).to_string()
}

/// A name as tables allow it: lower-case letters, digits, `-`.
pub(super) fn name_of(text: &str) -> String {
    let mut name = String::new();
    for c in text.to_lowercase().chars().take(40) {
        if c.is_ascii_alphanumeric() {
            name.push(c);
        } else if !name.ends_with('-') {
            name.push('-');
        }
    }
    let name = name.trim_matches('-').to_owned();
    if name.is_empty() { "unnamed".into() } else { name }
}

impl Page {
    pub(super) fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    pub(super) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// A comment.
    pub(super) fn comment(&mut self, words: &str) {
        self.line(&format!("# {}", clean(words)));
    }

    /// A table of its own, with a blank line before it.
    pub(super) fn table(&mut self, header: &str) {
        self.blank();
        self.line(header);
    }

    /// `key = "value"`.
    pub(super) fn pair(&mut self, key: &str, value: &str) {
        self.line(&format!("{key} = {}", quoted(value)));
    }

    /// `key = { env = "NAME" }`.
    pub(super) fn secret(&mut self, key: &str, variable: &str) {
        self.line(&format!("{key} = {{ env = {} }}", quoted(variable)));
    }

    /// `key = ["a", "b"]`.
    pub(super) fn list(&mut self, key: &str, values: &[&str]) {
        let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
        self.line(&format!("{key} = [{}]", values.join(", ")));
    }

    /// What was found, for whoever ran this.
    pub(super) fn told(&mut self, words: impl AsRef<str>) {
        self.told.push(clean(words.as_ref()).into_owned());
    }

    pub(super) fn done(self) -> Proposal {
        Proposal { text: self.text, told: self.told }
    }
}
