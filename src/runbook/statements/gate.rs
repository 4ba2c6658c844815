//! What must be so before anything goes on: "exit code 0", "must show zero rows", "a release blocker".

use crate::domain::statement::Says;
use crate::domain::text;

use super::look::Look;
use super::passages::Place;
use super::tokens::Kind;

/// Longer conditions are cut.
const LONGEST: usize = 300;

/// Words for a thing that is as it must be.
const GOOD: &[&str] = &[
    "green",
    "passing",
    "passed",
    "pass",
    "passes",
    "healthy",
    "successful",
    "succeeded",
    "succeeds",
    "clean",
    "ok",
];

/// Everything that must be so, a clause each.
pub(super) fn find(look: &mut Look<'_>) {
    let mut at = 0;
    while at < look.tokens.len() {
        let clause = look.clause(at);
        let end = clause.end.max(at + 1);
        let mut from = at;
        while from < end && matches!(look.kind(from), Some(Kind::Sign(_) | Kind::Stop)) {
            from += 1;
        }
        if from < end && stands_in_the_way(look, from, end) {
            let must =
                text::head(look.slice(from..end).trim_end_matches([' ', ',', ':', '-']), LONGEST).to_owned();
            look.keep(from..end, Says::Gate { must });
        }
        at = end + 1;
    }
}

fn stands_in_the_way(look: &Look<'_>, from: usize, end: usize) -> bool {
    // What is asked under a condition is an instruction: "if it must be undone, restore it".
    let conditional = matches!(look.word(from), "if" | "when" | "whenever" | "where" | "unless");
    (from..end).any(|at| {
        let word = look.word(at);
        match word {
            "exit" | "exits" | "exited" => exits(look, at),
            "blocker" | "blockers" => true,
            "gated" => !look.is_glued(at),
            "block" | "blocks" | "blocking" | "stop" | "halt" | "hold" | "abort" => {
                let blocks = look.any(
                    at + 1..(at + 6).min(end),
                    &[
                        "launch",
                        "release",
                        "releases",
                        "deploy",
                        "deployment",
                        "rollout",
                        "promotion",
                        "merge",
                        "merges",
                        "cells",
                        "ship",
                    ],
                );
                blocks
                    && (matches!(word, "block" | "blocks" | "blocking")
                        || look.any(from..end, &["or", "if", "unless", "until"]))
            }
            "proceed" | "continue" | "deploy" | "release" | "launch" | "promote" | "ship" | "merge" => {
                let not = look.words(at.saturating_sub(2), &["do", "not"])
                    || matches!(look.before(at, 1), "never" | "don't" | "cannot" | "only")
                    || (at >= 1 && look.raw(at - 1) == "t" && look.is_glued(at - 1));
                not && look.any(
                    at..end,
                    &["unless", "until", "if", "when", "without", "before", "while", "with", "after", "once"],
                )
            }
            "must" | "should" | "shall" => {
                if conditional
                    || under_condition(look, from, at)
                    || !matches!(look.passage.place, Place::Item(_) | Place::Text | Place::Cell(..))
                {
                    return false;
                }
                must(look, at, end, word == "must" || word == "shall")
            }
            "without" => {
                let sound = look.any(
                    at + 1..(at + 4).min(end),
                    &["error", "errors", "warning", "warnings", "failures", "issues"],
                );
                sound && !conditional && matches!(look.passage.place, Place::Item(_) | Place::Cell(..))
            }
            "emits" | "reports" | "shows" | "returns" | "detects" | "finds" => {
                !conditional
                    && matches!(look.word(at + 1), "no" | "zero" | "only")
                    && look.any(from..at, &["ensure", "verify", "confirm", "check"])
            }
            "returning" | "return" => look.number(at + 1) == Some(200.0),
            "all" => !conditional && !under_condition(look, from, at) && all_good(look, at, end),
            word if GOOD.contains(&word) => {
                !conditional && !under_condition(look, from, at) && is_good(look, at, from)
            }
            _ => false,
        }
    }) && !asks_a_question(look, end)
}

/// Whether a condition opens before a token: "when the run passes", "check if all are healthy".
fn under_condition(look: &Look<'_>, from: usize, at: usize) -> bool {
    look.any(
        at.saturating_sub(10).max(from)..at,
        &["if", "when", "whenever", "whether", "unless", "once", "after", "until", "since"],
    )
}

fn asks_a_question(look: &Look<'_>, end: usize) -> bool {
    look.raw(end) == "?"
}

/// "exit code 0", "exits with status 0", "exits 0".
fn exits(look: &Look<'_>, at: usize) -> bool {
    let mut next = at + 1;
    while matches!(look.word(next), "code" | "status" | "with" | "of" | "must" | "be" | "is" | "codes")
        || matches!(look.kind(next), Some(Kind::Sign(':' | '=')))
    {
        next += 1;
    }
    look.number(next) == Some(0.0) || matches!(look.word(next), "zero" | "cleanly" | "successfully")
}

/// "must show zero rows", "should report zero rows", "must be green", "no modules should appear".
fn must(look: &Look<'_>, at: usize, end: usize, strict: bool) -> bool {
    let after = look.word(at + 1);
    let verb = matches!(
        after,
        "show"
            | "be"
            | "return"
            | "pass"
            | "report"
            | "contain"
            | "have"
            | "match"
            | "equal"
            | "succeed"
            | "complete"
            | "exist"
            | "not"
            | "read"
            | "say"
            | "output"
            | "print"
            | "respond"
            | "exit"
            | "remain"
            | "stay"
            | "appear"
            | "list"
            | "include"
            | "see"
            | "run"
            | "work"
    );
    if !verb
        || after == "be"
            && matches!(
                look.word(at + 2),
                "able" | "possible" | "undone" | "aware" | "used" | "considered" | "run" | "approved"
            )
    {
        return false;
    }
    let clause = look.clause(at);
    let none = look.any(clause.start..(clause.start + 3).min(at), &["no", "nothing", "none"]);
    let sound = look.any(
        at + 1..(at + 8).min(end),
        &[
            "zero", "no", "green", "pass", "empty", "healthy", "succeed", "ok", "only", "same", "equal",
            "match", "true", "passing",
        ],
    ) || (at + 1..(at + 8).min(end))
        .any(|at| matches!(look.number(at), Some(value) if value == 0.0 || (value - 200.0).abs() < 0.5));
    if strict { !matches!(look.before(at, 1), "you" | "we" | "they") || none || sound } else { none || sound }
}

/// "All workflows green", "all automated pipelines … are green", "All returning 200".
fn all_good(look: &Look<'_>, at: usize, end: usize) -> bool {
    let last = (at + 24).min(end);
    (at + 1..last).any(|at| {
        GOOD.contains(&look.word(at)) || (look.word(at) == "returning" && look.number(at + 1) == Some(200.0))
    })
}

/// "lint passes", "is green", "Build: PASSING".
fn is_good(look: &Look<'_>, at: usize, from: usize) -> bool {
    if !matches!(look.passage.place, Place::Item(_) | Place::Cell(..)) {
        return false;
    }
    let word = look.word(at);
    let alone = at == look.rest() || at == from;
    let said = matches!(
        look.before(at, 1),
        "is" | "are" | "be" | "all" | "tests" | "checks" | "build" | "ci" | "pipeline" | "pipelines"
    );
    let passes = matches!(word, "passes" | "succeeds") && at > from;
    let shouted = look.raw(at).len() > 3 && look.raw(at).chars().all(char::is_uppercase);
    passes
        || shouted && look.lead.is_some()
        || said && word != "ok" && word != "clean" && word != "pass"
        || alone && look.lead.is_some() && word != "ok"
}
