//! What an app's releases say: which one is live, whether the newest failed, what can be deployed again.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::api::Api;
use super::wire::Release;
use crate::domain::action::Risk;
use crate::domain::entry::Entry;
use crate::domain::io::{IoReply, Reason};
use crate::domain::offer::{Call, Check, Offer};
use crate::domain::reading::Health;
use crate::domain::text::clean;
use crate::domain::time::{Timestamp, short};
use crate::sources::effects;
use crate::sources::reply::{self, Fault, Found};

/// How long looking for an image may take.
const LOOK: Duration = Duration::from_secs(60);
/// A deployment of an image that is there takes a minute or two; one that waits for checks longer.
const DEPLOY: Duration = Duration::from_secs(600);

/// The releases that the command printed; else why there are none.
pub(super) fn listed(reply: &IoReply, at: Timestamp) -> Result<Vec<Release>, Fault> {
    let mut releases: Vec<Release> = match reply {
        IoReply::Command(reply) => reply::parse(reply::printed(reply)?.as_bytes())?,
        IoReply::Http(_) | IoReply::Tcp(_) | IoReply::Data(_) | IoReply::Failed(_) => reply::json(reply, at)?,
    };
    releases.sort_by_key(|release| std::cmp::Reverse(release.version));
    Ok(releases)
}

/// What `releases`, newest first, say.
pub(super) fn found(api: &Api<'_>, releases: &[Release], at: Timestamp) -> Found {
    let live = releases.iter().find(|release| release.went_live());
    let age = live.and_then(Release::created).map(|created| at.since(created));
    let newest = releases.first();
    let mut words = Vec::new();
    let (health, reason) = match newest {
        None => {
            words.push(format!("{} has no release yet", api.app()));
            (Health::Blind, Some(Reason::Body))
        }
        Some(newest) if newest.failed() => {
            words.push(format!("{} {}", newest.name(), newest.status()));
            (Health::Degraded, None)
        }
        Some(newest) => {
            if newest.is_running() {
                words.push(format!("{} is being deployed", newest.name()));
            }
            (Health::Ok, None)
        }
    };
    words.extend(live.map(|live| {
        let since = age.map_or_else(String::new, |age| format!(" {}", short(age)));
        format!("live {}{since}", live.name())
    }));
    if live.is_none() && newest.is_some() {
        words.push("nothing is known to be live".into());
    }
    let image = live.and_then(Release::image);
    let body = json!({
        "newest": newest.map(|newest| newest.version),
        "status": newest.map(Release::status),
        "live": live.map(|live| live.version),
        "age_minutes": age.map(|age| age.as_secs() / 60),
        "in_progress": newest.is_some_and(Release::is_running),
        "candidates": releases.iter().filter(|release| refusal(release, live, image).is_none()).count(),
    });
    let entries = releases.iter().map(|release| entry(api, release, live, at)).collect();
    Found { health, reason, detail: words.join(" · "), body, entries }
}

fn entry(api: &Api<'_>, release: &Release, live: Option<&Release>, at: Timestamp) -> Entry {
    let is_live = live.is_some_and(|live| live.version == release.version);
    let health = if release.failed() { Health::Degraded } else { Health::Ok };
    let title = release.description.as_deref().filter(|text| !text.is_empty());
    let mut entry = Entry::new(
        release.name(),
        health,
        release.status(),
        title.map_or_else(|| release.name(), str::to_owned),
    );
    entry.at = release.created();
    entry.began = release.created();
    let age = entry.at.map_or_else(String::new, |then| short(at.since(then)));
    let tag = release.image().map(|image| tag(image).unwrap_or(image).to_owned());
    entry.cells.push(("VERSION", release.name()));
    entry.cells.push(("AGE", age));
    entry.cells.push(("IMAGE", tag.unwrap_or_default()));
    entry.cells.push(("BY", release.author().unwrap_or_default().to_owned()));
    if is_live {
        entry.tags.push("live".into());
    }
    if release.went_live() {
        entry.release = Some(release.name());
    }
    entry.facts.extend(release.image().map(|image| ("image", image.to_owned())));
    entry
        .facts
        .extend(release.reason.iter().filter(|text| !text.is_empty()).map(|text| ("reason", text.clone())));
    entry.offers.push(rollback(api, release, live));
    entry
}

/// Deploys the image of `release` again.
fn rollback(api: &Api<'_>, release: &Release, live: Option<&Release>) -> Offer {
    let (app, name, image) = (api.app(), release.name(), release.image().unwrap_or_default());
    let refused = refusal(release, live, live.and_then(Release::image));
    let usable = if refused.is_none() { image } else { "…" };
    let arguments = ["deploy", "-a", app, "--image", usable, "--strategy", "immediate"];
    let call = Call {
        key: name.clone(),
        title: format!("deploy the image of {name} to {app}"),
        request: api.flyctl(&arguments, DEPLOY),
        expect: None,
        check: if refused.is_none() { runs(api, image) } else { None },
    };
    let mut offer = Offer::one("rollback", Risk::Change, call);
    offer.about = vec![
        format!("Makes a new release of {app} with the image of {name}, on every machine at once."),
        "Not undone: configuration, secrets, volumes and the database stay as they are now.".into(),
        "Fly removes old images: where this one is gone, the deploy fails and nothing changes.".into(),
        "Runs Fly's command line where Midwatch was started; a fly.toml there is used.".into(),
    ];
    // With an image and --build-only flyctl finds the image in the registry, builds nothing and deploys nothing: see its
    // internal/command/deploy.
    if refused.is_none() {
        offer.before = Some(Arc::new(Call {
            key: name.clone(),
            title: format!("the image of {name} is there"),
            request: api.flyctl(&["deploy", "-a", app, "--image", image, "--build-only"], LOOK),
            expect: None,
            check: None,
        }));
    }
    offer.refused = refused;
    offer
}

/// Why `release` cannot be gone back to; `running` is the image that is live.
fn refusal(release: &Release, live: Option<&Release>, running: Option<&str>) -> Option<String> {
    if live.is_some_and(|live| live.version == release.version) {
        return Some("it is live".into());
    }
    if !release.went_live() {
        return Some(format!("it is {}: it never ran", clean(release.status())));
    }
    match release.image() {
        None => Some("its image is not known: list the releases with --image".into()),
        Some(image) if !is_image(image) => Some("its image has no name that can be deployed".into()),
        Some(image) if running == Some(image) => Some("its image is the one that runs".into()),
        Some(_) => None,
    }
}

/// Whether `text` is an image and cannot be taken for an option.
fn is_image(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"./:@_-".contains(&byte);
    text.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric())
        && text.len() <= 300
        && text.bytes().all(known)
}

/// The tag of `registry/repository:tag@digest`.
fn tag(image: &str) -> Option<&str> {
    let named = image.split('@').next()?;
    let last = named.rsplit('/').next()?;
    last.split_once(':').map(|(_, tag)| tag).filter(|tag| !tag.is_empty())
}

/// Seen once every machine that is started runs the image.
fn runs(api: &Api<'_>, image: &str) -> Option<Check> {
    let digest = image.split_once('@').map(|(_, digest)| digest);
    let (place, wanted) = match (tag(image), digest) {
        (Some(tag), _) => ("image_ref.tag", tag),
        (None, Some(digest)) => ("image_ref.digest", digest),
        (None, None) => return None,
    };
    let started = "body | selectattr('state', 'equalto', 'started')";
    let when = format!(
        "{started} | list | length > 0 and {started} | rejectattr('{place}', 'equalto', '{wanted}') | list | length == 0"
    );
    effects::check(api.machines(None), &when, None, DEPLOY)
}
