//! Markdown as a tree of blocks, each with its place in the file. `CommonMark` with GitHub's tables, task
//! lists, struck text and alerts. HTML is text. Nothing is understood here.

use std::ops::Range;

use pulldown_cmark::{BlockQuoteKind, CodeBlockKind, Event, LinkType, Options, Parser, Tag, TagEnd};

use crate::domain::runbook::Marker;
use crate::domain::text;

use super::inline::{Inline, Mark};
use super::lines::Lines;

/// Lists and quotes nested deeper are read as if they stood at this depth.
const DEEPEST: usize = 32;

/// A block.
#[derive(Debug)]
pub(super) enum Block {
    /// A heading of the level 1 to 6.
    Heading(u8, Inline),
    /// Prose.
    Paragraph(Inline),
    /// A list.
    List(Vec<Item>),
    /// A code block.
    Fence(Fence),
    /// A table: its head, its rows.
    Table(Vec<Inline>, Vec<Vec<Inline>>),
    /// A quote, and what GitHub calls it: `Warning`.
    Quote(Option<&'static str>, Vec<Block>),
    /// Raw HTML.
    Html(Html),
}

/// An item of a list.
#[derive(Debug)]
pub(super) struct Item {
    /// What stands before it.
    pub(super) marker: Marker,
    /// What stands in it.
    pub(super) blocks: Vec<Block>,
}

/// A code block.
#[derive(Debug)]
pub(super) struct Fence {
    /// 1-based line of the first line of its text.
    pub(super) line: usize,
    /// What stands behind its opening; empty for an indented block.
    pub(super) info: String,
    /// Its text.
    pub(super) text: String,
    /// Whether it ends before the file does.
    pub(super) closed: bool,
    /// 1-based lines of its first and last line, fences included.
    pub(super) lines: (usize, usize),
}

impl Fence {
    /// 1-based lines of the first and the last line of its text that are not blank.
    pub(super) fn text_lines(&self) -> (usize, usize) {
        let blank = self.text.lines().take_while(|line| line.trim().is_empty()).count();
        let last = self.text.trim_end().lines().count().max(1) - 1;
        (self.line + blank, self.line + last.max(blank))
    }
}

/// A piece of HTML.
#[derive(Debug)]
pub(super) struct Html {
    /// 1-based lines of its first and last character.
    pub(super) lines: (usize, usize),
    /// As it stands.
    pub(super) text: String,
}

/// The blocks of `body`, which begins at byte `base` of the file whose lines are `lines`.
pub(super) fn parse(body: &str, base: usize, lines: &Lines) -> Vec<Block> {
    // Metadata blocks stay off: with them a rule in the middle of a file swallows what follows it.
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_GFM;
    let mut tree = Tree {
        body,
        base,
        lines,
        open: vec![Open::new(Kind::Root)],
        inline: None,
        marks: Vec::new(),
        too_deep: 0,
        fence: None,
        html: None,
    };
    for (event, range) in Parser::new_ext(body, options).into_offset_iter() {
        tree.read(event, range);
    }
    tree.flush();
    while tree.open.len() > 1 {
        tree.close();
    }
    tree.open.pop().map(|root| root.blocks).unwrap_or_default()
}

enum Kind {
    Root,
    Quote(Option<&'static str>),
    List(Option<u64>),
    Item(Marker),
    Table,
}

/// A container that has not ended yet, and what is in it so far.
struct Open {
    kind: Kind,
    blocks: Vec<Block>,
    items: Vec<Item>,
    rows: Vec<Vec<Inline>>,
}

impl Open {
    fn new(kind: Kind) -> Self {
        Self { kind, blocks: Vec::new(), items: Vec::new(), rows: Vec::new() }
    }
}

struct Tree<'a> {
    body: &'a str,
    base: usize,
    lines: &'a Lines,
    open: Vec<Open>,
    inline: Option<Inline>,
    /// Marks that have not ended: where they began.
    marks: Vec<(usize, Mark)>,
    too_deep: usize,
    fence: Option<Fence>,
    html: Option<Html>,
}

impl Tree<'_> {
    fn read(&mut self, event: Event<'_>, range: Range<usize>) {
        let at = self.base + range.start;
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(tag) => self.end(tag, &range),
            Event::Text(words) => match (&mut self.fence, &mut self.html) {
                (Some(fence), _) => {
                    if fence.text.is_empty() {
                        fence.line = self.lines.line(at);
                    }
                    fence.text.push_str(&words);
                }
                (None, Some(html)) => html.text.push_str(&words),
                (None, None) => self.inline().push(&words, at),
            },
            Event::Code(code) => {
                let raw = &self.body[range];
                self.inline.get_or_insert_default().push_code(&code, at, raw);
            }
            Event::Html(words) => match &mut self.html {
                Some(html) => html.text.push_str(&words),
                None => self.inline().push(&words, at),
            },
            Event::InlineHtml(words) => {
                let tag = words.to_ascii_lowercase();
                if let Some(comment) = words.strip_prefix("<!--") {
                    let comment = comment.trim_end_matches("-->").trim().to_owned();
                    self.inline().comments.push(comment);
                } else if tag.starts_with("<br") {
                    self.inline().push_break(at, true);
                } else {
                    self.inline().push(&words, at);
                }
            }
            Event::SoftBreak | Event::HardBreak => {
                let hard = matches!(event, Event::HardBreak);
                // What follows stands on the next line.
                let next = self.base + range.end;
                self.inline().push_break(next, hard);
            }
            Event::TaskListMarker(ticked) => {
                let item = self.open.iter_mut().rev().find_map(|open| match &mut open.kind {
                    Kind::Item(marker) => Some(marker),
                    Kind::Root | Kind::Quote(_) | Kind::List(_) | Kind::Table => None,
                });
                if let Some(marker) = item.filter(|_| self.too_deep == 0) {
                    *marker = Marker::Task(ticked);
                }
            }
            Event::FootnoteReference(words) | Event::InlineMath(words) | Event::DisplayMath(words) => {
                self.inline().push(&words, at);
            }
            Event::Rule => self.flush(),
        }
    }

    fn start(&mut self, tag: Tag<'_>, range: Range<usize>) {
        match tag {
            Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. } | Tag::Image { .. } => {
                let mark = match tag {
                    Tag::Emphasis => Mark::Emphasis,
                    Tag::Strong => Mark::Strong,
                    Tag::Strikethrough => Mark::Struck,
                    Tag::Link { link_type: LinkType::Email, dest_url, .. } => {
                        Mark::Link(format!("mailto:{}", text::clean(&dest_url)))
                    }
                    Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                        Mark::Link(text::clean(&dest_url).into_owned())
                    }
                    _ => return,
                };
                let start = self.inline().text.len();
                self.marks.push((start, mark));
            }
            Tag::Paragraph | Tag::Heading { .. } => {
                self.flush();
            }
            Tag::TableCell => self.inline = Some(Inline::default()),
            Tag::TableHead | Tag::TableRow => {
                if let Some(open) = self.open.last_mut() {
                    open.rows.push(Vec::new());
                }
            }
            Tag::CodeBlock(kind) => {
                self.flush();
                let at = self.base + range.start;
                let (info, fenced) = match kind {
                    CodeBlockKind::Fenced(info) => (info.into_string(), true),
                    CodeBlockKind::Indented => (String::new(), false),
                };
                let line = self.lines.line(at) + usize::from(fenced);
                let lines = self.lines_of(&range);
                let closed = !fenced || ends_with_fence(&self.body[range]);
                self.fence = Some(Fence { line, info, text: String::new(), closed, lines });
            }
            Tag::HtmlBlock | Tag::MetadataBlock(_) => {
                self.flush();
                self.html = Some(Html { lines: self.lines_of(&range), text: String::new() });
            }
            Tag::BlockQuote(kind) => self.enter(Kind::Quote(kind.map(quote_word))),
            Tag::List(first) => self.enter(Kind::List(first)),
            Tag::Table(_) => self.enter(Kind::Table),
            Tag::Item => {
                let mut marker = Marker::Bullet;
                if let Some(Kind::List(Some(next))) = self.open.last_mut().map(|open| &mut open.kind) {
                    marker = Marker::Number(*next);
                    *next = next.saturating_add(1);
                }
                self.enter(Kind::Item(marker));
            }
            // These are not asked for.
            Tag::FootnoteDefinition(_)
            | Tag::DefinitionList
            | Tag::DefinitionListTitle
            | Tag::DefinitionListDefinition
            | Tag::Superscript
            | Tag::Subscript => {}
        }
    }

    fn end(&mut self, tag: TagEnd, range: &Range<usize>) {
        match tag {
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link | TagEnd::Image => {
                if let Some((start, mark)) = self.marks.pop() {
                    self.inline().mark(start, mark);
                }
            }
            TagEnd::Paragraph => self.flush(),
            TagEnd::Heading(level) => {
                let mut inline = self.take();
                if inline.text.is_empty() {
                    // An empty heading still has a place.
                    inline.push("", self.base + range.start);
                }
                self.add(Block::Heading(level as u8, inline));
            }
            TagEnd::TableCell => {
                let cell = self.take();
                if let Some(row) = self.open.last_mut().and_then(|open| open.rows.last_mut()) {
                    row.push(cell);
                }
            }
            TagEnd::CodeBlock => {
                if let Some(fence) = self.fence.take() {
                    self.add(Block::Fence(fence));
                }
            }
            TagEnd::HtmlBlock | TagEnd::MetadataBlock(_) => {
                if let Some(html) = self.html.take() {
                    self.add(Block::Html(html));
                }
            }
            TagEnd::BlockQuote(_) | TagEnd::List(_) | TagEnd::Item | TagEnd::Table => {
                self.flush();
                if self.too_deep > 0 {
                    self.too_deep -= 1;
                } else {
                    self.close();
                }
            }
            TagEnd::TableHead
            | TagEnd::TableRow
            | TagEnd::FootnoteDefinition
            | TagEnd::DefinitionList
            | TagEnd::DefinitionListTitle
            | TagEnd::DefinitionListDefinition
            | TagEnd::Superscript
            | TagEnd::Subscript => {}
        }
    }

    /// The lines of the file that a part of the body takes, without white space at its end.
    fn lines_of(&self, range: &Range<usize>) -> (usize, usize) {
        let shown = self.body[range.clone()].trim_end().len().max(1);
        (self.lines.line(self.base + range.start), self.lines.line(self.base + range.start + shown - 1))
    }

    fn inline(&mut self) -> &mut Inline {
        self.inline.get_or_insert_default()
    }

    fn take(&mut self) -> Inline {
        self.marks.clear();
        self.inline.take().unwrap_or_default().finish()
    }

    /// Ends the prose at hand: items of tight lists have no paragraphs around theirs.
    fn flush(&mut self) {
        if self.inline.is_some() {
            let inline = self.take();
            if !inline.text.is_empty() || !inline.comments.is_empty() {
                self.add(Block::Paragraph(inline));
            }
        }
    }

    fn enter(&mut self, kind: Kind) {
        self.flush();
        if self.too_deep > 0 || self.open.len() > DEEPEST {
            self.too_deep += 1;
        } else {
            self.open.push(Open::new(kind));
        }
    }

    fn close(&mut self) {
        // The root stays.
        let Some(mut ended) = (if self.open.len() > 1 { self.open.pop() } else { None }) else { return };
        match ended.kind {
            Kind::Item(marker) => {
                if let Some(list) = self.open.last_mut() {
                    list.items.push(Item { marker, blocks: ended.blocks });
                }
            }
            Kind::List(_) => self.add(Block::List(ended.items)),
            Kind::Quote(word) => self.add(Block::Quote(word, ended.blocks)),
            Kind::Table => {
                let head = if ended.rows.is_empty() { Vec::new() } else { ended.rows.remove(0) };
                self.add(Block::Table(head, ended.rows));
            }
            Kind::Root => {}
        }
    }

    fn add(&mut self, block: Block) {
        if let Some(open) = self.open.last_mut() {
            open.blocks.push(block);
        }
    }
}

fn quote_word(kind: BlockQuoteKind) -> &'static str {
    match kind {
        BlockQuoteKind::Note => "Note",
        BlockQuoteKind::Tip => "Tip",
        BlockQuoteKind::Important => "Important",
        BlockQuoteKind::Warning => "Warning",
        BlockQuoteKind::Caution => "Caution",
    }
}

/// Whether the source of a fenced block has its closing line.
fn ends_with_fence(source: &str) -> bool {
    let marker = source.chars().next().unwrap_or('`');
    let Some((_, rest)) = source.split_once('\n') else { return false };
    let last = rest.trim_end().rsplit('\n').next().unwrap_or_default();
    let last = last.trim_start_matches([' ', '\t', '>']);
    last.len() >= 3 && last.chars().all(|c| c == marker)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(body: &str) -> Vec<Block> {
        parse(body, 0, &Lines::of(body))
    }

    #[test]
    fn lists_hold_what_stands_in_them() {
        let body = "# A `b`\n3. [x] **do** it\n   ```sh\n   ls\n   ```\n   - deeper\n4. next\n";
        let found = blocks(body);
        let (Block::Heading(1, title), Block::List(items)) = (&found[0], &found[1]) else {
            panic!("{found:?}")
        };
        assert_eq!(title.text, "A `b`");
        assert_eq!((items[0].marker, items[1].marker), (Marker::Task(true), Marker::Number(4)));
        let [Block::Paragraph(words), Block::Fence(fence), Block::List(inner)] = &items[0].blocks[..] else {
            panic!("{items:?}")
        };
        assert_eq!((words.text.as_str(), fence.line, fence.text.as_str()), ("do it", 4, "ls\n"));
        assert_eq!(inner.len(), 1);
    }

    #[test]
    fn a_rule_swallows_nothing_and_html_is_text() {
        let found = blocks("a <version> b<br>c\n\n---\n# H\n\n<!-- phase: verify -->\n");
        let Block::Paragraph(words) = &found[0] else { panic!() };
        assert_eq!((words.text.as_str(), words.breaks.len()), ("a <version> b c", 1));
        assert!(matches!(&found[1], Block::Heading(1, _)));
        assert!(matches!(&found[2], Block::Html(html) if html.text.contains("phase: verify")));
    }

    #[test]
    fn every_line_of_a_paragraph_keeps_its_place() {
        let body = "> one\n> two `x`\n";
        let found = blocks(body);
        let Block::Quote(None, inner) = &found[0] else { panic!() };
        let Block::Paragraph(words) = &inner[0] else { panic!() };
        let lines = Lines::of(body);
        assert_eq!(words.text, "one two `x`");
        assert_eq!([lines.line(words.source()), lines.line(words.source_of(4))], [1, 2]);
    }

    fn depth(blocks: &[Block]) -> usize {
        match blocks.first() {
            Some(Block::Quote(_, inner)) => 1 + depth(inner),
            _ => 0,
        }
    }

    #[test]
    fn nesting_has_an_end() {
        let found = blocks(&("> ".repeat(5000) + "- x\n\n# after\n"));
        assert!(depth(&found) <= DEEPEST + 1);
        assert!(matches!(found.last(), Some(Block::Heading(1, _))));
    }

    #[test]
    fn a_block_that_never_ends_is_known() {
        for (body, closed) in
            [("```sh\nls\n", false), ("```sh\nls\n```\n", true), ("~~~\n~~~", true), ("```", false)]
        {
            let found = blocks(body);
            assert!(matches!(&found[0], Block::Fence(fence) if fence.closed == closed), "{body:?}");
        }
    }
}
