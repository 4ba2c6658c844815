//! What a terminal sends for a key, as xterm does it.

/// The bytes of the key called `name`; arrows depend on whether the program asked for application
/// cursor keys.
pub fn key_bytes(name: &str, application_cursor: bool) -> Option<String> {
    let arrow = |last: char| format!("\x1b{}{last}", if application_cursor { 'O' } else { '[' });
    if let Some(key) = name.strip_prefix("alt+") {
        return key_bytes(key, application_cursor).map(|bytes| format!("\x1b{bytes}"));
    }
    if let Some(key) = name.strip_prefix("ctrl+") {
        let letter = key.chars().next().filter(|c| key.len() == 1 && c.is_ascii_lowercase())?;
        return Some(char::from(u8::try_from(letter).ok()? - b'a' + 1).to_string());
    }
    Some(match name {
        "enter" => "\r".into(),
        "esc" => "\x1b".into(),
        "tab" => "\t".into(),
        "backtab" => "\x1b[Z".into(),
        "space" => " ".into(),
        "backspace" => "\x7f".into(),
        "up" => arrow('A'),
        "down" => arrow('B'),
        "right" => arrow('C'),
        "left" => arrow('D'),
        "home" => arrow('H'),
        "end" => arrow('F'),
        "insert" => "\x1b[2~".into(),
        "delete" => "\x1b[3~".into(),
        "pageup" => "\x1b[5~".into(),
        "pagedown" => "\x1b[6~".into(),
        "f1" => "\x1bOP".into(),
        "f2" => "\x1bOQ".into(),
        "f3" => "\x1bOR".into(),
        "f4" => "\x1bOS".into(),
        "f5" => "\x1b[15~".into(),
        "f10" => "\x1b[21~".into(),
        character if character.chars().count() == 1 => character.into(),
        _ => return None,
    })
}
