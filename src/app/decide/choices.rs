//! What can be picked for a placeholder: what was typed or captured before in this incident, what a source lists, and
//! what the environment offers by name.

use std::time::Duration;

use crate::domain::answer::AnswerKind;
use crate::domain::board::Board;
use crate::domain::entry::Entry;
use crate::domain::io::IoRequest;
use crate::domain::runbook::{Placeholder, Step, name_words};
use crate::domain::time::{Timestamp, short};
use crate::state::{Choice, Comes, Model, Reads, answer_name};

/// Choices that are offered at most.
const MOST: usize = 60;

/// Words of a placeholder's name, and what of which board's entries it means.
struct Meaning {
    /// One of these must be in the name.
    one_of: &'static [&'static str],
    /// And one of these, unless there are none.
    and_of: &'static [&'static str],
    board: Board,
    value: fn(&Entry) -> Option<&str>,
}

/// What names mean, the first that fits.
const MEANINGS: &[Meaning] = &[
    Meaning {
        one_of: &["url", "uri"],
        and_of: &[
            "deployment",
            "deploy",
            "preview",
            "vercel",
            "rollback",
            "candidate",
            "previous",
            "production",
        ],
        board: Board::Deploys,
        value: |entry| fact(entry, "url"),
    },
    Meaning { one_of: &["image"], and_of: &[], board: Board::Deploys, value: |entry| fact(entry, "image") },
    Meaning {
        one_of: &["version", "release", "tag"],
        and_of: &[],
        board: Board::Deploys,
        value: |entry| entry.release.as_deref(),
    },
    Meaning {
        one_of: &["commit", "sha", "revision"],
        and_of: &[],
        board: Board::Deploys,
        value: |entry| fact(entry, "commit").or(entry.release.as_deref()),
    },
    Meaning {
        one_of: &["deployment"],
        and_of: &[],
        board: Board::Deploys,
        value: |entry| fact(entry, "deployment"),
    },
    Meaning {
        one_of: &["machine"],
        and_of: &[],
        board: Board::Infrastructure,
        value: |entry| Some(&entry.key),
    },
    Meaning { one_of: &["issue"], and_of: &[], board: Board::Errors, value: |entry| Some(&entry.key) },
    Meaning { one_of: &["event"], and_of: &[], board: Board::Payments, value: |entry| Some(&entry.key) },
];

/// Programs, and the source that lists what they speak of.
const TOOLS: &[(&str, &str)] =
    &[("fly", "fly"), ("flyctl", "fly"), ("vercel", "vercel"), ("gh", "github"), ("stripe", "stripe")];

/// A listing older than this says so.
const LATE: Duration = Duration::from_secs(120);

/// Something that a source lists, and what of it stands for the placeholder.
struct Found<'m> {
    source: &'static str,
    signal: &'m str,
    entry: &'m Entry,
    value: &'m str,
    at: Timestamp,
}

fn fact<'e>(entry: &'e Entry, label: &str) -> Option<&'e str> {
    entry.facts.iter().find(|(known, _)| *known == label).map(|(_, text)| text.as_str())
}

/// What can be picked for `wanted`, which `text` of `step` reads; what was used before first.
pub fn choices(model: &Model, now: Timestamp, step: &Step, text: &str, wanted: &Reads) -> Vec<Choice> {
    let hole = &wanted.hole;
    let mut all = Vec::new();
    if wanted.comes == Comes::AskedThoughSet {
        all.push(Choice::as_set(&hole.name));
    }
    if let AnswerKind::Choice(words) = &wanted.kind {
        all.extend(words.iter().map(|word| Choice::of(word, "")));
        return all;
    }
    if wanted.kind == AnswerKind::Secret {
        all.extend(model.ui.references.get(&hole.token).map(|kept| Choice::of(kept, "named before")));
        let offered = alike(model, hole).into_iter();
        all.extend(
            offered.map(|name| Choice::of(&format!("env:{name}"), "set in the console's environment")),
        );
    } else {
        all.extend(beginnings(model, text, hole));
        let before = [model.watch.captured(&hole.name), model.watch.filled(&answer_name(hole, step))];
        all.extend(before.into_iter().flatten().map(|value| Choice::of(&value.value, &value.given.words())));
        all.extend(listed(model, now, text, hole));
        let same = |name: &&String| name_words(name) == name_words(&hole.name) && !hole.environment;
        all.extend(model.plan.variables.iter().filter(same).map(|name| Choice::as_set(name)));
    }
    let mut once: Vec<Choice> = Vec::new();
    for choice in all {
        let same = |known: &&mut Choice| known.text == choice.text && known.set == choice.set;
        match once.iter_mut().find(same) {
            // What was used before may be what runs now.
            Some(known) => {
                known.about = format!("{} · {}", known.about, choice.about);
                known.current |= choice.current;
            }
            None => once.push(choice),
        }
    }
    once.truncate(MOST);
    once
}

/// Where requests of this incident went, for a placeholder that an address begins with: each beginning of their paths,
/// the longest of the newest first.
fn beginnings(model: &Model, text: &str, hole: &Placeholder) -> Vec<Choice> {
    let mut words = text.split_whitespace();
    if !words.next().is_some_and(|method| method.chars().all(|c| c.is_ascii_uppercase()))
        || !words.next().is_some_and(|target| target.starts_with(&hole.token))
    {
        return Vec::new();
    }
    let since = model.watch.incident().map(|incident| incident.declared);
    let runs = model.watch.runs.iter().rev();
    let runs = runs.filter(|run| run.step.is_some() && since.is_none_or(|since| run.requested >= since));
    let mut all: Vec<Choice> = Vec::new();
    for run in runs {
        let IoRequest::Http(http) = &run.request else { continue };
        let base = model.plan.requests.base_url.as_deref().unwrap_or_default().trim_end_matches('/');
        let Some(path) = http.url.strip_prefix(base).filter(|path| path.starts_with('/')) else { continue };
        let mut path = path.split(['?', '#']).next().unwrap_or_default();
        while let Some((before, _)) = path.rsplit_once('/').filter(|(before, _)| !before.is_empty()) {
            if !all.iter().any(|known| known.text == before) {
                all.push(Choice::of(before, &format!("as {} went", run.id)));
            }
            path = before;
        }
    }
    all
}

/// Variables that are set and whose names hold every word of the hole's.
fn alike<'m>(model: &'m Model, hole: &Placeholder) -> Vec<&'m str> {
    let wanted = name_words(&hole.name);
    let holds = |name: &&String| {
        let words = name_words(name);
        !wanted.is_empty() && wanted.iter().all(|word| words.contains(word))
    };
    model.plan.variables.iter().filter(holds).map(String::as_str).collect()
}

/// What sources list that the hole's name means: newest first, what is live now marked.
fn listed(model: &Model, now: Timestamp, text: &str, hole: &Placeholder) -> Vec<Choice> {
    let words = name_words(&hole.name);
    let has = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
    let fits = |meaning: &&Meaning| has(meaning.one_of) && (meaning.and_of.is_empty() || has(meaning.and_of));
    let Some(meaning) = MEANINGS.iter().find(fits) else { return Vec::new() };
    let mut found: Vec<Found<'_>> = Vec::new();
    for at in model.plan.listed(meaning.board) {
        let signal = &model.plan.signals[at];
        let listing = model.feed.signals[at].listing.as_ref();
        let Some(listing) = listing else { continue };
        for entry in listing.entries.iter() {
            if let Some(value) = (meaning.value)(entry).filter(|value| !value.is_empty()) {
                found.push(Found {
                    source: signal.source,
                    signal: signal.id.as_str(),
                    entry,
                    value,
                    at: listing.at,
                });
            }
        }
    }
    // A command of one vendor's tool means that vendor's things.
    let program = |word: &str| TOOLS.iter().find(|(tool, _)| *tool == word).map(|(_, source)| *source);
    if let Some(source) = text.split_whitespace().find_map(program)
        && found.iter().any(|one| one.source == source)
    {
        found.retain(|one| one.source == source);
    }
    found.sort_by_key(|one| std::cmp::Reverse(one.entry.at));
    let choice = |one: Found<'_>| {
        let Found { signal, entry, value, .. } = one;
        let current = entry.tags.iter().any(|tag| tag == "live");
        let age = entry.at.map(|at| format!("{} ago", short(now.since(at))));
        let title = Some(entry.title.as_str()).filter(|title| *title != value);
        let state = Some(if current { "live now" } else { entry.state.as_str() });
        let old = Some(now.since(one.at)).filter(|age| *age > LATE);
        let old = old.map(|age| format!("listed {} ago", short(age)));
        let parts = [state, age.as_deref(), old.as_deref(), title, Some(signal)];
        let about =
            parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
        Choice { current, ..Choice::of(value, &about) }
    };
    found.into_iter().map(choice).collect()
}
