//! What is asked of Vercel: exact requests, put together from the table.

use std::time::Duration;

use serde_json::json;

use crate::domain::io::{HttpRequest, segment};
use crate::domain::setting::Table;
use crate::domain::signal::Signal;
use crate::sources::table;

pub(super) const BASE: &str = "https://api.vercel.com";
/// Deployments a page.
pub(super) const PAGE: usize = 20;

/// Where the API is, who asks, and for which team.
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

    pub(super) fn target(&self) -> &'a str {
        self.table.text("target").unwrap_or("production")
    }

    /// Whether it is said whose the project is.
    pub(super) fn names_a_team(&self) -> bool {
        self.table.has("team") || self.table.has("slug")
    }

    fn request(&self, method: &str, path: &str, query: &[(&str, &str)]) -> HttpRequest {
        let mut query = query.to_vec();
        if let Some(team) = self.table.text("team") {
            query.push(("teamId", team));
        } else if let Some(slug) = self.table.text("slug") {
            query.push(("slug", slug));
        }
        let token = self.table.value("token").map(|token| token.behind("Bearer "));
        let headers = token.map(|token| ("authorization".to_owned(), token)).into_iter().collect();
        let base = self.table.text("base_url").unwrap_or(BASE);
        table::request(method, base, path, &query, headers, self.timeout)
    }

    /// The project, by the id or name that the table gives.
    pub(super) fn project(&self) -> HttpRequest {
        self.project_called(self.table.text("project").unwrap_or_default())
    }

    pub(super) fn project_called(&self, id: &str) -> HttpRequest {
        self.request("GET", &format!("/v9/projects/{}", segment(id)), &[])
    }

    /// A page of the target's deployments, newest first, created before `until`.
    pub(super) fn deployments(&self, project: &str, until: Option<i64>) -> HttpRequest {
        let (limit, until) = (PAGE.to_string(), until.map(|until| until.to_string()));
        let mut query = vec![("projectId", project), ("target", self.target()), ("limit", &limit)];
        if let Some(until) = &until {
            query.push(("until", until));
        }
        self.request("GET", "/v6/deployments", &query)
    }

    pub(super) fn rollback(&self, project: &str, deployment: &str) -> HttpRequest {
        self.point("v1", project, "rollback", deployment)
    }

    pub(super) fn promote(&self, project: &str, deployment: &str) -> HttpRequest {
        self.point("v10", project, "promote", deployment)
    }

    fn point(&self, version: &str, project: &str, verb: &str, deployment: &str) -> HttpRequest {
        let (project, deployment) = (segment(project), segment(deployment));
        let path = format!("/{version}/projects/{project}/{verb}/{deployment}");
        self.changing(self.request("POST", &path, &[]), &json!({}))
    }

    /// Switches automatic assignment of production domains on.
    pub(super) fn unpin(&self, project: &str) -> HttpRequest {
        let request = self.request("PATCH", &format!("/v9/projects/{}", segment(project)), &[]);
        self.changing(request, &json!({ "autoAssignCustomDomains": true }))
    }

    fn changing(&self, request: HttpRequest, body: &serde_json::Value) -> HttpRequest {
        let mut request = table::with_json(request, body);
        // A change is waited for longer than a question.
        request.timeout = self.timeout.max(Duration::from_secs(30));
        request
    }
}
