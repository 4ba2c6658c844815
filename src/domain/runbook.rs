//! A runbook as it was understood: phases, steps, commands, each with its source line.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ids::{RunbookId, StepId};
use super::statement::{Prose, Statement};
use super::step_rules::StepRules;

/// What a part of a runbook is for, whatever words the team uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PhaseKind {
    /// Before a change: pre-flight, set-up, checklists.
    Prepare,
    /// Checks: gates, smoke tests, validation.
    Verify,
    /// Stop the harm.
    Contain,
    /// Find out what is wrong.
    Triage,
    /// Tell people.
    Comms,
    /// Make it right.
    Recover,
    /// Go back to the version before.
    Rollback,
    /// Afterwards.
    FollowUp,
    /// Nothing to do here: targets, contacts, background.
    Reference,
}

impl PhaseKind {
    /// Every kind, in the order an incident meets them.
    pub const ALL: [PhaseKind; 9] = [
        PhaseKind::Prepare,
        PhaseKind::Verify,
        PhaseKind::Contain,
        PhaseKind::Triage,
        PhaseKind::Comms,
        PhaseKind::Recover,
        PhaseKind::Rollback,
        PhaseKind::FollowUp,
        PhaseKind::Reference,
    ];

    /// The word on screen and in `--json`.
    pub const fn word(self) -> &'static str {
        match self {
            PhaseKind::Prepare => "prepare",
            PhaseKind::Verify => "verify",
            PhaseKind::Contain => "contain",
            PhaseKind::Triage => "triage",
            PhaseKind::Comms => "comms",
            PhaseKind::Recover => "recover",
            PhaseKind::Rollback => "rollback",
            PhaseKind::FollowUp => "follow-up",
            PhaseKind::Reference => "reference",
        }
    }
}

/// A loaded runbook. All text in it is clean.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Runbook {
    /// The path it was loaded from, as the user named it.
    #[serde(rename = "file")]
    pub id: RunbookId,
    /// The first heading, or the file's name.
    pub title: String,
    /// SHA-256 of the file's bytes, in hex.
    pub hash: String,
    /// In the order of the file. A phase with no step is kept only if it holds text to read.
    pub phases: Vec<Phase>,
    /// What it says besides, in the order of the file.
    pub statements: Vec<Statement>,
    /// What was left as prose, in the order of the file.
    pub prose: Vec<Prose>,
}

impl Runbook {
    /// The step called `id`.
    pub fn step(&self, id: &StepId) -> Option<&Step> {
        self.phases.iter().flat_map(|phase| &phase.steps).find(|step| step.id == *id)
    }
}

/// A part of a runbook under one heading, or under one bold lead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Phase {
    /// What it is for.
    #[serde(rename = "phase")]
    pub kind: PhaseKind,
    /// The words of the file: the heading, with the lead after a ` · ` where a lead made it.
    pub title: String,
    /// Titles of the headings around it, outermost first, without the runbook's own title.
    pub path: Vec<String>,
    /// 1-based line of the heading or lead.
    pub line: usize,
    /// Prose that is not a step, a paragraph an entry; a block of output or of configuration is one
    /// entry, with its line ends.
    pub notes: Vec<Note>,
    /// In the order of the file.
    pub steps: Vec<Step>,
}

/// Text to read, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// 1-based line of its first character.
    pub line: usize,
    /// 1-based line of its last character.
    pub end: usize,
    /// Its words.
    pub text: String,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Anchored by content.
    pub id: StepId,
    /// 1-based line of its first character.
    pub line: usize,
    /// 1-based line of the last character of its words.
    pub end: usize,
    /// Nesting: 0 for a step of the phase, 1 for a step of that step, and so on.
    pub depth: usize,
    /// The words, on one line, without Markdown's marks (code spans keep their backticks).
    pub text: String,
    /// The bold or `Label:` lead it began with, if any: also at the start of `text`.
    pub lead: Option<String>,
    /// Its place in a numbered list, or the file's task box.
    pub marker: Marker,
    /// Commands that can be run where they stand: fences and command-like code spans.
    pub commands: Vec<StepCommand>,
    /// Every code span of its text: what actions match against.
    pub codes: Vec<String>,
    /// Link targets.
    pub links: Vec<String>,
    /// What a comment in it says of it in so many words: `<!-- midwatch: signal=web -->`.
    pub rules: StepRules,
    /// The commands in those rules.
    pub asides: Asides,
}

/// What stood before a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Marker {
    /// A list bullet.
    Bullet,
    /// The number of an ordered list.
    Number(u64),
    /// A task box, and whether the file has it ticked.
    Task(bool),
    /// A sentence, a comment of a fence, a paragraph.
    None,
}

/// A command of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StepCommand {
    /// 1-based line of its own first character.
    pub line: usize,
    /// The fence's language in lower case, `http` or `sql` for a span that is one; `None` for a span
    /// or a block that says nothing, which is for a shell.
    pub language: Option<String>,
    /// Exactly as in the file, without the fence and its prompts. Lines from higher up in the fence
    /// that it needs (`cd`, `set -e`, a variable) stand before it.
    pub text: String,
    /// What must be filled in before it can run.
    pub placeholders: Vec<Placeholder>,
    /// The fence's attributes, runme's and ours.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// 1-based line on which the text of its fence begins, for one that stands in a fence: commands with the
    /// same were written to run one after the other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block: Option<usize>,
    /// What its attributes mean.
    pub rules: StepRules,
    /// The commands in those rules, and in those of its step where they name none.
    #[serde(skip)]
    pub asides: Asides,
}

/// The commands that stand in rules rather than in the text.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize)]
pub struct Asides {
    /// What must succeed before it runs.
    pub check: Option<Box<StepCommand>>,
    /// What takes it back.
    pub undo: Option<Box<StepCommand>>,
}

impl StepCommand {
    /// What holds for it in `step`: its own rules, and where they say nothing those of the step.
    pub fn rules_in(&self, step: &Step) -> StepRules {
        self.rules.clone().or(&step.rules)
    }

    /// 1-based line of its last character, as far as lines from higher up in its block do not count twice.
    pub fn end(&self) -> usize {
        self.line + self.text.lines().count().max(1) - 1
    }
}

/// A hole in a command.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Placeholder {
    /// As it stands: `<version>`, `[orgId]`, `$DATABASE_URL`, `...`.
    pub token: String,
    /// What to ask for: `version`, `orgId`, `DATABASE_URL`, `value`.
    pub name: String,
    /// 1-based line of its first character.
    pub line: usize,
    /// Whether the environment may already hold it (`$NAME`).
    pub environment: bool,
}

/// Words of a name that mean a secret.
const WORDS: &[&str] = &[
    "key",
    "token",
    "secret",
    "password",
    "passwd",
    "passphrase",
    "credential",
    "credentials",
    "pat",
    "dsn",
];
/// Words that make an address hold a password.
const SERVERS: &[&str] = &[
    "db",
    "database",
    "redis",
    "postgres",
    "postgresql",
    "mysql",
    "mongo",
    "mongodb",
    "amqp",
    "smtp",
    "connection",
];

impl Placeholder {
    /// Whether it asks for something secret, by its name.
    pub fn is_secret(&self) -> bool {
        names_secret(&self.name)
    }
}

/// Whether `name` is that of something secret.
pub fn names_secret(name: &str) -> bool {
    let words = name_words(name);
    let has = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
    has(WORDS) || (has(&["url", "uri", "string"]) && has(SERVERS))
}

/// The words of a name in lower case: of `orgId`, `ORG_ID` and `org-id` the same.
pub fn name_words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in name.chars() {
        let begins = c.is_uppercase() && before.is_lowercase();
        if begins || !c.is_alphanumeric() {
            words.push(String::new());
        }
        if c.is_alphanumeric() {
            words.last_mut().into_iter().for_each(|word| word.extend(c.to_lowercase()));
        }
        before = c;
    }
    words.retain(|word| !word.is_empty());
    words
}

/// A step of a runbook, by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StepRef {
    /// The runbook.
    pub runbook: RunbookId,
    /// The step.
    pub step: StepId,
}

/// How a step stands. Skipped never reads as done.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepState {
    /// Still to do.
    #[default]
    Open,
    /// Done.
    Done,
    /// Tried, and it did not work.
    Failed {
        /// What went wrong.
        reason: String,
    },
    /// Left out on purpose.
    Skipped {
        /// Why.
        reason: String,
    },
    /// Has no meaning here.
    NotApplicable,
}

impl StepState {
    /// The word on screen.
    pub const fn word(&self) -> &'static str {
        match self {
            StepState::Open => "open",
            StepState::Done => "done",
            StepState::Failed { .. } => "failed",
            StepState::Skipped { .. } => "skipped",
            StepState::NotApplicable => "not applicable",
        }
    }

    /// The glyph that goes with the word.
    pub const fn glyph(&self) -> &'static str {
        match self {
            StepState::Open => "☐",
            StepState::Done => "✔",
            StepState::Failed { .. } => "✖",
            StepState::Skipped { .. } => "⊘",
            StepState::NotApplicable => "–",
        }
    }
}
