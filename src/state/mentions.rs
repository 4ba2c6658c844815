//! Which part of which runbook speaks of an alert: by its name in a code span, by a step that is bound to it, by a
//! pattern such as `alert:*`, or by its words in a heading or a step.

use strsim::jaro_winkler;

use crate::domain::mention::{How, Mention};
use crate::domain::runbook::{Phase, PhaseKind, Runbook, Step, StepRef};

/// How alike two words are at least to be taken for the same: `webhook` and `webhooks`, not `error` and `terror`.
const ALIKE: f64 = 0.92;

/// Words of a name that say nothing about what is wrong.
const SILENT: &[&str] = &["alert", "alerts", "check", "signal", "monitor", "the", "of", "in", "and", "for"];

/// The place that speaks best of an alert that is called one of `names`: its signal's name, an issue's title.
pub fn mention(runbooks: &[Runbook], names: &[&str]) -> Option<Mention> {
    let names: Vec<Name> = names.iter().filter_map(|name| Name::of(name)).collect();
    let found = runbooks.iter().flat_map(|runbook| {
        let names = &names;
        runbook.phases.iter().filter_map(move |phase| in_phase(runbook, phase, names))
    });
    // Of those that say it equally well, what helps in an incident comes first, and then what stands first.
    found.min_by_key(|(mention, rank)| (mention.how, *rank)).map(|(mention, _)| mention)
}

/// Whether a pattern speaks of every alert there is.
fn is_general(code: &str) -> bool {
    code.trim().eq_ignore_ascii_case("alert:*")
}

/// A name in the shapes that runbooks give it.
struct Name {
    /// As it is, in lower case.
    plain: String,
    /// Its words.
    words: Vec<String>,
}

impl Name {
    fn of(text: &str) -> Option<Name> {
        let plain = text.trim().to_lowercase();
        let words = words(plain.strip_prefix("alert:").unwrap_or(&plain));
        let telling: Vec<String> =
            words.into_iter().filter(|word| !SILENT.contains(&word.as_str())).collect();
        (!telling.is_empty()).then_some(Name { plain, words: telling })
    }

    /// Whether a code span is this name: `alert:error_spike`, `error-spike`.
    fn is(&self, code: &str) -> bool {
        let code = code.to_lowercase();
        code == self.plain || {
            let of = words(code.strip_prefix("alert:").unwrap_or(&code));
            !of.is_empty() && of == self.words
        }
    }

    /// Whether a code span is a pattern that this name fits: `alert:*`, `queue-*`.
    fn fits(&self, code: &str) -> bool {
        let code = code.trim().to_lowercase();
        let Some((before, after)) = code.split_once('*') else { return false };
        if after.contains('*') || (before.is_empty() && after.is_empty()) {
            return false;
        }
        let alert = format!("alert:{}", self.words.join("_"));
        [self.plain.as_str(), alert.as_str()].iter().any(|name| {
            name.len() >= before.len() + after.len() && name.starts_with(before) && name.ends_with(after)
        })
    }

    /// Whether a text has all of its words.
    fn stands_in(&self, text: &[String]) -> bool {
        self.words.iter().all(|word| {
            text.iter().any(|other| {
                let begins_alike = word.chars().next() == other.chars().next();
                other == word
                    || (begins_alike
                        && word.len() > 3
                        && other.len() > 3
                        && jaro_winkler(word, other) >= ALIKE)
            })
        })
    }
}

/// The words of a text, in lower case; `_`, `-` and `.` part them.
fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

fn in_phase(runbook: &Runbook, phase: &Phase, names: &[Name]) -> Option<(Mention, usize)> {
    let name = |step: &Step| names.iter().any(|name| step.codes.iter().any(|code| name.is(code)));
    let bound = |step: &Step| {
        let rules = step.commands.iter().map(|command| &command.rules).chain([&step.rules]);
        let mut signals = rules.filter_map(|rules| rules.signal.as_ref());
        signals.any(|signal| names.iter().any(|name| name.plain == signal.as_str()))
    };
    let pattern = |step: &Step| names.iter().any(|name| step.codes.iter().any(|code| name.fits(code)));
    let told = |step: &Step| {
        let text = words(&step.text);
        names.iter().any(|name| name.stands_in(&text))
    };
    let heading = || {
        let text: Vec<String> =
            phase.path.iter().chain([&phase.title]).flat_map(|title| words(title)).collect();
        names.iter().any(|name| name.stands_in(&text))
    };
    let noted = |is: fn(&Name, &str) -> bool| {
        let codes = phase.notes.iter().flat_map(|note| note.text.split('`').skip(1).step_by(2));
        names.iter().any(|name| codes.clone().any(|code| is(name, code)))
    };
    let titled = |is: fn(&Name, &str) -> bool| {
        let codes = phase.title.split('`').skip(1).step_by(2);
        names.iter().any(|name| codes.clone().any(|code| is(name, code)))
    };
    let steps = || phase.steps.iter();
    let (step, how) = if let Some(step) = steps().find(|step| name(step)) {
        (Some(step), How::Name)
    } else if noted(Name::is) || titled(Name::is) {
        (phase.steps.first(), How::Name)
    } else if let Some(step) = steps().find(|step| bound(step)) {
        (Some(step), How::Bound)
    } else if let Some(step) = steps().find(|step| pattern(step)) {
        (Some(step), How::Pattern)
    } else if noted(Name::fits) || titled(Name::fits) {
        (phase.steps.first(), How::Pattern)
    } else if heading() {
        (phase.steps.first(), How::Heading)
    } else if let Some(step) = steps().find(|step| told(step)) {
        (Some(step), How::Words)
    } else {
        return None;
    };
    let mention = Mention {
        runbook: runbook.id.clone(),
        step: step.map(|step| StepRef { runbook: runbook.id.clone(), step: step.id.clone() }),
        heading: phase.title.clone(),
        line: step.map_or(phase.line, |step| step.line),
        how,
    };
    let general = how == How::Pattern
        && !steps().any(|step| {
            step.codes.iter().any(|code| !is_general(code) && names.iter().any(|name| name.fits(code)))
        });
    Some((mention, rank(phase.kind, step.is_some()) + if general { 10 } else { 0 }))
}

/// What helps with something that is red right now comes before what prepares, and something to do before text.
fn rank(kind: PhaseKind, has_step: bool) -> usize {
    let kind = match kind {
        PhaseKind::Contain | PhaseKind::Triage | PhaseKind::Recover | PhaseKind::Rollback => 0,
        PhaseKind::Verify | PhaseKind::Comms => 1,
        PhaseKind::Prepare | PhaseKind::FollowUp => 2,
        PhaseKind::Reference => 3,
    };
    kind + if has_step { 0 } else { 4 }
}
