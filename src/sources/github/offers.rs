//! What can be done about a workflow and its runs: dispatch, run the failed jobs again, cancel.

use std::time::Duration;

use super::api::Api;
use super::wire::Run;
use crate::domain::action::Risk;
use crate::domain::io::{HttpRequest, IoRequest};
use crate::domain::offer::{Call, Check, Offer};
use crate::domain::text::clean;
use crate::domain::time::Timestamp;
use crate::sources::effects;

/// GitHub runs nothing again that was created longer ago.
const AGAIN: Duration = Duration::from_secs(30 * 86_400);
/// How long a change may take to be seen.
const SOON: Duration = Duration::from_secs(60);
/// How long a run may take to end once it was cancelled: steps that always run are waited for.
const CANCELLED: Duration = Duration::from_secs(300);

/// Starts the workflow; `at` is when the runs were listed, by GitHub's clock.
pub(super) fn dispatch(api: &Api<'_>, at: Timestamp) -> Offer {
    let (workflow, branch) = (api.workflow(), api.branch().unwrap_or("…"));
    let when = "body.workflow_runs | length > 0";
    let check = effects::check(api.dispatched(at), when, None, SOON);
    let title = format!("dispatch {workflow} on {branch}");
    let mut offer = offer("dispatch", "workflow".into(), &title, api.dispatch(branch), check);
    offer.about = vec![
        "Starts a run with the inputs of the configuration. It does whatever the workflow does, deploys included."
            .into(),
        "Seen once a dispatched run is listed; one that somebody else dispatches in the same minute looks alike."
            .into(),
        "The workflow must have workflow_dispatch on the default branch.".into(),
    ];
    if api.branch().is_none() {
        offer.refused = Some("it is not said on which branch: give branch".into());
    }
    offer
}

/// What can be done about one run.
pub(super) fn of(api: &Api<'_>, run: &Run, at: Timestamp) -> Vec<Offer> {
    if !run.is_completed() {
        return vec![cancel(api, run)];
    }
    if run.is_red() { vec![rerun(api, run, at)] } else { Vec::new() }
}

fn rerun(api: &Api<'_>, run: &Run, at: Timestamp) -> Offer {
    let attempt = run.attempt.unwrap_or(1);
    let when = format!("body.run_attempt > {attempt}");
    let check = effects::check(api.run(run.id), &when, None, SOON);
    let title = format!("rerun the failed jobs of {} ({})", run.name(), run.id);
    let request = api.post(run.id, "rerun-failed-jobs");
    let mut offer = offer("rerun failed jobs", run.id.to_string(), &title, request, check);
    offer.about = vec![
        format!(
            "Starts attempt {} with the failed jobs and those that need them, on the same commit.",
            attempt + 1
        ),
        "What those jobs did before stays done; a job that deploys deploys again.".into(),
    ];
    if run.created().is_some_and(|created| at.since(created) > AGAIN) {
        offer.refused = Some("it is older than 30 days: GitHub runs nothing that old again".into());
    }
    offer
}

fn cancel(api: &Api<'_>, run: &Run) -> Offer {
    let when = "body.status == 'completed' and body.conclusion == 'cancelled'";
    let fails = "body.status == 'completed' and body.conclusion != 'cancelled'";
    let check = effects::check(api.run(run.id), when, Some(fails), CANCELLED);
    let title = format!("cancel {} ({})", run.name(), run.id);
    let mut offer = offer("cancel", run.id.to_string(), &title, api.post(run.id, "cancel"), check);
    offer.about = vec![
        "Asks its jobs to end. What they did so far stays done: a deploy may stop half-way.".into(),
        "Steps that always run still run. It cannot be resumed, only run again.".into(),
    ];
    offer
}

fn offer(name: &'static str, key: String, title: &str, request: HttpRequest, check: Option<Check>) -> Offer {
    let title = clean(title).into_owned();
    let call = Call { key, title, request: IoRequest::Http(request), expect: None, check };
    Offer::one(name, Risk::Change, call)
}
