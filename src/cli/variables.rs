//! `midwatch runbook env`: how the variables stand that runbooks need. The environment is read here, and no value
//! of it goes any further than the verdict on it.

use std::path::PathBuf;

use serde_json::json;

use crate::domain::diagnostic::{Severity, did_you_mean};
use crate::domain::runbook::Runbook;
use crate::domain::text::width;
use crate::domain::variable::{self, Finding, Verdict};
use crate::io::environment::held;

use super::print::ended;
use super::{Arguments, Exit, open, print};

/// Checks the variables of the runbooks in `files`, or of those of the configuration.
pub fn env(
    arguments: &Arguments,
    files: &[PathBuf],
    environment: Option<&str>,
    as_json: bool,
) -> color_eyre::Result<Exit> {
    let mut found = Vec::new();
    let (read, watched) = if files.is_empty() {
        let (settings, _) = open::settings(&arguments.common)?;
        (open::runbooks(&settings.console.runbooks, &mut found), settings.console.environment)
    } else {
        (open::runbooks(files, &mut found), String::new())
    };
    let runbooks: Vec<Runbook> = read.into_iter().map(|(runbook, _)| runbook).collect();
    let mut findings = variable::check(&runbooks, environment.unwrap_or(&watched), &held());
    if let Some(environment) = environment {
        findings = only(findings, environment)?;
    }
    let count = |word: &str| findings.iter().filter(|finding| finding.verdict.word() == word).count();
    let wanting = findings.iter().filter(|finding| finding.is_wanting()).count();
    if as_json {
        print::json(&json!({
            "variables": findings.iter().map(row).collect::<Vec<_>>(),
            "set": count("set"),
            "missing": count("missing"),
            "suspicious": count("suspicious"),
            "wanting": wanting,
        }));
    } else {
        table(&findings);
    }
    print::diagnostics(&found);
    if found.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        return Ok(Exit::Usage);
    }
    Ok(if wanting > 0 { Exit::Failed } else { Exit::Done })
}

/// The variables of `environment`, as the runbooks call it, and those that belong to none.
fn only(findings: Vec<Finding>, environment: &str) -> color_eyre::Result<Vec<Finding>> {
    let mut names: Vec<&str> = findings.iter().filter_map(|finding| finding.environment.as_deref()).collect();
    names.dedup();
    if !names.iter().any(|name| name.eq_ignore_ascii_case(environment)) {
        let hint = match did_you_mean(environment, names.iter().copied()) {
            Some(near) => format!("did you mean {near:?}?"),
            None if names.is_empty() => "the runbooks name no environment".into(),
            None => format!("there are {}", names.join(", ")),
        };
        return Err(ended(Exit::Usage, format!("no runbook names an environment {environment:?}; {hint}")));
    }
    let is_meant = |finding: &Finding| {
        finding.environment.as_deref().is_none_or(|name| name.eq_ignore_ascii_case(environment))
    };
    Ok(findings.into_iter().filter(is_meant).collect())
}

fn row(finding: &Finding) -> serde_json::Value {
    let why = match &finding.verdict {
        Verdict::Suspicious(why) => Some(why),
        Verdict::Set | Verdict::Missing => None,
    };
    json!({
        "name": finding.name,
        "environment": finding.environment,
        "required": !finding.optional,
        "verdict": finding.verdict.word(),
        "why": why,
        "file": finding.file,
        "line": finding.line,
    })
}

fn table(findings: &[Finding]) {
    if findings.is_empty() {
        print::line("No variable is named in these runbooks.");
        return;
    }
    let longest = findings.iter().map(|finding| width(&finding.name)).max().unwrap_or(0);
    let mut last = None;
    for finding in findings {
        if last != Some(&finding.environment) {
            let name = finding.environment.as_deref().unwrap_or("every environment");
            print::line(&format!("{}{name}", if last.is_some() { "\n" } else { "" }));
            last = Some(&finding.environment);
        }
        let optional = if finding.optional { "  optional" } else { "" };
        let why = match &finding.verdict {
            Verdict::Suspicious(why) => format!(": {why}"),
            Verdict::Set | Verdict::Missing => String::new(),
        };
        print::line(&format!(
            "  {} {:<longest$}  {}{why}{optional}  {}:{}",
            finding.verdict.glyph(),
            finding.name,
            finding.verdict.word(),
            finding.file,
            finding.line
        ));
    }
}
