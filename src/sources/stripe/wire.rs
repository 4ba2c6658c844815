//! Stripe's words. Only what is looked at.

use crate::domain::io::segment;
use std::time::Duration;

use chrono::DateTime;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{LISTED, TRIED};
use crate::domain::time::Timestamp;

/// A page of a list, or an error where a list is due.
#[derive(Debug, Deserialize)]
pub(super) struct List<T> {
    pub(super) data: Option<Vec<T>>,
    #[serde(default)]
    pub(super) has_more: Option<bool>,
    #[serde(default)]
    pub(super) error: Option<Value>,
}

/// What a cursor needs of a row.
#[derive(Debug, Deserialize)]
pub(super) struct Row {
    pub(super) id: String,
}

/// Something that happened. Without a type, a time and a mode nothing true can be said about it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Event {
    pub(super) id: String,
    #[serde(default)]
    pub(super) object: Option<String>,
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(deserialize_with = "instant")]
    pub(super) created: Timestamp,
    pub(super) livemode: bool,
    #[serde(default)]
    pub(super) data: Value,
    /// Of a thin event: an id, a type and where it is.
    #[serde(default)]
    pub(super) related_object: Value,
    #[serde(default)]
    pub(super) pending_webhooks: Option<i64>,
    #[serde(default)]
    pub(super) api_version: Option<String>,
    /// `{ id, idempotency_key }`, of old versions an id, of what Stripe did by itself nothing.
    #[serde(default)]
    pub(super) request: Value,
    /// The connected account it comes from.
    #[serde(default)]
    pub(super) account: Option<String>,
}

impl Event {
    /// What it is about, as it was then.
    pub(super) fn about(&self) -> &Value {
        self.data.get("object").unwrap_or(&Value::Null)
    }

    /// `invoice in_1Q…`.
    pub(super) fn subject(&self) -> Option<String> {
        let word = |value: &Value, kind: &str| {
            let kind = value.get(kind)?.as_str()?;
            let id = value.get("id").and_then(Value::as_str).unwrap_or_default();
            Some(format!("{kind} {id}").trim_end().to_owned())
        };
        word(self.about(), "object").or_else(|| word(&self.related_object, "type"))
    }

    /// The request that made it, and its idempotency key.
    pub(super) fn asked_by(&self) -> (Option<&str>, Option<&str>) {
        let part = |name: &str| self.request.get(name).and_then(Value::as_str);
        (self.request.as_str().or_else(|| part("id")), part("idempotency_key"))
    }

    /// When Stripe stops trying; of test events only that it tries three times within hours is known.
    pub(super) fn tried_until(&self) -> Option<Timestamp> {
        self.livemode.then(|| self.created.plus(TRIED))
    }

    /// When it can no longer be listed.
    pub(super) fn listed_until(&self) -> Timestamp {
        self.created.plus(LISTED)
    }

    pub(super) fn age(&self, at: Timestamp) -> Duration {
        at.since(self.created)
    }

    /// Where it can be looked at.
    pub(super) fn link(&self) -> String {
        dashboard(self.livemode, "events", &self.id)
    }
}

/// Where events are sent.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Endpoint {
    pub(super) id: String,
    #[serde(default)]
    pub(super) url: String,
    /// `enabled`, `disabled`.
    #[serde(default)]
    pub(super) status: Option<String>,
    /// Types, or `*`.
    #[serde(default)]
    pub(super) enabled_events: Vec<String>,
    pub(super) livemode: bool,
    #[serde(default, deserialize_with = "maybe_instant")]
    pub(super) created: Option<Timestamp>,
    #[serde(default)]
    pub(super) api_version: Option<String>,
    #[serde(default)]
    pub(super) description: Option<String>,
}

impl Endpoint {
    /// Whether it is sent events of this type.
    pub(super) fn takes(&self, kind: &str) -> bool {
        self.enabled_events.iter().any(|taken| taken == "*" || taken == kind)
    }

    pub(super) fn is_enabled(&self) -> bool {
        self.status.as_deref() == Some("enabled")
    }

    pub(super) fn is_disabled(&self) -> bool {
        self.status.as_deref() == Some("disabled")
    }

    /// Its host and path: what stands before or behind them in a URL may be a secret.
    pub(super) fn place(&self) -> String {
        match url::Url::parse(&self.url) {
            Ok(url) => {
                let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
                format!("{}{port}{}", url.host_str().unwrap_or_default(), url.path())
            }
            Err(_) => "no URL".to_owned(),
        }
    }

    pub(super) fn link(&self) -> String {
        dashboard(self.livemode, "webhooks", &self.id)
    }
}

/// The word for a mode, told apart at a glance.
pub(super) const fn mode(livemode: bool) -> &'static str {
    if livemode { "live" } else { "TEST" }
}

/// Whether an id can stand in a path, a form and a condition as it is.
pub(super) fn is_plain(id: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    !id.is_empty() && id.len() <= 255 && id.bytes().all(inner)
}

fn dashboard(livemode: bool, place: &str, id: &str) -> String {
    let test = if livemode { "" } else { "test/" };
    format!("https://dashboard.stripe.com/{test}{place}/{}", segment(id))
}

/// Seconds since the epoch; a thin event has it as a text.
#[derive(Deserialize)]
#[serde(untagged)]
enum When {
    Seconds(i64),
    Text(String),
}

impl When {
    fn at<E: serde::de::Error>(self) -> Result<Timestamp, E> {
        match self {
            When::Seconds(seconds) => Ok(Timestamp::from_millis(seconds.saturating_mul(1000))),
            When::Text(text) => DateTime::parse_from_rfc3339(&text)
                .map(|at| Timestamp::from_millis(at.timestamp_millis()))
                .map_err(|_| E::custom("not a time")),
        }
    }
}

fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    When::deserialize(deserializer).map_err(|_| serde::de::Error::custom("not a time"))?.at()
}

fn maybe_instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    Option::<When>::deserialize(deserializer)
        .map_err(|_| serde::de::Error::custom("not a time"))?
        .map(When::at)
        .transpose()
}
