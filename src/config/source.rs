//! A file's text with its lines, and its TOML with everything the parser minds.

use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::DeTable;

use super::Layer;
use crate::domain::diagnostic::Diagnostic;
use crate::domain::text::clean;

/// The text of one file.
pub(super) struct Source<'a> {
    pub(super) file: &'a str,
    pub(super) base: &'a Path,
    pub(super) text: &'a str,
    /// The byte at which each line starts.
    starts: Vec<usize>,
}

impl<'a> Source<'a> {
    pub(super) fn new(layer: &'a Layer) -> Self {
        // A byte order mark is not a key.
        let text = layer.text.strip_prefix('\u{feff}').unwrap_or(&layer.text);
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { file: &layer.name, base: &layer.base, text, starts }
    }

    /// The line and column of a byte, both from 1, columns in characters.
    pub(super) fn place(&self, offset: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        let before = self.text.get(start..offset.min(self.text.len())).unwrap_or_default();
        (line, before.chars().count() + 1)
    }

    /// The raw text of a value.
    pub(super) fn slice(&self, span: Range<usize>) -> &'a str {
        self.text.get(span).unwrap_or_default()
    }

    /// The table of the whole file, as far as it could be read.
    pub(super) fn parse(&self, found: &mut Vec<Diagnostic>) -> Spanned<DeTable<'a>> {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in errors {
            let place = error.span().map_or((0, 0), |span| self.place(span.start));
            found.push(Diagnostic::error(self.file, place, "syntax", clean(error.message())));
        }
        table
    }
}
