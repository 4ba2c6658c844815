//! A binding: rules for steps of runbooks that are left as their team wrote them.

use std::borrow::Cow;

use super::diagnostic::Diagnostic;
use super::ids::{RunbookId, SignalId};
use super::runbook::{Phase, Runbook, Step};
use super::step_rules::StepRules;
use super::text::clean;

/// The code of a binding that speaks of no step.
pub const UNMATCHED: &str = "unmatched-binding";

/// Which steps, and what holds for them. Where it names several marks, a step has to have all of them.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct StepBinding {
    /// The runbook's file, or the end of its path.
    pub runbook: Option<String>,
    /// Words of the heading that the step stands under.
    pub heading: Option<String>,
    /// Code spans or whole commands, one of which is the step's.
    pub matches: Vec<String>,
    /// Words of the step itself.
    pub words: Option<String>,
    /// What holds for it.
    pub rules: StepRules,
    /// The file it stands in.
    pub file: String,
    /// 1-based line and column.
    pub place: (usize, usize),
}

impl StepBinding {
    /// Whether it speaks of `step`, which stands in `phase` of `runbook`.
    pub fn means(&self, runbook: &RunbookId, phase: &Phase, step: &Step) -> bool {
        self.is_of(runbook)
            && self.heading.as_ref().is_none_or(|words| {
                holds(&phase.title, words) || phase.path.iter().any(|title| holds(title, words))
            })
            && (self.matches.is_empty() || self.matches.iter().any(|span| has(step, span)))
            && self.words.as_ref().is_none_or(|words| holds(&step.text, words))
    }

    /// Whether it speaks of any step of `runbook`.
    pub fn means_any(&self, runbook: &Runbook) -> bool {
        let any = |phase: &Phase| phase.steps.iter().any(|step| self.means(&runbook.id, phase, step));
        runbook.phases.iter().any(any)
    }

    /// That it speaks of no step of those `runbooks`, and what to do about it.
    pub fn unmatched(&self, runbooks: &[&Runbook]) -> Diagnostic {
        let message = "this binding speaks of no step of the runbooks that were read";
        let hint = match &self.runbook {
            Some(name) if !runbooks.iter().any(|runbook| self.is_of(&runbook.id)) => {
                format!("no runbook is called {}", clean(name))
            }
            _ => "`midwatch runbook show` lists every step with its words and its code spans".to_owned(),
        };
        Diagnostic::warning(&self.file, self.place, UNMATCHED, message).hint(hint)
    }

    /// Whether it speaks of `runbook` at all.
    pub fn is_of(&self, runbook: &RunbookId) -> bool {
        let Some(wanted) = &self.runbook else { return true };
        let wanted = wanted.strip_prefix("./").unwrap_or(wanted);
        let id = runbook.as_str();
        id == wanted || id.strip_suffix(wanted).is_some_and(|rest| rest.ends_with(['/', '\\']))
    }
}

/// Whether `span` is a code span of `step`, or the whole of one of its commands.
fn has(step: &Step, span: &str) -> bool {
    step.codes.iter().any(|code| code == span)
        || step.commands.iter().any(|command| command.text.trim() == span.trim())
}

/// Whether `text` holds `words`, whatever their case and the white space between them.
fn holds(text: &str, words: &str) -> bool {
    plain(text).contains(&plain(words))
}

fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// What the step is bound to: its own rules, or those of the first of its commands that name a signal.
pub fn bound(step: &Step) -> Option<(SignalId, Option<String>)> {
    let with_signal = |rules: &StepRules| rules.signal.is_some();
    let rules = if with_signal(&step.rules) {
        Cow::Borrowed(&step.rules)
    } else {
        let command = step.commands.iter().find(|command| with_signal(&command.rules))?;
        Cow::Owned(command.rules.clone().or(&step.rules))
    };
    Some((rules.signal.clone()?, rules.when.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::runbook::{Marker, PhaseKind};

    fn step(text: &str, codes: &[&str]) -> Step {
        Step {
            id: "1".into(),
            line: 1,
            end: 1,
            depth: 0,
            text: text.into(),
            lead: None,
            marker: Marker::Bullet,
            commands: Vec::new(),
            codes: codes.iter().map(|code| (*code).to_owned()).collect(),
            links: Vec::new(),
            rules: StepRules::default(),
            asides: crate::domain::runbook::Asides::default(),
        }
    }

    #[test]
    fn every_mark_that_is_named_has_to_be_there() {
        let phase = Phase {
            kind: PhaseKind::Contain,
            title: "7. Containment".into(),
            path: vec!["Incident Response".into()],
            line: 1,
            notes: Vec::new(),
            steps: Vec::new(),
        };
        let flag = step("Flip  `MAINTENANCE_MODE=true` at the edge", &["MAINTENANCE_MODE=true"]);
        let of = |change: &dyn Fn(&mut StepBinding)| {
            let mut binding = StepBinding::default();
            change(&mut binding);
            binding.means(&"docs/ops/runbook.md".into(), &phase, &flag)
        };
        assert!(of(&|binding| binding.matches = vec!["other".into(), "MAINTENANCE_MODE=true".into()]));
        assert!(!of(&|binding| binding.matches = vec!["MAINTENANCE_MODE".into()]), "letter by letter");
        assert!(of(&|binding| binding.words = Some("flip `maintenance_mode=true`".into())));
        assert!(of(&|binding| binding.heading = Some("containment".into())));
        assert!(of(&|binding| binding.heading = Some("incident response".into())));
        assert!(of(&|binding| binding.runbook = Some("ops/runbook.md".into())));
        assert!(!of(&|binding| binding.runbook = Some("book.md".into())), "a name is whole");
        assert!(!of(&|binding| {
            binding.words = Some("flip".into());
            binding.heading = Some("recovery".into());
        }));
    }
}
