//! An incident declared: by a key, or from a signal that is red. The next one, while one is open, as well.

use crate::domain::fact::Fact;
use crate::domain::ids::{IncidentId, SignalId};
use crate::domain::incident::{IncidentKind, Severity};
use crate::domain::reading::Health;
use crate::domain::runbook::PhaseKind;
use crate::domain::time::Timestamp;
use crate::state::{Asking, Model, reason_words, security, severity_and_rest};

use super::{Out, dialog, recordable, say, step};

/// The word that makes it a security incident.
const SECURITY: &str = "security";

/// What is proposed: the signal that is red and that no open incident is about.
struct Proposal {
    signal: SignalId,
    severity: Severity,
    title: String,
}

fn is_red(model: &Model, signal: &SignalId) -> bool {
    let known = model.watch.signals.get(signal);
    known.is_some_and(|known| matches!(known.health, Health::Down | Health::Degraded))
}

fn proposal(model: &Model) -> Option<Proposal> {
    let spoken_of =
        |signal: &SignalId| model.watch.open_incidents().any(|open| open.signal.as_ref() == Some(signal));
    let mut red = model.feed.order.iter().map(|at| &model.plan.signals[*at].id);
    let signal = red.find(|signal| is_red(model, signal) && !spoken_of(signal))?;
    let known = model.watch.signals.get(signal)?;
    let why = reason_words(known.reason, &known.detail);
    let why = if why.is_empty() { String::new() } else { format!(" ({why})") };
    let (severity, state) = match known.health {
        Health::Down => (Severity::P1, "down"),
        Health::Degraded => (Severity::P2, "degraded"),
        Health::Ok | Health::Blind => return None,
    };
    Some(Proposal { signal: signal.clone(), severity, title: format!("{signal} is {state}{why}") })
}

/// Asks for severity and title; proposes the worst red signal.
pub fn ask(model: &mut Model, now: Timestamp) {
    if !recordable(model, now) {
        return;
    }
    super::arrange(model);
    match proposal(model) {
        Some(Proposal { signal, severity, title }) => {
            let text = format!("{} {title}", severity.word());
            dialog::prompt(model, Asking::Declare(Some(signal)), &text);
        }
        None => dialog::prompt(model, Asking::Declare(None), "P1 "),
    }
}

/// Takes `text`: severity, perhaps that it is a security incident, then title. The runbook begins anew at what contains
/// the harm, or at its part for security incidents.
pub fn declare(
    model: &mut Model,
    now: Timestamp,
    text: &str,
    proposed: Option<SignalId>,
    out: &mut Out,
) -> Result<(), String> {
    let (mut severity, mut title) =
        severity_and_rest(text).ok_or("begin with a severity, P0 to P3: such as \"P1 checkout is down\"")?;
    // One that is typed behind the one that was suggested is the one that is meant.
    if let Some((typed, rest)) = severity_and_rest(title) {
        (severity, title) = (typed, rest);
    }
    let mut kind = IncidentKind::Outage;
    let (word, rest) = title.split_once(char::is_whitespace).unwrap_or((title, ""));
    if word.trim_end_matches(':').eq_ignore_ascii_case(SECURITY) {
        (kind, title) = (IncidentKind::Security, rest.trim());
    }
    if title.is_empty() {
        return Err("say what is wrong, in a few words".into());
    }
    let incident = IncidentId::from(format!("INC-{}", model.watch.incidents.len() + 1));
    let signal = proposed.filter(|signal| is_red(model, signal));
    let began = began(model, signal.as_ref());
    say(model, now, format!("{incident} declared"));
    let by = model.plan.environment.operator.clone();
    out.fact(Fact::IncidentDeclared { incident, severity, title: title.to_owned(), by, kind, signal, began });
    begin(model, kind, out);
    Ok(())
}

/// When it began: with the first of all that is red. What was red before another incident is about that one.
fn began(model: &Model, signal: Option<&SignalId>) -> Option<Timestamp> {
    let since = |signal: &SignalId| model.watch.signals.get(signal).map(|known| known.since);
    if model.watch.incident().is_some() {
        return signal.and_then(since);
    }
    let watched = model.plan.signals.iter().filter(|known| !known.observer).map(|known| &known.id);
    watched.filter(|signal| is_red(model, signal)).filter_map(since).min()
}

/// Takes the cursor to where an incident of this kind begins.
pub fn begin(model: &mut Model, kind: IncidentKind, out: &mut Out) {
    let first = match kind {
        IncidentKind::Security => {
            model.plan.add_security();
            security::first(model)
        }
        IncidentKind::Outage => step::first_of(model, PhaseKind::Contain),
    };
    if let Some(first) = first {
        step::go(model, first, out);
    }
}
