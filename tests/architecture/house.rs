//! The rules of the house, and what in the sources breaks them.

use std::fs;
use std::path::{Path, PathBuf};

use super::read::{Source, read};

/// A floor: a folder of `src`.
pub struct Floor {
    /// Its name.
    pub name: &'static str,
    /// The floors it may import besides itself.
    pub imports: &'static [&'static str],
    /// Whether it asks no clock and touches neither disk, network, processes nor environment.
    pub pure: bool,
}

const fn pure(name: &'static str, imports: &'static [&'static str]) -> Floor {
    Floor { name, imports, pure: true }
}

const fn rim(name: &'static str, imports: &'static [&'static str]) -> Floor {
    Floor { name, imports, pure: false }
}

/// Every floor, from the ground up: each imports only those above it in this table. The same table is
/// drawn in `docs/architecture.md`.
pub const FLOORS: &[Floor] = &[
    pure("domain", &[]),
    pure("sources", &["domain"]),
    pure("actions", &["domain"]),
    pure("comms", &["domain"]),
    pure("runbook", &["domain"]),
    pure("lint", &["domain", "actions", "runbook"]),
    pure("report", &["domain"]),
    pure("scaffold", &["domain", "runbook"]),
    pure("keymap", &["domain"]),
    pure("theme", &["domain"]),
    pure("state", &["domain"]),
    pure("panes", &["domain", "state"]),
    pure("app", &["domain", "state", "panes", "actions", "comms"]),
    pure("view", &["domain", "panes", "theme"]),
    pure("config", &["domain", "sources", "actions", "comms"]),
    rim("journal", &["domain"]),
    rim("io", &["domain"]),
    rim(
        "runtime",
        &[
            "domain", "sources", "actions", "comms", "runbook", "lint", "report", "scaffold", "keymap",
            "theme", "state", "panes", "app", "view", "config", "journal", "io",
        ],
    ),
    rim(
        "cli",
        &[
            "domain", "sources", "actions", "comms", "runbook", "lint", "report", "scaffold", "keymap",
            "theme", "state", "panes", "app", "view", "config", "journal", "io", "runtime",
        ],
    ),
];

/// What a pure floor does not name: crates, and parts of the standard library and of chrono.
const IMPURE: &[&str] = &[
    "tokio",
    "reqwest",
    "rusqlite",
    "std::fs",
    "std::process",
    "std::net",
    "std::env",
    "std::os",
    "std::thread",
    "SystemTime",
    "Instant::now",
    "Utc::now",
    "Local::now",
];

/// What is named like the environment and does not ask it.
const HARMLESS: &[&str] = &["std::env::split_paths"];

/// The files that make the fact by which something runs: the choke point, and the decision that follows
/// its answer by reading a switch back.
const REQUESTS: &[&str] = &["src/app/decide/permit.rs"];

/// What is wrong with the house, one line each: `src/panes/due.rs:3: panes imports io`.
pub fn findings(files: &[(String, String)]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in files.iter().filter(|(path, _)| !is_for_tests(path)) {
        let source = match read(&module_of(path), text) {
            Ok(source) => source,
            Err(error) => {
                found.push(format!("{path}: it cannot be parsed: {error}"));
                continue;
            }
        };
        let mut says = |line: usize, what: String| found.push(format!("{path}:{line}: {what}"));
        for line in &source.untested {
            says(*line, "a module called tests is compiled outside tests too".into());
        }
        let mut parts = path.split('/').skip(1);
        match (parts.next(), parts.next()) {
            (Some("lib.rs"), None) => {}
            (Some("main.rs"), None) => entrance(&source, &mut says),
            (Some(floor), Some(_)) => inside(floor, path, &source, &mut says),
            (Some(_) | None, _) => says(1, "only lib.rs and main.rs stand outside the floors".into()),
        }
    }
    found.sort();
    found.dedup();
    found
}

/// The program hands over to `cli`, and knows no other floor.
fn entrance(source: &Source, says: &mut impl FnMut(usize, String)) {
    for path in &source.paths {
        if let Some(rest) = path.text.strip_prefix("midwatch::")
            && rest.split("::").next() != Some("cli")
        {
            says(path.line, format!("main.rs imports {}", path.text));
        }
    }
}

fn inside(name: &str, file: &str, source: &Source, says: &mut impl FnMut(usize, String)) {
    let Some(floor) = FLOORS.iter().find(|floor| floor.name == name) else {
        says(1, format!("{name} is not in the table of floors"));
        return;
    };
    for path in &source.paths {
        let text = path.text.as_str();
        if let Some(rest) = text.strip_prefix("crate::").or_else(|| text.strip_prefix("midwatch::")) {
            let other = rest.split("::").next().unwrap_or_default();
            if !FLOORS.iter().any(|floor| floor.name == other) {
                says(path.line, format!("{text} is on no floor"));
            } else if other != name && !floor.imports.contains(&other) {
                says(path.line, format!("{name} imports {other}"));
            }
        } else if floor.pure
            && let Some(named) = impure(text)
        {
            says(path.line, format!("{name} is pure and names {named}"));
        }
        // The library of charts calls a trait so. Its inks are numbers that stand for variables of a page's style.
        let chart = text.starts_with("plotters::");
        let colour = !chart && text.split("::").any(|part| part == "Color" || part == "Stylize");
        if colour && name != "theme" {
            says(path.line, format!("{name} names a colour: only theme does"));
        }
    }
    for line in &source.requests {
        if !REQUESTS.contains(&file) {
            says(*line, "it makes Fact::RunRequested past the choke point".into());
        }
    }
}

/// The part of `path` that a pure floor does not name.
fn impure(path: &str) -> Option<&'static str> {
    if HARMLESS.contains(&path) {
        return None;
    }
    let hidden = matches!(path, "std" | "std::*");
    let named = IMPURE.iter().copied().find(|named| {
        if named.starts_with(char::is_uppercase) {
            path.split("::").any(|part| part == *named)
                || path.ends_with(&format!("::{named}"))
                || path == *named
        } else {
            path.strip_prefix(named).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        }
    });
    named.or(hidden.then_some("all of std"))
}

/// Whether a file is compiled for tests only, by its name; [`Source::untested`] checks that it is.
fn is_for_tests(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/")
}

/// `src/app/decide/mod.rs` is `app::decide`.
fn module_of(path: &str) -> Vec<String> {
    let path = path.strip_prefix("src/").unwrap_or(path).trim_end_matches(".rs");
    let path = path.strip_suffix("/mod").unwrap_or(path);
    path.split('/').filter(|part| !matches!(*part, "lib" | "main")).map(str::to_owned).collect()
}

/// Every Rust file below `directory`, with its path as the repository knows it.
pub fn sources(root: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut directories = vec![root.join("src")];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
                files.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

/// The repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
