//! What the operator is looking at: cursors, scroll, dialogs. Selection is by name, never by row.

use std::collections::BTreeMap;

use crate::domain::board::Board;
use crate::domain::entry::EntryRef;
use crate::domain::ids::{
    ChannelId, DutyId, FollowUpId, HypothesisId, IncidentId, ObligationId, RunId, RunbookId, SignalId, StepId,
};
use crate::domain::incident::{IncidentDeadline, IncidentRole, Severity};
use crate::domain::runbook::{Runbook, StepRef};
use crate::domain::statement::Statement;
use crate::domain::time::Timestamp;

use super::composing::Composing;
use super::deputy::Reminder;
use super::dialogs::{Dialog, Held};
use super::plan::Plan;
use super::watch::Watch;

/// Which pane has the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Focus {
    /// The health pane.
    #[default]
    Health,
    /// The runbook pane.
    Runbook,
    /// The timeline pane.
    Timeline,
    /// The due pane.
    Due,
    /// A pane that lists what sources found.
    Board(Board),
}

impl Focus {
    /// Every pane, in the order of Tab.
    pub const ALL: [Focus; 9] = [
        Focus::Health,
        Focus::Board(Board::Errors),
        Focus::Board(Board::Payments),
        Focus::Board(Board::Deploys),
        Focus::Board(Board::Infrastructure),
        Focus::Board(Board::Logs),
        Focus::Runbook,
        Focus::Timeline,
        Focus::Due,
    ];
}

/// What is being looked at.
#[derive(Clone, Debug)]
pub struct Ui {
    /// The terminal's columns and rows.
    pub size: (u16, u16),
    /// Which pane has the keys.
    pub focus: Focus,
    /// The signal under the cursor.
    pub signal: Option<SignalId>,
    /// The step under the cursor.
    pub step: Option<StepRef>,
    /// The fact under the cursor of the timeline; the newest when `None`.
    pub fact: Option<u64>,
    /// What is under the cursor of the due pane; the first when `None`.
    pub due: Option<DueKey>,
    /// The entry under the cursor of each board; the first when there is none.
    pub entries: BTreeMap<Board, EntryRef>,
    /// Only signals and facts that hold this text are shown.
    pub filter: String,
    /// The line under the cursor of the incident view; the first where none was chosen.
    pub incident: Option<IncidentKey>,
    /// The dialog over the frame.
    pub dialog: Option<Dialog>,
    /// The view that a line is typed over: it comes back when the line is done or left.
    pub under: Option<Box<Dialog>>,
    /// The last thing said in the footer, until when, and whether it is a refusal.
    pub said: Option<(String, Timestamp, bool)>,
    /// Chords of a sequence that has begun, for the footer.
    pub pending: String,
    /// What waits for its check.
    pub held: Option<Held>,
    /// The step that an edit of the runbook took from under the cursor, and where the cursor went.
    pub displaced: Option<(StepRef, StepRef)>,
    /// The red signal whose part of a runbook was proposed last.
    pub proposed: Option<SignalId>,
    /// Updates that were begun and are not posted: each comes back when its channel is chosen again.
    pub drafts: BTreeMap<ChannelId, Box<Composing>>,
    /// Where secrets are kept that placeholders asked for, by token: offered again until the console is left.
    pub references: BTreeMap<String, String>,
}

/// A line of the due pane, by name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DueKey {
    /// An obligation.
    Obligation(ObligationId),
    /// A run that goes on, or that is unknown.
    Run(RunId),
    /// An acknowledgement that runs out.
    Acknowledgement(SignalId),
    /// A mute that runs out.
    Silence(SignalId),
    /// Arming, that runs out.
    Armed,
    /// What would be taken back next.
    Undo(RunId),
    /// What a runbook says of time.
    Timer(StatementKey),
    /// A rung of the ladder.
    Rung(u32),
    /// What an incident asks for by a time.
    Deadline(IncidentId, IncidentDeadline),
    /// Something to do after a GO.
    Duty(DutyId),
    /// What the deputy reminds of by itself.
    Reminder(Reminder),
}

/// A statement of a runbook, by its words and not by its line: an edit elsewhere moves no cursor.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StatementKey {
    /// The runbook.
    pub runbook: RunbookId,
    /// The step it stands in.
    pub step: Option<StepId>,
    /// The heading around it.
    pub heading: Option<String>,
    /// Its words.
    pub text: String,
    /// How many before it say the same there.
    pub before: usize,
}

impl StatementKey {
    /// The key of `statement` in `runbook`.
    pub fn of(runbook: &Runbook, statement: &Statement) -> Self {
        let same = |other: &&Statement| {
            other.text == statement.text && other.step == statement.step && other.heading == statement.heading
        };
        let earlier = |other: &&Statement| (other.line, other.column) < (statement.line, statement.column);
        Self {
            before: runbook.statements.iter().take_while(earlier).filter(same).count(),
            runbook: runbook.id.clone(),
            step: statement.step.clone(),
            heading: statement.heading.clone(),
            text: statement.text.clone(),
        }
    }
}

/// A line of the incident view that the cursor can be on, by name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum IncidentKey {
    /// What the incident, or a closed one, asks for by a time.
    Deadline(IncidentId, IncidentDeadline),
    /// A role.
    Role(IncidentRole),
    /// A rung of the ladder.
    Rung(u32),
    /// A rotation.
    OnCall(String),
    /// Another incident.
    Other(IncidentId),
}

/// A line of the view of timers that the cursor can be on, by name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TimersKey {
    /// What a statement says: a rung, a timer, a schedule, a contact, a turn.
    Statement(StatementKey),
    /// A rung of the configured ladder.
    Rung(u32),
    /// A rotation of the configuration.
    OnCall(String),
    /// Something to do after a GO.
    Duty(DutyId),
    /// A variable that a runbook needs, and the environment it belongs to.
    Variable(RunbookId, String, Option<String>),
}

/// A line of the notebook, by name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum NotebookKey {
    /// What may be the cause.
    Hypothesis(HypothesisId),
    /// Something to be done afterwards.
    FollowUp(FollowUpId),
    /// A decision, a patch or a note, by its fact.
    Fact(u64),
    /// A piece of evidence of a step, by its place among them.
    Evidence(StepRef, usize),
}

impl Ui {
    /// The first look: the worst signal is chosen once readings come, the runbook stands where the
    /// operator left it.
    pub fn new(plan: &Plan, watch: &Watch) -> Self {
        let step = watch.place.clone().filter(|step| plan.step(step).is_some()).or_else(|| {
            plan.runbooks.iter().find_map(|runbook| {
                let step = runbook.phases.iter().flat_map(|phase| &phase.steps).next()?;
                Some(StepRef { runbook: runbook.id.clone(), step: step.id.clone() })
            })
        });
        Self {
            size: (80, 24),
            focus: Focus::Health,
            signal: None,
            step,
            fact: None,
            due: None,
            entries: BTreeMap::new(),
            incident: None,
            filter: String::new(),
            dialog: None,
            under: None,
            said: None,
            pending: String::new(),
            held: None,
            displaced: None,
            proposed: None,
            drafts: BTreeMap::new(),
            references: BTreeMap::new(),
        }
    }
}

/// Words of a severity at the start of a line, and the rest of the line.
pub fn severity_and_rest(text: &str) -> Option<(Severity, &str)> {
    let (word, rest) = text.trim().split_once(char::is_whitespace).unwrap_or((text.trim(), ""));
    Severity::ALL
        .into_iter()
        .find(|severity| severity.word().eq_ignore_ascii_case(word))
        .map(|severity| (severity, rest.trim()))
}
