//! Words of an incident.

use serde::{Deserialize, Serialize};

/// How bad an incident is, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Severity {
    /// All users, or money, or data.
    P0,
    /// Many users.
    P1,
    /// Some users, or a way around exists.
    P2,
    /// No user yet.
    P3,
}

impl Severity {
    /// Every severity, worst first.
    pub const ALL: [Severity; 4] = [Severity::P0, Severity::P1, Severity::P2, Severity::P3];

    /// `P0` to `P3`.
    pub const fn word(self) -> &'static str {
        match self {
            Severity::P0 => "P0",
            Severity::P1 => "P1",
            Severity::P2 => "P2",
            Severity::P3 => "P3",
        }
    }
}
