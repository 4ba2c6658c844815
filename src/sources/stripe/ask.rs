//! What a poll asks: every webhook endpoint, then undelivered events, newest first, page by page.

use std::time::Duration;

use serde::de::DeserializeOwned;

use super::wire::{Endpoint, Event, List, Row, is_plain};
use super::{lookback, settle};
use crate::domain::io::{HttpRequest, IoReply, IoRequest, Reason, Value};
use crate::domain::offer;
use crate::domain::setting::Table;
use crate::domain::signal::Signal;
use crate::domain::time::Timestamp;
use crate::sources::reply::{self, Fault};
use crate::sources::table;

/// Shapes of replies follow the version: a fixed one, not the account's.
const VERSION: &str = "2024-06-20";
/// Rows of a page, as many as Stripe gives.
const PAGE: &str = "100";
/// Pages of endpoints at most: an account has 16, a platform some more.
const ENDPOINT_PAGES: usize = 3;
/// Pages of events at most.
const EVENT_PAGES: usize = 5;

/// Whom the requests go to, and as whom.
pub(super) struct Account {
    base: String,
    headers: Vec<(String, Value)>,
    timeout: Duration,
}

impl Account {
    /// The account of `table`; `None` without a key.
    pub(super) fn of(table: &Table, timeout: Duration) -> Option<Self> {
        let key = table.value("key")?;
        let plain = |text: &str| Value::Plain(text.to_owned());
        let mut headers = vec![
            ("authorization".to_owned(), key.behind("Bearer ")),
            ("stripe-version".to_owned(), plain(table.text("version").unwrap_or(VERSION))),
        ];
        if let Some(account) = table.text("account") {
            headers.push(("stripe-account".to_owned(), plain(account)));
        }
        let base = table.text("base_url").unwrap_or("https://api.stripe.com").to_owned();
        Some(Self { base, headers, timeout })
    }

    /// A request that changes nothing.
    pub(super) fn get(&self, path: &str, query: &[(&str, &str)]) -> HttpRequest {
        table::request("GET", &self.base, path, query, self.headers.clone(), self.timeout)
    }

    /// A request that changes something, once however often it is sent for one confirmation.
    pub(super) fn post(&self, path: &str, form: &[(&str, &str)]) -> HttpRequest {
        let mut request = table::request("POST", &self.base, path, &[], self.headers.clone(), self.timeout);
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(form);
        let header = |name: &str, text: &str| (name.to_owned(), Value::Plain(text.to_owned()));
        request.headers.push(header("content-type", "application/x-www-form-urlencoded"));
        request.headers.push(header("idempotency-key", offer::ONCE));
        request.body = Some(Value::Plain(body.finish()));
        request
    }

    /// A page of endpoints.
    pub(super) fn endpoints(&self, after: Option<&str>) -> HttpRequest {
        let mut query = vec![("limit", PAGE)];
        query.extend(after.map(|id| ("starting_after", id)));
        self.get("/v1/webhook_endpoints", &query)
    }

    /// A page of undelivered events of this span.
    fn events(&self, (from, to): (Timestamp, Timestamp), after: Option<&str>) -> HttpRequest {
        let seconds = |at: Timestamp| at.millis().div_euclid(1000).to_string();
        let (from, to) = (seconds(from), seconds(to));
        let mut query = vec![
            ("delivery_success", "false"),
            ("created[gte]", from.as_str()),
            ("created[lte]", to.as_str()),
            ("limit", PAGE),
        ];
        query.extend(after.map(|id| ("starting_after", id)));
        self.get("/v1/events", &query)
    }
}

/// How far a poll came.
struct Walk {
    /// How many replies are pages of endpoints; the rest are pages of events.
    endpoints: usize,
    /// What the next page comes after.
    cursor: Option<String>,
    /// Whether the last endpoint is known, or enough of them.
    past_endpoints: bool,
    /// Whether there is nothing more to ask.
    done: bool,
    /// Whether something was left unread.
    more: bool,
}

fn walk(replies: &[IoReply], at: Timestamp) -> Result<Walk, Fault> {
    let mut walk = Walk { endpoints: 0, cursor: None, past_endpoints: false, done: false, more: false };
    for (read, reply) in replies.iter().enumerate() {
        if walk.done {
            break;
        }
        let (pages, most) = if walk.past_endpoints {
            (read + 1 - walk.endpoints, EVENT_PAGES)
        } else {
            walk.endpoints += 1;
            (walk.endpoints, ENDPOINT_PAGES)
        };
        let (rows, has_more) = page::<Row>(reply, at)?;
        let last = rows.into_iter().next_back().map(|row| row.id);
        // A cursor that does not move never ends; what is no id is none.
        let moves = last.as_deref().is_some_and(is_plain) && last != walk.cursor;
        let goes_on = has_more && moves && pages < most;
        walk.more |= has_more && !goes_on;
        walk.cursor = last.filter(|_| goes_on);
        if !goes_on {
            walk.done = walk.past_endpoints;
            walk.past_endpoints = true;
        }
    }
    Ok(walk)
}

/// What the poll asks next; `None` after a fault and once it knows enough.
pub(super) fn next(signal: &Signal, now: Timestamp, answered: &[IoReply]) -> Option<IoRequest> {
    if answered.is_empty() {
        return None;
    }
    let table = signal.options.as_deref()?;
    let account = Account::of(table, signal.timeout())?;
    let walk = walk(answered, now).ok().filter(|walk| !walk.done)?;
    let after = walk.cursor.as_deref();
    Some(IoRequest::Http(if walk.past_endpoints {
        account.events((now.minus(lookback(table)), now.minus(settle(table))), after)
    } else {
        account.endpoints(after)
    }))
}

/// Everything that a poll read.
pub(super) struct Pages {
    pub(super) endpoints: Vec<Endpoint>,
    pub(super) events: Vec<Event>,
    /// Whether there is more than was read.
    pub(super) more: bool,
}

/// What the replies of a whole poll say; else why that is nothing.
pub(super) fn pages(replies: &[IoReply], at: Timestamp) -> Result<Pages, Fault> {
    let walk = walk(replies, at)?;
    if !walk.done {
        return Err(Fault::new(Reason::Body, "the list ends before its last page"));
    }
    let mut pages = Pages { endpoints: Vec::new(), events: Vec::new(), more: walk.more };
    for (index, reply) in replies.iter().enumerate() {
        if index < walk.endpoints {
            pages.endpoints.extend(page::<Endpoint>(reply, at)?.0);
        } else {
            pages.events.extend(page::<Event>(reply, at)?.0);
        }
    }
    Ok(pages)
}

/// The rows of a page, and whether there are more; an error in its place is a fault, whatever its status.
fn page<T: DeserializeOwned>(reply: &IoReply, at: Timestamp) -> Result<(Vec<T>, bool), Fault> {
    let list: List<T> = reply::json(reply, at).map_err(|fault| scoped(fault, reply))?;
    if let Some(error) = list.error {
        let words =
            error.get("message").and_then(serde_json::Value::as_str).unwrap_or("an error without words");
        return Err(Fault::new(Reason::Body, format!("an error in a good reply: {words}")));
    }
    let rows = list.data.ok_or_else(|| Fault::new(Reason::Body, "data: it is not there"))?;
    Ok((rows, list.has_more == Some(true)))
}

/// A refusal with the permission that is missing: Stripe names it at the end of a sentence that is longer than
/// a detail.
fn scoped(fault: Fault, reply: &IoReply) -> Fault {
    let IoReply::Http(http) = reply else { return fault };
    if fault.reason != Reason::Auth {
        return fault;
    }
    let body = String::from_utf8_lossy(&http.body);
    let part = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
    let Some(scope) = body.split(part).find(|word| word.starts_with("rak_")) else { return fault };
    Fault { detail: format!("{}: the key lacks {scope}", http.status), ..fault }
}
