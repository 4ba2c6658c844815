//! One plain schema out of `$ref`, `allOf`, and one branch each of `anyOf` and `oneOf`.

use serde_json::{Map, Value, json};

use crate::chance::Chance;
use crate::schema::{Direction, Schemas};

/// A schema without `$ref`, `allOf`, `anyOf` and `oneOf`. Which branches it took is chance; with `shallow`
/// it takes one that goes no deeper where there is one.
pub fn flatten(
    schema: &Value,
    schemas: &Schemas,
    chance: &mut Chance,
    shallow: bool,
) -> Result<Map<String, Value>, String> {
    let mut flat = Map::new();
    add(&mut flat, schema, schemas, chance, shallow, 0)?;
    Ok(flat)
}

fn add(
    flat: &mut Map<String, Value>,
    schema: &Value,
    schemas: &Schemas,
    chance: &mut Chance,
    shallow: bool,
    hops: usize,
) -> Result<(), String> {
    if hops > 32 {
        return Err("the schema refers to itself without an end".to_owned());
    }
    let map = match schema {
        Value::Object(map) => map,
        Value::Bool(true) => return Ok(()),
        other => return Err(format!("nothing can be {other}")),
    };
    for (keyword, value) in map {
        match (keyword.as_str(), value) {
            ("$ref", Value::String(reference)) => {
                let target = schemas
                    .component(reference, Direction::Reply)
                    .ok_or_else(|| format!("{reference} is not among the document's schemas"))?;
                add(flat, target, schemas, chance, shallow, hops + 1)?;
            }
            ("allOf", Value::Array(parts)) => {
                for part in parts {
                    add(flat, part, schemas, chance, shallow, hops + 1)?;
                }
            }
            ("anyOf" | "oneOf", Value::Array(parts)) => {
                let plain: Vec<&Value> = parts.iter().filter(|part| !shallow || is_scalar(part)).collect();
                let any: Vec<&Value> = if plain.is_empty() { parts.iter().collect() } else { plain };
                let part = chance.pick(&any).ok_or("there is no branch to take")?;
                add(flat, part, schemas, chance, shallow, hops + 1)?;
            }
            _ => merge(flat, keyword, value)?,
        }
    }
    Ok(())
}

fn is_scalar(schema: &Value) -> bool {
    schema["type"].as_str().is_some_and(|kind| kind != "object" && kind != "array")
}

/// Adds a keyword so that both what stood there and what comes must hold.
fn merge(flat: &mut Map<String, Value>, keyword: &str, value: &Value) -> Result<(), String> {
    let Some(known) = flat.get(keyword) else {
        flat.insert(keyword.to_owned(), value.clone());
        return Ok(());
    };
    if known == value {
        return Ok(());
    }
    let merged = match keyword {
        "properties" => {
            let mut fields = known.as_object().cloned().unwrap_or_default();
            for (name, schema) in value.as_object().into_iter().flatten() {
                let both = match fields.get(name) {
                    Some(known) if known != schema => json!({ "allOf": [known, schema] }),
                    _ => schema.clone(),
                };
                fields.insert(name.clone(), both);
            }
            Value::Object(fields)
        }
        "required" => {
            let mut names = list(known);
            names.extend(list(value).into_iter().filter(|name| !list(known).contains(name)));
            Value::Array(names)
        }
        "type" | "enum" => {
            let both: Vec<Value> = list(known).into_iter().filter(|one| has(value, one)).collect();
            if both.is_empty() {
                return Err(format!("nothing has {keyword} {known} and {value}"));
            }
            Value::Array(both)
        }
        "minimum" | "minLength" | "minItems" | "minProperties" => larger(known, value),
        "maximum" | "maxLength" | "maxItems" | "maxProperties" => {
            if larger(known, value) == *known {
                value.clone()
            } else {
                known.clone()
            }
        }
        "additionalProperties" | "items" => json!({ "allOf": [known, value] }),
        // Whatever else two branches disagree on is decided by the validator.
        _ => known.clone(),
    };
    flat.insert(keyword.to_owned(), merged);
    Ok(())
}

/// A list, or the one value as a list: `type` is written both ways.
pub fn list(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(values) => values.clone(),
        other => vec![other.clone()],
    }
}

fn has(several: &Value, one: &Value) -> bool {
    let several = list(several);
    several.contains(one) || (one == "integer" && several.iter().any(|kind| kind == "number"))
}

fn larger(one: &Value, other: &Value) -> Value {
    if one.as_f64() >= other.as_f64() { one.clone() } else { other.clone() }
}
