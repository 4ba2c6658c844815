//! Statuspage: one incident on the page, created by the first post, updated by the next, ended by `resolved`.
//!
//! Source: Statuspage's REST API. An incident changes no component by itself, so their states go along.

use serde_json::{Map, json};

use super::reply::{self, Answer};
use super::{Draft, Kind, wire};
use crate::domain::channel::Way;
use crate::domain::incident::Severity;
use crate::domain::io::{HttpReply, HttpRequest, IoRequest, Value, segment};
use crate::domain::setting::{Field, Kind as SettingKind, Placed, Setting};
use crate::domain::text::clean;

/// The row of this kind.
pub const KIND: Kind = Kind {
    name: "statuspage",
    about: "A page at Statuspage. The first post of an incident creates one on the page; later ones update it, and \
            `resolved` ends it. States of components go along with the post that sets them.",
    fields: &[
        Field::required(
            "key",
            SettingKind::Value,
            "An API key, as a secret by name. Sent as `Authorization: OAuth …`.",
        ),
        Field::required("page", SettingKind::Text, "The page's id."),
        Field::optional(
            "components",
            SettingKind::Map(&SettingKind::Text),
            "none",
            "Components whose state a post can set: what each is called here, and its id.",
        ),
        Field::optional(
            "deliver_notifications",
            SettingKind::Flag,
            "`true`",
            "Whether every subscriber of the page is told of each post.",
        ),
        wire::base_url("`https://api.statuspage.io`"),
    ],
    plan: |table, _| {
        let text = |placed: &Placed| match &placed.value {
            Setting::Text(text) => Some(text.clone()),
            _ => None,
        };
        let components = table.map("components").unwrap_or_default().iter();
        Some(Way::Statuspage {
            base: table.text("base_url").unwrap_or("https://api.statuspage.io").to_owned(),
            key: table.value("key")?.clone(),
            page: table.text("page")?.trim().to_owned(),
            components: components
                .filter_map(|(name, id)| Some((clean(name).into_owned(), text(id)?)))
                .collect(),
            deliver: table.flag("deliver_notifications").unwrap_or(true),
        })
    },
};

pub(super) fn incident(base: &str, key: &Value, page: &str, deliver: bool, draft: &Draft) -> HttpRequest {
    let headers = vec![("authorization".to_owned(), key.behind("OAuth "))];
    let status = draft.status.as_deref().unwrap_or("investigating");
    let mut incident = json!({
        "name": draft.title.trim(),
        "status": status,
        "body": draft.text.trim(),
        "deliver_notifications": deliver,
    });
    if !draft.components.is_empty() {
        let by_id: Map<String, serde_json::Value> =
            draft.components.iter().map(|(id, state)| (id.clone(), json!(state))).collect();
        incident["component_ids"] = draft.components.iter().map(|(id, _)| id.as_str()).collect();
        incident["components"] = by_id.into();
    }
    let pages = format!("/v1/pages/{}/incidents", segment(page));
    match &draft.thread {
        Some(known) => {
            let path = format!("{pages}/{}", segment(known));
            wire::json("PATCH", base, &path, headers, &json!({ "incident": incident }))
        }
        None => {
            if let Some(impact) = draft.severity.map(impact) {
                incident["impact_override"] = json!(impact);
            }
            wire::json("POST", base, &pages, headers, &json!({ "incident": incident }))
        }
    }
}

/// How bad the page calls it.
const fn impact(severity: Severity) -> &'static str {
    match severity {
        Severity::P0 => "critical",
        Severity::P1 => "major",
        Severity::P2 => "minor",
        Severity::P3 => "none",
    }
}

pub(super) fn answer(http: &HttpReply) -> Answer {
    let document = reply::document(http);
    if !reply::is_good(http) {
        let said =
            document.as_ref().and_then(|document| reply::text(document, "error").or_else(|| first(document)));
        let gone = if http.status == 404 {
            ": that page or incident is not there; a new one can be begun with M"
        } else {
            ""
        };
        let why = format!("{}{gone}", reply::refusal(http, said));
        return if http.status >= 500 { Answer::Unknown(why) } else { Answer::Failed(why) };
    }
    let Some(document) = document else {
        return Answer::Unknown(format!("{}: what came back is no answer of Statuspage's", http.status));
    };
    let Some(id) = reply::text(&document, "id") else {
        return Answer::Unknown(format!("{}: it did not say which incident it is", http.status));
    };
    Answer::Posted {
        reference: Some(id),
        link: reply::link(&document, "shortlink"),
        detail: reply::text(&document, "status").unwrap_or_else(|| http.status.to_string()),
        place: None,
    }
}

/// The first of a list of errors.
fn first(document: &serde_json::Value) -> Option<String> {
    document.get("error")?.as_array()?.first()?.as_str().map(str::to_owned)
}

/// The states of components that a post's request set, by their ids.
pub fn components_of(request: &IoRequest) -> Vec<(String, String)> {
    let IoRequest::Http(HttpRequest { body: Some(Value::Plain(body)), .. }) = request else {
        return Vec::new();
    };
    let document: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    let states = document["incident"]["components"].as_object();
    let state = |(id, state): (&String, &serde_json::Value)| Some((id.clone(), state.as_str()?.to_owned()));
    states.into_iter().flatten().filter_map(state).collect()
}
