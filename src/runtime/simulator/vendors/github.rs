//! GitHub Actions: the nightly audit and its runs, starting one, and running one again.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::super::fault::Target;
use super::super::world::World;
use super::asked::{Asked, kept};
use super::errand::Errand;
use super::moment::Moment;
use super::{Refusal, because, did, iso, keys, seconds, set};
use crate::domain::time::Timestamp;

const REPOSITORY: (&str, &str) = ("lanternfish", "shop");
/// The workflow's file and number.
const WORKFLOW: (&str, u64) = ("audit.yml", 7_310_442);
/// The number of the run that somebody starts first.
const FIRST_RUN: u64 = 9_310_000_000;
/// How many nights are remembered.
const NIGHTS: u64 = 14;
/// How long a run waits, and when it is done.
const QUEUED: Duration = Duration::from_secs(2);
const DONE: Duration = Duration::from_secs(14);

/// A run of the audit.
#[derive(Clone, Debug, PartialEq)]
struct Run {
    id: u64,
    number: u64,
    attempt: u64,
    event: &'static str,
    branch: String,
    created: Timestamp,
    started: Timestamp,
    updated: Timestamp,
    status: &'static str,
    conclusion: Option<String>,
}

fn runs(moment: &Moment<'_>) -> Vec<Run> {
    let mut runs = Vec::new();
    let last = super::supabase::last_night(moment);
    for night in (0..NIGHTS).rev() {
        let created = last.minus(Duration::from_secs(24 * 3_600 * night));
        runs.push(Run {
            id: FIRST_RUN - 1_000 - night,
            number: 412 - night,
            attempt: 1,
            event: "schedule",
            branch: "main".to_owned(),
            created,
            started: created,
            updated: created.plus(Duration::from_secs(271)),
            status: "completed",
            // One night in the fortnight it failed, and nobody minded: the next was well.
            conclusion: Some(if night == 9 { "failure" } else { "success" }.to_owned()),
        });
    }
    let told = moment.fault(Target::GitHub).conclusion;
    if let (Some(conclusion), Some(run)) = (&told, runs.last_mut()) {
        run.conclusion = Some(conclusion.clone());
    }
    for (at, errand) in moment.errands() {
        match errand {
            Errand::Dispatch { reference, .. } => {
                let number = runs.iter().map(|run| run.number).max().unwrap_or(0) + 1;
                let created = moment.wall(at);
                runs.push(Run {
                    id: FIRST_RUN + number,
                    number,
                    attempt: 1,
                    event: "workflow_dispatch",
                    branch: reference.clone(),
                    created,
                    started: created,
                    updated: created,
                    status: "queued",
                    conclusion: None,
                });
                if let Some(run) = runs.last_mut() {
                    run.go_on(moment, at);
                }
            }
            Errand::Rerun { run } => {
                if let Some(run) = runs.iter_mut().find(|known| known.id == *run) {
                    run.attempt += 1;
                    run.go_on(moment, at);
                }
            }
            Errand::Issue { .. }
            | Errand::Retry { .. }
            | Errand::Endpoint { .. }
            | Errand::Alias { .. }
            | Errand::Machine { .. }
            | Errand::Deploy { .. }
            | Errand::Page { .. }
            | Errand::Told(_)
            | Errand::Note { .. }
            | Errand::Enqueue { .. } => {}
        }
    }
    runs.sort_by_key(|run| std::cmp::Reverse(run.created));
    runs
}

impl Run {
    /// Where a run is that was asked for at `at`.
    fn go_on(&mut self, moment: &Moment<'_>, at: Duration) {
        let since = moment.elapsed.saturating_sub(at);
        let (status, conclusion, changed) = if since < QUEUED {
            ("queued", None, at)
        } else if since < DONE {
            ("in_progress", None, at.saturating_add(QUEUED))
        } else {
            ("completed", Some("success".to_owned()), at.saturating_add(DONE))
        };
        (self.status, self.conclusion) = (status, conclusion);
        self.started = moment.wall(at);
        self.updated = moment.wall(changed);
    }

    fn json(&self) -> Value {
        let (owner, repository) = REPOSITORY;
        let here = format!("https://api.github.example.com/repos/{owner}/{repository}");
        let page = format!("https://github.example.com/{owner}/{repository}");
        let id = self.id;
        json!({
            "id": id,
            "name": "Nightly audit",
            "node_id": format!("WFR_{id}"),
            "head_branch": self.branch,
            "head_sha": "a1b2c3a1b2c3a1b2c3a1b2c3a1b2c3a1b2c3a1b2",
            "path": format!(".github/workflows/{}", WORKFLOW.0),
            "display_title": "Nightly audit",
            "run_number": self.number,
            "event": self.event,
            "status": self.status,
            "conclusion": self.conclusion,
            "workflow_id": WORKFLOW.1,
            "check_suite_id": id + 1,
            "url": format!("{here}/actions/runs/{id}"),
            "html_url": format!("{page}/actions/runs/{id}"),
            "pull_requests": [],
            "created_at": iso(self.created),
            "updated_at": iso(self.updated),
            "run_attempt": self.attempt,
            "run_started_at": iso(self.started),
            "actor": { "login": "ann", "id": 1, "type": "User" },
            "jobs_url": format!("{here}/actions/runs/{id}/jobs"),
            "logs_url": format!("{here}/actions/runs/{id}/logs"),
            "rerun_url": format!("{here}/actions/runs/{id}/rerun"),
            "workflow_url": format!("{here}/actions/workflows/{}", WORKFLOW.1),
            "repository": { "id": 310, "name": repository, "full_name": format!("{owner}/{repository}"), "private": true },
        })
    }

    fn job(&self) -> Value {
        let steps: Vec<Value> = ["Set up job", "Audit orders against payments", "Complete job"]
            .iter()
            .zip(1..)
            .map(|(name, number)| {
                json!({ "name": name, "status": self.status, "conclusion": self.conclusion, "number": number })
            })
            .collect();
        json!({
            "id": self.id + 7,
            "run_id": self.id,
            "run_attempt": self.attempt,
            "name": "audit",
            "status": self.status,
            "conclusion": self.conclusion,
            "started_at": iso(self.started),
            "completed_at": self.conclusion.as_ref().map(|_| iso(self.updated)),
            "html_url": format!("https://github.example.com/lanternfish/shop/actions/runs/{}/job/{}", self.id, self.id + 7),
            "head_branch": self.branch,
            "workflow_name": "Nightly audit",
            "labels": ["ubuntu-latest"],
            "steps": steps,
        })
    }
}

/// Answers a request.
pub fn answer(world: &World, asked: &Asked) -> Response {
    let moment = world.moment();
    if asked.header("user-agent").is_none_or(str::is_empty) {
        let words = "Request forbidden by administrative rules. Please make sure your request has a User-Agent header.\n";
        return (StatusCode::FORBIDDEN, words).into_response();
    }
    let token = asked.credential("bearer").or_else(|| asked.credential("token"));
    let mut response = if token == Some(keys::GITHUB) {
        route(world, &moment, asked)
    } else {
        let words = if token.is_none() { "Requires authentication" } else { "Bad credentials" };
        refuse(StatusCode::UNAUTHORIZED, &because(words, moment.now()))
    };
    let hour = seconds(moment.now()).div_euclid(3_600) * 3_600 + 3_600;
    set(&mut response, "x-ratelimit-limit", "5000");
    set(&mut response, "x-ratelimit-remaining", "4960");
    set(&mut response, "x-ratelimit-reset", &hour.to_string());
    set(&mut response, "x-ratelimit-resource", "core");
    response
}

fn route(world: &World, moment: &Moment<'_>, asked: &Asked) -> Response {
    let parts = asked.parts();
    let ["repos", owner, repository, "actions", rest @ ..] = parts.as_slice() else { return missing() };
    if (*owner, *repository) != REPOSITORY {
        return missing();
    }
    let is_workflow = |name: &str| name == WORKFLOW.0 || name == WORKFLOW.1.to_string();
    match (&asked.method, rest) {
        (&Method::GET, ["workflows"]) => tagged(
            asked,
            &json!({ "total_count": 1, "workflows": [{
            "id": WORKFLOW.1, "node_id": "W_1", "name": "Nightly audit", "state": "active",
            "path": format!(".github/workflows/{}", WORKFLOW.0),
        }] }),
        ),
        (&Method::GET, ["runs"]) => list(moment, asked),
        (&Method::GET, ["workflows", name, "runs"]) if is_workflow(name) => list(moment, asked),
        (&Method::GET, ["runs", id]) => match find(moment, id) {
            Some(run) => tagged(asked, &run.json()),
            None => missing(),
        },
        (&Method::GET, ["runs", id, "jobs"]) => match find(moment, id) {
            Some(run) => tagged(asked, &json!({ "total_count": 1, "jobs": [run.job()] })),
            None => missing(),
        },
        (&Method::POST, ["runs", id, "rerun" | "rerun-failed-jobs"]) => match find(moment, id) {
            None => missing(),
            Some(run) if run.conclusion.is_none() => {
                refuse(StatusCode::FORBIDDEN, &because("This workflow is already running", moment.now()))
            }
            Some(run) => {
                did(world, Errand::Rerun { run: run.id }, || super::json(StatusCode::CREATED, &json!({})))
            }
        },
        (&Method::POST, ["workflows", name, "dispatches"]) if is_workflow(name) => dispatch(world, asked),
        _ => missing(),
    }
}

/// Refuses as GitHub does.
pub fn refuse(status: StatusCode, refusal: &Refusal) -> Response {
    let usual = if status == StatusCode::TOO_MANY_REQUESTS
        || (status == StatusCode::FORBIDDEN && refusal.message.is_empty())
    {
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    } else {
        ""
    };
    let words = if refusal.message.is_empty() { usual } else { &refusal.message };
    let body = json!({
        "message": super::or_usual(words, status),
        "documentation_url": "https://docs.github.com/rest",
        "status": status.as_u16().to_string(),
    });
    super::json(status, &body)
}

fn missing() -> Response {
    refuse(StatusCode::NOT_FOUND, &because("Not Found", Timestamp::default()))
}

/// An answer with its tag; nothing but the tag for whoever has it already.
fn tagged(asked: &Asked, body: &Value) -> Response {
    let tag = format!("W/\"{}\"", hex::encode(Sha256::digest(body.to_string())));
    let mut response = if asked.header("if-none-match").is_some_and(|known| known == tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        super::json(StatusCode::OK, body)
    };
    set(&mut response, "etag", &tag);
    response
}

fn find(moment: &Moment<'_>, id: &str) -> Option<Run> {
    runs(moment).into_iter().find(|run| run.id.to_string() == id)
}

fn list(moment: &Moment<'_>, asked: &Asked) -> Response {
    let found: Vec<Run> = runs(moment)
        .into_iter()
        .filter(|run| asked.one("branch").is_none_or(|branch| branch == run.branch))
        .filter(|run| asked.one("event").is_none_or(|event| event == run.event))
        .filter(|run| {
            asked
                .one("status")
                .is_none_or(|word| word == run.status || run.conclusion.as_deref() == Some(word))
        })
        .filter(|run| asked.one("head_sha").is_none_or(|sha| run.json()["head_sha"] == sha))
        .collect();
    let size = asked.rows("per_page", 30, 100);
    let page = asked.rows("page", 1, 1_000);
    let shown: Vec<Value> = found.iter().skip((page - 1) * size).take(size).map(Run::json).collect();
    tagged(asked, &json!({ "total_count": found.len(), "workflow_runs": shown }))
}

fn dispatch(world: &World, asked: &Asked) -> Response {
    let body = asked.json();
    let Some(reference) = body["ref"].as_str().filter(|reference| !reference.is_empty()) else {
        let words = "Invalid request.\n\n\"ref\" wasn't supplied.";
        return refuse(StatusCode::UNPROCESSABLE_ENTITY, &because(words, Timestamp::default()));
    };
    if reference.trim_start_matches("refs/heads/") != "main" {
        let words = format!("No ref found for: {}", kept(reference));
        return refuse(StatusCode::UNPROCESSABLE_ENTITY, &because(words, Timestamp::default()));
    }
    let errand = Errand::Dispatch { workflow: WORKFLOW.0.to_owned(), reference: "main".to_owned() };
    did(world, errand, || {
        if body["return_run_details"] != json!(true) {
            return StatusCode::NO_CONTENT.into_response();
        }
        let run = runs(&world.moment()).into_iter().find(|run| run.event == "workflow_dispatch");
        let Some(run) = run.map(|run| run.json()) else { return StatusCode::NO_CONTENT.into_response() };
        let details =
            json!({ "workflow_run_id": run["id"], "run_url": run["url"], "html_url": run["html_url"] });
        super::json(StatusCode::OK, &details)
    })
}
