//! The operator's own editor: a text goes out in a file, comes back, and the file is gone.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use crate::domain::io::CommandRequest;

use super::{Rim, command, files};

/// What edits where neither `VISUAL` nor `EDITOR` says what does.
const USUAL: &str = "vi";
/// How long a text may be that comes back.
const LIMIT: usize = 65_536;

/// Edits `text` in a directory that nobody else can look into. Editors replace files and leave others beside them: all of
/// it goes with the directory.
pub(super) async fn edit(rim: &Rim, text: &str) -> Result<String, String> {
    let directory =
        tempfile::Builder::new().prefix("midwatch-").tempdir().map_err(|error| unwritable(&error))?;
    let path = directory.path().join("update.txt");
    write(&path, text).map_err(|error| unwritable(&error))?;
    let mut argv = program()?;
    argv.push(path.to_string_lossy().into_owned());
    let name = argv[0].clone();
    let request = CommandRequest {
        argv,
        env: Vec::new(),
        cwd: None,
        timeout: Duration::from_secs(24 * 3600),
        limit: 0,
    };
    let reply = command::hand_over(rim, &request).await.map_err(|failure| failure.detail)?;
    if reply.exit != Some(0) {
        return Err(format!("{name} did not end well: the text is as it was"));
    }
    let bytes = files::read_bounded(&path, LIMIT).map_err(|error| format!("the text {error}"))?;
    Ok(rim.secrets.redactor().text(&String::from_utf8_lossy(&bytes)).into_owned())
}

fn unwritable(error: &std::io::Error) -> String {
    format!("there is no place for the text: {error}")
}

/// For its owner alone, from the first byte on.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")
}

/// The editor and its arguments.
fn program() -> Result<Vec<String>, String> {
    let named = ["VISUAL", "EDITOR"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|text| !text.trim().is_empty()));
    let text = named.unwrap_or_else(|| USUAL.to_owned());
    let argv = shell_words::split(&text).map_err(|_| "VISUAL or EDITOR is no command line".to_owned())?;
    if argv.is_empty() { Err("VISUAL or EDITOR names no program".into()) } else { Ok(argv) }
}
