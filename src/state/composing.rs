//! An update that is being written: its text, what it sets, and which field the keys go to.

use ratatui_textarea::{CursorMove, TextArea};
use tui_input::Input;

use crate::domain::channel::{COMPONENT_STATES, Channel};
use crate::domain::ids::{ChannelId, IncidentId, PostId};
use crate::domain::runbook::StepRef;
use crate::domain::text::{clean_lines, is_hostile};

use super::{Model, PostStanding};

/// Longest text, in characters.
const LONGEST: usize = 20_000;
/// Changes that can be undone.
const CHANGES: usize = 2_000;
/// A component whose state is left as it is.
pub const LEFT: &str = "leave as it is";

/// A field of the editor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The text.
    Text,
    /// The title or subject.
    Title,
    /// What it sets.
    Status,
    /// The incident at the channel that it is about.
    Target,
    /// Whether it belongs to what was posted before.
    Thread,
    /// The state of a component, by its place.
    Component(usize),
    /// In how many minutes the next update is promised.
    Next,
}

/// One of several words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pick {
    /// The words: what is sent, and what is shown.
    pub words: Vec<(String, String)>,
    /// Which is chosen.
    pub at: usize,
}

impl Pick {
    /// A pick of words that are shown as they are sent.
    pub fn of(words: &[&str]) -> Self {
        Self { words: words.iter().map(|word| ((*word).into(), (*word).into())).collect(), at: 0 }
    }

    /// What is sent.
    pub fn chosen(&self) -> Option<&str> {
        self.words.get(self.at).map(|(word, _)| word.as_str())
    }

    /// What is shown.
    pub fn shown(&self) -> &str {
        self.words.get(self.at).map_or("", |(_, shown)| shown.as_str())
    }

    /// Chooses `word`, if it is one of them.
    pub fn choose(&mut self, word: &str) {
        if let Some(at) = self.words.iter().position(|(known, _)| known == word) {
            self.at = at;
        }
    }

    /// Goes to the next or previous one, round and round.
    fn turn(&mut self, ahead: bool) {
        let count = self.words.len().max(1);
        self.at = if ahead { (self.at + 1) % count } else { (self.at + count - 1) % count };
    }
}

/// A component of a status page, and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// What it is called here.
    pub name: String,
    /// The page's id of it.
    pub id: String,
    /// Its state.
    pub state: Pick,
}

/// An update that is being written.
#[derive(Clone, Debug)]
pub struct Composing {
    /// Where it goes.
    pub channel: ChannelId,
    /// The incident that it was begun in.
    pub incident: Option<IncidentId>,
    /// The step it is written from.
    pub step: Option<StepRef>,
    /// Its title.
    pub title: Input,
    /// Its text, with what can be undone.
    pub text: TextArea<'static>,
    /// What the template gave: a text that is still this follows what is set.
    pub given: String,
    /// What it sets.
    pub status: Pick,
    /// The incident at the channel that it is about.
    pub target: Pick,
    /// Whether it belongs to what was posted before.
    pub thread: Pick,
    /// Components of a status page.
    pub components: Vec<Component>,
    /// Minutes until the next update; none where it is empty.
    pub next: Input,
    /// Where the keys go.
    pub field: Field,
    /// Whether the difference from the last post is shown instead of the text.
    pub compares: bool,
    /// Lines of the difference that are scrolled away.
    pub scroll: usize,
    /// Why it cannot be posted as it is.
    pub problem: Option<String>,
    has_title: bool,
}

impl Composing {
    /// Nothing written yet, for `channel`.
    pub fn new(channel: &Channel, incident: Option<IncidentId>, step: Option<StepRef>) -> Self {
        let way = &channel.way;
        let components = match way {
            crate::domain::channel::Way::Statuspage { components, .. } => components.as_slice(),
            _ => &[],
        };
        let words: Vec<&str> = std::iter::once(LEFT).chain(COMPONENT_STATES.iter().copied()).collect();
        Self {
            channel: channel.id.clone(),
            incident,
            step,
            title: Input::default(),
            text: area(""),
            given: String::new(),
            status: Pick::of(way.statuses()),
            target: Pick::default(),
            thread: Pick::default(),
            components: components
                .iter()
                .map(|(name, id)| Component { name: name.clone(), id: id.clone(), state: Pick::of(&words) })
                .collect(),
            next: Input::default(),
            field: Field::Text,
            compares: false,
            scroll: 0,
            problem: None,
            has_title: way.has_title(),
        }
    }

    /// What it says.
    pub fn words(&self) -> String {
        self.text.lines().join("\n")
    }

    /// Begins with `text`, which nobody has changed yet.
    pub fn begin(&mut self, text: &str) {
        self.text = area(text);
        self.given = self.words();
    }

    /// Puts `text` in the place of the text, so that it can be undone.
    pub fn replace(&mut self, text: &str) {
        self.text.select_all();
        self.text.cut();
        self.text.insert_str(harmless(text));
        self.text.move_cursor(CursorMove::Top);
        self.text.move_cursor(CursorMove::Head);
    }

    /// Whether nobody has changed what the template gave.
    pub fn is_given(&self) -> bool {
        self.words() == self.given
    }

    /// The fields that there are, in the order they stand.
    pub fn fields(&self) -> Vec<Field> {
        let mut fields = Vec::new();
        if self.has_title {
            fields.push(Field::Title);
        }
        for (field, pick) in
            [(Field::Status, &self.status), (Field::Target, &self.target), (Field::Thread, &self.thread)]
        {
            if pick.words.len() > 1 {
                fields.push(field);
            }
        }
        fields.extend((0..self.components.len()).map(Field::Component));
        fields.extend([Field::Next, Field::Text]);
        fields
    }

    /// Gives the keys to the next or previous field.
    pub fn go(&mut self, ahead: bool) {
        let fields = self.fields();
        let at = fields.iter().position(|field| *field == self.field).unwrap_or(0);
        let count = fields.len();
        let to = if ahead { (at + 1) % count } else { (at + count - 1) % count };
        self.field = fields[to];
        self.compares = false;
    }

    /// Turns what is chosen in the field with the keys; whether it is one to turn.
    pub fn turn(&mut self, ahead: bool) -> bool {
        let pick = match self.field {
            Field::Status => &mut self.status,
            Field::Target => &mut self.target,
            Field::Thread => &mut self.thread,
            Field::Component(at) => match self.components.get_mut(at) {
                Some(component) => &mut component.state,
                None => return false,
            },
            Field::Text | Field::Title | Field::Next => return false,
        };
        pick.turn(ahead);
        true
    }

    /// Types `c` into the text.
    pub fn insert(&mut self, c: char) {
        let length: usize = self.text.lines().iter().map(|line| line.len() + 1).sum();
        if !is_hostile(c) && length < LONGEST {
            self.text.insert_char(c);
        }
    }

    /// Pastes `text` into the text, lines and all.
    pub fn paste(&mut self, text: &str) {
        self.text.insert_str(harmless(text));
    }
}

fn harmless(text: &str) -> String {
    clean_lines(crate::domain::text::head(text, LONGEST)).trim_end().to_owned()
}

fn area(text: &str) -> TextArea<'static> {
    let mut area = TextArea::new(harmless(text).lines().map(str::to_owned).collect());
    area.set_max_histories(CHANGES);
    area
}

/// A row of the list of channels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChannelRow {
    /// A post that failed can be sent again.
    Again(PostId),
    /// Somebody has to look whether a post is there.
    Verify(PostId),
    /// Something new can be written to this channel.
    New(ChannelId),
}

impl Model {
    /// What can be done about channels: first what is not there yet, then every channel.
    pub fn channel_rows(&self) -> Vec<ChannelRow> {
        let unposted = self.watch.unposted().into_iter().map(|(post, standing)| match standing {
            PostStanding::Unknown(_) => ChannelRow::Verify(post.id.clone()),
            PostStanding::Failed(_) | PostStanding::Sending | PostStanding::Posted(_) => {
                ChannelRow::Again(post.id.clone())
            }
        });
        let channels = self.plan.channels.iter().map(|channel| ChannelRow::New(channel.id.clone()));
        unposted.chain(channels).collect()
    }
}
