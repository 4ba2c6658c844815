//! Channels: where an update is posted, who reads it there, and what a post can set beside its text.

use serde::{Deserialize, Serialize};

use super::ids::ChannelId;
use super::io::Value;
use super::role::Role;

/// Who reads what is posted, the nearest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Audience {
    /// Those who work on it.
    Team,
    /// Everybody in the house.
    Company,
    /// Those who pay.
    Customers,
    /// Everybody.
    Public,
}

impl Audience {
    /// Every audience, the nearest first.
    pub const ALL: [Audience; 4] = [Audience::Team, Audience::Company, Audience::Customers, Audience::Public];

    /// `team`, `company`, `customers`, `public`.
    pub const fn word(self) -> &'static str {
        match self {
            Audience::Team => "team",
            Audience::Company => "company",
            Audience::Customers => "customers",
            Audience::Public => "public",
        }
    }

    /// The audience called `word`.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|audience| audience.word() == word)
    }

    /// What stands for it beside the word.
    pub const fn glyph(self) -> &'static str {
        match self {
            Audience::Team => "●",
            Audience::Company => "◐",
            Audience::Customers | Audience::Public => "◉",
        }
    }

    /// `● team`, `◉ PUBLIC`: whoever is outside the house is written in capitals.
    pub fn badge(self) -> String {
        match self {
            Audience::Team | Audience::Company => format!("{} {}", self.glyph(), self.word()),
            Audience::Customers | Audience::Public => {
                format!("{} {}", self.glyph(), self.word().to_uppercase())
            }
        }
    }

    /// Who reads it, in a sentence.
    pub const fn sentence(self) -> &'static str {
        match self {
            Audience::Team => "The team reads it.",
            Audience::Company => "Everybody in the house reads it.",
            Audience::Customers => "CUSTOMERS read it: it cannot be taken back.",
            Audience::Public => "THE PUBLIC reads it: it cannot be taken back.",
        }
    }

    /// Whether it leaves the house.
    pub const fn is_outside(self) -> bool {
        matches!(self, Audience::Customers | Audience::Public)
    }

    /// What it means.
    pub const fn role(self) -> Role {
        match self {
            Audience::Team => Role::Ok,
            Audience::Company => Role::Accent,
            Audience::Customers => Role::Warning,
            Audience::Public => Role::Danger,
        }
    }
}

/// Where updates are posted.
#[derive(Clone, Debug, PartialEq)]
pub struct Channel {
    /// Its name.
    pub id: ChannelId,
    /// Who reads it.
    pub audience: Audience,
    /// The name of the template that a text begins with; that of its audience where there is none.
    pub template: Option<String>,
    /// How it is reached.
    pub way: Way,
}

impl Channel {
    /// What a runbook may call it after a `#`.
    pub fn names(&self) -> Vec<&str> {
        let mut names = vec![self.id.as_str()];
        if let Way::Slack { channel, .. } = &self.way {
            names.push(channel.trim_start_matches('#'));
        }
        names
    }
}

/// How a channel is reached.
#[derive(Clone, Debug, PartialEq)]
pub enum Way {
    /// A Slack incoming webhook. Its address is a secret, and is this value whole.
    SlackWebhook {
        /// The address.
        url: Value,
    },
    /// Slack's `chat.postMessage`.
    Slack {
        /// Where the API is.
        base: String,
        /// A bot's token.
        token: Value,
        /// The channel's id, such as `C0OPS`, or its name.
        channel: String,
    },
    /// A page at Statuspage.
    Statuspage {
        /// Where the API is.
        base: String,
        /// An API key.
        key: Value,
        /// The page's id.
        page: String,
        /// Its components: what they are called here, and their ids.
        components: Vec<(String, String)>,
        /// Whether subscribers are told.
        deliver: bool,
    },
    /// Incidents at PagerDuty, by its REST API.
    PagerDuty {
        /// Where the API is.
        base: String,
        /// An API key.
        token: Value,
        /// The address of the user in whose name it is done.
        from: String,
        /// The incident, where it is always the same.
        incident: Option<String>,
    },
    /// An alert at PagerDuty, by its Events API.
    PagerDutyEvents {
        /// Where events are sent.
        base: String,
        /// The integration's key.
        routing_key: Value,
    },
    /// E-mail through Resend.
    Resend {
        /// Where the API is.
        base: String,
        /// An API key.
        key: Value,
        /// The sender.
        from: String,
        /// Who gets it, each seen by all.
        to: Vec<String>,
        /// Who gets it, seen by nobody.
        bcc: Vec<String>,
    },
    /// The clipboard of whoever is at the terminal.
    Clipboard,
}

/// What can be set at PagerDuty by its REST API.
const PAGER: &[&str] = &["note", "acknowledge", "resolve"];
/// What can be done with an event.
const EVENTS: &[&str] = &["trigger", "acknowledge", "resolve"];
/// How an incident on a status page stands.
const STATUSES: &[&str] = &["investigating", "identified", "monitoring", "resolved"];

/// How a component of a status page stands.
pub const COMPONENT_STATES: &[&str] =
    &["operational", "degraded_performance", "partial_outage", "major_outage", "under_maintenance"];

impl Way {
    /// The word that a configuration has for it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Way::SlackWebhook { .. } => "slack-webhook",
            Way::Slack { .. } => "slack",
            Way::Statuspage { .. } => "statuspage",
            Way::PagerDuty { .. } | Way::PagerDutyEvents { .. } => "pagerduty",
            Way::Resend { .. } => "resend",
            Way::Clipboard => "clipboard",
        }
    }

    /// Where it goes, as it can be shown.
    pub fn place(&self) -> String {
        match self {
            Way::SlackWebhook { url } => format!("Slack, {url}"),
            Way::Slack { channel, .. } => format!("Slack {channel}"),
            Way::Statuspage { page, .. } => format!("Statuspage {page}"),
            Way::PagerDuty { incident: Some(incident), .. } => format!("PagerDuty {incident}"),
            Way::PagerDuty { incident: None, .. } => "PagerDuty".into(),
            Way::PagerDutyEvents { .. } => "PagerDuty events".into(),
            Way::Resend { to, bcc, .. } => format!("mail to {}", crowd(to, bcc)),
            Way::Clipboard => "this terminal's clipboard".into(),
        }
    }

    /// The secrets that go along, by name.
    pub fn secrets(&self) -> Vec<&Value> {
        match self {
            Way::SlackWebhook { url } => vec![url],
            Way::Slack { token, .. } | Way::PagerDuty { token, .. } => vec![token],
            Way::Statuspage { key, .. } | Way::Resend { key, .. } => vec![key],
            Way::PagerDutyEvents { routing_key, .. } => vec![routing_key],
            Way::Clipboard => Vec::new(),
        }
    }

    /// What a post sets beside its text, one of these; nothing where it sets nothing.
    pub const fn statuses(&self) -> &'static [&'static str] {
        match self {
            Way::Statuspage { .. } => STATUSES,
            Way::PagerDuty { .. } => PAGER,
            Way::PagerDutyEvents { .. } => EVENTS,
            Way::SlackWebhook { .. } | Way::Slack { .. } | Way::Resend { .. } | Way::Clipboard => &[],
        }
    }

    /// Whether a post has a title of its own.
    pub const fn has_title(&self) -> bool {
        matches!(self, Way::Statuspage { .. } | Way::Resend { .. } | Way::PagerDutyEvents { .. })
    }

    /// Whether a later post can belong to an earlier one.
    pub const fn has_threads(&self) -> bool {
        match self {
            Way::Slack { .. } | Way::Statuspage { .. } | Way::PagerDutyEvents { .. } => true,
            Way::SlackWebhook { .. } | Way::PagerDuty { .. } | Way::Resend { .. } | Way::Clipboard => false,
        }
    }

    /// Whether a post that sets `status` carries its text along.
    pub fn carries_text(&self, status: Option<&str>) -> bool {
        match self {
            Way::PagerDuty { .. } => status != Some("acknowledge"),
            Way::PagerDutyEvents { .. } => status == Some("trigger"),
            Way::SlackWebhook { .. }
            | Way::Slack { .. }
            | Way::Statuspage { .. }
            | Way::Resend { .. }
            | Way::Clipboard => true,
        }
    }
}

/// `ann@example.com`, or how many there are.
fn crowd(to: &[String], bcc: &[String]) -> String {
    match (to, bcc) {
        ([one], []) => one.clone(),
        _ => format!("{} addresses", to.len() + bcc.len()),
    }
}

/// What a text begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Its name.
    pub name: String,
    /// The text, with places that are filled in.
    pub text: String,
    /// The title, likewise.
    pub title: Option<String>,
}
