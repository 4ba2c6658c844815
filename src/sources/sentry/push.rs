//! What Sentry and its SDKs send: webhooks of an internal integration, and envelopes. Pure: whoever receives them has
//! checked the signature over the bytes first.

use sentry_types::Dsn;
use sentry_types::protocol::v7::{Envelope, EnvelopeItem};
use serde_json::Value;

use super::{entry, normal, tidy, wire};
use crate::domain::entry::Entry;
use crate::domain::reading::Health;
use crate::domain::text::{clean, clip};
use crate::domain::time::Timestamp;

/// Items of an envelope that are looked at.
const ITEMS: usize = 100;
/// Columns of what a wrong body is called by.
const WORDS: usize = 80;

/// The entries in the body of a webhook, by its `Sentry-Hook-Resource`: an event that a rule fired for, an error, an
/// issue, a metric alert. Resources that say nothing about the world give none; an error says what is wrong.
pub fn from_webhook(resource: &str, body: &[u8], at: Timestamp) -> Result<Vec<Entry>, String> {
    if matches!(resource, "installation" | "comment" | "seer" | "workflow") {
        return Ok(Vec::new());
    }
    let document: Value = serde_json::from_slice(body).map_err(|error| format!("not JSON: {error}"))?;
    let action = document.get("action").and_then(Value::as_str).unwrap_or_default();
    let data = document.get("data").unwrap_or(&Value::Null);
    let missing = |name: &str| format!("the webhook {} has no data.{name}", named(resource));
    let mut made = match resource {
        "event_alert" | "error" => {
            let name = if resource == "error" { "error" } else { "event" };
            let event = data.get(name).and_then(tidy::event).ok_or_else(|| missing(name))?;
            let mut made = entry::alone(&event, at);
            if let Some(rule) = data.get("triggered_rule").and_then(Value::as_str) {
                made.facts.insert(0, ("rule", rule.to_owned()));
            }
            made
        }
        "issue" => {
            let issue = data.get("issue").cloned().ok_or_else(|| missing("issue"))?;
            let issue: wire::Issue = serde_json::from_value(issue)
                .map_err(|error| format!("data.issue: {}", named(&error.to_string())))?;
            let mut made = issue.row(at);
            made.link =
                issue.permalink.as_ref().or(issue.web_url.as_ref()).and_then(|link| entry::browsable(link));
            if !action.is_empty() {
                made.facts.insert(0, ("happened", action.to_owned()));
            }
            made
        }
        "metric_alert" => metric(data, action, at).ok_or_else(|| missing("metric_alert"))?,
        other => return Err(format!("a webhook {} is not known", named(other))),
    };
    made.make_clean();
    Ok(vec![made])
}

/// A metric alert: `critical`, `warning` or `resolved`.
fn metric(data: &Value, action: &str, at: Timestamp) -> Option<Entry> {
    let alert = data.get("metric_alert")?.as_object()?;
    let word = |value: Option<&Value>| value.and_then(normal::text);
    let health = match action {
        "critical" => Health::Down,
        "resolved" => Health::Ok,
        _ => Health::Degraded,
    };
    let key = word(alert.get("id")).unwrap_or_else(|| "metric alert".into());
    let title = word(data.get("description_title")).or_else(|| word(alert.get("title")));
    let mut made =
        Entry::new(format!("metric-{key}"), health, action, title.unwrap_or_else(|| "metric alert".into()));
    made.at = Some(alert.get("date_detected").and_then(normal::instant).unwrap_or(at));
    made.began = alert.get("date_started").and_then(normal::instant);
    made.link = data.get("web_url").and_then(Value::as_str).and_then(entry::browsable);
    made.facts.extend(word(data.get("description_text")).map(|text| ("about", text)));
    Some(made)
}

/// The entries of the events in an envelope, which is what SDKs send. Other items are passed over; an error says
/// where the envelope is broken.
pub fn from_envelope(bytes: &[u8], at: Timestamp) -> Result<Vec<Entry>, String> {
    let (header, mut rest) = line(bytes);
    let header: Value =
        serde_json::from_slice(header).map_err(|error| format!("the envelope's header: {error}"))?;
    if !header.is_object() {
        return Err("the envelope's header is no object".into());
    }
    let project = header.get("dsn").and_then(Value::as_str).and_then(|dsn| dsn.parse::<Dsn>().ok());
    let mut entries = Vec::new();
    for number in 1..=ITEMS {
        while let [b'\n', after @ ..] = rest {
            rest = after;
        }
        if rest.is_empty() {
            break;
        }
        let (kind, payload, after) = item(rest).map_err(|why| format!("item {number}: {why}"))?;
        rest = after;
        if kind != "event" {
            continue;
        }
        let raw: Value =
            serde_json::from_slice(payload).map_err(|error| format!("item {number}: {error}"))?;
        let Some(mut event) = as_sent(payload, &raw).or_else(|| tidy::event(&raw)) else {
            return Err(format!("item {number}: the event is no object"));
        };
        event.id = event.id.or_else(|| header.get("event_id").and_then(normal::text));
        let mut made = entry::alone(&event, at);
        if let Some(dsn) = &project {
            made.facts.push(("project", dsn.project_id().to_string()));
        }
        made.make_clean();
        entries.push(made);
    }
    Ok(entries)
}

/// The event as the crate reads it where it can: it knows logentries, levels and frames of the SDKs better than any
/// tidying. Id, time, level, tags and contexts come from the document, because the crate makes up what is absent.
fn as_sent(payload: &[u8], raw: &Value) -> Option<normal::Event> {
    let mut alone = format!("{{}}\n{{\"type\":\"event\",\"length\":{}}}\n", payload.len()).into_bytes();
    alone.extend_from_slice(payload);
    let envelope = Envelope::from_slice(&alone).ok()?;
    let sent = envelope.into_items().find_map(|item| match item {
        EnvelopeItem::Event(event) => Some(tidy::read(*event)),
        _ => None,
    })?;
    let tidied = tidy::event(raw)?;
    Some(normal::Event {
        // What an SDK formatted stands in the document only.
        message: tidied.message.or(sent.message),
        culprit: sent.culprit,
        environment: sent.environment.or(tidied.environment),
        release: sent.release.or(tidied.release),
        server: sent.server,
        extra: sent.extra,
        exceptions: sent.exceptions,
        request: sent.request,
        crumbs: sent.crumbs,
        ..tidied
    })
}

/// The kind and the payload of the first item, and what comes after it.
fn item(bytes: &[u8]) -> Result<(String, &[u8], &[u8]), String> {
    let (header, rest) = line(bytes);
    let header: Value = serde_json::from_slice(header).map_err(|error| format!("its header: {error}"))?;
    let kind = header.get("type").and_then(Value::as_str).ok_or("its header has no type")?;
    let length = header.get("length").and_then(Value::as_u64).and_then(|length| usize::try_from(length).ok());
    let (payload, after) = match length {
        None => line(rest),
        Some(length) => rest.split_at_checked(length).ok_or("it is shorter than its length")?,
    };
    Ok((kind.to_owned(), payload, after))
}

/// Up to the first line end, and what comes after it.
fn line(bytes: &[u8]) -> (&[u8], &[u8]) {
    match bytes.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&bytes[..end], &bytes[end + 1..]),
        None => (bytes, &[]),
    }
}

fn named(text: &str) -> String {
    format!("{:?}", clip(&clean(text), WORDS))
}
