//! `midwatch drill`: practice on the simulated company with the same keys, and a score. Nothing of the operator's own
//! configuration is read, no secret of theirs is resolved, and programs see nothing of their environment.

use std::path::{Path, PathBuf};

use color_eyre::eyre::WrapErr;
use directories::ProjectDirs;
use serde_json::json;

use crate::domain::drill::Targets;
use crate::domain::fact::{Fact, Logged};
use crate::domain::ids::RunbookId;
use crate::journal;
use crate::report::Score;
use crate::runtime::simulator::{self, Company, Options, Scenario};
use crate::state::Stage;

use super::console::{self, Opening};
use super::guard::{self, Agreed};
use super::print::ended;
use super::{Arguments, Exit, open, print};

/// What the environment of a drill is called in its journal: no incident of the world is ever in one.
const ENVIRONMENT: &str = "drill";

/// What was asked for.
#[derive(Debug)]
pub struct Wanted<'a> {
    /// What is practised.
    pub scenario: &'a str,
    /// What chance begins with.
    pub seed: Option<u64>,
    /// Runbooks of the operator's own.
    pub runbooks: &'a [PathBuf],
    /// Whether the score is one JSON document.
    pub json: bool,
}

/// Lists what can be practised.
pub fn list(as_json: bool) -> Exit {
    let practised = simulator::scenarios().iter().filter_map(|scenario| Some((scenario, scenario.drill?)));
    if as_json {
        let all = practised.map(|(scenario, targets)| {
            json!({ "scenario": scenario.name, "title": scenario.title, "targets": document(&targets) })
        });
        print::json(&json!({ "drills": all.collect::<Vec<_>>() }));
        return Exit::Done;
    }
    for (scenario, _) in practised {
        print::line(&format!("{:<18} {}", scenario.name, scenario.title));
    }
    Exit::Done
}

fn document(targets: &Targets) -> serde_json::Value {
    let millis = |span: std::time::Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    json!({
        "acknowledge": targets.acknowledge.map(millis), "contain": targets.contain.map(millis),
        "communicate": targets.communicate.map(millis), "recover": targets.recover.map(millis),
        "first_update": millis(targets.first_update), "next_update": millis(targets.next_update),
        "compressed": targets.is_compressed(),
    })
}

fn practised(name: &str) -> color_eyre::Result<(&'static Scenario, Targets)> {
    let scenario = simulator::scenario(name).map_err(|error| ended(Exit::Usage, error.to_string()))?;
    let targets = scenario.drill.ok_or_else(|| {
        ended(Exit::Usage, format!("{name} is nothing to practise: see `midwatch drill --list`"))
    })?;
    Ok((scenario, targets))
}

/// Scores the drill that was recorded in `journal`.
pub fn score(scenario: &str, journal: &Path, as_json: bool) -> color_eyre::Result<Exit> {
    let (scenario, targets) = practised(scenario)?;
    let contents = journal::read(journal).map_err(|error| ended(Exit::Unknown, error.to_string()))?;
    Ok(tell(scenario, targets, &contents.entries, as_json))
}

fn tell(scenario: &Scenario, targets: Targets, entries: &[Logged], as_json: bool) -> Exit {
    let score = Score::of(entries, targets);
    if as_json {
        print::json(&score.document(&scenario.name));
    } else {
        score.lines(&scenario.name).iter().for_each(|line| print::line(line));
    }
    if score.is_passed() { Exit::Done } else { Exit::Failed }
}

/// Opens the console on the simulated company for practice, and scores it when it is left.
pub async fn drill(arguments: &Arguments, wanted: &Wanted<'_>) -> color_eyre::Result<Exit> {
    let (scenario, targets) = practised(wanted.scenario)?;
    if let Some(path) = wanted.runbooks.iter().find(|path| !path.is_file()) {
        return Err(ended(Exit::Usage, format!("{}: there is no such file", path.display())));
    }
    let journal = journal_path(arguments, &scenario.name)?;
    let directory = tempfile::Builder::new()
        .prefix("midwatch-drill-")
        .tempdir()
        .wrap_err("no temporary directory for the drill")?;
    let mut options = Options::new(directory.path());
    options.seed = wanted.seed.unwrap_or(options.seed);
    let company =
        Company::start(scenario, options).await.map_err(|error| ended(Exit::Failed, error.to_string()))?;
    let file = directory.path().join("midwatch.toml");
    crate::io::files::write_whole(&file, company.configuration().as_bytes())
        .wrap_err("the drill's configuration")?;
    let (mut settings, found) = console::demo_settings(arguments, &company, &file)?;
    let own: Vec<PathBuf> =
        wanted.runbooks.iter().map(|path| path.canonicalize().unwrap_or_else(|_| path.clone())).collect();
    settings.console.runbooks.splice(0..0, own.iter().cloned());
    let (mut plan, keymap) = open::plan(&settings, &arguments.common, found)?;
    plan.stage = Stage::Drill(scenario.name.clone());
    plan.environment.environment = ENVIRONMENT.into();
    plan.unrun = own.iter().map(|path| RunbookId::from(open::shown(path).as_str())).collect();
    // Nothing of the operator's environment is there for what runs, so nothing of it is counted on.
    plan.variables.clear();
    plan.needed.clear();
    if let Some(span) = scenario.window {
        (plan.window.span, plan.window.compressed) = (span, true);
    }
    let files = open::heeded(&settings, &plan, &[]);
    let looked = guard::ours(&plan);
    let opening = Opening {
        settings,
        plan,
        keymap,
        files,
        looked,
        kept: None,
        agreed: Agreed::ours(),
        bare: Some(directory.path().to_path_buf()),
    };
    let shown = console::show(opening, &journal).await;
    company.stop().await;
    shown?;
    let contents = journal::read(&journal).map_err(|error| ended(Exit::Unknown, error.to_string()))?;
    let exit = tell(scenario, targets, &contents.entries, wanted.json);
    let place = journal.display();
    print::note(&format!("The drill's journal is {place}"));
    if contents.entries.iter().any(|entry| matches!(entry.fact, Fact::IncidentDeclared { .. })) {
        print::note(&format!("See it again: midwatch replay --journal {place}"));
    }
    Ok(exit)
}

/// A journal of its own for each drill.
fn journal_path(arguments: &Arguments, scenario: &str) -> color_eyre::Result<PathBuf> {
    if let Some(path) = &arguments.common.journal {
        if path.exists() {
            let text = format!("{}: it is there already: a drill has a journal of its own", path.display());
            return Err(ended(Exit::Usage, text));
        }
        return Ok(path.clone());
    }
    let directory = open::directory(ProjectDirs::data_dir, "data")
        .ok_or_else(|| ended(Exit::Usage, "there is no data directory: HOME is not set; name a --journal"))?;
    let now = guard::now().rfc3339().replace([':', '.'], "-");
    Ok(directory.join("drills").join(format!("{scenario}-{now}.journal")))
}
