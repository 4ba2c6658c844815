//! What a site and its deploys say: whether the newest failed, and what is live.

use serde_json::json;

use super::wire::{Deploy, Site};
use crate::domain::entry::Entry;
use crate::domain::io::Reason;
use crate::domain::offer::Offer;
use crate::domain::reading::Health;
use crate::domain::time::{Timestamp, short};
use crate::sources::reply::Found;

/// `deploys` are newest first, as Netlify lists them; `offers` says what can be done to one.
pub(super) fn found(
    site: &Site,
    deploys: &[Deploy],
    at: Timestamp,
    offers: impl Fn(&Deploy) -> Vec<Offer>,
) -> Found {
    let published = site.published_deploy.as_ref();
    let live = deploys.iter().find(|deploy| published.is_some_and(|live| live.id == deploy.id));
    let release = live.map(Deploy::release).or_else(|| Some(published?.id.chars().take(7).collect()));
    let age = published.and_then(|live| live.published_at).map(|since| at.since(since));
    let building = deploys.iter().filter(|deploy| !deploy.is_ready() && !deploy.failed()).count();
    let mut words = Vec::new();
    let health = match deploys.first() {
        // Nothing was measured: that is neither well nor ill.
        None => {
            words.push("there is no production deploy yet".to_owned());
            Health::Blind
        }
        Some(newest) if newest.failed() => {
            let why = newest.error_message.as_deref().unwrap_or("no reason was given");
            words.push(format!("the newest deploy failed: {why}"));
            Health::Degraded
        }
        Some(_) => Health::Ok,
    };
    words.extend(release.as_ref().map(|release| match age {
        Some(age) => format!("live {release} {}", short(age)),
        None => format!("live {release}"),
    }));
    if building > 0 {
        words.push(format!("{building} building"));
    }
    Found {
        health,
        reason: (health == Health::Blind).then_some(Reason::Body),
        detail: words.join(" · "),
        body: json!({
            "state": deploys.first().map(|newest| newest.state.as_str()),
            "commit": release,
            "age_minutes": age.map(|age| age.as_secs() / 60),
            "building": building,
        }),
        entries: deploys.iter().map(|deploy| entry(deploy, site, at, offers(deploy))).collect(),
    }
}

fn entry(deploy: &Deploy, site: &Site, at: Timestamp, offers: Vec<Offer>) -> Entry {
    let live = site.published_deploy.as_ref().filter(|live| live.id == deploy.id);
    let health = if deploy.failed() { Health::Degraded } else { Health::Ok };
    let title = deploy.title.clone().unwrap_or_else(|| deploy.release());
    let mut entry = Entry::new(&deploy.id, health, &deploy.state, title);
    // Of what was gone back to, since then; of all others, since they were first published.
    let since = live.and_then(|live| live.published_at).or(deploy.published_at);
    entry.at = since.or(deploy.created_at);
    if deploy.is_ready() && since.is_some() {
        // What went red after this is told how long after: `T+11m after a1b2c3d`.
        entry.release = Some(deploy.release());
    }
    if live.is_some() {
        entry.tags.push("live".into());
    }
    entry.cells = vec![
        ("COMMIT", deploy.release()),
        ("AGE", entry.at.map_or_else(String::new, |then| short(at.since(then)))),
        ("BRANCH", deploy.branch.clone().unwrap_or_default()),
    ];
    entry.facts.push(("site", site.id.clone()));
    entry.facts.extend(deploy.error_message.clone().map(|why| ("error", why)));
    entry.link.clone_from(&deploy.admin_url);
    entry.offers = offers;
    entry
}
