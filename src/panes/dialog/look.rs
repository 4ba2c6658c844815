//! What is looked at before it may run: every line of it, what changed marked, the key at the end.

use crate::domain::looked::LookLine;
use crate::domain::role::Role;
use crate::panes::shape::{Dialog, Line, span, strong};
use crate::state::{LookAt, Looking, Model};

use super::{keys, wrapped};

/// From the model to a shape.
pub fn project(model: &Model, look: &LookAt, width: usize) -> Dialog {
    let mut body: Vec<Line> = Vec::new();
    for line in &look.lines {
        let (mark, text, role) = match line {
            LookLine::Heading(text) => ("", text, Role::Title),
            LookLine::Text(text) => ("", text, Role::Text),
            LookLine::Code(text) => ("  ", text, Role::Code),
            LookLine::New(text) => ("+ ", text, Role::Ok),
            LookLine::Gone(text) => ("- ", text, Role::Danger),
        };
        // Every line that a long one makes has its mark: none can be taken for another.
        for mut part in wrapped(text, width.saturating_sub(mark.len()).max(1), role) {
            if !mark.is_empty() {
                part.left.insert(0, span(mark, role));
            }
            body.push(part);
        }
    }
    if let Some(problem) = &look.problem {
        body.extend(wrapped(problem, width, Role::Danger));
    }
    let leave = match look.looking {
        Looking::Configuration => "leave, nothing ran",
        Looking::Blocks { .. } => "not now",
    };
    let mut dialog = Dialog {
        title: Line::new(vec![strong(look.title.clone(), Role::Title)]),
        border: Role::Warning,
        body,
        keys: keys(&[("y", "I looked at it: it may run"), ("q", leave)]),
        ..Dialog::default()
    };
    let most = dialog.body.len().saturating_sub(dialog.body_rows(model.ui.size));
    dialog.scroll = look.scroll.min(most);
    if dialog.scroll < most {
        let on = if look.problem.is_some() { "read to the end first" } else { "read on" };
        dialog.keys = keys(&[("↓", on), ("space", "a page"), ("q", leave)]);
    }
    dialog
}
