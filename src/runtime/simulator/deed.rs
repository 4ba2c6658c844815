//! What operators did to the company, and when: the other half of what its state follows from.

use std::time::Duration;

use serde::{Serialize, Serializer};

use super::fault::Target;
use super::vendors::errand::Errand;

/// How long a restarted part takes to come up.
pub const RESTART_TAKES: Duration = Duration::from_secs(3);
/// How long the maintenance flag takes to reach every edge.
pub const PROPAGATION: Duration = Duration::from_millis(600);
/// How long images are slow after the cache was purged.
pub const COLD_FOR: Duration = Duration::from_secs(20);

/// Something an operator did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Deed {
    /// On the scenario's clock.
    #[serde(rename = "at_ms", serialize_with = "milliseconds")]
    pub at: Duration,
    /// What.
    pub what: Act,
}

/// What an operator can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Switched the maintenance flag on or off.
    Maintenance(Flag),
    /// Restarted a part.
    Restart(Target),
    /// Purged the edge's cache.
    Purge,
    /// Had a vendor do something.
    AtVendor(Errand),
}

/// The two positions of the maintenance flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flag {
    /// The shop shows the maintenance page.
    On,
    /// The shop is open.
    Off,
}

impl Flag {
    /// The word that the edge reads and answers.
    pub const fn word(self) -> &'static str {
        match self {
            Flag::On => "on",
            Flag::Off => "off",
        }
    }

    /// The position that `word` names.
    pub fn named(word: &str) -> Option<Self> {
        [Flag::On, Flag::Off].into_iter().find(|flag| flag.word() == word)
    }
}

impl Serialize for Act {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&match self {
            Act::Maintenance(flag) => format!("maintenance {}", flag.word()),
            Act::Restart(target) => format!("restart {}", target.word()),
            Act::Purge => "purge cache".to_owned(),
            Act::AtVendor(errand) => errand.words(),
        })
    }
}

impl Act {
    /// How long until it has had its effect.
    pub const fn takes(&self) -> Duration {
        match self {
            Act::Maintenance(_) => PROPAGATION,
            Act::Restart(_) => RESTART_TAKES,
            Act::Purge => Duration::ZERO,
            Act::AtVendor(errand) => errand.takes(),
        }
    }
}

/// Where the maintenance flag stands at `elapsed`, for those it has reached `after` it was set.
pub fn flag_at(deeds: &[Deed], elapsed: Duration, after: Duration) -> Flag {
    deeds
        .iter()
        .rev()
        .filter(|deed| deed.at.saturating_add(after) <= elapsed)
        .find_map(|deed| match deed.what {
            Act::Maintenance(flag) => Some(flag),
            Act::Restart(_) | Act::Purge | Act::AtVendor(_) => None,
        })
        .unwrap_or(Flag::Off)
}

fn milliseconds<S: Serializer>(at: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(at.as_millis()).unwrap_or(u64::MAX))
}
