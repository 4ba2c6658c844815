//! `midwatch init`: what stands in a repository, as a configuration to begin with. Reads text files and runs
//! nothing; writes one new file, and never over another.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use color_eyre::eyre::WrapErr;
use serde_json::json;

use crate::io::files;
use crate::scaffold::{self, File, Found};

use super::print::ended;
use super::{Exit, print};

/// How deep below the repository's root is looked.
const DEEPEST: usize = 4;
/// A file is at most this long.
const LONGEST: usize = 1024 * 1024;
/// More files than these are not read.
const MOST: usize = 2_000;
/// More entries than these are not looked at.
const LOOKED_AT: usize = 50_000;

/// Folders that hold what others wrote or what was built.
const LEFT_OUT: &[&str] = &[
    "node_modules",
    "target",
    "dist",
    "build",
    "vendor",
    "coverage",
    "venv",
    "__pycache__",
    ".next",
    ".turbo",
];

/// Proposes a configuration for the repository at `directory`.
pub fn init(
    directory: &Path,
    output: Option<&Path>,
    prints: bool,
    as_json: bool,
) -> color_eyre::Result<Exit> {
    if !directory.is_dir() {
        return Err(ended(Exit::Usage, format!("{}: no such directory", directory.display())));
    }
    let found = look(directory);
    let proposal = scaffold::propose(&found);
    let file = output.map_or_else(|| directory.join("midwatch.toml"), Path::to_path_buf);
    let written = if prints {
        false
    } else {
        write_new(&file, &proposal.text)?;
        true
    };
    if as_json {
        print::json(&json!({
            "file": written.then(|| file.display().to_string()),
            "toml": proposal.text,
            "found": proposal.told,
        }));
        return Ok(Exit::Done);
    }
    if prints {
        print::line(proposal.text.trim_end());
    }
    for told in &proposal.told {
        print::note(&format!("found {told}"));
    }
    if written {
        print::line(&format!("{}: written. Read it, then `midwatch config check`", file.display()));
    }
    Ok(Exit::Done)
}

/// Writes a file that is not there yet: whole, or not at all.
fn write_new(file: &Path, text: &str) -> color_eyre::Result<()> {
    let shown = file.display();
    let folder = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut draft = tempfile::NamedTempFile::new_in(folder).wrap_err_with(|| format!("{shown}"))?;
    draft.write_all(text.as_bytes()).wrap_err_with(|| format!("{shown}"))?;
    draft.as_file().sync_all().wrap_err_with(|| format!("{shown}"))?;
    match draft.persist_noclobber(file) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => Err(ended(
            Exit::Refused,
            format!(
                "{shown} is there already and stays as it is: --print shows the proposal, --output FILE writes it elsewhere"
            ),
        )),
        Err(error) => Err(error.error).wrap_err_with(|| format!("{shown}")),
    }
}

/// The files of the repository that say something about what is to be watched.
fn look(directory: &Path) -> Found {
    let named = directory.canonicalize().unwrap_or_else(|_| directory.to_path_buf());
    let name = named.file_name().map_or_else(|| "console".into(), |name| name.to_string_lossy().into_owned());
    let mut found = Found { name, files: Vec::new() };
    let mut folders = vec![(directory.to_path_buf(), String::new(), 0)];
    let mut looked_at = 0;
    while let Some((folder, path, depth)) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        let mut entries: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        entries.sort();
        for entry in entries {
            looked_at += 1;
            if looked_at > LOOKED_AT || found.files.len() == MOST {
                return found;
            }
            // What a link leads to may be anywhere.
            let Ok(kind) = fs::symlink_metadata(&entry) else { continue };
            let Some(name) = entry.file_name().and_then(|name| name.to_str()) else { continue };
            let within = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
            if kind.is_dir() {
                if depth < DEEPEST && opens(name, &path) {
                    folders.push((entry.clone(), within, depth + 1));
                }
            } else if kind.is_file() && tells(&within, name) {
                let Ok(bytes) = files::read_bounded(&entry, LONGEST) else { continue };
                found.files.push(File { path: within, text: String::from_utf8_lossy(&bytes).into_owned() });
            }
        }
    }
    found.files.sort_by_key(|file| (file.path.matches('/').count(), file.path.clone()));
    found
}

/// Whether a folder is looked into: of the hidden ones only those that are known.
fn opens(name: &str, path: &str) -> bool {
    if name.starts_with('.') {
        return matches!(name, ".github" | ".vercel")
            || (name == ".git" && path.is_empty())
            || (name == ".temp" && path.ends_with("supabase"));
    }
    !LEFT_OUT.contains(&name) && !path.starts_with(".git/") && path != ".git"
}

/// Whether a file says something about what is to be watched.
fn tells(path: &str, name: &str) -> bool {
    let ends = name.rsplit_once('.').map_or(String::new(), |(_, end)| end.to_lowercase());
    match path {
        ".git/config" => return true,
        _ if path.starts_with(".git/") => return false,
        _ => {}
    }
    matches!(name, "package.json" | "fly.toml" | "vercel.json")
        || path.ends_with(".vercel/project.json")
        || path.ends_with("supabase/config.toml")
        || path.ends_with("supabase/.temp/project-ref")
        || (path.starts_with(".github/workflows/") && matches!(ends.as_str(), "yml" | "yaml"))
        || scaffold::is_example(path)
        || scaffold::is_markdown(path)
}
