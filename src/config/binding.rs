//! `[[binding]]`: what holds for steps of runbooks that nobody rewrites. The keys that say what holds have the names
//! and the meaning of attributes in a runbook.

use std::time::Duration;

use crate::domain::action::Risk;
use crate::domain::diagnostic::{Diagnostic, did_you_mean};
use crate::domain::setting::{Field, Kind, Table};
use crate::domain::signal::Signal;
use crate::domain::step_binding::StepBinding;
use crate::domain::step_rules::{Capture, Need, OnFailure, PromptEnv, StepRules};
use crate::domain::text::clean;

/// What it is, for the reference.
pub(super) const ABOUT: &str = "What holds for steps of runbooks that are left as they are. `runbook`, `heading`, \
    `matches` and `words` say which steps, and a step has to have all that are given; the other keys have the names \
    and the meaning of attributes in a runbook. What a runbook says itself comes first, then the later of two \
    bindings.";

/// How long a step may be given.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// Keys that say which steps are meant, one of which is needed.
const MARKS: [&str; 3] = ["matches", "words", "heading"];

/// The keys of `[[binding]]`.
pub(super) const FIELDS: &[Field] = &[
    Field::optional("runbook", Kind::Text, "every runbook", "The runbook's file, or the end of its path."),
    Field::optional(
        "heading",
        Kind::Text,
        "every heading",
        "Words of the heading that the step stands under, or of one around it.",
    ),
    Field::optional(
        "matches",
        Kind::List(&Kind::Text),
        "",
        "Code spans or whole commands, letter by letter: a step with one of them is meant.",
    ),
    Field::optional("words", Kind::Text, "", "Words that stand in the step, in any case."),
    Field::optional("signal", Kind::Text, "", "The signal that shows how the step stands."),
    Field::optional(
        "when",
        Kind::Condition,
        "when the signal is ok",
        "When the step is done, over that signal's reply.",
    ),
    Field::optional("required", Kind::Flag, "", "Whether the step has to be done."),
    Field::optional("approve", Kind::Text, "", "Whose approval it needs."),
    Field::optional(
        "check",
        Kind::Text,
        "",
        "A condition over `signal`, or a command, that must hold before it runs.",
    ),
    Field::optional(
        "expect",
        Kind::Condition,
        "",
        "When a run of it has done what it should, over its reply.",
    ),
    Field::optional("undo", Kind::Text, "", "The command that takes it back."),
    Field::optional("timeout", Kind::Duration, "`10m`", "How long a run of it may take; at most `24h`."),
    Field::optional(
        "cwd",
        Kind::Text,
        "",
        "Where it runs, from the directory where the runbook's commands run.",
    ),
    Field::optional(
        "risk",
        Kind::Choice(&["read", "change", "destroy"]),
        "guessed from its words",
        "What it may do. No binding approves anything in advance.",
    ),
    Field::optional("interactive", Kind::Flag, "`false`", "Whether it wants the terminal."),
    Field::optional("excludeFromRunAll", Kind::Flag, "`false`", "Whether it is no part of a sequence."),
    Field::optional(
        "promptEnv",
        Kind::Choice(&["auto", "yes", "no"]),
        "",
        "Whether what it reads from the environment is asked for.",
    ),
    Field::optional(
        "capture",
        Kind::Text,
        "",
        "What of the reply gets a name: `version`, or `sha: body.commit; url: body.url`.",
    ),
    Field::optional(
        "onFailure",
        Kind::Text,
        "",
        "What comes after a failure: `stop`, `ask`, or a block by its name.",
    ),
];

/// The binding of one checked table; what is wrong with it is told.
pub(super) fn plan(table: &Table, found: &mut Vec<Diagnostic>) -> StepBinding {
    let text =
        |name: &str| table.text(name).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    for (name, placed) in &table.entries {
        if matches!(&placed.value, crate::domain::setting::Setting::Text(given) if given.trim().is_empty()) {
            found.push(table.error(name, "empty", format!("{} is empty", clean(name))).hint("leave it out"));
        }
    }
    let matches: Vec<String> = table.texts("matches").into_iter().filter(|span| !span.is_empty()).collect();
    if !MARKS.iter().any(|name| table.has(name)) || table.has("matches") && matches.is_empty() {
        let message = "a binding says which steps it speaks of";
        found.push(table.error("matches", "missing-key", message).hint("give matches, words or heading"));
    }
    if table.has("when") && !table.has("signal") {
        let message = "there is no signal that when speaks of";
        found.push(table.error("when", "missing-key", message).hint("signal = \"…\""));
    }
    let timeout = table.duration("timeout");
    if timeout.is_some_and(|span| span > LONGEST) {
        found.push(table.error("timeout", "out-of-range", "a step may take at most a day"));
    }
    let capture = text("capture").map_or(Some(Vec::new()), |names| Capture::list(&names));
    if capture.is_none() {
        let wrong = table.error("capture", "bad-capture", "this names nothing");
        found.push(wrong.hint("write a name, or name: expression, several parted by semicolons"));
    }
    let condition = |name: &str| table.condition(name).map(|condition| condition.text().to_owned());
    let rules = StepRules {
        name: None,
        interactive: table.flag("interactive").unwrap_or(false),
        cwd: text("cwd"),
        exclude_from_run_all: table.flag("excludeFromRunAll").unwrap_or(false),
        prompt_env: table.text("promptEnv").map(|word| match word {
            "yes" => PromptEnv::Yes,
            "no" => PromptEnv::No,
            _ => PromptEnv::Auto,
        }),
        ask: Vec::new(),
        risk: table.text("risk").map(|word| match word {
            "read" => Risk::Read,
            "destroy" => Risk::Destroy,
            _ => Risk::Change,
        }),
        expect: condition("expect"),
        timeout,
        capture: capture.unwrap_or_default(),
        check: text("check"),
        undo: text("undo"),
        on_failure: text("onFailure").map(|word| match word.as_str() {
            "stop" => OnFailure::Stop,
            "ask" => OnFailure::Ask,
            _ => OnFailure::Handle(word),
        }),
        signal: text("signal").map(Into::into),
        when: condition("when"),
        need: table.flag("required").map(|is| if is { Need::Required } else { Need::Advisory }),
        approve: text("approve"),
    };
    if rules == StepRules::default() && !table.has("interactive") && !table.has("excludeFromRunAll") {
        let message = "this binding says nothing of its steps";
        found.push(
            table.error("matches", "missing-key", message).hint("give signal, required, check, undo …"),
        );
    }
    StepBinding {
        runbook: text("runbook"),
        heading: text("heading"),
        matches,
        words: text("words"),
        rules,
        file: table.file.clone(),
        place: table.place,
    }
}

/// Looks for the signal that a binding names, and whether its replies have what `when` asks for. `named` are the
/// names of all tables of signals: one that could not be planned has been reported already.
pub(super) fn look_for(
    binding: &StepBinding,
    table: &Table,
    watched: &[Signal],
    named: &[String],
    found: &mut Vec<Diagnostic>,
) {
    let Some(name) = &binding.rules.signal else { return };
    let shown = clean(name.as_str());
    let Some(signal) = watched.iter().find(|signal| signal.id == *name) else {
        if !named.iter().any(|known| known == name.as_str()) {
            let there = || watched.iter().filter(|signal| !signal.observer).map(|signal| signal.id.as_str());
            let hint = match did_you_mean(name.as_str(), there()) {
                Some(near) => format!("did you mean {near:?}?"),
                None if there().next().is_none() => "no signal has a name".to_owned(),
                None => format!("there are {}", there().collect::<Vec<_>>().join(", ")),
            };
            let message = format!("there is no signal called {shown:?}");
            found.push(table.error("signal", "unknown-signal", message).hint(hint));
        }
        return;
    };
    table.fitting("when", signal.known_names(), &format!("{shown:?}"), found);
}
