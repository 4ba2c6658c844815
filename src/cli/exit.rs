//! Exit codes: exact, so that scripts can rely on them.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Healthy, or done.
    Done,
    /// Unhealthy, or failed.
    Failed,
    /// Bad usage or configuration.
    Usage,
    /// It could not tell.
    Unknown,
    /// Refused: locked, read-only, not confirmed.
    Refused,
    /// Stopped by a signal.
    Interrupted,
}

impl Exit {
    /// The number.
    pub const fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Unknown => 3,
            Exit::Refused => 4,
            Exit::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.code())
    }
}
