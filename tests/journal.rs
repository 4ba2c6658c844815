//! The journal floor against what happens to files: kills, full disks, forgers, a second console.

#[cfg(test)]
#[path = "journal/artifacts.rs"]
mod artifacts;
#[cfg(test)]
#[path = "journal/chain.rs"]
mod chain;
#[cfg(test)]
#[path = "journal/consoles.rs"]
mod consoles;
#[cfg(test)]
#[path = "journal/copies.rs"]
mod copies;
#[cfg(test)]
#[path = "journal/damage.rs"]
mod damage;
#[cfg(test)]
#[path = "journal/failures.rs"]
mod failures;
#[cfg(test)]
#[path = "journal/kill.rs"]
mod kill;
#[cfg(test)]
#[path = "journal/portable.rs"]
mod portable;
#[cfg(test)]
#[path = "journal/pruned.rs"]
mod pruned;
#[cfg(test)]
#[path = "journal/readings.rs"]
mod readings;
#[cfg(test)]
#[path = "journal/stored.rs"]
mod stored;
#[cfg(test)]
#[path = "journal/support.rs"]
mod support;
