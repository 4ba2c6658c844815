//! What a runbook says of a step besides its words: how long it may take, what it is held against, which variables
//! it needs. In full in the step's dialog, in a line each in the runbook pane.

use crate::domain::role::Role;
use crate::domain::runbook::{Runbook, Step};
use crate::domain::statement::{Says, Sense, Threshold};
use crate::domain::time::{Timestamp, brief as in_short, short};
use crate::domain::variable::{Finding, Verdict};
use crate::panes::due;
use crate::panes::shape::{Line, Span, span};
use crate::state::threshold::{self, Measured, bound_words, measured, metric_words, value_words};
use crate::state::timer::{self, Spent};
use crate::state::{Model, StatementKey};

use super::wrapped;

/// Signals that are listed under a threshold.
const LISTED: usize = 6;

/// `9m12 of 5m00 planned`, amber where it takes longer.
pub fn spent(spent: &Spent, before: &str) -> Span {
    let role = if spent.is_over() { Role::Warning } else { Role::Dim };
    span(format!("{before}{}, planned {}", short(spent.took), in_short(spent.planned)), role)
}

/// A line for each thing that is said, for the step under the cursor.
pub fn brief(model: &Model, now: Timestamp, runbook: &Runbook, step: &Step, indent: usize) -> Vec<Line> {
    let pad = || span(" ".repeat(indent), Role::Dim);
    let mut lines = Vec::new();
    if let Some(spans) = timer::step_spent(model, now, runbook, step) {
        lines.push(Line::new(vec![pad(), spent(&spans, "on this step ")]));
    }
    for threshold in thresholds(runbook, step) {
        let all = measured(model, now, Some(step), threshold);
        // The worst stands first, or the one that the step is bound to.
        let Some(first) = all.first() else { continue };
        let (text, role) = measured_words(threshold, first);
        let more = if all.len() > 1 { format!(" (of {})", all.len()) } else { String::new() };
        lines.push(Line::new(vec![pad(), span(format!("{text}{more}"), role)]));
    }
    let (needed, wanting) = (variables(model, runbook, step), |finding: &&&Finding| finding.is_wanting());
    if !needed.is_empty() {
        let wrong = needed.iter().filter(wanting).count();
        let (text, role) = match wrong {
            0 => (format!("✔ {} variables", needed.len()), Role::Ok),
            wrong => {
                (format!("▲ {wrong} of {} variables are missing or suspicious", needed.len()), Role::Warning)
            }
        };
        lines.push(Line::new(vec![pad(), span(text, role)]));
    }
    lines
}

/// Everything that is said of `step`, with what was measured.
pub fn of_step(model: &Model, now: Timestamp, runbook: &Runbook, step: &Step, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    for counted in
        timer::timers(model, now).iter().filter(|timer| timer.step.is_some_and(|of| of.id == step.id))
    {
        let item = due::timer_item(now, counted);
        lines.extend(wrapped(&format!("{}  {}", item.clock, counted.statement.text), width, item.role));
    }
    if let Some(spans) = timer::step_spent(model, now, runbook, step) {
        lines.push(Line::new(vec![spent(&spans, "on this step ")]));
    }
    for threshold in thresholds(runbook, step) {
        lines.push(Line::default());
        lines.extend(held_against(model, now, step, threshold, width));
    }
    let needed = variables(model, runbook, step);
    if !needed.is_empty() {
        lines.push(Line::default());
        let longest =
            needed.iter().map(|finding| finding.name.chars().count()).max().unwrap_or(0).min(width / 2);
        for finding in needed {
            let (text, role) = verdict_words(finding);
            lines.extend(wrapped(&format!("{:<longest$}  {text}", finding.name), width, role));
        }
    }
    lines
}

/// A threshold, what each signal that is meant or could be meant is at, and the gate that it is offered as.
fn held_against(
    model: &Model,
    now: Timestamp,
    step: &Step,
    threshold: &Threshold,
    width: usize,
) -> Vec<Line> {
    let sense = match threshold.sense {
        Sense::Target => "to be kept",
        Sense::Trigger => "sets it off",
    };
    let head = format!("{} {}  {sense}", metric_words(&threshold.metric), bound_words(threshold));
    let mut lines = wrapped(&head, width, Role::Accent);
    let all = measured(model, now, Some(step), threshold);
    if all.is_empty() {
        let why = "no signal of this console measures it: check it by hand";
        lines.extend(wrapped(&format!("  {why}"), width, Role::Dim));
        return lines;
    }
    for known in all.iter().take(LISTED) {
        let (text, role) = measured_words(threshold, known);
        lines.extend(wrapped(&format!("  {text}"), width, role));
    }
    if all.len() > LISTED {
        lines.extend(wrapped(&format!("  and {} more", all.len() - LISTED), width, Role::Dim));
    }
    if let Some(gate) = threshold::gate(threshold, &all[0].signal) {
        let lead = if gate.stops { "stop when" } else { "gate" };
        lines.extend(wrapped(&format!("  {lead}: {}", gate.text), width, Role::Code));
    }
    lines
}

/// `✔ web p95 412 ms < 500 ms`, over how long, and what it means.
pub fn measured_words(threshold: &Threshold, known: &Measured) -> (String, Role) {
    let (metric, bound) = (metric_words(&threshold.metric), bound_words(threshold));
    let Some(value) = known.value else {
        return (format!("? {} {metric} {bound}: not measured", known.signal), Role::Blind);
    };
    let value = value_words(value, threshold.unit);
    let over = in_short(known.over);
    match (known.is_well(threshold.sense), threshold.sense) {
        (Some(true), Sense::Target) => {
            (format!("✔ {} {metric} {value} {bound} in {over}", known.signal), Role::Ok)
        }
        (_, Sense::Target) => {
            (format!("✖ {} {metric} {value}, not {bound} in {over}", known.signal), Role::Danger)
        }
        (Some(true), Sense::Trigger) => {
            (format!("✔ {} {metric} {value}, not {bound} in {over}", known.signal), Role::Ok)
        }
        (_, Sense::Trigger) => {
            (format!("✖ {} {metric} {value} {bound} in {over}: reached", known.signal), Role::Danger)
        }
    }
}

fn thresholds<'a>(runbook: &'a Runbook, step: &'a Step) -> impl Iterator<Item = &'a Threshold> {
    timer::of_step(runbook, step).filter_map(|statement| match &statement.says {
        Says::Threshold(threshold) => Some(threshold),
        _ => None,
    })
}

/// The variables that the part of the file around `step` lists.
fn variables<'a>(model: &'a Model, runbook: &Runbook, step: &Step) -> Vec<&'a Finding> {
    let holds = |phase: &&crate::domain::runbook::Phase| phase.steps.iter().any(|known| known.id == step.id);
    let Some(phase) = runbook.phases.iter().find(holds) else { return Vec::new() };
    let here: Vec<(&String, &Option<String>)> = runbook
        .statements
        .iter()
        .filter(|statement| timer::phase_of(runbook, statement).is_some_and(|of| of.line == phase.line))
        .filter_map(|statement| match &statement.says {
            Says::Variable { name, environment, .. } => Some((name, environment)),
            _ => None,
        })
        .collect();
    let is_here = |finding: &&Finding| {
        finding.file == runbook.id && here.contains(&(&finding.name, &finding.environment))
    };
    model.plan.needed.iter().filter(is_here).collect()
}

/// How a variable stands, in words that tell nothing of its value.
pub fn verdict_words(finding: &Finding) -> (String, Role) {
    let (glyph, word) = (finding.verdict.glyph(), finding.verdict.word());
    match &finding.verdict {
        Verdict::Set => (format!("{glyph} {word}"), Role::Ok),
        Verdict::Missing if finding.optional => ("– not set, optional".into(), Role::Dim),
        Verdict::Missing => (format!("{glyph} {word}"), Role::Warning),
        Verdict::Suspicious(why) => (format!("{glyph} {word}: {why}"), Role::Warning),
    }
}

/// The key of a finding's line in the view of timers, and of a statement's.
pub fn key_of(runbook: &Runbook, statement: &crate::domain::statement::Statement) -> crate::state::TimersKey {
    crate::state::TimersKey::Statement(StatementKey::of(runbook, statement))
}
