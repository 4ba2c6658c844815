//! What lint found in a runbook, and in which of its steps.

use super::diagnostic::{Diagnostic, Severity};
use super::ids::StepId;

/// Something that a runbook should not say, or not like this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What, where, and what to do about it.
    pub diagnostic: Diagnostic,
    /// The step it stands in, if it stands in one.
    pub step: Option<StepId>,
}

impl Finding {
    /// The glyph that goes with how bad it is.
    pub const fn glyph(&self) -> &'static str {
        match self.diagnostic.severity {
            Severity::Error => "✖",
            Severity::Warning => "▲",
            Severity::Info => "·",
        }
    }

    /// The word that goes with it.
    pub const fn word(&self) -> &'static str {
        match self.diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "note",
        }
    }
}
