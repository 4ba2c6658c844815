//! Borders, the titles in them and the scroll hints. Panes that share a line are joined.

use ratatui::symbols::merge::MergeStrategy;

use crate::domain::role::Role;
use crate::panes::shape::{Area, Line, Span};

use super::canvas::{Canvas, wide};

/// Corners from the top left clockwise, then the horizontal and the vertical line.
struct Lines([&'static str; 4], &'static str, &'static str);

const THIN: Lines = Lines(["┌", "┐", "┘", "└"], "─", "│");
/// The focus shows without colour.
const THICK: Lines = Lines(["┏", "┓", "┛", "┗"], "━", "┃");

impl Canvas<'_> {
    /// The four lines.
    pub(super) fn border(&mut self, area: Area, role: Role) {
        if area.width < 2 || area.height < 2 {
            return;
        }
        let Lines([top_left, top_right, bottom_right, bottom_left], across, down) = match role {
            Role::Focus => THICK,
            Role::Text
            | Role::Dim
            | Role::Title
            | Role::Accent
            | Role::Ok
            | Role::Warning
            | Role::Danger
            | Role::Blind
            | Role::Key
            | Role::Code
            | Role::Selected
            | Role::Border
            | Role::Locked
            | Role::Armed
            | Role::Bar
            | Role::Input => THIN,
        };
        let (right, bottom) = (area.x.saturating_add(area.width - 1), area.y.saturating_add(area.height - 1));
        for x in area.x + 1..right {
            self.join(x, area.y, across, role);
            self.join(x, bottom, across, role);
        }
        for y in area.y + 1..bottom {
            self.join(area.x, y, down, role);
            self.join(right, y, down, role);
        }
        self.join(area.x, area.y, top_left, role);
        self.join(right, area.y, top_right, role);
        self.join(right, bottom, bottom_right, role);
        self.join(area.x, bottom, bottom_left, role);
    }

    fn join(&mut self, x: u16, y: u16, symbol: &str, role: Role) {
        let style = self.theme.line(role);
        let Some(cell) = self.buffer.cell_mut((x, y)) else { return };
        if cell.symbol() == " " {
            cell.set_symbol(symbol);
        } else {
            cell.merge_symbol(symbol, MergeStrategy::Exact);
        }
        cell.set_style(style);
    }

    /// A title in the top border; on an area too flat for a border, its only row.
    pub(super) fn title(&mut self, area: Area, title: &Line) {
        if area.width < 5 || area.height < 2 {
            self.line(Area { height: area.height.min(1), ..area }, title);
            return;
        }
        let room = area.width - 2;
        let right = u16::try_from(wide(&title.right)).unwrap_or(u16::MAX);
        let right = if right == 0 || right + 2 > room { 0 } else { right + 2 };
        if right > 0 {
            self.inlay(area.x + 1 + room - right, area.y, right, &title.right);
        }
        // A piece of the line stays between left and right.
        let room = room - right - u16::from(right > 0 && room > right);
        if wide(&title.left) > 0 && room > 2 {
            self.inlay(area.x + 1, area.y, room, &title.left);
        }
    }

    /// How much there is above and below, in the bottom border.
    pub(super) fn scroll_hint(&mut self, area: Area, above: usize, below: usize) {
        let hint = match (above, below) {
            (0, 0) => return,
            (above, 0) => format!("↑{above}"),
            (0, below) => format!("↓{below}"),
            (above, below) => format!("↑{above} ↓{below}"),
        };
        let spans = [Span { text: hint, role: Role::Dim, strong: false }];
        let columns = u16::try_from(wide(&spans)).unwrap_or(u16::MAX).saturating_add(2);
        if area.height >= 2 && columns + 2 <= area.width {
            self.inlay(area.x + area.width - 1 - columns, area.y + (area.height - 1), columns, &spans);
        }
    }

    /// Spans in a line, with a space on either side, on clean cells.
    fn inlay(&mut self, x: u16, y: u16, columns: u16, spans: &[Span]) {
        let room = columns.saturating_sub(2);
        let taken = u16::try_from(wide(spans)).unwrap_or(u16::MAX).min(room) + 2;
        let base = self.theme.base();
        for x in x..x.saturating_add(taken) {
            if let Some(cell) = self.buffer.cell_mut((x, y)) {
                cell.reset();
                cell.set_style(base);
            }
        }
        self.spans(x + 1, y, room, spans);
    }
}
