//! The ladder: who is told next while nobody has taken the incident on, and who can be reached how. The configuration's
//! ladder goes before a runbook's.

use std::time::Duration;

use chrono::{Datelike, NaiveDate};

use crate::domain::clocks::LadderRung;
use crate::domain::runbook::Runbook;
use crate::domain::statement::{Says, Statement};
use crate::domain::time::Timestamp;

use super::Model;
use super::parts::Told;

/// Rungs in their order, as the configuration or one runbook says them.
#[derive(Clone, Debug)]
pub struct Ladder<'a> {
    /// From the first to be told to the last.
    pub rungs: Vec<Rung<'a>>,
    /// When the incident was taken on: from then on nobody else is told.
    pub stopped: Option<Timestamp>,
}

/// A rung.
#[derive(Clone, Debug)]
pub struct Rung<'a> {
    /// From 1.
    pub level: u32,
    /// Who.
    pub who: &'a str,
    /// How they are reached, where a contact of the same name says so.
    pub way: Option<&'a str>,
    /// After how long it is their turn, counted from when the incident is declared; `None` where the file names no
    /// time.
    pub after: Option<Duration>,
    /// When that is, in the open incident.
    pub at: Option<Timestamp>,
    /// When somebody was told, and who.
    pub told: Option<&'a Told>,
    /// What it was read from, and where; `None` where it is configured.
    pub said: Option<(&'a Runbook, &'a Statement)>,
}

impl Rung<'_> {
    /// `L3 Team lead notification`.
    pub fn name(&self) -> String {
        format!("L{} {}", self.level, self.who)
    }
}

/// The ladder of the configuration; where it has none, that of the runbook at hand, or else of the first that has one.
pub fn ladder(model: &Model) -> Option<Ladder<'_>> {
    let mut rungs = if model.plan.clocks.escalation.is_empty() { read(model)? } else { configured(model) };
    let incident = model.watch.incident();
    for rung in &mut rungs {
        rung.at = incident.zip(rung.after).map(|(incident, after)| incident.declared.plus(after));
        rung.told = incident.and_then(|incident| incident.told(rung.level));
    }
    let stopped = incident.and_then(|incident| incident.acknowledged.as_ref()).map(|(at, _)| *at);
    Some(Ladder { rungs, stopped })
}

fn configured<'a>(model: &'a Model) -> Vec<Rung<'a>> {
    let contacts: Vec<(&str, &str)> =
        contacts(model).filter_map(|contact| Some((contact.who, contact.way?))).collect();
    let rung = |known: &'a LadderRung| {
        let way = known.way.as_deref().or_else(|| way_to(&known.who, &contacts));
        Rung {
            level: known.level,
            who: &known.who,
            way,
            after: Some(known.after),
            at: None,
            told: None,
            said: None,
        }
    };
    model.plan.clocks.escalation.iter().map(rung).collect()
}

/// The rungs that a runbook names.
fn read(model: &Model) -> Option<Vec<Rung<'_>>> {
    let has_one = |runbook: &&Runbook| {
        runbook.statements.iter().any(|statement| matches!(statement.says, Says::Escalation { .. }))
    };
    let runbook = model.at_hand().filter(has_one).or_else(|| model.plan.runbooks.iter().find(has_one))?;
    let contacts: Vec<(&str, &str)> =
        contacts(model).filter_map(|contact| Some((contact.who, contact.way?))).collect();
    let mut rungs: Vec<Rung<'_>> = runbook
        .statements
        .iter()
        .filter_map(|statement| match &statement.says {
            Says::Escalation { level, who, within } => Some(Rung {
                level: *level,
                who,
                way: way_to(who, &contacts),
                after: *within,
                at: None,
                told: None,
                said: Some((runbook, statement)),
            }),
            _ => None,
        })
        .collect();
    rungs.sort_by_key(|rung| rung.level);
    turns(&mut rungs);
    Some(rungs)
}

impl Ladder<'_> {
    /// The rung that somebody is to be told on: the last whose time has come and that nobody was told on, or else the
    /// next that nobody was told on.
    pub fn next(&self, now: Timestamp) -> Option<&Rung<'_>> {
        let open = || self.rungs.iter().filter(|rung| rung.told.is_none());
        let reached = open().filter(|rung| rung.at.is_some_and(|at| at <= now));
        // Who is told at once is a machine, or was told by the alert: a later rung goes before it.
        let highest = reached.max_by_key(|rung| (rung.at, rung.level));
        let told = self.rungs.iter().filter(|rung| rung.told.is_some()).map(|rung| rung.level).max();
        let above = |rung: &&Rung<'_>| told.is_none_or(|told| rung.level > told);
        highest.filter(above).or_else(|| open().find(above))
    }
}

/// When it is whose turn. Times that grow from rung to rung are all counted from the beginning; where one does not,
/// each says how long that rung has, and they add up. The first rung is told at once where it names no time.
fn turns(rungs: &mut [Rung<'_>]) {
    let said: Vec<Duration> = rungs.iter().filter_map(|rung| rung.after).collect();
    if !said.windows(2).all(|pair| pair[0] < pair[1]) {
        let mut so_far = Duration::ZERO;
        for rung in rungs.iter_mut() {
            if let Some(after) = &mut rung.after {
                so_far += *after;
                *after = so_far;
            }
        }
    }
    if let Some(first) = rungs.first_mut() {
        first.after.get_or_insert(Duration::ZERO);
    }
}

/// How `who` is reached: by the contact most of whose words are among theirs, and all of them.
fn way_to<'a>(who: &str, contacts: &[(&str, &'a str)]) -> Option<&'a str> {
    let theirs = name_words(who);
    let known = contacts.iter().filter_map(|(name, way)| {
        let words = name_words(name);
        (!words.is_empty() && words.iter().all(|word| theirs.contains(word))).then_some((words.len(), *way))
    });
    known.max_by_key(|(words, _)| *words).map(|(_, way)| way)
}

pub(super) fn name_words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Somebody who can be reached.
#[derive(Clone, Copy, Debug)]
pub struct Contact<'a> {
    /// In which role, or by name.
    pub who: &'a str,
    /// The name behind the role, where the file gives one.
    pub name: Option<&'a str>,
    /// How; `None` where the file leaves it open.
    pub way: Option<&'a str>,
    /// The runbook that names them.
    pub runbook: &'a Runbook,
    /// What it was read from.
    pub statement: &'a Statement,
}

/// Contacts of the runbook at hand, then of the others; each once.
pub fn contacts(model: &Model) -> impl Iterator<Item = Contact<'_>> {
    let mut seen: Vec<(&str, Option<&str>, Option<&str>)> = Vec::new();
    of_all(model).filter_map(move |(runbook, statement)| match &statement.says {
        Says::Contact { who, name, way } => {
            let known = (who.as_str(), name.as_deref(), way.as_deref());
            if seen.contains(&known) {
                return None;
            }
            seen.push(known);
            Some(Contact { who, name: name.as_deref(), way: way.as_deref(), runbook, statement })
        }
        _ => None,
    })
}

/// Statements of the runbook at hand, then of the others.
pub fn of_all(model: &Model) -> impl Iterator<Item = (&Runbook, &Statement)> {
    let here = model.at_hand();
    let others =
        model.plan.runbooks.iter().filter(move |runbook| here.is_none_or(|here| here.id != runbook.id));
    here.into_iter()
        .chain(others)
        .flat_map(|runbook| runbook.statements.iter().map(move |statement| (runbook, statement)))
}

/// A rotation, and whose turn it is where that can be told.
#[derive(Clone, Debug)]
pub struct Rotation<'a> {
    /// As its heading names it.
    pub name: &'a str,
    /// Turns and who has them, in the order of the file.
    pub turns: Vec<(&'a str, &'a str)>,
    /// Which of them is now. `None` where they are only counted: nobody knows which week was the first.
    pub now: Option<usize>,
}

/// Every rotation that a runbook names.
pub fn rotations(model: &Model, now: Timestamp) -> Vec<Rotation<'_>> {
    let mut rotations: Vec<Rotation<'_>> = Vec::new();
    for (_, statement) in of_all(model) {
        let Says::Turn { rotation, turn, who } = &statement.says else { continue };
        let known = match rotations.iter_mut().find(|known| known.name == rotation) {
            Some(known) => known,
            None => {
                rotations.push(Rotation { name: rotation, turns: Vec::new(), now: None });
                let last = rotations.len() - 1;
                &mut rotations[last]
            }
        };
        if !known.turns.contains(&(turn, who)) {
            known.turns.push((turn, who));
        }
    }
    let today = now.utc().map(|at| at.date_naive());
    for rotation in &mut rotations {
        rotation.now = today.and_then(|today| turn_of(&rotation.turns, today));
    }
    rotations
}

/// Which turn is on `today`: one that is called by a day of the week, a month or a date. In UTC.
fn turn_of(turns: &[(&str, &str)], today: NaiveDate) -> Option<usize> {
    let weekday = |text: &str| text.parse::<chrono::Weekday>().ok();
    let month = |text: &str| text.parse::<chrono::Month>().ok();
    let date = |text: &str| text.parse::<NaiveDate>().ok();
    let all = |holds: &dyn Fn(&str) -> bool| turns.iter().all(|(turn, _)| holds(turn.trim()));
    let find = |holds: &dyn Fn(&str) -> bool| turns.iter().position(|(turn, _)| holds(turn.trim()));
    if all(&|turn| weekday(turn).is_some()) {
        find(&|turn| weekday(turn) == Some(today.weekday()))
    } else if all(&|turn| month(turn).is_some()) {
        find(&|turn| month(turn).is_some_and(|month| month.number_from_month() == today.month()))
    } else if all(&|turn| date(turn).is_some()) {
        let begun = turns.iter().enumerate().filter_map(|(at, (turn, _))| Some((date(turn.trim())?, at)));
        begun.filter(|(from, _)| *from <= today).max().map(|(_, at)| at)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_is_told_only_where_its_name_says_when_it_is() {
        let thursday = NaiveDate::from_ymd_opt(2026, 11, 26).unwrap();
        let turn =
            |turns: &[&str]| turn_of(&turns.iter().map(|turn| (*turn, "ann")).collect::<Vec<_>>(), thursday);
        assert_eq!(turn(&["Monday", "Thu", "Friday"]), Some(1));
        assert_eq!(turn(&["Monday", "Friday"]), None);
        assert_eq!(turn(&["October", "November"]), Some(1));
        assert_eq!(turn(&["2026-11-16", "2026-11-23", "2026-11-30"]), Some(1));
        assert_eq!(turn(&["Week 1", "Week 2"]), None);
        assert_eq!(turn(&["Week 1", "Thursday"]), None);
    }

    #[test]
    fn a_way_is_only_given_where_every_word_of_a_contacts_name_is_said() {
        let contacts =
            [("On-Call", "+1-555-0100"), ("Tech Lead", "lead@example.com"), ("Engineer", "all@example.com")];
        assert_eq!(way_to("PagerDuty → On-call engineer", &contacts), Some("+1-555-0100"));
        assert_eq!(way_to("Team lead notification", &contacts), None);
        assert_eq!(way_to("Tech lead", &contacts), Some("lead@example.com"));
    }
}
