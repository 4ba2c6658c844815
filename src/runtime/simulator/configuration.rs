//! The `midwatch.toml` that points at a running company.

use std::net::SocketAddr;
use std::path::Path;

use super::vendors::keys;
use super::{Ports, directory};

const TEMPLATE: &str = include_str!("midwatch.toml");
const VENDORS: &str = include_str!("vendors.toml");

/// The configuration for the company at `address` whose files are in `directory`.
pub fn configuration(address: SocketAddr, directory: &Path) -> String {
    filled(TEMPLATE, address, directory)
}

/// What points at its vendors, and at the `ports` of what does not speak HTTP.
pub fn vendors(address: SocketAddr, ports: Ports, directory: &Path) -> String {
    let mut text = filled(VENDORS, address, directory)
        .replace("@REDIS@", &ports.redis.port().to_string())
        .replace("@POSTGRES@", &ports.postgres.port().to_string());
    for (name, _) in keys::FILES {
        text = text.replace(&format!("@FILE:{name}@"), &quoted(directory, name));
    }
    text
}

fn filled(template: &str, address: SocketAddr, directory: &Path) -> String {
    let runbooks: Vec<String> = directory::RUNBOOKS.iter().map(|(name, _)| quoted(directory, name)).collect();
    template
        .replace("@BASE@", &format!("http://{address}"))
        .replace("@RUNBOOKS@", &runbooks.join(", "))
        .replace("@TOKEN@", &quoted(directory, directory::TOKEN))
        .replace("@GATES@", &quoted(directory, "gates.sh"))
        .replace("@FLYCTL@", &quoted(directory, directory::FLYCTL))
}

/// A path as a string of TOML.
fn quoted(directory: &Path, name: &str) -> String {
    toml::Value::String(directory.join(name).to_string_lossy().into_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::condition::{Condition, Observing};

    fn table() -> toml::Table {
        let address = "127.0.0.1:4310".parse().unwrap();
        configuration(address, Path::new("/tmp/mid \"night\"")).parse().unwrap()
    }

    fn strings<'a>(table: &'a toml::Table, array: &str, key: &str) -> Vec<&'a str> {
        table[array].as_array().unwrap().iter().filter_map(|row| row.get(key)?.as_str()).collect()
    }

    #[test]
    fn it_is_whole_and_survives_an_odd_directory() {
        let table = table();
        assert_eq!(table["console"]["environment"].as_str(), Some("production"));
        let runbook = table["console"]["runbooks"][0].as_str();
        assert_eq!(runbook, Some("/tmp/mid \"night\"/lanternfish-incident.md"));
        assert_eq!(
            strings(&table, "health", "name"),
            [
                "web",
                "api",
                "checkout",
                "edge",
                "search",
                "mail",
                "images",
                "auth",
                "observer-a",
                "observer-b"
            ]
        );
        let observers =
            table["health"].as_array().unwrap().iter().filter(|row| row.get("observer").is_some());
        assert_eq!(observers.count(), 2);
        assert_eq!(
            strings(&table, "action", "name"),
            ["maintenance-mode", "restart-api", "rerun-gates", "purge-cache", "open-dashboard"]
        );
        let mut keys = strings(&table, "action", "key");
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys, ["c", "m", "t", "z"]);
        assert!(!table.to_string().contains('@'), "a hole was left");
    }

    #[test]
    fn no_timeout_exceeds_its_interval() {
        let table = table();
        for row in table["health"].as_array().unwrap() {
            let span = |key: &str| humantime::parse_duration(row[key].as_str().unwrap()).unwrap();
            assert!(span("timeout") < span("every"), "{row}");
        }
    }

    #[test]
    fn every_condition_compiles_and_the_maintenance_page_is_no_outage() {
        let table = table();
        for key in ["ok", "degraded"] {
            for text in strings(&table, "health", key) {
                Condition::compile(text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
            }
        }
        let web = &table["health"][0];
        let condition = |key: &str| Condition::compile(web[key].as_str().unwrap()).unwrap();
        let page = |headers: &[(String, String)]| {
            Observing::default().number("status", 503).number("latency_ms", 34).map("headers", headers).done()
        };
        let maintenance = page(&[("x-maintenance".to_owned(), "on".to_owned())]);
        assert_eq!(condition("ok").holds(&maintenance), Ok(true));
        assert_eq!(condition("degraded").holds(&maintenance), Ok(true));
        assert_eq!(condition("ok").holds(&page(&[])), Ok(false));
    }

    #[test]
    fn every_action_of_the_runbook_has_its_code_span() {
        let (_, runbook) = directory::RUNBOOKS[0];
        let table = table();
        for action in table["action"].as_array().unwrap() {
            for span in action["matches"].as_array().unwrap() {
                let span = span.as_str().unwrap();
                assert!(runbook.contains(&format!("`{span}`")), "the runbook never says `{span}`");
            }
        }
    }

    #[test]
    fn the_vendors_are_whole_and_name_their_keys_by_file() {
        let directory = Path::new("/tmp/mid \"night\"");
        let ports =
            Ports { redis: "127.0.0.1:4311".parse().unwrap(), postgres: "127.0.0.1:4312".parse().unwrap() };
        let text = vendors("127.0.0.1:4310".parse().unwrap(), ports, directory);
        assert!(
            !["@BASE@", "@FILE", "@REDIS@", "@POSTGRES@", "@FLYCTL@"].iter().any(|hole| text.contains(hole)),
            "{text}"
        );
        let table: toml::Table = text.parse().unwrap();
        let token = table["sentry"]["token"]["file"].as_str();
        assert_eq!(token, Some("/tmp/mid \"night\"/sentry-token"));
        for (_, key) in keys::FILES {
            assert!(!text.contains(key), "a key is in the text");
        }
        assert_eq!(table["redis"][0]["port"].as_integer(), Some(4311));
    }
}
