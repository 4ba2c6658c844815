//! Actions: scripts of the package that runbooks name, and switches that they speak of.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Found;
use super::runbooks::Book;
use super::text::{Page, name_of};

/// Scripts that, by their names, change nothing but files of the checkout.
const LOOKING: &[&str] = &["lint", "test", "typecheck", "check", "audit"];
/// More than these are not proposed: the steps themselves run the others.
const MOST: usize = 12;

pub(super) fn write(found: &Found, books: &[Book], page: &mut Page) {
    let scripts = scripts(found);
    let mut written = BTreeSet::new();
    for (code, line, book) in books.iter().flat_map(|book| book.codes().map(move |(c, l)| (c, l, book))) {
        for command in code.lines().map(str::trim) {
            let Some(script) = script(command).filter(|script| scripts.contains(*script)) else { continue };
            if written.len() == MOST || !written.insert(script.to_owned()) {
                continue;
            }
            page.told(format!("{}:{line}: the script {script}", book.path));
            page.table("[[action]]");
            page.pair("name", &name_of(script));
            page.pair("kind", "command");
            page.pair("risk", if looks(script) { "read" } else { "change" });
            page.list("command", &["npm", "run", script]);
            page.list("matches", &[command]);
        }
    }
    switch(books, page);
}

/// Scripts of the package at the root.
fn scripts(found: &Found) -> BTreeSet<String> {
    let package = found.files.iter().find(|file| file.path == "package.json");
    let package = package.and_then(|file| serde_json::from_str::<Value>(&file.text).ok());
    let scripts = package.as_ref().and_then(|package| package.get("scripts")).and_then(Value::as_object);
    scripts.map(|scripts| scripts.keys().cloned().collect()).unwrap_or_default()
}

/// The script that a plain `npm run NAME` runs.
fn script(command: &str) -> Option<&str> {
    let mut words = command.split(' ');
    match (words.next(), words.next(), words.next(), words.next()) {
        (Some("npm"), Some("run"), Some(name), None) => Some(name),
        (Some("npm"), Some("test"), None, None) => Some("test"),
        _ => None,
    }
}

fn looks(script: &str) -> bool {
    script.split(':').next().is_some_and(|first| LOOKING.contains(&first))
}

/// A switch that a runbook tells to flip: only the team knows where it is.
fn switch(books: &[Book], page: &mut Page) {
    let mut seen = BTreeSet::new();
    for book in books {
        for (code, line) in book.codes() {
            let Some((name, value)) = code.split_once('=') else { continue };
            let is_flag = name.chars().all(|c| c.is_ascii_uppercase() || c == '_' || c.is_ascii_digit())
                && name.contains('_')
                && matches!(value, "true" | "on" | "1" | "false");
            if !is_flag || !seen.insert(name.to_owned()) {
                continue;
            }
            page.told(format!("{}:{line}: the switch {name}; say where it is", book.path));
            page.blank();
            page.comment(&format!("{}:{line} flips `{code}`. Say where that switch is:", book.path));
            let name = name_of(name);
            for line in [
                "[[action]]".to_owned(),
                format!("name = \"{name}\""),
                "kind = \"toggle\"".to_owned(),
                "risk = \"change\"".to_owned(),
                format!("matches = [\"{code}\"]"),
                "read = { get = \"https://…\" }".to_owned(),
                "on = { put = \"https://…\", body = \"on\" }".to_owned(),
                "off = { put = \"https://…\", body = \"off\" }".to_owned(),
                "ends_after = \"1h\"".to_owned(),
            ] {
                page.comment(&line);
            }
        }
    }
}
