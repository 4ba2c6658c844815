//! A run of text as it reads, on one line, with where each part of it stands in the file and what is
//! marked in it: code, bold, links. Code keeps its backticks; every other mark is gone from the text.

use std::ops::Range;

use crate::domain::text::{clean, is_hostile};

/// A longer text is read as one: nobody ticks its sentences.
const LONG: usize = 16 << 10;

/// More links than these are not listed.
const LINKS: usize = 100;

/// What a part of a text is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// A code span, and what is in it.
    Code(String),
    /// Bold.
    Strong,
    /// Italic.
    Emphasis,
    /// Struck out.
    Struck,
    /// A link, and where it leads.
    Link(String),
}

/// A text of one line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Inline {
    /// The words. Clean.
    pub(super) text: String,
    /// What is marked in them, in the order of the closing of the marks.
    pub(super) marks: Vec<(Range<usize>, Mark)>,
    /// Where lines of the source ended, and whether the author insisted.
    pub(super) breaks: Vec<(usize, bool)>,
    /// HTML comments that stood in it.
    pub(super) comments: Vec<String>,
    /// From the byte of `text` to the byte of the source, ascending.
    map: Vec<(usize, usize)>,
}

/// The words at the beginning that say what the rest is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lead {
    /// Without its colon.
    pub(super) words: String,
    /// The byte at which the rest begins.
    pub(super) end: usize,
    /// Whether it is set in bold.
    pub(super) bold: bool,
}

impl Inline {
    /// Adds text that stands at `source`.
    pub(super) fn push(&mut self, text: &str, source: usize) {
        self.map.push((self.text.len(), source));
        // Where the text is no longer as long as its source, the next character has a place of its own.
        let mut even = true;
        for (at, own) in text.char_indices() {
            let c = match own {
                c if c.is_whitespace() => ' ',
                c if is_hostile(c) => char::REPLACEMENT_CHARACTER,
                c => c,
            };
            if c != ' ' || !(self.text.is_empty() || self.text.ends_with(' ')) {
                if !even {
                    self.map.push((self.text.len(), source + at));
                    even = true;
                }
                self.text.push(c);
                even &= c.len_utf8() == own.len_utf8();
            } else {
                even = false;
            }
        }
    }

    /// Adds a code span that stands at `source`, written as `raw`.
    pub(super) fn push_code(&mut self, code: &str, source: usize, raw: &str) {
        self.map.push((self.text.len(), source));
        let code = clean(code.trim()).into_owned();
        let start = self.text.len();
        self.text.push('`');
        let shown = raw.trim_start_matches('`').trim_start();
        let mut from = raw.len() - shown.len();
        let mut to = self.text.len();
        // Each line of it has a place of its own, behind what the list or the quote around it begins lines with.
        for (index, line) in shown.split_inclusive('\n').enumerate() {
            let own = if index == 0 { line } else { line.trim_start_matches([' ', '\t', '>']) };
            if to > start + code.len() {
                break;
            }
            self.map.push((to, source + from + line.len() - own.len()));
            to += own.len();
            from += line.len();
        }
        self.text.push_str(&code);
        self.text.push('`');
        self.marks.push((start..self.text.len(), Mark::Code(code)));
    }

    /// Adds the end of a line of the source.
    pub(super) fn push_break(&mut self, source: usize, hard: bool) {
        self.push(" ", source);
        self.breaks.push((self.text.len(), hard));
    }

    /// Marks what was added since the text was `start` long.
    pub(super) fn mark(&mut self, start: usize, mark: Mark) {
        let end = self.text.trim_end().len();
        if start < end {
            self.marks.push((start..end, mark));
        }
    }

    /// Without white space at its end.
    pub(super) fn finish(mut self) -> Self {
        self.text.truncate(self.text.trim_end().len());
        let end = self.text.len();
        for (range, _) in &mut self.marks {
            range.end = range.end.min(end);
        }
        self.marks.retain(|(range, _)| range.start < range.end);
        self.breaks.retain(|(at, _)| *at < end);
        self
    }

    /// Whether it is too long to be looked at sentence by sentence.
    pub(super) fn is_long(&self) -> bool {
        self.text.len() > LONG
    }

    /// The byte of the source at which the text begins.
    pub(super) fn source(&self) -> usize {
        self.source_of(0)
    }

    /// The byte of the source of a byte of the text. No run reaches over a line end.
    pub(super) fn source_of(&self, at: usize) -> usize {
        // Of several runs that begin here the last is the one that has text.
        let after = self.map.partition_point(|(text, _)| *text <= at);
        let Some((text, source)) = self.map.get(after.saturating_sub(1)) else { return 0 };
        let place = source + at.saturating_sub(*text);
        // What was written out, such as `&amp;`, ends where the next run begins.
        self.map.get(after).map_or(place, |(_, next)| place.min((*source).max(next.saturating_sub(1))))
    }

    /// A part of it, without white space around.
    pub(super) fn part(&self, range: Range<usize>) -> Self {
        let slice = &self.text[range.clone()];
        let start = range.start + (slice.len() - slice.trim_start().len());
        let end = start + slice.trim().len();
        let mut map = vec![(0, self.source_of(start))];
        map.extend(
            self.map.iter().filter(|(at, _)| (start + 1..end).contains(at)).map(|(at, to)| (at - start, *to)),
        );
        let marks = self.marks.iter().filter_map(|(range, mark)| {
            let range = range.start.max(start)..range.end.min(end);
            (range.start < range.end).then(|| (range.start - start..range.end - start, mark.clone()))
        });
        let breaks = self.breaks.iter().filter(|(at, _)| (start + 1..end).contains(at));
        Self {
            text: self.text[start..end].to_owned(),
            marks: marks.collect(),
            breaks: breaks.map(|(at, hard)| (at - start, *hard)).collect(),
            // They stand behind what they speak of.
            comments: if end == self.text.trim_end().len() { self.comments.clone() } else { Vec::new() },
            map,
        }
    }

    /// Adds another text behind a separator.
    pub(super) fn append(&mut self, separator: &str, other: &Self) {
        if !self.text.is_empty() {
            self.text.push_str(separator);
        }
        let start = self.text.len();
        self.text.push_str(&other.text);
        self.map.extend(other.map.iter().map(|(at, source)| (at + start, *source)));
        let marks = other.marks.iter();
        self.marks.extend(marks.map(|(range, mark)| (range.start + start..range.end + start, mark.clone())));
    }

    /// The code spans: where they stand, and what is in them.
    pub(super) fn codes(&self) -> impl Iterator<Item = (&Range<usize>, &str)> {
        self.marks.iter().filter_map(|(range, mark)| match mark {
            Mark::Code(code) => Some((range, code.as_str())),
            Mark::Strong | Mark::Emphasis | Mark::Struck | Mark::Link(_) => None,
        })
    }

    /// Where the links lead, bare addresses too, each once.
    pub(super) fn links(&self) -> Vec<String> {
        let marked = self.marks.iter().filter_map(|(_, mark)| match mark {
            Mark::Link(to) => Some(to.clone()),
            Mark::Code(_) | Mark::Strong | Mark::Emphasis | Mark::Struck => None,
        });
        let schemes: &[&str] = if self.is_long() { &[] } else { &["https://", "http://"] };
        let bare = schemes.iter().flat_map(|scheme| self.text.match_indices(scheme)).filter(|(at, _)| {
            !self
                .marks
                .iter()
                .any(|(range, mark)| range.contains(at) && matches!(mark, Mark::Code(_) | Mark::Link(_)))
        });
        let bare = bare.map(|(at, _)| {
            let rest = &self.text[at..];
            let end = rest.find([' ', '<', '>', '"', '`']).unwrap_or(rest.len());
            rest[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '\'', '*']).to_owned()
        });
        let mut links: Vec<String> = Vec::new();
        for link in marked.chain(bare) {
            if links.len() >= LINKS {
                break;
            }
            if !links.contains(&link) {
                links.push(link);
            }
        }
        links
    }

    /// The words with the addresses behind those that link somewhere, for text that is only read.
    pub(super) fn readable(&self) -> String {
        let mut links: Vec<(usize, &str)> = Vec::new();
        for (range, mark) in &self.marks {
            if let Mark::Link(to) = mark {
                let shown = &self.text[range.clone()];
                let same = ["", "mailto:", "http://", "https://"].iter().any(|scheme| {
                    to.strip_prefix(scheme)
                        .is_some_and(|rest| rest.trim_end_matches('/') == shown.trim_end_matches('/'))
                });
                if !to.is_empty() && !same {
                    links.push((range.end, to));
                }
            }
        }
        links.sort_unstable();
        let mut out = String::with_capacity(self.text.len());
        let mut from = 0;
        for (at, to) in links {
            out.push_str(&self.text[from..at]);
            out.push_str(" (");
            out.push_str(to);
            out.push(')');
            from = at;
        }
        out.push_str(&self.text[from..]);
        out
    }

    /// Whether a byte stands in a code span or a link.
    pub(super) fn is_within(&self, at: usize) -> bool {
        self.marks.iter().any(|(range, mark)| {
            matches!(mark, Mark::Code(_) | Mark::Link(_)) && range.start <= at && at < range.end
        })
    }

    /// Whether all of it is set so.
    pub(super) fn is_all(&self, mark: &Mark) -> bool {
        let end = self.text.trim_end_matches([':', ' ']).len();
        let start = self.text.find(char::is_alphanumeric).unwrap_or(0);
        end > 0
            && self.marks.iter().any(|(range, own)| own == mark && range.start <= start && range.end >= end)
    }

    /// The lead it begins with: `**Lead:** rest`, `**Lead** (…): rest`, `**Lead** – rest`, `Lead: rest`.
    pub(super) fn lead(&self) -> Option<Lead> {
        self.marked_lead().or_else(|| self.plain_lead())
    }

    fn marked_lead(&self) -> Option<Lead> {
        let begin = self.text.find(char::is_alphanumeric)?;
        let set = |mark: &Mark| matches!(mark, Mark::Strong | Mark::Emphasis);
        let (range, mark) = self.marks.iter().find(|(range, mark)| set(mark) && range.start <= begin)?;
        let bold = *mark == Mark::Strong;
        let words = self.text[range.clone()].trim();
        let after = &self.text[range.end..];
        let skip = |after: &str, punctuation: usize| {
            let rest = &after[punctuation..];
            self.text.len() - rest.trim_start().len()
        };
        if let Some(words) = words.strip_suffix(':') {
            return Some(Lead { words: words.trim().to_owned(), end: skip(after, 0), bold });
        }
        let mut tail = after.trim_start();
        if let Some(close) = tail.find(')').filter(|_| tail.starts_with('(')) {
            let beyond = tail[close + 1..].trim_start();
            if beyond.starts_with(':') {
                tail = beyond;
            }
        }
        let punctuation = [":", "–", "—", "- ", "-- "].into_iter().find(|sign| tail.starts_with(sign));
        if let Some(sign) = punctuation {
            let at = after.len() - tail.len() + sign.len();
            return Some(Lead { words: words.to_owned(), end: skip(after, at), bold });
        }
        if !bold {
            return None;
        }
        if let Some(words) = words.strip_suffix('.').filter(|words| words.split(' ').count() <= 6) {
            return Some(Lead { words: words.to_owned(), end: skip(after, 0), bold });
        }
        after.trim().is_empty().then(|| Lead { words: words.to_owned(), end: self.text.len(), bold })
    }

    fn plain_lead(&self) -> Option<Lead> {
        let colon = self.text.find(':').filter(|at| *at <= 60 && !self.is_within(*at))?;
        let words = &self.text[..colon];
        let rest = &self.text[colon + 1..];
        let label = !words.is_empty()
            && words.split(' ').count() <= 6
            && !words.contains(['.', '?', '!', ';', ',', '`'])
            && rest.starts_with(' ');
        label.then(|| Lead {
            words: words.trim().to_owned(),
            end: self.text.len() - rest.trim_start().len(),
            bold: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bold(words: &str, rest: &str) -> Inline {
        let mut inline = Inline::default();
        inline.push(words, 2);
        inline.mark(0, Mark::Strong);
        inline.push(rest, 30);
        inline.finish()
    }

    #[test]
    fn leads_are_found_however_they_are_set() {
        for (words, rest) in [
            ("Contain:", " flip it"),
            ("Contain", ": flip it"),
            ("Contain", " — flip it"),
            ("Contain", " (5 min): flip it"),
            ("Contain.", " flip it"),
            ("Contain", " - flip it"),
        ] {
            let inline = bold(words, rest);
            let lead = inline.lead().unwrap();
            assert_eq!(
                (lead.words.as_str(), &inline.text[lead.end..], lead.bold),
                ("Contain", "flip it", true)
            );
        }
        assert_eq!(bold("Never", " restart the primary").lead(), None);
        assert_eq!(bold("Contain", "").lead().unwrap().end, 7);
        let mut plain = Inline::default();
        plain.push("Unit tests: all pass", 0);
        assert_eq!(plain.lead().unwrap(), Lead { words: "Unit tests".into(), end: 12, bold: false });
        for text in ["see https://example.com/x", "at 12:30 do it", "Well, then: go", "Run these:"] {
            let mut plain = Inline::default();
            plain.push(text, 0);
            assert_eq!(plain.lead(), None, "{text}");
        }
    }

    #[test]
    fn a_part_keeps_its_marks_and_its_place() {
        let mut inline = Inline::default();
        inline.push("Run it.  Then ", 10);
        inline.push_code("ls -l", 24, "`ls -l`");
        inline.push_break(31, false);
        inline.push("now.", 40);
        let part = inline.finish().part(7..25);
        assert_eq!(part.text, "Then `ls -l` now.");
        assert_eq!(part.codes().next().unwrap(), (&(5..12), "ls -l"));
        assert_eq!([part.source(), part.source_of(5), part.source_of(13)], [19, 24, 40]);
    }

    #[test]
    fn bare_addresses_are_links_without_their_full_stop() {
        let mut inline = Inline::default();
        inline.push("See https://example.com/a, or (http://example.com).", 0);
        assert_eq!(inline.links(), ["https://example.com/a", "http://example.com"]);
    }
}
