//! What has to happen in which order: what can be taken back, last first.

use crate::domain::action::{Purpose, Risk};
use crate::domain::ids::RunId;
use crate::domain::runbook::StepRef;

use super::parts::{Approval, Run, RunState};
use super::watch::Watch;

impl Watch {
    /// Runs of this incident that can be taken back and were not, in the order they were asked for: the last is
    /// undone first. One that somebody had to look after because its end was unknown is among them.
    pub fn undo_stack(&self) -> Vec<&Run> {
        let mut stack: Vec<&Run> = Vec::new();
        for run in self.of_this_incident() {
            let done = match &run.state {
                RunState::Observed(..) => true,
                // Where nobody says that it worked, what it was to take back may still be there.
                RunState::Verified(_) => run.well || run.undoes.is_none() && run.purpose != Purpose::Off,
                RunState::Requested
                | RunState::Accepted(_)
                | RunState::NotInEffect(_)
                | RunState::Failed(_)
                | RunState::Cancelled(_)
                | RunState::Unknown(_) => false,
            };
            if !done {
                continue;
            }
            if let Some(undone) = &run.undoes {
                stack.retain(|known| known.id != *undone);
            }
            if run.purpose == Purpose::Off {
                // However it was switched off, it is off.
                stack.retain(|known| known.action != run.action || known.purpose != Purpose::On);
            }
            if run.undo.is_some() && run.undoes.is_none() && !self.not_undone.contains(&run.id) {
                stack.push(run);
            }
        }
        stack
    }

    fn of_this_incident(&self) -> impl DoubleEndedIterator<Item = &Run> {
        let incident = self.incident().map(|incident| &incident.id);
        self.runs.iter().filter(move |run| run.incident.as_ref() == incident)
    }

    /// Why `run` cannot be undone now, if so.
    pub fn undo_refusal(&self, run: &RunId) -> Option<String> {
        let stack = self.undo_stack();
        let Some(at) = stack.iter().position(|known| known.id == *run) else {
            return Some(self.not_to_be_undone(run));
        };
        // Whether something was told has nothing to do with what is taken back.
        let tells = |other: &Run| self.posts.of_run(&other.id).is_some();
        let later = |other: &&Run| other.id != *run && other.risk != Risk::Read && !tells(other);
        let after = self.of_this_incident().skip_while(|other| other.id != *run).filter(later);
        for other in after {
            if other.is_open() {
                return Some(format!(
                    "{} {} still runs: what came last is undone first",
                    other.id, other.title
                ));
            }
            if other.must_be_verified() {
                return Some(format!("{} {} is unknown: verify it first", other.id, other.title));
            }
        }
        let first = stack.last().filter(|_| at + 1 < stack.len())?;
        Some(format!("{} {} comes first: what came last is undone first", first.id, first.title))
    }

    /// Why `run` is not among those that can be undone.
    fn not_to_be_undone(&self, id: &RunId) -> String {
        let Some(run) = self.run(id) else { return format!("no run is called {id}") };
        if let Some(by) = self.undone.get(id) {
            return format!("{id} is undone already, by {by}");
        }
        if self.not_undone.contains(id) {
            return format!("{id} is not to be undone: somebody said so");
        }
        if run.undoes.is_some() {
            return format!("{id} took something back itself");
        }
        if run.is_open() {
            return format!("{id} still runs");
        }
        if run.is_unknown() {
            return format!("{id} is unknown: verify it first");
        }
        if run.risk == Risk::Read {
            return format!("{id} changed nothing");
        }
        if run.undo.is_none() {
            return format!("no undo is known for {id}");
        }
        if run.incident != self.incident().map(|incident| incident.id.clone()) {
            return format!("{id} belongs to another incident");
        }
        match &run.state {
            RunState::Observed(..) | RunState::Verified(_) => format!("{id} is switched off already"),
            RunState::Failed(_)
            | RunState::NotInEffect(_)
            | RunState::Cancelled(_)
            | RunState::Requested
            | RunState::Accepted(_)
            | RunState::Unknown(_) => format!("{id} did not end well: there is nothing sure to take back"),
        }
    }

    /// Who approved `step` in the current incident.
    pub fn approval(&self, step: &StepRef) -> Option<&Approval> {
        let incident = self.incident().map(|incident| incident.id.clone());
        self.approvals.get(&(incident, step.clone()))
    }

    /// The run that took back what `step` did last in this incident, if that was taken back.
    pub fn step_undone(&self, step: &StepRef) -> Option<&RunId> {
        let incident = self.incident().map(|incident| incident.id.clone());
        self.undone_steps.get(&(incident, step.clone()))
    }

    /// Keeps what follows from `run` having ended as it should.
    pub(super) fn ended_well(&mut self, run: &RunId) {
        let Some(run) = self.run(run).cloned() else { return };
        let Some(step) = run.step.clone() else {
            if let Some(undone) = run.undoes {
                self.undone.insert(undone, run.id);
            }
            return;
        };
        let key = (run.incident, step);
        if let Some(undone) = run.undoes {
            self.undone.insert(undone, run.id.clone());
            self.undone_steps.insert(key, run.id);
        } else if run.risk != Risk::Read {
            self.undone_steps.remove(&key);
        }
    }
}
