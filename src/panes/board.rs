//! Boards: what sources found, one entry a row. The same projection for errors, payments, deploys,
//! infrastructure and logs.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::domain::board::Board;
use crate::domain::entry::{Entry, EntryRef};
use crate::domain::reading::Health;
use crate::domain::role::Role;
use crate::domain::text::{clip, width};
use crate::domain::time::{Timestamp, brief};
use crate::state::{Focus, Model};

use super::shape::{Area, Column, Line, Pane, Row, Shape, Span, Table, span, strong};
use super::{Target, health, window};

/// Columns of figures at most.
const FIGURES: usize = 4;
/// Cells of the column that says how long ago something was, where no figure says it. Figures are never as narrow.
const AGE: u16 = 4;

/// An entry where it is listed.
#[derive(Clone, Copy, Debug)]
pub struct Listed<'a> {
    /// The signal that lists it, by its place in the plan.
    pub signal: usize,
    /// When it was listed.
    pub at: Timestamp,
    /// The entry.
    pub entry: &'a Entry,
}

impl Listed<'_> {
    /// Its name.
    pub fn name(&self, model: &Model) -> EntryRef {
        EntryRef { signal: model.plan.signals[self.signal].id.clone(), key: self.entry.key.clone() }
    }
}

/// The entries that `board` shows. What happens is newest first; what stands is worst first.
pub fn shown(model: &Model, board: Board) -> Vec<Listed<'_>> {
    let filter = model.ui.filter.to_lowercase();
    let matches = |entry: &Entry| {
        filter.is_empty()
            || entry.title.to_lowercase().contains(&filter)
            || entry.state.to_lowercase().contains(&filter)
            || entry.key.to_lowercase().contains(&filter)
    };
    let mut listed: Vec<Listed<'_>> = model
        .plan
        .listed(board)
        .filter_map(|signal| Some((signal, model.feed.signals[signal].listing.as_ref()?)))
        .flat_map(|(signal, listing)| {
            listing.entries.iter().map(move |entry| Listed { signal, at: listing.at, entry })
        })
        .filter(|listed| matches(listed.entry))
        .collect();
    // Two questions to one source may list the same thing: it has one row, the first question's.
    let mut seen = BTreeSet::new();
    listed.retain(|listed| seen.insert((model.plan.signals[listed.signal].source, &listed.entry.key)));
    match board {
        Board::Deploys | Board::Logs => listed.sort_by_key(|listed| Reverse(listed.entry.at)),
        Board::Errors | Board::Payments | Board::Infrastructure => {
            listed.sort_by_key(|listed| Reverse(listed.entry.health));
        }
    }
    listed
}

/// The line under the cursor: the first where none was chosen, none where the chosen one is not listed any more. A key
/// never acts on what took its place.
fn at(model: &Model, board: Board, shown: &[Listed<'_>]) -> Option<usize> {
    match model.ui.entries.get(&board) {
        None => (!shown.is_empty()).then_some(0),
        Some(chosen) => shown.iter().position(|listed| {
            listed.entry.key == chosen.key && model.plan.signals[listed.signal].id == chosen.signal
        }),
    }
}

/// The entry under the cursor.
pub fn cursor(model: &Model, board: Board) -> Option<Listed<'_>> {
    let shown = shown(model, board);
    at(model, board, &shown).and_then(|at| shown.get(at).copied())
}

/// The entry `lines` further down than the one under the cursor.
pub fn moved(model: &Model, board: Board, lines: isize) -> Option<EntryRef> {
    let shown = shown(model, board);
    let last = shown.len().checked_sub(1)?;
    let to = at(model, board, &shown).map_or(0, |at| at.saturating_add_signed(lines).min(last));
    shown.get(to).map(|listed| listed.name(model))
}

/// How many rows it would like to have.
pub(super) fn wanted(model: &Model, board: Board) -> usize {
    let entries = |signal: usize| {
        model.feed.signals[signal].listing.as_ref().map_or(0, |listing| listing.entries.len())
    };
    model.plan.listed(board).map(entries).sum()
}

/// How bad the worst signal of `board` is: what decides where there is not room for all.
pub(super) fn badness(model: &Model, now: Timestamp, board: Board) -> Health {
    let healths = model.plan.listed(board).map(|signal| health::standing(model, now, signal).health);
    // Blind is worth less room than red.
    healths
        .max_by_key(|health| if *health == Health::Blind { Health::Ok } else { *health })
        .unwrap_or(Health::Ok)
}

/// From the model to what fits `area`.
pub fn project(model: &Model, now: Timestamp, area: Area, board: Board) -> Pane {
    let inner = area.inner();
    let shown = shown(model, board);
    let focused = model.ui.focus == Focus::Board(board);
    let at = at(model, board, &shown);
    let columns = columns(&shown, inner);
    let titled = columns.iter().any(|column| !column.title.is_empty());
    let rows = usize::from(inner.height).saturating_sub(usize::from(titled));
    let (first, count) = window(shown.len(), at.filter(|_| focused).unwrap_or(0), rows);
    let table_rows = shown[first..first + count]
        .iter()
        .enumerate()
        .map(|(line, listed)| Row {
            cells: cells(model, now, listed, &columns),
            selected: focused && at == Some(first + line),
        })
        .collect();
    let shape = if shown.is_empty() {
        Shape::Text(vec![Line::new(vec![span(empty(model, now, board), Role::Dim)])])
    } else {
        let below = shown.len() - first - count;
        Shape::Table(Table { columns, rows: table_rows, above: first, below })
    };
    let border = super::border(model, now, focused);
    Pane { name: board.name(), area, title: title(model, now, board, inner.width), border, shape }
}

/// What stands at a row of the pane.
pub fn target(model: &Model, area: Area, y: u16, board: Board) -> Option<Target> {
    let inner = area.inner();
    let shown = shown(model, board);
    let titled = columns(&shown, inner).iter().any(|column| !column.title.is_empty());
    let row = usize::from(y.checked_sub(inner.y + u16::from(titled))?);
    let rows = usize::from(inner.height).saturating_sub(usize::from(titled));
    let focused = model.ui.focus == Focus::Board(board);
    let at = at(model, board, &shown).filter(|_| focused).unwrap_or(0);
    let (first, count) = window(shown.len(), at, rows);
    let listed = shown.get(first + row).filter(|_| row < count)?;
    Some(Target::Entry(board, listed.name(model)))
}

fn empty(model: &Model, now: Timestamp, board: Board) -> String {
    if !model.ui.filter.is_empty() {
        return format!("Nothing here matches {:?}: esc shows all", model.ui.filter);
    }
    if model.replay.is_some() {
        let feeds = model.plan.listed(board).map(|signal| model.feed.signals[signal].figures);
        let (listed, unwell) = feeds.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        return format!("{listed} listed, {unwell} not well: no more of them is kept for a replay");
    }
    let waiting = |signal: usize| model.feed.signals[signal].listing.is_none();
    let mut asked = model.plan.listed(board).filter(|signal| model.plan.signals[*signal].alert().is_none());
    match asked.find(|signal| waiting(*signal)) {
        Some(signal) => {
            let standing = health::standing(model, now, signal);
            format!("{} {}", model.plan.signals[signal].id, standing.words)
        }
        None => "Nothing is listed: all is well here".into(),
    }
}

/// The board's name, what its signals say, and how old that is where it is older than it should be.
fn title(model: &Model, now: Timestamp, board: Board, columns: u16) -> Line {
    let mut left = vec![strong(board.title(), Role::Title)];
    let mut oldest = None;
    let asked: Vec<usize> =
        model.plan.listed(board).filter(|at| model.plan.signals[*at].alert().is_none()).collect();
    let mut parts: Vec<(Health, Span)> = Vec::new();
    for signal in model.plan.listed(board) {
        let known = &model.plan.signals[signal];
        let standing = health::standing(model, now, signal);
        let last = model.feed.signals[signal].last.as_ref();
        // What is asked once an hour is an hour old, and nothing is wrong with that.
        if known.request().is_some()
            && let Some(last) = last.filter(|last| now.since(last.at) > known.every * 2 + known.timeout())
        {
            oldest = Some(oldest.map_or(last.at, |oldest: Timestamp| oldest.min(last.at)));
        }
        let alert = known.alert().is_some();
        let well = matches!(standing.health, Health::Ok);
        if alert && (well || standing.health == Health::Blind) {
            continue;
        }
        let said = match (last, standing.health) {
            (Some(last), Health::Ok | Health::Degraded | Health::Down) if !last.detail.is_empty() => {
                last.detail.clone()
            }
            _ => standing.words.trim_start_matches(['●', '▲', '✖', '?', '·', ' ']).to_owned(),
        };
        let name = if asked.len() > 1 || alert { format!("{} ", known.id) } else { String::new() };
        let glyph = if well { String::new() } else { format!("{} ", standing.health.glyph()) };
        let role = if well || last.is_none() { Role::Dim } else { standing.role };
        parts.push((standing.health, span(format!("{glyph}{name}{said}"), role)));
    }
    // What is red is said first: the rest may not fit.
    parts.sort_by_key(|(health, _)| Reverse(if *health == Health::Blind { 1 } else { *health as u8 * 2 }));
    for (n, (_, part)) in parts.into_iter().enumerate() {
        left.push(span(if n == 0 { "  " } else { " · " }, Role::Dim));
        left.push(part);
    }
    if !model.ui.filter.is_empty() {
        left.push(span(format!("  / {}", model.ui.filter), Role::Accent));
    }
    let age = oldest.map(|at| now.since(at));
    // Its age, where it says something: a second or two are no age.
    if let Some(age) = age.filter(|age| age.as_secs() >= 5) {
        let room = usize::from(columns).saturating_sub(12);
        fit(&mut left, room);
        left.push(span(format!("  {} ago", brief(age)), Role::Dim));
    }
    Line::new(left)
}

/// Cuts spans to `columns`.
fn fit(spans: &mut Vec<Span>, columns: usize) {
    let mut used = 0;
    for at in 0..spans.len() {
        let wide = width(&spans[at].text);
        if used + wide > columns {
            spans[at].text = clip(&spans[at].text, columns - used).into_owned();
            spans.truncate(at + 1);
            return;
        }
        used += wide;
    }
}

/// The columns that fit: state, what it is, figures, and how long ago.
fn columns(shown: &[Listed<'_>], inner: Area) -> Vec<Column> {
    let column = |title, width, right| Column { title, width, right };
    let widest = |text: &dyn Fn(&Entry) -> usize, least: usize, most: usize| {
        let widest = shown.iter().take(60).map(|listed| text(listed.entry)).max().unwrap_or(0);
        u16::try_from(widest.clamp(least, most)).unwrap_or(12)
    };
    let state = widest(&|entry| width(&entry.state) + 2, 6, 14);
    let mut columns = vec![column("", state, false), column("", 0, false)];
    // What it is comes before figures.
    let mut room = inner.width.saturating_sub(state + 38);
    for nth in 0..FIGURES {
        let headings: Vec<&str> = shown
            .iter()
            .filter_map(|listed| listed.entry.cells.get(nth).map(|(heading, _)| *heading))
            .collect();
        let Some(first) = headings.first() else { break };
        let heading = if headings.iter().all(|heading| heading == first) { *first } else { "" };
        let wide = widest(
            &|entry| entry.cells.get(nth).map_or(0, |(_, text)| width(text)),
            heading.len().max(usize::from(AGE) + 1),
            20,
        );
        if room < wide + 1 {
            break;
        }
        room -= wide + 1;
        columns.push(column(heading, wide, true));
    }
    let aged = |column: &Column| matches!(column.title, "AGE" | "LAST" | "FOR" | "SINCE");
    if !columns.iter().any(aged) {
        columns.push(column("", AGE, true));
    }
    if inner.height < 4 {
        columns.iter_mut().for_each(|column| column.title = "");
    }
    columns
}

fn cells(model: &Model, now: Timestamp, listed: &Listed<'_>, columns: &[Column]) -> Vec<Vec<Span>> {
    let entry = listed.entry;
    // What the source could not be asked about since is shown as what it was.
    let stale = health::standing(model, now, listed.signal).health == Health::Blind;
    let weight = |role: Role| if stale { Role::Dim } else { role };
    let red = matches!(entry.health, Health::Down | Health::Degraded);
    let glyph = if red || entry.health == Health::Blind { entry.health.glyph() } else { " " };
    let role = if red { entry.health.role() } else { Role::Text };
    let mut name = Vec::new();
    let new = model.plan.signals[listed.signal].board == Some(Board::Errors) && is_new(model, now, entry);
    if new {
        name.push(strong("NEW ", weight(Role::Accent)));
    }
    // What stands there already, and what every row has, says nothing; the detail has all of them.
    let says = |tag: &&String| {
        !(tag.eq_ignore_ascii_case(&entry.state) || *tag == "error" || new && tag.eq_ignore_ascii_case("new"))
    };
    for tag in entry.tags.iter().filter(says).take(2) {
        name.push(span(format!("{tag} "), weight(Role::Accent)));
    }
    name.push(span(entry.title.clone(), weight(Role::Text)));
    let mut cells = vec![vec![span(format!("{glyph} {}", entry.state), weight(role))], name];
    for (nth, column) in columns.iter().skip(2).enumerate() {
        let own_age = column.width == AGE;
        let text = match entry.cells.get(nth) {
            _ if own_age => entry.at.map_or_else(String::new, |at| brief(now.since(at))),
            Some((_, text)) => text.clone(),
            None => String::new(),
        };
        cells.push(vec![span(text, weight(if own_age { Role::Dim } else { Role::Text }))]);
    }
    cells
}

/// Whether it was first seen after the last release.
fn is_new(model: &Model, now: Timestamp, entry: &Entry) -> bool {
    entry.release.is_none()
        && entry
            .began
            .is_some_and(|began| model.release_before(now).is_some_and(|release| began >= release.at))
}

/// The entry as a line to keep elsewhere: what it is, its source, when it was read.
pub fn evidence(model: &Model, signal: usize, entry: &Entry, at: Timestamp) -> String {
    let known = &model.plan.signals[signal];
    let mut text = format!("{} {}: {}", entry.state, entry.key, entry.title);
    for (heading, cell) in &entry.cells {
        text = text + "; " + &heading.to_lowercase() + " " + cell;
    }
    if let Some(link) = &entry.link {
        text += "\n";
        text += link;
    }
    let when = entry.at.map_or_else(String::new, |at| format!(", {}", at.rfc3339()));
    text + &format!("\n(source: {} {}{when}; read {})", known.source, known.id, at.rfc3339())
}
