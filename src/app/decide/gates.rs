//! Commands of a runbook that run one after the other: shown whole, begun, followed, stopped. Each is a run of its
//! own through the choke point; what has ended well does not run again unless that is asked for.

use std::collections::BTreeMap;

use crate::actions;
use crate::domain::action::Risk;
use crate::domain::answer::Answers;
use crate::domain::command::Command;
use crate::domain::fact::Fact;
use crate::domain::gates::{GateCommand, Link, sequence};
use crate::domain::ids::{GatesId, RunId};
use crate::domain::looked::Block;
use crate::domain::runbook::{Placeholder, StepRef, StepState};
use crate::domain::text::clean;
use crate::domain::time::Timestamp;
use crate::state::{
    Asking, Choice, Comes, Dialog, Gate, GateKind, GateRequest, GatesConsent, GatesDialog, Going, Model,
    Standing,
};

use super::permit::{self, Asked, Consent};
use super::{Out, action, approve, say, say_no, step, values};

mod follow;
mod named;
mod press;

pub use follow::{follow, interrupted, stopped};
pub use named::{ask_named, sequence_named};
pub use press::press;

/// Shows the sequence that the step under the cursor stands in: nothing runs yet.
pub fn ask(model: &mut Model, now: Timestamp, out: &mut Out) {
    let Some(step) = model.ui.step.clone() else {
        say_no(model, now, "no step is selected");
        return;
    };
    match look(model, now, &step, BTreeMap::new(), false) {
        // What nobody has looked at is looked at first, all of it at once.
        Some(gates) if gates.gates.iter().any(|gate| is_unseen(model, gate)) => {
            super::look::runbook(model, now)
        }
        Some(gates) => show(model, now, gates, out),
        None => say_no(model, now, "there are no two commands here to follow one another: ⏎ runs the step"),
    }
}

/// Whether nobody has looked at the command of `gate`.
fn is_unseen(model: &Model, gate: &Gate) -> bool {
    let known = model.plan.step(&gate.step).filter(|_| gate.command.is_some());
    let Some((known, wanted)) = known.and_then(|known| Some((known, known.commands.get(gate.place)?))) else {
        return false;
    };
    !model.looked.holds(&gate.step.runbook, &Block::of(known, wanted).hash)
}

/// The sequence that `step` stands in, with `values` for placeholders.
fn look(
    model: &Model,
    now: Timestamp,
    step: &StepRef,
    values: BTreeMap<(Option<usize>, String), Choice>,
    fresh: bool,
) -> Option<GatesDialog> {
    let runbook = model.plan.runbook(&step.runbook)?;
    let links = sequence(runbook, &step.step);
    let first = links.first()?;
    let phase =
        runbook.phases.iter().find(|phase| phase.steps.iter().any(|known| known.id == first.step.id))?;
    let gates =
        links.iter().enumerate().map(|(at, link)| gate(model, now, step, at, link, &values)).collect();
    let asks = |binding: &&crate::domain::command::Binding| binding.command == Command::RunSequence;
    let by_y = model.plan.bindings.iter().filter(asks).any(|binding| binding.chord.ends_with('y'));
    Some(GatesDialog {
        step: step.clone(),
        title: phase.title.clone(),
        gates,
        values,
        fresh,
        yes: if by_y { 'Y' } else { 'y' },
        scroll: 0,
        problem: None,
    })
}

/// What becomes of one link.
fn gate(
    model: &Model,
    now: Timestamp,
    from: &StepRef,
    at: usize,
    link: &Link<'_>,
    values: &BTreeMap<(Option<usize>, String), Choice>,
) -> Gate {
    let step = StepRef { runbook: from.runbook.clone(), step: link.step.id.clone() };
    let Some(place) = link.command else {
        return Gate {
            step,
            said: link.step.text.clone(),
            line: link.step.line,
            text: link.step.text.clone(),
            command: None,
            place: 0,
            kind: GateKind::Holds("it is done by hand: tick it".into()),
        };
    };
    let command = &link.step.commands[place];
    let rules = command.rules_in(link.step);
    let risk = actions::risk_under(command, &rules);
    let value = |hole: &Placeholder| values.get(&key(at, hole)).cloned();
    let mut filled = Answers::default();
    let mut missing = Vec::new();
    for read in values::read_by(model, link.step, command) {
        match (value(&read.hole), &read.comes) {
            (Some(Choice { set: Some(name), .. }), _) => drop(filled.set.insert(read.hole.token, name)),
            (Some(Choice { text, .. }), _) => drop(filled.values.insert(read.hole.token, text)),
            (None, Comes::Asked(_) | Comes::AskedThoughSet) => missing.push(read.hole),
            (None, Comes::Captured(_) | Comes::Set | Comes::Missing) => {}
        }
    }
    let alone = "it is asked on its own: ⏎ in the runbook";
    let kind = if rules.exclude_from_run_all {
        GateKind::Excluded
    } else if risk == Risk::Destroy {
        GateKind::Holds(format!("it cannot be undone, so {alone}"))
    } else if rules.interactive {
        GateKind::Holds(format!("it wants the terminal, so {alone}"))
    } else if rules.check.is_some() {
        GateKind::Holds(format!("it is checked first, so {alone}"))
    } else if let Some(why) = approve::refusal(model, &step, risk) {
        GateKind::Holds(why)
    } else if missing.is_empty() {
        match action::of_step(model, now, &step, place, &filled) {
            Ok(asked) => GateKind::Runs(Box::new(GateRequest {
                action: asked.action,
                title: asked.title,
                risk: asked.risk,
                request: asked.request,
                terms: asked.terms,
                block: asked.block,
                ties: asked.ties,
            })),
            Err(why) => GateKind::Holds(why),
        }
    } else {
        GateKind::Wants(risk, missing)
    };
    Gate {
        step,
        said: link.step.text.clone(),
        line: command.line,
        text: command.text.clone(),
        command: link.step.command_id(place),
        place,
        kind,
    }
}

/// Under what the value of `hole` in the link at `at` is kept: `...` means something else in every command.
fn key(at: usize, hole: &Placeholder) -> (Option<usize>, String) {
    let named = hole.token.chars().any(char::is_alphanumeric);
    ((!named).then_some(at), hole.token.clone())
}

/// Asks for the next placeholder of what would run now, or shows the whole.
fn show(model: &mut Model, now: Timestamp, gates: GatesDialog, _: &mut Out) {
    // A refusal is said where it is asked for, not after everything has been filled in.
    if let Some(why) = gates.risk(&model.watch).and_then(|risk| permit::refusal(model, risk)) {
        say_no(model, now, why);
    }
    model.ui.dialog = Some(Dialog::Gates(Box::new(gates)));
}

/// Asks for the first placeholder that is still missing; whether there is one.
fn fill(model: &mut Model, now: Timestamp, gates: &GatesDialog) -> bool {
    let missing = gates.ahead(&model.watch).0.into_iter().find_map(|at| match &gates.gates[at].kind {
        GateKind::Wants(_, holes) => holes.first().map(|hole| (at, hole.clone())),
        GateKind::Runs(_) | GateKind::Holds(_) | GateKind::Excluded => None,
    });
    let Some((gate, hole)) = missing else { return false };
    let (step, place) = (gates.gates[gate].step.clone(), gates.gates[gate].place);
    let Some(command) = model.plan.step(&step).and_then(|known| known.commands.get(place)) else {
        return false;
    };
    let Some(known) = model.plan.step(&step) else { return false };
    let all = values::read_by(model, known, command);
    let Some(wanted) = all.into_iter().find(|read| read.hole == hole) else { return false };
    values::ask(model, now, &step, place, &wanted, Answers::default());
    if let Some(Dialog::Prompt(prompt)) = &mut model.ui.dialog {
        prompt.asking = Asking::FillGate { gates: Box::new(gates.clone()), gate, hole };
    }
    true
}

/// Takes what was said for a placeholder, and asks for the next or shows the whole; an error says why it will not do.
pub fn filled(
    model: &mut Model,
    now: Timestamp,
    gates: GatesDialog,
    gate: usize,
    hole: &Placeholder,
    said: &Choice,
    out: &mut Out,
) -> Result<(), String> {
    let of = &gates.gates[gate];
    let known = model.plan.step(&of.step).cloned().ok_or("that step is no longer in the runbook")?;
    let wanted = known.commands.get(of.place).cloned().ok_or("that command is no longer in the runbook")?;
    if said.set.is_none() {
        values::taken(model, &known, &wanted, hole, &said.text, out)?;
    }
    let mut filled = gates.values;
    filled.insert(key(gate, hole), said.clone());
    let looked =
        look(model, now, &gates.step, filled, gates.fresh).ok_or("that step is no longer in the runbook")?;
    if !fill(model, now, &looked) {
        model.ui.dialog = Some(Dialog::Gates(Box::new(looked)));
    }
    Ok(())
}

/// Begins what is on screen: anew where that was asked for, else with the first that has not ended well. `again`
/// is that what nobody saw the end of runs once more.
fn begin(model: &mut Model, now: Timestamp, again: bool, out: &mut Out) {
    let Some(Dialog::Gates(gates)) = &model.ui.dialog else { return };
    let gates = (**gates).clone();
    let before = out.facts.len();
    match started(model, now, &gates, again, GatesConsent::Key, out) {
        Ok(going) => {
            say(model, now, format!("{} {}: {} requested", going.id, going.title, going.run));
            model.feed.gates = Some(going);
            if let Some(Dialog::Gates(open)) = &mut model.ui.dialog {
                open.fresh = false;
                open.problem = None;
                open.scroll = 0;
            }
        }
        Err(why) => {
            out.facts.truncate(before);
            problem(model, why);
        }
    }
}

fn problem(model: &mut Model, why: impl Into<String>) {
    if let Some(Dialog::Gates(open)) = &mut model.ui.dialog {
        open.problem = Some(why.into());
    }
}

/// The facts that begin `gates`, the first run among them.
fn started(
    model: &Model,
    now: Timestamp,
    gates: &GatesDialog,
    again: bool,
    consent: GatesConsent,
    out: &mut Out,
) -> Result<Going, String> {
    if let Some(going) = &model.feed.gates {
        return Err(format!("{} still goes on: X stops it", going.id));
    }
    let (ahead, hold) = gates.ahead(&model.watch);
    let at = match (ahead.first(), gates.unseen(&model.watch)) {
        (Some(first), _) => *first,
        (None, Some((at, _))) if again => at,
        (None, Some((_, run))) => {
            return Err(format!("{} may have ended well: say what became of it", run.id));
        }
        (None, None) => match hold {
            Some(hold) => return Err(held(model, &gates.gates[hold])),
            None => return Err("all of it is done: r runs it anew".into()),
        },
    };
    let id = GatesId::from(format!("G-{}", model.watch.gates.len() + 1));
    let (title, by) = (gates.title.clone(), model.plan.environment.operator.clone());
    if gates.fresh {
        reopen(model, gates, out);
    }
    let commands = gates.gates.iter().filter(|gate| gate.is_counted()).filter_map(recorded).collect();
    out.fact(Fact::GatesBegan { gates: id.clone(), title: title.clone(), commands, fresh: gates.fresh, by });
    let run = send(model, now, &gates.gates[at], &consent, out)?;
    Ok(Going { id, title, gates: gates.gates.clone(), at, run, consent, stopped: None })
}

fn recorded(gate: &Gate) -> Option<GateCommand> {
    Some(GateCommand {
        step: gate.step.clone(),
        line: gate.line,
        command: gate.command.clone()?,
        text: title(gate),
    })
}

/// The first line of what a link says.
fn title(gate: &Gate) -> String {
    clean(gate.text.lines().next().unwrap_or_default()).into_owned()
}

/// Why the sequence does not get past `gate`.
fn held(model: &Model, gate: &Gate) -> String {
    match (gate.standing(&model.watch, false), &gate.kind) {
        (Standing::Runs(run), _) => format!("{}: {} is still out", title(gate), run.id),
        (Standing::Unknown(run), _) => format!("{}: {} is unknown", title(gate), run.id),
        (_, GateKind::Holds(why)) => format!("{}: {why}", title(gate)),
        (_, GateKind::Wants(..)) => format!("{}: something is to be filled in", title(gate)),
        (_, GateKind::Runs(_) | GateKind::Excluded) => format!("{}: it has not run", title(gate)),
    }
}

/// What is begun anew is open again.
fn reopen(model: &Model, gates: &GatesDialog, out: &mut Out) {
    let mut seen: Vec<&StepRef> = Vec::new();
    for gate in gates.gates.iter().filter(|gate| gate.kind != GateKind::Excluded) {
        let marked = model.watch.mark(&gate.step).map(|mark| &mark.state);
        let counts = matches!(marked, Some(StepState::Done | StepState::Failed { .. }));
        if counts && !seen.contains(&&gate.step) {
            seen.push(&gate.step);
            let by = model.plan.environment.operator.clone();
            step::settle(model, &gate.step, StepState::Open, by, Vec::new(), out);
        }
    }
}

/// Lets the command of `gate` run. It was on screen, or named, when the operator agreed.
fn send(
    model: &Model,
    now: Timestamp,
    gate: &Gate,
    agreed: &GatesConsent,
    out: &mut Out,
) -> Result<RunId, String> {
    let GateKind::Runs(wanted) = &gate.kind else { return Err(held(model, gate)) };
    let wanted = (**wanted).clone();
    let consent = match (wanted.risk, agreed) {
        (Risk::Read, _) => Consent::None,
        (Risk::Change | Risk::Destroy, GatesConsent::Key) => Consent::Key,
        (Risk::Change | Risk::Destroy, GatesConsent::Named(names)) => names
            .iter()
            .find(|name| *name == wanted.action.as_str())
            .map_or(Consent::None, |name| Consent::Named(name)),
    };
    let mut asked = Asked::of_request(wanted.action, wanted.title, wanted.risk, wanted.request);
    asked.step = Some(gate.step.clone());
    asked.command.clone_from(&gate.command);
    asked.terms = wanted.terms;
    asked.block = wanted.block;
    asked.ties = wanted.ties;
    permit::request(model, now, asked, consent, out)
}
