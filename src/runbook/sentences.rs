//! Prose cut into the things it asks for, one each.
//!
//! A cut never falls into a code span, a link or brackets, nor behind an abbreviation or within a
//! number, a path or a version: `v2024.04.15`, "e.g.", `/api/v1.2`.

use std::ops::Range;

use super::asking::{Asking, asking, opens_with_verb};
use super::inline::Inline;

/// Words whose full stop ends nothing.
const ABBREVIATIONS: &[&str] = &[
    "approx", "ca", "cf", "dept", "dr", "e.g", "eg", "esp", "fig", "i.e", "ie", "incl", "max", "min", "mr",
    "mrs", "ms", "no", "resp", "sec", "st", "u.s", "v", "viz", "vs",
];

/// The sentences of a text.
pub(super) fn sentences(inline: &Inline) -> Vec<Range<usize>> {
    if inline.is_long() {
        return ranges(inline.text.len(), Vec::new());
    }
    let depth = depths(&inline.text);
    let mut cuts = Vec::new();
    for (at, c) in inline.text.char_indices() {
        if !matches!(c, '.' | '!' | '?' | '。') || inline.is_within(at) || depth(at) > 0 {
            continue;
        }
        let rest = &inline.text[at + c.len_utf8()..];
        let closing = rest.len() - rest.trim_start_matches(['"', '\'', '”', '’', ')', '*']).len();
        let after = &rest[closing..];
        let Some(next) = after.strip_prefix(' ').and_then(|after| after.chars().next()) else { continue };
        let begins = next.is_uppercase()
            || next.is_numeric()
            || !(next.is_alphanumeric() || next == ',' || next == '(');
        if begins && !(c == '.' && is_abbreviation(&inline.text[..at])) {
            cuts.push(at + c.len_utf8() + closing);
        }
    }
    ranges(inline.text.len(), cuts)
}

/// The things that the prose behind a lead asks for: its sentences, cut again where a clause opens an
/// alternative ("; otherwise …") or the next thing to do ("restart it, check it, and close it").
pub(super) fn things(inline: &Inline) -> Vec<Range<usize>> {
    if inline.is_long() {
        return sentences(inline);
    }
    let mut things: Vec<Range<usize>> = Vec::new();
    for sentence in sentences(inline) {
        let text = inline.text[sentence.clone()].trim();
        // An explanation belongs to what it explains.
        match things.last_mut() {
            Some(last) if explains(text) => last.end = sentence.end,
            _ => things.extend(clauses(inline, &sentence)),
        }
    }
    for thing in &mut things {
        let text = &inline.text[thing.clone()];
        thing.end = thing.start + text.trim_end_matches([' ', ';', ',']).len();
    }
    things.retain(|thing| !thing.is_empty());
    things
}

/// Whether a sentence only says more about the one before it.
pub(super) fn explains(text: &str) -> bool {
    let first = text.split(' ').next().unwrap_or_default().trim_end_matches(',');
    matches!(
        first,
        "It" | "This" | "That" | "These" | "Those" | "They" | "There" | "Which" | "E.g." | "I.e." | "Note"
    ) || text.starts_with("For example")
}

fn clauses(inline: &Inline, sentence: &Range<usize>) -> Vec<Range<usize>> {
    let text = &inline.text[sentence.clone()];
    let depth = depths(text);
    let free = |at: usize| depth(at) == 0 && !inline.is_within(sentence.start + at);
    let mut cuts: Vec<usize> = Vec::new();
    for (at, _) in text.match_indices("; ").filter(|(at, _)| free(*at)) {
        let clause = text[at + 2..].trim_start();
        let alternative = ["otherwise", "else", "if ", "then "].iter().any(|word| clause.starts_with(word));
        if alternative || asking(clause) != Asking::No {
            cuts.push(at + 2);
        }
    }
    cuts.extend(text.match_indices(", then ").filter(|(at, _)| free(*at)).map(|(at, _)| at + 2));
    cuts.sort_unstable();
    let mut parts = ranges(text.len(), cuts);
    parts = parts.into_iter().flat_map(|part| series(text, part, &free)).collect();
    parts.into_iter().map(|part| sentence.start + part.start..sentence.start + part.end).collect()
}

/// "Ship the fix, rerun the gates, and replay the hooks" is three things; "impact, cause, and
/// mitigation" is none: a series is cut only when every part of it opens with a verb.
fn series(text: &str, part: Range<usize>, free: &impl Fn(usize) -> bool) -> Vec<Range<usize>> {
    let commas: Vec<usize> = text[part.clone()]
        .match_indices(", ")
        .map(|(at, _)| part.start + at)
        .filter(|at| free(*at))
        .collect();
    let Some(last) = commas.last() else { return vec![part] };
    let tail = text[last + 2..part.end].trim_start();
    let joined = tail.strip_prefix("and ").filter(|_| commas.len() >= 2);
    let begins = |at: &usize| {
        let clause = &text[at + 2..part.end];
        opens_with_verb(clause.trim_start().strip_prefix("and ").unwrap_or(clause))
    };
    let opens = asking(&text[part.clone()]) != Asking::No;
    if joined.is_none() || !opens || !commas.iter().all(begins) {
        return vec![part];
    }
    let mut parts = Vec::with_capacity(commas.len() + 1);
    let mut start = part.start;
    for at in &commas {
        parts.push(start..*at);
        start = at + 2;
    }
    // "and" joined it to what it is now parted from.
    parts.push(start + text[start..part.end].find("and ").map_or(0, |at| at + 4)..part.end);
    parts
}

fn ranges(end: usize, cuts: Vec<usize>) -> Vec<Range<usize>> {
    let mut start = 0;
    let mut all = Vec::with_capacity(cuts.len() + 1);
    for cut in cuts.into_iter().chain([end]) {
        if cut > start {
            all.push(start..cut);
        }
        start = cut;
    }
    all
}

fn is_abbreviation(before: &str) -> bool {
    let word = before.rsplit([' ', '(', '/']).next().unwrap_or_default().to_lowercase();
    let initial = word.chars().count() == 1 && word.chars().all(char::is_alphabetic);
    initial || ABBREVIATIONS.contains(&word.as_str())
}

/// How many brackets are open at each byte; none anywhere where they do not close.
fn depths(text: &str) -> impl Fn(usize) -> usize {
    let mut open = 0_usize;
    let mut changes: Vec<(usize, usize)> = Vec::new();
    let mut balanced = true;
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' => open += 1,
            ')' | ']' if open > 0 => open -= 1,
            ')' | ']' => balanced = false,
            _ => continue,
        }
        changes.push((at, open));
    }
    if open > 0 || !balanced {
        changes.clear();
    }
    move |at| {
        let after = changes.partition_point(|(change, _)| *change <= at);
        after.checked_sub(1).map_or(0, |last| changes[last].1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inline(text: &str) -> Inline {
        let mut inline = Inline::default();
        for (index, part) in text.split('`').enumerate() {
            if index % 2 == 1 {
                inline.push_code(part, 0, &format!("`{part}`"));
            } else {
                inline.push(part, 0);
            }
        }
        inline.finish()
    }

    fn cut(text: &str, by: fn(&Inline) -> Vec<Range<usize>>) -> Vec<String> {
        let inline = inline(text);
        by(&inline).into_iter().map(|range| inline.part(range).text).collect()
    }

    #[test]
    fn sentences_end_where_a_reader_ends_them() {
        for (text, expected) in [
            ("Check logs. Restart it! Done?", vec!["Check logs.", "Restart it!", "Done?"]),
            ("Tag it, e.g. Friday's `v1.2. Next`.", vec!["Tag it, e.g. Friday's `v1.2. Next`."]),
            ("Use /api/v1.2 and v2024.04.15 now.", vec!["Use /api/v1.2 and v2024.04.15 now."]),
            ("Wait (approx. 5 min. Really). Go.", vec!["Wait (approx. 5 min. Really).", "Go."]),
            ("Look at `alert:*`. `curl x y` it.", vec!["Look at `alert:*`.", "`curl x y` it."]),
            ("Wait 1.5 h. 3 retries.", vec!["Wait 1.5 h. 3 retries."]),
            ("Open (it. Close it", vec!["Open (it.", "Close it"]),
        ] {
            assert_eq!(cut(text, sentences), expected, "{text}");
        }
    }

    #[test]
    fn one_thing_to_tick_each() {
        for (text, expected) in [
            (
                "Flip `A=true` at the edge; otherwise toggle flags.",
                vec!["Flip `A=true` at the edge", "otherwise toggle flags."],
            ),
            (
                "Ship fixes, rerun the gates above, and replay hooks.",
                vec!["Ship fixes", "rerun the gates above", "replay hooks."],
            ),
            (
                "Post status with impact, cause, and mitigation.",
                vec!["Post status with impact, cause, and mitigation."],
            ),
            (
                "Restart it. This takes a minute. Check it.",
                vec!["Restart it. This takes a minute.", "Check it."],
            ),
            ("Drain the node, then restart it.", vec!["Drain the node", "then restart it."]),
            ("Legal within 1 hour", vec!["Legal within 1 hour"]),
            ("Write impact; the cause comes later.", vec!["Write impact; the cause comes later."]),
        ] {
            assert_eq!(cut(text, things), expected, "{text}");
        }
    }
}
