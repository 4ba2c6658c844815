//! A keymap of the operator's own.

use midwatch::domain::command::Place;
use midwatch::domain::commands::COMMANDS;
use midwatch::keymap;

use super::shown;

/// There always is a keymap that works, and what could not be used is said in harmless words.
pub fn holds(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (keymap, found) = keymap::load("default", Some(("keymap.toml", text)), &[]);
    shown::diagnostics(&found, text);
    for binding in keymap.bindings() {
        shown::line(&binding.chord, "chord");
    }
    for place in Place::ALL {
        for row in COMMANDS {
            if let Some(hint) = keymap.hint(place, &row.command) {
                shown::line(&hint, "hint");
            }
        }
    }
}
