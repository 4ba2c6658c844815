//! What this user has looked at, as far as this console may run it. Never read from a journal: a
//! repository can bring one along.

use std::collections::BTreeMap;

use crate::domain::difference::likeness;
use crate::domain::ids::{BlockHash, RunbookId};
use crate::domain::looked::{Block, LookLine, SeenBlock};
use crate::domain::runbook::StepRef;

/// How alike two blocks must be, of 100, for one to be what became of the other.
const ALIKE: usize = 40;

/// What was looked at.
#[derive(Clone, Debug, Default)]
pub struct Looked {
    blocks: BTreeMap<RunbookId, Vec<SeenBlock>>,
    /// Whether the configuration that was shown was agreed to.
    pub agreed: bool,
    /// What was looked at as this console opened, and is told in its journal: what, and its hash.
    pub untold: Vec<(String, String)>,
}

impl Looked {
    /// Adds what was looked at of `runbook`, the newest last.
    pub fn add(&mut self, runbook: &RunbookId, seen: impl IntoIterator<Item = SeenBlock>) {
        self.blocks.entry(runbook.clone()).or_default().extend(seen);
    }

    /// Whether `hash` of `runbook` was looked at.
    pub fn holds(&self, runbook: &RunbookId, hash: &BlockHash) -> bool {
        self.blocks.get(runbook).is_some_and(|seen| seen.iter().any(|seen| seen.block.hash == *hash))
    }

    /// What `block` was when it was last looked at: what stood in its step, or what is most like it.
    pub fn before(&self, runbook: &RunbookId, block: &Block) -> Option<&SeenBlock> {
        let seen = self.blocks.get(runbook)?;
        let likest = |same_step: bool| {
            seen.iter()
                .filter(move |seen| !same_step || seen.block.step == block.step)
                .map(|seen| (likeness(&seen.block.lines, &block.lines), seen))
                .filter(|(alike, _)| same_step || *alike >= ALIKE)
                .max_by_key(|(alike, seen)| (*alike, seen.at))
                .map(|(_, seen)| seen)
        };
        likest(true).or_else(|| likest(false))
    }
}

/// What is looked at, in a dialog.
#[derive(Clone, Debug)]
pub struct LookAt {
    /// In the border.
    pub title: String,
    /// Everything there is to read.
    pub lines: Vec<LookLine>,
    /// What is agreed to by having read it.
    pub looking: Looking,
    /// Lines scrolled away.
    pub scroll: usize,
    /// Why it cannot be agreed to now, said on screen.
    pub problem: Option<String>,
}

/// What is agreed to by looking.
#[derive(Clone, Debug)]
pub enum Looking {
    /// A configuration, before anything of it runs.
    Configuration,
    /// These very blocks of a runbook.
    Blocks {
        /// The runbook.
        runbook: RunbookId,
        /// The step that was about to run.
        step: Option<StepRef>,
        /// The blocks.
        blocks: Vec<Block>,
    },
}
