//! `midwatch run`: one action, or one command of a runbook, by the same core as the console.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Duration;

use serde_json::json;

use crate::actions;
use crate::app::Msg;
use crate::config::Settings;
use crate::domain::action::{Action, ActionKind, Purpose, Risk};
use crate::domain::answer::Answers;
use crate::domain::command::Command;
use crate::domain::diagnostic::did_you_mean;
use crate::domain::idempotency;
use crate::domain::ids::ActionId;
use crate::domain::io::IoRequest;
use crate::domain::looked::{Block, BlockRef};
use crate::domain::requests::Ground;
use crate::domain::runbook::{Runbook, Step, StepCommand};
use crate::domain::signal::Signal;
use crate::domain::terms::Terms;
use crate::domain::time::short;
use crate::runtime::Engine;
use crate::state::{Comes, Given, Model, Plan, Reads, Run, RunState, Watch, reads};

use super::print::ended;
use super::{Arguments, Exit, guard, open, print};

/// How long a run that was told to stop may take to do so.
pub(super) const STOPPING: Duration = Duration::from_secs(5);

/// What was asked for.
pub struct Wanted<'a> {
    /// An action's name, or `FILE#STEP`.
    pub what: &'a str,
    /// For a toggle.
    pub position: Option<&'a str>,
    /// The names given with `--yes`.
    pub yes: &'a [String],
    /// `PLACEHOLDER=VALUE`.
    pub set: &'a [String],
}

/// What will run: the same value that is shown.
struct Found {
    action: ActionId,
    title: String,
    purpose: Purpose,
    risk: Risk,
    request: IoRequest,
    /// What its file holds it to, for a command of a runbook.
    terms: Option<Terms>,
    /// Variables that it reads from the environment, and whether each is set.
    inherits: Vec<(String, bool)>,
    /// Whether it gets a key under which it is done once.
    keyed: bool,
    /// The block of a runbook that it is, and where the runbook is.
    block: Option<(BlockRef, PathBuf)>,
}

/// Runs it, or with `dry_run` prints exactly what would run.
pub async fn run(
    arguments: &Arguments,
    wanted: &Wanted<'_>,
    dry_run: bool,
    as_json: bool,
) -> color_eyre::Result<Exit> {
    let yes = match wanted.yes {
        [] => None,
        [name] => Some(name.clone()),
        _ => return Err(ended(Exit::Usage, "one thing runs, so --yes is given once")),
    };
    let (settings, mut opened) = open::whole(open::configuration(&arguments.common)?)?;
    let (plan, _) = open::plan(&settings, &arguments.common, std::mem::take(&mut opened.diagnostics))?;
    let found = find(&settings, &plan, wanted)?;
    if dry_run {
        show(&found, as_json);
        return Ok(Exit::Done);
    }
    let agreed = guard::agreed(&opened, &settings)?;
    // Only the signal that shows the effect is asked.
    let observed = plan.action(&found.action).and_then(|action| Some(action.observe.as_ref()?.0.clone()));
    let signals =
        plan.signals.iter().filter(|signal| Some(&signal.id) == observed.as_ref()).cloned().collect();
    let plan = asking(plan, signals);
    let (io, missing) = open::io(&settings, &agreed).await?;
    print::diagnostics(&missing);
    let mut engine = open::engine(plan, io, &open::journal_path(&settings)?)?;
    if let Some((block, path)) = &found.block {
        engine.model.looked.add(&block.runbook, guard::seen(path)?);
    }
    let looked =
        found.block.as_ref().is_none_or(|(block, _)| engine.model.looked.holds(&block.runbook, &block.hash));
    engine.tell(Msg::Opened { version: env!("CARGO_PKG_VERSION").to_owned() });
    let before = engine.model.watch.runs.len();
    let agreeable = (found.risk == Risk::Change && yes.is_none()).then(|| found.action.clone());
    let (action, title, risk) = (found.action, found.title, found.risk);
    engine.tell(match (found.terms, found.block) {
        (Some(terms), Some((block, _))) => {
            let request = Box::new(found.request);
            Msg::AskRequest { keyed: found.keyed, action, title, risk, request, block, terms, yes }
        }
        (Some(_) | None, _) => Msg::Ask { action, purpose: found.purpose, yes },
    });
    let exit = match engine.model.watch.runs.get(before).map(|run| run.id.clone()) {
        Some(id) => {
            let at = engine.model.watch.runs.iter().position(|run| run.id == id).unwrap_or(before);
            follow(&mut engine, at, as_json).await
        }
        None => {
            let why = engine.model.ui.said.take().map_or_else(|| "refused".to_owned(), |(why, ..)| why);
            print::note(&format!("midwatch: refused: {why}"));
            if !looked {
                let file = wanted.what.rsplit_once('#').map_or(wanted.what, |(file, _)| file);
                print::note(&format!("  hint: midwatch look {file} shows what it can run"));
            } else if let Some(name) = agreeable {
                print::note(&format!("  hint: --yes {name} agrees to it"));
            }
            Exit::Refused
        }
    };
    engine.tell(Msg::Stop("done".into()));
    engine.close();
    Ok(exit)
}

/// `plan` with no other signals than these: what runs here asks nothing else.
pub(super) fn asking(plan: Plan, signals: Vec<Signal>) -> Plan {
    let mut asking = Plan::new(plan.environment, signals, plan.actions);
    asking.runbooks = plan.runbooks;
    asking.step_bindings = plan.step_bindings;
    asking.directories = plan.directories;
    asking.variables = plan.variables;
    asking.asides = plan.asides;
    asking.artifacts = plan.artifacts;
    asking.requests = plan.requests;
    asking
}

/// Prints exactly what would run, and for a command of a runbook what goes with it.
fn show(found: &Found, as_json: bool) {
    if as_json {
        let mut document = json!({ "name": found.action, "risk": found.risk, "request": found.request });
        if let Some(terms) = &found.terms {
            let variable = |(name, set): &(String, bool)| json!({ "name": name, "set": set });
            document["title"] = json!(found.title);
            document["terms"] = json!(terms);
            document["keyed"] = json!(found.keyed);
            document["timeout"] = json!(found.request.timeout().as_secs_f64());
            document["environment"] = found.inherits.iter().map(variable).collect();
        }
        print::json(&document);
        return;
    }
    found.request.preview().iter().for_each(|line| print::line(line));
    let Some(terms) = &found.terms else { return };
    if found.keyed {
        print::line("Idempotency-Key: made when it is sent, and the same until an attempt succeeds");
    }
    for (name, set) in &found.inherits {
        let word = if *set { "set" } else { "NOT SET" };
        print::line(&format!("reads {name} from the environment: {word}"));
    }
    held_to(terms, &found.request);
}

/// Prints what a run is held to, and how long it may take.
pub(super) fn held_to(terms: &Terms, request: &IoRequest) {
    terms.lines().iter().for_each(|line| print::line(line));
    print::line(&format!("stopped after {}", short(request.timeout())));
}

/// Waits for the run's end, printing what it prints.
async fn follow(engine: &mut Engine, at: usize, as_json: bool) -> Exit {
    let mut printed = 0;
    let mut interrupted = false;
    // One for the whole of it: between two waits none is lost.
    let mut ctrl_c = pin!(tokio::signal::ctrl_c());
    loop {
        let over =
            |model: &Model| !model.watch.runs[at].is_open() && !model.watch.runs.iter().any(Run::is_open);
        let live = |model: &Model| {
            model.feed.outputs.get(&model.watch.runs[at].id).map_or(0, |live| live.dropped + live.lines.len())
        };
        let limit = if interrupted { STOPPING } else { Duration::from_secs(24 * 3600) };
        let news = |model: &Model| {
            over(model) || !as_json && live(model) > printed || interrupted && can_be_stopped(model)
        };
        tokio::select! {
            () = engine.run_until(news) => {}
            _ = &mut ctrl_c, if !interrupted => interrupted = true,
            () = tokio::time::sleep(limit) => break,
        }
        // Its request may not be on disk yet: it is stopped as soon as it is out.
        if interrupted && can_be_stopped(&engine.model) {
            engine.tell(Msg::Command(Command::CancelRun));
        }
        if !as_json && let Some(output) = engine.model.feed.outputs.get(&engine.model.watch.runs[at].id) {
            let new = (output.dropped + output.lines.len()).saturating_sub(printed);
            let skip = output.lines.len().saturating_sub(new);
            output
                .lines
                .iter()
                .skip(skip)
                .for_each(|line| if line.error { print::note(&line.text) } else { print::line(&line.text) });
            printed += new;
        }
        if over(&engine.model) {
            break;
        }
    }
    let run = &engine.model.watch.runs[at];
    let (word, detail, exit) = outcome(run);
    if as_json {
        print::json(&document(&engine.model, run));
    } else {
        // What came together with the end was never shown on the way.
        run.output
            .iter()
            .skip(printed)
            .for_each(|line| if line.error { print::note(&line.text) } else { print::line(&line.text) });
        print::note(&format!("{} {}: {word}: {detail}", run.id, run.title));
    }
    if interrupted { Exit::Interrupted } else { exit }
}

/// Whether something is out that was not told to stop.
pub(super) fn can_be_stopped(model: &Model) -> bool {
    model.feed.running.iter().any(|run| !model.feed.stopping.contains(run))
}

/// How a run ended: in a word, with what is known of it, and as an exit.
pub(super) fn outcome(run: &Run) -> (&'static str, &str, Exit) {
    match &run.state {
        RunState::Observed(detail, _) => ("observed", detail, Exit::Done),
        RunState::Verified(detail) => ("verified", detail, Exit::Done),
        RunState::NotInEffect(detail) => ("not in effect", detail, Exit::Failed),
        RunState::Failed(detail) => ("failed", detail, Exit::Failed),
        RunState::Cancelled(detail) => ("cancelled", detail, Exit::Interrupted),
        RunState::Unknown(detail) => ("unknown", detail, Exit::Unknown),
        RunState::Requested | RunState::Accepted(_) => ("unknown", "it did not end", Exit::Unknown),
    }
}

/// A run for `--json`.
pub(super) fn document(model: &Model, run: &Run) -> serde_json::Value {
    let (word, detail, _) = outcome(run);
    json!({
        "run": run.id, "name": run.action, "state": word, "detail": detail,
        "output": run.output, "truncated": run.truncated, "captured": captured(model, run),
    })
}

/// What the run gave names to.
fn captured(model: &Model, run: &Run) -> BTreeMap<String, String> {
    let incident = model.watch.incident().map(|incident| &incident.id);
    let known = model.watch.values.of(incident).into_iter();
    known
        .filter(|value| value.given == Given::Captured(run.id.clone()))
        .map(|value| (value.name.clone(), value.value.clone()))
        .collect()
}

fn find(settings: &Settings, plan: &Plan, wanted: &Wanted<'_>) -> color_eyre::Result<Found> {
    if let Some((file, step)) = wanted.what.rsplit_once('#') {
        return find_step(settings, plan, file, step, wanted.set);
    }
    let Some(action) = plan.actions.iter().find(|action| action.id.as_str() == wanted.what) else {
        let near = did_you_mean(wanted.what, plan.actions.iter().map(|action| action.id.as_str()));
        let hint = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
        return Err(ended(Exit::Usage, format!("no action is called {}{hint}", wanted.what)));
    };
    let purpose = purpose(action, wanted.position)?;
    let request = actions::request_for(action, purpose).ok_or_else(|| {
        let what = format!("{} needs a person: it runs only from the console", action.id);
        ended(Exit::Refused, what)
    })?;
    Ok(Found {
        action: action.id.clone(),
        title: action.id.to_string(),
        purpose,
        risk: if purpose == Purpose::Read { Risk::Read } else { action.risk },
        request: request.clone(),
        terms: None,
        inherits: Vec::new(),
        keyed: false,
        block: None,
    })
}

fn purpose(action: &Action, position: Option<&str>) -> color_eyre::Result<Purpose> {
    match (&action.kind, position) {
        (ActionKind::Toggle(_), Some("on")) => Ok(Purpose::On),
        (ActionKind::Toggle(_), Some("off")) => Ok(Purpose::Off),
        (ActionKind::Toggle(_), Some("read")) => Ok(Purpose::Read),
        (ActionKind::Toggle(_), _) => {
            Err(ended(Exit::Usage, format!("{} is a toggle: say on, off or read", action.id)))
        }
        (ActionKind::Once(_) | ActionKind::Open(_) | ActionKind::Shell(_), None) => Ok(Purpose::Do),
        (ActionKind::Once(_) | ActionKind::Open(_) | ActionKind::Shell(_), Some(position)) => {
            Err(ended(Exit::Usage, format!("{} is not a toggle: {position} means nothing to it", action.id)))
        }
    }
}

/// A runbook as it is bound, and where it is.
pub(super) fn runbook(settings: &Settings, file: &str) -> color_eyre::Result<(Runbook, PathBuf)> {
    let mut found = Vec::new();
    let mut read = open::bound(&[PathBuf::from(file)], Some(settings), &mut found);
    read.pop().ok_or_else(|| {
        print::diagnostics(&found);
        ended(Exit::Usage, format!("{file} cannot be read"))
    })
}

/// The step of `file` that `name` means: its anchor, or its line.
pub(super) fn step<'a>(runbook: &'a Runbook, file: &str, name: &str) -> color_eyre::Result<&'a Step> {
    let is_meant = |known: &&Step| known.id.as_str() == name || name.parse() == Ok(known.line);
    let steps = || runbook.phases.iter().flat_map(|phase| &phase.steps);
    steps().find(is_meant).ok_or_else(|| {
        ended(Exit::Usage, format!("{file} has no step {name}: see `midwatch runbook show {file}`"))
    })
}

/// Where the commands of `runbook` at `path` run. Whole, because it is shown.
pub(super) fn directory(plan: &Plan, runbook: &Runbook, path: &Path) -> PathBuf {
    let beside = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let beside = || beside.canonicalize().unwrap_or_else(|_| beside.to_path_buf());
    plan.directories.get(&runbook.id).cloned().unwrap_or_else(beside)
}

/// What `--set PLACEHOLDER=VALUE` says, by token, of what is read; `none` is said of a name that nothing reads.
pub fn said(set: &[String], all: &[Reads], none: &str) -> color_eyre::Result<BTreeMap<String, String>> {
    let usage = |why: String| ended(Exit::Usage, why);
    let mut said = BTreeMap::new();
    for pair in set {
        let (name, value) =
            pair.split_once('=').ok_or_else(|| usage(format!("--set {pair}: say PLACEHOLDER=VALUE")))?;
        let mut meant =
            all.iter().filter(|read| read.hole.name == name || read.hole.token == name).peekable();
        if meant.peek().is_none() {
            return Err(usage(format!("--set {name}: {none}")));
        }
        for read in meant {
            read.kind.check(value).map_err(|why| usage(format!("--set {name}: {why}")))?;
            said.insert(read.hole.token.clone(), value.to_owned());
        }
    }
    Ok(said)
}

/// A command of a runbook: `FILE#STEP`, or `FILE#STEP.2` for the second command of a step.
fn find_step(
    settings: &Settings,
    plan: &Plan,
    file: &str,
    name: &str,
    set: &[String],
) -> color_eyre::Result<Found> {
    let usage = |why: String| ended(Exit::Usage, why);
    let (name, nth) =
        match name.rsplit_once('.').and_then(|(name, nth)| Some((name, nth.parse::<usize>().ok()?))) {
            Some((name, nth)) => (name, Some(nth)),
            None => (name, None),
        };
    let (runbook, path) = runbook(settings, file)?;
    let known = step(&runbook, file, name)?;
    let command: &StepCommand = match (known.commands.len(), nth) {
        (0, _) => return Err(usage(format!("step {name} holds no command"))),
        (1, None) => &known.commands[0],
        (_, Some(nth)) => known
            .commands
            .get(nth.wrapping_sub(1))
            .ok_or_else(|| usage(format!("step {name} has {} commands", known.commands.len())))?,
        (count, None) => {
            return Err(usage(format!(
                "step {name} has {count} commands: say which, such as {file}#{name}.1"
            )));
        }
    };
    let refused = |why: String| ended(Exit::Refused, why);
    let rules = command.rules_in(known);
    let risk = actions::risk_under(command, &rules);
    if let Some((step, role)) = runbook
        .approvals_for(&known.id)
        .into_iter()
        .find(|(step, _)| step.id == known.id || risk != Risk::Read)
    {
        let line = step.line;
        return Err(refused(format!(
            "{file}:{line}: the approval of {role} is given in the console, and nowhere else"
        )));
    }
    if let Some(check) = rules.check {
        let check = crate::domain::text::clean(&check).into_owned();
        return Err(refused(format!("step {name} is checked first ({check}): that is done in the console")));
    }
    let all = reads(plan, &Watch::default(), known, command);
    let answers = Answers::from(said(set, &all, "the command has no such placeholder")?);
    let unanswered = |read: &&Reads| matches!(read.comes, Comes::Asked(_)) && !answers.has(&read.hole.token);
    let missing: Vec<&str> = all.iter().filter(unanswered).map(|read| read.hole.token.as_str()).collect();
    if !missing.is_empty() {
        return Err(usage(format!("to be filled in with --set: {}", missing.join(" "))));
    }
    let directory = directory(plan, &runbook, &path);
    let ground = Ground { directory: Some(&directory), requests: &plan.requests };
    let prepared =
        actions::prepared(known, command, &answers, ground).map_err(|error| usage(error.to_string()))?;
    if prepared.terms.hands_over {
        let what = format!("step {name} wants the terminal: it runs only from the console");
        return Err(ended(Exit::Refused, what));
    }
    Ok(Found {
        action: ActionId::from(format!("step:{}", known.id)),
        title: prepared.title,
        purpose: Purpose::Do,
        risk: prepared.risk,
        request: prepared.request,
        terms: Some(prepared.terms),
        inherits: all
            .iter()
            .filter(|read| read.hole.environment && !answers.has(&read.hole.token))
            .map(|read| (read.hole.name.clone(), plan.variables.contains(&read.hole.name)))
            .collect(),
        keyed: idempotency::is_wanted(known, command),
        block: Some((BlockRef { runbook: runbook.id.clone(), hash: Block::of(known, command).hash }, path)),
    })
}
