//! Where a runbook speaks of an alert.

use serde::{Deserialize, Serialize};

use super::ids::RunbookId;
use super::runbook::StepRef;

/// How a runbook mentions an alert, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// Its name stands in a code span.
    Name,
    /// A step is bound to it.
    Bound,
    /// A code span is a pattern that its name fits.
    Pattern,
    /// Its words stand in a heading.
    Heading,
    /// Its words stand in a step.
    Words,
}

impl How {
    /// The word on screen and in the record.
    pub const fn word(self) -> &'static str {
        match self {
            How::Name => "by name",
            How::Bound => "by a binding",
            How::Pattern => "by a pattern",
            How::Heading => "by its heading",
            How::Words => "by its words",
        }
    }
}

/// A place of a runbook that speaks of an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mention {
    /// The runbook.
    pub runbook: RunbookId,
    /// The step that mentions it, or the first one under the heading that does; `None` where there is nothing to
    /// do.
    pub step: Option<StepRef>,
    /// The heading's words.
    pub heading: String,
    /// 1-based line of the step, or of the heading.
    pub line: usize,
    /// How.
    pub how: How,
}
