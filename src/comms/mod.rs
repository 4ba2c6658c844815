//! CHANNEL KINDS: how a text becomes an exact request to a channel, and what its reply means. And templates: what a text
//! begins with. Pure; sends nothing.
//!
//! A kind is a row: its own keys of `[[channel]]`, and a function from the checked table to how the channel is
//! reached. The keys every channel has are [`COMMON`].

mod clipboard;
mod pagerduty;
mod reply;
mod resend;
mod slack;
mod statuspage;
mod template;
mod wire;

use crate::domain::channel::{Audience, Channel, Way};
use crate::domain::diagnostic::Diagnostic;
use crate::domain::incident::Severity;
use crate::domain::io::{IoReply, IoRequest};
use crate::domain::setting::{Field, Kind as SettingKind, Table};

pub use reply::Answer;
pub use slack::{located, permalink};
pub use statuspage::components_of;
pub use template::{BUILT_IN, Filled, TEMPLATE, fill, plan as plan_template, sample, template_of};

/// A kind of channel.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// The value of `kind`.
    pub name: &'static str,
    /// What it does, in Markdown.
    pub about: &'static str,
    /// Its own keys, besides [`COMMON`].
    pub fields: &'static [Field],
    /// How the channel of one checked table is reached; what is wrong with it is added to the diagnostics.
    pub plan: fn(&Table, &mut Vec<Diagnostic>) -> Option<Way>,
}

/// Every kind.
pub const KINDS: &[Kind] =
    &[slack::WEBHOOK, slack::KIND, statuspage::KIND, pagerduty::KIND, resend::KIND, clipboard::KIND];

/// The keys that every channel has.
pub const COMMON: &[Field] = &[
    Field::required(
        "name",
        SettingKind::Text,
        "What the channel is called: lower-case letters, digits, `.`, `_`, `-`. A step that says `#name` offers it.",
    ),
    Field::required(
        "kind",
        SettingKind::Choice(&["slack-webhook", "slack", "statuspage", "pagerduty", "resend", "clipboard"]),
        "What kind of channel it is.",
    ),
    Field::required(
        "audience",
        SettingKind::Choice(&["team", "company", "customers", "public"]),
        "Who reads it. What leaves the house, `customers` and `public`, is written in capitals on screen, and a \
         security incident goes there only after the channel's name was typed.",
    ),
    Field::optional(
        "template",
        SettingKind::Text,
        "`team` for team and company, else `public`",
        "The `[[template]]` that a text begins with.",
    ),
];

/// What is to be posted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    /// What it is called, where the channel has titles.
    pub title: String,
    /// The text.
    pub text: String,
    /// What it sets, where the channel has something to set.
    pub status: Option<String>,
    /// States of components, by their ids.
    pub components: Vec<(String, String)>,
    /// What it belongs to: what the channel calls an earlier post.
    pub thread: Option<String>,
    /// The incident at the channel that it is about, where the channel has several.
    pub target: Option<String>,
    /// How bad it is.
    pub severity: Option<Severity>,
    /// What joins events that belong together.
    pub dedup: String,
    /// Under which key the far side does it once.
    pub once: String,
}

/// The channel of one checked table; `None` where nothing could be posted to it.
pub fn plan(table: &Table, found: &mut Vec<Diagnostic>) -> Option<Channel> {
    let name = table.given_name(found).map(str::to_owned);
    let kind = KINDS.iter().find(|kind| Some(kind.name) == table.text("kind"))?;
    let way = (kind.plan)(table, found);
    let audience = Audience::named(table.text("audience")?)?;
    if let Some(Way::Resend { to, .. }) = &way
        && audience.is_outside()
        && to.len() > 1
    {
        let file = &table.file;
        let message = "everybody who gets this sees the address of everybody else";
        let warning = Diagnostic::warning(file, table.place_of("to"), "open-addresses", message);
        found.push(warning.hint("put one address of your own in to, and the others in bcc"));
    }
    Some(Channel {
        id: name?.into(),
        audience,
        template: table.text("template").map(str::to_owned),
        way: way?,
    })
}

/// The exact request that posts `draft` to `channel`, or why there is none. `None` for the clipboard, which needs none.
pub fn request(channel: &Channel, draft: &Draft) -> Result<Option<IoRequest>, String> {
    if draft.text.trim().is_empty() && channel.way.carries_text(draft.status.as_deref()) {
        return Err("there is nothing to post: the text is empty".into());
    }
    if channel.way.has_title() && draft.title.trim().is_empty() {
        return Err("it has no title".into());
    }
    let request = match &channel.way {
        Way::SlackWebhook { url } => slack::webhook(url, draft),
        Way::Slack { base, token, channel } => slack::message(base, token, channel, draft),
        Way::Statuspage { base, key, page, deliver, .. } => {
            statuspage::incident(base, key, page, *deliver, draft)
        }
        Way::PagerDuty { base, token, from, .. } => pagerduty::incident(base, token, from, draft)?,
        Way::PagerDutyEvents { base, routing_key } => pagerduty::event(base, routing_key, draft)?,
        Way::Resend { base, key, from, to, bcc } => resend::email(base, key, from, (to, bcc), draft),
        Way::Clipboard => return Ok(None),
    };
    Ok(Some(IoRequest::Http(request)))
}

/// What `reply` says of the post that `request` asked `channel` for.
pub fn read(channel: &Channel, request: &IoRequest, reply: &IoReply) -> Answer {
    let http = match reply::http(reply) {
        Ok(http) => http,
        Err(answer) => return answer,
    };
    match &channel.way {
        Way::SlackWebhook { .. } => slack::webhook_answer(http),
        Way::Slack { .. } => slack::answer(http),
        Way::Statuspage { .. } => statuspage::answer(http),
        Way::PagerDuty { .. } => pagerduty::answer(request, http),
        Way::PagerDutyEvents { .. } => pagerduty::event_answer(http),
        Way::Resend { .. } => resend::answer(http),
        Way::Clipboard => Answer::Failed("the clipboard answers nothing".into()),
    }
}

#[cfg(test)]
mod tests;
