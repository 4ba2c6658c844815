//! What a code block asks for: commands, each with its line, in groups that its comments name. Or
//! nothing to run at all: output, configuration, a diagram.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::diagnostic::Diagnostic;
use crate::domain::text;

use super::blocks::Fence;
use super::commands;
use super::groups::{Cut, Group};
use super::session::{is_session, unprompted};
use super::shell::{self, PieceKind};
use super::step_rules;

/// A block with more lines is a program, and is not cut.
const LONGEST: usize = 2000;

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
        block: fence.line,
        rules: step_rules::rules(file, fence.line.saturating_sub(1).max(1), &attributes, diagnostics),
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
    // JSON has a quoted key behind its brace; `{ name="a b" }` is the other spelling.
    if rest.strip_prefix('{').is_some_and(|inner| inner.trim_start().starts_with(['"', '}'])) {
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
pub(super) fn pairs(text: &str) -> Vec<(String, String)> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(info: &str, text: &str) -> Vec<(Option<String>, Vec<String>)> {
        let fence =
            Fence { line: 2, info: info.to_owned(), text: text.to_owned(), closed: true, lines: (1, 2) };
        let mut diagnostics = Vec::new();
        match read("r.md", &fence, &mut diagnostics) {
            Told::Note(_) => vec![],
            Told::Groups(groups) => groups
                .into_iter()
                .map(|g| (g.name.map(|name| name.words), g.commands.into_iter().map(|c| c.text).collect()))
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
            let fence = Fence {
                line: 1,
                info: spelling.to_owned(),
                text: String::new(),
                closed: true,
                lines: (1, 2),
            };
            let (language, attributes) = info("r.md", &fence, &mut Vec::new());
            assert_eq!(language, "sh");
            assert_eq!(
                (attributes["name"].as_str(), attributes["interactive"].as_str()),
                ("go", "false"),
                "{spelling}"
            );
        }
        let fence = Fence {
            line: 5,
            info: "sh {\"name\":}".to_owned(),
            text: String::new(),
            closed: true,
            lines: (1, 2),
        };
        let mut diagnostics = Vec::new();
        info("r.md", &fence, &mut diagnostics);
        assert_eq!((diagnostics[0].code, diagnostics[0].line), ("fence-attributes", 4));
    }
}
