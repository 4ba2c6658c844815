//! `midwatch runbook show`: what was understood.

use std::path::PathBuf;

use crate::domain::diagnostic::Severity;
use crate::domain::runbook::Runbook;
use crate::domain::step_rules::StepRules;
use crate::runbook;

use super::{Arguments, Exit, open, print};

/// Shows the runbooks in `files`, or those of the configuration.
pub fn show(arguments: &Arguments, files: &[PathBuf], as_json: bool) -> color_eyre::Result<Exit> {
    let mut found = Vec::new();
    let settings = open::given(&arguments.common, files.is_empty())?;
    let files = match &settings {
        Some(settings) if files.is_empty() => &settings.console.runbooks,
        Some(_) | None => files,
    };
    let read = open::bound(files, settings.as_ref(), &mut found);
    let runbooks: Vec<_> = read.into_iter().map(|(runbook, _)| runbook).collect();
    if as_json {
        print::json(&runbook::json(&runbooks));
    } else {
        for runbook in &runbooks {
            print::line(&format!("{}  ({})", runbook.title, runbook.id));
            for phase in &runbook.phases {
                print::line(&format!(
                    "\n  {}  {}  :{}",
                    phase.kind.word().to_uppercase(),
                    phase.title,
                    phase.line
                ));
                for step in &phase.steps {
                    let indent = "  ".repeat(step.depth);
                    print::line(&format!("    {indent}☐ {}  :{} #{}", step.text, step.line, step.id));
                    holds(&step.rules, &format!("      {indent}"));
                    for command in &step.commands {
                        for (at, line) in command.text.lines().enumerate() {
                            let lead = if at == 0 { "$" } else { " " };
                            print::line(&format!("      {indent}{lead} {line}"));
                        }
                        let holes: Vec<&str> =
                            command.placeholders.iter().map(|hole| hole.token.as_str()).collect();
                        if !holes.is_empty() {
                            print::line(&format!("      {indent}  to fill in: {}", holes.join(" ")));
                        }
                        holds(&command.rules, &format!("      {indent}  "));
                    }
                }
            }
            said(runbook);
        }
    }
    print::diagnostics(&found);
    let unreadable = found.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    Ok(if unreadable { Exit::Usage } else { Exit::Done })
}

/// What holds for a step or a command in so many words, a line each.
fn holds(rules: &StepRules, indent: &str) {
    rules.lines().iter().for_each(|line| print::line(&format!("{indent}{line}")));
}

/// What it says besides its steps, and what was left as prose.
fn said(runbook: &Runbook) {
    if !runbook.statements.is_empty() {
        print::line("\n  SAYS");
    }
    for statement in &runbook.statements {
        let step = statement.step.as_ref().map(|step| format!(" #{step}")).unwrap_or_default();
        print::line(&format!(
            "    {:<10}  {}  :{}{step}",
            statement.says.word(),
            statement.text,
            statement.line
        ));
    }
    if !runbook.prose.is_empty() {
        print::line("\n  PROSE");
    }
    for prose in &runbook.prose {
        let mut lines = prose.text.lines();
        let first = lines.next().unwrap_or_default();
        let more = if lines.next().is_some() { " …" } else { "" };
        print::line(&format!("    {first}{more}  :{} {}", prose.line, prose.why));
    }
}
