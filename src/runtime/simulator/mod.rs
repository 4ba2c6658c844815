//! A simulated company: Lanternfish, a small online bookshop, played by a server on loopback.
//!
//! It has a shop, an API with providers, checkout, an edge worker with a maintenance mode, and
//! operators' doors whose use has effects. Scenarios, told in data, say what goes wrong and when. It
//! needs no account and no network, listens on 127.0.0.1 only, and keeps nothing but the files it was
//! given a directory for. It does not know Midwatch: what it gives is a configuration that points at it.

mod answer;
mod chance;
mod circles;
mod configuration;
mod course;
mod deed;
mod directory;
mod fault;
mod pages;
mod remedy;
mod scenario;
mod server;
mod shipped;
mod target;
mod vendors;
mod world;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::clock::Clock;
use crate::domain::time::Timestamp;

pub use scenario::Scenario;
pub use server::TOKEN_HEADER;
pub use shipped::{UnknownScenario, scenario, scenarios};

/// What operators' requests must carry in [`TOKEN_HEADER`]. It opens nothing but the simulated
/// company of one process, on loopback.
pub const EDGE_TOKEN: &str = "lanternfish-edge-7d1f0c52";

/// The fastest that a scenario's clock can run.
pub const FASTEST: f64 = 10_000.0;

/// How long the last answers may take when the company is stopped.
const FAREWELL: Duration = Duration::from_millis(500);

/// How to start a company.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// The port on 127.0.0.1; any free one if `None`.
    pub port: Option<u16>,
    /// What chance begins with: the same seed, the same latencies.
    pub seed: u64,
    /// How many times as fast as life the scenario's clock runs; latencies stay as they are.
    pub speed: f64,
    /// The wall clock's time when the company begins: what vendors say is dated by it.
    pub now: Timestamp,
    /// Where the token, the runbook and its scripts are written. Made if it is not there.
    pub directory: PathBuf,
}

impl Options {
    /// Any port, at the speed of life, with its files in `directory`.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self { port: None, seed: 310, speed: 1.0, now: Clock::default().now(), directory: directory.into() }
    }
}

/// Why a company cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum SimulatorError {
    /// The speed is not one.
    #[error("speed {0} is not a number above 0 and up to {FASTEST}")]
    Speed(f64),
    /// A file could not be written.
    #[error("cannot write {}: {source}\n  hint: choose a directory that can be written", path.display())]
    Directory {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The port could not be had.
    #[error("cannot listen on {address}: {source}\n  hint: leave the port out to take any free one")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
}

/// Where the parts listen that do not speak HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ports {
    redis: SocketAddr,
    postgres: SocketAddr,
}

/// A running company. Dropping it stops it.
#[derive(Debug)]
pub struct Company {
    address: SocketAddr,
    ports: Ports,
    directory: PathBuf,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
    talking: [JoinHandle<()>; 2],
}

impl Company {
    /// Writes the company's files and opens its doors; the scenario's clock starts now. Must be called
    /// on a tokio runtime with time and I/O; one thread is enough.
    pub async fn start(scenario: &Scenario, options: Options) -> Result<Self, SimulatorError> {
        if !(options.speed > 0.0 && options.speed <= FASTEST) {
            return Err(SimulatorError::Speed(options.speed));
        }
        // The configuration names these files from wherever it is stored.
        let directory = std::path::absolute(&options.directory)
            .map_err(|source| SimulatorError::Directory { path: options.directory.clone(), source })?;

        let asked = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port.unwrap_or(0)));
        let listen = |source| SimulatorError::Listen { address: asked, source };
        let listener = TcpListener::bind(asked).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;

        directory::furnish(&options.directory, EDGE_TOKEN, &format!("http://{address}"))
            .map_err(|(path, source)| SimulatorError::Directory { path, source })?;
        let any = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
        let (redis, postgres) = (any().await.map_err(listen)?, any().await.map_err(listen)?);
        let ports = Ports {
            redis: redis.local_addr().map_err(listen)?,
            postgres: postgres.local_addr().map_err(listen)?,
        };

        let (stop, stopped) = watch::channel(false);
        let world = world::World::new(scenario.clone(), &options, stopped.clone());
        let world = Arc::new(world);
        let talking = [
            tokio::spawn(vendors::redis::serve(Arc::clone(&world), redis)),
            tokio::spawn(vendors::postgres::serve(Arc::clone(&world), postgres)),
        ];
        let router = server::router(world);
        // Answers are small: waiting to fill a packet would only show up as latency.
        let listener = listener.tap_io(|connection| {
            let _ = connection.set_nodelay(true);
        });
        let serving = tokio::spawn(async move {
            let mut stopped = stopped;
            let ended = async move {
                let _ = stopped.wait_for(|stopped| *stopped).await;
            };
            let _ = axum::serve(listener, router).with_graceful_shutdown(ended).await;
        });
        Ok(Self { address, ports, directory, stop, serving, talking })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A complete `midwatch.toml` that points at this company. All paths in it are absolute.
    pub fn configuration(&self) -> String {
        let vendors = configuration::vendors(self.address, self.ports, &self.directory);
        format!("{}\n{vendors}", configuration::configuration(self.address, &self.directory))
    }

    /// The part of it that points at this company's vendors.
    pub fn vendors(&self) -> String {
        configuration::vendors(self.address, self.ports, &self.directory)
    }

    /// Where its Redis listens.
    pub fn redis(&self) -> SocketAddr {
        self.ports.redis
    }

    /// Where its database listens.
    pub fn postgres(&self) -> SocketAddr {
        self.ports.postgres
    }

    /// Closes its doors and waits until the last answers are out, or half a second.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        if tokio::time::timeout(FAREWELL, &mut self.serving).await.is_err() {
            self.serving.abort();
        }
        for talking in &self.talking {
            talking.abort();
        }
    }
}
