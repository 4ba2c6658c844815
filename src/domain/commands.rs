//! COMMANDS: one row for each thing an operator can ask for. Key names, hints, help, the palette
//! and the documentation are made from this table. What a command does is decided elsewhere.

use crate::domain::board::Board;
use crate::domain::command::{Command, Place};
use crate::domain::ids::ActionId;
use crate::domain::incident::IncidentRole;
use crate::domain::text;

/// What there is to say about a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandRow {
    /// The command; never [`Command::Action`], of which every configuration has its own.
    pub command: Command,
    /// Its name in keymaps, in kebab-case: `next-pane`.
    pub name: &'static str,
    /// What it does, as the palette lists it.
    pub title: &'static str,
    /// The same in one or two words, for the row of key hints.
    pub hint: &'static str,
    /// Where it makes sense; [`Place::Console`] stands for every pane.
    pub places: &'static [Place],
    /// What an operator should know before pressing it, for help and documentation.
    pub about: &'static str,
}

/// In every pane.
const PANES: &[Place] = &[Place::Console];
/// In every pane and while reading.
const PANES_AND_READER: &[Place] = &[Place::Console, Place::Reader];
/// In every pane and in the view of the window.
const PANES_AND_WINDOW: &[Place] = &[Place::Console, Place::Window];
/// In every pane, while reading, and in every view.
const PANES_AND_VIEWS: &[Place] =
    &[Place::Console, Place::Reader, Place::Window, Place::Incident, Place::Notebook, Place::Closing];
/// Where things are owed, written down or to be settled.
const SETTLED: &[Place] = &[Place::Due, Place::Incident, Place::Notebook, Place::Closing];
/// Wherever something is looked at, chosen or written.
const EVERYWHERE: &[Place] = &[
    Place::Console,
    Place::Reader,
    Place::Window,
    Place::Incident,
    Place::Notebook,
    Place::Closing,
    Place::Chooser,
    Place::Editor,
];
/// Where an update is written.
const EDITOR: &[Place] = &[Place::Editor];
/// In the view of the window.
const WINDOW: &[Place] = &[Place::Window];
/// In the view of the incident.
const INCIDENT: &[Place] = &[Place::Incident];
/// In every pane and in the view of the incident.
const PANES_AND_INCIDENT: &[Place] = &[Place::Console, Place::Incident];
/// In a replay.
const REPLAY: &[Place] = &[Place::Replay];
/// Wherever there is something to move through.
const ANYWHERE: &[Place] = &[
    Place::Console,
    Place::Reader,
    Place::Window,
    Place::Incident,
    Place::Notebook,
    Place::Closing,
    Place::Chooser,
];

/// Shorthand, so that the table reads as a table.
const fn says(
    command: Command,
    name: &'static str,
    hint: &'static str,
    places: &'static [Place],
    title: &'static str,
    about: &'static str,
) -> CommandRow {
    CommandRow { command, name, title, hint, places, about }
}

/// Every command, in the order help lists them.
pub const COMMANDS: &[CommandRow] = &[
    // Moving
    says(Command::Up, "up", "up", ANYWHERE, "Go up a line", "Moves the cursor to the line above."),
    says(Command::Down, "down", "down", ANYWHERE, "Go down a line", "Moves the cursor to the line below."),
    says(
        Command::PageUp,
        "page-up",
        "page up",
        ANYWHERE,
        "Go up a page",
        "Moves the cursor up by what fits.",
    ),
    says(
        Command::PageDown,
        "page-down",
        "page down",
        ANYWHERE,
        "Go down a page",
        "Moves the cursor down by what fits.",
    ),
    says(Command::First, "first", "first", ANYWHERE, "Go to the first line", "Moves the cursor to the top."),
    says(Command::Last, "last", "last", ANYWHERE, "Go to the last line", "Moves the cursor to the bottom."),
    says(
        Command::NextPane,
        "next-pane",
        "pane",
        PANES,
        "Go to the next pane",
        "Moves the focus; each pane keeps its own cursor.",
    ),
    says(
        Command::PreviousPane,
        "previous-pane",
        "pane back",
        PANES,
        "Go to the previous pane",
        "Moves the focus the other way round.",
    ),
    says(
        Command::FocusHealth,
        "focus-health",
        "health",
        PANES,
        "Go to the health pane",
        "Moves the focus to the signals.",
    ),
    says(
        Command::FocusRunbook,
        "focus-runbook",
        "runbook",
        PANES,
        "Go to the runbook pane",
        "Moves the focus to the current step.",
    ),
    says(
        Command::FocusTimeline,
        "focus-timeline",
        "timeline",
        PANES,
        "Go to the timeline pane",
        "Moves the focus to what has happened.",
    ),
    says(
        Command::FocusDue,
        "focus-due",
        "due",
        PANES,
        "Go to the due pane",
        "Moves the focus to obligations and deadlines.",
    ),
    says(
        Command::FocusBoard(Board::Errors),
        "focus-errors",
        "errors",
        PANES,
        "Go to the errors pane",
        "Moves the focus to issues and errors.",
    ),
    says(
        Command::FocusBoard(Board::Payments),
        "focus-payments",
        "payments",
        PANES,
        "Go to the payments pane",
        "Moves the focus to undelivered payment events.",
    ),
    says(
        Command::FocusBoard(Board::Deploys),
        "focus-deploys",
        "deploys",
        PANES,
        "Go to the deploys pane",
        "Moves the focus to releases and the workflows that make them.",
    ),
    says(
        Command::FocusBoard(Board::Infrastructure),
        "focus-infrastructure",
        "infra",
        PANES,
        "Go to the infrastructure pane",
        "Moves the focus to machines, databases and vendors.",
    ),
    says(
        Command::FocusBoard(Board::Logs),
        "focus-logs",
        "logs",
        PANES,
        "Go to the logs pane",
        "Moves the focus to lines of logs.",
    ),
    says(
        Command::Entries,
        "entries",
        "its list",
        &[Place::Health, Place::Board],
        "Go between a signal and its list",
        "From a signal to the pane that lists what its source found, and back.",
    ),
    says(
        Command::LastChange,
        "last-change",
        "change",
        &[Place::Health, Place::Timeline, Place::Board],
        "Go to the last change before it",
        "From something red to the last release or deed that came before it.",
    ),
    says(
        Command::NextPhase,
        "next-phase",
        "phase",
        PANES,
        "Go to the next phase",
        "Shows the runbook's next phase; steps left open stay open.",
    ),
    says(
        Command::PreviousPhase,
        "previous-phase",
        "phase back",
        PANES,
        "Go to the previous phase",
        "Shows the runbook's previous phase.",
    ),
    says(
        Command::NextRunbook,
        "next-runbook",
        "runbook",
        PANES,
        "Go to the next runbook",
        "Shows the next runbook; what was ticked in this one is kept.",
    ),
    says(
        Command::GoToMention,
        "go-to-mention",
        "runbook",
        PANES_AND_READER,
        "Go to what runbooks say of the alert",
        "From a signal, an entry or a red edge to the step that mentions it: by its name in a code span, by a pattern \
         such as `alert:*`, or by its words.",
    ),
    says(
        Command::Findings,
        "findings",
        "findings",
        &[Place::Runbook],
        "Read what lint finds in this runbook",
        "What of the runbook cannot run, is dangerous or is not finished, each with its line and what to do about it.",
    ),
    says(
        Command::Open,
        "open",
        "open",
        &[Place::Console, Place::Incident, Place::Closing, Place::Chooser],
        "Open what is under the cursor",
        "Shows all there is to know about it: a signal's last bad reply, an entry in full.",
    ),
    says(
        Command::Back,
        "back",
        "back",
        ANYWHERE,
        "Go back",
        "Closes the view or clears the filter. Stops nothing.",
    ),
    // Asking
    says(
        Command::Help,
        "help",
        "help",
        PANES_AND_VIEWS,
        "Show the keys of this place",
        "Lists every key that works here.",
    ),
    says(
        Command::Palette,
        "palette",
        "command",
        PANES_AND_VIEWS,
        "Find a command by name",
        "Opens a list of every command and action to type into.",
    ),
    says(
        Command::Filter,
        "filter",
        "filter",
        PANES_AND_READER,
        "Show only what matches",
        "Narrows this pane to the lines with the typed text; esc shows all of them again.",
    ),
    says(
        Command::Timers,
        "timers",
        "timers",
        PANES,
        "Show ladder, timers and contacts",
        "Who is told next and how they are reached, what is counted, what comes round, and the variables runbooks need.",
    ),
    // Signals
    says(
        Command::PollNow,
        "poll-now",
        "poll",
        PANES,
        "Poll now",
        "Asks the signal under the cursor at once, instead of waiting for its turn.",
    ),
    says(
        Command::Acknowledge,
        "acknowledge",
        "ack",
        &[Place::Health, Place::Board],
        "Acknowledge the signal",
        "Says who is looking at it, why, and until when; it is raised again if nothing is done.",
    ),
    says(
        Command::Silence,
        "silence",
        "silence",
        &[Place::Health, Place::Board],
        "Silence the signal",
        "Mutes it until a time. It is still polled, and still red.",
    ),
    // Entries
    says(
        Command::Operate,
        "operate",
        "act on it",
        &[Place::Board, Place::Reader],
        "Act on the entry",
        "Lists what can be done to the entry under the cursor, such as resolve, replay or roll back. Each shows its exact request first.",
    ),
    says(
        Command::OpenLink,
        "open-link",
        "its link",
        &[Place::Board, Place::Reader],
        "Copy the entry's address",
        "Puts the address of the entry on the clipboard and shows it, to be opened in a browser.",
    ),
    // Runbook
    says(
        Command::Tick,
        "tick",
        "tick",
        &[Place::Runbook],
        "Tick the step",
        "Marks the step done, with the value of the signal it is bound to.",
    ),
    says(
        Command::Fail,
        "fail",
        "fail",
        &[Place::Runbook],
        "Mark the step failed",
        "Marks the step failed, with what was seen.",
    ),
    says(
        Command::Skip,
        "skip",
        "skip",
        &[Place::Runbook],
        "Skip the step",
        "Leaves the step out, with a reason. Skipped never reads as done.",
    ),
    says(
        Command::NotApplicable,
        "not-applicable",
        "n/a",
        &[Place::Runbook],
        "Mark the step not applicable",
        "Says that the step is not about this incident, with a reason or without one.",
    ),
    says(
        Command::Reopen,
        "reopen",
        "reopen",
        &[Place::Runbook, Place::Notebook],
        "Open the step or hypothesis again",
        "Takes back a tick, a failure or a skip, or what was said of a hypothesis; the timeline keeps both.",
    ),
    says(
        Command::Attach,
        "attach",
        "attach",
        PANES_AND_READER,
        "Attach what is here to the step",
        "The row, with its source and time, becomes evidence of the step that the runbook pane is at.",
    ),
    says(
        Command::KeepFile,
        "keep-file",
        "keep file",
        PANES,
        "Keep a file as evidence",
        "A copy is kept beside the journal by its SHA-256, with the step that the runbook pane is at.",
    ),
    says(
        Command::KeepOutput,
        "keep-output",
        "keep",
        &[Place::Reader],
        "Keep what the run has printed",
        "Where a run is looked at. It is kept beside the journal by its SHA-256, with the step of the run.",
    ),
    says(
        Command::RunStep,
        "run-step",
        "run",
        &[Place::Runbook],
        "Run the step",
        "Shows the step's exact request, and runs it once confirmed.",
    ),
    says(
        Command::Values,
        "values",
        "values",
        &[Place::Runbook],
        "Show values and environment",
        "Lists the values of the incident, and what the step's commands read and where it comes from.",
    ),
    says(
        Command::Look,
        "look",
        "look",
        &[Place::Runbook],
        "Look at what may run",
        "Shows every command of this runbook that nobody has looked at here, or that changed since. Read to the end, \
         it may run.",
    ),
    says(
        Command::RunSequence,
        "run-sequence",
        "in order",
        &[Place::Runbook],
        "Run these commands in order",
        "Shows every command of the block, the step or the list, runs them one after the other, stops at the first \
         that fails, and goes on from there.",
    ),
    says(
        Command::Approve,
        "approve",
        "approve",
        &[Place::Runbook],
        "Say who approved the step",
        "For a step that needs an approval: asks for the name of who gave it, and why.",
    ),
    // Actions and runs
    says(
        Command::Arm,
        "arm",
        "arm",
        PANES,
        "Arm the console",
        "Lets actions change the world for ten minutes; each still asks.",
    ),
    says(
        Command::Disarm,
        "disarm",
        "disarm",
        PANES,
        "Lock the console",
        "Nothing that changes the world runs until it is armed again.",
    ),
    says(
        Command::ShowOutput,
        "show-output",
        "output",
        PANES,
        "Show the output of the last run",
        "Follows the output while the run goes on.",
    ),
    says(
        Command::CancelRun,
        "cancel-run",
        "cancel",
        PANES_AND_READER,
        "Cancel the run",
        "Stops waiting and ends the program. What was already done stays done.",
    ),
    says(
        Command::VerifyRun,
        "verify-run",
        "verify",
        PANES_AND_READER,
        "Say how an unknown run ended",
        "For a run whose answer was lost: look first, then say what was found.",
    ),
    says(
        Command::Undo,
        "undo",
        "undo",
        PANES_AND_READER,
        "Undo what was done last",
        "Shows what takes back the last run of this incident that has an undo, and runs it once confirmed. Last done, first undone.",
    ),
    says(
        Command::RollBack,
        "roll-back",
        "roll back",
        PANES_AND_WINDOW,
        "Go back to an earlier release",
        "Lists the releases that can be gone back to, newest good one first, and shows what is to be known before one is: from, to, migrations, the rule, the budget.",
    ),
    says(
        Command::Discharge,
        "discharge",
        "done",
        SETTLED,
        "Mark what is under the cursor done",
        "Says that what was left to undo or follow up has been done, or a round of what is to be done after a GO. In the \
         notebook a hypothesis is confirmed; in the closing list a step is ticked.",
    ),
    says(
        Command::Waive,
        "waive",
        "waive",
        SETTLED,
        "Waive what is under the cursor",
        "Gives it up, with a reason that goes into the record; or says that what would be undone next stays. In the \
         notebook a hypothesis is ruled out; in the closing list something is left open, or explained.",
    ),
    says(
        Command::WaiveAll,
        "waive-all",
        "waive all",
        &[Place::Closing],
        "Waive all of this part",
        "Leaves open whatever is left in the part of the closing list that the cursor is in, with one reason.",
    ),
    says(
        Command::Extend,
        "extend",
        "extend",
        &[Place::Due],
        "Extend the obligation",
        "Moves its end to a later time.",
    ),
    // The go-live window
    says(
        Command::Window,
        "window",
        "window",
        PANES,
        "Show the go-live window",
        "Every gate with its live values, what happened to the clock, what a GO still lacks, and the keys that open a window, \
         hold it and end it.",
    ),
    says(
        Command::OpenWindow,
        "open-window",
        "open",
        WINDOW,
        "Open a go-live window",
        "Asks how long health has to last without a break, and begins to count.",
    ),
    says(
        Command::SayGo,
        "say-go",
        "GO",
        WINDOW,
        "Say GO for the window",
        "Shows what it rests on and asks once more; refused with the reasons while something is missing.",
    ),
    says(
        Command::SayNoGo,
        "say-no-go",
        "NO-GO",
        WINDOW,
        "Say NO-GO for the window",
        "Ends the window, with a reason, and shows the releases that can be gone back to.",
    ),
    says(
        Command::HoldWindow,
        "hold-window",
        "hold",
        WINDOW,
        "Hold the window",
        "Stops its clock, with a reason, until it is released.",
    ),
    says(
        Command::ReleaseWindow,
        "release-window",
        "release",
        WINDOW,
        "Release the window",
        "Lets the clock of a window that is held go on.",
    ),
    says(
        Command::EndWindow,
        "end-window",
        "end",
        WINDOW,
        "End the window early",
        "Ends it as HOLD, with a reason: it could not be told.",
    ),
    // Telling the world
    says(
        Command::Post,
        "post",
        "tell",
        PANES_AND_VIEWS,
        "Post an update",
        "Asks for the channel, then for the text, and shows the exact request before anything is sent. What failed is \
         sent again from here, and never by itself.",
    ),
    says(
        Command::EditDone,
        "edit-done",
        "go on",
        EDITOR,
        "Go on to the exact request",
        "Shows what is sent, and to whom. Nothing is posted yet.",
    ),
    says(
        Command::EditUndo,
        "edit-undo",
        "undo",
        EDITOR,
        "Take a change of the text back",
        "Back to how it was before.",
    ),
    says(
        Command::EditRedo,
        "edit-redo",
        "redo",
        EDITOR,
        "Make it again",
        "Makes a change again that was taken back.",
    ),
    says(
        Command::EditOutside,
        "edit-outside",
        "$EDITOR",
        EDITOR,
        "Write in your own editor",
        "Gives the terminal to `$VISUAL` or `$EDITOR` with the text in a file that nobody else can read.",
    ),
    says(
        Command::EditCompare,
        "edit-compare",
        "changes",
        EDITOR,
        "Compare it with the last post",
        "Line by line, against what was posted to this channel last in this incident.",
    ),
    // The record
    says(
        Command::Note,
        "note",
        "note",
        PANES_AND_VIEWS,
        "Write a note",
        "Puts a line on the timeline. It begins with ? for a hypothesis, ! for a decision, + for a follow-up, $ for a \
         patch of data; and before that with -5m to date it back.",
    ),
    says(
        Command::Notebook,
        "notebook",
        "notebook",
        &[Place::Console, Place::Reader],
        "Show the notebook",
        "Hypotheses and how they stand, decisions, follow-ups, patches, evidence and notes of the incident.",
    ),
    says(
        Command::Heard,
        "heard",
        "heard",
        PANES_AND_VIEWS,
        "Say that the deputy was heard",
        "What is late rings no more. It stays late, and is shown, until it is done.",
    ),
    says(
        Command::Declare,
        "declare",
        "declare",
        PANES_AND_INCIDENT,
        "Declare an incident",
        "Asks for its severity and title, and starts its clocks. While one is open it declares another.",
    ),
    says(
        Command::AcknowledgeIncident,
        "acknowledge-incident",
        "take it",
        PANES_AND_INCIDENT,
        "Acknowledge the incident",
        "Says that you have taken it on, and stops its ladder. Where nobody commands, you do.",
    ),
    says(
        Command::ChangeSeverity,
        "change-severity",
        "severity",
        PANES_AND_INCIDENT,
        "Change the incident's severity",
        "P0 to P3, and why if there is a reason; its deadlines follow.",
    ),
    says(
        Command::CloseIncident,
        "close-incident",
        "close",
        &[Place::Console, Place::Incident, Place::Closing],
        "Close the incident",
        "Lists what is to be settled first: each done, or left open with a reason. Where nothing is left, asks for a \
         short summary and closes.",
    ),
    // The incident view
    says(
        Command::Incident,
        "incident",
        "incident",
        PANES,
        "Show the incident",
        "Its clocks, roles, ladder and who is on call; other incidents, to go over to, merge with and open again.",
    ),
    says(
        Command::TakeRole(IncidentRole::Commander),
        "commander",
        "commander",
        INCIDENT,
        "Hand over command",
        "Asks who decides from here on.",
    ),
    says(
        Command::TakeRole(IncidentRole::Operations),
        "operations",
        "operations",
        INCIDENT,
        "Hand over operations",
        "Asks who changes the world from here on.",
    ),
    says(
        Command::TakeRole(IncidentRole::Comms),
        "comms",
        "comms",
        INCIDENT,
        "Hand over comms",
        "Asks who tells the world from here on.",
    ),
    says(
        Command::TakeRole(IncidentRole::Scribe),
        "scribe",
        "scribe",
        INCIDENT,
        "Hand over the notes",
        "Asks who writes down from here on.",
    ),
    says(
        Command::Escalate,
        "escalate",
        "told",
        INCIDENT,
        "Say who was told",
        "Records who was told on the rung of the ladder whose turn it is, and how. It calls nobody by itself.",
    ),
    says(
        Command::Mitigate,
        "mitigated",
        "mitigated",
        INCIDENT,
        "Say that the harm is contained",
        "Records how; begin with -5m to say that it was five minutes ago.",
    ),
    says(
        Command::SwitchKind,
        "switch-kind",
        "security",
        INCIDENT,
        "Make it a security incident, or not",
        "A security incident has steps and clocks of its own: legal and the audit.",
    ),
    says(
        Command::MergeIncident,
        "merge-incident",
        "merge",
        INCIDENT,
        "Merge it into another incident",
        "The current incident turns out to be the same as the one under the cursor, which takes over what it leaves.",
    ),
    says(
        Command::ReopenIncident,
        "reopen-incident",
        "reopen",
        INCIDENT,
        "Open a closed incident again",
        "The one under the cursor, or the one that was closed last, with the marks of its steps.",
    ),
    says(
        Command::Handover,
        "handover",
        "handover",
        INCIDENT,
        "Read the handover sheet",
        "One page for whoever comes next, of this moment: what is wrong, in effect, tried, due and not known.",
    ),
    says(
        Command::Copy,
        "copy",
        "copy",
        PANES_AND_VIEWS,
        "Copy what is under the cursor",
        "Hands the text to the terminal's clipboard.",
    ),
    // A replay
    says(
        Command::PauseReplay,
        "pause",
        "pause",
        REPLAY,
        "Pause the replay, or go on",
        "Stands still at this instant, or plays on from it.",
    ),
    says(
        Command::SecondsBack,
        "seconds-back",
        "10 s back",
        REPLAY,
        "Go back ten seconds",
        "Shows how it was ten seconds earlier.",
    ),
    says(
        Command::SecondsOn,
        "seconds-on",
        "10 s on",
        REPLAY,
        "Go on ten seconds",
        "Shows how it was ten seconds later.",
    ),
    says(
        Command::MinuteBack,
        "minute-back",
        "1 min back",
        REPLAY,
        "Go back a minute",
        "Shows how it was a minute earlier.",
    ),
    says(
        Command::MinuteOn,
        "minute-on",
        "1 min on",
        REPLAY,
        "Go on a minute",
        "Shows how it was a minute later.",
    ),
    says(
        Command::ToBeginning,
        "to-beginning",
        "beginning",
        REPLAY,
        "Go to the beginning",
        "Shows the first instant of the recording.",
    ),
    says(
        Command::ToEnd,
        "to-end",
        "end",
        REPLAY,
        "Go to the end",
        "Shows the last instant of the recording.",
    ),
    says(
        Command::ToInstant,
        "to-instant",
        "at a time",
        REPLAY,
        "Go to a time",
        "Asks for one: 03:12, 03:12:05, +5m, -30s, or T+7m after the declaration.",
    ),
    says(
        Command::PreviousRed,
        "previous-red",
        "red before",
        REPLAY,
        "Go to the red edge before",
        "Shows the last time before this that a signal went down.",
    ),
    says(
        Command::NextRed,
        "next-red",
        "next red",
        REPLAY,
        "Go to the next red edge",
        "Shows the next time that a signal goes down.",
    ),
    says(
        Command::Slower,
        "slower",
        "slower",
        REPLAY,
        "Play slower",
        "The next slower speed, down to that of life.",
    ),
    says(
        Command::Faster,
        "faster",
        "faster",
        REPLAY,
        "Play faster",
        "The next faster speed, up to six hundred times that of life.",
    ),
    // The program
    says(
        Command::Redraw,
        "redraw",
        "redraw",
        EVERYWHERE,
        "Draw the screen afresh",
        "For a screen that another program has written on.",
    ),
    says(
        Command::Suspend,
        "suspend",
        "suspend",
        PANES_AND_VIEWS,
        "Suspend to the shell",
        "Leaves the console in the background; fg brings it back.",
    ),
    says(Command::Quit, "quit", "quit", PANES_AND_VIEWS, "Quit", "Asks first while a run is going on."),
];

/// Whether a command is of a replay alone.
pub fn is_of_replay(command: &Command) -> bool {
    row(command).is_some_and(|row| row.places == REPLAY)
}

/// Whether a replay does it: moving about and reading. Whatever is not named here is refused there.
pub fn is_in_replay(command: &Command) -> bool {
    is_of_replay(command)
        || matches!(
            command,
            Command::Up
                | Command::Down
                | Command::PageUp
                | Command::PageDown
                | Command::First
                | Command::Last
                | Command::NextPane
                | Command::PreviousPane
                | Command::FocusHealth
                | Command::FocusRunbook
                | Command::FocusTimeline
                | Command::FocusDue
                | Command::FocusBoard(_)
                | Command::NextPhase
                | Command::PreviousPhase
                | Command::NextRunbook
                | Command::GoToMention
                | Command::Open
                | Command::Back
                | Command::Help
                | Command::Palette
                | Command::Filter
                | Command::Timers
                | Command::ShowOutput
                | Command::Window
                | Command::Incident
                | Command::Notebook
                | Command::Copy
                | Command::Redraw
                | Command::Suspend
                | Command::Quit
        )
}

/// What stands before an action's name where a command's is expected.
const ACTION: &str = "action:";

/// The row of a command; `None` for [`Command::Action`].
pub fn row(command: &Command) -> Option<&'static CommandRow> {
    COMMANDS.iter().find(|row| row.command == *command)
}

/// The command called `name`; `action:NAME` is the configured action NAME, whether or not there is
/// one.
pub fn by_name(name: &str) -> Option<Command> {
    if let Some(action) = name.strip_prefix(ACTION) {
        return (!action.is_empty()).then(|| Command::Action(ActionId::from(&*text::clean(action))));
    }
    COMMANDS.iter().find(|row| row.name == name).map(|row| row.command.clone())
}

/// The name that [`by_name`] reads back.
pub fn name_of(command: &Command) -> String {
    match command {
        Command::Action(action) => format!("{ACTION}{action}"),
        command => row(command).map_or("", |row| row.name).to_owned(),
    }
}

#[cfg(test)]
mod tests;
