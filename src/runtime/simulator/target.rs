//! The parts of the company and its vendors: what faults are told about and requests are counted for.

use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::domain::diagnostic::did_you_mean;

/// A part of the company, or one of the vendors it depends on: whatever answers requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// The shop's pages.
    Web,
    /// The API behind them.
    Api,
    /// Baskets and payment.
    Checkout,
    /// The edge worker, which holds the maintenance flag.
    Edge,
    /// Full-text search.
    Search,
    /// Order confirmations and newsletters.
    Mail,
    /// Covers and sample pages.
    Images,
    /// Sign-in.
    Auth,
    /// The operators' interface: restart, purge.
    Admin,
    /// The first check of the observer.
    ObserverA,
    /// The second check of the observer.
    ObserverB,
    /// The shop's receiver of what Stripe has to say.
    Billing,
    /// The database, and its own door.
    Database,
    /// Sentry's API.
    Sentry,
    /// Stripe's API.
    Stripe,
    /// Vercel's API.
    Vercel,
    /// Fly.io's Machines API.
    Fly,
    /// Supabase's management API.
    Supabase,
    /// GitHub's API.
    GitHub,
    /// PagerDuty's API.
    PagerDuty,
    /// The status page of the company that hosts the shop.
    Hosting,
    /// Prometheus.
    Prometheus,
    /// `PostHog`'s API.
    PostHog,
    /// The store of backups, which speaks S3.
    Backups,
    /// Redis, and its own door.
    Redis,
    /// Slack's API and its webhooks.
    Slack,
    /// The company's own page at Statuspage.
    Statuspage,
    /// Resend's API.
    Resend,
}

impl Target {
    /// Every part.
    pub const ALL: [Target; 28] = [
        Target::Web,
        Target::Api,
        Target::Checkout,
        Target::Edge,
        Target::Search,
        Target::Mail,
        Target::Images,
        Target::Auth,
        Target::Admin,
        Target::ObserverA,
        Target::ObserverB,
        Target::Billing,
        Target::Database,
        Target::Sentry,
        Target::Stripe,
        Target::Vercel,
        Target::Fly,
        Target::Supabase,
        Target::GitHub,
        Target::PagerDuty,
        Target::Hosting,
        Target::Prometheus,
        Target::PostHog,
        Target::Backups,
        Target::Redis,
        Target::Slack,
        Target::Statuspage,
        Target::Resend,
    ];

    /// What other companies run, and what listens on a door of its own: all that `vendors` stands for.
    pub const VENDORS: [Target; 16] = [
        Target::Database,
        Target::Sentry,
        Target::Stripe,
        Target::Vercel,
        Target::Fly,
        Target::Supabase,
        Target::GitHub,
        Target::PagerDuty,
        Target::Hosting,
        Target::Prometheus,
        Target::PostHog,
        Target::Backups,
        Target::Redis,
        Target::Slack,
        Target::Statuspage,
        Target::Resend,
    ];

    /// The word in scenario files.
    pub const fn word(self) -> &'static str {
        match self {
            Target::Web => "web",
            Target::Api => "api",
            Target::Checkout => "checkout",
            Target::Edge => "edge",
            Target::Search => "search",
            Target::Mail => "mail",
            Target::Images => "images",
            Target::Auth => "auth",
            Target::Admin => "admin",
            Target::ObserverA => "observer-a",
            Target::ObserverB => "observer-b",
            Target::Billing => "billing",
            Target::Database => "database",
            Target::Sentry => "sentry",
            Target::Stripe => "stripe",
            Target::Vercel => "vercel",
            Target::Fly => "fly",
            Target::Supabase => "supabase",
            Target::GitHub => "github",
            Target::PagerDuty => "pagerduty",
            Target::Hosting => "hosting",
            Target::Prometheus => "prometheus",
            Target::PostHog => "posthog",
            Target::Backups => "backups",
            Target::Redis => "redis",
            Target::Slack => "slack",
            Target::Statuspage => "statuspage",
            Target::Resend => "resend",
        }
    }

    /// How long it takes to answer on a good day.
    pub const fn pace(self) -> Duration {
        Duration::from_millis(match self {
            Target::Web => 34,
            Target::Api => 41,
            Target::Checkout => 80,
            Target::Edge | Target::Admin => 6,
            Target::Search => 27,
            Target::Mail => 18,
            Target::Images => 15,
            Target::Auth => 30,
            Target::ObserverA | Target::ObserverB => 11,
            Target::Database | Target::Redis => 2,
            Target::Billing => 45,
            Target::Sentry => 130,
            Target::Stripe | Target::GitHub => 110,
            Target::Vercel | Target::PagerDuty | Target::Slack => 90,
            Target::Fly | Target::Hosting => 70,
            Target::Supabase | Target::PostHog | Target::Statuspage | Target::Resend => 160,
            Target::Prometheus => 12,
            Target::Backups => 60,
        })
    }

    /// The part called `word`, or in words what is known.
    pub fn named(word: &str) -> Result<Self, String> {
        Target::ALL
            .into_iter()
            .find(|target| target.word() == word)
            .ok_or_else(|| unknown("part of the company", word, Target::ALL.map(Target::word)))
    }
}

/// One part of the company, or all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Targets(pub Vec<Target>);

impl<'de> Deserialize<'de> for Targets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        match word.as_str() {
            "everything" => Ok(Self(Target::ALL.to_vec())),
            // The data stores are the company's own: a provider's trouble is not theirs.
            "vendors" => {
                let of_others = |target: &Target| !matches!(target, Target::Redis | Target::Database);
                Ok(Self(Target::VENDORS.into_iter().filter(of_others).collect()))
            }
            "observers" => Ok(Self(vec![Target::ObserverA, Target::ObserverB])),
            word => Target::named(word).map(|target| Self(vec![target])).map_err(D::Error::custom),
        }
    }
}

/// `unknown part "apo"; did you mean "api"?`, or the list of what is known.
pub fn unknown<const N: usize>(what: &str, word: &str, known: [&str; N]) -> String {
    match did_you_mean(word, known) {
        Some(near) => format!("unknown {what} {word:?}; did you mean {near:?}?"),
        None => format!("unknown {what} {word:?}; known are {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_known_by_its_word_and_a_slip_is_met_with_the_nearest() {
        for target in Target::ALL {
            assert_eq!(Target::named(target.word()), Ok(target));
        }
        assert_eq!(
            Target::named("chekout").unwrap_err(),
            "unknown part of the company \"chekout\"; did you mean \"checkout\"?"
        );
    }
}
