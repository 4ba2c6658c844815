//! What a project and its deployments say: what is live, whether it is pinned, what waits.

use serde_json::json;

use super::api::Api;
use super::offers;
use super::wire::{AliasRequest, Deployment, Project};
use crate::domain::entry::Entry;
use crate::domain::io::Reason;
use crate::domain::reading::Health;
use crate::domain::time::{Timestamp, short};
use crate::sources::effects;
use crate::sources::reply::Found;

/// A poll's answers, put together.
pub(super) struct Seen {
    pub(super) project: Project,
    /// Newest first.
    pub(super) deployments: Vec<Deployment>,
    /// The id of the one that users see.
    pub(super) live: Option<String>,
    live_since: Option<Timestamp>,
    pinned: Option<Pin>,
}

/// Production domains stay where they are.
#[derive(Clone, Copy)]
struct Pin {
    /// Since when, where a rollback did it.
    since: Option<Timestamp>,
}

impl Seen {
    pub(super) fn new(project: Project, mut deployments: Vec<Deployment>, target: &str) -> Self {
        deployments.sort_by(|one, other| (other.created(), &other.uid).cmp(&(one.created(), &one.uid)));
        deployments.dedup_by(|one, other| one.uid == other.uid);
        let (live, live_since) = live(&project, &deployments, target);
        let rollback =
            project.last_alias_request.as_ref().filter(|last| last.is_rollback() && last.succeeded());
        let holds = rollback.filter(|last| last.to_deployment_id == live);
        let off = match project.auto_assign_custom_domains {
            Some(on) => !on,
            // Vercel always turns it off with a rollback.
            None => holds.is_some(),
        };
        let since = holds.and_then(|last| last.requested_at).map(Timestamp::from_millis);
        let pinned = (off && target == "production").then_some(Pin { since });
        Self { project, deployments, live, live_since, pinned }
    }

    /// How far back one must look no further: the live one and one to go back to are known.
    pub(super) fn is_enough(&self) -> bool {
        self.deployments.iter().any(|one| self.is_live(one)) && self.candidates() > 0
    }

    fn is_live(&self, deployment: &Deployment) -> bool {
        self.live.as_ref() == Some(&deployment.uid)
    }

    fn candidates(&self) -> usize {
        let candidate = |one: &&Deployment| one.is_rollback_candidate == Some(true) && !self.is_live(one);
        self.deployments.iter().filter(candidate).count()
    }

    /// The newest that can be promoted and is newer than the live one.
    fn waiting(&self) -> Option<&Deployment> {
        self.deployments.iter().take_while(|one| !self.is_live(one)).find(|one| one.is_ready())
    }

    fn live_release(&self) -> Option<String> {
        let known = self.deployments.iter().find(|one| self.is_live(one)).map(Deployment::release);
        known.or_else(|| self.live.clone())
    }

    pub(super) fn found(&self, api: &Api<'_>, at: Timestamp) -> Found {
        let newest = self.deployments.iter().find(|one| !one.is_gone());
        let building = self.deployments.iter().filter(|one| one.is_building()).count();
        let release = self.live_release();
        let age = self.live_since.map(|since| at.since(since));
        let (health, mut words) = self.judged(newest, at);
        match (&release, age) {
            (Some(release), Some(age)) => words.push(format!("live {release} {}", short(age))),
            (Some(release), None) => words.push(format!("live {release}")),
            (None, _) if health != Health::Blind => words.push("nothing is live".into()),
            (None, _) => {}
        }
        if building > 0 {
            words.push(format!("{building} building"));
        }
        let mut entries = Vec::new();
        entries.extend(self.pinned.map(|pin| self.pin(pin, api)));
        entries.extend(self.deployments.iter().map(|one| self.entry(one, api, at)));
        Found {
            health,
            reason: (health == Health::Blind).then_some(Reason::Body),
            detail: words.join(" · "),
            body: json!({
                "state": newest.map(Deployment::state),
                "commit": release,
                "age_minutes": age.map(|age| age.as_secs() / 60),
                "pinned": self.pinned.is_some(),
                "candidates": self.candidates(),
                "building": building,
            }),
            entries,
        }
    }

    fn judged(&self, newest: Option<&Deployment>, at: Timestamp) -> (Health, Vec<String>) {
        let mut bad = Vec::new();
        let Some(newest) = newest else {
            return (Health::Blind, vec![format!("{} has no deployment there yet", self.project.id)]);
        };
        if newest.state() == "ERROR" {
            let why = newest.error_message.as_deref().or(newest.error_code.as_deref());
            bad.push(format!("the newest deployment failed: {}", why.unwrap_or("no reason was given")));
        }
        if let Some(error) = newest.alias_error() {
            bad.push(format!("the domains of {} were not assigned: {error}", newest.release()));
        }
        let last = self.project.last_alias_request.as_ref();
        let to = last.and_then(|last| last.to_deployment_id.as_deref()).unwrap_or("?");
        // What went live after it has settled the matter.
        let settled = |last: &AliasRequest| {
            self.live_since.is_some_and(|since| Some(since.millis()) > last.requested_at)
        };
        if let Some(last) = last.filter(|last| last.failed() && !settled(last)) {
            bad.push(format!("the {} to {to} failed", last.word()));
        }
        if let Some(pin) = self.pinned {
            bad.push(pin.since.map_or_else(
                || "pinned: the next deploy will not go live".to_owned(),
                |since| format!("pinned for {}: the next deploy will not go live", short(at.since(since))),
            ));
        }
        let health = if bad.is_empty() { Health::Ok } else { Health::Degraded };
        if let Some(last) = last.filter(|last| last.is_running()) {
            bad.push(format!("{} to {to} is under way", last.word()));
        }
        (health, bad)
    }

    fn pin(&self, pin: Pin, api: &Api<'_>) -> Entry {
        let since = pin.since.map_or_else(String::new, |since| format!(" since {}", since.rfc3339()));
        let title = format!(
            "automatic assignment of production domains is off{since}: the next deploy will not go live; promote \
             to end it"
        );
        let mut entry = Entry::new("pin", Health::Degraded, "pinned", title);
        (entry.at, entry.began) = (pin.since, pin.since);
        entry.tags.push("pinned".into());
        let by = if pin.since.is_some() { "a rollback" } else { "the project's settings" };
        entry.facts.push(("switched off by", by.into()));
        entry.offers.extend(
            self.waiting()
                .into_iter()
                .flat_map(|one| offers::of(api, self, one))
                .filter(|offer| offer.name == "promote"),
        );
        if self.project.auto_assign_custom_domains == Some(false) && effects::is_plain(&self.project.id) {
            entry.offers.push(offers::unpin(api, self));
        }
        entry
    }

    fn entry(&self, deployment: &Deployment, api: &Api<'_>, at: Timestamp) -> Entry {
        let is_live = self.is_live(deployment);
        let sick = deployment.state() == "ERROR" || is_live && deployment.alias_error().is_some();
        let health = if sick { Health::Degraded } else { Health::Ok };
        let mut entry = Entry::new(&deployment.uid, health, deployment.state(), deployment.title());
        entry.began = deployment.created();
        entry.at = deployment.created();
        if deployment.is_ready() && (is_live || deployment.was_live()) {
            entry.release = Some(deployment.release());
            // What was gone back to runs since then, not since it was built.
            entry.at = if is_live { self.live_since } else { deployment.live_since() };
        }
        entry.cells.push(("COMMIT", deployment.release()));
        entry.cells.push(("AGE", entry.at.map_or_else(String::new, |then| short(at.since(then)))));
        entry.cells.push(("BRANCH", deployment.branch().unwrap_or_default().to_owned()));
        entry.cells.push(("BY", deployment.author().unwrap_or_default().to_owned()));
        if is_live {
            entry.tags.push("live".into());
            if self.pinned.is_some() {
                entry.tags.push("pinned".into());
            }
        }
        if deployment.is_rollback_candidate == Some(true) && !is_live {
            entry.tags.push("candidate".into());
        }
        if deployment.is_staged() {
            entry.tags.push("staged".into());
        }
        let facts = [
            ("deployment", Some(deployment.uid.as_str())),
            ("commit", deployment.commit()),
            ("target", deployment.target.as_deref().or(Some("preview"))),
            ("source", deployment.source.as_deref()),
            ("url", deployment.url.as_deref()),
            ("error", deployment.error_message.as_deref()),
            ("domains", deployment.alias_error()),
        ];
        entry.facts.extend(facts.into_iter().filter_map(|(label, text)| Some((label, text?.to_owned()))));
        if let Some(build) = deployment.build() {
            entry.facts.push(("build", short(build)));
        }
        entry.link.clone_from(&deployment.inspector_url);
        entry.offers = offers::of(api, self, deployment);
        entry
    }
}

/// The deployment that users see, and since when. A request for the domains that was done is the best witness, as long
/// as nothing went live by itself after it.
fn live(project: &Project, deployments: &[Deployment], target: &str) -> (Option<String>, Option<Timestamp>) {
    let seen = |id: &str| deployments.iter().find(|one| one.uid == id);
    let newest = deployments.iter().filter(|one| one.was_live()).max_by_key(|one| one.live_since());
    let asked = project.last_alias_request.as_ref().filter(|last| last.succeeded() && target == "production");
    if let Some(to) = asked.and_then(|last| last.to_deployment_id.clone()) {
        let since = asked.and_then(|last| last.requested_at).map(Timestamp::from_millis);
        // While automatic assignment is off nothing goes live by itself.
        let assigns = project.auto_assign_custom_domains != Some(false);
        let overtaken =
            newest.filter(|one| assigns && one.uid != to && since.is_some() && one.live_since() > since);
        return match overtaken {
            Some(one) => (Some(one.uid.clone()), one.live_since()),
            None => (Some(to), since),
        };
    }
    if let Some(current) = project.current(target) {
        return (Some(current.to_owned()), seen(current).and_then(Deployment::live_since));
    }
    (newest.map(|one| one.uid.clone()), newest.and_then(Deployment::live_since))
}
