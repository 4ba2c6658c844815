//! From arguments to a console: files found and read, everything joined into a plan and an engine.

use std::path::{Path, PathBuf};

use directories::ProjectDirs;

use crate::config::{self, Layer, Settings};
use crate::domain::diagnostic::{Diagnostic, Severity};
use crate::domain::ids::RunbookId;
use crate::domain::looked::digest;
use crate::domain::runbook::Runbook;
use crate::domain::text::clean;
use crate::domain::variable;
use crate::io::{Io, IoOptions, files};
use crate::journal::{self, Mode};
use crate::keymap::{self, ActionKey, Keymap};
use crate::runbook::{self, Reading};
use crate::runtime::{Engine, Heeded, Listener, Queue, Surroundings};
use crate::state::{self, Environment, JournalState, Model, Plan, Watch};

use super::arguments::Common;
use super::guard::{self, Agreed};
use super::print::ended;
use super::{Exit, print};

/// A configuration file is at most this long.
const LONGEST: usize = 4 * 1024 * 1024;
/// A runbook is at most this long; the reader says so in words before that.
pub const LONGEST_RUNBOOK: usize = 16 * 1024 * 1024;

/// The directories that are ours on this platform, or under `MIDWATCH_HOME`.
pub fn directory(kind: fn(&ProjectDirs) -> &Path, under_home: &str) -> Option<PathBuf> {
    if let Some(home) = std::env::var_os("MIDWATCH_HOME") {
        return Some(PathBuf::from(home).join(under_home));
    }
    ProjectDirs::from("", "", "midwatch").map(|directories| kind(&directories).to_path_buf())
}

/// The configuration as it was found and read.
pub struct Configuration {
    /// `None` where something is wrong with it.
    pub settings: Option<Settings>,
    /// Everything that was found.
    pub diagnostics: Vec<Diagnostic>,
    /// The file it is.
    pub file: PathBuf,
    /// Every file that was read for it, with the SHA-256 of what was read; it is the last.
    pub read: Vec<(PathBuf, String)>,
    /// What was read of it.
    pub text: String,
    /// Whether it is the operator's own, in the directory of configurations.
    pub own: bool,
}

impl Configuration {
    /// The SHA-256 of it, in hex.
    pub fn hash(&self) -> String {
        digest(self.text.as_bytes())
    }
}

/// Finds and reads the configuration.
pub fn configuration(common: &Common) -> color_eyre::Result<Configuration> {
    let user = users();
    let file = match &common.config {
        Some(file) => file.clone(),
        None => upwards().or_else(|| user.clone().filter(|file| file.is_file())).ok_or_else(|| {
            ended(
                Exit::Usage,
                "no midwatch.toml here, in a directory above, or in the user's configuration directory; \
                 write one (docs/first-hour.md), name one with --config, or try `midwatch demo`",
            )
        })?,
    };
    let own = user.as_ref().is_some_and(|user| same(user, &file));
    let mut layers = Vec::new();
    let mut read = Vec::new();
    if let Some(user) = user.filter(|user| user.is_file() && !same(user, &file)) {
        layers.push(layer(&user)?);
        read.push(user);
    }
    layers.push(layer(&file)?);
    read.push(file.clone());
    let read = read.into_iter().zip(layers.iter().map(|layer| digest(layer.text.as_bytes()))).collect();
    let loaded = config::load(&layers, &overrides(common, true));
    let text = layers.pop().map(|layer| layer.text).unwrap_or_default();
    let (settings, diagnostics) = (loaded.settings, loaded.diagnostics);
    Ok(Configuration { settings, diagnostics, file, read, text, own })
}

/// What the environment and the flags say.
pub fn overrides(common: &Common, environment: bool) -> Vec<(String, String)> {
    let mut overrides: Vec<(String, String)> = Vec::new();
    for (name, value) in std::env::vars_os() {
        let (Ok(name), Ok(value)) = (name.into_string(), value.into_string()) else { continue };
        if name == "USER" || (environment && name.starts_with("MIDWATCH_")) {
            overrides.push((name, value));
        }
    }
    overrides.sort();
    let path = common.journal.as_ref().map(|path| path.to_string_lossy().into_owned());
    let flags = [
        ("--theme", &common.theme),
        ("--keymap", &common.keymap),
        ("--operator", &common.operator),
        ("--journal", &path),
    ];
    overrides.extend(flags.into_iter().filter_map(|(flag, value)| Some((flag.to_owned(), value.clone()?))));
    overrides
}

/// The settings for a command that does without a configuration where there is none. One that is needed or was named
/// must be there and right; one that was only found is left alone where something is wrong with it.
pub fn given(common: &Common, needed: bool) -> color_eyre::Result<Option<Settings>> {
    if needed || common.config.is_some() {
        return Ok(Some(settings(common)?.0));
    }
    if upwards().is_none() && !users().is_some_and(|file| file.is_file()) {
        return Ok(None);
    }
    let found = configuration(common)?;
    if found.settings.is_none() {
        print::note(&format!(
            "{}: not right, so it is left out of this; see `midwatch config check`",
            found.file.display()
        ));
    }
    Ok(found.settings)
}

/// The operator's own configuration, whether or not it is there.
fn users() -> Option<PathBuf> {
    directory(ProjectDirs::config_dir, "config").map(|directory| directory.join("midwatch.toml"))
}

fn upwards() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    let found =
        here.ancestors().map(|directory| directory.join("midwatch.toml")).find(|file| file.is_file())?;
    // Shown as the user would write it.
    Some(found.strip_prefix(&here).map_or(found.clone(), Path::to_path_buf))
}

fn same(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

fn layer(file: &Path) -> color_eyre::Result<Layer> {
    let bytes = files::read_bounded(file, LONGEST)
        .map_err(|error| ended(Exit::Usage, format!("{}: {error}", file.display())))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        ended(Exit::Usage, format!("{}: byte {at} is not UTF-8: save it as UTF-8", file.display()))
    })?;
    let base = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let base = base.canonicalize().unwrap_or_else(|_| base.to_path_buf());
    Ok(Layer { name: file.display().to_string(), text, base })
}

/// The settings, or every diagnostic and the end.
pub fn settings(common: &Common) -> color_eyre::Result<(Settings, Vec<Diagnostic>)> {
    whole(configuration(common)?).map(|(settings, found)| (settings, found.diagnostics))
}

/// The settings of a configuration that somebody has looked at, or the end: for whoever runs or asks
/// something.
pub fn trusted(common: &Common) -> color_eyre::Result<(Settings, Vec<Diagnostic>, Agreed)> {
    let (settings, found) = whole(configuration(common)?)?;
    let agreed = guard::agreed(&found, &settings)?;
    Ok((settings, found.diagnostics, agreed))
}

/// The settings out of what was `found`, or every diagnostic and the end.
pub fn whole(mut found: Configuration) -> color_eyre::Result<(Settings, Configuration)> {
    match found.settings.take() {
        Some(settings) => Ok((settings, found)),
        None => {
            print::diagnostics(&found.diagnostics);
            let errors = found.diagnostics.iter().filter(|known| known.severity == Severity::Error).count();
            Err(ended(Exit::Usage, format!("{}: {errors} to mend", found.file.display())))
        }
    }
}

/// Who is at the keyboard, where no configuration says so.
pub fn operator(common: &Common) -> String {
    let user = || std::env::var("USER").ok().filter(|user| !user.is_empty());
    let named = common.operator.clone().or_else(user).unwrap_or_else(|| "operator".into());
    clean(&named).into_owned()
}

/// The journal's file: the configuration's, or one an environment in the data directory.
pub fn journal_path(settings: &Settings) -> color_eyre::Result<PathBuf> {
    if let Some(path) = &settings.console.journal {
        return Ok(path.clone());
    }
    let directory = directory(ProjectDirs::data_dir, "data").ok_or_else(|| {
        ended(Exit::Usage, "there is no data directory: HOME is not set; name a journal with --journal")
    })?;
    Ok(directory.join(journal::file_name(&settings.console.name, &settings.console.environment)))
}

/// A runbook's file, as it was read.
pub struct ReadFile {
    /// Where it is.
    pub path: PathBuf,
    /// What is in it.
    pub bytes: Vec<u8>,
    /// What was understood of it.
    pub reading: Reading,
}

/// Reads the runbooks at `paths`; only what cannot be read is a diagnostic.
pub fn readings(paths: &[PathBuf], found: &mut Vec<Diagnostic>) -> Vec<ReadFile> {
    let mut read = Vec::new();
    for path in paths {
        let name = shown(path);
        match files::read_bounded(path, LONGEST_RUNBOOK) {
            Ok(bytes) => {
                read.push(ReadFile { path: path.clone(), reading: runbook::read(&name, &bytes), bytes });
            }
            Err(error) => found.push(Diagnostic::error(&name, (0, 0), "unreadable", error.to_string())),
        }
    }
    read
}

/// Reads the runbooks at `paths`; what is wrong with them is a diagnostic.
pub fn runbooks(paths: &[PathBuf], found: &mut Vec<Diagnostic>) -> Vec<(Runbook, PathBuf)> {
    let read = readings(paths, found);
    let told = |file: ReadFile| {
        found.extend(file.reading.diagnostics);
        (file.reading.runbook, file.path)
    };
    read.into_iter().map(told).collect()
}

/// The same, with what the configuration says of their steps, as the console has them.
pub fn bound(
    paths: &[PathBuf],
    settings: Option<&Settings>,
    found: &mut Vec<Diagnostic>,
) -> Vec<(Runbook, PathBuf)> {
    let mut read = runbooks(paths, found);
    if let Some(settings) = settings {
        for (runbook, _) in &mut read {
            state::bind(&settings.bindings, runbook);
            runbook::asides(runbook);
        }
    }
    read
}

/// The files that `settings` were read from and name, as they were read: who edits one is noticed.
pub fn heeded(settings: &Settings, plan: &Plan, read: &[(PathBuf, String)]) -> Vec<Heeded> {
    let surroundings = Surroundings::of(&settings.signals, settings.file.as_deref());
    let runbook = |path: &PathBuf| {
        let name = shown(path);
        let hash = plan.runbook(&RunbookId::from(name.as_str())).map(|runbook| runbook.hash.clone());
        Heeded::runbook(path.clone(), name, hash)
            .in_environment(&settings.console.environment)
            .within(surroundings.clone())
    };
    let configuration = |(path, hash): &(PathBuf, String)| {
        Heeded::configuration(path.clone(), path.display().to_string(), hash.clone())
    };
    read.iter().map(configuration).chain(settings.console.runbooks.iter().map(runbook)).collect()
}

/// A path as the user would write it from here.
pub fn shown(path: &Path) -> String {
    let here = std::env::current_dir().and_then(|here| here.canonicalize()).unwrap_or_default();
    clean(&path.strip_prefix(&here).unwrap_or(path).to_string_lossy()).into_owned()
}

/// The console's own part of a plan.
pub fn environment(settings: &Settings, common: &Common) -> Environment {
    let console = &settings.console;
    Environment {
        console: console.name.clone(),
        environment: console.environment.clone(),
        starts_locked: console.locked,
        arm_for: console.arm_for,
        operator: console.operator.clone().unwrap_or_else(|| "operator".into()),
        read_only: common.read_only.then(|| "opened with --read-only".to_owned()),
        banner: None,
    }
}

/// The plan that `settings` make, and its keys.
pub fn plan(
    settings: &Settings,
    common: &Common,
    mut found: Vec<Diagnostic>,
) -> color_eyre::Result<(Plan, Keymap)> {
    let console = &settings.console;
    let environment = environment(settings, common);
    let mut plan = Plan::new(environment, settings.signals.clone(), settings.actions.clone());
    let surroundings = Surroundings::of(&settings.signals, settings.file.as_deref());
    for ReadFile { path, bytes, reading } in readings(&console.runbooks, &mut found) {
        let findings = surroundings.findings(&path, &reading, &bytes);
        let Reading { runbook, diagnostics } = reading;
        found.extend(diagnostics);
        let directory = path.parent().map_or_else(PathBuf::new, Path::to_path_buf);
        plan.directories
            .insert(RunbookId::clone(&runbook.id), settings_directory(settings).unwrap_or(directory));
        plan.findings.insert(RunbookId::clone(&runbook.id), findings);
        plan.runbooks.push(runbook);
    }
    plan.artifacts = console.artifacts;
    plan.notify = console.notify;
    plan.deputy.rings_after = console.rings_after;
    plan.asides = runbook::asides;
    plan.requests.clone_from(&settings.requests);
    plan.channels.clone_from(&settings.channels);
    plan.templates.clone_from(&settings.templates);
    plan.rollback.clone_from(&settings.rollback);
    plan.step_bindings.clone_from(&settings.bindings);
    plan.window = settings.window.clone();
    plan.clocks.clone_from(&settings.clocks);
    plan.rotations.clone_from(&settings.rotations);
    plan.security = Some(runbook::security(&settings.clocks));
    found.extend(plan.bind());
    let keys = action_keys(settings);
    let name = console.keymap.clone().unwrap_or_else(|| "default".into());
    let text = named_file(&name, keymap::names())?;
    let text = text.as_ref().map(|(file, text)| (file.as_str(), text.as_str()));
    let (keymap, diagnostics) = keymap::load(&name, text, &keys);
    found.extend(diagnostics);
    plan.bindings = keymap.bindings();
    plan.variables = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect();
    plan.needed = variable::check(&plan.runbooks, &console.environment, &crate::io::environment::held());
    found.retain(|diagnostic| diagnostic.severity >= Severity::Warning);
    found.sort_by_key(|diagnostic| std::cmp::Reverse(diagnostic.severity));
    plan.diagnostics = found;
    plan.seed = u64::from(std::process::id());
    Ok((plan, keymap))
}

/// Where a runbook's commands run: the directory of the configuration, whole, because it is shown.
fn settings_directory(settings: &Settings) -> Option<PathBuf> {
    let directory = settings.file.as_ref()?.parent()?;
    let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    Some(directory.canonicalize().unwrap_or_else(|_| directory.to_path_buf()))
}

fn action_keys(settings: &Settings) -> Vec<ActionKey> {
    let tables =
        settings.tables.iter().filter(|(header, _)| header.contains("action")).map(|(_, table)| table);
    let place = |name: &str| {
        let table = tables.clone().find(|table| table.text("name") == Some(name));
        table.map_or((String::new(), (0, 0)), |table| (table.file.clone(), table.place_of("key")))
    };
    settings
        .actions
        .iter()
        .map(|action| {
            let (file, at) = place(action.id.as_str());
            ActionKey { action: action.id.clone(), key: action.key.clone(), file, at }
        })
        .collect()
}

/// The text of the file that `name` is, unless it is one of ours.
pub fn named_file<'a>(
    name: &str,
    mut shipped: impl Iterator<Item = &'a str>,
) -> color_eyre::Result<Option<(String, String)>> {
    if shipped.any(|known| known == name) {
        return Ok(None);
    }
    let bytes = files::read_bounded(Path::new(name), LONGEST)
        .map_err(|error| ended(Exit::Usage, format!("{name}: {error}, and not a name of ours")))?;
    Ok(Some((name.to_owned(), String::from_utf8_lossy(&bytes).into_owned())))
}

/// The io floor for `settings` that were agreed to, with every secret resolved that can be.
pub async fn io(settings: &Settings, agreed: &Agreed) -> color_eyre::Result<(Io, Vec<Diagnostic>)> {
    io_in(settings, agreed, None).await
}

/// The same; with `bare`, programs have that home and nothing else of the environment.
pub async fn io_in(
    settings: &Settings,
    _: &Agreed,
    bare: Option<PathBuf>,
) -> color_eyre::Result<(Io, Vec<Diagnostic>)> {
    let io = Io::new(IoOptions {
        bare,
        ca_file: settings.console.ca_file.clone(),
        secrets: settings.secrets.clone(),
        ..IoOptions::default()
    })
    .map_err(|error| ended(Exit::Usage, error.to_string()))?;
    let file = settings.file.as_ref().map_or_else(String::new, |file| file.display().to_string());
    let missing = io.prepare(&[]).await.into_iter().map(|(source, why)| {
        Diagnostic::warning(&file, (0, 0), "missing-secret", format!("{source}: {why}"))
    });
    let missing = missing.collect();
    Ok((io, missing))
}

/// An engine on the journal at `path`: it writes, or looks on while another console writes.
pub fn engine(plan: Plan, io: Io, path: &Path) -> color_eyre::Result<Engine> {
    let queue = Queue::default();
    let who = format!("{}, process {}", plan.environment.operator, std::process::id());
    let mut opened =
        journal::open(path, &who, queue.answer()).map_err(|error| ended(Exit::Failed, error.to_string()))?;
    let mut watch = Watch::default();
    watch.replay(&opened.entries);
    // Entries that this version does not understand have their place all the same.
    watch.seq = opened.next() - 1;
    // Nobody waits until a hundred thousand of them are given back.
    let entries = std::mem::take(&mut opened.entries);
    drop(std::thread::Builder::new().name("given back".into()).spawn(move || drop(entries)));
    let mut plan = plan;
    for (seq, why) in &opened.unreadable {
        let text = format!("entry {seq} is not understood and was left out: {why}");
        plan.diagnostics.push(Diagnostic::warning(
            &path.display().to_string(),
            (0, 0),
            "unreadable-entry",
            text,
        ));
    }
    let mut model = Model::new(plan, watch);
    model.feed.journal = match &opened.mode {
        Mode::Writing => JournalState::Writing(model.watch.seq),
        Mode::ReadOnly(why) => JournalState::ReadOnly(why.clone()),
    };
    // Nobody sits here until a console says so.
    model.feed.deputy.is_off = true;
    let seen = model.watch.seq;
    let looks_on = matches!(opened.mode, Mode::ReadOnly(_));
    let mut engine = Engine::new(model, io, opened.writer, queue);
    engine.keep_beside(path.to_path_buf());
    if looks_on {
        engine.follow(path.to_path_buf(), seen);
    }
    Ok(engine)
}

/// An engine that keeps no journal and takes none from a console: what happens is told, and nothing
/// runs.
pub fn unkept(plan: Plan, io: Io) -> Engine {
    let mut model = Model::new(plan, Watch::default());
    model.feed.journal = JournalState::Unkept;
    Engine::new(model, io, None, Queue::default())
}

/// The listener, where something of the plan is sent to it and no other console listens for both.
pub async fn listener(engine: &Engine) -> color_eyre::Result<Option<Listener>> {
    if matches!(engine.model.feed.journal, JournalState::ReadOnly(_)) {
        return Ok(None);
    }
    let opened = Listener::open(&engine.model.plan.signals, engine.io(), engine.deliveries()).await;
    opened.map_err(|error| ended(Exit::Usage, error.to_string()))
}
