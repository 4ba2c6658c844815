//! Security incidents: the part of a runbook that is about them, and the one that is shown where no runbook has one.

use crate::domain::incident::IncidentKind;
use crate::domain::runbook::{Phase, Runbook, StepRef};

use super::{Model, Plan, Watch};

/// Whether a heading is that of a part for security incidents: `Security Incident Response`.
fn names_it(heading: &str) -> bool {
    let words: Vec<String> = heading
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let says = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    says(&["security"]) && says(&["incident", "incidents", "breach", "breaches", "compromise"])
}

/// Whether `phase` is about security incidents and nothing else.
pub fn is_about(runbook: &Runbook, phase: &Phase) -> bool {
    names_it(&runbook.title) || names_it(&phase.title) || phase.path.iter().any(|heading| names_it(heading))
}

/// The first step of a runbook's part for security incidents.
fn first_in(runbook: &Runbook) -> Option<StepRef> {
    let step = runbook
        .phases
        .iter()
        .filter(|phase| is_about(runbook, phase))
        .flat_map(|phase| &phase.steps)
        .next()?;
    Some(StepRef { runbook: runbook.id.clone(), step: step.id.clone() })
}

/// Where a security incident begins: in the runbook at hand, or else in the first that has a part for one.
pub fn first(model: &Model) -> Option<StepRef> {
    model.at_hand().and_then(first_in).or_else(|| model.plan.runbooks.iter().find_map(first_in))
}

impl Plan {
    /// Takes the built-in runbook among the others, where none of them has a part for security incidents.
    pub fn add_security(&mut self) {
        if self.runbooks.iter().all(|runbook| first_in(runbook).is_none()) {
            self.runbooks.extend(self.security.take());
        }
    }

    /// The same, where a security incident is open.
    pub(super) fn add_security_for(&mut self, watch: &Watch) {
        if watch.open_incidents().any(|incident| incident.kind == IncidentKind::Security) {
            self.add_security();
        }
    }
}

impl Model {
    /// Shows what an open security incident needs, after facts that another console wrote.
    pub fn follow_security(&mut self) {
        self.plan.add_security_for(&self.watch);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_known_by_its_words() {
        for (heading, known) in [
            ("Security Incident Response", true),
            ("Lanternfish security incident runbook", true),
            ("Data breach (security)", true),
            ("Security Procedures", false),
            ("Incident Response", false),
            ("Security patches and updates", false),
            ("Insecurity incidents", false),
        ] {
            assert_eq!(names_it(heading), known, "{heading}");
        }
    }
}
