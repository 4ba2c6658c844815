//! From an alert to the part of a runbook that speaks of it.

use crate::domain::command::{Command, Place};
use crate::domain::fact::Fact;
use crate::domain::ids::SignalId;
use crate::domain::mention::Mention;
use crate::domain::reading::Health;
use crate::domain::time::Timestamp;
use crate::panes;
use crate::state::{Dialog, Focus, Model, mention};

use super::{Out, entry, say, say_no, step};

/// What the runbooks say of `signal`.
pub fn of_signal(model: &Model, signal: &SignalId) -> Option<Mention> {
    mention(&model.plan.runbooks, &[signal.as_str()])
}

/// A signal went red: the heading that mentions it is proposed, and what no runbook mentions is on record.
pub fn red(model: &mut Model, now: Timestamp, signal: &SignalId, out: &mut Out) {
    if model.plan.runbooks.is_empty() {
        return;
    }
    let found = of_signal(model, signal);
    if let Some(found) = &found
        && model.ui.said.as_ref().is_none_or(|(_, until, _)| now >= *until)
    {
        let chord = model.plan.chord(Place::Health, &Command::GoToMention).unwrap_or("H").to_owned();
        // Proposed where no incident is open; nobody has to answer.
        let declares = model.plan.chord(Place::Console, &Command::Declare).unwrap_or("-");
        let declares =
            if model.watch.incident().is_none() { format!(" · {declares} declares") } else { String::new() };
        let text =
            format!("{signal} is red: {chord} opens {:?}, which speaks of it{declares}", found.heading);
        say(model, now, text);
        model.ui.proposed = Some(signal.clone());
    }
    if model.watch.routes.get(signal) != Some(&found) {
        out.fact(Fact::Routed { signal: signal.clone(), mention: found });
    }
}

/// Goes to what the runbooks say of the alert that is looked at.
pub fn go(model: &mut Model, now: Timestamp, out: &mut Out) {
    let mut names: Vec<String> = Vec::new();
    if let Some((_, listed, _)) = entry::looked_at(model) {
        names.push(listed.title);
        names.push(listed.key);
    }
    let on_timeline = || match &panes::timeline::cursor(model)?.fact {
        Fact::Settled { signal, .. } => Some(signal.clone()),
        _ => None,
    };
    let signal = match (&model.ui.dialog, model.ui.focus) {
        (Some(Dialog::Detail { signal, .. } | Dialog::Entry { signal, .. }), _) => Some(signal.clone()),
        (_, Focus::Timeline) => on_timeline(),
        (_, Focus::Health | Focus::Runbook | Focus::Due | Focus::Board(_)) => meant(model),
    };
    names.extend(signal.map(|signal| signal.to_string()));
    let Some(name) = names.last().cloned() else {
        say_no(model, now, "no alert is selected");
        return;
    };
    let found = names.iter().find_map(|name| mention(&model.plan.runbooks, &[name.as_str()]));
    match found {
        Some(Mention { step: Some(to), heading, line, how, .. }) => {
            model.ui.dialog = None;
            model.ui.focus = Focus::Runbook;
            say(model, now, format!("{heading}, line {line}: speaks of {name} {}", how.word()));
            step::go(model, to, out);
        }
        Some(Mention { runbook, heading, line, .. }) => {
            say_no(model, now, format!("{runbook}:{line}: {heading} speaks of {name}, and asks for nothing"));
        }
        None => say_no(model, now, format!("no runbook mentions {name}")),
    }
}

/// The signal under the cursor; where that is well, the red one whose part of a runbook was proposed, or the worst.
fn meant(model: &Model) -> Option<SignalId> {
    let is_red = |signal: &SignalId| {
        let known = model.watch.signals.get(signal);
        known.is_some_and(|known| matches!(known.health, Health::Down | Health::Degraded))
    };
    let chosen = entry::signal(model);
    if chosen.as_ref().is_some_and(is_red) {
        return chosen;
    }
    let proposed = model.ui.proposed.clone().filter(is_red);
    let worst = model.feed.order.first().map(|at| model.plan.signals[*at].id.clone()).filter(is_red);
    proposed.or(worst).or(chosen)
}

/// Signals that were red in the incident at hand and that no runbook mentions.
pub fn unmentioned(model: &Model) -> Vec<String> {
    let Some(incident) = model.watch.incident() else { return Vec::new() };
    let was_red = |signal: &SignalId| {
        model.watch.signals.get(signal).is_some_and(|known| {
            matches!(known.health, Health::Down | Health::Degraded) || known.since >= incident.declared
        })
    };
    let silent = model.watch.routes.iter().filter(|(signal, found)| found.is_none() && was_red(signal));
    silent.map(|(signal, _)| signal.to_string()).collect()
}
