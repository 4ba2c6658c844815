//! Text from outside that tries to be more than text, through every door there is.
//!
//! Looked at is what leaves Midwatch: the bytes on the terminal, what commands print, what stands in
//! the journal.
#![cfg(unix)]

#[cfg(test)]
mod support;

#[cfg(test)]
#[path = "hostile/doors.rs"]
mod doors;
