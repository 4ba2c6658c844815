//! Holes in commands: what must be known before they can run.
//!
//! `<version>`, `[orgId]`, `{{name}}`, `/{id}` and, in a request, `/:id`; `$NAME` and `${NAME}` that
//! nothing in the same block sets; `...` that stands for a value; `YOUR_API_KEY`. Not: redirections,
//! here-documents, tests, arrays, globs, templates of tools, what single quotes keep from the shell.

use std::collections::BTreeSet;

use crate::domain::runbook::Placeholder;
use crate::domain::text;

/// Longer than this is no name of a value.
const LONGEST: usize = 48;

/// More than these in one command are no holes.
const MOST: usize = 64;

/// Variables that every shell has.
const GIVEN: &[&str] = &[
    "BASHPID",
    "BASH_REMATCH",
    "BASH_SOURCE",
    "EDITOR",
    "EUID",
    "FUNCNAME",
    "HOME",
    "HOSTNAME",
    "IFS",
    "LANG",
    "LINENO",
    "NF",
    "NR",
    "OLDPWD",
    "OPTARG",
    "OPTIND",
    "PATH",
    "PIPESTATUS",
    "PPID",
    "PWD",
    "RANDOM",
    "REPLY",
    "SECONDS",
    "SHELL",
    "TERM",
    "TMPDIR",
    "UID",
    "USER",
];

/// Programs whose arguments are patterns, where square brackets are a choice of characters.
const PATTERNS: &[&str] = &["awk", "egrep", "expr", "find", "grep", "jq", "perl", "rg", "sed", "tr", "zgrep"];

/// Whether a language is a shell's; no language is taken for one.
pub(super) fn is_shell(language: Option<&str>) -> bool {
    language.is_none_or(|language| {
        matches!(
            language,
            "sh" | "bash"
                | "shell"
                | "zsh"
                | "ksh"
                | "fish"
                | "console"
                | "terminal"
                | "shell-session"
                | "shellsession"
                | "sh-session"
                | "bash-session"
        )
    })
}

/// The holes of a command whose first line is line `line` of the file, each once. `set` are the
/// variables that the block around it sets.
pub(super) fn find(
    command: &str,
    line: usize,
    language: Option<&str>,
    set: &BTreeSet<String>,
) -> Vec<Placeholder> {
    let shell = is_shell(language);
    let http = language == Some("http");
    // Nobody fills more than these in; what is beyond is a file, not a command.
    let command = text::head(command, 64 << 10);
    let closes = command.contains("</");
    let mut found: Vec<Placeholder> = Vec::new();
    let mut scan = Scan { line, before: ' ', ..Scan::default() };
    let mut skip_to = 0;
    let mut here: Option<String> = None;
    let mut at_line_start = true;
    for (at, c) in command.char_indices() {
        if c == '\n' {
            scan.line += 1;
            scan.comment = false;
            scan.program = Program::Next;
            at_line_start = true;
            scan.before = c;
            continue;
        }
        if std::mem::take(&mut at_line_start) && here.is_some() {
            let this = command[at..].lines().next().unwrap_or_default();
            if here.as_deref() == Some(this.trim()) {
                here = None;
            }
        }
        if at < skip_to {
            scan.before = c;
            continue;
        }
        if found.len() >= MOST {
            break;
        }
        let rest = &command[at..];
        if shell {
            scan.step(c, rest);
        }
        if !scan.comment && here.is_none() {
            let hole = angle(rest, scan.before, shell, closes)
                .or_else(|| {
                    square(rest, scan.before, scan.program == Program::OfPatterns || !(shell || http))
                })
                .or_else(|| curly(rest, scan.before))
                .or_else(|| if http { colon(rest, scan.before) } else { None })
                .or_else(|| {
                    if scan.quote == Some('\'') {
                        None
                    } else {
                        variable(rest, scan.before, shell || http, set)
                    }
                })
                .or_else(|| yours(rest, scan.before))
                .map(|(length, name, environment)| (0, length, name, environment))
                .or_else(|| {
                    dots(rest, &command[..at]).map(|(back, length, name)| (back, length, name, false))
                });
            if let Some((back, length, name, environment)) = hole {
                skip_to = at + length;
                let token = text::clean(&command[at - back..at + length]).into_owned();
                if !name.is_empty() && !found.iter().any(|known| known.token == token && known.name == name) {
                    found.push(Placeholder { token, name, line: scan.line, environment });
                }
            }
            if shell && here.is_none() && scan.quote.is_none() && rest.starts_with("<<") && scan.before != '<'
            {
                here = kept_document(rest);
            }
        }
        scan.before = c;
    }
    found
}

/// Where in a shell's line the eye is.
#[derive(Default)]
struct Scan {
    line: usize,
    quote: Option<char>,
    escaped: bool,
    comment: bool,
    program: Program,
    before: char,
}

/// Whose arguments are read.
#[derive(Default, PartialEq, Eq)]
enum Program {
    /// The next word is a program.
    #[default]
    Next,
    /// A program that takes patterns.
    OfPatterns,
    /// Any other.
    Other,
}

impl Scan {
    fn word_begins(&self) -> bool {
        self.before.is_whitespace() || matches!(self.before, ';' | '|' | '&' | '(')
    }

    fn step(&mut self, c: char, rest: &str) {
        if std::mem::take(&mut self.escaped) {
            return;
        }
        match (self.quote, c) {
            (Some(open), c) if c == open => self.quote = None,
            (Some('\''), _) => {}
            (_, '\\') => self.escaped = true,
            (None, '"' | '\'') => self.quote = Some(c),
            (None, '#') if self.before.is_whitespace() => self.comment = true,
            (None, '|' | ';' | '&') => self.program = Program::Next,
            (None, c) if self.program == Program::Next && c.is_alphabetic() && self.word_begins() => {
                let word =
                    rest.split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '='))).next();
                let word = word.unwrap_or_default();
                // "sudo grep" and "A=1 grep" still have the program before them.
                if word != "sudo" && !word.contains('=') {
                    self.program =
                        if PATTERNS.contains(&word) { Program::OfPatterns } else { Program::Other };
                }
            }
            _ => {}
        }
    }
}

/// How long it is, what it is called, whether the environment may hold it.
type Hole = Option<(usize, String, bool)>;

/// Where the hole closes, if it does before it is too long for one.
fn near(inner: &str, close: &str) -> Option<usize> {
    text::head(inner, LONGEST + 4).find(close)
}

fn angle(rest: &str, before: char, shell: bool, closes: bool) -> Hole {
    let inner = rest.strip_prefix('<')?;
    let end = near(inner, ">")?;
    let name = &inner[..end];
    let fits = end <= LONGEST
        && name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && name.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | ')' | '.' | '…'))
        && name.chars().all(|c| c.is_alphanumeric() || " _-.:/|,…()#".contains(c));
    // A here-document, a comparison, a type's argument, an element of HTML.
    let other = before == '<'
        || (!shell && (before.is_alphanumeric() || before == ')'))
        || (closes && text::head(rest, 2048).contains(&format!("</{name}>")));
    (fits && !other).then(|| (end + 2, name.to_owned(), false))
}

fn square(rest: &str, before: char, patterns: bool) -> Hole {
    let inner = rest.strip_prefix('[')?;
    let end = near(inner, "]")?;
    let name = &inner[..end];
    let after = inner[end + 1..].chars().next();
    let stands = (before.is_whitespace()
        || matches!(before, '\0' | '/' | '=' | ':' | '"' | '\'' | ',' | '@' | '?' | '&'))
        && after.is_none_or(|c| {
            c.is_whitespace() || matches!(c, '/' | '"' | '\'' | '?' | '&' | ':' | ',' | ';' | '.' | ')' | '@')
        });
    let fits = (2..=LONGEST).contains(&end)
        && name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && name.ends_with(|c: char| c.is_alphanumeric() || c == '_')
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | ' ' | '.'))
        && !matches!(name, "true" | "false" | "null");
    // A choice of characters: `[a-z]`.
    let range = name.len() == 3 && name.as_bytes()[1] == b'-';
    (fits && stands && !patterns && !range).then(|| (end + 2, name.to_owned(), false))
}

fn curly(rest: &str, before: char) -> Hole {
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
    };
    if let Some(inner) = rest.strip_prefix("{{") {
        let end = near(inner, "}}")?;
        let name = inner[..end].trim();
        // Words of templates that tools fill in themselves.
        let keyword = matches!(name, "end" | "else" | "block" | "break" | "continue");
        return (is_name(name) && !keyword && before != '$').then(|| (end + 4, name.to_owned(), false));
    }
    let inner = rest.strip_prefix('{')?;
    let end = near(inner, "}")?;
    let name = &inner[..end];
    (matches!(before, '/' | '=') && is_name(name)).then(|| (end + 2, name.to_owned(), false))
}

fn colon(rest: &str, before: char) -> Hole {
    let inner = rest.strip_prefix(':')?;
    let end = inner.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(inner.len());
    let name = &inner[..end];
    (before == '/' && name.starts_with(char::is_alphabetic)).then(|| (end + 1, name.to_owned(), false))
}

fn variable(rest: &str, before: char, expands: bool, set: &BTreeSet<String>) -> Hole {
    let inner = rest.strip_prefix('$').filter(|_| expands && before != '\\' && before != '$')?;
    let name_of = |text: &str| {
        let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
        text[..end].to_owned()
    };
    let (length, name) = if let Some(inner) = inner.strip_prefix('{') {
        let end = near(inner, "}")?;
        let counted = inner.trim_start_matches('#');
        let name = name_of(counted);
        let how = counted.get(name.len()..).unwrap_or_default();
        // What has a value to fall back on is no hole, nor is an array: no environment holds one.
        let fallback = [":-", ":=", "-", "=", "["].iter().any(|sign| how.starts_with(sign));
        (end + 3, if fallback { String::new() } else { name })
    } else {
        let name = name_of(inner);
        (name.len() + 1, name)
    };
    if !super::commands::is_name(&name) {
        return None;
    }
    let known = GIVEN.contains(&name.as_str()) || set.contains(&name);
    // Without a name it is passed over: nobody is asked for it.
    Some((length, if known { String::new() } else { name }, true))
}

/// `...`, with the beginning of a value that stands before it: `whsec_...`. How much of it stands before,
/// how long the rest is, what it is called.
fn dots(rest: &str, before: &str) -> Option<(usize, usize, String)> {
    let length =
        if rest.starts_with("...") { 3 } else { rest.starts_with('…').then_some('…'.len_utf8())? };
    let next = rest[length..].chars().next();
    if next.is_some_and(|c| !(c.is_whitespace() || "/\"'?&,)};:@".contains(c))) {
        return None;
    }
    let prefix =
        before.len() - before.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '_').len();
    // The word before dots is prose, unless it says itself that it goes on.
    let back = if prefix > 0 && before.ends_with('_') { prefix } else { 0 };
    let before = &before[..before.len() - back];
    let last = before.chars().next_back();
    let stands = last.is_none_or(|c| c.is_whitespace() || matches!(c, '=' | '/' | '"' | '\'' | ':' | '(' | ',' | '@'))
        // Every package below: Go's way to say it.
        && !(before.ends_with("./") && !before.ends_with("/./") && !before.ends_with("../"));
    if !stands {
        return None;
    }
    let label = before.trim_end_matches(['"', '\'', ' ', '=', ':']);
    let word = label.rsplit([' ', '\n', '"', '\'', '?', '&', ';', '(', ',']).next().unwrap_or_default();
    let given = before.trim_end_matches(['"', '\'']).ends_with('=') || word.starts_with("--");
    let name = word.trim_start_matches('-');
    let plain = name.starts_with(char::is_alphabetic)
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
    let named = given && plain && before.len() > label.len();
    Some((back, length, if named { name.to_owned() } else { "value".to_owned() }))
}

fn yours(rest: &str, before: char) -> Hole {
    if before.is_alphanumeric() || before == '$' || before == '{' || !rest.starts_with("YOUR") {
        return None;
    }
    let end = rest.find(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || matches!(c, '_' | '-')));
    let name = rest[..end.unwrap_or(rest.len())].trim_end_matches(['-', '_']);
    let own = name.strip_prefix("YOUR_").or_else(|| name.strip_prefix("YOUR-"))?;
    (!own.is_empty()).then(|| (name.len(), own.to_owned(), false))
}

/// The word that ends a here-document in which the shell expands nothing.
fn kept_document(rest: &str) -> Option<String> {
    let after = rest.trim_start_matches('<').trim_start_matches('-').trim_start();
    let quote = after.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let word = after[1..].split(quote).next()?;
    (!word.is_empty() && !rest.starts_with("<<<")).then(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(command: &str, language: Option<&str>) -> Vec<String> {
        find(command, 1, language, &BTreeSet::new()).into_iter().map(|hole| hole.token).collect()
    }

    #[test]
    fn holes_are_found_in_every_spelling() {
        for (command, expected) in [
            ("fly releases rollback <version> -a api", vec!["<version>"]),
            ("vercel promote <deployment-url> --scope=<team>", vec!["<deployment-url>", "<team>"]),
            ("gh secret set K --body=\"<new-key>\"", vec!["<new-key>"]),
            ("echo '<your name>'", vec!["<your name>"]),
            ("curl https://example.com/orgs/[orgId]/x", vec!["[orgId]"]),
            ("helm upgrade {{release}} -f {{ values.file }}", vec!["{{release}}", "{{ values.file }}"]),
            ("curl https://example.com/users/{user_id}", vec!["{user_id}"]),
            ("psql $DATABASE_URL -c \"${SQL}\"", vec!["$DATABASE_URL", "${SQL}"]),
            ("SENTRY_DSN=... node x", vec!["..."]),
            ("curl https://hooks.example.com/services/...", vec!["..."]),
            ("export KEY=YOUR_API_KEY", vec!["YOUR_API_KEY"]),
            ("secrets set K=whsec_...", vec!["whsec_..."]),
            ("a <x> <x>", vec!["<x>"]),
            ("cat <<EOF\n$NAME\nEOF", vec!["$NAME"]),
            ("gzip < /tmp/$DAY.sql", vec!["$DAY"]),
        ] {
            assert_eq!(tokens(command, Some("bash")), expected, "{command}");
        }
        for (command, expected) in [
            ("POST /api/orgs/[orgId]/campaigns/[campaignId]/publish", vec!["[orgId]", "[campaignId]"]),
            ("POST .../nudges/send", vec!["..."]),
            ("GET /lesson/:id?x=<y>", vec![":id", "<y>"]),
        ] {
            assert_eq!(tokens(command, Some("http")), expected, "{command}");
        }
    }

    #[test]
    fn what_a_shell_means_is_no_hole() {
        for command in [
            "make 2>&1 <in.txt >out.txt",
            "psql < file.sql",
            "cat <<'EOF'\n$NAME <x\nEOF",
            "[[ -f x ]] && [ -n y ]",
            "echo ${arr[@]} ${#arr[*]} a[b]",
            "ls file[ab].txt [a-z]*",
            "grep '[ERROR]' app.log | sed 's/[abc]/x/'",
            "sudo A=b grep \"[ERROR]\" app.log",
            "docker ps --format '{{.Names}}'",
            "awk '{print $NF}' f",
            "echo $1 $? $$ $# $@ $(date +%Y) $HOME",
            "echo \\$NAME ${A:-b}",
            "go test ./...",
            "git diff main...topic",
            "echo \"Waiting...\"",
            "echo {1..3} {a,b}",
            "diff <(a) <(b)",
            "curl -d '<a><b>1</b></a>' x",
            "true # see <docs> or $X",
        ] {
            assert_eq!(tokens(command, Some("sh")), Vec::<String>::new(), "{command}");
        }
        assert_eq!(tokens("SELECT 1 WHERE a < b AND c > d AND e = $1", Some("sql")), Vec::<String>::new());
        assert_eq!(tokens("const a: Array<string> = b[index]", Some("ts")), Vec::<String>::new());
    }

    #[test]
    fn holes_have_names_lines_and_their_source() {
        let holes =
            find("a ... \\\n  --token=... \\\n  X=...\nb $X $Y", 7, None, &BTreeSet::from(["X".to_owned()]));
        let seen: Vec<_> =
            holes.iter().map(|h| (h.token.as_str(), h.name.as_str(), h.line, h.environment)).collect();
        assert_eq!(
            seen,
            [
                ("...", "value", 7, false),
                ("...", "token", 8, false),
                ("...", "X", 9, false),
                ("$Y", "Y", 10, true)
            ]
        );
    }
}
