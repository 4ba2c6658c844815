//! What the core is told. Data only, so that every message can be logged, compared and replayed.

use std::collections::BTreeMap;

use crate::domain::action::Purpose;
use crate::domain::artifact::Kept;
use crate::domain::command::Command;
use crate::domain::diagnostic::Diagnostic;
use crate::domain::entry::Entry;
use crate::domain::fact::Logged;
use crate::domain::ids::{ActionId, RunId};
use crate::domain::io::{IoReply, OutputLine};
use crate::domain::looked::BlockRef;
use crate::domain::press::Press;
use crate::domain::reading::Reading;
use crate::domain::runbook::{Runbook, StepRef};
use crate::domain::variable::Finding;
use crate::domain::window::Deed;

/// One message.
#[derive(Clone, Debug, PartialEq)]
pub enum Msg {
    /// The session begins: facts before it are applied, the journal is as the feed says.
    Opened {
        /// The program's version.
        version: String,
    },
    /// Time went on.
    Tick,
    /// The terminal has this many columns and rows.
    Resized(u16, u16),
    /// A key, the palette or the mouse asks for this.
    Command(Command),
    /// A key while something is typed or answered.
    Press(Press),
    /// Text was pasted.
    Pasted(String),
    /// A sequence of chords has begun, or is over when empty.
    Pending(String),
    /// The mouse was pressed at this column and row; the second press of two opens.
    Clicked {
        /// Columns from the left.
        x: u16,
        /// Rows from the top.
        y: u16,
        /// Whether it is the second of two quick ones.
        again: bool,
    },
    /// The wheel was turned over this column and row.
    Wheel {
        /// Columns from the left.
        x: u16,
        /// Rows from the top.
        y: u16,
        /// Towards the operator.
        down: bool,
    },
    /// A poll ended.
    Polled {
        /// The signal's place in the plan.
        signal: usize,
        /// Which poll of it.
        attempt: u64,
        /// What it said.
        reading: Box<Reading>,
    },
    /// A poll's task broke.
    PollCrashed {
        /// The signal's place in the plan.
        signal: usize,
        /// Which poll of it.
        attempt: u64,
        /// How.
        detail: String,
    },
    /// Facts up to this one are on disk.
    Logged(u64),
    /// A fact did not reach the disk, and none will after it.
    JournalFailed(String),
    /// The console that writes this journal wrote these.
    Followed(Vec<Logged>),
    /// A run printed a line.
    Output(RunId, OutputLine),
    /// A run ended.
    Replied(RunId, Box<IoReply>),
    /// What a run should have done was read back.
    Checked(RunId, Box<IoReply>),
    /// A text came back from the operator's own editor, or why it did not.
    Edited(Result<String, String>),
    /// A handover sheet in Markdown, or why there is none.
    Handover(Result<String, String>),
    /// A file is kept, or why it is not.
    Kept(Result<Kept, String>),
    /// Somebody sent what happened.
    Pushed {
        /// The signal's place in the plan.
        signal: usize,
        /// What happened.
        entries: Vec<Entry>,
    },
    /// Somebody sent what was not taken: it was not signed as it should be, too large, or no document.
    TurnedAway {
        /// The signal's place in the plan.
        signal: usize,
        /// How many deliveries.
        count: u64,
    },
    /// An action is asked for without a screen.
    Ask {
        /// Which.
        action: ActionId,
        /// Which of its requests.
        purpose: Purpose,
        /// The name given with `--yes`.
        yes: Option<String>,
    },
    /// A command of a runbook is asked for without a screen.
    AskRequest {
        /// Whether it gets a key under which it is done once.
        keyed: bool,
        /// `step:` and the step's anchor.
        action: ActionId,
        /// In words.
        title: String,
        /// What it may do.
        risk: crate::domain::action::Risk,
        /// The very request.
        request: Box<crate::domain::io::IoRequest>,
        /// What its file holds it to.
        terms: crate::domain::terms::Terms,
        /// The block of the runbook that it is.
        block: BlockRef,
        /// The name given with `--yes`.
        yes: Option<String>,
    },
    /// The commands that follow one another where a step stands are asked for without a screen.
    AskSequence {
        /// The step.
        step: StepRef,
        /// What was said for placeholders, by token.
        said: BTreeMap<String, String>,
        /// Whether what has ended well does not run again.
        resume: bool,
        /// The names given with `--yes`.
        yes: Vec<String>,
    },
    /// A runbook's file was edited, and is whole again.
    RunbookRead {
        /// What it says now.
        runbook: Box<Runbook>,
        /// What is wrong with it.
        diagnostics: Vec<Diagnostic>,
        /// How the variables stand that it needs.
        needed: Vec<Finding>,
        /// What lint finds in it.
        findings: Vec<crate::domain::finding::Finding>,
    },
    /// A file that was read at the start is not any more what it was then, or is so again.
    OnDisk {
        /// The file as the operator knows it.
        file: String,
        /// What to say of it; nothing when all is well.
        says: Option<String>,
    },
    /// Somebody does something to the go-live window.
    Window(Deed),
    /// The system clock was set.
    ClockStepped {
        /// Forward, or back where negative.
        by_millis: i64,
    },
    /// The program is told to end: a signal, a closed terminal.
    Stop(String),
}
