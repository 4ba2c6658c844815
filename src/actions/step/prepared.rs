//! A command of a step as it is about to be asked for: its request, where and how long it runs, what it may do, and what
//! it is held to. The same for the console and without one.

use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use super::{StepError, http, risk::risk_under, step_command};
use crate::domain::action::Risk;
use crate::domain::answer::Answers;
use crate::domain::idempotency;
use crate::domain::io::{HttpRequest, IoRequest};
use crate::domain::requests::Ground;
use crate::domain::runbook::{Step, StepCommand};
use crate::domain::terms::Terms;
use crate::domain::text::clean;

/// How long a command that stands in a runbook may take where nothing says otherwise.
pub const TIMEOUT: Duration = Duration::from_secs(600);
/// How long the terminal is lent.
const LENT: Duration = Duration::from_secs(24 * 3600);

/// A command that is ready to be asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    /// Its `name`, or its first line.
    pub title: String,
    /// What it may do.
    pub risk: Risk,
    /// The very request.
    pub request: IoRequest,
    /// What it is held to.
    pub terms: Terms,
}

/// `command` of `step` with `answers` for its placeholders.
pub fn prepared(
    step: &Step,
    command: &StepCommand,
    answers: &Answers,
    ground: Ground<'_>,
) -> Result<Prepared, StepError> {
    let rules = command.rules_in(step);
    let lent = rules.interactive && !idempotency::is_request(command);
    let timeout = if lent { Some(LENT) } else { rules.timeout };
    let request = request(ground, command, answers, rules.cwd.as_deref(), timeout)?;
    let first = command.text.lines().next().unwrap_or_default();
    let title = rules.name.as_deref().unwrap_or(first);
    Ok(Prepared {
        title: clean(title).into_owned(),
        risk: risk_under(command, &rules),
        request,
        terms: Terms { hands_over: lent, ..Terms::of(&rules) },
    })
}

/// The request of a command that stands in a rule beside another, and has its own `rules` only: what is checked before
/// it, what takes it back.
pub fn aside(command: &StepCommand, answers: &Answers, ground: Ground<'_>) -> Result<IoRequest, StepError> {
    request(ground, command, answers, command.rules.cwd.as_deref(), command.rules.timeout)
}

fn request(
    ground: Ground<'_>,
    command: &StepCommand,
    answers: &Answers,
    cwd: Option<&str>,
    timeout: Option<Duration>,
) -> Result<IoRequest, StepError> {
    if idempotency::is_request(command) {
        let request = http::request(command, answers, ground.requests)?;
        let timeout = timeout.unwrap_or(request.timeout);
        return Ok(IoRequest::Http(HttpRequest { timeout, ..request }));
    }
    step_command(command, answers, place(ground.directory, cwd)?, timeout.unwrap_or(TIMEOUT))
}

/// Where a command runs: `cwd` from `directory`, which it may leave only by an absolute path.
fn place(directory: Option<&Path>, cwd: Option<&str>) -> Result<Option<PathBuf>, StepError> {
    let Some(cwd) = cwd else { return Ok(directory.map(Path::to_path_buf)) };
    let refused = |why: &str| StepError::NotRunnable(format!("cwd {}: {why}", clean(cwd)));
    if cwd.contains('\0') {
        return Err(refused("it holds a NUL character"));
    }
    let wanted = Path::new(cwd);
    if wanted.is_absolute() {
        return Ok(Some(wanted.to_path_buf()));
    }
    let mut inside = PathBuf::new();
    for part in wanted.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if inside.pop() => {}
            Component::Normal(name) => inside.push(name),
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                return Err(refused(
                    "it leaves the directory of the runbook's commands; write an absolute path to mean that",
                ));
            }
        }
    }
    let base = directory.unwrap_or(Path::new("."));
    Ok(Some(if inside.as_os_str().is_empty() { base.to_path_buf() } else { base.join(inside) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_place_stays_inside() {
        let base = Path::new("/srv/shop");
        let of = |cwd: &str| place(Some(base), Some(cwd)).map(|path| path.unwrap().display().to_string());
        assert_eq!(of("infra").as_deref(), Ok("/srv/shop/infra"));
        assert_eq!(of("./infra/../app/").as_deref(), Ok("/srv/shop/app"));
        assert_eq!(of(".").as_deref(), Ok("/srv/shop"));
        assert_eq!(of("/tmp").as_deref(), Ok("/tmp"));
        for cwd in ["..", "a/../../b", "../shop"] {
            assert!(of(cwd).unwrap_err().to_string().contains("leaves the directory"), "{cwd}");
        }
        assert_eq!(place(Some(base), None), Ok(Some(base.to_path_buf())));
        assert_eq!(place(None, None), Ok(None));
        assert_eq!(place(None, Some("a")), Ok(Some("./a".into())));
    }
}
