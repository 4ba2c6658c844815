//! What can be said on the command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use super::record::RecordCommand;

/// A full-screen incident console: live health, the team's own runbooks, one-key actions, and a
/// record that writes itself.
///
/// Without a command it opens the console on `midwatch.toml`, looked for from the working directory
/// upwards and then in the user's configuration directory.
#[derive(Debug, Parser)]
#[command(name = "midwatch", version, propagate_version = true, after_help = EXITS)]
pub struct Arguments {
    /// What to do instead of opening the console.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// What holds for every command.
    #[command(flatten)]
    pub common: Common,
}

const EXITS: &str = "Exit codes: 0 healthy or done, 1 unhealthy, NO-GO or failed, 2 bad usage or configuration, \
3 could not tell, 4 refused, 130 interrupted.";

/// What holds for every command.
#[derive(Args, Clone, Debug, Default)]
pub struct Common {
    /// The configuration file.
    #[arg(long, global = true, value_name = "FILE", env = "MIDWATCH_CONFIG")]
    pub config: Option<PathBuf>,
    /// The journal's file, instead of the one the configuration or the data directory gives.
    #[arg(long, global = true, value_name = "FILE")]
    pub journal: Option<PathBuf>,
    /// The theme: dark, light, high-contrast, mono, or a file.
    #[arg(long, global = true, value_name = "NAME")]
    pub theme: Option<String>,
    /// The keymap: default, vim, or a file.
    #[arg(long, global = true, value_name = "NAME")]
    pub keymap: Option<String>,
    /// Who is on watch, for the record.
    #[arg(long, global = true, value_name = "NAME")]
    pub operator: Option<String>,
    /// Nothing that changes the world can run, nor be armed.
    #[arg(long, global = true)]
    pub read_only: bool,
}

/// A command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Open the console on a built-in simulated company: no account, no network.
    Demo {
        /// What happens to the company; see --list.
        scenario: Option<String>,
        /// List the scenarios.
        #[arg(long)]
        list: bool,
        /// How many times faster than real time the scenario goes.
        #[arg(long, default_value_t = 1.0, value_name = "FACTOR")]
        speed: f64,
    },
    /// Show the console as it was in an incident, from its beginning: nothing can run, and nothing is written.
    Replay {
        /// Such as INC-7; the newest where none is given.
        incident: Option<String>,
        /// How many times faster than life, 1 to 600.
        #[arg(long, default_value_t = 1, value_name = "FACTOR")]
        speed: u32,
        /// Where to begin: 03:12, T+7m after the declaration, or a whole instant.
        #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
        at: Option<String>,
        /// Stand still at first.
        #[arg(long)]
        paused: bool,
    },
    /// Practise on the simulated company, with the same keys, and be scored.
    ///
    /// Nothing of your own configuration is read, and no token of yours is loaded. Exits 0 where every target was met, 1
    /// where one was not.
    Drill {
        /// What is practised; see --list.
        scenario: Option<String>,
        /// List what can be practised.
        #[arg(long)]
        list: bool,
        /// What chance begins with: the same seed, the same latencies.
        #[arg(long, value_name = "NUMBER")]
        seed: Option<u64>,
        /// A runbook of your own, to practise with. Nothing of it runs.
        #[arg(long, value_name = "FILE")]
        runbook: Vec<PathBuf>,
        /// Score a drill that was recorded, and open no console.
        #[arg(long, value_name = "JOURNAL", conflicts_with = "seed")]
        score: Option<PathBuf>,
        /// The score, or the list, as one JSON document on standard output.
        #[arg(long)]
        json: bool,
    },
    /// Run that company alone on loopback, and print the configuration that points at it.
    Simulate {
        /// What happens to the company.
        #[arg(default_value = "quiet")]
        scenario: String,
        /// The port; a free one where none is given.
        #[arg(long)]
        port: Option<u16>,
        /// How many times faster than real time the scenario goes.
        #[arg(long, default_value_t = 1.0, value_name = "FACTOR")]
        speed: f64,
        /// Where its runbook, scripts and token go; a fresh temporary directory where none is given.
        #[arg(long, value_name = "DIRECTORY")]
        directory: Option<PathBuf>,
    },
    /// Ask every signal once, or again and again.
    Check {
        /// Only these signals.
        names: Vec<String>,
        /// Go on asking as the console does, and print a line for each change that has settled.
        #[arg(long, conflicts_with = "json")]
        follow: bool,
        /// With --follow: end after this long, such as 30s or 10m.
        #[arg(long = "for", requires = "follow", value_name = "SPAN", value_parser = humantime::parse_duration)]
        span: Option<Duration>,
        /// One JSON document on standard output.
        #[arg(long)]
        json: bool,
    },
    /// The go-live window without a screen: GO after so long a time of health without a break.
    ///
    /// Prints a line for each change. Exits 0 for GO, 1 for NO-GO, 3 for HOLD, 130 where it was interrupted, which is
    /// HOLD in the record.
    Window {
        /// What to do instead of watching.
        #[command(subcommand)]
        command: Option<WindowCommand>,
        /// How long every required gate has to pass without a break, instead of what is configured.
        #[arg(long = "for", value_name = "SPAN", value_parser = humantime::parse_duration)]
        span: Option<Duration>,
        /// HOLD where the window has not ended within this time; twice its length where none is given.
        #[arg(long, value_name = "SPAN", value_parser = humantime::parse_duration)]
        within: Option<Duration>,
        /// One JSON document on standard output, at the end; changes go to standard error.
        #[arg(long)]
        json: bool,
        /// Each change as a JSON object on a line of its own.
        #[arg(long, conflicts_with = "json")]
        json_lines: bool,
    },
    /// Run one action, one command of a runbook, or several that follow one another.
    Run {
        /// An action's name, or FILE#STEP: a runbook and a step's anchor or line.
        what: String,
        /// For a toggle: on, off or read.
        position: Option<String>,
        /// Run every command that follows another where the step stands, in order, up to the first that fails.
        #[arg(long, conflicts_with = "position")]
        all: bool,
        /// With --all: do not run again what has ended well.
        #[arg(long, requires = "all")]
        resume: bool,
        /// Agree to a change, by the exact name of the action; with --all once for each step that changes something.
        #[arg(long, value_name = "NAME")]
        yes: Vec<String>,
        /// Print the exact request and run nothing.
        #[arg(long)]
        dry_run: bool,
        /// What stands for a placeholder of a runbook's command, such as version=42.
        #[arg(long, value_name = "PLACEHOLDER=VALUE")]
        set: Vec<String>,
        /// One JSON document on standard output.
        #[arg(long)]
        json: bool,
    },
    /// Look at what a configuration and its runbooks may run: once, before they may.
    Look {
        /// Runbooks; the configuration and the runbooks it names where none is given.
        files: Vec<PathBuf>,
        /// Accept what has exactly this SHA-256, as --json prints it: the way without a terminal.
        #[arg(long, value_name = "SHA256")]
        hash: Vec<String>,
        /// One JSON document on standard output.
        #[arg(long)]
        json: bool,
    },
    /// Read runbooks.
    Runbook {
        /// What to do with them.
        #[command(subcommand)]
        command: RunbookCommand,
    },
    /// Read the record.
    Incident {
        /// What to do with it.
        #[command(subcommand)]
        command: IncidentCommand,
    },
    /// Read the configuration.
    Config {
        /// What to do with it.
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Propose a configuration from what stands in a repository; writes no file over another.
    Init {
        /// The repository.
        #[arg(default_value = ".")]
        directory: PathBuf,
        /// Where to write it, instead of midwatch.toml in that directory.
        #[arg(long, value_name = "FILE", conflicts_with = "print")]
        output: Option<PathBuf>,
        /// Print it and write nothing.
        #[arg(long)]
        print: bool,
        /// One JSON document on standard output.
        #[arg(long)]
        json: bool,
    },
    /// Find what is missing before it is needed.
    Doctor {
        /// Ask no source: for a machine without a network.
        #[arg(long)]
        offline: bool,
        /// One JSON document on standard output.
        #[arg(long)]
        json: bool,
    },
    /// Print a completion script.
    Completions {
        /// For which shell.
        shell: Shell,
    },
    /// Print the manual page.
    Man,
}

/// A command about runbooks.
#[derive(Debug, Subcommand)]
pub enum RunbookCommand {
    /// What of a runbook cannot run, is dangerous or is not finished. Nothing of it is run.
    Lint {
        /// Markdown files; those of the configuration where none is given.
        files: Vec<PathBuf>,
        /// Run no installed tool for its --help: judge by the shipped tables alone.
        #[arg(long)]
        offline: bool,
        /// One JSON document on standard output.
        #[arg(long)]
        json: bool,
    },
    /// What was understood of a runbook: phases, steps, commands, placeholders.
    Show {
        /// Markdown files; those of the configuration where none is given.
        files: Vec<PathBuf>,
        /// One JSON document on standard output.
        #[arg(long)]
        json: bool,
    },
    /// A patch that writes into a runbook when going back was last rehearsed, and how long it took.
    ///
    /// The newest rehearsal on record is taken. It writes no file: pipe it into `git apply` or `patch -p1`.
    Rehearsed {
        /// Markdown files; those of the configuration where none is given.
        files: Vec<PathBuf>,
    },
    /// A patch of what incidents have taught: how long steps take, which are left out, which alerts no step mentions.
    ///
    /// Minutes are medians over the incidents of the journal. It writes no file: pipe it into `git apply` or `patch -p1`.
    Proposals {
        /// Markdown files; those of the configuration where none is given.
        files: Vec<PathBuf>,
    },
    /// How the environment variables stand that runbooks need: set, missing or suspicious. Prints no value.
    ///
    /// Exits 1 where one that has to be set is missing or suspicious.
    Env {
        /// Markdown files; those of the configuration where none is given.
        files: Vec<PathBuf>,
        /// Only the variables of this environment, as the runbook calls it, and those that belong to none.
        #[arg(long, value_name = "NAME")]
        environment: Option<String>,
        /// One JSON document on standard output.
        #[arg(long)]
        json: bool,
    },
}

/// A command about go-live windows.
#[derive(Debug, Subcommand)]
pub enum WindowCommand {
    /// An entry for the release log, in Markdown: who let what go live, by which gates, on what evidence.
    Log {
        /// Such as W-7; the newest that has ended where none is given.
        window: Option<String>,
        /// One JSON document on standard output.
        #[arg(long)]
        json: bool,
    },
    /// Every decision of a window, with the values behind it, from the journal.
    Explain {
        /// Such as W-7; the newest where none is given.
        window: Option<String>,
        /// One JSON document on standard output.
        #[arg(long)]
        json: bool,
    },
}

/// A command about the record.
#[derive(Debug, Subcommand)]
pub enum IncidentCommand {
    /// The record over many incidents.
    #[command(flatten)]
    Record(RecordCommand),
    /// One incident's timeline.
    Show {
        /// Such as INC-7; the newest where none is given.
        incident: Option<String>,
        /// One JSON document on standard output.
        #[arg(long)]
        json: bool,
    },
    /// The report of one incident: blameless, whole, for people and for programs.
    ///
    /// HTML is one file that stands by itself: no script, nothing that is fetched, light and dark, for paper too.
    Report {
        /// Such as INC-7; the newest where none is given.
        incident: Option<String>,
        /// As what.
        #[arg(long, value_enum, default_value_t = ReportFormat::Markdown, value_name = "FORMAT")]
        format: ReportFormat,
        /// Where to write it, instead of standard output: all of it or nothing.
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// One JSON document on standard output: the same as --format json.
        #[arg(long, conflicts_with_all = ["format", "output"])]
        json: bool,
    },
    /// A sheet for whoever takes an incident over: what is wrong, what was tried, what is due, in Markdown.
    Handover {
        /// Such as INC-7; the newest open one where none is given, or else the newest.
        incident: Option<String>,
        /// Where to write it, instead of standard output: all of it or nothing.
        #[arg(long, value_name = "FILE", conflicts_with = "json")]
        output: Option<PathBuf>,
        /// One JSON document on standard output.
        #[arg(long)]
        json: bool,
    },
    /// The JSON Schema of `incident report --format json`.
    Schema,
    /// Whether any entry of the journal, or of an exported record, was altered, removed or reordered.
    Verify {
        /// An exported record, or a backup, instead of the journal.
        file: Option<PathBuf>,
        /// One JSON document on standard output.
        #[arg(long)]
        json: bool,
    },
}

/// What a report is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// For a repository or a wiki.
    Markdown,
    /// For a browser, and for paper.
    Html,
    /// For programs, as `incident schema` describes it.
    Json,
}

/// A command about the configuration.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// The configuration as it works, and where each value came from; secrets by name.
    Show {
        /// One JSON document on standard output.
        #[arg(long)]
        json: bool,
    },
    /// Everything that is wrong with it.
    Check {
        /// One JSON document on standard output.
        #[arg(long)]
        json: bool,
    },
    /// The JSON Schema of midwatch.toml, for editors.
    Schema,
}
