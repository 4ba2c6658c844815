//! The incident: declared, taken on, closed. And what it leaves owed.

use std::time::Duration;

use crate::domain::action::ActionKind;
use crate::domain::fact::Fact;
use crate::domain::ids::{IncidentId, ObligationId};
use crate::domain::incident::IncidentKind;
use crate::domain::reading::Health;
use crate::domain::runbook::PhaseKind;
use crate::domain::time::{Timestamp, short};
use crate::panes;
use crate::state::{Asking, DueKey, Focus, Model, ObligationState, severity_and_rest};

use super::{Out, action, dialog, recordable, say, say_no, step};

/// Asks for severity and title; proposes the worst red signal.
pub fn ask(model: &mut Model, now: Timestamp) {
    if !recordable(model, now) {
        return;
    }
    if let Some(incident) = model.watch.incident() {
        let text = format!("{} is open: close it first", incident.id);
        say_no(model, now, text);
        return;
    }
    let red = model.plan.signals.iter().find_map(|signal| {
        model.watch.signals.get(&signal.id).filter(|known| known.health == Health::Down).map(|known| {
            format!("P1 {} is down ({})", signal.id, crate::state::reason_words(known.reason, &known.detail))
        })
    });
    dialog::prompt(model, Asking::Declare, &red.unwrap_or_else(|| "P1 ".into()));
}

/// Takes `text`: severity, then title. The runbook begins anew at what contains the harm.
pub fn declare(model: &mut Model, now: Timestamp, text: &str, out: &mut Out) -> Result<(), String> {
    let (mut severity, mut title) =
        severity_and_rest(text).ok_or("begin with a severity, P0 to P3: such as \"P1 checkout is down\"")?;
    // One that is typed behind the one that was suggested is the one that is meant.
    if let Some((typed, rest)) = severity_and_rest(title) {
        (severity, title) = (typed, rest);
    }
    if title.is_empty() {
        return Err("say what is wrong, in a few words".into());
    }
    let incident = IncidentId::from(format!("INC-{}", model.watch.incidents.len() + 1));
    say(model, now, format!("{incident} declared"));
    let by = model.plan.environment.operator.clone();
    out.fact(Fact::IncidentDeclared {
        incident,
        severity,
        title: title.to_owned(),
        by,
        kind: IncidentKind::Outage,
        signal: None,
        began: None,
    });
    if let Some(first) = step::first_of(model, PhaseKind::Contain) {
        step::go(model, first, out);
    }
    Ok(())
}

/// Somebody takes the incident on.
pub fn acknowledge(model: &mut Model, now: Timestamp, out: &mut Out) {
    if !recordable(model, now) {
        return;
    }
    let by = model.plan.environment.operator.clone();
    match model.watch.incident() {
        None => say_no(model, now, "no incident is open"),
        Some(incident) if incident.acknowledged.is_some() => {
            let text = format!("{} is acknowledged already", incident.id);
            say_no(model, now, text);
        }
        Some(incident) => {
            let (incident, after) = (incident.id.clone(), now.since(incident.declared));
            say(model, now, format!("{incident} acknowledged after {}", short(after)));
            out.fact(Fact::IncidentAcknowledged { incident, by });
        }
    }
}

/// Asks for another severity.
pub fn ask_severity(model: &mut Model, now: Timestamp) {
    if !recordable(model, now) {
        return;
    }
    match model.watch.incident().map(|incident| incident.severity) {
        Some(severity) => dialog::prompt(model, Asking::Severity, severity.word()),
        None => say_no(model, now, "no incident is open"),
    }
}

/// Takes `text`: a severity.
pub fn severity(model: &mut Model, now: Timestamp, text: &str, out: &mut Out) -> Result<(), String> {
    let (severity, _) = severity_and_rest(text).ok_or("one of P0, P1, P2, P3")?;
    let incident = model.watch.incident().map(|incident| incident.id.clone()).ok_or("no incident is open")?;
    say(model, now, format!("{incident} is {} now", severity.word()));
    let by = model.plan.environment.operator.clone();
    out.fact(Fact::SeverityChanged { incident, severity, by, why: None });
    Ok(())
}

/// The obligation under the cursor of the due pane; from elsewhere, the one due first.
fn chosen(model: &Model, now: Timestamp) -> Option<ObligationId> {
    if model.ui.focus != Focus::Due {
        return model.watch.owed().first().map(|owed| owed.id.clone());
    }
    match panes::due::selected(model, now)? {
        DueKey::Obligation(id) => Some(id),
        DueKey::Run(_)
        | DueKey::Undo(_)
        | DueKey::Acknowledgement(_)
        | DueKey::Silence(_)
        | DueKey::Armed
        | DueKey::Timer(_)
        | DueKey::Reminder(_)
        | DueKey::Rung(_)
        | DueKey::Duty(_) => None,
    }
}

/// Whether `id` is still owed; otherwise what became of it.
fn still_owed(model: &Model, id: &ObligationId) -> Result<(), String> {
    match model.watch.obligation(id).map(|owed| &owed.state) {
        Some(ObligationState::Open) => Ok(()),
        Some(ObligationState::Discharged) => Err(format!("{id} is discharged already")),
        Some(ObligationState::Waived(_)) => Err(format!("{id} is waived already")),
        None => Err(format!("nothing is called {id}")),
    }
}

/// Meets the obligation under the cursor: switches a toggle off, or asks how it was met.
pub fn discharge(model: &mut Model, now: Timestamp, out: &mut Out) {
    if !recordable(model, now) {
        return;
    }
    let Some(id) = chosen(model, now) else {
        say_no(model, now, "nothing is owed here");
        return;
    };
    discharge_one(model, now, id, out);
}

/// Meets an obligation: switches a toggle off, or asks how it was met.
pub fn discharge_one(model: &mut Model, now: Timestamp, id: ObligationId, out: &mut Out) {
    let action = model.watch.obligation(&id).and_then(|owed| model.plan.action(&owed.action));
    match action {
        Some(known) if matches!(known.kind, ActionKind::Toggle(_)) => {
            let action = known.id.clone();
            action::ask_to_discharge(model, now, &action, id, out);
        }
        Some(_) | None => dialog::prompt_over(model, Asking::Discharge(id), ""),
    }
}

/// Asks why the obligation under the cursor is given up, or for how much longer it may last.
pub fn ask_about_owed(model: &mut Model, now: Timestamp, asking: fn(ObligationId) -> Asking, text: &str) {
    if !recordable(model, now) {
        return;
    }
    match chosen(model, now) {
        Some(id) => dialog::prompt(model, asking(id), text),
        None => say_no(model, now, "nothing is owed here"),
    }
}

/// Takes how an obligation was met.
pub fn discharged(model: &Model, id: ObligationId, text: &str, out: &mut Out) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("say how it was met".into());
    }
    still_owed(model, &id)?;
    let by = model.plan.environment.operator.clone();
    out.fact(Fact::ObligationDischarged { obligation: id, by, detail: text.trim().to_owned() });
    Ok(())
}

/// Takes why an obligation is given up.
pub fn waived(model: &Model, id: ObligationId, text: &str, out: &mut Out) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("a waiver needs a reason".into());
    }
    still_owed(model, &id)?;
    let by = model.plan.environment.operator.clone();
    out.fact(Fact::ObligationWaived { obligation: id, by, reason: text.trim().to_owned() });
    Ok(())
}

/// Takes for how much longer an obligation may last.
pub fn extended(
    model: &Model,
    now: Timestamp,
    id: ObligationId,
    text: &str,
    out: &mut Out,
) -> Result<(), String> {
    let span =
        humantime::parse_duration(text.trim()).map_err(|error| format!("{error}: such as 30m or 2h"))?;
    if span.is_zero() || span > Duration::from_secs(24 * 3600) {
        return Err("more than nothing, and at most 24h".into());
    }
    still_owed(model, &id)?;
    let by = model.plan.environment.operator.clone();
    out.fact(Fact::ObligationExtended { obligation: id, by, due: now.plus(span) });
    Ok(())
}
