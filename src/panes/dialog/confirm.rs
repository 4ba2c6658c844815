//! The confirmation: the exact request first, then what it may do, then the key that says yes.

use crate::domain::action::{Purpose, Risk};
use crate::domain::role::Role;
use crate::domain::time::{Timestamp, short};
use crate::panes::shape::{Dialog, Input, Line, Span, span, strong};
use crate::panes::undo;
use crate::state::{Confirm, Model, Position};

use super::{keys, wrapped};

/// From the model to a shape.
pub fn project(model: &Model, now: Timestamp, confirm: &Confirm, width: usize) -> Dialog {
    let environment = &model.plan.environment;
    let locked = environment.starts_locked && !model.watch.armed(now);
    let mut body = Vec::new();
    if let Some(card) = &confirm.card {
        super::rollback::card(model, now, card, width, &mut body);
    }
    super::comms::readers(model, confirm, width, &mut body);
    match &confirm.position {
        Position::None => {}
        // Which way it is to be switched is not known yet: what is not shown cannot change under a key.
        Position::Reading(_) => return reading(confirm, width),
        Position::Known(on) => {
            let (is, to) = if *on { ("ON", "OFF") } else { ("OFF", "ON") };
            body.extend(wrapped(&format!("It is {is}, read just now."), width, Role::Accent));
            body.extend(wrapped(&format!("This switches it {to}."), width, Role::Warning));
        }
        Position::Unreadable(why) => {
            body.extend(wrapped(&format!("Its position cannot be read: {why}"), width, Role::Danger));
            let aim = if confirm.purpose == Purpose::Off { "OFF" } else { "ON" };
            body.extend(wrapped(
                &format!("This switches it {aim}: 1 for on, 0 for off."),
                width,
                Role::Warning,
            ));
        }
    }
    if confirm.hands_over {
        body.extend(wrapped("It gets this terminal until it ends.", width, Role::Text));
    }
    let calls = confirm.offer.as_ref().map_or(1, |offered| offered.offer.calls.len());
    let runs = if calls > 1 { "Exactly this runs first, the canary:" } else { "Exactly this runs:" };
    body.push(Line::new(vec![span(runs, Role::Dim)]));
    body.push(Line::default());
    body.extend(request(confirm, width));
    body.push(Line::default());
    if let Some(undone) = &confirm.ties.undoes {
        for line in undo::about(model, now, undone) {
            body.extend(wrapped(&line, width, Role::Text));
        }
        body.push(Line::default());
    }
    if let Some(offered) = &confirm.offer {
        super::entry::consequences(&offered.offer, width, &mut body);
    }
    body.extend(consequences(model, confirm, width));
    let risk = match confirm.risk {
        Risk::Change if confirm.post.is_some() => "tells somebody, and is not taken back",
        Risk::Read => "changes nothing",
        Risk::Change => "changes something, reversibly",
        Risk::Destroy => "CANNOT BE UNDONE",
    };
    let place = format!("{} · {}", environment.console, environment.environment);
    body.extend(wrapped(&format!("{}: {risk}", confirm.risk.word()), width, confirm.risk.role()));
    body.extend(wrapped(&format!("On {place}."), width, Role::Text));
    if let Some(why) = environment.read_only.as_ref().filter(|_| confirm.risk != Risk::Read) {
        body.extend(wrapped(&format!("Read-only, {why}: this cannot run here."), width, Role::Danger));
    }
    if let Some(problem) = &confirm.problem {
        body.extend(wrapped(problem, width, Role::Danger));
    }
    if confirm.is_typed() {
        body.extend(wrapped(
            &format!("Type {} to run it.", confirm.target),
            width,
            if confirm.risk == Risk::Destroy { Role::Danger } else { Role::Warning },
        ));
    }
    let typing = confirm.is_typed() && !locked && environment.read_only.is_none();
    let refused = environment.read_only.is_some() && confirm.risk != Risk::Read;
    let hints = hints(confirm, refused, locked, typing);
    let border = match confirm.risk {
        Risk::Destroy => Role::Danger,
        Risk::Read | Risk::Change if locked => Role::Locked,
        Risk::Read | Risk::Change => Role::Armed,
    };
    let asking = match (refused, locked) {
        (true, _) => "READ-ONLY  ",
        (false, true) => "LOCKED  ",
        (false, false) => "Run?  ",
    };
    let dialog = Dialog {
        title: Line::new(title(asking, confirm)),
        border,
        body,
        scroll: confirm.scroll,
        input: typing.then(|| Input {
            label: "target:".into(),
            value: confirm.typed.value().to_owned(),
            cursor: confirm.typed.cursor(),
            problem: None,
        }),
        keys: hints,
    };
    let mut dialog = super::at(dialog, confirm.scroll, model);
    // What can be pressed now, as long as it is not seen whole.
    let asked = std::mem::replace(&mut dialog.keys, keys(&[("↓", "read to the end"), ("esc", "do not run")]));
    if dialog.body.len() <= dialog.scroll + dialog.body_rows(model.ui.size) {
        dialog.keys = asked;
    }
    dialog
}

/// Which keys mean something.
fn hints(confirm: &Confirm, refused: bool, locked: bool, typing: bool) -> Line {
    let yes = confirm.yes.to_string();
    if refused {
        keys(&[("esc", "back")])
    } else if locked && confirm.risk != Risk::Read {
        keys(&[("A", "arm, to run it"), ("esc", "do not run")])
    } else if typing {
        keys(&[("⏎", "run once typed"), ("esc", "do not run")])
    } else {
        keys(&[(&yes, "run"), ("n", "do not run")])
    }
}

/// The border's text; who reads what is posted stands in it, because it never scrolls away.
fn title(asking: &'static str, confirm: &Confirm) -> Vec<Span> {
    let mut spans = vec![strong(asking, Role::Title)];
    spans.extend(
        confirm.post.iter().map(|post| strong(format!("{}  ", post.audience.badge()), post.audience.role())),
    );
    spans.push(strong(heading(confirm), Role::Accent));
    spans
}

/// What it is, in the border.
fn heading(confirm: &Confirm) -> String {
    match &confirm.ties.undoes {
        Some(undone) => format!("undo {undone}: {}", confirm.title),
        None => confirm.title.clone(),
    }
}

/// The request, a line a part.
fn request(confirm: &Confirm, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    for line in confirm.request.preview() {
        let line = crate::domain::text::clean_lines(&line);
        for part in line.lines() {
            let wrapped = super::wrapped(part, width.saturating_sub(2).max(1), Role::Code);
            lines.extend(wrapped.into_iter().map(|mut line| {
                line.left.insert(0, span("  ", Role::Code));
                line
            }));
        }
    }
    lines
}

/// While a toggle's position is read.
fn reading(confirm: &Confirm, width: usize) -> Dialog {
    let mut body = wrapped("Reading the position it is in now …", width, Role::Warning);
    if let Some(problem) = &confirm.problem {
        body.extend(wrapped(problem, width, Role::Danger));
    }
    Dialog {
        title: Line::new(vec![strong(confirm.action.to_string(), Role::Title)]),
        border: Role::Focus,
        body,
        keys: keys(&[("esc", "do not run")]),
        ..Dialog::default()
    }
}

/// How its effect is seen, what it leaves, where it was asked from.
fn consequences(model: &Model, confirm: &Confirm, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(action) = model.plan.action(&confirm.action) {
        if let Some((signal, when)) = &action.observe {
            let negated = if confirm.purpose == Purpose::Off { "not " } else { "" };
            let text = format!(
                "In effect when {signal} shows {negated}{}, within {}.",
                when.text(),
                short(action.within)
            );
            lines.extend(wrapped(&text, width, Role::Text));
        }
        if let Some(after) =
            action.ends_after.filter(|_| matches!(confirm.purpose, Purpose::On | Purpose::Do))
        {
            let text = format!("To be undone within {}: it is counted down in Due.", short(after));
            lines.extend(wrapped(&text, width, Role::Text));
        }
    }
    for note in &confirm.notes {
        let role = if note.contains("NOT SET") { Role::Danger } else { Role::Text };
        lines.extend(wrapped(note, width, role));
    }
    if let Some(known) = undo::known(confirm).filter(|_| confirm.post.is_none()) {
        let role = if confirm.ties.undo.is_some() { Role::Text } else { Role::Warning };
        lines.extend(wrapped(&known, width, role));
    }
    if let Some(failed) = &confirm.ties.handles {
        let text = format!("Answers the failure of {failed}. Its step stays failed.");
        lines.extend(wrapped(&text, width, Role::Warning));
    }
    if let Some(approval) = confirm.step.as_ref().and_then(|step| model.watch.approval(step)) {
        let text = format!("Approved by {} for {}: {}", approval.name, approval.role, approval.reason);
        lines.extend(wrapped(&text, width, Role::Ok));
    }
    if let Some(step) = confirm.step.as_ref().and_then(|step| model.plan.step(step)) {
        lines.extend(wrapped(&format!("Step: {}", step.text), width, Role::Dim));
    }
    lines
}

/// Leaving while something is out.
pub fn quit(model: &Model, now: Timestamp, width: usize) -> Dialog {
    let mut body = wrapped(
        "These are still out. Leaving stops commands, and leaves the rest unknown:",
        width,
        Role::Warning,
    );
    body.push(Line::default());
    for run in model.watch.runs.iter().filter(|run| run.is_open()) {
        let text = format!("{} {}, for {}", run.id, run.title, short(now.since(run.requested)));
        body.extend(wrapped(&text, width, Role::Text));
    }
    if let Some(going) = &model.feed.gates {
        let text = format!("{} {} ends with it: what follows does not run.", going.id, going.title);
        body.extend(wrapped(&text, width, Role::Text));
    }
    if !model.watch.runs.iter().any(crate::state::Run::is_open) {
        body = wrapped("Nothing is out any more.", width, Role::Ok);
    }
    Dialog {
        title: Line::new(vec![strong("Leave?", Role::Title)]),
        border: Role::Warning,
        body,
        keys: keys(&[("y", "leave"), ("n", "stay")]),
        ..Dialog::default()
    }
}
