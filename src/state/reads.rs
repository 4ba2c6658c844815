//! What a command of a step reads: each placeholder and variable by name, and where its value comes from. Never a
//! value of the environment: the console knows its names only.

use crate::domain::answer::AnswerKind;
use crate::domain::idempotency;
use crate::domain::runbook::{Placeholder, Step, StepCommand};
use crate::domain::step_rules::PromptEnv;
use crate::domain::text::{clean, clip};

use super::values::Value;
use super::{Given, Plan, Watch};

/// Something that a command reads.
#[derive(Clone, Debug, PartialEq)]
pub struct Reads {
    /// The placeholder.
    pub hole: Placeholder,
    /// What kind of answer it wants.
    pub kind: AnswerKind,
    /// Where its value comes from.
    pub comes: Comes,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Comes {
    /// It is asked for, with the answer that is offered, if there is one.
    Asked(Option<Value>),
    /// The variable is set in the environment the console was started with, and is asked for all the same.
    AskedThoughSet,
    /// A run gave it.
    Captured(Value),
    /// The variable is set in the environment the console was started with.
    Set,
    /// The variable is not set, and its block says not to ask: the shell stops where it reads it.
    Missing,
}

impl Reads {
    /// Whether it is asked for before the command runs.
    pub const fn is_asked(&self) -> bool {
        matches!(self.comes, Comes::Asked(_) | Comes::AskedThoughSet)
    }

    /// Name and origin in words.
    pub fn words(&self) -> String {
        let token = &self.hole.token;
        let shown = |value: &Value| clip(&clean(&value.value), 60).into_owned();
        match &self.comes {
            Comes::Asked(_) if self.kind == AnswerKind::Secret => {
                format!("{token} is asked for: a secret, by where it is kept")
            }
            Comes::Asked(None) => format!("{token} is asked for: {}", self.kind.wants()),
            Comes::Asked(Some(value)) => {
                format!("{token} is asked for, with {} ({})", shown(value), value.given.words())
            }
            Comes::AskedThoughSet => format!("{token} is set in the console's environment, and asked for"),
            Comes::Captured(value) => format!("{token} is {} ({})", shown(value), value.given.words()),
            Comes::Set => format!("{token} is set in the console's environment"),
            Comes::Missing => format!("{token} is NOT SET, and is not asked for"),
        }
    }
}

impl Given {
    /// In words.
    pub fn words(&self) -> String {
        match self {
            Given::Typed(by) => format!("typed by {by}"),
            Given::Captured(run) => format!("captured by {run}"),
        }
    }
}

/// The name under which an answer for `hole` of `step` is remembered: of what has no name of its own, in that step.
pub fn answer_name(hole: &Placeholder, step: &Step) -> String {
    let own = hole.token.chars().any(char::is_alphanumeric);
    if own { hole.name.clone() } else { format!("{} of {}", hole.name, step.id) }
}

/// What `command` of `step` reads, in the order of its text.
pub fn reads(plan: &Plan, watch: &Watch, step: &Step, command: &StepCommand) -> Vec<Reads> {
    let rules = command.rules_in(step);
    let of = |hole: &Placeholder| {
        let said = rules.ask.iter().find(|ask| super::same_name(&ask.name) == super::same_name(&hole.name));
        let kind = AnswerKind::of(hole, said.map(|ask| &ask.kind));
        let captured = watch.captured(&hole.name).filter(|_| kind != AnswerKind::Secret).cloned();
        let is_set = plan.variables.contains(&hole.name);
        let comes = match (hole.environment, rules.prompt_env) {
            (true, Some(PromptEnv::Yes)) if is_set => Comes::AskedThoughSet,
            (true, None | Some(PromptEnv::Auto | PromptEnv::No)) if captured.is_some() => {
                captured.map_or(Comes::Set, Comes::Captured)
            }
            (true, None | Some(PromptEnv::Auto | PromptEnv::No)) if is_set => Comes::Set,
            (true, Some(PromptEnv::No)) => Comes::Missing,
            (_, _) if kind == AnswerKind::Secret => Comes::Asked(None),
            (_, _) => {
                let filled = watch.filled(&answer_name(hole, step)).cloned();
                Comes::Asked(captured.into_iter().chain(filled).max_by_key(|value| value.at))
            }
        };
        Reads { hole: hole.clone(), kind, comes }
    };
    // A key of ours is nobody's to fill in.
    let generated = idempotency::generated(command);
    command.placeholders.iter().filter(|hole| Some(*hole) != generated).map(of).collect()
}
