//! Looking at what may run: a runbook's commands and, before anything else, a whole configuration. What
//! was read to its end is accepted by a key, and only that very text.

use std::collections::BTreeSet;

use crate::domain::fact::Fact;
use crate::domain::ids::RunbookId;
use crate::domain::looked::{Block, BlockRef, LookLine, SeenBlock, blocks, compared};
use crate::domain::press::Press;
use crate::domain::runbook::StepRef;
use crate::domain::time::Timestamp;
use crate::panes;
use crate::state::{Dialog, LookAt, Looking, Model};

use super::{Effect, Out, recordable, say, say_no, step};

/// Shows what a command of `step` is where nobody has looked at it; whether it did, and so nothing else
/// is to come of the key.
pub fn first(model: &mut Model, now: Timestamp, step: &StepRef, command: usize) -> bool {
    let Some(known) = model.plan.step(step) else { return false };
    let Some(wanted) = known.commands.get(command) else { return false };
    let (block, text) = (Block::of(known, wanted), known.text.clone());
    if model.looked.holds(&step.runbook, &block.hash) {
        return false;
    }
    if !recordable(model, now) {
        return true;
    }
    let mut lines = vec![LookLine::Heading(text), LookLine::Text(String::new())];
    lines.extend(about(model, &step.runbook, &block));
    let looking =
        Looking::Blocks { runbook: step.runbook.clone(), step: Some(step.clone()), blocks: vec![block] };
    open(model, "Not looked at yet", lines, looking);
    true
}

/// Shows every command of the runbook that nobody has looked at.
pub fn runbook(model: &mut Model, now: Timestamp) {
    let Some(runbook) = step::current(model) else {
        say_no(model, now, "no runbook is loaded");
        return;
    };
    let id = runbook.id.clone();
    let mut seen = BTreeSet::new();
    let unseen: Vec<Block> = blocks(runbook)
        .into_iter()
        .filter(|block| !model.looked.holds(&id, &block.hash) && seen.insert(block.hash.clone()))
        .collect();
    if unseen.is_empty() {
        say(model, now, format!("everything that {id} can run was looked at"));
        return;
    }
    if !recordable(model, now) {
        return;
    }
    let count = unseen.len();
    let words = if count == 1 { "command that was" } else { "commands that were" };
    let mut lines = vec![LookLine::Heading(format!("{id}: {count} {words} not looked at"))];
    for block in &unseen {
        let step = StepRef { runbook: id.clone(), step: block.step.clone() };
        let text = model.plan.step(&step).map_or_else(String::new, |step| step.text.clone());
        lines.push(LookLine::Text(String::new()));
        lines.push(LookLine::Heading(format!(":{} {text}", block.line)));
        lines.extend(about(model, &id, block));
    }
    open(model, "What may run", lines, Looking::Blocks { runbook: id, step: None, blocks: unseen });
}

/// What there is to read of a block: what became of it since it was last looked at, or all of it.
fn about(model: &Model, runbook: &RunbookId, block: &Block) -> Vec<LookLine> {
    match model.looked.before(runbook, block) {
        Some(seen) => {
            let who = format!("Changed since {} looked at it, {}:", seen.by, seen.at.rfc3339());
            let mut lines = vec![LookLine::Text(who)];
            lines.extend(compared(&seen.block.lines, &block.lines));
            lines
        }
        None => {
            let mut lines = vec![LookLine::Text("Nobody has looked at it here:".to_owned())];
            lines.extend(block.lines.iter().cloned().map(LookLine::Code));
            lines
        }
    }
}

fn open(model: &mut Model, title: &str, lines: Vec<LookLine>, looking: Looking) {
    let dialog = LookAt { title: title.to_owned(), lines, looking, scroll: 0, problem: None };
    model.ui.dialog = Some(Dialog::Look(Box::new(dialog)));
}

/// A key was pressed while something is looked at.
pub fn press(model: &mut Model, now: Timestamp, press: Press, out: &mut Out) {
    let unseen = panes::dialog::unseen(model, now);
    let rows = panes::dialog::rows(model, now).max(1);
    let Some(Dialog::Look(look)) = &mut model.ui.dialog else { return };
    look.problem = None;
    match press {
        Press::Up => look.scroll = look.scroll.saturating_sub(1),
        Press::Down => look.scroll += usize::from(unseen > 0),
        Press::PageUp => look.scroll = look.scroll.saturating_sub(rows),
        // Never further than what was on screen: nothing is passed unseen.
        Press::PageDown | Press::Char(' ') => look.scroll += unseen.min(rows),
        Press::Char('y') if unseen > 0 => look.problem = Some("read to the end first: ↓ or space".into()),
        Press::Char('y') => accepted(model, now, out),
        Press::Enter => look.problem = Some("Enter never accepts: y does".into()),
        Press::Esc | Press::Char('n' | 'q') => refused(model, now, out),
        _ => {}
    }
    if unseen == 0 && matches!(&model.ui.dialog, Some(Dialog::Look(look)) if look.problem.is_some()) {
        // Why not stands under the text: it is on screen, and so is what was read before.
        let bottom = panes::dialog::overflow(model, now);
        if let Some(Dialog::Look(look)) = &mut model.ui.dialog {
            look.scroll = bottom;
        }
    }
}

/// It was read to its end, and may run from now on. Nothing runs by it: the key that asked asks again,
/// so that a key held down is never both the look and the confirmation.
fn accepted(model: &mut Model, now: Timestamp, out: &mut Out) {
    let Some(Dialog::Look(look)) = model.ui.dialog.take() else { return };
    match look.looking {
        Looking::Configuration => {
            model.looked.agreed = true;
            out.effect(Effect::Quit);
        }
        Looking::Blocks { runbook, step, blocks } => {
            let by = model.plan.environment.operator.clone();
            let what = match (&step, blocks.len()) {
                (Some(_), _) | (None, 1) => {
                    let line = blocks.first().map_or(0, |block| block.line);
                    format!("{runbook}:{line}")
                }
                (None, count) => format!("{count} commands of {runbook}"),
            };
            let hash = match (&blocks[..], model.plan.runbook(&runbook)) {
                ([block], _) => block.hash.to_string(),
                (_, Some(runbook)) => runbook.hash.clone(),
                (_, None) => String::new(),
            };
            out.fact(Fact::LookedAt { what: what.clone(), hash, by: by.clone() });
            let seen: Vec<SeenBlock> =
                blocks.into_iter().map(|block| SeenBlock { block, at: now, by: by.clone() }).collect();
            model.looked.add(&runbook, seen.iter().cloned());
            out.effect(Effect::KeepLook { runbook, seen });
            say(model, now, format!("{what}: looked at, and may run when asked for"));
        }
    }
}

fn refused(model: &mut Model, now: Timestamp, out: &mut Out) {
    let Some(Dialog::Look(look)) = model.ui.dialog.take() else { return };
    match look.looking {
        Looking::Configuration => out.effect(Effect::Quit),
        Looking::Blocks { .. } => say(model, now, "not accepted: nothing of it runs"),
    }
}

/// Why what stands in a runbook does not run, if nobody has looked at it.
pub fn refusal(model: &Model, block: &BlockRef) -> Option<String> {
    if model.looked.holds(&block.runbook, &block.hash) {
        return None;
    }
    let runbook = &block.runbook;
    Some(format!("{runbook}: nobody has looked at this command here: L shows it, as `midwatch look` does"))
}
