//! Ringing: the terminal's bell, and notifications on the desktop by the escape sequences OSC 9 and OSC 777, through tmux
//! where that stands between. What is said is made harmless first: nothing of it ends the sequence or begins another.

use crate::domain::deputy::Notify;
use crate::domain::text::{clean, clip};

/// Columns of a notification.
const LONGEST: usize = 200;
/// Who speaks: a text that begins with a digit would be a progress bar to some terminals.
const WHO: &str = "Midwatch";
const BELL: &str = "\x07";

/// Makes the bytes of a ring for one terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notifier {
    way: Notify,
    /// Sequences that this terminal shows.
    speaks: Speaks,
    in_tmux: bool,
}

/// Which notifications a terminal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Speaks {
    /// None: it would show them as text.
    Nothing,
    /// OSC 9: a text.
    Nine,
    /// OSC 777: a title and a text.
    Titled,
    /// Nobody knows which: one of them is shown, the other is passed over.
    Either,
}

impl Notifier {
    /// The one for the terminal that these environment variables tell of.
    pub fn of(way: Notify, variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let (term, program) = (set("TERM").unwrap_or_default(), set("TERM_PROGRAM").unwrap_or_default());
        let named = |names: &[&str]| names.iter().any(|name| term.starts_with(name) || program == *name);
        let speaks = if named(&["linux", "dumb"]) {
            Speaks::Nothing
        } else if named(&["iTerm.app", "xterm-kitty"]) {
            Speaks::Nine
        } else if named(&["rxvt", "foot", "xterm-ghostty", "ghostty", "WezTerm"]) {
            Speaks::Titled
        } else {
            Speaks::Either
        };
        Self { way, speaks, in_tmux: set("TMUX").is_some() }
    }

    /// What rings for something red.
    pub fn bell(self) -> Vec<u8> {
        match self.way {
            Notify::None => Vec::new(),
            Notify::Bell | Notify::Desktop => BELL.into(),
        }
    }

    /// What rings for what is late, and says `text`.
    pub fn ring(self, text: &str) -> Vec<u8> {
        let mut bytes = self.bell();
        if self.way == Notify::Desktop {
            // A semicolon parts fields.
            let text = clip(&clean(text), LONGEST).replace(';', ",");
            let nine = format!("\x1b]9;{WHO}: {text}{BELL}");
            let titled = format!("\x1b]777;notify;{WHO};{text}{BELL}");
            let all = match self.speaks {
                Speaks::Nothing => Vec::new(),
                Speaks::Nine => vec![nine],
                Speaks::Titled => vec![titled],
                Speaks::Either => vec![nine, titled],
            };
            all.iter().for_each(|sequence| bytes.extend(self.passed(sequence).into_bytes()));
        }
        bytes
    }

    /// `sequence` as tmux passes it on: it needs `set -g allow-passthrough on`.
    fn passed(self, sequence: &str) -> String {
        if self.in_tmux {
            format!("\x1bPtmux;{}\x1b\\", sequence.replace('\x1b', "\x1b\x1b"))
        } else {
            sequence.to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn notifier(way: Notify, set: &[(&str, &str)]) -> Notifier {
        Notifier::of(way, |name| {
            set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).into())
        })
    }

    fn rings(way: Notify, set: &[(&str, &str)], text: &str) -> String {
        String::from_utf8(notifier(way, set).ring(text)).unwrap()
    }

    #[test]
    fn it_rings_as_it_is_configured() {
        let xterm = [("TERM", "xterm-256color")];
        assert_eq!(rings(Notify::None, &xterm, "late"), "");
        assert_eq!(rings(Notify::Bell, &xterm, "late"), "\x07");
        assert_eq!(
            rings(Notify::Desktop, &xterm, "Late: O-1"),
            "\x07\x1b]9;Midwatch: Late: O-1\x07\x1b]777;notify;Midwatch;Late: O-1\x07"
        );
        assert!(notifier(Notify::None, &xterm).bell().is_empty());
    }

    #[test]
    fn a_terminal_is_told_once_and_one_that_shows_escapes_is_not() {
        for (set, nine, titled) in [
            ([("TERM", "linux")], false, false),
            ([("TERM", "rxvt-unicode-256color")], false, true),
            ([("TERM", "xterm-kitty")], true, false),
            ([("TERM_PROGRAM", "WezTerm")], false, true),
            ([("TERM_PROGRAM", "iTerm.app")], true, false),
        ] {
            let bytes = rings(Notify::Desktop, &set, "x");
            assert_eq!((bytes.contains("]9;"), bytes.contains("]777;")), (nine, titled), "{set:?}");
        }
    }

    #[test]
    fn tmux_passes_it_on() {
        let bytes = rings(Notify::Desktop, &[("TERM", "rxvt"), ("TMUX", "/tmp/tmux-0/default,1,0")], "x");
        assert_eq!(bytes, "\x07\x1bPtmux;\x1b\x1b]777;notify;Midwatch;x\x07\x1b\\");
    }

    proptest! {
        /// Whatever is said, the terminal sees a bell and two whole sequences, and nothing else.
        #[test]
        fn nothing_that_is_said_gets_out(text in "[\\PC\u{1b}\u{7}\u{9b}\u{9c}\\\\;\n]{0,80}") {
            let bytes = rings(Notify::Desktop, &[("TERM", "xterm")], &text);
            prop_assert_eq!(bytes.matches('\x1b').count(), 2);
            prop_assert_eq!(bytes.matches('\x07').count(), 3);
            let ends = ['\u{9b}', '\u{9c}', '\n'];
            prop_assert!(!bytes.contains(ends), "{:?}", bytes);
            prop_assert_eq!(bytes.matches(';').count(), 4);
        }
    }
}
