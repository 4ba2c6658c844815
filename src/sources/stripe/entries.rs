//! One row an undelivered event and one an endpoint.

use super::ask::Account;
use super::backlog::{Backlog, Standing};
use super::money::{self, Amount};
use super::offers::{Desk, OFFERED};
use super::wire::{Endpoint, Event, mode};
use crate::domain::entry::{Entry, MOST};
use crate::domain::reading::Health;
use crate::domain::text::head;
use crate::domain::time::{Timestamp, brief, short};

/// How much of an event's object is shown, in bytes.
const BODY: usize = 8 * 1024;
/// Rows that are kept for endpoints.
const ENDPOINTS: usize = 40;

/// Endpoints that are sick, events nearest to being given up first, the other endpoints.
pub(super) fn all(backlog: &Backlog, account: &Account) -> Vec<Entry> {
    let desk = Desk::new(backlog, account);
    // A sick endpoint has its row however many there are.
    let mut listed: Vec<&Endpoint> = backlog.endpoints.iter().chain(&backlog.ignored).collect();
    listed.sort_by_key(|endpoint| health_of(endpoint, backlog) != Health::Down);
    let rows = listed.into_iter().take(ENDPOINTS).map(|endpoint| of_endpoint(endpoint, backlog, &desk));
    let (sick, well): (Vec<Entry>, Vec<Entry>) = rows.partition(|entry| entry.health == Health::Down);
    let room = MOST.saturating_sub(sick.len() + well.len());
    let events = backlog.events.iter().take(room).map(|event| of_event(event, backlog, &desk));
    sick.into_iter().chain(events).chain(well).collect()
}

fn of_event(event: &Event, backlog: &Backlog, desk: &Desk<'_>) -> Entry {
    let (at, takers) = (backlog.at, backlog.takers(event));
    let state = match takers.first() {
        None | Some((_, Standing::Late)) => "no endpoint",
        Some((_, Standing::Shut)) => "endpoint disabled",
        Some((_, Standing::Ready)) if backlog.is_given_up(event) => "gave up",
        Some((_, Standing::Ready)) => "retrying",
    };
    let endpoint = match takers.as_slice() {
        [] => "none".to_owned(),
        [(only, _)] => only.id.clone(),
        [(first, _), rest @ ..] => format!("{} +{}", first.id, rest.len()),
    };
    let mut entry = told(event, backlog.health_for(event), state);
    entry.cells = vec![
        ("ENDPOINT", endpoint),
        ("AGE", short(event.age(at))),
        ("PENDING", event.pending_webhooks.map_or_else(|| "?".to_owned(), |count| count.to_string())),
        ("AMOUNT", Amount::of(event.about()).map_or_else(String::new, |amount| amount.text())),
    ];
    entry.facts.insert(0, ("retries", retries(event, at)));
    entry.facts.insert(1, ("listed", listed(event, at)));
    for (endpoint, standing) in takers.iter().take(OFFERED) {
        let word = match standing {
            Standing::Ready => "can be sent it",
            Standing::Shut => "disabled",
            Standing::Late => "subscribed after it",
        };
        entry.facts.push(("endpoint", format!("{} {}: {word}", endpoint.id, endpoint.place())));
    }
    if takers.len() > OFFERED {
        entry
            .facts
            .push(("endpoint", format!("{} more take it: see their own rows", takers.len() - OFFERED)));
    }
    entry.offers = desk.of_event(event);
    entry
}

/// What an event says by itself.
pub(super) fn told(event: &Event, health: Health, state: &str) -> Entry {
    let mut entry = Entry::new(&event.id, health, state, &event.kind);
    entry.at = Some(event.created);
    entry.began = Some(event.created);
    entry.link = Some(event.link());
    if !event.livemode {
        entry.tags.push("TEST".to_owned());
    }
    let facts = &mut entry.facts;
    facts.push(("created", event.created.rfc3339()));
    facts.push(("mode", mode(event.livemode).to_owned()));
    facts.extend(Amount::of(event.about()).map(|amount| ("amount", amount.text())));
    facts.extend(event.subject().map(|subject| ("about", subject)));
    let (request, key) = event.asked_by();
    facts.push(("request", request.unwrap_or("none: Stripe did it by itself").to_owned()));
    facts.extend(key.map(|key| ("idempotency key", key.to_owned())));
    facts.extend(event.account.clone().map(|account| ("account", account)));
    facts.extend(event.api_version.clone().map(|version| ("api version", version)));
    if let Some(changed) = event.data.get("previous_attributes").and_then(serde_json::Value::as_object) {
        let changed: Vec<&str> = changed.keys().map(String::as_str).collect();
        facts.push(("changed", changed.join(", ")));
    }
    if event.about().is_object()
        && let Ok(text) = serde_json::to_string_pretty(event.about())
    {
        let cut = head(&text, BODY);
        entry.body.extend(cut.lines().map(str::to_owned));
        if cut.len() < text.len() {
            entry.body.push("…".to_owned());
        }
    }
    entry
}

fn retries(event: &Event, at: Timestamp) -> String {
    match event.tried_until() {
        None => "in test mode Stripe tries three times within a few hours".to_owned(),
        Some(until) if until > at => format!("Stripe stops trying in {}", brief(at.until(until))),
        Some(until) => format!("Stripe stopped trying {} ago", brief(at.since(until))),
    }
}

fn listed(event: &Event, at: Timestamp) -> String {
    format!("for {} more, then it cannot be replayed", brief(at.until(event.listed_until())))
}

fn is_ignored(endpoint: &Endpoint, backlog: &Backlog) -> bool {
    backlog.ignored.iter().any(|ignored| ignored.id == endpoint.id)
}

fn health_of(endpoint: &Endpoint, backlog: &Backlog) -> Health {
    if is_ignored(endpoint, backlog) { Health::Ok } else { backlog.health_of(endpoint) }
}

fn of_endpoint(endpoint: &Endpoint, backlog: &Backlog, desk: &Desk<'_>) -> Entry {
    let is_ignored = is_ignored(endpoint, backlog);
    let owed = if is_ignored { Vec::new() } else { backlog.owed_to(endpoint) };
    let health = health_of(endpoint, backlog);
    let state = endpoint.status.as_deref().unwrap_or("unknown");
    let title = match endpoint.description.as_deref().filter(|text| !text.is_empty()) {
        Some(description) => format!("{} – {description}", endpoint.place()),
        None => endpoint.place(),
    };
    let mut entry = Entry::new(&endpoint.id, health, state, title);
    entry.link = Some(endpoint.link());
    entry.began = endpoint.created;
    entry.at = owed.last().map(|event| event.created);
    let amounts: Vec<String> =
        money::at_stake(owed.iter().map(|event| event.about())).iter().map(Amount::text).collect();
    entry.cells = vec![
        ("ENDPOINT", endpoint.id.clone()),
        ("AGE", owed.first().map_or_else(String::new, |oldest| short(oldest.age(backlog.at)))),
        ("PENDING", owed.len().to_string()),
        ("AMOUNT", amounts.join(" + ")),
    ];
    if !endpoint.livemode {
        entry.tags.push("TEST".to_owned());
    }
    if is_ignored {
        entry.tags.push("ignored".to_owned());
    }
    entry.facts.push(("mode", mode(endpoint.livemode).to_owned()));
    entry.facts.push(("undelivered", owed.len().to_string()));
    entry.facts.extend(endpoint.created.map(|at| ("subscribed", at.rfc3339())));
    entry.facts.push(("takes", endpoint.enabled_events.join(", ")));
    entry.facts.extend(endpoint.api_version.clone().map(|version| ("api version", version)));
    if !is_ignored {
        entry.offers = desk.of_endpoint(endpoint);
    }
    entry
}
