//! What can be said of the record over many incidents.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::when::When;
use crate::domain::incident::{IncidentKind, Severity};

/// A command about the record over many incidents.
#[derive(Debug, Subcommand)]
pub enum RecordCommand {
    /// The incidents, newest first.
    List {
        /// Which.
        #[command(flatten)]
        filter: Which,
        /// One JSON document on standard output.
        #[arg(long)]
        json: bool,
    },
    /// What incidents say together: how many, how long they took, which signals cry wolf, which steps are left out.
    Stats {
        /// Which.
        #[command(flatten)]
        filter: Which,
        /// One JSON document on standard output.
        #[arg(long)]
        json: bool,
    },
    /// Write the record of an incident, or the whole journal, as one file that is checked without the journal.
    Export {
        /// Such as INC-7; the newest where none is given.
        #[arg(conflicts_with = "all")]
        incident: Option<String>,
        /// The whole journal.
        #[arg(long)]
        all: bool,
        /// Where to: a file that is not there yet.
        #[arg(long, value_name = "FILE")]
        output: PathBuf,
        /// And the files that were kept with it.
        #[arg(long)]
        with_artifacts: bool,
        /// One JSON document on standard output.
        #[arg(long)]
        json: bool,
    },
    /// Make an exported record a journal of its own, named with --journal, which is only read.
    Import {
        /// What `midwatch incident export` wrote.
        file: PathBuf,
        /// One JSON document on standard output.
        #[arg(long)]
        json: bool,
    },
    /// Copy the journal and what is kept beside it, also while a console writes.
    Backup {
        /// Where to: a file that is not there yet.
        #[arg(long, value_name = "FILE")]
        output: PathBuf,
        /// One JSON document on standard output.
        #[arg(long)]
        json: bool,
    },
    /// Make a backup the journal again, once it is checked.
    Restore {
        /// What `midwatch incident backup` wrote.
        file: PathBuf,
        /// Take the place of the journal that is there, which is kept beside it under another name.
        #[arg(long)]
        replace: bool,
        /// One JSON document on standard output.
        #[arg(long)]
        json: bool,
    },
    /// Leave out of the journal what is old and over; the journal as it was is kept beside it.
    Prune {
        /// What is older than this: a date, or a span such as 400d; `retention` of [console] where none is given.
        #[arg(long, value_name = "WHEN", value_parser = When::parse)]
        before: Option<When>,
        /// Where the journal as it was is kept: a file that is not there yet, instead of one beside the journal.
        #[arg(long, value_name = "FILE")]
        archive: Option<PathBuf>,
        /// Say what would go, and change nothing.
        #[arg(long)]
        dry_run: bool,
        /// One JSON document on standard output.
        #[arg(long)]
        json: bool,
    },
}

/// Which incidents are meant: all of it holds of each.
#[derive(Args, Clone, Debug, Default)]
pub struct Which {
    /// Only those that are open.
    #[arg(long, conflicts_with = "closed")]
    pub open: bool,
    /// Only those that are closed, or merged into others.
    #[arg(long)]
    pub closed: bool,
    /// Only these severities, such as P0,P1.
    #[arg(long, value_name = "SEVERITIES", value_delimiter = ',', ignore_case = true)]
    pub severity: Vec<SeverityName>,
    /// Only this kind.
    #[arg(long, value_name = "KIND")]
    pub kind: Option<KindName>,
    /// Declared then or later: a date such as 2026-11-01, an instant, or a span such as 30d.
    #[arg(long, value_name = "WHEN", value_parser = When::parse)]
    pub since: Option<When>,
    /// Declared by then; a date is that whole day.
    #[arg(long, value_name = "WHEN", value_parser = When::parse)]
    pub until: Option<When>,
    /// Only those in whose title, summary or timeline this stands; case does not matter.
    #[arg(long, value_name = "TEXT")]
    pub text: Option<String>,
}

/// A severity, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SeverityName {
    #[value(name = "P0")]
    P0,
    #[value(name = "P1")]
    P1,
    #[value(name = "P2")]
    P2,
    #[value(name = "P3")]
    P3,
}

impl From<SeverityName> for Severity {
    fn from(name: SeverityName) -> Self {
        match name {
            SeverityName::P0 => Severity::P0,
            SeverityName::P1 => Severity::P1,
            SeverityName::P2 => Severity::P2,
            SeverityName::P3 => Severity::P3,
        }
    }
}

/// A kind of incident, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KindName {
    Outage,
    Security,
}

impl From<KindName> for IncidentKind {
    fn from(name: KindName) -> Self {
        match name {
            KindName::Outage => IncidentKind::Outage,
            KindName::Security => IncidentKind::Security,
        }
    }
}
