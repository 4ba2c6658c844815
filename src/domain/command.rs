//! What an operator can ask the console to do. The table that names, explains and places each
//! command is `app::COMMANDS`.

use serde::{Deserialize, Serialize};

use super::board::Board;
use super::ids::ActionId;

/// Something a key, the palette or the mouse asks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(missing_docs, reason = "one line each in app::COMMANDS, from which help and docs are made")]
pub enum Command {
    // Moving
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
    NextPane,
    PreviousPane,
    FocusHealth,
    FocusRunbook,
    FocusTimeline,
    FocusDue,
    FocusBoard(Board),
    Entries,
    LastChange,
    NextPhase,
    PreviousPhase,
    NextRunbook,
    GoToMention,
    Findings,
    Open,
    Back,
    // Asking
    Help,
    Palette,
    Filter,
    Timers,
    // Signals
    PollNow,
    Acknowledge,
    Silence,
    // Entries
    Operate,
    OpenLink,
    // Runbook
    Tick,
    Fail,
    Skip,
    NotApplicable,
    Reopen,
    RunStep,
    Values,
    Look,
    Approve,
    Attach,
    KeepFile,
    KeepOutput,
    RunSequence,
    // Actions and runs
    Action(ActionId),
    Arm,
    Disarm,
    ShowOutput,
    CancelRun,
    VerifyRun,
    Undo,
    /// Go back to an earlier release.
    RollBack,
    Discharge,
    Waive,
    Extend,
    // The go-live window
    Window,
    OpenWindow,
    SayGo,
    SayNoGo,
    HoldWindow,
    ReleaseWindow,
    EndWindow,
    // Telling the world
    Post,
    EditDone,
    EditUndo,
    EditRedo,
    EditOutside,
    EditCompare,
    // The record
    Note,
    Declare,
    AcknowledgeIncident,
    ChangeSeverity,
    CloseIncident,
    Copy,
    // The program
    Redraw,
    Suspend,
    Quit,
}

/// Where a key is pressed: a chord may mean different things in different places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// Everywhere no dialog is open.
    Console,
    /// The health pane.
    Health,
    /// The runbook pane.
    Runbook,
    /// The timeline pane.
    Timeline,
    /// The due pane.
    Due,
    /// The panes that list what sources found.
    Board,
    /// A full-frame view to read: help, output, a signal's detail.
    Reader,
    /// The view of the go-live window.
    Window,
    /// A list to choose from: the palette.
    Chooser,
    /// The editor of an update: what is no key here is typed.
    Editor,
}

impl Place {
    /// Every place.
    pub const ALL: [Place; 10] = [
        Place::Console,
        Place::Health,
        Place::Runbook,
        Place::Timeline,
        Place::Due,
        Place::Board,
        Place::Reader,
        Place::Window,
        Place::Chooser,
        Place::Editor,
    ];

    /// The name keymaps use.
    pub const fn name(self) -> &'static str {
        match self {
            Place::Console => "console",
            Place::Health => "health",
            Place::Runbook => "runbook",
            Place::Timeline => "timeline",
            Place::Due => "due",
            Place::Board => "board",
            Place::Reader => "reader",
            Place::Window => "window",
            Place::Chooser => "chooser",
            Place::Editor => "editor",
        }
    }
}

/// A chord that means a command in a place, as hints show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Where.
    pub place: Place,
    /// The chord as an operator reads it: `m`, `ctrl+c`, `g g`, `⏎`.
    pub chord: String,
    /// What it does.
    pub command: Command,
}
