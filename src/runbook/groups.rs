//! A script cut into groups: what its comments name, with all that each group needs to run by itself.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::runbook::{Asides, StepCommand};
use crate::domain::step_rules::StepRules;
use crate::domain::text;

use super::asking::{Asking, asking, unnumbered};
use super::placeholders;
use super::shell::{self, Piece, PieceKind};

/// Commands that belong together.
#[derive(Debug)]
pub(super) struct Group {
    /// The comment above them.
    pub(super) name: Option<Name>,
    /// In order.
    pub(super) commands: Vec<StepCommand>,
    /// Whether they are a program that only makes sense whole.
    pub(super) whole: bool,
    /// What is said about them, each with its line.
    pub(super) remarks: Vec<(String, usize)>,
}

/// The words of comments, and their first and last line in the file.
#[derive(Debug)]
pub(super) struct Name {
    pub(super) words: String,
    pub(super) line: usize,
    pub(super) end: usize,
}

/// A block being cut.
pub(super) struct Cut {
    /// The line of the file on which its text begins.
    pub(super) line: usize,
    /// In lower case.
    pub(super) language: Option<String>,
    /// The variables it sets.
    pub(super) set: BTreeSet<String>,
    /// What stands behind the language.
    pub(super) attributes: BTreeMap<String, String>,
    /// The line of the file on which the block's text begins: what its commands have in common.
    pub(super) block: usize,
    /// What the attributes mean.
    pub(super) rules: StepRules,
}

impl Cut {
    fn command(&self, text: &str, line: usize) -> StepCommand {
        let line = self.line + line;
        let text = text::clean_lines(text);
        StepCommand {
            line,
            language: self.language.clone(),
            placeholders: placeholders::find(&text, line, self.language.as_deref(), &self.set),
            text,
            attributes: self.attributes.clone(),
            block: Some(self.block),
            rules: self.rules.clone(),
            asides: Asides::default(),
        }
    }

    /// All of it as one command.
    pub(super) fn whole(&self, block: &str, name: Option<Name>) -> Group {
        let blank = block.lines().take_while(|line| line.trim().is_empty()).count();
        let text: Vec<&str> = block.trim_end().lines().skip(blank).collect();
        Group {
            name,
            commands: vec![self.command(&text.join("\n"), blank)],
            whole: true,
            remarks: Vec::new(),
        }
    }

    /// Commands of a shell: `one` where they are not to be parted.
    pub(super) fn shell(&self, block: &str, one: bool) -> Vec<Group> {
        let pieces = if one { shell::pieces(text::head(block, 64 << 10)) } else { shell::blocks(block) };
        let first_comment = || {
            let comment =
                pieces.iter().find(|piece| piece.kind == PieceKind::Comment && !piece.text.is_empty())?;
            Some(self.named(comment))
        };
        if one || block.trim_start().starts_with("#!") {
            return vec![self.whole(block, first_comment())];
        }
        let parts = grouped(&pieces);
        let mut groups = Vec::with_capacity(parts.len());
        let mut before = Before::default();
        let last = parts.iter().rposition(|part| !part.commands.is_empty());
        for (at, part) in parts.iter().enumerate() {
            let Some(carried) = before.carried(&part.commands) else {
                return vec![self.whole(block, first_comment())];
            };
            // What only prepares the others goes with each of them.
            let prepares = part.commands.iter().all(|piece| shell::can_be_repeated(&piece.text));
            if !(prepares && part.comments.is_empty() && last.is_some_and(|last| at < last)) {
                groups.push(self.group(part, &carried));
            }
            before.add(&part.commands);
        }
        groups
    }

    fn named(&self, comment: &Piece) -> Name {
        let line = self.line + comment.line;
        Name { words: text::clean(&comment.text).into_owned(), line, end: line }
    }

    fn name(&self, comments: &[&Piece]) -> Option<Name> {
        let first = comments.first()?;
        let mut words = first.text.clone();
        for comment in &comments[1..] {
            // A new line that does not go on with the sentence is a remark on it.
            let new = comment.text.starts_with(|c: char| c.is_uppercase() || !c.is_alphanumeric());
            words.push_str(if new && !words.ends_with(['.', ':', '!', '?']) { " · " } else { " " });
            words.push_str(&comment.text);
        }
        let end = comments.last().map_or(first.line, |last| last.line);
        Some(Name {
            words: text::clean(&words).into_owned(),
            line: self.line + first.line,
            end: self.line + end,
        })
    }

    fn group(&self, part: &Part<'_>, carried: &[&Piece]) -> Group {
        let commands = &part.commands[..];
        let mut left: BTreeSet<String> = BTreeSet::new();
        let mut bound = !carried.is_empty();
        for (at, piece) in commands.iter().enumerate() {
            bound |= shell::used(&piece.text).intersection(&left).next().is_some();
            bound |= at + 1 < commands.len()
                && (shell::is_lasting(&piece.text) || shell::is_only_assignments(&piece.text));
            left.extend(shell::assigned(&piece.text));
        }
        let commands = match commands {
            [first, ..] if bound => {
                let mut command = self.command(&joined(commands), first.line);
                let mut holes = Vec::new();
                let mut text = String::new();
                for piece in carried {
                    let earlier = self.command(&piece.text, piece.line);
                    text.push_str(&earlier.text);
                    text.push('\n');
                    holes.extend(earlier.placeholders);
                }
                holes.append(&mut command.placeholders);
                vec![StepCommand { text: text + &command.text, placeholders: holes, ..command }]
            }
            commands => {
                commands.iter().map(|piece| self.command(piece.text.trim_start(), piece.line)).collect()
            }
        };
        Group { name: self.name(&part.comments), commands, whole: false, remarks: part.remarks(self.line) }
    }

    /// Statements, cut at their semicolons; a transaction stays whole.
    pub(super) fn sql(&self, block: &str, one: bool) -> Vec<Group> {
        let bound = block.lines().any(|line| {
            let first =
                line.split([' ', ';', '\t']).find(|word| !word.is_empty()).unwrap_or_default().to_uppercase();
            matches!(
                first.as_str(),
                "BEGIN" | "START" | "COMMIT" | "SET" | "DO" | "PREPARE" | "DECLARE" | "LOCK" | "USE"
            ) || first.starts_with('\\')
        });
        let pieces = statements(block);
        let first_comment =
            pieces.iter().find(|piece| piece.kind == PieceKind::Comment && !piece.text.is_empty());
        if one || bound {
            let name = first_comment.map(|piece| self.named(piece));
            return vec![self.whole(block, name)];
        }
        grouped(&pieces)
            .into_iter()
            .map(|part| Group {
                name: self.name(&part.comments),
                commands: part.commands.iter().map(|piece| self.command(&piece.text, piece.line)).collect(),
                whole: false,
                remarks: part.remarks(self.line),
            })
            .collect()
    }
}

impl Part<'_> {
    fn remarks(&self, line: usize) -> Vec<(String, usize)> {
        self.remarks.iter().map(|piece| (text::clean(&piece.text).into_owned(), line + piece.line)).collect()
    }
}

/// What the groups before have done to the shell.
#[derive(Default)]
struct Before<'a> {
    /// Lines that can be run again before each group: where to work, what to call things.
    prepares: Vec<&'a Piece>,
    /// Variables with values that were computed: computing them again may change the world.
    computed: BTreeSet<String>,
    /// Whether something else lasts: a function, a program in the background.
    lasts: bool,
}

impl<'a> Before<'a> {
    /// The lines to run before a group; `None` where it cannot be parted from those before it.
    fn carried(&self, commands: &[&Piece]) -> Option<Vec<&'a Piece>> {
        if commands.is_empty() {
            return Some(Vec::new());
        }
        let read = shell::used(&joined(commands));
        if self.lasts || self.prepares.len() > 20 || read.intersection(&self.computed).next().is_some() {
            return None;
        }
        let needed = |piece: &Piece| {
            shell::is_lasting(&piece.text)
                || shell::assigned(&piece.text).intersection(&read).next().is_some()
        };
        let carried: Vec<&Piece> = self.prepares.iter().copied().filter(|piece| needed(piece)).collect();
        let all_known = carried.iter().all(|piece| shell::used(&piece.text).is_disjoint(&self.computed));
        all_known.then_some(carried)
    }

    fn add(&mut self, commands: &[&'a Piece]) {
        for piece in commands {
            if shell::can_be_repeated(&piece.text) {
                self.prepares.push(piece);
            } else {
                self.lasts |= shell::is_lasting(&piece.text) && !piece.text.starts_with("export ");
                self.computed.extend(shell::assigned(&piece.text));
            }
        }
    }
}

fn joined(commands: &[&Piece]) -> String {
    let texts: Vec<&str> = commands.iter().map(|piece| piece.text.as_str()).collect();
    texts.join("\n")
}

/// Comments, the commands under them, and what is said about those without asking for anything.
#[derive(Default)]
struct Part<'a> {
    comments: Vec<&'a Piece>,
    commands: Vec<&'a Piece>,
    remarks: Vec<&'a Piece>,
}

/// The comments above, and the commands up to the next comment, group by group.
fn grouped(pieces: &[Piece]) -> Vec<Part<'_>> {
    let mut parts: Vec<Part<'_>> = Vec::new();
    let mut fresh = true;
    for piece in pieces {
        match piece.kind {
            PieceKind::Blank => fresh = true,
            PieceKind::Comment if piece.text.is_empty() => {}
            PieceKind::Comment => match parts.last_mut() {
                Some(part) if !part.commands.is_empty() && remarks(&piece.text) => part.remarks.push(piece),
                Some(part) if part.commands.is_empty() && !fresh => part.comments.push(piece),
                _ => {
                    parts.push(Part { comments: vec![piece], ..Part::default() });
                    fresh = false;
                }
            },
            PieceKind::Command => {
                if parts.is_empty() {
                    parts.push(Part::default());
                }
                if let Some(part) = parts.last_mut() {
                    part.commands.push(piece);
                }
            }
        }
    }
    parts.into_iter().flat_map(alone).collect()
}

/// Comments that no command follows: each that asks for something is a thing to do by hand, the others are
/// remarks.
fn alone(part: Part<'_>) -> Vec<Part<'_>> {
    if !part.commands.is_empty() {
        return vec![part];
    }
    let mut parts: Vec<Part<'_>> = Vec::new();
    for comment in part.comments {
        let asks = asking(&comment.text) != Asking::No && !comment.text.starts_with(char::is_lowercase);
        let asks = asks || unnumbered(&comment.text) != comment.text;
        match parts.last_mut() {
            Some(before) if !asks && !before.comments.is_empty() => before.comments.push(comment),
            _ if asks => {
                parts.push(Part { comments: vec![comment], ..Part::default() });
            }
            _ => parts.push(Part { remarks: vec![comment], ..Part::default() }),
        }
    }
    parts
}

/// Whether a comment speaks of the command above it: what it answers, not what to do next.
fn remarks(comment: &str) -> bool {
    let first = comment.split([' ', ':']).find(|word| !word.is_empty()).unwrap_or_default().to_lowercase();
    matches!(
        first.as_str(),
        "expected"
            | "expect"
            | "expects"
            | "output"
            | "outputs"
            | "should"
            | "returns"
            | "result"
            | "this"
            | "it"
            | "=>"
            | "->"
            | "→"
    )
}

fn statements(block: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut open = false;
    let mut quoted = false;
    for (line, text) in block.trim_end().lines().enumerate() {
        let trimmed = text.trim();
        quoted ^= text.matches('\'').count() % 2 == 1;
        quoted ^= text.matches("$$").count() % 2 == 1;
        match pieces.last_mut() {
            Some(last) if open => {
                last.text.push('\n');
                last.text.push_str(text);
            }
            _ => {
                let (kind, text) = match trimmed.strip_prefix("--") {
                    _ if trimmed.is_empty() => (PieceKind::Blank, ""),
                    Some(comment) => (PieceKind::Comment, comment.trim_matches(|c: char| " -=*".contains(c))),
                    None => (PieceKind::Command, text),
                };
                pieces.push(Piece { line, kind, text: text.to_owned() });
                open = kind == PieceKind::Command;
            }
        }
        let code = trimmed.split("--").next().unwrap_or_default().trim_end();
        if open && !quoted && code.ends_with(';') {
            open = false;
        }
    }
    pieces
}
