//! Asking for an action: what is shown before it runs, and the ways it is confirmed.

use std::time::Duration;

use crate::actions;
use crate::domain::action::{Action, ActionKind, Purpose, Risk, Toggle};
use crate::domain::answer::Answers;
use crate::domain::command::{Command, Place};
use crate::domain::fact::Fact;
use crate::domain::idempotency;
use crate::domain::ids::{ActionId, ObligationId};
use crate::domain::io::{CommandRequest, IoRequest};
use crate::domain::looked::{Block, BlockRef};
use crate::domain::runbook::StepRef;
use crate::domain::time::{Timestamp, short};
use crate::state::{Asking, Candidate, Confirm, Dialog, JournalState, Model, Position};

use super::permit::{self, Asked, Consent};
use super::{
    Effect, Out, approve, check, comms, dialog, failure, keyed, look, recordable, say, say_no, undo, values,
};

/// Asks for `id`: shows exactly what would run, or runs it at once if it changes nothing.
pub fn ask(model: &mut Model, now: Timestamp, id: &ActionId, step: Option<StepRef>, out: &mut Out) {
    let Some(action) = model.plan.action(id).cloned() else {
        say_no(model, now, format!("no action is called {id}"));
        return;
    };
    let reads = action.risk == Risk::Read || matches!(action.kind, ActionKind::Open(_));
    let risk = if reads { Risk::Read } else { action.risk };
    if let Some(why) = step.as_ref().and_then(|step| approve::refusal(model, step, risk)) {
        say_no(model, now, why);
        return;
    }
    match &action.kind {
        ActionKind::Once(request) => {
            offer(model, now, Asked::of(&action, Purpose::Do, request.clone(), step), false, out);
        }
        ActionKind::Toggle(toggle) => ask_toggle(model, now, &action, toggle, step, None, out),
        ActionKind::Open(url) => {
            out.effect(Effect::Copy(url.clone()));
            model.ui.dialog = Some(Dialog::Read {
                title: action.id.to_string(),
                lines: vec![url.clone(), String::new(), "The address is on the clipboard.".into()],
                scroll: 0,
            });
        }
        ActionKind::Shell(argv) => {
            let request = IoRequest::Command(CommandRequest {
                argv: argv.clone(),
                env: Vec::new(),
                cwd: None,
                timeout: Duration::from_secs(24 * 3600),
                limit: 0,
            });
            offer(model, now, Asked::of(&action, Purpose::Do, request, step), true, out);
        }
    }
}

/// Reads the position first: which way to switch depends on it.
fn ask_toggle(
    model: &mut Model,
    now: Timestamp,
    action: &Action,
    toggle: &Toggle,
    step: Option<StepRef>,
    discharges: Option<ObligationId>,
    out: &mut Out,
) {
    let read = Asked::of(action, Purpose::Read, toggle.read.clone(), None);
    let position = match permit::request(model, now, read, Consent::None, out) {
        Ok(run) => Position::Reading(run),
        Err(why) => {
            say_no(model, now, why);
            return;
        }
    };
    let asked = match &discharges {
        Some(_) => Asked::of(action, Purpose::Off, toggle.off.clone(), step),
        None => Asked::of(action, Purpose::On, toggle.on.clone(), step),
    };
    let mut confirm = confirm(model, asked, position, false);
    confirm.discharges = discharges;
    model.ui.dialog = Some(Dialog::Confirm(Box::new(confirm)));
}

/// Asks to switch the toggle that left `owed` off.
pub fn ask_to_discharge(model: &mut Model, now: Timestamp, id: &ActionId, owed: ObligationId, out: &mut Out) {
    let Some(action) = model.plan.action(id).cloned() else { return };
    let ActionKind::Toggle(toggle) = &action.kind else { return };
    ask_toggle(model, now, &action, toggle, None, Some(owed), out);
}

/// A dialog's content for `asked`.
pub fn confirm(model: &Model, asked: Asked, position: Position, hands_over: bool) -> Confirm {
    Confirm {
        yes: yes(model, &asked.action),
        action: asked.action,
        title: asked.title,
        purpose: asked.purpose,
        risk: asked.risk,
        request: asked.request,
        hands_over,
        target: asked.target,
        step: asked.step,
        command: asked.command,
        terms: asked.terms,
        notes: Vec::new(),
        block: asked.block,
        position,
        card: None,
        offer: None,
        post: None,
        ties: asked.ties,
        discharges: None,
        typed: tui_input::Input::default(),
        scroll: 0,
        problem: None,
    }
}

/// The key that says yes: `y`, unless that is the key that asked, which may still be held down.
pub fn yes(model: &Model, action: &ActionId) -> char {
    let asked = Command::Action(action.clone());
    let asks = |command: &Command| {
        *command == asked
            || matches!(command, Command::RunStep | Command::Open | Command::Discharge | Command::Undo)
    };
    let mut asking = model.plan.bindings.iter().filter(|binding| asks(&binding.command));
    if asking.any(|binding| binding.chord.split(' ').next_back() == Some("y")) { 'Y' } else { 'y' }
}

/// Points an open toggle dialog at the other position than `on`. What is off already is not switched
/// on by somebody who meant to switch it off.
pub fn face(model: &mut Model, on: bool) {
    let Some(Dialog::Confirm(confirm)) = &mut model.ui.dialog else { return };
    confirm.position = Position::Known(on);
    if let Some(owed) = confirm.discharges.clone().filter(|_| !on) {
        dialog::prompt(model, Asking::Discharge(owed), "it reads off already");
        return;
    }
    aim(model, if on { Purpose::Off } else { Purpose::On });
}

/// Makes an open toggle dialog switch `purpose`.
pub fn aim(model: &mut Model, purpose: Purpose) {
    let Some(Dialog::Confirm(confirm)) = &mut model.ui.dialog else { return };
    let Some(action) = model.plan.action(&confirm.action) else { return };
    let ActionKind::Toggle(toggle) = &action.kind else { return };
    let request = if purpose == Purpose::Off { &toggle.off } else { &toggle.on };
    let asked = Asked::of(action, purpose, request.clone(), confirm.step.clone());
    confirm.title = asked.title;
    confirm.purpose = asked.purpose;
    confirm.request = asked.request;
    confirm.ties = asked.ties;
}

/// Runs `asked` at once if it changes nothing; else shows it and waits for a yes.
fn offer(model: &mut Model, now: Timestamp, asked: Asked, hands_over: bool, out: &mut Out) {
    if let Some(why) = refusal(model, &asked) {
        say_no(model, now, why);
        return;
    }
    let confirm = confirm(model, asked, Position::None, hands_over);
    proceed(model, now, Box::new(confirm), out);
}

/// Why `asked` cannot run now, whoever agrees.
fn refusal(model: &Model, asked: &Asked) -> Option<String> {
    let approval = || approve::refusal(model, asked.step.as_ref()?, asked.risk);
    permit::refusal(model, asked.risk).or_else(approval)
}

/// Runs what changes nothing; shows anything else and waits for a yes.
pub fn proceed(model: &mut Model, now: Timestamp, confirm: Box<Confirm>, out: &mut Out) {
    if confirm.risk == Risk::Read && !confirm.hands_over {
        model.ui.dialog = None;
        run(model, now, asked(&confirm), Consent::None, out);
    } else {
        model.ui.dialog = Some(Dialog::Confirm(confirm));
    }
}

/// Lets `asked` run, or says why not.
fn run(model: &mut Model, now: Timestamp, asked: Asked, consent: Consent<'_>, out: &mut Out) {
    // What a request of a runbook is answered is what the next step asks about.
    let is_shown = matches!(asked.request, IoRequest::Command(_)) || asked.block.is_some();
    let hands_over = asked.terms.hands_over
        || model.plan.action(&asked.action).is_some_and(|action| matches!(action.kind, ActionKind::Shell(_)));
    let title = asked.title.clone();
    match permit::request(model, now, asked, consent, out) {
        Ok(run) => {
            say(model, now, format!("{run} {title}: requested"));
            model.ui.dialog = (is_shown && !hands_over).then_some(Dialog::Output { run, back: 0 });
        }
        Err(why) => {
            if let Some(Dialog::Confirm(confirm)) = &mut model.ui.dialog {
                confirm.problem = Some(why);
            } else {
                say_no(model, now, why);
            }
        }
    }
}

/// What a confirmation asks for.
fn asked(confirm: &Confirm) -> Asked {
    Asked {
        action: confirm.action.clone(),
        title: confirm.title.clone(),
        purpose: confirm.purpose,
        risk: confirm.risk,
        request: confirm.request.clone(),
        target: confirm.target.clone(),
        step: confirm.step.clone(),
        command: confirm.command.clone(),
        terms: confirm.terms.clone(),
        block: confirm.block.clone(),
        ties: confirm.ties.clone(),
        by_name: false,
    }
}

/// The confirming key was pressed, or the target typed, with the request on screen.
pub fn confirmed(model: &mut Model, now: Timestamp, typed: Option<&str>, out: &mut Out) {
    let Some(Dialog::Confirm(confirm)) = &model.ui.dialog else { return };
    if confirm.post.is_some() {
        comms::confirmed(model, now, typed, out);
        return;
    }
    if let Some(offered) = confirm.offer.clone() {
        match confirm.card.clone() {
            Some(card) => super::rollback::confirmed(model, now, *offered, &card, typed, out),
            None => drop(super::offer::confirmed(model, now, *offered, typed, false, out)),
        }
        return;
    }
    let asked = asked(confirm);
    run(model, now, asked, typed.map_or(Consent::Key, Consent::Typed), out);
}

/// Asks for a configured action without a screen.
pub fn ask_headless(
    model: &mut Model,
    now: Timestamp,
    id: &ActionId,
    purpose: Purpose,
    yes: Option<&str>,
    out: &mut Out,
) {
    let Some(action) = model.plan.action(id) else {
        say_no(model, now, format!("no action is called {id}"));
        return;
    };
    let Some(request) = actions::request_for(action, purpose) else {
        say_no(model, now, format!("{id} has no such position"));
        return;
    };
    let asked = Asked::of(action, purpose, request.clone(), None);
    request_headless(model, now, asked, yes, out);
}

/// Asks for a request without a screen.
pub fn request_headless(model: &mut Model, now: Timestamp, asked: Asked, yes: Option<&str>, out: &mut Out) {
    let consent = yes.map_or(Consent::None, Consent::Named);
    run(model, now, asked, consent, out);
}

/// What can be run from `step`, best first.
pub fn candidates(model: &Model, step: &StepRef) -> Vec<Candidate> {
    let Some(known) = model.plan.step(step) else { return Vec::new() };
    let actions = model.plan.actions_for(known).map(|action| Candidate::Action(action.id.clone()));
    let commands = (0..known.commands.len()).map(Candidate::Command);
    let channels = model.plan.channels_of(step).into_iter();
    let channels = channels.map(|channel| Candidate::Channel(channel.id.clone()));
    actions.chain(commands).chain(channels).collect()
}

/// Runs what stands in the step under the cursor; asks which if there are several.
pub fn run_step(model: &mut Model, now: Timestamp, out: &mut Out) {
    let Some(step) = model.ui.step.clone() else {
        say_no(model, now, "no step is selected");
        return;
    };
    if failure::still_asks(model, &step) {
        return;
    }
    let mut candidates = candidates(model, &step);
    match candidates.len() {
        0 => say_no(model, now, by_hand(model, &step)),
        1 => choose(model, now, &step, &candidates.remove(0), out),
        _ => model.ui.dialog = Some(Dialog::Choose { step, candidates, cursor: 0 }),
    }
}

/// What is left to do where nothing of `step` can run. It may be about more than the channel that it names.
fn by_hand(model: &Model, step: &StepRef) -> String {
    let named = model.plan.step(step).and_then(|known| model.plan.channels_for(known).next());
    let key = model.plan.chord(Place::Console, &Command::Post);
    match named.zip(key) {
        Some((channel, key)) => {
            format!("nothing in this step can run: {key} posts to {}, then tick it", channel.id)
        }
        None => "nothing in this step can run: do it by hand, then tick it".to_owned(),
    }
}

/// Asks for `candidate` of `step`.
pub fn choose(model: &mut Model, now: Timestamp, step: &StepRef, candidate: &Candidate, out: &mut Out) {
    model.ui.dialog = None;
    match candidate {
        Candidate::Action(action) => ask(model, now, action, Some(step.clone()), out),
        Candidate::Channel(channel) => comms::compose(model, now, channel, Some(step.clone())),
        // What nobody has looked at is looked at first, and asked for again.
        Candidate::Command(command) if look::first(model, now, step, *command) => {}
        Candidate::Command(command) => fill(model, now, step, *command, Answers::default(), out),
    }
}

/// Asks for what the command still needs, one placeholder at a time, then offers it.
pub fn fill(
    model: &mut Model,
    now: Timestamp,
    step: &StepRef,
    command: usize,
    filled: Answers,
    out: &mut Out,
) {
    let Some(known) = model.plan.step(step) else { return };
    let Some(wanted) = known.commands.get(command) else { return };
    // What is checked before it, and what takes it back, are filled in with the same values.
    let all = values::read_by(model, known, wanted);
    if let Some(next) = all.iter().find(|read| read.is_asked() && !filled.has(&read.hole.token)) {
        values::ask(model, now, step, command, next, filled);
        return;
    }
    let asked = match of_step(model, now, step, command, &filled) {
        Ok(asked) => asked,
        Err(why) => {
            say_no(model, now, why);
            return;
        }
    };
    if let Some(why) = refusal(model, &asked) {
        say_no(model, now, why);
        return;
    }
    let check = check::of(model, step, command, &values::answers(&all, &filled));
    let mut notes = keyed::notes(model, &asked.request);
    notes.extend(values::notes(&all, &asked.terms, &asked.request));
    let hands_over = asked.terms.hands_over;
    let mut confirm = Box::new(confirm(model, asked, Position::None, hands_over));
    confirm.notes = notes;
    match check {
        None => proceed(model, now, confirm, out),
        Some(check) => check::begin(model, now, confirm, check, out),
    }
}

/// What runs a command of `step`, by its place among them, with `filled` for its placeholders and what was captured for
/// its variables; or why it cannot run.
pub fn of_step(
    model: &Model,
    now: Timestamp,
    step: &StepRef,
    command: usize,
    filled: &Answers,
) -> Result<Asked, String> {
    let known = model.plan.step(step).ok_or("that step is no longer in the runbook")?;
    let wanted = known.commands.get(command).ok_or("that command is no longer in the runbook")?;
    let answers = values::answers(&values::read_by(model, known, wanted), filled);
    let ground = model.plan.ground(&step.runbook);
    let mut prepared = actions::prepared(known, wanted, &answers, ground).map_err(|why| why.to_string())?;
    if idempotency::is_wanted(known, wanted) {
        keyed::give(model, now, &mut prepared.request);
    }
    let undo = wanted.asides.undo.as_deref();
    let undo = undo.map(|undo| undo::of_command(undo, &answers, ground)).transpose()?;
    let action = ActionId::from(format!("step:{}", step.step));
    let block = BlockRef { runbook: step.runbook.clone(), hash: Block::of(known, wanted).hash };
    let mut asked = Asked::of_block(action, prepared.title, prepared.risk, prepared.request, block);
    asked.step = Some(step.clone());
    asked.command = known.command_id(command);
    asked.target = "run".into();
    asked.terms = prepared.terms;
    // What changes nothing has nothing to take back.
    asked.ties.handles = failure::handles(model, step, command);
    asked.ties.undo = undo.filter(|_| asked.risk != Risk::Read);
    Ok(asked)
}

/// Lets changes run for a while, or says why it cannot.
pub fn arm(model: &mut Model, now: Timestamp, out: &mut Out) {
    if !recordable(model, now) {
        return;
    }
    let environment = &model.plan.environment;
    if let Some(why) = environment.read_only.clone() {
        say_no(model, now, format!("read-only: {why}: it cannot be armed"));
    } else if !environment.starts_locked {
        say(model, now, "this environment is not locked: changes run when confirmed");
    } else {
        let (by, span) = (environment.operator.clone(), environment.arm_for);
        say(model, now, format!("armed for {}: changes run when confirmed", short(span)));
        out.fact(Fact::Armed { by, until: now.plus(span) });
    }
}

/// Locks again.
pub fn disarm(model: &mut Model, now: Timestamp, out: &mut Out) {
    if matches!(model.feed.journal, JournalState::ReadOnly(_)) {
        // What it locks is the other console.
        recordable(model, now);
    } else if model.watch.armed_until.is_some() {
        say(model, now, "locked");
        out.fact(Fact::Disarmed { why: "by hand".into() });
    } else {
        say(model, now, "it is not armed");
    }
}
