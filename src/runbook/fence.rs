//! What a code block asks for: commands, each with its line, in groups that its comments name. Or
//! nothing to run at all: output, configuration, a diagram.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::diagnostic::Diagnostic;
use crate::domain::runbook::StepCommand;
use crate::domain::text;

use super::asking::{Asking, asking, unnumbered};
use super::blocks::Fence;
use super::commands;
use super::placeholders;
use super::shell::{self, Piece, PieceKind};

/// A block with more lines is a program, and is not cut.
const LONGEST: usize = 2000;

/// Commands that belong together.
#[derive(Debug)]
pub(super) struct Group {
    /// The comment above them, and its line in the file.
    pub(super) name: Option<(String, usize)>,
    /// In order.
    pub(super) commands: Vec<StepCommand>,
    /// Whether they are a program that only makes sense whole.
    pub(super) whole: bool,
    /// What is said about them.
    pub(super) remarks: Vec<String>,
}

/// What a block is.
#[derive(Debug)]
pub(super) enum Told {
    /// Something to read.
    Note(String),
    /// Something to run.
    Groups(Vec<Group>),
}

/// What the language of a block means here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Shell,
    Console,
    Sql,
    Http,
    Program,
    Unsaid,
    Read,
}

fn kind(language: &str) -> Kind {
    match language {
        "sh" | "bash" | "shell" | "zsh" | "ksh" | "fish" | "terminal" | "powershell" | "pwsh" | "ps1"
        | "cmd" | "bat" => Kind::Shell,
        "console" | "shell-session" | "shellsession" | "sh-session" | "bash-session" => Kind::Console,
        "sql" | "psql" | "pgsql" | "postgresql" | "postgres" | "mysql" | "sqlite" | "plpgsql" | "tsql"
        | "cql" => Kind::Sql,
        "http" | "rest" => Kind::Http,
        "python" | "py" | "python3" | "js" | "javascript" | "jsx" | "ts" | "typescript" | "mjs" | "node"
        | "ruby" | "rb" | "php" | "perl" | "elixir" | "iex" | "go" | "promql" | "logql" | "kql" | "spl"
        | "graphql" | "redis" | "mongo" | "mongodb" | "groovy" | "lua" | "r" | "make" | "applescript" => {
            Kind::Program
        }
        "" => Kind::Unsaid,
        _ => Kind::Read,
    }
}

/// What a block asks for.
pub(super) fn read(file: &str, fence: &Fence, diagnostics: &mut Vec<Diagnostic>) -> Told {
    let (language, attributes) = info(file, fence, diagnostics);
    let note = || Told::Note(text::clean_lines(fence.text.trim_end()));
    if fence.text.trim().is_empty() {
        return Told::Groups(Vec::new());
    }
    let kind = match kind(&language) {
        Kind::Unsaid if looks_like_commands(&fence.text) => Kind::Shell,
        Kind::Console if !is_session(&fence.text) && !looks_like_commands(&fence.text) => return note(),
        Kind::Unsaid | Kind::Read => return note(),
        kind => kind,
    };
    let script = match kind {
        Kind::Shell | Kind::Unsaid => unprompted(&fence.text, false),
        Kind::Console => unprompted(&fence.text, true),
        Kind::Sql | Kind::Http | Kind::Program | Kind::Read => fence.text.clone(),
    };
    let cut = Cut {
        line: fence.line,
        language: (!language.is_empty()).then_some(language),
        set: match kind {
            Kind::Shell | Kind::Console => shell::assigned(text::head(&script, 64 << 10)),
            Kind::Sql | Kind::Http | Kind::Program | Kind::Unsaid | Kind::Read => BTreeSet::new(),
        },
        attributes,
    };
    // An author who gives a block a name means the block.
    let one = !cut.attributes.is_empty() || fence.text.lines().count() > LONGEST;
    Told::Groups(match kind {
        Kind::Shell | Kind::Console => cut.shell(&script, one),
        Kind::Sql => cut.sql(&script, one),
        Kind::Http | Kind::Program | Kind::Unsaid | Kind::Read => vec![cut.whole(&script, None)],
    })
}

/// A block being cut.
struct Cut {
    line: usize,
    language: Option<String>,
    set: BTreeSet<String>,
    attributes: BTreeMap<String, String>,
}

impl Cut {
    fn command(&self, text: &str, line: usize) -> StepCommand {
        let line = self.line + line;
        let text = text::clean_lines(text);
        StepCommand {
            line,
            language: self.language.clone(),
            placeholders: placeholders::find(&text, line, self.language.as_deref(), &self.set),
            text,
            attributes: self.attributes.clone(),
        }
    }

    /// All of it as one command.
    fn whole(&self, block: &str, name: Option<(String, usize)>) -> Group {
        let blank = block.lines().take_while(|line| line.trim().is_empty()).count();
        let text: Vec<&str> = block.trim_end().lines().skip(blank).collect();
        Group {
            name,
            commands: vec![self.command(&text.join("\n"), blank)],
            whole: true,
            remarks: Vec::new(),
        }
    }

    fn shell(&self, block: &str, one: bool) -> Vec<Group> {
        let pieces = if one { shell::pieces(text::head(block, 64 << 10)) } else { shell::blocks(block) };
        let first_comment = || {
            let comment =
                pieces.iter().find(|piece| piece.kind == PieceKind::Comment && !piece.text.is_empty())?;
            Some((text::clean(&comment.text).into_owned(), self.line + comment.line))
        };
        if one || block.trim_start().starts_with("#!") {
            return vec![self.whole(block, first_comment())];
        }
        let parts = grouped(&pieces);
        let mut groups = Vec::with_capacity(parts.len());
        let mut before = Before::default();
        let last = parts.iter().rposition(|part| !part.commands.is_empty());
        for (at, part) in parts.iter().enumerate() {
            let Some(carried) = before.carried(&part.commands) else {
                return vec![self.whole(block, first_comment())];
            };
            // What only prepares the others goes with each of them.
            let prepares = part.commands.iter().all(|piece| shell::can_be_repeated(&piece.text));
            if !(prepares && part.comments.is_empty() && last.is_some_and(|last| at < last)) {
                groups.push(self.group(part, &carried));
            }
            before.add(&part.commands);
        }
        groups
    }

    fn name(&self, comments: &[&Piece]) -> Option<(String, usize)> {
        let first = comments.first()?;
        let mut words = first.text.clone();
        for comment in &comments[1..] {
            // A new line that does not go on with the sentence is a remark on it.
            let new = comment.text.starts_with(|c: char| c.is_uppercase() || !c.is_alphanumeric());
            words.push_str(if new && !words.ends_with(['.', ':', '!', '?']) { " · " } else { " " });
            words.push_str(&comment.text);
        }
        Some((text::clean(&words).into_owned(), self.line + first.line))
    }

    fn group(&self, part: &Part<'_>, carried: &[&Piece]) -> Group {
        let commands = &part.commands[..];
        let mut left: BTreeSet<String> = BTreeSet::new();
        let mut bound = !carried.is_empty();
        for (at, piece) in commands.iter().enumerate() {
            bound |= shell::used(&piece.text).intersection(&left).next().is_some();
            bound |= at + 1 < commands.len()
                && (shell::is_lasting(&piece.text) || shell::is_only_assignments(&piece.text));
            left.extend(shell::assigned(&piece.text));
        }
        let commands = match commands {
            [first, ..] if bound => {
                let mut command = self.command(&joined(commands), first.line);
                let mut holes = Vec::new();
                let mut text = String::new();
                for piece in carried {
                    let earlier = self.command(&piece.text, piece.line);
                    text.push_str(&earlier.text);
                    text.push('\n');
                    holes.extend(earlier.placeholders);
                }
                holes.append(&mut command.placeholders);
                vec![StepCommand { text: text + &command.text, placeholders: holes, ..command }]
            }
            commands => {
                commands.iter().map(|piece| self.command(piece.text.trim_start(), piece.line)).collect()
            }
        };
        Group { name: self.name(&part.comments), commands, whole: false, remarks: part.remarks() }
    }

    /// Statements, cut at their semicolons; a transaction stays whole.
    fn sql(&self, block: &str, one: bool) -> Vec<Group> {
        let bound = block.lines().any(|line| {
            let first =
                line.split([' ', ';', '\t']).find(|word| !word.is_empty()).unwrap_or_default().to_uppercase();
            matches!(
                first.as_str(),
                "BEGIN" | "START" | "COMMIT" | "SET" | "DO" | "PREPARE" | "DECLARE" | "LOCK" | "USE"
            ) || first.starts_with('\\')
        });
        let pieces = statements(block);
        let first_comment =
            pieces.iter().find(|piece| piece.kind == PieceKind::Comment && !piece.text.is_empty());
        if one || bound {
            let name =
                first_comment.map(|piece| (text::clean(&piece.text).into_owned(), self.line + piece.line));
            return vec![self.whole(block, name)];
        }
        grouped(&pieces)
            .into_iter()
            .map(|part| Group {
                name: self.name(&part.comments),
                commands: part.commands.iter().map(|piece| self.command(&piece.text, piece.line)).collect(),
                whole: false,
                remarks: part.remarks(),
            })
            .collect()
    }
}

impl Part<'_> {
    fn remarks(&self) -> Vec<String> {
        self.remarks.iter().map(|piece| text::clean(&piece.text).into_owned()).collect()
    }
}

/// What the groups before have done to the shell.
#[derive(Default)]
struct Before<'a> {
    /// Lines that can be run again before each group: where to work, what to call things.
    prepares: Vec<&'a Piece>,
    /// Variables with values that were computed: computing them again may change the world.
    computed: BTreeSet<String>,
    /// Whether something else lasts: a function, a program in the background.
    lasts: bool,
}

impl<'a> Before<'a> {
    /// The lines to run before a group; `None` where it cannot be parted from those before it.
    fn carried(&self, commands: &[&Piece]) -> Option<Vec<&'a Piece>> {
        if commands.is_empty() {
            return Some(Vec::new());
        }
        let read = shell::used(&joined(commands));
        if self.lasts || self.prepares.len() > 20 || read.intersection(&self.computed).next().is_some() {
            return None;
        }
        let needed = |piece: &Piece| {
            shell::is_lasting(&piece.text)
                || shell::assigned(&piece.text).intersection(&read).next().is_some()
        };
        let carried: Vec<&Piece> = self.prepares.iter().copied().filter(|piece| needed(piece)).collect();
        let all_known = carried.iter().all(|piece| shell::used(&piece.text).is_disjoint(&self.computed));
        all_known.then_some(carried)
    }

    fn add(&mut self, commands: &[&'a Piece]) {
        for piece in commands {
            if shell::can_be_repeated(&piece.text) {
                self.prepares.push(piece);
            } else {
                self.lasts |= shell::is_lasting(&piece.text) && !piece.text.starts_with("export ");
                self.computed.extend(shell::assigned(&piece.text));
            }
        }
    }
}

fn joined(commands: &[&Piece]) -> String {
    let texts: Vec<&str> = commands.iter().map(|piece| piece.text.as_str()).collect();
    texts.join("\n")
}

/// Comments, the commands under them, and what is said about those without asking for anything.
#[derive(Default)]
struct Part<'a> {
    comments: Vec<&'a Piece>,
    commands: Vec<&'a Piece>,
    remarks: Vec<&'a Piece>,
}

/// The comments above, and the commands up to the next comment, group by group.
fn grouped(pieces: &[Piece]) -> Vec<Part<'_>> {
    let mut parts: Vec<Part<'_>> = Vec::new();
    let mut fresh = true;
    for piece in pieces {
        match piece.kind {
            PieceKind::Blank => fresh = true,
            PieceKind::Comment if piece.text.is_empty() => {}
            PieceKind::Comment => match parts.last_mut() {
                Some(part) if !part.commands.is_empty() && remarks(&piece.text) => part.remarks.push(piece),
                Some(part) if part.commands.is_empty() && !fresh => part.comments.push(piece),
                _ => {
                    parts.push(Part { comments: vec![piece], ..Part::default() });
                    fresh = false;
                }
            },
            PieceKind::Command => {
                if parts.is_empty() {
                    parts.push(Part::default());
                }
                if let Some(part) = parts.last_mut() {
                    part.commands.push(piece);
                }
            }
        }
    }
    parts.into_iter().flat_map(alone).collect()
}

/// Comments that no command follows: each that asks for something is a thing to do by hand, the others are
/// remarks.
fn alone(part: Part<'_>) -> Vec<Part<'_>> {
    if !part.commands.is_empty() {
        return vec![part];
    }
    let mut parts: Vec<Part<'_>> = Vec::new();
    for comment in part.comments {
        let asks = asking(&comment.text) != Asking::No && !comment.text.starts_with(char::is_lowercase);
        let asks = asks || unnumbered(&comment.text) != comment.text;
        match parts.last_mut() {
            Some(before) if !asks && !before.comments.is_empty() => before.comments.push(comment),
            _ if asks => {
                parts.push(Part { comments: vec![comment], ..Part::default() });
            }
            _ => parts.push(Part { remarks: vec![comment], ..Part::default() }),
        }
    }
    parts
}

/// Whether a comment speaks of the command above it: what it answers, not what to do next.
fn remarks(comment: &str) -> bool {
    let first = comment.split([' ', ':']).find(|word| !word.is_empty()).unwrap_or_default().to_lowercase();
    matches!(
        first.as_str(),
        "expected"
            | "expect"
            | "expects"
            | "output"
            | "outputs"
            | "should"
            | "returns"
            | "result"
            | "this"
            | "it"
            | "=>"
            | "->"
            | "→"
    )
}

fn statements(block: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut open = false;
    let mut quoted = false;
    for (line, text) in block.trim_end().lines().enumerate() {
        let trimmed = text.trim();
        quoted ^= text.matches('\'').count() % 2 == 1;
        quoted ^= text.matches("$$").count() % 2 == 1;
        match pieces.last_mut() {
            Some(last) if open => {
                last.text.push('\n');
                last.text.push_str(text);
            }
            _ => {
                let (kind, text) = match trimmed.strip_prefix("--") {
                    _ if trimmed.is_empty() => (PieceKind::Blank, ""),
                    Some(comment) => (PieceKind::Comment, comment.trim_matches(|c: char| " -=*".contains(c))),
                    None => (PieceKind::Command, text),
                };
                pieces.push(Piece { line, kind, text: text.to_owned() });
                open = kind == PieceKind::Command;
            }
        }
        let code = trimmed.split("--").next().unwrap_or_default().trim_end();
        if open && !quoted && code.ends_with(';') {
            open = false;
        }
    }
    pieces
}

/// The language of a block and its attributes: `sh { name=drain timeout=30s }`, `sh {"name":"drain"}`,
/// `sh name=drain`.
fn info(file: &str, fence: &Fence, diagnostics: &mut Vec<Diagnostic>) -> (String, BTreeMap<String, String>) {
    let info = text::clean(text::head(fence.info.trim(), 2048)).into_owned();
    let end = info.find([' ', '{', ',', ':']).unwrap_or(info.len());
    let mut language = info[..end].to_lowercase();
    let mut rest = info[end..].trim();
    if let Some(pandoc) = rest.strip_prefix("{.").filter(|_| language.is_empty()) {
        let end = pandoc.find([' ', '}']).unwrap_or(pandoc.len());
        language = pandoc[..end].to_lowercase();
        rest = pandoc[end..].trim();
    }
    let mut attributes = BTreeMap::new();
    if rest.starts_with('{') && rest.contains('"') && !rest.contains('=') {
        match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(rest) {
            Ok(map) => {
                for (key, value) in map {
                    let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    attributes.insert(key, text::clean(&value).into_owned());
                }
            }
            Err(error) => diagnostics.push(
                Diagnostic::warning(
                    file,
                    (fence.line.saturating_sub(1), 0),
                    "fence-attributes",
                    format!(
                        "the attributes of the block cannot be read: {}",
                        text::clean(&error.to_string())
                    ),
                )
                .hint("write them as {\"name\": \"drain\"} or { name=drain }"),
            ),
        }
        return (language, attributes);
    }
    let inner = rest.trim_matches(|c: char| matches!(c, '{' | '}' | ' '));
    for (key, value) in pairs(inner) {
        attributes.insert(key, value);
    }
    (language, attributes)
}

/// `key=value` and `key="a value"`, parted by spaces or commas.
fn pairs(text: &str) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    let mut rest = text.trim_start();
    while let Some((key, after)) = rest.split_once('=') {
        let key = key.rsplit([' ', ',']).next().unwrap_or_default();
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (value, next) = match quote {
            Some(quote) => after[1..].split_once(quote).unwrap_or((&after[1..], "")),
            None => after.split_once([' ', ',']).unwrap_or((after, "")),
        };
        let named =
            !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
        if named {
            pairs.push((key.to_owned(), value.to_owned()));
        }
        rest = next.trim_start();
    }
    pairs
}

/// Whether a block without a language is for a shell: its first line is, and most of the others.
fn looks_like_commands(block: &str) -> bool {
    let pieces = shell::pieces(text::head(block, 8 << 10));
    let mut commands = pieces.iter().filter(|piece| piece.kind == PieceKind::Command).map(|piece| {
        let first = piece.text.lines().next().unwrap_or_default();
        first.trim_start().starts_with("#!") || commands::is_line(first)
    });
    let Some(first) = commands.next() else { return false };
    let (yes, no) = commands.fold((0, 0), |(yes, no), is| if is { (yes + 1, no) } else { (yes, no + 1) });
    first && (yes >= no || block.trim_start().starts_with("$ "))
}

/// Whether a block shows what was typed at a prompt.
fn is_session(block: &str) -> bool {
    block.lines().any(|line| prompt(line).or_else(|| root_prompt(line)).is_some())
}

/// A session at a prompt as a script: lines without a prompt are what was answered. As many lines as
/// before. `root` where `# ` may be a prompt too.
fn unprompted(block: &str, root: bool) -> String {
    let typed = |line| prompt(line).or_else(|| if root { root_prompt(line) } else { None });
    let first = block.lines().find(|line| {
        !line.trim().is_empty() && (typed(line).is_some() || !line.trim_start().starts_with('#'))
    });
    if first.and_then(typed).is_none() {
        return block.to_owned();
    }
    let mut script = String::with_capacity(block.len());
    let mut going_on = false;
    for line in block.lines() {
        match typed(line) {
            Some(command) => {
                script.push_str(command);
                going_on = command.trim_end().ends_with('\\');
            }
            None if going_on => {
                let more = line.trim_start().strip_prefix("> ").unwrap_or(line);
                script.push_str(more);
                going_on = more.trim_end().ends_with('\\');
            }
            None if line.trim_start().starts_with('#') => script.push_str(line),
            None => {}
        }
        script.push('\n');
    }
    script
}

/// What stands behind `$ `, `% `, `ann@host:~$ ` or `sh-5.1# `.
fn prompt(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let (_, command) = ["$ ", "% ", "# "].iter().find_map(|sign| {
        line.split_once(sign).filter(|(before, _)| {
            let host = before.contains('@') || before.starts_with("sh-") || before.starts_with("bash-");
            let plain = before.chars().all(|c| c.is_alphanumeric() || "@:~-_./[]".contains(c));
            (before.is_empty() && *sign != "# ") || (host && plain)
        })
    })?;
    Some(command.trim_start())
}

/// What stands behind `# `, if it is a command.
fn root_prompt(line: &str) -> Option<&str> {
    line.trim_start().strip_prefix("# ").filter(|command| commands::is_line(command))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(info: &str, text: &str) -> Vec<(Option<String>, Vec<String>)> {
        let fence = Fence { line: 2, info: info.to_owned(), text: text.to_owned(), closed: true };
        let mut diagnostics = Vec::new();
        match read("r.md", &fence, &mut diagnostics) {
            Told::Note(_) => vec![],
            Told::Groups(groups) => groups
                .into_iter()
                .map(|g| (g.name.map(|n| n.0), g.commands.into_iter().map(|c| c.text).collect()))
                .collect(),
        }
    }

    fn named(name: &str, commands: &[&str]) -> (Option<String>, Vec<String>) {
        (
            Some(name.to_owned()).filter(|name| !name.is_empty()),
            commands.iter().map(|&command| command.to_owned()).collect(),
        )
    }

    #[test]
    fn comments_name_what_follows_them() {
        assert_eq!(
            groups(
                "bash",
                "first\n\n# List\nls \\\n  -l\n# Should be empty\n# Go\n# back\na\nb <<E\n# in\nE\n# Wait a\n# minute\n# Call ann\n"
            ),
            [
                named("", &["first"]),
                named("List", &["ls \\\n  -l"]),
                named("Go back", &["a", "b <<E\n# in\nE"]),
                named("Wait a minute", &[]),
                named("Call ann", &[]),
            ]
        );
    }

    #[test]
    fn what_needs_its_neighbours_stays_with_them() {
        let script = "#!/bin/sh\n# nightly\nD=$(date)\ndump > $D\n";
        assert_eq!(groups("sh", script), [named("nightly", &[script.trim_end()])]);
        let across = "# find\nP=$(pod)\n\n# kill\nkill $P\n";
        assert_eq!(groups("sh", across), [named("find", &[across.trim_end()])]);
        assert_eq!(groups("sh", "# go\ncd infra\nplan\n"), [named("go", &["cd infra\nplan"])]);
        assert_eq!(
            groups("sh", "set -e\nR=eu\ncd infra\n\n# plan\nplan $R\n# apply\napply\n"),
            [
                named("plan", &["set -e\nR=eu\ncd infra\nplan $R"]),
                named("apply", &["set -e\ncd infra\napply"])
            ]
        );
        let served = "# up\nserve &\n# test\ncurl x\n";
        assert_eq!(groups("sh", served), [named("up", &[served.trim_end()])]);
        assert_eq!(
            groups("sh", "# a\nx\n# b\nA=1\nuse $A\n"),
            [named("a", &["x"]), named("b", &["A=1\nuse $A"])]
        );
        let looped = "# each\nfor x in 1; do\n  # one\n  run $x\ndone\n# then\ny\n";
        assert_eq!(
            groups("sh", looped),
            [named("each", &["for x in 1; do\n  # one\n  run $x\ndone"]), named("then", &["y"])]
        );
        assert_eq!(groups("sh {name=all}", "a\nb\n"), [named("", &["a\nb"])]);
    }

    #[test]
    fn sessions_lose_their_prompts_and_their_output() {
        let session = "$ kubectl get pods\nNAME  READY\n$ a \\\n>  b\nann@web-1:~$ c\n";
        assert_eq!(groups("console", session), [named("", &["kubectl get pods", "a \\\n b", "c"])]);
        assert_eq!(groups("", "$ whoami\nann\n"), [named("", &["whoami"])]);
        assert_eq!(
            groups("console", "# systemctl restart x\nsh-5.1# ls -l\n"),
            [named("", &["systemctl restart x", "ls -l"])]
        );
        assert_eq!(groups("console", "W0917 daemon.go:662] Failed: lookup x\n"), []);
    }

    #[test]
    fn only_what_can_run_is_a_command() {
        assert_eq!(groups("json", "{}"), []);
        assert_eq!(groups("", "Error: connection refused\n"), []);
        assert_eq!(groups("", "npm run a\nnpm run b\n"), [named("", &["npm run a", "npm run b"])]);
        assert_eq!(groups("python", "import x\nx.y()\n"), [named("", &["import x\nx.y()"])]);
        assert_eq!(
            groups("sql", "-- How many\nSELECT 1\n  FROM x;\nSELECT 2;\n"),
            [named("How many", &["SELECT 1\n  FROM x;", "SELECT 2;"])]
        );
        assert_eq!(groups("sql", "BEGIN;\nx;\nCOMMIT;\n"), [named("", &["BEGIN;\nx;\nCOMMIT;"])]);
    }

    #[test]
    fn attributes_are_read_in_every_spelling() {
        for spelling in [
            "sh {\"name\":\"go\",\"interactive\":false}",
            "SH { name=go interactive=\"false\" }",
            "sh name=go interactive=false",
        ] {
            let fence = Fence { line: 1, info: spelling.to_owned(), text: String::new(), closed: true };
            let (language, attributes) = info("r.md", &fence, &mut Vec::new());
            assert_eq!(language, "sh");
            assert_eq!(
                (attributes["name"].as_str(), attributes["interactive"].as_str()),
                ("go", "false"),
                "{spelling}"
            );
        }
        let fence = Fence { line: 5, info: "sh {\"name\":}".to_owned(), text: String::new(), closed: true };
        let mut diagnostics = Vec::new();
        info("r.md", &fence, &mut diagnostics);
        assert_eq!((diagnostics[0].code, diagnostics[0].line), ("fence-attributes", 4));
    }
}
