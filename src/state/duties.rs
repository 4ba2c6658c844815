//! What a runbook asks for after a GO: read from its headings such as "First 24 Hours", and how each stands by facts.
//!
//! Rounds stand on a grid that begins with the GO: a round that was late moves none that follows. A round is missed
//! when the next one is due. What is done once stays due until it is done or waived.

use std::time::Duration;

use crate::domain::calendar::{Occurrence, occurrence};
use crate::domain::duty::Duty;
use crate::domain::fact::{Fact, Logged, Release};
use crate::domain::ids::{DutyId, RunbookId, WindowId};
use crate::domain::runbook::{Phase, PhaseKind, Runbook, Step, StepRef};
use crate::domain::statement::{Every, Says, Schedule, Statement};
use crate::domain::time::Timestamp;

use super::timer::{of_step, scope};
use super::{Model, Watch};

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// A duty, as facts have left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owed {
    /// What was said of it.
    pub duty: Duty,
    /// The runbook it was read from.
    pub runbook: RunbookId,
    /// The window whose GO it follows.
    pub window: WindowId,
    /// The release that went live.
    pub release: Option<Release>,
    /// When the GO was said.
    pub from: Timestamp,
    /// Rounds that were done.
    pub done: u32,
    /// Rounds that are known to be missed by facts.
    pub missed: u32,
    /// How it stands.
    pub state: DutyState,
}

/// How a duty stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DutyState {
    /// Something of it is still to be done.
    Open,
    /// Its last round was done.
    Done,
    /// Given up, with a reason.
    Waived(String),
    /// Its time is over.
    Ended,
    /// A later release is looked after instead.
    Replaced,
}

impl Owed {
    /// Rounds that are behind at `now`: those that were done, and those that were missed.
    fn behind(&self, now: Timestamp) -> u32 {
        self.done.saturating_add(self.missed).max(self.duty.passed(now.since(self.from)))
    }

    /// How many rounds were missed until `now`.
    pub fn missed_at(&self, now: Timestamp) -> u32 {
        self.behind(now).min(self.duty.rounds()).saturating_sub(self.done)
    }

    /// When it is to be done next; `None` where its time is over.
    pub fn due(&self, now: Timestamp) -> Option<Timestamp> {
        let round = self.behind(now);
        (round < self.duty.rounds()).then(|| self.from.plus(self.duty.due(round)))
    }

    /// `3 of 24, 1 missed`; nothing for what is done once.
    pub fn count(&self, now: Timestamp) -> String {
        let rounds = self.duty.rounds();
        if rounds == 1 {
            return String::new();
        }
        match self.missed_at(now) {
            0 => format!("{} of {rounds}", self.done),
            missed => format!("{} of {rounds}, {missed} missed", self.done),
        }
    }

    /// The step it was read from.
    pub fn step(&self) -> Option<StepRef> {
        Some(StepRef { runbook: self.runbook.clone(), step: self.duty.step.clone()? })
    }
}

impl Watch {
    pub(super) fn apply_duty(&mut self, logged: &Logged) {
        match &logged.fact {
            Fact::DutiesOpened { window, runbook, release, duties, .. } => {
                let open = |known: &&mut Owed| known.state == DutyState::Open && known.runbook == *runbook;
                self.duties.iter_mut().filter(open).for_each(|known| known.state = DutyState::Replaced);
                self.duties.extend(duties.iter().map(|duty| Owed {
                    duty: duty.clone(),
                    runbook: runbook.clone(),
                    window: window.clone(),
                    release: release.clone(),
                    from: logged.at,
                    done: 0,
                    missed: 0,
                    state: DutyState::Open,
                }));
            }
            Fact::DutyDone { duty, missed, .. } => {
                if let Some(known) = self.duty_mut(duty) {
                    known.missed = known.missed.saturating_add(*missed);
                    known.done = known.done.saturating_add(1);
                    if known.done.saturating_add(known.missed) >= known.duty.rounds() {
                        known.state = DutyState::Done;
                    }
                }
            }
            Fact::DutyWaived { duty, reason, .. } => {
                if let Some(known) = self.duty_mut(duty) {
                    known.state = DutyState::Waived(reason.clone());
                }
            }
            Fact::DutyEnded { duty, missed, .. } => {
                if let Some(known) = self.duty_mut(duty) {
                    known.missed = *missed;
                    known.state = DutyState::Ended;
                }
            }
            _ => {}
        }
    }

    fn duty_mut(&mut self, id: &DutyId) -> Option<&mut Owed> {
        self.duties.iter_mut().rev().find(|known| known.duty.id == *id)
    }

    /// The duty called `id`.
    pub fn duty(&self, id: &DutyId) -> Option<&Owed> {
        self.duties.iter().rev().find(|known| known.duty.id == *id)
    }

    /// Duties of which something is still to be done, in the order of the file.
    pub fn open_duties(&self) -> impl Iterator<Item = &Owed> {
        self.duties.iter().filter(|known| known.state == DutyState::Open)
    }

    /// The open duty that was read from `step`.
    pub fn duty_of(&self, step: &StepRef) -> Option<&Owed> {
        self.open_duties().find(|known| known.step().as_ref() == Some(step))
    }
}

/// The runbook whose follow-ups a GO opens: the one at hand, or where that one names none, the only other that does.
///
/// # Errors
///
/// Where several others name some, how many.
pub fn follows(model: &Model, now: Timestamp) -> Result<Option<&Runbook>, usize> {
    let names = |runbook: &&Runbook| !after_go(runbook, now, 0).is_empty();
    if let Some(here) = model.at_hand().filter(names) {
        return Ok(Some(here));
    }
    let mut others = model.plan.runbooks.iter().filter(names);
    let first = others.next();
    match others.count() {
        0 => Ok(first),
        more => Err(more + 1),
    }
}

/// What `runbook` asks for after a GO that is said at `now`, in the order of the file. `before` is how many duties
/// there were: they are numbered on from there.
pub fn after_go(runbook: &Runbook, now: Timestamp, before: usize) -> Vec<Duty> {
    let parts: Vec<Part<'_>> = runbook.statements.iter().filter_map(|said| part(runbook, said)).collect();
    let mut duties = Vec::new();
    for phase in &runbook.phases {
        // Where parts stand in one another, the inner one says how long.
        let holds = |part: &&Part<'_>| part.phases.iter().any(|known| std::ptr::eq(*known, phase));
        let Some(part) = parts.iter().filter(holds).max_by_key(|part| part.line) else { continue };
        // What stands under a step says how it is done: it is done with it.
        let steps = phase.steps.iter().filter(|step| step.depth == 0);
        let mut of: Vec<(usize, Duty)> = Vec::new();
        for step in steps {
            of.extend(of_a_step(runbook, step, part, now).into_iter().map(|duty| (step.line, duty)));
        }
        let next = runbook.phases.iter().map(|other| other.line).find(|line| *line > phase.line);
        for said in runbook.statements.iter().filter(|said| {
            said.step.is_none() && said.line > phase.line && next.is_none_or(|next| said.line < next)
        }) {
            if let Says::Schedule(schedule) = &said.says {
                let text = without(&said.around, &said.text);
                of.extend(rounds(schedule, now, &text, None, part).into_iter().map(|duty| (said.line, duty)));
            }
        }
        of.sort_by_key(|(line, _)| *line);
        duties.extend(of.into_iter().map(|(_, duty)| duty));
    }
    for (duty, number) in duties.iter_mut().zip(before + 1..) {
        duty.id = DutyId::from(format!("D-{number}"));
    }
    duties
}

/// A part of a runbook that says how long after a release it holds.
struct Part<'a> {
    title: &'a str,
    line: usize,
    lasts: Duration,
    phases: Vec<&'a Phase>,
}

fn part<'a>(runbook: &'a Runbook, said: &'a Statement) -> Option<Part<'a>> {
    let Says::Watch { during } = said.says else { return None };
    let bare = |text: &'a str| text.trim().trim_end_matches(':').trim_end();
    let title = bare(said.heading.as_deref()?);
    if said.step.is_some() || bare(&said.around) != title {
        return None;
    }
    // "If found within the first hour" is about a rollback: where a heading says more than how long, its part has to
    // be one of those that follow up.
    let alone = bare(&said.text) == title;
    let follows = |phase: &&Phase| alone || phase.kind == PhaseKind::FollowUp;
    let phases: Vec<&Phase> = scope(runbook, said).into_iter().filter(follows).collect();
    (!phases.is_empty()).then_some(Part { title, line: said.line, lasts: during, phases })
}

fn of_a_step(runbook: &Runbook, step: &Step, part: &Part<'_>, now: Timestamp) -> Vec<Duty> {
    let (mut schedule, mut lasts) = (None, part.lasts);
    for said in of_step(runbook, step) {
        match &said.says {
            Says::Schedule(found) if schedule.is_none() => schedule = Some((found, &said.text)),
            // "within 4 hours", "for the first 6 hours": sooner than the part ends.
            Says::Deadline { within: span } | Says::Watch { during: span } => lasts = lasts.min(*span),
            _ => {}
        }
    }
    let part = Part { title: part.title, line: part.line, lasts, phases: Vec::new() };
    match schedule {
        Some((schedule, words)) => rounds(schedule, now, &without(&step.text, words), Some(step), &part),
        None => vec![duty(&step.text, Some(step), &part, None, lasts)],
    }
}

/// What comes round, as duties: one for each day of the week that is named.
fn rounds(
    schedule: &Schedule,
    now: Timestamp,
    text: &str,
    step: Option<&Step>,
    part: &Part<'_>,
) -> Vec<Duty> {
    let first = |schedule: &Schedule, every: Duration| match occurrence(schedule, now) {
        Occurrence::Next { at, .. } => at.since(now),
        // What is on now is due when it ends.
        Occurrence::Open { until, .. } => until.since(now),
        Occurrence::Counted(_) | Occurrence::Untold(_) => every,
    };
    let made = |every: Duration, schedule: &Schedule| {
        duty(text, step, part, Some(every), first(schedule, every).min(part.lasts))
    };
    match &schedule.every {
        Every::Span(every) => vec![made(*every, schedule)],
        Every::Day => vec![made(DAY, schedule)],
        Every::Week(days) if days.is_empty() => vec![made(7 * DAY, schedule)],
        Every::Week(days) => days
            .iter()
            .map(|day| made(7 * DAY, &Schedule { every: Every::Week(vec![*day]), ..schedule.clone() }))
            // A day that does not come within the part is none of its days.
            .filter(|duty| days.len() == 1 || duty.first < part.lasts)
            .collect(),
        // Rarer than any part lasts: once, by its end.
        Every::Month(_) | Every::Quarter | Every::Year => vec![duty(text, step, part, None, part.lasts)],
    }
}

fn duty(text: &str, step: Option<&Step>, part: &Part<'_>, every: Option<Duration>, first: Duration) -> Duty {
    Duty {
        id: DutyId::from(""),
        text: text.to_owned(),
        part: part.title.to_owned(),
        step: step.map(|step| step.id.clone()),
        every,
        first,
        lasts: part.lasts,
    }
}

/// `text` without the words that say how often; the whole where nothing would be left.
fn without(text: &str, words: &str) -> String {
    let Some((before, after)) = text.split_once(words) else { return text.to_owned() };
    let joins = |c: char| c.is_whitespace() || matches!(c, ',' | ':' | ';' | '(' | ')' | '-' | '–' | '.');
    let (before, after) = (before.trim_end_matches(joins), after.trim_start_matches(joins).trim_end());
    let left = [before, after].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    if left.chars().any(char::is_alphanumeric) { left } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_often_is_said_once() {
        for (text, words, left) in [
            ("Monitor error rates every hour", "every hour", "Monitor error rates"),
            ("Daily metrics review", "Daily", "metrics review"),
            ("Review (every 2 hours) the queue", "every 2 hours", "Review the queue"),
            ("Every hour", "Every hour", "Every hour"),
            ("Look", "hourly", "Look"),
        ] {
            assert_eq!(without(text, words), left);
        }
    }
}
