//! The account of a file: what it says with its line, its column and its step, and whatever else stands in it
//! as prose, with the reason why nothing was made of it. No line with a letter or a digit in it is lost.

use std::ops::Range;

use crate::domain::ids::StepId;
use crate::domain::runbook::Phase;
use crate::domain::statement::{Prose, Statement};
use crate::domain::text;

use super::blocks::Block;
use super::lines::Lines;
use super::statements::{self, Said, Stretch};

/// Where the words of a step stand.
#[derive(Clone, Debug)]
pub(super) struct StepPlace {
    /// Its bytes in the file; `None` for one that a code block made.
    pub(super) bytes: Option<Range<usize>>,
    /// Its lines.
    pub(super) lines: (usize, usize),
    /// Which step it is.
    pub(super) id: StepId,
}

/// A part of a file that is not read as words.
struct Mute {
    /// Its first and its last line.
    lines: (usize, usize),
    why: &'static str,
}

/// The statements and the prose of a file whose Markdown begins at byte `body`.
pub(super) fn account(
    source: &str,
    body: usize,
    lines: &Lines,
    blocks: &[Block],
    phases: &[Phase],
    places: &[StepPlace],
) -> (Vec<Statement>, Vec<Prose>) {
    let told = statements::find(blocks, source, |line| lines.start(line));
    let statements = placed(source, lines, places, told.said);
    let mut words = vec![false; lines.count() + 2];
    let mut prose = left(lines, phases, places, told.stretches, &mut words);
    let mut mutes = Vec::new();
    mute(blocks, &mut mutes);
    let mut covered = vec![false; lines.count() + 2];
    cover(&mut covered, phases, &mutes);
    for statement in &statements {
        mark(&mut covered, statement.line, statement.line);
    }
    for prose in &prose {
        mark(&mut covered, prose.line, prose.end);
    }
    if body > 0 {
        mutes.insert(
            0,
            Mute { lines: (1, lines.line(body.saturating_sub(1))), why: "says something of the file itself" },
        );
    }
    sweep(source, &covered, &words, &mutes, &mut prose);
    prose.sort_by_key(|prose| (prose.line, prose.end));
    (statements, prose)
}

/// Statements with their places. Columns are counted once, from one statement to the next.
fn placed(source: &str, lines: &Lines, places: &[StepPlace], said: Vec<Said>) -> Vec<Statement> {
    let mut sorted: Vec<(Range<usize>, &StepId)> =
        places.iter().filter_map(|place| Some((place.bytes.clone()?, &place.id))).collect();
    sorted.sort_by_key(|(bytes, _)| bytes.start);
    let mut by_line: Vec<&StepPlace> = places.iter().collect();
    by_line.sort_by_key(|place| place.lines);
    let (mut at, mut line, mut column) = (0, 1, 1);
    said.into_iter()
        .map(|said| {
            let own = lines.line(said.source);
            if own != line || said.source < at {
                (at, line, column) = (lines.start(own), own, 1);
            }
            column += source.get(at..said.source).map_or(0, |between| between.chars().count());
            at = said.source.max(at);
            let before = sorted.partition_point(|(bytes, _)| bytes.start <= said.source);
            let within =
                sorted[..before].last().filter(|(bytes, _)| bytes.end > said.source).map(|(_, id)| *id);
            let beside = || {
                let before = by_line.partition_point(|place| place.lines.0 <= own);
                let place = by_line[..before].last()?;
                (place.bytes.is_none() && place.lines.1 >= own).then_some(&place.id)
            };
            Statement {
                line: own,
                column,
                text: text::clean(&said.text).into_owned(),
                around: text::clean(&said.around).into_owned(),
                heading: said.heading,
                step: within.or_else(beside).cloned(),
                says: said.says,
            }
        })
        .collect()
}

/// Stretches that are neither steps nor statements.
fn left(
    lines: &Lines,
    phases: &[Phase],
    places: &[StepPlace],
    stretches: Vec<Stretch>,
    words: &mut [bool],
) -> Vec<Prose> {
    let headings: std::collections::BTreeSet<usize> = phases.iter().map(|phase| phase.line).collect();
    let mut steps: Vec<&Range<usize>> = places.iter().filter_map(|place| place.bytes.as_ref()).collect();
    steps.sort_by_key(|bytes| bytes.start);
    let headed: std::collections::BTreeSet<usize> =
        places.iter().filter(|place| place.bytes.is_none()).map(|place| place.lines.0).collect();
    let mut prose = Vec::new();
    for stretch in stretches {
        let line = lines.line(stretch.source.start);
        let end = lines.line(stretch.source.end.saturating_sub(1)).max(line);
        let before = steps.partition_point(|bytes| bytes.start < stretch.source.end);
        let is_step = steps[..before].last().is_some_and(|bytes| bytes.end > stretch.source.start);
        let is_heading = headings.contains(&line) || (stretch.heads && headed.contains(&line));
        mark(words, line, end);
        if is_step || stretch.speaks || (stretch.heads && is_heading) {
            continue;
        }
        // A line in bold, or a lead, that opened a phase is its heading.
        let opens = headings.contains(&line)
            && phases
                .iter()
                .any(|phase| phase.line == line && phase.title.ends_with(stretch.text.trim_end_matches(':')));
        if opens || !stretch.text.contains(char::is_alphanumeric) {
            continue;
        }
        prose.push(Prose { line, end, text: text::clean(&stretch.text).into_owned(), why: stretch.why });
    }
    prose
}

fn mark(covered: &mut [bool], from: usize, to: usize) {
    let last = to.min(covered.len().saturating_sub(1));
    if from <= last {
        covered[from..=last].fill(true);
    }
}

/// Marks what phases, steps and their commands stand on, and text to read that is no block of data.
fn cover(covered: &mut [bool], phases: &[Phase], mutes: &[Mute]) {
    for phase in phases {
        mark(covered, phase.line, phase.line);
        for note in &phase.notes {
            let before = mutes.partition_point(|mute| mute.lines.0 <= note.line);
            let of_data = mutes[..before].last().is_some_and(|mute| mute.lines.1 >= note.line);
            if !of_data {
                mark(covered, note.line, note.end);
            }
        }
        for step in &phase.steps {
            mark(covered, step.line, step.end);
            for command in &step.commands {
                mark(covered, command.line, command.end());
            }
        }
    }
}

/// Code blocks and HTML, with what their lines are where no command stands on them.
fn mute(blocks: &[Block], mutes: &mut Vec<Mute>) {
    for block in blocks {
        match block {
            Block::Fence(fence) => {
                mutes.push(Mute { lines: fence.lines, why: "stands in a code block and is not run" })
            }
            Block::Html(html) => mutes.push(Mute { lines: html.lines, why: "is HTML, a comment or a mark" }),
            Block::List(items) => items.iter().for_each(|item| mute(&item.blocks, mutes)),
            Block::Quote(_, inner) => mute(inner, mutes),
            Block::Heading(..) | Block::Paragraph(_) | Block::Table(..) => {}
        }
    }
}

/// What no one has spoken for yet, line by line, as far as the lines have anything in common.
fn sweep(source: &str, covered: &[bool], words: &[bool], mutes: &[Mute], prose: &mut Vec<Prose>) {
    let mut mutes = mutes.iter().peekable();
    let mut open: Option<Prose> = None;
    for (index, raw) in source.split('\n').enumerate() {
        let line = index + 1;
        while mutes.peek().is_some_and(|mute| mute.lines.1 < line) {
            mutes.next();
        }
        let inside = mutes.peek().filter(|mute| mute.lines.0 <= line);
        let goes_on = words.get(line).copied().unwrap_or(false);
        let outside = if goes_on { "goes on from the line above" } else { "is not shown by Markdown" };
        let why = inside.map_or(outside, |mute| mute.why);
        // The fences of a block are part of it.
        let bare = raw.trim_start_matches(|c: char| c.is_ascii_digit() || " \t>-*+.)".contains(c));
        let edge = inside.is_some_and(|mute| mute.lines.0 == line || mute.lines.1 == line);
        let fence = edge && (bare.starts_with("```") || bare.starts_with("~~~"));
        let silent =
            covered.get(line).copied().unwrap_or(true) || !raw.contains(char::is_alphanumeric) || fence;
        if silent {
            if covered.get(line).copied().unwrap_or(true) || !raw.trim().is_empty() {
                prose.extend(open.take());
            }
            continue;
        }
        let words = text::clean_lines(raw.trim_end());
        match &mut open {
            Some(before) if before.why == why && before.end + 1 == line => {
                before.end = line;
                before.text.push('\n');
                before.text.push_str(&words);
            }
            _ => {
                prose.extend(open.take());
                open = Some(Prose { line, end: line, text: words, why });
            }
        }
    }
    prose.extend(open);
}

#[cfg(test)]
mod tests;
