//! Keys of a sequence that is on screen.

use std::collections::BTreeMap;

use crate::domain::action::Risk;
use crate::domain::fact::Fact;
use crate::domain::ids::RunId;
use crate::domain::press::Press;
use crate::domain::time::Timestamp;
use crate::panes;
use crate::state::{Asking, Dialog, Model, Run};

use super::super::{Effect, Out, action, dialog, permit, recordable, say};
use super::follow::{settle, stopped};
use super::{begin, fill, look, problem};

/// A key was pressed while a sequence is on screen.
pub fn press(model: &mut Model, now: Timestamp, press: Press, out: &mut Out) {
    let unseen = panes::dialog::unseen(model, now);
    let rows = panes::dialog::rows(model, now).max(1);
    let Some(Dialog::Gates(gates)) = &mut model.ui.dialog else { return };
    gates.problem = None;
    match press {
        Press::Esc | Press::Char('q' | 'n') => model.ui.dialog = None,
        Press::Up => gates.scroll = gates.scroll.saturating_sub(1),
        Press::Down => gates.scroll += usize::from(unseen > 0),
        Press::PageUp => gates.scroll = gates.scroll.saturating_sub(rows),
        // Never further than what was on screen: nothing is passed unseen.
        Press::PageDown => gates.scroll += unseen.min(rows),
        other if model.feed.gates.is_some() => going(model, now, other, out),
        other => standing(model, now, other, unseen, out),
    }
    if unseen == 0 && matches!(&model.ui.dialog, Some(Dialog::Gates(gates)) if gates.problem.is_some()) {
        // Why not stands under the list: it is on screen, and so is what was seen before.
        let bottom = panes::dialog::overflow(model, now);
        if let Some(Dialog::Gates(gates)) = &mut model.ui.dialog {
            gates.scroll = bottom;
        }
    }
}

/// A sequence goes on: this one, or another.
fn going(model: &mut Model, now: Timestamp, press: Press, out: &mut Out) {
    let Some(run) = model.feed.gates.as_ref().map(|going| going.run.clone()) else { return };
    match press {
        Press::Char('X') => {
            stopped(model, &run);
            if model.feed.running.contains(&run) {
                model.feed.stopping.insert(run.clone());
                out.effect(Effect::Cancel(run.clone()));
            }
            say(model, now, format!("{run}: stopping, and nothing follows it"));
        }
        Press::Char('o') => model.ui.dialog = Some(Dialog::Output { run, back: 0 }),
        _ => {}
    }
}

/// Nothing goes on: what is on screen can be begun.
fn standing(model: &mut Model, now: Timestamp, press: Press, unseen: usize, out: &mut Out) {
    let Some(Dialog::Gates(gates)) = &model.ui.dialog else { return };
    let risk = gates.risk(&model.watch);
    let asked = gates.unseen(&model.watch).map(|(at, run)| (at, run.clone()));
    let refusal = permit::refusal(model, risk.unwrap_or(Risk::Read));
    let locked = permit::locked(model, now) && risk.is_some_and(|risk| risk != Risk::Read);
    let yes = gates.yes;
    match press {
        Press::Char('r') => anew(model, now),
        Press::Char('o') => output(model),
        Press::Char('A') if locked => action::arm(model, now, out),
        Press::Char('a' | 'd') | Press::Enter if refusal.is_some() => {
            problem(model, refusal.unwrap_or_default());
        }
        Press::Char(c) if c == yes && refusal.is_some() => problem(model, refusal.unwrap_or_default()),
        Press::Char('a') if asked.is_some() => begin(model, now, true, out),
        Press::Char('d') => {
            if let Some((at, run)) = asked {
                taken(model, now, at, &run, out);
            }
        }
        Press::Char('v') => {
            if let Some((_, run)) = asked.filter(|(_, run)| run.is_unknown()) {
                verify(model, now, run.id);
            }
        }
        Press::Enter if filling(model, now) => {}
        Press::Enter if risk == Some(Risk::Change) => {
            problem(model, format!("Enter never confirms: {yes} does"));
        }
        Press::Enter => begin(model, now, false, out),
        Press::Char(c) if c == yes => {
            if filling(model, now) {
            } else if unseen > 0 && risk != Some(Risk::Read) {
                problem(model, "read to the end first: ↓");
            } else {
                begin(model, now, false, out);
            }
        }
        _ => {}
    }
}

/// Asks for what is still to be filled in; whether there was something.
fn filling(model: &mut Model, now: Timestamp) -> bool {
    let Some(Dialog::Gates(gates)) = &model.ui.dialog else { return false };
    let gates = (**gates).clone();
    fill(model, now, &gates)
}

/// Whether what has ended well runs again: on, and off again.
fn anew(model: &mut Model, now: Timestamp) {
    let Some(Dialog::Gates(gates)) = &model.ui.dialog else { return };
    let values: BTreeMap<_, _> = gates.values.clone();
    if let Some(looked) = look(model, now, &gates.step, values, !gates.fresh) {
        model.ui.dialog = Some(Dialog::Gates(Box::new(looked)));
    }
}

/// Shows the newest output of what is on screen.
fn output(model: &mut Model) {
    let Some(Dialog::Gates(gates)) = &model.ui.dialog else { return };
    let of = |run: &&Run| {
        gates.gates.iter().any(|gate| run.step.as_ref() == Some(&gate.step) && run.command == gate.command)
    };
    let newest = model.watch.runs.iter().rev().filter(|run| run.command.is_some()).find(of);
    if let Some(run) = newest.map(|run| run.id.clone()) {
        model.ui.dialog = Some(Dialog::Output { run, back: 0 });
    } else {
        problem(model, "nothing of it has run yet");
    }
}

/// The operator says that a run nobody saw the end of ended well.
fn taken(model: &mut Model, now: Timestamp, at: usize, run: &Run, out: &mut Out) {
    if !recordable(model, now) {
        return;
    }
    let Some(Dialog::Gates(gates)) = &model.ui.dialog else { return };
    let gate = gates.gates[at].clone();
    let by = model.plan.environment.operator.clone();
    let detail = "it ended well".to_owned();
    out.fact(Fact::RunVerified { run: run.id.clone(), by: by.clone(), detail, well: true });
    settle(model, &by, &gate.step, gate.command.as_ref(), &run.id, out);
}

fn verify(model: &mut Model, now: Timestamp, run: RunId) {
    if recordable(model, now) {
        dialog::prompt(model, Asking::Verify(run), "");
    }
}
