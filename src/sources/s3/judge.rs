//! What a list of backups means.

use std::time::Duration;

use serde_json::json;

use super::listing::{Listing, Object};
use crate::domain::entry::Entry;
use crate::domain::io::Reason;
use crate::domain::reading::Health;
use crate::domain::setting::Table;
use crate::domain::time::{Timestamp, short};
use crate::sources::reply::{Fault, Found};
use crate::sources::store::size;

/// Objects that are shown.
const SHOWN: usize = 20;
/// A day, and two hours for a backup that takes its time.
const FRESH: Duration = Duration::from_secs(26 * 3600);
/// An object further in the future than this has no age.
const CLOCK: Duration = Duration::from_secs(5 * 60);

/// What the table wants.
pub(super) struct Bounds {
    fresh: Duration,
    shrink: u64,
    at_least: u64,
    below: String,
}

impl Bounds {
    pub(super) fn of(table: Option<&Table>) -> Self {
        let number = |name, default| {
            let given = table.and_then(|table| table.integer(name));
            given.and_then(|number| u64::try_from(number).ok()).unwrap_or(default)
        };
        let text = |name| table.and_then(|table| table.text(name)).unwrap_or_default();
        Self {
            fresh: table.and_then(|table| table.duration("fresh")).unwrap_or(FRESH),
            shrink: number("shrink", 50),
            at_least: number("at_least", 1),
            below: format!("{}/{}*{}", text("bucket"), text("prefix"), text("suffix")),
        }
    }
}

pub(super) fn judge(listing: &Listing, bounds: &Bounds, at: Timestamp) -> Result<Found, Fault> {
    let count = listing.objects.len();
    let more = if listing.complete { "" } else { " and more" };
    let Some(newest) = listing.objects.first() else {
        if !listing.complete {
            return Err(Fault::new(Reason::Limit, narrow("no object counts among the first")));
        }
        return Ok(Found {
            health: Health::Down,
            reason: None,
            detail: format!("no backup: {} is nowhere", bounds.below),
            body: json!({
                "newest": null, "age_hours": null, "size_bytes": null, "objects": 0,
                "shrunk_percent": null, "complete": true,
            }),
            entries: Vec::new(),
        });
    };
    if at.until(newest.at) > CLOCK {
        let detail = format!("{} is from the future, {}: it has no age", newest.key, newest.at);
        return Err(Fault::new(Reason::Body, detail));
    }
    let age = at.since(newest.at);
    let old = age > bounds.fresh;
    if old && !listing.complete {
        let what = format!("none is fresh among the first {count}");
        return Err(Fault::new(Reason::Limit, narrow(&what)));
    }
    let shrunk = listing.complete.then(|| listing.objects.get(1)).flatten().and_then(|before| {
        let less = before.size.saturating_sub(newest.size);
        (before.size > 0).then_some((less, before))
    });
    let mut worries = Vec::new();
    if old {
        worries.push(format!("the newest is {} old", short(age)));
    }
    if newest.size < bounds.at_least {
        worries.push(format!("the newest has {}", size(newest.size)));
    }
    let is_over =
        |less: u64, before: u64| u128::from(less) * 100 > u128::from(bounds.shrink) * u128::from(before);
    if let Some((less, before)) = shrunk.filter(|(less, before)| is_over(*less, before.size)) {
        worries.push(format!(
            "{:.0} % smaller than the one before ({} after {})",
            percent(less, before.size),
            size(newest.size),
            size(before.size)
        ));
    }
    let health = if worries.is_empty() { Health::Ok } else { Health::Degraded };
    let detail = if worries.is_empty() {
        format!("{} old · {} · {count}{more}", short(age), size(newest.size))
    } else {
        worries.join(" · ")
    };
    let word = if old {
        "old"
    } else if health == Health::Ok {
        "fresh"
    } else {
        "small"
    };
    let entries = listing.objects.iter().take(SHOWN).enumerate().map(|(index, object)| {
        let (health, word) = if index == 0 { (health, word) } else { (Health::Ok, "kept") };
        entry(object, health, word, at)
    });
    Ok(Found {
        health,
        reason: None,
        detail,
        body: json!({
            "newest": newest.key,
            "age_hours": (age.as_secs_f64() / 360.0).round() / 10.0,
            "size_bytes": newest.size,
            "objects": count,
            "shrunk_percent": shrunk.map(|(less, before)| (percent(less, before.size) * 10.0).round() / 10.0),
            "complete": listing.complete,
        }),
        entries: entries.collect(),
    })
}

fn narrow(what: &str) -> String {
    format!("{what}, and there are more: narrow `prefix`")
}

#[expect(clippy::cast_precision_loss, reason = "a percentage needs no sixteen digits")]
fn percent(part: u64, whole: u64) -> f64 {
    part as f64 * 100.0 / whole as f64
}

fn entry(object: &Object, health: Health, word: &str, at: Timestamp) -> Entry {
    let mut entry = Entry::new(&object.key, health, word, &object.key);
    entry.at = Some(object.at);
    entry.cells = vec![("AGE", short(at.since(object.at))), ("SIZE", size(object.size))];
    entry.facts = vec![("written", object.at.rfc3339()), ("bytes", object.size.to_string())];
    entry.facts.extend(object.class.clone().map(|class| ("storage class", class)));
    entry
}
