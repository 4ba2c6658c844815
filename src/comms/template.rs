//! Templates: what a text begins with, in minijinja, filled in from what the console knows. Bounded in time; what a
//! template names and nobody knows is an error with its line.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, Error, UndefinedBehavior, Value};
use serde_json::json;

use crate::domain::channel::{Audience, Channel, Template};
use crate::domain::diagnostic::Diagnostic;
use crate::domain::setting::{Field, Kind, Table};
use crate::domain::text::{clean, clean_lines, head};

/// The keys of `[[template]]`.
pub const TEMPLATE: &[Field] = &[
    Field::required("name", Kind::Text, "Its name. `team` and `public` take the place of the built-in ones."),
    Field::required(
        "text",
        Kind::Text,
        "The text, in the language of Jinja: `{{ incident.title }}`, `{% for %}`.",
    ),
    Field::optional(
        "title",
        Kind::Text,
        "the built-in title",
        "The title or subject, likewise, on one line.",
    ),
];

/// Work that a template may do: far more than any text needs.
const FUEL: u64 = 200_000;
/// How long a text may be, in bytes.
const LONGEST: usize = 20_000;

/// What a template is filled in from.
#[derive(Clone, Debug, PartialEq)]
pub struct Filled(pub serde_json::Value);

/// The built-in templates: their name, title and text.
pub const BUILT_IN: [(&str, &str, &str); 2] = [
    (
        "team",
        "{% if incident %}{{ incident.severity }} {{ incident.id }}: {{ incident.title }}{% else %}{{ console }}{% endif %}",
        include_str!("team.txt"),
    ),
    (
        "public",
        "{% if status == 'resolved' %}Solved: problem with {{ console }}{% else %}Problem with {{ console }}{% endif %}",
        include_str!("public.txt"),
    ),
];

/// The template of one checked table.
pub fn plan(table: &Table, found: &mut Vec<Diagnostic>) -> Option<Template> {
    let name = table.given_name(found)?.to_owned();
    let template = Template {
        name,
        text: table.text("text")?.to_owned(),
        title: table.text("title").map(str::to_owned),
    };
    for (key, text) in [("text", Some(&template.text)), ("title", template.title.as_ref())] {
        let Some(Err(error)) = text.map(|text| render(text, &sample())) else { continue };
        // A text in three quotes begins on the line after its key.
        let (line, column) = table.place_of(key);
        let message = format!("line {} of the template: {}", error.line, error.message);
        let place = if error.line > 1 { (line + error.line, 1) } else { (line, column) };
        found.push(
            Diagnostic::error(&table.file, place, "bad-template", message)
                .hint("docs/comms.md lists what a template can name"),
        );
    }
    Some(template)
}

/// The template that a text for `channel` begins with, among those of the configuration.
pub fn template_of(channel: &Channel, templates: &[Template]) -> Template {
    let usual = match channel.audience {
        Audience::Team | Audience::Company => "team",
        Audience::Customers | Audience::Public => "public",
    };
    let wanted = channel.template.as_deref().unwrap_or(usual);
    let built_in = |name: &str| {
        let (name, title, text) = BUILT_IN.iter().find(|(known, ..)| *known == name).unwrap_or(&BUILT_IN[1]);
        Template { name: (*name).into(), text: (*text).into(), title: Some((*title).into()) }
    };
    let usual = built_in(if BUILT_IN.iter().any(|(known, ..)| *known == wanted) { wanted } else { usual });
    match templates.iter().find(|known| known.name == wanted) {
        Some(own) => Template { title: own.title.clone().or(usual.title), ..own.clone() },
        None => usual,
    }
}

/// Why a template cannot be filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfilled {
    /// Of the template, from 1.
    pub line: usize,
    /// In words.
    pub message: String,
}

/// The title and the text of `template`, clean.
pub fn fill(template: &Template, filled: &Filled) -> Result<(String, String), Unfilled> {
    let title = render(template.title.as_deref().unwrap_or_default(), filled)?;
    let text = render(&template.text, filled)?;
    Ok((clean(title.trim()).into_owned(), text))
}

fn render(text: &str, filled: &Filled) -> Result<String, Unfilled> {
    let unfilled = |error: &Error| Unfilled { line: error.line().unwrap_or(1), message: words(error) };
    let mut language = Environment::new();
    language.set_undefined_behavior(UndefinedBehavior::Strict);
    language.set_fuel(Some(FUEL));
    // A line that holds nothing but a block leaves no line behind.
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    language.set_syntax(syntax.map_err(|error| unfilled(&error))?);
    let values = Value::from(Serde(&filled.0));
    let done = language
        .template_from_str(text)
        .and_then(|template| template.render(values))
        .map_err(|error| unfilled(&error))?;
    Ok(tidy(&clean_lines(head(&done, LONGEST))))
}

fn words(error: &Error) -> String {
    let detail = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    clean(&detail).into_owned()
}

/// Without white space at the ends of lines, and with one empty line at most between two others.
fn tidy(text: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines().map(str::trim_end) {
        if !(line.is_empty() && lines.last().is_none_or(|last| last.is_empty())) {
            lines.push(line);
        }
    }
    lines.join("\n").trim_end().to_owned()
}

/// Everything that a template can name, as it may be at night: what a configuration's templates are tried on.
pub fn sample() -> Filled {
    Filled(json!({
        "console": "shop",
        "environment": "production",
        "now": "03:10Z",
        "by": "ann",
        "status": "investigating",
        "incident": {
            "id": "INC-7", "title": "Checkout fails", "severity": "P1", "kind": "outage", "declared": "03:02Z",
            "minutes": 8, "by": "ann",
        },
        "red": [{
            "name": "api", "state": "down", "why": "status 503", "since": "03:01Z", "for": "9m", "error_rate": "38%",
        }],
        "undelivered": 12,
        "users": 41,
        "actions": ["maintenance-mode is on, since 03:04Z"],
        "needs": ["R-7 purge-cache is unknown: verify"],
        "eta": "03:17Z",
        "next": { "minutes": 20, "at": "03:30Z" },
        "last": { "at": "03:05Z", "text": "We are looking into it." },
    }))
}
