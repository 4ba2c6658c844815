//! Commands that were written to run one after the other: a block, several code spans of a step, the steps under
//! a step, a list. Which they are, and in which order; not whether any of them may run.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::ids::{CommandId, StepId};
use super::runbook::{Marker, Phase, Runbook, Step, StepRef};

/// A command of a sequence, as it is recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateCommand {
    /// The step it stands in.
    pub step: StepRef,
    /// Its 1-based line.
    pub line: usize,
    /// Which of the step's commands.
    pub command: CommandId,
    /// Its first line.
    pub text: String,
}

/// A link of a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link<'a> {
    /// The step.
    pub step: &'a Step,
    /// The command, by its place in the step; `None` for something done by hand before what comes after it.
    pub command: Option<usize>,
}

impl Step {
    /// The name of the command at `at`: made from its text, and numbered where the step says the same again.
    pub fn command_id(&self, at: usize) -> Option<CommandId> {
        let text = &self.commands.get(at)?.text;
        let before = self.commands[..at].iter().filter(|other| other.text == *text).count();
        let name = hex::encode(&Sha256::digest(text)[..4]);
        Some(CommandId::from(if before == 0 { name } else { format!("{name}-{}", before + 1) }))
    }
}

/// The sequence that the step called `id` stands in: empty where there are not two commands to follow one another.
pub fn sequence<'a>(runbook: &'a Runbook, id: &StepId) -> Vec<Link<'a>> {
    let place = |phase: &'a Phase| Some((phase, phase.steps.iter().position(|step| step.id == *id)?));
    let Some((phase, at)) = runbook.phases.iter().find_map(place) else { return Vec::new() };
    let steps = &phase.steps;
    let found = [block(steps, at), own(&steps[at]), under(steps, at), list(steps, at)];
    found.into_iter().find(|links| commands(links) > 1).unwrap_or_default()
}

fn commands(links: &[Link<'_>]) -> usize {
    links.iter().filter(|link| link.command.is_some()).count()
}

fn own(step: &Step) -> Vec<Link<'_>> {
    (0..step.commands.len()).map(|command| Link { step, command: Some(command) }).collect()
}

/// The commands of the block that the step at `at` stands in, and what its comments say between them.
fn block(steps: &[Step], at: usize) -> Vec<Link<'_>> {
    let Some(block) = steps[at].commands.iter().find_map(|command| command.block) else { return Vec::new() };
    let of = |step: &Step| step.commands.iter().any(|command| command.block == Some(block));
    let (Some(first), Some(last)) = (steps.iter().position(of), steps.iter().rposition(of)) else {
        return Vec::new();
    };
    steps[first..=last]
        .iter()
        .flat_map(
            |step| if step.commands.is_empty() { vec![Link { step, command: None }] } else { own(step) },
        )
        .filter(|link| link.command.is_none_or(|command| link.step.commands[command].block == Some(block)))
        .collect()
}

/// What stands under the step at `at`, with its own command before it.
fn under(steps: &[Step], at: usize) -> Vec<Link<'_>> {
    let end = end(steps, at);
    let mut links = own(&steps[at]);
    links.extend(numbered(&steps[at + 1..end]));
    links
}

/// Where the steps under the one at `at` end.
fn end(steps: &[Step], at: usize) -> usize {
    let deeper = steps[at + 1..].iter().take_while(|step| step.depth > steps[at].depth).count();
    at + 1 + deeper
}

/// The list that the step at `at` is an item of, with what stands under its items.
fn list(steps: &[Step], at: usize) -> Vec<Link<'_>> {
    let item = &steps[at];
    if item.marker == Marker::None {
        return Vec::new();
    }
    let (mut first, mut last) = (at, at);
    while let Some(before) = (0..first).rev().find(|before| steps[*before].depth <= item.depth)
        && steps[before].depth == item.depth
        && follows(steps[before].marker, steps[first].marker)
    {
        first = before;
    }
    while let next = end(steps, last)
        && steps.get(next).is_some_and(|step| step.depth == item.depth)
        && follows(steps[last].marker, steps[next].marker)
    {
        last = next;
    }
    numbered(&steps[first..end(steps, last)])
}

fn follows(before: Marker, after: Marker) -> bool {
    match (before, after) {
        (Marker::Number(before), Marker::Number(after)) => before < after,
        (Marker::Bullet, Marker::Bullet) | (Marker::Task(_), Marker::Task(_)) => true,
        (Marker::Bullet | Marker::Task(_) | Marker::Number(_) | Marker::None, _) => false,
    }
}

/// The commands of `steps`. Numbers say that the order matters: what has one and no command is done by hand before
/// what comes after it, unless all it does is to introduce the commands under it.
fn numbered(steps: &[Step]) -> Vec<Link<'_>> {
    let introduces = |at: usize| {
        let mut under = steps[at + 1..end(steps, at)].iter().peekable();
        under.peek().is_some() && under.all(|step| !step.commands.is_empty())
    };
    let mut links = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        if !step.commands.is_empty() {
            links.extend(own(step));
        } else if matches!(step.marker, Marker::Number(_)) && !introduces(at) {
            links.push(Link { step, command: None });
        }
    }
    // What comes after the last command holds nothing up.
    let last = links.iter().rposition(|link| link.command.is_some()).map_or(0, |last| last + 1);
    links.truncate(last);
    links
}
