//! Lines of a view with a cursor: headings, and lines that something can be done with, each with what stands under it.

use crate::domain::role::Role;
use crate::panes::shape::{Line, span, strong};
use crate::panes::wrap;

/// A line of a view, with what stands under it.
#[derive(Clone, Debug)]
pub struct Row<K> {
    /// By what the cursor knows it; `None` for what it cannot be on: headings and explanations.
    pub key: Option<K>,
    /// From the left; a heading where there is no key.
    pub text: String,
    /// Against the right edge.
    pub right: String,
    /// Lines below it.
    pub under: Vec<String>,
    /// What it means.
    pub role: Role,
    /// What is copied from it.
    pub copy: String,
}

impl<K> Row<K> {
    pub(super) fn heading(text: &str) -> Self {
        Self {
            key: None,
            text: text.into(),
            right: String::new(),
            under: Vec::new(),
            role: Role::Title,
            copy: String::new(),
        }
    }

    pub(super) fn new(key: K, text: impl Into<String>, right: impl Into<String>, role: Role) -> Self {
        let text: String = text.into();
        Self { key: Some(key), copy: text.clone(), text, right: right.into(), under: Vec::new(), role }
    }
}

/// The lines, wrapped, and which of them the cursor is on: the first that it can be on where `cursor` is none of them.
pub(super) fn lines<K: PartialEq>(rows: &[Row<K>], cursor: Option<&K>, width: usize) -> (Vec<Line>, usize) {
    let at = rows.iter().position(|row| row.key.is_some() && row.key.as_ref() == cursor);
    let at = at.or_else(|| rows.iter().position(|row| row.key.is_some()));
    let (mut body, mut here) = (Vec::new(), 0);
    for (index, row) in rows.iter().enumerate() {
        let selected = at == Some(index);
        if selected {
            here = body.len();
        }
        match &row.key {
            None => {
                if !body.is_empty() {
                    body.push(Line::default());
                }
                let mut line = Line::new(vec![strong(row.text.clone(), Role::Title)]);
                line.right = vec![span(row.right.clone(), Role::Dim)];
                body.push(line);
            }
            Some(_) => {
                let room = width.saturating_sub(crate::domain::text::width(&row.right) + 4);
                // Where the right side would leave no room it stands below.
                let beside = room >= width / 3;
                let mark = if selected { "▸ " } else { "  " };
                let role = if selected { Role::Selected } else { row.role };
                let parts =
                    wrap(&row.text, if beside { room.max(8) } else { width.saturating_sub(2).max(8) });
                for (part, text) in parts.into_iter().enumerate() {
                    let lead = if part == 0 { mark } else { "  " };
                    let mut line = Line::new(vec![span(format!("{lead}{text}"), role)]);
                    if part == 0 && beside {
                        line.right = vec![span(row.right.clone(), row.role)];
                    }
                    body.push(line);
                }
                if !beside {
                    body.extend(below(&row.right, width, row.role));
                }
            }
        }
        for text in &row.under {
            body.extend(below(text, width, Role::Dim));
        }
    }
    (body, here)
}

fn below(text: &str, width: usize, role: Role) -> impl Iterator<Item = Line> {
    let lines = wrap(text, width.saturating_sub(4).max(8));
    lines.into_iter().map(move |line| Line::new(vec![span(format!("    {line}"), role)]))
}
