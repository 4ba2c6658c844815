//! The timeline pane: what people and systems did, newest first.

use std::sync::Arc;

use crate::domain::fact::Logged;
use crate::domain::narrate::tell;
use crate::domain::role::Role;
use crate::domain::time::Timestamp;
use crate::state::{Focus, Model};

use super::shape::{Area, Item, Line, List, Pane, Shape, span, strong};
use super::{Target, window};

/// The facts that are shown, newest first.
pub fn shown(model: &Model) -> Vec<&Arc<Logged>> {
    let filter = model.ui.filter.to_lowercase();
    let matches = |logged: &&Arc<Logged>| {
        filter.is_empty() || {
            let told = tell(&logged.fact);
            told.who.to_lowercase().contains(&filter) || told.text.to_lowercase().contains(&filter)
        }
    };
    model.watch.timeline.iter().rev().filter(matches).collect()
}

fn at(model: &Model, shown: &[&Arc<Logged>]) -> usize {
    model.ui.fact.and_then(|fact| shown.iter().position(|logged| logged.seq == fact)).unwrap_or(0)
}

/// The fact under the cursor: the newest that is shown where none was chosen.
pub fn cursor(model: &Model) -> Option<Arc<Logged>> {
    let shown = shown(model);
    shown.get(at(model, &shown)).map(|logged| Arc::clone(logged))
}

/// From the model to what fits `area`.
pub fn project(model: &Model, now: Timestamp, area: Area) -> Pane {
    let inner = area.inner();
    let shown = shown(model);
    let at = at(model, &shown);
    let focused = model.ui.focus == Focus::Timeline;
    let (first, count) = window(shown.len(), at, usize::from(inner.height));
    let items = shown[first..first + count]
        .iter()
        .enumerate()
        .map(|(line, logged)| {
            let told = tell(&logged.fact);
            let mut line_spans = vec![
                span(logged.at.clock(), Role::Dim),
                span("  ", Role::Dim),
                span(format!("{:<10} ", crate::domain::text::clip(&told.who, 10)), Role::Dim),
            ];
            let happened = logged.happened();
            if happened != logged.at {
                line_spans.push(span(format!("(at {}) ", happened.clock()), Role::Accent));
            }
            line_spans.push(span(told.text, told.role));
            Item { lines: vec![Line::new(line_spans)], selected: focused && first + line == at }
        })
        .collect();
    let shape = if shown.is_empty() {
        let text =
            if model.ui.filter.is_empty() { "Nothing has happened yet" } else { "Nothing here matches" };
        Shape::Text(vec![Line::new(vec![span(text, Role::Dim)])])
    } else {
        Shape::List(List { items, above: first, below: shown.len() - first - count })
    };
    Pane {
        name: "timeline",
        area,
        title: Line::new(vec![strong("Timeline", Role::Title), span("  UTC", Role::Dim)]),
        border: super::border(model, now, focused),
        shape,
    }
}

/// What stands at a row of the pane.
pub fn target(model: &Model, _now: Timestamp, area: Area, y: u16) -> Option<Target> {
    let inner = area.inner();
    let row = usize::from(y.checked_sub(inner.y)?);
    let shown = shown(model);
    let (first, count) = window(shown.len(), at(model, &shown), usize::from(inner.height));
    shown.get(first + row).filter(|_| row < count).map(|logged| Target::Fact(logged.seq))
}
