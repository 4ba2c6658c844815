//! Shapes: what a pane is, before anything is drawn. Text and roles, no colours, no cells.
//!
//! A pane projects only the rows that fit its area; `above` and `below` say how many were left out.

use crate::domain::role::Role;

/// A piece of text with one meaning.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Span {
    /// Clean text on one line.
    pub text: String,
    /// What it means.
    pub role: Role,
    /// Whether it stands out.
    pub strong: bool,
}

/// Shorthand for a [`Span`].
pub fn span(text: impl Into<String>, role: Role) -> Span {
    Span { text: text.into(), role, strong: false }
}

/// Shorthand for a [`Span`] that stands out.
pub fn strong(text: impl Into<String>, role: Role) -> Span {
    Span { text: text.into(), role, strong: true }
}

/// A line: some spans from the left, some against the right edge. Where both do not fit, the left
/// is clipped with `…`.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Line {
    /// From the left edge.
    pub left: Vec<Span>,
    /// Against the right edge.
    pub right: Vec<Span>,
}

impl Line {
    /// A line of spans from the left.
    pub fn new(left: Vec<Span>) -> Self {
        Self { left, right: Vec::new() }
    }

    /// A line of ordinary text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::new(vec![span(text, Role::Text)])
    }

    /// The line's text, for tests and for narrow places; left and right separated by a space.
    pub fn plain(&self) -> String {
        let mut out: String = self.left.iter().map(|span| span.text.as_str()).collect();
        if !self.right.is_empty() {
            out.push(' ');
            out.extend(self.right.iter().map(|span| span.text.as_str()));
        }
        out
    }
}

/// A rectangle of the screen, in cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Area {
    /// Columns from the left.
    pub x: u16,
    /// Rows from the top.
    pub y: u16,
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

impl Area {
    /// Whether the cell at `x`, `y` is in it.
    pub fn holds(self, x: u16, y: u16) -> bool {
        x >= self.x
            && x < self.x.saturating_add(self.width)
            && y >= self.y
            && y < self.y.saturating_add(self.height)
    }

    /// What is left inside a border of one cell.
    #[must_use]
    pub fn inner(self) -> Self {
        Self {
            x: self.x.saturating_add(1),
            y: self.y.saturating_add(1),
            width: self.width.saturating_sub(2),
            height: self.height.saturating_sub(2),
        }
    }
}

/// The whole screen.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Screen {
    /// Rows of the status bar, from the top; drawn on [`Role::Bar`]'s ground.
    pub bar: Vec<Line>,
    /// The panes, none overlapping another.
    pub panes: Vec<Pane>,
    /// Rows at the bottom.
    pub footer: Vec<Line>,
    /// A dialog over the full frame: when there is one, nothing else is drawn.
    pub dialog: Option<Dialog>,
}

/// A bordered part of the screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Pane {
    /// Which one: the name of a row of `panes::PANES`.
    pub name: &'static str,
    /// Where, border included.
    pub area: Area,
    /// In the top border, left.
    pub title: Line,
    /// The border's role.
    pub border: Role,
    /// What is inside.
    pub shape: Shape,
}

/// What is inside a pane.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// Columns with headings.
    Table(Table),
    /// A list of marked lines: a checklist, a timeline.
    List(List),
    /// Lines to read.
    Text(Vec<Line>),
}

/// Columns with headings.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Table {
    /// From the left.
    pub columns: Vec<Column>,
    /// Only those that fit.
    pub rows: Vec<Row>,
    /// Rows left out above.
    pub above: usize,
    /// Rows left out below.
    pub below: usize,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its heading.
    pub title: &'static str,
    /// Its width in cells; 0 takes what is left.
    pub width: u16,
    /// Whether cells stand against its right edge.
    pub right: bool,
}

/// A row of a table.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Row {
    /// One a column.
    pub cells: Vec<Vec<Span>>,
    /// Whether the cursor is on it.
    pub selected: bool,
}

/// A list of marked lines.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct List {
    /// Only those that fit.
    pub items: Vec<Item>,
    /// Items left out above.
    pub above: usize,
    /// Items left out below.
    pub below: usize,
}

/// A line of a list; long ones were wrapped by the pane into several lines.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Item {
    /// The lines, already wrapped to the area.
    pub lines: Vec<Line>,
    /// Whether the cursor is on it.
    pub selected: bool,
}

/// A full-frame dialog. Everything in it is visible at every size, or can be scrolled to; the
/// `keys` row never leaves the screen.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Dialog {
    /// In the top border.
    pub title: Line,
    /// The border's role.
    pub border: Role,
    /// What it says, already wrapped; only what fits from `scroll` on is drawn.
    pub body: Vec<Line>,
    /// How many lines of the body are above the frame.
    pub scroll: usize,
    /// A field to type in, above the keys.
    pub input: Option<Input>,
    /// What can be pressed, in the last row.
    pub keys: Line,
}

/// A field to type in.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Input {
    /// What is asked.
    pub label: String,
    /// What stands in it.
    pub value: String,
    /// The cursor, in characters from its start.
    pub cursor: usize,
    /// Said when what stands in it will not do.
    pub problem: Option<String>,
}

impl Dialog {
    /// How many lines of the body fit a frame of `height` rows: border, keys and input taken off.
    pub fn body_rows(&self, height: u16) -> usize {
        let taken = 3 + if self.input.is_some() { 3 } else { 0 };
        usize::from(height).saturating_sub(taken).max(1)
    }
}
