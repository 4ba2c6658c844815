//! What code blocks give: commands of the step above them, or steps of their own.

use crate::domain::diagnostic::Diagnostic;
use crate::domain::runbook::{Asides, Marker, Step, StepCommand};
use crate::domain::step_rules::StepRules;
use crate::domain::text;

use super::blocks::Fence;
use super::build::{At, Build};
use super::fence::{self, Told};
use super::front_matter;
use super::words;

/// What a code block stands under.
#[derive(Clone, Copy, Debug)]
pub(super) enum Above {
    /// A heading, or something that asks for nothing.
    Nothing,
    /// The step that the sentence before it makes.
    Sentence(At),
    /// The step of the item that it is in.
    Item(At),
}

impl Build<'_> {
    /// A code block. Commands that no comment names go to the step above it: all of them where it is the
    /// block's item, the only one where it is the sentence before the block.
    pub(super) fn script(&mut self, block: &Fence, above: Above, depth: usize) {
        if !block.closed {
            self.diagnostics.push(
                Diagnostic::warning(
                    self.file,
                    (block.lines.0, 0),
                    "unclosed-fence",
                    "the code block never ends",
                )
                .hint("close it with ``` on a line of its own: everything below is read as part of it"),
            );
        }
        let groups = match fence::read(self.file, block, self.diagnostics) {
            Told::Note(words) => {
                self.note(&words, block.text_lines());
                return;
            }
            Told::Groups(groups) => groups,
        };
        let claimed = groups.iter().flat_map(|group| &group.commands).find_map(|command| {
            let word = command.attributes.get("phase")?;
            Some((word.clone(), command.attributes.get("name").unwrap_or(word).clone(), command.line))
        });
        let mut above = above;
        if let Some((word, name, line)) = &claimed {
            if let Some(kind) = words::named(word) {
                self.open_lead(name, kind, *line);
                above = Above::Nothing;
            } else {
                let line = line.saturating_sub(1).max(1);
                self.diagnostics.push(front_matter::unknown_phase(self.file, line, word));
            }
        }
        let alone = groups.iter().filter(|group| !group.commands.is_empty()).count() == 1;
        for group in groups {
            for remark in &group.remarks {
                self.note(&remark.0, (remark.1, remark.1));
            }
            let only = alone && group.commands.len() == 1;
            let unnamed = group.name.is_none() || group.whole;
            match (above, group.name) {
                (Above::Item(at), _) if unnamed => self.step_mut(at).commands.extend(group.commands),
                (Above::Sentence(at), _) if unnamed && (group.whole || only) => {
                    self.step_mut(at).commands.extend(group.commands);
                }
                (_, Some(name)) => {
                    let step = Step {
                        commands: group.commands,
                        end: name.end,
                        ..bare(name.words, name.line, depth)
                    };
                    self.add(step);
                }
                (_, None) => {
                    for command in group.commands {
                        let step = Step { ..bare(first_line(&command), command.line, depth) };
                        self.add(Step { commands: vec![command], ..step });
                    }
                }
            }
        }
        if claimed.is_some() && matches!(above, Above::Nothing) {
            self.close_lead();
        }
    }

    /// How deep what stands under a step stands.
    pub(super) fn depth_under(&self, at: At) -> usize {
        self.step_at(at).depth + 1
    }

    /// The words of a step.
    pub(super) fn text_of(&self, at: At) -> &str {
        &self.step_at(at).text
    }
}

fn bare(words: String, line: usize, depth: usize) -> Step {
    Step {
        id: "".into(),
        line,
        end: line,
        depth,
        text: words,
        lead: None,
        marker: Marker::None,
        commands: Vec::new(),
        codes: Vec::new(),
        links: Vec::new(),
        rules: StepRules::default(),
        asides: Asides::default(),
    }
}

/// The beginning of a command stands for it.
fn first_line(command: &StepCommand) -> String {
    let first = command.text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    text::clean(first.trim_end_matches('\\').trim_end()).into_owned()
}
