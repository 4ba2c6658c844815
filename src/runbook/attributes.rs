//! What a heading or a comment says about its section in so many words: `{#anchor phase=verify}`,
//! `phase: verify`.

/// The title of a heading without `{#anchor}` behind it, and what stood in those braces.
pub(super) fn without_attributes(title: &str) -> (String, Option<String>) {
    let attributes = title.strip_suffix('}').and_then(|rest| rest.rsplit_once('{'));
    match attributes {
        Some((words, inner)) if inner.starts_with('#') || inner.contains('=') => {
            (words.trim_end().to_owned(), Some(inner.to_owned()))
        }
        _ => (title.to_owned(), None),
    }
}

/// What `phase: verify` or `phase=verify` names, wherever it stands in a comment.
pub(super) fn phase_attribute(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let at = lower.match_indices("phase").map(|(at, _)| at).find(|at| {
        let before = lower[..*at].chars().next_back();
        before.is_none_or(|c| !c.is_alphanumeric())
    })?;
    let rest = lower[at + 5..].trim_start().strip_prefix([':', '='])?;
    let word = rest.trim().trim_start_matches(['"', '\'']);
    let end = word.find(|c: char| !(c.is_alphanumeric() || c == '-')).unwrap_or(word.len());
    Some(word[..end].to_owned())
}
