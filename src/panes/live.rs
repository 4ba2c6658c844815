//! What the signal that a step is bound to shows of it now. Not a pane: the runbook pane, the step's dialog and
//! whoever ticks it say the same.

use std::time::Duration;

use crate::domain::ids::SignalId;
use crate::domain::reading::{Health, Reading};
use crate::domain::role::Role;
use crate::domain::runbook::{Step, StepRef};
use crate::domain::step_binding::bound;
use crate::domain::step_evidence::StepEvidence;
use crate::domain::text::{clean, clip};
use crate::domain::time::{Timestamp, short};
use crate::state::{Given, Model, Value, reason_words};

use super::health;

/// How the signal of a step stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Live {
    /// The signal.
    pub signal: SignalId,
    /// Its health, blind where nothing fresh is known.
    pub health: Health,
    /// Glyph and word, with the reason.
    pub words: String,
    /// What it means.
    pub role: Role,
    /// What it said, where the condition looked.
    pub values: Vec<String>,
    /// The condition, where there is one.
    pub when: Option<String>,
    /// Whether it says that the step is done.
    pub holds: Holds,
    /// When it was read.
    pub at: Option<Timestamp>,
    /// Whether the words have said already what the values say, by an earlier reading of the same state.
    pub told: bool,
}

/// Whether a signal says that a step is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holds {
    /// It does.
    Yes,
    /// It says that it is not.
    No,
    /// It cannot be told, and why.
    Unknown(String),
}

/// What the signal of `step` shows at `now`; `None` for a step that is bound to none.
pub fn of(model: &Model, now: Timestamp, step: &Step) -> Option<Live> {
    let (signal, when) = bound(step)?;
    let Some(index) = model.plan.signal_index(&signal) else {
        let why = format!("there is no signal called {signal}");
        return Some(Live {
            signal,
            health: Health::Blind,
            words: "? unknown signal".into(),
            role: Role::Blind,
            values: Vec::new(),
            when,
            holds: Holds::Unknown(why),
            at: None,
            told: false,
        });
    };
    let standing = health::standing(model, now, index);
    let last = model.feed.signals[index].last.as_ref();
    let sick = model.watch.observer_sick.is_some() && !model.plan.signals[index].observer;
    let (values, holds) = match last {
        None => (Vec::new(), Holds::Unknown("it has not been read yet".into())),
        Some(last) => {
            let (values, holds) = said(last, when.as_deref(), standing.health);
            let holds = match standing.late {
                _ if sick => Holds::Unknown("the observer is cut off".into()),
                Some(late) => Holds::Unknown(format!("the last reading is {} old", short(late))),
                None => holds,
            };
            (values, holds)
        }
    };
    Some(Live {
        signal,
        health: standing.health,
        words: standing.words,
        role: standing.role,
        told: when.is_none() && last.is_some_and(|last| last.health == standing.health),
        values,
        when,
        holds,
        at: last.map(|last| last.at),
    })
}

/// What one reading says of `when`; of its health where there is no condition.
fn said(last: &Reading, when: Option<&str>, settled: Health) -> (Vec<String>, Holds) {
    let Some(when) = when else {
        let detail = reason_words(last.reason, &last.detail);
        let values = if detail.is_empty() { Vec::new() } else { vec![detail] };
        let holds = match (last.health, settled) {
            (Health::Blind, _) | (_, Health::Blind) => Holds::Unknown("it is blind".into()),
            // While it is on the way to another state, neither is taken for granted.
            (Health::Ok, Health::Ok) => Holds::Yes,
            (Health::Ok | Health::Degraded | Health::Down, _) => Holds::No,
        };
        return (values, holds);
    };
    let Some(shown) = last.shown.iter().find(|shown| shown.when == when) else {
        return (Vec::new(), Holds::Unknown("it has not been read since the runbook was".into()));
    };
    let holds = match &shown.holds {
        Ok(true) => Holds::Yes,
        Ok(false) => Holds::No,
        Err(why) => Holds::Unknown(why.clone()),
    };
    (shown.values.clone(), holds)
}

impl Live {
    /// What stands on screen: signal, health, values, age, whether it holds.
    pub fn line(&self, now: Timestamp) -> String {
        let mut text = format!("{} {}", self.signal, self.words);
        // A word that its health has said is not said again.
        let fresh = |value: &&String| !self.told && !self.words.ends_with(value.as_str());
        for value in self.values.iter().filter(fresh) {
            text = text + " · " + value;
        }
        if let Some(at) = self.at {
            text = text + " · " + &ago(now.since(at));
        }
        let said = match (&self.holds, &self.when) {
            (Holds::Yes, Some(_)) => " · ✔ holds".to_owned(),
            (Holds::No, Some(_)) => " · ✖ does not hold".to_owned(),
            (Holds::Yes | Holds::No, None) => String::new(),
            (Holds::Unknown(why), _) => format!(" · ? {why}"),
        };
        text + &said
    }

    /// What the line means: dimmed where it cannot be told.
    pub const fn line_role(&self) -> Role {
        match self.holds {
            Holds::Yes => Role::Ok,
            Holds::No => Role::Warning,
            Holds::Unknown(_) => Role::Dim,
        }
    }

    /// What a mark keeps of it; `None` where it was never read.
    pub fn evidence(&self) -> Option<StepEvidence> {
        let (holds, why) = match &self.holds {
            Holds::Yes => (Some(true), None),
            Holds::No => (Some(false), None),
            Holds::Unknown(why) => (None, Some(why.clone())),
        };
        Some(StepEvidence::Signal {
            signal: self.signal.clone(),
            health: self.health,
            values: self.values.clone(),
            when: self.when.clone(),
            holds,
            why,
            at: self.at?,
        })
    }

    /// Why a step cannot be ticked as a matter of course, if so.
    pub fn doubt(&self) -> Option<String> {
        let said = if self.values.is_empty() { self.words.clone() } else { self.values.join(", ") };
        match &self.holds {
            Holds::Yes => None,
            Holds::No => Some(format!("{} says {said}", self.signal)),
            Holds::Unknown(why) => Some(format!("{} cannot tell: {why}", self.signal)),
        }
    }
}

/// What the last reply had under the code spans of a step, a line each: `alreadyPublished is true · R-3 14:25:31`.
pub fn replied(model: &Model, step: &StepRef) -> Vec<String> {
    let line = |value: &Value| {
        let shown = clip(&clean(&value.value), 80).into_owned();
        let by = match &value.given {
            Given::Captured(run) => run.as_str(),
            Given::Typed(by) => by.as_str(),
        };
        format!("{} is {shown} · {by} {}", value.name, value.at.clock())
    };
    crate::state::replied(model, step).into_iter().map(line).collect()
}

/// `3 s ago`, `4m ago`.
fn ago(span: Duration) -> String {
    if span.as_secs() < 60 { format!("{} s ago", span.as_secs()) } else { format!("{} ago", short(span)) }
}
