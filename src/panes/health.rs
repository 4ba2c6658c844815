//! The health pane: every signal, worst first.

use std::time::Duration;

use hdrhistogram::Histogram;

use crate::domain::ids::SignalId;
use crate::domain::reading::Health;
use crate::domain::role::Role;
use crate::domain::text::width;
use crate::domain::time::{Timestamp, latency, short};
use crate::state::{Focus, Model, SAMPLE_WINDOW, Samples, Statistics, reason_words};

use super::shape::{Area, Column, Line, Pane, Row, Shape, Span, Table, span, strong};
use super::{Target, window};

/// Span of the percentiles and of the error rate.
const RECENT: Duration = Duration::from_secs(5 * 60);
/// Cells of the sparkline.
const SPARKS: usize = 15;

/// How a signal stands, as the pane says it: also what dialogs and commands without a screen say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its health, blind where nothing fresh is known.
    pub health: Health,
    /// Glyph and word, with the reason: `✖ DOWN 503`.
    pub words: String,
    /// What it means.
    pub role: Role,
    /// Since when.
    pub since: Option<Timestamp>,
    /// Whether it is on the way to another state, muted, taken on, flapping.
    pub tags: Vec<String>,
    /// Whether the newest reading is older than it should be.
    pub late: Option<Duration>,
}

/// The signals that are shown, worst first, by their place in the plan.
pub fn shown(model: &Model) -> Vec<usize> {
    let filter = model.ui.filter.to_lowercase();
    if filter.is_empty() {
        return model.feed.order.clone();
    }
    let matches = |index: &usize| {
        let signal = &model.plan.signals[*index];
        signal.id.as_str().to_lowercase().contains(&filter)
            || model.watch.signals.get(&signal.id).is_some_and(|known| known.health.word().contains(&filter))
    };
    model.feed.order.iter().copied().filter(matches).collect()
}

/// How the signal at `index` of the plan stands at `now`.
pub fn standing(model: &Model, now: Timestamp, index: usize) -> Standing {
    let signal = &model.plan.signals[index];
    let feed = &model.feed.signals[index];
    let known = model.watch.signals.get(&signal.id);
    let settled = known.map_or(Health::Blind, |known| known.health);
    let age = feed.last.as_ref().map(|reading| now.since(reading.at));
    let late = age.filter(|age| *age > signal.every * 2 + signal.timeout());
    let stale = age.filter(|age| *age > signal.every * 4 + signal.timeout());
    let mut tags = Vec::new();
    let sick = model.watch.observer_sick.is_some();
    let soft = feed.settling.soft(&signal.rules, settled).filter(|soft| soft.to != settled && !sick);
    if let Some(soft) = soft {
        tags.push(format!("soft {}/{} {}", soft.count, soft.of, soft.to.word()));
    }
    if let Some(known) = known {
        if let Some(percent) = known.flapping {
            tags.push(format!("flapping {percent}%"));
        }
        if let Some(taken) = &known.acknowledged {
            tags.push(format!("ack {}", taken.by));
        }
        if known.silenced.is_some() {
            tags.push("muted".into());
        }
    }
    let since = known.map(|known| known.since);
    let blind = |words: String| Standing {
        health: Health::Blind,
        words,
        role: Role::Blind,
        since,
        tags: tags.clone(),
        late,
    };
    if sick {
        return blind("? BLIND observer".into());
    }
    if let Some(stale) = stale {
        return blind(format!("? BLIND {} old", short(stale)));
    }
    let Some(known) = known else {
        return match &feed.last {
            None => Standing { role: Role::Dim, ..blind("· waiting".into()) },
            Some(reading) => blind(format!("? {}", reason_words(reading.reason, &reading.detail))),
        };
    };
    // Of a night whose readings are lost, the facts are left.
    if feed.last.is_none() && model.replay.is_none() {
        return Standing { role: Role::Dim, ..blind(format!("· was {}", settled.word())) };
    }
    let words = match settled {
        Health::Ok => format!("{} ok", settled.glyph()),
        Health::Degraded | Health::Down | Health::Blind => {
            let mut words = format!("{} {}", settled.glyph(), settled.word().to_uppercase());
            let detail = if known.detail.is_empty() {
                known.reason.map_or("", crate::domain::reading::Reason::word)
            } else {
                &known.detail
            };
            if !detail.is_empty() {
                words.push(' ');
                words.push_str(detail);
            }
            words
        }
    };
    Standing { health: settled, words, role: settled.role(), since, tags, late }
}

/// From the model to what fits `area`.
pub fn project(model: &Model, now: Timestamp, area: Area) -> Pane {
    let inner = area.inner();
    let shown = shown(model);
    let rows = usize::from(inner.height).saturating_sub(1);
    let at = selected(model, &shown);
    let (first, count) = window(shown.len(), anchor(model, at), rows);
    let longest = shown.iter().take(60).map(|index| width(model.plan.signals[*index].id.as_str())).max();
    let columns = columns(inner.width, longest.unwrap_or(0));
    let mut scratch = Samples::scratch();
    let rows = shown[first..first + count]
        .iter()
        .enumerate()
        .map(|(line, index)| Row {
            cells: cells(model, now, *index, &columns, scratch.as_mut()),
            selected: at == Some(first + line) && model.ui.focus == Focus::Health,
        })
        .collect();
    let table = Table { columns, rows, above: first, below: shown.len() - first - count };
    let focused = model.ui.focus == Focus::Health;
    Pane {
        name: "health",
        area,
        title: title(model, shown.len()),
        border: super::border(model, now, focused),
        shape: if shown.is_empty() { Shape::Text(empty(model)) } else { Shape::Table(table) },
    }
}

fn empty(model: &Model) -> Vec<Line> {
    let text = if model.ui.filter.is_empty() {
        "No signal is configured: add a [[health]] table to midwatch.toml".to_owned()
    } else {
        format!("No signal matches {:?}: esc shows all", model.ui.filter)
    };
    vec![Line::new(vec![span(text, Role::Dim)])]
}

/// What stands at a row of the pane.
pub fn target(model: &Model, _now: Timestamp, area: Area, y: u16) -> Option<Target> {
    let inner = area.inner();
    let row = usize::from(y.checked_sub(inner.y + 1)?);
    let shown = shown(model);
    let rows = usize::from(inner.height).saturating_sub(1);
    let (first, count) = window(shown.len(), anchor(model, selected(model, &shown)), rows);
    let index = *shown.get(first + row).filter(|_| row < count)?;
    Some(Target::Signal(model.plan.signals[index].id.clone()))
}

fn selected(model: &Model, shown: &[usize]) -> Option<usize> {
    let index = model.plan.signal_index(model.ui.signal.as_ref()?)?;
    shown.iter().position(|at| *at == index)
}

/// The signal under the cursor, while it is shown: a key never acts on what a filter hides.
pub fn cursor(model: &Model) -> Option<SignalId> {
    selected(model, &shown(model)).and_then(|_| model.ui.signal.clone())
}

/// The line that must be visible: the cursor's while it has the keys, else the worst.
fn anchor(model: &Model, selected: Option<usize>) -> usize {
    selected.filter(|_| model.ui.focus == Focus::Health).unwrap_or(0)
}

fn title(model: &Model, shown: usize) -> Line {
    let counts = &model.feed.counts;
    let mut left = vec![strong("Health", Role::Title)];
    if model.watch.observer_sick.is_some() {
        left.push(strong("  ? observer cut off: nothing can be measured", Role::Blind));
        return Line::new(left);
    }
    for (at, health) in [Health::Down, Health::Degraded, Health::Blind, Health::Ok].into_iter().enumerate() {
        let count = counts[health as usize];
        if count > 0 {
            left.push(span(if at == 0 || left.len() == 1 { "  " } else { " · " }, Role::Dim));
            let role = if health == Health::Ok { Role::Dim } else { health.role() };
            left.push(span(format!("{count} {}", health.word()), role));
        }
    }
    if !model.ui.filter.is_empty() {
        left.push(span(format!("  / {} ({shown} shown)", model.ui.filter), Role::Accent));
    }
    Line::new(left)
}

/// The columns that fit `width`, most needed first.
fn columns(width: u16, longest: usize) -> Vec<Column> {
    let column = |title, width, right| Column { title, width, right };
    let sparks = u16::try_from(SPARKS).unwrap_or(15);
    let state = match width {
        0..=49 => 18,
        50..=89 => 22,
        _ => 34,
    };
    let mut columns = vec![column("NAME", 0, false), column("STATE", state, false), column("FOR", 6, true)];
    if width >= 62 {
        columns.push(column("p95", 6, true));
    }
    if width >= 70 {
        columns.insert(3, column("p50", 6, true));
        columns.push(column("ERR", 4, true));
    }
    if width >= 76 {
        columns.push(column("15 MIN", sparks, false));
    }
    // A name that is cut may be another's: the less needed figures make room for it.
    let asked =
        |columns: &[Column]| columns.iter().map(|column| usize::from(column.width) + 1).sum::<usize>() + 2;
    for (figure, name) in [("p50", longest), ("ERR", longest), ("p95", longest.min(20))] {
        if usize::from(width) < asked(&columns) + name {
            columns.retain(|column| column.title != figure);
        }
    }
    columns
}

fn cells(
    model: &Model,
    now: Timestamp,
    index: usize,
    columns: &[Column],
    scratch: Option<&mut Histogram<u32>>,
) -> Vec<Vec<Span>> {
    let signal = &model.plan.signals[index];
    let samples = &model.feed.signals[index].samples;
    let standing = standing(model, now, index);
    let statistics =
        scratch.map_or(Statistics::default(), |scratch| samples.statistics(now, RECENT, scratch));
    let weight = |role| if standing.late.is_some() { Role::Dim } else { role };
    columns
        .iter()
        .map(|column| match column.title {
            "NAME" => vec![span(signal.id.as_str(), weight(Role::Text))],
            "STATE" => state_cell(&standing, column.width),
            "FOR" => vec![span(
                standing.since.map_or_else(String::new, |since| short(now.since(since))),
                weight(Role::Dim),
            )],
            "p50" => vec![span(statistics.p50.map_or_else(|| "-".into(), latency), weight(Role::Text))],
            "p95" => vec![span(statistics.p95.map_or_else(|| "-".into(), latency), weight(Role::Text))],
            "ERR" => vec![span(percent(statistics.error_rate), weight(error_role(statistics.error_rate)))],
            _ => sparkline(samples, now),
        })
        .collect()
}

/// Word and tags in `width` cells: a tag that says something is going on comes before the detail.
fn state_cell(standing: &Standing, width: u16) -> Vec<Span> {
    let strong_role = matches!(standing.health, Health::Down | Health::Degraded);
    let words = Span { text: standing.words.clone(), role: standing.role, strong: strong_role };
    if standing.tags.is_empty() {
        return match standing.late {
            Some(late) => {
                vec![Span { role: Role::Dim, ..words }, span(format!(" late {}", short(late)), Role::Warning)]
            }
            None => vec![words],
        };
    }
    let tags = standing.tags.join(" ");
    let room = usize::from(width).saturating_sub(crate::domain::text::width(&tags) + 1);
    let brief = crate::domain::text::clip(&words.text, room.max(6)).into_owned();
    vec![Span { text: brief, ..words }, span(format!(" {tags}"), Role::Accent)]
}

fn percent(rate: Option<f64>) -> String {
    match rate {
        None => "-".into(),
        Some(0.0) => "0%".into(),
        Some(rate) if rate < 0.01 => "<1%".into(),
        Some(rate) => format!("{:.0}%", rate * 100.0),
    }
}

fn error_role(rate: Option<f64>) -> Role {
    match rate {
        Some(rate) if rate > 0.05 => Role::Danger,
        Some(rate) if rate > 0.0 => Role::Warning,
        Some(_) => Role::Text,
        None => Role::Dim,
    }
}

/// A bar a minute: its height is the slowest answer, a failure is a full red bar.
fn sparkline(samples: &Samples, now: Timestamp) -> Vec<Span> {
    let minute = SAMPLE_WINDOW / u32::try_from(SPARKS).unwrap_or(15);
    let mut worst: [Option<(Health, u32)>; SPARKS] = [None; SPARKS];
    let mut slowest = 50_000_u32;
    for sample in samples.within(now, SAMPLE_WINDOW) {
        let ago = usize::try_from(now.since(sample.at).as_millis() / minute.as_millis()).unwrap_or(SPARKS);
        let Some(cell) = SPARKS.checked_sub(1 + ago) else { continue };
        let micros = if sample.micros == u32::MAX { 0 } else { sample.micros };
        slowest = slowest.max(micros);
        let cell = worst[cell].get_or_insert((Health::Ok, 0));
        *cell = (cell.0.max(sample.health), cell.1.max(micros));
    }
    let mut spans: Vec<Span> = Vec::new();
    for cell in worst {
        let (bar, role) = match cell {
            None => ('·', Role::Dim),
            Some((Health::Down, _)) => ('█', Role::Danger),
            Some((Health::Blind, _)) => ('?', Role::Blind),
            Some((health, micros)) => (bar(micros, slowest), health.role()),
        };
        match spans.last_mut() {
            Some(last) if last.role == role => last.text.push(bar),
            _ => spans.push(span(bar, role)),
        }
    }
    spans
}

fn bar(micros: u32, slowest: u32) -> char {
    const BARS: [char; 7] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇'];
    let share = u64::from(micros) * 6 / u64::from(slowest.max(1));
    BARS[usize::try_from(share).unwrap_or(6).min(6)]
}
