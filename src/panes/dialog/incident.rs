//! The view of the incident: its clocks, its roles, its ladder and who was told, who is on call, and other incidents.
//! The cursor is on a line, and Enter does what that line is for.

use crate::domain::command::{Command, Place};
use crate::domain::ids::IncidentId;
use crate::domain::incident::{IncidentDeadline, IncidentRole};
use crate::domain::role::Role;
use crate::domain::time::{Timestamp, short, stopwatch};
use crate::panes::shape::{Dialog, Line, span, strong};
use crate::panes::{due, window};
use crate::state::deadlines::{self, Deadline, Standing, deadlines, standing};
use crate::state::ladder::ladder;
use crate::state::oncall::on_call;
use crate::state::{Asking, Incident, IncidentKey, Model};

use super::timers::{ladder_words, rung_name, rung_words};
use super::{keys, listed, offered, wrapped};

/// Closed incidents that are listed: the last so many.
const CLOSED: usize = 5;

/// A line of the view.
pub type Row = listed::Row<IncidentKey>;

/// Every line below the head.
pub fn rows(model: &Model, now: Timestamp) -> Vec<Row> {
    let mut all = Vec::new();
    if let Some(incident) = model.watch.incident() {
        all.extend(clock_rows(model, now, incident));
        all.extend(role_rows(incident));
    }
    all.extend(after_rows(model, now));
    all.extend(ladder_rows(model, now));
    all.extend(on_call_rows(model, now));
    all.extend(other_rows(model, now));
    all
}

/// What the open incident asks for, and how it stands.
fn clock_rows(model: &Model, now: Timestamp, incident: &Incident) -> Vec<Row> {
    let mut rows = vec![Row::heading("Clocks")];
    for what in IncidentDeadline::ALL {
        let Some(standing) = standing(model, now, incident, what) else { continue };
        let key = IncidentKey::Deadline(incident.id.clone(), what);
        rows.push(match standing {
            Standing::Counted(deadline) => {
                let item = due::deadline_item(model, now, &deadline);
                let text = clock_words(model, (now, deadline.due), incident, what);
                Row { copy: item.text, ..Row::new(key, text, item.clock, item.role) }
            }
            Standing::Said(timer) => {
                let item = due::timer_item(now, &timer);
                let text = clock_words(model, (now, timer.due), incident, what);
                Row { copy: item.text, ..Row::new(key, text, item.clock, item.role) }
            }
            Standing::Kept(how) => Row::new(key, what.words(), format!("✔ {how}"), Role::Ok),
            Standing::Settled(settled) => {
                let (word, role) =
                    if settled.done { ("✔ done", Role::Ok) } else { ("waived", Role::Warning) };
                Row::new(key, what.words(), format!("{word}: {}", settled.detail), role)
            }
        });
    }
    rows
}

/// What is to be done, and whether it is late.
fn clock_words(
    model: &Model,
    (now, due): (Timestamp, Timestamp),
    incident: &Incident,
    what: IncidentDeadline,
) -> String {
    let over = if now >= due { "OVERDUE " } else { "" };
    format!("{over}{}", deadlines::words(model, incident, what))
}

fn counted(model: &Model, now: Timestamp, deadline: &Deadline<'_>) -> Row {
    let key = IncidentKey::Deadline(deadline.incident.id.clone(), deadline.what);
    let item = due::deadline_item(model, now, deadline);
    Row::new(key, item.text, item.clock, item.role)
}

/// What other incidents still ask for: open ones, and closed ones that are not reviewed.
fn after_rows(model: &Model, now: Timestamp) -> Vec<Row> {
    let current = model.watch.incident().map(|incident| &incident.id);
    let others: Vec<Row> = deadlines(model, now)
        .iter()
        .filter(|deadline| Some(&deadline.incident.id) != current)
        .map(|deadline| counted(model, now, deadline))
        .collect();
    if others.is_empty() {
        return others;
    }
    std::iter::once(Row::heading("Owed for others")).chain(others).collect()
}

fn role_rows(incident: &Incident) -> Vec<Row> {
    let row = |role: IncidentRole| {
        let own = incident.roles.contains_key(&role);
        let (right, means) = match incident.role(role) {
            Some(who) if own => (who.to_owned(), Role::Text),
            Some(who) => (format!("{who}, as commander"), Role::Dim),
            None => ("nobody".to_owned(), Role::Warning),
        };
        Row::new(IncidentKey::Role(role), role.word(), right, means)
    };
    std::iter::once(Row::heading("Roles")).chain(IncidentRole::ALL.map(row)).collect()
}

fn ladder_rows(model: &Model, now: Timestamp) -> Vec<Row> {
    let Some(ladder) = ladder(model) else { return Vec::new() };
    let on_call = on_call(model, now);
    let mut head = Row::heading("Ladder");
    head.right = ladder_words(model, &ladder);
    let mut rows = vec![head];
    for rung in &ladder.rungs {
        let (right, role) = rung_words(now, &ladder, rung);
        let mut row = Row::new(IncidentKey::Rung(rung.level), rung_name(&on_call, rung), right, role);
        let told = rung.told.map(|told| {
            let way = told.way.as_ref().map(|way| format!(" via {way}")).unwrap_or_default();
            format!("{} told them{way}", told.by)
        });
        row.under.extend(told.or_else(|| rung.way.map(str::to_owned)));
        row.copy = rung.way.map_or(row.copy, str::to_owned);
        rows.push(row);
    }
    rows
}

fn on_call_rows(model: &Model, now: Timestamp) -> Vec<Row> {
    let known = on_call(model, now);
    if known.is_empty() {
        return Vec::new();
    }
    let row = |known: &crate::state::oncall::OnCall<'_>| {
        let (who, role) = known.person.map_or(("-", Role::Dim), |who| (who, Role::Accent));
        let mut row = Row::new(IncidentKey::OnCall(known.name.to_owned()), known.name, who, role);
        row.under.extend(Some(known.until()).filter(|text| !text.is_empty()));
        known.person.unwrap_or(known.name).clone_into(&mut row.copy);
        row
    };
    std::iter::once(Row::heading("On call")).chain(known.iter().map(row)).collect()
}

/// Other incidents: those that are open, then the last that were closed.
pub fn others(model: &Model) -> Vec<&Incident> {
    let current = model.watch.incident().map(|incident| &incident.id);
    let mut closed: Vec<&Incident> = model.watch.incidents.iter().filter(|known| !known.is_open()).collect();
    closed.sort_by_key(|known| std::cmp::Reverse(known.closed.as_ref().map(|(at, _)| *at)));
    closed.truncate(CLOSED);
    model.watch.open_incidents().filter(|known| Some(&known.id) != current).chain(closed).collect()
}

fn other_rows(model: &Model, now: Timestamp) -> Vec<Row> {
    let others = others(model);
    if others.is_empty() {
        return Vec::new();
    }
    let row = |known: &&Incident| {
        let (right, role) = match &known.closed {
            None => (format!("open for {}", short(now.since(known.declared))), Role::Danger),
            Some(_) if known.merged.is_some() => {
                (known.closed.as_ref().map_or_else(String::new, |(_, how)| how.clone()), Role::Dim)
            }
            Some((at, _)) => (format!("closed {} ago", short(now.since(*at))), Role::Dim),
        };
        let text = format!("{} {} {}", known.id, known.severity.word(), known.title);
        let mut row = Row::new(IncidentKey::Other(known.id.clone()), text, right, role);
        if let Some((_, summary)) = known.closed.as_ref().filter(|_| known.merged.is_none()) {
            row.under.push(summary.clone());
        }
        row
    };
    std::iter::once(Row::heading("Other incidents")).chain(others.iter().map(row)).collect()
}

/// The line under the cursor: the first that it can be on where none was chosen.
pub fn selected(model: &Model, now: Timestamp) -> Option<Row> {
    let rows = || rows(model, now).into_iter().filter(|row| row.key.is_some());
    let chosen = model.ui.incident.as_ref();
    rows().find(|row| row.key.as_ref() == chosen).or_else(|| rows().next())
}

/// From the model to a dialog, the line under the cursor on screen.
pub fn project(model: &Model, now: Timestamp, width: usize) -> Dialog {
    let incident = model.watch.incident();
    let mut body = said(model, width);
    match incident {
        Some(incident) => body.extend(head(now, incident, width)),
        None => {
            let chord = model.plan.chord(Place::Incident, &Command::Declare).unwrap_or("-");
            body.extend(wrapped(&format!("No incident is open. {chord} declares one."), width, Role::Dim));
        }
    }
    let rows = rows(model, now);
    let (lines, here) = listed::lines(&rows, model.ui.incident.as_ref(), width);
    if !lines.is_empty() {
        body.push(Line::default());
    }
    let first = rows.iter().find_map(|row| row.key.as_ref());
    let is_first = model.ui.incident.is_none() || model.ui.incident.as_ref() == first;
    let here = body.len() + here;
    body.extend(lines);
    let (title, border) = incident.map_or_else(
        || ("Incident".to_owned(), Role::Focus),
        |incident| {
            let kind =
                if incident.kind.is_outage() { String::new() } else { format!(" {}", incident.kind.word()) };
            (format!("{} {}{kind} · {}", incident.id, incident.severity.word(), incident.title), Role::Danger)
        },
    );
    let mut dialog = Dialog {
        title: Line::new(vec![strong(title, Role::Title)]),
        border,
        body,
        keys: hints(model, now),
        ..Dialog::default()
    };
    let rows = dialog.body_rows(model.ui.size);
    // At the first line the head is on screen, where there is room for both.
    let from_top = is_first && here < rows;
    dialog.scroll = if from_top { 0 } else { window(dialog.body.len(), here, rows).0 };
    dialog
}

/// What was said last: the footer is not seen behind a view.
fn said(model: &Model, width: usize) -> Vec<Line> {
    let Some((text, _, refused)) = &model.ui.said else { return Vec::new() };
    let mut lines = wrapped(text, width, if *refused { Role::Danger } else { Role::Ok });
    lines.push(Line::default());
    lines
}

/// When it began, and what became of it.
fn head(now: Timestamp, incident: &Incident, width: usize) -> Vec<Line> {
    // The border has room for a short one.
    let fits = crate::domain::text::width(&incident.title) + 24 <= width;
    let mut lines = if fits { Vec::new() } else { wrapped(&incident.title, width, Role::Text) };
    let began = match (&incident.signal, incident.began) {
        (Some(signal), Some(began)) => format!(", {signal} red since {}", began.clock()),
        (None, Some(began)) => format!(", red since {}", began.clock()),
        (Some(signal), None) => format!(", from {signal}"),
        (None, None) => String::new(),
    };
    let text = format!(
        "Open for {}: declared {} by {}{began}",
        stopwatch(now.since(incident.declared)),
        incident.declared.clock(),
        incident.by
    );
    lines.extend(wrapped(&text, width, Role::Dim));
    if let Some(at) = incident.reopened {
        lines.extend(wrapped(&format!("Opened again {}", at.clock()), width, Role::Warning));
    }
    match &incident.acknowledged {
        Some((at, by)) => {
            let after = stopwatch(at.since(incident.declared));
            lines.extend(wrapped(&format!("✔ Acknowledged after {after} by {by}"), width, Role::Ok));
        }
        None => lines.push(Line::new(vec![span("▲ NOT ACKNOWLEDGED", Role::Warning)])),
    }
    if let Some(mitigation) = &incident.mitigated {
        let after = stopwatch(mitigation.since.since(incident.declared));
        let text = format!("✔ Mitigated after {after}, says {}: {}", mitigation.by, mitigation.text);
        lines.extend(wrapped(&text, width, Role::Ok));
    }
    lines
}

/// The keys that mean something now: what the line under the cursor is for comes first.
fn hints(model: &Model, now: Timestamp) -> Line {
    let here: &[(Command, &str)] = match selected(model, now).and_then(|row| row.key) {
        Some(IncidentKey::Deadline(_, IncidentDeadline::Acknowledge)) | None => &[],
        Some(IncidentKey::Deadline(..)) => &[(Command::Discharge, "done"), (Command::Waive, "waive")],
        Some(IncidentKey::Role(_)) => &[(Command::Open, "hand over")],
        Some(IncidentKey::Rung(_)) => &[(Command::Open, "was told")],
        Some(IncidentKey::OnCall(_)) => &[(Command::Copy, "copy")],
        Some(IncidentKey::Other(id)) => match model.watch.known_incident(&id) {
            Some(known) if known.is_open() => {
                &[(Command::Open, "go over to it"), (Command::MergeIncident, "merge into it")]
            }
            Some(_) | None => &[(Command::ReopenIncident, "open it again")],
        },
    };
    let mut wanted: Vec<(Command, &str)> = here.to_vec();
    if let Some(incident) = model.watch.incident() {
        if incident.acknowledged.is_none() {
            wanted.push((Command::AcknowledgeIncident, "take it"));
            wanted.push((Command::Escalate, "told"));
        }
        if incident.mitigated.is_none() {
            wanted.push((Command::Mitigate, "mitigated"));
        }
        let kind = if incident.kind.is_outage() { "security" } else { "no security" };
        wanted.extend([(Command::ChangeSeverity, "severity"), (Command::SwitchKind, kind)]);
    }
    // Nobody hands over what nobody has taken on.
    if model.watch.incidents.iter().any(|known| known.acknowledged.is_some()) {
        wanted.push((Command::Handover, "handover"));
    }
    wanted.push((Command::Declare, if model.watch.incident().is_some() { "another" } else { "declare" }));
    let mut hints = offered(model, Place::Incident, &wanted);
    hints.extend([("↑↓", "choose"), ("?", "all keys"), ("esc", "back")]);
    keys(&hints)
}

/// Title, label and explanation of what is asked in the view.
pub(super) fn asked(model: &Model, asking: &Asking) -> (String, String, Vec<String>) {
    let say = |title: String, label: &str, about: &[String]| (title, label.to_owned(), about.to_vec());
    let title_of = |id: &IncidentId| {
        model.watch.known_incident(id).map_or_else(String::new, |known| format!("{id} {}", known.title))
    };
    match asking {
        Asking::Role(id, role) => {
            let about = [title_of(id), "Nobody, where it is left empty: then the commander has it.".into()];
            let about = if *role == IncidentRole::Commander { &about[..1] } else { &about[..] };
            say(format!("Hand over: {}", role.word()), "who", about)
        }
        Asking::Told(id, level) => {
            let about = [
                title_of(id),
                "Midwatch calls nobody: tell them first. Then say who, and how after the word via.".into(),
            ];
            say(format!("L{level} was told"), "who via what", &about)
        }
        Asking::Mitigated(id) => {
            let about = [
                title_of(id),
                "The harm is contained, although the cause may not be mended.".into(),
                "Begin with -5m to say that it was five minutes ago.".into(),
            ];
            say("Mitigated".into(), "how", &about)
        }
        Asking::Merge { incident, into } => {
            let about = [
                title_of(incident),
                format!("is the same as {}", title_of(into)),
                String::new(),
                format!("{incident} is over with it. What it left to be done is {into}'s from then on."),
            ];
            say(format!("Merge {incident} into {into}"), "why", &about)
        }
        Asking::ReopenIncident(id) => {
            let about = [title_of(id), "Its steps stand as they were, and its clocks begin anew.".into()];
            say(format!("Open {id} again"), "why", &about)
        }
        Asking::DeadlineDone(id, what) => {
            let label = if *what == IncidentDeadline::Update { "where people were told" } else { "how" };
            say(format!("Done: {}", what.words()), label, &[title_of(id)])
        }
        Asking::WaiveDeadline(id, what) => {
            let about = [title_of(id), "It is given up, not done: the record says so.".into()];
            say(format!("Waive: {}", what.words()), "why", &about)
        }
        _ => say(String::new(), "", &[]),
    }
}
