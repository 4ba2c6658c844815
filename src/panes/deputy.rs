//! What the deputy says on screen: in the footer, in the border of what is open, in the terminal's title.

use crate::domain::command::{Command, Place};
use crate::domain::role::Role;
use crate::domain::text::{clean, clip};
use crate::state::Model;

use super::shape::{Line, Span, span, strong};

/// Columns of a terminal's title.
const TITLE: usize = 120;

/// What rings and nobody has heard, in words; nothing where all is heard.
fn unheard(model: &Model) -> Option<String> {
    let texts: Vec<&str> = model.feed.deputy.unheard.iter().map(|(_, text)| text.as_str()).collect();
    match texts.as_slice() {
        [] => None,
        [only] => Some(format!("LATE {only}")),
        [first, rest @ ..] => Some(format!("{} LATE {first}, and {} more", rest.len() + 1, rest.len())),
    }
}

/// The line of the footer: what rings, and the key that says that it was heard.
pub fn footer(model: &Model, columns: usize) -> Option<Line> {
    let text = unheard(model)?;
    let chord = model.plan.chord(Place::Console, &Command::Heard).unwrap_or_default();
    let key = format!("{chord} heard ");
    let room = columns.saturating_sub(crate::domain::text::width(&key) + 4);
    let mut line = Line::new(vec![strong(format!(" ! {}", clip(&text, room)), Role::Danger)]);
    line.right = vec![strong(chord.to_owned(), Role::Key), span(" heard ", Role::Text)];
    Some(line)
}

/// In the border of a dialog, which covers the footer.
pub fn mark(model: &Model) -> Option<Span> {
    let count = model.feed.deputy.unheard.len();
    (count > 0).then(|| strong(format!("! {count} LATE"), Role::Danger))
}

/// The terminal's title, where `usual` is what it says while nothing rings.
pub fn title(model: &Model, usual: &str) -> String {
    match unheard(model) {
        Some(text) => clip(&clean(&format!("! {text} · {usual}")), TITLE).into_owned(),
        None => usual.to_owned(),
    }
}
