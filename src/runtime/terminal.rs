//! The terminal: taken over, given back on every way out, lent to programs and to the shell.

use std::io::{self, BufWriter, IsTerminal, Stdout, Write};

use crossterm::cursor::Show;
use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::execute;
use crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, SetTitle, disable_raw_mode, enable_raw_mode,
};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

use super::guarded::is_guarded;

/// The terminal we draw on.
pub type Drawing = Terminal<CrosstermBackend<BufWriter<Stdout>>>;

/// Bytes of a frame that are written at once.
const FRAME: usize = 64 * 1024;

/// A terminal that is ours; dropping it gives it back.
#[derive(Debug)]
pub struct Screen {
    /// What is drawn on.
    pub drawing: Drawing,
    /// What its title says while nothing rings.
    title: String,
    /// What it says now.
    said: String,
}

impl Screen {
    /// Takes the terminal over. An error if there is none.
    pub fn take(title: &str) -> io::Result<Self> {
        if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
            return Err(io::Error::other(
                "this is not a terminal; without one, use `midwatch check` and the other commands",
            ));
        }
        let screen = Self { drawing: drawing()?, title: title.to_owned(), said: title.to_owned() };
        screen.enter()?;
        Ok(screen)
    }

    fn enter(&self) -> io::Result<()> {
        enable_raw_mode()?;
        execute!(
            io::stdout(),
            EnterAlternateScreen,
            EnableMouseCapture,
            EnableBracketedPaste,
            SetTitle(&self.said)
        )
    }

    /// Gives it the title that `title` makes of the usual one, if that is another than it has.
    pub fn entitle(&mut self, title: impl FnOnce(&str) -> String) -> io::Result<()> {
        let title = title(&self.title);
        if title != self.said {
            execute!(io::stdout(), SetTitle(&title))?;
            self.said = title;
        }
        Ok(())
    }

    /// Gives the terminal back for a while.
    pub fn lend(&mut self) {
        give_back();
    }

    /// Takes it again; every cell is drawn anew.
    pub fn retake(&mut self) -> io::Result<()> {
        self.enter()?;
        self.redraw()
    }

    /// Forgets what was drawn: the next frame draws every cell. Asks the terminal nothing, because an
    /// answer would be mixed up with what is typed.
    pub fn redraw(&mut self) -> io::Result<()> {
        execute!(io::stdout(), Clear(ClearType::All))?;
        self.drawing = drawing()?;
        Ok(())
    }
}

fn drawing() -> io::Result<Drawing> {
    Terminal::new(CrosstermBackend::new(BufWriter::with_capacity(FRAME, io::stdout())))
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

/// Gives the terminal back whole: what fails, fails because there is no terminal any more.
pub fn give_back() {
    let mut out = io::stdout();
    drop(execute!(out, DisableBracketedPaste, DisableMouseCapture, LeaveAlternateScreen, Show, SetTitle("")));
    drop(disable_raw_mode());
    drop(out.flush());
}

/// Makes a panic give the terminal back before it speaks. A panic of a guarded task is a message to
/// the console, which goes on: it leaves the terminal alone.
pub fn install_hooks() -> color_eyre::Result<()> {
    let (panic, eyre) = color_eyre::config::HookBuilder::default().display_env_section(false).into_hooks();
    eyre.install()?;
    let speak = panic.into_panic_hook();
    let console = std::thread::current().id();
    std::panic::set_hook(Box::new(move |info| {
        if is_guarded() || std::thread::current().id() != console {
            tracing::error!("{info}");
            return;
        }
        give_back();
        speak(info);
    }));
    Ok(())
}

/// Stops the whole job, as Ctrl+Z does, until the shell brings it back.
#[cfg(unix)]
pub fn stop_job() {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;
    // Group 0 is our own: `cargo run` stops with us, so the shell notices. Where it cannot stop we
    // go on at once.
    let _ = kill(Pid::from_raw(0), Signal::SIGTSTP);
}

/// There is nothing to stop to where there are no jobs.
#[cfg(not(unix))]
pub fn stop_job() {}
