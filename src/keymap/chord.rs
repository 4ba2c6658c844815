//! A chord: one key with the modifiers a terminal can tell. Parses what keymaps write and shows
//! what operators read. Knows nothing of commands.

use std::fmt;

/// A key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the keys of a keyboard, under their own names")]
pub enum Key {
    /// What the key types: `G` and `g` are two, and shift is not told apart from it.
    Char(char),
    Enter,
    Esc,
    Tab,
    BackTab,
    Backspace,
    Delete,
    Insert,
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
    /// F1 to F12.
    F(u8),
}

/// Keys that have a name: as keymaps write it, and as hints show it.
const NAMED: &[(Key, &str, &str)] = &[
    (Key::Char(' '), "space", "space"),
    (Key::Enter, "enter", "⏎"),
    (Key::Esc, "esc", "esc"),
    (Key::Tab, "tab", "tab"),
    (Key::BackTab, "backtab", "shift+tab"),
    (Key::Backspace, "backspace", "backspace"),
    (Key::Delete, "delete", "del"),
    (Key::Insert, "insert", "ins"),
    (Key::Up, "up", "↑"),
    (Key::Down, "down", "↓"),
    (Key::Left, "left", "←"),
    (Key::Right, "right", "→"),
    (Key::Home, "home", "home"),
    (Key::End, "end", "end"),
    (Key::PageUp, "pageup", "pgup"),
    (Key::PageDown, "pagedown", "pgdn"),
];

/// Other names people write for the same keys.
const ALIASES: &[(&str, &str)] = &[
    ("return", "enter"),
    ("escape", "esc"),
    ("del", "delete"),
    ("ins", "insert"),
    ("pgup", "pageup"),
    ("pgdn", "pagedown"),
];

/// A key pressed together with modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Chord {
    /// The key.
    pub key: Key,
    /// Whether control was held.
    pub ctrl: bool,
    /// Whether alt was held.
    pub alt: bool,
}

/// Why a text is no chord, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct BadChord {
    /// What is wrong.
    pub message: String,
    /// What to do next.
    pub hint: String,
}

impl BadChord {
    fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: hint.into() }
    }
}

/// The modifiers, in the order they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
struct Held {
    ctrl: bool,
    alt: bool,
    shift: bool,
}

impl Chord {
    /// What a terminal's report of a key comes to. Shift with a letter is the capital letter, shift
    /// with tab is backtab, and elsewhere shift is not told apart, because few terminals tell it.
    /// Control with a letter is the same for both cases, for the same reason.
    pub fn new(key: Key, ctrl: bool, alt: bool, shift: bool) -> Self {
        let key = match key {
            Key::Char(c) if ctrl => Key::Char(c.to_ascii_lowercase()),
            Key::Char(c) if shift => Key::Char(capital(c)),
            Key::Tab if shift => Key::BackTab,
            key => key,
        };
        Self { key, ctrl, alt }
    }

    /// A key alone.
    pub fn plain(key: Key) -> Self {
        Self { key, ctrl: false, alt: false }
    }

    /// Reads one chord: `g`, `G`, `ctrl+x`, `alt+x`, `shift+g`, `enter`, `f5`, `+`.
    pub fn parse(text: &str) -> Result<Self, BadChord> {
        let (held, name) = modifiers(text)?;
        let key = key(name)?;
        match key {
            Key::Char(c) if held.shift && !held.ctrl && capital(c) == c && !c.is_uppercase() => {
                return Err(BadChord::new(
                    format!("shift with {c:?} types another character on every keyboard"),
                    "write the character it types",
                ));
            }
            Key::Char(_) | Key::Tab | Key::BackTab => {}
            _ if held.shift => {
                return Err(BadChord::new(
                    format!("terminals do not tell shift with {name}"),
                    "leave out shift, or use alt",
                ));
            }
            _ => {}
        }
        Ok(Self::new(key, held.ctrl, held.alt, held.shift))
    }

    /// Reads a sequence of chords separated by spaces: `g g`.
    pub fn parse_sequence(text: &str) -> Result<Vec<Self>, BadChord> {
        let chords: Vec<Self> = text.split_whitespace().map(Self::parse).collect::<Result<_, _>>()?;
        if chords.is_empty() {
            let hint = "name a key, such as m, ctrl+x, enter or space";
            return Err(BadChord::new("there is no key here", hint));
        }
        Ok(chords)
    }

    /// Whether pressing it types a character into a field.
    pub fn types(self) -> Option<char> {
        match self.key {
            Key::Char(c) if !self.ctrl && !self.alt => Some(c),
            _ => None,
        }
    }

    /// Why many terminals never send this chord as it was `written`, where that is so.
    pub fn trap(self, written: &str) -> Option<&'static str> {
        let Key::Char(c) = self.key else { return None };
        if !self.ctrl {
            return None;
        }
        if written.to_ascii_lowercase().contains("shift") || written.ends_with(char::is_uppercase) {
            return Some("terminals do not tell shift together with ctrl");
        }
        match c {
            'i' => Some("terminals send ctrl+i as tab"),
            'm' => Some("terminals send ctrl+m as enter"),
            '[' => Some("terminals send ctrl+[ as esc"),
            'h' => Some("many terminals send ctrl+h for backspace"),
            'a'..='z' | ' ' | '4'..='7' => None,
            _ => Some("terminals cannot send control with this character"),
        }
    }
}

/// A chord as an operator reads it: `m`, `ctrl+c`, `⏎`.
impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            f.write_str("ctrl+")?;
        }
        if self.alt {
            f.write_str("alt+")?;
        }
        if let Some((_, _, shown)) = NAMED.iter().find(|(key, _, _)| *key == self.key) {
            return f.write_str(shown);
        }
        match self.key {
            Key::Char(c) => write!(f, "{c}"),
            Key::F(number) => write!(f, "f{number}"),
            _ => Ok(()),
        }
    }
}

/// Chords as an operator reads them: `g g`. Also what to show while a sequence is pending.
pub fn text(chords: &[Chord]) -> String {
    let shown: Vec<String> = chords.iter().map(ToString::to_string).collect();
    shown.join(" ")
}

/// The character shift makes of a letter; any other character as it is.
fn capital(c: char) -> char {
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

/// Splits off `ctrl+`, `alt+` and `shift+`, in any order and case, with `-` for `+` if one likes.
fn modifiers(text: &str) -> Result<(Held, &str), BadChord> {
    let mut held = Held::default();
    let mut rest = text;
    while let Some((word, after)) = rest.split_once(['+', '-']) {
        if word.is_empty() || after.is_empty() {
            break;
        }
        let seen = match word.to_ascii_lowercase().as_str() {
            "ctrl" | "control" => &mut held.ctrl,
            "alt" | "meta" | "option" => &mut held.alt,
            "shift" => &mut held.shift,
            _ => {
                return Err(BadChord::new(
                    format!("unknown modifier {:?}", crate::domain::text::clean(word)),
                    "the modifiers are ctrl, alt and shift",
                ));
            }
        };
        if std::mem::replace(seen, true) {
            return Err(BadChord::new(format!("{word} is there twice"), "write it once"));
        }
        rest = after;
    }
    Ok((held, rest))
}

/// Reads a key without modifiers.
fn key(name: &str) -> Result<Key, BadChord> {
    let mut characters = name.chars();
    if let (Some(c), None) = (characters.next(), characters.next()) {
        if let Some((key, _, _)) = NAMED.iter().find(|(_, _, shown)| *shown == name) {
            return Ok(*key);
        }
        if crate::domain::text::is_hostile(c) || c.is_whitespace() {
            return Err(BadChord::new(
                "this character cannot be seen",
                "name the key, such as space, tab or enter",
            ));
        }
        return Ok(Key::Char(c));
    }
    let lower = name.to_ascii_lowercase();
    let lower = ALIASES.iter().find(|(alias, _)| *alias == lower).map_or(lower.as_str(), |(_, known)| known);
    if let Some((key, _, _)) = NAMED.iter().find(|(_, known, _)| *known == lower) {
        return Ok(*key);
    }
    if let Some(number) = lower.strip_prefix('f').and_then(|digits| digits.parse().ok()) {
        if (1..=12).contains(&number) {
            return Ok(Key::F(number));
        }
        return Err(BadChord::new(format!("there is no key {lower}"), "function keys are f1 to f12"));
    }
    let names = NAMED.iter().map(|(_, known, _)| *known);
    let hint = match crate::domain::diagnostic::did_you_mean(lower, names) {
        Some(near) => format!("did you mean {near:?}?"),
        None if name.chars().all(|c| c.is_ascii_alphanumeric()) => {
            "separate the keys of a sequence by spaces, such as \"g g\"".to_owned()
        }
        None => "write one character, or a name such as enter, space, pageup or f5".to_owned(),
    };
    Err(BadChord::new(format!("unknown key {:?}", crate::domain::text::clean(name)), hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Chord {
        Chord::parse(text).unwrap_or_else(|bad| panic!("{text}: {bad}"))
    }

    #[test]
    fn case_is_kept_and_shift_is_the_character_it_types() {
        assert_eq!(read("g"), Chord::plain(Key::Char('g')));
        assert_eq!(read("G"), Chord::plain(Key::Char('G')));
        assert_ne!(read("g"), read("G"));
        assert_eq!(read("shift+g"), read("G"));
        assert_eq!(read("shift+G"), read("G"));
        assert_eq!(read("shift+é"), read("É"));
        assert_eq!(read("shift+tab"), read("backtab"));
        assert_eq!(Chord::new(Key::Char('g'), false, false, true), read("G"));
        assert_eq!(Chord::new(Key::Char('?'), false, false, true), read("?"));
        assert_eq!(Chord::new(Key::Up, false, false, true), read("up"));
        for useless in ["shift+1", "shift+?", "shift+up", "shift+f5"] {
            assert!(Chord::parse(useless).is_err(), "{useless}");
        }
    }

    #[test]
    fn control_has_no_case() {
        assert_eq!(read("ctrl+x"), Chord { key: Key::Char('x'), ctrl: true, alt: false });
        assert_eq!(read("ctrl+X"), read("ctrl+x"));
        assert_eq!(read("ctrl+shift+x"), read("ctrl+x"));
        assert_eq!(read("Ctrl-x"), read("ctrl+x"));
        assert_eq!(read("alt+ctrl+x"), read("ctrl+alt+x"));
        assert_ne!(read("alt+x"), read("alt+X"));
    }

    #[test]
    fn keys_that_look_like_syntax() {
        assert_eq!(read("+"), Chord::plain(Key::Char('+')));
        assert_eq!(read("-"), Chord::plain(Key::Char('-')));
        assert_eq!(read("ctrl++"), Chord { key: Key::Char('+'), ctrl: true, alt: false });
        assert_eq!(read("é"), Chord::plain(Key::Char('é')));
        assert_eq!(Chord::parse_sequence("g  G").unwrap(), vec![read("g"), read("G")]);
        assert_eq!(Chord::parse_sequence("space").unwrap(), vec![Chord::plain(Key::Char(' '))]);
    }

    #[test]
    fn what_is_no_chord_says_what_to_write() {
        for (text, hint) in [
            ("entre", "did you mean \"enter\"?"),
            ("gg", "separate the keys of a sequence by spaces, such as \"g g\""),
            ("f13", "function keys are f1 to f12"),
            ("hyper+x", "the modifiers are ctrl, alt and shift"),
            ("ctrl+ctrl+x", "write it once"),
            ("\u{1b}", "name the key, such as space, tab or enter"),
        ] {
            assert_eq!(Chord::parse(text).map_err(|bad| bad.hint), Err(hint.to_owned()), "{text}");
        }
        assert!(Chord::parse_sequence("  ").is_err());
    }

    #[test]
    fn what_is_shown_is_read_back() {
        let mut keys: Vec<Key> = NAMED.iter().map(|(key, _, _)| *key).collect();
        keys.extend(['a', 'Z', '+', '-', '[', 'é', '日'].map(Key::Char));
        keys.extend((1..=12).map(Key::F));
        for key in keys {
            for (ctrl, alt) in [(false, false), (true, false), (false, true), (true, true)] {
                let chord = Chord::new(key, ctrl, alt, false);
                assert_eq!(Chord::parse(&chord.to_string()), Ok(chord), "{chord}");
            }
        }
        assert_eq!(text(&[read("enter"), read("ctrl+c"), read("up")]), "⏎ ctrl+c ↑");
    }

    #[test]
    fn traps_of_terminals_are_known() {
        for written in ["ctrl+i", "ctrl+m", "ctrl+[", "ctrl+é", "ctrl+shift+x", "ctrl+X", "ctrl+1"] {
            assert!(read(written).trap(written).is_some(), "{written}");
        }
        for written in ["ctrl+c", "tab", "m", "M", "alt+X", "ctrl+space", "ctrl+up"] {
            assert_eq!(read(written).trap(written), None, "{written}");
        }
    }
}
