//! The keys pane: what can be pressed here and now, teams' own actions first.

use crate::domain::board::Board;
use crate::domain::command::{Command, Place};
use crate::domain::commands::row;
use crate::domain::role::Role;
use crate::domain::text::width;
use crate::domain::time::Timestamp;
use crate::state::{Focus, Model};

use super::shape::{Area, Line, Pane, Shape, Span, span, strong};

/// What is worth a hint in each pane, most wanted first.
pub(super) fn wanted(focus: Focus) -> (Place, &'static [Command]) {
    match focus {
        Focus::Health => (
            Place::Health,
            &[
                Command::Open,
                Command::Acknowledge,
                Command::Entries,
                Command::LastChange,
                Command::Silence,
                Command::PollNow,
            ],
        ),
        Focus::Runbook => (
            Place::Runbook,
            &[
                Command::RunStep,
                Command::Tick,
                Command::Fail,
                Command::Skip,
                Command::NotApplicable,
                Command::NextPhase,
                Command::Open,
                Command::Values,
            ],
        ),
        Focus::Timeline => (Place::Timeline, &[Command::Open, Command::Copy]),
        Focus::Board(_) => (
            Place::Board,
            &[
                Command::Open,
                Command::Operate,
                Command::OpenLink,
                Command::Acknowledge,
                Command::Copy,
                Command::LastChange,
            ],
        ),
        Focus::Due => (
            Place::Due,
            &[
                Command::Open,
                Command::Discharge,
                Command::Timers,
                Command::Extend,
                Command::Waive,
                Command::VerifyRun,
            ],
        ),
    }
}

/// Chord and word.
pub(super) type Hint = (String, String);

/// The hints of the footer and of this pane: what can be done in the focused pane, and everywhere.
pub(super) fn hints(model: &Model) -> (Vec<Hint>, Vec<(Hint, Command)>) {
    if model.replay.is_some() {
        return replayed(model);
    }
    let (place, commands) = wanted(model.ui.focus);
    let hint = |command: &Command| {
        let (chord, row) = (model.plan.chord(place, command)?, row(command)?);
        Some((chord.to_owned(), row.hint.to_owned()))
    };
    let incident = match model.watch.incident() {
        None => Some(Command::Declare),
        Some(incident) if incident.acknowledged.is_none() => Some(Command::AcknowledgeIncident),
        Some(_) => Some(Command::Incident),
    };
    let update = model.watch.incident().filter(|_| !model.plan.channels.is_empty()).map(|_| Command::Post);
    let always = [
        Command::Note,
        Command::NextPane,
        Command::Palette,
        Command::Help,
        Command::Window,
        Command::Filter,
        Command::Arm,
        Command::ShowOutput,
        Command::Quit,
    ];
    let everywhere = incident.into_iter().chain(update).chain(always);
    let everywhere = everywhere.filter_map(|command| Some((hint(&command)?, command))).collect();
    // Where no source lists anything, there is nowhere to go to.
    let lists = Board::ALL.into_iter().any(|board| model.plan.listed(board).next().is_some());
    let of_lists = |command: &Command| matches!(command, Command::Entries | Command::LastChange);
    let here = commands.iter().filter(|command| lists || !of_lists(command)).filter_map(hint).collect();
    (here, everywhere)
}

/// The same in a replay: how to move in time, and how to look around.
fn replayed(model: &Model) -> (Vec<Hint>, Vec<(Hint, Command)>) {
    let hint = |command: &Command| {
        let (chord, row) = (model.plan.chord(Place::Replay, command)?, row(command)?);
        Some((chord.to_owned(), row.hint.to_owned()))
    };
    let here = [
        Command::PauseReplay,
        Command::NextRed,
        Command::Faster,
        Command::Slower,
        Command::SecondsOn,
        Command::SecondsBack,
        Command::MinuteOn,
        Command::MinuteBack,
        Command::PreviousRed,
        Command::ToInstant,
        Command::ToBeginning,
        Command::ToEnd,
    ];
    let everywhere =
        [Command::Open, Command::NextPane, Command::Palette, Command::Help, Command::Filter, Command::Quit];
    let everywhere = everywhere.into_iter().filter_map(|command| Some((hint(&command)?, command)));
    (here.iter().filter_map(hint).collect(), everywhere.collect())
}

/// Keys of the team's own actions: none where nothing runs.
pub(super) fn actions(model: &Model) -> Vec<Hint> {
    if model.replay.is_some() {
        return Vec::new();
    }
    let bound = |command: &Command| model.plan.chord(Place::Console, command).map(str::to_owned);
    model
        .plan
        .actions
        .iter()
        .filter_map(|action| Some((bound(&Command::Action(action.id.clone()))?, action.id.to_string())))
        .collect()
}

/// Hints side by side on lines of `columns`.
pub(super) fn lines(hints: &[Hint], columns: usize) -> Vec<Line> {
    let mut lines = vec![Vec::<Span>::new()];
    let mut used = 0;
    for (chord, word) in hints {
        let needed = width(chord) + 1 + width(word);
        let gap = if used == 0 { 0 } else { 2 };
        if used + gap + needed > columns && used > 0 {
            lines.push(Vec::new());
            used = 0;
        }
        let gap = if used == 0 { 0 } else { 2 };
        if let Some(line) = lines.last_mut() {
            line.push(span(" ".repeat(gap), Role::Dim));
            line.push(strong(chord.clone(), Role::Key));
            line.push(span(format!(" {word}"), Role::Dim));
        }
        used += gap + needed;
    }
    lines.into_iter().map(Line::new).collect()
}

/// From the model to what fits `area`.
pub fn project(model: &Model, now: Timestamp, area: Area) -> Pane {
    let inner = area.inner();
    let mut all = actions(model);
    // What holds everywhere is in the footer.
    all.extend(hints(model).0);
    let mut lines = lines(&all, usize::from(inner.width));
    lines.truncate(usize::from(inner.height));
    Pane {
        name: "keys",
        area,
        title: Line::new(vec![strong("Keys", Role::Title)]),
        border: super::border(model, now, false),
        shape: Shape::Text(lines),
    }
}
