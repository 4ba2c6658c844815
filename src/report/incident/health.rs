//! How signals stood while an incident went on: lanes of health, what users saw of it, what was switched on.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::domain::action::Purpose;
use crate::domain::fact::Fact;
use crate::domain::ids::{ActionId, RunId, SignalId};
use crate::domain::reading::Health;
use crate::domain::time::Timestamp;
use crate::report::phases::millis;

use super::Record;

/// The health of one signal from a while before the incident until it was over, or a while after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lane {
    /// The signal.
    pub signal: SignalId,
    /// Each state, oldest first, without a gap.
    pub segments: Vec<Segment>,
}

/// A state, and how long it lasted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Segment {
    /// From the first reading that showed it.
    pub from: Timestamp,
    /// Until the first that showed another, or the end of the lane.
    pub to: Timestamp,
    /// The state; blind where nothing was known.
    pub health: Health,
    /// What was said of it, in words.
    pub detail: String,
}

/// What users saw of one signal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RedSpan {
    /// The signal.
    pub signal: SignalId,
    /// When it was first down or degraded.
    pub from: Timestamp,
    /// When it was so last.
    pub to: Timestamp,
    /// Whether it still is.
    pub still: bool,
    /// The worst of it.
    pub worst: Health,
    /// How often it went red.
    pub times: usize,
    /// Down, in all.
    #[serde(rename = "down_ms", serialize_with = "millis")]
    pub down: Duration,
    /// Degraded, in all.
    #[serde(rename = "degraded_ms", serialize_with = "millis")]
    pub degraded: Duration,
    /// What was first said of it.
    pub detail: String,
}

/// Something with two positions that was switched on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Switched {
    /// What it is called.
    pub action: ActionId,
    /// When it was seen to be on.
    pub from: Timestamp,
    /// When it was seen to be off again.
    pub to: Option<Timestamp>,
}

/// The lanes of signals that were not ok all the time between `from` and `to`, the worst first.
pub(super) fn lanes(record: &Record<'_>, from: Timestamp, to: Timestamp) -> Vec<Lane> {
    let mut lanes: BTreeMap<&SignalId, Vec<Segment>> = BTreeMap::new();
    for entry in record.all.iter().take_while(|entry| entry.at <= to) {
        let Fact::Settled { signal, from: before, to: health, reason, detail, since, .. } = &entry.fact
        else {
            continue;
        };
        let segments = lanes.entry(signal).or_default();
        let at = (*since).min(entry.at);
        if segments.is_empty() && at > from {
            segments.push(Segment { from, to: at, health: *before, detail: String::new() });
        }
        let detail = match (reason, detail.is_empty()) {
            (Some(reason), false) => format!("{}: {detail}", reason.word()),
            (Some(reason), true) => reason.word().to_owned(),
            (None, _) => detail.clone(),
        };
        // What was over before the lane begins is replaced by what came after it.
        if at <= from {
            segments.clear();
        }
        let at = at.max(from);
        if let Some(last) = segments.last_mut() {
            last.to = at.max(last.from);
        }
        segments.push(Segment { from: at, to, health: *health, detail });
    }
    let mut lanes: Vec<Lane> = lanes
        .into_iter()
        .filter(|(_, segments)| was_not_well(segments))
        .map(|(signal, segments)| Lane { signal: signal.clone(), segments })
        .collect();
    lanes.sort_by_key(|lane| std::cmp::Reverse(weight(lane)));
    lanes
}

/// Whether a lane tells of anything but health. That nothing was known before the first reading is nothing to tell.
fn was_not_well(segments: &[Segment]) -> bool {
    let begins = segments
        .first()
        .is_some_and(|first| first.health == Health::Blind && first.detail.is_empty() && segments.len() > 1);
    segments.iter().skip(usize::from(begins)).any(|segment| segment.health != Health::Ok)
}

/// Down counts before degraded, degraded before blind.
fn weight(lane: &Lane) -> (Duration, Duration, Duration) {
    (total(lane, Health::Down), total(lane, Health::Degraded), total(lane, Health::Blind))
}

fn total(lane: &Lane, health: Health) -> Duration {
    let of = lane.segments.iter().filter(|segment| segment.health == health);
    of.map(|segment| segment.to.since(segment.from)).sum()
}

/// What users saw until `to`, the longest first.
pub(super) fn red(lanes: &[Lane], to: Timestamp) -> Vec<RedSpan> {
    let is_red = |segment: &&Segment| matches!(segment.health, Health::Down | Health::Degraded);
    let of = |lane: &Lane| {
        // What began at the end is how it stood then.
        let segments: Vec<&Segment> = lane.segments.iter().filter(|segment| segment.from <= to).collect();
        let red: Vec<&Segment> = segments.iter().copied().filter(is_red).collect();
        let (first, last) = (red.first()?, red.last()?);
        let mut times = 0;
        let mut before = false;
        for segment in &segments {
            let now = is_red(segment);
            times += usize::from(now && !before);
            before = now;
        }
        let lasted = |health: Health| -> Duration {
            let of = red.iter().filter(|segment| segment.health == health);
            of.map(|segment| segment.to.min(to).since(segment.from)).sum()
        };
        Some(RedSpan {
            signal: lane.signal.clone(),
            from: first.from,
            to: last.to.min(to),
            still: segments.last().is_some_and(is_red),
            worst: if red.iter().any(|segment| segment.health == Health::Down) {
                Health::Down
            } else {
                Health::Degraded
            },
            times,
            down: lasted(Health::Down),
            degraded: lasted(Health::Degraded),
            detail: first.detail.clone(),
        })
    };
    lanes.iter().filter_map(of).collect()
}

/// Toggles that were switched on, in the order they were.
pub(super) fn switched(record: &Record<'_>) -> Vec<Switched> {
    let mut asked: BTreeMap<&RunId, (&ActionId, Purpose)> = BTreeMap::new();
    let mut all: Vec<Switched> = Vec::new();
    let mut on: BTreeMap<&ActionId, usize> = BTreeMap::new();
    for entry in &record.own {
        match &entry.fact {
            Fact::RunRequested { run, action, purpose: purpose @ (Purpose::On | Purpose::Off), .. } => {
                asked.insert(run, (action, *purpose));
            }
            Fact::RunObserved { run, .. } => match asked.get(run) {
                Some((action, Purpose::On)) => {
                    on.entry(*action).or_insert_with(|| {
                        all.push(Switched { action: (*action).clone(), from: entry.at, to: None });
                        all.len() - 1
                    });
                }
                Some((action, Purpose::Off)) => {
                    if let Some(at) = on.remove(*action) {
                        all[at].to = Some(entry.at);
                    }
                }
                Some((_, Purpose::Do | Purpose::Read)) | None => {}
            },
            _ => {}
        }
    }
    all
}
