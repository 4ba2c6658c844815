//! A dialog over the full frame: border, body, field, keys.

use unicode_segmentation::UnicodeSegmentation;

use crate::domain::role::Role;
use crate::panes::shape::{Area, Dialog, Input, span};

use super::canvas::{Canvas, text_columns};

impl Canvas<'_> {
    /// Draws a dialog; the place of its field's cursor.
    pub(super) fn dialog(&mut self, frame: Area, dialog: &Dialog) -> Option<(u16, u16)> {
        let parts = dialog.parts(frame);
        let shown = usize::from(parts.body.height);
        let above = dialog.scroll.min(dialog.body.len().saturating_sub(1));
        let below = dialog.body.len().saturating_sub(above + shown);
        if parts.bordered {
            self.border(frame, dialog.border);
            self.scroll_hint(frame, above, below);
            self.title(frame, &dialog.title);
        }
        self.text(parts.body, dialog.body.get(above..).unwrap_or_default());
        for (area, text) in &parts.problem {
            self.spans(area.x, area.y, area.width, &[span(text.as_str(), Role::Danger)]);
        }
        for (area, spans) in &parts.keys {
            self.spans(area.x, area.y, area.width, spans);
        }
        match &dialog.input {
            Some(input) if parts.input.height > 0 && parts.input.width > 0 => {
                Some(self.input(parts.input, input))
            }
            Some(_) | None => None,
        }
    }

    /// Draws a field, scrolled so far that the cursor is in it; the cursor's place.
    fn input(&mut self, area: Area, input: &Input) -> (u16, u16) {
        let label = if input.label.is_empty() { 0 } else { area.width / 2 };
        let taken = self.spans(area.x, area.y, label, &[span(input.label.as_str(), Role::Title)]);
        // The field has a cell of its own, whatever stands before it.
        let taken = if taken == 0 { 0 } else { (taken + 1).min(area.width.saturating_sub(1)) };
        let field = Area { x: area.x + taken, width: area.width - taken, ..area };
        self.fill(field, Role::Input);

        let before: usize =
            input.value.char_indices().nth(input.cursor).map_or(input.value.len(), |(at, _)| at);
        let mut start = 0;
        let mut cursor = text_columns(&input.value[..before]);
        let last = usize::from(field.width.saturating_sub(1));
        for (at, grapheme) in input.value[..before].grapheme_indices(true) {
            if cursor <= last {
                break;
            }
            cursor -= text_columns(grapheme).min(cursor);
            start = at + grapheme.len();
        }
        let style = self.style(Role::Input, false);
        self.put(field.x, field.y, field.width, &input.value[start..], style);
        let cursor = u16::try_from(cursor.min(last)).unwrap_or(0);
        (field.x + cursor, field.y)
    }
}
