//! The listener from outside: what the vendors' own clients send arrives, what is forged, late, large, slow or too much
//! does not, and the console never waits for any of it. Everything happens on loopback.
#![cfg(unix)]

#[cfg(test)]
mod support;

#[cfg(test)]
#[path = "listener/bounds.rs"]
mod bounds;
#[cfg(test)]
#[path = "listener/clients.rs"]
mod clients;
#[cfg(test)]
#[path = "listener/host.rs"]
mod host;
#[cfg(test)]
#[path = "listener/kept.rs"]
mod kept;
#[cfg(test)]
#[path = "listener/refusals.rs"]
mod refusals;
#[cfg(test)]
#[path = "listener/screen.rs"]
mod screen;
#[cfg(test)]
#[path = "listener/senders.rs"]
mod senders;
