//! PROVIDERS, one folder each: what a signal asks for, and what the reply means. Pure.
//!
//! A provider is a row: the fields of its table of the configuration, a function from that table
//! to signals, and a function from a reply to a reading. Configuration, schema, documentation and
//! tests iterate [`PROVIDERS`]. Nothing here sends anything.

pub mod alerts;
#[cfg(test)]
pub mod conformance;
mod effects;
mod evidence;
pub mod fly;
pub mod github;
pub mod health;
pub mod listen;
/// The provider that `docs/sources.md` writes step by step.
#[cfg(test)]
#[path = "../../tests/walkthrough/netlify/mod.rs"]
mod netlify;
pub mod pagerduty;
pub mod postgres;
pub mod posthog;
pub mod prometheus;
pub mod redis;
pub mod releases;
mod reply;
mod retry;
pub mod s3;
pub mod sentry;
pub mod statuspage;
mod store;
pub mod stripe;
pub mod supabase;
mod table;
pub mod vercel;

use std::borrow::Cow;

use crate::domain::diagnostic::Diagnostic;
use crate::domain::entry;
use crate::domain::io::{IoReply, IoRequest, Reason};
use crate::domain::offer::HarmlessCalls;
use crate::domain::reading::{Health, Reading};
use crate::domain::setting::{Field, Table};
use crate::domain::signal::Signal;
use crate::domain::text::{clean, clip};
use crate::domain::time::Timestamp;

pub use reply::refusal;

/// Requests of one poll at most: a cursor that never ends, ends here.
pub const ASKS: usize = 12;

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
    /// What its token must be allowed to do, least first; empty where it has none.
    pub scopes: &'static [Scope],
    /// The signals of one checked table; what is wrong with it is added to the diagnostics.
    pub plan: fn(&Table, &mut Vec<Diagnostic>) -> Vec<Signal>,
    /// What a poll asks next, given what was answered so far, oldest first; `None` once it knows enough.
    pub next: fn(&Signal, Timestamp, &[IoReply]) -> Option<IoRequest>,
    /// What the replies of one poll mean; there is at least one.
    pub read: fn(&Signal, Timestamp, &[IoReply]) -> Reading,
}

/// Something a token must be allowed to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The provider's own word for it.
    pub name: &'static str,
    /// What it is needed for; what only operations need says so.
    pub why: &'static str,
}

impl Scope {
    /// Whether watching does without it: only operations need it.
    pub fn is_for_operations(&self) -> bool {
        self.why.starts_with("only for ")
    }

    /// Whether `text`, what a provider said, names it. Providers say their word for it; a scope's name may hold
    /// other words beside it.
    pub fn is_named_in(&self, text: &str) -> bool {
        let inner = |c: char| c.is_alphanumeric() || "_:.-".contains(c);
        let words = |text: &str| -> Vec<String> {
            text.split(|c| !inner(c))
                .map(|word| word.trim_matches([':', '.', '-']).to_ascii_lowercase())
                .filter(|word| word.contains([':', '.', '_']))
                .collect()
        };
        let said = words(text);
        let (name, whole) = (self.name.to_ascii_lowercase(), text.to_ascii_lowercase().replace('=', ": "));
        words(self.name).iter().any(|word| said.contains(word))
            || (name.contains(": ") && whole.contains(&name))
    }
}

/// Every provider.
pub const PROVIDERS: &[Provider] = &[
    health::PROVIDER,
    alerts::PROVIDER,
    sentry::PROVIDER,
    stripe::PROVIDER,
    posthog::PROVIDER,
    vercel::PROVIDER,
    fly::PROVIDER,
    github::PROVIDER,
    releases::PROVIDER,
    supabase::PROVIDER,
    prometheus::PROVIDER,
    pagerduty::PROVIDER,
    statuspage::PROVIDER,
    redis::PROVIDER,
    postgres::PROVIDER,
    s3::PROVIDER,
    listen::PROVIDER,
    #[cfg(test)]
    netlify::PROVIDER,
];

/// What the poll of `signal` that began with `answered` asks next; `None` once there is nothing more to ask.
pub fn next<'a>(signal: &'a Signal, now: Timestamp, answered: &[IoReply]) -> Option<Cow<'a, IoRequest>> {
    if answered.len() >= ASKS {
        return None;
    }
    let provider = of(signal)?;
    match (provider.next)(signal, now, answered) {
        Some(request) => Some(Cow::Owned(request)),
        None if answered.is_empty() => signal.request().map(Cow::Borrowed),
        None => None,
    }
}

/// What `replies`, the last of which came at `at`, say about `signal`. All text in it is harmless.
pub fn read(signal: &Signal, at: Timestamp, replies: &[IoReply]) -> Reading {
    let Some(provider) = of(signal).filter(|_| !replies.is_empty()) else {
        let detail = format!("no source is called {}", signal.source);
        return Reading::bare(at, Health::Blind, Some(Reason::Parse), detail);
    };
    let mut reading = (provider.read)(signal, at, replies);
    if !reading.entries.is_empty() {
        let mut entries: Vec<_> = reading.entries.iter().take(entry::MOST).cloned().collect();
        let mut known = HarmlessCalls::default();
        entries.iter_mut().for_each(|entry| entry.make_clean_among(&mut known));
        reading.entries = entries.into();
    }
    if clean(&reading.detail) != reading.detail || reading.detail.len() > 200 {
        reading.detail = clip(&clean(&reading.detail), 120).into_owned();
    }
    reading
}

/// The provider of `signal`.
pub fn of(signal: &Signal) -> Option<&'static Provider> {
    PROVIDERS.iter().find(|provider| provider.name == signal.source)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_scope_is_found_in_what_a_provider_said() {
        let stripe = Scope { name: "Events: read (rak_event_read)", why: "undelivered events" };
        assert!(stripe.is_named_in("Having the 'rak_event_read' permission would allow this."));
        assert!(!stripe.is_named_in("Events: read, or so"), "no word of it is the provider's own");
        assert!(!stripe.is_named_in("rak_event_read_all"));
        let github = Scope { name: "Actions: read", why: "to list runs" };
        assert!(github.is_named_in("403: not accessible; needs actions=read"));
        let sentry = Scope { name: "event:write", why: "only for resolving" };
        assert!(sentry.is_named_in("{\"detail\":\"Requires Event:Write.\"}") && sentry.is_for_operations());
        assert!(!sentry.is_named_in("event:read") && !stripe.is_for_operations());
    }

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
