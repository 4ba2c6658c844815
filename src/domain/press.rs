//! A key as a field to type in sees it.

/// One press.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named for the keys they are")]
pub enum Press {
    Char(char),
    Enter,
    Esc,
    Tab,
    BackTab,
    Backspace,
    Delete,
    Left,
    Right,
    Up,
    Down,
    Home,
    End,
    PageUp,
    PageDown,
    /// Ctrl+W: the word before the cursor goes.
    DeleteWord,
    /// Ctrl+U: the line goes.
    DeleteLine,
}
