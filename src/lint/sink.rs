//! Where findings go, and how the place of a word of a command becomes a place of the file.

use std::collections::BTreeSet;

use crate::domain::diagnostic::{Diagnostic, Severity};
use crate::domain::finding::Finding;
use crate::domain::ids::StepId;
use crate::domain::runbook::StepCommand;

use super::codes::Code;

/// How far from where it should be a line of a command is looked for.
const NEAR: usize = 80;

/// Findings so far.
pub(super) struct Sink<'a> {
    pub(super) file: &'a str,
    /// The step that is looked at.
    pub(super) step: Option<StepId>,
    pub(super) found: Vec<Finding>,
    seen: BTreeSet<(usize, usize, &'static str)>,
}

/// A finding in the making.
pub(super) struct Draft(Diagnostic);

impl Draft {
    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self(self.0.hint(hint))
    }

    /// Less sure than others of its kind.
    pub(super) fn warned(mut self) -> Self {
        self.0.severity = Severity::Warning;
        self
    }
}

impl<'a> Sink<'a> {
    /// For the file `file`.
    pub(super) fn new(file: &'a str) -> Self {
        Self { file, step: None, found: Vec::new(), seen: BTreeSet::new() }
    }

    pub(super) fn finding(
        &self,
        code: &'static Code,
        place: (usize, usize),
        message: impl Into<String>,
    ) -> Draft {
        let diagnostic = Diagnostic::error(self.file, place, code.code, message);
        Draft(Diagnostic { severity: code.severity, ..diagnostic })
    }

    pub(super) fn add(&mut self, draft: Draft) {
        let finding = Finding { diagnostic: draft.0, step: self.step.clone() };
        let told = &finding.diagnostic;
        // A line that several commands need stands in each of them.
        if self.seen.insert((told.line, told.column, told.code)) {
            self.found.push(finding);
        }
    }
}

/// Where the words of a command stand in the file.
pub(super) struct At<'a> {
    lines: &'a [&'a str],
    command: &'a StepCommand,
    /// Byte at which each line of the command begins, with the line of the file it is and the column its text begins at,
    /// both from 1.
    places: Vec<(usize, usize, usize)>,
}

impl<'a> At<'a> {
    /// Of `command` in the file whose lines are `lines`.
    pub(super) fn of(command: &'a StepCommand, lines: &'a [&'a str]) -> Self {
        let mut at = Self { lines, command, places: Vec::new() };
        let first = at.first();
        let mut byte = 0;
        let mut below = 0;
        for (index, line) in command.text.split('\n').enumerate() {
            let trimmed = line.trim();
            let due = (command.line + index).saturating_sub(first).max(1);
            if !trimmed.is_empty() {
                // Lines come in their order, except those from higher up that stand before the first.
                let above = if index < first { 1 } else { below };
                if let Some((row, column)) = at.find(trimmed, due, above) {
                    let indent = line.len() - line.trim_start().len();
                    at.places.push((byte + indent, row, column));
                    below = row + usize::from(index >= first);
                }
            }
            byte += line.len() + 1;
        }
        at
    }

    /// Which line of the command is the one that its own line number means.
    fn first(&self) -> usize {
        let Some(own) = self.lines.get(self.command.line.saturating_sub(1)) else { return 0 };
        self.command
            .text
            .split('\n')
            .position(|line| !line.trim().is_empty() && own.contains(line.trim()))
            .unwrap_or(0)
    }

    /// The line of the file that holds `text`, nearest to line `due` and not above `above`.
    fn find(&self, text: &str, due: usize, above: usize) -> Option<(usize, usize)> {
        let here = |row: usize| {
            let line = self.lines.get(row.checked_sub(1)?).filter(|_| row >= above)?;
            let (mut from, mut found) = (0, None);
            while let Some(at) = line.get(from..).and_then(|rest| rest.find(text)) {
                let (start, end) = (from + at, from + at + text.len());
                let part =
                    |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | ':'));
                found = found.or(Some(start));
                if !part(line[..start].chars().next_back()) && !part(line[end..].chars().next()) {
                    found = Some(start);
                    break;
                }
                from = end;
            }
            found.map(|at| (row, line[..at].chars().count() + 1))
        };
        (0..NEAR).find_map(|far| here(due + far).or_else(|| here(due.checked_sub(far)?)))
    }

    /// Line and column of the byte `offset` of the command's text; only the line where it cannot be told.
    pub(super) fn place(&self, offset: usize) -> (usize, usize) {
        let text = &self.command.text;
        let line_of = |byte: usize| crate::domain::text::head(text, byte).matches('\n').count();
        let begun = self.places.iter().rev().find(|(begins, ..)| *begins <= offset);
        match begun.filter(|(begins, ..)| line_of(*begins) == line_of(offset)) {
            Some((begins, row, column)) => {
                let before = text.get(*begins..offset).unwrap_or_default();
                (*row, column + before.chars().count())
            }
            None => (self.command.line, 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_where_they_stand() {
        let file = "```sh\nset -e\n\n  a run \\\n    --all\nb run\n```\n- `npm run x-y` and `npm run x`\n";
        let lines: Vec<&str> = file.lines().collect();
        let command = |line: usize, text: &str| StepCommand {
            line,
            language: None,
            text: text.to_owned(),
            placeholders: Vec::new(),
            attributes: std::collections::BTreeMap::new(),
            block: Some(2),
            asides: crate::domain::runbook::Asides::default(),
            rules: crate::domain::step_rules::StepRules::default(),
        };
        let whole = command(4, "set -e\na run \\\n    --all");
        let at = At::of(&whole, &lines);
        let place = |word: &str| at.place(whole.text.find(word).unwrap());
        assert_eq!((place("set"), place("run"), place("--all")), ((2, 1), (4, 5), (5, 5)));
        let span = command(8, "npm run x");
        assert_eq!(At::of(&span, &lines).place(8), (8, 30));
    }
}
