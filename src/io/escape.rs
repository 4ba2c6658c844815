//! Terminal escape sequences taken out whole, so that a coloured line reads as the line and not as
//! its litter. Well-formed ones only: what else a terminal obeys is
//! [`crate::domain::text::clean`]'s to take out.

use std::borrow::Cow;

/// `text` without well-formed CSI, OSC and other escape sequences.
pub(super) fn strip(text: &str) -> Cow<'_, str> {
    let Some(first) = text.find(is_introducer) else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len());
    out.push_str(&text[..first]);
    let mut rest = &text[first..];
    // Once no string terminator is left, no later sequence finds one: looked for once, not each time.
    let mut terminated = true;
    while let Some(c) = rest.chars().next() {
        let length = if is_introducer(c) { sequence(rest, &mut terminated) } else { None };
        if let Some(length) = length {
            rest = &rest[length..];
        } else {
            let plain = &rest[c.len_utf8()..];
            let next = c.len_utf8() + plain.find(is_introducer).unwrap_or(plain.len());
            out.push_str(&rest[..next]);
            rest = &rest[next..];
        }
    }
    Cow::Owned(out)
}

fn is_introducer(c: char) -> bool {
    matches!(c, '\u{1b}' | '\u{90}' | '\u{98}' | '\u{9b}' | '\u{9d}'..='\u{9f}')
}

/// How many bytes the sequence at the start of `text` takes.
fn sequence(text: &str, terminated: &mut bool) -> Option<usize> {
    let mut chars = text.chars();
    let (kind, start) = match chars.next()? {
        '\u{1b}' => (chars.next()?, 2),
        '\u{9b}' => ('[', 2),
        '\u{9d}' => (']', 2),
        // DCS, SOS, PM and APC all end as DCS does.
        _ => ('P', 2),
    };
    let bytes = text.as_bytes();
    let run = |from: usize, range: std::ops::RangeInclusive<u8>| {
        bytes[from..].iter().take_while(|byte| range.contains(byte)).count()
    };
    match kind {
        '[' => {
            let end = start + run(start, 0x20..=0x3f);
            bytes.get(end).filter(|byte| (0x40..=0x7e).contains(*byte)).map(|_| end + 1)
        }
        ']' | 'P' | 'X' | '^' | '_' => {
            if !*terminated {
                return None;
            }
            let end = string_end(&text[start..]);
            *terminated = end.is_some();
            end.map(|end| start + end)
        }
        ' '..='/' => {
            let end = 1 + run(1, 0x20..=0x2f);
            bytes.get(end).filter(|byte| (0x30..=0x7e).contains(*byte)).map(|_| end + 1)
        }
        '0'..='~' => Some(2),
        _ => None,
    }
}

/// Where the string of an OSC or DCS ends, its terminator included.
fn string_end(text: &str) -> Option<usize> {
    text.char_indices().find_map(|(at, c)| match c {
        '\u{7}' | '\u{9c}' => Some(at + c.len_utf8()),
        '\u{1b}' if text[at + 1..].starts_with('\\') => Some(at + 2),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sequences_go_and_the_text_stays() {
        for (text, plain) in [
            ("\u{1b}[1;31mred\u{1b}[0m", "red"),
            ("\u{1b}[38:2::1:2:3mtrue\u{1b}[m colour", "true colour"),
            ("\u{1b}]8;;https://example.com\u{1b}\\link\u{1b}]8;;\u{7} end", "link end"),
            ("\u{1b}]52;c;ZXZpbA==\u{7}clip", "clip"),
            ("\u{1b}(B\u{1b}7\u{1b}=\u{1b}cplain", "plain"),
            ("\u{1b}Pq#0;2;0;0;0\u{1b}\\sixel", "sixel"),
            ("\u{9b}2Jé\u{9d}0;title\u{9c}è", "éè"),
            ("no escape", "no escape"),
        ] {
            assert_eq!(strip(text), plain, "{text:?}");
        }
    }

    #[test]
    fn what_is_not_well_formed_is_left_to_be_cleaned() {
        for text in ["\u{1b}", "\u{1b}[31", "\u{1b}]0;never ended", "a\u{1b}\u{1b}", "\u{1b}[3é"] {
            assert_eq!(strip(text), text);
        }
    }

    #[test]
    fn a_flood_of_unended_strings_takes_linear_time() {
        let flood = "\u{1b}]".repeat(200_000);
        assert_eq!(strip(&flood).len(), flood.len());
    }

    proptest! {
        #[test]
        fn it_only_takes_out(text in "[\u{1b}\u{9b}\u{9d}\u{90}\u{7}\\\\\\[\\]P0-9;m()éa]{0,40}") {
            let stripped = strip(&text);
            let mut rest = text.chars();
            prop_assert!(stripped.chars().all(|kept| rest.any(|c| c == kept)), "{:?}", stripped);
        }
    }
}
