//! Attaching the row that is looked at to the step of the runbook pane. The row goes by its name: one that has moved
//! since it was chosen is still the one that is attached, and one that is gone is none.

use crate::domain::fact::Fact;
use crate::domain::ids::{RunId, SignalId};
use crate::domain::narrate::tell;
use crate::domain::step_evidence::StepEvidence;
use crate::domain::text::{clean, clip};
use crate::domain::time::Timestamp;
use crate::panes;
use crate::state::{Dialog, Focus, Model, RunState, reason_words};

use super::{Out, entry, recordable, say, say_no};

/// Columns of what is attached at most: what was looked at, not a copy of its source.
const LONGEST: usize = 1_000;

/// A row of a pane, as it is kept.
struct Row {
    source: String,
    title: String,
    text: String,
    seen: Timestamp,
}

/// Attaches the row that is looked at to the step under the runbook's cursor.
pub fn attach(model: &mut Model, now: Timestamp, out: &mut Out) {
    if !recordable(model, now) {
        return;
    }
    let step = model.ui.step.clone().and_then(|step| {
        let words = model.plan.step(&step)?.text.clone();
        Some((step, words))
    });
    let Some((step, words)) = step else {
        say_no(model, now, "there is no step to attach it to: go to one in the runbook pane");
        return;
    };
    let Some(row) = row(model, now) else {
        say_no(model, now, "nothing here can be attached: go to a row of another pane");
        return;
    };
    let short = |text: &str, columns| clip(&clean(text), columns).into_owned();
    let (source, title) = (short(&row.source, 80), short(&row.title, 200));
    let to = clip(&words, 40).into_owned();
    let evidence = StepEvidence::Attached { source: source.clone(), title: title.clone(), at: row.seen };
    let incident = model.watch.incident().map(|incident| &incident.id);
    if model.watch.attached.to(incident, &step).iter().any(|known| known.evidence == evidence) {
        say(model, now, format!("attached already to: {to}"));
        return;
    }
    let by = model.plan.environment.operator.clone();
    say(model, now, format!("{source} attached to: {to}"));
    let text = short(&row.text, LONGEST);
    out.fact(Fact::EvidenceAttached { step, words, source, title, text, seen: row.seen, by });
}

/// The row that is looked at: in a dialog, or under the cursor of the pane that has the keys.
fn row(model: &Model, now: Timestamp) -> Option<Row> {
    match (&model.ui.dialog, model.ui.focus) {
        (Some(Dialog::Entry { .. }), _) | (None, Focus::Board(_)) => listed(model),
        (Some(Dialog::Detail { signal, .. }), _) => of_signal(model, now, signal),
        (Some(Dialog::Output { run, .. }), _) => of_run(model, run),
        (None | Some(Dialog::Read { .. }), Focus::Timeline) => {
            let logged = panes::timeline::cursor(model)?;
            let told = tell(&logged.fact);
            let text = format!("{} {} {}", logged.at.rfc3339(), told.who, told.text);
            Some(Row { source: told.who, title: told.text, text, seen: logged.at })
        }
        (None, Focus::Health) => of_signal(model, now, &panes::health::cursor(model)?),
        (None, Focus::Due) => due(model, now),
        (Some(_), _) | (None, Focus::Runbook) => None,
    }
}

/// An entry of a board.
fn listed(model: &Model) -> Option<Row> {
    let (signal, entry, at) = entry::looked_at(model)?;
    let index = model.plan.signal_index(&signal)?;
    let text = panes::board::evidence(model, index, &entry, at);
    let text = text.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    let title = format!("{} {}", entry.state, entry.title);
    Some(Row { source: signal.to_string(), title, text, seen: entry.at.unwrap_or(at) })
}

/// A signal, as its newest reading leaves it.
fn of_signal(model: &Model, now: Timestamp, signal: &SignalId) -> Option<Row> {
    let index = model.plan.signal_index(signal)?;
    let standing = panes::health::standing(model, now, index);
    let seen = model.feed.signals[index].last.as_ref().map_or(now, |last| last.at);
    let why = model.watch.signals.get(signal).map(|known| reason_words(known.reason, &known.detail));
    let why = why.filter(|why| !why.is_empty()).map_or_else(String::new, |why| format!(" ({why})"));
    let since = standing.since.map_or_else(String::new, |since| format!(" since {}", since.rfc3339()));
    let text = format!("{signal}: {}{why}{since} (read {})", standing.health.word(), seen.rfc3339());
    Some(Row { source: signal.to_string(), title: standing.words, text, seen })
}

/// A run, as it stands.
fn of_run(model: &Model, id: &RunId) -> Option<Row> {
    let run = model.watch.run(id)?;
    let state = match &run.state {
        RunState::Requested => "requested".to_owned(),
        RunState::Accepted(detail) => format!("accepted: {detail}"),
        RunState::Observed(detail, _) => format!("✔ {detail}"),
        RunState::NotInEffect(detail) => format!("✖ not in effect: {detail}"),
        RunState::Failed(detail) => format!("✖ failed: {detail}"),
        RunState::Cancelled(detail) => format!("cancelled: {detail}"),
        RunState::Unknown(detail) => format!("? unknown: {detail}"),
        RunState::Verified(detail) => format!("verified: {detail}"),
    };
    let title = format!("{} {state}", run.title);
    let text = format!("{id} {title} (requested {} by {})", run.requested.rfc3339(), run.by);
    Some(Row { source: id.to_string(), title, text, seen: run.requested })
}

/// A line of what is due.
fn due(model: &Model, now: Timestamp) -> Option<Row> {
    let key = panes::due::selected(model, now)?;
    let item = panes::due::items(model, now).into_iter().find(|item| item.key == key)?;
    let title = format!("{} {}", item.clock, item.text);
    let text = format!("{title} (due, read {})", now.rfc3339());
    Some(Row { source: "due".into(), title, text, seen: now })
}
