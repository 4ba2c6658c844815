//! Sentry's words: issues, counts over time, events of the web API. Only what is looked at.
//!
//! `sentry-types` takes an issue for an event with an invented id and cannot read the web API's events, so these are
//! types of our own. Sentry's schema calls many fields required that are only there when asked for: everything but an
//! issue's id may be absent.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::normal::Level;
use crate::domain::time::Timestamp;

/// One issue of `…/issues/`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Issue {
    #[serde(deserialize_with = "id")]
    pub(super) id: String,
    pub(super) short_id: Option<String>,
    pub(super) title: Option<String>,
    pub(super) culprit: Option<String>,
    pub(super) permalink: Option<String>,
    /// Where it is in a browser, in a webhook.
    #[serde(rename = "web_url")]
    pub(super) web_url: Option<String>,
    pub(super) level: Option<String>,
    /// `unresolved`, `resolved`, `ignored`, `reprocessing` …
    pub(super) status: Option<String>,
    /// `new`, `ongoing`, `escalating`, `regressed`, `archived_until_escalating` …
    pub(super) substatus: Option<String>,
    pub(super) priority: Option<String>,
    pub(super) platform: Option<String>,
    pub(super) project: Option<Project>,
    pub(super) assigned_to: Option<Actor>,
    pub(super) is_unhandled: Option<bool>,
    /// A text. Within the window that was asked for.
    #[serde(default, deserialize_with = "number")]
    pub(super) count: Option<u64>,
    #[serde(default, deserialize_with = "number")]
    pub(super) user_count: Option<u64>,
    #[serde(default, deserialize_with = "moment")]
    pub(super) first_seen: Option<Timestamp>,
    #[serde(default, deserialize_with = "moment")]
    pub(super) last_seen: Option<Timestamp>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Project {
    pub(super) slug: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Actor {
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
}

impl Issue {
    /// Its title; never empty.
    pub(super) fn title(&self) -> &str {
        self.title.as_deref().filter(|title| !title.trim().is_empty()).unwrap_or("(no title)")
    }

    /// What people call it: `WEB-1K`.
    pub(super) fn name(&self) -> &str {
        self.short_id.as_deref().filter(|name| !name.is_empty()).unwrap_or(&self.id)
    }

    /// Its level; errors are what Sentry takes an event without one for.
    pub(super) fn level(&self) -> Level {
        Level::parse(self.level.as_deref().unwrap_or("error"))
    }

    /// Whether it is neither resolved nor archived.
    pub(super) fn is_open(&self) -> bool {
        self.status.as_deref().is_none_or(|status| status == "unresolved")
    }

    /// Whether its substatus is `word`.
    pub(super) fn is(&self, word: &str) -> bool {
        self.substatus.as_deref() == Some(word)
    }
}

/// The reply of `…/events-timeseries/`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Timeseries {
    #[serde(default)]
    pub(super) time_series: Vec<Series>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Series {
    #[serde(default)]
    pub(super) values: Vec<Bucket>,
    pub(super) meta: Option<Meta>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Meta {
    /// Milliseconds of a bucket. Sentry takes another than was asked for where it likes that better.
    pub(super) interval: Option<f64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Bucket {
    /// Milliseconds since the epoch.
    pub(super) timestamp: i64,
    pub(super) value: Option<f64>,
}

/// An event of the web API: `…/issues/ID/events/latest/`.
#[derive(Debug, Deserialize)]
pub(super) struct Reported {
    #[serde(rename = "eventID")]
    pub(super) event_id: Option<String>,
    #[serde(rename = "groupID")]
    pub(super) group_id: Option<String>,
    pub(super) title: Option<String>,
    pub(super) message: Option<String>,
    pub(super) culprit: Option<String>,
    pub(super) platform: Option<String>,
    #[serde(rename = "dateCreated", default, deserialize_with = "moment")]
    pub(super) created: Option<Timestamp>,
    #[serde(rename = "dateReceived", default, deserialize_with = "moment")]
    pub(super) received: Option<Timestamp>,
    /// `[{ "key": …, "value": … }]`.
    #[serde(default)]
    pub(super) tags: Option<Value>,
    /// What the SDK sent as `extra`.
    #[serde(default)]
    pub(super) context: Option<Map<String, Value>>,
    #[serde(default)]
    pub(super) contexts: Option<Map<String, Value>>,
    /// `{ "version": … }`, or nothing.
    #[serde(default)]
    pub(super) release: Option<Value>,
    #[serde(default)]
    pub(super) entries: Option<Vec<Section>>,
}

/// A part of an event: `exception`, `message`, `request`, `breadcrumbs`, `threads` …
#[derive(Debug, Deserialize)]
pub(super) struct Section {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    #[serde(default)]
    pub(super) data: Value,
}

/// An id, written as a text or as a number.
fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) if !text.is_empty() => Ok(text),
        Value::Number(number) if number.is_u64() => Ok(number.to_string()),
        other => Err(serde::de::Error::custom(format!("{other} is no id"))),
    }
}

/// A count, written as a number or as a text; anything else is not known.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    })
}

fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    Ok(super::normal::instant(&Value::deserialize(deserializer)?))
}
