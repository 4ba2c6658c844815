//! Which Markdown of a repository is a runbook.

use crate::domain::runbook::{PhaseKind, Runbook};
use crate::runbook;

use super::Found;

/// A Markdown file that reads like a runbook.
#[derive(Debug)]
pub(super) struct Book {
    /// From the repository's root.
    pub(super) path: String,
    /// As it was understood.
    pub(super) runbook: Runbook,
}

impl Book {
    pub(super) fn steps(&self) -> usize {
        self.runbook.phases.iter().map(|phase| phase.steps.len()).sum()
    }

    /// Code spans and commands of its steps, each with the line it stands on.
    pub(super) fn codes(&self) -> impl Iterator<Item = (&str, usize)> {
        let steps = self.runbook.phases.iter().flat_map(|phase| &phase.steps);
        steps.flat_map(|step| {
            let codes = step.codes.iter().map(|code| (code.as_str(), step.line));
            codes.chain(step.commands.iter().map(|command| (command.text.as_str(), command.line)))
        })
    }
}

/// Words of a path that say so.
const NAMES: &[&str] =
    &["runbook", "playbook", "operations", "incident", "oncall", "on-call", "rollback", "deployment", "sop"];
/// Words of a path that say that it is something else.
const OTHERS: &[&str] =
    &["changelog", "license", "contributing", "code_of_conduct", "node_modules", "template", "adr"];
/// More than these are not proposed.
const MOST: usize = 20;

/// The runbooks of a repository, by path.
pub(super) fn find(found: &Found) -> Vec<Book> {
    let files = found.files.iter().filter(|file| super::is_markdown(&file.path));
    let books = files.filter_map(|file| {
        let path = file.path.to_lowercase();
        if OTHERS.iter().any(|word| path.contains(word)) {
            return None;
        }
        let read = runbook::read(&file.path, file.text.as_bytes()).runbook;
        let named = NAMES.iter().any(|word| path.contains(word));
        (named || acts(&read)).then(|| Book { path: file.path.clone(), runbook: read })
    });
    let mut books: Vec<Book> = books.filter(|book| book.steps() > 0).collect();
    books.sort_by(|one, other| one.path.cmp(&other.path));
    books.truncate(MOST);
    books
}

/// Whether it walks through an incident, wherever it stands and whatever it is called.
fn acts(book: &Runbook) -> bool {
    let has = |kind: PhaseKind| book.phases.iter().any(|phase| phase.kind == kind && !phase.steps.is_empty());
    let kinds =
        [PhaseKind::Contain, PhaseKind::Triage, PhaseKind::Comms, PhaseKind::Rollback, PhaseKind::Verify];
    kinds.into_iter().filter(|kind| has(*kind)).count() >= 3
}
