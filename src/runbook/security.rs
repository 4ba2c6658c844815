//! The runbook of a security incident for teams that have none: six steps, with the clocks of the configuration.

use std::time::Duration;

use crate::domain::clocks::Clocks;
use crate::domain::runbook::Runbook;

/// What it is called beside the files of a team.
const ID: &str = "midwatch:security";

/// The built-in runbook.
pub fn security(clocks: &Clocks) -> Runbook {
    let text = include_str!("security.md")
        .replace("{legal}", &span(clocks.legal))
        .replace("{audit}", &span(clocks.audit));
    super::read(ID, text.as_bytes()).runbook
}

/// A span as a runbook says it: `72 hours`, `90 minutes`.
fn span(span: Duration) -> String {
    let minutes = span.as_secs().div_ceil(60).max(1);
    let (count, unit) = if minutes.is_multiple_of(60) { (minutes / 60, "hour") } else { (minutes, "minute") };
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{s}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::statement::Says;

    #[test]
    fn it_has_six_steps_and_the_clocks_of_the_configuration() {
        let clocks = Clocks { legal: Duration::from_secs(45 * 60), ..Clocks::default() };
        let runbook = security(&clocks);
        let with_steps = || runbook.phases.iter().filter(|phase| !phase.steps.is_empty());
        let titles: Vec<&str> = with_steps().map(|phase| phase.title.as_str()).collect();
        assert_eq!(titles, ["Isolate", "Assess", "Contain", "Notify", "Remediate", "Review"]);
        assert!(with_steps().all(|phase| phase.steps.len() == 1));
        let deadlines: Vec<u64> = runbook
            .statements
            .iter()
            .filter_map(|statement| match statement.says {
                Says::Deadline { within } => Some(within.as_secs() / 60),
                _ => None,
            })
            .collect();
        assert_eq!(deadlines, [45, 72 * 60]);
    }
}
