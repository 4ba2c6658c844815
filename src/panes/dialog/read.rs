//! Dialogs to read: help, a run's output, a signal's detail.

use crate::domain::checks::Checks;
use crate::domain::command::{Command, Place};
use crate::domain::ids::{RunId, SignalId};
use crate::domain::reading::Health;
use crate::domain::role::Role;
use crate::domain::runbook::StepRef;
use crate::domain::step_evidence::StepEvidence;
use crate::domain::text::{clip, width as text_width};
use crate::domain::time::{Timestamp, latency, short};
use crate::panes::health::standing;
use crate::panes::shape::{Dialog, Line, span, strong};
use crate::state::{
    Attachment, Candidate, Model, Run, RunState, SAMPLE_WINDOW, Samples, SignalWatch, reason_words,
};

use super::{help_line, help_places, reader, reading, wrapped};

/// The keys of this place, then of every place, then the team's actions.
pub fn help(model: &Model, width: usize) -> Dialog {
    let mut body = Vec::new();
    let heading = |text: &str| Line::new(vec![strong(text.to_owned(), Role::Title)]);
    for place in help_places(model) {
        body.push(heading(match place {
            Place::Console => "Everywhere",
            Place::Reader => "While reading",
            Place::Health => "In the health pane",
            Place::Runbook => "In the runbook pane",
            Place::Timeline => "In the timeline",
            Place::Due => "In the due pane",
            Place::Board => "In the panes that list what sources found",
            Place::Window => "In the view of the window",
            Place::Incident => "In the view of the incident",
            Place::Notebook => "In the notebook",
            Place::Closing => "In the closing list",
            Place::Replay => "In a replay",
            Place::Editor => "While writing an update",
            Place::Chooser => "While choosing",
        }));
        let bound = model.plan.bindings.iter().filter(|binding| binding.place == place);
        body.extend(bound.filter_map(|binding| help_line(&binding.chord, &binding.command)));
        body.push(Line::default());
    }
    body.push(heading("Actions of this team"));
    for action in &model.plan.actions {
        let chord = model.plan.chord(Place::Console, &Command::Action(action.id.clone())).unwrap_or("-");
        let about = action.about.as_deref().map(|about| format!(": {about}")).unwrap_or_default();
        let text = format!("{}{about}", action.id);
        let lines = wrapped(&text, width.saturating_sub(14), Role::Text);
        for (at, mut line) in lines.into_iter().enumerate() {
            let lead = if at == 0 { format!("  {chord:>8}  ") } else { " ".repeat(12) };
            line.left.insert(0, strong(lead, Role::Key));
            body.push(line);
        }
    }
    body.push(Line::default());
    body.extend(wrapped(
        "Glyphs: ● ok  ▲ degraded  ✖ down  ? blind (could not be measured)",
        width,
        Role::Dim,
    ));
    body.extend(wrapped(
        "Steps: ☐ open  ✔ done  ✖ failed  ⊘ skipped  – not applicable  ↶ undone  ↺ recovered",
        width,
        Role::Dim,
    ));
    reader(model, "Help", Role::Focus, body)
}

/// Which of several things in a step to run.
pub fn choose(
    model: &Model,
    step: &StepRef,
    candidates: &[Candidate],
    cursor: usize,
    width: usize,
) -> Dialog {
    let known = model.plan.step(step);
    let (mut body, mut here) = (Vec::new(), 0);
    if let Some(known) = known {
        body.extend(wrapped(&known.text, width, Role::Dim));
        body.push(Line::default());
    }
    for (at, candidate) in candidates.iter().enumerate() {
        let (kind, text) = match candidate {
            Candidate::Action(action) => ("▶ ", action.to_string()),
            Candidate::Channel(channel) => ("✉ ", format!("post to {channel}")),
            Candidate::Command(index) => {
                let text = known
                    .and_then(|step| step.commands.get(*index))
                    .map_or("", |command| command.text.as_str());
                ("$ ", crate::domain::text::clean(text).into_owned())
            }
        };
        let role = if at == cursor { Role::Selected } else { Role::Code };
        let mark = if at == cursor { "▸ " } else { "  " };
        if at == cursor {
            here = body.len();
        }
        body.push(Line::new(vec![span(clip(&format!("{mark}{kind}{text}"), width).into_owned(), role)]));
    }
    super::chooser(model, "Run which?", body, here)
}

/// What a run is, how it stands, what it printed; follows the end.
pub fn output(model: &Model, now: Timestamp, id: &RunId, back: usize, width: usize) -> Dialog {
    let Some(run) = model.watch.run(id) else { return reader(model, "Output", Role::Focus, Vec::new()) };
    let (state, role) = match &run.state {
        RunState::Requested if model.feed.stopping.contains(id) => ("stopping …".into(), Role::Warning),
        RunState::Requested if model.feed.running.contains(id) => {
            (format!("running for {}", short(now.since(run.requested))), Role::Accent)
        }
        RunState::Requested => ("requested".into(), Role::Accent),
        RunState::Accepted(detail) => (format!("accepted ({detail}), effect not seen yet"), Role::Accent),
        RunState::Observed(detail, after) => (format!("✔ {detail}, after {}", short(*after)), Role::Ok),
        RunState::NotInEffect(detail) => (format!("✖ NOT IN EFFECT: {detail}"), Role::Danger),
        RunState::Failed(detail) => (format!("✖ failed: {detail}"), Role::Danger),
        RunState::Cancelled(detail) => (format!("cancelled: {detail}"), Role::Warning),
        RunState::Unknown(detail) => (format!("? unknown: {detail}: verify"), Role::Danger),
        RunState::Verified(detail) => (format!("verified: {detail}"), Role::Ok),
    };
    let checks = checks_of(model, run);
    let mut body = Vec::new();
    if let Some(checks) = &checks {
        body.extend(wrapped(&state, width, role));
        body.push(Line::default());
        body.extend(checks_table(checks, width));
        body.push(Line::default());
    }
    for line in run.request.preview() {
        for part in crate::domain::text::clean_lines(&line).lines() {
            body.extend(wrapped(part, width, Role::Code));
        }
    }
    body.push(Line::default());
    let live = model.feed.outputs.get(id);
    let dropped = live.map_or(0, |live| live.dropped);
    if dropped > 0 || run.truncated {
        body.extend(wrapped("… some output is left out …", width, Role::Warning));
    }
    let lines = run.output.iter().chain(live.into_iter().flat_map(|live| &live.lines));
    for line in lines {
        body.extend(wrapped(&line.text, width, if line.error { Role::Warning } else { Role::Text }));
    }
    if checks.is_none() {
        body.extend(wrapped(&state, width, role));
    }
    body.extend(attached(model, id.as_str(), None, width));
    let mut dialog = reader(model, &format!("{} {}", run.id, run.title), Role::Focus, body);
    dialog.keys = if model.feed.running.contains(id) {
        reading(model, &[(Command::CancelRun, "stop it")], "back, it goes on")
    } else if run.is_unknown() {
        reading(model, &[(Command::VerifyRun, "verify")], "back")
    } else {
        let wanted = [(Command::Copy, "copy"), (Command::Attach, "attach"), (Command::KeepOutput, "keep")];
        reading(model, &wanted, "back")
    };
    let most = dialog.body.len().saturating_sub(dialog.body_rows(model.ui.size));
    // What is a table is read from its top, where the failures are.
    dialog.scroll = if checks.is_some() { back.min(most) } else { most.saturating_sub(back) };
    dialog
}

/// What the runbooks say of a signal.
fn mentioned(model: &Model, id: &SignalId) -> (String, Role) {
    match crate::state::mention(&model.plan.runbooks, &[id.as_str()]) {
        Some(found) => {
            let chord = model.plan.chord(Place::Reader, &Command::GoToMention).unwrap_or("H");
            let place = format!("{}:{}", found.runbook, found.line);
            (format!("{chord} opens {place} {}, {}", found.heading, found.how.word()), Role::Accent)
        }
        None => ("no runbook mentions it".into(), Role::Warning),
    }
}

/// How long after which release a signal became what it is. What was red before the first release was read has none
/// with it; the board may know by now.
fn last_release(model: &Model, known: &SignalWatch, red: bool) -> Option<String> {
    let after = known.after.clone().or_else(|| model.release_before(known.since).filter(|_| red));
    after.map(|after| after.ago(known.since))
}

/// The checks that a run which is over printed, if it printed some as one document.
pub fn checks_of(model: &Model, run: &Run) -> Option<Checks> {
    if model.feed.outputs.contains_key(&run.id) || run.truncated || run.output.is_empty() {
        return None;
    }
    let printed = run.output.iter().filter(|line| !line.error);
    Checks::read(&printed.fold(String::new(), |text, line| text + &line.text + "\n"))
}

/// A line a check, failures first: glyph, word, name, what is said of it.
fn checks_table(checks: &Checks, width: usize) -> Vec<Line> {
    let names = checks.list.iter().map(|check| text_width(&check.name)).max().unwrap_or(0);
    let names = names.min((width / 2).saturating_sub(12)).max(8);
    let mut lines = vec![Line::new(vec![strong(format!("Checks: {}", checks.counts()), Role::Title)])];
    for check in &checks.list {
        let name = clip(&check.name, names);
        let room = names.saturating_sub(text_width(&name));
        let lead = format!("{} {:<7}", check.turned.glyph(), check.turned.word());
        let rest = width.saturating_sub(names + 13).max(1);
        let mut parts = wrapped(&check.detail, rest, Role::Dim).into_iter();
        let mut first = vec![
            strong(lead, check.turned.role()),
            span(format!("  {name}{}  ", " ".repeat(room)), Role::Text),
        ];
        first.extend(parts.next().into_iter().flat_map(|line| line.left));
        lines.push(Line::new(first));
        for mut more in parts {
            more.left.insert(0, span(" ".repeat(names + 13), Role::Dim));
            lines.push(more);
        }
    }
    lines
}

/// Everything about a signal.
pub fn detail(model: &Model, now: Timestamp, id: &SignalId, width: usize) -> Dialog {
    let Some(index) = model.plan.signal_index(id) else {
        return reader(model, id.as_str(), Role::Focus, Vec::new());
    };
    let (signal, feed) = (&model.plan.signals[index], &model.feed.signals[index]);
    let standing = standing(model, now, index);
    let mut body = Vec::new();
    let mut say = |label: &str, text: String, role: Role| {
        let lines = wrapped(&text, width.saturating_sub(14).max(8), role);
        for (at, mut line) in lines.into_iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            line.left.insert(0, span(format!("{label:<14}"), Role::Dim));
            body.push(line);
        }
    };
    let told = |since: Timestamp| format!(" since {} ({})", since.clock(), short(now.since(since)));
    let since = standing.since.map_or_else(String::new, told);
    say("state", format!("{}{since}", standing.words), standing.role);
    if !standing.tags.is_empty() {
        say("", standing.tags.join(", "), Role::Accent);
    }
    if let Some(known) = model.watch.signals.get(id) {
        if known.reason.is_some() {
            say("reason", reason_words(known.reason, &known.detail), Role::Text);
        }
        let red = matches!(known.health, Health::Down | Health::Degraded);
        if let Some(after) = last_release(model, known, red) {
            say("last release", after, Role::Accent);
        }
        if red && !model.plan.runbooks.is_empty() {
            let (text, role) = mentioned(model, id);
            say("runbook", text, role);
        }
        if let Some(taken) = &known.acknowledged {
            let text = format!("by {} until {}: {}", taken.by, taken.until.clock_minutes(), taken.why);
            say("acknowledged", text, Role::Text);
        }
    }
    if let Some(last) = &feed.last {
        let took = last.latency.map_or_else(String::new, |span| format!(" in {}", latency(span)));
        let why = reason_words(last.reason, &last.detail);
        say("last reading", format!("{}: {} {why}{took}", last.at.clock(), last.health.word()), Role::Text);
        if let Some(days) = last.certificate_days {
            let role = if days < 14 { Role::Warning } else { Role::Text };
            say("certificate", format!("{days} days left"), role);
        }
        if let Some(wait) = last.retry_after {
            say("asked to wait", short(wait), Role::Warning);
        }
    }
    if let Some(mut scratch) = Samples::scratch() {
        let all = feed.samples.statistics(now, SAMPLE_WINDOW, &mut scratch);
        let show = |span: Option<std::time::Duration>| span.map_or_else(|| "-".into(), latency);
        let rate = all.error_rate.map_or_else(|| "-".into(), |rate| format!("{:.1}%", rate * 100.0));
        say(
            "15 minutes",
            format!("{} readings, p50 {}, p95 {}, errors {rate}", all.count, show(all.p50), show(all.p95)),
            Role::Text,
        );
    }
    let rules = &signal.rules;
    say(
        "rules",
        format!(
            "every {}; fails after {} in a row or {} of {}; recovers after {}",
            short(signal.every),
            rules.fail_after,
            rules.fail_count,
            rules.fail_among,
            rules.recover_after
        ),
        Role::Dim,
    );
    for line in signal.request().map(crate::domain::io::IoRequest::preview).unwrap_or_default() {
        say("asks", line, Role::Code);
    }
    if let Some(alert) = signal.alert() {
        say("looks at", alert.of.to_string(), Role::Text);
        say("fires", crate::panes::words::rule(&alert.rule), Role::Code);
    }
    if let Some(body) =
        feed.last.as_ref().and_then(|last| last.body.as_ref()).filter(|_| signal.board.is_some())
    {
        let text = serde_json::to_string(&**body).unwrap_or_default();
        say("read", crate::domain::text::clean(&text).into_owned(), Role::Code);
    }
    if let Some(ok) = &signal.ok {
        say("ok when", ok.text().to_owned(), Role::Code);
    }
    if let Some(degraded) = &signal.degraded {
        say("degraded", degraded.text().to_owned(), Role::Code);
    }
    if let Some(bad) = &feed.last_bad {
        body.push(Line::default());
        body.push(Line::new(vec![strong(format!("Last bad reply, {}", bad.at.clock()), Role::Title)]));
        body.extend(wrapped(&bad.request, width, Role::Code));
        for line in &bad.lines {
            body.extend(wrapped(line, width, Role::Text));
        }
    }
    attachable(model, id, width, reader(model, id.as_str(), standing.role, body))
}

/// That `source` is attached to the step at hand: the footer, which says so once, is not seen behind a view.
pub fn attached(model: &Model, source: &str, title: Option<&str>, width: usize) -> Vec<Line> {
    let Some(step) = &model.ui.step else { return Vec::new() };
    let incident = model.watch.incident().map(|incident| &incident.id);
    let is_it = |one: &Attachment| {
        matches!(&one.evidence, StepEvidence::Attached { source: from, title: of, .. }
            if from == source && title.is_none_or(|title| title == of))
    };
    if !model.watch.attached.to(incident, step).iter().any(is_it) {
        return Vec::new();
    }
    let words = model.plan.step(step).map_or("a step", |known| &known.text);
    wrapped(&format!("⊕ attached to: {}", clip(words, 200)), width, Role::Ok)
}

/// With the key that attaches `signal`, and whether it is attached.
fn attachable(model: &Model, signal: &SignalId, width: usize, mut dialog: Dialog) -> Dialog {
    dialog.body.splice(0..0, attached(model, signal.as_str(), None, width));
    let wanted = [(Command::Copy, "copy"), (Command::Attach, "attach")];
    Dialog { keys: reading(model, &wanted, "back"), ..dialog }
}
