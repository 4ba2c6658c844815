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

/// A file that is to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keeping {
    /// The step it is evidence of.
    pub step: Option<StepRef>,
    /// Where it is, as the operator wrote it.
    pub path: String,
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
