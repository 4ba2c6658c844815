//! The schema, asked the way an editor asks it.

use serde_json::Value as Json;

use super::*;
use crate::actions::{COMMON, KINDS};
use crate::domain::setting::{Field, Kind};
use crate::sources::PROVIDERS;

fn fields() -> Vec<Field> {
    fn add(fields: &'static [Field], all: &mut Vec<Field>) {
        for field in fields {
            all.push(*field);
            if let Kind::Table(inner) | Kind::Tables(inner) = field.kind {
                add(inner, all);
            }
        }
    }
    let mut all = Vec::new();
    add(CONSOLE_FIELDS, &mut all);
    add(COMMON, &mut all);
    for fields in PROVIDERS.iter().map(|row| row.fields).chain(KINDS.iter().map(|row| row.fields)) {
        add(fields, &mut all);
    }
    all
}

#[test]
fn schema_and_reference_mention_every_key() {
    let schema = schema().to_string();
    let reference = reference();
    for field in fields() {
        assert!(schema.contains(&format!("\"{}\":{{", field.name)), "{}", field.name);
        assert!(reference.contains(&format!("| `{}` |", field.name)), "{}", field.name);
    }
}

/// The parts of JSON Schema that the schema uses.
fn fits(schema: &Json, value: &Json) -> Result<(), String> {
    if let Some(any) = schema["anyOf"].as_array() {
        let errors: Vec<String> = any.iter().filter_map(|one| fits(one, value).err()).collect();
        return if errors.len() < any.len() { Ok(()) } else { Err(errors.join(" | ")) };
    }
    if let Some(wanted) = schema.get("const")
        && wanted != value
    {
        return Err(format!("{value} is not {wanted}"));
    }
    if let Some(words) = schema["enum"].as_array()
        && !words.contains(value)
    {
        return Err(format!("{value} is none of {words:?}"));
    }
    let fitting = match schema["type"].as_str() {
        None => true,
        Some("string") => value.is_string(),
        Some("integer") => value.as_i64().is_some_and(|number| {
            schema["minimum"].as_i64().unwrap() <= number && number <= schema["maximum"].as_i64().unwrap()
        }),
        Some("boolean") => value.is_boolean(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        Some(other) => return Err(format!("unknown type {other}")),
    };
    if !fitting {
        return Err(format!("{value} does not fit {}", schema["type"]));
    }
    for item in value.as_array().into_iter().flatten() {
        fits(&schema["items"], item)?;
    }
    let Some(object) = value.as_object() else { return Ok(()) };
    for required in schema["required"].as_array().into_iter().flatten() {
        let key = required.as_str().unwrap();
        object.get(key).ok_or_else(|| format!("{key} is missing"))?;
    }
    for (key, value) in object {
        match (&schema["properties"][key], &schema["additionalProperties"]) {
            (Json::Null, Json::Bool(false)) => return Err(format!("{key} is unknown")),
            (Json::Null, additional) => fits(additional, value)?,
            (property, _) => fits(property, value)?,
        }
    }
    Ok(())
}

fn json(text: &str) -> Json {
    serde_json::to_value(toml::from_str::<toml::Value>(text).unwrap()).unwrap()
}

#[test]
fn the_schema_takes_what_is_right_and_refuses_what_is_not() {
    let schema = schema();
    fits(&schema, &json(GOOD)).unwrap();
    for wrong in [
        "[console]\nthemee = \"dark\"",
        "[[health]]\nurl = \"http://a.example.com\"",
        "[[health]]\nname = \"a\"\nfail_after = 0",
        "[[action]]\nname = \"a\"\nkind = \"toggel\"",
        "[[action]]\nname = \"a\"\nkind = \"command\"\ncommand = [\"ls\"]\nread = { get = \"http://a.example.com\" }",
        "[[action]]\nname = \"a\"",
    ] {
        assert!(fits(&schema, &json(wrong)).is_err(), "{wrong}");
    }
}
