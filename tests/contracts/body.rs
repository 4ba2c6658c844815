//! Request bodies: JSON and forms, by the schema of their media type.

use midwatch::domain::io::Value as Text;
use serde_json::Value;

use crate::document::{Body, is_json};
use crate::form::Tree;
use crate::headers::named;
use crate::schema::{Schemas, faults};

/// A form, as Stripe takes it.
const FORM: &str = "application/x-www-form-urlencoded";

/// What is wrong with a body.
pub fn check(
    expected: Option<&Body>,
    body: Option<&Text>,
    headers: &[(String, Text)],
    schemas: &Schemas,
) -> Vec<String> {
    let around;
    let text = match body {
        None => "",
        Some(Text::Plain(text)) => text,
        // What is secret within a body is a key of 32 characters, as vendors' routing keys are.
        Some(Text::Around { before, after, .. }) => {
            around = format!("{before}{}{after}", "x".repeat(32));
            &around
        }
        Some(Text::Secret { .. }) => {
            return vec!["the body is a secret, which cannot be checked".to_owned()];
        }
    };
    match expected {
        // An empty object says nothing, and some servers want one with every POST.
        None if text.is_empty() || text.trim() == "{}" => Vec::new(),
        None => vec!["the operation takes no body".to_owned()],
        Some(expected) if text.is_empty() && is_due(expected) => vec!["the body is missing".to_owned()],
        Some(_) if text.is_empty() => Vec::new(),
        Some(expected) => match media(expected, headers) {
            Ok((kind, schema, validator)) => match parse(kind, text, schema, schemas) {
                Ok(value) => {
                    faults(validator, &value).into_iter().map(|fault| format!("body {fault}")).collect()
                }
                Err(fault) => vec![fault],
            },
            Err(fault) => vec![fault],
        },
    }
}

/// A body is due if the document says so, or if its schema has fields that are: `PagerDuty` and Vercel call
/// such bodies optional.
fn is_due(expected: &Body) -> bool {
    let demands = |schema: &Value| schema["required"].as_array().is_some_and(|names| !names.is_empty());
    expected.required || expected.media.iter().any(|(_, schema, _)| demands(schema))
}

type Media = (String, Value, jsonschema::Validator);

/// The media type that the request says its body has.
fn media<'a>(expected: &'a Body, headers: &[(String, Text)]) -> Result<&'a Media, String> {
    let known: Vec<&str> = expected.media.iter().map(|(kind, ..)| kind.as_str()).collect();
    let said = match named(headers, "content-type").as_slice() {
        [Text::Plain(text)] => text,
        [] => return Err(format!("header Content-Type is missing; the body may be {}", known.join(", "))),
        _ => return Err("header Content-Type is given twice, or is a secret".to_owned()),
    };
    let kind = said.split(';').next().unwrap_or_default().trim();
    expected
        .media
        .iter()
        .find(|(known, ..)| known.eq_ignore_ascii_case(kind))
        .ok_or_else(|| format!("the body is {kind}; it may be {}", known.join(", ")))
}

fn parse(kind: &str, text: &str, schema: &Value, schemas: &Schemas) -> Result<Value, String> {
    if is_json(kind) {
        return serde_json::from_str(text).map_err(|error| format!("the body is not JSON: {error}"));
    }
    if kind.eq_ignore_ascii_case(FORM) {
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(text.as_bytes())
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        let tree = Tree::read(&pairs).map_err(|fault| format!("body {fault}"))?;
        return Ok(tree.value(schema, schemas));
    }
    Err(format!("a body of {kind} cannot be checked"))
}
