//! Commands: what a key, the palette or the mouse asks for.

use crate::domain::command::Command;
use crate::domain::incident::IncidentDeadline;
use crate::domain::narrate::tell;
use crate::domain::runbook::{StepRef, StepState};
use crate::domain::time::Timestamp;
use crate::panes;
use crate::state::deputy::Reminder;
use crate::state::{Asking, Dialog, DueKey, Focus, Model, reason_words};

use super::{
    Effect, Out, action, approve, artifact, attach, closing, comms, deadline, declare, deputy, dialog,
    duties, entry, evidence, failure, findings, gates, go_live, handover, incident, incident_view, lead,
    look, motion, notebook, offer, poll, recordable, reply, rollback, route, say, say_no, signal, step,
    timers, undo, values,
};

/// Carries out `command` as far as the core can; what is left are effects.
#[expect(clippy::too_many_lines, reason = "one match that names every command: none is left out by default")]
pub fn command(model: &mut Model, now: Timestamp, command: Command, out: &mut Out) {
    match command {
        Command::Up => motion::by(model, now, -1, out),
        Command::Down => motion::by(model, now, 1, out),
        Command::PageUp => motion::page(model, now, false, out),
        Command::PageDown => motion::page(model, now, true, out),
        Command::First => motion::by(model, now, isize::MIN / 2, out),
        Command::Last => motion::by(model, now, isize::MAX / 2, out),
        Command::NextPane => motion::pane(model, 1),
        Command::PreviousPane => motion::pane(model, -1),
        Command::FocusHealth => model.ui.focus = Focus::Health,
        Command::FocusRunbook => model.ui.focus = Focus::Runbook,
        Command::FocusTimeline => model.ui.focus = Focus::Timeline,
        Command::FocusDue => model.ui.focus = Focus::Due,
        Command::FocusBoard(board) => entry::focus(model, now, board),
        Command::Entries => entry::across(model, now),
        Command::LastChange => entry::last_change(model, now),
        Command::Operate => offer::list(model, now),
        Command::OpenLink => entry::link(model, now, out),
        Command::GoToMention => route::go(model, now, out),
        Command::NextPhase => step::phase(model, now, true, out),
        Command::PreviousPhase => step::phase(model, now, false, out),
        Command::NextRunbook => step::next_runbook(model, now, out),
        Command::Findings => findings::read(model, now),
        Command::Open => open(model, now, out),
        Command::Back => back(model),
        Command::Help => model.ui.dialog = Some(Dialog::Help { scroll: 0 }),
        Command::Palette => {
            model.ui.dialog = Some(Dialog::Palette { input: tui_input::Input::default(), cursor: 0 });
        }
        Command::Timers => timers::open(model, now, None),
        Command::Filter => {
            let filter = model.ui.filter.clone();
            dialog::prompt(model, Asking::Filter, &filter);
        }
        Command::PollNow => poll_now(model, now),
        Command::Acknowledge => {
            if recordable(model, now) {
                signal::acknowledge(model, now, out);
            }
        }
        Command::Silence => {
            if recordable(model, now) {
                signal::silence(model, now, out);
            }
        }
        Command::Tick => evidence::tick(model, now, out),
        Command::Fail => step::ask_why(model, now, Asking::FailStep),
        Command::Skip => step::ask_why(model, now, Asking::SkipStep),
        Command::NotApplicable => step::ask_why(model, now, Asking::DoesNotApply),
        Command::Reopen if notebook::ask_settle(model, now, notebook::Deed::Reopened) => {}
        Command::Reopen => step::mark_selected(model, now, StepState::Open, out),
        Command::Attach => attach::attach(model, now, out),
        Command::KeepFile => artifact::ask(model, now),
        Command::KeepOutput => artifact::output(model, now, out),
        Command::Approve => approve::ask(model, now),
        Command::RunStep => action::run_step(model, now, out),
        Command::Values => values::show(model, now),
        Command::Look => look::runbook(model, now),
        Command::RunSequence => gates::ask(model, now, out),
        Command::Action(id) => action::ask(model, now, &id, None, out),
        Command::Arm => action::arm(model, now, out),
        Command::Disarm => action::disarm(model, now, out),
        Command::ShowOutput => show_output(model, now),
        Command::CancelRun => reply::cancel(model, now, out),
        Command::VerifyRun => reply::verify(model, now, out),
        Command::Undo => undo::ask(model, now),
        Command::RollBack => rollback::open(model, now),
        Command::Discharge if deadline::ask_done(model, now, out) => {}
        Command::Discharge if notebook::ask_settle(model, now, notebook::Deed::Done) => {}
        Command::Discharge if closing::ask_done(model, now, out) => {}
        Command::Discharge if duties::ask_done(model, now) => {}
        Command::Discharge => incident::discharge(model, now, out),
        Command::Waive if deadline::ask_waive(model, now) => {}
        Command::Waive if notebook::ask_settle(model, now, notebook::Deed::GivenUp) => {}
        Command::Waive if closing::ask_leave(model, now) => {}
        Command::WaiveAll => closing::ask_leave_all(model, now),
        Command::Waive if undo::ask_to_keep(model, now) => {}
        Command::Waive if duties::ask_waive(model, now) => {}
        Command::Waive => incident::ask_about_owed(model, now, Asking::Waive, ""),
        Command::Extend => incident::ask_about_owed(model, now, Asking::Extend, "30m"),
        Command::Window => go_live::view(model),
        Command::OpenWindow => go_live::ask_span(model, now),
        Command::SayGo => go_live::ask_go(model, now),
        Command::SayNoGo => go_live::ask_why(model, now, Asking::NoGo),
        Command::HoldWindow => go_live::ask_hold(model, now),
        Command::ReleaseWindow => go_live::release(model, now, out),
        Command::EndWindow => go_live::ask_why(model, now, Asking::EndWindow),
        Command::Note => notebook::ask(model, now),
        Command::Post => comms::open(model, now),
        Command::EditUndo => comms::undo(model),
        Command::EditRedo => comms::redo(model),
        Command::EditOutside => comms::outside(model, out),
        Command::EditCompare => comms::compare(model),
        Command::EditDone => comms::done(model, now, out),
        Command::Notebook => notebook::view(model),
        Command::Heard => deputy::heard(model, now, out),
        Command::Declare => declare::ask(model, now),
        Command::AcknowledgeIncident => lead::acknowledge(model, now, out),
        Command::ChangeSeverity => lead::ask_severity(model, now),
        Command::Handover => handover::ask(model, now, out),
        Command::Incident => incident_view::open(model),
        Command::TakeRole(role) => lead::ask_role(model, now, role),
        Command::Escalate => lead::ask_told(model, now, None),
        Command::Mitigate => lead::ask_mitigated(model, now),
        Command::SwitchKind => lead::switch_kind(model, now, out),
        Command::MergeIncident => lead::ask_merge(model, now),
        Command::ReopenIncident => lead::ask_reopen(model, now),
        Command::CloseIncident => closing::open(model, now),
        Command::Copy => copy(model, now, out),
        Command::PauseReplay
        | Command::SecondsBack
        | Command::SecondsOn
        | Command::MinuteBack
        | Command::MinuteOn
        | Command::ToBeginning
        | Command::ToEnd
        | Command::ToInstant
        | Command::PreviousRed
        | Command::NextRed
        | Command::Slower
        | Command::Faster => say_no(model, now, "this is no replay: `midwatch replay` opens one"),
        Command::Redraw => out.effect(Effect::Redraw),
        Command::Suspend => out.effect(Effect::Suspend),
        Command::Quit => quit(model, out),
    }
}

/// Leaves, unless something is out: then it asks.
fn quit(model: &mut Model, out: &mut Out) {
    if model.watch.runs.iter().any(crate::state::Run::is_open) {
        model.ui.dialog = Some(Dialog::Quit);
    } else {
        leave(model, out);
    }
}

/// Leaves.
pub fn leave(model: &Model, out: &mut Out) {
    out.fact(crate::domain::fact::Fact::SessionClosed { operator: model.plan.environment.operator.clone() });
    out.effect(Effect::Quit);
}

fn back(model: &mut Model) {
    if model.ui.dialog.take().is_none() {
        model.ui.filter.clear();
    }
}

fn open(model: &mut Model, now: Timestamp, out: &mut Out) {
    if let Some(Dialog::Choose { step, candidates, cursor }) = &model.ui.dialog {
        let (step, chosen) = (step.clone(), candidates.get(*cursor).cloned());
        if let Some(chosen) = chosen {
            action::choose(model, now, &step, &chosen, out);
        }
        return;
    }
    if matches!(&model.ui.dialog, Some(Dialog::Failure { .. })) {
        failure::chosen(model, now, out);
        return;
    }
    if matches!(&model.ui.dialog, Some(Dialog::Rollback { .. })) {
        rollback::chosen(model, now, out);
        return;
    }
    if matches!(&model.ui.dialog, Some(Dialog::Incident)) {
        incident_view::chosen(model, now, out);
        return;
    }
    if matches!(&model.ui.dialog, Some(Dialog::Channels { .. })) {
        comms::chosen(model, now);
        return;
    }
    if matches!(&model.ui.dialog, Some(Dialog::Operate { .. })) {
        offer::chosen(model, now);
        return;
    }
    if matches!(&model.ui.dialog, Some(Dialog::Closing { .. })) {
        closing::go(model, now, out);
        return;
    }
    match model.ui.focus {
        Focus::Board(board) => entry::open(model, now, board),
        Focus::Health => match panes::health::cursor(model) {
            Some(signal) => model.ui.dialog = Some(Dialog::Detail { signal, scroll: 0 }),
            None => say_no(model, now, "no signal is selected"),
        },
        Focus::Runbook => match model.ui.step.clone() {
            Some(step) => model.ui.dialog = Some(Dialog::Step { step, scroll: 0 }),
            None => say_no(model, now, "no step is selected"),
        },
        Focus::Timeline => {
            if let Some(logged) = panes::timeline::cursor(model) {
                let told = tell(&logged.fact);
                let mut lines = vec![format!("{}  {}", logged.at.rfc3339(), told.who), told.text];
                lines.push(String::new());
                lines.extend(
                    serde_json::to_string_pretty(&*logged).unwrap_or_default().lines().map(str::to_owned),
                );
                let title = format!("Fact {}", logged.seq);
                model.ui.dialog = Some(Dialog::Read { title, lines, scroll: 0 });
            }
        }
        Focus::Due => match panes::due::selected(model, now) {
            Some(DueKey::Undo(_)) => undo::ask(model, now),
            Some(DueKey::Run(run)) => model.ui.dialog = Some(Dialog::Output { run, back: 0 }),
            Some(DueKey::Obligation(_)) => incident::discharge(model, now, out),
            Some(DueKey::Acknowledgement(signal) | DueKey::Silence(signal)) => {
                model.ui.dialog = Some(Dialog::Detail { signal, scroll: 0 });
            }
            Some(DueKey::Armed) => action::disarm(model, now, out),
            Some(DueKey::Timer(key)) => timers::open_timer(model, now, key),
            Some(DueKey::Duty(duty)) => duties::open_one(model, now, duty),
            Some(DueKey::Rung(level)) => timers::open_rung(model, now, level),
            // An update is written where it is due.
            Some(DueKey::Deadline(incident, IncidentDeadline::Update))
                if !model.plan.channels.is_empty()
                    && model.watch.incident().is_some_and(|current| current.id == incident) =>
            {
                comms::open(model, now);
            }
            Some(DueKey::Deadline(incident, what)) => incident_view::open_at(model, incident, what),
            Some(DueKey::Reminder(reminder)) => open_reminder(model, now, reminder, out),
            None => say(model, now, "nothing is due"),
        },
    }
}

/// Opens what the deputy reminds of.
fn open_reminder(model: &mut Model, now: Timestamp, reminder: Reminder, out: &mut Out) {
    match reminder {
        Reminder::Step(step) => model.ui.dialog = Some(Dialog::Step { step, scroll: 0 }),
        Reminder::Phase(runbook, title) => {
            let phase = model
                .plan
                .runbook(&runbook)
                .and_then(|runbook| runbook.phases.iter().find(|phase| phase.title == title)?.steps.first());
            match phase.map(|step| StepRef { runbook, step: step.id.clone() }) {
                Some(step) => {
                    model.ui.focus = Focus::Runbook;
                    step::go(model, step, out);
                }
                None => say_no(model, now, "that phase is no longer in the runbook"),
            }
        }
        Reminder::NothingDone(_) => model.ui.focus = Focus::Runbook,
        Reminder::Lapsed(signal) => {
            model.ui.focus = Focus::Health;
            model.ui.signal = Some(signal);
        }
    }
}

fn poll_now(model: &mut Model, now: Timestamp) {
    let Some(index) = entry::signal(model).and_then(|signal| model.plan.signal_index(&signal)) else {
        say_no(model, now, "no signal is selected");
        return;
    };
    if let Some(wait) = model.feed.signals[index].last.as_ref().and_then(|reading| reading.retry_after) {
        let name = &model.plan.signals[index].id;
        let text = format!("{name} asked to be left alone for {}", crate::domain::time::short(wait));
        say_no(model, now, text);
        return;
    }
    if model.plan.signals[index].request().is_none() {
        let text = format!("{} is not asked: it follows from others", model.plan.signals[index].id);
        say_no(model, now, text);
        return;
    }
    let text = format!("{}: asking now", model.plan.signals[index].id);
    say(model, now, text);
    poll::soon(model, index, now);
}

fn show_output(model: &mut Model, now: Timestamp) {
    match reply::looked_at(model, now).or_else(|| model.watch.runs.last().map(|run| run.id.clone())) {
        Some(run) => model.ui.dialog = Some(Dialog::Output { run, back: 0 }),
        None => say_no(model, now, "nothing has run yet"),
    }
}

/// Puts what is under the cursor on the clipboard, with its source and time.
fn copy(model: &mut Model, now: Timestamp, out: &mut Out) {
    let text = match (&model.ui.dialog, model.ui.focus) {
        (Some(Dialog::Output { run, .. }), _) => model
            .watch
            .run(run)
            .map(|run| run.output.iter().fold(String::new(), |text, line| text + &line.text + "\n")),
        (Some(Dialog::Timers { .. }), _) => timers::copied(model, now),
        (Some(Dialog::Incident), _) => panes::dialog::incident::selected(model, now).map(|row| row.copy),
        (Some(Dialog::Read { lines, .. }), _) => Some(lines.join("\n")),
        (Some(Dialog::Notebook { .. }), _) => panes::dialog::notebook::copied(model),
        (Some(Dialog::Window { .. } | Dialog::Closing { .. }), _) => panes::dialog::text(model, now),
        (Some(Dialog::Step { step, .. }), _) => step_text(model, step),
        (Some(Dialog::Entry { .. }), _) | (None, Focus::Board(_)) => entry::evidence(model),
        (Some(_), Focus::Board(_)) => None,
        (_, Focus::Runbook) => model.ui.step.as_ref().and_then(|step| step_text(model, step)),
        (_, Focus::Timeline) => panes::timeline::cursor(model).map(|logged| {
            let told = tell(&logged.fact);
            format!("{} {} {}", logged.at.rfc3339(), told.who, told.text)
        }),
        (_, Focus::Health | Focus::Due) => panes::health::cursor(model).and_then(|signal| {
            let known = model.watch.signals.get(&signal)?;
            let why = reason_words(known.reason, &known.detail);
            Some(format!(
                "{signal}: {} {why} since {} (read {})",
                known.health.word(),
                known.since.rfc3339(),
                now.rfc3339()
            ))
        }),
    };
    match text.filter(|text| !text.is_empty()) {
        Some(text) => {
            say(model, now, "copied");
            out.effect(Effect::Copy(text));
        }
        None => say_no(model, now, "nothing to copy here"),
    }
}

fn step_text(model: &Model, step: &crate::domain::runbook::StepRef) -> Option<String> {
    let known = model.plan.step(step)?;
    if known.commands.is_empty() {
        return Some(known.text.clone());
    }
    Some(known.commands.iter().map(|command| command.text.as_str()).collect::<Vec<_>>().join("\n"))
}
