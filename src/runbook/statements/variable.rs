//! Variables of the environment: matrices of them, lists, and "Confirm credentials (`A`, `B`)".

use crate::domain::statement::Says;

use super::look::Look;
use super::passages::{Place, has_word};
use super::tokens::{Kind, is_name};

/// Words that make a name in capitals something to be set.
const ABOUT: &[&str] = &[
    "variable",
    "variables",
    "env",
    "environment",
    "credential",
    "credentials",
    "creds",
    "secret",
    "secrets",
    "keys",
    "set",
    "config",
    "configuration",
    "configure",
    "required",
    "require",
    "requires",
    "flag",
    "flags",
    "export",
    "settings",
    "vars",
    "define",
    "defined",
    "token",
    "tokens",
    "up-to-date",
];

/// Environments that teams have.
const ENVIRONMENTS: &[&str] = &[
    "staging",
    "stage",
    "production",
    "prod",
    "pilot",
    "development",
    "dev",
    "test",
    "testing",
    "qa",
    "uat",
    "sandbox",
    "preview",
    "demo",
    "local",
    "canary",
    "preprod",
    "pre-production",
    "integration",
    "beta",
];

/// Everything that a passage wants set.
pub(super) fn find(look: &mut Look<'_>) {
    let names: Vec<(usize, String)> =
        (0..look.tokens.len()).filter_map(|at| Some((at, name(look, at)?))).collect();
    if names.is_empty() {
        return;
    }
    let column = look.column().to_owned();
    let in_table = look.is_cell()
        && [
            "variable",
            "variables",
            "env",
            "environment variable",
            "name",
            "key",
            "secret",
            "setting",
            "var",
        ]
        .iter()
        .any(|word| has_word(&column, word));
    let around = look.announced(ABOUT)
        || look.under(&[
            "variables",
            "environment",
            "env",
            "secrets",
            "credentials",
            "configuration",
            "config",
            "environment matrix",
        ]);
    for (at, name) in names {
        let single = !name.contains('_');
        if look.is_cell() && !in_table || single && !(in_table || look.announced(ABOUT)) {
            continue;
        }
        let clause = look.clause(at);
        let near = at.saturating_sub(30).max(clause.start)..at;
        // Of a comparison, a command or a thing to raise nothing is known to be missing.
        let said = look.any(near.clone(), ABOUT)
            || look.any(at..(at + 4).min(clause.end), &["is", "are", "set"])
                && look.any(at..(at + 6).min(clause.end), &["set", "configured", "present"]);
        let listed = matches!(look.passage.place, Place::Item(_)) && around && leads(look, at);
        if !(said || listed || in_table) {
            continue;
        }
        let optional = optional(look, at, clause.start)
            || has_word(&look.label(), "optional")
            || look.announced(&["optional", "optionally"]) && !look.announced(&["required"]);
        let environment = environment(look);
        look.take(at..at + 1, Says::Variable { name, optional, environment });
    }
}

/// The name of a variable at a token.
fn name(look: &Look<'_>, at: usize) -> Option<String> {
    let raw = match look.kind(at)? {
        Kind::Name => look.raw(at),
        Kind::Code => look.raw(at).trim_matches('`').trim(),
        _ => return None,
    };
    let bare = raw.strip_prefix('$').unwrap_or(raw).trim_start_matches('{').trim_end_matches('}');
    let single = bare.len() >= 3
        && bare.starts_with(|c: char| c.is_ascii_uppercase())
        && bare.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
        && look.kind(at) == Some(Kind::Code);
    (bare.len() <= 100 && (is_name(bare) || single)).then(|| bare.to_owned())
}

/// Whether it stands at the beginning of an item, behind nothing but "Optional" and the like.
fn leads(look: &Look<'_>, at: usize) -> bool {
    (0..at).all(|at| {
        matches!(look.kind(at), Some(Kind::Sign(_) | Kind::Code | Kind::Name))
            || matches!(look.word(at), "optional" | "optionally" | "required" | "and" | "or" | "new" | "the")
    })
}

/// "Optional `A`", "`A`, optionally `B`", "`A` (optional)".
fn optional(look: &Look<'_>, at: usize, clause: usize) -> bool {
    let mut before = at;
    while before > clause && at - before < 4 {
        before -= 1;
        match look.kind(before) {
            Some(Kind::Word) if matches!(look.word(before), "optional" | "optionally") => return true,
            Some(Kind::Word) => {}
            _ => break,
        }
    }
    let behind = (at + 1..at + 6)
        .take_while(|at| !matches!(look.kind(*at), Some(Kind::Code | Kind::Name | Kind::Stop)));
    let marked = behind.clone().any(|at| look.word(at) == "optional")
        && ['(', '-', ':'].iter().any(|sign| look.is_sign(at + 1, *sign));
    marked || row_optional(look)
}

/// What the column "Required" of its row says.
fn row_optional(look: &Look<'_>) -> bool {
    let Place::Cell(table, row, _) = look.passage.place else { return false };
    let Some(table) = look.all.tables.get(table) else { return false };
    let Some(cells) = table.rows.get(row) else { return false };
    table.heads.iter().zip(cells).any(|(head, cell)| {
        let cell = cell.text.trim().to_ascii_lowercase();
        if has_word(head, "required") {
            matches!(cell.as_str(), "no" | "optional" | "false" | "n" | "❌" | "✗")
        } else if has_word(head, "optional") {
            matches!(cell.as_str(), "yes" | "true" | "y" | "✅" | "optional")
        } else {
            cell == "optional"
        }
    })
}

/// The environment that the heading, the announcement or the sentence names.
fn environment(look: &Look<'_>) -> Option<String> {
    let mut at = look.passage.heading;
    while let Some(heading) = at.and_then(|at| look.all.headings.get(at)) {
        let words: Vec<&str> = heading
            .lower
            .split(|c: char| !(c.is_alphanumeric() || c == '-'))
            .filter(|word| !word.is_empty())
            .collect();
        let named = words.iter().any(|word| ENVIRONMENTS.contains(word));
        let only = words.iter().all(|word| {
            ENVIRONMENTS.contains(word)
                || matches!(
                    *word,
                    "environment"
                        | "env"
                        | "variables"
                        | "secrets"
                        | "vars"
                        | "config"
                        | "configuration"
                        | "required"
                        | "credentials"
                        | "the"
                )
                || word.bytes().all(|byte| byte.is_ascii_digit())
        });
        if named && only {
            let name = heading.words.split(|c: char| !(c.is_alphanumeric() || c == '-'));
            return name
                .into_iter()
                .find(|word| ENVIRONMENTS.contains(&word.to_ascii_lowercase().as_str()))
                .map(str::to_owned);
        }
        at = heading.parent;
    }
    let sentence = look.lower.split(|c: char| !(c.is_alphanumeric() || c == '-')).take(60);
    let here = sentence.into_iter().find(|word| ENVIRONMENTS[..5].contains(word));
    let above = || {
        let above = look.passage.above.as_deref()?;
        above
            .split(|c: char| !(c.is_alphanumeric() || c == '-'))
            .find(|word| ENVIRONMENTS[..5].contains(word))
    };
    here.or_else(above).map(str::to_owned)
}
