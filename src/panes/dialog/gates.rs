//! A sequence: every command exactly, how each stands, what holds it up, and the key that begins it.

use crate::domain::action::Risk;
use crate::domain::io::IoRequest;
use crate::domain::role::Role;
use crate::domain::text::{clean, clean_lines, clip, width as columns};
use crate::domain::time::{Timestamp, short, stopwatch};
use crate::panes::shape::{Dialog, Line, span, strong};
use crate::state::{Gate, GateKind, GatesDialog, Model, Standing};

use super::{keys, wrapped};

/// From the model to a shape.
pub fn project(model: &Model, now: Timestamp, gates: &GatesDialog, width: usize) -> Dialog {
    let environment = &model.plan.environment;
    let goes_on = model.feed.gates.is_some();
    let (ahead, hold) = gates.ahead(&model.watch);
    let shared = directory(gates);
    let mut body = Vec::new();
    if let Some(directory) = &shared {
        body.extend(wrapped(directory, width, Role::Dim));
    }
    for (at, gate) in gates.gates.iter().enumerate() {
        body.extend(link(model, now, gates, (at, gate), shared.as_deref(), width));
        if Some(at) == hold && !goes_on {
            body.extend(indented(&stops(model, gates, gate), width, Role::Warning));
        }
    }
    body.push(Line::default());
    let risk = gates.risk(&model.watch);
    let locked =
        environment.starts_locked && !model.watch.armed(now) && risk.is_some_and(|risk| risk != Risk::Read);
    if goes_on {
        body.extend(wrapped("It stops at the first command that does not end well.", width, Role::Text));
    } else {
        body.extend(before(model, gates, ahead.len(), risk, width));
    }
    if let Some(why) = environment.read_only.as_ref().filter(|_| risk.is_some_and(|risk| risk != Risk::Read))
    {
        body.extend(wrapped(&format!("Read-only, {why}: this cannot run here."), width, Role::Danger));
    }
    if let Some(problem) = &gates.problem {
        body.extend(wrapped(problem, width, Role::Danger));
    }
    let asked = match (goes_on, ahead.is_empty()) {
        (true, _) => "Running in order  ",
        (false, false) => "Run in order?  ",
        (false, true) => "In order  ",
    };
    let mut dialog = Dialog {
        title: Line::new(vec![strong(asked, Role::Title), strong(clip(&gates.title, 200), Role::Accent)]),
        border: match risk {
            _ if goes_on => Role::Focus,
            Some(Risk::Change | Risk::Destroy) if locked => Role::Locked,
            Some(Risk::Change | Risk::Destroy) => Role::Armed,
            Some(Risk::Read) | None => Role::Focus,
        },
        body,
        ..Dialog::default()
    };
    let bottom = dialog.body.len().saturating_sub(dialog.body_rows(model.ui.size));
    let must_read = !goes_on && risk.is_some_and(|risk| risk != Risk::Read) && gates.scroll < bottom;
    dialog.keys = if goes_on {
        keys(&[("X", "stop"), ("o", "output"), ("esc", "back, it goes on")])
    } else if must_read {
        keys(&[("↓", "read to the end"), ("esc", "do not run")])
    } else {
        hints(model, gates, &ahead, risk, locked)
    };
    dialog
}

/// The keys that mean something now.
fn hints(model: &Model, gates: &GatesDialog, ahead: &[usize], risk: Option<Risk>, locked: bool) -> Line {
    let missing = ahead.iter().any(|at| matches!(gates.gates[*at].kind, GateKind::Wants(..)));
    let ended = gates.gates.iter().any(|gate| {
        gate.is_counted()
            && matches!(gate.standing(&model.watch, false), Standing::Done(_) | Standing::Marked(_))
    });
    let yes = gates.yes.to_string();
    let mut hints: Vec<(&str, &str)> = Vec::new();
    if model.plan.environment.read_only.is_some() && risk.is_some_and(|risk| risk != Risk::Read) {
        return keys(&[("esc", "back")]);
    }
    if gates.unseen(&model.watch).is_some() {
        hints.extend([("d", "it ended well"), ("a", "run it again"), ("v", "verify")]);
    } else if missing {
        hints.push(("⏎", "fill in"));
    } else if locked {
        hints.push(("A", "arm, to run it"));
    } else if risk == Some(Risk::Read) {
        hints.push(("⏎", "run"));
    } else if risk.is_some() {
        hints.push((&yes, "run"));
    }
    if ended || gates.fresh {
        hints.push(if gates.fresh { ("r", "not anew") } else { ("r", "anew") });
    }
    hints.push(("esc", if ahead.is_empty() { "back" } else { "do not run" }));
    keys(&hints)
}

/// What is said before it begins.
fn before(model: &Model, gates: &GatesDialog, ahead: usize, risk: Option<Risk>, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    if gates.fresh {
        lines.extend(wrapped("Anew: what has ended well runs again.", width, Role::Warning));
    }
    let counted = gates.gates.iter().filter(|gate| gate.is_counted()).count();
    if ahead == 0 && gates.ahead(&model.watch).1.is_none() {
        lines.extend(wrapped(&format!("All {counted} are done."), width, Role::Ok));
    }
    let environment = &model.plan.environment;
    let place = format!("{} · {}", environment.console, environment.environment);
    let words = match risk {
        None => return lines,
        Some(Risk::Read) => "read: it changes nothing",
        Some(Risk::Change | Risk::Destroy) => "change: the highest risk in it; reversible",
    };
    let text = format!("{ahead} of {counted} run, one after the other, on {place}.");
    lines.extend(wrapped(&text, width, Role::Text));
    lines.extend(wrapped(words, width, risk.map_or(Role::Text, Risk::role)));
    lines
}

/// The directory in which all of it runs, if it is one.
fn directory(gates: &GatesDialog) -> Option<String> {
    let mut all = gates.gates.iter().filter_map(|gate| match &gate.kind {
        GateKind::Runs(wanted) => match &wanted.request {
            IoRequest::Command(command) => {
                Some(command.cwd.as_ref().map(|cwd| format!("in {}", cwd.display())))
            }
            _ => Some(None),
        },
        GateKind::Wants(..) | GateKind::Holds(_) | GateKind::Excluded => None,
    });
    let first = all.next()??;
    all.all(|other| other.as_ref() == Some(&first)).then_some(clean(&first).into_owned())
}

/// One link: its words and how it stands, and what exactly runs where it is still to run.
fn link(
    model: &Model,
    now: Timestamp,
    gates: &GatesDialog,
    (at, gate): (usize, &Gate),
    shared: Option<&str>,
    width: usize,
) -> Vec<Line> {
    let standing = gate.standing(&model.watch, gates.fresh);
    let (glyph, words, role) = stand(model, now, gate, standing);
    let words = clip(&words, (width / 2).max(12)).into_owned();
    let text = clean(gate.text.lines().next().unwrap_or_default()).into_owned();
    let head = format!("{:>2} {glyph} ", at + 1);
    let room = width.saturating_sub(columns(&head) + columns(&words) + 2);
    let runs = matches!(standing, Standing::Waits | Standing::Failed(_));
    let exact = match &gate.kind {
        GateKind::Runs(wanted) if runs => preview(&wanted.request, shared),
        GateKind::Wants(..) if runs => gate.text.lines().skip(1).map(str::to_owned).collect(),
        GateKind::Runs(_) | GateKind::Wants(..) | GateKind::Holds(_) | GateKind::Excluded => Vec::new(),
    };
    let text_role = if runs && gate.kind != GateKind::Excluded { Role::Text } else { Role::Dim };
    let mut line = Line::new(vec![span(head, role), span(clip(&text, room.max(8)).into_owned(), text_role)]);
    line.right = vec![span(words, role)];
    let mut lines = vec![line];
    for part in exact {
        lines.extend(indented(&part, width, Role::Code));
    }
    if let (GateKind::Runs(wanted), true) = (&gate.kind, runs)
        && let Some(undo) = &wanted.ties.undo
    {
        lines.extend(indented(&clean(&format!("undo: {}", undo.line())), width, Role::Dim));
    }
    if let (GateKind::Wants(_, holes), true) = (&gate.kind, runs) {
        let holes: Vec<&str> = holes.iter().map(|hole| hole.token.as_str()).collect();
        lines.extend(indented(&format!("to fill in: {}", holes.join(", ")), width, Role::Warning));
    }
    lines
}

/// Glyph, words and meaning of how a link stands.
fn stand(model: &Model, now: Timestamp, gate: &Gate, standing: Standing<'_>) -> (&'static str, String, Role) {
    match standing {
        Standing::Done(run) => {
            ("✔", format!("{} done {} ago", run.id, short(now.since(run.requested))), Role::Ok)
        }
        Standing::Marked(mark) => (
            mark.state.glyph(),
            format!("{} {} {}", mark.state.word(), mark.at.clock_minutes(), mark.by),
            super::super::runbook::role_of(&mark.state),
        ),
        Standing::Unknown(run) => ("?", format!("{} unknown", run.id), Role::Danger),
        Standing::Runs(run) => {
            let word = if model.feed.stopping.contains(&run.id) { "stopping" } else { "running" };
            ("▶", format!("{} {word} {}", run.id, stopwatch(now.since(run.requested))), Role::Accent)
        }
        Standing::Waits | Standing::Failed(_) => match (&gate.kind, standing) {
            (GateKind::Excluded, _) => ("–", "left out by the file".into(), Role::Dim),
            (GateKind::Holds(_), _) => ("‖", "not run from here".into(), Role::Warning),
            (_, Standing::Failed(run)) => {
                let risk = gate.risk().map_or("", Risk::word);
                ("✖", format!("{} did not end well  {risk}", run.id), Role::Danger)
            }
            _ => {
                let risk = gate.risk().unwrap_or(Risk::Change);
                ("☐", risk.word().to_owned(), risk.role())
            }
        },
    }
}

/// Why it stops before a link.
fn stops(model: &Model, gates: &GatesDialog, gate: &Gate) -> String {
    match (gate.standing(&model.watch, gates.fresh), &gate.kind) {
        (Standing::Unknown(run), _) if run.is_unknown() => {
            format!(
                "{} was out when the console ended: it may have ended well. It is not run again unasked.",
                run.id
            )
        }
        (Standing::Unknown(run), _) => {
            format!(
                "{} was looked at; whether it ended well was not said. It is not run again unasked.",
                run.id
            )
        }
        (Standing::Runs(run), _) => format!("It stops here while {} is out.", run.id),
        (_, GateKind::Holds(why)) => format!("It stops here: {why}."),
        (_, GateKind::Runs(_) | GateKind::Wants(..) | GateKind::Excluded) => String::new(),
    }
}

/// The request, a line a part, without the directory that is said once.
fn preview(request: &IoRequest, shared: Option<&str>) -> Vec<String> {
    let lines = request.preview().into_iter().filter(|line| Some(line.as_str()) != shared);
    lines.flat_map(|line| clean_lines(&line).lines().map(str::to_owned).collect::<Vec<_>>()).collect()
}

fn indented(text: &str, width: usize, role: Role) -> Vec<Line> {
    let mut lines = wrapped(text, width.saturating_sub(5).max(1), role);
    lines.iter_mut().for_each(|line| line.left.insert(0, span("     ", role)));
    lines
}
