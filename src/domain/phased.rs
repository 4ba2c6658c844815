//! Phases that a runbook says how long they take: the plan as a whole, beside how it goes. No clock is asked.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ids::StepId;
use super::time::{Timestamp, brief, short};

const MINUTE: Duration = Duration::from_secs(60);

/// A phase as its heading planned it, when the first of them was begun. Text in it is clean.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedPhase {
    /// The heading.
    pub title: String,
    /// How long it is to take.
    pub takes: Duration,
    /// What is done in it.
    pub steps: Vec<StepId>,
}

/// What is known of one phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhaseTimes {
    /// How long it is to take.
    pub planned: Duration,
    /// When something was first done in it.
    pub first: Option<Timestamp>,
    /// When the last of it was done, where nothing is open.
    pub ended: Option<Timestamp>,
}

/// One phase beside its plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phase {
    /// How long it is to take.
    pub planned: Duration,
    /// Since when, where it has begun.
    pub began: Option<Timestamp>,
    /// So far, or until it was done.
    pub took: Duration,
    /// Whether nothing of it is open.
    pub ended: bool,
}

/// All phases beside their plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole {
    /// The sum that was planned.
    pub planned: Duration,
    /// When the first of it was done.
    pub begun: Timestamp,
    /// So far, or until it was done.
    pub spent: Duration,
    /// Whether nothing of it is open.
    pub ended: bool,
    /// When it ended, or will if what is left takes as long as planned.
    pub ends: Timestamp,
    /// Each phase, in order.
    pub phases: Vec<Phase>,
}

/// `phases` at `now`; `None` where none has begun. What passes between two phases is the later one's: it begins when the
/// one before it is done.
pub fn whole(phases: &[PhaseTimes], now: Timestamp) -> Option<Whole> {
    let start = phases.iter().filter_map(|phase| phase.first).min()?;
    let mut before: Option<Timestamp> = None;
    let mut done = Vec::new();
    let mut left = Duration::ZERO;
    for phase in phases {
        let began = match (phase.first, before) {
            (Some(first), Some(before)) => Some(first.min(before)),
            (first, before) => first.or(before),
        };
        let took = began.map_or(Duration::ZERO, |began| phase.ended.unwrap_or(now).since(began));
        if phase.ended.is_none() {
            left += phase.planned.saturating_sub(took);
        }
        done.push(Phase { planned: phase.planned, began, took, ended: phase.ended.is_some() });
        before = phase.ended;
    }
    let ended = phases.iter().all(|phase| phase.ended.is_some());
    let last = phases.iter().filter_map(|phase| phase.ended).max().filter(|_| ended);
    Some(Whole {
        planned: phases.iter().map(|phase| phase.planned).sum(),
        begun: start,
        spent: last.unwrap_or(now).since(start),
        ended,
        ends: last.unwrap_or_else(|| now.plus(left)),
        phases: done,
    })
}

impl Whole {
    /// By how much it ends later than planned.
    pub fn over(&self) -> Duration {
        self.ends.since(self.begun).saturating_sub(self.planned)
    }

    /// By how much it ends sooner than planned.
    pub fn ahead(&self) -> Duration {
        self.planned.saturating_sub(self.ends.since(self.begun))
    }

    /// Whether it ends a minute later than planned, or more.
    pub fn is_over(&self) -> bool {
        self.over() >= MINUTE
    }

    /// `plan 1h35 of 3h15, 12m over`; `took …` where it is done.
    pub fn words(&self) -> String {
        let word = if self.ended { "took" } else { "plan" };
        let beside = match (self.over(), self.ahead()) {
            (over, _) if over >= MINUTE => format!(", {} over", minutes(over)),
            (_, ahead) if ahead >= MINUTE => format!(", {} ahead", minutes(ahead)),
            _ => String::new(),
        };
        format!("{word} {} of {}{beside}", minutes(self.spent), minutes(self.planned))
    }

    /// `begun 14:02Z, ends 17:29Z`; `ended …` where it is done.
    pub fn when(&self) -> String {
        let word = if self.ended { "ended" } else { "ends" };
        format!("begun {}Z, {word} {}Z", self.begun.clock_minutes(), self.ends.clock_minutes())
    }
}

impl Phase {
    /// Whether it takes longer than planned.
    pub fn is_over(&self) -> bool {
        self.took > self.planned
    }

    /// `took 42m of 30m`, `12m of 1h00`, `45m, not begun`.
    pub fn words(&self) -> String {
        let (took, planned) = (minutes(self.took), minutes(self.planned));
        match (self.began, self.ended) {
            (None, _) => format!("{planned}, not begun"),
            (Some(_), true) => format!("took {took} of {planned}"),
            (Some(_), false) => format!("{took} of {planned}"),
        }
    }
}

/// A span to the minute: `35s`, `12m`, `1h35`.
pub fn minutes(span: Duration) -> String {
    if span < Duration::from_secs(3_600) { brief(span) } else { short(span) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: u32) -> Timestamp {
        Timestamp::from_millis(0).plus(MINUTE * minutes)
    }

    /// Five phases of 30, 60, 45, 30 and 30 minutes, with when each was first and last touched.
    fn five(touched: [(Option<u32>, Option<u32>); 5]) -> Vec<PhaseTimes> {
        let planned = [30, 60, 45, 30, 30];
        let times = |(planned, (first, ended)): (u32, (Option<u32>, Option<u32>))| PhaseTimes {
            planned: MINUTE * planned,
            first: first.map(at),
            ended: ended.map(at),
        };
        planned.into_iter().zip(touched).map(times).collect()
    }

    const NOT: (Option<u32>, Option<u32>) = (None, None);

    #[test]
    fn what_is_left_is_added_to_what_was_spent() {
        assert_eq!(whole(&five([NOT; 5]), at(9)), None);
        let first = whole(&five([(Some(0), None), NOT, NOT, NOT, NOT]), at(20)).unwrap();
        assert_eq!((first.words().as_str(), first.ends), ("plan 20m of 3h15", at(195)));
        // The first took twelve minutes more, and what came between belongs to the second.
        let touched = [(Some(0), Some(42)), (Some(60), None), NOT, NOT, NOT];
        let second = whole(&five(touched), at(95)).unwrap();
        assert_eq!((second.words().as_str(), second.ends), ("plan 1h35 of 3h15, 12m over", at(207)));
        assert_eq!(second.phases[1].words(), "53m of 1h00");
        assert_eq!(second.phases[2].words(), "45m, not begun");
        // It has used up its hour.
        let second = whole(&five(touched), at(122)).unwrap();
        assert_eq!((second.over(), second.phases[1].is_over()), (MINUTE * 32, true));
    }

    #[test]
    fn the_end_is_measured_and_may_be_early() {
        let touched = [
            (Some(0), Some(20)),
            (Some(25), Some(80)),
            (Some(81), Some(120)),
            (Some(120), Some(150)),
            (Some(151), Some(170)),
        ];
        let done = whole(&five(touched), at(900)).unwrap();
        assert_eq!((done.words().as_str(), done.ends), ("took 2h50 of 3h15, 25m ahead", at(170)));
        assert_eq!(done.when(), "begun 00:00Z, ended 02:50Z");
        assert_eq!(done.phases[0].words(), "took 20m of 30m");
    }
}
