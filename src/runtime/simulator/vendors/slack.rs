//! Slack: messages in the company's channels, their threads and links; and an incoming webhook. The Web API answers 200
//! whatever happened.

use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::super::world::World;
use super::asked::{Asked, kept};
use super::errand::Errand;
use super::told::{Told, all};
use super::{Refusal, did, keys, seconds};

/// The channels: an id and a name.
const CHANNELS: [(&str, &str); 2] = [("C0LFOPS0001", "ops"), ("C0LFTEAM001", "team")];

/// Answers a request.
pub fn answer(world: &World, asked: &Asked) -> Response {
    let parts = asked.parts();
    match (&asked.method, parts.as_slice()) {
        (&Method::POST, ["services", "T0LF", "B0LF", key]) => webhook(world, asked, key),
        (&Method::POST, ["chat.postMessage"]) if asked.bears(keys::SLACK) => message(world, asked),
        (&Method::GET, ["chat.getPermalink"]) if asked.bears(keys::SLACK) => permalink(world, asked),
        (_, ["chat.postMessage" | "chat.getPermalink"]) => failed("invalid_auth"),
        _ => failed("unknown_method"),
    }
}

/// Refuses as Slack does.
pub fn refuse(status: StatusCode, _: &Refusal) -> Response {
    let error = if status == StatusCode::TOO_MANY_REQUESTS { "ratelimited" } else { "fatal_error" };
    super::json(status, &json!({ "ok": false, "error": error }))
}

fn failed(error: &str) -> Response {
    super::json(StatusCode::OK, &json!({ "ok": false, "error": error }))
}

fn known(channel: &str) -> Option<&'static str> {
    let bare = channel.trim_start_matches('#');
    CHANNELS.iter().find(|(id, name)| *id == channel || *name == bare).map(|(id, _)| *id)
}

fn message(world: &World, asked: &Asked) -> Response {
    let body = asked.json();
    let text = body["text"].as_str().map(kept).unwrap_or_default();
    let Some(channel) = body["channel"].as_str().and_then(known) else { return failed("channel_not_found") };
    if text.is_empty() {
        return failed("no_text");
    }
    let moment = world.moment();
    let thread = body["thread_ts"].as_str().map(str::to_owned);
    let is_there = |wanted: &str| {
        all(&moment).any(|told| {
            matches!(told, Told::Message { ts, thread: None, channel: at, .. } if ts == wanted && at == channel)
        })
    };
    if thread.as_deref().is_some_and(|thread| !is_there(thread)) {
        return failed("thread_not_found");
    }
    let ts = format!("{}.{:06}", seconds(moment.now()), moment.deeds.len());
    let told =
        Told::Message { channel: channel.into(), ts: ts.clone(), thread: thread.clone(), text: text.clone() };
    did(world, Errand::Told(told), || {
        let mut message = json!({ "type": "message", "text": text, "ts": ts });
        if let Some(thread) = thread {
            message["thread_ts"] = Value::from(thread);
        }
        super::json(StatusCode::OK, &json!({ "ok": true, "channel": channel, "ts": ts, "message": message }))
    })
}

fn permalink(world: &World, asked: &Asked) -> Response {
    let moment = world.moment();
    let (Some(channel), Some(wanted)) = (asked.one("channel").and_then(known), asked.one("message_ts"))
    else {
        return failed("channel_not_found");
    };
    let found = all(&moment).any(|told| matches!(told, Told::Message { ts, .. } if ts == wanted));
    if !found {
        return failed("message_not_found");
    }
    let digits: String = wanted.chars().filter(char::is_ascii_digit).collect();
    let link = format!("https://lanternfish.slack.example.com/archives/{channel}/p{digits}");
    super::json(StatusCode::OK, &json!({ "ok": true, "channel": channel, "permalink": link }))
}

/// A webhook answers in plain text, and says of a message that it took nothing but `ok`.
fn webhook(world: &World, asked: &Asked, key: &str) -> Response {
    if key != keys::SLACK_HOOK {
        return (StatusCode::NOT_FOUND, "no_service").into_response();
    }
    let body = asked.json();
    let Some(text) = body["text"].as_str().map(kept).filter(|text| !text.is_empty()) else {
        return (StatusCode::BAD_REQUEST, "no_text").into_response();
    };
    let moment = world.moment();
    let ts = format!("{}.{:06}", seconds(moment.now()), moment.deeds.len());
    let told = Told::Message { channel: CHANNELS[1].0.into(), ts, thread: None, text };
    did(world, Errand::Told(told), || (StatusCode::OK, "ok").into_response())
}
