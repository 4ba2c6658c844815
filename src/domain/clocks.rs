//! How long an incident leaves for what it asks for, and who is told when nobody has taken it on.

use std::time::Duration;

const fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

const fn hours(count: u64) -> Duration {
    minutes(count * 60)
}

/// What holds where no runbook says otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clocks {
    /// Somebody takes it on.
    pub acknowledge: Duration,
    /// The first update is posted.
    pub first_update: Duration,
    /// Each that follows.
    pub update_every: Duration,
    /// A P0 is mitigated.
    pub recovery: Duration,
    /// It is reviewed, counted from when it was closed.
    pub review: Duration,
    /// Of a security incident: legal is told.
    pub legal: Duration,
    /// Of a security incident: the audit is done.
    pub audit: Duration,
    /// Who is told next: instead of what a runbook says.
    pub escalation: Vec<LadderRung>,
}

impl Default for Clocks {
    fn default() -> Self {
        Self {
            acknowledge: minutes(5),
            first_update: minutes(5),
            update_every: minutes(20),
            recovery: minutes(15),
            review: hours(24),
            legal: hours(1),
            audit: hours(72),
            escalation: Vec::new(),
        }
    }
}

/// A configured rung of the ladder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LadderRung {
    /// From 1.
    pub level: u32,
    /// Who: a person, a team, or the name of a rotation.
    pub who: String,
    /// After how long it is their turn, counted from when the incident is declared.
    pub after: Duration,
    /// How they are reached.
    pub way: Option<String>,
}
