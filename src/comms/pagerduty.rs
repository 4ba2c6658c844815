//! PagerDuty: a note on an incident, taking it on and ending it, by its REST API; or an alert by its Events API.
//!
//! Source: PagerDuty's REST API v2 and Events API v2. An event that acknowledges or resolves what its key does not name
//! is dropped without a word, so the key is the incident's own and the same for all its events.

use serde_json::json;

use super::reply::{self, Answer};
use super::{Draft, Kind, wire};
use crate::domain::channel::Way;
use crate::domain::diagnostic::Diagnostic;
use crate::domain::incident::Severity;
use crate::domain::io::{HttpReply, HttpRequest, IoRequest, Value, segment};
use crate::domain::setting::{Field, Kind as SettingKind, Table};

/// Stands in an event's document where the routing key goes.
const KEY: &str = "‹routing key›";

/// The row of this kind.
pub const KIND: Kind = Kind {
    name: "pagerduty",
    about: "With `token` and `from`, the REST API: a note on an incident that PagerDuty has open, taking it on, or ending \
            it. Which incident is chosen among those that `[pagerduty]` lists, or named by `incident`. With \
            `routing_key`, the Events API: an alert of its own that is triggered, acknowledged and resolved.",
    fields: &[
        Field::optional("token", SettingKind::Value, "", "A REST API key, as a secret by name."),
        Field::optional(
            "from",
            SettingKind::Text,
            "",
            "The e-mail address of the PagerDuty user in whose name it is done. Needed with `token`.",
        ),
        Field::optional(
            "incident",
            SettingKind::Text,
            "",
            "The id of the incident, where it is always the same.",
        ),
        Field::optional(
            "routing_key",
            SettingKind::Value,
            "",
            "The integration key of an Events API v2 integration, as a secret by name: in place of `token`.",
        ),
        wire::base_url("`https://api.pagerduty.com`, with `routing_key` `https://events.pagerduty.com`"),
    ],
    plan,
};

fn plan(table: &Table, found: &mut Vec<Diagnostic>) -> Option<Way> {
    let base = |usual: &str| table.text("base_url").unwrap_or(usual).to_owned();
    match (table.value("token"), table.value("routing_key")) {
        (Some(_), Some(_)) => {
            let message = "a channel posts by token or by routing_key, not by both";
            found.push(table.error("routing_key", "misplaced-key", message).hint("make it two channels"));
            None
        }
        (None, None) => {
            let message = "it has neither a token nor a routing_key";
            found.push(
                table
                    .error("token", "missing-key", message)
                    .hint("token = { env = \"PAGERDUTY_TOKEN\" } and from = \"ann@example.com\""),
            );
            None
        }
        (None, Some(routing_key)) => {
            let foreign = ["from", "incident"].into_iter().find(|name| table.has(name));
            if let Some(name) = foreign {
                let message = format!("{name} belongs to the REST API, and this channel sends events");
                found.push(table.error(name, "misplaced-key", message).hint("remove it"));
            }
            Some(Way::PagerDutyEvents {
                base: base("https://events.pagerduty.com"),
                routing_key: routing_key.clone(),
            })
        }
        (Some(token), None) => {
            let from = table.text("from").unwrap_or_default().trim().to_owned();
            if !wire::is_address(&from) {
                let message = "PagerDuty wants to know who does it";
                found.push(table.error("from", "bad-address", message).hint("from = \"ann@example.com\""));
                return None;
            }
            let incident = table.text("incident").map(|id| id.trim().to_owned()).filter(|id| !id.is_empty());
            Some(Way::PagerDuty {
                base: base("https://api.pagerduty.com"),
                token: token.clone(),
                from,
                incident,
            })
        }
    }
}

pub(super) fn incident(base: &str, token: &Value, from: &str, draft: &Draft) -> Result<HttpRequest, String> {
    let target = draft.target.as_deref().filter(|id| !id.is_empty());
    let Some(target) = target else {
        return Err(
            "PagerDuty has no incident open that is known here: name one in the channel's table".into()
        );
    };
    let headers = vec![
        ("authorization".to_owned(), token.behind("Token token=")),
        ("accept".to_owned(), Value::Plain("application/vnd.pagerduty+json;version=2".into())),
        ("from".to_owned(), Value::Plain(from.to_owned())),
    ];
    let path = format!("/incidents/{}", segment(target));
    let set = |incident| wire::json("PUT", base, &path, headers.clone(), &json!({ "incident": incident }));
    Ok(match draft.status.as_deref() {
        Some("acknowledge") => set(json!({ "type": "incident_reference", "status": "acknowledged" })),
        Some("resolve") => {
            let resolution = draft.text.trim();
            set(json!({ "type": "incident_reference", "status": "resolved", "resolution": resolution }))
        }
        _ => {
            let body = json!({ "note": { "content": draft.text.trim() } });
            wire::json("POST", base, &format!("{path}/notes"), headers, &body)
        }
    })
}

/// How bad PagerDuty calls it.
const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::P0 => "critical",
        Severity::P1 => "error",
        Severity::P2 => "warning",
        Severity::P3 => "info",
    }
}

pub(super) fn event(base: &str, routing_key: &Value, draft: &Draft) -> Result<HttpRequest, String> {
    let action = draft.status.as_deref().unwrap_or("trigger");
    let dedup = draft.thread.as_deref().unwrap_or(&draft.dedup);
    let mut event =
        json!({ "routing_key": KEY, "event_action": action, "dedup_key": wire::short(dedup, 255) });
    if action == "trigger" {
        event["payload"] = json!({
            "summary": wire::short(draft.title.trim(), 1024),
            "source": "midwatch",
            "severity": draft.severity.map_or("error", severity),
            "custom_details": { "update": draft.text.trim() },
        });
        event["client"] = json!("Midwatch");
    }
    let Value::Secret { prefix, secret } = routing_key else {
        return Err("routing_key is named as a secret: { env = \"PAGERDUTY_ROUTING_KEY\" }".into());
    };
    let mut request = wire::json("POST", base, "/v2/enqueue", Vec::new(), &event);
    let text = event.to_string();
    let Some((before, after)) = text.split_once(KEY) else {
        return Err("the event holds no routing key".into());
    };
    request.body = Some(Value::Around {
        before: format!("{before}{prefix}"),
        secret: secret.clone(),
        after: after.to_owned(),
    });
    Ok(request)
}

/// What the REST API says of a refusal.
fn said(document: Option<&serde_json::Value>) -> Option<String> {
    let error = document?.get("error")?;
    let message = reply::text(error, "message")?;
    let more = error.get("errors").and_then(|errors| errors.as_array()?.first()?.as_str());
    Some(more.map_or_else(|| message.clone(), |more| format!("{message}: {more}")))
}

pub(super) fn answer(request: &IoRequest, http: &HttpReply) -> Answer {
    let document = reply::document(http);
    if !reply::is_good(http) {
        let why = reply::refusal(http, said(document.as_ref()));
        return if http.status >= 500 { Answer::Unknown(why) } else { Answer::Failed(why) };
    }
    let note = document.as_ref().and_then(|document| document.get("note"));
    let incident = document.as_ref().and_then(|document| document.get("incident"));
    let (Some(known), detail) = (note.or(incident), if note.is_some() { "noted" } else { "set" }) else {
        return Answer::Unknown(format!("{}: what came back is no answer of PagerDuty's", http.status));
    };
    if let Some(wanted) = wanted(request) {
        let is = reply::text(known, "status").unwrap_or_default();
        // What was acknowledged may have been resolved in the meantime.
        if is != wanted && is != "resolved" {
            return Answer::Failed(format!("it was taken, and is {is} and not {wanted}"));
        }
    }
    Answer::Posted {
        reference: reply::text(known, "id"),
        link: reply::link(known, "html_url"),
        detail: detail.into(),
        place: None,
    }
}

/// The status that a request asks for, where it asks for one.
fn wanted(request: &IoRequest) -> Option<String> {
    let IoRequest::Http(HttpRequest { body: Some(Value::Plain(body)), .. }) = request else { return None };
    let document: serde_json::Value = serde_json::from_str(body).ok()?;
    reply::text(document.get("incident")?, "status")
}

pub(super) fn event_answer(http: &HttpReply) -> Answer {
    let document = reply::document(http);
    if !reply::is_good(http) {
        let errors =
            document.as_ref().and_then(|document| document.get("errors")?.as_array()?.first()?.as_str());
        let message = document.as_ref().and_then(|document| reply::text(document, "message"));
        let why = reply::refusal(http, errors.map(str::to_owned).or(message));
        return if http.status >= 500 { Answer::Unknown(why) } else { Answer::Failed(why) };
    }
    let status = document.as_ref().and_then(|document| reply::text(document, "status"));
    match (document, status.as_deref()) {
        (Some(document), Some("success")) => Answer::Posted {
            reference: reply::text(&document, "dedup_key"),
            link: None,
            // Taken is all that is known: nobody says whom it reached.
            detail: "event taken".into(),
            place: None,
        },
        _ => Answer::Unknown(format!("{}: what came back is no answer of PagerDuty's", http.status)),
    }
}
