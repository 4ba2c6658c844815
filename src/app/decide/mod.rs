//! Decisions, one file a subject. Facts are proposed here; [`super::update`] applies and logs them.

mod action;
mod alert;
mod approve;
mod artifact;
mod attach;
mod check;
mod choices;
mod closing;
mod command;
mod comms;
mod deadline;
mod declare;
mod deputy;
mod dialog;
mod drill;
mod duties;
mod entry;
mod evidence;
mod failure;
mod findings;
mod gates;
mod go_live;
mod handover;
mod incident;
mod incident_view;
mod keyed;
mod lead;
mod look;
mod motion;
mod notebook;
mod offer;
mod permit;
mod plan;
mod poll;
mod pushed;
mod reading;
mod reload;
mod replay;
mod reply;
mod rollback;
mod route;
mod signal;
mod step;
mod timers;
mod undo;
mod values;
mod window;

pub use gates::sequence_named;
pub use replay::instant_named;
pub(super) use replay::replayed;

use std::time::Duration;

use crate::domain::fact::Fact;
use crate::domain::reading::Health;
use crate::domain::time::Timestamp;
use crate::state::{JournalState, Model};

use super::{Effect, Msg};

/// How long something said stays in the footer.
const SAID_FOR: Duration = Duration::from_secs(8);

/// What a decision leads to.
#[derive(Debug, Default)]
pub(super) struct Out {
    pub(super) facts: Vec<Fact>,
    pub(super) effects: Vec<Effect>,
}

impl Out {
    fn fact(&mut self, fact: Fact) {
        self.facts.push(fact);
    }

    fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }
}

/// Decides what `msg` leads to. Cursor, scroll and samples change here; what is worth keeping does
/// not.
pub(super) fn decide(model: &mut Model, now: Timestamp, msg: Msg) -> Out {
    let mut out = Out::default();
    match msg {
        Msg::Opened { version } => opened(model, now, version, &mut out),
        Msg::Tick => {
            poll::due(model, now, &mut out);
            signal::expire(model, now, &mut out);
            duties::expire(model, now, &mut out);
            reply::overdue(model, now, &mut out);
            offer::tick(model, now, &mut out);
            window::look(model, now, None, &mut out);
            deputy::look(model, now, &mut out);
            if model.ui.said.as_ref().is_some_and(|(_, until, _)| *until <= now) {
                model.ui.said = None;
            }
        }
        Msg::Resized(columns, rows) => motion::resized(model, columns, rows),
        Msg::Command(command) => {
            let (view, said) = (looked_at(model), model.ui.said.clone());
            command::command(model, now, command, &mut out);
            // What was said before is not about what is looked at now.
            if model.ui.dialog.is_some() && looked_at(model) != view && model.ui.said == said {
                model.ui.said = None;
            }
        }
        Msg::Press(press) => dialog::press(model, now, press, &mut out),
        Msg::Pasted(text) => dialog::paste(model, &text),
        Msg::Pending(text) => model.ui.pending = text,
        Msg::Clicked { x, y, again } => motion::click(model, now, (x, y), again, &mut out),
        Msg::Wheel { x, y, down } => motion::wheel(model, now, (x, y), down, &mut out),
        Msg::Polled { signal, attempt, reading } => {
            reading::polled(model, now, signal, attempt, *reading, &mut out)
        }
        Msg::PollCrashed { signal, attempt, detail } => {
            reading::crashed(model, now, signal, attempt, &detail, &mut out);
        }
        Msg::Logged(through) => reply::logged(model, through, &mut out),
        Msg::JournalFailed(why) => journal_failed(model, now, why, &mut out),
        Msg::Followed(_) => {}
        Msg::Output(run, line) => {
            if model.feed.running.contains(&run) {
                model.feed.outputs.entry(run).or_default().push(line);
            }
        }
        Msg::Replied(run, reply) => reply::replied(model, now, &run, &reply, &mut out),
        Msg::Kept(outcome) => artifact::kept(model, now, outcome, &mut out),
        Msg::Checked(run, reply) => {
            if !comms::located(model, now, &run, &reply, &mut out) {
                offer::checked(model, now, &run, &reply, &mut out);
            }
        }
        Msg::Handover(sheet) => handover::told(model, now, sheet),
        Msg::Edited(edited) => comms::edited(model, now, edited),
        Msg::TurnedAway { signal, count } => pushed::turned_away(model, now, signal, count, &mut out),
        Msg::Pushed { signal, entries } => pushed::received(model, now, signal, entries, &mut out),
        Msg::Ask { action, purpose, yes } => {
            action::ask_headless(model, now, &action, purpose, yes.as_deref(), &mut out)
        }
        Msg::AskRequest { keyed, action, title, risk, mut request, block, terms, yes } => {
            if keyed {
                keyed::give(model, now, &mut request);
            }
            let mut asked = permit::Asked::of_block(action, title, risk, *request, block);
            asked.terms = terms;
            action::request_headless(model, now, asked, yes.as_deref(), &mut out);
        }
        Msg::AskSequence { step, said, resume, yes } => {
            gates::ask_named(model, now, &step, &said, resume, yes, &mut out);
        }
        Msg::RunbookRead { runbook, diagnostics, needed, findings } => {
            model.plan.needed.retain(|known| known.file != runbook.id);
            model.plan.needed.extend(needed);
            reload::found(model, &runbook, findings);
            reload::runbook_read(model, now, *runbook, diagnostics, &mut out);
        }
        Msg::OnDisk { file, says } => reload::on_disk(model, file, says),
        Msg::ClockStepped { by_millis } => {
            model.feed.shift(by_millis);
            window::stepped(model, now);
            model.ui.said.iter_mut().for_each(|(_, until, _)| *until = until.shifted(by_millis));
            out.fact(Fact::ClockStepped { by_millis });
        }
        Msg::Window(deed) => window::deed(model, now, deed, &mut out),
        Msg::Stop(why) => {
            // Leaving decides nothing: what runs becomes unknown when the journal is opened again.
            out.fact(Fact::SessionClosed {
                operator: format!("{} ({why})", model.plan.environment.operator),
            });
            out.effect(Effect::Quit);
        }
    }
    gates::follow(model, now, &mut out);
    rollback::follow(model, now, &mut out);
    plan::follow(model, &mut out);
    drill::follow(model, &mut out);
    out
}

fn opened(model: &mut Model, now: Timestamp, version: String, out: &mut Out) {
    let environment = &model.plan.environment;
    out.fact(Fact::SessionOpened {
        operator: environment.operator.clone(),
        version,
        console: environment.console.clone(),
        environment: environment.environment.clone(),
    });
    let by = model.plan.environment.operator.clone();
    for (what, hash) in std::mem::take(&mut model.looked.untold) {
        out.fact(Fact::LookedAt { what, hash, by: by.clone() });
    }
    offer::interrupted(model, out);
    gates::interrupted(model, out);
    poll::start(model, now);
    window::reopened(model, now, out);
}

fn journal_failed(model: &mut Model, now: Timestamp, why: String, out: &mut Out) {
    say_no(model, now, format!("the journal cannot be written, so nothing runs: {why}"));
    for run in std::mem::take(&mut model.feed.requested).into_values() {
        out.fact(Fact::RunCancelled { run, detail: "it never left: its request is not on disk".into() });
    }
    model.feed.journal = JournalState::Failed(why);
}

/// Which dialog is open.
fn looked_at(model: &Model) -> Option<std::mem::Discriminant<crate::state::Dialog>> {
    model.ui.dialog.as_ref().map(std::mem::discriminant)
}

/// Says something in the footer.
fn say(model: &mut Model, now: Timestamp, text: impl Into<String>) {
    model.ui.said = Some((text.into(), now.plus(SAID_FOR), false));
}

/// Says in the footer why something was not done.
fn say_no(model: &mut Model, now: Timestamp, text: impl Into<String>) {
    model.ui.said = Some((text.into(), now.plus(SAID_FOR), true));
}

/// Whether a person's deeds can be recorded; otherwise says why not.
fn recordable(model: &mut Model, now: Timestamp) -> bool {
    let why = match &model.feed.journal {
        JournalState::Writing(_) => return true,
        JournalState::ReadOnly(why) => format!("read-only: {why}"),
        JournalState::Failed(why) => format!("not recorded, the journal cannot be written: {why}"),
        JournalState::Unkept => "not recorded: there is no journal".to_owned(),
    };
    say_no(model, now, why);
    false
}

/// Puts the worst signal first and keeps the cursor on the signal it is on. Called before a frame
/// is drawn, not for every reading.
pub fn arrange(model: &mut Model) {
    if !model.feed.unordered {
        return;
    }
    model.feed.unordered = false;
    let (plan, watch, feed) = (&model.plan, &model.watch, &mut model.feed);
    let mut counts = [0; 4];
    let mut order: Vec<(u8, bool, u8, usize)> = plan
        .signals
        .iter()
        .enumerate()
        .filter(|(_, signal)| !signal.observer)
        .map(|(at, signal)| {
            let known = watch.signals.get(&signal.id);
            let settled = known.map_or(Health::Blind, |known| known.health);
            counts[settled as usize] += 1;
            let unseen = feed.signals[at].last.is_none() && known.is_none();
            let badness = match settled {
                Health::Down => 0,
                Health::Degraded => 1,
                Health::Blind if !unseen => 2,
                Health::Blind => 4,
                Health::Ok => 5,
            };
            let taken = known.is_some_and(|known| known.acknowledged.is_some() || known.silenced.is_some());
            let soft = u8::from(feed.signals[at].settling.soft(&signal.rules, settled).is_none());
            let badness = if soft == 0 && badness == 5 { 3 } else { badness };
            (badness, taken, soft, at)
        })
        .collect();
    order.sort_unstable();
    feed.counts = counts;
    feed.order = order.into_iter().map(|(.., at)| at).collect();
    if model.ui.signal.is_none() {
        // While the first readings come in, the first row is whatever was read first: only what is red is taken then.
        let is_unread =
            |at: &usize| feed.signals[*at].last.is_none() && plan.signals[*at].request().is_some();
        let unread = feed.order.iter().any(is_unread);
        let is_red = |at: &usize| {
            let known = watch.signals.get(&plan.signals[*at].id);
            known.is_some_and(|known| matches!(known.health, Health::Down | Health::Degraded))
        };
        let worst = feed.order.first().filter(|at| feed.signals[**at].last.is_some());
        let worst = worst.filter(|at| !unread || is_red(at));
        model.ui.signal = worst.map(|at| plan.signals[*at].id.clone());
    }
}
