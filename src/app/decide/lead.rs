//! An incident led: taken on, roles handed over, people told, its severity and kind changed, mitigated, merged, opened
//! again.

use std::time::Duration;

use crate::domain::fact::Fact;
use crate::domain::ids::IncidentId;
use crate::domain::incident::{IncidentKind, IncidentRole};
use crate::domain::time::{Timestamp, short};
use crate::panes::dialog::incident::others;
use crate::state::ladder::ladder;
use crate::state::oncall::{on_call, person};
use crate::state::{Asking, Choice, Dialog, Incident, IncidentKey, Model, severity_and_rest};

use super::{Out, declare, dialog, recordable, say, say_no};

/// It is said to have been mitigated so long ago at most.
const AGO_AT_MOST: Duration = Duration::from_secs(30 * 24 * 3600);

fn operator(model: &Model) -> String {
    model.plan.environment.operator.clone()
}

/// The incident at hand, where a deed to it can be recorded; otherwise says why not.
fn current(model: &mut Model, now: Timestamp) -> Option<Incident> {
    if !recordable(model, now) {
        return None;
    }
    let incident = model.watch.incident().cloned();
    if incident.is_none() {
        say_no(model, now, "no incident is open");
    }
    incident
}

/// Whether `id` is still open; otherwise what became of it.
fn still_open(model: &Model, id: &IncidentId) -> Result<(), String> {
    match model.watch.known_incident(id) {
        Some(known) if known.is_open() => Ok(()),
        Some(_) => Err(format!("{id} is closed meanwhile")),
        None => Err(format!("nothing is called {id}")),
    }
}

/// Somebody takes the incident on. Where nobody commands, they do.
pub fn acknowledge(model: &mut Model, now: Timestamp, out: &mut Out) {
    if let Some(incident) = current(model, now) {
        take(model, now, &incident, out);
    }
}

/// Somebody takes `incident` on.
pub fn take(model: &mut Model, now: Timestamp, incident: &Incident, out: &mut Out) {
    if incident.acknowledged.is_some() {
        say_no(model, now, format!("{} is acknowledged already", incident.id));
        return;
    }
    let (id, by) = (incident.id.clone(), operator(model));
    say(model, now, format!("{id} acknowledged after {}", short(now.since(incident.declared))));
    out.fact(Fact::IncidentAcknowledged { incident: id.clone(), by: by.clone() });
    let role = IncidentRole::Commander;
    if !incident.roles.contains_key(&role) {
        out.fact(Fact::RoleTaken { incident: id, role, who: by.clone(), by });
    }
}

/// Asks for another severity.
pub fn ask_severity(model: &mut Model, now: Timestamp) {
    if let Some(incident) = current(model, now) {
        dialog::prompt_over(model, Asking::Severity, incident.severity.word());
    }
}

/// Takes `text`: a severity, and why where there is a reason.
pub fn severity(model: &mut Model, now: Timestamp, text: &str, out: &mut Out) -> Result<(), String> {
    let (severity, why) = severity_and_rest(text).ok_or("one of P0, P1, P2, P3, and why")?;
    let incident = model.watch.incident().ok_or("no incident is open")?;
    if incident.severity == severity {
        return Err(format!("{} is {} already", incident.id, severity.word()));
    }
    let (incident, by) = (incident.id.clone(), operator(model));
    let why = Some(why.to_owned()).filter(|why| !why.is_empty());
    say(model, now, format!("{incident} is {} now", severity.word()));
    out.fact(Fact::SeverityChanged { incident, severity, by, why });
    Ok(())
}

/// Asks who has `role` from here on. Whoever is known can be picked.
pub fn ask_role(model: &mut Model, now: Timestamp, role: IncidentRole) {
    let Some(incident) = current(model, now) else { return };
    let mut choices: Vec<Choice> = Vec::new();
    let mut offer = |who: &str, about: &str| {
        if !who.is_empty() && choices.iter().all(|known| known.text != who) {
            choices.push(Choice::of(who, about));
        }
    };
    offer(&operator(model), "at this console");
    for known in on_call(model, now) {
        offer(known.person.unwrap_or_default(), known.name);
    }
    for (of, who) in &incident.roles {
        offer(who, of.word());
    }
    dialog::prompt_over(model, Asking::Role(incident.id, role), "");
    if let Some(Dialog::Prompt(prompt)) = &mut model.ui.dialog {
        prompt.picking.choices = choices;
    }
}

/// Takes who has `role`.
pub fn took(
    model: &mut Model,
    now: Timestamp,
    incident: IncidentId,
    role: IncidentRole,
    text: &str,
    out: &mut Out,
) -> Result<(), String> {
    still_open(model, &incident)?;
    let who = text.trim().to_owned();
    if who.is_empty() && role == IncidentRole::Commander {
        return Err("somebody commands: say who".into());
    }
    let has = model.watch.known_incident(&incident).and_then(|known| known.roles.get(&role)).cloned();
    if has.unwrap_or_default() == who {
        return Err(if who.is_empty() {
            "say who".into()
        } else {
            format!("{who} is {} already", role.word())
        });
    }
    let by = operator(model);
    let text = if who.is_empty() {
        format!("nobody is {} now", role.word())
    } else {
        format!("{who} is {}", role.word())
    };
    say(model, now, text);
    out.fact(Fact::RoleTaken { incident, role, who, by });
    Ok(())
}

/// Asks who was told, on the rung called `level` or on the one whose turn it is.
pub fn ask_told(model: &mut Model, now: Timestamp, level: Option<u32>) {
    let Some(incident) = current(model, now) else { return };
    let Some(ladder) = ladder(model) else {
        say_no(model, now, "there is no ladder: write [[incident.escalation]]");
        return;
    };
    let rung = match level {
        Some(level) => ladder.rungs.iter().find(|rung| rung.level == level),
        None => ladder.next(now),
    };
    let Some(rung) = rung else {
        say_no(model, now, "everybody on the ladder was told");
        return;
    };
    let all = on_call(model, now);
    let who = person(&all, rung.who).unwrap_or(rung.who);
    let way = rung.way.map(|way| format!(" via {way}")).unwrap_or_default();
    let (level, text) = (rung.level, format!("{who}{way}"));
    dialog::prompt_over(model, Asking::Told(incident.id, level), &text);
}

/// Takes who was told, and how behind the word `via`.
pub fn told(
    model: &mut Model,
    now: Timestamp,
    incident: IncidentId,
    level: u32,
    text: &str,
    out: &mut Out,
) -> Result<(), String> {
    still_open(model, &incident)?;
    let text = text.trim();
    let (who, way) =
        text.split_once(" via ").map_or((text, None), |(who, way)| (who.trim(), Some(way.trim())));
    if who.is_empty() {
        return Err("say who was told".into());
    }
    let by = operator(model);
    say(model, now, format!("L{level}: {who} was told"));
    let (who, way) = (who.to_owned(), way.filter(|way| !way.is_empty()).map(str::to_owned));
    out.fact(Fact::Escalated { incident, level, who, way, by });
    Ok(())
}

/// Asks how the harm was contained.
pub fn ask_mitigated(model: &mut Model, now: Timestamp) {
    if let Some(incident) = current(model, now) {
        dialog::prompt_over(model, Asking::Mitigated(incident.id), "");
    }
}

/// Takes how the harm was contained; `-5m` at its start says since when.
pub fn mitigated(
    model: &mut Model,
    now: Timestamp,
    incident: IncidentId,
    text: &str,
    out: &mut Out,
) -> Result<(), String> {
    still_open(model, &incident)?;
    let text = text.trim();
    let dated = text.strip_prefix('-').map(|rest| rest.split_once(char::is_whitespace).unwrap_or((rest, "")));
    let (about, text) = match dated.map(|(span, rest)| (humantime::parse_duration(span), rest)) {
        Some((Ok(span), _)) if span > AGO_AT_MOST => {
            return Err(format!("{} ago is too long: at most {}", short(span), short(AGO_AT_MOST)));
        }
        Some((Ok(span), rest)) => (now.minus(span), rest.trim()),
        Some((Err(_), _)) | None => (now, text),
    };
    if text.is_empty() {
        return Err("say how the harm was contained".into());
    }
    let by = operator(model);
    say(model, now, format!("{incident} is mitigated"));
    out.fact(Fact::Mitigated { incident, by, text: text.to_owned(), about });
    Ok(())
}

/// Makes it a security incident, or an outage again.
pub fn switch_kind(model: &mut Model, now: Timestamp, out: &mut Out) {
    let Some(incident) = current(model, now) else { return };
    let kind = match incident.kind {
        IncidentKind::Outage => IncidentKind::Security,
        IncidentKind::Security => IncidentKind::Outage,
    };
    let by = operator(model);
    say(model, now, format!("{} is {} now", incident.id, kind.with_article()));
    out.fact(Fact::KindChanged { incident: incident.id, kind, by });
    if kind == IncidentKind::Security {
        declare::begin(model, kind, out);
    }
}

/// Goes on with another open incident: facts belong to it from here on.
pub fn choose(model: &mut Model, now: Timestamp, id: IncidentId, out: &mut Out) {
    if !recordable(model, now) {
        return;
    }
    match still_open(model, &id) {
        Err(why) => say_no(model, now, why),
        Ok(()) => {
            let by = operator(model);
            say(model, now, format!("{id} it is: what you do belongs to it"));
            model.ui.incident = None;
            out.fact(Fact::IncidentChosen { incident: id, by });
        }
    }
}

/// The incident under the cursor of the view, of those that hold `wanted`; where there is only one of them, that one.
fn other(model: &Model, wanted: impl Fn(&Incident) -> bool) -> Option<IncidentId> {
    let all: Vec<&Incident> = others(model).into_iter().filter(|known| wanted(known)).collect();
    let under = |known: &&&Incident| model.ui.incident == Some(IncidentKey::Other(known.id.clone()));
    let chosen = all.iter().find(under);
    let only = all.first().filter(|_| all.len() == 1);
    chosen.or(only).map(|known| known.id.clone())
}

/// Asks why the incident at hand is the same as another open one.
pub fn ask_merge(model: &mut Model, now: Timestamp) {
    let Some(incident) = current(model, now) else { return };
    match other(model, Incident::is_open) {
        Some(into) => dialog::prompt_over(model, Asking::Merge { incident: incident.id, into }, ""),
        None if model.watch.open_incidents().count() > 1 => {
            say_no(model, now, "put the cursor on the open incident that it is the same as");
        }
        None => say_no(model, now, "no other incident is open"),
    }
}

/// Takes why. What was a security incident makes the other one.
pub fn merged(
    model: &mut Model,
    now: Timestamp,
    incident: IncidentId,
    into: IncidentId,
    why: String,
    out: &mut Out,
) -> Result<(), String> {
    still_open(model, &incident)?;
    still_open(model, &into)?;
    let kind = |id: &IncidentId| model.watch.known_incident(id).map(|known| known.kind);
    let spreads =
        kind(&incident) == Some(IncidentKind::Security) && kind(&into) == Some(IncidentKind::Outage);
    let by = operator(model);
    say(model, now, format!("{incident} is merged into {into}"));
    model.ui.incident = None;
    out.fact(Fact::IncidentMerged { incident, into: into.clone(), by: by.clone(), why });
    if spreads {
        out.fact(Fact::KindChanged { incident: into, kind: IncidentKind::Security, by });
    }
    Ok(())
}

/// Asks why a closed incident is open again: the one under the cursor, or the one that was closed last.
pub fn ask_reopen(model: &mut Model, now: Timestamp) {
    if !recordable(model, now) {
        return;
    }
    let closed = |known: &Incident| !known.is_open();
    let last = others(model).into_iter().find(|known| closed(known)).map(|known| known.id.clone());
    match other(model, closed).or(last) {
        Some(incident) => dialog::prompt_over(model, Asking::ReopenIncident(incident), ""),
        None => say_no(model, now, "no incident was closed"),
    }
}

/// Takes why.
pub fn reopened(
    model: &mut Model,
    now: Timestamp,
    incident: IncidentId,
    why: String,
    out: &mut Out,
) -> Result<(), String> {
    if still_open(model, &incident).is_ok() {
        return Err(format!("{incident} is open already"));
    }
    let by = operator(model);
    let is_security =
        model.watch.known_incident(&incident).is_some_and(|known| known.kind == IncidentKind::Security);
    if is_security {
        model.plan.add_security();
    }
    say(model, now, format!("{incident} is open again"));
    model.ui.incident = None;
    out.fact(Fact::IncidentReopened { incident, by, why });
    Ok(())
}
