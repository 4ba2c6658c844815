//! What attributes speak of and is not there.

use std::collections::BTreeSet;

use crate::domain::diagnostic::did_you_mean;
use crate::domain::runbook::Step;
use crate::domain::step_rules::{OnFailure, StepRules};

use super::codes::{UNKNOWN_BLOCK, UNKNOWN_SIGNAL};
use super::known::Known;
use super::sink::Sink;

/// Looks at what the attributes of a step and of its blocks name.
pub(super) fn step(step: &Step, blocks: &BTreeSet<&str>, known: &Known, sink: &mut Sink<'_>) {
    look(&step.rules, step.line, blocks, known, sink);
    for command in &step.commands {
        // The attributes stand on the line before the first of the block.
        let line = command.block.map_or(command.line, |line| line.saturating_sub(1).max(1));
        look(&command.rules, line, blocks, known, sink);
    }
}

fn look(rules: &StepRules, line: usize, blocks: &BTreeSet<&str>, known: &Known, sink: &mut Sink<'_>) {
    if let (Some(signal), Some(signals)) = (&rules.signal, &known.signals)
        && !signals.contains(signal.as_str())
    {
        let said = format!("the configuration has no signal {:?}", signal.as_str());
        let meant = did_you_mean(signal.as_str(), signals.iter().map(String::as_str));
        let hint = meant.map_or("`midwatch check` lists the signals".to_owned(), |meant| {
            format!("did you mean {meant:?}?")
        });
        sink.add(sink.finding(&UNKNOWN_SIGNAL, (line, 0), said).hint(hint));
    }
    if let Some(OnFailure::Handle(block)) = &rules.on_failure
        && !blocks.contains(block.as_str())
    {
        let said = format!("no block of this runbook is called {block:?}");
        let meant = did_you_mean(block, blocks.iter().copied());
        let hint = meant.map_or("give the block that handles it that name".to_owned(), |meant| {
            format!("did you mean {meant:?}?")
        });
        sink.add(sink.finding(&UNKNOWN_BLOCK, (line, 0), said).hint(hint));
    }
}
