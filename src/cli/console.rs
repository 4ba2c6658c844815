//! The console on a configuration, and on the simulated company.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use color_eyre::eyre::WrapErr;
use terminal_colorsaurus::{QueryOptions, ThemeMode, theme_mode};

use crate::app::Msg;
use crate::config::{self, Layer, Settings};
use crate::domain::diagnostic::{Diagnostic, Severity};
use crate::domain::ids::RunbookId;
use crate::io::looked::LookedStore;
use crate::io::{Io, IoOptions};
use crate::keymap::{self, Keymap};
use crate::runtime::simulator::{self, Company, Options};
use crate::runtime::{self, Engine, Heeded, Look, Queue, Screen};
use crate::state::{Dialog, Environment, JournalState, LookAt, Looked, Looking, Model, Plan, Watch};
use crate::theme::{self, Depth, Theme};

use super::guard::{self, Agreed, Standing};
use super::print::ended;
use super::{Arguments, Exit, open, print};

/// How long the terminal may take to say what its background is.
const ASKED_FOR: std::time::Duration = std::time::Duration::from_millis(20);

/// Opens the console on the configuration, once somebody has looked at what it can do.
pub async fn watch(arguments: &Arguments) -> color_eyre::Result<Exit> {
    let (settings, mut found) = open::whole(open::configuration(&arguments.common)?)?;
    let (plan, keymap) = open::plan(&settings, &arguments.common, std::mem::take(&mut found.diagnostics))?;
    let path = open::journal_path(&settings)?;
    let mut looked = Looked::default();
    let agreed = match guard::standing(&found, &settings)? {
        Standing::Agreed(agreed) => agreed,
        Standing::Unlooked(unlooked) => {
            let (lines, looking) = (unlooked.lines(), Looking::Configuration);
            let dialog = LookAt { title: "Look first".into(), lines, looking, scroll: 0, problem: None };
            if !ask(&theme_for(&settings)?.0, dialog).await? {
                return Err(ended(Exit::Refused, "not looked at: nothing of it ran"));
            }
            looked.untold.push(unlooked.told());
            unlooked.accept(&plan.environment.operator)?
        }
    };
    let places = guard::kept_at(&settings.console.runbooks);
    for (runbook, path) in &places {
        looked.add(runbook, guard::seen(path)?);
    }
    let files = open::heeded(&settings, &plan, &found.read);
    let kept = Some((guard::store()?, places.into_iter().collect()));
    show(Opening { settings, plan, keymap, files, looked, kept, agreed, bare: None }, &path).await
}

/// Shows what is to be looked at, and nothing else: whether it was agreed to. Reads no secret and asks nobody.
pub async fn ask(theme: &Theme, dialog: LookAt) -> color_eyre::Result<bool> {
    let environment = Environment {
        console: "midwatch".into(),
        environment: "look".into(),
        starts_locked: true,
        arm_for: std::time::Duration::ZERO,
        operator: String::new(),
        read_only: None,
        banner: None,
    };
    let mut model = Model::new(Plan::new(environment, Vec::new(), Vec::new()), Watch::default());
    model.feed.journal = JournalState::Unkept;
    model.ui.dialog = Some(Dialog::Look(Box::new(dialog)));
    let io = Io::new(IoOptions::default()).map_err(|error| ended(Exit::Usage, error.to_string()))?;
    let mut engine = Engine::new(model, io, None, Queue::default());
    let mut screen =
        Screen::take("midwatch · look").map_err(|error| ended(Exit::Usage, error.to_string()))?;
    let look = Look { theme: theme.clone(), keymap: keymap::load("default", None, &[]).0 };
    let result = runtime::run(&mut engine, &mut screen, &look).await;
    drop(screen);
    result.wrap_err("the terminal")?;
    Ok(engine.model.looked.agreed)
}

/// Everything a console opens with.
pub struct Opening {
    /// The configuration.
    pub settings: Settings,
    /// What it comes to.
    pub plan: Plan,
    /// Chord to command.
    pub keymap: Keymap,
    /// Files whose edits are noticed.
    pub files: Vec<Heeded>,
    /// What was looked at.
    pub looked: Looked,
    /// Where what is looked at is kept, and where each runbook is.
    pub kept: Option<(LookedStore, HashMap<RunbookId, PathBuf>)>,
    /// That somebody agreed to it.
    pub agreed: Agreed,
    /// The home of programs that see nothing else of the environment.
    pub bare: Option<PathBuf>,
}

/// Opens the console on the simulated company.
pub async fn demo(
    arguments: &Arguments,
    name: Option<&str>,
    list: bool,
    speed: f64,
) -> color_eyre::Result<Exit> {
    if list {
        for scenario in simulator::scenarios() {
            print::line(&format!("{:<18} {}", scenario.name, scenario.title));
        }
        return Ok(Exit::Done);
    }
    let scenario = simulator::scenario(name.unwrap_or("api-outage"))
        .map_err(|error| ended(Exit::Usage, error.to_string()))?;
    let directory = tempfile::Builder::new()
        .prefix("midwatch-demo-")
        .tempdir()
        .wrap_err("no temporary directory for the demo")?
        .keep();
    let mut options = Options::new(&directory);
    options.speed = speed;
    let company =
        Company::start(scenario, options).await.map_err(|error| ended(Exit::Failed, error.to_string()))?;
    let file = directory.join("midwatch.toml");
    crate::io::files::write_whole(&file, company.configuration().as_bytes())
        .wrap_err("the demo's configuration")?;
    let (settings, found) = demo_settings(arguments, &company, &file)?;
    let (mut plan, keymap) = open::plan(&settings, &arguments.common, found)?;
    plan.environment.banner = Some(format!("DEMO {}", scenario.name));
    if let Some(span) = scenario.window {
        (plan.window.span, plan.window.compressed) = (span, true);
    }
    let path = settings.console.journal.clone().unwrap_or_else(|| directory.join("demo.journal"));
    let files = open::heeded(&settings, &plan, &[]);
    // We wrote it, just now: only what somebody makes of it meanwhile is looked at.
    let looked = guard::ours(&plan);
    let agreed = Agreed::ours();
    let opening = Opening { settings, plan, keymap, files, looked, kept: None, agreed, bare: None };
    let exit = show(opening, &path).await;
    company.stop().await;
    let journal = path.display();
    print::note(&format!(
        "The demo's journal is {journal}\nRead it: midwatch incident show --journal {journal}"
    ));
    exit
}

/// The company's configuration, with this operator's theme, keys and name.
pub fn demo_settings(
    arguments: &Arguments,
    company: &Company,
    file: &Path,
) -> color_eyre::Result<(Settings, Vec<Diagnostic>)> {
    let base = file.parent().map_or_else(PathBuf::new, PathBuf::from);
    let layer = Layer { name: file.display().to_string(), text: company.configuration(), base };
    let loaded = config::load(&[layer], &open::overrides(&arguments.common, false));
    loaded.settings.map(|settings| (settings, loaded.diagnostics.clone())).ok_or_else(|| {
        print::diagnostics(&loaded.diagnostics);
        ended(Exit::Usage, "the demo's configuration does not load")
    })
}

/// Shows the console until the operator leaves.
pub async fn show(opening: Opening, journal: &Path) -> color_eyre::Result<Exit> {
    let Opening { settings, mut plan, keymap, files, looked, kept, agreed, bare } = opening;
    let (theme, diagnostics) = theme_for(&settings)?;
    plan.diagnostics.extend(diagnostics);
    let (io, missing) = open::io_in(&settings, &agreed, bare).await?;
    plan.diagnostics.extend(missing);
    let readings = settings.console.readings;
    // The plan holds what is needed; the tables of ten thousand signals make room for their connections.
    drop(settings);
    let title = format!("midwatch · {} · {}", plan.environment.console, plan.environment.environment);
    let mut engine = open::engine(plan, io, journal)?;
    engine.model.looked = looked;
    engine.model.feed.deputy.is_off = false;
    if let Some((store, places)) = kept {
        engine.keeps(store, places);
    }
    if readings > 0 && engine.is_writing() {
        engine.keeps_readings(journal, readings);
    }
    let _listener = open::listener(&engine).await?;
    // Taken last: until here errors are said in plain lines.
    let mut screen = Screen::take(&title).map_err(|error| ended(Exit::Usage, error.to_string()))?;
    engine.tell(Msg::Opened { version: env!("CARGO_PKG_VERSION").to_owned() });
    engine.heed(files);
    let look = Look { theme, keymap };
    let result = runtime::run(&mut engine, &mut screen, &look).await;
    drop(screen);
    let lost = unwritten(&engine);
    engine.close();
    result.wrap_err("the terminal")?;
    match lost {
        Some(why) => Err(ended(Exit::Failed, format!("the journal could not be written: {why}"))),
        None => Ok(Exit::Done),
    }
}

fn unwritten(engine: &Engine) -> Option<String> {
    match &engine.model.feed.journal {
        crate::state::JournalState::Failed(why) => Some(why.clone()),
        crate::state::JournalState::Writing(_)
        | crate::state::JournalState::ReadOnly(_)
        | crate::state::JournalState::Unkept => None,
    }
}

/// The theme that is configured, or the one that fits the terminal's background.
fn theme_for(settings: &Settings) -> color_eyre::Result<(Theme, Vec<Diagnostic>)> {
    theme_named(settings.console.theme.clone())
}

/// The theme of this name, or the one that fits the terminal's background.
pub fn theme_named(name: Option<String>) -> color_eyre::Result<(Theme, Vec<Diagnostic>)> {
    let depth = Depth::detect(|name| std::env::var(name).ok());
    let name = name
        .filter(|name| name != "auto")
        .unwrap_or_else(|| if depth == Depth::Mono { "mono".into() } else { by_background().into() });
    let text = open::named_file(&name, theme::names())?;
    let text = text.as_ref().map(|(file, text)| (file.as_str(), text.as_str()));
    let (theme, diagnostics) = theme::load(&name, text, depth);
    let wrong = diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    if wrong {
        print::diagnostics(&diagnostics);
        return Err(ended(Exit::Usage, format!("the theme {name} cannot be used")));
    }
    Ok((theme, diagnostics))
}

/// Asks the terminal, where an answer cannot come late and be taken for typing.
fn by_background() -> &'static str {
    let inside = |name: &str| std::env::var_os(name).is_some();
    let dumb = std::env::var("TERM")
        .is_ok_and(|term| term == "dumb" || term.starts_with("screen") || term.starts_with("tmux"));
    if dumb || inside("TMUX") || inside("STY") {
        return "dark";
    }
    let mut options = QueryOptions::default();
    options.timeout = ASKED_FOR;
    match theme_mode(options) {
        Ok(ThemeMode::Light) => "light",
        Ok(ThemeMode::Dark) | Err(_) => "dark",
    }
}
