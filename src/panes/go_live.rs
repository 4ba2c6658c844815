//! The strip of the go-live window: how far its clock is, what it does and why, what happened to it, and its gates, the
//! worst first. It stands above everything else while a window is open, and for a while after it ended.

use std::time::Duration;

use crate::domain::command::{Command, Place};
use crate::domain::role::Role;
use crate::domain::text::{clip, width};
use crate::domain::time::{Timestamp, short, stopwatch};
use crate::domain::window::{GateState, Verdict};
use crate::state::Model;
use crate::state::window::{Clock, Ended, GateView, Mark, MarkKind, View, Window, lacks, view};

use super::shape::{Area, Line, Pane, Shape, Span, span, strong};

/// How long a window that ended stays on screen.
const STAYS: Duration = Duration::from_secs(10 * 60);
/// Columns in which a gate can be read.
const GATE: usize = 36;
/// From this width on, counts are told in words.
const WORDS: usize = 100;
/// Columns between two labels.
const GAP: usize = 2;
/// Rows without which it says too little: its border, the bar, what the clock does.
const LEAST: u16 = 4;

/// The rows that it takes of `body`; none where no window is of interest.
pub(super) fn rows(model: &Model, now: Timestamp, body: Area) -> u16 {
    if let Some(window) = model.watch.window() {
        // Bar, labels, clock; the same whatever the gates do, so that nothing below moves with them.
        let gates = window.gates.len().div_ceil(across(body.inner().width));
        let wanted = u16::try_from(gates).unwrap_or(u16::MAX).saturating_add(5);
        return wanted.min((body.height.saturating_mul(2) / 7).max(LEAST));
    }
    match last(model, now) {
        Some((_, ended)) if ended.verdict == Verdict::Hold => 4,
        Some(_) => 3,
        None => 0,
    }
}

/// The window that ended last, while that is of interest.
fn last(model: &Model, now: Timestamp) -> Option<(&Window, &Ended)> {
    let window = model.watch.windows.last()?;
    let ended = window.ended.as_ref()?;
    (now.since(ended.at) < STAYS).then_some((window, ended))
}

/// Gates side by side.
fn across(columns: u16) -> usize {
    (usize::from(columns) / GATE).max(1)
}

/// What the clock does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    /// In one word: `runs`, `READY`.
    pub(super) word: &'static str,
    /// Why, or until when; may be empty.
    pub(super) why: String,
    /// So that colour is not needed.
    pub(super) glyph: &'static str,
    /// What it means.
    pub(super) role: Role,
}

impl Standing {
    /// Glyph, word and reason.
    pub(super) fn words(&self) -> String {
        let colon = if self.why.is_empty() { "" } else { ": " };
        format!("{} {}{colon}{}", self.glyph, self.word, self.why)
    }
}

/// What the clock of the open window does.
pub(super) fn standing(model: &Model, now: Timestamp, view: &View<'_>) -> Standing {
    let says = |glyph, word, why: String, role| Standing { word, why, glyph, role };
    let lack = || lacks(model, now).into_iter().next().unwrap_or_default();
    match &view.clock {
        Clock::Runs => {
            let full = now.plus(view.left).clock();
            says("●", "runs", format!("full at {full} at best"), Role::Ok)
        }
        Clock::Failing(why) => says("✖", "failing", why.clone(), Role::Danger),
        Clock::Frozen(why) => says("?", "frozen", why.clone(), Role::Blind),
        Clock::Held(who) => says("‖", "held", format!("by {who}"), Role::Warning),
        Clock::Confirming => says("◷", "confirming", lack(), Role::Accent),
        // Numbers may have grown old since, or the journal have failed.
        Clock::Ready => match lack() {
            lack if lack.is_empty() => says("●", "READY", "waits for GO".into(), Role::Ok),
            lack => says("◷", "no GO yet", lack, Role::Warning),
        },
    }
}

/// A few words for the status bar of a screen that has no room for more.
pub(super) fn brief(model: &Model, now: Timestamp) -> Option<Span> {
    if let Some(view) = view(model, now) {
        let standing = standing(model, now, &view);
        let text = match &view.clock {
            Clock::Ready => format!(" {} {} ", view.window.id, standing.word),
            Clock::Runs | Clock::Failing(_) | Clock::Frozen(_) | Clock::Held(_) | Clock::Confirming => {
                format!(" {} {} {} ", view.window.id, standing.glyph, stopwatch(view.clean))
            }
        };
        return Some(strong(text, standing.role));
    }
    let (window, ended) = last(model, now)?;
    Some(strong(format!(" {} {} ", window.id, ended.verdict.word()), ended.verdict.role()))
}

/// The keys that say the GO that a window waits for.
pub(super) fn go_keys(model: &Model, now: Timestamp) -> Option<Line> {
    let view = view(model, now).filter(|view| view.clock == Clock::Ready && lacks(model, now).is_empty())?;
    let text = format!(" says GO: {} is ready, {} clean", view.window.id, stopwatch(view.window.span));
    keys(model, &Command::SayGo, text, Role::Ok)
}

/// The keys that let a held window go on.
pub(super) fn release_keys(model: &Model) -> Option<Line> {
    let window = model.watch.window()?;
    let held = window.held.as_ref()?;
    let text = format!(" lets {} go on: {} holds it", window.id, held.by);
    keys(model, &Command::ReleaseWindow, text, Role::Warning)
}

/// The keys that lead to a command of the view, and what they do.
fn keys(model: &Model, command: &Command, text: String, role: Role) -> Option<Line> {
    let enter = model.plan.chord(Place::Console, &Command::Window)?;
    let then = model.plan.chord(Place::Window, command)?;
    Some(Line::new(vec![
        strong(format!(" {enter}"), Role::Key),
        span(" then ", Role::Text),
        strong(then, Role::Key),
        strong(text, role),
    ]))
}

/// Whether its key is worth a hint before others.
pub(super) fn is_shown(model: &Model, now: Timestamp) -> bool {
    model.watch.window().is_some() || last(model, now).is_some()
}

/// From the model to what fits `area`.
pub fn project(model: &Model, now: Timestamp, area: Area) -> Pane {
    let inner = area.inner();
    let (columns, room) = (usize::from(inner.width), usize::from(inner.height));
    let (title, lines) = match (view(model, now), last(model, now)) {
        (Some(view), _) => {
            let mut lines = vec![bar(&view, standing(model, now, &view).role, columns)];
            lines.push(clock(model, now, &view, columns));
            let labels = labels(view.window, columns);
            if !labels.is_empty() && room > lines.len() {
                lines.insert(1, Line::new(labels));
            }
            let left = room.saturating_sub(lines.len());
            lines.extend(gates(&view, inner.width, left));
            (title(model, &view), lines)
        }
        (None, Some((window, ended))) => (ended_title(now, window, ended), over(model, window, ended)),
        (None, None) => (Line::default(), Vec::new()),
    };
    let border = super::border(model, now, false);
    Pane { name: "window", area, title, border, shape: Shape::Text(lines) }
}

/// Which window, how far it is, and how often it was set back.
fn title(model: &Model, view: &View<'_>) -> Line {
    let (clean, of) = (stopwatch(view.clean), stopwatch(view.window.span));
    let wanted = &model.plan.window;
    let compressed = if wanted.compressed && view.window.span == wanted.span { " compressed" } else { "" };
    let left = left(view).map_or_else(|| ", full".into(), |left| format!(", {left} left at best"));
    let right = set_back(view.window);
    Line {
        left: vec![
            strong(format!("Window {}", view.window.id), Role::Title),
            strong(format!("  {clean}"), Role::Accent),
            span(format!(" of {of}{compressed}{left}"), Role::Text),
        ],
        right: if right.is_empty() { Vec::new() } else { vec![span(right, Role::Text)] },
    }
}

/// How much is missing at best, so that it and what is shown of the clean time are the span; `None` where it is full.
pub(super) fn left(view: &View<'_>) -> Option<String> {
    let shown = Duration::from_secs(view.clean.as_secs());
    (!view.left.is_zero()).then(|| stopwatch(view.window.span.saturating_sub(shown)))
}

/// `2 resets · 1 freeze`; empty where there were none.
pub(super) fn set_back(window: &Window) -> String {
    let count = |count: usize, one: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        more => Some(format!("{more} {one}s")),
    };
    let parts = [count(window.resets(), "reset"), count(window.freezes(), "freeze")];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// A notch's glyph and meaning; `None` for what only takes another back.
fn notch(kind: MarkKind) -> Option<(&'static str, Role)> {
    match kind {
        MarkKind::Reset => Some(("✖", Role::Danger)),
        MarkKind::Frozen => Some(("?", Role::Blind)),
        MarkKind::Held => Some(("‖", Role::Warning)),
        MarkKind::ClockSet => Some(("◷", Role::Accent)),
        MarkKind::Thawed | MarkKind::Released | MarkKind::Ready => None,
    }
}

/// The cell of a bar of `columns` at which so much time was clean.
fn cell(clean: Duration, span: Duration, columns: usize) -> usize {
    let part = clean.as_millis() * columns as u128 / span.as_millis().max(1);
    usize::try_from(part).unwrap_or(usize::MAX).min(columns)
}

/// The bar: clean time, and a notch where the clock was set to zero or stopped.
pub(super) fn bar(view: &View<'_>, role: Role, columns: usize) -> Line {
    let filled = cell(view.clean, view.window.span, columns);
    let mut cells: Vec<(&str, Role)> =
        (0..columns).map(|at| if at < filled { ("█", role) } else { ("░", Role::Dim) }).collect();
    for mark in &view.window.marks {
        let at = cell(mark.clean, view.window.span, columns).min(columns.saturating_sub(1));
        if let (Some(notch), Some(cell)) = (notch(mark.kind), cells.get_mut(at)) {
            *cell = notch;
        }
    }
    let runs = cells.chunk_by(|one, next| one.1 == next.1);
    Line::new(
        runs.map(|run| span(run.iter().map(|(glyph, _)| *glyph).collect::<String>(), run[0].1)).collect(),
    )
}

/// What a mark says in a few words: the gate, the release, who.
fn label(mark: &Mark, glyph: &str) -> String {
    let what = mark.why.split(": ").next().unwrap_or_default();
    format!("{glyph}{} {}", stopwatch(mark.clean), clip(what, 22))
}

/// Labels under the notches: the newest where there is not room for all, each as near to its notch as others let it.
pub(super) fn labels(window: &Window, columns: usize) -> Vec<Span> {
    let mut chosen: Vec<(usize, String, Role)> = Vec::new();
    let mut room = columns + GAP;
    for mark in window.marks.iter().rev() {
        let Some((glyph, role)) = notch(mark.kind) else { continue };
        let text = label(mark, glyph);
        let Some(left) = room.checked_sub(width(&text) + GAP) else { break };
        room = left;
        chosen.push((cell(mark.clean, window.span, columns), text, role));
    }
    chosen.reverse();
    chosen.sort_by_key(|(at, ..)| *at);
    // None begins before the one on its left has ended, and none leaves the bar.
    let mut from = 0;
    for (at, text, _) in &mut chosen {
        *at = (*at).max(from);
        from = *at + width(text) + GAP;
    }
    let mut end = columns;
    for (at, text, _) in chosen.iter_mut().rev() {
        *at = (*at).min(end.saturating_sub(width(text)));
        end = at.saturating_sub(GAP);
    }
    let mut spans = Vec::new();
    let mut used = 0;
    for (at, text, role) in chosen {
        spans.push(span(" ".repeat(at.saturating_sub(used)), Role::Dim));
        used = at + width(&text);
        spans.push(span(text, role));
    }
    spans
}

/// What the clock does, and how many gates stand how.
fn clock(model: &Model, now: Timestamp, view: &View<'_>, columns: usize) -> Line {
    let standing = standing(model, now, view);
    let mut right = Vec::new();
    for (state, count) in counts(view) {
        let gap = if right.is_empty() { "" } else { "  " };
        let text = if columns < WORDS {
            format!("{gap}{}{count}", state.glyph())
        } else {
            format!("{gap}{} {count} {}", state.glyph(), state.word())
        };
        right.push(span(text, state.role()));
    }
    Line { left: vec![strong(standing.words(), standing.role)], right }
}

/// How many gates stand how, the worst first.
pub(super) fn counts(view: &View<'_>) -> Vec<(GateState, usize)> {
    let count = |state| (state, view.gates.iter().filter(|gate| gate.state == state).count());
    let all = [GateState::Failing, GateState::Unknown, GateState::Passing].map(count);
    all.into_iter().filter(|(_, count)| *count > 0).collect()
}

/// The gates, the worst first; of those that stand alike the required ones first.
pub(super) fn ranked<'a, 'b>(view: &'b View<'a>) -> Vec<&'b GateView<'a>> {
    let mut gates: Vec<_> = view.gates.iter().collect();
    let badness = |state: GateState| match state {
        GateState::Failing => 0,
        GateState::Unknown => 1,
        GateState::Passing => 2,
    };
    gates.sort_by_key(|gate| (badness(gate.state), !gate.watched.gate.required));
    gates
}

/// The gates that fit `rows`, side by side; the last cell says how many are left out.
fn gates(view: &View<'_>, columns: u16, rows: usize) -> Vec<Line> {
    let across = across(columns);
    let wide = usize::from(columns) / across;
    let mut ranked = ranked(view);
    let fit = across * rows;
    if let (Clock::Failing(why) | Clock::Frozen(why), true) = (&view.clock, ranked.len() > fit) {
        // The line above tells of it.
        let is_told = |name: &str| why.strip_prefix(name).is_some_and(|rest| rest.starts_with(": "));
        if let Some(told) = ranked.iter().position(|gate| is_told(&gate.watched.gate.name)) {
            ranked.remove(told);
        }
    }
    let shown = if ranked.len() <= fit { ranked.len() } else { fit.saturating_sub(1) };
    // What is the matter with several at once is said once, above them.
    let unknown = || view.gates.iter().filter(|gate| gate.state == GateState::Unknown);
    let told = |gate: &GateView<'_>| unknown().filter(|other| other.detail == gate.detail).count() > 1;
    let cell = |gate: &&GateView<'_>| {
        gate_cell(gate, wide.saturating_sub(2), gate.state == GateState::Unknown && told(gate))
    };
    let mut cells: Vec<Vec<Span>> = ranked[..shown].iter().map(cell).collect();
    let left_out = &ranked[shown..];
    if !left_out.is_empty() && fit > 0 {
        let failing = left_out.iter().filter(|gate| gate.state == GateState::Failing).count();
        let unknown = left_out.iter().filter(|gate| gate.state == GateState::Unknown).count();
        let (how, role) = match (failing, unknown) {
            (0, 0) => ("all passing".to_owned(), Role::Dim),
            (0, unknown) => (format!("{unknown} unknown"), Role::Blind),
            (failing, _) => (format!("{failing} failing"), Role::Danger),
        };
        cells.push(vec![span(format!("… {} more, {how}", left_out.len()), role)]);
    }
    let mut lines = Vec::new();
    for row in cells.chunks(across) {
        let mut spans = Vec::new();
        for cell in row {
            let used: usize = cell.iter().map(|span| width(&span.text)).sum();
            spans.extend(cell.iter().cloned());
            spans.push(span(" ".repeat(wide.saturating_sub(used)), Role::Dim));
        }
        // What pads the last cell is no text.
        spans.pop();
        lines.push(Line::new(spans));
    }
    lines
}

/// A gate in `columns`: glyph, name, and what it is judged by.
fn gate_cell(gate: &GateView<'_>, columns: usize, told: bool) -> Vec<Span> {
    let role = match (gate.state, gate.watched.gate.required) {
        // It decides nothing.
        (GateState::Failing, false) => Role::Warning,
        (state, _) => state.role(),
    };
    let name_role = if gate.state == GateState::Passing { Role::Text } else { role };
    let mut spans = vec![span(format!("{} ", gate.state.glyph()), role)];
    spans.push(span(gate.watched.gate.name.clone(), name_role));
    if !gate.watched.gate.required {
        spans.push(span(" (advisory)", Role::Dim));
    }
    let value_role = if gate.state == GateState::Passing { Role::Dim } else { Role::Text };
    if !told {
        spans.push(span(format!("  {}", value(gate)), value_role));
    }
    let mut room = columns;
    for at in 0..spans.len() {
        let wide = width(&spans[at].text);
        if wide > room {
            spans[at].text = clip(&spans[at].text, room).into_owned();
            spans.truncate(at + 1);
            break;
        }
        room -= wide;
    }
    spans
}

/// What a gate is judged by, as short as it can be said.
fn value(gate: &GateView<'_>) -> String {
    let is_figure = gate.watched.gate.signal.is_none();
    match gate.values.first() {
        // `0.004` says it: what is asked stands in the gate's name and in the view.
        Some(value) if is_figure && gate.state != GateState::Unknown && gate.tolerated == 0 => {
            value.value.clone()
        }
        Some(_) | None => gate.detail.clone(),
    }
}

fn ended_title(now: Timestamp, window: &Window, ended: &Ended) -> Line {
    let set_back = Some(set_back(window)).filter(|text| !text.is_empty());
    let set_back = set_back.map_or_else(String::new, |text| format!(" · {text}"));
    let ago = format!("{}, {} ago", ended.at.clock(), short(now.since(ended.at)));
    Line {
        left: vec![
            strong(format!("Window {}  ", window.id), Role::Title),
            strong(ended.verdict.word(), ended.verdict.role()),
            span(
                format!("  {} of {} clean{set_back}", stopwatch(window.clean), stopwatch(window.span)),
                Role::Text,
            ),
        ],
        right: vec![span(ago, Role::Dim)],
    }
}

/// What an ended window lacked of a GO.
pub(super) fn missing(window: &Window, ended: &Ended) -> Vec<String> {
    let bad = ended.gates.iter().filter(|gate| gate.required && gate.state != GateState::Passing);
    let mut missing: Vec<String> =
        bad.map(|gate| format!("{} is {}: {}", gate.gate, gate.state.word(), gate.detail)).collect();
    if window.clean < window.span {
        missing.push(format!("{} of {} clean", stopwatch(window.clean), stopwatch(window.span)));
    }
    missing
}

/// How a window ended, what it lacked, and the ways on from there.
fn over(model: &Model, window: &Window, ended: &Ended) -> Vec<Line> {
    let role = ended.verdict.role();
    let text = format!("{} by {}: {}", ended.verdict.word(), ended.by, ended.why);
    let mut first = Line::new(vec![strong(text, role)]);
    let enter = model.plan.chord(Place::Console, &Command::Window).unwrap_or_default();
    let again = model.plan.chord(Place::Window, &Command::OpenWindow).unwrap_or_default();
    let back = model.plan.chord(Place::Window, &Command::RollBack).unwrap_or_default();
    let key = |chord: String, word: &str| [strong(chord, Role::Key), span(format!(" {word}"), Role::Text)];
    let again = key(format!("{enter} {again}"), "watch again  ");
    let back = key(format!("{enter} {back}"), "roll back");
    match ended.verdict {
        Verdict::Go => vec![first],
        Verdict::NoGo => {
            first.right = back.into();
            vec![first]
        }
        Verdict::Hold => {
            let missing = missing(window, ended);
            let text = if missing.is_empty() { "nothing but the GO".into() } else { missing.join("; ") };
            let right = again.into_iter().chain(back).collect();
            vec![first, Line { left: vec![span(format!("Missing: {text}"), Role::Text)], right }]
        }
    }
}
