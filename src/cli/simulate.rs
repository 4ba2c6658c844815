//! The simulated company alone.

use std::path::PathBuf;

use color_eyre::eyre::WrapErr;

use crate::runtime::simulator::{self, Company, Options};

use super::print::ended;
use super::{Exit, print};

/// Runs the company until it is told to end.
pub async fn simulate(
    scenario: &str,
    port: Option<u16>,
    speed: f64,
    directory: Option<PathBuf>,
) -> color_eyre::Result<Exit> {
    let scenario = simulator::scenario(scenario).map_err(|error| ended(Exit::Usage, error.to_string()))?;
    let directory = match directory {
        Some(directory) => directory,
        None => tempfile::Builder::new()
            .prefix("midwatch-company-")
            .tempdir()
            .wrap_err("no temporary directory for the company")?
            .keep(),
    };
    let mut options = Options::new(&directory);
    options.port = port;
    options.speed = speed;
    let company = Company::start(scenario, options).await.map_err(|error| ended(Exit::Failed, error.to_string()))?;
    print::line(&company.configuration());
    print::note(&format!(
        "{} is at http://{} until Ctrl+C; its files are in {}",
        scenario.title,
        company.address(),
        directory.display()
    ));
    tokio::signal::ctrl_c().await.wrap_err("waiting for Ctrl+C")?;
    company.stop().await;
    Ok(Exit::Done)
}
