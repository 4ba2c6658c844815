//! The bytes of a runbook.

use std::collections::BTreeSet;

use midwatch::runbook;
use serde_json::Value;

use super::shown;

/// Everything that is read is clean, has a line of the file, and steps are told apart.
pub fn holds(data: &[u8]) {
    let reading = runbook::read("runbook.md", data);
    let lines = data.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() + 1;
    for diagnostic in &reading.diagnostics {
        shown::line(&diagnostic.message, "message");
        shown::lines(diagnostic.hint.as_deref().unwrap_or_default(), "hint");
        assert!(diagnostic.line <= lines, "line {} of {lines}", diagnostic.line);
    }
    for statement in &reading.runbook.statements {
        assert!((1..=lines).contains(&statement.line), "line {} of {lines}", statement.line);
        assert!(statement.column >= 1, "column {}", statement.column);
        shown::line(&statement.text, "statement");
        shown::line(&statement.around, "what stands around a statement");
    }
    for prose in &reading.runbook.prose {
        assert!(
            (1..=prose.end).contains(&prose.line) && prose.end <= lines,
            "{}-{} of {lines}",
            prose.line,
            prose.end
        );
    }
    let mut ids = BTreeSet::new();
    for phase in &reading.runbook.phases {
        assert!((1..=lines).contains(&phase.line), "line {} of {lines}", phase.line);
        for note in &phase.notes {
            assert!(
                (1..=note.end).contains(&note.line) && note.end <= lines,
                "{}-{} of {lines}",
                note.line,
                note.end
            );
        }
        for step in &phase.steps {
            assert!(
                (1..=step.end).contains(&step.line) && step.end <= lines,
                "{}-{} of {lines}",
                step.line,
                step.end
            );
            shown::line(&step.text, "step");
            assert!(ids.insert(step.id.clone()), "two steps are {}", step.id);
            for command in &step.commands {
                assert!((1..=lines).contains(&command.line), "line {} of {lines}", command.line);
            }
        }
    }
    texts(&runbook::json(&[reading.runbook]));
}

fn texts(value: &Value) {
    match value {
        Value::String(text) => shown::lines(text, "a text of the runbook"),
        Value::Array(items) => items.iter().for_each(texts),
        Value::Object(map) => map.iter().for_each(|(key, value)| {
            shown::line(key, "a key of the runbook");
            texts(value);
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
