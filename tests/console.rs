//! The real console, driven in a pseudo-terminal as an operator drives it, on a simulated company.
//!
//! Nothing here looks inside: what is asserted is what stands on the screen, what the company was
//! asked, and what `midwatch incident` says of the journal afterwards.
#![cfg(unix)]

#[cfg(test)]
mod support;

#[cfg(test)]
#[path = "console/books.rs"]
mod books;
#[cfg(test)]
#[path = "console/comms.rs"]
mod comms;
#[cfg(test)]
#[path = "console/deputy.rs"]
mod deputy;
#[cfg(test)]
#[path = "console/drill.rs"]
mod drill;
#[cfg(test)]
#[path = "console/edited.rs"]
mod edited;
#[cfg(test)]
#[path = "console/ends.rs"]
mod ends;
#[cfg(test)]
#[path = "console/evidence.rs"]
mod evidence;
#[cfg(test)]
#[path = "console/gates.rs"]
mod gates;
#[cfg(test)]
#[path = "console/hands.rs"]
mod hands;
#[cfg(test)]
#[path = "console/lives.rs"]
mod lives;
#[cfg(test)]
#[path = "console/maintenance.rs"]
mod maintenance;
#[cfg(test)]
#[path = "console/nights.rs"]
mod nights;
#[cfg(test)]
#[path = "console/order.rs"]
mod order;
#[cfg(test)]
#[path = "console/releases.rs"]
mod releases;
#[cfg(test)]
#[path = "console/replay.rs"]
mod replay;
#[cfg(test)]
#[path = "console/resume.rs"]
mod resume;
#[cfg(test)]
#[path = "console/rollback.rs"]
mod rollback;
#[cfg(test)]
#[path = "console/values.rs"]
mod values;
#[cfg(test)]
#[path = "console/watching.rs"]
mod watching;
#[cfg(test)]
#[path = "console/whole_outage.rs"]
mod whole_outage;
#[cfg(test)]
#[path = "console/whole_publish.rs"]
mod whole_publish;
#[cfg(test)]
#[path = "console/whole_security.rs"]
mod whole_security;
#[cfg(test)]
#[path = "console/window.rs"]
mod window;
