//! What lint found: in a runbook, as text to read; in a step, where the step is shown.

use crate::domain::diagnostic::Severity;
use crate::domain::finding::Finding;
use crate::domain::role::Role;
use crate::domain::runbook::StepRef;
use crate::state::Model;

/// The role that goes with how bad a finding is.
pub fn role(finding: &Finding) -> Role {
    match finding.diagnostic.severity {
        Severity::Error => Role::Danger,
        Severity::Warning => Role::Warning,
        Severity::Info => Role::Dim,
    }
}

/// What is worth a place beside a step: what cannot run as it is written.
pub fn error_of<'a>(model: &'a Model, step: &'a StepRef) -> Option<&'a Finding> {
    model.plan.findings_of(step).find(|finding| finding.diagnostic.severity == Severity::Error)
}

/// Title and lines of the findings of the runbook at hand. `None` where there is no runbook.
pub fn lines(model: &Model) -> Option<(String, Vec<String>)> {
    let chosen = model.ui.step.as_ref().and_then(|step| model.plan.runbook(&step.runbook));
    let runbook = chosen.or_else(|| model.plan.runbooks.first())?;
    let findings = model.plan.findings(&runbook.id);
    let count =
        |severity: Severity| findings.iter().filter(|known| known.diagnostic.severity == severity).count();
    let title = format!(
        "Findings in {}: {} errors, {} warnings, {} notes",
        runbook.id,
        count(Severity::Error),
        count(Severity::Warning),
        count(Severity::Info)
    );
    let mut lines = Vec::new();
    // The worst first: who looks at three o'clock looks at the top.
    for severity in [Severity::Error, Severity::Warning, Severity::Info] {
        for finding in findings.iter().filter(|known| known.diagnostic.severity == severity) {
            let told = &finding.diagnostic;
            let place = match (told.line, told.column) {
                (0, _) => String::new(),
                (line, 0) => format!("line {line}: "),
                (line, column) => format!("line {line}:{column}: "),
            };
            lines.push(format!("{} {} {place}{}", finding.glyph(), finding.word(), told.message));
            if let Some(hint) = &told.hint {
                lines.extend(hint.lines().map(|line| format!("  hint: {line}")));
            }
        }
    }
    if lines.is_empty() {
        lines.push("Nothing was found.".into());
    }
    lines.push(String::new());
    lines.push("Judged by shipped tables: opening a console runs nothing. `midwatch runbook lint` asks the tools that are installed.".into());
    Some((title, lines))
}
