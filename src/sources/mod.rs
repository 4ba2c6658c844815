//! PROVIDERS, one folder each: what a signal asks for, and what the reply means. Pure.
//!
//! A provider is a row: the fields of its table of the configuration, a function from that table
//! to signals, and a function from a reply to a reading. Configuration, schema, documentation and
//! tests iterate [`PROVIDERS`]. Nothing here sends anything.

mod evidence;
pub mod health;
mod retry;

use crate::domain::diagnostic::Diagnostic;
use crate::domain::io::{IoReply, Reason};
use crate::domain::reading::{Health, Reading};
use crate::domain::setting::{Field, Table};
use crate::domain::signal::Signal;
use crate::domain::time::Timestamp;

/// A source of signals.
#[derive(Clone, Copy, Debug)]
pub struct Provider {
    /// Its table's name in the configuration, and [`Signal::source`].
    pub name: &'static str,
    /// A heading.
    pub title: &'static str,
    /// What it observes, in Markdown.
    pub about: &'static str,
    /// The keys of its table.
    pub fields: &'static [Field],
    /// Whether there may be many of its table (`[[health]]`) or one (`[sentry]`).
    pub many: bool,
    /// The signals of one checked table; what is wrong with it is added to the diagnostics.
    pub plan: fn(&Table, &mut Vec<Diagnostic>) -> Vec<Signal>,
    /// What a reply to a signal's request means.
    pub read: fn(&Signal, Timestamp, &IoReply) -> Reading,
}

/// Every provider.
pub const PROVIDERS: &[Provider] = &[health::PROVIDER];

/// What `reply`, which came at `at`, says about `signal`.
pub fn read(signal: &Signal, at: Timestamp, reply: &IoReply) -> Reading {
    match PROVIDERS.iter().find(|provider| provider.name == signal.source) {
        Some(provider) => (provider.read)(signal, at, reply),
        None => Reading {
            at,
            health: Health::Blind,
            reason: Some(Reason::Parse),
            detail: format!("no source is called {}", signal.source),
            latency: None,
            certificate_days: None,
            effects: Vec::new(),
            retry_after: None,
            evidence: None,
        },
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_provider_has_a_name_and_describes_its_keys() {
        let names: BTreeSet<&str> = PROVIDERS.iter().map(|provider| provider.name).collect();
        assert_eq!(names.len(), PROVIDERS.len());
        for provider in PROVIDERS {
            let keys: BTreeSet<&str> = provider.fields.iter().map(|field| field.name).collect();
            assert_eq!(keys.len(), provider.fields.len(), "{}", provider.name);
            assert!(provider.fields.iter().all(|field| !field.about.is_empty()), "{}", provider.name);
        }
    }
}
