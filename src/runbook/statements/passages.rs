//! The passages of a file: everything that reads as one line of words, with the headings around it and what
//! announces it. What a passage says depends on both.

use std::borrow::Cow;

use crate::runbook::blocks::{Block, Fence, Item};
use crate::runbook::inline::{Inline, Mark};

/// The words of a heading, an announcement or the head of a column are looked at up to this many bytes.
const LONGEST: usize = 200;

/// A paragraph with more lines is not cut into them.
const LINES: usize = 200;

/// Why nothing is made of what its author took back.
pub(super) const STRUCK: &str = "was struck out by its author";

/// Where a passage stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A heading, or a line in bold that heads what follows.
    Heading,
    /// A paragraph, or a line of one.
    Text,
    /// The words of an item of a list, with its number if it has one.
    Item(Option<u64>),
    /// The head of a column.
    Head,
    /// A cell: its table, its row, its column.
    Cell(usize, usize, usize),
    /// A comment in a code block: the line of the file it stands on, its byte in the text of the block.
    Comment(usize),
}

/// A passage.
pub(super) struct Passage<'a> {
    /// Its words.
    pub(super) words: Cow<'a, Inline>,
    /// Where it stands.
    pub(super) place: Place,
    /// The heading around it.
    pub(super) heading: Option<usize>,
    /// What announces it: the item or the paragraph above, in lower case.
    pub(super) above: Option<std::rc::Rc<str>>,
    /// Why nothing is made of it, where the author says so.
    pub(super) left: Option<&'static str>,
}

/// A heading.
pub(super) struct Heading {
    /// Its words; only their beginning where they are many.
    pub(super) words: String,
    /// The same in lower case.
    pub(super) lower: String,
    /// The heading around it.
    pub(super) parent: Option<usize>,
    /// Its level; below all of Markdown's for a line in bold.
    level: u8,
}

/// A table: the heads of its columns in lower case, and the words of its rows' cells.
pub(super) struct Table<'a> {
    /// In lower case.
    pub(super) heads: Vec<String>,
    /// Cell by cell.
    pub(super) rows: &'a [Vec<Inline>],
    /// The heading around it.
    pub(super) heading: Option<usize>,
}

/// All of them.
#[derive(Default)]
pub(super) struct Passages<'a> {
    /// In the order of the file.
    pub(super) all: Vec<Passage<'a>>,
    /// In the order of the file.
    pub(super) headings: Vec<Heading>,
    /// In the order of the file.
    pub(super) tables: Vec<Table<'a>>,
    /// Code blocks, each with the heading around it.
    pub(super) fences: Vec<(&'a Fence, Option<usize>)>,
    heading: Option<usize>,
}

/// The passages of a file.
pub(super) fn passages(blocks: &[Block]) -> Passages<'_> {
    let mut passages = Passages::default();
    passages.read(blocks, None);
    passages
}

impl<'a> Passages<'a> {
    fn read(&mut self, blocks: &'a [Block], above: Option<&std::rc::Rc<str>>) {
        let mut announces: Option<std::rc::Rc<str>> = None;
        for (index, block) in blocks.iter().enumerate() {
            let own = announces.take();
            let over = own.as_ref().or(above);
            match block {
                Block::Heading(level, words) => {
                    self.head(words, *level);
                    self.add(Cow::Borrowed(words), Place::Heading, None);
                }
                Block::Paragraph(words) => {
                    let introduces = matches!(
                        blocks.get(index + 1),
                        Some(Block::List(_) | Block::Table(..) | Block::Fence(_))
                    );
                    self.paragraph(words, introduces, above);
                    if introduces {
                        announces = Some(lower(&words.text));
                    }
                }
                Block::List(items) => self.items(items, over),
                Block::Fence(fence) => {
                    self.fences.push((fence, self.heading));
                    // What goes on behind a code block still stands under the same words.
                    announces = own;
                }
                Block::Table(head, rows) => self.table(head, rows, over),
                Block::Quote(word, inner) => {
                    let from = self.all.len();
                    self.read(inner, over);
                    if word.is_some() {
                        for passage in &mut self.all[from..] {
                            passage.left = Some("warns or advises, asks for nothing");
                        }
                    }
                }
                Block::Html(_) => {}
            }
        }
    }

    fn head(&mut self, words: &Inline, level: u8) {
        while let Some(at) = self.heading {
            if self.headings[at].level < level {
                break;
            }
            self.heading = self.headings[at].parent;
        }
        let clipped = clip(&words.text);
        self.headings.push(Heading {
            words: clipped.to_owned(),
            lower: clipped.to_ascii_lowercase(),
            parent: self.heading,
            level,
        });
        self.heading = Some(self.headings.len() - 1);
    }

    /// A paragraph: its lines apart where each says something of its own.
    fn paragraph(&mut self, words: &'a Inline, introduces: bool, above: Option<&std::rc::Rc<str>>) {
        if introduces && words.is_all(&Mark::Strong) && words.text.split(' ').count() <= 12 {
            self.head(words, 7);
            self.add(Cow::Borrowed(words), Place::Heading, None);
            return;
        }
        let mut start = 0;
        // A paragraph of hundreds of lines is one text.
        if !words.is_long() && words.breaks.len() <= LINES {
            let bold: Vec<usize> = words
                .marks
                .iter()
                .filter_map(|(range, mark)| (*mark == Mark::Strong).then_some(range.start))
                .collect();
            for (at, hard) in &words.breaks {
                if *hard || bold.contains(at) || labelled(crate::domain::text::head(&words.text[*at..], 60)) {
                    self.add(Cow::Owned(words.part(start..*at)), Place::Text, above);
                    start = *at;
                }
            }
        }
        let rest =
            if start == 0 { Cow::Borrowed(words) } else { Cow::Owned(words.part(start..words.text.len())) };
        self.add(rest, Place::Text, above);
    }

    fn items(&mut self, items: &'a [Item], above: Option<&std::rc::Rc<str>>) {
        for item in items {
            let number = match item.marker {
                crate::domain::runbook::Marker::Number(number) => Some(number),
                _ => None,
            };
            let Some((Block::Paragraph(words) | Block::Heading(_, words), rest)) = item.blocks.split_first()
            else {
                self.read(&item.blocks, above);
                continue;
            };
            self.add(Cow::Borrowed(words), Place::Item(number), above);
            let own = lower(&words.text);
            // What an item says of itself stays with what stands in it, what announces it too.
            let both = match above {
                Some(above) if !rest.is_empty() => lower(&format!("{own} {above}")),
                _ => own,
            };
            self.read(rest, Some(&both));
        }
    }

    fn table(&mut self, head: &'a [Inline], rows: &'a [Vec<Inline>], above: Option<&std::rc::Rc<str>>) {
        let table = self.tables.len();
        for cell in head {
            self.add(Cow::Borrowed(cell), Place::Head, above);
        }
        let heads = head.iter().map(|cell| clip(&cell.text).to_ascii_lowercase()).collect();
        self.tables.push(Table { heads, rows, heading: self.heading });
        for (row, cells) in rows.iter().enumerate() {
            for (column, cell) in cells.iter().enumerate() {
                self.add(Cow::Borrowed(cell), Place::Cell(table, row, column), above);
            }
        }
    }

    fn add(&mut self, words: Cow<'a, Inline>, place: Place, above: Option<&std::rc::Rc<str>>) {
        if words.text.is_empty() {
            return;
        }
        let left = words.is_all(&Mark::Struck).then_some(STRUCK);
        self.all.push(Passage { words, place, heading: self.heading, above: above.cloned(), left });
    }

    /// Whether a heading around, the nearest first, has one of these words or phrases.
    pub(super) fn under(&self, heading: Option<usize>, words: &[&str]) -> bool {
        let mut at = heading;
        while let Some(own) = at.and_then(|at| self.headings.get(at)) {
            if words.iter().any(|word| has_word(&own.lower, word)) {
                return true;
            }
            at = own.parent;
        }
        false
    }
}

/// "Owner: ann": a line that begins with a label.
fn labelled(line: &str) -> bool {
    let Some((label, rest)) = line.split_once(':') else { return false };
    rest.starts_with(' ')
        && label.len() <= 40
        && label.split(' ').count() <= 4
        && label.starts_with(char::is_uppercase)
        && !label.contains(['.', ',', ';', '`', '('])
}

/// Its beginning.
pub(super) fn clip(text: &str) -> &str {
    crate::domain::text::head(text, LONGEST)
}

fn lower(text: &str) -> std::rc::Rc<str> {
    std::rc::Rc::from(clip(text).to_ascii_lowercase())
}

/// Whether `text` has the whole word or phrase `word`; both are in lower case.
pub(super) fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        before.is_none_or(|c| !c.is_alphanumeric()) && after.is_none_or(|c| !c.is_alphanumeric())
    })
}
