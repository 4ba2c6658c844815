//! The deputy: what it reminds of besides what is due by itself, at which pace it does, and how far it got. What is late
//! is derived from the model and the clock that is handed in; that somebody was reminded, and heard, is a fact.

use std::collections::BTreeSet;

use crate::domain::ids::{IncidentId, RunbookId, SignalId};
use crate::domain::reading::Health;
use crate::domain::runbook::{Runbook, StepRef};
use crate::domain::statement::Says;
use crate::domain::text::clip;
use crate::domain::time::{Timestamp, brief};

use super::timer::{in_use, phase_spent, step_spent};
use super::{Model, SignalWatch};

/// Columns of what is quoted of a runbook.
const QUOTED: usize = 60;

/// How far the deputy of this console got: nothing of it is worth keeping.
#[derive(Clone, Debug, Default)]
pub struct Deputy {
    /// Nobody sits here: nothing rings, and nobody is said to have been reminded.
    pub is_off: bool,
    /// When it last looked.
    pub looked: Timestamp,
    /// When it last rang.
    pub rang: Option<Timestamp>,
    /// What it rang for then.
    pub rung_for: BTreeSet<String>,
    /// What rings and nobody has heard: what it is about, and its words.
    pub unheard: Vec<(String, String)>,
    /// What was heard in a console that records nothing.
    pub heard_here: BTreeSet<String>,
}

/// Something that the deputy reminds of by itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reminder {
    /// A step takes longer than planned.
    Step(StepRef),
    /// A phase does, by its heading.
    Phase(RunbookId, String),
    /// An incident was taken on, and nothing is done.
    NothingDone(IncidentId),
    /// The next update of an incident.
    Update(IncidentId),
    /// A red signal was taken on, and nobody has it any more.
    Lapsed(SignalId),
}

/// A reminder, and when it is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reminding {
    /// What it is about.
    pub reminder: Reminder,
    /// Since when it is counted.
    pub from: Timestamp,
    /// From when on it is late.
    pub due: Timestamp,
    /// From when on it rings.
    pub rings: Timestamp,
    /// In words.
    pub text: String,
}

/// What the deputy reminds of: coming updates, and whatever is late.
pub fn reminders(model: &Model, now: Timestamp) -> Vec<Reminding> {
    let mut all = Vec::new();
    all.extend(update(model));
    all.extend(nothing_done(model).filter(|one| one.due <= now));
    all.extend(lapsed(model));
    for runbook in in_use(model) {
        over_plan(model, now, runbook, &mut all);
    }
    all
}

/// The next update of the incident: by what the last one promised, or as often as updates come.
fn update(model: &Model) -> Option<Reminding> {
    let incident = model.watch.incident()?;
    let pace = model.plan.deputy;
    let told = model.watch.nudges.told(&incident.id).filter(|told| told.at >= incident.declared);
    let (from, span, text) = match told {
        Some(told) => (told.at, told.next.unwrap_or(pace.updates), "next update"),
        None => (incident.declared, pace.first_update, "first update"),
    };
    let due = from.plus(span);
    Some(Reminding {
        reminder: Reminder::Update(incident.id.clone()),
        from,
        due,
        rings: due.plus(pace.rings_after),
        text: format!("{text} of {}", incident.id),
    })
}

/// An incident that was taken on, while nothing runs, no window is open, and nobody does anything.
fn nothing_done(model: &Model) -> Option<Reminding> {
    let incident = model.watch.incident()?;
    let (taken, _) = incident.acknowledged.as_ref()?;
    let waits = model.watch.window().is_some() || model.watch.runs.iter().any(super::Run::is_open);
    if waits {
        return None;
    }
    let from = model.watch.last_deed.map_or(*taken, |deed| deed.max(*taken));
    let pace = model.plan.deputy;
    let due = from.plus(pace.nothing_done);
    let text =
        format!("{} is acknowledged, and nothing was done for {}", incident.id, brief(pace.nothing_done));
    Some(Reminding { reminder: Reminder::NothingDone(incident.id.clone()), from, due, rings: due, text })
}

/// Red signals that somebody had taken on.
fn lapsed(model: &Model) -> impl Iterator<Item = Reminding> {
    let is_red = |known: &SignalWatch| matches!(known.health, Health::Down | Health::Degraded);
    model.watch.nudges.lapsed().filter_map(move |(signal, at)| {
        let known = model.watch.signals.get(signal).filter(|known| is_red(known) && !known.is_taken())?;
        Some(Reminding {
            reminder: Reminder::Lapsed(signal.clone()),
            from: at,
            due: at,
            rings: at.plus(model.plan.deputy.rings_after),
            text: format!("{signal} is {}, and nobody has it any more", known.health.word()),
        })
    })
}

/// Steps and phases of `runbook` that take longer than it plans for them. They ring when half as long again has gone by.
fn over_plan(model: &Model, now: Timestamp, runbook: &Runbook, all: &mut Vec<Reminding>) {
    let planned = runbook.statements.iter().filter(|said| matches!(said.says, Says::Planned { .. }));
    for statement in planned {
        let (spent, reminder, words) = match &statement.step {
            Some(id) => {
                let Some(step) = runbook.step(id) else { continue };
                let place = StepRef { runbook: runbook.id.clone(), step: id.clone() };
                (step_spent(model, now, runbook, step), Reminder::Step(place), &step.text)
            }
            None => {
                let Some(phase) = runbook.phases.iter().find(|phase| phase.line == statement.line) else {
                    continue;
                };
                let place = Reminder::Phase(runbook.id.clone(), phase.title.clone());
                (phase_spent(model, now, runbook, phase), place, &phase.title)
            }
        };
        let Some(spent) = spent.filter(|spent| spent.running && spent.is_over()) else { continue };
        let from = now.minus(spent.took);
        let due = from.plus(spent.planned);
        let rings = due.plus((spent.planned / 2).max(model.plan.deputy.rings_after));
        let text = format!("planned {}: {}", brief(spent.planned), clip(words, QUOTED));
        if !all.iter().any(|known| known.reminder == reminder) {
            all.push(Reminding { reminder, from, due, rings, text });
        }
    }
}
