//! PANES, one file each: from the model to a shape. Pure. A pane projects only what is visible.

pub mod board;
pub mod deputy;
pub mod dialog;
pub mod due;
pub mod findings;
mod frame;
mod go_live;
pub mod health;
mod keys;
pub mod live;
pub mod palette;
pub mod runbook;
mod screen;
pub mod shape;
pub mod timeline;
pub mod undo;
pub mod values;
mod words;

pub use screen::{screen, target};

use crate::domain::board::Board;
use crate::domain::command::Place;
use crate::domain::entry::EntryRef;
use crate::domain::ids::SignalId;
use crate::domain::role::Role;
use crate::domain::runbook::StepRef;
use crate::domain::time::Timestamp;
use crate::state::{Dialog, DueKey, Focus, Model};

use shape::{Area, Pane};

/// A row of [`PANES`].
#[derive(Clone, Copy, Debug)]
pub struct PaneRow {
    /// Its name.
    pub name: &'static str,
    /// What the focus calls it; `None` for a pane that never has the keys.
    pub focus: Option<Focus>,
    /// Where its keys are looked up.
    pub place: Place,
    /// From the model to what fits `area`.
    pub project: fn(&Model, Timestamp, Area) -> Pane,
    /// What stands at a row of its inside.
    pub target: fn(&Model, Timestamp, Area, u16) -> Option<Target>,
}

/// Every pane, in the order of Tab.
pub const PANES: &[PaneRow] = &[
    PaneRow {
        name: "health",
        focus: Some(Focus::Health),
        place: Place::Health,
        project: health::project,
        target: health::target,
    },
    PaneRow {
        name: "errors",
        focus: Some(Focus::Board(Board::Errors)),
        place: Place::Board,
        project: |model, now, area| board::project(model, now, area, Board::Errors),
        target: |model, _, area, y| board::target(model, area, y, Board::Errors),
    },
    PaneRow {
        name: "payments",
        focus: Some(Focus::Board(Board::Payments)),
        place: Place::Board,
        project: |model, now, area| board::project(model, now, area, Board::Payments),
        target: |model, _, area, y| board::target(model, area, y, Board::Payments),
    },
    PaneRow {
        name: "deploys",
        focus: Some(Focus::Board(Board::Deploys)),
        place: Place::Board,
        project: |model, now, area| board::project(model, now, area, Board::Deploys),
        target: |model, _, area, y| board::target(model, area, y, Board::Deploys),
    },
    PaneRow {
        name: "infrastructure",
        focus: Some(Focus::Board(Board::Infrastructure)),
        place: Place::Board,
        project: |model, now, area| board::project(model, now, area, Board::Infrastructure),
        target: |model, _, area, y| board::target(model, area, y, Board::Infrastructure),
    },
    PaneRow {
        name: "logs",
        focus: Some(Focus::Board(Board::Logs)),
        place: Place::Board,
        project: |model, now, area| board::project(model, now, area, Board::Logs),
        target: |model, _, area, y| board::target(model, area, y, Board::Logs),
    },
    PaneRow {
        name: "runbook",
        focus: Some(Focus::Runbook),
        place: Place::Runbook,
        project: runbook::project,
        target: runbook::target,
    },
    PaneRow {
        name: "timeline",
        focus: Some(Focus::Timeline),
        place: Place::Timeline,
        project: timeline::project,
        target: timeline::target,
    },
    PaneRow {
        name: "due",
        focus: Some(Focus::Due),
        place: Place::Due,
        project: due::project,
        target: due::target,
    },
    PaneRow {
        name: "window",
        focus: None,
        place: Place::Console,
        project: go_live::project,
        target: |_, _, _, _| None,
    },
    PaneRow {
        name: "keys",
        focus: None,
        place: Place::Console,
        project: keys::project,
        target: |_, _, _, _| None,
    },
];

/// Something the mouse can point at, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A signal.
    Signal(SignalId),
    /// A step.
    Step(StepRef),
    /// A fact of the timeline.
    Fact(u64),
    /// A line of the due pane.
    Due(DueKey),
    /// An entry of a board.
    Entry(Board, EntryRef),
}

/// Where keys are looked up now; `None` while a dialog takes them as they are.
pub fn place(model: &Model) -> Option<Place> {
    match &model.ui.dialog {
        None => PANES.iter().find(|row| row.focus == Some(model.ui.focus)).map(|row| row.place),
        Some(
            Dialog::Help { .. }
            | Dialog::Output { .. }
            | Dialog::Detail { .. }
            | Dialog::Step { .. }
            | Dialog::Entry { .. }
            | Dialog::Timers { .. }
            | Dialog::Read { .. },
        ) => Some(Place::Reader),
        Some(Dialog::Window { .. }) => Some(Place::Window),
        Some(Dialog::Incident) => Some(Place::Incident),
        Some(Dialog::Notebook { .. }) => Some(Place::Notebook),
        Some(Dialog::Closing { .. }) => Some(Place::Closing),
        Some(Dialog::Compose(_)) => Some(Place::Editor),
        Some(
            Dialog::Channels { .. }
            | Dialog::Choose { .. }
            | Dialog::Operate { .. }
            | Dialog::Failure { .. }
            | Dialog::Rollback { .. },
        ) => Some(Place::Chooser),
        Some(
            Dialog::Palette { .. }
            | Dialog::Checking { .. }
            | Dialog::Prompt(_)
            | Dialog::Confirm(_)
            | Dialog::Look(_)
            | Dialog::Gates(_)
            | Dialog::Go { .. }
            | Dialog::Closed { .. }
            | Dialog::Quit,
        ) => None,
    }
}

/// A pane's border: the one that has the keys stands out, and while changes can run it shows all
/// around the screen.
fn border(model: &Model, now: Timestamp, focused: bool) -> Role {
    match (focused, model.plan.environment.starts_locked && model.watch.armed(now)) {
        (true, _) => Role::Focus,
        (false, true) => Role::Armed,
        (false, false) => Role::Border,
    }
}

/// The rows of a list of `count` lines that fit `rows`, with line `at` among them: the first, and
/// how many.
fn window(count: usize, at: usize, rows: usize) -> (usize, usize) {
    let rows = rows.max(1);
    if count <= rows {
        return (0, count);
    }
    let first = at.saturating_sub(rows / 2).min(count - rows);
    (first, rows)
}

/// `text` on lines of at most `width` columns.
fn wrap(text: &str, width: usize) -> Vec<String> {
    textwrap::wrap(text, textwrap::Options::new(width.max(1)))
        .into_iter()
        .map(std::borrow::Cow::into_owned)
        .collect()
}
