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
    io::stdout().write_all(&script).wrap_err("standard output")?;
    Ok(Exit::Done)
}

/// Prints the manual page, in roff.
pub fn man() -> color_eyre::Result<Exit> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Arguments::command()).render(&mut page).wrap_err("the manual page")?;
    io::stdout().write_all(&page).wrap_err("standard output")?;
    Ok(Exit::Done)
}
