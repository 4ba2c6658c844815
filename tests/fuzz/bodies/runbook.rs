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
    let mut ids = BTreeSet::new();
    for phase in &reading.runbook.phases {
        assert!((1..=lines).contains(&phase.line), "line {} of {lines}", phase.line);
        for step in &phase.steps {
            assert!((1..=lines).contains(&step.line), "line {} of {lines}", step.line);
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
