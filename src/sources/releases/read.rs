//! What listed releases say: which one is live, and what can be gone back to.

use std::time::Duration;

use serde_json::json;

use super::offers;
use super::wire::{Listed, Release};
use crate::domain::entry::Entry;
use crate::domain::io::Reason;
use crate::domain::reading::Health;
use crate::domain::setting::Table;
use crate::domain::signal::Signal;
use crate::domain::time::Timestamp;
use crate::sources::reply::Found;

/// A time that is further ahead of our clock is not believed.
const AHEAD: Duration = Duration::from_secs(5 * 60);
/// How much of a commit is shown.
const SHORT: usize = 7;

/// Where a release stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stands {
    /// After the live one, or nothing is known to be live.
    Earlier,
    Live,
    /// Before the live one: it was gone back from, or did not go live yet.
    Newer,
}

impl Stands {
    fn word(self) -> &'static str {
        match self {
            Stands::Earlier => "earlier",
            Stands::Live => "live",
            Stands::Newer => "newer",
        }
    }
}

/// What `listed` says.
pub(super) fn found(signal: &Signal, table: &Table, listed: &Listed, at: Timestamp) -> Found {
    let releases = &listed.releases;
    let live = listed.live.map(|at| &releases[at]);
    let mut words = Vec::new();
    let (health, reason) = match (releases.first(), live) {
        (None, _) => {
            words.push("there is no release yet".to_owned());
            (Health::Blind, Some(Reason::Body))
        }
        (Some(_), None) => {
            words.push("no release says that it is live".to_owned());
            (Health::Degraded, None)
        }
        (Some(_), Some(live)) => {
            // Since when is on the board: the console may know better than the list.
            words.push(format!("live {}", called(&live.version)));
            (Health::Ok, None)
        }
    };
    if listed.lives > 1 {
        words.push(format!("{} say that they are live", listed.lives));
    }
    if let Some(newer) = listed.live.filter(|newer| *newer > 0) {
        words.push(format!("{newer} newer"));
    }
    if listed.total > releases.len() {
        words.push(format!("{} of {} listed", releases.len(), listed.total));
    }
    let ahead =
        releases.iter().filter(|release| release.at.is_some() && believed(release, at).is_none()).count();
    if ahead > 0 {
        words.push(format!("{ahead} with a time in the future"));
    }
    let entries: Vec<Entry> = releases
        .iter()
        .enumerate()
        .map(|(place, release)| entry(signal, table, listed, (place, release), at))
        .collect();
    let offered = |entry: &&Entry| entry.offers.iter().any(|offer| offer.refused.is_none());
    let body = json!({
        "live": live.map(|live| &live.version),
        "newest": releases.first().map(|newest| &newest.version),
        "releases": listed.total,
        "candidates": entries.iter().filter(offered).count(),
    });
    Found { health, reason, detail: words.join(" · "), body, entries }
}

fn entry(
    signal: &Signal,
    table: &Table,
    listed: &Listed,
    (place, release): (usize, &Release),
    at: Timestamp,
) -> Entry {
    let stands = match listed.live.map(|live| place.cmp(&live)) {
        Some(std::cmp::Ordering::Equal) => Stands::Live,
        Some(std::cmp::Ordering::Less) => Stands::Newer,
        Some(std::cmp::Ordering::Greater) | None => Stands::Earlier,
    };
    let name = called(&release.version);
    let title = release.title.clone().unwrap_or_else(|| name.clone());
    let mut entry = Entry::new(&release.version, Health::Ok, stands.word(), title);
    entry.at = believed(release, at);
    entry.began = entry.at;
    entry.cells.push(("VERSION", name.clone()));
    entry.cells.push(("BY", release.author.clone().unwrap_or_default()));
    if release.at.is_some() && entry.at.is_none() {
        entry.facts.push(("time", "it is in the future, and not believed".into()));
    }
    entry.facts.push(("version", release.version.clone()));
    entry.facts.extend(release.commit.iter().map(|commit| ("commit", commit.clone())));
    let since = listed.live.and_then(|live| believed(&listed.releases[live], at));
    entry.release = match stands {
        Stands::Live => Some(name),
        // It ran before what is live; where it is not known since when that runs, neither is what ran before.
        Stands::Earlier => {
            Some(name).filter(|_| entry.at.is_some_and(|then| since.is_some_and(|live| then <= live)))
        }
        Stands::Newer => None,
    };
    if stands == Stands::Live {
        entry.tags.push("live".into());
        entry.sighted = true;
    }
    entry.offers.extend(offers::rollback(signal, table, release, stands, listed.form));
    entry
}

/// When `release` went live, unless that is yet to come.
fn believed(release: &Release, at: Timestamp) -> Option<Timestamp> {
    release.at.filter(|then| then.since(at) <= AHEAD)
}

/// A version as it is shown: a commit in seven characters.
pub(super) fn called(version: &str) -> String {
    let is_commit = version.len() == 40 && version.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_commit { version.chars().take(SHORT).collect() } else { version.to_owned() }
}
