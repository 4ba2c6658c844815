//! Text onto cells: measured, clipped and made harmless. Knows lines, not panes.

use ratatui::buffer::{Buffer, CellWidth};
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use unicode_segmentation::UnicodeSegmentation;

use crate::domain::role::Role;
use crate::domain::text::is_hostile;
use crate::panes::shape::{Area, Line, Span};
use crate::theme::Theme;

/// A grapheme of more bytes is a pile of marks that no terminal shows as meant.
const LONGEST_GRAPHEME: usize = 32;

/// What stands where something was cut.
const CUT: &str = "…";

/// A buffer being drawn on with a theme.
pub(super) struct Canvas<'a> {
    pub(super) buffer: &'a mut Buffer,
    pub(super) theme: &'a Theme,
}

impl Canvas<'_> {
    /// An empty screen.
    pub(super) fn clear(&mut self) {
        let base = self.theme.base();
        for cell in &mut self.buffer.content {
            cell.reset();
            if base != Style::new() {
                cell.set_style(base);
            }
        }
    }

    /// The part of an area that is on the buffer.
    pub(super) fn rect(&self, area: Area) -> Rect {
        Rect { x: area.x, y: area.y, width: area.width, height: area.height }.intersection(self.buffer.area)
    }

    /// What a span looks like.
    pub(super) fn style(&self, role: Role, strong: bool) -> Style {
        let style = self.theme.style(role);
        if strong { style.add_modifier(Modifier::BOLD) } else { style }
    }

    /// Gives a whole area the style of a role.
    pub(super) fn fill(&mut self, area: Area, role: Role) {
        self.buffer.set_style(self.rect(area), self.theme.style(role));
    }

    /// Writes whole graphemes from `x` on, as many as fit in `columns`; how many columns that took.
    pub(super) fn put(&mut self, x: u16, y: u16, columns: u16, text: &str, style: Style) -> u16 {
        let bounds = self.buffer.area;
        if y < bounds.top() || y >= bounds.bottom() || x < bounds.left() || x >= bounds.right() {
            return 0;
        }
        let room = columns.min(bounds.right() - x);
        if text.chars().all(is_single) {
            let mut used = 0;
            for (at, c) in text.char_indices().take(usize::from(room)) {
                let cell = &mut self.buffer[(x + used, y)];
                cell.set_symbol(&text[at..at + c.len_utf8()]).set_style(style);
                used += 1;
            }
            return used;
        }
        let mut used = 0;
        let text = harmless(text);
        for grapheme in text.graphemes(true) {
            let grapheme = bounded(grapheme);
            let wide = grapheme.cell_width();
            if wide == 0 {
                continue;
            }
            if used + wide > room {
                break;
            }
            self.buffer[(x + used, y)].set_symbol(grapheme).set_style(style);
            // The cells a wide grapheme covers hold nothing of their own, but the ground goes on.
            for covered in 1..wide {
                self.buffer[(x + used + covered, y)].set_symbol(" ").set_style(style);
            }
            used += wide;
        }
        used
    }

    /// Writes spans from `x` on, with `…` where they do not fit; how many columns that took.
    pub(super) fn spans(&mut self, x: u16, y: u16, columns: u16, spans: &[Span]) -> u16 {
        let cut = wide(spans) > usize::from(columns);
        let room = if cut { columns.saturating_sub(1) } else { columns };
        let mut used = 0;
        let mut style = Style::new();
        for span in spans {
            if cut && used >= room {
                break;
            }
            let wanted = text_columns(&span.text);
            style = self.style(span.role, span.strong);
            let written = self.put(x.saturating_add(used), y, room - used, &span.text, style);
            used += written;
            if wanted > usize::from(written) {
                break;
            }
        }
        if cut && columns > 0 {
            used += self.put(x.saturating_add(used), y, 1, CUT, style);
        }
        used
    }

    /// Writes a line into a row: the right part whole if it can be, the left one clipped before it.
    /// A line with a selected span is selected as a whole.
    pub(super) fn line(&mut self, area: Area, line: &Line) {
        let right = u16::try_from(wide(&line.right)).unwrap_or(u16::MAX).min(area.width);
        let gap = u16::from(right > 0 && !line.left.is_empty());
        self.spans(area.x, area.y, area.width.saturating_sub(right.saturating_add(gap)), &line.left);
        self.spans(area.x + (area.width - right), area.y, right, &line.right);
        if line.left.iter().chain(&line.right).any(|span| span.role == Role::Selected) {
            self.fill(Area { height: 1, ..area }, Role::Selected);
        }
    }
}

/// How many columns spans take.
pub(super) fn wide(spans: &[Span]) -> usize {
    spans.iter().map(|span| text_columns(&span.text)).sum()
}

/// How many columns [`Canvas::put`] uses for a text.
pub(super) fn text_columns(text: &str) -> usize {
    if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return text.len();
    }
    if text.chars().all(is_single) {
        return text.chars().count();
    }
    harmless(text).graphemes(true).map(|grapheme| usize::from(bounded(grapheme).cell_width())).sum()
}

/// Characters that are one grapheme and one column whatever stands beside them: what most of a
/// screen is made of, drawn without asking further. Those that a following mark could change stay
/// so, because the mark is not one of them.
fn is_single(c: char) -> bool {
    matches!(c, ' '..='~' | '·' | '×' | '–'..='—' | '…' | '←'..='↓' | '⏎' | '─'..='◼' | '✓'..='✘')
}

/// The last line of defence: what a terminal may obey is replaced, whoever let it through.
fn harmless(text: &str) -> std::borrow::Cow<'_, str> {
    if !text.chars().any(is_hostile) {
        return text.into();
    }
    text.chars()
        .map(|c| if is_hostile(c) { char::REPLACEMENT_CHARACTER } else { c })
        .collect::<String>()
        .into()
}

fn bounded(grapheme: &str) -> &str {
    if grapheme.len() <= LONGEST_GRAPHEME {
        return grapheme;
    }
    grapheme.chars().next().map_or("", |first| &grapheme[..first.len_utf8()])
}
