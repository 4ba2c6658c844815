//! Runbooks as the JSON document of `midwatch runbook show --json`.

use serde_json::{Value, json};

use crate::domain::runbook::{Marker, Phase, Runbook, Step, StepCommand};

/// `{"runbooks": [{"file", "title", "hash", "phases": [{"phase", "title", "path", "line", "notes": [{"line",
/// "end", "text"}], "steps": [{"id", "line", "end", "depth", "text", "lead", "marker", "commands": [{"line",
/// "language", "text", "placeholders", "holes", "attributes", "rules", "block"}], "codes", "links", "rules"}]}],
/// "statements": [{"line", "column", "text", "around", "heading", "step", "kind", …}], "prose": [{"line", "end",
/// "text", "why"}]}]}`.
///
/// `placeholders` are the tokens as they stand; `holes` says more of each: its name, its line, and whether the
/// environment may hold it.
pub fn json(runbooks: &[Runbook]) -> Value {
    let runbooks: Vec<Value> = runbooks
        .iter()
        .map(|runbook| {
            json!({
                "file": runbook.id,
                "title": runbook.title,
                "hash": runbook.hash,
                "phases": runbook.phases.iter().map(phase).collect::<Vec<_>>(),
                "statements": runbook.statements,
                "prose": runbook.prose,
            })
        })
        .collect();
    json!({ "runbooks": runbooks })
}

fn phase(phase: &Phase) -> Value {
    json!({
        "phase": phase.kind.word(),
        "title": phase.title,
        "path": phase.path,
        "line": phase.line,
        "notes": phase.notes,
        "steps": phase.steps.iter().map(step).collect::<Vec<_>>(),
    })
}

fn step(step: &Step) -> Value {
    let marker = match step.marker {
        Marker::Bullet => json!("bullet"),
        Marker::Number(number) => json!({ "number": number }),
        Marker::Task(ticked) => json!({ "task": ticked }),
        Marker::None => json!("none"),
    };
    json!({
        "id": step.id,
        "line": step.line,
        "end": step.end,
        "depth": step.depth,
        "text": step.text,
        "lead": step.lead,
        "marker": marker,
        "commands": step.commands.iter().map(command).collect::<Vec<_>>(),
        "codes": step.codes,
        "links": step.links,
        "rules": step.rules,
    })
}

fn command(command: &StepCommand) -> Value {
    let tokens: Vec<&str> = command.placeholders.iter().map(|hole| hole.token.as_str()).collect();
    json!({
        "line": command.line,
        "language": command.language,
        "text": command.text,
        "placeholders": tokens,
        "holes": command.placeholders,
        "attributes": command.attributes,
        "rules": command.rules,
        "block": command.block,
    })
}
