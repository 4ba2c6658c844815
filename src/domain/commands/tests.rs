//! The table is whole: a row each, and each is fit to be shown.

use std::collections::BTreeSet;

use super::*;

/// Every command but actions. The match has no catch-all: a new variant does not compile until
/// somebody has looked at this list and at the table.
#[expect(clippy::too_many_lines, reason = "it names every command")]
fn every() -> Vec<Command> {
    use Command::{
        Acknowledge, AcknowledgeIncident, Action, Approve, Arm, Attach, Back, CancelRun, ChangeSeverity,
        CloseIncident, Copy, Declare, Disarm, Discharge, Down, EditCompare, EditDone, EditOutside, EditRedo,
        EditUndo, EndWindow, Entries, Escalate, Extend, Fail, Faster, Filter, Findings, First, FocusBoard,
        FocusDue, FocusHealth, FocusRunbook, FocusTimeline, GoToMention, Handover, Heard, Help, HoldWindow,
        Incident, KeepFile, KeepOutput, Last, LastChange, Look, MergeIncident, MinuteBack, MinuteOn,
        Mitigate, NextPane, NextPhase, NextRed, NextRunbook, NotApplicable, Note, Notebook, Open, OpenLink,
        OpenWindow, Operate, PageDown, PageUp, Palette, PauseReplay, PollNow, Post, PreviousPane,
        PreviousPhase, PreviousRed, Quit, Redraw, ReleaseWindow, Reopen, ReopenIncident, RollBack,
        RunSequence, RunStep, SayGo, SayNoGo, SecondsBack, SecondsOn, ShowOutput, Silence, Skip, Slower,
        Suspend, SwitchKind, TakeRole, Tick, Timers, ToBeginning, ToEnd, ToInstant, Undo, Up, Values,
        VerifyRun, Waive, WaiveAll, Window,
    };
    let next = |command: &Command| match command {
        Up => Some(Down),
        Down => Some(PageUp),
        PageUp => Some(PageDown),
        PageDown => Some(First),
        First => Some(Last),
        Last => Some(NextPane),
        NextPane => Some(PreviousPane),
        PreviousPane => Some(FocusHealth),
        FocusHealth => Some(FocusRunbook),
        FocusRunbook => Some(FocusTimeline),
        FocusTimeline => Some(FocusDue),
        FocusDue => Some(FocusBoard(Board::Errors)),
        FocusBoard(Board::Errors) => Some(FocusBoard(Board::Payments)),
        FocusBoard(Board::Payments) => Some(FocusBoard(Board::Deploys)),
        FocusBoard(Board::Deploys) => Some(FocusBoard(Board::Infrastructure)),
        FocusBoard(Board::Infrastructure) => Some(FocusBoard(Board::Logs)),
        FocusBoard(Board::Logs) => Some(Entries),
        Entries => Some(LastChange),
        LastChange => Some(NextPhase),
        NextPhase => Some(PreviousPhase),
        PreviousPhase => Some(NextRunbook),
        NextRunbook => Some(GoToMention),
        GoToMention => Some(Findings),
        Findings => Some(Open),
        Open => Some(Back),
        Back => Some(Help),
        Help => Some(Palette),
        Palette => Some(Filter),
        Filter => Some(Timers),
        Timers => Some(PollNow),
        PollNow => Some(Acknowledge),
        Acknowledge => Some(Silence),
        Silence => Some(Operate),
        Operate => Some(OpenLink),
        OpenLink => Some(Tick),
        Tick => Some(Fail),
        Fail => Some(Skip),
        Skip => Some(NotApplicable),
        NotApplicable => Some(Reopen),
        Reopen => Some(Attach),
        Attach => Some(KeepFile),
        KeepFile => Some(KeepOutput),
        KeepOutput => Some(RunStep),
        RunStep => Some(Values),
        Values => Some(Look),
        Look => Some(RunSequence),
        RunSequence => Some(Approve),
        Approve => Some(Arm),
        Arm => Some(Disarm),
        Disarm => Some(ShowOutput),
        ShowOutput => Some(CancelRun),
        CancelRun => Some(VerifyRun),
        VerifyRun => Some(Undo),
        Undo => Some(RollBack),
        RollBack => Some(Discharge),
        Discharge => Some(Waive),
        Waive => Some(WaiveAll),
        WaiveAll => Some(Extend),
        Extend => Some(Window),
        Window => Some(OpenWindow),
        OpenWindow => Some(SayGo),
        SayGo => Some(SayNoGo),
        SayNoGo => Some(HoldWindow),
        HoldWindow => Some(ReleaseWindow),
        ReleaseWindow => Some(EndWindow),
        EndWindow => Some(Post),
        Post => Some(EditDone),
        EditDone => Some(EditUndo),
        EditUndo => Some(EditRedo),
        EditRedo => Some(EditOutside),
        EditOutside => Some(EditCompare),
        EditCompare => Some(Note),
        Note => Some(Notebook),
        Notebook => Some(Heard),
        Heard => Some(Declare),
        Declare => Some(AcknowledgeIncident),
        AcknowledgeIncident => Some(ChangeSeverity),
        ChangeSeverity => Some(CloseIncident),
        CloseIncident => Some(Incident),
        Incident => Some(TakeRole(IncidentRole::Commander)),
        TakeRole(IncidentRole::Commander) => Some(TakeRole(IncidentRole::Operations)),
        TakeRole(IncidentRole::Operations) => Some(TakeRole(IncidentRole::Comms)),
        TakeRole(IncidentRole::Comms) => Some(TakeRole(IncidentRole::Scribe)),
        TakeRole(IncidentRole::Scribe) => Some(Escalate),
        Escalate => Some(Mitigate),
        Mitigate => Some(SwitchKind),
        SwitchKind => Some(MergeIncident),
        MergeIncident => Some(ReopenIncident),
        ReopenIncident => Some(Handover),
        Handover => Some(Copy),
        Copy => Some(PauseReplay),
        PauseReplay => Some(SecondsBack),
        SecondsBack => Some(SecondsOn),
        SecondsOn => Some(MinuteBack),
        MinuteBack => Some(MinuteOn),
        MinuteOn => Some(ToBeginning),
        ToBeginning => Some(ToEnd),
        ToEnd => Some(ToInstant),
        ToInstant => Some(PreviousRed),
        PreviousRed => Some(NextRed),
        NextRed => Some(Slower),
        Slower => Some(Faster),
        Faster => Some(Redraw),
        Redraw => Some(Suspend),
        Suspend => Some(Quit),
        Quit | Action(_) => None,
    };
    std::iter::successors(Some(Up), next).collect()
}

#[test]
fn every_command_has_one_row_and_every_row_a_command() {
    let rows: Vec<Command> = COMMANDS.iter().map(|row| row.command.clone()).collect();
    assert_eq!(rows, every());
    let names: BTreeSet<&str> = COMMANDS.iter().map(|row| row.name).collect();
    assert_eq!(names.len(), COMMANDS.len(), "names are unique");
}

#[test]
fn rows_are_fit_to_be_shown() {
    for row in COMMANDS {
        assert!(row.name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", row.name);
        assert!(text::width(row.hint) <= 10, "{}: a hint is a word or two", row.name);
        assert!(text::width(row.title) <= 36, "{}: a title fits a palette of 40 columns", row.name);
        assert!(row.about.ends_with('.'), "{}: {}", row.name, row.about);
        assert!(!row.places.is_empty(), "{}", row.name);
    }
}

#[test]
fn names_are_read_back() {
    for row in COMMANDS {
        assert_eq!(by_name(row.name), Some(row.command.clone()));
        assert_eq!(name_of(&row.command), row.name);
        assert_eq!(super::row(&row.command), Some(row));
    }
    let action = Command::Action("maintenance".into());
    assert_eq!(by_name("action:maintenance"), Some(action.clone()));
    assert_eq!(name_of(&action), "action:maintenance");
    assert_eq!(row(&action), None);
    assert_eq!(by_name("action:"), None);
    assert_eq!(by_name("frobnicate"), None);
}
