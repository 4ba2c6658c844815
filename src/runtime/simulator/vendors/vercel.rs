//! Vercel: deployments of the shop's pages, promoting one, and rolling back to one.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::super::fault::Target;
use super::super::world::World;
use super::asked::Asked;
use super::errand::{ALIAS_TAKES, AliasKind, Errand};
use super::moment::Moment;
use super::{Refusal, because, did, keys, seconds, set};
use crate::domain::time::Timestamp;

/// The project's two names.
const PROJECT: (&str, &str) = ("prj_LFweb", "web");
/// The team's two names.
const TEAM: (&str, &str) = ("team_LFshop", "lanternfish");
/// How long a deployment is built.
const BUILD: Duration = Duration::from_secs(6);
/// How long a change of aliases waits before it begins.
const QUEUED: Duration = Duration::from_millis(1_500);

/// The releases of before: commit, branch, subject, author, hours ago, and whether it was in production.
const BEFORE: [(&str, &str, &str, &str, u64, bool); 5] = [
    ("5ea1ed", "main", "covers in AVIF", "ann", 218, true),
    ("97c0de", "main", "order table: index on customer and day", "cleo", 99, true),
    ("b0a7ed", "gift-cards", "gift cards: first page", "bob", 49, false),
    ("a1b2c3", "main", "search suggestions for misspelt authors", "bob", 26, true),
    ("0ff1ce", "gift-cards", "gift cards: send by mail", "bob", 3, false),
];

/// A deployment.
#[derive(Clone, Debug, PartialEq)]
struct Deployment {
    id: String,
    commit: String,
    branch: String,
    subject: String,
    author: String,
    created: Timestamp,
    ready: Timestamp,
    state: &'static str,
    /// Meant for production, and not a preview.
    production: bool,
    /// Has been in production.
    promoted: bool,
}

/// What production is and how it came to be so.
#[derive(Clone, Debug, PartialEq)]
struct Standing {
    deployments: Vec<Deployment>,
    current: String,
    /// Whether the next deployment goes live by itself.
    automatic: bool,
    /// The last time that somebody changed it, and what they asked for.
    request: Option<(Duration, AliasKind, String, String)>,
}

fn id(commit: &str) -> String {
    format!("dpl_LF{commit}")
}

/// The commit that was in production at `at`, or before the company began.
pub fn version_at(moment: &Moment<'_>, at: Option<Duration>) -> String {
    let standing = match at {
        Some(at) => standing(&moment.at(at)),
        None => return "a1b2c3".to_owned(),
    };
    standing.current.trim_start_matches("dpl_LF").to_owned()
}

fn standing(moment: &Moment<'_>) -> Standing {
    let mut deployments: Vec<Deployment> = BEFORE
        .iter()
        .map(|(commit, branch, subject, author, hours, production)| Deployment {
            id: id(commit),
            commit: (*commit).to_owned(),
            branch: (*branch).to_owned(),
            subject: (*subject).to_owned(),
            author: (*author).to_owned(),
            created: moment.before(Duration::from_secs(hours * 3_600)),
            ready: moment.before(Duration::from_secs(hours * 3_600 - 74)),
            state: "READY",
            production: *production,
            promoted: *production,
        })
        .collect();
    let mut changes: Vec<(Duration, Change)> = Vec::new();
    for (at, fault) in moment.scenario.told(Target::Vercel) {
        let Some(commit) = &fault.release else { continue };
        let built_from = at.saturating_sub(BUILD);
        if built_from > moment.elapsed {
            continue;
        }
        deployments.push(Deployment {
            id: id(commit),
            commit: commit.clone(),
            branch: "main".to_owned(),
            subject: "connection pool per request instead of per process".to_owned(),
            author: "ann".to_owned(),
            created: moment.wall(built_from),
            ready: moment.wall(at),
            state: if at <= moment.elapsed { "READY" } else { "BUILDING" },
            production: true,
            promoted: false,
        });
        if at <= moment.elapsed {
            changes.push((at, Change::Ready(id(commit))));
        }
    }
    let mut request = None;
    for (at, errand) in moment.errands() {
        let Errand::Alias { kind, from, to, .. } = errand else { continue };
        request = Some((at, *kind, from.clone(), to.clone()));
        let done = at.saturating_add(ALIAS_TAKES);
        if done <= moment.elapsed && !is_stuck(moment, at) {
            changes.push((done, Change::Asked(*kind, to.clone())));
        }
    }
    changes.sort_by_key(|(at, _)| *at);
    let mut standing = Standing { deployments, current: id("a1b2c3"), automatic: true, request };
    for (_, change) in changes {
        match change {
            // A new deployment stays aside until somebody promotes it, once somebody rolled back.
            Change::Ready(_) if !standing.automatic => continue,
            Change::Ready(id) => standing.current = id,
            Change::Asked(kind, id) => {
                standing.current = id;
                standing.automatic = kind == AliasKind::Promote;
            }
        }
        let current = standing.current.clone();
        for deployment in &mut standing.deployments {
            deployment.promoted |= deployment.id == current;
        }
    }
    standing.deployments.sort_by_key(|deployment| std::cmp::Reverse(deployment.created));
    standing
}

#[derive(Clone, Debug, PartialEq)]
enum Change {
    Ready(String),
    Asked(AliasKind, String),
}

/// Answers a request.
pub fn answer(world: &World, asked: &Asked) -> Response {
    let moment = world.moment();
    if !asked.bears(keys::VERCEL) {
        return error(StatusCode::FORBIDDEN, "forbidden", "Not authorized", |error| {
            error["invalidToken"] = json!(true);
        });
    }
    match (asked.one("teamId"), asked.one("slug")) {
        (None, None) => return missing("Project not found."),
        (Some(id), _) if id != TEAM.0 => {
            return error(StatusCode::FORBIDDEN, "forbidden", "Not authorized", |_| {});
        }
        (None, Some(slug)) if slug != TEAM.1 => {
            return error(StatusCode::FORBIDDEN, "forbidden", "Not authorized", |_| {});
        }
        (Some(_), _) | (None, Some(_)) => {}
    }
    let standing = standing(&moment);
    let mut response = match (&asked.method, asked.parts().as_slice()) {
        (&Method::GET, ["v6", "deployments"]) => list(&standing, asked),
        (&Method::GET, ["v13", "deployments", name]) => {
            match standing.deployments.iter().find(|one| one.id == *name || one.url() == *name) {
                Some(deployment) => super::json(StatusCode::OK, &deployment.alone(&standing)),
                None => missing("Deployment not found"),
            }
        }
        (&Method::GET, ["v9", "projects", name]) if is_project(name) => project(&moment, &standing),
        (&Method::GET, ["v1", "projects", name, "promote", "aliases"]) if is_project(name) => {
            aliases(&moment, &standing, asked)
        }
        (&Method::POST, ["v1" | "v9", "projects", name, "rollback", to]) if is_project(name) => {
            ask(world, &moment, &standing, AliasKind::Rollback, to)
        }
        (&Method::POST, ["v10" | "v9", "projects", name, "promote", to]) if is_project(name) => {
            ask(world, &moment, &standing, AliasKind::Promote, to)
        }
        _ => missing("The requested resource was not found."),
    };
    let reset = seconds(moment.now()).div_euclid(60) * 60 + 60;
    set(&mut response, "x-ratelimit-limit", "500");
    set(&mut response, "x-ratelimit-remaining", "488");
    set(&mut response, "x-ratelimit-reset", &reset.to_string());
    response
}

/// Refuses as Vercel does.
pub fn refuse(status: StatusCode, refusal: &Refusal) -> Response {
    let (code, words) = match status {
        StatusCode::TOO_MANY_REQUESTS => ("rate_limited", "Too many requests"),
        StatusCode::INTERNAL_SERVER_ERROR => ("internal_server_error", "An unexpected error occurred"),
        StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED => ("forbidden", "Not authorized"),
        StatusCode::NOT_FOUND => ("not_found", "The requested resource was not found."),
        _ => ("unavailable", "The service is not available"),
    };
    let words = if refusal.message.is_empty() { words } else { &refusal.message };
    let mut response = error(status, code, words, |_| {});
    if status == StatusCode::TOO_MANY_REQUESTS {
        set(&mut response, "x-ratelimit-remaining", "0");
        let reset = seconds(refusal.now) + i64::from(refusal.retry_after.unwrap_or(60));
        set(&mut response, "x-ratelimit-reset", &reset.to_string());
    }
    response
}

fn error(status: StatusCode, code: &str, message: &str, more: impl FnOnce(&mut Value)) -> Response {
    let mut problem = json!({ "code": code, "message": message });
    more(&mut problem);
    super::json(status, &json!({ "error": problem }))
}

fn missing(words: &str) -> Response {
    refuse(StatusCode::NOT_FOUND, &because(words, Timestamp::default()))
}

fn is_project(name: &str) -> bool {
    name == PROJECT.0 || name == PROJECT.1
}

fn list(standing: &Standing, asked: &Asked) -> Response {
    if asked.one("projectId").is_some_and(|name| !is_project(name)) {
        return missing("Project not found.");
    }
    let bound = |name: &str| asked.number(name);
    let (since, until) = (bound("since"), bound("until"));
    let states: Vec<&str> = asked.one("state").map(|text| text.split(',').collect()).unwrap_or_default();
    let found: Vec<&Deployment> = standing
        .deployments
        .iter()
        .filter(|one| match asked.one("target") {
            None => true,
            Some(target) => (target == "production") == one.production,
        })
        .filter(|one| states.is_empty() || states.contains(&one.state))
        .filter(|one| asked.one("branch").is_none_or(|branch| branch == one.branch))
        .filter(|one| asked.one("sha").is_none_or(|sha| sha == one.commit))
        .filter(|one| asked.one("rollbackCandidate") != Some("true") || one.is_candidate(standing))
        .filter(|one| since.is_none_or(|since| one.created.millis() >= since))
        .filter(|one| until.is_none_or(|until| one.created.millis() < until))
        .collect();
    let limit = asked.rows("limit", 20, 100);
    let shown: Vec<Value> = found.iter().take(limit).map(|one| one.row(standing)).collect();
    let next = (found.len() > limit).then(|| found.get(limit - 1).map(|one| one.created.millis())).flatten();
    super::json(
        StatusCode::OK,
        &json!({
            "pagination": {
                "count": shown.len(), "next": next, "prev": found.first().map(|one| one.created.millis()),
            },
            "deployments": shown,
        }),
    )
}

impl Deployment {
    fn url(&self) -> String {
        format!("web-{}-lanternfish.example.com", self.commit)
    }

    fn is_candidate(&self, standing: &Standing) -> bool {
        self.production && self.promoted && self.id != standing.current
    }

    fn row(&self, standing: &Standing) -> Value {
        let substatus = match (self.state, self.production, self.promoted) {
            ("READY", true, true) => Some("PROMOTED"),
            ("READY", true, false) => Some("STAGED"),
            _ => None,
        };
        json!({
            "uid": self.id,
            "name": PROJECT.1,
            "url": self.url(),
            "created": self.created.millis(),
            "createdAt": self.created.millis(),
            "buildingAt": self.created.millis(),
            "ready": (self.state == "READY").then(|| self.ready.millis()),
            "state": self.state,
            "readyState": self.state,
            "readySubstate": substatus,
            "target": self.production.then_some("production"),
            "source": "git",
            "type": "LAMBDAS",
            "creator": { "uid": format!("u_{}", self.author), "username": self.author },
            "inspectorUrl": format!("https://vercel.example.com/lanternfish/web/{}", self.commit),
            "isRollbackCandidate": self.is_candidate(standing),
            "meta": {
                "githubCommitSha": self.commit,
                "githubCommitRef": self.branch,
                "githubCommitMessage": self.subject,
                "githubCommitAuthorName": self.author,
            },
            "projectId": PROJECT.0,
        })
    }

    /// The deployment by itself, where its number is called `id`.
    fn alone(&self, standing: &Standing) -> Value {
        let mut row = self.row(standing);
        row["id"] = json!(self.id);
        if let Some(row) = row.as_object_mut() {
            row.remove("uid");
            row.remove("state");
        }
        row
    }
}

/// Whether what was asked at `at` stays under way for good.
fn is_stuck(moment: &Moment<'_>, at: Duration) -> bool {
    moment.at(at).fault(Target::Vercel).stuck == Some(true)
}

/// How far the last change of aliases is.
fn job(moment: &Moment<'_>, at: Duration) -> &'static str {
    let since = moment.elapsed.saturating_sub(at);
    if since < QUEUED {
        "pending"
    } else if since < ALIAS_TAKES || is_stuck(moment, at) {
        "in-progress"
    } else {
        "succeeded"
    }
}

fn project(moment: &Moment<'_>, standing: &Standing) -> Response {
    let last = standing.request.as_ref().map(|(at, kind, from, to)| {
        json!({
            "fromDeploymentId": from,
            "toDeploymentId": to,
            "fromRollingReleaseId": null,
            "jobStatus": job(moment, *at),
            "requestedAt": moment.wall(*at).millis(),
            "type": kind.word(),
        })
    });
    let current = standing.deployments.iter().find(|one| one.id == standing.current);
    super::json(
        StatusCode::OK,
        &json!({
            "id": PROJECT.0,
            "name": PROJECT.1,
            "accountId": TEAM.0,
            "autoAssignCustomDomains": standing.automatic,
            "framework": "nextjs",
            "lastAliasRequest": last,
            "targets": { "production": current.map(|one| one.alone(standing)) },
        }),
    )
}

fn aliases(moment: &Moment<'_>, standing: &Standing, asked: &Asked) -> Response {
    let row = standing.request.as_ref().map(|(at, _, _, to)| {
        let status = match job(moment, *at) {
            "succeeded" => "completed",
            other => other,
        };
        json!({ "alias": "lanternfish.example.com", "id": to, "status": status })
    });
    let only_failed = asked.one("failedOnly") == Some("true");
    let rows: Vec<Value> = row.into_iter().filter(|_| !only_failed).collect();
    let count = rows.len();
    super::json(
        StatusCode::OK,
        &json!({ "aliases": rows, "pagination": { "count": count, "next": null, "prev": null } }),
    )
}

fn ask(world: &World, moment: &Moment<'_>, standing: &Standing, kind: AliasKind, to: &str) -> Response {
    let Some(target) = standing.deployments.iter().find(|one| one.id == to) else {
        return missing("Deployment not found");
    };
    let refused = |status, words: &str| error(status, "bad_request", words, |_| {});
    if standing.request.as_ref().is_some_and(|(at, ..)| job(moment, *at) != "succeeded") {
        return error(StatusCode::CONFLICT, "conflict", "Another alias request is in progress", |_| {});
    }
    if target.state != "READY" {
        return refused(StatusCode::UNPROCESSABLE_ENTITY, "The deployment is not ready");
    }
    if !target.production {
        return refused(
            StatusCode::UNPROCESSABLE_ENTITY,
            "A preview deployment cannot be promoted; build it for production",
        );
    }
    if target.id == standing.current {
        return error(StatusCode::CONFLICT, "conflict", "The deployment is already in production", |_| {});
    }
    if kind == AliasKind::Rollback && !target.promoted {
        return refused(StatusCode::UNPROCESSABLE_ENTITY, "The deployment has never been in production");
    }
    let created = standing.deployments.iter().find(|one| one.id == standing.current).map(|one| one.created);
    let backwards = created.is_some_and(|created| target.created < created);
    let errand = Errand::Alias { kind, from: standing.current.clone(), to: to.to_owned(), backwards };
    did(world, errand, || StatusCode::CREATED.into_response())
}
