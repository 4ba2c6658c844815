//! Whether a step has to be done, and whose approval it needs: what its author says in so many words, else its words.

use super::ids::StepId;
use super::runbook::{Phase, Runbook, Step};
use super::statement::Says;
use super::step_rules::Need;

impl Step {
    /// Whether it has to be done: it has, unless its rules, those of all its commands, or its words say otherwise.
    pub fn need(&self) -> Need {
        if let Some(need) = self.rules.need {
            return need;
        }
        let mut said = self.commands.iter().map(|command| command.rules.need);
        if let Some(Some(first)) = said.next() {
            let all = said.all(|need| need == Some(Need::Advisory));
            return if first == Need::Advisory && all { Need::Advisory } else { Need::Required };
        }
        if is_optional(&self.text) { Need::Advisory } else { Need::Required }
    }
}

/// Whether `text` says that what it asks for may be left out: "Optional live smoke", "… (if any)", "… if available".
/// Not where it says what to do otherwise, and not where something it speaks of is optional.
fn is_optional(text: &str) -> bool {
    let lower = text.to_lowercase();
    let text = lower.trim_start_matches(|c: char| !c.is_alphanumeric());
    let begins = |word: &str| {
        text.strip_prefix(word)
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
    };
    if begins("optional") || begins("optionally") || text.contains("(optional") {
        return true;
    }
    let end = text.trim_end_matches(|c: char| !c.is_alphanumeric());
    if [" - optional", " – optional", " — optional", ", optional"].iter().any(|end_of| end.ends_with(end_of))
    {
        return true;
    }
    if text.contains("otherwise") || text.contains(" else ") {
        return false;
    }
    begins("if available")
        || ["if any", "if available", "if applicable"].iter().any(|words| {
            end.ends_with(&format!(" {words}"))
                || end.ends_with(&format!("({words}"))
                || text.contains(&format!("({words})"))
        })
}

impl Runbook {
    /// Whose approval `step` needs: its rules, those of a command of it, or a statement that stands in it.
    pub fn approver<'a>(&'a self, step: &'a Step) -> Option<&'a str> {
        let mut rules =
            std::iter::once(&step.rules).chain(step.commands.iter().map(|command| &command.rules));
        rules.find_map(|rules| rules.approve.as_deref()).or_else(|| {
            self.statements.iter().find_map(|statement| match &statement.says {
                Says::Approval { by } if statement.step.as_ref() == Some(&step.id) => Some(by.as_str()),
                _ => None,
            })
        })
    }

    /// Steps whose approval what `id` does waits for, and whose: its own, then those before it in its phase that
    /// have to be done.
    pub fn approvals_for(&self, id: &StepId) -> Vec<(&Step, &str)> {
        let place = |phase: &Phase| phase.steps.iter().position(|step| step.id == *id);
        let Some((phase, at)) = self.phases.iter().find_map(|phase| Some((phase, place(phase)?))) else {
            return Vec::new();
        };
        let before = phase.steps[..at].iter().filter(|step| step.need() == Need::Required);
        std::iter::once(&phase.steps[at])
            .chain(before)
            .filter_map(|step| Some((step, self.approver(step)?)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_say_whether_a_step_may_be_left_out() {
        for text in [
            "Optional live smoke: set `RUN_E2E_LIVE=true`",
            "Optional `STAGING_SMOKE_ORG_ID`",
            "optionally, warm the cache",
            "Review user feedback (if any)",
            "Warm the cache (optional)",
            "Take a snapshot if available.",
            "**If available**, use the replica",
            "Warm the cache, optional",
        ] {
            assert!(is_optional(text), "{text}");
        }
        for text in [
            "Flip `MAINTENANCE_MODE=true` (if available); otherwise toggle feature flags",
            "Frontend: set `DSN` and optional sampling variables before building.",
            "This is not optional",
            "optional_flags must be set",
            "Check that the optional chaining works",
            "Ask if anybody is hurt",
            "Drain the pool",
        ] {
            assert!(!is_optional(text), "{text}");
        }
    }
}
