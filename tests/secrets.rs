//! A secret through every door it can come in by: it reaches whom it is meant for, and nothing that
//! Midwatch writes, draws, prints or starts shows it.
#![cfg(unix)]

#[cfg(test)]
mod support;

#[cfg(test)]
#[path = "secrets/canary.rs"]
mod canary;
