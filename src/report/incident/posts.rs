//! Updates: what was told, to whom, and where it can be read.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::domain::fact::Fact;
use crate::domain::ids::{ChannelId, PostId, RunId};
use crate::domain::time::Timestamp;
use crate::report::phases::maybe_millis;

use super::Record;

/// An update.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PostReport {
    /// Its name.
    pub post: PostId,
    /// When it was asked for.
    pub at: Timestamp,
    /// Where it went.
    pub channel: ChannelId,
    /// Who reads it there.
    pub audience: String,
    /// What it says; may be of several lines.
    pub text: String,
    /// The status that it set.
    pub status: Option<String>,
    /// Who posted it.
    pub by: String,
    /// How it ended: `posted`, `copied`, `requested`, `without success`, `not known`, `stopped`.
    pub outcome: &'static str,
    /// When it was there.
    pub posted: Option<Timestamp>,
    /// Where it can be read.
    pub link: Option<String>,
    /// In how long the next one was promised.
    #[serde(rename = "next_ms", serialize_with = "maybe_millis")]
    pub next: Option<Duration>,
    /// The post that it tried again.
    pub again: Option<PostId>,
}

/// Every update, oldest first.
pub(super) fn posts(record: &Record<'_>) -> Vec<PostReport> {
    let mut all: Vec<PostReport> = Vec::new();
    let mut places: BTreeMap<&PostId, usize> = BTreeMap::new();
    let mut runs: BTreeMap<&RunId, usize> = BTreeMap::new();
    for entry in &record.own {
        let Fact::PostRequested { post, run, channel, audience, text, status, next, again, by } = &entry.fact
        else {
            continue;
        };
        places.insert(post, all.len());
        if let Some(run) = run {
            runs.insert(run, all.len());
        }
        all.push(PostReport {
            post: post.clone(),
            at: entry.at,
            channel: channel.clone(),
            audience: audience.clone(),
            text: text.clone(),
            status: status.clone(),
            by: by.clone(),
            outcome: if run.is_some() { "requested" } else { "copied" },
            posted: None,
            link: None,
            next: *next,
            again: again.clone(),
        });
    }
    for entry in record.all {
        let (at, outcome) = match &entry.fact {
            Fact::Posted { post, link, .. } => {
                let Some(at) = places.get(post).copied() else { continue };
                all[at].posted = Some(entry.at);
                all[at].link.clone_from(link);
                (Some(at), "posted")
            }
            Fact::RunFailed { run, .. } => (runs.get(run).copied(), "without success"),
            Fact::RunUnknown { run, .. } => (runs.get(run).copied(), "not known"),
            Fact::RunCancelled { run, .. } => (runs.get(run).copied(), "stopped"),
            _ => continue,
        };
        if let Some(known) = at.map(|at| &mut all[at]) {
            known.outcome = outcome;
        }
    }
    all
}
