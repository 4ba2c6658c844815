//! Markdown to runbooks: phases, steps, commands, placeholders. Pure.
//!
//! Teams write runbooks in many ways; this reads `CommonMark` with GitHub's extensions and the words that
//! teams use, and knows no layout in particular. [`read`] never fails, reads no file and runs nothing.
//!
//! Two readings of one runbook are joined by the ids of their steps, which are anchored by content (the
//! step's words and the headings around it): a step of an older reading *is* the step of the newer one
//! that has its id. One whose id is gone was reworded or removed; one whose id is new was added. Lines,
//! numbers, and steps elsewhere in the file play no part. A step's commands may change under its id
//! where the step has words of its own, so whoever trusts a command compares the command.

mod accounts;
mod anchor;
mod asides;
mod asking;
mod attributes;
mod blocks;
mod build;
mod commands;
mod decode;
mod fence;
mod front_matter;
mod groups;
mod inline;
mod json;
mod lines;
mod lists;
mod placeholders;
mod prose;
mod scripts;
mod security;
mod sentences;
mod session;
mod shell;
mod statements;
mod step_rules;
mod tables;
#[cfg(test)]
mod tests;
mod title;
mod vocabulary;
mod words;

use sha2::{Digest, Sha256};

use crate::domain::diagnostic::Diagnostic;
use crate::domain::ids::RunbookId;
use crate::domain::runbook::Runbook;
use crate::domain::text;

pub use asides::asides;
pub use json::json;
pub use security::security;
pub use vocabulary::phase_words;

/// A runbook as far as it could be read, and what was wrong with it.
#[derive(Clone, Debug)]
pub struct Reading {
    /// What was understood; with no phases where there was nothing to understand.
    pub runbook: Runbook,
    /// In the order of their lines, those about the whole file first.
    pub diagnostics: Vec<Diagnostic>,
}

/// The text of a runbook as [`read`] reads it: the lines and columns of its diagnostics are those of this text.
pub fn text(bytes: &[u8]) -> String {
    decode::decode("", bytes, &mut Vec::new()).unwrap_or_default()
}

/// Reads a runbook. Never fails: what cannot be read is a diagnostic, and the rest is kept.
///
/// `file` is the path as the user named it; `bytes` are what is in it, in whatever encoding.
pub fn read(file: &str, bytes: &[u8]) -> Reading {
    let cleaned = text::clean(file).into_owned();
    let file = cleaned.as_str();
    let mut diagnostics = Vec::new();
    let decoded = decode::decode(file, bytes, &mut diagnostics).unwrap_or_default();
    let (front, body) = front_matter::split(file, &decoded, &mut diagnostics);
    let lines = lines::Lines::of(&decoded);
    let blocks = blocks::parse(&decoded[body..], body, &lines);
    let title = title::Title::of(file, &front, &blocks);
    let (phases, places) = build::build(file, &lines, &front, &title, &blocks, &mut diagnostics);
    let (statements, prose) = accounts::account(&decoded, body, &lines, &blocks, &phases, &places);
    if diagnostics.iter().all(|d| !matches!(d.code, "empty-file" | "binary-file" | "too-large"))
        && phases.iter().all(|phase| phase.steps.is_empty())
    {
        diagnostics.push(
            Diagnostic::warning(file, (0, 0), "no-steps", "nothing in this file asks for anything to be done")
                .hint("steps are list items, task boxes, code blocks of commands, and sentences that begin with a verb"),
        );
    }
    diagnostics.sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
    let mut runbook = Runbook {
        id: RunbookId::from(file),
        title: title.text,
        hash: hex::encode(Sha256::digest(bytes)),
        phases,
        statements,
        prose,
    };
    asides(&mut runbook);
    Reading { runbook, diagnostics }
}
