//! The view of timers: the ladder, what is counted and what is not yet, what comes round, whose turn it is, who can
//! be reached, and how the variables stand. A line can be copied.

use crate::domain::calendar::{Occurrence, far, occurrence};
use crate::domain::command::{Command, Place};
use crate::domain::role::Role;
use crate::domain::statement::{Every, Says};
use crate::domain::time::{Timestamp, brief, short, stopwatch};
use crate::panes::shape::{Dialog, Line, strong};
use crate::panes::{due, window};
use crate::state::duties::{DutyState, Owed};
use crate::state::ladder::{Ladder, Rung, contacts, ladder, of_all, rotations};
use crate::state::oncall::{OnCall, is_called, on_call, person};
use crate::state::threshold::measured;
use crate::state::timer::{self, Counts};
use crate::state::{Model, TimersKey};

use super::said::{key_of, measured_words, verdict_words};
use super::{keys, listed, offered};

/// How long duties are told of once their part has ended.
const TOLD_FOR: std::time::Duration = std::time::Duration::from_secs(24 * 3_600);

/// A line of the view.
pub type Row = listed::Row<TimersKey>;

/// Every line.
pub fn rows(model: &Model, now: Timestamp) -> Vec<Row> {
    let parts = [
        ladder_rows(model, now),
        counted_rows(model, now),
        plan_rows(model, now),
        duty_rows(model, now),
        target_rows(model, now),
        schedule_rows(model, now),
        turn_rows(model, now),
        contact_rows(model),
        variable_rows(model),
    ];
    parts.into_iter().flatten().collect()
}

fn ladder_rows(model: &Model, now: Timestamp) -> Vec<Row> {
    let Some(ladder) = ladder(model) else { return Vec::new() };
    let mut head = Row::heading("Ladder");
    head.right = ladder_words(model, &ladder);
    let mut rows = vec![head];
    let on_call = on_call(model, now);
    for rung in &ladder.rungs {
        let (right, role) = rung_words(now, &ladder, rung);
        let key =
            rung.said.map_or(TimersKey::Rung(rung.level), |(runbook, statement)| key_of(runbook, statement));
        let mut row = Row::new(key, rung_name(&on_call, rung), right, role);
        if let Some(way) = rung.way {
            way.clone_into(&mut row.copy);
            row.under.push(way.to_owned());
        }
        rows.push(row);
    }
    rows
}

/// Whether the ladder goes on.
pub(super) fn ladder_words(model: &Model, ladder: &Ladder<'_>) -> String {
    match (model.watch.incident().map(|incident| incident.declared), ladder.stopped) {
        (None, _) => "no incident is open".into(),
        (Some(declared), Some(at)) => {
            format!("stopped: acknowledged after {}", stopwatch(at.since(declared)))
        }
        (Some(_), None) => "until the incident is acknowledged".into(),
    }
}

/// `L2 On-call engineer: ann`.
pub fn rung_name(on_call: &[OnCall<'_>], rung: &Rung<'_>) -> String {
    match person(on_call, rung.who) {
        Some(person) => format!("{}: {person}", rung.name()),
        None => rung.name(),
    }
}

/// How a rung stands.
pub(super) fn rung_words(now: Timestamp, ladder: &Ladder<'_>, rung: &Rung<'_>) -> (String, Role) {
    if let Some(told) = rung.told {
        return (format!("✔ told {} {}", told.who, told.at.clock_minutes()), Role::Ok);
    }
    match (rung.at, rung.after, ladder.stopped) {
        (_, None, _) => ("no time is named".into(), Role::Dim),
        (None, Some(after), _) if after.is_zero() => ("at once".into(), Role::Text),
        (None, Some(after), _) => (format!("after {}", short(after)), Role::Text),
        (Some(at), _, Some(stopped)) if at <= stopped => ("was reached".into(), Role::Dim),
        (Some(_), _, Some(_)) => ("not reached".into(), Role::Dim),
        (Some(at), Some(after), None) if at <= now && after.is_zero() => ("at once".into(), Role::Text),
        (Some(at), _, None) if at <= now => (format!("for {}", stopwatch(now.since(at))), Role::Danger),
        (Some(at), _, None) => (format!("in {}", stopwatch(now.until(at))), Role::Warning),
    }
}

/// What is counted, and deadlines of the runbook at hand that are not counted yet.
fn counted_rows(model: &Model, now: Timestamp) -> Vec<Row> {
    let counted = timer::timers(model, now);
    let mut rows = vec![Row::heading("Counted")];
    for timer in counted.iter().filter(|timer| timer.counts != Counts::Window) {
        let item = due::timer_item(now, timer);
        let mut row = Row::new(key_of(timer.runbook, timer.statement), item.text, item.clock, item.role);
        row.copy = format!("{} (until {})", timer.words(), timer.due.rfc3339());
        rows.push(row);
    }
    let is_counted = |key: &TimersKey| rows.iter().any(|row| row.key.as_ref() == Some(key));
    let mut waiting = Vec::new();
    for (runbook, statement) in model
        .at_hand()
        .into_iter()
        .flat_map(|runbook| runbook.statements.iter().map(move |statement| (runbook, statement)))
    {
        let Says::Deadline { within } = &statement.says else { continue };
        let key = key_of(runbook, statement);
        if is_counted(&key) {
            continue;
        }
        let step = statement.step.as_ref().and_then(|step| runbook.step(step));
        let text = timer::words(statement, step);
        waiting.push(Row::new(key, text, format!("{}, not counted", brief(*within)), Role::Dim));
    }
    rows.extend(waiting);
    if rows.len() == 1 { Vec::new() } else { rows }
}

/// Plans of the runbook at hand, as a whole and each phase, once they have begun.
fn plan_rows(model: &Model, now: Timestamp) -> Vec<Row> {
    let mut rows = Vec::new();
    let Some(runbook) = model.at_hand() else { return rows };
    for plan in timer::plans(runbook) {
        let Some(whole) = timer::whole(model, now, runbook, &plan) else { continue };
        let mut head = Row::heading(plan.title);
        head.right = whole.words();
        head.under.push(whole.when());
        rows.push(head);
        for (part, phase) in plan.parts.iter().zip(&whole.phases) {
            let role = match (phase.began, phase.is_over()) {
                (None, _) => Role::Dim,
                (Some(_), true) => Role::Warning,
                (Some(_), false) if phase.ended => Role::Ok,
                (Some(_), false) => Role::Accent,
            };
            rows.push(Row::new(key_of(runbook, part.statement), part.title(), phase.words(), role));
        }
    }
    rows
}

/// When the part that a duty stands in ends.
fn part_ends(model: &Model, owed: &Owed) -> Timestamp {
    let same = |other: &&Owed| {
        (&other.runbook, other.from, &other.duty.part) == (&owed.runbook, owed.from, &owed.duty.part)
    };
    let spans = model.watch.duties.iter().filter(same).map(|other| other.duty.lasts);
    owed.from.plus(spans.max().unwrap_or(owed.duty.lasts))
}

/// What is to be done after a GO, and what became of it: of the newest release of each runbook.
fn duty_rows(model: &Model, now: Timestamp) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut last = None;
    // What is all done is told for a day after its part has ended.
    let told = |owed: &&Owed| owed.state == DutyState::Open || now < part_ends(model, owed).plus(TOLD_FOR);
    let shown = model.watch.duties.iter().filter(|owed| owed.state != DutyState::Replaced).filter(told);
    for owed in shown {
        let part = (&owed.runbook, owed.from, &owed.duty.part);
        if last != Some(part) {
            let of =
                owed.release.as_ref().map_or_else(String::new, |release| format!(" · {}", release.version));
            let mut head = Row::heading(&format!("{}{of}", owed.duty.part));
            let ends = part_ends(model, owed);
            head.right =
                if now < ends { format!("ends in {}", short(now.until(ends))) } else { "is over".into() };
            rows.push(head);
            last = Some(part);
        }
        let item = due::duty_item(now, owed).map(|(_, item)| item);
        let count = owed.count(now);
        let (text, right, role) = match (&owed.state, item) {
            (DutyState::Open, Some(item)) => {
                let text = format!("{}  {}", item.text, item.count);
                (text.trim_end().to_owned(), item.clock, item.role)
            }
            (DutyState::Open | DutyState::Ended, _) if owed.missed_at(now) == 0 => {
                (owed.duty.words(), format!("over: {count}"), Role::Dim)
            }
            (DutyState::Open | DutyState::Ended, _) => {
                (owed.duty.words(), format!("over: {count}"), Role::Warning)
            }
            (DutyState::Waived(why), _) => (owed.duty.words(), format!("waived: {why}"), Role::Warning),
            (DutyState::Done | DutyState::Replaced, _) => {
                (owed.duty.words(), format!("✔ done {count}").trim_end().to_owned(), Role::Ok)
            }
        };
        rows.push(Row::new(TimersKey::Duty(owed.duty.id.clone()), text, right, role));
    }
    rows
}

/// Thresholds of the runbook at hand that stand in no step, such as its objectives, beside what is measured.
fn target_rows(model: &Model, now: Timestamp) -> Vec<Row> {
    let mut rows = vec![Row::heading("Held against")];
    let said = model
        .at_hand()
        .into_iter()
        .flat_map(|runbook| runbook.statements.iter().map(move |statement| (runbook, statement)));
    for (runbook, statement) in said.filter(|(_, statement)| statement.step.is_none()) {
        let Says::Threshold(threshold) = &statement.says else { continue };
        // The worst stands first.
        let worst = measured(model, now, None, threshold).into_iter().next();
        let (under, role) = match &worst {
            Some(worst) => measured_words(threshold, worst),
            None => ("no signal of this console measures it".into(), Role::Dim),
        };
        let mut row = Row::new(key_of(runbook, statement), statement.around.clone(), "", role);
        row.copy = format!("{}: {under}", statement.around);
        row.under.push(under);
        rows.push(row);
    }
    if rows.len() == 1 { Vec::new() } else { rows }
}

fn schedule_rows(model: &Model, now: Timestamp) -> Vec<Row> {
    let mut rows = vec![Row::heading("Comes round")];
    for (runbook, statement) in of_all(model) {
        let Says::Schedule(schedule) = &statement.says else { continue };
        let step = statement.step.as_ref().and_then(|step| runbook.step(step));
        let words = timer::words(statement, step);
        let (right, under, role) = match occurrence(schedule, now) {
            Occurrence::Open { until, .. } => {
                (format!("open now, ends in {}", stopwatch(now.until(until))), None, Role::Accent)
            }
            Occurrence::Next { at, .. } => {
                (format!("{}, in {}", far(at), brief(now.until(at))), None, Role::Text)
            }
            Occurrence::Counted(every) => {
                (format!("every {}", every_words(&schedule.every, every)), None, Role::Dim)
            }
            Occurrence::Untold(why) => ("when is not told".into(), Some(why), Role::Dim),
        };
        let copy = format!("{words}: {right}");
        let mut row = Row::new(key_of(runbook, statement), words, right, role);
        row.copy = copy;
        row.under.extend(under);
        if schedule.zone.is_none() && schedule.hours.is_some() {
            row.under.push("no zone is named: taken as UTC".into());
        }
        rows.push(row);
    }
    if rows.len() == 1 { Vec::new() } else { rows }
}

fn every_words(every: &Every, span: std::time::Duration) -> String {
    if *every == Every::Day { "day".into() } else { brief(span) }
}

/// Whose turn it is: rotations of runbooks with their turns, then those that only the configuration knows.
fn turn_rows(model: &Model, now: Timestamp) -> Vec<Row> {
    let mut rows = Vec::new();
    let on_call = on_call(model, now);
    let said = rotations(model, now);
    for rotation in &said {
        let known = on_call.iter().find(|known| is_called(rotation, known.name));
        let mut head = Row::heading(rotation.name);
        match known {
            Some(known) if known.person.is_some() || known.next.is_some() => {
                head.under.extend(Some(known.until()).filter(|text| !text.is_empty()));
            }
            Some(_) | None => {
                let first = rotation.turns.first().map_or("the first turn", |(turn, _)| turn);
                head.under.push(format!(
                    "Whose turn it is cannot be told: the file does not say when {first} was. An [[oncall]] does."
                ));
            }
        }
        rows.push(head);
        for (at, (turn, who)) in rotation.turns.iter().enumerate() {
            let is_now = match known.and_then(|known| known.person) {
                Some(person) => person == *who,
                None => rotation.now == Some(at),
            };
            let of = of_all(model).find(|(_, statement)| {
                matches!(&statement.says, Says::Turn { rotation: name, turn: of, who: theirs }
                    if name == rotation.name && of == turn && theirs == who)
            });
            let Some((runbook, statement)) = of else { continue };
            let (right, role) = if is_now { ("now", Role::Accent) } else { ("", Role::Text) };
            let mut row = Row::new(key_of(runbook, statement), format!("{turn}: {who}"), right, role);
            (*who).clone_into(&mut row.copy);
            rows.push(row);
        }
    }
    let alone: Vec<&OnCall<'_>> =
        on_call.iter().filter(|known| !said.iter().any(|turns| is_called(turns, known.name))).collect();
    if !alone.is_empty() {
        rows.push(Row::heading("On call"));
    }
    for known in alone {
        let who = known.person.unwrap_or("nobody yet");
        let role = if known.person.is_some() { Role::Accent } else { Role::Dim };
        let mut row =
            Row::new(TimersKey::OnCall(known.name.to_owned()), format!("{}: {who}", known.name), "", role);
        known.person.unwrap_or_default().clone_into(&mut row.copy);
        row.under.push(known.until());
        rows.push(row);
    }
    rows
}

fn contact_rows(model: &Model) -> Vec<Row> {
    let mut rows = vec![Row::heading("Contacts")];
    for contact in contacts(model) {
        let key = key_of(contact.runbook, contact.statement);
        let (right, role) = match (contact.way, contact.name) {
            (Some(way), _) => (way, Role::Text),
            (None, Some(_)) => ("▲ no way to reach them", Role::Warning),
            (None, None) => ("▲ nobody is named", Role::Warning),
        };
        let name = contact.name.map(|name| format!(": {name}")).unwrap_or_default();
        let mut row = Row::new(key, format!("{}{name}", contact.who), right, role);
        contact.way.or(contact.name).unwrap_or(contact.who).clone_into(&mut row.copy);
        rows.push(row);
    }
    if rows.len() == 1 { Vec::new() } else { rows }
}

fn variable_rows(model: &Model) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut last = None;
    for finding in &model.plan.needed {
        if last != Some(&finding.environment) {
            let of = finding.environment.as_deref().map(|name| format!(" · {name}")).unwrap_or_default();
            rows.push(Row::heading(&format!("Variables{of}")));
            last = Some(&finding.environment);
        }
        let (right, role) = verdict_words(finding);
        let key =
            TimersKey::Variable(finding.file.clone(), finding.name.clone(), finding.environment.clone());
        rows.push(Row::new(key, finding.name.clone(), right, role));
    }
    rows
}

/// From the model to a dialog, the line under the cursor on screen.
pub fn project(model: &Model, now: Timestamp, cursor: Option<&TimersKey>, width: usize) -> Dialog {
    let (body, here) = listed::lines(&rows(model, now), cursor, width);
    let mut hints = vec![("↑↓", "choose")];
    hints.extend(offered(model, Place::Reader, &[(Command::Copy, "copy this one"), (Command::Back, "back")]));
    let mut dialog = Dialog {
        title: Line::new(vec![strong("Ladder, timers, contacts", Role::Title)]),
        border: Role::Focus,
        body,
        keys: keys(&hints),
        ..Dialog::default()
    };
    dialog.scroll = window(dialog.body.len(), here, dialog.body_rows(model.ui.size)).0;
    dialog
}
