//! Shell text cut into simple commands, and those into words, each with its place. Reads, expands nothing: a word
//! that the shell would still change is known by [`Word::fixed`].

/// How deep `$(…)` in `$(…)` is looked into.
const DEEPEST: usize = 12;

/// A word of a command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Word {
    /// As the program gets it: without quotes and escapes. Expansions stand as they are written.
    pub(super) text: String,
    /// The byte of the text at which it begins.
    pub(super) at: usize,
    /// Whether it is just this: nothing in it is filled in by the shell or by a person.
    pub(super) fixed: bool,
}

/// One program with its arguments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Simple {
    /// Assignments, wrappers, the program, its arguments.
    pub(super) words: Vec<Word>,
    /// What it reads with `<`.
    pub(super) input: Option<Word>,
    /// Whether it is given something to read: a here-document, or what another program prints.
    pub(super) fed: bool,
    /// The bytes of the text that it takes.
    pub(super) range: (usize, usize),
}

/// Words that stand before a program and run it as it stands.
const WRAPPERS: &[&str] = &[
    "!", "command", "do", "elif", "else", "env", "exec", "if", "nice", "nohup", "npx", "sudo", "then",
    "time", "until", "while",
];

/// Options of these that have a value.
const VALUED: &[&str] = &["-u", "-g", "-C", "-n", "-p", "--user", "--group", "--package"];

impl Simple {
    /// Where the program stands among the words. `None` where there is none, or where it is one that cannot be known.
    pub(super) fn program(&self) -> Option<usize> {
        let mut at = 0;
        let mut wrapped = "";
        while let Some(word) = self.words.get(at) {
            let text = word.text.as_str();
            if WRAPPERS.contains(&text) {
                wrapped = text;
            } else if !wrapped.is_empty() && text.starts_with('-') && text.len() > 1 {
                // `nice -n 5`, but `sudo -n`.
                if VALUED.contains(&text) && !(wrapped == "sudo" && text == "-n") {
                    at += 1;
                }
            } else if !is_assignment(text) {
                return word.fixed.then_some(at);
            }
            at += 1;
        }
        None
    }

    /// The program's name, where it is called by its name or by a whole path, and its arguments.
    pub(super) fn call(&self) -> Option<(&Word, &str, &[Word])> {
        let at = self.program()?;
        let word = &self.words[at];
        let name = match word.text.rsplit_once('/') {
            Some((path, name)) if path.starts_with('/') || path.is_empty() => name,
            Some(_) => return None,
            None => &word.text,
        };
        Some((word, name, &self.words[at + 1..]))
    }

    /// The variables that are set for it alone.
    pub(super) fn sets(&self, name: &str) -> bool {
        self.words.iter().any(|word| word.text.strip_prefix(name).is_some_and(|rest| rest.starts_with('=')))
    }
}

/// `NAME=value`.
fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

/// The simple commands of `text`. `holes` are the tokens in it that a person fills in.
pub(super) fn simple(text: &str, holes: &[&str]) -> Vec<Simple> {
    let mut scan = Scan { text, holes, at: 0, found: Vec::new(), documents: Vec::new() };
    scan.code(None, 0);
    scan.found.sort_by_key(|command| command.range.0);
    scan.found
}

struct Scan<'a> {
    text: &'a str,
    holes: &'a [&'a str],
    at: usize,
    found: Vec<Simple>,
    /// Here-documents whose lines are still to come.
    documents: Vec<String>,
}

/// What a command in the making waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Word,
    Input,
    /// Where the output goes, or a here-string: no word of the command.
    Other,
}

/// A command in the making.
struct Draft {
    command: Simple,
    word: Option<Word>,
    next: Next,
}

impl Draft {
    fn new(at: usize, fed: bool) -> Self {
        Self { command: Simple { range: (at, at), fed, ..Simple::default() }, word: None, next: Next::Word }
    }

    fn push(&mut self, text: &str, at: usize) {
        self.word.get_or_insert_with(|| Word { at, fixed: true, ..Word::default() }).text.push_str(text);
    }

    fn loosen(&mut self) {
        if let Some(word) = &mut self.word {
            word.fixed = false;
        }
    }

    /// The word has ended.
    fn end_word(&mut self) {
        let Some(word) = self.word.take() else { return };
        match self.next {
            // A brace on its own groups commands.
            Next::Word if matches!(word.text.as_str(), "{" | "}") && self.command.words.is_empty() => {}
            Next::Word => self.command.words.push(word),
            Next::Input => self.command.input = Some(word),
            Next::Other => {}
        }
        self.next = Next::Word;
    }
}

impl Scan<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Takes the next character.
    fn take(&mut self) -> &str {
        let from = self.at;
        self.at += self.rest().chars().next().map_or(0, char::len_utf8);
        &self.text[from..self.at]
    }

    fn end(&mut self, draft: &mut Draft, piped: bool) {
        draft.end_word();
        draft.command.range.1 = self.at;
        let next = Draft::new(self.at + 1, piped);
        let done = std::mem::replace(draft, next);
        if !done.command.words.is_empty() {
            self.found.push(done.command);
        }
    }

    /// Reads commands up to `close`, or to the end.
    fn code(&mut self, close: Option<char>, depth: usize) {
        let mut draft = Draft::new(self.at, false);
        while let Some(c) = self.rest().chars().next() {
            let at = self.at;
            if let Some(hole) =
                self.holes.iter().find(|hole| self.rest().starts_with(**hole) && !hole.is_empty())
            {
                draft.push(hole, at);
                draft.loosen();
                self.at += hole.len();
                continue;
            }
            match c {
                c if Some(c) == close => {
                    self.end(&mut draft, false);
                    self.at += 1;
                    return;
                }
                '\\' => self.escape(&mut draft),
                '\'' => self.single(&mut draft),
                '"' => self.double(&mut draft, depth),
                '`' => {
                    draft.push("`", at);
                    draft.loosen();
                    self.at += 1;
                    self.inner('`', depth);
                }
                '$' => self.dollar(&mut draft, depth),
                '#' if draft.word.is_none() => self.at += self.rest().find('\n').unwrap_or(self.rest().len()),
                '\n' => {
                    self.end(&mut draft, false);
                    self.at += 1;
                    self.skip_documents();
                }
                c if c.is_whitespace() => {
                    draft.end_word();
                    self.at += c.len_utf8();
                }
                '&' if self.rest().starts_with("&>") => self.at += 1,
                '|' if self.rest().starts_with("||") => {
                    self.end(&mut draft, false);
                    self.at += 2;
                }
                '|' => {
                    self.end(&mut draft, true);
                    self.at += 1;
                }
                ';' | '&' | '(' | ')' => {
                    self.end(&mut draft, false);
                    self.at += 1;
                }
                '>' | '<' => self.redirect(&mut draft, c, depth),
                '*' | '?' => {
                    draft.push(if c == '*' { "*" } else { "?" }, at);
                    // `psql -?` is itself.
                    if c == '*' {
                        draft.loosen();
                    }
                    self.at += 1;
                }
                _ => {
                    let taken = self.take().to_owned();
                    draft.push(&taken, at);
                }
            }
        }
        self.end(&mut draft, false);
    }

    fn escape(&mut self, draft: &mut Draft) {
        let at = self.at;
        self.at += 1;
        let next = self.take().to_owned();
        if next != "\n" {
            draft.push(&next, at);
        }
    }

    fn single(&mut self, draft: &mut Draft) {
        let at = self.at;
        let inner = &self.text[at + 1..];
        let end = inner.find('\'').unwrap_or(inner.len());
        draft.push(&inner[..end], at);
        if self.holes.iter().any(|hole| inner[..end].contains(*hole)) {
            draft.loosen();
        }
        self.at = (at + end + 2).min(self.text.len());
    }

    fn double(&mut self, draft: &mut Draft, depth: usize) {
        draft.push("", self.at);
        self.at += 1;
        while let Some(c) = self.rest().chars().next() {
            match c {
                '"' => {
                    self.at += 1;
                    return;
                }
                '\\' => self.escape(draft),
                '$' => self.dollar(draft, depth),
                '`' => {
                    draft.loosen();
                    self.at += 1;
                    self.inner('`', depth);
                }
                _ => {
                    if self.holes.iter().any(|hole| self.rest().starts_with(*hole)) {
                        draft.loosen();
                    }
                    let at = self.at;
                    let taken = self.take().to_owned();
                    draft.push(&taken, at);
                }
            }
        }
    }

    /// Commands within a word.
    fn inner(&mut self, close: char, depth: usize) {
        if depth < DEEPEST {
            self.code(Some(close), depth + 1);
        } else {
            self.at = self.text.len();
        }
    }

    fn dollar(&mut self, draft: &mut Draft, depth: usize) {
        let at = self.at;
        draft.push("$", at);
        draft.loosen();
        self.at += 1;
        if self.rest().starts_with("((") {
            self.at += self.rest().find("))").map_or(self.rest().len(), |end| end + 2);
        } else if self.rest().starts_with('(') {
            self.at += 1;
            self.inner(')', depth);
        } else if self.rest().starts_with('{') {
            self.at += self.rest().find('}').map_or(self.rest().len(), |end| end + 1);
        }
    }

    fn redirect(&mut self, draft: &mut Draft, c: char, depth: usize) {
        // `2>`: the number belongs to the sign.
        if draft.word.as_ref().is_some_and(|word| word.text.bytes().all(|byte| byte.is_ascii_digit())) {
            draft.word = None;
        }
        draft.end_word();
        let signs: usize =
            self.rest().bytes().take_while(|byte| *byte == self.text.as_bytes()[self.at]).count();
        self.at += signs;
        match (c, signs) {
            ('<' | '>', 1) if self.rest().starts_with('(') => {
                self.at += 1;
                self.inner(')', depth);
                draft.push("$", self.at.saturating_sub(1));
                draft.loosen();
            }
            ('<', 1) => draft.next = Next::Input,
            ('<', 2) => {
                draft.command.fed = true;
                let tail = self.rest().trim_start_matches('-').trim_start_matches(' ');
                let end =
                    tail.find(|c: char| c.is_whitespace() || ";|&<>)".contains(c)).unwrap_or(tail.len());
                let word: String = tail[..end].chars().filter(|c| !matches!(c, '\'' | '"' | '\\')).collect();
                self.at = self.text.len() - tail.len() + end;
                if !word.is_empty() {
                    self.documents.push(word);
                }
            }
            ('<', _) => {
                draft.command.fed = true;
                draft.next = Next::Other;
            }
            _ => {
                while self.rest().starts_with(['&', '|']) {
                    self.at += 1;
                }
                draft.next = Next::Other;
            }
        }
    }

    /// Passes over the lines of here-documents: they are no commands.
    fn skip_documents(&mut self) {
        for word in std::mem::take(&mut self.documents) {
            while self.at < self.text.len() {
                let line = self.rest().split_inclusive('\n').next().unwrap_or_default();
                let (length, is_end) = (line.len(), line.trim() == word);
                self.at += length;
                if is_end {
                    break;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str, holes: &[&str]) -> Vec<String> {
        let show = |command: Simple| {
            let words: Vec<String> = command
                .words
                .iter()
                .map(|word| format!("{}{}", word.text, if word.fixed { "" } else { "~" }))
                .collect();
            let input = command.input.map(|word| format!(" < {}", word.text)).unwrap_or_default();
            format!("{}{input}{}", words.join(" "), if command.fed { " <-" } else { "" })
        };
        simple(text, holes).into_iter().map(show).collect()
    }

    #[test]
    fn commands_are_cut_as_a_shell_cuts_them() {
        for (text, expected) in [
            (
                "A=b cmd 'x y' | sudo other && third; fourth &",
                vec!["A=b cmd x y", "sudo other <-", "third", "fourth"],
            ),
            ("a \\\n  --b # c\nd", vec!["a --b", "d"]),
            ("a $(b c | d) \"e $(f)\" `g`", vec!["a $~ e $~ `~", "b c", "d <-", "f", "g"]),
            ("psql < x.sql 2>&1 >out", vec!["psql < x.sql"]),
            ("cat <<'E'\nrm x\nE\nb", vec!["cat <-", "b"]),
            ("a &> /dev/null || b 2>/dev/null", vec!["a", "b"]),
            ("{ a; b; }", vec!["a", "b"]),
            ("x <<< y; z", vec!["x <-", "z"]),
            ("diff <(a b) c", vec!["diff $~ c", "a b"]),
            ("a \"$X\" ${Y:-z} *.sql", vec!["a $X~ $~ *.sql~"]),
            ("a '", vec!["a "]),
            ("a \"b", vec!["a b"]),
            ("echo $((1 + 2)) x", vec!["echo $~ x"]),
        ] {
            assert_eq!(words(text, &[]), expected, "{text:?}");
        }
        assert_eq!(words("a <v> --t=<w x> < f", &["<v>", "<w x>"]), ["a <v>~ --t=<w x>~ < f"]);
    }

    #[test]
    fn the_program_is_found_behind_what_stands_before_it() {
        for (text, expected) in [
            ("A=1 sudo -u root -n psql x", Some("psql")),
            ("npx -y vercel ls", Some("vercel")),
            ("nice -n 5 /usr/bin/psql", Some("psql")),
            ("./flyctl x", None),
            ("bin/flyctl x", None),
            ("$TOOL x", None),
            ("if ! kubectl get x", Some("kubectl")),
            ("A=1", None),
        ] {
            let found = simple(text, &[]);
            assert_eq!(found[0].call().map(|(_, name, _)| name), expected, "{text}");
        }
    }

    #[test]
    fn places_are_those_of_the_text() {
        let text = "a | bb  'cc' ü d";
        let found = simple(text, &[]);
        let at: Vec<&str> = found[1].words.iter().map(|word| &text[word.at..]).collect();
        assert_eq!(at, ["bb  'cc' ü d", "'cc' ü d", "ü d", "d"]);
    }
}
