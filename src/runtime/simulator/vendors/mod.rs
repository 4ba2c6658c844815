//! The far side of the vendors the shop depends on: enough of their APIs that a console can read them
//! and have them do things, with their types, their errors and their moods. Tokens are checked; query
//! parameters that are not known are left alone, as vendors do.

pub mod asked;
mod database;
pub mod errand;
mod fly;
mod github;
pub mod keys;
pub mod moment;
mod pagerduty;
pub mod postgres;
mod posthog;
mod prometheus;
pub mod redis;
mod resend;
mod s3;
pub mod sentry;
mod slack;
mod status;
mod statuspage;
mod stripe;
mod supabase;
pub mod told;
mod vercel;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use serde_json::{Value, json};

use super::answer::{answer, refused};
use super::deed::Act;
use super::fault::{Fault, Lie, Target};
use super::world::World;
use crate::domain::time::Timestamp;
use asked::Asked;
use errand::Errand;

/// A vendor with a door below `/vendors/`.
struct Vendor {
    /// The first part of the path.
    path: &'static str,
    /// Who it is in scenarios.
    target: Target,
    /// Answers a request well.
    answer: fn(&World, &Asked) -> Response,
    /// Refuses a request with a status, in the vendor's own shape.
    refuse: fn(StatusCode, &Refusal) -> Response,
}

/// Why a vendor refuses.
#[derive(Clone, Debug, Default)]
pub struct Refusal {
    /// In words; the vendor's usual ones if empty.
    pub message: String,
    /// How many seconds the client is told to wait.
    pub retry_after: Option<u32>,
    /// The wall clock's time.
    pub now: Timestamp,
}

const VENDORS: [Vendor; 14] = [
    Vendor { path: "sentry", target: Target::Sentry, answer: sentry::answer, refuse: sentry::refuse },
    Vendor { path: "stripe", target: Target::Stripe, answer: stripe::answer, refuse: stripe::refuse },
    Vendor { path: "vercel", target: Target::Vercel, answer: vercel::answer, refuse: vercel::refuse },
    Vendor { path: "fly", target: Target::Fly, answer: fly::answer, refuse: fly::refuse },
    Vendor { path: "supabase", target: Target::Supabase, answer: supabase::answer, refuse: supabase::refuse },
    Vendor { path: "github", target: Target::GitHub, answer: github::answer, refuse: github::refuse },
    Vendor {
        path: "pagerduty",
        target: Target::PagerDuty,
        answer: pagerduty::answer,
        refuse: pagerduty::refuse,
    },
    Vendor { path: "status", target: Target::Hosting, answer: status::answer, refuse: status::refuse },
    Vendor {
        path: "prometheus",
        target: Target::Prometheus,
        answer: prometheus::answer,
        refuse: prometheus::refuse,
    },
    Vendor { path: "posthog", target: Target::PostHog, answer: posthog::answer, refuse: posthog::refuse },
    Vendor { path: "slack", target: Target::Slack, answer: slack::answer, refuse: slack::refuse },
    Vendor {
        path: "statuspage",
        target: Target::Statuspage,
        answer: statuspage::answer,
        refuse: statuspage::refuse,
    },
    Vendor { path: "resend", target: Target::Resend, answer: resend::answer, refuse: resend::refuse },
    Vendor { path: "s3", target: Target::Backups, answer: s3::answer, refuse: s3::refuse },
];

/// The vendors' doors.
pub fn router() -> Router<Arc<World>> {
    Router::new().route("/vendors/{*path}", any(door))
}

async fn door(
    State(world): State<Arc<World>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> Response {
    let (name, asked) = Asked::new(method, &uri, headers, body);
    let Some(vendor) = VENDORS.iter().find(|vendor| vendor.path == name) else {
        return refused(StatusCode::NOT_FOUND, "no vendor has this door");
    };
    answer(&world, vendor.target, |world, _| (vendor.answer)(world, &asked)).await
}

/// The answer of `target` that cannot do what was asked, in its own shape; `None` if it is no vendor.
pub fn failed(world: &World, target: Target, status: StatusCode, fault: &Fault) -> Option<Response> {
    let vendor = VENDORS.iter().find(|vendor| vendor.target == target)?;
    let now = world.moment().now();
    let refusal = Refusal { message: String::new(), retry_after: fault.retry_after, now };
    let mut response = (vendor.refuse)(status, &refusal);
    if let Some(seconds) = fault.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Some(response)
}

/// The same answer, told as a lie.
pub async fn lie(response: Response, lie: Lie) -> Response {
    match lie {
        Lie::Html => super::answer::html(
            "<!doctype html>\n<html><head><title>We moved</title></head>\n\
             <body><h1>This page has a new home</h1></body></html>\n",
        ),
        Lie::Empty => StatusCode::OK.into_response(),
        Lie::Shape => json(StatusCode::OK, &json!({ "moved": [{ "to": "the next version" }] })),
        Lie::Truncated => {
            let (mut parts, body) = response.into_parts();
            let bytes = axum::body::to_bytes(body, 8 * 1024 * 1024).await.unwrap_or_default();
            parts.headers.remove(header::CONTENT_LENGTH);
            let half = bytes.slice(..bytes.len() / 2);
            Response::from_parts(parts, Body::from(half))
        }
    }
}

/// An answer in JSON.
pub fn json(status: StatusCode, value: &Value) -> Response {
    (status, axum::Json(value)).into_response()
}

/// Sets a header whose text cannot be wrong.
fn set(response: &mut Response, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(HeaderName::from_static(name), value);
    }
}

/// Remembers what was asked, and answers with `then`; an overfull company says that it is.
fn did(world: &World, errand: Errand, then: impl FnOnce() -> Response) -> Response {
    match world.record(Act::AtVendor(errand)) {
        Ok(()) => then(),
        Err(super::world::TooMuch) => {
            refused(StatusCode::TOO_MANY_REQUESTS, "too much was done to this company; start another")
        }
    }
}

/// A reason in words.
fn because(message: impl Into<String>, now: Timestamp) -> Refusal {
    Refusal { message: message.into(), retry_after: None, now }
}

/// `words`, or what is usual for `status`.
fn or_usual(words: &str, status: StatusCode) -> String {
    if words.is_empty() {
        status.canonical_reason().unwrap_or("Unknown").to_owned()
    } else {
        words.to_owned()
    }
}

/// Seconds since the Unix epoch.
fn seconds(at: Timestamp) -> i64 {
    at.millis().div_euclid(1_000)
}

/// `2026-08-18T02:14:51Z`.
fn iso(at: Timestamp) -> String {
    at.utc().map_or_else(String::new, |at| at.format("%Y-%m-%dT%H:%M:%SZ").to_string())
}
