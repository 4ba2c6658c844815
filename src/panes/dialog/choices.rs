//! What can be picked, under what is said of a prompt: as much as fits, the line under the cursor always.

use crate::domain::role::Role;
use crate::domain::text::{clean, clip};
use crate::panes::shape::{Line, span, strong};
use crate::panes::window;
use crate::state::Prompt;

/// Rows that the choices get at least.
const LEAST: usize = 4;

/// Adds the choices of `prompt` to `body`, which has room for `rows` lines; what is said before gives way.
pub(super) fn add(prompt: &Prompt, width: usize, rows: usize, body: &mut Vec<Line>) {
    let typed = prompt.input.value();
    let shown = prompt.picking.shown(typed);
    let wanted = shown.len().clamp(1, LEAST) + 1;
    if body.len() + wanted > rows {
        body.truncate(rows.saturating_sub(wanted).saturating_sub(1));
        body.push(Line::new(vec![span("…", Role::Dim)]));
    }
    let room = rows.saturating_sub(body.len() + 1).max(1);
    if shown.is_empty() {
        body.push(Line::new(vec![span("Nothing to pick matches: what is typed is taken.", Role::Warning)]));
        return;
    }
    let heading = format!("Pick one of {}, or type:", shown.len());
    body.push(Line::new(vec![strong(heading, Role::Title)]));
    let (first, count) = window(shown.len(), prompt.picking.cursor.unwrap_or(0), room);
    for (at, choice) in shown.iter().enumerate().skip(first).take(count) {
        let here = prompt.picking.cursor == Some(at);
        let mark = if here { "▸ " } else { "  " };
        let glyph = if choice.current { "● " } else { "  " };
        let text = clean(&choice.text);
        let text = clip(&text, (width / 2).max(12));
        let about =
            clip(&choice.about, width.saturating_sub(crate::domain::text::width(&text) + 6)).into_owned();
        let role = if here { Role::Selected } else { Role::Text };
        let known = if choice.current { Role::Ok } else { Role::Dim };
        body.push(Line::new(vec![span(format!("{mark}{glyph}{text}  "), role), span(about, known)]));
    }
}
