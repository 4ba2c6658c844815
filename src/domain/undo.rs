//! What takes a run back, and what ties a run to others.

use serde::{Deserialize, Serialize};

use super::action::{Purpose, Risk};
use super::ids::RunId;
use super::io::IoRequest;

/// What takes a run back, kept with it: undoing it later asks exactly this, whatever the runbook says by then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undo {
    /// In words.
    pub title: String,
    /// Which of the action's requests it is.
    pub purpose: Purpose,
    /// What it may do: at least `change`.
    pub risk: Risk,
    /// The very request, with the values of the run filled in.
    pub request: IoRequest,
}

impl Undo {
    /// It in a line: the text of a shell command, or the request.
    pub fn line(&self) -> String {
        match &self.request {
            IoRequest::Command(command) if command.argv.iter().any(|word| word == "-c") => {
                command.argv.last().cloned().unwrap_or_default()
            }
            request => {
                let lines = request.preview();
                lines.iter().filter(|line| !line.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" ")
            }
        }
    }
}

/// What ties a run to others.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Ties {
    /// What takes it back, where that is known.
    pub undo: Option<Box<Undo>>,
    /// The run that it takes back.
    pub undoes: Option<RunId>,
    /// The failed run that it is the answer to.
    pub handles: Option<RunId>,
}
