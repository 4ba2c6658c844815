//! Hostile text made harmless, and text measured as a terminal measures it.
//!
//! Everything from outside the process passes through [`clean`] or [`clean_lines`] before it is
//! shown, journaled or reported.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Whether `c` may do something to a terminal or to a reader's eye other than be read: control and
/// escape characters, bidirectional overrides, zero-width and other invisible format characters.
pub fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// `text` on one line, with nothing in it that a terminal obeys: tabs and line ends become a space,
/// every other hostile character becomes `�`.
pub fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hostile) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(
        text.chars()
            .map(|c| match c {
                '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}' => ' ',
                c if is_hostile(c) => char::REPLACEMENT_CHARACTER,
                c => c,
            })
            .collect(),
    )
}

/// [`clean`], line by line: line ends (`\n`, `\r\n`) stay as `\n`, a tab becomes four spaces.
pub fn clean_lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (line, end) = match line.strip_suffix('\n') {
            Some(line) => (line.strip_suffix('\r').unwrap_or(line), "\n"),
            None => (line, ""),
        };
        out.push_str(&clean(&line.replace('\t', "    ")));
        out.push_str(end);
    }
    out
}

/// A JSON document in which what JSON leaves as it stands and a terminal obeys is written as JSON's own
/// escapes: the same values, harmless to look at.
pub fn escape_json(document: &str) -> Cow<'_, str> {
    let harmful = |c: char| is_hostile(c) && c != '\n';
    if !document.chars().any(harmful) {
        return Cow::Borrowed(document);
    }
    let mut out = String::with_capacity(document.len() + 16);
    for c in document.chars() {
        if harmful(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// How many terminal columns `text` takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// `text` in at most `columns` terminal columns, whole graphemes only, `…` where something was cut.
pub fn clip(text: &str, columns: usize) -> Cow<'_, str> {
    if text.len() <= columns && text.is_ascii() || width(text) <= columns {
        return Cow::Borrowed(text);
    }
    if columns == 0 {
        return Cow::Borrowed("");
    }
    let mut out = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let next = width(grapheme);
        if used + next > columns - 1 {
            break;
        }
        used += next;
        out.push_str(grapheme);
    }
    out.push('…');
    Cow::Owned(out)
}

/// A size as an operator reads it: `512 B`, `1.5 MiB`, `70 MiB`.
#[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
pub fn size(bytes: u64) -> String {
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let (mut number, mut unit) = (bytes as f64 / 1024.0, "KiB");
    for next in ["MiB", "GiB", "TiB", "PiB", "EiB"] {
        if number < 1023.5 {
            break;
        }
        (number, unit) = (number / 1024.0, next);
    }
    if number < 9.95 { format!("{number:.1} {unit}") } else { format!("{number:.0} {unit}") }
}

/// At most `limit` bytes of `text`, cut at a character.
pub fn head(text: &str, limit: usize) -> &str {
    if text.len() <= limit {
        return text;
    }
    let mut end = limit;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_a_terminal_obeys_is_left() {
        let text = clean("a\u{1b}[31mred\u{7}\u{202e}x\u{200b}\u{9b}2J\r\nend");
        assert!(!text.chars().any(is_hostile), "{text:?}");
        assert_eq!(clean_lines("a\tb\r\nc\u{1b}"), "a    b\nc\u{fffd}");
    }

    #[test]
    fn json_is_the_same_and_harmless() {
        let value = serde_json::json!({ "a\u{202e}": "b\u{9b}2J\u{7f}\u{e0041}\u{1b}[0m\nend" });
        let pretty = serde_json::to_string_pretty(&value).unwrap();
        let escaped = escape_json(&pretty);
        assert!(!escaped.chars().any(|c| is_hostile(c) && c != '\n'), "{escaped:?}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&escaped).unwrap(), value);
        assert!(matches!(escape_json("{\"a\": \"ä\"}\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn clipping_counts_columns_and_keeps_graphemes() {
        assert_eq!(clip("abcdef", 4), "abc…");
        assert_eq!(clip("日本語", 4), "日…");
        assert_eq!(clip("ab", 2), "ab");
        assert_eq!(clip("ab", 0), "");
    }
}
