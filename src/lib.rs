//! Midwatch, a full-screen incident console.
//!
//! Facts in, effects out: one pure core decides ([`app`]), everything that touches the world is at
//! the rim ([`io`], [`journal`], [`runtime`]). `docs/architecture.md` draws the floors and which may
//! import which; `tests/architecture.rs` checks it.

pub mod actions;
pub mod app;
pub mod cli;
pub mod comms;
pub mod config;
pub mod domain;
pub mod io;
pub mod journal;
pub mod keymap;
pub mod lint;
pub mod panes;
pub mod report;
pub mod runbook;
pub mod runtime;
pub mod scaffold;
pub mod sources;
pub mod state;
pub mod theme;
pub mod view;
