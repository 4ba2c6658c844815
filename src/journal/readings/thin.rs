//! What is older is kept thinner, and the file within its limit.

use std::collections::BTreeMap;
use std::time::Duration;

use rusqlite::TransactionBehavior;

use super::store::{self, Store};
use crate::domain::observation::{Merged, NO_ANSWER, Observation};
use crate::domain::reading::Health;
use crate::domain::time::Timestamp;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// What is made of readings of an age: until when they are left alone, the span of which one is left, and where it is
/// noted how far that has come.
const AGES: [(i64, i64, &str); 2] = [(DAY, MINUTE, "a-minute"), (7 * DAY, 10 * MINUTE, "ten-minutes")];

/// How much time is thinned in one transaction.
const STRETCH: i64 = 10 * MINUTE;
/// The newest are never dropped nor thinned for want of room.
const LEFT_ALONE: i64 = 15 * MINUTE;
/// How long before and after an incident every reading is kept.
const AROUND: i64 = HOUR;

/// The spans of incidents in which every reading is kept; one that is not over has no end.
#[derive(Clone, Debug, Default)]
pub(super) struct Spans(Vec<(i64, i64)>);

impl Spans {
    /// Around incidents that began and ended then.
    pub fn around(incidents: &[(Timestamp, Option<Timestamp>)]) -> Self {
        let mut spans: Vec<(i64, i64)> = incidents
            .iter()
            .map(|(from, to)| (from.millis() - AROUND, to.map_or(i64::MAX, |to| to.millis() + AROUND)))
            .collect();
        spans.sort_unstable();
        Self(spans)
    }

    /// What lies outside of them from `from` up to `to`.
    pub fn outside(&self, from: i64, to: i64) -> Vec<(i64, i64)> {
        let (mut at, mut outside) = (from, Vec::new());
        for (begin, end) in &self.0 {
            if *begin >= to {
                break;
            }
            if *begin > at {
                outside.push((at, *begin));
            }
            at = at.max(*end);
        }
        if at < to {
            outside.push((at, to));
        }
        outside
    }
}

/// Thins what has become old enough by `now`; says whether anything was.
pub(super) fn age(store: &mut Store, spans: &Spans, now: i64) -> rusqlite::Result<bool> {
    let Some((oldest, _)) = store.ends()? else { return Ok(false) };
    let mut thinned = false;
    for (after, step, key) in AGES {
        let until = (now - after).div_euclid(STRETCH) * STRETCH;
        let from = store.noted(key)?.unwrap_or(i64::MIN).max(oldest.div_euclid(STRETCH) * STRETCH);
        let mut at = from;
        while at < until {
            for (from, to) in spans.outside(at, at + STRETCH) {
                merge(store, from, to, step)?;
            }
            at += STRETCH;
            thinned = true;
        }
        if from < until {
            store.note(key, until)?;
        }
    }
    Ok(thinned)
}

/// Makes room where the file is larger than `limit`: a tenth of it.
pub(super) fn squeeze(store: &mut Store, spans: &Spans, limit: u64) -> rusqlite::Result<()> {
    if store.size()? <= limit {
        return Ok(());
    }
    let enough = limit - limit / 10;
    let Some((oldest, newest)) = store.ends()? else { return Ok(()) };
    let until = (newest - LEFT_ALONE).div_euclid(STRETCH) * STRETCH;
    let begin = oldest.div_euclid(STRETCH) * STRETCH;
    // Thinner, from where it is not yet as thin as it gets.
    let mut at = store.noted("squeezed")?.unwrap_or(begin).max(begin);
    while at < until && store.size()? > enough {
        for (from, to) in spans.outside(at, at + STRETCH) {
            merge(store, from, to, STRETCH)?;
        }
        at += STRETCH;
        store.note("squeezed", at)?;
    }
    // Gone, outside incidents and then anywhere.
    for spans in [spans, &Spans::default()] {
        let mut at = begin;
        while at < until && store.size()? > enough {
            for (from, to) in spans.outside(at, at + HOUR.min(until - at)) {
                store.connection.execute("DELETE FROM readings WHERE at >= ?1 AND at < ?2", [from, to])?;
            }
            at += HOUR;
        }
    }
    // A limit that not even the newest fit into is kept all the same.
    let mut half = newest - LEFT_ALONE / 2;
    while store.size()? > limit && half < newest {
        store.connection.execute("DELETE FROM readings WHERE at < ?1", [half])?;
        half += (newest - half).div_euclid(2).max(1);
    }
    store.shrink()
}

/// Makes one of each signal's readings within a `step`, from `from` up to `to`.
fn merge(store: &mut Store, from: i64, to: i64, step: i64) -> rusqlite::Result<()> {
    let transaction = store.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut groups: BTreeMap<(i64, i64), Vec<Observation>> = BTreeMap::new();
    store::rows(&transaction, from, to, |signal, observation| {
        let bucket = observation.at.millis().div_euclid(step);
        groups.entry((bucket, signal)).or_default().push(observation);
    })?;
    let span = Duration::from_millis(step.unsigned_abs());
    let is_whole = |group: &[Observation]| match group {
        [one] => one.merged.is_some_and(|merged| merged.span >= span),
        _ => false,
    };
    if groups.values().all(|group| is_whole(group)) {
        return Ok(());
    }
    transaction.execute("DELETE FROM readings WHERE at >= ?1 AND at < ?2", [from, to])?;
    for ((_, signal), group) in &groups {
        let one = if is_whole(group) { group.first().cloned() } else { merged(group, span) };
        if let Some(one) = one {
            store::insert(&transaction, *signal, &one)?;
        }
    }
    transaction.commit()
}

/// One observation of several: the worst, with what they say together.
fn merged(group: &[Observation], span: Duration) -> Option<Observation> {
    let slowest = |one: &Observation| match (&one.merged, one.micros) {
        (Some(merged), _) => merged.highest,
        (None, micros) => micros,
    };
    let rank = |one: &&Observation| {
        let micros = slowest(one);
        (one.health, if micros == NO_ANSWER && one.health != Health::Down { 0 } else { micros }, one.at)
    };
    let worst = group.iter().max_by_key(rank)?;
    let (mut count, mut lowest, mut highest) = (0_u32, NO_ANSWER, 0_u32);
    let (mut sum, mut answers) = (0_u64, 0_u64);
    for one in group {
        let of = one.merged.map_or(1, |merged| merged.count.max(1));
        count = count.saturating_add(of);
        if one.micros != NO_ANSWER {
            (sum, answers) = (sum + u64::from(one.micros) * u64::from(of), answers + u64::from(of));
            let (low, high) =
                one.merged.map_or((one.micros, one.micros), |merged| (merged.lowest, merged.highest));
            lowest = lowest.min(low);
            highest = if high == NO_ANSWER { highest } else { highest.max(high) };
        }
    }
    let mean = sum.checked_div(answers).and_then(|mean| u32::try_from(mean).ok());
    let highest = if answers == 0 { NO_ANSWER } else { highest };
    Some(Observation {
        micros: mean.unwrap_or(NO_ANSWER),
        merged: Some(Merged { span, count, lowest, highest }),
        ..worst.clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_outside_incidents_is_what_no_span_covers() {
        let spans = Spans(vec![(10, 20), (15, 30), (50, 60)]);
        assert_eq!(spans.outside(0, 100), [(0, 10), (30, 50), (60, 100)]);
        assert_eq!(spans.outside(12, 28), []);
        assert_eq!(spans.outside(25, 55), [(30, 50)]);
        assert_eq!(Spans::default().outside(1, 2), [(1, 2)]);
    }
}
