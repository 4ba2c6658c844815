//! Names with brackets, such as `created[gte]=1`, as values: in Stripe's queries and in form bodies.
//!
//! A form knows only text. What a number or a truth value is, the schema says.

use serde_json::{Map, Value};

use crate::schema::{Direction, Schemas};

/// A form before the schema has been asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tree {
    /// Text.
    Leaf(String),
    /// `a[]=1&a[]=2`, or `a[0]=1&a[1]=2`.
    List(Vec<Tree>),
    /// `a[b]=1`, in order.
    Map(Vec<(String, Tree)>),
}

impl Tree {
    /// Reads pairs of name and value into a map of what they name.
    pub fn read(pairs: &[(String, String)]) -> Result<Tree, String> {
        let mut root = Tree::Map(Vec::new());
        for (name, value) in pairs {
            let keys = split(name)?;
            root.put(&keys, value).map_err(|fault| format!("{name}: {fault}"))?;
        }
        Ok(root)
    }

    fn put(&mut self, keys: &[String], value: &str) -> Result<(), String> {
        let Some((key, rest)) = keys.split_first() else {
            return Err("it is given twice".to_owned());
        };
        let below = |rest: &[String]| -> Result<Tree, String> {
            match rest.first() {
                None => Ok(Tree::Leaf(value.to_owned())),
                Some(next) => {
                    let mut tree = if is_place(next) { Tree::List(vec![]) } else { Tree::Map(vec![]) };
                    tree.put(rest, value)?;
                    Ok(tree)
                }
            }
        };
        match self {
            Tree::Leaf(_) => Err("it is text and more than text".to_owned()),
            Tree::List(items) => match key.parse::<usize>() {
                Ok(place) if place < items.len() => match items.get_mut(place) {
                    Some(item) => item.put(rest, value),
                    None => Err("its places are out of order".to_owned()),
                },
                Ok(place) if place > items.len() => Err("its places are out of order".to_owned()),
                Err(_) if !key.is_empty() => Err("it is a list and a map".to_owned()),
                Ok(_) | Err(_) => {
                    items.push(below(rest)?);
                    Ok(())
                }
            },
            Tree::Map(fields) => match fields.iter_mut().find(|(known, _)| known == key) {
                Some((_, field)) => field.put(rest, value),
                None => {
                    fields.push((key.clone(), below(rest)?));
                    Ok(())
                }
            },
        }
    }

    /// The value the schema sees in it.
    pub fn value(&self, schema: &Value, schemas: &Schemas) -> Value {
        let variants = variants(schema, schemas, 0);
        let inner = |key: &str| variants.iter().find_map(|variant| variant.get(key));
        match self {
            Tree::Leaf(text) => leaf(text, &variants),
            Tree::List(items) => {
                let schema = inner("items").unwrap_or(&Value::Bool(true));
                items.iter().map(|item| item.value(schema, schemas)).collect()
            }
            Tree::Map(fields) => {
                let mut map = Map::new();
                for (name, field) in fields {
                    let schema = variants
                        .iter()
                        .find_map(|variant| variant.get("properties")?.get(name))
                        .or_else(|| inner("additionalProperties"))
                        .unwrap_or(&Value::Bool(true));
                    map.insert(name.clone(), field.value(schema, schemas));
                }
                Value::Object(map)
            }
        }
    }
}

fn is_place(key: &str) -> bool {
    key.chars().all(|letter| letter.is_ascii_digit())
}

/// `a[b][]` as `a`, `b` and nothing.
fn split(name: &str) -> Result<Vec<String>, String> {
    let (first, mut rest) = name.find('[').map_or((name, ""), |bracket| name.split_at(bracket));
    let mut keys = vec![first.to_owned()];
    while !rest.is_empty() {
        let inner = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        let (key, after) = inner.ok_or_else(|| format!("{name}: its brackets do not close"))?;
        keys.push(key.to_owned());
        rest = after;
    }
    Ok(keys)
}

/// Every schema that may describe the value itself, through `$ref`, `allOf`, `anyOf` and `oneOf`.
pub fn variants<'a>(schema: &'a Value, schemas: &'a Schemas, depth: usize) -> Vec<&'a Value> {
    let mut found = vec![schema];
    if depth > 16 {
        return found;
    }
    let referred =
        schema["$ref"].as_str().and_then(|reference| schemas.component(reference, Direction::Request));
    if let Some(target) = referred {
        found.extend(variants(target, schemas, depth + 1));
    }
    for choice in ["allOf", "anyOf", "oneOf"] {
        for part in schema[choice].as_array().into_iter().flatten() {
            found.extend(variants(part, schemas, depth + 1));
        }
    }
    found
}

/// Whether one of `variants` allows a type.
pub fn allows(variants: &[&Value], kind: &str) -> bool {
    variants.iter().any(|variant| match &variant["type"] {
        Value::String(text) => text == kind,
        Value::Array(kinds) => kinds.iter().any(|known| known == kind),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
    })
}

/// Text as a number or a truth value where the schema wants one; text otherwise.
fn leaf(text: &str, variants: &[&Value]) -> Value {
    let numbers = allows(variants, "integer") || allows(variants, "number");
    readings(text)
        .into_iter()
        .find(|reading| {
            (reading.is_number() && numbers) || (reading.is_boolean() && allows(variants, "boolean"))
        })
        .unwrap_or_else(|| Value::String(text.to_owned()))
}

/// All that a text can mean: a number, a truth value, and always the text.
pub fn readings(text: &str) -> Vec<Value> {
    let mut readings = Vec::new();
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.starts_with(|first: char| first.is_ascii_digit())
        && let Ok(number @ Value::Number(_)) = serde_json::from_str(text)
    {
        readings.push(number);
    }
    match text {
        "true" => readings.push(Value::Bool(true)),
        "false" => readings.push(Value::Bool(false)),
        _ => {}
    }
    readings.push(Value::String(text.to_owned()));
    readings
}
