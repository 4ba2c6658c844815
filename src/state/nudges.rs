//! What the deputy reminds of: what is late, and who heard. And what it reminds by: how often people were told of an
//! incident, and which red signals somebody had taken on and has no more.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::fact::{Fact, Logged};
use crate::domain::ids::{IncidentId, NudgeId, RunId, SignalId};
use crate::domain::incident::{IncidentDeadline, Pressing};
use crate::domain::reading::Health;
use crate::domain::time::Timestamp;

/// What is late, by facts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Nudges {
    /// What is late now, in the order it became so.
    pub open: Vec<Nudge>,
    /// How often each thing was late.
    times: BTreeMap<String, u32>,
    /// How often people were told of each incident.
    told: BTreeMap<IncidentId, u32>,
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

impl Nudges {
    /// The nudge about `about`, while that is late.
    pub fn about(&self, about: &str) -> Option<&Nudge> {
        self.open.iter().find(|nudge| nudge.about == about)
    }

    /// The name of a nudge about `about` that begins now.
    pub fn next_id(&self, about: &str) -> NudgeId {
        NudgeId::from(format!("{about}~{}", self.times.get(about).copied().unwrap_or(0) + 1))
    }

    /// How often people were told of `incident`.
    pub fn told(&self, incident: &IncidentId) -> u32 {
        self.told.get(incident).copied().unwrap_or(0)
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
            Fact::PostRequested { run: Some(run), .. } => drop(self.posting.insert(run.clone())),
            Fact::Posted { .. } => {
                if let Some(incident) = &logged.incident {
                    *self.told.entry(incident.clone()).or_insert(0) += 1;
                }
            }
            Fact::DeadlineSettled { incident, deadline: IncidentDeadline::Update, .. } => {
                *self.told.entry(incident.clone()).or_insert(0) += 1;
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
}

/// What a nudge is about: its name without how often that was late.
fn about_of(nudge: &NudgeId) -> &str {
    nudge.as_str().rsplit_once('~').map_or(nudge.as_str(), |(about, _)| about)
}
