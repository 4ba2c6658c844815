//! ACTION KINDS, one file each: how a configured action becomes an exact request. Pure.

mod outcome;

pub use outcome::{Outcome, lines, outcome, position, request_for};
