//! Sentry: exact requests, readings from replies, rules at their boundaries, and everything a far side may do.

mod alerts;
mod events;
mod issues;
mod offers;
mod plan;
mod push;

use std::time::Duration;

use serde_json::{Value, json};

use crate::domain::io::{HttpRequest, IoReply, IoRequest};
use crate::domain::signal::Signal;
use crate::sources::conformance::{AT, http, http_with, plan};

const ISSUES: &str = include_str!("fixtures/issues.json");
const EVENT: &str = include_str!("fixtures/event.json");
const EXCEPTION: &str = include_str!("fixtures/exception_event.json");
const TIMESERIES: &str = include_str!("fixtures/timeseries.json");

const TABLE: &str = "organization = \"lanternfish\"\ntoken = { env = \"SENTRY_TOKEN\" }\n";

fn signals(more: &str) -> Vec<Signal> {
    plan("sentry", &format!("{TABLE}{more}"))
}

/// The signal that lists issues.
fn listing(more: &str) -> Signal {
    signals(more).into_iter().find(|signal| signal.part == "issues").unwrap()
}

/// The signal that counts alerts.
fn counting(more: &str) -> Signal {
    signals(more).into_iter().find(|signal| signal.part == "alerts").unwrap()
}

fn as_http(request: &IoRequest) -> &HttpRequest {
    let IoRequest::Http(request) = request else { panic!("not HTTP") };
    request
}

fn url(request: &IoRequest) -> &str {
    &as_http(request).url
}

/// The query of a request, decoded, in order.
fn query(request: &IoRequest) -> Vec<(String, String)> {
    url::Url::parse(url(request)).unwrap().query_pairs().into_owned().collect()
}

fn ago(seconds: u64) -> String {
    AT.minus(Duration::from_secs(seconds)).rfc3339()
}

/// An open error, last and first seen so many seconds ago, with `more` over it.
fn issue(id: &str, last: u64, first: u64, more: &Value) -> Value {
    let mut issue = json!({
        "id": id, "shortId": format!("WEB-{id}"), "title": format!("Error {id}"), "level": "error",
        "status": "unresolved", "substatus": "ongoing", "count": "5", "userCount": 2,
        "firstSeen": ago(first), "lastSeen": ago(last), "isUnhandled": false, "permalink": null
    });
    for (key, value) in more.as_object().unwrap() {
        issue[key] = value.clone();
    }
    issue
}

fn list(issues: &[Value]) -> IoReply {
    http(200, &Value::from(issues.to_vec()).to_string())
}

/// A page with a `Link` to the next.
fn page(issues: &[Value], cursor: &str, more: bool) -> IoReply {
    let link = format!(
        "<https://elsewhere.example.com/?cursor=0:0:1>; rel=\"previous\"; results=\"false\"; cursor=\"0:0:1\", \
         <https://elsewhere.example.com/?cursor={cursor}>; rel=\"next\"; results=\"{more}\"; cursor=\"{cursor}\""
    );
    http_with(200, &[("link", &link)], &Value::from(issues.to_vec()).to_string())
}
