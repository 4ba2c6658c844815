//! What paragraphs give: headings set in bold, leads, introductions of what follows, instructions, and
//! text to read.

use crate::domain::runbook::Marker;

use super::asking::{Asking, asking};
use super::blocks::Block;
use super::build::{At, Build};
use super::fence::{self, Told};
use super::groups::Group;
use super::inline::{Inline, Mark};
use super::scripts::Above;
use super::sentences::{explains, sentences, things};
use super::words;

impl Build<'_> {
    /// Reads what stands under one heading, or in one quote.
    pub(super) fn read(&mut self, blocks: &[Block]) {
        let mut under: Option<At> = None;
        let mut after_list = false;
        for (index, block) in blocks.iter().enumerate() {
            let parent = under.take();
            let listed = std::mem::take(&mut after_list);
            let next = blocks.get(index + 1);
            match block {
                // Headings of the file are met above; one in a quote is text.
                Block::Heading(_, words) => self.note(&words.text, self.lines_of(words)),
                Block::Paragraph(words) => under = self.paragraph(words, next),
                Block::List(items) => {
                    match parent {
                        Some(at) => self.items(items, self.depth_under(at)),
                        None => self.list(items),
                    }
                    after_list = true;
                }
                Block::Fence(fence) => {
                    // An author who does not indent still means the item above.
                    let above = self.last_step().filter(|at| listed && self.goes_on(*at, next));
                    match (parent, above) {
                        (Some(at), _) => self.script(fence, Above::Sentence(at), self.depth_under(at)),
                        (None, Some(at)) => self.script(fence, Above::Item(at), self.depth_under(at)),
                        (None, None) => self.script(fence, Above::Nothing, 0),
                    }
                    after_list = above.is_some();
                }
                Block::Table(head, rows) => {
                    self.table(head, rows, parent.map_or(0, |at| self.depth_under(at)));
                }
                Block::Quote(word, inner) => self.quote(*word, inner),
                Block::Html(html) => self.html(&html.text, html.lines),
            }
        }
    }

    /// Whether a list is only interrupted: its last item announces something, or its numbers go on.
    fn goes_on(&self, last: At, next: Option<&Block>) -> bool {
        let numbered = if let Some(Block::List(items)) = next {
            items.first().is_some_and(|item| matches!(item.marker, Marker::Number(number) if number > 1))
        } else {
            false
        };
        numbered || self.text_of(last).ends_with(':')
    }

    /// A paragraph; the step that the next block belongs to, if it makes one.
    fn paragraph(&mut self, words: &Inline, next: Option<&Block>) -> Option<At> {
        for comment in &words.comments {
            self.html(&format!("<!-- {comment} -->"), self.lines_of(words));
        }
        // Lines that each have a bold lead, and lines that the author broke, are statements of their own.
        let bold_at =
            |at: usize| words.marks.iter().any(|(range, mark)| *mark == Mark::Strong && range.start == at);
        let mut start = 0;
        for (at, hard) in &words.breaks {
            if !words.is_long() && (*hard || bold_at(*at)) {
                self.statement(&words.part(start..*at), None);
                start = *at;
            }
        }
        self.statement(&words.part(start..words.text.len()), next)
    }

    fn statement(&mut self, words: &Inline, next: Option<&Block>) -> Option<At> {
        if words.text.is_empty() {
            return None;
        }
        if Self::is_struck(words) {
            self.note_of(words);
            return None;
        }
        let line = self.lines.line(words.source());
        let bare = words.text.trim_end_matches(':').trim_end();
        let introduces = matches!(next, Some(Block::List(_) | Block::Fence(_) | Block::Table(..)));
        let heads = words.is_all(&Mark::Strong)
            && next.is_some()
            && !bare.ends_with(['.', '!', '?'])
            && bare.split(' ').count() <= 12;
        let announces = words.text.ends_with(':') && introduces;
        if heads || (announces && words::lead(bare).is_some_and(|opening| opening.whole)) {
            self.open_part(bare, line);
            return None;
        }
        if let Some(lead) = words.lead().filter(|lead| lead.end < words.text.len()) {
            let rest = words.part(lead.end..words.text.len());
            if warns(&lead.words) {
                self.note_of(words);
                return None;
            }
            let asks = asking(&rest.text) != Asking::No || Self::has_command(&rest) || announces;
            let opening = words::lead(&lead.words).filter(|opening| asks || (lead.bold && opening.whole));
            let opens = opening.is_some_and(|opening| opening.whole || lead.bold);
            // "Rollback time: 15 minutes" tells, however its label begins.
            if !opens && lead.bold && !asks && asking(&lead.words) != Asking::Yes {
                self.note_of(words);
                return None;
            }
            if opens && !self.informs() {
                self.open_part(&lead.words, line);
                let mut last = None;
                for (index, thing) in things(&rest).into_iter().enumerate() {
                    let from = if index == 0 { 0 } else { lead.end + thing.start };
                    let step = self.step(&words.part(from..lead.end + thing.end), 0, Marker::None);
                    last = Some(self.add(step));
                }
                return last.filter(|_| introduces);
            }
        }
        match next {
            Some(Block::Fence(fence)) => match fence::read(self.file, fence, &mut Vec::new()) {
                Told::Groups(groups) if !groups.is_empty() => self.before_script(words, &groups),
                Told::Groups(_) | Told::Note(_) => self.prose(words).filter(|_| announces),
            },
            Some(Block::List(_) | Block::Table(..)) if announces => self.before_list(words),
            None
            | Some(
                Block::Heading(..)
                | Block::Paragraph(_)
                | Block::List(_)
                | Block::Table(..)
                | Block::Quote(..)
                | Block::Html(_),
            ) => {
                self.prose(words);
                None
            }
        }
    }

    /// The last sentence before a code block says what the block is for.
    fn before_script(&mut self, words: &Inline, groups: &[Group]) -> Option<At> {
        let one =
            matches!(groups, [group] if group.whole || (group.name.is_none() && group.commands.len() == 1));
        let mut parts = sentences(words);
        let last = parts.pop()?;
        let told = words.part(last.clone());
        let asks = asking(&told.text) != Asking::No || told.text.ends_with(':') || Self::has_command(&told);
        if !(one || asks) {
            self.prose(words);
            return None;
        }
        if last.start > 0 {
            self.prose(&words.part(0..last.start));
        }
        let step = self.step(&told, 0, Marker::None);
        Some(self.add(step))
    }

    /// What ends with a colon before a list is the step that the items belong to, if it asks for
    /// something or says when they are to be done.
    fn before_list(&mut self, words: &Inline) -> Option<At> {
        let mut parts = sentences(words);
        let last = parts.pop()?;
        let told = words.part(last.clone());
        let first = told.text.split([' ', ',']).next().unwrap_or_default().to_lowercase();
        let when = matches!(
            first.as_str(),
            "if" | "when"
                | "on"
                | "in"
                | "for"
                | "at"
                | "after"
                | "before"
                | "once"
                | "to"
                | "from"
                | "during"
                | "while"
        );
        let asks = asking(&told.text) != Asking::No && !about_itself(&told.text);
        if self.informs() || !(asks || when || Self::has_command(&told)) {
            self.prose(words);
            return None;
        }
        if last.start > 0 {
            self.prose(&words.part(0..last.start));
        }
        let step = self.step(&told, 0, Marker::None);
        Some(self.add(step))
    }

    /// Sentences that ask are steps, each with the explanations behind it; the others are text to read.
    fn prose(&mut self, words: &Inline) -> Option<At> {
        let informs = self.informs();
        let mut steps: Vec<std::ops::Range<usize>> = Vec::new();
        let mut read = 0;
        for sentence in sentences(words) {
            let part = words.part(sentence.clone());
            let asks = match asked(&part) {
                Asking::Yes => true,
                Asking::Perhaps => !informs,
                Asking::No if informs => begins_with_command(&part),
                Asking::No => Self::has_command(&part) || has_deadline(&part.text),
            };
            if asks && !about_itself(&part.text) && !explains(&part.text) {
                steps.push(sentence);
            } else if let Some(last) = steps.last_mut() {
                last.end = sentence.end;
            } else {
                read = sentence.end;
            }
        }
        self.note_of(&words.part(0..read));
        let mut last = None;
        for range in steps {
            let step = self.step(&words.part(range), 0, Marker::None);
            last = Some(self.add(step));
        }
        last
    }

    /// A quote: what GitHub calls a warning stays one.
    pub(super) fn quote(&mut self, word: Option<&'static str>, blocks: &[Block]) {
        let Some(word) = word else {
            self.read(blocks);
            return;
        };
        for block in blocks {
            match block {
                Block::Paragraph(words) => {
                    self.note(&format!("{word}: {}", words.readable()), self.lines_of(words));
                }
                block => self.read(std::slice::from_ref(block)),
            }
        }
    }
}

/// What a sentence asks for, or what stands behind its label does.
fn asked(words: &Inline) -> Asking {
    let behind = words.lead().map_or(Asking::No, |lead| asking(&words.text[lead.end..]));
    asking(&words.text).max(behind)
}

/// "Review within 48 hours": no verb, and still somebody's duty.
fn has_deadline(sentence: &str) -> bool {
    sentence.split(' ').count() <= 12
        && sentence
            .split_once("within ")
            .is_some_and(|(_, rest)| rest.starts_with(|c: char| c.is_ascii_digit()))
}

fn begins_with_command(words: &Inline) -> bool {
    words
        .codes()
        .next()
        .is_some_and(|(range, code)| range.start == 0 && super::commands::of_span(code).is_some())
}

/// Leads of text that must be read, not done.
fn warns(lead: &str) -> bool {
    matches!(
        words::normal(lead).as_str(),
        "note"
            | "notes"
            | "warning"
            | "caution"
            | "important"
            | "tip"
            | "info"
            | "danger"
            | "nb"
            | "remember"
            | "attention"
    )
}

/// Whether a sentence speaks of the runbook, not of the system.
fn about_itself(sentence: &str) -> bool {
    let lower = sentence.to_lowercase();
    let subjects =
        ["runbook", "document", "page", "guide", "playbook", "section", "procedure", "checklist", "list"];
    let this = lower.split(' ').zip(lower.split(' ').skip(1)).any(|(this, subject)| {
        this == "this" && subjects.contains(&subject.trim_matches(|c: char| !c.is_alphanumeric()))
    });
    this || [
        "these steps",
        "steps below",
        "following steps",
        "the following:",
        "the following commands",
        "see also",
    ]
    .iter()
    .any(|words| lower.contains(words))
}
