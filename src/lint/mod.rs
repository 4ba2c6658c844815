//! What of a runbook cannot run, is dangerous or is not finished, before anybody needs it. Pure: it reads text and
//! runs nothing, asks nothing and opens nothing. What has to be known of the world is handed in as [`Known`], and
//! [`wanted`] says what that would be.
//!
//! One file a family of rules; [`CODES`] is the table of what can be found.

mod bindings;
mod codes;
mod commands;
mod danger;
mod help;
mod holes;
mod known;
mod links;
mod program;
mod rules;
mod said;
mod scripts;
mod secret;
mod sink;
mod target;
#[cfg(test)]
mod tests;
mod tool;
mod words;

pub use bindings::bindings;
pub use codes::{CODES, Code, code, codes_page, tools_page};
pub use help::Help;
pub use known::{Known, Scripts, Wanted};
pub use said::rehearsed;
pub use tool::{Tool, tools};

use std::collections::BTreeMap;

use crate::domain::finding::Finding;
use crate::domain::runbook::Step;
use crate::runbook::{self, Reading};

use commands::Commands;
use sink::Sink;

/// What would have to be known to lint the runbook that `bytes` are.
pub fn wanted(reading: &Reading, bytes: &[u8]) -> Wanted {
    let text = runbook::text(bytes);
    let helps = steps(reading)
        .flat_map(|(_, step)| &step.commands)
        .flat_map(|command| Commands::of(command).simple)
        .flat_map(|simple| program::pages(&simple))
        .collect();
    Wanted { helps, files: links::wanted(&text) }
}

/// Everything there is to say of a runbook, what the reader found among it, in the order of the file.
pub fn lint(reading: &Reading, bytes: &[u8], known: &Known) -> Vec<Finding> {
    let text = runbook::text(bytes);
    let lines: Vec<&str> = text.split('\n').collect();
    let mut sink = Sink::new(reading.runbook.id.as_str());
    for diagnostic in &reading.diagnostics {
        sink.found.push(Finding { diagnostic: diagnostic.clone(), step: None });
    }
    let blocks = bindings::names(&reading.runbook);
    for (phase, step) in steps(reading) {
        sink.step = Some(step.id.clone());
        rules::step(step, &blocks, known, &mut sink);
        for command in &step.commands {
            commands::check(command, phase, step, &lines, known, &mut sink);
        }
    }
    sink.step = None;
    links::check(&text, known, &mut sink);
    said::check(&text, reading, known, &mut sink);
    secret::check(&lines, &mut sink);
    let mut found = sink.found;
    place(reading, &mut found);
    found.sort_by_key(|finding| (finding.diagnostic.line, finding.diagnostic.column));
    found
}

fn steps(reading: &Reading) -> impl Iterator<Item = (&crate::domain::runbook::Phase, &Step)> {
    reading.runbook.phases.iter().flat_map(|phase| phase.steps.iter().map(move |step| (phase, step)))
}

/// A finding on the line of a step or of one of its commands stands in that step.
fn place(reading: &Reading, found: &mut [Finding]) {
    let mut owners: BTreeMap<usize, &Step> = BTreeMap::new();
    for (_, step) in steps(reading) {
        for command in &step.commands {
            let end = command.line + command.text.lines().count().max(1);
            (command.line..end).for_each(|line| {
                owners.entry(line).or_insert(step);
            });
        }
        owners.entry(step.line).or_insert(step);
    }
    for finding in found.iter_mut().filter(|finding| finding.step.is_none()) {
        finding.step = owners.get(&finding.diagnostic.line).map(|step| step.id.clone());
    }
}
