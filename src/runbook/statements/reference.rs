//! What else to look at: files, addresses, sections, workflows and dashboards by their names.

use crate::domain::statement::{Refers, Says};
use crate::domain::text;
use crate::runbook::inline::Mark;

use super::look::Look;
use super::passages::Place;
use super::tokens::{Kind, is_path};

/// Longer targets are cut.
const LONGEST: usize = 300;

/// Everything that a passage refers to.
pub(super) fn find(look: &mut Look<'_>) {
    links(look);
    for at in 0..look.tokens.len() {
        if look.is_taken(at) {
            continue;
        }
        match look.kind(at) {
            Some(Kind::Address) => {
                let target = clip(look.raw(at));
                look.take(at..at + 1, Says::Reference { target, to: Refers::Address });
            }
            Some(Kind::Path) => {
                let target = clip(look.raw(at));
                look.take(at..at + 1, Says::Reference { target, to: Refers::File });
            }
            Some(Kind::Code) => {
                let code = look.raw(at).trim_matches('`').trim();
                let to = if code.starts_with("https://") || code.starts_with("http://") {
                    Some(Refers::Address).filter(|_| !code.contains(' ') && !code.ends_with("//"))
                } else {
                    is_path(code).then_some(Refers::File)
                };
                if let Some(to) = to {
                    let target = clip(code);
                    look.take(at..at + 1, Says::Reference { target, to });
                }
            }
            Some(Kind::Word) => named(look, at),
            _ => {}
        }
    }
}

/// Links of Markdown.
fn links(look: &mut Look<'_>) {
    let marks: Vec<(std::ops::Range<usize>, String)> = look
        .passage
        .words
        .marks
        .iter()
        .filter_map(|(range, mark)| match mark {
            Mark::Link(to) if !to.is_empty() && !to.starts_with("mailto:") && !to.starts_with("tel:") => {
                Some((range.clone(), to.clone()))
            }
            _ => None,
        })
        .take(1000)
        .collect();
    for (range, to) in marks {
        let kind = if to.starts_with('#') {
            Refers::Section
        } else if to.contains("://") {
            Refers::Address
        } else {
            Refers::File
        };
        let from = look.token_at(range.start);
        let end = look.token_at(range.end);
        if from < end && !look.is_taken(from) {
            look.keep(from..end, Says::Reference { target: clip(&to), to: kind });
            // What a link is called names nothing else.
            look.claim(from..end);
        }
    }
}

fn named(look: &mut Look<'_>, at: usize) {
    match look.word(at) {
        "section" | "sections" | "step" | "steps" | "appendix" | "chapter" | "phase" | "part" => {
            section(look, at)
        }
        "workflow" | "workflows" | "pipeline" => thing(look, at, Refers::Workflow),
        "dashboard" | "dashboards" => thing(look, at, Refers::Dashboard),
        "runbook" | "playbook" => thing(look, at, Refers::Runbook),
        _ => {}
    }
}

/// "see section 5", "(see step 4)", "as in Appendix A".
fn section(look: &mut Look<'_>, at: usize) {
    let next = at + 1;
    let numbered = look.number(next).is_some() && look.kind(next) != Some(Kind::Word);
    let lettered = matches!(look.word(at), "appendix") && look.raw(next).len() == 1;
    if !numbered && !lettered {
        return;
    }
    let mut from = at;
    let mut sees = false;
    while from > 0 && at - from < 4 {
        let before = look.before(from, 1);
        if matches!(
            before,
            "see"
                | "refer"
                | "refers"
                | "per"
                | "follow"
                | "repeat"
                | "under"
                | "consult"
                | "described"
                | "back"
                | "return"
        ) {
            (from, sees) = (from - 1, true);
            break;
        }
        if !matches!(before, "to" | "in" | "the" | "also" | "of" | "from" | "as") {
            break;
        }
        from -= 1;
    }
    if !sees && !matches!(look.before(at, 1), "in" | "from") {
        return;
    }
    let start = if sees { from } else { at };
    let target = look.slice(at..next + 1).to_owned();
    look.take(start..next + 1, Says::Reference { target, to: Refers::Section });
}

/// A workflow or a dashboard by the name before it, a list of them behind "dashboards:".
fn thing(look: &mut Look<'_>, at: usize, to: Refers) {
    if look.passage.place == Place::Heading && to != Refers::Dashboard || look.passage.place == Place::Head {
        return;
    }
    // "PostHog dashboards: AI Telemetry, Offline Interactions."
    if look.is_sign(at + 1, ':')
        && look.lead.is_some()
        && look.rest() == at + 2
        && look.word(at).ends_with('s')
    {
        let clause = look.clause(at + 2);
        let mut from = at + 2;
        for end in at + 2..=clause.end {
            let parts = end == clause.end || look.is_sign(end, ',');
            if !parts {
                continue;
            }
            if from < end
                && !look.is_taken(from)
                && look.raw(from).starts_with(char::is_uppercase)
                && end - from <= 6
            {
                let target = clip(look.slice(from..end));
                look.keep(from..end, Says::Reference { target, to });
            }
            from = end + 1;
        }
        return;
    }
    // The "Coverage Audits" GitHub Actions workflow.
    let near = at.saturating_sub(6)..at;
    let quote = |at: usize| matches!(look.kind(at), Some(Kind::Sign('"' | '“' | '”' | '\'')));
    let close = near.clone().rev().find(|at| quote(*at));
    if let Some(close) = close {
        let between = (close + 1..at).all(|at| matches!(look.kind(at), Some(Kind::Word)));
        let open = (close.saturating_sub(10)..close).rev().find(|at| quote(*at));
        if let Some(open) = open.filter(|open| between && open + 1 < close) {
            let target = clip(look.slice(open + 1..close));
            look.keep(open..at + 1, Says::Reference { target, to });
            return;
        }
    }
    let mut start = at;
    while start > 0 && at - start < 5 {
        let before = start - 1;
        let raw = look.raw(before);
        let begins = before == 0 || matches!(look.kind(before - 1), Some(Kind::Stop | Kind::Sign(_)));
        let verb = begins && crate::runbook::asking::asking(raw) != crate::runbook::asking::Asking::No;
        let name = look.kind(before) == Some(Kind::Word)
            && raw.starts_with(char::is_uppercase)
            && !verb
            && !matches!(
                look.word(before),
                "the" | "this" | "a" | "all" | "see" | "our" | "each" | "every" | "in" | "on" | "if" | "when"
            );
        if !(name || look.is_sign(before, '.') && look.is_glued(start)) {
            break;
        }
        start = before;
    }
    if start < at {
        let target = look.slice(start..at + 1).to_owned();
        look.keep(start..at + 1, Says::Reference { target, to });
    }
}

fn clip(target: &str) -> String {
    text::head(target, LONGEST).to_owned()
}
