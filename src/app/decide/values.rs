//! Values of an incident: what placeholders are asked and filled with, and what a run's reply gives names to.

use crate::actions;
use crate::domain::answer::{AnswerKind, Answers};
use crate::domain::fact::Fact;
use crate::domain::io::{IoReply, IoRequest};
use crate::domain::runbook::{Placeholder, Step, StepCommand, StepRef, names_secret};
use crate::domain::terms::Terms;
use crate::domain::time::{Timestamp, short};
use crate::panes;
use crate::state::{
    Asking, Choice, Comes, Dialog, Model, Picking, Prompt, Reads, Run, answer_name, reads, same_name,
};

use super::{Out, action, choices, say_no};

/// What `wanted` of `step` reads, and after it what is checked before it and what takes it back, each thing once.
pub fn read_by(model: &Model, step: &Step, wanted: &StepCommand) -> Vec<Reads> {
    let mut all = reads(&model.plan, &model.watch, step, wanted);
    for aside in [&wanted.asides.check, &wanted.asides.undo].into_iter().flatten() {
        for read in reads(&model.plan, &model.watch, step, aside) {
            if !all.iter().any(|known| known.hole.token == read.hole.token) {
                all.push(read);
            }
        }
    }
    all
}

/// What was `filled` in, and what was captured for the variables among `all`.
pub fn answers(all: &[Reads], filled: &Answers) -> Answers {
    let mut answers = filled.clone();
    for read in all {
        if let Comes::Captured(value) = &read.comes {
            answers.values.entry(read.hole.token.clone()).or_insert_with(|| value.value.clone());
        }
    }
    answers
}

/// Asks for what `wanted` reads, with what is known of it to pick from.
pub fn ask(
    model: &mut Model,
    now: Timestamp,
    step: &StepRef,
    command: usize,
    wanted: &Reads,
    filled: Answers,
) {
    let Some(known) = model.plan.step(step) else { return };
    let Some(text) = known.commands.get(command).map(|command| command.text.as_str()) else { return };
    let choices = choices::choices(model, now, known, text, wanted);
    // What was just said of the same name, else what was said or captured before.
    let just = known.commands.get(command).and_then(|command| {
        let all = read_by(model, known, command);
        let same = |read: &&Reads| same_name(&read.hole.name) == same_name(&wanted.hole.name);
        all.iter().filter(same).find_map(|read| filled.values.get(&read.hole.token).cloned())
    });
    let before = match &wanted.comes {
        _ if just.is_some() => just,
        _ if wanted.kind == AnswerKind::Secret => model.ui.references.get(&wanted.hole.token).cloned(),
        Comes::Asked(Some(value)) => Some(value.value.clone()),
        Comes::Asked(None) | Comes::AskedThoughSet | Comes::Captured(_) | Comes::Set | Comes::Missing => None,
    };
    // A value with several lines does not fit in a field: it is among the choices.
    let before = before.filter(|value| !value.contains('\n')).unwrap_or_default();
    let cursor = (wanted.comes == Comes::AskedThoughSet && before.is_empty()).then_some(0);
    let hole = wanted.hole.clone();
    model.ui.dialog = Some(Dialog::Prompt(Prompt {
        asking: Asking::Fill { step: step.clone(), command, hole, filled: Box::new(filled) },
        input: tui_input::Input::new(before),
        problem: None,
        picking: Box::new(Picking { choices, cursor, narrowed: false }),
    }));
}

/// Takes what was picked, or typed, for a placeholder; an error says why it will not do.
pub fn answered(
    model: &mut Model,
    now: Timestamp,
    (step, command): (&StepRef, usize),
    hole: Placeholder,
    mut filled: Answers,
    answer: &Choice,
    out: &mut Out,
) -> Result<(), String> {
    let Some(known) = model.plan.step(step) else {
        return Err("that step is no longer in the runbook".into());
    };
    let Some(wanted) = known.commands.get(command) else { return Err("that command is gone".into()) };
    if let Some(name) = &answer.set {
        filled.set.insert(hole.token, name.clone());
        action::fill(model, now, step, command, filled, out);
        return Ok(());
    }
    let text = answer.text.as_str();
    let (known, wanted) = (known.clone(), wanted.clone());
    taken(model, &known, &wanted, &hole, text, out)?;
    filled.values.insert(hole.token, text.to_owned());
    action::fill(model, now, step, command, filled, out);
    Ok(())
}

/// Looks at what was said for a placeholder, and remembers it for the incident.
pub fn taken(
    model: &mut Model,
    known: &Step,
    wanted: &StepCommand,
    hole: &Placeholder,
    text: &str,
    out: &mut Out,
) -> Result<(), String> {
    if text.is_empty() {
        let or = if hole.token.is_empty() { "" } else { ": type one, or pick one with ↓" };
        return Err(format!("{} needs a value{or}", hole.token));
    }
    let all = read_by(model, known, wanted);
    let kind = all.iter().find(|read| read.hole == *hole).map_or(AnswerKind::Text, |read| read.kind.clone());
    kind.check(text)?;
    actions::handed_over(hole, text)?;
    if kind == AnswerKind::Secret || names_secret(&hole.name) {
        model.ui.references.insert(hole.token.clone(), text.to_owned());
    } else {
        let name = answer_name(hole, known);
        let by = model.plan.environment.operator.clone();
        if model.watch.filled(&name).is_none_or(|before| before.value != text) {
            out.fact(Fact::Filled { name, value: text.to_owned(), by });
        }
    }
    Ok(())
}

/// What a confirmation says of a command besides its request: what it reads from the environment, what it is held to,
/// how long it may take.
pub fn notes(all: &[Reads], terms: &Terms, request: &IoRequest) -> Vec<String> {
    let mut lines: Vec<String> = all
        .iter()
        .filter(|read| matches!(read.comes, Comes::Set | Comes::Missing))
        .map(Reads::words)
        .collect();
    lines.extend(terms.lines());
    if !terms.hands_over {
        lines.push(format!("It is stopped after {}.", short(request.timeout())));
    }
    lines
}

/// Gives names to what the file of `run` wants of its good `reply`.
pub fn capture(model: &mut Model, now: Timestamp, run: &Run, reply: &IoReply, out: &mut Out) {
    for wanted in &run.terms.capture {
        let name = wanted.name.clone();
        out.fact(match actions::captured(wanted, reply) {
            Ok(value) => Fact::Captured { run: run.id.clone(), name, value },
            Err(why) => {
                say_no(model, now, format!("{}: {name} was not captured: {why}", run.id));
                Fact::NotCaptured { run: run.id.clone(), name, why }
            }
        });
    }
}

/// Gives names to what `reply` has under the code spans of the steps around the one that `run` was asked from: what a
/// later step asks to be confirmed stands beside it.
pub fn mention(model: &Model, run: &Run, reply: &IoReply, out: &mut Out) {
    let Some(phase) = run.step.as_ref().and_then(|step| model.plan.phase(step)) else { return };
    let mut names: Vec<&String> = phase.steps.iter().flat_map(|step| &step.codes).collect();
    names.retain(|name| !run.terms.capture.iter().any(|known| same_name(&known.name) == same_name(name)));
    names.sort();
    names.dedup();
    for name in names {
        if let Some(value) = actions::mentioned(name, reply) {
            out.fact(Fact::Captured { run: run.id.clone(), name: name.clone(), value });
        }
    }
}

/// Shows the values of the incident, and what the step under the cursor reads.
pub fn show(model: &mut Model, now: Timestamp) {
    if model.ui.step.is_none() {
        say_no(model, now, "no step is selected");
        return;
    }
    let lines = panes::values::lines(model);
    model.ui.dialog = Some(Dialog::Read { title: "Values".into(), lines, scroll: 0 });
}
