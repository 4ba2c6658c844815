//! Requests may name only the fields the document names.
//!
//! Most documents leave `additionalProperties` open, so that a misspelt field of a body would pass. For
//! what the console sends, every object with named fields is closed, across `allOf`, `oneOf` and `$ref`.
//! Objects without named fields, such as `PagerDuty`'s `custom_details`, stay open.

use serde_json::{Map, Value};

/// Components, whose inner objects are closed. They are not closed themselves: `allOf` may add to them.
pub fn components(components: &Map<String, Value>) -> Map<String, Value> {
    components.iter().map(|(name, schema)| (name.clone(), inside(schema.clone(), components))).collect()
}

/// A schema of a whole value: closed, and so is everything in it.
pub fn value(schema: Value, components: &Map<String, Value>) -> Value {
    let names = names_fields(&schema, components, 0);
    let mut schema = inside(schema, components);
    if names && let Value::Object(map) = &mut schema {
        map.entry("unevaluatedProperties").or_insert(Value::Bool(false));
    }
    schema
}

/// The same schema, with the values inside it closed.
fn inside(schema: Value, components: &Map<String, Value>) -> Value {
    let Value::Object(map) = schema else { return schema };
    Value::Object(
        map.into_iter()
            .map(|(keyword, part)| {
                let part = match keyword.as_str() {
                    "properties" | "patternProperties" => each(part, |part| value(part, components)),
                    "items" | "additionalProperties" => value(part, components),
                    "prefixItems" => list(part, |part| value(part, components)),
                    "allOf" | "anyOf" | "oneOf" => list(part, |part| inside(part, components)),
                    _ => part,
                };
                (keyword, part)
            })
            .collect(),
    )
}

fn each(part: Value, change: impl Fn(Value) -> Value) -> Value {
    match part {
        Value::Object(map) => map.into_iter().map(|(name, part)| (name, change(part))).collect(),
        other => other,
    }
}

fn list(part: Value, change: impl Fn(Value) -> Value) -> Value {
    match part {
        Value::Array(parts) => parts.into_iter().map(change).collect(),
        other => other,
    }
}

/// Whether a schema names fields of the value itself. A chain of `$ref` that long is a circle.
fn names_fields(schema: &Value, components: &Map<String, Value>, depth: usize) -> bool {
    if depth > 16 {
        return false;
    }
    let named = schema["properties"].as_object().is_some_and(|fields| !fields.is_empty());
    let referred = schema["$ref"]
        .as_str()
        .and_then(|reference| components.get(reference.trim_start_matches("#/$defs/")))
        .is_some_and(|target| names_fields(target, components, depth + 1));
    named
        || referred
        || ["allOf", "anyOf", "oneOf"].iter().any(|choice| {
            schema[*choice]
                .as_array()
                .is_some_and(|parts| parts.iter().any(|part| names_fields(part, components, depth + 1)))
        })
}
