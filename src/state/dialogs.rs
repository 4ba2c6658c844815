//! Dialogs over the frame: what is typed, chosen, read and agreed to in them. Each is data; what is drawn of it is `panes::dialog`.

use std::time::Duration;

use tui_input::Input;

use crate::domain::action::{Purpose, Risk};
use crate::domain::answer::Answers;
use crate::domain::channel::Audience;
use crate::domain::condition::Condition;
use crate::domain::entry::{Entry, EntryRef};
use crate::domain::ids::{
    ActionId, ChannelId, ClosingId, CommandId, DutyId, FollowUpId, HypothesisId, IncidentId, ObligationId,
    PostId, RunId, SignalId, StepId, WindowId,
};
use crate::domain::incident::{IncidentDeadline, IncidentRole, Standing};
use crate::domain::io::IoRequest;
use crate::domain::looked::BlockRef;
use crate::domain::offer::Offer;
use crate::domain::runbook::{Placeholder, StepRef};
use crate::domain::step_evidence::StepEvidence;
use crate::domain::terms::Terms;
use crate::domain::time::Timestamp;
use crate::domain::undo::Ties;

use super::composing::Composing;
use super::gates::GatesDialog;
use super::looked::LookAt;
use super::picking::Picking;
use super::rollback::Card;
use super::ui::{NotebookKey, TimersKey};

/// A dialog over the full frame.
#[derive(Clone, Debug)]
pub enum Dialog {
    /// The keys of a place.
    Help {
        /// Lines scrolled away.
        scroll: usize,
    },
    /// Every command, to be found by typing.
    Palette {
        /// What was typed.
        input: Input,
        /// Which match the cursor is on.
        cursor: usize,
    },
    /// A line to type.
    Prompt(Prompt),
    /// An action about to be asked for, exactly as it will run.
    Confirm(Box<Confirm>),
    /// What may run once it was looked at.
    Look(Box<LookAt>),
    /// One of several things to run.
    Choose {
        /// The step they stand in.
        step: StepRef,
        /// What can be run.
        candidates: Vec<Candidate>,
        /// Which the cursor is on.
        cursor: usize,
    },
    /// What a run is, and what it printed.
    Output {
        /// The run.
        run: RunId,
        /// Lines scrolled up from the end; 0 follows.
        back: usize,
    },
    /// Everything about a signal.
    Detail {
        /// The signal.
        signal: SignalId,
        /// Lines scrolled away.
        scroll: usize,
    },
    /// A step in full.
    Step {
        /// The step.
        step: StepRef,
        /// Lines scrolled away.
        scroll: usize,
    },
    /// Everything about an entry, as it was listed.
    Entry {
        /// The signal that lists it.
        signal: SignalId,
        /// The entry.
        entry: Box<Entry>,
        /// When it was listed.
        at: Timestamp,
        /// Lines scrolled away.
        scroll: usize,
    },
    /// Releases that can be gone back to.
    Rollback {
        /// The one the cursor is on; the first when `None`.
        cursor: Option<EntryRef>,
    },
    /// What can be done to an entry.
    Operate {
        /// The signal that lists it.
        signal: SignalId,
        /// The entry.
        entry: Box<Entry>,
        /// Which offer the cursor is on.
        cursor: usize,
    },
    /// Ladder, timers, schedules, turns, contacts and variables.
    Timers {
        /// The line under the cursor; the first when `None`.
        cursor: Option<TimersKey>,
    },
    /// What people wrote down of the incident.
    Notebook {
        /// The line under the cursor; the first when `None`.
        cursor: Option<NotebookKey>,
    },
    /// What is to be settled before the incident closes.
    Closing {
        /// The line under the cursor; the first that is open when `None`.
        cursor: Option<ClosingId>,
    },
    /// The go-live window: its gates, its clock, and what a GO lacks.
    Window {
        /// Lines scrolled away.
        scroll: usize,
    },
    /// The incident: its clocks, roles, ladder, who is on call, and other incidents.
    Incident,
    /// A GO about to be said, and what it rests on.
    Go {
        /// The window that it ends.
        window: WindowId,
        /// Lines scrolled away.
        scroll: usize,
    },
    /// What is checked before something runs is being asked.
    Checking {
        /// The check.
        run: RunId,
        /// The step whose command waits for it.
        step: StepRef,
    },
    /// What follows a failed run.
    Failure {
        /// The run.
        run: RunId,
        /// What can.
        choices: Vec<FailureChoice>,
        /// Which the cursor is on.
        cursor: usize,
    },
    /// Text to read.
    Read {
        /// In the border.
        title: String,
        /// What it says.
        lines: Vec<String>,
        /// Lines scrolled away.
        scroll: usize,
    },
    /// What was open is not any more, and why: left by Esc or Enter alone, so that what was about to be
    /// typed into it means nothing else.
    Closed {
        /// What it was.
        title: String,
        /// Why.
        lines: Vec<String>,
    },
    /// Commands that are to run one after the other, exactly, and how each of them stands.
    Gates(Box<GatesDialog>),
    /// Where an update can be posted, and what became of the last ones.
    Channels {
        /// The row the cursor is on.
        cursor: usize,
        /// The step it is asked from.
        step: Option<StepRef>,
    },
    /// An update that is being written.
    Compose(Box<Composing>),
    /// Runs are out: leave them?
    Quit,
}

/// What can follow a failed run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FailureChoice {
    /// Nothing: the step stays failed.
    Leave,
    /// The step is marked failed.
    Fail,
    /// The same once more.
    Again,
    /// The step is left out, with a reason.
    Skip,
    /// The block that answers the failure.
    Handle {
        /// What it is called.
        name: String,
        /// The step it stands in.
        step: StepId,
        /// Its place among that step's commands.
        command: usize,
    },
}

/// What is to be asked for once its check holds, or somebody goes on without.
#[derive(Clone, Debug)]
pub struct Held {
    /// What is to be asked for.
    pub confirm: Box<Confirm>,
    /// The check, while it is out.
    pub run: Option<RunId>,
    /// What its reply must be.
    pub when: Option<Condition>,
    /// What is checked, in the file's words.
    pub text: String,
}

/// Something that can be run from a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Candidate {
    /// A configured action that a code span means.
    Action(ActionId),
    /// A command that stands in the step, by its place among them.
    Command(usize),
    /// A channel that the step names.
    Channel(ChannelId),
}

/// A line to type.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// What it is for.
    pub asking: Asking,
    /// What stands in it.
    pub input: Input,
    /// Why what stands in it will not do.
    pub problem: Option<String>,
    /// What can be picked instead of typed.
    pub picking: Box<Picking>,
}

/// What a prompt is for.
#[derive(Clone, Debug, PartialEq)]
pub enum Asking {
    /// Something to write down.
    Note,
    /// Why a step failed.
    FailStep(StepRef),
    /// Why a step is left out.
    SkipStep(StepRef),
    /// Why a step does not apply, or nothing.
    DoesNotApply(StepRef),
    /// Why a step is ticked although what it is bound to does not say that it is done.
    TickAnyway {
        /// The step.
        step: StepRef,
        /// What speaks against it, in words.
        doubts: Vec<String>,
        /// What the tick rests on: kept as it was when it was asked for.
        evidence: Vec<StepEvidence>,
    },
    /// The path of a file that is to be kept, and the step it is evidence of.
    KeepFile(Option<StepRef>),
    /// Why a signal is taken on, and for how long.
    Acknowledge(SignalId),
    /// Why a signal is muted, and for how long.
    Silence(SignalId),
    /// What to show only.
    Filter,
    /// Which instant of a recording to show.
    Instant,
    /// An incident's severity and title, and the red signal that it was proposed from.
    Declare(Option<SignalId>),
    /// Who has a role of an incident from here on.
    Role(IncidentId, IncidentRole),
    /// Who was told on a rung of the ladder, and how.
    Told(IncidentId, u32),
    /// How the harm of an incident was contained.
    Mitigated(IncidentId),
    /// Why an incident is the same as another.
    Merge {
        /// The one that is over with it.
        incident: IncidentId,
        /// The one that goes on.
        into: IncidentId,
    },
    /// Why an incident is open again.
    ReopenIncident(IncidentId),
    /// How what an incident asks for by a time was done.
    DeadlineDone(IncidentId, IncidentDeadline),
    /// Why it is given up.
    WaiveDeadline(IncidentId, IncidentDeadline),
    /// An incident's new severity, and why.
    Severity,
    /// What happened, in a sentence.
    Close,
    /// Why a hypothesis stands so from now on.
    Settle(HypothesisId, Standing),
    /// What came of a follow-up, and whether it was done.
    CloseFollowUp(FollowUpId, bool),
    /// Why these are left open at the close.
    LeaveOpen(Vec<ClosingId>),
    /// Why an obligation is given up.
    Waive(ObligationId),
    /// How much longer an obligation may last.
    Extend(ObligationId),
    /// How an obligation was met.
    Discharge(ObligationId),
    /// What was found when a duty was done, or nothing.
    DutyDone(DutyId),
    /// Why what is left of a duty is given up.
    WaiveDuty(DutyId),
    /// How long health has to last in a new window.
    OpenWindow,
    /// Why a window is NO-GO.
    NoGo(WindowId),
    /// Why a window is held.
    HoldWindow(WindowId),
    /// Why a window is ended before its time.
    EndWindow(WindowId),
    /// Who approved a step, and why.
    Approve(StepRef),
    /// Why it goes on although what was checked before does not hold.
    Despite {
        /// The step.
        step: StepRef,
        /// Why it does not hold.
        why: String,
    },
    /// Why a run is not to be taken back.
    KeepRun(RunId),
    /// What an unknown run turned out to have done.
    Verify(RunId),
    /// What an offer needs to know.
    Answer {
        /// The signal that lists what it is done to.
        signal: SignalId,
        /// The offer.
        offer: Box<Offer>,
    },
    /// What stands for a placeholder of a command.
    Fill {
        /// The step.
        step: StepRef,
        /// The command's place in it.
        command: usize,
        /// The placeholder asked for now.
        hole: Placeholder,
        /// Answers so far.
        filled: Box<Answers>,
    },
    /// What stands for a placeholder of a command of a sequence.
    FillGate {
        /// The sequence.
        gates: Box<GatesDialog>,
        /// The command's place in it.
        gate: usize,
        /// The placeholder asked for now.
        hole: Placeholder,
    },
}

/// What is known of a toggle's position while a dialog asks which way to switch it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Position {
    /// The action has none.
    None,
    /// Being read by this run.
    Reading(RunId),
    /// It is on or off.
    Known(bool),
    /// It could not be read; the operator says which way.
    Unreadable(String),
}

/// An offer, and the signal that lists what it is done to.
#[derive(Clone, Debug, PartialEq)]
pub struct Offered {
    /// The signal.
    pub signal: SignalId,
    /// The offer, with nothing left to fill in.
    pub offer: Offer,
}

/// What is posted, beside the request that posts it.
#[derive(Clone, Debug, PartialEq)]
pub struct Posting {
    /// Where to.
    pub channel: ChannelId,
    /// Who reads it there.
    pub audience: Audience,
    /// What it says.
    pub text: String,
    /// What it sets.
    pub status: Option<String>,
    /// In how long the next is promised.
    pub next: Option<Duration>,
    /// The post that it tries again.
    pub again: Option<PostId>,
    /// Why the channel's name has to be typed, where it has.
    pub guarded: Option<String>,
}

/// An action about to be asked for.
#[derive(Clone, Debug)]
pub struct Confirm {
    /// The action.
    pub action: ActionId,
    /// In words.
    pub title: String,
    /// Which of its requests.
    pub purpose: Purpose,
    /// What it may do.
    pub risk: Risk,
    /// The very request that will run.
    pub request: IoRequest,
    /// Whether it takes over the terminal.
    pub hands_over: bool,
    /// What must be typed, for a `destroy`.
    pub target: String,
    /// The step it was asked from.
    pub step: Option<StepRef>,
    /// Which of the step's commands.
    pub command: Option<CommandId>,
    /// What its file holds it to.
    pub terms: Terms,
    /// What else is to be known of it, a line each.
    pub notes: Vec<String>,
    /// The block of a runbook that it is.
    pub block: Option<BlockRef>,
    /// A toggle's position.
    pub position: Position,
    /// What is said of a rollback. It is agreed to by typing its target.
    pub card: Option<Box<Card>>,
    /// What is done to an entry: all its calls are agreed to at once.
    pub offer: Option<Box<Offered>>,
    /// What it posts.
    pub post: Option<Box<Posting>>,
    /// What takes it back, and what it takes back itself.
    pub ties: Ties,
    /// The obligation it is to meet: a toggle that turns out to be off already is left off.
    pub discharges: Option<ObligationId>,
    /// The key that says yes: never the one that asked.
    pub yes: char,
    /// What was typed so far, for a `destroy`.
    pub typed: Input,
    /// Lines scrolled away.
    pub scroll: usize,
    /// Why it cannot be confirmed now, said on screen.
    pub problem: Option<String>,
}

impl Confirm {
    /// Whether it is agreed to by typing its target, and not by a key.
    pub fn is_typed(&self) -> bool {
        self.risk == Risk::Destroy
            || self.card.is_some()
            || self.post.as_ref().is_some_and(|post| post.guarded.is_some())
    }
}
