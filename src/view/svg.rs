//! A drawn buffer as a picture: one self-contained SVG that looks the same wherever it is shown,
//! because lines and bars are drawn, and every character has its own place.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, CellWidth};
use ratatui::style::{Modifier, Style};

use crate::domain::text::is_hostile;
use crate::theme::{Rgb, Theme};

/// A cell, in pixels.
const CELL: (u32, u32) = (9, 20);
/// Around the screen.
const MARGIN: u32 = 14;
/// From the top of a cell to the foot of its letters.
const FOOT: u32 = 15;

/// A buffer as an SVG picture; `title` is read out where the picture cannot be seen.
pub fn svg(buffer: &Buffer, theme: &Theme, title: &str) -> String {
    let (columns, rows) = (u32::from(buffer.area.width), u32::from(buffer.area.height));
    let (width, height) = (columns * CELL.0 + 2 * MARGIN, rows * CELL.1 + 2 * MARGIN);
    let mut out = String::new();
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\" font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, \
         monospace\" font-size=\"15\">\n<title>{}</title>\n<rect width=\"{width}\" height=\"{height}\" rx=\"8\" \
         fill=\"{}\"/>\n",
        escaped(title),
        hex(theme.ground())
    );
    for (n, row) in buffer.content.chunks(usize::from(buffer.area.width).max(1)).enumerate() {
        let y = MARGIN + u32::try_from(n).unwrap_or(0) * CELL.1;
        let cells = cells(row, theme);
        grounds(&mut out, theme, &cells, y);
        glyphs(&mut out, &cells, y);
    }
    out.push_str("</svg>\n");
    out
}

/// A grapheme in its place.
struct Glyph<'a> {
    x: u32,
    width: u32,
    symbol: &'a str,
    ink: Rgb,
    ground: Rgb,
    style: Style,
}

fn cells<'a>(row: &'a [ratatui::buffer::Cell], theme: &Theme) -> Vec<Glyph<'a>> {
    let mut glyphs = Vec::with_capacity(row.len());
    let mut n = 0;
    while let Some(cell) = row.get(n) {
        let style = cell.style();
        let (ink, ground) = theme.seen(style);
        let columns = usize::from(cell.cell_width()).max(1);
        let pixels = |cells: usize| u32::try_from(cells).unwrap_or(0) * CELL.0;
        glyphs.push(Glyph {
            x: MARGIN + pixels(n),
            width: pixels(columns),
            symbol: cell.symbol(),
            ink,
            ground,
            style,
        });
        n += columns;
    }
    glyphs
}

fn grounds(out: &mut String, theme: &Theme, cells: &[Glyph<'_>], y: u32) {
    for run in cells.chunk_by(|one, other| one.ground == other.ground) {
        if run[0].ground != theme.ground() {
            let width: u32 = run.iter().map(|glyph| glyph.width).sum();
            rect(out, (run[0].x, y), (width, CELL.1), run[0].ground);
        }
    }
}

fn glyphs(out: &mut String, cells: &[Glyph<'_>], y: u32) {
    let same = |one: &Glyph<'_>, other: &Glyph<'_>| {
        one.ink == other.ink && one.style.add_modifier == other.style.add_modifier
    };
    for run in cells.chunk_by(same) {
        // Word by word: a font that is a little wider than ours moves no word but its own letters.
        let mut word: Option<(&Glyph<'_>, String)> = None;
        for glyph in run {
            if drawn(out, glyph, y) || glyph.symbol.trim().is_empty() {
                finished(out, &mut word, y);
            } else {
                word.get_or_insert_with(|| (glyph, String::new())).1.push_str(&escaped(glyph.symbol));
                if glyph.width > CELL.0 {
                    finished(out, &mut word, y);
                }
            }
        }
        finished(out, &mut word, y);
        underline(out, run, y);
    }
}

/// Writes the word that has ended, if there is one.
fn finished(out: &mut String, word: &mut Option<(&Glyph<'_>, String)>, y: u32) {
    let Some((glyph, text)) = word.take() else { return };
    let has = |modifier| glyph.style.add_modifier.contains(modifier);
    let bold = if has(Modifier::BOLD) { " font-weight=\"bold\"" } else { "" };
    let italic = if has(Modifier::ITALIC) { " font-style=\"italic\"" } else { "" };
    let dim = if has(Modifier::DIM) { " opacity=\"0.6\"" } else { "" };
    let _ = writeln!(
        out,
        "<text x=\"{}\" y=\"{}\" fill=\"{}\"{bold}{italic}{dim}>{text}</text>",
        glyph.x,
        y + FOOT,
        hex(glyph.ink)
    );
}

fn underline(out: &mut String, run: &[Glyph<'_>], y: u32) {
    if let Some(first) = run.first().filter(|glyph| glyph.style.add_modifier.contains(Modifier::UNDERLINED)) {
        let width: u32 = run.iter().map(|glyph| glyph.width).sum();
        rect(out, (first.x, y + FOOT + 2), (width, 1), first.ink);
    }
}

/// Draws lines and bars, which fonts would leave gaps between.
fn drawn(out: &mut String, glyph: &Glyph<'_>, y: u32) -> bool {
    let mut characters = glyph.symbol.chars();
    let (Some(c), None) = (characters.next(), characters.next()) else { return false };
    if let '▁'..='█' = c {
        let height = (u32::from(c) - u32::from('▁') + 1) * CELL.1 / 8;
        rect(out, (glyph.x, y + CELL.1 - height), (CELL.0, height), glyph.ink);
        return true;
    }
    let Some(arms) = arms(c) else { return false };
    let (middle, centre) = (glyph.x + CELL.0 / 2, y + CELL.1 / 2);
    let [up, right, down, left] = arms;
    let thickest = arms.into_iter().max().unwrap_or(0);
    let half = thickest / 2;
    for (weight, top, bottom) in [(up, y, centre + half + 1), (down, centre - half, y + CELL.1)] {
        if weight > 0 {
            rect(out, (middle - weight / 2, top), (weight, bottom - top), glyph.ink);
        }
    }
    for (weight, start, end) in [(left, glyph.x, middle + half + 1), (right, middle - half, glyph.x + CELL.0)]
    {
        if weight > 0 {
            rect(out, (start, centre - weight / 2), (end - start, weight), glyph.ink);
        }
    }
    true
}

/// How thick a line goes up, right, down and left from a cell's centre.
fn arms(c: char) -> Option<[u32; 4]> {
    Some(match c {
        '─' => [0, 1, 0, 1],
        '│' => [1, 0, 1, 0],
        '┌' => [0, 1, 1, 0],
        '┐' => [0, 0, 1, 1],
        '└' => [1, 1, 0, 0],
        '┘' => [1, 0, 0, 1],
        '├' => [1, 1, 1, 0],
        '┤' => [1, 0, 1, 1],
        '┬' => [0, 1, 1, 1],
        '┴' => [1, 1, 0, 1],
        '┼' => [1, 1, 1, 1],
        '━' => [0, 3, 0, 3],
        '┃' => [3, 0, 3, 0],
        '┏' => [0, 3, 3, 0],
        '┓' => [0, 0, 3, 3],
        '┗' => [3, 3, 0, 0],
        '┛' => [3, 0, 0, 3],
        _ => return None,
    })
}

fn rect(out: &mut String, (x, y): (u32, u32), (width, height): (u32, u32), fill: Rgb) {
    let _ = writeln!(
        out,
        "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{}\"/>",
        hex(fill)
    );
}

fn hex([red, green, blue]: Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if is_hostile(c) => out.push(char::REPLACEMENT_CHARACTER),
            c => out.push(c),
        }
    }
    out
}
