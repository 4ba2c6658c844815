//! Which phase the words of a heading, or of a bold lead, speak of.
//!
//! Whole words, whatever their case; punctuation, emoji and numbers stand for nothing, and
//! `Pre-flight`, `pre flight` and `§1. PRE-FLIGHT:` are the same. Where words of several phases meet, the
//! rules are, in this order:
//!
//! 1. What stands before "if", "when", "after" and the like counts before what stands behind it, and
//!    what stands outside brackets before what stands in them.
//! 2. A verb at the beginning wins: "Verify the rollback" verifies.
//! 3. The weightier word wins: a word that *decides* over one that *says*, over one that only *hints*.
//! 4. Among equals the last wins ("Rollback verification" verifies), unless they are joined by "and",
//!    "&", "/" or a comma: then the first.
//!
//! Across headings: a section's own words win over its parents', except that words that only hint do
//! not change what a parent decided or said. Where no heading says anything the runbook's title does,
//! and where that is silent too a section recovers: a runbook is opened to make something right.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::domain::runbook::PhaseKind;

use super::vocabulary::{DECIDING, SAYING, WORDS};

use PhaseKind::Reference;

/// How much a word says about a phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// Nothing was said.
    Silent,
    /// Goes along with the phase; changes nothing that was said elsewhere.
    Hints,
    /// Speaks of the phase, but of other things too.
    Says,
    /// Names the phase.
    Decides,
    /// Names the phase whatever else is named.
    Overrides,
}

const fn weight(row: usize) -> Weight {
    if row == 0 {
        Weight::Overrides
    } else if row <= DECIDING {
        Weight::Decides
    } else if row <= DECIDING + SAYING {
        Weight::Says
    } else {
        Weight::Hints
    }
}

/// The phrases by their first word, the longest first.
type Phrases = HashMap<&'static str, Vec<(Vec<&'static str>, PhaseKind, Weight)>>;

static PHRASES: LazyLock<Phrases> = LazyLock::new(|| {
    let mut phrases = Phrases::new();
    for (row, (kind, words)) in WORDS.iter().enumerate() {
        for phrase in *words {
            let parts: Vec<&str> = phrase.split(' ').collect();
            phrases.entry(parts[0]).or_default().push((parts, *kind, weight(row)));
        }
    }
    for known in phrases.values_mut() {
        known.sort_by_key(|(parts, _, weight)| (std::cmp::Reverse(parts.len()), std::cmp::Reverse(*weight)));
    }
    phrases
});

/// Verbs that, at the beginning of a heading or lead, say what is to be done there.
#[rustfmt::skip]
const VERBS: &[&str] = &[
    "abort", "acknowledge", "analyse", "analyze", "announce", "assess", "block", "close", "communicate",
    "contain", "debug", "declare", "detect", "determine", "diagnose", "document", "eradicate", "escalate",
    "fix", "identify", "inform", "investigate", "isolate", "mitigate", "notify", "prepare", "quarantine",
    "recover", "remediate", "repair", "resolve", "restore", "revert", "review", "roll", "stabilise",
    "stabilize", "stop", "throttle", "triage", "troubleshoot", "undo", "validate", "verify",
];

/// Words that add nothing to what a lead is for.
#[rustfmt::skip]
const FILLERS: &[&str] = &[
    "a", "action", "actions", "activities", "affected", "after", "all", "an", "and", "any", "before",
    "by", "checklist", "customer", "customers", "each", "emergency", "external", "final", "first", "full",
    "immediate", "immediately", "in", "incident", "initial", "instructions", "internal", "it", "manual",
    "manually", "of", "on", "operator", "optional", "or", "our", "per", "phase", "plan", "procedure",
    "procedures", "process", "quick", "remaining", "required", "security", "service", "stage", "standard",
    "step", "steps", "team", "technical", "the", "then", "this", "to", "we", "with", "your",
];

/// Nouns that end a heading or lead, and are not what the word before them does.
const PLAIN: &[&str] =
    &["window", "windows", "time", "times", "point", "rate", "code", "codes", "key", "keys", "logs", "log"];

/// What words say, and how clearly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Said {
    /// The phase.
    pub(super) kind: PhaseKind,
    /// How clearly.
    pub(super) weight: Weight,
}

/// A phrase that was found: where its first word is, and how many words it has.
#[derive(Clone, Copy)]
struct Hit {
    at: usize,
    length: usize,
    said: Said,
}

/// What a heading says about its section.
pub(super) fn recognise(heading: &str) -> Option<Said> {
    let (outside, inside) = bracketed(heading);
    [outside, inside].iter().find_map(|text| {
        let tokens = tokens(text);
        let conditional = tokens.iter().skip(1).position(|word| {
            matches!(
                word.as_str(),
                "if" | "when" | "unless" | "until" | "once" | "after" | "during" | "following"
            )
        });
        // "Post-security-incident" and "pre-cutover" speak of afterwards and of before, whatever of.
        let around = match tokens.first().map(String::as_str) {
            Some("post") if tokens.len() > 1 => Some(PhaseKind::FollowUp),
            Some("pre") if tokens.len() > 1 => Some(PhaseKind::Prepare),
            _ => None,
        };
        let around = around.map(|kind| Said { kind, weight: Weight::Says });
        let main = conditional.and_then(|at| choose(&tokens[..=at], &hits(&tokens[..=at])));
        let said = main.or_else(|| choose(&tokens, &hits(&tokens)));
        said.filter(|said| around.is_none() || said.weight > Weight::Hints).or(around)
    })
}

/// The phase that a lead opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Opening {
    /// The phase.
    pub(super) kind: PhaseKind,
    /// Whether the lead is about nothing else: "Containment", not "Verify the webhook".
    pub(super) whole: bool,
}

/// The phase that a lead names, or begins or ends with.
pub(super) fn lead(lead: &str) -> Option<Opening> {
    let tokens = tokens(&bracketed(lead).0);
    let known = hits(&tokens);
    let covered = |at: usize| known.iter().any(|hit| (hit.at..hit.at + hit.length).contains(&at));
    let hits: Vec<Hit> = known.iter().copied().filter(|hit| hit.said.weight >= Weight::Says).collect();
    let kind = choose(&tokens, &hits).filter(|said| said.kind != Reference)?.kind;
    let whole = (0..tokens.len()).all(|at| covered(at) || FILLERS.contains(&tokens[at].as_str()));
    let ends = hits.last().is_some_and(|hit| {
        hit.said.weight >= Weight::Decides
            && tokens[hit.at + hit.length..].iter().all(|word| FILLERS.contains(&word.as_str()))
    });
    let begins = tokens.len() <= 6
        && hits.first().is_some_and(|hit| hit.at == 0 && VERBS.contains(&tokens[0].as_str()))
        && tokens.last().is_some_and(|word| !PLAIN.contains(&word.as_str()));
    (whole || ends || begins).then_some(Opening { kind, whole })
}

/// The phase that a word of front matter or of an attribute names: its own word, or any that decides.
pub(super) fn named(word: &str) -> Option<PhaseKind> {
    let word = word.trim().to_lowercase();
    let own =
        PhaseKind::ALL.into_iter().find(|kind| kind.word() == word || kind.word().replace('-', "") == word);
    own.or_else(|| lead(&word).filter(|opening| opening.whole).map(|opening| opening.kind)).or_else(|| {
        recognise(&word)
            .filter(|said| said.kind == Reference && said.weight >= Weight::Says)
            .map(|said| said.kind)
    })
}

/// A heading as it is compared and anchored: its words alone, so that renumbering changes nothing.
pub(super) fn normal(heading: &str) -> String {
    tokens(heading).join(" ")
}

fn choose(tokens: &[String], hits: &[Hit]) -> Option<Said> {
    let first = hits.first()?;
    if first.at == 0 && first.said.weight >= Weight::Says && VERBS.contains(&tokens[0].as_str()) {
        return Some(first.said);
    }
    let most = hits.iter().map(|hit| hit.said.weight).max()?;
    let mut equals = hits.iter().filter(|hit| hit.said.weight == most);
    let earliest = equals.next()?;
    let last = equals.next_back().unwrap_or(earliest);
    let joined = tokens[earliest.at..last.at].iter().any(|word| word == "and");
    Some(if joined { earliest.said } else { last.said })
}

fn hits(tokens: &[String]) -> Vec<Hit> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let phrase = PHRASES.get(tokens[at].as_str()).and_then(|known| {
            known.iter().find(|(parts, _, _)| {
                tokens.len() - at >= parts.len()
                    && parts.iter().zip(&tokens[at..]).all(|(part, word)| part == word)
            })
        });
        match phrase {
            // "After the cutover" speaks of afterwards; "look after the queue" does not.
            Some((parts, _, _)) if at > 0 && matches!(parts[..], ["after" | "before"]) => at += 1,
            Some((parts, kind, weight)) => {
                let said = Said { kind: *kind, weight: *weight };
                found.push(Hit { at, length: parts.len(), said });
                at += parts.len();
            }
            None => at += 1,
        }
    }
    found
}

/// The words of a text in lower case: no numbers, no "Step 3", "and" for every sign that joins.
fn tokens(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for c in text.chars().chain([' ']) {
        match c {
            c if c.is_alphanumeric() => word.extend(c.to_lowercase()),
            '\'' | '’' => {}
            c => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                if matches!(c, '&' | '+' | '/' | ',') {
                    words.push("and".to_owned());
                }
            }
        }
    }
    let mut kept: Vec<String> = Vec::with_capacity(words.len());
    let mut at = 0;
    while at < words.len() {
        let counted = |word: &String| word.chars().all(|c| c.is_ascii_digit());
        let place = matches!(words[at].as_str(), "step" | "phase" | "part" | "stage" | "section" | "level");
        if place && words.get(at + 1).is_some_and(counted) {
            at += 2;
            continue;
        }
        let within_phrase = kept.last().is_some_and(|word| word == "first");
        if !counted(&words[at]) || within_phrase {
            kept.push(std::mem::take(&mut words[at]));
        }
        at += 1;
    }
    kept
}

/// What stands outside round brackets, and what stands in them.
fn bracketed(text: &str) -> (String, String) {
    let (mut outside, mut inside) = (String::new(), String::new());
    let mut depth = 0_usize;
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            c if depth == 0 => {
                outside.push(c);
                continue;
            }
            c => {
                inside.push(c);
                continue;
            }
        }
        outside.push(' ');
        inside.push(' ');
    }
    (outside, inside)
}

#[cfg(test)]
mod tests {
    use super::super::vocabulary::phase_words;
    use super::*;
    use PhaseKind::{Comms, Contain, FollowUp, Prepare, Recover, Rollback, Triage, Verify};

    fn kind(heading: &str) -> Option<PhaseKind> {
        recognise(heading).map(|said| said.kind)
    }

    #[test]
    fn the_words_teams_use_make_phases() {
        for (heading, expected) in [
            ("§7. ACKNOWLEDGE", Triage),
            ("🔥 Stop the bleeding!", Contain),
            ("Step 3: Isolate the tenant", Contain),
            ("2) Mitigation", Contain),
            ("Diagnosis & Mitigation", Triage),
            ("Investigating slow queries", Triage),
            ("Status page", Comms),
            ("Customer communications", Comms),
            ("Alert Escalation", Comms),
            ("Remediation", Recover),
            ("Fix", Recover),
            ("Failed upload recovery", Recover),
            ("Pre-Flight", Prepare),
            ("Pre-Deployment Checklist", Prepare),
            ("Pre-deployment verification", Prepare),
            ("Prerequisites", Prepare),
            ("Final Go-Live Verification", Verify),
            ("Post-Deployment Verification", Verify),
            ("Rollback verification", Verify),
            ("Verify the rollback", Verify),
            ("QA & Release", Verify),
            ("Launch gates", Verify),
            ("Rolling back", Rollback),
            ("Rollback if verification fails", Rollback),
            ("Revert", Rollback),
            ("Post-Deployment", FollowUp),
            ("Post-security-incident", FollowUp),
            ("Pre-cutover", Prepare),
            ("Post-mortem", FollowUp),
            ("Post-incident review", FollowUp),
            ("Retrospective", FollowUp),
            ("Document", FollowUp),
            ("Emergency Contacts", Reference),
            ("SLO targets", Reference),
            ("On-call rotation", Reference),
            ("Key metrics dashboard", Reference),
        ] {
            assert_eq!(kind(heading), Some(expected), "{heading}");
        }
    }

    #[test]
    fn parts_of_words_say_nothing() {
        for heading in
            ["Containers", "Prefix", "Assessories", "Contractual", "Regatta", "Fixtures", "Sloppy joins"]
        {
            assert_eq!(kind(heading), None, "{heading}");
        }
    }

    #[test]
    fn a_lead_opens_a_phase_only_when_it_is_about_the_phase() {
        for (text, expected) in [
            ("Containment", Some(Contain)),
            ("Immediate containment (first 5 minutes)", Some(Contain)),
            ("Notify stakeholders", Some(Comms)),
            ("Communicate with customers", Some(Comms)),
            ("Post-incident review", Some(FollowUp)),
            ("Rollback steps", Some(Rollback)),
            ("Recovery Time", None),
            ("Health endpoints", None),
            ("Code review", None),
            ("Availability", None),
            ("Lighthouse CI", None),
            ("Contacts", None),
            ("Validation code", None),
        ] {
            assert_eq!(lead(text).map(|opening| opening.kind), expected, "{text}");
        }
        assert!(lead("Rollback").unwrap().whole);
        assert!(!lead("Notify the billing people").unwrap().whole);
    }

    #[test]
    fn attributes_name_phases_by_any_of_their_words() {
        assert_eq!(named("follow-up"), Some(FollowUp));
        assert_eq!(named(" Rollback "), Some(Rollback));
        assert_eq!(named("recovery"), Some(Recover));
        assert_eq!(named("contacts"), Some(Reference));
        assert_eq!(named("rolback"), None);
    }

    #[test]
    fn no_phrase_stands_in_the_table_twice_and_all_are_as_they_are_compared() {
        let mut all: Vec<&str> = phase_words().iter().flat_map(|(_, words)| words.iter().copied()).collect();
        for phrase in &all {
            assert_eq!(tokens(phrase).join(" "), **phrase, "never matches");
        }
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count, "a phrase stands twice");
        assert!(VERBS.is_sorted());
    }

    #[test]
    fn every_phase_has_words_of_every_weight_that_it_needs() {
        for kind in PhaseKind::ALL {
            assert!(WORDS[..=DECIDING].iter().any(|(row, _)| *row == kind), "{kind:?}");
        }
    }
}
