//! The commands that stand in rules: what is checked before a command, and what takes it back.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::runbook::{Asides, Runbook, StepCommand};
use crate::domain::step_rules::StepRules;
use crate::domain::text;

use super::placeholders;

/// Reads them out of the rules of every step and command. A command whose own rules name none has its step's.
pub fn asides(runbook: &mut Runbook) {
    for step in runbook.phases.iter_mut().flat_map(|phase| &mut phase.steps) {
        step.asides = of(&step.rules, step.line, None);
        for command in &mut step.commands {
            let rules = command.rules.clone().or(&step.rules);
            command.asides = of(&rules, command.line, command.language.as_deref());
        }
    }
}

/// A `check` beside a `signal` is a condition over it, and no command.
fn of(rules: &StepRules, line: usize, language: Option<&str>) -> Asides {
    let aside =
        |text: &Option<String>| text.as_ref().map(|text| Box::new(command(text, rules, line, language)));
    Asides {
        check: if rules.signal.is_some() { None } else { aside(&rules.check) },
        undo: aside(&rules.undo),
    }
}

/// It runs as the command it stands beside does: in its shell, in its directory, for as long, with what is asked for it.
fn command(wanted: &str, rules: &StepRules, line: usize, language: Option<&str>) -> StepCommand {
    let text = text::clean_lines(wanted);
    let language = language.filter(|language| placeholders::is_shell(Some(language)));
    StepCommand {
        line,
        language: language.map(str::to_owned),
        placeholders: placeholders::find(&text, line, language, &BTreeSet::new()),
        text,
        attributes: BTreeMap::new(),
        block: None,
        rules: StepRules {
            cwd: rules.cwd.clone(),
            timeout: rules.timeout,
            prompt_env: rules.prompt_env,
            ask: rules.ask.clone(),
            ..StepRules::default()
        },
        asides: Asides::default(),
    }
}
