//! The pure core: no IO, no async, a virtual clock. Decisions, traps, and what holds whatever
//! happens.

#[path = "support/world.rs"]
mod world;

#[path = "core/console.rs"]
mod console;
#[path = "core/properties.rs"]
mod properties;
#[path = "core/refusals.rs"]
mod refusals;
#[path = "core/runs.rs"]
mod runs;
#[path = "core/signals.rs"]
mod signals;
