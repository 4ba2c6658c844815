//! The clipboard, by the terminal's OSC 52: for wherever Midwatch does not reach.

use super::Kind;
use crate::domain::channel::Way;

/// The row of this kind.
pub const KIND: Kind = Kind {
    name: "clipboard",
    about: "Puts the text on the clipboard of whoever is at the terminal (OSC 52), to be pasted wherever it belongs. It \
            is recorded as posted, by the word of whoever copied it.",
    fields: &[],
    plan: |_, _| Some(Way::Clipboard),
};
