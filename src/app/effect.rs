//! What the core asks for. The runtime carries it out and answers with messages.

use crate::domain::artifact::Keeping;
use crate::domain::fact::Logged;
use crate::domain::ids::{IncidentId, RunId, RunbookId};
use crate::domain::io::IoRequest;
use crate::domain::looked::SeenBlock;

/// One effect.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Write this to the journal, or tell it where there is none.
    Log(Logged),
    /// Ask this signal.
    Poll {
        /// Its place in the plan.
        signal: usize,
        /// Which poll of it.
        attempt: u64,
    },
    /// Carry this out: its request is on disk.
    Run {
        /// The run.
        run: RunId,
        /// The very request.
        request: IoRequest,
        /// Whether it gets the terminal until it ends.
        hands_over: bool,
    },
    /// Read back whether this run has had its effect: changes nothing.
    Check {
        /// The run.
        run: RunId,
        /// What is asked.
        request: IoRequest,
    },
    /// Keep a copy of this file beside the journal.
    Keep(Keeping),
    /// Stop this run.
    Cancel(RunId),
    /// Remember that this was looked at, for every console of this user.
    KeepLook {
        /// The runbook.
        runbook: RunbookId,
        /// What was looked at of it.
        seen: Vec<SeenBlock>,
    },
    /// Write the handover sheet of this incident.
    Handover(IncidentId),
    /// Put this on the clipboard.
    Copy(String),
    /// Hand this text to the operator's own editor until it ends.
    Edit(String),
    /// Ring.
    Bell,
    /// Ring because of what is late, and say what.
    Ring(String),
    /// Draw every cell anew.
    Redraw,
    /// Stop until the shell brings us back.
    Suspend,
    /// End.
    Quit,
}
