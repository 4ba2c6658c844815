//! A command of a step, looked at by every rule that looks at commands.

use crate::domain::runbook::{Phase, Step, StepCommand};

use super::known::Known;
use super::sink::{At, Sink};
use super::words::{self, Simple};
use super::{danger, holes, program, scripts, target};

/// A command as the programs it runs.
pub(super) struct Commands {
    /// In the order of the text.
    pub(super) simple: Vec<Simple>,
}

impl Commands {
    /// Of a command for a shell; others run no programs.
    pub(super) fn of(command: &StepCommand) -> Self {
        let shell = matches!(
            command.language.as_deref(),
            None | Some(
                "" | "sh"
                    | "bash"
                    | "shell"
                    | "zsh"
                    | "ksh"
                    | "console"
                    | "terminal"
                    | "shell-session"
                    | "shellsession"
                    | "sh-session"
                    | "bash-session"
            )
        );
        if !shell {
            return Self { simple: Vec::new() };
        }
        let holes: Vec<&str> = command.placeholders.iter().map(|hole| hole.token.as_str()).collect();
        Self { simple: words::simple(crate::domain::text::head(&command.text, 64 << 10), &holes) }
    }
}

/// Looks at a command.
pub(super) fn check(
    command: &StepCommand,
    phase: &Phase,
    step: &Step,
    lines: &[&str],
    known: &Known,
    sink: &mut Sink<'_>,
) {
    let at = At::of(command, lines);
    let commands = Commands::of(command);
    for simple in &commands.simple {
        program::check(simple, &at, known, sink);
        target::check(simple, &commands, &at, sink);
        danger::check(simple, command, step, &at, sink);
        danger::promote(simple, phase, step, &at, sink);
    }
    scripts::check(&commands, command, step, &at, known, sink);
    holes::check(command, &at, sink);
}
