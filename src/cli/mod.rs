//! Arguments and the commands without a screen. Every command takes `--json` where it has something
//! to say: one document on standard output, nothing else there.

mod arguments;
mod asking;
mod check;
mod configuration;
mod console;
mod doctor;
mod drill;
mod exit;
mod follow;
mod guard;
mod handover;
mod incident;
mod init;
mod lint;
mod look;
mod open;
mod pages;
mod print;
mod proposals;
mod record;
mod rehearsed;
mod replay;
mod reporting;
mod run;
mod runbooks;
mod sequence;
mod simulate;
mod variables;
mod window;

pub use arguments::Arguments;
pub use exit::Exit;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Command, ConfigCommand, IncidentCommand, ReportFormat, RunbookCommand, WindowCommand};

/// Runs the program on the process's arguments.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Err(error) = crate::runtime::install_hooks() {
        return print::failed(&error).into();
    }
    let log = log_to_file();
    if let Err(error) = log {
        return print::failed(&error).into();
    }
    crate::runtime::raise_open_files();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return print::failed(&error.into()).into(),
    };
    let exit = runtime.block_on(dispatch(&arguments)).unwrap_or_else(|error| print::failed(&error));
    // What still waits, such as a name look-up, does not hold up the end.
    runtime.shutdown_background();
    exit.into()
}

async fn dispatch(arguments: &Arguments) -> color_eyre::Result<Exit> {
    let Some(command) = &arguments.command else { return Box::pin(console::watch(arguments)).await };
    match command {
        Command::Demo { scenario, list, speed } => {
            console::demo(arguments, scenario.as_deref(), *list, *speed).await
        }
        Command::Simulate { scenario, port, speed, directory } => {
            simulate::simulate(scenario, *port, *speed, directory.clone()).await
        }
        Command::Check { names, follow: true, span, .. } => follow::follow(arguments, names, *span).await,
        Command::Check { names, json, .. } => check::check(arguments, names, *json).await,
        Command::Window { command: Some(WindowCommand::Explain { window, json }), .. } => {
            window::explain(arguments, window.as_deref(), *json)
        }
        Command::Window { command: Some(WindowCommand::Log { window, json }), .. } => {
            window::log(arguments, window.as_deref(), *json)
        }
        Command::Window { command: None, span, within, json, json_lines } => {
            let told = window::Told::by(*json, *json_lines);
            window::watch(arguments, *span, *within, told).await
        }
        Command::Run { what, all: true, resume, yes, dry_run, set, json, .. } => {
            let asked = sequence::Wanted { what, resume: *resume, yes, set };
            sequence::run(arguments, &asked, *dry_run, *json).await
        }
        Command::Run { what, position, yes, dry_run, set, json, .. } => {
            let asked = run::Wanted { what, position: position.as_deref(), yes, set };
            run::run(arguments, &asked, *dry_run, *json).await
        }
        Command::Runbook { command: RunbookCommand::Show { files, json } } => {
            runbooks::show(arguments, files, *json)
        }
        Command::Runbook { command: RunbookCommand::Rehearsed { files } } => {
            rehearsed::rehearsed(arguments, files)
        }
        Command::Runbook { command: RunbookCommand::Proposals { files } } => {
            proposals::proposals(arguments, files)
        }
        Command::Runbook { command: RunbookCommand::Env { files, environment, json } } => {
            variables::env(arguments, files, environment.as_deref(), *json)
        }
        Command::Runbook { command: RunbookCommand::Lint { files, offline, json } } => {
            lint::lint(arguments, files, !offline, *json).await
        }
        Command::Incident { command } => match command {
            IncidentCommand::Record(command) => record::dispatch(arguments, command),
            IncidentCommand::Show { incident, json } => incident::show(arguments, incident.as_deref(), *json),
            IncidentCommand::Report { incident, format, output, json } => {
                let format = if *json { ReportFormat::Json } else { *format };
                reporting::report(arguments, incident.as_deref(), format, output.as_deref())
            }
            IncidentCommand::Handover { incident, output, json } => {
                handover::handover(arguments, incident.as_deref(), output.as_deref(), *json)
            }
            IncidentCommand::Schema => Ok(reporting::schema()),
            IncidentCommand::Verify { file, json } => incident::verify(arguments, file.as_deref(), *json),
        },
        Command::Drill { list: true, json, .. } => Ok(drill::list(*json)),
        Command::Drill { scenario, score: Some(journal), json, .. } => {
            drill::score(scenario.as_deref().unwrap_or("api-outage"), journal, *json)
        }
        Command::Drill { scenario, seed, runbook, json, .. } => {
            let scenario = scenario.as_deref().unwrap_or("api-outage");
            let wanted = drill::Wanted { scenario, seed: *seed, runbooks: runbook, json: *json };
            drill::drill(arguments, &wanted).await
        }
        Command::Replay { incident, speed, at, paused } => {
            let wanted = replay::Wanted {
                incident: incident.as_deref(),
                speed: *speed,
                at: at.as_deref(),
                paused: *paused,
            };
            replay::replay(arguments, &wanted).await
        }
        Command::Config { command } => match command {
            ConfigCommand::Show { json } => configuration::show(arguments, *json),
            ConfigCommand::Check { json } => configuration::check(arguments, *json),
            ConfigCommand::Schema => Ok(configuration::schema()),
        },
        Command::Init { directory, output, print, json } => {
            init::init(directory, output.as_deref(), *print, *json)
        }
        Command::Look { files, hash, json } => look::look(arguments, files, hash, *json).await,
        Command::Doctor { offline, json } => doctor::doctor(arguments, *offline, *json).await,
        Command::Completions { shell } => pages::completions(*shell),
        Command::Man => pages::man(),
    }
}

/// Logs to the file that `MIDWATCH_LOG` names: never to the screen.
fn log_to_file() -> color_eyre::Result<()> {
    use color_eyre::eyre::WrapErr;
    use tracing_subscriber::EnvFilter;
    let Some(path) = std::env::var_os("MIDWATCH_LOG") else { return Ok(()) };
    let file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path)
        .wrap_err_with(|| format!("MIDWATCH_LOG names {}, which cannot be written", path.display()))?;
    tracing_subscriber::fmt()
        .with_env_filter(
            EnvFilter::try_from_env("MIDWATCH_LOG_FILTER")
                .unwrap_or_else(|_| EnvFilter::new("midwatch=info")),
        )
        .with_ansi(false)
        .with_writer(std::sync::Mutex::new(file))
        .init();
    Ok(())
}
