//! Netlify's words: a site and its deploys. Only what is looked at; everything but an id may be absent.

use serde::Deserialize;

use crate::domain::time::Timestamp;

#[derive(Debug, Deserialize)]
pub(super) struct Site {
    pub(super) id: String,
    pub(super) published_deploy: Option<Published>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Published {
    pub(super) id: String,
    pub(super) published_at: Option<Timestamp>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Deploy {
    pub(super) id: String,
    /// `new`, `enqueued`, `building`, `uploading`, `processing`, `ready`, `error`, or a word of tomorrow.
    #[serde(default)]
    pub(super) state: String,
    pub(super) created_at: Option<Timestamp>,
    pub(super) published_at: Option<Timestamp>,
    pub(super) commit_ref: Option<String>,
    pub(super) branch: Option<String>,
    pub(super) title: Option<String>,
    pub(super) error_message: Option<String>,
    pub(super) admin_url: Option<String>,
}

impl Deploy {
    pub(super) fn failed(&self) -> bool {
        self.state == "error"
    }

    pub(super) fn is_ready(&self) -> bool {
        self.state == "ready"
    }

    /// The commit in seven characters, or the deploy's own id.
    pub(super) fn release(&self) -> String {
        self.commit_ref.as_deref().unwrap_or(&self.id).chars().take(7).collect()
    }
}
