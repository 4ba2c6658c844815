//! What others send: kept for a while, listed, and read like everything else.

use std::sync::Arc;

use serde_json::json;

use crate::domain::entry::{Entry, MOST};
use crate::domain::reading::{Health, Reading};
use crate::domain::signal::Origin;
use crate::domain::time::{Timestamp, brief};
use crate::state::Model;

use super::{Out, reading};

/// Takes what was sent to the signal at `index`.
pub fn received(model: &mut Model, now: Timestamp, index: usize, entries: Vec<Entry>, out: &mut Out) {
    let Some(feed) = model.feed.signals.get_mut(index) else { return };
    for entry in entries {
        feed.received += 1;
        // Said again, it is the same thing as it is now.
        feed.pushed.retain(|known| known.key != entry.key);
        feed.pushed.insert(0, entry);
    }
    feed.pushed.truncate(MOST);
    look(model, now, index, out);
}

/// Reads what is left of what was sent to the signal at `index`, if it is one that is sent to.
pub fn look(model: &mut Model, now: Timestamp, index: usize, out: &mut Out) {
    let Origin::Pushed(hold) = model.plan.signals[index].origin else { return };
    let feed = &mut model.feed.signals[index];
    let oldest = now.minus(hold);
    feed.pushed.retain(|entry| entry.at.is_none_or(|at| at >= oldest));
    let entries: Arc<[Entry]> = feed.pushed.clone().into();
    let health = entries.iter().map(|entry| entry.health).max().unwrap_or(Health::Ok);
    let red = entries.iter().filter(|entry| entry.health != Health::Ok).count();
    let newest = entries.iter().filter_map(|entry| entry.at).max();
    let detail = match newest {
        None => format!("nothing was sent in {}", brief(hold)),
        Some(newest) => {
            format!("{red} open of {} in {}, {} ago", entries.len(), brief(hold), brief(now.since(newest)))
        }
    };
    let body = json!({ "received": feed.received, "open": red, "listed": entries.len() });
    feed.attempt += 1;
    feed.in_flight = true;
    let attempt = feed.attempt;
    let said = Reading { body: Some(Arc::new(body)), entries, ..Reading::bare(now, health, None, detail) };
    reading::polled(model, now, index, attempt, said, out);
}
