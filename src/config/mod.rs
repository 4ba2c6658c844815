//! Text to settings, with diagnostics that have a place and a next step.
//!
//! One walk over the parsed file checks it against the [`Field`](crate::domain::setting::Field)
//! rows that the floors below declare, and reports everything that is wrong at once. Nothing here
//! finds or reads a file, asks the environment, or resolves a secret.

mod able;
mod binding;
mod channel;
mod check;
mod console;
mod incident;
mod kinds;
mod merge;
mod oncall;
mod overrides;
mod plain;
mod reference;
mod requests;
mod rollback;
mod schema;
mod section;
mod show;
mod source;
#[cfg(test)]
mod tests;
mod window;

use std::path::PathBuf;

use crate::domain::action::Action;
use crate::domain::channel::{Channel, Template};
use crate::domain::clocks::Clocks;
use crate::domain::diagnostic::{Diagnostic, Severity};
use crate::domain::io::SecretSource;
use crate::domain::oncall::Rotation;
use crate::domain::requests::Requests;
use crate::domain::rollback as going_back;
use crate::domain::setting::Table;
use crate::domain::signal::Signal;
use crate::domain::step_binding::StepBinding;
use crate::domain::window::Wanted;
pub use able::able;
pub use console::{Console, FIELDS as CONSOLE_FIELDS, starts_locked};
pub use overrides::environment_names;
pub use reference::reference;
pub use schema::schema;
pub use show::show;

/// The text of one configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// The file as the user knows it: what diagnostics show.
    pub name: String,
    /// What it holds.
    pub text: String,
    /// The directory that its relative paths and its commands start from.
    pub base: PathBuf,
}

/// The effective configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The console itself.
    pub console: Console,
    /// Everything that is observed, in the order of the files; observer checks come last.
    pub signals: Vec<Signal>,
    /// Everything a key can do, in the order of the files.
    pub actions: Vec<Action>,
    /// Where updates are posted, in the order of the files.
    pub channels: Vec<Channel>,
    /// What their texts begin with.
    pub templates: Vec<Template>,
    /// What is said of rollbacks.
    pub rollback: going_back::Wanted,
    /// Where requests of runbooks go.
    pub requests: Requests,
    /// What holds for steps of runbooks, in the order of the files.
    pub bindings: Vec<StepBinding>,
    /// What a go-live window is.
    pub window: Wanted,
    /// How long an incident leaves for what it asks for, and its ladder.
    pub clocks: Clocks,
    /// On-call rotations, in the order of the files.
    pub rotations: Vec<Rotation>,
    /// Every secret that some request needs, once.
    pub secrets: Vec<SecretSource>,
    /// The file that was read last: the project's, where there is one.
    pub file: Option<PathBuf>,
    /// The names of all files that were read, the least specific first.
    pub layers: Vec<String>,
    /// The checked tables it was made from, each with its header: what [`show`] prints.
    pub tables: Vec<(String, Table)>,
}

/// What became of a configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// `None` where something is wrong: a console that leaves out what it did not understand would
    /// look healthier than the world is.
    pub settings: Option<Settings>,
    /// Everything that was found, in the order of the files.
    pub diagnostics: Vec<Diagnostic>,
}

/// Checks and joins `layers`, the least specific first (the user's, then the project's), and the
/// `overrides`, the last of a name winning.
///
/// An override is the name and text of a `MIDWATCH_…` variable or of a flag (`--theme`). `USER` is
/// taken as the operator where nothing else names one; other names are not ours and are left alone.
pub fn load(layers: &[Layer], overrides: &[(String, String)]) -> Loaded {
    let mut found = Vec::new();
    let given: Vec<merge::Given> = layers.iter().map(|layer| section::read(layer, &mut found)).collect();
    let settings = merge::settle(layers, given, overrides, &mut found);
    let order = |file: &str| layers.iter().position(|layer| layer.name == file).unwrap_or(layers.len());
    found.sort_by(|a: &Diagnostic, b| {
        (order(&a.file), a.line, a.column).cmp(&(order(&b.file), b.line, b.column))
    });
    found.dedup();
    let wrong = found.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    Loaded { settings: (!wrong).then_some(settings), diagnostics: found }
}
