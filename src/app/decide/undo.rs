//! Taking back what was done: last first, exactly as it was kept with the run.

use crate::actions;
use crate::domain::action::{Action, ActionKind, Purpose, Risk};
use crate::domain::answer::Answers;
use crate::domain::fact::Fact;
use crate::domain::ids::RunId;
use crate::domain::requests::Ground;
use crate::domain::runbook::StepCommand;
use crate::domain::terms::Terms;
use crate::domain::text;
use crate::domain::time::Timestamp;
use crate::domain::undo::{Ties, Undo};
use crate::panes;
use crate::state::{Asking, Dialog, DueKey, Focus, Model, Position};

use super::permit::{self, Asked};
use super::{Out, action, dialog, recordable, reply, say, say_no};

/// What typing confirms an undo that cannot be undone itself.
const TARGET: &str = "undo";

/// What takes back one of `action`'s requests: what was switched on is switched off.
pub fn of_action(action: &Action, purpose: Purpose) -> Option<Box<Undo>> {
    match (&action.kind, purpose) {
        (ActionKind::Toggle(toggle), Purpose::On) => Some(Box::new(Undo {
            title: format!("{}: {}", action.id, Purpose::Off.word()),
            purpose: Purpose::Off,
            risk: action.risk.max(Risk::Change),
            request: toggle.off.clone(),
        })),
        (ActionKind::Toggle(_), Purpose::Do | Purpose::Off | Purpose::Read)
        | (ActionKind::Once(_) | ActionKind::Open(_) | ActionKind::Shell(_), _) => None,
    }
}

/// What takes back a command of a runbook, with the values that it was given.
pub fn of_command(undo: &StepCommand, answers: &Answers, ground: Ground<'_>) -> Result<Box<Undo>, String> {
    let request = actions::aside(undo, answers, ground)
        .map_err(|error| format!("its undo cannot run, so it does not either: {error}"))?;
    Ok(Box::new(Undo {
        title: text::clean(undo.text.lines().next().unwrap_or_default()).into_owned(),
        purpose: Purpose::Do,
        risk: actions::risk_of(undo).max(Risk::Change),
        request,
    }))
}

/// Asks to take back the run that is looked at; where none is, the last that can be.
pub fn ask(model: &mut Model, now: Timestamp) {
    if let Some(why) = permit::refusal(model, Risk::Change) {
        say_no(model, now, why);
        return;
    }
    let wanted = looked_at(model, now).or_else(|| model.watch.undo_stack().last().map(|run| run.id.clone()));
    let Some(wanted) = wanted else {
        say_no(model, now, "nothing can be undone: no run of this incident that ended well has an undo");
        return;
    };
    if let Some(why) = model.watch.undo_refusal(&wanted) {
        refuse(model, now, &wanted, why);
        return;
    }
    let Some(run) = model.watch.run(&wanted).cloned() else { return };
    let Some(undo) = run.undo else { return };
    let asked = Asked {
        action: run.action,
        title: undo.title.clone(),
        purpose: undo.purpose,
        risk: undo.risk,
        request: undo.request,
        target: TARGET.into(),
        step: run.step,
        command: None,
        terms: Terms::default(),
        // It was looked at with what it takes back, and is asked exactly as it was kept.
        block: None,
        ties: Ties { undoes: Some(wanted), ..Ties::default() },
        by_name: false,
    };
    model.ui.dialog = Some(Dialog::Confirm(Box::new(action::confirm(model, asked, Position::None, false))));
}

/// Whether `asked` is to the letter what was kept with the run that it takes back. That stood in the block that was
/// looked at then, whatever the file says now.
pub fn is_kept(model: &Model, asked: &Asked) -> bool {
    let run = asked.ties.undoes.as_ref().and_then(|run| model.watch.run(run));
    run.and_then(|run| run.undo.as_ref()).is_some_and(|kept| {
        kept.request == asked.request && kept.purpose == asked.purpose && kept.risk == asked.risk
    })
}

/// The run in the dialog, or under the cursor of the due pane.
fn looked_at(model: &Model, now: Timestamp) -> Option<RunId> {
    let in_dialog = matches!(model.ui.dialog, Some(Dialog::Output { .. }));
    if in_dialog || model.ui.focus == Focus::Due { reply::looked_at(model, now) } else { None }
}

/// Says why `wanted` is not undone, and what would be.
fn refuse(model: &mut Model, now: Timestamp, wanted: &RunId, why: String) {
    let mut stack = panes::undo::lines(model);
    if stack.is_empty() && model.ui.dialog.is_none() {
        say_no(model, now, why);
        return;
    }
    let mut lines = vec![why, String::new()];
    if !stack.is_empty() {
        lines.push("What can be undone, first to last:".into());
        lines.append(&mut stack);
    }
    model.ui.dialog = Some(Dialog::Read { title: format!("Undo {wanted}"), lines, scroll: 0 });
}

/// Asks why what would be undone next is left as it is.
pub fn ask_to_keep(model: &mut Model, now: Timestamp) -> bool {
    let chosen = panes::due::selected(model, now).filter(|_| model.ui.focus == Focus::Due);
    let Some(DueKey::Undo(run)) = chosen else { return false };
    if recordable(model, now) {
        dialog::prompt(model, Asking::KeepRun(run), "");
    }
    true
}

/// Takes why `run` is not to be undone.
pub fn kept(
    model: &mut Model,
    now: Timestamp,
    run: RunId,
    reason: String,
    out: &mut Out,
) -> Result<(), String> {
    if let Some(why) = model.watch.undo_refusal(&run) {
        return Err(why);
    }
    let by = model.plan.environment.operator.clone();
    say(model, now, format!("{run} stays as it is"));
    out.fact(Fact::UndoWaived { run, by, reason });
    Ok(())
}
