//! The palette: every command and every action, found by typing.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::domain::command::{Command, Place};
use crate::domain::commands::{COMMANDS, is_in_replay, is_of_replay};
use crate::state::Model;

/// A line of the palette.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it does.
    pub command: Command,
    /// In words.
    pub title: String,
    /// The key that does the same, empty where there is none.
    pub chord: String,
}

/// What matches `query`, best first; everything where it is empty. In a replay what it does, and elsewhere what it alone
/// does not.
pub fn matches(model: &Model, query: &str) -> Vec<Entry> {
    let (plan, replay) = (&model.plan, model.replay.is_some());
    let there = |command: &Command| if replay { is_in_replay(command) } else { !is_of_replay(command) };
    let chord = |command: &Command, places: &[Place]| {
        let bound = places.iter().find_map(|place| plan.chord(*place, command));
        bound
            .or_else(|| {
                plan.bindings.iter().find(|known| known.command == *command).map(|known| known.chord.as_str())
            })
            .unwrap_or_default()
            .to_owned()
    };
    let actions = plan.actions.iter().map(|action| {
        let command = Command::Action(action.id.clone());
        let about = action.about.as_deref().map(|about| format!(": {about}")).unwrap_or_default();
        Entry { chord: chord(&command, &[Place::Console]), title: format!("{}{about}", action.id), command }
    });
    let commands = COMMANDS.iter().filter(|row| row.command != Command::Palette).map(|row| Entry {
        chord: chord(&row.command, row.places),
        title: row.title.to_owned(),
        command: row.command.clone(),
    });
    let entries = actions.chain(commands).filter(|entry| there(&entry.command));
    if query.trim().is_empty() {
        return entries.collect();
    }
    let mut matcher = Matcher::new(Config::DEFAULT);
    let pattern = Pattern::parse(query, CaseMatching::Ignore, Normalization::Smart);
    let mut buffer = Vec::new();
    let mut scored: Vec<(u32, Entry)> = entries
        .filter_map(|entry| {
            let score = pattern.score(Utf32Str::new(&entry.title, &mut buffer), &mut matcher)?;
            Some((score, entry))
        })
        .collect();
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    scored.into_iter().map(|(_, entry)| entry).collect()
}
