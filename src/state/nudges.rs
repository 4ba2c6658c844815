//! What the deputy reminds of: what is late, and who heard.

use crate::domain::fact::Logged;

/// What is late.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Nudges {
    /// The last fact that said something of it.
    pub seq: u64,
}

impl Nudges {
    /// Applies one fact.
    pub(super) fn apply(&mut self, logged: &Logged) {
        self.seq = logged.seq;
    }
}
