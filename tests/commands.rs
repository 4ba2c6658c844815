//! Every command without a screen, as a script calls it: exit codes, one JSON document on standard
//! output and nothing else there, words on standard error.
#![cfg(unix)]

#[cfg(test)]
mod support;

#[cfg(test)]
#[path = "commands/asking.rs"]
mod asking;
#[cfg(test)]
#[path = "commands/books.rs"]
mod books;
#[cfg(test)]
#[path = "commands/doctor.rs"]
mod doctor;
#[cfg(test)]
#[path = "commands/following.rs"]
mod following;
#[cfg(test)]
#[path = "commands/handover.rs"]
mod handover;
#[cfg(test)]
#[path = "commands/init.rs"]
mod init;
#[cfg(test)]
#[path = "commands/linting.rs"]
mod linting;
#[cfg(test)]
#[path = "commands/looking.rs"]
mod looking;
#[cfg(test)]
#[path = "commands/proposals.rs"]
mod proposals;
#[cfg(test)]
#[path = "commands/reading.rs"]
mod reading;
#[cfg(test)]
#[path = "commands/record.rs"]
mod record;
#[cfg(test)]
#[path = "commands/releases.rs"]
mod releases;
#[cfg(test)]
#[path = "commands/report.rs"]
mod report;
#[cfg(test)]
#[path = "commands/running.rs"]
mod running;
#[cfg(test)]
#[path = "commands/sequence.rs"]
mod sequence;
#[cfg(test)]
#[path = "commands/variables.rs"]
mod variables;
#[cfg(test)]
#[path = "commands/window.rs"]
mod window;
