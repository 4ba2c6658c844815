//! The house as it stands, and rules shown to catch what is planted.

use std::fs;

use super::house::{FLOORS, findings, root, sources};

/// What is wrong with one file of this text.
fn planted(path: &str, text: &str) -> Vec<String> {
    findings(&[(path.to_owned(), text.to_owned())])
}

#[test]
fn the_house_holds() {
    let found = findings(&sources(root()));
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn every_folder_is_a_floor_and_every_floor_a_folder() {
    let mut folders: Vec<String> = fs::read_dir(root().join("src"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    let mut floors: Vec<&str> = FLOORS.iter().map(|floor| floor.name).collect();
    folders.sort();
    floors.sort_unstable();
    assert_eq!(folders, floors);
}

#[test]
fn arrows_point_down() {
    for (at, floor) in FLOORS.iter().enumerate() {
        for import in floor.imports {
            let below = FLOORS[..at].iter().any(|other| other.name == *import);
            assert!(below, "{} imports {import}, which does not stand before it", floor.name);
        }
        let mut impure =
            floor.imports.iter().filter(|import| FLOORS.iter().any(|f| f.name == **import && !f.pure));
        assert!(!floor.pure || impure.next().is_none(), "{} is pure and stands on what is not", floor.name);
    }
}

#[test]
fn the_page_draws_the_table() {
    let page = fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    for floor in FLOORS {
        let imports = match floor.name {
            "runtime" => "every floor above".to_owned(),
            "cli" => "every floor".to_owned(),
            _ if floor.imports.is_empty() => "nothing".to_owned(),
            _ => floor.imports.join(", "),
        };
        let pure = if floor.pure { "pure" } else { "rim" };
        let row = |line: &&str| {
            let mut cells = line.split('|').map(str::trim).skip(1);
            cells.next() == Some(&format!("`{}`", floor.name))
                && line.ends_with(&format!("| {pure} | {imports} |"))
        };
        assert!(
            page.lines().any(|line| row(&line)),
            "docs/architecture.md has no row | `{}` | … | {pure} | {imports} |",
            floor.name
        );
    }
}

#[test]
fn an_import_up_the_house_is_found_wherever_it_hides() {
    let cases = [
        ("use crate::io::Io;", "panes imports io"),
        ("use crate::{domain::time::Timestamp, io};", "panes imports io"),
        ("use crate::{\n    state::Model,\n    cli::{self, Exit},\n};", "panes imports cli"),
        ("fn f() -> crate::journal::Mode { loop {} }", "panes imports journal"),
        ("fn f() { let _ = vec![crate::runtime::Clock::default()]; }", "panes imports runtime"),
        ("mod inner { use super::super::super::super::config; }", "panes imports config"),
        ("use super::super::super::view::draw as paint;", "panes imports view"),
        ("use crate::Anything;", "crate::Anything is on no floor"),
    ];
    for (text, finding) in cases {
        let line = text.lines().position(|line| line.contains("cli")).map_or(1, |at| at + 1);
        assert_eq!(
            planted("src/panes/due/late.rs", text),
            [format!("src/panes/due/late.rs:{line}: {finding}")],
            "{text}"
        );
    }
    assert_eq!(
        planted("src/main.rs", "fn main() { midwatch::io::x() }"),
        ["src/main.rs:1: main.rs imports midwatch::io::x"]
    );
    assert_eq!(
        planted("src/cellar/mod.rs", ""),
        ["src/cellar/mod.rs:1: cellar is not in the table of floors"]
    );
    assert_eq!(
        planted("src/loose.rs", ""),
        ["src/loose.rs:1: only lib.rs and main.rs stand outside the floors"]
    );
}

#[test]
fn an_impure_line_on_a_pure_floor_is_found() {
    let cases = [
        ("use std::{collections::BTreeMap, fs};", "state is pure and names std::fs"),
        ("use tokio::sync::mpsc;", "state is pure and names tokio"),
        ("fn f() { let _ = ::std::env::var(\"HOME\"); }", "state is pure and names std::env"),
        ("fn f() { assert!(std::process::id() > 0) }", "state is pure and names std::process"),
        ("use std::time::SystemTime;", "state is pure and names SystemTime"),
        ("fn f() { let _ = std::time::Instant::now(); }", "state is pure and names Instant::now"),
        ("fn f() { let _ = chrono::Utc::now(); }", "state is pure and names Utc::now"),
        ("use std::*;", "state is pure and names all of std"),
        ("use std as s;", "state is pure and names all of std"),
    ];
    for (text, finding) in cases {
        assert_eq!(planted("src/state/x.rs", text), [format!("src/state/x.rs:1: {finding}")], "{text}");
        assert!(planted("src/io/x.rs", text).is_empty(), "the rim may: {text}");
    }
}

#[test]
fn a_colour_outside_theme_is_found() {
    let finding = ["src/view/x.rs:2: view names a colour: only theme does"];
    assert_eq!(planted("src/view/x.rs", "\nfn f() { style(Color::Red) }"), finding);
    assert_eq!(planted("src/view/x.rs", "\nuse ratatui::style::Color;"), finding);
    assert_eq!(planted("src/view/x.rs", "\nuse ratatui::style::{Style, Stylize};"), finding);
    assert!(planted("src/theme/x.rs", "use ratatui::style::Color;").is_empty());
}

#[test]
fn a_request_past_the_choke_point_is_found_and_looking_at_one_is_not() {
    let made = "fn f() -> Fact { Fact::RunRequested { run, ..other } }";
    let finding = "it makes Fact::RunRequested past the choke point";
    assert_eq!(planted("src/app/decide/dialog.rs", made), [format!("src/app/decide/dialog.rs:1: {finding}")]);
    assert_eq!(planted("src/runtime/x.rs", made), [format!("src/runtime/x.rs:1: {finding}")]);
    let hidden = "fn f() { facts.extend(vec![Fact::RunRequested { run: id() }]); }";
    assert_eq!(planted("src/app/mod.rs", hidden), [format!("src/app/mod.rs:1: {finding}")]);
    assert!(planted("src/app/decide/permit.rs", made).is_empty());
    let looked_at = "fn f(fact: &Fact) -> bool {\n if let Fact::RunRequested { run, .. } = fact { use_it(run) }\n \
                     matches!(fact, Fact::RunRequested { .. }) }";
    assert!(planted("src/app/mod.rs", looked_at).is_empty());
}

#[test]
fn comments_texts_and_tests_may_say_what_they_like() {
    let text = "//! See [`crate::io`].\n/* std::fs */ const A: &str = \"crate::io::Io std::fs Color::Red\";\n\
                #[cfg(test)] use crate::io;\n\
                #[cfg(test)]\nmod tests {\n    use crate::cli; fn f() { std::fs::read(\"x\"); }\n}\n\
                #[cfg(all(test, unix))] fn g() { std::process::id(); }\n";
    assert!(planted("src/domain/x.rs", text).is_empty());
    assert!(planted("src/domain/x/tests.rs", "use crate::io;").is_empty());
    let open = ["src/domain/x.rs:1: a module called tests is compiled outside tests too"];
    assert_eq!(planted("src/domain/x.rs", "mod tests;"), open);
    assert_eq!(planted("src/domain/x.rs", "#[cfg(not(test))] mod tests;"), open);
}
