//! A text cut into words, numbers, signs and the things that are no words: code spans, addresses, paths,
//! versions, dates. What a runbook means by a number is told from the tokens around it, so a number within a
//! version, a date, an address or a code span is none.

use std::ops::Range;

use crate::runbook::inline::Inline;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    /// Letters, and digits behind them: `error`, `p95`, `2nd`.
    Word,
    /// A number that stands for itself.
    Number(f64),
    /// A time of the day.
    Clock(u8, u8),
    /// Any other character. `<=`, `>=`, `->` and their like are `≤`, `≥`, `→`; every dash is `-`.
    Sign(char),
    /// A code span, with its backticks.
    Code,
    /// A name in capitals with a low line: `DATABASE_URL`.
    Name,
    /// An address of a mailbox.
    Mail,
    /// A telephone number.
    Phone,
    /// `@ann`.
    Handle,
    /// `#ops`.
    Channel,
    /// An address of the web.
    Address,
    /// A file or folder.
    Path,
    /// A version, a date, an address of a machine: nothing in it counts anything.
    Opaque,
    /// The end of a sentence.
    Stop,
}

/// A token.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    /// What it is.
    pub(super) kind: Kind,
    /// Its bytes in the text.
    pub(super) at: Range<usize>,
    /// Whether no white space stands before it.
    pub(super) glued: bool,
}

/// Words whose full stop ends nothing.
const ABBREVIATIONS: &[&str] = &[
    "approx", "ca", "cf", "e.g", "eg", "est", "etc", "ext", "fig", "i.e", "ie", "incl", "max", "min", "no",
    "resp", "vs",
];

/// Endings of the names of files that runbooks speak of.
const ENDINGS: &[&str] = &[
    "md",
    "mdx",
    "txt",
    "json",
    "yaml",
    "yml",
    "toml",
    "sh",
    "bash",
    "py",
    "rb",
    "ts",
    "tsx",
    "pdf",
    "html",
    "csv",
    "sql",
    "env",
    "xlsx",
    "docx",
    "log",
    "conf",
    "cfg",
    "ini",
    "tf",
    "tfvars",
    "xml",
    "lock",
    "rs",
    "go",
    "ipynb",
    "adoc",
    "rst",
    "ps1",
    "bat",
    "properties",
    "service",
    "dump",
    "gz",
    "tgz",
    "zip",
    "pem",
    "key",
    "crt",
];

/// The tokens of a text.
pub(super) fn tokens(words: &Inline) -> Vec<Token> {
    let mut codes: Vec<Range<usize>> = words.codes().map(|(range, _)| range.clone()).collect();
    codes.sort_by_key(|range| range.start);
    let text = words.text.as_str();
    let mut cut = Cut { text, out: Vec::new() };
    let mut from = 0;
    for code in codes {
        if code.start < from {
            continue;
        }
        cut.plain(from..code.start);
        cut.push(Kind::Code, code.start, code.end);
        from = code.end;
    }
    cut.plain(from..text.len());
    cut.out
}

/// The tokens of a text without marks.
pub(super) fn plain(text: &str) -> Vec<Token> {
    let mut cut = Cut { text, out: Vec::new() };
    cut.plain(0..text.len());
    cut.out
}

struct Cut<'a> {
    text: &'a str,
    out: Vec<Token>,
}

impl Cut<'_> {
    fn push(&mut self, kind: Kind, start: usize, end: usize) {
        let glued = start > 0 && self.out.last().is_some_and(|last| last.at.end == start);
        self.out.push(Token { kind, at: start..end, glued });
    }

    fn plain(&mut self, range: Range<usize>) {
        let slice = &self.text[range.clone()];
        let mut start = None;
        for (at, c) in slice.char_indices() {
            match (c.is_whitespace(), start) {
                (false, None) => start = Some(at),
                (true, Some(from)) => {
                    self.chunk(range.start + from, range.start + at);
                    start = None;
                }
                _ => {}
            }
        }
        if let Some(from) = start {
            self.chunk(range.start + from, range.end);
        }
    }

    /// What stands between two white spaces.
    fn chunk(&mut self, start: usize, end: usize) {
        let text = self.text;
        let whole = &text[start..end];
        let core = whole.trim_start_matches(['(', '[', '{', '"', '\'', '“', '‘', '*', '_']);
        let mut from = start + (whole.len() - core.len());
        let kept = core.trim_end_matches([
            ')', ']', '}', '"', '\'', '”', '’', ',', ';', ':', '!', '?', '.', '…', '*', '_',
        ]);
        let mut to = from + kept.len();
        // `feedback/devops/` and `#1` keep what belongs to them; "(555) 010" is a number to call.
        if kept.is_empty() {
            to = from;
        }
        for (at, c) in text[start..from].char_indices() {
            self.push(Kind::Sign(c), start + at, start + at + c.len_utf8());
        }
        if from < to {
            match whole_kind(&text[from..to]) {
                Some(kind) => self.push(kind, from, to),
                None => self.parts(from, to),
            }
        }
        from = to;
        let tail = &text[from..end];
        for (at, c) in tail.char_indices() {
            let (begin, done) = (from + at, from + at + c.len_utf8());
            let last =
                tail[at + c.len_utf8()..].trim_start_matches([')', ']', '"', '\'', '”', '’', '*', '_']);
            let stops = matches!(c, '.' | '!' | '?') && last.is_empty();
            if stops && !(c == '.' && is_abbreviation(kept)) {
                self.push(Kind::Stop, begin, done);
            } else {
                self.push(Kind::Sign(c), begin, done);
            }
        }
    }

    /// A chunk that is several things: `>=12`, `24h`, `Mon/Thu`, `3–8`.
    fn parts(&mut self, from: usize, to: usize) {
        let text = self.text;
        let mut at = from;
        while at < to {
            let rest = &text[at..to];
            let Some(c) = rest.chars().next() else { break };
            if c.is_ascii_digit() {
                at = self.number(at, rest);
            } else if c.is_alphabetic() {
                // "1h30m" is two numbers and two words.
                let counts =
                    at > from && self.out.last().is_some_and(|last| matches!(last.kind, Kind::Number(_)));
                let joins =
                    |c: char| if counts { c.is_alphabetic() } else { c.is_alphanumeric() || c == '_' };
                let len = rest.find(|c: char| !joins(c)).unwrap_or(rest.len());
                let word = &rest[..len];
                let kind = if is_name(word) { Kind::Name } else { Kind::Word };
                self.push(kind, at, at + len);
                at += len;
            } else {
                let (sign, len) = sign(rest, c);
                self.push(Kind::Sign(sign), at, at + len);
                at += len;
            }
        }
    }

    fn number(&mut self, at: usize, rest: &str) -> usize {
        let mut len = 0;
        let bytes = rest.as_bytes();
        while len < bytes.len() {
            let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
            let thousands =
                bytes[len] == b',' && digit(len + 1) && digit(len + 2) && digit(len + 3) && !digit(len + 4);
            let point = bytes[len] == b'.' && digit(len + 1) && !rest[..len].contains('.');
            if bytes[len].is_ascii_digit() || thousands || point {
                len += 1;
            } else {
                break;
            }
        }
        let digits = &rest[..len];
        let after = &rest[len..];
        if let Some((clock, more)) = clock(digits, after) {
            self.push(clock, at, at + len + more);
            return at + len + more;
        }
        let letters = after.find(|c: char| !c.is_alphanumeric()).unwrap_or(after.len());
        if matches!(after[..letters].to_ascii_lowercase().as_str(), "st" | "nd" | "rd" | "th" | "xx" | "x") {
            self.push(Kind::Word, at, at + len + letters);
            return at + len + letters;
        }
        let value = digits.replace(',', "").parse().ok().filter(|value: &f64| *value < 1e15 && len <= 18);
        self.push(value.map_or(Kind::Opaque, Kind::Number), at, at + len);
        at + len
    }
}

fn clock(digits: &str, after: &str) -> Option<(Kind, usize)> {
    let rest = after.strip_prefix(':')?;
    let minutes = rest.get(..2).filter(|two| two.bytes().all(|byte| byte.is_ascii_digit()))?;
    if rest[2..].starts_with(|c: char| c.is_ascii_digit() || c == ':') {
        return None;
    }
    let (hour, minute) = (digits.parse::<u8>().ok()?, minutes.parse::<u8>().ok()?);
    (hour <= 24 && minute < 60).then_some((Kind::Clock(hour % 24, minute), 3))
}

fn sign(rest: &str, c: char) -> (char, usize) {
    for (spelling, sign) in [
        ("<=", '≤'),
        (">=", '≥'),
        ("=>", '→'),
        ("-->", '→'),
        ("->", '→'),
        ("==", '='),
        ("!=", '≠'),
        // What is left of an arrow that was read in the wrong encoding.
        ("â†’", '→'),
        ("â‰¥", '≥'),
        ("â‰¤", '≤'),
        ("â€“", '-'),
        ("â€”", '-'),
    ] {
        if rest.starts_with(spelling) {
            return (sign, spelling.len());
        }
    }
    let same = match c {
        '–' | '—' | '−' | '‑' | '‒' => '-',
        '⇒' | '➡' | '➜' | '➔' | '⟶' => '→',
        '⩽' => '≤',
        '⩾' => '≥',
        c => c,
    };
    (same, c.len_utf8())
}

/// What a chunk is as a whole; `None` for one that is made of parts.
fn whole_kind(chunk: &str) -> Option<Kind> {
    let first = chunk.chars().next()?;
    if chunk.contains("://") || chunk.starts_with("www.") || chunk.starts_with("mailto:") {
        return Some(Kind::Address);
    }
    if let Some((before, after)) = chunk.split_once('@') {
        let mailbox =
            before.starts_with(|c: char| c.is_alphanumeric()) && after.contains('.') && !after.contains('/');
        if mailbox {
            return Some(Kind::Mail);
        }
        if before.is_empty() && after.starts_with(|c: char| c.is_alphanumeric()) {
            return Some(Kind::Handle);
        }
        return Some(Kind::Opaque);
    }
    if let Some(name) = chunk.strip_prefix('#') {
        let channel = name.starts_with(char::is_alphabetic)
            && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
        return Some(if channel { Kind::Channel } else { Kind::Opaque });
    }
    if is_phone(chunk) {
        return Some(Kind::Phone);
    }
    if is_name(chunk) {
        return Some(Kind::Name);
    }
    if is_zone(chunk) {
        return Some(Kind::Word);
    }
    if is_path(chunk) {
        return Some(Kind::Path);
    }
    if first == '$' {
        return Some(Kind::Opaque);
    }
    let numeric = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '/' | ':');
    let digits = chunk.bytes().filter(u8::is_ascii_digit).count();
    if digits > 0 && chunk.chars().all(numeric) {
        let dots = chunk.matches('.').count();
        let dashes = chunk.matches('-').count();
        let slashes = chunk.matches('/').count();
        let date = (dashes == 2 || slashes == 2) && digits >= 6;
        let address = dots >= 2 && !(dashes > 0 && dots == 2);
        if date || address || slashes > 0 || chunk.matches(':').count() >= 2 && dashes == 0 {
            return Some(Kind::Opaque);
        }
    }
    let version = matches!(first, 'v' | 'V') && chunk[1..].starts_with(|c: char| c.is_ascii_digit());
    // `18.x`, `1.2.3-rc1`, `web:8080`, `2024-01-02T03:04:05Z`.
    let dotted =
        first.is_ascii_digit() && chunk.matches('.').count() >= 2 && !chunk.contains(['-', '–', '<', '>']);
    let wild = first.is_ascii_digit() && chunk.strip_suffix('x').is_some_and(|rest| rest.ends_with('.'));
    let port = first.is_alphabetic()
        && chunk
            .rsplit_once(':')
            .is_some_and(|(_, port)| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()));
    let moment =
        chunk.len() > 10 && chunk.as_bytes().get(4) == Some(&b'-') && chunk.as_bytes().get(10) == Some(&b'T');
    (version || dotted || wild || port || moment).then_some(Kind::Opaque)
}

/// `DATABASE_URL`, `SENTRY_*`.
pub(super) fn is_name(word: &str) -> bool {
    word.contains('_')
        && word.starts_with(|c: char| c.is_ascii_uppercase())
        && word
            .strip_suffix('*')
            .unwrap_or(word)
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

/// Whether a word in lower case names a time zone, or `Area/City` does.
pub(super) fn is_zone(word: &str) -> bool {
    if let Some((area, city)) = word.split_once('/') {
        return matches!(
            area,
            "Africa"
                | "America"
                | "Antarctica"
                | "Asia"
                | "Atlantic"
                | "Australia"
                | "Europe"
                | "Indian"
                | "Pacific"
                | "Etc"
        ) && city.starts_with(|c: char| c.is_ascii_uppercase());
    }
    let name = word.split(['+', '-']).next().unwrap_or_default();
    matches!(
        name,
        "UTC"
            | "GMT"
            | "EST"
            | "EDT"
            | "ET"
            | "CST"
            | "CDT"
            | "CT"
            | "MST"
            | "MDT"
            | "MT"
            | "PST"
            | "PDT"
            | "PT"
            | "CET"
            | "CEST"
            | "BST"
            | "IST"
            | "JST"
            | "KST"
            | "SGT"
            | "HKT"
            | "AEST"
            | "AEDT"
            | "ACST"
            | "AWST"
            | "NZST"
            | "NZDT"
            | "EET"
            | "EEST"
            | "WET"
            | "WEST"
            | "MSK"
            | "BRT"
            | "ART"
            | "SAST"
            | "PKT"
            | "WIB"
    ) && (name.len() == word.len() || word[name.len() + 1..].bytes().all(|b| b.is_ascii_digit() || b == b':'))
}

fn is_phone(chunk: &str) -> bool {
    let digits = chunk.bytes().filter(u8::is_ascii_digit).count();
    if let Some(rest) = chunk.strip_prefix('+') {
        return rest.starts_with(|c: char| c.is_ascii_digit())
            && rest.len() >= 6
            && (rest.contains('-') || digits >= 7)
            && rest.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '(' | ')'));
    }
    let groups: Vec<usize> = chunk.split(['-', '.']).map(str::len).collect();
    let dashed = chunk.chars().all(|c| c.is_ascii_digit() || c == '-');
    dashed && (matches!(groups[..], [3, 3, 4] | [1, 3, 3, 4] | [3, 4]))
}

/// A file or a folder: what ends like one, or says where it is.
pub(super) fn is_path(chunk: &str) -> bool {
    if chunk.contains([' ', '=', '(', ')', '<', '>', '*', '$', '|', '"', '@', '[', ',']) || chunk.len() > 300
    {
        return false;
    }
    let name = chunk.rsplit('/').next().unwrap_or_default();
    let ended = name
        .rsplit_once('.')
        .is_some_and(|(_, ending)| ENDINGS.contains(&ending.to_ascii_lowercase().as_str()));
    if chunk.contains("://") || chunk.starts_with('/') && !ended {
        return false;
    }
    if !chunk.contains('/') {
        return ended
            && (chunk.starts_with(|c: char| c.is_alphanumeric() || c == '_') || chunk.starts_with(".env"));
    }
    let folder = chunk.ends_with('/')
        && chunk[..chunk.len() - 1].chars().all(|c| c.is_alphanumeric() || "-_./~".contains(c));
    let dotted = chunk.starts_with("./")
        || chunk.starts_with("../")
        || chunk.starts_with("~/")
        || chunk.starts_with(".github/");
    ended || (folder && chunk.len() > 2) || dotted
}

fn is_abbreviation(word: &str) -> bool {
    let word = word.rsplit(['(', '/', '-']).next().unwrap_or_default().to_ascii_lowercase();
    ABBREVIATIONS.contains(&word.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<Kind> {
        plain(text).into_iter().map(|token| token.kind).collect()
    }

    #[test]
    fn what_counts_nothing_is_no_number() {
        for text in [
            "v2024.04.15",
            "2025-10-19",
            "10.0.0.1",
            "10.0.0.1:5432",
            "localhost:5173",
            "1.2.3",
            "18.x",
            "$40",
            "#1234",
            "24/7",
            "https://example.com/a/30min",
            "docs/30-min.md",
            "+1-555-ONCALL",
            "555-0100",
            "2024-01-02T03:04:05Z",
            "s3",
            "k8s",
            "P0",
            "5xx",
            "2nd",
            "ENV_30",
        ] {
            let found = kinds(text);
            assert!(!found.iter().any(|kind| matches!(kind, Kind::Number(_))), "{text}: {found:?}");
        }
    }

    #[test]
    fn numbers_and_their_signs_come_apart() {
        use Kind::{Clock, Number, Sign, Stop, Word};
        assert_eq!(kinds(">=12 errors"), [Sign('≥'), Number(12.0), Word]);
        assert_eq!(kinds("(3.6h)."), [Sign('('), Number(3.6), Word, Sign(')'), Stop]);
        assert_eq!(kinds("09:30"), [Clock(9, 30)]);
        assert_eq!(kinds("2–4 AM"), [Number(2.0), Sign('-'), Number(4.0), Word]);
        assert_eq!(
            kinds("1,500 e.g. 5%"),
            [Number(1500.0), Word, Sign('.'), Word, Sign('.'), Number(5.0), Sign('%')]
        );
        assert_eq!(kinds("ann@example.com #ops @ann"), [Kind::Mail, Kind::Channel, Kind::Handle]);
        assert_eq!(kinds("see docs/a.md, feedback/devops/"), [Word, Kind::Path, Sign(','), Kind::Path]);
    }

    #[test]
    fn every_token_stands_where_it_says() {
        let text = "“Wait” (5–10 min)… then: `a b`, é→ü; done!";
        for token in plain(text) {
            assert!(!text[token.at.clone()].trim().is_empty());
        }
    }
}
