//! The border around everything of a console that is not one of the present: a replay, a drill. What is in it is seen at
//! every size and behind every dialog.

use crate::domain::role::Role;
use crate::domain::text::{clip, width};
use crate::domain::time::{Timestamp, stopwatch};
use crate::state::replay::{MomentKind, Motion, Replay};
use crate::state::{Model, Stage};

use super::shape::{Frame, Line, Span, span, strong};

/// Cells of the bar under which it says too little.
const LEAST: usize = 12;

/// The border, where there is one.
pub(super) fn project(model: &Model) -> Option<Frame> {
    let columns = usize::from(model.ui.size.0);
    if let Some(replay) = &model.replay {
        return Some(replayed(replay, columns));
    }
    match &model.plan.stage {
        Stage::Real => None,
        Stage::Drill(scenario) => {
            let left = vec![strong(format!("DRILL {scenario}"), Role::Danger)];
            let right = vec![span("no real token is loaded", Role::Danger)];
            let fits = width(&left[0].text) + width(&right[0].text) + 6 <= columns;
            let right = if fits { right } else { Vec::new() };
            let bottom = Line::new(vec![strong("DRILL", Role::Danger)]);
            Some(Frame { role: Role::Danger, top: Line { left, right }, bottom })
        }
    }
}

fn replayed(replay: &Replay, columns: usize) -> Frame {
    let role = Role::Accent;
    let (glyph, word) = match replay.motion {
        Motion::Plays { .. } => ("▶", "plays"),
        Motion::Paused => ("⏸", "paused"),
    };
    let speed = format!("{glyph} {word} {}x", replay.speed.times());
    let day = replay.at.rfc3339();
    let day = day.get(..10).unwrap_or_default();
    let instant = format!("{day} {}Z", replay.at.clock());
    let needed = width("REPLAY") + width(&speed) + width(&instant) + 12;
    let mut right = vec![strong(speed, role)];
    if needed <= columns {
        right.push(span(format!("  {instant}"), role));
    }
    let room = columns.saturating_sub(right.iter().map(|part| width(&part.text)).sum::<usize>() + 6);
    let title = format!("REPLAY {}", replay.reel.title);
    let left = vec![strong(clip(&title, room.max(6)).into_owned(), role)];
    let reel = &replay.reel;
    let (gone, all) = (stopwatch(replay.at.since(reel.from)), stopwatch(reel.to.since(reel.from)));
    let told = format!(" {gone} of {all}");
    let cells = columns.saturating_sub(width(&told) + 3);
    let mut bottom = Vec::new();
    if cells >= LEAST {
        bottom.extend(bar(replay, cells));
    }
    bottom.push(span(told, role));
    Frame { role, top: Line { left, right }, bottom: Line::new(bottom) }
}

/// The recording as a line: how far it is, and where signals went red, updates were posted and somebody did something.
fn bar(replay: &Replay, cells: usize) -> Vec<Span> {
    let reel = &replay.reel;
    let whole = reel.to.since(reel.from).as_millis().max(1);
    let last = cells.saturating_sub(1);
    let cell = |at: Timestamp| {
        usize::try_from(at.since(reel.from).as_millis() * last as u128 / whole).unwrap_or(last).min(last)
    };
    let mut kinds: Vec<Option<MomentKind>> = vec![None; cells];
    for moment in &reel.moments {
        let kind = &mut kinds[cell(moment.at)];
        *kind = Some(kind.map_or(moment.kind, |known| known.min(moment.kind)));
    }
    let here = cell(replay.at);
    let mut spans: Vec<Span> = Vec::new();
    for (at, kind) in kinds.into_iter().enumerate() {
        let (glyph, role) = match kind {
            _ if at == here => ("┃", Role::Title),
            Some(MomentKind::Red) => ("✖", Role::Danger),
            Some(MomentKind::Post) => ("◆", Role::Ok),
            Some(MomentKind::Deed) => ("•", Role::Text),
            None if at < here => ("━", Role::Accent),
            None => ("─", Role::Dim),
        };
        match spans.last_mut() {
            Some(last) if last.role == role => last.text.push_str(glyph),
            _ => spans.push(span(glyph, role)),
        }
    }
    spans
}
