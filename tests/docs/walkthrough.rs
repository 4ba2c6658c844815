//! The page of sources: its scopes, its sections, and the provider that it writes step by step.
//!
//! That provider is `tests/walkthrough/netlify`, compiled into the crate for its tests and held to what every provider
//! must bear. The page shows all of it, and nothing else.

use std::fmt::Write as _;
use std::fs;

use super::page::Page;
use super::pages::{fresh, root, with_block};
use midwatch::sources::PROVIDERS;

const PAGE: &str = "docs/sources.md";
const FOLDER: &str = "tests/walkthrough/netlify";
/// What begins a step in a file.
const MARK: &str = "// Step: ";
/// Sections of the configuration that are no page's of their own: `docs/signals.md` tells of them.
const ELSEWHERE: [&str; 2] = ["health", "alert"];

fn page() -> String {
    fs::read_to_string(root().join(PAGE)).unwrap()
}

/// The steps of a file: what each is called, and its lines. What stands before the first mark is called as the file.
fn steps(file: &str, text: &str) -> Vec<(String, String)> {
    let mut steps = vec![(format!("netlify/{file}"), String::new())];
    for line in text.lines() {
        match line.strip_prefix(MARK) {
            Some(name) => steps.push((name.trim_end_matches('.').to_owned(), String::new())),
            None => {
                let (_, lines) = steps.last_mut().unwrap();
                lines.push_str(line);
                lines.push('\n');
            }
        }
    }
    steps.iter_mut().for_each(|(_, lines)| *lines = lines.trim_matches('\n').to_owned());
    steps
}

/// Every step of the folder.
fn walkthrough() -> Vec<(String, String)> {
    let mut files: Vec<String> = fs::read_dir(root().join(FOLDER))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    files.sort();
    let read = |file: &String| fs::read_to_string(root().join(FOLDER).join(file)).unwrap();
    files.iter().flat_map(|file| steps(file, &read(file))).collect()
}

/// What each source's token must be allowed to do.
fn scopes() -> String {
    let cell = |text: &str| text.replace('|', "\\|");
    let mut table = String::from("| source | scope | for |\n|---|---|---|\n");
    for provider in PROVIDERS {
        for scope in provider.scopes {
            let _ = writeln!(table, "| {} | `{}` | {} |", provider.title, cell(scope.name), cell(scope.why));
        }
    }
    table
}

#[test]
fn the_page_of_sources_is_fresh() {
    let mut text = with_block(PAGE, &page(), "scopes", &scopes());
    for (name, lines) in walkthrough() {
        text = with_block(PAGE, &text, &name, &format!("```rust\n{lines}\n```\n"));
    }
    fresh(PAGE, &text);
}

#[test]
fn all_the_rust_on_the_page_is_compiled() {
    let steps = walkthrough();
    let registry = fs::read_to_string(root().join("src/sources/mod.rs")).unwrap();
    let registered = |line: &str| registry.lines().any(|known| known.trim() == line.trim());
    for fence in Page::read(PAGE.into(), &page()).fences.iter().filter(|fence| fence.info == "rust") {
        let is_step = steps.iter().any(|(_, lines)| *lines == fence.text.trim_matches('\n'));
        let is_row = fence.text.lines().all(|line| line.trim().is_empty() || registered(line));
        assert!(is_step || is_row, "{PAGE}:{}: nothing compiles this", fence.line);
    }
    assert!(
        registry.contains("tests/walkthrough/netlify/mod.rs") && registered("netlify::PROVIDER,"),
        "the walk-through is not compiled"
    );
}

#[test]
fn every_source_has_a_section_with_an_example() {
    let text = page();
    for provider in PROVIDERS.iter().filter(|provider| !ELSEWHERE.contains(&provider.name)) {
        let heading = format!("\n## {}\n", provider.title);
        let (_, rest) =
            text.split_once(&heading).unwrap_or_else(|| panic!("{PAGE} has no section {:?}", provider.title));
        let section = rest.split("\n## ").next().unwrap();
        let table = if provider.many {
            format!("\n[[{}]]\n", provider.name)
        } else {
            format!("\n[{}]\n", provider.name)
        };
        assert!(section.contains(&table), "{PAGE}: the section {:?} shows no table", provider.title);
    }
}

#[test]
fn a_file_is_cut_at_its_marks_and_nothing_is_lost() {
    let named = |name: &str, lines: &str| (name.to_owned(), lines.to_owned());
    assert_eq!(
        steps("mod.rs", "//! X\n\n// Step: the row.\n\nrow\n// Step: the plan.\nplan\n"),
        [named("netlify/mod.rs", "//! X"), named("the row", "row"), named("the plan", "plan")]
    );
}
