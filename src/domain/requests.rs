//! Where requests that stand in runbooks go: a runbook writes `POST /api/orders`, and not for which environment.

use std::path::Path;
use std::time::Duration;

use super::io::Value;

/// What holds for every request of a runbook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requests {
    /// Stands before a path: an absolute `http` or `https` URL.
    pub base_url: Option<String>,
    /// Go along with every request to the origin of `base_url`, and to no other.
    pub headers: Vec<(String, Value)>,
    /// From the start to the last byte of the body.
    pub timeout: Duration,
    /// How many bytes of the body are read at most.
    pub limit: usize,
}

/// Where the commands of a runbook run, and where its requests go.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    /// The directory; that of Midwatch when `None`.
    pub directory: Option<&'a Path>,
    /// What holds for requests.
    pub requests: &'a Requests,
}

impl Default for Requests {
    fn default() -> Self {
        Self { base_url: None, headers: Vec::new(), timeout: Duration::from_secs(30), limit: 262_144 }
    }
}
