//! The parts of a watch: signals, steps, runs, obligations, incidents as facts have left them.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::action::{Purpose, Risk};
use crate::domain::fact::Release;
use crate::domain::ids::{ActionId, CommandId, IncidentId, ObligationId, RunId, SignalId};
use crate::domain::incident::{IncidentDeadline, IncidentKind, IncidentRole, Severity};
use crate::domain::io::{IoRequest, OutputLine, Reason};
use crate::domain::reading::{Evidence, Health};
use crate::domain::runbook::{StepRef, StepState};
use crate::domain::step_evidence::StepEvidence;
use crate::domain::terms::Terms;
use crate::domain::time::Timestamp;
use crate::domain::undo::Undo;

/// A signal's hard state.
#[derive(Clone, Debug, PartialEq)]
pub struct SignalWatch {
    /// What it is.
    pub health: Health,
    /// Why it is not ok.
    pub reason: Option<Reason>,
    /// In words.
    pub detail: String,
    /// Since when.
    pub since: Timestamp,
    /// Whether it flaps, and how much when that began.
    pub flapping: Option<u8>,
    /// Who has taken it on.
    pub acknowledged: Option<Acknowledgement>,
    /// Until when it is muted.
    pub silenced: Option<Silence>,
    /// The reply behind the last change to something not ok.
    pub evidence: Option<Evidence>,
    /// The last release before it became what it is, where a source knew one.
    pub after: Option<Release>,
}

impl SignalWatch {
    /// Whether somebody has taken it on or muted it: it does not ring.
    pub fn is_taken(&self) -> bool {
        self.acknowledged.is_some() || self.silenced.is_some()
    }

    pub(super) fn unseen(at: Timestamp) -> Self {
        Self {
            health: Health::Blind,
            reason: None,
            detail: String::new(),
            since: at,
            flapping: None,
            acknowledged: None,
            silenced: None,
            evidence: None,
            after: None,
        }
    }
}

/// Who has taken a red signal on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledgement {
    /// Who.
    pub by: String,
    /// Why, in their words.
    pub why: String,
    /// When.
    pub at: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// A mute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silence {
    /// Who.
    pub by: String,
    /// Why, in their words.
    pub why: String,
    /// Until when.
    pub until: Timestamp,
}

/// A step's state, and who gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// What the step said then: it may be gone from the runbook by now.
    pub text: String,
    /// The state.
    pub state: StepState,
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What it rests on.
    pub evidence: Vec<StepEvidence>,
    /// Why it was ticked although what it is bound to did not say so.
    pub despite: Option<String>,
    /// Why it does not apply, where somebody said so.
    pub why: Option<String>,
    /// The run that answered its failure. It stays failed.
    pub recovered: Option<RunId>,
}

/// Who agreed that a step is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// In which role: as the runbook names it.
    pub role: String,
    /// Who.
    pub name: String,
    /// Why.
    pub reason: String,
    /// Who says so.
    pub by: String,
    /// When it was said.
    pub at: Timestamp,
}

/// When a step was gone about: what timers count from. Both move with a clock that is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Begun {
    /// When something of it was first run, or it was first marked.
    pub first: Timestamp,
    /// When it was last marked.
    pub marked: Option<Timestamp>,
}

/// What is live, by a source that tells no more than that. A clock that is set does not move it: a window knows the
/// release that it watches by the same instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The key of its entry.
    pub version: String,
    /// When it went live; nothing where it was live when the source was first asked and nobody told since when.
    pub went_live: Option<Timestamp>,
    /// When it was first seen to be live.
    pub seen: Timestamp,
}

impl Sighting {
    /// When another release went live in its place, seen at `now`. `told` is what its source says: a release that is
    /// gone back to went live long ago, and again since this one was seen.
    pub fn followed(&self, now: Timestamp, told: Option<Timestamp>) -> Timestamp {
        let this = self.went_live.map_or(self.seen, |at| at.max(self.seen));
        // Later than this one, also where the clock was set back meanwhile.
        told.filter(|told| *told > this).unwrap_or(now).max(this.plus(Duration::from_millis(1)))
    }
}

/// One execution of an action.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Its name.
    pub id: RunId,
    /// What ran.
    pub action: ActionId,
    /// In words.
    pub title: String,
    /// Which of the action's requests.
    pub purpose: Purpose,
    /// What it may do.
    pub risk: Risk,
    /// The very request.
    pub request: IoRequest,
    /// Who asked.
    pub by: String,
    /// The step it was asked from.
    pub step: Option<StepRef>,
    /// Which of the step's commands.
    pub command: Option<CommandId>,
    /// The incident it was asked in.
    pub incident: Option<IncidentId>,
    /// What its file holds it to.
    pub terms: Terms,
    /// What takes it back, where that is known.
    pub undo: Option<Box<Undo>>,
    /// The run that it takes back.
    pub undoes: Option<RunId>,
    /// The failed run that it is the answer to.
    pub handles: Option<RunId>,
    /// When.
    pub requested: Timestamp,
    /// When the far side took it.
    pub accepted: Option<Timestamp>,
    /// How it stands.
    pub state: RunState,
    /// Whether somebody who looked says that it did what was asked.
    pub well: bool,
    /// What it printed, once it ended.
    pub output: Vec<OutputLine>,
    /// Whether some output was left out.
    pub truncated: bool,
}

/// How a run stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunState {
    /// On disk, or on the way there; not yet answered.
    Requested,
    /// Taken by the far side; its effect is not seen yet.
    Accepted(String),
    /// Done: its effect was seen, or it needed none.
    Observed(String, Duration),
    /// Accepted, and no effect was seen in time.
    NotInEffect(String),
    /// It did not do what was asked.
    Failed(String),
    /// Stopped by the operator.
    Cancelled(String),
    /// Nobody knows: verify.
    Unknown(String),
    /// It was unknown, and somebody looked.
    Verified(String),
}

impl Run {
    /// Whether it still goes on.
    pub fn is_open(&self) -> bool {
        matches!(self.state, RunState::Requested | RunState::Accepted(_))
    }

    /// Whether nobody knows how it ended.
    pub fn is_unknown(&self) -> bool {
        matches!(self.state, RunState::Unknown(_))
    }

    /// Whether it may have changed something and nobody knows: what changes nothing can be asked again.
    pub fn must_be_verified(&self) -> bool {
        self.is_unknown() && self.risk != Risk::Read
    }
}

/// What an action left to be undone or followed up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obligation {
    /// Its name.
    pub id: ObligationId,
    /// The action that left it, and that undoes it.
    pub action: ActionId,
    /// The run that left it.
    pub run: RunId,
    /// In words.
    pub text: String,
    /// By when.
    pub due: Timestamp,
    /// The incident it belongs to.
    pub incident: Option<IncidentId>,
    /// How it stands.
    pub state: ObligationState,
}

/// How an obligation stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObligationState {
    /// Still owed.
    Open,
    /// Done.
    Discharged,
    /// Given up, with a reason.
    Waived(String),
}

/// An incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// Its name.
    pub id: IncidentId,
    /// How bad.
    pub severity: Severity,
    /// What it is called.
    pub title: String,
    /// Who declared it.
    pub by: String,
    /// When.
    pub declared: Timestamp,
    /// What sort it is.
    pub kind: IncidentKind,
    /// Since when it is a security incident, where it is one: its clocks begin then.
    pub security_since: Option<Timestamp>,
    /// The red signal that it was declared from.
    pub signal: Option<SignalId>,
    /// When what it is about began, where a signal tells.
    pub began: Option<Timestamp>,
    /// When somebody took it on, and who.
    pub acknowledged: Option<(Timestamp, String)>,
    /// Who has which role.
    pub roles: BTreeMap<IncidentRole, String>,
    /// Who was told of it by the ladder.
    pub told: Vec<Told>,
    /// When the harm was contained.
    pub mitigated: Option<Mitigation>,
    /// What it asked for by a time and has, or was given up.
    pub settled: BTreeMap<IncidentDeadline, Settled>,
    /// When it was closed, and how it is summed up.
    pub closed: Option<(Timestamp, String)>,
    /// The incident that it turned out to be the same as.
    pub merged: Option<IncidentId>,
    /// When it was last opened again.
    pub reopened: Option<Timestamp>,
}

/// Who was told of an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The rung, from 1.
    pub level: u32,
    /// Who.
    pub who: String,
    /// How they were reached.
    pub way: Option<String>,
    /// Who told them.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// How the harm was contained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mitigation {
    /// Since when.
    pub since: Timestamp,
    /// How, in words.
    pub text: String,
    /// Who says so.
    pub by: String,
}

/// How a deadline of an incident was settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Whether it was done; otherwise it was given up.
    pub done: bool,
    /// How, or why not.
    pub detail: String,
    /// Who says so.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

impl Incident {
    /// Whether it goes on.
    pub fn is_open(&self) -> bool {
        self.closed.is_none()
    }

    /// When its clocks began: when it was declared, or last opened again.
    pub fn from(&self) -> Timestamp {
        self.reopened.unwrap_or(self.declared)
    }

    /// Who has `role`; who commands has every role that nobody else has.
    pub fn role(&self, role: IncidentRole) -> Option<&str> {
        self.roles.get(&role).or_else(|| self.roles.get(&IncidentRole::Commander)).map(String::as_str)
    }

    /// Who was told last on this rung.
    pub fn told(&self, level: u32) -> Option<&Told> {
        self.told.iter().rev().find(|told| told.level == level)
    }
}
