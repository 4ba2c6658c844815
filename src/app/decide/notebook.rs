//! The notebook: lines that are written down from anywhere, hypotheses that are settled, follow-ups that are closed.

use crate::domain::fact::Fact;
use crate::domain::ids::{FollowUpId, HypothesisId};
use crate::domain::incident::Standing;
use crate::domain::jotting::{Jotted, parse};
use crate::domain::time::Timestamp;
use crate::panes::dialog::notebook::{lines, selected};
use crate::state::{Asking, Dialog, Focus, Model, NotebookKey};

use super::{Out, dialog, recordable, say, say_no};

/// Opens the view.
pub fn view(model: &mut Model) {
    // What was said before is not about what is looked at now.
    model.ui.said = None;
    model.ui.dialog = Some(Dialog::Notebook { cursor: None });
}

/// Asks for a line, over whatever is looked at.
pub fn ask(model: &mut Model, now: Timestamp) {
    if recordable(model, now) {
        dialog::prompt_over(model, Asking::Note, "");
    }
}

/// Takes a line: what its first character says that it is, dated back where it says so.
pub fn written(model: &mut Model, now: Timestamp, text: &str, out: &mut Out) -> Result<(), String> {
    let jotting = parse(text)?;
    let about = now.minus(jotting.ago);
    let by = model.plan.environment.operator.clone();
    let book = &model.watch.notebook;
    let dated = (!jotting.ago.is_zero()).then_some(about);
    let (fact, said) = match jotting.kind {
        Jotted::Note(text) => {
            let step = model.ui.step.clone().filter(|_| model.ui.focus == Focus::Runbook);
            (Fact::Noted { text, by, about, step }, "noted".to_owned())
        }
        Jotted::Hypothesis(text) => {
            let hypothesis = HypothesisId::from(format!("H-{}", book.hypotheses.len() + 1));
            let said = format!("{hypothesis} raised");
            (Fact::HypothesisRaised { hypothesis, text, by, about }, said)
        }
        Jotted::Decision { text, why } => (Fact::Decided { text, why, by, about }, "decided".into()),
        Jotted::FollowUp { owner, due, text } => {
            let follow_up = FollowUpId::from(format!("F-{}", book.follow_ups.len() + 1));
            let said = format!("{follow_up} is to be followed up");
            (Fact::FollowUpOpened { follow_up, text, owner, due, by, about: dated }, said)
        }
        Jotted::Patch { link, text } => {
            (Fact::PatchLinked { text, link, by, about: dated }, "patch linked".into())
        }
    };
    say(model, now, said);
    out.fact(fact);
    Ok(())
}

/// Moves the cursor by `by` lines.
pub fn walk(model: &mut Model, by: isize) {
    let keys: Vec<NotebookKey> = lines(model).into_iter().filter_map(|line| line.key).collect();
    let at = selected(model).and_then(|chosen| keys.iter().position(|key| *key == chosen)).unwrap_or(0);
    let to = at.saturating_add_signed(by).min(keys.len().saturating_sub(1));
    if let Some(Dialog::Notebook { cursor }) = &mut model.ui.dialog {
        *cursor = keys.get(to).cloned();
    }
}

/// What is done to the line under the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// A hypothesis is confirmed, a follow-up done.
    Done,
    /// A hypothesis is ruled out, a follow-up given up.
    GivenUp,
    /// A hypothesis is open again.
    Reopened,
}

/// Asks why the line under the cursor is settled so, where the notebook is looked at; whether it is.
pub fn ask_settle(model: &mut Model, now: Timestamp, deed: Deed) -> bool {
    if !matches!(model.ui.dialog, Some(Dialog::Notebook { .. })) {
        return false;
    }
    if !recordable(model, now) {
        return true;
    }
    match selected(model) {
        Some(NotebookKey::Hypothesis(id)) => ask_hypothesis(model, now, id, deed),
        Some(NotebookKey::FollowUp(id)) => {
            let open = model.watch.notebook.follow_up(&id).is_some_and(|known| known.closed.is_none());
            match deed {
                Deed::Done | Deed::GivenUp if open => {
                    dialog::prompt_over(model, Asking::CloseFollowUp(id, deed == Deed::Done), "");
                }
                Deed::Done | Deed::GivenUp => say_no(model, now, format!("{id} is closed already")),
                Deed::Reopened => say_no(model, now, format!("{id} stays as it is: open another with +")),
            }
        }
        Some(NotebookKey::Fact(_) | NotebookKey::Evidence(..)) => {
            say_no(model, now, "what is written stays: only hypotheses and follow-ups are settled");
        }
        None => say_no(model, now, "nothing is written down yet"),
    }
    true
}

/// Asks why `id` stands as `deed` says.
pub fn ask_hypothesis(model: &mut Model, now: Timestamp, id: HypothesisId, deed: Deed) {
    let standing = match deed {
        Deed::Done => Standing::Confirmed,
        Deed::GivenUp => Standing::RuledOut,
        Deed::Reopened => Standing::Open,
    };
    if model.watch.notebook.hypothesis(&id).is_some_and(|known| known.standing == standing) {
        say_no(model, now, format!("{id} is {} already", standing.word()));
    } else {
        dialog::prompt_over(model, Asking::Settle(id, standing), "");
    }
}

/// Takes why a hypothesis stands so.
pub fn settled(
    model: &mut Model,
    now: Timestamp,
    id: HypothesisId,
    standing: Standing,
    why: String,
    out: &mut Out,
) -> Result<(), String> {
    match model.watch.notebook.hypothesis(&id) {
        None => return Err(format!("nothing is called {id}")),
        Some(known) if known.standing == standing => {
            return Err(format!("{id} is {} already", standing.word()));
        }
        Some(_) => {}
    }
    say(model, now, format!("{id} {}", standing.word()));
    let by = model.plan.environment.operator.clone();
    out.fact(Fact::HypothesisSettled { hypothesis: id, standing, why, by });
    Ok(())
}

/// Takes what came of a follow-up; what is given up needs a reason.
pub fn closed(
    model: &mut Model,
    now: Timestamp,
    id: FollowUpId,
    done: bool,
    text: &str,
    out: &mut Out,
) -> Result<(), String> {
    let detail = text.trim().to_owned();
    if !done && detail.is_empty() {
        return Err("a reason is needed".into());
    }
    if model.watch.notebook.follow_up(&id).is_none_or(|known| known.closed.is_some()) {
        return Err(format!("{id} is closed already"));
    }
    say(model, now, format!("{id} {}", if done { "done" } else { "given up" }));
    let by = model.plan.environment.operator.clone();
    out.fact(Fact::FollowUpClosed { follow_up: id, done, detail, by });
    Ok(())
}
