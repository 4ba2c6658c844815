//! What a shell command of a runbook may do, guessed from its words.
//!
//! A guess that errs to the careful side: what is not known to only read is a change, and what
//! deletes, overwrites or forces is not reversible. A fence's `risk` attribute says otherwise, except that
//! no file makes harmless what looks irreversible.

use super::http;
use crate::domain::action::Risk;
use crate::domain::idempotency;
use crate::domain::runbook::StepCommand;
use crate::domain::step_rules::StepRules;

/// What `command` may do: what its fence says, or a guess.
pub fn risk_of(command: &StepCommand) -> Risk {
    risk_under(command, &command.rules)
}

/// What `command` may do where `rules` hold for it.
pub fn risk_under(command: &StepCommand, rules: &StepRules) -> Risk {
    let guess =
        if idempotency::is_request(command) { of_method(&command.text) } else { guess(&command.text) };
    match guess {
        Risk::Destroy => Risk::Destroy,
        Risk::Read | Risk::Change => rules.risk.unwrap_or(guess),
    }
}

/// What a request may do, by its method (RFC 9110, section 9.2: safe methods change nothing).
fn of_method(text: &str) -> Risk {
    match http::method(text) {
        Some("GET" | "HEAD" | "OPTIONS") => Risk::Read,
        Some("DELETE") => Risk::Destroy,
        Some(_) | None => Risk::Change,
    }
}

/// What `text` may do at most.
pub(super) fn guess(text: &str) -> Risk {
    let commands = commands(text);
    let risks = commands.iter().filter_map(|command| {
        let words: Vec<&str> = command.split_whitespace().collect();
        Command::of(&words).map(|command| command.risk())
    });
    risks.max().unwrap_or(Risk::Change)
}

/// The simple commands of `text`, without comments: split where one ends and another begins.
fn commands(text: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let joined = text.replace("\\\n", " ");
    for line in joined.lines() {
        let mut quote = None;
        let mut before = ' ';
        for c in line.chars() {
            match quote {
                Some(open) if c == open => quote = None,
                Some('"') if c == '`' || (c == '(' && before == '$') => out.push(String::new()),
                None if c == '#' && before.is_whitespace() => break,
                None if (c == '\'' || c == '"') && before != '\\' => quote = Some(c),
                None if ";|&(){}`".contains(c) && !(c == '&' && before == '>') => out.push(String::new()),
                _ => out.last_mut().into_iter().for_each(|last| last.push(c)),
            }
            before = c;
        }
        out.push(String::new());
    }
    out.retain(|command| !command.trim().is_empty());
    out
}

/// Words that stand before a program.
const WRAPPERS: &[&str] = &[
    "sudo", "env", "time", "nice", "nohup", "command", "exec", "npx", "then", "do", "if", "while", "else",
    "!",
];

/// Programs that only read, with the options by which they write all the same.
const READERS: &[(&str, &[&str])] = &[
    ("cat", &[]),
    ("cd", &[]),
    ("cut", &[]),
    ("date", &["-s", "--set"]),
    ("df", &[]),
    ("diff", &[]),
    ("dig", &[]),
    ("du", &[]),
    ("echo", &[]),
    ("eslint", &["--fix"]),
    ("find", &["-delete", "-exec", "-execdir", "-ok"]),
    ("free", &[]),
    ("grep", &[]),
    ("head", &[]),
    ("host", &[]),
    ("id", &[]),
    ("jest", &[]),
    ("jq", &[]),
    ("less", &[]),
    ("ls", &[]),
    ("lsof", &[]),
    ("netstat", &[]),
    ("nslookup", &[]),
    ("pg_isready", &[]),
    ("ping", &[]),
    ("printenv", &[]),
    ("printf", &[]),
    ("ps", &[]),
    ("pwd", &[]),
    ("rg", &[]),
    ("sed", &["-i", "--in-place"]),
    ("sleep", &[]),
    ("sort", &["-o", "--output"]),
    ("ss", &[]),
    ("stat", &[]),
    ("tail", &[]),
    ("test", &[]),
    ("top", &[]),
    ("true", &[]),
    ("uname", &[]),
    ("uptime", &[]),
    ("vitest", &["-u", "--update"]),
    ("wc", &[]),
    ("which", &[]),
    ("whoami", &[]),
    ("journalctl", &["--vacuum-size", "--vacuum-time", "--rotate"]),
];

/// First or second words by which a tool with subcommands only looks.
const LOOKS: &[&str] = &[
    "list", "ls", "show", "status", "logs", "log", "info", "view", "describe", "get", "inspect", "whoami",
    "ps", "version", "history", "top", "diff", "checks",
];

/// Tools, and the first words by which they only look besides [`LOOKS`].
const TOOLS: &[(&str, &[&str])] = &[
    ("docker", &["images", "stats"]),
    ("fly", &["releases"]),
    ("flyctl", &["releases"]),
    ("gh", &[]),
    ("git", &["fetch", "rev-parse", "blame", "ls-files"]),
    ("helm", &[]),
    ("kubectl", &[]),
    ("oc", &[]),
    ("playwright", &["test"]),
    ("podman", &["images", "stats"]),
    ("supabase", &[]),
    ("systemctl", &["is-active", "list-units"]),
    ("terraform", &["plan", "validate", "output"]),
    ("tofu", &["plan", "validate", "output"]),
    ("vercel", &[]),
];

/// Programs that leave nothing to go back to.
const DESTROYERS: &[&str] = &[
    "dd",
    "dropdb",
    "halt",
    "kill",
    "killall",
    "mkfs",
    "pg_restore",
    "pkill",
    "reboot",
    "shred",
    "shutdown",
    "truncate",
    "wipefs",
];

/// Words that destroy as an argument of a program; the others are judged by [`Command::destroys`].
const DESTROYING: &[(&[&str], &[&str])] = &[
    (&["terraform", "tofu", "pulumi"], &["destroy", "-destroy"]),
    (&["kubectl", "oc"], &["delete", "drain"]),
    (&["helm"], &["uninstall", "delete"]),
    (&["docker", "podman"], &["rm", "rmi", "prune", "kill"]),
    (&["vercel", "netlify", "heroku", "railway"], &["rm", "remove", "delete", "destroy"]),
    (&["supabase"], &["reset", "delete"]),
    (&["aws", "gcloud", "az", "gsutil", "s3cmd"], &["rm", "rb", "delete", "--delete"]),
    (&["fly", "flyctl"], &["destroy"]),
];

const SQL: &[&str] = &["psql", "mysql", "sqlite3"];
const SQL_DESTROYS: &[&str] = &["DROP ", "TRUNCATE ", "DELETE FROM ", "ALTER TABLE "];
const SQL_CHANGES: &[&str] = &["INSERT ", "UPDATE ", "CREATE ", "GRANT ", "INTO ", "\\COPY", "CALL "];
const SQL_READS: &[&str] = &["SELECT ", "SHOW ", "EXPLAIN "];

/// One simple command.
struct Command<'a> {
    program: &'a str,
    arguments: &'a [&'a str],
    upper: String,
}

impl<'a> Command<'a> {
    /// The command of `words`, without what stands before the program; `None` for nothing but that.
    fn of(words: &'a [&'a str]) -> Option<Self> {
        let assigns = |word: &str| {
            word.split_once('=').is_some_and(|(name, _)| {
                !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            })
        };
        let at = words.iter().position(|word| !WRAPPERS.contains(word) && !assigns(word))?;
        let program = words[at].rsplit('/').next()?;
        let arguments = &words[at + 1..];
        Some(Self { program, arguments, upper: format!(" {} ", arguments.join(" ").to_ascii_uppercase()) })
    }

    fn risk(&self) -> Risk {
        if self.destroys() {
            Risk::Destroy
        } else if self.reads() && !self.writes_a_file() {
            Risk::Read
        } else {
            Risk::Change
        }
    }

    fn has(&self, word: &str) -> bool {
        self.arguments.contains(&word)
    }

    fn any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.has(word))
    }

    fn says(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.upper.contains(word))
    }

    /// Whether a bundle of short options holds `letter`.
    fn short(&self, letter: char) -> bool {
        let bundle = |word: &&str| word.starts_with('-') && !word.starts_with("--");
        self.arguments.iter().filter(|word| bundle(word)).any(|word| word.contains(letter))
    }

    fn option(&self, stem: &str) -> bool {
        self.arguments.iter().any(|word| word.starts_with(stem))
    }

    fn writes_a_file(&self) -> bool {
        self.arguments.iter().enumerate().any(|(at, word)| {
            let Some(target) = word.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix('>') else {
                return false;
            };
            let target = target.trim_start_matches('>');
            let target = if target.is_empty() { self.arguments.get(at + 1).copied() } else { Some(target) };
            target.is_none_or(|target| target != "/dev/null" && !target.starts_with('&'))
        })
    }

    fn destroys(&self) -> bool {
        let named =
            DESTROYING.iter().any(|(programs, words)| programs.contains(&self.program) && self.any(words));
        if named || DESTROYERS.contains(&self.program) {
            return true;
        }
        match self.program {
            "rm" => self.short('r') || self.short('R') || self.short('f') || self.option("--"),
            program if SQL.contains(&program) => {
                self.says(SQL_DESTROYS) || self.option("<") || self.short('f') || self.option("--file")
            }
            "redis-cli" => self.says(&["FLUSHALL", "FLUSHDB", " DEL ", " UNLINK "]),
            "git" => {
                (self.has("push") && (self.short('f') || self.option("--force") || self.has("--delete")))
                    || (self.has("reset") && self.has("--hard"))
                    || (self.has("clean") && self.short('f'))
            }
            "fly" | "flyctl" => {
                self.any(&["machine", "machines", "m"]) && self.any(&["stop", "kill", "remove", "rm"])
            }
            "aws" | "gcloud" | "az" => self.option("delete-") || self.option("terminate-"),
            "curl" | "wget" | "http" | "xh" => self.says(&["DELETE"]),
            program if READERS.iter().any(|(reader, _)| *reader == program) => false,
            _ => {
                self.any(&["--force", "--hard", "destroy"])
                    || self.says(&[":DESTROY", "FLUSHALL", "FLUSHDB", "DROP TABLE", "DROP DATABASE"])
            }
        }
    }

    fn reads(&self) -> bool {
        if let Some((_, writing)) = READERS.iter().find(|(reader, _)| *reader == self.program) {
            return !writing.iter().any(|option| self.option(option));
        }
        if let [only] = self.arguments
            && matches!(*only, "--version" | "--help" | "-V" | "version" | "help")
        {
            return true;
        }
        let verbs = self.verbs();
        let (first, second) =
            (verbs.first().copied().unwrap_or_default(), verbs.get(1).copied().unwrap_or_default());
        if let Some((_, more)) = TOOLS.iter().find(|(tool, _)| *tool == self.program) {
            // `flyctl releases rollback` begins like something that only looks.
            let undone = matches!(second, "rollback" | "undo" | "restart" | "set" | "unset" | "create");
            return !undone && (LOOKS.contains(&first) || more.contains(&first) || LOOKS.contains(&second));
        }
        match self.program {
            "npm" | "pnpm" | "yarn" | "bun" => {
                let script = if first == "run" { second } else { first };
                let stem = script.split(':').next().unwrap_or_default();
                matches!(stem, "test" | "t" | "lint" | "check" | "typecheck" | "type-check" | "audit")
                    && !(first == "audit" && second == "fix")
                    || matches!(script, "outdated" | "ls" | "list" | "view")
            }
            "aws" => {
                second == "ls" || ["describe-", "list-", "get-"].iter().any(|stem| second.starts_with(stem))
            }
            "redis-cli" => {
                self.says(&[" INFO ", " PING ", " DBSIZE ", " CLIENT LIST ", " MEMORY STATS ", " GET "])
            }
            program if SQL.contains(&program) => {
                let inline = self.has("-c") || self.has("-e") || self.option("--command");
                inline && self.says(SQL_READS) && !self.says(SQL_CHANGES)
            }
            "curl" | "http" | "xh" => self.only_gets(),
            _ => false,
        }
    }

    /// The arguments that are neither options nor the values of common ones.
    fn verbs(&self) -> Vec<&'a str> {
        let valued =
            |word: &str| matches!(word, "-a" | "-n" | "-u" | "--app" | "--namespace" | "--prefix" | "-C");
        let mut before = "";
        let mut verbs = Vec::new();
        for word in self.arguments {
            if !word.starts_with('-') && !valued(before) {
                verbs.push(*word);
            }
            before = word;
        }
        verbs
    }

    fn only_gets(&self) -> bool {
        let sends =
            self.any(&["-d", "-F", "-T", "--json", "-o", "-O", "--form", "--output", "--upload-file"])
                || self.option("--data");
        let at = self.arguments.iter().position(|word| matches!(*word, "-X" | "--request"));
        let method = at.and_then(|at| self.arguments.get(at + 1)).copied().unwrap_or("GET");
        let joined = self.arguments.iter().find_map(|word| word.strip_prefix("-X")).unwrap_or_default();
        !sends
            && matches!(method, "GET" | "HEAD")
            && matches!(joined, "" | "GET" | "HEAD")
            && !self.says(&[" POST ", " PUT ", " PATCH "])
    }
}
