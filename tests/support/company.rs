//! The simulated company on a thread of its own, and the questions a test asks it.
//!
//! It listens on loopback, on a port of its own, and ends with the test that holds it.

#![allow(dead_code, reason = "every test file uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test ends where it meets what it did not expect")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::mpsc;
use std::thread::JoinHandle;

use midwatch::runtime::simulator::{self, Options};
use serde_json::{Value, json};
use tokio::sync::oneshot;

/// Where the maintenance flag is.
pub const FLAG: &str = "/edge/flags/maintenance";

/// A running company.
pub struct Company {
    address: SocketAddr,
    configuration: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Company {
    /// Starts `scenario`, with the company's files in `directory`.
    pub fn start(scenario: &str, directory: &Path) -> Self {
        Self::hasty(scenario, directory, 1.0)
    }

    /// The same, `speed` times as fast.
    pub fn hasty(scenario: &str, directory: &Path, speed: f64) -> Self {
        let options = Options { speed, ..Options::new(directory) };
        let scenario = simulator::scenario(scenario).unwrap().clone();
        let (tell, told) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let company = simulator::Company::start(&scenario, options).await.unwrap();
                tell.send((company.address(), company.configuration())).unwrap();
                let _ = stopped.await;
                company.stop().await;
            });
        });
        let (address, configuration) = told.recv().unwrap();
        Self { address, configuration, stop: Some(stop), thread: Some(thread) }
    }

    /// The configuration that points at everything it has: its services, its vendors, its actions.
    pub fn configuration(&self) -> &str {
        &self.configuration
    }

    /// The start of its URLs, without a slash at the end.
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Makes a part of the company answer as `fault` says.
    pub fn set(&self, target: &str, fault: &Value) {
        let (status, said) =
            self.ask("POST", "/sim/set", &json!({ "target": target, "set": fault }).to_string());
        assert_eq!(status, 204, "{said}");
    }

    /// How often it was asked for `what`, such as `PUT /edge/flags/maintenance`.
    pub fn asked(&self, what: &str) -> u64 {
        let (_, counts) = self.ask("GET", "/sim/requests", "");
        serde_json::from_str::<Value>(&counts).unwrap().get(what).and_then(Value::as_u64).unwrap_or(0)
    }

    /// How often it was asked to change something.
    pub fn changes(&self) -> u64 {
        let (_, counts) = self.ask("GET", "/sim/requests", "");
        let counts: serde_json::Map<String, Value> = serde_json::from_str(&counts).unwrap();
        counts
            .iter()
            // PostHog is asked by POST, and changes nothing by it.
            .filter(|(what, _)| !what.starts_with("GET ") && !what.ends_with("/query/"))
            .filter_map(|(_, count)| count.as_u64())
            .sum()
    }

    /// Whether maintenance mode reads `on`.
    pub fn flag(&self) -> String {
        self.ask("GET", FLAG, "").1
    }

    /// Sends a request, and gives status and body.
    pub fn ask(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let length = body.len();
        write!(stream, "{method} {path} HTTP/1.0\r\ncontent-length: {length}\r\n\r\n{body}").unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        let (head, body) = reply.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, body.to_owned())
    }
}

impl Drop for Company {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
