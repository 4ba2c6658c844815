//! The view of the go-live window: every gate with its live values, what happened to the clock, what a GO still lacks.
//! And the confirmation of a GO.

use crate::domain::command::{Command, Place};
use crate::domain::ids::WindowId;
use crate::domain::role::Role;
use crate::domain::time::{Timestamp, short, stopwatch};
use crate::domain::window::{GateState, GateSummary, Value, Verdict};
use crate::panes::go_live::{bar, counts, labels, left, missing, ranked, set_back, standing};
use crate::panes::shape::{Dialog, Line, span, strong};
use crate::state::Model;
use crate::state::window::{Ended, GateView, View, Window, lacks, view};

use super::{keys, offered, said_line, wrapped};

/// From the model to a shape: the open window; the one that ended last; or what a window would watch.
pub fn window(model: &Model, now: Timestamp, width: usize) -> Dialog {
    let mut body = said_line(model, width);
    let (title, border) = match (view(model, now), model.watch.windows.last()) {
        (Some(view), _) => {
            open(model, now, &view, width, &mut body);
            (format!("Window {}", view.window.id), standing(model, now, &view).role)
        }
        (None, Some(window)) => {
            let role = window.ended.as_ref().map_or(Role::Focus, |ended| {
                over(now, window, ended, width, &mut body);
                ended.verdict.role()
            });
            (format!("Window {}", window.id), role)
        }
        (None, None) => {
            none(model, width, &mut body);
            ("Window".to_owned(), Role::Focus)
        }
    };
    Dialog {
        title: Line::new(vec![strong(title, Role::Title)]),
        border,
        body,
        keys: hints(model, now),
        ..Dialog::default()
    }
}

fn heading(text: impl Into<String>) -> Line {
    Line::new(vec![strong(text.into(), Role::Title)])
}

fn indented(text: &str, columns: usize, width: usize, role: Role) -> Vec<Line> {
    let mut lines = wrapped(text, width.saturating_sub(columns).max(8), role);
    lines.iter_mut().for_each(|line| line.left.insert(0, span(" ".repeat(columns), role)));
    lines
}

/// A window that is open.
fn open(model: &Model, now: Timestamp, view: &View<'_>, width: usize, body: &mut Vec<Line>) {
    let window = view.window;
    let standing = standing(model, now, view);
    body.extend(wrapped(&standing.words(), width, standing.role));
    let left = left(view).map_or_else(String::new, |left| format!(", {left} left at best"));
    let text = format!("{} of {} clean{left}", stopwatch(view.clean), stopwatch(window.span));
    body.extend(wrapped(&text, width, Role::Text));
    let text =
        format!("Open for {}, since {}, by {}", stopwatch(view.open_for), window.opened.clock(), window.by);
    body.extend(wrapped(&text, width, Role::Dim));
    body.extend(wrapped(&release(now, window), width, Role::Dim));
    body.push(Line::default());
    body.push(bar(view, standing.role, width));
    let labels = labels(window, width);
    if !labels.is_empty() {
        body.push(Line::new(labels));
    }
    body.push(Line::default());
    lacking(model, now, width, body);
    body.push(Line::default());
    let counted: Vec<String> =
        counts(view).iter().map(|(state, count)| format!("{count} {}", state.word())).collect();
    body.push(heading(format!("Gates: {}", counted.join(", "))));
    for gate in ranked(view) {
        gate_lines(gate, width, body);
    }
    happened(window, width, body);
}

fn release(now: Timestamp, window: &Window) -> String {
    match &window.release {
        Some(release) => format!("Release {}, live for {}", release.version, short(now.since(release.at))),
        None => "No source knows the release".into(),
    }
}

/// What stands between it and a GO.
fn lacking(model: &Model, now: Timestamp, width: usize, body: &mut Vec<Line>) {
    let lacks = lacks(model, now);
    if lacks.is_empty() {
        let chord = model.plan.chord(Place::Window, &Command::SayGo).unwrap_or_default();
        body.extend(wrapped(&format!("A GO lacks nothing: {chord} says it."), width, Role::Ok));
        return;
    }
    body.push(heading("A GO still lacks"));
    for lack in lacks {
        body.extend(indented(&lack, 2, width, Role::Warning));
    }
}

/// A gate: how it stands, what it asks, what it was judged by.
fn gate_lines(gate: &GateView<'_>, width: usize, body: &mut Vec<Line>) {
    let known = &gate.watched.gate;
    let advisory = if known.required { "" } else { " (advisory)" };
    let role = match (gate.state, known.required) {
        (GateState::Failing, false) => Role::Warning,
        (state, _) => state.role(),
    };
    let lead = format!("{} {:<7}  ", gate.state.glyph(), gate.state.word());
    let text = format!("{}{advisory}: {}", known.name, gate.detail);
    let mut lines = indented(&text, 11, width, Role::Text);
    if let Some(first) = lines.first_mut().and_then(|line| line.left.first_mut()) {
        *first = span(lead, role);
    }
    body.append(&mut lines);
    let line = known.line();
    let asks = line.strip_prefix(&known.name).unwrap_or(&line).trim_start_matches([':', ' ']);
    let mut parts = vec![format!("wants {}", asks.trim_end_matches(" (advisory)"))];
    let is_told = |value: &&Value| {
        gate.detail == value.value || gate.detail.contains(&format!("{} is {}", value.what, value.value))
    };
    let more = gate.values.iter().filter(|value| !is_told(value));
    parts.extend(more.map(|value| format!("{} is {}", value.what, value.value)));
    if let Some(samples) = gate.values.iter().find_map(|value| value.samples) {
        parts.push(format!("of {samples} measurements"));
    }
    parts.extend(gate.measured.map(|at| format!("read {}", at.clock())));
    if known.tolerates > 0 {
        parts.push(format!("{} of {} failures tolerated", gate.tolerated, known.tolerates));
    }
    for (count, word) in [(gate.watched.resets, "reset"), (gate.watched.freezes, "freeze")] {
        if count > 0 {
            parts.push(format!("{count} {word}{}", if count == 1 { "" } else { "s" }));
        }
    }
    body.extend(indented(&parts.join(" · "), 11, width, Role::Dim));
}

/// What happened to the clock, newest first.
fn happened(window: &Window, width: usize, body: &mut Vec<Line>) {
    if window.marks.is_empty() {
        return;
    }
    body.push(Line::default());
    let set_back = set_back(window);
    body.push(heading(if set_back.is_empty() {
        "The clock".into()
    } else {
        format!("The clock: {set_back}")
    }));
    for mark in window.marks.iter().rev() {
        let colon = if mark.why.is_empty() { "" } else { ": " };
        let text = format!(
            "{}  {} at {}{colon}{}",
            mark.at.clock(),
            mark.kind.word(),
            stopwatch(mark.clean),
            mark.why
        );
        body.extend(indented(&text, 2, width, Role::Text));
    }
}

/// A window that ended.
fn over(now: Timestamp, window: &Window, ended: &Ended, width: usize, body: &mut Vec<Line>) {
    let verdict = format!("{} by {}: {}", ended.verdict.word(), ended.by, ended.why);
    body.extend(wrapped(&verdict, width, ended.verdict.role()));
    let text = format!(
        "Ended at {}, {} ago; {} of {} clean, open for {}",
        ended.at.clock(),
        short(now.since(ended.at)),
        stopwatch(window.clean),
        stopwatch(window.span),
        stopwatch(ended.at.since(window.opened))
    );
    body.extend(wrapped(&text, width, Role::Dim));
    body.extend(wrapped(&release(now, window), width, Role::Dim));
    body.push(Line::default());
    let missing = missing(window, ended);
    if ended.verdict == Verdict::Hold && !missing.is_empty() {
        body.push(heading("A GO lacked"));
        for lack in &missing {
            body.extend(indented(lack, 2, width, Role::Warning));
        }
        body.push(Line::default());
    }
    body.push(heading("Gates at the end"));
    let mut gates: Vec<&GateSummary> = ended.gates.iter().collect();
    gates.sort_by_key(|gate| std::cmp::Reverse(gate.state));
    for gate in gates {
        let advisory = if gate.required { "" } else { " (advisory)" };
        let text = format!(
            "{}{advisory}: {} · {} resets, {} freezes",
            gate.gate, gate.detail, gate.resets, gate.freezes
        );
        let mut lines = indented(&text, 11, width, Role::Text);
        if let Some(first) = lines.first_mut().and_then(|line| line.left.first_mut()) {
            *first = span(format!("{} {:<7}  ", gate.state.glyph(), gate.state.word()), gate.state.role());
        }
        body.append(&mut lines);
    }
    happened(window, width, body);
}

/// What a window would watch.
fn none(model: &Model, width: usize, body: &mut Vec<Line>) {
    let wanted = &model.plan.window;
    let chord = model.plan.chord(Place::Window, &Command::OpenWindow).unwrap_or_default();
    let text = format!("No window was opened yet. {chord} opens one for {}.", short(wanted.span));
    body.extend(wrapped(&text, width, Role::Text));
    body.push(Line::default());
    body.push(heading(format!("Its {} gates", wanted.gates.len())));
    for gate in &wanted.gates {
        body.extend(indented(&gate.line(), 2, width, Role::Text));
    }
}

/// The keys that mean something now, the most wanted first.
fn hints(model: &Model, now: Timestamp) -> Line {
    let (go, no_go) = ((Command::SayGo, "GO"), (Command::SayNoGo, "NO-GO, roll back"));
    let (hold, end) = ((Command::HoldWindow, "hold"), (Command::EndWindow, "end"));
    let mut wanted = match model.watch.window() {
        Some(window) if window.held.is_some() => vec![(Command::ReleaseWindow, "go on"), no_go, end, go],
        Some(_) if lacks(model, now).is_empty() => vec![go, no_go, hold, end],
        Some(_) => vec![hold, no_go, end, go],
        None => vec![(Command::OpenWindow, "open a window"), (Command::RollBack, "roll back")],
    };
    wanted.push((Command::Copy, "copy"));
    let mut hints = offered(model, Place::Window, &wanted);
    hints.extend([("↑↓", "scroll"), ("esc", "back")]);
    keys(&hints)
}

/// A GO about to be said: what it rests on, or why there is none.
pub fn go(model: &Model, now: Timestamp, (id, scroll): (&WindowId, usize), width: usize) -> Dialog {
    let mut body = said_line(model, width);
    let view = view(model, now).filter(|view| view.window.id == *id);
    let lacks = match &view {
        Some(_) => lacks(model, now),
        None => vec![ended_words(model, id)],
    };
    let may = lacks.is_empty();
    if may {
        body.extend(view.iter().flat_map(|view| rests_on(now, view, width)));
        let text = "It ends the window and goes on the record with your name.";
        body.extend(wrapped(text, width, Role::Text));
    } else {
        body.push(Line::new(vec![strong("There is no GO:", Role::Danger)]));
        for lack in &lacks {
            body.extend(indented(lack, 2, width, Role::Warning));
        }
    }
    let (title, border) = if may { ("Say GO?  ", Role::Ok) } else { ("No GO  ", Role::Danger) };
    let mut dialog = Dialog {
        title: Line::new(vec![strong(title, Role::Title), strong(id.to_string(), Role::Accent)]),
        border,
        body,
        ..Dialog::default()
    };
    let unseen = dialog.body.len().saturating_sub(scroll + dialog.body_rows(model.ui.size));
    dialog.keys = match (may, unseen) {
        (true, 0) => keys(&[("y", "say GO"), ("n", "not yet")]),
        (true, _) => keys(&[("↓", "read to the end"), ("n", "not yet")]),
        (false, _) => keys(&[("esc", "back")]),
    };
    dialog
}

fn ended_words(model: &Model, id: &WindowId) -> String {
    let window = model.watch.windows.iter().find(|window| window.id == *id);
    match window.and_then(|window| window.ended.as_ref()) {
        Some(ended) => format!("{id} has ended: {} by {}: {}", ended.verdict.word(), ended.by, ended.why),
        None => format!("{id} is not open"),
    }
}

/// What a GO rests on.
fn rests_on(now: Timestamp, view: &View<'_>, width: usize) -> Vec<Line> {
    let window = view.window;
    let required = view.gates.iter().filter(|gate| gate.watched.gate.required).count();
    let text = format!("{} clean by all {required} required gates.", stopwatch(view.clean));
    let mut lines = wrapped(&text, width, Role::Ok);
    lines.extend(wrapped(&format!("{}.", release(now, window)), width, Role::Text));
    let set_back = set_back(window);
    if !set_back.is_empty() {
        lines.extend(wrapped(&format!("Before that: {set_back}."), width, Role::Text));
    }
    for gate in view.gates.iter().filter(|gate| gate.state != GateState::Passing) {
        let text = format!("Advisory, {}: {}: {}", gate.state.word(), gate.watched.gate.name, gate.detail);
        lines.extend(wrapped(&text, width, Role::Warning));
    }
    lines.push(Line::default());
    lines
}
