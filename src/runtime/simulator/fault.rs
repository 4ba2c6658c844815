//! What can be wrong with a part of the company, as scenarios and tests tell it.
//!
//! A fault says how a part answers; it does not know when, nor who heals it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

pub use super::target::{Target, Targets, unknown};

/// Somebody else's service that the API needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// Takes the money.
    Payments,
    /// Finds the books.
    Search,
    /// Sends the letters.
    Mail,
}

impl Provider {
    /// Every provider, in the order the API lists them.
    pub const ALL: [Provider; 3] = [Provider::Payments, Provider::Search, Provider::Mail];

    /// The word in the API's health.
    pub const fn word(self) -> &'static str {
        match self {
            Provider::Payments => "payments",
            Provider::Search => "search",
            Provider::Mail => "mail",
        }
    }
}

/// How a provider is, in the API's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// As it should be.
    Healthy,
    /// Works, but not well.
    Degraded,
    /// Does not work.
    Unavailable,
}

impl Standing {
    /// The word in the API's health.
    pub const fn word(self) -> &'static str {
        match self {
            Standing::Healthy => "healthy",
            Standing::Degraded => "degraded",
            Standing::Unavailable => "unavailable",
        }
    }
}

/// What the edge does with a maintenance flag it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Toggle {
    /// Keeps it and obeys it.
    Honest,
    /// Says `ok` and forgets it: it reads `off`.
    Forgets,
    /// Says `ok`, reads `on`, and does nothing: only the shop's pages tell.
    Pretends,
}

/// How a part answers with 200 and not with what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lie {
    /// With a page for people.
    Html,
    /// With the first half of the answer.
    Truncated,
    /// With nothing at all.
    Empty,
    /// With JSON of another shape.
    Shape,
}

impl Lie {
    /// The word in scenario files.
    pub const fn word(self) -> &'static str {
        match self {
            Lie::Html => "html",
            Lie::Truncated => "truncated",
            Lie::Empty => "empty",
            Lie::Shape => "shape",
        }
    }
}

/// How a vendor's own status page says that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Indicator {
    /// All is well.
    None,
    /// Something works badly.
    Minor,
    /// Something does not work.
    Major,
    /// Nothing works.
    Critical,
}

/// A span of time written as in `1200ms` or `1m 30s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub Duration);

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        humantime::parse_duration(&text).map(Self).map_err(|error| {
            D::Error::custom(format!("{text:?} is not a span of time such as \"1200ms\" or \"20s\": {error}"))
        })
    }
}

/// How a part answers. What is absent is as on a good day.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fault {
    /// The status it answers with.
    pub status: Option<u16>,
    /// How long it takes, instead of [`Target::pace`].
    pub latency: Option<Span>,
    /// How much longer it may take, by chance; a third of the latency if absent.
    pub jitter: Option<Span>,
    /// How providers are, in the API's health.
    pub provider: BTreeMap<Provider, Standing>,
    /// The body, exactly, instead of its own.
    pub body: Option<String>,
    /// Takes the request and never answers; what was asked is not done.
    pub hang: Option<bool>,
    /// Does what was asked and breaks the connection in the middle of the answer.
    pub reset: Option<bool>,
    /// Only this share of requests gets `status` (503 if absent); the others are answered well.
    pub fail_rate: Option<f64>,
    /// The `status` word of its health, instead of the one that follows from the rest.
    pub says: Option<String>,
    /// How many orders wait, in checkout's health.
    pub queue: Option<u32>,
    /// Which version runs, in the API's health.
    pub version: Option<String>,
    /// What the edge does with the maintenance flag.
    pub toggle: Option<Toggle>,
    /// How long a client is told to wait, in seconds, with whatever status it gets.
    pub retry_after: Option<u32>,
    /// Answers with 200 and not with what was asked for.
    pub lies: Option<Lie>,
    /// Errors that Sentry is sent while this lasts, by the key of the issue, each minute.
    pub errors: BTreeMap<String, f64>,
    /// The commit of a release that goes live when this begins, at Vercel or Fly.io.
    pub release: Option<String>,
    /// Vercel takes a change of domains, and it stays under way for good.
    pub stuck: Option<bool>,
    /// Commits of before whose images the registry of Fly.io has lost.
    pub pruned: Option<Vec<String>>,
    /// How many of the machines at Fly.io have a check that is critical.
    pub critical: Option<u32>,
    /// How many connections the database has.
    pub connections: Option<u32>,
    /// How many clients Redis has.
    pub clients: Option<u32>,
    /// Stripe keeps an event from before the receiver subscribed.
    pub stranded: Option<bool>,
    /// How the hosting company's status page says that it is.
    pub indicator: Option<Indicator>,
    /// PagerDuty opens an incident with this title when this begins.
    pub incident: Option<String>,
    /// How the nightly audit at GitHub ends, instead of with success.
    pub conclusion: Option<String>,
}

impl Fault {
    /// Takes over from `later` what it says.
    pub fn overlay(&mut self, later: &Fault) {
        fn take<T: Clone>(mine: &mut Option<T>, theirs: Option<&T>) {
            if let Some(value) = theirs {
                *mine = Some(value.clone());
            }
        }
        take(&mut self.status, later.status.as_ref());
        take(&mut self.latency, later.latency.as_ref());
        take(&mut self.jitter, later.jitter.as_ref());
        self.provider.extend(&later.provider);
        take(&mut self.body, later.body.as_ref());
        take(&mut self.hang, later.hang.as_ref());
        take(&mut self.reset, later.reset.as_ref());
        take(&mut self.fail_rate, later.fail_rate.as_ref());
        take(&mut self.says, later.says.as_ref());
        take(&mut self.queue, later.queue.as_ref());
        take(&mut self.version, later.version.as_ref());
        take(&mut self.toggle, later.toggle.as_ref());
        take(&mut self.retry_after, later.retry_after.as_ref());
        take(&mut self.lies, later.lies.as_ref());
        self.errors.extend(later.errors.iter().map(|(key, rate)| (key.clone(), *rate)));
        take(&mut self.release, later.release.as_ref());
        take(&mut self.stuck, later.stuck.as_ref());
        take(&mut self.pruned, later.pruned.as_ref());
        take(&mut self.critical, later.critical.as_ref());
        take(&mut self.connections, later.connections.as_ref());
        take(&mut self.clients, later.clients.as_ref());
        take(&mut self.stranded, later.stranded.as_ref());
        take(&mut self.indicator, later.indicator.as_ref());
        take(&mut self.incident, later.incident.as_ref());
        take(&mut self.conclusion, later.conclusion.as_ref());
    }

    /// What no server could do, in words.
    pub fn check(&self) -> Result<(), String> {
        if let Some(status) = self.status.filter(|status| !(200..=599).contains(status)) {
            return Err(format!("status {status} is not one from 200 to 599"));
        }
        if let Some(rate) = self.fail_rate.filter(|rate| !(0.0..=1.0).contains(rate)) {
            return Err(format!("fail_rate {rate} is not a share from 0.0 to 1.0"));
        }
        Ok(())
    }

    /// What makes no sense for one of `targets`, in words.
    pub fn check_for(&self, targets: &[Target]) -> Result<(), String> {
        self.check()?;
        let belongs: [(&str, bool, &[Target]); 11] = [
            ("stuck", self.stuck.is_some(), &[Target::Vercel]),
            ("pruned", self.pruned.is_some(), &[Target::Fly]),
            ("errors", !self.errors.is_empty(), &[Target::Sentry]),
            ("release", self.release.is_some(), &[Target::Vercel, Target::Fly]),
            ("critical", self.critical.is_some(), &[Target::Fly]),
            ("connections", self.connections.is_some(), &[Target::Database]),
            ("clients", self.clients.is_some(), &[Target::Redis]),
            ("stranded", self.stranded.is_some(), &[Target::Stripe]),
            ("indicator", self.indicator.is_some(), &[Target::Hosting]),
            ("incident", self.incident.is_some(), &[Target::PagerDuty]),
            ("conclusion", self.conclusion.is_some(), &[Target::GitHub]),
        ];
        for (key, said, owners) in belongs {
            if said && !targets.iter().all(|target| owners.contains(target)) {
                let owners: Vec<&str> = owners.iter().map(|target| target.word()).collect();
                return Err(format!("only {} has `{key}`", owners.join(" or ")));
            }
        }
        for (key, rate) in &self.errors {
            super::vendors::sentry::issue_named(key)?;
            if !(*rate > 0.0 && *rate <= 600.0) {
                return Err(format!("{rate} errors a minute is not a number above 0 and up to 600"));
            }
        }
        if let Some(release) = self.release.as_deref().filter(|release| !is_commit(release)) {
            return Err(format!("release {release:?} is not a short commit such as \"d4e5f6\""));
        }
        Ok(())
    }
}

fn is_commit(text: &str) -> bool {
    (4..=40).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_fault_changes_only_what_it_says() {
        let mut fault: Fault = toml::from_str("status = 503\nlatency = \"2s\"").unwrap();
        let later: Fault = toml::from_str("latency = \"1s\"\nprovider.mail = \"degraded\"").unwrap();
        fault.overlay(&later);
        assert_eq!(fault.status, Some(503));
        assert_eq!(fault.latency, Some(Span(Duration::from_secs(1))));
        assert_eq!(fault.provider[&Provider::Mail], Standing::Degraded);
    }

    #[test]
    fn what_no_server_could_do_is_refused_in_words() {
        let fault: Fault = toml::from_str("status = 99").unwrap();
        assert_eq!(fault.check().unwrap_err(), "status 99 is not one from 200 to 599");
        let fault: Fault = toml::from_str("fail_rate = 1.5").unwrap();
        assert!(fault.check().unwrap_err().contains("share from 0.0 to 1.0"));
    }
}
