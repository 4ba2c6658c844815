//! What can be taken back, in words: for confirmations, the due pane and refusals.

use crate::domain::action::{Purpose, Risk};
use crate::domain::ids::RunId;
use crate::domain::time::{Timestamp, short};
use crate::state::{Confirm, Model, Run, RunState};

/// `R-5 ./drain pool-a  undo: ./undrain pool-a`, first to be undone first.
pub fn lines(model: &Model) -> Vec<String> {
    model.watch.undo_stack().into_iter().rev().map(line).collect()
}

fn line(run: &Run) -> String {
    let undo = run.undo.as_ref().map_or_else(String::new, |undo| undo.line());
    format!("{} {}  undo: {}", run.id, run.title, undo.lines().next().unwrap_or_default())
}

/// What takes the run back that is about to be confirmed; nothing to say of what is no change, switches something
/// off, or is an offer, which tells its own consequences.
pub fn known(confirm: &Confirm) -> Option<String> {
    let silent = confirm.risk == Risk::Read
        || confirm.purpose == Purpose::Off
        || confirm.offer.is_some()
        || confirm.hands_over
        || confirm.ties.undoes.is_some();
    if silent {
        return None;
    }
    match &confirm.ties.undo {
        Some(undo) => Some(format!("Undo: {}", undo.line())),
        // A `destroy` says so itself, in red.
        None if confirm.risk == Risk::Destroy => None,
        None => Some("No undo is known.".to_owned()),
    }
}

/// What an undo takes back, what was tried before, and what still lies under it.
pub fn about(model: &Model, now: Timestamp, undone: &RunId) -> Vec<String> {
    let Some(run) = model.watch.run(undone) else { return Vec::new() };
    let ended = match &run.state {
        RunState::Verified(detail) => format!("; somebody looked: {detail}"),
        RunState::Observed(detail, _) => format!(": {detail}"),
        RunState::Requested
        | RunState::Accepted(_)
        | RunState::NotInEffect(_)
        | RunState::Failed(_)
        | RunState::Cancelled(_)
        | RunState::Unknown(_) => String::new(),
    };
    let ago = short(now.since(run.requested));
    let mut lines = vec![format!("Takes back {} {}, by {} {ago} ago{ended}", run.id, run.title, run.by)];
    for tried in model.watch.runs.iter().filter(|other| other.undoes.as_ref() == Some(undone) && !other.well)
    {
        if let RunState::Failed(why)
        | RunState::NotInEffect(why)
        | RunState::Cancelled(why)
        | RunState::Verified(why) = &tried.state
        {
            lines.push(format!("{} tried already, and it is still there: {why}", tried.id));
        }
    }
    let later = model.watch.runs.iter().rev().take_while(|other| other.id != *undone);
    for other in later.filter(|other| stays(other, run)) {
        lines.push(format!("Stays, no undo is known: {} {}", other.id, other.title));
    }
    let mut under: Vec<&Run> = model.watch.undo_stack();
    under.retain(|other| other.id != *undone);
    if under.is_empty() {
        lines.push("Nothing lies under it.".into());
    } else {
        lines.push("Still under it, next first:".into());
        lines.extend(under.into_iter().rev().map(|other| format!("  {}", line(other))));
    }
    lines
}

/// Whether `other`, which came after `run`, changed something that nothing takes back.
fn stays(other: &Run, run: &Run) -> bool {
    other.incident == run.incident
        && other.risk != Risk::Read
        && other.purpose != Purpose::Off
        && other.undo.is_none()
        && other.undoes.is_none()
        && matches!(other.state, RunState::Observed(..) | RunState::Verified(_))
}
