//! What is asked of GitHub: exact requests, put together from the table.

use std::time::Duration;

use serde_json::{Map, Value as Json, json};

use crate::domain::io::{HttpRequest, Value, segment};
use crate::domain::setting::{Setting, Table};
use crate::domain::signal::Signal;
use crate::domain::time::Timestamp;
use crate::sources::table;

pub(super) const BASE: &str = "https://api.github.com";
/// Runs a page.
pub(super) const PAGE: usize = 20;

/// Where the API is, who asks, and about which workflow.
pub(super) struct Api<'a> {
    table: &'a Table,
    timeout: Duration,
}

impl<'a> Api<'a> {
    pub(super) fn new(table: &'a Table, timeout: Duration) -> Self {
        Self { table, timeout }
    }

    pub(super) fn of(signal: &'a Signal) -> Option<Self> {
        Some(Self::new(signal.options.as_ref()?, signal.timeout()))
    }

    pub(super) fn workflow(&self) -> &'a str {
        self.table.text("workflow").unwrap_or_default()
    }

    pub(super) fn branch(&self) -> Option<&'a str> {
        self.table.text("branch")
    }

    /// How old a green run may be.
    pub(super) fn fresh(&self) -> Duration {
        self.table.duration("fresh").unwrap_or(super::FRESH)
    }

    /// Whether a green run is a release that went live.
    pub(super) fn deploys(&self) -> bool {
        self.table.flag("deploys") == Some(true)
    }

    fn request(&self, method: &str, path: &str, query: &[(&str, &str)]) -> HttpRequest {
        let repository = self.table.text("repository").unwrap_or_default();
        let (owner, name) = repository.split_once('/').unwrap_or((repository, ""));
        let path = format!("/repos/{}/{}/actions{path}", segment(owner), segment(name));
        let plain = |text: &str| Value::Plain(text.into());
        let mut headers = vec![
            ("accept".to_owned(), plain("application/vnd.github+json")),
            ("x-github-api-version".to_owned(), plain("2022-11-28")),
        ];
        let token = self.table.value("token").map(|token| token.behind("Bearer "));
        headers.extend(token.map(|token| ("authorization".to_owned(), token)));
        let base = self.table.text("base_url").unwrap_or(BASE);
        table::request(method, base, &path, query, headers, self.timeout)
    }

    fn of_workflow(&self, method: &str, path: &str, query: &[(&str, &str)]) -> HttpRequest {
        self.request(method, &format!("/workflows/{}{path}", segment(self.workflow())), query)
    }

    fn listed(&self, event: Option<&str>, more: &[(&str, &str)]) -> HttpRequest {
        let mut query = vec![("exclude_pull_requests", "true")];
        query.extend(self.branch().map(|branch| ("branch", branch)));
        query.extend(event.map(|event| ("event", event)));
        query.extend(more);
        self.of_workflow("GET", "/runs", &query)
    }

    /// The newest runs.
    pub(super) fn runs(&self) -> HttpRequest {
        self.listed(self.table.text("event"), &[("per_page", &PAGE.to_string())])
    }

    /// The newest green run, however long ago.
    pub(super) fn green(&self) -> HttpRequest {
        self.listed(self.table.text("event"), &[("status", "success"), ("per_page", "1")])
    }

    /// The runs that were dispatched since `at`, by GitHub's clock.
    pub(super) fn dispatched(&self, at: Timestamp) -> HttpRequest {
        let text = at.utc().map(|at| at.format(">=%Y-%m-%dT%H:%M:%SZ").to_string()).unwrap_or_default();
        self.listed(Some("workflow_dispatch"), &[("created", &text), ("per_page", "1")])
    }

    pub(super) fn run(&self, id: u64) -> HttpRequest {
        self.request("GET", &format!("/runs/{id}"), &[("exclude_pull_requests", "true")])
    }

    /// The jobs of its latest attempt.
    pub(super) fn jobs(&self, id: u64) -> HttpRequest {
        self.request("GET", &format!("/runs/{id}/jobs"), &[("filter", "latest"), ("per_page", "100")])
    }

    pub(super) fn artifacts(&self, id: u64) -> HttpRequest {
        self.request("GET", &format!("/runs/{id}/artifacts"), &[("per_page", "30")])
    }

    /// `rerun-failed-jobs` or `cancel`.
    pub(super) fn post(&self, id: u64, verb: &str) -> HttpRequest {
        self.request("POST", &format!("/runs/{id}/{verb}"), &[])
    }

    pub(super) fn dispatch(&self, branch: &str) -> HttpRequest {
        let mut body = json!({ "ref": branch, "return_run_details": true });
        let inputs: Map<String, Json> = self
            .table
            .map("inputs")
            .unwrap_or_default()
            .iter()
            .filter_map(|(name, placed)| match &placed.value {
                Setting::Text(text) => Some((name.clone(), Json::from(text.clone()))),
                _ => None,
            })
            .collect();
        if !inputs.is_empty() {
            body["inputs"] = Json::from(inputs);
        }
        table::with_json(self.of_workflow("POST", "/dispatches", &[]), &body)
    }
}
