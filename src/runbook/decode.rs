//! Bytes to text: whatever encoding a file was saved in, and whatever was done to it on the way, it
//! can be read. What was damaged is said, not mended: the words of the file stay as they are.

use crate::domain::diagnostic::Diagnostic;
use crate::domain::text;

/// Beyond this a file is no runbook.
pub(super) const LIMIT: usize = 4 << 20;

/// How many places of one kind of damage are named before the rest is only counted.
const NAMED: usize = 20;

/// The text of a file, its lines ended by `\n` alone; `None` where there is none to be had.
pub(super) fn decode(file: &str, bytes: &[u8], diagnostics: &mut Vec<Diagnostic>) -> Option<String> {
    if bytes.len() > LIMIT {
        let message = format!("{} bytes are more than a runbook may have ({LIMIT})", bytes.len());
        diagnostics.push(
            Diagnostic::error(file, (0, 0), "too-large", message)
                .hint("split it into one file a procedure, or list another file"),
        );
        return None;
    }
    let mut damage = Damage { file, found: Vec::new(), left_out: 0 };
    let raw = match utf16(bytes) {
        Some((text, lossless)) => {
            let message = if lossless {
                "the file is UTF-16"
            } else {
                "the file is UTF-16, and parts of it are damaged"
            };
            damage.found.push(
                Diagnostic::warning(file, (1, 1), "damaged-encoding", message).hint("save it as UTF-8"),
            );
            text
        }
        None if is_binary(bytes) => {
            diagnostics.push(
                Diagnostic::error(file, (0, 0), "binary-file", "the file is not text")
                    .hint("list the Markdown file instead"),
            );
            return None;
        }
        None => utf8(bytes, &mut damage),
    };
    let text = unify(&raw);
    damage.look_at(&text);
    diagnostics.append(&mut damage.found);
    if damage.left_out > 0 {
        let message = format!("{} more damaged places", damage.left_out);
        diagnostics.push(Diagnostic::warning(file, (0, 0), "damaged-encoding", message));
    }
    if text.trim().is_empty() {
        diagnostics.push(
            Diagnostic::warning(file, (0, 0), "empty-file", "there is nothing in the file")
                .hint("write the first heading and the first step"),
        );
    }
    Some(text)
}

/// What is wrong with the characters of a file.
struct Damage<'a> {
    file: &'a str,
    found: Vec<Diagnostic>,
    left_out: usize,
}

impl Damage<'_> {
    fn add(&mut self, make: impl FnOnce(&str) -> Diagnostic) {
        if self.found.len() < NAMED {
            self.found.push(make(self.file));
        } else {
            self.left_out += 1;
        }
    }

    /// One finding a line of each kind: a damaged paragraph is one thing to repair.
    fn look_at(&mut self, text: &str) {
        for (index, line) in text.split('\n').enumerate() {
            if line.bytes().all(|byte| (b' '..0x7f).contains(&byte) || byte == b'\t') {
                continue;
            }
            if let Some((column, garbled, meant)) = mojibake(line) {
                self.add(|file| {
                    let message = format!("{:?} is damaged text", text::clean(&garbled));
                    Diagnostic::warning(file, (index + 1, column), "damaged-encoding", message)
                        .hint(format!("it was {meant:?} before it was saved in the wrong encoding"))
                });
            }
            let hostile = line.chars().enumerate().find(|(_, c)| *c != '\t' && text::is_hostile(*c));
            if let Some((at, c)) = hostile {
                self.add(|file| {
                    let message = format!("a character that cannot be seen: U+{:04X}", u32::from(c));
                    Diagnostic::warning(file, (index + 1, at + 1), "control-character", message)
                        .hint("delete it; it is shown as \u{fffd}")
                });
            }
        }
    }
}

/// UTF-16, told by its mark or by every other byte of its beginning being zero; and whether all of
/// it made sense.
fn utf16(bytes: &[u8]) -> Option<(String, bool)> {
    let (big, body) = match bytes {
        [0xff, 0xfe, body @ ..] => (false, body),
        [0xfe, 0xff, body @ ..] => (true, body),
        _ => {
            let head = &bytes[..bytes.len().min(1024)];
            let zeros = |odd: usize| head.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count();
            let (even, odd) = (zeros(0), zeros(1));
            let most = head.len() / 2 * 3 / 4;
            match (even, odd) {
                _ if head.len() < 4 => return None,
                (0, odd) if odd > most => (false, bytes),
                (even, 0) if even > most => (true, bytes),
                _ => return None,
            }
        }
    };
    let units = body.chunks(2).map(|pair| match *pair {
        [a, b] if big => u16::from_be_bytes([a, b]),
        [a, b] => u16::from_le_bytes([a, b]),
        // Half a character at the end of the file.
        _ => 0xfffd,
    });
    let text: String = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    let lossless = !text.contains(char::REPLACEMENT_CHARACTER);
    Some((text, lossless))
}

/// A few zero bytes are an accident; many of them, or some among bytes that are no text, are not.
fn is_binary(bytes: &[u8]) -> bool {
    let zeros = bytes.split(|byte| *byte == 0).count() - 1;
    zeros > 0 && (zeros * 100 > bytes.len() || std::str::from_utf8(bytes).is_err())
}

/// UTF-8; bytes that are not are read as Windows-1252, the commonest thing that is not UTF-8.
fn utf8(bytes: &[u8], damage: &mut Damage<'_>) -> String {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut text = String::with_capacity(bytes.len());
    let (mut line, mut line_start, mut named) = (1, 0, 0);
    for chunk in bytes.utf8_chunks() {
        for (at, _) in chunk.valid().match_indices('\n') {
            line += 1;
            line_start = text.len() + at + 1;
        }
        text.push_str(chunk.valid());
        if chunk.invalid().is_empty() {
            continue;
        }
        let column = if named == line { 0 } else { text[line_start..].chars().count() + 1 };
        text.extend(chunk.invalid().iter().map(|byte| from_windows_1252(*byte)));
        if named != line {
            named = line;
            let byte = chunk.invalid()[0];
            damage.add(|file| {
                let message = format!("byte 0x{byte:02x} is not UTF-8; it is read as Windows-1252");
                Diagnostic::warning(file, (line, column), "damaged-encoding", message)
                    .hint("save the file as UTF-8")
            });
        }
    }
    text
}

/// Line ends as `\n`, as `CommonMark` counts them; without the marks that only choose the look of an
/// emoji, which a terminal cannot show anyway.
fn unify(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut chars = raw.chars().peekable();
    let mut before = ' ';
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                if chars.peek() == Some(&'\n') {
                    chars.next();
                }
                text.push('\n');
            }
            '\0' => text.push(char::REPLACEMENT_CHARACTER),
            '\u{fe00}'..='\u{fe0f}' => {}
            '\u{200d}' if !before.is_ascii() => {}
            c => text.push(c),
        }
        before = c;
    }
    text
}

/// What bytes 0x80 to 0x9f are in Windows-1252; 0 where it has nothing.
const WINDOWS_1252: [char; 32] = [
    '€', '\0', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\0', 'Ž', '\0', '\0', '‘', '’', '“',
    '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\0', 'ž', 'Ÿ',
];

fn from_windows_1252(byte: u8) -> char {
    match byte {
        0x80..=0x9f => match WINDOWS_1252[usize::from(byte - 0x80)] {
            '\0' => char::REPLACEMENT_CHARACTER,
            c => c,
        },
        byte => char::from(byte),
    }
}

fn to_windows_1252(c: char) -> Option<u8> {
    match u8::try_from(u32::from(c)) {
        Ok(byte) => Some(byte),
        Err(_) => WINDOWS_1252
            .iter()
            .position(|known| *known == c)
            .and_then(|at| u8::try_from(at).ok())
            .map(|at| at + 0x80),
    }
}

/// UTF-8 that was read as Windows-1252 and saved: the first such place of a line, its column, what
/// stands there and what was meant.
fn mojibake(line: &str) -> Option<(usize, String, String)> {
    let chars: Vec<char> = line.chars().collect();
    for (at, first) in chars.iter().enumerate() {
        let length = match first {
            // Two bytes only after the two leads that Western text makes: other pairs can be words.
            'Â' | 'Ã' => 2,
            'â' | 'ï' => 3,
            'ð' => 4,
            _ => continue,
        };
        let Some(garbled) = chars.get(at..at + length) else { continue };
        let bytes: Option<Vec<u8>> = garbled.iter().map(|c| to_windows_1252(*c)).collect();
        let meant = bytes.as_deref().and_then(|bytes| std::str::from_utf8(bytes).ok());
        if let Some(meant) = meant.filter(|meant| meant.chars().count() == 1) {
            return Some((at + 1, garbled.iter().collect(), text::clean(meant).into_owned()));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> (Option<String>, Vec<Diagnostic>) {
        let mut diagnostics = Vec::new();
        (decode("r.md", bytes, &mut diagnostics), diagnostics)
    }

    #[test]
    fn line_ends_marks_and_emoji_selectors_are_unified_in_silence() {
        let (text, diagnostics) = read("\u{feff}# A\r\nb\rc ⚠\u{fe0f}\n".as_bytes());
        assert_eq!(text.unwrap(), "# A\nb\nc ⚠\n");
        assert_eq!(diagnostics, []);
    }

    #[test]
    fn a_latin_byte_is_read_and_named_once_a_line() {
        let (text, diagnostics) = read(b"ok\nRe\xe9 \xe9\nl\xe9\n");
        assert_eq!(text.unwrap(), "ok\nReé é\nlé\n");
        let places: Vec<_> = diagnostics.iter().map(|d| (d.line, d.column, d.code)).collect();
        assert_eq!(places, [(2, 3, "damaged-encoding"), (3, 2, "damaged-encoding")]);
    }

    #[test]
    fn utf16_is_read_with_and_without_its_mark() {
        let little: Vec<u8> = "# Rollback\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = "\u{feff}# Rollback\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [little, big] {
            let (text, diagnostics) = read(&bytes);
            assert_eq!(text.unwrap().trim_start_matches('\u{feff}'), "# Rollback\n");
            assert_eq!(diagnostics.len(), 1, "{diagnostics:?}");
            assert_eq!(diagnostics[0].code, "damaged-encoding");
        }
    }

    #[test]
    fn mojibake_is_left_as_it_is_and_what_was_meant_is_said() {
        let (text, diagnostics) = read("PagerDuty â†’ ann\ncafé, naïve, Ça\n".as_bytes());
        assert!(text.unwrap().contains("â†’"));
        assert_eq!(diagnostics.len(), 1, "{diagnostics:?}");
        assert_eq!((diagnostics[0].line, diagnostics[0].column), (1, 11));
        assert!(diagnostics[0].hint.as_deref().unwrap().contains('→'));
    }

    #[test]
    fn what_is_no_text_is_refused_in_words() {
        let (text, diagnostics) = read(&[0x7f, b'E', b'L', b'F', 0, 0, 0, 1, 0xff, 0, 0, 9]);
        assert!(text.is_none());
        assert_eq!(diagnostics[0].code, "binary-file");
        let (text, diagnostics) = read(&vec![b'a'; LIMIT + 1]);
        assert!(text.is_none());
        assert_eq!(diagnostics[0].code, "too-large");
        let (text, diagnostics) = read(b" \n");
        assert!(text.is_some());
        assert_eq!(diagnostics[0].code, "empty-file");
    }

    #[test]
    fn invisible_characters_are_named_and_damage_is_counted_not_listed_for_ever() {
        let (_, diagnostics) = read("a\u{1b}[2J\nb\u{202e}c\n".as_bytes());
        assert_eq!(diagnostics.iter().filter(|d| d.code == "control-character").count(), 2);
        let (_, diagnostics) = read(&b"\xe9\n".repeat(1000));
        assert_eq!(diagnostics.len(), NAMED + 1);
        assert!(diagnostics[NAMED].message.starts_with("980 more"));
    }
}
