//! A theme of the operator's own.

use midwatch::domain::role::Role;
use midwatch::theme::{self, Depth};

use super::shown;

/// There always is a theme that gives every role a style, and what could not be used is said in harmless words.
pub fn holds(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for depth in [Depth::True, Depth::Ansi256, Depth::Ansi16, Depth::Mono] {
        let (theme, found) = theme::load("dark", Some(("theme.toml", text)), depth);
        shown::diagnostics(&found, text);
        for role in Role::ALL {
            theme.seen(theme.style(role));
            theme.line(role);
        }
    }
}
