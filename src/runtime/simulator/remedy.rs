//! Deeds that heal, as scenario files name them: `restart api`, `purge cache`, `rollback web`.

use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::deed::{Act, Deed};
use super::fault::Target;
use super::vendors::errand::{Errand, MachineAct};

/// What ends a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// A part was restarted.
    Restart(Target),
    /// The edge's cache was purged.
    Purge,
    /// An older deployment of the web is in production, and stays there.
    RollbackWeb,
    /// An older image of the API was deployed.
    RollbackApi,
    /// A machine at Fly.io was restarted, or the API was.
    RestartMachines,
    /// An event that Stripe sent again reached the receiver.
    ReplayBilling,
}

/// One remedy or a list of them, each of which is enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedies(Vec<Remedy>);

impl Remedy {
    const OTHERS: [(&str, Remedy); 5] = [
        ("purge cache", Remedy::Purge),
        ("rollback web", Remedy::RollbackWeb),
        ("rollback api", Remedy::RollbackApi),
        ("restart machines", Remedy::RestartMachines),
        ("replay billing", Remedy::ReplayBilling),
    ];

    fn named(text: &str) -> Result<Self, String> {
        if let Some((_, remedy)) = Remedy::OTHERS.iter().find(|(word, _)| *word == text) {
            return Ok(*remedy);
        }
        match text.strip_prefix("restart ") {
            Some(part) => Target::named(part).map(Remedy::Restart),
            None => {
                let known = Remedy::OTHERS.map(|(word, _)| format!("{word:?}")).join(", ");
                Err(format!("unknown remedy {text:?}; known are {known} and \"restart\" with a part"))
            }
        }
    }

    fn is(self, act: &Act) -> bool {
        match (self, act) {
            (Remedy::Restart(part), Act::Restart(target)) => part == *target,
            (Remedy::RestartMachines, Act::Restart(target)) => *target == Target::Api,
            (Remedy::RestartMachines, Act::AtVendor(Errand::Machine { act, .. })) => {
                *act == MachineAct::Restart
            }
            (Remedy::Purge, Act::Purge) => true,
            (Remedy::RollbackWeb, Act::AtVendor(Errand::Alias { backwards, .. }))
            | (Remedy::RollbackApi, Act::AtVendor(Errand::Deploy { backwards, .. })) => *backwards,
            (Remedy::ReplayBilling, Act::AtVendor(Errand::Retry { reached, .. })) => *reached,
            (
                Remedy::Restart(_)
                | Remedy::Purge
                | Remedy::RollbackWeb
                | Remedy::RollbackApi
                | Remedy::RestartMachines
                | Remedy::ReplayBilling,
                Act::Maintenance(_) | Act::Restart(_) | Act::Purge | Act::AtVendor(_),
            ) => false,
        }
    }

    /// Whether `later` takes back what this remedy has done.
    fn is_undone_by(self, later: &Act) -> bool {
        match self {
            Remedy::RollbackWeb => {
                matches!(later, Act::AtVendor(Errand::Alias { backwards: false, .. }))
            }
            Remedy::RollbackApi => {
                matches!(later, Act::AtVendor(Errand::Deploy { backwards: false, .. }))
            }
            Remedy::Restart(_) | Remedy::Purge | Remedy::RestartMachines | Remedy::ReplayBilling => false,
        }
    }
}

impl Remedies {
    /// The deeds since `began` that heal, are in effect at `elapsed`, and were not taken back by then.
    pub fn among<'a>(
        &'a self,
        deeds: &'a [Deed],
        began: Duration,
        elapsed: Duration,
    ) -> impl Iterator<Item = &'a Deed> {
        let effective = move |deed: &Deed| deed.at.saturating_add(deed.what.takes()) <= elapsed;
        self.0.iter().flat_map(move |remedy| {
            let since = deeds.iter().enumerate().filter(move |(_, deed)| deed.at >= began && effective(deed));
            since.filter(|(_, deed)| remedy.is(&deed.what)).filter_map(move |(position, deed)| {
                let later = deeds.get(position + 1..).unwrap_or_default();
                let undone = later.iter().any(|deed| effective(deed) && remedy.is_undone_by(&deed.what));
                (!undone).then_some(deed)
            })
        })
    }
}

impl<'de> Deserialize<'de> for Remedies {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            One(String),
            Any(Vec<String>),
        }
        let words = match Written::deserialize(deserializer)? {
            Written::One(word) => vec![word],
            Written::Any(words) => words,
        };
        if words.is_empty() {
            return Err(D::Error::custom("an empty list of remedies heals nothing; leave `healed_by` out"));
        }
        let remedies: Result<Vec<Remedy>, String> = words.iter().map(|word| Remedy::named(word)).collect();
        remedies.map(Self).map_err(D::Error::custom)
    }
}
