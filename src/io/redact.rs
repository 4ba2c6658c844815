//! Known secrets taken out of what comes back, plain or encoded. Finds only what it was told of;
//! costs nothing while it knows nothing.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write as _;

use aho_corasick::{AhoCorasick, Input, MatchKind};

/// What stands where a secret stood.
pub(super) const MARK: &str = "‹redacted›";
/// Shorter texts are no secrets: taking them out would make every screen unreadable.
const SHORTEST: usize = 6;
/// The shortest line of a secret of several lines that is taken out by itself.
const SHORTEST_LINE: usize = 16;

/// A search for known secrets. Has no `Debug`: it holds them.
#[derive(Default)]
pub(super) struct Redactor {
    search: Search,
    longest: usize,
}

#[derive(Default)]
enum Search {
    #[default]
    Nothing,
    For(Box<AhoCorasick>),
    /// The search could not be built: everything is taken out.
    Everything,
}

impl Redactor {
    /// A search for `secrets` in every form they are known to take.
    pub(super) fn new<'a>(secrets: impl Iterator<Item = &'a str>) -> Self {
        let mut forms = BTreeSet::new();
        for secret in secrets {
            add_forms(secret, &mut forms);
            for line in secret.lines().map(str::trim).filter(|line| line.len() >= SHORTEST_LINE) {
                add_forms(line, &mut forms);
            }
        }
        let Some(longest) = forms.iter().map(Vec::len).max() else { return Self::default() };
        let search = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&forms);
        let search = search.map_or(Search::Everything, |search| Search::For(Box::new(search)));
        Self { search, longest }
    }

    /// How many bytes past a cut are needed to recognise every secret that begins before it.
    pub(super) fn overlap(&self) -> usize {
        self.longest.saturating_sub(1)
    }

    /// Whether a secret stands in `bytes`.
    pub(super) fn finds(&self, bytes: &[u8]) -> bool {
        match &self.search {
            Search::Nothing => false,
            Search::Everything => true,
            Search::For(search) => search.is_match(bytes),
        }
    }

    /// `text`, redacted.
    pub(super) fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match &self.search {
            Search::Everything => Cow::Borrowed(MARK),
            Search::For(search) if search.is_match(text) => {
                let bytes = self.head(text.as_bytes().to_vec(), text.len()).0;
                // Forms are whole characters, so what is left is, too.
                Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
            }
            Search::Nothing | Search::For(_) => Cow::Borrowed(text),
        }
    }

    /// The first `cut` bytes of `bytes`, redacted, and how many bytes of `bytes` they stand for: more
    /// than `cut` where a secret goes on past it.
    pub(super) fn head(&self, mut bytes: Vec<u8>, cut: usize) -> (Vec<u8>, usize) {
        let cut = cut.min(bytes.len());
        let search = match &self.search {
            Search::Nothing => {
                bytes.truncate(cut);
                return (bytes, cut);
            }
            Search::Everything => return (MARK.as_bytes().to_vec(), cut),
            Search::For(search) => search,
        };
        let mut out = Vec::new();
        let mut done = 0;
        for found in search.find_iter(Input::new(&bytes)).take_while(|found| found.start() < cut) {
            out.extend_from_slice(&bytes[done..found.start()]);
            out.extend_from_slice(MARK.as_bytes());
            done = found.end();
        }
        if done == 0 {
            bytes.truncate(cut);
            return (bytes, cut);
        }
        if done < cut {
            out.extend_from_slice(&bytes[done..cut]);
        }
        (out, done.max(cut))
    }
}

fn add_forms(secret: &str, forms: &mut BTreeSet<Vec<u8>>) {
    if secret.len() < SHORTEST {
        return;
    }
    forms.insert(secret.as_bytes().to_vec());
    for upper in [true, false] {
        forms.insert(percent(secret, upper).into_bytes());
        forms.insert(percent(secret, upper).replace("%20", "+").into_bytes());
    }
    if let Ok(json) = serde_json::to_string(secret) {
        let inner = json.trim_start_matches('"').strip_suffix('"').unwrap_or(&json);
        forms.insert(inner.as_bytes().to_vec());
        forms.insert(inner.replace('/', "\\/").into_bytes());
    }
    for offset in 0..3 {
        for alphabet in [STANDARD, URL_SAFE] {
            let form = base64_core(secret.as_bytes(), offset, alphabet);
            if form.len() >= SHORTEST {
                forms.insert(form);
            }
        }
    }
}

fn percent(text: &str, upper: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = if upper { write!(out, "%{byte:02X}") } else { write!(out, "%{byte:02x}") };
        }
    }
    out
}

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The base64 digits that `bytes` alone decide when `offset` (modulo 3) bytes stand before them: how
/// a password looks inside the base64 of `user:password`.
fn base64_core(bytes: &[u8], offset: usize, alphabet: &[u8; 64]) -> Vec<u8> {
    let mut padded = vec![0; offset];
    padded.extend_from_slice(bytes);
    let first = (offset * 8).div_ceil(6);
    let end = padded.len() * 8 / 6;
    (first..end)
        .map(|digit| {
            let bit = digit * 6;
            let pair = u16::from_be_bytes([padded[bit / 8], padded.get(bit / 8 + 1).copied().unwrap_or(0)]);
            alphabet[usize::from((pair >> (10 - bit % 8)) & 63)]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "s3cr3t/with \"quote\"+é";

    fn redactor() -> Redactor {
        Redactor::new([SECRET, "tiny", "longer-secret", "longer-secret-still"].into_iter())
    }

    #[test]
    fn every_form_of_a_secret_is_taken_out() {
        let forms = [
            SECRET.to_owned(),
            "s3cr3t%2Fwith%20%22quote%22%2B%C3%A9".to_owned(),
            "s3cr3t%2fwith+%22quote%22%2b%c3%a9".to_owned(),
            serde_json::to_string(SECRET).unwrap().trim_matches('"').to_owned(),
            "s3cr3t\\/with \\\"quote\\\"+é".to_owned(),
        ];
        for form in forms {
            assert_eq!(redactor().text(&format!("<{form}>")), format!("<{MARK}>"), "{form}");
        }
    }

    #[test]
    fn base64_is_recognised_at_every_alignment() {
        // base64 of `a:longer-secret`, `ab:longer-secret`, `abc:longer-secret`.
        for encoded in ["YTpsb25nZXItc2VjcmV0", "YWI6bG9uZ2VyLXNlY3JldA==", "YWJjOmxvbmdlci1zZWNyZXQ="] {
            let text = redactor().text(encoded).into_owned();
            assert!(text.contains(MARK), "{encoded} became {text}");
            assert!(text.len() <= MARK.len() + 10, "{encoded} became {text}");
        }
    }

    #[test]
    fn the_longest_secret_wins_and_short_texts_stay() {
        assert_eq!(redactor().text("a longer-secret-still tiny"), format!("a {MARK} tiny"));
        assert_eq!(redactor().text("a longer-secret-s"), format!("a {MARK}-s"));
    }

    #[test]
    fn a_secret_across_the_cut_is_taken_out_whole() {
        let bytes = b"0123longer-secret-still9".to_vec();
        let (head, used) = redactor().head(bytes, 8);
        assert_eq!(head, format!("0123{MARK}").into_bytes());
        assert_eq!(used, 23);
    }

    #[test]
    fn knowing_nothing_it_changes_nothing() {
        let nothing = Redactor::new(std::iter::empty());
        assert!(matches!(nothing.text("text"), Cow::Borrowed("text")));
        assert_eq!(nothing.overlap(), 0);
    }

    #[test]
    fn a_key_of_several_lines_is_taken_out_line_by_line() {
        let redactor = Redactor::new(["-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG\nshort\n"].into_iter());
        assert_eq!(redactor.text("line MIIEvQIBADANBgkqhkiG"), format!("line {MARK}"));
    }
}
