//! A JSON Schema of the configuration file, from the same rows that check it.

use serde_json::{Map, Value, json};

use super::{binding, channel, console, incident, oncall, requests, rollback, window};
use crate::actions::{COMMON, KINDS};
use crate::comms;
use crate::domain::setting::{Field, Kind};
use crate::sources::PROVIDERS;

/// The schema (draft 2020-12), for editors: what is missing, misspelt or of the wrong type. What
/// only the whole file can tell is left to `midwatch config check`.
pub fn schema() -> Value {
    let mut properties = Map::new();
    properties.insert("console".into(), table(&[console::FIELDS], "The console itself."));
    for provider in PROVIDERS {
        let one = table(&[provider.fields], provider.about);
        let schema = if provider.many { json!({ "type": "array", "items": one }) } else { one };
        properties.insert(provider.name.into(), schema);
    }
    let kinds: Vec<Value> = KINDS.iter().map(action).collect();
    properties.insert(
        "action".into(),
        json!({ "type": "array", "description": "Something a key can do to the world.", "items": { "anyOf": kinds } }),
    );
    let kinds: Vec<Value> = comms::KINDS
        .iter()
        .map(|kind| {
            let mut schema = table(&[comms::COMMON, kind.fields], kind.about);
            schema["properties"]["kind"] = json!({ "const": kind.name, "description": kind.about });
            schema
        })
        .collect();
    properties.insert(
        "channel".into(),
        json!({ "type": "array", "description": channel::ABOUT, "items": { "anyOf": kinds } }),
    );
    let template = table(&[comms::TEMPLATE], channel::TEMPLATE_ABOUT);
    properties.insert("template".into(), json!({ "type": "array", "items": template }));
    properties.insert("rollback".into(), table(&[rollback::FIELDS], rollback::ABOUT));
    properties.insert("requests".into(), table(&[requests::FIELDS], requests::ABOUT));
    let binding = table(&[binding::FIELDS], binding::ABOUT);
    properties.insert("binding".into(), json!({ "type": "array", "items": binding }));
    properties.insert("window".into(), table(&[window::FIELDS], window::ABOUT));
    properties.insert("incident".into(), table(&[incident::FIELDS], incident::ABOUT));
    let rotation = table(&[oncall::FIELDS], oncall::ABOUT);
    properties.insert("oncall".into(), json!({ "type": "array", "items": rotation }));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "midwatch.toml",
        "description": "The configuration of Midwatch.",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    })
}

fn action(kind: &crate::actions::Kind) -> Value {
    let mut schema = table(&[COMMON, kind.fields], kind.about);
    schema["properties"]["kind"] = json!({ "const": kind.name, "description": kind.about });
    let key = if kind.name == "command" { "command" } else { "kind" };
    if let Some(required) = schema["required"].as_array_mut() {
        required.push(key.into());
    }
    schema
}

fn table(fields: &[&[Field]], about: &str) -> Value {
    let all = || fields.iter().copied().flatten();
    let properties: Map<String, Value> = all()
        .map(|field| {
            let mut schema = kind(&field.kind);
            schema["description"] = describe(field).into();
            (field.name.to_owned(), schema)
        })
        .collect();
    let required: Vec<&str> = all().filter(|field| field.required).map(|field| field.name).collect();
    json!({
        "type": "object",
        "description": about,
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn describe(field: &Field) -> String {
    if field.default.is_empty() {
        field.about.to_owned()
    } else {
        format!("{} Default: {}.", field.about, field.default)
    }
}

fn kind(kind: &Kind) -> Value {
    match kind {
        Kind::Text | Kind::Path | Kind::Condition => json!({ "type": "string" }),
        Kind::Url => json!({ "type": "string", "pattern": "^https?://" }),
        Kind::Integer(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Duration => {
            json!({ "type": "string", "pattern": "^[0-9]", "examples": ["10s", "1m 30s", "2h"] })
        }
        Kind::Choice(words) => json!({ "enum": words }),
        Kind::Value => json!({ "anyOf": [{ "type": "string" }, secret()] }),
        Kind::List(inner) => json!({ "type": "array", "items": self::kind(inner) }),
        Kind::Map(inner) => json!({ "type": "object", "additionalProperties": self::kind(inner) }),
        Kind::Table(fields) => table(&[fields], ""),
        Kind::Tables(fields) => json!({ "type": "array", "items": table(&[fields], "") }),
        Kind::Json => json!({}),
    }
}

fn secret() -> Value {
    json!({
        "type": "object",
        "description": "A secret by name, never its text.",
        "properties": {
            "env": { "type": "string", "description": "An environment variable." },
            "file": { "type": "string", "description": "A file that only its owner can read." },
            "command": {
                "type": "array",
                "items": { "type": "string" },
                "description": "A program and its arguments; its output is the secret.",
            },
            "prefix": { "type": "string", "description": "Text before the secret, such as `Bearer `." },
        },
        "additionalProperties": false,
    })
}
