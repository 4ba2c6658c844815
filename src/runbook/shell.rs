//! A script cut into what a shell reads as one command each: over continued lines, quotes, brackets and
//! here-documents. Not a shell: nothing is expanded, and what is not understood stays together.

use std::collections::BTreeSet;

use super::commands::{is_assignment, is_name};

/// A piece of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// The line of the script it begins on, from 0.
    pub(super) line: usize,
    /// What it is.
    pub(super) kind: PieceKind,
    /// The lines as they stand; a comment without its sign.
    pub(super) text: String,
}

/// What a piece of a script is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PieceKind {
    /// A line that is a comment.
    Comment,
    /// A command, of one line or several.
    Command,
    /// An empty line.
    Blank,
}

/// What is still open at the end of a line.
#[derive(Default)]
struct Open {
    quote: Option<char>,
    brackets: usize,
    /// Here-documents that begin on the next line: the word that ends each, and whether tabs before
    /// it do not count.
    documents: Vec<(String, bool)>,
    continued: bool,
}

impl Open {
    fn is_none(&self) -> bool {
        self.quote.is_none() && self.brackets == 0 && self.documents.is_empty() && !self.continued
    }

    /// Reads a line on.
    fn read(&mut self, line: &str) {
        self.continued = false;
        let chars: Vec<char> = line.chars().collect();
        let mut at = 0;
        let mut word_begins = true;
        let mut last = ' ';
        while at < chars.len() {
            let c = chars[at];
            at += 1;
            match (self.quote, c) {
                (Some(open), c) if c == open => self.quote = None,
                (None | Some('"'), '\\') => {
                    if at == chars.len() {
                        self.continued = true;
                    }
                    at += 1;
                }
                (None, '\'' | '"') => self.quote = Some(c),
                (None, '#') if word_begins => break,
                (None, '(') => self.brackets += 1,
                (None, ')') => self.brackets = self.brackets.saturating_sub(1),
                (None, '<') if chars.get(at) == Some(&'<') && chars.get(at + 1) == Some(&'<') => at += 2,
                (None, '<') if chars.get(at) == Some(&'<') => at = self.document(&chars, at + 1),
                _ => {}
            }
            word_begins = c.is_whitespace() || matches!(c, ';' | '|' | '&' | '(');
            if !c.is_whitespace() {
                last = c;
            }
        }
        let trimmed = line.trim_end();
        if self.quote.is_none() && last != '\\' && (trimmed.ends_with('|') || trimmed.ends_with("&&")) {
            self.continued = true;
        }
    }

    /// Remembers the here-document whose word begins at `at`; where to read on.
    fn document(&mut self, chars: &[char], mut at: usize) -> usize {
        let tabs = chars.get(at) == Some(&'-');
        at += usize::from(tabs);
        while chars.get(at).is_some_and(|c| *c == ' ') {
            at += 1;
        }
        let mut word = String::new();
        while let Some(c) =
            chars.get(at).filter(|c| c.is_alphanumeric() || matches!(c, '_' | '\'' | '"' | '-' | '\\'))
        {
            if !matches!(c, '\'' | '"' | '\\') {
                word.push(*c);
            }
            at += 1;
        }
        // Without a word it is a shift of bits.
        if word.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            self.documents.push((word, tabs));
        }
        at
    }
}

/// The pieces of a script, in order.
pub(super) fn pieces(script: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut open = Open::default();
    for (line, text) in script.trim_end_matches('\n').split('\n').enumerate() {
        let going_on = !open.is_none();
        if going_on {
            if let Some(last) = pieces.last_mut() {
                last.text.push('\n');
                last.text.push_str(text);
            }
            match open.documents.first() {
                // What a here-document holds is no shell.
                Some((word, tabs)) if open.quote.is_none() && !open.continued => {
                    let end = if *tabs { text.trim_start() } else { text };
                    if end.trim_end() == word {
                        open.documents.remove(0);
                    }
                }
                _ => open.read(text),
            }
            continue;
        }
        let trimmed = text.trim();
        let (kind, text) = match trimmed.strip_prefix('#') {
            _ if trimmed.is_empty() => (PieceKind::Blank, ""),
            Some(_) if line == 0 && trimmed.starts_with("#!") => (PieceKind::Command, text),
            Some(comment) => (PieceKind::Comment, comment),
            None => (PieceKind::Command, text),
        };
        if kind == PieceKind::Command && !trimmed.starts_with("#!") {
            open.read(text);
        }
        pieces.push(Piece { line, kind, text: text.to_owned() });
    }
    for piece in &mut pieces {
        piece.text = match piece.kind {
            PieceKind::Command => piece.text.trim_end().to_owned(),
            PieceKind::Comment => {
                piece.text.trim_matches(|c: char| c.is_whitespace() || "#=-*".contains(c)).to_owned()
            }
            PieceKind::Blank => String::new(),
        };
    }
    pieces
}

/// Words that open what has to be closed again, and those that close it.
const OPENING: &[&str] = &["case", "for", "if", "select", "until", "while", "{"];
const CLOSING: &[&str] = &["done", "esac", "fi", "}"];

/// Words after which another command begins.
const LINKING: &[&str] = &["!", "do", "elif", "else", "sudo", "then", "time"];

/// The pieces, with what a loop, a condition or a function holds in one of them.
pub(super) fn blocks(script: &str) -> Vec<Piece> {
    let mut blocks: Vec<Piece> = Vec::new();
    let mut open = 0_usize;
    let lines: Vec<&str> = script.split('\n').collect();
    for piece in pieces(script) {
        let change = if piece.kind == PieceKind::Command { opened(&piece.text) } else { (0, 0) };
        let inside = open > 0;
        open = (open + change.0).saturating_sub(change.1);
        match blocks.last_mut() {
            Some(last) if inside => {
                last.text.push('\n');
                match piece.kind {
                    PieceKind::Comment => last.text.push_str(lines.get(piece.line).unwrap_or(&"")),
                    PieceKind::Command | PieceKind::Blank => last.text.push_str(&piece.text),
                }
            }
            _ => blocks.push(piece),
        }
    }
    blocks
}

/// How many constructs a command opens, and how many it closes.
fn opened(command: &str) -> (usize, usize) {
    let (mut opens, mut closes) = (0, 0);
    let mut begins = true;
    for word in command.split_whitespace() {
        let bare = word.trim_end_matches(';');
        if begins && OPENING.contains(&bare) || (word == "{" && command.contains("()")) {
            opens += 1;
        } else if begins && CLOSING.contains(&bare) {
            closes += 1;
        } else if word.ends_with("(){") {
            opens += 1;
        }
        begins = word.ends_with([';', '|', '&'])
            || (begins && LINKING.contains(&bare))
            || LINKING[1..5].contains(&bare);
    }
    (opens, closes)
}

/// Commands that change what the commands after them do.
const LASTING: &[&str] = &[
    ".", "alias", "cd", "conda", "declare", "eval", "export", "function", "nvm", "popd", "pushd", "read",
    "set", "shopt", "source", "trap", "umask", "unset",
];

/// Whether a command leaves something behind in the shell: another directory, an option, a function, a
/// program in the background. What follows it cannot run alone.
pub(super) fn is_lasting(command: &str) -> bool {
    let Some(first) = command.split_whitespace().next() else { return false };
    // "cd there && run it" is whole in itself.
    let alone = !command.contains("&&") && !command.contains("; ");
    let function = command.lines().next().is_some_and(|line| {
        line.split_once("()")
            .is_some_and(|(name, _)| !name.is_empty() && is_name(&name.trim().replace('-', "_")))
    });
    let background = command.ends_with('&') && !command.ends_with("&&");
    (LASTING.contains(&first) && alone) || function || background
}

/// Whether a command is nothing but assignments.
pub(super) fn is_only_assignments(command: &str) -> bool {
    let first = command.split_whitespace().next().unwrap_or_default();
    is_assignment(first) && !command.contains("$(") && command.split_whitespace().all(is_assignment)
        || (is_assignment(first) && first.contains("=$("))
}

/// Whether a command only prepares the shell for others and gives the same each time it is run.
pub(super) fn can_be_repeated(command: &str) -> bool {
    let first = command.split_whitespace().next().unwrap_or_default();
    let plain = !command.contains("$(")
        && !command.contains('`')
        && !command.contains(['\n', '|', '&', ';', '<', '>']);
    let prepares = matches!(first, "." | "cd" | "export" | "set" | "shopt" | "source" | "umask" | "unset");
    plain && (prepares || is_only_assignments(command))
}

/// The variables that a script gives a value to, for what comes after.
pub(super) fn assigned(script: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut add = |name: &str| {
        let name = name.trim_end_matches('+');
        if is_name(name) {
            names.insert(name.to_owned());
        }
    };
    for line in script.lines() {
        let words: Vec<&str> =
            line.split([' ', '\t', ';', '(', '&', '|']).filter(|word| !word.is_empty()).collect();
        let mut begins = true;
        for (at, word) in words.iter().enumerate() {
            match *word {
                "for" | "select" => words[at + 1..].iter().take(1).for_each(|name| add(name)),
                "read" | "mapfile" | "readarray" => {
                    words[at + 1..].iter().take(8).for_each(|name| add(name));
                }
                "-v" if at > 0 && words[at - 1] == "printf" => {
                    words[at + 1..].iter().take(1).for_each(|name| add(name));
                }
                // Only at the beginning of a command: `--body=x` and `url?a=b` are arguments.
                word if begins && is_assignment(word) => add(word.split('=').next().unwrap_or_default()),
                _ => {}
            }
            let modifier = matches!(*word, "export" | "local" | "readonly" | "declare" | "typeset" | "set")
                || word.starts_with('-');
            begins = begins && (modifier || is_assignment(word)) || LINKING.contains(word);
        }
        // A second command of the line begins again.
        for part in line.split(';').skip(1) {
            if let Some((name, _)) = part.trim_start().split_once('=') {
                add(name);
            }
        }
    }
    names
}

/// The variables that a script reads.
pub(super) fn used(script: &str) -> BTreeSet<String> {
    let after = script.match_indices('$').map(|(at, _)| script[at + 1..].trim_start_matches(['{', '#', '!']));
    let names = after.map(|rest| {
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        rest[..end].to_owned()
    });
    names.filter(|name| is_name(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commands(script: &str) -> Vec<(usize, String)> {
        pieces(script)
            .into_iter()
            .filter(|piece| piece.kind == PieceKind::Command)
            .map(|piece| (piece.line, piece.text))
            .collect()
    }

    #[test]
    fn commands_over_several_lines_stay_whole() {
        let script = "a \\\n  --b\nc 'one\n# two' d\ncat <<EOF > f\n# x\n'\nEOF\ng | \\\n h\ni &&\nj\nk $(l\nm)\nn # it's\no\n";
        assert_eq!(
            commands(script),
            [
                (0, "a \\\n  --b".to_owned()),
                (2, "c 'one\n# two' d".to_owned()),
                (4, "cat <<EOF > f\n# x\n'\nEOF".to_owned()),
                (8, "g | \\\n h".to_owned()),
                (10, "i &&\nj".to_owned()),
                (12, "k $(l\nm)".to_owned()),
                (14, "n # it's".to_owned()),
                (15, "o".to_owned()),
            ]
        );
    }

    #[test]
    fn comments_and_a_shebang_are_told_apart() {
        let found: Vec<_> = pieces("#!/bin/sh\n# --- Drain ---\ndrain\n\n#\n")
            .into_iter()
            .map(|piece| (piece.kind, piece.text))
            .collect();
        assert_eq!(
            found,
            [
                (PieceKind::Command, "#!/bin/sh".to_owned()),
                (PieceKind::Comment, "Drain".to_owned()),
                (PieceKind::Command, "drain".to_owned()),
                (PieceKind::Blank, String::new()),
                (PieceKind::Comment, String::new()),
            ]
        );
    }

    #[test]
    fn loops_conditions_and_functions_are_one_piece() {
        let script = "a\nfor x in 1 2; do\n  # each\n  if b; then\n    c\n  fi\ndone\nf() {\n  d\n}\nif e; then g; fi\nh";
        let found: Vec<_> =
            blocks(script).into_iter().map(|piece| (piece.line, piece.text.lines().count())).collect();
        assert_eq!(found, [(0, 1), (1, 6), (7, 3), (10, 1), (11, 1)]);
    }

    #[test]
    fn what_steers_other_commands_is_known() {
        for command in ["cd infra", "export A=1", "set -e", "f() {\n x\n}", "server &"] {
            assert!(is_lasting(command), "{command}");
        }
        for command in ["cd infra && terraform plan", "a && b", "echo cd"] {
            assert!(!is_lasting(command), "{command}");
        }
    }

    #[test]
    fn variables_are_followed() {
        let script = "POD=$(kubectl get pod)\nexport A=1\nfor x in 1 2; do read y; done\ncurl --data=q \"u?k=v\"\nb=1; c=2 d";
        let names = assigned(script);
        for name in ["POD", "A", "x", "y", "b", "c"] {
            assert!(names.contains(name), "{name}");
        }
        assert!(!names.contains("k") && !names.contains("data"));
        assert_eq!(
            used("kubectl delete $POD ${A} $(date) $1 POD"),
            BTreeSet::from(["POD".to_owned(), "A".to_owned()])
        );
    }
}
