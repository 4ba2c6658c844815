//! Placeholders in shell text become references to variables, quoted as the place asks for.
//!
//! It follows quotes, escapes, comments, `$(…)`, `${…}`, backquotes and here-documents. Where a
//! value could be read as code (arithmetic, backquotes, a shell within the shell) it refuses.

use std::collections::BTreeMap;

use super::StepError;

/// Where the scanner is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Words of a command; the number of open parentheses in it.
    Code(usize),
    /// Within `"…"`.
    Double,
    /// Within `'…'`.
    Single,
    /// Within `$'…'`.
    Ansi,
    /// Within `` `…` ``.
    Backquote,
    /// Within `${…}`.
    Parameter,
    /// Within `$((…))` or `((…))`; the number of open parentheses.
    Arithmetic(usize),
}

/// `text` with every token of `holes` replaced by a reference to its variable.
pub(super) fn fill(text: &str, holes: &BTreeMap<&str, String>) -> Result<String, StepError> {
    if holes.is_empty() {
        return Ok(text.to_owned());
    }
    let mut scan = Scan {
        text,
        holes,
        at: 0,
        out: String::with_capacity(text.len() + 64),
        unfilled: String::new(),
        places: vec![Place::Code(0)],
        refusal: reads_code_again(text),
    };
    let mut documents: Vec<Document<'_>> = Vec::new();
    while scan.at < text.len() {
        if let Some((token, name)) = hole_at(scan.rest(), holes) {
            scan.refer(token, name)?;
            continue;
        }
        documents.extend(scan.document_begins());
        let line_ended = scan.rest().starts_with('\n');
        scan.step();
        if line_ended && matches!(scan.place(), Place::Code(_)) {
            for document in documents.drain(..) {
                scan.document(&document)?;
            }
        }
    }
    // A token that is left over, such as one behind a backslash, would run as something else than
    // what was shown.
    let left = holes.keys().find(|token| scan.unfilled.contains(**token));
    let why = scan.refusal.or(left.map(|_| "it is part of an escape"));
    match (why, left.or_else(|| holes.keys().find(|token| text.contains(**token)))) {
        (Some(why), Some(token)) => Err(StepError::Unplaceable { token: (*token).to_owned(), why }),
        _ => Ok(scan.out),
    }
}

/// The longest token that `rest` begins with.
fn hole_at<'h>(rest: &str, holes: &'h BTreeMap<&'h str, String>) -> Option<(&'h str, &'h str)> {
    holes
        .iter()
        .filter(|(token, _)| !token.is_empty() && rest.starts_with(**token))
        .max_by_key(|(token, _)| token.len())
        .map(|(token, name)| (*token, name.as_str()))
}

/// Why no value can be handed to `text` at all, if that is so: a shell within the shell would read
/// it as code, or its structure is beyond this scanner.
fn reads_code_again(text: &str) -> Option<&'static str> {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || ";|&()`".contains(c))
        .filter(|word| !word.is_empty())
        .collect();
    words.iter().enumerate().find_map(|(at, word)| match word.rsplit('/').next().unwrap_or_default() {
        "eval" | "ssh" | "su" | "xargs" | "trap" => Some("another shell would read the value as code"),
        "sh" | "bash" | "zsh" | "dash" | "ksh" | "fish" => words[at + 1..]
            .iter()
            .take_while(|next| next.starts_with('-'))
            .any(|flag| !flag.starts_with("--") && flag.contains('c'))
            .then_some("another shell would read the value as code"),
        "esac" => Some("the block holds a case statement"),
        _ => None,
    })
}

/// A here-document whose lines are still to come.
struct Document<'a> {
    end: &'a str,
    tabs: bool,
    literal: bool,
}

struct Scan<'a> {
    text: &'a str,
    holes: &'a BTreeMap<&'a str, String>,
    at: usize,
    out: String,
    /// The text without comments and without what was filled in.
    unfilled: String,
    places: Vec<Place>,
    /// Why no hole of this text can be filled.
    refusal: Option<&'static str>,
}

impl<'a> Scan<'a> {
    fn place(&self) -> Place {
        self.places.last().copied().unwrap_or(Place::Code(0))
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn copy(&mut self, bytes: usize) {
        let from = self.at;
        self.skip(bytes);
        self.unfilled.push_str(&self.text[from..self.at]);
    }

    /// Copies what is not run.
    fn skip(&mut self, bytes: usize) {
        let mut end = (self.at + bytes).min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end += 1;
        }
        self.out.push_str(&self.text[self.at..end]);
        self.at = end;
    }

    /// Writes the reference to a variable that this place asks for.
    fn refer(&mut self, token: &str, name: &str) -> Result<(), StepError> {
        let why = match self.place() {
            Place::Code(_) | Place::Double | Place::Single => self.refusal,
            Place::Ansi => Some("it stands within $'…'"),
            Place::Backquote => Some("it stands within backquotes"),
            Place::Parameter => Some("it stands within ${…}"),
            Place::Arithmetic(_) => Some("it stands within arithmetic"),
        };
        if let Some(why) = why {
            return Err(StepError::Unplaceable { token: token.to_owned(), why });
        }
        let (before, after) = match self.place() {
            Place::Single => ("'\"${", "}\"'"),
            Place::Double => ("${", "}"),
            _ => ("\"${", "}\""),
        };
        self.fill_in(token, [before, name, after]);
        Ok(())
    }

    fn fill_in(&mut self, token: &str, reference: [&str; 3]) {
        self.out.push_str(&reference.concat());
        self.at += token.len();
        self.unfilled.push('\0');
    }

    fn enter(&mut self, place: Place, bytes: usize) {
        self.places.push(place);
        self.copy(bytes);
    }

    fn leave(&mut self, bytes: usize) {
        if self.places.len() > 1 {
            self.places.pop();
        }
        self.copy(bytes);
    }

    fn turn(&mut self, place: Place) {
        if let Some(last) = self.places.last_mut() {
            *last = place;
        }
        self.copy(1);
    }

    /// Copies one character, or one construct's beginning or end.
    fn step(&mut self) {
        let rest = self.rest();
        match self.place() {
            Place::Code(depth) => self.step_code(depth),
            Place::Double => match rest.as_bytes()[0] {
                b'"' => self.leave(1),
                b'\\' => self.copy(2),
                b'$' => self.dollar(),
                b'`' => self.enter(Place::Backquote, 1),
                _ => self.copy(1),
            },
            Place::Single => {
                if rest.starts_with('\'') {
                    self.leave(1);
                } else {
                    self.copy(1);
                }
            }
            Place::Ansi => match rest.as_bytes()[0] {
                b'\'' => self.leave(1),
                b'\\' => self.copy(2),
                _ => self.copy(1),
            },
            Place::Backquote => match rest.as_bytes()[0] {
                b'`' => self.leave(1),
                b'\\' => self.copy(2),
                _ => self.copy(1),
            },
            Place::Parameter => match rest.as_bytes()[0] {
                b'}' => self.leave(1),
                b'\\' => self.copy(2),
                b'$' => self.dollar(),
                b'\'' | b'"' => {
                    self.refusal = Some("the block has quotes within ${…}");
                    self.copy(1);
                }
                _ => self.copy(1),
            },
            Place::Arithmetic(depth) => match rest.as_bytes()[0] {
                b'(' => self.turn(Place::Arithmetic(depth + 1)),
                b')' if depth > 0 => self.turn(Place::Arithmetic(depth - 1)),
                b')' => self.leave(2),
                _ => self.copy(1),
            },
        }
    }

    fn step_code(&mut self, depth: usize) {
        let rest = self.rest();
        match rest.as_bytes()[0] {
            b'\'' => self.enter(Place::Single, 1),
            b'"' => self.enter(Place::Double, 1),
            b'`' => self.enter(Place::Backquote, 1),
            b'\\' => self.copy(2),
            b'#' if self.begins_word() => self.skip(rest.find('\n').unwrap_or(rest.len())),
            b'$' if rest.starts_with("$'") => {
                // Shells disagree on what this is, and so on where it ends.
                self.refusal = Some("the block uses $'…'");
                self.enter(Place::Ansi, 2);
            }
            b'$' => self.dollar(),
            b'(' if rest.starts_with("((") => self.enter(Place::Arithmetic(0), 2),
            b'(' => self.turn(Place::Code(depth + 1)),
            b')' if depth > 0 => self.turn(Place::Code(depth - 1)),
            b')' => self.leave(1),
            _ => self.copy(1),
        }
    }

    fn dollar(&mut self) {
        let rest = self.rest();
        if rest.starts_with("$((") {
            self.enter(Place::Arithmetic(0), 3);
        } else if rest.starts_with("$(") {
            self.enter(Place::Code(0), 2);
        } else if rest.starts_with("${") {
            self.enter(Place::Parameter, 2);
        } else {
            self.copy(1);
        }
    }

    fn begins_word(&self) -> bool {
        self.text[..self.at].chars().next_back().is_none_or(|c| c.is_whitespace() || ";&|()".contains(c))
    }

    /// The here-document that `<<` at this place announces, if it is one.
    fn document_begins(&mut self) -> Option<Document<'a>> {
        let rest = self.rest();
        let doubled = self.text[..self.at].ends_with('<');
        if !matches!(self.place(), Place::Code(_)) || doubled || rest.starts_with("<<<") {
            return None;
        }
        let after = rest.strip_prefix("<<")?;
        if hole_at(&rest[1..], self.holes).is_some() {
            return None;
        }
        let tabs = after.starts_with('-');
        let word = after.trim_start_matches('-').trim_start_matches([' ', '\t']);
        let quote = word.chars().next().filter(|c| matches!(c, '\'' | '"' | '\\'));
        let bare = quote.map_or(word, |quote| &word[quote.len_utf8()..]);
        let end = bare.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(bare.len());
        let left = &bare[end..];
        let left = quote.filter(|quote| *quote != '\\').map_or(Some(left), |quote| left.strip_prefix(quote));
        let ends = left.is_some_and(|left| {
            left.is_empty() || left.starts_with(|c: char| c.is_whitespace() || ";&|<>)".contains(c))
        });
        if end == 0 || !ends {
            self.refusal = Some("the block's here-document has an unusual end");
            return None;
        }
        Some(Document { end: &bare[..end], tabs, literal: quote.is_some() })
    }

    /// Copies a here-document's lines; the shell expands variables in it but keeps quotes.
    fn document(&mut self, document: &Document<'_>) -> Result<(), StepError> {
        while self.at < self.text.len() {
            let line = self.rest().split_inclusive('\n').next().unwrap_or_default();
            let bare = line.trim_end_matches('\n');
            let bare = if document.tabs { bare.trim_start_matches('\t') } else { bare };
            if bare == document.end {
                self.copy(line.len());
                return Ok(());
            }
            let end = self.at + line.len();
            while self.at < end {
                let Some((token, name)) = hole_at(self.rest(), self.holes) else {
                    self.copy(if self.rest().starts_with('\\') { 2 } else { 1 });
                    continue;
                };
                if document.literal || self.refusal.is_some() {
                    let why = "it stands in a here-document that is read as it stands";
                    return Err(StepError::Unplaceable { token: token.to_owned(), why });
                }
                self.fill_in(token, ["${", name, "}"]);
            }
        }
        Ok(())
    }
}
