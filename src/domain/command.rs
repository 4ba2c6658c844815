//! What an operator can ask the console to do. The table that names, explains and places each
//! command is `app::COMMANDS`.

use serde::{Deserialize, Serialize};

use super::board::Board;
use super::ids::ActionId;
use super::incident::IncidentRole;

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
    WaiveAll,
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
    Notebook,
    Heard,
    Declare,
    AcknowledgeIncident,
    ChangeSeverity,
    CloseIncident,
    // The incident view
    Incident,
    TakeRole(IncidentRole),
    Escalate,
    Mitigate,
    SwitchKind,
    MergeIncident,
    ReopenIncident,
    Handover,
    Copy,
    // A replay
    PauseReplay,
    SecondsBack,
    SecondsOn,
    MinuteBack,
    MinuteOn,
    ToBeginning,
    ToEnd,
    ToInstant,
    PreviousRed,
    NextRed,
    Slower,
    Faster,
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
    /// The view of the incident.
    Incident,
    /// The view of what people wrote down.
    Notebook,
    /// The list of what is to be settled before an incident closes.
    Closing,
    /// A list to choose from: the palette.
    Chooser,
    /// A replay, wherever no dialog is open: looked up before the pane's own keys.
    Replay,
    /// The editor of an update: what is no key here is typed.
    Editor,
}

impl Place {
    /// Every place.
    pub const ALL: [Place; 14] = [
        Place::Console,
        Place::Health,
        Place::Runbook,
        Place::Timeline,
        Place::Due,
        Place::Board,
        Place::Reader,
        Place::Window,
        Place::Incident,
        Place::Notebook,
        Place::Closing,
        Place::Chooser,
        Place::Replay,
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
            Place::Incident => "incident",
            Place::Notebook => "notebook",
            Place::Closing => "closing",
            Place::Chooser => "chooser",
            Place::Replay => "replay",
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
