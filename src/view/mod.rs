//! Shapes to a terminal buffer. Decides where a cell goes and how it is clipped; never what it says.

mod border;
mod canvas;
mod dialog;
mod svg;
mod table;

pub use svg::svg;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::domain::role::Role;
use crate::panes::shape::{Area, Line, Pane, Screen, Shape};
use crate::theme::{self, Theme};

use canvas::Canvas;

/// Draws a screen on a buffer, whatever was on it before. Gives the place of the cursor while
/// something is being typed.
pub fn draw(screen: &Screen, theme: &Theme, buffer: &mut Buffer) -> Option<(u16, u16)> {
    let Some(frame) = &screen.frame else { return within(screen, theme, buffer) };
    let whole = buffer.area;
    let inside =
        Rect { x: 0, y: 0, width: whole.width.saturating_sub(2), height: whole.height.saturating_sub(2) };
    let mut inner = Buffer::empty(inside);
    let cursor = within(screen, theme, &mut inner);
    let around = Area { x: whole.x, y: whole.y, width: whole.width, height: whole.height };
    let mut canvas = Canvas { buffer, theme };
    canvas.clear();
    canvas.border(around, frame.role);
    canvas.title(around, &frame.top);
    if whole.height >= 2 {
        let bottom = Area { y: whole.y + (whole.height - 1), height: 2, ..around };
        canvas.title(bottom, &frame.bottom);
    }
    for y in 0..inside.height {
        for x in 0..inside.width {
            if let (Some(from), Some(to)) =
                (inner.cell((x, y)).cloned(), canvas.buffer.cell_mut((whole.x + 1 + x, whole.y + 1 + y)))
            {
                *to = from;
            }
        }
    }
    cursor.map(|(x, y)| (x + 1, y + 1))
}

/// Draws what is inside of the border.
fn within(screen: &Screen, theme: &Theme, buffer: &mut Buffer) -> Option<(u16, u16)> {
    let frame =
        Area { x: buffer.area.x, y: buffer.area.y, width: buffer.area.width, height: buffer.area.height };
    let mut canvas = Canvas { buffer, theme };
    canvas.clear();
    if let Some(dialog) = &screen.dialog {
        return canvas.dialog(frame, dialog);
    }
    let panes: Vec<(&Pane, Area)> =
        screen.panes.iter().filter_map(|pane| Some((pane, on_screen(pane.area, frame)?))).collect();
    // The focused border last, so that it is whole where panes share a line.
    for focus in [false, true] {
        for (pane, area) in panes.iter().filter(|(pane, _)| (pane.border == Role::Focus) == focus) {
            canvas.border(*area, pane.border);
        }
    }
    for (pane, area) in &panes {
        let (above, below) = left_out(&pane.shape);
        canvas.scroll_hint(*area, above, below);
    }
    for (pane, area) in &panes {
        canvas.title(*area, &pane.title);
        canvas.shape(area.inner(), &pane.shape);
    }
    lines(&mut canvas, frame, &screen.footer, Edge::Bottom);
    lines(&mut canvas, frame, &screen.bar, Edge::Top);
    None
}

/// An area that begins on the screen. It may end beyond it, and is then cut off there.
fn on_screen(area: Area, frame: Area) -> Option<Area> {
    frame.holds(area.x, area.y).then(|| Area {
        width: area.width.min(u16::MAX - area.x),
        height: area.height.min(u16::MAX - area.y),
        ..area
    })
}

/// Which edge of the screen lines stand at.
#[derive(Clone, Copy)]
enum Edge {
    Top,
    Bottom,
}

fn lines(canvas: &mut Canvas<'_>, frame: Area, lines: &[Line], edge: Edge) {
    let count = u16::try_from(lines.len()).unwrap_or(u16::MAX).min(frame.height);
    let (top, skipped) = match edge {
        Edge::Top => (frame.y, 0),
        Edge::Bottom => (frame.y + (frame.height - count), lines.len() - usize::from(count)),
    };
    for (line, y) in lines.iter().skip(skipped).zip(top..top + count) {
        let row = Area { y, height: 1, ..frame };
        if let Edge::Top = edge {
            canvas.fill(row, Role::Bar);
        }
        canvas.line(row, line);
    }
}

fn left_out(shape: &Shape) -> (usize, usize) {
    match shape {
        Shape::Table(table) => (table.above, table.below),
        Shape::List(list) => (list.above, list.below),
        Shape::Text(_) => (0, 0),
    }
}

/// What each cell of a drawn screen means, a letter a cell (see [`theme::letter`]): text alone
/// carries no style, so screen tests hold both.
pub fn role_map(screen: &Screen, width: u16, height: u16) -> Vec<String> {
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    draw(screen, &theme::role_map_theme(), &mut buffer);
    buffer
        .content
        .chunks(usize::from(width).max(1))
        .map(|row| row.iter().map(|cell| theme::letter(cell.style())).collect())
        .collect()
}

/// What is written on a drawn screen, a line a row, for tests.
pub fn text_map(screen: &Screen, width: u16, height: u16) -> Vec<String> {
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    draw(screen, &theme::role_map_theme(), &mut buffer);
    text_of(&buffer)
}

/// What is written on a buffer, a line a row, without what trails.
pub fn text_of(buffer: &Buffer) -> Vec<String> {
    use ratatui::buffer::CellWidth;
    buffer
        .content
        .chunks(usize::from(buffer.area.width).max(1))
        .map(|row| {
            let mut covered = 0;
            let mut text = String::new();
            for cell in row {
                if covered == 0 {
                    text.push_str(cell.symbol());
                    covered = cell.cell_width();
                }
                covered = covered.saturating_sub(1);
            }
            text.truncate(text.trim_end().len());
            text
        })
        .collect()
}

#[cfg(test)]
mod tests;
