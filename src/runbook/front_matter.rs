//! What a file says about itself before its first line of Markdown: YAML between `---`, TOML between
//! `+++`. Only at the very beginning of a file: anywhere else these are rules and headings.

use serde_json::{Map, Value};

use crate::domain::diagnostic::{Diagnostic, did_you_mean};
use crate::domain::runbook::PhaseKind;
use crate::domain::text;

use super::words;

/// More than this is no front matter.
const LIMIT: usize = 64 << 10;

/// What was said.
#[derive(Debug, Default)]
pub(super) struct FrontMatter {
    /// The runbook's title.
    pub(super) title: Option<String>,
    /// What a section is for where nothing else says it.
    pub(super) phase: Option<PhaseKind>,
    /// What the sections with these headings are for, whatever their words.
    pub(super) phases: Vec<Claim>,
}

/// What one heading is said to be for.
#[derive(Debug)]
pub(super) struct Claim {
    /// As written.
    pub(super) heading: String,
    /// What its section is for.
    pub(super) kind: PhaseKind,
    /// 1-based line of the claim.
    pub(super) line: usize,
}

/// The front matter of `text`, and the byte at which the Markdown begins.
pub(super) fn split(file: &str, text: &str, diagnostics: &mut Vec<Diagnostic>) -> (FrontMatter, usize) {
    let nothing = (FrontMatter::default(), 0);
    let Some((first, rest)) = text.split_once('\n') else { return nothing };
    let toml = match first.trim_end() {
        "---" => false,
        "+++" => true,
        _ => return nothing,
    };
    let mut end = None;
    let mut at = 0;
    for line in text::head(rest, LIMIT).split_inclusive('\n') {
        match line.trim_end() {
            "---" | "..." if !toml => end = Some((at, at + line.len())),
            "+++" if toml => end = Some((at, at + line.len())),
            _ => {}
        }
        if end.is_some() {
            break;
        }
        at += line.len();
    }
    // A rule at the top of a file opens nothing.
    let Some((inner, after)) = end else { return nothing };
    let inner = &rest[..inner];
    let body = first.len() + 1 + after;
    let parsed = if toml { from_toml(inner) } else { from_yaml(inner) };
    match parsed {
        Ok(Value::Object(map)) => (understand(file, inner, &map, diagnostics), body),
        Ok(Value::Null) => (FrontMatter::default(), body),
        // Two rules with prose between them.
        Ok(_) => nothing,
        Err(_) if !toml && !reads_like_settings(inner) => nothing,
        Err((line, message)) => {
            diagnostics.push(
                Diagnostic::error(file, (line + 1, 0), "front-matter", text::clean(&message).into_owned())
                    .hint("the rest of the file is read as if there were no front matter"),
            );
            (FrontMatter::default(), body)
        }
    }
}

fn reads_like_settings(inner: &str) -> bool {
    inner.lines().map(str::trim_end).find(|line| !line.is_empty() && !line.starts_with('#')).is_some_and(
        |line| {
            line.split_once(':').is_some_and(|(key, _)| {
                !key.is_empty()
                    && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '"' | '\''))
            })
        },
    )
}

/// A value, or the 1-based line within the front matter and what is wrong there.
type Parsed = Result<Value, (usize, String)>;

fn from_toml(inner: &str) -> Parsed {
    toml::from_str::<Value>(inner).map_err(|error| {
        let line = error.span().map_or(1, |span| text::head(inner, span.start).matches('\n').count() + 1);
        (line, error.message().to_owned())
    })
}

fn from_yaml(inner: &str) -> Parsed {
    if inner.trim().is_empty() {
        return Ok(Value::Null);
    }
    // Aliases that multiply are stopped early: no front matter needs a thousand values.
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_nodes: 5_000, max_aliases: 50, max_depth: 16 },
    };
    serde_saphyr::from_str_with_options::<Value>(inner, options).map_err(|error| {
        let line = error.location().and_then(|at| usize::try_from(at.line()).ok()).unwrap_or(1);
        let message = error.to_string();
        (line, message.lines().next().unwrap_or("it cannot be read").to_owned())
    })
}

fn understand(
    file: &str,
    inner: &str,
    map: &Map<String, Value>,
    diagnostics: &mut Vec<Diagnostic>,
) -> FrontMatter {
    let mut said = FrontMatter {
        title: match map.get("title") {
            Some(Value::String(title)) => {
                Some(text::clean(title.trim()).into_owned()).filter(|t| !t.is_empty())
            }
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        },
        ..FrontMatter::default()
    };
    if let Some(value) = map.get("phase") {
        said.phase = phase(file, line_of(inner, "phase"), value, diagnostics);
    }
    match map.get("phases") {
        None | Some(Value::Null) => {}
        Some(Value::Object(phases)) => {
            for (heading, value) in phases {
                let line = line_of(inner, heading);
                if let Some(kind) = phase(file, line, value, diagnostics) {
                    said.phases.push(Claim { heading: heading.clone(), kind, line });
                }
            }
            said.phases.sort_by_key(|claim| claim.line);
        }
        Some(_) => {
            let line = line_of(inner, "phases");
            diagnostics.push(
                Diagnostic::error(
                    file,
                    (line, 0),
                    "front-matter",
                    "phases must be a map from headings to phases",
                )
                .hint("phases:\n    \"Database failover\": recover"),
            );
        }
    }
    said
}

/// The line of the file on which a key of the front matter stands: neither library tells.
fn line_of(inner: &str, key: &str) -> usize {
    let bare = |line: &str| line.trim_start().trim_start_matches(['"', '\'']).starts_with(key);
    inner.lines().position(bare).map_or(1, |at| at + 2)
}

fn phase(file: &str, line: usize, value: &Value, diagnostics: &mut Vec<Diagnostic>) -> Option<PhaseKind> {
    let word = value.as_str().unwrap_or_default();
    let kind = words::named(word);
    if kind.is_none() {
        diagnostics.push(unknown_phase(
            file,
            line,
            &value.as_str().map_or_else(|| value.to_string(), str::to_owned),
        ));
    }
    kind
}

/// A phase that is none.
pub(super) fn unknown_phase(file: &str, line: usize, word: &str) -> Diagnostic {
    let known = PhaseKind::ALL.map(PhaseKind::word);
    let hint = match did_you_mean(&word.to_lowercase(), known) {
        Some(meant) => format!("did you mean {meant:?}?"),
        None => format!("one of {}", known.join(", ")),
    };
    let message = format!("unknown phase {:?}", text::clean(text::head(word, 60)));
    Diagnostic::error(file, (line, 0), "unknown-phase", message).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (FrontMatter, usize, Vec<Diagnostic>) {
        let mut diagnostics = Vec::new();
        let (said, body) = split("r.md", text, &mut diagnostics);
        (said, body, diagnostics)
    }

    #[test]
    fn yaml_and_toml_name_the_title_and_the_phases() {
        for text in [
            "---\ntitle: Cutover\nphases:\n  Database failover: recover\n---\n# A\n",
            "+++\ntitle = \"Cutover\"\n[phases]\n\"Database failover\" = \"Recovery\"\n+++\n# A\n",
        ] {
            let (said, body, diagnostics) = read(text);
            assert_eq!(diagnostics, []);
            assert_eq!(said.title.as_deref(), Some("Cutover"));
            assert_eq!(said.phases[0].heading, "Database failover");
            assert_eq!((said.phases[0].kind, said.phases[0].line), (PhaseKind::Recover, 4));
            assert_eq!(&text[body..], "# A\n");
        }
    }

    #[test]
    fn a_rule_at_the_top_is_a_rule() {
        for text in ["---\n\nSome prose.\n\n---\n# A\n", "---\n# A\n- b\n", "---", "+++\nno end\n"] {
            let (said, body, diagnostics) = read(text);
            assert_eq!((body, diagnostics.len()), (0, 0), "{text:?}");
            assert!(said.title.is_none());
        }
    }

    #[test]
    fn a_misspelt_phase_is_named_with_its_line() {
        let (_, _, diagnostics) = read("---\nphases:\n  A: rolback\n---\n");
        assert_eq!(diagnostics[0].line, 3);
        assert_eq!(diagnostics[0].hint.as_deref(), Some("did you mean \"rollback\"?"));
    }

    #[test]
    fn broken_front_matter_is_said_and_left_out() {
        let (_, body, diagnostics) = read("---\ntitle: [unclosed\nowner: x\n---\n# A\n");
        assert_eq!(diagnostics[0].code, "front-matter");
        assert!(body > 0);
        let aliases: Vec<String> =
            (1..40_u32).map(|n| format!("a{n}: &a{n} [*a{0},*a{0},*a{0},*a{0}]", n - 1)).collect();
        let bomb = format!("---\na0: &a0 [x,x]\n{}\n---\n", aliases.join("\n"));
        assert_eq!(read(&bomb).2[0].code, "front-matter");
    }
}
