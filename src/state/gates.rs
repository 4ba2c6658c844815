//! Commands of a runbook that run one after the other: what was begun, how each command stands, what is left.

use std::collections::BTreeMap;

use crate::domain::action::Risk;
use crate::domain::fact::{Fact, Logged};
use crate::domain::gates::GateCommand;
use crate::domain::ids::{ActionId, CommandId, GatesId, IncidentId, RunId};
use crate::domain::io::IoRequest;
use crate::domain::looked::BlockRef;
use crate::domain::runbook::{Placeholder, StepRef, StepState};
use crate::domain::terms::Terms;
use crate::domain::undo::Ties;

use super::parts::{Mark, Run, RunState};
use super::picking::Choice;
use super::watch::Watch;

/// A sequence that was begun, as facts have left it.
#[derive(Clone, Debug, PartialEq)]
pub struct Gates {
    /// Its name.
    pub id: GatesId,
    /// The words of the part of the runbook that it stands in.
    pub title: String,
    /// Its commands, those that had ended well before among them.
    pub commands: Vec<GateCommand>,
    /// Whether what had ended before does not count.
    pub fresh: bool,
    /// Who began it.
    pub by: String,
    /// How many runs there were before it.
    pub first: usize,
    /// The incident it was begun in.
    pub incident: Option<IncidentId>,
    /// That it ended, and why before its end.
    pub ended: Option<Option<String>>,
}

impl Watch {
    /// The newest run of a command in this incident, since its sequence was last begun anew.
    pub fn ran(&self, step: &StepRef, command: &CommandId) -> Option<&Run> {
        let incident = self.incident().map(|incident| &incident.id);
        let of =
            |gates: &&Gates| gates.fresh && gates.incident.as_ref() == incident && gates.holds(step, command);
        let since = self.gates.iter().rev().find(of).map_or(0, |gates| gates.first);
        self.runs[since.min(self.runs.len())..].iter().rev().find(|run| {
            run.incident.as_ref() == incident
                && run.step.as_ref() == Some(step)
                && run.command.as_ref() == Some(command)
        })
    }

    pub(super) fn apply_gates(&mut self, logged: &Logged) {
        match &logged.fact {
            Fact::GatesBegan { gates, title, commands, fresh, by } => self.gates.push(Gates {
                id: gates.clone(),
                title: title.clone(),
                commands: commands.clone(),
                fresh: *fresh,
                by: by.clone(),
                first: self.runs.len(),
                incident: logged.incident.clone(),
                ended: None,
            }),
            Fact::GatesEnded { gates, stopped, .. } => {
                if let Some(known) = self.gates.iter_mut().rev().find(|known| known.id == *gates) {
                    known.ended = Some(stopped.clone());
                }
            }
            _ => {}
        }
    }

    /// The sequence that goes on.
    pub fn going(&self) -> Option<&Gates> {
        self.gates.iter().rev().find(|gates| gates.ended.is_none())
    }

    /// How many commands of `gates` have ended well.
    pub fn passed(&self, gates: &Gates) -> usize {
        let well = |one: &&GateCommand| {
            matches!(
                standing(self, &one.step, Some(&one.command), false),
                Standing::Done(_) | Standing::Marked(_)
            )
        };
        gates.commands.iter().filter(well).count()
    }
}

impl Gates {
    /// Whether `command` of `step` is one of its commands.
    pub fn holds(&self, step: &StepRef, command: &CommandId) -> bool {
        self.commands.iter().any(|one| one.step == *step && one.command == *command)
    }
}

/// How a link of a sequence stands in this incident.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Standing<'a> {
    /// It is still to be done.
    Waits,
    /// It ran, and did not end well.
    Failed(&'a Run),
    /// It ended well.
    Done(&'a Run),
    /// Its step is settled: done, left out, or not applicable.
    Marked(&'a Mark),
    /// It may have ended well, and nobody has said so.
    Unknown(&'a Run),
    /// It is out.
    Runs(&'a Run),
}

/// How `command` of `step` stands; the step itself where there is none. What is begun anew does not count what
/// ended before.
pub fn standing<'a>(
    watch: &'a Watch,
    step: &StepRef,
    command: Option<&CommandId>,
    fresh: bool,
) -> Standing<'a> {
    let ran = command.and_then(|command| watch.ran(step, command));
    if let Some(run) = ran.filter(|run| run.is_open()) {
        return Standing::Runs(run);
    }
    // What was taken back is to be done again, until somebody ticks it after that.
    let undone = ran.and_then(|run| watch.run(watch.undone.get(&run.id)?));
    if let Some(mark) = watch.mark(step) {
        let still = undone.is_none_or(|undo| mark.at > undo.requested);
        match mark.state {
            StepState::Done if !fresh && still => return Standing::Marked(mark),
            StepState::Skipped { .. } | StepState::NotApplicable => return Standing::Marked(mark),
            StepState::Done | StepState::Open | StepState::Failed { .. } => {}
        }
    }
    let Some(run) = ran.filter(|_| undone.is_none()) else { return Standing::Waits };
    match &run.state {
        // What may have had an effect is not begun anew either before somebody has said so.
        RunState::Unknown(_) => Standing::Unknown(run),
        RunState::Verified(_) if !run.well => Standing::Unknown(run),
        _ if fresh => Standing::Waits,
        RunState::Observed(..) | RunState::Verified(_) => Standing::Done(run),
        RunState::NotInEffect(_) | RunState::Failed(_) | RunState::Cancelled(_) => Standing::Failed(run),
        RunState::Requested | RunState::Accepted(_) => Standing::Runs(run),
    }
}

/// A link of a sequence that is looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    /// The step.
    pub step: StepRef,
    /// What the step says.
    pub said: String,
    /// 1-based line.
    pub line: usize,
    /// The command as it stands in the file; what the step says where there is none.
    pub text: String,
    /// Which of the step's commands.
    pub command: Option<CommandId>,
    /// The command's place in the step.
    pub place: usize,
    /// What becomes of it.
    pub kind: GateKind,
}

/// What becomes of a link in its turn.
#[derive(Clone, Debug, PartialEq)]
pub enum GateKind {
    /// It runs, exactly so.
    Runs(Box<GateRequest>),
    /// It runs once these are filled in.
    Wants(Risk, Vec<Placeholder>),
    /// The sequence stops before it, because of this.
    Holds(String),
    /// The file says that it is no part of a sequence.
    Excluded,
}

/// The request of a command of a sequence.
#[derive(Clone, Debug, PartialEq)]
pub struct GateRequest {
    /// `step:` and the step's anchor.
    pub action: ActionId,
    /// In words.
    pub title: String,
    /// What it may do.
    pub risk: Risk,
    /// The very request.
    pub request: IoRequest,
    /// What the file holds it to.
    pub terms: Terms,
    /// The block of the runbook that it is.
    pub block: Option<BlockRef>,
    /// What takes it back, and the failure that it answers.
    pub ties: Ties,
}

impl Gate {
    /// How it stands now.
    pub fn standing<'a>(&self, watch: &'a Watch, fresh: bool) -> Standing<'a> {
        standing(watch, &self.step, self.command.as_ref(), fresh)
    }

    /// Whether it counts among what is to be done: a command that is not left out.
    pub fn is_counted(&self) -> bool {
        self.command.is_some() && self.kind != GateKind::Excluded
    }

    /// What it may do, if it runs.
    pub fn risk(&self) -> Option<Risk> {
        match &self.kind {
            GateKind::Runs(request) => Some(request.risk),
            GateKind::Wants(risk, _) => Some(*risk),
            GateKind::Holds(_) | GateKind::Excluded => None,
        }
    }
}

/// A sequence that is looked at before it runs, and while it does.
#[derive(Clone, Debug, PartialEq)]
pub struct GatesDialog {
    /// The step it was asked from.
    pub step: StepRef,
    /// The words of the part of the runbook that it stands in.
    pub title: String,
    /// In order.
    pub gates: Vec<Gate>,
    /// What placeholders were filled with, by token; one that has no name of its own by its command, too.
    pub values: BTreeMap<(Option<usize>, String), Choice>,
    /// Whether what has ended well runs again.
    pub fresh: bool,
    /// The key that says yes: never the one that asked.
    pub yes: char,
    /// Lines scrolled away.
    pub scroll: usize,
    /// Why it cannot be begun now, said on screen.
    pub problem: Option<String>,
}

impl GatesDialog {
    /// The links that would run now, in order, up to the first that holds the sequence up; and that one.
    pub fn ahead(&self, watch: &Watch) -> (Vec<usize>, Option<usize>) {
        let mut ahead = Vec::new();
        for (at, gate) in self.gates.iter().enumerate() {
            if gate.kind == GateKind::Excluded {
                continue;
            }
            match gate.standing(watch, self.fresh) {
                Standing::Done(_) | Standing::Marked(_) => {}
                Standing::Unknown(_) | Standing::Runs(_) => return (ahead, Some(at)),
                Standing::Waits | Standing::Failed(_) => match gate.kind {
                    GateKind::Runs(_) | GateKind::Wants(..) => ahead.push(at),
                    GateKind::Holds(_) => return (ahead, Some(at)),
                    GateKind::Excluded => {}
                },
            }
        }
        (ahead, None)
    }

    /// The run that nobody saw the end of, where that is what comes next.
    pub fn unseen<'a>(&self, watch: &'a Watch) -> Option<(usize, &'a Run)> {
        let (ahead, hold) = self.ahead(watch);
        let at = hold.filter(|_| ahead.is_empty())?;
        match self.gates[at].standing(watch, self.fresh) {
            Standing::Unknown(run) => Some((at, run)),
            Standing::Waits
            | Standing::Failed(_)
            | Standing::Done(_)
            | Standing::Marked(_)
            | Standing::Runs(_) => None,
        }
    }

    /// The highest risk among the links that would run now.
    pub fn risk(&self, watch: &Watch) -> Option<Risk> {
        self.ahead(watch).0.into_iter().filter_map(|at| self.gates[at].risk()).max()
    }
}

/// How somebody agreed to what a sequence changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GatesConsent {
    /// By a key, with all of it on screen.
    Key,
    /// By the exact names of what changes something, without a screen.
    Named(Vec<String>),
}

/// A sequence that goes on.
#[derive(Clone, Debug, PartialEq)]
pub struct Going {
    /// Its name.
    pub id: GatesId,
    /// The words of the part of the runbook that it stands in.
    pub title: String,
    /// In order, as they were on screen when the operator agreed.
    pub gates: Vec<Gate>,
    /// The link that is out.
    pub at: usize,
    /// Its run.
    pub run: RunId,
    /// How the operator agreed.
    pub consent: GatesConsent,
    /// Why no more of them run, if so.
    pub stopped: Option<String>,
}
