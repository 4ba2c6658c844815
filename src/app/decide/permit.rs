//! The one choke point: nothing runs unlogged, nothing runs locked, nothing that changes the world
//! runs unconfirmed. [`request`] is the only maker and numberer of `Fact::RunRequested`, and a run leaves only
//! once that fact is on disk.

use crate::domain::action::{Action, Purpose, Risk};
use crate::domain::fact::Fact;
use crate::domain::ids::{ActionId, CommandId, RunId};
use crate::domain::io::IoRequest;
use crate::domain::looked::BlockRef;
use crate::domain::runbook::StepRef;
use crate::domain::terms::Terms;
use crate::domain::time::Timestamp;
use crate::domain::undo::Ties;
use crate::state::{JournalState, Model, Run};

use super::{Out, approve, drill, look, undo};

/// What is asked to run.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The action.
    pub action: ActionId,
    /// In words.
    pub title: String,
    /// Which of its requests.
    pub purpose: Purpose,
    /// What it may do.
    pub risk: Risk,
    /// The very request.
    pub request: IoRequest,
    /// What typing confirms a `destroy`.
    pub target: String,
    /// The step it is asked from.
    pub step: Option<StepRef>,
    /// Which of the step's commands.
    pub command: Option<CommandId>,
    /// What its file holds it to.
    pub terms: Terms,
    /// The block of a runbook that it is: it runs only as somebody has looked at it.
    pub block: Option<BlockRef>,
    /// What takes it back, and what it takes back itself.
    pub ties: Ties,
    /// Whether its target is typed although it can be taken back.
    pub by_name: bool,
}

impl Asked {
    /// One of `action`'s requests.
    pub fn of(action: &Action, purpose: Purpose, request: IoRequest, step: Option<StepRef>) -> Self {
        let title = match purpose {
            Purpose::Do => action.id.to_string(),
            Purpose::On | Purpose::Off | Purpose::Read => format!("{}: {}", action.id, purpose.word()),
        };
        Self {
            action: action.id.clone(),
            title,
            purpose,
            // Reading a position changes nothing, whatever switching it does.
            risk: if purpose == Purpose::Read { Risk::Read } else { action.risk },
            request,
            target: action.target.clone(),
            step,
            command: None,
            terms: Terms::default(),
            block: None,
            ties: Ties { undo: undo::of_action(action, purpose), ..Ties::default() },
            by_name: false,
        }
    }

    /// A request that a source offers.
    pub fn of_request(action: ActionId, title: String, risk: Risk, request: IoRequest) -> Self {
        let target = action.to_string();
        Self {
            action,
            title,
            purpose: Purpose::Do,
            risk,
            request,
            target,
            step: None,
            command: None,
            terms: Terms::default(),
            block: None,
            ties: Ties::default(),
            by_name: false,
        }
    }

    /// A request that stands in a runbook, in `block`.
    pub fn of_block(
        action: ActionId,
        title: String,
        risk: Risk,
        request: IoRequest,
        block: BlockRef,
    ) -> Self {
        Self { block: Some(block), ..Self::of_request(action, title, risk, request) }
    }
}

/// How somebody agreed.
#[derive(Clone, Copy, Debug)]
pub enum Consent<'a> {
    /// Nobody was asked.
    None,
    /// The confirming key was pressed with the request on screen.
    Key,
    /// This was typed with the request on screen.
    Typed(&'a str),
    /// This was given with `--yes`, without a screen.
    Named(&'a str),
}

/// Why nothing of this risk can run now, whoever agrees.
pub fn refusal(model: &Model, risk: Risk) -> Option<String> {
    match &model.feed.journal {
        JournalState::Writing(_) => {}
        JournalState::ReadOnly(why) => return Some(format!("read-only: {why}")),
        JournalState::Failed(why) => {
            return Some(format!("the journal cannot be written, so nothing runs: {why}"));
        }
        JournalState::Unkept => return Some("there is no journal, so nothing runs".to_owned()),
    }
    if risk == Risk::Read {
        return None;
    }
    let environment = &model.plan.environment;
    if let Some(why) = &environment.read_only {
        return Some(format!("read-only: {why}"));
    }
    None
}

/// Whether the console is locked against changes at `now`.
pub fn locked(model: &Model, now: Timestamp) -> bool {
    model.plan.environment.starts_locked && !model.watch.armed(now)
}

/// The run that `fact`, which is about to be applied, ends.
const fn ends(fact: &Fact) -> Option<&RunId> {
    match fact {
        Fact::PositionRead { run, .. }
        | Fact::RunObserved { run, .. }
        | Fact::RunNotInEffect { run, .. }
        | Fact::RunFailed { run, .. }
        | Fact::RunCancelled { run, .. }
        | Fact::RunVerified { run, .. } => Some(run),
        _ => None,
    }
}

/// Lets `asked` run: its name, or why it does not run.
pub fn request(
    model: &Model,
    now: Timestamp,
    asked: Asked,
    consent: Consent<'_>,
    out: &mut Out,
) -> Result<RunId, String> {
    if let Some(why) = refusal(model, asked.risk) {
        return Err(why);
    }
    if let Some(block) = &asked.block
        && let Some(why) = drill::refusal(model, &block.runbook)
    {
        return Err(why);
    }
    // Whatever path it came by, and whatever its risk.
    match &asked.block {
        Some(block) => {
            if let Some(why) = look::refusal(model, block) {
                return Err(why);
            }
        }
        None if undo::is_kept(model, &asked) => {}
        None if asked.ties.undoes.is_some() => {
            return Err("it is not what was kept to undo that run".into());
        }
        None if asked.action.as_str().starts_with("step:") => {
            return Err("which command of which runbook it is was not said".into());
        }
        None => {}
    }
    match (asked.risk, consent) {
        // Without a screen the exact name stands for arming and for the key.
        (Risk::Change, Consent::Named(name)) if name == asked.action.as_str() => {}
        (Risk::Change, Consent::Named(name)) => {
            return Err(format!("--yes {name} does not name {}", asked.action));
        }
        (Risk::Destroy, Consent::Named(_)) => {
            return Err(format!(
                "{} is not reversible: it runs only from the console, where its target is typed",
                asked.action
            ));
        }
        (Risk::Change | Risk::Destroy, Consent::None) => {
            return Err(format!("{} changes something: it runs only when confirmed", asked.action));
        }
        (Risk::Change | Risk::Destroy, Consent::Key | Consent::Typed(_)) if locked(model, now) => {
            return Err("locked: arm first".into());
        }
        (Risk::Change, Consent::Typed(typed)) if asked.by_name && typed == asked.target => {}
        (Risk::Change, Consent::Typed(_) | Consent::Key) if asked.by_name => {
            return Err(format!("type {} exactly", asked.target));
        }
        (Risk::Read, _) | (Risk::Change, Consent::Key | Consent::Typed(_)) => {}
        (Risk::Destroy, Consent::Typed(typed)) if typed == asked.target => {}
        (Risk::Destroy, Consent::Typed(_) | Consent::Key) => {
            return Err(format!("type {} exactly", asked.target));
        }
    }
    if let Some(step) = asked.step.as_ref().filter(|_| asked.ties.undoes.is_none())
        && let Some(why) = approve::refusal(model, step, asked.risk)
    {
        return Err(why);
    }
    if let Some(why) = asked.ties.undoes.as_ref().and_then(|run| model.watch.undo_refusal(run)) {
        return Err(why);
    }
    let ending = |run: &Run| out.facts.iter().any(|fact| ends(fact) == Some(&run.id));
    let same = |run: &&Run| run.action == asked.action && !ending(run);
    // A toggle's position may be read while its effect is awaited: only the same thing is not asked
    // twice at a time.
    let reads = asked.purpose == Purpose::Read;
    let open = model
        .watch
        .runs
        .iter()
        .rev()
        .filter(same)
        .find(|run| run.is_open() && (run.purpose == Purpose::Read) == reads);
    if let Some(open) = open {
        return Err(format!("{} is still running: {}", asked.action, open.id));
    }
    if asked.risk != Risk::Read
        && let Some(unknown) = model.watch.runs.iter().filter(same).find(|run| run.must_be_verified())
    {
        return Err(format!("{} may or may not have had an effect: verify it first", unknown.id));
    }
    let pending = out.facts.iter().filter(|fact| matches!(fact, Fact::RunRequested { .. })).count();
    let run = RunId::from(format!("R-{}", model.watch.runs.len() + pending + 1));
    out.fact(Fact::RunRequested {
        run: run.clone(),
        action: asked.action,
        title: asked.title,
        purpose: asked.purpose,
        risk: asked.risk,
        request: asked.request,
        by: model.plan.environment.operator.clone(),
        step: asked.step,
        command: asked.command,
        terms: Box::new(asked.terms),
        undo: asked.ties.undo,
        undoes: asked.ties.undoes,
        handles: asked.ties.handles,
    });
    Ok(run)
}
