//! From blocks to phases and steps: keeps the headings around, and opens, leaves and closes phases. What a
//! paragraph, a list, a table or a code block gives is decided by [`super::prose`], [`super::lists`],
//! [`super::tables`] and [`super::scripts`].

use std::collections::HashMap;
use std::ops::Range;

use crate::domain::diagnostic::Diagnostic;
use crate::domain::runbook::{Asides, Marker, Note, Phase, PhaseKind, Step, StepCommand};
use crate::domain::step_rules::StepRules;
use crate::domain::text;

use super::accounts::StepPlace;
use super::anchor::Anchors;
use super::asking::{Asking, asking};
use super::attributes::{phase_attribute, without_attributes};
use super::blocks::Block;
use super::commands;
use super::front_matter::{self, FrontMatter};
use super::inline::{Inline, Mark};
use super::lines::Lines;
use super::step_rules::of_comment;
use super::title::{Title, document};
use super::words::{self, Said, Weight};

/// What a part of the file is, before anything of it is a phase.
#[derive(Clone, Debug)]
pub(super) struct Section {
    pub(super) title: String,
    pub(super) kind: PhaseKind,
    /// How clearly its own words, or those of the headings around it, say so.
    pub(super) weight: Weight,
    /// What it is if it turns out to ask for something although its words only inform.
    fallback: PhaseKind,
    path: Vec<String>,
    line: usize,
    /// The last line of its words: a heading that is underlined may have several.
    end: usize,
    /// The headings that anchor its steps, its own among them.
    headings: Vec<String>,
}

/// A heading that is open.
struct Level {
    rank: u8,
    title: String,
    /// Whether it is the runbook's own.
    own: bool,
    said: Said,
}

/// A phase in the making.
struct Draft {
    phase: Phase,
    section: Section,
    /// Where the words of each step stand, in bytes of the file; `None` for those that a code block or a heading made.
    bytes: Vec<Option<Range<usize>>>,
}

/// A step, and where its words stand in bytes of the file.
pub(super) struct Sourced {
    pub(super) step: Step,
    bytes: Option<Range<usize>>,
}

impl From<Step> for Sourced {
    fn from(step: Step) -> Self {
        Self { step, bytes: None }
    }
}

/// Where a step is: phase and place.
#[derive(Clone, Copy, Debug)]
pub(super) struct At {
    phase: usize,
    step: usize,
}

/// Leads that share a phase are named in its title up to this many bytes.
const LONGEST_TITLE: usize = 80;

/// A runbook in the making.
pub(super) struct Build<'a> {
    pub(super) file: &'a str,
    pub(super) lines: &'a Lines,
    pub(super) diagnostics: &'a mut Vec<Diagnostic>,
    front: &'a FrontMatter,
    /// What the front matter says of headings: where in it.
    claims: HashMap<String, usize>,
    claimed: Vec<bool>,
    document: Said,
    levels: Vec<Level>,
    drafts: Vec<Draft>,
    /// What is at hand: a heading's, or what stands under a bold line in it.
    pub(super) section: Section,
    /// The heading's.
    heading: Section,
    /// The first phase that was opened since the heading.
    first_draft: usize,
    /// The phase of the section that can still take steps without disturbing the order of the file.
    current: Option<usize>,
    /// The first phase of the section.
    home: Option<usize>,
}

/// The phases of a file.
pub(super) fn build(
    file: &str,
    lines: &Lines,
    front: &FrontMatter,
    title: &Title,
    blocks: &[Block],
    diagnostics: &mut Vec<Diagnostic>,
) -> (Vec<Phase>, Vec<StepPlace>) {
    let document = match front.phase {
        Some(kind) => Said { kind, weight: Weight::Overrides },
        None => document(&title.text),
    };
    let section = Section {
        title: title.text.clone(),
        kind: document.kind,
        weight: document.weight,
        fallback: document.kind,
        path: Vec::new(),
        line: 1,
        end: 1,
        headings: Vec::new(),
    };
    let mut build = Build {
        file,
        lines,
        diagnostics,
        front,
        claims: front
            .phases
            .iter()
            .enumerate()
            .map(|(at, claim)| (words::normal(&claim.heading), at))
            .collect(),
        claimed: vec![false; front.phases.len()],
        document,
        levels: Vec::new(),
        drafts: Vec::new(),
        heading: section.clone(),
        section,
        first_draft: 0,
        current: None,
        home: None,
    };
    for (index, block) in blocks.iter().enumerate() {
        if let Block::Heading(level, words) = block {
            build.open_heading(*level, words, title.heading == Some(index));
        } else {
            // Sections are read whole, so that a paragraph can look at what it introduces.
            let begins = index == 0 || matches!(blocks[index - 1], Block::Heading(..));
            if begins {
                let rest = &blocks[index..];
                let end = rest.iter().position(|block| matches!(block, Block::Heading(..)));
                build.read(&rest[..end.unwrap_or(rest.len())]);
            }
        }
    }
    build.leave_heading(None);
    build.finish()
}

impl Build<'_> {
    fn open_heading(&mut self, level: u8, words: &Inline, own: bool) {
        self.leave_heading(Some(level));
        while self.levels.last().is_some_and(|open| open.rank >= level) {
            self.levels.pop();
        }
        let (title, marked) = without_attributes(&words.text);
        let (line, end) = self.lines_of(words);
        let around = self.levels.last().map_or(self.document, |open| open.said);
        let mut said = if own { self.document } else { self.said(&title, around) };
        let comments = words.comments.iter().filter_map(|comment| phase_attribute(comment));
        if let Some(word) = marked.as_deref().and_then(phase_attribute).into_iter().chain(comments).last() {
            said = self.attribute(&word, line).unwrap_or(said);
        }
        let path =
            self.levels.iter().filter(|open| !open.own).map(|open| open.title.clone()).collect::<Vec<_>>();
        let fallback = self.levels.iter().rev().map(|open| open.said.kind).chain([self.document.kind]);
        let fallback = fallback.into_iter().find(|kind| *kind != PhaseKind::Reference);
        let headings = path.iter().cloned().chain((!own).then(|| title.clone())).collect();
        self.section = Section {
            title: title.clone(),
            kind: said.kind,
            weight: said.weight,
            fallback: fallback.unwrap_or(PhaseKind::Recover),
            path,
            line,
            end,
            headings,
        };
        self.heading = self.section.clone();
        self.levels.push(Level { rank: level, title, own, said });
        self.first_draft = self.drafts.len();
        self.current = None;
        self.home = None;
    }

    /// What a heading or a bold line says, and what it leaves to those around it.
    fn said(&mut self, title: &str, around: Said) -> Said {
        if let Some(kind) = self.claim(title) {
            return Said { kind, weight: Weight::Overrides };
        }
        match words::recognise(title) {
            Some(said) if said.weight > Weight::Hints || around.weight <= Weight::Hints => said,
            Some(_) | None => around,
        }
    }

    /// What the front matter says that a heading or lead is for.
    fn claim(&mut self, title: &str) -> Option<PhaseKind> {
        if self.claims.is_empty() {
            return None;
        }
        let claim = *self.claims.get(&words::normal(title))?;
        self.claimed[claim] = true;
        Some(self.front.phases[claim].kind)
    }

    fn attribute(&mut self, word: &str, line: usize) -> Option<Said> {
        let kind = words::named(word);
        if kind.is_none() {
            self.diagnostics.push(front_matter::unknown_phase(self.file, line, word));
        }
        kind.map(|kind| Said { kind, weight: Weight::Overrides })
    }

    /// A heading that asks, and has nothing under it that does, is itself the step.
    fn leave_heading(&mut self, next: Option<u8>) {
        let Some(open) = self.levels.last() else { return };
        let is_leaf = next.is_none_or(|next| next <= open.rank);
        let asked = self.drafts[self.first_draft..].iter().any(|draft| !draft.phase.steps.is_empty());
        if !is_leaf || asked || open.own || self.heading.kind == PhaseKind::Reference {
            return;
        }
        let words = open.title.as_str();
        let numbered = words
            .to_lowercase()
            .strip_prefix("step ")
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        if !numbered && asking(words) != Asking::Yes {
            return;
        }
        self.section = self.heading.clone();
        self.current = self.home;
        let step = Step {
            id: "".into(),
            line: self.heading.line,
            end: self.heading.end,
            depth: 0,
            text: self.heading.title.clone(),
            lead: None,
            marker: Marker::None,
            commands: Vec::new(),
            codes: Vec::new(),
            links: Vec::new(),
            rules: StepRules::default(),
            asides: Asides::default(),
        };
        self.add(step);
    }

    /// Opens what stands under a bold line, or behind a lead, until the next of its kind or the next heading.
    pub(super) fn open_part(&mut self, words: &str, line: usize) {
        let around = Said { kind: self.heading.kind, weight: self.heading.weight };
        let said = self.said(words, around);
        self.section = Section { kind: said.kind, weight: said.weight, ..self.part(words, line) };
        self.current = None;
        self.home = None;
    }

    /// Opens a phase for an item of a list; what follows it goes back to the section.
    pub(super) fn open_lead(&mut self, words: &str, kind: PhaseKind, line: usize) {
        let mut section = Section { kind, weight: Weight::Overrides, ..self.part(words, line) };
        if let Some(kind) = self.claim(words).or_else(|| self.claim(&section.title)) {
            section.kind = kind;
        }
        self.current = Some(self.open(section));
    }

    /// Adds an item with another lead to the phase that the item before it opened.
    pub(super) fn widen_lead(&mut self, words: &str) {
        if let Some(draft) = self.current.and_then(|at| self.drafts.get_mut(at)) {
            let title = &mut draft.phase.title;
            if title.len() < LONGEST_TITLE {
                title.push_str(", ");
                title.push_str(words);
            } else if !title.ends_with('…') {
                title.push_str(", …");
            }
        }
    }

    /// Back from an item's phase to the section's.
    pub(super) fn close_lead(&mut self) {
        self.current = None;
    }

    fn part(&self, words: &str, line: usize) -> Section {
        Section { title: format!("{} · {words}", self.heading.title), line, ..self.heading.clone() }
    }

    fn open(&mut self, section: Section) -> usize {
        let phase = Phase {
            kind: section.kind,
            title: section.title.clone(),
            path: section.path.clone(),
            line: section.line,
            notes: Vec::new(),
            steps: Vec::new(),
        };
        self.drafts.push(Draft { phase, section, bytes: Vec::new() });
        self.drafts.len() - 1
    }

    fn phase(&mut self) -> usize {
        if let Some(current) = self.current {
            return current;
        }
        let opened = self.open(self.section.clone());
        self.current = Some(opened);
        self.home.get_or_insert(opened);
        opened
    }

    /// Whether the section only informs.
    pub(super) fn informs(&self) -> bool {
        self.section.kind == PhaseKind::Reference
    }

    /// Adds a step.
    pub(super) fn add(&mut self, step: impl Into<Sourced>) -> At {
        let Sourced { step, bytes } = step.into();
        let phase = self.phase();
        let draft = &mut self.drafts[phase];
        draft.phase.steps.push(step);
        draft.bytes.push(bytes);
        At { phase, step: draft.phase.steps.len() - 1 }
    }

    /// Adds text to read, with its first and its last line.
    pub(super) fn note(&mut self, words: &str, (line, end): (usize, usize)) {
        let words = words.trim();
        if words.is_empty() {
            return;
        }
        let phase = match self.current.or(self.home) {
            Some(phase) => phase,
            None => self.phase(),
        };
        self.drafts[phase].phase.notes.push(Note { line, end, text: words.to_owned() });
    }

    /// Adds text to read as it reads.
    pub(super) fn note_of(&mut self, words: &Inline) {
        self.note(&words.readable(), self.lines_of(words));
    }

    /// The first and the last line of a text.
    pub(super) fn lines_of(&self, words: &Inline) -> (usize, usize) {
        let last = words.text.len().saturating_sub(1);
        (self.lines.line(words.source()), self.lines.line(words.source_of(last)))
    }

    /// A step that was added.
    pub(super) fn step_mut(&mut self, at: At) -> &mut Step {
        &mut self.drafts[at.phase].phase.steps[at.step]
    }

    /// A step that was added.
    pub(super) fn step_at(&self, at: At) -> &Step {
        &self.drafts[at.phase].phase.steps[at.step]
    }

    /// The step that was added last, if it belongs to what is at hand.
    pub(super) fn last_step(&self) -> Option<At> {
        let phase = self.current?;
        let step = self.drafts[phase].phase.steps.len().checked_sub(1)?;
        Some(At { phase, step })
    }

    /// What `words` ask for, as a step.
    pub(super) fn step(&mut self, words: &Inline, depth: usize, marker: Marker) -> Sourced {
        let lead = words.lead().filter(|lead| lead.end < words.text.len());
        let line_of = |at: usize| self.lines.line(words.source_of(at));
        let mut rules = StepRules::default();
        for attributes in words.comments.iter().filter_map(|comment| of_comment(comment)) {
            rules = super::step_rules::rules(self.file, line_of(0), &attributes, self.diagnostics).or(&rules);
        }
        let last = words.source_of(words.text.len().saturating_sub(1));
        let step = Step {
            // Named when all of the file is known.
            id: "".into(),
            line: line_of(0),
            end: self.lines_of(words).1,
            depth,
            text: words.text.clone(),
            lead: lead.map(|lead| lead.words),
            marker,
            commands: words
                .codes()
                .filter_map(|(range, code)| commands::span_command(code, line_of(range.start)))
                .collect(),
            codes: words.codes().map(|(_, code)| code.to_owned()).collect(),
            links: words.links(),
            rules,
            asides: Asides::default(),
        };
        Sourced { step, bytes: Some(words.source()..last + 1) }
    }

    /// Whether there is something to run in `words`.
    pub(super) fn has_command(words: &Inline) -> bool {
        words.codes().any(|(_, code)| commands::of_span(code).is_some())
    }

    /// Whether the author has struck it out.
    pub(super) fn is_struck(words: &Inline) -> bool {
        words.is_all(&Mark::Struck)
    }

    /// A comment may say what the section is for; other HTML is text.
    pub(super) fn html(&mut self, html: &str, lines: (usize, usize)) {
        let comment = html.trim().strip_prefix("<!--").map(|rest| rest.trim_end_matches("-->").trim());
        let Some(comment) = comment else {
            let words = text::clean(html.trim()).into_owned();
            let bare = words
                .split('<')
                .all(|part| part.split_once('>').map_or(part, |(_, rest)| rest).trim().is_empty());
            if !bare {
                self.note(&words, lines);
            }
            return;
        };
        let Some(word) = phase_attribute(comment) else { return };
        let Some(said) = self.attribute(&word, lines.0) else { return };
        for section in [&mut self.section, &mut self.heading] {
            (section.kind, section.weight) = (said.kind, said.weight);
        }
        if let Some(open) = self.levels.last_mut() {
            open.said = said;
        }
        if let Some(home) = self.home {
            self.drafts[home].phase.kind = said.kind;
            self.drafts[home].section.weight = said.weight;
        }
    }

    fn finish(self) -> (Vec<Phase>, Vec<StepPlace>) {
        for (claim, _) in self.front.phases.iter().zip(&self.claimed).filter(|(_, claimed)| !**claimed) {
            let heading = text::clean(text::head(&claim.heading, 80));
            self.diagnostics.push(
                Diagnostic::warning(
                    self.file,
                    (claim.line, 0),
                    "unknown-heading",
                    format!("no heading {heading:?}"),
                )
                .hint("phases names headings by their words; numbers and case do not matter"),
            );
        }
        let mut anchors = Anchors::default();
        let mut phases = Vec::new();
        let mut places = Vec::new();
        for mut draft in self.drafts {
            let Draft { phase, section, bytes } = &mut draft;
            for (step, bytes) in phase.steps.iter_mut().zip(std::mem::take(bytes)) {
                let words = match step.commands.first() {
                    // A step that is nothing but its command is its whole command.
                    Some(command) if command.text.starts_with(&step.text) => &command.text,
                    _ => &step.text,
                };
                step.id = anchors.next(&section.headings, words);
                let commands = step.commands.iter().map(StepCommand::end).max().unwrap_or_default();
                let end = if bytes.is_none() { step.end.max(commands) } else { step.end };
                places.push(StepPlace { bytes, lines: (step.line, end), id: step.id.clone() });
            }
            let told = section.weight == Weight::Overrides;
            match (phase.steps.is_empty(), phase.notes.is_empty()) {
                (true, true) => continue,
                (true, false) if section.weight < Weight::Says => phase.kind = PhaseKind::Reference,
                (false, _) if phase.kind == PhaseKind::Reference && !told => phase.kind = section.fallback,
                _ => {}
            }
            phases.push(draft.phase);
        }
        (phases, places)
    }
}
