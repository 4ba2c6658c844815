//! The whole screen: which panes are where at which size, the status bar and the footer.

use crate::domain::board::Board;
use crate::domain::command::{Command, Place};
use crate::domain::reading::Health;
use crate::domain::role::Role;
use crate::domain::text::width;
use crate::domain::time::{Timestamp, short, stopwatch};
use crate::state::{Focus, JournalState, Model};

use super::shape::{Area, Line, Screen, Span, span, strong};
use super::{PANES, PaneRow, Target, board, deputy, dialog, due, frame, go_live, health, keys};

/// From this width on there are two columns of panes.
const TWO_COLUMNS: u16 = 110;
/// Hints of the focused pane in the footer of a narrow screen.
const HERE: usize = 3;
/// Below this height only the focused pane is shown.
const ONE_PANE: u16 = 18;

/// From the model to everything on screen.
pub fn screen(model: &Model, now: Timestamp) -> Screen {
    let frame = frame::project(model);
    if let Some(mut dialog) = dialog::project(model, now) {
        dialog.title.right.extend(deputy::mark(model));
        return Screen { dialog: Some(dialog), frame, ..Screen::default() };
    }
    let (columns, _) = model.ui.size;
    let panes = areas(model, now).into_iter().map(|(row, area)| (row.project)(model, now, area)).collect();
    let footer = footer(model, now, columns);
    Screen { bar: vec![bar(model, now, columns)], panes, footer, dialog: None, frame }
}

/// Which pane the mouse is over, and what stands there.
pub fn target(model: &Model, now: Timestamp, x: u16, y: u16) -> Option<(Focus, Option<Target>)> {
    let (row, area) = areas(model, now).into_iter().find(|(_, area)| area.holds(x, y))?;
    Some((row.focus?, if area.inner().holds(x, y) { (row.target)(model, now, area, y) } else { None }))
}

fn footer_rows(rows: u16) -> u16 {
    if rows >= ONE_PANE { 2 } else { 1 }
}

fn areas(model: &Model, now: Timestamp) -> Vec<(&'static PaneRow, Area)> {
    let (columns, rows) = model.ui.size;
    let body = Area { x: 0, y: 1, width: columns, height: rows.saturating_sub(1 + footer_rows(rows)) };
    let pane = |name: &str| PANES.iter().find(|row| row.name == name);
    // A go-live window stands above everything else, and the rest has the room that is left.
    let watched = if rows < ONE_PANE { 0 } else { go_live::rows(model, now, body) };
    let strip = Area { height: watched, ..body };
    let body = Area { y: body.y + watched, height: body.height - watched, ..body };
    let mut placed: Vec<_> =
        pane("window").filter(|_| watched > 0).map(|row| (row, strip)).into_iter().collect();
    placed.extend(below(model, now, body));
    placed
}

/// The panes in `body`.
fn below(model: &Model, now: Timestamp, body: Area) -> Vec<(&'static PaneRow, Area)> {
    let (columns, rows) = model.ui.size;
    let pane = |name: &str| PANES.iter().find(|row| row.name == name);
    let stack = |x: u16, width: u16, parts: &[(&str, u16)]| {
        let mut y = body.y;
        let mut placed = Vec::new();
        for (name, height) in parts {
            if let Some(row) = pane(name).filter(|_| *height > 0) {
                placed.push((row, Area { x, y, width, height: *height }));
            }
            y += height;
        }
        placed
    };
    if rows < ONE_PANE {
        let focused = PANES.iter().find(|row| row.focus == Some(model.ui.focus));
        return focused.map(|row| (row, body)).into_iter().collect();
    }
    let boards = boards(model);
    let signals = u16::try_from(model.feed.order.len()).unwrap_or(u16::MAX).saturating_add(3).max(5);
    let owed = u16::try_from(due::items(model, now).len()).unwrap_or(u16::MAX).saturating_add(2);
    if columns >= TWO_COLUMNS {
        let left = columns * 3 / 5;
        let timeline = (body.height / 3).max(6);
        let left_parts = if boards.is_empty() {
            let tall = signals.min(body.height - timeline);
            vec![("health", tall), ("timeline", body.height - tall)]
        } else {
            beside(model, now, &boards, body.height, signals)
        };
        let owed = owed.clamp(4, (body.height / 4).max(4));
        let hints = 5.min(body.height / 5);
        let right_parts = [("runbook", body.height - owed - hints), ("due", owed), ("keys", hints)];
        let mut placed = stack(0, left, &left_parts);
        placed.extend(stack(left, columns - left, &right_parts));
        return placed;
    }
    // One column: what is focused gets the room; of the others the worst signal and the current step
    // always have theirs, and the timeline has what it can.
    let owed = match model.ui.focus {
        Focus::Due => owed.clamp(3, body.height / 2),
        Focus::Health | Focus::Runbook | Focus::Timeline | Focus::Board(_) if owed > 2 => owed.min(5),
        Focus::Health | Focus::Runbook | Focus::Timeline | Focus::Board(_) => 0,
    };
    let rest = body.height.saturating_sub(owed);
    let least = (rest * 6 / 20).max(4);
    let told = match rest {
        0..=11 => 0,
        12..=13 => 3,
        _ => 4,
    };
    if let Focus::Board(board) = model.ui.focus {
        let health = signals.min(least);
        let steps = if rest >= 18 { 4 } else { 0 };
        let told = if rest >= 16 { told } else { 0 };
        let listed = rest.saturating_sub(health + steps + told);
        let parts = [
            ("health", health),
            (board.name(), listed),
            ("runbook", steps),
            ("timeline", told),
            ("due", owed),
        ];
        return stack(0, columns, &parts);
    }
    let (health, timeline) = match model.ui.focus {
        Focus::Health => (signals.min(rest.saturating_sub(least + told)), told),
        Focus::Board(_) => (0, 0),
        Focus::Runbook | Focus::Due => (signals.min(least.max(6)).min(rest.saturating_sub(told + 4)), told),
        Focus::Timeline => {
            let health = signals.min(least);
            let runbook = if told == 0 { 0 } else { least };
            (health, rest.saturating_sub(health + runbook))
        }
    };
    let runbook = rest.saturating_sub(health + timeline);
    stack(0, columns, &[("health", health), ("runbook", runbook), ("timeline", timeline), ("due", owed)])
}

/// The boards that some source lists something on.
fn boards(model: &Model) -> Vec<Board> {
    Board::ALL.into_iter().filter(|board| model.plan.listed(*board).next().is_some()).collect()
}

/// Rows of a board without which it says nothing: its border, and an entry.
const BOARD: u16 = 3;

/// The left column where there are boards: health, as many boards as there is room for, the timeline. The focused board
/// comes first, then the worst; each gets what it needs while there is some.
fn beside(
    model: &Model,
    now: Timestamp,
    boards: &[Board],
    height: u16,
    signals: u16,
) -> Vec<(&'static str, u16)> {
    let timeline = (height / 5).max(4);
    let focused = |board: &Board| model.ui.focus == Focus::Board(*board);
    let mut room = height - timeline;
    // The worst signals always have theirs; all of them where the operator looks at them.
    let least = if model.ui.focus == Focus::Health { signals.min((room / 2).max(9)) } else { signals.min(9) };
    let health = least.min(room.saturating_sub(BOARD)).max(5).min(room);
    room -= health;
    let mut ranked: Vec<Board> = boards.to_vec();
    let worth = |board: &Board| {
        let health = match board::badness(model, now, *board) {
            Health::Down => 0,
            Health::Degraded => 1,
            Health::Ok | Health::Blind => 2,
        };
        (!focused(board), health, *board)
    };
    ranked.sort_by_key(worth);
    let mut heights: Vec<(Board, u16)> = Vec::new();
    for board in ranked {
        if room >= BOARD {
            heights.push((board, BOARD));
            room -= BOARD;
        }
    }
    // A board that is well and lists nothing makes room for one that has more to say.
    let idle = |board: &Board| {
        !focused(board)
            && board::wanted(model, *board) == 0
            && matches!(board::badness(model, now, *board), Health::Ok | Health::Blind)
    };
    let short = heights.iter().any(|(board, _)| board::wanted(model, *board) > 1);
    if short && room < BOARD * 2 {
        let before = heights.len();
        heights.retain(|(board, _)| !idle(board));
        room += BOARD * u16::try_from(before - heights.len()).unwrap_or(0);
    }
    for (board, height) in &mut heights {
        let wanted = u16::try_from(board::wanted(model, *board)).unwrap_or(u16::MAX).saturating_add(3);
        let most = if focused(board) { 16 } else { 8 };
        let more = wanted.min(most).saturating_sub(*height).min(room);
        *height += more;
        room -= more;
    }
    heights.sort_by_key(|(board, _)| *board);
    let mut parts = vec![("health", health)];
    parts.extend(heights.into_iter().map(|(board, height)| (board.name(), height)));
    parts.push(("timeline", timeline + room));
    parts
}

/// How much the environment is needed in the status bar, and what the console is called: the less the more.
const ENVIRONMENT: u8 = 45;
const NAME: u8 = 80;

/// Segments of the status bar, most needed first, and then in their places.
fn bar(model: &Model, now: Timestamp, columns: u16) -> Line {
    let environment = &model.plan.environment;
    let mut parts: Vec<(u8, Vec<Span>)> = Vec::new();
    parts.push((90, vec![strong(" MIDWATCH ", Role::Accent)]));
    parts.push((NAME, vec![span(format!(" {} ·", environment.console), Role::Bar)]));
    // Where one is stays when what it is called has to go.
    parts.push((ENVIRONMENT, vec![span(format!(" {} ", environment.environment), Role::Bar)]));
    parts.push((10, vec![lock(model, now)]));
    if let Some(banner) = &environment.banner {
        let (word, rest) = banner.split_once(' ').map_or((banner.as_str(), ""), |(word, rest)| (word, rest));
        parts.push((60, vec![span(format!(" {word} "), Role::Warning)]));
        if !rest.is_empty() {
            parts.push((100, vec![span(format!("{rest} "), Role::Warning)]));
        }
    }
    match &model.feed.journal {
        JournalState::Writing(_) | JournalState::Unkept => {}
        JournalState::ReadOnly(_) => parts.push((0, vec![strong(" READ-ONLY ", Role::Warning)])),
        JournalState::Failed(_) => {
            parts.push((0, vec![strong(" JOURNAL FAILED ", Role::Danger)]));
            parts.push((40, vec![strong("nothing runs ", Role::Danger)]));
        }
    }
    for action in &model.plan.actions {
        if let Some((on, _)) = model.watch.positions.get(&action.id) {
            let role = if *on { Role::Warning } else { Role::Bar };
            let text = format!(" {} {} ", action.id, if *on { "ON" } else { "off" });
            parts.push((
                if *on { 40 } else { 110 },
                vec![if *on { strong(text, role) } else { span(text, role) }],
            ));
        }
    }
    // Elsewhere it has a strip of its own.
    if model.ui.size.1 < ONE_PANE
        && let Some(said) = go_live::brief(model, now)
    {
        parts.push((30, vec![said]));
    }
    if let Some(incident) = model.watch.incident() {
        let since = stopwatch(now.since(incident.declared));
        let others = model.watch.open_incidents().count() - 1;
        let others = if others == 0 { String::new() } else { format!("+{others} open ") };
        let text = format!(" {} {} {others}", incident.id, incident.severity.word());
        parts.push((20, vec![strong(text, Role::Danger)]));
        if !incident.kind.is_outage() {
            parts.push((35, vec![strong(format!("{} ", incident.kind.word().to_uppercase()), Role::Danger)]));
        }
        parts.push((50, vec![strong(format!("{since} "), Role::Danger)]));
        parts.push(match &incident.acknowledged {
            Some((at, _)) => {
                (70, vec![span(format!("ack {} ", stopwatch(at.since(incident.declared))), Role::Bar)])
            }
            None => (40, vec![strong("NOT ACKED ", Role::Warning)]),
        });
        if let Some((level, at)) = next_rung(model, now) {
            parts.push((
                70,
                vec![strong(format!("L{level} in {} ", stopwatch(now.until(at))), Role::Warning)],
            ));
        }
    }
    let clock = vec![strong(format!("{}Z ", now.clock()), Role::Bar)];
    // The most needed first, and of what is left whatever still fits.
    let mut room = usize::from(columns).saturating_sub(1 + width(&clock[0].text));
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|at| parts[*at].0);
    let mut kept = vec![false; parts.len()];
    for at in order {
        let wide = parts[at].1.iter().map(|span| width(&span.text)).sum::<usize>();
        kept[at] = parts[at].0 == 0 || wide <= room;
        if kept[at] {
            room = room.saturating_sub(wide);
        }
    }
    // A name without the environment behind it is half a name.
    let environment = parts.iter().position(|(rank, _)| *rank == ENVIRONMENT);
    if environment.is_some_and(|at| !kept[at]) {
        let name = parts.iter().position(|(rank, _)| *rank == NAME);
        name.into_iter().for_each(|at| kept[at] = false);
    }
    let parts = parts.into_iter().zip(kept).filter(|(_, kept)| *kept).map(|(part, _)| part);
    Line { left: parts.flat_map(|(_, spans)| spans).collect(), right: clock }
}

/// Who is told next while nobody has taken the incident on, and when.
fn next_rung(model: &Model, now: Timestamp) -> Option<(u32, Timestamp)> {
    let ladder = crate::state::ladder::ladder(model).filter(|ladder| ladder.stopped.is_none())?;
    let untold = ladder.rungs.iter().filter(|rung| rung.told.is_none());
    let timed = untold.filter_map(|rung| Some((rung.level, rung.at.filter(|at| now < *at)?)));
    timed.min_by_key(|(_, at)| *at)
}

fn lock(model: &Model, now: Timestamp) -> Span {
    let environment = &model.plan.environment;
    if environment.read_only.is_some() {
        return strong(" READ-ONLY ", Role::Locked);
    }
    match model.watch.armed_until.filter(|until| now < *until) {
        Some(until) => strong(format!(" ARMED {} ", stopwatch(now.until(until))), Role::Armed),
        None if environment.starts_locked => strong(" LOCKED ", Role::Locked),
        None => span(" unlocked ", Role::Bar),
    }
}

/// What was said last, or what is worst and what to do about it; then the keys.
fn footer(model: &Model, now: Timestamp, columns: u16) -> Vec<Line> {
    let width = usize::from(columns);
    let (here, everywhere) = keys::hints(model);
    let mut all = Vec::new();
    if columns < TWO_COLUMNS {
        all = here;
        // Where there is no line to propose an incident in, its key comes first.
        let declare = everywhere.iter().find(|(_, command)| *command == Command::Declare);
        if footer_rows(model.ui.size.1) == 1 && is_red(model) {
            declare.into_iter().for_each(|(hint, _)| all.insert(0, hint.clone()));
        }
        // The team's own keys stand at their steps, in help and in the palette: what this pane can
        // do and the way to help come first.
        all.truncate(HERE);
        let help = everywhere.iter().find(|(_, command)| *command == Command::Help);
        all.extend(help.map(|(hint, _)| hint.clone()));
        // While an incident is open, so do the keys that lead it and tell of it.
        let leads = |command: &Command| {
            matches!(command, Command::AcknowledgeIncident | Command::Incident | Command::Post)
        };
        all.extend(everywhere.iter().filter(|(_, command)| leads(command)).map(|(hint, _)| hint.clone()));
        let window = everywhere.iter().find(|(_, command)| *command == Command::Window);
        all.extend(window.filter(|_| go_live::is_shown(model, now)).map(|(hint, _)| hint.clone()));
        all.extend(keys::actions(model));
    }
    let rest: Vec<keys::Hint> =
        everywhere.into_iter().map(|(hint, _)| hint).filter(|hint| !all.contains(hint)).collect();
    all.extend(rest);
    let mut lines = keys::lines(&all, width.saturating_sub(1));
    lines.truncate(1);
    let hints = lines.pop().unwrap_or_default();
    let spoken = !model.ui.pending.is_empty()
        || model.ui.said.is_some()
        || !model.feed.deputy.unheard.is_empty()
        || go_live::go_keys(model, now).is_some();
    if footer_rows(model.ui.size.1) == 2 {
        vec![status(model, now), hints]
    } else if spoken {
        vec![status(model, now)]
    } else {
        vec![hints]
    }
}

/// Whether the worst signal is red.
fn is_red(model: &Model) -> bool {
    let worst = model.feed.order.first().and_then(|at| model.watch.signals.get(&model.plan.signals[*at].id));
    worst.is_some_and(|known| matches!(known.health, Health::Down | Health::Degraded))
}

fn status(model: &Model, now: Timestamp) -> Line {
    if !model.ui.pending.is_empty() {
        return Line::new(vec![span(format!(" {} …", model.ui.pending), Role::Key)]);
    }
    if let Some((text, _, refused)) = &model.ui.said {
        return Line::new(vec![span(format!(" {text}"), if *refused { Role::Danger } else { Role::Ok })]);
    }
    if let JournalState::Failed(why) = &model.feed.journal {
        return Line::new(vec![strong(
            format!(" The journal cannot be written, so nothing runs: {why}"),
            Role::Danger,
        )]);
    }
    if let Some(late) = deputy::footer(model, usize::from(model.ui.size.0)) {
        return late;
    }
    if let Some(next) = go_live::go_keys(model, now).filter(|_| model.replay.is_none()) {
        return next;
    }
    if let JournalState::ReadOnly(why) = &model.feed.journal {
        return Line::new(vec![span(format!(" Read-only: {why}"), Role::Warning)]);
    }
    if let Some(says) = model.feed.on_disk.values().next() {
        return Line::new(vec![span(format!(" {says}"), Role::Warning)]);
    }
    if let Some(diagnostic) = model.plan.diagnostics.first() {
        let more = model.plan.diagnostics.len() - 1;
        let more =
            if more == 0 { String::new() } else { format!(" (and {more} more: midwatch config check)") };
        let text = diagnostic.to_string().lines().next().unwrap_or_default().to_owned();
        return Line::new(vec![span(format!(" {text}{more}"), Role::Warning)]);
    }
    worst(model, now)
}

/// The worst signal, and the key that comes next.
fn worst(model: &Model, now: Timestamp) -> Line {
    let key = |place, command: &Command| model.plan.chord(place, command).unwrap_or("").to_owned();
    let Some(index) = model.feed.order.first().copied() else { return Line::default() };
    let standing = health::standing(model, now, index);
    let name = &model.plan.signals[index].id;
    if model.watch.observer_sick.is_some() {
        let text = " The observer itself is cut off: nothing can be measured.";
        return Line::new(vec![strong(text, Role::Blind)]);
    }
    match standing.health {
        Health::Down | Health::Degraded => {}
        Health::Ok if standing.tags.is_empty() => {
            let quiet = || Line::new(vec![span(" All quiet.", Role::Dim)]);
            if model.replay.is_some() {
                return quiet();
            }
            return go_live::release_keys(model).unwrap_or_else(quiet);
        }
        // No data is not quiet.
        Health::Ok | Health::Blind => {
            let tags = standing.tags.join(" ");
            return Line::new(vec![span(format!(" {name} {} {tags}", standing.words), standing.role)]);
        }
    }
    let since = standing.since.map_or_else(String::new, |since| format!(" for {}", short(now.since(since))));
    let mut left = vec![strong(format!(" {name} {}{since}.  ", standing.words), standing.role)];
    if model.replay.is_some() {
        // What was to be done next was done, or not.
        return Line::new(left);
    }
    let mut hint = |chord: String, text: &str| {
        left.push(strong(chord, Role::Key));
        left.push(span(format!(" {text}  "), Role::Text));
    };
    match model.watch.incident() {
        None => hint(key(Place::Console, &Command::Declare), "declare an incident"),
        Some(incident) if incident.acknowledged.is_none() => {
            hint(key(Place::Console, &Command::AcknowledgeIncident), "acknowledge the incident");
        }
        Some(_) if model.ui.focus != Focus::Runbook => {
            hint(key(Place::Console, &Command::FocusRunbook), "go on in the runbook");
        }
        Some(_) => {
            hint(key(Place::Runbook, &Command::RunStep), "run the step");
            hint(key(Place::Runbook, &Command::Tick), "tick it");
        }
    }
    Line::new(left)
}
