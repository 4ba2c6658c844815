//! A program and all it starts: begun in a session of its own, ended together.
//!
//! The session has no terminal, so a program can neither draw over the screen nor wait for an answer
//! nobody sees it ask for. A program that opens a session of its own escapes; nothing short of a
//! container holds it.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use process_wrap::tokio::{ChildWrapper, CommandWrap, KillOnDrop};
use tokio::process::{ChildStderr, ChildStdout, Command};
use tokio::time::Instant;

/// How long a group has between being asked to end and being ended.
pub(super) const GRACE: Duration = Duration::from_secs(2);
/// How often a group that was asked to end is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// A running program and the processes it started. Dropped before [`Group::ended`], it is asked to
/// end, and ended when it has not after [`GRACE`].
pub(super) struct Group {
    child: Option<Box<dyn ChildWrapper>>,
    id: i32,
}

impl Group {
    /// Starts `command` with no input and piped output.
    pub(super) fn start(mut command: Command) -> io::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut command = CommandWrap::from(command);
        command.wrap(KillOnDrop);
        #[cfg(unix)]
        command.wrap(process_wrap::tokio::ProcessSession);
        let child = command.spawn()?;
        let id = child.id().and_then(|id| i32::try_from(id).ok()).unwrap_or(0);
        Ok(Self { child: Some(child), id })
    }

    /// The program's output and error output; once.
    pub(super) fn pipes(&mut self) -> (Option<ChildStdout>, Option<ChildStderr>) {
        match &mut self.child {
            Some(child) => (child.stdout().take(), child.stderr().take()),
            None => (None, None),
        }
    }

    /// Waits for the program itself, not for what it started. May be asked again.
    pub(super) async fn wait(&mut self) -> io::Result<ExitStatus> {
        match &mut self.child {
            Some(child) => child.wait().await,
            None => Err(io::Error::from(io::ErrorKind::NotFound)),
        }
    }

    /// The program has ended by itself: what it left running is meant to run.
    pub(super) fn ended(&mut self) {
        self.child = None;
    }

    /// Asks the whole group to end.
    pub(super) fn ask_to_end(&mut self) {
        #[cfg(unix)]
        {
            signal(self.id, nix::sys::signal::Signal::SIGTERM);
            // One that is stopped would not hear it.
            signal(self.id, nix::sys::signal::Signal::SIGCONT);
        }
        #[cfg(not(unix))]
        self.end();
    }

    /// Ends the whole group.
    pub(super) fn end(&mut self) {
        #[cfg(unix)]
        signal(self.id, nix::sys::signal::Signal::SIGKILL);
        #[cfg(not(unix))]
        if let Some(child) = &mut self.child {
            // It may have ended in the meantime.
            drop(child.start_kill());
        }
    }

    /// Waits until the program has ended and nothing is left of its group, and ends it at `by`.
    pub(super) async fn see_end(&mut self, by: Instant) {
        let gone = async {
            drop(self.wait().await);
            while is_alive(self.id) {
                tokio::time::sleep(LOOK).await;
            }
        };
        if tokio::time::timeout_at(by, gone).await.is_err() {
            self.end();
            drop(self.wait().await);
        }
        self.child = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let Some(child) = self.child.take() else { return };
        let mut left = Left(Self { child: Some(child), id: self.id });
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            left.0.ask_to_end();
            runtime.spawn(async move { left.0.see_end(Instant::now() + GRACE).await });
        }
    }
}

/// A group nobody waits for any more. Dropped before it has ended, because the process itself is
/// ending, it is ended at once.
struct Left(Group);

impl Drop for Left {
    fn drop(&mut self) {
        if self.0.child.is_some() {
            self.0.end();
            self.0.child = None;
        }
    }
}

#[cfg(unix)]
fn signal(group: i32, signal: nix::sys::signal::Signal) {
    // A group of 0 would be Midwatch's own, of 1 everything.
    if group > 1 {
        // A group that has ended in the meantime is what was wanted.
        let _ = nix::sys::signal::killpg(nix::unistd::Pid::from_raw(group), signal);
    }
}

#[cfg(unix)]
fn is_alive(group: i32) -> bool {
    group > 1 && nix::sys::signal::killpg(nix::unistd::Pid::from_raw(group), None).is_ok()
}

#[cfg(not(unix))]
fn is_alive(_: i32) -> bool {
    false
}
