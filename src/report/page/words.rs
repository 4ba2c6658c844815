//! The words of a page: instants, spans, numbers, links and blocks, as filters of its template.

use std::fmt::Write as _;
use std::time::Duration;

use minijinja::{Environment, Value};

use crate::domain::text::{clean, clean_lines};
use crate::report::markdown::{escaped, link};

/// Adds every filter to `environment`.
pub(super) fn add(environment: &mut Environment<'_>) {
    environment.add_filter("clock", |at: &str| part(at, 11, 19));
    environment.add_filter("minute", |at: &str| format!("{} {}Z", part(at, 0, 10), part(at, 11, 16)));
    environment.add_filter("day", |at: &str| part(at, 0, 10));
    environment.add_filter("span", |millis: u64| spoken(Duration::from_millis(millis)));
    environment.add_filter(
        "many",
        |count: u64, what: &str| {
            if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
        },
    );
    environment.add_filter("short", |hash: &str| crate::domain::text::head(hash, 12).to_owned());
    environment.add_filter("capital", |text: &str| {
        let mut letters = text.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    });
    // An address of the web, or nothing: what a page may link to.
    environment.add_filter("address", |url: &str| link(url).map(|_| url.to_owned()));
    environment
        .add_filter("linked", |url: &str| Value::from_safe_string(link(url).unwrap_or_else(|| escaped(url))));
    environment.add_filter("fence", |lines: Vec<String>| Value::from_safe_string(fence(&lines)));
    environment.add_filter("quote", |text: &str| Value::from_safe_string(quote(text)));
}

/// A part of an instant as it is written in a record; all of it where it is not written so.
fn part(at: &str, from: usize, to: usize) -> String {
    at.get(from..to).unwrap_or(at).to_owned()
}

/// A span as it is read in a text: `4 min 12 s`, `2 h 5 min`, `850 ms`.
fn spoken(span: Duration) -> String {
    let seconds = span.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    let two = |first: u64, one: &str, second: u64, other: &str| {
        if second == 0 { format!("{first} {one}") } else { format!("{first} {one} {second} {other}") }
    };
    if seconds == 0 && !span.is_zero() {
        format!("{} ms", span.as_millis())
    } else if minutes == 0 {
        format!("{seconds} s")
    } else if hours == 0 {
        two(minutes, "min", seconds % 60, "s")
    } else if days == 0 {
        two(hours, "h", minutes % 60, "min")
    } else {
        two(days, "d", hours % 24, "h")
    }
}

/// A block of code that nothing in it can end.
fn fence(lines: &[String]) -> String {
    let longest = lines.iter().flat_map(|line| line.split(|c| c != '`')).map(str::len).max().unwrap_or(0);
    let marks = "`".repeat((longest + 1).max(3));
    let mut text = format!("{marks}text\n");
    for line in lines {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}", clean(line));
    }
    text.push_str(&marks);
    text
}

/// A text of several lines, each of it quoted.
fn quote(text: &str) -> String {
    let text = clean_lines(text);
    let lines: Vec<String> =
        text.lines().map(|line| format!("> {}", escaped(line)).trim_end().to_owned()).collect();
    // Two lines that follow one another would be one.
    lines.join("\\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_they_are_spoken() {
        for (millis, words) in [
            (0, "0 s"),
            (850, "850 ms"),
            (41_000, "41 s"),
            (252_000, "4 min 12 s"),
            (300_000, "5 min"),
            (7_500_000, "2 h 5 min"),
            (273_600_000, "3 d 4 h"),
        ] {
            assert_eq!(spoken(Duration::from_millis(millis)), words);
        }
    }

    #[test]
    fn nothing_ends_a_block_nor_a_quotation() {
        let text = fence(&["a `````".into(), "```".into(), "two\nlines".into()]);
        assert_eq!(text, "``````text\na `````\n```\ntwo lines\n``````");
        assert_eq!(quote("one\n# two\n\n<b>"), "> one\\\n> \\# two\\\n>\\\n> \\<b\\>");
    }
}
