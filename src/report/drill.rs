//! The score of a drill, from the facts of its journal.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use crate::domain::drill::{FIRST_UPDATE, NEXT_UPDATE, Targets};
use crate::domain::fact::{Fact, Logged};
use crate::domain::ids::{IncidentId, SignalId};
use crate::domain::reading::Health;
use crate::domain::runbook::{StepRef, StepState};
use crate::domain::time::{Timestamp, short, stopwatch};

use super::measures::Measures;

/// How a drill went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Score {
    /// The incident that was scored: the first of the journal. `None` where nobody declared one.
    pub incident: Option<IncidentId>,
    /// What the times are counted from: the first signal that went red, and when.
    pub began: Option<(SignalId, Timestamp)>,
    /// What was timed.
    pub lines: Vec<Timed>,
    /// Updates that were due and came late or not at all.
    pub late: u32,
    /// Steps that were left out, in words.
    pub skipped: Vec<String>,
    /// What it was held against.
    pub targets: Targets,
}

/// Something that was timed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Timed {
    /// `acknowledge`, `contain`, `communicate`, `recover`.
    pub what: &'static str,
    /// How long it took, in milliseconds; nothing where it was not done.
    #[serde(serialize_with = "millis")]
    pub took: Option<Duration>,
    /// How long it may take, in milliseconds; nothing where it was not asked for.
    #[serde(serialize_with = "millis")]
    pub target: Option<Duration>,
}

#[expect(clippy::ref_option, reason = "serde gives a reference to the field")]
fn millis<S: serde::Serializer>(span: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    span.map(|span| u64::try_from(span.as_millis()).unwrap_or(u64::MAX)).serialize(serializer)
}

impl Timed {
    /// Whether it was done in time, or not asked for.
    pub fn is_passed(&self) -> bool {
        self.target.is_none_or(|target| self.took.is_some_and(|took| took <= target))
    }
}

impl Score {
    /// Of the first incident in `entries`, from all facts of a drill's journal.
    pub fn of(entries: &[Logged], targets: Targets) -> Self {
        let incident = entries.iter().find_map(|entry| match &entry.fact {
            Fact::IncidentDeclared { incident, .. } => Some(incident.clone()),
            _ => None,
        });
        let began = entries.iter().find_map(|entry| match &entry.fact {
            Fact::Settled { signal, to: Health::Down | Health::Degraded, .. } => {
                Some((signal.clone(), entry.at))
            }
            _ => None,
        });
        let measures = incident.as_ref().map(|incident| Measures::of(incident, entries)).unwrap_or_default();
        // A drill is about mending: what was only explained is still red.
        let recovered = measures.recovered.filter(|_| !measures.explained);
        let measures = Measures { recovered, ..measures };
        let from = began.as_ref().map(|(_, at)| *at).or(measures.declared);
        let after = |moment: Option<Timestamp>| Some(moment?.since(from?));
        let timed = |what, moment, target| Timed { what, took: after(moment), target };
        let lines = vec![
            timed("acknowledge", measures.acknowledged, targets.acknowledge),
            timed("contain", measures.contained, targets.contain),
            timed("communicate", measures.communicated, targets.communicate),
            timed("recover", measures.recovered, targets.recover),
        ];
        let late = incident.as_ref().map_or(0, |incident| late(incident, &measures, entries, &targets));
        Self { incident, began, lines, late, skipped: skipped(entries), targets }
    }

    /// Whether all that was asked for was done in time.
    pub fn is_passed(&self) -> bool {
        self.incident.is_some() && self.late == 0 && self.lines.iter().all(Timed::is_passed)
    }

    /// In lines, for people.
    pub fn lines(&self, scenario: &str) -> Vec<String> {
        let word = if self.is_passed() { "✔ passed" } else { "✖ not passed" };
        let name = self.incident.as_ref().map_or_else(String::new, |incident| format!(", {incident}"));
        let mut lines = vec![format!("Drill {scenario}{name}: {word}")];
        match &self.began {
            Some((signal, at)) => {
                lines.push(format!("Counted from {}Z, when {signal} went red:", at.clock()));
            }
            None => lines.push("Nothing had gone red.".into()),
        }
        if self.incident.is_none() {
            lines.push("  ✖ no incident was declared".into());
        }
        for timed in &self.lines {
            let took = timed.took.map_or_else(|| "not done".to_owned(), stopwatch);
            let target = timed.target.map_or_else(String::new, |target| format!("of {}", stopwatch(target)));
            let glyph = match (timed.target, timed.is_passed()) {
                (None, _) => "·",
                (Some(_), true) => "✔",
                (Some(_), false) => "✖",
            };
            lines.push(format!("  {glyph} {:<14} {took:>9}  {target}", timed.what).trim_end().to_owned());
        }
        let glyph = if self.late == 0 { "✔" } else { "✖" };
        let due = format!(
            "first within {}, then every {}",
            short(self.targets.first_update),
            short(self.targets.next_update)
        );
        lines.push(format!("  {glyph} {:<14} {:>9}  {due}", "updates late", self.late));
        if self.targets.is_compressed() {
            lines.push(format!(
                "      These clocks are compressed for practice: in life it is {} and {}.",
                short(FIRST_UPDATE),
                short(NEXT_UPDATE)
            ));
        }
        lines.push(format!("  · {:<14} {:>9}", "steps skipped", self.skipped.len()));
        lines.extend(self.skipped.iter().map(|step| format!("      {step}")));
        lines
    }

    /// For programs. Spans are milliseconds.
    pub fn document(&self, scenario: &str) -> Value {
        let millis = |span: Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        let timed = self.lines.iter().map(|timed| {
            json!({
                "what": timed.what, "took": timed.took.map(millis), "target": timed.target.map(millis),
                "passed": timed.is_passed(),
            })
        });
        json!({
            "scenario": scenario,
            "incident": self.incident,
            "began": self.began.as_ref().map(|(signal, at)| json!({ "signal": signal, "at": at.rfc3339() })),
            "passed": self.is_passed(),
            "timed": timed.collect::<Vec<_>>(),
            "updates": {
                "late": self.late, "passed": self.late == 0, "first": millis(self.targets.first_update),
                "next": millis(self.targets.next_update), "compressed": self.targets.is_compressed(),
            },
            "skipped": self.skipped,
        })
    }
}

/// Updates that were due and had not come: the first after the declaration, each other after the one before. Nothing is
/// due any more once nothing is red, or it is closed.
fn late(incident: &IncidentId, measures: &Measures, entries: &[Logged], targets: &Targets) -> u32 {
    let Some(declared) = measures.declared else { return 0 };
    let last = entries.last().map_or(declared, |entry| entry.at);
    let end = measures.recovered.into_iter().chain(measures.closed).min().unwrap_or(last);
    let posts = entries.iter().filter(|entry| {
        matches!(entry.fact, Fact::Posted { .. })
            && entry.incident.as_ref() == Some(incident)
            && entry.at <= end
    });
    let every = targets.next_update.max(Duration::from_secs(1));
    let missed = |due: Timestamp, at: Timestamp| {
        if at <= due {
            return 0;
        }
        u32::try_from(at.since(due).as_millis() / every.as_millis()).unwrap_or(u32::MAX).saturating_add(1)
    };
    let (mut due, mut late) = (declared.plus(targets.first_update), 0_u32);
    for post in posts {
        late = late.saturating_add(missed(due, post.at));
        due = post.at.plus(every);
    }
    late.saturating_add(missed(due, end))
}

/// Steps that stand as skipped in the end.
fn skipped(entries: &[Logged]) -> Vec<String> {
    let mut states: BTreeMap<&StepRef, Option<String>> = BTreeMap::new();
    for entry in entries {
        if let Fact::StepMarked { step, text, state, .. } = &entry.fact {
            let words = match state {
                StepState::Skipped { reason } if reason.is_empty() => Some(text.clone()),
                StepState::Skipped { reason } => Some(format!("{text}: {reason}")),
                _ => None,
            };
            states.insert(step, words);
        }
    }
    states.into_values().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::ClosingId;
    use crate::domain::incident::{IncidentKind, Severity};

    fn told(seconds: i64, fact: Fact) -> Logged {
        Logged { seq: 0, at: Timestamp::from_millis(seconds * 1_000), incident: Some("INC-1".into()), fact }
    }

    fn settled(seconds: i64, to: Health) -> Logged {
        let at = Timestamp::from_millis(seconds * 1_000);
        let (signal, from, detail) = ("api".into(), Health::Blind, String::new());
        told(
            seconds,
            Fact::Settled { signal, from, to, reason: None, detail, since: at, evidence: None, after: None },
        )
    }

    fn posted(seconds: i64) -> Logged {
        told(seconds, Fact::Posted { post: "P-1".into(), link: None, reference: None })
    }

    fn night(posts: &[i64]) -> Vec<Logged> {
        let declared = Fact::IncidentDeclared {
            incident: "INC-1".into(),
            severity: Severity::P1,
            title: "down".into(),
            by: "ann".into(),
            kind: IncidentKind::Outage,
            signal: None,
            began: None,
        };
        let mut night = vec![
            settled(100, Health::Down),
            told(110, declared),
            told(130, Fact::IncidentAcknowledged { incident: "INC-1".into(), by: "ann".into() }),
        ];
        night.extend(posts.iter().map(|at| posted(*at)));
        night.push(settled(2_000, Health::Ok));
        night
    }

    fn targets() -> Targets {
        let seconds = |span| Some(Duration::from_secs(span));
        Targets { acknowledge: seconds(30), communicate: seconds(310), ..Targets::default() }
    }

    #[test]
    fn times_are_counted_from_the_first_red_signal_and_a_target_is_met_to_the_second() {
        let score = Score::of(&night(&[410, 1_610]), targets());
        let took: Vec<Option<u64>> = score.lines.iter().map(|line| Some(line.took?.as_secs())).collect();
        assert_eq!(took, [Some(30), None, Some(310), Some(1_900)]);
        assert!(score.is_passed(), "{:?}", score.lines("x"));
        let hasty = Targets { acknowledge: Some(Duration::from_secs(29)), ..targets() };
        assert!(!Score::of(&night(&[410, 1_610]), hasty).is_passed());
        let contained = Targets { contain: Some(Duration::from_secs(9_999)), ..targets() };
        assert!(!Score::of(&night(&[410, 1_610]), contained).is_passed(), "not done is not in time");
    }

    #[test]
    fn an_update_is_late_after_five_minutes_and_then_after_twenty_each() {
        let late = |posts: &[i64]| Score::of(&night(posts), targets()).late;
        assert_eq!(late(&[410, 1_610]), 0, "to the second, and recovered before the next");
        assert_eq!(late(&[411, 1_610]), 1);
        assert_eq!(late(&[410, 1_611]), 1);
        assert_eq!(late(&[410]), 1, "the second never came");
        assert_eq!(late(&[]), 2, "at 410, and at 1610");
    }

    #[test]
    fn what_is_explained_and_still_red_has_not_recovered() {
        let mut night = night(&[410, 1_610]);
        let reason = Fact::ClosingWaived {
            incident: "INC-1".into(),
            item: ClosingId::of_signal(&"web".into()),
            text: "web is down".into(),
            by: "ann".into(),
            reason: "it will come".into(),
        };
        let closed =
            Fact::IncidentClosed { incident: "INC-1".into(), by: "ann".into(), summary: "done".into() };
        let mut web = settled(1_900, Health::Down);
        if let Fact::Settled { signal, .. } = &mut web.fact {
            *signal = "web".into();
        }
        night.insert(night.len() - 1, web);
        night.extend([told(2_100, reason), told(2_200, closed)]);
        assert!(Measures::of(&"INC-1".into(), &night).recovered.is_some(), "a report tells of the rest");
        let score = Score::of(&night, targets());
        assert_eq!(score.lines[3].took, None);
    }

    #[test]
    fn who_declares_nothing_passes_nothing() {
        let score = Score::of(&[settled(100, Health::Down), settled(2_000, Health::Ok)], Targets::default());
        assert!(!score.is_passed());
        assert!(score.lines("x").join("\n").contains("no incident was declared"));
    }
}
