//! Who is on call now, by the configuration, by a runbook's own turns, or by both together: the runbook says who, and
//! the configuration when the first turn was.

use crate::domain::oncall::{HandOver, Lasts, Turn};
use crate::domain::time::Timestamp;

use super::Model;
use super::ladder::{Rotation as Turns, name_words, rotations};

/// A rotation and how it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnCall<'a> {
    /// What it is called.
    pub name: &'a str,
    /// Who is on call; `None` where it has not begun, or cannot be told.
    pub person: Option<&'a str>,
    /// When it is handed over, and to whom.
    pub next: Option<(Timestamp, &'a str)>,
    /// By which clock.
    pub hand_over: Option<&'a HandOver>,
}

impl OnCall<'_> {
    /// `until Mon 30 Nov 09:00 CET (08:00Z), then bob`.
    pub fn until(&self) -> String {
        match (self.hand_over, self.next, self.person) {
            (Some(hand_over), Some((at, next)), Some(_)) => {
                format!("until {}, then {next}", hand_over.words(at))
            }
            (Some(hand_over), Some((at, next)), None) => {
                format!("begins {}, with {next}", hand_over.words(at))
            }
            (_, None, None) => "whose turn it is cannot be told".to_owned(),
            (None, _, _) | (_, None, Some(_)) => String::new(),
        }
    }
}

/// Every rotation: those of the configuration in its order, then those of runbooks that it does not speak of.
pub fn on_call(model: &Model, now: Timestamp) -> Vec<OnCall<'_>> {
    let said = rotations(model, now);
    let mut all: Vec<OnCall<'_>> = Vec::new();
    for rotation in &model.plan.rotations {
        let turns = said.iter().find(|turns| is_called(turns, &rotation.name));
        let people: Vec<&str> = if rotation.people.is_empty() {
            turns.map(|turns| turns.turns.iter().map(|(_, who)| *who).collect()).unwrap_or_default()
        } else {
            rotation.people.iter().map(String::as_str).collect()
        };
        let lasts = rotation.every.or_else(|| turns.and_then(lasts_of));
        let hand_over = &rotation.hand_over;
        let turn = lasts.and_then(|lasts| hand_over.turn(lasts, people.len(), now));
        let (person, next) = match turn {
            Some(Turn::On { person, until, next, .. }) => {
                (people.get(person).copied(), people.get(next).map(|next| (until, *next)))
            }
            Some(Turn::Begins(at)) => (None, people.first().map(|first| (at, *first))),
            None => (None, None),
        };
        all.push(OnCall { name: &rotation.name, person, next, hand_over: Some(hand_over) });
    }
    let spoken_of =
        |turns: &&Turns<'_>| model.plan.rotations.iter().any(|known| is_called(turns, &known.name));
    for turns in said.iter().filter(|turns| !spoken_of(turns)) {
        let person = turns.now.and_then(|at| turns.turns.get(at)).map(|(_, who)| *who);
        all.push(OnCall { name: turns.name, person, next: None, hand_over: None });
    }
    all
}

/// Whether a runbook's rotation is the one that is called `name`: every word of it is said.
pub fn is_called(turns: &Turns<'_>, name: &str) -> bool {
    let (theirs, wanted) = (name_words(turns.name), name_words(name));
    !wanted.is_empty() && wanted.iter().all(|word| theirs.contains(word))
}

/// How long a turn lasts that is called `Week 1` or `Month 2`.
fn lasts_of(turns: &Turns<'_>) -> Option<Lasts> {
    let (first, _) = turns.turns.first()?;
    Lasts::parse(name_words(first).first()?)
}

/// Who is meant by `who`: the person on call, where it names a rotation, or says on-call and there is one.
pub fn person<'a>(all: &[OnCall<'a>], who: &str) -> Option<&'a str> {
    let said = name_words(who);
    let named = all.iter().find(|known| known.name.eq_ignore_ascii_case(who.trim()));
    let says = said.windows(2).any(|pair| pair[0] == "on" && pair[1] == "call")
        || said.iter().any(|word| word == "oncall");
    // Of several the one whose name is said most of; the first is the primary.
    let among = || {
        let score =
            |known: &OnCall<'_>| name_words(known.name).iter().filter(|word| said.contains(word)).count();
        let best = all.iter().map(score).max()?;
        all.iter().find(|known| score(known) == best)
    };
    named.or_else(|| says.then(among).flatten())?.person
}
