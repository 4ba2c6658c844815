//! `midwatch run FILE#STEP --all`: the commands that were written to follow one another where a step stands, by the
//! same core as the console's.

use std::collections::BTreeMap;
use std::pin::pin;
use std::time::Duration;

use serde_json::json;

use crate::app::{Msg, sequence_named};
use crate::domain::action::Risk;
use crate::domain::command::Command;
use crate::domain::gates::sequence;
use crate::domain::ids::GatesId;
use crate::domain::runbook::{Runbook, StepRef};
use crate::runtime::Engine;
use crate::state::{Gate, GateKind, Gates, GatesDialog, Model, Plan, Run, Watch, reads};

use super::print::ended;
use super::run::{self, STOPPING};
use super::{Arguments, Exit, guard, open, print};

/// What was asked for.
pub struct Wanted<'a> {
    /// `FILE#STEP`.
    pub what: &'a str,
    /// Whether what has ended well does not run again.
    pub resume: bool,
    /// The names given with `--yes`.
    pub yes: &'a [String],
    /// `PLACEHOLDER=VALUE`.
    pub set: &'a [String],
}

/// Runs them in order up to the first that does not end well, or with `dry_run` prints exactly what would run.
pub async fn run(
    arguments: &Arguments,
    wanted: &Wanted<'_>,
    dry_run: bool,
    as_json: bool,
) -> color_eyre::Result<Exit> {
    let Some((file, name)) = wanted.what.rsplit_once('#') else {
        let why = format!("--all is for the steps of a runbook: FILE#STEP, not {}", wanted.what);
        return Err(ended(Exit::Usage, why));
    };
    let (settings, mut opened) = open::whole(open::configuration(&arguments.common)?)?;
    let (plan, _) = open::plan(&settings, &arguments.common, std::mem::take(&mut opened.diagnostics))?;
    let (runbook, path) = run::runbook(&settings, file)?;
    let step = StepRef { runbook: runbook.id.clone(), step: run::step(&runbook, file, name)?.id.clone() };
    if sequence(&runbook, &step.step).is_empty() {
        return Err(alone(wanted));
    }
    let mut plan = run::asking(plan, Vec::new());
    plan.directories.insert(runbook.id.clone(), run::directory(&plan, &runbook, &path));
    let said = said(&plan, &runbook, &step, wanted.set)?;
    // What was just read is what runs.
    plan.runbooks.retain(|known| known.id != runbook.id);
    plan.runbooks.push(runbook);
    if dry_run {
        let model = Model::new(plan, Watch::default());
        let gates = whole(&model, &step, &said, wanted)?;
        show(&gates, as_json);
        return Ok(Exit::Done);
    }
    let agreed = guard::agreed(&opened, &settings)?;
    let (io, missing) = open::io(&settings, &agreed).await?;
    print::diagnostics(&missing);
    let mut engine = open::engine(plan, io, &open::journal_path(&settings)?)?;
    engine.model.looked.add(&step.runbook, guard::seen(&path)?);
    let gates = whole(&engine.model, &step, &said, wanted)?;
    engine.tell(Msg::Opened { version: env!("CARGO_PKG_VERSION").to_owned() });
    let exit = if is_over(&engine.model, &gates) {
        over(&gates, as_json);
        Exit::Done
    } else {
        let before = engine.model.watch.gates.len();
        let yes = wanted.yes.to_vec();
        engine.tell(Msg::AskSequence { step, said, resume: wanted.resume, yes });
        match engine.model.watch.gates.get(before).map(|gates| gates.id.clone()) {
            Some(id) => follow(&mut engine, &id, as_json).await,
            None => {
                refused(&mut engine, &gates, file, wanted.yes);
                Exit::Refused
            }
        }
    };
    engine.tell(Msg::Stop("done".into()));
    engine.close();
    Ok(exit)
}

/// What was said with `--set`, by token.
fn said(
    plan: &Plan,
    runbook: &Runbook,
    step: &StepRef,
    set: &[String],
) -> color_eyre::Result<BTreeMap<String, String>> {
    let links = sequence(runbook, &step.step);
    let commands = links.iter().filter_map(|link| Some((link.step, link.step.commands.get(link.command?)?)));
    // What takes a command back is filled in with it.
    let with_undo = commands.flat_map(|(step, command)| {
        std::iter::once(command).chain(command.asides.undo.as_deref()).map(move |command| (step, command))
    });
    let all: Vec<_> =
        with_undo.flat_map(|(step, command)| reads(plan, &Watch::default(), step, command)).collect();
    run::said(set, &all, "no command of it has such a placeholder")
}

fn alone(wanted: &Wanted<'_>) -> color_eyre::Report {
    let why = format!("{}: there are no two commands to follow one another: leave --all out", wanted.what);
    ended(Exit::Usage, why)
}

/// The sequence with everything filled in, or what is missing.
fn whole(
    model: &Model,
    step: &StepRef,
    said: &BTreeMap<String, String>,
    wanted: &Wanted<'_>,
) -> color_eyre::Result<GatesDialog> {
    let usage = |why: String| ended(Exit::Usage, why);
    let gates =
        sequence_named(model, guard::now(), step, said, wanted.resume).ok_or_else(|| alone(wanted))?;
    let mut missing: Vec<&str> = Vec::new();
    for at in gates.ahead(&model.watch).0 {
        let GateKind::Wants(_, holes) = &gates.gates[at].kind else { continue };
        for hole in holes {
            if !hole.token.chars().any(char::is_alphanumeric) {
                let line = gates.gates[at].line;
                return Err(usage(format!(
                    "line {line}: {} means something else in every command: run that one on its own",
                    hole.token
                )));
            }
            if !missing.contains(&hole.token.as_str()) {
                missing.push(&hole.token);
            }
        }
    }
    if missing.is_empty() {
        return Ok(gates);
    }
    Err(usage(format!("to be filled in with --set: {}", missing.join(" "))))
}

/// Whether nothing of it is left to do.
fn is_over(model: &Model, gates: &GatesDialog) -> bool {
    let (ahead, hold) = gates.ahead(&model.watch);
    ahead.is_empty() && hold.is_none()
}

fn over(gates: &GatesDialog, as_json: bool) {
    let total = gates.gates.iter().filter(|gate| gate.is_counted()).count();
    if as_json {
        print::json(&json!({
            "sequence": null, "title": gates.title, "done": total, "total": total, "stopped": null, "runs": [],
        }));
    } else {
        print::note(&format!("{}: all of it is done", gates.title));
    }
}

/// Says why nothing of it was begun, and what to do about it.
fn refused(engine: &mut Engine, gates: &GatesDialog, file: &str, yes: &[String]) {
    let why = engine.model.ui.said.take().map_or_else(|| "refused".to_owned(), |(why, ..)| why);
    print::note(&format!("midwatch: refused: {why}"));
    let model = &engine.model;
    let ahead: Vec<&Gate> = gates.ahead(&model.watch).0.into_iter().map(|at| &gates.gates[at]).collect();
    let requests = || {
        ahead.iter().filter_map(|gate| match &gate.kind {
            GateKind::Runs(request) => Some(request),
            GateKind::Wants(..) | GateKind::Holds(_) | GateKind::Excluded => None,
        })
    };
    let looked = |block: &crate::domain::looked::BlockRef| model.looked.holds(&block.runbook, &block.hash);
    if requests().any(|request| request.block.as_ref().is_some_and(|block| !looked(block))) {
        print::note(&format!("  hint: midwatch look {file} shows what it can run"));
        return;
    }
    let mut unnamed: Vec<String> = Vec::new();
    for request in requests().filter(|request| request.risk != Risk::Read) {
        let name = format!("--yes {}", request.action);
        if !yes.iter().any(|known| known == request.action.as_str()) && !unnamed.contains(&name) {
            unnamed.push(name);
        }
    }
    if !unnamed.is_empty() {
        print::note(&format!("  hint: {} agrees to it", unnamed.join(" ")));
    }
    if ahead.is_empty() {
        print::note("  hint: the console's > shows how it stands");
    }
}

/// Prints exactly what would run, in order, and where it would stop.
fn show(gates: &GatesDialog, as_json: bool) {
    let counted = || gates.gates.iter().filter(|gate| gate.kind != GateKind::Excluded);
    if as_json {
        let one = |gate: &Gate| {
            let mut one = json!({ "line": gate.line, "step": gate.step.step, "text": gate.text });
            match &gate.kind {
                GateKind::Runs(request) => {
                    one["name"] = json!(request.action);
                    one["risk"] = json!(request.risk);
                    one["request"] = json!(request.request);
                    one["terms"] = json!(request.terms);
                }
                GateKind::Holds(why) => one["stops"] = json!(why),
                GateKind::Wants(..) | GateKind::Excluded => {}
            }
            one
        };
        print::json(&json!({ "title": gates.title, "commands": counted().map(one).collect::<Vec<_>>() }));
        return;
    }
    for (at, gate) in counted().enumerate() {
        if at > 0 {
            print::line("");
        }
        match &gate.kind {
            GateKind::Runs(request) => {
                print::line(&format!(":{} {} {}", gate.line, request.action, request.risk.word()));
                request.request.preview().iter().for_each(|line| print::line(line));
                run::held_to(&request.terms, &request.request);
            }
            GateKind::Holds(why) => print::line(&format!(":{} stops before {}: {why}", gate.line, gate.text)),
            GateKind::Wants(..) | GateKind::Excluded => {}
        }
    }
}

/// Waits for its end, and prints a line for each command that has ended.
async fn follow(engine: &mut Engine, id: &GatesId, as_json: bool) -> Exit {
    let mut told = 0;
    let mut interrupted = false;
    // One for the whole of it: between two waits none is lost.
    let mut ctrl_c = pin!(tokio::signal::ctrl_c());
    loop {
        let limit = if interrupted { STOPPING } else { Duration::from_secs(24 * 3600) };
        let news = |model: &Model| {
            let over = runs(model, id).filter(|run| !run.is_open()).count();
            ended_of(model, id) || over > told || interrupted && run::can_be_stopped(model)
        };
        tokio::select! {
            () = engine.run_until(news) => {}
            _ = &mut ctrl_c, if !interrupted => interrupted = true,
            () = tokio::time::sleep(limit) => break,
        }
        if interrupted && run::can_be_stopped(&engine.model) {
            engine.tell(Msg::Command(Command::CancelRun));
        }
        for run in runs(&engine.model, id).filter(|run| !run.is_open()).skip(told) {
            told += 1;
            if !as_json {
                tell(&engine.model, id, run);
            }
        }
        if ended_of(&engine.model, id) {
            break;
        }
    }
    let model = &engine.model;
    let Some(gates) = begun(model, id) else { return Exit::Unknown };
    let stopped = gates.ended.clone().unwrap_or_else(|| Some("it did not end".into()));
    let (done, total) = (model.watch.passed(gates), gates.commands.len());
    if as_json {
        let one = |run: &Run| {
            let mut one = run::document(model, run);
            let of = gates.commands.iter().find(|one| is_of(run, one));
            one["line"] = json!(of.map(|one| one.line));
            one["text"] = json!(of.map(|one| &one.text));
            one
        };
        print::json(&json!({
            "sequence": id, "title": gates.title, "done": done, "total": total, "stopped": stopped,
            "runs": runs(model, id).map(one).collect::<Vec<_>>(),
        }));
    } else {
        let why = stopped.as_ref().map(|why| format!(", stopped: {why}")).unwrap_or_default();
        print::note(&format!("{id} {}: {done} of {total} done{why}", gates.title));
    }
    if interrupted {
        return Exit::Interrupted;
    }
    // One that ended well, and nothing after it, waits for a person.
    match (stopped, runs(model, id).last().map(|run| run::outcome(run).2)) {
        (None, _) => Exit::Done,
        (Some(_), Some(Exit::Done) | None) => Exit::Refused,
        (Some(_), Some(exit)) => exit,
    }
}

fn begun<'a>(model: &'a Model, id: &GatesId) -> Option<&'a Gates> {
    model.watch.gates.iter().find(|gates| gates.id == *id)
}

fn ended_of(model: &Model, id: &GatesId) -> bool {
    begun(model, id).is_none_or(|gates| gates.ended.is_some())
}

/// Its runs, in order.
fn runs<'a>(model: &'a Model, id: &GatesId) -> impl Iterator<Item = &'a Run> {
    let gates = begun(model, id);
    let since = gates.map_or(0, |gates| gates.first.min(model.watch.runs.len()));
    model.watch.runs[since..]
        .iter()
        .filter(move |run| gates.is_some_and(|gates| gates.commands.iter().any(|one| is_of(run, one))))
}

fn is_of(run: &Run, one: &crate::domain::gates::GateCommand) -> bool {
    run.step.as_ref() == Some(&one.step) && run.command.as_ref() == Some(&one.command)
}

/// A line for a run that has ended; what it printed goes to standard error where it did not end well.
fn tell(model: &Model, id: &GatesId, run: &Run) {
    let (word, detail, exit) = run::outcome(run);
    let Some(gates) = begun(model, id) else { return };
    let place = gates.commands.iter().position(|one| is_of(run, one)).map_or(0, |at| at + 1);
    let text = gates.commands.iter().find(|one| is_of(run, one)).map_or("", |one| one.text.as_str());
    print::line(&format!("{place}/{} {} {text}: {word}: {detail}", gates.commands.len(), run.id));
    if exit != Exit::Done {
        run.output.iter().for_each(|line| print::note(&line.text));
    }
}
