//! Names to addresses, by the machine's own resolver, with an error of its own type so that a name
//! that is not found is told from a connection that is not made. Keeps no cache.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// A name has no address. Displays in words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct NameError(String);

/// The addresses of `host`, each with `port`; at least one.
pub(super) async fn look_up(host: &str, port: u16) -> Result<Vec<SocketAddr>, NameError> {
    let addresses: Vec<SocketAddr> =
        tokio::net::lookup_host((host, port)).await.map_err(|error| NameError(words(&error)))?.collect();
    if addresses.is_empty() { Err(NameError("name has no address".to_owned())) } else { Ok(addresses) }
}

fn words(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.rsplit(": ").next().unwrap_or(&text);
    let lower = text.to_ascii_lowercase();
    if ["not known", "no address", "nodename nor", "no such host"].iter().any(|part| lower.contains(part)) {
        "name not found".to_owned()
    } else {
        format!("name not looked up: {text}")
    }
}

/// [`look_up`] for the HTTP client.
#[derive(Clone, Copy)]
pub(super) struct Names;

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let addresses = look_up(name.as_str(), 0).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}
