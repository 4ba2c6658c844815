//! The pure core: no IO, no async, a virtual clock. Decisions, traps, and what holds whatever
//! happens.

#[cfg(test)]
#[path = "support/world.rs"]
mod world;

#[cfg(test)]
#[path = "support/channels.rs"]
mod channels;

#[cfg(test)]
#[path = "support/recording.rs"]
mod recording;

#[cfg(test)]
#[path = "core/closing.rs"]
mod closing;
#[cfg(test)]
#[path = "core/comms.rs"]
mod comms;
#[cfg(test)]
#[path = "core/console.rs"]
mod console;
#[cfg(test)]
#[path = "core/deputy.rs"]
mod deputy;
#[cfg(test)]
#[path = "core/duties.rs"]
mod duties;
#[cfg(test)]
#[path = "core/editing.rs"]
mod editing;
#[cfg(test)]
#[path = "core/evidence.rs"]
mod evidence;
#[cfg(test)]
#[path = "core/findings.rs"]
mod findings;
#[cfg(test)]
#[path = "core/gates.rs"]
mod gates;
#[cfg(test)]
#[path = "core/handover.rs"]
mod handover;
#[cfg(test)]
#[path = "core/incident.rs"]
mod incident;
#[cfg(test)]
#[path = "core/incident_clocks.rs"]
mod incident_clocks;
#[cfg(test)]
#[path = "core/incident_oncall.rs"]
mod incident_oncall;
#[cfg(test)]
#[path = "core/looking.rs"]
mod looking;
#[cfg(test)]
#[path = "core/notebook.rs"]
mod notebook;
#[cfg(test)]
#[path = "core/offers.rs"]
mod offers;
#[cfg(test)]
#[path = "core/order.rs"]
mod order;
#[cfg(test)]
#[path = "core/plans.rs"]
mod plans;
#[cfg(test)]
#[path = "core/properties.rs"]
mod properties;
#[cfg(test)]
#[path = "core/refusals.rs"]
mod refusals;
#[cfg(test)]
#[path = "core/releases.rs"]
mod releases;
#[cfg(test)]
#[path = "core/reload.rs"]
mod reload;
#[cfg(test)]
#[path = "core/replay.rs"]
mod replay;
#[cfg(test)]
#[path = "core/requests.rs"]
mod requests;
#[cfg(test)]
#[path = "core/rollback.rs"]
mod rollback;
#[cfg(test)]
#[path = "core/routes.rs"]
mod routes;
#[cfg(test)]
#[path = "core/runs.rs"]
mod runs;
#[cfg(test)]
#[path = "core/signals.rs"]
mod signals;
#[cfg(test)]
#[path = "core/timers.rs"]
mod timers;
#[cfg(test)]
#[path = "core/undo.rs"]
mod undo;
#[cfg(test)]
#[path = "core/values.rs"]
mod values;
#[cfg(test)]
#[path = "core/window.rs"]
mod window;
#[cfg(test)]
#[path = "core/window_clock.rs"]
mod window_clock;
#[cfg(test)]
#[path = "core/window_keys.rs"]
mod window_keys;
