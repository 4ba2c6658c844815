//! `midwatch window`: the go-live window by the rules of the console and without one, for a pipeline. Nobody is there
//! to be asked, so it says GO by itself where a person could; everything else that ends it is NO-GO or HOLD.

use std::ops::ControlFlow;
use std::time::Duration;

use color_eyre::eyre::WrapErr;

use crate::app::Msg;
use crate::domain::fact::{Fact, Logged};
use crate::domain::ids::WindowId;
use crate::domain::time::short;
use crate::domain::window::{Deed, Verdict};
use crate::report::{self, WindowRecord};
use crate::runtime::{self, Engine, Stop};
use crate::state::window::lacks;
use crate::state::{JournalState, Plan};

use super::incident::entries;
use super::print::ended;
use super::{Arguments, Exit, open, print};

/// How long the journal may take to say that the end is on disk.
const WRITING: Duration = Duration::from_secs(10);

/// How changes are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// A line each.
    Lines,
    /// A JSON object on a line each.
    JsonLines,
    /// On standard error; standard output gets one document at the end.
    Document,
}

impl Told {
    /// By the flags of the command.
    pub const fn by(json: bool, json_lines: bool) -> Self {
        match (json, json_lines) {
            (true, _) => Told::Document,
            (false, true) => Told::JsonLines,
            (false, false) => Told::Lines,
        }
    }

    /// Tells one fact; an error where nobody reads it any more.
    fn tell(self, logged: &Logged) -> std::io::Result<()> {
        match self {
            Told::JsonLines => print::told(&print::one_line(&serde_json::json!(logged))),
            // Where the clock stands is no change.
            Told::Lines | Told::Document if matches!(logged.fact, Fact::WindowCheckpoint { .. }) => Ok(()),
            Told::Lines => print::told(&report::window_line(logged)),
            Told::Document => {
                print::note(&report::window_line(logged));
                Ok(())
            }
        }
    }
}

/// Watches until GO, NO-GO or HOLD.
pub async fn watch(
    arguments: &Arguments,
    span: Option<Duration>,
    within: Option<Duration>,
    told: Told,
) -> color_eyre::Result<Exit> {
    let (settings, diagnostics, agreed) = open::trusted(&arguments.common)?;
    print::diagnostics(&diagnostics);
    let (io, missing) = open::io(&settings, &agreed).await?;
    print::diagnostics(&missing);
    let mut plan =
        Plan::new(open::environment(&settings, &arguments.common), settings.signals.clone(), Vec::new());
    plan.window = settings.window.clone();
    plan.seed = u64::from(std::process::id());
    let span = span.unwrap_or(plan.window.span);
    let within = within.unwrap_or(span * 2);
    let (path, readings) = (open::journal_path(&settings)?, settings.console.readings);
    let mut engine = open::engine(plan, io, &path)?;
    drop(settings);
    if let JournalState::ReadOnly(why) = &engine.model.feed.journal {
        return Err(ended(Exit::Refused, format!("the window cannot be recorded: {why}")));
    }
    if readings > 0 && engine.is_writing() {
        engine.keeps_readings(&path, readings);
    }
    let _listener = open::listener(&engine).await?;
    engine.tells = true;
    engine.tell(Msg::Opened { version: env!("CARGO_PKG_VERSION").to_owned() });
    if engine.model.watch.window().is_some() {
        engine.tell(Msg::Window(Deed::End("what watched it ended before it did".into())));
        engine.told.clear();
    }
    let before = engine.model.watch.windows.len();
    engine.tell(Msg::Window(Deed::Open(Some(span))));
    if engine.model.watch.windows.len() == before {
        let why = engine.model.ui.said.take().map_or_else(|| "refused".to_owned(), |(why, ..)| why);
        engine.tell(Msg::Stop("done".into()));
        engine.close();
        return Err(ended(Exit::Refused, why));
    }
    let mut heard: Vec<Logged> = Vec::new();
    let mut read = true;
    let stop = runtime::follow(&mut engine, Some(within), |engine, logged| {
        hear(engine, logged, told, &mut heard, &mut read)
    });
    let stop = stop.await.wrap_err("waiting for signals")?;
    let exit = finish(&mut engine, stop, within, read);
    for logged in std::mem::take(&mut engine.told) {
        if report::of_window(&logged.fact) {
            // Whoever read it may be gone; how it ended is in the exit code too.
            let _ = told.tell(&logged);
            heard.push(logged);
        }
    }
    let exit = written(&mut engine, exit).await;
    engine.close();
    if told != Told::JsonLines {
        conclude(&heard, told);
    }
    Ok(exit)
}

/// Tells a fact of the window, and says GO where the window waits for it.
fn hear(
    engine: &mut Engine,
    logged: &Logged,
    told: Told,
    heard: &mut Vec<Logged>,
    read: &mut bool,
) -> ControlFlow<()> {
    match &logged.fact {
        Fact::ObserverSick { detail } => {
            print::note(&format!("{} nothing can be measured from here: {detail}", logged.at));
        }
        Fact::ObserverRecovered {} => print::note(&format!("{} it can be measured again", logged.at)),
        Fact::ClockStepped { by_millis } => {
            print::note(&format!("{} the clock was set by {by_millis} ms", logged.at));
        }
        Fact::Crashed { what, detail } => print::note(&format!("{} {what} broke: {detail}", logged.at)),
        fact if report::of_window(fact) => {
            if told.tell(logged).is_err() {
                *read = false;
                return ControlFlow::Break(());
            }
            heard.push(logged.clone());
            if matches!(fact, Fact::WindowEnded { .. }) {
                return ControlFlow::Break(());
            }
        }
        _ => {}
    }
    if matches!(engine.model.feed.journal, JournalState::Failed(_)) {
        return ControlFlow::Break(());
    }
    // Where a GO was refused for an instant, the next fact tries again.
    if engine.model.watch.window().is_some_and(|window| window.ready.is_some()) {
        engine.tell(Msg::Window(Deed::Go));
    }
    ControlFlow::Continue(())
}

/// Ends the window where nothing else did, and says how the program ends.
fn finish(engine: &mut Engine, stop: Option<Stop>, within: Duration, read: bool) -> Exit {
    if engine.model.watch.window().is_some() {
        let why = match stop {
            Some(stop) => format!("interrupted by {}", stop.word()),
            None if !read => "nobody reads it any more".to_owned(),
            None => {
                let now = engine.clock.now();
                let lacks = lacks(&engine.model, now).join("; ");
                format!("not over within {}: {lacks}", short(within))
            }
        };
        engine.tell(Msg::Window(Deed::End(why)));
    }
    let ended = engine.model.watch.windows.last().and_then(|window| window.ended.as_ref());
    match (stop, ended.map(|ended| ended.verdict)) {
        (Some(_), _) => Exit::Interrupted,
        (None, Some(Verdict::Go)) => Exit::Done,
        (None, Some(Verdict::NoGo)) => Exit::Failed,
        (None, Some(Verdict::Hold) | None) => Exit::Unknown,
    }
}

/// A verdict that is not on disk is none.
async fn written(engine: &mut Engine, exit: Exit) -> Exit {
    engine.tell(Msg::Stop("done".into()));
    engine.asks.clear();
    let last = engine.model.watch.seq;
    let on_disk = |model: &crate::state::Model| match model.feed.journal {
        JournalState::Writing(through) => through >= last,
        JournalState::ReadOnly(_) | JournalState::Failed(_) | JournalState::Unkept => true,
    };
    let waited = tokio::time::timeout(WRITING, engine.run_until(on_disk)).await;
    if waited.is_ok() && engine.is_writing() {
        return exit;
    }
    print::note("midwatch: HOLD: the journal cannot be written");
    if exit == Exit::Interrupted { exit } else { Exit::Unknown }
}

/// Says how it ended.
fn conclude(heard: &[Logged], told: Told) {
    let windows = report::windows(heard);
    let Some(window) = windows.last() else { return };
    if told == Told::Document {
        print::json(&window.document());
        return;
    }
    for logged in &window.facts {
        if let Fact::WindowEnded { gates, .. } = &logged.fact {
            gates.iter().flat_map(report::gate_summary).for_each(|line| print::line(&line));
        }
    }
}

/// Prints what the release log is to say of a window, from the journal.
pub fn log(arguments: &Arguments, window: Option<&str>, as_json: bool) -> color_eyre::Result<Exit> {
    let entries = entries(arguments)?;
    let (windows, releases) = (report::windows(&entries), report::releases(&entries));
    let is_meant = |id: &WindowId| window.is_none_or(|name| id.as_str().eq_ignore_ascii_case(name));
    let Some(entry) = releases.iter().rev().find(|entry| is_meant(&entry.window)) else {
        return Err(match windows.iter().rev().find(|record| is_meant(record.id)) {
            Some(open) => {
                ended(Exit::Unknown, format!("{} has not ended: there is nothing to log yet", open.id))
            }
            None => ended(Exit::Usage, none_such(window, &windows)),
        });
    };
    if as_json {
        print::json(&serde_json::json!(entry));
    } else {
        entry.markdown().lines().for_each(print::line);
    }
    Ok(Exit::Done)
}

/// Why no window is meant.
fn none_such(window: Option<&str>, windows: &[WindowRecord<'_>]) -> String {
    match window {
        Some(name) if !windows.is_empty() => {
            let known: Vec<&str> = windows.iter().map(|record| record.id.as_str()).collect();
            format!("no window is called {name}: there are {}", known.join(", "))
        }
        Some(_) | None => "no window is in this journal".to_owned(),
    }
}

/// Prints every decision of a window, from the journal.
pub fn explain(arguments: &Arguments, window: Option<&str>, as_json: bool) -> color_eyre::Result<Exit> {
    let entries = entries(arguments)?;
    let windows = report::windows(&entries);
    let is_meant =
        |record: &&WindowRecord<'_>| window.is_none_or(|name| record.id.as_str().eq_ignore_ascii_case(name));
    let Some(record) = windows.iter().rev().find(is_meant) else {
        return Err(ended(Exit::Usage, none_such(window, &windows)));
    };
    if as_json {
        print::json(&record.document());
    } else {
        record.lines().iter().for_each(|line| print::line(line));
        if record.verdict.is_none() {
            print::note(&format!("{} has not ended", record.id));
        }
    }
    Ok(Exit::Done)
}
