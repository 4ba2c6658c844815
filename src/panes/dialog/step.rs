//! A step in full: its words, what shows how it stands, what its mark rests on, its commands, its links.

use crate::domain::finding::Finding;
use crate::domain::role::Role;
use crate::domain::runbook::{Step, StepRef, StepState};
use crate::domain::step_evidence::StepEvidence;
use crate::domain::step_rules::Need;
use crate::domain::time::Timestamp;
use crate::panes::shape::{Dialog, Line};
use crate::panes::{findings, live};
use crate::state::{Mark, Model};

use super::{reader, wrapped};

/// From the model to a shape.
pub fn step(model: &Model, now: Timestamp, step: &StepRef, width: usize) -> Dialog {
    let Some(known) = model.plan.step(step) else { return reader(model, "Step", Role::Focus, Vec::new()) };
    let mut body = wrapped(&known.text, width, Role::Text);
    body.push(Line::default());
    if let Some(live) = live::of(model, now, known) {
        body.extend(wrapped(&live.line(now), width, live.line_role()));
        if let Some(when) = &live.when {
            body.extend(wrapped(&format!("  done when {when}"), width, Role::Code));
        }
    }
    for line in live::replied(model, step) {
        body.extend(wrapped(&line, width, Role::Accent));
    }
    if let Some(known) = model.watch.mark(step) {
        mark(known, width, &mut body);
    }
    order(model, step, known, width, &mut body);
    let incident = model.watch.incident().map(|incident| &incident.id);
    for attachment in model.watch.attached.to(incident, step) {
        let text = format!("⊕ {} {}: {}", attachment.at.clock_minutes(), attachment.by, attachment.text);
        body.extend(wrapped(&text, width, Role::Text));
    }
    for finding in model.plan.findings_of(step) {
        found(finding, width, &mut body);
    }
    for action in model.plan.actions_for(known) {
        body.extend(wrapped(&format!("▶ {} ({})", action.id, action.risk.word()), width, action.risk.role()));
    }
    for channel in model.plan.channels_of(step) {
        let text = format!("✉ post to {} ({})", channel.id, channel.audience.badge());
        body.extend(wrapped(&text, width, channel.audience.role()));
    }
    for command in &known.commands {
        body.push(Line::default());
        for line in crate::domain::text::clean_lines(&command.text).lines() {
            body.extend(wrapped(line, width, Role::Code));
        }
        for line in crate::panes::values::of_command(model, known, command) {
            body.extend(wrapped(&line, width, Role::Dim));
        }
    }
    for link in &known.links {
        body.extend(wrapped(link, width, Role::Accent));
    }
    if let Some(runbook) = model.plan.runbook(&step.runbook) {
        let said = super::said::of_step(model, now, runbook, known, width);
        if !said.is_empty() && body.last().is_some_and(|last| *last != Line::default()) {
            body.push(Line::default());
        }
        body.extend(said);
    }
    body.push(Line::default());
    body.extend(wrapped(&format!("{}:{}", step.runbook, known.line), width, Role::Dim));
    reader(model, "Step", Role::Focus, body)
}

/// Whether it has to be done, who has to agree, and what became of what it ran.
fn order(model: &Model, at: &StepRef, step: &Step, width: usize, body: &mut Vec<Line>) {
    if step.need() == Need::Advisory {
        body.extend(wrapped("It is optional.", width, Role::Dim));
    }
    if let Some(role) = model.plan.runbook(&at.runbook).and_then(|runbook| runbook.approver(step)) {
        let (text, role) = match model.watch.approval(at) {
            Some(given) => {
                let (name, when) = (&given.name, given.at.clock());
                let says = format!("{}: {}", given.by, given.reason);
                (format!("approved by {name} for {role} at {when}, says {says}"), Role::Ok)
            }
            None => (format!("needs the approval of {role}"), Role::Warning),
        };
        body.extend(wrapped(&text, width, role));
    }
    if let Some(run) = model.watch.mark(at).and_then(|mark| mark.recovered.as_ref()) {
        body.extend(wrapped(&format!("↺ failed, recovered by {run}"), width, Role::Warning));
    }
    if let Some(run) = model.watch.step_undone(at) {
        body.extend(wrapped(&format!("↶ undone by {run}"), width, Role::Warning));
    }
}

/// Who marked it, when, and what that rests on.
fn mark(mark: &Mark, width: usize, body: &mut Vec<Line>) {
    let text = format!("{} {} by {} at {}", mark.state.glyph(), mark.state.word(), mark.by, mark.at.clock());
    body.extend(wrapped(&text, width, Role::Accent));
    if let StepState::Failed { reason } | StepState::Skipped { reason } = &mark.state {
        body.extend(wrapped(reason, width, Role::Text));
    }
    if let Some(why) = &mark.why {
        body.extend(wrapped(why, width, Role::Text));
    }
    for evidence in &mark.evidence {
        let by_hand = matches!(evidence, StepEvidence::Hand { .. });
        let role = if by_hand { Role::Dim } else { Role::Text };
        body.extend(wrapped(&format!("  {}", evidence.words()), width, role));
    }
    if let Some(why) = &mark.despite {
        body.extend(wrapped(&format!("  ticked all the same: {why}"), width, Role::Warning));
    }
}

/// What lint found in it, and what to do about that.
fn found(finding: &Finding, width: usize, body: &mut Vec<Line>) {
    let told = &finding.diagnostic;
    let text = format!("{} {} line {}: {}", finding.glyph(), finding.word(), told.line, told.message);
    body.extend(wrapped(&text, width, findings::role(finding)));
    if let Some(hint) = &told.hint {
        body.extend(wrapped(&format!("  hint: {hint}"), width, Role::Dim));
    }
}
