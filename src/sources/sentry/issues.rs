//! The issues that match a query, newest and most frequent, with how many errors there were lately and the newest
//! events of a few.
//!
//! Only the list is needed: counts over time and events are left out where they cannot be had, and that is said.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;

use super::api::{Api, period};
use super::normal::Event;
use super::pages::{self, LIMIT, PAGES};
use super::wire::{Issue, Reported, Timeseries};
use super::{api, entry};
use crate::domain::io::{HttpRequest, IoReply, IoRequest, Reason};
use crate::domain::reading::{Health, Reading};
use crate::domain::setting::Table;
use crate::domain::signal::Signal;
use crate::domain::time::{Timestamp, short};
use crate::sources::reply::{self, Fault, Found};

/// Issues whose newest event is asked for in one poll.
const EVENTS: usize = 3;
/// Counts that end so long ago say nothing about now: the greatest step that is understood, and clocks that differ.
const STALE: Duration = Duration::from_secs(10 * 60);
/// How far back is looked where the table says nothing.
const PERIOD: Duration = Duration::from_secs(14 * 86_400);

/// What a poll asks.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Ask {
    /// A page of the issues, last seen first.
    Newest(Option<String>),
    /// The issues with the most events, where not all of them fit into the pages.
    Frequent,
    /// How many errors in each minute of the last hour.
    Counts,
    /// The newest event of an issue.
    Latest(String),
}

/// What the replies so far say.
#[derive(Default)]
struct Seen {
    issues: Vec<Issue>,
    hits: Option<u64>,
    /// Whether there are issues on further pages.
    more: bool,
    counts: Option<Counts>,
    events: BTreeMap<String, Result<Event, String>>,
    /// What was left out, and why.
    left_out: Vec<String>,
    retry_after: Option<Duration>,
}

/// Errors of the last minutes; `None` where Sentry counts in steps that are too long to say.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Counts {
    five_minutes: Option<u64>,
    hour: Option<u64>,
}

/// The first request of a poll.
pub(super) fn first(api: &Api, table: &Table) -> HttpRequest {
    request(&Ask::Newest(None), api, table)
}

/// The request that follows `answered`.
pub(super) fn next(signal: &Signal, now: Timestamp, answered: &[IoReply]) -> Option<IoRequest> {
    let table = signal.options.as_deref()?;
    let (_, ask) = walk(now, answered).ok()?;
    Some(IoRequest::Http(request(&ask?, &Api::of(table, signal.timeout())?, table)))
}

fn request(ask: &Ask, api: &Api, table: &Table) -> HttpRequest {
    let period = period(table.duration("period").unwrap_or(PERIOD));
    let query = table.text("query").unwrap_or("is:unresolved");
    let list = |sort: &str, cursor: Option<&str>| {
        let mut all =
            vec![("query", query), ("sort", sort), ("statsPeriod", period.as_str()), ("limit", LIMIT)];
        all.extend(cursor.map(|cursor| ("cursor", cursor)));
        api.list("issues/", &all)
    };
    match ask {
        Ask::Newest(cursor) => list("date", cursor.as_deref()),
        Ask::Frequent => list("freq", None),
        Ask::Counts => api.list(
            "events-timeseries/",
            &[("dataset", "errors"), ("yAxis", "count()"), ("interval", "60"), ("statsPeriod", "1h")],
        ),
        Ask::Latest(id) => api.latest(id),
    }
}

/// Goes through the replies in the order of the requests: what they say, and what is asked next. The order depends
/// on the replies alone, so that reading a poll finds the requests that were made.
fn walk(at: Timestamp, replies: &[IoReply]) -> Result<(Seen, Option<Ask>), Fault> {
    let mut left = replies.iter();
    let mut seen = Seen::default();
    let mut cursor = None;
    for number in 0..PAGES {
        let Some(reply) = left.next() else { return Ok((seen, Some(Ask::Newest(cursor)))) };
        let page = match pages::page(reply, at) {
            Ok(page) => page,
            Err(fault) if number == 0 => return Err(fault),
            Err(fault) => {
                seen.more = true;
                seen.leave_out("further issues", &fault);
                return Ok((seen, None));
            }
        };
        seen.hits = seen.hits.or(page.hits);
        pages::merge(&mut seen.issues, page.issues);
        cursor = page.next;
        seen.more = cursor.is_some();
        if page.spent {
            seen.left_out.push("counts and events: the rate limit is used up".into());
            return Ok((seen, None));
        }
        if !seen.more {
            break;
        }
    }
    if seen.more {
        let Some(reply) = left.next() else { return Ok((seen, Some(Ask::Frequent))) };
        match pages::page(reply, at) {
            Ok(page) => pages::merge(&mut seen.issues, page.issues),
            Err(fault) => {
                seen.leave_out("the most frequent issues", &fault);
                return Ok((seen, None));
            }
        }
    }
    let Some(reply) = left.next() else { return Ok((seen, Some(Ask::Counts))) };
    match counts(reply, at) {
        Ok(counts) => seen.counts = Some(counts),
        Err(fault) => {
            seen.leave_out("counts over time", &fault);
            if pages::ends(&fault) {
                return Ok((seen, None));
            }
        }
    }
    for id in seen.telling() {
        let Some(reply) = left.next() else { return Ok((seen, Some(Ask::Latest(id)))) };
        match reply::json::<Reported>(reply, at) {
            Ok(event) => {
                seen.events.insert(id, Ok(Event::reported(event)));
            }
            Err(fault) => {
                let ends = pages::ends(&fault);
                seen.retry_after = seen.retry_after.max(fault.retry_after);
                seen.events.insert(id, Err(fault.detail));
                if ends {
                    break;
                }
            }
        }
    }
    Ok((seen, None))
}

impl Seen {
    fn leave_out(&mut self, what: &str, fault: &Fault) {
        self.left_out.push(format!("no {what}: {}", fault.detail));
        self.retry_after = self.retry_after.max(fault.retry_after);
    }

    /// Issues whose newest event tells most: the one seen last, the one that began last, the one with most events,
    /// and then the ones seen last.
    fn telling(&self) -> Vec<String> {
        let known = || self.issues.iter().filter(|issue| api::is_id(&issue.id));
        let mut newest: Vec<&Issue> = known().collect();
        newest.sort_by_key(|issue| std::cmp::Reverse(issue.last_seen));
        let mut chosen: Vec<&Issue> = Vec::new();
        let first = newest.first().copied();
        let begun = known().max_by_key(|issue| issue.first_seen);
        let frequent = known().max_by_key(|issue| issue.count);
        for issue in [first, begun, frequent].into_iter().flatten().chain(newest.iter().copied()) {
            if chosen.len() < EVENTS && !chosen.iter().any(|known| known.id == issue.id) {
                chosen.push(issue);
            }
        }
        chosen.into_iter().map(|issue| issue.id.clone()).collect()
    }
}

/// Errors of the last five minutes and of the last hour. The minute that runs counts with what it has so far: five
/// minutes are never more than five. Steps that end long ago, or none at all, are no measurement.
fn counts(reply: &IoReply, at: Timestamp) -> Result<Counts, Fault> {
    let reply = reply::http(reply, at).map_err(|fault| pages::scoped(fault, "org:read"))?;
    let series: Timeseries = reply::body(reply)?;
    let series = series.time_series.into_iter().next();
    let newest = series.iter().flat_map(|series| &series.values).map(|bucket| bucket.timestamp).max();
    let (Some(series), Some(last)) = (series, newest) else {
        return Err(Fault::new(Reason::Body, "there are no steps"));
    };
    let old = at.since(Timestamp::from_millis(last));
    if old > STALE {
        return Err(Fault::new(Reason::Body, format!("they end {} ago", short(old))));
    }
    let step = series.meta.and_then(|meta| meta.interval).unwrap_or(60_000.0);
    let since = |minutes: i64| {
        let from = last.saturating_sub(minutes * 60_000);
        let values = series.values.iter().filter(|bucket| bucket.timestamp > from);
        let sum: f64 = values.filter_map(|bucket| bucket.value).filter(|value| *value >= 0.0).sum();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "within bounds, not negative"
        )]
        (sum < 9e15).then(|| sum.round() as u64)
    };
    let whole =
        |minutes: i64, longest: f64| (step > 0.0 && step <= longest).then(|| since(minutes)).flatten();
    Ok(Counts { five_minutes: whole(5, 60_000.0), hour: whole(60, 300_000.0) })
}

/// What one poll means.
pub(super) fn read(signal: &Signal, at: Timestamp, replies: &[IoReply]) -> Reading {
    let seen = match walk(at, replies) {
        Ok((seen, _)) => seen,
        Err(fault) => return fault.reading(signal, at, replies),
    };
    let api = signal.options.as_deref().and_then(|table| Api::of(table, signal.timeout()));
    let Some(api) = api else {
        let fault = Fault::new(Reason::Parse, "the signal has lost its table");
        return fault.reading(signal, at, replies);
    };
    let retry_after = seen.retry_after;
    let reading = found(seen, &api, at).reading(signal, at, replies);
    Reading { retry_after, ..reading }
}

fn found(mut seen: Seen, api: &Api, at: Timestamp) -> Found {
    seen.issues.sort_by_key(|issue| std::cmp::Reverse(issue.last_seen));
    let issues = &seen.issues;
    let listed = issues.len();
    let total = seen.hits.and_then(|hits| usize::try_from(hits).ok()).unwrap_or(0).max(listed);
    let open = || issues.iter().filter(|issue| issue.is_open());
    let alarming = issues.iter().filter(|issue| issue.is_alarming(at)).count();
    let fresh =
        open().filter(|issue| issue.first_seen.is_some_and(|first| at.since(first) <= entry::RECENT)).count();
    let word = |word: &'static str| open().filter(|issue| issue.is(word)).count();
    let frequent = issues.iter().filter(|issue| issue.count > Some(1)).max_by_key(|issue| issue.count);
    let frequent = frequent.filter(|_| listed > 1).map(|issue| issue.id.clone());

    let mut detail = format!("{total} open");
    if seen.more || total > listed {
        detail = format!("{total}{} open, {listed} read", if seen.hits.is_none() { "+" } else { "" });
    }
    let five = seen.counts.and_then(|counts| counts.five_minutes);
    detail.extend(five.map(|five| format!(" · {five} in 5m")));
    let marks = [(fresh, "new"), (word("escalating"), "escalating"), (word("regressed"), "regressed")];
    detail.extend(
        marks.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!(" · {count} {word}")),
    );
    detail.extend(seen.left_out.iter().map(|why| format!(" · {why}")));

    let entries = issues.iter().map(|issue| {
        let mut entry = issue.entry(api, at);
        if Some(&issue.id) == frequent.as_ref() {
            entry.tags.push("most frequent".into());
        }
        match seen.events.get(&issue.id) {
            Some(Ok(event)) => entry::add(&mut entry, event),
            Some(Err(why)) => entry.facts.push(("newest event", format!("could not be read: {why}"))),
            None => {}
        }
        entry
    });
    Found {
        health: if alarming > 0 { Health::Degraded } else { Health::Ok },
        reason: None,
        detail,
        body: json!({
            "open": total,
            "listed": listed,
            "complete": !seen.more,
            "alarming": alarming,
            "new_15m": fresh,
            "escalating": word("escalating"),
            "regressed": word("regressed"),
            "unhandled": open().filter(|issue| issue.is_unhandled == Some(true)).count(),
            "fatal": open().filter(|issue| issue.level().is_fatal()).count(),
            "errors_5m": five,
            "errors_1h": seen.counts.and_then(|counts| counts.hour),
        }),
        entries: entries.collect(),
    }
}
