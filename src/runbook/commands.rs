//! What looks like something to run: programs by their names, and by the shape of their arguments.
//!
//! Looking only: whether a program is installed, and what it would do, is not known here.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::runbook::{Asides, StepCommand};
use crate::domain::step_rules::StepRules;

use super::placeholders;

/// Programs that runbooks call, in order.
#[rustfmt::skip]
const PROGRAMS: &[&str] = &[
    "alembic", "ansible", "ansible-playbook", "apachectl", "apt", "apt-get", "argocd", "artillery", "aws",
    "az", "bash", "brew", "bun", "bundle", "bunx", "cargo", "cat", "cd", "celery", "certbot", "chmod",
    "chown", "cockroach", "composer", "consul", "convox", "cp", "cqlsh", "crontab", "curl", "cypress",
    "date", "deno", "df", "dig", "django-admin", "dmesg", "dnf", "docker", "docker-compose", "doctl",
    "doppler", "dotnet", "drizzle-kit", "du", "echo", "ecs-cli", "eksctl", "env", "etcdctl", "export",
    "find", "firebase", "flask", "flux", "fly", "flyctl", "free", "gcloud", "gh", "git", "glab", "go",
    "goose", "gradle", "grep", "gsutil", "gunicorn", "gunzip", "gzip", "head", "helm", "heroku", "hey",
    "host", "htop", "http", "influx", "iostat", "ip", "iptables", "istioctl", "java", "jest",
    "journalctl", "jq", "k6", "k9s", "kafka-consumer-groups", "kafka-topics", "kill", "killall", "knex",
    "kubectl", "kubectx", "kubens", "kustomize", "less", "linkerd", "ln", "locust", "logcli", "ls",
    "lsof", "make", "mix", "mkdir", "mongo", "mongodump", "mongorestore", "mongosh", "mv", "mvn", "mysql",
    "mysqladmin", "mysqldump", "nc", "netlify", "netstat", "newman", "nginx", "node", "nomad", "npm",
    "npx", "nslookup", "nx", "oc", "op", "openssl", "opsgenie", "pd", "perl", "pg_basebackup", "pg_ctl",
    "pg_dump", "pg_dumpall", "pg_isready", "pg_restore", "pgbench", "pgrep", "php", "ping", "pip", "pip3",
    "pipenv", "pkill", "playwright", "pm2", "pnpm", "pnpx", "podman", "poetry", "prisma", "promtool",
    "ps", "psql", "pulumi", "pytest", "python", "python3", "rabbitmqadmin", "rabbitmqctl", "rails",
    "railway", "rake", "rclone", "redis-cli", "render", "rm", "rsync", "ruby", "s3cmd", "sam", "scp",
    "sed", "sentry-cli", "sequelize", "serverless", "service", "sh", "skaffold", "sleep", "sls", "snyk",
    "source", "sqlite3", "ss", "ssh", "sst", "stern", "stripe", "su", "sudo", "supabase", "supervisorctl",
    "sysctl", "systemctl", "tail", "tar", "tee", "telnet", "terraform", "terragrunt", "tofu", "top",
    "touch", "traceroute", "trivy", "ts-node", "tsx", "turbo", "typeorm", "ufw", "uname", "unzip",
    "uptime", "uv", "vagrant", "vault", "vercel", "vitest", "vmstat", "vtctlclient", "wait", "watch",
    "wget", "wrangler", "xargs", "yarn", "yum", "zcat", "zip", "zsh",
];

/// Words behind a program's name that make it plain English: "make sure", "go live", "date range".
const ENGLISH: &[&str] = &[
    "account", "ahead", "and", "back", "book", "for", "from", "is", "it", "live", "name", "of", "on", "page",
    "pool", "range", "request", "sure", "than", "that", "the", "this", "time", "to", "with",
];

/// Verbs of HTTP.
const METHODS: &[&str] = &["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/// Words that begin a statement of SQL, with what must come after the first.
const STATEMENTS: &[(&str, &[&str])] = &[
    ("ALTER", &["TABLE", "DATABASE", "SYSTEM", "ROLE", "USER", "INDEX", "SEQUENCE"]),
    ("ANALYZE", &[]),
    ("CREATE", &["TABLE", "INDEX", "UNIQUE", "ROLE", "USER", "DATABASE", "VIEW", "EXTENSION"]),
    ("DELETE", &["FROM"]),
    ("DROP", &["TABLE", "INDEX", "DATABASE", "ROLE", "VIEW", "SCHEMA"]),
    ("EXPLAIN", &[]),
    ("INSERT", &["INTO"]),
    ("KILL", &["QUERY", "CONNECTION"]),
    ("REINDEX", &[]),
    ("SELECT", &[]),
    ("SHOW", &["PROCESSLIST", "ENGINE", "STATUS", "REPLICA", "SLAVE", "TABLES", "VARIABLES", "FULL"]),
    ("TRUNCATE", &[]),
    ("UPDATE", &[]),
    ("VACUUM", &[]),
];

/// What a text that can be run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Runs {
    /// A line for a shell.
    Shell,
    /// A request: method and path.
    Http,
    /// A statement for a database.
    Sql,
}

/// What a code span that stands in prose runs, if it is no mere name.
pub(super) fn of_span(code: &str) -> Option<Runs> {
    let code = code.trim();
    let code = code.strip_prefix("$ ").unwrap_or(code);
    if is_request(code) {
        return Some(Runs::Http);
    }
    if is_statement(code) {
        return Some(Runs::Sql);
    }
    let (program, arguments) = program(code)?;
    let next = arguments.split_whitespace().next();
    if is_script(program) {
        return Some(Runs::Shell);
    }
    let next = next?;
    let known = is_program(program) && !ENGLISH.contains(&next.to_lowercase().as_str());
    let path = program.starts_with(['/', '~', '.']) && program.contains('/');
    (known || path && !arguments.is_empty() || flagged(program, arguments)).then_some(Runs::Shell)
}

/// Whether a line of a block with no language is for a shell.
pub(super) fn is_line(line: &str) -> bool {
    let line = line.trim();
    if line.starts_with("$ ") || of_span(line).is_some() {
        return true;
    }
    program(line).is_some_and(|(program, arguments)| is_program(program) && arguments.is_empty())
}

/// The command of a code span that stands on `line`.
pub(super) fn span_command(code: &str, line: usize) -> Option<StepCommand> {
    let language = match of_span(code)? {
        Runs::Shell => None,
        Runs::Http => Some("http"),
        Runs::Sql => Some("sql"),
    };
    let text = code.trim().strip_prefix("$ ").unwrap_or(code.trim()).to_owned();
    Some(StepCommand {
        line,
        language: language.map(str::to_owned),
        placeholders: placeholders::find(&text, line, language, &BTreeSet::new()),
        text,
        attributes: BTreeMap::new(),
        block: None,
        rules: StepRules::default(),
        asides: Asides::default(),
    })
}

/// The command of a cell that holds nothing else.
pub(super) fn typed(cell: &str, line: usize) -> StepCommand {
    let text = cell.trim().strip_prefix("$ ").unwrap_or(cell.trim()).to_owned();
    StepCommand {
        line,
        language: None,
        placeholders: placeholders::find(&text, line, None, &BTreeSet::new()),
        text,
        attributes: BTreeMap::new(),
        block: None,
        rules: StepRules::default(),
        asides: Asides::default(),
    }
}

/// The first word that is no assignment, and what follows it.
fn program(line: &str) -> Option<(&str, &str)> {
    let mut rest = line;
    loop {
        let (word, after) = first_word(rest)?;
        if !is_assignment(word) {
            return Some((word, after.trim()));
        }
        rest = after;
    }
}

fn first_word(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            ('"' | '\'', None) => quote = Some(c),
            (c, None) if c.is_whitespace() => return Some((&text[..at], &text[at..])),
            _ => {}
        }
    }
    (!text.is_empty()).then_some((text, ""))
}

/// `NAME=value`.
pub(super) fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| is_name(name.trim_end_matches('+')))
}

/// A name that a shell's variable can have.
pub(super) fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn is_program(word: &str) -> bool {
    let name = word.rsplit('/').next().unwrap_or(word);
    let name = name.strip_suffix(".exe").unwrap_or(name);
    (word == name || word.starts_with(['/', '.', '~'])) && PROGRAMS.binary_search(&name).is_ok()
}

/// `./deploy.sh`, `scripts/restore.py`: a path that can only be meant to run.
fn is_script(word: &str) -> bool {
    let ends = [".sh", ".bash", ".py", ".rb", ".pl"].iter().any(|end| word.ends_with(end));
    let path = word.starts_with("./") || word.starts_with("../") || word.starts_with("~/");
    (path && (ends || !word[1..].contains('.'))) || (ends && word.contains('/') && !word.contains("://"))
}

/// `ourtool drain --force`: any plain word, if what follows has a flag or a pipe.
fn flagged(program: &str, arguments: &str) -> bool {
    let plain = program.starts_with(|c: char| c.is_ascii_lowercase())
        && program
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.'))
        && program.ends_with(|c: char| c.is_ascii_alphanumeric());
    let flag = |word: &str| {
        let name = word.trim_start_matches('-');
        let dashes = word.len() - name.len();
        (1..=2).contains(&dashes) && name.starts_with(|c: char| c.is_ascii_alphabetic())
    };
    plain && (arguments.split_whitespace().any(flag) || arguments.contains(" | "))
}

fn is_request(code: &str) -> bool {
    code.split_once(' ').is_some_and(|(method, target)| {
        let target = target.trim_start();
        METHODS.contains(&method)
            && ["/", "http://", "https://", "…/", ".../", "{", "<", "$"]
                .iter()
                .any(|begin| target.starts_with(begin))
    })
}

fn is_statement(code: &str) -> bool {
    let mut words = code.split_whitespace();
    let Some(first) = words.next() else { return false };
    let second = words.next();
    STATEMENTS.iter().any(|(verb, after)| {
        first == *verb
            && second.is_some_and(|second| after.is_empty() || after.contains(&second.trim_end_matches(';')))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_told_from_names() {
        for (code, runs) in [
            ("npm run lint", Runs::Shell),
            ("npm test -- --run", Runs::Shell),
            ("A=true B='x y' npm run e2e", Runs::Shell),
            ("redis-cli -u <redis-url> FLUSHALL", Runs::Shell),
            ("kubectl logs", Runs::Shell),
            ("./scripts/drain", Runs::Shell),
            ("scripts/restore.sh", Runs::Shell),
            ("/usr/local/bin/drain now", Runs::Shell),
            ("ourtool node drain --force", Runs::Shell),
            ("$ whoami --help", Runs::Shell),
            ("make deploy", Runs::Shell),
            ("POST /api/orgs/[orgId]/publish", Runs::Http),
            ("POST .../nudges/send", Runs::Http),
            ("SELECT pg_cancel_backend(7);", Runs::Sql),
            ("DELETE FROM jobs", Runs::Sql),
        ] {
            assert_eq!(of_span(code), Some(runs), "{code}");
        }
        for code in [
            "MAINTENANCE_MODE=true",
            "npm",
            "/health",
            "/api/health",
            "docs/checklist.md",
            "alert:*",
            "v2024.04.15",
            "[ai]",
            "[modules] ... truncated",
            "healthy",
            "x-evidence",
            "make sure",
            "go live",
            "date range",
            "GET",
            "POST requests",
            "SELECT",
            "Is this fair?",
            "node pool",
            "deploy.sh",
            "https://example.com/x y",
            "DROP packets",
            "not found - retry",
        ] {
            assert_eq!(of_span(code), None, "{code}");
        }
    }

    #[test]
    fn the_programs_can_be_searched() {
        assert!(PROGRAMS.is_sorted(), "{:?}", PROGRAMS.windows(2).find(|pair| pair[0] > pair[1]));
    }
}
