//! A change of a file as a patch, for `patch -p1` and `git apply`.

use std::fmt::Write;

use crate::domain::difference::{Changed, difference};

/// Lines that stand around a change.
const AROUND: usize = 3;

/// The patch that makes `after` of `before` in the file called `name`; empty where nothing changes.
pub fn patch(name: &str, before: &str, after: &str) -> String {
    let lines = |text: &str| text.split_inclusive('\n').map(str::to_owned).collect::<Vec<_>>();
    let (old, new) = (lines(before), lines(after));
    let all = difference(&old, &new);
    let changes: Vec<usize> = (0..all.len()).filter(|at| !matches!(all[*at], Changed::Same(_))).collect();
    // Changes whose surroundings meet stand together.
    let mut text = String::new();
    for near in changes.chunk_by(|before, after| after - before <= 2 * AROUND + 1) {
        let [first, ..] = near else { continue };
        let last = near.last().unwrap_or(first);
        if text.is_empty() {
            text = format!("--- a/{name}\n+++ b/{name}\n");
        }
        hunk(&mut text, &all, first.saturating_sub(AROUND), (last + 1 + AROUND).min(all.len()));
    }
    text
}

/// Writes the part from `from` to `to`, with where it stands on each side.
fn hunk(text: &mut String, all: &[Changed<'_>], from: usize, to: usize) {
    let count =
        |part: &[Changed<'_>], of: fn(&Changed<'_>) -> bool| part.iter().filter(|one| of(one)).count();
    let begins = |of: fn(&Changed<'_>) -> bool| {
        let before = count(&all[..from], of);
        let inside = count(&all[from..to], of);
        // A side without a line is named by the line before it.
        (if inside == 0 { before } else { before + 1 }, inside)
    };
    let (old_at, old_count) = begins(|changed| !matches!(changed, Changed::New(_)));
    let (new_at, new_count) = begins(|changed| !matches!(changed, Changed::Gone(_)));
    // Writing to a String cannot fail.
    let _ = writeln!(text, "@@ -{old_at},{old_count} +{new_at},{new_count} @@");
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
        let long = "x\n".repeat(20);
        let (before, after) = (format!("a\n{long}b\n"), format!("A\n{long}B\n"));
        let apart = patch("r.md", &before, &after);
        assert!(apart.contains("@@ -1,4 +1,4 @@\n-a\n+A\n"), "{apart}");
        assert!(apart.ends_with("@@ -19,4 +19,4 @@\n x\n x\n x\n-b\n+B\n"), "{apart}");
    }
}
