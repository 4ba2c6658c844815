//! Dialogs: full-frame, visible whole at every size or scrolled to, the keys always on screen.

mod choices;
pub mod closing;
mod comms;
mod confirm;
mod entry;
mod failure;
mod gates;
mod go_live;
pub mod incident;
pub mod listed;
mod look;
pub mod notebook;
mod read;
mod rollback;
pub mod said;
mod step;
pub mod timers;

use crate::domain::answer::AnswerKind;
use crate::domain::command::{Command, Place};
use crate::domain::commands::{is_in_replay, row};
use crate::domain::ids::DutyId;
use crate::domain::jotting::{PREFIXES, parse};
use crate::domain::role::Role;
use crate::domain::runbook::{Placeholder, StepRef};
use crate::domain::step_binding::bound;
use crate::domain::step_rules::Need;
use crate::domain::text::clip;
use crate::domain::time::Timestamp;
use crate::state::{Asking, Dialog as Open, Model, Prompt};

use super::shape::{Dialog, Input, Line, span, strong};
use super::{palette, wrap};

/// The dialog that is open, from the model to a shape.
pub fn project(model: &Model, now: Timestamp) -> Option<Dialog> {
    let (columns, _) = model.ui.size;
    let width = usize::from(columns.saturating_sub(4)).max(1);
    Some(match model.ui.dialog.as_ref()? {
        Open::Help { scroll } => at(read::help(model, width), *scroll, model),
        Open::Palette { input, cursor } => palette_dialog(model, input, *cursor),
        Open::Prompt(prompt) => prompt_dialog(model, prompt, width),
        Open::Confirm(confirm) => confirm::project(model, now, confirm, width),
        Open::Look(looking) => look::project(model, looking, width),
        Open::Choose { step, candidates, cursor } => read::choose(model, step, candidates, *cursor, width),
        Open::Output { run, back } => read::output(model, now, run, *back, width),
        Open::Failure { run, choices, cursor } => failure::failure(model, run, choices, *cursor, width),
        Open::Checking { run, .. } => failure::checking(model, now, run, width),
        Open::Detail { signal, scroll } => at(read::detail(model, now, signal, width), *scroll, model),
        Open::Step { step, scroll } => at(step::step(model, now, step, width), *scroll, model),
        Open::Timers { cursor } => timers::project(model, now, cursor.as_ref(), width),
        Open::Read { title, lines, scroll } => {
            let body = lines.iter().flat_map(|line| wrapped(line, width, Role::Text)).collect();
            at(reader(model, title, Role::Focus, body), *scroll, model)
        }
        Open::Entry { signal, entry, at: read, scroll } => {
            at(entry::detail(model, now, signal, entry, *read, width), *scroll, model)
        }
        Open::Rollback { cursor } => rollback::choose(model, now, cursor.as_ref(), width),
        Open::Operate { entry, cursor, .. } => entry::operate(model, entry, *cursor, width),
        Open::Closed { title, lines } => {
            let body = lines.iter().flat_map(|line| wrapped(line, width, Role::Warning)).collect();
            let keys = keys(&[("esc", "go on")]);
            Dialog { keys, ..reader(model, title, Role::Warning, body) }
        }
        Open::Gates(open) => at(gates::project(model, now, open, width), open.scroll, model),
        Open::Notebook { .. } => notebook::project(model, width),
        Open::Closing { .. } => closing::project(model, now, width),
        Open::Window { scroll } => at(go_live::window(model, now, width), *scroll, model),
        Open::Incident => incident::project(model, now, width),
        Open::Go { window, scroll } => at(go_live::go(model, now, (window, *scroll), width), *scroll, model),
        Open::Channels { cursor, .. } => comms::channels(model, now, *cursor, width),
        Open::Compose(composing) => comms::compose(model, composing, width),
        Open::Quit => confirm::quit(model, now, width),
    })
}

/// Lines of a confirmation below the last one on screen: it cannot be confirmed until this is 0.
pub fn unseen(model: &Model, now: Timestamp) -> usize {
    let Some(dialog) = project(model, now) else { return 0 };
    dialog.body.len().saturating_sub(dialog.scroll + dialog.body_rows(model.ui.size))
}

/// What the open dialog says, a line each.
pub fn text(model: &Model, now: Timestamp) -> Option<String> {
    let lines: Vec<String> = project(model, now)?.body.iter().map(Line::plain).collect();
    Some(lines.join("\n"))
}

/// Lines of the open dialog that are on screen at once.
pub fn rows(model: &Model, now: Timestamp) -> usize {
    project(model, now).map_or(0, |dialog| dialog.body_rows(model.ui.size))
}

/// Whether the output of `run` is read from its top: it is a table of checks.
pub fn is_table(model: &Model, run: &crate::domain::ids::RunId) -> bool {
    model.watch.run(run).is_some_and(|run| read::checks_of(model, run).is_some())
}

/// Lines that do not fit: the furthest that can be scrolled.
pub fn overflow(model: &Model, now: Timestamp) -> usize {
    let Some(dialog) = project(model, now) else { return 0 };
    dialog.body.len().saturating_sub(dialog.body_rows(model.ui.size))
}

/// Rows to choose from, with the one that Enter takes on line `here` of `body`.
fn chooser(model: &Model, title: &'static str, body: Vec<Line>, here: usize) -> Dialog {
    let mut dialog = Dialog {
        title: Line::new(vec![strong(title, Role::Title)]),
        border: Role::Focus,
        body,
        keys: keys(&[("⏎", "this one"), ("↑↓", "choose"), ("esc", "back")]),
        ..Dialog::default()
    };
    // The line that Enter takes is on screen, whatever came before it.
    dialog.scroll = super::window(dialog.body.len(), here, dialog.body_rows(model.ui.size)).0;
    dialog
}

fn at(mut dialog: Dialog, scroll: usize, model: &Model) -> Dialog {
    let most = dialog.body.len().saturating_sub(dialog.body_rows(model.ui.size));
    dialog.scroll = scroll.min(most);
    dialog
}

fn reader(model: &Model, title: &str, border: Role, body: Vec<Line>) -> Dialog {
    Dialog {
        title: Line::new(vec![strong(clip(title, 200), Role::Title)]),
        border,
        body,
        keys: reading(model, &[(Command::Copy, "copy")], "back"),
        ..Dialog::default()
    }
}

fn keys(hints: &[(&str, &str)]) -> Line {
    let mut spans = Vec::new();
    for (chord, word) in hints {
        spans.push(strong((*chord).to_owned(), Role::Key));
        spans.push(span(format!(" {word}   "), Role::Text));
    }
    Line::new(spans)
}

/// The keys in `place` of those commands that have one; in a replay, of those that it does.
fn offered<'a>(model: &'a Model, place: Place, wanted: &[(Command, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let offers = |command: &Command| model.replay.is_none() || is_in_replay(command);
    let wanted = wanted.iter().filter(|(command, _)| offers(command));
    wanted.filter_map(|(command, word)| Some((model.plan.chord(place, command)?, *word))).collect()
}

/// The keys of what is read: what does something, what moves, what takes it elsewhere, what leaves.
fn reading(model: &Model, wanted: &[(Command, &str)], leave: &str) -> Line {
    let deeds = wanted.iter().take_while(|(command, _)| *command != Command::Copy).count();
    let mut hints = offered(model, Place::Reader, &wanted[..deeds]);
    hints.push(("↑↓", "scroll"));
    hints.extend(offered(model, Place::Reader, &wanted[deeds..]));
    hints.extend(offered(model, Place::Reader, &[(Command::Back, leave)]));
    let mut line = keys(&hints);
    // The footer is not seen behind what is read.
    if let Some((text, _, refused)) = &model.ui.said {
        line.left.push(span(text.clone(), if *refused { Role::Danger } else { Role::Ok }));
    }
    line
}

/// What was said last: the footer is not seen behind a view.
fn said_line(model: &Model, width: usize) -> Vec<Line> {
    let Some((text, _, refused)) = &model.ui.said else { return Vec::new() };
    let mut lines = wrapped(text, width, if *refused { Role::Danger } else { Role::Ok });
    lines.push(Line::default());
    lines
}

fn wrapped(text: &str, width: usize, role: Role) -> Vec<Line> {
    if text.is_empty() {
        return vec![Line::default()];
    }
    wrap(text, width).into_iter().map(|line| Line::new(vec![span(line, role)])).collect()
}

fn palette_dialog(model: &Model, input: &tui_input::Input, cursor: usize) -> Dialog {
    let entries = palette::matches(model, input.value());
    let mut dialog = Dialog {
        title: Line::new(vec![strong("Commands", Role::Title)]),
        border: Role::Focus,
        input: Some(Input {
            label: "find:".into(),
            value: input.value().to_owned(),
            cursor: input.cursor(),
            problem: entries.is_empty().then(|| "nothing matches".to_owned()),
        }),
        keys: keys(&[("⏎", "do it"), ("↑↓", "choose"), ("esc", "back")]),
        ..Dialog::default()
    };
    let rows = dialog.body_rows(model.ui.size);
    let (first, count) = super::window(entries.len(), cursor, rows);
    dialog.body = entries[first..first + count]
        .iter()
        .enumerate()
        .map(|(line, entry)| {
            let role = if first + line == cursor { Role::Selected } else { Role::Text };
            let mark = if first + line == cursor { "▸ " } else { "  " };
            Line {
                left: vec![span(format!("{mark}{}", entry.title), role)],
                right: vec![strong(entry.chord.clone(), Role::Key)],
            }
        })
        .collect();
    dialog
}

fn prompt_dialog(model: &Model, prompt: &Prompt, width: usize) -> Dialog {
    let (title, label, about) = asked(model, &prompt.asking);
    let mut body = Vec::new();
    for line in about {
        body.extend(wrapped(&line, width, Role::Dim));
    }
    if prompt.asking == Asking::Note && !prompt.input.value().trim().is_empty() {
        let (text, role) = match parse(prompt.input.value()) {
            Ok(jotting) => (format!("→ {}", jotting.words()), Role::Accent),
            Err(why) => (format!("→ {why}"), Role::Warning),
        };
        body.extend(wrapped(&text, width, role));
    }
    let mut dialog = Dialog {
        title: Line::new(vec![strong(title, Role::Title)]),
        border: Role::Focus,
        input: Some(Input {
            label: format!("{label}:"),
            value: prompt.input.value().to_owned(),
            cursor: prompt.input.cursor(),
            problem: prompt.problem.clone(),
        }),
        keys: keys(&[("⏎", "done"), ("esc", "leave it")]),
        ..Dialog::default()
    };
    if !prompt.picking.choices.is_empty() {
        dialog.keys = keys(&[("↑↓", "pick"), ("⏎", "take it"), ("tab", "change it"), ("esc", "leave it")]);
        let rows = dialog.body_rows(model.ui.size);
        choices::add(prompt, width, rows, &mut body);
    }
    dialog.body = body;
    dialog
}

/// Title, label and explanation of a prompt.
#[expect(clippy::too_many_lines, reason = "one match that names every prompt")]
fn asked(model: &Model, asking: &Asking) -> (String, String, Vec<String>) {
    let say = |title: String, label: &str, about: &[&str]| {
        (title, label.to_owned(), about.iter().map(|line| (*line).to_owned()).collect())
    };
    let step_text = |step: &crate::domain::runbook::StepRef| {
        model.plan.step(step).map_or_else(String::new, |step| step.text.clone())
    };
    match asking {
        Asking::Note => say("Note".into(), "what happened", &[&prefixes()]),
        Asking::Settle(id, standing) => {
            let known = model.watch.notebook.hypothesis(id);
            let text = known.map_or_else(String::new, |known| known.text.clone());
            say(format!("{id} {}", standing.word()), "why", &[&text])
        }
        Asking::CloseFollowUp(id, done) => {
            let known = model.watch.notebook.follow_up(id);
            let text = known.map_or_else(String::new, |known| known.text.clone());
            let (word, label) =
                if *done { ("done", "what came of it, or nothing") } else { ("given up", "why") };
            say(format!("{id} {word}"), label, &[&text])
        }
        Asking::LeaveOpen(ids) => {
            let about = closing::texts(model, ids);
            ("Left open".into(), "why".into(), about)
        }
        Asking::FailStep(step) => say("Step failed".into(), "what went wrong", &[&step_text(step)]),
        Asking::TickAnyway { step, doubts, .. } => tick_anyway(model, step, doubts),
        Asking::KeepFile(step) => keep_file(model, step.as_ref()),
        Asking::SkipStep(step) => {
            let advisory = model.plan.step(step).is_some_and(|step| step.need() == Need::Advisory);
            let label = if advisory { "why, or nothing" } else { "why" };
            let need = if advisory { "It is optional: no reason is needed." } else { "" };
            let about = [&*step_text(step), need, "Skipped is not done: the record says so."];
            say("Skip the step".into(), label, &about)
        }
        Asking::DoesNotApply(step) => {
            let about = [&*step_text(step), "", "It is not about this incident."];
            say("Not applicable".into(), "why, or nothing", &about)
        }
        Asking::OpenWindow => {
            let gates = &model.plan.window.gates;
            let required = gates.iter().filter(|gate| gate.required).count();
            let of = format!(
                "{} gates, {required} of them required, have to pass for so long, without a break.",
                gates.len()
            );
            let compressed = if model.plan.window.compressed {
                "Compressed for this demo: a team's lasts a quarter of an hour."
            } else {
                ""
            };
            let resets = "A failure and a new release set its clock to zero; what cannot be told stops it.";
            let about = [&*of, resets, compressed];
            say("Open a go-live window".into(), "for", &about)
        }
        Asking::NoGo(window) => {
            let about = [
                "It ends the window. Releases that can be gone back to are listed next; nothing runs by itself.",
            ];
            say(format!("NO-GO for {window}"), "why", &about)
        }
        Asking::HoldWindow(window) => say(
            format!("Hold {window}"),
            "why",
            &["Its clock stands still, and no GO is said, until it is released."],
        ),
        Asking::EndWindow(window) => {
            say(format!("End {window} early"), "why", &["The verdict is HOLD: it could not be told."])
        }
        Asking::Approve(step) => {
            let runbook = model.plan.runbook(&step.runbook);
            let known = runbook.zip(model.plan.step(step));
            let role = known.and_then(|(runbook, step)| runbook.approver(step)).unwrap_or_default();
            let who = format!("Who approved it for {role}, a colon, and why:");
            let about = [&*step_text(step), "", &who, "such as  ann: release notes read"];
            say(format!("Approval of {role}"), "name: reason", &about)
        }
        Asking::Despite { step, why } => {
            let text = model.ui.held.as_ref().map_or_else(String::new, |held| held.text.clone());
            let title = model.ui.held.as_ref().map_or_else(String::new, |held| held.confirm.title.clone());
            let (check, why) = (format!("Checked first: {text}"), format!("It does not hold: {why}"));
            let about = [
                &*step_text(step),
                &check,
                &why,
                "",
                "Nothing runs yet. With a reason, which is recorded, it is shown and asked as ever.",
            ];
            say(format!("NOT AS IT SHOULD BE  {title}"), "go on, because", &about)
        }
        Asking::Acknowledge(signal) => say(
            format!("Acknowledge {signal}"),
            "why",
            &[
                "You take it on. It stays red; it stops ringing.",
                "For 30 minutes, or end with a time such as 2h (4h at most).",
                "It is raised again when nothing is done for five minutes.",
            ],
        ),
        Asking::Silence(signal) => say(
            format!("Silence {signal}"),
            "why",
            &[
                "It is muted, and polled on. Recovery or flapping does not end it.",
                "For 1 hour, or end with a time such as 30m (24h at most).",
            ],
        ),
        Asking::Filter => say(
            "Filter".into(),
            "show only",
            &["Signals by name or state, timeline lines by what they say. Empty shows all."],
        ),
        Asking::Instant => say(
            "Go to a time".into(),
            "when",
            &[
                "Of the day, in UTC: 03:12 or 03:12:05, or a whole instant.",
                "From here: +5m or -30s. After the declaration: T+7m.",
            ],
        ),
        Asking::Declare(_) => say(
            "Declare an incident".into(),
            "severity and title",
            &[
                "P0 all users, money or data   P1 many users",
                "P2 some users                 P3 no user yet",
                "P1 security, and what: a security incident, with steps and clocks of its own.",
                "From here on everything is recorded in it, and the runbook starts anew.",
            ],
        ),
        Asking::Role(..)
        | Asking::Told(..)
        | Asking::Mitigated(_)
        | Asking::Merge { .. }
        | Asking::ReopenIncident(_)
        | Asking::DeadlineDone(..)
        | Asking::WaiveDeadline(..) => incident::asked(model, asking),
        Asking::Severity => say("Severity".into(), "P0 to P3, and why", &["The reason may be left out."]),
        Asking::Close => {
            ("Close the incident".into(), "what happened, in short".into(), closing::before(model))
        }
        Asking::Waive(id) => {
            say(format!("Waive {id}"), "why", &["It is given up, not done: the record says so."])
        }
        Asking::Extend(id) => {
            say(format!("Extend {id}"), "from now, for", &["Such as 30m or 2h; 24h at most."])
        }
        Asking::Discharge(id) => say(format!("Discharge {id}"), "how it was met", &[]),
        Asking::DutyDone(id) => {
            let (what, count) = duty(model, id);
            let about = [what.as_str(), count.as_str(), "", "Enter alone says that nothing was found."];
            say(format!("{id} done"), "what was found", &about)
        }
        Asking::WaiveDuty(id) => {
            let (what, count) = duty(model, id);
            let about = [what.as_str(), count.as_str(), "", "All that is left of it is given up, not done."];
            say(format!("Waive {id}"), "why", &about)
        }
        Asking::KeepRun(run) => {
            let what = model.watch.run(run).map_or_else(String::new, |run| run.title.clone());
            let about = [&*what, "", "It stays as it is; what lies under it can be undone then."];
            say(format!("Do not undo {run}"), "why", &about)
        }
        Asking::Verify(run) => {
            let known = model.watch.run(run);
            let what = known.map_or_else(String::new, |run| run.title.clone());
            let terms = known.map(|run| run.terms.lines().join(" ")).unwrap_or_default();
            let undone = known.and_then(|run| run.undoes.as_ref());
            let label =
                if undone.is_some() { "undone or not undone: what you found" } else { "what you found" };
            let mut about =
                vec![&*what, &*terms, "Nobody knows whether it had an effect. Look, then say what it did."];
            let posts = model.watch.posts.of_run(run).is_some();
            if posts {
                about.push("Begin with posted, or with not posted: then it can be sent again.");
            }
            if undone.is_some() {
                about.push("Begin with undone, or with not undone: then it can be taken back again.");
            }
            say(format!("Verify {run}"), label, &about)
        }
        Asking::Fill { step, command, hole, .. } => fill(model, step, *command, hole),
        Asking::FillGate { gates, gate, hole } => fill_gate(model, &gates.gates[*gate], hole),
        Asking::Answer { offer, .. } => {
            let label = offer.blank.as_ref().map_or("", |blank| blank.label.as_str());
            let about = ["Nothing runs yet: the exact request is shown next."];
            say(offer.name.to_owned(), label, &about)
        }
    }
}

/// What the beginning of a line means: `? hypothesis  ! decision …`.
fn prefixes() -> String {
    PREFIXES.iter().map(|(prefix, means)| format!("{prefix} {means}")).collect::<Vec<_>>().join("  ")
}

/// What a duty asks for, and how far it is by facts.
fn duty(model: &Model, id: &DutyId) -> (String, String) {
    model.watch.duty(id).map_or_else(Default::default, |owed| {
        let rounds = owed.duty.rounds();
        let count = if rounds > 1 { format!("{} of {rounds} done", owed.done) } else { String::new() };
        (owed.duty.words(), count)
    })
}

/// What is asked before a step is ticked that nothing shows to be done.
fn tick_anyway(model: &Model, step: &StepRef, doubts: &[String]) -> (String, String, Vec<String>) {
    let known = model.plan.step(step);
    let mut about = vec![known.map_or_else(String::new, |step| step.text.clone()), String::new()];
    about.extend(doubts.iter().map(|doubt| format!("{doubt}: tick all the same?")));
    if let Some(when) = known.and_then(bound).and_then(|(_, when)| when) {
        about.push(format!("It would be done when: {when}"));
    }
    about.extend([String::new(), "The record keeps what was said, and your reason.".into()]);
    ("NOT SHOWN TO BE DONE".into(), "why all the same".into(), about)
}

/// What is asked of a file that is to be kept.
fn keep_file(model: &Model, step: Option<&StepRef>) -> (String, String, Vec<String>) {
    let words = step.and_then(|step| model.plan.step(step)).map(|step| &step.text);
    let with = words.map_or_else(|| "Kept without a step.".to_owned(), |words| format!("With: {words}"));
    let limit = crate::domain::text::size(model.plan.artifacts.each);
    let about = format!(
        "A copy is kept beside the journal by its SHA-256, whole and as it is; at most {limit}. What holds a \
         private key or a secret of this configuration is refused."
    );
    ("Keep a file".into(), "path".into(), vec![with, String::new(), about])
}

/// What a prompt for a placeholder of a command of a sequence says.
fn fill_gate(model: &Model, gate: &crate::state::Gate, hole: &Placeholder) -> (String, String, Vec<String>) {
    fill(model, &gate.step, gate.place, hole)
}

/// What a prompt for a placeholder says.
fn fill(model: &Model, step: &StepRef, at: usize, hole: &Placeholder) -> (String, String, Vec<String>) {
    let known = model.plan.step(step);
    let command = known.and_then(|step| step.commands.get(at)).map_or("", |command| command.text.as_str());
    let kind = known.and_then(|step| {
        let wanted = step.commands.get(at)?;
        let all = crate::state::reads(&model.plan, &model.watch, step, wanted);
        all.into_iter().find(|read| read.hole == *hole).map(|read| read.kind)
    });
    let kind = kind.unwrap_or(AnswerKind::Text);
    let about = if kind == AnswerKind::Secret {
        "A secret: say where it is kept, as env:NAME or file:/path. It is never typed here.".to_owned()
    } else {
        format!("Wanted: {}. Handed over as one value, quoted: it is never run.", kind.wants())
    };
    let text = known.map_or_else(String::new, |step| step.text.clone());
    let lines = [text.as_str(), "", command, "", about.as_str()].map(str::to_owned);
    (format!("Fill in {}", hole.token), hole.name.clone(), lines.into())
}

/// A line of help: chord, word, what it does.
fn help_line(chord: &str, command: &Command) -> Option<Line> {
    let row = row(command)?;
    Some(Line::new(vec![strong(format!("  {chord:>8}  "), Role::Key), span(row.title, Role::Text)]))
}

/// The places whose keys help shows, this one first.
fn help_places(model: &Model) -> Vec<Place> {
    let here = super::PANES.iter().find(|row| row.focus == Some(model.ui.focus)).map(|row| row.place);
    let replay = model.replay.as_ref().map(|_| Place::Replay);
    let others = [
        Place::Console,
        Place::Reader,
        Place::Window,
        Place::Incident,
        Place::Notebook,
        Place::Closing,
        Place::Editor,
    ];
    replay.into_iter().chain(here).chain(others).collect()
}
