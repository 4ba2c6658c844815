//! What an operator has looked at before it may run: the blocks of a runbook and the list of what a
//! configuration can do, by content. Decides nothing and reads no file.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::difference::{Changed, difference};
use super::ids::{BlockHash, RunbookId, StepId};
use super::runbook::{Runbook, Step, StepCommand};
use super::text::clean;
use super::time::Timestamp;

/// A command of a runbook with everything that decides what it does when it runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// The step it stands in.
    pub step: StepId,
    /// 1-based line of its first character when it was read.
    pub line: usize,
    /// What is read of it: its text, then what its attributes say, a line each. Clean.
    pub lines: Vec<String>,
    /// The same exactly, with its language: what was looked at is this and nothing near it.
    pub hash: BlockHash,
}

impl Block {
    /// The block that `command` of `step` is.
    pub fn of(step: &Step, command: &StepCommand) -> Self {
        let held = command.rules_in(step);
        let rules = serde_json::to_value(&held).unwrap_or_default();
        let mut digest = Sha256::new();
        let mut part = |text: &str| {
            digest.update((text.len() as u64).to_be_bytes());
            digest.update(text);
        };
        part("midwatch block 1");
        part(command.language.as_deref().unwrap_or_default());
        part(&command.text);
        for (name, value) in &command.attributes {
            part(name);
            part(value);
        }
        part(&rules.to_string());
        let hash = BlockHash::from(hex::encode(digest.finalize()));

        let mut lines: Vec<String> = command.text.lines().map(|line| clean(line).into_owned()).collect();
        if let Some(language) = command.language.as_deref().filter(|language| *language != "sh") {
            lines.push(format!("language: {}", clean(language)));
        }
        let unsaid = |name: &&String| rules.as_object().is_none_or(|rules| !rules.contains_key(*name));
        lines.extend(held.lines());
        for name in command.attributes.keys().filter(unsaid) {
            lines.push(format!("{}: {}", clean(name), clean(&command.attributes[name])));
        }
        Self { step: step.id.clone(), line: command.line, lines, hash }
    }
}

/// Every block of `runbook` that can run, in the order of the file.
pub fn blocks(runbook: &Runbook) -> Vec<Block> {
    let steps = runbook.phases.iter().flat_map(|phase| &phase.steps);
    steps.flat_map(|step| step.commands.iter().map(|command| Block::of(step, command))).collect()
}

/// A block of a runbook, by name: what a request that stands there is let run for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockRef {
    /// The runbook.
    pub runbook: RunbookId,
    /// The block.
    pub hash: BlockHash,
}

/// A line of what is looked at. Clean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LookLine {
    /// What the lines under it are.
    Heading(String),
    /// Words of ours.
    Text(String),
    /// What may run, as it was when it was last looked at.
    Code(String),
    /// What may run and is new.
    New(String),
    /// What is no longer there.
    Gone(String),
}

impl LookLine {
    /// The line with its mark.
    pub fn text(&self) -> String {
        match self {
            LookLine::Heading(text) | LookLine::Text(text) => text.clone(),
            LookLine::Code(text) => format!("  {text}"),
            LookLine::New(text) => format!("+ {text}"),
            LookLine::Gone(text) => format!("- {text}"),
        }
    }
}

/// What `before` has become.
pub fn compared(before: &[String], now: &[String]) -> Vec<LookLine> {
    difference(before, now)
        .into_iter()
        .map(|line| match line {
            Changed::Same(text) => LookLine::Code(text.to_owned()),
            Changed::Gone(text) => LookLine::Gone(text.to_owned()),
            Changed::New(text) => LookLine::New(text.to_owned()),
        })
        .collect()
}

/// A block somebody looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenBlock {
    /// As it was then.
    #[serde(flatten)]
    pub block: Block,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
}

/// A configuration somebody looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenConfiguration {
    /// SHA-256 of the file, in hex.
    pub hash: String,
    /// What it could run and whom it talked to then, a line each. Clean.
    pub lines: Vec<String>,
    /// A short digest of each of the file's own lines: enough to say which are new, too little to read
    /// what stood there.
    pub digests: Vec<String>,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
}

/// What was looked at of one file, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The file, for whoever reads the record.
    pub path: String,
    /// As a configuration.
    #[serde(default)]
    pub configurations: Vec<SeenConfiguration>,
    /// As a runbook.
    #[serde(default)]
    pub blocks: Vec<SeenBlock>,
}

impl Record {
    /// Configurations of one file that are remembered.
    const CONFIGURATIONS: usize = 32;
    /// Blocks of one file that are remembered.
    const BLOCKS: usize = 4_000;

    /// Adds what `other` holds, the newest last, and lets the oldest go when there are too many.
    pub fn add(&mut self, other: Record) {
        for seen in other.configurations {
            self.configurations.retain(|known| known.hash != seen.hash);
            self.configurations.push(seen);
        }
        for seen in other.blocks {
            // The same words in two steps are one block to trust, and two to compare with.
            let same = |known: &SeenBlock| {
                known.block.hash == seen.block.hash && known.block.step == seen.block.step
            };
            self.blocks.retain(|known| !same(known));
            self.blocks.push(seen);
        }
        let many = self.configurations.len().saturating_sub(Self::CONFIGURATIONS);
        self.configurations.drain(..many);
        let many = self.blocks.len().saturating_sub(Self::BLOCKS);
        self.blocks.drain(..many);
    }
}

/// SHA-256 in hex.
pub fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// The short digest of each line of `text`.
pub fn line_digests(text: &str) -> Vec<String> {
    text.lines().map(|line| super::text::head(&digest(line.as_bytes()), 8).to_owned()).collect()
}
