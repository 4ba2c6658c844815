//! What is checked before a command runs: a command that only reads, or a condition over a signal that is asked now.
//! Where it does not hold, the operator sees why, and goes on with a reason or not at all.

use crate::actions::{self, Outcome};
use crate::domain::action::{Expect, Risk};
use crate::domain::answer::Answers;
use crate::domain::condition::Condition;
use crate::domain::fact::Fact;
use crate::domain::ids::{ActionId, RunId};
use crate::domain::io::IoRequest;
use crate::domain::runbook::StepRef;
use crate::domain::text;
use crate::domain::time::Timestamp;
use crate::state::{Asking, Confirm, Dialog, Held, Model};

use super::permit::{self, Asked, Consent};
use super::{Out, action, dialog, say_no};

/// What has to hold.
pub struct Check {
    text: String,
    request: Result<IoRequest, String>,
    when: Option<Condition>,
}

/// The check of a command of `step`, under its rules; its command has the values that the step's has.
pub fn of(model: &Model, step: &StepRef, place: usize, answers: &Answers) -> Option<Check> {
    let known = model.plan.step(step)?;
    let wanted = known.commands.get(place)?;
    let rules = wanted.rules_in(known);
    let said = text::clean(rules.check.as_deref()?).into_owned();
    let Some(signal) = &rules.signal else {
        let aside = wanted.asides.check.as_deref()?;
        let request = match actions::risk_of(aside) {
            // Who writes it as a check says that it only looks; what its words show to be irreversible is not believed.
            Risk::Read | Risk::Change => actions::aside(aside, answers, model.plan.ground(&step.runbook))
                .map_err(|why| why.to_string()),
            Risk::Destroy => Err("it does not only look (destroy), so it is not run".to_owned()),
        };
        return Some(Check { text: said, request, when: None });
    };
    let shown = format!("{signal}: {said}");
    let when = Condition::compile(&said).map_err(|error| error.message);
    let request = match model.plan.signal_index(signal).map(|at| &model.plan.signals[at]) {
        None => Err(format!("no signal is called {signal}")),
        // A source that lists things is asked in several requests: none of them alone can tell.
        Some(asked) if asked.board.is_some() => Err(format!("{signal} cannot be asked on the spot")),
        Some(asked) => asked.request().cloned().ok_or_else(|| format!("{signal} is not asked: it is told")),
    };
    let (request, when) = match (request, when) {
        (Ok(request), Ok(when)) => (Ok(request), Some(when)),
        (Err(why), _) | (_, Err(why)) => (Err(why), None),
    };
    Some(Check { text: shown, request, when })
}

/// Makes the check before `confirm` is shown.
pub fn begin(model: &mut Model, now: Timestamp, confirm: Box<Confirm>, check: Check, out: &mut Out) {
    let request = match check.request {
        Ok(request) => request,
        Err(why) => {
            model.ui.held = Some(Held { confirm, run: None, when: None, text: check.text });
            despite(model, why);
            return;
        }
    };
    let Some(step) = confirm.step.clone() else { return };
    let title = format!("check: {}", check.text.lines().next().unwrap_or_default());
    let mut asked =
        Asked::of_request(ActionId::from(format!("check:{}", step.step)), title, Risk::Read, request);
    // It was looked at with the command that it stands before.
    asked.block.clone_from(&confirm.block);
    match permit::request(model, now, asked, Consent::None, out) {
        Ok(run) => {
            model.ui.dialog = Some(Dialog::Checking { run: run.clone(), step });
            model.ui.held = Some(Held { confirm, run: Some(run), when: check.when, text: check.text });
        }
        Err(why) => say_no(model, now, why),
    }
}

/// What the reply of `run` must be, where it is a check over a signal.
pub fn expected(model: &Model, run: &RunId) -> Option<Expect> {
    let held = model.ui.held.as_ref().filter(|held| held.run.as_ref() == Some(run))?;
    Some(Expect { when: Some(held.when.clone()?), ..Expect::default() })
}

/// The check `run` was answered: what it was made for is shown, or why it is not.
pub fn answered(model: &mut Model, now: Timestamp, run: &RunId, outcome: &Outcome, out: &mut Out) {
    if !matches!(&model.ui.dialog, Some(Dialog::Checking { run: shown, .. }) if shown == run) {
        return;
    }
    match outcome {
        Outcome::Accepted(_) => {
            if let Some(held) = model.ui.held.take() {
                action::proceed(model, now, held.confirm, out);
            }
        }
        Outcome::Failed(why) | Outcome::Unknown(why) | Outcome::Cancelled(why) => {
            despite(model, format!("{run}: {why}"));
        }
    }
}

fn despite(model: &mut Model, why: String) {
    let Some(step) = model.ui.held.as_ref().and_then(|held| held.confirm.step.clone()) else { return };
    dialog::prompt(model, Asking::Despite { step, why }, "");
}

/// Takes why it goes on although the check does not hold.
pub fn overridden(
    model: &mut Model,
    now: Timestamp,
    step: StepRef,
    why: String,
    reason: String,
    out: &mut Out,
) -> Result<(), String> {
    let held = model.ui.held.take().ok_or("what was to run is gone: ask for it again")?;
    let by = model.plan.environment.operator.clone();
    out.fact(Fact::CheckOverridden { step, check: held.text, why, reason, by });
    action::proceed(model, now, held.confirm, out);
    Ok(())
}
