//! The picture in the README is a screen of the real program. `UPDATE_PICTURE=1 cargo test --test
//! picture` drives a demo to an interesting moment and writes it; otherwise the committed one is
//! looked at.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test ends where it meets what it did not expect")]

mod support;

use std::time::Duration;

use midwatch::theme::{self, Depth};
use midwatch::view;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use support::terminal::{DEADLINE, MIDWATCH, Terminal};

const FILE: &str = "docs/screen.svg";
const SIZE: (u16, u16) = (132, 36);

/// What the picture must show: a signal that is down, the lock, an incident, the next step, the keys.
const SHOWN: [&str; 8] =
    ["MIDWATCH", "ARMED", "INC-1", "DOWN", "Containment", "maintenance-mode", "observed", "Timeline"];

#[test]
fn the_picture_shows_the_console_in_an_incident() {
    if std::env::var_os("UPDATE_PICTURE").is_some() {
        let svg = drawn();
        std::fs::File::create(FILE)
            .and_then(|mut file| std::io::Write::write_all(&mut file, svg.as_bytes()))
            .unwrap();
    }
    let svg = std::fs::read_to_string(FILE).unwrap();
    assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"), "{FILE} is no picture");
    let words: Vec<&str> = svg.split('<').filter_map(|tag| Some(tag.split_once('>')?.1.trim())).collect();
    let text = words.join(" ");
    for word in SHOWN {
        assert!(text.contains(word), "{FILE} does not show {word:?}: UPDATE_PICTURE=1 makes it anew");
    }
}

/// Drives a demo until the API is down, an incident is declared and maintenance mode is on.
fn drawn() -> String {
    let colours = [("TERM", "xterm-256color"), ("COLORTERM", "truecolor")];
    let arguments = [MIDWATCH, "demo", "api-outage", "--theme", "dark", "--operator", "ann"];
    let mut demo = Terminal::start(&arguments, SIZE, &colours);
    let outage = Duration::from_secs(60);
    demo.wait_for_texts(&["1 down", "declare an incident"], outage);
    demo.key("i");
    demo.wait_for_text("severity and title", DEADLINE);
    demo.key("enter");
    demo.wait_for_text("INC-1 declared", DEADLINE);
    demo.key("K");
    demo.key("m");
    demo.wait_for_text("This switches it ON", DEADLINE);
    demo.key("A");
    demo.wait_for_text("y run", DEADLINE);
    demo.key("y");
    demo.wait_for_text("observed by web", outage);
    demo.key("2");
    demo.key("space");
    demo.wait_for_text("1/4", DEADLINE);
    // What was said last makes room for what is worst and the key that comes next.
    demo.wait_for(|screen| screen.contains("run the step"), outage);
    let buffer = demo.with_screen(buffer);
    let (theme, _) = theme::load("dark", None, Depth::True);
    view::svg(
        &buffer,
        &theme,
        "Midwatch in an incident: a signal is down, the runbook stands at its next step",
    )
}

/// The terminal's cells as a drawn buffer.
fn buffer(screen: &vt100::Screen) -> Buffer {
    let (rows, columns) = screen.size();
    let mut buffer = Buffer::empty(Rect::new(0, 0, columns.into(), rows.into()));
    for y in 0..rows.into() {
        for x in 0..columns.into() {
            let Some(cell) = screen.cell(y, x) else { continue };
            let mut style = Style::default().fg(colour(cell.fgcolor())).bg(colour(cell.bgcolor()));
            for (set, modifier) in [
                (cell.bold(), Modifier::BOLD),
                (cell.dim(), Modifier::DIM),
                (cell.italic(), Modifier::ITALIC),
                (cell.underline(), Modifier::UNDERLINED),
                (cell.inverse(), Modifier::REVERSED),
            ] {
                if set {
                    style = style.add_modifier(modifier);
                }
            }
            let text = if cell.has_contents() { cell.contents() } else { " " };
            buffer[(x, y)].set_symbol(text).set_style(style);
        }
    }
    buffer
}

fn colour(colour: vt100::Color) -> Color {
    match colour {
        vt100::Color::Default => Color::Reset,
        vt100::Color::Idx(index) => Color::Indexed(index),
        vt100::Color::Rgb(red, green, blue) => Color::Rgb(red, green, blue),
    }
}
