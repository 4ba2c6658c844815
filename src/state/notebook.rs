//! What people wrote down of an incident: hypotheses, decisions, follow-ups, patches, and what was left open.

use crate::domain::fact::Logged;

/// What people wrote down.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Notebook {
    /// The last fact that said something of it.
    pub seq: u64,
}

impl Notebook {
    /// Applies one fact.
    pub(super) fn apply(&mut self, logged: &Logged) {
        self.seq = logged.seq;
    }
}
