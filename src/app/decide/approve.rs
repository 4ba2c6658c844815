//! Approvals: somebody with a name agreed, for a reason, and the operator says so. Nothing gives one in advance.

use crate::domain::action::Risk;
use crate::domain::fact::Fact;
use crate::domain::runbook::StepRef;
use crate::domain::text::clip;
use crate::domain::time::Timestamp;
use crate::state::{Asking, Model};

use super::{Out, dialog, recordable, say, say_no};

/// Why `step` is not to be ticked: its own approval is missing.
pub fn missing(model: &Model, step: &StepRef) -> Option<String> {
    let runbook = model.plan.runbook(&step.runbook)?;
    let role = runbook.approver(model.plan.step(step)?)?;
    model.watch.approval(step).is_none().then(|| format!("the approval of {role} is missing: Y gives it"))
}

/// Why nothing of this risk runs from `step`: its own approval is missing, or for what changes something that of a
/// step before it in its phase.
pub fn refusal(model: &Model, step: &StepRef, risk: Risk) -> Option<String> {
    let runbook = model.plan.runbook(&step.runbook)?;
    runbook.approvals_for(&step.step).into_iter().find_map(|(waits, role)| {
        let own = waits.id == step.step;
        let of = StepRef { runbook: step.runbook.clone(), step: waits.id.clone() };
        if !own && risk == Risk::Read || model.watch.approval(&of).is_some() {
            return None;
        }
        Some(if own {
            format!("the approval of {role} is missing: Y gives it")
        } else {
            let text = clip(&waits.text, 60).into_owned();
            format!("the approval of {role} is missing: Y on the step before, “{text}”")
        })
    })
}

/// Asks who approved the step under the cursor, and why.
pub fn ask(model: &mut Model, now: Timestamp) {
    if !recordable(model, now) {
        return;
    }
    let Some(step) = model.ui.step.clone() else {
        say_no(model, now, "no step is selected");
        return;
    };
    let known = model.plan.runbook(&step.runbook).zip(model.plan.step(&step));
    if known.and_then(|(runbook, known)| runbook.approver(known)).is_none() {
        say_no(model, now, "this step needs no approval");
        return;
    }
    if let Some(approval) = model.watch.approval(&step) {
        let text = format!("{} approved it already, at {}", approval.name, approval.at.clock_minutes());
        say_no(model, now, text);
        return;
    }
    dialog::prompt(model, Asking::Approve(step), "");
}

/// Takes `NAME: REASON`.
pub fn approved(
    model: &mut Model,
    now: Timestamp,
    step: StepRef,
    text: &str,
    out: &mut Out,
) -> Result<(), String> {
    const WANTED: &str = "who approved, a colon, and why: such as ann: release notes read";
    let (name, reason) = text.split_once(':').ok_or(WANTED)?;
    let (name, reason) = (name.trim(), reason.trim());
    let says = |text: &str| text.chars().any(char::is_alphanumeric);
    if !says(name) || !says(reason) {
        return Err(WANTED.into());
    }
    let runbook = model.plan.runbook(&step.runbook).ok_or("that runbook is gone")?;
    let known = model.plan.step(&step).ok_or("that step is no longer in the runbook")?;
    let role = runbook.approver(known).ok_or("this step needs no approval")?.to_owned();
    let (text, line) = (known.text.clone(), known.line);
    let by = model.plan.environment.operator.clone();
    say(model, now, format!("approved by {name} for {role}"));
    let (name, reason) = (name.to_owned(), reason.to_owned());
    out.fact(Fact::StepApproved { step, text, line, role, name, reason, by });
    Ok(())
}
