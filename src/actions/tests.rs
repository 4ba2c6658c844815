//! Actions from checked tables. The path from text is tested with the configuration.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::domain::setting::{Placed, Setting};

fn table(entries: Vec<(&str, Setting)>) -> Table {
    let entries: BTreeMap<String, Placed> = entries
        .into_iter()
        .enumerate()
        .map(|(line, (key, value))| (key.to_owned(), Placed { value, place: (line + 2, 1) }))
        .collect();
    Table { file: "midwatch.toml".into(), place: (1, 1), entries }
}

fn text(text: &str) -> Setting {
    Setting::Text(text.into())
}

fn list(words: &[&str]) -> Setting {
    Setting::List(words.iter().map(|word| Placed { value: text(word), place: (1, 1) }).collect())
}

fn inner(entries: Vec<(&str, Setting)>) -> Setting {
    Setting::Table(table(entries))
}

fn planned(entries: Vec<(&str, Setting)>) -> (Option<Action>, Vec<(&'static str, String)>) {
    let mut found = Vec::new();
    let action = plan(&table(entries), &mut found);
    (action, found.into_iter().map(|diagnostic| (diagnostic.code, diagnostic.message)).collect())
}

#[test]
fn every_kind_is_named_in_the_choice_and_describes_its_keys() {
    let kind = COMMON.iter().find(|field| field.name == "kind").unwrap();
    let SettingKind::Choice(words) = kind.kind else { panic!("kind is a choice") };
    assert_eq!(words, KINDS.iter().map(|kind| kind.name).collect::<Vec<_>>());
    for kind in KINDS {
        let mut keys: BTreeSet<&str> = COMMON.iter().map(|field| field.name).collect();
        for field in kind.fields {
            assert!(!field.about.is_empty(), "{}.{}", kind.name, field.name);
            assert!(keys.insert(field.name), "{}.{} is a key of every action", kind.name, field.name);
        }
    }
}

#[test]
fn no_key_approves_in_advance() {
    let keys = COMMON.iter().chain(KINDS.iter().flat_map(|kind| kind.fields)).map(|field| field.name);
    for key in keys {
        assert!(!["yes", "approve", "approved", "confirm", "force"].contains(&key), "{key}");
    }
}

#[test]
fn a_command_needs_no_kind_and_waits_ten_minutes() {
    let (action, found) = planned(vec![("name", text("gates")), ("command", list(&["npm", "test"]))]);
    assert_eq!(found, []);
    let action = action.unwrap();
    assert_eq!(
        (action.risk, action.target.as_str(), action.within),
        (Risk::Change, "gates", Duration::from_secs(60))
    );
    let ActionKind::Once(IoRequest::Command(run)) = action.kind else { panic!("not a command") };
    assert_eq!(
        (run.argv, run.timeout),
        (vec!["npm".to_owned(), "test".to_owned()], Duration::from_secs(600))
    );
}

#[test]
fn json_is_sent_as_json() {
    let (action, found) = planned(vec![
        ("name", text("purge")),
        ("kind", text("http")),
        ("post", text("https://edge.example.com/purge")),
        ("json", Setting::Json(serde_json::json!({"files": ["a"], "n": 1}))),
    ]);
    assert_eq!(found, []);
    let ActionKind::Once(request) = action.unwrap().kind else { panic!("not one request") };
    assert_eq!(
        request.preview(),
        [
            "POST https://edge.example.com/purge",
            "content-type: application/json",
            "",
            "{\"files\":[\"a\"],\"n\":1}"
        ]
    );
}

#[test]
fn a_toggle_reads_without_changing_and_is_never_risk_free() {
    let url = || text("https://edge.example.com/flag");
    let (action, found) = planned(vec![
        ("name", text("maintenance")),
        ("kind", text("toggle")),
        ("read", inner(vec![("put", url())])),
        ("on", inner(vec![("put", url())])),
        ("off", inner(vec![("put", url()), ("cwd", Setting::Path("/".into()))])),
        ("risk", text("read")),
    ]);
    let codes: Vec<&str> = found.iter().map(|(code, _)| *code).collect();
    assert_eq!(codes, ["misplaced-key", "bad-risk", "bad-risk"]);
    assert!(matches!(action.unwrap().kind, ActionKind::Toggle(_)));
}

#[test]
fn what_cannot_be_meant_is_said() {
    let cases: Vec<(Vec<(&str, Setting)>, &str)> = vec![
        (vec![("name", text("a")), ("kind", text("http"))], "missing-key"),
        (
            vec![
                ("name", text("a")),
                ("kind", text("http")),
                ("get", text("http://a.example.com")),
                ("post", text("http://a.example.com")),
            ],
            "ambiguous-request",
        ),
        (vec![("name", text("a")), ("command", list(&[]))], "missing-program"),
        (vec![("name", text("A b")), ("command", list(&["ls"]))], "bad-name"),
        (
            vec![
                ("name", text("a")),
                ("command", list(&["ls"])),
                ("ends_after", Setting::Duration(Duration::from_secs(9))),
            ],
            "misplaced-key",
        ),
        (
            vec![
                ("name", text("a")),
                ("kind", text("open")),
                ("url", text("http://a.example.com")),
                ("expect", inner(vec![])),
            ],
            "misplaced-key",
        ),
        (
            vec![
                ("name", text("a")),
                ("kind", text("http")),
                ("get", text("http://a.example.com")),
                ("expect", inner(vec![("exit", Setting::Integer(0))])),
            ],
            "misplaced-key",
        ),
    ];
    for (entries, code) in cases {
        let shown = format!("{entries:?}");
        let (_, found) = planned(entries);
        assert_eq!(found.iter().map(|(code, _)| *code).collect::<Vec<_>>(), [code], "{shown}");
    }
}
