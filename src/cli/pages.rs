//! Completion scripts and the manual page, from the same table as the arguments.

use std::io::{self, Write};

use clap::CommandFactory;
use clap_complete::Shell;
use color_eyre::eyre::WrapErr;

use super::{Arguments, Exit};

/// Prints a completion script.
pub fn completions(shell: Shell) -> color_eyre::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "midwatch", &mut script);
    write(&script)
}

/// Prints the manual page, in roff.
pub fn man() -> color_eyre::Result<Exit> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Arguments::command()).render(&mut page).wrap_err("the manual page")?;
    write(&page)
}

/// A reader that went away is no error.
fn write(text: &[u8]) -> color_eyre::Result<Exit> {
    match io::stdout().write_all(text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error).wrap_err("standard output"),
        Ok(()) | Err(_) => Ok(Exit::Done),
    }
}
