//! The timeline of a report in two lanes: what people did, and what systems did. What was written down later stands where
//! it happened, and says when it was written.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::domain::fact::{Fact, Logged};
use crate::domain::ids::IncidentId;
use crate::domain::role::Role;
use crate::domain::time::Timestamp;

use super::Record;
use super::telling::{titles, told};

/// Whose line it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lane {
    /// A person did it.
    People,
    /// A signal, a run or Midwatch itself did it.
    Systems,
}

/// A line of the timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The entry of the journal.
    pub seq: u64,
    /// When it happened.
    pub at: Timestamp,
    /// When it was written down, where that was later.
    pub written: Option<Timestamp>,
    /// Whose it is.
    pub lane: Lane,
    /// Who or what did it.
    pub who: String,
    /// What.
    pub text: String,
    /// What it means: `ok`, `warning`, `danger`, `blind`, `accent`, `dim`, `text`.
    pub tone: Role,
    /// The incident that was merged into this one, where it is of that.
    pub of: Option<IncidentId>,
}

/// Lines of a timeline that no page shortens, and those that a shortened one has at most.
const WHOLE: usize = 1_500;
const MOST: usize = 4_000;
/// Lines of systems in a row that a page shows at each end: the first number that is few enough.
const ENDS: [usize; 5] = [8, 4, 2, 1, 0];

/// A line of a timeline that is for people to read, or what was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Item<'a> {
    /// A line.
    Line(&'a Line),
    /// Lines that are not shown here.
    Gap(Gap),
}

/// Lines that were left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// How many.
    pub left_out: usize,
    /// Whether all of them are of systems.
    pub of_systems: bool,
    /// When the first of them happened.
    pub at: Timestamp,
    /// When the last did.
    pub to: Timestamp,
}

/// Whether a person did it. What stops a window hard is nobody's word, and what Midwatch escalates neither.
fn lane(fact: &Fact, who: &str) -> Lane {
    let person = fact.is_deed()
        || matches!(
            fact,
            Fact::SessionOpened { .. }
                | Fact::SessionClosed { .. }
                | Fact::ObligationDischarged { .. }
                | Fact::DutiesOpened { .. }
                | Fact::NudgeHeard { .. }
                | Fact::WindowEnded { .. }
        );
    if person && who != "midwatch" { Lane::People } else { Lane::Systems }
}

/// What signals showed is told whichever incident it was recorded for.
fn of_signals(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::Settled { .. }
            | Fact::FlappingStarted { .. }
            | Fact::FlappingStopped { .. }
            | Fact::ObserverSick { .. }
            | Fact::ObserverRecovered {}
            | Fact::ReleaseSeen { .. }
    )
}

/// Every line, in the order in which things happened.
pub(super) fn timeline(record: &Record<'_>) -> Vec<Line> {
    let titles = titles(record);
    let mine: BTreeSet<&str> = record.own.iter().filter_map(|entry| run(entry)).collect();
    let belongs = |entry: &Logged| {
        entry.incident.as_ref().is_some_and(|known| record.family.contains(known))
            || (of_signals(&entry.fact) && entry.at >= record.began && entry.at <= record.ended)
            || (entry.at >= record.began
                && entry.fact.follows().is_some_and(|run| mine.contains(run.as_str())))
    };
    let line = |entry: &Logged| {
        let told = told(record, &titles, entry);
        let about = Some(entry.happened()).filter(|about| *about < entry.at);
        Line {
            seq: entry.seq,
            at: about.unwrap_or(entry.at),
            written: about.map(|_| entry.at),
            lane: lane(&entry.fact, &told.who),
            who: told.who,
            text: told.text,
            tone: told.role,
            of: entry.incident.clone().filter(|known| known != record.id && record.family.contains(known)),
        }
    };
    let mut lines: Vec<Line> =
        record.all.iter().filter(|entry| entry.fact.is_told() && belongs(entry)).map(line).collect();
    lines.sort_by_key(|line| (line.at, line.seq));
    lines
}

fn run(entry: &Logged) -> Option<&str> {
    match &entry.fact {
        Fact::RunRequested { run, .. } => Some(run.as_str()),
        _ => None,
    }
}

/// `lines` as a page shows them: of a long timeline the lines of systems between two of people are shortened. What people
/// did is whole, but where even that is more than anybody reads: then the middle is left out.
pub fn shortened(lines: &[Line]) -> Vec<Item<'_>> {
    if lines.len() <= WHOLE {
        return lines.iter().map(Item::Line).collect();
    }
    let mut items = Vec::new();
    for ends in ENDS {
        items = with_ends(lines, ends);
        if items.len() <= MOST {
            return items;
        }
    }
    let middle: Vec<Item<'_>> = items.splice(MOST / 2..items.len() - MOST / 2, []).collect();
    if let (Some(first), Some(last)) = (middle.first(), middle.last()) {
        let left_out = middle.iter().map(Item::lines).sum();
        let gap = Gap { left_out, of_systems: false, at: first.from(), to: last.to() };
        items.insert(MOST / 2, Item::Gap(gap));
    }
    items
}

fn with_ends(lines: &[Line], ends: usize) -> Vec<Item<'_>> {
    let mut items = Vec::new();
    for part in lines.chunk_by(|before, after| before.lane == after.lane) {
        let systems = part.first().is_some_and(|line| line.lane == Lane::Systems);
        if systems && part.len() > 2 * ends + 1 {
            let left = &part[ends..part.len() - ends];
            items.extend(part[..ends].iter().map(Item::Line));
            if let [first, .., last] = left {
                let gap = Gap { left_out: left.len(), of_systems: true, at: first.at, to: last.at };
                items.push(Item::Gap(gap));
            }
            items.extend(part[part.len() - ends..].iter().map(Item::Line));
        } else {
            items.extend(part.iter().map(Item::Line));
        }
    }
    items
}

impl Item<'_> {
    const fn lines(&self) -> usize {
        match self {
            Item::Line(_) => 1,
            Item::Gap(gap) => gap.left_out,
        }
    }

    const fn from(&self) -> Timestamp {
        match self {
            Item::Line(line) => line.at,
            Item::Gap(gap) => gap.at,
        }
    }

    const fn to(&self) -> Timestamp {
        match self {
            Item::Line(line) => line.at,
            Item::Gap(gap) => gap.to,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A timeline with a line of a person after every `systems` lines of systems.
    fn lines(people: u64, systems: u64) -> Vec<Line> {
        let line = |seq: u64| Line {
            seq,
            at: Timestamp::from_millis(i64::try_from(seq).unwrap()),
            written: None,
            lane: if seq % (systems + 1) == systems { Lane::People } else { Lane::Systems },
            who: "api".into(),
            text: "ok".into(),
            tone: Role::Ok,
            of: None,
        };
        (0..people * (systems + 1)).map(line).collect()
    }

    /// Lines of people, lines of systems and gaps that are shown, and all lines that are shown or counted.
    fn shown(lines: &[Line]) -> (usize, usize, usize, usize) {
        let (mut people, mut systems, mut gaps, mut all) = (0, 0, 0, 0);
        for item in shortened(lines) {
            all += item.lines();
            match item {
                Item::Line(Line { lane: Lane::People, .. }) => people += 1,
                Item::Line(Line { lane: Lane::Systems, .. }) => systems += 1,
                Item::Gap(_) => gaps += 1,
            }
        }
        (people, systems, gaps, all)
    }

    #[test]
    fn what_systems_did_is_shortened_as_much_as_it_must_be() {
        for (people, systems, wanted) in [
            (10, 149, (10, 1_490, 0, 1_500)),
            (10, 199, (10, 160, 10, 2_000)),
            (300, 99, (300, 2_400, 300, 30_000)),
            (1_500, 9, (1_500, 0, 1_500, 15_000)),
        ] {
            assert_eq!(shown(&lines(people, systems)), wanted, "{people} of people");
        }
    }

    #[test]
    fn what_nobody_reads_is_left_out_in_the_middle_and_counted() {
        let (people, systems, gaps, all) = shown(&lines(9_000, 10));
        assert_eq!((people + systems + gaps, all), (MOST + 1, 99_000));
    }
}
