//! What the deputy reminds of: what is late, and who heard. And what it reminds by: when an incident was last spoken of,
//! and which red signals somebody had taken on and has no more.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::domain::fact::{Fact, Logged};
use crate::domain::ids::{IncidentId, NudgeId, PostId, RunId, SignalId};
use crate::domain::incident::Pressing;
use crate::domain::reading::Health;
use crate::domain::time::Timestamp;

/// What is late, by facts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Nudges {
    /// What is late now, in the order it became so.
    pub open: Vec<Nudge>,
    /// How often each thing was late.
    times: BTreeMap<String, u32>,
    /// When each incident was last spoken of.
    told: BTreeMap<IncidentId, Told>,
    /// Posts that are on their way, and in how long each promises the next.
    pending: BTreeMap<PostId, Option<Duration>>,
    /// Runs that post something.
    posting: BTreeSet<RunId>,
    /// Signals that somebody had taken on, and since when nobody has.
    lapsed: BTreeMap<SignalId, Timestamp>,
}

/// Something that is late.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nudge {
    /// Its name.
    pub id: NudgeId,
    /// What it is about.
    pub about: String,
    /// In words.
    pub text: String,
    /// Since when it is known to be late.
    pub late: Timestamp,
    /// Since when it rings.
    pub ringing: Option<Timestamp>,
    /// When somebody heard, and who.
    pub heard: Option<(Timestamp, String)>,
}

/// An update of an incident that was posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// When.
    pub at: Timestamp,
    /// In how long it promised the next one.
    pub next: Option<Duration>,
    /// How many there were so far.
    pub count: u32,
}

impl Nudges {
    /// The nudge about `about`, while that is late.
    pub fn about(&self, about: &str) -> Option<&Nudge> {
        self.open.iter().find(|nudge| nudge.about == about)
    }

    /// The name of a nudge about `about` that begins now.
    pub fn next_id(&self, about: &str) -> NudgeId {
        NudgeId::from(format!("{about}~{}", self.times.get(about).copied().unwrap_or(0) + 1))
    }

    /// When `incident` was last spoken of.
    pub fn told(&self, incident: &IncidentId) -> Option<Told> {
        self.told.get(incident).copied()
    }

    /// Whether `run` posts something.
    pub fn is_post(&self, run: &RunId) -> bool {
        self.posting.contains(run)
    }

    /// Signals that somebody had taken on, and since when nobody has.
    pub fn lapsed(&self) -> impl Iterator<Item = (&SignalId, Timestamp)> {
        self.lapsed.iter().map(|(signal, at)| (signal, *at))
    }

    /// The system clock was set.
    pub(super) fn shift(&mut self, by_millis: i64) {
        let by = |at: &mut Timestamp| *at = at.shifted(by_millis);
        for nudge in &mut self.open {
            by(&mut nudge.late);
            nudge.ringing.iter_mut().for_each(by);
            nudge.heard.iter_mut().for_each(|(at, _)| by(at));
        }
        self.told.values_mut().for_each(|told| by(&mut told.at));
        self.lapsed.values_mut().for_each(by);
    }

    /// Looks at every fact: most say nothing of it.
    pub(super) fn apply(&mut self, logged: &Logged) {
        let at = logged.at;
        match &logged.fact {
            Fact::Nudged { nudge, text, pressing } => {
                let ringing = (*pressing == Pressing::Ringing).then_some(at);
                match self.open.iter_mut().find(|known| known.id == *nudge) {
                    Some(known) => {
                        known.text.clone_from(text);
                        known.ringing = known.ringing.or(ringing);
                    }
                    None => {
                        let about = about_of(nudge).to_owned();
                        let times = self.times.entry(about.clone()).or_insert(0);
                        *times = times.saturating_add(1);
                        let (id, text) = (nudge.clone(), text.clone());
                        self.open.push(Nudge { id, about, text, late: at, ringing, heard: None });
                    }
                }
            }
            Fact::NudgeHeard { nudge, by, .. } => {
                if let Some(known) = self.open.iter_mut().find(|known| known.id == *nudge) {
                    known.heard.get_or_insert_with(|| (at, by.clone()));
                }
            }
            Fact::NudgeEnded { nudge } => self.open.retain(|known| known.id != *nudge),
            Fact::PostRequested { run: None, next, .. } => self.spoke(logged, *next),
            Fact::PostRequested { post, run: Some(run), next, .. } => {
                self.posting.insert(run.clone());
                self.pending.insert(post.clone(), *next);
            }
            Fact::Posted { post, .. } => {
                let next = self.pending.remove(post).flatten();
                self.spoke(logged, next);
            }
            Fact::AcknowledgementEnded { signal, .. } => {
                self.lapsed.insert(signal.clone(), at);
            }
            Fact::Acknowledged { signal, .. }
            | Fact::Silenced { signal, .. }
            | Fact::Settled { signal, to: Health::Ok, .. } => {
                self.lapsed.remove(signal);
            }
            _ => {}
        }
    }

    fn spoke(&mut self, logged: &Logged, next: Option<Duration>) {
        let Some(incident) = &logged.incident else { return };
        let count = self.told.get(incident).map_or(0, |told| told.count) + 1;
        self.told.insert(incident.clone(), Told { at: logged.at, next, count });
    }
}

/// What a nudge is about: its name without how often that was late.
fn about_of(nudge: &NudgeId) -> &str {
    nudge.as_str().rsplit_once('~').map_or(nudge.as_str(), |(about, _)| about)
}
