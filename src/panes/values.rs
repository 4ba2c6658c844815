//! The values of the incident by name, and what each command of the step under the cursor reads: where from, never a
//! value of the environment.

use crate::domain::runbook::{Step, StepCommand};
use crate::domain::text::{clean, clip};
use crate::domain::time::short;
use crate::state::{Model, reads};

/// What the reader of values says.
pub fn lines(model: &Model) -> Vec<String> {
    let incident = model.watch.incident().map(|incident| &incident.id);
    let mut lines = vec![match incident {
        Some(incident) => format!("Values of {incident}"),
        None => "Values outside an incident".to_owned(),
    }];
    let known = model.watch.values.of(incident);
    if known.is_empty() {
        lines.push("  none yet: what placeholders are filled with and what runs capture stands here".into());
    }
    for value in known {
        let text = clip(&clean(&value.value), 400).into_owned();
        lines.push(format!("  {} = {text}  ({}, {})", value.name, value.given.words(), value.at.clock()));
    }
    let Some(step) = model.ui.step.as_ref().and_then(|step| model.plan.step(step)) else { return lines };
    lines.push(String::new());
    lines.push(format!("Step: {}", step.text));
    if step.commands.is_empty() {
        lines.push("  holds no command".into());
    }
    for command in &step.commands {
        lines.push(String::new());
        let first = command.text.lines().next().unwrap_or_default();
        lines.push(format!("$ {}", clip(&clean(first), 200)));
        lines.extend(of_command(model, step, command).into_iter().map(|line| format!("  {line}")));
    }
    lines
}

/// What `command` of `step` reads and is held to, a line each.
pub fn of_command(model: &Model, step: &Step, command: &StepCommand) -> Vec<String> {
    let rules = command.rules_in(step);
    let mut lines: Vec<String> =
        reads(&model.plan, &model.watch, step, command).iter().map(crate::state::Reads::words).collect();
    if lines.is_empty() {
        lines.push("reads nothing that has to be given".into());
    }
    lines.extend(rules.cwd.as_ref().map(|cwd| format!("runs in {}", clean(cwd))));
    if rules.interactive {
        lines.push("gets the terminal until it ends".into());
    } else {
        lines.extend(rules.timeout.map(|timeout| format!("is stopped after {}", short(timeout))));
    }
    lines.extend(rules.expect.as_ref().map(|expect| format!("must turn out so: {}", clean(expect))));
    lines.extend(rules.capture.iter().map(|capture| match &capture.of {
        Some(of) => format!("gives {} the value of {}", clean(&capture.name), clean(of)),
        None => format!("gives {} what it prints", clean(&capture.name)),
    }));
    lines
}
