//! Tables, lists and text inside a pane.

use crate::domain::role::Role;
use crate::panes::shape::{Area, Column, GAP, Item, Line, List, MARKER, Row, Shape, Span, Table};

use super::canvas::{Canvas, wide};

/// The cursor.
const CURSOR: &str = "▸";

/// A column that takes what is left is never narrower than this, while there is room at all.
const NARROWEST: u16 = 8;

impl Canvas<'_> {
    /// What is inside a pane.
    pub(super) fn shape(&mut self, area: Area, shape: &Shape) {
        match shape {
            Shape::Table(table) => self.table(area, table),
            Shape::List(list) => self.list(area, list),
            Shape::Text(lines) => self.text(area, lines),
        }
    }

    fn table(&mut self, area: Area, table: &Table) {
        let widths = widths(&table.columns, area.width.saturating_sub(MARKER));
        let mut rows = rows_of(area);
        let titled = table.columns.iter().any(|column| !column.title.is_empty());
        if titled && (area.height > 1 || table.rows.is_empty()) {
            let Some(at) = rows.next() else { return };
            self.cells(at, &table.columns, &widths, |canvas, n, at| {
                let style = canvas.style(Role::Dim, false);
                let title = table.columns[n].title;
                let taken = u16::try_from(super::canvas::text_columns(title)).unwrap_or(u16::MAX);
                let indent = if table.columns[n].right { at.width.saturating_sub(taken) } else { 0 };
                canvas.put(at.x + indent, at.y, at.width - indent, title, style);
            });
        }
        for (row, at) in table.rows.iter().zip(rows) {
            self.row(at, &table.columns, &widths, row);
        }
    }

    fn row(&mut self, area: Area, columns: &[Column], widths: &[u16], row: &Row) {
        self.cells(area, columns, widths, |canvas, n, at| {
            let spans: &[Span] = row.cells.get(n).map_or(&[], Vec::as_slice);
            let taken = u16::try_from(wide(spans)).unwrap_or(u16::MAX);
            let indent = if columns[n].right { at.width.saturating_sub(taken) } else { 0 };
            canvas.spans(at.x + indent, at.y, at.width - indent, spans);
        });
        if row.selected {
            self.select(area);
        }
    }

    /// Goes through the columns that have room in a row.
    fn cells(
        &mut self,
        area: Area,
        columns: &[Column],
        widths: &[u16],
        mut draw: impl FnMut(&mut Self, usize, Area),
    ) {
        let end = area.x.saturating_add(area.width);
        let mut x = area.x.saturating_add(MARKER);
        for (n, width) in (0..columns.len()).zip(widths) {
            if x >= end {
                break;
            }
            draw(self, n, Area { x, width: (*width).min(end - x), ..area });
            x = x.saturating_add(*width).saturating_add(GAP);
        }
    }

    fn list(&mut self, area: Area, list: &List) {
        let mut rows = rows_of(area);
        for item in &list.items {
            self.item(&mut rows, item);
        }
    }

    fn item(&mut self, rows: &mut impl Iterator<Item = Area>, item: &Item) {
        // The lines come first: the iterator must not give up a row that nobody needs.
        for (n, line) in item.lines.iter().enumerate() {
            let Some(at) = rows.next() else { return };
            let width = at.width.saturating_sub(MARKER);
            if width > 0 {
                self.line(Area { x: at.x + MARKER, width, ..at }, line);
            }
            if item.selected && n == 0 {
                self.select(at);
            } else if item.selected {
                self.fill(at, Role::Selected);
            }
        }
    }

    /// Lines to read.
    pub(super) fn text(&mut self, area: Area, lines: &[Line]) {
        for (line, at) in lines.iter().zip(rows_of(area)) {
            self.line(at, line);
        }
    }

    /// The cursor's mark and ground.
    fn select(&mut self, area: Area) {
        let style = self.style(Role::Accent, true);
        self.put(area.x, area.y, area.width.min(1), CURSOR, style);
        self.fill(area, Role::Selected);
    }
}

/// The rows of an area, each one cell high.
fn rows_of(area: Area) -> impl Iterator<Item = Area> {
    (0..area.height).map(move |n| Area { y: area.y.saturating_add(n), height: 1, ..area })
}

/// The width of each column in a row of `available` cells: what it asks for, and what is left over
/// shared among those that ask for nothing.
fn widths(columns: &[Column], available: u16) -> Vec<u16> {
    let count = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
    let gaps = GAP.saturating_mul(count(columns.len().saturating_sub(1)));
    let asked = columns.iter().fold(gaps, |sum, column| sum.saturating_add(column.width));
    let greedy = count(columns.iter().filter(|column| column.width == 0).count());
    let left = available.saturating_sub(asked);
    let share = left.checked_div(greedy).unwrap_or(0);
    let mut over = left.checked_rem(greedy).unwrap_or(0);
    columns
        .iter()
        .map(|column| {
            if column.width > 0 {
                return column.width;
            }
            let extra = u16::from(over > 0);
            over -= extra;
            (share + extra).max(NARROWEST.min(available))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(widths: &[u16]) -> Vec<Column> {
        widths.iter().map(|width| Column { title: "T", width: *width, right: false }).collect()
    }

    #[test]
    fn what_is_left_is_shared() {
        assert_eq!(widths(&columns(&[10, 0, 5]), 40), [10, 23, 5]);
        assert_eq!(widths(&columns(&[0, 0, 5]), 40), [17, 16, 5]);
        assert_eq!(widths(&columns(&[10, 20]), 100), [10, 20]);
        assert_eq!(widths(&columns(&[0, 30]), 20), [8, 30], "a name is never squeezed out");
        assert_eq!(widths(&columns(&[0]), 0), [0]);
        assert_eq!(widths(&[], 10), [0; 0]);
    }
}
