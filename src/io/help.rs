//! A tool's own `--help`: the one thing that is ever asked of a program that a runbook names.
//!
//! Which tool and which of its commands is chosen from shipped tables, never from the text of a runbook. The program is
//! looked for in whole directories of `PATH` that nobody else may write to and that are no part of the repository. It
//! gets an empty directory for its home and for its working directory, none of our environment, no input, a proxy that
//! is nowhere, and little time.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;

use super::group::Group;

/// How long a tool has.
const PATIENCE: Duration = Duration::from_secs(2);
/// How many bytes of each of its outputs are read.
const LIMIT: u64 = 256 << 10;
/// How many are asked at the same time.
const AT_ONCE: usize = 4;
/// How many pages are asked for at all.
const MOST: usize = 64;

/// What the tools find in their environment besides `PATH` and `HOME`.
const ENVIRONMENT: &[(&str, &str)] = &[
    ("CI", "1"),
    ("COLUMNS", "200"),
    ("DO_NOT_TRACK", "1"),
    ("FLY_NO_UPDATE_CHECK", "1"),
    ("FLY_SEND_METRICS", "0"),
    ("GH_NO_UPDATE_NOTIFIER", "1"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("LANG", "C.UTF-8"),
    ("NO_COLOR", "1"),
    ("NO_UPDATE_NOTIFIER", "1"),
    ("PAGER", "cat"),
    ("STRIPE_CLI_TELEMETRY_OPTOUT", "1"),
    ("SUPABASE_TELEMETRY_DISABLED", "1"),
    ("TERM", "dumb"),
    ("VERCEL_TELEMETRY_DISABLED", "1"),
    ("HTTP_PROXY", NOWHERE),
    ("HTTPS_PROXY", NOWHERE),
    ("ALL_PROXY", NOWHERE),
    ("http_proxy", NOWHERE),
    ("https_proxy", NOWHERE),
    ("all_proxy", NOWHERE),
];

/// A port on which nobody listens: what looks for news on the network finds none.
const NOWHERE: &str = "http://127.0.0.1:9";

/// Asks each of `pages`, an argument list such as `flyctl machine`, for its `--help`. What is not installed, takes too
/// long or cannot be run has none. Nothing below one of the directories `within` is run.
pub async fn pages(
    pages: impl IntoIterator<Item = Vec<String>>,
    within: &[PathBuf],
) -> Vec<(Vec<String>, String)> {
    let within: Vec<PathBuf> = within.iter().filter_map(|directory| directory.canonicalize().ok()).collect();
    let path = path(&std::env::var_os("PATH").unwrap_or_default(), &within);
    let Ok(empty) = tempfile::tempdir() else { return Vec::new() };
    let mut found = Vec::new();
    let known: Vec<(Vec<String>, PathBuf)> = pages
        .into_iter()
        .filter_map(|argv| {
            let program = program(argv.first()?, &path, &within)?;
            Some((argv, program))
        })
        .take(MOST)
        .collect();
    for some in known.chunks(AT_ONCE) {
        let asked = some.iter().map(|(argv, program)| ask(program, &argv[1..], &path, empty.path()));
        let answers = futures_util::future::join_all(asked).await;
        let told = some.iter().zip(answers).filter_map(|((argv, _), page)| Some((argv.clone(), page?)));
        found.extend(told);
    }
    found
}

/// The directories of `path` that programs are taken from.
fn path(path: &OsStr, within: &[PathBuf]) -> Vec<PathBuf> {
    std::env::split_paths(path)
        .filter(|directory| directory.is_absolute())
        .filter(|directory| {
            directory.canonicalize().is_ok_and(|whole| is_outside(&whole, within) && is_guarded(&whole))
        })
        .collect()
}

/// Where the program called `name` is.
fn program(name: &str, path: &[PathBuf], within: &[PathBuf]) -> Option<PathBuf> {
    if name.is_empty() || name.contains(['/', '\\']) {
        return None;
    }
    path.iter().map(|directory| directory.join(name)).find(|file| {
        // Where a link leads is what runs.
        file.canonicalize()
            .is_ok_and(|whole| is_outside(&whole, within) && is_guarded(&whole) && is_program(&whole))
    })
}

fn is_outside(whole: &Path, within: &[PathBuf]) -> bool {
    !within.iter().any(|directory| whole.starts_with(directory))
}

/// Whether nobody but its owner and its group may change it.
fn is_guarded(whole: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::metadata(whole).is_ok_and(|metadata| metadata.permissions().mode() & 0o002 == 0)
    }
    #[cfg(not(unix))]
    {
        whole.exists()
    }
}

fn is_program(whole: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::metadata(whole)
            .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
    }
    #[cfg(not(unix))]
    {
        whole.is_file()
    }
}

/// Runs `program words… --help`.
async fn ask(program: &Path, words: &[String], path: &[PathBuf], empty: &Path) -> Option<String> {
    let mut command = Command::new(program);
    command.args(words).arg("--help").env_clear().current_dir(empty).env("HOME", empty);
    command.env("PATH", std::env::join_paths(path).ok()?);
    command.envs(ENVIRONMENT.iter().copied());
    let mut group = Group::start(command).ok()?;
    let (stdout, stderr) = group.pipes();
    let both = async { tokio::join!(text(stdout), text(stderr)) };
    let page = tokio::time::timeout(PATIENCE, both).await.ok();
    group.end();
    // What it left running has ended with it.
    drop(tokio::time::timeout(PATIENCE, group.wait()).await);
    group.ended();
    let (stdout, stderr) = page?;
    Some(stdout + "\n" + &stderr)
}

async fn text(pipe: Option<impl AsyncRead + Unpin>) -> String {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        // A page that breaks off is one all the same.
        drop(pipe.take(LIMIT).read_to_end(&mut bytes).await);
    }
    crate::domain::text::clean_lines(&String::from_utf8_lossy(&bytes))
}
