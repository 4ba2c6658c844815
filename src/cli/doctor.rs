//! `midwatch doctor`: what is missing, found before it is needed.

mod source;

use std::io::IsTerminal;

use serde_json::json;

use crate::domain::diagnostic::Severity;
use crate::domain::io::{IoRequest, SecretSource};
use crate::domain::signal::Signal;
use crate::journal;
use crate::runtime::{self, Clock};
use crate::sources::listen;
use crate::state::Plan;

use source::Source;

use super::{Arguments, Exit, asking, guard, open, print};

/// One thing that was looked at.
struct Finding {
    what: String,
    severity: Option<Severity>,
    says: String,
    /// Lines that go with it.
    more: Vec<String>,
    /// Whether it could not be told.
    unsure: bool,
}

fn good(what: &str, says: impl Into<String>) -> Finding {
    Finding { what: what.into(), severity: None, says: says.into(), more: Vec::new(), unsure: false }
}

fn bad(what: &str, severity: Severity, says: impl Into<String>) -> Finding {
    Finding { severity: Some(severity), ..good(what, says) }
}

/// Looks at everything a night depends on, and asks every source once unless `offline`. Runs no action.
pub async fn doctor(arguments: &Arguments, offline: bool, as_json: bool) -> color_eyre::Result<Exit> {
    let found = open::configuration(&arguments.common)?;
    let mut sources: Vec<Source> = Vec::new();
    let mut findings = vec![good("configuration", found.file.display().to_string())];
    match &found.settings {
        None => {
            let first = found.diagnostics.first().map(ToString::to_string).unwrap_or_default();
            findings.push(bad(
                "configuration",
                Severity::Error,
                format!("{first} (see `midwatch config check`)"),
            ));
        }
        Some(settings) => {
            let agreed = guard::agreed(&found, settings)?;
            let (plan, _) = open::plan(settings, &arguments.common, found.diagnostics.clone())?;
            for diagnostic in &plan.diagnostics {
                findings.push(bad("configuration", diagnostic.severity, diagnostic.to_string()));
            }
            let (io, missing) = open::io(settings, &agreed).await?;
            for source in &settings.secrets {
                let name = source.to_string();
                let about = format!("{name}: ");
                let missing = missing.iter().find(|known| known.message.starts_with(&about));
                findings.push(match (missing, source) {
                    (Some(why), _) => bad("secret", Severity::Error, why.message.clone()),
                    (None, SecretSource::Env(_) | SecretSource::File(_) | SecretSource::Command(_)) => {
                        good("secret", name)
                    }
                });
            }
            let path = open::journal_path(settings)?;
            findings.push(journal_finding(&path));
            findings.extend(programs(&plan));
            findings.extend(listener(&plan));
            findings.push(counted("signals", plan.signals.iter().filter(|signal| !signal.observer).count()));
            findings.push(counted("actions", plan.actions.len()));
            findings.push(counted("runbooks", plan.runbooks.len()));
            if !plan.channels.is_empty() {
                let named: Vec<String> =
                    plan.channels.iter().map(|one| format!("{} {}", one.id, one.audience.badge())).collect();
                findings.push(good("channels", named.join(", ")));
            }
            if !plan.signals.iter().any(|signal| signal.observer) {
                let says =
                    "none is configured: an outage of this machine's own network looks like everybody else's";
                findings.push(bad("observers", Severity::Warning, says));
            }
            let asked: Vec<&Signal> = plan.signals.iter().filter(|signal| source::is_one(signal)).collect();
            if offline && !asked.is_empty() {
                findings.push(good("sources", format!("{} not asked (--offline)", asked.len())));
            } else {
                let clock = Clock::default();
                let answers = asking::all(&asked, |signal| runtime::asked(&io, signal, clock)).await;
                let Some(answers) = answers else { return Ok(Exit::Interrupted) };
                sources = asked
                    .iter()
                    .zip(&answers)
                    .map(|(signal, (reading, replies))| Source::judged(signal, reading, replies))
                    .collect();
                findings.extend(sources.iter().map(Source::finding));
            }
        }
    }
    findings.push(terminal());
    let unsure = findings.iter().any(|finding| finding.unsure);
    let wrong = findings.iter().any(|finding| finding.severity == Some(Severity::Error));
    if as_json {
        let findings: Vec<_> = findings
            .iter()
            .map(
                |finding| json!({ "what": finding.what, "severity": finding.severity, "says": finding.says }),
            )
            .collect();
        let sources: Vec<_> = sources.iter().map(Source::document).collect();
        print::json(&json!({ "findings": findings, "sources": sources }));
    } else {
        let widest = findings.iter().map(|finding| finding.what.chars().count()).max().unwrap_or(0);
        findings.iter().for_each(|finding| say(finding, widest.clamp(14, 24)));
    }
    Ok(match (wrong, unsure) {
        (true, _) => Exit::Failed,
        (false, true) => Exit::Unknown,
        (false, false) => Exit::Done,
    })
}

fn say(finding: &Finding, wide: usize) {
    let glyph = match finding.severity {
        _ if finding.unsure => "?",
        None | Some(Severity::Info) => "●",
        Some(Severity::Warning) => "▲",
        Some(Severity::Error) => "✖",
    };
    print::line(&format!("{glyph} {:<wide$} {}", finding.what, finding.says));
    finding.more.iter().for_each(|line| print::line(&format!("  {:<wide$}   {line}", "")));
}

fn counted(what: &str, count: usize) -> Finding {
    if count == 0 {
        bad(what, Severity::Warning, "none is configured")
    } else {
        good(what, count.to_string())
    }
}

fn journal_finding(path: &std::path::Path) -> Finding {
    if !path.exists() {
        return good("journal", format!("{} (made when the console opens)", path.display()));
    }
    match journal::verify(path) {
        Ok(verified) => match verified.broken {
            None => good("journal", format!("{}: {} entries, whole", path.display(), verified.entries)),
            Some(broken) => bad(
                "journal",
                Severity::Error,
                format!("{}: broken at entry {}: {}", path.display(), broken.seq, broken.why),
            ),
        },
        Err(error) => bad("journal", Severity::Error, error.to_string()),
    }
}

/// Whether the programs that actions and signals name can be found.
fn programs(plan: &Plan) -> Vec<Finding> {
    let paths: Vec<std::path::PathBuf> =
        std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
    let found = |program: &str| {
        program.contains('/') || paths.iter().any(|directory| directory.join(program).is_file())
    };
    let signals = plan.signals.iter().filter_map(|signal| Some((signal.id.to_string(), signal.request()?)));
    let actions = plan.actions.iter().filter_map(|action| match &action.kind {
        crate::domain::action::ActionKind::Once(request) => Some((action.id.to_string(), request)),
        crate::domain::action::ActionKind::Toggle(_)
        | crate::domain::action::ActionKind::Open(_)
        | crate::domain::action::ActionKind::Shell(_) => None,
    });
    signals
        .chain(actions)
        .filter_map(|(name, request)| match request {
            IoRequest::Command(command) => Some((name, command.argv.first()?.clone())),
            IoRequest::Http(_)
            | IoRequest::Tcp(_)
            | IoRequest::Redis(_)
            | IoRequest::Postgres(_)
            | IoRequest::S3(_) => None,
        })
        .filter(|(_, program)| !found(program))
        .map(|(name, program)| {
            bad("program", Severity::Error, format!("{name} runs {program}, which is not in PATH"))
        })
        .collect()
}

/// Whether the listener, where there is one, would have its port. Listens for no longer than it takes to tell.
fn listener(plan: &Plan) -> Option<Finding> {
    let address = plan.signals.iter().find_map(listen::address)?;
    Some(match std::net::TcpListener::bind(&address) {
        Ok(_) => good("listener", format!("{address} is free")),
        Err(error) => bad("listener", Severity::Warning, format!("{address} cannot be had now: {error}")),
    })
}

fn terminal() -> Finding {
    if !std::io::stdout().is_terminal() {
        return good("terminal", "none here; the console needs one");
    }
    match crossterm::terminal::size() {
        Ok((columns, rows)) if columns < 80 || rows < 24 => {
            bad("terminal", Severity::Warning, format!("{columns}x{rows}: 80x24 shows every pane"))
        }
        Ok((columns, rows)) => good("terminal", format!("{columns}x{rows}")),
        Err(error) => bad("terminal", Severity::Warning, error.to_string()),
    }
}
