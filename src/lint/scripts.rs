//! Scripts that the package does not have.

use crate::domain::diagnostic::did_you_mean;
use crate::domain::runbook::{Step, StepCommand};

use super::codes::UNKNOWN_SCRIPT;
use super::commands::Commands;
use super::known::Known;
use super::sink::{At, Sink};
use super::words::Word;

/// Programs that run the scripts of a package.
const RUNNERS: &[&str] = &["npm", "pnpm", "yarn", "bun"];

/// Flags by which another package is meant, or no script has to be there.
const ELSEWHERE: &[&str] = &[
    "-w",
    "-ws",
    "-C",
    "-r",
    "-F",
    "--workspace",
    "--workspaces",
    "--prefix",
    "--if-present",
    "--filter",
    "--cwd",
    "--dir",
    "--recursive",
];

/// Looks at the scripts that a command runs.
pub(super) fn check(
    commands: &Commands,
    command: &StepCommand,
    step: &Step,
    at: &At<'_>,
    known: &Known,
    sink: &mut Sink<'_>,
) {
    let Some(scripts) = &known.scripts else { return };
    let away = command.rules.clone().or(&step.rules).cwd.is_some();
    let moves = commands
        .simple
        .iter()
        .any(|simple| simple.call().is_some_and(|(_, name, _)| matches!(name, "cd" | "pushd" | "ssh")));
    if away || moves {
        return;
    }
    for simple in &commands.simple {
        let Some((_, runner, arguments)) = simple.call().filter(|(_, name, _)| RUNNERS.contains(name)) else {
            continue;
        };
        let own = arguments.iter().take_while(|word| word.text != "--");
        let elsewhere =
            own.clone().any(|word| ELSEWHERE.contains(&word.text.split('=').next().unwrap_or_default()));
        let Some(word) = script(runner, &own.collect::<Vec<_>>()).filter(|word| !elsewhere && word.fixed)
        else {
            continue;
        };
        let name = word.text.as_str();
        if scripts.names.contains(name) {
            continue;
        }
        let said = format!("{} has no script {name:?}", scripts.file);
        let finding = sink.finding(&UNKNOWN_SCRIPT, at.place(word.at), said);
        let hint = match did_you_mean(name, scripts.names.iter().map(String::as_str)) {
            Some(meant) => format!("did you mean {meant:?}?"),
            None => format!("`{runner} run` lists what there is"),
        };
        sink.add(finding.hint(hint));
    }
}

/// The word that names a script.
fn script<'a>(runner: &str, arguments: &[&'a Word]) -> Option<&'a Word> {
    let mut words = arguments.iter().filter(|word| !word.text.starts_with('-'));
    let first = words.next()?;
    match first.text.as_str() {
        "run" | "run-script" => words.next().copied(),
        // `bun test` is a program of its own.
        "test" if runner != "bun" => Some(first),
        _ => None,
    }
}
