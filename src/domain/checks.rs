//! Checks that a program printed as one JSON document, such as a gate's: each with its name, how it turned out and what
//! it says of it. Pure, bounded, and silent where the document is something else.

use serde_json::{Map, Value};

use super::condition::document;
use super::role::Role;
use super::text::{clean, clip, head};

/// Checks that are kept at most.
const MOST: usize = 500;
/// How long a document may be to be looked at, in bytes.
const LONGEST: usize = 2 * 1024 * 1024;
/// How deep a list of checks may lie.
const DEEP: usize = 6;
/// Columns of a name, and of what is said of it.
const WIDE: (usize, usize) = (80, 200);

/// How a check turned out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Turned {
    /// It failed.
    Failed,
    /// It passed with a remark.
    Warned,
    /// It says nothing of how it turned out.
    Untold,
    /// It was not done.
    Skipped,
    /// It passed.
    Passed,
}

impl Turned {
    /// The word on screen.
    pub const fn word(self) -> &'static str {
        match self {
            Turned::Failed => "failed",
            Turned::Warned => "warned",
            Turned::Untold => "untold",
            Turned::Skipped => "skipped",
            Turned::Passed => "passed",
        }
    }

    /// The glyph that goes with the word.
    pub const fn glyph(self) -> &'static str {
        match self {
            Turned::Failed => "✖",
            Turned::Warned => "▲",
            Turned::Untold => "?",
            Turned::Skipped => "⊘",
            Turned::Passed => "✔",
        }
    }

    /// What it means.
    pub const fn role(self) -> Role {
        match self {
            Turned::Failed => Role::Danger,
            Turned::Warned | Turned::Skipped => Role::Warning,
            Turned::Untold => Role::Blind,
            Turned::Passed => Role::Ok,
        }
    }
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What it is called; clean.
    pub name: String,
    /// How it turned out.
    pub turned: Turned,
    /// What is said of it, on one line; clean.
    pub detail: String,
}

/// The checks of one document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checks {
    /// Failures first, otherwise in the order of the document.
    pub list: Vec<Check>,
    /// How many more there were.
    pub left_out: usize,
}

impl Checks {
    /// The checks in `output`, where it is one JSON document that holds some.
    pub fn read(output: &str) -> Option<Self> {
        let text = document(output).filter(|text| text.len() <= LONGEST)?;
        let document: Value = serde_json::from_str(text).ok()?;
        let mut list = found(&document, "", DEEP)?;
        list.sort_by_key(|check| check.turned);
        let left_out = list.len().saturating_sub(MOST);
        list.truncate(MOST);
        Some(Self { list, left_out })
    }

    /// How many turned out how, in words: `1 failed · 4 passed`.
    pub fn counts(&self) -> String {
        let all = [Turned::Failed, Turned::Warned, Turned::Untold, Turned::Skipped, Turned::Passed];
        let count = |turned: Turned| self.list.iter().filter(|check| check.turned == turned).count();
        let mut parts: Vec<String> = all
            .into_iter()
            .filter(|turned| count(*turned) > 0)
            .map(|turned| format!("{} {}", count(turned), turned.word()))
            .collect();
        if self.left_out > 0 {
            parts.push(format!("{} more", self.left_out));
        }
        parts.join(" · ")
    }
}

/// Keys by which a check is called.
const NAMES: &[&str] = &["name", "check", "step", "id", "title", "test", "key", "gate"];
/// Keys that say how it turned out.
const OUTCOMES: &[&str] =
    &["ok", "status", "passed", "pass", "success", "result", "outcome", "state", "healthy"];
/// Keys of what is said of it.
const DETAILS: &[&str] = &[
    "detail",
    "details",
    "message",
    "reason",
    "error",
    "hint",
    "info",
    "description",
    "value",
    "note",
    "output",
];
/// Keys under which checks lie, and what else says that a mapping is one of checks.
const HOLDERS: &[&str] = &[
    "checks",
    "steps",
    "results",
    "gates",
    "tests",
    "items",
    "report",
    "providers",
    "summary",
    "data",
    "stages",
];

/// The first list or mapping of checks in `value`; those of several lists beside one another together.
fn found(value: &Value, around: &str, deep: usize) -> Option<Vec<Check>> {
    match value {
        Value::Array(list) => {
            let checks: Option<Vec<Check>> = list.iter().map(of_list).collect();
            checks.filter(|checks| !checks.is_empty())
        }
        Value::Object(map) => {
            let deeper = deep.checked_sub(1)?;
            let held: Vec<Check> = map
                .iter()
                .filter(|(key, _)| HOLDERS.contains(&key.as_str()) || map.len() == 1)
                .filter_map(|(key, value)| found(value, key, deeper))
                .flatten()
                .collect();
            if held.is_empty() { of_mapping(map, around) } else { Some(held) }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// An object of a list: it has a name and says how it turned out.
fn of_list(value: &Value) -> Option<Check> {
    let map = value.as_object()?;
    let name = NAMES.iter().find_map(|key| map.get(*key)).and_then(scalar)?;
    let (key, turned) = OUTCOMES.iter().find_map(|key| Some((*key, turned(map.get(*key)?)?)))?;
    Some(check(&name, turned, &said(map, key)))
}

/// A mapping from names to how each turned out. Under no word for checks every value must be told beyond doubt.
fn of_mapping(map: &Map<String, Value>, around: &str) -> Option<Vec<Check>> {
    let told: Vec<(&String, Option<(Turned, String)>)> =
        map.iter().map(|(name, value)| (name, told(value))).collect();
    let known = told.iter().filter(|(_, told)| told.is_some()).count();
    let sure = known == told.len() && known > 1 || HOLDERS.contains(&around) && known > 0;
    sure.then(|| {
        told.into_iter()
            .filter(|(_, told)| known > 0 && (told.is_some() || HOLDERS.contains(&around)))
            .map(|(name, told)| {
                let (turned, detail) = told.unwrap_or((Turned::Untold, String::new()));
                check(name, turned, &detail)
            })
            .collect()
    })
}

/// How the value of a name turned out: yes or no, a word that says so, an object that does.
fn told(value: &Value) -> Option<(Turned, String)> {
    match value {
        Value::Bool(_) | Value::String(_) => Some((turned(value)?, String::new())),
        Value::Object(map) => {
            let (key, turned) = OUTCOMES.iter().find_map(|key| Some((*key, turned(map.get(*key)?)?)))?;
            Some((turned, said(map, key)))
        }
        Value::Null | Value::Number(_) | Value::Array(_) => None,
    }
}

/// What a value says of how something turned out.
fn turned(value: &Value) -> Option<Turned> {
    match value {
        Value::Bool(true) => Some(Turned::Passed),
        Value::Bool(false) => Some(Turned::Failed),
        Value::String(word) => match head(word, 24).to_ascii_lowercase().replace(['-', '_'], " ").trim() {
            "ok" | "pass" | "passed" | "success" | "succeeded" | "successful" | "healthy" | "green"
            | "done" | "up" | "complete" | "completed" | "ready" | "true" => Some(Turned::Passed),
            "fail" | "failed" | "failure" | "error" | "errored" | "broken" | "unhealthy" | "red" | "down"
            | "unavailable" | "critical" | "blocked" | "timeout" | "timed out" | "missing" | "not ready"
            | "false" => Some(Turned::Failed),
            "warn" | "warning" | "degraded" | "yellow" | "flaky" => Some(Turned::Warned),
            "skip" | "skipped" | "pending" | "disabled" | "todo" | "not run" | "n/a" | "cancelled" => {
                Some(Turned::Skipped)
            }
            _ => None,
        },
        Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// What an object says of its check besides `outcome`.
fn said(map: &Map<String, Value>, outcome: &str) -> String {
    let named = DETAILS.iter().filter_map(|key| map.get(*key)).find_map(scalar);
    named.filter(|text| !text.is_empty()).unwrap_or_else(|| {
        let rest = map.iter().filter(|(key, _)| *key != outcome && !NAMES.contains(&key.as_str()));
        let parts = rest.filter_map(|(key, value)| Some(format!("{} {}", head(key, 40), scalar(value)?)));
        parts.take(4).collect::<Vec<_>>().join(" · ")
    })
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(head(text, 1024).to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn check(name: &str, turned: Turned, detail: &str) -> Check {
    let short = |text: &str, wide: usize| clip(&clean(head(text, 1024)), wide).into_owned();
    Check { name: short(name, WIDE.0), turned, detail: short(detail, WIDE.1) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Turned::{Failed, Passed, Skipped, Untold, Warned};
    use super::*;
    use crate::domain::text::{is_hostile, width};

    fn read(output: &str) -> Option<Vec<(String, Turned, String)>> {
        let checks = Checks::read(output)?;
        Some(checks.list.into_iter().map(|check| (check.name, check.turned, check.detail)).collect())
    }

    fn checks(list: &[(&str, Turned, &str)]) -> Vec<(String, Turned, String)> {
        list.iter().map(|(name, turned, detail)| ((*name).into(), *turned, (*detail).into())).collect()
    }

    #[test]
    fn gates_are_read_as_programs_print_them() {
        let listed = r#"
> shop@1.0.0 pilot:preflight
> node preflight.js

{"ok": false, "checks": [
  {"name": "database", "ok": true, "detail": "12 ms"},
  {"name": "stripe", "ok": false, "message": "no key"},
  {"name": "mail", "ok": true}
]}
"#;
        let seen =
            checks(&[("stripe", Failed, "no key"), ("database", Passed, "12 ms"), ("mail", Passed, "")]);
        assert_eq!(read(listed), Some(seen));
        for (output, seen) in [
            (r#"{"lint": true, "test": false}"#, checks(&[("test", Failed, ""), ("lint", Passed, "")])),
            (
                r#"[{"step": "smoke", "status": "skipped"}, {"id": 7, "result": "PASS", "ms": 3}]"#,
                checks(&[("smoke", Skipped, ""), ("7", Passed, "ms 3")]),
            ),
            (
                r#"{"status": "degraded", "checks": {"api": {"status": "ok"}, "mail": {"status": "degraded", "latency": 9}, "queue": 4}}"#,
                checks(&[("mail", Warned, "latency 9"), ("queue", Untold, ""), ("api", Passed, "")]),
            ),
            (
                r#"{"report": {"steps": [{"check": "a", "passed": false, "error": "x\u001b[31m"}], "gates": [{"gate": "b", "outcome": "success"}]}}"#,
                checks(&[("a", Failed, "x�[31m"), ("b", Passed, "")]),
            ),
        ] {
            assert_eq!(read(output), Some(seen), "{output}");
        }
        assert_eq!(Checks::read(listed).unwrap().counts(), "1 failed · 2 passed");
    }

    #[test]
    fn what_is_something_else_is_left_alone() {
        for output in [
            "",
            "all good",
            "{}",
            "[]",
            "5",
            r#"{"name": "shop", "version": "1.0.0"}"#,
            r#"{"ok": true}"#,
            r#"{"id": "dpl_1", "url": "https://shop.example.com", "ready": true}"#,
            r#"[{"name": "a"}]"#,
            r#"[{"name": "a", "ok": true}, 5]"#,
            "{\"lint\": true, \"test\": false} trailing",
            "deploying\n{\"lint\": true, \"test\": false}",
        ] {
            assert_eq!(read(output), None, "{output}");
        }
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "(ok|failed|skipped|degraded|\\PC{0,12}|\u{1b}\\[31m)".prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 60, 6, |inner| {
            let key = "(name|id|check|ok|status|passed|checks|steps|detail|\\PC{0,6}|\u{202e})";
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((key, inner), 0..6)
                    .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// Whatever is printed: nothing breaks, nothing hostile comes through, failures stand first, sizes hold.
        #[test]
        fn any_document_is_bounded_and_harmless(document in json(), lead in "(|> x\n|\n|\\{|garbage\n)") {
            let Some(checks) = Checks::read(&format!("{lead}{document}")) else { return Ok(()) };
            prop_assert!(!checks.list.is_empty() && checks.list.len() <= MOST);
            prop_assert!(checks.list.is_sorted_by_key(|check| check.turned));
            for check in &checks.list {
                prop_assert!(!check.name.chars().chain(check.detail.chars()).any(is_hostile));
                prop_assert!(width(&check.name) <= WIDE.0 && width(&check.detail) <= WIDE.1);
            }
        }

        #[test]
        fn a_list_of_checks_loses_none(turns in prop::collection::vec(any::<bool>(), 1..40)) {
            let list: Vec<Value> = turns
                .iter()
                .enumerate()
                .map(|(at, ok)| serde_json::json!({ "name": format!("check {at}"), "ok": ok }))
                .collect();
            let checks = Checks::read(&serde_json::json!({ "checks": list }).to_string()).unwrap();
            let failed = checks.list.iter().filter(|check| check.turned == Turned::Failed).count();
            prop_assert_eq!(checks.list.len(), turns.len());
            prop_assert_eq!(failed, turns.iter().filter(|ok| !**ok).count());
            prop_assert!(checks.list[..failed].iter().all(|check| check.turned == Turned::Failed));
        }
    }

    #[test]
    fn more_than_a_screenful_is_cut_with_its_failures_kept() {
        let list: Vec<Value> =
            (0..2000).map(|at| serde_json::json!({ "name": at.to_string(), "ok": at != 1999 })).collect();
        let checks = Checks::read(&Value::from(list).to_string()).unwrap();
        assert_eq!((checks.list.len(), checks.left_out, checks.list[0].name.as_str()), (500, 1500, "1999"));
        assert!(checks.counts().ends_with("1500 more"), "{}", checks.counts());
    }
}
