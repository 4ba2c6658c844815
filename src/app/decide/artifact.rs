//! Keeping a file as an artifact: asked for by its path, kept by whoever can reach it, and a fact only once it is on
//! disk.

use crate::domain::artifact::{Keeping, Kept};
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
    if let Some(keeping) = &model.feed.keeping {
        let text = format!("{} is being kept still", clip(&keeping.path, 60));
        say_no(model, now, text);
        return;
    }
    let step = model.ui.step.clone().filter(|step| model.plan.step(step).is_some());
    dialog::prompt(model, Asking::KeepFile(step), "");
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
    let limits = model.plan.artifacts;
    let keeping = Keeping {
        step,
        path: path.to_owned(),
        limit: limits.each,
        room: limits.total.saturating_sub(model.watch.attached.size()),
    };
    say(model, now, format!("keeping {}", clip(path, 60)));
    model.feed.keeping = Some(keeping.clone());
    out.effect(Effect::Keep(keeping));
    Ok(())
}

/// A file was kept, or why not.
pub fn kept(model: &mut Model, now: Timestamp, outcome: Result<Kept, String>, out: &mut Out) {
    let Some(keeping) = model.feed.keeping.take() else { return };
    let kept = match outcome {
        Ok(kept) => kept,
        Err(why) => {
            say_no(model, now, format!("not kept: {why}"));
            if model.ui.dialog.is_none() {
                // What was typed is not lost, and why it would not do stands beside it.
                dialog::prompt(model, Asking::KeepFile(keeping.step), &keeping.path);
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
