//! What the pages say, compared with what the program is.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::page::Page;
use clap::CommandFactory;
use midwatch::cli::Arguments;
use midwatch::config::{self, Layer};
use midwatch::domain::condition::Condition;
use midwatch::domain::diagnostic::Diagnostic;
use midwatch::domain::role::Role;
use midwatch::domain::runbook::PhaseKind;
use midwatch::keymap::{self, ActionKey};
use midwatch::lint;
use midwatch::runbook;
use midwatch::theme::{self, Depth};

/// Where the repository is.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn updating() -> bool {
    std::env::var_os("UPDATE_DOCS").is_some_and(|value| value != "0")
}

#[expect(clippy::disallowed_methods, reason = "a page is written only where that was asked for")]
fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
}

/// Compares a file with what it should be, or writes it.
pub fn fresh(name: &str, wanted: &str) {
    let path = root().join(name);
    let found = fs::read_to_string(&path).unwrap_or_default();
    if found == wanted {
        return;
    }
    if updating() {
        write(&path, wanted);
        return;
    }
    let line = found.lines().zip(wanted.lines()).take_while(|(found, wanted)| found == wanted).count() + 1;
    panic!("{name}:{line}: it is not what the program says now: UPDATE_DOCS=1 cargo test --test docs");
}

/// `text` with what stands between the marks of `block` replaced.
pub fn with_block(name: &str, text: &str, block: &str, inner: &str) -> String {
    let begin = format!("<!-- generated: {block} -->\n");
    let end = "<!-- end -->";
    let (before, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("{name} has no {begin}"));
    let (_, after) = rest.split_once(end).unwrap_or_else(|| panic!("{name}: {begin} has no {end}"));
    format!("{before}{begin}{inner}{end}{after}")
}

fn fresh_block(name: &str, block: &str, inner: &str) {
    let text = fs::read_to_string(root().join(name)).unwrap();
    fresh(name, &with_block(name, &text, block, inner));
}

/// The pages written for people: those of `docs/`, and those at the top where they exist.
fn pages() -> Vec<Page> {
    let mut files: Vec<PathBuf> = fs::read_dir(root().join("docs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    files.extend(
        ["README.md", "CHANGELOG.md"].map(|name| root().join(name)).into_iter().filter(|path| path.exists()),
    );
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
            let text = fs::read_to_string(&path).unwrap();
            Page::read(name, &text)
        })
        .collect()
}

fn shown(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().fold(String::new(), |mut shown, known| {
        let _ = write!(shown, "\n  {known}");
        shown
    })
}

#[test]
fn the_configuration_reference_is_fresh() {
    fresh("docs/configuration-reference.md", &config::reference());
}

#[test]
fn the_tables_of_lint_are_fresh() {
    fresh_block("docs/lint.md", "tools", &lint::tools_page());
    fresh_block("docs/lint.md", "codes", &lint::codes_page());
}

#[test]
fn every_code_that_is_told_of_a_runbook_is_in_the_table() {
    let mut files: Vec<PathBuf> = fs::read_dir(root().join("src/runbook"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    files.sort();
    let mut told = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        // A code stands behind the place, as `(1, 0), "code",` or on a line of its own.
        for made in text.split("Diagnostic::").skip(1) {
            let begins = made.starts_with("warning(") || made.starts_with("error(");
            let code = made.split('"').nth(1).filter(|_| begins).unwrap_or_default();
            if !code.is_empty() && code.chars().all(|c| c.is_ascii_lowercase() || c == '-') {
                told.insert(code.to_owned());
            }
        }
    }
    assert!(told.contains("unclosed-fence") && told.len() >= 10, "{told:?}");
    let missing: Vec<_> = told.iter().filter(|code| lint::code(code).is_none()).collect();
    assert!(missing.is_empty(), "not in docs/lint.md: {missing:?}");
}

#[test]
fn shipped_runbooks_are_linted_without_an_error() {
    let mut linted = 0;
    for entry in fs::read_dir(root().join("docs/runbooks")).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        let reading = runbook::read(&path.to_string_lossy(), &bytes);
        let found: Vec<Diagnostic> = lint::lint(&reading, &bytes, &lint::Known::default())
            .into_iter()
            .map(|finding| finding.diagnostic)
            .filter(|told| told.severity == midwatch::domain::diagnostic::Severity::Error)
            .collect();
        assert!(found.is_empty(), "{}", shown(&found));
        linted += 1;
    }
    assert!(linted > 0);
}

#[test]
fn the_schema_is_fresh() {
    let schema = serde_json::to_string_pretty(&config::schema()).unwrap();
    fresh("docs/midwatch.schema.json", &format!("{schema}\n"));
}

/// What is shipped in `folder`, as a list; nothing else is in there.
fn shipped(folder: &str, names: impl Iterator<Item = &'static str>) -> String {
    let names: Vec<&str> = names.collect();
    let files: BTreeSet<String> = fs::read_dir(root().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(
        files,
        names.iter().map(|name| format!("{name}.toml")).collect(),
        "not all of {folder} is shipped"
    );
    names.iter().fold(String::new(), |mut list, name| {
        let _ = writeln!(list, "- [`{name}`](../{folder}/{name}.toml)");
        list
    })
}

#[test]
fn the_page_of_keys_is_fresh() {
    let name = "docs/keys.md";
    let text = fs::read_to_string(root().join(name)).unwrap();
    let mark = "\n<!-- generated above, written below -->\n";
    let (_, written) = text.split_once(mark).unwrap();
    let written = with_block(name, written, "keymaps", &shipped("keymaps", keymap::names()));
    fresh(name, &format!("{}{mark}{written}", keymap::reference()));
}

#[test]
fn every_shipped_theme_is_listed() {
    fresh_block("docs/themes.md", "themes", &shipped("themes", theme::names()));
}

#[test]
fn the_words_that_make_phases_are_fresh() {
    let mut table = String::from("| phase | words and phrases |\n|---|---|\n");
    let mut kinds: Vec<PhaseKind> = Vec::new();
    for (kind, _) in runbook::phase_words() {
        if !kinds.contains(kind) {
            kinds.push(*kind);
        }
    }
    for kind in kinds {
        let words = runbook::phase_words().iter().filter(|(of, _)| *of == kind).flat_map(|(_, words)| *words);
        let _ = writeln!(table, "| {} | {} |", kind.word(), words.copied().collect::<Vec<_>>().join(", "));
    }
    fresh_block("docs/runbooks.md", "phase words", &table);
}

#[test]
fn every_role_is_explained() {
    let text = fs::read_to_string(root().join("docs/themes.md")).unwrap();
    for role in Role::ALL {
        assert!(
            text.contains(&format!("| `{}` |", role.name())),
            "docs/themes.md has no row for {}",
            role.name()
        );
    }
}

#[test]
fn every_command_and_flag_is_explained() {
    let text = fs::read_to_string(root().join("docs/commands.md")).unwrap();
    let mut missing = Vec::new();
    let mut waiting = vec![(String::from("midwatch"), Arguments::command())];
    while let Some((name, command)) = waiting.pop() {
        let inner: Vec<_> = command.get_subcommands().filter(|inner| inner.get_name() != "help").collect();
        if inner.is_empty() && !text.contains(&format!("`{name}")) {
            missing.push(name.clone());
        }
        for argument in command.get_arguments().filter_map(|argument| argument.get_long()) {
            if !text.contains(&format!("--{argument}")) {
                missing.push(format!("{name} --{argument}"));
            }
        }
        waiting
            .extend(inner.into_iter().map(|inner| (format!("{name} {}", inner.get_name()), inner.clone())));
    }
    assert!(missing.is_empty(), "docs/commands.md does not speak of {missing:?}");
}

#[test]
fn every_link_leads_somewhere() {
    let pages = pages();
    let mut dead = Vec::new();
    for page in &pages {
        for (line, link) in &page.links {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let here = Path::new(&page.name);
            let target = if file.is_empty() { here.to_path_buf() } else { here.parent().unwrap().join(file) };
            let exists = root().join(&target).exists();
            let names = |other: &&Page| {
                root().join(&other.name).canonicalize().ok() == root().join(&target).canonicalize().ok()
            };
            let known = anchor.is_empty()
                || pages
                    .iter()
                    .find(names)
                    .is_none_or(|other| other.anchors.iter().any(|known| known == anchor));
            if !exists || !known {
                dead.push(format!("{}:{line}: {link}", page.name));
            }
        }
    }
    assert!(dead.is_empty(), "\n{}", dead.join("\n"));
}

#[test]
fn what_the_pages_show_works() {
    let mut wrong = Vec::new();
    let mut shown_somewhere = BTreeSet::new();
    for page in &pages() {
        // What a page shows first is what its later pieces, marked `more`, are added to.
        let mut first: Option<&str> = None;
        for fence in &page.fences {
            let problem = match (fence.info.as_str(), page.name.as_str()) {
                ("toml", "docs/keys.md") => keymap_problem(&fence.text),
                ("toml", "docs/themes.md") => theme_problem(&fence.text),
                ("toml", _) => {
                    first.get_or_insert(&fence.text);
                    configuration_problem(&[&fence.text])
                }
                ("toml more", _) => configuration_problem(&[first.unwrap_or_default(), &fence.text]),
                ("json", _) => {
                    serde_json::from_str::<serde_json::Value>(&fence.text).err().map(|e| e.to_string())
                }
                ("yaml", _) => {
                    serde_saphyr::from_str::<serde_json::Value>(&fence.text).err().map(|e| e.to_string())
                }
                ("condition", _) => conditions_problem(&fence.text),
                ("markdown", _) => runbook_problem("page.md", &fence.text),
                // The Rust there is compared with what is compiled and run: see `walkthrough.rs`.
                ("sh" | "text" | "sql", _) | ("rust", "docs/sources.md") => None,
                (other, _) => Some(format!("a block of {other:?} is of no kind that is checked")),
            };
            shown_somewhere.insert(fence.info.clone());
            wrong.extend(problem.map(|problem| format!("{}:{}: {problem}", page.name, fence.line)));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    for kind in ["toml", "toml more", "json", "condition", "markdown"] {
        assert!(shown_somewhere.contains(kind), "no page shows a block of {kind:?}: is it looked for?");
    }
}

fn configuration_problem(texts: &[&str]) -> Option<String> {
    let layers: Vec<Layer> = texts
        .iter()
        .enumerate()
        .map(|(at, text)| Layer {
            name: format!("shown-{at}.toml"),
            text: (*text).to_owned(),
            base: "/srv/shop".into(),
        })
        .collect();
    let loaded = config::load(&layers, &[]);
    (loaded.settings.is_none() || !loaded.diagnostics.is_empty()).then(|| shown(&loaded.diagnostics))
}

fn keymap_problem(text: &str) -> Option<String> {
    let actions = [ActionKey { action: "rollback".into(), key: None, file: String::new(), at: (0, 0) }];
    let (_, diagnostics) = keymap::load("default", Some(("shown.toml", text)), &actions);
    (!diagnostics.is_empty()).then(|| shown(&diagnostics))
}

fn theme_problem(text: &str) -> Option<String> {
    let (_, diagnostics) = theme::load("dark", Some(("shown.toml", text)), Depth::True);
    (!diagnostics.is_empty()).then(|| shown(&diagnostics))
}

fn conditions_problem(text: &str) -> Option<String> {
    text.lines()
        .find_map(|line| Condition::compile(line).err().map(|error| format!("{line}: {}", error.message)))
}

fn runbook_problem(name: &str, text: &str) -> Option<String> {
    let reading = runbook::read(name, text.as_bytes());
    (!reading.diagnostics.is_empty()).then(|| shown(&reading.diagnostics))
}

#[test]
fn every_shipped_runbook_is_understood() {
    let mut count = 0;
    for entry in fs::read_dir(root().join("docs/runbooks")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        assert_eq!(runbook_problem(name, &fs::read_to_string(&path).unwrap()), None);
        count += 1;
    }
    assert!(count > 0);
}

#[test]
fn a_stale_block_a_dead_anchor_and_a_wrong_example_are_seen() {
    let text = "a\n<!-- generated: x -->\nold\n<!-- end -->\nb\n";
    assert_eq!(with_block("p", text, "x", "new\n"), "a\n<!-- generated: x -->\nnew\n<!-- end -->\nb\n");
    let page = Page::read("p.md".into(), "# A `b` & c\n\n[x](y.md#z)\n\n```toml more\n[consol]\n```\n");
    assert_eq!(page.anchors, ["a-b--c"]);
    assert_eq!(page.links, [(3, "y.md#z".to_owned())]);
    assert_eq!((page.fences[0].info.as_str(), page.fences[0].line), ("toml more", 5));
    assert!(configuration_problem(&["", &page.fences[0].text]).unwrap().contains("shown-1.toml:1:2"));
    assert!(conditions_problem("status == 200\nstatsu == 200").unwrap().contains("did you mean"));
}
