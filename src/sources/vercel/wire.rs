//! Vercel's words: a project and its deployments. Only what is looked at; everything but an id may be absent.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::time::Timestamp;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Project {
    pub(super) id: String,
    /// Off while a rollback holds the production domains, or by the project's settings.
    pub(super) auto_assign_custom_domains: Option<bool>,
    pub(super) last_alias_request: Option<AliasRequest>,
    targets: Option<BTreeMap<String, Option<Target>>>,
}

impl Project {
    /// The deployment that Vercel itself calls the current one of `target`.
    pub(super) fn current(&self, target: &str) -> Option<&str> {
        self.targets.as_ref()?.get(target)?.as_ref()?.id.as_deref()
    }
}

#[derive(Debug, Deserialize)]
struct Target {
    id: Option<String>,
}

/// The last time somebody promoted or rolled back.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AliasRequest {
    pub(super) to_deployment_id: Option<String>,
    /// `pending`, `in-progress`, `succeeded`, `failed`, `skipped`.
    job_status: Option<String>,
    pub(super) requested_at: Option<i64>,
    /// `promote` or `rollback`.
    #[serde(rename = "type")]
    kind: Option<String>,
}

impl AliasRequest {
    pub(super) fn word(&self) -> &str {
        self.kind.as_deref().unwrap_or("promotion")
    }

    pub(super) fn is_rollback(&self) -> bool {
        self.kind.as_deref() == Some("rollback")
    }

    pub(super) fn succeeded(&self) -> bool {
        self.job_status.as_deref() == Some("succeeded")
    }

    pub(super) fn failed(&self) -> bool {
        self.job_status.as_deref() == Some("failed")
    }

    pub(super) fn is_running(&self) -> bool {
        matches!(self.job_status.as_deref(), Some("pending" | "in-progress"))
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Page {
    pub(super) deployments: Vec<Deployment>,
    pagination: Option<Pagination>,
}

impl Page {
    /// What is passed as `until` for the next page.
    pub(super) fn older(&self) -> Option<i64> {
        self.pagination.as_ref()?.next
    }
}

#[derive(Debug, Deserialize)]
struct Pagination {
    next: Option<i64>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Deployment {
    pub(super) uid: String,
    pub(super) url: Option<String>,
    created: Option<i64>,
    created_at: Option<i64>,
    building_at: Option<i64>,
    ready: Option<i64>,
    /// When its domains were assigned, or whether they were.
    alias_assigned: Option<serde_json::Value>,
    alias_error: Option<AliasError>,
    state: Option<String>,
    ready_state: Option<String>,
    /// `STAGED` has never seen production traffic, `ROLLING` sees some, `PROMOTED` has seen all.
    ready_substate: Option<String>,
    pub(super) target: Option<String>,
    pub(super) source: Option<String>,
    creator: Option<Creator>,
    pub(super) inspector_url: Option<String>,
    pub(super) is_rollback_candidate: Option<bool>,
    pub(super) error_message: Option<String>,
    pub(super) error_code: Option<String>,
    meta: Option<BTreeMap<String, serde_json::Value>>,
}

#[derive(Clone, Debug, Deserialize)]
struct AliasError {
    message: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct Creator {
    username: Option<String>,
    email: Option<String>,
}

impl Deployment {
    /// `READY`, `ERROR`, `BUILDING`, `INITIALIZING`, `QUEUED`, `CANCELED`, `DELETED`, or a word of tomorrow.
    pub(super) fn state(&self) -> &str {
        self.ready_state.as_deref().or(self.state.as_deref()).unwrap_or("UNKNOWN")
    }

    pub(super) fn is_ready(&self) -> bool {
        self.state() == "READY"
    }

    pub(super) fn is_building(&self) -> bool {
        matches!(self.state(), "BUILDING" | "INITIALIZING" | "QUEUED")
    }

    pub(super) fn is_gone(&self) -> bool {
        matches!(self.state(), "CANCELED" | "DELETED")
    }

    /// Whether users saw it, now or before.
    pub(super) fn was_live(&self) -> bool {
        let assigned = self.alias_assigned.as_ref().is_some_and(|word| {
            // A time, or a plain yes.
            word.is_number() || word.as_bool() == Some(true)
        });
        self.is_ready()
            && match self.ready_substate.as_deref() {
                Some(word) => word == "PROMOTED" || word == "ROLLING",
                None => assigned,
            }
    }

    pub(super) fn is_staged(&self) -> bool {
        self.ready_substate.as_deref() == Some("STAGED")
    }

    pub(super) fn created(&self) -> Option<Timestamp> {
        self.created.or(self.created_at).map(Timestamp::from_millis)
    }

    /// When it went live for the first time, as near as Vercel says.
    pub(super) fn live_since(&self) -> Option<Timestamp> {
        let assigned = self.alias_assigned.as_ref().and_then(serde_json::Value::as_i64);
        assigned.or(self.ready).map(Timestamp::from_millis).or_else(|| self.created())
    }

    /// How long its build took.
    pub(super) fn build(&self) -> Option<std::time::Duration> {
        let (began, ended) = (self.building_at?, self.ready?);
        (ended >= began).then(|| Timestamp::from_millis(ended).since(Timestamp::from_millis(began)))
    }

    pub(super) fn alias_error(&self) -> Option<&str> {
        self.alias_error.as_ref().map(|error| error.message.as_deref().unwrap_or("no reason was given"))
    }

    pub(super) fn author(&self) -> Option<&str> {
        let creator = self.creator.as_ref();
        self.git("CommitAuthorName")
            .or_else(|| creator?.username.as_deref())
            .or_else(|| creator?.email.as_deref())
    }

    /// What the Git provider, whichever it is, says under this name.
    fn git(&self, name: &str) -> Option<&str> {
        let meta = self.meta.as_ref()?;
        ["github", "gitlab", "bitbucket"]
            .into_iter()
            .find_map(|provider| meta.get(&format!("{provider}{name}"))?.as_str())
            .filter(|text| !text.is_empty())
    }

    pub(super) fn commit(&self) -> Option<&str> {
        self.git("CommitSha").or_else(|| self.meta.as_ref()?.get("gitCommitSha")?.as_str())
    }

    /// The commit in seven characters, or the deployment's own id.
    pub(super) fn release(&self) -> String {
        self.commit().map_or_else(|| self.uid.clone(), |commit| commit.chars().take(7).collect())
    }

    pub(super) fn branch(&self) -> Option<&str> {
        self.git("CommitRef")
    }

    /// The first line of the commit's message, or where it can be seen.
    pub(super) fn title(&self) -> String {
        let message = self.git("CommitMessage").and_then(|text| text.lines().next());
        message.or(self.url.as_deref()).unwrap_or(&self.uid).to_owned()
    }
}
