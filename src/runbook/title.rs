//! What a runbook is called, and what its title says of sections that say nothing.

use crate::domain::runbook::PhaseKind;
use crate::domain::text;

use super::blocks::Block;
use super::front_matter::FrontMatter;
use super::words::{self, Said, Weight};

/// The runbook's title, and which block it is.
pub(super) struct Title {
    pub(super) text: String,
    /// The block that is its heading.
    pub(super) heading: Option<usize>,
}

impl Title {
    /// From the front matter, else the first heading, else the file's name. The first heading is a section like
    /// any other where it has equals and does not read like the title of them all.
    pub(super) fn of(file: &str, front: &FrontMatter, blocks: &[Block]) -> Self {
        let mut headings = blocks.iter().enumerate().filter_map(|(index, block)| {
            let Block::Heading(level, words) = block else { return None };
            (!words.text.is_empty()).then_some((index, *level, words))
        });
        let first = headings.next();
        let heading = first.filter(|(_, level, words)| {
            let alone = headings.all(|(_, other, _)| other > *level);
            let own = front
                .title
                .as_deref()
                .is_some_and(|title| words::normal(title) == words::normal(&words.text));
            alone || own || reads_like_title(&words.text)
        });
        let text = match (&front.title, heading, first) {
            (Some(title), _, _) => title.clone(),
            (None, Some((_, _, words)), _) => words.text.clone(),
            // One of several equals: it names itself, not the file.
            (None, None, Some(_) | None) => stem(file),
        };
        Self { text, heading: heading.map(|(index, _, _)| index) }
    }
}

fn reads_like_title(heading: &str) -> bool {
    words::normal(heading).split(' ').any(|word| {
        matches!(
            word,
            "runbook" | "playbook" | "guide" | "handbook" | "manual" | "sop" | "operations" | "plan"
        )
    })
}

fn stem(file: &str) -> String {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| if stem.is_empty() { name } else { stem });
    text::clean(stem).into_owned()
}

/// What a runbook is for as a whole: a service's name or an on-call guide's says nothing of it, and
/// what its title says never outweighs a heading.
pub(super) fn document(title: &str) -> Said {
    let silent = Said { kind: PhaseKind::Recover, weight: Weight::Silent };
    match words::recognise(title) {
        None => silent,
        Some(said) => match said.kind {
            PhaseKind::Reference | PhaseKind::Verify => silent,
            PhaseKind::Rollback => said,
            // "PagerDuty: high load" is no notification.
            PhaseKind::Contain | PhaseKind::Triage | PhaseKind::Comms if said.weight < Weight::Says => silent,
            PhaseKind::Prepare
            | PhaseKind::Contain
            | PhaseKind::Triage
            | PhaseKind::Comms
            | PhaseKind::Recover
            | PhaseKind::FollowUp => Said { weight: Weight::Hints, ..said },
        },
    }
}
