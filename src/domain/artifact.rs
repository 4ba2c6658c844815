//! Artifacts: files that are kept beside the journal, by what they hold.

use super::runbook::StepRef;

/// How much may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one file.
    pub each: u64,
    /// Bytes of all files of a journal.
    pub total: u64,
}

impl Limits {
    /// Bytes of a mebibyte: what limits are written in.
    pub const MIB: u64 = 1024 * 1024;
}

impl Default for Limits {
    fn default() -> Self {
        Self { each: 25 * Self::MIB, total: 500 * Self::MIB }
    }
}

/// What is to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// The file at this path, as the operator wrote it.
    File(String),
    /// What a run printed.
    Printed {
        /// What it is called.
        name: String,
        /// Its lines.
        text: String,
    },
}

impl Content {
    /// What it is, for whoever waits for it.
    pub fn words(&self) -> &str {
        match self {
            Content::File(path) => path,
            Content::Printed { name, .. } => name,
        }
    }
}

/// Something that is to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keeping {
    /// The step it is evidence of.
    pub step: Option<StepRef>,
    /// What it is.
    pub content: Content,
    /// Bytes it may have.
    pub limit: u64,
    /// Bytes there is room for: what is kept already needs none.
    pub room: u64,
}

/// A file that was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its name, clean, without its directories.
    pub name: String,
    /// SHA-256 of what it holds, in lower-case hex.
    pub hash: String,
    /// Its bytes.
    pub size: u64,
}
