//! Attributes of a block or an item as rules: `sh {"timeout": "30s", "undo": "./undrain"}`, `<!-- midwatch:
//! signal=checkout required=no -->`. What they hold is checked here, so that a slip is told when the file is read
//! and not at the moment it matters.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::action::Risk;
use crate::domain::answer::AnswerKind;
use crate::domain::condition::Condition;
use crate::domain::diagnostic::{Diagnostic, did_you_mean};
use crate::domain::runbook::names_secret;
use crate::domain::step_rules::{Ask, Capture, Need, OnFailure, PromptEnv, StepRules};
use crate::domain::text;

use super::fence;

/// Attributes of ours: a misspelling of one of them is told.
const OURS: &[&str] = &[
    "approve",
    "ask",
    "capture",
    "check",
    "expect",
    "onFailure",
    "phase",
    "required",
    "risk",
    "signal",
    "timeout",
    "undo",
    "when",
];

/// Attributes of runme that mean something here.
const RUNMES: &[&str] = &["cwd", "excludeFromRunAll", "interactive", "name", "promptEnv"];

/// Attributes of runme that speak of its own screens: nothing to do here, and nothing to complain about.
const OTHERS: &[&str] = &[
    "background",
    "category",
    "closeTerminalOnSuccess",
    "id",
    "interpreter",
    "mimeType",
    "tag",
    "terminalRows",
    "transform",
];

/// How long a block may be given.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// The rules that `attributes` make; what is wrong with them is told at `line` and left out.
pub(super) fn rules(
    file: &str,
    line: usize,
    attributes: &BTreeMap<String, String>,
    found: &mut Vec<Diagnostic>,
) -> StepRules {
    let mut rules = StepRules::default();
    let mut wrong = |key: &str, why: String, hint: &str| {
        let message = format!("{}: {why}", text::clean(text::head(key, 60)));
        found.push(Diagnostic::warning(file, (line, 0), "bad-attribute", message).hint(hint));
    };
    for (key, value) in attributes {
        let value = value.trim();
        let shown = text::clean(text::head(value, 60));
        match key.as_str() {
            "name" => rules.name = some(value),
            "cwd" => rules.cwd = some(value),
            "undo" => rules.undo = some(value),
            "approve" => rules.approve = some(value),
            "check" => rules.check = some(value),
            "signal" => rules.signal = some(value).map(Into::into),
            "interactive" => match flag(value) {
                Some(is) => rules.interactive = is,
                None => wrong(key, format!("{shown:?} is neither true nor false"), "write true or false"),
            },
            "excludeFromRunAll" => match flag(value) {
                Some(is) => rules.exclude_from_run_all = is,
                None => wrong(key, format!("{shown:?} is neither true nor false"), "write true or false"),
            },
            "required" => match flag(value) {
                Some(true) => rules.need = Some(Need::Required),
                Some(false) => rules.need = Some(Need::Advisory),
                None => wrong(key, format!("{shown:?} is neither yes nor no"), "write yes or no"),
            },
            "promptEnv" => match value {
                "auto" => rules.prompt_env = Some(PromptEnv::Auto),
                "yes" | "true" | "1" => rules.prompt_env = Some(PromptEnv::Yes),
                "no" | "false" | "0" => rules.prompt_env = Some(PromptEnv::No),
                _ => wrong(key, format!("{shown:?} is none of auto, yes, no"), "write auto, yes or no"),
            },
            "risk" => match value {
                "read" => rules.risk = Some(Risk::Read),
                "change" => rules.risk = Some(Risk::Change),
                "destroy" => rules.risk = Some(Risk::Destroy),
                _ => wrong(
                    key,
                    format!("{shown:?} is no risk"),
                    "write read, change or destroy: without it the risk is guessed on the careful side",
                ),
            },
            "timeout" => match humantime::parse_duration(value) {
                Ok(span) if span > Duration::ZERO && span <= LONGEST => rules.timeout = Some(span),
                Ok(_) | Err(_) => {
                    wrong(key, format!("{shown:?} is no time up to a day"), "write 30s, 5m or 1h");
                }
            },
            "expect" | "when" => match Condition::compile(value) {
                Ok(_) if key == "expect" => rules.expect = some(value),
                Ok(_) => rules.when = some(value),
                Err(error) => wrong(
                    key,
                    text::clean(&error.message).into_owned(),
                    "a condition, such as `exit == 0` or `status == 200 and body.ok`",
                ),
            },
            "ask" => match asks(value) {
                Some(list) => rules.ask = list,
                None => wrong(
                    key,
                    format!("{shown:?} names no kind of answer"),
                    "write placeholder: text, url, number, version, uuid, email, or words parted by |",
                ),
            },
            "capture" => match Capture::list(value) {
                Some(list) => {
                    for capture in list {
                        match refused(&capture) {
                            Some((why, hint)) => wrong(key, why, hint),
                            None => rules.capture.push(capture),
                        }
                    }
                }
                None => wrong(
                    key,
                    format!("{shown:?} names nothing"),
                    "write a name, or name: expression, several parted by semicolons",
                ),
            },
            "onFailure" => match value {
                "stop" => rules.on_failure = Some(OnFailure::Stop),
                "ask" => rules.on_failure = Some(OnFailure::Ask),
                "" => wrong(key, "it is empty".into(), "write stop, ask, or the name of a block"),
                handle => match handle.strip_prefix("handle:").unwrap_or(handle).trim() {
                    "" => wrong(key, "it names no block".into(), "write stop, ask, or the name of a block"),
                    block => rules.on_failure = Some(OnFailure::Handle(block.to_owned())),
                },
            },
            known if known == "phase" || OTHERS.contains(&known) => {}
            other => {
                if let Some(meant) = did_you_mean(other, OURS.iter().chain(RUNMES).copied()) {
                    wrong(other, "no attribute is called that".into(), &format!("did you mean {meant:?}?"));
                }
            }
        }
    }
    rules
}

/// The attributes that a comment `midwatch: key=value …` gives the item it stands in.
pub(super) fn of_comment(comment: &str) -> Option<BTreeMap<String, String>> {
    let rest = comment.trim().strip_prefix("midwatch:")?;
    Some(fence::pairs(text::head(rest.trim(), 2048)).into_iter().collect())
}

fn some(value: &str) -> Option<String> {
    Some(value.to_owned()).filter(|value| !value.is_empty())
}

fn flag(value: &str) -> Option<bool> {
    match value {
        "true" | "yes" | "1" => Some(true),
        "false" | "no" | "0" => Some(false),
        _ => None,
    }
}

/// `version: version; region: eu|us`.
fn asks(value: &str) -> Option<Vec<Ask>> {
    value
        .split(';')
        .map(|part| {
            let (name, kind) = part.split_once(':')?;
            let name = some(name.trim())?;
            Some(Ask { name, kind: AnswerKind::named(kind.trim())? })
        })
        .collect()
}

/// Why a capture can give nothing, and what helps.
fn refused(capture: &Capture) -> Option<(String, &'static str)> {
    if names_secret(&capture.name) {
        let why = format!("{} is the name of a secret, which is never kept", text::clean(&capture.name));
        return Some((why, "let the later step ask where the secret is kept"));
    }
    let error = Condition::compile(capture.of.as_deref()?).err()?;
    Some((
        text::clean(&error.message).into_owned(),
        "an expression over the reply, such as `json.commit` or `stdout | trim`",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> (StepRules, Vec<Diagnostic>) {
        let attributes = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let mut found = Vec::new();
        (rules("r.md", 3, &attributes, &mut found), found)
    }

    #[test]
    fn every_attribute_means_something() {
        let (rules, found) = read(&[
            ("name", "drain"),
            ("interactive", "false"),
            ("cwd", "infra"),
            ("excludeFromRunAll", "true"),
            ("promptEnv", "auto"),
            ("risk", "destroy"),
            ("ask", "region: eu|us; count: number"),
            ("expect", "exit == 0"),
            ("timeout", "90s"),
            ("capture", "version; sha: body.commit"),
            ("check", "test -f plan"),
            ("undo", "./undrain"),
            ("onFailure", "page-ann"),
            ("signal", "web"),
            ("when", "status == 200"),
            ("required", "no"),
            ("approve", "CEO"),
            ("phase", "contain"),
            ("mimeType", "text/plain"),
        ]);
        assert_eq!(found, []);
        assert_eq!(rules.timeout, Some(Duration::from_secs(90)));
        assert_eq!(rules.on_failure, Some(OnFailure::Handle("page-ann".into())));
        assert_eq!(rules.ask[1], Ask { name: "count".into(), kind: AnswerKind::Number });
        assert_eq!(rules.capture[1], Capture { name: "sha".into(), of: Some("body.commit".into()) });
        assert_eq!((rules.need, rules.risk), (Some(Need::Advisory), Some(Risk::Destroy)));
        assert_eq!(rules.clone().or(&StepRules::default()), rules);
        assert_eq!(StepRules::default().or(&rules), rules);
    }

    #[test]
    fn slips_are_told_and_left_out() {
        for (key, value, said) in [
            ("timeout", "soon", "timeout: \"soon\" is no time"),
            ("expect", "exit ==", "expect: "),
            ("risk", "none", "no risk"),
            ("required", "perhaps", "neither yes nor no"),
            ("capture", "a b", "names nothing"),
            ("capture", "api-token", "the name of a secret"),
            ("capture", "sha: body.", "capture: "),
            ("ask", "region: colour", "names no kind"),
            ("onfailure", "stop", "no attribute is called that"),
        ] {
            let (rules, found) = read(&[(key, value)]);
            assert_eq!(rules, StepRules::default(), "{key}");
            assert_eq!((found.len(), found[0].line), (1, 3), "{key}");
            assert!(found[0].message.contains(said), "{}", found[0].message);
        }
        assert_eq!(read(&[("ours", "1")]).1, [], "what another tool reads is no slip");
    }

    #[test]
    fn a_comment_speaks_only_if_it_says_so() {
        assert_eq!(of_comment("phase: verify"), None);
        assert_eq!(of_comment(" midwatch: signal=web when=\"status == 200\" ").map(|map| map.len()), Some(2));
    }
}
