//! Events in the shape of the SDKs, made such that `sentry-types` can read them.
//!
//! The crate reads what its own SDK writes. Others, and Sentry itself in a webhook, write tags as pairs, `null` where
//! something is absent, levels it does not know, contexts of types it does not know: any one of these costs the whole
//! event, and an absent id or time is made up. So a document is cut down to what is looked at and put in order first;
//! id, time and level are taken from the document itself.

use sentry_types::protocol::v7;
use serde_json::{Map, Value, json};

use super::normal::{self, Event, Exception, Frame, Level};

/// The event in `document`; `None` where that is not an object. What cannot be read is left out.
pub(super) fn event(document: &Value) -> Option<Event> {
    let map = document.as_object()?;
    let word = |name: &str| map.get(name).and_then(normal::text).filter(|text| !text.is_empty());
    let tidied = tidy(map);
    let mut event = serde_json::from_value::<v7::Event<'static>>(tidied).map(read).unwrap_or_default();
    event.id = word("event_id").filter(|id| !id.is_empty());
    event.issue = word("issue_id");
    event.title = word("title");
    event.at = ["timestamp", "datetime", "received"].iter().find_map(|key| normal::instant(map.get(*key)?));
    event.level = word("level").as_deref().map(Level::parse);
    event.platform = word("platform");
    event.tags = map.get("tags").map(normal::pairs).unwrap_or_default();
    event.link = word("web_url");
    event.contexts =
        map.get("contexts").and_then(Value::as_object).map(normal::what_it_ran_on).unwrap_or_default();
    let tag = |name: &str| event.tag(name).map(str::to_owned);
    let (environment, release) = (tag("environment"), tag("release"));
    event.environment = event.environment.take().or(environment);
    event.release = event.release.take().or(release);
    Some(event)
}

/// `map` with only what the crate is asked for, each part in the form it expects.
fn tidy(map: &Map<String, Value>) -> Value {
    let mut out = Map::new();
    for key in ["culprit", "transaction", "logger", "server_name", "release", "environment"] {
        if let Some(text) = map.get(key).and_then(Value::as_str) {
            out.insert(key.into(), text.into());
        }
    }
    let formatted = |value: &Value| {
        let inner = value.get("formatted").or_else(|| value.get("message")).unwrap_or(value);
        inner.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let message = ["message", "logentry"].iter().find_map(|key| formatted(map.get(*key)?));
    out.extend(message.map(|message| ("message".to_owned(), Value::from(message))));
    if let Some(extra @ Value::Object(_)) = map.get("extra") {
        out.insert("extra".into(), extra.clone());
    }
    if let Some(exception) = map.get("exception") {
        let alone = std::slice::from_ref(exception);
        let listed = normal::values(exception);
        let listed = if listed.is_empty() && exception.get("type").is_some() { alone } else { listed };
        let values: Vec<Value> = listed.iter().filter_map(tidy_exception).collect();
        out.insert("exception".into(), json!({ "values": values }));
    }
    if let Some(crumbs) = map.get("breadcrumbs") {
        let values: Vec<Value> = normal::values(crumbs)
            .iter()
            .map(|crumb| texts(crumb, &["category", "type", "message"]))
            .collect();
        out.insert("breadcrumbs".into(), json!({ "values": values }));
    }
    if let Some(request) = map.get("request") {
        let mut kept = texts(request, &["method", "url"]);
        let url = kept.get("url").and_then(Value::as_str).map(|url| url.parse::<url::Url>().is_ok());
        if let (Some(false), Some(kept)) = (url, kept.as_object_mut()) {
            kept.remove("url");
        }
        out.insert("request".into(), kept);
    }
    Value::Object(out)
}

fn tidy_exception(exception: &Value) -> Option<Value> {
    let map = exception.as_object()?;
    let word = |name: &str| map.get(name).and_then(normal::text);
    let mut out = json!({ "type": word("type").unwrap_or_else(|| "Error".into()) });
    if let Some(value) = word("value") {
        out["value"] = value.into();
    }
    if let Some(handled) = exception.pointer("/mechanism/handled").and_then(Value::as_bool) {
        out["mechanism"] = json!({ "type": "generic", "handled": handled });
    }
    let frames = exception.pointer("/stacktrace/frames").and_then(Value::as_array);
    if let Some(frames) = frames.filter(|frames| !frames.is_empty()) {
        out["stacktrace"] = json!({ "frames": frames.iter().map(tidy_frame).collect::<Vec<_>>() });
    }
    Some(out)
}

fn tidy_frame(frame: &Value) -> Value {
    let mut out = texts(frame, &["function", "module", "filename", "abs_path", "context_line"]);
    for key in ["pre_context", "post_context"] {
        if let Some(Value::Array(lines)) = frame.get(key) {
            let lines: Vec<&str> = lines.iter().map(|line| line.as_str().unwrap_or_default()).collect();
            out[key] = json!(lines);
        }
    }
    if let Some(line) = frame.get("lineno").and_then(Value::as_u64) {
        out["lineno"] = line.into();
    }
    if let Some(in_app) = frame.get("in_app").and_then(Value::as_bool) {
        out["in_app"] = in_app.into();
    }
    out
}

/// An object of those of `keys` that are texts in `value`.
fn texts(value: &Value, keys: &[&str]) -> Value {
    let kept =
        keys.iter().filter_map(|key| Some(((*key).to_owned(), Value::from(value.get(*key)?.as_str()?))));
    Value::Object(kept.collect())
}

/// What the crate read, without id, time and level: it makes those up where they are absent.
pub(super) fn read(event: v7::Event<'static>) -> Event {
    let request = event.request.and_then(|request| {
        normal::request(request.method.as_deref(), request.url.as_ref().map(url::Url::as_str))
    });
    Event {
        message: event.message.or_else(|| event.logentry.map(|entry| entry.message)),
        culprit: event.culprit.or(event.transaction),
        environment: event.environment.map(std::borrow::Cow::into_owned),
        release: event.release.map(std::borrow::Cow::into_owned),
        server: event.server_name.map(std::borrow::Cow::into_owned),
        extra: event.extra.into_iter().collect(),
        // A cause is listed before what it caused.
        exceptions: event.exception.values.into_iter().rev().map(exception).collect(),
        request,
        crumbs: event
            .breadcrumbs
            .values
            .into_iter()
            .map(|crumb| (crumb.category.unwrap_or(crumb.ty), crumb.message.unwrap_or_default()))
            .collect(),
        ..Event::default()
    }
}

fn exception(exception: v7::Exception) -> Exception {
    Exception {
        kind: exception.ty,
        value: exception.value.unwrap_or_default(),
        handled: exception.mechanism.and_then(|mechanism| mechanism.handled),
        frames: exception
            .stacktrace
            .map(|stack| stack.frames.into_iter().rev().map(frame).collect())
            .unwrap_or_default(),
    }
}

fn frame(frame: v7::Frame) -> Frame {
    let mut context = Vec::new();
    if let (Some(line), Some(text)) = (frame.lineno, frame.context_line) {
        let before = u64::try_from(frame.pre_context.len()).unwrap_or(0);
        let first = line.saturating_sub(before);
        let all = frame.pre_context.into_iter().chain([text]).chain(frame.post_context);
        context = (first..).zip(all).collect();
    }
    Frame {
        function: frame.function.unwrap_or_else(|| "?".into()),
        file: frame.filename.or(frame.abs_path).or(frame.module).unwrap_or_default(),
        line: frame.lineno,
        in_app: frame.in_app.unwrap_or(false),
        context,
    }
}
