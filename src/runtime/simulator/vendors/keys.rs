//! What opens the vendors' doors. Each key opens one door of one process on loopback, and nothing else.

/// Sentry's.
pub const SENTRY: &str = "lanternfish-sentry-4f0e1d";
/// Stripe's: its beginning says that it is for real money, as the events do.
pub const STRIPE: &str = "rk_live_lanternfish";
/// Vercel's.
pub const VERCEL: &str = "lanternfish-vercel-91c2aa";
/// Fly.io's.
pub const FLY: &str = "lanternfish-fly-07d3be";
/// Supabase's.
pub const SUPABASE: &str = "lanternfish-supabase-5b6c10";
/// GitHub's.
pub const GITHUB: &str = "lanternfish-github-e80f42";
/// PagerDuty's, for reading and for acknowledging.
pub const PAGERDUTY: &str = "lanternfish-pagerduty-2a";
/// PagerDuty's, for events: 32 characters.
pub const PAGERDUTY_ROUTING: &str = "1a2b3c4d5e6f70819a2b3c4d5e6f7081";
/// `PostHog`'s.
pub const POSTHOG: &str = "lanternfish-posthog-c3d9";
/// The name that requests for backups are signed with.
pub const BACKUPS_NAME: &str = "LANTERNFISHBACKUPS";
/// What they are signed with; no signature is verified.
pub const BACKUPS: &str = "lanternfish-backups-70aa41";
/// Redis's.
pub const REDIS: &str = "lanternfish-redis-18b7";

/// Slack's bot.
pub const SLACK: &str = "xoxb-lanternfish-7741";
/// The end of the address of Slack's webhook.
pub const SLACK_HOOK: &str = "lanternfishhook42";
/// Statuspage's.
pub const STATUSPAGE: &str = "lanternfish-statuspage-6e";
/// Resend's.
pub const RESEND: &str = "re_lanternfish_20f1";

/// The file of each key, in the company's directory.
pub const FILES: [(&str, &str); 14] = [
    ("sentry-token", SENTRY),
    ("stripe-key", STRIPE),
    ("vercel-token", VERCEL),
    ("fly-token", FLY),
    ("supabase-token", SUPABASE),
    ("github-token", GITHUB),
    ("pagerduty-token", PAGERDUTY),
    ("pagerduty-routing-key", PAGERDUTY_ROUTING),
    ("posthog-key", POSTHOG),
    ("backups-secret", BACKUPS),
    ("redis-password", REDIS),
    ("slack-token", SLACK),
    ("statuspage-key", STATUSPAGE),
    ("resend-key", RESEND),
];
