//! The files a demo finds beside its configuration: the runbooks, the scripts they name, the tokens, and
//! what stands in for Fly.io's program.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::vendors::keys;

/// The runbooks, in the order in which a console shows them: what goes wrong first.
pub const RUNBOOKS: [(&str, &str); 6] = [
    ("lanternfish-incident.md", include_str!("../../../docs/runbooks/lanternfish-incident.md")),
    ("lanternfish-release.md", include_str!("../../../docs/runbooks/lanternfish-release.md")),
    ("lanternfish-golive.md", include_str!("../../../docs/runbooks/lanternfish-golive.md")),
    ("lanternfish-operations.md", include_str!("../../../docs/runbooks/lanternfish-operations.md")),
    ("lanternfish-pilot.md", include_str!("../../../docs/runbooks/lanternfish-pilot.md")),
    ("lanternfish-security.md", include_str!("../../../docs/runbooks/lanternfish-security.md")),
];
/// The token's file name.
pub const TOKEN: &str = "edge-token";
/// What stands in for Fly.io's program. It asks the company, so it is written for where that listens.
pub const FLYCTL: &str = "flyctl.sh";
const FLYCTL_TEXT: &str = include_str!("scripts/flyctl.sh");

/// The scripts that they name, and their texts; none of them is secret.
pub const FILES: [(&str, &str); 9] = [
    ("audit.sh", include_str!("scripts/audit.sh")),
    ("backup.sh", include_str!("scripts/backup.sh")),
    ("gate.sh", include_str!("scripts/gate.sh")),
    ("gates.sh", include_str!("scripts/gates.sh")),
    ("keys.sh", include_str!("scripts/keys.sh")),
    ("order.sh", include_str!("scripts/order.sh")),
    ("preflight.sh", include_str!("scripts/preflight.sh")),
    ("releases.sh", include_str!("scripts/releases.sh")),
    ("traffic.sh", include_str!("scripts/traffic.sh")),
];

/// Writes every file into `directory`, which is made if it is not there; `base` is where the company
/// listens. Each appears whole or not at all, and only its owner can read it.
pub fn furnish(directory: &Path, token: &str, base: &str) -> Result<(), (PathBuf, io::Error)> {
    std::fs::create_dir_all(directory).map_err(|error| (directory.to_owned(), error))?;
    let files = RUNBOOKS.into_iter().chain(FILES).chain(keys::FILES);
    for (name, text) in files.chain([(TOKEN, token)]) {
        let path = directory.join(name);
        write(directory, &path, text).map_err(|error| (path, error))?;
    }
    let path = directory.join(FLYCTL);
    let text = FLYCTL_TEXT.replace("@BASE@", base);
    write(directory, &path, &text).and_then(|()| executable(&path)).map_err(|error| (path, error))
}

/// Only the owner runs it, as only the owner reads it.
#[cfg(unix)]
fn executable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))
}

/// What runs is told by its name.
#[cfg(not(unix))]
fn executable(_: &Path) -> io::Result<()> {
    Ok(())
}

fn write(directory: &Path, path: &Path, text: &str) -> io::Result<()> {
    // A temporary file is made with mode 0600, and keeps it when it takes its name.
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(text.as_bytes())?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scripts_that_the_runbook_names_are_there() {
        let books: String = RUNBOOKS.iter().map(|(_, text)| *text).collect();
        for (name, text) in &FILES {
            assert!(books.contains(&format!("sh {name}")), "no runbook uses {name}");
            assert!(text.starts_with("#!/bin/sh\n"), "{name}");
        }
        for word in books.split(|c: char| !(c.is_alphanumeric() || "-._".contains(c))) {
            if word.strip_suffix(".sh").is_some() {
                assert!(
                    FILES.iter().any(|(name, _)| *name == word) || word == FLYCTL,
                    "{word} is not written"
                );
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_the_token() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        furnish(directory.path(), "one", "http://127.0.0.1:1").unwrap();
        furnish(directory.path(), "two", "http://127.0.0.1:2").unwrap();
        for (name, text) in keys::FILES.into_iter().chain([(TOKEN, "two")]) {
            let path = directory.path().join(name);
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
            assert_eq!(std::fs::read_to_string(path).unwrap(), text, "{name}");
        }
        let files = std::fs::read_dir(directory.path()).unwrap().count();
        assert_eq!(files, RUNBOOKS.len() + FILES.len() + keys::FILES.len() + 2);
        let script = std::fs::read_to_string(directory.path().join(FLYCTL)).unwrap();
        assert!(script.contains("http://127.0.0.1:2/vendors/fly/"), "{script}");
    }

    #[test]
    fn a_place_that_cannot_be_written_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        std::fs::File::create(&file).unwrap();
        let (path, _) = furnish(&file.join("inside"), "x", "").unwrap_err();
        assert!(path.starts_with(file));
    }
}
