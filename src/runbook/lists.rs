//! What lists give: a step an item, and a phase where an item's lead is the name of one.

use std::collections::BTreeSet;

use crate::domain::runbook::{Marker, PhaseKind};

use super::asking::{Asking, asking};
use super::blocks::{Block, Item};
use super::build::{At, Build};
use super::inline::{Inline, Lead};
use super::scripts::Above;
use super::sentences::things;
use super::words::{self, Opening, Weight};

impl Build<'_> {
    /// A list of the section itself.
    pub(super) fn list(&mut self, items: &[Item]) {
        if self.informs() {
            self.items(items, 0);
            return;
        }
        let leads = self.leads(items);
        let mut before: Option<PhaseKind> = None;
        for (item, lead) in items.iter().zip(leads) {
            let Some((lead, kind)) = lead else {
                if before.take().is_some() {
                    self.close_lead();
                }
                self.item(item, 0);
                continue;
            };
            let line = words_of(item).map_or(0, |words| self.lines.line(words.source()));
            if before == Some(kind) {
                self.widen_lead(&lead.words);
            } else {
                self.open_lead(&lead.words, kind, line);
            }
            before = Some(kind);
            self.lead_item(item, &lead);
        }
        if before.is_some() {
            self.close_lead();
        }
    }

    /// Items of a list, each a step; of a list that only informs, those that ask for something all the same.
    pub(super) fn items(&mut self, items: &[Item], depth: usize) {
        let all = depth > 0 || !self.mostly_informs(items);
        for item in items {
            if all || asks(item) {
                self.item(item, depth);
            } else {
                self.read_item(item);
            }
        }
    }

    /// Whether a section informs, and a list of it does too: fewer than half of its items ask for anything.
    fn mostly_informs(&self, items: &[Item]) -> bool {
        self.informs() && items.iter().filter(|item| asks(item)).count() * 2 < items.len()
    }

    /// An item that only informs, and what stands in it.
    fn read_item(&mut self, item: &Item) {
        for block in &item.blocks {
            match block {
                Block::Paragraph(words) | Block::Heading(_, words) => self.note_of(words),
                block => self.within(block, None, 0),
            }
        }
    }

    /// Which items open phases.
    ///
    /// Bold leads do that are about nothing but a phase. In checklists, where a label names what is looked
    /// at, and for labels that are not bold, most of the items must. Leads that speak of something
    /// besides ("Verify the webhook") do only in a list that walks through three phases or more.
    fn leads(&self, items: &[Item]) -> Vec<Option<(Lead, PhaseKind)>> {
        let found: Vec<Option<(Lead, Opening)>> = items
            .iter()
            .map(|item| {
                let words = words_of(item)?;
                let lead = words.lead()?;
                let opening = words::lead(&lead.words).filter(|opening| opening.whole || lead.bold)?;
                let has_rest = lead.end < words.text.len() || item.blocks.len() > 1;
                has_rest.then_some((lead, opening))
            })
            .collect();
        let whole = found.iter().flatten().filter(|(_, opening)| opening.whole);
        let kinds: BTreeSet<PhaseKind> = found.iter().flatten().map(|(_, opening)| opening.kind).collect();
        let count = found.iter().flatten().count();

        let ticked = items.iter().any(|item| matches!(item.marker, Marker::Task(_)));
        let checklist =
            ticked || (self.section.kind == PhaseKind::Prepare && self.section.weight >= Weight::Says);
        // What is looked at before a launch has the names of phases too.
        let needed = if checklist { items.len() * 2 / 3 + 1 } else { items.len().div_ceil(2) };
        let mostly = |count: usize| count >= needed.max(2);
        let walks = mostly(count) && kinds.len() >= 3;
        let mostly_whole = mostly(whole.count());
        let nothing_new = kinds.iter().all(|kind| *kind == self.section.kind);
        let opens = |lead: &Lead, opening: &Opening| {
            !nothing_new && (walks || (opening.whole && (mostly_whole || (lead.bold && !checklist))))
        };
        let leads = found.into_iter().map(|found| {
            found.filter(|(lead, opening)| opens(lead, opening)).map(|(lead, opening)| (lead, opening.kind))
        });
        leads.collect()
    }

    /// An item whose lead opened the phase at hand: its prose is cut into one thing to tick each.
    fn lead_item(&mut self, item: &Item, lead: &Lead) {
        let Some(words) = words_of(item) else { return };
        let rest = words.part(lead.end..words.text.len());
        let alone = item.blocks.len() == 1;
        let mut parent = None;
        if matches!(item.marker, Marker::Task(_)) || (rest.text.is_empty() && alone) {
            let step = self.step(words, 0, item.marker);
            parent = Some(self.add(step));
        } else if !rest.text.is_empty() {
            for (index, thing) in things(&rest).into_iter().enumerate() {
                let (from, marker) =
                    if index == 0 { (0, item.marker) } else { (lead.end + thing.start, Marker::None) };
                let step = self.step(&words.part(from..lead.end + thing.end), 0, marker);
                parent = Some(self.add(step));
            }
        }
        for block in &item.blocks[1..] {
            self.within(block, parent, usize::from(parent.is_some()));
        }
    }

    /// An item, and all that stands in it.
    fn item(&mut self, item: &Item, depth: usize) {
        let Some(words) = words_of(item) else {
            for block in &item.blocks {
                self.within(block, None, depth);
            }
            return;
        };
        let mute = !words.text.contains(char::is_alphabetic);
        let parent = if mute || Self::is_struck(words) {
            self.note_of(words);
            None
        } else {
            let step = self.step(words, depth, item.marker);
            Some(self.add(step))
        };
        for block in &item.blocks[1..] {
            self.within(block, parent, depth + usize::from(parent.is_some()));
        }
    }

    /// A block within an item, behind the item's own words.
    fn within(&mut self, block: &Block, parent: Option<At>, depth: usize) {
        match block {
            Block::Paragraph(words) | Block::Heading(_, words) => {
                let asks = asking(&words.text) != Asking::No || Self::has_command(words);
                if asks && !Self::is_struck(words) {
                    let step = self.step(words, depth, Marker::None);
                    self.add(step);
                } else {
                    self.note_of(words);
                }
            }
            Block::List(items) => self.items(items, depth),
            Block::Fence(fence) => self.script(fence, parent.map_or(Above::Nothing, Above::Item), depth),
            Block::Table(head, rows) => self.table(head, rows, depth),
            Block::Quote(word, blocks) => match word {
                Some(_) => self.quote(*word, blocks),
                None => blocks.iter().for_each(|block| self.within(block, parent, depth)),
            },
            Block::Html(html) => self.html(&html.text, html.lines),
        }
    }
}

/// Whether an item asks for something wherever it stands.
fn asks(item: &Item) -> bool {
    matches!(item.marker, Marker::Task(_))
        || words_of(item).is_some_and(|words| asking(&words.text) == Asking::Yes || Build::has_command(words))
}

/// The words an item begins with.
fn words_of(item: &Item) -> Option<&Inline> {
    match item.blocks.first()? {
        Block::Paragraph(words) | Block::Heading(_, words) => {
            Some(words).filter(|words| !words.text.is_empty())
        }
        Block::List(_) | Block::Fence(_) | Block::Table(..) | Block::Quote(..) | Block::Html(_) => None,
    }
}
