//! Whether updates came when they were promised.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use serde::Serialize;

use super::Spread;
use crate::domain::fact::{Fact, Logged};
use crate::domain::ids::{IncidentId, PostId};
use crate::domain::time::{Timestamp, short};

/// Updates that were posted, and those of them that a post before had promised.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Punctuality {
    /// How many posts went out.
    pub posts: u64,
    /// How many promises of a next update were kept in time, or the incident was over before they were due.
    pub in_time: u64,
    /// How many were kept late.
    pub late: u64,
    /// How late those were.
    pub late_by: Spread,
}

/// What a post promised, and by when.
type Promises<'a> = BTreeMap<&'a IncidentId, Timestamp>;

/// Of the posts in `incidents`.
pub fn punctuality(entries: &[Logged], incidents: &[&IncidentId]) -> Punctuality {
    let mut known = Punctuality::default();
    let mut asked: HashMap<&PostId, Option<Duration>> = HashMap::new();
    let mut promised: Promises<'_> = BTreeMap::new();
    let mut late_by = Vec::new();
    for entry in entries {
        match &entry.fact {
            Fact::PostRequested { post, next, .. } => drop(asked.insert(post, *next)),
            Fact::Posted { post, .. } => {
                let Some(incident) = entry.incident.as_ref().filter(|known| incidents.contains(known)) else {
                    continue;
                };
                known.posts += 1;
                settle(&mut known, &mut late_by, promised.remove(incident), entry.at);
                // The same update goes to several channels: each promises the same.
                if let Some(Some(next)) = asked.get(post) {
                    promised.insert(incident, entry.at.plus(*next));
                }
            }
            Fact::IncidentClosed { incident, .. } | Fact::IncidentMerged { incident, .. } => {
                settle(&mut known, &mut late_by, promised.remove(incident), entry.at);
            }
            _ => {}
        }
    }
    known.late_by = Spread::of(late_by.into_iter());
    known
}

fn settle(known: &mut Punctuality, late_by: &mut Vec<Duration>, due: Option<Timestamp>, at: Timestamp) {
    let Some(due) = due else { return };
    if at <= due {
        known.in_time += 1;
    } else {
        known.late += 1;
        late_by.push(at.since(due));
    }
}

impl Punctuality {
    pub(super) fn lines(&self) -> Vec<String> {
        if self.posts == 0 {
            return Vec::new();
        }
        let how_late = self
            .late_by
            .median
            .map_or_else(String::new, |median| format!(", by {} in the median", short(median)));
        vec![
            String::new(),
            format!(
                "{} updates posted; promised updates: {} in time, {} late{how_late}.",
                self.posts, self.in_time, self.late
            ),
        ]
    }
}
