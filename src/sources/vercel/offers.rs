//! What can be done about a deployment: go back to it, promote it, end a pin. And why not.

use std::time::Duration;

use super::api::Api;
use super::read::Seen;
use super::wire::Deployment;
use crate::domain::action::Risk;
use crate::domain::io::{HttpRequest, IoRequest};
use crate::domain::offer::{Call, Check, Offer};
use crate::domain::text::clean;
use crate::sources::effects;

/// How long Vercel's own command line waits for a rollback.
const ROLLBACK: Duration = Duration::from_secs(180);
/// A promotion may be queued behind a rolling release.
const PROMOTE: Duration = Duration::from_secs(300);

/// What can be done about `deployment`; nothing where it or the project has an id that cannot stand in a request.
pub(super) fn of(api: &Api<'_>, seen: &Seen, deployment: &Deployment) -> Vec<Offer> {
    if !effects::is_plain(&deployment.uid) || !effects::is_plain(&seen.project.id) {
        return Vec::new();
    }
    vec![rollback(api, seen, deployment), promote(api, seen, deployment)]
}

fn rollback(api: &Api<'_>, seen: &Seen, deployment: &Deployment) -> Offer {
    let refused = if !deployment.is_ready() {
        Some(not_ready(deployment))
    } else if seen.live.as_ref() == Some(&deployment.uid) {
        Some("it is live".to_owned())
    } else if !is_production(deployment) {
        Some("it is no production deployment".to_owned())
    } else if deployment.is_staged() {
        Some("it was never live: promote it instead".to_owned())
    } else if deployment.is_rollback_candidate == Some(false) {
        let why = "Vercel does not list it as a candidate: on the Hobby plan only the previous one is, and old ones \
                   are removed";
        Some(why.to_owned())
    } else {
        None
    };
    let (id, release) = (&deployment.uid, clean(&deployment.release()).into_owned());
    let request = api.rollback(&seen.project.id, id);
    let check = if refused.is_none() { pointed(api, seen, id, ROLLBACK) } else { None };
    let mut offer = offer("rollback", format!("roll back to {release} ({id})"), id, request, check);
    offer.about = vec![
        format!("Points every production domain to {release} again. Nothing is built."),
        "Not undone: the database, and whatever the newer release wrote. Environment variables and cron jobs \
         become those of the old build."
            .into(),
        "Automatic assignment of production domains is off afterwards: the next deploy does not go live until \
         one is promoted."
            .into(),
    ];
    offer.leaves = vec![
        "end the pin: the next production deploy does not go live until one is promoted".into(),
        "look at environment variables and cron jobs: they are those of the old build".into(),
    ];
    offer.refused = refused;
    offer
}

/// Points every production domain to `deployment`, and ends a pin.
fn promote(api: &Api<'_>, seen: &Seen, deployment: &Deployment) -> Offer {
    let refused = if !is_production(deployment) {
        let why =
            "a preview deployment cannot be promoted: Vercel would have to build it anew for production";
        Some(why.to_owned())
    } else if !deployment.is_ready() {
        Some(not_ready(deployment))
    } else if seen.live.as_ref() == Some(&deployment.uid) {
        Some("it is live: promote a newer one".to_owned())
    } else {
        None
    };
    let (id, release) = (&deployment.uid, clean(&deployment.release()).into_owned());
    let request = api.promote(&seen.project.id, id);
    let check = if refused.is_none() { pointed(api, seen, id, PROMOTE) } else { None };
    let mut offer = offer("promote", format!("promote {release} ({id})"), id, request, check);
    offer.about = vec![
        format!("Points every production domain to {release}. Nothing is built."),
        "Automatic assignment of production domains is on afterwards, also where the settings had it off."
            .into(),
        "Behind a rolling release Vercel answers 202 and queues it.".into(),
    ];
    offer.refused = refused;
    offer
}

/// Switches automatic assignment on and leaves the live deployment as it is.
pub(super) fn unpin(api: &Api<'_>, seen: &Seen) -> Offer {
    let project = &seen.project.id;
    let when = "body.autoAssignCustomDomains == true";
    let check = effects::check(api.project_called(project), when, None, Duration::from_secs(30));
    let call = Call {
        key: project.clone(),
        title: format!("assign production domains of {project} automatically"),
        request: IoRequest::Http(api.unpin(project)),
        expect: None,
        check,
    };
    let mut offer = Offer::one("unpin", Risk::Change, call);
    offer.about = vec![
        "Changes one setting of the project. What is live stays live; the next production deploy replaces it.".into(),
        "Builds that are ready and wait are not promoted by it.".into(),
    ];
    offer
}

fn is_production(deployment: &Deployment) -> bool {
    deployment.target.as_deref() == Some("production")
}

fn not_ready(deployment: &Deployment) -> String {
    format!("it is {}, not READY", clean(deployment.state()))
}

fn offer(name: &'static str, title: String, id: &str, request: HttpRequest, check: Option<Check>) -> Offer {
    let call = Call { key: id.to_owned(), title, request: IoRequest::Http(request), expect: None, check };
    Offer::one(name, Risk::Change, call)
}

/// Seen once the project's last request for its domains is a newer one than any before, names `id`, and is done.
fn pointed(api: &Api<'_>, seen: &Seen, id: &str, within: Duration) -> Option<Check> {
    let before = seen.project.last_alias_request.as_ref().and_then(|last| last.requested_at).unwrap_or(0);
    let last = "body.lastAliasRequest";
    let mine = format!(
        "{last} is defined and {last} is mapping and {last}.toDeploymentId == '{id}' and {last}.requestedAt > {before}"
    );
    let when = format!("{mine} and {last}.jobStatus == 'succeeded'");
    let fails = format!("{mine} and {last}.jobStatus in ['failed', 'skipped']");
    effects::check(api.project_called(&seen.project.id), &when, Some(&fails), within)
}
