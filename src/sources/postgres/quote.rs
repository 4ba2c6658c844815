//! Names from the configuration as they stand in a statement. Nothing else is ever put into one.

use crate::domain::text::is_hostile;

/// What a name is quoted as.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum As {
    /// `"name"`: a table.
    Identifier,
    /// `'name'`: a text that is compared with.
    Literal,
}

/// `text` in quotes that nothing in it can end, whatever the server's `standard_conforming_strings`.
pub(super) fn quote(text: &str, kind: As) -> String {
    match kind {
        As::Identifier => format!("\"{}\"", text.replace('"', "\"\"")),
        As::Literal if text.contains('\\') => {
            format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
        }
        As::Literal => format!("'{}'", text.replace('\'', "''")),
    }
}

/// Whether `text` can be a name: what PostgreSQL can hold, and can be sent. A statement with a semicolon is refused
/// wherever it stands.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= 63 && !text.contains(';') && !text.chars().any(is_hostile)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What PostgreSQL reads where `statement` begins with something in quotes: it, and what follows. `escapes` is
    /// how a plain literal is read where `standard_conforming_strings` is off.
    fn read(statement: &str, escapes: bool) -> (String, &str) {
        let (escapes, statement) = match statement.strip_prefix('E') {
            Some(rest) => (true, rest),
            None => (escapes, statement),
        };
        let mark = statement.chars().next().unwrap();
        let escapes = escapes && mark == '\'';
        let mut out = String::new();
        let mut rest = statement.char_indices().skip(1).peekable();
        while let Some((at, c)) = rest.next() {
            if c == '\\' && escapes {
                out.push(rest.next().unwrap().1);
            } else if c == mark {
                if rest.peek().is_some_and(|(_, next)| *next == mark) {
                    rest.next();
                    out.push(mark);
                } else {
                    return (out, &statement[at + c.len_utf8()..]);
                }
            } else {
                out.push(c);
            }
        }
        panic!("{statement} does not end");
    }

    proptest! {
        #[test]
        fn quotes_cannot_be_left(text in "['\"\\\\a-c;-]{0,12}|\\PC{0,12}", escapes: bool) {
            for kind in [As::Identifier, As::Literal] {
                let statement = format!("{} and the rest", quote(&text, kind));
                prop_assert_eq!(read(&statement, escapes), (text.clone(), " and the rest"));
            }
        }
    }

    #[test]
    fn a_name_is_what_postgresql_can_hold() {
        for fine in ["lessons", "Zwölf \"Tische\"", "a'b", &"x".repeat(63)] {
            assert!(is_name(fine), "{fine}");
        }
        for wrong in ["", "a;b", "a\0b", "a\nb", "a\u{202e}b", &"x".repeat(64)] {
            assert!(!is_name(wrong), "{wrong:?}");
        }
    }
}
