//! The request for a command that stands in a runbook, which is for a shell or is one over HTTP.
//!
//! A shell's text runs as it stands, with one change: every placeholder becomes a quoted
//! reference to an environment variable, and its value travels in the environment. A value is
//! never part of the text, so no value can become code.

mod http;
mod prepared;
mod quote;
mod risk;
mod secret;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use crate::domain::answer::Answers;
use crate::domain::io::{CommandRequest, IoRequest, Value};
use crate::domain::runbook::{Placeholder, StepCommand};
pub use prepared::{Prepared, aside, prepared};
pub use risk::{risk_of, risk_under};
pub use secret::handed_over;

/// How many bytes of a step's output are kept.
const LIMIT: usize = 1024 * 1024;

/// Why a command of a step cannot run yet, or at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    /// These must be filled in first.
    #[error("not filled in: {}", .0.iter().map(|hole| hole.token.as_str()).collect::<Vec<_>>().join(", "))]
    Missing(Vec<Placeholder>),
    /// The block is not something a shell runs.
    #[error("{0}")]
    NotRunnable(String),
    /// A placeholder stands where a value could become code.
    #[error("{token} cannot be filled in here: {why}")]
    Unplaceable {
        /// The placeholder as it stands.
        token: String,
        /// Why not, in words.
        why: &'static str,
    },
    /// A value that cannot be handed over.
    #[error("the value for {token} holds a NUL character, which no program can be given")]
    Nul {
        /// The placeholder as it stands.
        token: String,
    },
}

/// The request that runs `command` with `answers` for its placeholders.
///
/// A `$NAME` placeholder without a value is left to the environment Midwatch was started with; the
/// shell then refuses unset names, so that an absent variable never reads as an empty one.
pub fn step_command(
    command: &StepCommand,
    answers: &Answers,
    cwd: Option<PathBuf>,
    timeout: Duration,
) -> Result<IoRequest, StepError> {
    let shell = shell(command)?;
    let missing: Vec<Placeholder> = command
        .placeholders
        .iter()
        .filter(|hole| !hole.environment && !answers.has(&hole.token))
        .cloned()
        .collect();
    if !missing.is_empty() {
        return Err(StepError::Missing(missing));
    }
    let mut env = Vec::new();
    let mut holes: BTreeMap<&str, String> = BTreeMap::new();
    let mut taken = BTreeSet::new();
    let mut inherits = false;
    for hole in &command.placeholders {
        let Some(value) = answers.values.get(&hole.token) else {
            inherits = true;
            // A variable stands for it: its value is the shell's to look up.
            if let Some(name) = answers.set.get(&hole.token).filter(|_| !hole.environment) {
                if !is_variable(name) {
                    let why = "no variable is called what stands for it";
                    return Err(StepError::Unplaceable { token: hole.token.clone(), why });
                }
                holes.insert(&hole.token, name.clone());
            }
            continue;
        };
        if value.contains('\0') {
            return Err(StepError::Nul { token: hole.token.clone() });
        }
        if hole.environment {
            if taken.insert(hole.name.clone()) {
                env.push((hole.name.clone(), handed(hole, value)?));
            }
        } else if !holes.contains_key(hole.token.as_str()) {
            let name = variable(&hole.name, &mut taken);
            env.push((name.clone(), handed(hole, value)?));
            holes.insert(&hole.token, name);
        }
    }
    let text = quote::fill(&command.text, &holes)?;
    let mut argv = vec![shell.to_owned()];
    if inherits {
        argv.push("-u".into());
    }
    argv.extend(["-c".to_owned(), text]);
    Ok(IoRequest::Command(CommandRequest { argv, env, cwd, timeout, limit: LIMIT }))
}

/// Whether a shell can look up a variable of this name.
fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The value of a placeholder, or why it will not do.
fn handed(hole: &Placeholder, text: &str) -> Result<Value, StepError> {
    handed_over(hole, text).map_err(|why| StepError::Unplaceable { token: hole.token.clone(), why })
}

/// The shell for a fence's language.
fn shell(command: &StepCommand) -> Result<&'static str, StepError> {
    match command.language.as_deref() {
        None | Some("" | "sh" | "shell") => Ok("sh"),
        Some("bash" | "zsh") => Ok("bash"),
        Some(other) => {
            let other = crate::domain::text::clean(other).into_owned();
            Err(StepError::NotRunnable(format!("a block of {other} is not a shell command")))
        }
    }
}

/// `MW_` and the name in capitals, one no other placeholder of the command has.
fn variable(name: &str, taken: &mut BTreeSet<String>) -> String {
    let mut stem = String::from("MW_");
    for c in name.chars().take(40) {
        stem.push(if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' });
    }
    let mut candidate = stem.clone();
    let mut number = 2;
    while !taken.insert(candidate.clone()) {
        candidate = format!("{stem}_{number}");
        number += 1;
    }
    candidate
}
