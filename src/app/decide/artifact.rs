//! Keeping an artifact: a file, asked for by its path, or what a run printed. It is kept by whoever can reach it, and
//! a fact only once it is on disk.

use crate::domain::artifact::{Content, Keeping, Kept};
use crate::domain::fact::Fact;
use crate::domain::runbook::StepRef;
use crate::domain::text::{clip, head, size};
use crate::domain::time::Timestamp;
use crate::state::{Asking, Dialog, Model};

use super::{Effect, Out, dialog, recordable, say, say_no};

/// Asks which file is to be kept.
pub fn ask(model: &mut Model, now: Timestamp) {
    if !recordable(model, now) {
        return;
    }
    if is_busy(model, now) {
        return;
    }
    dialog::prompt(model, Asking::KeepFile(at(model)), "");
}

/// Whether something is being kept still, which is said.
fn is_busy(model: &mut Model, now: Timestamp) -> bool {
    let Some(keeping) = &model.feed.keeping else { return false };
    let text = format!("{} is being kept still", clip(keeping.content.words(), 60));
    say_no(model, now, text);
    true
}

/// Keeps what the run that is looked at has printed, with its step, or with the one that the runbook pane is at.
pub fn output(model: &mut Model, now: Timestamp, out: &mut Out) {
    if !recordable(model, now) || is_busy(model, now) {
        return;
    }
    let run = match &model.ui.dialog {
        Some(Dialog::Output { run, .. }) => model.watch.run(run),
        Some(_) | None => None,
    };
    let Some(run) = run else {
        say_no(model, now, "no run is looked at: o shows what one printed");
        return;
    };
    let id = run.id.clone();
    if run.is_open() {
        say_no(model, now, format!("{id} still runs: keep what it printed once it has ended"));
        return;
    }
    if run.output.is_empty() {
        let why = if run.truncated { "what it printed is no longer held here" } else { "it printed nothing" };
        say_no(model, now, format!("{id}: {why}"));
        return;
    }
    let left_out = if run.truncated { "… some output is left out …\n" } else { "" };
    let text = run.output.iter().fold(left_out.to_owned(), |text, line| text + &line.text + "\n");
    let step = run.step.clone().or_else(|| at(model));
    keep(model, now, step, Content::Printed { name: format!("{id}.txt"), text }, out);
}

/// The step that the runbook pane is at.
fn at(model: &Model) -> Option<StepRef> {
    model.ui.step.clone().filter(|step| model.plan.step(step).is_some())
}

fn keep(model: &mut Model, now: Timestamp, step: Option<StepRef>, content: Content, out: &mut Out) {
    let limits = model.plan.artifacts;
    let room = limits.total.saturating_sub(model.watch.attached.size());
    let text = format!("keeping {}", clip(content.words(), 60));
    say(model, now, text);
    let keeping = Keeping { step, content, limit: limits.each, room };
    model.feed.keeping = Some(keeping.clone());
    out.effect(Effect::Keep(keeping));
}

/// Takes the path of the file.
pub fn named(
    model: &mut Model,
    now: Timestamp,
    step: Option<StepRef>,
    path: &str,
    out: &mut Out,
) -> Result<(), String> {
    let path = path.trim();
    if path.is_empty() {
        return Err("name a file".into());
    }
    if path.starts_with('~') {
        return Err("no shell expands ~ here: write the path in full".into());
    }
    if model.feed.keeping.is_some() {
        return Err("another file is being kept still".into());
    }
    keep(model, now, step, Content::File(path.to_owned()), out);
    Ok(())
}

/// It was kept, or why not.
pub fn kept(model: &mut Model, now: Timestamp, outcome: Result<Kept, String>, out: &mut Out) {
    let Some(keeping) = model.feed.keeping.take() else { return };
    let kept = match outcome {
        Ok(kept) => kept,
        Err(why) => {
            say_no(model, now, format!("not kept: {why}"));
            if let (Content::File(path), None) = (&keeping.content, &model.ui.dialog) {
                // What was typed is not lost, and why it would not do stands beside it.
                dialog::prompt(model, Asking::KeepFile(keeping.step), path);
                if let Some(Dialog::Prompt(prompt)) = &mut model.ui.dialog {
                    prompt.problem = Some(why);
                }
            }
            return;
        }
    };
    if !recordable(model, now) {
        return;
    }
    let text = format!("kept {}, {}, sha256 {}", kept.name, size(kept.size), head(&kept.hash, 12));
    say(model, now, text);
    let by = model.plan.environment.operator.clone();
    let Kept { name, hash, size } = kept;
    out.fact(Fact::ArtifactKept { step: keeping.step, name, hash, size, by });
}
