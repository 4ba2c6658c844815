//! What a runbook says besides its steps. Every passage of it is cut into tokens once and looked at word by word:
//! no layout is known here, only words and what stands beside them. Looking is bounded: each token is looked at
//! from a few places near it, and a file keeps at most [`MOST`] statements.

mod approval;
mod contact;
mod deadline;
mod escalation;
mod gate;
mod look;
mod passages;
mod reference;
mod schedule;
#[cfg(test)]
mod tests;
mod threshold;
mod time;
mod tokens;
mod variable;

use std::ops::Range;
use std::time::Duration;

use crate::domain::statement::Says;
use crate::domain::text;

use super::blocks::{Block, Fence};
use super::inline::Inline;

use look::{Found, Look};
use passages::{Passage, Passages, Place};
use tokens::Kind;

/// More statements than these nobody can keep to; what comes behind them stays prose.
pub(super) const MOST: usize = 5000;

/// The sentence around a statement is shown up to this many bytes.
const AROUND: usize = 240;

/// A statement before it is known on which line and in which step it stands.
pub(super) struct Said {
    /// Its first byte in the file.
    pub(super) source: usize,
    /// Its last byte in the file.
    pub(super) end: usize,
    /// Its words.
    pub(super) text: String,
    /// The sentence around it.
    pub(super) around: String,
    /// The heading around it.
    pub(super) heading: Option<String>,
    /// What it says.
    pub(super) says: Says,
}

/// A stretch of words that belong together, and whether a statement was made of any.
pub(super) struct Stretch {
    /// Its bytes in the file.
    pub(super) source: Range<usize>,
    /// Its words.
    pub(super) text: String,
    /// Whether a statement was made of it.
    pub(super) speaks: bool,
    /// Whether it is a heading.
    pub(super) heads: bool,
    /// Why nothing is made of it.
    pub(super) why: &'static str,
}

/// What a file says: statements, and every stretch of words that was looked at, both in the order of the file.
pub(super) struct Told {
    pub(super) said: Vec<Said>,
    pub(super) stretches: Vec<Stretch>,
}

/// Everything that `blocks` say. `starts` finds the byte of the file at which a line begins.
pub(super) fn find(blocks: &[Block], source: &str, starts: impl Fn(usize) -> usize) -> Told {
    let passages = passages::passages(blocks);
    let mut told = Told { said: Vec::new(), stretches: Vec::new() };
    let tables = rows(&passages);
    for passage in &passages.all {
        let mut found = if told.said.len() < MOST && passage.left != Some(passages::STRUCK) {
            look(passage, &passages, &tables)
        } else {
            Vec::new()
        };
        found.sort_by_key(|found| (found.start, found.end));
        gather(&mut told, passage, &passages, found);
    }
    for (fence, heading) in &passages.fences {
        comments(&mut told, fence, *heading, &passages, source, &starts);
    }
    told.said.sort_by_key(|said| (said.source, said.end));
    told.said.truncate(MOST);
    told
}

/// What rows of tables say of people, by table, row and column.
type Rows = std::collections::BTreeMap<(usize, usize, usize), Vec<Says>>;

fn rows(passages: &Passages<'_>) -> Rows {
    let mut rows = Rows::new();
    for (index, table) in passages.tables.iter().enumerate() {
        let mut found = escalation::rows(table, passages);
        if found.is_empty() {
            found = contact::rows(table, passages);
        }
        for (row, column, says) in found {
            rows.entry((index, row, column)).or_default().push(says);
        }
    }
    rows
}

fn look<'a>(passage: &'a Passage<'a>, passages: &'a Passages<'a>, rows: &Rows) -> Vec<Found> {
    let mut look = Look::at(passage, passages);
    if let Place::Cell(table, row, column) = passage.place {
        for says in rows.get(&(table, row, column)).into_iter().flatten() {
            look.take(0..look.tokens.len(), says.clone());
        }
    }
    variable::find(&mut look);
    escalation::find(&mut look);
    contact::find(&mut look);
    reference::find(&mut look);
    schedule::find(&mut look);
    threshold::find(&mut look);
    deadline::find(&mut look);
    approval::find(&mut look);
    gate::find(&mut look);
    look.found
}

/// Keeps what was found in a passage, and which of its sentences said anything.
fn gather(told: &mut Told, passage: &Passage<'_>, passages: &Passages<'_>, found: Vec<Found>) {
    let words = passage.words.as_ref();
    let heading = passage.heading.and_then(|at| passages.headings.get(at));
    let whole = matches!(passage.place, Place::Heading | Place::Head);
    let sentences = if whole { std::iter::once(0..words.text.len()).collect() } else { sentences(words) };
    let of = |byte: usize| {
        sentences.partition_point(|sentence| sentence.end <= byte).min(sentences.len().saturating_sub(1))
    };
    let mut speaks = vec![false; sentences.len()];
    let room = MOST.saturating_sub(told.said.len());
    for Found { start, end, says } in found.into_iter().take(room) {
        let sentence = of(start);
        for speaks in &mut speaks[sentence..=of(end.saturating_sub(1)).max(sentence)] {
            *speaks = true;
        }
        let around = sentences.get(sentence).map_or("", |sentence| words.text[sentence.clone()].trim());
        told.said.push(Said {
            source: words.source_of(start),
            end: words.source_of(end.saturating_sub(1)),
            text: text::head(&words.text[start..end], AROUND).to_owned(),
            around: text::head(around, AROUND).to_owned(),
            heading: heading.map(|heading| heading.words.clone()),
            says,
        });
    }
    let why = passage.left.unwrap_or(match passage.place {
        Place::Heading => "heads what stands under it",
        Place::Head => "names a column",
        Place::Cell(..) => "is a cell that asks for nothing",
        Place::Text | Place::Item(_) | Place::Comment(_) => "tells, asks for nothing",
    });
    for (sentence, speaks) in sentences.into_iter().zip(speaks) {
        let slice = &words.text[sentence.clone()];
        let start = sentence.start + (slice.len() - slice.trim_start().len());
        let trimmed = slice.trim();
        if trimmed.is_empty() {
            continue;
        }
        told.stretches.push(Stretch {
            source: words.source_of(start)..words.source_of(start + trimmed.len() - 1) + 1,
            text: trimmed.to_owned(),
            speaks,
            heads: passage.place == Place::Heading,
            why: if trimmed.ends_with(':') && why.starts_with("tells") {
                "announces what follows"
            } else {
                why
            },
        });
    }
}

fn sentences(words: &Inline) -> Vec<Range<usize>> {
    let found = super::sentences::sentences(words);
    if found.is_empty() { std::iter::once(0..words.text.len()).collect() } else { found }
}

/// What the comments of a script say: how often it runs, where to look.
fn comments(
    told: &mut Told,
    fence: &Fence,
    heading: Option<usize>,
    passages: &Passages<'_>,
    source: &str,
    starts: &impl Fn(usize) -> usize,
) {
    let first = fence.info.split([' ', '{', ',']).next().unwrap_or_default().to_ascii_lowercase();
    let marks: &[&str] = match first.as_str() {
        "sh" | "bash" | "shell" | "zsh" | "console" | "" | "python" | "py" | "ruby" | "yaml" | "yml"
        | "fish" | "terminal" | "shell-session" | "env" | "dotenv" | "toml" | "ini" | "powershell" => &["#"],
        "sql" | "psql" | "postgresql" | "pgsql" | "mysql" | "lua" => &["--"],
        "js" | "javascript" | "ts" | "typescript" | "go" | "rust" | "java" => &["//"],
        _ => return,
    };
    let assigns = matches!(first.as_str(), "env" | "dotenv");
    for (index, line) in fence.text.lines().enumerate() {
        if told.said.len() >= MOST {
            return;
        }
        let trimmed = line.trim_start();
        let comment =
            marks.iter().find_map(|mark| trimmed.strip_prefix(mark)).filter(|_| !trimmed.starts_with("#!"));
        let number = fence.line + index;
        let from = starts(number);
        let whole = source[from..].split('\n').next().unwrap_or_default();
        let name = trimmed
            .strip_prefix("export ")
            .unwrap_or(trimmed)
            .split_once('=')
            .map(|(name, _)| name.trim_end());
        if let Some(name) = name.filter(|name| {
            assigns
                && (tokens::is_name(name) || name.len() > 2)
                && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
        }) {
            let Some(at) = whole.find(name) else { continue };
            told.said.push(Said {
                source: from + at,
                end: from + at + name.len() - 1,
                text: text::head(name, AROUND).to_owned(),
                around: text::head(name, AROUND).to_owned(),
                heading: heading
                    .and_then(|at| passages.headings.get(at))
                    .map(|heading| heading.words.clone()),
                says: Says::Variable {
                    name: text::head(name, 100).to_owned(),
                    optional: false,
                    environment: None,
                },
            });
            continue;
        }
        let Some(comment) = comment
            .map(|comment| comment.trim_matches(['#', '-', '/', ' ', '\t', '=']))
            .filter(|comment| !comment.is_empty())
        else {
            continue;
        };
        let Some(at) = whole.find(comment) else { continue };
        let mut words = Inline::default();
        words.push(comment, from + at);
        let passage = Passage {
            words: std::borrow::Cow::Owned(words.finish()),
            place: Place::Comment(number),
            heading,
            above: None,
            left: None,
        };
        if passage.words.text.is_empty() {
            continue;
        }
        let mut look = Look::at(&passage, passages);
        contact::find(&mut look);
        schedule::find(&mut look);
        deadline::find(&mut look);
        approval::find(&mut look);
        gate::find(&mut look);
        let mut found = look.found;
        found.sort_by_key(|found| (found.start, found.end));
        let kept = told.stretches.len();
        gather(told, &passage, passages, found);
        // What a script's comments say beside that is told with the script.
        told.stretches.truncate(kept);
    }
}

/// The length of time that a cell holds.
fn cell_length(cell: &str) -> Option<Duration> {
    let mut words = Inline::default();
    words.push(cell, 0);
    let passage = Passage {
        words: std::borrow::Cow::Owned(words),
        place: Place::Text,
        heading: None,
        above: None,
        left: None,
    };
    let none = Passages::default();
    let look = Look::at(&passage, &none);
    (0..look.tokens.len().min(30)).find_map(|at| match look.kind(at) {
        Some(Kind::Number(_) | Kind::Word) => time::length(&look, at).map(|length| length.lasts),
        _ => None,
    })
}
