//! The due pane: what runs, what is owed, what runs out; soonest first.

use std::time::Duration;

use crate::domain::command::{Command, Place};
use crate::domain::role::Role;
use crate::domain::text::{clip, width};
use crate::domain::time::{Timestamp, short, stopwatch};
use crate::state::deadlines::{Deadline, deadlines};
use crate::state::duties::Owed;
use crate::state::ladder::{Rung, ladder};
use crate::state::oncall::on_call;
use crate::state::timer::{self, Counts, Timer};
use crate::state::{DueKey, Focus, Model, Run, RunState, Sequence};

use super::dialog::timers::rung_name;
use super::shape::{Area, Item, Line, List, MARKER, Pane, Shape, span, strong};
use super::{Target, window};

/// A line of the pane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueItem {
    /// What it is about.
    pub key: DueKey,
    /// The countdown or stop-watch: `52:18`, `+03:10` once it is overdue.
    pub clock: String,
    /// In words.
    pub text: String,
    /// How far it is, where it comes round: `3 of 24, 1 missed`. Kept where the words are cut.
    pub count: String,
    /// What it means.
    pub role: Role,
}

/// Every line, most pressing first.
pub fn items(model: &Model, now: Timestamp) -> Vec<DueItem> {
    let mut items = runs(model, now);
    let mut timed: Vec<(Timestamp, DueItem)> = Vec::new();
    for owed in model.watch.owed() {
        let item =
            until(now, owed.due, DueKey::Obligation(owed.id.clone()), format!("{} {}", owed.id, owed.text));
        timed.push((owed.due, item));
    }
    if let Some(armed) = model.watch.armed_until.filter(|until| now < *until) {
        timed.push((
            armed,
            DueItem { role: Role::Armed, ..until(now, armed, DueKey::Armed, "armed; then locked".into()) },
        ));
    }
    for (signal, known) in &model.watch.signals {
        if let Some(taken) = &known.acknowledged {
            let text = format!("{signal}: acknowledged by {}", taken.by);
            timed.push((taken.until, until(now, taken.until, DueKey::Acknowledgement(signal.clone()), text)));
        }
        if let Some(muted) = &known.silenced {
            let text = format!("{signal}: muted by {}", muted.by);
            timed.push((muted.until, until(now, muted.until, DueKey::Silence(signal.clone()), text)));
        }
    }
    timed.extend(model.watch.open_duties().filter_map(|owed| duty_item(now, owed)));
    timed.extend(timer::timers(model, now).iter().map(|timer| (timer.due, timer_item(now, timer))));
    timed.extend(
        deadlines(model, now).iter().map(|deadline| (deadline.due, deadline_item(model, now, deadline))),
    );
    timed.extend(rungs(model, now));
    timed.sort_by_key(|(at, _)| *at);
    items.extend(timed.into_iter().map(|(_, item)| item));
    items.extend(undo(model));
    items
}

/// What would be taken back next, in one line: the rest is shown with it. What is owed anyway says so itself.
fn undo(model: &Model) -> Option<DueItem> {
    let stack = model.watch.undo_stack();
    let first = stack.last()?;
    if model.watch.owed().iter().any(|owed| owed.action == first.action) {
        return None;
    }
    let chord = model.plan.chord(Place::Due, &Command::Undo).unwrap_or("-");
    let more = if stack.len() > 1 { format!(", then {} more", stack.len() - 1) } else { String::new() };
    Some(DueItem {
        key: DueKey::Undo(first.id.clone()),
        clock: "undo".into(),
        text: format!("{chord} takes back {} {}{more}", first.id, first.title),
        count: String::new(),
        role: Role::Dim,
    })
}

fn runs(model: &Model, now: Timestamp) -> Vec<DueItem> {
    let mut items: Vec<DueItem> =
        model.feed.sequences.iter().map(|sequence| sequence_item(model, now, sequence)).collect();
    for run in &model.watch.runs {
        let key = DueKey::Run(run.id.clone());
        match &run.state {
            RunState::Unknown(_) => items.push(DueItem {
                key,
                clock: "?".into(),
                // What to do comes first: a title is cut where the pane is narrow.
                text: format!("{} unknown: verify  {}", run.id, run.title),
                count: String::new(),
                role: Role::Danger,
            }),
            RunState::Requested | RunState::Accepted(_) => {
                let checked = model.feed.checks.iter().find(|checking| checking.run == run.id);
                let awaited = model.feed.awaited.iter().find(|awaited| awaited.run == run.id);
                let state = match (awaited, model.feed.running.contains(&run.id)) {
                    (Some(awaited), _) => {
                        let signal = &model.plan.signals[awaited.signal].id;
                        format!("waiting for {signal} ({})", short(now.until(awaited.deadline)))
                    }
                    (None, _) if checked.is_some() => {
                        let left = checked.map_or(now, |checking| checking.deadline);
                        format!("reading it back ({})", short(now.until(left)))
                    }
                    (None, true) => "running".into(),
                    (None, false) => "requested".into(),
                };
                items.push(DueItem {
                    key,
                    clock: stopwatch(now.since(run.requested)),
                    text: format!("{} {state}  {}{}", run.id, budget(model, now, run), run.title),
                    count: String::new(),
                    role: Role::Accent,
                });
            }
            RunState::Observed(..)
            | RunState::NotInEffect(_)
            | RunState::Failed(_)
            | RunState::Cancelled(_)
            | RunState::Verified(_) => {}
        }
    }
    items
}

/// Calls that follow one another, in one line.
fn sequence_item(model: &Model, now: Timestamp, sequence: &Sequence) -> DueItem {
    let requested = model.watch.run(&sequence.first).map_or(now, |run| run.requested);
    let total = sequence.offer.calls.len();
    let state = match (&sequence.stopped, sequence.over.is_some()) {
        (Some(why), _) => format!("stopped: {why}"),
        (None, true) => "done, counting what is left".into(),
        (None, false) if sequence.next.is_none() => "canary out".into(),
        (None, false) => format!("{} out", sequence.open.len()),
    };
    DueItem {
        key: DueKey::Run(sequence.first.clone()),
        clock: stopwatch(now.since(requested)),
        text: format!("{} of {total} done, {state}  {}", sequence.done, sequence.offer.title),
        count: String::new(),
        role: if sequence.stopped.is_some() { Role::Danger } else { Role::Accent },
    }
}

/// What is left of the budget of a rollback: `B-1, 12:19 left  `.
fn budget(model: &Model, now: Timestamp, run: &Run) -> String {
    let Some(rollback) = model.watch.rollback_of(&run.id) else { return String::new() };
    let end = rollback.began.plus(rollback.budget);
    if now < end {
        format!("{}, {} left  ", rollback.id, stopwatch(now.until(end)))
    } else {
        format!("{}, {} OVER  ", rollback.id, stopwatch(now.since(end)))
    }
}

/// What a runbook says of time, counted.
pub(super) fn timer_item(now: Timestamp, timer: &Timer<'_>) -> DueItem {
    let (key, words) = (DueKey::Timer(timer.key()), timer.words());
    let over = now >= timer.due;
    match timer.counts {
        // What is to be done soon stands out: in its last fifth, and never longer than five minutes before.
        Counts::Deadline | Counts::Again => {
            let again = if timer.counts == Counts::Again { "again: " } else { "" };
            let item = until(now, timer.due, key, format!("{again}{words}"));
            let near = now.until(timer.due) * 5 < timer.due.since(timer.from);
            if over || near { item } else { DueItem { role: Role::Text, ..item } }
        }
        Counts::Watching if over => DueItem {
            key,
            clock: "00:00".into(),
            text: format!("watched: {words}"),
            count: String::new(),
            role: Role::Ok,
        },
        Counts::Watching => DueItem {
            key,
            clock: clock(now.until(timer.due)),
            text: format!("watch: {words}"),
            count: String::new(),
            role: Role::Accent,
        },
        Counts::Window => DueItem {
            key,
            clock: clock(now.until(timer.due)),
            text: format!("open now: {words}"),
            count: String::new(),
            role: Role::Accent,
        },
    }
}

/// What an incident asks for by a time; whose it is where there are several.
pub(super) fn deadline_item(model: &Model, now: Timestamp, deadline: &Deadline<'_>) -> DueItem {
    let incident = deadline.incident;
    let is_alone = model.watch.incidents.len() == 1;
    let of = if is_alone { String::new() } else { format!("{} ", incident.id) };
    let key = DueKey::Deadline(incident.id.clone(), deadline.what);
    let item = until(now, deadline.due, key, format!("{of}{}", deadline.words));
    let near = now.until(deadline.due) * 5 < deadline.due.since(deadline.from);
    if now >= deadline.due || near { item } else { DueItem { role: Role::Text, ..item } }
}

/// Something to do after a GO: when, how often, what, and how far it is.
pub(super) fn duty_item(now: Timestamp, owed: &Owed) -> Option<(Timestamp, DueItem)> {
    let due = owed.due(now)?;
    let mut item = until(now, due, DueKey::Duty(owed.duty.id.clone()), owed.duty.words());
    item.count = owed.count(now);
    if now < due {
        let left = now.until(due);
        // Amber in its last fifth, as every timer is.
        let span = owed.duty.every.unwrap_or(owed.duty.first);
        if left * 5 >= span {
            item.role = Role::Text;
        }
    }
    Some((due, item))
}

/// Who is told next, and who should have been told last, while nobody has taken the incident on.
fn rungs(model: &Model, now: Timestamp) -> Vec<(Timestamp, DueItem)> {
    let Some(ladder) = ladder(model).filter(|ladder| ladder.stopped.is_none()) else { return Vec::new() };
    let timed = || ladder.rungs.iter().filter_map(|rung| Some((rung.at?, rung)));
    let next = timed().filter(|(at, rung)| now < *at && rung.told.is_none()).min_by_key(|(at, _)| *at);
    let last = timed().filter(|(at, rung)| *at <= now && rung.after.is_some_and(|after| !after.is_zero()));
    // Who was told is waited for; who is to be told after them comes next.
    let last = last.max_by_key(|(at, rung)| (*at, rung.level)).filter(|(_, rung)| rung.told.is_none());
    let on_call = on_call(model, now);
    let reached = |(at, rung): (Timestamp, &Rung<'_>)| {
        let name = rung_name(&on_call, rung);
        let item = until(now, at, DueKey::Rung(rung.level), String::new());
        (at, DueItem { text: format!("{name}: not acknowledged"), ..item })
    };
    let coming = |(at, rung): (Timestamp, &Rung<'_>)| {
        (at, until(now, at, DueKey::Rung(rung.level), rung_name(&on_call, rung)))
    };
    last.map(reached).into_iter().chain(next.map(coming)).collect()
}

/// A countdown in eight characters at most: one of ten hours and more is told without seconds.
fn clock(span: Duration) -> String {
    if span.as_secs() >= 10 * 3_600 { short(span) } else { stopwatch(span) }
}

fn until(now: Timestamp, due: Timestamp, key: DueKey, text: String) -> DueItem {
    let overdue = now >= due;
    let (clock, role) = if overdue {
        (format!("+{}", clock(now.since(due))), Role::Danger)
    } else if now.until(due).as_secs() < 300 {
        (clock(now.until(due)), Role::Warning)
    } else {
        (clock(now.until(due)), Role::Text)
    };
    let text = if overdue { format!("OVERDUE {text}") } else { text };
    DueItem { key, clock, text, count: String::new(), role }
}

/// The line under the cursor: the first where none was chosen.
pub fn selected(model: &Model, now: Timestamp) -> Option<DueKey> {
    let items = items(model, now);
    items.get(at(model, &items)).map(|item| item.key.clone())
}

fn at(model: &Model, items: &[DueItem]) -> usize {
    model.ui.due.as_ref().and_then(|chosen| items.iter().position(|item| item.key == *chosen)).unwrap_or(0)
}

/// From the model to what fits `area`.
pub fn project(model: &Model, now: Timestamp, area: Area) -> Pane {
    let inner = area.inner();
    let items = items(model, now);
    let focused = model.ui.focus == Focus::Due;
    let at = at(model, &items);
    let (first, count) = window(items.len(), at, usize::from(inner.height));
    let lines = items[first..first + count]
        .iter()
        .enumerate()
        .map(|(line, item)| Item {
            lines: vec![line_of(item, usize::from(inner.width.saturating_sub(MARKER)))],
            selected: focused && first + line == at,
        })
        .collect();
    let shape = if items.is_empty() {
        Shape::Text(vec![Line::new(vec![span("Nothing is due", Role::Dim)])])
    } else {
        Shape::List(List { items: lines, above: first, below: items.len() - first - count })
    };
    let mut title = vec![strong("Due", Role::Title)];
    if !items.is_empty() {
        title.push(span(format!("  {}", items.len()), Role::Dim));
    }
    let border = super::border(model, now, focused);
    Pane { name: "due", area, title: Line::new(title), border, shape }
}

/// A line of `room` columns: its words are cut before its count is, and a long count is said shorter before that.
fn line_of(item: &DueItem, room: usize) -> Line {
    let mut line = Line::new(vec![
        strong(format!("{:>7}", clip(&item.clock, 7)), item.role),
        span("  ", Role::Dim),
        span(item.text.clone(), item.role),
    ]);
    if !item.count.is_empty() {
        let fits = 9 + width(&item.text) + 1 + width(&item.count) <= room;
        let short = || item.count.replace(" of ", "/").replace(" missed", " ✖");
        let count = if fits { item.count.clone() } else { short() };
        line.right = vec![span(count, item.role)];
    }
    line
}

/// What stands at a row of the pane.
pub fn target(model: &Model, now: Timestamp, area: Area, y: u16) -> Option<Target> {
    let inner = area.inner();
    let row = usize::from(y.checked_sub(inner.y)?);
    let items = items(model, now);
    let at = at(model, &items);
    let (first, count) = window(items.len(), at, usize::from(inner.height));
    items.get(first + row).filter(|_| row < count).map(|item| Target::Due(item.key.clone()))
}
