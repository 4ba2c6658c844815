//! Updates that were posted, and what became of each.

use crate::domain::fact::Logged;

/// What was posted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Posts {
    /// The last fact that said something of it.
    pub seq: u64,
}

impl Posts {
    /// Applies one fact.
    pub(super) fn apply(&mut self, logged: &Logged) {
        self.seq = logged.seq;
    }
}
