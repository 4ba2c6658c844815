//! Dialogs: what is typed and answered in them.

use tui_input::{Input, InputRequest};

use crate::domain::action::Purpose;
use crate::domain::press::Press;
use crate::domain::runbook::StepState;
use crate::domain::step_rules::Need;
use crate::domain::text::{clean, is_hostile};
use crate::domain::time::Timestamp;
use crate::domain::window::Deed;
use crate::panes;
use crate::state::{Asking, Choice, Dialog, Model, Picking, Position, Prompt};

use super::{
    Out, action, approve, artifact, check, closing, command, comms, deadline, declare, duties, evidence,
    gates, go_live, incident, lead, look, motion, notebook, permit, recordable, reply, say, signal, step,
    undo, values,
};

/// Longest text a field takes, in characters.
const LONGEST: usize = 2_000;

/// Opens a field to type in over the view that is looked at: it comes back afterwards.
pub fn prompt_over(model: &mut Model, asking: Asking, text: &str) {
    let under = model.ui.dialog.take().filter(is_view).map(Box::new);
    prompt(model, asking, text);
    model.ui.under = under;
}

/// Whether a dialog is looked at and asks nothing: it can come back as it was.
fn is_view(dialog: &Dialog) -> bool {
    match dialog {
        Dialog::Output { .. }
        | Dialog::Detail { .. }
        | Dialog::Step { .. }
        | Dialog::Entry { .. }
        | Dialog::Timers { .. }
        | Dialog::Notebook { .. }
        | Dialog::Closing { .. }
        | Dialog::Incident
        | Dialog::Window { .. }
        | Dialog::Read { .. } => true,
        Dialog::Help { .. }
        | Dialog::Palette { .. }
        | Dialog::Prompt(_)
        | Dialog::Confirm(_)
        | Dialog::Look(_)
        | Dialog::Choose { .. }
        | Dialog::Operate { .. }
        | Dialog::Rollback { .. }
        | Dialog::Go { .. }
        | Dialog::Checking { .. }
        | Dialog::Failure { .. }
        | Dialog::Closed { .. }
        | Dialog::Channels { .. }
        | Dialog::Compose(_)
        | Dialog::Gates(_)
        | Dialog::Quit => false,
    }
}

/// The view that a line was typed over comes back, unless something else was opened meanwhile.
fn come_back(model: &mut Model) {
    let under = model.ui.under.take();
    if model.ui.dialog.is_none() {
        model.ui.dialog = under.map(|under| *under);
    }
}

/// Opens a field to type in, with `text` in it.
pub fn prompt(model: &mut Model, asking: Asking, text: &str) {
    model.ui.under = None;
    let input = Input::new(text.to_owned());
    let picking = Box::<Picking>::default();
    model.ui.dialog = Some(Dialog::Prompt(Prompt { asking, input, problem: None, picking }));
}

/// A key was pressed while a dialog takes keys as they are.
pub fn press(model: &mut Model, now: Timestamp, press: Press, out: &mut Out) {
    match &mut model.ui.dialog {
        Some(Dialog::Prompt(prompt)) => match press {
            Press::Enter => submit(model, now, out),
            Press::Esc => {
                model.ui.dialog = None;
                come_back(model);
            }
            other => {
                if !pick(prompt, other) {
                    let before = prompt.input.value().to_owned();
                    edit(&mut prompt.input, other);
                    if prompt.input.value() != before {
                        (prompt.picking.narrowed, prompt.picking.cursor) = (true, None);
                    }
                }
                prompt.problem = None;
            }
        },
        Some(Dialog::Palette { .. }) => palette(model, now, press, out),
        Some(Dialog::Confirm(_)) => confirm(model, now, press, out),
        Some(Dialog::Look(_)) => look::press(model, now, press, out),
        Some(Dialog::Closed { .. }) => {
            if matches!(press, Press::Esc | Press::Enter) {
                model.ui.dialog = None;
            }
        }
        Some(Dialog::Compose(_)) => comms::press(model, now, press),
        Some(Dialog::Gates(_)) => gates::press(model, now, press, out),
        Some(Dialog::Go { .. }) => go_live::press(model, now, press, out),
        Some(Dialog::Checking { .. }) => {
            if matches!(press, Press::Esc | Press::Char('n' | 'q')) {
                model.ui.dialog = None;
                model.ui.held = None;
                say(model, now, "not run");
            }
        }
        Some(Dialog::Quit) => match press {
            Press::Char('y' | 'Y') => {
                model.ui.dialog = None;
                command::leave(model, out);
            }
            Press::Esc | Press::Char('n' | 'N' | 'q') => model.ui.dialog = None,
            _ => {}
        },
        Some(
            Dialog::Help { .. }
            | Dialog::Choose { .. }
            | Dialog::Failure { .. }
            | Dialog::Output { .. }
            | Dialog::Detail { .. }
            | Dialog::Step { .. }
            | Dialog::Entry { .. }
            | Dialog::Operate { .. }
            | Dialog::Rollback { .. }
            | Dialog::Channels { .. }
            | Dialog::Timers { .. }
            | Dialog::Notebook { .. }
            | Dialog::Closing { .. }
            | Dialog::Window { .. }
            | Dialog::Incident
            | Dialog::Read { .. },
        )
        | None => {}
    }
}

/// Text was pasted: one clean line in the field that is open, and nothing else happens.
pub fn paste(model: &mut Model, text: &str) {
    let input = match &mut model.ui.dialog {
        Some(Dialog::Prompt(prompt)) => {
            (prompt.picking.narrowed, prompt.picking.cursor) = (true, None);
            &mut prompt.input
        }
        Some(Dialog::Palette { input, .. }) => input,
        Some(Dialog::Compose(composing)) => {
            comms::paste(composing, text);
            return;
        }
        // A pasted text never confirms anything.
        _ => return,
    };
    clean(text.trim_end()).chars().for_each(|c| insert(input, c));
}

fn insert(input: &mut Input, c: char) {
    // A keyboard, too, can send what turns a line round or cannot be seen.
    if !is_hostile(c) && input.value().chars().count() < LONGEST {
        input.handle(InputRequest::InsertChar(c));
    }
}

/// Edits `input` as `press` says.
fn edit(input: &mut Input, press: Press) {
    match (press, edits(press)) {
        (Press::Char(c), _) => insert(input, c),
        (_, Some(request)) => drop(input.handle(request)),
        (_, None) => {}
    }
}

/// What `press` changes in a field of one line, besides typing.
pub fn edits(press: Press) -> Option<InputRequest> {
    Some(match press {
        Press::Backspace => InputRequest::DeletePrevChar,
        Press::Delete => InputRequest::DeleteNextChar,
        Press::Left => InputRequest::GoToPrevChar,
        Press::Right => InputRequest::GoToNextChar,
        Press::Home => InputRequest::GoToStart,
        Press::End => InputRequest::GoToEnd,
        Press::DeleteWord => InputRequest::DeletePrevWord,
        Press::DeleteLine => InputRequest::DeleteLine,
        Press::Char(_)
        | Press::Enter
        | Press::Esc
        | Press::Tab
        | Press::BackTab
        | Press::Up
        | Press::Down
        | Press::PageUp
        | Press::PageDown => return None,
    })
}

/// Moves among what can be picked, or takes it into the field to be changed; whether `press` does that.
fn pick(prompt: &mut Prompt, press: Press) -> bool {
    if prompt.picking.choices.is_empty() {
        return false;
    }
    let typed = prompt.input.value().to_owned();
    match press {
        Press::Up => prompt.picking.walk(&typed, -1),
        Press::Down => prompt.picking.walk(&typed, 1),
        Press::PageUp => prompt.picking.walk(&typed, -5),
        Press::PageDown => prompt.picking.walk(&typed, 5),
        Press::Tab => {
            let shown = prompt.picking.shown(&typed);
            let only = shown.first().copied().filter(|_| shown.len() == 1);
            let taken = prompt.picking.picked(&typed).or(only).filter(|choice| choice.set.is_none());
            if let Some(text) = taken.map(|choice| clean(&choice.text).into_owned()) {
                prompt.input = Input::new(text);
                prompt.picking.cursor = None;
            }
        }
        _ => return false,
    }
    true
}

fn submit(model: &mut Model, now: Timestamp, out: &mut Out) {
    let Some(Dialog::Prompt(prompt)) = model.ui.dialog.take() else { return };
    let is_deed = !matches!(
        prompt.asking,
        Asking::Filter
            | Asking::Instant
            | Asking::Fill { .. }
            | Asking::FillGate { .. }
            | Asking::Answer { .. }
    );
    if is_deed && !recordable(model, now) {
        // What was typed is kept: it can be copied to where it is recorded.
        let problem = model.ui.said.as_ref().map(|(why, ..)| why.clone());
        model.ui.dialog = Some(Dialog::Prompt(Prompt { problem, ..prompt }));
        return;
    }
    let typed = prompt.input.value();
    let said = prompt.picking.picked(typed).cloned().unwrap_or_else(|| Choice::of(typed, ""));
    let under = model.ui.under.take();
    let answered = answer(model, now, prompt.asking.clone(), &said, out);
    // What was opened by the answer has its own.
    if model.ui.dialog.is_none() {
        model.ui.under = under;
    }
    match answered {
        Ok(()) => come_back(model),
        Err(problem) => {
            model.ui.dialog = Some(Dialog::Prompt(Prompt { problem: Some(problem), ..prompt }));
        }
    }
}

/// Takes what was typed; an error says why it will not do, and the field stays open.
fn answer(
    model: &mut Model,
    now: Timestamp,
    asking: Asking,
    said: &Choice,
    out: &mut Out,
) -> Result<(), String> {
    let text = said.text.as_str();
    let reason = || {
        let text = text.trim();
        if text.is_empty() { Err("a reason is needed".to_owned()) } else { Ok(text.to_owned()) }
    };
    match asking {
        Asking::Note => notebook::written(model, now, text, out)?,
        Asking::Settle(id, standing) => notebook::settled(model, now, id, standing, reason()?, out)?,
        Asking::CloseFollowUp(id, done) => notebook::closed(model, now, id, done, text, out)?,
        Asking::LeaveOpen(ids) => closing::left_open(model, now, &ids, &reason()?, out)?,
        Asking::FailStep(step) => {
            let state = StepState::Failed { reason: reason()? };
            step::mark(model, now, &step, state, out);
        }
        Asking::SkipStep(step) => {
            // What need not be done is left out without a reason, too.
            let advisory = model.plan.step(&step).is_some_and(|step| step.need() == Need::Advisory);
            let reason = if advisory { text.trim().to_owned() } else { reason()? };
            let state = StepState::Skipped { reason };
            step::mark(model, now, &step, state, out);
        }
        Asking::DoesNotApply(step) => {
            let why = Some(text.trim().to_owned()).filter(|why| !why.is_empty());
            let said = why.map_or(step::Said::Nothing, step::Said::Why);
            step::mark_with(model, now, &step, StepState::NotApplicable, Vec::new(), said, out);
        }
        Asking::TickAnyway { step, evidence, .. } => {
            evidence::ticked_anyway(model, now, &step, evidence, reason()?, out);
        }
        Asking::KeepFile(step) => artifact::named(model, now, step, text, out)?,
        Asking::Acknowledge(signal) => signal::acknowledged(model, now, signal, text, out)?,
        Asking::Silence(signal) => signal::silenced(model, now, signal, text, out)?,
        Asking::Filter => {
            text.trim().clone_into(&mut model.ui.filter);
            motion::keep_visible(model);
        }
        Asking::Instant => super::replay::named(model, text)?,
        Asking::Declare(signal) => declare::declare(model, now, text, signal, out)?,
        Asking::Role(incident, role) => lead::took(model, now, incident, role, text, out)?,
        Asking::Told(incident, level) => lead::told(model, now, incident, level, text, out)?,
        Asking::Mitigated(incident) => lead::mitigated(model, now, incident, text, out)?,
        Asking::Merge { incident, into } => lead::merged(model, now, incident, into, reason()?, out)?,
        Asking::ReopenIncident(incident) => lead::reopened(model, now, incident, reason()?, out)?,
        Asking::DeadlineDone(incident, what) => {
            deadline::settled(model, now, incident, what, Ok(reason()?), out)?
        }
        Asking::WaiveDeadline(incident, what) => {
            deadline::settled(model, now, incident, what, Err(reason()?), out)?;
        }
        Asking::Severity => lead::severity(model, now, text, out)?,
        Asking::Close => closing::closed(model, now, text, out)?,
        Asking::Answer { signal, offer } => super::offer::answered(model, now, signal, &offer, text)?,
        Asking::Waive(id) => incident::waived(model, id, text, out)?,
        Asking::Extend(id) => incident::extended(model, now, id, text, out)?,
        Asking::Discharge(id) => incident::discharged(model, id, text, out)?,
        Asking::DutyDone(id) => duties::done(model, now, id, text, out)?,
        Asking::WaiveDuty(id) => duties::waived(model, now, id, text, out)?,
        Asking::OpenWindow => go_live::opened(model, now, text, out)?,
        Asking::NoGo(window) => go_live::done(model, now, &window, Deed::NoGo(reason()?), out)?,
        Asking::HoldWindow(window) => go_live::done(model, now, &window, Deed::Hold(reason()?), out)?,
        Asking::EndWindow(window) => go_live::done(model, now, &window, Deed::End(reason()?), out)?,
        Asking::Approve(step) => approve::approved(model, now, step, text, out)?,
        Asking::Despite { step, why } => check::overridden(model, now, step, why, reason()?, out)?,
        Asking::KeepRun(run) => undo::kept(model, now, run, reason()?, out)?,
        Asking::Verify(run) => reply::verified(model, now, run, reason()?, out)?,
        Asking::FillGate { gates, gate, hole } => {
            super::gates::filled(model, now, *gates, gate, &hole, said, out)?;
        }
        Asking::Fill { step, command, hole, filled } => {
            values::answered(model, now, (&step, command), hole, *filled, said, out)?;
        }
    }
    Ok(())
}

fn palette(model: &mut Model, now: Timestamp, press: Press, out: &mut Out) {
    let listed = match &model.ui.dialog {
        Some(Dialog::Palette { input, .. }) => panes::palette::matches(model, input.value()),
        _ => Vec::new(),
    };
    let count = listed.len();
    let Some(Dialog::Palette { input, cursor }) = &mut model.ui.dialog else { return };
    match press {
        Press::Esc => model.ui.dialog = None,
        Press::Up => *cursor = cursor.saturating_sub(1),
        Press::Down => *cursor = (*cursor + 1).min(count.saturating_sub(1)),
        Press::Enter => {
            let chosen = listed.into_iter().nth(*cursor);
            model.ui.dialog = None;
            if let Some(entry) = chosen {
                if model.replay.is_some() {
                    super::replay::command(model, entry.command, out);
                } else {
                    command::command(model, now, entry.command, out);
                }
            }
        }
        other => {
            edit(input, other);
            *cursor = 0;
        }
    }
}

fn confirm(model: &mut Model, now: Timestamp, press: Press, out: &mut Out) {
    let unseen = panes::dialog::unseen(model, now);
    confirm_press(model, now, press, unseen, out);
    if unseen == 0 && matches!(&model.ui.dialog, Some(Dialog::Confirm(confirm)) if confirm.problem.is_some())
    {
        // Why not stands under the request: it is on screen, and so is what was seen before.
        let bottom = panes::dialog::overflow(model, now);
        if let Some(Dialog::Confirm(confirm)) = &mut model.ui.dialog {
            confirm.scroll = bottom;
        }
    }
}

/// Closes the confirmation; of a post, what was written is there again.
fn close_confirm(model: &mut Model) {
    match &model.ui.dialog {
        Some(Dialog::Confirm(confirm)) if confirm.post.is_some() => comms::put_back(model),
        _ => model.ui.dialog = None,
    }
}

fn confirm_press(model: &mut Model, now: Timestamp, press: Press, unseen: usize, out: &mut Out) {
    let locked = permit::locked(model, now);
    let rows = panes::dialog::rows(model, now).max(1);
    let Some(Dialog::Confirm(confirm)) = &model.ui.dialog else { return };
    let refusal = permit::refusal(model, confirm.risk);
    let Some(Dialog::Confirm(confirm)) = &mut model.ui.dialog else { return };
    confirm.problem = None;
    let typing = confirm.is_typed() && !locked;
    match press {
        // Said here: the footer is not seen behind a dialog.
        Press::Char('A' | 'y') | Press::Enter if refusal.is_some() => confirm.problem = refusal,
        Press::Esc => {
            let title = confirm.title.clone();
            close_confirm(model);
            say(model, now, format!("{title}: not run"));
        }
        Press::Up => confirm.scroll = confirm.scroll.saturating_sub(1),
        Press::Down => confirm.scroll += usize::from(unseen > 0),
        Press::PageUp => confirm.scroll = confirm.scroll.saturating_sub(rows),
        // Never further than what was on screen: nothing is passed unseen.
        Press::PageDown => confirm.scroll += unseen.min(rows),
        Press::Char('A') if locked && confirm.typed.value().is_empty() => action::arm(model, now, out),
        Press::Enter if typing => {
            if unseen > 0 {
                confirm.problem = Some("read to the end first: ↓".into());
                return;
            }
            let typed = confirm.typed.value().to_owned();
            action::confirmed(model, now, Some(&typed), out);
        }
        other if typing => edit(&mut confirm.typed, other),
        Press::Char('1') if matches!(confirm.position, Position::Unreadable(_)) => {
            action::aim(model, Purpose::On)
        }
        Press::Char('0') if matches!(confirm.position, Position::Unreadable(_)) => {
            action::aim(model, Purpose::Off)
        }
        Press::Char(c) if c == confirm.yes => {
            if matches!(confirm.position, Position::Reading(_)) {
                confirm.problem = Some("wait until the position is read".into());
            } else if unseen > 0 {
                confirm.problem = Some("read to the end first: ↓".into());
            } else {
                action::confirmed(model, now, None, out);
            }
        }
        Press::Char('n' | 'q') => {
            let title = confirm.title.clone();
            close_confirm(model);
            say(model, now, format!("{title}: not run"));
        }
        Press::Enter => confirm.problem = Some(format!("Enter never confirms: {} does", confirm.yes)),
        _ => {}
    }
}
