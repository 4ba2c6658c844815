//! Arguments and the commands without a screen.

/// Runs the program on the process's arguments.
pub fn main() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
