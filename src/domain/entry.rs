//! Entries: what a source lists beside its health, one a row of a board. An issue, an undelivered
//! event, a deployment, a machine, a line of a log.

use super::ids::SignalId;
use super::offer::{HarmlessCalls, Offer};
use super::reading::Health;
use super::text::{clean, clean_lines, clip};
use super::time::Timestamp;

/// Entries of one reading that are kept at most.
pub const MOST: usize = 200;
/// Columns of a title, a label's text and a line of the body at most.
const WIDE: usize = 400;
/// Lines of a body at most.
const LINES: usize = 300;

/// An entry by name: its signal and the provider's id of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntryRef {
    /// The signal that lists it.
    pub signal: SignalId,
    /// [`Entry::key`].
    pub key: String,
}

/// One thing that a source lists.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The provider's own id of it, unique in its signal: what selection and operations go by.
    pub key: String,
    /// What it says about the world.
    pub health: Health,
    /// A word or two: `unresolved`, `READY`, `500`, `critical`.
    pub state: String,
    /// What it is, on one line.
    pub title: String,
    /// When it happened, or last changed.
    pub at: Option<Timestamp>,
    /// When it was first seen.
    pub began: Option<Timestamp>,
    /// Short figures for columns, most needed first, at most four: a heading in capitals and a text.
    pub cells: Vec<(&'static str, String)>,
    /// Marks: `pinned`, `TEST`, `canary`.
    pub tags: Vec<String>,
    /// What its detail view says: a label and a text.
    pub facts: Vec<(&'static str, String)>,
    /// Lines of its detail view as they stand: a stack trace, an event's body.
    pub body: Vec<String>,
    /// Where it can be looked at in a browser.
    pub link: Option<String>,
    /// The commit or version that runs since `at`, where this is a release that went live.
    pub release: Option<String>,
    /// Whether it is what runs now, by a source that does not tell, or may not know, since when: the console remembers
    /// when it first saw it so. One in a listing at most.
    pub sighted: bool,
    /// What can be done to it.
    pub offers: Vec<Offer>,
}

impl Entry {
    /// An entry of this id, health, word and title, and nothing else yet.
    pub fn new(
        key: impl Into<String>,
        health: Health,
        state: impl Into<String>,
        title: impl Into<String>,
    ) -> Self {
        Self {
            key: key.into(),
            health,
            state: state.into(),
            title: title.into(),
            at: None,
            began: None,
            cells: Vec::new(),
            tags: Vec::new(),
            facts: Vec::new(),
            body: Vec::new(),
            link: None,
            release: None,
            sighted: false,
            offers: Vec::new(),
        }
    }

    /// Makes every text in it harmless to show and cuts it to a size that can be kept.
    pub fn make_clean(&mut self) {
        self.make_clean_among(&mut HarmlessCalls::default());
    }

    /// The same, where `known` remembers what the entries of one reading share.
    pub fn make_clean_among(&mut self, known: &mut HarmlessCalls) {
        let line = |text: &mut String, wide: usize| *text = clip(&clean(text), wide).into_owned();
        line(&mut self.state, 24);
        line(&mut self.title, WIDE);
        self.key = clean(&self.key).into_owned();
        self.cells.truncate(4);
        self.cells.iter_mut().for_each(|(_, text)| line(text, 40));
        self.tags.iter_mut().for_each(|tag| line(tag, 24));
        self.facts.iter_mut().for_each(|(_, text)| line(text, WIDE * 4));
        let body = std::mem::take(&mut self.body);
        self.body = body
            .iter()
            .flat_map(|text| {
                let clean = clean_lines(text);
                clean.lines().map(|text| clip(text, WIDE).into_owned()).collect::<Vec<_>>()
            })
            .take(LINES)
            .collect();
        self.link.iter_mut().for_each(|link| *link = clean(link).into_owned());
        self.release.iter_mut().for_each(|release| line(release, 40));
        self.offers.iter_mut().for_each(|offer| offer.make_clean(known));
    }
}
