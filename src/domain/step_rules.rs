//! What an author says of a step or of a block in so many words: runme's attributes, and ours.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::action::Risk;
use super::answer::AnswerKind;
use super::ids::SignalId;
use super::text::clean;

/// Attributes of a block, or of the item that a comment stands in. Nothing of it approves anything in advance.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StepRules {
    /// `name`: what the block is called (runme).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `interactive`: it wants the terminal (runme). Here nothing does that does not say so.
    #[serde(skip_serializing_if = "is_false")]
    pub interactive: bool,
    /// `cwd`: where it runs, from the directory where the runbook's commands run (runme).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// `excludeFromRunAll`: it is no part of a sequence (runme).
    #[serde(skip_serializing_if = "is_false")]
    pub exclude_from_run_all: bool,
    /// `promptEnv`: whether what it reads from the environment is asked for (runme).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_env: Option<PromptEnv>,
    /// `ask`: what kind of answer a placeholder wants, where its name does not tell.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ask: Vec<Ask>,
    /// `risk`: what it may do. A file can say that more is at stake than its words tell; that less is, only of
    /// what its words do not show to be irreversible.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk: Option<Risk>,
    /// `expect`: a condition over the reply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expect: Option<String>,
    /// `timeout`: how long it may take; in seconds where it is written as JSON.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "seconds")]
    pub timeout: Option<Duration>,
    /// `capture`: what of the reply gets a name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub capture: Vec<Capture>,
    /// `check`: a condition over `signal`, or a command, that must hold before it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<String>,
    /// `undo`: the command that takes it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undo: Option<String>,
    /// `onFailure`: what comes after a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_failure: Option<OnFailure>,
    /// `signal`: what shows how the step stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signal: Option<SignalId>,
    /// `when`: a condition over `signal` that says that the step is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// `required`: whether it has to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub need: Option<Need>,
    /// `approve`: whose approval it needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approve: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

#[expect(clippy::ref_option, reason = "serde asks for a reference")]
fn seconds<S: serde::Serializer>(span: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    span.map(|span| span.as_secs_f64()).serialize(serializer)
}

impl StepRules {
    /// What they say, an attribute a line: `approve: the lead`. Clean.
    pub fn lines(&self) -> Vec<String> {
        let said = serde_json::to_value(self).unwrap_or_default();
        let line = |(name, value): (&String, &serde_json::Value)| {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            format!("{name}: {}", clean(&value))
        };
        said.as_object().into_iter().flatten().map(line).collect()
    }

    /// These, and where they say nothing, `others`.
    #[must_use]
    pub fn or(self, others: &StepRules) -> StepRules {
        let others = others.clone();
        StepRules {
            name: self.name.or(others.name),
            interactive: self.interactive || others.interactive,
            cwd: self.cwd.or(others.cwd),
            exclude_from_run_all: self.exclude_from_run_all || others.exclude_from_run_all,
            prompt_env: self.prompt_env.or(others.prompt_env),
            ask: if self.ask.is_empty() { others.ask } else { self.ask },
            risk: self.risk.or(others.risk),
            expect: self.expect.or(others.expect),
            timeout: self.timeout.or(others.timeout),
            capture: if self.capture.is_empty() { others.capture } else { self.capture },
            check: self.check.or(others.check),
            undo: self.undo.or(others.undo),
            on_failure: self.on_failure.or(others.on_failure),
            signal: self.signal.or(others.signal),
            when: self.when.or(others.when),
            need: self.need.or(others.need),
            approve: self.approve.or(others.approve),
        }
    }
}

/// Whether variables of the environment are asked for before a block runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PromptEnv {
    /// Those that are not set.
    Auto,
    /// All, with what is set as the answer offered.
    Yes,
    /// None.
    No,
}

/// What kind of answer a placeholder wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ask {
    /// The placeholder's name.
    pub name: String,
    /// The kind.
    pub kind: AnswerKind,
}

/// What of a reply gets which name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capture {
    /// The name: a placeholder or `$NAME` of a later step.
    pub name: String,
    /// An expression over the reply; what was printed, without surrounding white space, where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
}

impl Capture {
    /// What `version`, or `sha: body.commit; url: body.url`, asks for; `None` where a name is none.
    pub fn list(text: &str) -> Option<Vec<Self>> {
        text.split(';')
            .map(|part| {
                let (name, of) = part.split_once(':').map_or((part, ""), |(name, of)| (name, of));
                let (name, of) = (name.trim(), of.trim());
                let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
                let of = Some(of.to_owned()).filter(|of| !of.is_empty());
                (!name.is_empty() && name.chars().all(fits)).then(|| Self { name: name.to_owned(), of })
            })
            .collect()
    }
}

/// What comes after a failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OnFailure {
    /// Nothing: a sequence ends.
    Stop,
    /// The operator is asked.
    Ask,
    /// This block, by name: the step has failed all the same.
    Handle(String),
}

/// Whether a step has to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Need {
    /// It has to be.
    Required,
    /// It may be left out without a reason.
    Advisory,
}
