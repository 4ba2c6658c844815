//! One event, whichever way it came: from the web API, from a webhook, or from an SDK's envelope.
//!
//! Nothing is invented: an event without an id or a time has none here. Headers, cookies, local variables and what is
//! known of the user stay behind: they hold secrets, and nobody needs them at night.

use chrono::{DateTime, NaiveDateTime};
use sentry_types::protocol::v7;
use serde_json::{Map, Value};

use super::wire::{Reported, Section};
use crate::domain::time::Timestamp;

/// How bad an event says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// One of the SDKs' levels.
    Known(v7::Level),
    /// A word they do not have: `sample`, `unknown`.
    Other(String),
}

impl Level {
    /// The level of `word`, with the words of other loggers for the same.
    pub(super) fn parse(word: &str) -> Self {
        let lower = word.trim().to_ascii_lowercase();
        let known = match lower.as_str() {
            "warn" => "warning",
            "critical" => "fatal",
            other => other,
        };
        known.parse().map_or(Level::Other(lower), Level::Known)
    }

    /// Its word.
    pub(super) fn word(&self) -> String {
        match self {
            Level::Known(level) => level.to_string(),
            Level::Other(word) => word.clone(),
        }
    }

    /// Whether what was running ended.
    pub(super) fn is_fatal(&self) -> bool {
        *self == Level::Known(v7::Level::Fatal)
    }

    /// Whether something went wrong. A word that is not known may mean that it did; a sample is a measurement.
    pub(super) fn is_error(&self) -> bool {
        match self {
            Level::Known(level) => *level >= v7::Level::Error,
            Level::Other(word) => word != "sample",
        }
    }
}

/// An event.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Event {
    pub(super) id: Option<String>,
    /// The issue it belongs to.
    pub(super) issue: Option<String>,
    pub(super) title: Option<String>,
    pub(super) message: Option<String>,
    pub(super) level: Option<Level>,
    pub(super) culprit: Option<String>,
    pub(super) platform: Option<String>,
    pub(super) at: Option<Timestamp>,
    pub(super) environment: Option<String>,
    pub(super) release: Option<String>,
    pub(super) server: Option<String>,
    pub(super) tags: Vec<(String, String)>,
    /// What the program added.
    pub(super) extra: Map<String, Value>,
    /// `runtime node v22.1.0`: what it ran on.
    pub(super) contexts: Vec<String>,
    /// The one that was raised first, then what caused it.
    pub(super) exceptions: Vec<Exception>,
    /// Method and address, without its query.
    pub(super) request: Option<String>,
    /// What happened before, oldest first: a category and a text.
    pub(super) crumbs: Vec<(String, String)>,
    pub(super) link: Option<String>,
}

/// An exception.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Exception {
    pub(super) kind: String,
    pub(super) value: String,
    pub(super) handled: Option<bool>,
    /// Innermost first.
    pub(super) frames: Vec<Frame>,
}

/// One call.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Frame {
    pub(super) function: String,
    pub(super) file: String,
    pub(super) line: Option<u64>,
    /// Whether it is the team's own code.
    pub(super) in_app: bool,
    /// Numbered lines of the source around it.
    pub(super) context: Vec<(u64, String)>,
}

impl Event {
    /// The tag called `key`.
    pub(super) fn tag(&self, key: &str) -> Option<&str> {
        self.tags.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }

    /// The Stripe event it is about: `extra.eventId`, where that is one.
    pub(super) fn stripe_event(&self) -> Option<&str> {
        let id = self.extra.get("eventId")?.as_str()?;
        let rest = id.strip_prefix("evt_")?;
        let fits = !rest.is_empty() && rest.len() <= 64;
        (fits && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')).then_some(id)
    }

    /// The web API's event.
    pub(super) fn reported(event: Reported) -> Self {
        let tags = event.tags.as_ref().map(pairs).unwrap_or_default();
        let release =
            event.release.as_ref().and_then(|release| text(release.get("version").unwrap_or(release)));
        let mut normal = Event {
            id: event.event_id,
            issue: event.group_id,
            title: event.title,
            message: event.message.filter(|message| !message.is_empty()),
            culprit: event.culprit,
            platform: event.platform,
            at: event.created.or(event.received),
            extra: event.context.unwrap_or_default(),
            contexts: event.contexts.as_ref().map(what_it_ran_on).unwrap_or_default(),
            release,
            tags,
            ..Event::default()
        };
        let tag = |name: &str| normal.tag(name).map(str::to_owned);
        let (level, environment, release) = (tag("level"), tag("environment"), tag("release"));
        normal.level = level.as_deref().map(Level::parse);
        normal.environment = environment;
        normal.release = normal.release.take().or(release);
        for section in event.entries.iter().flatten() {
            normal.take(section);
        }
        normal
    }

    fn take(&mut self, section: &Section) {
        let data = &section.data;
        match section.kind.as_deref() {
            Some("exception") => self.exceptions = exceptions(data),
            // A thread's stack stands in where no exception was raised.
            Some("threads") if self.exceptions.is_empty() => {
                let crashed =
                    values(data).iter().find(|thread| thread.get("crashed") == Some(&Value::Bool(true)));
                self.exceptions.extend(crashed.map(|thread| Exception {
                    kind: "thread".into(),
                    value: field(thread, "name").unwrap_or_default(),
                    frames: thread.get("stacktrace").map(frames).unwrap_or_default(),
                    ..Exception::default()
                }));
            }
            Some("message") => {
                self.message =
                    field(data, "formatted").or_else(|| field(data, "message")).or(self.message.take());
            }
            Some("request") => {
                self.request = request(field(data, "method").as_deref(), field(data, "url").as_deref())
            }
            Some("breadcrumbs") => self.crumbs = values(data).iter().map(crumb).collect(),
            _ => {}
        }
    }
}

/// The list in `data`, which is a list or an object that holds one as `values`.
pub(super) fn values(data: &Value) -> &[Value] {
    data.as_array().or_else(|| data.get("values")?.as_array()).map_or(&[], Vec::as_slice)
}

/// A text, or a number or flag as one.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn field(data: &Value, name: &str) -> Option<String> {
    text(data.get(name)?).filter(|text| !text.is_empty())
}

/// Tags, whichever of the three ways they are written: an object, pairs, or objects of `key` and `value`.
pub(super) fn pairs(tags: &Value) -> Vec<(String, String)> {
    match tags {
        Value::Object(map) => {
            map.iter().filter_map(|(key, value)| Some((key.clone(), text(value)?))).collect()
        }
        Value::Array(items) => items
            .iter()
            .filter_map(|item| match item {
                Value::Array(pair) => Some((text(pair.first()?)?, text(pair.get(1)?)?)),
                Value::Object(map) => Some((text(map.get("key")?)?, text(map.get("value")?)?)),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
            })
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

/// An instant: RFC 3339, the same without an offset (UTC then), or seconds since the epoch.
pub(super) fn instant(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => {
            let text = text.trim();
            let zoned = DateTime::parse_from_rfc3339(text).map(|at| at.timestamp_millis());
            let naive = || NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f");
            let millis = zoned.or_else(|_| naive().map(|at| at.and_utc().timestamp_millis()));
            millis.ok().map(Timestamp::from_millis)
        }
        Value::Number(number) => {
            let seconds = number.as_f64().filter(|seconds| (0.0..1e11).contains(seconds))?;
            #[expect(clippy::cast_possible_truncation, reason = "bounded above")]
            Some(Timestamp::from_millis((seconds * 1000.0).round() as i64))
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// `POST https://shop.example.com/pay`: without query and fragment, which hold what people typed.
pub(super) fn request(method: Option<&str>, url: Option<&str>) -> Option<String> {
    let url = url?.split(['?', '#']).next().unwrap_or_default();
    (!url.is_empty()).then(|| format!("{} {url}", method.unwrap_or("GET")))
}

/// `node v22.1.0` of each context that names what the program ran on.
pub(super) fn what_it_ran_on(contexts: &Map<String, Value>) -> Vec<String> {
    let named = ["runtime", "os", "browser", "device"].into_iter().filter_map(|key| {
        let context = contexts.get(key)?;
        let name = field(context, "name").or_else(|| field(context, "model"))?;
        Some(match field(context, "version") {
            Some(version) => format!("{name} {version}"),
            None => name,
        })
    });
    named.collect()
}

/// Exceptions of the web API: Sentry lists a cause before what it caused.
fn exceptions(data: &Value) -> Vec<Exception> {
    let one = |exception: &Value| Exception {
        kind: field(exception, "type").unwrap_or_else(|| "Error".into()),
        value: field(exception, "value").unwrap_or_default(),
        handled: exception.pointer("/mechanism/handled").and_then(Value::as_bool),
        frames: exception.get("stacktrace").map(frames).unwrap_or_default(),
    };
    values(data).iter().rev().map(one).collect()
}

/// Frames of the web API, which lists the outermost first.
fn frames(stack: &Value) -> Vec<Frame> {
    let listed = stack.get("frames").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let one = |frame: &Value| Frame {
        function: field(frame, "function").unwrap_or_else(|| "?".into()),
        file: field(frame, "filename")
            .or_else(|| field(frame, "absPath"))
            .or_else(|| field(frame, "module"))
            .unwrap_or_default(),
        line: frame.get("lineNo").and_then(Value::as_u64),
        in_app: frame.get("inApp").and_then(Value::as_bool).unwrap_or(false),
        context: frame
            .get("context")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|line| Some((line.get(0)?.as_u64()?, line.get(1)?.as_str()?.to_owned())))
            .collect(),
    };
    listed.iter().rev().map(one).collect()
}

fn crumb(crumb: &Value) -> (String, String) {
    let category = field(crumb, "category").or_else(|| field(crumb, "type")).unwrap_or_default();
    (category, field(crumb, "message").unwrap_or_default())
}
