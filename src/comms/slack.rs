//! Slack: an incoming webhook, and `chat.postMessage` with threads and permalinks.
//!
//! Source: Slack's Web API and its page on incoming webhooks. The Web API answers 200 whatever happened: `ok` tells.

use serde_json::json;

use super::reply::{self, Answer};
use super::{Draft, Kind, wire};
use crate::domain::channel::{Channel, Way};
use crate::domain::io::{HttpReply, HttpRequest, IoReply, IoRequest, Value};
use crate::domain::setting::{Field, Kind as SettingKind};

/// Where the Web API is.
const BASE: &str = "https://slack.com/api";

/// The row of webhooks.
pub const WEBHOOK: Kind = Kind {
    name: "slack-webhook",
    about: "A Slack incoming webhook. Its address alone lets anybody post, so it is a secret as a whole: `url` names where \
            it is kept, and it is never shown nor recorded. Slack tells no message's id to a webhook, so there are no \
            threads and no links.",
    fields: &[Field::required(
        "url",
        SettingKind::Value,
        "The webhook's whole address, as a secret by name: `{ env = \"SLACK_WEBHOOK_URL\" }`. Never in plain text.",
    )],
    plan: |table, found| {
        let url = table.value("url")?;
        if !matches!(url, Value::Secret { prefix, .. } if prefix.is_empty()) {
            found.push(
                table
                    .error(
                        "url",
                        "plain-secret",
                        "the address of a webhook is a secret, and is named here alone",
                    )
                    .hint("url = { env = \"SLACK_WEBHOOK_URL\" }, without a prefix"),
            );
            return None;
        }
        Some(Way::SlackWebhook { url: url.clone() })
    },
};

/// The row of the Web API.
pub const KIND: Kind = Kind {
    name: "slack",
    about: "A Slack channel by `chat.postMessage`. The first post of an incident begins a thread, and later ones go into \
            it. The app needs the scope `chat:write` and has to be a member of the channel.",
    fields: &[
        Field::required("token", SettingKind::Value, "The bot's token (`xoxb-…`), as a secret by name."),
        Field::required(
            "channel",
            SettingKind::Text,
            "The channel's id, such as `C0123456789`, or its name.",
        ),
        wire::base_url("`https://slack.com/api`"),
    ],
    plan: |table, _| {
        Some(Way::Slack {
            base: table.text("base_url").unwrap_or(BASE).to_owned(),
            token: table.value("token")?.clone(),
            channel: table.text("channel")?.trim().to_owned(),
        })
    },
};

/// What Slack reads as text and not as a mention, a link or a channel: `<!channel>` in an alert's text wakes nobody.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

pub(super) fn webhook(url: &Value, draft: &Draft) -> HttpRequest {
    let headers = vec![(HttpRequest::ADDRESS.into(), url.clone())];
    wire::json("POST", "", "", headers, &json!({ "text": escaped(&draft.text) }))
}

fn bearer(token: &Value) -> Vec<(String, Value)> {
    vec![("authorization".into(), token.behind("Bearer "))]
}

pub(super) fn message(base: &str, token: &Value, channel: &str, draft: &Draft) -> HttpRequest {
    let mut body = json!({ "channel": channel, "text": escaped(&draft.text), "unfurl_links": false });
    if let Some(thread) = &draft.thread {
        body["thread_ts"] = json!(thread);
    }
    wire::json("POST", base, "/chat.postMessage", bearer(token), &body)
}

/// A webhook says `ok` in plain text, and its errors as well.
pub(super) fn webhook_answer(http: &HttpReply) -> Answer {
    let body = String::from_utf8_lossy(&http.body);
    if reply::is_good(http) && body.trim() == "ok" {
        return Answer::posted("ok");
    }
    if reply::is_good(http) || http.status >= 500 {
        // A proxy's page, perhaps: nobody knows whether Slack ever saw it.
        return Answer::Unknown(format!("it did not answer ok: {}", reply::refusal(http, None)));
    }
    Answer::Failed(reply::refusal(http, None))
}

pub(super) fn answer(http: &HttpReply) -> Answer {
    let document = reply::document(http);
    let ok = document.as_ref().and_then(|document| document.get("ok")?.as_bool());
    match (document, ok) {
        (Some(document), Some(true)) if reply::is_good(http) => {
            let reference = reply::text(&document, "ts");
            let place = reply::text(&document, "channel");
            Answer::Posted { reference, link: None, detail: "ok".into(), place }
        }
        (Some(document), Some(false)) => {
            let error = reply::text(&document, "error").unwrap_or_else(|| "it does not say why".into());
            Answer::Failed(format!("Slack says {error}{}", hint(&error)))
        }
        _ if !reply::is_good(http) && http.status < 500 => Answer::Failed(reply::refusal(http, None)),
        _ => Answer::Unknown(format!("{}: what came back is no answer of Slack's", http.status)),
    }
}

/// What to do about an error that Slack names.
fn hint(error: &str) -> &'static str {
    match error {
        "not_in_channel" => ": invite the app to the channel",
        "channel_not_found" => ": use the channel's id, and invite the app",
        "is_archived" => ": the channel is archived",
        "missing_scope" => ": the app needs the scope chat:write",
        "invalid_auth" | "not_authed" | "account_inactive" | "token_revoked" | "token_expired" => {
            ": the token is not good"
        }
        "msg_too_long" => ": make it shorter",
        _ => "",
    }
}

/// What asks for the link to a post that was just made: changes nothing.
pub fn permalink(channel: &Channel, place: &str, reference: &str) -> Option<IoRequest> {
    let Way::Slack { base, token, .. } = &channel.way else { return None };
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("channel", place).append_pair("message_ts", reference);
    let url = format!("{}/chat.getPermalink?{}", base.trim_end_matches('/'), query.finish());
    Some(IoRequest::Http(wire::get(url, bearer(token))))
}

/// The link that was asked for; `None` where there is none.
pub fn located(answered: &IoReply) -> Option<String> {
    let IoReply::Http(http) = answered else { return None };
    let document = reply::document(http).filter(|_| reply::is_good(http))?;
    document.get("ok")?.as_bool().filter(|ok| *ok)?;
    reply::link(&document, "permalink")
}
