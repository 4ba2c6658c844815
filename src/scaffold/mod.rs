//! From what stands in a repository to a configuration to begin with. Pure: it is given texts and gives one back.
//!
//! What is proposed is what was read: an address, an app, a script that a runbook names. What only a person can
//! know stands there as a comment that says where to find it. No secret is copied: names of variables are.

mod actions;
mod bindings;
mod health;
mod runbooks;
mod text;
mod vendors;

use text::Page;

/// A file of the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// From the repository's root, with `/`.
    pub path: String,
    /// What is in it.
    pub text: String,
}

/// What was found in a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The repository's folder.
    pub name: String,
    /// Every file that was read, by path.
    pub files: Vec<File>,
}

impl Found {
    /// The files whose last part is `name`, those nearest to the root first.
    fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a File> {
        self.files.iter().filter(move |file| file.path.rsplit('/').next() == Some(name))
    }

    /// Names of variables that example files of the environment list.
    fn variables(&self) -> Vec<(String, String)> {
        let examples = self.files.iter().filter(|file| is_example(&file.path));
        let lines = examples.flat_map(|file| file.text.lines());
        let pairs = lines.filter_map(|line| {
            let line = line.trim().trim_start_matches('#').trim_start();
            let (name, value) = line.strip_prefix("export ").unwrap_or(line).split_once('=')?;
            let is_name = name.starts_with(|c: char| c.is_ascii_uppercase())
                && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
            is_name.then(|| (name.to_owned(), value.trim().trim_matches(['"', '\'']).to_owned()))
        });
        pairs.collect()
    }

    /// Whether an example file names this variable.
    fn has_variable(&self, name: &str) -> bool {
        self.variables().iter().any(|(known, _)| known == name)
    }
}

/// Whether a file is Markdown, by its name.
pub fn is_markdown(path: &str) -> bool {
    let end = path.rsplit_once('.').map_or(String::new(), |(_, end)| end.to_lowercase());
    matches!(end.as_str(), "md" | "markdown")
}

/// Whether a file lists the variables of an environment without their values.
pub fn is_example(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.starts_with(".env")
        && ["example", "sample", "template", "dist"].iter().any(|end| name.ends_with(end))
}

/// A proposed configuration, and what it was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The text of a `midwatch.toml`.
    pub text: String,
    /// What was found and what became of it, a line each.
    pub told: Vec<String>,
}

/// The configuration that `found` suggests.
pub fn propose(found: &Found) -> Proposal {
    let books = runbooks::find(found);
    let mut page = Page::default();
    page.comment(
        "Proposed by `midwatch init` from what stands in this repository. Read it before you use it:",
    );
    page.comment("`midwatch config check` says what is wrong with it, `midwatch doctor` what is missing.");
    page.blank();
    page.line("[console]");
    page.pair("name", &name(found));
    page.comment("Its journal, and whether it starts locked, go by the environment.");
    page.pair("environment", "production");
    page.list("runbooks", &books.iter().map(|book| book.path.as_str()).collect::<Vec<_>>());
    if books.is_empty() {
        page.told("no Markdown here reads like a runbook: name yours in [console] runbooks");
    }
    for book in &books {
        page.told(format!("{}: a runbook with {} steps", book.path, book.steps()));
    }
    let health = health::write(found, &books, &mut page);
    vendors::write(found, &books, &mut page);
    actions::write(found, &books, &mut page);
    bindings::write(&health, &books, &mut page);
    page.done()
}

/// What is watched: by its package, or by its folder.
fn name(found: &Found) -> String {
    let package = found.files.iter().find(|file| file.path == "package.json");
    let named = package
        .and_then(|file| serde_json::from_str::<serde_json::Value>(&file.text).ok())
        .and_then(|package| Some(package.get("name")?.as_str()?.rsplit('/').next()?.to_owned()))
        .filter(|name| !name.trim().is_empty());
    named.unwrap_or_else(|| found.name.clone())
}
