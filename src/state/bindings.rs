//! Bindings made fast: rules of the configuration go to the steps they speak of, and signals learn what those steps
//! want to know of their readings.

use std::sync::Arc;

use crate::domain::condition::Condition;
use crate::domain::diagnostic::{Diagnostic, did_you_mean};
use crate::domain::runbook::Runbook;
use crate::domain::signal::Signal;
pub use crate::domain::step_binding::UNMATCHED;
use crate::domain::step_binding::{StepBinding, bound};
use crate::domain::step_rules::StepRules;
use crate::domain::window::{Conditions, Gate};

use super::Plan;

impl Plan {
    /// Gives every step the rules that the configuration has for it, and tells signals which conditions they are
    /// asked. To be called whenever runbooks were loaded; a second time changes nothing. What a step's own file says
    /// comes before a binding, and a later binding before an earlier one.
    pub fn bind(&mut self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for runbook in &self.runbooks {
            self.attributes(runbook, &mut found);
        }
        let mut means = vec![false; self.step_bindings.len()];
        for runbook in &mut self.runbooks {
            give(&self.step_bindings, runbook, &mut means);
            (self.asides)(runbook);
        }
        let all: Vec<&Runbook> = self.runbooks.iter().collect();
        let lost = self.step_bindings.iter().zip(means).filter(|(_, means)| !means);
        found.extend(lost.map(|(binding, _)| binding.unmatched(&all)));
        self.tell_signals();
        found
    }

    /// What is wrong with rules that stand in a runbook itself: only the whole plan knows which signals there are.
    fn attributes(&self, runbook: &Runbook, found: &mut Vec<Diagnostic>) {
        let mut look = |line: usize, rules: &StepRules| {
            let wrong = |code, message| Diagnostic::warning(runbook.id.as_str(), (line, 0), code, message);
            let Some(signal) = &rules.signal else {
                if rules.when.is_some() {
                    let message = "when: there is no signal that it speaks of";
                    found.push(wrong("bad-attribute", message.into()).hint("name one: signal=web"));
                }
                return;
            };
            let shown = crate::domain::text::clean(signal.as_str()).into_owned();
            let Some(known) = self.signal_index(signal).map(|at| &self.signals[at]) else {
                let names = || self.signals.iter().map(|signal| signal.id.as_str());
                let hint = did_you_mean(signal.as_str(), names()).map_or_else(
                    || "a signal of midwatch.toml".to_owned(),
                    |near| format!("did you mean {near:?}?"),
                );
                found
                    .push(wrong("unknown-signal", format!("there is no signal called {shown:?}")).hint(hint));
                return;
            };
            let names = known.known_names();
            let when = rules.when.as_ref().and_then(|when| Condition::compile(when).ok());
            if let Some(foreign) = when.and_then(|when| when.foreign(names)) {
                let message = format!("when: {shown:?} has no {foreign:?}");
                found.push(wrong("bad-condition", message).hint(format!("it has {}", names.join(", "))));
            }
        };
        for step in runbook.phases.iter().flat_map(|phase| &phase.steps) {
            look(step.line, &step.rules);
            for command in &step.commands {
                // What a command says of a signal that its step names is no slip.
                look(command.line, &command.rules.clone().or(&step.rules));
            }
        }
        found.dedup();
    }

    /// Judges by `gates` besides those that are configured: signals learn what they want to know of readings.
    pub fn judge_by(&mut self, gates: Vec<Gate>) {
        self.recorded = gates;
        self.tell_signals();
    }

    /// Collects what each signal is asked by the steps that are bound to it, and by gates.
    fn tell_signals(&mut self) {
        let mut wanted: Vec<Vec<Condition>> = vec![Vec::new(); self.signals.len()];
        let steps = self.runbooks.iter().flat_map(|runbook| &runbook.phases).flat_map(|phase| &phase.steps);
        for (signal, when) in steps.filter_map(bound) {
            let (Some(at), Some(when)) = (self.signal_index(&signal), when) else { continue };
            if let Ok(condition) = Condition::compile(&when)
                && !wanted[at].contains(&condition)
            {
                wanted[at].push(condition);
            }
        }
        for gate in self.window.gates.iter().chain(&self.recorded) {
            let at = gate.signal.as_ref().and_then(|signal| self.signal_index(signal));
            let (Some(at), Ok(conditions)) = (at, Conditions::of(gate)) else { continue };
            for condition in conditions.each() {
                if !wanted[at].contains(condition) {
                    wanted[at].push(condition.clone());
                }
            }
        }
        if self.signals.iter().zip(&wanted).all(|(signal, wanted)| signal.shows == *wanted) {
            return;
        }
        let with = |(signal, shows): (&Signal, Vec<Condition>)| {
            // What its steps look into is kept.
            let kept = signal.kept || !shows.is_empty();
            Signal { kept, shows, ..signal.clone() }
        };
        self.signals = self.signals.iter().zip(wanted).map(with).collect::<Arc<[Signal]>>();
    }
}

/// Gives the steps of a runbook that is no part of a plan what `bindings` have for them; the commands that stand in
/// those rules are still to be read.
pub fn bind(bindings: &[StepBinding], runbook: &mut Runbook) {
    give(bindings, runbook, &mut vec![false; bindings.len()]);
}

/// Gives the steps of `runbook` what `bindings` have for them, and marks the bindings that mean some step.
fn give(bindings: &[StepBinding], runbook: &mut Runbook, means: &mut [bool]) {
    let id = runbook.id.clone();
    for phase in &mut runbook.phases {
        let mut rules = Vec::with_capacity(phase.steps.len());
        for step in &phase.steps {
            let mut known = step.rules.clone();
            for (at, binding) in bindings.iter().enumerate().rev() {
                if binding.means(&id, phase, step) {
                    means[at] = true;
                    known = known.or(&binding.rules);
                }
            }
            rules.push(known);
        }
        for (step, rules) in phase.steps.iter_mut().zip(rules) {
            step.rules = rules;
        }
    }
}
