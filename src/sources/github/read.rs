//! What a workflow's runs say: whether the latest that says something is green, and how old that is.

use std::time::Duration;

use serde_json::json;

use super::api::Api;
use super::offers;
use super::wire::{Artifact, Jobs, Run};
use crate::domain::entry::Entry;
use crate::domain::io::Reason;
use crate::domain::reading::Health;
use crate::domain::time::{Timestamp, short};
use crate::sources::reply::{Fault, Found};

/// A run that no runner takes for so long waits for more than its turn.
const QUEUED: Duration = Duration::from_secs(600);

/// A poll's answers, put together.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Newest first.
    pub(super) runs: Vec<Run>,
    /// The newest green one, also where it is older than those.
    pub(super) green: Option<Run>,
    /// Of the newest red one, where that is the latest word.
    pub(super) jobs: Option<Jobs>,
    /// Of the newest green one.
    pub(super) artifacts: Vec<Artifact>,
    /// Why something beside the runs could not be read.
    pub(super) unread: Option<(&'static str, Fault)>,
    /// When the runs were listed, by GitHub's clock.
    pub(super) listed: Timestamp,
}

impl Seen {
    /// The latest run that says whether it works: what was cancelled or skipped says nothing.
    pub(super) fn latest(&self) -> Option<&Run> {
        let green = self.green.as_ref();
        self.runs.iter().find(|run| run.is_green() || run.is_red()).or(green)
    }

    pub(super) fn found(&self, api: &Api<'_>, at: Timestamp) -> Found {
        let count = |wanted: fn(&Run) -> bool| self.runs.iter().filter(|run| wanted(run)).count();
        let running = count(Run::is_running);
        // What waits behind a run that has its end has been overtaken.
        let latest = self.latest().map(|latest| latest.id);
        let undecided = self.runs.iter().take_while(|run| Some(run.id) != latest);
        let waiting = undecided.clone().filter(|run| run.waits()).count();
        let queued = undecided.filter(|run| run.is_queued());
        let stuck = queued.clone().filter_map(|run| Some(at.since(run.began()?))).max();
        let age = self.green.as_ref().and_then(Run::began).map(|began| at.since(began));
        let (mut health, mut words) = self.judged(api, age, at);
        if running > 0 {
            words.push(format!("{running} running"));
        }
        if waiting > 0 {
            words.push(format!("{waiting} waiting for approval"));
        }
        let stuck = stuck.filter(|span| *span > QUEUED);
        words.extend(stuck.map(|span| format!("queued for {}", short(span))));
        if health == Health::Ok && (waiting > 0 || stuck.is_some()) {
            health = Health::Degraded;
        }
        if let Some((what, fault)) = &self.unread {
            words.push(format!("{what} unread: {}", fault.detail));
        }
        let failed: Vec<String> = self.failed().collect();
        let body = json!({
            "conclusion": self.latest().map(Run::word),
            "age_hours": age.map(|age| (age.as_secs_f64() / 360.0).round() / 10.0),
            "running": running,
            "waiting": waiting,
            "queued": queued.count(),
            "failed_jobs": failed.len(),
            "failed": failed.join("; "),
        });
        let reason = (health == Health::Blind).then_some(Reason::Body);
        let mut entries = vec![self.workflow(api, health)];
        entries.extend(self.runs.iter().map(|run| self.entry(run, api, at)));
        let listed = |green: &Run| self.runs.iter().any(|run| run.id == green.id);
        let older = self.green.as_ref().filter(|green| !listed(green));
        entries.extend(older.map(|green| self.entry(green, api, at)));
        Found { health, reason, detail: words.join(" · "), body, entries }
    }

    fn judged(&self, api: &Api<'_>, age: Option<Duration>, at: Timestamp) -> (Health, Vec<String>) {
        let Some(latest) = self.latest() else {
            let on = api.branch().map_or_else(String::new, |branch| format!(" on {branch}"));
            let file = api.workflow();
            let words = if self.runs.is_empty() {
                format!("no run of {file}{on} yet")
            } else {
                format!("no run of {file}{on} has ended green or red yet")
            };
            return (Health::Blind, vec![words]);
        };
        if latest.is_red() {
            let ended = latest.updated_at.or(latest.began());
            let ago = ended.map_or_else(String::new, |ended| format!(" {} ago", short(at.since(ended))));
            let blame = self.failed().next().map_or_else(String::new, |blame| format!(": {blame}"));
            let mut words = vec![format!("{}{ago}{blame}", latest.word().replace('_', " "))];
            words
                .push(age.map_or_else(|| "never green".into(), |age| format!("last green {} ago", old(age))));
            return (Health::Down, words);
        }
        match age {
            None => (Health::Blind, vec!["green, but when it ran is not said".into()]),
            Some(age) if age > api.fresh() => (
                Health::Degraded,
                vec![format!("green, but {} old (fresh is {})", old(age), old(api.fresh()))],
            ),
            Some(age) => (Health::Ok, vec![format!("green, {} old", old(age))]),
        }
    }

    /// The jobs that failed and the steps to blame.
    fn failed(&self) -> impl Iterator<Item = String> {
        self.jobs.iter().flat_map(|jobs| &jobs.jobs).filter(|job| job.is_red()).map(super::wire::Job::blame)
    }

    /// The workflow itself: what can be dispatched.
    fn workflow(&self, api: &Api<'_>, health: Health) -> Entry {
        let branch = api.branch().unwrap_or("any branch");
        let title = format!("{} on {branch}", api.workflow());
        let state = self.latest().map_or("no run", Run::word);
        let mut entry = Entry::new("workflow", health, state, title);
        entry.tags.push("workflow".into());
        entry.offers.push(offers::dispatch(api, self.listed));
        entry
    }

    fn entry(&self, run: &Run, api: &Api<'_>, at: Timestamp) -> Entry {
        let is = |other: Option<&Run>| other.is_some_and(|other| other.id == run.id);
        let (latest, green) = (is(self.latest()), is(self.green.as_ref()));
        let health = match () {
            () if run.is_red() && latest => Health::Down,
            () if run.is_red() || run.waits() => Health::Degraded,
            () => Health::Ok,
        };
        let title = run.display_title.clone().unwrap_or_else(|| run.name());
        let mut entry = Entry::new(run.id.to_string(), health, run.word().replace('_', " "), title);
        entry.began = run.began();
        entry.at = run.updated_at.or(run.began());
        let age = run.began().map_or_else(String::new, |began| short(at.since(began)));
        entry.cells.push(("AGE", age));
        entry.cells.push(("COMMIT", run.commit().unwrap_or_default()));
        entry.cells.push(("BRANCH", run.head_branch.clone().unwrap_or_default()));
        entry.cells.push(("EVENT", run.event.clone().unwrap_or_default()));
        entry.facts.push(("run", run.name()));
        entry.facts.extend(run.attempt.map(|attempt| ("attempt", attempt.to_string())));
        entry.facts.extend(run.by().map(|by| ("by", by.to_owned())));
        entry.link.clone_from(&run.html_url);
        if run.is_green() && api.deploys() {
            entry.release = run.commit();
        }
        if green && !self.artifacts.is_empty() {
            entry.facts.push(("artifacts", self.artifacts.len().to_string()));
            entry.body.extend(self.artifacts.iter().map(Artifact::line));
        }
        if latest && run.is_red() {
            entry.body.extend(self.job_lines());
        }
        entry.offers = offers::of(api, run, at);
        entry
    }

    fn job_lines(&self) -> Vec<String> {
        let Some(jobs) = &self.jobs else { return Vec::new() };
        let mut lines = Vec::new();
        for job in &jobs.jobs {
            let name = job.name.as_deref().unwrap_or("a job without a name");
            let took = job.took().map_or_else(String::new, |took| format!(" after {}", short(took)));
            lines.push(format!("{name}: {}{took}", job.conclusion.as_deref().unwrap_or("not ended")));
            lines.extend(job.failed_steps().map(|step| format!("  failed at: {step}")));
        }
        let more = jobs.total_count.unwrap_or(0).saturating_sub(jobs.jobs.len() as u64);
        if more > 0 {
            lines.push(format!("and {more} more jobs"));
        }
        lines
    }
}

/// An age in hours, since what is fresh is told in hours; shorter ones as usual.
fn old(span: Duration) -> String {
    let hours = span.as_secs() / 3600;
    if hours < 2 { short(span) } else { format!("{hours}h") }
}
