//! A sequence that is asked for without a screen: what changes something is agreed to by name, and what is not named,
//! not filled in or not looked at is said before the first command leaves.

use std::collections::BTreeMap;

use crate::domain::action::Risk;
use crate::domain::gates::{Link, sequence};
use crate::domain::runbook::{Runbook, StepRef};
use crate::domain::time::Timestamp;
use crate::state::{Choice, Comes, GateKind, GatesConsent, GatesDialog, Model, Standing};

use super::super::{Out, look as looked_at, say, say_no, values};
use super::{held, key, look, started};

/// The sequence that `step` stands in as it would run, with what was `said` for placeholders, by token. Unless it is
/// to `resume`, what ended well before runs again. `None` where there are not two commands to follow one another.
pub fn sequence_named(
    model: &Model,
    now: Timestamp,
    step: &StepRef,
    said: &BTreeMap<String, String>,
    resume: bool,
) -> Option<GatesDialog> {
    let runbook = model.plan.runbook(&step.runbook)?;
    let mut gates = look(model, now, step, choices(model, runbook, step, said), false)?;
    let ended = |standing: Standing<'_>| matches!(standing, Standing::Done(_) | Standing::Marked(_));
    let counted = || gates.gates.iter().filter(|gate| gate.is_counted());
    gates.fresh = !resume && counted().any(|gate| ended(gate.standing(&model.watch, false)));
    Some(gates)
}

/// What stands for the placeholders: what was said, and for what is set in the environment and asked for all the same,
/// what is set.
fn choices(
    model: &Model,
    runbook: &Runbook,
    step: &StepRef,
    said: &BTreeMap<String, String>,
) -> BTreeMap<(Option<usize>, String), Choice> {
    let mut choices: BTreeMap<_, _> =
        said.iter().map(|(token, text)| ((None, token.clone()), Choice::of(text, ""))).collect();
    for (at, Link { step, command }) in sequence(runbook, &step.step).into_iter().enumerate() {
        let Some(command) = command.and_then(|place| step.commands.get(place)) else { continue };
        for read in values::read_by(model, step, command) {
            if read.comes == Comes::AskedThoughSet {
                choices.entry(key(at, &read.hole)).or_insert_with(|| Choice::as_set(&read.hole.name));
            }
        }
    }
    choices
}

/// Begins the sequence that `step` stands in, or says why not: `yes` are the names of what may change something.
pub fn ask_named(
    model: &mut Model,
    now: Timestamp,
    step: &StepRef,
    said: &BTreeMap<String, String>,
    resume: bool,
    yes: Vec<String>,
    out: &mut Out,
) {
    let Some(gates) = sequence_named(model, now, step, said, resume) else {
        say_no(model, now, "there are no two commands here to follow one another");
        return;
    };
    let before = out.facts.len();
    let begun = ready(model, &gates, &yes)
        .and_then(|()| remember(model, &gates, said, out))
        .and_then(|()| started(model, now, &gates, false, GatesConsent::Named(yes), out));
    match begun {
        Ok(going) => {
            say(model, now, format!("{} {}: {} requested", going.id, going.title, going.run));
            model.feed.gates = Some(going);
        }
        Err(why) => {
            out.facts.truncate(before);
            say_no(model, now, why);
        }
    }
}

/// Whether all that would run now may, as far as that is known before any of it does.
fn ready(model: &Model, gates: &GatesDialog, yes: &[String]) -> Result<(), String> {
    let mut unnamed: Vec<&str> = Vec::new();
    for at in gates.ahead(&model.watch).0 {
        let gate = &gates.gates[at];
        match &gate.kind {
            GateKind::Wants(..) => return Err(held(model, gate)),
            GateKind::Runs(request) => {
                if let Some(why) = request.block.as_ref().and_then(|block| looked_at::refusal(model, block)) {
                    return Err(why);
                }
                let name = request.action.as_str();
                let is_named = request.risk == Risk::Read || yes.iter().any(|known| known == name);
                if !is_named && !unnamed.contains(&name) {
                    unnamed.push(name);
                }
            }
            GateKind::Holds(_) | GateKind::Excluded => {}
        }
    }
    match &unnamed[..] {
        [] => Ok(()),
        [name] => Err(format!("{name} changes something: it runs only when it is named")),
        names => Err(format!("{} change something: they run only when each is named", names.join(", "))),
    }
}

/// Looks at what was said for placeholders, and remembers it for the incident.
fn remember(
    model: &mut Model,
    gates: &GatesDialog,
    said: &BTreeMap<String, String>,
    out: &mut Out,
) -> Result<(), String> {
    let mut known: Vec<String> = Vec::new();
    for gate in gates.gates.iter().filter(|gate| gate.is_counted()) {
        let Some(step) = model.plan.step(&gate.step).cloned() else { continue };
        let Some(command) = step.commands.get(gate.place).cloned() else { continue };
        for read in values::read_by(model, &step, &command) {
            let Some(text) = said.get(&read.hole.token).filter(|_| !known.contains(&read.hole.token)) else {
                continue;
            };
            known.push(read.hole.token.clone());
            values::taken(model, &step, &command, &read.hole, text, out)?;
        }
    }
    Ok(())
}
