//! What the system lets one process hold open.

/// Raises the number of files and connections this process may hold to the most it is allowed: a
/// thousand kept connections are more than many shells give. What cannot be raised stays.
#[cfg(unix)]
pub fn raise_open_files() {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE)
        && soft < hard
        && let Err(error) = setrlimit(Resource::RLIMIT_NOFILE, hard, hard)
    {
        tracing::warn!("open files stay limited to {soft}: {error}");
    }
}

/// Nothing to raise.
#[cfg(not(unix))]
pub fn raise_open_files() {}
