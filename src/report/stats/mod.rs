//! What many incidents say together: how many, how long they took, which signals cry wolf, which steps are left out.
//!
//! Goes over the facts a few times, however many incidents there are.

mod noise;
mod spread;
mod steps;
mod updates;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

pub use noise::{Noise, SignalNoise};
pub use spread::Spread;
pub use steps::StepFigures;
pub use updates::Punctuality;

use super::{Filter, Measures, Summary};
use crate::domain::fact::Logged;
use crate::domain::ids::IncidentId;
use crate::domain::incident::Severity;
use crate::domain::time::{Timestamp, short};

/// How long incidents took, from their declaration. One that was merged into another is counted there and not here.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Spreads {
    /// How many incidents.
    pub incidents: u64,
    /// Until somebody took it on: MTTA is its mean.
    pub acknowledge: Spread,
    /// Until the first change was seen in effect.
    pub contain: Spread,
    /// Until the harm was over.
    pub mitigate: Spread,
    /// Until the first update was posted.
    pub communicate: Spread,
    /// Until nothing was red any more: MTTR is its mean.
    pub recover: Spread,
    /// Until it was closed.
    pub close: Spread,
}

/// Spreads of the incidents of one kind, such as all of `P1` or all of `2026-11`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    /// `P1`, `2026-11`.
    pub name: String,
    /// Theirs.
    #[serde(flatten)]
    pub times: Spreads,
}

/// What the incidents of a journal say together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stats {
    /// From when on; from the beginning where it is not said.
    pub since: Option<Timestamp>,
    /// How many were declared, those that were merged among them.
    pub declared: usize,
    /// How many of them are open.
    pub open: usize,
    /// How many of them were merged into others.
    pub merged: usize,
    /// How many of them were reopened.
    pub reopened: usize,
    /// All of them together.
    pub all: Spreads,
    /// By severity, worst first.
    pub by_severity: Vec<Group>,
    /// By the month in which they were declared, in UTC, newest first.
    pub by_month: Vec<Group>,
    /// Updates that were promised.
    pub updates: Punctuality,
    /// What went red.
    pub noise: Noise,
    /// Steps that were marked in incidents.
    pub steps: Vec<StepFigures>,
}

/// What the incidents of `entries` that `filter` means say together; of signals and steps only its time counts.
pub fn stats(entries: &[Logged], filter: &Filter) -> Stats {
    let meant = filter.of(entries);
    let measures = Measures::all(entries);
    let counted: Vec<(&Summary, &Measures)> = meant
        .iter()
        .filter(|summary| summary.merged.is_none())
        .filter_map(|summary| Some((summary, measures.get(&summary.id)?)))
        .collect();
    let mut by_month: BTreeMap<String, Vec<&Measures>> = BTreeMap::new();
    for (summary, measures) in &counted {
        let month = summary.declared.utc().map_or_else(String::new, |at| at.format("%Y-%m").to_string());
        by_month.entry(month).or_default().push(measures);
    }
    let of_severity = |severity: Severity| {
        let of: Vec<&Measures> = counted
            .iter()
            .filter(|(summary, _)| summary.severity == severity)
            .map(|(_, measures)| *measures)
            .collect();
        (!of.is_empty()).then(|| Group { name: severity.word().into(), times: times(&of) })
    };
    let all: Vec<&Measures> = counted.iter().map(|(_, measures)| *measures).collect();
    let ids: Vec<&IncidentId> = meant.iter().map(|summary| &summary.id).collect();
    Stats {
        since: filter.since,
        declared: meant.len(),
        open: meant.iter().filter(|summary| summary.closed.is_none()).count(),
        merged: meant.iter().filter(|summary| summary.merged.is_some()).count(),
        reopened: meant.iter().filter(|summary| summary.reopened > 0).count(),
        all: times(&all),
        by_severity: Severity::ALL.into_iter().filter_map(of_severity).collect(),
        by_month: by_month
            .iter()
            .rev()
            .map(|(month, of)| Group { name: month.clone(), times: times(of) })
            .collect(),
        updates: updates::punctuality(entries, &ids),
        noise: noise::noise(entries, filter.since, filter.until),
        steps: steps::figures(entries, &ids),
    }
}

fn times(of: &[&Measures]) -> Spreads {
    let spread = |moment: fn(&Measures) -> Option<Timestamp>| {
        Spread::of(of.iter().filter_map(|measures| measures.after(moment(measures))))
    };
    Spreads {
        incidents: of.len() as u64,
        acknowledge: spread(|measures| measures.acknowledged),
        contain: spread(|measures| measures.contained),
        mitigate: spread(|measures| measures.mitigated),
        communicate: spread(|measures| measures.communicated),
        recover: spread(|measures| measures.recovered),
        close: spread(|measures| measures.closed),
    }
}

impl Stats {
    /// For people.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "{} incidents, {} open, {} merged into others, {} reopened",
            self.declared, self.open, self.merged, self.reopened
        )];
        if self.all.incidents > 0 {
            lines.push(String::new());
            lines.push("                       count     mean   median      p90  longest".into());
            for (name, spread) in self.all.named() {
                lines.push(format!("  {name:<18} {}", spread.columns()));
            }
            for (title, groups) in [("By severity", &self.by_severity), ("By month", &self.by_month)] {
                lines.push(String::new());
                lines.push(format!("{title:<12} incidents     MTTA     MTTR  contain   update    close"));
                lines.extend(groups.iter().map(Group::line));
            }
        }
        lines.extend(self.updates.lines());
        lines.extend(self.noise.lines());
        lines.extend(steps::lines(&self.steps));
        lines
    }
}

impl Spreads {
    fn named(&self) -> [(&'static str, &Spread); 6] {
        [
            ("to acknowledge", &self.acknowledge),
            ("to contain", &self.contain),
            ("to mitigate", &self.mitigate),
            ("to first update", &self.communicate),
            ("to recover", &self.recover),
            ("to close", &self.close),
        ]
    }
}

impl Group {
    /// Means, in a line.
    fn line(&self) -> String {
        let Spreads { incidents, acknowledge, contain, communicate, recover, close, .. } = &self.times;
        let means = [acknowledge, recover, contain, communicate, close].map(|spread| or_dash(spread.mean));
        format!("  {:<10} {incidents:>9} {}", self.name, means.map(|mean| format!("{mean:>8}")).join(" "))
    }
}

/// A span, or a dash where there is none.
fn or_dash(span: Option<Duration>) -> String {
    span.map_or_else(|| "-".into(), short)
}
