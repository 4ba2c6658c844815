//! What is to be filled in before a command can run.

use std::collections::BTreeMap;

use crate::actions::{StepError, aside};
use crate::domain::answer::Answers;
use crate::domain::idempotency;
use crate::domain::requests::{Ground, Requests};
use crate::domain::runbook::{Placeholder, StepCommand};

use super::codes::{BLANK, CANNOT_BE_FILLED, PLACEHOLDER};
use super::sink::{At, Sink};

/// Looks at the placeholders of a command. Variables are none: the environment is looked at elsewhere.
pub(super) fn check(command: &StepCommand, at: &At<'_>, sink: &mut Sink<'_>) {
    let mut from = 0;
    let generated = idempotency::generated(command);
    let asked = |hole: &&Placeholder| !hole.environment && Some(*hole) != generated;
    for hole in command.placeholders.iter().filter(asked) {
        let found = command.text.get(from..).and_then(|rest| rest.find(&hole.token)).map(|at| at + from);
        let offset = found.or_else(|| command.text.find(&hole.token));
        let place = offset.map_or((hole.line, 0), |offset| at.place(offset));
        from = offset.unwrap_or(from);
        let blank = hole.token.ends_with("...") || hole.token.ends_with('…');
        if blank {
            let said = format!("{} says that something belongs here, and not what", hole.token);
            let name = if hole.name == "value" {
                "what-it-is".to_owned()
            } else {
                hole.name.to_lowercase().replace('_', "-")
            };
            sink.add(sink.finding(&BLANK, place, said).hint(format!("name it: <{name}>")));
        } else if hole.is_secret() {
            let said = format!("{} is to be filled in: a secret, asked for by where it is kept", hole.token);
            sink.add(sink.finding(&PLACEHOLDER, place, said).hint("say in the step where it is kept"));
        } else {
            let said = format!("{} is to be filled in: it is asked for before the command runs", hole.token);
            sink.add(
                sink.finding(&PLACEHOLDER, place, said).hint("say in the step where the value comes from"),
            );
        }
    }
    unplaceable(command, at, sink);
}

/// A value that fits wherever one may stand: of a secret where it is kept, of an address its beginning.
fn any_value(command: &StepCommand, hole: &Placeholder) -> &'static str {
    let begins = command.text.split_whitespace().nth(1).is_some_and(|target| target.starts_with(&hole.token));
    match () {
        () if hole.is_secret() => "env:X",
        () if idempotency::is_request(command) && begins => "/1",
        () => "1",
    }
}

/// Whether values can be handed over at all: asked of the very function that does it.
fn unplaceable(command: &StepCommand, at: &At<'_>, sink: &mut Sink<'_>) {
    let values: BTreeMap<String, String> = command
        .placeholders
        .iter()
        .filter(|hole| !hole.environment)
        .map(|hole| (hole.token.clone(), any_value(command, hole).to_owned()))
        .collect();
    if values.is_empty() {
        return;
    }
    let answers = Answers { values, ..Answers::default() };
    let requests = Requests { base_url: Some("https://example.com".into()), ..Requests::default() };
    let ground = Ground { directory: None, requests: &requests };
    if let Err(StepError::Unplaceable { token, why }) = aside(command, &answers, ground) {
        let place = command.text.find(&token).map_or((command.line, 0), |offset| at.place(offset));
        let said = format!("{token} cannot be filled in here: {why}");
        sink.add(
            sink.finding(&CANNOT_BE_FILLED, place, said)
                .hint("run it by hand, or write it without a shell in the shell"),
        );
    }
}
