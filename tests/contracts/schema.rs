//! `OpenAPI` schemas as JSON Schema 2020-12, and validators of them.
//!
//! `OpenAPI` 3.0 is almost JSON Schema: `nullable`, a boolean `exclusiveMinimum` and a `$ref` that silences
//! its neighbours are said differently. A keyword that is not known here is an error, because a validator
//! would pass over it and pass what it should refuse.

use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, ValidationError, Validator};
use serde_json::{Map, Value, json};

use crate::closed;

/// Which way a value travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the console: `readOnly` fields are never due, fields the document does not name are refused.
    Request,
    /// To the console: `writeOnly` fields are never due, more fields than the document names are fine.
    Reply,
}

/// Where translated components are found.
const DEFINITIONS: &str = "#/$defs/";
/// Where a document keeps them.
const COMPONENTS: &str = "#/components/schemas/";

/// Keywords that are taken over as they stand.
const KEPT: &[&str] = &[
    "type",
    "format",
    "enum",
    "const",
    "minimum",
    "maximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
    "required",
    "minProperties",
    "maxProperties",
];
/// Keywords that say nothing about a value.
const WORDS: &[&str] = &[
    "title",
    "description",
    "default",
    "example",
    "examples",
    "externalDocs",
    "deprecated",
    "discriminator",
    "xml",
    "readOnly",
    "writeOnly",
];

/// The components of a document, translated for both directions.
pub struct Schemas {
    old: bool,
    raw: Map<String, Value>,
    request: Map<String, Value>,
    reply: Map<String, Value>,
}

impl Schemas {
    /// Reads `components.schemas`; an error names the component.
    pub fn read(document: &Value) -> Result<Schemas, String> {
        let version = document["openapi"].as_str().ok_or("the document has no \"openapi\" version")?;
        let old = match version {
            _ if version.starts_with("3.0.") => true,
            _ if version.starts_with("3.1.") => false,
            other => return Err(format!("OpenAPI {other} is not understood")),
        };
        let raw = document["components"]["schemas"].as_object().cloned().unwrap_or_default();
        let mut schemas = Schemas { old, raw, request: Map::new(), reply: Map::new() };
        for direction in [Direction::Request, Direction::Reply] {
            let mut translated = Map::new();
            for (name, schema) in &schemas.raw {
                let schema =
                    schemas.convert(schema, direction).map_err(|fault| format!("schema {name}: {fault}"))?;
                translated.insert(name.clone(), schema);
            }
            match direction {
                Direction::Request => schemas.request = closed::components(&translated),
                Direction::Reply => schemas.reply = translated,
            }
        }
        Ok(schemas)
    }

    /// A schema of the document as JSON Schema; components are found with [`Schemas::component`].
    pub fn translate(&self, schema: &Value, direction: Direction) -> Result<Value, String> {
        let translated = self.convert(schema, direction)?;
        Ok(match direction {
            Direction::Request => closed::value(translated, &self.request),
            Direction::Reply => translated,
        })
    }

    /// The translated component that a `$ref` names.
    pub fn component(&self, reference: &str, direction: Direction) -> Option<&Value> {
        self.components(direction).get(reference.strip_prefix(DEFINITIONS)?)
    }

    fn components(&self, direction: Direction) -> &Map<String, Value> {
        match direction {
            Direction::Request => &self.request,
            Direction::Reply => &self.reply,
        }
    }

    /// A validator of a translated schema, formats included. Whatever cannot be compiled is an error.
    pub fn compile(&self, translated: &Value, direction: Direction) -> Result<Validator, String> {
        let mut root = match translated {
            Value::Object(map) => map.clone(),
            Value::Bool(true) => Map::new(),
            other => return Err(format!("{other} is not a schema")),
        };
        let mut reached = Map::new();
        let mut waiting = references(translated);
        while let Some(reference) = waiting.pop() {
            let name = reference.trim_start_matches(DEFINITIONS).to_owned();
            if reached.contains_key(&name) {
                continue;
            }
            let component = self
                .component(&reference, direction)
                .ok_or_else(|| format!("{reference} is not among the document's schemas"))?;
            waiting.extend(references(component));
            reached.insert(name, component.clone());
        }
        root.insert("$defs".to_owned(), Value::Object(reached));
        jsonschema::options()
            .with_draft(Draft::Draft202012)
            .should_validate_formats(true)
            .with_format("url", |text: &str| url::Url::parse(text).is_ok())
            .with_format("duration", is_duration)
            .offline()
            .build(&Value::Object(root))
            .map_err(|error| format!("the schema cannot be compiled: {error}"))
    }

    fn convert(&self, schema: &Value, direction: Direction) -> Result<Value, String> {
        let map = match schema {
            Value::Object(map) => map,
            Value::Bool(_) if !self.old => return Ok(schema.clone()),
            other => return Err(format!("{other} is not a schema")),
        };
        if let Some(reference) = map.get("$ref") {
            let reference = reference.as_str().ok_or("$ref is not text")?;
            let name = reference
                .strip_prefix(COMPONENTS)
                .filter(|name| self.raw.contains_key(*name))
                .ok_or_else(|| format!("{reference} is not among the document's schemas"))?;
            if self.old || map.len() == 1 {
                return Ok(json!({ "$ref": format!("{DEFINITIONS}{name}") }));
            }
        }
        let mut out = Map::new();
        for (keyword, value) in map {
            self.keyword(keyword, value, map, direction, &mut out)
                .map_err(|fault| format!("{keyword}: {fault}"))?;
        }
        let nullable = map.get("nullable").is_some_and(|value| value == &Value::Bool(true));
        Ok(if nullable { or_null(out) } else { Value::Object(out) })
    }

    fn keyword(
        &self,
        keyword: &str,
        value: &Value,
        beside: &Map<String, Value>,
        direction: Direction,
        out: &mut Map<String, Value>,
    ) -> Result<(), String> {
        let converted = match keyword {
            "$ref" => json!(value.as_str().unwrap_or_default().replace(COMPONENTS, DEFINITIONS)),
            "nullable" if self.old && value.is_boolean() => return Ok(()),
            "required" => self.due(value, beside, direction),
            "exclusiveMinimum" | "exclusiveMaximum" if self.old => {
                let limit = if keyword == "exclusiveMinimum" { "minimum" } else { "maximum" };
                match value {
                    Value::Bool(true) => beside.get(limit).cloned().ok_or("there is no limit beside it")?,
                    Value::Bool(false) => return Ok(()),
                    other => return Err(format!("{other} is not true or false")),
                }
            }
            "exclusiveMinimum" | "exclusiveMaximum" => value.clone(),
            "items" | "not" | "propertyNames" | "contains" => self.convert(value, direction)?,
            "additionalProperties" | "unevaluatedProperties" => match value {
                Value::Bool(_) => value.clone(),
                other => self.convert(other, direction)?,
            },
            "allOf" | "anyOf" | "oneOf" | "prefixItems" => {
                let parts = value.as_array().ok_or("it is not a list")?;
                Value::Array(
                    parts.iter().map(|part| self.convert(part, direction)).collect::<Result<_, _>>()?,
                )
            }
            "properties" | "patternProperties" => {
                let mut converted = Map::new();
                for (name, part) in value.as_object().ok_or("it is not a map")? {
                    let part = self.convert(part, direction).map_err(|fault| format!("{name}: {fault}"))?;
                    converted.insert(name.clone(), part);
                }
                Value::Object(converted)
            }
            _ if KEPT.contains(&keyword) => value.clone(),
            _ if WORDS.contains(&keyword) || keyword.starts_with("x-") => return Ok(()),
            _ => return Err("this keyword is not understood".to_owned()),
        };
        out.insert(keyword.to_owned(), converted);
        Ok(())
    }

    /// `required` without the fields that never travel this way.
    fn due(&self, required: &Value, beside: &Map<String, Value>, direction: Direction) -> Value {
        let mark = match direction {
            Direction::Request => "readOnly",
            Direction::Reply => "writeOnly",
        };
        let excused = |name: &Value| {
            let field =
                name.as_str().and_then(|name| beside.get("properties")?.get(name)).unwrap_or(&Value::Null);
            let target = field["$ref"].as_str().and_then(|text| text.strip_prefix(COMPONENTS));
            let target = target.and_then(|name| self.raw.get(name)).unwrap_or(&Value::Null);
            field[mark] == true || target[mark] == true
        };
        match required {
            Value::Array(names) => names.iter().filter(|name| !excused(name)).cloned().collect(),
            other => other.clone(),
        }
    }
}

/// The schema, or null. An `enum` beside `nullable` is meant to be nullable too.
fn or_null(mut schema: Map<String, Value>) -> Value {
    let Some(kind) = schema.get("type").cloned() else {
        return json!({ "anyOf": [schema, { "type": "null" }] });
    };
    schema.insert("type".to_owned(), json!([kind, "null"]));
    if let Some(Value::Array(values)) = schema.get_mut("enum")
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
    for choice in ["allOf", "anyOf", "oneOf"] {
        if let Some(parts) = schema.remove(choice) {
            let rest = Value::Object(schema);
            return json!({ "anyOf": [{ "allOf": [rest], choice: parts }, { "type": "null" }] });
        }
    }
    Value::Object(schema)
}

/// Every `$ref` in a translated schema.
pub fn references(schema: &Value) -> Vec<String> {
    match schema {
        Value::Object(map) => map
            .iter()
            .flat_map(|(key, value)| match value {
                Value::String(text) if key == "$ref" => vec![text.clone()],
                Value::Array(_) if key == "enum" => Vec::new(),
                other => references(other),
            })
            .collect(),
        Value::Array(list) => list.iter().flat_map(references).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

/// `P1D` as in ISO 8601, or `1h30m` as Prometheus writes it: both call themselves `duration`.
fn is_duration(text: &str) -> bool {
    if let Some(rest) = text.strip_prefix('P') {
        return rest.chars().any(|letter| letter.is_ascii_digit());
    }
    let mut rest = text;
    while !rest.is_empty() {
        let number = rest.trim_start_matches(|letter: char| letter.is_ascii_digit());
        let unit = ["ms", "s", "m", "h", "d", "w", "y"].iter().find_map(|unit| number.strip_prefix(unit));
        match unit {
            Some(after) if number.len() < rest.len() => rest = after,
            _ => return false,
        }
    }
    !text.is_empty()
}

/// What a validator has against a value, a line each: where in it, and why.
pub fn faults(validator: &Validator, value: &Value) -> Vec<String> {
    let errors: Vec<ValidationError<'_>> = validator.iter_errors(value).collect();
    // Where a branch fails, its fields count as unknown too. That is said only when nothing else is.
    let only_unknown = errors.iter().all(is_unknown_field);
    errors
        .iter()
        .filter(|error| only_unknown || !is_unknown_field(error))
        .map(|error| {
            let place = error.instance_path().to_string();
            let words: String = error.to_string().chars().take(300).collect();
            if place.is_empty() { words } else { format!("{place}: {words}") }
        })
        .collect()
}

fn is_unknown_field(error: &ValidationError<'_>) -> bool {
    matches!(error.kind(), ValidationErrorKind::UnevaluatedProperties { .. })
}
