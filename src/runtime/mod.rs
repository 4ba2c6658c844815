//! The loop, the poller, the clock, the terminal: where effects are carried out.

pub mod simulator;
