//! Facts: everything worth keeping, as it is written to the journal. Replaying them gives the watch.
//!
//! Schema changes only add: a field that comes later has a default, a variant is never renamed.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::action::{Purpose, Risk};
use super::duty::Duty;
use super::gates::GateCommand;
use super::ids::{
    ActionId, ChannelId, ClosingId, CommandId, DutyId, FollowUpId, GatesId, HypothesisId, IncidentId,
    NudgeId, ObligationId, PostId, RollbackId, RunId, RunbookId, SignalId, WindowId,
};
use super::incident::{IncidentDeadline, IncidentKind, IncidentRole, Pressing, Severity, Standing};
use super::io::{IoRequest, OutputLine};
use super::mention::Mention;
use super::phased::PlannedPhase;
use super::reading::{Evidence, Health, Reason};
use super::rollback::{Outcome, Side};
use super::runbook::{StepRef, StepState};
use super::step_evidence::StepEvidence;
use super::terms::Terms;
use super::time::Timestamp;
use super::undo::Undo;
use super::window::{Gate, GateFigures, GateState, GateSummary, Value, Verdict};

/// Something that happened. Text in it is clean and redacted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the fields are named for what they hold; each variant says what happened")]
pub enum Fact {
    /// A console or command opened this journal.
    SessionOpened { operator: String, version: String, console: String, environment: String },
    /// It left in good order.
    SessionClosed { operator: String },
    /// The system clock was set while the console ran: from here on instants are by the new one.
    ClockStepped { by_millis: i64 },

    /// A signal's hard state changed.
    Settled {
        signal: SignalId,
        from: Health,
        to: Health,
        reason: Option<Reason>,
        detail: String,
        /// When the first reading of the new state came: the soft states before it count.
        since: Timestamp,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        evidence: Option<Evidence>,
        /// The last release before it, where a source knows one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<Release>,
    },
    /// A signal went red, and this is what the runbooks say of it: `None` where none mentions it.
    Routed { signal: SignalId, mention: Option<Mention> },
    /// A signal changes so often that single changes say nothing.
    FlappingStarted { signal: SignalId, percent: u8 },
    /// It has settled down.
    FlappingStopped { signal: SignalId, percent: u8 },
    /// The observer's own checks all fail: nothing can be measured.
    ObserverSick { detail: String },
    /// They work again.
    ObserverRecovered {},
    /// Somebody has taken a red signal on.
    Acknowledged { signal: SignalId, by: String, why: String, until: Timestamp },
    /// An acknowledgement is over: expired, withdrawn, recovered, or nothing was done.
    AcknowledgementEnded { signal: SignalId, why: String },
    /// A signal is muted; it is still polled.
    Silenced { signal: SignalId, by: String, why: String, until: Timestamp },
    /// The mute is over.
    SilenceEnded { signal: SignalId, why: String },

    /// A step's state changed.
    StepMarked {
        step: StepRef,
        text: String,
        line: usize,
        state: StepState,
        by: String,
        /// What a done step rests on.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        evidence: Vec<StepEvidence>,
        /// Why it was ticked although what it is bound to did not say so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        despite: Option<String>,
        /// Why it does not apply, where somebody said so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    /// A line of a pane was attached to a step.
    EvidenceAttached {
        step: StepRef,
        /// The step's.
        words: String,
        source: String,
        title: String,
        /// What was copied of it, on one line.
        text: String,
        /// When it happened, or was read.
        seen: Timestamp,
        by: String,
    },
    /// A file was kept beside the journal, by what it holds: it is there before this is written.
    ArtifactKept { step: Option<StepRef>, name: String, hash: String, size: u64, by: String },
    /// Somebody agreed that a step is done: who, in which role, why; and who says so.
    StepApproved {
        step: StepRef,
        text: String,
        line: usize,
        role: String,
        name: String,
        reason: String,
        by: String,
    },
    /// What was to be checked before a step did not hold, and somebody goes on all the same.
    CheckOverridden { step: StepRef, check: String, why: String, reason: String, by: String },
    /// The failure of a step was answered. It has failed all the same.
    StepRecovered { step: StepRef, text: String, failed: RunId, run: RunId },
    /// Somebody wrote something down; `about` is when it happened, if earlier than when it was written.
    Noted { text: String, by: String, about: Timestamp, step: Option<StepRef> },
    /// Somebody has read what may run: a configuration, or commands of a runbook. `hash` is that of what
    /// was read; nothing runs because a journal says this.
    LookedAt { what: String, hash: String, by: String },
    /// A runbook's file was edited while the console ran, and read again. `from` and `to` are SHA-256 of
    /// the whole file; the numbers count steps.
    RunbookChanged {
        runbook: RunbookId,
        from: String,
        to: String,
        added: usize,
        removed: usize,
        changed: usize,
    },
    /// The operator went to another runbook or step: what a reopened console shows.
    Walked { step: StepRef },

    /// Changes may run until then.
    Armed { by: String, until: Timestamp },
    /// They may not any more.
    Disarmed { why: String },
    /// An action is about to run: on disk before it does.
    RunRequested {
        run: RunId,
        action: ActionId,
        title: String,
        purpose: Purpose,
        risk: Risk,
        request: IoRequest,
        by: String,
        step: Option<StepRef>,
        /// Which of the step's commands.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        command: Option<CommandId>,
        /// What its file holds it to.
        #[serde(default, skip_serializing_if = "Terms::is_none")]
        terms: Box<Terms>,
        /// What takes it back, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        undo: Option<Box<Undo>>,
        /// The run that it takes back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        undoes: Option<RunId>,
        /// The failed run that it is the answer to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        handles: Option<RunId>,
    },
    /// What takes a run back is left undone for good.
    UndoWaived { run: RunId, by: String, reason: String },
    /// The far side took it: a status, an exit code.
    RunAccepted { run: RunId, detail: String },
    /// A toggle's position was read.
    PositionRead { run: RunId, action: ActionId, on: bool },
    /// Its effect was seen, or it needed none to be seen.
    RunObserved { run: RunId, detail: String, after: Duration },
    /// It was accepted and no effect was seen in time.
    RunNotInEffect { run: RunId, detail: String },
    /// It did not do what was asked.
    RunFailed { run: RunId, detail: String },
    /// The operator stopped it.
    RunCancelled { run: RunId, detail: String },
    /// Nobody knows whether it had an effect: verify before anything is tried again.
    RunUnknown { run: RunId, detail: String },
    /// The operator looked, and says how an unknown run ended.
    RunVerified {
        run: RunId,
        by: String,
        detail: String,
        /// Whether it is said to have done what was asked.
        #[serde(default, skip_serializing_if = "is_false")]
        well: bool,
    },
    /// Output of a run, kept: the whole, or the first and last parts of it.
    RunOutput { run: RunId, lines: Vec<OutputLine>, truncated: bool },

    /// A placeholder of a command was filled in: offered again in the same incident. Never a secret.
    Filled { name: String, value: String, by: String },
    /// What a run replied got a name: later steps use it.
    Captured { run: RunId, name: String, value: String },
    /// What a run replied was to get a name, and did not.
    NotCaptured { run: RunId, name: String, why: String },

    /// Several calls are to follow one another; the first of them is the canary.
    SequenceBegan { first: RunId, title: String, total: usize, what: String, before: Option<u64> },
    /// No more of them leave, and those that left have ended.
    SequenceEnded {
        first: RunId,
        title: String,
        done: usize,
        total: usize,
        /// Why it ended before its end.
        stopped: Option<String>,
        what: String,
        before: Option<u64>,
        /// What is left, by the next reading; `None` where none could tell.
        after: Option<u64>,
    },

    /// Commands of a runbook are to run one after the other: anew, or those that have not ended well yet.
    GatesBegan { gates: GatesId, title: String, commands: Vec<GateCommand>, fresh: bool, by: String },
    /// No more of them run.
    GatesEnded {
        gates: GatesId,
        title: String,
        done: usize,
        total: usize,
        /// Why it ended before its end.
        stopped: Option<String>,
    },

    /// A source that tells what is live told it for the first time, or told of another release than before.
    ReleaseSeen {
        signal: SignalId,
        /// The release that is live: the key of its entry.
        version: String,
        /// The one that was live before; nothing for the first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<String>,
        /// When it went live: told by the source or, where another was live before, seen. Nothing where it was live when
        /// the source was first asked, and the source does not tell since when.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        went_live: Option<Timestamp>,
    },

    /// A go-live window was opened: its gates are watched from here on, by what is recorded here.
    WindowOpened {
        window: WindowId,
        /// How long health has to last.
        span: Duration,
        gates: Vec<Gate>,
        /// The release under watch, where a source knows it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        release: Option<Release>,
        by: String,
    },
    /// A source knows which release is under watch: one that went live before the window was opened.
    WindowRelease { window: WindowId, release: Release },
    /// A gate stands otherwise than before, or has used up more of what it tolerates.
    WindowGate {
        window: WindowId,
        gate: String,
        from: GateState,
        to: GateState,
        detail: String,
        /// What it was judged by.
        values: Vec<Value>,
    },
    /// The clock was set to zero.
    WindowReset {
        window: WindowId,
        why: String,
        /// The clean time that this cost.
        lost: Duration,
        /// The gate that failed, where it was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        gate: Option<String>,
        /// The release that went live, where it was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        release: Option<Release>,
    },
    /// The clock stands still because it cannot be told whether all is well.
    WindowFrozen {
        window: WindowId,
        why: String,
        clean: Duration,
        /// The gate that cannot be told, where it is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        gate: Option<String>,
    },
    /// Every required gate can be told again.
    WindowThawed { window: WindowId, clean: Duration },
    /// Somebody stopped the clock.
    WindowHeld { window: WindowId, by: String, why: String, clean: Duration },
    /// Somebody let it go on.
    WindowReleased { window: WindowId, by: String },
    /// Where the clock stands, now and then: a console that is opened again goes on from here.
    WindowCheckpoint { window: WindowId, clean: Duration, gates: Vec<GateFigures> },
    /// The clean time is full, and every required gate was measured after that. It goes on measuring.
    WindowReady { window: WindowId, clean: Duration },
    /// It is over.
    WindowEnded {
        window: WindowId,
        verdict: Verdict,
        why: String,
        /// A person, or `midwatch` for a hard stop.
        by: String,
        clean: Duration,
        gates: Vec<GateSummary>,
    },

    /// A release is gone back from: the run that does it is on its way.
    RollbackBegan {
        rollback: RollbackId,
        run: RunId,
        signal: SignalId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Side>,
        to: Side,
        /// What the rule said.
        rule: String,
        budget: Duration,
        /// What was known of migrations, in words.
        migrations: String,
        /// Whether nobody's service depends on it.
        rehearsal: bool,
        /// What it leaves to be done.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        leaves: Vec<String>,
        /// How many machines there were, where the source lists any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        machines: Option<usize>,
        by: String,
    },
    /// It is over.
    RollbackEnded { rollback: RollbackId, outcome: Outcome, detail: String, took: Duration },

    /// The first of several phases was begun whose headings say how long each takes: what the plan was then.
    PlanBegan { runbook: RunbookId, title: String, phases: Vec<PlannedPhase> },

    /// A window ended with GO, and this is what the runbook asks for from here on. What it asked for after an earlier
    /// release, and is not done yet, is asked for no more.
    DutiesOpened {
        window: WindowId,
        runbook: RunbookId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        release: Option<Release>,
        duties: Vec<Duty>,
        by: String,
    },
    /// A round of one was done.
    DutyDone {
        duty: DutyId,
        by: String,
        /// What was found; may be empty.
        detail: String,
        /// Rounds that went by before it without being done.
        #[serde(default)]
        missed: u32,
    },
    /// What is left of one was given up, with a reason.
    DutyWaived { duty: DutyId, by: String, reason: String },
    /// The time of one that comes round is over.
    DutyEnded { duty: DutyId, done: u32, missed: u32 },

    /// An action left something to be undone or followed up.
    ObligationOpened { obligation: ObligationId, action: ActionId, run: RunId, text: String, due: Timestamp },
    /// It was done.
    ObligationDischarged { obligation: ObligationId, by: String, detail: String },
    /// It was given up, with a reason.
    ObligationWaived { obligation: ObligationId, by: String, reason: String },
    /// Its end was moved.
    ObligationExtended { obligation: ObligationId, by: String, due: Timestamp },

    /// An incident was declared.
    IncidentDeclared {
        incident: IncidentId,
        severity: Severity,
        title: String,
        by: String,
        #[serde(default, skip_serializing_if = "IncidentKind::is_outage")]
        kind: IncidentKind,
        /// The red signal that it was declared from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signal: Option<SignalId>,
        /// When the first signal that was red then went red.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        began: Option<Timestamp>,
    },
    /// Of several open incidents this is the one that facts belong to from here on.
    IncidentChosen { incident: IncidentId, by: String },
    /// Somebody has a role in it; nobody where `who` is empty.
    RoleTaken { incident: IncidentId, role: IncidentRole, who: String, by: String },
    /// Somebody was told of it, because nobody had taken it on in time or because it was decided.
    Escalated {
        incident: IncidentId,
        /// The rung of the ladder, from 1.
        level: u32,
        who: String,
        /// How they are reached.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        way: Option<String>,
        by: String,
    },
    /// Its severity changed.
    SeverityChanged {
        incident: IncidentId,
        severity: Severity,
        by: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    /// What sort of incident it is was decided anew.
    KindChanged { incident: IncidentId, kind: IncidentKind, by: String },
    /// The harm is contained, although the cause may not be mended. `about` is since when.
    Mitigated { incident: IncidentId, by: String, text: String, about: Timestamp },
    /// It is the same as another: what it left belongs to that one, and it is over.
    IncidentMerged { incident: IncidentId, into: IncidentId, by: String, why: String },
    /// It is not over after all.
    IncidentReopened { incident: IncidentId, by: String, why: String },
    /// What it asked for by a time was done some other way than by a post, a mark or a key of its own; or it was given
    /// up, with a reason.
    DeadlineSettled {
        incident: IncidentId,
        deadline: IncidentDeadline,
        done: bool,
        /// Where or how; or why not.
        detail: String,
        by: String,
    },
    /// Something that would have to be settled before it closes is left, with a reason.
    ClosingWaived { incident: IncidentId, item: ClosingId, text: String, by: String, reason: String },

    /// Somebody thinks that this may be the cause. `about` is when they thought so.
    HypothesisRaised { hypothesis: HypothesisId, text: String, by: String, about: Timestamp },
    /// What became of it.
    HypothesisSettled { hypothesis: HypothesisId, standing: Standing, why: String, by: String },
    /// Something was decided, and why. `about` is when.
    Decided { text: String, why: String, by: String, about: Timestamp },
    /// Something is to be done after the incident.
    FollowUpOpened {
        follow_up: FollowUpId,
        text: String,
        /// Who does it; may be empty.
        owner: String,
        /// By which day, such as `2026-12-01`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due: Option<String>,
        by: String,
        /// When it was thought of, if earlier than when it was written.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        about: Option<Timestamp>,
    },
    /// It was done, or given up with a reason.
    FollowUpClosed { follow_up: FollowUpId, done: bool, detail: String, by: String },
    /// SQL or another patch of data was applied and is kept somewhere: a link, or a path in a repository.
    PatchLinked {
        text: String,
        link: String,
        by: String,
        /// When it was applied, if earlier than when it was written.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        about: Option<Timestamp>,
    },

    /// The deputy reminds of something that is late.
    Nudged { nudge: NudgeId, text: String, pressing: Pressing },
    /// Somebody heard.
    NudgeHeard {
        nudge: NudgeId,
        by: String,
        /// What it was about, in words.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        text: String,
    },
    /// What it was about is not late any more.
    NudgeEnded { nudge: NudgeId },

    /// An update is about to be posted: follows the `RunRequested` of the same message where a run posts it, and stands
    /// alone where it was copied.
    PostRequested {
        post: PostId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        run: Option<RunId>,
        channel: ChannelId,
        /// Who reads it there: `team`, `public`.
        audience: String,
        /// What it says.
        text: String,
        /// The status that it sets, where the channel has one: `investigating`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<String>,
        /// In how long the next one is promised.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<Duration>,
        /// The failed or unknown post that it tries again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        again: Option<PostId>,
        by: String,
    },
    /// It is there.
    Posted {
        post: PostId,
        /// Where it can be read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        link: Option<String>,
        /// What the channel calls it: what an answer to it, or a change of it, names.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reference: Option<String>,
    },
    /// Somebody has taken it on.
    IncidentAcknowledged { incident: IncidentId, by: String },
    /// It is over.
    IncidentClosed { incident: IncidentId, by: String, summary: String },
    /// Entries that are older than `before` were left out of this journal; all of them are in the one that is kept beside
    /// it, which ends with the entry before this one. `head` is the hash of that entry.
    RecordPruned { before: Timestamp, entries: u64, archive: String, head: String, by: String },
    /// Something of Midwatch's own broke; the console went on.
    Crashed { what: String, detail: String },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// A version that went live.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Its commit or version, short.
    pub version: String,
    /// When it went live.
    pub at: Timestamp,
    /// Its commit, where its source tells it apart from the version, or in full.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Where it can be looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

impl Release {
    /// Whether this is the release that `other` is, whatever else was told of either.
    pub fn is(&self, other: &Self) -> bool {
        (&self.version, self.at) == (&other.version, other.at)
    }

    /// `T+11m after a1b2c3`, for something that began at `since`.
    pub fn ago(&self, since: Timestamp) -> String {
        format!("T+{} after {}", super::time::brief(since.since(self.at)), self.version)
    }
}

/// A fact in its place in the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Logged {
    /// 1, 2, 3 … without a gap.
    pub seq: u64,
    /// When it happened.
    pub at: Timestamp,
    /// The incident it belongs to; written as `during`, because facts about an incident name one
    /// themselves.
    #[serde(rename = "during", default, skip_serializing_if = "Option::is_none")]
    pub incident: Option<IncidentId>,
    /// What happened.
    #[serde(flatten)]
    pub fact: Fact,
}

impl Logged {
    /// When it happened: what was written down afterwards says when that was.
    pub fn happened(&self) -> Timestamp {
        match &self.fact {
            Fact::Noted { about, .. }
            | Fact::HypothesisRaised { about, .. }
            | Fact::Decided { about, .. }
            | Fact::Mitigated { about, .. } => *about,
            Fact::FollowUpOpened { about, .. } | Fact::PatchLinked { about, .. } => about.unwrap_or(self.at),
            _ => self.at,
        }
    }
}

impl Fact {
    /// The run that this says something of after it was requested: that it was taken, or how it ended.
    pub const fn follows(&self) -> Option<&RunId> {
        match self {
            Fact::RunAccepted { run, .. }
            | Fact::RunObserved { run, .. }
            | Fact::RunNotInEffect { run, .. }
            | Fact::RunFailed { run, .. }
            | Fact::RunCancelled { run, .. }
            | Fact::RunUnknown { run, .. }
            | Fact::RunVerified { run, .. } => Some(run),
            _ => None,
        }
    }

    /// Whether a person did it: what keeps an acknowledgement alive.
    pub const fn is_deed(&self) -> bool {
        matches!(
            self,
            Fact::Acknowledged { .. }
                | Fact::Silenced { .. }
                | Fact::StepMarked { .. }
                | Fact::EvidenceAttached { .. }
                | Fact::ArtifactKept { .. }
                | Fact::LookedAt { .. }
                | Fact::StepApproved { .. }
                | Fact::CheckOverridden { .. }
                | Fact::Noted { .. }
                | Fact::Armed { .. }
                | Fact::RunRequested { .. }
                | Fact::GatesBegan { .. }
                | Fact::WindowOpened { .. }
                | Fact::WindowHeld { .. }
                | Fact::WindowReleased { .. }
                | Fact::RollbackBegan { .. }
                | Fact::RunVerified { .. }
                | Fact::UndoWaived { .. }
                | Fact::DutyDone { .. }
                | Fact::DutyWaived { .. }
                | Fact::ObligationWaived { .. }
                | Fact::ObligationExtended { .. }
                | Fact::IncidentDeclared { .. }
                | Fact::SeverityChanged { .. }
                | Fact::IncidentChosen { .. }
                | Fact::RoleTaken { .. }
                | Fact::Escalated { .. }
                | Fact::KindChanged { .. }
                | Fact::Mitigated { .. }
                | Fact::IncidentMerged { .. }
                | Fact::IncidentReopened { .. }
                | Fact::DeadlineSettled { .. }
                | Fact::ClosingWaived { .. }
                | Fact::HypothesisRaised { .. }
                | Fact::HypothesisSettled { .. }
                | Fact::Decided { .. }
                | Fact::FollowUpOpened { .. }
                | Fact::FollowUpClosed { .. }
                | Fact::PatchLinked { .. }
                | Fact::PostRequested { .. }
                | Fact::IncidentAcknowledged { .. }
                | Fact::IncidentClosed { .. }
        )
    }

    /// Whether it is a line of the timeline. A first reading that is ok, a gate that can be told and passes, a cursor
    /// that moved and the text a command printed are not; nor is a position that was only read, or what is late and does
    /// not ring.
    pub const fn is_told(&self) -> bool {
        !matches!(
            self,
            Fact::Settled { from: Health::Blind, to: Health::Ok, .. }
                | Fact::ReleaseSeen { from: None, .. }
                | Fact::Routed { .. }
                | Fact::Walked { .. }
                | Fact::NudgeEnded { .. }
                | Fact::Nudged { pressing: Pressing::Late, .. }
                | Fact::WindowCheckpoint { .. }
                | Fact::WindowGate { from: GateState::Unknown, to: GateState::Passing, .. }
                | Fact::RunOutput { .. }
                | Fact::Filled { .. }
                | Fact::PositionRead { .. }
                | Fact::RunRequested { purpose: Purpose::Read, .. }
                | Fact::SessionClosed { .. }
        )
    }
}
