//! Commands of runbooks run with the arguments, the environment and the working directory that were shown, whatever is
//! typed for their placeholders: ten thousand values through real shells, and the real binary held against its own
//! confirmation.
#![cfg(unix)]

#[cfg(test)]
mod support;

#[cfg(test)]
#[path = "quoting/shown.rs"]
mod shown;
#[cfg(test)]
#[path = "quoting/values.rs"]
mod values;
