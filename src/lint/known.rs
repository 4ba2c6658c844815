//! What lint has to be told of the world around a runbook, because it looks at nothing itself.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::help::Help;

/// What is known. Where something is not, nothing is found by it.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// What installed tools say of themselves, by the argument list up to `--help`.
    pub helps: BTreeMap<Vec<String>, Help>,
    /// The nearest `package.json` and the scripts in it.
    pub scripts: Option<Scripts>,
    /// Whether the files that links lead to are there, by the link as it stands, without its anchor.
    pub files: BTreeMap<String, bool>,
    /// The signals of the configuration, where there is one.
    pub signals: Option<BTreeSet<String>>,
    /// Today.
    pub today: Option<NaiveDate>,
}

/// The scripts of a package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scripts {
    /// The file, as it is named to the user.
    pub file: String,
    /// Their names.
    pub names: BTreeSet<String>,
}

/// What would have to be known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Argument lists to ask `--help` of. Every word is one of a shipped table.
    pub helps: BTreeSet<Vec<String>>,
    /// Files that links lead to, relative to the runbook.
    pub files: BTreeSet<String>,
}
