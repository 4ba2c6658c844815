//! Keys of requests that must not be done twice: one for each thing that is asked for, the same at every attempt until
//! one has succeeded. They are kept with the run, as part of its request.

use sha2::{Digest, Sha256};
use uuid::Builder;

use crate::domain::idempotency::{give as give_key, is_same, key_of};
use crate::domain::ids::RunId;
use crate::domain::io::{HttpRequest, IoRequest};
use crate::domain::time::Timestamp;
use crate::state::{Model, Run, RunState};

/// Gives `request` the key of its last attempt in this incident, or a key of its own where there was none or it
/// succeeded.
pub fn give(model: &Model, now: Timestamp, request: &mut IoRequest) {
    let IoRequest::Http(http) = request else { return };
    let key = match attempt(model, http) {
        Some((_, key)) => key.to_owned(),
        None => fresh(model, now, http),
    };
    give_key(http, key);
}

/// What a confirmation says of the key.
pub fn notes(model: &Model, request: &IoRequest) -> Vec<String> {
    let IoRequest::Http(http) = request else { return Vec::new() };
    let Some(key) = key_of(http) else { return Vec::new() };
    vec![match attempt(model, http) {
        Some((run, tried)) if tried == key => {
            format!("The key is that of {run}: what that one did is not done again.")
        }
        Some(_) | None => "The key is new: another attempt has the same until one succeeds.".to_owned(),
    }]
}

/// The last attempt at the same thing in this incident and its key, unless it succeeded.
fn attempt<'a>(model: &'a Model, wanted: &HttpRequest) -> Option<(&'a RunId, &'a str)> {
    let since = model.watch.incident().map(|incident| incident.declared);
    let same = |run: &&'a Run| {
        let asked =
            matches!(&run.request, IoRequest::Http(http) if key_of(http).is_some() && is_same(http, wanted));
        asked && since.is_none_or(|since| run.requested >= since)
    };
    let last = model.watch.runs.iter().rev().find(same)?;
    let IoRequest::Http(http) = &last.request else { return None };
    let succeeded = match &last.state {
        RunState::Accepted(_) | RunState::Observed(..) => true,
        RunState::Requested
        | RunState::NotInEffect(_)
        | RunState::Failed(_)
        | RunState::Unknown(_)
        | RunState::Cancelled(_)
        | RunState::Verified(_) => false,
    };
    (!succeeded).then(|| Some((&last.id, key_of(http)?))).flatten()
}

/// A key that nobody else has: a UUID of version 8, from everything that tells this attempt from others.
fn fresh(model: &Model, now: Timestamp, request: &HttpRequest) -> String {
    let environment = &model.plan.environment;
    let incident = model.watch.incident().map_or("", |incident| incident.id.as_str());
    let mut digest = Sha256::new();
    let mut part = |text: &str| {
        digest.update((text.len() as u64).to_be_bytes());
        digest.update(text);
    };
    part("midwatch idempotency key 1");
    part(&environment.console);
    part(&environment.environment);
    part(&environment.operator);
    part(incident);
    part(&request.method);
    part(&request.url);
    part(&format!("{} {} {}", now.millis(), model.plan.seed, model.watch.seq));
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(digest.finalize()) {
        *to = from;
    }
    Builder::from_custom_bytes(bytes).into_uuid().to_string()
}
