//! Resend: mails, each sent once under its key however often it is asked for.

use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::super::world::World;
use super::asked::{Asked, kept};
use super::errand::Errand;
use super::told::{Told, all};
use super::{Refusal, did, keys, set};

/// The domain that was verified.
const DOMAIN: &str = "example.com";

/// Answers a request.
pub fn answer(world: &World, asked: &Asked) -> Response {
    if !asked.bears(keys::RESEND) {
        return error(StatusCode::UNAUTHORIZED, "missing_api_key", "API key is invalid");
    }
    let parts = asked.parts();
    let mut response = match (&asked.method, parts.as_slice()) {
        (&Method::POST, ["emails"]) => send(world, asked),
        (&Method::GET, ["emails", id]) => {
            let moment = world.moment();
            let found = all(&moment).any(|told| matches!(told, Told::Mail { id: known, .. } if known == id));
            if found {
                super::json(
                    StatusCode::OK,
                    &json!({ "object": "email", "id": id, "last_event": "delivered" }),
                )
            } else {
                error(StatusCode::NOT_FOUND, "not_found", "Email not found")
            }
        }
        _ => error(StatusCode::NOT_FOUND, "not_found", "The requested endpoint does not exist"),
    };
    set(&mut response, "ratelimit-limit", "5");
    set(&mut response, "ratelimit-remaining", "4");
    set(&mut response, "ratelimit-reset", "1");
    response
}

/// Refuses as Resend does.
pub fn refuse(status: StatusCode, refusal: &Refusal) -> Response {
    if status == StatusCode::TOO_MANY_REQUESTS {
        let words = "Too many requests. You can only make 5 requests per second.";
        let mut response = error(status, "rate_limit_exceeded", words);
        set(&mut response, "ratelimit-reset", &refusal.retry_after.unwrap_or(1).to_string());
        return response;
    }
    error(status, "application_error", &super::or_usual(&refusal.message, status))
}

fn error(status: StatusCode, name: &str, message: &str) -> Response {
    super::json(status, &json!({ "statusCode": status.as_u16(), "name": name, "message": message }))
}

fn send(world: &World, asked: &Asked) -> Response {
    let body = asked.json();
    let absent = ["from", "to", "subject"].into_iter().find(|name| {
        body[*name].as_str().is_none_or(str::is_empty) && body[*name].as_array().is_none_or(Vec::is_empty)
    });
    if let Some(name) = absent {
        let words = format!("Missing `{name}` field.");
        return error(StatusCode::UNPROCESSABLE_ENTITY, "missing_required_field", &words);
    }
    let from = body["from"].as_str().unwrap_or_default();
    if !from.trim_end_matches('>').ends_with(&format!("@{DOMAIN}")) {
        return error(StatusCode::FORBIDDEN, "validation_error", "The domain is not verified");
    }
    let moment = world.moment();
    let key = asked.header("idempotency-key").map(str::to_owned);
    for told in all(&moment) {
        let Told::Mail { id, key: known, request, .. } = told else { continue };
        if key.is_some() && *known == key {
            return if *request == asked.body {
                super::json(StatusCode::OK, &json!({ "id": id }))
            } else {
                let words = "Same idempotency key used with a different request payload.";
                error(StatusCode::CONFLICT, "invalid_idempotent_request", words)
            };
        }
    }
    let id = format!("{:08x}-0000-4000-8000-{:012x}", moment.number(77, 0) & 0xffff_ffff, moment.deeds.len());
    let subject = body["subject"].as_str().map(kept).unwrap_or_default();
    let told = Told::Mail { id: id.clone(), key, request: asked.body.clone(), subject };
    did(world, Errand::Told(told), || super::json(StatusCode::OK, &json!({ "id": Value::from(id) })))
}
