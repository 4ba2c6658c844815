//! A change of a file as a patch, for `patch -p1` and `git apply`.

use crate::domain::difference::{Changed, difference};

/// Lines that stand around a change.
const AROUND: usize = 3;

/// The patch that makes `after` of `before` in the file called `name`; empty where nothing changes.
pub fn patch(name: &str, before: &str, after: &str) -> String {
    let lines = |text: &str| text.split_inclusive('\n').map(str::to_owned).collect::<Vec<_>>();
    let (old, new) = (lines(before), lines(after));
    let all = difference(&old, &new);
    let changes = |changed: &Changed<'_>| !matches!(changed, Changed::Same(_));
    let (Some(first), Some(last)) = (all.iter().position(changes), all.iter().rposition(changes)) else {
        return String::new();
    };
    let (from, to) = (first.saturating_sub(AROUND), (last + 1 + AROUND).min(all.len()));
    let count =
        |part: &[Changed<'_>], of: fn(&Changed<'_>) -> bool| part.iter().filter(|one| of(one)).count();
    let is_old = |changed: &Changed<'_>| !matches!(changed, Changed::New(_));
    let is_new = |changed: &Changed<'_>| !matches!(changed, Changed::Gone(_));
    let begins = |of: fn(&Changed<'_>) -> bool| {
        let before = count(&all[..from], of);
        let inside = count(&all[from..to], of);
        // A side without a line is named by the line before it.
        (if inside == 0 { before } else { before + 1 }, inside)
    };
    let ((old_at, old_count), (new_at, new_count)) = (begins(is_old), begins(is_new));
    let mut text = format!("--- a/{name}\n+++ b/{name}\n@@ -{old_at},{old_count} +{new_at},{new_count} @@\n");
    for changed in &all[from..to] {
        let (mark, line) = match changed {
            Changed::Same(line) => (' ', line),
            Changed::Gone(line) => ('-', line),
            Changed::New(line) => ('+', line),
        };
        text.push(mark);
        text.push_str(line);
        if !line.ends_with('\n') {
            text.push_str("\n\\ No newline at end of file\n");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_changes_stands_between_those_around_it() {
        let before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        assert_eq!(
            patch("docs/r.md", before, &before.replace("5\n", "five\n")),
            "--- a/docs/r.md\n+++ b/docs/r.md\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n"
        );
        assert_eq!(
            patch("r.md", "one", "one\ntwo\n"),
            "--- a/r.md\n+++ b/r.md\n@@ -1,1 +1,2 @@\n-one\n\\ No newline at end of file\n+one\n+two\n"
        );
        assert_eq!(patch("r.md", "", "new\n"), "--- a/r.md\n+++ b/r.md\n@@ -0,0 +1,1 @@\n+new\n");
        assert_eq!(patch("r.md", before, before), "");
    }
}
