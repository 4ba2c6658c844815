//! Variables of the environment that runbooks need: what is set, missing or suspicious. A value is looked at and
//! never kept, and nothing that is said of it tells anything of it.

use std::collections::BTreeMap;

use super::ids::RunbookId;
use super::runbook::Runbook;
use super::statement::Says;

/// What a variable holds, as far as it can be read.
pub type Values = BTreeMap<String, Option<String>>;

/// What was found of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its name; one that ends in `*` stands for all that begin so.
    pub name: String,
    /// Which environment it belongs to, where the file has several.
    pub environment: Option<String>,
    /// Whether it may be missing.
    pub optional: bool,
    /// How it stands.
    pub verdict: Verdict,
    /// The runbook that names it.
    pub file: RunbookId,
    /// 1-based line on which it does.
    pub line: usize,
    /// The heading around it.
    pub heading: Option<String>,
}

/// How a variable stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is set.
    Set,
    /// It is not.
    Missing,
    /// It is set to something that it can hardly be meant to be, and why.
    Suspicious(String),
}

impl Verdict {
    /// The word on screen and in `--json`.
    pub const fn word(&self) -> &'static str {
        match self {
            Verdict::Set => "set",
            Verdict::Missing => "missing",
            Verdict::Suspicious(_) => "suspicious",
        }
    }

    /// The glyph that goes with the word.
    pub const fn glyph(&self) -> &'static str {
        match self {
            Verdict::Set => "✔",
            Verdict::Missing => "✖",
            Verdict::Suspicious(_) => "▲",
        }
    }
}

impl Finding {
    /// Whether something has to be done about it: what may be missing may be wrong as well.
    pub fn is_wanting(&self) -> bool {
        !self.optional && self.verdict != Verdict::Set
    }
}

/// Names of environments that people use for the real one.
const PRODUCTION: [&str; 4] = ["production", "prod", "live", "prd"];

/// Whether `environment` is the one that customers use.
pub fn is_production(environment: &str) -> bool {
    PRODUCTION.contains(&environment.trim().to_ascii_lowercase().as_str())
}

/// What each of `runbooks` names, once, in its order, held against `values`. `environment` is the one that is
/// watched: of a file's several environments, each is judged as itself.
pub fn check(runbooks: &[Runbook], environment: &str, values: &Values) -> Vec<Finding> {
    runbooks.iter().flat_map(|runbook| check_one(runbook, environment, values)).collect()
}

fn check_one(runbook: &Runbook, environment: &str, values: &Values) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for statement in &runbook.statements {
        let Says::Variable { name, optional, environment: own } = &statement.says else { continue };
        if let Some(known) = found.iter_mut().find(|known| known.name == *name && known.environment == *own) {
            known.optional &= optional;
            continue;
        }
        found.push(Finding {
            name: name.clone(),
            environment: own.clone(),
            optional: *optional,
            verdict: judge(name, own.as_deref().unwrap_or(environment), values),
            file: runbook.id.clone(),
            line: statement.line,
            heading: statement.heading.clone(),
        });
    }
    let twin =
        |one: &Finding| found.iter().find(|other| same(one, other, values)).map(|other| other.name.clone());
    let twins: Vec<Option<String>> = found.iter().map(twin).collect();
    for (finding, twin) in found.iter_mut().zip(twins) {
        if let Some(twin) = twin.filter(|_| finding.verdict == Verdict::Set) {
            finding.verdict = Verdict::Suspicious(format!("the same value as {twin}"));
        }
    }
    found
}

fn judge(name: &str, environment: &str, values: &Values) -> Verdict {
    if let Some(start) = name.strip_suffix('*') {
        let any = values.iter().any(|(known, value)| {
            known.starts_with(start) && value.as_ref().is_none_or(|value| !value.is_empty())
        });
        return if any { Verdict::Set } else { Verdict::Missing };
    }
    match values.get(name) {
        None => Verdict::Missing,
        Some(None) => Verdict::Suspicious("not UTF-8".into()),
        Some(Some(value)) => {
            suspicion(name, value, environment).map_or(Verdict::Set, |why| Verdict::Suspicious(why.into()))
        }
    }
}

/// Why `value` can hardly be meant, in words that tell nothing of it.
fn suspicion(name: &str, value: &str, environment: &str) -> Option<&'static str> {
    let trimmed = value.trim();
    let quoted = |quote: char| trimmed.len() > 1 && trimmed.starts_with(quote) && trimmed.ends_with(quote);
    // A key that spans lines, as PEM does, is meant to.
    let lines = trimmed.contains(['\n', '\r']) && !trimmed.starts_with("-----BEGIN");
    let address = names_an_address(name);
    if trimmed.is_empty() {
        Some("empty")
    } else if lines {
        Some("a line end in it")
    } else if trimmed != value && !value.starts_with("-----BEGIN") {
        Some("white space around it")
    } else if quoted('"') || quoted('\'') || quoted('`') {
        Some("quotes around it")
    } else if is_placeholder(trimmed) {
        Some("looks like a placeholder")
    } else if address && !is_address(trimmed) {
        Some("not a URL")
    } else if is_production(environment) && is_local(trimmed) {
        Some("points at this machine, in production")
    } else {
        None
    }
}

/// Whether the name says that an address with a scheme is meant.
fn names_an_address(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    ["URL", "URI", "DSN"].iter().any(|word| name == *word || name.ends_with(&format!("_{word}")))
}

fn is_address(value: &str) -> bool {
    // A server's address may hold a password with characters that no URL has: then its beginning has to do.
    let looks = || {
        value.split_once("://").is_some_and(|(scheme, rest)| {
            !rest.is_empty()
                && !scheme.is_empty()
                && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
        })
    };
    !value.contains(char::is_whitespace) && (looks() || value.starts_with("mailto:"))
}

fn is_local(value: &str) -> bool {
    const LOCAL: [&str; 5] = ["localhost", "127.0.0.1", "[::1]", "::1", "0.0.0.0"];
    let value = value.to_ascii_lowercase();
    let rest = value.split_once("://").map_or(value.as_str(), |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let host = authority.rsplit('@').next().unwrap_or(authority);
    LOCAL.iter().any(|local| {
        host.strip_prefix(local).is_some_and(|after| {
            after.is_empty()
                || after
                    .strip_prefix(':')
                    .is_some_and(|port| !port.is_empty() && port.chars().all(|c| c.is_ascii_digit()))
        })
    })
}

fn is_placeholder(value: &str) -> bool {
    const WORDS: [&str; 20] = [
        "changeme",
        "change-me",
        "change_me",
        "change me",
        "replaceme",
        "replace-me",
        "replace_me",
        "todo",
        "tbd",
        "fixme",
        "placeholder",
        "example",
        "dummy",
        "null",
        "undefined",
        "none",
        "n/a",
        "secret",
        "password",
        "value",
    ];
    let lower = value.to_ascii_lowercase();
    let enclosed = |open: char, close: char| value.starts_with(open) && value.ends_with(close);
    WORDS.contains(&lower.as_str())
        || enclosed('<', '>')
        || (enclosed('[', ']') && !value.contains([',', '"', ':']))
        || value.contains("...")
        || value.contains('…')
        || value.contains("${")
        || value.contains("{{")
        || ["your-", "your_", "insert-", "insert_", "replace_with", "replace-with"]
            .iter()
            .any(|start| lower.starts_with(start))
        || (value.len() > 2 && lower.chars().all(|c| c == 'x'))
        || (value.len() > 2 && value.chars().all(|c| c == '*'))
}

/// What environments are called at the start of a variable's name.
const ENVIRONMENTS: [&str; 14] = [
    "STAGING",
    "STAGE",
    "PILOT",
    "PRODUCTION",
    "PROD",
    "PRD",
    "LIVE",
    "DEVELOPMENT",
    "DEV",
    "TEST",
    "QA",
    "UAT",
    "PREVIEW",
    "SANDBOX",
];

/// Whether two variables are one under the names of two environments, and hold the same: a copy that was forgotten.
fn same(one: &Finding, other: &Finding, values: &Values) -> bool {
    let parts = |name: &str| {
        let (first, rest) = name.split_once('_')?;
        ENVIRONMENTS
            .contains(&first.to_ascii_uppercase().as_str())
            .then(|| (first.to_owned(), rest.to_owned()))
    };
    let (Some((mine, what)), Some((theirs, same))) = (parts(&one.name), parts(&other.name)) else {
        return false;
    };
    let held = |name: &str| values.get(name).and_then(Option::as_deref).filter(|value| tells_apart(value));
    mine != theirs && what == same && held(&one.name).is_some() && held(&one.name) == held(&other.name)
}

/// Whether a value would be another in another environment: switches and numbers may well be the same.
fn tells_apart(value: &str) -> bool {
    let switch = ["true", "false", "on", "off", "yes", "no"].contains(&value.to_ascii_lowercase().as_str());
    !switch && !value.trim().is_empty() && value.parse::<f64>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::statement::Statement;

    fn runbook(variables: &[(&str, bool, Option<&str>)]) -> Runbook {
        let statements = variables.iter().enumerate().map(|(at, (name, optional, environment))| Statement {
            line: at + 1,
            column: 1,
            text: (*name).to_owned(),
            around: (*name).to_owned(),
            heading: None,
            step: None,
            says: Says::Variable {
                name: (*name).to_owned(),
                optional: *optional,
                environment: environment.map(str::to_owned),
            },
        });
        Runbook {
            id: "ops.md".into(),
            title: "Ops".into(),
            hash: String::new(),
            phases: Vec::new(),
            statements: statements.collect(),
            prose: Vec::new(),
        }
    }

    fn verdict(name: &str, value: &str, environment: &str) -> Verdict {
        let values = Values::from([(name.to_owned(), Some(value.to_owned()))]);
        check(&[runbook(&[(name, false, None)])], environment, &values)[0].verdict.clone()
    }

    #[test]
    fn what_can_hardly_be_meant_is_suspicious_and_the_rest_is_set() {
        let cases = [
            ("KEY", "sk_live_4eC39HqLyjWDarjtT1zdp7dc", None),
            ("KEY", "", Some("empty")),
            ("KEY", "  ", Some("empty")),
            ("KEY", " key", Some("white space around it")),
            ("KEY", "key\n", Some("white space around it")),
            ("KEY", "one\ntwo", Some("a line end in it")),
            ("KEY", "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\n", None),
            ("KEY", "\"key\"", Some("quotes around it")),
            ("KEY", "'key'", Some("quotes around it")),
            ("KEY", "changeme", Some("looks like a placeholder")),
            ("KEY", "<new-key>", Some("looks like a placeholder")),
            ("KEY", "...", Some("looks like a placeholder")),
            ("KEY", "sk_live_...", Some("looks like a placeholder")),
            ("KEY", "${OTHER}", Some("looks like a placeholder")),
            ("KEY", "your-api-key", Some("looks like a placeholder")),
            ("KEY", "xxxx", Some("looks like a placeholder")),
            ("LIST", "[\"a\"]", None),
            ("APP_URL", "https://app.example.com", None),
            ("DATABASE_URL", "postgres://app:p%40ss@db.example.com:5432/app", None),
            ("DATABASE_URL", "postgresql://u:a#b@[2001:db8::1]/app", None),
            ("APP_URL", "app.example.com", Some("not a URL")),
            ("APP_URL", "https://", Some("not a URL")),
            ("APP_URL", "http://localhost:5173", Some("points at this machine, in production")),
            ("DATABASE_URL", "postgres://u:p@127.0.0.1/app", Some("points at this machine, in production")),
            ("HOST", "localhost", Some("points at this machine, in production")),
            ("HOST", "localhost.example.com", None),
        ];
        for (name, value, why) in cases {
            let wanted = why.map_or(Verdict::Set, |why| Verdict::Suspicious(why.into()));
            assert_eq!(verdict(name, value, "production"), wanted, "{name}");
        }
        assert_eq!(verdict("APP_URL", "http://localhost:5173", "staging"), Verdict::Set);
    }

    #[test]
    fn the_same_under_two_environments_names_is_a_forgotten_copy() {
        let names = [
            ("STAGING_KEY", false, Some("Staging")),
            ("PILOT_KEY", false, Some("Pilot")),
            ("STAGING_DEBUG", false, Some("Staging")),
            ("PILOT_DEBUG", false, Some("Pilot")),
            ("STAGING_URL", true, Some("Staging")),
        ];
        let held = [
            ("STAGING_KEY", "k-1"),
            ("PILOT_KEY", "k-1"),
            ("STAGING_DEBUG", "true"),
            ("PILOT_DEBUG", "true"),
        ];
        let values: Values =
            held.iter().map(|(name, value)| ((*name).to_owned(), Some((*value).to_owned()))).collect();
        let found = check(&[runbook(&names)], "", &values);
        let verdicts: Vec<&Verdict> = found.iter().map(|known| &known.verdict).collect();
        let copy = |of: &str| Verdict::Suspicious(format!("the same value as {of}"));
        assert_eq!(
            verdicts,
            [&copy("PILOT_KEY"), &copy("STAGING_KEY"), &Verdict::Set, &Verdict::Set, &Verdict::Missing]
        );
        let wanting: Vec<bool> = found.iter().map(Finding::is_wanting).collect();
        assert_eq!(wanting, [true, true, false, false, false], "what is optional may be missing");
    }

    #[test]
    fn nothing_that_is_said_tells_anything_of_a_value() {
        let value = "hunter2 with spaces";
        let values = Values::from([("APP_URL".into(), Some(value.into())), ("ODD".into(), None)]);
        let found = check(
            &[runbook(&[("APP_URL", false, None), ("ODD", false, None), ("VITE_*", false, None)])],
            "production",
            &values,
        );
        let text = format!("{found:?}");
        assert!(!text.contains("hunter2") && !text.contains(&value.len().to_string()), "{text}");
        assert_eq!(found[1].verdict, Verdict::Suspicious("not UTF-8".into()));
        assert_eq!(found[2].verdict, Verdict::Missing);
    }
}
