//! Alerts that programs send as messages, `alert:KEY`, and the warnings `[ai] …` and `[modules] … truncated`: how
//! often each came.
//!
//! Every message of one key is one issue, so that the issue is there says nothing: its count has to grow. Three
//! things would spoil a counter, and are kept from it. Archived issues are missing under `is:unresolved`, so the query
//! has no `is:`. A window that slides loses old events while new ones come, so it begins at a fixed instant, a
//! Monday, two to three weeks ago. The count of a whole life would jump by all of it when an old issue comes back, so
//! it is the count within that window. What the window does not have is a 0 that was counted, unless pages were left
//! unread.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::api::{self, Api};
use super::normal::Event;
use super::pages::{self, LIMIT, PAGES};
use super::wire::{Issue, Reported};
use super::{Watch, entry, watches};
use crate::domain::io::{HttpRequest, IoReply, IoRequest, Reason};
use crate::domain::reading::{Health, Reading};
use crate::domain::setting::Table;
use crate::domain::signal::Signal;
use crate::domain::time::Timestamp;
use crate::sources::reply::{self, Fault, Found};

/// The alerts that are there by name, also while nothing came: a counter has to stand at 0 before it can grow.
pub(super) const SPIKE: &str = "error_spike";
pub(super) const BILLING: &str = "billing_webhook_failed";
/// Texts that are counted beside the alerts: a name, a query, and what the title of an issue must hold.
const TEXTS: [(&str, &str, &[&str]); 2] = [
    ("ai", "message:\"[ai]*\"", &["[ai]"]),
    ("modules_truncated", "message:\"[modules]*truncated*\"", &["[modules]", "truncated"]),
];
/// The newest event of the billing alert is asked for this long after it was last seen.
const BILLING_FOR: Duration = Duration::from_secs(3600);
const WEEK: i64 = 7 * 86_400_000;
/// Monday 1970-01-05.
const MONDAY: i64 = 4 * 86_400_000;

/// What a poll asks.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Ask {
    /// A page of `alert:*`.
    Alerts(Option<String>),
    /// One of [`TEXTS`].
    Text(usize),
    /// One of the table's own counters.
    Watch(usize),
    /// The newest event of the billing alert's issue, which has the Stripe event's id.
    Billing(String),
}

#[derive(Default)]
struct Seen {
    alerts: Vec<Issue>,
    /// Whether there are alerts on further pages.
    more: bool,
    /// What each of the other queries found: its name, and the issues where it could be asked.
    texts: Vec<(&'static str, Option<Vec<Issue>>)>,
    watches: Vec<(String, Option<Vec<Issue>>)>,
    billing: Option<(String, Result<Event, String>)>,
    left_out: Vec<String>,
    retry_after: Option<Duration>,
}

/// The first request of a poll, but for its window, which depends on the time.
pub(super) fn first(api: &Api) -> HttpRequest {
    list(api, "message:\"alert:*\"", None, None)
}

/// The request that follows `answered`.
pub(super) fn next(signal: &Signal, now: Timestamp, answered: &[IoReply]) -> Option<IoRequest> {
    let table = signal.options.as_deref()?;
    let api = Api::of(table, signal.timeout())?;
    let watches = watches(table);
    let (_, ask) = walk(&watches, now, answered).ok()?;
    let window = window(now);
    let window = Some(&window);
    Some(IoRequest::Http(match ask? {
        Ask::Alerts(cursor) => list(&api, "message:\"alert:*\"", cursor.as_deref(), window),
        Ask::Text(index) => list(&api, TEXTS[index].1, None, window),
        Ask::Watch(index) => list(&api, &watches[index].query, None, window),
        Ask::Billing(id) => api.latest(&id),
    }))
}

fn list(api: &Api, query: &str, cursor: Option<&str>, window: Option<&(String, String)>) -> HttpRequest {
    let mut all = vec![("query", query), ("sort", "date"), ("limit", LIMIT)];
    if let Some((start, end)) = window {
        all.extend([("start", start.as_str()), ("end", end.as_str())]);
    }
    all.extend(cursor.map(|cursor| ("cursor", cursor)));
    api.list("issues/", &all)
}

/// The window of the counters: from a Monday two to three weeks ago to a little after now, by whichever clock.
fn window(now: Timestamp) -> (String, String) {
    let monday = (now.millis() - MONDAY).div_euclid(WEEK) * WEEK + MONDAY;
    let text = |at: Timestamp| at.rfc3339().chars().take(19).chain(['Z']).collect::<String>();
    (text(Timestamp::from_millis(monday - 2 * WEEK)), text(now.plus(Duration::from_secs(600))))
}

/// Goes through the replies in the order of the requests: what they say, and what is asked next.
fn walk(watches: &[Watch], at: Timestamp, replies: &[IoReply]) -> Result<(Seen, Option<Ask>), Fault> {
    let mut left = replies.iter();
    let mut seen = Seen::default();
    let mut cursor = None;
    for _ in 0..PAGES {
        let Some(reply) = left.next() else { return Ok((seen, Some(Ask::Alerts(cursor)))) };
        let page = pages::page(reply, at)?;
        pages::merge(&mut seen.alerts, page.issues);
        cursor = page.next;
        seen.more = cursor.is_some();
        if !seen.more {
            break;
        }
    }
    for (index, (name, _, words)) in TEXTS.iter().enumerate() {
        let Some(reply) = left.next() else { return Ok((seen, Some(Ask::Text(index)))) };
        let found = seen.listed(name, reply, at)?.map(|issues| {
            let says = |issue: &Issue| says(issue.title(), words);
            issues.into_iter().filter(says).collect()
        });
        seen.texts.push((name, found));
    }
    for (index, watch) in watches.iter().enumerate() {
        let Some(reply) = left.next() else { return Ok((seen, Some(Ask::Watch(index)))) };
        let found = seen.listed(&watch.name, reply, at)?;
        seen.watches.push((watch.name.clone(), found));
    }
    let billing = seen.alerts.iter().filter(|issue| key(issue).as_deref() == Some(BILLING));
    let billing = billing.filter(|issue| api::is_id(&issue.id)).max_by_key(|issue| issue.last_seen);
    if let Some(issue) = billing {
        let recent = issue.last_seen.is_some_and(|last| at.since(last) <= BILLING_FOR);
        let id = issue.id.clone();
        match left.next() {
            // A reply that is there was asked for: the poll may have begun within the time.
            Some(reply) => match reply::json::<Reported>(reply, at) {
                Ok(event) => seen.billing = Some((id, Ok(Event::reported(event)))),
                Err(fault) => {
                    seen.retry_after = fault.retry_after;
                    seen.billing = Some((id, Err(fault.detail)));
                }
            },
            None if recent => return Ok((seen, Some(Ask::Billing(id)))),
            None => {}
        }
    }
    Ok((seen, None))
}

impl Seen {
    /// The issues that a further query found. One that Sentry does not take is left out, and that is said; any other
    /// failure may pass, and until then nothing is known.
    fn listed(&mut self, name: &str, reply: &IoReply, at: Timestamp) -> Result<Option<Vec<Issue>>, Fault> {
        match pages::page(reply, at) {
            Ok(page) => {
                if page.next.is_some() {
                    self.left_out.push(format!("{name}: more than {LIMIT} issues"));
                }
                Ok(Some(page.issues))
            }
            Err(fault) if matches!(reply, IoReply::Http(http) if matches!(http.status, 400 | 404 | 422)) => {
                self.left_out.push(format!("{name}: {}", fault.detail));
                Ok(None)
            }
            Err(fault) => Err(fault),
        }
    }
}

/// Whether `title` holds every one of `words`. Sentry cuts long titles: what was cut off may have held the rest.
fn says(title: &str, words: &[&str]) -> bool {
    let is_cut = title.ends_with("...") || title.ends_with('…');
    let mut words = words.iter();
    words.next().is_none_or(|first| title.contains(first)) && words.all(|word| is_cut || title.contains(word))
}

/// The key of an alert: `error_spike` of `alert:error_spike`. A dot would be a place within a place.
pub(super) fn key(issue: &Issue) -> Option<String> {
    let rest = issue.title().strip_prefix("alert:")?;
    let word: String = rest
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
        .take(64)
        .map(|c| if c == '.' { '_' } else { c })
        .collect();
    (!word.is_empty()).then_some(word)
}

/// A counter over issues, as it stands in the document.
fn counter<'a>(issues: impl Iterator<Item = &'a Issue> + Clone) -> Map<String, Value> {
    let mut out = Map::new();
    let counts: Option<Vec<u64>> = issues.clone().map(|issue| issue.count).collect();
    // A count that cannot be read is not 0: then nothing is counted.
    if let Some(counts) = counts {
        out.insert("count".into(), counts.into_iter().fold(0, u64::saturating_add).into());
    }
    let began = issues.clone().filter_map(|issue| issue.first_seen).min();
    let last = issues.clone().filter_map(|issue| issue.last_seen).max();
    out.extend(began.map(|began| ("began".to_owned(), began.rfc3339().into())));
    out.extend(last.map(|last| ("last_seen".to_owned(), last.rfc3339().into())));
    out.insert("issues".into(), issues.count().into());
    out
}

/// What one poll means.
pub(super) fn read(signal: &Signal, at: Timestamp, replies: &[IoReply]) -> Reading {
    let lost = || Fault::new(Reason::Parse, "the signal has lost its table");
    let table = signal.options.as_deref();
    let found = table.ok_or_else(lost).and_then(|table| {
        let (seen, _) = walk(&watches(table), at, replies)?;
        let retry_after = seen.retry_after;
        Ok((found(&seen, table, signal.timeout(), at).ok_or_else(lost)?, retry_after))
    });
    match found {
        Ok((found, retry_after)) => Reading { retry_after, ..found.reading(signal, at, replies) },
        Err(fault) => fault.reading(signal, at, replies),
    }
}

fn found(seen: &Seen, table: &Table, timeout: Duration, at: Timestamp) -> Option<Found> {
    let api = Api::of(table, timeout)?;
    let mut keys: BTreeMap<String, Vec<&Issue>> = BTreeMap::new();
    if !seen.more {
        // All alerts were read: one of these that is not among them did not come.
        keys.extend([SPIKE, BILLING].map(|name| (name.to_owned(), Vec::new())));
    }
    for issue in &seen.alerts {
        if let Some(key) = key(issue) {
            keys.entry(key).or_default().push(issue);
        }
    }
    let mut alerts: BTreeMap<String, Map<String, Value>> =
        keys.iter().map(|(key, issues)| (key.clone(), counter(issues.iter().copied()))).collect();
    let stripe = seen.billing.as_ref().and_then(|(_, event)| event.as_ref().ok()?.stripe_event());
    if let (Some(stripe), Some(alert)) = (stripe, alerts.get_mut(BILLING)) {
        alert.insert("stripe_event".into(), stripe.into());
    }
    let of = |issues: &Option<Vec<Issue>>| issues.as_ref().map(|issues| counter(issues.iter()));
    let texts: BTreeMap<&str, _> =
        seen.texts.iter().filter_map(|(name, issues)| Some((*name, of(issues)?))).collect();
    let watch: BTreeMap<&str, _> =
        seen.watches.iter().filter_map(|(name, issues)| Some((name.as_str(), of(issues)?))).collect();

    let came = keys.iter().filter(|(_, issues)| !issues.is_empty()).map(|(key, _)| key);
    let mut said: Vec<String> = came
        .map(|key| match alerts[key].get("count") {
            Some(count) => format!("{key} {count}"),
            None => format!("{key}: its count cannot be read"),
        })
        .collect();
    let all = alerts.values().chain(texts.values()).chain(watch.values());
    let counted = all.filter(|counter| !counter.contains_key("count")).count() == 0;
    for (name, counter) in texts.iter().chain(&watch) {
        let count = counter.get("count").and_then(Value::as_u64).filter(|count| *count > 0);
        said.extend(count.map(|count| format!("{name} {count}")));
    }
    if said.is_empty() {
        said.push("none in two weeks".into());
    }
    if seen.more {
        said.push("more than were read".into());
    }
    said.extend(seen.left_out.iter().cloned());

    let mut issues: Vec<&Issue> = seen.alerts.iter().collect();
    let others = seen.texts.iter().filter_map(|(_, issues)| issues.as_ref());
    for issue in others.chain(seen.watches.iter().filter_map(|(_, issues)| issues.as_ref())).flatten() {
        if !issues.iter().any(|known| known.id == issue.id) {
            issues.push(issue);
        }
    }
    issues.sort_by_key(|issue| std::cmp::Reverse(issue.last_seen));
    let entries = issues.into_iter().map(|issue| {
        let mut entry = issue.entry(&api, at);
        match seen.billing.as_ref().filter(|(id, _)| *id == issue.id) {
            Some((_, Ok(event))) => {
                entry::add(&mut entry, event);
                entry.title.extend(event.stripe_event().map(|id| format!(" · {id}")));
            }
            Some((_, Err(why))) => {
                entry.facts.push(("stripe event", format!("could not be read: {why}")));
            }
            None => {}
        }
        entry
    });
    Some(Found {
        health: if seen.left_out.is_empty() && counted { Health::Ok } else { Health::Degraded },
        reason: None,
        detail: said.join(" · "),
        body: json!({ "alerts": alerts, "texts": texts, "watch": watch, "complete": !seen.more }),
        entries: entries.collect(),
    })
}
