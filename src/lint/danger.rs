//! What cannot be taken back, and what is taken for going back.

use crate::actions::risk_of;
use crate::domain::action::Risk;
use crate::domain::runbook::{Phase, PhaseKind, Step, StepCommand};

use super::codes::{IRREVERSIBLE, NOT_A_ROLLBACK};
use super::sink::{At, Sink};
use super::words::{Simple, Word};

/// Words that say what is destroyed, the plainest first.
const VERBS: &[&str] = &[
    "flushall",
    "flushdb",
    "destroy",
    "delete",
    "drop",
    "truncate",
    "purge",
    "prune",
    "uninstall",
    "drain",
    "reset",
    "stop",
    "kill",
    "remove",
    "terminate",
    "rm",
    "rb",
    "rmi",
    "del",
    "unlink",
    "clean",
    "--force",
    "-f",
    "--hard",
    "--delete",
    "-delete",
];

/// Looks at what a command leaves behind.
pub(super) fn check(simple: &Simple, command: &StepCommand, step: &Step, at: &At<'_>, sink: &mut Sink<'_>) {
    let rules = command.rules.clone().or(&step.rules);
    // Whoever wrote it knows.
    if rules.risk == Some(Risk::Destroy) || rules.undo.is_some() {
        return;
    }
    let Some(text) = command.text.get(simple.range.0..simple.range.1) else { return };
    let alone = StepCommand {
        text: text.to_owned(),
        attributes: std::collections::BTreeMap::new(),
        ..command.clone()
    };
    if risk_of(&alone) != Risk::Destroy {
        return;
    }
    let Some(program) = simple.program().map(|index| &simple.words[index]) else { return };
    let arguments = simple.words.iter().skip_while(|word| word.at <= program.at);
    let said = arguments.filter_map(|word| verb(word).map(|rank| (rank, word))).min_by_key(|(rank, _)| *rank);
    let name = program.text.rsplit('/').next().unwrap_or_default();
    let (place, said) = match said {
        Some((_, word)) => (
            word,
            format!(
                "{name} {} cannot be taken back",
                word.text.split_whitespace().next().unwrap_or_default()
            ),
        ),
        None if simple.input.is_some() => {
            (program, format!("what {name} reads replaces what is there, and cannot be taken back"))
        }
        None => (program, format!("{name} cannot be taken back")),
    };
    sink.add(sink.finding(&IRREVERSIBLE, at.place(place.at), said).hint(
        "say what to look at before it, and who agrees; the attribute risk=destroy says that this is known",
    ));
}

fn verb(word: &Word) -> Option<usize> {
    let lower = word.text.to_ascii_lowercase();
    let first = lower.split_whitespace().next()?;
    VERBS.iter().position(|verb| {
        first == *verb || first.split(['-', ':']).any(|part| part == *verb && !first.starts_with('-'))
    })
}

/// Looks at a promotion in the place of a rollback.
pub(super) fn promote(simple: &Simple, phase: &Phase, step: &Step, at: &At<'_>, sink: &mut Sink<'_>) {
    let Some((_, "vercel" | "vc", arguments)) = simple.call() else { return };
    let Some(word) =
        arguments.iter().find(|word| !word.text.starts_with('-')).filter(|word| word.text == "promote")
    else {
        return;
    };
    let words = format!("{} {} {}", phase.path.join(" "), phase.title, step.text).to_lowercase();
    let back = phase.kind == PhaseKind::Rollback
        || ["rollback", "roll back", "revert", "previous deployment"].iter().any(|said| words.contains(said));
    let status = arguments.iter().any(|word| word.text == "status");
    if !back || status {
        return;
    }
    let said = "vercel promote is no rollback: a preview is built anew, and it ends a rollback that holds back new deployments";
    sink.add(sink.finding(&NOT_A_ROLLBACK, at.place(word.at), said).hint(
        "`vercel rollback DEPLOYMENT` moves the production domains to an earlier production deployment, without a build; \
         `vercel promote` undoes that",
    ));
}
