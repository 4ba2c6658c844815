//! Shapes: what a pane is, before anything is drawn. Text and roles, no colours, no cells.
//!
//! A pane projects only the rows that fit its area; `above` and `below` say how many were left out.

use crate::domain::role::Role;
use crate::domain::text::width;

/// Cells before a table's row and a list's item, where the cursor's `▸` stands: what is inside has
/// so much less room.
pub const MARKER: u16 = 2;

/// Empty cells between two columns of a table.
pub const GAP: u16 = 1;

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
    /// A border around all of it, which takes a cell of each edge.
    pub frame: Option<Frame>,
}

/// A border around the whole screen: this is not a console of the present.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// What it means.
    pub role: Role,
    /// In the top border.
    pub top: Line,
    /// In the bottom border.
    pub bottom: Line,
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

/// Columns with headings; without the row of headings where no column has a title.
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

/// Where the parts of a dialog stand in its frame. Areas of parts there is no room for are empty.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct DialogParts {
    /// Whether there is room for a border.
    pub bordered: bool,
    /// Lines of the body; as many as fit are shown from `scroll` on.
    pub body: Area,
    /// What is wrong with the input, wrapped.
    pub problem: Vec<(Area, String)>,
    /// The field.
    pub input: Area,
    /// The keys, wrapped between keys: a row, and the spans in it.
    pub keys: Vec<(Area, Vec<Span>)>,
}

impl Dialog {
    /// How many lines of the body are on screen in a frame of these columns and rows.
    pub fn body_rows(&self, (width, height): (u16, u16)) -> usize {
        usize::from(self.parts(Area { x: 0, y: 0, width, height }).body.height)
    }

    /// Where everything stands in `frame`. The keys and the field come before the body.
    pub fn parts(&self, frame: Area) -> DialogParts {
        let bordered = frame.width >= 12 && frame.height >= 6;
        let mut inner = if bordered { frame.inner() } else { frame };
        let wide = |line: &Line| width(&line.plain()) + 2 > usize::from(inner.width);
        if bordered && !self.body.iter().any(wide) {
            inner = Area { x: inner.x + 1, width: inner.width - 2, ..inner };
        }
        let mut room = inner.height;
        let mut take = |rows: usize| {
            let taken = room.min(u16::try_from(rows).unwrap_or(u16::MAX));
            room -= taken;
            taken
        };
        let mut keys = key_rows(&self.keys, usize::from(inner.width));
        let problem = self.input.as_ref().and_then(|input| input.problem.as_deref()).unwrap_or_default();
        let mut problem = words(problem, usize::from(inner.width));
        // The first row of keys and the field are what one cannot do without.
        let first = take(1);
        let field = take(usize::from(self.input.is_some()));
        let more = take(keys.len().saturating_sub(1));
        let said = take(problem.len());
        keys.truncate(usize::from(first + more));
        problem.truncate(usize::from(said));
        let spare = usize::from(room) > self.body.len();
        let gap = u16::from(spare && bordered);
        let row = |at: u16| Area { y: inner.y + at, height: 1, ..inner };
        let keys_at = inner.height - first - more;
        // The field stands together with what is said about it, apart from the body where it can.
        let field_at = keys_at - field - said - if field > 0 { gap } else { 0 };
        let problem_at = field_at + field;
        let count = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        DialogParts {
            bordered,
            body: Area { height: field_at.min(room), ..inner },
            problem: problem
                .into_iter()
                .enumerate()
                .map(|(n, text)| (row(problem_at + count(n)), text))
                .collect(),
            input: if field > 0 { row(field_at) } else { Area::default() },
            keys: keys.into_iter().enumerate().map(|(n, spans)| (row(keys_at + count(n)), spans)).collect(),
        }
    }
}

/// The keys in rows of at most `columns`; a key is never parted from what stands after it.
fn key_rows(keys: &Line, columns: usize) -> Vec<Vec<Span>> {
    let mut rows: Vec<Vec<Span>> = vec![Vec::new()];
    let mut used = 0;
    let spans: Vec<&Span> = keys.left.iter().chain(&keys.right).collect();
    for group in spans.chunk_by(|_, next| next.role != Role::Key) {
        let wanted: usize = group.iter().map(|span| width(&span.text)).sum();
        let solid = wanted - group.last().map_or(0, |span| width(&span.text) - width(span.text.trim_end()));
        if used > 0 && used + solid > columns {
            rows.push(Vec::new());
            used = 0;
        }
        used += wanted;
        if let Some(row) = rows.last_mut() {
            row.extend(group.iter().map(|span| (*span).clone()));
        }
    }
    for last in rows.iter_mut().filter_map(|row| row.last_mut()) {
        last.text.truncate(last.text.trim_end().len());
    }
    rows
}

/// `text` in lines of at most `columns`, broken between words.
fn words(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(line) + 1 + width(word) <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines
}
