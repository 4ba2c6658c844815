//! `midwatch replay`: the console on what was recorded. Reads the journal and the readings beside it, takes no lock,
//! writes nothing, asks nobody, and resolves no secret.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use color_eyre::eyre::WrapErr;

use crate::app::instant_named;
use crate::config;
use crate::domain::fact::{Fact, Logged};
use crate::domain::ids::{IncidentId, RunbookId, SignalId};
use crate::domain::observation::{Described, Observations};
use crate::domain::runbook::{Asides, Marker, Phase, PhaseKind, Runbook, Step, StepRef};
use crate::domain::signal::{Origin, Rules, Signal};
use crate::domain::step_rules::StepRules;
use crate::domain::time::Timestamp;
use crate::io::{Io, IoOptions};
use crate::journal;
use crate::keymap;
use crate::report;
use crate::runtime::{self, Engine, Look, Queue, Screen};
use crate::state::replay::{Motion, Reel, Replay, Speed};
use crate::state::{Environment, JournalState, Model, Plan, Watch};

use super::print::ended;
use super::{Arguments, Exit, console, incident, open, print};

/// What is shown of the time before the incident and after it.
const AROUND: Duration = Duration::from_secs(10 * 60);
/// How long before the first trouble it begins.
const LEAD: Duration = Duration::from_secs(30);
/// Readings that come before what is shown: a sparkline is as long.
const BEFORE: Duration = Duration::from_secs(16 * 60);

/// What was asked for.
#[derive(Debug)]
pub struct Wanted<'a> {
    /// The incident; the newest where none is given.
    pub incident: Option<&'a str>,
    /// How many times faster than life.
    pub speed: u32,
    /// Where it begins.
    pub at: Option<&'a str>,
    /// Whether it stands still at first.
    pub paused: bool,
}

/// Shows the console on an incident that was recorded.
pub async fn replay(arguments: &Arguments, wanted: &Wanted<'_>) -> color_eyre::Result<Exit> {
    let speed = Speed::new(wanted.speed)
        .ok_or_else(|| ended(Exit::Usage, format!("--speed is 1 to {}", Speed::FASTEST)))?;
    let path = incident::path(arguments)?;
    let facts = incident::entries(arguments)?;
    let about = span(&facts, wanted.incident)?;
    let observations = match journal::readings::between(&path, about.from.minus(BEFORE), about.to) {
        Ok(observations) => observations,
        Err(error) => {
            print::note(&format!("{error}: the replay goes by the facts alone"));
            Observations::default()
        }
    };
    let (plan, keymap, theme) = plan(arguments, &facts, &observations, &about)?;
    let mut reel = Reel::new(&plan, facts, observations, (about.from, about.to), Some(&about.incident));
    reel.title.clone_from(&about.title);
    let start = match wanted.at {
        Some(text) => instant_named(text, about.start, reel.declared, (about.from, about.to))
            .map_err(|why| ended(Exit::Usage, format!("--at {text}: {why}")))?,
        None => about.start,
    };
    let theme = console::theme_named(theme)?.0;
    let title = format!("midwatch · replay · {}", about.incident);
    let mut engine = engine(plan, reel, speed, start, wanted.paused)?;
    let mut screen = Screen::take(&title).map_err(|error| ended(Exit::Usage, error.to_string()))?;
    let result = runtime::run(&mut engine, &mut screen, &Look { theme, keymap }).await;
    drop(screen);
    result.wrap_err("the terminal")?;
    Ok(Exit::Done)
}

/// An engine that plays: with no journal, no secret and nobody to ask.
fn engine(
    plan: Plan,
    reel: Reel,
    speed: Speed,
    start: Timestamp,
    paused: bool,
) -> color_eyre::Result<Engine> {
    let mut model = Model::new(plan, Watch::default());
    model.feed.journal = JournalState::Unkept;
    model.replay = Some(Box::new(Replay::new(reel, speed)));
    model.show(start);
    let io = Io::new(IoOptions::default()).map_err(|error| ended(Exit::Usage, error.to_string()))?;
    let mut engine = Engine::new(model, io, None, Queue::default());
    let told = engine.clock.now();
    if let Some(replay) = engine.model.replay.as_mut().filter(|_| !paused) {
        replay.motion = Motion::Plays { told };
    }
    Ok(engine)
}

/// What is to be shown.
struct About {
    incident: IncidentId,
    title: String,
    console: String,
    environment: String,
    operator: String,
    from: Timestamp,
    to: Timestamp,
    start: Timestamp,
}

fn span(facts: &[Logged], incident: Option<&str>) -> color_eyre::Result<About> {
    let incidents = report::incidents(facts);
    let chosen = match incident {
        Some(name) => incidents.iter().find(|known| known.id.as_str().eq_ignore_ascii_case(name)),
        None => incidents.first(),
    };
    let Some(chosen) = chosen else {
        let what = incident.map_or_else(
            || "no incident is in this journal".to_owned(),
            |name| format!("no incident is called {name}: see `midwatch incident list`"),
        );
        return Err(ended(Exit::Usage, what));
    };
    let measures = report::Measures::of(&chosen.id, facts);
    let began = measures.began.map_or(chosen.declared, |began| began.min(chosen.declared));
    let first = facts.first().map_or(began, |fact| fact.at.min(began));
    let last = facts.iter().map(|fact| fact.at).max().unwrap_or(began);
    let from = began.minus(AROUND).max(first);
    let to = measures.closed.map_or(last, |closed| closed.plus(AROUND)).max(began).min(last.max(began));
    let session =
        facts.iter().take_while(|fact| fact.at <= chosen.declared).filter_map(|fact| match &fact.fact {
            Fact::SessionOpened { operator, console, environment, .. } => {
                Some((operator, console, environment))
            }
            _ => None,
        });
    let (operator, console, environment) = session.last().map_or_else(
        || (String::new(), "midwatch".to_owned(), "recorded".to_owned()),
        |(operator, console, environment)| (operator.clone(), console.clone(), environment.clone()),
    );
    Ok(About {
        incident: chosen.id.clone(),
        title: format!("{} {} {}", chosen.id, chosen.severity.word(), chosen.title),
        start: began.minus(LEAD).max(from),
        console,
        environment,
        operator,
        from,
        to,
    })
}

/// The plan: signals and runbooks as they are configured where there is a configuration, and as they were recorded.
fn plan(
    arguments: &Arguments,
    facts: &[Logged],
    observations: &Observations,
    about: &About,
) -> color_eyre::Result<(Plan, keymap::Keymap, Option<String>)> {
    let common = &arguments.common;
    // A journal that is named may be another company's: the configuration that is found here says nothing of it.
    let settings =
        if common.journal.is_none() || common.config.is_some() { open::given(common, false)? } else { None };
    let environment = Environment {
        console: about.console.clone(),
        environment: about.environment.clone(),
        starts_locked: config::starts_locked(&about.environment),
        arm_for: Duration::ZERO,
        operator: about.operator.clone(),
        read_only: None,
        banner: None,
    };
    let configured =
        settings.as_ref().map(|settings| open::plan(settings, common, Vec::new())).transpose()?;
    let signals = signals(configured.as_ref().map(|(plan, _)| &plan.signals[..]), facts, observations);
    let mut plan = Plan::new(environment, signals, Vec::new());
    let keymap = match configured {
        Some((known, keymap)) => {
            plan.runbooks = known.runbooks;
            plan.bindings = known.bindings;
            plan.window = known.window;
            plan.actions = known.actions;
            plan.findings = known.findings;
            keymap
        }
        None => {
            let name = common.keymap.clone().unwrap_or_else(|| "default".into());
            let text = open::named_file(&name, keymap::names())?;
            let text = text.as_ref().map(|(file, text)| (file.as_str(), text.as_str()));
            let (keymap, diagnostics) = keymap::load(&name, text, &[]);
            plan.bindings = keymap.bindings();
            plan.diagnostics = diagnostics;
            keymap
        }
    };
    let known: BTreeSet<RunbookId> = plan.runbooks.iter().map(|runbook| runbook.id.clone()).collect();
    plan.runbooks.extend(recorded(facts).into_iter().filter(|runbook| !known.contains(&runbook.id)));
    let theme = settings.map_or_else(|| common.theme.clone(), |settings| settings.console.theme);
    Ok((plan, keymap, theme))
}

/// Every signal that was recorded, as it is configured now, or was then.
fn signals(configured: Option<&[Signal]>, facts: &[Logged], observations: &Observations) -> Vec<Signal> {
    let mut named: BTreeSet<SignalId> = observations.signals.iter().map(|known| known.id.clone()).collect();
    let of_facts = Reel::signals(facts);
    named.extend(of_facts.iter().cloned());
    let mut signals: Vec<Signal> = Vec::new();
    let mut seen: BTreeSet<SignalId> = BTreeSet::new();
    for signal in configured.unwrap_or_default().iter().filter(|signal| named.contains(&signal.id)) {
        seen.insert(signal.id.clone());
        signals.push(signal.clone());
    }
    for described in &observations.signals {
        if seen.insert(described.id.clone()) {
            signals.push(signal(described));
        }
    }
    for id in of_facts {
        if seen.insert(id.clone()) {
            // How often it was asked is not known: what was read last holds.
            let every = u64::from(u32::MAX);
            let rules = [3, 3, 5, 2];
            signals.push(signal(&Described { id, every, timeout: 0, board: None, observer: false, rules }));
        }
    }
    signals
}

fn signal(described: &Described) -> Signal {
    let [fail_after, fail_count, fail_among, recover_after] = described.rules;
    let every = Duration::from_millis(described.every.saturating_add(described.timeout / 2));
    Signal {
        id: described.id.clone(),
        source: "recorded",
        part: "",
        origin: Origin::Pushed { open: Duration::ZERO, well: Duration::ZERO },
        options: None,
        board: described.board,
        kept: false,
        every,
        ok: None,
        degraded: None,
        rules: Rules { fail_after, fail_count, fail_among, recover_after, soft_every: every },
        observes: Vec::new(),
        shows: Vec::new(),
        own: true,
        observer: described.observer,
    }
}

/// Runbooks as facts name them: the steps that were marked, in the order in which they first were.
fn recorded(facts: &[Logged]) -> Vec<Runbook> {
    let mut runbooks: Vec<Runbook> = Vec::new();
    let mut seen: BTreeSet<StepRef> = BTreeSet::new();
    for logged in facts {
        let Fact::StepMarked { step, text, .. } = &logged.fact else { continue };
        if !seen.insert(step.clone()) {
            continue;
        }
        let at = runbooks.iter().position(|known| known.id == step.runbook).unwrap_or_else(|| {
            let title = Path::new(step.runbook.as_str())
                .file_stem()
                .map_or_else(|| step.runbook.to_string(), |stem| stem.to_string_lossy().into_owned());
            let phase = Phase {
                kind: PhaseKind::Recover,
                title: "as it was recorded".into(),
                path: Vec::new(),
                line: 1,
                notes: Vec::new(),
                steps: Vec::new(),
            };
            runbooks.push(Runbook {
                id: step.runbook.clone(),
                title,
                hash: String::new(),
                phases: vec![phase],
                statements: Vec::new(),
                prose: Vec::new(),
            });
            runbooks.len() - 1
        });
        let steps = &mut runbooks[at].phases[0].steps;
        let line = steps.len() + 2;
        steps.push(Step {
            id: step.step.clone(),
            line,
            end: line,
            depth: 0,
            text: text.clone(),
            lead: None,
            marker: Marker::Bullet,
            commands: Vec::new(),
            codes: Vec::new(),
            links: Vec::new(),
            rules: StepRules::default(),
            asides: Asides::default(),
        });
    }
    runbooks
}
