//! What others send: kept for a while, listed, and read like everything else.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use crate::domain::entry::{Entry, MOST};
use crate::domain::reading::{Health, Reading};
use crate::domain::signal::Origin;
use crate::domain::time::{Timestamp, brief};
use crate::state::{JournalState, Model, SignalFeed};

use super::{Out, reading};

/// Takes what was sent to the signal at `index`.
pub fn received(model: &mut Model, now: Timestamp, index: usize, entries: Vec<Entry>, out: &mut Out) {
    let Some(feed) = model.feed.signals.get_mut(index) else { return };
    // The first of a delivery stays the first.
    for entry in entries.into_iter().rev() {
        feed.received += 1;
        // Said again, it is the same thing as it is now.
        feed.pushed.retain(|(_, known)| known.key != entry.key);
        feed.pushed.insert(0, (now, entry));
    }
    feed.pushed.truncate(MOST);
    look(model, now, index, out);
}

/// Counts deliveries to the signal at `index` that were not taken.
pub fn turned_away(model: &mut Model, now: Timestamp, index: usize, count: u64, out: &mut Out) {
    let Some(feed) = model.feed.signals.get_mut(index) else { return };
    feed.turned_away = feed.turned_away.saturating_add(count);
    look(model, now, index, out);
}

/// Reads what is left of what was sent to the signal at `index`, if it is one that is sent to.
pub fn look(model: &mut Model, now: Timestamp, index: usize, out: &mut Out) {
    let Origin::Pushed { open, well } = model.plan.signals[index].origin else { return };
    let looks_on = matches!(model.feed.journal, JournalState::ReadOnly(_));
    let feed = &mut model.feed.signals[index];
    // From when it came: a vendor that tries again for days sends what happened days ago.
    feed.pushed.retain(|(came, entry)| {
        let hold = if entry.health == Health::Ok { well } else { open };
        *came >= now.minus(hold)
    });
    feed.attempt += 1;
    feed.in_flight = true;
    let attempt = feed.attempt;
    let said = if looks_on {
        Reading::bare(now, Health::Blind, None, "what is sent goes to the console that writes the journal")
    } else {
        listed(feed, now, open)
    };
    reading::polled(model, now, index, attempt, said, out);
}

fn listed(feed: &SignalFeed, now: Timestamp, open: Duration) -> Reading {
    let entries: Arc<[Entry]> = feed.pushed.iter().map(|(_, entry)| entry.clone()).collect();
    let health = entries.iter().map(|entry| entry.health).max().unwrap_or(Health::Ok);
    let red = entries.iter().filter(|entry| entry.health != Health::Ok).count();
    let said = match feed.pushed.first() {
        None => format!("nothing was sent in {}", brief(open)),
        Some((newest, _)) => {
            format!("{red} open of {} in {}, {} ago", entries.len(), brief(open), brief(now.since(*newest)))
        }
    };
    let detail = match feed.turned_away {
        0 => said,
        count => format!("{said} · {count} refused"),
    };
    let body = json!({
        "received": feed.received,
        "open": red,
        "listed": entries.len(),
        "refused": feed.turned_away,
    });
    Reading { body: Some(Arc::new(body)), entries, ..Reading::bare(now, health, None, detail) }
}
