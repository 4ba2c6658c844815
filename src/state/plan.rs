//! What is configured: signals, actions, runbooks, keys. Nothing here changes while the console runs but a
//! runbook whose file was edited: it is replaced whole.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::domain::action::Action;
use crate::domain::artifact::Limits;
use crate::domain::board::Board;
use crate::domain::channel::{Channel, Template};
use crate::domain::clocks::Clocks;
use crate::domain::command::{Binding, Command, Place};
use crate::domain::deputy::{Notify, Pace};
use crate::domain::diagnostic::Diagnostic;
use crate::domain::finding::Finding as LintFinding;
use crate::domain::ids::{ActionId, ChannelId, RunbookId, SignalId};
use crate::domain::oncall::Rotation;
use crate::domain::requests::{Ground, Requests};
use crate::domain::rollback;
use crate::domain::runbook::{Phase, PhaseKind, Runbook, Step, StepRef};
use crate::domain::signal::Signal;
use crate::domain::step_binding::StepBinding;
use crate::domain::variable::Finding;
use crate::domain::window::{Gate, Wanted};

/// The console's own settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Environment {
    /// The console's name: the product it watches.
    pub console: String,
    /// `production`, `staging` …
    pub environment: String,
    /// Whether changes need arming first.
    pub starts_locked: bool,
    /// How long arming lasts.
    pub arm_for: Duration,
    /// Who is at the keyboard.
    pub operator: String,
    /// Why nothing that changes the world can ever run in this console, if so.
    pub read_only: Option<String>,
    /// Said in the status bar of a console that is not the real one.
    pub banner: Option<String>,
}

/// What a console is for.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Stage {
    /// The world.
    #[default]
    Real,
    /// Practice on the simulated company: the name of what is practised.
    Drill(String),
}

/// Everything configured.
#[derive(Debug)]
pub struct Plan {
    /// The console's own settings.
    pub environment: Environment,
    /// What the console is for.
    pub stage: Stage,
    /// Runbooks whose commands never run here: in a drill, those that are not the simulated company's.
    pub unrun: BTreeSet<RunbookId>,
    /// Signals in the order of the configuration, observer checks among them; shared with whoever asks
    /// them, because there may be ten thousand.
    pub signals: Arc<[Signal]>,
    /// Actions in the order of the configuration.
    pub actions: Vec<Action>,
    /// Runbooks in the order of the configuration.
    pub runbooks: Vec<Runbook>,
    /// How much may be kept beside the journal.
    pub artifacts: Limits,
    /// At which pace the deputy reminds.
    pub deputy: Pace,
    /// How it is heard.
    pub notify: Notify,
    /// Where updates are posted.
    pub channels: Vec<Channel>,
    /// What a text begins with.
    pub templates: Vec<Template>,
    /// What is said of rollbacks.
    pub rollback: rollback::Wanted,
    /// Where requests that stand in runbooks go.
    pub requests: Requests,
    /// What the configuration says of steps.
    pub step_bindings: Vec<StepBinding>,
    /// What a go-live window is when one is opened.
    pub window: Wanted,
    /// How long an incident leaves for what it asks for, and its ladder.
    pub clocks: Clocks,
    /// On-call rotations.
    pub rotations: Vec<Rotation>,
    /// What is shown of a security incident where no runbook has a part for one: taken among the runbooks when it is
    /// wanted.
    pub security: Option<Runbook>,
    /// The gates of the open window, as they were recorded.
    pub recorded: Vec<Gate>,
    /// Where a runbook's commands run: its own directory.
    pub directories: HashMap<RunbookId, PathBuf>,
    /// Which chord does what, for hints and help.
    pub bindings: Vec<Binding>,
    /// Names of environment variables that are set: a `$NAME` among them needs no asking.
    pub variables: BTreeSet<String>,
    /// How the variables stand that runbooks need: their names, and nothing of their values.
    pub needed: Vec<Finding>,
    /// What lint found in each runbook.
    pub findings: HashMap<RunbookId, Vec<LintFinding>>,
    /// Reads the commands that stand in rules: rules may come from the configuration, after a runbook was read.
    pub asides: fn(&mut Runbook),
    /// What loading found.
    pub diagnostics: Vec<Diagnostic>,
    /// Seeds the jitter of polls.
    pub seed: u64,
    index: HashMap<SignalId, usize>,
    observers: Vec<usize>,
    /// Signals whose entries are listed somewhere.
    listed: Vec<usize>,
    /// Alerts, by the signal they look at.
    alerts: HashMap<usize, Vec<usize>>,
}

impl Plan {
    /// A plan of these parts; runbooks, keys and diagnostics are filled in by whoever loads them.
    pub fn new(environment: Environment, signals: Vec<Signal>, actions: Vec<Action>) -> Self {
        let index = signals.iter().enumerate().map(|(at, signal)| (signal.id.clone(), at)).collect();
        let checks = signals.iter().enumerate().filter(|(_, signal)| signal.observer);
        let observers = checks.map(|(at, _)| at).collect();
        let listed = signals
            .iter()
            .enumerate()
            .filter(|(_, signal)| signal.board.is_some())
            .map(|(at, _)| at)
            .collect();
        let index: HashMap<SignalId, usize> = index;
        let mut alerts: HashMap<usize, Vec<usize>> = HashMap::new();
        for (at, signal) in signals.iter().enumerate() {
            if let Some(of) = signal.alert().and_then(|alert| index.get(&alert.of)) {
                alerts.entry(*of).or_default().push(at);
            }
        }
        Self {
            environment,
            stage: Stage::default(),
            unrun: BTreeSet::new(),
            signals: signals.into(),
            actions,
            runbooks: Vec::new(),
            artifacts: Limits::default(),
            deputy: Pace::default(),
            notify: Notify::default(),
            channels: Vec::new(),
            templates: Vec::new(),
            rollback: rollback::Wanted::default(),
            requests: Requests::default(),
            step_bindings: Vec::new(),
            window: Wanted::default(),
            clocks: Clocks::default(),
            rotations: Vec::new(),
            security: None,
            recorded: Vec::new(),
            directories: HashMap::new(),
            bindings: Vec::new(),
            variables: BTreeSet::new(),
            needed: Vec::new(),
            findings: HashMap::new(),
            asides: |_| {},
            diagnostics: Vec::new(),
            seed: 0,
            index,
            observers,
            listed,
            alerts,
        }
    }

    /// Where `signal` stands in `signals`.
    pub fn signal_index(&self, signal: &SignalId) -> Option<usize> {
        self.index.get(signal).copied()
    }

    /// Where the checks of the observer itself stand in `signals`: asked for every reading, so that
    /// nobody looks through ten thousand signals for them.
    pub fn observers(&self) -> &[usize] {
        &self.observers
    }

    /// The signals whose entries `board` lists, by their place in `signals`.
    pub fn listed(&self, board: Board) -> impl Iterator<Item = usize> + '_ {
        self.listed.iter().copied().filter(move |at| self.signals[*at].board == Some(board))
    }

    /// The alerts that look at the signal at `index`, by their place in `signals`.
    pub fn alerts_of(&self, index: usize) -> &[usize] {
        self.alerts.get(&index).map_or(&[], Vec::as_slice)
    }

    /// The action called `id`.
    pub fn action(&self, id: &ActionId) -> Option<&Action> {
        self.actions.iter().find(|action| action.id == *id)
    }

    /// The channel called `id`.
    pub fn channel(&self, id: &ChannelId) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.id == *id)
    }

    /// Channels that are posted to from `step`: those it names, where its phase is about telling.
    pub fn channels_of(&self, step: &StepRef) -> Vec<&Channel> {
        let tells = self.phase(step).is_some_and(|phase| phase.kind == PhaseKind::Comms);
        let known = self.step(step).filter(|_| tells && !self.channels.is_empty());
        known.map(|known| self.channels_for(known).collect()).unwrap_or_default()
    }

    /// Channels that `step` names: `#ops` as the channel's name or as Slack's name or id of it.
    pub fn channels_for<'a>(&'a self, step: &'a Step) -> impl Iterator<Item = &'a Channel> {
        self.channels.iter().filter(|channel| channel.names().iter().any(|name| says(&step.text, name)))
    }

    /// The runbook called `id`.
    pub fn runbook(&self, id: &RunbookId) -> Option<&Runbook> {
        self.runbooks.iter().find(|runbook| runbook.id == *id)
    }

    /// The phase that `step` stands in, if the runbook still has it.
    pub fn phase(&self, step: &StepRef) -> Option<&Phase> {
        let mut phases = self.runbook(&step.runbook)?.phases.iter();
        phases.find(|phase| phase.steps.iter().any(|known| known.id == step.step))
    }

    /// The step `step` names, if the runbook still has it.
    pub fn step(&self, step: &StepRef) -> Option<&Step> {
        self.runbook(&step.runbook)?
            .phases
            .iter()
            .flat_map(|phase| &phase.steps)
            .find(|known| known.id == step.step)
    }

    /// What lint found in a runbook.
    pub fn findings(&self, runbook: &RunbookId) -> &[LintFinding] {
        self.findings.get(runbook).map_or(&[], Vec::as_slice)
    }

    /// What lint found in a step.
    pub fn findings_of<'a>(&'a self, step: &'a StepRef) -> impl Iterator<Item = &'a LintFinding> {
        self.findings(&step.runbook).iter().filter(|finding| finding.step.as_ref() == Some(&step.step))
    }

    /// Actions that a code span of `step` means.
    pub fn actions_for<'a>(&'a self, step: &'a Step) -> impl Iterator<Item = &'a Action> {
        self.actions.iter().filter(|action| action.matches.iter().any(|text| step.codes.contains(text)))
    }

    /// Where the commands of `runbook` run, and where its requests go.
    pub fn ground(&self, runbook: &RunbookId) -> Ground<'_> {
        Ground { directory: self.directories.get(runbook).map(PathBuf::as_path), requests: &self.requests }
    }

    /// The first chord that means `command` in `place`, as an operator reads it.
    pub fn chord(&self, place: Place, command: &Command) -> Option<&str> {
        let bound = |at: Place| {
            self.bindings
                .iter()
                .find(|binding| binding.place == at && binding.command == *command)
                .map(|binding| binding.chord.as_str())
        };
        bound(place).or_else(|| bound(Place::Console))
    }
}

/// Whether `text` says `#name`, as a word of its own.
fn says(text: &str, name: &str) -> bool {
    let inner = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    let text = text.to_lowercase();
    text.match_indices(&format!("#{}", name.to_lowercase()))
        .any(|(at, found)| !text[at + found.len()..].starts_with(inner) && !text[..at].ends_with(inner))
}
