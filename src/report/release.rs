//! An entry of the release log: what went live, who let it, by what it was decided, and what was done meanwhile. From
//! the facts of one window, as Markdown and as JSON.

use std::fmt::Write;
use std::time::Duration;

use serde::Serialize;

use crate::domain::fact::{Fact, Logged, Release};
use crate::domain::ids::{RollbackId, WindowId};
use crate::domain::rollback::{Outcome, Side};
use crate::domain::runbook::StepState;
use crate::domain::step_evidence::in_words;
use crate::domain::text::{head, size};
use crate::domain::time::{Timestamp, short};
use crate::domain::window::{GateSummary, Verdict};

use super::markdown::{escaped, link};
use super::phases::{PlanReport, maybe_millis, millis, plans};
use super::steps::{Artifact, StepReport, artifacts, steps};

/// An entry of the release log.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReleaseEntry {
    /// The window that it is about.
    pub window: WindowId,
    /// How it ended.
    pub verdict: Verdict,
    /// Why.
    pub why: String,
    /// When the window was opened.
    pub opened: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// How long health had to last.
    #[serde(rename = "for_ms", serialize_with = "millis")]
    pub span: Duration,
    /// How long it did.
    #[serde(rename = "clean_ms", serialize_with = "millis")]
    pub clean: Duration,
    /// The release that was watched last, where a source knew it.
    pub release: Option<Release>,
    /// Its commit, where that is known.
    pub commit: Option<String>,
    /// Who did what.
    pub operators: Vec<Operator>,
    /// Where the releases that were watched can be looked at.
    pub links: Vec<String>,
    /// How often the clock was set to zero.
    pub resets: usize,
    /// How often it stood still because it could not be told.
    pub freezes: usize,
    /// What each gate did.
    pub gates: Vec<GateSummary>,
    /// Steps that something was done to meanwhile.
    pub steps: Vec<StepReport>,
    /// Files that were kept meanwhile.
    pub artifacts: Vec<Artifact>,
    /// Phases beside their plan, of what was deployed before and meanwhile.
    pub plans: Vec<PlanReport>,
    /// What was gone back from, until the next window was opened.
    pub rollbacks: Vec<RollbackEntry>,
}

/// Somebody, and what they did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Operator {
    /// Who.
    pub name: String,
    /// What, once each.
    pub did: Vec<&'static str>,
    /// How many steps they ticked.
    pub ticked: usize,
}

/// A rollback.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RollbackEntry {
    /// Its name.
    pub rollback: RollbackId,
    /// What was live.
    pub from: Option<Side>,
    /// What was gone back to.
    pub to: Side,
    /// Who began it.
    pub by: String,
    /// When.
    pub began: Timestamp,
    /// Whether nobody's service depended on it.
    pub rehearsal: bool,
    /// How long it might take.
    #[serde(rename = "budget_ms", serialize_with = "millis")]
    pub budget: Duration,
    /// How it ended; `None` where it has not.
    pub outcome: Option<Outcome>,
    /// How long it took.
    #[serde(rename = "took_ms", serialize_with = "maybe_millis")]
    pub took: Option<Duration>,
    /// Whether it is in effect, and was within its budget; `None` where it has not ended.
    pub within_budget: Option<bool>,
}

/// The entry of every window in `entries` that has ended, oldest first.
pub fn releases(entries: &[Logged]) -> Vec<ReleaseEntry> {
    let mut all = Vec::new();
    // What was deployed before the first window belongs to it.
    let (mut before, mut opened) = (0, None);
    for (at, logged) in entries.iter().enumerate() {
        match &logged.fact {
            Fact::WindowOpened { .. } => opened = Some(at),
            Fact::WindowEnded { .. } => {
                if let Some(opened) = opened.take() {
                    let is_opening = |logged: &Logged| matches!(logged.fact, Fact::WindowOpened { .. });
                    let next =
                        entries[at..].iter().position(is_opening).map_or(entries.len(), |next| at + next);
                    all.extend(release(
                        &entries[before..=at],
                        &entries[opened..=at],
                        &entries[opened..next],
                        entries,
                    ));
                }
                before = at + 1;
            }
            _ => {}
        }
    }
    all
}

/// One entry, from what happened since the window before it ended, during the window, until the next one was opened,
/// and at any time.
fn release(since: &[Logged], during: &[Logged], until: &[Logged], ever: &[Logged]) -> Option<ReleaseEntry> {
    let [first, .., last] = during else { return None };
    let Fact::WindowOpened { window, span, release, .. } = &first.fact else { return None };
    let Fact::WindowEnded { verdict, why, clean, gates, .. } = &last.fact else { return None };
    let mut watched: Vec<&Release> = release.iter().collect();
    let (mut resets, mut freezes) = (0, 0);
    for logged in during {
        match &logged.fact {
            Fact::WindowRelease { release, .. } => watched.push(release),
            Fact::WindowReset { release, .. } => {
                resets += 1;
                watched.extend(release);
            }
            Fact::WindowFrozen { .. } => freezes += 1,
            _ => {}
        }
    }
    let mut links: Vec<String> = Vec::new();
    for link in watched.iter().filter_map(|release| release.link.as_ref()) {
        if !links.contains(link) {
            links.push(link.clone());
        }
    }
    let facts: Vec<&Logged> = during.iter().collect();
    let began = until.iter().filter_map(|logged| rollback(logged, ever));
    Some(ReleaseEntry {
        window: window.clone(),
        verdict: *verdict,
        why: why.clone(),
        opened: first.at,
        ended: last.at,
        span: *span,
        clean: *clean,
        commit: watched.last().and_then(|release| commit(release)),
        release: watched.last().copied().cloned(),
        operators: operators(during, until),
        links,
        resets,
        freezes,
        gates: gates.clone(),
        steps: steps(&facts),
        artifacts: artifacts(facts.iter().copied()),
        plans: plans(since),
        rollbacks: began.collect(),
    })
}

/// The commit of a release: as its source told it, or its version where that can be nothing else.
fn commit(release: &Release) -> Option<String> {
    let version = &release.version;
    let is_one = (7..=40).contains(&version.len())
        && version.bytes().all(|b| b.is_ascii_hexdigit())
        && version.bytes().any(|b| b.is_ascii_digit())
        && version.bytes().any(|b| b.is_ascii_alphabetic());
    release.commit.clone().or_else(|| is_one.then(|| version.clone()))
}

/// Who did something to the window, to its steps, and who went back afterwards.
fn operators(during: &[Logged], until: &[Logged]) -> Vec<Operator> {
    let mut all: Vec<Operator> = Vec::new();
    let mut did = |name: &str, what: Option<&'static str>| {
        let at = all.iter().position(|known| known.name == name).unwrap_or_else(|| {
            all.push(Operator { name: name.to_owned(), did: Vec::new(), ticked: 0 });
            all.len() - 1
        });
        match what {
            Some(what) if !all[at].did.contains(&what) => all[at].did.push(what),
            Some(_) => {}
            None => all[at].ticked += 1,
        }
    };
    let after = until.get(during.len()..).unwrap_or_default();
    for logged in during {
        match &logged.fact {
            Fact::WindowOpened { by, .. } => did(by, Some("opened the window")),
            Fact::WindowHeld { by, .. } => did(by, Some("held it")),
            Fact::WindowReleased { by, .. } => did(by, Some("let it go on")),
            // A hard stop is nobody's word.
            Fact::WindowEnded { by, .. } if by == "midwatch" => {}
            Fact::WindowEnded { verdict: Verdict::Go, by, .. } => did(by, Some("said GO")),
            Fact::WindowEnded { verdict: Verdict::NoGo, by, .. } => did(by, Some("said NO-GO")),
            Fact::WindowEnded { verdict: Verdict::Hold, by, .. } => did(by, Some("ended it")),
            Fact::StepMarked { state: StepState::Done, by, .. } => did(by, None),
            Fact::StepApproved { by, .. } => did(by, Some("recorded an approval")),
            Fact::RollbackBegan { by, .. } => did(by, Some("rolled back")),
            _ => {}
        }
    }
    for logged in after {
        if let Fact::RollbackBegan { by, .. } = &logged.fact {
            did(by, Some("rolled back"));
        }
    }
    all
}

fn rollback(logged: &Logged, ever: &[Logged]) -> Option<RollbackEntry> {
    let Fact::RollbackBegan { rollback, from, to, budget, rehearsal, by, .. } = &logged.fact else {
        return None;
    };
    let ended = ever.iter().find_map(|logged| match &logged.fact {
        Fact::RollbackEnded { rollback: known, outcome, took, .. } if known == rollback => {
            Some((*outcome, *took))
        }
        _ => None,
    });
    Some(RollbackEntry {
        rollback: rollback.clone(),
        from: from.clone(),
        to: to.clone(),
        by: by.clone(),
        began: logged.at,
        rehearsal: *rehearsal,
        budget: *budget,
        outcome: ended.map(|(outcome, _)| outcome),
        took: ended.map(|(_, took)| took),
        within_budget: ended.map(|(outcome, took)| outcome == Outcome::InEffect && took <= *budget),
    })
}

impl ReleaseEntry {
    /// The entry in Markdown, beginning with a heading of the second level.
    pub fn markdown(&self) -> String {
        let mut out = String::new();
        let name = self.release.as_ref().map_or("a release no source knows", |release| &release.version);
        line(&mut out, &format!("## {} · {} · {}", day(self.opened), escaped(name), self.verdict.word()));
        line(&mut out, "");
        line(&mut out, "| | |");
        line(&mut out, "|---|---|");
        let mut row = |what: &str, text: &str| line(&mut out, &format!("| {what} | {text} |"));
        row("Date", &format!("{} to {}", minute(self.opened), minute(self.ended)));
        let release = self.release.as_ref().map_or_else(
            || "not known".to_owned(),
            |release| format!("{}, live since {}", escaped(&release.version), minute(release.at)),
        );
        row("Release", &release);
        row("Commit", &self.commit.as_deref().map_or_else(|| "not known".into(), escaped));
        let operators: Vec<String> = self.operators.iter().map(Operator::words).collect();
        row("Operators", &or_none(&operators.join("; ")));
        let links: Vec<String> =
            self.links.iter().map(|url| link(url).unwrap_or_else(|| escaped(url))).collect();
        row("Links", &or_none(&links.join(" ")));
        let (clean, span) = (short(self.clean), short(self.span));
        let (window, verdict) = (self.window.as_str(), self.verdict.word());
        row(
            "Window",
            &format!(
                "{}: {verdict}, {clean} clean of {span}, {}, {}",
                escaped(window),
                count(self.resets, "reset"),
                count(self.freezes, "freeze")
            ),
        );
        row("Why", &escaped(&self.why));
        self.gate_table(&mut out);
        self.rest(&mut out);
        out
    }

    fn gate_table(&self, out: &mut String) {
        part(out, "Gates");
        if self.gates.is_empty() {
            line(out, "None.");
            return;
        }
        line(out, "| gate | at the end | resets | freezes | measured |");
        line(out, "|---|---|---|---|---|");
        for gate in &self.gates {
            let advisory = if gate.required { "" } else { " (advisory)" };
            let state = format!("{} {}: {}", gate.state.glyph(), gate.state.word(), escaped(&gate.detail));
            let measured: Vec<String> =
                gate.signals.iter().map(|signal| escaped(&super::window::signal(signal))).collect();
            let (name, measured) = (escaped(&gate.gate), measured.join("; "));
            line(
                out,
                &format!("| {name}{advisory} | {state} | {} | {} | {measured} |", gate.resets, gate.freezes),
            );
        }
    }

    fn rest(&self, out: &mut String) {
        if !self.plans.is_empty() {
            part(out, "Planned and actual");
            for plan in &self.plans {
                line(out, &format!("- {}", escaped(&plan.line())));
                plan.phases.iter().for_each(|phase| line(out, &format!("  - {}", escaped(&phase.line()))));
            }
        }
        part(out, "Evidence");
        let mut any = false;
        for text in self.steps.iter().flat_map(step_lines) {
            line(out, &text);
            any = true;
        }
        for kept in self.artifacts.iter().filter(|kept| !self.is_of_a_step(kept)) {
            line(out, &format!("- {}", artifact(kept)));
            any = true;
        }
        if !any {
            line(out, "None was recorded.");
        }
        if !self.rollbacks.is_empty() {
            part(out, "Rollbacks");
            self.rollbacks.iter().for_each(|one| line(out, &format!("- {}", escaped(&one.words()))));
        }
    }

    fn is_of_a_step(&self, kept: &Artifact) -> bool {
        self.steps.iter().flat_map(|step| &step.artifacts).any(|known| known.seq == kept.seq)
    }
}

impl Operator {
    /// `ann: opened the window, said GO, ticked 3 steps`.
    fn words(&self) -> String {
        let mut did: Vec<String> = self.did.iter().map(|what| (*what).to_owned()).collect();
        if self.ticked > 0 {
            did.push(format!("ticked {}", count(self.ticked, "step")));
        }
        format!("{}: {}", escaped(&self.name), did.join(", "))
    }
}

impl RollbackEntry {
    /// `B-1: from d4e5f6 to a1b2c3 by ann at 03:31Z: in effect after 4m12, of 15m00`.
    fn words(&self) -> String {
        let from = self.from.as_ref().map_or_else(String::new, |from| format!("from {} ", from.release));
        let word = if self.rehearsal { " (rehearsed)" } else { "" };
        let how = match (self.outcome, self.took) {
            (Some(outcome), Some(took)) => {
                let late = if took > self.budget { ": over budget" } else { "" };
                format!("{} after {}, of {}{late}", outcome.word(), short(took), short(self.budget))
            }
            _ => "has not ended".into(),
        };
        let at = minute(self.began);
        format!("{}: {from}to {} by {} at {at}{word}: {how}", self.rollback, self.to.release, self.by)
    }
}

fn step_lines(step: &StepReport) -> Vec<String> {
    let mut lines = Vec::new();
    let who = match (&step.by, step.at) {
        (Some(by), Some(at)) => format!(" ({}, {}Z)", escaped(by), at.clock_minutes()),
        _ => String::new(),
    };
    let why = step.reason.as_deref().filter(|why| !why.is_empty());
    let why = why.map_or_else(String::new, |why| format!(": {}", escaped(why)));
    lines.push(format!("- {}: {}{who}{why}", step.state, escaped(&step.text)));
    if !step.evidence.is_empty() {
        lines.push(format!("  - {}", escaped(&in_words(&step.evidence))));
    }
    if let Some(despite) = &step.despite {
        lines.push(format!("  - all the same: {}", escaped(despite)));
    }
    let attached = step.attached.iter();
    lines.extend(attached.map(|row| format!("  - {}: {}", escaped(&row.source), escaped(&row.title))));
    lines.extend(step.artifacts.iter().map(|kept| format!("  - {}", artifact(kept))));
    lines
}

fn artifact(kept: &Artifact) -> String {
    let hash = head(&kept.hash, 12);
    format!("{}, {}, sha256 {} ({})", escaped(&kept.name), size(kept.size), escaped(hash), escaped(&kept.by))
}

fn part(out: &mut String, title: &str) {
    line(out, "");
    line(out, &format!("### {title}"));
    line(out, "");
}

fn line(out: &mut String, text: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{text}");
}

fn or_none(text: &str) -> String {
    if text.is_empty() { "none".into() } else { text.to_owned() }
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

fn day(at: Timestamp) -> String {
    at.utc().map_or_else(String::new, |at| at.format("%Y-%m-%d").to_string())
}

fn minute(at: Timestamp) -> String {
    at.utc().map_or_else(String::new, |at| at.format("%Y-%m-%d %H:%MZ").to_string())
}

#[cfg(test)]
mod tests;
