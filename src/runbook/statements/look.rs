//! One passage, cut into tokens, with what stands around it; and what has been found in it so far.

use crate::domain::statement::Says;
use crate::runbook::inline::Lead;

use super::passages::{Passage, Passages, Place, has_word};
use super::tokens::{Kind, Token, tokens};

/// Something that a passage says.
pub(super) struct Found {
    /// The first byte of its words in the passage.
    pub(super) start: usize,
    /// The byte behind the last.
    pub(super) end: usize,
    /// What it says.
    pub(super) says: Says,
}

/// A passage being read.
pub(super) struct Look<'a> {
    /// The passage.
    pub(super) passage: &'a Passage<'a>,
    /// All of them.
    pub(super) all: &'a Passages<'a>,
    /// Its words.
    pub(super) text: &'a str,
    /// Its words in lower case, byte for byte.
    pub(super) lower: String,
    /// Its tokens.
    pub(super) tokens: Vec<Token>,
    /// Which tokens a statement has been made of.
    taken: Vec<bool>,
    /// The label it begins with.
    pub(super) lead: Option<Lead>,
    /// What has been found.
    pub(super) found: Vec<Found>,
}

impl<'a> Look<'a> {
    /// A look at a passage.
    pub(super) fn at(passage: &'a Passage<'a>, all: &'a Passages<'a>) -> Self {
        let text = passage.words.text.as_str();
        let tokens = tokens(&passage.words);
        let lead = if passage.words.is_long() { None } else { passage.words.lead() };
        Self {
            passage,
            all,
            text,
            lower: text.to_ascii_lowercase(),
            taken: vec![false; tokens.len()],
            tokens,
            lead: lead.filter(|lead| lead.end < text.len()),
            found: Vec::new(),
        }
    }

    /// The kind of a token.
    pub(super) fn kind(&self, at: usize) -> Option<Kind> {
        self.tokens.get(at).map(|token| token.kind)
    }

    /// A token as it stands.
    pub(super) fn raw(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| &self.text[token.at.clone()])
    }

    /// A word in lower case; nothing for any other token.
    pub(super) fn word(&self, at: usize) -> &str {
        match self.tokens.get(at) {
            Some(token) if token.kind == Kind::Word => &self.lower[token.at.clone()],
            _ => "",
        }
    }

    /// The word before a token, over signs that only open something.
    pub(super) fn before(&self, at: usize, back: usize) -> &str {
        at.checked_sub(back).map_or("", |at| self.word(at))
    }

    /// A sign.
    pub(super) fn is_sign(&self, at: usize, sign: char) -> bool {
        self.kind(at) == Some(Kind::Sign(sign))
    }

    /// A number.
    pub(super) fn number(&self, at: usize) -> Option<f64> {
        match self.kind(at) {
            Some(Kind::Number(value)) => Some(value),
            Some(Kind::Word) => number_word(self.word(at)),
            _ => None,
        }
    }

    /// Whether these words follow each other.
    pub(super) fn words(&self, at: usize, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(index, word)| self.word(at + index) == *word)
    }

    /// Whether a token has no white space before it.
    pub(super) fn is_glued(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| token.glued)
    }

    /// The tokens of the clause around a token: from behind the full stop or semicolon before it.
    pub(super) fn clause(&self, at: usize) -> std::ops::Range<usize> {
        const FAR: usize = 60;
        let ends = |at: &usize| matches!(self.kind(*at), Some(Kind::Stop | Kind::Sign(';')));
        let start =
            (at.saturating_sub(FAR)..at).rev().find(ends).map_or(at.saturating_sub(FAR), |end| end + 1);
        let last = self.tokens.len().min(at + FAR);
        start..(at..last).find(ends).unwrap_or(last)
    }

    /// The words of some tokens.
    pub(super) fn slice(&self, tokens: std::ops::Range<usize>) -> &str {
        let (Some(first), Some(last)) =
            (self.tokens.get(tokens.start), tokens.end.checked_sub(1).and_then(|at| self.tokens.get(at)))
        else {
            return "";
        };
        self.text.get(first.at.start..last.at.end).unwrap_or_default()
    }

    /// Whether any of these words stands in the tokens.
    pub(super) fn any(&self, tokens: std::ops::Range<usize>, words: &[&str]) -> bool {
        tokens.into_iter().any(|at| words.contains(&self.word(at)))
    }

    /// The token that begins at or behind a byte.
    pub(super) fn token_at(&self, byte: usize) -> usize {
        self.tokens.partition_point(|token| token.at.start < byte)
    }

    /// The token behind the label; 0 where there is none.
    pub(super) fn rest(&self) -> usize {
        self.lead.as_ref().map_or(0, |lead| self.token_at(lead.end))
    }

    /// The label in lower case.
    pub(super) fn label(&self) -> String {
        self.lead
            .as_ref()
            .map(|lead| super::passages::clip(&lead.words).to_ascii_lowercase())
            .unwrap_or_default()
    }

    /// Whether a heading around it has one of these words.
    pub(super) fn under(&self, words: &[&str]) -> bool {
        self.all.under(self.passage.heading, words)
    }

    /// Whether what announces it has one of these words.
    pub(super) fn announced(&self, words: &[&str]) -> bool {
        self.passage.above.as_deref().is_some_and(|above| words.iter().any(|word| has_word(above, word)))
    }

    /// The head of the column it stands in, in lower case.
    pub(super) fn column(&self) -> &str {
        match self.passage.place {
            Place::Cell(table, _, column) => self
                .all
                .tables
                .get(table)
                .and_then(|table| table.heads.get(column))
                .map_or("", String::as_str),
            _ => "",
        }
    }

    /// Whether it is a cell.
    pub(super) fn is_cell(&self) -> bool {
        matches!(self.passage.place, Place::Cell(..))
    }

    /// Whether a statement has been made of a token.
    pub(super) fn is_taken(&self, at: usize) -> bool {
        self.taken.get(at).copied().unwrap_or(false)
    }

    /// Keeps what some tokens say, and takes them, so that nothing else is made of them.
    pub(super) fn take(&mut self, tokens: std::ops::Range<usize>, says: Says) {
        for at in tokens.clone() {
            if let Some(taken) = self.taken.get_mut(at) {
                *taken = true;
            }
        }
        self.keep(tokens, says);
    }

    /// Marks tokens as spoken for by a statement that is kept with others.
    pub(super) fn claim(&mut self, tokens: std::ops::Range<usize>) {
        for at in tokens {
            if let Some(taken) = self.taken.get_mut(at) {
                *taken = true;
            }
        }
    }

    /// Keeps what some tokens say, from their first word to their last.
    pub(super) fn keep(&mut self, tokens: std::ops::Range<usize>, says: Says) {
        let idle = |at: &usize| {
            matches!(self.kind(*at), Some(Kind::Stop | Kind::Sign(_)))
                && !matches!(self.kind(*at), Some(Kind::Sign('<' | '>' | '≤' | '≥' | '~' | '≈' | '"' | '“')))
        };
        let closes =
            |at: &usize| matches!(self.kind(*at), Some(Kind::Stop | Kind::Sign(',' | ':' | ';' | '-' | '(')));
        let first = tokens.clone().find(|at| !idle(at));
        let last = tokens.rev().find(|at| !closes(at));
        let (Some(start), Some(end)) = (
            first.and_then(|at| self.tokens.get(at)).map(|token| token.at.start),
            last.and_then(|at| self.tokens.get(at)).map(|token| token.at.end),
        ) else {
            return;
        };
        if start < end {
            self.found.push(Found { start, end, says });
        }
    }
}

/// A number that is written out.
fn number_word(word: &str) -> Option<f64> {
    Some(match word {
        "zero" => 0.0,
        "one" => 1.0,
        "two" => 2.0,
        "three" => 3.0,
        "four" => 4.0,
        "five" => 5.0,
        "six" => 6.0,
        "seven" => 7.0,
        "eight" => 8.0,
        "nine" => 9.0,
        "ten" => 10.0,
        "twelve" => 12.0,
        "fifteen" => 15.0,
        "twenty" => 20.0,
        "thirty" => 30.0,
        "sixty" => 60.0,
        "ninety" => 90.0,
        _ => return None,
    })
}
